//! Folders with a file for each document: which files there are, their texts, and new folders.
//! File names and texts only; what stands in a text is not known here.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Format;
use super::book::Book;
use super::lines::{Returns, checked};
use super::position::{Position, excerpt};
use crate::error::DataError;
use crate::ledger::Loss;
use crate::text::read_bytes;

/// The names of the files in a folder.
#[derive(Debug)]
pub(super) struct FileNames<'f> {
    pub folder: &'f Path,
    /// In the order of the alphabet.
    pub names: Vec<String>,
}

impl<'f> FileNames<'f> {
    pub fn of(folder: &'f Path) -> Result<Self, DataError> {
        let name = |path: PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
        Ok(Self { folder, names: files(folder, "")?.into_iter().filter_map(name).collect() })
    }

    /// Whether a file has this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Whether the name of a file ends so.
    pub fn ends_in(&self, ending: &str) -> bool {
        self.names.iter().any(|name| name.ends_with(ending))
    }
}

/// The files of a folder whose names end in `ending`, by name.
pub(super) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |source| super::unreadable(folder, source);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_named = path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ending));
        if is_named && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Files that lie beside documents and are not read: those whose names without their endings are the name of a document, which may hold its annotations, and the others.
///
/// Hidden files are passed over, as by programs that list folders.
pub(super) fn unread(
    folder: &Path,
    is_read: impl Fn(&str) -> bool,
    documents: &HashSet<String>,
) -> Result<Vec<(PathBuf, Loss)>, DataError> {
    let names = FileNames::of(folder)?;
    let others = names.names.iter().filter(|name| !name.starts_with('.') && !is_read(name));
    let named = others.map(|name| {
        let is_of_document = name.match_indices('.').any(|(dot, _)| documents.contains(&name[..dot]));
        let loss = if is_of_document { Loss::UnreadOtherAnnotations } else { Loss::UnreadFile };
        (folder.join(name), loss)
    });
    Ok(named.collect())
}

/// The folders of a folder that hold a file whose name ends in one of `endings`, at any depth, by name; links to folders are not followed further down.
pub(super) fn sub_folders(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |source| super::unreadable(folder, source);
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() && holds_below(path.clone(), endings)? {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn holds_below(folder: PathBuf, endings: &[&str]) -> Result<bool, DataError> {
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let unreadable = |source| super::unreadable(&folder, source);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(entry.path());
            } else if endings.iter().any(|ending| name.to_string_lossy().ends_with(ending)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The text of a file to the character: offsets count carriage returns, and a byte order mark too.
pub(super) fn text(path: &Path) -> Result<String, DataError> {
    let bytes = read_bytes(path)?;
    checked(path, Position::START, &bytes, Returns::Kept)?;
    // Checked just before, so that nothing is replaced.
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// The name of a file without its ending, which is the id of its document.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A folder that documents are written into, a file for each under its id; files that are there under such a name are replaced.
#[derive(Debug)]
pub(super) struct NewFolder {
    path: PathBuf,
    format: Format,
    /// The names of the documents so far, without endings.
    written: HashSet<String>,
}

impl NewFolder {
    pub fn create(path: &Path, format: Format) -> Result<Self, DataError> {
        fs::create_dir_all(path).map_err(|source| DataError::Unwritable { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), format, written: HashSet::new() })
    }

    /// The name under which the files of a document are written: its id, or the id and a number where another document has it already.
    pub fn name(&mut self, document: &str, losses: &mut Book<'_, '_>) -> Result<String, DataError> {
        // An id is a name chosen by others: it must not lead out of the folder.
        let is_name = !document.is_empty() && !document.contains(['/', '\\', '\0']) && document.len() <= 200;
        if !is_name || document.starts_with('.') {
            return Err(self.unrepresentable(
                document,
                &format!("the id {}", excerpt(document)),
                "an id that can be the name of a file: at most 200 bytes, no `/` or `\\`, no `.` at the start",
            ));
        }
        let mut name = document.to_owned();
        let mut number = 1;
        while !self.written.insert(name.clone()) {
            number += 1;
            name = format!("{document}-{number}");
        }
        losses.add_if(number > 1, Loss::UnwrittenRepeatedIds);
        Ok(name)
    }

    /// Writes a file of a document under the name that it got.
    pub fn write(&mut self, name: &str, ending: &str, text: &str) -> Result<(), DataError> {
        if text.contains('\0') {
            return Err(self.unrepresentable(name, "a NUL character", "text without it"));
        }
        let path = self.path.join(format!("{name}{ending}"));
        fs::write(&path, text).map_err(|source| DataError::Unwritable { path, source })
    }

    fn unrepresentable(&self, document: &str, found: &str, expected: &'static str) -> DataError {
        DataError::UnrepresentableDocument {
            document: document.to_owned(),
            format: self.format,
            found: found.to_owned(),
            expected,
        }
    }
}
