//! CoNLL-like files as documents: the words of a document joined by one space, its sentences as the spans of their words.
//! What a line and a tag are stands in [`conll`](crate::conll); entities are read leniently ([`Sentence::entities`]), or by the rules of a scheme that the caller names.
//! A tag that belongs to no entity then, because it breaks that scheme, is skipped and counted.
//!
//! Each `-DOCSTART-` line begins a document, whose id is the name of the file and its number; a file without such lines is one document.
//! The column of tags is found; others are skipped and counted. Mentions state no text, and bare tags give them the type `_`.
//!
//! Only the whole file tells its column of tags, so that it is read twice, and one document of it is held at a time.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use welt_tags::{Chunking, Prefix, Tag, TagError};

use super::Source;
use super::folder::stem;
use super::head::{Evidence, Head, Shape};
use super::position::Position;
use crate::conll::{self, Columns, Line, Sentences, Survey, kind};
use crate::corpus::Sentence;
use crate::document::{Document, Mention, Passage};
use crate::entities::NO_TYPE;
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss, Stage};
use crate::views::TypeNumbers;

/// Lines that must end in the tag `O` where no line of them has an entity, so that no running text is taken for them.
const OUTSIDE_LINES: usize = 3;

/// Told by columns of every line of which one holds a tag in each; where most lines are so, the others may be mistakes.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    if head.shape != Shape::Lines {
        return Evidence::Nothing;
    }
    let is_word = |line: &&&str| !line.trim().is_empty() && matches!(kind(line.as_bytes()), Line::Word);
    let lines: Vec<&str> = head.lines.iter().filter(is_word).copied().collect();
    let is_named = matches!(head.ending.as_str(), "conll" | "iob" | "iob2" | "bio");
    let first = head.first_line();
    let by_lines = tagged_lines(&lines);
    let is_begun = matches!(kind(first.as_bytes()), Line::Document);
    if !lines.is_empty() && by_lines == lines.len() {
        Evidence::Certain
    } else if is_named {
        Evidence::Named
    } else if lines.len() >= OUTSIDE_LINES && 3 * by_lines >= 2 * lines.len() || is_begun {
        Evidence::Likely
    } else if head.ending == "tsv" || head.ending.is_empty() && first.split('\t').count() == 2 {
        Evidence::Possible
    } else {
        Evidence::Nothing
    }
}

/// How many lines have as many columns as most, two or more, and a tag in one of these, the same in each; none where the tags may be words.
fn tagged_lines(lines: &[&str]) -> usize {
    let with_tabs = lines.first().is_some_and(|line| line.contains('\t'));
    let columns = |line: &&str| -> Vec<String> {
        let trimmed = |text: &str| text.trim().to_owned();
        if with_tabs {
            line.split('\t').map(trimmed).collect()
        } else {
            line.split_ascii_whitespace().map(trimmed).collect()
        }
    };
    let rows: Vec<Vec<String>> = lines.iter().map(columns).collect();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *counts.entry(row.len()).or_default() += 1);
    let Some((count, _)) = counts.into_iter().max_by_key(|(_, rows)| *rows).filter(|(count, _)| *count > 1) else {
        return 0;
    };
    let rows: Vec<&Vec<String>> = rows.iter().filter(|row| row.len() == count).collect();
    (0..count).map(|column| tags_of(&rows, column, with_tabs)).max().unwrap_or(0)
}

/// How many lines hold a tag in a column; a word such as the `B` of `vitamin B` is no sign of a column of tags, `B-Gene` is.
fn tags_of(rows: &[&Vec<String>], column: usize, with_tabs: bool) -> usize {
    let tags: Vec<Tag> = rows.iter().filter_map(|row| row[column].parse().ok()).collect();
    let outside = tags.iter().filter(|tag| tag.prefix() == Prefix::Outside).count();
    let has_types = tags.iter().any(|tag| !tag.entity_type().is_empty());
    let is_sign = has_types || outside >= OUTSIDE_LINES || with_tabs && outside > 0 && tags.len() == rows.len();
    if is_sign { tags.len() } else { 0 }
}

/// Reads a file document by document, after a first look at all of it.
pub(super) struct Reader<R> {
    sentences: Sentences<R>,
    /// The first sentence of the next document.
    next: Option<Sentence>,
    tags: TagReader,
    survey: Survey,
    /// How many documents were read.
    read: usize,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads entities in a way that is named.
    pub fn new(path: &Arc<Path>, mut input: R, columns: Columns, chunking: Chunking) -> Result<Self, DataError> {
        let unreadable = |source| super::unreadable(path, source);
        let survey = conll::survey(path, &mut input, columns)?;
        input.rewind().map_err(unreadable)?;
        let tag_column = survey.tag_column.number;
        Ok(Self {
            sentences: survey.sentences(path, input),
            next: None,
            tags: TagReader::new(path, tag_column, chunking),
            survey,
            read: 0,
        })
    }
}

impl<R: Read + Seek> Source for Reader<R> {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        let first = match self.next.take() {
            Some(sentence) => Some(sentence),
            None => self.sentences.next().transpose()?,
        };
        let Some(first) = first else {
            self.tell_trimmed();
            return Ok(None);
        };
        if self.read == 0 {
            self.skip_columns();
        }
        self.read += 1;
        let stem = stem(&self.tags.path);
        let id = if self.survey.document_lines > 0 { format!("{stem}-{}", self.read) } else { stem };
        let number = first.document;
        let mut document = OpenDocument::new(id);
        document.add(&first, &mut self.tags)?;
        while let Some(sentence) = self.sentences.next().transpose()? {
            if sentence.document != number {
                self.next = Some(sentence);
                break;
            }
            document.add(&sentence, &mut self.tags)?;
        }
        Ok(Some(document.close()))
    }

    fn ledger(&self) -> &Ledger {
        &self.tags.ledger
    }

    fn list(&mut self, listed: usize) {
        self.tags.ledger.shorten(listed);
    }
}

impl<R: Read> Reader<R> {
    /// Counts the cells that lost what is not seen at their ends, once all were read.
    fn tell_trimmed(&mut self) {
        let (cells, line) = self.sentences.trimmed_cells();
        if cells > 0 {
            let position = Position { line, column: 1 };
            self.tags.ledger.skip(Loss::Trimmed, &self.tags.path, position, || Item::named(""));
            self.tags.ledger.entry(Stage::Read, Loss::Trimmed).lost += cells - 1;
        }
    }

    /// Counts the columns besides the word and its tag.
    fn skip_columns(&mut self) {
        let position = Position { line: self.survey.first_line, column: 1 };
        let read = [self.survey.word_column.number, self.survey.tag_column.number];
        for column in (1..=self.survey.columns).filter(|column| !read.contains(column)) {
            self.tags
                .ledger
                .skip(Loss::UnreadColumn, &self.tags.path, position, || Item::named(&format!("column {column}")));
        }
    }
}

/// A document whose sentences are being read.
#[derive(Default)]
pub(super) struct OpenDocument {
    id: String,
    text: String,
    /// In characters.
    length: usize,
    sentences: Vec<Vec<Range<usize>>>,
    mentions: Vec<Mention>,
}

impl OpenDocument {
    pub fn new(id: String) -> Self {
        Self { id, ..Self::default() }
    }

    /// Adds a sentence, its words joined to those before by a space.
    pub fn add(&mut self, sentence: &Sentence, tags: &mut TagReader) -> Result<(), DataError> {
        let mut words = Vec::with_capacity(sentence.words.len());
        for word in &sentence.words {
            if !self.text.is_empty() {
                self.text.push(' ');
                self.length += 1;
            }
            self.text.push_str(word);
            let start = self.length;
            self.length += word.chars().count();
            words.push(start..self.length);
        }
        tags.mentions(sentence, (&self.id, &words), &mut self.mentions)?;
        self.sentences.push(words);
        Ok(())
    }

    pub fn close(self) -> Document {
        let Self { id, text, sentences, mentions, .. } = self;
        let passages = vec![Passage { kind: String::new(), offset: 0, text }];
        Document { id, passages, mentions, sentences: Some(sentences) }
    }
}

/// Reads the entities of sentences.
pub(super) struct TagReader {
    pub path: Arc<Path>,
    /// The column of the tags, from 1.
    tag_column: usize,
    chunking: Chunking,
    types: TypeNumbers,
    pub ledger: Ledger,
}

impl TagReader {
    pub fn new(path: &Arc<Path>, tag_column: usize, chunking: Chunking) -> Self {
        let (types, ledger) = (TypeNumbers::default(), Ledger::listing(0));
        Self { path: Arc::clone(path), tag_column, chunking, types, ledger }
    }

    /// Adds the entities of a sentence whose words stand at some characters.
    pub fn mentions(
        &mut self,
        sentence: &Sentence,
        (document, words): (&str, &[Range<usize>]),
        mentions: &mut Vec<Mention>,
    ) -> Result<(), DataError> {
        let spans = self.types.spans(&sentence.tags, self.chunking).map_err(|source| self.error(sentence, source))?;
        let mut is_read = vec![false; words.len()];
        for span in &spans {
            let held = words.get(span.words()).unwrap_or_default();
            if let (Some(first), Some(last)) = (held.first(), held.last()) {
                let entity_type = self.types.name(&span.entity_type).unwrap_or(NO_TYPE);
                mentions.push(Mention::new(entity_type, first.start..last.end));
                is_read.get_mut(span.words()).unwrap_or_default().fill(true);
            }
        }
        for (word, (tag, is_read)) in sentence.tags.iter().zip(is_read).enumerate() {
            if !is_read && tag.prefix() != Prefix::Outside {
                let position = Position { line: sentence.line_number + word, column: 1 };
                let characters = words.get(word).cloned().unwrap_or_default();
                let item = || Item::new(document, characters, &sentence.words[word], tag.entity_type());
                self.ledger.skip(Loss::UnreadTag, &self.path, position, item);
            }
        }
        Ok(())
    }

    /// A tag that the scheme which the caller names does not have.
    fn error(&self, sentence: &Sentence, source: TagError) -> DataError {
        let word = if let TagError::OutsideScheme { word, .. } = source { word } else { 0 };
        let kind = CorpusErrorKind::NotATag { source, number: self.tag_column };
        Position { line: sentence.line_number + word, column: 1 }.error(&self.path, kind)
    }
}
