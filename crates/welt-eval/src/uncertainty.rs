//! How far a score can be trusted: its interval, the interval of a difference, tests of two systems and of two systems of several runs, and families of tests.
//! Tags or counts in, numbers out; it knows nothing of files or models.
//!
//! Two systems that tagged the same sentences are compared in one line, see [`compare`]:
//!
//! ```
//! use welt_eval::{Pairs, Scheme, uncertainty};
//!
//! let gold = [["B-Gene", "B-Gene"], ["O", "B-Gene"], ["B-Gene", "O"]];
//! let first = Pairs::new(&gold, &[["B-Gene", "B-Gene"], ["O", "B-Gene"], ["O", "O"]])?;
//! let second = Pairs::new(&gold, &[["B-Gene", "O"], ["O", "B-Gene"], ["O", "O"]])?;
//! let systems = uncertainty::compare(&first, &second)?.strict(Scheme::Iob2);
//! let test = systems.micro_recall().seed(1).run()?;
//! assert_eq!((test.first, test.second, test.p_value()), (0.75, 0.5, 1.0));
//! println!("{test}");
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! # Counts by unit
//! Everything else here takes counts. A unit is what a test set is a sample of: a sentence, or a document where it is known which sentences share one, for these are no independent draws.
//! Each has a row of counts, counts add, and a statistic is any function of the summed row: micro F1 of three counts, macro F1 of three for each type, fair F1 of its own.
//!
//! ```
//! use welt_eval::Counts;
//! use welt_eval::uncertainty::{Bounds, Resampling, Shuffling, Units};
//! use welt_eval::uncertainty::{micro_f1, paired_bootstrap, randomization};
//!
//! let sentence = |true_positives| Counts { true_positives, predicted: 2, gold: 2 };
//! let first = Units::of(&[2, 1, 2, 2, 0].map(sentence));
//! let second = Units::of(&[1, 1, 2, 1, 0].map(sentence));
//!
//! let resampling = Resampling { bounds: Bounds::Percentile, ..Resampling::seeded(1) };
//! let comparison = paired_bootstrap(&first, &second, micro_f1, &resampling)?;
//! assert_eq!(comparison.difference.observed, 0.7 - 0.5);
//! assert_eq!(comparison.difference.interval.lower, 0.0);
//! assert_eq!(comparison.share_not_above, 0.07776);
//!
//! assert_eq!(randomization(&first, &second, micro_f1, &Shuffling::seeded(1))?.p_value, 0.5);
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! # What there is
//! - [`compare`]: two systems by a score that is named, with the next three in one.
//! - [`interval`]: percentile and BCa bootstrap intervals of one system.
//! - [`paired_bootstrap`]: the paired bootstrap of two systems on the same units, and the interval of their difference.
//! - [`randomization`]: approximate randomization, the test that two systems are exchangeable.
//! - [`over_seeds`] and [`compare_over_seeds`]: the noise of several runs of a system and of the units that all of them were scored on, by Student's t.
//! - [`hierarchical_bootstrap`]: the same by resampling runs and units, as it is often done, and too sure of itself with few runs.
//! - [`holm`]: adjusted p-values of a family.
//!
//! # How it is computed
//! **Everything is a function of counts and a seed.**
//! Draw number `r` has a generator of its own that the seed and `r` decide, sums are integers, and statistics are kept in the order of the draws:
//! the feature `rayon` spreads the draws over all cores and changes no digit.
//!
//! **Units with equal rows are interchangeable**, and most sentences of a corpus have one of a few rows: nothing to find and nothing found, or one entity and it was found.
//! So it is drawn how often each row is taken, by exact binomial draws for rows that many units have and unit by unit for the others; the distribution is that of drawing every unit.
//!
//! **What is small is enumerated**: all resamples of up to fifteen units if their rows allow for no more than about a million different ones,
//! and all shuffles whenever the differences of rows add up to few enough sums, which is so for a thousand sentences that differ and more.
//! Each result says by [`Computation`] which it was.
//!
//! Numbers that differ by no more than 1e-12 count as equal, for equal ratios of different counts can differ in their last bit.
//! A statistic whose values are all as small as that never differs, and has to be multiplied by something to be tested.
//!
//! **Every result is a finite number.** Statistics that are none, or so large that their mean, spread or interval is none, are errors.

mod coins;
mod comparison;
mod distribution;
mod draws;
mod family;
mod groups;
mod hierarchical;
mod interval;
mod metric;
mod noise;
pub mod normal;
mod paired_test;
mod pairing;
pub mod power;
mod randomization;
mod seeds;
pub mod student;
mod units;

use serde::{Deserialize, Serialize};

pub use comparison::{Comparison, paired_bootstrap};
pub use family::holm;
pub use hierarchical::hierarchical_bootstrap;
pub use interval::{BcaUndefined, Bounds, Estimate, Interval, Method, interval};
pub use metric::{Metric, Ratio};
pub(crate) use noise::Noise;
pub use paired_test::{PairedTest, Unit};
pub use pairing::{Measured, Pairing, Seeded, compare};
pub use randomization::{Randomization, Shuffling, randomization};
pub use seeds::{SeedComparison, Seeds, compare_over_seeds, over_seeds};
pub use units::{Units, macro_f1, micro_f1, total, types};

/// How the units are resampled, and which interval is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Resampling {
    /// How many resamples are drawn, where they are not enumerated: 10,000 give the ends of a 95 % interval with a standard error of less than a hundredth of its width.
    pub resamples: u32,
    /// What decides the draws.
    pub seed: u64,
    /// The share of the resamples that the interval is to hold, such as 0.95.
    pub confidence: f64,
    /// How the ends of the interval are found.
    pub bounds: Bounds,
    /// Whether all resamples are enumerated where they are few.
    pub exactness: Exactness,
}

/// Whether what is small is enumerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exactness {
    /// All possible draws are enumerated where that is feasible; the number of draws and the seed then play no part.
    WhereFeasible,
    /// Draws are always made, as those do who have no other way.
    Never,
}

/// How a distribution was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Computation {
    /// All possible draws were enumerated, each by its chance.
    Exact,
    /// Draws were made.
    Drawn {
        /// How many.
        draws: u32,
    },
}

impl Computation {
    /// Of what the distribution was made, as text.
    fn of(self, what: &str) -> String {
        match self {
            Self::Exact => format!("all {what}"),
            Self::Drawn { draws } => format!("{draws} {what}"),
        }
    }
}

impl Resampling {
    /// 10,000 resamples of this seed, or all where they are few, and a 95 % BCa interval.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        let (bounds, exactness) = (Bounds::Bca, Exactness::WhereFeasible);
        Self { resamples: 10_000, seed, confidence: 0.95, bounds, exactness }
    }
}

impl Shuffling {
    /// 10,000 shuffles of this seed, or all where that is feasible.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self { rounds: 10_000, seed, exactness: Exactness::WhereFeasible }
    }
}

/// How far two numbers may be apart that count as equal.
const TOLERANCE: f64 = 1e-12;
