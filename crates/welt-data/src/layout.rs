//! What a CoNLL-like file looks like: what separates its columns, which one holds the tags and why, what was skipped.
//! Nothing is read here.

use std::fmt;

use serde::Serialize;

/// The column that the tags were taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FoundTagColumn {
    /// Its number, from 1.
    pub number: usize,
    /// Why this one.
    pub reason: TagColumnReason,
}

/// The column that the words were taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FoundWordColumn {
    /// Its number, from 1.
    pub number: usize,
    /// Why this one.
    pub reason: WordColumnReason,
}

/// Why a column was taken for the column of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum WordColumnReason {
    /// The caller named it.
    Asked,
    /// It is the first.
    First,
    /// The line of heads names it so.
    Head,
    /// Those before it hold tags, counts, or one mark for each sentence.
    AfterOthers,
}

/// Why a column was taken for the column of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum TagColumnReason {
    /// The caller named it.
    Asked,
    /// It is the last one and holds a tag in every line.
    Last,
    /// It holds a tag in every line, and the last one does not.
    Second,
    /// It holds a tag in every line and stands before the words.
    BeforeWords,
    /// It holds a tag in every line, and neither the last, nor the second, nor any column after it does.
    Other,
}

/// What separates the columns of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Separator {
    /// One TAB.
    Tab,
    /// One or more ASCII spaces.
    Space,
}

/// What ends the lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum LineEnding {
    /// LF, everywhere.
    Lf,
    /// CRLF, everywhere.
    CrLf,
    /// Some lines end in LF and some in CRLF.
    Mixed,
}

/// What a file looks like, and what was skipped in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// What separates the columns.
    pub separator: Separator,
    /// Columns of every line with a word.
    pub columns: usize,
    /// What ends the lines.
    pub line_ending: LineEnding,
    /// Whether a byte order mark was skipped at the start.
    pub byte_order_mark: bool,
    /// Lines of the file.
    pub lines: usize,
    /// Lines that end in CRLF.
    pub crlf_lines: usize,
    /// Blank lines, those of nothing but TABs and spaces included.
    pub blank_lines: usize,
    /// Blank lines that follow a blank line.
    pub repeated_blank_lines: usize,
    /// Blank lines that hold TABs or spaces, as the separators of three TABs.
    pub separator_lines: usize,
    /// Lines that begin a document, such as `-DOCSTART-` or `###MEDLINE:95369245`, skipped.
    pub document_lines: usize,
    /// Lines `<ALL>` and `</ALL>`, skipped.
    pub marker_lines: usize,
    /// Lines of comments, which begin with `#`, skipped.
    pub comment_lines: usize,
    /// Lines that name the columns, skipped.
    pub head_lines: usize,
    /// Columns without anything in them behind the last one, left out.
    pub empty_columns: usize,
    /// Words and tags with white space or characters of no width at their ends, which were left out.
    pub trimmed_cells: usize,
    /// The line of the first of these, from 1; 0 where there is none.
    pub first_trimmed_line: usize,
    /// Whether the last line is blank.
    pub ends_with_blank: bool,
}

impl fmt::Display for TagColumnReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "as asked for",
            Self::Last => "the last, a tag in every line",
            Self::BeforeWords => "a tag in every line, before the words",
            Self::Second => "the second, a tag in every line, unlike the last",
            Self::Other => "a tag in every line, unlike the last, the second and those after it",
        })
    }
}

impl fmt::Display for WordColumnReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "as asked for",
            Self::First => "the first",
            Self::Head => "as the line of heads names it",
            Self::AfterOthers => "those before it hold tags, counts or the name of each sentence",
        })
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tab => "TAB",
            Self::Space => "spaces",
        })
    }
}
