//! The JSON of BioC: a stream is cut into the values of its array `documents`, and each value becomes a document.
//! What an annotation means stands in `bioc.rs`; that a value is JSON is asked when it is parsed, not when it is cut.
//!
//! A file is one collection or an array of them; PubTator names the array of documents after itself, which is read too.
//! Documents may also stand alone: one in the file, one a line as PubTator3 gives them out, or an array of them; an object with `passages` is a document.
//! BioRED's passages state no kind.
//! Offsets may be numbers or texts of digits, infons any scalar.

use std::borrow::Cow;
use std::io::{BufRead, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Serialize, Serializer};

use super::bioc::{Annotation, Gathered, Keys, PassageParts, Stated, TYPE, infons};
use super::book::Book;
use super::head::{Evidence, Head};
use super::json::{Json, Scan, json_error};
use super::json_keys::{Keys as JsonKeys, Value};
use super::lines::{Returns, checked};
use super::position::{Counted, Position, excerpt};
use super::raw::{Cut, RawDocument};
use super::{Format, Sink};
use crate::document::Document;
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};
use crate::text::LONGEST_DOCUMENT;

/// Told by passages with offsets or infons in documents, which may stand in a collection.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let Some(keys) = head.shape.keys() else {
        return if head.ending == "biocjson" && head.is_empty() { Evidence::Named } else { Evidence::Nothing };
    };
    // PubTator names the array of documents after itself, whatever its number.
    let collections = keys.outermost().filter(|key| keys.is(key, Value::Array)).map(|key| format!("{key}[]."));
    let found = [String::new()].into_iter().chain(collections).map(|prefix| of_documents(keys, &prefix)).max();
    let is_begun = keys.is("documents", Value::Array) || keys.has("infons") && keys.is("passages", Value::Array);
    found.unwrap_or(Evidence::Nothing).max(if is_begun { Evidence::Likely } else { Evidence::Nothing })
}

/// What speaks for documents under some path.
fn of_documents(keys: &JsonKeys, prefix: &str) -> Evidence {
    let has = |path: &str| keys.has(&format!("{prefix}passages[].{path}"));
    // A document of JSON lines has offsets and texts too.
    let is_foreign = prefix.is_empty() && (has("kind") || keys.has("mentions"));
    let is_passage = !is_foreign && (has("offset") && (has("text") || has("sentences")) || has("infons"));
    if is_passage { Evidence::Certain } else { Evidence::Nothing }
}

/// Where between the documents the cutter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    /// Before a key of a collection, or its end.
    Keys,
    /// Before a document, or the end of their array.
    Documents,
    AfterDocument,
    AfterValue,
    /// After a document that stands in no collection.
    AfterLoneDocument,
    AfterCollection,
    End,
}

/// An object of which it is not known yet whether it is a collection or a document.
struct Object {
    bytes: Vec<u8>,
    position: Position,
    /// What was skipped before it.
    ledger: Ledger,
}

/// Cuts a stream into the JSON of each document.
pub(super) struct Cutter<R: BufRead> {
    reader: Counted<R>,
    path: Arc<Path>,
    stage: Stage,
    /// Whether the collections stand in an array.
    in_array: bool,
    /// The object at hand as far as it was read, as long as it can turn out to be a document instead of a collection.
    object: Option<Object>,
    ledger: Ledger,
}

impl<R: BufRead> Cutter<R> {
    pub fn new(path: &Arc<Path>, reader: R) -> Result<Self, DataError> {
        Ok(Self {
            reader: Counted::new(path, reader)?,
            path: Arc::clone(path),
            stage: Stage::Start,
            in_array: false,
            object: None,
            ledger: Ledger::listing(0),
        })
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
            self.consume(spaces);
            if next.is_some() || is_end {
                return Ok(next);
            }
        }
    }

    /// Takes bytes of the buffer, and keeps them where they may belong to a document.
    fn consume(&mut self, length: usize) {
        if let Some(object) = &mut self.object
            && let Ok(buffer) = self.reader.fill_buf()
        {
            object.bytes.extend_from_slice(&buffer[..length.min(buffer.len())]);
        }
        self.reader.consume(length);
    }

    /// Takes the bracket of an object, a collection or a document.
    fn begin_object(&mut self) -> Result<(), DataError> {
        self.peek()?;
        let (position, ledger) = (self.reader.position, self.ledger.clone());
        self.object = Some(Object { bytes: Vec::new(), position, ledger });
        self.take(b"{", "`{` of a BioC collection")?;
        self.stage = Stage::Keys;
        Ok(())
    }

    /// Takes one of some bytes.
    fn take(&mut self, bytes: &[u8], expected: &'static str) -> Result<u8, DataError> {
        match self.peek()? {
            Some(byte) if bytes.contains(&byte) => {
                self.consume(1);
                Ok(byte)
            }
            found => Err(self.unexpected(found, expected)),
        }
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

    /// Takes one value, whether it is JSON or not: up to where its brackets or quotation marks close.
    fn value(&mut self) -> Result<RawDocument, DataError> {
        if matches!(self.peek()?, None | Some(b',' | b']' | b'}' | b':')) {
            let found = self.peek()?;
            return Err(self.unexpected(found, "a JSON value"));
        }
        self.value_from(Vec::new(), self.reader.position)
    }

    /// Takes the rest of a value that begins with `bytes`.
    fn value_from(&mut self, mut bytes: Vec<u8>, position: Position) -> Result<RawDocument, DataError> {
        let mut scan = Scan::default();
        scan.feed(&bytes);
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
            self.consume(length);
            if bytes.len() > LONGEST_DOCUMENT {
                return Err(position.error(&self.path, CorpusErrorKind::LongDocument));
            }
            if ended {
                break;
            }
        }
        // Carriage returns may stand between the parts of a value.
        let text = checked(&self.path, position, &bytes, Returns::Kept)?;
        Ok(RawDocument { format: Format::BiocJson, path: Arc::clone(&self.path), text: text.to_owned(), position })
    }

    /// One key of a collection with its value, or the start of its documents; the whole object where it is a document.
    fn member(&mut self) -> Result<Option<RawDocument>, DataError> {
        if self.peek()? != Some(b'"') {
            let found = self.peek()?;
            return Err(self.unexpected(found, "a key in quotation marks, such as \"documents\""));
        }
        let key = self.value()?;
        let name: String = serde_json::from_str(&key.text).map_err(|error| json_error(&key, &error, "a key"))?;
        self.take(b":", "`:` after a key")?;
        if matches!(name.as_str(), "documents" | "PubTator3") && self.peek()? == Some(b'[') {
            self.object = None;
            self.consume(1);
            self.stage = Stage::Documents;
            return Ok(None);
        }
        if name == "passages"
            && let Some(object) = self.object.take()
        {
            self.ledger = object.ledger;
            self.stage = Stage::AfterLoneDocument;
            return self.value_from(object.bytes, object.position).map(Some);
        }
        let value = self.value()?;
        let json = serde_json::from_str::<IgnoredAny>(&value.text);
        json.map_err(|error| json_error(&value, &error, "a JSON value"))?;
        let is_known = matches!(name.as_str(), "source" | "date" | "key" | "infons" | "version");
        if !is_known {
            self.ledger.skip(Loss::UnreadUnknownPart, &self.path, key.position, || Item::named(&name));
        } else if !matches!(value.text.as_str(), "\"\"" | "{}" | "null") {
            self.ledger.skip(Loss::UnreadCollectionInfon, &self.path, key.position, || Item::named(&name));
        }
        self.stage = Stage::AfterValue;
        Ok(None)
    }
}

impl<R: BufRead> Cut for Cutter<R> {
    fn next_raw(&mut self) -> Result<Option<RawDocument>, DataError> {
        loop {
            let stage = self.stage;
            match stage {
                Stage::Start => {
                    self.in_array = self.peek()? == Some(b'[');
                    if self.in_array {
                        self.consume(1);
                    }
                    self.begin_object()?;
                }
                Stage::Keys if self.peek()? == Some(b'}') => {
                    self.reader.consume(1);
                    self.stage = Stage::AfterCollection;
                }
                Stage::Keys => {
                    if let Some(document) = self.member()? {
                        return Ok(Some(document));
                    }
                }
                Stage::AfterLoneDocument if !self.in_array && self.peek()? == Some(b'{') => self.begin_object()?,
                Stage::AfterLoneDocument => self.stage = Stage::AfterCollection,
                Stage::Documents if self.peek()? == Some(b']') => {
                    self.reader.consume(1);
                    self.stage = Stage::AfterValue;
                }
                Stage::Documents => {
                    self.stage = Stage::AfterDocument;
                    return self.value().map(Some);
                }
                Stage::AfterDocument => match self.take(b",]", "`,` or `]` after a document")? {
                    b',' if self.peek()? == Some(b']') => return Err(self.unexpected(Some(b']'), "a document")),
                    b',' => self.stage = Stage::Documents,
                    _ => self.stage = Stage::AfterValue,
                },
                Stage::AfterValue => match self.take(b",}", "`,` or `}` after a value")? {
                    b',' if self.peek()? == Some(b'}') => return Err(self.unexpected(Some(b'}'), "a key")),
                    b',' => self.stage = Stage::Keys,
                    _ => self.stage = Stage::AfterCollection,
                },
                Stage::AfterCollection if self.in_array => match self.take(b",]", "`,` or `]` after a collection")? {
                    b',' => self.begin_object()?,
                    _ => self.stage = Stage::End,
                },
                Stage::AfterCollection => self.stage = Stage::End,
                Stage::End => match self.peek()? {
                    None => return Ok(None),
                    found => return Err(self.unexpected(found, "nothing after the collection")),
                },
            }
        }
    }

    fn ledger(&self) -> Option<&Ledger> {
        Some(&self.ledger)
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

/// The document of a raw value.
pub(super) fn parse(raw: &RawDocument, ledger: &mut Ledger) -> Result<Document, DataError> {
    let json: Json = serde_json::from_str(&raw.text)
        .map_err(|error| json_error(raw, &error, "a document of BioC as a JSON object"))?;
    let mut parser = Parser { raw, ledger };
    let document = parser.document(json)?;
    match document.check() {
        Ok(()) => Ok(document),
        Err(fault) => Err(raw.position.error(&raw.path, CorpusErrorKind::Fault { document: document.id, fault })),
    }
}

struct Parser<'r, 's> {
    raw: &'r RawDocument,
    ledger: &'s mut Ledger,
}

impl Parser<'_, '_> {
    fn document(&mut self, json: Json) -> Result<Document, DataError> {
        let mut document = Document { id: String::new(), passages: Vec::new(), mentions: Vec::new(), sentences: None };
        for (key, value) in self.object(json, "a document")? {
            match key.as_str() {
                "id" => document.id = self.text(value, "the id of a document")?,
                "passages" => {
                    for passage in self.array(value, "passages")? {
                        self.passage(passage, &mut document)?;
                    }
                }
                "annotations" => self.annotations(value, &mut document)?,
                "relations" => self.skip_all(value, Loss::UnreadRelation),
                "infons" => self.skip_all(value, Loss::UnreadDocumentInfon),
                _ => self.skip(Loss::UnreadUnknownPart, &key),
            }
        }
        Ok(document)
    }

    fn passage(&mut self, json: Json, document: &mut Document) -> Result<(), DataError> {
        let mut parts = PassageParts { first_mention: document.mentions.len(), ..PassageParts::default() };
        for (key, value) in self.object(json, "a passage")? {
            match key.as_str() {
                "offset" => parts.offset = Some(self.number(value)?),
                "text" => parts.text = self.optional_text(value, "the text of a passage")?,
                "infons" => {
                    for (key, value) in self.object(value, "infons")? {
                        match value.into_scalar() {
                            Some(kind) if key == TYPE && parts.kind.is_none() => parts.kind = Some(kind),
                            _ => self.skip(Loss::UnreadPassageInfon, &key),
                        }
                    }
                }
                "sentences" => {
                    for sentence in self.array(value, "sentences")? {
                        let sentence = self.sentence(sentence, document)?;
                        parts.sentences.push(sentence);
                    }
                }
                "annotations" => self.annotations(value, document)?,
                "relations" => self.skip_all(value, Loss::UnreadRelation),
                _ => self.skip(Loss::UnreadUnknownPart, &key),
            }
        }
        if parts.offset.is_none() && parts.sentences.is_empty() {
            return Err(self.unexpected("a passage without an offset".to_owned(), "its offset in the document"));
        }
        parts.add_to(document, &self.raw.path, self.raw.position, self.ledger);
        Ok(())
    }

    fn sentence(&mut self, json: Json, document: &mut Document) -> Result<(usize, String), DataError> {
        let mut offset = None;
        let mut text = String::new();
        for (key, value) in self.object(json, "a sentence")? {
            match key.as_str() {
                "offset" => offset = Some(self.number(value)?),
                "text" => text = self.text(value, "the text of a sentence")?,
                "annotations" => self.annotations(value, document)?,
                "relations" => self.skip_all(value, Loss::UnreadRelation),
                "infons" => self.skip_all(value, Loss::UnreadPassageInfon),
                _ => self.skip(Loss::UnreadUnknownPart, &key),
            }
        }
        let none = || self.unexpected("a sentence without an offset".to_owned(), "its offset in the document");
        let offset = offset.ok_or_else(none)?;
        let item = || Item::new("", offset..offset.saturating_add(text.chars().count()), &text, "");
        self.ledger.skip(Loss::UnreadSentence, &self.raw.path, self.raw.position, item);
        Ok((offset, text))
    }

    fn annotations(&mut self, json: Json, document: &mut Document) -> Result<(), DataError> {
        for json in self.array(json, "annotations")? {
            let mut annotation = Annotation::default();
            for (key, value) in self.object(json, "an annotation")? {
                match key.as_str() {
                    "id" => annotation.id = self.text(value, "the id of an annotation")?,
                    "text" => annotation.text = self.optional_text(value, "the text of an annotation")?,
                    "infons" => {
                        for (key, value) in self.object(value, "infons")? {
                            let is_nothing = value.says_nothing();
                            match value.into_scalar() {
                                Some(value) => annotation.infons.push((key, value)),
                                None if is_nothing => {}
                                None => self.skip(Loss::UnreadAnnotationInfon, &key),
                            }
                        }
                    }
                    "locations" => {
                        for location in self.array(value, "locations")? {
                            let location = self.location(location)?;
                            annotation.locations.push(location);
                        }
                    }
                    _ => self.skip(Loss::UnreadUnknownPart, &key),
                }
            }
            let mention = annotation.into_mention(&self.raw.path, self.raw.position, self.ledger);
            document.mentions.extend(mention);
        }
        Ok(())
    }

    fn location(&mut self, json: Json) -> Result<Range<usize>, DataError> {
        let (mut offset, mut length) = (None, None);
        for (key, value) in self.object(json, "a location")? {
            match key.as_str() {
                "offset" => offset = Some(self.number(value)?),
                "length" => length = Some(self.number(value)?),
                _ => self.skip(Loss::UnreadUnknownPart, &key),
            }
        }
        let range = |start: usize, length| Some(start..start.checked_add(length)?);
        offset.zip(length).and_then(|(start, length)| range(start, length)).ok_or_else(|| {
            self.unexpected("a location without offset or length, or beyond all numbers".to_owned(), "both of them")
        })
    }

    fn object(&self, json: Json, what: &'static str) -> Result<Vec<(String, Json)>, DataError> {
        match json {
            Json::Object(members) => Ok(members),
            other => Err(self.unexpected(format!("{} for {what}", other.kind()), "a JSON object")),
        }
    }

    fn array(&self, json: Json, what: &'static str) -> Result<Vec<Json>, DataError> {
        match json {
            Json::Array(values) => Ok(values),
            Json::Null => Ok(Vec::new()),
            other => Err(self.unexpected(format!("{} for {what}", other.kind()), "a JSON array")),
        }
    }

    fn text(&self, json: Json, what: &'static str) -> Result<String, DataError> {
        let kind = json.kind();
        json.into_scalar().ok_or_else(|| self.unexpected(format!("{kind} for {what}"), "a text"))
    }

    fn optional_text(&self, json: Json, what: &'static str) -> Result<Option<String>, DataError> {
        if matches!(json, Json::Null) { Ok(None) } else { self.text(json, what).map(Some) }
    }

    fn number(&self, json: Json) -> Result<usize, DataError> {
        let text = json.into_scalar().unwrap_or_default();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or_else(|| {
            let found = format!("{} for an offset or length", excerpt(&text));
            self.unexpected(found, "a number of characters, not negative")
        })
    }

    /// Counts something with a name or text of its own.
    fn skip(&mut self, loss: Loss, name: &str) {
        self.ledger.skip(loss, &self.raw.path, self.raw.position, || Item::named(name));
    }

    fn skip_all(&mut self, json: Json, loss: Loss) {
        match json {
            Json::Array(values) => {
                for value in values {
                    let members = if let Json::Object(members) = value { members } else { Vec::new() };
                    let id = members.into_iter().find(|(key, _)| key == "id");
                    self.skip(loss, &id.and_then(|(_, id)| id.into_scalar()).unwrap_or_default());
                }
            }
            Json::Object(members) => members.iter().for_each(|(key, _)| self.skip(loss, key)),
            Json::Null => {}
            Json::Scalar(text) => self.skip(loss, &text),
        }
    }

    /// An error in this document; its position is where the document begins.
    fn unexpected(&self, found: String, expected: &'static str) -> DataError {
        let advice = "correct the document that begins here";
        self.raw.position.error(&self.raw.path, CorpusErrorKind::Unexpected { found, expected, advice })
    }
}

/// Writes BioC JSON, each document on a line.
pub(super) struct Writer<W> {
    out: W,
    written: usize,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Self {
        Self { out, written: 0 }
    }

    fn begin(&mut self) -> std::io::Result<()> {
        let head = "{\"source\":\"\",\"date\":\"\",\"key\":\"\",\"infons\":{},\"documents\":[";
        if self.written == 0 { self.out.write_all(head.as_bytes()) } else { Ok(()) }
    }
}

impl<W: Write> Sink for Writer<W> {
    fn write(&mut self, document: &Document, losses: &mut Book<'_, '_>) -> Result<(), DataError> {
        let out = out_document(document, losses);
        let json = serde_json::to_vec(&out).map_err(std::io::Error::from)?;
        self.begin()?;
        self.out.write_all(if self.written == 0 { b"\n" } else { b",\n" })?;
        self.out.write_all(&json)?;
        self.written += 1;
        Ok(())
    }

    fn keeps_scores(&self) -> bool {
        true
    }

    fn goes_on(&mut self) -> Result<(), DataError> {
        self.written = 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), DataError> {
        self.begin()?;
        self.out.write_all(b"\n]}\n")?;
        Ok(self.out.flush()?)
    }
}

/// A document in the order and shape of BioC JSON.
fn out_document<'d>(document: &'d Document, losses: &mut Book<'_, '_>) -> OutDocument<'d> {
    let gathered = Gathered::new(document, losses);
    let mut annotations = |mentions: Vec<Stated<'d>>| {
        let annotation = |Stated { mention, id, text }: Stated<'d>| {
            let infons = infons(mention, Keys::Once, losses);
            let location = |part: &Range<usize>| OutLocation { offset: part.start, length: part.end - part.start };
            let locations = mention.parts.iter().map(location).collect();
            OutAnnotation { id, infons: Infons(infons), text, locations }
        };
        mentions.into_iter().map(annotation).collect::<Vec<_>>()
    };
    let passages = document.passages.iter().zip(gathered.by_passage).map(|(passage, mentions)| {
        let kind = (!passage.kind.is_empty()).then_some((TYPE, Cow::Borrowed(passage.kind.as_str())));
        OutPassage {
            infons: Infons(kind.into_iter().collect()),
            offset: passage.offset,
            text: &passage.text,
            sentences: [],
            annotations: annotations(mentions),
            relations: [],
        }
    });
    let passages = passages.collect();
    let annotations = annotations(gathered.without_passage);
    OutDocument { id: &document.id, infons: Infons(Vec::new()), passages, annotations, relations: [] }
}

/// What is said of something, in order.
struct Infons<'d>(Vec<(&'d str, Cow<'d, str>)>);

impl Serialize for Infons<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[derive(Serialize)]
struct OutDocument<'d> {
    id: &'d str,
    infons: Infons<'d>,
    passages: Vec<OutPassage<'d>>,
    annotations: Vec<OutAnnotation<'d>>,
    relations: [(); 0],
}

#[derive(Serialize)]
struct OutPassage<'d> {
    infons: Infons<'d>,
    offset: usize,
    text: &'d str,
    sentences: [(); 0],
    annotations: Vec<OutAnnotation<'d>>,
    relations: [(); 0],
}

#[derive(Serialize)]
struct OutAnnotation<'d> {
    id: Cow<'d, str>,
    infons: Infons<'d>,
    text: Cow<'d, str>,
    locations: Vec<OutLocation>,
}

#[derive(Serialize)]
struct OutLocation {
    offset: usize,
    length: usize,
}
