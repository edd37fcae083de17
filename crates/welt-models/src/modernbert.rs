//! ModernBERT (Warner et al. 2024), in the order of its checkpoints.
//! Sub-word ids go in, hidden states `[B, T, H]` come out; the head is [`crate::Tagger`]'s.
//!
//! Beside BERT: positions turn queries and keys (Su et al. 2021), two layers of three see only what is near, the
//! feed-forward layer has a gate (Shazeer 2020), normalisation comes before each block, and biases are left out.
//!
//! Sizes: `B` rows, `T` sub-words, `H` hidden size, `A` attention heads, `d = H / A`.

use burn::module::Module;
use burn::nn::{Embedding, LayerNorm, Linear};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use welt_settings::Precision;

use crate::config::ModernBertConfig;
use crate::names::Names;
use crate::precision::Products as _;
use crate::{Activation, Dropout, EncoderConfig, EncoderInput, Memory};

/// What tensors are called in checkpoints.
pub(crate) const NAMES: Names = Names {
    layers: "layers",
    layer: &[
        ("attn_norm", "attention_norm"),
        ("attn.Wqkv", "query_key_value"),
        ("attn.Wo", "attention_output"),
        ("mlp_norm", "feed_forward_norm"),
        ("mlp.Wi", "intermediate"),
        ("mlp.Wo", "output"),
    ],
    others: &[("embeddings.tok_embeddings", "embeddings.word_embeddings")],
};

/// The encoder.
#[derive(Module, Debug)]
pub struct ModernBert {
    embeddings: Embeddings,
    layer: Vec<Layer>,
    final_norm: LayerNorm,
    /// The base of the frequencies of layers that see everything, and of the others.
    #[module(skip)]
    rope_theta: [f64; 2],
    head_size: usize,
}

#[derive(Module, Debug)]
struct Embeddings {
    word_embeddings: Embedding,
    norm: LayerNorm,
    dropout: f64,
}

#[derive(Module, Debug)]
struct Layer {
    /// None in the first layer, whose input is normalised already.
    attention_norm: Option<LayerNorm>,
    /// `[.., H] -> [.., 3 H]`
    query_key_value: Linear,
    attention_output: Linear,
    feed_forward_norm: LayerNorm,
    /// `[.., H] -> [.., 2 intermediate_size]`: what is activated, and its gate.
    intermediate: Linear,
    output: Linear,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    memory: Memory,
    #[module(skip)]
    precision: Precision,
    /// How far it sees to each side; none where it sees everything.
    #[module(skip)]
    window: Option<usize>,
    n_heads: usize,
    attention_dropout: f64,
    dropout: f64,
}

/// What tags with it beside the classifier, and is pre-trained with it: a linear layer, its activation, a normalisation.
#[derive(Module, Debug)]
pub struct Head {
    dense: Linear,
    norm: LayerNorm,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    memory: Memory,
}

impl ModernBert {
    /// An encoder whose weights are drawn when they are first used, or never, if they are read before.
    pub(crate) fn undrawn(config: &EncoderConfig, device: &Device) -> Self {
        // A configuration that was checked has such settings.
        let own = ModernBertConfig::of(config).unwrap_or_default();
        let memory = Memory::of(device);
        let layer = |(index, window): (usize, &Option<usize>)| {
            let undrawn = Layer::undrawn(config, &own, memory, device);
            let attention_norm = undrawn.attention_norm.filter(|_| index > 0);
            Layer { attention_norm, window: *window, ..undrawn }
        };
        Self {
            embeddings: Embeddings {
                word_embeddings: config.table(config.vocab_size, config.hidden_size, device),
                norm: own.norm(config, device),
                dropout: own.embedding_dropout,
            },
            layer: own.windows.iter().enumerate().map(layer).collect(),
            final_norm: own.norm(config, device),
            rope_theta: own.rope_theta,
            head_size: config.hidden_size / config.num_attention_heads.max(1),
        }
    }

    /// The numbers of its layers' products; without layers there are none.
    pub(crate) fn precision(&self) -> Precision {
        self.layer.first().map_or(Precision::F32, |layer| layer.precision)
    }

    pub(crate) fn set_precision(&mut self, precision: Precision) {
        self.layer.iter_mut().for_each(|layer| layer.precision = precision);
    }

    /// The last hidden states, `[B, T, H]`; what stands at padding means nothing.
    pub fn forward(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        let [global, local] = self.passes(input);
        let x = self.embeddings.forward(input, dropout);
        let x = self
            .layer
            .iter()
            .fold(x, |x, layer| layer.forward(x, if layer.window.is_some() { &local } else { &global }, dropout));
        self.final_norm.forward(x)
    }

    /// The embeddings and what each layer makes of them in turn, the last one normalised, as many as there are layers and
    /// one: `[B, T, H]` each.
    pub fn hidden_states(&self, input: &EncoderInput) -> Vec<Tensor<3>> {
        let (passes, mut dropout) = (self.passes(input), Dropout::off());
        let mut states = vec![self.embeddings.forward(input, &mut dropout)];
        for (index, layer) in self.layer.iter().enumerate() {
            let pass = &passes[usize::from(layer.window.is_some())];
            states.push(layer.forward(states[index].clone(), pass, &mut dropout));
        }
        let last = states.pop().map(|last| self.final_norm.forward(last));
        states.extend(last);
        states
    }

    /// What layers that see everything, and the others, see of an input.
    fn passes(&self, input: &EncoderInput) -> [Pass; 2] {
        let window = self.layer.iter().find_map(|layer| layer.window);
        let [global, local] = self.rope_theta.map(|theta| self.turns(input, theta));
        let local_bias = match window {
            Some(window) => input.local_attention_bias(window),
            None => input.attention_bias(),
        };
        [Pass { turns: global, bias: input.attention_bias() }, Pass { turns: local, bias: local_bias }]
    }

    /// Cosines and sines of the angles by which each position turns queries and keys, `[1, 1, T, d]` each.
    fn turns(&self, input: &EncoderInput, theta: f64) -> [Tensor<4>; 2] {
        let [_, length] = input.input_ids.dims();
        let (device, size) = (input.input_ids.device(), self.head_size);
        let angle = |position: usize, index: usize| {
            let exponent = (2 * (index % (size / 2))) as f32 / size as f32;
            position as f32 * (1.0 / (theta as f32).powf(exponent))
        };
        let table = |of: fn(f32) -> f32| {
            let numbers: Vec<f32> =
                (0..length).flat_map(|position| (0..size).map(move |index| of(angle(position, index)))).collect();
            Tensor::from_data(TensorData::new(numbers, [1, 1, length, size]), &device)
        };
        [table(f32::cos), table(f32::sin)]
    }
}

/// What some layers see of an input.
struct Pass {
    turns: [Tensor<4>; 2],
    bias: Option<Tensor<4>>,
}

impl Pass {
    /// `x: [B, A, T, d]`, each pair of a head's halves turned by the angle of its position.
    fn turn(&self, x: &Tensor<4>) -> Tensor<4> {
        let [cosine, sine] = self.turns.clone();
        let [n_rows, n_heads, length, size] = x.dims();
        let half = |from: usize| x.clone().slice([0..n_rows, 0..n_heads, 0..length, from..from + size / 2]);
        let turned = Tensor::cat(vec![half(size / 2).neg(), half(0)], 3);
        x.clone() * cosine + turned * sine
    }
}

impl ModernBertConfig {
    fn norm(&self, config: &EncoderConfig, device: &Device) -> LayerNorm {
        config.norm_with(self.biases.norm, config.hidden_size, device)
    }
}

impl Head {
    /// A head whose weights are drawn when they are first used, or never, if they are read before.
    pub(crate) fn undrawn(config: &EncoderConfig, device: &Device) -> Self {
        let own = ModernBertConfig::of(config).unwrap_or_default();
        Self {
            dense: config.linear_with(own.biases.classifier, [config.hidden_size; 2], device),
            norm: own.norm(config, device),
            activation: own.classifier_activation,
            memory: Memory::of(device),
        }
    }

    /// `[.., H] -> [.., H]`
    pub(crate) fn forward<const D: usize>(&self, hidden: Tensor<D>) -> Tensor<D> {
        self.norm.forward(self.activation.apply(self.dense.forward(hidden), self.memory))
    }
}

impl Embeddings {
    /// `[B, T] -> [B, T, H]`
    fn forward(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        dropout.apply(self.norm.forward(self.word_embeddings.forward(input.input_ids.clone())), self.dropout)
    }
}

impl Layer {
    fn undrawn(config: &EncoderConfig, own: &ModernBertConfig, memory: Memory, device: &Device) -> Self {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        Self {
            attention_norm: Some(own.norm(config, device)),
            query_key_value: config.linear_with(own.biases.attention, [hidden, 3 * hidden], device),
            attention_output: config.linear_with(own.biases.attention, [hidden; 2], device),
            feed_forward_norm: own.norm(config, device),
            intermediate: config.linear_with(own.biases.mlp, [hidden, 2 * wide], device),
            output: config.linear_with(own.biases.mlp, [wide, hidden], device),
            activation: config.hidden_act,
            memory,
            precision: Precision::F32,
            window: None,
            n_heads: config.num_attention_heads,
            attention_dropout: config.attention_probs_dropout_prob,
            dropout: config.hidden_dropout_prob,
        }
    }

    /// `x: [B, T, H] -> [B, T, H]`; what stands at padding means nothing.
    fn forward(&self, x: Tensor<3>, pass: &Pass, dropout: &mut Dropout) -> Tensor<3> {
        let normed = match &self.attention_norm {
            Some(norm) => norm.forward(x.clone()),
            None => x.clone(),
        };
        let attended = self.precision.linear(&self.attention_output, self.attention(normed, pass, dropout));
        let x = x + dropout.apply(attended, self.attention_dropout);
        let wide = self.precision.linear(&self.intermediate, self.feed_forward_norm.forward(x.clone()));
        let [n_rows, length, both] = wide.dims();
        let half = |from: usize| wide.clone().slice([0..n_rows, 0..length, from..from + both / 2]);
        let gated = self.activation.apply(half(0), self.memory) * half(both / 2); // [B, T, intermediate_size]
        x + self.precision.linear(&self.output, dropout.apply(gated, self.dropout))
    }

    /// `softmax(turned(Q) turned(K)^T / sqrt(d) + bias) V`, head by head: `[B, T, H] -> [B, T, H]`
    fn attention(&self, x: Tensor<3>, pass: &Pass, dropout: &mut Dropout) -> Tensor<3> {
        let [n_rows, length, hidden] = x.dims();
        let size = hidden / self.n_heads;
        let all = self.precision.linear(&self.query_key_value, x); // [B, T, 3 H]
        let heads = |index: usize| {
            let one = all.clone().slice([0..n_rows, 0..length, index * hidden..(index + 1) * hidden]);
            one.reshape([n_rows, length, self.n_heads, size]).swap_dims(1, 2) // [B, A, T, d]
        };
        let query = pass.turn(&heads(0)) * (size as f64).sqrt().recip();
        let scores = self.precision.matmul(query, pass.turn(&heads(1)).swap_dims(2, 3)); // [B, A, T, T]
        let scores = match &pass.bias {
            Some(bias) => scores + bias.clone(),
            None => scores,
        };
        let weights = dropout.apply(softmax(scores, 3), self.attention_dropout);
        self.precision.matmul(weights, heads(2)).swap_dims(1, 2).reshape([n_rows, length, hidden])
    }
}
