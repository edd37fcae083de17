//! Tags, tagging schemes, spans and label sets: what a tag says, which tags there are, and which entities a row of tags stands for.
//! Text in, checked types out, and back; it knows nothing of files, metrics or tensors.
//!
//! One tag as a type of its own, and the labels that a model chooses among:
//!
//! ```
//! use welt_tags::{LabelSet, Prefix, Tag};
//!
//! let tag: Tag = "B-Disease".parse()?;
//! assert_eq!((tag.prefix(), tag.entity_type()), (Prefix::Begin, "Disease"));
//!
//! let labels = LabelSet::from_tags(["O", "B-Disease", "O", "I-Disease"])?;
//! assert_eq!(labels.names(), ["B-Disease", "I-Disease", "O"]);
//! assert_eq!(labels.index("O"), Some(2));
//! # Ok::<(), welt_tags::TagError>(())
//! ```
//!
//! Tags to spans, as seqeval's two readers do it, and spans to tags in any of six schemes:
//!
//! ```
//! use welt_tags::{Chunking, Notation, Scheme, Span};
//!
//! let tags = ["I-Disease", "O", "B-Disease", "I-Disease"];
//! let lenient = Chunking::Lenient.spans(&tags, Notation::Prefix)?;
//! let strict = Chunking::Strict(Scheme::Iob2).spans(&tags, Notation::Prefix)?;
//! assert_eq!(lenient, [Span::new("Disease", 0..1), Span::new("Disease", 2..4)]);
//! assert_eq!(strict, [Span::new("Disease", 2..4)]);
//!
//! let tags = Scheme::Iobes.tags(&lenient, 4)?;
//! let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
//! assert_eq!(tags, ["S-Disease", "O", "B-Disease", "E-Disease"]);
//! # Ok::<(), welt_tags::TagError>(())
//! ```

#![forbid(unsafe_code)]

mod chunking;
mod error;
mod label_set;
mod lenient;
mod notation;
mod scheme;
mod span;
mod strict;
mod tag;
mod writing;

pub use chunking::{Chunking, CorpusReader};
pub use error::TagError;
pub use label_set::LabelSet;
pub use notation::Notation;
pub use scheme::{PrefixesSeen, Scheme};
pub use span::{Chunk, Span};
pub use strict::Transition;
pub use tag::{Prefix, Tag};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
