//! The training loop.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::Device;
use serde::Serialize;
use welt_models::{EncoderConfig, Tagger, computes_in};
use welt_settings::Keep;
use welt_subwords::Window;

use crate::batch::{epoch_batches, mix};
use crate::loss_scale::LossScale;
use crate::{AdamW, LinearSchedule, MicroBatch, Objective, TrainConfig, TrainError, gradient_norm, step_gradients};

/// What a model learns from.
#[derive(Debug, Clone, Copy)]
pub struct TrainingData<'a> {
    /// The windows.
    pub windows: &'a [Window],
    /// The gold label of each word of each sentence.
    pub gold: &'a [Vec<usize>],
    /// What a mistake on each label costs; only the ratios matter.
    pub class_weights: &'a [f64],
}

/// One step as it was taken.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// From 1.
    pub step: usize,
    /// Steps of the whole run.
    pub total_steps: usize,
    /// From 1.
    pub epoch: usize,
    /// The weighted mean over the words of the step, before the update.
    pub loss: f64,
    /// The rate of the step.
    pub learning_rate: f64,
    /// The norm over all gradients, before the clip.
    pub gradient_norm: f64,
    /// Sub-words of the step, padding left out.
    pub subwords: usize,
}

/// One epoch as it went.
#[derive(Debug, Clone, Serialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// The mean of the losses of its steps.
    pub mean_loss: f64,
    /// Sub-words, padding left out.
    pub subwords: usize,
    /// Seconds that its steps took.
    pub seconds: f64,
    /// What the scoring closure said.
    pub score: Option<f64>,
}

/// How far a run has come.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A step was taken.
    Step(&'a Step),
    /// An epoch was taken and scored.
    Epoch(&'a Epoch),
}

/// What a caller wants to see of a run, and to decide.
pub struct Hooks<'a> {
    /// Sees every step and epoch; may stop the run.
    pub on_progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    /// Scores the model after an epoch (from 1), higher is better; none where there is nothing to score on.
    pub score: &'a mut ScoreHook<'a>,
}

type ScoreHook<'a> = dyn FnMut(usize, &Tagger) -> Result<Option<f64>, Box<dyn std::error::Error + Send + Sync>> + 'a;

/// The outcome of a run.
#[derive(Debug)]
pub struct Fitted {
    /// The model that was kept, on the device without gradients.
    pub model: Tagger,
    /// The epoch it comes from, from 1.
    pub kept_epoch: usize,
    /// Every epoch.
    pub epochs: Vec<Epoch>,
}

/// Trains `model`, which is on a device without gradients, as `config` says.
///
/// The same model, data, configuration and CPU device give the same bits, on any number of threads.
///
/// # Errors
/// Data or numbers that cannot be trained with, a loss or gradient that is no longer finite, a hook that stops the run
/// or fails.
pub fn fit(
    model: (Tagger, &EncoderConfig),
    data: &TrainingData,
    config: &TrainConfig,
    hooks: &mut Hooks,
) -> Result<Fitted, TrainError> {
    let (model, encoder) = model;
    check(config, data, model.classifier.weight.dims()[1])?;
    check_windows(data.windows, encoder)?;
    let precision = config.training.precision;
    if !computes_in(&model.classifier.weight.val().device(), precision) {
        return Err(TrainError::Precision { precision });
    }
    let mut run = Run::new(model, encoder.padding(), data, config);
    let mut epochs: Vec<Epoch> = Vec::new();
    let mut kept = None;
    for epoch in 1..=config.training.epochs {
        let mut summary = run.epoch(epoch, hooks)?;
        let model = run.model.valid();
        summary.score = (hooks.score)(epoch, &model).map_err(|source| TrainError::Scoring { epoch, source })?;
        let best = epochs.iter().filter_map(|epoch| epoch.score).fold(f64::NEG_INFINITY, f64::max);
        if config.training.keep == Keep::Last || summary.score.is_none_or(|score| score > best) || kept.is_none() {
            kept = Some((model, epoch));
        }
        tell(hooks, Progress::Epoch(&summary))?;
        epochs.push(summary);
    }
    let (model, kept_epoch) = kept.ok_or(TrainError::NoWindows)?;
    Ok(Fitted { model, kept_epoch, epochs })
}

fn tell(hooks: &mut Hooks, progress: Progress) -> Result<(), TrainError> {
    if (hooks.on_progress)(progress).is_break() { Err(TrainError::Interrupted) } else { Ok(()) }
}

/// A run under way.
struct Run<'a> {
    data: &'a TrainingData<'a>,
    config: &'a TrainConfig,
    pad_token_id: u32,
    device: Device,
    model: Tagger,
    optimizer: AdamW,
    loss_scale: LossScale,
    score_offsets: Vec<f64>,
    lengths: Vec<usize>,
    total_steps: usize,
    steps_taken: usize,
}

impl<'a> Run<'a> {
    fn new(model: Tagger, pad_token_id: u32, data: &'a TrainingData<'a>, config: &'a TrainConfig) -> Self {
        let TrainConfig { training, loss, .. } = config;
        Self {
            data,
            config,
            optimizer: AdamW::new(training),
            loss_scale: LossScale::new(training.precision),
            score_offsets: score_offsets(data, loss.logit_adjustment),
            lengths: data.windows.iter().map(|window| window.input_ids.len()).collect(),
            total_steps: training.epochs.saturating_mul(data.windows.len().div_ceil(training.batch_size)),
            steps_taken: 0,
            pad_token_id,
            device: model.classifier.weight.val().device(),
            model: model.with_precision(training.precision).train(),
        }
    }

    /// Takes the steps of one epoch.
    fn epoch(&mut self, epoch: usize, hooks: &mut Hooks) -> Result<Epoch, TrainError> {
        let mut summary = Epoch { epoch, mean_loss: 0.0, subwords: 0, seconds: 0.0, score: None };
        let batches = epoch_batches(&self.lengths, self.config, epoch - 1);
        let mut in_hooks = Duration::ZERO;
        let started = Instant::now();
        for batch in &batches {
            let step = self.step(epoch, batch)?;
            summary.mean_loss += step.loss / batches.len() as f64;
            summary.subwords += step.subwords;
            let hook_started = Instant::now();
            tell(hooks, Progress::Step(&step))?;
            in_hooks += hook_started.elapsed();
        }
        summary.seconds = (started.elapsed() - in_hooks).as_secs_f64();
        Ok(summary)
    }

    fn step(&mut self, epoch: usize, batch: &[usize]) -> Result<Step, TrainError> {
        let windows: Vec<&Window> = batch.iter().map(|&index| &self.data.windows[index]).collect();
        let micro_batches: Vec<MicroBatch> = windows
            .chunks(self.config.training.micro_batch_size)
            .map(|windows| MicroBatch::new(windows, self.data.gold, self.pad_token_id, &self.device))
            .collect();
        let dropout_seed = mix(!self.config.seed, self.steps_taken as u64);
        self.steps_taken += 1;
        let objective = Objective {
            class_weights: self.data.class_weights,
            score_offsets: &self.score_offsets,
            focal_gamma: self.config.loss.focal_gamma,
        };
        let (step, gradient_norm) = loop {
            let step = step_gradients(&self.model, &micro_batches, &objective, dropout_seed, self.loss_scale.get());
            let gradient_norm = gradient_norm(&self.model, &step.gradients);
            if step.loss.is_finite() && gradient_norm.is_finite() {
                self.loss_scale.held();
                break (step, gradient_norm);
            }
            if !self.loss_scale.overflowed() {
                return Err(TrainError::Diverged { step: self.steps_taken, loss: step.loss, gradient_norm });
            }
        };
        let learning_rate = LinearSchedule::of(&self.config.training, self.total_steps).at(self.steps_taken - 1);
        self.model = self.optimizer.step(self.model.clone(), step.gradients, gradient_norm, learning_rate);
        Ok(Step {
            step: self.steps_taken,
            total_steps: self.total_steps,
            epoch,
            loss: step.loss,
            learning_rate,
            gradient_norm,
            subwords: windows.iter().map(|window| window.input_ids.len()).sum(),
        })
    }
}

/// `tau` times the logarithm of the share that each label has of the words of the windows, or nothing for a `tau` of 0.
///
/// A label that no word has counts as half a word, so that its logarithm is a number.
fn score_offsets(data: &TrainingData, tau: f64) -> Vec<f64> {
    if tau == 0.0 {
        return Vec::new();
    }
    let mut counts = vec![0.0_f64; data.class_weights.len()];
    for window in data.windows {
        window.words.iter().for_each(|start| counts[data.gold[window.sentence][start.word]] += 1.0);
    }
    let total: f64 = counts.iter().sum();
    counts.iter().map(|count| tau * (count.max(0.5) / total).ln()).collect()
}

/// Refuses numbers that no run can be made with.
fn check(config: &TrainConfig, data: &TrainingData, n_labels: usize) -> Result<(), TrainError> {
    config.check()?;
    let weights = data.class_weights;
    if weights.len() != n_labels || !weights.iter().all(|weight| weight.is_finite() && *weight > 0.0) {
        return Err(TrainError::ClassWeights { weights: weights.to_vec(), n_labels });
    }
    if data.windows.is_empty() {
        return Err(TrainError::NoWindows);
    }
    check_gold(data, n_labels)
}

/// Refuses words without a gold label, or with one that the model does not tell apart.
fn check_gold(data: &TrainingData, n_labels: usize) -> Result<(), TrainError> {
    for window in data.windows {
        for start in &window.words {
            let label = data.gold.get(window.sentence).and_then(|sentence| sentence.get(start.word));
            if label.is_none_or(|label| *label >= n_labels) {
                let (sentence, word, label) = (window.sentence, start.word, label.copied());
                return Err(TrainError::Gold { sentence, word, label, n_labels });
            }
        }
    }
    Ok(())
}

/// Refuses windows that the encoder cannot read.
pub(crate) fn check_windows(windows: &[Window], encoder: &EncoderConfig) -> Result<(), TrainError> {
    for window in windows {
        if let Some(&id) = window.input_ids.iter().find(|id| **id as usize >= encoder.vocab_size) {
            return Err(TrainError::UnknownSubWord { id, sentence: window.sentence, vocab_size: encoder.vocab_size });
        }
        if window.input_ids.len() > encoder.max_position_embeddings {
            let (found, limit) = (window.input_ids.len(), encoder.max_position_embeddings);
            return Err(TrainError::TooLong { found, limit });
        }
    }
    Ok(())
}
