//! The training loop.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor};
use serde::Serialize;
use welt_models::checkpoint::{self, Checkpoint, WeightFormat};
use welt_models::{EncoderConfig, Tagger, computes_in};
use welt_settings::{Evaluate, Keep};
use welt_subwords::Window;

use crate::batch::{Batch, epoch_batches, mix};
use crate::loss::{Pass, step_gradients_until};
use crate::loss_scale::LossScale;
use crate::optimizer::Moments;
use crate::position::{Kept, Position, SavedEpoch, SavedStep};
use crate::{AdamW, LinearSchedule, MicroBatch, Objective, TrainConfig, TrainError, gradient_norm};

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

/// A scoring in the middle of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScoredStep {
    /// The step that it came after, from 1.
    pub step: usize,
    /// The epoch of that step, from 1.
    pub epoch: usize,
    /// What the scoring closure said.
    pub score: Option<f64>,
}

/// How far a run has come.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A step was taken.
    Step(&'a Step),
    /// An epoch was taken, and scored if it was to be.
    Epoch(&'a Epoch),
    /// The model was scored in the middle of an epoch.
    Evaluation(&'a ScoredStep),
}

/// What a caller wants to see of a run, and to decide.
pub struct Hooks<'a> {
    /// Sees every step and epoch; may stop the run.
    pub on_progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    /// Scores the model in an epoch (from 1), higher is better; none where there is nothing to score on.
    pub score: &'a mut ScoreHook<'a>,
}

type ScoreHook<'a> = dyn FnMut(usize, &Tagger) -> Result<Option<f64>, Failure> + 'a;

/// What goes wrong in a caller's closure.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a caller does between steps, and when it stops the run.
pub struct Breaks<'a> {
    /// Asked before every forward pass whether to stop; the step under way is then given up.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Called after every step with all that follows it done, where the run can be [saved](Run::save).
    pub between: &'a mut dyn FnMut(&Run, Moment) -> Result<(), Failure>,
}

/// Where a run is between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// In the middle of an epoch.
    Step,
    /// After an epoch.
    Epoch,
}

/// The outcome of a run.
#[derive(Debug)]
pub struct Fitted {
    /// The model that was kept, on the device without gradients.
    pub model: Tagger,
    /// The epoch it comes from, from 1.
    pub kept_epoch: usize,
    /// The step it comes from, from 1.
    pub kept_step: usize,
    /// Every epoch.
    pub epochs: Vec<Epoch>,
    /// Every scoring that was not at the end of an epoch.
    pub evaluations: Vec<ScoredStep>,
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
    let mut run = Run::new(model, data, config)?;
    run.go_on(hooks, &mut Breaks { stop: &|| false, between: &mut |_, _| Ok(()) })?;
    Ok(run.finish())
}

fn tell(hooks: &mut Hooks, progress: Progress) -> Result<(), TrainError> {
    if (hooks.on_progress)(progress).is_break() { Err(TrainError::Interrupted) } else { Ok(()) }
}

/// A run under way, which can stop anywhere and be gone on with, also by another process.
///
/// What it comes to does not depend on how often it stopped: on a CPU device the bits are those of a run that never did.
pub struct Run<'a> {
    data: &'a TrainingData<'a>,
    config: &'a TrainConfig,
    encoder: EncoderConfig,
    device: Device,
    model: Tagger,
    optimizer: AdamW,
    score_offsets: Vec<f64>,
    lengths: Vec<usize>,
    steps_an_epoch: usize,
    /// The batches of an epoch, and which epoch that is, from 0.
    batches: Option<(usize, Vec<Batch>)>,
    best: Option<Tagger>,
    under_way: Epoch,
    epochs: Vec<Epoch>,
    evaluations: Vec<ScoredStep>,
    best_score: Option<f64>,
    /// All of the position that is not beside it here.
    position: Position,
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("position", &self.position).finish_non_exhaustive()
    }
}

impl<'a> Run<'a> {
    /// A run that has taken no step; `model` is on a device without gradients.
    ///
    /// # Errors
    /// Data or numbers that cannot be trained with.
    pub fn new(
        model: (Tagger, &EncoderConfig),
        data: &'a TrainingData<'a>,
        config: &'a TrainConfig,
    ) -> Result<Self, TrainError> {
        let (model, encoder) = model;
        check(config, data, model.classifier.weight.dims()[1])?;
        check_windows(data.windows, encoder)?;
        let TrainConfig { training, loss, .. } = config;
        let precision = training.precision;
        let device = model.classifier.weight.val().device();
        if !computes_in(&device, precision) {
            return Err(TrainError::Precision { precision });
        }
        let steps_an_epoch = data.windows.len().div_ceil(training.batch_size);
        let position = Position {
            format: Position::FORMAT,
            steps_taken: 0,
            total_steps: training.epochs.saturating_mul(steps_an_epoch),
            is_open: false,
            has_stopped: false,
            under_way: SavedEpoch::default(),
            epochs: Vec::new(),
            evaluations: Vec::new(),
            best_score: None,
            kept: None,
            unimproved: 0,
            loss_scale: LossScale::new(precision),
            optimizer_steps: BTreeMap::new(),
        };
        Ok(Self {
            data,
            config,
            encoder: encoder.clone(),
            device,
            optimizer: AdamW::new(training),
            score_offsets: score_offsets(data, loss.logit_adjustment),
            lengths: data.windows.iter().map(|window| window.input_ids.len()).collect(),
            steps_an_epoch,
            batches: None,
            best: None,
            under_way: Epoch::first(),
            epochs: Vec::new(),
            evaluations: Vec::new(),
            best_score: None,
            position,
            model: model.with_precision(precision).train(),
        })
    }

    /// Steps that were taken.
    #[must_use]
    pub fn steps_taken(&self) -> usize {
        self.position.steps_taken
    }

    /// Steps of the whole run, if it does not stop early.
    #[must_use]
    pub fn total_steps(&self) -> usize {
        self.position.total_steps
    }

    /// Every epoch that was taken.
    #[must_use]
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// Every scoring that was not at the end of an epoch.
    #[must_use]
    pub fn evaluations(&self) -> &[ScoredStep] {
        &self.evaluations
    }

    /// The epoch and the step that [`Run::kept_model`] comes from, both from 1.
    #[must_use]
    pub fn kept(&self) -> (usize, usize) {
        self.position.kept.map_or((self.epoch(), self.position.steps_taken), |kept| (kept.epoch, kept.step))
    }

    /// Takes steps until the end.
    ///
    /// # Errors
    /// A loss or gradient that is no longer finite, a hook that stops the run or fails. After [`TrainError::Interrupted`] the
    /// run can be saved and gone on with.
    pub fn go_on(&mut self, hooks: &mut Hooks, breaks: &mut Breaks) -> Result<(), TrainError> {
        loop {
            if self.position.is_open {
                let moment = self.close_step(hooks)?;
                let step = self.position.steps_taken;
                (breaks.between)(self, moment).map_err(|source| TrainError::Between { step, source })?;
            } else if self.position.has_stopped || self.position.steps_taken >= self.position.total_steps {
                return Ok(());
            } else {
                self.step(hooks, breaks.stop)?;
            }
        }
    }

    /// The model that is kept, of a run that has come to its end.
    #[must_use]
    pub fn finish(self) -> Fitted {
        let (model, (kept_epoch, kept_step)) = (self.kept_model(), self.kept());
        let Self { epochs, evaluations, .. } = self;
        Fitted { model, kept_epoch, kept_step, epochs, evaluations }
    }

    /// The model that scored best so far, or the last where none is kept for its score.
    #[must_use]
    pub fn kept_model(&self) -> Tagger {
        self.best.clone().unwrap_or_else(|| self.model.valid())
    }

    /// The epoch of the last step, from 1.
    fn epoch(&self) -> usize {
        self.position.steps_taken.saturating_sub(1) / self.steps_an_epoch + 1
    }

    fn step(&mut self, hooks: &mut Hooks, stop: &(dyn Fn() -> bool + Sync)) -> Result<(), TrainError> {
        let started = Instant::now();
        let step = self.taken(stop)?;
        self.position.is_open = true;
        self.under_way.epoch = step.epoch;
        self.under_way.mean_loss += step.loss / self.steps_an_epoch as f64;
        self.under_way.subwords += step.subwords;
        self.under_way.seconds += started.elapsed().as_secs_f64();
        tell(hooks, Progress::Step(&step))
    }

    /// Takes one step; nothing has changed where it was stopped or failed.
    fn taken(&mut self, stop: &(dyn Fn() -> bool + Sync)) -> Result<Step, TrainError> {
        let (index, epoch) = (self.position.steps_taken, self.position.steps_taken / self.steps_an_epoch);
        if self.batches.as_ref().is_none_or(|(of, _)| *of != epoch) {
            self.batches = Some((epoch, epoch_batches(&self.lengths, self.config, epoch)));
        }
        let batches = self.batches.as_ref().map_or(&[][..], |(_, batches)| batches);
        let batch = &batches[index % self.steps_an_epoch];
        let windows: Vec<&Window> = batch.iter().map(|&index| &self.data.windows[index]).collect();
        let micro_batches: Vec<MicroBatch> = windows
            .chunks(self.config.training.micro_batch_size)
            .map(|windows| MicroBatch::new(windows, self.data.gold, self.encoder.padding(), &self.device))
            .collect();
        let objective = Objective {
            class_weights: self.data.class_weights,
            score_offsets: &self.score_offsets,
            focal_gamma: self.config.loss.focal_gamma,
            dice_alpha: self.config.loss.dice_alpha,
        };
        let dropout_seed = mix(!self.config.seed, index as u64);
        let (step, gradient_norm) = loop {
            let pass = Pass { dropout_seed, loss_scale: self.position.loss_scale.get(), stop };
            let step = step_gradients_until(&self.model, &micro_batches, &objective, &pass);
            let step = step.ok_or(TrainError::Interrupted)?;
            let gradient_norm = gradient_norm(&self.model, &step.gradients);
            if step.loss.is_finite() && gradient_norm.is_finite() {
                self.position.loss_scale.held();
                break (step, gradient_norm);
            }
            if !self.position.loss_scale.overflowed() {
                return Err(TrainError::Diverged { step: index + 1, loss: step.loss, gradient_norm });
            }
        };
        let learning_rate = LinearSchedule::of(&self.config.training, self.position.total_steps).at(index);
        // Nothing else holds the parameters, so that the step need not copy them.
        let blank = self.model.clone().map(&mut Blank);
        let model = std::mem::replace(&mut self.model, blank);
        self.model = self.optimizer.step(model, step.gradients, gradient_norm, learning_rate);
        self.position.steps_taken += 1;
        Ok(Step {
            step: index + 1,
            total_steps: self.position.total_steps,
            epoch: epoch + 1,
            loss: step.loss,
            learning_rate,
            gradient_norm,
            subwords: windows.iter().map(|window| window.input_ids.len()).sum(),
        })
    }

    /// Does what follows a step: scores where that is due, keeps the best, ends the epoch.
    fn close_step(&mut self, hooks: &mut Hooks) -> Result<Moment, TrainError> {
        let (step, epoch) = (self.position.steps_taken, self.epoch());
        let ends_epoch = step.is_multiple_of(self.steps_an_epoch);
        let is_last = step >= self.position.total_steps;
        let is_due = match self.config.training.evaluation() {
            Evaluate::Auto | Evaluate::Never => false,
            Evaluate::Epochs(number) => ends_epoch && (is_last || epoch.is_multiple_of(number)),
            Evaluate::Steps(number) => is_last || step.is_multiple_of(number),
        };
        let mut score = None;
        if is_due {
            let model = self.model.valid();
            score = (hooks.score)(epoch, &model).map_err(|source| TrainError::Scoring { epoch, source })?;
            self.weigh(score, &model, Kept { epoch, step });
        }
        self.position.is_open = false;
        if !ends_epoch && !self.position.has_stopped {
            if is_due {
                let scored = ScoredStep { step, epoch, score };
                self.evaluations.push(scored);
                tell(hooks, Progress::Evaluation(&scored))?;
            }
            return Ok(Moment::Step);
        }
        let mut ended = std::mem::replace(&mut self.under_way, Epoch::first());
        if !ends_epoch {
            // Of an epoch that was not taken to its end, the mean is over the steps that were.
            let steps = (step - (epoch - 1) * self.steps_an_epoch) as f64;
            ended.mean_loss *= self.steps_an_epoch as f64 / steps;
        }
        ended.score = score;
        self.epochs.push(ended.clone());
        tell(hooks, Progress::Epoch(&ended))?;
        Ok(Moment::Epoch)
    }

    /// Keeps the model if it scores best so far, and counts the scores that are no better.
    fn weigh(&mut self, score: Option<f64>, model: &Tagger, at: Kept) {
        let Some(score) = score else { return };
        let patience = self.config.training.patience;
        if self.best_score.is_none_or(|best| score > best) {
            self.best_score = Some(score);
            self.position.unimproved = 0;
            if self.config.training.keep == Keep::Best {
                (self.best, self.position.kept) = (Some(model.clone()), Some(at));
            }
        } else {
            self.position.unimproved += 1;
            self.position.has_stopped = patience > 0 && self.position.unimproved >= patience;
        }
    }
}

/// Puts nothing in the place of each parameter.
struct Blank;

impl ModuleMapper for Blank {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let device = param.val().device();
        Param::initialized(param.id, Tensor::empty([0; D], &device))
    }
}

/// The file of a saved run that says how far it is.
const POSITION: &str = "position.json";

impl Run<'_> {
    /// Writes all that is needed to go on into a folder that is there; nothing is handed to the disk.
    ///
    /// Beside the position these are models, in the layout of every model's folder: the parameters, the two moments of the
    /// optimiser where their parameters would be, and the model that scored best, if one is kept for that.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), TrainError> {
        let model = self.model.valid();
        let moments = self.optimizer.moments(&model);
        let models =
            [("model", Some(&model)), ("moments-1", Some(&moments.first)), ("moments-2", Some(&moments.second))];
        for (name, model) in models.into_iter().chain([("best", self.best.as_ref())]) {
            let Some(model) = model else { continue };
            let labels = (0..model.classifier.weight.dims()[1]).map(|label| label.to_string()).collect();
            let saved = Checkpoint { config: self.encoder.clone(), labels, model: model.clone(), skipped: Vec::new() };
            checkpoint::save(&folder.join(name), &saved, WeightFormat::F32)?;
        }
        let position = Position {
            under_way: (&self.under_way).into(),
            epochs: self.epochs.iter().map(SavedEpoch::from).collect(),
            evaluations: self.evaluations.iter().map(SavedStep::from).collect(),
            best_score: self.best_score.map(f64::to_bits),
            optimizer_steps: moments.steps,
            ..self.position.clone()
        };
        let path = folder.join(POSITION);
        let failed = |found: String| TrainError::Position { path: path.clone(), found };
        let text = serde_json::to_string(&position).map_err(|error| failed(error.to_string()))?;
        std::fs::write(&path, text).map_err(|error| failed(error.to_string()))
    }

    /// Goes on from where a run with the same data, configuration and first model was saved.
    ///
    /// # Errors
    /// A folder that cannot be read, or that of a run of another length.
    pub fn resume(&mut self, folder: &Path) -> Result<(), TrainError> {
        let path = folder.join(POSITION);
        let failed = |found: String| TrainError::Position { path: path.clone(), found };
        let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        let mut position: Position = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        if position.format != Position::FORMAT {
            return Err(failed(format!("has format {}", position.format)));
        }
        if position.total_steps != self.position.total_steps || position.steps_taken > position.total_steps {
            return Err(failed(format!("has {} of {} steps", position.steps_taken, position.total_steps)));
        }
        let read = |name: &str| Ok::<_, TrainError>(checkpoint::load_tagger(&folder.join(name), &self.device)?.model);
        let precision = self.config.training.precision;
        let best = position.kept.is_some().then(|| read("best")).transpose()?;
        let (model, first, second) = (read("model")?, read("moments-1")?, read("moments-2")?);
        let steps = std::mem::take(&mut position.optimizer_steps);
        self.optimizer.restore(&Moments { first, second, steps });
        self.model = model.with_precision(precision).train();
        self.best = best.map(|best| best.with_precision(precision));
        self.under_way = position.under_way.into();
        self.epochs = position.epochs.iter().map(|&epoch| epoch.into()).collect();
        self.evaluations = position.evaluations.iter().map(|&step| step.into()).collect();
        self.best_score = position.best_score.map(f64::from_bits);
        self.position = position;
        Ok(())
    }
}

impl Epoch {
    /// An epoch without steps.
    const fn first() -> Self {
        Self { epoch: 1, mean_loss: 0.0, subwords: 0, seconds: 0.0, score: None }
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
        if window.input_ids.len() > encoder.longest_input() {
            let (found, limit) = (window.input_ids.len(), encoder.longest_input());
            return Err(TrainError::TooLong { found, limit });
        }
    }
    Ok(())
}
