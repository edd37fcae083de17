//! Published corpora of biomedical entities: fetched, unpacked, split as their publishers split them, and held against what
//! must be in them.
//! Names of corpora and a folder go in; a folder a corpus comes out, with `train.tsv`, `dev.tsv` and `test.tsv`, or the reason
//! why it cannot be had. Converting and counting is left to a `welt` process; nothing here knows models and runs.
//!
//! - [`built_in`] gives the [`Manifest`] of each corpus: where it comes from, under what terms, what must be in it.
//! - [`obtain`] makes corpora as [`Settings`] say, and [`render`] shows what became of them.
//! - [`run`] is all of it as a command line, with [`Flags`].
//! - [`known_sizes`] tells how large corpora are that are not there yet.

#![forbid(unsafe_code)]

mod archive;
mod built_in;
mod counts;
mod flags;
mod known;
mod listing;
mod making;
mod manifest;
mod mirror;
mod network;
mod obtain;
mod outcome;
mod overview;
mod progress;
mod record;
mod run;
mod settings;
mod splits;
mod table;
#[cfg(test)]
mod tests;
mod wanted;
mod workshop;

pub use built_in::{built_in, named};
pub use counts::{Counts, SplitCounts};
pub use flags::Flags;
pub use known::{KnownSize, Shares, known_sizes};
pub use manifest::{Citation, Expected, Format, Manifest, Paper, Source, SourceFile, Split, Terms};
pub use obtain::obtain;
pub use outcome::{Outcome, State};
pub use overview::{Form, render};
pub use run::{Defaults, run};
pub use settings::{Files, Settings};
pub use table::{aligned, markdown};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
