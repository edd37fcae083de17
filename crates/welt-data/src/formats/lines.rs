//! The lines of a stream, checked as [`conll`](crate::conll) checks them: UTF-8 without NUL, that end in LF or CRLF.
//! One line is held at a time; what stands in it is not known here.

use std::io::{self, BufRead, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use memchr::{memchr, memchr2};

use super::position::Position;
use crate::error::{CorpusErrorKind, DataError};
use crate::text::LONGEST_LINE;

/// Reads a stream line by line.
#[derive(Debug)]
pub(super) struct Lines<R> {
    pub path: Arc<Path>,
    reader: R,
    bytes: Vec<u8>,
    /// The line that was read last, from 1.
    pub line_number: usize,
}

impl<R: BufRead> Lines<R> {
    pub fn new(path: &Arc<Path>, reader: R) -> Self {
        Self { path: Arc::clone(path), reader, bytes: Vec::new(), line_number: 0 }
    }

    /// The next line without its end and without a byte order mark, nothing at the end of the file.
    pub fn next_line(&mut self) -> Result<Option<&str>, DataError> {
        self.bytes.clear();
        let is_whole = self.read_line().map_err(|source| super::unreadable(&self.path, source))?;
        if self.bytes.is_empty() {
            return Ok(None);
        }
        self.line_number += 1;
        if !is_whole {
            return Err(Position { line: self.line_number, column: 1 }.error(&self.path, CorpusErrorKind::LongLine));
        }
        let mut line = self.bytes.as_slice();
        line = line.strip_suffix(b"\n").unwrap_or(line);
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.line_number == 1 {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        checked(&self.path, Position { line: self.line_number, column: 1 }, line, Returns::Refused).map(Some)
    }

    /// Reads to the end of a line, as `read_until` does with a slower search, and says whether the line is no longer than lines
    /// may be; of a longer one no more is read.
    fn read_line(&mut self) -> io::Result<bool> {
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let line_end = memchr(b'\n', buffer).map(|at| at + 1);
            let length = line_end.unwrap_or(buffer.len());
            self.bytes.extend_from_slice(&buffer[..length]);
            self.reader.consume(length);
            let is_whole = self.bytes.len() - usize::from(line_end.is_some()) <= LONGEST_LINE;
            if !is_whole || line_end.is_some() || length == 0 {
                return Ok(is_whole);
            }
        }
    }

    /// An error at a byte of the line that was read last.
    pub fn error(&self, line: &str, byte: usize, kind: CorpusErrorKind) -> DataError {
        Position { line: self.line_number, column: 1 }.after(&line.as_bytes()[..byte]).error(&self.path, kind)
    }
}

/// What carriage returns are to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    /// They belong to the text, because offsets count them.
    Kept,
    /// They may only end a line.
    Refused,
}

/// Checks that bytes are text: UTF-8 without NUL and, if they may not be kept, without carriage returns.
pub(super) fn checked<'b>(
    path: &Path,
    start: Position,
    bytes: &'b [u8],
    returns: Returns,
) -> Result<&'b str, DataError> {
    let error = |at: usize, kind| Err(start.after(&bytes[..at]).error(path, kind));
    let found = match returns {
        Returns::Kept => memchr(0, bytes),
        Returns::Refused => memchr2(0, b'\r', bytes),
    };
    match found.map(|at| (at, bytes[at])) {
        Some((at, 0)) => return error(at, CorpusErrorKind::Nul),
        Some((at, _)) => return error(at, CorpusErrorKind::CarriageReturn),
        None => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(source) => {
            let at = source.valid_up_to();
            error(at, CorpusErrorKind::NotUtf8 { byte: bytes[at] })
        }
    }
}
