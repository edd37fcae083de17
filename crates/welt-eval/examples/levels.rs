//! Prints how often the verdict is wrong on made-up grids without an effect, and how often it sees an effect that is there.
//!
//! `cargo run --release -p welt-eval --example levels -- 20000` takes a few minutes; the number is that of the rounds of every line.

#[path = "../tests/simulation/mod.rs"]
mod simulation;

use simulation::{Model, Spread, any_false_word, corpora_reject, primary_rejects, primary_sees, sources};
use welt_eval::EvalError;
use welt_eval::uncertainty::power::{Estimated, Noise};
use welt_eval::verdict::{Grid, Reading, UnitNoise, corpora, primary};

fn main() {
    let rounds = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(4000);
    println!(
        "{rounds} rounds a line: the standard error of 5 % is {:.1} %.",
        100.0 * (0.0475 / f64::from(rounds)).sqrt()
    );
    levels(rounds);
    collapses(rounds);
    words(rounds);
    powers(rounds);
    single_corpora(rounds);
    shrunken(rounds);
    one_corpus();
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Shares that are printed in one line.
fn line(what: &str, shares: &[f64]) {
    println!("{what}: {}", shares.iter().map(|share| percent(*share)).collect::<Vec<_>>().join(", "));
}

fn levels(rounds: u32) {
    println!("\n## Level of the primary test, and of the first of six methods after Holm");
    for (n_corpora, n_sources) in [(7, 5), (6, 4)] {
        for of_source in [0.0, 0.3, 0.6, 0.9] {
            let model =
                Model { of_source, tau: 3.0, run: 0.1, units: 0.1, ..Model::of(&sources(n_corpora, n_sources), 1) };
            let what = format!("{n_corpora} corpora of {n_sources} sources that share {of_source}");
            line(&what, &model.shares(rounds, primary_rejects));
            let blind = Model { knows_sources: false, ..model };
            line(&format!("{what}, taken for {n_corpora} sources"), &blind.shares(rounds, primary_rejects));
        }
    }
    for spread in [Spread::Equal, Spread::Moderate, Spread::LogNormal(1.5)] {
        for (n_corpora, n_sources, seeds) in
            [(7, 5, 1), (7, 5, 2), (7, 5, 5), (3, 3, 2), (3, 3, 5), (1, 1, 2), (1, 1, 5)]
        {
            let model = Model { spread, tau: 0.0, ..Model::of(&sources(n_corpora, n_sources), seeds) };
            let what = format!("{n_corpora} corpora of {n_sources} sources, {seeds} seeds, {spread:?}");
            line(&what, &model.shares(rounds, primary_rejects));
        }
    }
}

/// Whether the first method has a p-value below 5 %, by trained pairs and by all pairs.
fn by_reading(model: &Model, grid: &Grid) -> [bool; 2] {
    [Reading::Trained, Reading::All].map(|reading| {
        let found = model.primary(grid, reading);
        found.first().and_then(|of| of.test).is_some_and(|test| test.p_value < 0.05)
    })
}

fn collapses(rounds: u32) {
    println!("\n## Collapsed runs: trained pairs, all pairs");
    for effect in [0.0, 4.0] {
        for (collapse, seeds) in [(0.05, 2), (0.05, 5), (0.1, 5)] {
            let effects = vec![effect];
            let model = Model { collapse, effects, ..Model::of(&sources(7, 7), seeds) };
            let what = format!("effect {effect}, {} of runs collapse, {seeds} seeds", percent(collapse));
            line(&what, &model.shares(rounds, by_reading));
        }
    }
}

fn words(rounds: u32) {
    println!("\n## Any false word of six methods whose effects are 0 or 1");
    for (n_corpora, n_sources, seeds) in [(7, 5, 2), (8, 8, 2), (8, 8, 5), (1, 1, 5)] {
        let effects = vec![0.0, 1.0, -1.0, 0.0, 1.0, -1.0];
        let model = Model { effects, ..Model::of(&sources(n_corpora, n_sources), seeds) };
        line(
            &format!("{n_corpora} corpora of {n_sources} sources, {seeds} seeds"),
            &model.shares(rounds, any_false_word),
        );
    }
}

/// Whether three points are seen on a corpus: as it was done before, alone and as the first of all tests.
fn old_test_sees(model: &Model, grid: &Grid) -> [bool; 2] {
    let first = Grid { corpora: grid.corpora[..1].to_vec(), ..grid.clone() };
    let family = 6.0 * grid.corpora.len() as f64;
    // Alone it has nothing to borrow from: this is the test over the seeds of one corpus.
    let noise = UnitNoise { common: model.units.powi(2), these_runs: model.units.powi(2) };
    let found = primary::<EvalError>(&first, Reading::Trained, |_| Ok(noise)).unwrap_or_default();
    let test = found.first().and_then(|of| of.test);
    [0.05, 0.05 / family].map(|level| test.is_some_and(|test| test.p_value < level))
}

fn powers(rounds: u32) {
    println!("\n## Power at 3 points: alone, first of six; before on one corpus: alone, first of all tests");
    for (n_corpora, n_sources) in [(6, 4), (7, 5), (8, 8)] {
        for seeds in [1, 2, 3, 5] {
            let model = Model { effects: vec![3.0], ..Model::of(&sources(n_corpora, n_sources), seeds) };
            let [alone, first] = model.shares(rounds, primary_sees);
            let [old, old_first] = model.shares(rounds, old_test_sees);
            line(
                &format!("{n_corpora} corpora of {n_sources} sources, {seeds} seeds"),
                &[alone, first, old, old_first],
            );
        }
    }
}

/// Whether 6 points are seen on the first corpus: moderated, alone and as the first of 42 tests; the same unmoderated.
fn corpus_sees(model: &Model, grid: &Grid) -> [bool; 4] {
    let noise = UnitNoise { common: model.units.powi(2), these_runs: model.units.powi(2) };
    let p = |grid: &Grid| {
        let found = corpora::<EvalError>(grid, |_| Ok(noise)).unwrap_or_default();
        found.first().and_then(|of| of.corpora.first()?.test).map_or(1.0, |test| test.p_value)
    };
    let (here, before) = (p(grid), p(&Grid { corpora: grid.corpora[..1].to_vec(), ..grid.clone() }));
    [here < 0.05, here < 0.05 / 42.0, before < 0.05, before < 0.05 / 42.0]
}

fn single_corpora(rounds: u32) {
    println!("\n## Single corpora: level, family-wise error of six methods");
    for spread in [Spread::Equal, Spread::Moderate, Spread::LogNormal(1.0), Spread::LogNormal(1.5)] {
        for (n_corpora, seeds) in [(4, 2), (5, 2), (5, 3), (5, 5), (8, 2)] {
            let model = Model { spread, units: 0.0, tau: 0.0, ..Model::of(&sources(n_corpora, n_corpora), seeds) };
            line(&format!("{n_corpora} corpora, {seeds} seeds, {spread:?}"), &model.shares(rounds, corpora_reject));
        }
    }
    println!("\n## Single corpora: 6 points seen alone, first of 42; before");
    for seeds in [2, 3, 5] {
        let model = Model { effects: vec![6.0], tau: 0.0, ..Model::of(&sources(7, 7), seeds) };
        line(&format!("{seeds} seeds"), &model.shares(rounds, corpus_sees));
    }
}

/// Whether the interval of the first corpus holds its true difference, and whether that of the outermost does.
fn holds_truth(model: &Model, round: u32) -> [bool; 2] {
    let mut dice = simulation::Dice::new(round);
    let truths: Vec<f64> = model.sources.iter().map(|_| model.tau * dice.normal()).collect();
    // Each corpus with its own truth: no other draws of effects.
    let still = Model { tau: 0.0, ..model.clone() };
    let mut grid = still.draw(&mut dice);
    for (corpus, truth) in grid.corpora.iter_mut().zip(&truths) {
        for run in corpus.methods.iter_mut().flat_map(|runs| runs.values_mut()) {
            run.f1 = (run.f1 + truth).clamp(0.0, 100.0);
        }
    }
    let found = still.corpora(&grid);
    let Some(shrunken) = found.first().and_then(|of| of.shrunken.as_ref()) else { return [true; 2] };
    let is_held = |index: usize| {
        let [low, high] = shrunken.corpora[index].interval;
        (low..=high).contains(&truths[index])
    };
    let outermost = (0..truths.len()).max_by(|one, other| truths[*one].abs().total_cmp(&truths[*other].abs()));
    [is_held(0), outermost.is_none_or(is_held)]
}

fn shrunken(rounds: u32) {
    println!("\n## Shrunken estimates: coverage of a 95 % interval, and of that of the outermost corpus");
    for (n_corpora, seeds, tau) in [(5, 2, 0.0), (5, 2, 1.0), (5, 2, 5.0), (8, 2, 1.0), (8, 5, 1.0), (8, 5, 5.0)] {
        let model = Model { effects: vec![0.0], tau, ..Model::of(&sources(n_corpora, n_corpora), seeds) };
        let held = (0..rounds).map(|round| holds_truth(&model, round).map(u32::from));
        let counts = held.fold([0; 2], |sum, one| [sum[0] + one[0], sum[1] + one[1]]);
        let what = format!("{n_corpora} corpora, {seeds} seeds, tau {tau}");
        line(&what, &counts.map(|count| f64::from(count) / f64::from(rounds)));
    }
}

fn one_corpus() {
    println!("\n## One corpus: points that are seen four times of five, alone and as the first of six");
    for seeds in [2, 3, 5, 10] {
        // Paired differences of runs whose standard deviation is 2.7 and correlation 0.4.
        let variance = 2.0 * 0.6 * 2.7 * 2.7 / f64::from(seeds);
        let estimated = Estimated { variance, degrees_of_freedom: f64::from(seeds) - 1.0 };
        let units = welt_eval::uncertainty::power::OfUnits { variance: 0.36, degrees_of_freedom: 769.0 };
        let noise = Noise { estimated, units: Some(units) };
        let [alone, first] = [0.05, 0.05 / 6.0].map(|level| noise.smallest_difference(level).unwrap_or(f64::NAN));
        println!("{seeds} seeds: {alone:.1}, {first:.1}");
    }
}
