//! The flags of a training run: all that a settings file can say too, as a table that `welt-settings` puts over it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use serde::Serialize;
use toml::{Table, Value};
use welt_data::formats::Format;
use welt_settings::{CheckpointEvery, Method, Setting, Settings, Training};
use welt_weights::{LabelOrder, Scheme};

use crate::corpus::column_number;
use crate::{allow, devices};

/// The flags that set what a configuration file can set too, with the same names there.
#[derive(Args, Serialize)]
pub struct SettingsFlags {
    /// A file to learn from; several are read as one
    #[arg(long, value_name = "FILE", required_unless_present_any = ["config", "resume"])]
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
    /// The column of the words, from 1, or from the end as in -1; found by itself where it is not given
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = column_number)]
    #[serde(skip_serializing_if = "Option::is_none")]
    word_column: Option<isize>,
    /// The column of the tags, from 1, or from the end as in -1; found by itself where it is not given
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = column_number)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tag_column: Option<isize>,
    /// The format of the files: tagged ones (conll), or documents in any format that convert reads [default: told from the
    /// name or the content of each]
    #[arg(long, value_name = "FORMAT", value_parser = format_name())]
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The encoder: a directory with config.json, weights, and tokenizer.json or vocab.txt; or a model of the Hugging
    /// Face Hub, as OWNER/NAME, OWNER/NAME@REVISION or a short name that `welt models` lists
    #[arg(long, value_name = "MODEL", required_unless_present_any = ["config", "resume"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<PathBuf>,
    /// Draw the encoder's weights anew instead of reading them
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    from_scratch: bool,
    /// How imbalance is treated: a weighting scheme (vanilla, ins, isns, ens-BETA, ens-as-coded-BETA, welt), another loss
    /// without class weights (focal-GAMMA, logit-adjustment-TAU, dice-ALPHA), labels chosen in another way (tuned-shift,
    /// constrained), or several of these, as in welt+focal-2; --help says when each helps [default: welt]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["weights", "focal_gamma", "logit_adjustment"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
    /// The weighting scheme of the method alone
    #[arg(long, value_name = "SCHEME", alias = "weight-scheme")]
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<Scheme>,
    /// Take less notice of words that are already told well: gamma of the focal loss, often 2; without --weights there are
    /// then no class weights
    #[arg(long, value_name = "GAMMA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    focal_gamma: Option<f64>,
    /// Add TAU times the logarithm of a label's share to its scores in training (logit adjustment), often 1; without
    /// --weights there are then no class weights
    #[arg(long, value_name = "TAU")]
    #[serde(skip_serializing_if = "Option::is_none")]
    logit_adjustment: Option<f64>,
    /// intended, or as-published: the order in which the paper's code gave weights to labels [default: intended]
    #[arg(long, value_name = "ORDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    label_order: Option<LabelOrder>,
    /// Orders the sentences, and draws the head and the dropout masks [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', help = allow::help_in_training())]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow: Vec<String>,
    #[arg(long, value_name = "DEVICE", help = format!("{} [default: cpu]", devices::HELP))]
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
    /// How often all that is needed to go on after an interruption is written down: never, or as in 10-minutes (and after an
    /// epoch, where the last time is a minute ago) or 500-steps (and after every epoch); no result depends on it
    /// [default: 10-minutes]
    #[arg(long, value_name = "WHEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint_every: Option<CheckpointEvery>,
    #[command(flatten)]
    training: TrainingFlags,
}

/// A flag for every number of the loop, from the table that says what they are.
#[derive(Serialize)]
#[serde(transparent)]
struct TrainingFlags(Table);

impl Args for TrainingFlags {
    fn augment_args(command: Command) -> Command {
        Training::SETTINGS.iter().fold(command, |command, setting| command.arg(flag(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TrainingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |setting: &Setting| {
            let value = matches.get_one::<Value>(setting.name)?;
            Some((setting.name.to_owned(), value.clone()))
        };
        Ok(Self(Training::SETTINGS.iter().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

fn flag(setting: &'static Setting) -> Arg {
    let help = format!("{} [default: {}]", setting.help.trim(), setting.shown(&Training::defaults()));
    let flag = Arg::new(setting.name).long(setting.flag()).value_name(setting.value_name).help(help);
    let flag = flag.aliases(setting.aliases).allow_negative_numbers(true);
    if setting.words.is_empty() {
        flag.value_parser(|text: &str| setting.read(text))
    } else {
        flag.value_parser(PossibleValuesParser::new(setting.words).map(Value::String))
    }
}

/// Takes the name of a format that corpora are read in.
fn format_name() -> PossibleValuesParser {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields by reference")]
fn negated<S: serde::Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(!flag)
}

impl SettingsFlags {
    /// The names of what is given, as flags.
    pub fn given(&self) -> Result<Vec<String>> {
        let table = Table::try_from(self).context("the flags")?;
        let nested = table.get("training").and_then(Value::as_table).into_iter().flat_map(Table::keys);
        let names = table.keys().filter(|name| *name != "training").chain(nested);
        Ok(names.map(|name| format!("--{}", name.replace('_', "-"))).collect())
    }

    /// The built-in settings, under those of `file` (TOML, or JSON as a run directory holds it), under these flags.
    pub fn over(&self, file: Option<&Path>) -> Result<Settings> {
        Ok(welt_settings::resolve(file, Table::try_from(self).context("the flags")?)?)
    }
}
