//! Looks for what is wrong or suspicious in the splits of a corpus: broken tags, repeated sentences, leakage, mentions tagged now and then.
//! Corpora in, a list of [`Finding`]s out, always in the same order; nothing is changed, and nothing is printed.
//!
//! Findings come check by check in the order of [`Check`], within a check by split and by line; inconsistent mentions come by the number of places that disagree.
//! Where a check finds more in a split than are to be listed, one more finding says how many there are.
//! Time grows with the size of the corpus alone, whatever is in it; a [`Checker`] holds what it found, the distinct mentions, and a bounded number of records of sentences and documents.
//!
//! ```
//! use std::path::Path;
//! use welt_data::checks::{CheckOptions, SchemeChoice, check};
//! use welt_data::conll::{self, TagColumn};
//!
//! let train = conll::parse(Path::new("train.tsv"), b"no\tO\nataxia\tI-Disease\n\ngout\tB-Disease\n", TagColumn::Find)?;
//! let test = conll::parse(Path::new("test.tsv"), b"gout\tO\n\nno\tO\nflu\tB-Disease\n", TagColumn::Find)?;
//! let options =
//!     CheckOptions { scheme: SchemeChoice::Detect, least_words: 1, least_mentions: 1, longest_entity: 15, listed: 10 };
//!
//! let findings = check(&[("train", &train), ("test", &test)], &options)?;
//! let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
//! assert_eq!(texts[0], "train.tsv:2: error: `I-Disease` after `O` breaks IOB2 (invalid-transition)");
//! assert_eq!(texts[1], "test.tsv:1: warning: the sentence stands in split `train` too, train.tsv:4, with other entities (shared-sentence)");
//! # Ok::<(), welt_data::DataError>(())
//! ```

mod checker;
mod content;
mod documents;
mod finding;
mod found;
mod left_out;
mod records;
mod repeats;
mod shared;
mod sources;
mod state;
mod transitions;
mod words;

use std::path::Path;

use welt_tags::Scheme;

use crate::corpus::{Corpus, Sentence};
use crate::document::Document;
use crate::error::DataError;

pub use crate::tag_rules::likely_scheme;
pub use checker::{Checked, Checker};
pub use finding::{Check, Finding, FindingKind, InDocument, Location, NotWords, Repeat, SameText, Severity};
pub use left_out::left_out;
pub use shared::{SharedDocuments, shared_documents};
pub use sources::{Texts, sources};
pub use words::word_column;

/// A split: its name and what is in it; made of a name and a [`Corpus`] where it was read from a tagged file.
#[derive(Debug, Clone, Copy)]
pub struct Split<'c> {
    /// Its name.
    pub name: &'c str,
    /// Where it was read from.
    pub path: &'c Path,
    /// Its sentences, with lines in ascending order.
    pub sentences: &'c [Sentence],
    /// Where each sentence stands in a document, where the split was made of documents; else nothing.
    /// The lines of such sentences are numbers that nobody sees, from 2.
    pub positions: &'c [SentencePosition],
    /// The documents that the split was made of; else nothing.
    pub documents: &'c [Document],
}

/// Where the words of a sentence stand in its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentencePosition {
    /// The number of the document in its split, from 0.
    pub document: usize,
    /// The first character of each word, by its offset in the document.
    pub starts: Vec<usize>,
}

impl<'c> From<(&'c str, &'c Corpus)> for Split<'c> {
    fn from((name, corpus): (&'c str, &'c Corpus)) -> Self {
        Self { name, path: &corpus.path, sentences: &corpus.sentences, positions: &[], documents: &[] }
    }
}

impl Split<'_> {
    /// The location that a line stands for.
    fn location(&self, line: usize) -> Location {
        let index = self.sentences.partition_point(|sentence| sentence.line_number <= line).checked_sub(1);
        let at = index.and_then(|index| self.sentences.get(index).zip(self.positions.get(index)));
        let character = at.and_then(|(sentence, position)| position.starts.get(line - sentence.line_number));
        match (at, character) {
            (Some((_, position)), Some(character)) => self.location_in(position.document, *character),
            _ => Location { path: self.path.to_owned(), line, document: None },
        }
    }

    /// A character of a document.
    fn location_in(&self, document: usize, character: usize) -> Location {
        let id = self.documents.get(document).map(|document| document.id.clone()).unwrap_or_default();
        Location { path: self.path.to_owned(), line: 0, document: Some(InDocument { id, character }) }
    }
}

/// Which tagging scheme the tags should follow; those of splits that were made of documents are not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemeChoice {
    /// In each split the scheme that has all prefixes that occur and whose rules are broken least often.
    Detect,
    /// This one.
    Given(Scheme),
}

/// What counts as suspicious.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckOptions {
    /// The scheme of the tags.
    pub scheme: SchemeChoice,
    /// A sentence of fewer words than this may stand anywhere as often as it likes.
    pub least_words: usize,
    /// Words that are an entity less often than this may be tagged `O` elsewhere.
    pub least_mentions: usize,
    /// An entity of more words than this is suspicious.
    pub longest_entity: usize,
    /// The greatest number of findings of one check in one split; further ones are only counted.
    pub listed: usize,
}

/// Looks through the splits of a corpus, which are told apart by their index in `splits` and shown by their name.
///
/// No split at all is no finding. [`Checker`] does the same part by part.
///
/// # Errors
/// Splits of very many sentences, where the folder for temporary files does not take what is kept of them.
pub fn check<'c, S: Into<Split<'c>> + Copy>(splits: &[S], options: &CheckOptions) -> Result<Vec<Finding>, DataError> {
    let splits: Vec<Split<'c>> = splits.iter().map(|split| (*split).into()).collect();
    let mut checker = Checker::new(*options);
    for split in &splits {
        checker.begin(split.name, split.path);
        checker.add(split)?;
    }
    splits.iter().for_each(|split| checker.look_again(split));
    Ok(checker.finish()?.findings)
}
