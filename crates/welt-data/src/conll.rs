//! Reads and writes CoNLL-like files: one word a line, columns of tags, a blank line after each sentence.
//! Bytes in, sentences out, or an error with line and column; it knows nothing of what the tags of several words mean together.
//!
//! **Lines** end in LF or CRLF; the last one may lack its end.
//! One blank line or more, or the end of the file, ends a sentence; a line of nothing but TABs and spaces is blank.
//! Lines whose first column begins with `-DOCSTART-` or is `<ALL>` or `</ALL>` end a sentence too and are skipped and counted.
//!
//! **Columns** are separated by TAB if the first line with words has one, else by ASCII spaces, and their number never changes.
//! Unicode white space never separates: corpora hold no-break and zero-width spaces within words.
//! Nothing is ever unquoted: a word may be a single quotation mark.
//!
//! **The text** is UTF-8; a byte order mark at its start is skipped and reported.
//!
//! ```
//! use std::path::Path;
//! use welt_data::conll::{self, TagColumn};
//!
//! let text = b"Renal NN B-Disease -\r\nfailure NN I-Disease +\r\n\r\n\r\nNone DT O +\r\n";
//! let corpus = conll::parse(Path::new("train.conll"), text, TagColumn::Find)?;
//! assert_eq!(corpus.tag_column.number, 3);
//! assert_eq!((corpus.sentences.len(), corpus.layout.repeated_blank_lines), (2, 1));
//!
//! let mut out = Vec::new();
//! conll::write(&mut out, &corpus.sentences)?;
//! assert_eq!(out, b"Renal\tB-Disease\nfailure\tI-Disease\n\nNone\tO\n\n");
//! # Ok::<(), welt_data::DataError>(())
//! ```

mod columns;
mod rows;
mod stream;
mod survey;
mod write;

use std::path::Path;

use welt_tags::Tag;

use crate::corpus::{Corpus, Sentence, Words, WordsSentence};
use crate::error::DataError;
use crate::text::read_bytes;

pub use crate::layout::{FoundTagColumn, Layout, LineEnding, Separator, TagColumnReason};
pub(crate) use rows::{Line, Table, kind};
pub use stream::{TaggedReader, TaggedRows};
pub use survey::{Sentences, Survey, survey};
pub(crate) use write::DocumentLines;
pub(crate) use write::checked;
pub use write::{DOCUMENT_LINE, SentenceWriter, write, write_columns};

/// Which column holds the tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagColumn {
    /// The one that holds a tag in every line: the last column is tried first, then the second, then the others from the end.
    ///
    /// A column in which most lines but not all hold a tag is taken for the column of tags with a mistake in it: an error, and no other column is tried.
    Find,
    /// This one, from 1, or negative from the end: -1 is the last.
    Number(isize),
}

/// Reads a corpus from a file.
///
/// # Errors
/// A file that cannot be read, or anything in it that [`parse`] refuses.
pub fn read(path: &Path, tag_column: TagColumn) -> Result<Corpus, DataError> {
    parse(path, &read_bytes(path)?, tag_column)
}

/// Reads a corpus from the bytes of a file; `path` only names them in messages.
///
/// # Errors
/// Bytes that are not UTF-8, a NUL byte, no sentence at all, columns that differ in number, a column that is not there, an empty word, or a text that is no tag.
pub fn parse(path: &Path, bytes: &[u8], tag_column: TagColumn) -> Result<Corpus, DataError> {
    let table = Table::read(path, bytes)?;
    let found = columns::tag_column(&table, tag_column)?;
    let sentences = table.sentences(|rows| -> Result<_, DataError> {
        let mut sentence = Sentence {
            words: Vec::with_capacity(rows.len()),
            tags: Vec::with_capacity(rows.len()),
            line_number: rows[0].line_number,
            document: table.document(&rows[0]),
        };
        // Most tags equal the one before, and a clone of `O` takes no memory.
        let mut previous: Option<(&str, Tag)> = None;
        for row in rows {
            let cell = table.cell(row, found.number);
            let tag = match previous.take() {
                Some((text, tag)) if text == cell.text => tag,
                _ => cell.text.parse().map_err(|source| table.not_a_tag(row, found.number, source))?,
            };
            sentence.words.push(table.word(row)?.to_owned());
            sentence.tags.push(tag.clone());
            previous = Some((cell.text, tag));
        }
        Ok(sentence)
    })?;
    Ok(Corpus { path: path.to_owned(), sentences, layout: table.layout, tag_column: found })
}

/// Reads words without tags from a file: column 1, whatever else the file holds.
///
/// # Errors
/// A file that cannot be read, or anything in it that [`parse_words`] refuses.
pub fn read_words(path: &Path) -> Result<Words, DataError> {
    parse_words(path, &read_bytes(path)?)
}

/// Reads words without tags from the bytes of a file; `path` only names them in messages.
///
/// # Errors
/// Bytes that are not UTF-8, a NUL byte, no sentence at all, columns that differ in number, or an empty word.
pub fn parse_words(path: &Path, bytes: &[u8]) -> Result<Words, DataError> {
    let table = Table::read(path, bytes)?;
    let sentences = table.sentences(|rows| -> Result<_, DataError> {
        let words = rows.iter().map(|row| table.word(row).map(str::to_owned)).collect::<Result<_, _>>()?;
        Ok(WordsSentence { words, line_number: rows[0].line_number })
    })?;
    Ok(Words { path: path.to_owned(), sentences, layout: table.layout })
}
