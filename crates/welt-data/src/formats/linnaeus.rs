//! LINNAEUS: `tags.tsv` with a row for each species name, and the folder `txt` with the documents.
//! Both go in, a document for each text comes out, by file name, also for a text without any tag.
//!
//! Rows have the columns species id, document, start, end, text and code; lines that begin with `#` are comments.
//! Offsets count characters of the text, which is UTF-8 (79 of the 100 texts are not ASCII), with its line breaks.
//! An id such as `species:ncbi:4932` is the entry `4932` of the database `species:ncbi`; all mentions are of the type `Species`.
//! The code (a misspelling, a modifier) is counted, not kept.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::annotations::{Annotations, Row};
use super::folder::{self, Beside, FileNames};
use super::head::{Evidence, Head};
use super::position::Position;
use super::{Format, Source};
use crate::document::{Document, Identifier, Mention, Passage};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss};

/// The file of all rows.
const TAGS: &str = "tags.tsv";

/// The file of rows is told by its name.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    if head.name == TAGS { Evidence::Named } else { Evidence::Nothing }
}

/// A folder is told by that file and the folder of texts beside it.
pub(super) fn is_folder(names: &FileNames<'_>) -> bool {
    names.has(TAGS) && names.folder.join("txt").is_dir()
}

/// Reads the texts and their tags.
pub(super) struct Reader {
    /// The last first.
    texts: Vec<PathBuf>,
    tags: Annotations<Tag>,
    /// What is not read, until it is counted.
    beside: Beside,
    ledger: Ledger,
}

/// A row without its document.
struct Tag {
    identifier: Identifier,
    characters: Range<usize>,
    text: String,
    has_code: bool,
}

impl Reader {
    /// Opens the folder, or the file of tags in it.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let tags_path = if path.is_dir() { path.join(TAGS) } else { path.to_owned() };
        let parent = tags_path.parent().unwrap_or(path).to_owned();
        let missing = |missing| DataError::MissingFile { path: path.to_owned(), format: Format::Linnaeus, missing };
        if !tags_path.is_file() {
            return Err(missing(TAGS));
        }
        let folder = parent.join("txt");
        if !folder.is_dir() {
            return Err(missing("folder txt"));
        }
        let tags = Annotations::read(&tags_path, |line, row| {
            if line.starts_with('#') {
                return Ok(None);
            }
            let columns: Vec<&str> = line.splitn(7, '\t').collect();
            let (&[id, document, start, end, text] | &[id, document, start, end, text, _]) = columns.as_slice() else {
                return Err(row.unexpected(line, "the columns species id, document, start, end, text and code"));
            };
            let (database, entry) = id.rsplit_once(':').unwrap_or(("", id));
            let identifier = Identifier { database: database.to_owned(), id: entry.to_owned() };
            let characters = row.offsets(start, end)?;
            let has_code = columns.get(5).is_some_and(|code| !code.is_empty());
            Ok(Some((document.to_owned(), Tag { identifier, characters, text: text.to_owned(), has_code })))
        })?;
        let mut texts = folder::files(&folder, ".txt")?;
        texts.reverse();
        let read: Vec<&Path> = texts.iter().chain([&tags_path]).map(PathBuf::as_path).collect();
        let beside = Beside::of(path, &[&parent, &folder], &read)?;
        Ok(Self { texts, tags, beside, ledger: Ledger::listing(0) })
    }
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        self.beside.tell(&mut self.ledger);
        let Some(path) = self.texts.pop() else {
            self.tags.tell_unread(&mut self.ledger);
            return Ok(None);
        };
        let id = folder::stem(&path);
        let mut mentions = Vec::new();
        for Row { line_number, says: tag } in self.tags.take(&id) {
            let mention = Mention {
                text: Some(tag.text),
                identifiers: vec![tag.identifier],
                ..Mention::new("Species", tag.characters)
            };
            if tag.has_code {
                let position = Position { line: line_number, column: 1 };
                let item = || Item::stated(&id, &mention);
                self.ledger.skip(Loss::UnreadCategoryCode, self.tags.path(), position, item);
            }
            mentions.push(mention);
        }
        let passages = vec![Passage { kind: String::new(), offset: 0, text: folder::text(&path)? }];
        Ok(Some(Document { id, passages, mentions, sentences: None }))
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}
