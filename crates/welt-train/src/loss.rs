//! The class-weighted cross-entropy of a step, and its gradients.

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use welt_models::{Dropout, EncoderInput, Memory, Tagger};
use welt_subwords::Window;

use crate::batch::mix;
use crate::optimizer::scaled;
use crate::word_table::WordTable;

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
    /// Windows padded to the longest; `gold` holds the labels of each word of each sentence.
    #[must_use]
    pub fn new(windows: &[&Window], gold: &[Vec<usize>], pad_token_id: u32, device: &Device) -> Self {
        let words = windows.iter().flat_map(|window| window.words.iter().map(|start| (window.sentence, start.word)));
        Self {
            input: encoder_input(windows, pad_token_id, device),
            word_rows: word_rows(windows),
            gold: words.map(|(sentence, word)| gold[sentence][word]).collect(),
        }
    }
}

/// What a step makes small: the class-weighted cross-entropy, or one of the ways around class weights.
///
/// For a word with label `y` whose label scores are `z`, with `l = log softmax(z + offsets)[y]`, it is
/// `-(1 - exp(l))^gamma * l`, and the mean over words is weighted by `class_weights[y]`.
#[derive(Debug, Clone, Copy)]
pub struct Objective<'a> {
    /// One a label, of which only the ratios matter.
    pub class_weights: &'a [f64],
    /// Added to the label scores in training and not in prediction (Menon et al. 2021, equation 10); one a label, or
    /// none at all.
    pub score_offsets: &'a [f64],
    /// `gamma` of the focal loss (Lin et al. 2017, equation 4); 0 for the cross-entropy.
    pub focal_gamma: f64,
}

impl<'a> Objective<'a> {
    /// The class-weighted cross-entropy.
    #[must_use]
    pub const fn weighted(class_weights: &'a [f64]) -> Self {
        Self { class_weights, score_offsets: &[], focal_gamma: 0.0 }
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
/// Micro-batches run side by side on rayon's threads, or in turn on a device with a memory of its own; each draws its
/// dropout from a stream of its own and their gradients are added in order, so the result does not depend on how many
/// threads there are.
/// `model` is on an autodiff device.
/// The backward pass starts from `loss_scale` times the loss, and the gradients are divided by it again: a power of two
/// moves nothing but what would be too small, or is then too large, for the numbers of the model.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "nothing stops it")]
pub fn step_gradients(
    model: &Tagger,
    micro_batches: &[MicroBatch],
    objective: &Objective,
    dropout_seed: u64,
    loss_scale: f64,
) -> StepGradients {
    let pass = Pass { dropout_seed, loss_scale, stop: &|| false };
    step_gradients_until(model, micro_batches, objective, &pass).expect("nothing stops it")
}

/// What a pass over the micro-batches of a step needs beside them.
pub(crate) struct Pass<'a> {
    pub dropout_seed: u64,
    pub loss_scale: f64,
    /// Asked before every micro-batch.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// The same as [`step_gradients`], or nothing where it was stopped: no sum is then made of a part of the step.
pub(crate) fn step_gradients_until(
    model: &Tagger,
    micro_batches: &[MicroBatch],
    objective: &Objective,
    pass: &Pass,
) -> Option<StepGradients> {
    let &Pass { dropout_seed, loss_scale, stop } = pass;
    let device = model.classifier.weight.val().device();
    let class_weights = objective.class_weights;
    let normaliser: f64 = micro_batches.iter().flat_map(|batch| &batch.gold).map(|&label| class_weights[label]).sum();
    let scales: Vec<f32> = class_weights.iter().map(|weight| (weight / normaliser) as f32).collect();
    let words = WordTable::of(model, micro_batches.iter().map(|batch| &batch.input));
    let part = |(index, batch): (usize, &MicroBatch)| {
        if stop() {
            return None;
        }
        // A fork has leaves of its own: Burn keeps one lock for all tensors that hang together.
        let model = if micro_batches.len() == 1 { model.clone() } else { model.clone().fork(&device) };
        let (model, batch) = match &words {
            Some(words) => {
                let (model, input) = words.narrow(model, &batch.input);
                (model, MicroBatch { input, ..batch.clone() })
            }
            None => (model, batch.clone()),
        };
        let mut dropout = model.seeded_dropout(mix(dropout_seed, index as u64));
        let loss = partial_loss(&model, &batch, (objective, &scales), &mut dropout);
        let value = loss.clone().inner();
        let loss = if loss_scale == 1.0 { loss } else { loss * loss_scale };
        Some((value, GradientsParams::from_grads(loss.backward(), &model)))
    };
    let parts: Option<Vec<(Tensor<1>, GradientsParams)>> = match model.memory() {
        Memory::Shared => micro_batches.par_iter().enumerate().map(part).collect(),
        Memory::Separate => micro_batches.iter().enumerate().map(part).collect(),
    };
    let mut losses = Vec::new();
    let mut accumulator = GradientsAccumulator::new();
    for (loss, gradients) in parts? {
        losses.push(loss);
        accumulator.accumulate(model, gradients);
    }
    let gradients = accumulator.grads();
    let gradients = match &words {
        Some(words) => words.widen(model, gradients),
        None => gradients,
    };
    let gradients = if loss_scale == 1.0 { gradients } else { scaled(model, gradients, loss_scale.recip()) };
    // Read at the end: a device with a memory of its own is waited for whenever a number is read.
    let loss = losses.into_iter().map(|loss| f64::from(loss.into_scalar::<f32>())).sum();
    Some(StepGradients { loss, gradients })
}

/// `sum(scales[y] * l)` over the words of a micro-batch: its part of the loss of a step.
fn partial_loss(
    model: &Tagger,
    batch: &MicroBatch,
    objective: (&Objective, &[f32]),
    dropout: &mut Dropout,
) -> Tensor<1> {
    let (objective, scales) = objective;
    let device = batch.input.input_ids.device();
    let logits = model.forward(&batch.input, integers(&batch.word_rows, &device), dropout); // [W, L]
    let scale: Vec<f32> = batch.gold.iter().map(|&label| scales[label]).collect();
    let scale = Tensor::<2>::from_data(TensorData::new(scale, [batch.gold.len(), 1]), &device);
    let targets = integers(&batch.gold, &device).unsqueeze_dim(1); // [W, 1]
    (word_losses(logits, targets, objective) * scale).sum()
}

/// The loss of each word without its class weight: scores `[W, L]` and labels `[W, 1] -> [W, 1]`.
fn word_losses(scores: Tensor<2>, labels: Tensor<2, Int>, objective: &Objective) -> Tensor<2> {
    let scores = if objective.score_offsets.is_empty() {
        scores
    } else {
        let offsets: Vec<f32> = objective.score_offsets.iter().map(|&offset| offset as f32).collect();
        let shape = [1, offsets.len()];
        let offsets = Tensor::<2>::from_data(TensorData::new(offsets, shape), &scores.device());
        scores + offsets
    };
    let log_likelihood = log_softmax(scores, 1).gather(1, labels);
    if objective.focal_gamma == 0.0 {
        return -log_likelihood;
    }
    // At 0 the slope of a power below 1 is infinite.
    let doubt = (-log_likelihood.clone().exp() + 1.0).clamp_min(f32::EPSILON);
    -(doubt.powf_scalar(objective.focal_gamma as f32) * log_likelihood)
}

fn integers(values: &[usize], device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = values.iter().map(|&value| value as i32).collect();
    let n_values = values.len();
    Tensor::from_data(TensorData::new(values, [n_values]), device)
}

/// The sub-words of some windows, filled up to the longest.
pub(crate) fn encoder_input(windows: &[&Window], pad_token_id: u32, device: &Device) -> EncoderInput {
    let rows: Vec<&[u32]> = windows.iter().map(|window| window.input_ids.as_slice()).collect();
    EncoderInput::from_rows(&rows, pad_token_id, device)
}

/// Where the words of some windows begin among the sub-words of a filled batch, row after row.
pub(crate) fn word_rows(windows: &[&Window]) -> Vec<usize> {
    let longest = windows.iter().map(|window| window.input_ids.len()).max().unwrap_or(0);
    let starts = windows
        .iter()
        .enumerate()
        .flat_map(|(row, window)| window.words.iter().map(move |start| row * longest + start.position));
    starts.collect()
}

/// The label scores of words `[W, L]` without dropout.
pub(crate) fn scores(model: &Tagger, input: &EncoderInput, word_rows: &[usize]) -> Tensor<2> {
    let device = input.input_ids.device();
    model.forward(input, integers(word_rows, &device), &mut Dropout::off())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with torch 2.9.0 in double precision from the formula in [`Objective`]; gradients of the first word's scores.
    fn check(focal_gamma: f64, tau: f64, loss: f64, gradient: [f64; 3]) {
        let device = Device::flex().autodiff();
        let offsets = [0.05_f64, 0.05, 0.9].map(|share| tau * share.ln());
        let score_offsets = if tau == 0.0 { &[][..] } else { &offsets };
        let class_weights = [0.41, 0.41, 0.18];
        let objective = Objective { class_weights: &class_weights, score_offsets, focal_gamma };
        let scores = [[2.0, -1.0, 0.5], [0.1, 0.2, 0.3], [-3.0, 4.0, 1.0], [0.0, 0.0, 6.0]];
        let scores = Tensor::<2>::from_floats(scores, &device).require_grad();
        let labels = Tensor::<2, Int>::from_ints([[0], [2], [1], [0]], &device);
        let weights = Tensor::<2>::from_floats([[0.41], [0.18], [0.41], [0.41]], &device);
        let found = (word_losses(scores.clone(), labels, &objective) * weights).sum() / 1.41;
        let gradients = scores.grad(&found.clone().backward()).unwrap().into_data();
        let found: f32 = found.into_scalar();
        assert!((f64::from(found) - loss).abs() < 1e-6, "gamma {focal_gamma}, tau {tau}: {found}, torch has {loss}");
        for (found, expected) in gradients.iter::<f64>().zip(gradient) {
            assert!((found - expected).abs() < 1e-6, "gamma {focal_gamma}, tau {tau}: {found}, torch has {expected}");
        }
    }

    #[test]
    fn equals_torch() {
        check(0.0, 0.0, 1.958575673, [-0.062344125, 0.01137316, 0.050970965]);
        check(2.0, 0.0, 1.791999189, [-0.007933841, 0.001447335, 0.006486506]);
        check(0.5, 0.0, 1.881365268, [-0.041629878, 0.007594352, 0.034035525]);
        check(0.0, 1.0, 3.254901379, [-0.233383244, 0.002857623, 0.230525621]);
        check(1.0, 0.5, 2.286691484, [-0.12269559, 0.006130428, 0.116565162]);
    }
}
