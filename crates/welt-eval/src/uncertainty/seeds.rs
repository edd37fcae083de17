//! Systems of several runs that differ in their seed alone: how far their mean statistic lies from that of other seeds and other units.
//! The units of every run go in. The mean statistic of a system, or the difference of two, comes out with an interval and a p-value by Student's t.
//!
//! # Two sources of noise
//! All runs are scored on one test set, so runs and units are crossed. The variance of a mean over `n` runs has two parts:
//! - **runs**: s² / n, where s² is the sample variance of the statistics of the runs on the observed units. For pairs it is the variance of their differences, for independent systems the sum of both variances.
//!   This part includes the noise that each run has of its own on each unit.
//! - **units**: the variance over units of what the runs have in common.
//!   The units are resampled, once for all runs of all systems. The part is the variance of the mean over resamples, less what each run has of its own, and no less than 0.
//!   Both are multiplied by m / (m - 1) for m units, because a bootstrap variance falls short by that factor.
//!
//! Studies of several readers and cases do the same (Obuchowski and Rockette 1995, Hillis 2007).
//! Two other ways were left out:
//! - Drawing other units for every run averages over the runs what they share, which is the luck of the test set.
//! - Resampling the runs too underestimates their variance by (n - 1) / n, and ignores that a variance from three or five runs is itself uncertain.
//!   Of data sets without a difference, such a test at 5 % rejects one in five with three runs, and one in eight with five.
//!
//! # One interval
//! Each part has a margin: its standard error times the quantile of Student's t for its own degrees of freedom. These are n - 1 and m - 1; independent systems have those of Welch (1947).
//! The interval reaches from the observed statistic as far as both margins together, which are added by squares (Banerjee 1960).
//! For normal numbers it covers the truth at least as often as it says: exactly as often if one part far outweighs the other, more often in between. For Welch's part this holds as nearly as for his test.
//! A single t distribution with the degrees of freedom of both parts (Welch and Satterthwaite) would be shorter and not safe:
//! where three runs happen to be close, it takes the noise to be that of many units. It then rejects 7 to 8 % of data sets instead of 5 %, and 12 % with two runs.
//!
//! The margin is never less than that of these very runs over units: runs that happen to agree make nobody surer of all runs than of themselves.
//! The p-value is the least level at which the interval leaves out 0, so the two never disagree.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::draws::{draws, finite};
use super::groups::{Groups, Sum};
use super::interval::{Estimate, Interval};
use super::noise::Noise;
use super::randomization::p_text;
use super::units::Units;
use super::{Computation, Resampling, TOLERANCE};
use crate::{EvalError, Quantity, Sample};

/// What the runs of two systems have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seeds {
    /// The runs of the same index share their seed, and are compared with each other.
    Paired,
    /// The runs of one system have nothing to do with those of the other.
    Independent,
}

/// Two systems of several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeedComparison {
    /// The mean statistic of the first system less that of the second.
    pub difference: Estimate,
    /// The least level at which the interval of the difference leaves out 0, and no less than [`f64::MIN_POSITIVE`].
    ///
    /// Where nothing varies, neither from run to run nor from unit to unit, there is no such level.
    /// It is then 1 if the systems do not differ, and if they do the least p-value that as many runs can show if systems are exchanged:
    /// 2 of 2^n for n pairs, 2 of the ways to choose the first system among all runs for independent systems.
    pub p_value: f64,
}

/// The difference as an [`Estimate`] prints it, and `p 0.0310` behind it.
impl fmt::Display for SeedComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(4);
        write!(f, "{:.digits$}, p {}", self.difference, p_text(self.p_value, digits))
    }
}

/// The mean of a statistic over runs, with an interval over runs and units.
///
/// The interval is that of [`Method::Student`](super::Method::Student), whatever is asked for: the observed mean and a margin in either direction, which knows nothing of the bounds of a statistic such as 1.
/// Resamples of units are always drawn.
///
/// # Errors
/// There are no runs, or a single one, whose interval over units is that of [`interval`](super::interval); there is a single unit; the runs were not scored on the same units; and as those of [`interval`](super::interval).
pub fn over_seeds(
    runs: &[Units],
    statistic: impl Fn(&[u64]) -> f64 + Sync,
    resampling: &Resampling,
) -> Result<Estimate, EvalError> {
    let systems = Systems { n_first: runs.len(), n_second: 0, seeds: Seeds::Independent };
    let (estimate, _) = systems.estimate(&runs.iter().collect::<Vec<_>>(), &statistic, resampling)?;
    Ok(estimate)
}

/// Compares two systems of several runs, by the difference of their mean statistics on common units.
///
/// ```
/// use welt_eval::Counts;
/// use welt_eval::uncertainty::{Resampling, Seeds, Units, compare_over_seeds, micro_f1};
///
/// let run = |right: [usize; 4]| Units::of(&right.map(|right| Counts { true_positives: right, predicted: 2, gold: 2 }));
/// let (first, second) = ([run([2, 1, 2, 2]), run([2, 2, 2, 1])], [run([1, 1, 2, 2]), run([2, 1, 2, 0])]);
/// let resampling = Resampling { resamples: 1000, ..Resampling::seeded(1) };
/// let comparison = compare_over_seeds(&first, &second, Seeds::Paired, micro_f1, &resampling)?;
/// assert_eq!(comparison.difference.observed, 0.875 - 0.6875);
/// // Two runs have one degree of freedom: their interval is wide.
/// assert!(comparison.difference.interval.lower < 0.0 && comparison.p_value > 0.2);
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
///
/// # Errors
/// As those of [`over_seeds`], or the seeds are paired and the systems differ in their number of runs.
pub fn compare_over_seeds(
    first: &[Units],
    second: &[Units],
    seeds: Seeds,
    statistic: impl Fn(&[u64]) -> f64 + Sync,
    resampling: &Resampling,
) -> Result<SeedComparison, EvalError> {
    if first.is_empty() || second.is_empty() {
        return Err(EvalError::NoRuns);
    }
    if seeds == Seeds::Paired && first.len() != second.len() {
        return Err(EvalError::RunCount { first: first.len(), second: second.len() });
    }
    let systems = Systems { n_first: first.len(), n_second: second.len(), seeds };
    let runs: Vec<&Units> = first.iter().chain(second).collect();
    let (difference, noise) = systems.estimate(&runs, &statistic, resampling)?;
    let p_value = match difference.observed.abs() {
        distance if distance <= TOLERANCE => 1.0,
        _ if noise.is_none() => systems.least_p_value(),
        distance => noise.p_value(distance),
    };
    Ok(SeedComparison { difference, p_value: Quantity::PValue.finite(p_value)? })
}

/// The runs of one system or two, as they lie side by side.
struct Systems {
    n_first: usize,
    /// How many runs the second system has; without any its mean is 0.
    n_second: usize,
    seeds: Seeds,
}

/// What the draws of one thread share.
struct Scratch {
    sum: Sum,
    statistics: Vec<f64>,
}

impl Systems {
    /// The mean of the first system less that of the second, and the noise that it has.
    fn estimate(
        &self,
        runs: &[&Units],
        statistic: &(impl Fn(&[u64]) -> f64 + Sync),
        resampling: &Resampling,
    ) -> Result<(Estimate, Noise), EvalError> {
        let [tail, _] = resampling.tails()?;
        let groups = Groups::side_by_side(runs)?;
        if self.n_first == 1 || self.n_second == 1 {
            return Err(EvalError::OneRun);
        }
        if groups.n_units() == 1 {
            return Err(EvalError::OneUnit);
        }
        let fill = |sum: &[u64], statistics: &mut [f64]| {
            for (of_run, row) in statistics.iter_mut().zip(sum.chunks_exact(sum.len() / runs.len())) {
                *of_run = statistic(row);
            }
        };
        let mut center = vec![0.0; runs.len()];
        fill(&groups.total(), &mut center);
        let observed = finite(self.difference(&center), Sample::Observed)?;
        let scratch = || Scratch { sum: groups.sum(), statistics: vec![0.0; runs.len()] };
        let drawn = draws(resampling.resamples, resampling.seed, scratch, |coins, Scratch { sum, statistics }| {
            groups.draw(coins, sum);
            fill(&sum.counts, statistics);
            let difference = self.difference(statistics);
            for (of_run, center) in statistics.iter_mut().zip(&center) {
                *of_run -= center;
            }
            [difference, self.run_error(statistics).0]
        })?;

        let of_all_draws = drawn.iter().fold(0.0_f64, |norm, [_, error]| norm.hypot(*error));
        let of_each_run = of_all_draws / (drawn.len() as f64).sqrt();
        let distribution = Distribution::of(drawn.into_iter().map(|[difference, _]| (difference, 1)).collect());
        let computation = Computation::Drawn { draws: resampling.resamples };
        let noise = Noise::of(self.run_error(&center), &distribution, of_each_run, groups.n_units())?;
        let (margin, confidence, method) = (noise.margin(2.0 * tail), resampling.confidence, noise.method());
        let interval = Interval { lower: observed - margin, upper: observed + margin, confidence, method };
        let standard_error = noise.seeds.hypot(noise.units);
        let estimate = Estimate::of(observed, &distribution, interval, groups.n_units(), computation);
        Ok((Estimate { standard_error, ..estimate }.finite()?, noise))
    }

    /// The mean of the first system less that of the second, of a statistic of every run.
    fn difference(&self, statistics: &[f64]) -> f64 {
        let (first, second) = statistics.split_at(self.n_first);
        mean(first.iter().copied()) - mean(second.iter().copied())
    }

    /// The standard error of the difference of the systems from run to run, and its degrees of freedom: those of both systems are Welch's.
    fn run_error(&self, statistics: &[f64]) -> (f64, f64) {
        let (first, second) = statistics.split_at(self.n_first);
        let systems = match self.seeds {
            Seeds::Paired => [mean_error(first.iter().zip(second).map(|(first, second)| first - second)), (0.0, 1.0)],
            Seeds::Independent => [first, second].map(|system| mean_error(system.iter().copied())),
        };
        let [(of_first, degrees_of_freedom), (of_second, other_degrees_of_freedom)] = systems;
        let both = of_first.hypot(of_second);
        let [share, rest] = [of_first, of_second].map(|error| (error / both) * (error / both));
        let welch = (share * share / degrees_of_freedom + rest * rest / other_degrees_of_freedom).recip();
        (both, if both > 0.0 { welch } else { degrees_of_freedom })
    }

    /// The chance that systems which are exchangeable come to lie one above the other, in either direction.
    fn least_p_value(&self) -> f64 {
        let n = self.n_first;
        let chance: f64 = match self.seeds {
            Seeds::Paired => (0..n).map(|_| 0.5).product(),
            Seeds::Independent => (1..=n).map(|run| run as f64 / (self.n_second + run) as f64).product(),
        };
        (2.0 * chance).clamp(f64::MIN_POSITIVE, 1.0)
    }
}

/// The mean; of no numbers it is 0.
fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = numbers.len().max(1) as f64;
    numbers.sum::<f64>() / n
}

/// The standard error that the mean of these numbers has if they were drawn, s / √n, and its degrees of freedom; of no numbers it is 0.
fn mean_error(numbers: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, f64) {
    let (n, center) = (numbers.len().max(1) as f64, mean(numbers.clone()));
    let degrees_of_freedom = if n > 1.0 { n - 1.0 } else { 1.0 };
    let norm = numbers.fold(0.0_f64, |norm, number| norm.hypot(number - center));
    (norm / degrees_of_freedom.sqrt() / n.sqrt(), degrees_of_freedom)
}
