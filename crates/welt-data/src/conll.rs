//! Reads and writes CoNLL-like files: one word a line, columns of tags, a blank line after each sentence.
//! Bytes in, sentences out, or an error with line and column; it knows nothing of what the tags of several words mean together.
//!
//! **Lines** end in LF or CRLF; the last one may lack its end.
//! One blank line or more, or the end of the file, ends a sentence; a line of nothing but TABs and spaces is blank.
//! Lines whose first column begins with `-DOCSTART-` or is `<ALL>` or `</ALL>` end a sentence too and are skipped and counted;
//! so are comments, which begin with `#` and have other columns than the words (`#<TAB>O` is a word), and a line at the start that names the columns.
//! `-DOCSTART-` begins a document, and so do `###MEDLINE:95369245`, `# newdoc`, `#begin document` and their like.
//!
//! **Columns** are separated by TAB if the first line with words has one, else by ASCII spaces, and their number never changes.
//! Unicode white space never separates: corpora hold no-break and zero-width spaces within words.
//! At the ends of words, tags and types it is left out and counted, and so are characters of no width; a word of nothing else stays.
//! The words stand in the first column, or behind columns of tags, counts and names of sentences ([`WordColumn::Find`]).
//! Columns without anything in them behind the last one are left out and counted.
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
mod dialect;
mod marks;
mod rows;
mod stream;
mod survey;
mod write;

use std::path::Path;

use welt_tags::{Tag, TagError};

use crate::corpus::{Corpus, Sentence, Words, WordsSentence};
use crate::error::DataError;
use crate::text::{read_bytes, trimmed};

pub use crate::layout::{
    FoundTagColumn, FoundWordColumn, Layout, LineEnding, Separator, TagColumnReason, WordColumnReason,
};
pub(crate) use dialect::{are_counts, are_plainly_tags};
pub(crate) use rows::{Line, Table, kind};
pub use stream::{TaggedReader, TaggedRows};
pub use survey::{Sentences, Survey, survey};
pub(crate) use write::DocumentLines;
pub(crate) use write::checked;
pub use write::{DOCUMENT_LINE, SentenceWriter, write, write_columns};

/// Which column holds the tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagColumn {
    /// The one that holds a tag in every line: columns before the words are tried first, then the last, then the second, then the others from the end.
    ///
    /// A column in which most lines but not all hold a tag is taken for the column of tags with a mistake in it: an error, and no other column is tried.
    Find,
    /// This one, from 1, or negative from the end: -1 is the last.
    Number(isize),
}

/// Which column holds the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordColumn {
    /// The one that a line of heads names, or else the first that is not plainly something else in all lines at the beginning of the file:
    /// tags, numbers that count the words or the characters, or one text throughout each sentence.
    Find,
    /// This one, from 1, or negative from the end: -1 is the last.
    Number(isize),
}

/// Which columns hold the words and the tags; made of a [`TagColumn`] where the words are to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Those of the words.
    pub words: WordColumn,
    /// Those of the tags.
    pub tags: TagColumn,
}

impl Columns {
    /// Both are found.
    pub const FIND: Self = Self { words: WordColumn::Find, tags: TagColumn::Find };

    /// Those with these numbers; what has none is found.
    #[must_use]
    pub fn of(words: Option<isize>, tags: Option<isize>) -> Self {
        Self {
            words: words.map_or(WordColumn::Find, WordColumn::Number),
            tags: tags.map_or(TagColumn::Find, TagColumn::Number),
        }
    }
}

impl From<TagColumn> for Columns {
    fn from(tags: TagColumn) -> Self {
        Self { words: WordColumn::Find, tags }
    }
}

/// Reads a corpus from a file.
///
/// # Errors
/// A file that cannot be read, or anything in it that [`parse`] refuses.
pub fn read(path: &Path, columns: impl Into<Columns>) -> Result<Corpus, DataError> {
    parse(path, &read_bytes(path)?, columns)
}

/// Reads a corpus from the bytes of a file; `path` only names them in messages.
///
/// # Errors
/// Bytes that are not UTF-8, a NUL byte, no sentence at all, columns that differ in number, a column that is not there, an empty word, or a text that is no tag.
pub fn parse(path: &Path, bytes: &[u8], columns: impl Into<Columns>) -> Result<Corpus, DataError> {
    let columns = columns.into();
    let mut table = Table::read(path, bytes, columns.words)?;
    let found = columns::tag_column(&table, columns.tags)?;
    let mut trimmed = Trimmed::default();
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
                _ => tag(cell.text).map_err(|source| table.not_a_tag(row, found.number, source))?,
            };
            sentence.words.push(table.word(row)?.to_owned());
            sentence.tags.push(tag.clone());
            trimmed.add(row.line_number, table.is_trimmed(row, table.word_column.number));
            trimmed.add(row.line_number, table.is_trimmed(row, found.number) || is_type_trimmed(cell.text, &tag));
            previous = Some((cell.text, tag));
        }
        Ok(sentence)
    })?;
    trimmed.tell(&mut table.layout);
    let word_column = table.word_column;
    Ok(Corpus { path: path.to_owned(), sentences, layout: table.layout, word_column, tag_column: found })
}

/// Reads words without tags from a file, whatever else it holds.
///
/// # Errors
/// A file that cannot be read, or anything in it that [`parse_words`] refuses.
pub fn read_words(path: &Path, column: WordColumn) -> Result<Words, DataError> {
    parse_words(path, &read_bytes(path)?, column)
}

/// Reads words without tags from the bytes of a file; `path` only names them in messages.
///
/// # Errors
/// Bytes that are not UTF-8, a NUL byte, no sentence at all, columns that differ in number, a column that is not there, or an empty word.
pub fn parse_words(path: &Path, bytes: &[u8], column: WordColumn) -> Result<Words, DataError> {
    let mut table = Table::read(path, bytes, column)?;
    let mut trimmed = Trimmed::default();
    let sentences = table.sentences(|rows| -> Result<_, DataError> {
        let words = rows.iter().map(|row| table.word(row).map(str::to_owned)).collect::<Result<_, _>>()?;
        rows.iter().for_each(|row| trimmed.add(row.line_number, table.is_trimmed(row, table.word_column.number)));
        Ok(WordsSentence { words, line_number: rows[0].line_number })
    })?;
    trimmed.tell(&mut table.layout);
    Ok(Words { path: path.to_owned(), sentences, layout: table.layout, word_column: table.word_column })
}

/// A text as a tag, whose type has nothing unseen at its ends.
pub(crate) fn tag(text: &str) -> Result<Tag, TagError> {
    let tag: Tag = text.parse()?;
    let inner = trimmed(tag.entity_type());
    Ok(if inner == tag.entity_type() { tag } else { Tag::new(tag.prefix(), inner) })
}

/// Whether the type of a tag lost something that stands in its text.
pub(crate) fn is_type_trimmed(text: &str, tag: &Tag) -> bool {
    !tag.entity_type().is_empty() && text.len() != tag.entity_type().len() + 2
}

/// How many cells lost what is not seen at their ends, and where the first is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Trimmed {
    pub cells: usize,
    pub first_line: usize,
}

impl Trimmed {
    pub fn add(&mut self, line: usize, is_trimmed: bool) {
        if is_trimmed {
            self.cells += 1;
            self.first_line = if self.first_line == 0 { line } else { self.first_line };
        }
    }

    fn tell(self, layout: &mut Layout) {
        (layout.trimmed_cells, layout.first_trimmed_line) = (self.cells, self.first_line);
    }
}
