//! CoNLL-like files as documents: the words of a document joined by one space, its sentences as the places of their words.
//! What a line and a tag are stands in [`conll`](crate::conll); entities are read by the rules of the scheme that the tags of the file fit best ([`likely_scheme`]),
//! as seqeval does by default where no scheme has all their prefixes, or in the way that the caller names.
//! A tag that belongs to no entity then, because it breaks the scheme, is skipped and counted.
//!
//! Each `-DOCSTART-` line begins a document, whose id is the name of the file and its number; a file without such lines is one document.
//! The column of tags is found; others are skipped and counted. Mentions state no text, and bare tags give them the type `_`.

use std::io::BufRead;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use welt_tags::{Chunking, Prefix, Scheme, TagError};

use super::Source;
use super::folder::stem;
use super::place::Position;
use super::skip::{Skip, Skipped};
use crate::checks::likely_scheme;
use crate::conll::{self, TagColumn};
use crate::corpus::{Corpus, Sentence};
use crate::document::{Document, Mention, Passage};
use crate::error::{CorpusErrorKind, DataError};
use crate::views::TypeNumbers;

/// What a type without a name is called.
const NO_TYPE: &str = "_";

/// Reads the documents of a file that is held as a whole.
#[derive(Debug)]
pub(super) struct Reader {
    /// The last first.
    documents: Vec<Document>,
    skipped: Skipped,
}

impl Reader {
    /// Reads entities in a way that is named, or that the tags tell.
    pub fn new(path: &Arc<Path>, mut reader: impl BufRead, chunking: Option<Chunking>) -> Result<Self, DataError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|source| super::unreadable(path, source))?;
        let corpus = conll::parse(path, &bytes, TagColumn::Find)?;
        let starts = document_lines(&bytes);
        let mut skipped = Skipped::default();
        if let Some(columns) = corpus.layout.columns.checked_sub(2).filter(|columns| *columns > 0) {
            let first = corpus.sentences.first().map_or(1, |sentence| sentence.line_number);
            skipped.add_several(Skip::Column, columns, path, Position { line: first, column: 1 });
        }
        let section = |sentence: &Sentence| starts.partition_point(|start| *start < sentence.line_number);
        let sections = corpus.sentences.chunk_by(|left, right| section(left) == section(right));
        let mut reader = TagReader {
            corpus: &corpus,
            chunking: chunking.unwrap_or_else(|| likely_chunking(&corpus.sentences)),
            types: TypeNumbers::default(),
            skipped,
        };
        let mut documents = Vec::new();
        for sentences in sections {
            let id = match starts.is_empty() {
                true => stem(path),
                false => format!("{}-{}", stem(path), documents.len() + 1),
            };
            documents.push(reader.document(id, sentences)?);
        }
        documents.reverse();
        Ok(Self { documents, skipped: reader.skipped })
    }
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        Ok(self.documents.pop())
    }

    fn skipped(&self) -> &Skipped {
        &self.skipped
    }
}

/// The numbers of the lines that begin a document.
fn document_lines(bytes: &[u8]) -> Vec<usize> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    lines.filter(|(line, _)| line.starts_with(b"-DOCSTART-")).map(|(_, number)| number).collect()
}

/// The way in which the tags of a file are read when nobody names one.
fn likely_chunking(sentences: &[Sentence]) -> Chunking {
    match likely_scheme(sentences) {
        // The strict reader overlooks some `E` of IOE1, the lenient one reads them all.
        Some(Scheme::Ioe1) | None => Chunking::Lenient,
        Some(scheme) => Chunking::Strict(scheme),
    }
}

/// Reads the entities of a corpus.
struct TagReader<'c> {
    corpus: &'c Corpus,
    chunking: Chunking,
    types: TypeNumbers<'c>,
    skipped: Skipped,
}

impl<'c> TagReader<'c> {
    fn document(&mut self, id: String, sentences: &'c [Sentence]) -> Result<Document, DataError> {
        let mut text = String::new();
        let mut length = 0;
        let mut places = Vec::with_capacity(sentences.len());
        let mut mentions = Vec::new();
        for sentence in sentences {
            let mut words = Vec::with_capacity(sentence.words.len());
            for word in &sentence.words {
                if !text.is_empty() {
                    text.push(' ');
                    length += 1;
                }
                text.push_str(word);
                let start = length;
                length += word.chars().count();
                words.push(start..length);
            }
            self.mentions(sentence, &words, &mut mentions)?;
            places.push(words);
        }
        let passages = vec![Passage { kind: String::new(), offset: 0, text }];
        Ok(Document { id, passages, mentions, sentences: Some(places) })
    }

    /// Adds the entities of a sentence whose words stand at some characters.
    fn mentions(
        &mut self,
        sentence: &'c Sentence,
        words: &[Range<usize>],
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
                self.skipped.add(Skip::Tag, &self.corpus.path, position);
            }
        }
        Ok(())
    }

    /// A tag that the scheme which the caller names does not have.
    fn error(&self, sentence: &Sentence, source: TagError) -> DataError {
        let word = if let TagError::OutsideScheme { word, .. } = source { word } else { 0 };
        let kind = CorpusErrorKind::NotATag { source, number: self.corpus.tag_column.number };
        Position { line: sentence.line_number + word, column: 1 }.error(&self.corpus.path, kind)
    }
}
