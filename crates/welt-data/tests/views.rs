//! Views: that folds share out, samples nest, types come and go, and schemes keep the entities; in small corpora, any corpora and real ones.
//! The real corpora are not part of the repository; where they are not found the tests pass and say so.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use proptest::prelude::*;
use welt_data::conll::{self, TagColumn};
use welt_data::{DataError, Sentence, Statistics, views};
use welt_tags::{Chunking, Prefix, Scheme, Span, Tag};

fn datasets() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if !path.join("COUNTS.tsv").is_file() {
        eprintln!("skipped: no real corpora in {}", path.display());
        return None;
    }
    Some(path)
}

fn read(path: &Path) -> Vec<Sentence> {
    conll::read(path, TagColumn::Find).unwrap().sentences
}

/// Sentences of `word/tag` texts, one a line; `#` is a document line.
fn sentences(text: &str) -> Vec<Sentence> {
    let row = |pair: &str| if pair == "#" { "\n-DOCSTART-\tO\n".to_owned() } else { pair.replace('/', "\t") + "\n" };
    let rows: Vec<String> = text.lines().map(|line| line.split_whitespace().map(row).collect::<String>()).collect();
    conll::parse(Path::new("c"), rows.join("\n").as_bytes(), TagColumn::Find).unwrap().sentences
}

fn show(sentences: &[Sentence]) -> String {
    let line = |sentence: &Sentence| {
        let pairs: Vec<String> =
            sentence.words.iter().zip(&sentence.tags).map(|(word, tag)| format!("{word}/{tag}")).collect();
        format!("{} {}: {}\n", sentence.document, sentence.line_number, pairs.join(" "))
    };
    sentences.iter().map(line).collect()
}

fn check(found: Result<Vec<Sentence>, DataError>, expected: &Expect) {
    expected.assert_eq(&found.map_or_else(|error| error.to_string(), |sentences| show(&sentences)));
}

#[test]
fn documents_are_counted_by_their_lines() {
    let text = sentences("a/O\n# b/O\nc/O\n# #\nd/O");
    check(
        Ok(text.clone()),
        &expect![[r#"
        0 1: a/O
        1 5: b/O
        1 7: c/O
        3 14: d/O
    "#]],
    );
    check(
        Ok(views::merge_splits(&[&text, &text[..1], &text[1..]])),
        &expect![[r#"
        0 1: a/O
        1 5: b/O
        1 7: c/O
        3 14: d/O
        0 1: a/O
        4 5: b/O
        4 7: c/O
        6 14: d/O
    "#]],
    );
    assert_eq!(views::merge_splits(&[]), []);
}

#[test]
fn what_cannot_be_shared_out_is_refused() {
    let refused = |sentences: &[Sentence], count| views::folds(sentences, count, 1).unwrap_err().to_string();
    let text = sentences("# a/O\nb/O\n# c/O");
    expect!["3 folds were asked of 2 documents, expected at least 2 and no more than there are documents"]
        .assert_eq(&refused(&text, 3));
    expect!["1 folds were asked of 2 documents, expected at least 2 and no more than there are documents"]
        .assert_eq(&refused(&text, 1));
    expect!["2 folds were asked of 0 sentences, expected at least 2 and no more than there are sentences"]
        .assert_eq(&refused(&[], 2));
    assert!(views::folds(&text, 2, 1).unwrap().held_out(&text, 2).is_empty());
    for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert!(views::subset(&text, share, 1).is_err(), "{share}");
    }
    expect!["a share of 1.5 of the sentences was asked for, expected a number from 0 to 1"]
        .assert_eq(&views::subset(&text, 1.5, 1).unwrap_err().to_string());
    assert_eq!(views::subset(&[], 1.0, 1).unwrap(), []);
}

#[test]
fn types_are_kept_and_renamed() {
    let text = sentences("a/B-X b/I-X c/B-Y\nd/S e/O");
    check(
        views::keep_types(&text, &["Y", "_"]),
        &expect![[r#"
        0 1: a/O b/O c/B-Y
        0 5: d/S e/O
    "#]],
    );
    check(
        views::keep_types(&text, &[]),
        &expect![[r#"
        0 1: a/O b/O c/O
        0 5: d/O e/O
    "#]],
    );
    check(
        views::keep_types(&text, &["x"]),
        &expect!["no entity is of type `x`, expected one of X, Y, _; name a type that occurs"],
    );
    check(
        views::rename_types(&text, &[("X", "Y"), ("Y", "X"), ("_", "Z")]),
        &expect![[r#"
        0 1: a/B-Y b/I-Y c/B-X
        0 5: d/S-Z e/O
    "#]],
    );
    check(
        views::rename_types(&text, &[("X", "_"), ("Y", "_")]),
        &expect![[r#"
        0 1: a/B b/I c/B
        0 5: d/S e/O
    "#]],
    );
    check(
        views::rename_types(&text, &[("X", "Z"), ("X", "Y")]),
        &expect!["the type `X` is to be renamed twice, expected one new name for each type"],
    );
    check(
        views::rename_types(&text, &[("X", "a\tb")]),
        &expect![[
            r#"`a\tb` cannot be the name of a type, expected a text that is not empty, without white space or control characters"#
        ]],
    );
    check(
        views::rename_types(&sentences("e/O a/I-X b/I-Y"), &[("X", "Y")]),
        &expect![
            "line 2: entities that touch would become one under the name `Y`; convert the tags to IOB2 before renaming"
        ],
    );
}

#[test]
fn types_of_two_corpora_are_joined() {
    let first = sentences("a/B-X b/I-X c/O d/B-X\ne/B-X f/O");
    let join = |second: &str| {
        views::merge_types(&first, &sentences(second), Scheme::Iob2).map(|merged| {
            let conflicts: Vec<String> = merged
                .conflicts
                .iter()
                .map(|conflict| format!("{}: {} for {}\n", conflict.line, conflict.kept, conflict.left_out))
                .collect();
            format!("{}{}{} in both", show(&merged.sentences), conflicts.concat(), merged.in_both)
        })
    };
    let check = |second: &str, expected: &Expect| {
        expected.assert_eq(&join(second).unwrap_or_else(|error| error.to_string()));
    };
    check(
        "a/O b/O c/S-Y d/O\ne/O f/S-Y",
        &expect![[r#"
        0 1: a/B-X b/I-X c/B-Y d/B-X
        0 6: e/B-X f/B-Y
        0 in both"#]],
    );
    check(
        "a/O b/B-Y c/I-Y d/B-X\ne/S-Y f/O",
        &expect![[r#"
        0 1: a/B-X b/I-X c/O d/B-X
        0 6: e/B-X f/O
        1: X[0..2] for Y[1..3]
        6: X[0..1] for Y[0..1]
        1 in both"#]],
    );
    check("a/O b/O c/O d/O", &expect!["the corpora have 2 and 1 sentences, expected the same sentences in both"]);
    check(
        "a/O b/O x/O d/O\ne/O f/O",
        &expect![
            "line 3 of the first corpus and line 3 of the second differ: found `c` and `x`, expected the same words in both"
        ],
    );
    check(
        "a/O b/O c/O\ne/O f/O",
        &expect![
            "line 4 of the first corpus and line 4 of the second differ: found `d` and the end of the sentence, expected the same words in both"
        ],
    );
}

#[test]
fn what_a_reader_drops_is_told() {
    let text = sentences("a/I-X b/B-X c/I-Y\nd/B-X e/O");
    let convert = |reader| {
        let converted = views::convert(&text, reader, Scheme::Iobes)?;
        let dropped: Vec<String> =
            converted.dropped.iter().map(|dropped| format!("{} {}", dropped.line, dropped.tag)).collect();
        assert_eq!(converted.mended.is_empty(), reader != Chunking::Lenient);
        Ok::<_, DataError>(format!("{}{} [{}]", show(&converted.sentences), converted.entities, dropped.join(", ")))
    };
    expect![[r#"
        0 1: a/S-X b/S-X c/S-Y
        0 5: d/S-X e/O
        4 []"#]]
    .assert_eq(&convert(Chunking::Lenient).unwrap());
    expect![[r#"
        0 1: a/O b/S-X c/O
        0 5: d/S-X e/O
        2 [1 I-X, 3 I-Y]"#]]
    .assert_eq(&convert(Chunking::Strict(Scheme::Iob2)).unwrap());
    expect!["line 2: word 1: `B-X` is no tag of IOE2, whose prefixes are I, O, E"]
        .assert_eq(&convert(Chunking::Strict(Scheme::Ioe2)).unwrap_err().to_string());
}

#[test]
fn what_a_reader_mends_is_told() {
    let check = |rows: &str, reader, to, expected: Expect| {
        let converted = views::convert(&sentences(rows), reader, to).unwrap();
        let mended =
            converted.mended.iter().map(|mended| format!("{} {} as {}", mended.line, mended.tag, mended.read_as));
        expected.assert_eq(&mended.collect::<Vec<_>>().join(", "));
    };
    check("a/B-X b/O c/I-X d/B-Y e/I-Z", Chunking::Lenient, Scheme::Iob2, expect!["3 I-X as B-X, 5 I-Z as B-Z"]);
    check("a/B-X b/O c/I-X d/B-Y e/I-Z", Chunking::Lenient, Scheme::Iobes, expect!["3 I-X as B-X, 5 I-Z as B-Z"]);
    check("a/B-X b/O c/I-X d/B-Y e/I-Z", Chunking::Strict(Scheme::Iob2), Scheme::Iobes, expect![[r#""#]]);
    check("a/I-X b/I-X c/B-X d/I-Y", Chunking::Lenient, Scheme::Iobes, expect![[r#""#]]);
    check("a/S-X b/B-X c/I-X d/O", Chunking::Lenient, Scheme::Iob2, expect!["3 I-X as E-X"]);
    check("a/U-X b/S-X c/B-X d/I-X", Chunking::Lenient, Scheme::Iob2, expect!["1 U-X as B-X, 2 S-X as B-X"]);
}

#[test]
fn chemicals_and_diseases_are_the_published_corpus_of_both() {
    let Some(datasets) = datasets() else { return };
    for (split, published) in [("train", "train"), ("dev", "devel"), ("test", "test")] {
        let file = |corpus: &str, name: &str| read(&datasets.join(corpus).join(name).with_extension("tsv"));
        let (chemicals, diseases) = (file("bc5cdr-chemical", split), file("bc5cdr-disease", split));
        let both = file("bc5cdr-chemical/alt/mtl-both-types", published);
        let merged = views::merge_types(&chemicals, &diseases, Scheme::Iob2).unwrap();
        assert_eq!((merged.in_both, merged.conflicts.len()), (0, 0));
        assert!(merged.sentences == both, "{split}");
        assert!(views::keep_types(&both, &["Chemical"]).unwrap() == chemicals, "{split}");
        assert!(views::keep_types(&both, &["Disease"]).unwrap() == diseases, "{split}");
    }
}

#[test]
fn iob2_of_a_corpus_becomes_its_published_iobes() {
    let Some(datasets) = datasets() else { return };
    let folder = datasets.join("ncbi-disease");
    for (split, published) in [("dev", "devel"), ("test", "test"), ("train", "train")] {
        let iob2 = read(&folder.join(split).with_extension("tsv"));
        let iobes = read(&folder.join("alt/mtl-iobes").join(published).with_extension("tsv"));
        let converted = views::convert(&iob2, Chunking::Strict(Scheme::Iob2), Scheme::Iobes).unwrap();
        assert_eq!((converted.entities, converted.dropped.len()), (Statistics::of(&iob2).entities, 0));
        let content = |sentence: &Sentence| (sentence.words.clone(), sentence.tags.clone());
        let published: Vec<_> = iobes.iter().map(content).collect();
        let ours: Vec<_> = converted.sentences.iter().map(content).collect();
        // The published training file lacks the second copy of a document that the corpus has twice.
        let missing = ours.len() - published.len();
        assert_eq!(missing, if split == "train" { 8 } else { 0 });
        let at = ours.iter().zip(&published).take_while(|(our, published)| our == published).count();
        assert!(ours[at + missing..] == published[at..], "{split}: {at}");
        assert!(ours[at..at + missing].iter().all(|sentence| published.contains(sentence)), "{split}");
        let back = views::convert(&iobes, Chunking::Strict(Scheme::Iobes), Scheme::Iob2).unwrap();
        assert!(back.dropped.is_empty());
    }
}

/// Sentences of up to nine words that may stand in documents, with entities of three types and without types.
fn any_sentences(scheme: Scheme) -> impl Strategy<Value = Vec<Sentence>> {
    let lengths = proptest::collection::vec((1_usize..4, 0_usize..6), 0..6);
    let sentence = (lengths, 0_usize..4).prop_map(move |(lengths, document)| {
        let mut spans = Vec::new();
        let mut n_words = 0;
        for (length, kind) in lengths {
            if let Some(name) = ["A", "-B-", "_"].get(kind) {
                spans.push(Span::new(name, n_words..n_words + length));
            }
            n_words += length;
        }
        let words = (0..n_words).map(|word| format!("w{word}")).collect();
        Sentence { words, tags: scheme.tags(&spans, n_words).unwrap(), line_number: 1, document }
    });
    proptest::collection::vec(sentence, 0..12)
}

/// Sentences whose tags may be anything and need not be as many as the words.
fn wild_sentences() -> impl Strategy<Value = Vec<Sentence>> {
    let words = proptest::collection::vec("[ab]{0,1}", 0..5);
    let tag = proptest::sample::select(vec!["O", "B-X", "I-X", "E-Y", "S-x", "L", "U-Y", "B--", "I", "L-X"]);
    let tags = proptest::collection::vec(tag.prop_map(|tag| tag.parse::<Tag>().unwrap()), 0..5);
    let sentence = (words, tags, 0_usize..3).prop_map(|(words, tags, document)| Sentence {
        words,
        tags,
        line_number: 1,
        document,
    });
    proptest::collection::vec(sentence, 0..5)
}

fn numbered(mut sentences: Vec<Sentence>) -> Vec<Sentence> {
    for (index, sentence) in sentences.iter_mut().enumerate() {
        sentence.line_number = index + 1;
    }
    sentences
}

fn lines(sentences: &[Sentence]) -> Vec<usize> {
    sentences.iter().map(|sentence| sentence.line_number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folds_share_out_every_sentence(sentences in any_sentences(Scheme::Iob2).prop_map(numbered), count in 2_usize..6, seed in any::<u64>()) {
        let Ok(folds) = views::folds(&sentences, count, seed) else {
            let units = sentences.iter().filter(|s| s.document == 0).count() + (1..4).filter(|d| sentences.iter().any(|s| s.document == *d)).count();
            prop_assert!(count > units);
            return Ok(());
        };
        let held_out: Vec<Vec<Sentence>> = (0..count).map(|fold| folds.held_out(&sentences, fold)).collect();
        for (fold, held_out) in held_out.iter().enumerate() {
            let training = folds.training(&sentences, fold);
            let mut both = [lines(&training), lines(held_out)].concat();
            prop_assert!(!held_out.is_empty() && !training.is_empty());
            both.sort_unstable();
            prop_assert_eq!(both, lines(&sentences));
            prop_assert!(held_out.iter().all(|s| s.document == 0 || training.iter().all(|t| t.document != s.document)));
        }
        let largest = (1..4).map(|d| sentences.iter().filter(|s| s.document == d).count()).max().unwrap_or(0).max(1);
        let sizes = || held_out.iter().map(Vec::len);
        prop_assert!(sizes().max().unwrap() - sizes().min().unwrap() <= largest);
        prop_assert_eq!(sizes().sum::<usize>(), sentences.len());
        prop_assert_eq!(folds, views::folds(&sentences, count, seed).unwrap());
    }

    #[test]
    fn samples_nest(sentences in any_sentences(Scheme::Iob2).prop_map(numbered), shares in (0.0_f64..=1.0, 0.0_f64..=1.0), seed in any::<u64>()) {
        let (small, large) = (shares.0.min(shares.1), shares.0.max(shares.1));
        let [small, large] = [small, large].map(|share| lines(&views::subset(&sentences, share, seed).unwrap()));
        prop_assert!(small.iter().all(|line| large.contains(line)));
        prop_assert!(small.is_sorted());
        prop_assert_eq!(views::subset(&sentences, 0.0, seed).unwrap(), vec![]);
        prop_assert_eq!(views::subset(&sentences, 1.0, seed).unwrap(), sentences);
    }

    #[test]
    fn samples_are_as_large_as_asked(n in 0_usize..300, share in 0.001_f64..=1.0, seed in any::<u64>()) {
        let sentence = Sentence { words: vec!["w".to_owned()], tags: vec![Tag::OUTSIDE], line_number: 1, document: 0 };
        let sample = views::subset(&vec![sentence; n], share, seed).unwrap();
        let wanted = ((n as f64 * share).round() as usize).max(1).min(n);
        prop_assert_eq!(sample.len(), wanted);
    }

    #[test]
    fn joined_types_come_apart_again(sentences in any_sentences(Scheme::Iobes)) {
        let types: Vec<&str> = ["A", "-B-", "_"].into_iter().filter(|name| sentences.iter().any(|s| s.entities().iter().any(|e| e.entity_type == *name))).collect();
        let mut joined = views::keep_types(&sentences, &[]).unwrap();
        for name in &types {
            let one = views::keep_types(&sentences, &[name]).unwrap();
            let merged = views::merge_types(&joined, &one, Scheme::Iobes).unwrap();
            prop_assert_eq!((merged.in_both, merged.conflicts.len()), (0, 0));
            prop_assert_eq!(views::keep_types(&merged.sentences, &[name]).unwrap(), one);
            joined = merged.sentences;
        }
        prop_assert_eq!(&joined, &sentences);
        let again = views::merge_types(&joined, &sentences, Scheme::Iobes).unwrap();
        prop_assert_eq!((again.in_both, again.conflicts.len()), (Statistics::of(&sentences).entities, 0));
    }

    #[test]
    fn schemes_keep_entities(
        (from, sentences) in proptest::sample::select(Scheme::ALL.to_vec()).prop_flat_map(|scheme| (Just(scheme), any_sentences(scheme))),
        to in proptest::sample::select(Scheme::ALL.to_vec()),
    ) {
        // seqeval's rules for IOE1 overlook an `E` that does not follow an entity of its type.
        let overlooked = |scheme: Scheme, sentences: &[Sentence]| {
            scheme == Scheme::Ioe1 && sentences.iter().any(|sentence| {
                let before = std::iter::once(&Tag::OUTSIDE).chain(&sentence.tags).cloned().collect::<Vec<_>>();
                before.iter().zip(&sentence.tags).any(|(before, tag)| {
                    tag.prefix() == Prefix::End
                        && (before.prefix() == Prefix::Outside || before.entity_type() != tag.entity_type())
                })
            })
        };
        let converted = views::convert(&sentences, Chunking::Strict(from), to).unwrap();
        prop_assert!(converted.mended.is_empty(), "{:?}", converted.mended);
        prop_assume!(!overlooked(from, &sentences) && !overlooked(to, &converted.sentences));
        prop_assert_eq!((converted.entities, &converted.dropped), (Statistics::of(&sentences).entities, &vec![]));
        for (before, after) in sentences.iter().zip(&converted.sentences) {
            prop_assert_eq!(before.entities(), after.entities());
        }
        let back = views::convert(&converted.sentences, Chunking::Strict(to), from).unwrap();
        prop_assert_eq!(back.sentences, sentences);
    }

    #[test]
    fn no_sentences_are_a_panic(first in wild_sentences(), second in wild_sentences(), count in 0_usize..7, share in any::<f64>(), seed in any::<u64>()) {
        for scheme in Scheme::ALL {
            let _ = views::merge_types(&first, &second, scheme);
            let _ = views::merge_types(&first, &first, scheme);
            for reader in [Chunking::Lenient, Chunking::Strict(scheme)] {
                let _ = views::convert(&first, reader, scheme);
            }
        }
        let _ = views::folds(&first, count, seed).map(|folds| folds.training(&second, count));
        let _ = views::subset(&first, share, seed);
        let _ = views::rename_types(&first, &[("X", "Y"), ("_", "X")]);
        let _ = views::keep_types(&first, &["X"]);
        let merged = views::merge_splits(&[&first, &second]);
        prop_assert_eq!(merged.len(), first.len() + second.len());
        prop_assert_eq!(Statistics::of(&merged).tokens, Statistics::of(&first).tokens + Statistics::of(&second).tokens);
    }
}
