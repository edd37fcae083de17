//! A very small BERT for the sample: its configuration and its WordPiece vocabulary.
//! Training words and word pieces go in, texts of files come out; there are no weights, it is trained from scratch.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

/// A word that occurs this often in the training split is an entry of its own.
///
/// With a lower number the encoder learns names by heart, and knows no pieces when an unseen word comes.
const FREQUENT: usize = 15;

const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Special tokens, single characters, pieces and frequent words, each one once; the place in the list is the id.
///
/// Whatever is written in letters and digits can be split into these, so `[UNK]` never stands for a word of the sample.
pub fn vocabulary<'a>(words: impl Iterator<Item = &'a str>, pieces: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    let mut characters: BTreeSet<char> = ('a'..='z').chain('0'..='9').collect();
    characters.extend(counts.keys().flat_map(|word| word.chars()));
    let pieces: BTreeSet<String> = pieces.iter().map(|piece| piece.to_lowercase()).collect();
    let mut frequent: Vec<(&String, usize)> =
        counts.iter().filter(|&(_, &count)| count >= FREQUENT).map(|(word, &count)| (word, count)).collect();
    frequent.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)));

    let mut entries: Vec<String> = SPECIAL.map(str::to_owned).to_vec();
    entries.extend(characters.iter().map(char::to_string));
    entries.extend(characters.iter().filter(|letter| letter.is_alphanumeric()).map(|letter| format!("##{letter}")));
    entries.extend(pieces.iter().cloned());
    entries.extend(pieces.iter().map(|piece| format!("##{piece}")));
    entries.extend(frequent.into_iter().map(|(word, _)| word.clone()));
    let mut seen = BTreeSet::new();
    entries.retain(|entry| seen.insert(entry.clone()));
    entries
}

/// `config.json`, with the names that Python's transformers reads.
pub fn config(vocabulary_size: usize) -> String {
    pretty(&json!({
        "architectures": ["BertModel"],
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": 64,
        "initializer_range": 0.02,
        "intermediate_size": 256,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 128,
        "model_type": "bert",
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "pad_token_id": 0,
        "type_vocab_size": 2,
        "vocab_size": vocabulary_size,
    }))
}

/// `tokenizer_config.json`: lower-casing is said, not guessed.
pub fn tokenizer_config() -> String {
    pretty(&json!({
        "cls_token": "[CLS]",
        "do_lower_case": true,
        "mask_token": "[MASK]",
        "model_max_length": 128,
        "pad_token": "[PAD]",
        "sep_token": "[SEP]",
        "tokenizer_class": "BertTokenizer",
        "unk_token": "[UNK]",
    }))
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_words_are_entries_and_pieces_come_in_both_forms() {
        let words = std::iter::repeat_n("rare", FREQUENT - 1).chain(["Rare", "seldom", "."]);
        let vocabulary = vocabulary(words, &["Ald".to_owned()]);
        let has = |entry: &str| vocabulary.iter().any(|known| known == entry);
        assert_eq!(vocabulary[..5], SPECIAL);
        assert!(has("rare") && has("ald") && has("##ald") && has("s") && has("##m") && has("."));
        assert!(!has("seldom") && !has("##.") && !has("Rare"));
    }
}
