//! What came out of a comparison of two systems, in fields and as text.
//! Estimates in, a few lines out.

use std::fmt;

use serde::Serialize;
use welt_tags::Chunking;

use super::Computation;
use super::comparison::Comparison;
use super::interval::{Estimate, Interval};
use super::metric::Metric;
use super::randomization::{Randomization, p_text};

/// Two systems compared on the same units.
///
/// As text it says all that decided it, with four digits after the point or as many as asked for: `{test:.2}`.
///
/// ```
/// use welt_eval::{Pairs, uncertainty};
///
/// let gold = [["B-Gene", "B-Gene"], ["O", "B-Gene"], ["B-Gene", "O"]];
/// let first = Pairs::new(&gold, &[["B-Gene", "B-Gene"], ["O", "B-Gene"], ["O", "O"]])?;
/// let second = Pairs::new(&gold, &[["B-Gene", "O"], ["O", "B-Gene"], ["O", "O"]])?;
/// let test = uncertainty::compare(&first, &second)?.micro_f1().seed(1).run()?;
/// assert_eq!(test.to_string(), "\
/// micro F1 on 3 sentences, entities read in mode default
///
/// first       0.8571
/// second      0.6667
/// difference  0.1905   95 % interval 0.0000 to 0.3278 (BCa bootstrap, all resamples)
/// p           1.0000   randomization test, all shuffles; 1 sentence counted differently
/// ");
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PairedTest {
    /// What was compared.
    pub metric: Metric,
    /// How the entities were read.
    pub chunking: Chunking,
    /// What was resampled and swapped.
    pub unit: Unit,
    /// What decided the draws.
    pub seed: u64,
    /// The score of the first system.
    pub first: f64,
    /// The score of the second system.
    pub second: f64,
    /// The difference with its interval, and the shares of resamples by which a bootstrap test is read.
    pub bootstrap: Comparison,
    /// The test that the two are exchangeable.
    pub randomization: Randomization,
}

/// What a test set is taken to be a sample of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Sentences.
    Sentence,
    /// Documents.
    Document,
}

impl PairedTest {
    /// The score of the first system less that of the second.
    #[must_use]
    pub const fn difference(&self) -> f64 {
        self.bootstrap.difference.observed
    }

    /// The interval of the difference.
    #[must_use]
    pub const fn interval(&self) -> &Interval {
        &self.bootstrap.difference.interval
    }

    /// The chance of a difference at least as large, in either direction, if the two systems are exchangeable.
    #[must_use]
    pub const fn p_value(&self) -> f64 {
        self.randomization.p_value
    }
}

impl fmt::Display for PairedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(4);
        let width = "-0.".len() + digits;
        let Randomization { n_units, n_different, computation, .. } = self.randomization;
        let units = |n| match (self.unit, n) {
            (Unit::Sentence, 1) => "1 sentence".to_owned(),
            (Unit::Sentence, n) => format!("{n} sentences"),
            (Unit::Document, 1) => "1 document".to_owned(),
            (Unit::Document, n) => format!("{n} documents"),
        };
        writeln!(f, "{} on {}, entities read in mode {}\n", self.metric, units(n_units), self.chunking)?;
        for (name, score) in [("first", self.first), ("second", self.second)] {
            writeln!(f, "{name:<10} {score:>width$.digits$}")?;
        }
        let Estimate { observed, interval, computation: of_resamples, .. } = &self.bootstrap.difference;
        let draws = [(*of_resamples, "resamples"), (computation, "shuffles")].map(|(computation, what)| {
            let seed =
                if computation == Computation::Exact { String::new() } else { format!(" of seed {}", self.seed) };
            computation.of(what) + &seed
        });
        let [resamples, shuffles] = draws;
        write!(f, "difference {observed:>width$.digits$}   {interval:.digits$} ")?;
        writeln!(f, "({}, {resamples})", interval.method)?;
        let p = p_text(self.p_value(), digits);
        writeln!(
            f,
            "p          {p:>width$}   randomization test, {shuffles}; {} counted differently",
            units(n_different)
        )
    }
}
