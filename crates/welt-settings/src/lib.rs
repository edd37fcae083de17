//! What a training run is asked to do: every setting once, with its default, its bounds and its words.
//! Files, names and numbers go in, checked settings come out; it knows no corpora, no tensors and no arguments of a program.
//!
//! ```
//! use welt_settings::{Method, Settings};
//!
//! let asked = r#"
//!     train = ["train.tsv"]
//!     model = "encoder"
//!     method = "focal-2"
//!     [training]
//!     epochs = 5
//! "#;
//! let settings: Settings = toml::from_str(asked)?;
//! assert_eq!(settings.training.epochs, 5);
//! assert_eq!(settings.training.batch_size, 32); // the default, which the table of `training.rs` states
//! assert_eq!(settings.method, "focal-2".parse::<Method>()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Training`] holds the numbers of the training loop. A new one is an entry in the table of `training.rs`, and what
//!   uses it: flags, files, grids, plans, records and the identity of a run follow from the table.
//! - [`Method`] is what a grid compares, by name: a weighting scheme, another loss, another choice of
//!   labels, or some of these; [`KNOWN_METHODS`] says what each is good for.
//! - [`Settings`] is all that one run is asked, and [`resolve`] reads it from a file and flags.

#![forbid(unsafe_code)]

mod error;
mod known;
mod method;
mod older;
mod read;
mod run;
mod training;
mod value;

pub use error::SettingsError;
pub use known::{KNOWN_METHODS, KnownMethod, list_of_known_methods};
pub use method::{Choice, Loss, Method, Weighting};
pub use read::{overlay, resolve};
pub use run::Settings;
pub use training::{Changes, Setting, Training};
pub use value::{BestBy, CheckpointEvery, Evaluate, Keep, Precision};
pub use welt_weights::LabelOrder;

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
