//! What can go wrong in training and prediction.

/// Why training or prediction stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("no window to learn from holds a word: expected at least one sentence with sub-words")]
    NoWindows,
    /// The device does not compute in the numbers that were asked for.
    #[error("this device does not compute in {precision}: expected f32, which every device has")]
    Precision {
        /// What was asked for.
        precision: welt_settings::Precision,
    },
    /// A number in the configuration makes no sense.
    #[error(transparent)]
    Settings(#[from] welt_settings::SettingsError),
    /// Class weights and labels do not fit.
    #[error("the class weights are {weights:?} for {n_labels} labels: expected one finite weight above 0 a label")]
    ClassWeights {
        /// The weights.
        weights: Vec<f64>,
        /// How many labels the model tells apart.
        n_labels: usize,
    },
    /// A sub-word is not in the model's vocabulary.
    #[error(
        "sub-word {id} of sentence {sentence} is beyond the model's vocabulary of {vocab_size}: the tokenizer belongs to another model"
    )]
    UnknownSubWord {
        /// The sub-word.
        id: u32,
        /// The sentence, from 0.
        sentence: usize,
        /// Sub-words that the model knows.
        vocab_size: usize,
    },
    /// A window is longer than the model can read.
    #[error("a window has {found} sub-words and the model reads at most {limit}: use windows of at most {limit}")]
    TooLong {
        /// Sub-words of the window.
        found: usize,
        /// Positions of the model.
        limit: usize,
    },
    /// A word has no gold label that the model knows.
    #[error(
        "word {word} of sentence {sentence} (both from 0) has the gold label {label:?}: expected one below {n_labels}"
    )]
    Gold {
        /// The sentence, from 0.
        sentence: usize,
        /// The word in it, from 0.
        word: usize,
        /// Its label, if there is one.
        label: Option<usize>,
        /// How many labels the model tells apart.
        n_labels: usize,
    },
    /// The loss or the gradients are no longer finite numbers.
    #[error(
        "step {step} (from 1) has the loss {loss} and the gradient norm {gradient_norm}: training diverged; \
         a lower learning rate or more warm-up may help"
    )]
    Diverged {
        /// The step, from 1.
        step: usize,
        /// Its loss.
        loss: f64,
        /// The norm over all gradients.
        gradient_norm: f64,
    },
    /// A word has a score that is no number.
    #[error(
        "word {word} of sentence {sentence} (both from 0) has the label score {score}: the model overflows when it is computed in \
         {precision}; {}", advice(*precision)
    )]
    Score {
        /// The sentence, from 0.
        sentence: usize,
        /// The word in it, from 0.
        word: usize,
        /// The first score of the word that is not finite.
        score: f32,
        /// The dtype of the encoder's matrix products.
        precision: welt_settings::Precision,
    },
    /// What a run was to be gone on with cannot be read or written.
    #[error(transparent)]
    Model(#[from] welt_models::checkpoint::CheckpointError),
    /// A position of a run that is none, or that of another run.
    #[error("{}: {found}: expected the position of a run as this version writes it", path.display())]
    Position {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// The caller could not do what it wanted between two steps.
    #[error("step {step} (from 1) was taken, and what follows it failed")]
    Between {
        /// The step, from 1.
        step: usize,
        /// What the caller said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The scoring closure failed.
    #[error("the model could not be scored in epoch {epoch}")]
    Scoring {
        /// The epoch, from 1.
        epoch: usize,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What may help where scores are no numbers.
const fn advice(precision: welt_settings::Precision) -> &'static str {
    match precision {
        welt_settings::Precision::F32 => {
            "its weights are too large to be used, as after training at too high a learning rate"
        }
        _ => "f32 has the range for it (--precision f32)",
    }
}
