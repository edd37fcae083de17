//! What a corpus is once it has been read: sentences of words, with a tag or none for each word.
//! No file format, no sub-word; the tags of a [`Corpus`] become label indices here, by the label set that is handed in.
//!
//! ```
//! use std::path::Path;
//! use welt_data::conll;
//! use welt_tags::LabelSet;
//!
//! let corpus = conll::parse(Path::new("dev.tsv"), b"no\tO\nataxia\tB-Disease\n", conll::TagColumn::Find)?;
//! let labels = LabelSet::from_tags(["B-Disease", "I-Disease", "O"]).expect("three tags");
//! assert_eq!(corpus.gold(&labels)?, [[2, 0]]);
//! # Ok::<(), welt_data::DataError>(())
//! ```

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use welt_tags::{LabelSet, Tag};

use crate::error::{CorpusError, CorpusErrorKind, DataError};
use crate::layout::{FoundTagColumn, FoundWordColumn, Layout};

/// One sentence of a corpus: as many tags as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The words, as they stand in the file.
    pub words: Vec<String>,
    /// The tag of each word.
    pub tags: Vec<Tag>,
    /// The line of the first word, from 1; word `i` stands on line `line_number + i`.
    pub line_number: usize,
    /// The document that the sentence stands in, from 1 by the `-DOCSTART-` lines before it; 0 where no document is known.
    pub document: usize,
}

/// A corpus file, or one split of a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corpus {
    /// Where it was read from, for messages.
    pub path: PathBuf,
    /// The sentences in file order: at least one, each of at least one word.
    pub sentences: Vec<Sentence>,
    /// What the file looks like and what was skipped in it.
    pub layout: Layout,
    /// The column that the words were taken from, and why that one.
    pub word_column: FoundWordColumn,
    /// The column that the tags were taken from, and why that one.
    pub tag_column: FoundTagColumn,
}

/// A sentence whose words have no tags, as prediction takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordsSentence {
    /// The words, as they stand in the file.
    pub words: Vec<String>,
    /// The line of the first word, from 1; word `i` stands on line `line_number + i`.
    pub line_number: usize,
}

/// A file of words without tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Where it was read from, for messages.
    pub path: PathBuf,
    /// The sentences in file order: at least one, each of at least one word.
    pub sentences: Vec<WordsSentence>,
    /// What the file looks like and what was skipped in it.
    pub layout: Layout,
    /// The column that the words were taken from, and why that one.
    pub word_column: FoundWordColumn,
}

impl Corpus {
    /// The label set of the tags in the corpus: every distinct tag and `O`, in code-point order.
    ///
    /// # Errors
    /// None in practice: the tags were checked when they were read.
    pub fn label_set(&self) -> Result<LabelSet, DataError> {
        let tags: BTreeSet<&Tag> = self.sentences.iter().flat_map(|sentence| &sentence.tags).collect();
        Ok(LabelSet::from_tags(tags.into_iter().map(Tag::to_string))?)
    }

    /// The label index of each word of each sentence, from 0, in the order of `labels`.
    ///
    /// # Errors
    /// A tag that is not among the labels, with its line; the error points at the start of the line.
    pub fn gold(&self, labels: &LabelSet) -> Result<Vec<Vec<usize>>, DataError> {
        let mut indices: HashMap<Tag, usize> = HashMap::new();
        for (index, name) in labels.names().iter().enumerate() {
            indices.insert(name.parse()?, index);
        }
        let mut gold = Vec::with_capacity(self.sentences.len());
        for sentence in &self.sentences {
            let mut row = Vec::with_capacity(sentence.tags.len());
            for (word, tag) in sentence.tags.iter().enumerate() {
                row.push(*indices.get(tag).ok_or_else(|| self.unknown_label(sentence, word, labels))?);
            }
            gold.push(row);
        }
        Ok(gold)
    }

    fn unknown_label(&self, sentence: &Sentence, word: usize, labels: &LabelSet) -> DataError {
        CorpusError {
            path: self.path.clone(),
            line: sentence.line_number + word,
            column: 1,
            kind: CorpusErrorKind::UnknownLabel {
                tag: sentence.tags[word].clone(),
                tag_column: self.tag_column.number,
                labels: labels.names().to_vec(),
            },
        }
        .into()
    }
}

/// The words, so that a function can take sentences with and without tags.
impl AsRef<[String]> for Sentence {
    fn as_ref(&self) -> &[String] {
        &self.words
    }
}

/// The words, so that a function can take sentences with and without tags.
impl AsRef<[String]> for WordsSentence {
    fn as_ref(&self) -> &[String] {
        &self.words
    }
}
