//! A folder that has its name once it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Doing, FilesError, io};
use crate::new_file::{sync, sync_folder_of};
use crate::unfinished::{Unfinished, unfinished};

/// What a folder that is being filled holds a lock on where nothing else is named. It begins with a point, as the name of no
/// document and of no file of a run does.
const LOCK: &str = ".welt-lock";

/// A folder under the name `NAME.partial`, which takes its own at the end; dropped before, it is removed.
#[derive(Debug)]
pub struct NewFolder {
    /// The folder while it is being filled; none once it has its name.
    partial: Option<Unfinished>,
    path: PathBuf,
    /// The file that is locked until the folder has its name. A process that is killed loses its lock, which tells others
    /// that the folder is left over.
    lock: PathBuf,
    locked: File,
}

impl NewFolder {
    /// Makes `NAME.partial` beside the place of the folder; one that a killed process left there is removed first.
    ///
    /// # Errors
    /// Something that is there already, under either name, or a place where no folder can be made.
    pub fn create(path: &Path) -> Result<Self, FilesError> {
        Self::create_around(path, LOCK)
    }

    /// The same around a first file that is locked while the folder is being filled, and that stays in it. A left-over folder
    /// is known by this file.
    ///
    /// # Errors
    /// As those of [`NewFolder::create`].
    pub fn create_around(path: &Path, first_file: &str) -> Result<Self, FilesError> {
        let name = path.file_name().ok_or_else(|| FilesError::NoName { path: path.to_owned() })?;
        let partial = path.with_file_name(format!("{}.partial", name.to_string_lossy()));
        Self::refuse_existing(path)?;
        let lock = partial.join(first_file);
        if fs::symlink_metadata(&partial).is_ok() {
            remove_left(&partial, &lock)?;
        }
        fs::create_dir(&partial).map_err(io(&partial, Doing::Made))?;
        let locked = File::create_new(&lock).map_err(|error| {
            drop(fs::remove_dir(&partial));
            io(&partial, Doing::Made)(error)
        })?;
        // Where a file system knows no locks, nobody can take one either, and what is left over stays.
        drop(locked.try_lock());
        Ok(Self { partial: Some(Unfinished::new(partial)), path: path.to_owned(), lock, locked })
    }

    /// The first file, to be written.
    ///
    /// # Errors
    /// A system that has no more files to give.
    pub fn first_file(&self) -> Result<BufWriter<File>, FilesError> {
        self.locked.try_clone().map(BufWriter::new).map_err(io(&self.lock, Doing::Written))
    }

    /// Makes sure that nothing would be overwritten.
    ///
    /// # Errors
    /// Something that has the name already.
    pub fn refuse_existing(path: &Path) -> Result<(), FilesError> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(FilesError::Exists { path: path.to_owned() });
        }
        Ok(())
    }

    /// The folder while it is being filled.
    #[must_use]
    pub fn partial(&self) -> &Path {
        self.partial.as_ref().map_or(&self.path, Unfinished::path)
    }

    /// The folder once it is whole.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file in it to be written; the folder that the file lies in is made if need be.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub fn create_file(&self, name: &str) -> Result<BufWriter<File>, FilesError> {
        let file = self.partial().join(name);
        let made = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create(&file));
        Ok(BufWriter::new(made.map_err(io(&self.path.join(name), Doing::Written))?))
    }

    /// Writes a file in it through a buffer; the folder that the file lies in is made if need be.
    ///
    /// # Errors
    /// What `write` says, or a file that cannot be written.
    pub fn file<E: From<FilesError>>(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut out = self.create_file(name)?;
        write(&mut out)?;
        Ok(out.flush().map_err(io(&self.path.join(name), Doing::Written))?)
    }

    /// Gives the folder, all of it written and handed to the disk, its name.
    ///
    /// # Errors
    /// A disk that is full, or a name that cannot be taken.
    pub fn finish(mut self) -> Result<(), FilesError> {
        sync_all(self.partial()).map_err(io(&self.path, Doing::Written))?;
        let is_ours = self.lock.ends_with(LOCK);
        let held = unfinished();
        let removed = if is_ours { fs::remove_file(&self.lock) } else { Ok(()) };
        let named = removed.and_then(|()| fs::rename(self.partial(), &self.path));
        drop(held);
        named.map_err(io(&self.path, Doing::Named))?;
        self.partial = None;
        sync_folder_of(&self.path);
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        let Some(partial) = &self.partial else { return };
        let held = unfinished();
        // On Ctrl-C it may have gone already.
        if held.iter().any(|path| path == partial.path())
            && let Err(error) = fs::remove_dir_all(partial.path())
        {
            tracing::warn!("{} could not be removed: {error}", partial.path().display());
        }
    }
}

/// Hands every file below a folder to the disk.
fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sync_all(&path)? } else { sync(&File::open(&path)?)? }
    }
    sync_folder_of(&folder.join(LOCK));
    Ok(())
}

/// Removes a folder that is not finished, if the process that was filling it is gone.
fn remove_left(partial: &Path, lock: &Path) -> Result<(), FilesError> {
    let name = partial.display();
    match File::open(lock) {
        Ok(lock) if lock.try_lock().is_ok() => {
            tracing::warn!("removing {name}, which an interrupted run left");
            fs::remove_dir_all(partial).map_err(io(partial, Doing::Removed))
        }
        Ok(_) => Err(FilesError::Busy { path: partial.to_owned() }),
        // Killed before it could lock anything; a folder that is not empty is somebody's own.
        Err(_) if fs::remove_dir(partial).is_ok() => Ok(()),
        Err(_) => Err(FilesError::Exists { path: partial.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(folder: &NewFolder) {
        folder.file("a/b.txt", |out| out.write_all(b"all").map_err(io(Path::new("b"), Doing::Written))).unwrap();
    }

    #[test]
    fn a_folder_is_there_once_it_is_whole() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("run");
        let folder = NewFolder::create(&path).unwrap();
        fill(&folder);
        assert!(!path.exists() && matches!(NewFolder::create(&path), Err(FilesError::Busy { .. })));
        folder.finish().unwrap();
        assert_eq!(fs::read_to_string(path.join("a/b.txt")).unwrap(), "all");
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1, "the lock is gone");
        assert!(matches!(NewFolder::create(&path), Err(FilesError::Exists { .. })));
    }

    #[test]
    fn a_first_file_stays() {
        let above = tempfile::tempdir().unwrap();
        let (path, partial) = (above.path().join("run"), above.path().join("run.partial"));
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("first"), "of a process that was killed").unwrap();
        let folder = NewFolder::create_around(&path, "first").unwrap();
        folder.first_file().unwrap().write_all(b"ours").unwrap();
        assert!(matches!(NewFolder::create_around(&path, "first"), Err(FilesError::Busy { .. })));
        folder.finish().unwrap();
        assert_eq!(fs::read_to_string(path.join("first")).unwrap(), "ours");
    }

    #[test]
    fn what_is_left_over_is_removed_and_what_is_somebody_s_is_not() {
        let above = tempfile::tempdir().unwrap();
        let (path, partial) = (above.path().join("run"), above.path().join("run.partial"));
        drop(NewFolder::create(&path).unwrap());
        assert!(!partial.exists());
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("mine"), "").unwrap();
        assert!(matches!(NewFolder::create(&path), Err(FilesError::Exists { .. })));
        // As after a process that was killed.
        fs::write(partial.join(LOCK), "").unwrap();
        fill(&NewFolder::create(&path).unwrap());
        assert!(!partial.exists() && !path.exists());
    }
}
