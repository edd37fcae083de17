//! The noise of a mean over runs that were scored on common units, and what follows from it: a margin at any level, and the level of any margin.
//! Standard errors and degrees of freedom go in, margins and p-values come out; the reasons stand in `seeds.rs`.

use std::f64::consts::SQRT_2;

use super::distribution::Distribution;
use super::interval::Method;
use super::{TOLERANCE, student};
use crate::{EvalError, Quantity};

/// The standard errors of a mean over runs, or of the difference of two.
///
/// They are not squared where squares might overflow or underflow: they are added by `hypot`, and far from the mean all is done in logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Noise {
    /// From run to run.
    pub seeds: f64,
    pub seeds_degrees_of_freedom: f64,
    /// From units to units, in what the runs have in common.
    pub units: f64,
    /// From units to units, in all that these runs have.
    pub fixed_runs: f64,
    pub units_degrees_of_freedom: f64,
}

impl Noise {
    /// From the standard error of the runs with its degrees of freedom, the mean over resamples of the units, and the standard error that each run has alone in these.
    ///
    /// # Errors
    /// One of them is too large for a number.
    pub(super) fn of(
        (seeds, seeds_degrees_of_freedom): (f64, f64),
        means: &Distribution,
        of_each_run: f64,
        n_units: usize,
    ) -> Result<Self, EvalError> {
        let units_degrees_of_freedom = n_units as f64 - 1.0;
        let correction = (n_units as f64 / units_degrees_of_freedom).sqrt();
        let divisor = means.n().saturating_sub(1).max(1) as f64;
        let fixed_runs = means.norm() / divisor.sqrt();
        for error in [seeds, of_each_run, fixed_runs * correction] {
            Quantity::StandardError.finite(error)?;
        }
        // The root of the difference of their squares.
        let units = if fixed_runs > of_each_run {
            (fixed_runs - of_each_run).sqrt() * (fixed_runs + of_each_run).sqrt()
        } else {
            0.0
        };
        let (units, fixed_runs) = (units * correction, fixed_runs * correction);
        Ok(Self { seeds, seeds_degrees_of_freedom, units, fixed_runs, units_degrees_of_freedom })
    }

    /// No noise at all.
    pub const fn none() -> Self {
        Self { seeds: 0.0, seeds_degrees_of_freedom: 1.0, units: 0.0, fixed_runs: 0.0, units_degrees_of_freedom: 1.0 }
    }

    /// Whether nothing varies.
    pub fn is_none(&self) -> bool {
        self.seeds <= TOLERANCE && self.fixed_runs <= TOLERANCE
    }

    /// How far the interval reaches that leaves out what is estimated with this chance.
    pub fn margin(&self, chance: f64) -> f64 {
        self.log_margin(chance).exp()
    }

    /// The natural logarithm of [`Self::margin`], in which a standard error of 0 is minus infinity, whatever it is multiplied by.
    fn log_margin(&self, chance: f64) -> f64 {
        let of_seeds = student::log_quantile_beyond(chance, self.seeds_degrees_of_freedom) + self.seeds.ln();
        let of_units = student::log_quantile_beyond(chance, self.units_degrees_of_freedom);
        let both = log_hypot(of_seeds, of_units + self.units.ln());
        larger(both, of_units + self.fixed_runs.ln())
    }

    /// The chance whose margin is this distance, to about eleven digits.
    pub fn p_value(&self, distance: f64) -> f64 {
        let Some([mut low, mut high]) = self.bounds(distance) else { return f64::MIN_POSITIVE };
        let goal = distance.ln();
        let excess = |log: f64| self.log_margin(log.exp()) - goal;
        let (mut above, mut below, mut last) = (excess(low), excess(high), 0.0);
        // Noise of one kind is at its bound, as is what is too small for a number.
        if above <= 0.0 || high - low <= NEGLIGIBLE {
            return larger(low.exp(), f64::MIN_POSITIVE);
        }
        if below >= 0.0 {
            return high.exp();
        }
        // False position (Illinois), on the logarithms of chance and margin, which are about linear in each other.
        for _ in 0..MOST_STEPS {
            let middle = (low * below - high * above) / (below - above);
            let found = excess(middle);
            if found.abs() * (high - low) <= NEGLIGIBLE * (above - below) {
                return middle.exp();
            }
            // An end that stays twice counts half, so that it does not stay for ever.
            if found > 0.0 {
                below /= if last > 0.0 { 2.0 } else { 1.0 };
                (low, above) = (middle, found);
            } else {
                above /= if last < 0.0 { 2.0 } else { 1.0 };
                (high, below) = (middle, found);
            }
            last = found;
        }
        f64::midpoint(low, high).exp()
    }

    /// The logarithms of chances between which that of this distance lies; nothing if it is below [`f64::MIN_POSITIVE`].
    ///
    /// No part of the noise has a larger margin than all of it, and a part whose margin is the largest has at least 1 / √2 of that of both.
    fn bounds(&self, distance: f64) -> Option<[f64; 2]> {
        let beyond = |distance: f64, error: f64, degrees_of_freedom: f64| {
            student::log_share_beyond(distance / error, degrees_of_freedom)
        };
        let least = |distance: f64| {
            let of_seeds = beyond(distance, self.seeds, self.seeds_degrees_of_freedom);
            larger(of_seeds, beyond(distance, self.units, self.units_degrees_of_freedom))
        };
        let of_fixed_runs = beyond(distance, self.fixed_runs, self.units_degrees_of_freedom);
        let (low, high) = (least(distance), least(distance / SQRT_2));
        let [low, high] = [low, high].map(|log| larger(log, of_fixed_runs));
        let smallest = f64::MIN_POSITIVE.ln();
        if high < smallest { None } else { Some([larger(low, smallest), high]) }
    }

    pub fn method(&self) -> Method {
        Method::Student {
            seeds_standard_error: self.seeds,
            seeds_degrees_of_freedom: self.seeds_degrees_of_freedom,
            units_standard_error: self.units,
            fixed_runs_standard_error: self.fixed_runs,
            units_degrees_of_freedom: self.units_degrees_of_freedom,
        }
    }
}

/// How far the logarithm of a p-value may be off.
const NEGLIGIBLE: f64 = 1e-12;

/// Where the search for a p-value ends for good; it takes about ten steps.
const MOST_STEPS: u32 = 200;

/// The larger of two numbers; none if one of them is none, which `f64::max` would pass over.
fn larger(one: f64, other: f64) -> f64 {
    if one > other || one.is_nan() { one } else { other }
}

/// The logarithm of the root of the sum of two squares, of the logarithms of the numbers.
fn log_hypot(one: f64, other: f64) -> f64 {
    let (large, small) = if one > other { (one, other) } else { (other, one) };
    if small == f64::NEG_INFINITY { large } else { large + (2.0 * (small - large)).exp().ln_1p() / 2.0 }
}

#[cfg(test)]
mod tests;
