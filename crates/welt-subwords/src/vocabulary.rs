//! Finds out how a model's words are cut: reads the tokenizer files of a model directory into one tokenizer.
//! `tokenizer.json` is taken where it is there, and built from `vocab.txt` where it is not; no sentence is looked at.
//!
//! **Casing** is the trap: a cased model fed lower-cased words loses most capitals' entries, and scores quietly drop.
//! What counts, first to last: what the caller says, `do_lower_case` of `tokenizer_config.json`, `tokenizer.json`,
//! what the caller knows of a model whose files say nothing, the vocabulary.
//! A vocabulary tells by its capitals: where at least one entry in twenty holds an upper-case letter (special tokens in brackets left out) it is cased.
//! BERT uncased and PubMedBERT have none, SciBERT uncased 154 of 31,090 (0.5 %), BioBERT 8,366 of 28,996 (29 %).
//! The Python library lower-cases where no file says anything, which is wrong for cased vocabularies.
//!
//! ```
//! use welt_subwords::Casing;
//!
//! assert!(!Casing::of_vocabulary(["[PAD]", "[UNK]", "Renal", "failure", "##s"]).lower_case);
//! assert!(Casing::of_vocabulary(["[PAD]", "[UNK]", "renal", "failure", "##s"]).lower_case);
//! ```

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};
use welt_data::DataError;

use crate::error::{SubwordError, TokenizerError, TokenizerErrorKind};

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

/// The names of the special tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpecialNames {
    pub pad: String,
    pub unknown: String,
    pub start: String,
    pub separator: String,
    pub mask: String,
}

/// What the files of a model directory say of its tokenizer.
#[derive(Debug)]
pub(crate) struct TokenizerFiles {
    /// The file that the vocabulary stands in.
    pub path: PathBuf,
    /// The content of `tokenizer.json`, without truncation and padding.
    pub json: Value,
    pub names: SpecialNames,
    pub casing: Casing,
    pub casing_source: CasingSource,
}

impl TokenizerFiles {
    /// Reads `tokenizer.json` or `vocab.txt`, and `tokenizer_config.json` where it is there.
    pub fn of_directory(directory: &Path, choice: CasingChoice) -> Result<Self, SubwordError> {
        let config = Config::read(directory)?;
        let json = directory.join("tokenizer.json");
        if let Some(bytes) = read_if_there(&json)? {
            return Self::of_json(json, &bytes, &config, choice);
        }
        let text = directory.join("vocab.txt");
        match read_if_there(&text)? {
            Some(bytes) => Self::of_text(text, &bytes, &config, choice),
            None => Err(error(directory, TokenizerErrorKind::Missing)),
        }
    }

    /// Reads one file: a `tokenizer.json` where its name ends in `.json`, else a vocabulary with one entry a line.
    pub fn of_file(path: &Path, choice: CasingChoice) -> Result<Self, SubwordError> {
        let bytes = welt_data::read_bytes(path)?;
        let config = Config { path: path.to_owned(), settings: Map::new() };
        if path.extension().is_some_and(|extension| extension == "json") {
            return Self::of_json(path.to_owned(), &bytes, &config, choice);
        }
        Self::of_text(path.to_owned(), &bytes, &config, choice)
    }

    fn of_json(path: PathBuf, bytes: &[u8], config: &Config, choice: CasingChoice) -> Result<Self, SubwordError> {
        let mut json: Value =
            serde_json::from_slice(bytes).map_err(|source| error(&path, TokenizerErrorKind::NotJson(source)))?;
        if json["model"]["type"] != "WordPiece" {
            let found = json["model"]["type"].to_string();
            return Err(error(&path, TokenizerErrorKind::NotWordPiece { found }));
        }
        // Sentence encoders switch these on and would cut sentences silently.
        json["truncation"] = Value::Null;
        json["padding"] = Value::Null;
        let own = casing_of_json(&path, &json)?;
        let (casing, casing_source) = config.casing(choice, (own, CasingSource::TokenizerJson))?;
        if casing != own {
            json["normalizer"] = normalizer(casing);
        }
        Ok(Self { names: config.names()?, path, json, casing, casing_source })
    }

    fn of_text(path: PathBuf, bytes: &[u8], config: &Config, choice: CasingChoice) -> Result<Self, SubwordError> {
        let text = std::str::from_utf8(bytes).map_err(|source| {
            let valid_up_to = source.valid_up_to();
            error(&path, TokenizerErrorKind::NotUtf8 { valid_up_to })
        })?;
        // Only line ends are taken off: entries may begin or end in other white space.
        // An entry that stands twice keeps its last id, as in the Python library.
        let mut vocabulary = Map::new();
        for (id, entry) in text.strip_suffix('\n').unwrap_or(text).split('\n').enumerate() {
            vocabulary.insert(entry.strip_suffix('\r').unwrap_or(entry).to_owned(), json!(id));
        }
        let own = match choice {
            CasingChoice::WhereUnstated(casing) => (casing, CasingSource::WhereUnstated),
            CasingChoice::FromFiles | CasingChoice::Explicit(_) => {
                (Casing::of_vocabulary(vocabulary.keys().map(String::as_str)), CasingSource::Vocabulary)
            }
        };
        let (casing, casing_source) = config.casing(choice, own)?;
        let names = config.names()?;
        let json = json_of_vocabulary(&path, &vocabulary, &names, casing)?;
        Ok(Self { path, json, names, casing, casing_source })
    }
}

/// `tokenizer_config.json`; no settings where it is not there.
struct Config {
    path: PathBuf,
    settings: Map<String, Value>,
}

impl Config {
    fn read(directory: &Path) -> Result<Self, SubwordError> {
        let path = directory.join("tokenizer_config.json");
        let settings = match read_if_there(&path)? {
            None => Map::new(),
            Some(bytes) => {
                serde_json::from_slice(&bytes).map_err(|source| error(&path, TokenizerErrorKind::NotJson(source)))?
            }
        };
        Ok(Self { path, settings })
    }

    /// What the caller says, else what the configuration says, else what the vocabulary's own file says.
    fn casing(
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

    fn truth(&self, name: &str) -> Result<Option<bool>, SubwordError> {
        match self.settings.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(other) => Err(self.setting(name, other, "true or false")),
        }
    }

    fn names(&self) -> Result<SpecialNames, SubwordError> {
        Ok(SpecialNames {
            pad: self.token("pad_token", "[PAD]")?,
            unknown: self.token("unk_token", "[UNK]")?,
            start: self.token("cls_token", "[CLS]")?,
            separator: self.token("sep_token", "[SEP]")?,
            mask: self.token("mask_token", "[MASK]")?,
        })
    }

    /// A token stands as a text or as an object with its text as `content`.
    fn token(&self, name: &str, default: &str) -> Result<String, SubwordError> {
        let value = match self.settings.get(name) {
            None | Some(Value::Null) => return Ok(default.to_owned()),
            Some(Value::Object(token)) => token.get("content").unwrap_or(&Value::Null),
            Some(value) => value,
        };
        let text = value.as_str().ok_or_else(|| self.setting(name, value, "a text"))?;
        Ok(text.to_owned())
    }

    fn setting(&self, name: &str, found: &Value, expected: &'static str) -> SubwordError {
        error(&self.path, TokenizerErrorKind::Setting { name: name.to_owned(), found: found.to_string(), expected })
    }
}

/// What the normalizer of a `tokenizer.json` does.
fn casing_of_json(path: &Path, json: &Value) -> Result<Casing, SubwordError> {
    let normalizer = &json["normalizer"];
    let truth = |name: &'static str, default: Option<bool>| match &normalizer[name] {
        Value::Bool(truth) => Ok(Some(*truth)),
        Value::Null => Ok(default),
        other => {
            let (name, found) = (format!("normalizer.{name}"), other.to_string());
            Err(error(path, TokenizerErrorKind::Setting { name, found, expected: "true, false or null" }))
        }
    };
    if normalizer["type"] != "BertNormalizer" {
        let (name, found) = ("normalizer.type".to_owned(), normalizer["type"].to_string());
        return Err(error(path, TokenizerErrorKind::Setting { name, found, expected: "\"BertNormalizer\"" }));
    }
    Ok(Casing {
        lower_case: truth("lowercase", None)?.unwrap_or(true),
        strip_accents: truth("strip_accents", None)?,
        split_chinese_characters: truth("handle_chinese_chars", Some(true))?.unwrap_or(true),
    })
}

fn normalizer(casing: Casing) -> Value {
    json!({
        "type": "BertNormalizer",
        "clean_text": true,
        "handle_chinese_chars": casing.split_chinese_characters,
        "strip_accents": casing.strip_accents,
        "lowercase": casing.lower_case,
    })
}

/// The `tokenizer.json` that the Python library would write for a BERT vocabulary.
fn json_of_vocabulary(
    path: &Path,
    vocabulary: &Map<String, Value>,
    names: &SpecialNames,
    casing: Casing,
) -> Result<Value, SubwordError> {
    let id = |token: &String| {
        vocabulary.get(token).cloned().ok_or_else(|| {
            let kind = TokenizerErrorKind::NoSpecialToken { token: token.clone(), size: vocabulary.len() };
            error(path, kind)
        })
    };
    let (start, separator) = (id(&names.start)?, id(&names.separator)?);
    let mut special = vec![(id(&names.pad)?, &names.pad), (id(&names.unknown)?, &names.unknown)];
    special.extend([(start.clone(), &names.start), (separator.clone(), &names.separator)]);
    // Nothing here is ever masked, so a vocabulary may do without.
    special.extend(vocabulary.get(&names.mask).map(|id| (id.clone(), &names.mask)));
    special.sort_by_key(|(id, _)| id.as_u64());
    let added = special.iter().map(|(id, token)| {
        json!({"id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true})
    });
    let token = |name: &String, segment: u8| json!({"SpecialToken": {"id": name, "type_id": segment}});
    let words = |name: &str, segment: u8| json!({"Sequence": {"id": name, "type_id": segment}});
    let single = [token(&names.start, 0), words("A", 0), token(&names.separator, 0)];
    let mut pair = single.to_vec();
    pair.extend([words("B", 1), token(&names.separator, 1)]);
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": normalizer(casing),
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": pair,
            "special_tokens": {
                &names.start: {"id": names.start, "ids": [start], "tokens": [names.start]},
                &names.separator: {"id": names.separator, "ids": [separator], "tokens": [names.separator]},
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece",
            "unk_token": names.unknown,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, SubwordError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(DataError::unreadable(path, source).into()),
    }
}

fn error(path: &Path, kind: TokenizerErrorKind) -> SubwordError {
    TokenizerError { path: path.to_owned(), kind }.into()
}
