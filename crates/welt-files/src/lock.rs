//! Locks of the operating system, which end with their process however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::{Doing, FilesError, io};

/// A lock that is held until it is dropped, or until the last process that shares it has ended.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock that a file stands for; none where another process holds it.
    ///
    /// # Errors
    /// A file that cannot be made, or a file system that knows no locks.
    pub fn try_take(path: &Path) -> Result<Option<Self>, FilesError> {
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(io(path, Doing::Written))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(io(path, Doing::Locked)(error)),
        }
    }

    /// Takes the lock, and waits for it where another process holds it.
    ///
    /// # Errors
    /// As those of [`Lock::try_take`].
    pub fn take(path: &Path) -> Result<Self, FilesError> {
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(io(path, Doing::Written))?;
        file.lock().map_err(io(path, Doing::Locked))?;
        Ok(Self { file })
    }

    /// The lock as a file for another process to hold as well, for example as an input that it does not read.
    ///
    /// # Errors
    /// A system that has no more files to give.
    pub fn shared(&self) -> std::io::Result<File> {
        self.file.try_clone()
    }
}

/// Whether a process holds the lock that a file stands for.
#[must_use]
pub fn is_locked(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(!is_locked(&path));
        let held = Lock::try_take(&path).unwrap().unwrap();
        assert!(is_locked(&path) && Lock::try_take(&path).unwrap().is_none());
        let shared = held.shared().unwrap();
        drop(held);
        assert!(is_locked(&path), "the second handle holds it still");
        drop(shared);
        assert!(!is_locked(&path) && Lock::try_take(&path).unwrap().is_some());
        assert!(Lock::try_take(&folder.path().join("none/lock")).is_err());
    }
}
