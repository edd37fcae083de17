//! Why a record or a plan cannot be used.

use std::path::{Path, PathBuf};

/// Why a record or a plan cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// A file that cannot be read or written.
    #[error(transparent)]
    Files(#[from] welt_files::FilesError),
    /// A corpus that cannot be read.
    #[error(transparent)]
    Data(#[from] welt_data::DataError),
    /// The system does not let a file be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A text that is no record, plan or identity.
    #[error("{}:{}:{}: not {what}: {source}", path.display(), source.line(), source.column())]
    Json {
        /// The file.
        path: PathBuf,
        /// What was expected.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A format that this version does not know.
    #[error("{}: format {found} of {what}, expected one from 1 to {newest}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it holds.
        what: &'static str,
        /// Its format.
        found: u64,
        /// The newest format that is known.
        newest: u32,
    },
}

impl RecordError {
    /// Whether a file is empty, cut off or full of something else, as a failure of power leaves it: it may be made again. What a
    /// newer program wrote, or what the system does not hand out, is none of these.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Json { .. } => true,
            Self::Unread { source, .. } => source.kind() == std::io::ErrorKind::InvalidData,
            _ => false,
        }
    }
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, RecordError> {
    std::fs::read_to_string(path).map_err(|source| RecordError::Unread { path: path.to_owned(), source })
}

/// The error of a text that is not what it should be.
pub(crate) fn not<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(serde_json::Error) -> RecordError + 'a {
    move |source| RecordError::Json { path: path.to_owned(), what, source }
}

/// Fails on a format that this version does not know.
pub(crate) fn check_format(found: u64, newest: u32, what: &'static str, path: &Path) -> Result<(), RecordError> {
    if (1..=u64::from(newest)).contains(&found) {
        return Ok(());
    }
    Err(RecordError::Format { path: path.to_owned(), what, found, newest })
}
