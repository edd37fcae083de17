//! P-values of given noise against mpmath, against a bisection of the margin, and what must hold for all noise.

use proptest::prelude::*;

use super::*;

/// Standard errors of runs, of units and of these very runs.
fn noise([seeds, units, fixed_runs]: [f64; 3], seeds_degrees_of_freedom: f64, units_degrees_of_freedom: f64) -> Noise {
    Noise { seeds, seeds_degrees_of_freedom, units, fixed_runs, units_degrees_of_freedom }
}

const P_VALUES: [f64; 4] = [0.5, 0.01, 1e-9, 1e-120];

/// Degrees of freedom of the runs, standard errors, and the margin of each of [`P_VALUES`].
///
/// With 40 digits, mpmath 1.4.1: the t of a chance is found by bisection of the incomplete beta function; the units have 769 degrees of freedom.
const MARGINS: [(f64, [f64; 3], [f64; 4]); 16] = [
    (1.0, [0.01, 0.01, 0.01], [0.012063859551282063, 0.6370909391143187, 6366197.7236758135, 6.366197723675814e117]),
    (1.0, [0.01, 1e-5, 0.004], [0.010000002276835104, 0.6365674121524586, 6366197.7236758135, 6.366197723675814e117]),
    (1.0, [1e-5, 0.01, 0.01], [0.006748096566666742, 0.025830222065463072, 6366.197723976393, 6.366197723675814e114]),
    (1.0, [1e-9, 0.02, 0.025], [0.016870222892914653, 0.06455594249765023, 0.6485314989499584, 6.366197723675814e110]),
    (1.3, [0.01, 0.01, 0.01], [0.01132514550332919, 0.26185185671604944, 63217.673651003424, 1.5326884857509145e90]),
    (1.3, [0.01, 1e-5, 0.004], [0.009095177784695865, 0.26057551761160536, 63217.67365097315, 1.5326884857509145e90]),
    (1.3, [1e-5, 0.01, 0.01], [0.006748095286469573, 0.025823691708996593, 63.21770392013289, 1.5326884857509147e87]),
    (1.3, [1e-9, 0.02, 0.025], [0.016870222892914653, 0.06455594249765023, 0.15465875016128658, 1.5326884857509147e83]),
    (2.0, [0.01, 0.01, 0.01], [0.010592609401829472, 0.10255265189239621, 316.22777183083184, 1e58]),
    (2.0, [0.01, 1e-5, 0.004], [0.00816496859781922, 0.09924843536840548, 316.2277657796732, 1e58]),
    (2.0, [1e-5, 0.01, 0.01], [0.006748094096834019, 0.02582256772927208, 0.3222221166993852, 1e55]),
    (2.0, [1e-9, 0.02, 0.025], [0.016870222892914653, 0.06455594249765023, 0.15465875016128658, 1e51]),
    (5.0, [0.01, 0.01, 0.01], [0.009916858583660527, 0.04788123701268539, 1.1382329094514998, 1.8016099526269993e22]),
    (5.0, [0.01, 1e-5, 0.004], [0.007266871571176228, 0.04032143810404733, 1.136550512447769, 1.8016099526269993e22]),
    (5.0, [1e-5, 0.01, 0.01], [0.006748093069929931, 0.025822408479831846, 0.06187393948421031, 1.8016099526269995e19]),
    (5.0, [1e-9, 0.02, 0.025], [0.016870222892914653, 0.06455594249765023, 0.15465875016128658, 1801609952626999.5]),
];

#[test]
fn p_values_are_those_of_mpmath() {
    for (seeds_degrees_of_freedom, errors, distances) in MARGINS {
        let noise = noise(errors, seeds_degrees_of_freedom, 769.0);
        for (expected, distance) in P_VALUES.into_iter().zip(distances) {
            let (found, what) = (noise.p_value(distance), format!("{noise:?} {distance:e}"));
            assert!((found / expected).ln().abs() <= 1e-11, "{what}: {found:e}, expected {expected:e}");
            let margin = noise.margin(expected);
            assert!((margin / distance).ln().abs() <= 1e-12, "{what}: margin {margin:e}");
        }
    }
}

/// The chance whose margin is this distance, by halving the logarithms between which it lies.
fn bisected(noise: &Noise, distance: f64) -> f64 {
    let (mut low, mut high) = (f64::MIN_POSITIVE.ln(), 0.0);
    for _ in 0..70 {
        let middle = f64::midpoint(low, high);
        // Squares instead of logarithms, scaled so that they are of about 1 at the root.
        let scaled = |error: f64, degrees_of_freedom: f64| match error {
            0.0 => 0.0,
            _ => (student::quantile_beyond(middle.exp(), degrees_of_freedom) * (error / distance)).min(1e100),
        };
        let both = scaled(noise.seeds, noise.seeds_degrees_of_freedom).powi(2)
            + scaled(noise.units, noise.units_degrees_of_freedom).powi(2);
        let is_inside = both.sqrt() >= 1.0 || scaled(noise.fixed_runs, noise.units_degrees_of_freedom) >= 1.0;
        (low, high) = if is_inside { (middle, high) } else { (low, middle) };
    }
    low.exp().max(f64::MIN_POSITIVE)
}

/// A standard error of any size, or none.
fn error() -> impl Strategy<Value = f64> {
    prop_oneof![
        1 => Just(0.0),
        4 => (-6.0..1.0_f64).prop_map(|log| 10_f64.powf(log)),
        2 => (-200.0..200.0_f64).prop_map(|log| 10_f64.powf(log)),
    ]
}

fn any_noise() -> impl Strategy<Value = Noise> {
    let degrees_of_freedom = || prop_oneof![Just(1.0), Just(2.0), 1.0..3.0_f64, 3.0..40.0_f64];
    let of_units = prop_oneof![Just(1.0), 2.0..50.0_f64, Just(769.0), Just(26_364.0)];
    (error(), error(), error(), degrees_of_freedom(), of_units)
        .prop_map(|(seeds, units, fixed_runs, degrees_of_freedom, of_units)| {
            noise([seeds, units, fixed_runs], degrees_of_freedom, of_units)
        })
        .prop_filter("there is noise", |noise| !noise.is_none())
}

/// A distance of so many standard errors of the largest noise.
fn scale(noise: &Noise) -> f64 {
    noise.seeds.max(noise.units).max(noise.fixed_runs)
}

proptest! {
    #[test]
    fn p_values_are_found_by_bisection_too(noise in any_noise(), log_ratio in -4.0..90.0_f64) {
        let distance = scale(&noise) * 10_f64.powf(log_ratio);
        let (found, expected) = (noise.p_value(distance), bisected(&noise, distance));
        prop_assert!((f64::MIN_POSITIVE..=1.0).contains(&found), "{found:e}");
        prop_assert!((found / expected).ln().abs() <= 1e-10, "{found:e}, expected {expected:e}");
    }

    #[test]
    fn farther_is_less_likely(noise in any_noise(), log_ratio in -4.0..90.0_f64, step in 0.0..3.0_f64) {
        let distance = scale(&noise) * 10_f64.powf(log_ratio);
        let (near, far) = (noise.p_value(distance), noise.p_value(distance * 10_f64.powf(step)));
        prop_assert!(far <= near * (1.0 + 1e-10), "{far:e} beyond {near:e}");
    }

    #[test]
    fn margin_and_p_value_agree(noise in any_noise(), log_ratio in -4.0..90.0_f64, chance in 1e-15..1.0_f64) {
        let distance = scale(&noise) * 10_f64.powf(log_ratio);
        let (p_value, margin) = (noise.p_value(distance), noise.margin(chance));
        // Where they are equal but for the last digits, rounding decides.
        prop_assume!((p_value / chance).ln().abs() > 1e-10);
        prop_assert_eq!(p_value < chance, distance > margin, "{:e} of {:e}, {:e} of {:e}", p_value, distance, chance, margin);
    }

    #[test]
    fn more_noise_makes_nobody_surer(noise in any_noise(), more in error(), log_ratio in -4.0..90.0_f64) {
        let distance = scale(&noise) * 10_f64.powf(log_ratio);
        for louder in [
            Noise { seeds: noise.seeds + more, ..noise },
            Noise { units: noise.units + more, ..noise },
            Noise { fixed_runs: noise.fixed_runs + more, ..noise },
        ] {
            let (of_less, of_more) = (noise.p_value(distance), louder.p_value(distance));
            prop_assert!(of_more >= of_less * (1.0 - 1e-10), "{of_more:e} of {louder:?}, {of_less:e} without");
        }
    }
}
