//! `welt errors`: every error of a file of predictions, with its sentence, counted, listed, and as a page to look at.

mod page;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde::Serialize;
use welt_eval::Side;
use welt_eval::errors::{self, Breakdown, EntityError, ErrorKind, Familiarity, Form, Mentions};
use welt_tags::{Chunk, Chunking, CorpusReader, Span};

use crate::destination::{ForPeople, OutputFlag};
use crate::evaluate::error_tables;
use crate::table::{TableFormat, write_tables};
use crate::tag_pairs::{ColumnFlags, Pair, PairSource, ReadingFlags, training_mentions};

const EXAMPLES: &str = "\
Examples:
  welt errors predictions.tsv
  welt errors predictions.tsv --train train.tsv --format html --output errors.html
  welt errors gold.tsv predicted.tsv --only type-3 --format json | jq .text";

/// List and count the errors of predicted tags: spurious, missed and overlapping.
///
/// The types are those of the WeLT paper: Type-1 is a prediction where there is nothing, Type-2 an entity where nothing was predicted,
/// Type-3 an overlap of what is there and what was predicted, counted once, and by shape: wrong label, wrong boundary, split, merge, or a complex one.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ErrorsArguments {
    /// The file of the gold tags, and of the predicted ones if no other file is named; - is standard input
    file: PathBuf,
    /// The file of the predicted tags
    predicted_file: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnFlags,
    #[command(flatten)]
    reading: ReadingFlags,
    /// Tagged training files, to tell mentions seen there from unseen ones
    #[arg(long, value_name = "FILE")]
    train: Vec<PathBuf>,
    /// List errors of these types alone; all are counted
    #[arg(long, value_enum, value_delimiter = ',', value_name = "TYPE")]
    only: Vec<PaperType>,
    /// List no more than so many errors; all are counted
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How to write them: json is one error a line, html a page of its own
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
    #[command(flatten)]
    output: OutputFlag,
}

/// An error type of the paper.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PaperType {
    /// Spurious predictions
    #[value(name = "type-1", alias = "spurious")]
    Spurious,
    /// Missed entities
    #[value(name = "type-2", alias = "missed")]
    Missed,
    /// Overlaps
    #[value(name = "type-3", alias = "overlap")]
    Overlap,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people: each error with its words, then the counts
    Text,
    /// One error a line
    Json,
    /// A page with the mentions marked in their sentences
    Html,
}

/// A sentence with errors.
struct Faulty {
    words: Vec<String>,
    gold: Vec<Span>,
    predicted: Vec<Span>,
    line_number: usize,
    errors: Vec<EntityError>,
}

/// All errors of the files.
struct Findings {
    source: PairSource,
    chunking: Chunking,
    sentences: usize,
    faulty: Vec<Faulty>,
    tally: errors::Tally,
    mentions: Breakdown,
    training: Option<Mentions>,
}

/// One error as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    /// The line of the first word that the error is about, from 1.
    line: usize,
    /// The sentence's words.
    words: &'a [String],
    paper_type: u8,
    #[serde(flatten)]
    kind: ErrorKind,
    /// What stands there, from the first word of all its entities to the last.
    text: String,
    gold: Vec<Mention<'a>>,
    predicted: Vec<Mention<'a>>,
}

/// One entity as JSON.
#[derive(Serialize)]
struct Mention<'a> {
    entity_type: &'a str,
    /// The first word, from 0.
    start: usize,
    /// The word after the last one.
    end: usize,
    text: String,
    form: Form,
    #[serde(skip_serializing_if = "Option::is_none")]
    familiarity: Option<Familiarity>,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read or written, or tags outside the scheme of strict mode.
pub fn run(arguments: &ErrorsArguments) -> Result<()> {
    let (gold, predicted) = (arguments.file.clone(), arguments.predicted_file.clone());
    let source = PairSource { gold, predicted, columns: arguments.columns };
    let read = [&arguments.file].into_iter().chain(&arguments.predicted_file).chain(&arguments.train);
    arguments.output.refuse_inputs(read)?;
    let findings = arguments.find(source)?;
    arguments.output.write(|out| arguments.write(out, &findings))
}

impl ErrorsArguments {
    fn find(&self, source: PairSource) -> Result<Findings> {
        let notation = self.reading.notation();
        let chunking = self.reading.chunking(&source)?;
        let training = match self.train.as_slice() {
            [] => None,
            files => Some(training_mentions(files, notation)?),
        };
        let mut readers = [CorpusReader::new(chunking, notation); 2];
        let mut reader = source.open()?;
        let (tally, mentions) = (errors::Tally::default(), Breakdown::default());
        let mut findings = Findings { source, chunking, sentences: 0, faulty: Vec::new(), tally, mentions, training };
        while let Some(pair) = reader.next_pair()? {
            let [gold_reader, predicted_reader] = &mut readers;
            let start = gold_reader.position();
            let gold =
                gold_reader.read(&pair.gold).map_err(|error| pair.locate_tag(&error, Side::Gold, &findings.source))?;
            let predicted = predicted_reader
                .read(&pair.predicted)
                .map_err(|error| pair.locate_tag(&error, Side::Predicted, &findings.source))?;
            findings.add(&pair, &within(&gold, start), &within(&predicted, start));
        }
        Ok(findings)
    }

    fn lists(&self, error: &EntityError) -> bool {
        let paper_type = match error.kind {
            ErrorKind::Spurious => PaperType::Spurious,
            ErrorKind::Missed => PaperType::Missed,
            ErrorKind::Overlap { .. } => PaperType::Overlap,
        };
        self.only.is_empty() || self.only.contains(&paper_type)
    }

    /// The errors to be listed, each with its sentence.
    fn listed<'f>(&'f self, findings: &'f Findings) -> impl Iterator<Item = (&'f Faulty, &'f EntityError)> {
        let all = findings.faulty.iter().flat_map(|faulty| faulty.errors.iter().map(move |error| (faulty, error)));
        all.filter(|(_, error)| self.lists(error)).take(self.limit.unwrap_or(usize::MAX))
    }

    fn write(&self, out: &mut impl Write, findings: &Findings) -> Result<()> {
        match self.format {
            ListFormat::Text => self.write_text(&mut ForPeople(out), findings),
            ListFormat::Json => {
                for (faulty, error) in self.listed(findings) {
                    writeln!(out, "{}", serde_json::to_string(&findings.line(faulty, error))?)?;
                }
                Ok(())
            }
            ListFormat::Html => {
                let listed: Vec<(&Faulty, &EntityError)> = self.listed(findings).collect();
                Ok(out.write_all(page::page(findings, &listed).as_bytes())?)
            }
        }
    }

    fn write_text(&self, out: &mut impl Write, findings: &Findings) -> Result<()> {
        let mut n_listed = 0;
        for (faulty, error) in self.listed(findings) {
            n_listed += 1;
            let line = findings.line(faulty, error);
            writeln!(out, "{}:{}: {}", line.file, line.line, error.kind)?;
            for (side, mentions) in [("gold", &line.gold), ("predicted", &line.predicted)] {
                for mention in mentions {
                    writeln!(out, "  {side:<9}  {}  {}{}", mention.entity_type, mention.text, remarks(mention))?;
                }
            }
            writeln!(out, "  {}\n", faulty.context(error))?;
        }
        let n_errors: usize = findings.faulty.iter().map(|faulty| faulty.errors.len()).sum();
        writeln!(
            out,
            "{n_listed} of {n_errors} errors listed, in {} of {} sentences, entities read in mode {}\n",
            findings.faulty.len(),
            findings.sentences,
            findings.chunking
        )?;
        let tables = error_tables(&findings.tally.report(), &findings.mentions);
        Ok(write_tables(out, &tables, TableFormat::Text, 4)?)
    }
}

/// Entities by their words in a sentence that starts at `start`; a stray tag can make one begin before it, where its words are gone.
fn within(chunks: &[Chunk<'_>], start: usize) -> Vec<Span> {
    let word = |position: usize| position.saturating_sub(start);
    chunks.iter().map(|chunk| Span::new(chunk.entity_type, word(chunk.start)..word(chunk.end))).collect()
}

impl Findings {
    fn add(&mut self, pair: &Pair<'_>, gold: &[Span], predicted: &[Span]) {
        let [gold_chunks, predicted_chunks]: [Vec<Chunk<'_>>; 2] =
            [gold, predicted].map(|spans| spans.iter().map(Chunk::from).collect());
        self.sentences += 1;
        self.tally.add(&gold_chunks, &predicted_chunks);
        self.mentions.add(&pair.words, &gold_chunks, &predicted_chunks, self.training.as_ref());
        let errors = errors::find(&gold_chunks, &predicted_chunks);
        if !errors.is_empty() {
            let words = pair.words.iter().map(|&word| word.to_owned()).collect();
            let (gold, predicted) = (gold.to_vec(), predicted.to_vec());
            self.faulty.push(Faulty { words, gold, predicted, line_number: pair.line_number, errors });
        }
    }

    fn line<'f>(&'f self, faulty: &'f Faulty, error: &'f EntityError) -> Line<'f> {
        let mention = |span: &'f Span| {
            let words = faulty.words.get(span.words()).unwrap_or_default();
            Mention {
                entity_type: &span.entity_type,
                start: span.start,
                end: span.end,
                text: words.join(" "),
                form: Form::of(words),
                familiarity: self.training.as_ref().map(|training| training.familiarity(words)),
            }
        };
        Line {
            file: self.source.gold.to_str().unwrap_or_default(),
            line: faulty.line_number + error.extent().start,
            words: &faulty.words,
            paper_type: error.kind.paper_type(),
            kind: error.kind,
            text: faulty.words.get(error.extent()).unwrap_or_default().join(" "),
            gold: error.gold.iter().map(mention).collect(),
            predicted: error.predicted.iter().map(mention).collect(),
        }
    }
}

impl Faulty {
    /// The words around an error, which stands between arrows.
    fn context(&self, error: &EntityError) -> String {
        const AROUND: usize = 8;
        let extent = error.extent();
        let (from, to) = (extent.start.saturating_sub(AROUND), self.words.len().min(extent.end + AROUND));
        let mut parts = Vec::new();
        if from > 0 {
            parts.push("...");
        }
        for (index, word) in self.words.iter().enumerate().take(to).skip(from) {
            if index == extent.start {
                parts.push("»");
            }
            parts.push(word);
            if index + 1 == extent.end {
                parts.push("«");
            }
        }
        if to < self.words.len() {
            parts.push("...");
        }
        parts.join(" ")
    }
}

/// What is known of a mention beside its words.
fn remarks(mention: &Mention<'_>) -> String {
    let mut remarks = Vec::new();
    match mention.familiarity {
        Some(Familiarity::Seen) => remarks.push("seen in training"),
        Some(Familiarity::SeenIgnoringCase) => remarks.push("seen in training in other case"),
        Some(Familiarity::Unseen) => remarks.push("unseen"),
        None => {}
    }
    if mention.form == Form::Abbreviation {
        remarks.push("abbreviation");
    }
    if remarks.is_empty() { String::new() } else { format!("  ({})", remarks.join(", ")) }
}
