//! JSON lines of words and tags as data sets of Hugging Face have them: `{"id": "0", "tokens": ["No", "ataxia"], "ner_tags": ["O", "B-Disease"]}`.
//! Lines go in, documents that come cut into words out; lines that follow one another and name the same `document_id` are sentences of one document.
//!
//! Tags are names, or numbers whose names the caller gives, or stand in the file (as the rows of the data set viewer have them) or in `dataset_info.json` beside it.
//! Entities are read as those of tagged files: leniently, so that every tag belongs to one.
//! Words are `tokens` or `words`, tags `ner_tags`, `tags`, `labels` or `ner`; other columns are counted once. Words without characters are left out and counted.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use welt_tags::{Chunking, Tag};

use super::conll::{OpenDocument, TagReader};
use super::head::{Evidence, Head};
use super::json::{Json, json_error};
use super::json_keys::Value;
use super::json_values::{Reading, Values};
use super::position::excerpt;
use super::raw::RawDocument;
use super::tag_names::{TagNames, of_json};
use super::{Format, Source};
use crate::corpus::Sentence;
use crate::document::Document;
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Ledger, Loss};

/// Told by the keys of its rows.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let Some(keys) = head.shape.keys() else { return Evidence::Nothing };
    let is_row = |path: &str| {
        let has = |key: &&str| keys.is(&format!("{path}{key}"), Value::Array);
        ["tokens", "words"].iter().any(has) && ["ner_tags", "tags", "labels", "ner"].iter().any(has)
    };
    if ["", "rows[].row.", "rows[].", "data[]."].iter().any(|path| is_row(path)) {
        Evidence::Certain
    } else {
        Evidence::Nothing
    }
}

/// The files beside one of lines in which its tags may be named.
const BESIDE: [&str; 2] = ["dataset_info.json", "dataset_infos.json"];

/// Reads a stream.
pub(super) struct Reader<R: BufRead> {
    values: Values<R>,
    names: Option<TagNames>,
    /// Rows of a value that holds several.
    rows: VecDeque<Json>,
    /// Where the value stands of which rows are left.
    raw: Option<RawDocument>,
    /// The first sentence of the next document.
    next: Option<Row>,
    tags: TagReader,
    /// The columns that were counted.
    columns: BTreeSet<String>,
    /// How many rows were read.
    read: usize,
}

/// A sentence, the id of the row, and the document that it names.
struct Row {
    id: String,
    document: Option<String>,
    sentence: Sentence,
}

impl<R: BufRead> Reader<R> {
    /// Reads numbers by the names that are given, or else by those of a file beside `path`.
    pub fn new(path: &Arc<Path>, reader: R, names: Option<TagNames>) -> Result<Self, DataError> {
        let names = names.or_else(|| beside(path));
        let values = Values::new(Format::HuggingFace, path, reader)?;
        let tags = TagReader::new(path, 1, Chunking::Lenient);
        Ok(Self {
            values,
            names,
            rows: VecDeque::new(),
            raw: None,
            next: None,
            tags,
            columns: BTreeSet::new(),
            read: 0,
        })
    }

    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        loop {
            if let (Some(json), Some(raw)) = (self.rows.pop_front(), self.raw.take()) {
                self.read += 1;
                let mut reading = Reading { raw: &raw, ledger: &mut self.tags.ledger };
                let known = Known { names: self.names.as_ref(), columns: &mut self.columns, number: self.read };
                let row = known.row(&mut reading, json);
                self.raw = Some(raw);
                return row.map(Some);
            }
            let Some(raw) = self.values.next_value()? else { return Ok(None) };
            let json = serde_json::from_str(&raw.text)
                .map_err(|error| json_error(&raw, &error, "a JSON object of words and tags on each line"))?;
            self.rows = self.rows_of(json).into();
            self.raw = Some(raw);
        }
    }

    /// The rows of a value: itself, or those that the data set viewer gives out with the names of the tags, or that stand under `data`.
    fn rows_of(&mut self, json: Json) -> Vec<Json> {
        let is_rows =
            |(key, value): &(String, Json)| matches!((key.as_str(), value), ("rows" | "data", Json::Array(_)));
        if !matches!(&json, Json::Object(members) if members.iter().any(is_rows)) {
            return vec![json];
        }
        if self.names.is_none() {
            self.names = of_json(&json).and_then(|names| TagNames::parse(&names.join("\n")).ok());
        }
        let Json::Object(members) = json else { return Vec::new() };
        let rows = members.into_iter().find(is_rows);
        let Some((_, Json::Array(rows))) = rows else { return Vec::new() };
        let inner = |row: Json| match row {
            Json::Object(members) if members.iter().any(|(key, _)| key == "row") => {
                members.into_iter().find(|(key, _)| key == "row").map_or(Json::Null, |(_, row)| row)
            }
            other => other,
        };
        rows.into_iter().map(inner).collect()
    }
}

/// The names in a file beside another one.
fn beside(path: &Path) -> Option<TagNames> {
    let files = BESIDE.iter().map(|name| path.with_file_name(name)).filter(|_| path.is_file());
    let mut texts = files.filter_map(|file| fs::read_to_string(file).ok());
    texts.find_map(|text| TagNames::parse(&text).ok())
}

/// What is known when a row is read.
struct Known<'k> {
    names: Option<&'k TagNames>,
    columns: &'k mut BTreeSet<String>,
    /// The number of the row, from 1.
    number: usize,
}

impl Known<'_> {
    fn row(self, reading: &mut Reading<'_>, json: Json) -> Result<Row, DataError> {
        let (mut id, mut document, mut words, mut tags) = (None, None, None, None);
        for (key, value) in reading.object(json, "a row")? {
            match key.as_str() {
                "id" => id = value.into_scalar(),
                "document_id" | "doc_id" | "pmid" => document = value.into_scalar(),
                "tokens" | "words" => words = Some(reading.array(value, "words")?),
                "ner_tags" | "tags" | "labels" | "ner" if tags.is_none() => tags = Some(reading.array(value, "tags")?),
                _ => {
                    if !self.columns.contains(&key) {
                        reading.skip(Loss::UnreadColumn, &key);
                        self.columns.insert(key);
                    }
                }
            }
        }
        let (Some(words), Some(tags)) = (words, tags) else {
            let found = "a row without words or without tags".to_owned();
            return Err(reading.unexpected(found, "`tokens` and `ner_tags`"));
        };
        if words.len() != tags.len() {
            let found = format!("{} words and {} tags", words.len(), tags.len());
            return Err(reading.unexpected(found, "as many tags as words"));
        }
        let (line_number, mut left_out) = (reading.raw.position.line, 0);
        let mut sentence =
            Sentence { words: Vec::with_capacity(words.len()), tags: Vec::new(), line_number, document: 0 };
        for (word, tag) in words.into_iter().zip(tags) {
            let (word, tag) = (reading.text(word, "a word")?, tag_of(reading, tag, self.names)?);
            if word.is_empty() {
                left_out += 1;
                continue;
            }
            sentence.words.push(word);
            sentence.tags.push(tag);
        }
        (0..left_out).for_each(|_| reading.skip(Loss::UnreadWords, ""));
        Ok(Row { id: id.unwrap_or_else(|| reading.numbered(self.number)), document, sentence })
    }
}

/// A tag by its name or its number.
fn tag_of(reading: &Reading<'_>, json: Json, names: Option<&TagNames>) -> Result<Tag, DataError> {
    let text = reading.text(json, "a tag")?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match (is_number, names) {
        (false, _) => &text,
        (true, None) => {
            let kind = CorpusErrorKind::TagNumber { number: text };
            return Err(reading.raw.position.error(&reading.raw.path, kind));
        }
        (true, Some(names)) => {
            let name = text.parse().ok().and_then(|number: usize| names.names().get(number));
            let found = || format!("the tag number {text} where {} tags have names", names.names().len());
            name.ok_or_else(|| reading.unexpected(found(), "a number of one of them, from 0"))?
        }
    };
    name.parse().map_err(|_| reading.unexpected(excerpt(name), "a tag such as O, B-Disease or I-Disease"))
}

impl<R: BufRead> Source for Reader<R> {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        let first = match self.next.take() {
            Some(row) => Some(row),
            None => self.next_row()?,
        };
        let Some(Row { id, document, sentence }) = first else { return Ok(None) };
        let Some(name) = document else {
            let mut open = OpenDocument::new(id);
            open.add(&sentence, &mut self.tags)?;
            return Ok(Some(open.close()));
        };
        let mut open = OpenDocument::new(name.clone());
        open.add(&sentence, &mut self.tags)?;
        while let Some(row) = self.next_row()? {
            if row.document.as_deref() != Some(name.as_str()) {
                self.next = Some(row);
                break;
            }
            open.add(&row.sentence, &mut self.tags)?;
        }
        Ok(Some(open.close()))
    }

    fn ledger(&self) -> &Ledger {
        &self.tags.ledger
    }

    fn list(&mut self, listed: usize) {
        self.tags.ledger.shorten(listed);
    }
}
