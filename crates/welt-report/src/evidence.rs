//! What is known of one run: its settings, its counts, its learning curve, or why it has no result.
//! The folder of a run goes in, and out comes what a report and a pack hold of it: no path of a computer among it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use welt_record::{ChosenLabels, Environment, Identity, Metric, Record, ShiftCurve};
use welt_settings::Settings;

use super::counting::{self, Errors, Scorer, Sentences};

/// A run, by the hash of everything that can move its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub run: String,
    /// The text that the hash was taken of, where it is kept.
    pub identity: Option<String>,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Finished(Box<Finished>),
    Failed(Failed),
    /// It has a record that cannot be used.
    Unreadable {
        why: String,
    },
    /// It was started, and is running or was killed.
    Unfinished,
    NotStarted,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    pub attempts: usize,
    /// Of the last attempt.
    pub status: String,
    /// The last line of its output.
    pub said: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// The numbers that the training was asked for.
    pub settings: Value,
    pub machine: Machine,
    /// Of the whole run.
    pub seconds: Option<f64>,
    /// Words of what classes were counted in, by label.
    pub label_counts: Vec<(String, u64)>,
    pub class_weights: Vec<f64>,
    pub sizes: BTreeMap<String, Size>,
    pub epochs: Vec<Epoch>,
    /// Optimiser steps, and the mean loss of equal parts of them.
    pub steps: u64,
    pub losses: Vec<f64>,
    pub errors: Errors,
    pub sentences: Sentences,
    /// F1 on the development split of the model that was kept; older packs have it of runs that take the training of
    /// another, and of others what the epochs tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev_f1: Option<f64>,
    /// How labels were chosen, and what shifts of the scores of O would have given; older versions did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
}

/// How the labels of a run were chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What was added to the scores of O.
    pub shift: f64,
    /// F1 on the development split, in older packs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev_f1: Option<f64>,
    pub curve: ShiftCurve,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub architecture: String,
    pub device: String,
    pub threads: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub sentences: u64,
    pub words: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    pub epoch: u64,
    pub mean_loss: f64,
    /// F1 on the development split, where there is one.
    pub score: Option<f64>,
}

impl Entry {
    /// The rank of a run that has a result.
    pub const BEST: u8 = 4;

    /// Reads what a store has of a run.
    pub fn read(store: &Path, run: &str) -> Result<Self> {
        let cells = store.join("cells");
        let identity = match fs::read_to_string(cells.join(format!("{run}.json"))) {
            // Cut off by a failure of power, it says nothing, and its sweep writes it again.
            Ok(text) if serde_json::from_str::<Value>(&text).is_ok() => Some(text.trim_end().to_owned()),
            Ok(_) | Err(_) => None,
        };
        let folder = cells.join(run);
        let state = if folder.join(Record::FILE).exists() {
            match Finished::read(&folder) {
                Ok(finished) => State::Finished(Box::new(finished)),
                Err(error) => State::Unreadable { why: without_paths(&format!("{error:#}")) },
            }
        } else if let Some(failed) = Failed::read(&cells.join(format!("{run}.failures.jsonl")))? {
            State::Failed(failed)
        } else if cells.join(format!("{run}.partial")).exists() || cells.join(format!("{run}.log")).exists() {
            State::Unfinished
        } else {
            State::NotStarted
        };
        let entry = Self { run: run.to_owned(), identity, state };
        // What is written into a pack is what is reported, to the last digit.
        serde_json::from_str(&serde_json::to_string(&entry)?).with_context(|| format!("run {run}"))
    }

    pub fn finished(&self) -> Option<&Finished> {
        match &self.state {
            State::Finished(finished) => Some(finished),
            _ => None,
        }
    }

    /// Why its record cannot be used; none where it can, or there is none.
    pub fn unusable(&self) -> Option<&str> {
        match &self.state {
            State::Unreadable { why } => Some(why),
            _ => None,
        }
    }

    /// Everything that could move its result, where that is known.
    pub fn identity(&self) -> Option<Identity> {
        Identity::parse(self.identity.as_deref()?).ok()
    }

    /// Fails where the hash is not that of the identity, as after a mix-up of files.
    pub fn check(&self) -> Result<()> {
        match &self.identity {
            Some(identity) if Identity::run_of(identity) != self.run => {
                bail!("run {}: its hash is not that of its settings; were files renamed?", self.run)
            }
            _ => Ok(()),
        }
    }
}

impl State {
    /// How much it tells: of two copies of a run the one that tells more is taken.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Finished(_) => Entry::BEST,
            Self::Unreadable { .. } => 3,
            Self::Failed(_) => 2,
            Self::Unfinished => 1,
            Self::NotStarted => 0,
        }
    }

    /// Why there is no result; none where there is one.
    pub fn absence(&self) -> Option<String> {
        Some(match self {
            Self::Finished(_) => return None,
            Self::Failed(Failed { attempts, status, said }) => {
                let times = if *attempts == 1 { "once".to_owned() } else { format!("{attempts} times") };
                let said = if said.is_empty() { String::new() } else { format!(", last words: {said}") };
                format!("failed {times}, {status}{said}")
            }
            Self::Unreadable { why } => format!("its record cannot be used: {why}"),
            Self::Unfinished => "started, not finished".to_owned(),
            Self::NotStarted => "not started".to_owned(),
        })
    }
}

/// A line of `HASH.failures.jsonl`.
#[derive(Deserialize)]
struct Attempt {
    #[serde(default)]
    status: Value,
    #[serde(default)]
    tail: Value,
}

impl Failed {
    /// None where no attempt failed. Lines that were cut off by a crash are passed over.
    fn read(path: &Path) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let attempts: Vec<Attempt> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let Some(last) = attempts.last() else { return Ok(None) };
        let said = text_of(&last.tail);
        let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        let (status, said) = (without_paths(&text_of(&last.status)), without_paths(said));
        Ok(Some(Self { attempts: attempts.len(), status, said }))
    }
}

/// A text, the lines of a list, or the JSON of anything else.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// Leaves of every absolute path its last part alone: folders are of a computer, not of a result.
pub fn without_paths(text: &str) -> String {
    let is_edge = |letter: char| letter.is_whitespace() || "\"'`(),:;=".contains(letter);
    let mut found = String::new();
    for word in text.split_inclusive(is_edge) {
        let absolute =
            word.starts_with('/') || word.starts_with("\\\\") || word.get(..2) == Some(":\\") || word.starts_with('\\');
        let last = word.trim_end_matches(is_edge).trim_end_matches(['/', '\\']).rfind(['/', '\\']);
        match last {
            Some(slash) if absolute => found.push_str(&word[slash + 1..]),
            _ => found.push_str(word),
        }
    }
    found
}

impl Finished {
    /// Reads the folder of a run that has finished.
    fn read(folder: &Path) -> Result<Self> {
        let text = |name: &str| fs::read_to_string(folder.join(name)).with_context(|| format!("reading {name}"));
        let record = Record::of_run(folder)?;
        let (sentences, errors) = counting::count(&text("predictions/test.tsv")?).context("predictions/test.tsv")?;
        agree(&record, &sentences)?;
        let environment = Environment::of_run(folder)?;
        let machine = environment.map(|of| Machine {
            architecture: of.architecture,
            device: of.device,
            threads: of.threads as u64,
        });
        let unknown = || Machine { architecture: "unknown".to_owned(), device: "unknown".to_owned(), threads: 0 };
        let (steps, losses) = losses(&text("metrics.jsonl").unwrap_or_default());
        Ok(Self {
            settings: settings(&record.config)?,
            machine: machine.unwrap_or_else(unknown),
            seconds: record.seconds.map(|seconds| seconds.total.round()),
            label_counts: record.labels.iter().cloned().zip(record.counts.iter().copied()).collect(),
            class_weights: record.class_weights.iter().map(|weight| rounded(*weight, 6)).collect(),
            sizes: sizes(&record),
            epochs: record.epochs.iter().map(epoch).collect(),
            steps,
            losses,
            errors,
            sentences,
            dev_f1: record.scores.dev.as_ref().map(|dev| rounded(dev.default.f1, 5)),
            choice: record.choice.as_ref().map(Choice::of),
        })
    }

    pub fn f1(&self) -> f64 {
        self.sentences.f1(Scorer::Default)
    }

    /// F1 on the development split after the epoch that was kept; none where there was no such split.
    pub fn dev_f1(&self) -> Option<f64> {
        let of_choice = || self.choice.as_ref().and_then(|choice| choice.dev_f1);
        if let Some(f1) = self.dev_f1.or_else(of_choice) {
            return Some(f1);
        }
        let scores: Option<Vec<f64>> = self.epochs.iter().map(|epoch| epoch.score).collect();
        let keeps_best = self.settings["training"]["keep"] == "best";
        if keeps_best { scores?.into_iter().reduce(f64::max) } else { scores?.last().copied() }
    }

    /// Right, predicted and gold entities as Tables 2 to 9 count them.
    pub fn counts(&self) -> welt_eval::Counts {
        self.sentences.counts(Scorer::Default)
    }
}

impl Choice {
    fn of(choice: &ChosenLabels) -> Self {
        Self { shift: choice.shift, dev_f1: None, curve: choice.curve.clone() }
    }
}

/// How far a recorded score may lie from that of the predictions beside it.
const LAST_BITS: f64 = 1e-9;

/// Fails where the predictions do not give the recorded scores.
fn agree(record: &Record, sentences: &Sentences) -> Result<()> {
    let Some(test) = &record.scores.test else { bail!("record.json has no scores of a test split") };
    let recorded = [("default", Some(test.default), Scorer::Default), ("strict", test.strict, Scorer::Strict)];
    for (mode, scores, scorer) in recorded {
        let (Some(scores), found) = (scores, sentences.f1(scorer)) else { continue };
        if (scores.f1 - found).abs() > LAST_BITS {
            bail!("record.json has an F1 of {} ({mode}), but predictions/test.tsv gives {found}", scores.f1);
        }
    }
    Ok(())
}

/// What was asked for, without the paths of files.
fn settings(config: &Settings) -> Result<Value> {
    let mut settings = serde_json::to_value(config)?;
    if let Some(settings) = settings.as_object_mut() {
        settings.retain(|key, _| {
            !["train", "dev", "test", "counts_from", "model", "save_model", "checkpoint_every"].contains(&key.as_str())
        });
    }
    Ok(settings)
}

fn sizes(record: &Record) -> BTreeMap<String, Size> {
    let Some(data) = &record.data else { return BTreeMap::new() };
    let splits = [("train", Some(&data.train)), ("dev", data.dev.as_ref()), ("test", data.test.as_ref())];
    let size = |(name, split): (&str, Option<&welt_record::SplitData>)| {
        let split = split?;
        Some((name.to_owned(), Size { sentences: split.sentences as u64, words: split.words as u64 }))
    };
    splits.into_iter().filter_map(size).collect()
}

fn epoch(epoch: &welt_record::Epoch) -> Epoch {
    Epoch {
        epoch: epoch.epoch as u64,
        mean_loss: rounded(epoch.mean_loss, 4),
        score: epoch.score.map(|score| (score * 1e5).round() / 1e5),
    }
}

/// How many points a curve of losses has at most.
const POINTS: usize = 30;

/// The number of steps, and the mean loss of equal parts of them.
fn losses(metrics: &str) -> (u64, Vec<f64>) {
    let loss = |line: &str| match Metric::of_line(line)? {
        Metric::Step(step) => Some(step.loss),
        Metric::Epoch(_) | Metric::Evaluation(_) => None,
    };
    let losses: Vec<f64> = metrics.lines().filter_map(loss).collect();
    let n_points = losses.len().min(POINTS);
    let edge = |part: usize| part * losses.len() / n_points;
    let mean = |part: &[f64]| rounded(part.iter().sum::<f64>() / part.len() as f64, 4);
    let points = (0..n_points).map(|part| mean(&losses[edge(part)..edge(part + 1)])).collect();
    (losses.len() as u64, points)
}

/// So many digits of a number, as short as it then is.
fn rounded(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits.saturating_sub(1)).parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&without_paths(text));
    }

    #[test]
    fn no_path_of_a_computer_is_kept() {
        check("reading /data/a b/c.tsv: no such file", &expect!["reading a b/c.tsv: no such file"]);
        check("`/data/x/model.safetensors`, expected 3", &expect!["`model.safetensors`, expected 3"]);
        check("out of memory, 3/4 of it", &expect!["out of memory, 3/4 of it"]);
        check("C:\\data\\x.tsv: bad", &expect!["C:x.tsv: bad"]);
        check("", &expect![""]);
    }

    #[test]
    fn curves_are_shortened() {
        let line = |step: usize| format!("{{\"kind\":\"step\",\"step\":{step},\"loss\":{}}}\n", step as f64);
        let (steps, losses) = losses(&(0..90).map(line).collect::<String>());
        assert_eq!((steps, losses.len(), losses[0], losses[29]), (90, 30, 1.0, 88.0));
        assert_eq!(super::losses("{\"kind\":\"step\",\"step\":1,\"loss\":0.123456}\n{\"kind\":"), (1, vec![0.1235]));
        assert_eq!(super::losses(""), (0, Vec::new()));
    }

    #[test]
    fn failures_are_told_by_their_last_attempt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.failures.jsonl");
        assert_eq!(Failed::read(&path).unwrap(), None);
        let lines = "{\"when\":1,\"status\":\"exit code 1\",\"seconds\":3,\"tail\":\"a\\nerror: /x/y.tsv: bad\\n\"}\n\
                     {\"status\":\"signal 9\",\"tail\":[\"killed\",\"\"]}\n{\"status\":";
        fs::write(&path, lines).unwrap();
        let failed = Failed::read(&path).unwrap().unwrap();
        let absence = State::Failed(failed).absence();
        assert_eq!(absence.unwrap(), "failed 2 times, signal 9, last words: killed");
    }
}
