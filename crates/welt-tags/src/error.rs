//! What can be wrong with tags, labels and spans: one type for the whole crate, whose messages name what was found.
//!
//! ```
//! use welt_tags::{Chunking, Notation, Scheme};
//!
//! let error = Chunking::Strict(Scheme::Iob2).spans(&["B-PER", "E-PER"], Notation::Prefix).unwrap_err();
//! assert_eq!(error.to_string(), "word 1: `E-PER` is no tag of IOB2, whose prefixes are B, I, O");
//! ```

use crate::{Scheme, Span};

/// A text that is no tag, tags that make no label set or fit no scheme, or spans that no tags can say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// The text does not read as a tag.
    #[error(
        "`{found}` is not a tag: expected O, a bare B, I, E, S, L or U, or one of these, a hyphen and a type, as in B-Disease"
    )]
    Malformed {
        /// The text as it stood.
        found: String,
    },
    /// A label set must hold `O`, the label of words outside every entity.
    #[error("the labels {found:?} hold no O, the tag of words outside every entity")]
    NoOutside {
        /// The labels that were given.
        found: Vec<String>,
    },
    /// A label stands twice in a label set.
    #[error("the label `{label}` stands twice among the labels")]
    Duplicate {
        /// The label.
        label: String,
    },
    /// A word has no tag at all, where seqeval raises an IndexError.
    #[error("word {word}: the tag is empty, expected O or a prefix and a type, as in B-Disease")]
    Empty {
        /// The word's index in the sentence, from 0.
        word: usize,
    },
    /// The letter of a tag is none of the seven that exist, where seqeval raises a KeyError.
    #[error("word {word}: `{found}` has no known prefix, expected one of B, I, O, E, S, L and U")]
    UnknownPrefix {
        /// The word's index in the sentence, from 0.
        word: usize,
        /// The tag as it stood.
        found: String,
    },
    /// The letter of a tag exists but not in this scheme, where seqeval raises a ValueError.
    #[error("word {word}: `{found}` is no tag of {scheme}, whose prefixes are {}", scheme.prefix_list())]
    OutsideScheme {
        /// The word's index in the sentence, from 0.
        word: usize,
        /// The tag as it stood.
        found: String,
        /// The scheme that was asked for.
        scheme: Scheme,
    },
    /// No scheme is recognised by the prefixes that occur.
    #[error(
        "the prefixes that occur, {{{found}}}, tell no scheme: IOB2, IOE2, IOBES and BILOU can be detected, IOB1 and IOE1 must be named"
    )]
    Undetected {
        /// The letters of the prefixes that occur, in the order I, O, B, E, S, L, U.
        found: String,
    },
    /// The text is not the name of a scheme.
    #[error("`{found}` is not a tagging scheme, expected one of {}", Scheme::names())]
    UnknownScheme {
        /// The text as it stood.
        found: String,
    },
    /// A span is empty, or does not lie within its sentence.
    #[error("the span {span} does not lie within its sentence of {n_words} words, or is empty")]
    SpanOutOfRange {
        /// The span.
        span: Span,
        /// How many words the sentence has.
        n_words: usize,
    },
    /// Two spans share a word, which tags cannot say.
    #[error("the spans {first} and {second} share a word, which tags cannot say")]
    Overlap {
        /// The span that was given first.
        first: Span,
        /// The span that was given later.
        second: Span,
    },
    /// A span has an empty type, which would be read back as `_`.
    #[error("the span from word {start} to word {end} has an empty type, expected a name or `_`")]
    NoType {
        /// The first word of the span, from 0.
        start: usize,
        /// The word after the last word of the span.
        end: usize,
    },
}
