//! What `config.json` says of a DeBERTa beside the sizes that all encoders have.

use serde::Deserialize;
use serde_json::Value;

use super::{EncoderConfig, MOST_POSITIONS, SizeError};
use crate::Activation;

/// The settings of DeBERTa's attention, its embeddings and its convolution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DebertaConfig {
    /// Attention to distances; none where positions are in the embeddings alone.
    pub relative: Option<RelativeConfig>,
    /// Terms of the attention scores that speak of positions, by which these are scaled down.
    pub n_position_terms: usize,
    /// Whether positions are added to the embeddings.
    pub position_biased_input: bool,
    /// The convolution beside the first layer.
    pub convolution: Option<ConvolutionConfig>,
}

/// How attention sees distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RelativeConfig {
    /// Distances that are told apart to each side: half the rows of their embeddings.
    pub span: usize,
    /// The longest distance that has a bucket of its own scale; none where every distance is its own bucket.
    pub log_buckets_up_to: Option<usize>,
    /// Content asks for distances (`c2p`).
    pub content_to_position: bool,
    /// Distances ask for content (`p2c`).
    pub position_to_content: bool,
    /// Whether content and distances share the projections of queries and keys.
    pub share_att_key: bool,
    /// Whether the embeddings of distances are normalised.
    pub is_normed: bool,
}

/// A convolution over the embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConvolutionConfig {
    /// Sub-words that it sees, an odd number.
    pub kernel_size: usize,
    /// Groups of channels.
    pub groups: usize,
    /// What follows it.
    pub activation: Activation,
}

/// The names of the file.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    relative_attention: bool,
    #[serde(default = "unlimited")]
    max_relative_positions: i64,
    #[serde(default = "unlimited")]
    position_buckets: i64,
    #[serde(default)]
    pos_att_type: Option<Types>,
    #[serde(default)]
    share_att_key: bool,
    #[serde(default = "yes")]
    position_biased_input: bool,
    #[serde(default)]
    norm_rel_ebd: Option<String>,
    #[serde(default)]
    conv_kernel_size: usize,
    #[serde(default = "one")]
    conv_groups: usize,
    #[serde(default = "tanh")]
    conv_act: Activation,
    #[serde(default)]
    attention_head_size: Option<usize>,
}

/// `"c2p|p2c"` or `["c2p", "p2c"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Types {
    Text(String),
    List(Vec<String>),
}

fn unlimited() -> i64 {
    -1
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn tanh() -> Activation {
    Activation::Tanh
}

impl Types {
    fn names(self) -> Vec<String> {
        let names = match self {
            Self::Text(text) => text.split('|').map(str::to_owned).collect(),
            Self::List(list) => list,
        };
        names.into_iter().map(|name| name.trim().to_lowercase()).collect()
    }
}

impl DebertaConfig {
    /// Reads it from what stands beside the sizes.
    pub fn of(config: &EncoderConfig) -> Result<Self, SizeError> {
        let refuse = |found: String, expected| SizeError { found, expected };
        let named: Named = serde_json::from_value(Value::Object(config.other.clone()))
            .map_err(|error| refuse(error.to_string(), "the settings of a DeBERTa"))?;
        let types = named.pos_att_type.map(Types::names).unwrap_or_default();
        if let Some(other) = types.iter().find(|name| !["c2p", "p2c"].contains(&name.as_str())) {
            return Err(refuse(
                format!("pos_att_type holds `{other}`"),
                "`c2p` and `p2c`, the only ones that are read",
            ));
        }
        let head_size = config.hidden_size.checked_div(config.num_attention_heads);
        if let Some(other) = named.attention_head_size.filter(|size| Some(*size) != head_size) {
            let found = format!("attention_head_size is {other}");
            return Err(refuse(found, "hidden_size divided by the number of attention heads"));
        }
        if named.conv_kernel_size > 0 && named.conv_kernel_size.is_multiple_of(2) {
            return Err(refuse(format!("conv_kernel_size is {}", named.conv_kernel_size), "an odd number, or 0"));
        }
        if named.conv_groups == 0 || !config.hidden_size.is_multiple_of(named.conv_groups) {
            return Err(refuse(format!("conv_groups is {}", named.conv_groups), "a divisor of hidden_size"));
        }
        let stated = |size: i64| usize::try_from(size).ok().filter(|size| *size > 0);
        let longest = stated(named.max_relative_positions).unwrap_or(config.max_position_embeddings);
        let buckets = stated(named.position_buckets);
        if longest > MOST_POSITIONS {
            return Err(refuse(format!("max_relative_positions is {longest}"), "at most 1048576"));
        }
        // The scale of the buckets is a logarithm to the base (longest - 1) / (buckets / 2).
        if let Some(buckets) = buckets.filter(|buckets| *buckets < 2 || longest <= *buckets / 2 + 1) {
            let found = format!("position_buckets is {buckets} for distances up to {longest}");
            return Err(refuse(found, "at least 2 buckets, and fewer than there are distances"));
        }
        let is_normed = named
            .norm_rel_ebd
            .is_some_and(|kinds| kinds.to_lowercase().split('|').any(|kind| kind.trim() == "layer_norm"));
        let has = |name: &str| types.iter().any(|each| each == name);
        let relative = RelativeConfig {
            span: buckets.unwrap_or(longest),
            log_buckets_up_to: buckets.map(|_| longest),
            content_to_position: has("c2p"),
            position_to_content: has("p2c"),
            share_att_key: named.share_att_key,
            is_normed,
        };
        let convolution = ConvolutionConfig {
            kernel_size: named.conv_kernel_size,
            groups: named.conv_groups,
            activation: named.conv_act,
        };
        Ok(Self {
            relative: named.relative_attention.then_some(relative),
            n_position_terms: usize::from(has("c2p")) + usize::from(has("p2c")),
            position_biased_input: named.position_biased_input,
            convolution: (named.conv_kernel_size > 0).then_some(convolution),
        })
    }
}
