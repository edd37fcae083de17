//! Writes a grid file with comments, for whoever has a corpus and an encoder and wants to compare methods on them.
//! Names and paths go in, TOML comes out; it looks at no file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use welt_settings::{KNOWN_METHODS, Method, Training};

/// What a new grid compares, and on what.
#[derive(Debug)]
pub struct NewGrid<'a> {
    /// What its tables call the corpus.
    pub corpus: &'a str,
    /// What is learnt from; paths as the grid file's folder sees them.
    pub train: &'a [PathBuf],
    /// What an epoch is chosen on.
    pub dev: &'a Path,
    /// What results are scored on.
    pub test: &'a Path,
    /// The encoders.
    pub models: &'a [NewModel],
    /// What is compared with no weights at all.
    pub methods: &'a [Method],
    /// How often each is trained.
    pub seeds: u64,
    /// The command that runs it, for its comments.
    pub command: &'a str,
}

/// An encoder of a new grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewModel {
    /// What tables call it.
    pub name: String,
    /// Where it is.
    pub is: ModelPath,
}

/// Where an encoder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelPath {
    /// A folder, as the grid file's folder sees it.
    Folder(PathBuf),
    /// A name on the Hub.
    Hub(String),
}

/// What most people want to look at, and change; the other numbers stand as comments.
const CHIEF: [&str; 5] = ["epochs", "batch_size", "learning_rate", "max_length", "keep"];

impl NewGrid<'_> {
    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "# Which methods against imbalance help on {corpus}? Run this with\n\
             #   {command}\n\
             # A method is trained once a seed and encoder; finished runs are skipped when it is run again.\n\n\
             title = {title}\n\n\
             # What is compared. vanilla has no class weights, and every other method is compared with it.\n\
             # Numbers may be others, and parts are joined by +, as in welt+focal-2.\n\
             {known}\
             methods = {methods}\n\n\
             # Tests tell methods from chance by their spread over seeds: fewer than five see little.\n\
             seeds = {seeds}\n\n\
             # So many points of F1 are too few to matter: within them two methods are called the same.\n\
             # margin = 1.0\n\n\
             # Losses on the way to sub-words that are no errors, by name; shared-documents allows documents of test in train.\n\
             # allow = []\n\n",
            corpus = self.corpus.replace(char::is_control, " "),
            command = self.command,
            title = quoted(&format!("Methods against imbalance on {}", self.corpus)),
            known = known(),
            methods = listed(self.methods),
            seeds = format_args!("{:?}", (1..=self.seeds).collect::<Vec<_>>()),
        );
        text.push_str("[training]\n");
        for setting in Training::SETTINGS {
            let mark = if CHIEF.contains(&setting.name) { "" } else { "# " };
            let shown = setting.shown(&Training::defaults());
            let value = if shown.parse::<f64>().is_ok() { shown } else { quoted(&shown) };
            let _ = writeln!(text, "# {}\n{mark}{} = {value}", setting.help.trim(), setting.name);
        }
        let train: Vec<String> = self.train.iter().map(|path| path.display().to_string()).collect();
        let _ = write!(
            text,
            "\n# The corpus; paths from the folder of this file. More corpora are more [[dataset]]s.\n\
             [[dataset]]\nname = {}\ntrain = {}\ndev = {}\ntest = {}\n",
            quoted(self.corpus),
            listed(&train),
            quoted(&self.dev.display().to_string()),
            quoted(&self.test.display().to_string()),
        );
        text.push_str("\n# The encoders: a folder (path) or a name on the Hub (hub) each.\n");
        for model in self.models {
            let key = match &model.is {
                ModelPath::Folder(path) => format!("path = {}", quoted(&path.display().to_string())),
                ModelPath::Hub(id) => format!("hub = {}", quoted(id)),
            };
            let _ = writeln!(text, "[[model]]\nname = {}\n{key}", quoted(&model.name));
        }
        text
    }
}

/// A comment with every known method.
fn known() -> String {
    KNOWN_METHODS.iter().map(|known| format!("#   {:<19} {}\n", known.name, known.what)).collect()
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A TOML array of strings.
fn listed<T: ToString>(values: &[T]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quoted(&value.to_string())).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;
    use expect_test::expect;

    fn grid<'a>(train: &'a [PathBuf], models: &'a [NewModel], methods: &'a [Method]) -> NewGrid<'a> {
        let (dev, test) = (Path::new("it's \"dev\".tsv"), Path::new("mine\\test.tsv"));
        NewGrid { corpus: "mine", train, dev, test, models, methods, seeds: 3, command: "welt sweep mine.toml" }
    }

    #[test]
    fn what_is_written_is_a_grid_with_the_defaults() {
        let methods: Vec<Method> = ["vanilla", "welt+focal-2"].map(|name| name.parse().unwrap()).into();
        let models = [
            NewModel { name: "M".to_owned(), is: ModelPath::Folder("models/m".into()) },
            NewModel { name: "N".to_owned(), is: ModelPath::Hub("somebody/n".to_owned()) },
        ];
        let train = ["a b.tsv".into(), "c.tsv".into()];
        let text = grid(&train, &models, &methods).text();
        let read = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("mine.toml");
            std::fs::write(&path, text).unwrap();
            Grid::read(&path).unwrap()
        };
        let found = read(&text);
        assert_eq!((found.training, found.seeds.as_slice()), (Training::defaults(), [1, 2, 3].as_slice()));
        assert_eq!(found.methods, methods);
        let dataset = &found.datasets[0];
        assert_eq!(
            (dataset.train.as_slice(), dataset.dev.as_path()),
            (train.as_slice(), Path::new("it's \"dev\".tsv"))
        );
        assert_eq!(found.models[1].hub.as_deref(), Some("somebody/n"));
        // Every number that stands as a comment is one that can be set.
        let all = text
            .replace("\n# ", "\n")
            .lines()
            .filter(|line| {
                let key = line.split(" = ").next().unwrap_or_default();
                line.starts_with('[') || !line.starts_with('#') && line.contains(" = ") && !key.contains(' ')
            })
            .collect::<Vec<_>>()
            .join("\n");
        assert_eq!(read(&all).training, Training::defaults());
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "the text of a file is expected as a whole")]
    fn it_says_what_it_is_for() {
        let methods: Vec<Method> = ["vanilla", "welt"].map(|name| name.parse().unwrap()).into();
        let models = [NewModel { name: "M".to_owned(), is: ModelPath::Folder("m".into()) }];
        expect![[r##"
            # Which methods against imbalance help on mine? Run this with
            #   welt sweep mine.toml
            # A method is trained once a seed and encoder; finished runs are skipped when it is run again.

            title = "Methods against imbalance on mine"

            # What is compared. vanilla has no class weights, and every other method is compared with it.
            # Numbers may be others, and parts are joined by +, as in welt+focal-2.
            #   vanilla             the cross-entropy without class weights
            #   ins                 weights a class by one over its count
            #   isns                weights a class by one over the root of its count
            #   ens-0.999           weights a class by its effective number of samples (class-balanced loss)
            #   ens-0.9999          the same with a larger beta
            #   welt                weights a class by the softmax of one minus its share
            #   focal-2             words that are already told well count less (focal loss)
            #   logit-adjustment-1  adds the logarithm of a label's share to its scores in training
            #   dice-0.01           one minus a soft F1 of each word (self-adjusting dice loss)
            #   tuned-shift         vanilla, with the score of O shifted by the number that scores best on dev; no training of its own
            #   constrained         vanilla, with the most probable sequence that the tagging scheme allows; no training of its own
            methods = ["vanilla", "welt"]

            # Tests tell methods from chance by their spread over seeds: fewer than five see little.
            seeds = [1, 2, 3]

            # So many points of F1 are too few to matter: within them two methods are called the same.
            # margin = 1.0

            # Losses on the way to sub-words that are no errors, by name; shared-documents allows documents of test in train.
            # allow = []

            [training]
            # Passes over the training files
            epochs = 3
            # Sentences of one optimiser step
            batch_size = 32
            # Sentences of one forward pass; the passes of a step run side by side, so fewer sentences keep more cores busy; it moves a result as a seed does, the number of cores does not
            # micro_batch_size = 8
            # Batches that are sorted by length together: 1 mixes lengths freely, more spare padding
            # batches_sorted_together = 50
            # Sub-words of the longest window, `[CLS]` and `[SEP]` counted; longer sentences are read in several
            max_length = 128
            # Sub-words on each side of a window that only inform
            # window_context = 24
            # The highest learning rate; it falls linearly to 0
            learning_rate = 5e-5
            # The share of steps over which the learning rate rises from 0
            # warmup_ratio = 0
            # Decoupled weight decay, biases and layer normalisations left out
            # weight_decay = 0
            # Decay of AdamW's first moment
            # beta_1 = 0.9
            # Decay of AdamW's second moment
            # beta_2 = 0.999
            # Added to the root of AdamW's second moment
            # epsilon = 1e-8
            # The norm over all gradients above which they are scaled down
            # max_gradient_norm = 1
            # Which epoch's model is kept: the one that scores best on --dev (the last where there is none), or the last
            keep = "best"
            # Which score on --dev says what is best
            # best_by = "f1"
            # When --dev is scored: auto (after every epoch if the best is kept or --patience is given, else never), never, or as in 2-epochs or 500-steps, and then at the end too
            # evaluate_every = "auto"
            # Scorings of --dev in a row without a better one after which training stops; 0 never stops it
            # patience = 0
            # The dtype of the encoder's matrix products; all else stays in f32
            # precision = "f32"

            # The corpus; paths from the folder of this file. More corpora are more [[dataset]]s.
            [[dataset]]
            name = "mine"
            train = ["train.tsv"]
            dev = """it's "dev".tsv"""
            test = 'mine\test.tsv'

            # The encoders: a folder (path) or a name on the Hub (hub) each.
            [[model]]
            name = "M"
            path = "m"
        "##]].assert_eq(&grid(&["train.tsv".into()], &models, &methods).text());
    }
}
