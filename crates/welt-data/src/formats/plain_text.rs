//! Plain text: a file is a document of one passage without mentions, its name without the ending is the id.
//! Read from a file, a stream or a folder of `.txt`; written as a folder of `.txt`, of which the mentions are lost.
//!
//! A byte order mark is left out; everything else is kept to the character, carriage returns included.
//! A text that begins with such a character is written with another one before it, so that it is read back.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::book::Book;
use super::brat::text_of;
use super::conll;
use super::folder::{self, FileNames, NewFolder, TEXT, Tree};
use super::head::{Evidence, Head, Shape};
use super::lines::{Returns, checked};
use super::position::Position;
use super::{Sink, Source};
use crate::document::{Document, Passage};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss};
use crate::text::open;

/// Bytes of a text in a folder that are looked at.
const HEAD: u64 = 1 << 12;

/// How files end that may hold the annotations of the text beside them.
const ANNOTATIONS: [&str; 4] = ["ann", "a1", "a2", "con"];

/// A text is told by its ending, and by not being what programs write.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    if head.ending == "txt" && head.shape == Shape::Lines { Evidence::Possible } else { Evidence::Nothing }
}

/// A folder is told by its texts: read as plain text, tags would become words, and no folder of tagged files is read.
pub(super) fn is_folder(names: &FileNames<'_>) -> bool {
    let first = names.names.iter().find(|name| folder::unpacked(name).ends_with(".txt"));
    first.is_some_and(|first| !begins_with_tags(&names.folder.join(first)))
}

fn begins_with_tags(path: &Path) -> bool {
    let mut bytes = Vec::new();
    let is_read = open(path).is_ok_and(|file| file.take(HEAD).read_to_end(&mut bytes).is_ok());
    let text = String::from_utf8_lossy(&bytes);
    is_read && conll::evidence(&Head::new(path, &text)) > Evidence::Possible
}

/// Reads a folder of texts.
#[derive(Debug)]
pub(super) struct Reader {
    /// What the ids of documents are paths in.
    root: PathBuf,
    /// The last first.
    files: Vec<PathBuf>,
    /// What is not read, until it is counted.
    unread: Vec<(PathBuf, Loss)>,
    ledger: Ledger,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let tree = Tree::of(path)?;
        let (mut files, mut unread) = (Vec::new(), Vec::new());
        for folder in &tree.folders {
            let texts = folder::files(folder, ".txt")?;
            if texts.is_empty() && folder != path {
                continue;
            }
            let documents = texts.iter().map(|file| folder::stem(file)).collect();
            unread.extend(folder::unread(folder, |name| name.ends_with(".txt"), &documents)?);
            files.extend(texts);
        }
        unread.extend(tree.links.into_iter().map(|folder| (folder, Loss::UnreadSubFolder)));
        files.reverse();
        Ok(Self { root: path.to_owned(), files, unread, ledger: Ledger::listing(0) })
    }
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        for (path, loss) in std::mem::take(&mut self.unread) {
            self.ledger.skip(loss, &path, Position::START, || Item::named(""));
        }
        let Some(path) = self.files.pop() else { return Ok(None) };
        let id = folder::name_in(&self.root, &folder::without_ending(&path));
        Ok(Some(Document { id, ..document(&path, &folder::text(&path)?) }))
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

/// Reads a stream, which is one document.
pub(super) struct Stream<R> {
    path: Arc<Path>,
    reader: Option<R>,
    ledger: Ledger,
}

impl<R: BufRead> Stream<R> {
    pub fn new(path: &Arc<Path>, reader: R) -> Self {
        Self { path: Arc::clone(path), reader: Some(reader), ledger: Ledger::listing(0) }
    }
}

impl<R: BufRead> Source for Stream<R> {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        let Some(mut reader) = self.reader.take() else { return Ok(None) };
        for path in ANNOTATIONS.map(|ending| self.path.with_extension(ending)).iter().filter(|path| path.is_file()) {
            self.ledger.skip(Loss::UnreadOtherAnnotations, path, Position::START, || Item::named(""));
        }
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|source| super::unreadable(&self.path, source))?;
        let text = checked(&self.path, Position::START, &bytes, Returns::Kept)?;
        Ok(Some(document(&self.path, text)))
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

fn document(path: &Path, text: &str) -> Document {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let passages = vec![Passage { kind: String::new(), offset: 0, text }];
    Document { id: folder::stem(path), passages, mentions: Vec::new(), sentences: None }
}

/// Writes a folder of texts.
#[derive(Debug)]
pub(super) struct Writer(NewFolder);

impl Writer {
    pub fn new(folder: NewFolder) -> Self {
        Self(folder)
    }
}

impl Sink for Writer {
    fn write(&mut self, document: &Document, losses: &mut Book<'_, '_>) -> Result<(), DataError> {
        let id = &document.id;
        losses.add_if(document.sentences.is_some(), Loss::UnwrittenWords);
        for mention in &document.mentions {
            losses.add_of(Loss::UnwrittenMentions, mention);
        }
        let is_whole = matches!(document.passages.as_slice(), [only] if only.kind.is_empty() && only.offset == 0);
        losses.add_if(!is_whole, Loss::UnwrittenPassages);
        let mut text = text_of(document);
        if text.starts_with('\u{feff}') {
            text.insert(0, '\u{feff}');
        }
        let name = self.0.name(id, losses)?;
        self.0.write(&name, TEXT, &text)
    }

    fn goes_on(&mut self) -> Result<(), DataError> {
        self.0.goes_on()
    }

    fn files(&mut self) -> Vec<String> {
        self.0.files()
    }

    fn finish(&mut self) -> Result<(), DataError> {
        Ok(())
    }
}
