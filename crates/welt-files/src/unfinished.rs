//! The files and folders of this process that have not got their names.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whoever gives one its name or removes it holds the lock.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

pub(crate) fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has not finished, for a program that is about to end on Ctrl-C.
///
/// While what it gives is held, nothing gets its name any more: a program ends before it drops it.
#[must_use]
pub fn remove_unfinished() -> impl Sized {
    let unfinished = unfinished();
    for partial in unfinished.iter() {
        if !partial.is_dir() {
            drop(fs::remove_file(partial));
            continue;
        }
        // A folder is not empty when a file came into it meanwhile; once it is gone, no other can.
        while fs::remove_dir_all(partial).is_err_and(|error| error.kind() == io::ErrorKind::DirectoryNotEmpty) {}
    }
    unfinished
}
