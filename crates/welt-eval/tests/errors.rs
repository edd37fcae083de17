//! The paper's examples of its three types of errors, recorded cases, and what must hold for all entities.
//! No tool has values for these types, so that the recorded cases are held to seqeval's and FairEval's counts as far as both must agree.

mod records;

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use proptest::prelude::*;
use records::records;
use serde_json::Value;
use welt_eval::errors::{
    Breakdown, EntityError, ErrorKind, Familiarity, Labels, Length, MentionCounts, Mentions, PairCounts, Shape, Tally,
    TypeCounts, find,
};
use welt_eval::{Counts, ZeroDivision};
use welt_tags::{Chunk, Span};

fn chunks(spans: &[Span]) -> Vec<Chunk<'_>> {
    spans.iter().map(Chunk::from).collect()
}

/// Entities as `Type:start-end`, with one space between.
fn spans(text: &str) -> Vec<Span> {
    let span = |part: &str| {
        let (entity_type, positions) = part.split_once(':').expect("a type");
        let (start, end) = positions.split_once('-').expect("two positions");
        Span::new(entity_type, start.parse().expect("a number")..end.parse().expect("a number"))
    };
    text.split_whitespace().map(span).collect()
}

fn check(gold: &str, predicted: &str, expected: &Expect) {
    let (gold, predicted) = (spans(gold), spans(predicted));
    let errors = find(&chunks(&gold), &chunks(&predicted));
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn the_examples_of_the_paper_have_its_types() {
    // S, which stands for sulphur and is not annotated.
    check("", "Chemical:3-4", &expect!["Type-1 (spurious): Chemical[3..4]"]);
    // PAN, which stands for peroxyacetyl nitrate and is not found.
    check("Chemical:0-1 Chemical:2-4", "Chemical:2-4", &expect!["Type-2 (missed): Chemical[0..1]"]);
    // amphotericin B- sodium deoxycholate, found as amphotericin B- and sodium deoxycholate: two FP and one FN by exact matching.
    check(
        "Chemical:0-4",
        "Chemical:0-2 Chemical:2-4",
        &expect!["Type-3 (split, same label): Chemical[0..4] found as Chemical[0..2] Chemical[2..4]"],
    );
    let (gold, predicted) = (spans("Chemical:0-4"), spans("Chemical:0-2 Chemical:2-4"));
    let mut tally = Tally::default();
    tally.add(&chunks(&gold), &chunks(&predicted));
    let report = tally.report();
    assert_eq!((report.predicted - report.exact, report.gold - report.exact), (2, 1));
    assert_eq!((report.spurious, report.missed, report.overlaps), (0, 0, 1));
}

#[test]
fn what_hangs_together_is_one_error() {
    check("A:0-2 B:4-5", "A:0-2 B:4-5", &expect![""]);
    check("A:0-2", "B:0-2", &expect!["Type-3 (label, different labels): A[0..2] found as B[0..2]"]);
    check("A:0-2", "A:1-3", &expect!["Type-3 (boundary, same label): A[0..2] found as A[1..3]"]);
    check("A:0-2", "B:0-3", &expect!["Type-3 (boundary, different labels): A[0..2] found as B[0..3]"]);
    check("A:0-1 B:1-2", "A:0-2", &expect!["Type-3 (merge, different labels): A[0..1] B[1..2] found as A[0..2]"]);
    check(
        "A:0-2 A:2-4",
        "A:1-3 A:3-4",
        &expect!["Type-3 (complex, same label): A[0..2] A[2..4] found as A[1..3] A[3..4]"],
    );
    check(
        "A:7-8 A:2-4",
        "A:0-1 A:3-5 A:9-10",
        &expect![[r#"
            Type-1 (spurious): A[0..1]
            Type-3 (boundary, same label): A[2..4] found as A[3..5]
            Type-2 (missed): A[7..8]
            Type-1 (spurious): A[9..10]"#]],
    );
}

#[test]
fn exact_entities_leave_the_game() {
    // Nothing was still to be found where the outer entity was found.
    check("A:0-4", "A:0-4 A:1-2", &expect!["Type-1 (spurious): A[1..2]"]);
    check("A:0-4 A:1-2", "A:0-4", &expect!["Type-2 (missed): A[1..2]"]);
    // What only the exact entity tied together falls apart.
    check(
        "A:0-9 A:0-2",
        "A:0-9 A:7-9",
        &expect![[r#"
            Type-2 (missed): A[0..2]
            Type-1 (spurious): A[7..9]"#]],
    );
    // One gold entity takes one prediction.
    check("A:0-2", "A:0-2 A:0-2", &expect!["Type-1 (spurious): A[0..2]"]);
}

#[test]
fn entities_of_one_side_tie_nothing_by_themselves() {
    check(
        "A:0-4 A:1-2",
        "A:3-5",
        &expect![[r#"
            Type-3 (boundary, same label): A[0..4] found as A[3..5]
            Type-2 (missed): A[1..2]"#]],
    );
    // Empty entities share no position with anything.
    check("A:2-2", "A:2-2", &expect![""]);
    check(
        "A:0-4",
        "A:2-2",
        &expect![[r#"
            Type-2 (missed): A[0..4]
            Type-1 (spurious): A[2..2]"#]],
    );
}

#[test]
fn json_names_what_it_counts() {
    let (gold, predicted) = (spans("A:0-2 B:3-4 B:6-7"), spans("A:0-1 A:3-4 B:8-9"));
    let errors = find(&chunks(&gold), &chunks(&predicted));
    expect![[r#"{"kind":"overlap","shape":"boundary","labels":"same","gold":[{"entity_type":"A","start":0,"end":2}],"predicted":[{"entity_type":"A","start":0,"end":1}]}"#]]
        .assert_eq(&serde_json::to_string(&errors[0]).expect("JSON"));
    let mut tally = Tally::default();
    tally.add(&chunks(&gold), &chunks(&predicted));
    let Ok(Value::Object(fields)) = serde_json::to_value(tally.report()) else { panic!("a report is an object") };
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    expect![[r#"
        confusion: [{"gold":null,"n":1,"predicted":"B","relation":"spurious"},{"gold":"A","n":1,"predicted":"A","relation":"other_bounds"},{"gold":"B","n":1,"predicted":null,"relation":"missed"},{"gold":"B","n":1,"predicted":"A","relation":"same_bounds"}]
        different_labels: {"boundary":0,"complex":0,"label":1,"merge":0,"split":0}
        exact: 0
        gold: 3
        missed: 1
        overlaps: 2
        per_type: {"A":{"exact":0,"gold_in_overlaps":1,"missed":0,"predicted_in_overlaps":2,"same_label":{"boundary":1,"complex":0,"label":0,"merge":0,"split":0},"spurious":0},"B":{"exact":0,"gold_in_overlaps":1,"missed":1,"predicted_in_overlaps":0,"same_label":{"boundary":0,"complex":0,"label":0,"merge":0,"split":0},"spurious":1}}
        predicted: 3
        same_label: {"boundary":1,"complex":0,"label":0,"merge":0,"split":0}
        spurious: 1"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn mentions_fall_into_buckets() {
    let mut training = Mentions::default();
    training.insert_sentence(&["Lynch", "syndrome", "(", "HNPCC", ")"], &chunks(&spans("A:0-2 A:3-4 A:4-9")));
    let check = |text: &str, familiarity, length| {
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!((training.familiarity(&words), Length::of(words.len())), (familiarity, length), "{text}");
    };
    check("Lynch syndrome", Familiarity::Seen, Length::Two);
    check("lynch Syndrome", Familiarity::SeenIgnoringCase, Length::Two);
    check("Lynch", Familiarity::Unseen, Length::One);
    check(")", Familiarity::Seen, Length::One);
    check("hereditary non polyposis colon cancer", Familiarity::Unseen, Length::FourOrMore);

    let words = ["HNPCC", "or", "lynch", "syndrome", "or", "APC"];
    let mut breakdown = Breakdown::default();
    breakdown.add(&words, &chunks(&spans("A:0-1 A:2-4")), &chunks(&spans("A:0-1 A:3-4 A:5-6")), Some(&training));
    let numbers = |counts: MentionCounts| {
        let MentionCounts { exact, missed, gold_in_overlaps, spurious, predicted_in_overlaps } = counts;
        [exact, missed, gold_in_overlaps, spurious, predicted_in_overlaps]
    };
    let familiarity = breakdown.familiarity.expect("training data");
    assert_eq!(numbers(familiarity.seen), [1, 0, 0, 0, 0]);
    assert_eq!(numbers(familiarity.seen_ignoring_case), [0, 0, 1, 0, 0]);
    assert_eq!(numbers(familiarity.unseen), [0, 0, 0, 1, 1]);
    assert_eq!(numbers(breakdown.length.one), [1, 0, 0, 1, 1]);
    assert_eq!(numbers(breakdown.length.two), [0, 0, 1, 0, 0]);
    assert_eq!(numbers(breakdown.form.abbreviation), [1, 0, 0, 1, 0]);
    assert_eq!(numbers(breakdown.form.other), [0, 0, 1, 0, 1]);
    assert_eq!(breakdown.form.abbreviation.counts().precision(ZeroDivision::Zero), 0.5);
}

/// The entities of each sentence; records have inclusive ends.
fn given_spans(value: &Value) -> Vec<Vec<Span>> {
    let sentences: Vec<Vec<(String, usize, usize)>> = serde_json::from_value(value.clone()).expect("entities");
    let span = |(entity_type, start, end): &(String, usize, usize)| Span::new(entity_type, *start..end + 1);
    sentences.iter().map(|sentence| sentence.iter().map(span).collect()).collect()
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number").try_into().expect("a small number")
}

#[test]
fn recorded_cases_have_the_exact_matches_of_seqeval_and_the_rest_of_faireval() {
    for record in &records("cases") {
        let id = &record["id"];
        let expected = &record["expected"];
        let [gold, predicted] = ["true", "pred"].map(|side| given_spans(&expected["spans"][side]));
        let mut tally = Tally::default();
        for (gold, predicted) in gold.iter().zip(&predicted) {
            tally.add(&chunks(gold), &chunks(predicted));
        }
        let report = tally.report();
        let traditional = &expected["faireval"]["overall"]["traditional"];
        assert_eq!(report.exact, number(&traditional["TP"]), "{id}");
        assert_eq!(report.predicted, report.exact + number(&traditional["FP"]), "{id}");
        assert_eq!(report.gold, report.exact + number(&traditional["FN"]), "{id}");
        let recall = expected["seqeval"]["micro"]["recall"].as_f64().expect("a ratio");
        let counts = Counts { true_positives: report.exact, predicted: report.predicted, gold: report.gold };
        let zero_division = if record["zero_division"] == 1 { ZeroDivision::One } else { ZeroDivision::Zero };
        assert!((counts.recall(zero_division) - recall).abs() < 1e-9, "{id}: recall {recall}");
        for (name, counts) in &report.per_type {
            let support = &expected["seqeval"]["per_type"][name]["support"];
            assert_eq!(counts.gold(), number(support), "{id}: {name}");
        }
        let fair = &expected["faireval"]["overall"]["fair"];
        assert_eq!(report.spurious, number(&fair["FP"]), "{id}");
        assert_eq!(report.missed, number(&fair["FN"]), "{id}");
        let one_each = report.same_label.boundary + report.different_labels.label + report.different_labels.boundary;
        let several = report.overlaps - one_each;
        let n_pairs: usize = ["LE", "BE", "LBE"].iter().map(|kind| number(&fair[kind])).sum();
        assert!(n_pairs >= one_each + 2 * several, "{id}: {n_pairs} pairs, {one_each} and {several} overlaps");
        assert!(several > 0 || n_pairs == one_each, "{id}: {n_pairs} pairs, {one_each} overlaps");
    }
}

/// A label, the first word, the last word, and all words.
type FairSpan = (String, usize, usize, Vec<usize>);

/// The entities of each sentence as FairEval takes them, or nothing if one of them has a gap.
fn fair_spans(value: &Value) -> Option<Vec<Vec<Span>>> {
    let sentences: Vec<Vec<FairSpan>> = serde_json::from_value(value.clone()).expect("entities");
    let span = |(entity_type, start, end, words): &FairSpan| {
        let has_gap = words.len() != end + 1 - start;
        (!has_gap).then(|| Span::new(entity_type, *start..end + 1))
    };
    sentences.iter().map(|sentence| sentence.iter().map(span).collect()).collect()
}

#[test]
fn where_entities_nest_faireval_leaves_as_many_alone_or_more() {
    let records = records("faireval_spans");
    let mut n_checked = 0;
    for record in &records {
        let sides = ["target", "system"].map(|side| fair_spans(&record[side]));
        let [Some(gold), Some(predicted)] = sides else { continue };
        let mut tally = Tally::default();
        for (gold, predicted) in gold.iter().zip(&predicted) {
            tally.add(&chunks(gold), &chunks(predicted));
        }
        let report = tally.report();
        let expected = &record["expected"]["overall"];
        let id = &record["id"];
        assert_eq!(report.exact, number(&expected["traditional"]["TP"]), "{id}");
        let flat = gold.iter().chain(&predicted).all(|sentence| {
            let mut words = BTreeSet::new();
            sentence.iter().flat_map(Span::words).all(|word| words.insert(word))
        });
        for (name, ours) in [("FP", report.spurious), ("FN", report.missed)] {
            let theirs = number(&expected["fair"][name]);
            assert!(theirs == ours || theirs > ours && !flat, "{id}: {theirs} by FairEval, {ours} here");
        }
        n_checked += 1;
    }
    assert!(n_checked > 0, "all records have entities with gaps");
}

/// Entities of two types that may nest, overlap, be empty or stand twice.
fn entities() -> impl Strategy<Value = Vec<Span>> {
    let entity = ("[AB]", 0..12_usize, 0..4_usize);
    prop::collection::vec(entity.prop_map(|(name, start, length)| Span::new(&name, start..start + length)), 0..16)
}

/// Entities that share no position with others of their side, nearly all end to end: those of two such lists hang together over long ways.
fn chain() -> impl Strategy<Value = Vec<Span>> {
    let gap = prop_oneof![9 => Just(0_usize), 1 => 1..4_usize];
    prop::collection::vec(("[AB]", gap, 1..5_usize), 0..30).prop_map(|steps| {
        let mut end = 0;
        let span = |(entity_type, gap, length): (String, usize, usize)| {
            let start = end + gap;
            end = start + length;
            Span::new(&entity_type, start..end)
        };
        steps.into_iter().map(span).collect()
    })
}

/// Entities of any bounds, the reversed and those at the end of what there is included.
fn odd_entities() -> impl Strategy<Value = Vec<Span>> {
    let position = || prop_oneof![3 => 0..9_usize, 1 => usize::MAX - 3..=usize::MAX];
    let entity = ("[AB]", position(), position());
    prop::collection::vec(entity.prop_map(|(name, start, end)| Span::new(&name, start..end)), 0..12)
}

/// The entities of each error, by merging whatever two share a position until nothing more can be merged.
fn merged(gold: &[Span], predicted: &[Span]) -> Vec<[Vec<Span>; 2]> {
    let exact = exact(gold, predicted);
    let rest = |spans: &[Span]| {
        let mut exact = exact.clone();
        let mut is_exact =
            |span: &Span| exact.iter().position(|other| other == span).map(|index| exact.remove(index)).is_some();
        spans.iter().filter(|span| !is_exact(span)).cloned().collect::<Vec<Span>>()
    };
    let touch = |one: &Span, other: &Span| one.start.max(other.start) < one.end.min(other.end);
    let mut errors: Vec<[Vec<Span>; 2]> = rest(gold).into_iter().map(|span| [vec![span], Vec::new()]).collect();
    for span in rest(predicted) {
        let ties = |error: &mut [Vec<Span>; 2]| error[0].iter().any(|gold| touch(gold, &span));
        let tied: Vec<[Vec<Span>; 2]> = errors.extract_if(.., ties).collect();
        let mut whole = [Vec::new(), vec![span]];
        for [gold, predicted] in tied {
            whole[0].extend(gold);
            whole[1].extend(predicted);
        }
        errors.push(whole);
    }
    let mut errors: Vec<[Vec<Span>; 2]> = errors.into_iter().map(|error| error.map(sorted)).collect();
    errors.sort();
    errors
}

/// How often labels lie at one position, by looking at all pairs of each error.
fn pairs(errors: &[EntityError]) -> BTreeMap<(String, String), (usize, usize)> {
    let mut pairs: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for error in errors {
        for (gold, predicted) in error.gold.iter().flat_map(|gold| error.predicted.iter().map(move |p| (gold, p))) {
            if gold.start.max(predicted.start) < gold.end.min(predicted.end) {
                let same_bounds = gold.words() == predicted.words();
                let counts = pairs.entry((gold.entity_type.clone(), predicted.entity_type.clone())).or_default();
                *(if same_bounds { &mut counts.0 } else { &mut counts.1 }) += 1;
            }
        }
    }
    pairs
}

fn check_against_merged(gold: &[Span], predicted: &[Span]) -> Result<(), TestCaseError> {
    let errors = find(&chunks(gold), &chunks(predicted));
    let by_label = tally(gold, predicted).pairs.into_iter().flat_map(|(gold, row)| {
        let cell = move |(predicted, counts): (String, PairCounts)| {
            ((gold.clone(), predicted), (counts.same_bounds, counts.other_bounds))
        };
        row.into_iter().map(cell)
    });
    prop_assert_eq!(by_label.collect::<BTreeMap<_, _>>(), pairs(&errors));
    let mut found: Vec<[Vec<Span>; 2]> =
        errors.into_iter().map(|error| [error.gold, error.predicted].map(sorted)).collect();
    found.sort();
    prop_assert_eq!(found, merged(gold, predicted));
    Ok(())
}

fn tally(gold: &[Span], predicted: &[Span]) -> Tally {
    let mut tally = Tally::default();
    tally.add(&chunks(gold), &chunks(predicted));
    tally
}

/// The entities that stand in both lists, found the slow way.
fn exact(gold: &[Span], predicted: &[Span]) -> Vec<Span> {
    let mut rest = predicted.to_vec();
    let mut take =
        |span: &&Span| rest.iter().position(|other| other == *span).map(|index| rest.remove(index)).is_some();
    gold.iter().filter(|span| take(span)).cloned().collect()
}

fn sorted(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    spans
}

/// How many of the errors are such overlaps.
fn count(errors: &[EntityError], shape: Shape, labels: Labels) -> usize {
    errors.iter().filter(|error| error.kind == ErrorKind::Overlap { shape, labels }).count()
}

#[test]
fn every_small_group_is_what_hangs_together() {
    let bounds = (0..3).flat_map(|start| (start + 1..4).map(move |end| start..end));
    let all: Vec<Span> = bounds.flat_map(|words| ["A", "B"].map(|name| Span::new(name, words.clone()))).collect();
    let mut lists: Vec<Vec<Span>> = vec![Vec::new()];
    lists.extend(all.iter().map(|one| vec![one.clone()]));
    lists.extend(all.iter().flat_map(|one| all.iter().map(move |other| vec![one.clone(), other.clone()])));
    for gold in &lists {
        for predicted in &lists {
            check_against_merged(gold, predicted).expect("errors that hang together");
        }
    }
}

proptest! {
    #[test]
    fn an_error_is_what_hangs_together(gold in entities(), predicted in entities()) {
        check_against_merged(&gold, &predicted)?;
    }

    #[test]
    fn an_error_may_be_a_long_chain(gold in chain(), predicted in chain()) {
        check_against_merged(&gold, &predicted)?;
    }

    #[test]
    fn entities_of_any_bounds_are_counted(gold in odd_entities(), predicted in odd_entities()) {
        check_against_merged(&gold, &predicted)?;
        let report = tally(&gold, &predicted).report();
        prop_assert_eq!((report.gold, report.predicted), (gold.len(), predicted.len()));
        let mut breakdown = Breakdown::default();
        breakdown.add(&["a", "AB", "c"], &chunks(&gold), &chunks(&predicted), Some(&Mentions::default()));
        let unseen = breakdown.familiarity.map(|by| (by.unseen.gold(), by.unseen.predicted())).unwrap_or_default();
        prop_assert_eq!(unseen, (gold.len(), predicted.len()));
    }

    #[test]
    fn every_entity_is_in_one_place(gold in entities(), predicted in entities()) {
        let errors = find(&chunks(&gold), &chunks(&predicted));
        let exact = exact(&gold, &predicted);
        let mut found: [Vec<Span>; 2] = [exact.clone(), exact];
        for error in &errors {
            found[0].extend(error.gold.iter().cloned());
            found[1].extend(error.predicted.iter().cloned());
        }
        prop_assert_eq!(found.map(sorted), [gold, predicted].map(sorted));
        prop_assert!(errors.is_sorted_by_key(|error| error.extent().start));
    }

    #[test]
    fn errors_are_apart_and_what_is_alone_touches_nothing(gold in entities(), predicted in entities()) {
        let errors = find(&chunks(&gold), &chunks(&predicted));
        let touch = |one: &Span, other: &Span| one.words().any(|word| other.words().contains(&word));
        for (index, one) in errors.iter().enumerate() {
            for (other_index, other) in errors.iter().enumerate() {
                let ties = one.gold.iter().any(|gold| other.predicted.iter().any(|predicted| touch(gold, predicted)));
                let overlap = matches!(one.kind, ErrorKind::Overlap { .. });
                prop_assert_eq!(ties, index == other_index && overlap, "{} and {}", one, other);
            }
        }
    }

    #[test]
    fn counts_are_those_of_the_list(gold in entities(), predicted in entities()) {
        let errors = find(&chunks(&gold), &chunks(&predicted));
        let report = tally(&gold, &predicted).report();
        let of_type = |number: u8| errors.iter().filter(|error| error.kind.paper_type() == number).count();
        prop_assert_eq!([report.spurious, report.missed, report.overlaps], [1, 2, 3].map(of_type));
        prop_assert_eq!((report.gold, report.predicted), (gold.len(), predicted.len()));
        prop_assert_eq!(report.exact, exact(&gold, &predicted).len());
        for (labels, counts) in
            [(Labels::Same, report.same_label), (Labels::Different, report.different_labels)]
        {
            let shapes = [Shape::Label, Shape::Boundary, Shape::Split, Shape::Merge, Shape::Complex];
            let found = [counts.label, counts.boundary, counts.split, counts.merge, counts.complex];
            prop_assert_eq!(found, shapes.map(|shape| count(&errors, shape, labels)));
        }
        let n_alone: usize =
            report.confusion.iter().filter(|cell| cell.gold.is_none() || cell.predicted.is_none()).map(|cell| cell.n).sum();
        prop_assert_eq!(n_alone, report.spurious + report.missed);
    }

    #[test]
    fn the_order_of_entities_plays_no_part(
        (gold, shuffled_gold) in entities().prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        (predicted, shuffled) in entities().prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let errors = find(&chunks(&gold), &chunks(&predicted));
        prop_assert_eq!(errors, find(&chunks(&shuffled_gold), &chunks(&shuffled)));
        prop_assert_eq!(tally(&gold, &predicted), tally(&shuffled_gold, &shuffled));
    }

    #[test]
    fn swapping_gold_and_prediction_swaps_the_types(gold in entities(), predicted in entities()) {
        let (one, other) = (tally(&gold, &predicted).report(), tally(&predicted, &gold).report());
        prop_assert_eq!((one.spurious, one.missed, one.overlaps), (other.missed, other.spurious, other.overlaps));
        prop_assert_eq!(one.same_label.split, other.same_label.merge);
    }

    #[test]
    fn parts_add_up_to_the_whole(sentences in prop::collection::vec((entities(), entities()), 0..5), cut in 0..5_usize) {
        let training = Mentions::default();
        let words = ["a", "AB", "c", "d", "EF", "g", "h"];
        let count = |part: &[(Vec<Span>, Vec<Span>)]| {
            let (mut tally, mut breakdown) = (Tally::default(), Breakdown::default());
            for (gold, predicted) in part {
                tally.add(&chunks(gold), &chunks(predicted));
                breakdown.add(&words, &chunks(gold), &chunks(predicted), Some(&training));
            }
            (tally, breakdown)
        };
        let (first, second) = sentences.split_at(cut.min(sentences.len()));
        let (mut sum, (second, second_breakdown)) = (count(first), count(second));
        sum.0 += &second;
        sum.1 += &second_breakdown;
        let whole = count(&sentences);
        prop_assert_eq!(&sum, &whole);
        let text = serde_json::to_string(&whole).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<(Tally, Breakdown)>(&text).expect("counts"), whole);
    }

    #[test]
    fn buckets_hold_all_mentions(gold in entities(), predicted in entities()) {
        let words = ["a", "AB", "c", "d", "EF", "g", "h"];
        let mut breakdown = Breakdown::default();
        breakdown.add(&words, &chunks(&gold), &chunks(&predicted), None);
        prop_assert_eq!(breakdown.familiarity, None);
        let report = tally(&gold, &predicted).report();
        let in_overlaps = |count: fn(&TypeCounts) -> usize| report.per_type.values().map(count).sum();
        let expected = MentionCounts {
            exact: report.exact,
            missed: report.missed,
            gold_in_overlaps: in_overlaps(|counts| counts.gold_in_overlaps),
            spurious: report.spurious,
            predicted_in_overlaps: in_overlaps(|counts| counts.predicted_in_overlaps),
        };
        let sum = |buckets: &[MentionCounts]| {
            let mut sum = MentionCounts::default();
            buckets.iter().for_each(|counts| sum += *counts);
            sum
        };
        let (length, form) = (breakdown.length, breakdown.form);
        prop_assert_eq!(sum(&[length.one, length.two, length.three, length.four_or_more]), expected);
        prop_assert_eq!(sum(&[form.abbreviation, form.other]), expected);
        let exact = exact(&gold, &predicted).len();
        let counts = Counts { true_positives: exact, predicted: predicted.len(), gold: gold.len() };
        prop_assert_eq!(expected.counts(), counts);
    }
}

/// Entities end to end, of which each but the first shares a word with two of those that start one word later.
fn long_chain(shift: usize) -> Vec<Span> {
    let entity_type = |n: usize| if n.is_multiple_of(3) { "A" } else { "B" };
    (0..20_000).map(|n| Span::new(entity_type(n), 4 * n + shift..4 * n + 4 + shift)).collect()
}

#[test]
fn a_chain_of_a_whole_document_takes_no_time() {
    let (gold, predicted) = (long_chain(0), long_chain(1));
    let report = tally(&gold, &predicted).report();
    assert_eq!((report.overlaps, report.different_labels.complex), (1, 1));
    assert_eq!(find(&chunks(&gold), &chunks(&predicted)).len(), 1);
    let mut breakdown = Breakdown::default();
    breakdown.add(&["word"; 100_000], &chunks(&gold), &chunks(&predicted), None);
    let expected =
        MentionCounts { gold_in_overlaps: 20_000, predicted_in_overlaps: 20_000, ..MentionCounts::default() };
    assert_eq!(breakdown.length.four_or_more, expected);
}

#[test]
fn training_mentions_are_known_whatever_their_length_and_letters() {
    let long = "very ".repeat(30);
    let mut training = Mentions::default();
    for text in ["Lynch syndrome", "lynch Syndrome", "α-Synuclein", "ΟΔΟΣ", &long, "a b"] {
        training.insert_text(text);
    }
    let check = |text: &str, expected| assert_eq!(training.familiarity_of_text(text), expected, "{text}");
    check("lynch Syndrome", Familiarity::Seen);
    check("LYNCH SYNDROME", Familiarity::SeenIgnoringCase);
    check("Lynch  syndromes", Familiarity::Unseen);
    check("α-Synuclein", Familiarity::Seen);
    check("Α-SYNUCLEIN", Familiarity::SeenIgnoringCase);
    check("οδος", Familiarity::SeenIgnoringCase);
    check(&long, Familiarity::Seen);
    check(&long.to_uppercase(), Familiarity::SeenIgnoringCase);
    check("", Familiarity::Unseen);
    assert_eq!(training.familiarity(&["a b"]), Familiarity::Seen);
    assert_eq!(training.familiarity(&["a", "b", ""]), Familiarity::Unseen);
}
