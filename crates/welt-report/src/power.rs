//! How small a difference could have been seen: the power of the test of two methods.
//! Variances in, a difference out; it knows nothing of scores.
//!
//! With several seeds two methods are called different if their mean difference d exceeds the margin
//! m² = t²(seeds) · s² + t²(units) · u², where s² is its variance from seed to seed as n - 1 degrees of freedom estimate
//! it, and u² that from sentence to sentence. A true difference δ is seen with the chance
//!
//! power(δ) = E [ Φ((δ - m) / √(s² + u²)) + Φ((-δ - m) / √(s² + u²)) ]
//!
//! over the chi-square distribution of the estimate. Without u² that is the power of Student's t test, by the noncentral
//! t distribution; with one seed s² is 0 and it is that of a normal test.

use welt_eval::uncertainty::{normal, student};

/// The level of one test.
pub const LEVEL: f64 = 0.05;

/// The chance with which the smallest visible difference is seen.
pub const POWER: f64 = 0.8;

/// Where the noise of a mean difference comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// The variance from seed to seed; none where seeds were not varied.
    pub seeds: Option<SeedNoise>,
    /// The variance from sentence to sentence.
    pub units: f64,
    pub units_freedom: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeedNoise {
    /// Of the mean difference.
    pub variance: f64,
    /// Of its estimate in a test.
    pub freedom: f64,
}

/// Parts of the integral over the estimate.
const PARTS: usize = 2000;

impl Noise {
    /// The chance that a test at this level sees a true difference.
    pub fn power(&self, difference: f64, level: f64) -> f64 {
        let of_units = student::quantile_beyond(level, self.units_freedom).powi(2) * self.units;
        let seeds = self.seeds.unwrap_or(SeedNoise { variance: 0.0, freedom: 1.0 });
        let of_seeds = student::quantile_beyond(level, seeds.freedom).powi(2) * seeds.variance;
        let scale = (seeds.variance + self.units).sqrt();
        let seen = |ratio: f64| {
            let margin = (of_seeds * ratio * ratio + of_units).sqrt();
            normal::share_below((difference - margin) / scale) + normal::share_below((-difference - margin) / scale)
        };
        if seeds.variance > 0.0 { over_estimates(seeds.freedom, seen) } else { seen(1.0) }
    }

    /// The smallest true difference that a test at this level sees with the chance [`POWER`]; none where nothing varies.
    pub fn smallest_difference(&self, level: f64) -> Option<f64> {
        let scale = (self.seeds.map_or(0.0, |seeds| seeds.variance) + self.units).sqrt();
        if !(scale > 0.0 && scale.is_finite()) {
            return None;
        }
        let (mut low, mut high) = (0.0, scale);
        while self.power(high, level) < POWER {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.power(middle, level) < POWER { low = middle } else { high = middle }
        }
        Some(high)
    }
}

/// More seeds than these are not thought of.
pub const MOST_SEEDS: usize = 100;

/// The noise of the difference of one pair of runs, which the mean over several seeds has less of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairNoise {
    /// The variance from seed to seed.
    pub seeds: f64,
    /// The variance from sentence to sentence, which no seed takes away.
    pub units: f64,
    pub units_freedom: f64,
}

impl PairNoise {
    /// The noise of the mean over so many seeds, at least two.
    pub fn over(&self, n_seeds: usize) -> Noise {
        let n = n_seeds as f64;
        let seeds = Some(SeedNoise { variance: self.seeds / n, freedom: n - 1.0 });
        Noise { seeds, units: self.units, units_freedom: self.units_freedom }
    }

    /// The fewest seeds with which a test at this level sees a true difference with the chance [`POWER`]; none where
    /// [`MOST_SEEDS`] are too few.
    pub fn seeds_until(&self, difference: f64, level: f64) -> Option<usize> {
        let is_seen = |n_seeds: usize| self.over(n_seeds).power(difference, level) >= POWER;
        let (mut low, mut high) = (1, MOST_SEEDS);
        if !is_seen(high) {
            return None;
        }
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if is_seen(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }
}

/// The mean of a function of the ratio w of an estimated standard deviation to the true one, by Simpson's rule: its
/// density is proportional to w^(ν - 1) exp(-ν w² / 2).
fn over_estimates(freedom: f64, function: impl Fn(f64) -> f64) -> f64 {
    let last = 1.0 + 9.0 / freedom.sqrt();
    let log_density = |w: f64| {
        let power = if freedom > 1.0 { (freedom - 1.0) * w.ln() } else { 0.0 };
        power - freedom * w * w / 2.0
    };
    let highest = log_density(((freedom - 1.0) / freedom).max(0.0).sqrt());
    let (mut sum, mut all) = (0.0, 0.0);
    for part in 0..=PARTS {
        let w = last * part as f64 / PARTS as f64;
        let weight = match part {
            0 | PARTS => 1.0,
            odd if odd % 2 == 1 => 4.0,
            _ => 2.0,
        };
        let density = weight * (log_density(w) - highest).exp();
        all += density;
        sum += density * function(w);
    }
    sum / all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
    }

    fn seeds(freedom: f64) -> Noise {
        let seeds = Some(SeedNoise { variance: 1.0, freedom });
        Noise { seeds, units: 0.0, units_freedom: 1000.0 }
    }

    #[test]
    fn without_sentences_it_is_the_noncentral_t_test() {
        // The integral of stats.chi.pdf by integrate.quad; stats.nct gives the same where it gives a number; scipy 1.17.1.
        check(seeds(1.0).power(5.0, LEVEL), 0.3051601027, 1e-7);
        check(seeds(1.0).power(20.0, LEVEL), 0.8833944429, 1e-7);
        check(seeds(2.0).power(6.0, LEVEL), 0.8357381198, 1e-7);
        check(seeds(4.0).power(3.5, LEVEL), 0.7448700590, 1e-7);
        check(seeds(9.0).power(3.0, LEVEL), 0.7611566204, 1e-7);
        check(seeds(40.0).power(2.5, LEVEL), 0.6842695893, 1e-7);
        check(seeds(1.0).smallest_difference(LEVEL).unwrap(), 16.33400887, 1e-5);
        check(seeds(2.0).smallest_difference(LEVEL).unwrap(), 5.65348927, 1e-5);
        check(seeds(4.0).smallest_difference(LEVEL).unwrap(), 3.76105955, 1e-5);
        check(seeds(9.0).smallest_difference(LEVEL).unwrap(), 3.14963289, 1e-5);
    }

    #[test]
    fn with_one_seed_it_is_the_normal_test() {
        // z(0.975) + z(0.8): the other tail holds less than a millionth.
        let noise = Noise { seeds: None, units: 4.0, units_freedom: 1e9 };
        check(noise.smallest_difference(LEVEL).unwrap(), 2.0 * (1.959_963_985 + 0.841_621_234), 1e-4);
        check(noise.power(0.0, LEVEL), LEVEL, 1e-7);
        assert_eq!(Noise { units: 0.0, ..noise }.smallest_difference(LEVEL), None);
    }

    fn check_seeds(difference: f64, level: f64, expected: Option<usize>) {
        let noise = PairNoise { seeds: 1.0, units: 0.0, units_freedom: 1000.0 };
        assert_eq!(noise.seeds_until(difference, level), expected, "{difference} at {level}");
    }

    #[test]
    fn as_many_seeds_are_asked_for_as_a_paired_t_test_needs() {
        // The least n with 1 - nct.cdf(t, n - 1, d sqrt(n)) + nct.cdf(-t, n - 1, d sqrt(n)) >= 0.8; scipy 1.17.1.
        for (difference, level, expected) in [
            (5.0, LEVEL, Some(3)),
            (3.0, LEVEL, Some(4)),
            (2.0, LEVEL, Some(5)),
            (1.0, LEVEL, Some(10)),
            (0.5, LEVEL, Some(34)),
            (0.3, LEVEL, Some(90)),
            (0.25, LEVEL, None),
            (1.0, 0.01, Some(16)),
            (2.0, LEVEL / 6.0, Some(7)),
        ] {
            check_seeds(difference, level, expected);
        }
    }

    #[test]
    fn no_seed_takes_away_the_noise_of_sentences() {
        let noise = PairNoise { seeds: 1.0, units: 0.25, units_freedom: 1000.0 };
        // Even without any noise of seeds the difference would have to be 1.40.
        assert_eq!(noise.seeds_until(1.39, LEVEL), None);
        assert!(noise.seeds_until(1.6, LEVEL).is_some());
    }

    /// Numbers from 0 to 1, by a linear congruential generator (Knuth's MMIX).
    struct Uniform(u64);

    impl Uniform {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }

        fn normal(&mut self) -> f64 {
            normal::quantile(self.next())
        }
    }

    #[test]
    fn a_simulation_sees_as_often() {
        // Three seeds of two methods, on sentences that add as much noise.
        let n = 3;
        let noise =
            Noise { seeds: Some(SeedNoise { variance: 1.0 / 3.0, freedom: 2.0 }), units: 0.3, units_freedom: 400.0 };
        let smallest = noise.smallest_difference(LEVEL).unwrap();
        let (t_seeds, t_units) = (student::quantile_beyond(LEVEL, 2.0), student::quantile_beyond(LEVEL, 400.0));
        let mut uniform = Uniform(1);
        let rounds = 40_000;
        let seen = (0..rounds).filter(|_| {
            let common = smallest + 0.3_f64.sqrt() * uniform.normal();
            let runs: Vec<f64> = (0..n).map(|_| common + uniform.normal()).collect();
            let mean = runs.iter().sum::<f64>() / 3.0;
            let variance = runs.iter().map(|run| (run - mean).powi(2)).sum::<f64>() / 2.0 / 3.0;
            mean.abs() > (t_seeds.powi(2) * variance + t_units.powi(2) * 0.3).sqrt()
        });
        // Four standard errors of a share of 0.8 in as many rounds.
        check(seen.count() as f64 / f64::from(rounds), POWER, 4.0 * 0.002);
    }
}
