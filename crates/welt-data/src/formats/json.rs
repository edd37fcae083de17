//! Values of JSON before anybody knows what they mean: where one ends in a stream, and its members in file order.
//! Bytes and raw texts in, values or an error at its position out; what a format makes of a value is not known here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::raw::RawDocument;
use crate::error::{CorpusErrorKind, DataError};

/// An error of the JSON parser, at its position in the file.
pub(super) fn json_error(raw: &RawDocument, error: &serde_json::Error, expected: &'static str) -> DataError {
    let line_start: usize = raw.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // The parser counts bytes, and names the column of the last one that it took.
    let at = (line_start + error.column().saturating_sub(1)).min(raw.text.len());
    let position = raw.position.after(&raw.text.as_bytes()[..at]);
    let message = error.to_string();
    let suffix = format!(" at line {} column {}", error.line(), error.column());
    let found = message.strip_suffix(&suffix).unwrap_or(&message).to_owned();
    position.error(&raw.path, CorpusErrorKind::Json { found, expected })
}

/// Where in a value a scan is.
#[derive(Debug, Default)]
pub(super) struct Scan {
    depth: usize,
    in_text: bool,
    after_backslash: bool,
    begun: bool,
}

impl Scan {
    /// How many of some bytes belong to the value, and whether it ends with them.
    pub fn feed(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (index, byte) in bytes.iter().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.after_backslash => self.after_backslash = false,
                    b'\\' => self.after_backslash = true,
                    b'"' => {
                        self.in_text = false;
                        if self.depth == 0 {
                            return (index + 1, true);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' if self.depth > 0 || !self.begun => self.in_text = true,
                b'{' | b'[' if self.depth > 0 || !self.begun => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (index + 1, true);
                    }
                }
                // What ends a number, `true`, `false` or `null`.
                b',' | b'}' | b']' | b'"' | b'{' | b'[' | b' ' | b'\t' | b'\n' | b'\r' if self.depth == 0 => {
                    return (index, true);
                }
                _ => {}
            }
            self.begun = true;
        }
        (bytes.len(), false)
    }

    pub const fn is_scalar(&self) -> bool {
        self.depth == 0 && !self.in_text
    }
}

/// A JSON value with the members of objects in file order, repeated ones included.
#[derive(Debug)]
pub(super) enum Json {
    Null,
    /// A text, number or truth value, as text.
    Scalar(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Whether it is nothing, or a list or an object of nothing.
    pub fn says_nothing(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Array(values) => values.is_empty(),
            Self::Object(members) => members.is_empty(),
            Self::Scalar(_) => false,
        }
    }

    /// A text, number or truth value, as text; nothing of another.
    pub fn into_scalar(self) -> Option<String> {
        match self {
            Self::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Scalar(_) => "a scalar",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}
