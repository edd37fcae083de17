//! The verdict of whole grids against the reference values of `golden/analysis`, which two other implementations gave.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::Value;
use welt_eval::EvalError;
use welt_eval::verdict::{
    Basis, Corpus, Grid, Judgement, OfCorpora, Reading, Run, Test, UnitNoise, Verdict, collapsed, judge,
};

/// Relative, and absolute below 1.
const TOLERANCE: f64 = 1e-9;
const OF_P_VALUES: f64 = 1e-8;
/// It is a root of an integral.
const OF_VISIBLE: f64 = 1e-6;

fn grids(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/analysis").join(file);
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path).expect("the file")).read_to_string(&mut text).expect("a packed text");
    serde_json::from_str(&text).expect("JSON")
}

/// What is compared, and how many numbers were.
struct Checked {
    name: String,
    count: usize,
}

impl Checked {
    fn number(&mut self, what: &str, found: Option<f64>, expected: &Value, tolerance: f64) {
        let name = &self.name;
        self.count += 1;
        match (found, expected.as_f64()) {
            (Some(found), Some(expected)) => assert!(
                (found - expected).abs()
                    <= tolerance * expected.abs().max(if tolerance == TOLERANCE { 1.0 } else { 0.0 }),
                "{name}, {what}: {found:e}, expected {expected:e}"
            ),
            (found, expected) => assert_eq!(found, expected, "{name}, {what}"),
        }
    }

    fn text(&mut self, what: &str, found: &str, expected: &Value) {
        self.count += 1;
        assert_eq!(Some(found), expected.as_str(), "{}, {what}", self.name);
    }

    fn interval(&mut self, what: &str, found: [f64; 2], expected: &Value) {
        for end in 0..2 {
            self.number(what, Some(found[end]), &expected[end], TOLERANCE);
        }
    }
}

/// The methods that are compared: those that share the runs of another are not.
fn compared(input: &Value) -> Vec<String> {
    let shares = |name: &&str| input["same_runs"].get(*name).is_some_and(|of| !of.is_null());
    let names = input["methods"].as_array().expect("a list").iter().map(|name| name.as_str().expect("a text"));
    names.filter(|name| !shares(name)).map(str::to_owned).collect()
}

fn runs(of: Option<&Value>) -> BTreeMap<u64, Run> {
    let run = |(seed, run): (&String, &Value)| {
        let right = run["right"].as_u64().expect("a count") as usize;
        (seed.parse().expect("a seed"), Run { f1: run["f1"].as_f64().expect("a number"), right })
    };
    of.and_then(Value::as_object).into_iter().flatten().map(run).collect()
}

fn grid(input: &Value) -> Grid {
    let methods = compared(input);
    let corpus = |of: &Value| Corpus {
        name: of["name"].as_str().expect("a text").to_owned(),
        source: of["source"].as_str().expect("a text").to_owned(),
        units: of["sentences"].as_u64().expect("a count") as usize,
        vanilla: runs(of["runs"].get("vanilla")),
        methods: methods.iter().map(|name| runs(of["runs"].get(name))).collect(),
    };
    let corpora = input["corpora"].as_array().expect("a list").iter().map(corpus).collect();
    Grid {
        level: input["level"].as_f64().expect("a number"),
        margin: input["margin"].as_f64().expect("a number"),
        methods,
        corpora,
    }
}

fn judged(input: &Value, grid: &Grid) -> Judgement {
    judge::<EvalError>(grid, |pairs| {
        let reading = match pairs.reading {
            Reading::Trained => "trained",
            Reading::All => "all",
        };
        let noise = &input["corpora"][pairs.corpus]["noise"][&grid.methods[pairs.method]][reading];
        let [common, these_runs] = ["units", "fixed"].map(|part| noise[part].as_f64().expect("a number"));
        Ok(UnitNoise { common, these_runs })
    })
    .expect("a grid that can be judged")
}

fn check_test(checked: &mut Checked, test: &Test, found: &Verdict, expected: &Value) {
    let number = |checked: &mut Checked, key: &str, found: f64| {
        checked.number(key, Some(found), &expected[key], TOLERANCE);
    };
    number(checked, "standard_error", test.standard_error);
    number(checked, "degrees_of_freedom", test.degrees_of_freedom);
    number(checked, "first_level", test.first_level);
    number(checked, "least_margin", test.least_margin);
    for (key, found) in [("p_same", test.p_same), ("holm", test.adjusted), ("holm_same", test.adjusted_same)] {
        checked.number(key, Some(found), &expected[key], OF_P_VALUES);
    }
    checked.interval("interval", test.interval, &expected["interval"]);
    checked.interval("interval_first", test.simultaneous, &expected["interval_first"]);
    checked.number("visible", found.visible, &expected["visible"], OF_VISIBLE);
    checked.number("visible_holm", found.visible_first, &expected["visible_holm"], OF_VISIBLE);
}

fn check_reading(checked: &mut Checked, found: &Verdict, expected: &Value) {
    let primary = &found.primary;
    checked.number("p", primary.test.map(|test| test.p_value), &expected["p"], OF_P_VALUES);
    checked.text("word", found.word.name(), &expected["word"]);
    checked.text("text", &found.text, &expected["text"]);
    assert_eq!(Some(found.within_margin), expected["within_margin"].as_bool(), "{}", checked.name);
    for (key, found) in [("more_seeds", found.more_seeds), ("more_sources", found.more_sources)] {
        checked.number(key, found.map(|n| n as f64), &expected[key], 0.0);
    }
    checked.number("sources", Some(primary.n_sources as f64), &expected["sources"], 0.0);
    checked.number("corpora", Some(primary.n_corpora as f64), &expected["corpora"], 0.0);
    if primary.basis.is_some() {
        checked.number("theta", Some(primary.difference), &expected["theta"], TOLERANCE);
    }
    match &primary.basis {
        Some(Basis::Sources { means, deviation }) => {
            checked.text("basis", "sources", &expected["basis"]);
            checked.number("sd", Some(*deviation), &expected["sd"], TOLERANCE);
            for (source, mean) in means {
                checked.number(source, Some(*mean), &expected["source_means"][source], TOLERANCE);
            }
        }
        Some(Basis::Seeds { differences, units, n_units, .. }) => {
            checked.text("basis", "seeds", &expected["basis"]);
            for (index, (seed, difference)) in differences.iter().enumerate() {
                checked.text("seed", &seed.to_string(), &expected["seeds"][index]);
                checked.number("per_seed", Some(*difference), &expected["per_seed"][index], TOLERANCE);
            }
            checked.number("units_variance", Some(units.common), &expected["units_variance"], TOLERANCE);
            checked.number("fixed_runs_variance", Some(units.these_runs), &expected["fixed_runs_variance"], TOLERANCE);
            checked.number("units", Some(*n_units as f64), &expected["units"], 0.0);
        }
        None => assert!(expected["basis"].is_null(), "{}", checked.name),
    }
    if let Some(test) = &primary.test {
        check_test(checked, test, found, expected);
    }
}

fn check_corpora(checked: &mut Checked, found: &OfCorpora, grid: &Grid, n_tests: usize, expected: &Value) {
    let prior = &expected["prior"];
    assert_eq!(found.prior.is_some(), !prior.is_null(), "{}", checked.name);
    if let Some(found) = &found.prior {
        checked.number("floor", Some(found.floor), &prior["floor"], TOLERANCE);
        checked.number("d0_fitted", found.fitted_degrees_of_freedom, &prior["d0_fitted"], TOLERANCE);
        checked.number("d0", Some(found.degrees_of_freedom), &prior["d0"], TOLERANCE);
        checked.number("s0_squared", Some(found.variance), &prior["s0_squared"], TOLERANCE);
    }
    assert_eq!(found.corpora.len(), expected["corpora"].as_object().expect("an object").len(), "{}", checked.name);
    for of in &found.corpora {
        let expected = &expected["corpora"][&grid.corpora[of.corpus].name];
        checked.number("pairs", Some(of.n_pairs as f64), &expected["pairs"], 0.0);
        checked.number("mean", Some(of.difference), &expected["mean"], TOLERANCE);
        checked.number("p", of.test.map(|test| test.p_value), &expected["p"], OF_P_VALUES);
        checked.number("holm", of.test.map(|test| test.adjusted), &expected["holm"], OF_P_VALUES);
        let Some(test) = of.test else { continue };
        for (key, found) in [
            ("s_squared", test.variance),
            ("moderated_s_squared", test.moderated_variance),
            ("degrees_of_freedom", test.degrees_of_freedom),
            ("margin", test.margin),
        ] {
            checked.number(key, Some(found), &expected[key], TOLERANCE);
        }
        checked.interval("interval", test.interval, &expected["interval"]);
        checked.number("visible", test.visible(grid.level), &expected["visible"], OF_VISIBLE);
        checked.number(
            "visible_holm",
            test.visible(grid.level / n_tests as f64),
            &expected["visible_holm"],
            OF_VISIBLE,
        );
    }
    let shrunken = &expected["shrunken"];
    assert_eq!(found.shrunken.is_some(), !shrunken.is_null(), "{}", checked.name);
    let Some(found) = &found.shrunken else { return };
    checked.number("tau_squared", Some(found.tau_squared), &shrunken["tau_squared"], 1e-8);
    checked.number("mu", Some(found.mean), &shrunken["mu"], TOLERANCE);
    assert_eq!(found.corpora.len(), shrunken["corpora"].as_object().expect("an object").len(), "{}", checked.name);
    for of in &found.corpora {
        let expected = &shrunken["corpora"][&grid.corpora[of.corpus].name];
        for (key, found) in [
            ("B", of.shrinkage),
            ("estimate", of.estimate),
            ("standard_error", of.standard_error),
            ("degrees_of_freedom", of.degrees_of_freedom),
        ] {
            checked.number(key, Some(found), &expected[key], TOLERANCE);
        }
        checked.interval("interval", of.interval, &expected["interval"]);
    }
}

/// Holds every value of a file against ours, and tells how many there were.
fn check(file: &str) -> usize {
    let mut count = 0;
    for case in grids(file) {
        let (input, expected) = (&case["input"], &case["expected"]);
        let grid = grid(input);
        let judgement = judged(input, &grid);
        let mut checked = Checked { name: case["name"].as_str().expect("a text").to_owned(), count: 0 };
        let methods = expected["methods"].as_array().expect("a list");
        assert_eq!(judgement.methods.len(), methods.len(), "{}", checked.name);
        for corpus in &grid.corpora {
            let expected = &expected["corpora"][&corpus.name]["collapsed"];
            let names = std::iter::once((None, "vanilla"))
                .chain(grid.methods.iter().enumerate().map(|(method, name)| (Some(method), name.as_str())));
            for (method, name) in names {
                let found: Vec<String> = collapsed(corpus, method).iter().map(u64::to_string).collect();
                let expected: Vec<&str> =
                    expected[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                assert_eq!(found, expected, "{}, {name} on {}", checked.name, corpus.name);
            }
        }
        for found in &judgement.methods {
            let method = &found.method;
            checked.name = format!("{}, {method}", case["name"].as_str().expect("a text"));
            check_reading(&mut checked, &found.trained, &expected["readings"]["trained"][method]);
            check_reading(&mut checked, &found.all, &expected["readings"]["all"][method]);
            check_corpora(
                &mut checked,
                &found.corpora,
                &grid,
                judgement.n_corpus_tests,
                &expected["secondary"][method],
            );
            checked.text("text", &found.text, &expected["words"][method]["text"]);
        }
        count += checked.count;
    }
    count
}

#[test]
fn made_up_grids_are_judged_as_the_reference_does() {
    let count = check("cases.json.gz");
    assert!(count > 8000, "only {count} values were compared");
}

#[test]
fn committed_grids_are_judged_as_the_reference_does() {
    let count = check("committed.json.gz");
    assert!(count > 700, "only {count} values were compared");
}

fn refused(change: impl FnOnce(&mut Grid)) -> String {
    let case = &grids("committed.json.gz")[0];
    let mut grid = grid(&case["input"]);
    change(&mut grid);
    let noise = |_: &_| Ok(UnitNoise { common: 0.1, these_runs: 0.2 });
    judge::<EvalError>(&grid, noise).expect_err("a grid that is none").to_string()
}

#[test]
fn what_is_no_grid_is_refused() {
    assert_eq!(refused(|grid| grid.level = 1.0), "the level is 1, expected a number above 0 and below 1");
    assert_eq!(
        refused(|grid| grid.margin = f64::NAN),
        "the margin is NaN, expected points of F1 above 0 and at most 100"
    );
    let expected = "the number of methods on bc2gm is 5, expected as many as the grid has";
    assert_eq!(refused(|grid| drop(grid.corpora[3].methods.pop())), expected);
    let spoil = |grid: &mut Grid| grid.corpora[0].vanilla.get_mut(&1).expect("a run").f1 = 171.0;
    assert_eq!(refused(spoil), "the F1 of a run on ncbi-disease with seed 1 is 171, expected points from 0 to 100");
}
