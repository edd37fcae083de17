//! What tags: documents in, what is mentioned in them out. How it does that is not known here.

use serde::Serialize;
use welt_data::{Document, Mention};

/// Something that tags documents, from several threads at once.
pub trait Engine: Sync {
    /// What clients are told of it.
    fn about(&self) -> About;

    /// What is mentioned in each document, in order; mentions that the documents have already are not looked at.
    ///
    /// `go_on` is asked now and then whether anybody still waits for the answer.
    ///
    /// # Errors
    /// What cannot be tagged, in words for whoever asked; it concerns all documents, which are tried one by one afterwards.
    fn tag(&self, documents: &[Document], go_on: &(dyn Fn() -> bool + Sync)) -> Result<Vec<Tagged>, String>;
}

/// What clients are told of an engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// The name of the model.
    pub model: String,
    /// The types of entities that it finds.
    pub entity_types: Vec<String>,
    /// Where it computes.
    pub device: String,
    /// Sub-words of the longest window that it reads; longer sentences are read in several.
    pub longest_window: usize,
}

/// What was found in a document, and how it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tagged {
    /// What is mentioned, by characters of the document, in the order of the text.
    pub mentions: Vec<Mention>,
    /// How it was read.
    pub reading: Reading,
}

/// How a document was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Sentences with at least one word.
    pub sentences: usize,
    /// Words.
    pub words: usize,
    /// Windows that the model read.
    pub windows: usize,
    /// Words of characters that the tokenizer drops: they go on with the entity around them.
    pub unseen_words: usize,
    /// Words that are longer than a window, and read by their beginnings.
    pub cut_words: usize,
}
