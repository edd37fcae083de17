//! What the variances of several corpora tell of each other (Smyth 2004, section 6.2).
//! Sample variances with their degrees of freedom go in; what each is drawn towards comes out.

use serde::{Deserialize, Serialize};

use super::gamma::{digamma, inverse_trigamma, trigamma};
use super::mean_and_variance;

/// Fewer variances tell too little of each other.
const LEAST: usize = 5;

/// What is no larger than this is 0 but for rounding.
const ZERO: f64 = 1e-24;

/// A variance is taken for at least this share of the one in the middle.
const FLOOR: f64 = 1e-5;

/// More degrees of freedom than these are not lent: of corpora whose variances differ, more reject too often.
const MOST_DEGREES_OF_FREEDOM: f64 = 2.0;

/// What the variances of all corpora are drawn towards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Smaller variances were taken for this one.
    pub floor: f64,
    /// The degrees of freedom that the variances tell; none where they differ no more than chance explains, which makes them infinite.
    pub fitted_degrees_of_freedom: Option<f64>,
    /// Those that are lent.
    pub degrees_of_freedom: f64,
    /// The common variance.
    pub variance: f64,
}

impl Prior {
    /// Of variances and their degrees of freedom; none where too few are above 0.
    pub(super) fn of(variances: &[(f64, f64)]) -> Option<Self> {
        let mut positive: Vec<f64> = variances.iter().map(|(variance, _)| *variance).filter(|of| *of > ZERO).collect();
        if positive.len() < LEAST {
            return None;
        }
        positive.sort_by(f64::total_cmp);
        let middle = positive.len() / 2;
        let median = if positive.len() % 2 == 1 {
            positive[middle]
        } else {
            f64::midpoint(positive[middle - 1], positive[middle])
        };
        let floor = FLOOR * median;
        let logs: Vec<f64> = (variances.iter())
            .map(|(variance, d)| variance.max(floor).ln() - digamma(d / 2.0) + (d / 2.0).ln())
            .collect();
        let (mean, spread) = mean_and_variance(&logs);
        let by_chance = variances.iter().map(|(_, d)| trigamma(d / 2.0)).sum::<f64>() / variances.len() as f64;
        let fitted = (spread > by_chance).then(|| 2.0 * inverse_trigamma(spread - by_chance));
        // The common variance goes with the degrees of freedom that were fitted, not with those that are lent.
        let shift = fitted.map_or(0.0, |d0| digamma(d0 / 2.0) - (d0 / 2.0).ln());
        Some(Self {
            floor,
            fitted_degrees_of_freedom: fitted,
            degrees_of_freedom: fitted.unwrap_or(f64::INFINITY).min(MOST_DEGREES_OF_FREEDOM),
            variance: (mean + shift).exp(),
        })
    }

    /// A variance drawn towards the common one.
    pub(super) fn moderated(&self, variance: f64, degrees_of_freedom: f64) -> f64 {
        let own = degrees_of_freedom * variance.max(self.floor);
        (self.degrees_of_freedom * self.variance + own) / (self.degrees_of_freedom + degrees_of_freedom)
    }
}
