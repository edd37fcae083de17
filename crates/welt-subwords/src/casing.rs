//! What happens to the letters of words before they are cut, and what says so.
//!
//! **Casing** is the trap: a cased model fed lower-cased words loses most capitals' entries, and scores quietly drop.
//! What counts for a WordPiece vocabulary, first to last: what the caller says, `do_lower_case` of `tokenizer_config.json`,
//! `tokenizer.json`, what the caller knows of a model whose files say nothing, the vocabulary.
//! A vocabulary tells by its capitals: where at least one entry in twenty holds an upper-case letter (special tokens in brackets left out) it is cased.
//! BERT uncased and PubMedBERT have none, SciBERT uncased 154 of 31,090 (0.5 %), BioBERT 8,366 of 28,996 (29 %).
//! The Python library lower-cases where no file says anything, which is wrong for cased vocabularies.
//! Other tokenizers do what their `tokenizer.json` says, which is that nothing happens to letters in nearly all of them.
//!
//! ```
//! use welt_subwords::Casing;
//!
//! assert!(!Casing::of_vocabulary(["[PAD]", "[UNK]", "Renal", "failure", "##s"]).lower_case);
//! assert!(Casing::of_vocabulary(["[PAD]", "[UNK]", "renal", "failure", "##s"]).lower_case);
//! ```

use serde::Serialize;
use serde_json::{Value, json};

/// What happens to the letters of a word before it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Casing {
    /// Whether words are lower-cased.
    pub lower_case: bool,
    /// Whether accents are stripped; where nothing is said they are if words are lower-cased.
    pub strip_accents: Option<bool>,
    /// Whether each Chinese character is a piece of its own.
    pub split_chinese_characters: bool,
}

/// Who says what happens to the letters of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CasingChoice {
    /// The files of the model, as the module tells.
    FromFiles,
    /// The caller, whatever the files say.
    Explicit(Casing),
    /// The files where they say it in words, and the caller in place of what a vocabulary tells by its capitals.
    WhereUnstated(Casing),
}

/// What told how words are cased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum CasingSource {
    /// The caller, whatever the files say.
    Explicit,
    /// The caller, where no file says anything.
    WhereUnstated,
    /// `do_lower_case` of `tokenizer_config.json`.
    TokenizerConfig,
    /// `tokenizer.json`.
    TokenizerJson,
    /// The share of upper-case letters in the vocabulary.
    Vocabulary,
}

impl Casing {
    /// BERT's cased models: nothing happens to letters.
    pub const CASED: Self = Self { lower_case: false, strip_accents: None, split_chinese_characters: true };
    /// BERT's uncased models: words are lower-cased and lose their accents.
    pub const UNCASED: Self = Self { lower_case: true, strip_accents: None, split_chinese_characters: true };

    /// What a vocabulary tells by its capitals.
    pub fn of_vocabulary<'v>(entries: impl IntoIterator<Item = &'v str>) -> Self {
        let is_special = |entry: &str| entry.starts_with('[') && entry.ends_with(']');
        let (mut size, mut capitals) = (0_usize, 0_usize);
        for entry in entries.into_iter().filter(|entry| !is_special(entry)) {
            size += 1;
            capitals += usize::from(entry.contains(char::is_uppercase));
        }
        if capitals * 20 > size { Self::CASED } else { Self::UNCASED }
    }
}

impl CasingChoice {
    /// The files of the model, and where they say nothing, whether words are lower-cased, if that is known.
    #[must_use]
    pub const fn if_unstated(lower_case: Option<bool>) -> Self {
        match lower_case {
            Some(true) => Self::WhereUnstated(Casing::UNCASED),
            Some(false) => Self::WhereUnstated(Casing::CASED),
            None => Self::FromFiles,
        }
    }
}

/// The normalizer of a `tokenizer.json` that does this.
pub(crate) fn normalizer(casing: Casing) -> Value {
    json!({
        "type": "BertNormalizer",
        "clean_text": true,
        "handle_chinese_chars": casing.split_chinese_characters,
        "strip_accents": casing.strip_accents,
        "lowercase": casing.lower_case,
    })
}
