//! Statistics as large and as small as numbers are, and units that hardly vary: what comes out is a number, or an error that says why there is none.

use std::fmt::Debug;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde::Serialize;
use welt_eval::EvalError;
use welt_eval::uncertainty::{
    Bounds, Exactness, Interval, Method, Resampling, SeedComparison, Seeds, Shuffling, Units, compare_over_seeds,
    hierarchical_bootstrap, holm, interval, micro_f1, over_seeds, paired_bootstrap, randomization,
};

const DRAWN: Resampling =
    Resampling { resamples: 60, seed: 5, confidence: 0.95, bounds: Bounds::Percentile, exactness: Exactness::Never };
const SHUFFLING: Shuffling = Shuffling { rounds: 60, seed: 5, exactness: Exactness::WhereFeasible };

/// What counts as equal, and as no noise.
const TOLERANCE: f64 = 1e-12;

/// Right, predicted, gold.
type Row = [u64; 3];

fn units(rows: &[Row]) -> Units {
    Units::of_rows(rows).expect("rows of three")
}

/// A number or an error; JSON has no other numbers, and writes them as null.
fn check_finite<T: Serialize + Debug>(result: Result<T, EvalError>) -> Option<T> {
    match result {
        Ok(found) => {
            assert!(!serde_json::to_string(&found).expect("JSON").contains("null"), "{found:?}");
            Some(found)
        }
        Err(error) => {
            assert!(
                matches!(error, EvalError::TooLarge { .. } | EvalError::Statistic { .. } | EvalError::OneUnit),
                "{error}"
            );
            None
        }
    }
}

fn check_p_value(p_value: f64) {
    assert!((f64::MIN_POSITIVE..=1.0).contains(&p_value), "{p_value:e}");
}

/// Whether interval and p-value say the same; what is equal but for rounding has either.
fn check_agreement(found: &SeedComparison) {
    let SeedComparison { difference, p_value, .. } = found;
    let Interval { lower, upper, confidence, method, .. } = difference.interval;
    let Method::Student { seeds_standard_error, fixed_runs_standard_error, .. } = method else {
        panic!("{method:?}");
    };
    let is_none = seeds_standard_error <= TOLERANCE && fixed_runs_standard_error <= TOLERANCE;
    let is_close = (p_value / (1.0 - confidence) - 1.0).abs() < 1e-9;
    if difference.observed.abs() > TOLERANCE && !is_none && !is_close {
        assert_eq!(*p_value < 1.0 - confidence, lower > 0.0 || upper < 0.0, "{found:?}");
    }
}

/// All that can be computed of two runs of each of two systems.
fn check_all(systems: &[Units; 4], statistic: impl Fn(&[u64]) -> f64 + Sync + Copy, confidence: f64) {
    let resampling = Resampling { confidence, ..DRAWN };
    let [first, second, ..] = systems;
    for bounds in [Bounds::Percentile, Bounds::Bca] {
        for exactness in [Exactness::WhereFeasible, Exactness::Never] {
            let resampling = Resampling { bounds, exactness, ..resampling };
            check_finite(interval(first, statistic, &resampling));
            check_finite(paired_bootstrap(first, second, statistic, &resampling));
        }
    }
    if let Some(test) = check_finite(randomization(first, second, statistic, &SHUFFLING)) {
        check_p_value(test.p_value);
    }
    check_finite(over_seeds(systems, statistic, &resampling));
    let (first, second) = systems.split_at(2);
    for seeds in [Seeds::Paired, Seeds::Independent] {
        if let Some(found) = check_finite(compare_over_seeds(first, second, seeds, statistic, &resampling)) {
            check_p_value(found.p_value);
            check_agreement(&found);
        }
        if let Some(found) = check_finite(hierarchical_bootstrap(first, second, seeds, statistic, &resampling)) {
            check_p_value(found.p_value);
        }
    }
}

/// Two runs of each of two systems, whose units vary as much as these say.
fn systems(n_units: usize, row: impl Fn(usize, usize) -> Row) -> [Units; 4] {
    [0, 1, 2, 3].map(|run| units(&(0..n_units).map(|unit| row(run, unit)).collect::<Vec<_>>()))
}

/// Corpora in which something is as extreme as it can be.
fn corpora() -> Vec<[Units; 4]> {
    let hit = |right: bool| [u64::from(right), u64::from(right), 1];
    vec![
        systems(40, |_, _| [0; 3]),
        systems(40, |_, _| [1; 3]),
        systems(40, |run, _| hit(run < 2)),
        systems(1, |run, _| hit(run < 2)),
        systems(2, |run, unit| hit(run > unit)),
        systems(3000, |run, unit| hit(unit != 7 * run)),
        systems(3000, |run, unit| hit(run < 2 && unit % (5 - run) > 0)),
        systems(3000, |run, unit| hit(run < 2 || unit == run)),
        systems(12, |run, unit| hit((unit * (run + 3)) % 5 > 1)),
    ]
}

const SIZES: [f64; 14] =
    [f64::MIN_POSITIVE, 1e-200, 1e-160, 1e-20, 1e-12, 1e-11, 1.0, 1e12, 1e80, 1e110, 1e160, 1e200, 1e305, f64::MAX];

#[test]
fn statistics_of_any_size_give_numbers_or_errors() {
    for corpus in corpora() {
        for size in SIZES {
            check_all(&corpus, |row| size * micro_f1(row), 0.95);
            check_all(&corpus, |row| size * (2.0 * micro_f1(row) - 1.0), 0.9);
            // Of either sign and as far apart as can be, or alone.
            check_all(&corpus, |row| if row[0].is_multiple_of(2) { size } else { -size }, 0.5);
            check_all(&corpus, |row| if row[0] % 7 == 3 { size } else { 0.5 }, 0.999);
        }
    }
}

/// What is a thousandfold in everything is so in its interval, and has the same p-value.
#[test]
fn size_changes_no_p_value() {
    for corpus in corpora().iter().filter(|corpus| corpus[0].len() > 1) {
        let (first, second) = corpus.split_at(2);
        for seeds in [Seeds::Paired, Seeds::Independent] {
            let of_size = |size: f64| {
                let scaled = |row: &[u64]| size * micro_f1(row);
                compare_over_seeds(first, second, seeds, scaled, &DRAWN).expect("a comparison")
            };
            let one = of_size(1.0);
            for size in [1e-3, 1e3, 1e160, 1e200, 1e300] {
                let found = of_size(size);
                assert!((found.p_value - one.p_value).abs() <= 1e-9 * one.p_value, "{size:e}: {found:?}, {one:?}");
                let (found, one) = (found.difference, one.difference);
                for (found, one) in [
                    (found.standard_error, one.standard_error),
                    (found.interval.lower, one.interval.lower),
                    (found.interval.upper, one.interval.upper),
                ] {
                    assert!((found / size - one).abs() <= 1e-9, "{size:e}: {found:e}, {one:e}");
                }
            }
        }
    }
}

#[test]
fn what_is_too_large_is_an_error_that_says_so() {
    let check = |found: Result<(), EvalError>, expected: &Expect| {
        expected.assert_eq(&found.expect_err("too large").to_string());
    };
    let [first, second, third, fourth] = systems(12, |run, unit| [((unit * (run + 3)) % 5) as u64, 3, 3]);
    let huge = |row: &[u64]| if row[0].is_multiple_of(2) { f64::MAX } else { -f64::MAX };
    let corrected = Resampling { bounds: Bounds::Bca, ..DRAWN };
    check(
        interval(&first, huge, &DRAWN).map(drop),
        &expect!["the mean of the statistic is inf, expected a finite number; its values are too large"],
    );
    let jump = |row: &[u64]| if row[1] < 36 { huge(row) } else { row[0] as f64 };
    check(
        interval(&first, jump, &corrected).map(drop),
        &expect!["the acceleration of the statistic is NaN, expected a finite number; its values are too large"],
    );
    let (systems, surer) = ([[first, second], [third, fourth]], Resampling { confidence: 0.999_999_9, ..DRAWN });
    let large = |row: &[u64]| 1e303 * (row[0] as f64 - 24.0);
    check(
        compare_over_seeds(&systems[0], &systems[1], Seeds::Paired, large, &surer).map(drop),
        &expect![
            "the end of the interval of the statistic is -inf, expected a finite number; its values are too large"
        ],
    );
    for p_value in [f64::NAN, f64::INFINITY, -f64::MIN_POSITIVE, 1.0 + f64::EPSILON] {
        assert!(matches!(holm(&[0.5, p_value]), Err(EvalError::PValue { index: 1, .. })), "{p_value}");
    }
}

/// A row of any counts of a system, of few kinds.
fn row() -> impl Strategy<Value = Row> {
    (0..3_u64, 0..2_u64).prop_map(|(right, wrong)| [right, right + wrong, 3])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_statistic_makes_a_number_that_is_none(
        rows in (1..30_usize).prop_flat_map(|n| [(); 4].map(|()| prop::collection::vec(row(), n))),
        log_size in -308.0..308.0_f64,
        power in -3.0..3.0_f64,
        confidence in prop_oneof![Just(f64::MIN_POSITIVE), Just(1.0 - f64::EPSILON), 0.001..0.999_f64],
    ) {
        let size = 10_f64.powf(log_size);
        // A power makes differences large beside others, or small.
        let statistic = |row: &[u64]| size * (micro_f1(row) + 0.01).powf(power);
        check_all(&rows.map(|rows| units(&rows)), statistic, confidence);
    }

    #[test]
    fn one_run_far_from_another_is_tested_by_its_spread(
        n_units in 2..1000_usize,
        every in [1..9_usize, 1..9_usize, 1..1000_usize, 1..1000_usize],
        confidence in 0.5..0.9999_f64,
    ) {
        let corpus = systems(n_units, |run, unit| [u64::from(unit % every[run] > 0), 1, 1]);
        check_all(&corpus, micro_f1, confidence);
    }
}
