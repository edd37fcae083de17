//! What a reader meets and does not keep, put down in a ledger with its position in the file.

use std::path::Path;

use super::position::Position;
use crate::ledger::{Item, Ledger, Loss, Stage};

impl Ledger {
    /// Counts one; `item` is asked for only where it is listed or the first, and its position becomes its note.
    pub(super) fn skip(&mut self, loss: Loss, path: &Path, position: Position, item: impl FnOnce() -> Item) {
        self.lose(Stage::Read, loss, || item().at(position.in_file(path)));
    }

    /// What is skipped of one document from here on, to be given back to [`Ledger::end_document`].
    pub(super) fn begin_document(&mut self) -> Self {
        let of_document = self.like();
        std::mem::replace(self, of_document)
    }

    /// Adds what was skipped before the document, whose id is known only now.
    pub(super) fn end_document(&mut self, before: Self, document: &str) {
        self.items_mut().for_each(|item| document.clone_into(&mut item.document));
        let of_document = std::mem::replace(self, before);
        self.merge(of_document);
    }
}
