//! What a run leaves behind, what a sweep was to run, and what makes two runs the same one: one type each, written and
//! read by the same code.
//! Files go in and come out; nothing is trained, planned or shown here.
//!
//! - [`Record`] is `record.json` of a run directory, [`Environment`] its `environment.json`, [`Metric`] a line of its
//!   `metrics.jsonl`.
//! - [`Plan`] is what a sweep was to run: which cell has which run.
//! - [`Identity`] is everything that can move the result of a run. Its hash names the run, and [`COMPUTES`] is the part of it
//!   that stands for the program.
//!
//! Files of older formats are read, too.

#![forbid(unsafe_code)]

mod choice;
mod computes;
mod error;
mod identity;
mod plan;
mod record;
#[cfg(test)]
mod sources;

pub use choice::{ChosenLabels, ShiftCurve, ShiftPoint};
pub use computes::COMPUTES;
pub use error::RecordError;
pub use identity::{Identity, RUN_DIGITS, read_corpus, sentences_digest};
pub use plan::{Cell, Plan, Plans, Row, Section};
pub use record::{
    Environment, Epoch, Metric, ModelSource, Origin, ReadData, Record, Reports, ScoredSplits, ScoredStep, Seconds,
    SplitData, SplitScores, Step,
};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
