//! The class-weighted cross-entropy of a step, and its gradients.

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::activation::{log_softmax, softmax};
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
/// The dice loss takes the place of this where there is one: with `p = softmax(z + offsets)` and `q = (1 - p)^alpha * p`,
/// it is the sum over all labels `c` of `1 - (2 q[c] t[c] + 1) / (q[c] + t[c] + 1)`, where `t[c]` is 1 for `y` and else 0.
#[derive(Debug, Clone, Copy)]
pub struct Objective<'a> {
    /// One a label, of which only the ratios matter.
    pub class_weights: &'a [f64],
    /// Added to the label scores in training and not in prediction (Menon et al. 2021, equation 10); one a label, or
    /// none at all.
    pub score_offsets: &'a [f64],
    /// `gamma` of the focal loss (Lin et al. 2017, equation 4); 0 for the cross-entropy.
    pub focal_gamma: f64,
    /// `alpha` of the self-adjusting dice loss (Li et al. 2020, section 3.4); none for the losses above.
    pub dice_alpha: Option<f64>,
}

/// What the dice loss has added above and below, as the code of its authors has it for CoNLL 2003: without it, labels that
/// a word does not have would cost nothing.
const DICE_SMOOTHING: f64 = 1.0;

impl<'a> Objective<'a> {
    /// The class-weighted cross-entropy.
    #[must_use]
    pub const fn weighted(class_weights: &'a [f64]) -> Self {
        Self { class_weights, score_offsets: &[], focal_gamma: 0.0, dice_alpha: None }
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
    if let Some(alpha) = objective.dice_alpha {
        return dice_losses(scores, labels, alpha);
    }
    let log_likelihood = log_softmax(scores, 1).gather(1, labels);
    if objective.focal_gamma == 0.0 {
        return -log_likelihood;
    }
    // At 0 the slope of a power below 1 is infinite.
    let doubt = (-log_likelihood.clone().exp() + 1.0).clamp_min(f32::EPSILON);
    -(doubt.powf_scalar(objective.focal_gamma as f32) * log_likelihood)
}

/// The self-adjusting dice loss of each word: scores `[W, L]` and labels `[W, 1] -> [W, 1]`.
fn dice_losses(scores: Tensor<2>, labels: Tensor<2, Int>, alpha: f64) -> Tensor<2> {
    let p = softmax(scores, 1);
    let decayed = if alpha == 0.0 {
        p
    } else {
        // One less the probability, as the sum of all others: a difference would have no digits left near 1.
        let n_labels = p.dims()[1];
        let others = Tensor::<2>::ones([n_labels, n_labels], &p.device()) - Tensor::eye(n_labels, &p.device());
        // At 0 the slope of a power below 1 is infinite.
        let doubt = p.clone().matmul(others).clamp_min(1e-30);
        doubt.powf_scalar(alpha as f32) * p
    };
    // 1 - (2 q t + s) / (q + t + s) is q / (q + s) without the label and (1 - q) / (q + 1 + s) with it.
    let without = decayed.clone() / (decayed.clone() + DICE_SMOOTHING);
    let gold = decayed.gather(1, labels.clone());
    let with = (-gold.clone() + 1.0) / (gold + 1.0 + DICE_SMOOTHING);
    without.clone().sum_dim(1) - without.gather(1, labels) + with
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

    use serde::Deserialize;

    /// `tests/golden/losses.json`, which `losses.py` beside it made with torch in double precision.
    #[derive(Deserialize)]
    struct Golden {
        scores: Vec<Vec<f32>>,
        labels: Vec<usize>,
        class_weights: Vec<f64>,
        shares: Vec<f64>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        loss: String,
        number: f64,
        words: Vec<f64>,
        total: f64,
        gradients: Vec<Vec<f64>>,
    }

    fn check(golden: &Golden, case: &Case) {
        let device = Device::flex().autodiff();
        let (n_words, n_labels) = (golden.labels.len(), golden.class_weights.len());
        let number_of = |loss: &str| if case.loss == loss { case.number } else { 0.0 };
        let tau = number_of("logit_adjustment");
        let offsets: Vec<f64> = golden.shares.iter().map(|share| tau * share.ln()).collect();
        let objective = Objective {
            class_weights: &golden.class_weights,
            score_offsets: if tau == 0.0 { &[] } else { &offsets },
            focal_gamma: number_of("focal"),
            dice_alpha: (case.loss == "dice").then_some(case.number),
        };
        let scores = TensorData::new(golden.scores.concat(), [n_words, n_labels]);
        let scores = Tensor::<2>::from_data(scores, &device).require_grad();
        let labels = integers(&golden.labels, &device).unsqueeze_dim(1);
        let weights: Vec<f64> = golden.labels.iter().map(|&label| golden.class_weights[label]).collect();
        let scales: Vec<f32> = weights.iter().map(|weight| (weight / weights.iter().sum::<f64>()) as f32).collect();
        let words = word_losses(scores.clone(), labels, &objective);
        let total = (words.clone() * Tensor::from_data(TensorData::new(scales, [n_words, 1]), &device)).sum();
        let gradients = scores.grad(&total.clone().backward()).unwrap().into_data();
        let found: Vec<f64> = words.into_data().iter::<f64>().chain(total.into_data().iter::<f64>()).collect();
        let expected: Vec<f64> = case.words.iter().copied().chain([case.total]).collect();
        let close = |found: &[f64], expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                let tolerance = 1e-6 * expected.abs().max(1.0);
                assert!(
                    (found - expected).abs() < tolerance,
                    "{} {}: {found}, torch has {expected}",
                    case.loss,
                    case.number
                );
            }
        };
        close(&found, &expected);
        close(&gradients.iter::<f64>().collect::<Vec<_>>(), &case.gradients.concat());
    }

    #[test]
    fn losses_and_gradients_are_those_of_the_published_formulas() {
        let golden: Golden = serde_json::from_str(include_str!("../tests/golden/losses.json")).unwrap();
        assert_eq!(golden.cases.len(), 9);
        golden.cases.iter().for_each(|case| check(&golden, case));
    }
}
