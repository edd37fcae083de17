//! Turns a grid into runs: a cell for every dataset, model, method, label order and seed, and a run for every
//! different training among them. Files are read and `welt weights` is asked; nothing is trained.
//!
//! Two cells share a run when they have the same loss: their weights differ by a constant, or not at all. A loss without
//! class weights is the same in both label orders.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_data::checks::{self, Texts};
use welt_record::{Cell, Identity, Row, Section};
use welt_settings::{Settings, Training, Weighting};
use welt_weights::{LabelOrder, Scheme, same_loss};

use super::grid::{Grid, Model};
use super::locations::{Checkpoint, Corpus, Expected, Locations, Work};

/// The class weights of a training split, as `welt` computes them.
pub trait Weigh {
    /// One weight for every label, in the order of the label names.
    fn weights(&self, corpus: &Corpus, scheme: Scheme, order: LabelOrder) -> Result<Vec<f64>>;
}

/// One training: what a `welt train` process is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Of everything that can move the result.
    pub hash: String,
    pub dataset: String,
    pub model: String,
    pub settings: Settings,
    pub work: Work,
    /// What the hash was taken of.
    pub canonical: String,
    /// The run whose training it takes, where it has none of its own.
    #[serde(default)]
    pub trained_by: Option<String>,
}

impl Run {
    /// Whether it learns anything: else it chooses labels by what another run left, which takes next to no time.
    pub const fn trains(&self) -> bool {
        self.trained_by.is_none()
    }

    /// What is compared of it.
    pub fn weighting(&self) -> Weighting {
        Weighting { method: self.settings.method, label_order: self.settings.label_order }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} seed {}", self.dataset, self.model, self.weighting(), self.settings.seed)
    }
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
    /// So many points of F1 are too few to matter.
    pub margin: f64,
    /// Datasets and models that are not there, in words.
    pub problems: Vec<String>,
    pub absent: Vec<Absent>,
    pub sharing: Vec<Sharing>,
    pub seeds: usize,
}

/// The program that runs, and the device it is told to use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Build {
    /// As a reader knows it.
    pub welt: String,
    /// What of it computes.
    pub computes: String,
    pub device: String,
}

/// Plans every cell of `grid`, and its runs seed by seed: a sweep that ends early leaves whole seeds, which can be
/// compared over all corpora. `whole_grid` is the grid before a part of it was selected: it decides which method
/// stands for those with the same loss, so that a part of a grid gives the runs of the whole.
pub fn plan(grid: &Grid, whole_grid: &Grid, locations: &Locations, build: &Build, weigh: &dyn Weigh) -> Result<Plan> {
    let mut plan = Plan { seeds: grid.seeds.len(), margin: grid.margin, ..Plan::default() };
    let mut corpora: Vec<(String, Option<String>, Texts)> = Vec::new();
    let mut models: Vec<(&Model, Option<Checkpoint>)> = Vec::new();
    for model in &grid.models {
        models.push((model, Checkpoint::find(model, locations, &mut plan.problems)?));
    }
    let known = welt_corpora::known_sizes()?;
    for dataset in &grid.datasets {
        let corpus = Corpus::read(dataset, &grid.allow, locations, &mut plan.problems)?;
        let (work, weightings) = match &corpus {
            Some(corpus) => {
                let weights = |scheme, order| weigh.weights(corpus, scheme, order);
                (Some(corpus.work), weightings(grid, whole_grid, &dataset.name, &weights)?)
            }
            None => match Expected::of(dataset, &known) {
                Some(expected) => {
                    let weights = |scheme, order| expected.weights(scheme, order);
                    (Some(expected.work), weightings(grid, whole_grid, &dataset.name, &weights)?)
                }
                None => (None, Vec::new()),
            },
        };
        plan.count(grid, &weightings);
        corpora.extend(corpus.iter().map(|corpus| (corpus.name.clone(), corpus.source.clone(), corpus.texts.clone())));
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
                    cells: grid.methods.len() * grid.label_orders.len() * grid.seeds.len(),
                    runs: work.map(|work| (distinct(&weightings, |_| true) * grid.seeds.len(), work)),
                    subwords_per_word: model.subwords_per_word,
                }),
            }
        }
    }
    let names: Vec<(String, String)> = sources(&corpora);
    plan.runs.sort_by_key(|run| grid.seeds.iter().position(|&seed| seed == run.settings.seed));
    for section in &mut plan.sections {
        section.source = names.iter().find(|(name, _)| *name == section.dataset).map(|(_, source)| source.clone());
    }
    Ok(plan)
}

/// The source of every corpus: what the grid says of it, or of one that is made of the same texts, or the name of the
/// first of these.
fn sources(corpora: &[(String, Option<String>, Texts)]) -> Vec<(String, String)> {
    let texts: Vec<Texts> = corpora.iter().map(|(.., texts)| texts.clone()).collect();
    let firsts = checks::sources(&texts);
    let named = |first: usize| {
        let same = corpora.iter().zip(&firsts).filter(move |(_, of)| **of == first);
        same.filter_map(|((_, source, _), _)| source.clone()).next()
    };
    let source = |((name, source, _), first): (&(String, Option<String>, Texts), &usize)| {
        let found = source.clone().or_else(|| named(*first)).unwrap_or_else(|| corpora[*first].0.clone());
        (name.clone(), found)
    };
    corpora.iter().zip(&firsts).map(source).collect()
}

/// A weighting of a grid, with the runs that answer for it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Answered {
    weighting: Weighting,
    /// The first weighting with the same result, whose runs these are.
    representative: Weighting,
    /// The weighting whose training they take: the representative itself, unless it chooses labels in another way alone.
    trained: Weighting,
}

/// How many different trainings a seed the weightings take that `holds` picks.
fn distinct(weightings: &[Answered], holds: impl Fn(Weighting) -> bool) -> usize {
    let mut trained: Vec<Weighting> = Vec::new();
    for answered in weightings {
        if holds(answered.weighting) && !trained.contains(&answered.trained) {
            trained.push(answered.trained);
        }
    }
    trained.len()
}

impl Plan {
    /// What is written down of it beside the runs.
    pub fn record(&self, title: &str, build: &Build) -> welt_record::Plan {
        welt_record::Plan {
            format: welt_record::Plan::FORMAT,
            title: title.to_owned(),
            welt: build.welt.clone(),
            device: build.device.clone(),
            margin: self.margin,
            sections: self.sections.clone(),
            problems: self.problems.clone(),
        }
    }

    /// Counts the cells of a dataset, and how many of them share a run.
    fn count(&mut self, grid: &Grid, weightings: &[Answered]) {
        let a_seed = grid.models.len() * grid.methods.len();
        self.cells += a_seed * grid.label_orders.len() * grid.seeds.len();
        for &order in &grid.label_orders {
            if !self.sharing.iter().any(|sharing| sharing.order == order) {
                self.sharing.push(Sharing { order, cells: 0, runs: 0 });
            }
            for sharing in self.sharing.iter_mut().filter(|sharing| sharing.order == order && !weightings.is_empty()) {
                sharing.cells += a_seed;
                sharing.runs += grid.models.len() * distinct(weightings, |weighting| weighting.label_order == order);
            }
        }
    }

    /// Adds a run if it is new; its hash.
    fn add_run(&mut self, run: Run) -> String {
        let hash = run.hash.clone();
        if !self.runs.iter().any(|known| known.hash == hash) {
            self.runs.push(run);
        }
        hash
    }

    /// How many runs train.
    pub fn trainings(&self) -> usize {
        self.runs.iter().filter(|run| run.trains()).count()
    }

    /// Adds the runs and rows of one dataset and model.
    fn add(&mut self, pair: &Pair, seeds: &[u64], weightings: &[Answered]) -> Result<()> {
        let mut rows = Vec::new();
        for &Answered { weighting, representative, trained } in weightings {
            let mut runs = Vec::new();
            for &seed in seeds {
                let mut run = pair.run(representative, seed)?;
                if trained != representative {
                    run.trained_by = Some(self.add_run(pair.run(trained, seed)?));
                }
                runs.push(Cell { seed, run: self.add_run(run) });
            }
            rows.push(Row { weighting, same_as: (weighting != representative).then_some(representative), runs });
        }
        self.sections.push(Section {
            dataset: pair.corpus.name.clone(),
            // It is known when all corpora are.
            source: None,
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
        let Self { corpus, checkpoint, training, build, .. } = *self;
        let Weighting { method, label_order } = weighting;
        let from_scratch = checkpoint.from_scratch;
        let identity = Identity {
            format: Identity::FORMAT,
            welt: build.computes.clone(),
            device: build.device.clone(),
            train: corpus.train_digests.clone(),
            counts_from: corpus.counts_digests.clone(),
            dev: corpus.dev_digest.clone(),
            test: corpus.test_digest.clone(),
            model: checkpoint.digests.clone(),
            from_scratch,
            method,
            label_order,
            seed,
            training,
            choice: method.shares_training().then_some(Identity::CHOICE),
        };
        let canonical = identity.canonical().context("writing down a run's identity")?;
        let settings = Settings {
            train: corpus.train.clone(),
            dev: vec![corpus.dev.clone()],
            test: vec![corpus.test.clone()],
            counts_from: corpus.counts_from.clone().unwrap_or_default(),
            word_column: corpus.word_column,
            tag_column: corpus.tag_column,
            from: None,
            model: checkpoint.folder.clone(),
            from_scratch,
            method,
            label_order,
            seed,
            allow: corpus.allow.clone(),
            // A device of this kind is named when the run is started.
            device: build.device.clone(),
            save_model: false,
            checkpoint_every: Settings::CHECKPOINT_EVERY,
            training,
        };
        let (dataset, model) = (corpus.name.clone(), self.model.name.clone());
        let hash = Identity::run_of(&canonical);
        Ok(Run { hash, dataset, model, settings, work: corpus.work, canonical, trained_by: None })
    }
}

/// Every weighting of the grid, in the order of its rows, with the first one that gives the same loss and choice of labels.
fn weightings(
    grid: &Grid,
    whole_grid: &Grid,
    dataset: &str,
    weights: &dyn Fn(Scheme, LabelOrder) -> Result<Vec<f64>>,
) -> Result<Vec<Answered>> {
    let rows: Vec<Weighting> = grid
        .methods
        .iter()
        .flat_map(|&method| grid.label_orders.iter().map(move |&label_order| Weighting { method, label_order }))
        .collect();
    let mut candidates = vec![Weighting::VANILLA];
    for label_order in [LabelOrder::Intended, LabelOrder::AsPublished] {
        candidates.extend(whole_grid.methods.iter().map(|&method| Weighting { method, label_order }));
    }
    // What shares a training needs it, also where the grid does not compare it.
    let trained = |weighting: &Weighting| Weighting { method: weighting.method.trained(), ..*weighting };
    let needed: Vec<Weighting> = candidates.iter().map(trained).filter(|of| !candidates.contains(of)).collect();
    candidates.extend(needed);
    let mut distinct: Vec<(Weighting, Vec<f64>)> = Vec::new();
    let mut representatives: Vec<(Weighting, Weighting)> = Vec::new();
    for candidate in candidates {
        let weights = match weights(candidate.method.weights, candidate.label_order) {
            Err(error) if rows.contains(&candidate) => {
                return Err(error.context(format!("weights of {dataset} by {candidate}")));
            }
            Err(_) => continue,
            Ok(weights) => weights,
        };
        let is_same = |(known, known_weights): &&(Weighting, Vec<f64>)| {
            let (known, candidate) = (known.method, candidate.method);
            (known.loss, known.choice) == (candidate.loss, candidate.choice) && same_loss(known_weights, &weights)
        };
        let same = distinct.iter().find(is_same).map(|&(known, _)| known);
        representatives.push((candidate, same.unwrap_or(candidate)));
        if same.is_none() {
            distinct.push((candidate, weights));
        }
    }
    let representative =
        |row: Weighting| representatives.iter().find(|(candidate, _)| *candidate == row).map(|(_, known)| *known);
    let answered = |weighting: Weighting| {
        let known = representative(weighting)?;
        Some(Answered { weighting, representative: known, trained: representative(trained(&known))? })
    };
    Ok(rows.into_iter().filter_map(answered).collect())
}

/// What to do where corpora or encoders of a grid were not found.
pub const WHERE_THINGS_ARE: &str = "Give the folder of the corpora with --corpora DIR, that of the encoders with --checkpoints DIR, \
                                    or take a part of the grid with --datasets and --models.";

/// What to do where corpora or encoders were found and cannot be used.
pub const WHAT_IS_WRONG: &str = "Mend what is named, or take a part of the grid with --datasets and --models.";

/// Fails when something keeps runs from being made, with advice.
pub fn refuse_problems(plan: &Plan, advice: &str) -> Result<()> {
    if plan.problems.is_empty() {
        return Ok(());
    }
    bail!("the grid cannot run:\n- {}\n{advice}", plan.problems.join("\n- "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corpora_of_the_same_texts_have_one_source() {
        let texts = |numbers: std::ops::Range<u32>| {
            let sentence = |number: u32| format!("Sentence\tO\n{number}\tO\nof\tO\na\tO\ncorpus\tO\n\n");
            let text: String = numbers.map(sentence).collect();
            let column = welt_data::conll::TagColumn::Find;
            Texts::of([&welt_data::conll::parse(std::path::Path::new("x.tsv"), text.as_bytes(), column).unwrap()])
        };
        let corpora = |given: [Option<&str>; 4]| {
            let names = ["diseases", "chemicals", "genes", "letters"];
            let all = [texts(0..50), texts(0..50), texts(40..90), texts(100..150)];
            let corpora: Vec<(String, Option<String>, Texts)> = (names.into_iter().zip(given).zip(all))
                .map(|((name, given), texts)| (name.to_owned(), given.map(str::to_owned), texts))
                .collect();
            sources(&corpora).into_iter().map(|(_, source)| source).collect::<Vec<_>>()
        };
        assert_eq!(corpora([None; 4]), ["diseases", "diseases", "diseases", "letters"]);
        assert_eq!(corpora([None, Some("abstracts"), None, None]), ["abstracts", "abstracts", "abstracts", "letters"]);
        // What the grid says holds.
        assert_eq!(corpora([None, None, Some("other"), Some("post")]), ["other", "other", "other", "post"]);
        assert_eq!(corpora([Some("a"), Some("b"), None, None]), ["a", "b", "a", "letters"]);
    }

    #[test]
    fn runs_of_committed_packs_keep_their_names() {
        let mut methods: Vec<String> = Vec::new();
        for pack in ["quick", "cut", "whole"] {
            let path = crate::workspace_root().join(format!("docs/paper/ours/{pack}/runs.jsonl"));
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                let run: serde_json::Value = serde_json::from_str(line).unwrap();
                // A run that was never started has none.
                let Some(canonical) = run["identity"].as_str() else { continue };
                assert_eq!(run["run"], Identity::run_of(canonical), "{canonical}");
                methods.push(Identity::parse(canonical).unwrap().method.to_string());
            }
        }
        assert!(methods.len() > 9, "the pack `cut` has no runs");
        methods.sort_unstable();
        methods.dedup();
        assert_eq!(methods, ["constrained", "ins", "isns", "tuned-shift", "vanilla", "welt"]);
    }
}
