//! What can be wrong with a tokenizer or a length of windows: which file, what was found, what was expected, and what to do about it.

use std::path::{Path, PathBuf};

use welt_data::DataError;

/// Whatever can go wrong between sentences and the windows made of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubwordError {
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(#[from] DataError),
    /// Something in the files of a tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Windows that could not hold one sub-word beside their context.
    #[error(
        "windows of at most {max_length} sub-words cannot hold [CLS], [SEP], {context} sub-words of context on each side and one word: expected a maximal length of at least {}; raise it or lower the context",
        context.saturating_mul(2).saturating_add(3)
    )]
    WindowTooShort {
        /// The greatest number of sub-words in a window, `[CLS]` and `[SEP]` included.
        max_length: usize,
        /// Sub-words of context on each side.
        context: usize,
    },
}

/// Something in the files of a tokenizer.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct TokenizerError {
    /// The file or model directory.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: TokenizerErrorKind,
}

/// What is wrong with the files of a tokenizer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerErrorKind {
    /// A model directory without a tokenizer.
    #[error(
        "holds no tokenizer{}: expected tokenizer.json, vocab.txt, vocab.json with merges.txt, spm.model, or sentencepiece.bpe.model; copy it from where the model came from",
        but(found)
    )]
    Missing {
        /// Files of a tokenizer that cannot be read, or not without others.
        found: Vec<String>,
    },
    /// A model directory whose tokenizer is a file of SentencePiece that means other ids in each architecture.
    #[error(
        "holds no tokenizer but sentencepiece.bpe.model, whose entries have other ids in every architecture, and {found}: expected that of XLM-RoBERTa or CamemBERT, or tokenizer.json, which Python makes of it: transformers.AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)"
    )]
    OtherSentencePiece {
        /// What the files say of the architecture.
        found: String,
    },
    /// A class of tokenizers that does more than its files say.
    #[error(
        "`tokenizer_class` is {class}, which cuts words in a way that its files do not tell: expected tokenizer.json beside it; use another model"
    )]
    OtherClass {
        /// The name of the class.
        class: String,
    },
    /// An added token with an id that it cannot have.
    #[error(
        "the token `{token}` is added with the id {stated}, and beside the {size} entries of the vocabulary it has the id {id}: expected that; fetch the files again, or make tokenizer.json of them with Python's transformers"
    )]
    AddedToken {
        /// The text of the token.
        token: String,
        /// The id that the file states.
        stated: u64,
        /// The id that it comes to have.
        id: u64,
        /// Entries of the vocabulary.
        size: u64,
    },
    /// A file that is none of SentencePiece, or of a kind that is not read.
    #[error(
        "is not a model of SentencePiece that can be read: {reason}; fetch the file again, or make tokenizer.json of it with Python's transformers"
    )]
    NotSentencePiece {
        /// What is wrong with it.
        reason: String,
    },
    /// A file that is not JSON.
    #[error("is not JSON: {0}; fetch the file again")]
    NotJson(serde_json::Error),
    /// A setting of another type than expected.
    #[error("`{name}` is {found}, expected {expected}; correct the file")]
    Setting {
        /// The name of the setting.
        name: String,
        /// Its value as JSON.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A tokenizer of a kind that nothing is known of.
    #[error(
        "`model.type` is {found}, expected \"WordPiece\", \"BPE\", \"Unigram\" or \"WordLevel\"; use another model"
    )]
    UnknownModel {
        /// The type as JSON.
        found: String,
    },
    /// A line of `merges.txt` that names no pair.
    #[error("line {line_number}: `{found}`, expected two entries with a space between them; fetch the file again")]
    NoPair {
        /// The line, from 1.
        line_number: usize,
        /// What stands there.
        found: String,
    },
    /// A special token that the vocabulary does not hold.
    #[error(
        "the vocabulary of {size} entries does not hold the special token `{token}`, expected it; name the right vocabulary"
    )]
    NoSpecialToken {
        /// The token.
        token: String,
        /// Entries of the vocabulary.
        size: usize,
    },
    /// A vocabulary that is not UTF-8.
    #[error("is not UTF-8 from byte {valid_up_to} on, expected one entry a line in UTF-8; fetch the file again")]
    NotUtf8 {
        /// Bytes before the first that does not fit.
        valid_up_to: usize,
    },
    /// What the tokenizers library refuses.
    #[error("cannot be used as a tokenizer: {0}; fetch the file again")]
    Refused(tokenizers::Error),
    /// What the tokenizers library cannot cut into sub-words.
    #[error("the word `{word}` cannot be cut into sub-words: {source}")]
    Word {
        /// The word.
        word: String,
        /// What the library says.
        source: tokenizers::Error,
    },
}

fn but(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!(" that is read, only {}", found.join(", ")) }
}

pub(crate) fn error(path: &Path, kind: TokenizerErrorKind) -> SubwordError {
    TokenizerError { path: path.to_owned(), kind }.into()
}
