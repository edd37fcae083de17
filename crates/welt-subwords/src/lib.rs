//! Sub-words and windows: sentences of words in, what a network can take out.
//! It knows nothing of tags, tensors or networks.
//!
//! Data flows one way: a [`SubwordTokenizer`] turns sentences into [`Encoding`]s,
//! and [`Windows`] cuts these into what a network can take, each [`Window`] with the [`WordStart`]s that it answers for.
//! Nothing is lost silently: what a tokenizer or a window cannot keep is counted in [`Windows`], and [`Windows::account`] adds it to a ledger.
#![forbid(unsafe_code)]

mod account;
mod added_tokens;
mod byte_pairs;
mod casing;
mod charsmap;
mod error;
mod fairseq;
mod messages;
mod reading;
mod sentence_piece;
mod subword;
mod tokenizer_config;
mod tokenizer_files;
mod tokenizer_json;
mod vocabulary;
mod window;

pub use casing::{Casing, CasingChoice, CasingSource};
pub use error::{SubwordError, TokenizerError, TokenizerErrorKind};
pub use subword::{Encoding, SpecialTokens, SubwordTokenizer};
pub use window::{Window, Windowing, Windows, WordStart};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
