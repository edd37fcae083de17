//! Which files the folder of a model has, as Hugging Face lays it out: a folder in, names and paths out.
//! The index of weights in several parts is read for the names of the parts; nothing else is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::{Doing, FilesError, io};

/// The file that holds the sizes of a model.
pub const CONFIG_FILE: &str = "config.json";

/// The files that weights may lie in, the best first; an index names the files of its parts.
pub const WEIGHTS_FILES: [&str; 4] =
    ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

/// The files that a tokenizer may lie in, the best first.
pub const TOKENIZER_FILES: [&[&str]; 5] =
    [&["tokenizer.json"], &["vocab.txt"], &["vocab.json", "merges.txt"], &["spm.model"], &["sentencepiece.bpe.model"]];

/// What [`TOKENIZER_FILES`] are, in words.
pub const ANY_TOKENIZER: &str =
    "tokenizer.json, vocab.txt, vocab.json with merges.txt, spm.model, or sentencepiece.bpe.model";

/// What else the folder may hold that says how words are cut.
pub const BESIDE_TOKENIZER: [&str; 3] = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

/// The architectures that welt reads, by `model_type` in [`CONFIG_FILE`].
pub const MODEL_TYPES: [&str; 7] =
    ["bert", "electra", "roberta", "xlm-roberta", "camembert", "deberta-v2", "modernbert"];

/// The files of the best tokenizer that is there; none where there is no whole one.
pub fn tokenizer_files(is_there: impl Fn(&str) -> bool) -> Option<&'static [&'static str]> {
    TOKENIZER_FILES.into_iter().find(|files| files.iter().all(|file| is_there(file)))
}

/// The files of a model's folder, beside its weights, that can move a result.
pub fn settings_files() -> impl Iterator<Item = &'static str> {
    let tokenizers = TOKENIZER_FILES.into_iter().flatten().copied();
    [CONFIG_FILE].into_iter().chain(tokenizers).chain(BESIDE_TOKENIZER)
}

/// Names as a sentence counts them up: `a, b or c`.
#[must_use]
pub fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// What an index says: the file of every tensor.
#[derive(Deserialize)]
struct Index {
    weight_map: EachOnce,
}

/// A map that refuses a name which stands twice, where others keep the last.
struct EachOnce(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for EachOnce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachOnceVisitor)
    }
}

struct EachOnceVisitor;

impl<'de> Visitor<'de> for EachOnceVisitor {
    type Value = EachOnce;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors and the names of their files")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<EachOnce, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((tensor, file)) = entries.next_entry::<String, String>()? {
            if map.insert(tensor.clone(), file).is_some() {
                return Err(A::Error::custom(format!("the tensor {tensor} stands there twice")));
            }
        }
        Ok(EachOnce(map))
    }
}

/// The files of a model's folder that hold its weights, an index before its parts; none where there are no weights.
///
/// # Errors
/// An index that cannot be read.
pub fn weights_files(folder: &Path) -> Result<Vec<PathBuf>, FilesError> {
    let Some(path) = main_weights_file(folder) else { return Ok(Vec::new()) };
    let parts = if is_index(&path) { parts_of_index(&path)?.into_keys().collect() } else { Vec::new() };
    Ok([path].into_iter().chain(parts).collect())
}

/// The best of [`WEIGHTS_FILES`] that is there.
#[must_use]
pub fn main_weights_file(folder: &Path) -> Option<PathBuf> {
    WEIGHTS_FILES.into_iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

/// Whether a file of weights is the index of several parts.
#[must_use]
pub fn is_index(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// The parts that an index names, each with the tensors that it should hold.
///
/// # Errors
/// An index that cannot be read, is none, or names a file outside its folder.
pub fn parts_of_index(index: &Path) -> Result<BTreeMap<PathBuf, BTreeSet<String>>, FilesError> {
    let unusable = |found: String, expected| FilesError::Index { path: index.to_owned(), found, expected };
    let text = std::fs::read(index).map_err(io(index, Doing::Read))?;
    let Index { weight_map } = serde_json::from_slice(&text)
        .map_err(|error| unusable(error.to_string(), "an index with a weight_map from tensors to files"))?;
    let folder = index.parent().unwrap_or(Path::new(""));
    let mut parts: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for (tensor, file) in weight_map.0 {
        // An index that somebody else wrote has no say over other folders.
        if Path::new(&file).file_name().is_none_or(|name| name != file.as_str()) {
            return Err(unusable(format!("{tensor} is in `{file}`"), "the name of a file beside the index"));
        }
        parts.entry(folder.join(file)).or_default().insert(tensor);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn weights_are_one_file_or_an_index_with_its_parts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let found = || -> Result<Vec<String>, String> {
            let files = weights_files(folder.path()).map_err(|error| error.to_string())?;
            Ok(files.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect())
        };
        assert_eq!(found(), Ok(Vec::new()));
        write("pytorch_model.bin.index.json", r#"{ "weight_map": { "a": "2.bin", "b": "1.bin", "c": "2.bin" } }"#);
        assert_eq!(found(), Ok(["pytorch_model.bin.index.json", "1.bin", "2.bin"].map(str::to_owned).to_vec()));
        write("pytorch_model.bin.index.json", r#"{ "weight_map": { "a": "../2.bin" } }"#);
        let refusal = found().unwrap_err();
        assert!(refusal.ends_with("a is in `../2.bin`: expected the name of a file beside the index"), "{refusal}");
        write("pytorch_model.bin.index.json", r#"{ "weight_map": { "a": "1.bin", "a": "2.bin" } }"#);
        let refusal = found().unwrap_err();
        assert!(refusal.contains("the tensor a stands there twice"), "{refusal}");
        write("model.safetensors", "");
        assert_eq!(found(), Ok(vec!["model.safetensors".to_owned()]));
    }
}
