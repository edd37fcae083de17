//! Makes a tokenizer of `sentencepiece.bpe.model`, which is all that some checkpoints of XLM-RoBERTa and CamemBERT have.
//! A file of SentencePiece goes in, the `tokenizer.json` that transformers makes of it comes out.
//!
//! Both were pre-trained with fairseq, which puts special tokens of its own before the entries of the file, so ids are not
//! those of the file, and they differ between the two.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::{SubwordError, TokenizerErrorKind, error};
use crate::sentence_piece::{Model, metaspace, precompiled};
use crate::tokenizer_config::{Config, SpecialNames};
use crate::tokenizer_json::special_token;

/// Whose ids the entries have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbering {
    XlmRoberta,
    Camembert,
}

/// The id of what cannot be spelled, in both.
const UNKNOWN: usize = 3;

impl Numbering {
    /// By the class of a tokenizer, or by the architecture of the model beside it.
    pub fn of(name: &str) -> Option<Self> {
        match name.strip_suffix("Fast").unwrap_or(name) {
            "XLMRobertaTokenizer" | "xlm-roberta" => Some(Self::XlmRoberta),
            "CamembertTokenizer" | "camembert" => Some(Self::Camembert),
            _ => None,
        }
    }

    /// The entries by their ids.
    fn vocabulary(self, model: &Model, names: &SpecialNames) -> Vec<(String, f32)> {
        let unknown = names.unknown.as_deref().unwrap_or("<unk>");
        let own: &[(&str, f32)] = match self {
            Self::XlmRoberta => &[(&names.start, 0.0), (&names.pad, 0.0), (&names.separator, 0.0), (unknown, 0.0)],
            // The file's own entry for what it cannot spell is made so unlikely that it is never taken.
            Self::Camembert => &[
                ("<s>NOTUSED", 0.0),
                (&names.pad, 0.0),
                ("</s>NOTUSED", 0.0),
                (unknown, 0.0),
                ("<unk>NOTUSED", -100.0),
            ],
        };
        // The file begins with `<unk>`, `<s>` and `</s>`, of which CamemBERT takes the last two as they are.
        let replaced = if self == Self::XlmRoberta { 3 } else { 1 };
        let own = own.iter().map(|(name, score)| ((*name).to_owned(), *score));
        let entries = model.vocabulary.iter().skip(replaced).cloned();
        own.chain(entries).chain([(names.mask.clone(), 0.0)]).collect()
    }
}

/// The tokenizer of a file, numbered as `numbering` has it.
pub(crate) fn read(path: &Path, bytes: &[u8], numbering: Numbering, config: &Config) -> Result<Value, SubwordError> {
    let refuse = |reason: String| error(path, TokenizerErrorKind::NotSentencePiece { reason });
    let model = Model::read(bytes).map_err(refuse)?;
    let names = config.names(SpecialNames::of_roberta())?;
    let vocabulary = numbering.vocabulary(&model, &names);
    let id = |name: &String| {
        let kind = || TokenizerErrorKind::NoSpecialToken { token: name.clone(), size: vocabulary.len() };
        vocabulary.iter().position(|(entry, _)| entry == name).ok_or_else(|| error(path, kind()))
    };
    let mut special = Vec::new();
    for name in [&names.start, &names.pad, &names.separator, &names.mask].into_iter().chain(&names.unknown) {
        special.push((id(name)?, name));
    }
    special.sort_unstable();
    special.dedup();
    let takes_space = |name: &String| numbering == Numbering::Camembert && *name == names.mask;
    let added = special.iter().map(|(id, name)| special_token(&json!(id), name, takes_space(name)));
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": precompiled(path, &model)?,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace()]},
        // That of RoBERTa, whose pairs have two separators between them.
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": [names.separator, id(&names.separator)?],
            "cls": [names.start, id(&names.start)?],
            "trim_offsets": false,
            "add_prefix_space": true,
        },
        "decoder": metaspace(),
        "model": {"type": "Unigram", "unk_id": UNKNOWN, "byte_fallback": false, "vocab": vocabulary},
    }))
}
