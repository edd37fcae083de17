//! Processes: what other programs print, and what is done when this one is asked to end.

mod interrupt;
mod output;

pub use interrupt::{ask_to_end, on_request_to_end, report_file_size_limits};
pub use output::{answer, output, shown};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
