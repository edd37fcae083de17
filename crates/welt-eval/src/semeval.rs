//! SemEval-2013's four ways of counting entities that overlap without being equal, as nervaluate 1.2.1 counts them, and the same without a say of the order of the lists.
//! Tags or entities in, counts out; precision, recall and F1 are views of the counts.
//!
//! [`score`] takes tags and gives a table:
//!
//! ```
//! use welt_eval::semeval::{self, Options};
//! use welt_eval::{Chunking, Pairs};
//!
//! let pairs = Pairs::parse("renal B-Disease O\nfailure I-Disease B-Disease\n")?;
//! let report = semeval::score(&pairs, Chunking::Lenient, Options::NERVALUATE)?;
//! assert_eq!((report.tally.overall.partial.f1(), report.tally.overall.entity_type.f1()), (0.5, 1.0));
//! println!("{report}");
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! [`Tally`] takes entities. Positions count words or characters, whichever the caller likes, as long as gold and predicted entities count the same:
//!
//! ```
//! use welt_eval::semeval::{Options, Tally};
//! use welt_eval::Chunk;
//!
//! let chunk = |entity_type, start, end| Chunk { entity_type, start, end };
//! let gold = [chunk("Drug", 0, 3), chunk("Gene", 4, 5)];
//! let predicted = [chunk("Drug", 0, 2), chunk("Drug", 4, 5)];
//!
//! let mut tally = Tally::default();
//! tally.add(&gold, &predicted, Options::NERVALUATE)?;
//! let overall = tally.overall;
//! assert_eq!((overall.strict.correct, overall.strict.incorrect), (0, 2));
//! assert_eq!((overall.exact.correct, overall.partial.partial), (1, 1));
//! assert_eq!((overall.partial.f1(), overall.entity_type.f1()), (0.75, 0.5));
//! assert_eq!(tally.per_type["Gene"].strict.missed, 1);
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! # How it matches
//! A gold and a predicted entity can be a pair if they share enough of the gold entity, see [`MinOverlap`]; no entity is in two pairs.
//! What makes a pair correct is the [`Mode`]'s; the other pairs are incorrect, or partial in [`Mode::Partial`].
//!
//! [`Matching::Greedy`] is nervaluate's: predictions in their order, each with the gold entities that are still free, in theirs.
//! Correct pairs come first, in [`Mode::EntityType`] that with the closest bounds (the fewest positions between the starts and between the ends), and else the first that overlaps enough.
//! Which prediction is served first changes the counts, so that another order of the same entities may score otherwise.
//!
//! [`Matching::Optimal`] has as many correct pairs as there can be, and then as many other pairs as there can be.
//! That is the largest credit, COR + PAR / 2, in every mode: a correct pair is in the way of two others at most, and each of these is worth half of it or nothing.
//! The counts depend on the order of neither list.
//!
//! The scores of one type come of a matching of the entities of that type alone: what was taken for another type is missed there and spurious here, and the types do not add up to the whole.
//!
//! # What is matched
//! nervaluate 1.2.1. Its versions do not agree: F1 in [`Mode::Partial`] differs from 1.0.0 on more than half of random corpora, and every mode differs from 0.3.1 on a fifth of them.
//! So does the rounding of the overlap: 29 of 50 positions are 57.99999999999999 percent, which is less than 58.
//!
//! # Where it differs, knowingly
//! - nervaluate counts only entities whose type is among its `tags`; here all that come in are counted, and the caller leaves out what it does not want.
//! - An entity that ends before it starts is refused here, and taken as it is there.
//! - Its lists of which entity was matched how are absent here.

mod greedy;
mod loaders;
mod optimal;
mod report;

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};

use serde::{Deserialize, Serialize};
use welt_tags::{Chunk, Chunking};

use crate::error::refuse_empty;
use crate::overlap::{Runs, each_group};
use crate::tally::update;
use crate::{EvalError, Pairs, Scores};
use optimal::Grid;

pub use loaders::{NoBeginning, read_tags};
pub use report::Report;

/// Scores the entities that a way of reading finds in the tags.
///
/// # Errors
/// A tag that is empty; when read strictly, also one whose prefix is unknown or not the scheme's.
pub fn score(pairs: &Pairs, chunking: Chunking, options: Options) -> Result<Report, EvalError> {
    let mut tally = Tally::default();
    pairs.each_entities(chunking, |gold, predicted| tally.add(gold, predicted, options))?;
    Ok(Report::new(chunking, options, tally))
}

/// What makes a pair correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// The same bounds and the same type.
    #[serde(rename = "strict")]
    Strict,
    /// The same bounds, whatever the types.
    #[serde(rename = "exact")]
    Exact,
    /// The same bounds, whatever the types; other pairs count half.
    #[serde(rename = "partial")]
    Partial,
    /// The same type, whatever the bounds.
    #[serde(rename = "ent_type")]
    EntityType,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 4] = [Self::Strict, Self::Exact, Self::Partial, Self::EntityType];

    /// The name that nervaluate has for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Exact => "exact",
            Self::Partial => "partial",
            Self::EntityType => "ent_type",
        }
    }
}

/// Who is paired with whom if there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// First come, first served, as in nervaluate.
    Greedy,
    /// As is best for all together, whatever the order.
    ///
    /// For entities that do not nest on either side, time and memory grow with the number of entities and with how many others one overlaps.
    /// In a group of n gold and m predicted entities that all overlap each other, two bits are kept for each of the n·m pairs, and time grows with n·m and the smaller of both.
    /// A thousand such entities took 0.05 seconds and a quarter of a megabyte, ten thousand 5 seconds and 25 MB.
    Optimal,
}

/// How much of a gold entity a prediction has to share to make a pair with it, in percent of the gold entity's positions.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct MinOverlap(f64);

impl MinOverlap {
    /// 1 percent, as nervaluate has it unless asked otherwise: in entities of up to a hundred positions one shared position is enough.
    pub const NERVALUATE: Self = Self(1.0);

    /// A percentage from 1 to 100, the bounds included.
    ///
    /// # Errors
    /// Anything else, for which nervaluate raises a ValueError.
    pub fn new(percent: f64) -> Result<Self, EvalError> {
        if (1.0..=100.0).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err(EvalError::MinOverlap { found: percent.to_string() })
        }
    }

    /// The percentage.
    #[must_use]
    pub const fn percent(self) -> f64 {
        self.0
    }

    /// Whether two entities overlap enough; the order of the operations is nervaluate's, and so is its rounding.
    fn admits(self, gold: &Chunk<'_>, predicted: &Chunk<'_>) -> bool {
        let shared = gold.end.min(predicted.end).saturating_sub(gold.start.max(predicted.start));
        shared as f64 / (gold.end - gold.start) as f64 * 100.0 >= self.0
    }
}

impl TryFrom<f64> for MinOverlap {
    type Error = EvalError;

    fn try_from(percent: f64) -> Result<Self, EvalError> {
        Self::new(percent)
    }
}

impl From<MinOverlap> for f64 {
    fn from(min_overlap: MinOverlap) -> Self {
        min_overlap.0
    }
}

/// All that moves the counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Who is paired with whom if there is a choice.
    pub matching: Matching,
    /// How much entities have to share to make a pair.
    pub min_overlap: MinOverlap,
}

impl Options {
    /// What nervaluate does unless asked otherwise.
    pub const NERVALUATE: Self = Self { matching: Matching::Greedy, min_overlap: MinOverlap::NERVALUATE };
}

/// How the entities came out in one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct MatchCounts {
    /// Pairs that are correct (COR).
    pub correct: usize,
    /// Pairs that are not, in the modes but [`Mode::Partial`] (INC).
    pub incorrect: usize,
    /// Pairs that are not, in [`Mode::Partial`] (PAR).
    pub partial: usize,
    /// Gold entities in no pair (MIS).
    pub missed: usize,
    /// Predictions in no pair (SPU).
    pub spurious: usize,
}

impl MatchCounts {
    /// How many gold entities there are (POS).
    #[must_use]
    pub const fn possible(&self) -> usize {
        self.correct + self.incorrect + self.partial + self.missed
    }

    /// How many entities were predicted (ACT).
    #[must_use]
    pub const fn actual(&self) -> usize {
        self.correct + self.incorrect + self.partial + self.spurious
    }

    /// What the pairs are worth: one for a correct one, half for a partial one.
    #[must_use]
    pub fn credit(&self) -> f64 {
        self.correct as f64 + 0.5 * self.partial as f64
    }

    /// The credit for each prediction, 0 without predictions.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.credit(), self.actual() as f64)
    }

    /// The credit for each gold entity, 0 without gold entities.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.credit(), self.possible() as f64)
    }

    /// The harmonic mean of precision and recall, 0 where both are 0.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        share(2.0 * (precision * recall), precision + recall)
    }

    /// Precision, recall and F1, with the number of gold entities.
    #[must_use]
    pub fn scores(&self) -> Scores {
        Scores { precision: self.precision(), recall: self.recall(), f1: self.f1(), support: self.possible() }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

impl AddAssign for MatchCounts {
    fn add_assign(&mut self, other: Self) {
        self.correct += other.correct;
        self.incorrect += other.incorrect;
        self.partial += other.partial;
        self.missed += other.missed;
        self.spurious += other.spurious;
    }
}

/// How the entities came out in each mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// In [`Mode::Strict`].
    pub strict: MatchCounts,
    /// In [`Mode::Exact`].
    pub exact: MatchCounts,
    /// In [`Mode::Partial`].
    pub partial: MatchCounts,
    /// In [`Mode::EntityType`].
    #[serde(rename = "ent_type")]
    pub entity_type: MatchCounts,
}

impl Outcome {
    /// How the entities came out in one of the modes.
    #[must_use]
    pub const fn in_mode(&self, mode: Mode) -> &MatchCounts {
        match mode {
            Mode::Strict => &self.strict,
            Mode::Exact => &self.exact,
            Mode::Partial => &self.partial,
            Mode::EntityType => &self.entity_type,
        }
    }

    /// The same counts in all modes.
    const fn in_all_modes(counts: MatchCounts) -> Self {
        Self { strict: counts, exact: counts, partial: counts, entity_type: counts }
    }
}

impl AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.strict += other.strict;
        self.exact += other.exact;
        self.partial += other.partial;
        self.entity_type += other.entity_type;
    }
}

/// What was counted so far, which can be added to what was counted of another part of a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// All entities together.
    pub overall: Outcome,
    /// The entities of every type that occurs in gold or prediction by themselves, in code-point order of the types.
    pub per_type: BTreeMap<String, Outcome>,
}

impl Tally {
    /// Counts one sentence or document.
    ///
    /// Entities may nest, cross and repeat.
    /// Takes n log n for entities that do not nest on either side, as tags give them, however many of them overlap with those of the other.
    /// Where they nest, it is at worst quadratic in the size of the largest group that overlaps; see [`Matching`] for more.
    ///
    /// # Errors
    /// An entity without positions; nothing is then counted.
    pub fn add(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>], options: Options) -> Result<(), EvalError> {
        refuse_empty(gold, predicted)?;
        each_group(gold, predicted, |gold, predicted| match (gold, predicted) {
            ([gold], [predicted]) if gold == predicted => self.add_exact(gold.entity_type, 1),
            (gold, []) => gold.iter().for_each(|entity| self.add_missed(entity.entity_type, 1)),
            ([], predicted) => predicted.iter().for_each(|entity| self.add_spurious(entity.entity_type, 1)),
            (gold, predicted) => self.add_group(gold, predicted, options),
        });
        Ok(())
    }

    /// Counts `n` groups of one gold and one predicted entity that are equal.
    pub(crate) fn add_exact(&mut self, entity_type: &str, n: usize) {
        self.add_alike(entity_type, MatchCounts { correct: n, ..MatchCounts::default() });
    }

    /// Counts `n` predictions that overlap no gold entity.
    pub(crate) fn add_spurious(&mut self, entity_type: &str, n: usize) {
        self.add_alike(entity_type, MatchCounts { spurious: n, ..MatchCounts::default() });
    }

    /// Counts `n` gold entities that overlap no prediction.
    pub(crate) fn add_missed(&mut self, entity_type: &str, n: usize) {
        self.add_alike(entity_type, MatchCounts { missed: n, ..MatchCounts::default() });
    }

    /// Counts one group of entities that overlap, whatever it is made of.
    pub(crate) fn add_group(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>], options: Options) {
        self.overall += outcome(gold, predicted, options);
        each_type(gold, predicted, |entity_type, gold, predicted| {
            self.add_to_type(entity_type, outcome(gold, predicted, options));
        });
    }

    fn add_alike(&mut self, entity_type: &str, counts: MatchCounts) {
        let outcome = Outcome::in_all_modes(counts);
        self.overall += outcome;
        self.add_to_type(entity_type, outcome);
    }

    fn add_to_type(&mut self, entity_type: &str, outcome: Outcome) {
        update(&mut self.per_type, entity_type, |known| *known += outcome);
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.overall += other.overall;
        for (entity_type, outcome) in &other.per_type {
            self.add_to_type(entity_type, *outcome);
        }
    }
}

/// How many pairs a matching has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Matched {
    right: usize,
    other: usize,
}

/// Whether a gold entity and a prediction are right, as far as how much they overlap is not concerned.
type Right = fn(&Chunk<'_>, &Chunk<'_>) -> bool;

/// Matches the entities of one group in every mode.
fn outcome(gold: &[Chunk<'_>], predicted: &[Chunk<'_>], options: Options) -> Outcome {
    let Options { matching, min_overlap } = options;
    if let ([gold], [predicted]) = (gold, predicted) {
        // By far the most common group of those that are not trivial, and no matching has a choice in it.
        let admitted = min_overlap.admits(gold, predicted);
        return in_each_mode(1, 1, |right| {
            let right = right(gold, predicted);
            Matched { right: usize::from(admitted && right), other: usize::from(admitted && !right) }
        });
    }
    match matching {
        Matching::Greedy => {
            let runs = Runs::of(gold);
            in_each_mode(gold.len(), predicted.len(), |right| greedy::pairs(gold, predicted, &runs, min_overlap, right))
        }
        Matching::Optimal => {
            let [gold, predicted] = [gold, predicted].map(by_start);
            let grid = Grid { row_runs: overlapping(&predicted, &gold), column_runs: overlapping(&gold, &predicted) };
            let admits = |row: usize, column: usize| min_overlap.admits(&gold[column], &predicted[row]);
            in_each_mode(gold.len(), predicted.len(), |right| {
                let right = |row: usize, column: usize| right(&gold[column], &predicted[row]) && admits(row, column);
                optimal::pairs(&grid, right, admits)
            })
        }
    }
}

fn in_each_mode(n_gold: usize, n_predicted: usize, pairs: impl Fn(Right) -> Matched) -> Outcome {
    let count = |right: Right| {
        let Matched { right: correct, other: incorrect } = pairs(right);
        let n_pairs = correct + incorrect;
        MatchCounts { correct, incorrect, partial: 0, missed: n_gold - n_pairs, spurious: n_predicted - n_pairs }
    };
    let exact = count(|one, other| (one.start, one.end) == (other.start, other.end));
    Outcome {
        strict: count(|one, other| one == other),
        exact,
        // The same pairs: only what the others are called differs.
        partial: MatchCounts { incorrect: 0, partial: exact.incorrect, ..exact },
        entity_type: count(|one, other| one.entity_type == other.entity_type),
    }
}

fn by_start<'t>(entities: &[Chunk<'t>]) -> Vec<Chunk<'t>> {
    let mut entities = entities.to_vec();
    entities.sort_by_key(|entity| entity.start);
    entities
}

/// Where those of `others`, which are in the order of their starts, stand that overlap each of `entities`.
fn overlapping(entities: &[Chunk<'_>], others: &[Chunk<'_>]) -> Vec<Range<usize>> {
    let runs = Runs::of(others);
    entities.iter().map(|entity| runs.range(entity.start..entity.end)).collect()
}

/// Calls `each` with the gold and predicted entities of every type, both in the order of their lists.
fn each_type<'t>(
    gold: &[Chunk<'t>],
    predicted: &[Chunk<'t>],
    mut each: impl FnMut(&'t str, &[Chunk<'t>], &[Chunk<'t>]),
) {
    let sorted = |entities: &[Chunk<'t>]| {
        let mut entities = entities.to_vec();
        entities.sort_by_key(|entity| entity.entity_type);
        entities
    };
    let (gold, predicted) = (sorted(gold), sorted(predicted));
    let (mut gold, mut predicted) = (gold.as_slice(), predicted.as_slice());
    while let Some(entity_type) = [gold, predicted].iter().filter_map(|side| side.first()).map(|e| e.entity_type).min()
    {
        let n_of_type = |entities: &[Chunk<'_>]| entities.partition_point(|entity| entity.entity_type <= entity_type);
        let (gold_of_type, other_gold) = gold.split_at(n_of_type(gold));
        let (predicted_of_type, other_predicted) = predicted.split_at(n_of_type(predicted));
        each(entity_type, gold_of_type, predicted_of_type);
        (gold, predicted) = (other_gold, other_predicted);
    }
}
