//! What tensors are called: in the modules, in checkpoints as transformers writes them, and in older ones.

use crate::Architecture;
use crate::transformer::LAYER_NAMES;

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
    let (prefix, rest) = match path.strip_prefix("encoder.").and_then(|rest| rest.split_once('.')) {
        Some((variant, rest)) => (format!("{}.", variant.to_lowercase()), rest),
        None => (String::new(), path),
    };
    let (module, parameter) = rest.rsplit_once('.').unwrap_or((rest, ""));
    let parameter = match parameter {
        "gamma" => "weight",
        "beta" => "bias",
        other => other,
    };
    let module = match module.strip_prefix("layer.").and_then(|rest| rest.split_once('.')) {
        Some((index, ours)) => {
            let theirs = LAYER_NAMES.iter().find(|(_, name)| *name == ours).map_or(ours, |(theirs, _)| theirs);
            format!("encoder.layer.{index}.{theirs}")
        }
        None => module.replace("embeddings.norm", "embeddings.LayerNorm"),
    };
    format!("{prefix}{module}.{parameter}")
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
    if is_head(&bare) { bare } else { format!("{}.{bare}", architecture.name()) }
}

/// Whether published checkpoints hold the tensor and tagging does not use it: heads of the pre-training, the pooler
/// and a constant.
pub(super) fn is_skipped(stored: &str, architecture: Architecture) -> bool {
    let bare = without_prefix(stored, architecture);
    let heads = ["cls.", "pooler.", "discriminator_predictions.", "generator_"];
    heads.iter().any(|head| bare.starts_with(head)) || bare.ends_with("position_ids")
}

/// Whether the tensor belongs to the tagging head.
pub(super) fn is_head(name: &str) -> bool {
    name.starts_with("classifier.")
}

/// The architecture that the names of a checkpoint speak of, where they do.
pub(super) fn architecture<'a>(mut names: impl Iterator<Item = &'a str>) -> Architecture {
    let marks = ["electra.", "embeddings_project.", "discriminator_predictions.", "generator_predictions."];
    let is_electra = names.any(|name| marks.iter().any(|mark| name.starts_with(mark)));
    if is_electra { Architecture::Electra } else { Architecture::Bert }
}

fn without_prefix(stored: &str, architecture: Architecture) -> &str {
    stored.strip_prefix(architecture.name()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(stored)
}
