//! CHEMDNER: a file of abstracts with the columns id, title and abstract, and a file of annotations with a row for each chemical name.
//! Both go in, a document for each abstract comes out, in file order; the rows may stand in any order.
//!
//! Rows have the columns id, part (`T` or `A`), start, end, text and class.
//! Offsets count characters of the part, the title or the abstract: here they become those of the document, in which one separator follows the title.
//! The class, such as `TRIVIAL`, is the entity type.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::annotations::{Annotations, only_file};
use super::folder::{Beside, FileNames};
use super::head::{Evidence, Head};
use super::lines::Lines;
use super::{Format, Source};
use crate::document::{Document, Mention, Passage};
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::Ledger;
use crate::text::FileReader;

/// How the name of the file of abstracts ends; that of the annotations ends in `annotations.txt`.
const ABSTRACTS: &str = "abstracts.txt";
/// How the name of the file of annotations ends.
const ANNOTATIONS: &str = "annotations.txt";

/// Reads abstracts and their chemical names.
pub(super) struct Reader {
    abstracts: Lines<FileReader>,
    names: Annotations<Name>,
    /// What is not read, until it is counted.
    beside: Beside,
    ledger: Ledger,
}

/// A row without its document.
struct Name {
    in_title: bool,
    characters: Range<usize>,
    text: String,
    class: String,
}

/// A file of abstracts is told by its name and the annotations beside it.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let name = head.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let annotations = name.strip_suffix(ABSTRACTS).map(|prefix| format!("{prefix}{ANNOTATIONS}"));
    let is_beside = annotations.is_some_and(|annotations| head.path.with_file_name(annotations).is_file());
    if is_beside { Evidence::Certain } else { Evidence::Nothing }
}

/// A folder is told by both files.
pub(super) fn is_folder(names: &FileNames<'_>) -> bool {
    names.ends_in(ABSTRACTS) && names.ends_in(ANNOTATIONS)
}

/// Opens a folder with one `*abstracts.txt`, or that file.
pub(super) fn open(path: &Path) -> Result<Reader, DataError> {
    let missing = |missing| DataError::MissingFile { path: path.to_owned(), format: Format::Chemdner, missing };
    let abstracts_path = match path.is_dir() {
        true => only_file(path, ABSTRACTS)?.ok_or_else(|| missing("single file `*abstracts.txt`"))?,
        false => path.to_owned(),
    };
    let name = abstracts_path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let prefix = name.strip_suffix(ABSTRACTS).ok_or_else(|| missing("name that ends in `abstracts.txt`"))?;
    let names_path = abstracts_path.with_file_name(format!("{prefix}annotations.txt"));
    if !names_path.is_file() {
        return Err(missing("`*annotations.txt` beside the abstracts"));
    }
    let folder = abstracts_path.parent().unwrap_or(path);
    let beside = Beside::of(path, &[folder], &[&abstracts_path, &names_path])?;
    let names = Annotations::read(&names_path, |line, row| {
        let columns: Vec<&str> = line.splitn(7, '\t').collect();
        let &[id, part @ ("T" | "A"), start, end, text, class] = columns.as_slice() else {
            return Err(row.unexpected(line, "the columns id, T or A, start, end, text and class"));
        };
        let characters = row.offsets(start, end)?;
        let name = Name { in_title: part == "T", characters, text: text.to_owned(), class: class.to_owned() };
        Ok(Some((id.to_owned(), name)))
    })?;
    let path: Arc<Path> = Arc::from(abstracts_path);
    let abstracts = Lines::new(&path, super::open_file(&path)?);
    Ok(Reader { abstracts, names, beside, ledger: Ledger::listing(0) })
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        self.beside.tell(&mut self.ledger);
        let line = loop {
            match self.abstracts.next_line()? {
                Some("") => {}
                Some(line) => break line.to_owned(),
                None => {
                    self.names.tell_unread(&mut self.ledger);
                    return Ok(None);
                }
            }
        };
        let &[id, title, text] = line.splitn(4, '\t').collect::<Vec<_>>().as_slice() else {
            let kind = CorpusErrorKind::Unexpected {
                found: format!("{} columns", line.split('\t').count()),
                expected: "the columns id, title and abstract",
                advice: "correct the line",
            };
            return Err(self.abstracts.error(&line, 0, kind));
        };
        let offset = title.chars().count() + 1;
        let mention = |name: Name| {
            let by = if name.in_title { 0 } else { offset };
            let characters = name.characters.start.saturating_add(by)..name.characters.end.saturating_add(by);
            Mention { text: Some(name.text), ..Mention::new(&name.class, characters) }
        };
        let mentions = self.names.take(id).into_iter().map(|row| mention(row.says)).collect();
        let passages = vec![
            Passage { kind: "title".to_owned(), offset: 0, text: title.to_owned() },
            Passage { kind: "abstract".to_owned(), offset, text: text.to_owned() },
        ];
        Ok(Some(Document { id: id.to_owned(), passages, mentions, sentences: None }))
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}
