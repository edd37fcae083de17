//! The grid file: which corpora, encoders, methods and seeds, with every number that can move a result.
//! A TOML text goes in, a checked [`Grid`] comes out; it looks at no other file.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde::Deserialize;
use welt_settings::{Changes, Keep, Method, SettingsError, Training, overlay};
use welt_weights::LabelOrder;

/// Everything that a grid file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// The heading of the table.
    pub title: String,
    /// What is learnt from, and which epoch is scored.
    #[serde(default)]
    pub protocol: Protocol,
    /// Published results to put beside ours, from the folder of the grid file.
    pub published: Option<PathBuf>,
    /// Every row must reach this F1, in per cent: a net under the sample.
    pub minimum_f1: Option<f64>,
    /// What is compared: schemes of class weights, and other losses; `schemes` is the older name.
    #[serde(alias = "schemes")]
    pub methods: Vec<Method>,
    /// So many points of F1 are too few to matter: within them the report calls two methods the same.
    #[serde(default = "one_point")]
    pub margin: f64,
    /// The orders in which classes are given to labels.
    #[serde(default = "intended")]
    pub label_orders: Vec<LabelOrder>,
    /// A run for each.
    #[serde(default = "one_seed")]
    pub seeds: Vec<u64>,
    /// Losses on the way to sub-words that are no errors, as `welt train` takes them, and `shared-documents`.
    #[serde(default)]
    pub allow: Vec<String>,
    /// The numbers of every training; what is left out is as `welt train` has it.
    #[serde(default = "Training::defaults")]
    pub training: Training,
    /// The corpora, `[[dataset]]` each.
    #[serde(rename = "dataset")]
    pub datasets: Vec<Dataset>,
    /// The encoders, `[[model]]` each.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
    /// Changes to `training` for a dataset, a model or a pair of them; later ones win.
    #[serde(default)]
    pub overrides: Vec<Override>,
}

/// What is learnt from, and which epoch is scored on the test split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// What the grid's `train` and `keep` say
    #[default]
    AsListed,
    /// Train without dev, and the epoch that scores best on dev
    DevSelects,
}

/// A corpus; paths from the folder of corpora.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// What tables call it.
    pub name: String,
    /// The name of the texts that it is made of, where it shares them with others; found from their sentences where it is
    /// not given.
    pub source: Option<String>,
    /// What is learnt from.
    pub train: Vec<PathBuf>,
    /// What classes are counted in for the weights, where that is not all of `train`.
    pub counts_from: Option<Vec<PathBuf>>,
    /// What an epoch can be chosen on.
    pub dev: PathBuf,
    /// What results are scored on.
    pub test: PathBuf,
    /// The column of the words, from 1, or from the end as in -1; found where it is not given.
    pub word_column: Option<isize>,
    /// The column of the tags, from 1, or from the end as in -1; found where it is not given.
    pub tag_column: Option<isize>,
}

/// Other numbers for some cells; without a name they hold for all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "toml::Table")]
pub struct Override {
    /// The only dataset that it holds for.
    pub dataset: Option<String>,
    /// The only model that it holds for.
    pub model: Option<String>,
    /// The numbers.
    pub changes: Changes,
}

impl TryFrom<toml::Table> for Override {
    type Error = SettingsError;

    fn try_from(mut table: toml::Table) -> Result<Self, SettingsError> {
        let unreadable = |error: toml::de::Error| SettingsError::Unreadable(error.message().to_owned());
        let mut name = |key: &str| table.remove(key).map(|value| value.try_into().map_err(unreadable)).transpose();
        let (dataset, model) = (name("dataset")?, name("model")?);
        Ok(Self { dataset, model, changes: table.try_into().map_err(unreadable)? })
    }
}

fn intended() -> Vec<LabelOrder> {
    vec![LabelOrder::Intended]
}

const fn one_point() -> f64 {
    1.0
}

fn one_seed() -> Vec<u64> {
    vec![1]
}

/// An encoder: a folder, or a name on the Hugging Face Hub of which a local copy is looked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What tables call it.
    pub name: String,
    /// Its folder, from the folder of the grid file.
    pub path: Option<PathBuf>,
    /// Its name on the Hub.
    pub hub: Option<String>,
    /// Whether its weights are drawn anew instead of read.
    #[serde(default)]
    pub from_scratch: bool,
    /// Sub-words that its vocabulary makes of a word, special tokens counted: for the estimate of a grid whose encoders
    /// are not there. It moves no result.
    pub subwords_per_word: Option<f64>,
}

/// Parts of a grid; an empty list takes all.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Names of datasets.
    pub datasets: Vec<String>,
    /// Names of models.
    pub models: Vec<String>,
    /// What is compared.
    pub methods: Vec<Method>,
    /// Takes the place of the grid's orders.
    pub label_orders: Vec<LabelOrder>,
    /// Takes the place of the grid's seeds.
    pub seeds: Vec<u64>,
}

impl Grid {
    /// Reads and checks a grid file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading the grid {}", path.display()))?;
        let grid = match text.parse::<toml::Table>() {
            Ok(table) if table.contains_key("base") => Self::on_base(table, path),
            // Read again as a whole, for messages that show the line.
            _ => Self::parse(&text),
        };
        grid.with_context(|| format!("in the grid {}", path.display()))
    }

    /// A grid that says what is different from another one: its keys take the place of those of `base`, tables key by key.
    fn on_base(mut table: toml::Table, path: &Path) -> Result<Self> {
        let Some(toml::Value::String(base)) = table.remove("base") else {
            bail!("`base`: expected the name of another grid file")
        };
        let base = path.with_file_name(base);
        let text = fs::read_to_string(&base).with_context(|| format!("reading the grid {}", base.display()))?;
        let whole: toml::Table = text.parse().with_context(|| format!("in the grid {}", base.display()))?;
        let mut whole = with_one_name(whole).with_context(|| format!("in the grid {}", base.display()))?;
        if whole.contains_key("base") {
            bail!("`base`: {} has a base of its own, expected a grid that stands alone", base.display());
        }
        overlay(&mut whole, with_one_name(table)?);
        let grid: Self = whole.try_into()?;
        grid.check()?;
        Ok(grid)
    }

    fn parse(text: &str) -> Result<Self> {
        let grid: Self = toml::from_str(text)?;
        grid.check()?;
        Ok(grid)
    }

    /// Fails on names that stand twice or nowhere, empty lists and impossible numbers.
    pub fn check(&self) -> Result<()> {
        let datasets: Vec<&str> = self.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
        let models: Vec<&str> = self.models.iter().map(|model| model.name.as_str()).collect();
        distinct("dataset.name", &datasets)?;
        distinct("model.name", &models)?;
        distinct("methods", &self.methods.iter().map(Method::to_string).collect::<Vec<_>>())?;
        distinct("label_orders", &self.label_orders.iter().map(LabelOrder::to_string).collect::<Vec<_>>())?;
        distinct("seeds", &self.seeds)?;
        if !(self.margin > 0.0 && self.margin <= 100.0) {
            bail!("`margin`: {} points of F1, expected more than 0 and at most 100", self.margin);
        }
        for dataset in &self.datasets {
            distinct(&format!("train of dataset `{}`", dataset.name), &dataset.train)?;
            if let Some(counts_from) = &dataset.counts_from {
                distinct(&format!("counts_from of dataset `{}`", dataset.name), counts_from)?;
            }
        }
        for model in &self.models {
            if model.path.is_some() == model.hub.is_some() {
                bail!("model `{}`: expected either `path` or `hub`", model.name);
            }
        }
        for change in &self.overrides {
            known("overrides.dataset", change.dataset.as_slice(), &datasets)?;
            known("overrides.model", change.model.as_slice(), &models)?;
        }
        for dataset in &datasets {
            for model in &models {
                self.training(dataset, model).check().with_context(|| format!("{dataset} with {model}"))?;
            }
        }
        Ok(())
    }

    /// The numbers of one dataset and model.
    pub fn training(&self, dataset: &str, model: &str) -> Training {
        let holds = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
        let mut training = self.training;
        for change in &self.overrides {
            if holds(&change.dataset, dataset) && holds(&change.model, model) {
                training = training.changed(&change.changes);
            }
        }
        training
    }

    /// The grid as its protocol reads it: what is learnt from, and which epoch is kept.
    pub fn with_protocol(mut self, protocol: Option<Protocol>) -> Result<Self> {
        self.protocol = protocol.unwrap_or(self.protocol);
        if self.protocol == Protocol::AsListed {
            return Ok(self);
        }
        for dataset in &mut self.datasets {
            dataset.train = dataset.counts_from.take().unwrap_or_else(|| std::mem::take(&mut dataset.train));
            dataset.train.retain(|file| *file != dataset.dev);
            if dataset.train.is_empty() {
                bail!("dataset `{}`: nothing to learn from but dev, which is to choose the epoch", dataset.name);
            }
        }
        let changes = Changes { keep: Some(Keep::Best), ..Changes::default() };
        self.overrides.push(Override { changes, ..Override::default() });
        Ok(self)
    }

    /// The grid with all known methods: those that it has come first, as its own.
    #[must_use]
    pub fn with_all_methods(mut self) -> Self {
        for method in Method::all() {
            if !self.methods.contains(&method) {
                self.methods.push(method);
            }
        }
        self
    }

    /// The grid without what is not selected.
    pub fn select(mut self, selection: &Selection) -> Result<Self> {
        let datasets: Vec<&str> = self.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
        let models: Vec<&str> = self.models.iter().map(|model| model.name.as_str()).collect();
        known("--datasets", &selection.datasets, &datasets)?;
        known("--models", &selection.models, &models)?;
        let names: Vec<String> = self.methods.iter().map(Method::to_string).collect();
        let methods: Vec<String> = selection.methods.iter().map(Method::to_string).collect();
        known("--methods", &methods, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
        retain(&mut self.datasets, &selection.datasets, |dataset| &dataset.name);
        retain(&mut self.models, &selection.models, |model| &model.name);
        retain(&mut self.methods, &selection.methods, |method| method);
        if !selection.label_orders.is_empty() {
            self.label_orders.clone_from(&selection.label_orders);
        }
        if !selection.seeds.is_empty() {
            self.seeds.clone_from(&selection.seeds);
        }
        distinct("--orders", &self.label_orders.iter().map(LabelOrder::to_string).collect::<Vec<_>>())?;
        distinct("--seeds", &self.seeds)?;
        Ok(self)
    }
}

/// The table with the newer name of its list of methods, so that one grid can take the place of another's.
fn with_one_name(mut grid: toml::Table) -> Result<toml::Table> {
    if let Some(methods) = grid.remove("schemes")
        && grid.insert("methods".to_owned(), methods).is_some()
    {
        bail!("`methods` and `schemes` stand side by side: they are one list, expected `methods` alone");
    }
    Ok(grid)
}

fn distinct<T: Ord + fmt::Debug>(key: &str, values: &[T]) -> Result<()> {
    if values.is_empty() {
        bail!("`{key}`: expected at least one");
    }
    let mut seen = BTreeSet::new();
    match values.iter().find(|value| !seen.insert(*value)) {
        Some(twice) => bail!("`{key}`: {twice:?} stands twice"),
        None => Ok(()),
    }
}

fn known(key: &str, names: &[String], all: &[&str]) -> Result<()> {
    match names.iter().find(|name| !all.contains(&name.as_str())) {
        Some(name) if key == "--methods" => {
            bail!("`{key}`: the grid has no `{name}`, expected one of {}, or all", all.join(", "))
        }
        Some(name) => bail!("`{key}`: the grid has no `{name}`, expected one of {}", all.join(", ")),
        None => Ok(()),
    }
}

fn retain<T, N: PartialEq>(all: &mut Vec<T>, names: &[N], name: impl Fn(&T) -> &N) {
    if !names.is_empty() {
        all.retain(|item| names.contains(name(item)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use welt_weights::Scheme;

    const SMALL: &str = r#"
title = "Small"
methods = ["vanilla", "ens-0.5", "welt"]
label_orders = ["intended"]
seeds = [1, 2]

[training]
epochs = 2
batch_size = 8
learning_rate = 5e-5
warmup_ratio = 0.0
weight_decay = 0.0
max_length = 128
window_context = 24
micro_batch_size = 16
batches_sorted_together = 50
max_gradient_norm = 1.0
keep = "last"

[[dataset]]
name = "a"
train = ["a/train.tsv"]
dev = "a/dev.tsv"
test = "a/test.tsv"

[[model]]
name = "M"
path = "m"
"#;

    fn check(from: &str, to: &str, expected: &Expect) {
        let shown = match Grid::parse(&SMALL.replacen(from, to, 1)) {
            Ok(grid) => grid.training("a", "M").to_string(),
            Err(error) => format!("{error:#}"),
        };
        expected.assert_eq(shown.trim_end());
    }

    #[test]
    fn what_a_grid_leaves_out_is_welt_train_s() {
        check(
            "",
            "",
            &expect![
                "epochs 2, batch size 8, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, last epoch kept, micro batch size 16"
            ],
        );
        check(
            "batch_size = 8\n",
            "epsilon = 1e-6\nprecision = \"bf16\"\n",
            &expect![
                "epochs 2, batch size 32, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, last epoch kept, micro batch size 16, epsilon 1e-6, precision bf16"
            ],
        );
        let fewest =
            SMALL.split("[training]").next().unwrap().replace("label_orders = [\"intended\"]\nseeds = [1, 2]\n", "");
        let (_, rest) = SMALL.split_once("[[dataset]]").unwrap();
        let grid = Grid::parse(&format!("{fewest}[[dataset]]{rest}")).unwrap();
        assert_eq!((grid.training, grid.seeds, grid.label_orders), (Training::defaults(), vec![1], intended()));
    }

    #[test]
    fn methods_may_be_called_schemes() {
        let older = SMALL.replace("methods", "schemes");
        let grid = Grid::parse(&older.replace("ens-0.5", "welt+focal-2")).unwrap();
        assert_eq!(grid.methods[1].to_string(), "welt+focal-2");
        let error = Grid::parse(&older.replace("[training]", "methods = [\"welt\"]\n[training]")).unwrap_err();
        assert!(error.to_string().contains("duplicate field `methods`"), "{error}");
    }

    #[test]
    fn a_base_is_changed_key_by_key() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("base.toml"), SMALL).unwrap();
        let read = |text: &str| {
            fs::write(folder.path().join("grid.toml"), text).unwrap();
            Grid::read(&folder.path().join("grid.toml"))
        };
        let grid = read("base = \"base.toml\"\nmethods = [\"focal-2\"]\n[training]\nepochs = 9\n").unwrap();
        assert_eq!((grid.training.epochs, grid.training.batch_size, grid.seeds.len()), (9, 8, 2));
        assert_eq!(grid.methods.iter().map(Method::to_string).collect::<Vec<_>>(), ["focal-2"]);
        let older = read("base = \"base.toml\"\nschemes = [\"focal-2\"]\n").unwrap();
        assert_eq!(older.methods, grid.methods);
        let twice = read("base = \"base.toml\"\nschemes = [\"ins\"]\nmethods = [\"ins\"]\n").unwrap_err();
        let expected = "`methods` and `schemes` stand side by side: they are one list, expected `methods` alone";
        assert!(format!("{twice:#}").contains(expected), "{twice:#}");
        let error = format!("{:#}", read("base = \"base.toml\"\n[training]\nepoch = 9\n").unwrap_err());
        assert!(error.contains("unknown field `epoch`"), "{error}");
    }

    #[test]
    fn mistakes_name_their_key() {
        check(
            "epochs",
            "epoch",
            &expect![[r#"
                TOML parse error at line 8, column 1
                  |
                8 | epoch = 2
                  | ^^^^^
                unknown field `epoch`, expected one of `epochs`, `batch_size`, `micro_batch_size`, `batches_sorted_together`, `max_length`, `window_context`, `learning_rate`, `warmup_ratio`, `weight_decay`, `beta_1`, `beta_2`, `epsilon`, `max_gradient_norm`, `keep`, `best_by`, `evaluate_every`, `patience`, `precision`"#]],
        );
        check(
            "\"welt\"",
            "\"wlt\"",
            &expect![[r#"
                TOML parse error at line 3, column 11
                  |
                3 | methods = ["vanilla", "ens-0.5", "wlt"]
                  |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                `wlt` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt, or another loss: focal-GAMMA, logit-adjustment-TAU or dice-ALPHA (with a number of at least 0, as in focal-2), or what needs no training of its own: tuned-shift or constrained; alone or joined, as in welt+focal-2"#]],
        );
        check("[1, 2]", "[1, 1]", &expect!["`seeds`: 1 stands twice"]);
        check("\"ens-0.5\"", "\"vanilla\"", &expect![[r#"`methods`: "vanilla" stands twice"#]]);
        check("path = \"m\"", "", &expect!["model `M`: expected either `path` or `hub`"]);
        check("5e-5", "-5e-5", &expect!["a with M: learning_rate is -5e-5: expected a finite number of at least 0"]);
        check(
            "warmup_ratio = 0.0",
            "warmup_ratio = 1.0",
            &expect!["a with M: warmup_ratio is 1: expected a number from 0 to below 1"],
        );
        check(
            "max_length = 128",
            "max_length = 50",
            &expect![
                "a with M: max_length is 50: expected at least 51, for [CLS], [SEP], 24 sub-words of context on each side and one of a word; raise it or lower window_context"
            ],
        );
    }

    #[test]
    fn overrides_hold_where_they_say() {
        let end = "path = \"m\"";
        check(
            end,
            "path = \"m\"\n[[overrides]]\ndataset = \"a\"\nepochs = 30\n[[overrides]]\nmodel = \"M\"\nkeep = \"best\"",
            &expect![
                "epochs 30, batch size 8, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, best epoch kept, micro batch size 16"
            ],
        );
        check(
            end,
            "path = \"m\"\n[[overrides]]\ndataset = \"b\"\nepochs = 30",
            &expect!["`overrides.dataset`: the grid has no `b`, expected one of a"],
        );
        check(
            end,
            "path = \"m\"\n[[overrides]]\nmodel = \"M\"\nbatch-size = 30",
            &expect![[r#"
                TOML parse error at line 29, column 1
                   |
                29 | [[overrides]]
                   | ^^^^^^^^^^^^^
                unknown field `batch-size`, expected one of `epochs`, `batch_size`, `micro_batch_size`, `batches_sorted_together`, `max_length`, `window_context`, `learning_rate`, `warmup_ratio`, `weight_decay`, `beta_1`, `beta_2`, `epsilon`, `max_gradient_norm`, `keep`, `best_by`, `evaluate_every`, `patience`, `precision`"#]],
        );
    }

    #[test]
    fn a_selection_names_what_there_is() {
        let grid = Grid::parse(SMALL).unwrap();
        let only = |methods: &[&str]| Selection {
            methods: methods.iter().map(|name| name.parse().unwrap()).collect(),
            seeds: vec![7],
            ..Selection::default()
        };
        let chosen = grid.clone().select(&only(&["welt"])).unwrap();
        assert_eq!((chosen.methods, chosen.seeds), (vec![Method::weighting(Scheme::Welt)], vec![7]));
        let error = grid.clone().select(&only(&["ins"])).unwrap_err().to_string();
        assert_eq!(error, "`--methods`: the grid has no `ins`, expected one of vanilla, ens-0.5, welt, or all");
        let twice = Selection { label_orders: vec![LabelOrder::Intended; 2], ..Selection::default() };
        let error = grid.select(&twice).unwrap_err().to_string();
        assert_eq!(error, "`--orders`: \"intended\" stands twice");
    }
}
