//! A file that has its name once it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::error::{Doing, FilesError, io};
use crate::unfinished::{Unfinished, unfinished};

/// A file under another name, which takes its own at the end; dropped before, it is removed.
#[derive(Debug)]
pub struct NewFile {
    writer: BufWriter<File>,
    partial: TempPath,
    listed: Unfinished,
    path: PathBuf,
}

impl NewFile {
    /// Makes `.NAME.PID.partial` beside the place of the file; a file that is there is replaced at the end.
    ///
    /// # Errors
    /// A folder, or a place where no file can be made.
    pub fn create(path: &Path) -> Result<Self, FilesError> {
        if path.is_dir() {
            return Err(FilesError::IsFolder { path: path.to_owned() });
        }
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = place.file_name().ok_or_else(|| FilesError::NoName { path: path.to_owned() })?;
        let partial = format!(".{}.{}.partial", name.to_string_lossy(), std::process::id());
        let partial = place.with_file_name(partial);
        let file = new_or_left(&partial).map_err(io(path, Doing::Written))?;
        let listed = Unfinished::new(partial.clone());
        let partial = TempPath::try_from_path(partial).map_err(io(path, Doing::Written))?;
        Ok(Self { writer: BufWriter::new(file), partial, listed, path: place })
    }

    /// Gives the file, all of it written, its name.
    ///
    /// # Errors
    /// A disk that is full, or a name that cannot be taken.
    pub fn finish(self) -> Result<(), FilesError> {
        let Self { mut writer, partial, listed, path } = self;
        // What is still held back may find the disk full, which dropping the writer would not tell.
        writer.flush().and_then(|()| sync(writer.get_ref())).map_err(io(&path, Doing::Written))?;
        drop(writer);
        let held = unfinished();
        let named = partial.persist(&path);
        drop(held);
        named.map_err(|error| io(&path, Doing::Named)(error.error))?;
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

/// Writes a file so that nobody ever sees half of it, also after a failure of power.
///
/// # Errors
/// A place where no file can be made, or a disk that is full.
pub fn write_whole(path: &Path, text: &str) -> Result<(), FilesError> {
    let mut file = NewFile::create(path)?;
    file.write_all(text.as_bytes()).map_err(io(path, Doing::Written))?;
    file.finish()
}

/// Hands a file to the disk; some file systems and devices cannot, and need not.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

/// Hands the names in a folder to the disk. A system that cannot do that has no better order to offer either.
pub(crate) fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    drop(File::open(folder).and_then(|folder| folder.sync_all()));
}

/// A file that is new, or that a killed process of the same number left, as is common in containers.
fn new_or_left(partial: &Path) -> io::Result<File> {
    let file = match File::create_new(partial) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::symlink_metadata(partial)?.is_file() => {
            let left = File::options().write(true).open(partial)?;
            left.try_lock().map_err(|_| error)?;
            left.set_len(0)?;
            return Ok(left);
        }
        file => file?,
    };
    // Where a file system knows no locks, nobody can take one either, and what is left over stays.
    drop(file.try_lock());
    Ok(file)
}

/// Whether two paths are one file or folder, be it there or not.
#[must_use]
pub fn is_one_path(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let named = || Some(fs::canonicalize(folder).ok()?.join(path.file_name()?));
        fs::canonicalize(path).ok().or_else(named).unwrap_or_else(|| path.to_owned())
    };
    one == other || place(one) == place(other)
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
        // What a process of the same number left is taken over.
        fs::write(folder.path().join(format!(".file.{}.partial", std::process::id())), "left over").unwrap();
        write_whole(&path, "newer").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), ("newer", 1));
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
