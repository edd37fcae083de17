//! The way from entities back to tags, in any scheme.
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

use crate::notation::NO_TYPE;
use crate::{Prefix, Scheme, Span, Tag, TagError};

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
            let at = InEntity {
                first: word == span.start,
                last: word + 1 == span.end,
                touches_before: span.start > 0 && same_type(span, owners.get(span.start - 1)),
                touches_after: same_type(span, owners.get(span.end)),
            };
            match span.entity_type.as_str() {
                NO_TYPE => Tag::new(at.prefix(self), ""),
                entity_type => Tag::new(at.prefix(self), entity_type),
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
struct InEntity {
    first: bool,
    last: bool,
    touches_before: bool,
    touches_after: bool,
}

impl InEntity {
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
