//! Hidden files beside a path that carry this crate's name, and locks on them that outlive no process.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::unfinished::{Unfinished, unfinished};

/// What to do where another process has the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfBusy {
    Wait,
    Refuse,
}

/// The path of `.NAME.SUFFIX` beside a path that ends in `NAME`. The suffix has the name of this crate in it: what is called
/// so is nobody else's.
pub(crate) fn name_beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

/// A file at a path with a lock on it, made if need be; none where another process has the lock and it is not to be waited for.
pub(crate) fn locked(path: &Path, if_busy: IfBusy) -> io::Result<Option<File>> {
    loop {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match (file.try_lock(), if_busy) {
            (Err(TryLockError::WouldBlock), IfBusy::Refuse) => return Ok(None),
            (Err(TryLockError::WouldBlock), IfBusy::Wait) => file.lock()?,
            // Where a file system knows no locks, nobody can take one either.
            (Ok(()) | Err(TryLockError::Error(_)), _) => {}
        }
        // Whoever had the lock has given the file its name, or removed it: then this is no longer the file at the path.
        if is_at(&file, path)? {
            return Ok(Some(file));
        }
    }
}

/// A lock on an empty file beside a path, which goes away with it.
#[derive(Debug)]
pub(crate) struct LockBeside {
    listed: Unfinished,
    /// Closed after the file is removed: without the lock another process might have taken it.
    _file: File,
}

impl LockBeside {
    /// Takes the lock; none where another process has it.
    pub fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let lock = name_beside(path, "welt-lock");
        let Some(file) = locked(&lock, IfBusy::Refuse)? else { return Ok(None) };
        Ok(Some(Self { listed: Unfinished::new(lock), _file: file }))
    }
}

impl Drop for LockBeside {
    fn drop(&mut self) {
        let held = unfinished();
        // On Ctrl-C it may have gone already, and another process may have made its own.
        if held.iter().any(|path| path == self.listed.path()) {
            drop(fs::remove_file(self.listed.path()));
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let open = file.metadata()?;
    Ok(fs::symlink_metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (open.dev(), open.ino())))
}

/// Elsewhere a file that is open keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    Ok(path.exists())
}
