//! The raw text of a document, and what cuts a stream into such texts; which formats can be cut is not known here.

use std::path::Path;
use std::sync::Arc;

use super::position::Position;
use crate::error::DataError;
use crate::format::Format;
use crate::ledger::Ledger;

/// The text of one document as it stands in its file, not yet understood.
#[derive(Debug, Clone)]
pub struct RawDocument {
    pub(super) format: Format,
    pub(super) path: Arc<Path>,
    pub(super) text: String,
    pub(super) position: Position,
}

/// Cuts a stream into the texts of its documents.
pub(super) trait Cut {
    /// The next one, nothing at the end.
    fn next_raw(&mut self) -> Result<Option<RawDocument>, DataError>;

    /// What was met between the documents and not kept, where there can be such.
    fn ledger(&self) -> Option<&Ledger>;

    /// Lists at most so many of it from here on under each name.
    fn list(&mut self, listed: usize);
}
