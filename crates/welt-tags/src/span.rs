//! One entity as words from a start to an end, and the way from entities back to tags in any scheme.
//! Spans in, tags out; entities that overlap or nest can be said by spans but not by tags, which is an error here.
//!
//! ```
//! use welt_tags::{Scheme, Span};
//!
//! let spans = [Span::new("Gene", 0..2), Span::new("Gene", 2..3)];
//! let text = |scheme: Scheme| -> Result<String, welt_tags::TagError> {
//!     let tags: Vec<String> = scheme.tags(&spans, 4)?.iter().map(ToString::to_string).collect();
//!     Ok(tags.join(" "))
//! };
//! assert_eq!(text(Scheme::Iob1)?, "I-Gene I-Gene B-Gene O");
//! assert_eq!(text(Scheme::Iob2)?, "B-Gene I-Gene B-Gene O");
//! assert_eq!(text(Scheme::Bilou)?, "B-Gene L-Gene U-Gene O");
//! # Ok::<(), welt_tags::TagError>(())
//! ```

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::notation::NO_TYPE;
use crate::{Prefix, Scheme, Tag, TagError};

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

impl Scheme {
    /// The tags of a sentence of `n_words` words that has these entities, in this scheme; the spans may stand in any order.
    ///
    /// The type `_` is written as bare tags.
    /// Reading the tags in the same scheme gives the spans again, in the order of their words, but for two cases:
    /// the strict readers strip hyphens at either end of a type, and seqeval's rules for IOE1 overlook an `E` that follows `O`.
    ///
    /// # Errors
    /// A span that is empty, reaches out of the sentence or has an empty type, or two spans that share a word.
    pub fn tags(self, spans: &[Span], n_words: usize) -> Result<Vec<Tag>, TagError> {
        let owners = owners(spans, n_words)?;
        let same_type = |here: &Span, there: Option<&Option<&Span>>| matches!(there, Some(Some(other)) if other.entity_type == here.entity_type);
        let tag = |word: usize| {
            let Some(span) = owners[word] else {
                return Tag::OUTSIDE;
            };
            let place = Place {
                first: word == span.start,
                last: word + 1 == span.end,
                touches_before: span.start > 0 && same_type(span, owners.get(span.start - 1)),
                touches_after: same_type(span, owners.get(span.end)),
            };
            match span.entity_type.as_str() {
                NO_TYPE => Tag::new(place.prefix(self), ""),
                entity_type => Tag::new(place.prefix(self), entity_type),
            }
        };
        Ok((0..n_words).map(tag).collect())
    }
}

/// The span that holds each word, if any does.
fn owners(spans: &[Span], n_words: usize) -> Result<Vec<Option<&Span>>, TagError> {
    let mut owners: Vec<Option<&Span>> = vec![None; n_words];
    for span in spans {
        if span.entity_type.is_empty() {
            let (start, end) = (span.start, span.end);
            return Err(TagError::NoType { start, end });
        }
        if span.start >= span.end || span.end > n_words {
            return Err(TagError::SpanOutOfRange { span: span.clone(), n_words });
        }
        for owner in &mut owners[span.words()] {
            if let Some(first) = owner.replace(span) {
                return Err(TagError::Overlap { first: first.clone(), second: span.clone() });
            }
        }
    }
    Ok(owners)
}

/// Where in its entity a word stands, and whether entities of the same type stand right beside that entity.
struct Place {
    first: bool,
    last: bool,
    touches_before: bool,
    touches_after: bool,
}

impl Place {
    fn prefix(&self, scheme: Scheme) -> Prefix {
        match scheme {
            Scheme::Iob1 if self.first && self.touches_before => Prefix::Begin,
            Scheme::Ioe1 if self.last && self.touches_after => Prefix::End,
            Scheme::Iobes if self.first && self.last => Prefix::Single,
            Scheme::Bilou if self.first && self.last => Prefix::Unit,
            Scheme::Iob2 | Scheme::Iobes | Scheme::Bilou if self.first => Prefix::Begin,
            Scheme::Ioe2 | Scheme::Iobes if self.last => Prefix::End,
            Scheme::Bilou if self.last => Prefix::Last,
            _ => Prefix::Inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(scheme: Scheme, spans: &[Span], expected: &Expect) {
        let text = match scheme.tags(spans, 6) {
            Ok(tags) => tags.iter().map(Tag::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn every_scheme_writes_the_same_entities() {
        let spans = [Span::new("A", 3..4), Span::new("A", 1..3), Span::new("_", 4..6)];
        check(Scheme::Iob1, &spans, &expect!["O I-A I-A B-A I I"]);
        check(Scheme::Iob2, &spans, &expect!["O B-A I-A B-A B I"]);
        check(Scheme::Ioe1, &spans, &expect!["O I-A E-A I-A I I"]);
        check(Scheme::Ioe2, &spans, &expect!["O I-A E-A E-A I E"]);
        check(Scheme::Iobes, &spans, &expect!["O B-A E-A S-A B E"]);
        check(Scheme::Bilou, &spans, &expect!["O B-A L-A U-A B L"]);
    }

    #[test]
    fn what_tags_cannot_say_is_an_error() {
        let [a, b] = [Span::new("A", 1..3), Span::new("B", 2..4)];
        check(Scheme::Iob2, &[a, b], &expect!["the spans A[1..3] and B[2..4] share a word, which tags cannot say"]);
        check(
            Scheme::Iob2,
            &[Span::new("A", 5..7)],
            &expect!["the span A[5..7] does not lie within its sentence of 6 words, or is empty"],
        );
        check(
            Scheme::Iob2,
            &[Span::new("A", 2..2)],
            &expect!["the span A[2..2] does not lie within its sentence of 6 words, or is empty"],
        );
        check(
            Scheme::Iob2,
            &[Span::new("", 2..3)],
            &expect!["the span from word 2 to word 3 has an empty type, expected a name or `_`"],
        );
    }
}
