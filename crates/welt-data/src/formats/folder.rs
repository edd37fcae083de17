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
use crate::ledger::{Item, Ledger, Loss};
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
        self.names.iter().any(|name| ends_in(name, ending))
    }
}

/// How the name of a packed file ends.
const PACKED: &str = ".gz";

/// A name without the ending of a packed file.
pub(super) fn unpacked(name: &str) -> &str {
    name.strip_suffix(PACKED).unwrap_or(name)
}

fn ends_in(name: &str, ending: &str) -> bool {
    name.ends_with(ending) || unpacked(name).ends_with(ending)
}

/// The path of a document with an ending: that of the packed file where there is no other.
pub(super) fn with_ending(document: &Path, ending: &str) -> PathBuf {
    let with = |ending: &str| {
        let mut path = document.as_os_str().to_owned();
        path.push(ending);
        PathBuf::from(path)
    };
    let packed = with(&format!("{ending}{PACKED}"));
    let plain = with(ending);
    if !plain.is_file() && packed.is_file() { packed } else { plain }
}

/// The folders in a folder at any depth, itself first.
#[derive(Debug)]
pub(super) struct Tree {
    /// By their paths; hidden ones are passed over, as by programs that list folders.
    pub folders: Vec<PathBuf>,
    /// Links to folders, which are not followed, because they may lead back.
    pub links: Vec<PathBuf>,
}

impl Tree {
    pub fn of(folder: &Path) -> Result<Self, DataError> {
        let mut tree = Self { folders: Vec::new(), links: Vec::new() };
        let mut next = vec![folder.to_owned()];
        while let Some(folder) = next.pop() {
            let unreadable = |source| super::unreadable(&folder, source);
            for entry in fs::read_dir(&folder).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
                let path = entry.path();
                if entry.file_type().map_err(unreadable)?.is_dir() {
                    next.extend((!is_hidden).then_some(path));
                } else if !is_hidden && path.is_dir() {
                    tree.links.push(path);
                }
            }
            tree.folders.push(folder);
        }
        tree.folders.sort();
        tree.links.sort();
        Ok(tree)
    }
}

/// The name of a document by its path without ending: that in its folder, with the folders between.
pub(super) fn name_in(root: &Path, document: &Path) -> String {
    let below = document.strip_prefix(root).unwrap_or(document);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The files of a folder whose names end in `ending`, packed or not, by name.
pub(super) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |source| super::unreadable(folder, source);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_named = path.file_name().is_some_and(|name| ends_in(&name.to_string_lossy(), ending));
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
    let others = names.names.iter().filter(|name| !name.starts_with('.') && !is_read(unpacked(name)));
    let named = others.map(|name| {
        let is_of_document = name.match_indices('.').any(|(dot, _)| documents.contains(&name[..dot]));
        let loss = if is_of_document { Loss::UnreadOtherAnnotations } else { Loss::UnreadFile };
        (folder.join(name), loss)
    });
    Ok(named.collect())
}

/// What lies beside the few files of a corpus and is none of them, until it is counted.
#[derive(Debug, Default)]
pub(super) struct Beside(Vec<PathBuf>);

impl Beside {
    /// The files in folders that are not read; none where the corpus was named by one of its files.
    ///
    /// Hidden files are passed over, as by programs that list folders.
    pub fn of(path: &Path, folders: &[&Path], read: &[&Path]) -> Result<Self, DataError> {
        let mut others = Vec::new();
        for folder in folders.iter().filter(|folder| path.is_dir() && folder.is_dir()) {
            others.extend(files(folder, "")?);
        }
        let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let read: HashSet<&Path> = read.iter().copied().collect();
        others.retain(|path| !read.contains(path.as_path()) && !is_hidden(path));
        Ok(Self(others))
    }

    /// Counts them, once.
    pub fn tell(&mut self, ledger: &mut Ledger) {
        for path in std::mem::take(&mut self.0) {
            ledger.skip(Loss::UnreadFile, &path, Position::START, || Item::named(""));
        }
    }
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
    without_ending(path).file_name().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The path of a file without its ending, and without the one that says that it is packed.
pub(super) fn without_ending(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(unpacked(&name)).with_extension("")
}

/// How the file with the text of a document ends.
pub(super) const TEXT: &str = ".txt";

/// A folder that documents are written into, a file for each under its id; files that are there under such a name are replaced.
#[derive(Debug)]
pub(super) struct NewFolder {
    path: PathBuf,
    format: Format,
    /// The names of the documents so far, without endings.
    written: HashSet<String>,
    /// The names of the files since they were asked for last, where they are asked for.
    files: Option<Vec<String>>,
}

impl NewFolder {
    pub fn create(path: &Path, format: Format) -> Result<Self, DataError> {
        fs::create_dir_all(path).map_err(|source| DataError::Unwritable { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), format, written: HashSet::new(), files: None })
    }

    /// The name under which the files of a document are written: its id, or the id and a number where another document has it already.
    pub fn name(&mut self, document: &str, losses: &mut Book<'_, '_>) -> Result<String, DataError> {
        // An id is a name chosen by others: it must not lead out of the folder.
        // Documents that were read from folders in a folder are written into such folders again.
        let is_name = |part: &str| !part.is_empty() && !part.starts_with('.');
        if document.contains(['\\', '\0']) || document.len() > 200 || !document.split('/').all(is_name) {
            return Err(self.unrepresentable(
                document,
                &format!("the id {}", excerpt(document)),
                "an id that can be the name of a file, with those of folders before it: at most 200 bytes, no `\\`, no `.` at the start of a name",
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

    /// Takes the documents whose texts are in the folder for written.
    pub fn goes_on(&mut self) -> Result<(), DataError> {
        for folder in Tree::of(&self.path)?.folders {
            for text in files(&folder, TEXT)? {
                let name = name_in(&self.path, &text);
                self.written.extend(name.strip_suffix(TEXT).map(str::to_owned));
            }
        }
        Ok(())
    }

    /// The names of the files that were written since this was asked last; none the first time, from which on they are kept.
    pub fn files(&mut self) -> Vec<String> {
        self.files.replace(Vec::new()).unwrap_or_default()
    }

    /// Writes a file of a document under the name that it got.
    pub fn write(&mut self, name: &str, ending: &str, text: &str) -> Result<(), DataError> {
        if text.contains('\0') {
            return Err(self.unrepresentable(name, "a NUL character", "text without it"));
        }
        let file = format!("{name}{ending}");
        let path = self.path.join(&file);
        if let Some(folder) = path.parent().filter(|_| name.contains('/')) {
            let unwritable = |source| DataError::Unwritable { path: folder.to_owned(), source };
            fs::create_dir_all(folder).map_err(unwritable)?;
        }
        fs::write(&path, text).map_err(|source| DataError::Unwritable { path, source })?;
        self.files.iter_mut().for_each(|files| files.push(file.clone()));
        Ok(())
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
