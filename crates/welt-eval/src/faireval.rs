//! FairEval (Ortmann 2022, "Fine-Grained Error Analysis and Fair Evaluation of Labeled Spans"): every error is counted once and by its kind, not once as false positive and again as false negative.
//! Tags or entities in, counts out; precision, recall and F1 are views of the counts, with weights that the caller gives.
//!
//! [`score`] takes tags and gives a table:
//!
//! ```
//! use welt_eval::faireval::Weights;
//! use welt_eval::{Chunking, Pairs, Scheme, faireval};
//!
//! let pairs = Pairs::parse("renal B-Disease O\nfailure I-Disease B-Disease\n")?;
//! let report = faireval::score(&pairs, Chunking::Strict(Scheme::Iob2))?;
//! assert_eq!(report.tally.total().scores(&Weights::PAPER).precision, 1.0);
//! println!("{report}");
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! [`Tally`] takes entities. Positions count words or characters, whichever the caller likes, as long as gold and predicted entities count the same:
//!
//! ```
//! use welt_eval::faireval::{Focus, Tally, Weights};
//! use welt_eval::Chunk;
//!
//! let chunk = |entity_type, start, end| Chunk { entity_type, start, end };
//! let gold = [chunk("Drug", 0, 3), chunk("Gene", 4, 5)];
//! let predicted = [chunk("Drug", 0, 2), chunk("Drug", 4, 5)];
//!
//! let mut tally = Tally::default();
//! tally.add(&gold, &predicted)?;
//! let total = tally.total();
//! assert_eq!((total.smaller, total.label, total.false_positives), (1, 1, 0));
//! assert_eq!(total.traditional().false_positives(), 2);
//! assert_eq!(total.scores(&Weights::PAPER).precision, 0.5);
//! assert_eq!(tally.per_type(Focus::Target)["Gene"].label, 1);
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! # How it decides
//! Entities that agree in type and positions are true positives; of the rest, those of one extent and two types are label errors (LE).
//! What is left is paired from the shortest to the longest, first with entities of its type (boundary errors: BES, BEL, BEO), then with those of another (label-boundary errors, LBE).
//! A pair claims the positions that it shares; an entity that is still alone may join an entity of a pair, if it shares positions with it that are not claimed.
//! Each time the candidate with the most shared positions wins, then that with the fewest positions of its own, then the shortest, then the one that comes first.
//! The rest is spurious (FP) or missed (FN).
//! An entity that is predicted in two parts thus counts as two boundary errors, so that errors and true positives together may be more than there are gold entities.
//!
//! # What is matched
//! FairEval at commit a6172f25; before 2022-03-23 it skipped spans while it removed others, with which the fair F1 of its own example of named entities was 88.71 and is 88.80 now.
//! Its quirks included: whether two extents overlap, and which holds the other, is told by first and last position alone.
//! An entity with gaps can thus be paired with one that lies in a gap, and one of the same type and extent with other gaps is never paired with it.
//!
//! The variant on Hugging Face is got from spans of the strict reading ([`Chunking::Strict`], by [`Scheme::detect`](welt_tags::Scheme::detect) if no scheme is known) and [`Weights::FAIR`].
//! What it gives by its `error_format` are the counts themselves (`count`), [`ErrorCounts::error_ratios`] (`error_ratio`) or [`ErrorCounts::entity_ratios`] (`entity_ratio`).
//!
//! F1 of the fair scores is 2 TP / (2 TP + FP + FN + LE + BE + LBE), and 200 TP / (2 TP + FP + FN + BE) in percent where there is one type.
//!
//! # Where it differs, knowingly
//! - FairEval reads CoNLL files by rules of its own: it cuts `B-a-b` to `a`, crashes on an orphan `I-`, and lets a wrong-typed `I-` go on with the span.
//!   Here entities come in, and how they are read is said by [`Chunking`].
//! - Its `ignore_punct` is documented as on, is off unless set, and is absent here.
//! - Entities that are listed twice break its traditional counts; here each is an entity of its own, and agrees with one of the other side at most.
//! - The focus is a view of the counts here, not something to count by.

mod confusion;
mod matching;
mod report;
mod weights;

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};

use serde::{Deserialize, Serialize};
use welt_tags::{Chunk, Chunking};

use crate::error::refuse_empty;
use crate::overlap::each_group;
use crate::tally::update;
use crate::{Counts, EvalError, Pairs, Scores, Side, ZeroDivision};
use matching::{Boundary, Decision, Member};

pub use confusion::{Confusion, Label};
pub use report::Report;
pub use weights::{Weight, Weights};

/// Scores the entities that a way of reading finds in the tags.
///
/// # Errors
/// A tag that is empty; when read strictly, also one whose prefix is unknown or not the scheme's.
pub fn score(pairs: &Pairs, chunking: Chunking) -> Result<Report, EvalError> {
    let mut tally = Tally::default();
    pairs.each_entities(chunking, |gold, predicted| tally.add(gold, predicted))?;
    Ok(Report::new(chunking, tally))
}

/// Under which type an error counts that has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Focus {
    /// Under that of the gold entity, as FairEval does unless asked otherwise.
    Target,
    /// Under that of the predicted entity.
    System,
}

/// An entity that may have gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Discontinuous<'t> {
    /// The entity's type.
    pub entity_type: &'t str,
    /// Its positions, as parts in order that share none; parts that touch are one.
    pub parts: &'t [Range<usize>],
}

/// What was decided about the entities of one type, or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ErrorCounts {
    /// Entities that agree in type and positions (TP).
    pub true_positives: usize,
    /// Predictions that are the counterpart of nothing (FP).
    pub false_positives: usize,
    /// Gold entities that are the counterpart of nothing (FN).
    pub false_negatives: usize,
    /// Right extents with wrong types (LE).
    pub label: usize,
    /// Wrong extents with wrong types (LBE).
    pub label_boundary: usize,
    /// Predictions of the right type within their gold entity (BES).
    pub smaller: usize,
    /// Predictions of the right type around their gold entity (BEL).
    pub larger: usize,
    /// Predictions of the right type that overlap their gold entity otherwise (BEO).
    pub crossing: usize,
    /// How many entities were predicted.
    pub predicted: usize,
    /// How many entities there are.
    pub gold: usize,
}

/// The share of each kind of error in something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ErrorRatios {
    /// Of predictions that are the counterpart of nothing (FP).
    pub false_positives: f64,
    /// Of gold entities that are the counterpart of nothing (FN).
    pub false_negatives: f64,
    /// Of right extents with wrong types (LE).
    pub label: f64,
    /// Of wrong extents with right types (BE).
    pub boundary: f64,
    /// Of wrong extents with wrong types (LBE).
    pub label_boundary: f64,
}

impl ErrorCounts {
    /// Wrong extents with right types (BE): smaller, larger and crossing ones.
    #[must_use]
    pub const fn boundary(&self) -> usize {
        self.smaller + self.larger + self.crossing
    }

    /// All errors, each counted once.
    #[must_use]
    pub const fn n_errors(&self) -> usize {
        self.false_positives + self.false_negatives + self.label + self.boundary() + self.label_boundary
    }

    /// What counts without a look at overlaps, as seqeval does: every prediction that agrees with no gold entity is a false positive.
    #[must_use]
    pub const fn traditional(&self) -> Counts {
        Counts { true_positives: self.true_positives, predicted: self.predicted, gold: self.gold }
    }

    /// Precision, recall and F1 with these weights, 0 where there is nothing to divide by; the traditional ones are those of [`Self::traditional`].
    #[must_use]
    pub fn scores(&self, weights: &Weights) -> Scores {
        let kinds = [
            (self.label, weights.label),
            (self.label_boundary, weights.label_boundary),
            (self.smaller, weights.smaller),
            (self.larger, weights.larger),
            (self.crossing, weights.crossing),
        ];
        let sum = |own: usize, weight: fn(Weight) -> f64| -> f64 {
            own as f64 + kinds.iter().map(|(n, of)| *n as f64 * weight(*of)).sum::<f64>()
        };
        let right = sum(self.true_positives, |weight| weight.true_positive);
        let precision = share(right, right + sum(self.false_positives, |weight| weight.false_positive));
        let recall = share(right, right + sum(self.false_negatives, |weight| weight.false_negative));
        let f1 = share(2.0 * precision * recall, precision + recall);
        Scores { precision, recall, f1, support: self.gold }
    }

    /// Precision, recall and F1 without a look at overlaps, 0 where there is nothing to divide by.
    #[must_use]
    pub fn traditional_scores(&self) -> Scores {
        self.traditional().scores(ZeroDivision::Zero)
    }

    /// The share of each kind in all errors, 0 without errors.
    #[must_use]
    pub fn error_ratios(&self) -> ErrorRatios {
        self.ratios(self.n_errors())
    }

    /// The number of errors of each kind for each gold entity, 0 without gold entities; spurious predictions can make it more than 1.
    #[must_use]
    pub fn entity_ratios(&self) -> ErrorRatios {
        self.ratios(self.gold)
    }

    fn ratios(&self, whole: usize) -> ErrorRatios {
        let ratio = |n: usize| share(n as f64, whole as f64);
        ErrorRatios {
            false_positives: ratio(self.false_positives),
            false_negatives: ratio(self.false_negatives),
            label: ratio(self.label),
            boundary: ratio(self.boundary()),
            label_boundary: ratio(self.label_boundary),
        }
    }
}

impl AddAssign for ErrorCounts {
    fn add_assign(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.false_negatives += other.false_negatives;
        self.label += other.label;
        self.label_boundary += other.label_boundary;
        self.smaller += other.smaller;
        self.larger += other.larger;
        self.crossing += other.crossing;
        self.predicted += other.predicted;
        self.gold += other.gold;
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

/// Errors in which a gold type was taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
struct Mistaken {
    label: usize,
    label_boundary: usize,
}

/// What was counted so far, which can be added to what was counted of another part of a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Without the errors that have two types.
    types: BTreeMap<String, ErrorCounts>,
    /// By the gold type, then by the predicted type.
    mistaken: BTreeMap<String, BTreeMap<String, Mistaken>>,
}

impl Tally {
    /// Counts one sentence or document.
    ///
    /// Entities may nest, cross and repeat; their order decides ties.
    /// Takes n log n for entities that do not nest on either side, as tags give them, however many of them overlap with those of the other.
    /// Where they nest, it is at worst quadratic in the size of the largest group that overlaps.
    ///
    /// # Errors
    /// An entity without positions; nothing is then counted.
    pub fn add(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> Result<(), EvalError> {
        refuse_empty(gold, predicted)?;
        each_group(gold, predicted, |gold, predicted| match (gold, predicted) {
            ([gold], [predicted]) if gold == predicted => self.add_exact(gold.entity_type, 1),
            (gold, []) => gold.iter().for_each(|entity| self.add_missed(entity.entity_type, 1)),
            ([], predicted) => predicted.iter().for_each(|entity| self.add_spurious(entity.entity_type, 1)),
            (gold, predicted) => self.add_group(gold, predicted),
        });
        Ok(())
    }

    /// Counts one sentence or document whose entities may have gaps.
    ///
    /// Takes n log n if no entity lies within the extent of another of its side, and is quadratic in the number of entities at worst.
    ///
    /// ```
    /// use welt_eval::faireval::{Discontinuous, Tally};
    ///
    /// // "left and right hands" holds "left hands" and "right hands".
    /// let gold = [
    ///     Discontinuous { entity_type: "Part", parts: &[0..1, 3..4] },
    ///     Discontinuous { entity_type: "Part", parts: &[2..4] },
    /// ];
    /// let mut tally = Tally::default();
    /// tally.add_discontinuous(&gold, &[Discontinuous { entity_type: "Part", parts: &[2..4] }])?;
    /// assert_eq!((tally.total().true_positives, tally.total().false_negatives), (1, 1));
    /// # Ok::<(), welt_eval::EvalError>(())
    /// ```
    ///
    /// # Errors
    /// An entity without positions, or with parts that are empty, not in order or share positions; nothing is then counted.
    pub fn add_discontinuous(
        &mut self,
        gold: &[Discontinuous<'_>],
        predicted: &[Discontinuous<'_>],
    ) -> Result<(), EvalError> {
        for (side, entities) in [(Side::Gold, gold), (Side::Predicted, predicted)] {
            entities.iter().try_for_each(|entity| check_parts(side, entity))?;
        }
        self.decide(gold, predicted, |entity| Member::new(entity.entity_type, entity.parts));
        Ok(())
    }

    /// Counts `n` groups of one gold and one predicted entity that are equal.
    pub(crate) fn add_exact(&mut self, entity_type: &str, n: usize) {
        self.change(entity_type, |counts| {
            counts.true_positives += n;
            counts.gold += n;
            counts.predicted += n;
        });
    }

    /// Counts `n` predictions that overlap no gold entity.
    pub(crate) fn add_spurious(&mut self, entity_type: &str, n: usize) {
        self.change(entity_type, |counts| {
            counts.false_positives += n;
            counts.predicted += n;
        });
    }

    /// Counts `n` gold entities that overlap no prediction.
    pub(crate) fn add_missed(&mut self, entity_type: &str, n: usize) {
        self.change(entity_type, |counts| {
            counts.false_negatives += n;
            counts.gold += n;
        });
    }

    /// Counts one group of entities that overlap, whatever it is made of.
    pub(crate) fn add_group(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) {
        match (gold, predicted) {
            ([gold], [predicted]) => {
                self.change(gold.entity_type, |counts| counts.gold += 1);
                self.change(predicted.entity_type, |counts| counts.predicted += 1);
                self.book(matching::decide_pair(gold, predicted));
            }
            (gold, predicted) => self.decide(gold, predicted, |chunk| Member::from(*chunk)),
        }
    }

    /// All types together.
    #[must_use]
    pub fn total(&self) -> ErrorCounts {
        let mut total = ErrorCounts::default();
        self.types.values().for_each(|counts| total += *counts);
        for mistaken in self.mistaken.values().flat_map(BTreeMap::values) {
            total.label += mistaken.label;
            total.label_boundary += mistaken.label_boundary;
        }
        total
    }

    /// Every type that occurs in gold or prediction, in code-point order of the types.
    #[must_use]
    pub fn per_type(&self, focus: Focus) -> BTreeMap<String, ErrorCounts> {
        let mut types = self.types.clone();
        self.each_mistaken(|gold, predicted, mistaken| {
            let booked = match focus {
                Focus::Target => gold,
                Focus::System => predicted,
            };
            update(&mut types, booked, |counts| {
                counts.label += mistaken.label;
                counts.label_boundary += mistaken.label_boundary;
            });
        });
        types
    }

    /// Which types were taken for which, without the true positives.
    #[must_use]
    pub fn confusion(&self) -> Confusion {
        let label = |entity_type: &str| Label::Type(entity_type.to_owned());
        let mut confusion = Confusion::default();
        for (entity_type, counts) in &self.types {
            confusion.add(label(entity_type), Label::NoSpan, counts.false_negatives);
            confusion.add(Label::NoSpan, label(entity_type), counts.false_positives);
            confusion.add(label(entity_type), label(entity_type), counts.boundary());
        }
        self.each_mistaken(|gold, predicted, mistaken| {
            confusion.add(label(gold), label(predicted), mistaken.label + mistaken.label_boundary);
        });
        confusion
    }

    fn each_mistaken(&self, mut each: impl FnMut(&str, &str, &Mistaken)) {
        for (gold, row) in &self.mistaken {
            row.iter().for_each(|(predicted, mistaken)| each(gold, predicted, mistaken));
        }
    }

    fn decide<'t, E>(&mut self, gold: &[E], predicted: &[E], member: impl Fn(&E) -> Member<'t>) {
        let [gold, predicted] = [gold, predicted].map(|entities| entities.iter().map(&member).collect::<Vec<_>>());
        gold.iter().for_each(|entity| self.change(entity.entity_type, |counts| counts.gold += 1));
        predicted.iter().for_each(|entity| self.change(entity.entity_type, |counts| counts.predicted += 1));
        matching::decide(gold, predicted, |decision| self.book(decision));
    }

    fn book(&mut self, decision: Decision<'_>) {
        match decision {
            Decision::Exact(entity_type) => self.change(entity_type, |counts| counts.true_positives += 1),
            Decision::Spurious(entity_type) => self.change(entity_type, |counts| counts.false_positives += 1),
            Decision::Missed(entity_type) => self.change(entity_type, |counts| counts.false_negatives += 1),
            Decision::Boundary(entity_type, boundary) => self.change(entity_type, |counts| match boundary {
                Boundary::Smaller => counts.smaller += 1,
                Boundary::Larger => counts.larger += 1,
                Boundary::Crossing => counts.crossing += 1,
            }),
            Decision::Label { gold, predicted } => {
                self.mistake(gold, predicted, |mistaken| mistaken.label += 1);
            }
            Decision::LabelBoundary { gold, predicted } => {
                self.mistake(gold, predicted, |mistaken| mistaken.label_boundary += 1);
            }
        }
    }

    fn change(&mut self, entity_type: &str, change: impl FnOnce(&mut ErrorCounts)) {
        update(&mut self.types, entity_type, change);
    }

    fn mistake(&mut self, gold: &str, predicted: &str, change: impl FnOnce(&mut Mistaken)) {
        update(&mut self.mistaken, gold, |row| update(row, predicted, change));
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        for (entity_type, counts) in &other.types {
            self.change(entity_type, |sum| *sum += *counts);
        }
        other.each_mistaken(|gold, predicted, more| {
            self.mistake(gold, predicted, |sum| {
                sum.label += more.label;
                sum.label_boundary += more.label_boundary;
            });
        });
    }
}

/// Refuses an entity whose parts are not in order.
fn check_parts(side: Side, entity: &Discontinuous<'_>) -> Result<(), EvalError> {
    let entity_type = || entity.entity_type.to_owned();
    let empty = |part: Range<usize>| EvalError::EmptyEntity {
        side,
        entity_type: entity_type(),
        start: part.start,
        end: part.end,
    };
    if entity.parts.is_empty() {
        return Err(empty(0..0));
    }
    if let Some(part) = entity.parts.iter().find(|part| part.is_empty()) {
        return Err(empty(part.clone()));
    }
    match entity.parts.windows(2).find(|parts| parts[1].start < parts[0].end) {
        Some(parts) => {
            Err(EvalError::PartOrder { side, entity_type: entity_type(), start: parts[1].start, end: parts[0].end })
        }
        None => Ok(()),
    }
}
