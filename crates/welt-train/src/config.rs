//! Every number that can move the result of a training run.

use serde::{Deserialize, Serialize};
use welt_models::Precision;

/// The settings of a training run; none has a default here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Passes over the training examples.
    pub epochs: usize,
    /// Examples of one optimiser step.
    pub batch_size: usize,
    /// Examples of one forward pass; the gradients of a batch's micro-batches are added up in order.
    pub micro_batch_size: usize,
    /// How many batches are sorted by length together: 1 mixes lengths freely, more spares filling.
    pub batches_sorted_together: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// The share of all steps over which the learning rate rises from 0; from there it falls linearly to 0.
    pub warmup_ratio: f64,
    /// Decoupled weight decay, on everything but biases and layer normalisations.
    pub weight_decay: f64,
    /// Decay of AdamW's first moment.
    pub beta_1: f64,
    /// Decay of AdamW's second moment.
    pub beta_2: f64,
    /// Added to the root of AdamW's second moment.
    pub epsilon: f64,
    /// The norm over all gradients above which they are scaled down to it.
    pub max_gradient_norm: f64,
    /// `gamma` of the focal loss (Lin et al. 2017); 0 for the cross-entropy.
    pub focal_gamma: f64,
    /// `tau` of logit adjustment (Menon et al. 2021): `tau` times the logarithm of a label's share of the training words
    /// is added to its scores in training; 0 for none.
    pub logit_adjustment: f64,
    /// Which epoch's model is kept.
    pub keep: Keep,
    /// The numbers of the encoder's matrix products, in training and after.
    pub precision: Precision,
    /// Orders the examples and draws the dropout masks.
    pub seed: u64,
}

/// Which epoch's model is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The one with the highest score, the first of equals; the last where nothing is scored.
    Best,
    /// The one after the last epoch.
    Last,
}

/// A learning rate that rises linearly from 0 over the warm-up steps and then falls linearly to 0.
///
/// ```
/// use welt_train::LinearSchedule;
///
/// let schedule = LinearSchedule { learning_rate: 1.0, warmup_steps: 2, total_steps: 6 };
/// let rates: Vec<f64> = (0..6).map(|step| schedule.at(step)).collect();
/// assert_eq!(rates, [0.0, 0.5, 1.0, 0.75, 0.5, 0.25]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearSchedule {
    /// The highest rate.
    pub learning_rate: f64,
    /// Steps before it is reached.
    pub warmup_steps: usize,
    /// Steps after which it would be 0.
    pub total_steps: usize,
}

impl LinearSchedule {
    /// The rate of step `step`, from 0.
    #[must_use]
    pub fn at(&self, step: usize) -> f64 {
        let share = if step < self.warmup_steps {
            step as f64 / self.warmup_steps as f64
        } else {
            self.total_steps.saturating_sub(step) as f64 / (self.total_steps - self.warmup_steps).max(1) as f64
        };
        self.learning_rate * share
    }
}

impl TrainConfig {
    /// The schedule over `total_steps`; a share of a step of warm-up counts as a step.
    #[must_use]
    pub fn schedule(&self, total_steps: usize) -> LinearSchedule {
        let warmup_steps = (self.warmup_ratio * total_steps as f64).ceil() as usize;
        LinearSchedule { learning_rate: self.learning_rate, warmup_steps, total_steps }
    }
}
