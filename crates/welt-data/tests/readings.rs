//! Tagged files mean the same entities whatever becomes of them: those that scores count as gold.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::io::Cursor;
use std::path::Path;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use welt_data::conll::Columns;
use welt_data::formats;
use welt_data::ledger::Loss;
use welt_data::{Sentence, Statistics, conll, views};
use welt_tags::{Chunking, CorpusReader, Notation, Scheme};

/// Entities as `TYPE FIRST..LAST` in words of the whole file.
type Entities = Vec<String>;

/// A file of one-letter words: tags between spaces, sentences between bars.
fn file(tags: &str) -> String {
    let lines =
        |sentence: &str| sentence.split_whitespace().map(|tag| format!("w\t{tag}\n")).collect::<String>() + "\n";
    tags.split('|').map(lines).collect()
}

/// What `welt evaluate` counts as gold: seqeval's default.
fn as_scored(tags: &str) -> Entities {
    let mut reader = CorpusReader::new(Chunking::Lenient, Notation::Prefix);
    let mut entities = Entities::new();
    let mut words = 0;
    for sentence in tags.split('|') {
        let tags: Vec<&str> = sentence.split_whitespace().collect();
        let shift = reader.position() - words;
        let chunks = reader.read(&tags).unwrap();
        let named = |(start, end, name): (usize, usize, &str)| format!("{name} {}..{}", start - shift, end - shift);
        entities.extend(chunks.iter().map(|chunk| named((chunk.start, chunk.end, chunk.entity_type))));
        words += tags.len();
    }
    entities
}

fn of_sentences(sentences: &[Sentence]) -> Entities {
    let mut entities = Entities::new();
    let mut words = 0;
    for sentence in sentences {
        let named = |entity: &welt_tags::Chunk<'_>| {
            format!("{} {}..{}", entity.entity_type, words + entity.start, words + entity.end)
        };
        entities.extend(sentence.entities().iter().map(named));
        words += sentence.words.len();
    }
    entities
}

/// The mentions of the file as a document, and how many tags went into none.
fn of_document(text: &str, chunking: Chunking) -> (Entities, usize) {
    let mut documents =
        formats::conll_documents(Path::new("c.tsv"), Cursor::new(text), Columns::FIND, chunking).unwrap();
    let document = documents.next().unwrap().unwrap();
    // Words of one character, a space behind each.
    let named = |mention: &welt_data::Mention| {
        let extent = mention.extent();
        format!("{} {}..{}", mention.entity_type, extent.start / 2, extent.end.div_ceil(2))
    };
    let entities = document.mentions.iter().map(named).collect();
    (entities, documents.ledger().count(Loss::UnreadTag))
}

/// Every path of a file gives the entities that scores count, and loses no tag.
fn check_paths(tags: &str) -> Entities {
    let (text, expected) = (file(tags), as_scored(tags));
    let corpus = conll::parse(Path::new("c.tsv"), text.as_bytes(), conll::TagColumn::Find).unwrap();
    assert_eq!(of_sentences(&corpus.sentences), expected, "sentences of {tags}");
    assert_eq!(Statistics::of(&corpus.sentences).entities, expected.len(), "statistics of {tags}");
    assert_eq!(of_document(&text, Chunking::Lenient), (expected.clone(), 0), "document of {tags}");
    for scheme in Scheme::ALL {
        let converted = views::convert(&corpus.sentences, Chunking::Lenient, scheme).unwrap();
        assert_eq!((converted.entities, converted.dropped.len()), (expected.len(), 0), "{scheme} of {tags}");
        assert_eq!(of_sentences(&converted.sentences), expected, "{scheme} of {tags}");
    }
    expected
}

#[test]
fn every_path_reads_what_scores_count() {
    let check = |tags: &str, expected: Expect| expected.assert_eq(&check_paths(tags).join(", "));
    // IOB1, with a B only between neighbours, and with one that it does not allow.
    check("I-A I-A B-A I-B O | I-A O", expect!["A 0..2, A 2..3, B 3..4, A 5..6"]);
    check("I-A I-A O B-A I-A | I-A B-A", expect!["A 0..2, A 3..5, A 5..6, A 6..7"]);
    // IOB2 with an I that follows nothing, or another type.
    check("B-A I-A O I-A | I-B B-A I-B", expect!["A 0..2, A 3..4, B 4..5, A 5..6, B 6..7"]);
    check("I-A E-A E-A O | E-B I-A", expect!["A 0..2, A 2..3, B 4..5, A 5..6"]);
    check("I-A I-A E-A I-A O", expect!["A 0..3, A 3..4"]);
    // IOBES with what never ends or never began.
    check("B-A I-A O S-A | I-B E-B E-B | B-A", expect!["A 0..2, A 3..4, B 4..6, B 6..7, A 7..8"]);
    check("B-A E-A I-A S-A B-A B-A", expect!["A 0..2, A 2..3, A 3..4, A 4..5, A 5..6"]);
    // No scheme has all of these.
    check("B-A I-A E-B S-B I-A | E-A B-A", expect!["A 0..2, B 2..3, B 3..4, A 4..5, A 5..6, A 6..7"]);
    check("B I O I | I B I", expect!["_ 0..2, _ 3..4, _ 4..5, _ 5..7"]);
}

/// seqeval's default does not know L and U; what these say is not lost all the same.
#[test]
fn bilou_is_read_whole() {
    let tags = "U-A U-A B-A L-A B-A I-A L-A | L-A U-B I-B";
    let text = file(tags);
    let (entities, skipped) = of_document(&text, Chunking::Lenient);
    expect!["A 0..1, A 1..2, A 2..4, A 4..7, A 7..8, B 8..9, B 9..10"].assert_eq(&entities.join(", "));
    assert_eq!(skipped, 0);
    let corpus = conll::parse(Path::new("c.tsv"), text.as_bytes(), conll::TagColumn::Find).unwrap();
    assert_eq!(of_sentences(&corpus.sentences), entities);
}

/// With a named scheme, documents and other tags lose the same, each of it counted.
#[test]
fn what_a_named_scheme_forbids_is_counted() {
    let check = |tags: &str, scheme, expected: Expect| {
        let text = file(tags);
        let (entities, skipped) = of_document(&text, Chunking::Strict(scheme));
        let corpus = conll::parse(Path::new("c.tsv"), text.as_bytes(), conll::TagColumn::Find).unwrap();
        let converted = views::convert(&corpus.sentences, Chunking::Strict(scheme), Scheme::Iobes).unwrap();
        assert_eq!(of_sentences(&converted.sentences), entities);
        assert_eq!(converted.dropped.len(), skipped);
        expected.assert_eq(&format!("{} | {skipped}", entities.join(", ")));
    };
    check("I-A O B-A I-A I-B", Scheme::Iob2, expect!["A 2..4 | 2"]);
    check("I-A O B-A I-A I-B", Scheme::Iob1, expect!["A 0..1, A 3..4, B 4..5 | 1"]);
    check("B-A I-A O S-A E-A", Scheme::Iobes, expect!["A 3..4 | 3"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tags_are_read_as_scores_count_them(sentences in prop::collection::vec(prop::collection::vec("O|[BIES](-[AB])?", 1..6), 1..4)) {
        let sentences: Vec<String> = sentences.iter().map(|tags| tags.join(" ")).collect();
        // A column of nothing but O and words that look like tags is told by one entity.
        check_paths(&format!("B-A|{}", sentences.join("|")));
    }
}
