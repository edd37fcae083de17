//! BERT (Devlin et al. 2019) with a tagging head, in the order of its checkpoints.
//! Sub-word ids go in, hidden states `[B, T, H]` and label scores come out.
//!
//! Sizes: `B` rows, `T` sub-words, `H` hidden size, `A` attention heads, `L` labels.

use burn::module::{Initializer, Module};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu_approximate, relu, silu, softmax};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::Dropout;
use crate::gelu::Gelu;

/// The sizes of an encoder, with the names of `config.json`; what else stands there is kept in `other`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BertConfig {
    /// Sub-words in the vocabulary.
    pub vocab_size: usize,
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
    /// Dropout after the embeddings and after each block.
    pub hidden_dropout_prob: f64,
    /// Dropout on the attention weights.
    pub attention_probs_dropout_prob: f64,
    /// The longest input, in sub-words.
    pub max_position_embeddings: usize,
    /// Segments that the encoder tells apart.
    pub type_vocab_size: usize,
    /// Added to the variance in every layer normalisation.
    #[serde(default = "layer_norm_eps")]
    pub layer_norm_eps: f64,
    /// The sub-word that fills short rows; see [`BertConfig::padding`].
    #[serde(default)]
    pub pad_token_id: Option<u32>,
    /// Dropout before the head, where it is not [`BertConfig::hidden_dropout_prob`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier_dropout: Option<f64>,
    /// Standard deviation of newly drawn weights.
    #[serde(default = "initializer_range")]
    pub initializer_range: f64,
    /// Every other entry of the file, as it stood.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

fn layer_norm_eps() -> f64 {
    1e-12
}

fn initializer_range() -> f64 {
    0.02
}

/// An activation function by its name in `config.json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// The exact form with the error function.
    #[default]
    Gelu,
    /// The tanh approximation.
    GeluNew,
    /// `max(x, 0)`.
    Relu,
    /// `x * sigmoid(x)`.
    #[serde(alias = "swish")]
    Silu,
}

impl Activation {
    fn apply<const D: usize>(self, x: Tensor<D>, gelu: Gelu) -> Tensor<D> {
        match self {
            Self::Gelu => gelu.apply(x),
            Self::GeluNew => gelu_approximate(x),
            Self::Relu => relu(x),
            Self::Silu => silu(x),
        }
    }
}

/// Rows of sub-words, filled up to a common length.
#[derive(Debug, Clone)]
pub struct EncoderInput {
    /// `[B, T]`, below `vocab_size`.
    pub input_ids: Tensor<2, Int>,
    /// `[B, T]`, below `type_vocab_size`.
    pub token_type_ids: Tensor<2, Int>,
    /// How many sub-words of each row are not filling, all at its start.
    pub lengths: Vec<usize>,
}

impl EncoderInput {
    /// Rows of one segment, filled with `pad_token_id` up to the longest.
    #[must_use]
    pub fn from_rows(rows: &[&[u32]], pad_token_id: u32, device: &Device) -> Self {
        let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let shape = [rows.len(), longest];
        let mut ids = Vec::with_capacity(rows.len() * longest);
        for row in rows {
            ids.extend(row.iter().map(|&id| id as i32));
            ids.resize(ids.len() + longest - row.len(), pad_token_id as i32);
        }
        Self {
            input_ids: Tensor::from_data(TensorData::new(ids, shape), device),
            token_type_ids: Tensor::zeros(shape, device),
            lengths: rows.iter().map(|row| row.len()).collect(),
        }
    }

    /// What is added to the attention scores, `[B, 1, 1, T]`: 0 at sub-words, the lowest number at filling.
    ///
    /// None where no row is filled up, which spares a pass over the largest tensors.
    fn attention_bias(&self) -> Option<Tensor<4>> {
        let [n_rows, longest] = self.input_ids.dims();
        if self.lengths.iter().all(|&length| length == longest) {
            return None;
        }
        let mut bias = vec![0.0_f32; n_rows * longest];
        for (row, &length) in bias.chunks_exact_mut(longest).zip(&self.lengths) {
            row[length..].fill(f32::MIN);
        }
        let device = self.input_ids.device();
        Some(Tensor::from_data(TensorData::new(bias, [n_rows, 1, 1, longest]), &device))
    }
}

/// BERT with one linear layer on its last hidden states.
#[derive(Module, Debug)]
pub struct BertForTokenClassification {
    /// The encoder.
    pub bert: Bert,
    /// `[.., H] -> [.., L]`
    pub classifier: Linear,
    dropout: f64,
}

/// The encoder.
#[derive(Module, Debug)]
pub struct Bert {
    embeddings: BertEmbeddings,
    layer: Vec<BertLayer>,
}

#[derive(Module, Debug)]
struct BertEmbeddings {
    word_embeddings: Embedding,
    position_embeddings: Embedding,
    token_type_embeddings: Embedding,
    norm: LayerNorm,
    dropout: f64,
}

#[derive(Module, Debug)]
struct BertLayer {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    gelu: Gelu,
    n_heads: usize,
    attention_dropout: f64,
    dropout: f64,
}

/// What the parts of a layer are called in a checkpoint, and in [`BertLayer`].
pub(crate) const LAYER_NAMES: [(&str, &str); 8] = [
    ("attention.self.query", "query"),
    ("attention.self.key", "key"),
    ("attention.self.value", "value"),
    ("attention.output.dense", "attention_output"),
    ("attention.output.LayerNorm", "attention_norm"),
    ("intermediate.dense", "intermediate"),
    ("output.dense", "output"),
    ("output.LayerNorm", "output_norm"),
];

impl BertConfig {
    /// The sub-word that fills short rows: 0 where none is stated, since nothing attends to it.
    #[must_use]
    pub fn padding(&self) -> u32 {
        self.pad_token_id.unwrap_or(0)
    }

    /// A model of these sizes whose weights are drawn anew: normal with [`BertConfig::initializer_range`], biases 0.
    ///
    /// The same seed on the same backend gives the same weights, as long as no other thread draws from that backend.
    #[must_use]
    pub fn init(&self, n_labels: usize, seed: u64, device: &Device) -> BertForTokenClassification {
        device.seed(seed);
        let model = self.undrawn(n_labels, device);
        // Burn draws a parameter when it is first used; count them, so that they are drawn here, in this order.
        let _ = model.num_params();
        model
    }

    /// A model of these sizes whose weights are drawn when they are first used, or never, if they are read before.
    pub(crate) fn undrawn(&self, n_labels: usize, device: &Device) -> BertForTokenClassification {
        BertForTokenClassification {
            bert: Bert {
                embeddings: self.embeddings(device),
                layer: (0..self.num_hidden_layers).map(|_| self.layer(device)).collect(),
            },
            classifier: self.linear(self.hidden_size, n_labels, device),
            dropout: self.classifier_dropout.unwrap_or(self.hidden_dropout_prob),
        }
    }

    /// A newly drawn head, as [`BertConfig::init`] draws it.
    #[must_use]
    pub fn init_classifier(&self, n_labels: usize, seed: u64, device: &Device) -> Linear {
        device.seed(seed);
        let classifier = self.linear(self.hidden_size, n_labels, device);
        let _ = classifier.num_params();
        classifier
    }

    fn embeddings(&self, device: &Device) -> BertEmbeddings {
        let table = |rows| EmbeddingConfig::new(rows, self.hidden_size).with_initializer(self.normal()).init(device);
        BertEmbeddings {
            word_embeddings: table(self.vocab_size),
            position_embeddings: table(self.max_position_embeddings),
            token_type_embeddings: table(self.type_vocab_size),
            norm: self.norm(device),
            dropout: self.hidden_dropout_prob,
        }
    }

    fn layer(&self, device: &Device) -> BertLayer {
        let square = || self.linear(self.hidden_size, self.hidden_size, device);
        BertLayer {
            query: square(),
            key: square(),
            value: square(),
            attention_output: square(),
            attention_norm: self.norm(device),
            intermediate: self.linear(self.hidden_size, self.intermediate_size, device),
            output: self.linear(self.intermediate_size, self.hidden_size, device),
            output_norm: self.norm(device),
            activation: self.hidden_act,
            gelu: Gelu::for_device(device),
            n_heads: self.num_attention_heads,
            attention_dropout: self.attention_probs_dropout_prob,
            dropout: self.hidden_dropout_prob,
        }
    }

    fn norm(&self, device: &Device) -> LayerNorm {
        LayerNormConfig::new(self.hidden_size).with_epsilon(self.layer_norm_eps).init(device)
    }

    fn linear(&self, d_input: usize, d_output: usize, device: &Device) -> Linear {
        let config = LinearConfig::new(d_input, d_output).with_initializer(self.normal());
        Linear { bias: Some(Initializer::Zeros.init([d_output], device)), ..config.with_bias(false).init(device) }
    }

    fn normal(&self) -> Initializer {
        Initializer::Normal { mean: 0.0, std: self.initializer_range }
    }
}

impl BertForTokenClassification {
    /// Label scores of single sub-words, before any softmax: `[W, L]`.
    ///
    /// `rows: [W]` picks them among the `B * T` sub-words, row after row: `row * T + position`.
    pub fn forward(&self, input: &EncoderInput, rows: Tensor<1, Int>, dropout: &mut Dropout) -> Tensor<2> {
        let hidden: Tensor<2> = self.bert.forward(input, dropout).flatten(0, 1); // [B * T, H]
        self.classify(hidden.select(0, rows), dropout)
    }

    /// `hidden: [.., H] -> [.., L]`
    pub fn classify<const D: usize>(&self, hidden: Tensor<D>, dropout: &mut Dropout) -> Tensor<D> {
        self.classifier.forward(dropout.apply(hidden, self.dropout))
    }
}

impl Bert {
    /// The last hidden states, `[B, T, H]`; what stands at filling means nothing.
    pub fn forward(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        let bias = input.attention_bias();
        let embedded = self.embeddings.forward(input, dropout);
        self.layer.iter().fold(embedded, |x, layer| layer.forward(x, bias.as_ref(), dropout))
    }

    /// The embeddings and what each layer makes of them in turn, as many as there are layers and one: `[B, T, H]` each.
    pub fn hidden_states(&self, input: &EncoderInput) -> Vec<Tensor<3>> {
        let bias = input.attention_bias();
        let mut dropout = Dropout::off();
        let mut states = vec![self.embeddings.forward(input, &mut dropout)];
        for (index, layer) in self.layer.iter().enumerate() {
            states.push(layer.forward(states[index].clone(), bias.as_ref(), &mut dropout));
        }
        states
    }
}

impl BertEmbeddings {
    /// `[B, T] -> [B, T, H]`
    fn forward(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        let [_, longest] = input.input_ids.dims();
        let positions = self.position_embeddings.weight.val().slice(0..longest).unsqueeze(); // [1, T, H]
        let x = self.word_embeddings.forward(input.input_ids.clone())
            + self.token_type_embeddings.forward(input.token_type_ids.clone())
            + positions;
        dropout.apply(self.norm.forward(x), self.dropout)
    }
}

impl BertLayer {
    /// `x: [B, T, H]`, `bias: [B, 1, 1, T]` added to the attention scores `-> [B, T, H]`
    fn forward(&self, x: Tensor<3>, bias: Option<&Tensor<4>>, dropout: &mut Dropout) -> Tensor<3> {
        let attended = self.attention_output.forward(self.attention(x.clone(), bias, dropout));
        let x = self.attention_norm.forward(x + dropout.apply(attended, self.dropout));
        let wide = self.activation.apply(self.intermediate.forward(x.clone()), self.gelu); // [B, T, intermediate_size]
        let narrow = self.output.forward(wide);
        self.output_norm.forward(x + dropout.apply(narrow, self.dropout))
    }

    /// `softmax(Q K^T / sqrt(H / A) + bias) V`, head by head: `[B, T, H] -> [B, T, H]`
    fn attention(&self, x: Tensor<3>, bias: Option<&Tensor<4>>, dropout: &mut Dropout) -> Tensor<3> {
        let [n_rows, length, hidden] = x.dims();
        let head_size = hidden / self.n_heads;
        let heads = |linear: &Linear, x: Tensor<3>| {
            linear.forward(x).reshape([n_rows, length, self.n_heads, head_size]).swap_dims(1, 2) // [B, A, T, H / A]
        };
        let query = heads(&self.query, x.clone()) * (head_size as f64).sqrt().recip();
        let key = heads(&self.key, x.clone());
        let value = heads(&self.value, x);
        let scores = query.matmul(key.swap_dims(2, 3)); // [B, A, T, T]
        let scores = match bias {
            Some(bias) => scores + bias.clone(),
            None => scores,
        };
        let weights = dropout.apply(softmax(scores, 3), self.attention_dropout);
        weights.matmul(value).swap_dims(1, 2).reshape([n_rows, length, hidden])
    }
}
