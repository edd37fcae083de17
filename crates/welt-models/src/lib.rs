//! Encoders with a tagging head, and their checkpoints: sub-word ids in, one row of label scores a word out.
//! It knows nothing of label meanings or corpora; labels are names that it stores and hands back.
//!
//! [`bert`] holds the architecture, [`checkpoint`] reads and writes Hugging Face model directories.

pub mod bert;
pub mod checkpoint;
mod dropout;
mod gelu;

pub use dropout::Dropout;
