//! A file that has its name once it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::beside::{IfBusy, locked, name_beside};
use crate::error::{Doing, FilesError, io};
use crate::sync::{sync, sync_folder_of};
use crate::unfinished::{Unfinished, unfinished};

/// A file under another name, which takes its own at the end; dropped before, it is removed.
///
/// Its fields are dropped in this order: the file is removed while it is still locked, for without the lock another process
/// might have taken it over.
#[derive(Debug)]
pub struct NewFile {
    partial: TempPath,
    listed: Unfinished,
    writer: BufWriter<File>,
    path: PathBuf,
}

impl NewFile {
    /// Makes `.NAME.welt-partial` beside the place of the file, or takes over what a killed process left under that name; a
    /// file that is there is replaced at the end.
    ///
    /// # Errors
    /// A folder, a file that another process is writing, or a place where no file can be made.
    pub fn create(path: &Path) -> Result<Self, FilesError> {
        Self::create_if(path, IfBusy::Refuse)
    }

    fn create_if(path: &Path, if_busy: IfBusy) -> Result<Self, FilesError> {
        if path.is_dir() {
            return Err(FilesError::IsFolder { path: path.to_owned() });
        }
        if is_device(path) {
            return Err(FilesError::Exists { path: path.to_owned() });
        }
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if target.file_name().is_none() {
            return Err(FilesError::NoName { path: path.to_owned() });
        }
        let partial = name_beside(&target, "welt-partial");
        let Some(file) = locked(&partial, if_busy).map_err(io(path, Doing::Written))? else {
            return Err(FilesError::Busy { path: path.to_owned() });
        };
        file.set_len(0).map_err(io(path, Doing::Written))?;
        // Who may read a file goes on to be so when it is replaced; a file system that keeps no such thing keeps none here.
        if let Ok(replaced) = fs::metadata(&target) {
            drop(file.set_permissions(replaced.permissions()));
        }
        let listed = Unfinished::new(partial.clone());
        let partial = TempPath::try_from_path(partial).map_err(io(path, Doing::Written))?;
        Ok(Self { partial, listed, writer: BufWriter::new(file), path: target })
    }

    /// Gives the file, all of it written, its name.
    ///
    /// # Errors
    /// A disk that is full, or a name that cannot be taken: then the file stays under its partial name, for it is whole.
    pub fn finish(self) -> Result<(), FilesError> {
        let Self { partial, listed, mut writer, path } = self;
        // What is still held back may find the disk full, which dropping the writer would not tell.
        writer.flush().and_then(|()| sync(writer.get_ref())).map_err(io(&path, Doing::Written))?;
        let held = unfinished();
        let named = partial.persist(&path);
        drop(held);
        if let Err(tempfile::PathPersistError { error, path: mut partial }) = named {
            partial.disable_cleanup(true);
            let source = Box::new(io(&path, Doing::Named)(error));
            return Err(FilesError::Unnamed { partial: partial.to_path_buf(), source });
        }
        drop(writer);
        drop(listed);
        sync_folder_of(&path);
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes a file so that nobody ever sees half of it, also after a failure of power. Where another process is writing it,
/// this one waits and writes it after that. What is no file but a pipe or a device is written to, and stays what it is.
///
/// # Errors
/// A place where no file can be made, or a disk that is full.
pub fn write_whole(path: &Path, text: &str) -> Result<(), FilesError> {
    if is_device(path) {
        let opened = File::options().write(true).open(path);
        return opened.and_then(|mut out| out.write_all(text.as_bytes())).map_err(io(path, Doing::Written));
    }
    let mut file = NewFile::create_if(path, IfBusy::Wait)?;
    file.write_all(text.as_bytes()).map_err(io(path, Doing::Written))?;
    file.finish()
}

/// Whether something is a pipe or a device, whose name a new file must not take.
pub(crate) fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Whether two paths are one file or folder, be it there or not.
#[must_use]
pub fn is_one_path(one: &Path, other: &Path) -> bool {
    one == other || resolved(one) == resolved(other)
}

/// The path without links and detours of a file or folder, be it there or not; as it is where its folder is not there.
#[must_use]
pub fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = || Some(fs::canonicalize(folder).ok()?.join(path.file_name()?));
    fs::canonicalize(path).ok().or_else(named).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    #[cfg(unix)]
    fn a_pipe_is_written_to_and_never_replaced() {
        use std::os::unix::fs::FileTypeExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(matches!(NewFile::create(&path), Err(FilesError::Exists { .. })));
        assert!(matches!(crate::Claim::new(&path), Err(FilesError::Exists { .. })));
        let read = std::thread::spawn({
            let path = path.clone();
            move || fs::read_to_string(path).unwrap()
        });
        write_whole(&path, "all of it").unwrap();
        assert_eq!(read.join().unwrap(), "all of it");
        assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
        assert_eq!(names(folder.path()), ["pipe"]);
    }

    #[test]
    fn a_file_is_there_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert!(NewFile::create(&path).is_err(), "two writers of one process");
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        drop(NewFile::create(&path).unwrap());
        assert_eq!(names(folder.path()), ["file"]);
        // What a killed process left is taken over.
        fs::write(folder.path().join(".file.welt-partial"), "left over").unwrap();
        write_whole(&path, "newer").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), ("newer", 1));
    }

    #[test]
    fn writers_of_one_file_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let text = |writer: usize| writer.to_string().repeat(10_000);
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let (path, text) = (&path, text(writer));
                scope.spawn(move || (0..10).for_each(|_| write_whole(path, &text).unwrap()));
            }
        });
        let written = fs::read_to_string(&path).unwrap();
        assert!((0..8).any(|writer| written == text(writer)), "{} bytes", written.len());
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn refusals_name_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let check = |path: PathBuf, expected: &str| {
            let error = write_whole(&path, "").unwrap_err().to_string();
            assert_eq!(error.replace(&folder.path().display().to_string(), "HERE"), expected);
        };
        check(folder.path().to_owned(), "HERE: is a folder");
        check(folder.path().join("no/file"), "HERE/no/file: cannot be written: No such file or directory (os error 2)");
    }
}
