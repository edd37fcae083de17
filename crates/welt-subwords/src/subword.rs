//! Cuts words into sub-words as a model's tokenizer does, without truncation, padding or silent loss.
//! Words in, ids out, with the word that each sub-word belongs to; it knows nothing of tags or of how long a network's input may be.
//!
//! ```
//! use welt_subwords::{Casing, CasingChoice, SubwordTokenizer};
//!
//! let directory = tempfile::tempdir()?;
//! let vocabulary = directory.path().join("vocab.txt");
//! std::fs::write(&vocabulary, "[PAD]\n[UNK]\n[CLS]\n[SEP]\nrenal\nfail\n##ure\n")?;
//!
//! let tokenizer = SubwordTokenizer::from_file(&vocabulary, CasingChoice::Explicit(Casing::UNCASED))?;
//! let encoding = tokenizer.encode(&["Renal", "failure", "\u{200b}", "!"])?;
//! assert_eq!(encoding.ids, [2, 4, 5, 6, 1, 3]);
//! assert_eq!(tokenizer.tokens(&encoding.ids), ["[CLS]", "renal", "fail", "##ure", "[UNK]", "[SEP]"]);
//! assert_eq!(encoding.words, [None, Some(0), Some(1), Some(1), Some(3), None]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use tokenizers::Tokenizer;
use welt_data::DataError;

use crate::casing::{Casing, CasingChoice, CasingSource};
use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::tokenizer_config::SpecialNames;
use crate::tokenizer_files;
use crate::tokenizer_json::{Kind, TokenizerJson};

/// The tokenizer of an encoder: WordPiece, byte pairs or SentencePiece.
#[derive(Debug, Clone)]
pub struct SubwordTokenizer {
    path: PathBuf,
    tokenizer: Tokenizer,
    kind: Kind,
    special: SpecialTokens,
    names: SpecialNames,
    casing: Casing,
    casing_source: CasingSource,
}

/// The ids of the special tokens, looked up in the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SpecialTokens {
    /// `[PAD]` or `<pad>`, behind the end of a short sentence.
    pub pad: u32,
    /// `[UNK]` or `<unk>`, for what the vocabulary cannot spell; none where it spells everything.
    pub unknown: Option<u32>,
    /// `[CLS]` or `<s>`, before the first word.
    pub start: u32,
    /// `[SEP]` or `</s>`, behind the last word.
    pub separator: u32,
}

/// A sentence in sub-words, `[CLS]` first and `[SEP]` last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// The id of each sub-word.
    pub ids: Vec<u32>,
    /// The word of each sub-word, from 0 and never falling; none for `[CLS]` and `[SEP]`.
    /// A word that gives no sub-word, such as a zero-width space, is left out.
    pub words: Vec<Option<usize>>,
    /// Words of the sentence, those without a sub-word included.
    pub n_words: usize,
}

impl SubwordTokenizer {
    /// The tokenizer of a model directory: `tokenizer.json`, `vocab.txt`, `vocab.json` with `merges.txt`, or `spm.model`, with
    /// what `tokenizer_config.json` and `special_tokens_map.json` say.
    ///
    /// # Errors
    /// A file that is missing, cannot be read or is not what it should be, or a vocabulary without a special token; the message names the file.
    pub fn from_directory(directory: &Path, casing: CasingChoice) -> Result<Self, SubwordError> {
        let (path, read) = tokenizer_files::of_directory(directory, casing)?;
        Self::of_json(path, read)
    }

    /// The tokenizer of one file: a `tokenizer.json` where its name ends in `.json`, else a vocabulary with one entry a line.
    ///
    /// # Errors
    /// As for [`SubwordTokenizer::from_directory`].
    pub fn from_file(path: &Path, casing: CasingChoice) -> Result<Self, SubwordError> {
        Self::of_json(path.to_owned(), tokenizer_files::of_file(path, casing)?)
    }

    fn of_json(path: PathBuf, read: TokenizerJson) -> Result<Self, SubwordError> {
        let TokenizerJson { json, kind, names, casing, casing_source } = read;
        let refused = |source: tokenizers::Error| error(&path, TokenizerErrorKind::Refused(source));
        let tokenizer = Tokenizer::from_bytes(json.to_string()).map_err(refused)?;
        let size = tokenizer.get_vocab_size(true);
        let id = |token: &str| {
            let kind = || TokenizerErrorKind::NoSpecialToken { token: token.to_owned(), size };
            tokenizer.token_to_id(token).ok_or_else(|| error(&path, kind()))
        };
        let unknown = match &names.unknown {
            Some(unknown) if kind == Kind::WordPiece => Some(id(unknown)?),
            unknown => unknown.as_ref().and_then(|unknown| tokenizer.token_to_id(unknown)),
        };
        let special =
            SpecialTokens { pad: id(&names.pad)?, unknown, start: id(&names.start)?, separator: id(&names.separator)? };
        Ok(Self { path, tokenizer, kind, special, names, casing, casing_source })
    }

    /// The ids of the special tokens.
    #[must_use]
    pub const fn special(&self) -> SpecialTokens {
        self.special
    }

    /// What happens to the letters of a word.
    #[must_use]
    pub const fn casing(&self) -> Casing {
        self.casing
    }

    /// What told how words are cased, for a report.
    #[must_use]
    pub const fn casing_source(&self) -> CasingSource {
        self.casing_source
    }

    /// The file that the vocabulary was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One more than the greatest id: the least number of rows that a table of embeddings needs.
    #[must_use]
    pub fn n_ids(&self) -> usize {
        self.tokenizer.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1)
    }

    /// The text of each sub-word; empty for an id that the vocabulary does not hold.
    #[must_use]
    pub fn tokens(&self, ids: &[u32]) -> Vec<String> {
        ids.iter().map(|id| self.tokenizer.id_to_token(*id).unwrap_or_default()).collect()
    }

    /// The sub-words of one sentence.
    ///
    /// # Errors
    /// A word that the tokenizers library refuses; none is known.
    pub fn encode<S: AsRef<str>>(&self, words: &[S]) -> Result<Encoding, SubwordError> {
        let pieces = words.iter().map(|word| self.pieces(word.as_ref())).collect::<Result<Vec<_>, _>>()?;
        Ok(self.join(pieces.iter().map(Vec::as_slice)))
    }

    /// The sub-words of many sentences, in the same order; every distinct word is cut once, on all processors.
    ///
    /// # Errors
    /// As for [`SubwordTokenizer::encode`].
    pub fn encode_all<S: AsRef<[String]> + Sync>(&self, sentences: &[S]) -> Result<Vec<Encoding>, SubwordError> {
        let words = sentences.iter().flat_map(AsRef::as_ref).map(String::as_str);
        // A word's sub-words depend on nothing but the word, and a corpus repeats its words.
        let distinct: Vec<&str> = words.collect::<HashSet<_>>().into_iter().collect();
        let pieces: HashMap<&str, Vec<u32>> =
            distinct.into_par_iter().map(|word| Ok((word, self.pieces(word)?))).collect::<Result<_, SubwordError>>()?;
        let encode = |sentence: &S| self.join(sentence.as_ref().iter().map(|word| pieces[word.as_str()].as_slice()));
        Ok(sentences.par_iter().map(encode).collect())
    }

    /// Writes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`, and `vocab.txt` for a WordPiece
    /// vocabulary, as Python's transformers reads them.
    ///
    /// `max_length` is the number of positions of the model.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, directory: &Path, max_length: usize) -> Result<(), SubwordError> {
        let names = &self.names;
        // A token that is not in the vocabulary would be added to it, behind the last row of the embeddings.
        let there = |name: &String| self.tokenizer.token_to_id(name).is_some();
        let tokens = json!({
            "cls_token": names.start,
            "mask_token": Some(&names.mask).filter(|name| there(name)),
            "pad_token": names.pad,
            "sep_token": names.separator,
            "unk_token": names.unknown.as_ref().filter(|name| there(name)),
        });
        let mut config = tokens.clone();
        config["model_max_length"] = json!(max_length);
        match self.kind {
            Kind::WordPiece => {
                config["do_lower_case"] = json!(self.casing.lower_case);
                config["strip_accents"] = json!(self.casing.strip_accents);
                config["tokenize_chinese_chars"] = json!(self.casing.split_chinese_characters);
                config["tokenizer_class"] = json!("BertTokenizer");
                write(&directory.join("vocab.txt"), &self.vocabulary())?;
            }
            Kind::Other => {
                config["add_prefix_space"] = json!(true);
                // ModernBERT takes no segments, and the others have one.
                config["model_input_names"] = json!(["input_ids", "attention_mask"]);
                // The one that takes tokenizer.json as it is: those with the name of an architecture make it anew.
                config["tokenizer_class"] = json!("PreTrainedTokenizerFast");
            }
        }
        let refused = |source: tokenizers::Error| error(&self.path, TokenizerErrorKind::Refused(source));
        let json = self.tokenizer.to_string(false).map_err(refused)?;
        let pretty = |value: &Value| format!("{value:#}\n");
        write(&directory.join("tokenizer.json"), &json)?;
        write(&directory.join("tokenizer_config.json"), &pretty(&config))?;
        write(&directory.join("special_tokens_map.json"), &pretty(&tokens))
    }

    /// One entry a line, in the order of their ids.
    fn vocabulary(&self) -> String {
        let mut entries: Vec<(String, u32)> = self.tokenizer.get_vocab(true).into_iter().collect();
        entries.sort_unstable_by_key(|(_, id)| *id);
        let mut vocabulary = String::new();
        let mut next = 0;
        for (entry, id) in entries {
            // An entry that stood twice left a gap, which an empty line keeps.
            vocabulary.extend(std::iter::repeat_n('\n', (id.saturating_sub(next)) as usize));
            vocabulary.push_str(&entry);
            vocabulary.push('\n');
            next = id + 1;
        }
        vocabulary
    }

    fn pieces(&self, word: &str) -> Result<Vec<u32>, SubwordError> {
        // As one pre-cut word, so that white space within it is treated as the Python library treats it.
        let encoding = self.tokenizer.encode_fast(&[word][..], false).map_err(|source| {
            let word = word.to_owned();
            error(&self.path, TokenizerErrorKind::Word { word, source })
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    fn join<'p>(&self, pieces: impl Iterator<Item = &'p [u32]>) -> Encoding {
        let mut encoding = Encoding { ids: vec![self.special.start], words: vec![None], n_words: 0 };
        for (word, ids) in pieces.enumerate() {
            encoding.ids.extend_from_slice(ids);
            encoding.words.resize(encoding.ids.len(), Some(word));
            encoding.n_words += 1;
        }
        encoding.ids.push(self.special.separator);
        encoding.words.push(None);
        encoding
    }
}

fn write(path: &Path, text: &str) -> Result<(), SubwordError> {
    fs::write(path, text).map_err(|source| DataError::Unwritable { path: path.to_owned(), source }.into())
}
