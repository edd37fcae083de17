//! Gold and predicted tags of the same words, from one file with two columns or from two files, one sentence at a time.
//! Paths and columns in, sentences out; what the tags mean is not known here.

use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use welt_data::conll::{TaggedReader, TaggedRows};
use welt_data::entities_of;
use welt_eval::errors::Mentions;
use welt_eval::{EvalError, Reading, Side};
use welt_tags::{Chunking, CorpusReader, Notation, PrefixesSeen, Scheme, Tag, TagError};

use crate::convert::is_read_once;
use crate::corpus::{WordColumnFlag, column_number};
use crate::not_tagged;

/// Where the tags stand.
#[derive(Args, Clone, Copy)]
pub struct ColumnFlags {
    #[command(flatten)]
    words: WordColumnFlag,
    /// The column of the gold tags, from 1, or from the end as in -2; the last but one, or the last of a file of its own
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = column_number)]
    gold: Option<isize>,
    /// The column of the predicted tags, from 1, or from the end as in -1; the last
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = column_number)]
    predicted: Option<isize>,
}

impl ColumnFlags {
    /// Whether a column was named.
    pub const fn is_given(self) -> bool {
        self.gold.is_some() || self.predicted.is_some()
    }
}

/// Files to read from, and where the tags stand in them.
#[derive(Clone)]
pub struct PairSource {
    /// The file of the gold tags, and of the predicted ones where they have no file of their own.
    pub gold: PathBuf,
    /// The file of the predicted tags.
    pub predicted: Option<PathBuf>,
    /// The columns.
    pub columns: ColumnFlags,
}

/// Reads the sentences.
pub struct PairReader {
    gold: TaggedReader<Box<dyn Read>>,
    /// Nothing where the gold file holds the predicted tags too.
    predicted: Option<TaggedReader<Box<dyn Read>>>,
}

/// The words of a sentence with their tags.
pub struct Pair<'b> {
    /// The words.
    pub words: Vec<&'b str>,
    /// What they should have been tagged.
    pub gold: Vec<&'b str>,
    /// What they were tagged.
    pub predicted: Vec<&'b str>,
    /// The line of the first word in the gold file, from 1.
    pub line_number: usize,
    /// The line of the first word in the file of the predicted tags.
    predicted_line_number: usize,
    /// The number of its document.
    pub document: usize,
}

impl PairSource {
    /// Opens the files.
    pub fn open(&self) -> Result<PairReader> {
        let ColumnFlags { words, gold, predicted } = self.columns;
        let open =
            |file: &Path, columns: &[isize]| Ok::<_, anyhow::Error>(open(file, columns)?.words_in(words.column()));
        Ok(match &self.predicted {
            None => {
                PairReader { gold: open(&self.gold, &[gold.unwrap_or(-2), predicted.unwrap_or(-1)])?, predicted: None }
            }
            Some(file) => PairReader {
                gold: open(&self.gold, &[gold.unwrap_or(-1)])?,
                predicted: Some(open(file, &[predicted.unwrap_or(-1)])?),
            },
        })
    }

    /// The prefixes of all gold tags, by which a scheme is found: a pass over the file of its own.
    fn gold_prefixes(&self, notation: Notation) -> Result<PrefixesSeen> {
        let is_pipe = std::fs::metadata(&self.gold).is_ok_and(|metadata| is_read_once(&metadata));
        if is_standard_input(&self.gold) || is_pipe {
            let what = if is_pipe {
                format!("{} is a pipe or a device and", self.gold.display())
            } else {
                "standard input".to_owned()
            };
            bail!(
                "{what} can be read once only, but the scheme of strict mode is to be found first: name it with --scheme"
            );
        }
        let mut reader = self.open()?;
        let mut seen = PrefixesSeen::default();
        while let Some(rows) = reader.gold.next_sentence().map_err(not_tagged::explained)? {
            let line = rows.line_number;
            seen.add(&rows.tags[0], notation)
                .with_context(|| format!("{}: the sentence from line {line} on", self.gold.display()))?;
        }
        Ok(seen)
    }

    /// What to call it in messages.
    pub fn name(&self) -> String {
        match &self.predicted {
            None => self.gold.display().to_string(),
            Some(predicted) => format!("{} against {}", predicted.display(), self.gold.display()),
        }
    }
}

/// Opens a file, or standard input where `-` is named.
fn open(path: &Path, columns: &[isize]) -> Result<TaggedReader<Box<dyn Read>>> {
    if is_standard_input(path) {
        return Ok(TaggedReader::new(Path::new("standard input"), Box::new(stdin().lock()), columns));
    }
    not_tagged::refuse(path)?;
    TaggedReader::open(path, columns).map_err(not_tagged::explained)
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl PairReader {
    /// The next sentence, or nothing at the end.
    pub fn next_pair(&mut self) -> Result<Option<Pair<'_>>> {
        let Self { gold, predicted } = self;
        let Some(predicted) = predicted else {
            let Some(TaggedRows { words, mut tags, line_number, document }) =
                gold.next_sentence().map_err(not_tagged::explained)?
            else {
                return Ok(None);
            };
            let predicted = tags.pop().unwrap_or_default();
            let gold = tags.pop().unwrap_or_default();
            let predicted_line_number = line_number;
            return Ok(Some(Pair { words, gold, predicted, line_number, predicted_line_number, document }));
        };
        let (gold_path, predicted_path) = (gold.path().to_owned(), predicted.path().to_owned());
        let (gold, predicted) = (
            gold.next_sentence().map_err(not_tagged::explained)?,
            predicted.next_sentence().map_err(not_tagged::explained)?,
        );
        match (gold, predicted) {
            (None, None) => Ok(None),
            (Some(gold), Some(predicted)) => {
                check_words((&gold_path, &gold), (&predicted_path, &predicted))?;
                let TaggedRows { words, mut tags, line_number, document } = gold;
                let (predicted_line_number, mut predicted) = (predicted.line_number, predicted.tags);
                let [gold, predicted] = [&mut tags, &mut predicted].map(|tags| tags.pop().unwrap_or_default());
                Ok(Some(Pair { words, gold, predicted, line_number, predicted_line_number, document }))
            }
            (gold, predicted) => {
                let (rest, line, ended) = match gold.as_ref().or(predicted.as_ref()) {
                    Some(rows) if gold.is_some() => (&gold_path, rows.line_number, &predicted_path),
                    rows => (&predicted_path, rows.map_or(0, |rows| rows.line_number), &gold_path),
                };
                bail!(
                    "{}:{line}:1: found a further sentence, but {} has no more: expected the same sentences in both",
                    rest.display(),
                    ended.display()
                )
            }
        }
    }

    /// How many `-DOCSTART-` lines of the gold file were left out.
    pub const fn document_lines(&self) -> usize {
        self.gold.document_lines()
    }

    /// Which columns were read, for people.
    pub fn columns(&self) -> String {
        let columns = self.gold.columns();
        match (&self.predicted, columns.as_slice()) {
            (None, [gold, predicted]) => format!("gold tags in column {gold}, predicted in column {predicted}"),
            (Some(reader), [gold]) => {
                let predicted = reader.columns();
                format!(
                    "gold tags in column {gold}, predicted in column {} of their file",
                    predicted.first().unwrap_or(&0)
                )
            }
            _ => String::new(),
        }
    }
}

/// Both files must hold the same words.
fn check_words((gold_path, gold): (&Path, &TaggedRows<'_>), (path, predicted): (&Path, &TaggedRows<'_>)) -> Result<()> {
    if gold.words == predicted.words {
        return Ok(());
    }
    let same = gold.words.iter().zip(&predicted.words).take_while(|(gold, predicted)| gold == predicted).count();
    let word =
        |words: &[&str]| words.get(same).map_or("the end of the sentence".to_owned(), |word| format!("`{word}`"));
    bail!(
        "{}:{}:1: found {}, but {}:{} has {}: expected the same words in both files; was a sentence cut short?",
        path.display(),
        predicted.line_number + same,
        word(&predicted.words),
        gold_path.display(),
        gold.line_number + same,
        word(&gold.words)
    )
}

/// How tags become entities.
#[derive(Args, Clone, Copy)]
pub struct ReadingFlags {
    /// How tags become entities: default as conlleval reads any tags, strict by the rules of one scheme
    #[arg(long, value_enum, default_value = "default")]
    mode: ModeName,
    /// The scheme of strict mode: IOB1, IOB2, IOE1, IOE2, IOBES or BILOU; found from the gold tags where not given
    #[arg(long)]
    scheme: Option<Scheme>,
    /// Tags are written as PER-B instead of B-PER
    #[arg(long)]
    suffix: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    Default,
    Strict,
}

impl ReadingFlags {
    /// Whether anything but the default was asked for.
    pub fn is_given(self) -> bool {
        self.mode == ModeName::Strict || self.scheme.is_some() || self.suffix
    }

    /// Whether the letter of a tag stands behind its type.
    pub const fn is_suffix(self) -> bool {
        self.suffix
    }

    /// Where the letter of a tag stands.
    pub const fn notation(self) -> Notation {
        if self.suffix { Notation::Suffix } else { Notation::Prefix }
    }

    /// How entities are read; a scheme that is not named is found from the gold tags.
    pub fn chunking(self, source: &PairSource) -> Result<Chunking> {
        match (self.mode, self.scheme) {
            (ModeName::Default, None) => Ok(Chunking::Lenient),
            (ModeName::Default, Some(scheme)) => {
                let message = format!("--scheme {scheme} has a meaning in strict mode only: add --mode strict\n");
                Err(clap::Error::raw(ErrorKind::ArgumentConflict, message).into())
            }
            (ModeName::Strict, Some(scheme)) => Ok(Chunking::Strict(scheme)),
            (ModeName::Strict, None) => {
                let found = source.gold_prefixes(self.notation())?.scheme();
                let advice = || {
                    format!(
                        "{}: the scheme of the gold tags cannot be detected, name it with --scheme",
                        source.gold.display()
                    )
                };
                Ok(Chunking::Strict(found.with_context(advice)?))
            }
        }
    }
}

impl Pair<'_> {
    /// An error of one of its tags, with the line; other errors as they are.
    pub fn locate(&self, error: EvalError, source: &PairSource) -> anyhow::Error {
        match error {
            EvalError::Tag { side, source: error, .. } => self.locate_tag(&error, side, source),
            error => error.into(),
        }
    }

    /// An error of one of its tags, with the line.
    pub fn locate_tag(&self, error: &TagError, side: Side, source: &PairSource) -> anyhow::Error {
        let (word, advice) = match error {
            TagError::Empty { word } => (*word, ""),
            TagError::UnknownPrefix { word, .. } | TagError::OutsideScheme { word, .. } => {
                (*word, "; name another --scheme, or leave --mode strict out")
            }
            _ => (0, ""),
        };
        let (path, first) = match (side, &source.predicted) {
            (Side::Predicted, Some(predicted)) => (predicted, self.predicted_line_number),
            _ => (&source.gold, self.line_number),
        };
        // The line says which word it is.
        let said = error.to_string();
        let said = said.split_once(": ").map_or(said.as_str(), |(_, said)| said);
        anyhow!("{}:{}:1: among the {side} tags, {said}{advice}", path.display(), first + word)
    }
}

/// The mentions of tagged training files, whose tags stand in their last column; any tags are read.
pub fn training_mentions(files: &[PathBuf], notation: Notation) -> Result<Mentions> {
    let mut mentions = Mentions::default();
    for file in files {
        let mut reader = open(file, &[-1])?;
        while let Some(rows) = reader.next_sentence().map_err(not_tagged::explained)? {
            let TaggedRows { words, tags, line_number, .. } = rows;
            // What is read of tagged files everywhere; scores alone are of seqeval's reading, which does not know BILOU.
            if let Some(tags) = tags[0].iter().map(|text| tag(text, notation)).collect::<Option<Vec<Tag>>>() {
                mentions.insert_sentence(&words, &entities_of(&tags));
                continue;
            }
            let chunks = CorpusReader::new(Chunking::Lenient, notation).read(&tags[0]);
            let chunks = chunks.map_err(|error| anyhow!("{}:{line_number}: {error}", file.display()))?;
            mentions.insert_sentence(&words, &chunks);
        }
    }
    Ok(mentions)
}

/// A text as a tag, nothing where it is none.
fn tag(text: &str, notation: Notation) -> Option<Tag> {
    match (notation, text.rsplit_once('-')) {
        (Notation::Suffix, Some((entity_type, letter))) => format!("{letter}-{entity_type}").parse().ok(),
        _ => text.parse().ok(),
    }
}

/// Says what a reader made of the tags.
pub fn describe(gold: &Reading, predicted: &Reading) {
    for (side, reading) in [("gold", gold), ("predicted", predicted)] {
        let Reading { tags, dropped_tags, odd_tags, entities, orphans } = reading;
        tracing::debug!(
            "{side}: {entities} entities of {tags} tags; {dropped_tags} tags went into no entity, {orphans} entities begin without B, S or U"
        );
        if *odd_tags > 0 {
            tracing::warn!(
                "{odd_tags} of the {tags} {side} tags begin with none of B, I, E, S, L and U: is this the column of tags? Name it with --{side}, or add --suffix where the letter stands behind the type"
            );
        }
    }
}
