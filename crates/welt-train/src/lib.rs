//! Fine-tunes a tagger and predicts with it: windows and gold labels in, a model or one label a word out.
//! It knows nothing of metrics, files or arguments: scores come from a closure, progress goes to another.
//!
//! One step is one batch, cut into micro-batches whose gradients are added up.
//! The loss of a step is `sum(w[y] * l) / sum(w[y])` over every word of the batch, however it is cut:
//! the weighted mean that PyTorch's `CrossEntropyLoss(weight=...)` takes.

#![forbid(unsafe_code)]

mod batch;
mod config;
mod error;
mod fit;
mod loss;
mod loss_scale;
mod optimizer;
mod position;
mod predict;
mod word_scores;
mod word_table;

pub use batch::{Batch, epoch_batches};
pub use config::{LinearSchedule, TrainConfig};
pub use error::TrainError;
pub use fit::{Breaks, Epoch, Fitted, Hooks, Moment, Progress, Run, ScoredStep, Step, TrainingData, fit};
pub use loss::{MicroBatch, Objective, StepGradients, step_gradients};
pub use optimizer::{AdamW, Moments, gradient_norm};
pub use predict::{PredictConfig, predict};
pub use word_scores::{WordScores, word_scores};
