//! Plain text: the bytes of a file checked as UTF-8, its lines, and the words of a line with their offsets.
//! The words are cut as the CoNLL forms of the corpora cut them; it knows nothing of tags or sub-words.
//!
//! ```
//! use welt_data::tokenize;
//!
//! let words = tokenize("β-catenin (5%)");
//! let texts: Vec<&str> = words.iter().map(|word| word.text).collect();
//! assert_eq!(texts, ["β", "-", "catenin", "(", "5", "%", ")"]);
//! assert_eq!((words[2].start, words[2].end), (2, 9));
//! ```

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use memchr::memchr_iter;

use crate::error::{CorpusError, CorpusErrorKind, DataError};

/// The most bytes of a line, its end left out: far more than the longest articles have, and little enough to be held many times.
pub const LONGEST_LINE: usize = 16 << 20;

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'t> {
    /// The word as it stands in the text.
    pub text: &'t str,
    /// Where it begins, in characters from 0.
    pub start: usize,
    /// Where it ends, in characters, exclusive.
    pub end: usize,
    /// Where it begins, in bytes from 0: `&text[word.byte..]` begins with the word.
    pub byte: usize,
}

/// The text, so that a tokenizer can take words with and without their offsets.
impl AsRef<str> for Word<'_> {
    fn as_ref(&self) -> &str {
        self.text
    }
}

/// A line of a text file that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// The line without its end.
    pub text: String,
    /// From 1.
    pub line_number: usize,
}

/// A file of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Where it was read from, for messages.
    pub path: PathBuf,
    /// The lines that hold a word, in file order: at least one.
    pub lines: Vec<TextLine>,
    /// Lines that hold no word, skipped.
    pub blank_lines: usize,
    /// Whether a byte order mark was skipped at the start.
    pub byte_order_mark: bool,
}

/// The text of a file.
#[derive(Debug)]
pub(crate) struct Decoded<'b> {
    /// Without a byte order mark.
    pub text: &'b str,
    /// Whether there was one.
    pub byte_order_mark: bool,
}

/// Cuts a text into words as Python's `[^\W_]+|\S` does: runs of letters and digits, and every other character that is not white space alone.
///
/// This is the rule under which the CoNLL forms of NCBI-disease and BC5CDR follow from their original texts.
/// Letters and digits are those of Unicode's general categories L and N, which Python's `\w` means (Python 3.11 and Unicode 14 were compared).
/// One difference is left: 1,312 combining marks that Unicode counts as alphabetic (vowel signs of Indic scripts, for the most part) go on with a word here, and stand alone in Python.
#[must_use]
pub fn tokenize(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    tokenize_at(text, 0, &mut words);
    words
}

/// Adds the words of a text whose first character has the offset `offset`.
pub(crate) fn tokenize_at<'t>(text: &'t str, offset: usize, words: &mut Vec<Word<'t>>) {
    words.reserve(text.len() / 5);
    let bytes = text.as_bytes();
    let character_at = |at: usize| text[at..].chars().next();
    let (mut at, mut position) = (0, offset);
    while at < bytes.len() {
        let (byte, start) = (at, position);
        // Nearly all of a text is ASCII, which takes no decoding.
        while let Some(next) = bytes.get(at) {
            let length = match next {
                next if next.is_ascii_alphanumeric() => 1,
                next if next.is_ascii() => break,
                _ => match character_at(at).filter(|character| is_alphanumeric(*character)) {
                    Some(character) => character.len_utf8(),
                    None => break,
                },
            };
            at += length;
            position += 1;
        }
        if at > byte {
            words.push(Word { text: &text[byte..at], start, end: position, byte });
            continue;
        }
        let character = if bytes[at].is_ascii() { Some(char::from(bytes[at])) } else { character_at(at) };
        let Some(character) = character else { return };
        at += character.len_utf8();
        position += 1;
        if !is_space(character) {
            words.push(Word { text: &text[byte..at], start, end: position, byte });
        }
    }
}

/// Reads the lines of a text file that hold a word; the others are counted.
///
/// # Errors
/// A file that cannot be read, is not UTF-8, holds a NUL byte or a line longer than [`LONGEST_LINE`], or holds no word at all.
pub fn read_lines(path: &Path) -> Result<TextFile, DataError> {
    let bytes = read_bytes(path)?;
    let Decoded { text, byte_order_mark } = decode(path, &bytes)?;
    let mut file = TextFile { path: path.to_owned(), lines: Vec::new(), blank_lines: 0, byte_order_mark };
    for (index, line) in text.lines().enumerate() {
        if line.chars().all(is_space) {
            file.blank_lines += 1;
        } else {
            file.lines.push(TextLine { text: line.to_owned(), line_number: index + 1 });
        }
    }
    if file.lines.is_empty() {
        let kind = CorpusErrorKind::NoSentence { lines: file.blank_lines };
        return Err(CorpusError { path: file.path, line: 1, column: 1, kind }.into());
    }
    Ok(file)
}

/// The bytes of a file.
///
/// # Errors
/// A folder, or a file that cannot be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    let read = open(path)?.read_to_end(&mut bytes);
    read.map_err(|source| DataError::Unreadable { path: path.to_owned(), source })?;
    Ok(bytes)
}

/// A file to read.
pub(crate) fn open(path: &Path) -> Result<File, DataError> {
    if path.is_dir() {
        return Err(DataError::Folder { path: path.to_owned() });
    }
    File::open(path).map_err(|source| match source.kind() {
        ErrorKind::IsADirectory => DataError::Folder { path: path.to_owned() },
        _ => DataError::Unreadable { path: path.to_owned(), source },
    })
}

/// Checks that a file is text: UTF-8 without NUL in lines of a length that text has, and carriage returns only before line
/// feeds or at the end.
pub(crate) fn decode<'b>(path: &Path, bytes: &'b [u8]) -> Result<Decoded<'b>, Box<CorpusError>> {
    let error = |at: usize, kind| {
        let before = &bytes[..at];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = String::from_utf8_lossy(&before[line_start..]).trim_start_matches('\u{feff}').chars().count() + 1;
        Box::new(CorpusError { path: path.to_owned(), line, column, kind })
    };
    // Before UTF-8 is asked for: the first bytes of a binary file are seldom UTF-8, and "binary" is the better answer.
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(error(at, CorpusErrorKind::Nul));
    }
    if let Some(line_start) = long_line(bytes) {
        return Err(error(line_start, CorpusErrorKind::LongLine));
    }
    let text = std::str::from_utf8(bytes).map_err(|source| {
        let at = source.valid_up_to();
        error(at, CorpusErrorKind::NotUtf8 { byte: bytes[at] })
    })?;
    let ends_line = |at: usize| matches!(bytes.get(at + 1), Some(b'\n') | None);
    if let Some((at, _)) = text.match_indices('\r').find(|(at, _)| !ends_line(*at)) {
        return Err(error(at, CorpusErrorKind::CarriageReturn));
    }
    let without_mark = text.strip_prefix('\u{feff}');
    Ok(Decoded { text: without_mark.unwrap_or(text), byte_order_mark: without_mark.is_some() })
}

/// Where the first line begins that is longer than [`LONGEST_LINE`].
fn long_line(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    for end in memchr_iter(b'\n', bytes).chain([bytes.len()]) {
        if end - start > LONGEST_LINE {
            return Some(start);
        }
        start = end + 1;
    }
    None
}

/// Letters and digits; circled and squared letters are symbols though Unicode counts them as alphabetic.
fn is_alphanumeric(character: char) -> bool {
    let enclosed = matches!(character, 'Ⓐ'..='ⓩ' | '\u{1f130}'..='\u{1f149}' | '\u{1f150}'..='\u{1f169}' | '\u{1f170}'..='\u{1f189}');
    character.is_alphanumeric() && !enclosed
}

/// White space, and the four separators of ASCII that Python counts as such.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}
