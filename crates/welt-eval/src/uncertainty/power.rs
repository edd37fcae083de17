//! How small a difference can be seen: the power of the test of two systems.
//! Variances and degrees of freedom go in, a chance or a difference comes out; it knows nothing of scores.
//!
//! Two systems are called different if their mean difference d exceeds the margin m² = t²(ν) · s² · w² + t²(units) · u², where
//! s² is the variance of the mean from seed to seed or from corpus to corpus, w² s² its estimate with ν degrees of freedom, and u² that from unit to unit.
//! A true difference δ is seen with the chance
//!
//! power(δ) = E [ Φ((δ - m) / √(s² + u²)) + Φ((-δ - m) / √(s² + u²)) ]
//!
//! over the distribution of w = √(χ²(ν) / ν). Without u² that is the power of Student's t test, by the noncentral t distribution; without s² it is that of a normal test.
//!
//! ```
//! use welt_eval::uncertainty::power::{Estimated, Noise};
//!
//! // The mean of five paired differences whose standard deviation is 3 points.
//! let noise = Noise { estimated: Estimated { variance: 9.0 / 5.0, degrees_of_freedom: 4.0 }, units: None };
//! let smallest = noise.smallest_difference(0.05).unwrap_or_default();
//! assert!((smallest - 5.046).abs() < 0.001);
//! assert!((noise.power(smallest, 0.05) - 0.8).abs() < 1e-9);
//! ```

use super::{normal, student};

/// The chance with which the smallest visible difference is seen.
pub const POWER: f64 = 0.8;

/// A variance of a mean difference that a test estimates anew from its data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimated {
    /// The true variance of the mean difference; 0 where it does not vary, or is not estimated at all.
    pub variance: f64,
    /// Those of its estimate, at least 1.
    pub degrees_of_freedom: f64,
}

/// A variance of a mean difference that so many units tell that it may be taken for known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfUnits {
    /// The variance of the mean difference.
    pub variance: f64,
    /// How many units there are, less one.
    pub degrees_of_freedom: f64,
}

/// Where the noise of a mean difference comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// What the test estimates: from seed to seed, or from corpus to corpus.
    pub estimated: Estimated,
    /// From unit to unit, where units are told apart from the rest.
    pub units: Option<OfUnits>,
}

/// How far the power at the smallest visible difference may lie from [`POWER`].
const NEGLIGIBLE: f64 = 1e-12;

/// Where the search for a difference ends for good; it takes about ten steps.
const MOST_STEPS: usize = 200;

impl Noise {
    /// The chance that a test at this level sees a true difference; 1 where nothing varies and there is a difference.
    #[must_use]
    pub fn power(&self, difference: f64, level: f64) -> f64 {
        let scale = self.standard_error();
        if scale <= 0.0 {
            return if difference == 0.0 { 0.0 } else { 1.0 };
        }
        let Estimated { variance, degrees_of_freedom } = self.estimated;
        let of_units = self
            .units
            .map_or(0.0, |units| student::quantile_beyond(level, units.degrees_of_freedom).powi(2) * units.variance);
        let of_estimate = student::quantile_beyond(level, degrees_of_freedom).powi(2) * variance;
        let seen = |ratio: f64| {
            let margin = (of_estimate * ratio * ratio + of_units).sqrt();
            normal::share_below((difference - margin) / scale) + normal::share_below((-difference - margin) / scale)
        };
        if of_estimate <= 0.0 {
            return seen(1.0);
        }
        // Where the margin equals the difference, what is averaged steps from 1 to 0, within so much of the ratio.
        let step = ((difference * difference - of_units).max(0.0) / of_estimate).sqrt();
        let width = scale / of_estimate.sqrt();
        mean_over_estimates(degrees_of_freedom, [step, width], seen)
    }

    /// The smallest true difference that a test at this level sees with the chance [`POWER`]; none where nothing varies.
    #[must_use]
    pub fn smallest_difference(&self, level: f64) -> Option<f64> {
        let scale = self.standard_error();
        if !(scale > 0.0 && scale.is_finite()) {
            return None;
        }
        let excess = |difference: f64| self.power(difference, level) - POWER;
        let (mut low, mut high) = (0.0, scale);
        let (mut below, mut above) = (excess(low), excess(high));
        for _ in 0..MOST_STEPS {
            if above >= 0.0 {
                break;
            }
            (low, below, high) = (high, above, 2.0 * high);
            above = excess(high);
        }
        // False position (Illinois): an end that stays twice counts half, so that it does not stay for ever.
        let mut last = 0.0;
        for _ in 0..MOST_STEPS {
            let middle = (low * above - high * below) / (above - below);
            let found = excess(middle);
            if found.abs() <= NEGLIGIBLE || high - low <= f64::EPSILON * high {
                return Some(middle);
            }
            if found < 0.0 {
                above /= if last < 0.0 { 2.0 } else { 1.0 };
                (low, below) = (middle, found);
            } else {
                below /= if last > 0.0 { 2.0 } else { 1.0 };
                (high, above) = (middle, found);
            }
            last = found;
        }
        Some(high)
    }

    /// Of the mean difference.
    fn standard_error(&self) -> f64 {
        (self.estimated.variance + self.units.map_or(0.0, |units| units.variance)).sqrt()
    }
}

/// The nodes of Gauss and Legendre's rule of eight points on one side of the middle of -1 to 1, with their weights.
const NODES: [[f64; 2]; 4] = [
    [0.183_434_642_495_649_8, 0.362_683_783_378_362],
    [0.525_532_409_916_329, 0.313_706_645_877_887_3],
    [0.796_666_477_413_626_7, 0.222_381_034_453_374_48],
    [0.960_289_856_497_536_3, 0.101_228_536_290_376_26],
];

/// Parts of the integral over the whole distribution.
const PARTS: u32 = 24;

/// The mean of a function of the ratio w of an estimated standard deviation to the true one, whose density is proportional to w^(ν - 1) exp(-ν w² / 2).
///
/// The parts are finer around the step of the function, which with a small level and one degree of freedom lies within a hundredth of w.
fn mean_over_estimates(degrees_of_freedom: f64, [step, width]: [f64; 2], function: impl Fn(f64) -> f64) -> f64 {
    let last = 1.0 + 9.0 / degrees_of_freedom.sqrt();
    // w = x² takes away the edge that the density has at 0 where the degrees of freedom are not whole.
    let log_density = |x: f64| {
        let w = x * x;
        (2.0 * degrees_of_freedom - 1.0) * x.ln() - degrees_of_freedom * w * w / 2.0
    };
    let highest = log_density(((2.0 * degrees_of_freedom - 1.0) / (2.0 * degrees_of_freedom)).sqrt().sqrt());
    let whole = (0..=PARTS).map(|part| last * f64::from(part) / f64::from(PARTS));
    let around = (-12..=12).map(|part| step + width * f64::from(part));
    let from_zero = (1..=8).map(|part| last / f64::from(PARTS) * 0.5_f64.powi(part));
    let mut edges: Vec<f64> = whole.chain(around).chain(from_zero).filter(|w| (0.0..=last).contains(w)).collect();
    edges.sort_by(f64::total_cmp);
    let (mut sum, mut all) = (0.0, 0.0);
    for edge in edges.windows(2) {
        let [low, high] = [edge[0].sqrt(), edge[1].sqrt()];
        let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
        for [node, weight] in NODES {
            for x in [middle - half * node, middle + half * node] {
                let density = half * weight * (log_density(x) - highest).exp();
                all += density;
                sum += density * function(x * x);
            }
        }
    }
    sum / all
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL: f64 = 0.05;

    fn check(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
    }

    fn estimated(degrees_of_freedom: f64) -> Noise {
        Noise { estimated: Estimated { variance: 1.0, degrees_of_freedom }, units: None }
    }

    fn smallest(noise: Noise) -> f64 {
        noise.smallest_difference(LEVEL).unwrap_or_default()
    }

    #[test]
    fn without_units_it_is_the_noncentral_t_test() {
        // The integral of stats.chi.pdf by integrate.quad; stats.nct gives the same where it gives a number; scipy 1.17.1.
        check(estimated(1.0).power(5.0, LEVEL), 0.3051601027, 1e-9);
        check(estimated(1.0).power(20.0, LEVEL), 0.8833944429, 1e-9);
        check(estimated(2.0).power(6.0, LEVEL), 0.8357381198, 1e-9);
        check(estimated(4.0).power(3.5, LEVEL), 0.7448700590, 1e-9);
        check(estimated(9.0).power(3.0, LEVEL), 0.7611566204, 1e-9);
        check(estimated(40.0).power(2.5, LEVEL), 0.6842695893, 1e-9);
        check(smallest(estimated(1.0)), 16.33400887, 1e-6);
        check(smallest(estimated(2.0)), 5.65348927, 1e-6);
        check(smallest(estimated(4.0)), 3.76105955, 1e-6);
        check(smallest(estimated(9.0)), 3.14963289, 1e-6);
    }

    #[test]
    fn without_an_estimate_it_is_the_normal_test() {
        // z(0.975) + z(0.8): the other tail holds less than a millionth.
        let units = Some(OfUnits { variance: 4.0, degrees_of_freedom: 1e9 });
        let nothing = Estimated { variance: 0.0, degrees_of_freedom: 1.0 };
        let noise = Noise { estimated: nothing, units };
        check(smallest(noise), 2.0 * (1.959_963_985 + 0.841_621_234), 1e-4);
        check(noise.power(0.0, LEVEL), LEVEL, 1e-7);
        assert_eq!(Noise { estimated: nothing, units: None }.smallest_difference(LEVEL), None);
        assert_eq!(Noise { estimated: nothing, units: None }.power(0.1, LEVEL), 1.0);
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
        let estimated = Estimated { variance: 1.0 / 3.0, degrees_of_freedom: 2.0 };
        let noise = Noise { estimated, units: Some(OfUnits { variance: 0.3, degrees_of_freedom: 400.0 }) };
        let smallest = smallest(noise);
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
