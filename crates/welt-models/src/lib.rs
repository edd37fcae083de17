//! Encoders with a tagging head, and their checkpoints: sub-word ids in, one row of label scores a word out.
//! It knows nothing of label meanings or corpora; labels are names that it stores and hands back.
//!
//! [`bert`], [`electra`], [`roberta`], [`deberta`] and [`modernbert`] hold the architectures, [`Tagger`] puts the head on
//! each, [`checkpoint`] reads and writes Hugging Face model directories.

#![forbid(unsafe_code)]

mod activation;
pub mod bert;
pub mod checkpoint;
mod config;
pub mod deberta;
mod dropout;
pub mod electra;
#[cfg(feature = "cpu")]
mod fused;
mod gelu;
mod input;
mod memory;
pub mod modernbert;
mod names;
#[cfg(feature = "cpu")]
mod packing;
mod precision;
pub mod roberta;
mod tagger;
mod transformer;

pub use activation::Activation;
pub use config::{Architecture, EncoderConfig, SizeError};
pub use dropout::Dropout;
pub use input::EncoderInput;
pub use memory::Memory;
pub use precision::computes_in;
pub use tagger::{Encoder, Tagger};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
