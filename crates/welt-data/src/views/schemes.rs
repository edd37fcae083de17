//! The same entities in the tags of another scheme.

use std::collections::HashMap;

use welt_tags::{Chunk, Chunking, Notation, Prefix, Scheme, Span, Tag, TagError};

use crate::corpus::Sentence;
use crate::entities::{NO_TYPE, entities_of};
use crate::error::{DataError, ViewError};
use crate::tag_rules::likely_scheme;

/// Sentences in another scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The sentences with their new tags.
    pub sentences: Vec<Sentence>,
    /// Entities that were read and written.
    pub entities: usize,
    /// The words that the reader gave no entity although they are not tagged O: they are O now.
    pub dropped: Vec<DroppedTag>,
    /// The words whose tags broke the scheme that they were in: their entities were read all the same, as other tags would have said them.
    pub mended: Vec<MendedTag>,
}

/// A tag that belonged to no entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedTag {
    /// The line of the word, from 1.
    pub line: usize,
    /// The tag that it had.
    pub tag: Tag,
}

/// A tag that broke its scheme, with the one that says in that scheme what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MendedTag {
    /// The line of the word, from 1.
    pub line: usize,
    /// The tag that it had.
    pub tag: Tag,
    /// The tag that it should have had.
    pub read_as: Tag,
}

/// Reads the entities of tags in one way and writes them in a scheme.
///
/// Read strictly, tags that break their scheme lose entities, which is reported.
/// Read leniently, which is as [`Sentence::entities`] has it, they lose nothing: they are mended, which is reported too.
/// What is mended is told by the scheme of the strict reader; for the lenient one by [`likely_scheme`], and where no scheme has all prefixes that occur, by the new scheme.
/// A tag that merely becomes another one in the new scheme is not mended.
/// Tags that are valid in a scheme lose nothing, save that the strict reader of IOE1 overlooks an `E` that does not follow an `I` or `E` of its type.
///
/// # Errors
/// When strict, a tag whose prefix the scheme does not have, or a sentence whose tags are not as many as its words.
pub fn convert(sentences: &[Sentence], reader: Chunking, scheme: Scheme) -> Result<Converted, DataError> {
    let source = match reader {
        Chunking::Strict(scheme) => scheme,
        Chunking::Lenient => likely_scheme(sentences).unwrap_or(scheme),
    };
    convert_from(sentences, reader, source, scheme)
}

/// What [`convert`] does where the caller knows the scheme `source` of the tags: for a part of a corpus, which does not tell it alone.
///
/// # Errors
/// As for [`convert`].
pub fn convert_from(
    sentences: &[Sentence],
    reader: Chunking,
    source: Scheme,
    scheme: Scheme,
) -> Result<Converted, DataError> {
    let mut converted = Converted {
        sentences: Vec::with_capacity(sentences.len()),
        entities: 0,
        dropped: Vec::new(),
        mended: Vec::new(),
    };
    let mut types = TypeNumbers::default();
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
        let sound = scheme_tags(source, scheme, &spans, &tags, &types).map_err(failed)?;
        for (word, (before, read_as)) in sentence.tags.iter().zip(sound).enumerate() {
            if *before != read_as && read_as.prefix() != Prefix::Outside {
                let line = sentence.line_number + word;
                converted.mended.push(MendedTag { line, tag: before.clone(), read_as });
            }
        }
        for (word, (before, after)) in sentence.tags.iter().zip(&tags).enumerate() {
            if before.prefix() != Prefix::Outside && after.prefix() == Prefix::Outside {
                converted.dropped.push(DroppedTag { line: sentence.line_number + word, tag: before.clone() });
            }
        }
        converted.sentences.push(Sentence { words: sentence.words.clone(), tags, ..*sentence });
    }
    Ok(converted)
}

/// The tags of entities in the scheme that they were read in; `tags` are those of the new scheme.
fn scheme_tags(
    source: Scheme,
    scheme: Scheme,
    spans: &[Span],
    tags: &[Tag],
    types: &TypeNumbers,
) -> Result<Vec<Tag>, TagError> {
    if source == scheme {
        return Ok(tags.to_vec());
    }
    Ok(source.tags(spans, tags.len())?.iter().map(|tag| types.named(tag)).collect())
}

/// Types by numbers from 1, with 0 for bare tags.
///
/// Readers see the numbers for types: the strict ones strip hyphens at either end of a type, which must not change the corpus.
#[derive(Debug)]
pub(crate) struct TypeNumbers {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Default for TypeNumbers {
    fn default() -> Self {
        Self { names: vec![String::new()], numbers: HashMap::from([(String::new(), 0)]) }
    }
}

impl TypeNumbers {
    /// The entities of a sentence, their types as numbers.
    pub fn spans(&mut self, tags: &[Tag], reader: Chunking) -> Result<Vec<Span>, TagError> {
        if reader == Chunking::Lenient {
            let entities = entities_of(tags).into_iter();
            return Ok(entities.map(|entity| self.numbered(tags, &entity)).collect());
        }
        let mut texts = Vec::with_capacity(tags.len());
        for tag in tags {
            let number = self.number(tag.entity_type());
            let letter = tag.prefix().letter();
            texts.push(if number == 0 { letter.to_string() } else { format!("{letter}-{number}") });
        }
        reader.spans(&texts, Notation::Prefix).map_err(|error| in_words_of(error, tags))
    }

    /// An entity with a number for its type, 0 where its first tag is bare.
    fn numbered(&mut self, tags: &[Tag], entity: &Chunk<'_>) -> Span {
        let number = self.number(tags[entity.start].entity_type());
        let name = if number == 0 { NO_TYPE.to_owned() } else { number.to_string() };
        Span::new(&name, entity.start..entity.end)
    }

    fn number(&mut self, entity_type: &str) -> usize {
        if let Some(number) = self.numbers.get(entity_type) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(entity_type.to_owned());
        self.numbers.insert(entity_type.to_owned(), number);
        number
    }

    /// A tag with the name of its type for the number.
    fn named(&self, tag: &Tag) -> Tag {
        Tag::new(tag.prefix(), self.name(tag.entity_type()).unwrap_or_default())
    }

    /// The name of the type for the number that an entity has, nothing for a bare one.
    pub fn name(&self, number: &str) -> Option<&str> {
        number.parse().ok().and_then(|number: usize| self.names.get(number).map(String::as_str))
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
