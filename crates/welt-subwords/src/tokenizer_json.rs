//! Makes a `tokenizer.json` fit for words: no truncation, no padding, and before every word the space that a text has there.
//! The bytes of the file go in, the same tokenizer comes out with what it says of casing and special tokens.
//!
//! A byte-level or SentencePiece vocabulary spells the word in ` renal` with other entries than one that `renal` begins,
//! and words come one at a time: as transformers has it for words (`add_prefix_space`), each begins as in running text.

use std::path::Path;

use serde_json::{Value, json};

use crate::casing::{Casing, CasingChoice, CasingSource, normalizer};
use crate::charsmap;
use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::tokenizer_config::{Config, SpecialNames};

/// A tokenizer as its file would have it.
#[derive(Debug)]
pub(crate) struct TokenizerJson {
    /// The content of `tokenizer.json`.
    pub json: Value,
    pub kind: Kind,
    pub names: SpecialNames,
    pub casing: Casing,
    pub casing_source: CasingSource,
}

/// How a tokenizer cuts words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// BERT's: the longest entries first, those within a word marked with `##`.
    WordPiece,
    /// In any other way: byte pairs (Sennrich et al. 2016) as RoBERTa and ModernBERT, the likeliest entries (Kudo 2018) as DeBERTa, or whole words.
    Other,
}

/// The tokenizer of a `tokenizer.json`.
pub(crate) fn read(
    path: &Path,
    bytes: &[u8],
    config: &Config,
    choice: CasingChoice,
) -> Result<TokenizerJson, SubwordError> {
    let json = serde_json::from_slice(bytes).map_err(|source| error(path, TokenizerErrorKind::NotJson(source)))?;
    fit(path, json, config, choice)
}

/// A tokenizer that was read or made.
pub(crate) fn fit(
    path: &Path,
    mut json: Value,
    config: &Config,
    choice: CasingChoice,
) -> Result<TokenizerJson, SubwordError> {
    let kind = kind(path, &json)?;
    if let Some(fault) = charsmap::fault(&json["normalizer"]) {
        return Err(error(path, TokenizerErrorKind::Refused(fault.into())));
    }
    let names = config.names(match kind {
        Kind::WordPiece => SpecialNames::of_bert(),
        Kind::Other => own_names(&json),
    })?;
    // Sentence encoders switch these on and would cut sentences silently.
    json["truncation"] = Value::Null;
    json["padding"] = Value::Null;
    let own = (casing(path, &json)?, CasingSource::TokenizerJson);
    let (casing, casing_source) = if json["normalizer"]["type"] == "BertNormalizer" {
        config.casing(choice, own)?
    } else {
        refuse_other_casing(path, &json, choice, own.0)?;
        own
    };
    if casing != own.0 {
        json["normalizer"] = normalizer(casing);
    }
    put_space_before_words(&mut json);
    Ok(TokenizerJson { json, kind, names, casing, casing_source })
}

/// The oldest files do not say what their model is.
fn kind(path: &Path, json: &Value) -> Result<Kind, SubwordError> {
    let model = &json["model"];
    match model["type"].as_str() {
        Some("WordPiece") => Ok(Kind::WordPiece),
        Some("BPE" | "Unigram" | "WordLevel") => Ok(Kind::Other),
        None if model.get("max_input_chars_per_word").is_some() => Ok(Kind::WordPiece),
        None if model.get("vocab").is_some() => Ok(Kind::Other),
        _ => Err(error(path, TokenizerErrorKind::UnknownModel { found: model["type"].to_string() })),
    }
}

/// What the file itself says of special tokens: by what it puts around a sentence, what it pads with, what it cannot spell.
fn own_names(json: &Value) -> SpecialNames {
    let mut names = SpecialNames::of_roberta();
    let added: Vec<&str> =
        json["added_tokens"].as_array().into_iter().flatten().filter_map(|token| token["content"].as_str()).collect();
    if added.contains(&"[PAD]") && !added.contains(&"<pad>") {
        names = SpecialNames::of_bert();
    }
    if let Some(pad) = json["padding"]["pad_token"].as_str() {
        pad.clone_into(&mut names.pad);
    }
    for step in steps(&json["post_processor"], "processors") {
        let [start, separator] = match step["type"].as_str() {
            Some("RobertaProcessing" | "BertProcessing") => [&step["cls"][0], &step["sep"][0]],
            Some("TemplateProcessing") => around_sentence(&step["single"]),
            _ => continue,
        };
        if let (Some(start), Some(separator)) = (start.as_str(), separator.as_str()) {
            start.clone_into(&mut names.start);
            separator.clone_into(&mut names.separator);
        }
    }
    let model = &json["model"];
    let unknown = model["unk_token"].as_str().or_else(|| {
        let index = usize::try_from(model["unk_id"].as_u64()?).ok()?;
        model["vocab"][index][0].as_str()
    });
    if let Some(unknown) = unknown {
        names.unknown = Some(unknown.to_owned());
    }
    names
}

/// A special token as the file lists it; `lstrip` tells that it takes the white space before it.
pub(crate) fn special_token(id: &Value, name: &str, lstrip: bool) -> Value {
    json!({
        "id": id, "content": name, "single_word": false, "lstrip": lstrip, "rstrip": false, "normalized": false,
        "special": true,
    })
}

/// What puts the special tokens with these ids before and behind sentences, and between two.
pub(crate) fn around_sentences(names: &SpecialNames, [start, separator]: [Value; 2]) -> Value {
    let token = |name: &String, segment: u8| json!({"SpecialToken": {"id": name, "type_id": segment}});
    let words = |name: &str, segment: u8| json!({"Sequence": {"id": name, "type_id": segment}});
    let single = [token(&names.start, 0), words("A", 0), token(&names.separator, 0)];
    let mut pair = single.to_vec();
    pair.extend([words("B", 1), token(&names.separator, 1)]);
    json!({
        "type": "TemplateProcessing",
        "single": single,
        "pair": pair,
        "special_tokens": {
            &names.start: {"id": names.start, "ids": [start], "tokens": [names.start]},
            &names.separator: {"id": names.separator, "ids": [separator], "tokens": [names.separator]},
        },
    })
}

/// The special tokens before and behind a sentence in a template.
fn around_sentence(template: &Value) -> [&Value; 2] {
    let tokens = template.as_array().map(Vec::as_slice).unwrap_or_default();
    [tokens.first(), tokens.last()].map(|token| token.map_or(&Value::Null, |token| &token["SpecialToken"]["id"]))
}

/// What happens to letters.
fn casing(path: &Path, json: &Value) -> Result<Casing, SubwordError> {
    let mut casing = Casing { lower_case: false, strip_accents: Some(false), split_chinese_characters: false };
    for step in steps(&json["normalizer"], "normalizers") {
        match step["type"].as_str() {
            Some("BertNormalizer") => casing = casing_of_bert(path, step)?,
            Some("Lowercase") => casing.lower_case = true,
            Some("StripAccents") => casing.strip_accents = Some(true),
            _ => {}
        }
    }
    Ok(casing)
}

fn casing_of_bert(path: &Path, normalizer: &Value) -> Result<Casing, SubwordError> {
    let truth = |name: &'static str, default: Option<bool>| match &normalizer[name] {
        Value::Bool(truth) => Ok(Some(*truth)),
        Value::Null => Ok(default),
        other => {
            let (name, found) = (format!("normalizer.{name}"), other.to_string());
            Err(error(path, TokenizerErrorKind::Setting { name, found, expected: "true, false or null" }))
        }
    };
    Ok(Casing {
        lower_case: truth("lowercase", None)?.unwrap_or(true),
        strip_accents: truth("strip_accents", None)?,
        split_chinese_characters: truth("handle_chinese_chars", Some(true))?.unwrap_or(true),
    })
}

/// Only BERT's normaliser can be told to do otherwise.
fn refuse_other_casing(path: &Path, json: &Value, choice: CasingChoice, own: Casing) -> Result<(), SubwordError> {
    match choice {
        CasingChoice::Explicit(wanted) if wanted.lower_case != own.lower_case => {
            let (name, found) = ("normalizer.type".to_owned(), json["normalizer"]["type"].to_string());
            let expected = "\"BertNormalizer\", which alone can be told how to case words";
            Err(error(path, TokenizerErrorKind::Setting { name, found, expected }))
        }
        _ => Ok(()),
    }
}

/// Lets every word begin as it does behind a space.
fn put_space_before_words(json: &mut Value) {
    let mut prepends = false;
    for (index, step) in steps_mut(&mut json["pre_tokenizer"], "pretokenizers").into_iter().enumerate() {
        match step["type"].as_str() {
            Some("ByteLevel") if index == 0 => step["add_prefix_space"] = json!(true),
            // Behind a step that cuts the text it would put a space before every part.
            Some("ByteLevel") => prepends |= step["add_prefix_space"] != true,
            Some("Metaspace") if has_no_prefix(step) => {
                step["add_prefix_space"] = json!(true);
                step["prepend_scheme"] = json!("always");
            }
            _ => {}
        }
    }
    let space = json!({"type": "Prepend", "prepend": " "});
    let mut all: Vec<Value> = steps(&json["normalizer"], "normalizers").into_iter().cloned().collect();
    // A file that was written here has it already.
    if prepends && all.last() != Some(&space) {
        all.push(space);
        json["normalizer"] = json!({"type": "Sequence", "normalizers": all});
    }
}

/// Whether SentencePiece's mark is not put before a text; older files say so otherwise.
fn has_no_prefix(metaspace: &Value) -> bool {
    match metaspace["prepend_scheme"].as_str() {
        Some(scheme) => scheme == "never",
        None => metaspace["add_prefix_space"] == false,
    }
}

/// The steps of a sequence, or the one that stands alone; none where there is nothing.
fn steps<'j>(step: &'j Value, list: &str) -> Vec<&'j Value> {
    match step.get(list).and_then(Value::as_array) {
        Some(steps) => steps.iter().collect(),
        None => Some(step).filter(|step| step.is_object()).into_iter().collect(),
    }
}

/// The same, to be changed.
fn steps_mut<'j>(step: &'j mut Value, list: &str) -> Vec<&'j mut Value> {
    if step.get(list).is_some_and(Value::is_array) {
        return step[list].as_array_mut().into_iter().flatten().filter(|step| step.is_object()).collect();
    }
    Some(step).filter(|step| step.is_object()).into_iter().collect()
}
