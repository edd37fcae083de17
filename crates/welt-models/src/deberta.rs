//! DeBERTa with the changes of its second and third versions (He et al. 2021, 2023), in the order of its checkpoints.
//! Sub-word ids go in, hidden states `[B, T, H]` come out; the head is [`crate::Tagger`]'s.
//!
//! It is BERT but for the attention, whose scores have up to three terms (2021, equation 4): content to content, content
//! to position and position to content, where a position is the distance of two sub-words, in buckets that widen with it.
//!
//! Sizes: `B` rows, `T` sub-words, `E` width of the embeddings, `H` hidden size, `A` attention heads, `D = 2 T - 1`
//! distances, `K` distances with an embedding of their own.

use burn::module::Module;
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::nn::{Embedding, LayerNorm, Linear, PaddingConfig1d};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use welt_settings::Precision;

use crate::config::{ConvolutionConfig, DebertaConfig, RelativeConfig};
use crate::names::Names;
use crate::precision::Products as _;
use crate::{Activation, Dropout, EncoderConfig, EncoderInput, Memory};

/// What tensors are called in checkpoints.
pub(crate) const NAMES: Names = Names {
    layers: "encoder.layer",
    layer: &[
        ("attention.self.query_proj", "query"),
        ("attention.self.key_proj", "key"),
        ("attention.self.value_proj", "value"),
        ("attention.self.pos_key_proj", "position_key"),
        ("attention.self.pos_query_proj", "position_query"),
        ("attention.output.dense", "attention_output"),
        ("attention.output.LayerNorm", "attention_norm"),
        ("intermediate.dense", "intermediate"),
        ("output.dense", "output"),
        ("output.LayerNorm", "output_norm"),
    ],
    others: &[
        ("embeddings.LayerNorm", "embeddings.norm"),
        ("embeddings.embed_proj", "embeddings.project"),
        ("encoder.rel_embeddings", "distances"),
        ("encoder.LayerNorm", "distances_norm"),
        ("encoder.conv.conv", "convolution.conv"),
        ("encoder.conv.LayerNorm", "convolution.norm"),
    ],
};

/// The encoder.
#[derive(Module, Debug)]
pub struct Deberta {
    embeddings: Embeddings,
    layer: Vec<Layer>,
    /// `[2 K, H]`
    distances: Option<Embedding>,
    distances_norm: Option<LayerNorm>,
    convolution: Option<Convolution>,
    #[module(skip)]
    relative: Option<RelativeConfig>,
}

#[derive(Module, Debug)]
struct Embeddings {
    word_embeddings: Embedding,
    position_embeddings: Option<Embedding>,
    token_type_embeddings: Option<Embedding>,
    /// `[.., E] -> [.., H]`; none where both are the same.
    project: Option<Linear>,
    norm: LayerNorm,
    dropout: f64,
}

#[derive(Module, Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    /// Of distances; none where those of content serve both.
    position_key: Option<Linear>,
    position_query: Option<Linear>,
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
    #[module(skip)]
    relative: Option<RelativeConfig>,
    /// What the scores are divided by: `sqrt(d)` times the root of the number of terms.
    scale: f64,
    n_heads: usize,
    attention_dropout: f64,
    dropout: f64,
}

/// A convolution over the embeddings, whose result is added to that of the first layer.
#[derive(Module, Debug)]
struct Convolution {
    conv: Conv1d,
    norm: LayerNorm,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    memory: Memory,
    dropout: f64,
}

impl Deberta {
    /// An encoder whose weights are drawn when they are first used, or never, if they are read before.
    pub(crate) fn undrawn(config: &EncoderConfig, device: &Device) -> Self {
        // A configuration that was checked has such settings.
        let own = DebertaConfig::of(config).unwrap_or_default();
        let (memory, hidden) = (Memory::of(device), config.hidden_size);
        let is_normed = own.relative.is_some_and(|relative| relative.is_normed);
        Self {
            embeddings: Embeddings::undrawn(config, &own, device),
            layer: (0..config.num_hidden_layers).map(|_| Layer::undrawn(config, &own, memory, device)).collect(),
            distances: own.relative.map(|relative| config.table(2 * relative.span, hidden, device)),
            distances_norm: is_normed.then(|| config.norm(hidden, device)),
            convolution: own.convolution.map(|of| Convolution::undrawn(config, of, memory, device)),
            relative: own.relative,
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
        let pass = self.pass(input, dropout);
        (0..self.layer.len()).fold(pass.embedded.clone(), |x, index| self.step(index, x, &pass, dropout))
    }

    /// The embeddings and what each layer makes of them in turn, as many as there are layers and one: `[B, T, H]` each.
    pub fn hidden_states(&self, input: &EncoderInput) -> Vec<Tensor<3>> {
        let mut dropout = Dropout::off();
        let pass = self.pass(input, &mut dropout);
        let mut states = vec![pass.embedded.clone()];
        for index in 0..self.layer.len() {
            states.push(self.step(index, states[index].clone(), &pass, &mut dropout));
        }
        states
    }

    /// One layer, the first with the convolution beside it.
    fn step(&self, index: usize, x: Tensor<3>, pass: &Pass, dropout: &mut Dropout) -> Tensor<3> {
        let x = self.layer[index].forward(x, pass, dropout);
        match &self.convolution {
            Some(convolution) if index == 0 => convolution.forward(x, pass, dropout),
            _ => x,
        }
    }

    fn pass<'a>(&self, input: &'a EncoderInput, dropout: &mut Dropout) -> Pass<'a> {
        let embedded = self.embeddings.forward(input, dropout);
        let distances = self.distances.as_ref().zip(self.relative).map(|(distances, relative)| {
            let table = distances.weight.val(); // [2 K, H]
            let table = match &self.distances_norm {
                Some(norm) => norm.forward(table),
                None => table,
            };
            let [_, length] = input.input_ids.dims();
            let device = table.device();
            let rows = rows_by_distance(length, &relative);
            let n_distances = rows.len();
            Distances { table, rows: Tensor::from_data(TensorData::new(rows, [n_distances]), &device) }
        });
        Pass { input, embedded, bias: input.attention_bias(), distances }
    }
}

/// What all layers see of an input.
struct Pass<'a> {
    input: &'a EncoderInput,
    /// `[B, T, H]`
    embedded: Tensor<3>,
    bias: Option<Tensor<4>>,
    distances: Option<Distances>,
}

/// The embeddings of distances.
struct Distances {
    /// `[2 K, H]`
    table: Tensor<2>,
    /// `[D]`: the row of each distance of a query from a key, from `-(T - 1)` to `T - 1`.
    rows: Tensor<1, Int>,
}

/// The rows of the embeddings of distances, for the distances from `-(length - 1)` to `length - 1`.
fn rows_by_distance(length: usize, relative: &RelativeConfig) -> Vec<i32> {
    let (span, last) = (relative.span as i32, length as i32 - 1);
    let bucket = |distance: i32| match relative.log_buckets_up_to {
        Some(longest) => log_bucket(distance, relative.span, longest),
        None => distance,
    };
    (-last..=last).map(|distance| (bucket(distance) + span).clamp(0, 2 * span - 1)).collect()
}

/// Distances up to half the number of buckets are their own bucket; those beyond share buckets whose width grows with them
/// (2021, section 3.1 of the appendix, in the arithmetic of transformers).
fn log_bucket(distance: i32, n_buckets: usize, longest: usize) -> i32 {
    let middle = (n_buckets / 2) as i32;
    let size = distance.abs();
    if size <= middle {
        return distance;
    }
    let scale = |size: f64| ((size / f64::from(middle)) as f32).ln();
    let share = scale(f64::from(size)) / scale(longest as f64 - 1.0);
    let bucket = (share * (middle - 1) as f32).ceil() as i32 + middle;
    bucket * distance.signum()
}

impl Embeddings {
    fn undrawn(config: &EncoderConfig, own: &DebertaConfig, device: &Device) -> Self {
        let (narrow, hidden) = (config.embedding_width(), config.hidden_size);
        let table = |rows| config.table(rows, narrow, device);
        Self {
            word_embeddings: table(config.vocab_size),
            position_embeddings: own.position_biased_input.then(|| table(config.max_position_embeddings)),
            token_type_embeddings: (config.type_vocab_size > 0).then(|| table(config.type_vocab_size)),
            project: (narrow != hidden).then(|| config.linear_with(false, [narrow, hidden], device)),
            norm: config.norm(hidden, device),
            dropout: config.hidden_dropout_prob,
        }
    }

    /// `[B, T] -> [B, T, H]`
    fn forward(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        let [_, length] = input.input_ids.dims();
        let mut x = self.word_embeddings.forward(input.input_ids.clone()); // [B, T, E]
        if let Some(positions) = &self.position_embeddings {
            x = x + positions.weight.val().slice(0..length).unsqueeze();
        }
        if let Some(segments) = &self.token_type_embeddings {
            x = x + segments.forward(input.token_type_ids.clone());
        }
        let x = match &self.project {
            Some(project) => project.forward(x),
            None => x,
        };
        dropout.apply(self.norm.forward(x), self.dropout)
    }
}

impl Layer {
    fn undrawn(config: &EncoderConfig, own: &DebertaConfig, memory: Memory, device: &Device) -> Self {
        let hidden = config.hidden_size;
        let square = || config.linear(hidden, hidden, device);
        let apart = own.relative.filter(|relative| !relative.share_att_key);
        let head_size = hidden / config.num_attention_heads.max(1);
        Self {
            query: square(),
            key: square(),
            value: square(),
            position_key: apart.filter(|relative| relative.content_to_position).map(|_| square()),
            position_query: apart.filter(|relative| relative.position_to_content).map(|_| square()),
            attention_output: square(),
            attention_norm: config.norm(hidden, device),
            intermediate: config.linear(hidden, config.intermediate_size, device),
            output: config.linear(config.intermediate_size, hidden, device),
            output_norm: config.norm(hidden, device),
            activation: config.hidden_act,
            memory,
            precision: Precision::F32,
            relative: own.relative,
            scale: ((head_size * (1 + own.n_position_terms)) as f64).sqrt(),
            n_heads: config.num_attention_heads,
            attention_dropout: config.attention_probs_dropout_prob,
            dropout: config.hidden_dropout_prob,
        }
    }

    /// `x: [B, T, H] -> [B, T, H]`; what stands at padding means nothing.
    fn forward(&self, x: Tensor<3>, pass: &Pass, dropout: &mut Dropout) -> Tensor<3> {
        let attended = self.precision.linear(&self.attention_output, self.attention(x.clone(), pass, dropout));
        let x = self.attention_norm.forward(dropout.apply(attended, self.dropout) + x);
        let wide = self.precision.linear(&self.intermediate, x.clone()); // [B, T, intermediate_size]
        let narrow = self.precision.linear(&self.output, self.activation.apply(wide, self.memory));
        self.output_norm.forward(dropout.apply(narrow, self.dropout) + x)
    }

    /// `softmax((Q K^T + Q P_K^T + P_Q K^T) / scale + bias) V`, head by head: `[B, T, H] -> [B, T, H]`
    fn attention(&self, x: Tensor<3>, pass: &Pass, dropout: &mut Dropout) -> Tensor<3> {
        let [n_rows, length, hidden] = x.dims();
        let x = self.precision.round(x);
        let query = self.heads(&self.query, x.clone()) / self.scale; // [B, A, T, H / A]
        let key = self.heads(&self.key, x.clone());
        let value = self.heads(&self.value, x);
        let mut scores = self.precision.matmul(query.clone(), key.clone().swap_dims(2, 3)); // [B, A, T, T]
        if let Some((relative, distances)) = self.relative.as_ref().zip(pass.distances.as_ref()) {
            let table = self.precision.round(dropout.apply(distances.table.clone(), self.dropout).unsqueeze()); // [1, 2 K, H]
            if relative.content_to_position {
                // From the distance T - 1 down, for in a row of the scores the keys go up.
                let rows = distances.rows.clone().flip([0]);
                let keys = self.heads(self.position_key.as_ref().unwrap_or(&self.key), table.clone()).select(2, rows);
                let by_distance = self.precision.matmul(query, keys.swap_dims(2, 3)); // [B, A, T, D]
                scores = scores + by_position(by_distance);
            }
            if relative.position_to_content {
                let asking = self.position_query.as_ref().unwrap_or(&self.query);
                let queries = self.heads(asking, table).select(2, distances.rows.clone()) / self.scale;
                let by_distance = self.precision.matmul(key, queries.swap_dims(2, 3)); // [B, A, T, D], by keys
                scores = scores + by_position(by_distance).swap_dims(2, 3);
            }
        }
        if let Some(bias) = &pass.bias {
            scores = scores + bias.clone();
        }
        let weights = dropout.apply(softmax(scores, 3), self.attention_dropout);
        self.precision.matmul(weights, value).swap_dims(1, 2).reshape([n_rows, length, hidden])
    }

    /// `[B, T, H] -> [B, A, T, H / A]`
    fn heads(&self, linear: &Linear, x: Tensor<3>) -> Tensor<4> {
        let [n_rows, length, hidden] = x.dims();
        let x = self.precision.linear(linear, x);
        x.reshape([n_rows, length, self.n_heads, hidden / self.n_heads]).swap_dims(1, 2)
    }
}

/// `[B, A, T, D] -> [B, A, T, T]`: what stands in row `i` at `j - i + T - 1` comes to stand in row `i` at `j`.
///
/// Read as one line, rows of `D - 1` instead of `D` shift by one from each to the next, so nothing is looked up.
fn by_position(by_distance: Tensor<4>) -> Tensor<4> {
    let [n_rows, n_heads, length, n_distances] = by_distance.dims();
    if length == 1 {
        return by_distance;
    }
    let line: Tensor<3> = by_distance.reshape([n_rows, n_heads, length * n_distances]);
    let shifted = line.slice([0..n_rows, 0..n_heads, length - 1..length - 1 + length * (n_distances - 1)]);
    let rows: Tensor<4> = shifted.reshape([n_rows, n_heads, length, n_distances - 1]);
    rows.slice([0..n_rows, 0..n_heads, 0..length, 0..length])
}

impl Convolution {
    fn undrawn(config: &EncoderConfig, of: ConvolutionConfig, memory: Memory, device: &Device) -> Self {
        let (hidden, beside) = (config.hidden_size, (of.kernel_size - 1) / 2);
        let conv = Conv1dConfig::new(hidden, hidden, of.kernel_size)
            .with_groups(of.groups)
            .with_padding(PaddingConfig1d::Explicit(beside, beside));
        Self {
            conv: conv.init(device),
            norm: config.norm(hidden, device),
            activation: of.activation,
            memory,
            dropout: config.hidden_dropout_prob,
        }
    }

    /// What the first layer made, `x: [B, T, H] -> [B, T, H]`; it must not see padding, which has zeros here and behind it.
    fn forward(&self, x: Tensor<3>, pass: &Pass, dropout: &mut Dropout) -> Tensor<3> {
        let seen = pass.input.is_seen(); // [B, T, 1]
        let around = self.conv.forward((pass.embedded.clone() * seen.clone()).swap_dims(1, 2)).swap_dims(1, 2);
        let around = self.activation.apply(dropout.apply(around * seen.clone(), self.dropout), self.memory);
        self.norm.forward(x + around) * seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with transformers 5.24: from half the buckets on, the distances at which `make_log_bucket_position` goes to the
    /// next bucket.
    fn check(n_buckets: usize, longest: usize, next: &[i32]) {
        let middle = (n_buckets / 2) as i32;
        let bucket = |distance: i32| log_bucket(distance, n_buckets, longest);
        let found: Vec<i32> =
            (middle..longest as i32).filter(|&distance| bucket(distance) != bucket(distance - 1)).collect();
        assert_eq!(found, next);
        assert_eq!(bucket(longest as i32 - 1), n_buckets as i32 - 1);
        assert!((0..longest as i32).all(|distance| bucket(-distance) == -bucket(distance)));
        assert!((0..middle).all(|distance| bucket(distance) == distance));
    }

    #[test]
    fn buckets_widen_as_those_of_transformers() {
        check(
            256,
            512,
            &[
                128, 129, 130, 131, 133, 134, 136, 137, 139, 140, 142, 143, 145, 146, 148, 150, 151, 153, 155, 156,
                158, 160, 161, 163, 165, 167, 169, 170, 172, 174, 176, 178, 180, 182, 184, 186, 188, 190, 192, 194,
                196, 198, 201, 203, 205, 207, 210, 212, 214, 216, 219, 221, 224, 226, 229, 231, 234, 236, 239, 241,
                244, 247, 249, 252, 255, 258, 260, 263, 266, 269, 272, 275, 278, 281, 284, 287, 290, 294, 297, 300,
                303, 307, 310, 313, 317, 320, 324, 327, 331, 335, 338, 342, 346, 349, 353, 357, 361, 365, 369, 373,
                377, 381, 385, 390, 394, 398, 403, 407, 411, 416, 420, 425, 430, 434, 439, 444, 449, 454, 459, 464,
                469, 474, 479, 484, 490, 495, 500, 506,
            ],
        );
        check(6, 40, &[3, 4, 11]);
        check(
            64,
            160,
            &[
                32, 33, 34, 36, 38, 40, 42, 44, 46, 49, 51, 54, 57, 60, 63, 67, 70, 74, 78, 82, 86, 91, 95, 100, 106,
                111, 117, 123, 130, 137, 144, 151,
            ],
        );
    }

    #[test]
    fn distances_come_to_stand_at_their_keys() {
        let device = Device::flex();
        for length in 1..5_usize {
            let n_distances = 2 * length - 1;
            let numbers: Vec<f32> =
                (0..length).flat_map(|row| (0..n_distances).map(move |at| (100 * row + at) as f32)).collect();
            let by_distance = Tensor::from_data(TensorData::new(numbers, [1, 1, length, n_distances]), &device);
            let found: Vec<f32> = by_position(by_distance).into_data().iter().collect();
            let at = |row: usize, key: usize| (100 * row + key + length - 1 - row) as f32;
            let expected: Vec<f32> = (0..length).flat_map(|row| (0..length).map(move |key| at(row, key))).collect();
            assert_eq!(found, expected);
        }
    }
}
