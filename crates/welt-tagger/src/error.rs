//! What can go wrong in tagging.

use std::path::PathBuf;

use welt_data::DataError;
use welt_device::DeviceError;
use welt_hub::HubError;
use welt_models::checkpoint::CheckpointError;
use welt_settings::Precision;
use welt_subwords::{SubwordError, TokenizerError};
use welt_tags::TagError;
use welt_train::TrainError;

/// Why a model could not be loaded, or a text not be tagged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaggerError {
    /// A name that is no model, or a model that cannot be fetched.
    #[error(transparent)]
    Hub(Box<HubError>),
    /// A device that is not there.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A device that does not compute in the numbers that were asked for.
    #[error("{device} does not compute in {precision}: expected f32, which every device has")]
    Precision {
        /// The device.
        device: String,
        /// What was asked for.
        precision: Precision,
    },
    /// Weights or configuration that cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A vocabulary that cannot be read.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Labels that are no tags.
    #[error("{}: the labels of the model: {reason}", model.display())]
    Labels {
        /// The model.
        model: PathBuf,
        /// What is wrong with them.
        reason: TagError,
    },
    /// A window that is longer than what the model can read.
    #[error(
        "windows of {asked} sub-words were asked for, and the model reads at most {limit}: ask for at most {limit}"
    )]
    TooLong {
        /// What was asked for.
        asked: usize,
        /// Positions of the model.
        limit: usize,
    },
    /// A shift of a label that the model does not have, or by no finite number.
    #[error("the label `{}` is to be shifted by {by}: expected a finite number and one of {}", label.escape_debug(), labels.join(", "))]
    Shift {
        /// The label.
        label: String,
        /// The shift.
        by: f32,
        /// The labels of the model.
        labels: Vec<String>,
    },
    /// What a model's configuration says of its decoding cannot be read or written.
    #[error("{}: {reason}", path.display())]
    Stored {
        /// The configuration.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Windows that no sentence can be cut into, or a tokenizer that fails.
    #[error(transparent)]
    Subwords(#[from] SubwordError),
    /// Threads that the system does not give.
    #[error("threads for the network cannot be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A document whose text cannot be laid out.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A word whose scores are no numbers.
    #[error("{position}: no label for the word `{}`", shown(word))]
    Word {
        /// Where it stands.
        position: String,
        /// Its text.
        word: String,
        /// What its scores are.
        source: Box<TrainError>,
    },
    /// Scores that are no numbers, sub-words that the model does not know, or the caller's wish to stop.
    #[error(transparent)]
    Model(#[from] TrainError),
}

impl From<HubError> for TaggerError {
    fn from(error: HubError) -> Self {
        Self::Hub(Box::new(error))
    }
}

/// The beginning of a word, as a message can hold it.
fn shown(word: &str) -> String {
    word.chars().take(40).flat_map(char::escape_debug).collect()
}
