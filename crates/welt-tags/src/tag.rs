//! One tag: a prefix that says where in an entity a word stands, and the entity's type.
//! One text in, a checked tag out; it is stricter than the readers, which take whatever seqeval takes.
//!
//! ```
//! use welt_tags::{Notation, Prefix, Tag};
//!
//! let tag: Tag = "I-Cell-Line".parse()?;
//! assert_eq!((tag.prefix(), tag.entity_type()), (Prefix::Inside, "Cell-Line"));
//! assert_eq!(tag.to_text(Notation::Suffix), "Cell-Line-I");
//! assert!("[PAD]".parse::<Tag>().is_err());
//! # Ok::<(), welt_tags::TagError>(())
//! ```

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Notation, TagError};

/// Where in an entity a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Prefix {
    /// `B`: the first word of an entity.
    Begin,
    /// `I`: a further word of an entity.
    Inside,
    /// `O`: a word of no entity.
    Outside,
    /// `E`: the last word of an entity (IOE, IOBES).
    End,
    /// `S`: the only word of an entity (IOBES).
    Single,
    /// `L`: the last word of an entity (BILOU).
    Last,
    /// `U`: the only word of an entity (BILOU).
    Unit,
}

impl Prefix {
    /// Every prefix.
    pub const ALL: [Self; 7] =
        [Self::Begin, Self::Inside, Self::Outside, Self::End, Self::Single, Self::Last, Self::Unit];

    /// The letter that stands for the prefix in a tag.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Begin => 'B',
            Self::Inside => 'I',
            Self::Outside => 'O',
            Self::End => 'E',
            Self::Single => 'S',
            Self::Last => 'L',
            Self::Unit => 'U',
        }
    }

    pub(crate) const fn from_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'B' => Self::Begin,
            'I' => Self::Inside,
            'O' => Self::Outside,
            'E' => Self::End,
            'S' => Self::Single,
            'L' => Self::Last,
            'U' => Self::Unit,
            _ => return None,
        })
    }
}

/// A tag that was read and found well formed: `O`, `B-Disease`, or bare as in `B`.
#[derive(Debug, Clone, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag {
    prefix: Prefix,
    /// Empty for `O` and for bare tags.
    entity_type: String,
}

impl PartialEq for Tag {
    /// Types are compared where there are any: comparing two empty texts at dangling addresses takes a tenth of a microsecond on
    /// processors with AVX-512, and nearly all tags are `O`.
    fn eq(&self, other: &Self) -> bool {
        self.prefix == other.prefix
            && self.entity_type.len() == other.entity_type.len()
            && (self.entity_type.is_empty() || self.entity_type == other.entity_type)
    }
}

impl Hash for Tag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.prefix.hash(state);
        self.entity_type.hash(state);
    }
}

impl Tag {
    /// The tag of a word outside every entity.
    pub const OUTSIDE: Self = Self { prefix: Prefix::Outside, entity_type: String::new() };

    /// A tag from its parts; `entity_type` is empty for a bare tag and ignored for `O`.
    #[must_use]
    pub fn new(prefix: Prefix, entity_type: &str) -> Self {
        if prefix == Prefix::Outside {
            return Self::OUTSIDE;
        }
        Self { prefix, entity_type: entity_type.to_owned() }
    }

    /// Where in an entity the word stands.
    #[must_use]
    pub const fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// The entity's type, empty for `O` and for bare tags.
    #[must_use]
    pub fn entity_type(&self) -> &str {
        &self.entity_type
    }

    /// The tag as text, with its letter before or after the type; [`Display`](fmt::Display) puts it before.
    #[must_use]
    pub fn to_text(&self, notation: Notation) -> String {
        match notation {
            Notation::Suffix if !self.entity_type.is_empty() => {
                format!("{}-{}", self.entity_type, self.prefix.letter())
            }
            Notation::Prefix | Notation::Suffix => self.to_string(),
        }
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let malformed = || TagError::Malformed { found: text.to_owned() };
        let mut letters = text.chars();
        let prefix = letters.next().and_then(Prefix::from_letter).ok_or_else(malformed)?;
        match letters.as_str() {
            "" => Ok(Self { prefix, entity_type: String::new() }),
            rest => match rest.strip_prefix('-') {
                Some(entity_type) if !entity_type.is_empty() && prefix != Prefix::Outside => {
                    Ok(Self { prefix, entity_type: entity_type.to_owned() })
                }
                _ => Err(malformed()),
            },
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = self.prefix.letter();
        match self.entity_type.as_str() {
            "" => write!(f, "{letter}"),
            entity_type => write!(f, "{letter}-{entity_type}"),
        }
    }
}

impl TryFrom<String> for Tag {
    type Error = TagError;

    fn try_from(text: String) -> Result<Self, TagError> {
        text.parse()
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_known_by_their_letter() {
        for prefix in Prefix::ALL {
            assert_eq!(Prefix::from_letter(prefix.letter()), Some(prefix));
        }
    }

    #[test]
    fn tags_are_printed_as_they_were_read() {
        for text in ["O", "B", "U", "B-A", "L-A-B", "S-化学物质", "I--A-"] {
            assert_eq!(text.parse::<Tag>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_tag_is_an_error_that_names_it() {
        for text in ["", "O-A", "B-", "BA", "b-A", "X-A", "-", "[PAD]", "A-B"] {
            let error = text.parse::<Tag>().unwrap_err();
            assert_eq!(error, TagError::Malformed { found: text.to_owned() });
        }
    }
}
