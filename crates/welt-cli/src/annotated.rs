//! Corpora in any format as sentences of words and tags: tagged files as they are, documents by the rules of the published corpora.
//! Paths in, sentences and what tells their positions out; what is counted or looked for in them is not known here.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use welt_data::alignment::{Breaks, Rules, TextSentence, align};
use welt_data::checks::{self, SentencePosition};
use welt_data::conll::{self, Columns, FoundTagColumn, Layout};
use welt_data::formats::Format;
use welt_data::ledger::{Ledger, Loss, Stage};
use welt_data::{DataError, Document, Sentence, views};
use welt_tags::{Chunking, Scheme};

use crate::convert::{Input, Source, TagReading, noted, parse, placed, refuse_standard_input_twice};
use crate::corpus::{ColumnFlag, say_columns, warn_of_trimmed};
use crate::parts::{Corpus, Parts};
use crate::tag_names::TagNamesFlag;

/// The line of the first sentence of documents: 1 stands for the whole file.
const FIRST_LINE: usize = 2;

/// How corpora are read.
#[derive(Args)]
pub struct ReadFlags {
    /// The format of what is read [default: told from the name or the content of each]
    #[arg(long, value_name = "FORMAT", value_parser = corpus_format())]
    from: Option<Format>,
    #[command(flatten)]
    column: ColumnFlag,
    #[command(flatten)]
    tag_names: TagNamesFlag,
}

/// How the tags of tagged files are read.
#[derive(Args, Clone, Copy)]
pub struct SchemeFlag {
    /// The scheme of the tags that are read: what its rules forbid belongs to no entity [default: any, and every tag belongs to one]
    #[arg(long, value_name = "SCHEME")]
    from_scheme: Option<Scheme>,
}

/// A corpus.
pub struct Annotated {
    /// Where it was read from, for messages.
    pub path: PathBuf,
    pub sentences: Vec<Sentence>,
    pub origin: Origin,
}

/// What a corpus was before it was sentences.
pub enum Origin {
    /// A tagged file.
    Tagged {
        layout: Layout,
        tag_column: FoundTagColumn,
        /// The tags that their scheme forbids, where one was named, and what is not seen at the ends of cells.
        forbidden: Ledger,
    },
    /// Documents, with what of them is not in their sentences.
    Documents { documents: Vec<Document>, positions: Vec<SentencePosition>, lost: Ledger },
}

impl ReadFlags {
    /// As if these flags were given.
    pub const fn of(from: Option<Format>, column: ColumnFlag) -> Self {
        Self { from, column, tag_names: TagNamesFlag::NONE }
    }

    /// The format, where it was named.
    pub const fn format(&self) -> Option<Format> {
        self.from
    }

    /// The columns of words and tags, or the order to find them.
    pub fn columns(&self) -> Columns {
        self.column.columns()
    }

    /// Reads each corpus; at most `listed` losses are listed under each name.
    ///
    /// # Errors
    /// A corpus that cannot be read.
    pub fn read_all(&self, paths: &[PathBuf], listed: usize) -> Result<Vec<Annotated>> {
        refuse_standard_input_twice(paths)?;
        paths.iter().map(|path| self.read(path, listed)).collect()
    }

    /// Reads one corpus; `-` is standard input.
    ///
    /// # Errors
    /// A corpus that cannot be read.
    pub fn read(&self, path: &Path, listed: usize) -> Result<Annotated> {
        self.read_input(self.input(path)?, path, listed)
    }

    /// Opens one corpus, to be looked at part by part where it is one of documents, twice if `is_read_again`.
    ///
    /// # Errors
    /// A corpus that cannot be read.
    pub fn open(&self, path: &Path, is_read_again: bool) -> Result<Corpus> {
        let input = self.input(path)?;
        let may_be_text = input.format == Format::PlainText && self.from.is_none() && !path.is_dir();
        if input.format == Format::Conll || may_be_text {
            return Ok(Corpus::Tagged(self.read_input(input, path, 0)?));
        }
        self.refuse_columns(&input.path, input.format)?;
        Ok(Corpus::Documents(Parts::new(input, is_read_again)?))
    }

    /// What looks like nothing else is held to the rules of tagged files, which say what is wrong with it.
    fn input(&self, path: &Path) -> Result<Input> {
        Ok(Input::new(path, self.from, Some(Format::Conll))?.with_tag_names(self.tag_names.given()))
    }

    fn read_input(&self, mut input: Input, path: &Path, listed: usize) -> Result<Annotated> {
        let may_be_text = input.format == Format::PlainText && self.from.is_none() && !path.is_dir();
        if may_be_text {
            input.format = Format::Conll;
        }
        let name = input.path.clone();
        if input.format == Format::Conll {
            let corpus = conll::parse(&name, &input.bytes()?, self.column.columns());
            let corpus = corpus.map_err(|error| match may_be_text {
                true => anyhow!("{error}; a text without tags is read with --from plain-text"),
                false => error.into(),
            })?;
            say_columns(&name, corpus.sentences.len(), corpus.word_column, corpus.tag_column);
            warn_of_trimmed(&name, &corpus.layout);
            let (layout, tag_column) = (corpus.layout, corpus.tag_column);
            let mut forbidden = Ledger::listing(listed);
            if layout.trimmed_cells > 0 {
                let item = || noted(format!("at {}:{}:1", name.display(), layout.first_trimmed_line));
                forbidden.lose(Stage::Read, Loss::Trimmed, item);
                forbidden.entry(Stage::Read, Loss::Trimmed).lost += layout.trimmed_cells - 1;
            }
            let origin = Origin::Tagged { layout, tag_column, forbidden };
            return Ok(Annotated { path: name, sentences: corpus.sentences, origin });
        }
        let format = input.format;
        self.refuse_columns(&name, format)?;
        let annotated = documents(name, Source::new(vec![input], TagReading::LENIENT, listed), listed)?;
        let (path, sentences) = (annotated.path.display(), annotated.sentences.len());
        tracing::debug!("{path}: {sentences} sentences; read as {format}");
        Ok(annotated)
    }
}

impl ReadFlags {
    fn refuse_columns(&self, path: &Path, format: Format) -> Result<()> {
        match self.column.first_given() {
            Some(flag) => bail!("{}: read as {format}, which has no columns: leave {flag} out", path.display()),
            None => Ok(()),
        }
    }
}

impl SchemeFlag {
    /// Refuses documents where a scheme is named.
    ///
    /// # Errors
    /// A scheme.
    pub fn refuse_documents(self, path: &Path) -> Result<()> {
        if self.from_scheme.is_some() {
            bail!("{}: read as documents, which have no tags: leave --from-scheme out", path.display());
        }
        Ok(())
    }

    /// Takes the entities that the rules of the scheme forbid out of a corpus, where a scheme is named.
    ///
    /// # Errors
    /// Documents, or a tag whose prefix the scheme does not have.
    pub fn apply(self, corpus: &mut Annotated) -> Result<()> {
        let Some(scheme) = self.from_scheme else { return Ok(()) };
        let path = corpus.path.display();
        let Origin::Tagged { forbidden, .. } = &mut corpus.origin else {
            return self.refuse_documents(&corpus.path);
        };
        let read = views::convert_from(&corpus.sentences, Chunking::Strict(scheme), scheme, scheme);
        let read = read.map_err(|error| placed(&corpus.path, error))?;
        for dropped in &read.dropped {
            let item = || noted(format!("{path}:{}: {}", dropped.line, dropped.tag));
            forbidden.lose(Stage::Read, Loss::UnreadTag, item);
        }
        corpus.sentences = read.sentences;
        Ok(())
    }
}

impl Annotated {
    /// The corpus under a name, to be looked through.
    pub fn split<'c>(&'c self, name: &'c str) -> checks::Split<'c> {
        let (positions, documents) = match &self.origin {
            Origin::Tagged { .. } => (&[][..], &[][..]),
            Origin::Documents { positions, documents, .. } => (positions.as_slice(), documents.as_slice()),
        };
        checks::Split { name, path: &self.path, sentences: &self.sentences, positions, documents }
    }

    /// What of the corpus is not in its sentences.
    pub const fn left_out(&self) -> &Ledger {
        match &self.origin {
            Origin::Tagged { forbidden, .. } => forbidden,
            Origin::Documents { lost, .. } => lost,
        }
    }

    /// Tells of mentions that are in no sentence, and of texts that may lack theirs, which does no harm where nothing is written.
    pub fn warn_of_losses(&self) {
        let ledger = match &self.origin {
            Origin::Tagged { forbidden, .. } => {
                let count = forbidden.count(Loss::UnreadTag);
                if count > 0 {
                    tracing::warn!(
                        "{}: tags that the scheme forbids belong to no entity: {count}",
                        self.path.display()
                    );
                }
                return;
            }
            Origin::Documents { lost, .. } => lost,
        };
        warn_of_lost(&self.path, ledger);
    }
}

/// Tells of mentions of documents that are in no sentence, and of texts that may lack theirs.
pub fn warn_of_lost(path: &Path, ledger: &Ledger) {
    let entries = ledger.stages().get(&Stage::Tag).map(|account| &account.entries);
    let lost: Vec<String> = entries
        .into_iter()
        .flatten()
        .filter(|(loss, entry)| entry.lost > 0 && **loss != Loss::MergedSentences)
        .map(|(loss, entry)| format!("{} {loss}", entry.lost))
        .collect();
    if !lost.is_empty() {
        tracing::warn!("{}: mentions that tags cannot hold are left out: {}", path.display(), lost.join(", "));
    }
    let missing = ledger.count(Loss::UnreadMissingAnnotations);
    if missing > 0 {
        let path = path.display();
        tracing::warn!("{path}: texts without annotations beside them count as texts without a mention: {missing}");
    }
}

fn documents(path: PathBuf, mut source: Source, listed: usize) -> Result<Annotated> {
    let mut lost = Ledger::listing(listed);
    let (mut documents, mut sentences, mut positions) = (Vec::new(), Vec::new(), Vec::new());
    let mut line_number = FIRST_LINE;
    loop {
        let batch = source.next_batch()?;
        if batch.is_empty() {
            break;
        }
        for (document, skipped) in parse(batch, listed)? {
            lost.merge(skipped);
            lost.read(std::slice::from_ref(&document));
            let aligned = aligned(&document, &mut lost).with_context(|| path.display().to_string())?;
            for sentence in aligned {
                let mut tagged = sentence.to_sentence(Scheme::Iob2, line_number)?;
                tagged.document = documents.len() + 1;
                line_number += tagged.words.len() + 1;
                let starts = sentence.words.iter().map(|word| word.start).collect();
                positions.push(SentencePosition { document: documents.len(), starts });
                sentences.push(tagged);
            }
            documents.push(document);
        }
    }
    lost.merge(source.skipped);
    Ok(Annotated { path, sentences, origin: Origin::Documents { documents, positions, lost } })
}

/// The sentences of a document by the rules of the published corpora.
///
/// # Errors
/// Words of the document's own that do not fit its text.
pub fn aligned<'d>(document: &'d Document, ledger: &mut Ledger) -> Result<Vec<TextSentence<'d>>, DataError> {
    align(document, &Rules { breaks: Breaks::of(document), ..Rules::corpora() }, ledger)
}

/// Takes the name of a format that corpora are read in.
pub fn corpus_format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(|name| name.parse::<Format>())
}
