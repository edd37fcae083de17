//! All that one training run is asked to do.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use welt_weights::{LabelOrder, Scheme};

use crate::{CheckpointEvery, Method, Training, older};

/// Everything that a training run is asked to do: `config.json` of a run, and what `--config` takes.
///
/// Reading it also takes the names and places that settings had in older files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Settings {
    /// Files to learn from.
    pub train: Vec<PathBuf>,
    /// Files to choose the epoch on.
    #[serde(default)]
    pub dev: Vec<PathBuf>,
    /// Files to score the kept model on.
    #[serde(default)]
    pub test: Vec<PathBuf>,
    /// Files whose classes are counted for the weights; the training files where none is named.
    #[serde(default)]
    pub counts_from: Vec<PathBuf>,
    /// The column of the words, from 1, or from the end as in -1; found where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word_column: Option<isize>,
    /// The column of the tags, from 1, or from the end as in -1; found where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_column: Option<isize>,
    /// The format of the files, by its name in `welt-data`; told from the name or the content of each where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The directory of the encoder and its tokenizer, or a model of the Hub.
    pub model: PathBuf,
    /// Whether the encoder's weights are drawn anew.
    #[serde(default)]
    pub from_scratch: bool,
    /// How the imbalance of classes is treated.
    #[serde(default = "welt")]
    pub method: Method,
    /// Which label gets which weight.
    #[serde(default = "intended")]
    pub label_order: LabelOrder,
    /// Orders the sentences, and draws the head and the dropout masks.
    #[serde(default = "one")]
    pub seed: u64,
    /// Losses on the way to sub-words that are no errors, by their names in the ledger.
    #[serde(default)]
    pub allow: Vec<String>,
    /// The backend.
    #[serde(default = "cpu")]
    pub device: String,
    /// Whether the model is written.
    #[serde(default = "yes")]
    pub save_model: bool,
    /// How often all that is needed to go on is written down; it is no part of what makes two runs the same.
    #[serde(default = "ten_minutes")]
    pub checkpoint_every: CheckpointEvery,
    /// The numbers of the loop.
    #[serde(default = "Training::defaults")]
    pub training: Training,
}

impl Settings {
    /// How often a run is written down where nothing else is asked for.
    pub const CHECKPOINT_EVERY: CheckpointEvery = CheckpointEvery::Minutes(10);

    /// The names of all settings that stand at the top, in the order in which they are written.
    pub const NAMES: &[&str] = &[
        "train",
        "dev",
        "test",
        "counts_from",
        "word_column",
        "tag_column",
        "from",
        "model",
        "from_scratch",
        "method",
        "label_order",
        "seed",
        "allow",
        "device",
        "save_model",
        "checkpoint_every",
        "training",
    ];

    /// What `welt train` does with a file and a model where nothing but the numbers of the loop is asked for.
    #[must_use]
    pub fn of(train: PathBuf, model: PathBuf, training: Training) -> Self {
        Self {
            train: vec![train],
            dev: Vec::new(),
            test: Vec::new(),
            counts_from: Vec::new(),
            word_column: None,
            tag_column: None,
            from: None,
            model,
            from_scratch: false,
            method: welt(),
            label_order: intended(),
            seed: one(),
            allow: Vec::new(),
            device: cpu(),
            save_model: yes(),
            checkpoint_every: ten_minutes(),
            training,
        }
    }

    /// The flags of `welt train` that ask for all of this but the device, which whoever starts a run chooses.
    #[must_use]
    pub fn flags(&self) -> Vec<OsString> {
        let mut flags: Vec<OsString> = Vec::new();
        for (flag, files) in [
            ("--train", &self.train),
            ("--dev", &self.dev),
            ("--test", &self.test),
            ("--counts-from", &self.counts_from),
        ] {
            flags.extend(files.iter().flat_map(|file| [flag.into(), file.into()]));
        }
        flags.extend(["--model".into(), self.model.clone().into()]);
        let mut say = |flag: &str, value: &dyn std::fmt::Display| flags.extend([flag.into(), value.to_string().into()]);
        if let Some(column) = self.word_column {
            say("--word-column", &column);
        }
        if let Some(column) = self.tag_column {
            say("--tag-column", &column);
        }
        if let Some(from) = &self.from {
            say("--from", from);
        }
        say("--method", &self.method);
        say("--label-order", &self.label_order);
        say("--seed", &self.seed);
        if self.checkpoint_every != ten_minutes() {
            say("--checkpoint-every", &self.checkpoint_every);
        }
        if !self.allow.is_empty() {
            say("--allow", &self.allow.join(","));
        }
        let switches = [(self.from_scratch, "--from-scratch"), (!self.save_model, "--no-save-model")];
        flags.extend(switches.into_iter().filter(|(on, _)| *on).map(|(_, switch)| switch.into()));
        flags.extend(self.training.flags().into_iter().map(OsString::from));
        flags
    }
}

impl Settings {
    /// The settings of a table with today's names.
    pub(crate) fn of_table(table: toml::Table) -> Result<Self, toml::de::Error> {
        Self::deserialize(table)
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let layer = older::renamed(toml::Table::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
        let table = older::with_method(layer).map_err(serde::de::Error::custom)?;
        Self::of_table(table).map_err(serde::de::Error::custom)
    }
}

const fn welt() -> Method {
    Method::weighting(Scheme::Welt)
}

const fn intended() -> LabelOrder {
    LabelOrder::Intended
}

const fn one() -> u64 {
    1
}

fn cpu() -> String {
    "cpu".to_owned()
}

const fn ten_minutes() -> CheckpointEvery {
    Settings::CHECKPOINT_EVERY
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        toml::from_str(&format!("train = [\"a\"]\nmodel = \"m\"\n{text}")).unwrap()
    }

    #[test]
    fn all_names_are_listed() {
        let all = settings("from = 'brat'\nword_column = 1\ntag_column = -1");
        let written: toml::Table = toml::from_str(&toml::to_string(&all).unwrap()).unwrap();
        let mut names: Vec<&str> = written.keys().map(String::as_str).collect();
        let mut listed = Settings::NAMES.to_vec();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(names, listed);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let asked = settings("method = 'ins+focal-2'\nseed = 7\ntag_column = -1\n[training]\nepsilon = 1e-6");
        assert_eq!(toml::from_str::<Settings>(&toml::to_string(&asked).unwrap()).unwrap(), asked);
        assert_eq!(serde_json::from_str::<Settings>(&serde_json::to_string(&asked).unwrap()).unwrap(), asked);
    }

    #[test]
    fn files_of_older_versions_are_read() {
        let older = settings(
            "weights = 'isns'\nmax_length = 64\nwindow_context = 8\n[training]\nseed = 5\nfocal_gamma = 0.0\nlogit_adjustment = 1",
        );
        let newer =
            settings("method = 'isns+logit-adjustment-1'\nseed = 5\n[training]\nmax_length = 64\nwindow_context = 8");
        assert_eq!(older, newer);
    }

    #[test]
    fn a_setting_stands_in_one_place() {
        for (text, name) in [
            ("seed = 7\n[training]\nseed = 5", "seed"),
            ("max_length = 64\n[training]\nmax_length = 128", "max_length"),
            ("focal_gamma = 1\n[training]\nfocal_gamma = 2", "focal_gamma"),
        ] {
            let error = toml::from_str::<Settings>(&format!("train = [\"a\"]\nmodel = \"m\"\n{text}")).unwrap_err();
            assert!(error.message().contains(&format!("`{name}` stands twice")), "{error}");
        }
    }

    #[test]
    fn a_loss_named_alone_has_no_class_weights() {
        assert_eq!(settings("").method.to_string(), "welt");
        assert_eq!(settings("[training]\nfocal_gamma = 2").method.to_string(), "focal-2");
        assert_eq!(settings("[training]\nfocal_gamma = 0").method.to_string(), "welt");
        assert_eq!(settings("weights = 'welt'\n[training]\nfocal_gamma = 2").method.to_string(), "welt+focal-2");
    }
}
