//! What tensors are called: in the modules, in checkpoints as transformers writes them, and in older ones.

use crate::Architecture;
use crate::names::Names;
use crate::{deberta, modernbert, transformer};

/// The name in a checkpoint of a parameter whose path in the modules is `path`.
///
/// ```
/// use welt_models::checkpoint::checkpoint_name;
///
/// assert_eq!(checkpoint_name("encoder.Bert.layer.3.output.weight"), "bert.encoder.layer.3.output.dense.weight");
/// assert_eq!(checkpoint_name("encoder.Electra.embeddings.norm.gamma"), "electra.embeddings.LayerNorm.weight");
/// assert_eq!(checkpoint_name("classifier.bias"), "classifier.bias");
/// ```
#[must_use]
pub fn checkpoint_name(path: &str) -> String {
    let (module, parameter) = path.rsplit_once('.').unwrap_or((path, ""));
    let parameter = match parameter {
        "gamma" => "weight",
        "beta" => "bias",
        other => other,
    };
    match module.strip_prefix("encoder.").and_then(|rest| rest.split_once('.')) {
        Some((variant, module)) => {
            let (prefix, names) = variant_names(variant);
            format!("{prefix}.{}.{parameter}", names.in_checkpoint(module))
        }
        None => format!("{module}.{parameter}"),
    }
}

/// The prefix and the names of a variant of [`crate::Encoder`].
fn variant_names(variant: &str) -> (&'static str, &'static Names) {
    match variant {
        "Electra" => ("electra", &transformer::NAMES),
        "Roberta" => ("roberta", &transformer::NAMES),
        "Deberta" => ("deberta", &deberta::NAMES),
        "ModernBert" => ("model", &modernbert::NAMES),
        _ => ("bert", &transformer::NAMES),
    }
}

/// The name as transformers writes it today of a tensor of any checkpoint: the prefix may be absent there, and
/// normalisations may have `gamma` and `beta`.
pub(super) fn present_day_name(stored: &str, architecture: Architecture) -> String {
    let bare = without_prefix(stored, architecture);
    let bare = match bare.rsplit_once('.') {
        Some((module, "gamma")) if module.ends_with("LayerNorm") => format!("{module}.weight"),
        Some((module, "beta")) if module.ends_with("LayerNorm") => format!("{module}.bias"),
        _ => bare.to_owned(),
    };
    if is_head(&bare, architecture) { bare } else { format!("{}.{bare}", architecture.prefix()) }
}

/// Whether published checkpoints hold the tensor and tagging does not use it: heads of the pre-training and of finding
/// answers, the pooler and a constant.
pub(super) fn is_skipped(stored: &str, architecture: Architecture) -> bool {
    let bare = without_prefix(stored, architecture);
    let heads = ["cls.", "lm_head.", "pooler.", "discriminator_predictions.", "generator_", "qa_outputs."];
    let own: &[&str] = match architecture {
        Architecture::DebertaV2 => &["lm_predictions.", "mask_predictions."],
        Architecture::ModernBert => &["decoder."],
        _ => &[],
    };
    // What DeBERTa-v3's discriminator added to tables of its generator, and transformers leaves out too.
    let is_added = architecture == Architecture::DebertaV2 && bare.ends_with("._weight");
    is_added || heads.iter().chain(own).any(|head| bare.starts_with(head)) || bare.ends_with("position_ids")
}

/// Whether every tensor belongs to what comes behind the encoder, of whichever architecture.
pub(super) fn are_of_heads(names: &[String]) -> bool {
    names.iter().all(|name| is_classifier(name) || name.starts_with(PRETRAINED_HEAD))
}

/// Whether the tensor belongs to what comes behind the encoder.
fn is_head(name: &str, architecture: Architecture) -> bool {
    is_classifier(name) || architecture == Architecture::ModernBert && name.starts_with(PRETRAINED_HEAD)
}

/// Whether the tensor belongs to the classifier, which is new in every fine-tuning.
pub(super) fn is_classifier(name: &str) -> bool {
    name.starts_with("classifier.")
}

/// What the names of `ModernBERT`'s head begin with.
pub(super) const PRETRAINED_HEAD: &str = "head.";

/// The architecture that the names of a checkpoint speak of, where they do.
pub(super) fn architecture<'a>(mut names: impl Iterator<Item = &'a str>) -> Architecture {
    let electra = ["electra.", "embeddings_project.", "discriminator_predictions.", "generator_predictions."];
    let roberta = ["roberta.", "lm_head."];
    let deberta = ["deberta.", "lm_predictions.", "mask_predictions."];
    let told = names.find_map(|name| {
        let begins = |marks: &[&str]| marks.iter().any(|mark| name.starts_with(mark));
        let of = |marks, architecture| begins(marks).then_some(architecture);
        of(&electra, Architecture::Electra)
            .or(of(&roberta, Architecture::Roberta))
            .or(of(&deberta, Architecture::DebertaV2))
    });
    told.unwrap_or(Architecture::Bert)
}

fn without_prefix(stored: &str, architecture: Architecture) -> &str {
    stored.strip_prefix(architecture.prefix()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(stored)
}
