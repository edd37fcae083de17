//! A batch of documents on all processors: parsed, tagged or written piece by piece, in order.
//! Raw documents in, text or documents and their account out; where they come from and go to is not known here.

use std::collections::BTreeSet;
use std::mem;

use anyhow::Result;
use rayon::prelude::*;
use welt_data::alignment::{
    Breaks, Rules, Types, align, check_mentions, count_unwritten, write_json_lines, write_text,
};
use welt_data::conll;
use welt_data::formats::{self, Format};
use welt_data::ledger::{Counts, Item, Ledger, Loss, Stage};
use welt_data::{DataError, Document, DocumentText};
use welt_tags::Scheme;

use super::input::Work;

/// Documents that one thread takes at a time.
const DOCUMENTS_A_PIECE: usize = 8;

/// What documents become.
pub enum Target {
    /// Sentences of words and tags.
    Tagged(Tagging),
    /// Documents of a format, of the types that are kept.
    Documents(Format, Types),
}

/// How documents become words and tags.
pub struct Tagging {
    /// For documents that are cut into words by rules.
    pub rules: Rules,
    /// For documents that come cut into words.
    pub given: Rules,
    pub scheme: Scheme,
    pub lines: TaggedLines,
}

/// What words and tags are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaggedLines {
    /// A word and its tag a line.
    Words {
        /// Whether a line stands before the sentences of each document.
        has_document_lines: bool,
    },
    /// A sentence a line, as JSON with the id of its document.
    Json,
}

/// What became of a few documents.
pub struct Piece {
    /// What is ready to be written.
    pub text: Vec<u8>,
    /// What is yet to be written, in a format whose files are more than their documents.
    pub documents: Vec<Document>,
    pub ledger: Ledger,
    /// The types of its mentions, where types are chosen.
    pub types_met: BTreeSet<String>,
}

impl Tagging {
    /// By some rules, and for documents that come with words by these, unless the flags ask for something else.
    pub fn new(rules: Rules, breaks: Option<Breaks>, scheme: Scheme, lines: TaggedLines) -> Self {
        let given = Rules { breaks: breaks.unwrap_or(Breaks::Given), ..rules.clone() };
        Self { rules, given, scheme, lines }
    }

    /// Writes a document and gives what was written; a document that nothing tells apart is not counted.
    fn write(&self, text: &mut Vec<u8>, document: &Document, ledger: &mut Ledger) -> Result<Counts, DataError> {
        let rules = if document.sentences.is_some() { &self.given } else { &self.rules };
        let sentences = align(document, rules, ledger)?;
        let is_told_apart = self.lines != TaggedLines::Words { has_document_lines: false } && !sentences.is_empty();
        match self.lines {
            TaggedLines::Json => write_json_lines(text, &document.id, &sentences, self.scheme)?,
            TaggedLines::Words { .. } => {
                if is_told_apart {
                    text.extend_from_slice(conll::DOCUMENT_LINE.as_bytes());
                }
                write_text(text, &sentences, self.scheme)?;
            }
        }
        count_unwritten(document, &self.rules.types, ledger);
        Ok(Counts {
            documents: usize::from(is_told_apart),
            sentences: sentences.len(),
            words: sentences.iter().map(|sentence| sentence.words.len()).sum(),
            mentions: sentences.iter().map(|sentence| sentence.spans.len()).sum(),
        })
    }
}

/// The documents of a batch, in order.
///
/// # Errors
/// The first document that cannot be parsed or written.
pub fn convert(batch: Vec<Work>, target: &Target, listed: usize) -> Result<Vec<Piece>> {
    let pieces = batch.into_par_iter().chunks(DOCUMENTS_A_PIECE).map(|documents| piece(documents, target, listed));
    // All are waited for, so that the first mistake of several is the one that is told.
    let pieces: Vec<Result<Piece, DataError>> = pieces.collect();
    pieces.into_iter().map(|piece| Ok(piece?)).collect()
}

/// The documents of a batch, in order, and what of them is not kept, of which at most so many are listed under each name.
///
/// # Errors
/// The first document that cannot be parsed.
pub fn parse(batch: Vec<Work>, listed: usize) -> Result<Vec<(Document, Ledger)>> {
    let parsed: Vec<Result<_, DataError>> = batch.into_par_iter().map(|work| work.parse(listed)).collect();
    parsed.into_iter().map(|parsed| Ok(parsed?)).collect()
}

fn piece(batch: Vec<Work>, target: &Target, listed: usize) -> Result<Piece, DataError> {
    let mut piece = Piece {
        text: Vec::new(),
        documents: Vec::with_capacity(batch.len()),
        ledger: Ledger::listing(listed),
        types_met: BTreeSet::new(),
    };
    for work in batch {
        let (document, skipped) = work.parse(listed)?;
        piece.ledger.merge(skipped);
        piece.documents.push(document);
    }
    piece.ledger.read(&piece.documents);
    if let Types::Only(_) = target.types() {
        let mentions = piece.documents.iter().flat_map(|document| &document.mentions);
        piece.types_met = mentions.map(|mention| mention.entity_type.clone()).collect();
    }
    match target {
        Target::Tagged(tagging) => piece.write_tagged(tagging)?,
        Target::Documents(format, types) => {
            for document in &piece.documents {
                check_mentions(document, &mut piece.ledger);
            }
            piece.choose_types(types);
            if format.is_written_in_pieces() {
                piece.write_documents(*format, listed)?;
            }
        }
    }
    Ok(piece)
}

impl Target {
    /// The types that are kept.
    pub const fn types(&self) -> &Types {
        match self {
            Self::Tagged(tagging) => &tagging.rules.types,
            Self::Documents(_, types) => types,
        }
    }
}

impl Piece {
    /// Writes words and tags, and counts what is written.
    fn write_tagged(&mut self, tagging: &Tagging) -> Result<(), DataError> {
        for document in mem::take(&mut self.documents) {
            let written = tagging.write(&mut self.text, &document, &mut self.ledger)?;
            self.ledger.pass(Stage::Write, Counts::default(), written);
        }
        let into = self.ledger.stages().get(&Stage::Tag).map_or_else(Counts::default, |tagged| tagged.out);
        self.ledger.pass(Stage::Write, into, Counts::default());
        Ok(())
    }

    /// Leaves out the mentions of other types.
    fn choose_types(&mut self, types: &Types) {
        let names = match types {
            Types::All => return,
            Types::AllAs(name) => {
                let mentions = self.documents.iter_mut().flat_map(|document| &mut document.mentions);
                return mentions.for_each(|mention| mention.entity_type.clone_from(name));
            }
            Types::Only(names) => names,
        };
        for document in &mut self.documents {
            let mut kept = Vec::with_capacity(document.mentions.len());
            let mentions = mem::take(&mut document.mentions);
            let text = DocumentText::of(document);
            for mut mention in mentions {
                if let Some(name) = names.get(&mention.entity_type) {
                    mention.entity_type.clone_from(name);
                    kept.push(mention);
                } else {
                    let item = || Item::in_text(&document.id, &text, &mention);
                    self.ledger.lose(Stage::Write, Loss::OtherType, item);
                }
            }
            document.mentions = kept;
        }
    }

    /// Writes the documents of a format that puts nothing before, between and after them.
    fn write_documents(&mut self, format: Format, listed: usize) -> Result<(), DataError> {
        let mut writer = formats::writer(format, &mut self.text)?.listing(listed);
        for document in mem::take(&mut self.documents) {
            writer.write(&document)?;
        }
        self.ledger.merge(writer.finish()?);
        Ok(())
    }
}
