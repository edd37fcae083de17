//! The bootstrap interval of a statistic: percentile, or bias-corrected and accelerated.
//! The distribution of a statistic over resamples in, an interval out.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::draws::{draws, finite};
use super::groups::Groups;
use super::units::Units;
use super::{Computation, Exactness, Resampling, TOLERANCE, normal};
use crate::{EvalError, Quantity, Sample};

/// How the ends of an interval are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bounds {
    /// The quantiles of the resampled statistic that leave out as much below as above.
    Percentile,
    /// The quantiles that bias and acceleration move these to (Efron 1987), where they are defined.
    ///
    /// The bias is the normal quantile of the share of resamples below the observed statistic.
    /// Those that are equal to it count half, as scipy has it: Efron counts none, which makes no difference where the statistic is continuous, but F1 of few units is not.
    /// The acceleration is estimated by leaving out one unit at a time, Σ d³ / (6 (Σ d²)^1.5) with the distances d of the statistics below their mean (Efron and Tibshirani 1993, section 14.3).
    Bca,
}

/// How the ends of an interval were found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// As [`Bounds::Percentile`] was asked for.
    Percentile,
    /// As [`Bounds::Bca`] was asked for.
    Bca {
        /// The normal quantile of the share of resamples below the observed statistic.
        bias: f64,
        /// How fast the standard error changes with the statistic.
        acceleration: f64,
    },
    /// As [`Bounds::Percentile`] says, although [`Bounds::Bca`] was asked for.
    PercentileForBca {
        /// Why there is none.
        why: BcaUndefined,
    },
    /// By Student's t, as [`over_seeds`](super::over_seeds) says, whatever was asked for.
    Student {
        /// The standard error that the choice of the runs alone makes.
        seeds_standard_error: f64,
        /// How many degrees of freedom it has: one less than there are runs; of independent systems what Welch makes of both.
        seeds_degrees_of_freedom: f64,
        /// The standard error that the choice of the units alone makes, in what the runs have in common.
        units_standard_error: f64,
        /// The standard error over the units of these very runs.
        fixed_runs_standard_error: f64,
        /// How many degrees of freedom the two have: one less than there are units.
        units_degrees_of_freedom: f64,
    },
}

/// Why there is no BCa interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BcaUndefined {
    /// All resamples are on one side of the observed statistic, so that the bias is infinite.
    OneSided,
    /// Nothing is left of a single unit if it is left out.
    OneUnit,
    /// The statistic is the same whichever unit is left out.
    NoSpread,
    /// The acceleration is so strong that an end is moved past infinity.
    Overshoot,
    /// Runs were resampled as well as units, for which Efron defines no acceleration.
    TwoLevels,
}

/// The ends of an interval, and where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
    /// The share of resamples that it is to hold, or of repetitions of everything in which it is to hold what is estimated, where it is by Student's t.
    pub confidence: f64,
    /// How the ends were found.
    pub method: Method,
}

/// A statistic, and how it varies from one resample to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The statistic of all units, or its mean over runs.
    pub observed: f64,
    /// Its mean over resamples.
    pub mean: f64,
    /// Its standard deviation over resamples, with one less than their number as the divisor where they were drawn; over runs and units, what [`Method::Student`] has of both, added by squares.
    pub standard_error: f64,
    /// Its interval. It need not hold the observed statistic.
    pub interval: Interval,
    /// How many units were resampled.
    pub n_units: usize,
    /// Whether the resamples were enumerated or drawn.
    pub computation: Computation,
}

/// `0.8123, 95 % interval 0.7852 to 0.8391 (BCa bootstrap, 10000 resamples)`, with four digits after the point or as many as asked for.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(4);
        let Self { observed, interval, computation, .. } = self;
        write!(f, "{observed:.digits$}, {interval:.digits$} ({}, {})", interval.method, computation.of("resamples"))
    }
}

/// `95 % interval 0.7852 to 0.8391`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(4);
        // Rounded, for 0.07 times 100 is more than 7.
        let percent = (self.confidence * 1e12).round() / 1e10;
        write!(f, "{percent} % interval {:.digits$} to {:.digits$}", self.lower, self.upper)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentile => f.write_str("percentile bootstrap"),
            Self::Bca { .. } => f.write_str("BCa bootstrap"),
            Self::PercentileForBca { why } => write!(f, "percentile bootstrap, no BCa since {why}"),
            Self::Student { .. } => f.write_str("Student's t over runs and units"),
        }
    }
}

impl fmt::Display for BcaUndefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::OneSided => "all resamples are on one side",
            Self::OneUnit => "there is one unit",
            Self::NoSpread => "no unit moves it",
            Self::Overshoot => "it moves too fast",
            Self::TwoLevels => "runs were resampled too",
        })
    }
}

/// The bootstrap interval of a statistic of one system.
///
/// ```
/// use welt_eval::Counts;
/// use welt_eval::uncertainty::{Resampling, Units, interval, micro_f1};
///
/// let units = Units::of(&[2, 1, 2, 0].map(|right| Counts { true_positives: right, predicted: 2, gold: 2 }));
/// let resampling = Resampling { confidence: 0.9, ..Resampling::seeded(1) };
/// let estimate = interval(&units, micro_f1, &resampling)?;
/// assert_eq!(estimate.observed, 0.625);
/// assert_eq!((estimate.interval.lower, estimate.interval.upper), (0.25, 0.875));
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
///
/// # Errors
/// There are no units, their counts are too large to be added, nothing is to be drawn, the confidence is none, the statistic of a resample is not a finite number, or it is so large that its spread is none.
pub fn interval(
    units: &Units,
    statistic: impl Fn(&[u64]) -> f64 + Sync,
    resampling: &Resampling,
) -> Result<Estimate, EvalError> {
    let groups = Groups::side_by_side(&[units])?;
    let (estimate, _) = bootstrap(&groups, &statistic, resampling)?;
    Ok(estimate)
}

/// The estimate of a statistic of the summed rows, and its distribution over resamples.
///
/// # Errors
/// As those of [`interval`].
pub(super) fn bootstrap(
    groups: &Groups,
    statistic: &(impl Fn(&[u64]) -> f64 + Sync),
    resampling: &Resampling,
) -> Result<(Estimate, Distribution), EvalError> {
    let tails = resampling.tails()?;
    let observed = finite(statistic(&groups.total()), Sample::Observed)?;
    let (distribution, computation) = resampled(groups, statistic, resampling)?;
    let (tails, method) = match resampling.bounds {
        Bounds::Percentile => (tails, Method::Percentile),
        Bounds::Bca => match Correction::of(&distribution, observed, &left_out(groups, statistic)?, tails) {
            Ok(Correction { tails, bias, acceleration }) => (tails, Method::Bca { bias, acceleration }),
            Err(why) => (tails, Method::PercentileForBca { why }),
        },
    };
    let interval = Interval::between(&distribution, tails, resampling.confidence, method);
    let estimate = Estimate::of(observed, &distribution, interval, groups.n_units(), computation);
    Ok((estimate.finite()?, distribution))
}

impl Resampling {
    /// The shares of the resamples below the lower end and below the upper end of a percentile interval.
    ///
    /// # Errors
    /// The confidence is not between 0 and 1, or there are to be no resamples.
    pub(super) fn tails(&self) -> Result<[f64; 2], EvalError> {
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(EvalError::Confidence { found: self.confidence.to_string() });
        }
        if self.resamples == 0 {
            return Err(EvalError::NoDraws);
        }
        let tail = (1.0 - self.confidence) / 2.0;
        Ok([tail, 1.0 - tail])
    }
}

impl Interval {
    /// The interval between two quantiles of a distribution.
    pub(super) fn between(distribution: &Distribution, tails: [f64; 2], confidence: f64, method: Method) -> Self {
        let [lower, upper] = tails.map(|share| distribution.quantile(share));
        Self { lower, upper, confidence, method }
    }
}

impl Estimate {
    /// What a distribution says of an observed statistic.
    pub(super) fn of(
        observed: f64,
        distribution: &Distribution,
        interval: Interval,
        n_units: usize,
        computation: Computation,
    ) -> Self {
        let divisor = match computation {
            Computation::Exact => distribution.n(),
            Computation::Drawn { draws } => u64::from(draws).saturating_sub(1).max(1),
        };
        let standard_error = distribution.norm() / (divisor as f64).sqrt();
        Self { observed, mean: distribution.mean(), standard_error, interval, n_units, computation }
    }

    /// The estimate, if all of its numbers are finite, as they need not be where the statistic is.
    ///
    /// # Errors
    /// One of them is none.
    pub(super) fn finite(self) -> Result<Self, EvalError> {
        if let Method::Bca { acceleration, .. } = self.interval.method {
            Quantity::Acceleration.finite(acceleration)?;
        }
        Quantity::Mean.finite(self.mean)?;
        Quantity::StandardError.finite(self.standard_error)?;
        Quantity::Bound.finite(self.interval.lower)?;
        Quantity::Bound.finite(self.interval.upper)?;
        Ok(self)
    }
}

/// The statistic over all resamples if they are few, else over drawn ones.
fn resampled(
    groups: &Groups,
    statistic: &(impl Fn(&[u64]) -> f64 + Sync),
    resampling: &Resampling,
) -> Result<(Distribution, Computation), EvalError> {
    let mut outcomes = Vec::new();
    let each = |sum: &[u64], times| outcomes.push((statistic(sum), times));
    if resampling.exactness == Exactness::WhereFeasible && groups.enumerate(each) {
        for (index, (number, _)) in outcomes.iter().enumerate() {
            finite(*number, Sample::Drawn(index))?;
        }
        return Ok((Distribution::of(outcomes), Computation::Exact));
    }
    let numbers = draws(
        resampling.resamples,
        resampling.seed,
        || groups.sum(),
        |coins, sum| {
            groups.draw(coins, sum);
            [statistic(&sum.counts)]
        },
    )?;
    let outcomes = numbers.into_iter().map(|[number]| (number, 1)).collect();
    Ok((Distribution::of(outcomes), Computation::Drawn { draws: resampling.resamples }))
}

/// The statistic of all units but one, for each different row that can be left out, and how many units have it; nothing if nothing would be left.
fn left_out(groups: &Groups, statistic: &impl Fn(&[u64]) -> f64) -> Result<Vec<(f64, u64)>, EvalError> {
    if groups.n_units() == 1 {
        return Ok(Vec::new());
    }
    let total = groups.total();
    let mut rest = groups.zeros();
    let mut without = |row: &[u64]| {
        for ((rest, all), count) in rest.iter_mut().zip(&total).zip(row) {
            *rest = all - count;
        }
        finite(statistic(&rest), Sample::LeftOneOut)
    };
    groups.rows().map(|(row, size)| Ok((without(row)?, size))).collect()
}

/// Where bias and acceleration move the ends of an interval.
struct Correction {
    tails: [f64; 2],
    bias: f64,
    acceleration: f64,
}

impl Correction {
    fn of(
        distribution: &Distribution,
        observed: f64,
        left_out: &[(f64, u64)],
        tails: [f64; 2],
    ) -> Result<Self, BcaUndefined> {
        if left_out.is_empty() {
            return Err(BcaUndefined::OneUnit);
        }
        let (below, not_above) = (distribution.n_below(observed), distribution.n_not_above(observed));
        if not_above == 0 || below == distribution.n() {
            return Err(BcaUndefined::OneSided);
        }
        let bias = normal::quantile((below as f64 + not_above as f64) / 2.0 / distribution.n() as f64);
        let acceleration = acceleration(left_out).ok_or(BcaUndefined::NoSpread)?;
        let [lower, upper] = tails.map(|tail| {
            let shifted = bias + normal::quantile(tail);
            let slope = 1.0 - acceleration * shifted;
            // No number is no overshoot: it comes out as the end, and is refused there.
            if slope <= 0.0 { Err(BcaUndefined::Overshoot) } else { Ok(normal::share_below(bias + shifted / slope)) }
        });
        Ok(Self { tails: [lower?, upper?], bias, acceleration })
    }
}

/// Σ d³ / (6 (Σ d²)^1.5), where d is how far the statistic without a unit is below the mean of these; nothing if it never changes.
fn acceleration(left_out: &[(f64, u64)]) -> Option<f64> {
    let distribution = Distribution::of(left_out.to_vec());
    let (mean, norm) = (distribution.mean(), distribution.norm());
    if left_out.iter().all(|(number, _)| (number - mean).abs() <= TOLERANCE) {
        return None;
    }
    // Each by the root of the sum of squares, so that no power overflows.
    let cubes: f64 = left_out.iter().map(|&(number, times)| ((mean - number) / norm).powi(3) * times as f64).sum();
    Some(cubes / 6.0)
}
