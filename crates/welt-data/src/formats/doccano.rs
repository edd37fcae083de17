//! doccano's JSON lines: `{"id": 1, "text": …, "label": [[12, 18, "Disease"]]}` on each line.
//! A line becomes a document of one passage here and a document becomes a line; an array of such objects is read too.
//!
//! Offsets count characters (since its version of March 2019), and spans may overlap.
//! Versions differ in names: the text is `text` or `data`, the spans are `label`, `labels`, `entities` or `annotations`, triples or objects with `start_offset`, `end_offset` and `label`.
//! Relations, comments and classes of whole texts are counted, not kept.
//!
//! Passages become one text; identifiers, ids of annotations and stated texts have no form.

use std::io::{BufRead, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::book::Book;
use super::head::{Evidence, Head};
use super::json::Json;
use super::json_keys::Value;
use super::json_values::{Outcome, Reader, Reading, Values};
use super::one_text::{spans, text_of};
use super::{Format, Sink};
use crate::document::{Document, Mention, Passage};
use crate::error::DataError;
use crate::ledger::Loss;

/// Told by a text and its labels.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let Some(keys) = head.shape.keys() else { return Evidence::Nothing };
    let is_text = keys.is("text", Value::Text) || keys.is("data", Value::Text);
    let of_labels = ["label", "labels", "entities", "annotations"];
    let is_span =
        |key: &&str| keys.is(&format!("{key}[][]"), Value::Number) || keys.has(&format!("{key}[].start_offset"));
    let is_list = |key: &&str| keys.is(key, Value::Array);
    if !is_text || keys.has("spans") || keys.has("annotations[].result") || keys.has("denotations") {
        return Evidence::Nothing;
    }
    if of_labels.iter().any(is_span) {
        return Evidence::Certain;
    }
    // An example without any label.
    if of_labels.iter().take(3).any(is_list) { Evidence::Likely } else { Evidence::Nothing }
}

/// Reads a stream.
pub(super) fn reader<R: BufRead>(path: &Arc<Path>, reader: R) -> Result<Reader<R>, DataError> {
    Ok(Reader::new(Values::new(Format::Doccano, path, reader)?, document))
}

fn document(reading: &mut Reading<'_>, json: Json, number: usize) -> Result<Outcome, DataError> {
    let (mut id, mut text, mut mentions) = (None, None, Vec::new());
    for (key, value) in reading.object(json, "an example")? {
        match key.as_str() {
            "text" | "data" => text = Some(reading.text(value, "the text of an example")?),
            "id" | "doc_id" => id = value.into_scalar(),
            "label" | "labels" | "entities" | "annotations" => {
                for label in reading.array(value, "labels")? {
                    mentions.extend(mention(reading, label)?);
                }
            }
            "relations" => reading.skip_all(value, Loss::UnreadRelation),
            "cats" => reading.skip_all(value, Loss::UnreadChoice),
            "Comments" | "comments" => reading.skip_all(value, Loss::UnreadNote),
            "username" | "annotation_approver" | "is_confirmed" => reading.skip_all(value, Loss::UnreadBookkeeping),
            "meta" | "metadata" => reading.skip_all(value, Loss::UnreadDocumentInfon),
            _ => reading.skip(Loss::UnreadDocumentInfon, &key),
        }
    }
    let none = || reading.unexpected("an example without a text".to_owned(), "`text` and `label`");
    let text = text.ok_or_else(none)?;
    let id = id.unwrap_or_else(|| reading.numbered(number));
    let passages = vec![Passage { kind: String::new(), offset: 0, text }];
    Ok(Outcome::Document(Document { id, passages, mentions, sentences: None }))
}

/// The mention of a triple or an object, nothing where it is a class of the whole text.
fn mention(reading: &mut Reading<'_>, json: Json) -> Result<Option<Mention>, DataError> {
    match json {
        Json::Scalar(class) => {
            reading.skip(Loss::UnreadChoice, &class);
            Ok(None)
        }
        Json::Array(values) => {
            let found = values.len();
            let Ok([start, end, label]) = <[Json; 3]>::try_from(values) else {
                return Err(reading.unexpected(format!("{found} values for a label"), "its start, end and name"));
            };
            let range = reading.range(Some(reading.offset(start)?), Some(reading.offset(end)?))?;
            Ok(Some(Mention::new(&reading.text(label, "the name of a label")?, range)))
        }
        object => span(reading, object),
    }
}

/// The mention of an object with offsets, nothing where it has none: then it is a class of the whole text.
fn span(reading: &mut Reading<'_>, json: Json) -> Result<Option<Mention>, DataError> {
    let (mut start, mut end) = (None, None);
    let mut mention = Mention { parts: Vec::new(), ..Mention::new("", 0..0) };
    for (key, value) in reading.object(json, "a label")? {
        match key.as_str() {
            "start_offset" | "start" => start = Some(reading.offset(value)?),
            "end_offset" | "end" => end = Some(reading.offset(value)?),
            "label" => mention.entity_type = reading.text(value, "the name of a label")?,
            "id" => mention.id = reading.text(value, "the id of a label")?,
            "user" | "created_at" | "updated_at" | "prob" | "manual" => {
                reading.skip_all(value, Loss::UnreadBookkeeping);
            }
            _ => reading.skip(Loss::UnreadAttribute, &key),
        }
    }
    if start.is_none() && end.is_none() {
        reading.skip(Loss::UnreadChoice, &mention.entity_type);
        return Ok(None);
    }
    mention.parts.push(reading.range(start, end)?);
    Ok(Some(mention))
}

/// Writes JSON lines.
pub(super) struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    pub const fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Sink for Writer<W> {
    fn write(&mut self, document: &Document, losses: &mut Book<'_, '_>) -> Result<(), DataError> {
        let text = text_of(document, losses);
        let spans = spans(document, losses);
        let triple = |(characters, mention): (Range<usize>, &Mention)| {
            losses.add_of_if(!mention.id.is_empty(), Loss::UnwrittenAnnotationIds, mention);
            losses.add_of_if(!mention.identifiers.is_empty(), Loss::UnwrittenIdentifiers, mention);
            (characters.start, characters.end, mention.entity_type.clone())
        };
        let label = spans.into_iter().map(triple).collect();
        let example = Example { id: &document.id, text: &text, label };
        let mut line = serde_json::to_vec(&example).map_err(std::io::Error::from)?;
        line.push(b'\n');
        Ok(self.out.write_all(&line)?)
    }

    fn finish(&mut self) -> Result<(), DataError> {
        Ok(self.out.flush()?)
    }
}

#[derive(Serialize)]
struct Example<'d> {
    id: &'d str,
    text: &'d str,
    label: Vec<(usize, usize, String)>,
}
