//! The lines of a CoNLL-like file, cut into columns and gathered into sentences.
//! Bytes in, a table of borrowed texts out; what stands in a column is not looked at, save that a line needs a word.

use std::path::{Path, PathBuf};

use welt_tags::TagError;

use super::WordColumn;
use super::columns::from_either_end;
use super::dialect::Dialect;
use crate::error::{CorpusError, CorpusErrorKind};
use crate::layout::{FoundWordColumn, Layout, LineEnding, Separator};
use crate::text::{Decoded, decode, trimmed};

/// A line with a word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'t> {
    /// The line without its end.
    text: &'t str,
    /// Where the last column begins, in bytes: most tags stand there.
    last_start: usize,
    /// From 1.
    pub line_number: usize,
}

/// One column of one line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'t> {
    /// What stands there.
    pub text: &'t str,
    /// Where it begins in the line, in bytes.
    pub start: usize,
}

/// The lines with words of a file, every one with the same number of columns.
#[derive(Debug)]
pub(crate) struct Table<'t> {
    path: PathBuf,
    rows: Vec<Row<'t>>,
    /// Where each sentence ends among the rows.
    ends: Vec<usize>,
    /// The line of each document line, from 1.
    documents: Vec<usize>,
    dialect: Dialect,
    pub layout: Layout,
    pub word_column: FoundWordColumn,
}

/// What a line is to the reader.
pub(crate) enum Line {
    Blank,
    Document,
    Marker,
    /// A comment, which only the columns of the other lines tell.
    Comment,
    /// The names of the columns, which only the lines after it tell.
    Heads,
    Word,
}

impl<'t> Table<'t> {
    /// Cuts a file into lines and sentences; `path` only names it in messages.
    pub fn read(path: &Path, bytes: &'t [u8], words: WordColumn) -> Result<Self, Box<CorpusError>> {
        let Decoded { text, byte_order_mark } = decode(path, bytes)?;
        let dialect = Dialect::of(bytes, words);
        let mut table = Self {
            path: path.to_owned(),
            rows: Vec::new(),
            ends: Vec::new(),
            documents: Vec::new(),
            word_column: dialect.word_column,
            dialect,
            layout: no_lines(),
        };
        table.layout.byte_order_mark = byte_order_mark;
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            table.add(line)?;
        }
        table.end_sentence();
        let layout = &mut table.layout;
        // The last line may lack its end and then says nothing of how lines end here.
        let ended = layout.lines - usize::from(!text.ends_with('\n'));
        layout.line_ending = match layout.crlf_lines {
            0 => LineEnding::Lf,
            crlf if crlf >= ended => LineEnding::CrLf,
            _ => LineEnding::Mixed,
        };
        if table.rows.is_empty() {
            let lines = if text.is_empty() { 0 } else { table.layout.lines };
            return Err(table.error_at(1, 1, CorpusErrorKind::NoSentence { lines }));
        }
        if let WordColumn::Number(asked) = words {
            let columns = table.layout.columns;
            let missing = || table.error_at_first_line(CorpusErrorKind::NoSuchColumn { asked, columns });
            table.word_column.number = from_either_end(columns, asked).ok_or_else(missing)?;
        }
        Ok(table)
    }

    fn add(&mut self, line: &'t str) -> Result<(), Box<CorpusError>> {
        let text = line.strip_suffix('\r').unwrap_or(line);
        self.layout.lines += 1;
        self.layout.crlf_lines += usize::from(text.len() < line.len());
        let kind = match kind(text.as_bytes()) {
            Line::Word if text.starts_with('#') && self.dialect.is_comment(text) => commented(text),
            Line::Word if self.begins_with_heads() => Line::Heads,
            kind => kind,
        };
        let after_blank = self.layout.ends_with_blank;
        self.layout.ends_with_blank = matches!(kind, Line::Blank);
        match kind {
            Line::Blank => {
                self.layout.blank_lines += 1;
                self.layout.repeated_blank_lines += usize::from(after_blank);
                self.layout.separator_lines += usize::from(!text.is_empty());
            }
            Line::Document => {
                self.layout.document_lines += 1;
                self.documents.push(self.layout.lines);
            }
            Line::Marker => self.layout.marker_lines += 1,
            Line::Comment => self.layout.comment_lines += 1,
            Line::Heads => self.layout.head_lines += 1,
            Line::Word => return self.add_row(text),
        }
        self.end_sentence();
        Ok(())
    }

    /// Whether the next line names the columns: the first one that is none of the others.
    fn begins_with_heads(&self) -> bool {
        self.dialect.has_heads && self.layout.head_lines == 0 && self.rows.is_empty()
    }

    fn add_row(&mut self, text: &'t str) -> Result<(), Box<CorpusError>> {
        if self.rows.is_empty() {
            self.layout.separator = if text.contains('\t') { Separator::Tab } else { Separator::Space };
        }
        let separator = self.layout.separator;
        let (mut found, mut last_start) = columns(text, separator);
        let mut text = text;
        let expected = self.layout.columns;
        while separator == Separator::Tab && !self.rows.is_empty() && found > expected && text.ends_with('\t') {
            text = &text[..text.len() - 1];
            self.layout.empty_columns += 1;
            (found, last_start) = columns(text, separator);
        }
        let row = Row { text, last_start, line_number: self.layout.lines };
        let Some(first) = self.rows.first() else {
            self.layout.columns = found;
            self.rows.push(row);
            return Ok(());
        };
        let first_line = first.line_number;
        if separator == Separator::Space
            && let Some(start) = text.find('\t')
        {
            return Err(self.error(&row, start, CorpusErrorKind::MixedSeparators { first_line }));
        }
        if found != expected {
            let kind = CorpusErrorKind::ColumnCount { found, expected, first_line, separator };
            return Err(self.error(&row, 0, kind));
        }
        self.rows.push(row);
        Ok(())
    }

    fn end_sentence(&mut self) {
        if self.ends.last().copied().unwrap_or(0) < self.rows.len() {
            self.ends.push(self.rows.len());
        }
    }

    /// The lines with words, in file order: at least one.
    pub fn rows(&self) -> &[Row<'t>] {
        &self.rows
    }

    /// What `sentence` makes of the lines of each sentence, in file order.
    pub fn sentences<S, E>(&self, mut sentence: impl FnMut(&[Row<'t>]) -> Result<S, E>) -> Result<Vec<S>, E> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| sentence(&self.rows[start..*end])).collect()
    }

    /// The document that a line stands in, from 1; 0 before the first document line.
    pub fn document(&self, row: &Row<'t>) -> usize {
        self.documents.partition_point(|line| *line < row.line_number)
    }

    /// The word of a line.
    pub fn word(&self, row: &Row<'t>) -> Result<&'t str, Box<CorpusError>> {
        let number = self.word_column.number;
        match self.cell(row, number) {
            Cell { text: "", start } => Err(self.error(row, start, CorpusErrorKind::EmptyWord { number })),
            Cell { text, .. } => Ok(text),
        }
    }

    /// Whether something was left out at the ends of a column.
    pub fn is_trimmed(&self, row: &Row<'t>, number: usize) -> bool {
        self.raw_cell(row, number).text.len() > self.cell(row, number).text.len()
    }

    /// The text of a column, from 1, that must not be empty.
    pub fn tag(&self, row: &Row<'t>, number: usize) -> Result<&'t str, Box<CorpusError>> {
        match self.cell(row, number) {
            Cell { text: "", start } => Err(self.error(row, start, CorpusErrorKind::EmptyTag { number })),
            Cell { text, .. } => Ok(text),
        }
    }

    /// A column of a line, from 1, without what is not seen at its ends; there must be so many.
    pub fn cell(&self, row: &Row<'t>, number: usize) -> Cell<'t> {
        let Cell { text, start } = self.raw_cell(row, number);
        let inner = trimmed(text);
        let before = if inner.len() == text.len() { 0 } else { text.find(inner).unwrap_or(0) };
        Cell { text: inner, start: start + before }
    }

    /// A column of a line as it stands there.
    fn raw_cell(&self, row: &Row<'t>, number: usize) -> Cell<'t> {
        let separator = self.layout.separator;
        let mut start = 0;
        if number == self.layout.columns {
            start = row.last_start;
        } else {
            for _ in 1..number {
                start = next_column(row.text, start, separator).unwrap_or(row.text.len());
            }
        }
        let text = &row.text[start..];
        let end = text.bytes().position(|byte| byte == separator.byte()).unwrap_or(text.len());
        Cell { text: &text[..end], start }
    }

    /// An error at a byte of a line.
    pub fn error(&self, row: &Row<'t>, start: usize, kind: CorpusErrorKind) -> Box<CorpusError> {
        self.error_at(row.line_number, row.text[..start].chars().count() + 1, kind)
    }

    /// An error that is about the first line with words.
    pub fn error_at_first_line(&self, kind: CorpusErrorKind) -> Box<CorpusError> {
        self.error_at(self.rows[0].line_number, 1, kind)
    }

    /// The first line with words.
    pub fn first_line(&self) -> &'t str {
        self.rows[0].text
    }

    /// The error of a text in the column of tags that is no tag.
    pub fn not_a_tag(&self, row: &Row<'t>, number: usize, source: TagError) -> Box<CorpusError> {
        let cell = self.cell(row, number);
        let kind = if cell.text.is_empty() {
            CorpusErrorKind::EmptyTag { number }
        } else {
            CorpusErrorKind::NotATag { source, number }
        };
        self.error(row, cell.start, kind)
    }

    fn error_at(&self, line: usize, column: usize, kind: CorpusErrorKind) -> Box<CorpusError> {
        Box::new(CorpusError { path: self.path.clone(), line, column, kind })
    }
}

impl Separator {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Tab => b'\t',
            Self::Space => b' ',
        }
    }
}

pub(super) const fn no_lines() -> Layout {
    Layout {
        separator: Separator::Tab,
        columns: 0,
        line_ending: LineEnding::Lf,
        byte_order_mark: false,
        lines: 0,
        crlf_lines: 0,
        blank_lines: 0,
        repeated_blank_lines: 0,
        separator_lines: 0,
        document_lines: 0,
        marker_lines: 0,
        comment_lines: 0,
        head_lines: 0,
        empty_columns: 0,
        trimmed_cells: 0,
        first_trimmed_line: 0,
        ends_with_blank: false,
    }
}

/// What a line without its end is to the reader: the one place that knows what `-DOCSTART-` and the other marks look like.
pub(crate) fn kind(line: &[u8]) -> Line {
    match line.first() {
        None => Line::Blank,
        Some(b'\t' | b' ') if line.iter().all(|byte| matches!(byte, b'\t' | b' ')) => Line::Blank,
        Some(b'-' | b'<') => match line.split(|byte| matches!(byte, b'\t' | b' ')).next() {
            Some(b"<ALL>" | b"</ALL>") => Line::Marker,
            Some(word) if word.starts_with(b"-DOCSTART-") => Line::Document,
            _ => Line::Word,
        },
        Some(_) => Line::Word,
    }
}

/// Words by which a comment begins a document, without `#` and blanks, in lower case.
const BEGIN_DOCUMENT: [&str; 5] = ["newdoc", "begin document", "doc_id", "docid", "document_id"];

/// What a comment is: one such as `###MEDLINE:95369245`, `# newdoc id = 1` or `#begin document (1); part 0` begins a document.
pub(super) fn commented(line: &str) -> Line {
    let said = line.trim_start_matches('#').trim_start().to_ascii_lowercase();
    let is_named = line
        .strip_prefix("###")
        .and_then(|name| name.split_once(':'))
        .is_some_and(|(database, id)| !database.is_empty() && !id.is_empty() && !line.contains(char::is_whitespace));
    if is_named || BEGIN_DOCUMENT.iter().any(|begin| said.starts_with(begin)) { Line::Document } else { Line::Comment }
}

/// How many columns a line has, and where the last one begins, in bytes.
/// Every TAB separates, so that a column may be empty; spaces at the end of a line separate nothing.
fn columns(text: &str, separator: Separator) -> (usize, usize) {
    let mut columns = 1;
    let mut start = 0;
    while let Some(next) = next_column(text, start, separator) {
        columns += 1;
        start = next;
    }
    (columns, start)
}

/// Where the column after the one at `start` begins, in bytes.
fn next_column(text: &str, start: usize, separator: Separator) -> Option<usize> {
    let bytes = &text.as_bytes()[start..];
    match separator {
        Separator::Tab => bytes.iter().position(|byte| *byte == b'\t').map(|tab| start + tab + 1),
        Separator::Space => {
            let space = bytes.iter().position(|byte| *byte == b' ')?;
            let spaces = bytes[space..].iter().position(|byte| *byte != b' ')?;
            Some(start + space + spaces)
        }
    }
}
