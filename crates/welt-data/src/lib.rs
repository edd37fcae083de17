//! Corpora of named-entity recognition: files in, sentences, statistics and sub-word examples out.
//! It reads and writes CoNLL-like files and the documents that corpora are made from ([`formats`]), turns mentions by characters into tags and back,
//! counts what is in them, cuts words into sub-words and sentences into examples;
//! it knows nothing of tensors, networks, scores or printing.
//! Beside that, [`checks`] says what is wrong with a corpus, and [`views`] make other corpora of it.
//!
//! A [`Document`] says what is mentioned at which characters; [`alignment`] makes sentences of words of it, and mentions of entities that were found in these.
//! Data flows one way: a file becomes a [`Corpus`] of [`Sentence`]s ([`conll`]), a [`WordPieceTokenizer`] turns sentences into [`Encoding`]s,
//! and [`Examples`] cuts these into what a network can take, each [`Example`] with the [`WordStart`]s that it answers for.
//! Nothing is lost silently: what a reader skips stands in its [`Layout`](conll::Layout), what a tokenizer or a window cannot keep stands in [`Examples`], and a [`ledger`] holds the account of all stages.
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
pub mod checks;
pub mod conll;
mod corpus;
mod document;
mod entities;
mod error;
mod example;
pub mod formats;
pub mod ledger;
mod lexicon;
pub mod predictions;
mod sentences;
mod statistics;
mod subword;
mod text;
pub mod views;
mod vocabulary;

pub use corpus::{Corpus, Sentence, Words, WordsSentence};
pub use document::{Document, DocumentFault, DocumentText, Identifier, LONGEST_GAP, Mention, Passage};
pub use entities::entities_of;
pub use error::{CorpusError, CorpusErrorKind, DataError, TokenizerError, TokenizerErrorKind, ViewError};
pub use example::{Example, Examples, Windowing, WordStart};
pub use sentences::sentence_starts;
pub use statistics::{
    AmbiguousMention, AxisLabels, Bar, ClassCounts, Histogram, LONG_SENTENCE, MOST_BARS, MentionStatistics, Statistics,
    Unseen,
};
pub use subword::{Encoding, SpecialTokens, WordPieceTokenizer};
pub use text::{TextFile, TextLine, Word, read_lines, tokenize};
pub use vocabulary::{Casing, CasingChoice, CasingSource};
