//! Finds the tokenizer of a model directory: the best of the files that it may lie in, as `tokenizer.json` would have it.
//! `tokenizer.json` is taken where it is there, and made of the others where it is not; no sentence is looked at.

use std::path::{Path, PathBuf};

use crate::casing::CasingChoice;
use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::reading::read_if_there;
use crate::tokenizer_config::Config;
use crate::tokenizer_json::TokenizerJson;
use crate::{byte_pairs, sentence_piece, tokenizer_json, vocabulary};

/// The tokenizer of a model directory, with the file that it was read from.
pub(crate) fn of_directory(directory: &Path, choice: CasingChoice) -> Result<(PathBuf, TokenizerJson), SubwordError> {
    let config = Config::read(directory)?;
    let path = directory.join("tokenizer.json");
    if let Some(bytes) = read_if_there(&path)? {
        let read = tokenizer_json::read(&path, &bytes, &config, choice)?;
        return Ok((path, read));
    }
    let path = directory.join("vocab.txt");
    if let Some(bytes) = read_if_there(&path)? {
        let read = vocabulary::read(&path, &bytes, &config, choice)?;
        return Ok((path, read));
    }
    let [entries_path, merges_path] = byte_pairs::paths(directory);
    if let (Some(entries), Some(merges)) = (read_if_there(&entries_path)?, read_if_there(&merges_path)?) {
        let json = byte_pairs::read([&entries_path, &merges_path], [&entries, &merges], &config)?;
        let read = tokenizer_json::fit(&entries_path, json, &config, choice)?;
        return Ok((entries_path, read));
    }
    let path = directory.join("spm.model");
    if let Some(bytes) = read_if_there(&path)? {
        let json = sentence_piece::read(&path, &bytes, &config)?;
        let read = tokenizer_json::fit(&path, json, &config, choice)?;
        return Ok((path, read));
    }
    let path = directory.join("sentencepiece.bpe.model");
    let kind = if path.exists() { TokenizerErrorKind::OtherSentencePiece } else { TokenizerErrorKind::Missing };
    Err(error(directory, kind))
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
