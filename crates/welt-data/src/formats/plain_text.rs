//! Plain text: a file is a document of one passage without mentions, its name without the ending is the id.
//! Read from a file, a stream or a folder of `.txt`; written as a folder of `.txt`, of which the mentions are lost.
//!
//! A byte order mark is left out; everything else is kept to the character, carriage returns included.
//! A text that begins with such a character is written with another one before it, so that it is read back.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::book::Book;
use super::brat::text_of;
use super::folder::{self, NewFolder};
use super::lines::{Returns, checked};
use super::position::Position;
use super::{Sink, Source};
use crate::document::{Document, Passage};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss};

/// Reads a folder of texts.
#[derive(Debug)]
pub(super) struct Reader {
    /// The last first.
    files: Vec<PathBuf>,
    /// Those that are not read, until they are counted.
    sub_folders: Vec<PathBuf>,
    ledger: Ledger,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let mut files = folder::files(path, ".txt")?;
        files.reverse();
        Ok(Self { files, sub_folders: folder::sub_folders(path, &[".txt"])?, ledger: Ledger::listing(0) })
    }
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        for folder in std::mem::take(&mut self.sub_folders) {
            self.ledger.skip(Loss::UnreadSubFolder, &folder, Position::START, || Item::named(""));
        }
        let Some(path) = self.files.pop() else { return Ok(None) };
        Ok(Some(document(&path, &folder::text(&path)?)))
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
        self.0.write(id, ".txt", &text)
    }

    fn finish(&mut self) -> Result<(), DataError> {
        Ok(())
    }
}
