//! What is asked for: where corpora come from, where they go, and what the user has agreed to.

use std::path::PathBuf;

/// Where corpora come from, where they go, and what the user has agreed to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How the user calls the program, as in `welt corpora`, for messages that say what to do.
    pub command: String,
    /// The folder of corpora; each lies in a folder of its name there.
    pub output: PathBuf,
    /// Where the files that corpora are made of are taken from.
    pub files: Files,
    /// The names of corpora whose uncertain terms the user has accepted.
    pub accepted: Vec<String>,
    /// Whether nothing is said of what goes well.
    pub quiet: bool,
}

/// Where the files that corpora are made of are taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// From the servers that the manifests name.
    Servers {
        /// A URL under which HOST/PATH of every file is asked for instead.
        mirror: Option<String>,
    },
    /// From this folder, without a network; they are found there by path, name or checksum.
    Folder(PathBuf),
}
