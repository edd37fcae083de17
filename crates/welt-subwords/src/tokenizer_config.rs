//! What a model directory says beside its tokenizer: `tokenizer_config.json`, and what older ones have in
//! `special_tokens_map.json` and `added_tokens.json`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

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

/// Those that list more of them.
const MORE_TOKENS: [&str; 2] = ["additional_special_tokens", "extra_special_tokens"];

/// Classes that do more than any of their files but tokenizer.json tells: cut by a dictionary, or join pairs of other kinds.
const OTHER_CLASSES: [&str; 4] = ["BertJapaneseTokenizer", "BertweetTokenizer", "HerbertTokenizer", "PhobertTokenizer"];

/// `tokenizer_config.json`; no settings where it is not there.
pub(crate) struct Config {
    path: PathBuf,
    settings: Map<String, Value>,
    /// Tokens and their ids, as older files list them.
    added: Map<String, Value>,
}

impl Config {
    /// Reads what a model directory says.
    pub fn read(directory: &Path) -> Result<Self, SubwordError> {
        let path = directory.join("tokenizer_config.json");
        let mut settings = object(&path)?;
        for (name, token) in object(&directory.join("special_tokens_map.json"))? {
            let is_read = TOKENS.contains(&name.as_str()) || MORE_TOKENS.contains(&name.as_str());
            if is_read && settings.get(&name).is_none_or(Value::is_null) {
                settings.insert(name, token);
            }
        }
        let added = object(&directory.join("added_tokens.json"))?;
        Ok(Self { path, settings, added })
    }

    /// What is said where there is no directory: nothing.
    pub fn none(path: &Path) -> Self {
        Self { path: path.to_owned(), settings: Map::new(), added: Map::new() }
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

    /// The class of transformers that the tokenizer is of; none where it is not stated.
    pub fn class(&self) -> Option<&str> {
        self.settings.get("tokenizer_class").and_then(Value::as_str)
    }

    /// Refuses classes that do more than their files tell.
    pub fn refuse_other_classes(&self) -> Result<(), SubwordError> {
        let is_other = |class: &&str| OTHER_CLASSES.contains(&class.strip_suffix("Fast").unwrap_or(class));
        self.class()
            .filter(is_other)
            .map_or(Ok(()), |class| Err(error(&self.path, TokenizerErrorKind::OtherClass { class: class.to_owned() })))
    }

    /// Tokens beside the vocabulary, as `tokenizer.json` lists them but for their ids, which are stated for some; in the
    /// order in which they are added.
    pub fn added_tokens(&self) -> Result<Vec<(Option<u64>, Value)>, SubwordError> {
        let by_id = match self.settings.get("added_tokens_decoder") {
            None | Some(Value::Null) => None,
            Some(Value::Object(by_id)) => Some(by_id),
            Some(other) => return Err(self.setting("added_tokens_decoder", other, "an object of ids and tokens")),
        };
        let special = self.special_texts()?;
        let mut added = Vec::new();
        for (id, token) in by_id.into_iter().flatten() {
            let number = id.parse().map_err(|_| self.setting("added_tokens_decoder", &json!(id), "ids"))?;
            added.push((Some(number), self.listed("added_tokens_decoder", token, false)?));
        }
        // The older file is passed over where there is the newer list.
        for (content, id) in self.added.iter().filter(|_| by_id.is_none()) {
            let number = id.as_u64().ok_or_else(|| self.setting(content, id, "an id"))?;
            added.push((Some(number), self.listed(content, &json!(content), special.contains(content))?));
        }
        added.sort_by_key(|(id, _)| *id);
        for name in MORE_TOKENS {
            for token in self.settings.get(name).and_then(Value::as_array).into_iter().flatten() {
                let token = self.listed(name, token, true)?;
                if !added.iter().any(|(_, known)| known["content"] == token["content"]) {
                    added.push((None, token));
                }
            }
        }
        Ok(added)
    }

    /// The texts of special tokens.
    fn special_texts(&self) -> Result<Vec<String>, SubwordError> {
        let mut texts = Vec::new();
        for name in TOKENS {
            texts.extend(self.token(name)?);
        }
        let more = MORE_TOKENS.into_iter().filter_map(|name| self.settings.get(name)?.as_array()).flatten();
        let text = |token: &Value| token.as_str().or_else(|| token["content"].as_str()).map(str::to_owned);
        texts.extend(more.filter_map(text));
        Ok(texts)
    }

    /// A token, given by its text or as an object, with all that `tokenizer.json` says of one.
    fn listed(&self, name: &str, token: &Value, is_special: bool) -> Result<Value, SubwordError> {
        let content = token.as_str().or_else(|| token["content"].as_str());
        let content = content.ok_or_else(|| self.setting(name, token, "a text, or an object with its content"))?;
        let truth = |name: &str, default: bool| token[name].as_bool().unwrap_or(default);
        let special = truth("special", is_special);
        Ok(json!({
            "content": content, "single_word": truth("single_word", false), "lstrip": truth("lstrip", false),
            "rstrip": truth("rstrip", false), "normalized": truth("normalized", !special), "special": special,
        }))
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
pub(crate) fn object(path: &Path) -> Result<Map<String, Value>, SubwordError> {
    match read_if_there(path)? {
        None => Ok(Map::new()),
        Some(bytes) => {
            serde_json::from_slice(&bytes).map_err(|source| error(path, TokenizerErrorKind::NotJson(source)))
        }
    }
}
