//! What is handed to the disk, and how much room it has: files, the names in folders, and free bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Doing, FilesError, io};

/// Hands a file to the disk; some file systems and devices cannot, and need not.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

/// Hands the names in a folder to the disk. A system that cannot do that has no better order to offer either.
pub(crate) fn sync_folder(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    drop(File::open(folder).and_then(|folder| folder.sync_all()));
}

/// The same for the folder that a path is in.
pub(crate) fn sync_folder_of(path: &Path) {
    sync_folder(path.parent().unwrap_or(Path::new("")));
}

/// Makes a folder and those above it that are missing, so that a failure of power leaves none of their names out.
///
/// # Errors
/// A folder that cannot be made.
pub fn make_folders(folder: &Path) -> Result<(), FilesError> {
    let mut missing: Vec<&Path> = Vec::new();
    let mut above = Some(folder);
    while let Some(folder) = above.filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        missing.push(folder);
        above = folder.parent();
    }
    if missing.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(io(folder, Doing::Made))?;
    missing.into_iter().rev().for_each(sync_folder_of);
    Ok(())
}

/// Adds text to the end of a file and hands it to the disk; the file is made if need be.
///
/// # Errors
/// A file that cannot be written.
pub fn append(path: &Path, text: &str) -> Result<(), FilesError> {
    let is_new = !path.exists();
    let file = OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        sync(&file)
    });
    written.map_err(io(path, Doing::Written))?;
    if is_new {
        sync_folder_of(path);
    }
    Ok(())
}

/// Gives a file or folder that cannot be used the name `NAME.unreadable`, or `NAME.unreadable-2` and so on, so that it can be
/// made again and nobody loses it. The new name is returned.
///
/// # Errors
/// A name that cannot be given.
pub fn set_aside(path: &Path) -> Result<PathBuf, FilesError> {
    let name = path.file_name().ok_or_else(|| FilesError::NoName { path: path.to_owned() })?;
    let named = |number: usize| {
        let mut aside = name.to_owned();
        aside.push(if number == 1 { ".unreadable".to_owned() } else { format!(".unreadable-{number}") });
        path.with_file_name(aside)
    };
    let mut aside = named(1);
    let mut number = 1;
    while fs::symlink_metadata(&aside).is_ok() {
        number += 1;
        aside = named(number);
    }
    fs::rename(path, &aside).map_err(io(path, Doing::Named))?;
    sync_folder_of(path);
    Ok(aside)
}

/// Bytes that this user may still write on the disk of a file or folder that is there; none where the system does not say.
#[must_use]
pub fn free_space(path: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(path).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_set_aside_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        for (text, expected) in [("a", "record.json.unreadable"), ("b", "record.json.unreadable-2")] {
            fs::write(&path, text).unwrap();
            let aside = set_aside(&path).unwrap();
            assert_eq!(aside, folder.path().join(expected));
            assert_eq!(fs::read_to_string(aside).unwrap(), text);
            assert!(!path.exists());
        }
        assert!(set_aside(&path).unwrap_err().to_string().contains("record.json: cannot be given its name"));
    }

    #[test]
    fn lines_are_added_and_folders_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/lines");
        make_folders(path.parent().unwrap()).unwrap();
        make_folders(path.parent().unwrap()).unwrap();
        append(&path, "one\n").unwrap();
        append(&path, "two\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert!(make_folders(&path.join("c")).unwrap_err().to_string().contains("lines/c: cannot be made: "));
    }

    #[test]
    #[cfg(unix)]
    fn a_disk_has_room() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_space(folder.path()).unwrap() > 0);
        assert_eq!(free_space(&folder.path().join("none")), None);
    }
}
