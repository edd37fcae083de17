//! How often the verdict is wrong on grids without an effect, and how often it sees one: a short run of what `examples/levels.rs` prints.

mod simulation;

use simulation::{Model, Spread, any_false_word, corpora_reject, primary_rejects, primary_sees, sources};

const ROUNDS: u32 = 1500;

/// Four standard errors of a share.
fn room(share: f64) -> f64 {
    4.0 * (share * (1.0 - share) / f64::from(ROUNDS)).sqrt()
}

fn check_at_most(found: f64, bound: f64, what: &str) {
    assert!(found <= bound + room(bound), "{what}: {found}, expected no more than {bound}");
}

fn check_about(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= room(expected) + 0.01, "{what}: {found}, expected about {expected}");
}

#[test]
fn the_test_over_sources_keeps_its_level() {
    for (n_corpora, n_sources, of_source) in [(7, 5, 0.0), (7, 5, 0.9), (6, 4, 0.6)] {
        let model = Model { of_source, tau: 3.0, run: 0.1, ..Model::of(&sources(n_corpora, n_sources), 1) };
        let [level, family] = model.shares(ROUNDS, primary_rejects);
        let what = format!("{n_corpora} corpora of {n_sources} sources that share {of_source}");
        check_about(level, 0.05, &what);
        check_at_most(family, 0.05, &what);
    }
    // Without knowing of the sources it would not.
    let blind = Model { knows_sources: false, of_source: 0.9, tau: 3.0, run: 0.1, ..Model::of(&sources(7, 5), 1) };
    let [level, _] = blind.shares(ROUNDS, primary_rejects);
    check_about(level, 0.119, "seven corpora taken for as many sources");
}

#[test]
fn corpora_whose_runs_spread_differently_do_no_harm() {
    let model = Model { spread: Spread::LogNormal(1.5), tau: 0.0, ..Model::of(&sources(7, 5), 2) };
    let [level, family] = model.shares(ROUNDS, primary_rejects);
    check_at_most(level, 0.05, "log-normal variances");
    check_at_most(family, 0.05, "log-normal variances, six methods");
}

#[test]
fn collapsed_runs_do_no_harm() {
    let model = Model { collapse: 0.05, ..Model::of(&sources(7, 7), 5) };
    let [level, _] = model.shares(ROUNDS, primary_rejects);
    check_about(level, 0.047, "a twentieth of the runs collapses");
}

#[test]
fn no_word_is_false_more_often_than_allowed() {
    let model = Model { effects: vec![0.0, 1.0, -1.0, 0.0, 1.0, -1.0], ..Model::of(&sources(8, 8), 5) };
    let [any] = model.shares(ROUNDS, any_false_word);
    check_at_most(any, 0.054, "any false word of six methods");
}

#[test]
fn three_points_are_seen_as_often_as_said() {
    for (n_corpora, n_sources, seeds, alone, first) in
        [(7, 5, 2, 0.68, 0.27), (8, 8, 1, 0.66, 0.32), (8, 8, 5, 0.97, 0.82)]
    {
        let model = Model { effects: vec![3.0], ..Model::of(&sources(n_corpora, n_sources), seeds) };
        let [found_alone, found_first] = model.shares(ROUNDS, primary_sees);
        let what = format!("{n_corpora} corpora of {n_sources} sources with {seeds} seeds");
        check_about(found_alone, alone, &what);
        check_about(found_first, first, &what);
    }
}

#[test]
fn tests_of_single_corpora_are_wrong_as_rarely_as_said() {
    for (spread, level, family) in [
        (Spread::Equal, 0.049, 0.01),
        (Spread::Moderate, 0.054, 0.02),
        (Spread::LogNormal(1.0), 0.055, 0.03),
        (Spread::LogNormal(1.5), 0.063, 0.05),
    ] {
        let model = Model { spread, units: 0.0, tau: 0.0, ..Model::of(&sources(5, 5), 2) };
        let [found_level, found_family] = model.shares(ROUNDS, corpora_reject);
        check_about(found_level, level, &format!("{spread:?}"));
        check_at_most(found_family, family + 0.01, &format!("{spread:?}, all tests"));
    }
}
