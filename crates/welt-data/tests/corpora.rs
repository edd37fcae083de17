//! Real corpora: the counts of every file are those that were counted once by other means, and the words are those of the original texts.
//! The corpora are not part of the repository; where they are not found the tests pass and say so.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use welt_data::conll::{self, Separator, TagColumn};
use welt_data::{Statistics, tokenize};

fn datasets() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if !path.join("COUNTS.tsv").is_file() {
        eprintln!("skipped: no real corpora in {}", path.display());
        return None;
    }
    Some(path)
}

/// The columns of COUNTS.tsv that are about the file, by name.
fn counts(path: &Path) -> BTreeMap<&'static str, String> {
    let corpus = conll::read(path, TagColumn::Find).unwrap();
    let statistics = Statistics::of(&corpus.sentences);
    let layout = corpus.layout;
    let percent = |count| format!("{:.2}", 100.0 * statistics.share(count));
    BTreeMap::from([
        ("sentences", statistics.sentences.to_string()),
        ("tokens", statistics.tokens.to_string()),
        ("entities", statistics.entities.to_string()),
        ("O", statistics.outside.to_string()),
        ("B", statistics.begin.to_string()),
        ("I", statistics.inside.to_string()),
        ("pct_O", percent(statistics.outside)),
        ("pct_B", percent(statistics.begin)),
        ("pct_I", percent(statistics.inside)),
        ("tag_set", statistics.tag_set.join(",")),
        ("max_len", statistics.longest_sentence.to_string()),
        ("sents_over_128_tokens", statistics.long_sentences.to_string()),
        ("sents_with_entity", statistics.sentences_with_entity.to_string()),
        ("adjacent_B", statistics.adjacent_begin.to_string()),
        ("invalid_I", statistics.invalid_inside.to_string()),
        ("blank_lines", layout.blank_lines.to_string()),
        ("double_blank", layout.repeated_blank_lines.to_string()),
        ("crlf_lines", layout.crlf_lines.to_string()),
        ("ends_with_blank", if layout.ends_with_blank { "True" } else { "False" }.to_owned()),
    ])
}

#[test]
fn counts_are_those_counted_before() {
    let Some(datasets) = datasets() else { return };
    let table = fs::read_to_string(datasets.join("COUNTS.tsv")).unwrap();
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let rows: Vec<HashMap<&str, &str>> =
        lines.map(|line| header.iter().copied().zip(line.split('\t')).collect()).collect();
    assert!(rows.len() >= 40, "{} rows", rows.len());
    let compared: usize = rows
        .par_iter()
        .map(|row| {
            let counted = counts(&datasets.join(row["file"]));
            for (name, value) in &counted {
                assert_eq!(row[name], value, "{} {name}", row["file"]);
            }
            counted.len()
        })
        .sum();
    eprintln!("{compared} counts of {} files are equal", rows.len());
}

#[test]
fn the_tags_of_a_file_with_spaces_stand_in_its_second_column() {
    let Some(datasets) = datasets() else { return };
    let corpus = conll::read(&datasets.join("bc4chemd/huner-dev-1002-documents.conll"), TagColumn::Find).unwrap();
    assert_eq!((corpus.tag_column.number, corpus.layout.columns), (2, 3));
    assert_eq!(corpus.layout.separator, Separator::Space);
    let statistics = Statistics::of(&corpus.sentences);
    assert_eq!((statistics.sentences, statistics.tokens, statistics.entities), (8684, 243_083, 8366));
}

#[test]
fn what_is_written_of_a_corpus_is_the_corpus() {
    let Some(datasets) = datasets() else { return };
    for file in ["ncbi-disease/train.tsv", "bc4chemd/subset/train.tsv"] {
        let path = datasets.join(file);
        let mut written = Vec::new();
        conll::write(&mut written, &conll::read(&path, TagColumn::Find).unwrap().sentences).unwrap();
        assert!(written == fs::read(&path).unwrap(), "{file}");
    }
}

/// Title, one space, abstract: the words of all documents in the order of their identifiers as text.
fn words_of_pubtator(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let mut documents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, '|');
        if let (Some(id), Some("t" | "a"), Some(part)) = (parts.next(), parts.next(), parts.next()) {
            documents.entry(id).or_default().push(part);
        }
    }
    let words = |parts: Vec<&str>| -> Vec<String> {
        tokenize(&parts.join(" ")).iter().map(|word| word.text.to_owned()).collect()
    };
    documents.into_values().flat_map(words).collect()
}

#[test]
fn words_are_those_of_the_original_texts() {
    let Some(datasets) = datasets() else { return };
    let pairs = [
        ("ncbi-disease/originals/NCBIdevelopset_corpus.txt", "ncbi-disease/dev.tsv"),
        ("ncbi-disease/originals/NCBItestset_corpus.txt", "ncbi-disease/test.tsv"),
        ("bc5cdr-chemical/originals/CDR_DevelopmentSet.PubTator.txt", "bc5cdr-chemical/dev.tsv"),
        ("bc5cdr-chemical/originals/CDR_TrainingSet.PubTator.txt", "bc5cdr-chemical/train.tsv"),
    ];
    for (original, conll) in pairs {
        let corpus = conll::read(&datasets.join(conll), TagColumn::Find).unwrap();
        let expected: Vec<&String> = corpus.sentences.iter().flat_map(|sentence| &sentence.words).collect();
        let words = words_of_pubtator(&datasets.join(original));
        let differs = words.iter().zip(&expected).position(|(word, expected)| word != *expected);
        assert_eq!(differs.map(|at| (&words[at], expected[at])), None, "{conll}");
        assert_eq!(words.len(), expected.len(), "{conll}");
    }
}
