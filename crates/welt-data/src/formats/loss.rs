//! What a format could not hold of a document: counted by name, the first of each listed as far as the caller asks.
//! It knows the names, not the formats.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;

use crate::document::{Document, DocumentText, Mention};
use crate::ledger::Item;

/// Something of a [`Document`](crate::Document) that a format cannot hold; it prints as its name, such as `discontinuous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Loss {
    /// A mention of several parts was written as one, from its first character to its last, with the text that stands there.
    Discontinuous,
    /// A mention without any offset was left out.
    WithoutOffsets,
    /// A mention that states no text lies outside of the text, so that no text was written for it.
    OutsideText,
    /// The bounds or kinds of passages: they were joined, or will be read as other kinds.
    Passages,
    /// The offsets of a document were moved, because the format counts from another place.
    MovedOffsets,
    /// A TAB, line break or other white space that the format does not allow was written as a space.
    WhiteSpace,
    /// The id of an annotation.
    AnnotationIds,
    /// Identifiers were written as one text, or with the name of the database in the text: they will be read as other identifiers.
    Identifiers,
    /// An entity type was changed, because the format does not allow its characters.
    EntityTypes,
    /// The order of the mentions: they were gathered by passages.
    MentionOrder,
    /// The words of the sentences.
    Words,
    /// A mention: the format holds text only.
    Mentions,
}

impl Loss {
    /// Its name, in words joined by hyphens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discontinuous => "discontinuous",
            Self::WithoutOffsets => "without-offsets",
            Self::OutsideText => "outside-text",
            Self::Passages => "passages",
            Self::MovedOffsets => "moved-offsets",
            Self::WhiteSpace => "white-space",
            Self::AnnotationIds => "annotation-ids",
            Self::Identifiers => "identifiers",
            Self::EntityTypes => "entity-types",
            Self::MentionOrder => "mention-order",
            Self::Words => "words",
            Self::Mentions => "mentions",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How often something was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// How often, at least once: mentions for what is lost of a mention, else documents.
    pub count: usize,
    /// The id of the first document that lost it.
    pub first_document: String,
    /// The first mentions that lost it, or documents.
    pub items: Vec<Item>,
}

/// What a format could not hold; it prints as `3 discontinuous (first in document 2234245)`, or `nothing`.
///
/// Counts are exact; as many are listed under each name as [`Losses::listing`] says, none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    listed: usize,
    counts: BTreeMap<Loss, Lost>,
}

impl Losses {
    /// Nothing yet; at most so many are listed under each name.
    #[must_use]
    pub const fn listing(listed: usize) -> Self {
        Self { listed, counts: BTreeMap::new() }
    }

    /// Whether everything was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How often something was lost.
    #[must_use]
    pub fn count(&self, loss: Loss) -> usize {
        self.counts.get(&loss).map_or(0, |lost| lost.count)
    }

    /// All that was lost, with how often and in which document first.
    pub fn iter(&self) -> impl Iterator<Item = (Loss, &Lost)> {
        self.counts.iter().map(|(loss, lost)| (*loss, lost))
    }

    /// Adds what was lost later on; the first document stays.
    pub fn extend(&mut self, later: Self) {
        for (loss, later) in later.counts {
            let earlier = self.counts.entry(loss).or_insert_with(|| Lost {
                count: 0,
                first_document: later.first_document,
                items: Vec::new(),
            });
            earlier.count += later.count;
            let room = self.listed.saturating_sub(earlier.items.len());
            earlier.items.extend(later.items.into_iter().take(room));
        }
    }

    fn add(&mut self, loss: Loss, document: &str, item: impl FnOnce() -> Item) {
        let none = || Lost { count: 0, first_document: document.to_owned(), items: Vec::new() };
        let lost = self.counts.entry(loss).or_insert_with(none);
        lost.count += 1;
        if lost.items.len() < self.listed {
            lost.items.push(item());
        }
    }
}

/// A document that is being written, and the account in which its losses are put down.
pub(super) struct Book<'b, 'd> {
    losses: &'b mut Losses,
    document: &'d Document,
    /// The text, as soon as a mention is listed.
    text: OnceCell<DocumentText<'d>>,
}

impl<'b, 'd> Book<'b, 'd> {
    pub const fn of(document: &'d Document, losses: &'b mut Losses) -> Self {
        Self { losses, document, text: OnceCell::new() }
    }

    /// Counts what the document loses.
    pub fn add(&mut self, loss: Loss) {
        let id = &self.document.id;
        self.losses.add(loss, id, || Item { document: id.clone(), ..Item::named("") });
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
        self.losses.add(loss, &document.id, || Item::in_text(&document.id, text(), mention));
    }

    pub fn add_of_if(&mut self, is_lost: bool, loss: Loss, mention: &Mention) {
        if is_lost {
            self.add_of(loss, mention);
        }
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        for (index, (loss, Lost { count, first_document, .. })) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{count} {loss} (first in document {first_document})")?;
        }
        Ok(())
    }
}
