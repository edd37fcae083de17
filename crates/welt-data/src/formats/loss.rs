//! What a format could not hold of a document: counted by name, each with the first document.
//! It knows the names, not the formats.

use std::collections::BTreeMap;
use std::fmt;

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
}

/// What a format could not hold; it prints as `3 discontinuous (first in document 2234245)`, or `nothing`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<Loss, Lost>);

impl Losses {
    /// Whether everything was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How often something was lost.
    #[must_use]
    pub fn count(&self, loss: Loss) -> usize {
        self.0.get(&loss).map_or(0, |lost| lost.count)
    }

    /// All that was lost, with how often and in which document first.
    pub fn iter(&self) -> impl Iterator<Item = (Loss, &Lost)> {
        self.0.iter().map(|(loss, lost)| (*loss, lost))
    }

    pub(super) fn add(&mut self, loss: Loss, document: &str) {
        let first = || Lost { count: 1, first_document: document.to_owned() };
        self.0.entry(loss).and_modify(|lost| lost.count += 1).or_insert_with(first);
    }

    pub(super) fn add_if(&mut self, lost: bool, loss: Loss, document: &str) {
        if lost {
            self.add(loss, document);
        }
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        for (index, (loss, Lost { count, first_document })) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{count} {loss} (first in document {first_document})")?;
        }
        Ok(())
    }
}
