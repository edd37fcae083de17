//! What became of a corpus.

use crate::counts::SplitCounts;

/// What became of a corpus.
#[derive(Debug)]
pub struct Outcome {
    /// Whether it is there.
    pub state: State,
    /// The title of the source that it was made from.
    pub source: Option<String>,
    /// What is in its splits, as far as there are any.
    pub counts: SplitCounts,
}

/// Whether a corpus is there.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// All counts are the expected ones.
    Verified,
    /// Made by another splitting of the text: the same words, sentences off by no more than this share.
    Close(f64),
    /// It can be made, but not as expected; nothing was put in its place.
    Differs(Vec<String>),
    /// No source can be had.
    Missing(Vec<String>),
    /// Something went wrong with what was there.
    Failed(Vec<String>),
    /// It was being made when everything was ended; the same command goes on.
    Stopped,
}

impl Outcome {
    /// A state that nothing was counted in.
    pub(crate) fn without_counts(state: State) -> Self {
        Self { state, source: None, counts: SplitCounts::new() }
    }
}

impl State {
    /// The state that differences make, of a source that may be off by the share `within`.
    pub(crate) fn of(differences: Vec<String>, within: Option<f64>) -> Self {
        match within {
            _ if !differences.is_empty() => Self::Differs(differences),
            Some(within) => Self::Close(within),
            None => Self::Verified,
        }
    }

    /// One word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Close(_) => "close",
            Self::Differs(_) => "differs",
            Self::Missing(_) => "missing",
            Self::Failed(_) => "failed",
            Self::Stopped => "stopped",
        }
    }
}
