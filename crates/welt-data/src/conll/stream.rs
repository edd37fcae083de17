//! Reads tagged sentences one at a time, so that a file of any size takes the memory of its longest sentence.
//! Bytes in, borrowed words and tags out; a tag is a text here, whose meaning is the affair of whoever scores it.

use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr_iter};

use super::columns::{column_number, from_either_end};
use super::dialect::{Dialect, HEAD};
use super::marks::Marks;
use super::rows::{Line, commented, kind, no_lines};
use super::{Trimmed, WordColumn};
use crate::error::{CorpusError, CorpusErrorKind, DataError};
use crate::layout::{FoundWordColumn, Layout, Separator};
use crate::text::{LONGEST_LINE, open, trimmed};

/// How many bytes are asked for at a time: small enough to stay in the processor's cache.
const BLOCK: usize = 1 << 16;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A sentence of words, each with as many tags as columns were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedRows<'b> {
    /// The words, as they stand in the file.
    pub words: Vec<&'b str>,
    /// The tags of the words, one row for each column that was asked for, in that order.
    pub tags: Vec<Vec<&'b str>>,
    /// The line of the first word, from 1; word `i` stands on line `line_number + i`.
    pub line_number: usize,
    /// How many `-DOCSTART-` lines stand before it: sentences with the same number are of one document.
    pub document: usize,
}

/// The lines of a sentence, in which all its words and tags lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct SentenceLines<'b>(&'b str);

impl SentenceLines<'_> {
    /// The column in characters, from 1, at which one of the words or tags begins.
    pub fn column_of(&self, cell: &str) -> usize {
        let start = (cell.as_ptr() as usize).saturating_sub(self.0.as_ptr() as usize);
        let before = self.0.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1
    }

    /// The first of them.
    pub fn first(&self) -> &str {
        self.0.lines().next().unwrap_or_default().trim_start_matches('\u{feff}')
    }
}

/// Which columns are kept of each line, besides the word.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    /// Those asked for, from 1 or from the end as in -1: each must hold something in every line.
    Asked(Vec<isize>),
    /// All others.
    All,
}

/// Reads the sentences of a CoNLL-like file one after the other.
///
/// ```
/// use std::path::Path;
/// use welt_data::conll::TaggedReader;
///
/// let file: &[u8] = b"Renal B-Disease B-Disease\nfailure I-Disease O\n\nNone O O\n";
/// let mut reader = TaggedReader::new(Path::new("predictions.tsv"), file, &[-2, -1]);
/// let sentence = reader.next_sentence()?.expect("a sentence");
/// assert_eq!(sentence.words, ["Renal", "failure"]);
/// assert_eq!(sentence.tags[1], ["B-Disease", "O"]);
/// assert_eq!(reader.next_sentence()?.map(|sentence| sentence.line_number), Some(4));
/// assert_eq!(reader.next_sentence()?, None);
/// # Ok::<(), welt_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct TaggedReader<R> {
    path: PathBuf,
    input: R,
    words: WordColumn,
    asked: Kept,
    /// How the file is laid out, once its beginning was read.
    dialect: Option<Dialect>,
    /// The columns that are kept of each line, from 0: the word, then those asked for. Empty until a line was read.
    kept: Vec<usize>,
    buffer: Vec<u8>,
    /// What is left to be read of the buffer.
    unread: Range<usize>,
    at_end: bool,
    layout: Layout,
    first_line: usize,
    n_sentences: usize,
    trimmed: Trimmed,
    /// Where lines and columns end in what is left to be read.
    marks: Marks,
    /// The columns of the line at hand.
    columns: Vec<Range<usize>>,
    /// The kept columns of the lines of the sentence at hand, relative to its start.
    cells: Vec<Range<usize>>,
}

impl TaggedReader<Box<dyn Read>> {
    /// Opens a file; each of the columns is counted from 1, or from the end as in -1.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open(path: &Path, columns: &[isize]) -> Result<Self, DataError> {
        Ok(Self::new(path, Box::new(open(path)?), columns))
    }
}

impl<R: Read> TaggedReader<R> {
    /// Reads from `input`, which `path` only names in messages; the column of the words is found.
    pub fn new(path: &Path, input: R, columns: &[isize]) -> Self {
        Self::keeping(path, input, WordColumn::Find, Kept::Asked(columns.to_vec()))
    }

    /// The same with the words in another column; has no effect once a sentence was read.
    #[must_use]
    pub fn words_in(mut self, column: WordColumn) -> Self {
        self.words = column;
        self
    }

    pub(super) fn keeping(path: &Path, input: R, words: WordColumn, asked: Kept) -> Self {
        Self {
            path: path.to_owned(),
            input,
            words,
            asked,
            dialect: None,
            kept: Vec::new(),
            buffer: Vec::new(),
            unread: 0..0,
            at_end: false,
            layout: no_lines(),
            first_line: 0,
            n_sentences: 0,
            trimmed: Trimmed::default(),
            marks: Marks::from(0, Separator::Tab),
            columns: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// The columns of the tags, from 1; empty until a sentence was read.
    #[must_use]
    pub fn columns(&self) -> Vec<usize> {
        self.kept.iter().skip(1).map(|column| column + 1).collect()
    }

    /// How many columns every line with a word has, the word included; 0 until a sentence was read.
    #[must_use]
    pub const fn n_columns(&self) -> usize {
        self.layout.columns
    }

    /// How many lines that begin a document were skipped so far.
    #[must_use]
    pub const fn document_lines(&self) -> usize {
        self.layout.document_lines
    }

    /// The column of the words, from 1, and why that one; nothing until a sentence was read.
    #[must_use]
    pub fn word_column(&self) -> Option<FoundWordColumn> {
        let number = self.kept.first()? + 1;
        Some(FoundWordColumn { number, ..self.dialect.as_ref()?.word_column })
    }

    /// How many words and tags lost what is not seen at their ends so far, and the line of the first, from 1; 0 where there is none.
    #[must_use]
    pub const fn trimmed_cells(&self) -> (usize, usize) {
        (self.trimmed.cells, self.trimmed.first_line)
    }

    /// Where it is read from, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next sentence, or nothing at the end of the file.
    ///
    /// # Errors
    /// Bytes that are not UTF-8, a NUL byte, no sentence in the whole file, columns that differ in number, a column that is not there, or an empty word or tag.
    pub fn next_sentence(&mut self) -> Result<Option<TaggedRows<'_>>, DataError> {
        Ok(self.next_rows()?.map(|(rows, _)| rows))
    }

    /// The next sentence with its lines, or nothing at the end of the file.
    pub(super) fn next_rows(&mut self) -> Result<Option<(TaggedRows<'_>, SentenceLines<'_>)>, DataError> {
        self.cells.clear();
        self.look_ahead()?;
        let mut cursor =
            Cursor { start: self.unread.start, next: self.unread.start, line_number: 0, document: 0, rows: 0 };
        while let Some(line) = self.line(&mut cursor)? {
            let kind = self.kind(&line);
            if matches!(kind, Line::Word) {
                if cursor.rows == 0 {
                    (cursor.line_number, cursor.document) = (self.layout.lines, self.layout.document_lines);
                }
                self.layout.ends_with_blank = false;
                self.add_row(&line, cursor.start)?;
                cursor.rows += 1;
                continue;
            }
            self.count_line(&kind, line.is_empty());
            if cursor.rows > 0 {
                break;
            }
            self.check_text(&self.buffer[line], self.layout.lines)?;
            cursor.start = cursor.next;
        }
        self.unread.start = cursor.next;
        if cursor.rows > 0 {
            self.n_sentences += 1;
            return self.rows(&cursor).map(Some);
        }
        if self.n_sentences == 0 {
            return Err(self.error_at(1, 1, CorpusErrorKind::NoSentence { lines: self.layout.lines }));
        }
        Ok(None)
    }

    /// Reads the beginning of the file, before its first line is taken, to tell how the file is laid out.
    fn look_ahead(&mut self) -> Result<(), DataError> {
        if self.dialect.is_some() {
            return Ok(());
        }
        let mut cursor = Cursor { start: 0, next: 0, line_number: 0, document: 0, rows: 0 };
        while !self.at_end && self.unread.end < HEAD {
            self.fill(&mut cursor)?;
        }
        let dialect = Dialect::of(&self.buffer[self.unread.clone()], self.words);
        self.layout.separator = dialect.separator;
        self.dialect = Some(dialect);
        Ok(())
    }

    /// What a line is, which the lines at the beginning tell where it could be a comment.
    fn kind(&self, line: &Range<usize>) -> Line {
        let line = &self.buffer[line.clone()];
        match (kind(line), &self.dialect) {
            (Line::Word, Some(dialect)) if line.first() == Some(&b'#') => {
                let text = String::from_utf8_lossy(line);
                if dialect.is_comment(&text) { commented(&text) } else { Line::Word }
            }
            (Line::Word, Some(Dialect { has_heads: true, .. }))
                if self.first_line == 0 && self.layout.head_lines == 0 =>
            {
                Line::Heads
            }
            (kind, _) => kind,
        }
    }

    /// The next line without its end, or nothing at the end of the file; leaves its columns in `self.columns`.
    fn line(&mut self, cursor: &mut Cursor) -> Result<Option<Range<usize>>, DataError> {
        self.marks.go_to(cursor.next, self.layout.separator);
        let end = loop {
            let read = &self.buffer[..self.unread.end];
            if let Some(length) = split(read, cursor.next, &mut self.marks, &mut self.columns) {
                break cursor.next + length;
            }
            if self.at_end {
                if cursor.next == self.unread.end {
                    return Ok(None);
                }
                break self.unread.end;
            }
            if self.unread.end - cursor.next > LONGEST_LINE {
                return Err(self.error_at(self.layout.lines + 1, 1, CorpusErrorKind::LongLine));
            }
            self.fill(cursor)?;
            self.marks = Marks::from(cursor.next, self.layout.separator);
        };
        if end - cursor.next > LONGEST_LINE {
            return Err(self.error_at(self.layout.lines + 1, 1, CorpusErrorKind::LongLine));
        }
        let mut line = cursor.next..end;
        cursor.next = (end + 1).min(self.unread.end);
        self.layout.lines += 1;
        if self.buffer[line.clone()].ends_with(b"\r") {
            self.layout.crlf_lines += 1;
            line.end -= 1;
        }
        if self.layout.lines == 1 && self.buffer[line.clone()].starts_with(BYTE_ORDER_MARK) {
            self.layout.byte_order_mark = true;
            line.start += BYTE_ORDER_MARK.len();
        }
        Ok(Some(line))
    }

    /// Forgets what stands before the sentence at hand and reads another block behind it.
    fn fill(&mut self, cursor: &mut Cursor) -> Result<(), DataError> {
        self.buffer.copy_within(cursor.start..self.unread.end, 0);
        let kept = self.unread.end - cursor.start;
        cursor.next -= cursor.start;
        cursor.start = 0;
        // At least doubled, so that a line as long as the file is not searched for its end again and again.
        self.buffer.resize(self.buffer.len().max(2 * kept + BLOCK), 0);
        let n_read = loop {
            match self.input.read(&mut self.buffer[kept..]) {
                Ok(n_read) => break n_read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(DataError::unreadable(&self.path, source)),
            }
        };
        self.at_end = n_read == 0;
        self.unread = 0..kept + n_read;
        // Asked before a line is looked for: a binary file may be one line as long as itself.
        match memchr(0, &self.buffer[kept..kept + n_read]) {
            None => Ok(()),
            Some(at) => {
                let lines = &self.buffer[cursor.next..];
                Err(self.error_within(lines, kept + at - cursor.next, self.layout.lines + 1, CorpusErrorKind::Nul))
            }
        }
    }

    fn count_line(&mut self, kind: &Line, empty: bool) {
        let after_blank = self.layout.ends_with_blank;
        self.layout.ends_with_blank = matches!(kind, Line::Blank);
        match kind {
            Line::Blank => {
                self.layout.blank_lines += 1;
                self.layout.repeated_blank_lines += usize::from(after_blank);
                self.layout.separator_lines += usize::from(!empty);
            }
            Line::Document => self.layout.document_lines += 1,
            Line::Marker => self.layout.marker_lines += 1,
            Line::Comment => self.layout.comment_lines += 1,
            Line::Heads => self.layout.head_lines += 1,
            Line::Word => {}
        }
    }

    fn add_row(&mut self, line: &Range<usize>, start: usize) -> Result<(), DataError> {
        if self.kept.is_empty() {
            self.begin(line)?;
        }
        while self.layout.separator == Separator::Tab
            && self.columns.len() > self.layout.columns
            && self.columns.last().is_some_and(Range::is_empty)
        {
            self.columns.pop();
            self.layout.empty_columns += 1;
        }
        self.check_row(line)?;
        let before = line.start - start;
        let text = &self.buffer[line.clone()];
        for &column in &self.kept {
            let cell = self.columns[column].clone();
            let inner = trimmed_range(text, cell.clone());
            self.trimmed.add(self.layout.lines, inner != cell);
            self.cells.push(before + inner.start..before + inner.end);
        }
        Ok(())
    }

    /// Checks a line that was split into its columns.
    fn check_row(&self, line: &Range<usize>) -> Result<(), DataError> {
        let (text, separator, first_line) = (&self.buffer[line.clone()], self.layout.separator, self.first_line);
        let error = |byte: usize, kind| Err(self.error_within(text, byte, self.layout.lines, kind));
        if separator == Separator::Space
            && let Some(tab) = memchr(b'\t', text)
        {
            return error(tab, CorpusErrorKind::MixedSeparators { first_line });
        }
        let (found, expected) = (self.columns.len(), self.layout.columns);
        if found != expected {
            return error(0, CorpusErrorKind::ColumnCount { found, expected, first_line, separator });
        }
        let asked = if matches!(self.asked, Kept::All) { &self.kept[..1] } else { &self.kept };
        match asked.iter().find(|column| self.columns[**column].is_empty()) {
            None => Ok(()),
            Some(&column) if Some(&column) == self.kept.first() => {
                error(self.columns[column].start, CorpusErrorKind::EmptyWord { number: column + 1 })
            }
            Some(&column) => error(self.columns[column].start, CorpusErrorKind::EmptyTag { number: column + 1 }),
        }
    }

    /// Settles by the first line with words what separates columns, how many there are and which are asked for.
    fn begin(&mut self, line: &Range<usize>) -> Result<(), DataError> {
        let text = &self.buffer[line.clone()];
        self.layout.separator = if memchr(b'\t', text).is_some() { Separator::Tab } else { Separator::Space };
        self.first_line = self.layout.lines;
        split(text, 0, &mut Marks::from(0, self.layout.separator), &mut self.columns);
        self.layout.columns = self.columns.len();
        let columns = self.layout.columns;
        let found = self.dialect.as_ref().map_or(1, |dialect| dialect.word_column.number);
        let words = match self.words {
            WordColumn::Find => found.min(columns),
            WordColumn::Number(asked) => from_either_end(columns, asked)
                .ok_or_else(|| self.error_at(self.first_line, 1, CorpusErrorKind::NoSuchColumn { asked, columns }))?,
        };
        self.kept.push(words - 1);
        let asked = match &self.asked {
            Kept::Asked(columns) => columns,
            Kept::All => {
                self.kept.extend((0..columns).filter(|column| column + 1 != words));
                return Ok(());
            }
        };
        for &asked in asked {
            match column_number((columns, words), asked) {
                Ok(number) => self.kept.push(number - 1),
                Err(kind) => return Err(self.error_at(self.first_line, 1, kind)),
            }
        }
        Ok(())
    }

    fn rows(&self, cursor: &Cursor) -> Result<(TaggedRows<'_>, SentenceLines<'_>), DataError> {
        let text = self.check_text(&self.buffer[cursor.start..cursor.next], cursor.line_number)?;
        let n_tags = self.kept.len() - 1;
        let rows = || self.cells.chunks_exact(n_tags + 1);
        let words = rows().map(|row| &text[row[0].clone()]).collect();
        let tags = (1..=n_tags).map(|tag| rows().map(|row| &text[row[tag].clone()]).collect()).collect();
        let (line_number, document) = (cursor.line_number, cursor.document);
        Ok((TaggedRows { words, tags, line_number, document }, SentenceLines(text)))
    }

    /// The text of some lines, the first of which has the number `line_number`.
    fn check_text<'b>(&self, bytes: &'b [u8], line_number: usize) -> Result<&'b str, DataError> {
        let error = |at, kind| Err(self.error_within(bytes, at, line_number, kind));
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(source) => {
                let at = source.valid_up_to();
                return error(at, CorpusErrorKind::NotUtf8 { byte: bytes[at] });
            }
        };
        let ends_line = |at: usize| matches!(bytes.get(at + 1), Some(b'\n') | None);
        match memchr_iter(b'\r', bytes).find(|at| !ends_line(*at)) {
            Some(at) => error(at, CorpusErrorKind::CarriageReturn),
            None => Ok(text),
        }
    }

    /// An error at a byte of some lines, the first of which has the number `line_number`.
    fn error_within(&self, lines: &[u8], byte: usize, line_number: usize, kind: CorpusErrorKind) -> DataError {
        let before = &lines[..byte];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = line_number + memchr_iter(b'\n', before).count();
        let column = String::from_utf8_lossy(&before[line_start..]).trim_start_matches('\u{feff}').chars().count() + 1;
        self.error_at(line, column, kind)
    }

    fn error_at(&self, line: usize, column: usize, kind: CorpusErrorKind) -> DataError {
        CorpusError { path: self.path.clone(), line, column, kind }.into()
    }
}

/// Where the sentence at hand stands.
struct Cursor {
    /// Where it starts in the buffer.
    start: usize,
    /// Where the line after the last one read starts in the buffer.
    next: usize,
    /// The line of its first word.
    line_number: usize,
    /// How many `-DOCSTART-` lines stand before it.
    document: usize,
    /// How many of its words were read.
    rows: usize,
}

/// A column of a line without what is not seen at its ends.
#[inline]
fn trimmed_range(line: &[u8], cell: Range<usize>) -> Range<usize> {
    let is_plain = |byte: Option<&u8>| byte.is_none_or(|byte| (b'!'..0x80).contains(byte));
    let bytes = &line[cell.clone()];
    if is_plain(bytes.first()) && is_plain(bytes.last()) { cell } else { trimmed_text(bytes, cell) }
}

/// The same, by the tables of Unicode.
#[cold]
fn trimmed_text(bytes: &[u8], cell: Range<usize>) -> Range<usize> {
    // What is no UTF-8 is refused when the sentence is whole.
    let Ok(text) = std::str::from_utf8(bytes) else { return cell };
    let inner = trimmed(text);
    let start = cell.start + (inner.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + inner.len()
}

/// The columns of the line that begins at `start`, and where it ends, both counted from there; nothing where it goes on behind
/// `buffer`.
///
/// Every TAB separates, so that a column may be empty; so does every run of spaces, but not at the end of the line.
fn split(buffer: &[u8], start: usize, marks: &mut Marks, columns: &mut Vec<Range<usize>>) -> Option<usize> {
    columns.clear();
    let text = &buffer[start..];
    let is_space = marks.separator == b' ';
    let (mut column, mut end) = (0, None);
    while let Some(at) = marks.next(buffer) {
        let at = at - start;
        if text[at] == b'\n' {
            end = Some(at);
            break;
        }
        // Of several spaces the last one ends the gap.
        if !(is_space && at > 0 && text[at - 1] == b' ') {
            columns.push(column..at);
        }
        column = at + 1;
    }
    let line = &text[..end.unwrap_or(text.len())];
    let length = line.strip_suffix(b"\r").unwrap_or(line).len();
    if !is_space || column < length || columns.is_empty() {
        columns.push(column..length);
    }
    end
}
