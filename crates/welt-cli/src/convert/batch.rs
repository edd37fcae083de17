//! A batch of documents on all processors: parsed, tagged or written piece by piece, in order.
//! Raw documents in, text or documents and their account out; where they come from and go to is not known here.

use std::collections::{BTreeMap, btree_map::Entry};
use std::mem;

use anyhow::Result;
use rayon::prelude::*;
use welt_data::alignment::{Breaks, Rules, Types, align};
use welt_data::conll;
use welt_data::formats::{self, Format, Losses, Skipped};
use welt_data::ledger::{Item, Ledger, Loss, Stage};
use welt_data::{DataError, Document};
use welt_tags::Scheme;

use super::input::Work;

/// Documents that one thread takes at a time.
const DOCUMENTS_A_PIECE: usize = 8;

/// What stands before the sentences of each document where documents are kept apart, as in CoNLL-2003.
pub const DOCUMENT_LINE: &str = "-DOCSTART-\tO\n\n";

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
    /// Whether a line stands before the sentences of each document.
    pub document_lines: bool,
}

/// What became of a few documents.
pub struct Piece {
    /// What is ready to be written.
    pub text: Vec<u8>,
    /// What is yet to be written, in a format whose files are more than their documents.
    pub documents: Vec<Document>,
    pub ledger: Ledger,
    pub skipped: Skipped,
    pub unwritten: Unwritten,
}

/// What a format could not hold: how often, and the first document.
#[derive(Default)]
pub struct Unwritten(pub BTreeMap<formats::Loss, (usize, String)>);

impl Unwritten {
    /// Adds what was lost later on; the first document stays.
    pub fn extend(&mut self, later: Self) {
        for (loss, (count, document)) in later.0 {
            match self.0.entry(loss) {
                Entry::Occupied(mut earlier) => earlier.get_mut().0 += count,
                Entry::Vacant(none) => drop(none.insert((count, document))),
            }
        }
    }
}

impl From<&Losses> for Unwritten {
    fn from(losses: &Losses) -> Self {
        Self(losses.iter().map(|(loss, lost)| (loss, (lost.count, lost.first_document.clone()))).collect())
    }
}

impl Tagging {
    /// By some rules, and for documents that come with words by these, unless the flags ask for something else.
    pub fn new(rules: Rules, breaks: Option<Breaks>, scheme: Scheme, document_lines: bool) -> Self {
        let given = Rules { breaks: breaks.unwrap_or(Breaks::Given), ..rules.clone() };
        Self { rules, given, scheme, document_lines }
    }

    fn write(&self, text: &mut Vec<u8>, document: &Document, ledger: &mut Ledger) -> Result<(), DataError> {
        let rules = if document.sentences.is_some() { &self.given } else { &self.rules };
        let sentences = align(document, rules, ledger)?;
        if self.document_lines && !sentences.is_empty() {
            text.extend_from_slice(DOCUMENT_LINE.as_bytes());
        }
        conll::write_text(text, &sentences, self.scheme)
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

/// The documents of a batch, in order, and what of them is not kept.
///
/// # Errors
/// The first document that cannot be parsed.
pub fn parse(batch: Vec<Work>) -> Result<Vec<(Document, Skipped)>> {
    let parsed: Vec<Result<_, DataError>> = batch.into_par_iter().map(Work::parse).collect();
    parsed.into_iter().map(|parsed| Ok(parsed?)).collect()
}

fn piece(batch: Vec<Work>, target: &Target, listed: usize) -> Result<Piece, DataError> {
    let mut piece = Piece {
        text: Vec::new(),
        documents: Vec::with_capacity(batch.len()),
        ledger: Ledger::listing(listed),
        skipped: Skipped::default(),
        unwritten: Unwritten::default(),
    };
    for work in batch {
        let (document, skipped) = work.parse()?;
        piece.skipped.extend(skipped);
        piece.documents.push(document);
    }
    piece.ledger.read(&piece.documents);
    match target {
        Target::Tagged(tagging) => {
            for document in mem::take(&mut piece.documents) {
                tagging.write(&mut piece.text, &document, &mut piece.ledger)?;
            }
        }
        Target::Documents(format, types) => {
            piece.choose_types(types);
            if matches!(format, Format::PubTator | Format::JsonLines) {
                piece.write_documents(*format)?;
            }
        }
    }
    Ok(piece)
}

impl Piece {
    /// Leaves out the mentions of other types.
    fn choose_types(&mut self, types: &Types) {
        let Types::Only(names) = types else { return };
        for document in &mut self.documents {
            let mut kept = Vec::with_capacity(document.mentions.len());
            for mut mention in mem::take(&mut document.mentions) {
                if let Some(name) = names.get(&mention.entity_type) {
                    mention.entity_type.clone_from(name);
                    kept.push(mention);
                } else {
                    let item = || Item::of_mention(document, &mention, String::new());
                    self.ledger.lose(Stage::Write, Loss::OtherType, item);
                }
            }
            document.mentions = kept;
        }
    }

    /// Writes the documents of a format that puts nothing before, between and after them.
    fn write_documents(&mut self, format: Format) -> Result<(), DataError> {
        let mut writer = formats::writer(format, &mut self.text)?;
        for document in mem::take(&mut self.documents) {
            writer.write(&document)?;
        }
        self.unwritten.extend(Unwritten::from(&writer.finish()?));
        Ok(())
    }
}
