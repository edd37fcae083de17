//! The two ways of reading entities out of tags, lenient and strict, for one sentence or for a corpus.
//! Tags in, spans out; the rules themselves stand in `lenient.rs` and `strict.rs`.
//!
//! ```
//! use welt_tags::{Chunking, Notation, Scheme, Span};
//!
//! let tags = ["O", "B-Gene", "I-Gene"];
//! assert_eq!(Chunking::Lenient.spans(&tags, Notation::Prefix)?, [Span::new("Gene", 1..3)]);
//! assert!(Chunking::Strict(Scheme::Ioe2).spans(&tags, Notation::Prefix).is_err());
//! # Ok::<(), welt_tags::TagError>(())
//! ```

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient::{self, Carried};
use crate::{Chunk, Notation, Scheme, Span, TagError, strict};

/// How entities are read out of tags; it prints as `default` or, for example, `strict IOB2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chunking {
    /// seqeval's default and conlleval's: any tags are read, whatever scheme they are in.
    Lenient,
    /// By the rules of one scheme: what breaks them makes no entity.
    Strict(Scheme),
}

impl Chunking {
    /// The entities of one sentence, in the order of their words; those without a type are of type `_`.
    ///
    /// Each sentence stands for itself, as if it were the whole corpus.
    /// That is the same as in a corpus unless there are stray tags, of which [`CorpusReader`] tells.
    ///
    /// # Errors
    /// A tag that is empty; when strict, also one whose prefix is unknown or not the scheme's.
    pub fn spans<T: AsRef<str>>(self, tags: &[T], notation: Notation) -> Result<Vec<Span>, TagError> {
        let chunks = CorpusReader::new(self, notation).read(tags)?;
        Ok(chunks.into_iter().map(Span::from).collect())
    }
}

impl fmt::Display for Chunking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lenient => f.pad("default"),
            Self::Strict(scheme) => write!(f, "strict {scheme}"),
        }
    }
}

impl Serialize for Chunking {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Chunking {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == "default" {
            return Ok(Self::Lenient);
        }
        let scheme = name.strip_prefix("strict ").and_then(|scheme| scheme.parse().ok());
        let unknown = || serde::de::Error::custom(format!("`{name}`: expected `default`, or `strict` with a scheme"));
        scheme.map(Self::Strict).ok_or_else(unknown)
    }
}

/// Reads the entities of a corpus one sentence after the other, exactly as seqeval reads the whole.
///
/// Positions count through the corpus, with one more after each sentence: the second sentence starts at the length of the first plus one.
/// That is how seqeval's default mode reads, as one row of tags with an `O` after each sentence, and it matters for stray tags alone.
/// A bare `L` or `U`, an `O` with a type or a tag that starts with a full stop can hide where an entity starts, and the reader then falls back on the last start there was, be it sentences ago:
///
/// ```
/// use welt_tags::{Chunk, Chunking, CorpusReader, Notation};
///
/// let mut reader = CorpusReader::new(Chunking::Lenient, Notation::Prefix);
/// assert_eq!(reader.read(&["B", "L"])?, []);
/// assert_eq!(reader.read(&["L", "I"])?, [Chunk { entity_type: "_", start: 0, end: 5 }]);
/// # Ok::<(), welt_tags::TagError>(())
/// ```
///
/// No two chunks of a reader end at the same position, and they come in the order of their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorpusReader {
    chunking: Chunking,
    notation: Notation,
    carried: Carried,
}

impl CorpusReader {
    /// A reader that stands before the first sentence.
    #[must_use]
    pub const fn new(chunking: Chunking, notation: Notation) -> Self {
        let carried = Carried { begin: 0, position: 0 };
        Self { chunking, notation, carried }
    }

    /// How it reads.
    #[must_use]
    pub const fn chunking(&self) -> Chunking {
        self.chunking
    }

    /// The position of the first word of the sentence to be read next.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.carried.position
    }

    /// The entities that end in the next sentence.
    ///
    /// # Errors
    /// A tag that is empty; when strict, also one whose prefix is unknown or not the scheme's.
    /// The reader then still stands before the sentence.
    pub fn read<'tags, T: AsRef<str>>(&mut self, tags: &'tags [T]) -> Result<Vec<Chunk<'tags>>, TagError> {
        match self.chunking {
            Chunking::Lenient => {
                let (chunks, carried) = lenient::read(tags, self.notation, self.carried)?;
                self.carried = carried;
                Ok(chunks)
            }
            Chunking::Strict(scheme) => {
                let chunks = strict::read(tags, scheme, self.notation, self.carried.position)?;
                self.carried.position += tags.len() + 1;
                Ok(chunks)
            }
        }
    }
}
