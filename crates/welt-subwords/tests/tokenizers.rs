//! Tokenizers of every kind cut words as transformers cuts them, whichever of their files they are read from.
//! The tokenizers and their values come from `tests/golden/gen_tokenizers.py`.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use serde::Deserialize;
use welt_subwords::{Casing, CasingChoice, CasingSource, SubwordTokenizer, Windowing, Windows};

#[derive(Deserialize)]
struct Golden {
    special: Special,
    n_ids: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Special {
    pad: u32,
    unk: u32,
    cls: u32,
    sep: u32,
}

#[derive(Deserialize)]
struct Case {
    words: Vec<String>,
    ids: Vec<u32>,
    word_ids: Vec<Option<usize>>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn golden(name: &str) -> Golden {
    serde_json::from_slice(&fs::read(folder(name).join("words.json")).unwrap()).unwrap()
}

fn read(directory: &Path) -> SubwordTokenizer {
    SubwordTokenizer::from_directory(directory, CasingChoice::FromFiles).unwrap()
}

fn check_cases(tokenizer: &SubwordTokenizer, golden: &Golden, said: &str) {
    let special = tokenizer.special();
    let Special { pad, unk, cls, sep } = golden.special;
    assert_eq!((special.pad, special.unknown, special.start, special.separator), (pad, Some(unk), cls, sep), "{said}");
    assert_eq!(tokenizer.n_ids(), golden.n_ids, "{said}");
    let sentences: Vec<Vec<String>> = golden.cases.iter().map(|case| case.words.clone()).collect();
    let encodings = tokenizer.encode_all(&sentences).unwrap();
    for (case, encoding) in golden.cases.iter().zip(&encodings) {
        assert_eq!(&tokenizer.encode(&case.words).unwrap(), encoding);
        assert_eq!(encoding.ids, case.ids, "{said}: {:?}", case.words);
        assert_eq!(encoding.words, case.word_ids, "{said}: {:?}", case.words);
        // A word begins at the first sub-word that is its own, be it a mark of SentencePiece alone.
        let windows = Windows::of(std::slice::from_ref(encoding), Windowing::new(4096, 0).unwrap());
        let starts = windows.windows.iter().flat_map(|window| &window.words).map(|start| (start.word, start.position));
        let first = |word: usize| case.word_ids.iter().position(|each| *each == Some(word));
        let expected = (0..case.words.len()).filter_map(|word| Some((word, first(word)?)));
        assert!(starts.eq(expected), "{said}: {:?}", case.words);
    }
}

/// As it is read, and as it is read again where it was written, there without any file but those of transformers.
fn check(name: &str) {
    let (golden, tokenizer) = (golden(name), read(&folder(name)));
    assert!(golden.cases.len() >= 41);
    check_cases(&tokenizer, &golden, name);
    let written = tempfile::tempdir().unwrap();
    tokenizer.save(written.path(), 512).unwrap();
    check_cases(&read(written.path()), &golden, "written and read again");
    // All that is needed of it stands in its own file.
    fs::remove_file(written.path().join("tokenizer_config.json")).unwrap();
    fs::remove_file(written.path().join("special_tokens_map.json")).unwrap();
    check_cases(&read(written.path()), &golden, "without its configuration");
}

#[test]
fn byte_pairs_of_roberta() {
    check("roberta");
}

#[test]
fn byte_pairs_of_a_vocabulary_and_its_merges() {
    check("roberta_files");
}

#[test]
fn byte_pairs_of_modernbert() {
    check("modernbert");
}

#[test]
fn sentence_pieces_of_xlm_roberta() {
    check("xlm_roberta");
}

#[test]
fn sentence_pieces_of_deberta() {
    check("deberta");
}

/// DeBERTa's own checkpoints have this file alone; what the converter of transformers makes of it is another fixture.
#[test]
fn sentence_pieces_of_debertas_own_file() {
    let (golden, directory) = (golden("deberta"), tempfile::tempdir().unwrap());
    fs::copy(folder("deberta").join("spm.model"), directory.path().join("spm.model")).unwrap();
    check_cases(&read(directory.path()), &golden, "spm.model");
    // Older checkpoints list their mask beside it.
    fs::write(directory.path().join("added_tokens.json"), r#"{"[MASK]": 300}"#).unwrap();
    check_cases(&read(directory.path()), &golden, "spm.model and added_tokens.json");
    let written = tempfile::tempdir().unwrap();
    read(directory.path()).save(written.path(), 512).unwrap();
    check_cases(&read(written.path()), &golden, "written and read again");
    let config = r#"{"do_lower_case": true, "split_by_punct": true}"#;
    fs::write(directory.path().join("tokenizer_config.json"), config).unwrap();
    let lower = read(directory.path());
    assert!(lower.casing().lower_case);
    assert_eq!(lower.encode(&["RENAL"]).unwrap(), lower.encode(&["renal"]).unwrap());
}

#[test]
fn sentence_pieces_of_camembert() {
    check("camembert");
}

/// Some checkpoints have this file alone; what its ids are, another file tells.
#[test]
fn sentence_pieces_of_fairseqs_file() {
    let check = |name: &str, beside: &str, text: &str| {
        let (golden, directory) = (golden(name), tempfile::tempdir().unwrap());
        let file = "sentencepiece.bpe.model";
        fs::copy(folder("camembert").join(file), directory.path().join(file)).unwrap();
        fs::write(directory.path().join(beside), text).unwrap();
        check_cases(&read(directory.path()), &golden, text);
        let written = tempfile::tempdir().unwrap();
        read(directory.path()).save(written.path(), 512).unwrap();
        check_cases(&read(written.path()), &golden, "written and read again");
    };
    check("camembert", "config.json", r#"{"model_type": "camembert"}"#);
    check("camembert", "tokenizer_config.json", r#"{"tokenizer_class": "CamembertTokenizer"}"#);
    check("xlm_roberta", "config.json", r#"{"model_type": "xlm-roberta"}"#);
    check("xlm_roberta", "tokenizer_config.json", r#"{"tokenizer_class": "XLMRobertaTokenizerFast"}"#);
}

/// Tokens that were added to a vocabulary later, in the file of older releases and in that of newer ones.
#[test]
fn word_pieces_with_added_tokens() {
    check("bert_added");
    let directory = tempfile::tempdir().unwrap();
    fs::copy(folder("bert_added").join("vocab.txt"), directory.path().join("vocab.txt")).unwrap();
    let golden = golden("bert_added");
    let with = |decoder: serde_json::Value| {
        let config = serde_json::json!({"do_lower_case": true, "added_tokens_decoder": decoder});
        fs::write(directory.path().join("tokenizer_config.json"), config.to_string()).unwrap();
    };
    let first = golden.n_ids - 3;
    let id = |index: usize| (first + index).to_string();
    let added = |content: &str, special: bool| serde_json::json!({"content": content, "special": special, "normalized": !special});
    with(serde_json::json!({id(2): added("p53", false), id(1): added("[ENT]", true), id(0): added("Familial", false)}));
    check_cases(&read(directory.path()), &golden, "added_tokens_decoder");
    // An id that a token cannot come to have.
    with(serde_json::json!({id(7): added("p53", false)}));
    let refused = SubwordTokenizer::from_directory(directory.path(), CasingChoice::FromFiles).unwrap_err().to_string();
    let refused = refused.rsplit_once("vocab.txt: ").unwrap().1.to_owned();
    assert_eq!(
        refused,
        format!(
            "the token `p53` is added with the id {}, and beside the {first} entries of the vocabulary it has the id \
             {first}: expected that; fetch the files again, or make tokenizer.json of them with Python's transformers",
            first + 7
        )
    );
}

/// Published tokenizers are not ours to commit: the generator writes their values, in a folder that is named.
#[test]
fn published_tokenizers() {
    let Some(all) = std::env::var_os("WELT_TOKENIZERS").map(PathBuf::from) else {
        println!("skipped: WELT_TOKENIZERS names no folder with published tokenizers");
        return;
    };
    for entry in fs::read_dir(&all).unwrap() {
        let directory = entry.unwrap().path();
        let golden: Golden = serde_json::from_slice(&fs::read(directory.join("words.json")).unwrap()).unwrap();
        check_cases(&read(&directory), &golden, &directory.display().to_string());
        println!("{}: {} lists of words", directory.display(), golden.cases.len());
    }
}

/// Classes of transformers that do more than their files tell are none of those whose files look the same.
#[test]
fn refuses_classes_that_cut_in_other_ways() {
    for class in ["BertJapaneseTokenizer", "HerbertTokenizerFast"] {
        let directory = tempfile::tempdir().unwrap();
        fs::copy(folder("bert_added").join("vocab.txt"), directory.path().join("vocab.txt")).unwrap();
        fs::write(directory.path().join("tokenizer_config.json"), format!(r#"{{"tokenizer_class": "{class}"}}"#))
            .unwrap();
        let refused = SubwordTokenizer::from_directory(directory.path(), CasingChoice::FromFiles).unwrap_err();
        let expected = format!(
            "tokenizer_config.json: `tokenizer_class` is {class}, which cuts words in a way that its files do not tell: \
             expected tokenizer.json beside it; use another model"
        );
        assert!(refused.to_string().ends_with(&expected), "{refused}");
    }
}

/// The space before words is put there once, however often a file is read and written.
#[test]
fn byte_pairs_behind_another_cut_stay_as_they_are() {
    let text = fs::read_to_string(folder("roberta").join("tokenizer.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["pre_tokenizer"] = serde_json::json!({"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "[0-9]"}, "behavior": "Isolated", "invert": false},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
    ]});
    let mut directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("tokenizer.json"), json.to_string()).unwrap();
    let words = ["renal", "p53", "β2"];
    let first = read(directory.path()).encode(&words).unwrap();
    for _ in 0..2 {
        let written = tempfile::tempdir().unwrap();
        read(directory.path()).save(written.path(), 512).unwrap();
        directory = written;
        assert_eq!(read(directory.path()).encode(&words).unwrap(), first);
    }
}

#[test]
fn refuses_files_that_are_none_of_sentence_piece() {
    let check = |name: &str, bytes: &[u8]| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(name), bytes).unwrap();
        let error = SubwordTokenizer::from_directory(directory.path(), CasingChoice::FromFiles).unwrap_err();
        error.to_string().replace(&directory.path().display().to_string(), "model").replace('\\', "/") + "\n"
    };
    let whole = fs::read(folder("deberta").join("spm.model")).unwrap();
    // Whatever is cut off or overwritten, nothing panics.
    for length in (0..whole.len() - 16).step_by(41) {
        assert!(!check("spm.model", &whole[..length]).is_empty());
    }
    // A trainer_spec whose model_type is 2, and an empty one.
    let errors = [
        check("spm.model", b"version https://git-lfs"),
        check("spm.model", &[0x12, 0x02, 0x18, 0x02]),
        check("spm.model", &[]),
        check("sentencepiece.bpe.model", &whole),
        check("spiece.model", &whole),
    ];
    expect![[r#"
        model/spm.model: is not a model of SentencePiece that can be read: byte 0 begins no field; fetch the file again, or make tokenizer.json of it with Python's transformers
        model/spm.model: is not a model of SentencePiece that can be read: it ends before its settings; fetch the file again, or make tokenizer.json of it with Python's transformers
        model/spm.model: is not a model of SentencePiece that can be read: it ends before its settings; fetch the file again, or make tokenizer.json of it with Python's transformers
        model: holds no tokenizer but sentencepiece.bpe.model, whose entries have other ids in every architecture, and no file says which it is of: expected that of XLM-RoBERTa or CamemBERT, or tokenizer.json, which Python makes of it: transformers.AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)
        model: holds no tokenizer that is read, only spiece.model: expected tokenizer.json, vocab.txt, vocab.json with merges.txt, spm.model, or sentencepiece.bpe.model; copy it from where the model came from
    "#]].assert_eq(&errors.concat());
}

/// What a file says of spaces before words is changed, however it says it.
#[test]
fn every_word_begins_as_in_running_text() {
    let json = fs::read_to_string(folder("roberta").join("tokenizer.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = read(&folder("roberta")).encode(&["renal", "(", "failure's"]).unwrap();
    let check = |json: &serde_json::Value| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("tokenizer.json"), json.to_string()).unwrap();
        assert_eq!(read(directory.path()).encode(&["renal", "(", "failure's"]).unwrap(), expected);
    };
    let byte_level = |space: bool, regex: bool| serde_json::json!({"type": "ByteLevel", "add_prefix_space": space, "trim_offsets": true, "use_regex": regex});
    let pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    let split =
        serde_json::json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false});
    for pre_tokenizer in [
        byte_level(false, true),
        byte_level(true, true),
        serde_json::json!({"type": "Sequence", "pretokenizers": [byte_level(false, true)]}),
        serde_json::json!({"type": "Sequence", "pretokenizers": [split, byte_level(false, false)]}),
    ] {
        json["pre_tokenizer"] = pre_tokenizer;
        check(&json);
    }
    // The oldest files do not say what their model is.
    json["model"].as_object_mut().unwrap().remove("type");
    check(&json);
    let json = fs::read_to_string(folder("deberta").join("tokenizer.json")).unwrap();
    let expected = read(&folder("deberta")).encode(&["renal", "("]).unwrap();
    for scheme in ["never", "first"] {
        let directory = tempfile::tempdir().unwrap();
        let text = json.replace(r#""prepend_scheme": "always""#, &format!(r#""prepend_scheme": "{scheme}""#));
        assert_ne!(text, json);
        fs::write(directory.path().join("tokenizer.json"), text).unwrap();
        assert_eq!(read(directory.path()).encode(&["renal", "("]).unwrap(), expected, "{scheme}");
    }
}

#[test]
fn letters_stay_as_they_are_unless_the_file_says_otherwise() {
    let tokenizer = read(&folder("roberta"));
    let casing = Casing { lower_case: false, strip_accents: Some(false), split_chinese_characters: false };
    assert_eq!((tokenizer.casing(), tokenizer.casing_source()), (casing, CasingSource::TokenizerJson));
    let directory = tempfile::tempdir().unwrap();
    let mut json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder("roberta").join("tokenizer.json")).unwrap()).unwrap();
    json["normalizer"] = serde_json::json!({"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}]});
    fs::write(directory.path().join("tokenizer.json"), json.to_string()).unwrap();
    let lower = read(directory.path());
    assert!(lower.casing().lower_case && lower.casing().strip_accents == Some(true));
    assert_eq!(lower.encode(&["RÉNAL"]).unwrap(), tokenizer.encode(&["renal"]).unwrap());
    // A caller may know how a WordPiece vocabulary is cased; here the file decides.
    let choice = CasingChoice::WhereUnstated(Casing::UNCASED);
    let known = SubwordTokenizer::from_directory(&folder("roberta"), choice).unwrap();
    assert!(!known.casing().lower_case);
    let choice = CasingChoice::Explicit(Casing::UNCASED);
    let refused = SubwordTokenizer::from_directory(&folder("roberta"), choice).unwrap_err().to_string();
    let refused = refused.rsplit_once("tokenizer.json: ").unwrap().1.to_owned() + "\n";
    expect![[r#"
        `normalizer.type` is null, expected "BertNormalizer", which alone can be told how to case words; correct the file
    "#]]
    .assert_eq(&refused);
}

#[test]
fn refuses_a_vocabulary_that_is_none() {
    let check = |vocabulary: &str, merges: &str| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("vocab.json"), vocabulary).unwrap();
        fs::write(directory.path().join("merges.txt"), merges).unwrap();
        let error = SubwordTokenizer::from_directory(directory.path(), CasingChoice::FromFiles).unwrap_err();
        error.to_string().replace(&directory.path().display().to_string(), "model").replace('\\', "/") + "\n"
    };
    let entries = r#"{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "ab": 6}"#;
    let errors = [
        check("[]", ""),
        check(r#"{"<s>": 0}"#, ""),
        check(entries, "#version: 0.2\na b\nab\n"),
        check(entries, "#version: 0.2\na  b\n"),
        check(entries, "a c\n"),
        check(&entries.replace("\"<pad>\"", "\"[PAD]\""), "a b\n"),
    ];
    expect![[r#"
        model/vocab.json: is not JSON: invalid type: sequence, expected a map at line 1 column 0; fetch the file again
        model/vocab.json: the vocabulary of 1 entries does not hold the special token `</s>`, expected it; name the right vocabulary
        model/merges.txt: line 3: `ab`, expected two entries with a space between them; fetch the file again
        model/merges.txt: line 2: `a  b`, expected two entries with a space between them; fetch the file again
        model/vocab.json: cannot be used as a tokenizer: Token `c` out of vocabulary at line 1 column 786; fetch the file again
        model/vocab.json: the vocabulary of 7 entries does not hold the special token `<pad>`, expected it; name the right vocabulary
    "#]].assert_eq(&errors.concat());
}
