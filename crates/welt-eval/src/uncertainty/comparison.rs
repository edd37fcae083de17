//! Two systems on the same units: their difference, its interval, and how often it turns.
//! The units of two systems in, the bootstrap of their difference out.

use serde::{Deserialize, Serialize};

use super::Resampling;
use super::groups::Groups;
use super::interval::{Estimate, bootstrap};
use super::units::Units;
use crate::EvalError;

/// The paired bootstrap of two systems.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The statistic of the first system less that of the second, on the same resamples.
    pub difference: Estimate,
    /// The share of resamples in which the first system is not better, d ≤ 0 (Koehn 2004): the smaller, the surer is it that it is better.
    pub share_not_above: f64,
    /// The share of resamples whose difference is more than twice the observed one, d > 2 δ (Berg-Kirkpatrick et al. 2012): a one-sided p-value where the first system is observed to be better, and of no use otherwise.
    pub share_above_twice: f64,
}

/// Compares two systems that were scored on the same units, by the difference of a statistic on common resamples.
///
/// The interval of the difference answers whether the systems differ; whether the intervals of the two overlap does not.
///
/// # Errors
/// The systems have no units, not the same number of them, or not the same counts in each, and as those of [`interval`](super::interval).
pub fn paired_bootstrap(
    first: &Units,
    second: &Units,
    statistic: impl Fn(&[u64]) -> f64 + Sync,
    resampling: &Resampling,
) -> Result<Comparison, EvalError> {
    let groups = Groups::side_by_side(&[first, second])?;
    let difference = |sum: &[u64]| {
        let (first, second) = sum.split_at(sum.len() / 2);
        statistic(first) - statistic(second)
    };
    let (difference, distribution) = bootstrap(&groups, &difference, resampling)?;
    let share = |n: u64| n as f64 / distribution.n() as f64;
    Ok(Comparison {
        share_not_above: share(distribution.n_not_above(0.0)),
        share_above_twice: share(distribution.n() - distribution.n_not_above(2.0 * difference.observed)),
        difference,
    })
}
