//! Intervals and tests against exact values by enumeration, scipy, statsmodels, and a sampler that draws every unit; and what must hold for all counts.

mod records;

use std::ops::Range;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use welt_eval::uncertainty::{
    BcaUndefined, Bounds, Computation, Estimate, Exactness, Interval, Method, Resampling, Seeds, Shuffling, Units,
    compare_over_seeds, hierarchical_bootstrap, holm, interval, macro_f1, micro_f1, over_seeds, paired_bootstrap,
    randomization, total,
};
use welt_eval::{Counts, EvalError, Tally, ZeroDivision};

const DRAWN: Resampling = Resampling {
    resamples: 20_000,
    seed: 17,
    confidence: 0.95,
    bounds: Bounds::Percentile,
    exactness: Exactness::Never,
};
const EXACT: Resampling = Resampling { exactness: Exactness::WhereFeasible, ..DRAWN };
const DRAWN_SHUFFLES: Shuffling = Shuffling { rounds: 20_000, seed: 23, exactness: Exactness::Never };
const EXACT_SHUFFLES: Shuffling = Shuffling { exactness: Exactness::WhereFeasible, ..DRAWN_SHUFFLES };

/// Right, predicted, gold.
type Row = [u64; 3];

fn units(rows: &[Row]) -> Units {
    Units::of_rows(rows).expect("rows of three")
}

/// 60 sentences of two systems, at random.
fn sixty() -> [Units; 2] {
    let row = |digits: [u8; 3]| digits.map(|digit| u64::from(digit - b'0'));
    let rows = |text: &str| units(&text.as_bytes().as_chunks().0.iter().map(|digits| row(*digits)).collect::<Vec<_>>());
    [
        rows(concat!(
            "222333010003011222112111333010111111112111000000000000000343000222003000111111001113010333",
            "223223000111222121222012112010333002343111121113000010111122000343121010222113113333001000",
        )),
        rows(concat!(
            "112333000113001232232111333000121111222111000000000000000013000002343000111111121113010013",
            "343123000121002121232122222000333222123111001343000010121112010333001010012343233113111000",
        )),
    ]
}

/// Both within so many standard errors of a share that was found in so many draws; where it is next to 0 or 1, within that of five draws.
fn check_share(found: f64, expected: f64, draws: u32, what: &str) {
    let n = f64::from(draws);
    let spread = (expected * (1.0 - expected)).max(5.0 / n);
    assert!((found - expected).abs() < 4.5 * (spread / n).sqrt(), "{what}: {found}, expected {expected}");
}

fn check_near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, expected {expected}");
}

mod golden {
    use super::*;

    fn records() -> Vec<Value> {
        records::records("significance")
    }

    fn systems(record: &Value) -> [Units; 2] {
        ["a", "b"].map(|system| {
            let gold: Vec<u64> = serde_json::from_value(record["gold"].clone()).expect("gold counts");
            let found: Vec<[u64; 2]> = serde_json::from_value(record[system].clone()).expect("counts of a system");
            let row = |(gold, [right, predicted]): (u64, [u64; 2])| [right, predicted, gold];
            units(&gold.into_iter().zip(found).map(row).collect::<Vec<_>>())
        })
    }

    fn number(value: &Value) -> f64 {
        value.as_f64().expect("a number")
    }

    #[test]
    fn randomization_is_that_of_all_shuffles() {
        for record in records() {
            let what = record["id"].as_str().expect("an id");
            let expected = number(&record["approx_randomization_exact_p"]);
            let [first, second] = systems(&record);
            let exact = randomization(&first, &second, micro_f1, &EXACT_SHUFFLES).expect("a test");
            assert_eq!(exact.computation, Computation::Exact, "{what}");
            check_near(exact.p_value, expected, 1e-9, what);
            check_near(exact.difference, number(&record["delta"]), 1e-12, what);
            let drawn = randomization(&first, &second, micro_f1, &DRAWN_SHUFFLES).expect("a test");
            assert_eq!(drawn.computation, Computation::Drawn { draws: 20_000 }, "{what}");
            check_share(drawn.p_value, expected, 20_000, what);
        }
    }

    #[test]
    fn bootstrap_is_that_of_all_resamples() {
        for record in records().iter().filter(|record| record["bootstrap_exact"].is_object()) {
            let what = record["id"].as_str().expect("an id");
            let expected = |name: &str| number(&record["bootstrap_exact"][name]);
            let [first, second] = systems(record);
            let exact = interval(&first, micro_f1, &EXACT).expect("an interval");
            assert_eq!(exact.computation, Computation::Exact, "{what}");
            check_near(exact.observed, number(&record["f1_a"]), 1e-12, what);
            check_near(exact.mean, expected("mean_f1_a"), 1e-9, what);
            check_near(exact.interval.lower, expected("f1_a_q025"), 1e-9, what);
            check_near(exact.interval.upper, expected("f1_a_q975"), 1e-9, what);
            let exact = paired_bootstrap(&first, &second, micro_f1, &EXACT).expect("a comparison");
            check_near(exact.share_not_above, expected("frac_delta_le_0"), 1e-9, what);
            check_near(exact.share_above_twice, expected("frac_delta_gt_2obs"), 1e-9, what);

            let drawn = paired_bootstrap(&first, &second, micro_f1, &DRAWN).expect("a comparison");
            check_share(drawn.share_not_above, expected("frac_delta_le_0"), 20_000, what);
            check_share(drawn.share_above_twice, expected("frac_delta_gt_2obs"), 20_000, what);
            let drawn = interval(&first, micro_f1, &DRAWN).expect("an interval");
            check_near(drawn.mean, expected("mean_f1_a"), 4.5 * drawn.standard_error / 20_000_f64.sqrt(), what);
        }
    }
}

mod against_scipy {
    use super::*;

    /// scipy 1.17.1, `scipy.stats._resampling._bca_interval` with F1, rounded to 13 digits so that ties are ties, over all n^n resamples for `theta_hat_b`,
    /// and numpy 2.4.6 `quantile` at the shares that it gives; the acceleration, and the ends.
    fn check_exact(rows: &[Row], confidence: f64, acceleration: f64, ends: [f64; 2]) {
        let resampling = Resampling { bounds: Bounds::Bca, confidence, ..EXACT };
        let found = interval(&units(rows), micro_f1, &resampling).expect("an interval");
        let Method::Bca { acceleration: of_found, .. } = found.interval.method else {
            panic!("{:?}", found.interval.method);
        };
        check_near(of_found, acceleration, 1e-11, "acceleration");
        check_near(found.interval.lower, ends[0], 1e-12, "lower end");
        check_near(found.interval.upper, ends[1], 1e-12, "upper end");
    }

    #[test]
    fn corrected_ends_of_all_resamples() {
        let rows = [[2, 2, 2], [1, 2, 2], [2, 2, 2], [0, 2, 2]];
        check_exact(&rows, 0.9, -0.04111518335148927, [0.25, 0.875]);
        check_exact(&rows, 0.95, -0.04111518335148927, [0.125, 1.0]);
        let rows = [[3, 4, 3], [1, 1, 2], [0, 1, 0], [2, 2, 3], [1, 3, 2]];
        check_exact(&rows, 0.9, 0.005961753932944262, [0.4615384615385, 0.8]);
        check_exact(&rows, 0.95, 0.005961753932944262, [0.4, 0.8148148148148]);
        let rows = [[1, 1, 1], [0, 0, 1], [4, 5, 4], [2, 2, 2], [1, 2, 1], [0, 0, 0]];
        check_exact(&rows, 0.9, -0.018030499583375034, [0.6153846153846, 0.9333333333333]);
        check_exact(&rows, 0.95, -0.018030499583375034, [0.5454545454545, 0.9473684210526]);
    }

    /// scipy 1.17.1, `scipy.stats.bootstrap(..., n_resamples=400000, rng=numpy.random.default_rng(1))`; an end of ours is a few thousandths of the width off.
    fn check_drawn(found: &Estimate, ends: [f64; 2], standard_error: f64) {
        let tolerance = 0.06 * standard_error;
        check_near(found.interval.lower, ends[0], tolerance, "lower end");
        check_near(found.interval.upper, ends[1], tolerance, "upper end");
        check_near(found.standard_error, standard_error, 0.03 * standard_error, "standard error");
    }

    #[test]
    fn ends_of_drawn_resamples() {
        let [first, second] = sixty();
        let corrected = Resampling { bounds: Bounds::Bca, ..DRAWN };
        let one = |resampling| interval(&first, micro_f1, resampling).expect("an interval");
        check_near(one(&DRAWN).observed, 0.7407407407407407, 1e-15, "F1");
        check_drawn(&one(&DRAWN), [0.6451612903225806, 0.8205128205128205], 0.04483552829968369);
        check_drawn(&one(&corrected), [0.6424313715949568, 0.8187919463087249], 0.04483552829968369);
        let both =
            |resampling| paired_bootstrap(&first, &second, micro_f1, resampling).expect("a comparison").difference;
        check_near(both(&DRAWN).observed, 0.050264550264550234, 1e-15, "difference");
        check_drawn(&both(&DRAWN), [-0.07720558882235529, 0.18065433854907542], 0.06568895080202748);
        check_drawn(&both(&corrected), [-0.07173828414873935, 0.18689075630252105], 0.06568895080202748);
    }
}

mod sampling {
    use super::*;

    /// 1000 sentences, most of which are alike, and `n_runs` systems that err now and then.
    fn corpus(n_runs: usize) -> Vec<Units> {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(5);
        let mut below = move |n: u64| generator.next_u64() % n;
        let gold: Vec<u64> = (0..1000).map(|_| [0, 0, 0, 0, 1, 1, 1, 2, 3, 5][below(10) as usize]).collect();
        let mut row = |&gold: &u64| match below(20) {
            0 if gold > 0 => [gold - 1, gold - 1, gold],
            1 if gold > 0 => [gold - 1, gold, gold],
            2 => [gold, gold + 1 + below(2), gold],
            _ => [gold; 3],
        };
        (0..n_runs).map(|_| units(&gold.iter().map(&mut row).collect::<Vec<_>>())).collect()
    }

    /// What a bootstrap gives that draws unit by unit: mean, standard deviation and quantiles of a statistic of all systems side by side.
    fn naive(systems: &[Units], statistic: impl Fn(&[u64]) -> f64, n_resamples: usize) -> [f64; 4] {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(6);
        let rows: Vec<Vec<&[u64]>> = systems.iter().map(|system| system.rows().collect()).collect();
        let n = rows[0].len();
        let mut numbers: Vec<f64> = (0..n_resamples)
            .map(|_| {
                let drawn: Vec<usize> = (0..n).map(|_| (generator.next_u64() % n as u64) as usize).collect();
                let sum = |rows: &Vec<&[u64]>, column: usize| drawn.iter().map(|&unit| rows[unit][column]).sum();
                let sums = rows.iter().flat_map(|rows| [sum(rows, 0), sum(rows, 1), sum(rows, 2)]);
                statistic(&sums.collect::<Vec<u64>>())
            })
            .collect();
        numbers.sort_unstable_by(f64::total_cmp);
        let mean = numbers.iter().sum::<f64>() / n_resamples as f64;
        let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / n_resamples as f64;
        let quantile = |share: f64| numbers[(share * n_resamples as f64) as usize];
        [mean, variance.sqrt(), quantile(0.025), quantile(0.975)]
    }

    /// Both were drawn: 4.5 standard errors of the difference of two means, standard deviations, and quantiles of about normal numbers.
    fn check_alike(found: &Estimate, naive: [f64; 4], n_found: usize, n_naive: usize) {
        let unit = found.standard_error * (1.0 / n_found as f64 + 1.0 / n_naive as f64).sqrt();
        check_near(found.mean, naive[0], 4.5 * unit, "mean");
        check_near(found.standard_error, naive[1], 4.5 * unit / 2_f64.sqrt(), "standard error");
        check_near(found.interval.lower, naive[2], 4.5 * unit * 2.67, "lower end");
        check_near(found.interval.upper, naive[3], 4.5 * unit * 2.67, "upper end");
    }

    #[test]
    fn rows_drawn_by_number_are_units_drawn_one_by_one() {
        let systems = corpus(2);
        let difference = |sums: &[u64]| micro_f1(&sums[..3]) - micro_f1(&sums[3..]);
        let found = paired_bootstrap(&systems[0], &systems[1], micro_f1, &DRAWN).expect("a comparison");
        check_alike(&found.difference, naive(&systems, difference, 1000), 20_000, 1000);
        let found = interval(&systems[0], micro_f1, &DRAWN).expect("an interval");
        check_alike(&found, naive(&systems[..1], micro_f1, 1000), 20_000, 1000);
    }

    #[test]
    fn sums_have_the_moments_of_multinomial_draws() {
        let systems = corpus(1);
        let n = systems[0].len() as f64;
        // Any linear statistic of n draws has n times the mean and n times the variance of one.
        for weights in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, -3.0, 2.0], [0.0, 1.0, 5.0]] {
            let linear = |row: &[u64]| row.iter().zip(weights).map(|(&count, weight)| count as f64 * weight).sum();
            let found = interval(&systems[0], linear, &DRAWN).expect("an interval");
            let each: Vec<f64> = systems[0].rows().map(linear).collect();
            let mean = each.iter().sum::<f64>() / n;
            let spread = each.iter().map(|number| (number - mean).powi(2)).sum::<f64>().sqrt();
            check_near(found.mean, mean * n, 4.5 * spread / 20_000_f64.sqrt(), "mean");
            check_near(found.standard_error, spread, 4.5 * spread / 40_000_f64.sqrt(), "standard error");
        }
    }

    #[test]
    fn draws_of_few_units_are_those_of_the_enumeration() {
        let [first, second] = sixty();
        let few = |units: &Units| Units::of_rows(&units.rows().take(8).collect::<Vec<_>>()).expect("rows");
        let (first, second) = (few(&first), few(&second));
        let exact = paired_bootstrap(&first, &second, micro_f1, &EXACT).expect("a comparison");
        let drawn = paired_bootstrap(&first, &second, micro_f1, &DRAWN).expect("a comparison");
        assert_eq!(exact.difference.computation, Computation::Exact);
        check_share(drawn.share_not_above, exact.share_not_above, 20_000, "share of d <= 0");
        check_share(drawn.share_above_twice, exact.share_above_twice, 20_000, "share of d > 2 delta");
        let error = exact.difference.standard_error;
        check_near(drawn.difference.mean, exact.difference.mean, 4.5 * error / 20_000_f64.sqrt(), "mean");
        check_near(drawn.difference.standard_error, error, 0.03 * error, "standard error");
    }

    #[test]
    fn shuffles_of_a_corpus_are_those_of_the_enumeration() {
        let systems = corpus(2);
        for statistic in [micro_f1, |row: &[u64]| total(row).recall(ZeroDivision::Zero)] {
            let test = |shuffling| randomization(&systems[0], &systems[1], statistic, shuffling).expect("a test");
            let (exact, drawn) = (test(&EXACT_SHUFFLES), test(&DRAWN_SHUFFLES));
            assert_eq!(
                (exact.computation, drawn.computation),
                (Computation::Exact, Computation::Drawn { draws: 20_000 })
            );
            check_share(drawn.p_value, exact.p_value, 20_000, "p");
        }
    }

    /// The mean difference of two runs of each system in all draws of three units, and in each the variance of it from run to run of what the runs have moved.
    fn all_draws(runs: &[Vec<Row>], seeds: Seeds) -> Vec<[f64; 2]> {
        let f1 = |run: usize, drawn: [usize; 3]| f1_of(&runs[run], drawn.into_iter());
        // s² / 2 of two numbers.
        let variance = |one: f64, two: f64| (one - two).powi(2) / 4.0;
        let each = |code: usize| {
            let [one, two, three, four] = [0, 1, 2, 3].map(|run| f1(run, [code % 3, code / 3 % 3, code / 9]));
            let [a, b, c, d] = [0, 1, 2, 3].map(|run| f1(run, [0, 1, 2]));
            let own = match seeds {
                Seeds::Paired => variance(one - three - a + c, two - four - b + d),
                Seeds::Independent => variance(one - a, two - b) + variance(three - c, four - d),
            };
            [f64::midpoint(one, two) - f64::midpoint(three, four), own]
        };
        (0..27).map(each).collect()
    }

    #[test]
    fn noise_is_split_into_runs_and_units() {
        let runs = [
            vec![[2, 2, 3], [1, 2, 1], [0, 1, 1]],
            vec![[3, 3, 3], [1, 1, 1], [1, 1, 1]],
            vec![[1, 2, 3], [0, 2, 1], [0, 1, 1]],
            vec![[2, 3, 3], [1, 2, 1], [0, 3, 1]],
        ];
        let all_units = runs.clone().map(|rows| units(&rows));
        let [a, b, c, d] = runs.each_ref().map(|rows| f1_of(rows, 0..3));
        // Of pairs with one degree of freedom, of independent systems with those of scipy 1.17.1: ttest_ind([a, b], [c, d], equal_var=False).df.
        let of_pairs = ((a - c - b + d).powi(2) / 4.0, 1.0);
        let of_systems = (((a - b).powi(2) + (c - d).powi(2)) / 4.0, 1.7229050300001665);
        for (seeds, (of_runs, degrees_of_freedom)) in [(Seeds::Paired, of_pairs), (Seeds::Independent, of_systems)] {
            let all = all_draws(&runs, seeds);
            let mean_of = |of: &dyn Fn(&[f64; 2]) -> f64| all.iter().map(of).sum::<f64>() / 27.0;
            let mean = mean_of(&|[difference, _]| *difference);
            let spread = mean_of(&|[difference, _]| (difference - mean).powi(2));
            let common = (spread - mean_of(&|[_, own]| *own)).max(0.0);
            let (first, second) = all_units.split_at(2);
            let found = compare_over_seeds(first, second, seeds, micro_f1, &DRAWN).expect("a comparison").difference;
            check_near(found.mean, mean, 4.5 * (spread / 20_000.0).sqrt(), "mean");
            let Method::Student {
                seeds_standard_error,
                seeds_degrees_of_freedom,
                units_standard_error,
                fixed_runs_standard_error,
                units_degrees_of_freedom,
            } = found.interval.method
            else {
                panic!("{:?}", found.interval.method)
            };
            check_near(seeds_standard_error, of_runs.sqrt(), 1e-12, "runs");
            check_near(seeds_degrees_of_freedom, degrees_of_freedom, 1e-12, "degrees of freedom of the runs");
            assert_eq!(units_degrees_of_freedom, 2.0);
            check_near(fixed_runs_standard_error.powi(2), 1.5 * spread, 0.05 * spread, "these runs");
            check_near(units_standard_error.powi(2), 1.5 * common, 0.05 * spread, "units");
            check_near(found.standard_error, seeds_standard_error.hypot(units_standard_error), 1e-12, "both");
            check_near(found.observed, (a + b - c - d) / 2.0, 1e-12, "observed");
        }
    }

    /// The interval and the p-value of runs that differ in nothing but their quality, the same in every unit, are those of a t test.
    fn check_t_test(systems: [&[u64]; 2], seeds: Seeds, expected: [f64; 3]) {
        let [first, second] =
            systems.map(|system| system.iter().map(|&right| units(&[[right, 100, 100]; 40])).collect::<Vec<_>>());
        let found = compare_over_seeds(&first, &second, seeds, micro_f1, &DRAWN).expect("a comparison");
        check_near(found.p_value, expected[0], 1e-10 * expected[0], "p");
        check_near(found.difference.interval.lower, expected[1], 1e-11, "lower end");
        check_near(found.difference.interval.upper, expected[2], 1e-11, "upper end");
    }

    #[test]
    fn noise_of_runs_alone_is_that_of_a_t_test() {
        // scipy 1.17.1: ttest_rel(a, b) and ttest_ind(a, b, equal_var=False) of a hundredth of these, pvalue and confidence_interval(0.95).
        check_t_test(
            [&[81, 83, 80], &[77, 80, 79]],
            Seeds::Paired,
            [0.09417837268432351, -0.011279163669300946, 0.06461249700263426],
        );
        check_t_test(
            [&[81, 83, 80], &[77, 80, 79]],
            Seeds::Independent,
            [0.09930068321372605, -0.007961687789452158, 0.06129502112278561],
        );
        check_t_test(
            [&[90, 92, 91, 95, 93], &[70, 70, 71, 69, 70]],
            Seeds::Paired,
            [3.735364363312901e-05, 0.19108281577585184, 0.2529171842241483],
        );
        check_t_test(
            [&[90, 92, 91, 95, 93], &[70, 70, 71, 69, 70]],
            Seeds::Independent,
            [1.9786619461569734e-06, 0.19852633550861015, 0.2454736644913898],
        );
        check_t_test(
            [&[81, 83, 80, 84], &[77, 80]],
            Seeds::Independent,
            [0.1987072539492936, -0.04941243027958367, 0.11941243027958373],
        );
    }

    #[test]
    fn interval_and_p_value_do_not_disagree() {
        let systems = corpus(6);
        let (first, second) = systems.split_at(3);
        for seeds in [Seeds::Paired, Seeds::Independent] {
            let p_value = compare_over_seeds(first, second, seeds, micro_f1, &DRAWN).expect("a p-value").p_value;
            let resampling = Resampling { confidence: 1.0 - p_value, ..DRAWN };
            let found =
                compare_over_seeds(first, second, seeds, micro_f1, &resampling).expect("a comparison").difference;
            let nearest = found.interval.lower.abs().min(found.interval.upper.abs());
            assert!(nearest < 1e-10 * found.standard_error, "{found:?}");
        }
    }

    fn drawn_results(systems: &[Units]) -> String {
        let resampling = Resampling { resamples: 501, ..DRAWN };
        let shuffling = Shuffling { rounds: 501, ..DRAWN_SHUFFLES };
        let comparison = paired_bootstrap(&systems[0], &systems[1], micro_f1, &resampling).expect("a comparison");
        let (first, second) = systems.split_at(2);
        let seeds = compare_over_seeds(first, second, Seeds::Independent, micro_f1, &resampling).expect("a p-value");
        let test = randomization(&systems[0], &systems[1], micro_f1, &shuffling).expect("a test");
        serde_json::to_string_pretty(&(comparison, seeds, test)).expect("JSON")
    }

    /// The same digits on any number of threads, and with and without the feature that spreads the draws.
    #[test]
    fn threads_change_no_digit() {
        let systems = corpus(4);
        let on = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            pool.install(|| drawn_results(&systems))
        };
        let expected = expect![[r#"
            [
              {
                "difference": {
                  "observed": -0.01002818298334518,
                  "mean": -0.010210193151660791,
                  "standard_error": 0.008459046456640298,
                  "interval": {
                    "lower": -0.02843978830797233,
                    "upper": 0.005166126295992612,
                    "confidence": 0.95,
                    "method": {
                      "kind": "percentile"
                    }
                  },
                  "n_units": 1000,
                  "computation": {
                    "kind": "drawn",
                    "draws": 501
                  }
                },
                "share_not_above": 0.9161676646706587,
                "share_above_twice": 0.872255489021956
              },
              {
                "difference": {
                  "observed": -0.005836383230694908,
                  "mean": -0.005684660628763357,
                  "standard_error": 0.009299690237054552,
                  "interval": {
                    "lower": -0.05277568865779915,
                    "upper": 0.04110292219640933,
                    "confidence": 0.95,
                    "method": {
                      "kind": "student",
                      "seeds_standard_error": 0.009234840548886233,
                      "seeds_degrees_of_freedom": 1.7116984051003108,
                      "units_standard_error": 0.0010963386984934858,
                      "fixed_runs_standard_error": 0.005753472149772536,
                      "units_degrees_of_freedom": 999.0
                    }
                  },
                  "n_units": 1000,
                  "computation": {
                    "kind": "drawn",
                    "draws": 501
                  }
                },
                "p_value": 0.6028709900092248
              },
              {
                "difference": -0.01002818298334518,
                "p_value": 0.2051792828685259,
                "n_units": 1000,
                "n_different": 204,
                "computation": {
                  "kind": "drawn",
                  "draws": 501
                }
              }
            ]"#]];
        expected.assert_eq(&on(1));
        assert_eq!(on(1), on(2));
        assert_eq!(on(1), on(5));
    }

    /// All draws of three units and of two runs in each of two systems, as the definition has it.
    fn all_replicates(runs: &[Vec<Row>], seeds: Seeds) -> Vec<f64> {
        let f1 = |run: usize, drawn: [usize; 3]| {
            let sum = |column: usize| drawn.iter().map(|&unit| runs[run][unit][column]).sum();
            micro_f1(&[sum(0), sum(1), sum(2)])
        };
        let mut all = Vec::new();
        for code in 0..27 {
            let drawn = [code % 3, code / 3 % 3, code / 9];
            for picks in 0..16 {
                let [one, two, three, four] = [0, 1, 2, 3].map(|bit| picks >> bit & 1);
                if seeds == Seeds::Paired && (one, two) != (three, four) {
                    continue;
                }
                let mean = |left: usize, right: usize| (f1(left, drawn) + f1(right, drawn)) / 2.0;
                all.push(mean(one, two) - mean(2 + three, 2 + four));
            }
        }
        all
    }

    #[test]
    fn replicates_cross_units_with_runs() {
        let runs = [
            vec![[2, 2, 3], [1, 2, 1], [0, 1, 1]],
            vec![[3, 3, 3], [1, 1, 1], [1, 1, 1]],
            vec![[1, 2, 3], [0, 2, 1], [0, 1, 1]],
            vec![[2, 3, 3], [1, 2, 1], [1, 1, 1]],
        ];
        let all_units = runs.clone().map(|rows| units(&rows));
        for seeds in [Seeds::Paired, Seeds::Independent] {
            let all = all_replicates(&runs, seeds);
            let n = all.len() as f64;
            let mean = all.iter().sum::<f64>() / n;
            let spread = (all.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt();
            let (first, second) = all_units.split_at(2);
            let found = hierarchical_bootstrap(first, second, seeds, micro_f1, &DRAWN).expect("a comparison");
            check_near(found.difference.mean, mean, 4.5 * spread / 20_000_f64.sqrt(), "mean");
            check_near(found.difference.standard_error, spread, 0.03 * spread, "standard error");
            let share = all.iter().filter(|d| **d <= 1e-12).count() as f64 / n;
            assert!(share < 0.5, "{share}");
            check_share(found.p_value / 2.0, share, 20_000, "p");
            let of_f1 = |run: &Units| micro_f1(&run.sum());
            let observed = (of_f1(&first[0]) + of_f1(&first[1]) - of_f1(&second[0]) - of_f1(&second[1])) / 2.0;
            check_near(found.difference.observed, observed, 1e-12, "observed");
        }
    }
}

/// Data sets without a difference, in which a test at 5 % rejects one in twenty and an interval of 95 % holds 0 in all others.
mod without_a_difference {
    use super::*;

    const N_SETS: u64 = 300;
    const N_UNITS: usize = 200;

    /// How far the counts of a unit differ for a reason of each kind; their sums of squares are comparable.
    struct Sources {
        /// From run to run, the same in all units.
        run: i64,
        /// From unit to unit, the same in all runs of a system.
        unit: i64,
        /// From unit to unit in each run by itself.
        own: i64,
    }

    /// About a normal number with this standard deviation and a mean of 0: the sum of twelve uniform ones.
    fn about_normal(generator: &mut Xoshiro256PlusPlus, deviation: i64) -> i64 {
        let sum: u64 = (0..12).map(|_| generator.next_u64() >> 32).sum();
        (sum as i64 - 6 * ((1 << 32) - 1)) * deviation / (1 << 32)
    }

    /// The runs of a system. Units are of four kinds, as few as that for the sake of time, unless each run has noise of its own.
    fn system(generator: &mut Xoshiro256PlusPlus, n_runs: usize, sources: &Sources) -> Vec<Units> {
        let n_units = if sources.own > 0 { 30 } else { N_UNITS };
        let kinds: Vec<i64> = (0..n_units).map(|_| 2 * (generator.next_u64() >> 62) as i64 - 3).collect();
        let mut run = || {
            let quality = 10_000_000 + about_normal(generator, sources.run);
            let mut right = |kind: &i64| {
                let own = if sources.own > 0 { about_normal(generator, sources.own) } else { 0 };
                [(quality + kind * sources.unit + own) as u64]
            };
            Units::of_rows(&kinds.iter().map(&mut right).collect::<Vec<_>>()).expect("rows of one")
        };
        (0..n_runs).map(|_| run()).collect()
    }

    /// The share of data sets in which p is below 5 %, and below 1 %.
    fn rejected(sources: &Sources, n_runs: usize, seeds: Seeds) -> [f64; 2] {
        let mut n_rejected = [0, 0];
        for set in 0..N_SETS {
            let mut generator = Xoshiro256PlusPlus::seed_from_u64(1000 * n_runs as u64 + set);
            let [first, second] = [(); 2].map(|()| system(&mut generator, n_runs, sources));
            let resampling = Resampling { resamples: 60, seed: set, ..DRAWN };
            let found =
                compare_over_seeds(&first, &second, seeds, |row| row[0] as f64, &resampling).expect("a comparison");
            let Interval { lower, upper, .. } = found.difference.interval;
            assert_eq!(found.p_value < 0.05, lower > 0.0 || upper < 0.0, "{found:?}");
            n_rejected[0] += u32::from(found.p_value < 0.05);
            n_rejected[1] += u32::from(found.p_value < 0.01);
        }
        n_rejected.map(|n| f64::from(n) / N_SETS as f64)
    }

    /// The shares are no larger than they should be, but for three standard errors of so many data sets, 8.8 % and 2.7 %; and no smaller than `least`.
    fn check(sources: &Sources, n_runs: usize, seeds: Seeds, least: f64) {
        let [five, one] = rejected(sources, n_runs, seeds);
        let most = |level: f64| level + 3.0 * (level * (1.0 - level) / N_SETS as f64).sqrt();
        assert!(five <= most(0.05) && one <= most(0.01), "{n_runs} runs, {seeds:?}: {five} and {one}");
        assert!(five >= least, "{n_runs} runs, {seeds:?}: {five}, expected at least {least}");
    }

    /// Three standard errors below 5 %.
    const NOMINAL: f64 = 0.012;

    #[test]
    fn tests_of_noisy_runs_keep_their_level() {
        let sources = Sources { run: 200_000, unit: 10_000, own: 0 };
        for n_runs in [3, 5] {
            check(&sources, n_runs, Seeds::Paired, NOMINAL);
            // Welch's test of three runs is itself a little below its level.
            check(&sources, n_runs, Seeds::Independent, 0.005);
        }
    }

    #[test]
    fn tests_of_noisy_units_keep_their_level() {
        let sources = Sources { run: 1000, unit: 400_000, own: 0 };
        for (n_runs, seeds) in
            [(3, Seeds::Paired), (5, Seeds::Paired), (3, Seeds::Independent), (5, Seeds::Independent)]
        {
            check(&sources, n_runs, seeds, NOMINAL);
        }
    }

    #[test]
    fn tests_of_noise_that_runs_do_not_share_stay_below_their_level() {
        let sources = Sources { run: 0, unit: 0, own: 400_000 };
        check(&sources, 3, Seeds::Paired, 0.0);
    }
}

mod families {
    use super::*;

    /// statsmodels 0.15.0, `multipletests(p, method="holm")[1]`.
    fn check(p_values: &[f64], expected: &[f64]) {
        let found = holm(p_values).expect("p-values");
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            check_near(found, *expected, 1e-15, "adjusted p-value");
        }
    }

    #[test]
    fn adjusted_values_are_those_of_statsmodels() {
        check(&[], &[]);
        check(&[0.3], &[0.3]);
        check(&[0.01, 0.02, 0.03, 0.04, 0.05], &[0.05, 0.08, 0.09, 0.09, 0.09]);
        check(&[0.04, 0.01, 0.03, 0.005], &[0.06, 0.03, 0.06, 0.02]);
        check(&[0.5, 0.0001, 0.9, 0.02, 0.02, 0.02], &[1.0, 0.0006, 1.0, 0.1, 0.1, 0.1]);
        check(&[1.0, 0.0, 0.6, 0.7], &[1.0, 0.0, 1.0, 1.0]);
    }
}

mod edges {
    use super::*;

    fn check<T: std::fmt::Debug>(result: Result<T, EvalError>, expected: &Expect) {
        expected.assert_eq(&result.expect_err("nothing to compute").to_string());
    }

    fn corrected(rows: &[Row], resampling: &Resampling) -> Method {
        let resampling = Resampling { bounds: Bounds::Bca, ..*resampling };
        interval(&units(rows), micro_f1, &resampling).expect("an interval").interval.method
    }

    #[test]
    fn what_cannot_be_resampled_is_an_error() {
        let (none, one, two) = (units(&[]), units(&[[1, 1, 1]]), units(&[[1, 1, 1], [0, 1, 1]]));
        let wide = Units::of_rows(&[[1, 1]]).expect("a row");
        check(
            interval(&none, micro_f1, &EXACT),
            &expect!["there are no units, expected at least one sentence or document"],
        );
        check(
            Units::of_rows(&[[0; 0]]),
            &expect!["the rows of the units are empty, expected at least one count in each"],
        );
        check(
            Units::by_type::<&str>(&[], &[]),
            &expect!["the rows of the units are empty, expected at least one count in each"],
        );
        check(
            Units::of_rows(&[vec![1, 2], vec![1]]),
            &expect!["the row of unit 1 has 1 counts, expected 2 as in the first"],
        );
        check(two.by_document(&["a"]), &expect!["there are 1 names of documents for 2 units, expected one for each"]);
        check(
            paired_bootstrap(&one, &two, micro_f1, &EXACT),
            &expect!["there are 2 units, expected 1 as in the first system or run"],
        );
        check(
            randomization(&one, &wide, micro_f1, &EXACT_SHUFFLES),
            &expect![
                "the rows of system or run 1 (counted from 0, all systems one after the other) have 2 counts, expected 3 as those of the first"
            ],
        );
        check(
            interval(&one, micro_f1, &Resampling { resamples: 0, ..EXACT }),
            &expect!["there are to be no draws, expected at least one"],
        );
        check(
            randomization(&one, &one, micro_f1, &Shuffling { rounds: 0, ..EXACT_SHUFFLES }),
            &expect!["there are to be no draws, expected at least one"],
        );
        check(
            interval(&one, micro_f1, &Resampling { confidence: 1.0, ..EXACT }),
            &expect!["the confidence is 1, expected a number above 0 and below 1"],
        );
        check(
            interval(&one, micro_f1, &Resampling { confidence: f64::NAN, ..EXACT }),
            &expect!["the confidence is NaN, expected a number above 0 and below 1"],
        );
        check(
            interval(&units(&[[u64::MAX / 5, 0, 0], [0; 3]]), micro_f1, &EXACT),
            &expect!["the counts go up to 3689348814741910323, which is too large for sums over 2 units"],
        );
        check(over_seeds(&[], micro_f1, &EXACT), &expect!["there are no runs, expected at least one for each system"]);
        check(
            compare_over_seeds(&[], &[], Seeds::Paired, micro_f1, &EXACT),
            &expect!["there are no runs, expected at least one for each system"],
        );
        let (three, both) = (vec![two.clone(); 3], vec![two.clone(); 2]);
        check(
            compare_over_seeds(&three, &both, Seeds::Paired, micro_f1, &EXACT),
            &expect!["there are 3 runs and 2 runs, expected as many of both where they are paired by seed"],
        );
        let one_run = expect![
            "there is one run in a system, expected several of each system; one run of each is for `interval`, `paired_bootstrap` and `randomization`, which say nothing about other seeds"
        ];
        check(over_seeds(&three[..1], micro_f1, &EXACT), &one_run);
        check(compare_over_seeds(&three, &both[..1], Seeds::Independent, micro_f1, &EXACT), &one_run);
        check(
            over_seeds(&[one.clone(), one], micro_f1, &EXACT),
            &expect!["there is one unit, expected at least two sentences or documents where runs are compared"],
        );
        check(holm(&[0.1, f64::NAN]), &expect!["p-value 1 is NaN, expected a number from 0 to 1"]);
        check(holm(&[1.1]), &expect!["p-value 0 is 1.1, expected a number from 0 to 1"]);
    }

    #[test]
    fn a_statistic_that_is_no_number_is_an_error() {
        let rows = units(&[[1, 1, 1], [0, 0, 1], [1, 2, 1]]);
        let precision = |row: &[u64]| row[0] as f64 / row[1] as f64;
        check(
            interval(&units(&[[0; 3]]), precision, &EXACT),
            &expect!["the statistic of the observed units is NaN, expected a finite number"],
        );
        check(
            interval(&rows, precision, &DRAWN),
            &expect!["the statistic of draw 23 is NaN, expected a finite number"],
        );
        check(interval(&rows, precision, &EXACT), &expect!["the statistic of draw 3 is NaN, expected a finite number"]);
        let alone = |row: &[u64]| if row[2] == 2 { f64::NEG_INFINITY } else { 0.5 };
        check(
            interval(&rows, alone, &Resampling { bounds: Bounds::Bca, ..EXACT }),
            &expect!["the statistic of all units but one is -inf, expected a finite number"],
        );
        check(
            randomization(&rows, &units(&[[0, 0, 1], [1, 1, 1], [0; 3]]), precision, &EXACT_SHUFFLES),
            &expect!["the statistic of draw 0 is NaN, expected a finite number"],
        );
    }

    #[test]
    fn without_a_correction_the_ends_are_those_of_percentiles() {
        let undefined = |why| Method::PercentileForBca { why };
        for resampling in [EXACT, DRAWN] {
            assert_eq!(corrected(&[[1, 2, 2]], &resampling), undefined(BcaUndefined::OneUnit));
            assert_eq!(corrected(&[[1, 2, 2], [2, 4, 4]], &resampling), undefined(BcaUndefined::NoSpread));
            assert_eq!(corrected(&[[1, 1, 1]; 40], &resampling), undefined(BcaUndefined::NoSpread));
        }
        let rows = units(&[[1, 1, 1], [0, 1, 1], [1, 2, 1]]);
        let least = |row: &[u64]| if *row == [2, 4, 3] { -1.0 } else { row[0] as f64 };
        let few = Resampling { bounds: Bounds::Bca, resamples: 1, seed: 3, ..DRAWN };
        let found = interval(&rows, least, &few).expect("an interval").interval.method;
        assert_eq!(found, undefined(BcaUndefined::OneSided));
    }

    #[test]
    fn one_unit_has_one_resample() {
        let one = units(&[[1, 2, 1]]);
        for resampling in [EXACT, DRAWN] {
            let found = interval(&one, micro_f1, &resampling).expect("an interval");
            assert_eq!((found.interval.lower, found.interval.upper, found.standard_error), (2.0 / 3.0, 2.0 / 3.0, 0.0));
        }
    }

    #[test]
    fn systems_without_any_spread_are_as_far_apart_as_their_runs_can_show() {
        let system = |n_runs: usize, right: u64| vec![units(&[[right, 2, 2]; 30]); n_runs];
        for (n_first, n_second, seeds, expected) in [
            (3, 3, Seeds::Paired, 2.0 / 8.0),
            (3, 3, Seeds::Independent, 2.0 / 20.0),
            (5, 2, Seeds::Independent, 2.0 / 21.0),
            (2, 2, Seeds::Paired, 2.0 / 4.0),
        ] {
            let found =
                |right| compare_over_seeds(&system(n_first, right), &system(n_second, 1), seeds, micro_f1, &DRAWN);
            let far = found(2).expect("a comparison");
            check_near(far.p_value, expected, 1e-15, "p");
            assert_eq!((far.difference.interval.lower, far.difference.interval.upper), (0.5, 0.5));
            assert_eq!(found(1).expect("a comparison").p_value, 1.0);
        }
    }

    /// Two seeds of a method that misses every fifth and every fourth of 770 entities, and of one that finds nothing.
    #[test]
    fn two_seeds_are_no_surer_than_their_spread() {
        let missing = |every: usize| {
            let row = |entity: usize| if entity % every == every - 1 { [0, 0, 1] } else { [1; 3] };
            units(&(0..770).map(row).collect::<Vec<_>>())
        };
        let (found, nothing) = ([missing(5), missing(4)], [const { [0, 0, 1] }; 2].map(|row| units(&[row; 770])));
        let comparison = compare_over_seeds(&found, &nothing, Seeds::Paired, micro_f1, &DRAWN).expect("a comparison");
        // scipy 1.17.1, ttest_rel of both F1 and of twice 0; the units add next to nothing.
        check_near(comparison.p_value, 0.011416347975636504, 1e-7, "p");
    }

    #[test]
    fn large_samples_that_differ_little_are_tested_exactly() {
        // Three of 1000 units differ, in the same direction: of eight shuffles two are as extreme.
        let rows: Vec<Row> = (0..1000).map(|unit| [u64::from(unit >= 3), 1, 1]).collect();
        let found =
            randomization(&units(&vec![[1; 3]; 1000]), &units(&rows), micro_f1, &EXACT_SHUFFLES).expect("a test");
        assert_eq!((found.p_value, found.n_different, found.computation), (0.25, 3, Computation::Exact));
        // 70 units in the same direction: 2 of 2^70, which no number of draws can show.
        let rows: Vec<Row> = (0..1000).map(|unit| [u64::from(unit >= 70), 1, 1]).collect();
        let found =
            randomization(&units(&vec![[1; 3]; 1000]), &units(&rows), micro_f1, &EXACT_SHUFFLES).expect("a test");
        assert_eq!(found.p_value, 2_f64.powi(-69));
        // 2 of 2^1100, which no number of this type can show either.
        let (right, wrong) = (units(&[[1; 3]; 1100]), units(&[[0, 1, 1]; 1100]));
        let found = randomization(&right, &wrong, micro_f1, &EXACT_SHUFFLES).expect("a test");
        assert_eq!((found.p_value, found.computation), (f64::MIN_POSITIVE, Computation::Exact));
    }

    #[test]
    fn what_is_too_much_to_enumerate_is_drawn() {
        let rows =
            |factor: u64| (0..300).map(|unit| [unit * factor % 31, unit * factor % 101, 40]).collect::<Vec<Row>>();
        let (first, second) = (units(&rows(37)), units(&rows(53)));
        let found =
            randomization(&first, &second, micro_f1, &Shuffling { rounds: 99, ..EXACT_SHUFFLES }).expect("a test");
        assert_eq!(found.computation, Computation::Drawn { draws: 99 });
        let found = interval(&first, micro_f1, &Resampling { resamples: 99, ..EXACT }).expect("an interval");
        assert_eq!(found.computation, Computation::Drawn { draws: 99 });
    }

    #[test]
    fn types_are_averaged_over_those_that_occur() {
        let mut tallies = vec![Tally::default(); 2];
        tallies[0].add("Gene", Counts { true_positives: 1, predicted: 1, gold: 1 });
        tallies[1].add("Drug", Counts { true_positives: 1, predicted: 2, gold: 4 });
        tallies[1].add("Cell", Counts { true_positives: 0, predicted: 0, gold: 3 });
        let found = Units::by_type(&tallies, &["Drug", "Gene", "Unseen"]).expect("types");
        assert_eq!(macro_f1(&found.sum()), f64::midpoint(1.0, 1.0 / 3.0));
        assert_eq!(total(&found.sum()), Counts { true_positives: 2, predicted: 3, gold: 5 });
        assert_eq!(macro_f1(&[0; 6]), 0.0);
    }
}

/// Rows of two systems on the same units, of few different kinds so that some are alike.
fn pairs(n: Range<usize>) -> impl Strategy<Value = [Vec<Row>; 2]> {
    let row = |gold: u64| (0..=gold, 0..3_u64).prop_map(move |(right, wrong)| [right, right + wrong, gold]);
    let pair = (0..3_u64).prop_flat_map(move |gold| (row(gold), row(gold)));
    prop::collection::vec(pair, n).prop_map(|pairs| {
        let (first, second) = pairs.into_iter().unzip();
        [first, second]
    })
}

/// Rows of any counts that can be added, most of them of no system.
fn wild_rows(n: usize) -> impl Strategy<Value = Vec<Row>> {
    let count = prop_oneof![0..4_u64, 0..(i64::MAX as u64 / 400)];
    prop::collection::vec([count.clone(), count.clone(), count], n)
}

/// Micro F1 of these units of one system.
fn f1_of(rows: &[Row], drawn: impl Iterator<Item = usize>) -> f64 {
    let sum = drawn.fold([0; 3], |sum: Row, unit| std::array::from_fn(|column| sum[column] + rows[unit][column]));
    micro_f1(&sum)
}

/// A finite number of any counts that depends on all of them.
fn any_ratio(row: &[u64]) -> f64 {
    (row[0] as f64 + 2.0 * row[1] as f64) / (row[2] as f64 + 1.0)
}

proptest! {
    #[test]
    fn exact_tests_are_those_of_all_swaps(systems in pairs(1..9)) {
        let n = systems[0].len();
        let difference = |swaps: usize| {
            let f1 = |side: usize| {
                let of_side: Vec<Row> = (0..n).map(|unit| systems[side ^ (swaps >> unit & 1)][unit]).collect();
                f1_of(&of_side, 0..n)
            };
            f1(0) - f1(1)
        };
        let is_as_large = |swaps: &usize| difference(*swaps).abs() >= difference(0).abs() - 1e-12;
        let expected = (0..1 << n).filter(is_as_large).count() as f64 / (1 << n) as f64;
        let [first, second] = systems.each_ref().map(|rows| units(rows));
        let found = randomization(&first, &second, micro_f1, &EXACT_SHUFFLES).expect("a test");
        prop_assert_eq!(found.computation, Computation::Exact);
        prop_assert!((found.p_value - expected).abs() < 1e-12, "{} {}", found.p_value, expected);
        prop_assert_eq!(found.difference, difference(0));
        let turned = randomization(&second, &first, micro_f1, &EXACT_SHUFFLES).expect("a test");
        prop_assert_eq!((turned.p_value, turned.difference), (found.p_value, -found.difference));
    }

    #[test]
    fn exact_intervals_are_those_of_all_resamples([rows, _] in pairs(1..5)) {
        let n = rows.len();
        let resample = |code: usize| f1_of(&rows, (0..n as u32).map(move |index| code / n.pow(index) % n));
        let mut all: Vec<f64> = (0..n.pow(n as u32)).map(resample).collect();
        all.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| {
            let position = (all.len() - 1) as f64 * share;
            let (low, high) = (all[position.floor() as usize], all[position.ceil() as usize]);
            low + (high - low) * position.fract()
        };
        let found = interval(&units(&rows), micro_f1, &EXACT).expect("an interval");
        prop_assert_eq!(found.computation, Computation::Exact);
        prop_assert!((found.mean - all.iter().sum::<f64>() / all.len() as f64).abs() < 1e-12);
        prop_assert!((found.interval.lower - quantile(0.025)).abs() < 1e-12);
        prop_assert!((found.interval.upper - quantile(0.975)).abs() < 1e-12);
    }

    #[test]
    fn a_system_does_not_differ_from_itself([rows, _] in prop_oneof![pairs(1..8), pairs(16..30)]) {
        let system = units(&rows);
        for (resampling, shuffling) in [(EXACT, EXACT_SHUFFLES), (DRAWN, DRAWN_SHUFFLES)] {
            let (resampling, shuffling) = (Resampling { resamples: 50, ..resampling }, Shuffling { rounds: 50, ..shuffling });
            let test = randomization(&system, &system, micro_f1, &shuffling).expect("a test");
            prop_assert_eq!((test.p_value, test.n_different), (1.0, 0));
            let found = paired_bootstrap(&system, &system, micro_f1, &resampling).expect("a comparison");
            prop_assert_eq!((found.share_not_above, found.share_above_twice), (1.0, 0.0));
            prop_assert_eq!((found.difference.interval.lower, found.difference.interval.upper), (0.0, 0.0));
            let systems = (vec![system.clone(); 2], vec![system.clone(); 3]);
            match compare_over_seeds(&systems.0, &systems.1, Seeds::Independent, micro_f1, &resampling) {
                Ok(found) => prop_assert_eq!(found.p_value, 1.0),
                Err(error) => prop_assert_eq!((error, rows.len()), (EvalError::OneUnit, 1)),
            }
        }
    }

    #[test]
    fn no_counts_panic(
        systems in prop_oneof![1..8_usize, 16..40_usize].prop_flat_map(|n| (wild_rows(n), wild_rows(n))),
        draws in 1..40_u32,
        bounds in prop_oneof![Just(Bounds::Percentile), Just(Bounds::Bca)],
        exactness in prop_oneof![Just(Exactness::WhereFeasible), Just(Exactness::Never)],
    ) {
        let (first, second) = (units(&systems.0), units(&systems.1));
        let resampling = Resampling { resamples: draws, bounds, exactness, ..DRAWN };
        for statistic in [any_ratio, micro_f1, macro_f1] {
            let (Ok(alone), Ok(both)) = (
                interval(&first, statistic, &resampling),
                paired_bootstrap(&first, &second, statistic, &resampling),
            ) else {
                continue;
            };
            prop_assert!(alone.interval.lower <= alone.interval.upper);
            prop_assert!(both.difference.interval.lower <= both.difference.interval.upper);
            prop_assert!((0.0..=1.0).contains(&both.share_not_above) && (0.0..=1.0).contains(&both.share_above_twice));
            let shuffling = Shuffling { rounds: draws, seed: 1, exactness };
            let test = randomization(&first, &second, statistic, &shuffling).expect("a test");
            prop_assert!(test.p_value > 0.0 && test.p_value <= 1.0);
            let systems = [vec![first.clone(), second.clone()], vec![second.clone(), second.clone()]];
            for seeds in [Seeds::Paired, Seeds::Independent] {
                match compare_over_seeds(&systems[0], &systems[1], seeds, statistic, &resampling) {
                    Ok(found) => prop_assert!(found.p_value > 0.0 && found.p_value <= 1.0, "{:?}", found),
                    Err(EvalError::OneUnit) => prop_assert_eq!(first.len(), 1),
                    // Four runs may be too large where two are not.
                    Err(error) => prop_assert!(matches!(error, EvalError::CountsTooLarge { .. }), "{}", error),
                }
            }
        }
    }

    #[test]
    fn adjusted_values_keep_order_and_are_no_smaller(p_values in prop::collection::vec(0.0..=1.0_f64, 0..12)) {
        let adjusted = holm(&p_values).expect("p-values");
        for (left, of_left) in p_values.iter().zip(&adjusted) {
            prop_assert!(of_left >= left && *of_left <= 1.0);
            for (right, of_right) in p_values.iter().zip(&adjusted) {
                prop_assert!(left > right || of_left <= of_right);
            }
        }
    }

    #[test]
    fn documents_add_up_to_the_corpus([rows, _] in pairs(1..20), n_documents in 1..5_usize) {
        let sentences = units(&rows);
        let documents = sentences.by_document(&(0..rows.len()).map(|unit| unit % n_documents).collect::<Vec<_>>());
        let documents = documents.expect("documents");
        prop_assert_eq!(documents.len(), n_documents.min(rows.len()));
        prop_assert_eq!(documents.sum(), sentences.sum());
    }
}

#[test]
fn numbers_say_where_they_come_from() {
    let [first, second] = sixty();
    let percentile = Resampling { bounds: Bounds::Percentile, confidence: 0.999, ..Resampling::seeded(1) };
    let one = interval(&units(&[[1, 2, 2]]), micro_f1, &Resampling::seeded(1)).expect("an interval");
    let systems = [[first.clone(), second.clone()], [second.clone(), second.clone()]];
    let seeds = compare_over_seeds(&systems[0], &systems[1], Seeds::Paired, micro_f1, &Resampling::seeded(1));
    let always = Shuffling { exactness: Exactness::Never, ..Shuffling::seeded(1) };
    let far = randomization(&units(&[[1, 1, 1]; 60]), &units(&[[0, 1, 1]; 60]), micro_f1, &Shuffling::seeded(1));
    let said = [
        interval(&first, micro_f1, &Resampling::seeded(1)).expect("an interval").to_string(),
        format!("{:.2}", interval(&first, micro_f1, &percentile).expect("an interval")),
        one.to_string(),
        seeds.expect("a comparison").to_string(),
        randomization(&first, &second, micro_f1, &always).expect("a test").to_string(),
        far.expect("a test").to_string(),
    ];
    expect![[r#"
        0.7407, 95 % interval 0.6434 to 0.8193 (BCa bootstrap, 10000 resamples)
        0.74, 99.9 % interval 0.57 to 0.87 (percentile bootstrap, 10000 resamples)
        0.5000, 95 % interval 0.5000 to 0.5000 (percentile bootstrap, no BCa since there is one unit, all resamples)
        0.0251, 95 % interval -0.2942 to 0.3445 (Student's t over runs and units, 10000 resamples), p 0.5000
        p 0.4532 (randomization test, 10000 shuffles; 36 of 60 units counted differently)
        p <0.0001 (randomization test, all shuffles; 60 of 60 units counted differently)
    "#]]
    .assert_eq(&said.map(|line| line + "\n").concat());
}

/// Two systems compared in one call, by their tags.
mod pairs {
    use super::*;
    use serde_json::json;
    use welt_eval::uncertainty::{self, PairedTest, Seeded};
    use welt_eval::{Pairs, Scheme};

    /// Tags that are counted as a record says: gold entities of one word each, of which the first are found, and behind them the spurious ones.
    fn systems(record: &Value) -> [Pairs; 2] {
        let of = |name: &str| record[name].clone();
        let gold: Vec<u64> = serde_json::from_value(of("gold")).expect("gold counts");
        let found =
            ["a", "b"].map(|name| serde_json::from_value::<Vec<[u64; 2]>>(of(name)).expect("counts of a system"));
        let tags = |n_words: u64, inside: &dyn Fn(u64) -> bool| -> Vec<&str> {
            (0..n_words).map(|word| if inside(word) { "B-X" } else { "O" }).collect()
        };
        let n_words = |sentence: usize| {
            let n_spurious = |found: &Vec<[u64; 2]>| found[sentence][1] - found[sentence][0];
            gold[sentence] + found.iter().map(n_spurious).max().unwrap_or(0)
        };
        let of_gold = |sentence: usize| tags(n_words(sentence), &|word| word < gold[sentence]);
        let gold_rows: Vec<_> = (0..gold.len()).map(of_gold).collect();
        [&found[0], &found[1]].map(|found| {
            let of_found = |(sentence, [right, predicted]): (usize, &[u64; 2])| {
                let spurious = gold[sentence]..gold[sentence] + predicted - right;
                tags(n_words(sentence), &|word| word < *right || spurious.contains(&word))
            };
            let rows: Vec<_> = found.iter().enumerate().map(of_found).collect();
            Pairs::new(&gold_rows, &rows).expect("as many of both")
        })
    }

    #[test]
    fn recorded_comparisons_are_found_by_tags_too() {
        for record in records::records("significance") {
            let what = record["id"].as_str().expect("an id");
            let number = |value: &Value| value.as_f64().expect("a number");
            let [first, second] = systems(&record);
            let test = uncertainty::compare(&first, &second).expect("the same sentences").micro_f1().seed(1);
            let test = test.bounds(Bounds::Percentile).run().expect("a test");
            check_near(test.first, number(&record["f1_a"]), 1e-12, what);
            check_near(test.second, number(&record["f1_b"]), 1e-12, what);
            check_near(test.difference(), number(&record["delta"]), 1e-12, what);
            check_near(test.p_value(), number(&record["approx_randomization_exact_p"]), 1e-9, what);
            if let Some(exact) = record["bootstrap_exact"].as_object() {
                check_near(test.bootstrap.share_not_above, number(&exact["frac_delta_le_0"]), 1e-9, what);
                check_near(test.bootstrap.share_above_twice, number(&exact["frac_delta_gt_2obs"]), 1e-9, what);
            }
        }
    }

    /// Sentences of two types with errors of every kind.
    fn two_types() -> [Pairs; 2] {
        let rows =
            |text: &'static str| -> Vec<Vec<&str>> { text.split(" / ").map(|s| s.split(' ').collect()).collect() };
        let gold = rows("B-A I-A O / B-B O O / B-A O B-B / O O O / B-A I-A I-A");
        let first = rows("B-A I-A O / B-A O O / B-A O B-B / O O B-B / B-A I-A O");
        let second = rows("B-A O O / O O O / B-A O I-A / O O O / B-A I-A I-A");
        [Pairs::new(&gold, &first).expect("pairs"), Pairs::new(&gold, &second).expect("pairs")]
    }

    fn ask<'p>([first, second]: &'p [Pairs; 2], ask: impl Fn(uncertainty::Pairing<'p>) -> Seeded<'p>) -> PairedTest {
        ask(uncertainty::compare(first, second).expect("the same sentences")).run().expect("a test")
    }

    #[test]
    fn every_metric_is_that_of_its_report() {
        use welt_eval::{Chunking, faireval, seqeval};
        let both = two_types();
        let [first, second] = [&both[0], &both[1]].map(|pairs| seqeval::default(pairs).expect("a report"));
        let check = |test: PairedTest, of: &dyn Fn(&seqeval::Report) -> f64| {
            check_near(test.first, of(&first), 1e-12, &test.metric.to_string());
            check_near(test.second, of(&second), 1e-12, &test.metric.to_string());
            check_near(test.difference(), of(&first) - of(&second), 1e-12, &test.metric.to_string());
        };
        check(ask(&both, |pair| pair.micro_f1().seed(1)), &|report| report.micro.f1);
        check(ask(&both, |pair| pair.micro_precision().seed(1)), &|report| report.micro.precision);
        check(ask(&both, |pair| pair.micro_recall().seed(1)), &|report| report.micro.recall);
        check(ask(&both, |pair| pair.macro_f1().seed(1)), &|report| report.macro_average.f1);
        check(ask(&both, |pair| pair.f1_of("A").seed(1)), &|report| report.per_type["A"].f1);
        check(ask(&both, |pair| pair.precision_of("B").seed(1)), &|report| report.per_type["B"].precision);
        check(ask(&both, |pair| pair.recall_of("B").seed(1)), &|report| report.per_type["B"].recall);
        let fair = |pairs| {
            let report = faireval::score(pairs, Chunking::Lenient).expect("a report");
            report.tally.total().scores(&faireval::Weights::FAIR).f1
        };
        let test = ask(&both, |pair| pair.fair_f1().seed(1));
        check_near(test.first, fair(&both[0]), 1e-12, "fair");
        check_near(test.second, fair(&both[1]), 1e-12, "fair");
        let strict = ask(&both, |pair| pair.strict(Scheme::Iob2).micro_f1().seed(1));
        let report = seqeval::strict(&both[1], Scheme::Iob2).expect("a report");
        check_near(strict.second, report.micro.f1, 1e-12, "strict");
    }

    #[test]
    fn one_call_is_the_calls_below_it() {
        let both = two_types();
        let units = [&both[0], &both[1]].map(|pairs| {
            let counts = pairs.iter().map(|sentence| {
                let one = Pairs::new(&[sentence.gold], &[sentence.predicted]).expect("pairs");
                welt_eval::seqeval::default(&one).expect("a report").counts.values().sum::<Counts>()
            });
            Units::of(&counts.collect::<Vec<_>>())
        });
        let test = ask(&both, |pair| pair.micro_f1().seed(7).rounds(500).exactness(Exactness::Never).confidence(0.9));
        let resampling =
            Resampling { resamples: 500, confidence: 0.9, exactness: Exactness::Never, ..Resampling::seeded(7) };
        let below = paired_bootstrap(&units[0], &units[1], micro_f1, &resampling).expect("a comparison");
        assert_eq!(test.bootstrap, below);
        let shuffling = Shuffling { rounds: 500, exactness: Exactness::Never, ..Shuffling::seeded(7) };
        assert_eq!(test.randomization, randomization(&units[0], &units[1], micro_f1, &shuffling).expect("a test"));

        let documents = [0, 0, 1, 1, 2];
        let test = {
            let [first, second] = two_types().map(|pairs| pairs.with_documents(&documents).expect("as many"));
            ask(&[first, second.clone()], |pair| pair.by_document().micro_f1().seed(7))
        };
        let units = units.map(|units| units.by_document(&documents).expect("as many"));
        let below = paired_bootstrap(&units[0], &units[1], micro_f1, &Resampling::seeded(7)).expect("a comparison");
        assert_eq!((test.bootstrap, test.randomization.n_units), (below, 3));
    }

    fn drawn(measured: uncertainty::Measured<'_>) -> Seeded<'_> {
        measured.seed(3).rounds(99).exactness(Exactness::Never)
    }

    #[test]
    fn a_test_says_what_decided_it() {
        let both = two_types();
        expect![[r#"
            F1 of A on 5 sentences, entities read in mode strict IOB2

            first       0.5714
            second      0.6667
            difference -0.0952   95 % interval -1.0000 to 0.7815 (BCa bootstrap, 99 resamples of seed 3)
            p           1.0000   randomization test, 99 shuffles of seed 3; 3 sentences counted differently
        "#]]
        .assert_eq(&ask(&both, |pair| drawn(pair.strict(Scheme::Iob2).f1_of("A"))).to_string());
        expect![[r#"
            macro F1 on 5 sentences, entities read in mode default

            first       0.54
            second      0.29
            difference  0.25   95 % interval -0.50 to 0.72 (BCa bootstrap, all resamples)
            p           0.75   randomization test, all shuffles; 5 sentences counted differently
        "#]]
        .assert_eq(&format!("{:.2}", ask(&both, |pair| pair.macro_f1().seed(1))));
        let first = both[0].clone().with_documents(&["x", "x", "y", "y", "y"]).expect("as many");
        expect![[r#"
            fair F1 on 2 documents, entities read in mode default

            first       0.6667
            second      0.5714
            difference  0.0952   95 % interval -0.1162 to 0.6238 (BCa bootstrap, all resamples)
            p           1.0000   randomization test, all shuffles; 2 documents counted differently
        "#]]
        .assert_eq(&ask(&[first, both[1].clone()], |pair| pair.by_document().fair_f1().seed(1)).to_string());
        expect![[r#"
            micro F1 on 5 sentences, entities read in mode default

            first       0.5455
            second      0.5455
            difference  0.0000   95 % interval 0.0000 to 0.0000 (percentile bootstrap, no BCa since no unit moves it, all resamples)
            p           1.0000   randomization test, all shuffles; 0 sentences counted differently
        "#]]
            .assert_eq(&ask(&[both[0].clone(), both[0].clone()], |pair| pair.micro_f1().seed(1)).to_string());
    }

    #[test]
    fn what_is_no_question_is_an_error() {
        let said = |systems: [&str; 2]| {
            let [first, second] = systems.map(|text| Pairs::parse(text).expect("pairs"));
            let test =
                uncertainty::compare(&first, &second).and_then(|pair| pair.by_document().f1_of("B").seed(1).run());
            format!("{}\n", test.expect_err("an error"))
        };
        let cases = [
            ["a O O\n", "a O O\n\nb O O\n"],
            ["a O O\nb B-A O\n", "a O O\n"],
            ["a O O\nb B-A O\n", "a O O\nc B-A O\n"],
            ["O O\nB-A O\n", "a O O\nb B-B O\n"],
            ["a B-B O\n", "a B-B O\n"],
            ["-DOCSTART-\na B-B O\n\nb O O\n", "-DOCSTART-\na B-B O\n\n-DOCSTART-\nb O O\n"],
            ["-DOCSTART-\na B-A O\n", "a B-A B-C\n"],
            ["", ""],
        ];
        expect![[r#"
            the systems have 1 and 2 sentences, expected the same sentences in both
            sentence 0 (counted from 0) has 2 words in the first system and 1 in the second, expected the same words in both
            word 1 of sentence 0 (both counted from 0) is `b` in the first system and `c` in the second, expected the same words and gold tags in both
            gold tag 1 of sentence 0 (both counted from 0) is `B-A` in the first system and `B-B` in the second, expected the same words and gold tags in both
            the documents of the sentences are not known, expected -DOCSTART- lines in the text of a system, or names of documents
            sentence 1 (counted from 0) stands in another document in the second system, expected the same documents in both
            there is no entity of type `B` in gold or predictions, expected a type that occurs: A, C
            there is no entity of type `B` in gold or predictions, expected a type that occurs: there is none
        "#]].assert_eq(&cases.map(said).concat());
        let pairs = Pairs::parse("a B-A O\n").expect("pairs");
        let strict = uncertainty::compare(&pairs, &pairs).map(|pair| pair.strict(Scheme::Ioe2).micro_f1().seed(1));
        expect!["the gold tags of sentence 0 cannot be read"]
            .assert_eq(&strict.and_then(Seeded::run).expect_err("an error").to_string());
        assert_eq!(json!(uncertainty::Unit::Document), "document");
    }
}
