//! What `welt.compare`, `welt.interval`, `welt.holm` and `welt.judge` are made of.
//! Gold and predicted tags of systems and of their runs in, tests, intervals and words out.

use std::collections::{BTreeMap, HashMap};

use pyo3::prelude::*;
use pythonize::pythonize;
use serde::Serialize;
use welt_eval::uncertainty::{
    self, Bounds, Estimate, Method, Metric, Ratio, Resampling, Seeds, Units, compare_over_seeds, micro_f1,
    paired_bootstrap,
};
use welt_eval::verdict::{Corpus, Grid, Pairs as RunPairs, Run, UnitNoise, judge};
use welt_eval::{Chunking, EvalError, Pairs, Scheme};

use crate::errors::{raised, refused};
use crate::input::PyPairs;
use crate::threads;

/// How systems are compared.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Question {
    metric: String,
    entity_type: Option<String>,
    scheme: Option<String>,
    by_document: bool,
    seed: u64,
    rounds: u32,
    confidence: f64,
    percentile: bool,
}

impl Question {
    fn metric(&self) -> PyResult<Metric> {
        let ratio = |name: &str| match name {
            "precision" => Some(Ratio::Precision),
            "recall" => Some(Ratio::Recall),
            "f1" => Some(Ratio::F1),
            _ => None,
        };
        match (self.metric.as_str(), &self.entity_type) {
            ("macro_f1", None) => Ok(Metric::MacroF1),
            ("fair_f1", None) => Ok(Metric::FairF1),
            (name, None) => ratio(name).map(Metric::Micro).ok_or_else(|| {
                refused(format!("the metric is `{name}`, expected f1, precision, recall, macro_f1 or fair_f1"))
            }),
            (name, Some(entity_type)) => match ratio(name) {
                Some(ratio) => Ok(Metric::OfType { entity_type: entity_type.clone(), ratio }),
                None => Err(refused(format!(
                    "the metric of type `{entity_type}` is `{name}`, expected f1, precision or recall"
                ))),
            },
        }
    }

    fn chunking(&self) -> PyResult<Chunking> {
        match self.scheme.as_deref() {
            None => Ok(Chunking::Lenient),
            Some(name) => name.parse::<Scheme>().map(Chunking::Strict).map_err(|error| raised(&error)),
        }
    }

    const fn resampling(&self) -> Resampling {
        let bounds = if self.percentile { Bounds::Percentile } else { Bounds::Bca };
        Resampling { resamples: self.rounds, confidence: self.confidence, bounds, ..Resampling::seeded(self.seed) }
    }

    fn checked(&self) -> PyResult<Asked> {
        let (metric, chunking) = (self.metric()?, self.chunking()?);
        Ok(Asked { metric, chunking, by_document: self.by_document, resampling: self.resampling() })
    }
}

/// A question whose names are known.
struct Asked {
    metric: Metric,
    chunking: Chunking,
    by_document: bool,
    resampling: Resampling,
}

impl Asked {
    /// Units of every run, of sentences or documents, which have to be the same in all of them.
    fn units(&self, runs: &[&Pairs]) -> Result<Vec<Units>, EvalError> {
        for run in runs.iter().skip(1) {
            let _same = uncertainty::compare(runs[0], run)?;
        }
        let units = self.metric.units(runs, self.chunking)?;
        if !self.by_document {
            return Ok(units);
        }
        let documents = runs.iter().find_map(|run| run.documents()).ok_or(EvalError::NoDocuments)?;
        units.iter().map(|units| units.by_document(documents)).collect()
    }

    const fn unit(&self) -> &'static str {
        if self.by_document { "document" } else { "sentence" }
    }
}

/// One number a way of reading it has; the same keys whether there is one run of each system or several.
#[derive(Serialize)]
struct Compared {
    metric: String,
    chunking: Chunking,
    unit: &'static str,
    n_units: usize,
    n_different: Option<usize>,
    runs: (usize, usize),
    first: f64,
    second: f64,
    difference: Estimate,
    p_value: f64,
    share_not_above: Option<f64>,
    share_above_twice: Option<f64>,
    seed: u64,
}

type Runs<'py> = Vec<PyRef<'py, PyPairs>>;

/// Compares two systems of one run or of several each.
#[pyfunction]
pub fn compare_systems<'py>(
    py: Python<'py>,
    first: Runs<'py>,
    second: Runs<'py>,
    question: Question,
    paired: bool,
) -> PyResult<(Bound<'py, PyAny>, String)> {
    let first: Vec<&Pairs> = first.iter().map(|run| &run.pairs).collect();
    let second: Vec<&Pairs> = second.iter().map(|run| &run.pairs).collect();
    let asked = question.checked()?;
    let pool = threads::pool()?;
    let found = if let ([first], [second]) = (&first[..], &second[..]) {
        py.detach(|| pool.install(|| compare_two(first, second, &asked)))
    } else {
        py.detach(|| pool.install(|| compare_runs(&first, &second, &asked, paired)))
    };
    let (compared, text) = found.map_err(|error| raised(&error))?;
    Ok((pythonize(py, &compared)?, text))
}

fn compare_two(first: &Pairs, second: &Pairs, asked: &Asked) -> Result<(Compared, String), EvalError> {
    let mut pairing = uncertainty::compare(first, second)?;
    if let Chunking::Strict(scheme) = asked.chunking {
        pairing = pairing.strict(scheme);
    }
    if asked.by_document {
        pairing = pairing.by_document();
    }
    let Resampling { resamples, seed, confidence, bounds, .. } = asked.resampling;
    let test = pairing
        .measured(asked.metric.clone())
        .seed(seed)
        .rounds(resamples)
        .confidence(confidence)
        .bounds(bounds)
        .run()?;
    let compared = Compared {
        metric: test.metric.to_string(),
        chunking: asked.chunking,
        unit: asked.unit(),
        n_units: test.randomization.n_units,
        n_different: Some(test.randomization.n_different),
        runs: (1, 1),
        first: test.first,
        second: test.second,
        difference: test.bootstrap.difference,
        p_value: test.p_value(),
        share_not_above: Some(test.bootstrap.share_not_above),
        share_above_twice: Some(test.bootstrap.share_above_twice),
        seed,
    };
    Ok((compared, test.to_string()))
}

fn compare_runs(
    first: &[&Pairs],
    second: &[&Pairs],
    asked: &Asked,
    paired: bool,
) -> Result<(Compared, String), EvalError> {
    let runs: Vec<&Pairs> = first.iter().chain(second).copied().collect();
    let units = asked.units(&runs)?;
    let (metric, chunking) = (&asked.metric, asked.chunking);
    let (of_first, of_second) = units.split_at(first.len());
    let seeds = if paired { Seeds::Paired } else { Seeds::Independent };
    let statistic = |row: &[u64]| metric.of(row);
    let found = compare_over_seeds(of_first, of_second, seeds, statistic, &asked.resampling)?;
    let mean = |units: &[Units]| units.iter().map(|units| metric.of(&units.sum())).sum::<f64>() / units.len() as f64;
    let (first_mean, second_mean) = (mean(of_first), mean(of_second));
    let n_units = found.difference.n_units;
    let text = format!(
        "{metric} on {n_units} {}s, entities read in mode {chunking}, {} and {} runs\n\nfirst       {first_mean:.4}\nsecond      {second_mean:.4}\ndifference  {found}\n",
        asked.unit(),
        first.len(),
        second.len()
    );
    let compared = Compared {
        metric: metric.to_string(),
        chunking: asked.chunking,
        unit: asked.unit(),
        n_units,
        n_different: None,
        runs: (first.len(), second.len()),
        first: first_mean,
        second: second_mean,
        difference: found.difference,
        p_value: found.p_value,
        share_not_above: None,
        share_above_twice: None,
        seed: asked.resampling.seed,
    };
    Ok((compared, text))
}

/// The score of a system with its interval, over units or, of several runs, over runs and units.
#[pyfunction]
pub fn interval_of<'py>(py: Python<'py>, runs: Runs<'py>, question: Question) -> PyResult<(Bound<'py, PyAny>, String)> {
    let runs: Vec<&Pairs> = runs.iter().map(|run| &run.pairs).collect();
    let asked = question.checked()?;
    let metric = &asked.metric;
    let pool = threads::pool()?;
    let estimate = || {
        let units = asked.units(&runs)?;
        let statistic = |row: &[u64]| metric.of(row);
        match units.as_slice() {
            [units] => uncertainty::interval(units, statistic, &asked.resampling),
            several => uncertainty::over_seeds(several, statistic, &asked.resampling),
        }
    };
    let estimate: Result<Estimate, EvalError> = py.detach(|| pool.install(estimate));
    let estimate = estimate.map_err(|error| raised(&error))?;
    Ok((pythonize(py, &estimate)?, format!("{metric} {estimate:.4}")))
}

/// p-values of a family, adjusted by Holm.
#[pyfunction]
pub fn holm(p_values: Vec<f64>) -> PyResult<Vec<f64>> {
    uncertainty::holm(&p_values).map_err(|error| raised(&error))
}

/// What is to be judged: a corpus with its name, its source, and the runs of each method by seed.
type CorpusRuns<'py> = (String, String, HashMap<String, BTreeMap<u64, PyRef<'py, PyPairs>>>);

/// The words for methods by their runs on corpora; `methods` begins with the baseline.
#[pyfunction]
pub fn judge_methods<'py>(
    py: Python<'py>,
    corpora: Vec<CorpusRuns<'py>>,
    methods: Vec<String>,
    level_and_margin: (f64, f64),
    question: Question,
) -> PyResult<Bound<'py, PyAny>> {
    let Some((baseline, others)) = methods.split_first() else {
        return Err(refused("there are no methods, expected a baseline and at least one other"));
    };
    let asked = question.checked()?;
    let mut units: Vec<HashMap<(&str, u64), Units>> = Vec::new();
    let mut grid =
        Grid { level: level_and_margin.0, margin: level_and_margin.1, methods: others.to_vec(), corpora: Vec::new() };
    for (name, source, runs) in &corpora {
        let of_corpus = units_of(runs, &methods, &asked).map_err(|error| raised(&error))?;
        let of_method = |method: &str| -> BTreeMap<u64, Run> {
            let seeds = runs.get(method).into_iter().flatten().map(|(seed, _)| *seed);
            seeds.map(|seed| (seed, run(&of_corpus[&(method, seed)]))).collect()
        };
        grid.corpora.push(Corpus {
            name: name.clone(),
            source: source.clone(),
            units: of_corpus.values().next().map_or(0, Units::len),
            vanilla: of_method(baseline),
            methods: others.iter().map(|method| of_method(method)).collect(),
        });
        units.push(of_corpus);
    }
    let noise = |pairs: &RunPairs| {
        let chosen = |method: &str| -> Vec<Units> {
            pairs.seeds.iter().filter_map(|seed| units[pairs.corpus].get(&(method, *seed)).cloned()).collect()
        };
        unit_noise(&chosen(&others[pairs.method]), &chosen(baseline), &asked.resampling)
    };
    let pool = threads::pool()?;
    let judgement = py.detach(|| pool.install(|| judge::<EvalError>(&grid, noise)));
    let judgement = judgement.map_err(|error| raised(&error))?;
    Ok(pythonize(py, &judgement)?)
}

fn units_of<'m>(
    runs: &HashMap<String, BTreeMap<u64, PyRef<'_, PyPairs>>>,
    methods: &'m [String],
    asked: &Asked,
) -> Result<HashMap<(&'m str, u64), Units>, EvalError> {
    let mut keys = Vec::new();
    let mut pairs = Vec::new();
    for method in methods {
        for (seed, run) in runs.get(method).into_iter().flatten() {
            keys.push((method.as_str(), *seed));
            pairs.push(&run.pairs);
        }
    }
    Ok(keys.into_iter().zip(asked.units(&pairs)?).collect())
}

fn run(units: &Units) -> Run {
    let sum = units.sum();
    Run { f1: 100.0 * micro_f1(&sum), right: uncertainty::total(&sum).true_positives }
}

/// What the test set adds to the noise of the mean difference over these runs, in points squared.
fn unit_noise(first: &[Units], second: &[Units], resampling: &Resampling) -> Result<UnitNoise, EvalError> {
    let points = |standard_error: f64| (100.0 * standard_error).powi(2);
    if let ([first], [second]) = (first, second) {
        let all = points(paired_bootstrap(first, second, micro_f1, resampling)?.difference.standard_error);
        return Ok(UnitNoise { common: all, these_runs: all });
    }
    let found = compare_over_seeds(first, second, Seeds::Paired, micro_f1, resampling)?.difference;
    match found.interval.method {
        Method::Student { units_standard_error, fixed_runs_standard_error, .. } => {
            Ok(UnitNoise { common: points(units_standard_error), these_runs: points(fixed_runs_standard_error) })
        }
        _ => Ok(UnitNoise { common: points(found.standard_error), these_runs: points(found.standard_error) }),
    }
}
