//! Sentence breaks against those of the published CoNLL forms, and for any text.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use welt_data::conll::{self, TagColumn};
use welt_data::{sentence_starts, tokenize};

/// The titles and abstracts of a PubTator file, documents sorted by their ids as text.
fn passages(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    fn parts(line: &str) -> Option<[&str; 3]> {
        line.splitn(3, '|').collect::<Vec<_>>().try_into().ok()
    }
    let is_passage = |parts: &[&str; 3]| ["t", "a"].contains(&parts[1]);
    let mut passages: Vec<[&str; 3]> = text.lines().filter_map(parts).filter(is_passage).collect();
    passages.sort_by_key(|[id, ..]| *id);
    passages.into_iter().map(|[.., text]| text.to_owned()).collect()
}

/// Precision and recall of the breaks within passages, in percent, and how many of those missed stand within numbers.
#[track_caller]
fn check(original: &str, form: &str, expected: &Expect) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if !folder.is_dir() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    let mut published = HashSet::new();
    let mut words = 0;
    for sentence in conll::read(&folder.join(form), TagColumn::Find).unwrap().sentences {
        published.insert(words);
        words += sentence.words.len();
    }
    let (mut right, mut ours, mut theirs, mut in_numbers) = (0, 0, 0, 0);
    let mut first = 0;
    for text in passages(&folder.join(original)) {
        let words = tokenize(&text);
        let starts: HashSet<usize> = sentence_starts(&text, &words).into_iter().collect();
        assert!(published.contains(&first), "a passage begins a sentence");
        let digit = |word: usize| words[word].text.starts_with(|one: char| one.is_ascii_digit());
        for word in 1..words.len() {
            let (here, there) = (starts.contains(&word), published.contains(&(first + word)));
            right += usize::from(here && there);
            ours += usize::from(here);
            theirs += usize::from(there);
            let number = word > 1 && words[word - 2].text.ends_with(char::is_numeric) && digit(word);
            in_numbers += usize::from(there && !here && number);
        }
        first += words.len();
    }
    assert_eq!(first, words);
    let percent = |of: usize| 100.0 * f64::from(u32::try_from(right).unwrap()) / f64::from(u32::try_from(of).unwrap());
    expected.assert_eq(&format!(
        "precision {:.2}, recall {:.2}: {right} right, {} wrong, {} missed of which {in_numbers} within numbers",
        percent(ours),
        percent(theirs),
        ours - right,
        theirs - right
    ));
}

#[test]
fn breaks_agree_with_the_published_ones() {
    let ncbi = |name: &str| format!("ncbi-disease/originals/NCBI{name}set_corpus.txt");
    let bc5cdr = |name: &str| format!("bc5cdr-chemical/originals/CDR_{name}Set.PubTator.txt");
    check(
        &ncbi("train"),
        "ncbi-disease/train.tsv",
        &expect!["precision 100.00, recall 93.03: 3950 right, 0 wrong, 296 missed of which 248 within numbers"],
    );
    check(
        &ncbi("develop"),
        "ncbi-disease/dev.tsv",
        &expect!["precision 100.00, recall 94.88: 686 right, 0 wrong, 37 missed of which 36 within numbers"],
    );
    check(
        &ncbi("test"),
        "ncbi-disease/test.tsv",
        &expect!["precision 100.00, recall 93.38: 691 right, 0 wrong, 49 missed of which 45 within numbers"],
    );
    check(
        &bc5cdr("Training"),
        "bc5cdr-disease/train.tsv",
        &expect!["precision 99.94, recall 99.69: 3549 right, 2 wrong, 11 missed of which 1 within numbers"],
    );
    check(
        &bc5cdr("Development"),
        "bc5cdr-disease/dev.tsv",
        &expect!["precision 99.80, recall 99.53: 3564 right, 7 wrong, 17 missed of which 4 within numbers"],
    );
}

/// Texts with taxa, strains, references, dosages and names, which the published corpora hold few of.
#[test]
fn made_up_texts_are_cut_where_they_are_marked() {
    let (mut differences, mut marks) = (String::new(), 0);
    for line in include_str!("breaks.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let text = line.replace('|', "");
        let words = tokenize(&text);
        let mut found = String::new();
        let mut written = 0;
        for start in sentence_starts(&text, &words).into_iter().skip(1) {
            found += &text[written..words[start].byte];
            found.push('|');
            written = words[start].byte;
        }
        found += &text[written..];
        marks += line.matches('|').count();
        if found != line {
            differences += &format!("{line}\n{found}\n");
        }
    }
    expect![[r#"
        Aspergillus spec. Link is old. |Rosa sp. L. is red.
        Aspergillus spec. |Link is old. |Rosa sp. L. is red.
    "#]]
    .assert_eq(&differences);
    assert_eq!(marks, 122);
}

proptest! {
    #[test]
    fn any_text_has_sentences_that_begin_with_words(text in "([A-Ca-c0-2é𝛽\u{301}.?!…()\\[\\]\"\n\t ]|e\\.g\\. |\\PC){0,60}") {
        let words = tokenize(&text);
        let starts = sentence_starts(&text, &words);
        prop_assert_eq!(starts.first(), (!words.is_empty()).then_some(&0));
        prop_assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
        for start in starts.into_iter().skip(1) {
            prop_assert!(words[start - 1].end < words[start].start, "white space stands at every break");
        }
    }

    #[test]
    fn words_stand_where_they_say(text in "(\\PC|[\u{0}-\u{ff}]|[a-c]{3}|[𝛽é\u{301}\u{93f}\u{200b}\u{2028}]){0,40}") {
        let words = tokenize(&text);
        let characters: Vec<char> = text.chars().collect();
        let mut end = 0;
        for word in &words {
            let between: String = characters[end..word.start].iter().collect();
            prop_assert!(between.chars().all(|one| one.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&one)), "{between:?}");
            prop_assert_eq!(characters[word.start..word.end].iter().collect::<String>(), word.text);
            prop_assert_eq!(&text[word.byte..word.byte + word.text.len()], word.text);
            end = word.end;
        }
    }
}
