//! What can go wrong with a file or a folder.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file or a folder is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilesError {
    /// The system refuses.
    #[error("{}: cannot be {doing}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        doing: Doing,
        /// What the system says.
        source: io::Error,
    },
    /// Something has the name already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// Another process is at work there.
    #[error("another run is writing {}", path.display())]
    Busy {
        /// The folder that is being filled.
        path: PathBuf,
    },
    /// All is written, and the last step failed: it is there under another name.
    #[error("{source}; all of it is in {}", partial.display())]
    Unnamed {
        /// The name that it has.
        partial: PathBuf,
        /// Why it has not got its own.
        source: Box<FilesError>,
    },
    /// A folder where a file was meant.
    #[error("{}: is a folder", path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// An index of weights that is none, or that contradicts itself.
    #[error("{}: {found}: expected {expected}", path.display())]
    Index {
        /// The index.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What would be usable.
        expected: &'static str,
    },
    /// A path that ends in no name.
    #[error("{}: expected a path that ends in a name", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
}

/// What was tried with a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doing {
    /// To read it.
    Read,
    /// To write it.
    Written,
    /// To make the folder.
    Made,
    /// To lock it.
    Locked,
    /// To give it its name.
    Named,
    /// To remove it.
    Removed,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Written => "written",
            Self::Made => "made",
            Self::Locked => "locked",
            Self::Named => "given its name",
            Self::Removed => "removed",
        })
    }
}

/// The error of the system as one of this crate's.
pub(crate) fn io(path: &Path, doing: Doing) -> impl FnOnce(io::Error) -> FilesError + '_ {
    move |source| FilesError::Io { path: path.to_owned(), doing, source }
}
