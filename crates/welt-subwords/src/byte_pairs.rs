//! Makes a tokenizer of `vocab.json` and `merges.txt`, which is all that older checkpoints of RoBERTa have.
//! Both files go in, the `tokenizer.json` that transformers would make of them comes out.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::tokenizer_config::{Config, SpecialNames};
use crate::tokenizer_json::special_token;

/// Entries with their ids, and which pairs of them are joined, the first ones first.
pub(crate) fn read(paths: [&Path; 2], files: [&[u8]; 2], config: &Config) -> Result<Value, SubwordError> {
    let ([entries_path, merges_path], [entries, merges]) = (paths, files);
    let vocabulary: Map<String, Value> =
        serde_json::from_slice(entries).map_err(|source| error(entries_path, TokenizerErrorKind::NotJson(source)))?;
    let merges = std::str::from_utf8(merges).map_err(|source| {
        let valid_up_to = source.valid_up_to();
        error(merges_path, TokenizerErrorKind::NotUtf8 { valid_up_to })
    })?;
    let mut pairs = Vec::new();
    for (index, line) in merges.lines().enumerate() {
        if line.starts_with("#version") || line.is_empty() {
            continue;
        }
        match line.split(' ').collect::<Vec<_>>()[..] {
            [left, right] => pairs.push(json!([left, right])),
            _ => {
                let (line_number, found) = (index + 1, line.to_owned());
                return Err(error(merges_path, TokenizerErrorKind::NoPair { line_number, found }));
            }
        }
    }
    let names = config.names(SpecialNames::of_roberta())?;
    let id = |token: &String| {
        let kind = || TokenizerErrorKind::NoSpecialToken { token: token.clone(), size: vocabulary.len() };
        vocabulary.get(token).cloned().ok_or_else(|| error(entries_path, kind()))
    };
    let (start, separator) = (id(&names.start)?, id(&names.separator)?);
    let mut special = vec![&names.start, &names.pad, &names.separator, &names.mask];
    special.extend(&names.unknown);
    let mut special: Vec<(&String, &Value)> =
        special.into_iter().filter_map(|token| Some((token, vocabulary.get(token)?))).collect();
    special.sort_by_key(|(_, id)| id.as_u64());
    let added = special.into_iter().map(|(token, id)| special_token(id, token, *token == names.mask));
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": [names.separator, separator],
            "cls": [names.start, start],
            "trim_offsets": true,
            "add_prefix_space": true,
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": false,
            "byte_fallback": false,
            "vocab": vocabulary,
            "merges": pairs,
        },
    }))
}

/// The two files in a directory.
pub(crate) fn paths(directory: &Path) -> [PathBuf; 2] {
    ["vocab.json", "merges.txt"].map(|name| directory.join(name))
}
