//! Times a few steps of `welt train` for every encoder of a plan.
//! A plan goes in, the speed of this device for each of its encoders comes out; nothing of it is kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use welt_data::conll::{self, Columns};
use welt_record::{Record, read_corpus};
use welt_settings::{Keep, Method, Settings, Training};

use super::estimate::{SCORING_SPEEDUP, SUBWORDS_A_WORD, Speed, from_records};
use super::plan::{Plan, Run};
use super::process::share_cores;
use super::records::record;
use welt_process::output;

/// A speed that a user states for a machine that is not at hand.
#[derive(Debug, Clone, Copy)]
pub struct Stated {
    /// Sub-words a second in training.
    pub tokens_per_second: f64,
    /// What a step costs beside its sub-words.
    pub seconds_a_step: f64,
}

/// How to time.
#[derive(Debug)]
pub struct Timing<'a> {
    pub welt: &'a Path,
    /// The folder of the sweep, whose finished runs tell without timing.
    pub folder: &'a Path,
    pub device: Option<String>,
    pub threads: usize,
    /// Whether nothing is said meanwhile.
    pub is_quiet: bool,
}

/// Steps of a timed pass; the first pass warms up.
const STEPS: u64 = 6;

/// The speed of every encoder of the plan: as stated, from finished runs, or timed now.
pub fn speeds(plan: &Plan, timing: &Timing, stated: Option<Stated>) -> Result<BTreeMap<String, Speed>> {
    let mut speeds = BTreeMap::new();
    let mut models: Vec<&str> = plan.runs.iter().map(|run| run.model.as_str()).collect();
    if let Some(stated) = stated {
        for absent in &plan.absent {
            let ratio = absent.subwords_per_word.unwrap_or(SUBWORDS_A_WORD);
            speeds.insert(absent.model.clone(), stated.speed(ratio));
        }
    }
    models.sort_unstable();
    models.dedup();
    for model in models {
        let runs: Vec<&Run> = plan.runs.iter().filter(|run| run.model == model).collect();
        let mut records: Vec<Record> = Vec::new();
        for run in &runs {
            records.extend(record(timing.folder, run).unwrap_or(None));
        }
        let speed = match (stated, from_records(records.iter())) {
            (Some(stated), measured) => stated.speed(measured.map_or(SUBWORDS_A_WORD, |speed| speed.subwords_a_word)),
            (None, Some(measured)) => measured,
            (None, None) => timed(&runs, timing).with_context(|| format!("timing a few steps of {model}"))?,
        };
        speeds.insert(model.to_owned(), speed);
    }
    Ok(speeds)
}

impl Stated {
    fn speed(self, subwords_a_word: f64) -> Speed {
        Speed {
            training: self.tokens_per_second,
            scoring: self.tokens_per_second * SCORING_SPEEDUP,
            seconds_a_step: self.seconds_a_step,
            subwords_a_word,
            source: "as stated with --rate".to_owned(),
        }
    }
}

/// One pass of some steps with the smallest and with the largest batch: together they tell what a step costs beside
/// its sub-words.
fn timed(runs: &[&Run], timing: &Timing) -> Result<Speed> {
    let by_batch = |run: &&&Run| run.settings.training.batch_size;
    let (Some(smallest), Some(largest)) = (runs.iter().min_by_key(by_batch), runs.iter().max_by_key(by_batch)) else {
        anyhow::bail!("no run of it is planned");
    };
    if !timing.is_quiet {
        eprintln!("timing a few steps of {} ...", smallest.model);
    }
    let large = Pass::time(largest, timing)?;
    let step = large.seconds / large.steps;
    let seconds_a_step = if smallest.settings.training.batch_size == largest.settings.training.batch_size {
        0.0
    } else {
        let small = Pass::time(smallest, timing)?;
        let (more_subwords, more_seconds) =
            (large.subwords / large.steps - small.subwords / small.steps, step - small.seconds / small.steps);
        (step - large.subwords / large.steps * more_seconds / more_subwords).clamp(0.0, step / 2.0)
    };
    Ok(Speed {
        training: large.subwords / (large.seconds - seconds_a_step * large.steps),
        scoring: large.scoring,
        seconds_a_step,
        subwords_a_word: large.subwords_a_word,
        source: format!("timed in {STEPS} steps of this device"),
    })
}

/// What was measured of a pass.
struct Pass {
    steps: f64,
    subwords: f64,
    seconds: f64,
    scoring: f64,
    subwords_a_word: f64,
}

impl Pass {
    fn time(run: &Run, timing: &Timing) -> Result<Self> {
        let folder = tempfile::tempdir().context("making a folder for timing")?;
        let Settings { training, word_column, tag_column, .. } = run.settings;
        let train = folder.path().join("train.tsv");
        let sentences = STEPS as usize * training.batch_size;
        cut(&run.settings.train, Columns::of(word_column, tag_column), sentences, &train)?;
        let settings = Settings {
            train: vec![train.clone()],
            dev: Vec::new(),
            test: vec![train],
            counts_from: Vec::new(),
            word_column: None,
            tag_column: None,
            method: Method::VANILLA,
            training: Training { epochs: 2, keep: Keep::Last, ..training },
            ..run.settings.clone()
        };
        let mut command = Command::new(timing.welt);
        command.arg("train").args(settings.flags()).arg("--output").arg(folder.path().join("run"));
        if let Some(device) = &timing.device {
            command.args(["--device", device]);
        }
        command.arg("--quiet");
        share_cores(&mut command, timing.threads);
        output(&mut command)?;
        let record = Record::of_run(&folder.path().join("run")).context("the timed steps")?;
        // The first pass compiles, allocates and fills caches.
        let last = record.epochs.last().context("the record of the timed steps has no epochs")?;
        let data = record.data.context("the record of the timed steps says nothing of its data")?;
        let total = record.seconds.context("the record of the timed steps says nothing of its time")?;
        let subwords = last.subwords as f64;
        let scoring = subwords / (total.total - total.training).max(1e-6);
        let subwords_a_word = subwords / data.train.words.max(1) as f64;
        let steps = data.train.sentences.div_ceil(training.batch_size).max(1) as f64;
        Ok(Self { steps, subwords, seconds: last.seconds, scoring, subwords_a_word })
    }
}

/// The first sentences of some files from one with an entity on, or all from there on where there are fewer.
fn cut(files: &[PathBuf], columns: Columns, sentences: usize, to: &Path) -> Result<()> {
    let mut found = Vec::new();
    for path in files {
        found.extend(read_corpus(path, columns)?.sentences);
    }
    let has_entity = |sentence: &welt_data::Sentence| sentence.tags.iter().any(|tag| tag.to_string() != "O");
    let first = found.iter().position(has_entity).unwrap_or(0);
    let some =
        found.into_iter().skip(first).take(sentences).map(|sentence| welt_data::Sentence { document: 0, ..sentence });
    let some: Vec<welt_data::Sentence> = some.collect();
    let mut text = Vec::new();
    conll::write(&mut text, &some)?;
    fs::write(to, text).with_context(|| format!("writing {}", to.display()))
}
