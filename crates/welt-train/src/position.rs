//! How far a run is, as numbers that are written and read again to the last bit.
//! It holds no tensor: parameters and moments are files of their own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fit::{Epoch, ScoredStep};
use crate::loss_scale::LossScale;

/// Everything but tensors that a run needs to be gone on with.
///
/// Order and dropout follow from the seed and the number of the step, so that number is also the state of the randomness;
/// the learning rate follows from it too.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Raised when the meaning of a field changes.
    pub format: u32,
    pub steps_taken: usize,
    pub total_steps: usize,
    /// Whether what follows the last step, such as scoring, is still to be done.
    pub is_open: bool,
    /// Whether training stopped early.
    pub has_stopped: bool,
    /// What the steps of the epoch under way came to.
    pub under_way: SavedEpoch,
    pub epochs: Vec<SavedEpoch>,
    pub evaluations: Vec<SavedStep>,
    /// The best score so far, by its bits.
    pub best_score: Option<u64>,
    /// Where the model comes from that scored so.
    pub kept: Option<Kept>,
    /// Scorings in a row that were no better.
    pub unimproved: usize,
    pub loss_scale: LossScale,
    /// Steps of each parameter in the optimiser.
    pub optimizer_steps: BTreeMap<String, usize>,
}

impl Position {
    pub const FORMAT: u32 = 1;
}

/// Where a model that is kept comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub epoch: usize,
    pub step: usize,
}

/// An epoch whose numbers are bits: a JSON reader may round what is written in decimals.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct SavedEpoch {
    epoch: usize,
    mean_loss: u64,
    subwords: usize,
    seconds: u64,
    score: Option<u64>,
}

/// The same for a scoring within an epoch.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SavedStep {
    step: usize,
    epoch: usize,
    score: Option<u64>,
}

impl From<&Epoch> for SavedEpoch {
    fn from(of: &Epoch) -> Self {
        let Epoch { epoch, mean_loss, subwords, seconds, score } = *of;
        Self {
            epoch,
            mean_loss: mean_loss.to_bits(),
            subwords,
            seconds: seconds.to_bits(),
            score: score.map(f64::to_bits),
        }
    }
}

impl From<SavedEpoch> for Epoch {
    fn from(of: SavedEpoch) -> Self {
        let (mean_loss, seconds) = (f64::from_bits(of.mean_loss), f64::from_bits(of.seconds));
        Self { epoch: of.epoch, mean_loss, subwords: of.subwords, seconds, score: of.score.map(f64::from_bits) }
    }
}

impl From<&ScoredStep> for SavedStep {
    fn from(of: &ScoredStep) -> Self {
        Self { step: of.step, epoch: of.epoch, score: of.score.map(f64::to_bits) }
    }
}

impl From<SavedStep> for ScoredStep {
    fn from(of: SavedStep) -> Self {
        Self { step: of.step, epoch: of.epoch, score: of.score.map(f64::from_bits) }
    }
}
