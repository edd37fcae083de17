//! A document on its way into a format that cannot hold all of it: what it loses is put down in a ledger, by document or by mention.

use std::cell::OnceCell;

use crate::document::{Document, DocumentText, Mention};
use crate::ledger::{Item, Ledger, Loss, Stage};

/// A document that is being written, and the ledger in which its losses are put down.
pub(super) struct Book<'b, 'd> {
    ledger: &'b mut Ledger,
    document: &'d Document,
    /// The text, as soon as a mention is listed.
    text: OnceCell<DocumentText<'d>>,
}

impl<'b, 'd> Book<'b, 'd> {
    pub const fn of(document: &'d Document, ledger: &'b mut Ledger) -> Self {
        Self { ledger, document, text: OnceCell::new() }
    }

    /// Counts what the document loses.
    pub fn add(&mut self, loss: Loss) {
        let id = &self.document.id;
        self.ledger.lose(Stage::Write, loss, || Item { document: id.clone(), ..Item::named("") });
    }

    pub fn add_if(&mut self, is_lost: bool, loss: Loss) {
        if is_lost {
            self.add(loss);
        }
    }

    /// Counts what a mention of the document loses.
    pub fn add_of(&mut self, loss: Loss, mention: &Mention) {
        let (document, text) = (self.document, &self.text);
        let text = || text.get_or_init(|| DocumentText::of(document));
        self.ledger.lose(Stage::Write, loss, || Item::in_text(&document.id, text(), mention));
    }

    pub fn add_of_if(&mut self, is_lost: bool, loss: Loss, mention: &Mention) {
        if is_lost {
            self.add_of(loss, mention);
        }
    }
}
