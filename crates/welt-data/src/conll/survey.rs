//! Looks through a CoNLL-like file once, for what only the whole of it tells: which column holds the tags, and which scheme these follow.
//! A stream in, a few numbers out, in the memory of the longest sentence; then the sentences of the same file, one at a time.

use std::io::Read;
use std::path::{Path, PathBuf};

use welt_tags::{Scheme, Tag, TagError};

use super::columns::column_number;
use super::stream::{Kept, SentenceLines, TaggedReader, TaggedRows};
use super::{Columns, TagColumn, Trimmed, WordColumn, is_type_trimmed};
use crate::corpus::Sentence;
use crate::error::{CorpusError, CorpusErrorKind, DataError};
use crate::layout::{FoundTagColumn, FoundWordColumn, TagColumnReason, WordColumnReason};
use crate::tag_rules::SchemeTally;

/// What a first look at a file tells, for a second one that reads its sentences.
///
/// ```
/// use std::path::Path;
/// use welt_data::conll::{self, TagColumn};
///
/// let (path, text) = (Path::new("train.tsv"), "Renal\tNN\tI-Disease\nfailure\tNN\tI-Disease\ngout\tNN\tB-Disease\n");
/// let survey = conll::survey(path, text.as_bytes(), TagColumn::Find)?;
/// assert_eq!((survey.tag_column.number, survey.scheme), (3, Some(welt_tags::Scheme::Iob1)));
///
/// let mut sentences = survey.sentences(path, text.as_bytes());
/// let corpus = conll::parse(path, text.as_bytes(), TagColumn::Find)?;
/// assert_eq!(sentences.next().transpose()?.as_ref(), corpus.sentences.first());
/// # Ok::<(), welt_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The column of the words, and why that one.
    pub word_column: FoundWordColumn,
    /// The column of the tags, and why that one.
    pub tag_column: FoundTagColumn,
    /// What [`likely_scheme`](crate::checks::likely_scheme) says of all sentences.
    pub scheme: Option<Scheme>,
    /// Columns of every line with a word.
    pub columns: usize,
    /// Lines that begin a document.
    pub document_lines: usize,
    /// The first line with a word, from 1.
    pub first_line: usize,
}

/// Looks through a file; `path` only names it in messages.
///
/// # Errors
/// Whatever [`parse`](super::parse) refuses, so that a second look at the same bytes meets no error.
pub fn survey(path: &Path, input: impl Read, columns: impl Into<Columns>) -> Result<Survey, DataError> {
    let asked = columns.into();
    let kept = match asked.tags {
        TagColumn::Find => Kept::All,
        TagColumn::Number(number) => Kept::Asked(vec![number]),
    };
    let mut reader = TaggedReader::keeping(path, input, asked.words, kept);
    let mut columns: Vec<Column> = Vec::new();
    let mut first: Option<(usize, String)> = None;
    let mut rows = 0;
    while let Some((sentence, lines)) = reader.next_rows()? {
        if first.is_none() {
            first = Some((sentence.line_number, lines.first().to_owned()));
            columns.resize_with(sentence.tags.len(), Column::default);
        }
        rows += sentence.words.len();
        for (index, column) in columns.iter_mut().enumerate() {
            column.add(&sentence, lines, index);
        }
    }
    let (first_line, line) = first.unwrap_or_default();
    let n_columns = reader.n_columns();
    // Every file has a sentence, or was refused.
    let word_column = reader.word_column().unwrap_or(FoundWordColumn { number: 1, reason: WordColumnReason::First });
    let error = |(line, column, kind)| DataError::from(CorpusError { path: path.to_owned(), line, column, kind });
    let (tag_column, index) = match asked.tags {
        TagColumn::Number(asked) => {
            let number = column_number((n_columns, word_column.number), asked);
            let number = number.map_err(|kind| error((first_line, 1, kind)))?;
            (FoundTagColumn { number, reason: TagColumnReason::Asked }, 0)
        }
        TagColumn::Find => {
            let found = find(&columns, rows, (n_columns, word_column.number)).map_err(|fault| {
                let none = || (first_line, 1, CorpusErrorKind::NoColumnOfTags { columns: n_columns, line });
                error(fault.map_or_else(none, |(fault, number)| fault.at(number)))
            })?;
            (found, index_of(found.number, word_column.number))
        }
    };
    let column = columns.into_iter().nth(index).unwrap_or_default();
    if let Some(fault) = column.fault {
        return Err(error(fault.at(tag_column.number)));
    }
    let document_lines = reader.document_lines();
    Ok(Survey {
        word_column,
        tag_column,
        scheme: column.tally.likely(),
        columns: n_columns,
        document_lines,
        first_line,
    })
}

/// The column that holds a tag in every line, or the mistake in the one that does in most.
fn find(
    columns: &[Column],
    rows: usize,
    (n_columns, words): (usize, usize),
) -> Result<FoundTagColumn, Option<(Fault, usize)>> {
    for (number, reason) in super::columns::candidates(n_columns, words) {
        let Some(column) = columns.get(index_of(number, words)) else { continue };
        let Some(fault) = &column.fault else { return Ok(FoundTagColumn { number, reason }) };
        // One mistake among the tags must not make the next column be read for the tags, such as CoNLL-2003's chunks.
        if column.tags * 2 > rows {
            return Err(Some((fault.clone(), number)));
        }
    }
    Err(None)
}

/// Where a column, counted from 1, stands among those that are none of words.
const fn index_of(number: usize, words: usize) -> usize {
    if number < words { number - 1 } else { number - 2 }
}

/// What was seen of a column.
#[derive(Default)]
struct Column {
    /// Lines in which it holds a tag.
    tags: usize,
    /// The first line in which it does not.
    fault: Option<Fault>,
    /// The tags of all sentences, as long as there is no fault.
    tally: SchemeTally,
    /// Those of the sentence at hand.
    sentence: Vec<Tag>,
}

/// A text that is no tag.
#[derive(Clone)]
struct Fault {
    /// From 1, in characters.
    position: (usize, usize),
    /// Nothing where the text is empty.
    source: Option<TagError>,
}

impl Fault {
    /// Where it is, and what, in a column counted from 1.
    fn at(&self, number: usize) -> (usize, usize, CorpusErrorKind) {
        let kind = match self.source.clone() {
            None => CorpusErrorKind::EmptyTag { number },
            Some(source) => CorpusErrorKind::NotATag { source, number },
        };
        (self.position.0, self.position.1, kind)
    }
}

impl Column {
    fn add(&mut self, sentence: &TaggedRows<'_>, lines: SentenceLines<'_>, index: usize) {
        let Some(texts) = sentence.tags.get(index) else { return };
        self.sentence.clear();
        let mut previous = "";
        for (word, text) in texts.iter().enumerate() {
            let same = self.sentence.last().filter(|_| previous == *text).cloned();
            match same.map_or_else(|| super::tag(text), Ok) {
                Ok(tag) => {
                    self.tags += 1;
                    // What is already known to be no column of tags is only counted.
                    if self.fault.is_none() {
                        self.sentence.push(tag);
                        previous = text;
                    }
                }
                Err(source) => {
                    let position = (sentence.line_number + word, lines.column_of(text));
                    let source = (!text.is_empty()).then_some(source);
                    self.fault.get_or_insert(Fault { position, source });
                }
            }
        }
        if self.fault.is_none() {
            self.tally.add(&self.sentence);
        }
    }
}

impl Survey {
    /// The sentences of the file that was looked through, from its start.
    pub fn sentences<R: Read>(&self, path: &Path, input: R) -> Sentences<R> {
        let number = self.tag_column.number;
        let column = isize::try_from(number).unwrap_or(isize::MAX);
        let words = WordColumn::Number(isize::try_from(self.word_column.number).unwrap_or(isize::MAX));
        let reader = TaggedReader::new(path, input, &[column]).words_in(words);
        Sentences { reader, number, path: path.to_owned(), trimmed_types: Trimmed::default() }
    }
}

/// The sentences of a CoNLL-like file, read one at a time; after an error the rest cannot be trusted.
#[derive(Debug)]
pub struct Sentences<R> {
    reader: TaggedReader<R>,
    number: usize,
    path: PathBuf,
    trimmed_types: Trimmed,
}

impl<R: Read> Sentences<R> {
    /// How many words, tags and types lost what is not seen at their ends so far, and the line of the first, from 1; 0 where there is none.
    #[must_use]
    pub fn trimmed_cells(&self) -> (usize, usize) {
        let (cells, line) = self.reader.trimmed_cells();
        let lines = [line, self.trimmed_types.first_line].into_iter().filter(|line| *line > 0);
        (cells + self.trimmed_types.cells, lines.min().unwrap_or(0))
    }
}

impl<R: Read> Iterator for Sentences<R> {
    type Item = Result<Sentence, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (rows, lines) = match self.reader.next_rows() {
            Ok(rows) => rows?,
            Err(error) => return Some(Err(error)),
        };
        let texts = rows.tags.first().map_or(&[][..], Vec::as_slice);
        let mut tags: Vec<Tag> = Vec::with_capacity(texts.len());
        let mut previous = "";
        for (word, text) in texts.iter().enumerate() {
            // Most tags equal the one before, and a clone of `O` takes no memory.
            let same = tags.last().filter(|_| previous == *text).cloned();
            match same.map_or_else(|| super::tag(text), Ok) {
                Ok(tag) => {
                    self.trimmed_types.add(rows.line_number + word, is_type_trimmed(text, &tag));
                    tags.push(tag);
                }
                Err(source) => {
                    let kind = CorpusErrorKind::NotATag { source, number: self.number };
                    let (line, column) = (rows.line_number + word, lines.column_of(text));
                    return Some(Err(CorpusError { path: self.path.clone(), line, column, kind }.into()));
                }
            }
            previous = text;
        }
        let words = rows.words.iter().map(|word| (*word).to_owned()).collect();
        Some(Ok(Sentence { words, tags, line_number: rows.line_number, document: rows.document }))
    }
}
