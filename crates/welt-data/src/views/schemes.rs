//! The same entities in the tags of another scheme.

use std::collections::HashMap;

use welt_tags::{Chunking, Notation, Prefix, Scheme, Span, Tag, TagError};

use crate::corpus::Sentence;
use crate::error::{DataError, ViewError};

/// Sentences in another scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The sentences with their new tags.
    pub sentences: Vec<Sentence>,
    /// Entities that were read and written.
    pub entities: usize,
    /// The words that the reader gave no entity although they are not tagged O: they are O now.
    pub dropped: Vec<DroppedTag>,
}

/// A tag that belonged to no entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedTag {
    /// The line of the word, from 1.
    pub line: usize,
    /// The tag that it had.
    pub tag: Tag,
}

/// Reads the entities of tags in one way and writes them in a scheme.
///
/// Read strictly, tags that break their scheme lose entities, which is reported; read leniently, they are mended.
/// Tags that are valid in a scheme lose nothing, save that the strict reader of IOE1 overlooks an `E` that does not follow an `I` or `E` of its type.
/// The lenient reader does not know the prefixes L and U: read BILOU strictly.
///
/// # Errors
/// When strict, a tag whose prefix the scheme does not have, or a sentence whose tags are not as many as its words.
pub fn convert(sentences: &[Sentence], reader: Chunking, scheme: Scheme) -> Result<Converted, DataError> {
    let mut converted = Converted { sentences: Vec::with_capacity(sentences.len()), entities: 0, dropped: Vec::new() };
    let mut types = Types { names: vec![""], numbers: HashMap::from([("", 0)]) };
    for sentence in sentences {
        if sentence.tags.len() != sentence.words.len() {
            return Err(DataError::UnequalLengths { words: sentence.words.len(), tags: sentence.tags.len() });
        }
        let failed = |source: TagError| {
            let word = if let TagError::OutsideScheme { word, .. } = source { word } else { 0 };
            ViewError::Tag { line: sentence.line_number + word, source }
        };
        let spans = types.spans(&sentence.tags, reader).map_err(failed)?;
        let tags = scheme.tags(&spans, sentence.tags.len()).map_err(failed)?;
        let tags: Vec<Tag> = tags.iter().map(|tag| types.named(tag)).collect();
        converted.entities += spans.len();
        for (word, (before, after)) in sentence.tags.iter().zip(&tags).enumerate() {
            if before.prefix() != Prefix::Outside && after.prefix() == Prefix::Outside {
                converted.dropped.push(DroppedTag { line: sentence.line_number + word, tag: before.clone() });
            }
        }
        converted.sentences.push(Sentence { words: sentence.words.clone(), tags, ..*sentence });
    }
    Ok(converted)
}

/// Types by numbers from 1, with 0 for bare tags.
///
/// Readers see the numbers for types: the strict ones strip hyphens at either end of a type, which must not change the corpus.
struct Types<'c> {
    names: Vec<&'c str>,
    numbers: HashMap<&'c str, usize>,
}

impl<'c> Types<'c> {
    /// The entities of a sentence, their types as numbers.
    fn spans(&mut self, tags: &'c [Tag], reader: Chunking) -> Result<Vec<Span>, TagError> {
        let mut texts = Vec::with_capacity(tags.len());
        for tag in tags {
            let next = self.names.len();
            let number = *self.numbers.entry(tag.entity_type()).or_insert(next);
            if number == next {
                self.names.push(tag.entity_type());
            }
            let letter = tag.prefix().letter();
            texts.push(if number == 0 { letter.to_string() } else { format!("{letter}-{number}") });
        }
        reader.spans(&texts, Notation::Prefix).map_err(|error| in_words_of(error, tags))
    }

    /// A tag with the name of its type for the number.
    fn named(&self, tag: &Tag) -> Tag {
        let name = tag.entity_type().parse().ok().and_then(|number: usize| self.names.get(number).copied());
        Tag::new(tag.prefix(), name.unwrap_or_default())
    }
}

/// The error with the tag as it stands in the corpus.
fn in_words_of(error: TagError, tags: &[Tag]) -> TagError {
    match error {
        TagError::OutsideScheme { word, scheme, .. } => {
            TagError::OutsideScheme { word, found: tags[word].to_string(), scheme }
        }
        other => other,
    }
}
