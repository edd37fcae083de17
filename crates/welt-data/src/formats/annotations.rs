//! Annotations that stand in another file than the texts: read as a whole, then taken document by document.
//! A file of rows goes in, the rows of each document come out; what a row says is the format's affair.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lines::Lines;
use super::position::{Position, excerpt};
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};

/// The rows of a file, by the document they are about.
#[derive(Debug)]
pub(super) struct Annotations<T> {
    path: Arc<Path>,
    rows: HashMap<String, Vec<Row<T>>>,
    /// Lines that say nothing which the format has.
    odd: Vec<(usize, String)>,
}

/// What a row says.
#[derive(Debug)]
pub(super) struct Row<T> {
    pub line_number: usize,
    pub says: T,
}

impl<T> Annotations<T> {
    /// Reads a file; `row` gives the document of a line and what the line says, or nothing where it says nothing.
    pub fn read(
        path: &Path,
        row: impl Fn(&str, &RowPosition<'_>) -> Result<Option<(String, T)>, DataError>,
    ) -> Result<Self, DataError> {
        let path: Arc<Path> = Arc::from(path);
        let mut lines = Lines::new(&path, super::open_file(&path)?);
        let mut rows: HashMap<String, Vec<Row<T>>> = HashMap::new();
        let mut odd = Vec::new();
        let mut line_number = 0;
        while let Some(line) = lines.next_line()? {
            line_number += 1;
            if line.is_empty() {
                continue;
            }
            let position = RowPosition { path: &path, line_number };
            match row(line, &position) {
                Ok(Some((document, says))) => rows.entry(document).or_default().push(Row { line_number, says }),
                Ok(None) => {}
                // One odd line does not stop a corpus: it is told when all documents were read.
                Err(_) => odd.push((line_number, line.to_owned())),
            }
        }
        Ok(Self { path, rows, odd })
    }

    /// The rows of a document, in file order.
    pub fn take(&mut self, document: &str) -> Vec<Row<T>> {
        self.rows.remove(document).unwrap_or_default()
    }

    /// Counts the rows that say nothing, and those that are about documents which are not there, once all documents were read.
    pub fn tell_unread(&mut self, ledger: &mut Ledger) {
        let mut unread: Vec<(usize, String)> = std::mem::take(&mut self.odd);
        for (document, rows) in self.rows.drain() {
            unread.extend(rows.iter().map(|row| (row.line_number, format!("of {document}, which is not there"))));
        }
        unread.sort();
        for (line, text) in unread {
            ledger.skip(Loss::UnreadLine, &self.path, Position { line, column: 1 }, || Item::named(&text));
        }
    }

    pub fn path(&self) -> &Arc<Path> {
        &self.path
    }
}

/// Where a row stands.
pub(super) struct RowPosition<'p> {
    pub path: &'p Path,
    pub line_number: usize,
}

impl RowPosition<'_> {
    pub fn position(&self) -> Position {
        Position { line: self.line_number, column: 1 }
    }

    pub fn unexpected(&self, found: &str, expected: &'static str) -> DataError {
        let kind = CorpusErrorKind::Unexpected { found: excerpt(found), expected, advice: "correct the line" };
        self.position().error(self.path, kind)
    }

    /// The offsets of a row: two numbers, the second not before the first.
    pub fn offsets(&self, start: &str, end: &str) -> Result<std::ops::Range<usize>, DataError> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|_| digits);
            number.ok_or_else(|| self.unexpected(text, "an offset in characters from 0"))
        };
        let (start, end) = (number(start)?, number(end)?);
        if end < start {
            return Err(self.unexpected(&format!("{start} {end}"), "an end that is not before the start"));
        }
        Ok(start..end)
    }
}

/// The only file of a folder whose name ends in `ending`.
pub(super) fn only_file(folder: &Path, ending: &str) -> Result<Option<PathBuf>, DataError> {
    let mut files = super::folder::files(folder, ending)?;
    Ok(if files.len() == 1 { files.pop() } else { None })
}
