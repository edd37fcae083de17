//! Prodigy's JSON lines: `{"text": …, "spans": [{"start": 0, "end": 7, "label": "Disease"}], "answer": "accept"}` on each line.
//! A line becomes a document of one passage here and a document becomes a line; an array of such objects is read too.
//!
//! Offsets count characters, and spans may overlap.
//! The id is that of the line or of its `meta`; else it is the name of the file and the number of the line.
//! What an annotator rejected or ignored is left out and counted: it is no text without mentions. So are relations, choices, classes and what `meta` says besides.
//! Tokens, hashes and times are told and do no harm.
//!
//! Passages become one text; the entry of a database is written as `kb_id`, as spaCy has it.

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
use super::one_text::{one_identifier, spans, text_of};
use super::{Format, Sink};
use crate::document::{Document, Identifier, Mention, Passage};
use crate::error::DataError;
use crate::ledger::Loss;

/// Told by the keys of its tasks.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let Some(keys) = head.shape.keys() else { return Evidence::Nothing };
    let is_task = keys.has("spans[].start") || keys.has("spans") || keys.has("answer") || keys.has("_input_hash");
    let is_text = keys.is("text", Value::Text) && !keys.has("label[]") && !keys.has("denotations");
    if is_text && is_task { Evidence::Certain } else { Evidence::Nothing }
}

/// Reads a stream.
pub(super) fn reader<R: BufRead>(path: &Arc<Path>, reader: R) -> Result<Reader<R>, DataError> {
    Ok(Reader::new(Values::new(Format::Prodigy, path, reader)?, document))
}

fn document(reading: &mut Reading<'_>, json: Json, number: usize) -> Result<Outcome, DataError> {
    let (mut id, mut text, mut mentions, mut is_accepted) = (None, None, Vec::new(), true);
    for (key, value) in reading.object(json, "a task")? {
        match key.as_str() {
            "text" => text = Some(reading.text(value, "the text of a task")?),
            "spans" => {
                for span in reading.array(value, "spans")? {
                    mentions.extend(mention(reading, span)?);
                }
            }
            "answer" => is_accepted = reading.text(value, "an answer")? == "accept",
            "id" => id = value.into_scalar(),
            "meta" => id = meta(reading, value, id),
            "relations" => reading.skip_all(value, Loss::UnreadRelation),
            // The choices that there were are none that was made.
            "options" => {}
            "accept" | "label" => reading.skip_all(value, Loss::UnreadChoice),
            "tokens" => reading.skip(Loss::UnreadWords, ""),
            _ if key.starts_with('_') => reading.skip(Loss::UnreadBookkeeping, &key),
            _ => reading.skip(Loss::UnreadDocumentInfon, &key),
        }
    }
    let id = id.unwrap_or_else(|| reading.numbered(number));
    let none = || reading.unexpected("a task without a text".to_owned(), "`text` and `spans`");
    let text = text.ok_or_else(none)?;
    if !is_accepted {
        reading.skip(Loss::UnreadRejected, &text);
        return Ok(Outcome::LeftOut(id));
    }
    let passages = vec![Passage { kind: String::new(), offset: 0, text }];
    Ok(Outcome::Document(Document { id, passages, mentions, sentences: None }))
}

/// The id that `meta` states, or else the one that there was; what else it says is counted.
fn meta(reading: &mut Reading<'_>, json: Json, id: Option<String>) -> Option<String> {
    let Json::Object(members) = json else {
        reading.skip_all(json, Loss::UnreadDocumentInfon);
        return id;
    };
    let mut found = id;
    for (key, value) in members {
        match value.into_scalar() {
            Some(id) if found.is_none() && matches!(key.as_str(), "id" | "doc_id" | "document_id" | "pmid") => {
                found = Some(id);
            }
            _ => reading.skip(Loss::UnreadDocumentInfon, &key),
        }
    }
    found
}

/// The mention of a span, nothing where it was rejected.
fn mention(reading: &mut Reading<'_>, json: Json) -> Result<Option<Mention>, DataError> {
    let (mut start, mut end, mut is_accepted) = (None, None, true);
    let mut mention = Mention { parts: Vec::new(), ..Mention::new("", 0..0) };
    for (key, value) in reading.object(json, "a span")? {
        match key.as_str() {
            "start" => start = Some(reading.offset(value)?),
            "end" => end = Some(reading.offset(value)?),
            "label" => mention.entity_type = reading.text(value, "the label of a span")?,
            "text" => mention.text = Some(reading.text(value, "the text of a span")?),
            "id" => mention.id = reading.text(value, "the id of a span")?,
            "kb_id" => {
                let id = value.into_scalar().filter(|id| !id.is_empty());
                mention.identifiers.extend(id.map(|id| Identifier { database: String::new(), id }));
            }
            "answer" => is_accepted = reading.text(value, "an answer")? == "accept",
            // They say of words what the offsets say of characters.
            "token_start" | "token_end" => {}
            // What a model or a pattern proposed the span that was accepted.
            "input_hash" | "source" | "score" | "pattern" | "priority" => reading.skip(Loss::UnreadBookkeeping, &key),
            _ if key.starts_with('_') => reading.skip(Loss::UnreadBookkeeping, &key),
            _ => reading.skip(Loss::UnreadAttribute, &key),
        }
    }
    mention.parts.push(reading.range(start, end)?);
    if !is_accepted {
        reading.skip_mention(Loss::UnreadRejected, &mention);
    }
    Ok(is_accepted.then_some(mention))
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
        let span = |(characters, mention): (Range<usize>, &Mention)| OutSpan {
            start: characters.start,
            end: characters.end,
            label: mention.entity_type.clone(),
            text: mention.text.clone().filter(|_| !mention.is_discontinuous()),
            id: mention.id.clone(),
            kb_id: one_identifier(mention, losses),
        };
        let spans = spans.into_iter().map(span).collect();
        let task = Task { text: &text, spans, meta: Meta { id: &document.id } };
        let mut line = serde_json::to_vec(&task).map_err(std::io::Error::from)?;
        line.push(b'\n');
        Ok(self.out.write_all(&line)?)
    }

    fn finish(&mut self) -> Result<(), DataError> {
        Ok(self.out.flush()?)
    }
}

#[derive(Serialize)]
struct Task<'d> {
    text: &'d str,
    spans: Vec<OutSpan>,
    meta: Meta<'d>,
}

#[derive(Serialize)]
struct Meta<'d> {
    id: &'d str,
}

#[derive(Serialize)]
struct OutSpan {
    start: usize,
    end: usize,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kb_id: Option<String>,
}
