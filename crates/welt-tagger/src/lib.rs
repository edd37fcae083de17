//! Tags texts and documents with a fine-tuned model: a model directory or a name of the Hub in, entities by exact characters out.
//!
//! Every character of a text is covered: it is cut into sentences, and a sentence that is too long for the model into windows that overlap;
//! each word is answered for by the window in which it has most context. Nothing is cut silently: [`Counts`] holds what could not be read.
//!
//! ```no_run
//! use welt_tagger::{Options, Tagger};
//!
//! let tagger = Tagger::load("runs/first/model", &Options::default())?;
//! for entity in tagger.tag("No sign of cystic fibrosis.")? {
//!     println!("{}..{} {} {:.3} {}", entity.start, entity.end, entity.entity_type, entity.score, entity.text);
//! }
//! # Ok::<(), welt_tagger::TaggerError>(())
//! ```
#![forbid(unsafe_code)]

mod decoding;
mod entity;
mod error;
mod pipeline;
mod stored;
mod tagger;
mod tuning;

pub use decoding::{Chosen, Decoder, Decoding, Shift};
pub use entity::{Counts, Entity, Tagged};
pub use error::TaggerError;
pub use pipeline::{Flow, Sentence, Stage, Stretch, Watch, tag_groups, tag_groups_of_sentences, tag_stream};
pub use stored::{Stored, TunedOn};
pub use tagger::{Options, TaggedWords, Tagger};
pub use tuning::{MOST_ROUNDS, Moved, Score, Tuned, shifts, tags, tune};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
