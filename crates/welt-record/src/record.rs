//! What a run leaves behind: what it was asked, what it read, how it went, and what it scored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use welt_data::ledger::Ledger;
use welt_eval::Scores;
use welt_eval::seqeval::Report;
use welt_settings::Settings;

use crate::RecordError;
use crate::choice::ChosenLabels;
use crate::error::{check_format, not, read};

/// `record.json`. A run without the file has not finished.
///
/// What may be missing was missing in some older version, or is missing where nothing was scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Raised when the meaning of a field changes.
    pub format: u32,
    /// The version of the program.
    #[serde(default)]
    pub welt: String,
    /// What was asked.
    pub config: Settings,
    /// The labels, in the order of `counts` and `class_weights`.
    pub labels: Vec<String>,
    /// Words of each label in what the weights were counted from.
    pub counts: Vec<u64>,
    /// What a mistake on each label cost.
    pub class_weights: Vec<f64>,
    /// What was scored.
    pub scores: ScoredSplits,
    /// The epoch that the scored model comes from, from 1.
    #[serde(default)]
    pub kept_epoch: usize,
    /// Every epoch.
    #[serde(default)]
    pub epochs: Vec<Epoch>,
    /// Scorings of dev that were not at the end of an epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evaluations: Vec<ScoredStep>,
    /// What was read.
    pub data: Option<ReadData>,
    /// How labels were chosen, and what shifts of the scores of O would have given; older versions did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<ChosenLabels>,
    /// How long it took; none where the run took the training of another.
    pub seconds: Option<Seconds>,
    /// Sub-words learnt from in a second, padding left out.
    pub tokens_per_second: Option<f64>,
    /// Sub-words learnt from in a second of one processor.
    pub tokens_per_cpu_second: Option<f64>,
}

/// The scores of the splits; none where there was no such split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredSplits {
    /// Of what the epoch was chosen on.
    pub dev: Option<SplitScores>,
    /// Of what nothing was chosen on.
    pub test: Option<SplitScores>,
}

/// The scores of one split, over all entities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitScores {
    /// As conlleval reads tags.
    pub default: Scores,
    /// By the rules of the scheme that the gold tags show; none where they show none.
    pub strict: Option<Scores>,
    /// The same with every type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Reports>,
}

/// seqeval's reports of one split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reports {
    /// As conlleval reads tags.
    pub default: Report,
    /// By the rules of the scheme that the gold tags show; none where they show none.
    pub strict: Option<Report>,
}

impl From<Reports> for SplitScores {
    fn from(reports: Reports) -> Self {
        let strict = reports.strict.as_ref().map(|report| report.micro);
        Self { default: reports.default.micro, strict, reports: Some(reports) }
    }
}

/// One pass over the training files.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// The mean of the losses of its steps.
    pub mean_loss: f64,
    /// Sub-words, padding left out.
    pub subwords: usize,
    /// Seconds that its steps took.
    pub seconds: f64,
    /// The score on dev that says which epoch is best, F1 where nothing else was asked for; none where dev was not scored.
    pub score: Option<f64>,
}

/// A scoring of dev in the middle of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoredStep {
    /// The step that it came after, from 1.
    pub step: usize,
    /// The epoch of that step, from 1.
    pub epoch: usize,
    /// As that of [`Epoch`].
    pub score: Option<f64>,
}

/// One step of the optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// From 1.
    pub step: usize,
    /// Steps of the whole run.
    #[serde(default)]
    pub total_steps: usize,
    /// From 1.
    #[serde(default)]
    pub epoch: usize,
    /// The weighted mean over the words of the step, before the update.
    pub loss: f64,
    /// The rate of the step.
    #[serde(default)]
    pub learning_rate: f64,
    /// The norm over all gradients, before the clip.
    #[serde(default)]
    pub gradient_norm: f64,
    /// Sub-words of the step, padding left out.
    #[serde(default)]
    pub subwords: usize,
}

/// A line of `metrics.jsonl`. Whoever writes lines on has to know every kind of them, so the compiler may ask for each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Metric {
    /// A step was taken.
    Step(Step),
    /// An epoch was taken, and scored if it was to be.
    Epoch(Epoch),
    /// Dev was scored in the middle of an epoch.
    Evaluation(ScoredStep),
}

impl Metric {
    /// The line that it is, without its end.
    ///
    /// # Errors
    /// None that is known: numbers that are no numbers become `null`.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// What a line says; none where it says something else, or was cut off.
    #[must_use]
    pub fn of_line(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// What was read of every split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadData {
    /// What was learnt from.
    pub train: SplitData,
    /// What the epoch was chosen on.
    pub dev: Option<SplitData>,
    /// What nothing was chosen on.
    pub test: Option<SplitData>,
}

/// What was read of a split, and what became of it on the way to the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitData {
    /// Sentences.
    pub sentences: usize,
    /// Words.
    pub words: usize,
    /// Windows that the network reads.
    pub examples: usize,
    /// Sentences of several windows.
    #[serde(default)]
    pub sentences_windowed: usize,
    /// Words longer than a window.
    #[serde(default)]
    pub words_cut: usize,
    /// Words of which the tokenizer makes nothing.
    #[serde(default)]
    pub words_without_subwords: usize,
    /// Every loss by its name; older versions wrote none.
    pub ledger: Option<Ledger>,
}

/// How long a run took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Of the steps.
    pub training: f64,
    /// Of all processors together, scoring left out.
    #[serde(default)]
    pub training_cpu: f64,
    /// With the scoring of all splits.
    pub total: f64,
}

impl Record {
    /// The newest format, which is the one that is written. Format 1 had other names for some settings.
    pub const FORMAT: u32 = 2;

    /// The file in a run directory.
    pub const FILE: &str = "record.json";

    /// Reads `record.json` of a run directory.
    ///
    /// # Errors
    /// A file that cannot be read, is no record, or has a format that is not known.
    pub fn of_run(folder: &Path) -> Result<Self, RecordError> {
        let path = folder.join(Self::FILE);
        Self::parse(&read(&path)?, &path)
    }

    /// Reads the text of a record; `path` is for messages.
    ///
    /// # Errors
    /// As those of [`Record::of_run`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, RecordError> {
        let Encountered { format } = serde_json::from_str(text).map_err(not("a record of a run", path))?;
        check_format(format, Self::FORMAT, "records", path)?;
        serde_json::from_str(text).map_err(not("a record of a run", path))
    }
}

/// What every format of a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Encountered {
    /// The number of the format.
    pub format: u64,
}

/// `environment.json`: what a run saw of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The version of the program.
    #[serde(default)]
    pub welt: String,
    /// What of the program computes, as [`COMPUTES`](crate::COMPUTES) has it; older versions did not know it.
    #[serde(default)]
    pub computes: String,
    /// The operating system.
    #[serde(default)]
    pub system: String,
    /// The kind of processor.
    #[serde(default = "unknown")]
    pub architecture: String,
    /// Where it was computed.
    #[serde(default = "unknown")]
    pub device: String,
    /// Threads at a time.
    #[serde(default)]
    pub threads: usize,
    /// Where the encoder came from; older versions did not say.
    pub model: Option<ModelSource>,
    /// The digest of every file that was read, by its path.
    #[serde(default)]
    pub sha256: BTreeMap<String, String>,
}

/// Where an encoder came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSource {
    /// The folder of its files.
    pub folder: PathBuf,
    /// What it is on the Hub, where it comes from there.
    pub hub: Option<Origin>,
}

/// A model of the Hub, to the bit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `OWNER/NAME`.
    pub id: String,
    /// The branch, tag or commit that was asked for.
    pub revision: String,
    /// The commit that this meant.
    pub commit: String,
}

fn unknown() -> String {
    "unknown".to_owned()
}

impl Environment {
    /// The file in a run directory.
    pub const FILE: &str = "environment.json";

    /// Reads `environment.json` of a run directory; none where an older version wrote none.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn of_run(folder: &Path) -> Result<Option<Self>, RecordError> {
        let path = folder.join(Self::FILE);
        if !path.exists() {
            return Ok(None);
        }
        serde_json::from_str(&read(&path)?).map(Some).map_err(not("the environment of a run", &path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record as version 0.1.0 wrote it, with the fewest fields that any commit of it wrote.
    const FORMAT_1: &str = r#"{
        "class_weights": [0.4, 0.4, 0.2], "counts": [2, 1, 7], "labels": ["B-X", "I-X", "O"], "format": 1, "welt": "0.1.0",
        "config": {
            "train": ["a.tsv"], "dev": [], "test": ["b.tsv"], "counts_from": [], "model": "m", "from_scratch": true,
            "weights": "vanilla", "label_order": "intended", "max_length": 64, "window_context": 8, "device": "cpu",
            "save_model": false,
            "training": {
                "epochs": 2, "batch_size": 16, "micro_batch_size": 4, "batches_sorted_together": 50,
                "learning_rate": 0.001, "warmup_ratio": 0.0, "weight_decay": 0.0, "beta_1": 0.9, "beta_2": 0.999,
                "epsilon": 1e-8, "max_gradient_norm": 1.0, "focal_gamma": 2.0, "keep": "last", "seed": 3
            }
        },
        "scores": {"dev": null, "test": {
            "default": {"precision": 0.5, "recall": 1.0, "f1": 0.6666666666666666, "support": 2}, "strict": null
        }},
        "kept_epoch": 2,
        "epochs": [{"epoch": 1, "mean_loss": 0.5, "subwords": 10, "seconds": 0.1, "score": null}],
        "data": {"train": {"sentences": 2, "words": 10, "examples": 2}, "dev": null,
                 "test": {"sentences": 1, "words": 3, "examples": 1}},
        "seconds": {"training": 0.1, "total": 0.2}, "tokens_per_second": 100.0
    }"#;

    #[test]
    fn a_record_of_format_1_is_read() {
        let record = Record::parse(FORMAT_1, Path::new("record.json")).unwrap();
        assert_eq!(record.config.method.to_string(), "focal-2");
        assert_eq!((record.config.seed, record.config.training.max_length), (3, 64));
        assert_eq!(record.scores.test.as_ref().unwrap().default.support, 2);
        // What is written of it is read as the same.
        let record = Record { format: Record::FORMAT, ..record };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(Record::parse(&text, Path::new("record.json")).unwrap(), record);
    }

    #[test]
    fn what_is_no_record_is_named() {
        let check = |text: &str, expected: &str| {
            let error = Record::parse(text, Path::new("record.json")).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        };
        check("", "record.json:1:0: not a record of a run: EOF");
        check("{\"format\": 3}", "record.json: format 3 of records, expected one from 1 to 2");
        check("{\"format\": 2}", "record.json:1:13: not a record of a run: missing field `config`");
        check(&FORMAT_1.replace("vanilla", "vanila"), "record.json:1");
    }

    #[test]
    fn a_line_of_metrics_is_read_again() {
        let step =
            Step { step: 1, total_steps: 2, epoch: 1, loss: 0.5, learning_rate: 1e-5, gradient_norm: 2.0, subwords: 7 };
        let line = Metric::Step(step).to_line().unwrap();
        assert!(line.starts_with("{\"kind\":\"step\",\"step\":1,"), "{line}");
        assert_eq!(Metric::of_line(&line), Some(Metric::Step(step)));
        assert_eq!(Metric::of_line(&line[..line.len() - 3]), None);
    }
}
