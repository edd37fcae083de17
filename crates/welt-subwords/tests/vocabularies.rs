//! Real vocabularies cut words as transformers' own WordPiece cuts them, which shares no code with ours.
//! The ids come from `scripts/vocabulary_pieces.py`; the vocabularies are not part of the repository, and where they are not found the test passes and says so.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::path::Path;

use serde::Deserialize;
use welt_subwords::{Casing, CasingChoice, CasingSource, SubwordTokenizer};

#[derive(Deserialize)]
struct Expected {
    words: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    vocabulary: String,
    lower_case: bool,
    strip_accents: Option<bool>,
    ids: Vec<Vec<u32>>,
}

#[test]
fn words_are_cut_as_the_reference_cuts_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vocabs");
    if !folder.exists() {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    }
    let expected: Expected = serde_json::from_str(include_str!("vocabularies.json")).unwrap();
    for case in &expected.cases {
        let casing =
            Casing { lower_case: case.lower_case, strip_accents: case.strip_accents, split_chinese_characters: true };
        let path = folder.join(&case.vocabulary);
        let tokenizer = SubwordTokenizer::from_file(&path, CasingChoice::Explicit(casing)).unwrap();
        let mut differences = Vec::new();
        let keeps_accents = !case.strip_accents.unwrap_or(case.lower_case);
        for (word, ids) in expected.words.iter().zip(&case.ids) {
            // The reference composes a letter and its accent first; transformers has not done so since its version 5.
            if keeps_accents && word == "e\u{301}tude" {
                continue;
            }
            let encoding = tokenizer.encode(std::slice::from_ref(word)).unwrap();
            let ours = &encoding.ids[1..encoding.ids.len() - 1];
            if ours != ids.as_slice() {
                differences.push(format!("{word:?}: {ours:?} instead of {ids:?}"));
            }
        }
        assert!(differences.is_empty(), "{} {casing:?}\n{}", case.vocabulary, differences.join("\n"));
        eprintln!("{} {casing:?}: {} words are cut alike", case.vocabulary, case.ids.len());
    }
}

/// What a caller knows of a model counts where its files are silent, and not where they speak.
#[test]
fn a_caller_is_believed_where_no_file_says_anything() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let read = |choice| {
        let tokenizer = SubwordTokenizer::from_directory(directory.path(), choice).unwrap();
        (tokenizer.casing().lower_case, tokenizer.casing_source())
    };
    let known = CasingChoice::WhereUnstated(Casing::UNCASED);
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nRenal\nRENAL\n");
    assert_eq!(read(CasingChoice::FromFiles), (false, CasingSource::Vocabulary));
    assert_eq!(read(known), (true, CasingSource::WhereUnstated));
    write("tokenizer_config.json", r#"{"model_max_length": 512}"#);
    assert_eq!(read(known), (true, CasingSource::WhereUnstated));
    write("tokenizer_config.json", r#"{"do_lower_case": false}"#);
    assert_eq!(read(known), (false, CasingSource::TokenizerConfig));
}
