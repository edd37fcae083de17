//! The JSON of PubAnnotation: `{"text": …, "denotations": [{"id": "T1", "span": {"begin": 12, "end": 18}, "obj": "Disease"}]}`.
//! An object becomes a document here and a document becomes an object; a file holds one object, an array of them, or one a line.
//!
//! Offsets count characters, and denotations may overlap.
//! The id is `sourceid`, with `divid` after it; else it is the name of the file and the number of the object.
//! A denotation of several parts states an array of spans, or names fragments by the relation `_lexicallyChainedTo`; both become a mention of several parts.
//! Blocks that hold all of the text become passages, other blocks are counted; those whose object is `sentence` are sentences and counted.
//! An attribute `identifier` is an identifier; other attributes, modifications and relations are counted, not kept.
//! Denotations of `tracks` are read as if they stood in the document itself.
//!
//! Passages are written as blocks, and texts of mentions have no form.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::book::Book;
use super::head::{Evidence, Head};
use super::ids::Ids;
use super::json::Json;
use super::json_keys::Value;
use super::json_values::{Outcome, Reader, Reading, Values};
use super::{Format, Sink};
use crate::document::{Document, Identifier, Mention, Passage};
use crate::error::DataError;
use crate::ledger::Loss;

/// The object of a denotation that is a part of another.
const FRAGMENT: &str = "_FRAGMENT";
/// The relation between the parts of a mention.
const CHAINED: &str = "_lexicallyChainedTo";
/// The attribute that names an entry of a database.
const IDENTIFIER: &str = "identifier";
/// What a block is called that is no passage.
const SENTENCE: &str = "sentence";

/// Told by denotations, or a text with its source.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let Some(keys) = head.shape.keys() else { return Evidence::Nothing };
    let is_text = keys.is("text", Value::Text);
    let has_denotations = keys.has("denotations") || keys.has("tracks[].denotations") || keys.has("sourcedb");
    if is_text && has_denotations { Evidence::Certain } else { Evidence::Nothing }
}

/// Reads a stream.
pub(super) fn reader<R: BufRead>(path: &Arc<Path>, reader: R) -> Result<Reader<R>, DataError> {
    Ok(Reader::new(Values::new(Format::PubAnnotation, path, reader)?, document))
}

/// What an object says before it is a document.
#[derive(Default)]
struct Found {
    source_id: Option<String>,
    division: Option<String>,
    text: Option<String>,
    mentions: Vec<Mention>,
    blocks: Vec<(Range<usize>, String)>,
    /// The subject, the predicate and the object of each.
    relations: Vec<[String; 3]>,
    attributes: Vec<[String; 3]>,
}

fn document(reading: &mut Reading<'_>, json: Json, number: usize) -> Result<Outcome, DataError> {
    let mut found = Found::default();
    found.read(reading, json)?;
    let id = match (found.source_id.take(), found.division.take()) {
        (None, _) => reading.numbered(number),
        (Some(id), None) => id,
        (Some(id), Some(division)) => format!("{id}-{division}"),
    };
    let none = || reading.unexpected("an object without a text".to_owned(), "`text` and `denotations`");
    let text = found.text.take().ok_or_else(none)?;
    found.chain(reading);
    found.identify(reading);
    let passages = passages(reading, text, found.blocks);
    Ok(Outcome::Document(Document { id, passages, mentions: found.mentions, sentences: None }))
}

impl Found {
    fn read(&mut self, reading: &mut Reading<'_>, json: Json) -> Result<(), DataError> {
        for (key, value) in reading.object(json, "a document")? {
            match key.as_str() {
                "text" => self.text = Some(reading.text(value, "the text of a document")?),
                "sourceid" => self.source_id = value.into_scalar(),
                "divid" => self.division = value.into_scalar(),
                "denotations" => {
                    for denotation in reading.array(value, "denotations")? {
                        let (mention, _) = denotation_of(reading, denotation)?;
                        self.mentions.push(mention);
                    }
                }
                "blocks" => {
                    for block in reading.array(value, "blocks")? {
                        let (mention, range) = denotation_of(reading, block)?;
                        self.blocks.push((range, mention.entity_type));
                    }
                }
                "relations" => self.relations.extend(triples(reading, value)?),
                "attributes" => self.attributes.extend(triples(reading, value)?),
                "modifications" => reading.skip_all(value, Loss::UnreadAttribute),
                "tracks" => {
                    for track in reading.array(value, "tracks")? {
                        self.read(reading, track)?;
                    }
                }
                "sourcedb" | "target" | "project" | "namespaces" | "config" | "source_url" | "styles" => {
                    reading.skip(Loss::UnreadCollectionInfon, &key);
                }
                _ => reading.skip(Loss::UnreadDocumentInfon, &key),
            }
        }
        Ok(())
    }

    /// Gives the parts that are chained to a mention to it; other relations are counted.
    fn chain(&mut self, reading: &mut Reading<'_>) {
        let by_id = |mentions: &[Mention]| -> HashMap<String, usize> {
            mentions.iter().enumerate().map(|(index, mention)| (mention.id.clone(), index)).collect()
        };
        let ids = by_id(&self.mentions);
        // To which mention each belongs, itself at first.
        let mut owner: Vec<usize> = (0..self.mentions.len()).collect();
        for [subject, predicate, object] in std::mem::take(&mut self.relations) {
            let both =
                (predicate == CHAINED).then(|| ids.get(&subject).copied().zip(ids.get(&object).copied())).flatten();
            match both {
                Some((one, other)) => {
                    let (one, other) = (root(&mut owner, one), root(&mut owner, other));
                    // The part is the one that is called so.
                    let is_part =
                        |index: usize| self.mentions.get(index).is_some_and(|part| part.entity_type == FRAGMENT);
                    let (part, whole) = if is_part(one) && !is_part(other) { (one, other) } else { (other, one) };
                    owner[part] = whole;
                }
                None => reading.skip(Loss::UnreadRelation, &format!("{subject} {predicate} {object}")),
            }
        }
        let mut parts: Vec<Vec<Range<usize>>> = vec![Vec::new(); owner.len()];
        for (index, mention) in self.mentions.iter().enumerate() {
            parts[root(&mut owner, index)].extend(mention.parts.iter().cloned());
        }
        let mut index = 0;
        self.mentions.retain_mut(|mention| {
            let is_whole = owner[index] == index;
            if is_whole && parts[index].len() > mention.parts.len() {
                mention.parts = std::mem::take(&mut parts[index]);
                mention.parts.sort_by_key(|part| (part.start, part.end));
            }
            index += 1;
            is_whole
        });
    }

    /// Gives identifiers to their mentions; other attributes are counted.
    fn identify(&mut self, reading: &mut Reading<'_>) {
        let ids = self.mentions.iter().enumerate().map(|(index, mention)| (mention.id.clone(), index));
        let ids: HashMap<String, usize> = ids.collect();
        for [subject, predicate, object] in std::mem::take(&mut self.attributes) {
            let mention = ids.get(&subject).and_then(|index| self.mentions.get_mut(*index));
            match mention.filter(|_| predicate == IDENTIFIER) {
                Some(mention) => mention.identifiers.push(Identifier { database: String::new(), id: object }),
                None => reading.skip(Loss::UnreadAttribute, &format!("{subject} {predicate} {object}")),
            }
        }
    }
}

/// To which mention one belongs at last.
fn root(owner: &mut [usize], mut index: usize) -> usize {
    while owner[index] != index {
        // Long chains are halved on the way, so that they are not walked again and again.
        owner[index] = owner[owner[index]];
        index = owner[index];
    }
    index
}

/// A denotation or a block, and its characters from the first to the last.
fn denotation_of(reading: &mut Reading<'_>, json: Json) -> Result<(Mention, Range<usize>), DataError> {
    let mut mention = Mention { parts: Vec::new(), ..Mention::new("", 0..0) };
    let (mut begin, mut end) = (None, None);
    for (key, value) in reading.object(json, "a denotation")? {
        match key.as_str() {
            "id" => mention.id = reading.text(value, "the id of a denotation")?,
            "obj" => mention.entity_type = reading.text(value, "the object of a denotation")?,
            "span" => match value {
                Json::Array(spans) => {
                    for part in spans {
                        mention.parts.push(span(reading, part)?);
                    }
                }
                only => mention.parts.push(span(reading, only)?),
            },
            "begin" => begin = Some(reading.offset(value)?),
            "end" => end = Some(reading.offset(value)?),
            _ => reading.skip(Loss::UnreadAttribute, &key),
        }
    }
    if mention.parts.is_empty() {
        mention.parts.push(reading.range(begin, end)?);
    }
    let range = mention.extent();
    Ok((mention, range))
}

fn span(reading: &Reading<'_>, json: Json) -> Result<Range<usize>, DataError> {
    let (mut begin, mut end) = (None, None);
    for (key, value) in reading.object(json, "a span")? {
        match key.as_str() {
            "begin" => begin = Some(reading.offset(value)?),
            "end" => end = Some(reading.offset(value)?),
            _ => return Err(reading.unexpected(format!("`{}` in a span", key.escape_debug()), "`begin` and `end`")),
        }
    }
    reading.range(begin, end)
}

/// The subjects, predicates and objects of relations or attributes.
fn triples(reading: &Reading<'_>, json: Json) -> Result<Vec<[String; 3]>, DataError> {
    let triple = |json: Json| {
        let mut triple = [const { String::new() }; 3];
        for (key, value) in reading.object(json, "a relation or attribute")? {
            if let Some(index) = ["subj", "pred", "obj"].iter().position(|name| *name == key) {
                triple[index] = value.into_scalar().unwrap_or_default();
            }
        }
        Ok(triple)
    };
    reading.array(json, "relations or attributes")?.into_iter().map(triple).collect()
}

/// The passages of a text: its blocks where these hold all of it but white space and follow one another, else all of it.
fn passages(reading: &mut Reading<'_>, text: String, blocks: Vec<(Range<usize>, String)>) -> Vec<Passage> {
    let (sentences, mut blocks): (Vec<_>, Vec<_>) =
        blocks.into_iter().partition(|(_, kind)| kind.eq_ignore_ascii_case(SENTENCE));
    sentences.iter().for_each(|_| reading.skip(Loss::UnreadSentence, ""));
    blocks.sort_by_key(|(range, _)| (range.start, range.end));
    match cut(&text, &blocks) {
        Some(passages) if !blocks.is_empty() => passages,
        _ => {
            blocks.iter().for_each(|(_, kind)| reading.skip(Loss::UnreadPassageInfon, kind));
            vec![Passage { kind: String::new(), offset: 0, text }]
        }
    }
}

fn cut(text: &str, blocks: &[(Range<usize>, String)]) -> Option<Vec<Passage>> {
    let mut rest = text.chars();
    let mut end = 0;
    let mut passages = Vec::with_capacity(blocks.len());
    for (range, kind) in blocks {
        let gap = range.start.checked_sub(end)?;
        let is_blank = rest.by_ref().take(gap).all(char::is_whitespace);
        let text: String = rest.by_ref().take(range.len()).collect();
        if !is_blank || text.chars().count() < range.len() {
            return None;
        }
        passages.push(Passage { kind: kind.clone(), offset: range.start, text });
        end = range.end;
    }
    rest.all(char::is_whitespace).then_some(passages)
}

/// Writes an array of objects, each on a line.
pub(super) struct Writer<W> {
    out: W,
    written: usize,
}

impl<W: Write> Writer<W> {
    pub const fn new(out: W) -> Self {
        Self { out, written: 0 }
    }
}

impl<W: Write> Sink for Writer<W> {
    fn write(&mut self, document: &Document, losses: &mut Book<'_, '_>) -> Result<(), DataError> {
        let json = serde_json::to_vec(&out_document(document, losses)).map_err(std::io::Error::from)?;
        self.out.write_all(if self.written == 0 { b"[\n" } else { b",\n" })?;
        self.out.write_all(&json)?;
        self.written += 1;
        Ok(())
    }

    fn goes_on(&mut self) -> Result<(), DataError> {
        self.written = 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), DataError> {
        self.out.write_all(if self.written == 0 { b"[]\n" } else { b"\n]\n" })?;
        Ok(self.out.flush()?)
    }
}

fn out_document<'d>(document: &'d Document, losses: &mut Book<'_, '_>) -> OutDocument<'d> {
    losses.add_if(document.sentences.is_some(), Loss::UnwrittenWords);
    let text = document.text();
    let is_whole = matches!(document.passages.as_slice(), [only] if only.kind.is_empty() && only.offset == 0);
    let as_blocks: Vec<(Range<usize>, String)> =
        document.passages.iter().map(|passage| (passage.range(), passage.kind.clone())).collect();
    let is_sentence = |passage: &Passage| passage.kind.eq_ignore_ascii_case(SENTENCE);
    // Blocks are read as passages under conditions that not all passages meet.
    let is_kept = is_whole
        || !document.passages.iter().any(is_sentence)
            && cut(&text, &as_blocks).is_some_and(|passages| passages == document.passages && !passages.is_empty());
    losses.add_if(!is_kept, Loss::UnwrittenPassages);
    let blocks = as_blocks.into_iter().enumerate().filter(|_| !is_whole && is_kept);
    let blocks = blocks.map(|(index, (range, kind))| OutDenotation {
        id: format!("B{}", index + 1).into(),
        span: OutSpans::One(range.into()),
        obj: kind.into(),
    });
    let mut out = OutDocument { text, sourceid: &document.id, blocks: blocks.collect(), ..OutDocument::default() };
    let mut ids = Ids::of(document);
    let mut written = HashSet::new();
    for mention in &document.mentions {
        if mention.parts.is_empty() {
            losses.add_of(Loss::UnwrittenWithoutOffsets, mention);
            continue;
        }
        let is_own = !mention.id.is_empty() && written.insert(mention.id.as_str());
        losses.add_of_if(!is_own && !mention.id.is_empty(), Loss::UnwrittenAnnotationIds, mention);
        let id = if is_own { Cow::Borrowed(mention.id.as_str()) } else { Cow::Owned(ids.next("T")) };
        out.add(mention, id, losses);
    }
    out
}

impl<'d> OutDocument<'d> {
    fn add(&mut self, mention: &'d Mention, id: Cow<'d, str>, losses: &mut Book<'_, '_>) {
        for Identifier { database, id: entry } in &mention.identifiers {
            losses.add_of_if(!database.is_empty(), Loss::UnwrittenIdentifiers, mention);
            let obj = if database.is_empty() { entry.clone() } else { format!("{database}:{entry}") };
            let attribute = format!("A{}", self.attributes.len() + 1);
            self.attributes.push(OutAttribute { id: attribute, subj: id.clone(), pred: IDENTIFIER, obj });
        }
        let span = match mention.parts.as_slice() {
            [only] => OutSpans::One(only.clone().into()),
            parts => OutSpans::Several(parts.iter().cloned().map(OutSpan::from).collect()),
        };
        self.denotations.push(OutDenotation { id, span, obj: Cow::Borrowed(&mention.entity_type) });
    }
}

#[derive(Serialize, Default)]
struct OutDocument<'d> {
    sourceid: &'d str,
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocks: Vec<OutDenotation<'d>>,
    denotations: Vec<OutDenotation<'d>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<OutAttribute<'d>>,
}

#[derive(Serialize)]
struct OutDenotation<'d> {
    id: Cow<'d, str>,
    span: OutSpans,
    obj: Cow<'d, str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OutSpans {
    One(OutSpan),
    Several(Vec<OutSpan>),
}

#[derive(Serialize)]
struct OutSpan {
    begin: usize,
    end: usize,
}

impl From<Range<usize>> for OutSpan {
    fn from(Range { start, end }: Range<usize>) -> Self {
        Self { begin: start, end }
    }
}

#[derive(Serialize)]
struct OutAttribute<'d> {
    id: String,
    subj: Cow<'d, str>,
    pred: &'static str,
    obj: String,
}
