//! A word for every system that is compared: helps, hurts, the same, or not known, with what would tell.
//! Units of several runs of each system go in, words come out, as a report finds them for one corpus.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use welt_eval::uncertainty::{self, Method, Resampling, Seeds, Units, compare_over_seeds, micro_f1, paired_bootstrap};
use welt_eval::verdict::{Corpus, Grid, Pairs, Run, UnitNoise, judge};

use super::systems::SystemRuns;

/// A word for each of the others, whose runs and those of the baseline are pairs in their order.
pub fn words(
    baseline: &SystemRuns,
    others: &[SystemRuns],
    resampling: &Resampling,
    margin: f64,
) -> Result<Vec<String>> {
    let runs = |system: &SystemRuns| -> BTreeMap<u64, Run> {
        let run = |units: &Units| {
            let sum = units.sum();
            Run { f1: 100.0 * micro_f1(&sum), right: uncertainty::total(&sum).true_positives }
        };
        (1..).zip(system.runs.iter().map(run)).collect()
    };
    let corpus = Corpus {
        name: String::new(),
        source: String::new(),
        units: baseline.runs.first().map_or(0, Units::len),
        vanilla: runs(baseline),
        methods: others.iter().map(runs).collect(),
    };
    let methods = others.iter().map(|system| system.name.clone()).collect();
    let grid = Grid { level: 1.0 - resampling.confidence, margin, methods, corpora: vec![corpus] };
    let noise = |pairs: &Pairs| unit_noise(baseline, &others[pairs.method], &pairs.seeds, resampling);
    let judgement = judge::<anyhow::Error>(&grid, noise)?;
    Ok(judgement.methods.into_iter().map(|method| method.text).collect())
}

/// What the test set adds to the noise of the mean difference over these runs, in points squared.
fn unit_noise(baseline: &SystemRuns, other: &SystemRuns, seeds: &[u64], resampling: &Resampling) -> Result<UnitNoise> {
    let chosen = |system: &SystemRuns| -> Vec<Units> {
        seeds.iter().filter_map(|seed| system.runs.get(usize::try_from(*seed).ok()?.checked_sub(1)?).cloned()).collect()
    };
    let (first, second) = (chosen(other), chosen(baseline));
    let points = |standard_error: f64| (100.0 * standard_error).powi(2);
    if let ([first], [second]) = (&first[..], &second[..]) {
        let found = paired_bootstrap(first, second, micro_f1, resampling)?.difference;
        let all = points(found.standard_error);
        return Ok(UnitNoise { common: all, these_runs: all });
    }
    let found = compare_over_seeds(&first, &second, Seeds::Paired, micro_f1, resampling)?.difference;
    match found.interval.method {
        Method::Student { units_standard_error, fixed_runs_standard_error, .. } => {
            Ok(UnitNoise { common: points(units_standard_error), these_runs: points(fixed_runs_standard_error) })
        }
        other => bail!("runs were compared by {other:?}, expected Student's t"),
    }
}
