//! Turns how often a class occurs into how much its mistakes cost.
//! Counts in, weights out, in the same order; no label names, files or tensors.
//!
//! The schemes are those that the WeLT paper compares: [`Scheme::Welt`] (its equations 1 and 2),
//! inverse counts, inverse square roots, effective numbers, and no weights at all.
//!
//! ```
//! use welt_weights::{Scheme, same_loss};
//!
//! // Words of NCBI-disease's training split that are tagged B, I and O.
//! let counts = [5145, 6122, 124_819];
//! let welt = Scheme::Welt.weights(&counts)?;
//! assert_eq!(format!("{welt:.4?}"), "[0.4153, 0.4123, 0.1724]");
//!
//! // By name, as in a configuration file; the error of an unknown name lists the known ones.
//! let ens: Scheme = "ens-0.9".parse()?;
//! assert!("ENS".parse::<Scheme>().unwrap_err().to_string().contains("ens-BETA"));
//!
//! // Effective numbers with so small a beta do nothing: every weight is the same.
//! assert!(same_loss(&ens.weights(&counts)?, &Scheme::Vanilla.weights(&counts)?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod lint;
mod order;
mod scheme;

pub use lint::{Warning, lint, same_loss};
pub use order::{LabelOrder, UnknownLabelOrder};
pub use scheme::{Scheme, WeightError};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
