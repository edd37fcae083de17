//! Formats that are values of JSON: one file of one array or of values that follow one another, as on lines, each value a document.
//! A stream and what a format makes of a value go in, documents come out, one value held at a time; what a value means is the format's affair.

use std::io::BufRead;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::folder::stem;
use super::json::{Json, Scan, json_error};
use super::lines::{Returns, checked};
use super::position::{Counted, excerpt};
use super::raw::RawDocument;
use super::{Format, Source};
use crate::document::{Document, Mention};
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};

/// The values of a stream, one held at a time: those of one array, or those that follow one another, as on lines.
pub(super) struct Values<R: BufRead> {
    reader: Counted<R>,
    path: Arc<Path>,
    format: Format,
    stage: Stage,
}

/// Where between the values a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    /// Between values without brackets around them.
    Loose,
    /// Behind the bracket that opens an array.
    Opened,
    /// Behind a value of an array.
    AfterValue,
    End,
}

impl<R: BufRead> Values<R> {
    pub fn new(format: Format, path: &Arc<Path>, reader: R) -> Result<Self, DataError> {
        Ok(Self { reader: Counted::new(path, reader)?, path: Arc::clone(path), format, stage: Stage::Start })
    }

    /// The text of the next value, nothing at the end.
    pub fn next_value(&mut self) -> Result<Option<RawDocument>, DataError> {
        loop {
            let next = self.peek()?;
            match (self.stage, next) {
                (Stage::Start, Some(b'[')) => {
                    self.reader.consume(1);
                    self.stage = Stage::Opened;
                }
                (Stage::Start, _) => self.stage = Stage::Loose,
                (Stage::Loose | Stage::End, None) => return Ok(None),
                (Stage::Loose, Some(_)) => return self.value().map(Some),
                (Stage::Opened | Stage::AfterValue, Some(b']')) => {
                    self.reader.consume(1);
                    self.stage = Stage::End;
                }
                (Stage::AfterValue, Some(b',')) => {
                    self.reader.consume(1);
                    if self.peek()? == Some(b']') {
                        return Err(self.unexpected(Some(b']'), "another value after a comma"));
                    }
                    return self.value().map(Some);
                }
                (Stage::Opened, Some(_)) => {
                    self.stage = Stage::AfterValue;
                    return self.value().map(Some);
                }
                (Stage::Opened | Stage::AfterValue, found) => {
                    return Err(self.unexpected(found, "`,` or `]` after a value of an array"));
                }
                (Stage::End, found) => return Err(self.unexpected(found, "nothing after the array")),
            }
        }
    }

    fn buffer(&mut self) -> Result<&[u8], DataError> {
        loop {
            match self.reader.fill_buf() {
                Ok(_) => break,
                Err(source) if source.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(super::unreadable(&self.path, source)),
            }
        }
        self.reader.fill_buf().map_err(|source| super::unreadable(&self.path, source))
    }

    /// The next byte that is no white space, not taken; nothing at the end of the file.
    fn peek(&mut self) -> Result<Option<u8>, DataError> {
        loop {
            let buffer = self.buffer()?;
            let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
            let spaces = buffer.iter().take_while(|byte| is_space(byte)).count();
            let next = buffer.get(spaces).copied();
            let is_end = buffer.is_empty();
            self.reader.consume(spaces);
            if next.is_some() || is_end {
                return Ok(next);
            }
        }
    }

    /// Takes one value, whether it is JSON or not: up to where its brackets or quotation marks close.
    fn value(&mut self) -> Result<RawDocument, DataError> {
        let found = self.peek()?;
        if matches!(found, None | Some(b',' | b']' | b'}' | b':' | 0)) {
            return Err(self.unexpected(found, "a JSON value"));
        }
        let position = self.reader.position;
        let (mut bytes, mut scan) = (Vec::new(), Scan::default());
        loop {
            let buffer = self.buffer()?;
            if buffer.is_empty() {
                if scan.is_scalar() {
                    break;
                }
                return Err(self.unexpected(None, "the end of a JSON value"));
            }
            let (length, ended) = scan.feed(buffer);
            bytes.extend_from_slice(&buffer[..length]);
            self.reader.consume(length);
            if ended {
                break;
            }
        }
        // Carriage returns may stand between the parts of a value.
        let text = checked(&self.path, position, &bytes, Returns::Kept)?;
        Ok(RawDocument { format: self.format, path: Arc::clone(&self.path), text: text.to_owned(), position })
    }

    fn unexpected(&self, found: Option<u8>, expected: &'static str) -> DataError {
        let found = match found {
            Some(0) => return self.reader.position.error(&self.path, CorpusErrorKind::Nul),
            Some(byte @ 0x80..) => format!("the byte {byte:#04x}"),
            Some(byte) => format!("`{}`", char::from(byte).escape_debug()),
            None => "the end of the file".to_owned(),
        };
        let kind = CorpusErrorKind::Unexpected { found, expected, advice: "correct the file or fetch it again" };
        self.reader.position.error(&self.path, kind)
    }
}

/// A value that is being understood, and the ledger in which what is not kept of it is put down.
pub(super) struct Reading<'r> {
    pub raw: &'r RawDocument,
    pub ledger: &'r mut Ledger,
}

impl Reading<'_> {
    /// The id of a document that has none: the name of its file and its number.
    pub fn numbered(&self, number: usize) -> String {
        format!("{}-{number}", stem(&self.raw.path))
    }

    pub fn object(&self, json: Json, what: &'static str) -> Result<Vec<(String, Json)>, DataError> {
        match json {
            Json::Object(members) => Ok(members),
            other => Err(self.unexpected(format!("{} for {what}", other.kind()), "a JSON object")),
        }
    }

    /// The values of an array; none where there is `null`.
    pub fn array(&self, json: Json, what: &'static str) -> Result<Vec<Json>, DataError> {
        match json {
            Json::Array(values) => Ok(values),
            Json::Null => Ok(Vec::new()),
            other => Err(self.unexpected(format!("{} for {what}", other.kind()), "a JSON array")),
        }
    }

    pub fn text(&self, json: Json, what: &'static str) -> Result<String, DataError> {
        let kind = json.kind();
        json.into_scalar().ok_or_else(|| self.unexpected(format!("{kind} for {what}"), "a text"))
    }

    /// A number of characters.
    pub fn offset(&self, json: Json) -> Result<usize, DataError> {
        let kind = json.kind();
        let text = json.into_scalar().unwrap_or_else(|| kind.to_owned());
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or_else(|| {
            let found = format!("{} for an offset", excerpt(&text));
            self.unexpected(found, "a number of characters from 0")
        })
    }

    /// The characters between two offsets, both of which must be there.
    pub fn range(&self, start: Option<usize>, end: Option<usize>) -> Result<Range<usize>, DataError> {
        match start.zip(end) {
            Some((start, end)) if start <= end => Ok(start..end),
            Some((start, end)) => {
                let found = format!("the offsets {start} and {end}");
                Err(self.unexpected(found, "an end that is not before the start"))
            }
            None => Err(self.unexpected("an annotation without start or end".to_owned(), "both of them")),
        }
    }

    /// Counts something with a name or text of its own.
    pub fn skip(&mut self, loss: Loss, name: &str) {
        self.ledger.skip(loss, &self.raw.path, self.raw.position, || Item::named(name));
    }

    /// Counts a mention that is not kept.
    pub fn skip_mention(&mut self, loss: Loss, mention: &Mention) {
        self.ledger.skip(loss, &self.raw.path, self.raw.position, || Item::stated("", mention));
    }

    /// Counts each value of an array, each member of an object, or a text; nothing where there is none.
    pub fn skip_all(&mut self, json: Json, loss: Loss) {
        match json {
            Json::Array(values) => {
                for value in values {
                    let name = match value {
                        Json::Object(members) => named(members),
                        other => other.into_scalar().unwrap_or_default(),
                    };
                    self.skip(loss, &name);
                }
            }
            Json::Object(members) => members.iter().for_each(|(key, _)| self.skip(loss, key)),
            Json::Null => {}
            Json::Scalar(text) if text.is_empty() => {}
            Json::Scalar(text) => self.skip(loss, &text),
        }
    }

    /// An error in this value; its position is where the value begins.
    pub fn unexpected(&self, found: String, expected: &'static str) -> DataError {
        let advice = "correct the document that begins here";
        self.raw.position.error(&self.raw.path, CorpusErrorKind::Unexpected { found, expected, advice })
    }

    /// The document, if it is one.
    pub fn checked(&self, document: Document) -> Result<Document, DataError> {
        match document.check() {
            Ok(()) => Ok(document),
            Err(fault) => {
                Err(self.raw.position.error(&self.raw.path, CorpusErrorKind::Fault { document: document.id, fault }))
            }
        }
    }
}

/// What an object is called in a list of losses.
fn named(members: Vec<(String, Json)>) -> String {
    let by = |wanted: &str, members: &[(String, Json)]| members.iter().position(|(key, _)| key == wanted);
    let found = ["id", "text", "label", "type"].iter().find_map(|key| by(key, &members));
    found.and_then(|index| members.into_iter().nth(index)?.1.into_scalar()).unwrap_or_default()
}

/// What becomes of a value.
pub(super) enum Outcome {
    Document(Document),
    /// It is left out; its id is what the ledger calls it.
    LeftOut(String),
}

/// Makes a document of the value of that number, from 1.
pub(super) type Understand = fn(&mut Reading<'_>, Json, usize) -> Result<Outcome, DataError>;

/// Reads a document of each value of a stream.
pub(super) struct Reader<R: BufRead> {
    values: Values<R>,
    understand: Understand,
    /// How many values were read.
    read: usize,
    ledger: Ledger,
}

impl<R: BufRead> Reader<R> {
    pub const fn new(values: Values<R>, understand: Understand) -> Self {
        Self { values, understand, read: 0, ledger: Ledger::listing(0) }
    }
}

impl<R: BufRead> Source for Reader<R> {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        while let Some(raw) = self.values.next_value()? {
            self.read += 1;
            let json = serde_json::from_str(&raw.text)
                .map_err(|error| json_error(&raw, &error, "a JSON object for each document"))?;
            let before = self.ledger.begin_document();
            let mut reading = Reading { raw: &raw, ledger: &mut self.ledger };
            match (self.understand)(&mut reading, json, self.read)? {
                Outcome::Document(document) => {
                    let document = reading.checked(document)?;
                    self.ledger.end_document(before, &document.id);
                    return Ok(Some(document));
                }
                Outcome::LeftOut(id) => self.ledger.end_document(before, &id),
            }
        }
        Ok(None)
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}
