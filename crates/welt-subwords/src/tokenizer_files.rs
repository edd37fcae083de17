//! Finds the tokenizer of a model directory: the best of the files that it may lie in, as `tokenizer.json` would have it.
//! `tokenizer.json` is taken where it is there, and made of the others where it is not; no sentence is looked at.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::casing::CasingChoice;
use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::fairseq::Numbering;
use crate::reading::read_if_there;
use crate::tokenizer_config::Config;
use crate::tokenizer_json::TokenizerJson;
use crate::{added_tokens, byte_pairs, fairseq, sentence_piece, tokenizer_config, tokenizer_json, vocabulary};

/// The tokenizer of a model directory, with the file that it was read from.
pub(crate) fn of_directory(directory: &Path, choice: CasingChoice) -> Result<(PathBuf, TokenizerJson), SubwordError> {
    let config = Config::read(directory)?;
    let path = directory.join("tokenizer.json");
    if let Some(bytes) = read_if_there(&path)? {
        let read = tokenizer_json::read(&path, &bytes, &config, choice)?;
        return Ok((path, read));
    }
    config.refuse_other_classes()?;
    let path = directory.join("vocab.txt");
    if let Some(bytes) = read_if_there(&path)? {
        let mut read = vocabulary::read(&path, &bytes, &config, choice)?;
        added_tokens::put(&path, &mut read.json, &config)?;
        return Ok((path, read));
    }
    let made = |path: PathBuf, mut json: Value| {
        added_tokens::put(&path, &mut json, &config)?;
        let read = tokenizer_json::fit(&path, json, &config, choice)?;
        Ok((path, read))
    };
    let [entries_path, merges_path] = byte_pairs::paths(directory);
    if let (Some(entries), Some(merges)) = (read_if_there(&entries_path)?, read_if_there(&merges_path)?) {
        let json = byte_pairs::read([&entries_path, &merges_path], [&entries, &merges], &config)?;
        return made(entries_path, json);
    }
    let path = directory.join("spm.model");
    if let Some(bytes) = read_if_there(&path)? {
        let json = sentence_piece::read(&path, &bytes, &config)?;
        return made(path, json);
    }
    let path = directory.join("sentencepiece.bpe.model");
    if let Some(bytes) = read_if_there(&path)? {
        let json = fairseq::read(&path, &bytes, numbering(directory, &config)?, &config)?;
        return made(path, json);
    }
    Err(error(directory, TokenizerErrorKind::Missing { found: parts_of_tokenizers(directory) }))
}

/// Whose ids the entries of `sentencepiece.bpe.model` have, as the files beside it say.
fn numbering(directory: &Path, config: &Config) -> Result<Numbering, SubwordError> {
    let model = tokenizer_config::object(&directory.join("config.json"))?;
    let said = [("tokenizer_class", config.class()), ("model_type", model.get("model_type").and_then(Value::as_str))];
    let numbering = said.iter().find_map(|(_, name)| Numbering::of((*name)?));
    numbering.ok_or_else(|| {
        let said: Vec<String> = said.iter().filter_map(|(of, name)| Some(format!("{of} is `{}`", (*name)?))).collect();
        let found = if said.is_empty() { "no file says which it is of".to_owned() } else { said.join(" and ") };
        error(directory, TokenizerErrorKind::OtherSentencePiece { found })
    })
}

/// Files of tokenizers that a directory has and that are not enough: halves, and models under the names of other kinds.
fn parts_of_tokenizers(directory: &Path) -> Vec<String> {
    let names = ["vocab.json", "merges.txt", "spiece.model", "tokenizer.model", "sentencepiece.model", "bpe.codes"];
    names.into_iter().filter(|name| directory.join(name).exists()).map(str::to_owned).collect()
}

/// The tokenizer of one file: a `tokenizer.json` where its name ends in `.json`, else a vocabulary with one entry a line.
pub(crate) fn of_file(path: &Path, choice: CasingChoice) -> Result<TokenizerJson, SubwordError> {
    let bytes = welt_data::read_bytes(path)?;
    let config = Config::none(path);
    if path.extension().is_some_and(|extension| extension == "json") {
        return tokenizer_json::read(path, &bytes, &config, choice);
    }
    vocabulary::read(path, &bytes, &config, choice)
}
