//! A stream cut into the raw texts of its documents, for the formats in which that can be done before they are understood.
//! Cutting goes one after the other; what [`RawDocument::parse`] makes of a raw text depends on nothing else,
//! so that many can be parsed at the same time.
//!
//! ```
//! use std::path::Path;
//! use rayon::prelude::*;
//! use welt_data::formats::{Format, RawDocument, RawDocuments};
//!
//! let text = "1|t|Ataxia.\n\n2|t|Anaemia.\n";
//! let raw = RawDocuments::new(Format::PubTator, Path::new("train.txt"), text.as_bytes())?;
//! let raw = raw.collect::<Result<Vec<_>, _>>()?;
//! let ids: Vec<String> = raw.par_iter().map(|raw| raw.parse().map(|(document, _)| document.id)).collect::<Result<_, _>>()?;
//! assert_eq!(ids, ["1", "2"]);
//! # Ok::<(), welt_data::DataError>(())
//! ```

use std::fmt;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use super::raw::{Cut, RawDocument};
use super::{Format, Source, bioc_json, jats, json_lines, pubmed, pubtator, records};
use crate::document::Document;
use crate::error::DataError;
use crate::ledger::Ledger;

impl RawDocument {
    /// The document, and what of it is not kept.
    ///
    /// # Errors
    /// A text that is not what the format asks for.
    pub fn parse(&self) -> Result<(Document, Ledger), DataError> {
        self.parse_listing(0)
    }

    /// The document, and what of it is not kept, of which at most so many are listed under each name.
    ///
    /// # Errors
    /// As for [`RawDocument::parse`].
    pub fn parse_listing(&self, listed: usize) -> Result<(Document, Ledger), DataError> {
        let mut ledger = Ledger::listing(listed);
        let document = self.parse_into(&mut ledger)?;
        Ok((document, ledger))
    }

    /// The text as it stands in the file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn parse_into(&self, ledger: &mut Ledger) -> Result<Document, DataError> {
        let before = ledger.begin_document();
        let document = match self.format {
            Format::JsonLines => json_lines::parse(self),
            Format::BiocJson => bioc_json::parse(self, ledger),
            Format::Pubmed => pubmed::parse(self, ledger),
            Format::Jats => jats::parse(self, ledger),
            _ => pubtator::parse(self, ledger),
        }?;
        ledger.end_document(before, &document.id);
        Ok(document)
    }
}

/// The raw documents of a stream, in file order; after an error there are no more.
pub struct RawDocuments<'r> {
    cutter: Box<dyn Cut + Send + 'r>,
    ended: bool,
}

impl<'r> RawDocuments<'r> {
    /// Cuts a stream of a format whose documents can be told apart ([`Format::is_cut`]); `path` only names it in messages.
    ///
    /// # Errors
    /// Another format, or a stream that cannot be read.
    pub fn new(format: Format, path: &Path, reader: impl BufRead + Send + 'r) -> Result<Self, DataError> {
        let path: Arc<Path> = Arc::from(path);
        let cutter: Box<dyn Cut + Send + 'r> = match format {
            Format::PubTator => Box::new(pubtator::Cutter::new(&path, reader)),
            Format::JsonLines => Box::new(json_lines::Cutter::new(&path, reader)),
            Format::BiocJson => Box::new(bioc_json::Cutter::new(&path, reader)?),
            Format::Pubmed => Box::new(records::Cutter::new(&path, reader, pubmed::NAMES)),
            Format::Jats => Box::new(records::Cutter::new(&path, reader, jats::NAMES)),
            _ => return Err(DataError::FormatNotCut { format }),
        };
        Ok(Self { cutter, ended: false })
    }

    /// What was met between the documents and not kept.
    #[must_use]
    pub fn ledger(&self) -> Option<&Ledger> {
        self.cutter.ledger()
    }

    /// Lists at most so many of it from here on under each name; none else.
    #[must_use]
    pub fn listing(mut self, listed: usize) -> Self {
        self.cutter.list(listed);
        self
    }
}

impl Iterator for RawDocuments<'_> {
    type Item = Result<RawDocument, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.cutter.next_raw();
        self.ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

impl fmt::Debug for RawDocuments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawDocuments").finish_non_exhaustive()
    }
}

/// Cuts and parses, one document after the other.
pub(super) struct Reader<'r> {
    raw: RawDocuments<'r>,
    ledger: Ledger,
}

impl<'r> Reader<'r> {
    pub fn new(raw: RawDocuments<'r>) -> Self {
        Self { raw, ledger: Ledger::listing(0) }
    }
}

impl Source for Reader<'_> {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        let raw = self.raw.next().transpose()?;
        let document = raw.map(|raw| raw.parse_into(&mut self.ledger)).transpose()?;
        if document.is_none()
            && let Some(between) = self.raw.ledger()
        {
            self.ledger.merge(between.clone());
        }
        Ok(document)
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
        self.raw.cutter.list(listed);
    }
}
