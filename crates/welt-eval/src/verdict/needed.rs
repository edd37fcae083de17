//! How many further seeds or sources would tell.
//! The noise of a method goes in, the fewest that see a difference four times of five come out.

use super::primary::{Basis, Primary};
use crate::uncertainty::power::{Estimated, Noise, OfUnits, POWER};

/// More seeds than these are not thought of.
pub const MOST_SEEDS: usize = 50;

/// More sources than these are not thought of.
pub const MOST_SOURCES: usize = 100;

/// With one seed a spread is not known: five are what most need.
const AFTER_ONE_SEED: usize = 4;

/// How many further seeds, and how many further sources, would see this difference at the level of its test; none where no number would.
pub fn needed(primary: &Primary, difference: f64) -> [Option<usize>; 2] {
    match (&primary.basis, &primary.test) {
        (None, _) => [None, None],
        (Some(_), None) => [Some(AFTER_ONE_SEED), None],
        (Some(Basis::Sources { deviation, .. }), Some(test)) => {
            let (n, variance) = (primary.n_sources, deviation * deviation);
            let is_seen = |noise: Noise| noise.power(difference, test.first_level) >= POWER;
            let with_sources = |n: usize| noise(variance / n as f64, n, None);
            let sources = (n + 1..=MOST_SOURCES).find(|n| is_seen(with_sources(*n))).map(|found| found - n);
            let seeds = primary.seed_variances.and_then(|[of_these, of_one]| {
                let between = (variance - of_these).max(0.0);
                let with_seeds = |seeds: usize| noise((between + of_one / seeds as f64) / n as f64, n, None);
                let have = primary.most_pairs;
                (have + 1..=MOST_SEEDS).find(|seeds| is_seen(with_seeds(*seeds))).map(|found| found - have)
            });
            [seeds, sources]
        }
        (Some(Basis::Seeds { differences, deviation, units, n_units }), Some(test)) => {
            let have = differences.len();
            let degrees_of_freedom = n_units.saturating_sub(1).max(1) as f64;
            let units = OfUnits { variance: units.common, degrees_of_freedom };
            let with_seeds = |n: usize| noise(deviation * deviation / n as f64, n, Some(units));
            let is_seen = |n: &usize| with_seeds(*n).power(difference, test.first_level) >= POWER;
            [(have + 1..=MOST_SEEDS).find(is_seen).map(|found| found - have), None]
        }
    }
}

/// Of the mean of `n` sources or seeds.
fn noise(variance: f64, n: usize, units: Option<OfUnits>) -> Noise {
    Noise { estimated: Estimated { variance, degrees_of_freedom: n as f64 - 1.0 }, units }
}
