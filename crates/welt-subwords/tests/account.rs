//! The account of the stages behind the tagger: every word, sentence and mention that gives no sub-word, and every cut.

use expect_test::expect;
use welt_data::ledger::{Counts, Item, Ledger, Stage};
use welt_subwords::{Encoding, Windowing, Windows};
use welt_tags::Span;

fn counts(documents: usize, sentences: usize, words: usize, mentions: usize) -> Counts {
    Counts { documents, sentences, words, mentions }
}

#[test]
fn counts_what_became_of_words() {
    // A sentence of four words, the second without a sub-word and the third of four; a sentence of one word without any.
    let (start, end) = (1, 2);
    let words = vec![None, Some(0), Some(2), Some(2), Some(2), Some(2), Some(3), None];
    let long = Encoding { ids: vec![start, 10, 11, 12, 13, 14, 15, end], words, n_words: 4 };
    let none = Encoding { ids: vec![start, end], words: vec![None, None], n_words: 1 };
    let windows = Windows::of(&[long, none], Windowing::new(5, 0).unwrap());
    let spans = [vec![Span::new("A", 0..2), Span::new("A", 2..4)], vec![Span::new("A", 0..1)]];
    let spans: Vec<&[Span]> = spans.iter().map(Vec::as_slice).collect();
    let mut ledger = Ledger::listing(1);
    ledger.pass(Stage::Tag, counts(1, 2, 5, 3), counts(1, 2, 5, 3));
    windows.account(&mut ledger, &spans, |sentence, span| {
        Item::new(&format!("sentence {sentence}"), span.start..span.end, "", &span.entity_type)
    });
    assert_eq!(ledger.unbalanced(), None);
    expect![[r#"
        stage            documents   sentences       words    mentions
        tag in                   1           2           5           3
        tag out                  1           2           5           3
        sub-word in              1           2           5           3
        sub-word out             1           1           3           2
        window in                1           1           3           2
        window out               1           1           3           2
        sub-word: word-without-sub-words: 2 lost, 0 changed
        sub-word: sentence-without-sub-words: 1 lost, 0 changed
        sub-word: mention-without-sub-words: 1 lost, 0 changed
            sentence 1 0..1 (A)
        window: cut-word: 0 lost, 1 changed
        window: windowed: 0 lost, 1 changed
    "#]]
    .assert_eq(&ledger.to_string());
}
