//! Turns a grid into runs: a cell for every dataset, model, scheme, label order and seed, and a run for every
//! different training among them. Files are read and `welt weights` is asked; nothing is trained.
//!
//! Two cells share a run when their weights give the same loss: they differ by a constant, or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use welt_weights::{LabelOrder, Scheme, same_loss};

use super::grid::{Dataset, Grid, Model, Training};
use crate::snapshot::{self, Snapshot};

/// Raised when the meaning of a hash or a record changes: older runs are then not taken for new ones.
const FORMAT: u32 = 1;

/// Files of a model folder, beside its weights, that can move a result.
const MODEL_FILES: &[&str] = &[
    "added_tokens.json",
    "config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
];

/// Weights, whole or as the index of their parts.
const WEIGHTS: &[&str] =
    &["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

/// Where corpora and checkpoints lie on this computer.
#[derive(Debug, Clone)]
pub struct Places {
    /// The folder that a dataset's paths start from.
    pub datasets: PathBuf,
    /// The folder of the grid file, which a model's path starts from.
    pub grid: PathBuf,
    /// Where local copies of models are looked for, by name or by Hub id.
    pub models: Option<PathBuf>,
    /// Checkpoints that stand in for models of the grid: name, folder.
    pub stand_ins: Vec<(String, PathBuf)>,
}

/// The class weights of a training split, as `welt` computes them.
pub trait Weigh {
    /// One weight for every label, in the order of the label names.
    fn weights(&self, counts_from: &[PathBuf], scheme: Scheme, order: LabelOrder) -> Result<Vec<f64>>;
}

/// One training: what a `welt train` process is asked.
#[derive(Debug, Clone)]
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
    /// What the hash was taken of.
    pub canonical: String,
}

/// A scheme and the order in which its weights meet the labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighting {
    pub scheme: Scheme,
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
#[derive(Debug, Clone)]
pub struct Row {
    pub weighting: Weighting,
    /// The weighting whose runs these are, where that is another one.
    pub same_as: Option<Weighting>,
    /// Seed and place among the plan's runs.
    pub runs: Vec<(u64, usize)>,
}

/// The rows of one dataset and model.
#[derive(Debug, Clone)]
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

/// All that is to run and to show.
#[derive(Debug, Default)]
pub struct Plan {
    pub sections: Vec<Section>,
    pub runs: Vec<Run>,
    /// Cells asked for: those of `sections`, and those that `problems` keep from running.
    pub cells: usize,
    /// Datasets and models that are not there, in words.
    pub problems: Vec<String>,
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
    scheme: Scheme,
    label_order: LabelOrder,
    seed: u64,
    training: Training,
}

/// The program that runs: its version with its build, and the device it is told to use.
#[derive(Debug, Clone)]
pub struct Build {
    pub welt: String,
    pub device: String,
}

/// Plans every cell of `grid`. `whole_grid` is the grid before a part of it was selected: it decides which scheme
/// stands for those with the same loss, so that a part of a grid gives the runs of the whole.
pub fn plan(grid: &Grid, whole_grid: &Grid, places: &Places, build: &Build, weigh: &dyn Weigh) -> Result<Plan> {
    let mut plan = Plan::default();
    let cells_of_a_section = grid.schemes.len() * grid.label_orders.len() * grid.seeds.len();
    let mut models: Vec<(&Model, Checkpoint)> = Vec::new();
    for model in &grid.models {
        models.extend(Checkpoint::find(model, places, &mut plan.problems)?.map(|checkpoint| (model, checkpoint)));
    }
    for dataset in &grid.datasets {
        plan.cells += grid.models.len() * cells_of_a_section;
        let Some(corpus) = Corpus::read(dataset, places, &mut plan.problems)? else { continue };
        let weightings = weightings(grid, whole_grid, &corpus, weigh)?;
        for (model, checkpoint) in &models {
            let training = grid.training(&dataset.name, &model.name);
            plan.add(&Pair { corpus: &corpus, model, checkpoint, training, build }, &grid.seeds, &weightings)?;
        }
    }
    Ok(plan)
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
            canonical,
        })
    }
}

/// Every weighting of the grid, in the order of its rows, with the first one that gives the same loss.
fn weightings(
    grid: &Grid,
    whole_grid: &Grid,
    corpus: &Corpus,
    weigh: &dyn Weigh,
) -> Result<Vec<(Weighting, Weighting)>> {
    let rows: Vec<Weighting> = grid
        .schemes
        .iter()
        .flat_map(|&scheme| grid.label_orders.iter().map(move |&order| Weighting { scheme, order }))
        .collect();
    let mut candidates = vec![Weighting { scheme: Scheme::Vanilla, order: LabelOrder::Intended }];
    for order in [LabelOrder::Intended, LabelOrder::AsPublished] {
        candidates.extend(whole_grid.schemes.iter().map(|&scheme| Weighting { scheme, order }));
    }
    let mut distinct: Vec<(Weighting, Vec<f64>)> = Vec::new();
    let mut representatives: Vec<(Weighting, Weighting)> = Vec::new();
    for candidate in candidates {
        let weights = match weigh.weights(
            corpus.counts_from.as_ref().unwrap_or(&corpus.train),
            candidate.scheme,
            candidate.order,
        ) {
            Err(error) if rows.contains(&candidate) => {
                return Err(error.context(format!("weights of {} by {candidate}", corpus.name)));
            }
            Err(_) => continue,
            Ok(weights) => weights,
        };
        let same = distinct.iter().find(|(_, known)| same_loss(known, &weights)).map(|&(known, _)| known);
        representatives.push((candidate, same.unwrap_or(candidate)));
        if same.is_none() {
            distinct.push((candidate, weights));
        }
    }
    let representative = |row: Weighting| representatives.iter().find(|&&(candidate, _)| candidate == row).copied();
    Ok(rows.into_iter().filter_map(representative).collect())
}

/// A dataset whose files are there.
struct Corpus {
    name: String,
    train: Vec<PathBuf>,
    counts_from: Option<Vec<PathBuf>>,
    dev: PathBuf,
    test: PathBuf,
    train_digests: Vec<String>,
    counts_digests: Vec<String>,
    dev_digest: String,
    test_digest: String,
}

impl Corpus {
    fn read(dataset: &Dataset, places: &Places, problems: &mut Vec<String>) -> Result<Option<Self>> {
        let there =
            |paths: &[PathBuf]| -> Vec<PathBuf> { paths.iter().map(|path| places.datasets.join(path)).collect() };
        let train = there(&dataset.train);
        let counts_from = dataset.counts_from.as_deref().map(there);
        let (dev, test) = (places.datasets.join(&dataset.dev), places.datasets.join(&dataset.test));
        let mut missing: Vec<String> = train
            .iter()
            .chain(counts_from.iter().flatten())
            .chain([&dev, &test])
            .filter(|path| !path.is_file())
            .map(|path| path.display().to_string())
            .collect();
        missing.sort();
        missing.dedup();
        if !missing.is_empty() {
            problems.push(format!("dataset {}: no file {}", dataset.name, missing.join(", ")));
            return Ok(None);
        }
        Ok(Some(Self {
            name: dataset.name.clone(),
            train_digests: digests(&train)?,
            counts_digests: digests(counts_from.as_ref().unwrap_or(&train))?,
            dev_digest: digest(&dev)?,
            test_digest: digest(&test)?,
            train,
            counts_from,
            dev,
            test,
        }))
    }
}

/// A model whose folder is there.
struct Checkpoint {
    folder: PathBuf,
    stands_in_for: Option<String>,
    /// A checkpoint that stands in is one to go on from.
    from_scratch: bool,
    /// Names of files and their SHA-256.
    digests: Vec<(String, String)>,
}

impl Checkpoint {
    fn find(model: &Model, places: &Places, problems: &mut Vec<String>) -> Result<Option<Self>> {
        let name = &model.name;
        let asked = model.hub.clone().or_else(|| model.path.as_ref().map(|path| path.display().to_string()));
        let stand_in = places.stand_ins.iter().find(|(stands_for, _)| stands_for == name);
        let candidates: Vec<PathBuf> = match (stand_in, &model.path, &model.hub, &places.models) {
            (Some((_, folder)), ..) => vec![folder.clone()],
            (None, Some(path), ..) => vec![places.grid.join(path)],
            (None, None, Some(hub), Some(models)) => vec![models.join(name), models.join(hub)],
            _ => Vec::new(),
        };
        let Some(folder) = candidates.iter().find(|folder| folder.join("config.json").is_file()) else {
            let looked: Vec<String> = candidates.iter().map(|folder| folder.display().to_string()).collect();
            problems.push(if looked.is_empty() {
                format!(
                    "model {name}: no local copy of {}, say where it is with --models DIR or --model {name}=DIR",
                    asked.unwrap_or_default()
                )
            } else {
                format!("model {name}: no config.json in {}", looked.join(" or "))
            });
            return Ok(None);
        };
        let from_scratch = model.from_scratch && stand_in.is_none();
        let faults = faults(folder, from_scratch)?;
        if !faults.is_empty() {
            problems.push(format!("model {name} in {}: {}", folder.display(), faults.join("; ")));
            return Ok(None);
        }
        let digests = model_files(folder)?.into_iter().map(|file| {
            let digest = digest(&folder.join(&file))?;
            Ok((file, digest))
        });
        Ok(Some(Self {
            folder: fs::canonicalize(folder).with_context(|| format!("finding {}", folder.display()))?,
            stands_in_for: stand_in.and(asked),
            from_scratch,
            digests: digests.collect::<Result<_>>()?,
        }))
    }

    fn name(&self) -> String {
        let name = self.folder.file_name().unwrap_or(self.folder.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

/// The files of a model folder that can move a result, in order: weights may lie in parts.
fn model_files(folder: &Path) -> Result<Vec<String>> {
    let is_part = |name: &str| {
        let (stem, is_weights) =
            (name.split(['.', '-']).next(), name.ends_with(".safetensors") || name.ends_with(".bin"));
        is_weights && matches!(stem, Some("model" | "pytorch_model"))
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let wanted = MODEL_FILES.contains(&name.as_str()) || WEIGHTS.contains(&name.as_str()) || is_part(&name);
        if wanted && folder.join(&name).is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Why `welt train` would refuse a model folder that has a `config.json`.
fn faults(folder: &Path, from_scratch: bool) -> Result<Vec<String>> {
    let there = |file: &str| folder.join(file).is_file();
    let path = folder.join("config.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut faults = Vec::new();
    match serde_json::from_str::<Value>(&text) {
        Ok(config) => {
            if let Some(other) = config["model_type"].as_str().filter(|name| !["bert", "electra"].contains(name)) {
                faults.push(format!("model_type is `{other}`, and this version reads `bert` and `electra` only"));
            }
        }
        Err(error) => faults.push(format!("config.json is not JSON ({error})")),
    }
    if !from_scratch && !WEIGHTS.iter().any(|file| there(file)) {
        faults.push("there is neither model.safetensors nor pytorch_model.bin".to_owned());
    }
    if !there("tokenizer.json") && !there("vocab.txt") {
        faults.push("there is neither tokenizer.json nor vocab.txt".to_owned());
    }
    Ok(faults)
}

fn digests(paths: &[PathBuf]) -> Result<Vec<String>> {
    paths.iter().map(|path| digest(path)).collect()
}

/// SHA-256 of a file.
pub fn digest(path: &Path) -> Result<String> {
    let mut hasher = HashWriter(Sha256::new());
    let mut file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    io::copy(&mut file, &mut hasher).with_context(|| format!("reading {}", path.display()))?;
    Ok(hexadecimal(&hasher.0.finalize()))
}

/// The SHA-256 of a text, in hexadecimal digits.
pub fn digest_of_text(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

struct HashWriter(Sha256);

impl io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Two digits a byte.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which datasets, models and cells there are, in a few lines.
pub fn summary(plan: &Plan, finished: usize) -> String {
    let planned: usize = plan.sections.iter().flat_map(|section| &section.rows).map(|row| row.runs.len()).sum();
    let mut by_dataset: BTreeMap<&str, usize> = BTreeMap::new();
    for run in &plan.runs {
        *by_dataset.entry(&run.dataset).or_default() += 1;
    }
    let mut text = format!(
        "{} cells; {planned} can run, as {} distinct runs; {finished} of these are finished\n",
        plan.cells,
        plan.runs.len()
    );
    for (dataset, runs) in by_dataset {
        text.push_str(&format!("  {dataset}: {runs} runs\n"));
    }
    text
}

/// Fails when something that was asked for is not there.
pub fn refuse_problems(plan: &Plan) -> Result<()> {
    if plan.problems.is_empty() {
        return Ok(());
    }
    bail!(
        "the grid cannot run:\n- {}\nGive the folder of the corpora with --datasets DIR (or WELT_DATASETS), \
         that of the encoders with --models DIR (or WELT_MODELS), or take a part of the grid with --only-datasets and --only-models.",
        plan.problems.join("\n- ")
    )
}
