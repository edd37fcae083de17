//! DrugProt and ChemProt: a file of abstracts with the columns id, title and abstract, a file of entities with a row for each mention, and files of relations.
//! A folder or one of its files goes in, a document for each abstract comes out, in file order; the rows may stand in any order.
//!
//! Rows have the columns document, id (`T1`), type, start, end and text; their offsets count characters of the title, one separator and the abstract.
//! A folder may hold several parts, such as training and development, whose files are told apart by their names; they are read by name.
//! Relations are counted, not kept; a file `gold_standard` says the same relations again and is counted as a file.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::annotations::Annotations;
use super::folder::{Beside, FileNames, files};
use super::head::{Evidence, Head};
use super::lines::Lines;
use super::position::Position;
use super::{Format, Source};
use crate::document::{Document, Mention, Passage};
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};
use crate::text::FileReader;

/// What stands in the names of the files of abstracts; the first is how DrugProt itself writes it.
const ABSTRACTS: [&str; 2] = ["abstracs", "abstracts"];
/// What stands there instead in the names of the other files.
const ENTITIES: &str = "entities";
const RELATIONS: &str = "relations";
const GOLD_STANDARD: &str = "gold_standard";

/// Told by the names of the files that lie beside one another.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    if part_of(head.path).is_some() { Evidence::Certain } else { Evidence::Nothing }
}

/// A folder is told by a file of abstracts with its entities.
pub(super) fn is_folder(names: &FileNames<'_>) -> bool {
    parts(names.folder).is_ok_and(|parts| !parts.is_empty())
}

/// Reads the parts of a corpus, one after the other.
pub(super) struct Reader {
    parts: VecDeque<PathBuf>,
    open: Option<Part>,
    /// What is not read, until it is counted.
    others: Beside,
    ledger: Ledger,
}

/// One file of abstracts with what is said of them.
struct Part {
    abstracts: Lines<FileReader>,
    entities: Annotations<Mention>,
}

/// Opens a folder, or one of the files of a part.
pub(super) fn open(path: &Path) -> Result<Reader, DataError> {
    let missing = |missing| DataError::MissingFile { path: path.to_owned(), format: Format::DrugProt, missing };
    let parts = match path.is_dir() {
        true => parts(path)?,
        false => part_of(path).into_iter().collect(),
    };
    if parts.is_empty() {
        return Err(missing("file of abstracts `*abstracts*.tsv` with `*entities*.tsv` beside it"));
    }
    let of_part = |part: &PathBuf| {
        let others = [ENTITIES, RELATIONS, GOLD_STANDARD].into_iter().filter_map(|what| beside(part, what));
        others.chain([part.clone()]).collect::<Vec<_>>()
    };
    let read: Vec<PathBuf> = parts.iter().flat_map(of_part).collect();
    let read: Vec<&Path> = read.iter().map(PathBuf::as_path).collect();
    let others = Beside::of(path, &[path], &read)?;
    Ok(Reader { parts: parts.into(), open: None, others, ledger: Ledger::listing(0) })
}

/// The files of abstracts of a folder that have entities beside them, by name.
fn parts(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let is_part = |path: &PathBuf| beside(path, ENTITIES).is_some();
    Ok(files(folder, ".tsv")?.into_iter().filter(is_part).collect())
}

/// The file of abstracts of the part to which a file belongs, where it is that of the abstracts or of the entities.
fn part_of(path: &Path) -> Option<PathBuf> {
    if beside(path, ENTITIES).is_some() {
        return Some(path.to_owned());
    }
    let name = path.file_name()?.to_string_lossy().into_owned();
    let abstracts = ABSTRACTS.iter().map(|abstracts| path.with_file_name(name.replace(ENTITIES, abstracts)));
    abstracts.filter(|abstracts| abstracts != path).find(|abstracts| abstracts.is_file())
}

/// The file beside one of abstracts that holds something else of the same part.
fn beside(abstracts: &Path, what: &str) -> Option<PathBuf> {
    let name = abstracts.file_name()?.to_string_lossy().into_owned();
    // The longer name first: it holds the shorter one in none of its forms.
    let within = ABSTRACTS.iter().find(|abstracts| name.contains(**abstracts))?;
    Some(abstracts.with_file_name(name.replace(within, what))).filter(|file| file.is_file())
}

impl Reader {
    fn open(&mut self, path: &Path) -> Result<Part, DataError> {
        if let Some(relations) = beside(path, RELATIONS) {
            self.count_relations(&relations)?;
        }
        if let Some(gold) = beside(path, GOLD_STANDARD) {
            self.ledger.skip(Loss::UnreadOtherAnnotations, &gold, Position::START, || Item::named(""));
        }
        let missing = || DataError::MissingFile {
            path: path.to_owned(),
            format: Format::DrugProt,
            missing: "`*entities*.tsv` beside the abstracts",
        };
        let entities = entities(&beside(path, ENTITIES).ok_or_else(missing)?)?;
        let path: Arc<Path> = Arc::from(path);
        Ok(Part { abstracts: Lines::new(&path, super::open_file(&path)?), entities })
    }

    fn count_relations(&mut self, path: &Path) -> Result<(), DataError> {
        let path: Arc<Path> = Arc::from(path);
        let mut lines = Lines::new(&path, super::open_file(&path)?);
        let mut line_number = 0;
        while let Some(line) = lines.next_line()? {
            line_number += 1;
            if line.is_empty() {
                continue;
            }
            let (document, relation) = line.split_once('\t').unwrap_or((line, ""));
            let item = || Item { document: document.to_owned(), ..Item::named(&relation.replace('\t', " ")) };
            self.ledger.skip(Loss::UnreadRelation, &path, Position { line: line_number, column: 1 }, item);
        }
        Ok(())
    }
}

/// The rows of a file of entities.
fn entities(path: &Path) -> Result<Annotations<Mention>, DataError> {
    Annotations::read(path, |line, place| {
        let columns: Vec<&str> = line.splitn(7, '\t').collect();
        let &[document, id, entity_type, start, end, text] = columns.as_slice() else {
            return Err(place.unexpected(line, "the columns document, id, type, start, end and text"));
        };
        let mention = Mention {
            id: id.to_owned(),
            text: Some(text.to_owned()),
            ..Mention::new(entity_type, place.offsets(start, end)?)
        };
        Ok(Some((document.to_owned(), mention)))
    })
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        self.others.tell(&mut self.ledger);
        loop {
            let Some(part) = &mut self.open else {
                let Some(path) = self.parts.pop_front() else { return Ok(None) };
                self.open = Some(self.open(&path)?);
                continue;
            };
            if let Some(document) = part.next_document(&mut self.ledger)? {
                return Ok(Some(document));
            }
            self.open = None;
        }
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

impl Part {
    fn next_document(&mut self, ledger: &mut Ledger) -> Result<Option<Document>, DataError> {
        let line = loop {
            match self.abstracts.next_line()? {
                Some("") => {}
                Some(line) => break line.to_owned(),
                None => {
                    self.entities.tell_unread(ledger);
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
        let passages = vec![
            Passage { kind: "title".to_owned(), offset: 0, text: title.to_owned() },
            Passage { kind: "abstract".to_owned(), offset, text: text.to_owned() },
        ];
        let mentions = self.entities.take(id).into_iter().map(|row| row.says).collect();
        Ok(Some(Document { id: id.to_owned(), passages, mentions, sentences: None }))
    }
}
