//! CoNLL-like files as documents: the words of a document joined by one space, its sentences as the places of their words.
//! What a line and a tag are stands in [`conll`](crate::conll); entities are read from the tags as seqeval does by default.
//!
//! Each `-DOCSTART-` line begins a document, whose id is the name of the file and its number; a file without such lines is one document.
//! The column of tags is found; others are skipped and counted. Mentions state no text, and bare tags give them the type `_`.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use welt_tags::{Chunking, Notation};

use super::Source;
use super::folder::stem;
use super::place::Position;
use super::skip::{Skip, Skipped};
use crate::conll::{self, TagColumn};
use crate::corpus::Sentence;
use crate::document::{Document, Mention, Passage};
use crate::error::DataError;

/// Reads the documents of a file that is held as a whole.
#[derive(Debug)]
pub(super) struct Reader {
    /// The last first.
    documents: Vec<Document>,
    skipped: Skipped,
}

impl Reader {
    pub fn new(path: &Arc<Path>, mut reader: impl BufRead) -> Result<Self, DataError> {
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
        let mut documents = Vec::new();
        for sentences in sections {
            let id = match starts.is_empty() {
                true => stem(path),
                false => format!("{}-{}", stem(path), documents.len() + 1),
            };
            documents.push(document(id, sentences)?);
        }
        documents.reverse();
        Ok(Self { documents, skipped })
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

fn document(id: String, sentences: &[Sentence]) -> Result<Document, DataError> {
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
        let tags: Vec<String> = sentence.tags.iter().map(ToString::to_string).collect();
        for span in Chunking::Lenient.spans(&tags, Notation::Prefix)? {
            let words = words.get(span.words()).unwrap_or_default();
            if let (Some(first), Some(last)) = (words.first(), words.last()) {
                mentions.push(Mention::new(&span.entity_type, first.start..last.end));
            }
        }
        places.push(words);
    }
    let passages = vec![Passage { kind: String::new(), offset: 0, text }];
    Ok(Document { id, passages, mentions, sentences: Some(places) })
}
