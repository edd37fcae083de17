//! Chosen, renamed and joined types of entities.

use std::collections::{BTreeMap, BTreeSet};

use welt_tags::{Prefix, Scheme, Span, Tag};

use crate::corpus::Sentence;
use crate::entities::{NO_TYPE, type_name};
use crate::error::{DataError, ViewError};

/// Keeps the entities of these types, `_` for those of bare tags; the words of all others become `O`.
///
/// No type at all makes every word `O`.
///
/// # Errors
/// A type that no tag has.
pub fn keep_types(sentences: &[Sentence], types: &[&str]) -> Result<Vec<Sentence>, DataError> {
    let kept: BTreeSet<&str> = types.iter().copied().collect();
    all_occur(sentences, types.iter().copied())?;
    Ok(with_tags(sentences, |tag| if kept.contains(type_name(tag)) { tag.clone() } else { Tag::OUTSIDE }))
}

/// Gives types other names, all at once, so that two types may swap their names; `_` stands for bare tags, on either side.
///
/// Several types may get one name, or a name that another type has already: they are one type from then on.
///
/// # Errors
/// A type that no tag has or that stands twice among those to rename, a name that no file could hold,
/// or entities that would be read as one under their new name, which can happen in IOB1 and IOE1 and where tags break their scheme.
pub fn rename_types(sentences: &[Sentence], names: &[(&str, &str)]) -> Result<Vec<Sentence>, DataError> {
    let mut new_names: BTreeMap<&str, &str> = BTreeMap::new();
    for (old, new) in names {
        if new.is_empty() || new.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(ViewError::TypeName { found: (*new).to_owned() }.into());
        }
        if new_names.insert(old, new).is_some() {
            return Err(ViewError::RenamedTwice { found: (*old).to_owned() }.into());
        }
    }
    all_occur(sentences, new_names.keys().copied())?;
    let renamed =
        with_tags(sentences, |tag| match new_names.get(type_name(tag)).filter(|_| tag.prefix() != Prefix::Outside) {
            Some(&NO_TYPE) => Tag::new(tag.prefix(), ""),
            Some(name) => Tag::new(tag.prefix(), name),
            None => tag.clone(),
        });
    for (before, after) in sentences.iter().zip(&renamed) {
        let (entities, joined) = (before.entities(), after.entities());
        if let Some((_, joined)) = entities.iter().zip(&joined).find(|(entity, joined)| entity.end != joined.end) {
            let (line, name) = (after.line_number + joined.start, joined.entity_type.to_owned());
            return Err(ViewError::Joined { line, name }.into());
        }
    }
    Ok(renamed)
}

/// Two corpora of the same words as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedTypes {
    /// The sentences of the first corpus with the entities of both.
    pub sentences: Vec<Sentence>,
    /// Entities that both corpora have, words and type the same; each stands once.
    pub in_both: usize,
    /// The entities of the second corpus that were left out, because they share words with one of the first.
    pub conflicts: Vec<Conflict>,
}

/// Two entities that share words and are not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The line of the first word of the sentence in the first corpus, from 1.
    pub line: usize,
    /// The entity of the first corpus, which is kept.
    pub kept: Span,
    /// The entity of the second corpus, which is left out.
    pub left_out: Span,
}

/// Joins two corpora of the same sentences whose tags have different types, such as chemicals in one and diseases in the other.
///
/// Where entities of both share words and are not the same, the one of the first corpus is kept and the other reported.
/// The tags are written in `scheme`, whatever schemes the corpora are in.
///
/// # Errors
/// Sentences or words that differ.
pub fn merge_types(first: &[Sentence], second: &[Sentence], scheme: Scheme) -> Result<MergedTypes, DataError> {
    if first.len() != second.len() {
        return Err(ViewError::SentenceCounts { first: first.len(), second: second.len() }.into());
    }
    let mut merged = MergedTypes { sentences: Vec::with_capacity(first.len()), in_both: 0, conflicts: Vec::new() };
    for (first, second) in first.iter().zip(second) {
        same_words(first, second)?;
        let spans = merged.join(first, second);
        let tags = scheme
            .tags(&spans, first.words.len())
            .map_err(|source| ViewError::Tag { line: first.line_number, source })?;
        merged.sentences.push(Sentence { words: first.words.clone(), tags, ..*first });
    }
    Ok(merged)
}

impl MergedTypes {
    /// The entities of a sentence in both corpora, without those that share words.
    fn join(&mut self, first: &Sentence, second: &Sentence) -> Vec<Span> {
        let entities = first.entities();
        let mut spans: Vec<Span> = entities.iter().copied().map(Span::from).collect();
        for entity in second.entities() {
            // Entities of one corpus are apart and in order, so that this is the first that can share a word.
            let at = entities.partition_point(|other| other.end <= entity.start);
            match entities.get(at).filter(|other| other.start < entity.end) {
                None => spans.push(entity.into()),
                Some(other) if *other == entity => self.in_both += 1,
                Some(other) => self.conflicts.push(Conflict {
                    line: first.line_number,
                    kept: Span::from(*other),
                    left_out: entity.into(),
                }),
            }
        }
        spans
    }
}

fn same_words(first: &Sentence, second: &Sentence) -> Result<(), DataError> {
    let (words, others) = (&first.words, &second.words);
    if words == others {
        return Ok(());
    }
    let at = words.iter().zip(others).take_while(|(word, other)| word == other).count();
    let name =
        |words: &[String]| words.get(at).map_or("the end of the sentence".to_owned(), |word| format!("`{word}`"));
    let error = ViewError::Words {
        first_line: first.line_number + at,
        second_line: second.line_number + at,
        first: name(words),
        second: name(others),
    };
    Err(error.into())
}

fn all_occur<'t>(sentences: &[Sentence], mut types: impl Iterator<Item = &'t str>) -> Result<(), DataError> {
    let tags = sentences.iter().flat_map(|sentence| &sentence.tags);
    let known: BTreeSet<&str> = tags.filter(|tag| tag.prefix() != Prefix::Outside).map(type_name).collect();
    match types.find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(unknown) => {
            let known = known.into_iter().map(str::to_owned).collect();
            Err(ViewError::UnknownType { found: unknown.to_owned(), known }.into())
        }
    }
}

fn with_tags(sentences: &[Sentence], change: impl Fn(&Tag) -> Tag) -> Vec<Sentence> {
    let changed = |sentence: &Sentence| Sentence {
        words: sentence.words.clone(),
        tags: sentence.tags.iter().map(&change).collect(),
        ..*sentence
    };
    sentences.iter().map(changed).collect()
}
