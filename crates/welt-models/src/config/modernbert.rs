//! What `config.json` says of a ModernBERT beside the sizes that all encoders have, and the names that it has for these.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{EncoderConfig, SizeError};
use crate::Activation;

/// What a setting is called here and in the file of a ModernBERT; none where it has no such setting.
const NAMES: [(&str, Option<&str>); 5] = [
    ("hidden_act", Some("hidden_activation")),
    ("hidden_dropout_prob", Some("mlp_dropout")),
    ("attention_probs_dropout_prob", Some("attention_dropout")),
    ("layer_norm_eps", Some("norm_eps")),
    ("type_vocab_size", None),
];

/// The settings of ModernBERT's attention, its biases and its head.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ModernBertConfig {
    /// Of each layer, how far it sees; none where it sees everything.
    pub windows: Vec<Option<usize>>,
    /// The base of the rotary frequencies of layers that see everything, and of the others.
    pub rope_theta: [f64; 2],
    /// Which linear layers and normalisations have biases.
    pub biases: Biases,
    /// Dropout after the embeddings.
    pub embedding_dropout: f64,
    /// What follows the head's linear layer.
    pub classifier_activation: Activation,
}

/// Which layers have biases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Biases {
    #[serde(default, rename = "attention_bias")]
    pub attention: bool,
    #[serde(default, rename = "mlp_bias")]
    pub mlp: bool,
    #[serde(default, rename = "norm_bias")]
    pub norm: bool,
    #[serde(default, rename = "classifier_bias")]
    pub classifier: bool,
}

/// The names of the file.
#[derive(Deserialize)]
struct Named {
    #[serde(flatten)]
    biases: Biases,
    #[serde(default)]
    layer_types: Option<Vec<String>>,
    #[serde(default = "three")]
    global_attn_every_n_layers: usize,
    #[serde(default = "window")]
    local_attention: usize,
    /// Of both kinds of layers, as transformers has them from version 5 on.
    #[serde(default)]
    rope_parameters: Option<Map<String, Value>>,
    #[serde(default = "global_theta")]
    global_rope_theta: f64,
    #[serde(default = "local_theta")]
    local_rope_theta: Option<f64>,
    #[serde(default)]
    embedding_dropout: f64,
    #[serde(default)]
    classifier_activation: Activation,
}

fn three() -> usize {
    3
}

fn window() -> usize {
    128
}

fn global_theta() -> f64 {
    160_000.0
}

fn local_theta() -> Option<f64> {
    Some(10_000.0)
}

const FULL: &str = "full_attention";
const SLIDING: &str = "sliding_attention";

impl ModernBertConfig {
    /// Reads it from what stands beside the sizes.
    pub fn of(config: &EncoderConfig) -> Result<Self, SizeError> {
        let refuse = |found: String, expected| SizeError { found, expected };
        let named: Named = serde_json::from_value(Value::Object(config.other.clone()))
            .map_err(|error| refuse(error.to_string(), "the settings of a ModernBERT"))?;
        if named.global_attn_every_n_layers == 0 {
            return Err(refuse("global_attn_every_n_layers is 0".to_owned(), "a whole number above 0"));
        }
        let n_layers = config.num_hidden_layers;
        let types = named.layer_types.clone().unwrap_or_else(|| {
            let is_global = |layer: usize| layer.is_multiple_of(named.global_attn_every_n_layers);
            (0..n_layers).map(|layer| if is_global(layer) { FULL } else { SLIDING }.to_owned()).collect()
        });
        if let Some(other) = types.iter().find(|kind| ![FULL, SLIDING].contains(&kind.as_str())) {
            return Err(refuse(format!("layer_types holds `{other}`"), "`full_attention` and `sliding_attention`"));
        }
        if types.len() != n_layers {
            let found = format!("layer_types are {} for {n_layers} layers", types.len());
            return Err(refuse(found, "one for every layer"));
        }
        if !(0.0..1.0).contains(&named.embedding_dropout) {
            return Err(refuse(
                format!("embedding_dropout is {}", named.embedding_dropout),
                "a number from 0 to below 1",
            ));
        }
        if !(config.hidden_size / config.num_attention_heads.max(1)).is_multiple_of(2) {
            return Err(refuse(
                format!("hidden_size is {}", config.hidden_size),
                "heads of an even size, which are turned",
            ));
        }
        // Without a base of its own, local attention has the other's.
        let local = named.local_rope_theta.unwrap_or(named.global_rope_theta);
        Ok(Self {
            windows: types.iter().map(|kind| (kind == SLIDING).then_some(named.local_attention / 2)).collect(),
            rope_theta: [named.theta(FULL, named.global_rope_theta)?, named.theta(SLIDING, local)?],
            biases: named.biases,
            embedding_dropout: named.embedding_dropout,
            classifier_activation: named.classifier_activation,
        })
    }
}

impl Named {
    /// The base of the frequencies of some layers: as it is stated today, else as it was.
    fn theta(&self, kind: &str, stated: f64) -> Result<f64, SizeError> {
        let parameters = self.rope_parameters.as_ref().and_then(|both| both.get(kind)).unwrap_or(&Value::Null);
        if let Some(other) = parameters["rope_type"].as_str().filter(|name| *name != "default") {
            let found = format!("rope_type is `{other}`");
            return Err(SizeError { found, expected: "`default`, the only one that is read" });
        }
        let theta = match &parameters["rope_theta"] {
            Value::Null => stated,
            other => other.as_f64().ok_or_else(|| SizeError {
                found: format!("rope_theta is {other}"),
                expected: "a finite number above 0",
            })?,
        };
        if theta.is_finite() && theta > 0.0 {
            return Ok(theta);
        }
        Err(SizeError { found: format!("rope_theta is {theta}"), expected: "a finite number above 0" })
    }
}

/// Gives settings of a ModernBERT the names that others have; files with both, as converted ones have, mean their own.
pub(super) fn read_names(settings: &mut Map<String, Value>) {
    for (ours, theirs) in NAMES {
        if let Some(value) = theirs.and_then(|theirs| settings.remove(theirs)) {
            settings.insert(ours.to_owned(), value);
        }
    }
}

/// Gives settings the names of a ModernBERT.
pub(super) fn write_names(settings: &mut Map<String, Value>) {
    for (ours, theirs) in NAMES {
        if let (Some(value), Some(theirs)) = (settings.remove(ours), theirs) {
            settings.insert(theirs.to_owned(), value);
        }
    }
}
