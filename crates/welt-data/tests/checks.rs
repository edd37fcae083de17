//! Checks: what is found in small corpora, in which words and in which order, and what is found in real ones.
//! The real corpora are not part of the repository; where they are not found the tests pass and say so.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::path::Path;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use welt_data::checks::{CheckOptions, Finding, FindingKind, SchemeChoice, Split, check};
use welt_data::conll::{self, TagColumn};
use welt_data::{Corpus, Document, Mention, Passage, Sentence};
use welt_tags::{Scheme, Tag};

const OPTIONS: CheckOptions =
    CheckOptions { scheme: SchemeChoice::Detect, least_words: 1, least_mentions: 1, longest_entity: 3, listed: 3 };

/// A corpus of `word/tag` texts, one sentence a line; the file has each sentence on a line of its own.
fn corpus(name: &str, text: &str) -> Corpus {
    let mut rows = String::new();
    for line in text.lines() {
        for pair in line.split_whitespace() {
            rows += &pair.replace('/', "\t");
            rows += "\n";
        }
        rows += "\n";
    }
    conll::parse(Path::new(name), rows.as_bytes(), TagColumn::Find).unwrap()
}

fn show(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

fn check_splits(splits: &[&str], options: &CheckOptions, expected: &Expect) {
    let names = ["train", "dev", "test"];
    let corpora: Vec<Corpus> = splits.iter().zip(names).map(|(text, name)| corpus(name, text)).collect();
    let splits: Vec<(&str, &Corpus)> = names.into_iter().zip(&corpora).collect();
    expected.assert_eq(&show(&check(&splits, options).unwrap()));
}

#[test]
fn a_clean_corpus_has_no_findings() {
    check_splits(&[], &OPTIONS, &expect![[""]]);
    check_splits(&["gout/B-X is/O bad/O", "ataxia/B-X too/O", "no/O flu/B-X at/I-X all/O"], &OPTIONS, &expect![[""]]);
}

#[test]
fn broken_tags_are_found_in_every_scheme() {
    check_splits(
        &["a/I-X b/O\nc/B-X d/I-Y\ne/B-X f/I-X\ng/B-X"],
        &OPTIONS,
        &expect![[r#"
        train:1: error: `I-X` at the start of a sentence breaks IOB2 (invalid-transition)
        train:5: error: `I-Y` after `B-X` breaks IOB2 (invalid-transition)
    "#]],
    );
    check_splits(
        &["a/B-X b/O\nc/S-X d/I-X e/E-X\nf/B-X"],
        &OPTIONS,
        &expect![[r#"
        train:2: error: `O` after `B-X` breaks IOBES (invalid-transition)
        train:5: error: `I-X` after `S-X` breaks IOBES (invalid-transition)
        train:8: error: `B-X` at the end of a sentence breaks IOBES (invalid-transition)
    "#]],
    );
    check_splits(
        &["a/I-X b/B-X c/O\nd/I-X e/I-X\nf/O g/I-Y\nh/B-Y"],
        &OPTIONS,
        &expect![[r#"
        train:11: error: `B-Y` at the start of a sentence breaks IOB1 (invalid-transition)
    "#]],
    );
    check_splits(
        &["a/U-X b/L-X\nc/B-X d/L-X"],
        &OPTIONS,
        &expect![[r#"
        train:2: error: `L-X` after `U-X` breaks BILOU (invalid-transition)
    "#]],
    );
    let given = CheckOptions { scheme: SchemeChoice::Given(Scheme::Iob2), ..OPTIONS };
    check_splits(
        &["a/S-X b/I-X\nc/B-X d/I-X", "e/O f/E-X"],
        &given,
        &expect![[r#"
        train:1: error: `S-X` is no tag of IOB2 (foreign-tag)
        dev:2: error: `E-X` is no tag of IOB2 (foreign-tag)
    "#]],
    );
}

#[test]
fn mixtures_are_found() {
    check_splits(
        &["a/B-X b/I-X c/L-X\nd/B-X e/E-X", "f/B-X g/I-X", "h/S-X i/O"],
        &OPTIONS,
        &expect![[r#"
        train:6: error: no scheme has all the prefixes that occur up to here: B 2, E 1, I 1, L 1 (mixed-schemes)
        test:1: warning: the tags read as IOBES, but as IOB2 in split `dev` (mixed-schemes)
    "#]],
    );
    check_splits(
        &["a/B-X b/O\nc/B d/O\ne/I"],
        &OPTIONS,
        &expect![[r#"
            train:7: error: `I` at the start of a sentence breaks IOB2 (invalid-transition)
            train:4: warning: bare tags stand beside tags with a type (words: 2 and 1) (bare-tags)
        "#]],
    );
    check_splits(
        &["a/B-disease b/O\nc/B-Disease", "d/B-Gene e/B-Disease", "f/B-disease"],
        &OPTIONS,
        &expect![[r#"
            train:4: warning: types differ in letter case only: `Disease` 2, `disease` 2 (type-case)
            dev:1: warning: the type `Gene` occurs in no other split (entities: 1) (type-in-one-split)
        "#]],
    );
}

#[test]
fn sentences_are_found_again() {
    let train = "a/B-X b/O\nc/O\na/B-X b/O\na/O b/O\nd/B-X d/I-X\nc/O";
    check_splits(
        &[train, "a/O b/O\ne/B-X\ne/B-X", "a/B-X b/O\nc/O\nf/B-X"],
        &OPTIONS,
        &expect![[r#"
            train:6: note: the sentence stands on line 1 already, with the same entities (repeated-sentence)
            train:9: warning: the sentence stands on line 1 already, with other entities (repeated-sentence)
            train:15: note: the sentence stands on line 4 already, with the same entities (repeated-sentence)
            dev:6: note: the sentence stands on line 4 already, with the same entities (repeated-sentence)
            dev:1: warning: the sentence stands in split `train` too, train:1, with other entities (shared-sentence)
            test:1: warning: the sentence stands in split `train` too, train:1, with the same entities (shared-sentence)
            test:1: warning: the sentence stands in split `dev` too, dev:1, with other entities (shared-sentence)
            test:4: warning: the sentence stands in split `train` too, train:4, with the same entities (shared-sentence)
            train:1: note: `a` is not always the same: `X` 3, untagged 2 (inconsistent-mention)
        "#]],
    );
    check_splits(
        &[train, "a/O b/O\ne/B-X", "c/O\nf/B-X"],
        &CheckOptions { least_words: 2, ..OPTIONS },
        &expect![[r#"
            train:6: note: the sentence stands on line 1 already, with the same entities (repeated-sentence)
            train:9: warning: the sentence stands on line 1 already, with other entities (repeated-sentence)
            dev:1: warning: the sentence stands in split `train` too, train:1, with other entities (shared-sentence)
            train:1: note: `a` is not always the same: `X` 2, untagged 2 (inconsistent-mention)
        "#]],
    );
}

#[test]
fn mentions_are_found_where_they_are_not_tagged() {
    let train = "gout/B-X\nbad/O gout/O\nlung/B-X cancer/I-X\nflu/B-X now/O\nflu/B-X";
    let options = CheckOptions { least_mentions: 2, ..OPTIONS };
    check_splits(
        &[train, "the/O flu/O\nlung/O cancer/O again/O\nflu/B-X too/O", "lung/B-Y"],
        &OPTIONS,
        &expect![[r#"
            test:1: warning: the type `Y` occurs in no other split (entities: 1) (type-in-one-split)
            train:9: note: `flu` is not always the same: `X` 3, untagged 1 (inconsistent-mention)
            train:1: note: `gout` is not always the same: `X` 1, untagged 1 (inconsistent-mention)
            train:6: note: `lung cancer` is not always the same: `X` 1, untagged 1 (inconsistent-mention)
            test:1: note: `lung` is not always the same: `Y` 1, untagged 1 (inconsistent-mention)
        "#]],
    );
    check_splits(
        &[train, "the/O flu/O\nlung/O cancer/O again/O\ngout/B-Y too/O"],
        &options,
        &expect![[r#"
            train:1: warning: the type `X` occurs in no other split (entities: 4) (type-in-one-split)
            dev:8: warning: the type `Y` occurs in no other split (entities: 1) (type-in-one-split)
            train:1: note: `gout` is not always the same: `X` 1, `Y` 1, untagged 1 (inconsistent-mention)
            train:9: note: `flu` is not always the same: `X` 2, untagged 1 (inconsistent-mention)
        "#]],
    );
}

#[test]
fn odd_content_is_found() {
    check_splits(
        &["a\u{7f}/B-X b/I-X c/I-X d/I-X\nnew\u{fffd}/O", "a/O b/O\nc\u{fdd0}/O"],
        &OPTIONS,
        &expect![[r#"
        dev:1: warning: all 3 words are tagged O: the split has no entity (only-outside)
        train:1: warning: an entity of type `X` has 4 words: a b c d ... (long-entity)
        train:1: warning: the word `a\u{7f}` holds U+007F (odd-character)
        train:6: warning: the word `new�` holds U+FFFD (odd-character)
        dev:4: warning: the word `c\u{fdd0}` holds U+FDD0 (odd-character)
    "#]],
    );
}

#[test]
fn words_that_encoders_do_not_see_are_found() {
    check_splits(
        &["lung/B-X \u{ad}\u{200b}/I-X cancer/I-X\n\u{301}/O \u{f8ff}P/O e\u{301}/O", "a/B-X"],
        &OPTIONS,
        &expect![[r#"
            train:2: warning: encoders do not see the word U+00AD U+200B: it is not learnt, and tagged as the entity around goes on (unseen-word)
            train:5: note: encoders without accents do not see the word U+0301: it is not learnt, and tagged as the entity around goes on (unseen-word)
        "#]],
    );
}

#[test]
fn no_more_is_listed_than_asked_for() {
    let text = "a/B-X\n".repeat(8);
    check_splits(
        &[&text, &text],
        &CheckOptions { listed: 1, ..OPTIONS },
        &expect![[r#"
            train:3: note: the sentence stands on line 1 already, with the same entities (repeated-sentence)
            train:1: note: findings in this split: 7, of which listed: 1 (repeated-sentence)
            dev:3: note: the sentence stands on line 1 already, with the same entities (repeated-sentence)
            dev:1: note: findings in this split: 7, of which listed: 1 (repeated-sentence)
            dev:1: warning: the sentence stands in split `train` too, train:1, with the same entities (shared-sentence)
            dev:1: warning: findings in this split: 8, of which listed: 1 (shared-sentence)
        "#]],
    );
    check_splits(
        &[&text],
        &CheckOptions { listed: 0, ..OPTIONS },
        &expect![[r#"
            train:1: note: findings in this split: 7, of which listed: 0 (repeated-sentence)
        "#]],
    );
}

/// A document with a mention of one type at each of some offsets.
fn document(id: &str, passages: &[(usize, &str)], mentions: &[(&str, std::ops::Range<usize>)]) -> Document {
    let passage =
        |(offset, text): &(usize, &str)| Passage { kind: String::new(), offset: *offset, text: (*text).into() };
    Document {
        id: id.to_owned(),
        passages: passages.iter().map(passage).collect(),
        mentions: mentions.iter().map(|(name, characters)| Mention::new(name, characters.clone())).collect(),
        sentences: None,
    }
}

#[test]
fn documents_are_held_against_each_other() {
    let documents = [
        document("a", &[(0, "No gout."), (9, "No flu.")], &[("D", 3..7)]),
        document("a", &[(0, "No gout. No flu.")], &[("D", 3..7)]),
        document("a", &[(0, "No gout.")], &[("D", 3..6)]),
        document("a", &[(0, "No gout."), (9, "No flu.")], &[]),
        document("b\n\u{1b}[31m", &[(0, "Gout.")], &[("D\n", 8..9)]),
    ];
    // Words in another scheme than the one that is asked for: whoever reads documents chooses their tags.
    let sentences = corpus("a", "gout/B-D\n").sentences;
    let split =
        Split { name: "a", path: Path::new("a.jsonl"), sentences: &sentences, positions: &[], documents: &documents };
    let options = CheckOptions { scheme: SchemeChoice::Given(Scheme::Iobes), ..OPTIONS };
    expect![[r#"
        a.jsonl: document a, character 0: warning: document 1 of the split has this id already, with the same text and with the same entities (repeated-document)
        a.jsonl: document a, character 0: warning: document 1 of the split has this id already, with another text and with other entities (repeated-document)
        a.jsonl: document a, character 0: warning: document 1 of the split has this id already, with the same text and with other entities (repeated-document)
        a.jsonl: document b\n\u{1b}[31m, character 8: error: b\n\u{1b}[31m 8..9 (D\n): the mention lies outside of the text (misplaced-mention)
    "#]]
    .assert_eq(&show(&check(&[split], &options).unwrap()));
}

#[test]
fn findings_are_json_with_their_check() {
    let broken = corpus("train", "a/I-X\nb/B-X");
    let findings = check(&[("train", &broken)], &OPTIONS).unwrap();
    expect![[r#"{"split":"train","location":{"path":"train","line":1},"finding":"invalid-transition","before":null,"tag":"I-X","scheme":"IOB2"}"#]].assert_eq(&serde_json::to_string(&findings[0]).unwrap());
}

#[test]
fn real_corpora_have_these_findings() {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if !datasets.join("COUNTS.tsv").is_file() {
        eprintln!("skipped: no real corpora in {}", datasets.display());
        return;
    }
    let read = |file: &str| conll::read(&datasets.join(file), TagColumn::Find).unwrap();
    let names = ["train", "dev", "test"];
    let count = |files: [&str; 3]| {
        let corpora = files.map(read);
        let splits: Vec<(&str, &Corpus)> = names.into_iter().zip(&corpora).collect();
        let options = CheckOptions { least_mentions: 2, longest_entity: 15, listed: usize::MAX, ..OPTIONS };
        let mut counts = std::collections::BTreeMap::new();
        for finding in check(&splits, &options).unwrap() {
            *counts.entry(format!("{} {}", finding.kind.check(), finding.kind.severity())).or_insert(0) += 1;
        }
        counts.into_iter().map(|(name, count)| format!("{name} {count}\n")).collect::<String>()
    };
    let ncbi = count(["ncbi-disease/train.tsv", "ncbi-disease/dev.tsv", "ncbi-disease/test.tsv"]);
    expect![[r#"
        inconsistent-mention note 60
        long-entity warning 4
        repeated-sentence note 34
        repeated-sentence warning 1
        shared-sentence warning 7
    "#]]
    .assert_eq(&ncbi);
    // IOBES in training and IOB2 beside it, a bare dev split, and a split that is also in training.
    let mixed =
        count(["ncbi-disease/alt/mtl-iobes/devel.tsv", "ncbi-disease/alt/biobert/devel.tsv", "ncbi-disease/dev.tsv"]);
    expect![[r#"
        inconsistent-mention note 363
        mixed-schemes warning 2
        shared-sentence warning 2769
        type-in-one-split warning 1
    "#]]
    .assert_eq(&mixed);
}

fn any_sentence() -> impl Strategy<Value = Sentence> {
    let words = proptest::collection::vec("[ab\u{1}]{0,2}", 0..6);
    let tag = proptest::sample::select(vec!["O", "B-X", "I-X", "E-X", "S-x", "L", "U-Y", "B--", "I"]);
    let tags = proptest::collection::vec(tag.prop_map(|tag| tag.parse::<Tag>().unwrap()), 0..6);
    (words, tags, any::<usize>().prop_map(|line| line / 2), 0_usize..3)
        .prop_map(|(words, tags, line_number, document)| Sentence { words, tags, line_number, document })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sentences_are_a_panic(splits in proptest::collection::vec(proptest::collection::vec(any_sentence(), 0..5), 0..4), listed in 0_usize..4) {
        let layout = corpus("any", "a/O");
        let corpora: Vec<Corpus> = splits.into_iter().map(|sentences| Corpus { sentences, ..layout.clone() }).collect();
        // Names may repeat: splits are told apart by their index.
        let splits: Vec<(&str, &Corpus)> = corpora.iter().map(|corpus| ("any", corpus)).collect();
        for scheme in Scheme::ALL.map(SchemeChoice::Given).into_iter().chain([SchemeChoice::Detect]) {
            let options = CheckOptions { scheme, listed, ..OPTIONS };
            let findings = check(&splits, &options).unwrap();
            prop_assert_eq!(&findings, &check(&splits, &options).unwrap());
            prop_assert!(findings.is_sorted_by_key(|finding| finding.kind.check()));
            let all = check(&splits, &CheckOptions { listed: usize::MAX, ..options }).unwrap();
            let left_out = |finding: &Finding| matches!(finding.kind, FindingKind::NotListed { .. });
            prop_assert!(!all.iter().any(left_out));
            let listed: Vec<&Finding> = findings.iter().filter(|finding| !left_out(finding)).collect();
            prop_assert!(listed.iter().all(|finding| all.contains(finding)));
            prop_assert_eq!(listed.len() == all.len(), listed.len() == findings.len());
        }
    }
}
