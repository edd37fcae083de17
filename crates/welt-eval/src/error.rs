//! What can be wrong with what is to be scored: one type for the whole crate, whose messages name the sentence.
//!
//! ```
//! use welt_eval::seqeval::{self, Mode};
//!
//! let error = seqeval::evaluate(&[["B-PER", "O"]], &[["B-PER"]], Mode::Default).unwrap_err();
//! assert_eq!(error.to_string(), "sentence 0 has 2 gold tags and 1 predicted tags, expected as many of both");
//! ```

use std::fmt;

use welt_tags::TagError;

/// Gold and prediction that cannot be scored against each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// There is nothing to score, where seqeval raises a TypeError.
    #[error("there are no sentences, expected at least one")]
    NoSentences,
    /// Gold and prediction are not the same sentences, where seqeval raises a ValueError.
    #[error("there are {gold} gold sentences and {predicted} predicted ones, expected as many of both")]
    SentenceCount {
        /// How many gold sentences there are.
        gold: usize,
        /// How many predicted sentences there are.
        predicted: usize,
    },
    /// Gold and prediction of a sentence are not the same words, where seqeval raises a ValueError.
    #[error("sentence {sentence} has {gold} gold tags and {predicted} predicted tags, expected as many of both")]
    WordCount {
        /// The sentence's index, from 0.
        sentence: usize,
        /// How many gold tags it has.
        gold: usize,
        /// How many predicted tags it has.
        predicted: usize,
    },
    /// A tag cannot be read.
    #[error("the {side} tags of sentence {sentence} cannot be read")]
    Tag {
        /// Whose tag it is.
        side: Side,
        /// The sentence's index, from 0.
        sentence: usize,
        /// What is wrong with it.
        source: TagError,
    },
    /// The gold tags do not tell their scheme.
    #[error("the scheme of the gold tags cannot be detected")]
    Detection(#[source] TagError),
}

/// Which of two rows of tags is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// What is there.
    Gold,
    /// What was found.
    Predicted,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gold => "gold",
            Self::Predicted => "predicted",
        })
    }
}
