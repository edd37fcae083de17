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
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::str::Chars;

use memchr::memchr_iter;

use crate::error::{CorpusError, CorpusErrorKind, DataError};
use crate::gzip::Unpacked;
use crate::invisible::{is_ideograph, is_mark, is_taken_out};

/// The most bytes of a line, its end left out: far more than the longest articles have, and little enough to be held many times.
pub const LONGEST_LINE: usize = 16 << 20;

/// The most bytes of a document in BioC JSON, and of a text or an element's name in BioC XML, which stand on lines of any length.
pub const LONGEST_DOCUMENT: usize = 4 * LONGEST_LINE;

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
/// Three things that these texts do not hold are cut as the encoders' own tokenizers cut them:
///
/// - A combining mark belongs to the character before it: `e` with an acute accent behind it is in one word.
/// - What tokenizers take out does not cut a word: a soft hyphen or zero-width space between two letters or digits is a part of their word.
///   Anywhere else a run of such characters is a word of its own, so that no character is lost and none moves a mention; see [`invisible`](crate::invisible()).
///   So are what stands for something that is seen: a soft hyphen between two numbers, which is a dash (LINNAEUS has one), the operators of formulas
///   that are not written (U+2061 to U+2064), and U+FFFD, where a character was lost.
/// - Each Chinese ideograph is a word.
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
    let (mut byte, mut start) = (0, offset);
    while byte < bytes.len() {
        // Nearly all of a text is ASCII, which takes no decoding.
        let ascii = bytes[byte..].iter().take_while(|next| next.is_ascii_alphanumeric()).count();
        let next = bytes.get(byte + ascii);
        let (length, characters) = match next {
            Some(next) if !next.is_ascii() || next.is_ascii_control() => piece(&text[byte..]),
            _ if ascii > 0 => (ascii, ascii),
            // A combining mark may stand behind.
            _ if bytes.get(byte + 1).is_some_and(|behind| !behind.is_ascii()) => piece(&text[byte..]),
            _ => (1, 1),
        };
        let (word, end) = (&text[byte..byte + length], start + characters);
        if !word.starts_with(is_space) {
            words.push(Word { text: word, start, end, byte });
        }
        (byte, start) = (byte + length, end);
    }
}

/// The bytes and characters of the word with which a text begins, or of the white space.
fn piece(text: &str) -> (usize, usize) {
    let mut rest = text.chars();
    let Some(first) = rest.next() else { return (0, 0) };
    let length = |rest: &Chars<'_>| text.len() - rest.as_str().len();
    if is_space(first) {
        return (length(&rest), 1);
    }
    let mut characters = 1;
    let mut take = |rest: &mut Chars<'_>, belongs: fn(char) -> bool| {
        while rest.clone().next().is_some_and(belongs) {
            rest.next();
            characters += 1;
        }
    };
    if is_silent(first) {
        take(&mut rest, is_silent);
    } else if !is_in_run(first) {
        take(&mut rest, is_mark);
    } else {
        loop {
            take(&mut rest, is_in_run);
            if !goes_on(&text[..length(&rest)], rest.as_str()) {
                break;
            }
            take(&mut rest, is_silent);
        }
    }
    (length(&rest), characters)
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

/// The bytes of a file, unpacked where it is packed by gzip.
///
/// # Errors
/// A folder, or a file that cannot be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|source| DataError::unreadable(path, source))?;
    Ok(bytes)
}

/// How many bytes are read from a file at a time.
const BUFFER: usize = 1 << 16;

/// A file that is read.
pub type FileReader = Unpacked<BufReader<File>>;

/// A file to read, unpacked where it is packed by gzip.
///
/// # Errors
/// A folder, or a file that cannot be read.
pub fn open(path: &Path) -> Result<FileReader, DataError> {
    if path.is_dir() {
        return Err(DataError::Folder { path: path.to_owned() });
    }
    let unreadable = |source| DataError::unreadable(path, source);
    let file = File::open(path).map_err(unreadable)?;
    Unpacked::new(BufReader::with_capacity(BUFFER, file)).map_err(unreadable)
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

/// Whether a word goes on behind characters that tokenizers take out.
fn goes_on(before: &str, behind: &str) -> bool {
    let next = behind.trim_start_matches(is_silent);
    let is_range = || {
        let dash = &behind[..behind.len() - next.len()];
        dash == "\u{ad}" && before.ends_with(char::is_numeric) && next.starts_with(char::is_numeric)
    };
    next.len() < behind.len() && next.starts_with(is_in_run) && !is_range()
}

/// What goes on with a word: letters, digits and their marks.
fn is_in_run(character: char) -> bool {
    is_alphanumeric(character) || is_mark(character)
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

/// A text without what cannot be seen at its ends; such a text alone stays as it is.
///
/// White space goes, no-break spaces included, and so do characters of no width, among them a byte order mark.
pub(crate) fn trimmed(text: &str) -> &str {
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| *byte <= b' ' || *byte >= 0x80);
    if !edge(text.as_bytes().first()) && !edge(text.as_bytes().last()) {
        return text;
    }
    let inner = text.trim_matches(is_unseen);
    if inner.is_empty() { text } else { inner }
}

/// White space and characters of no width.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{180e}' | '\u{1c}'..='\u{1f}')
}

/// Letters and digits; circled and squared letters are symbols though Unicode counts them as alphabetic, and ideographs are words alone.
fn is_alphanumeric(character: char) -> bool {
    let enclosed = matches!(character, 'Ⓐ'..='ⓩ' | '\u{1f130}'..='\u{1f149}' | '\u{1f150}'..='\u{1f169}' | '\u{1f170}'..='\u{1f189}');
    character.is_alphanumeric() && !enclosed && !is_ideograph(character)
}

/// What tokenizers take out and means nothing to a reader.
fn is_silent(character: char) -> bool {
    is_taken_out(character) && !is_space(character) && !matches!(character, '\u{2061}'..='\u{2064}' | '\u{fffd}')
}

/// White space, and the four separators of ASCII that Python counts as such.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}
