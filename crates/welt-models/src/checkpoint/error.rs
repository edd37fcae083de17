//! What can go wrong with a model directory.

use std::path::{Path, PathBuf};

use welt_files::FilesError;
use welt_files::model_folder::{CONFIG_FILE, one_of};

use super::names::are_of_heads;

/// Why a model directory could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// A file could not be read or written.
    #[error("{}: cannot be read or written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The index of weights in several parts cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// There is no such directory, or no configuration in it.
    #[error("{}: {found}: expected the directory of a model, with {CONFIG_FILE}; check the path", dir.display())]
    NoModel {
        /// The directory.
        dir: PathBuf,
        /// What is there.
        found: String,
    },
    /// The directory is that of a training run.
    #[error("{}: is the directory of a run, and its model is in {}: name that one", dir.display(), model.display())]
    Run {
        /// The directory.
        dir: PathBuf,
        /// The directory of the model.
        model: PathBuf,
    },
    /// The configuration is not JSON, or lacks a number.
    #[error(
        "{}{}: {}: expected the {CONFIG_FILE} of an encoder, with its sizes",
        path.display(), position(error), without_position(error)
    )]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line and column where these are known.
        error: serde_json::Error,
    },
    /// A file asks for what is not there, contradicts itself, or is of a kind that is not read.
    #[error("{}: {found}: expected {expected}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What would be usable.
        expected: &'static str,
    },
    /// The model is of an architecture that is not read.
    #[error("{}: model_type is `{found}`: expected {}, which are read; use another model", path.display(), one_of(known))]
    Architecture {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What is read.
        known: Vec<&'static str>,
    },
    /// There are no weights in the directory.
    #[error(
        "{}: there are no weights here, only {found}: expected model.safetensors or pytorch_model.bin, whole or in \
         parts with an index; copy them from where the model came from",
        dir.display()
    )]
    NoWeights {
        /// The directory.
        dir: PathBuf,
        /// What is there.
        found: String,
    },
    /// The file is not of its format, or is cut off.
    #[error("{}: not a complete {format} ({reason}): fetch it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should be.
        format: &'static str,
        /// What it is instead.
        reason: String,
    },
    /// The pickle names something that no state dict needs, such as a function of its own choice.
    #[error(
        "{}: its pickle calls for `{name}`, which may run code, and nothing of it was run: expected a state dict, \
         which holds tensors alone; do not open it in Python either unless you trust its source",
        path.display()
    )]
    Code {
        /// The file.
        path: PathBuf,
        /// The Python name, with its module.
        name: String,
    },
    /// The tensors are not those of the architecture that `config.json` describes.
    #[error("{}: {problems}; {}", path.display(), problems.advice())]
    Tensors {
        /// The file.
        path: PathBuf,
        /// Every problem, by tensor name.
        problems: TensorProblems,
    },
    /// A weight is not a number, or is infinite.
    #[error(
        "{}: {tensor} holds {value} at {position:?}: expected finite numbers; fetch the model again, or train it again \
         with a lower learning rate",
        path.display()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor, by its name in the file.
        tensor: String,
        /// The first such value.
        value: f32,
        /// Where it stands, from 0.
        position: Vec<usize>,
    },
}

/// What is wrong with the tensors of a checkpoint.
///
/// Those that are missing go by their full names, the others by their names in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TensorProblems {
    /// Tensors that the model needs and the file lacks.
    pub missing: Vec<String>,
    /// Tensors that the file holds and the model has no place for.
    pub left_over: Vec<String>,
    /// Tensors that cannot be used, each with what was found and what was expected.
    pub unusable: Vec<String>,
}

impl TensorProblems {
    pub(super) fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.left_over.is_empty() && self.unusable.is_empty()
    }

    /// What to do about them: an encoder that was never fine-tuned to tag lacks nothing but a head.
    fn advice(&self) -> &'static str {
        let wants_head = !self.missing.is_empty() && self.unusable.is_empty();
        if wants_head && are_of_heads(&self.missing) && are_of_heads(&self.left_over) {
            "the model was not fine-tuned to tag words: fine-tune it, or use one that was"
        } else {
            "put the two files of one model side by side"
        }
    }
}

impl std::fmt::Display for TensorProblems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [("missing", &self.missing), ("left over", &self.left_over), ("unusable", &self.unusable)];
        f.write_str("the tensors are not those that config.json describes")?;
        for (what, names) in parts.into_iter().filter(|(_, names)| !names.is_empty()) {
            let shown = names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
            let rest = names.len().saturating_sub(8);
            write!(f, "; {what}: {shown}")?;
            if rest > 0 {
                write!(f, " and {rest} more")?;
            }
        }
        Ok(())
    }
}

/// What is wrong with a file, by those who do not know its name.
#[derive(Debug)]
pub(super) enum Fault {
    /// What the system said.
    Io(std::io::Error),
    /// Not of the format, or cut off.
    Damaged { format: &'static str, reason: String },
    /// Of a kind that is not read.
    Unusable { found: String, expected: &'static str },
    /// A pickle that names more than a state dict needs.
    Code(String),
}

impl Fault {
    pub(super) fn at(self, path: &Path) -> CheckpointError {
        let path = path.to_owned();
        match self {
            Self::Io(source) => CheckpointError::Io { path, source },
            Self::Damaged { format, reason } => CheckpointError::Damaged { path, format, reason },
            Self::Unusable { found, expected } => CheckpointError::Unusable { path, found, expected },
            Self::Code(name) => CheckpointError::Code { path, name },
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Where in its file an error is, as in `:3:14`; nothing where the reader does not know.
fn position(error: &serde_json::Error) -> String {
    if error.line() == 0 { String::new() } else { format!(":{}:{}", error.line(), error.column()) }
}

/// What a JSON reader says, without line and column.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
