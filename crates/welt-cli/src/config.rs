//! What a training run is asked to do: built-in settings, under a file's, under flags.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use welt_models::Precision;
use welt_train::{Keep, TrainConfig};
use welt_weights::{LabelOrder, Scheme};

use crate::device;

const DEFAULTS: &str = include_str!("defaults.toml");

/// Everything that a training run is asked to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Files to learn from.
    pub train: Vec<PathBuf>,
    /// Files to choose the epoch on.
    pub dev: Vec<PathBuf>,
    /// Files to score the kept model on.
    pub test: Vec<PathBuf>,
    /// Files whose classes are counted for the weights; the training files where none is named.
    pub counts_from: Vec<PathBuf>,
    /// The column of the tags; found where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_column: Option<isize>,
    /// The directory of the encoder and its tokenizer, or a model of the Hub.
    pub model: PathBuf,
    /// Whether the encoder's weights are drawn anew.
    pub from_scratch: bool,
    /// The weighting scheme.
    pub weights: Scheme,
    /// Which label gets which weight.
    pub label_order: LabelOrder,
    /// The longest window, in sub-words with `[CLS]` and `[SEP]`.
    pub max_length: usize,
    /// Sub-words on each side of a window that only inform.
    pub window_context: usize,
    /// Losses on the way to sub-words that are no errors, by their names in the ledger.
    pub allow: Vec<String>,
    /// The backend.
    pub device: String,
    /// Whether the model is written.
    pub save_model: bool,
    /// The settings of the loop.
    pub training: TrainConfig,
}

/// The flags that set what a configuration file can set too, with the same names there.
#[derive(Args, Serialize)]
pub struct ConfigFlags {
    /// A file to learn from; several are read as one
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    train: Vec<PathBuf>,
    /// A file to choose the best epoch on
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dev: Vec<PathBuf>,
    /// A file to score the kept model on
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    test: Vec<PathBuf>,
    /// A file whose classes are counted for the weights, in place of the training files
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counts_from: Vec<PathBuf>,
    /// The column of the tags, from 1, or from the end as in -1; found by itself where it is not given
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tag_column: Option<isize>,
    /// The encoder: a directory with config.json, weights, and tokenizer.json or vocab.txt; or a model of the Hugging
    /// Face Hub, as OWNER/NAME, OWNER/NAME@REVISION or a short name that `welt models` lists
    #[arg(long, value_name = "MODEL", required_unless_present = "config")]
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<PathBuf>,
    /// Draw the encoder's weights anew instead of reading them
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    from_scratch: bool,
    /// vanilla, ins, isns, ens-BETA, ens-as-coded-BETA or welt [default: welt]
    #[arg(long, value_name = "SCHEME", alias = "weight-scheme")]
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<Scheme>,
    /// intended, or as-published: the order in which the paper's code gave weights to labels [default: intended]
    #[arg(long, value_name = "ORDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    label_order: Option<LabelOrder>,
    /// Sub-words of the longest window; longer sentences are read in several [default: 128]
    #[arg(long, value_name = "N", alias = "max-seq-length")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<usize>,
    /// Sub-words on each side of a window that only inform [default: 24]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    window_context: Option<usize>,
    /// Losses on the way to sub-words that are no errors: mention-without-sub-words
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow: Vec<String>,
    #[arg(long, value_name = "DEVICE", help = format!("{} [default: cpu]", device::HELP))]
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// Do not write the model
    #[arg(long)]
    #[serde(rename = "save_model", serialize_with = "negated", skip_serializing_if = "std::ops::Not::not")]
    no_save_model: bool,
    /// Write the model, also where --config says not to
    #[arg(long = "save-model", conflicts_with = "no_save_model")]
    #[serde(rename = "save_model", skip_serializing_if = "std::ops::Not::not")]
    save_model_anyway: bool,
    #[command(flatten)]
    training: TrainingFlags,
}

#[derive(Args, Serialize)]
struct TrainingFlags {
    /// Passes over the training files [default: 3]
    #[arg(long, value_name = "N", alias = "num-train-epochs")]
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<usize>,
    /// Sentences of one optimiser step [default: 32]
    #[arg(long, value_name = "N", alias = "per-device-train-batch-size")]
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_size: Option<usize>,
    /// Sentences of one forward pass; the passes of a step run side by side, so fewer sentences keep more
    /// cores busy; it moves a result as a seed does, the number of cores does not [default: 8]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    micro_batch_size: Option<usize>,
    /// Batches that are sorted by length together [default: 50]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    batches_sorted_together: Option<usize>,
    /// The highest learning rate; it falls linearly to 0 [default: 5e-5]
    #[arg(long, value_name = "X")]
    #[serde(skip_serializing_if = "Option::is_none")]
    learning_rate: Option<f64>,
    /// The share of steps over which the learning rate rises from 0 [default: 0]
    #[arg(long, value_name = "X")]
    #[serde(skip_serializing_if = "Option::is_none")]
    warmup_ratio: Option<f64>,
    /// Decoupled weight decay, biases and layer normalisations left out [default: 0]
    #[arg(long, value_name = "X")]
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_decay: Option<f64>,
    /// The norm over all gradients above which they are scaled down [default: 1]
    #[arg(long, value_name = "X", alias = "max-grad-norm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_gradient_norm: Option<f64>,
    /// Take less notice of words that are already told well: gamma of the focal loss; often 2 [default: 0]
    #[arg(long, value_name = "GAMMA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    focal_gamma: Option<f64>,
    /// Add TAU times the logarithm of a label's share to its scores in training (logit adjustment); often 1 [default: 0]
    #[arg(long, value_name = "TAU")]
    #[serde(skip_serializing_if = "Option::is_none")]
    logit_adjustment: Option<f64>,
    /// Which epoch's model is kept [default: best]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    keep: Option<KeepName>,
    /// The numbers of the encoder's matrix products: f32, bf16 or f16; all else stays in f32 [default: f32]
    #[arg(long, value_name = "NUMBERS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<Precision>,
    /// Orders the sentences and draws the head and the dropout masks [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

/// [`Keep`] as a flag.
#[derive(Clone, Copy, ValueEnum)]
enum KeepName {
    /// The one that scores best on --dev; the last where there is none.
    Best,
    /// The one after the last epoch.
    Last,
}

impl Serialize for KeepName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keep = match self {
            Self::Best => Keep::Best,
            Self::Last => Keep::Last,
        };
        keep.serialize(serializer)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields by reference")]
fn negated<S: serde::Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(!flag)
}

impl RunConfig {
    /// The built-in settings, under those of `file` (TOML, or JSON as a run directory holds it), under `flags`.
    pub fn resolve(file: Option<&Path>, flags: &ConfigFlags) -> Result<Self> {
        let mut table: Table = DEFAULTS.parse().context("the built-in settings")?;
        let source = file.map_or_else(|| "the settings".to_owned(), |path| path.display().to_string());
        if let Some(path) = file {
            let given = read_table(path)?;
            refuse_misplaced(path, &given, &table)?;
            overlay(&mut table, given);
        }
        overlay(&mut table, Table::try_from(flags).context("the flags")?);
        for needed in ["train", "model"] {
            if !table.contains_key(needed) {
                bail!("--{needed} is missing: name it as a flag or in --config");
            }
        }
        Value::Table(table).try_into().map_err(|error| anyhow!("{source}: {}", in_plain_words(&error)))
    }
}

fn read_table(path: &Path) -> Result<Table> {
    let shown = path.display();
    let expected = "expected settings as TOML, or the config.json of a run";
    let text =
        std::fs::read_to_string(path).map_err(|error| anyhow!("{shown}: cannot be read: {error}; {expected}"))?;
    if path.extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(&text).map_err(|error| {
            let problem = error.to_string();
            let problem = problem.split(" at line ").next().unwrap_or_default();
            anyhow!("{shown}:{}:{}: {problem}; {expected}", error.line(), error.column())
        });
    }
    text.parse().map_err(|error: toml::de::Error| {
        let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&character| character != '\n').count() + 1;
        anyhow!("{shown}:{line}:{column}: {}; {expected}", error.message())
    })
}

/// Says where a setting belongs that stands at the top instead of under its heading.
fn refuse_misplaced(path: &Path, given: &Table, settings: &Table) -> Result<()> {
    let headings = settings.iter().filter_map(|(heading, value)| Some((heading, value.as_table()?)));
    for (heading, inner) in headings {
        if let Some(name) = given.keys().find(|name| inner.contains_key(*name) && !settings.contains_key(*name)) {
            bail!("{}: `{name}` stands at the top: put it under [{heading}]", path.display());
        }
    }
    Ok(())
}

/// What a deserializer says, on one line and without the names of Rust's types.
fn in_plain_words(error: &toml::de::Error) -> String {
    let types = [
        ("expected usize", "expected a whole number from 0"),
        ("expected u64", "expected a whole number from 0"),
        ("expected isize", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected a sequence", "expected a list, as in [\"FILE\"]"),
    ];
    let shown = error.to_string();
    let setting = shown.lines().find_map(|line| line.strip_prefix("in `")).map(|name| format!("`{name}: "));
    let message = setting.unwrap_or_default() + error.message();
    types.iter().fold(message, |message, (theirs, ours)| message.replace(theirs, ours))
}

/// Puts the entries of `upper` over those of `lower`, tables within tables.
fn overlay(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(lower)), Value::Table(upper)) => overlay(lower, upper),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}
