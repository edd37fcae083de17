//! Whether a method is better than another, by its runs on few corpora with few seeds.
//! Scores of runs go in, and what a test set adds to their noise; tests, intervals and a word for each method come out. It knows nothing of files, models or weights.
//!
//! ```
//! use std::collections::BTreeMap;
//! use welt_eval::verdict::{Corpus, Grid, Run, UnitNoise, Word, judge};
//!
//! let runs = |f1: [f64; 2]| (1..).zip(f1.map(|f1| Run { f1, right: 500 })).collect::<BTreeMap<u64, Run>>();
//! let corpus = |name: &str, vanilla, weighted| Corpus {
//!     name: name.to_owned(),
//!     source: name.to_owned(),
//!     units: 800,
//!     vanilla: runs(vanilla),
//!     methods: vec![runs(weighted)],
//! };
//! let grid = Grid {
//!     level: 0.05,
//!     margin: 1.0,
//!     methods: vec!["weighted".to_owned()],
//!     corpora: vec![
//!         corpus("one", [71.0, 70.2], [73.1, 72.9]),
//!         corpus("two", [55.3, 56.1], [58.0, 57.2]),
//!         corpus("three", [80.1, 79.5], [81.5, 82.0]),
//!         corpus("four", [62.0, 60.9], [64.4, 63.8]),
//!     ],
//! };
//! let unit_noise = |_: &_| Ok(UnitNoise { common: 0.3, these_runs: 0.6 });
//! let judgement = judge::<welt_eval::EvalError>(&grid, unit_noise)?;
//! assert_eq!(judgement.methods[0].trained.word, Word::Helps);
//! assert_eq!(judgement.methods[0].text, "helps");
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! # What is compared
//! A method is compared with plain training, called vanilla here: the runs of a seed are a pair, and d is the F1 of one less that of the other.
//! All scores are points of F1, from 0 to 100.
//! A run is **collapsed** if it has no right entity, or an F1 below a twentieth of the best run on its corpus. There are two readings:
//! [`Reading::Trained`] has the pairs in which neither run collapsed, and gives the word; [`Reading::All`] has every pair, and is said too where its word differs.
//! Corpora of the same texts are one **source**, and the difference on a source is the mean of those on its corpora.
//!
//! # How a word is found
//! - With four sources and more the test is Student's t **over sources**: it asks whether the method is better on texts like these. Seeds play no part in its degrees of freedom, and one seed will do.
//! - With fewer it is the test **over seeds** of [`compare_over_seeds`](crate::uncertainty::compare_over_seeds), on the mean of the sources: it asks about these corpora alone.
//! - A method **helps** or **hurts** if that test has a p-value below the level after Holm's adjustment for all methods.
//! - It is **the same within M** if both one-sided tests against M points have one (Schuirmann 1987), adjusted apart.
//! - Else nothing is known, and it is said how many further seeds or sources would see M points, or what was observed if that is more, four times of five.
//!
//! # Each corpus
//! On each corpus apart there are too few seeds to know how far they spread. Where a method has five corpora and more with a variance, these tell something of each other (Smyth 2004):
//! each variance is drawn towards a common one with at most two degrees of freedom. The tests of all corpora and methods are one family.
//! The differences of the corpora are also drawn towards their mean, as far as their noise explains that they lie apart (Morris 1983): these estimates are closer to the truth on the whole.

mod corpora;
mod gamma;
mod needed;
mod pairs;
mod primary;
mod prior;
mod shrunken;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::EvalError;

pub use corpora::{CorpusTest, OfCorpora, OneTest, corpora};
pub use pairs::{Pairs, Reading, collapsed};
pub use primary::{Basis, Primary, Test, primary, primary_of};
pub use prior::Prior;
pub use shrunken::{Shrunken, ShrunkenCorpus};
pub use words::{Collapsed, Judgement, MethodVerdict, Verdict, Word, judge};

/// Runs of several methods on several corpora.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The chance of any false word that is allowed, such as 0.05.
    pub level: f64,
    /// So many points of F1 are too few to matter, such as 1.
    pub margin: f64,
    /// What is compared with vanilla. A method that shares the runs of another one is left out: its p-value would be counted twice.
    pub methods: Vec<String>,
    /// What the methods were tried on.
    pub corpora: Vec<Corpus>,
}

/// The runs on one corpus.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    /// Its name.
    pub name: String,
    /// The name of the texts that it is made of; corpora of the same texts are no independent evidence.
    pub source: String,
    /// How many sentences or documents its test set has.
    pub units: usize,
    /// The runs of vanilla by their seeds.
    pub vanilla: BTreeMap<u64, Run>,
    /// The runs of each method of [`Grid::methods`] by their seeds, in the same order.
    pub methods: Vec<BTreeMap<u64, Run>>,
}

/// What a run got on the test set of its corpus.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// F1 in points, from 0 to 100.
    pub f1: f64,
    /// The number of right entities.
    pub right: usize,
}

/// What the test set adds to the noise of a mean difference over pairs: variances over its units, in points squared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UnitNoise {
    /// Of what the pairs have in common, which no further seed takes away.
    pub common: f64,
    /// Of the mean difference of these very runs.
    pub these_runs: f64,
}

/// Refuses numbers that nothing can be computed of.
fn check(grid: &Grid) -> Result<(), EvalError> {
    let fault = |whose: String, found: String, expected: &'static str| Err(EvalError::Grid { whose, found, expected });
    if !(grid.level > 0.0 && grid.level < 1.0) {
        return fault("the level".to_owned(), grid.level.to_string(), "a number above 0 and below 1");
    }
    if !(grid.margin > 0.0 && grid.margin <= 100.0) {
        return fault("the margin".to_owned(), grid.margin.to_string(), "points of F1 above 0 and at most 100");
    }
    for corpus in &grid.corpora {
        if corpus.methods.len() != grid.methods.len() {
            let whose = format!("the number of methods on {}", corpus.name);
            return fault(whose, corpus.methods.len().to_string(), "as many as the grid has");
        }
        for (seed, run) in corpus.methods.iter().chain([&corpus.vanilla]).flatten() {
            if !(0.0..=100.0).contains(&run.f1) {
                let whose = format!("the F1 of a run on {} with seed {seed}", corpus.name);
                return fault(whose, run.f1.to_string(), "points from 0 to 100");
            }
        }
    }
    Ok(())
}

/// The sample mean and variance; the variance of one number is 0.
fn mean_and_variance(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let squares: f64 = numbers.iter().map(|number| (number - mean) * (number - mean)).sum();
    (mean, squares / (n - 1.0).max(1.0))
}
