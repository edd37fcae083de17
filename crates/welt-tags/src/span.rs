//! One entity as words from a start to an end, with its type owned or borrowed.
//! It knows no tags and no schemes; entities may overlap here.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One entity: its type, and its words by their index in the sentence, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The entity's type, `_` where the tags name none.
    pub entity_type: String,
    /// The first word.
    pub start: usize,
    /// The word after the last word.
    pub end: usize,
}

impl Span {
    /// An entity of `entity_type` on `words`.
    #[must_use]
    pub fn new(entity_type: &str, words: Range<usize>) -> Self {
        Self { entity_type: entity_type.to_owned(), start: words.start, end: words.end }
    }

    /// The words of the entity, as a slice is indexed.
    #[must_use]
    pub const fn words(&self) -> Range<usize> {
        self.start..self.end
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}..{}]", self.entity_type, self.start, self.end)
    }
}

/// One entity as it was read, its type borrowed from the tags; which positions it counts in, its reader says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chunk<'tags> {
    /// The entity's type, `_` where the tags name none.
    pub entity_type: &'tags str,
    /// The first position.
    pub start: usize,
    /// The position after the last one.
    pub end: usize,
}

impl<'span> From<&'span Span> for Chunk<'span> {
    fn from(span: &'span Span) -> Self {
        Self { entity_type: &span.entity_type, start: span.start, end: span.end }
    }
}

impl From<Chunk<'_>> for Span {
    fn from(chunk: Chunk<'_>) -> Self {
        Self::new(chunk.entity_type, chunk.start..chunk.end)
    }
}
