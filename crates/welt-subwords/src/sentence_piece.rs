//! Makes a tokenizer of `spm.model`, which is all that DeBERTa's own checkpoints have.
//! A file of SentencePiece goes in, the `tokenizer.json` that transformers' converter would make of it comes out.

use std::path::Path;

use serde_json::{Value, json};
use tokenizers::normalizers::precompiled::Precompiled;

use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::messages::{Content, fields};
use crate::tokenizer_config::{Config, SpecialNames};
use crate::tokenizer_json::{around_sentences, special_token};

/// What is read of SentencePiece's message `ModelProto`.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Entries with the logarithms of their probabilities.
    pub vocabulary: Vec<(String, f32)>,
    model_type: u64,
    unk_id: u64,
    byte_fallback: bool,
    /// What becomes of characters before; empty where nothing does.
    charsmap: Vec<u8>,
}

impl Model {
    /// Reads a file, and refuses what is none or holds entries of another kind.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut model = Self { model_type: UNIGRAM, ..Self::default() };
        let (mut has_trainer, mut has_normalizer) = (false, false);
        for field in fields(bytes) {
            match field? {
                (1, Content::Bytes(piece)) => model.vocabulary.push(entry(piece)?),
                (2, Content::Bytes(trainer)) => {
                    has_trainer = true;
                    model.read_trainer(trainer)?;
                }
                (3, Content::Bytes(normalizer)) => {
                    has_normalizer = true;
                    for field in fields(normalizer) {
                        if let (2, Content::Bytes(charsmap)) = field? {
                            model.charsmap = charsmap.to_vec();
                        }
                    }
                }
                _ => {}
            }
        }
        if !(has_trainer && has_normalizer) {
            return Err("it ends before its settings".to_owned());
        }
        match model.model_type {
            UNIGRAM => Ok(model),
            other => Err(format!("its model_type is {other}, and 1 is read, a unigram model")),
        }
    }

    fn read_trainer(&mut self, trainer: &[u8]) -> Result<(), String> {
        for field in fields(trainer) {
            match field? {
                (3, Content::Number(kind)) => self.model_type = kind,
                (35, Content::Number(falls_back)) => self.byte_fallback = falls_back != 0,
                (40, Content::Number(unknown)) => self.unk_id = unknown,
                _ => {}
            }
        }
        Ok(())
    }
}

/// An entry and the logarithm of its probability.
fn entry(piece: &[u8]) -> Result<(String, f32), String> {
    let mut entry = (String::new(), 0.0);
    for field in fields(piece) {
        match field? {
            (1, Content::Bytes(text)) => {
                std::str::from_utf8(text).map_err(|error| error.to_string())?.clone_into(&mut entry.0);
            }
            (2, Content::Single(score)) => entry.1 = score,
            _ => {}
        }
    }
    Ok(entry)
}

/// The likeliest entries (Kudo 2018); the others are words, characters and byte pairs.
const UNIGRAM: u64 = 1;

/// Entries with the logarithms of their probabilities, and what becomes of characters before.
pub(crate) fn read(path: &Path, bytes: &[u8], config: &Config) -> Result<Value, SubwordError> {
    let refuse = |reason: String| error(path, TokenizerErrorKind::NotSentencePiece { reason });
    let model = Model::read(bytes).map_err(refuse)?;
    let names = config.names(SpecialNames::of_bert())?;
    let id = |name: &str| model.vocabulary.iter().position(|(piece, _)| piece == name);
    let around = |name: &String| {
        let kind = || TokenizerErrorKind::NoSpecialToken { token: name.clone(), size: model.vocabulary.len() };
        id(name).ok_or_else(|| error(path, kind()))
    };
    let (start, separator) = (around(&names.start)?, around(&names.separator)?);
    let known = [&names.pad, &names.start, &names.separator].into_iter().chain(&names.unknown);
    let mut special: Vec<(usize, &String)> = known.filter_map(|name| Some((id(name)?, name))).collect();
    // What hides words in pre-training came after SentencePiece had learnt its entries.
    special.push((id(&names.mask).unwrap_or(model.vocabulary.len()), &names.mask));
    special.sort_unstable();
    let added = special.into_iter().map(|(id, name)| special_token(&json!(id), name, false));
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": {"type": "Sequence", "normalizers": normalizers(path, &model, config)?},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": pre_tokenizers(config)?},
        "post_processor": around_sentences(&names, [json!(start), json!(separator)]),
        "decoder": metaspace(),
        "model": {
            "type": "Unigram",
            "unk_id": model.unk_id,
            "byte_fallback": model.byte_fallback,
            "vocab": model.vocabulary,
        },
    }))
}

/// What becomes of the characters of a word: letters, white space around it, what the file says, spaces in a row.
fn normalizers(path: &Path, model: &Model, config: &Config) -> Result<Vec<Value>, SubwordError> {
    let mut steps = Vec::new();
    if config.truth("do_lower_case")? == Some(true) {
        steps.push(json!({"type": "Lowercase"}));
    }
    steps.push(json!({"type": "Strip", "strip_left": true, "strip_right": true}));
    steps.extend(precompiled(path, model)?);
    steps.push(json!({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}));
    Ok(steps)
}

/// What the file says that characters become; none where it says nothing.
pub(crate) fn precompiled(path: &Path, model: &Model) -> Result<Option<Value>, SubwordError> {
    if model.charsmap.is_empty() {
        return Ok(None);
    }
    let refuse = |reason: String| error(path, TokenizerErrorKind::NotSentencePiece { reason });
    let precompiled = Precompiled::from(&model.charsmap).map_err(|source| refuse(source.to_string()))?;
    serde_json::to_value(precompiled).map(Some).map_err(|source| refuse(source.to_string()))
}

fn pre_tokenizers(config: &Config) -> Result<Vec<Value>, SubwordError> {
    let apart =
        (config.truth("split_by_punct")? == Some(true)).then(|| json!({"type": "Punctuation", "behavior": "Isolated"}));
    Ok(apart.into_iter().chain([metaspace()]).collect())
}

/// Marks where words begin.
pub(crate) fn metaspace() -> Value {
    json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true})
}
