//! The class-weighted cross-entropy of a step, and its gradients.

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use welt_data::Example;
use welt_models::{Dropout, EncoderInput, Tagger};

use crate::batch::mix;
use crate::optimizer::scaled;

/// What one forward pass reads, and which words of it count.
#[derive(Debug, Clone)]
pub struct MicroBatch {
    /// The sub-words.
    pub input: EncoderInput,
    /// Where words begin among the `B * T` sub-words, row after row: `row * T + position`.
    pub word_rows: Vec<usize>,
    /// The gold label of each of these words.
    pub gold: Vec<usize>,
}

impl MicroBatch {
    /// Examples filled up to the longest; `gold` holds the labels of each word of each sentence.
    #[must_use]
    pub fn new(examples: &[&Example], gold: &[Vec<usize>], pad_token_id: u32, device: &Device) -> Self {
        let words =
            examples.iter().flat_map(|example| example.words.iter().map(|start| (example.sentence, start.word)));
        Self {
            input: encoder_input(examples, pad_token_id, device),
            word_rows: word_rows(examples),
            gold: words.map(|(sentence, word)| gold[sentence][word]).collect(),
        }
    }
}

/// The loss of a step and the gradients of every parameter.
#[derive(Debug)]
pub struct StepGradients {
    /// `sum(w[y] * l) / sum(w[y])` over the words of the step.
    pub loss: f64,
    /// By parameter.
    pub gradients: GradientsParams,
}

/// The loss of one step and its gradients, summed over its micro-batches.
///
/// Micro-batches run side by side on rayon's threads; each draws its dropout from a stream of its own and their
/// gradients are added in order, so the result does not depend on how many threads there are.
/// `class_weights` has one entry a label, of which only the ratios matter.
/// `model` is on an autodiff device.
/// The backward pass starts from `loss_scale` times the loss, and the gradients are divided by it again: a power of two
/// moves nothing but what would be too small, or is then too large, for the numbers of the model.
#[must_use]
pub fn step_gradients(
    model: &Tagger,
    micro_batches: &[MicroBatch],
    class_weights: &[f64],
    dropout_seed: u64,
    loss_scale: f64,
) -> StepGradients {
    let device = model.classifier.weight.val().device();
    let normaliser: f64 = micro_batches.iter().flat_map(|batch| &batch.gold).map(|&label| class_weights[label]).sum();
    let scales: Vec<f32> = class_weights.iter().map(|weight| (weight / normaliser) as f32).collect();
    let parts: Vec<(f64, GradientsParams)> = micro_batches
        .par_iter()
        .enumerate()
        .map(|(index, batch)| {
            // A fork has leaves of its own: Burn keeps one lock for all tensors that hang together.
            let model = if micro_batches.len() == 1 { model.clone() } else { model.clone().fork(&device) };
            let mut dropout = Dropout::seeded(mix(dropout_seed, index as u64));
            let loss = partial_loss(&model, batch, &scales, &mut dropout);
            let value = f64::from(loss.clone().into_scalar::<f32>());
            let loss = if loss_scale == 1.0 { loss } else { loss * loss_scale };
            (value, GradientsParams::from_grads(loss.backward(), &model))
        })
        .collect();
    let mut loss = 0.0;
    let mut accumulator = GradientsAccumulator::new();
    for (value, gradients) in parts {
        loss += value;
        accumulator.accumulate(model, gradients);
    }
    let gradients = accumulator.grads();
    let gradients = if loss_scale == 1.0 { gradients } else { scaled(model, gradients, loss_scale.recip()) };
    StepGradients { loss, gradients }
}

/// `sum(scales[y] * l)` over the words of a micro-batch: its part of the loss of a step.
fn partial_loss(model: &Tagger, batch: &MicroBatch, scales: &[f32], dropout: &mut Dropout) -> Tensor<1> {
    let device = batch.input.input_ids.device();
    let logits = model.forward(&batch.input, integers(&batch.word_rows, &device), dropout); // [W, L]
    let scale: Vec<f32> = batch.gold.iter().map(|&label| scales[label]).collect();
    let scale = Tensor::<2>::from_data(TensorData::new(scale, [batch.gold.len(), 1]), &device);
    let targets = integers(&batch.gold, &device).unsqueeze_dim(1); // [W, 1]
    -(log_softmax(logits, 1).gather(1, targets) * scale).sum()
}

fn integers(values: &[usize], device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = values.iter().map(|&value| value as i32).collect();
    let n_values = values.len();
    Tensor::from_data(TensorData::new(values, [n_values]), device)
}

/// The sub-words of some examples, filled up to the longest.
pub(crate) fn encoder_input(examples: &[&Example], pad_token_id: u32, device: &Device) -> EncoderInput {
    let rows: Vec<&[u32]> = examples.iter().map(|example| example.input_ids.as_slice()).collect();
    EncoderInput::from_rows(&rows, pad_token_id, device)
}

/// Where the words of some examples begin among the sub-words of a filled batch, row after row.
pub(crate) fn word_rows(examples: &[&Example]) -> Vec<usize> {
    let longest = examples.iter().map(|example| example.input_ids.len()).max().unwrap_or(0);
    let starts = examples
        .iter()
        .enumerate()
        .flat_map(|(row, example)| example.words.iter().map(move |start| row * longest + start.position));
    starts.collect()
}

/// The label scores of words `[W, L]` without dropout.
pub(crate) fn scores(model: &Tagger, input: &EncoderInput, word_rows: &[usize]) -> Tensor<2> {
    let device = input.input_ids.device();
    model.forward(input, integers(word_rows, &device), &mut Dropout::off())
}
