//! The ledger: names, balance, merging, and what is refused and in which words.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use expect_test::expect;
use proptest::prelude::*;
use welt_data::ledger::{Allowed, Counts, Item, Ledger, Loss, Stage, Unit};
use welt_data::{DataError, Document, Mention};

fn counts(documents: usize, sentences: usize, words: usize, mentions: usize) -> Counts {
    Counts { documents, sentences, words, mentions }
}

fn some() -> Ledger {
    let mut ledger = Ledger::listing(2);
    ledger.read(&[Document {
        id: "7".to_owned(),
        passages: Vec::new(),
        mentions: vec![Mention::new("A", 0..1); 6],
        sentences: None,
    }]);
    ledger.lose(Stage::Read, Loss::UnreadRelation, || Item::new("7", 0..0, "CID", ""));
    ledger.pass(Stage::Tag, counts(1, 3, 20, 6), counts(1, 2, 20, 3));
    for start in [4, 9, 12, 15] {
        ledger.lose(Stage::Tag, Loss::Nested, || Item::new("7", start..start + 3, "a\tb", "Gene"));
    }
    ledger.change(Stage::Tag, Loss::Discontinuous, 1, || {
        let note = "taken apart".to_owned();
        Item { parts: vec![0..2, 5..6], note, ..Item::new("7", 0..1, "c d", "Gene") }
    });
    ledger.entry(Stage::Tag, Loss::MergedSentences).lost += 1;
    ledger
}

#[test]
fn shows_the_stages_and_what_was_lost() {
    let ledger = some();
    assert_eq!(ledger.unbalanced(), None);
    expect![[r#"
        stage            documents   sentences       words    mentions
        read in                  1           0           0           6
        read out                 1           0           0           6
        tag in                   1           3          20           6
        tag out                  1           2          20           3
        read: unread-relation: 1 lost, 0 changed
            7 0..0 `CID`
        tag: discontinuous: 0 lost, 1 changed, 1 added
            7 0..2;5..6 `c d` (Gene) taken apart
        tag: nested: 4 lost, 0 changed
            7 4..7 `a\tb` (Gene)
            7 9..12 `a\tb` (Gene)
            and 2 more
        tag: merged-sentences: 1 lost, 0 changed
    "#]]
    .assert_eq(&ledger.to_string());
    expect![[r#"{"listed":2,"stages":{"read":{"into":{"documents":1,"sentences":0,"words":0,"mentions":6},"out":{"documents":1,"sentences":0,"words":0,"mentions":6},"entries":{"unread-relation":{"lost":1,"changed":0,"added":0,"items":[{"document":"7","parts":[{"start":0,"end":0}],"text":"CID","entity_type":"","note":""}]}}},"tag":{"into":{"documents":1,"sentences":3,"words":20,"mentions":6},"out":{"documents":1,"sentences":2,"words":20,"mentions":3},"entries":{"discontinuous":{"lost":0,"changed":1,"added":1,"items":[{"document":"7","parts":[{"start":0,"end":2},{"start":5,"end":6}],"text":"c d","entity_type":"Gene","note":"taken apart"}]},"nested":{"lost":4,"changed":0,"added":0,"items":[{"document":"7","parts":[{"start":4,"end":7}],"text":"a\tb","entity_type":"Gene","note":""},{"document":"7","parts":[{"start":9,"end":12}],"text":"a\tb","entity_type":"Gene","note":""}]},"merged-sentences":{"lost":1,"changed":0,"added":0,"items":[]}}}}}"#]].assert_eq(&serde_json::to_string(&ledger).unwrap());
}

/// As a record of a run has it that was written when readers and writers had accounts of their own.
#[test]
fn an_older_ledger_is_read() {
    let json = r#"{"listed":100,"stages":{"read":{"into":{"documents":1,"sentences":0,"words":0,"mentions":6},"out":{"documents":1,"sentences":0,"words":0,"mentions":6},"entries":{"unread-relation":{"lost":1,"changed":0,"added":0,"items":[{"document":"7","parts":[{"start":0,"end":0}],"text":"CID","entity_type":"","note":"first at a.txt:1:1"}]}}},"sub-word":{"into":{"documents":1,"sentences":3,"words":20,"mentions":6},"out":{"documents":1,"sentences":3,"words":20,"mentions":6},"entries":{}},"write":{"into":{"documents":0,"sentences":0,"words":0,"mentions":0},"out":{"documents":0,"sentences":0,"words":0,"mentions":0},"entries":{"unwritten-identifiers":{"lost":2,"changed":0,"added":0,"items":[]}}}}}"#;
    let ledger: Ledger = serde_json::from_str(json).unwrap();
    assert_eq!((ledger.count(Loss::UnreadRelation), ledger.count(Loss::UnwrittenIdentifiers)), (1, 2));
    assert_eq!(serde_json::to_string(&ledger).unwrap(), json);
}

#[test]
fn refuses_what_is_not_allowed_by_name() {
    let check = |names: &[&str]| match Allowed::of(names)
        .map_err(DataError::from)
        .and_then(|allowed| Ok(some().check(&allowed)?))
    {
        Ok(()) => "allowed".to_owned(),
        Err(error) => error.to_string(),
    };
    let shown = [
        check(&[]),
        check(&["nested", "unread-relation"]),
        check(&["discontinuous", "nested", "unread-relation"]),
        check(&["nestled"]),
    ];
    expect![[r#"
        1 unread-relation in the stage `read`: 7 0..0 `CID`; 1 discontinuous in the stage `tag`: 7 0..2;5..6 `c d` (Gene) taken apart; 4 nested in the stage `tag`: 7 4..7 `a\tb` (Gene), 7 9..12 `a\tb` (Gene) and 2 more

        1 discontinuous in the stage `tag`: 7 0..2;5..6 `c d` (Gene) taken apart

        allowed

        `nestled` is not the name of a loss, expected nested"#]].assert_eq(&shown.join("\n\n"));
}

#[test]
fn a_refusal_is_known_before_its_error() {
    for names in [&[][..], &["nested"], &["discontinuous", "nested"], &["discontinuous", "nested", "unread-relation"]] {
        let allowed = Allowed::of(names).unwrap();
        assert_eq!(some().is_refused(&allowed), some().check(&allowed).is_err(), "{names:?}");
    }
}

#[test]
fn a_shortened_list_keeps_the_counts() {
    let mut short = some();
    short.shorten(1);
    let nested = &short.stages()[&Stage::Tag].entries[&Loss::Nested];
    assert_eq!((nested.lost, nested.items.len()), (4, 1));
    assert_eq!(nested.items[0].parts.first(), Some(&(4..7)));
}

#[test]
fn names_are_read_as_they_are_written() {
    for loss in Loss::ALL {
        assert_eq!(loss.name().parse(), Ok(*loss));
        let json = serde_json::to_string(loss).unwrap();
        assert_eq!((json.as_str(), serde_json::from_str(&json).unwrap()), (format!("\"{loss}\"").as_str(), *loss));
    }
    for name in ["", "unread-", "Nested", "unwritten"] {
        assert!(name.parse::<Loss>().is_err(), "{name}");
    }
}

#[test]
fn says_what_does_not_balance() {
    let mut ledger = Ledger::listing(0);
    ledger.pass(Stage::Tag, counts(1, 2, 3, 4), counts(1, 2, 3, 3));
    assert_eq!(ledger.unbalanced(), Some((Stage::Tag, Unit::Mention)));
    ledger.entry(Stage::Tag, Loss::NoWord).lost += 1;
    assert_eq!(ledger.unbalanced(), None);
    // Rows stand in no balance, but what a writer lost of documents and mentions does.
    ledger.pass(Stage::Write, counts(3, 2, 3, 5), counts(1, 2, 3, 2));
    ledger.entry(Stage::Write, Loss::UnwrittenIdentifiers).lost += 7;
    assert_eq!(ledger.unbalanced(), Some((Stage::Write, Unit::Document)));
    ledger.entry(Stage::Write, Loss::UnwrittenDocuments).lost += 2;
    assert_eq!(ledger.unbalanced(), Some((Stage::Write, Unit::Mention)));
    ledger.entry(Stage::Write, Loss::UnwrittenMentions).lost += 1;
    ledger.entry(Stage::Write, Loss::UnwrittenWithoutOffsets).lost += 2;
    assert_eq!(ledger.unbalanced(), None);
}

const NAMES: [Loss; 4] = [Loss::OtherType, Loss::Empty, Loss::OutsideText, Loss::CrossesPassage];

/// A ledger of some losses, each at its own offset.
fn ledger_of(listed: usize, losses: &[(usize, usize)]) -> Ledger {
    let mut ledger = Ledger::listing(listed);
    for &(name, offset) in losses {
        ledger.pass(Stage::Tag, counts(0, 0, 0, 1), counts(0, 0, 0, 0));
        ledger.lose(Stage::Tag, NAMES[name], || Item::new("d", offset..offset + 1, "x", "A"));
    }
    ledger
}

proptest! {
    #[test]
    fn parts_in_order_give_the_whole(
        losses in prop::collection::vec((0_usize..4, 0_usize..100), 0..30),
        cut in 0_usize..30,
        listed in 0_usize..5,
    ) {
        let cut = cut.min(losses.len());
        let mut parts = ledger_of(listed, &losses[..cut]);
        parts.merge(ledger_of(listed, &losses[cut..]));
        prop_assert_eq!(parts, ledger_of(listed, &losses));
    }
}
