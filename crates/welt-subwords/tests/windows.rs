//! Windows: whatever the sentences are, every word with a sub-word is answered for once, in its place, and nothing is lost without being counted.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::collections::HashMap;

use proptest::prelude::*;
use welt_subwords::{Encoding, SubwordError, Windowing, Windows};

const START: u32 = 1;
const SEPARATOR: u32 = 2;

/// A sentence whose words have the sub-words counted; every sub-word has an id of its own.
fn encoding(lengths: &[usize]) -> Encoding {
    let mut encoding = Encoding { ids: vec![START], words: vec![None], n_words: lengths.len() };
    for (word, length) in lengths.iter().enumerate() {
        for _ in 0..*length {
            encoding.words.push(Some(word));
            encoding.ids.push(9 + encoding.ids.len() as u32);
        }
    }
    encoding.ids.push(SEPARATOR);
    encoding.words.push(None);
    encoding
}

/// Windows and for each the words answered for, as texts.
fn show(lengths: &[usize], max_length: usize, context: usize) -> Vec<String> {
    let encoding = encoding(lengths);
    let word_of: HashMap<u32, usize> =
        encoding.ids.iter().zip(&encoding.words).filter_map(|(id, word)| Some((*id, (*word)?))).collect();
    let windows = Windows::of(&[encoding], Windowing::new(max_length, context).unwrap());
    let show = |window: &welt_subwords::Window| {
        let mut words: Vec<usize> = window.input_ids.iter().filter_map(|id| word_of.get(id).copied()).collect();
        words.dedup();
        let own: Vec<usize> = window.words.iter().map(|start| start.word).collect();
        format!("{words:?} answers for {own:?}")
    };
    windows.windows.iter().map(show).collect()
}

#[test]
fn one_window_where_all_fits() {
    assert_eq!(show(&[1, 2, 1], 6, 1), ["[0, 1, 2] answers for [0, 1, 2]"]);
    assert_eq!(show(&[0, 2, 0], 4, 0), ["[1] answers for [1]"]);
    assert_eq!(show(&[0, 0], 8, 0), Vec::<String>::new());
}

#[test]
fn windows_share_their_context() {
    assert_eq!(
        show(&[1; 10], 8, 2),
        [
            "[0, 1, 2, 3, 4, 5] answers for [0, 1, 2, 3]",
            "[2, 3, 4, 5, 6, 7] answers for [4, 5]",
            "[4, 5, 6, 7, 8, 9] answers for [6, 7, 8, 9]",
        ]
    );
    assert_eq!(show(&[1; 5], 4, 0), ["[0, 1] answers for [0, 1]", "[2, 3] answers for [2, 3]", "[4] answers for [4]"]);
}

#[test]
fn a_word_is_cut_only_where_no_window_holds_it() {
    let windows = Windows::of(&[encoding(&[1, 9, 1]), encoding(&[6])], Windowing::new(8, 1).unwrap());
    assert_eq!((windows.words_cut, windows.subwords_cut, windows.longest_window), (1, 3, 8));
    let words: usize = windows.windows.iter().map(|window| window.words.len()).sum();
    assert_eq!(words, 4);
}

#[test]
fn a_window_must_hold_its_context_and_a_sub_word() {
    assert!(Windowing::new(3, 0).is_ok());
    for (max_length, context) in [(2, 0), (0, 0), (10, 4), (512, usize::MAX)] {
        let error = Windowing::new(max_length, context).unwrap_err();
        assert!(matches!(error, SubwordError::WindowTooShort { .. }), "{error}");
    }
    let error = Windowing::new(128, 64).unwrap_err().to_string();
    assert!(error.contains("at least 131"), "{error}");
}

/// The ids of each word of each sentence, and which of a sentence's windows answers for a word.
fn check_windows(encodings: &[Encoding], windowing: Windowing) {
    let windows = Windows::of(encodings, windowing);
    let capacity = windowing.max_length() - 2;
    let mut starts: HashMap<(usize, usize), usize> = HashMap::new();
    for window in &windows.windows {
        let encoding = &encodings[window.sentence];
        let inner = &window.input_ids[1..window.input_ids.len() - 1];
        assert_eq!((window.input_ids[0], window.input_ids.last()), (START, Some(&SEPARATOR)));
        assert!(!window.words.is_empty() && !inner.is_empty());
        assert!(window.input_ids.len() <= windowing.max_length());
        assert!(window.words.is_sorted_by(|left, right| left.word < right.word));
        for start in &window.words {
            let first = encoding.words.iter().position(|word| *word == Some(start.word)).unwrap();
            assert_eq!(window.input_ids[start.position], encoding.ids[first]);
            *starts.entry((window.sentence, start.word)).or_default() += 1;
        }
        // Whole words only: the sub-words of a window are those of its words, each up to the capacity.
        let word_of = |id: &u32| encoding.words[encoding.ids.iter().position(|other| other == id).unwrap()].unwrap();
        let (first, last) = (word_of(&inner[0]), word_of(&inner[inner.len() - 1]));
        let expected: Vec<u32> = (first..=last).flat_map(|word| ids_of(encoding, word, capacity)).collect();
        assert_eq!(inner, expected);
    }
    let mut without = 0;
    for (sentence, encoding) in encodings.iter().enumerate() {
        for word in 0..encoding.n_words {
            let has_subword = encoding.words.contains(&Some(word));
            if !has_subword {
                assert_eq!(windows.without_subwords.get(without), Some(&(sentence, word)));
                without += 1;
            }
            assert_eq!(starts.get(&(sentence, word)).copied().unwrap_or(0), usize::from(has_subword));
        }
        let n_windows = windows.windows.iter().filter(|window| window.sentence == sentence).count();
        let total: usize = (0..encoding.n_words).map(|word| ids_of(encoding, word, capacity).len()).sum();
        assert_eq!(n_windows == 1, (1..=capacity).contains(&total));
    }
    assert_eq!(windows.words_without_subwords, without);
    assert_eq!(windows.words, starts.len() + without);
    assert_eq!(windows.words, encodings.iter().map(|encoding| encoding.n_words).sum::<usize>());
    let order: Vec<(usize, usize)> =
        windows.windows.iter().map(|window| (window.sentence, window.words[0].word)).collect();
    assert!(order.is_sorted());
}

fn ids_of(encoding: &Encoding, word: usize, capacity: usize) -> Vec<u32> {
    let of_word = encoding.ids.iter().zip(&encoding.words).filter(|(_, of)| **of == Some(word));
    of_word.map(|(id, _)| *id).take(capacity).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_word_is_answered_for_once(
        sentences in proptest::collection::vec(proptest::collection::vec(0_usize..7, 0..40), 1..5),
        context in 0_usize..6,
        room in 3_usize..20,
    ) {
        let encodings: Vec<Encoding> = sentences.iter().map(|lengths| encoding(lengths)).collect();
        check_windows(&encodings, Windowing::new(2 * context + room, context).unwrap());
    }

    /// With words of one sub-word, every word sees the context asked for on both sides, or the sentence's edge.
    #[test]
    fn every_word_has_its_context(n_words in 1_usize..60, context in 0_usize..6, room in 3_usize..12) {
        let encoding = encoding(&vec![1; n_words]);
        let ids = encoding.ids.clone();
        let windows = Windows::of(&[encoding], Windowing::new(2 * context + room, context).unwrap());
        for window in &windows.windows {
            let inner = &window.input_ids[1..window.input_ids.len() - 1];
            for start in &window.words {
                let left = start.position - 1;
                let right = inner.len() - start.position;
                prop_assert!(left >= context || inner[0] == ids[1]);
                prop_assert!(right >= context || inner[inner.len() - 1] == ids[n_words]);
            }
        }
    }
}
