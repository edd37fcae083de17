//! Which column of a file holds the tags: the one that the caller names, or the one whose every text is a tag.

use super::TagColumn;
use super::rows::Table;
use crate::error::{CorpusError, CorpusErrorKind};
use crate::layout::{FoundTagColumn, TagColumnReason};

/// The column of tags, from 1, and why that one.
pub(super) fn tag_column(table: &Table<'_>, asked: TagColumn) -> Result<FoundTagColumn, Box<CorpusError>> {
    match asked {
        TagColumn::Number(asked) => {
            Ok(FoundTagColumn { number: number(table, asked)?, reason: TagColumnReason::Asked })
        }
        TagColumn::Find => find(table),
    }
}

/// The number of a column from 1, where the caller may count from the end and may name no column of words.
pub(super) fn number(table: &Table<'_>, asked: isize) -> Result<usize, Box<CorpusError>> {
    column_number((table.layout.columns, table.word_column.number), asked)
        .map_err(|kind| table.error_at_first_line(kind))
}

/// The number of one of so many columns, of which one holds the words, as [`number`] tells it.
pub(super) fn column_number((columns, words): (usize, usize), asked: isize) -> Result<usize, CorpusErrorKind> {
    match from_either_end(columns, asked) {
        Some(number) if number == words => Err(CorpusErrorKind::WordColumn { asked, columns }),
        Some(number) => Ok(number),
        None => Err(CorpusErrorKind::NoSuchColumn { asked, columns }),
    }
}

/// The number of one of so many columns, counted from 1 or from -1 at the end.
pub(super) fn from_either_end(columns: usize, asked: isize) -> Option<usize> {
    let number = match asked {
        1.. => Some(asked.unsigned_abs()),
        _ => (columns + 1).checked_sub(asked.unsigned_abs()),
    };
    number.filter(|number| (1..=columns).contains(number))
}

/// The columns that may hold the tags, in the order in which they are tried: those before the words, the last, the second, the others from the end.
pub(super) fn candidates(columns: usize, words: usize) -> impl Iterator<Item = (usize, TagColumnReason)> {
    let before = (1..words).map(|number| (number, TagColumnReason::BeforeWords));
    let others = (3..columns).rev().map(|number| (number, TagColumnReason::Other));
    let after = [(columns, TagColumnReason::Last), (2, TagColumnReason::Second)].into_iter().chain(others);
    before.chain(after.filter(move |(number, _)| (words + 1..=columns).contains(number)))
}

fn find(table: &Table<'_>) -> Result<FoundTagColumn, Box<CorpusError>> {
    let columns = table.layout.columns;
    for (number, reason) in candidates(columns, table.word_column.number) {
        let is_tag = |text: &str| text == "O" || super::tag(text).is_ok();
        let rows = table.rows();
        let tags = rows.iter().filter(|row| is_tag(table.cell(row, number).text)).count();
        if tags == rows.len() {
            return Ok(FoundTagColumn { number, reason });
        }
        // One mistake among the tags must not make the next column be read for the tags, such as CoNLL-2003's chunks.
        if tags * 2 > rows.len() {
            for row in rows {
                super::tag(table.cell(row, number).text).map_err(|source| table.not_a_tag(row, number, source))?;
            }
        }
    }
    let line = table.first_line().to_owned();
    Err(table.error_at_first_line(CorpusErrorKind::NoColumnOfTags { columns, line }))
}
