//! seqeval 1.2.2: entities that agree in type and in every word, by type and averaged, and its text report.
//! Gold and predicted tags in, a report out.
//!
//! ```
//! use welt_eval::{Pairs, Scheme, seqeval};
//!
//! let pairs = Pairs::parse("Angela B-PER I-PER\nMerkel I-PER I-PER\n")?;
//! assert_eq!(seqeval::default(&pairs)?.micro.f1, 1.0);
//!
//! let report = seqeval::strict(&pairs, Scheme::Iob2)?;
//! assert_eq!((report.micro.f1, report.counts["PER"].false_negatives()), (0.0, 1));
//! println!("{report:.4}");
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! [`evaluate`] takes rows of tags as Python's seqeval does, and [`Evaluation`] a corpus that comes one sentence at a time.
//!
//! # Where it differs, knowingly
//! - seqeval's `f1_score(mode="strict")` without a scheme silently runs the default mode, while its `classification_report` detects the scheme, and a scheme without `mode="strict"` is ignored.
//!   Here [`Mode`] says which of the three is meant, and a scheme that is not used cannot be given.
//! - Its text report crashes without entities; [`Report::to_text`] then has no rows for types, and its macro average is `nan`.
//! - Its `sample_weight` is ignored there, and absent here.

mod report;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use welt_tags::{Chunking, CorpusReader, Notation, Scheme};

use crate::{EvalError, Pairs, Side, Tally, ZeroDivision};

pub use report::Report;

/// How entities are read out of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// seqeval's default: any tags are read, and an orphan `I-` makes an entity.
    Default,
    /// `mode="strict"` with a scheme: what breaks its rules makes no entity, and a prefix that it does not have is an error.
    Strict(Scheme),
    /// `mode="strict"` without a scheme, as `classification_report` runs it: the scheme is told by the gold tags, see [`Scheme::detect`].
    ///
    /// seqeval's `f1_score` and its like run the default mode instead: for their value ask for [`Mode::Default`].
    StrictDetected,
}

impl Mode {
    /// The way of reading that the mode means for these gold tags.
    ///
    /// # Errors
    /// A scheme is to be detected, but the tags tell none.
    pub fn chunking<G, T>(self, gold: &[G], notation: Notation) -> Result<Chunking, EvalError>
    where
        G: AsRef<[T]>,
        T: AsRef<str>,
    {
        match self {
            Self::Default => Ok(Chunking::Lenient),
            Self::Strict(scheme) => Ok(Chunking::Strict(scheme)),
            Self::StrictDetected => Scheme::detect(gold, notation).map(Chunking::Strict).map_err(EvalError::Detection),
        }
    }
}

/// All that moves the numbers of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Options {
    /// How entities are read out of tags.
    pub mode: Mode,
    /// Where the letter of a tag stands.
    pub notation: Notation,
    /// What a ratio is that has nothing to divide by.
    pub zero_division: ZeroDivision,
}

/// The mode with what seqeval does unless asked otherwise: letters before types, and ratios without a denominator are 0.
impl From<Mode> for Options {
    fn from(mode: Mode) -> Self {
        Self { mode, notation: Notation::Prefix, zero_division: ZeroDivision::Zero }
    }
}

/// Scores by seqeval's default mode: any tags are read, and an orphan `I-` makes an entity.
///
/// # Errors
/// No sentences, or a tag that is empty.
pub fn default(pairs: &Pairs) -> Result<Report, EvalError> {
    score(pairs, Mode::Default, ZeroDivision::Zero)
}

/// Scores by seqeval's strict mode: what breaks the rules of the scheme makes no entity.
///
/// # Errors
/// No sentences, or a tag that is empty or none of the scheme's.
pub fn strict(pairs: &Pairs, scheme: Scheme) -> Result<Report, EvalError> {
    score(pairs, Mode::Strict(scheme), ZeroDivision::Zero)
}

/// Scores in any mode, with ratios that are as asked where there is nothing to divide by.
///
/// # Errors
/// As [`evaluate`] has them.
pub fn score(pairs: &Pairs, mode: Mode, zero_division: ZeroDivision) -> Result<Report, EvalError> {
    let (gold, predicted) = pairs.rows();
    evaluate(&gold, &predicted, Options { mode, notation: pairs.notation(), zero_division })
}

/// Scores the predicted tags of a corpus against its gold tags, sentence by sentence in the same order.
///
/// A [`Mode`] alone will do as options.
///
/// # Errors
/// No sentences, not as many sentences or words on both sides, a tag that cannot be read, or no scheme to be detected.
pub fn evaluate<G, P, T, U>(gold: &[G], predicted: &[P], options: impl Into<Options>) -> Result<Report, EvalError>
where
    G: AsRef<[T]>,
    P: AsRef<[U]>,
    T: AsRef<str>,
    U: AsRef<str>,
{
    let options = options.into();
    if gold.len() != predicted.len() {
        return Err(EvalError::SentenceCount { gold: gold.len(), predicted: predicted.len() });
    }
    if gold.is_empty() {
        return Err(EvalError::NoSentences);
    }
    let chunking = options.mode.chunking(gold, options.notation)?;
    let mut evaluation = Evaluation::new(chunking, options.notation);
    for (gold, predicted) in gold.iter().zip(predicted) {
        evaluation.add_sentence(gold.as_ref(), predicted.as_ref())?;
    }
    Ok(evaluation.report(options.zero_division))
}

/// What has been counted so far: for a corpus that comes one sentence at a time.
///
/// ```
/// use welt_eval::seqeval::Evaluation;
/// use welt_eval::{Chunking, Notation, Scheme, ZeroDivision};
///
/// let mut evaluation = Evaluation::new(Chunking::Strict(Scheme::Iob2), Notation::Prefix);
/// evaluation.add_sentence(&["B-PER", "O"], &["B-PER", "O"])?;
/// evaluation.add_sentence(&["O", "B-LOC"], &["O", "O"])?;
/// assert_eq!(evaluation.tally().entities["LOC"].gold, 1);
/// assert_eq!(evaluation.report(ZeroDivision::Zero).micro.recall, 0.5);
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Evaluation {
    gold: CorpusReader,
    predicted: CorpusReader,
    n_sentences: usize,
    tally: Tally,
}

impl Evaluation {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(chunking: Chunking, notation: Notation) -> Self {
        let reader = CorpusReader::new(chunking, notation);
        Self { gold: reader, predicted: reader, n_sentences: 0, tally: Tally::default() }
    }

    /// Counts one more sentence.
    ///
    /// # Errors
    /// Not as many words on both sides, or a tag that cannot be read.
    /// The sentence is then not counted at all, and the next one takes its place.
    pub fn add_sentence<T, U>(&mut self, gold: &[T], predicted: &[U]) -> Result<(), EvalError>
    where
        T: AsRef<str>,
        U: AsRef<str>,
    {
        let sentence = self.n_sentences;
        if gold.len() != predicted.len() {
            return Err(EvalError::WordCount { sentence, gold: gold.len(), predicted: predicted.len() });
        }
        let refused = |side| move |source| EvalError::Tag { side, sentence, source };
        // Copies read ahead, so that a refused sentence leaves both readers where they were.
        let (mut gold_reader, mut predicted_reader) = (self.gold, self.predicted);
        let gold_chunks = gold_reader.read(gold).map_err(refused(Side::Gold))?;
        let predicted_chunks = predicted_reader.read(predicted).map_err(refused(Side::Predicted))?;
        (self.gold, self.predicted) = (gold_reader, predicted_reader);
        self.n_sentences += 1;
        self.tally.add_entities(&gold_chunks, &predicted_chunks);
        for (gold, predicted) in gold.iter().zip(predicted) {
            self.tally.tokens.count(gold.as_ref(), predicted.as_ref());
        }
        Ok(())
    }

    /// How many sentences were counted.
    #[must_use]
    pub const fn n_sentences(&self) -> usize {
        self.n_sentences
    }

    /// The counts, which can be added to those of another part of the corpus.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The scores of what was counted.
    #[must_use]
    pub fn report(&self, zero_division: ZeroDivision) -> Report {
        Report::new(self.gold.chunking(), &self.tally, zero_division)
    }
}

#[cfg(test)]
mod refusals {
    use super::*;

    #[test]
    fn a_refused_sentence_leaves_no_trace() {
        let mut evaluation = Evaluation::new(Chunking::Strict(Scheme::Iob2), Notation::Prefix);
        evaluation.add_sentence(&["B-A"], &["B-A"]).unwrap();
        let before = evaluation.tally().clone();
        let error = evaluation.add_sentence(&["B-A", "I-A"], &["B-A", "E-A"]).unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(error.to_string(), "the predicted tags of sentence 1 cannot be read");
        assert_eq!(source.to_string(), "word 1: `E-A` is no tag of IOB2, whose prefixes are B, I, O");
        assert_eq!(evaluation.tally(), &before);
        assert_eq!(evaluation.n_sentences(), 1);
    }

    #[test]
    fn what_cannot_be_scored_is_an_error() {
        let none: [Vec<String>; 0] = [];
        let check = |result: Result<Report, EvalError>, expected: &str| {
            assert_eq!(result.unwrap_err().to_string(), expected);
        };
        check(evaluate(&none, &none, Mode::Default), "there are no sentences, expected at least one");
        check(
            evaluate(&[["O"], ["O"]], &[["O"]], Mode::Default),
            "there are 2 gold sentences and 1 predicted ones, expected as many of both",
        );
        check(
            evaluate(&[["I-A", "O"]], &[["I-A", "O"]], Mode::StrictDetected),
            "the scheme of the gold tags cannot be detected",
        );
        check(evaluate(&[[""]], &[["O"]], Mode::Default), "the gold tags of sentence 0 cannot be read");
    }
}
