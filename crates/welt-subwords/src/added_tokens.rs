//! Puts the tokens beside a vocabulary into the `tokenizer.json` that is made of it; a published one has them already.
//! What `tokenizer_config.json` or `added_tokens.json` adds goes in; such tokens are found in words before these are cut.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::tokenizer_config::Config;

/// Lists the added tokens in a `tokenizer.json` that was made of the file at `path`.
pub(crate) fn put(path: &Path, json: &mut Value, config: &Config) -> Result<(), SubwordError> {
    let model = &json["model"]["vocab"];
    let size = model.as_object().map_or_else(|| model.as_array().map_or(0, Vec::len), serde_json::Map::len) as u64;
    let mut listed: Vec<Value> = json["added_tokens"].as_array().cloned().unwrap_or_default();
    let greatest = listed.iter().filter_map(|token| token["id"].as_u64()).max();
    // The tokenizers library numbers what the vocabulary does not hold by itself, whatever a file says.
    let mut next = size.max(greatest.map_or(0, |id| id + 1));
    for (stated, token) in config.added_tokens()? {
        let known = listed.iter().position(|each| each["content"] == token["content"]);
        let id =
            known.and_then(|known| listed[known]["id"].as_u64()).or_else(|| vocabulary_id(model, &token["content"]));
        next += u64::from(id.is_none());
        let id = id.unwrap_or(next - 1);
        if let Some(stated) = stated.filter(|stated| *stated != id) {
            let token = token["content"].as_str().unwrap_or_default().to_owned();
            return Err(error(path, TokenizerErrorKind::AddedToken { token, stated, id, size }));
        }
        let mut token = token;
        token["id"] = json!(id);
        match known {
            Some(known) => listed[known] = token,
            None => listed.push(token),
        }
    }
    listed.sort_by_key(|token| token["id"].as_u64());
    json["added_tokens"] = Value::Array(listed);
    Ok(())
}

/// The id that a vocabulary of any kind has for an entry, the last one where it stands twice.
fn vocabulary_id(vocabulary: &Value, entry: &Value) -> Option<u64> {
    match vocabulary {
        Value::Object(ids) => ids.get(entry.as_str()?)?.as_u64(),
        entries => Some(entries.as_array()?.iter().rposition(|each| each[0] == *entry)? as u64),
    }
}
