//! Sub-words: equal to what Python's transformers gave, however the vocabulary is read, and files that are refused.
//! The real tokenizers are not part of the repository; where they are not found the tests pass and say so.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use serde::Deserialize;
use welt_data::conll::{self, TagColumn};
use welt_subwords::{Casing, CasingChoice, CasingSource, Encoding, SubwordTokenizer, Windowing, Windows};

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !path.exists() {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

fn minilm() -> Option<PathBuf> {
    let directory = std::env::var_os("WELT_MINILM").map(PathBuf::from);
    if directory.is_none() {
        eprintln!("skipped: WELT_MINILM does not name the folder of all-MiniLM-L6-v2");
    }
    directory
}

#[derive(Deserialize)]
struct Alignment {
    label2id: std::collections::HashMap<String, i64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    words: Vec<String>,
    tags: Vec<String>,
    max_length_32: Expected,
    max_length_128: Expected,
}

#[derive(Deserialize)]
struct Expected {
    input_ids: Vec<u32>,
    tokens: Vec<String>,
    word_ids: Vec<Option<usize>>,
    labels: Vec<i64>,
}

/// The reference cuts a sentence off: the first `max_length - 1` sub-words, then `[SEP]`.
fn truncated(encoding: &Encoding, max_length: usize) -> Encoding {
    let mut encoding = encoding.clone();
    if encoding.ids.len() > max_length {
        let separator = encoding.ids[encoding.ids.len() - 1];
        encoding.ids.truncate(max_length - 1);
        encoding.words.truncate(max_length - 1);
        encoding.ids.push(separator);
        encoding.words.push(None);
    }
    encoding
}

fn check_alignment(tokenizer: &SubwordTokenizer, alignment: &Alignment) -> usize {
    let sentences: Vec<Vec<String>> = alignment.cases.iter().map(|case| case.words.clone()).collect();
    let encodings = tokenizer.encode_all(&sentences).unwrap();
    let mut equal = 0;
    for (case, encoding) in alignment.cases.iter().zip(&encodings) {
        assert_eq!(&tokenizer.encode(&case.words).unwrap(), encoding);
        for (expected, max_length) in [(&case.max_length_32, 32), (&case.max_length_128, 128)] {
            let encoding = truncated(encoding, max_length);
            assert_eq!(encoding.ids, expected.input_ids);
            assert_eq!(tokenizer.tokens(&encoding.ids), expected.tokens);
            assert_eq!(encoding.words, expected.word_ids);
            let mut previous = None;
            let label = |word: &Option<usize>| {
                let first = *word != previous;
                previous = *word;
                word.filter(|_| first).map_or(-100, |word| alignment.label2id[&case.tags[word]])
            };
            assert_eq!(encoding.words.iter().map(label).collect::<Vec<_>>(), expected.labels);
            equal += 1;
        }
        // The reference's labelled positions are the word starts of a window that is not cut.
        let windows = Windows::of(std::slice::from_ref(encoding), Windowing::new(512, 0).unwrap());
        let starts = windows.windows.iter().flat_map(|window| &window.words).take_while(|start| start.position < 127);
        let labelled = case.max_length_128.labels.iter().enumerate().filter(|(_, label)| **label != -100);
        assert!(starts.map(|start| start.position).eq(labelled.map(|(position, _)| position)));
    }
    equal
}

#[test]
fn sub_words_are_those_of_the_python_library() {
    let Some(directory) = minilm() else { return };
    let alignment = include_str!("../../welt-models/tests/golden/parity/tokenizer/alignment.json");
    let alignment: Alignment = serde_json::from_str(alignment).unwrap();
    let of_json = SubwordTokenizer::from_directory(&directory, CasingChoice::FromFiles).unwrap();
    let of_text = SubwordTokenizer::from_file(&directory.join("vocab.txt"), CasingChoice::FromFiles).unwrap();
    assert_eq!(of_json.casing_source(), CasingSource::TokenizerConfig);
    assert_eq!((of_text.casing(), of_text.casing_source()), (Casing::UNCASED, CasingSource::Vocabulary));
    assert_eq!((of_json.n_ids(), of_json.special()), (30_522, of_text.special()));
    for (name, tokenizer) in [("tokenizer.json", &of_json), ("vocab.txt", &of_text)] {
        let equal = check_alignment(tokenizer, &alignment);
        eprintln!("{equal} encodings from {name} are equal");
        assert_eq!(equal, 60);
    }
}

#[test]
fn a_saved_tokenizer_is_the_same() {
    let Some(vocabularies) = shared("vocabs") else { return };
    let directory = tempfile::tempdir().unwrap();
    let words = ["Ménière", "TP53", "β-catenin", "NADPH", "Sjögren's", "\u{200b}", "病", "[SEP]"];
    for name in ["biobert.txt", "scibert_uncased.txt", "pubmedbert_fulltext.tokenizer.json"] {
        let tokenizer = SubwordTokenizer::from_file(&vocabularies.join(name), CasingChoice::FromFiles).unwrap();
        tokenizer.save(directory.path(), 512).unwrap();
        let of_json = SubwordTokenizer::from_directory(directory.path(), CasingChoice::FromFiles).unwrap();
        fs::remove_file(directory.path().join("tokenizer.json")).unwrap();
        let of_text = SubwordTokenizer::from_directory(directory.path(), CasingChoice::FromFiles).unwrap();
        for saved in [of_json, of_text] {
            assert_eq!(saved.encode(&words).unwrap(), tokenizer.encode(&words).unwrap(), "{name}");
            assert_eq!((saved.casing(), saved.special()), (tokenizer.casing(), tokenizer.special()), "{name}");
        }
    }
}

#[test]
fn a_vocabulary_tells_its_casing_and_its_special_tokens() {
    let Some(vocabularies) = shared("vocabs") else { return };
    let check = |name: &str, casing: Casing, special: [u32; 4], n_ids: usize| {
        let tokenizer = SubwordTokenizer::from_file(&vocabularies.join(name), CasingChoice::FromFiles).unwrap();
        let found = tokenizer.special();
        assert_eq!(tokenizer.casing(), casing, "{name}");
        assert_eq!([found.pad, found.unknown.unwrap(), found.start, found.separator], special, "{name}");
        assert_eq!(tokenizer.n_ids(), n_ids, "{name}");
    };
    check("bert_uncased.txt", Casing::UNCASED, [0, 100, 101, 102], 30_522);
    check("biobert.txt", Casing::CASED, [0, 100, 101, 102], 28_996);
    check("pubmedbert_fulltext.txt", Casing::UNCASED, [0, 1, 2, 3], 30_522);
    check("pubmedbert_fulltext.tokenizer.json", Casing::UNCASED, [0, 1, 2, 3], 30_522);
    check("scibert_uncased.txt", Casing::UNCASED, [0, 101, 102, 103], 31_090);
}

#[test]
fn a_vocabulary_and_a_tokenizer_file_agree_on_a_corpus() {
    let (Some(vocabularies), Some(datasets)) = (shared("vocabs"), shared("datasets")) else { return };
    let of = |name: &str| SubwordTokenizer::from_file(&vocabularies.join(name), CasingChoice::FromFiles).unwrap();
    let (of_text, of_json) = (of("pubmedbert_fulltext.txt"), of("pubmedbert_fulltext.tokenizer.json"));
    for file in ["ncbi-disease/train.tsv", "bc4chemd/subset/test.tsv"] {
        let corpus = conll::read(&datasets.join(file), TagColumn::Find).unwrap();
        let encodings = of_text.encode_all(&corpus.sentences).unwrap();
        assert_eq!(encodings, of_json.encode_all(&corpus.sentences).unwrap());
        let one_by_one = corpus.sentences.iter().take(300).map(|sentence| of_text.encode(&sentence.words).unwrap());
        assert!(one_by_one.eq(encodings.iter().take(300).cloned()), "{file}");
        eprintln!("{file}: {} sentences are cut alike", encodings.len());
    }
}

fn refused(files: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let error = SubwordTokenizer::from_directory(directory.path(), CasingChoice::FromFiles).unwrap_err();
    error.to_string().replace(&directory.path().display().to_string(), "model").replace('\\', "/") + "\n"
}

#[test]
fn refuses_what_is_no_tokenizer() {
    let json = |text: &str| refused(&[("tokenizer.json", text)]);
    let text = |text| refused(&[("vocab.txt", text), ("tokenizer_config.json", r#"{"do_lower_case": "no"}"#)]);
    let errors = [
        refused(&[]),
        refused(&[("vocab.txt", "[PAD]\n[UNK]\n[CLS]\nwords\n")]),
        refused(&[("vocab.txt", "")]),
        text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n"),
        json("{"),
        json(r#"{"model": {"type": "BPE"}}"#),
    ];
    expect![[r#"
        model: holds no tokenizer: expected tokenizer.json, vocab.txt, vocab.json with merges.txt, spm.model, or sentencepiece.bpe.model; copy it from where the model came from
        model/vocab.txt: the vocabulary of 4 entries does not hold the special token `[SEP]`, expected it; name the right vocabulary
        model/vocab.txt: the vocabulary of 1 entries does not hold the special token `[CLS]`, expected it; name the right vocabulary
        model/tokenizer_config.json: `do_lower_case` is "no", expected true or false; correct the file
        model/tokenizer.json: is not JSON: EOF while parsing an object at line 1 column 1; fetch the file again
        model/tokenizer.json: cannot be used as a tokenizer: Missing vocab/merges at line 1 column 23; fetch the file again
    "#]]
    .assert_eq(&errors.concat());
    // Which of the missing fields is named is left to chance.
    for normalizer in ["null", r#"{"type": "BertNormalizer"}"#] {
        let broken = json(&format!(r#"{{"model": {{"type": "WordPiece"}}, "normalizer": {normalizer}}}"#));
        assert!(broken.starts_with("model/tokenizer.json: cannot be used as a tokenizer: missing field"), "{broken}");
    }
}

#[test]
fn the_configuration_tells_casing_and_names() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("vocab.txt"), "<p>\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nRenal\r\nrenal\r\n").unwrap();
    let config = r#"{"do_lower_case": false, "pad_token": {"content": "<p>"}, "model_max_length": 512}"#;
    fs::write(directory.path().join("tokenizer_config.json"), config).unwrap();
    let tokenizer = SubwordTokenizer::from_directory(directory.path(), CasingChoice::FromFiles).unwrap();
    assert_eq!(tokenizer.casing_source(), CasingSource::TokenizerConfig);
    assert_eq!(tokenizer.encode(&["Renal"]).unwrap().ids, [2, 4, 3]);
    let choice = CasingChoice::Explicit(Casing::UNCASED);
    let tokenizer = SubwordTokenizer::from_directory(directory.path(), choice).unwrap();
    assert_eq!(tokenizer.encode(&["Renal"]).unwrap().ids, [2, 5, 3]);
}
