//! The files and folders of this process that have not got their names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file or folder in the list, until this is dropped.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Takes up what this process has just made.
    pub fn new(path: PathBuf) -> Self {
        unfinished().push(path.clone());
        Self(path)
    }

    /// Makes something and takes it up at once: nobody ends the process between the two.
    pub fn make<E>(path: PathBuf, make: impl FnOnce(&Path) -> Result<(), E>) -> Result<Self, E> {
        let mut list = unfinished();
        make(&path)?;
        list.push(path.clone());
        drop(list);
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
    }
}

/// The list; whoever gives something its name or removes it holds it.
pub(crate) fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has not finished, for a program that is about to end on Ctrl-C.
///
/// While what it gives is held, nothing gets its name any more: a program ends before it drops it.
#[must_use]
pub fn remove_unfinished() -> impl Sized {
    let unfinished = unfinished();
    // Locks came first and go last.
    for partial in unfinished.iter().rev() {
        if !partial.is_dir() {
            drop(fs::remove_file(partial));
            continue;
        }
        // A folder is not empty when a file came into it meanwhile; once it is gone, no other can.
        while fs::remove_dir_all(partial).is_err_and(|error| error.kind() == io::ErrorKind::DirectoryNotEmpty) {}
    }
    unfinished
}
