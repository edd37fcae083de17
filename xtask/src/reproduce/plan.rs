//! Turns a grid into runs: a cell for every dataset, model, scheme, label order and seed, and a run for every
//! different training among them. Files are read and `welt weights` is asked; nothing is trained.
//!
//! Two cells share a run when they have the same loss: their weights differ by a constant, or not at all. A loss without
//! class weights is the same in both label orders.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_weights::{LabelOrder, Scheme, same_loss};

use super::digest::digest_of_text;
use super::grid::{Grid, Model};
use super::places::{Checkpoint, Corpus, Expected, Places, Work};
use super::training::Training;
use crate::arm::Arm;
use crate::snapshot::{self, Snapshot};

/// Raised when the meaning of a hash or a record changes: older runs are then not taken for new ones.
const FORMAT: u32 = 1;

/// The class weights of a training split, as `welt` computes them.
pub trait Weigh {
    /// One weight for every label, in the order of the label names.
    fn weights(&self, counts_from: &[PathBuf], scheme: Scheme, order: LabelOrder) -> Result<Vec<f64>>;
}

/// One training: what a `welt train` process is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Of everything that can move the result.
    pub hash: String,
    pub dataset: String,
    pub model: String,
    pub train: Vec<PathBuf>,
    /// What classes are counted in, where that is not all of `train`.
    pub counts_from: Option<Vec<PathBuf>>,
    pub dev: PathBuf,
    pub test: PathBuf,
    pub model_folder: PathBuf,
    pub from_scratch: bool,
    pub weighting: Weighting,
    pub seed: u64,
    pub training: Training,
    pub work: Work,
    /// What the hash was taken of.
    pub canonical: String,
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} seed {}", self.dataset, self.model, self.weighting, self.seed)
    }
}

/// An arm and the order in which its weights meet the labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weighting {
    pub scheme: Arm,
    pub order: LabelOrder,
}

impl From<Weighting> for snapshot::Weighting {
    fn from(Weighting { scheme, order }: Weighting) -> Self {
        Self { scheme, label_order: order }
    }
}

impl std::fmt::Display for Weighting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.order {
            LabelOrder::Intended => write!(f, "{}", self.scheme),
            LabelOrder::AsPublished => write!(f, "{}, as published", self.scheme),
        }
    }
}

/// A row of a table: a weighting and its runs, one a seed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub weighting: Weighting,
    /// The weighting whose runs these are, where that is another one.
    pub same_as: Option<Weighting>,
    /// Seed and place among the plan's runs.
    pub runs: Vec<(u64, usize)>,
}

/// The rows of one dataset and model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Section {
    pub dataset: String,
    pub model: String,
    /// What was asked for, where something else runs in its place.
    pub stands_in_for: Option<String>,
    /// The folder whose checkpoint runs, without the folders above it.
    pub checkpoint: String,
    pub from_scratch: bool,
    pub training: Training,
    pub rows: Vec<Row>,
}

/// Cells that something missing keeps from running, as far as their work is known without it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Absent {
    pub dataset: String,
    pub model: String,
    pub training: Training,
    pub cells: usize,
    /// Distinct runs and what each reads, if the corpus or its manifest tells.
    pub runs: Option<(usize, Work)>,
    /// What the grid says of the encoder's vocabulary.
    pub subwords_per_word: Option<f64>,
}

/// How many cells with one label order share how many runs, for every seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sharing {
    pub order: LabelOrder,
    pub cells: usize,
    pub runs: usize,
}

/// All that is to run and to show.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Plan {
    pub sections: Vec<Section>,
    pub runs: Vec<Run>,
    /// Cells asked for: those of `sections`, and those that `problems` keep from running.
    pub cells: usize,
    /// Datasets and models that are not there, in words.
    pub problems: Vec<String>,
    pub absent: Vec<Absent>,
    pub sharing: Vec<Sharing>,
    pub seeds: usize,
}

/// What makes two runs the same one. Its JSON, in this order of fields, is what is hashed.
#[derive(Serialize)]
struct Identity<'a> {
    format: u32,
    welt: &'a str,
    device: &'a str,
    train: &'a [String],
    counts_from: &'a [String],
    dev: &'a str,
    test: &'a str,
    model: &'a [(String, String)],
    from_scratch: bool,
    scheme: Arm,
    label_order: LabelOrder,
    seed: u64,
    training: Training,
}

/// The program that runs: its version with its build, and the device it is told to use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Build {
    pub welt: String,
    pub device: String,
}

/// Plans every cell of `grid`. `whole_grid` is the grid before a part of it was selected: it decides which arm
/// stands for those with the same loss, so that a part of a grid gives the runs of the whole.
pub fn plan(grid: &Grid, whole_grid: &Grid, places: &Places, build: &Build, weigh: &dyn Weigh) -> Result<Plan> {
    let mut plan = Plan { seeds: grid.seeds.len(), ..Plan::default() };
    let mut models: Vec<(&Model, Option<Checkpoint>)> = Vec::new();
    for model in &grid.models {
        models.push((model, Checkpoint::find(model, places, &mut plan.problems)?));
    }
    for dataset in &grid.datasets {
        let corpus = Corpus::read(dataset, places, &mut plan.problems)?;
        let (work, weightings) = match &corpus {
            Some(corpus) => {
                let counts_from = corpus.counts_from.as_ref().unwrap_or(&corpus.train);
                let weights = |scheme, order| weigh.weights(counts_from, scheme, order);
                (Some(corpus.work), weightings(grid, whole_grid, &dataset.name, &weights)?)
            }
            None => match Expected::of(dataset, places)? {
                Some(expected) => {
                    let weights = |scheme, order| expected.weights(scheme, order);
                    (Some(expected.work), weightings(grid, whole_grid, &dataset.name, &weights)?)
                }
                None => (None, Vec::new()),
            },
        };
        plan.count(grid, &weightings);
        for (model, checkpoint) in &models {
            let training = grid.training(&dataset.name, &model.name);
            match (&corpus, checkpoint) {
                (Some(corpus), Some(checkpoint)) => {
                    plan.add(&Pair { corpus, model, checkpoint, training, build }, &grid.seeds, &weightings)?;
                }
                _ => plan.absent.push(Absent {
                    dataset: dataset.name.clone(),
                    model: model.name.clone(),
                    training,
                    cells: grid.schemes.len() * grid.label_orders.len() * grid.seeds.len(),
                    runs: work.map(|work| (distinct(&weightings, |_| true) * grid.seeds.len(), work)),
                    subwords_per_word: model.subwords_per_word,
                }),
            }
        }
    }
    Ok(plan)
}

/// How many different runs a seed the weightings take that `holds` picks.
fn distinct(weightings: &[(Weighting, Weighting)], holds: impl Fn(Weighting) -> bool) -> usize {
    let mut representatives: Vec<Weighting> = Vec::new();
    for &(weighting, representative) in weightings {
        if holds(weighting) && !representatives.contains(&representative) {
            representatives.push(representative);
        }
    }
    representatives.len()
}

impl Plan {
    /// What is written down of it beside the runs.
    pub fn snapshot(&self, title: &str, build: &Build) -> Snapshot {
        let row = |row: &Row| snapshot::Row {
            weighting: row.weighting.into(),
            same_as: row.same_as.map(Into::into),
            runs: (row.runs.iter())
                .map(|&(seed, place)| snapshot::Cell { seed, run: self.runs[place].hash.clone() })
                .collect(),
        };
        let section = |section: &Section| snapshot::Section {
            dataset: section.dataset.clone(),
            model: section.model.clone(),
            checkpoint: section.checkpoint.clone(),
            stands_in_for: section.stands_in_for.clone(),
            from_scratch: section.from_scratch,
            training: section.training,
            rows: section.rows.iter().map(row).collect(),
        };
        let sections = self.sections.iter().map(section).collect();
        Snapshot::new(title.to_owned(), build.welt.clone(), build.device.clone(), sections, self.problems.clone())
    }

    /// Counts the cells of a dataset, and how many of them share a run.
    fn count(&mut self, grid: &Grid, weightings: &[(Weighting, Weighting)]) {
        let a_seed = grid.models.len() * grid.schemes.len();
        self.cells += a_seed * grid.label_orders.len() * grid.seeds.len();
        for &order in &grid.label_orders {
            if !self.sharing.iter().any(|sharing| sharing.order == order) {
                self.sharing.push(Sharing { order, cells: 0, runs: 0 });
            }
            for sharing in self.sharing.iter_mut().filter(|sharing| sharing.order == order && !weightings.is_empty()) {
                sharing.cells += a_seed;
                sharing.runs += grid.models.len() * distinct(weightings, |weighting| weighting.order == order);
            }
        }
    }

    /// Adds the runs and rows of one dataset and model.
    fn add(&mut self, pair: &Pair, seeds: &[u64], weightings: &[(Weighting, Weighting)]) -> Result<()> {
        let mut rows = Vec::new();
        for &(weighting, representative) in weightings {
            let mut runs = Vec::new();
            for &seed in seeds {
                let run = pair.run(representative, seed)?;
                let known = self.runs.iter().position(|known| known.hash == run.hash);
                let place = known.unwrap_or_else(|| {
                    self.runs.push(run);
                    self.runs.len() - 1
                });
                runs.push((seed, place));
            }
            rows.push(Row { weighting, same_as: (weighting != representative).then_some(representative), runs });
        }
        self.sections.push(Section {
            dataset: pair.corpus.name.clone(),
            model: pair.model.name.clone(),
            stands_in_for: pair.checkpoint.stands_in_for.clone(),
            checkpoint: pair.checkpoint.name(),
            from_scratch: pair.checkpoint.from_scratch,
            training: pair.training,
            rows,
        });
        Ok(())
    }
}

/// A dataset and a model whose files are there.
struct Pair<'a> {
    corpus: &'a Corpus,
    model: &'a Model,
    checkpoint: &'a Checkpoint,
    training: Training,
    build: &'a Build,
}

impl Pair<'_> {
    fn run(&self, weighting: Weighting, seed: u64) -> Result<Run> {
        let identity = Identity {
            format: FORMAT,
            welt: &self.build.welt,
            device: &self.build.device,
            train: &self.corpus.train_digests,
            counts_from: &self.corpus.counts_digests,
            dev: &self.corpus.dev_digest,
            test: &self.corpus.test_digest,
            model: &self.checkpoint.digests,
            from_scratch: self.checkpoint.from_scratch,
            scheme: weighting.scheme,
            label_order: weighting.order,
            seed,
            training: self.training,
        };
        let canonical = serde_json::to_string(&identity).context("writing down a run's identity")?;
        Ok(Run {
            hash: digest_of_text(&canonical)[..16].to_owned(),
            dataset: self.corpus.name.clone(),
            model: self.model.name.clone(),
            train: self.corpus.train.clone(),
            counts_from: self.corpus.counts_from.clone(),
            dev: self.corpus.dev.clone(),
            test: self.corpus.test.clone(),
            model_folder: self.checkpoint.folder.clone(),
            from_scratch: self.checkpoint.from_scratch,
            weighting,
            seed,
            training: self.training,
            work: self.corpus.work,
            canonical,
        })
    }
}

/// Every weighting of the grid, in the order of its rows, with the first one that gives the same loss.
fn weightings(
    grid: &Grid,
    whole_grid: &Grid,
    dataset: &str,
    weights: &dyn Fn(Scheme, LabelOrder) -> Result<Vec<f64>>,
) -> Result<Vec<(Weighting, Weighting)>> {
    let rows: Vec<Weighting> = grid
        .schemes
        .iter()
        .flat_map(|&scheme| grid.label_orders.iter().map(move |&order| Weighting { scheme, order }))
        .collect();
    let mut candidates = vec![Weighting { scheme: Arm::VANILLA, order: LabelOrder::Intended }];
    for order in [LabelOrder::Intended, LabelOrder::AsPublished] {
        candidates.extend(whole_grid.schemes.iter().map(|&scheme| Weighting { scheme, order }));
    }
    let mut distinct: Vec<(Weighting, Vec<f64>)> = Vec::new();
    let mut representatives: Vec<(Weighting, Weighting)> = Vec::new();
    for candidate in candidates {
        let weights = match weights(candidate.scheme.class_weights(), candidate.order) {
            Err(error) if rows.contains(&candidate) => {
                return Err(error.context(format!("weights of {dataset} by {candidate}")));
            }
            Err(_) => continue,
            Ok(weights) => weights,
        };
        let is_same = |(known, known_weights): &&(Weighting, Vec<f64>)| {
            known.scheme.gamma_and_tau() == candidate.scheme.gamma_and_tau() && same_loss(known_weights, &weights)
        };
        let same = distinct.iter().find(is_same).map(|&(known, _)| known);
        representatives.push((candidate, same.unwrap_or(candidate)));
        if same.is_none() {
            distinct.push((candidate, weights));
        }
    }
    let representative = |row: Weighting| representatives.iter().find(|&&(candidate, _)| candidate == row).copied();
    Ok(rows.into_iter().filter_map(representative).collect())
}

/// Fails when something that was asked for is not there.
pub fn refuse_problems(plan: &Plan) -> Result<()> {
    if plan.problems.is_empty() {
        return Ok(());
    }
    bail!(
        "the grid cannot run:\n- {}\nGive the folder of the corpora with --corpora DIR (or WELT_DATASETS), \
         that of the encoders with --checkpoints DIR (or WELT_MODELS), or take a part of the grid with --datasets and --models.",
        plan.problems.join("\n- ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn strings(value: &Value) -> Vec<String> {
        serde_json::from_value(value.clone()).unwrap()
    }

    /// The hash that a run gets today whose identity was written down.
    fn hash_today(identity: &Value) -> String {
        let text = |key: &str| identity[key].as_str().unwrap().to_owned();
        let corpus = Corpus {
            name: "a".to_owned(),
            train: Vec::new(),
            counts_from: None,
            dev: PathBuf::new(),
            test: PathBuf::new(),
            train_digests: strings(&identity["train"]),
            counts_digests: strings(&identity["counts_from"]),
            dev_digest: text("dev"),
            test_digest: text("test"),
            work: Work::default(),
        };
        let model = Model { name: "M".to_owned(), path: None, hub: None, from_scratch: false, subwords_per_word: None };
        let checkpoint = Checkpoint {
            folder: PathBuf::new(),
            stands_in_for: None,
            from_scratch: identity["from_scratch"].as_bool().unwrap(),
            digests: serde_json::from_value(identity["model"].clone()).unwrap(),
        };
        let build = Build { welt: text("welt"), device: text("device") };
        let training = serde_json::from_value(identity["training"].clone()).unwrap();
        let pair = Pair { corpus: &corpus, model: &model, checkpoint: &checkpoint, training, build: &build };
        let weighting =
            Weighting { scheme: text("scheme").parse().unwrap(), order: text("label_order").parse().unwrap() };
        pair.run(weighting, identity["seed"].as_u64().unwrap()).unwrap().hash
    }

    #[test]
    fn runs_of_committed_packs_have_the_hash_that_they_had() {
        let mut n_runs = 0;
        let mut schemes: Vec<String> = Vec::new();
        for pack in ["quick", "cut"] {
            let path = crate::workspace_root().join(format!("docs/paper/ours/{pack}/runs.jsonl"));
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                let run: Value = serde_json::from_str(line).unwrap();
                // A run that was never started has none.
                let Some(identity) = run["identity"].as_str() else { continue };
                let identity: Value = serde_json::from_str(identity).unwrap();
                assert_eq!(run["run"], hash_today(&identity), "{identity}");
                n_runs += 1;
                schemes.push(identity["scheme"].to_string());
            }
        }
        assert!(n_runs > 9, "the pack `cut` has no runs");
        schemes.sort_unstable();
        schemes.dedup();
        assert_eq!(schemes, ["\"ins\"", "\"isns\"", "\"vanilla\"", "\"welt\""]);
    }
}
