//! What passes over most words or looks at a mention without an allocation, against the rules written down as plainly as can be.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use welt_eval::conlleval::{self, PhraseCounts};
use welt_eval::errors::{Familiarity, Form, Mentions};
use welt_eval::{Evaluation, Reading, semeval};
use welt_tags::{Chunking, CorpusReader, Notation, Scheme};

/// All texts of one to so many of these letters.
fn texts(letters: &str, longest: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut last = vec![String::new()];
    for _ in 0..longest {
        last = last.iter().flat_map(|text| letters.chars().map(move |letter| format!("{text}{letter}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// Gold and predicted tags.
type Sentence<'tags> = Vec<(&'tags str, &'tags str)>;

fn sides<'tags>(sentence: &Sentence<'tags>) -> (Vec<&'tags str>, Vec<&'tags str>) {
    sentence.iter().copied().unzip()
}

/// The rules of conlleval.pl, one word after the other, an `O` after each sentence, and nothing passed over.
mod script {
    use super::*;

    /// A prefix and a type.
    type Tag = (String, String);

    fn cut(tag: &str) -> Tag {
        let (prefix, entity_type) = tag.split_once('-').unwrap_or((tag, ""));
        // Perl takes the text `0` for false.
        let entity_type = if entity_type == "0" { "" } else { entity_type };
        (prefix.to_owned(), entity_type.to_owned())
    }

    fn is_one_of(pairs: &[&str], before: &str, here: &str) -> bool {
        pairs.contains(&format!("{before} {here}").as_str())
    }

    fn ends((before, before_type): &Tag, (here, here_type): &Tag) -> bool {
        is_one_of(&["B B", "B O", "I B", "I O", "E E", "E I", "E O"], before, here)
            || (before != "O" && before != "." && before_type != here_type)
            || before == "["
            || before == "]"
    }

    fn starts((before, before_type): &Tag, (here, here_type): &Tag) -> bool {
        is_one_of(&["B B", "I B", "O B", "O I", "E E", "E I", "O E"], before, here)
            || (here != "O" && here != "." && before_type != here_type)
            || here == "["
            || here == "]"
    }

    /// Phrases by type, words, and words whose tags agree.
    pub fn count(sentences: &[Sentence<'_>]) -> (BTreeMap<String, PhraseCounts>, usize, usize) {
        let mut phrases: BTreeMap<String, PhraseCounts> = BTreeMap::new();
        let (mut n_words, mut n_right) = (0, 0);
        let outside = || (String::from("O"), String::new());
        let (mut before_gold, mut before_found, mut is_right) = (outside(), outside(), false);
        for sentence in sentences {
            let words = sentence.iter().map(|(gold, found)| Some((cut(gold), cut(found))));
            for word in words.chain([None]) {
                n_words += usize::from(word.is_some());
                n_right += usize::from(word.as_ref().is_some_and(|(gold, found)| gold == found));
                let (gold, found) = word.unwrap_or((outside(), outside()));
                let gold_ends = ends(&before_gold, &gold);
                let found_ends = ends(&before_found, &found);
                if is_right && gold_ends && found_ends && before_gold.1 == before_found.1 {
                    is_right = false;
                    phrases.entry(before_gold.1.clone()).or_default().correct += 1;
                } else if is_right && (gold_ends != found_ends || gold.1 != found.1) {
                    is_right = false;
                }
                let gold_starts = starts(&before_gold, &gold);
                let found_starts = starts(&before_found, &found);
                is_right |= gold_starts && found_starts && gold.1 == found.1;
                if gold_starts {
                    phrases.entry(gold.1.clone()).or_default().gold += 1;
                }
                if found_starts {
                    phrases.entry(found.1.clone()).or_default().predicted += 1;
                }
                (before_gold, before_found) = (gold, found);
            }
        }
        if is_right {
            phrases.entry(before_gold.1).or_default().correct += 1;
        }
        (phrases, n_words, n_right)
    }
}

fn check_script(sentences: &[Sentence<'_>]) {
    let mut evaluation = conlleval::Evaluation::new();
    for sentence in sentences {
        let (gold, predicted) = sides(sentence);
        evaluation.add_sentence(&gold, &predicted).expect("tags that are not empty");
    }
    let found = evaluation.tally();
    let found = (found.phrases, found.n_words, found.n_right_tags);
    assert_eq!(found, script::count(sentences), "{sentences:?}");
}

#[test]
fn every_short_tag_is_counted_as_the_script_counts_it() {
    for tag in texts("-BIO0bé_", 4) {
        let tag = tag.as_str();
        check_script(&[vec![(tag, tag)]]);
        check_script(&[vec![(tag, "O"), ("I-b", tag), ("O", "O"), (tag, tag)], vec![(tag, "B-b"), (tag, "I-b")]]);
    }
    for (tag, types) in [("--", vec!["-"]), ("---b", vec!["--b"]), ("-", vec![])] {
        let report = conlleval::evaluate(&[[tag]], &[[tag]]).expect("a tag");
        assert_eq!(report.per_type.keys().collect::<Vec<_>>(), types, "{tag}");
    }
}

#[test]
fn every_short_row_is_counted_as_the_script_counts_it() {
    let tags = ["O", "B", "I-A", "I", "E-A", "[", "]-A", ".", "O-A", "--", "-A", "B-0", "O-", "L"];
    for first in tags {
        for second in tags {
            for third in tags {
                for last in tags {
                    check_script(&[vec![(first, second), (third, last)]]);
                }
                check_script(&[
                    vec![(first, first), (second, third)],
                    vec![("O", "O"), (third, second), (first, third)],
                ]);
            }
        }
    }
}

/// How tags were read, by looking for the entity of each word.
fn reading(tags: &[&str], chunking: Chunking, notation: Notation) -> Option<Reading> {
    let chunks = CorpusReader::new(chunking, notation).read(tags).ok()?;
    let letter = |tag: &str| match notation {
        Notation::Prefix => tag.chars().next(),
        Notation::Suffix => tag.chars().next_back(),
    };
    let mut reading = Reading { entities: chunks.len(), ..Reading::default() };
    for (word, tag) in tags.iter().enumerate() {
        let letter = letter(tag).expect("tags that are not empty");
        if letter == 'O' {
            continue;
        }
        reading.tags += 1;
        reading.odd_tags += usize::from(!"BIESLU".contains(letter));
        // Entities of stray tags can lie within each other; a word belongs to the one that ends first.
        match chunks.iter().filter(|chunk| chunk.end > word).min_by_key(|chunk| chunk.end) {
            Some(chunk) if chunk.start == word => reading.orphans += usize::from(!"BSU".contains(letter)),
            Some(chunk) if chunk.start < word => {}
            _ => reading.dropped_tags += 1,
        }
    }
    Some(reading)
}

fn check_reading(sentence: &Sentence<'_>) {
    let (gold, predicted) = sides(sentence);
    for notation in [Notation::Prefix, Notation::Suffix] {
        for chunking in Scheme::ALL.map(Chunking::Strict).into_iter().chain([Chunking::Lenient]) {
            let of = |tags: &[&str]| Reading::of(tags, chunking, notation).ok();
            let (of_gold, of_predicted) = (reading(&gold, chunking, notation), reading(&predicted, chunking, notation));
            let what = format!("{sentence:?} {chunking} {notation:?}");
            assert_eq!((of(&gold), of(&predicted)), (of_gold, of_predicted), "{what}");
            // In one pass, words that are `O` on both sides are never looked at.
            let mut evaluation = Evaluation::new(chunking, notation, semeval::Options::NERVALUATE);
            let is_read = evaluation.add_sentence(&gold, &predicted).is_ok();
            assert_eq!(is_read, of_gold.is_some() && of_predicted.is_some(), "{what}");
            if is_read {
                let totals = evaluation.totals();
                assert_eq!((Some(totals.gold), Some(totals.predicted)), (of_gold, of_predicted), "{what}");
                let n_right = gold.iter().zip(&predicted).filter(|(gold, predicted)| gold == predicted).count();
                let tokens = totals.seqeval.tokens;
                assert_eq!((tokens.n_words(), tokens.true_positives + tokens.true_negatives), (gold.len(), n_right));
            }
        }
    }
}

#[test]
fn every_short_tag_is_told_how_it_was_read() {
    for tag in texts("-BIO0bé_", 3) {
        let tag = tag.as_str();
        check_reading(&vec![(tag, tag)]);
        check_reading(&vec![("O", "O"), (tag, "O"), ("I-b", tag), ("O", tag), ("O", "O")]);
    }
}

/// What [`Form::of`] says of one word, with the tables of Unicode alone.
fn is_abbreviation(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    let count = |of: fn(char) -> bool| letters.iter().filter(|letter| of(**letter)).count();
    (2..=10).contains(&letters.len())
        && letters[0].is_alphanumeric()
        && count(char::is_uppercase) > count(char::is_lowercase)
}

#[test]
fn every_short_word_has_its_form_and_is_known_or_not() {
    let words = texts("-BIk0éÉ_", 4);
    for word in &words {
        for word in [word.clone(), format!("B{word}{word}{word}"), word.repeat(16)] {
            assert_eq!(Form::of(&[&word]) == Form::Abbreviation, is_abbreviation(&word), "{word}");
        }
    }
    // Every third is known; K is the sign of kelvin, whose lower case is a letter.
    let known: Vec<String> = words.iter().step_by(3).cloned().chain(["\u{212a}b".to_owned(), "x".repeat(64)]).collect();
    let mut training = Mentions::default();
    for text in &known {
        training.insert_text(text);
    }
    let (exact, lower): (BTreeSet<&str>, BTreeSet<String>) =
        (known.iter().map(String::as_str).collect(), known.iter().map(|text| text.to_lowercase()).collect());
    let more = ["kb".to_owned(), "X".repeat(64), "x".repeat(65), "x".repeat(63)];
    for word in words.iter().chain(&more) {
        let expected = match (exact.contains(word.as_str()), lower.contains(&word.to_lowercase())) {
            (true, _) => Familiarity::Seen,
            (false, true) => Familiarity::SeenIgnoringCase,
            (false, false) => Familiarity::Unseen,
        };
        assert_eq!(training.familiarity(&[word]), expected, "{word}");
    }
}

proptest! {
    #[test]
    fn random_rows_are_counted_by_the_plain_rules(
        sentences in prop::collection::vec(
            prop::collection::vec(("O|[-BIOESLU.\\[\\]][-]?[-A0é]{0,2}", "O|[-BIOESLU.\\[\\]][-]?[-A0é]{0,2}|[A-]{0,2}[BIO]"), 0..7),
            1..4,
        ),
    ) {
        let sentences: Vec<Sentence<'_>> = sentences
            .iter()
            .map(|sentence| sentence.iter().map(|(gold, predicted)| (gold.as_str(), predicted.as_str())).collect())
            .collect();
        check_script(&sentences);
        sentences.iter().for_each(check_reading);
    }
}
