//! The README.md of a fine-tuned model: what it is, how it was made, how well it does.

use std::fmt::Write;

use welt_models::Architecture;

use crate::config::RunConfig;
use crate::prepared::SplitScores;

/// The text of the card.
pub fn model_card(
    config: &RunConfig,
    architecture: Architecture,
    labels: &[String],
    test: Option<&SplitScores>,
) -> String {
    let name = |paths: &[std::path::PathBuf]| {
        let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        names.join(", ")
    };
    let training = &config.training;
    let mut card = format!(
        "---\nlibrary_name: transformers\npipeline_tag: token-classification\ntags:\n- named-entity-recognition\n\
         - biomedical\n- welt\n---\n\n\
         # Token classifier fine-tuned with welt\n\n\
         The encoder `{}` with a tagging head for {}, fine-tuned on {}.\n\n\
         | setting | value |\n|---|---|\n\
         | architecture | {} |\n\
         | class weights | {}, label order {} |\n\
         | epochs | {}, {:?} kept |\n| batch size | {} |\n| learning rate | {:e}, linear to 0, warm-up {} |\n\
         | weight decay | {} |\n| longest window | {} sub-words |\n| seed | {} |\n",
        config.model.display(),
        labels.join(", "),
        name(&config.train),
        architecture.name(),
        config.weights,
        config.label_order,
        training.epochs,
        training.keep,
        training.batch_size,
        training.learning_rate,
        training.warmup_ratio,
        training.weight_decay,
        config.max_length,
        training.seed,
    );
    if let Some(scores) = test {
        let rows = [("default", Some(&scores.default)), ("strict", scores.strict.as_ref())];
        let _ = write!(card, "\nOn {}, micro average over entities, as seqeval counts:\n\n", name(&config.test));
        card.push_str("| mode | precision | recall | F1 |\n|---|---|---|---|\n");
        for (mode, report) in rows.into_iter().filter_map(|(mode, report)| Some((mode, report?))) {
            let scores = &report.micro;
            let cells = [scores.precision, scores.recall, scores.f1].map(|score| format!("{:.2}", 100.0 * score));
            let _ = writeln!(card, "| {mode} | {} |", cells.join(" | "));
        }
    }
    card
}
