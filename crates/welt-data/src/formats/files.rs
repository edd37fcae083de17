//! A folder of files that are a corpus each, at any depth: all of one format, read one after the other by their paths.
//! A folder goes in, the documents of its files come out; how a file is read is the format's affair.
//!
//! Files of another format are counted, and so are those without a document; hidden ones are passed over, and links to folders are not followed.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::folder::{self, Tree};
use super::position::Position;
use super::{Documents, Format, Source, detect};
use crate::document::Document;
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};
use crate::text::open;

/// Bytes by which a format is told.
const HEAD: u64 = 1 << 12;

/// Opens one of the files.
pub(super) type Opener = fn(&Path, Format) -> Result<Documents<'static>, DataError>;

/// Reads the files of a folder.
pub(super) struct Reader {
    format: Format,
    open: Opener,
    /// The last first.
    files: Vec<PathBuf>,
    /// Links to folders, until they are counted.
    links: Vec<PathBuf>,
    current: Option<Documents<'static>>,
    ledger: Ledger,
    listed: usize,
}

impl Reader {
    pub fn new(path: &Path, format: Format, open: Opener) -> Result<Self, DataError> {
        let mut files = all_files(path)?;
        files.reverse();
        let links = Tree::of(path)?.links;
        Ok(Self { format, open, files, links, current: None, ledger: Ledger::listing(0), listed: 0 })
    }

    fn leave_out(&mut self, path: &Path, loss: Loss) {
        self.ledger.skip(loss, path, Position::START, || Item::named(""));
    }
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        for link in std::mem::take(&mut self.links) {
            self.leave_out(&link, Loss::UnreadSubFolder);
        }
        loop {
            if let Some(documents) = &mut self.current {
                match documents.next().transpose() {
                    Ok(Some(document)) => return Ok(Some(document)),
                    Ok(None) => {}
                    Err(DataError::Corpus(error)) if matches!(error.kind, CorpusErrorKind::NoDocument { .. }) => {
                        self.ledger.skip(Loss::UnreadFile, &error.path, Position::START, || Item::named(""));
                    }
                    Err(error) => return Err(error),
                }
                let of_file = documents.ledger().clone();
                self.ledger.merge(of_file);
                self.current = None;
            }
            let Some(path) = self.files.pop() else { return Ok(None) };
            if formats_of(&path)?.contains(&self.format) {
                self.current = Some((self.open)(&path, self.format)?.listing(self.listed));
            } else {
                self.leave_out(&path, Loss::UnreadFile);
            }
        }
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.listed = listed;
        self.ledger.shorten(listed);
    }
}

/// The format of the first file of a folder, at any depth, that tells one which stands in one file.
pub(super) fn format_of_folder(path: &Path) -> Option<Format> {
    let files = all_files(path).ok()?;
    files.iter().find_map(|file| match formats_of(file).ok()?.as_slice() {
        [format] if format.is_read_from_stream() && !matches!(format, Format::PlainText | Format::Conll) => {
            Some(*format)
        }
        _ => None,
    })
}

/// All files of a folder and of the folders in it, by their paths, without hidden ones.
fn all_files(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut files = Vec::new();
    for folder in Tree::of(path)?.folders {
        files.extend(folder::files(&folder, "")?);
    }
    files.retain(|file| file.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    Ok(files)
}

/// The formats that a file may be in.
fn formats_of(path: &Path) -> Result<Vec<Format>, DataError> {
    let mut head = Vec::new();
    open(path)?.take(HEAD).read_to_end(&mut head).map_err(|source| super::unreadable(path, source))?;
    Ok(detect::candidates(path, &head))
}
