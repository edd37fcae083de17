//! JSON lines: one [`Document`] as JSON on each line, with everything it holds; empty lines mean nothing.
//! A raw line becomes a document here and a document becomes a line; a field that documents do not have is refused.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use super::book::Book;
use super::head::{Evidence, Head};
use super::json::json_error;
use super::json_keys::Value;
use super::lines::Lines;
use super::position::Position;
use super::raw::{Cut, RawDocument};
use super::{Format, Sink};
use crate::document::Document;
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::Ledger;

/// The fields of a document.
const FIELDS: [&str; 4] = ["id", "passages", "mentions", "sentences"];

/// Told by the fields of a document and by having no others; where a file is named so, that it is an object is enough.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let is_named = matches!(head.ending.as_str(), "jsonl" | "ndjson");
    let Some(keys) = head.shape.keys() else {
        return if is_named { Evidence::Named } else { Evidence::Nothing };
    };
    let has_fields = keys.is("id", Value::Text) && keys.is("passages", Value::Array);
    if keys.in_array
        || !has_fields
        || keys.has("passages[].infons")
        || !keys.outermost().all(|key| FIELDS.contains(&key))
    {
        return Evidence::Nothing;
    }
    if is_named || keys.has("mentions") || keys.has("passages[].kind") { Evidence::Certain } else { Evidence::Likely }
}

/// Cuts a stream into lines.
pub(super) struct Cutter<R>(Lines<R>);

impl<R: BufRead> Cutter<R> {
    pub fn new(path: &Arc<Path>, reader: R) -> Self {
        Self(Lines::new(path, reader))
    }
}

impl<R: BufRead> Cut for Cutter<R> {
    fn next_raw(&mut self) -> Result<Option<RawDocument>, DataError> {
        while let Some(line) = self.0.next_line()? {
            if line.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
                continue;
            }
            let text = line.to_owned();
            let position = Position { line: self.0.line_number, column: 1 };
            return Ok(Some(RawDocument { format: Format::JsonLines, path: Arc::clone(&self.0.path), text, position }));
        }
        Ok(None)
    }

    fn ledger(&self) -> Option<&Ledger> {
        None
    }

    fn list(&mut self, _: usize) {}
}

/// The document of a line.
pub(super) fn parse(raw: &RawDocument) -> Result<Document, DataError> {
    let document: Document = serde_json::from_str(&raw.text)
        .map_err(|error| json_error(raw, &error, "a document as JSON on one line, such as this program writes"))?;
    match document.check() {
        Ok(()) => Ok(document),
        Err(fault) => Err(raw.position.error(&raw.path, CorpusErrorKind::Fault { document: document.id, fault })),
    }
}

/// Writes JSON lines.
pub(super) struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Sink for Writer<W> {
    fn write(&mut self, document: &Document, _: &mut Book<'_, '_>) -> Result<(), DataError> {
        let mut line = serde_json::to_vec(document).map_err(std::io::Error::from)?;
        line.push(b'\n');
        Ok(self.out.write_all(&line)?)
    }

    fn keeps_scores(&self) -> bool {
        true
    }

    fn finish(&mut self) -> Result<(), DataError> {
        Ok(self.out.flush()?)
    }
}
