//! Makes a tokenizer of a WordPiece vocabulary, one entry a line, as the Python library makes it.
//! Bytes go in, the `tokenizer.json` that stands for them comes out; no sentence is looked at.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::casing::{Casing, CasingChoice, CasingSource, normalizer};
use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::tokenizer_config::{Config, SpecialNames};
use crate::tokenizer_json::{Kind, TokenizerJson, around_sentences, special_token};

/// The tokenizer of a `vocab.txt`.
pub(crate) fn read(
    path: &Path,
    bytes: &[u8],
    config: &Config,
    choice: CasingChoice,
) -> Result<TokenizerJson, SubwordError> {
    let text = std::str::from_utf8(bytes).map_err(|source| {
        let valid_up_to = source.valid_up_to();
        error(path, TokenizerErrorKind::NotUtf8 { valid_up_to })
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
    let names = config.names(SpecialNames::of_bert())?;
    let json = json_of_vocabulary(path, &vocabulary, &names, casing)?;
    Ok(TokenizerJson { json, kind: Kind::WordPiece, names, casing, casing_source })
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
    let mut special = vec![(id(&names.pad)?, &names.pad)];
    if let Some(unknown) = &names.unknown {
        special.push((id(unknown)?, unknown));
    }
    special.extend([(start.clone(), &names.start), (separator.clone(), &names.separator)]);
    // Nothing here is ever masked, so a vocabulary may do without.
    special.extend(vocabulary.get(&names.mask).map(|id| (id.clone(), &names.mask)));
    special.sort_by_key(|(id, _)| id.as_u64());
    let added = special.iter().map(|(id, token)| special_token(id, token, false));
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": normalizer(casing),
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": around_sentences(names, [start, separator]),
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
