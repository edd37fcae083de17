//! What welt-data says that no encoder sees, beside the tokenizer itself: over all code points, and over texts.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::fs;

use proptest::prelude::*;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};
use welt_data::{Invisible, invisible, tokenize};
use welt_subwords::{Casing, CasingChoice, SubwordTokenizer};

fn tokenizer(casing: Casing) -> SubwordTokenizer {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vocab.txt");
    fs::write(&path, "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n").unwrap();
    SubwordTokenizer::from_file(&path, CasingChoice::Explicit(casing)).unwrap()
}

/// Which words give no sub-word.
fn silent(tokenizer: &SubwordTokenizer, words: &[String]) -> Vec<bool> {
    let encodings = tokenizer.encode_all(&words.iter().map(|word| vec![word.clone()]).collect::<Vec<_>>()).unwrap();
    encodings.iter().map(|encoding| encoding.ids.len() == 2).collect()
}

/// Every character outside of the long ranges of one kind, where every 61st and all around their ends are enough.
fn characters() -> Vec<char> {
    const LONG: [(u32, u32); 6] = [
        (0x3400, 0xa000),
        (0xac00, 0xd7a0),
        (0xe000, 0xf8ff),
        (0x1_7000, 0x1_8d00),
        (0x2_0000, 0xe_0000),
        (0xe_0200, 0x11_0000),
    ];
    let dense = |code: u32| !LONG.iter().any(|(first, last)| (first + 0x40..last - 0x40).contains(&code));
    let around = |code: u32| [0x9fff, 0x2a6df, 0x2ceaf, 0xf_fffd].iter().any(|end: &u32| end.abs_diff(code) < 4);
    ('\0'..=char::MAX)
        .filter(|one| dense(*one as u32) || around(*one as u32) || (*one as u32).is_multiple_of(61))
        .collect()
}

#[test]
fn every_character_is_seen_or_not_as_the_tokenizer_says() {
    let words: Vec<String> = characters().iter().map(char::to_string).collect();
    let (cased, uncased) = (silent(&tokenizer(Casing::CASED), &words), silent(&tokenizer(Casing::UNCASED), &words));
    let (mut newer_marks, mut older_marks) = (0, Vec::new());
    for ((word, cased), uncased) in words.iter().zip(cased).zip(uncased) {
        let said = invisible(word);
        assert_eq!(said == Some(Invisible::Always), cased, "{word:?}");
        // The tokenizers library has an older table of marks: it keeps those that later versions of Unicode brought, and takes out two that these call spacing.
        match (said, uncased) {
            (Some(Invisible::WithoutAccents), false) => newer_marks += 1,
            (None, true) => older_marks.push(word.as_str()),
            _ => {}
        }
    }
    assert!((1..600).contains(&newer_marks), "{newer_marks}");
    assert_eq!(older_marks, ["\u{1734}", "\u{1171e}"]);
}

/// The words that BERT's own tokenizer sees in a text, by their bytes in it.
fn words_of_bert(text: &str) -> Vec<(usize, usize)> {
    let mut normalized = NormalizedString::from(text);
    BertNormalizer::new(true, true, Some(false), false).normalize(&mut normalized).unwrap();
    let mut cut = PreTokenizedString::from(normalized);
    BertPreTokenizer.pre_tokenize(&mut cut).unwrap();
    let splits = cut.get_splits(OffsetReferential::Original, OffsetType::Byte);
    splits.into_iter().map(|(_, offsets, _)| offsets).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    /// A border of words within what BERT sees as one word stands beside a symbol; and no word holds two of BERT's.
    #[test]
    fn words_are_cut_as_bert_cuts_them(text in "([a-c5é病]|[\u{ad}\u{200b}\u{200d}\u{2060}\u{feff}\u{e000}\u{7f}\u{1}]|[\u{301}\u{338}\u{93f}\u{fe0f}]|[ \u{a0}\n().,-]|[°\u{2061}\u{fffd}😀]|\\PC){0,30}") {
        let words = tokenize(&text);
        let bert = words_of_bert(&text);
        let enclosed = |one: char| matches!(one, 'Ⓐ'..='ⓩ' | '\u{1f130}'..='\u{1f189}');
        let ideograph = |one: char| matches!(one, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}');
        let cuts = |one: char| "\u{ad}\u{2061}\u{2062}\u{2063}\u{2064}\u{fffd}".contains(one) || enclosed(one) || ideograph(one);
        let symbol = |one: char| cuts(one) || !one.is_alphanumeric() && invisible(&one.to_string()).is_none();
        for pair in words.windows(2).filter(|pair| pair[0].end == pair[1].start) {
            let border = pair[1].byte;
            let seen = invisible(pair[0].text).is_none() && invisible(pair[1].text).is_none();
            if seen && bert.iter().any(|(start, end)| *start < border && border < *end) {
                let (before, behind) = (pair[0].text.chars().next().unwrap(), pair[1].text.chars().next().unwrap());
                prop_assert!(symbol(before) || symbol(behind), "{:?} and {:?}", pair[0].text, pair[1].text);
            }
        }
        // Marks belong to the symbol that they stand on, which BERT takes for a word alone where it is punctuation.
        for word in words.iter().filter(|word| !word.text.starts_with(symbol)) {
            let within = bert.iter().filter(|(start, end)| *start < word.byte + word.text.len() && word.byte < *end);
            let seen: Vec<&str> = within.map(|(start, end)| &text[*start..*end]).filter(|part| invisible(part).is_none()).collect();
            prop_assert!(seen.len() <= 1, "{:?} is {seen:?}", word.text);
        }
    }
}
