//! The sizes of an encoder, as `config.json` states them; files and weights are not looked at.

mod deberta;
mod modernbert;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Activation;
pub(crate) use deberta::{ConvolutionConfig, DebertaConfig, RelativeConfig};
pub(crate) use modernbert::ModernBertConfig;

/// The most parameters that a model may have: sixteen times those of BERT-large, 21 GB in single precision.
const MOST_PARAMETERS: u64 = 16 * 335_000_000;

/// The most sub-words of a vocabulary: four times those of the largest that there are, which are of many languages.
const MOST_SUBWORDS: usize = 1 << 20;

/// The longest input that positions may be learned for.
const MOST_POSITIONS: usize = 1 << 20;

/// The widest layer: int8 adds up no more products at a time.
const WIDEST: usize = 1 << 16;

/// The most segments; there are two.
const MOST_SEGMENTS: usize = 1 << 10;

/// The most labels that a tagger may choose among: every word has a score for each.
pub const MOST_LABELS: usize = 10_000;

/// An architecture by its name in `config.json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// [`crate::bert`].
    #[default]
    Bert,
    /// [`crate::electra`].
    Electra,
    /// [`crate::roberta`].
    Roberta,
    /// [`crate::roberta`] with a vocabulary of a hundred languages (Conneau et al. 2020).
    #[serde(rename = "xlm-roberta")]
    XlmRoberta,
    /// [`crate::roberta`] for French (Martin et al. 2020).
    Camembert,
    /// [`crate::deberta`] of the second and third version.
    #[serde(rename = "deberta-v2")]
    DebertaV2,
    /// [`crate::modernbert`].
    #[serde(rename = "modernbert")]
    ModernBert,
}

impl Architecture {
    /// Every architecture that is read.
    pub const ALL: [Self; 7] = [
        Self::Bert,
        Self::Electra,
        Self::Roberta,
        Self::XlmRoberta,
        Self::Camembert,
        Self::DebertaV2,
        Self::ModernBert,
    ];

    /// What `model_type` says.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Electra => "electra",
            Self::Roberta => "roberta",
            Self::XlmRoberta => "xlm-roberta",
            Self::Camembert => "camembert",
            Self::DebertaV2 => "deberta-v2",
            Self::ModernBert => "modernbert",
        }
    }

    /// The architecture of a `model_type`; none where it is not read.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|architecture| architecture.name() == name)
    }

    /// The first part of the names of its tensors.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Electra => "electra",
            Self::Roberta | Self::XlmRoberta | Self::Camembert => "roberta",
            Self::DebertaV2 => "deberta",
            Self::ModernBert => "model",
        }
    }

    /// The class of Python's transformers that tags with it.
    #[must_use]
    pub const fn token_classifier(self) -> &'static str {
        match self {
            Self::Bert => "BertForTokenClassification",
            Self::Electra => "ElectraForTokenClassification",
            Self::Roberta => "RobertaForTokenClassification",
            Self::XlmRoberta => "XLMRobertaForTokenClassification",
            Self::Camembert => "CamembertForTokenClassification",
            Self::DebertaV2 => "DebertaV2ForTokenClassification",
            Self::ModernBert => "ModernBertForTokenClassification",
        }
    }

    /// The sub-word that fills short rows, where `config.json` names none, as transformers has it.
    const fn padding(self) -> u32 {
        match self {
            Self::Bert | Self::Electra | Self::DebertaV2 => 0,
            Self::ModernBert => 50_283,
            Self::Roberta | Self::XlmRoberta | Self::Camembert => 1,
        }
    }

    /// Whether the embeddings of positions begin behind the one of padding.
    const fn counts_from_padding(self) -> bool {
        matches!(self, Self::Roberta | Self::XlmRoberta | Self::Camembert)
    }
}

/// The sizes of an encoder, with the names of `config.json`; what else stands there is kept in `other`.
///
/// ```
/// use welt_models::{Architecture, EncoderConfig};
///
/// let config: EncoderConfig = serde_json::from_str(r#"{
///     "model_type": "electra", "vocab_size": 30522, "embedding_size": 128, "hidden_size": 256,
///     "num_hidden_layers": 12, "num_attention_heads": 4, "intermediate_size": 1024, "hidden_act": "gelu",
///     "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 512,
///     "type_vocab_size": 2 }"#)?;
/// assert_eq!(config.model_type, Architecture::Electra);
/// assert_eq!((config.embedding_width(), config.padding()), (128, 0));
/// config.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Which architecture has these sizes.
    #[serde(default)]
    pub model_type: Architecture,
    /// Sub-words in the vocabulary.
    pub vocab_size: usize,
    /// Width of the embeddings of ELECTRA and DeBERTa; see [`EncoderConfig::embedding_width`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding_size: Option<usize>,
    /// `H`.
    pub hidden_size: usize,
    /// Transformer layers.
    pub num_hidden_layers: usize,
    /// `A`, a divisor of `H`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// The feed-forward layer's activation.
    #[serde(default)]
    pub hidden_act: Activation,
    /// Dropout after the embeddings and after each block, or within `ModernBERT`'s feed-forward layers.
    pub hidden_dropout_prob: f64,
    /// Dropout on the attention weights, and after `ModernBERT`'s attention.
    pub attention_probs_dropout_prob: f64,
    /// Positions that the encoder tells apart; see [`EncoderConfig::longest_input`].
    pub max_position_embeddings: usize,
    /// Segments that the encoder tells apart; 0 where it tells none, as DeBERTa and `ModernBERT`.
    #[serde(default)]
    pub type_vocab_size: usize,
    /// Added to the variance in every layer normalisation.
    #[serde(default = "layer_norm_eps")]
    pub layer_norm_eps: f64,
    /// The sub-word that fills short rows; see [`EncoderConfig::padding`].
    #[serde(default)]
    pub pad_token_id: Option<u32>,
    /// Dropout before the head, where it is not [`EncoderConfig::hidden_dropout_prob`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier_dropout: Option<f64>,
    /// Standard deviation of newly drawn weights.
    #[serde(default = "initializer_range")]
    pub initializer_range: f64,
    /// Every other entry of the file, as it stood.
    #[serde(flatten)]
    pub other: serde_json::Map<String, Value>,
}

fn layer_norm_eps() -> f64 {
    1e-12
}

fn initializer_range() -> f64 {
    0.02
}

/// Sizes that no model can be built with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found}: expected {expected}")]
pub struct SizeError {
    /// What stands there.
    pub found: String,
    /// What could be built.
    pub expected: &'static str,
}

impl EncoderConfig {
    /// Reads a `config.json`, by the names that the architecture has for its settings.
    ///
    /// # Errors
    /// No JSON; sizes that are missing or no numbers. The error has no position where names had to be changed first.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let mut entries: serde_json::Map<String, Value> = serde_json::from_str(text)?;
        if entries.get("model_type").and_then(Value::as_str) == Some(Architecture::ModernBert.name()) {
            modernbert::read_names(&mut entries);
            return serde_json::from_value(Value::Object(entries));
        }
        serde_json::from_str(text)
    }

    /// The sub-word that fills short rows; where none is stated, the architecture's own.
    #[must_use]
    pub fn padding(&self) -> u32 {
        self.pad_token_id.unwrap_or(self.model_type.padding())
    }

    /// Dropout before the classifier.
    pub(crate) fn head_dropout(&self) -> f64 {
        match self.model_type {
            // Those that transformers knows by that name alone.
            Architecture::DebertaV2 => self.hidden_dropout_prob,
            Architecture::ModernBert => self.classifier_dropout.unwrap_or(0.0),
            _ => self.classifier_dropout.unwrap_or(self.hidden_dropout_prob),
        }
    }

    /// The longest input, in sub-words: `RoBERTa` leaves the positions up to that of padding unused.
    #[must_use]
    pub fn longest_input(&self) -> usize {
        let unused = if self.model_type.counts_from_padding() { self.padding() as usize + 1 } else { 0 };
        self.max_position_embeddings.saturating_sub(unused)
    }

    /// `E`: `H`, and for ELECTRA and DeBERTa what is stated; for ELECTRA 128 where nothing is, as transformers has it.
    #[must_use]
    pub fn embedding_width(&self) -> usize {
        match self.model_type {
            Architecture::Electra => self.embedding_size.unwrap_or(128),
            Architecture::DebertaV2 => self.embedding_size.unwrap_or(self.hidden_size),
            _ => self.hidden_size,
        }
    }

    /// How many numbers the encoder is made of; none where they cannot be counted.
    #[must_use]
    pub fn n_parameters(&self) -> Option<u64> {
        let [hidden, wide, layers] =
            [self.hidden_size, self.intermediate_size, self.num_hidden_layers].map(|size| size as u64);
        let linear = |from: u64, to: u64| from.checked_mul(to)?.checked_add(to);
        let (tables, layer) = match self.model_type {
            Architecture::ModernBert => {
                let attention = hidden.checked_mul(hidden)?.checked_mul(4)?;
                let feed_forward = hidden.checked_mul(wide)?.checked_mul(3)?;
                let layer = attention.checked_add(feed_forward)?.checked_add(hidden.checked_mul(2)?)?;
                ((self.vocab_size as u64).checked_add(1)?.checked_mul(hidden)?, layer)
            }
            _ => {
                let attention = linear(hidden, hidden)?.checked_mul(4)?;
                let feed_forward = linear(hidden, wide)?.checked_add(linear(wide, hidden)?)?;
                let layer = attention.checked_add(feed_forward)?.checked_add(hidden.checked_mul(4)?)?;
                (self.table_parameters()?, layer.checked_add(self.position_projections()?)?)
            }
        };
        layer.checked_mul(layers)?.checked_add(tables)
    }

    /// The numbers of the embeddings and what belongs to them.
    fn table_parameters(&self) -> Option<u64> {
        let own = self.deberta();
        let has_positions = own.is_none_or(|own| own.position_biased_input);
        let positions = if has_positions { self.max_position_embeddings } else { 0 };
        let [rows, positions, segments] = [self.vocab_size, positions, self.type_vocab_size].map(|size| size as u64);
        let [narrow, hidden] = [self.embedding_width(), self.hidden_size].map(|size| size as u64);
        let rows = rows.checked_add(positions)?.checked_add(segments)?;
        let normed = if own.is_some() { hidden } else { narrow };
        let mut all = rows.checked_mul(narrow)?.checked_add(normed.checked_mul(2)?)?;
        if narrow != hidden {
            let bias = if own.is_some() { 0 } else { hidden };
            all = all.checked_add(narrow.checked_mul(hidden)?.checked_add(bias)?)?;
        }
        if let Some(relative) = own.and_then(|own| own.relative) {
            let norm = if relative.is_normed { 2 } else { 0 };
            all = all.checked_add((relative.span as u64).checked_mul(2)?.checked_add(norm)?.checked_mul(hidden)?)?;
        }
        if let Some(convolution) = own.and_then(|own| own.convolution) {
            let seen = (convolution.kernel_size as u64).checked_mul(hidden / convolution.groups as u64)?;
            all = all.checked_add(seen.checked_add(3)?.checked_mul(hidden)?)?;
        }
        Some(all)
    }

    /// The numbers of a layer's own projections of distances.
    fn position_projections(&self) -> Option<u64> {
        let hidden = self.hidden_size as u64;
        let apart = self.deberta().and_then(|own| own.relative).filter(|relative| !relative.share_att_key);
        let n_projections = apart
            .map_or(0, |relative| u64::from(relative.content_to_position) + u64::from(relative.position_to_content));
        hidden.checked_add(1)?.checked_mul(hidden)?.checked_mul(n_projections)
    }

    /// The settings of a DeBERTa that has usable ones.
    fn deberta(&self) -> Option<DebertaConfig> {
        (self.model_type == Architecture::DebertaV2).then(|| DebertaConfig::of(self).ok()).flatten()
    }

    /// The entries of `config.json`, by the names that the architecture has there.
    ///
    /// # Errors
    /// None is known.
    pub fn to_entries(&self) -> Result<serde_json::Map<String, Value>, serde_json::Error> {
        let mut entries = match serde_json::to_value(self)? {
            Value::Object(entries) => entries,
            _ => serde_json::Map::new(),
        };
        if self.model_type == Architecture::ModernBert {
            modernbert::write_names(&mut entries);
        }
        Ok(entries)
    }

    /// Refuses sizes that no model can be built with, before anything of these sizes is.
    ///
    /// # Errors
    /// A size of 0 or beyond all measure, heads that do not divide the hidden size, numbers out of range, position
    /// embeddings of another kind.
    pub fn check(&self) -> Result<(), SizeError> {
        self.check_sizes()?;
        match self.model_type {
            Architecture::DebertaV2 => DebertaConfig::of(self).map(drop)?,
            Architecture::ModernBert => ModernBertConfig::of(self).map(drop)?,
            _ => {}
        }
        let refuse = |found: String, expected| Err(SizeError { found, expected });
        if let Some(pad) = self.pad_token_id.filter(|&pad| pad as usize >= self.vocab_size) {
            return refuse(format!("pad_token_id is {pad}"), "a sub-word of the vocabulary");
        }
        let probabilities = [
            self.hidden_dropout_prob,
            self.attention_probs_dropout_prob,
            self.classifier_dropout.unwrap_or(self.hidden_dropout_prob),
        ];
        if !probabilities.iter().all(|probability| (0.0..1.0).contains(probability)) {
            return refuse(format!("dropout probabilities {probabilities:?}"), "numbers from 0 to below 1");
        }
        let positive = [("layer_norm_eps", self.layer_norm_eps), ("initializer_range", self.initializer_range)];
        if let Some((name, found)) = positive.into_iter().find(|(_, number)| !(number.is_finite() && *number > 0.0)) {
            return refuse(format!("{name} is {found}"), "a finite number above 0");
        }
        if self.other.get("is_decoder") == Some(&Value::Bool(true)) {
            return refuse("is_decoder is true".to_owned(), "an encoder, whose words see those behind them too");
        }
        match self.other.get("position_embedding_type").and_then(Value::as_str) {
            None | Some("absolute") => Ok(()),
            Some(other) => {
                refuse(format!("position_embedding_type is `{other}`"), "`absolute`, the only one that is read")
            }
        }
    }

    /// Refuses more labels than words can have scores for.
    ///
    /// # Errors
    /// No label, or more than 10,000.
    pub fn check_labels(n_labels: usize) -> Result<(), SizeError> {
        match n_labels {
            1..=MOST_LABELS => Ok(()),
            0 => Err(SizeError { found: "there are no labels".to_owned(), expected: "a label for every class" }),
            _ => Err(SizeError {
                found: format!("there are {n_labels} labels"),
                expected: "at most 10000, since every word has a score for each",
            }),
        }
    }

    fn check_sizes(&self) -> Result<(), SizeError> {
        let refuse = |found: String, expected| Err(SizeError { found, expected });
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("embedding_size", self.embedding_width()),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        // BERT's embeddings are as wide as everything else: the name of the other size is the one to complain about.
        let stated = |(name, _): &(&str, usize)| {
            *name != "embedding_size" || self.embedding_size.is_some() || self.model_type == Architecture::Electra
        };
        let needs_segments = !matches!(self.model_type, Architecture::DebertaV2 | Architecture::ModernBert);
        let needed = |(name, _): &(&str, usize)| *name != "type_vocab_size" || needs_segments;
        if let Some((name, _)) = sizes.into_iter().filter(stated).filter(needed).find(|(_, size)| *size == 0) {
            return refuse(format!("{name} is 0"), "a whole number above 0");
        }
        if self.longest_input() == 0 {
            let found = format!("max_position_embeddings is {}", self.max_position_embeddings);
            return refuse(found, "positions behind that of padding, which are all that RoBERTa uses");
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let found = format!("hidden_size {} with {} attention heads", self.hidden_size, self.num_attention_heads);
            return refuse(found, "a hidden size that its heads divide");
        }
        let widths = [
            ("embedding_size", self.embedding_width()),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
        ];
        if let Some((name, size)) = widths.into_iter().find(|(_, size)| *size > WIDEST) {
            return refuse(format!("{name} is {size}"), "at most 65536, over which products of bytes keep to 32 bits");
        }
        // A table of narrow rows has few parameters, and costs memory for each row wherever it is looked up.
        let most = [
            ("vocab_size", self.vocab_size, MOST_SUBWORDS),
            ("max_position_embeddings", self.max_position_embeddings, MOST_POSITIONS),
            ("type_vocab_size", self.type_vocab_size, MOST_SEGMENTS),
        ];
        if let Some((name, size, _)) = most.into_iter().find(|(_, size, most)| size > most) {
            return refuse(
                format!("{name} is {size}"),
                "at most 1048576 sub-words and positions, and at most 1024 segments",
            );
        }
        // Narrow layers have few parameters each, but cost memory of their own.
        if self.num_hidden_layers > 1000 {
            return refuse(format!("num_hidden_layers is {}", self.num_hidden_layers), "at most 1000 layers");
        }
        match self.n_parameters() {
            Some(0..=MOST_PARAMETERS) => Ok(()),
            _ => {
                let largest = sizes.into_iter().filter(stated).max_by_key(|(_, size)| *size);
                let (name, size) = largest.unwrap_or_default();
                let found = format!("the sizes make too large a model, with {name} {size}");
                refuse(found, "at most 5.36 billion parameters, sixteen times BERT-large")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Converted checkpoints of ModernBERT have a setting under two names, of which its own is meant.
    #[test]
    fn settings_under_two_names() {
        let entries = serde_json::json!({
            "model_type": "modernbert", "vocab_size": 50, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 8, "hidden_activation": "gelu", "max_position_embeddings": 16, "mlp_dropout": 0.0,
            "attention_dropout": 0.1, "norm_eps": 1e-5, "layer_norm_eps": 1e-12, "norm_bias": false,
        });
        let config = EncoderConfig::from_json(&entries.to_string()).unwrap();
        assert_eq!((config.layer_norm_eps, config.attention_probs_dropout_prob), (1e-5, 0.1));
        config.check().unwrap();
        let written = config.to_entries().unwrap();
        assert!(written.contains_key("norm_eps") && !written.contains_key("layer_norm_eps"), "{written:?}");
    }

    #[test]
    fn the_architectures_are_those_that_others_are_told_of() {
        assert_eq!(Architecture::ALL.map(Architecture::name), welt_files::model_folder::MODEL_TYPES);
        for architecture in Architecture::ALL {
            assert_eq!(serde_json::to_value(architecture).unwrap(), architecture.name());
            assert_eq!(Architecture::of(architecture.name()), Some(architecture));
        }
    }
}
