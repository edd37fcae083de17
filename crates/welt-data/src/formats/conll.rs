//! CoNLL-like files as documents: the words of a document joined by one space, its sentences as the spans of their words.
//! What a line and a tag are stands in [`conll`](crate::conll); entities are read leniently ([`Sentence::entities`]), or by the rules of a scheme that the caller names.
//! A tag that belongs to no entity then, because it breaks that scheme, is skipped and counted.
//!
//! Each `-DOCSTART-` line begins a document, whose id is the name of the file and its number; a file without such lines is one document.
//! The column of tags is found; others are skipped and counted. Mentions state no text, and bare tags give them the type `_`.
//!
//! Only the whole file tells its column of tags, so that it is read twice, and one document of it is held at a time.

use std::io::{Read, Seek};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use welt_tags::{Chunking, Prefix, TagError};

use super::Source;
use super::folder::stem;
use super::position::Position;
use crate::conll::{self, Sentences, Survey, TagColumn};
use crate::corpus::Sentence;
use crate::document::{Document, Mention, Passage};
use crate::entities::NO_TYPE;
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};
use crate::views::TypeNumbers;

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
    pub fn new(path: &Arc<Path>, mut input: R, chunking: Chunking) -> Result<Self, DataError> {
        let unreadable = |source| super::unreadable(path, source);
        let survey = conll::survey(path, &mut input, TagColumn::Find)?;
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
        let Some(first) = first else { return Ok(None) };
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

impl<R> Reader<R> {
    /// Counts the columns besides the word and its tag.
    fn skip_columns(&mut self) {
        let position = Position { line: self.survey.first_line, column: 1 };
        let tag_column = self.survey.tag_column.number;
        for column in (2..=self.survey.columns).filter(|column| *column != tag_column) {
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
