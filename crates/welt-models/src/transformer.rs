//! What BERT, ELECTRA and RoBERTa are made of: the embeddings (Devlin et al. 2019, section 3) and the encoder's layers
//! (Vaswani et al. 2017, section 3.1, with the normalisation after each block).
//!
//! Sizes: `B` rows, `T` sub-words, `E` width of the embeddings, `H` hidden size, `A` attention heads.

use std::cell::OnceCell;

use burn::module::{Initializer, Module};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Int, Tensor};
use welt_settings::Precision;

#[cfg(feature = "cpu")]
use crate::fused::{Fused, Parts, Pass, Prepared};
use crate::names::Names;
#[cfg(feature = "cpu")]
use crate::packing::Packing;
use crate::precision::Products as _;
use crate::{Activation, Dropout, EncoderConfig, EncoderInput, Memory};

/// What tensors are called in checkpoints of these.
pub(crate) const NAMES: Names = Names {
    layers: "encoder.layer",
    layer: &[
        ("attention.self.query", "query"),
        ("attention.self.key", "key"),
        ("attention.self.value", "value"),
        ("attention.output.dense", "attention_output"),
        ("attention.output.LayerNorm", "attention_norm"),
        ("intermediate.dense", "intermediate"),
        ("output.dense", "output"),
        ("output.LayerNorm", "output_norm"),
    ],
    others: &[("embeddings.LayerNorm", "embeddings.norm")],
};

#[derive(Module, Debug)]
pub(crate) struct Embeddings {
    word_embeddings: Embedding,
    position_embeddings: Embedding,
    token_type_embeddings: Embedding,
    norm: LayerNorm,
    dropout: f64,
}

#[derive(Module, Debug)]
pub(crate) struct Layer {
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
    memory: Memory,
    #[module(skip)]
    precision: Precision,
    #[cfg(feature = "cpu")]
    #[module(skip)]
    prepared: Prepared,
    n_heads: usize,
    norm_epsilon: f64,
    attention_dropout: f64,
    dropout: f64,
}

impl EncoderConfig {
    pub(crate) fn embeddings(&self, device: &Device) -> Embeddings {
        let width = self.embedding_width();
        let table = |rows| self.table(rows, width, device);
        Embeddings {
            word_embeddings: table(self.vocab_size),
            position_embeddings: table(self.max_position_embeddings),
            token_type_embeddings: table(self.type_vocab_size),
            norm: self.norm(width, device),
            dropout: self.hidden_dropout_prob,
        }
    }

    pub(crate) fn layers(&self, device: &Device) -> Vec<Layer> {
        let memory = Memory::of(device);
        (0..self.num_hidden_layers).map(|_| self.layer(memory, device)).collect()
    }

    fn layer(&self, memory: Memory, device: &Device) -> Layer {
        let square = || self.linear(self.hidden_size, self.hidden_size, device);
        Layer {
            query: square(),
            key: square(),
            value: square(),
            attention_output: square(),
            attention_norm: self.norm(self.hidden_size, device),
            intermediate: self.linear(self.hidden_size, self.intermediate_size, device),
            output: self.linear(self.intermediate_size, self.hidden_size, device),
            output_norm: self.norm(self.hidden_size, device),
            activation: self.hidden_act,
            memory,
            precision: Precision::F32,
            #[cfg(feature = "cpu")]
            prepared: Prepared::default(),
            n_heads: self.num_attention_heads,
            norm_epsilon: self.layer_norm_eps,
            attention_dropout: self.attention_probs_dropout_prob,
            dropout: self.hidden_dropout_prob,
        }
    }

    pub(crate) fn norm(&self, width: usize, device: &Device) -> LayerNorm {
        self.norm_with(true, width, device)
    }

    pub(crate) fn norm_with(&self, bias: bool, width: usize, device: &Device) -> LayerNorm {
        LayerNormConfig::new(width).with_epsilon(self.layer_norm_eps).with_bias(bias).init(device)
    }

    /// A layer whose weights are normal with [`EncoderConfig::initializer_range`] and whose biases are 0.
    pub(crate) fn linear(&self, d_input: usize, d_output: usize, device: &Device) -> Linear {
        let config = LinearConfig::new(d_input, d_output).with_initializer(self.normal());
        Linear { bias: Some(Initializer::Zeros.init([d_output], device)), ..config.with_bias(false).init(device) }
    }

    /// A layer from the first size to the second, with the biases of [`EncoderConfig::linear`] or none.
    pub(crate) fn linear_with(&self, bias: bool, [d_input, d_output]: [usize; 2], device: &Device) -> Linear {
        if bias {
            return self.linear(d_input, d_output, device);
        }
        LinearConfig::new(d_input, d_output).with_initializer(self.normal()).with_bias(false).init(device)
    }

    /// Rows of a table of embeddings.
    pub(crate) fn table(&self, rows: usize, width: usize, device: &Device) -> Embedding {
        EmbeddingConfig::new(rows, width).with_initializer(self.normal()).init(device)
    }

    fn normal(&self) -> Initializer {
        Initializer::Normal { mean: 0.0, std: self.initializer_range }
    }
}

impl Embeddings {
    /// `[B, T] -> [B, T, E]`
    pub fn forward(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        let [_, longest] = input.input_ids.dims();
        let positions = self.position_embeddings.weight.val().slice(0..longest).unsqueeze(); // [1, T, E]
        self.with_positions(positions, input, dropout)
    }

    /// The same with `positions: [B, T]` of its own for every row.
    pub fn forward_at(&self, positions: Tensor<2, Int>, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        self.with_positions(self.position_embeddings.forward(positions), input, dropout)
    }

    /// `positions: [1 or B, T, E] -> [B, T, E]`
    fn with_positions(&self, positions: Tensor<3>, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        let x = self.word_embeddings.forward(input.input_ids.clone())
            + self.token_type_embeddings.forward(input.token_type_ids.clone())
            + positions;
        dropout.apply(self.norm.forward(x), self.dropout)
    }
}

/// What each layer makes of the states before it in turn, the first of which is `x: [B, T, H]`.
pub(crate) fn hidden_states(layers: &[Layer], x: Tensor<3>, input: &EncoderInput) -> Vec<Tensor<3>> {
    let reach = Reach::of(input);
    let mut states = vec![x];
    for (index, layer) in layers.iter().enumerate() {
        states.push(layer.forward(states[index].clone(), &reach, &mut Dropout::off()));
    }
    states
}

/// What the last layer makes of `x: [B, T, H]`.
pub(crate) fn last_hidden_state(
    layers: &[Layer],
    x: Tensor<3>,
    input: &EncoderInput,
    dropout: &mut Dropout,
) -> Tensor<3> {
    #[cfg(feature = "cpu")]
    if dropout.is_off()
        && layers.iter().all(|layer| layer.fused(&x, dropout).is_some())
        && let Some(packing) = Packing::of(&input.lengths, x.dims()[1], &x.device())
    {
        let packed = Reach { is_packed: true, ..Reach::of(input) };
        let x = layers.iter().fold(packing.pack(x), |x, layer| layer.forward(x, &packed, dropout));
        return packing.unpack(x);
    }
    let reach = Reach::of(input);
    layers.iter().fold(x, |x, layer| layer.forward(x, &reach, dropout))
}

/// What the sub-words of each row may attend to.
struct Reach<'a> {
    input: &'a EncoderInput,
    /// Whether rows stand one behind the other, without padding; of layers that are one operation.
    #[cfg_attr(not(feature = "cpu"), allow(dead_code, reason = "layers are one operation with the feature alone"))]
    is_packed: bool,
    /// Made when it is first wanted: layers that are one operation go by the lengths.
    bias: OnceCell<Option<Tensor<4>>>,
}

impl<'a> Reach<'a> {
    fn of(input: &'a EncoderInput) -> Self {
        Self { input, is_packed: false, bias: OnceCell::new() }
    }

    fn bias(&self) -> Option<&Tensor<4>> {
        self.bias.get_or_init(|| self.input.attention_bias()).as_ref()
    }
}

impl Layer {
    /// The numbers of the matrix products from here on.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    pub fn set_precision(&mut self, precision: Precision) {
        self.precision = precision;
    }

    /// `x: [B, T, H] -> [B, T, H]`; what stands at padding means nothing.
    fn forward(&self, x: Tensor<3>, reach: &Reach, dropout: &mut Dropout) -> Tensor<3> {
        #[cfg(feature = "cpu")]
        if let Some(fused) = self.fused(&x, dropout) {
            return self.as_one(fused, x, reach, dropout);
        }
        let attended = self.precision.linear(&self.attention_output, self.attention(x.clone(), reach.bias(), dropout));
        let x = self.attention_norm.forward(x + dropout.apply(attended, self.dropout));
        let wide = self.precision.linear(&self.intermediate, x.clone()); // [B, T, intermediate_size]
        let narrow = self.precision.linear(&self.output, self.activation.apply(wide, self.memory));
        self.output_norm.forward(x + dropout.apply(narrow, self.dropout))
    }

    /// Whether it is one operation of the processor for such an input.
    #[cfg(feature = "cpu")]
    fn fused(&self, x: &Tensor<3>, dropout: &Dropout) -> Option<Fused> {
        let is_one = self.activation == Activation::Gelu && dropout.is_made_here();
        if is_one { Fused::of(x, self.precision) } else { None }
    }

    /// The same as one operation of the processor.
    #[cfg(feature = "cpu")]
    fn as_one(&self, fused: Fused, x: Tensor<3>, reach: &Reach, dropout: &mut Dropout) -> Tensor<3> {
        let [n_rows, length, hidden] = x.dims();
        let parts = Parts {
            linears: [&self.query, &self.key, &self.value, &self.attention_output, &self.intermediate, &self.output],
            norms: [&self.attention_norm, &self.output_norm],
            epsilon: self.norm_epsilon,
            prepared: &self.prepared,
        };
        let n_weights = n_rows * self.n_heads * length * length;
        let n_hidden = n_rows * length * hidden;
        // In the order of the operations that this stands for.
        let kept = [
            dropout.draw(n_weights, self.attention_dropout),
            dropout.draw(n_hidden, self.dropout),
            dropout.draw(n_hidden, self.dropout),
        ];
        fused.layer(
            x,
            &parts,
            self.n_heads,
            Pass { lengths: reach.input.lengths.clone(), is_packed: reach.is_packed, kept },
        )
    }

    /// `softmax(Q K^T / sqrt(H / A) + bias) V`, head by head: `[B, T, H] -> [B, T, H]`
    fn attention(&self, x: Tensor<3>, bias: Option<&Tensor<4>>, dropout: &mut Dropout) -> Tensor<3> {
        let [n_rows, length, hidden] = x.dims();
        let head_size = hidden / self.n_heads;
        let heads = |linear: &Linear, x: Tensor<3>| {
            self.precision.linear(linear, x).reshape([n_rows, length, self.n_heads, head_size]).swap_dims(1, 2) // [B, A, T, H / A]
        };
        let x = self.precision.round(x);
        let query = heads(&self.query, x.clone()) * (head_size as f64).sqrt().recip();
        let key = heads(&self.key, x.clone());
        let value = heads(&self.value, x);
        let scores = self.precision.matmul(query, key.swap_dims(2, 3)); // [B, A, T, T]
        let scores = match bias {
            Some(bias) => scores + bias.clone(),
            None => scores,
        };
        let weights = dropout.apply(softmax(scores, 3), self.attention_dropout);
        self.precision.matmul(weights, value).swap_dims(1, 2).reshape([n_rows, length, hidden])
    }
}
