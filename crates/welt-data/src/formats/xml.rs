//! What the readers of XML have in common: characters, entities, attributes and the declaration.
//! Pieces of a file go in, texts or what is wrong with them come out; which elements a format has is not known here.
//!
//! No DTD is read and no external entity is fetched: the five predefined entities and characters by number are decoded, any other is an error.
//! So nothing that a DTD declares can grow when it is read.

use std::borrow::Cow;

use quick_xml::escape::{EscapeError, unescape};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart};

use super::position::excerpt;
use crate::error::CorpusErrorKind;

/// The character that an entity stands for.
pub(super) fn entity(reference: &BytesRef<'_>) -> Result<char, CorpusErrorKind> {
    let entity = || CorpusErrorKind::Entity { name: reference.chars().take(60).collect() };
    if reference.is_char_ref() {
        let character = reference.resolve_char_ref().map_err(|_| entity())?.ok_or_else(entity)?;
        return if is_xml(character) { Ok(character) } else { Err(entity()) };
    }
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(entity()),
    }
}

/// Whether a character may stand in XML 1.0.
pub(super) fn is_xml(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// The values of the attributes of these names.
pub(super) fn attributes<const N: usize>(
    start: &BytesStart<'_>,
    names: [&str; N],
) -> Result<[Option<String>; N], CorpusErrorKind> {
    let mut values = [const { None }; N];
    if start.attributes_raw().is_empty() {
        return Ok(values);
    }
    // Looking for repeated attributes takes the square of their number.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|source| CorpusErrorKind::Xml { found: source.to_string() })?;
        let name = attribute.key.as_ref();
        let Some(index) = names.iter().position(|known| *known == name) else { continue };
        values[index] = Some(attribute_value(attribute.value)?);
    }
    Ok(values)
}

fn attribute_value(value: Cow<'_, str>) -> Result<String, CorpusErrorKind> {
    if value.bytes().all(|byte| byte >= b' ' && byte != b'&') {
        return Ok(value.into_owned());
    }
    // As XML asks for: white space in a value that is not written by number is a space.
    let value = value.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
    let value = unescape(&value).map_err(|source| match source {
        EscapeError::UnrecognizedEntity(_, name) => CorpusErrorKind::Entity { name: name.chars().take(60).collect() },
        other => CorpusErrorKind::Xml { found: other.to_string() },
    })?;
    match value.chars().find(|character| !is_xml(*character)) {
        Some(character) => Err(CorpusErrorKind::Xml { found: format!("the character {}", character.escape_unicode()) }),
        None => Ok(value.into_owned()),
    }
}

/// The error of a declaration that names another encoding than UTF-8.
pub(super) fn other_encoding(declaration: &BytesDecl<'_>) -> Option<CorpusErrorKind> {
    let encoding = declaration.encoding()?.ok()?;
    let is_utf8 = ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|name| encoding.eq_ignore_ascii_case(name));
    let found = format!("the encoding {}", excerpt(&encoding));
    (!is_utf8).then_some(CorpusErrorKind::Xml { found })
}
