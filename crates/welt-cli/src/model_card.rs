//! The README.md of a fine-tuned model: what it is, how it was made, how well it does.
//! Settings and scores in, Markdown out, with the metadata that the Hugging Face Hub reads at its head.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use welt_eval::seqeval::Report;
use welt_models::Architecture;
use welt_record::{Origin, Reports};
use welt_settings::Settings;

/// What a card is made of.
pub struct ModelCard<'a> {
    /// The settings of the run.
    pub config: &'a Settings,
    /// Where the encoder comes from, where that is the Hub.
    pub origin: Option<&'a Origin>,
    /// The architecture.
    pub architecture: Architecture,
    /// The labels, in the order of the scores.
    pub labels: &'a [String],
    /// The scores on the test files.
    pub test: Option<&'a Reports>,
}

impl ModelCard<'_> {
    /// The text of the card.
    pub fn to_text(&self) -> String {
        format!("---\n{}---\n\n{}\n{}{}\n{LICENCE}", self.metadata(), self.what(), self.settings(), self.scores())
    }

    /// The YAML at the head. Texts are written as JSON has them, which YAML reads too.
    fn metadata(&self) -> String {
        let mut yaml =
            String::from("library_name: transformers\npipeline_tag: token-classification\nlicense: unknown\n");
        if let Some(origin) = self.origin {
            let _ = writeln!(yaml, "base_model: {}", quoted(&origin.id));
        }
        yaml.push_str("tags:\n- named-entity-recognition\n- biomedical\n- welt\n");
        let corpus = quoted(&dataset(&self.config.train));
        let _ = write!(yaml, "datasets:\n- {corpus}\nmetrics:\n- precision\n- recall\n- f1\n");
        let Some(scores) = self.test else { return yaml };
        let test = quoted(&dataset(&self.config.test));
        let name = quoted(&format!("{} tagger", self.architecture.name()));
        let _ = write!(
            yaml,
            "model-index:\n- name: {name}\n  results:\n  - task:\n      type: token-classification\n      \
             name: named-entity recognition\n    dataset:\n      type: {test}\n      name: {test}\n      split: test\n    \
             metrics:\n"
        );
        for (mode, report) in modes(scores) {
            let micro = &report.micro;
            for (kind, score) in [("precision", micro.precision), ("recall", micro.recall), ("f1", micro.f1)] {
                let _ = write!(
                    yaml,
                    "    - type: {kind}\n      value: {score:.4}\n      name: {kind}, micro average over entities, \
                     seqeval's {mode} mode\n"
                );
            }
        }
        yaml
    }

    fn what(&self) -> String {
        let encoder = match self.origin {
            Some(origin) => format!("`{}` (commit {})", origin.id, origin.commit),
            None => format!("`{}`", short(&self.config.model)),
        };
        let drawn = if self.config.from_scratch { ", drawn anew," } else { "" };
        format!(
            "# Token classifier fine-tuned with welt\n\nThe encoder {encoder}{drawn} with a tagging head for {}, \
             fine-tuned on {}.\n",
            self.labels.join(", "),
            files(&self.config.train)
        )
    }

    fn settings(&self) -> String {
        let (config, training) = (self.config, &self.config.training);
        let rows = [
            ("architecture", self.architecture.name().to_owned()),
            ("method", format!("{}, label order {}", config.method, config.label_order)),
            ("epochs", format!("{}, {} kept", training.epochs, training.keep)),
            ("batch size", format!("{}, in parts of {}", training.batch_size, training.micro_batch_size)),
            ("learning rate", format!("{:e}, linear to 0, warm-up {}", training.learning_rate, training.warmup_ratio)),
            ("weight decay", training.weight_decay.to_string()),
            ("largest gradient norm", training.max_gradient_norm.to_string()),
            ("longest window", format!("{} sub-words, {} of context", training.max_length, training.window_context)),
            ("seed", config.seed.to_string()),
            ("program", format!("welt {}, device {}", env!("CARGO_PKG_VERSION"), config.device)),
        ];
        let rows = rows.map(|(name, value)| format!("| {name} | {value} |\n"));
        format!("| setting | value |\n|---|---|\n{}", rows.concat())
    }

    fn scores(&self) -> String {
        let Some(scores) = self.test else { return "\nNo test file was named, so there are no scores.\n".to_owned() };
        let mut text =
            format!("\nOn {}, micro average over entities, as seqeval counts:\n\n", files(&self.config.test));
        text.push_str("| mode | precision | recall | F1 |\n|---|---|---|---|\n");
        for (mode, report) in modes(scores) {
            let micro = &report.micro;
            let cells = [micro.precision, micro.recall, micro.f1].map(|score| format!("{:.2}", 100.0 * score));
            let _ = writeln!(text, "| {mode} | {} |", cells.join(" | "));
        }
        text
    }
}

const LICENCE: &str = "\
welt knows the licence neither of the encoder nor of the corpus.
State one in place of `unknown` above before you share the model.
";

fn modes(scores: &Reports) -> Vec<(&'static str, &Report)> {
    let strict = scores.strict.as_ref().map(|report| ("strict", report));
    [("default", &scores.default)].into_iter().chain(strict).collect()
}

/// The files as a reader of the card may know them: whose folder they lay in is nobody's business.
fn files(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", short(path))).collect();
    names.join(", ")
}

/// A path's last two parts.
fn short(path: &Path) -> String {
    let part = |path: Option<&Path>| path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let parts = [part(path.parent()), part(Some(path))];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// What a corpus is called: its folder, or the file where it lies in none.
fn dataset(paths: &[PathBuf]) -> String {
    let folder = |path: &PathBuf| Some(path.parent()?.file_name()?.to_string_lossy().into_owned());
    let file = |path: &PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
    let name = paths.first().and_then(|path| folder(path).or_else(|| file(path)));
    name.unwrap_or_else(|| "unknown".to_owned())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
