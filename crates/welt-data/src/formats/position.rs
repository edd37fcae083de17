//! A position in a file, and a stream of bytes that knows at which position it is.
//! It counts lines and characters; what the bytes mean is not known here.

use std::fmt;
use std::io::{self, BufRead, Chain, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::{memchr_iter, memrchr};

use crate::error::{CorpusError, CorpusErrorKind, DataError};

/// A position in a file; it prints as `path:line:column`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePosition {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1; 1 where the whole line is meant.
    pub column: usize,
}

impl fmt::Display for FilePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// A line and a column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub line: usize,
    pub column: usize,
}

impl Position {
    pub const START: Self = Self { line: 1, column: 1 };

    /// The position after some bytes that begin here; a byte that goes on with a character is no column.
    pub fn after(mut self, bytes: &[u8]) -> Self {
        let last_newline = memrchr(b'\n', bytes);
        let last_line = match last_newline {
            None => bytes,
            Some(at) => {
                self.line += memchr_iter(b'\n', bytes).count();
                self.column = 1;
                &bytes[at + 1..]
            }
        };
        self.column += last_line.iter().filter(|byte| (**byte & 0xc0) != 0x80).count();
        self
    }

    pub fn error(self, path: &Path, kind: CorpusErrorKind) -> DataError {
        CorpusError { path: path.to_owned(), line: self.line, column: self.column, kind }.into()
    }

    pub fn in_file(self, path: &Path) -> FilePosition {
        FilePosition { path: path.to_owned(), line: self.line, column: self.column }
    }
}

/// A stream that counts what was taken from it; a byte order mark at its start is left out.
#[derive(Debug)]
pub(super) struct Counted<R> {
    reader: Chain<Cursor<Vec<u8>>, R>,
    pub position: Position,
    /// How many bytes may still be read before the next [`Counted::allow`].
    allowed: usize,
}

impl<R: BufRead> Counted<R> {
    pub fn new(path: &Arc<Path>, mut reader: R) -> Result<Self, DataError> {
        let mut start = Vec::with_capacity(3);
        let read = reader.by_ref().take(3).read_to_end(&mut start);
        read.map_err(|source| super::unreadable(path, source))?;
        if start == "\u{feff}".as_bytes() {
            start.clear();
        }
        Ok(Self { reader: Cursor::new(start).chain(reader), position: Position::START, allowed: usize::MAX })
    }

    /// Allows so many bytes from here on; who reads more is told that the file is too large.
    pub fn allow(&mut self, bytes: usize) {
        self.allowed = bytes;
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(bytes)?;
        self.position = self.position.after(&bytes[..length]);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.allowed == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.reader.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        // What is consumed was in the buffer before, so asking for it again reads nothing.
        if let Ok(bytes) = self.reader.fill_buf() {
            self.position = self.position.after(&bytes[..length.min(bytes.len())]);
        }
        self.reader.consume(length);
        self.allowed = self.allowed.saturating_sub(length);
    }
}

/// A text as a message shows it: between quotation marks, special characters escaped, at most 60 of them.
pub(super) fn excerpt(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let shown: String = text.chars().take(60).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", shown.escape_debug())
}
