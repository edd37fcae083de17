//! The XML of BioC, event by event: one document is held at a time, also where the whole file is one line (BioRED).
//! A stream becomes documents and documents become a stream; what an annotation means stands in `bioc.rs`.
//!
//! No DTD is read and no external entity is fetched: the five predefined entities and characters by number are decoded, any other is an error.
//! Line ends in texts are read as XML asks for, CRLF as LF; texts are otherwise kept to the character, white space at their ends included.
//! A sentence element becomes a passage where its passage has no text of its own.
//! Elements that BioC does not define are skipped with all they hold.

use std::io::{BufRead, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use quick_xml::encoding::EncodingError;
use quick_xml::events::Event;

use super::bioc::{Annotation, Gathered, Keys, PassageParts, Stated, TYPE, infons};
use super::book::Book;
use super::head::{Evidence, Head};
use super::position::{Counted, Position, excerpt};
use super::xml::{attributes, entity, is_xml, other_encoding};
use super::{Format, Sink, Source};
use crate::document::{Document, Mention};
use crate::error::{CorpusErrorKind, DataError};
use crate::gzip::GzipFault;
use crate::ledger::{Item, Ledger, Loss};
use crate::text::LONGEST_DOCUMENT;

/// Told by the element `collection` around everything.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    match head.shape.element() {
        Some("collection") => Evidence::Certain,
        None if head.ending == "xml" && head.is_empty() => Evidence::Named,
        _ => Evidence::Nothing,
    }
}

/// The elements of BioC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Collection,
    /// `source`, `date` or `key` of a collection.
    About,
    Document,
    Id,
    Infon,
    Passage,
    Offset,
    Text,
    Sentence,
    Annotation,
    Location,
    Relation,
    Other,
}

/// What is met next.
enum Step {
    Start(Element),
    End,
    /// Text was added to [`Reader::text`], or something without meaning was met.
    Inside,
    EndOfFile,
}

/// Where the reader is: before, within or after the collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Within,
    After,
}

/// Reads BioC XML.
pub(super) struct Reader<R: BufRead> {
    xml: quick_xml::Reader<Counted<R>>,
    path: Arc<Path>,
    /// The event at hand.
    event: Vec<u8>,
    /// Where it begins.
    position: Position,
    /// Text since it was cleared.
    text: String,
    /// The attributes `id`, `key`, `offset` and `length` of the element that began last.
    attributes: [Option<String>; 4],
    ledger: Ledger,
    stage: Stage,
}

impl<R: BufRead> Reader<R> {
    pub fn new(path: &Arc<Path>, reader: R) -> Result<Self, DataError> {
        let mut xml = quick_xml::Reader::from_reader(Counted::new(path, reader)?);
        xml.config_mut().expand_empty_elements = true;
        Ok(Self {
            xml,
            path: Arc::clone(path),
            event: Vec::new(),
            position: Position::START,
            text: String::new(),
            attributes: [const { None }; 4],
            ledger: Ledger::listing(0),
            stage: Stage::Before,
        })
    }

    /// The next event; text is added to what was met before.
    fn step(&mut self) -> Result<Step, DataError> {
        self.event.clear();
        self.position = self.xml.get_ref().position;
        self.xml.get_mut().allow(LONGEST_DOCUMENT);
        let error = |kind| Err(self.position.error(&self.path, kind));
        let event = match self.xml.read_event_into(&mut self.event) {
            Ok(event) => event,
            Err(source) => return Err(self.xml_error(&source)),
        };
        if event.contains('\0') {
            return error(CorpusErrorKind::Nul);
        }
        match event {
            Event::Start(start) => match attributes(&start, ["id", "key", "offset", "length"]) {
                Ok(attributes) => {
                    self.attributes = attributes;
                    return Ok(Step::Start(element(start.name().as_ref())));
                }
                Err(kind) => return error(kind),
            },
            Event::End(_) => return Ok(Step::End),
            Event::Eof => return Ok(Step::EndOfFile),
            Event::Text(text) => self.text.push_str(&text.xml10_content()),
            Event::CData(text) => self.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => match entity(&reference) {
                Ok(character) => self.text.push(character),
                Err(kind) => return error(kind),
            },
            Event::Decl(declaration) => {
                if let Some(kind) = other_encoding(&declaration) {
                    return error(kind);
                }
            }
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
        }
        Ok(Step::Inside)
    }

    /// The text of the element that has begun, up to its end.
    fn element_text(&mut self) -> Result<String, DataError> {
        self.text.clear();
        loop {
            match self.step()? {
                Step::Start(_) => {
                    let before = std::mem::take(&mut self.text);
                    self.skip_element(Loss::UnreadUnknownPart)?;
                    self.text = before;
                }
                Step::End => return Ok(std::mem::take(&mut self.text)),
                Step::Inside => {}
                Step::EndOfFile => return Err(self.cut_off()),
            }
        }
    }

    /// The number that the element holds which has begun.
    fn element_number(&mut self) -> Result<usize, DataError> {
        let position = self.position;
        let text = self.element_text()?;
        self.number(text.trim(), position)
    }

    fn number(&self, text: &str, position: Position) -> Result<usize, DataError> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or_else(|| {
            let expected = "a number of characters, not negative";
            self.unexpected(position, excerpt(text), expected, "correct the number")
        })
    }

    /// Goes on to the end of the element that has begun, however deep it is nested.
    fn skip_element(&mut self, loss: Loss) -> Result<(), DataError> {
        let [id, key, ..] = &self.attributes;
        let name = id.as_deref().or(key.as_deref()).unwrap_or_default();
        self.ledger.skip(loss, &self.path, self.position, || Item::named(name));
        let mut depth = 1;
        while depth > 0 {
            match self.step()? {
                Step::Start(_) => depth += 1,
                Step::End => depth -= 1,
                Step::Inside => {}
                Step::EndOfFile => return Err(self.cut_off()),
            }
            self.text.clear();
        }
        Ok(())
    }

    /// What is met next in an element whose own text means nothing: the start of an element, or nothing at its end.
    fn child(&mut self) -> Result<Option<Element>, DataError> {
        loop {
            self.text.clear();
            match self.step()? {
                Step::Start(element) => return Ok(Some(element)),
                Step::End => return Ok(None),
                Step::Inside => {
                    if !self.text.trim_ascii().is_empty() {
                        let item = || Item::named(self.text.trim_ascii());
                        self.ledger.skip(Loss::UnreadUnknownPart, &self.path, self.position, item);
                    }
                }
                Step::EndOfFile => return Err(self.cut_off()),
            }
        }
    }

    fn infon(&mut self) -> Result<(String, String), DataError> {
        let [_, key, ..] = &mut self.attributes;
        let key = key.take().unwrap_or_default();
        Ok((key, self.element_text()?))
    }

    fn document(&mut self) -> Result<Document, DataError> {
        let position = self.position;
        let mut id = None;
        let mut document = Document { id: String::new(), passages: Vec::new(), mentions: Vec::new(), sentences: None };
        let before = self.ledger.begin_document();
        while let Some(element) = self.child()? {
            match element {
                Element::Id if id.is_none() => id = Some(self.element_text()?),
                Element::Infon => self.skip_element(Loss::UnreadDocumentInfon)?,
                Element::Passage => self.passage(&mut document)?,
                Element::Annotation => document.mentions.extend(self.annotation()?),
                Element::Relation => self.skip_element(Loss::UnreadRelation)?,
                _ => self.skip_element(Loss::UnreadUnknownPart)?,
            }
        }
        document.id = id.unwrap_or_default();
        self.ledger.end_document(before, &document.id);
        match document.check() {
            Ok(()) => Ok(document),
            Err(fault) => Err(position.error(&self.path, CorpusErrorKind::Fault { document: document.id, fault })),
        }
    }

    fn passage(&mut self, document: &mut Document) -> Result<(), DataError> {
        let position = self.position;
        let mut parts = PassageParts { first_mention: document.mentions.len(), ..PassageParts::default() };
        while let Some(element) = self.child()? {
            match element {
                Element::Infon => match self.infon()? {
                    (key, kind) if key == TYPE && parts.kind.is_none() => parts.kind = Some(kind),
                    (key, _) => {
                        self.ledger.skip(Loss::UnreadPassageInfon, &self.path, self.position, || Item::named(&key));
                    }
                },
                Element::Offset => parts.offset = Some(self.element_number()?),
                Element::Text => parts.text = Some(self.element_text()?),
                Element::Annotation => document.mentions.extend(self.annotation()?),
                Element::Sentence => {
                    let sentence = self.sentence(document)?;
                    parts.sentences.push(sentence);
                }
                Element::Relation => self.skip_element(Loss::UnreadRelation)?,
                _ => self.skip_element(Loss::UnreadUnknownPart)?,
            }
        }
        if parts.offset.is_none() && parts.sentences.is_empty() {
            return Err(self.no_offset(position));
        }
        parts.add_to(document, &self.path, position, &mut self.ledger);
        Ok(())
    }

    /// The offset and text of a sentence; its mentions go to the document.
    fn sentence(&mut self, document: &mut Document) -> Result<(usize, String), DataError> {
        let position = self.position;
        let mut offset = None;
        let mut text = String::new();
        while let Some(element) = self.child()? {
            match element {
                Element::Offset => offset = Some(self.element_number()?),
                Element::Text => text = self.element_text()?,
                Element::Annotation => document.mentions.extend(self.annotation()?),
                Element::Infon => self.skip_element(Loss::UnreadPassageInfon)?,
                Element::Relation => self.skip_element(Loss::UnreadRelation)?,
                _ => self.skip_element(Loss::UnreadUnknownPart)?,
            }
        }
        let offset = offset.ok_or_else(|| self.no_offset(position))?;
        let item = || Item::new("", offset..offset.saturating_add(text.chars().count()), &text, "");
        self.ledger.skip(Loss::UnreadSentence, &self.path, position, item);
        Ok((offset, text))
    }

    fn annotation(&mut self) -> Result<Option<Mention>, DataError> {
        let position = self.position;
        let [id, ..] = &mut self.attributes;
        let mut annotation = Annotation { id: id.take().unwrap_or_default(), ..Annotation::default() };
        while let Some(element) = self.child()? {
            match element {
                Element::Infon => {
                    let infon = self.infon()?;
                    annotation.infons.push(infon);
                }
                Element::Location => annotation.locations.push(self.location()?),
                Element::Text => annotation.text = Some(self.element_text()?),
                _ => self.skip_element(Loss::UnreadUnknownPart)?,
            }
        }
        Ok(annotation.into_mention(&self.path, position, &mut self.ledger))
    }

    fn location(&mut self) -> Result<std::ops::Range<usize>, DataError> {
        let position = self.position;
        let [_, _, offset, length] = std::mem::take(&mut self.attributes);
        let start = self.number(offset.unwrap_or_default().trim(), position)?;
        let length = self.number(length.unwrap_or_default().trim(), position)?;
        let Some(end) = start.checked_add(length) else {
            let found = format!("the offset {start} with the length {length}");
            return Err(self.unexpected(position, found, "offsets within the text", "correct the numbers"));
        };
        self.element_text()?;
        Ok(start..end)
    }

    fn unexpected(&self, at: Position, found: String, expected: &'static str, advice: &'static str) -> DataError {
        at.error(&self.path, CorpusErrorKind::Unexpected { found, expected, advice })
    }

    fn no_offset(&self, position: Position) -> DataError {
        let found = "a passage or sentence without an offset".to_owned();
        self.unexpected(position, found, "its offset in the document", "add the offset, in characters")
    }

    fn cut_off(&self) -> DataError {
        let found = "the end of the file within an element".to_owned();
        self.xml.get_ref().position.error(&self.path, CorpusErrorKind::Xml { found })
    }

    fn xml_error(&self, source: &quick_xml::Error) -> DataError {
        match source {
            quick_xml::Error::Io(source) if source.kind() == ErrorKind::FileTooLarge => {
                self.position.error(&self.path, CorpusErrorKind::LongDocument)
            }
            quick_xml::Error::Io(source) => {
                let fault = source.get_ref().and_then(|inner| inner.downcast_ref::<GzipFault>());
                let again = match fault {
                    Some(fault) => std::io::Error::new(source.kind(), fault.clone()),
                    None => std::io::Error::new(source.kind(), source.to_string()),
                };
                super::unreadable(&self.path, again)
            }
            quick_xml::Error::Encoding(EncodingError::Utf8(source)) => {
                // The event holds the bytes that were taken, from its start on.
                let at = source.valid_up_to().min(self.event.len());
                let kind = match self.event.get(at) {
                    Some(byte) if *byte >= 0x80 => CorpusErrorKind::NotUtf8 { byte: *byte },
                    _ => CorpusErrorKind::Xml { found: source.to_string() },
                };
                self.position.after(&self.event[..at]).error(&self.path, kind)
            }
            other => self.position.error(&self.path, CorpusErrorKind::Xml { found: other.to_string() }),
        }
    }
}

impl<R: BufRead> Source for Reader<R> {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        loop {
            if self.stage == Stage::Within {
                match self.child()? {
                    Some(Element::Document) => return self.document().map(Some),
                    Some(Element::Infon) => self.skip_element(Loss::UnreadCollectionInfon)?,
                    Some(Element::About) => {
                        let position = self.position;
                        let text = self.element_text()?;
                        if !text.trim().is_empty() {
                            self.ledger
                                .skip(Loss::UnreadCollectionInfon, &self.path, position, || Item::named(text.trim()));
                        }
                    }
                    Some(_) => self.skip_element(Loss::UnreadUnknownPart)?,
                    None => self.stage = Stage::After,
                }
                continue;
            }
            self.text.clear();
            let is_before = self.stage == Stage::Before;
            match self.step()? {
                Step::Start(Element::Collection) if is_before => self.stage = Stage::Within,
                Step::EndOfFile if !is_before => return Ok(None),
                Step::Inside if self.text.trim_ascii().is_empty() => {}
                found => {
                    let found = match found {
                        Step::EndOfFile => "the end of the file",
                        Step::Inside => "text",
                        Step::Start(_) | Step::End => "another element",
                    };
                    let expected = if is_before { "a <collection> of BioC" } else { "nothing after </collection>" };
                    let advice = "name the file's format, or fetch it again";
                    return Err(self.unexpected(self.position, found.to_owned(), expected, advice));
                }
            }
        }
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

fn element(name: &str) -> Element {
    match name {
        "collection" => Element::Collection,
        "source" | "date" | "key" => Element::About,
        "document" => Element::Document,
        "id" => Element::Id,
        "infon" => Element::Infon,
        "passage" => Element::Passage,
        "offset" => Element::Offset,
        "text" => Element::Text,
        "sentence" => Element::Sentence,
        "annotation" => Element::Annotation,
        "location" => Element::Location,
        "relation" => Element::Relation,
        _ => Element::Other,
    }
}

/// White space that may not stand in XML, which is written as a space: texts of articles hold form feeds (LINNAEUS).
fn is_space(character: char) -> bool {
    matches!(character, '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1f}')
}

/// Writes BioC XML.
pub(super) struct Writer<W> {
    out: W,
    xml: String,
    is_begun: bool,
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE collection SYSTEM \"BioC.dtd\">\n<collection>\n<source></source>\n<date></date>\n<key></key>\n";

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Self {
        Self { out, xml: String::new(), is_begun: false }
    }

    fn begin(&mut self) {
        self.xml.clear();
        if !self.is_begun {
            self.xml.push_str(HEAD);
            self.is_begun = true;
        }
    }
}

impl<W: Write> Sink for Writer<W> {
    fn write(&mut self, document: &Document, losses: &mut Book<'_, '_>) -> Result<(), DataError> {
        let is_held = |character: &char| is_xml(*character) || is_space(*character);
        if let Some(character) = characters_of(document).find(|character| !is_held(character)) {
            return Err(DataError::UnrepresentableDocument {
                document: document.id.clone(),
                format: Format::BiocXml,
                found: format!("the character {}", character.escape_unicode()),
                expected: "characters that XML 1.0 allows, such as TAB and line breaks but no other control characters",
            });
        }
        let has_spaces = characters_of(document).any(is_space);
        losses.add_if(has_spaces, Loss::UnwrittenWhiteSpace);
        let gathered = Gathered::new(document, losses);
        self.begin();
        let xml = &mut self.xml;
        xml.push_str("<document>\n");
        element_of(xml, "id", &document.id);
        for (passage, mentions) in document.passages.iter().zip(gathered.by_passage) {
            xml.push_str("<passage>\n");
            if !passage.kind.is_empty() {
                infon(xml, TYPE, &passage.kind);
            }
            element_of(xml, "offset", &passage.offset.to_string());
            element_of(xml, "text", &passage.text);
            for mention in &mentions {
                annotation(xml, mention, losses);
            }
            xml.push_str("</passage>\n");
        }
        for mention in gathered.without_passage {
            annotation(xml, &mention, losses);
        }
        xml.push_str("</document>\n");
        Ok(self.out.write_all(self.xml.as_bytes())?)
    }

    fn keeps_scores(&self) -> bool {
        true
    }

    fn goes_on(&mut self) -> Result<(), DataError> {
        self.is_begun = true;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), DataError> {
        self.begin();
        self.xml.push_str("</collection>\n");
        self.out.write_all(self.xml.as_bytes())?;
        Ok(self.out.flush()?)
    }
}

/// Every character that would be written.
fn characters_of(document: &Document) -> impl Iterator<Item = char> {
    let passages = document.passages.iter().flat_map(|passage| [&passage.kind, &passage.text]);
    let mentions = document.mentions.iter().flat_map(|mention| {
        let identifiers = mention.identifiers.iter().flat_map(|identifier| [&identifier.database, &identifier.id]);
        [&mention.id, &mention.entity_type].into_iter().chain(&mention.text).chain(identifiers)
    });
    [&document.id].into_iter().chain(passages).chain(mentions).flat_map(|text| text.chars())
}

fn annotation(xml: &mut String, stated: &Stated<'_>, losses: &mut Book<'_, '_>) {
    let Stated { mention, id, text } = stated;
    xml.push_str("<annotation id=\"");
    escape_into(xml, id);
    xml.push_str("\">\n");
    for (key, value) in infons(mention, Keys::Repeated, losses) {
        infon(xml, key, &value);
    }
    for part in &mention.parts {
        let location = format!("<location offset=\"{}\" length=\"{}\"/>\n", part.start, part.end - part.start);
        xml.push_str(&location);
    }
    element_of(xml, "text", text);
    xml.push_str("</annotation>\n");
}

fn infon(xml: &mut String, key: &str, value: &str) {
    xml.push_str("<infon key=\"");
    escape_into(xml, key);
    xml.push_str("\">");
    escape_into(xml, value);
    xml.push_str("</infon>\n");
}

fn element_of(xml: &mut String, name: &str, text: &str) {
    xml.extend(["<", name, ">"]);
    escape_into(xml, text);
    xml.extend(["</", name, ">\n"]);
}

/// Text as it may stand in an element or an attribute, so that it is read back to the character.
fn escape_into(xml: &mut String, text: &str) {
    let mut rest = text;
    let is_special = |byte: &u8| *byte < b' ' || matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'');
    while let Some(at) = rest.as_bytes().iter().position(is_special) {
        xml.push_str(&rest[..at]);
        xml.push_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            b'\'' => "&apos;",
            b'\t' => "&#9;",
            b'\n' => "&#10;",
            b'\r' => "&#13;",
            _ => " ",
        });
        rest = &rest[at + 1..];
    }
    xml.push_str(rest);
}
