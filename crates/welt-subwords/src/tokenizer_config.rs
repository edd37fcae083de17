//! What a model directory says beside its tokenizer: `tokenizer_config.json`, and names from `special_tokens_map.json`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::casing::{Casing, CasingChoice, CasingSource};
use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::reading::read_if_there;

/// The names of the special tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpecialNames {
    pub pad: String,
    /// None for a tokenizer that can spell everything.
    pub unknown: Option<String>,
    pub start: String,
    pub separator: String,
    pub mask: String,
}

impl SpecialNames {
    /// BERT's.
    pub fn of_bert() -> Self {
        let [pad, unknown, start, separator, mask] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned);
        Self { pad, unknown: Some(unknown), start, separator, mask }
    }

    /// RoBERTa's.
    pub fn of_roberta() -> Self {
        let [pad, unknown, start, separator, mask] = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"].map(str::to_owned);
        Self { pad, unknown: Some(unknown), start, separator, mask }
    }
}

/// The settings that name special tokens.
const TOKENS: [&str; 5] = ["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"];

/// `tokenizer_config.json`; no settings where it is not there.
pub(crate) struct Config {
    path: PathBuf,
    settings: Map<String, Value>,
}

impl Config {
    /// Reads what a model directory says.
    pub fn read(directory: &Path) -> Result<Self, SubwordError> {
        let path = directory.join("tokenizer_config.json");
        let mut settings = object(&path)?;
        for (name, token) in object(&directory.join("special_tokens_map.json"))? {
            if TOKENS.contains(&name.as_str()) && settings.get(&name).is_none_or(Value::is_null) {
                settings.insert(name, token);
            }
        }
        Ok(Self { path, settings })
    }

    /// What is said where there is no directory: nothing.
    pub fn none(path: &Path) -> Self {
        Self { path: path.to_owned(), settings: Map::new() }
    }

    /// What the caller says, else what the configuration says, else what the vocabulary's own file says.
    pub fn casing(
        &self,
        choice: CasingChoice,
        own: (Casing, CasingSource),
    ) -> Result<(Casing, CasingSource), SubwordError> {
        if let CasingChoice::Explicit(casing) = choice {
            return Ok((casing, CasingSource::Explicit));
        }
        let (own, own_source) = own;
        let lower_case = self.truth("do_lower_case")?;
        let casing = Casing {
            lower_case: lower_case.unwrap_or(own.lower_case),
            strip_accents: self.truth("strip_accents")?.or(own.strip_accents),
            split_chinese_characters: self.truth("tokenize_chinese_chars")?.unwrap_or(own.split_chinese_characters),
        };
        Ok((casing, if lower_case.is_some() { CasingSource::TokenizerConfig } else { own_source }))
    }

    /// A setting that is true or false; none where it is not stated.
    pub fn truth(&self, name: &str) -> Result<Option<bool>, SubwordError> {
        match self.settings.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(other) => Err(self.setting(name, other, "true or false")),
        }
    }

    /// The names of the special tokens: what the configuration says, else what the tokenizer's own file does.
    pub fn names(&self, own: SpecialNames) -> Result<SpecialNames, SubwordError> {
        Ok(SpecialNames {
            pad: self.token("pad_token")?.unwrap_or(own.pad),
            unknown: self.token("unk_token")?.or(own.unknown),
            start: self.token("cls_token")?.unwrap_or(own.start),
            separator: self.token("sep_token")?.unwrap_or(own.separator),
            mask: self.token("mask_token")?.unwrap_or(own.mask),
        })
    }

    /// A token stands as a text or as an object with its text as `content`.
    fn token(&self, name: &str) -> Result<Option<String>, SubwordError> {
        let value = match self.settings.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(token)) => token.get("content").unwrap_or(&Value::Null),
            Some(value) => value,
        };
        let text = value.as_str().ok_or_else(|| self.setting(name, value, "a text"))?;
        Ok(Some(text.to_owned()))
    }

    fn setting(&self, name: &str, found: &Value, expected: &'static str) -> SubwordError {
        error(&self.path, TokenizerErrorKind::Setting { name: name.to_owned(), found: found.to_string(), expected })
    }
}

/// A file with an object; an empty one where it is not there.
fn object(path: &Path) -> Result<Map<String, Value>, SubwordError> {
    match read_if_there(path)? {
        None => Ok(Map::new()),
        Some(bytes) => {
            serde_json::from_slice(&bytes).map_err(|source| error(path, TokenizerErrorKind::NotJson(source)))
        }
    }
}
