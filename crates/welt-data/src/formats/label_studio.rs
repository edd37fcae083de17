//! What Label Studio exports: tasks with their annotations (`JSON`), or with the labels beside the text (`JSON_MIN`).
//! A task becomes a document of one passage here; the export itself is an array of tasks, and tasks on lines are read too.
//!
//! Offsets count units of UTF-16, as browsers do, and no carriage returns before line feeds; where the stated texts show that a file counts characters, they do.
//! A stated text that differs in nothing but white space and case is not kept, since the tool changes both.
//! A region with several labels becomes a mention for each of them, and regions may overlap.
//! Of several annotators of a task the ground truth is read, or else the first who did not skip it; the others, drafts and predictions are counted.
//! A task that every annotator skipped is left out and counted: it is no text without mentions.
//! Relations, choices, texts written by annotators, and regions of HTML, whose offsets are not those of the text, are counted.

use std::io::BufRead;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::Format;
use super::head::{Evidence, Head};
use super::json::Json;
use super::json_values::{Outcome, Reader, Reading, Values};
use super::units::{Offsets, Unit, are_alike, may_be_alike, told_by};
use crate::document::{Document, Mention, Passage};
use crate::error::DataError;
use crate::ledger::Loss;

/// What offsets may count, the likeliest first.
const UNITS: [Unit; 3] = [Unit::Utf16, Unit::Character, Unit::Utf16WithoutReturns];

/// Told by the results of its annotations, or the fields beside its labels.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let Some(keys) = head.shape.keys() else { return Evidence::Nothing };
    let is_export = keys.has("annotations[].result")
        || keys.has("completions[].result")
        || keys.has("data") && keys.has("annotations") && keys.has("predictions");
    let is_smallest = keys.has("annotation_id") && keys.has("annotator");
    if is_export || is_smallest { Evidence::Certain } else { Evidence::Nothing }
}

/// Reads a stream.
pub(super) fn reader<R: BufRead>(path: &Arc<Path>, reader: R) -> Result<Reader<R>, DataError> {
    Ok(Reader::new(Values::new(Format::LabelStudio, path, reader)?, document))
}

/// What an annotator said of a task.
struct Annotation {
    regions: Vec<Json>,
    is_skipped: bool,
    is_ground_truth: bool,
}

/// A region of the text: its offsets in the file's unit, its labels, and what it says besides.
struct Region {
    range: Range<usize>,
    mention: Mention,
    labels: Vec<String>,
}

fn document(reading: &mut Reading<'_>, json: Json, number: usize) -> Result<Outcome, DataError> {
    let (mut id, mut annotations, mut data, mut own) = (None, None, None, Vec::new());
    for (key, value) in reading.object(json, "a task")? {
        match (key.as_str(), value) {
            ("id", value) => id = value.into_scalar(),
            ("annotations" | "completions", Json::Array(values)) => {
                annotations =
                    Some(values.into_iter().map(|value| annotation(reading, value)).collect::<Result<Vec<_>, _>>()?);
            }
            ("data", value @ Json::Object(_)) => data = Some(reading.object(value, "the data of a task")?),
            ("predictions" | "drafts", value) => reading.skip_all(value, Loss::UnreadProposal),
            ("meta", value) => reading.skip_all(value, Loss::UnreadDocumentInfon),
            (_, value) => own.push((key, value)),
        }
    }
    let id = id.unwrap_or_else(|| reading.numbered(number));
    let annotations = match annotations {
        Some(annotations) => {
            // Ids of projects, times, counts and names of annotators.
            own.iter().for_each(|(key, _)| reading.skip(Loss::UnreadBookkeeping, key));
            annotations
        }
        None if data.is_none() => {
            let (fields, regions) = smallest(reading, own);
            data = Some(fields);
            vec![Annotation { regions, is_skipped: false, is_ground_truth: false }]
        }
        None => Vec::new(),
    };
    let Some(regions) = chosen(reading, annotations) else { return Ok(Outcome::LeftOut(id)) };
    let regions = regions.into_iter().map(|json| region(reading, json));
    let regions: Vec<Region> = regions.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let text = text(reading, data.unwrap_or_default())?;
    let mentions = mentions(&text, regions);
    let passages = vec![Passage { kind: String::new(), offset: 0, text }];
    Ok(Outcome::Document(Document { id, passages, mentions, sentences: None }))
}

/// The fields and the regions of a task that has them beside one another (`JSON_MIN`).
fn smallest(reading: &mut Reading<'_>, own: Vec<(String, Json)>) -> (Vec<(String, Json)>, Vec<Json>) {
    let (mut fields, mut regions) = (Vec::new(), Vec::new());
    for (key, value) in own {
        match value {
            Json::Array(values) if values.iter().all(|value| matches!(value, Json::Object(_))) => {
                regions.extend(values);
            }
            value if is_bookkeeping(&key) => reading.skip_all(value, Loss::UnreadBookkeeping),
            value => fields.push((key, value)),
        }
    }
    (fields, regions)
}

fn is_bookkeeping(key: &str) -> bool {
    matches!(key, "annotator" | "annotation_id" | "created_at" | "updated_at" | "lead_time" | "agreement")
}

fn annotation(reading: &mut Reading<'_>, json: Json) -> Result<Annotation, DataError> {
    let mut annotation = Annotation { regions: Vec::new(), is_skipped: false, is_ground_truth: false };
    for (key, value) in reading.object(json, "an annotation")? {
        match key.as_str() {
            "result" => annotation.regions = reading.array(value, "the result of an annotation")?,
            "was_cancelled" | "skipped" => annotation.is_skipped = value.into_scalar().as_deref() == Some("true"),
            "ground_truth" => annotation.is_ground_truth = value.into_scalar().as_deref() == Some("true"),
            "prediction" | "draft" => {}
            _ => reading.skip(Loss::UnreadBookkeeping, &key),
        }
    }
    Ok(annotation)
}

/// The regions of the annotator who is read, nothing where all skipped the task.
fn chosen(reading: &mut Reading<'_>, annotations: Vec<Annotation>) -> Option<Vec<Json>> {
    if annotations.is_empty() {
        reading.skip(Loss::UnreadMissingAnnotations, "");
        return Some(Vec::new());
    }
    let is_read = |annotation: &Annotation| !annotation.is_skipped;
    let truth = annotations.iter().position(|annotation| is_read(annotation) && annotation.is_ground_truth);
    let Some(read) = truth.or_else(|| annotations.iter().position(is_read)) else {
        reading.skip(Loss::UnreadRejected, "");
        return None;
    };
    let mut regions = Vec::new();
    for (index, annotation) in annotations.into_iter().enumerate() {
        if index == read {
            regions = annotation.regions;
        } else {
            let loss = if annotation.is_skipped { Loss::UnreadRejected } else { Loss::UnreadOtherAnnotator };
            reading.skip(loss, "");
        }
    }
    Some(regions)
}

/// A region of text, nothing where it is something else, which is counted.
fn region(reading: &mut Reading<'_>, json: Json) -> Result<Option<Region>, DataError> {
    let mut found = Mention { parts: Vec::new(), ..Mention::new("", 0..0) };
    let (mut kind, mut value, mut flat) = (String::new(), None, Vec::new());
    for (key, member) in reading.object(json, "a region")? {
        match key.as_str() {
            "id" => found.id = member.into_scalar().unwrap_or_default(),
            "type" => kind = member.into_scalar().unwrap_or_default(),
            "value" => value = Some(reading.object(member, "the value of a region")?),
            "from_name" | "to_name" | "origin" | "readonly" | "hidden" | "locked" | "score" | "image_rotation" => {}
            "meta" | "parentID" => reading.skip_all(member, Loss::UnreadAttribute),
            _ => flat.push((key, member)),
        }
    }
    if kind == "relation" {
        reading.skip(Loss::UnreadRelation, "");
        return Ok(None);
    }
    let is_export = value.is_some();
    let (mut start, mut end, mut labels) = (None, None, Vec::new());
    // Choices and the like may be about a region that has labels elsewhere.
    let (mut is_html, mut is_choice) = (kind.starts_with("hyper"), false);
    for (key, member) in value.unwrap_or(flat) {
        match (key.as_str(), member) {
            // Places in HTML are paths to its elements.
            ("start" | "end", Json::Scalar(path)) if path.starts_with('/') => is_html = true,
            ("start", member) => start = Some(reading.offset(member)?),
            ("end", member) => end = Some(reading.offset(member)?),
            ("text", member @ Json::Scalar(_)) => found.text = member.into_scalar(),
            ("labels" | "hypertextlabels", Json::Array(names)) => {
                labels.extend(names.into_iter().filter_map(Json::into_scalar));
            }
            ("globalOffsets" | "startOffset" | "endOffset", _) => is_html = true,
            ("choices" | "taxonomy" | "rating" | "text" | "number" | "datetime", member) => {
                is_choice = true;
                reading.skip_all(member, Loss::UnreadChoice);
            }
            _ => reading.skip(Loss::UnreadAttribute, &key),
        }
    }
    if is_choice && labels.is_empty() {
        return Ok(None);
    }
    if is_html {
        reading.skip_mention(Loss::UnreadMention, &found);
        return Ok(None);
    }
    if start.is_none() && end.is_none() {
        // What is said of a text as a whole was counted, if it is no annotation without a place.
        if !labels.is_empty() || !is_export {
            reading.skip_mention(Loss::UnreadMention, &found);
        }
        return Ok(None);
    }
    let range = reading.range(start, end)?;
    Ok(Some(Region { range, mention: found, labels }))
}

/// The text among the fields of a task: the one that is called so, or the only text there is.
fn text(reading: &mut Reading<'_>, fields: Vec<(String, Json)>) -> Result<String, DataError> {
    let is_text = |(_, value): &(String, Json)| matches!(value, Json::Scalar(_));
    let named = fields.iter().position(|field| field.0 == "text" && is_text(field));
    let longest = || {
        let length = |json: &Json| if let Json::Scalar(text) = json { text.len() } else { 0 };
        let texts = fields.iter().enumerate().filter(|(_, field)| is_text(field));
        texts.max_by_key(|(index, field)| (length(&field.1), usize::MAX - index)).map(|(index, _)| index)
    };
    let chosen = named.or_else(longest);
    let mut text = None;
    for (index, (key, value)) in fields.into_iter().enumerate() {
        if Some(index) == chosen {
            text = value.into_scalar();
        } else {
            reading.skip(Loss::UnreadDocumentInfon, &key);
        }
    }
    text.ok_or_else(|| reading.unexpected("a task without a text".to_owned(), "`data` with a `text`"))
}

/// The mentions of the regions, by characters of the text.
fn mentions(text: &str, regions: Vec<Region>) -> Vec<Mention> {
    let stated = regions.iter().filter_map(|region| Some((region.range.clone(), region.mention.text.as_deref()?)));
    let offsets = Offsets::of(text, told_by(text, stated, &UNITS));
    let characters = crate::characters::Characters::new(text);
    let mut mentions = Vec::with_capacity(regions.len());
    for Region { range, mut mention, labels } in regions {
        let place = offsets.characters(&range);
        let there = characters.slice(&place);
        mention.text = mention
            .text
            .filter(|stated| there.is_none_or(|there| !may_be_alike(place.len(), stated) || !are_alike(there, stated)));
        mention.parts = vec![place];
        if labels.is_empty() {
            mentions.push(mention);
            continue;
        }
        mentions.extend(labels.into_iter().map(|label| Mention { entity_type: label, ..mention.clone() }));
    }
    mentions
}
