//! One loss or change as it is listed: where it is, which text it is about, and what else tells why.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::document::{DocumentText, Mention};

/// How a note begins that says where in a file something stands.
const AT: &str = "at ";

/// One loss or change, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The id of the document; empty where it is not known.
    pub document: String,
    /// The characters by their offsets in the document; empty where it is not known.
    pub parts: Vec<Range<usize>>,
    /// The text that is lost or changed.
    pub text: String,
    /// The type of the mention; empty where it is no mention.
    pub entity_type: String,
    /// What else tells why, such as the mention that was kept instead; empty where the name says all.
    pub note: String,
}

impl Item {
    /// A mention of one part.
    #[must_use]
    pub fn new(document: &str, characters: Range<usize>, text: &str, entity_type: &str) -> Self {
        Self {
            document: document.to_owned(),
            parts: vec![characters],
            text: text.to_owned(),
            entity_type: entity_type.to_owned(),
            note: String::new(),
        }
    }

    /// The same, noted to stand at a position of a file.
    #[must_use]
    pub(crate) fn at(self, position: impl fmt::Display) -> Self {
        Self { note: format!("{AT}{position}"), ..self }
    }

    /// Something that is no mention and has a name or a text.
    #[must_use]
    pub fn named(text: &str) -> Self {
        Self { parts: Vec::new(), ..Self::new("", 0..0, text, "") }
    }

    /// A mention with the text that it states, for whoever does not have the text of the document.
    #[must_use]
    pub fn stated(document: &str, mention: &Mention) -> Self {
        Self {
            document: document.to_owned(),
            parts: mention.parts.clone(),
            text: mention.text.clone().unwrap_or_default(),
            entity_type: mention.entity_type.clone(),
            note: String::new(),
        }
    }

    /// A mention with its text in a document whose text was looked through before, or else its stated one: for many mentions of one document.
    #[must_use]
    pub fn in_text(document: &str, text: &DocumentText<'_>, mention: &Mention) -> Self {
        Self {
            document: document.to_owned(),
            parts: mention.parts.clone(),
            text: text.text_at(mention).or_else(|| mention.text.clone()).unwrap_or_default(),
            entity_type: mention.entity_type.clone(),
            note: String::new(),
        }
    }
}

impl Item {
    /// The file and the line, from 1, that a reader noted.
    pub(crate) fn file_position(&self) -> Option<(PathBuf, usize)> {
        let mut parts = self.note.strip_prefix(AT)?.rsplitn(3, ':');
        let (_, line, path) = (parts.next()?, parts.next()?, parts.next()?);
        Some((PathBuf::from(path), line.parse().ok()?))
    }

    /// What it is, without where in a file it stands.
    pub(crate) fn shown(&self) -> String {
        let note = if self.note.starts_with(AT) { String::new() } else { self.note.clone() };
        Self { note, ..self.clone() }.to_string()
    }

    /// Where it is, as far as it is known: its position in a file, which readers note, or else its document.
    pub(super) fn position(&self) -> String {
        match (self.note.starts_with(AT), self.document.as_str()) {
            (true, _) => self.note.clone(),
            (false, "") => String::new(),
            (false, document) => format!("in document {document}"),
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.parts.iter().map(|part| format!("{}..{}", part.start, part.end)).collect();
        let quoted = |text: &str| if text.is_empty() { String::new() } else { format!("`{}`", text.escape_debug()) };
        let entity_type = self.entity_type.escape_debug();
        let entity_type = if self.entity_type.is_empty() { String::new() } else { format!("({entity_type})") };
        let document = self.document.escape_debug().to_string();
        let all = [document, parts.join(";"), quoted(&self.text), entity_type, self.note.clone()];
        let known: Vec<String> = all.into_iter().filter(|text| !text.is_empty()).collect();
        f.write_str(&known.join(" "))
    }
}
