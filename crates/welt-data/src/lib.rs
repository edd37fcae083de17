//! Corpora of named-entity recognition: files in, sentences and statistics out.
//! It reads and writes CoNLL-like files and the documents that corpora are made from ([`formats`]), turns mentions by characters into tags and back,
//! and counts what is in them;
//! it knows nothing of sub-words, networks, scores or printing.
//! Beside that, [`checks`] says what is wrong with a corpus, and [`views`] make other corpora of it.
//!
//! A [`Document`] says what is mentioned at which characters; [`alignment`] makes sentences of words of it, and mentions of entities that were found in these.
//! Data flows one way: a file becomes a [`Corpus`] of [`Sentence`]s ([`conll`]), of which others make what they need.
//! Nothing is lost silently: what a reader skips stands in its [`Layout`](conll::Layout), and a [`ledger`] holds the account of all stages, those behind this crate too.
//!
//! ```
//! use std::path::Path;
//! use welt_data::{Statistics, conll};
//!
//! let text = b"-DOCSTART-\tO\n\nRenal\tB-Disease\nfailure\tI-Disease\n.\tO\n";
//! let corpus = conll::parse(Path::new("train.tsv"), text, conll::TagColumn::Find)?;
//! assert_eq!(corpus.sentences[0].words, ["Renal", "failure", "."]);
//! assert_eq!((corpus.sentences[0].line_number, corpus.layout.document_lines), (3, 1));
//!
//! let statistics = Statistics::of(&corpus.sentences);
//! assert_eq!((statistics.entities, statistics.begin, statistics.inside, statistics.outside), (1, 1, 1, 1));
//! # Ok::<(), welt_data::DataError>(())
//! ```
#![forbid(unsafe_code)]

pub mod alignment;
mod characters;
pub mod checks;
pub mod conll;
mod corpus;
mod document;
mod entities;
mod error;
mod format;
pub mod formats;
mod gzip;
mod invisible;
mod layout;
pub mod ledger;
mod lexicon;
pub mod predictions;
mod sentences;
mod statistics;
mod tag_rules;
mod text;
pub mod views;

pub use corpus::{Corpus, Sentence, Words, WordsSentence};
pub use document::{Document, DocumentFault, DocumentText, Identifier, LONGEST_GAP, Mention, NoScore, Passage, Score};
pub use entities::entities_of;
pub use error::{CorpusError, CorpusErrorKind, DataError, ViewError};
pub use gzip::{GzipFault, Unpacked};
pub use invisible::{Invisible, invisible};
pub use sentences::sentence_starts;
pub use statistics::{
    AmbiguousMention, AxisLabels, Bar, ClassCounts, Counter, Histogram, LONG_SENTENCE, MOST_BARS, MentionStatistics,
    Statistics, Training, Unseen,
};
pub use text::open as open_file;
pub use text::{
    FileReader, LONGEST_DOCUMENT, LONGEST_LINE, TextFile, TextLine, Word, read_bytes, read_lines, tokenize,
};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
