//! A document: its text in passages, and what is mentioned in it, by character offsets.
//! Every reader of a format makes documents and every writer takes them; how text becomes sentences and tags is not known here.
//!
//! Offsets count characters (Unicode scalar values) from the start of the document; a passage says at which offset its text starts,
//! and what lies between two passages (one space or line break in most formats) belongs to neither.
//!
//! ```
//! use welt_data::{Document, Mention, Passage};
//!
//! let document = Document {
//!     id: "10021369".to_owned(),
//!     passages: vec![
//!         Passage { kind: "title".to_owned(), offset: 0, text: "β-thalassaemia.".to_owned() },
//!         Passage { kind: "abstract".to_owned(), offset: 16, text: "No cure.".to_owned() },
//!     ],
//!     mentions: vec![Mention::new("Disease", 0..14)],
//!     sentences: None,
//! };
//! assert_eq!(document.text_at(&document.mentions[0]).as_deref(), Some("β-thalassaemia"));
//! assert_eq!(document.text(), "β-thalassaemia. No cure.");
//! ```

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::characters::Characters;

/// A document with what is mentioned in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its name, such as a PubMed id.
    pub id: String,
    /// Its text, in the order of the offsets; passages do not overlap.
    pub passages: Vec<Passage>,
    /// What is mentioned, in the order of the file.
    pub mentions: Vec<Mention>,
    /// The words of each sentence by their offsets, where the source came cut into words; else they are found from the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentences: Option<Vec<Vec<Range<usize>>>>,
}

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// What it is, such as `title` or `abstract`; empty where the format does not say.
    pub kind: String,
    /// The offset of its first character in the document.
    pub offset: usize,
    /// The text.
    pub text: String,
}

impl Passage {
    /// Its characters by their offsets in the document.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset.saturating_add(self.text.chars().count())
    }
}

/// Something mentioned in a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mention {
    /// The id of the annotation in its file, such as `T1`; empty where the format has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The type of what is mentioned, such as `Disease`.
    pub entity_type: String,
    /// Its characters by their offsets in the document: one range, several where it is discontinuous, or none, in the order of the file.
    pub parts: Vec<Range<usize>>,
    /// The text as the annotation states it, nothing where the format does not state it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it refers to in databases; several entries in one text stay together as they are, since corpora separate them by `|`, `+`, `,` or `;`, and each of these also occurs within an entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// How sure a program is that it is there, nothing where the annotation does not state it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

/// How sure a program is of an annotation: a number from 0 to 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Score {
    /// Numbers that are not negative are ordered as their bits.
    bits: u32,
}

/// A number that is no score.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("a score of {0}, expected a number from 0 to 1")]
pub struct NoScore(f32);

impl Score {
    /// The number.
    #[must_use]
    pub const fn value(self) -> f32 {
        f32::from_bits(self.bits)
    }
}

impl TryFrom<f32> for Score {
    type Error = NoScore;

    fn try_from(value: f32) -> Result<Self, NoScore> {
        // The sum takes the sign of a zero away.
        if (0.0..=1.0).contains(&value) { Ok(Self { bits: (value + 0.0).to_bits() }) } else { Err(NoScore(value)) }
    }
}

impl From<Score> for f32 {
    fn from(score: Score) -> Self {
        score.value()
    }
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Score").field(&self.value()).finish()
    }
}

/// The shortest decimal number that is read back as the same score.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

/// An entry of a database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// The name of the database, such as `MESH`; empty where the format has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub database: String,
    /// The entry as the file states it.
    pub id: String,
}

impl Mention {
    /// A mention of one part, without a stated text, identifiers or a score.
    #[must_use]
    pub fn new(entity_type: &str, characters: Range<usize>) -> Self {
        Self {
            id: String::new(),
            entity_type: entity_type.to_owned(),
            parts: vec![characters],
            text: None,
            identifiers: Vec::new(),
            score: None,
        }
    }

    /// From the first character of its parts to the last: what a format without discontinuous mentions would mark.
    #[must_use]
    pub fn extent(&self) -> Range<usize> {
        let start = self.parts.iter().map(|part| part.start).min().unwrap_or(0);
        let end = self.parts.iter().map(|part| part.end).max().unwrap_or(start);
        start..end
    }

    /// Whether it has several parts.
    #[must_use]
    pub const fn is_discontinuous(&self) -> bool {
        self.parts.len() > 1
    }
}

/// The greatest number of characters between two passages, and before the first.
pub const LONGEST_GAP: usize = 1_000_000;

/// What a document may not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentFault {
    /// A passage that begins before the one before it ends.
    #[error(
        "a passage at offset {offset} follows one that ends at {end}, expected it to begin there or later; correct the offsets, which count characters from the start of the document"
    )]
    PassagesOverlap {
        /// Where it begins.
        offset: usize,
        /// Where the one before it ends.
        end: usize,
    },
    /// A passage far after the one before it.
    #[error(
        "a passage at offset {offset} follows {} characters after the one before it, expected at most {LONGEST_GAP}; correct the offset",
        offset.saturating_sub(*end)
    )]
    Gap {
        /// Where it begins.
        offset: usize,
        /// Where the one before it ends.
        end: usize,
    },
    /// Characters that end before they start.
    #[error("offsets go from {start} to {end}, expected an end that is not before the start; correct them")]
    Backwards {
        /// The start.
        start: usize,
        /// The end.
        end: usize,
    },
}

impl Document {
    /// Checks what every reader promises: passages that follow one another, at most [`LONGEST_GAP`] characters apart,
    /// and no range of characters that ends before it starts.
    /// Offsets of mentions may lie outside of the text.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), DocumentFault> {
        let mut end = 0;
        for passage in &self.passages {
            let offset = passage.offset;
            if offset < end {
                return Err(DocumentFault::PassagesOverlap { offset, end });
            }
            if offset - end > LONGEST_GAP {
                return Err(DocumentFault::Gap { offset, end });
            }
            end = passage.range().end;
        }
        let parts = self.mentions.iter().flat_map(|mention| &mention.parts);
        let words = self.sentences.iter().flatten().flatten();
        match parts.chain(words).find(|characters| characters.end < characters.start) {
            Some(&Range { start, end }) => Err(DocumentFault::Backwards { start, end }),
            None => Ok(()),
        }
    }

    /// The whole text: passages at their offsets, one space or as many as needed between them.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut length = 0;
        for passage in &self.passages {
            text.extend(std::iter::repeat_n(' ', passage.offset.saturating_sub(length)));
            text.push_str(&passage.text);
            length = passage.range().end.max(length);
        }
        text
    }

    /// The text of a mention, its parts joined by one space; nothing where a part lies outside the passages.
    #[must_use]
    pub fn text_at(&self, mention: &Mention) -> Option<String> {
        let parts: Option<Vec<&str>> = mention.parts.iter().map(|part| self.slice(part)).collect();
        Some(parts?.join(" "))
    }

    /// The text of characters that lie within one passage.
    ///
    /// Takes time in proportion to the text; [`DocumentText`] finds many mentions at once.
    #[must_use]
    pub fn slice(&self, characters: &Range<usize>) -> Option<&str> {
        let holds = |passage: &&Passage| {
            let range = passage.range();
            range.start <= characters.start && characters.end <= range.end && characters.start <= characters.end
        };
        let passage = self.passages.iter().find(holds)?;
        slice(&passage.text, characters.start - passage.offset..characters.end - passage.offset)
    }
}

/// The text of a document whose characters are found at once: for whoever asks for many of its mentions.
///
/// ```
/// use welt_data::{Document, DocumentText, Mention, Passage};
///
/// let document = Document {
///     id: "1".to_owned(),
///     passages: vec![Passage { kind: String::new(), offset: 4, text: "β-thalassaemia".to_owned() }],
///     mentions: vec![Mention::new("Disease", 4..18), Mention::new("Disease", 4..19)],
///     sentences: None,
/// };
/// let text = DocumentText::of(&document);
/// assert_eq!(text.text_at(&document.mentions[0]).as_deref(), Some("β-thalassaemia"));
/// assert_eq!(text.text_at(&document.mentions[1]), None);
/// ```
#[derive(Debug)]
pub struct DocumentText<'d> {
    /// The passages by their offsets, with their characters.
    passages: Vec<(Range<usize>, Characters<'d>)>,
}

impl<'d> DocumentText<'d> {
    /// Looks through the text once; of a document that [`Document::check`] refuses some characters may not be found.
    #[must_use]
    pub fn of(document: &'d Document) -> Self {
        let passages = document.passages.iter().map(|passage| (passage.range(), Characters::new(&passage.text)));
        Self { passages: passages.collect() }
    }

    /// What [`Document::slice`] gives, in time in proportion to what it gives.
    #[must_use]
    pub fn slice(&self, characters: &Range<usize>) -> Option<&'d str> {
        let (passage, text) = self.passages.get(self.passage_at(characters.start)?)?;
        let is_held = characters.start <= characters.end && characters.end <= passage.end;
        is_held.then(|| text.slice(&(characters.start - passage.start..characters.end - passage.start)))?
    }

    /// What [`Document::text_at`] gives, in time in proportion to what it gives.
    #[must_use]
    pub fn text_at(&self, mention: &Mention) -> Option<String> {
        let parts: Option<Vec<&str>> = mention.parts.iter().map(|part| self.slice(part)).collect();
        Some(parts?.join(" "))
    }

    /// Whether a passage holds a character.
    pub(crate) fn holds(&self, character: usize) -> bool {
        let passage = self.passage_at(character).and_then(|index| self.passages.get(index));
        passage.is_some_and(|(passage, _)| passage.contains(&character))
    }

    /// The characters from the first of a range to the end of the document, with spaces between passages; none where no passage holds the first.
    pub(crate) fn characters_from(&self, start: usize) -> impl Iterator<Item = char> {
        let first = self.passage_at(start).unwrap_or(self.passages.len());
        let rest = self.passages.get(first..).unwrap_or_default();
        let mut end = start;
        rest.iter().flat_map(move |(passage, text)| {
            let gap = passage.start.saturating_sub(end);
            let skipped = end.saturating_sub(passage.start).min(passage.len());
            end = passage.end.max(end);
            let there = text.slice(&(skipped..passage.len())).unwrap_or_default();
            std::iter::repeat_n(' ', gap).chain(there.chars())
        })
    }

    /// The last passage that does not begin after a character.
    fn passage_at(&self, character: usize) -> Option<usize> {
        self.passages.partition_point(|(passage, _)| passage.start <= character).checked_sub(1)
    }
}

/// The characters of a text.
fn slice(text: &str, characters: Range<usize>) -> Option<&str> {
    if text.is_ascii() {
        return text.get(characters);
    }
    let mut bytes = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
    let start = bytes.nth(characters.start)?;
    let end = match characters.end.checked_sub(characters.start)? {
        0 => start,
        length => bytes.nth(length - 1)?,
    };
    text.get(start..end)
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "one range is the usual mention")]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_found_by_characters() {
        let passages = vec![
            Passage { kind: "title".to_owned(), offset: 0, text: "a𝛽c é".to_owned() },
            Passage { kind: "abstract".to_owned(), offset: 8, text: "xyz".to_owned() },
        ];
        let document = Document { id: "1".to_owned(), passages, mentions: Vec::new(), sentences: None };
        let check = |parts: &[[usize; 2]], expected: Option<&str>| {
            let ranges = parts.iter().map(|[start, end]| *start..*end).collect();
            let mention = Mention { parts: ranges, ..Mention::new("A", 0..0) };
            assert_eq!(document.text_at(&mention).as_deref(), expected, "{parts:?}");
            assert_eq!(DocumentText::of(&document).text_at(&mention).as_deref(), expected, "{parts:?}");
        };
        check(&[[0, 2]], Some("a𝛽"));
        check(&[[3, 5]], Some(" é"));
        check(&[[5, 5]], Some(""));
        check(&[[8, 11]], Some("xyz"));
        check(&[[1, 2], [9, 10]], Some("𝛽 y"));
        check(&[[4, 9]], None);
        check(&[[10, 12]], None);
        assert_eq!(document.text(), "a𝛽c é   xyz");
        let text = DocumentText::of(&document);
        for start in 0..13 {
            let expected: String =
                if text.holds(start) { document.text().chars().skip(start).collect() } else { String::new() };
            if text.holds(start) {
                assert_eq!(text.characters_from(start).collect::<String>(), expected, "{start}");
            }
            for end in start..13 {
                assert_eq!(text.slice(&(start..end)), document.slice(&(start..end)), "{start}..{end}");
            }
        }
    }
}
