//! BioCreative II gene mentions: a file of sentences, and the file `GENE.eval` beside it with a row for each mention.
//! Both files go in, a document for each sentence comes out, in the order of the sentences; the rows may stand in any order.
//!
//! Offsets count the characters that are no white space, and the end is that of the last character: here they become characters of the sentence.
//! The rows of `ALTGENE.eval`, where it is there, are alternatives to the mentions: they are counted, not kept.
//! Mentions may overlap; all are of the type `GENE`.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::annotations::{Annotations, Row, only_file};
use super::folder::{Beside, FileNames};
use super::head::{Evidence, Head};
use super::lines::Lines;
use super::position::Position;
use super::{Format, Source};
use crate::document::{Document, Mention, Passage};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss};
use crate::text::FileReader;

/// Reads sentences and their gene mentions.
pub(super) struct Reader {
    sentences: Lines<FileReader>,
    genes: Annotations<Gene>,
    /// Those of `ALTGENE.eval`, until they are counted.
    alternatives: Option<Annotations<Gene>>,
    /// What is not read, until it is counted.
    beside: Beside,
    ledger: Ledger,
}

/// The offsets among characters that are no white space, the end exclusive, and the stated text.
type Gene = (Range<usize>, String);

/// A file of sentences is told by its ending.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    if head.ending == "in" { Evidence::Named } else { Evidence::Nothing }
}

/// A folder is told by its file of annotations.
pub(super) fn is_folder(names: &FileNames<'_>) -> bool {
    names.has("GENE.eval")
}

/// Opens a folder with one `*.in`, or the file of sentences.
pub(super) fn open(path: &Path) -> Result<Reader, DataError> {
    let missing = |missing| DataError::MissingFile { path: path.to_owned(), format: Format::Bc2gm, missing };
    let (folder, sentences) = match path.is_dir() {
        true => (path, only_file(path, ".in")?.ok_or_else(|| missing("single file of sentences `*.in`"))?),
        false => (path.parent().unwrap_or(path), path.to_owned()),
    };
    let genes = folder.join("GENE.eval");
    if !genes.is_file() {
        return Err(missing("GENE.eval"));
    }
    let alternatives = Some(folder.join("ALTGENE.eval")).filter(|path| path.is_file());
    let read: Vec<&Path> = [&sentences, &genes].into_iter().chain(&alternatives).map(PathBuf::as_path).collect();
    let beside = Beside::of(path, &[folder], &read)?;
    let genes = self::genes(&genes)?;
    let alternatives = alternatives.map(|path| self::genes(&path)).transpose()?;
    let sentences_path: Arc<Path> = Arc::from(sentences);
    let sentences = Lines::new(&sentences_path, super::open_file(&sentences_path)?);
    Ok(Reader { sentences, genes, alternatives, beside, ledger: Ledger::listing(0) })
}

/// The rows of a file of mentions.
fn genes(path: &Path) -> Result<Annotations<Gene>, DataError> {
    let expected = "`sentence|start end|text` with offsets that count characters other than white space";
    Annotations::read(path, |line, row| {
        let mut columns = line.splitn(3, '|');
        let (id, offsets, text) = (columns.next(), columns.next(), columns.next().unwrap_or_default());
        let (Some(id), Some((start, last))) = (id, offsets.and_then(|offsets| offsets.split_once(' '))) else {
            return Err(row.unexpected(line, expected));
        };
        let Range { start, end: last } = row.offsets(start, last)?;
        let end = last.checked_add(1).ok_or_else(|| row.unexpected(line, expected))?;
        Ok(Some((id.to_owned(), (start..end, text.to_owned()))))
    })
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        self.beside.tell(&mut self.ledger);
        let line = loop {
            match self.sentences.next_line()? {
                Some("") => {}
                Some(line) => break line,
                None => {
                    self.genes.tell_unread(&mut self.ledger);
                    if let Some(alternatives) = &mut self.alternatives {
                        alternatives.tell_unread(&mut self.ledger);
                    }
                    return Ok(None);
                }
            }
        };
        let (id, text) = line.split_once(' ').unwrap_or((line, ""));
        let genes = self.genes.take(id);
        let alternatives = self.alternatives.as_mut().map(|rows| rows.take(id)).unwrap_or_default();
        let characters = (!genes.is_empty() || !alternatives.is_empty()).then(|| Characters::new(text));
        let mention = |(offsets, stated): Gene| {
            let span = |characters: &Characters| characters.start(offsets.start)..characters.end(offsets.end);
            Mention { text: Some(stated), ..Mention::new("GENE", characters.as_ref().map(span).unwrap_or_default()) }
        };
        let mentions = genes.into_iter().map(|gene| mention(gene.says)).collect();
        if let Some(rows) = &self.alternatives {
            for Row { line_number, says } in alternatives {
                let position = Position { line: line_number, column: 1 };
                self.ledger.skip(Loss::UnreadAlternative, rows.path(), position, || Item::stated(id, &mention(says)));
            }
        }
        let passages = vec![Passage { kind: "sentence".to_owned(), offset: 0, text: text.to_owned() }];
        Ok(Some(Document { id: id.to_owned(), passages, mentions, sentences: None }))
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

/// The characters of a sentence that are no white space, by their indices.
struct Characters {
    indices: Vec<usize>,
    length: usize,
}

impl Characters {
    fn new(text: &str) -> Self {
        let indices = text.chars().enumerate().filter(|(_, character)| !character.is_whitespace());
        Self { indices: indices.map(|(index, _)| index).collect(), length: text.chars().count() }
    }

    /// Where a character begins; beyond the sentence offsets go on one by one, so that they stay out of it.
    fn start(&self, offset: usize) -> usize {
        let beyond = || self.length.saturating_add(offset - self.indices.len());
        self.indices.get(offset).copied().unwrap_or_else(beyond)
    }

    /// Where the character before an offset ends.
    fn end(&self, offset: usize) -> usize {
        offset.checked_sub(1).map_or(0, |last| self.start(last).saturating_add(1))
    }
}
