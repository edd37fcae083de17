//! What makes two runs the same one.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use welt_data::Corpus;
use welt_data::conll::{self, Columns};
use welt_files::Hasher;
use welt_settings::{LabelOrder, Method, Training};

use crate::RecordError;
use crate::plan::state_numbers_of_format_1;

/// Everything that can move the result of a run. Its JSON, in this order of fields, is what is hashed.
///
/// Of a corpus these are the sentences that are read, not the bytes of its files: a mended reader, another line ending
/// or another column beside the tags disowns no run that reads the same words, tags and numbers of documents. Of the program it is
/// what computes, see [`COMPUTES`](crate::COMPUTES): a comment, a report or a command moves nothing.
/// Whoever changes the order of labels, how dev is scored to choose an epoch, or what `welt train` hands to the loop raises
/// [`FORMAT`](Self::FORMAT), for that code is no part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Raised when the meaning of a field changes: older runs are then not taken for new ones.
    pub format: u32,
    /// What of the program computes; in format 1 its version and a hash of all sources.
    pub welt: String,
    /// The kind of device.
    pub device: String,
    /// Digests of what is learnt from, one a file.
    pub train: Vec<String>,
    /// Digests of what classes are counted in, one a file.
    pub counts_from: Vec<String>,
    /// The digest of what the epoch is chosen on.
    pub dev: String,
    /// The digest of what is scored.
    pub test: String,
    /// Files of the model and the digests of their bytes.
    pub model: Vec<(String, String)>,
    /// Whether the encoder's weights are drawn anew.
    pub from_scratch: bool,
    /// What is compared; format 1 called it a scheme.
    #[serde(alias = "scheme")]
    pub method: Method,
    /// Which label gets which weight.
    pub label_order: LabelOrder,
    /// The seed.
    pub seed: u64,
    /// The numbers of the loop, all of them; format 1 left out those that nobody could change.
    pub training: Training,
    /// The version of the code that chooses labels, where the method has another choice than the highest score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<u32>,
}

/// How many digits of its hash name a run.
pub const RUN_DIGITS: usize = 16;

impl Identity {
    /// The newest format. Format 1 had digests of files and of all sources.
    pub const FORMAT: u32 = 2;

    /// Raised when shifts are tuned, or labels constrained, in another way: runs with such a method are then made anew.
    pub const CHOICE: u32 = 1;

    /// The text that is hashed.
    ///
    /// # Errors
    /// None that is known.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The name of the run whose identity has this text, of any format.
    #[must_use]
    pub fn run_of(canonical: &str) -> String {
        let mut digits = welt_files::sha256_of(canonical.as_bytes());
        digits.truncate(RUN_DIGITS);
        digits
    }

    /// Reads an identity of any format.
    ///
    /// # Errors
    /// A text that is none.
    pub fn parse(canonical: &str) -> Result<Self, serde_json::Error> {
        let mut value: Value = serde_json::from_str(canonical)?;
        if value["format"] == 1 {
            state_numbers_of_format_1(&mut value["training"]);
        }
        serde_json::from_value(value)
    }

    /// Whether both used the same files and the same checkpoint.
    #[must_use]
    pub fn has_sources_of(&self, other: &Self) -> bool {
        let sources = |identity: &Self| {
            let Self { train, counts_from, dev, test, model, .. } = identity;
            (train.clone(), counts_from.clone(), dev.clone(), test.clone(), model.clone())
        };
        sources(self) == sources(other)
    }
}

/// The digest of the sentences of a corpus: their words, their tags, and which document each is of.
#[must_use]
pub fn sentences_digest(corpus: &Corpus) -> String {
    let mut hasher = Hasher::new();
    for sentence in &corpus.sentences {
        hasher.add(&(sentence.document as u64).to_le_bytes());
        hasher.add(&(sentence.words.len() as u64).to_le_bytes());
        for (word, tag) in sentence.words.iter().zip(&sentence.tags) {
            hasher.add_text(word);
            hasher.add_text(&tag.to_string());
        }
    }
    hasher.digits()
}

/// Reads a tagged file as `welt train` does.
///
/// # Errors
/// A file that cannot be read.
pub fn read_corpus(path: &Path, columns: Columns) -> Result<Corpus, RecordError> {
    Ok(conll::read(path, columns)?)
}
