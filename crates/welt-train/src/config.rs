//! What a training loop is told, beside its data.

use welt_settings::{Loss, SettingsError, Training};

/// Everything but data that can move the result of a training run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainConfig {
    /// The numbers of the loop.
    pub training: Training,
    /// What the loss of a word is, beside class weights.
    pub loss: Loss,
    /// Orders the windows and draws the dropout masks.
    pub seed: u64,
}

impl TrainConfig {
    /// Fails on a number that no run can be made with.
    ///
    /// # Errors
    /// The first number outside of its bounds.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.training.check()?;
        self.loss.check()
    }
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
    /// The schedule of a training over `total_steps`; a share of a step of warm-up counts as a step.
    #[must_use]
    pub fn of(training: &Training, total_steps: usize) -> Self {
        let warmup_steps = (training.warmup_ratio * total_steps as f64).ceil() as usize;
        Self { learning_rate: training.learning_rate, warmup_steps, total_steps }
    }

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
