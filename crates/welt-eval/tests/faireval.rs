//! FairEval against the values that it gave itself, as they were recorded, and against a plain transcription of its rules.

mod records;
mod tagged;

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use proptest::prelude::*;
use records::records;
use serde_json::{Value, json};
use tagged::{chunking, pairs};
use welt_eval::faireval::{self, Discontinuous, ErrorCounts, Focus, Label, Tally, Weights};
use welt_eval::{Chunk, Scores};
use welt_tags::Span;

fn check_scores(found: &Scores, expected: &Value, what: &str) {
    for (name, found) in [("precision", found.precision), ("recall", found.recall), ("f1", found.f1)] {
        let expected = expected[name].as_f64().expect("a number");
        assert!((found - expected).abs() < 1e-9, "{what}: {name} is {found}, expected {expected}");
    }
}

fn check_counts(found: &ErrorCounts, expected: &Value, what: &str) {
    let fair = &expected["fair"];
    let counts = json!({
        "TP": found.true_positives, "FP": found.false_positives, "FN": found.false_negatives,
        "LE": found.label, "LBE": found.label_boundary, "BE": found.boundary(),
        "BES": found.smaller, "BEL": found.larger, "BEO": found.crossing,
    });
    for (name, count) in counts.as_object().expect("counts") {
        assert_eq!(count, &fair[name], "{what}: {name}");
    }
    check_scores(&found.scores(&Weights::FAIR), fair, &format!("{what}: fair"));
    check_scores(&found.scores(&Weights::PAPER), &expected["weighted"], &format!("{what}: weighted"));
    let traditional = found.traditional();
    let counts = json!({
        "TP": traditional.true_positives, "FP": traditional.false_positives(), "FN": traditional.false_negatives(),
    });
    for (name, count) in counts.as_object().expect("counts") {
        assert_eq!(count, &expected["traditional"][name], "{what}: traditional {name}");
    }
    check_scores(&found.traditional_scores(), &expected["traditional"], &format!("{what}: traditional"));
}

fn check_tally(tally: &Tally, focus: &Value, expected: &Value, what: &str) {
    let focus: Focus = serde_json::from_value(focus.clone()).expect("a focus");
    check_counts(&tally.total(), &expected["overall"], what);
    let types = tally.per_type(focus);
    let names: Vec<&String> = types.keys().collect();
    let expected_names: Vec<&String> = expected["per_label"].as_object().expect("types").keys().collect();
    assert_eq!(names, expected_names, "{what}: types");
    for (entity_type, counts) in &types {
        check_counts(counts, &expected["per_label"][entity_type], &format!("{what}: {entity_type}"));
    }
    assert_eq!(json!(tally.confusion()), expected["confusion"], "{what}: confusion");
}

/// The sentences of spans `[type, first, last]`.
fn given_spans(sentences: &Value) -> Vec<Vec<Span>> {
    let sentences: Vec<Vec<(String, usize, usize)>> = serde_json::from_value(sentences.clone()).expect("spans");
    let span = |(entity_type, first, last): &(String, usize, usize)| Span::new(entity_type, *first..last + 1);
    sentences.iter().map(|spans| spans.iter().map(span).collect()).collect()
}

fn chunks(spans: &[Span]) -> Vec<Chunk<'_>> {
    spans.iter().map(Chunk::from).collect()
}

fn tally_of(gold: &[Vec<Span>], predicted: &[Vec<Span>]) -> Tally {
    assert_eq!(gold.len(), predicted.len());
    let mut tally = Tally::default();
    for (gold, predicted) in gold.iter().zip(predicted) {
        tally.add(&chunks(gold), &chunks(predicted)).expect("entities with positions");
    }
    tally
}

#[test]
fn every_case_is_scored_as_faireval_scores_it() {
    for record in &records("cases") {
        let id = record["id"].as_str().expect("an id");
        let spans = &record["expected"]["spans"];
        let expected = &record["expected"]["faireval"];
        let given = tally_of(&given_spans(&spans["true"]), &given_spans(&spans["pred"]));
        check_tally(&given, &record["focus"], expected, id);
        let report = faireval::score(&pairs(record), chunking(record)).expect("readable tags");
        assert_eq!((report.chunking, report.tally), (chunking(record), given), "{id}: from tags");
    }
}

/// An entity as the golden file has it: `[type, first, last, positions]`.
type GivenEntity = (String, usize, usize, Vec<usize>);

/// An entity as a type and the parts between its gaps.
type Parts = (String, Vec<std::ops::Range<usize>>);

fn parts(sentences: &Value) -> Vec<Vec<Parts>> {
    let sentences: Vec<Vec<GivenEntity>> = serde_json::from_value(sentences.clone()).expect("entities");
    let entity = |(entity_type, first, last, positions): &GivenEntity| {
        assert_eq!((positions.first(), positions.last()), (Some(first), Some(last)));
        (entity_type.clone(), positions.iter().map(|position| *position..position + 1).collect())
    };
    sentences.iter().map(|entities| entities.iter().map(entity).collect()).collect()
}

fn discontinuous(entities: &[Parts]) -> Vec<Discontinuous<'_>> {
    entities.iter().map(|(entity_type, parts)| Discontinuous { entity_type, parts }).collect()
}

#[test]
fn every_list_of_spans_is_scored_as_faireval_scores_it() {
    for record in &records("faireval_spans") {
        let id = record["id"].as_str().expect("an id");
        let (gold, predicted) = (parts(&record["target"]), parts(&record["system"]));
        let (mut with_gaps, mut without_gaps) = (Tally::default(), Tally::default());
        let has_gaps = |(_, parts): &Parts| parts.windows(2).any(|pair| pair[0].end < pair[1].start);
        let continuous = !gold.iter().chain(&predicted).flatten().any(has_gaps);
        let chunk = |(entity_type, parts): &Parts| {
            Span::new(entity_type, parts.first().expect("a part").start..parts.last().expect("a part").end)
        };
        for (gold, predicted) in gold.iter().zip(&predicted) {
            with_gaps.add_discontinuous(&discontinuous(gold), &discontinuous(predicted)).expect("ordered parts");
            let [gold, predicted] = [gold, predicted].map(|entities| entities.iter().map(chunk).collect::<Vec<_>>());
            without_gaps.add(&chunks(&gold), &chunks(&predicted)).expect("entities with positions");
        }
        check_tally(&with_gaps, &record["focus"], &record["expected"], id);
        if continuous {
            assert_eq!(with_gaps, without_gaps, "{id}");
        }
    }
}

/// FairEval's rules word by word: a whole text at once, sets of positions, and whole lists looked through each time.
mod plain {
    use super::*;

    #[derive(Clone, PartialEq)]
    pub struct Entity {
        pub entity_type: String,
        pub first: usize,
        pub last: usize,
        pub positions: BTreeSet<usize>,
    }

    /// A kind of decision, the gold type and the predicted type.
    pub type Row = (&'static str, Option<String>, Option<String>);

    fn kind(gold: &Entity, predicted: &Entity) -> Option<&'static str> {
        if gold.last < predicted.first || predicted.last < gold.first {
            None
        } else if (gold.first, gold.last) == (predicted.first, predicted.last) {
            Some("TP")
        } else if gold.first <= predicted.first && predicted.last <= gold.last {
            Some("BES")
        } else if predicted.first <= gold.first && gold.last <= predicted.last {
            Some("BEL")
        } else {
            Some("BEO")
        }
    }

    fn row(kind: &'static str, gold: &Entity, predicted: &Entity) -> Row {
        (kind, Some(gold.entity_type.clone()), Some(predicted.entity_type.clone()))
    }

    fn best<'a>(of: &Entity, candidates: impl Iterator<Item = (usize, &'a Entity)>) -> Option<usize> {
        let key = |candidate: &Entity| {
            let shared = of.positions.intersection(&candidate.positions).count();
            let own = candidate.positions.difference(&of.positions).count();
            (-(shared as isize), own, candidate.last - candidate.first)
        };
        candidates.min_by_key(|(_, candidate)| key(candidate)).map(|(index, _)| index)
    }

    fn unshare(one: &mut Entity, other: &mut Entity) {
        let shared: BTreeSet<usize> = one.positions.intersection(&other.positions).copied().collect();
        one.positions.retain(|position| !shared.contains(position));
        other.positions.retain(|position| !shared.contains(position));
    }

    /// Takes out pairs that agree.
    fn exact(gold: &mut Vec<Entity>, predicted: &mut Vec<Entity>, rows: &mut Vec<Row>) {
        for entity in gold.clone() {
            if let Some(index) = predicted.iter().position(|other| *other == entity) {
                let other = predicted.remove(index);
                gold.remove(gold.iter().position(|other| *other == entity).expect("still there"));
                rows.push(row("TP", &entity, &other));
            }
        }
        for entity in gold.clone() {
            let agrees = |other: &Entity| {
                (other.first, other.last) == (entity.first, entity.last) && other.entity_type != entity.entity_type
            };
            if let Some(index) = predicted.iter().position(agrees) {
                let other = predicted.remove(index);
                gold.remove(gold.iter().position(|other| *other == entity).expect("still there"));
                rows.push(row("LE", &entity, &other));
            }
        }
    }

    pub fn decide(mut gold: Vec<Entity>, mut predicted: Vec<Entity>) -> Vec<Row> {
        let mut rows = Vec::new();
        exact(&mut gold, &mut predicted, &mut rows);
        gold.sort_by_key(|entity| entity.last - entity.first);
        predicted.sort_by_key(|entity| entity.last - entity.first);
        let (mut used_gold, mut used_predicted): (Vec<Entity>, Vec<Entity>) = (Vec::new(), Vec::new());
        for same in [true, false] {
            let fits = |gold: &Entity, predicted: &Entity| {
                (gold.entity_type == predicted.entity_type) == same
                    && kind(gold, predicted).is_some_and(|kind| kind != "TP")
            };
            let booked = |gold: &Entity, predicted: &Entity| {
                row(if same { kind(gold, predicted).expect("overlap") } else { "LBE" }, gold, predicted)
            };
            let mut i = 0;
            while i < gold.len() {
                let fitting = predicted.iter().enumerate().filter(|(_, other)| fits(&gold[i], other));
                match best(&gold[i], fitting) {
                    Some(index) => {
                        let (mut one, mut other) = (gold.remove(i), predicted.remove(index));
                        rows.push(booked(&one, &other));
                        unshare(&mut one, &mut other);
                        used_gold.push(one);
                        used_predicted.push(other);
                    }
                    None => i += 1,
                }
            }
            let touch = |one: &Entity, other: &Entity| !one.positions.is_disjoint(&other.positions);
            let mut i = 0;
            while i < gold.len() {
                let fitting = used_predicted.iter().enumerate();
                let fitting = fitting.filter(|(_, other)| fits(&gold[i], other) && touch(&gold[i], other));
                match best(&gold[i], fitting) {
                    Some(index) => {
                        let mut one = gold.remove(i);
                        rows.push(booked(&one, &used_predicted[index]));
                        unshare(&mut one, &mut used_predicted[index]);
                        used_gold.push(one);
                    }
                    None => i += 1,
                }
            }
            let mut i = 0;
            while i < predicted.len() {
                let fitting = used_gold.iter().enumerate();
                let fitting = fitting.filter(|(_, other)| fits(other, &predicted[i]) && touch(&predicted[i], other));
                match best(&predicted[i], fitting) {
                    Some(index) => {
                        let mut one = predicted.remove(i);
                        rows.push(booked(&used_gold[index], &one));
                        unshare(&mut one, &mut used_gold[index]);
                        used_predicted.push(one);
                    }
                    None => i += 1,
                }
            }
        }
        rows.extend(gold.into_iter().map(|entity| ("FN", Some(entity.entity_type), None)));
        rows.extend(predicted.into_iter().map(|entity| ("FP", None, Some(entity.entity_type))));
        rows
    }
}

fn check_against_plain(tally: &Tally, rows: &[plain::Row]) -> Result<(), TestCaseError> {
    let count = |counts: &mut ErrorCounts, kind: &str| match kind {
        "TP" => counts.true_positives += 1,
        "FP" => counts.false_positives += 1,
        "FN" => counts.false_negatives += 1,
        "LE" => counts.label += 1,
        "LBE" => counts.label_boundary += 1,
        "BES" => counts.smaller += 1,
        "BEL" => counts.larger += 1,
        _ => counts.crossing += 1,
    };
    // How many entities there are is not decided, and is compared elsewhere.
    let decided = |counts: &ErrorCounts| ErrorCounts { gold: 0, predicted: 0, ..*counts };
    let mut total = ErrorCounts::default();
    let mut cells: BTreeMap<(Label, Label), usize> = BTreeMap::new();
    for (kind, gold, predicted) in rows {
        count(&mut total, kind);
        if *kind != "TP" {
            let label = |label: &Option<String>| label.clone().map_or(Label::NoSpan, Label::Type);
            *cells.entry((label(gold), label(predicted))).or_default() += 1;
        }
    }
    prop_assert_eq!(decided(&tally.total()), total);
    prop_assert_eq!(tally.confusion().cells, cells);
    for focus in [Focus::Target, Focus::System] {
        let mut types: BTreeMap<String, ErrorCounts> = BTreeMap::new();
        for (kind, gold, predicted) in rows {
            let [first, second] = if focus == Focus::Target { [gold, predicted] } else { [predicted, gold] };
            let booked = first.as_ref().or(second.as_ref()).expect("a type");
            count(types.entry(booked.clone()).or_default(), kind);
        }
        for (entity_type, counts) in tally.per_type(focus) {
            prop_assert_eq!(decided(&counts), types.remove(&entity_type).unwrap_or_default());
        }
        prop_assert!(types.is_empty());
    }
    Ok(())
}

/// Spans that overlap, nest and repeat as they like.
fn any_spans(n: usize) -> impl Strategy<Value = Vec<Span>> {
    let span = ("[ABC]", 0..24_usize, 1..7_usize)
        .prop_map(|(entity_type, start, length)| Span::new(&entity_type, start..start + length));
    prop::collection::vec(span, 0..n)
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

/// Entities with gaps: some positions of a span.
fn gappy() -> impl Strategy<Value = Vec<Parts>> {
    let entity = ("[AB]", prop::collection::btree_set(0..12_usize, 1..5))
        .prop_map(|(entity_type, positions)| (entity_type, positions.into_iter().map(|p| p..p + 1).collect()));
    prop::collection::vec(entity, 0..14)
}

fn plain_spans(spans: &[Span]) -> Vec<plain::Entity> {
    let entity = |span: &Span| plain::Entity {
        entity_type: span.entity_type.clone(),
        first: span.start,
        last: span.end - 1,
        positions: span.words().collect(),
    };
    spans.iter().map(entity).collect()
}

fn plain_parts(entities: &[Parts]) -> Vec<plain::Entity> {
    let entity = |(entity_type, parts): &Parts| {
        let positions: BTreeSet<usize> = parts.iter().cloned().flatten().collect();
        let (first, last) = (*positions.first().expect("a position"), *positions.last().expect("a position"));
        plain::Entity { entity_type: entity_type.clone(), first, last, positions }
    };
    entities.iter().map(entity).collect()
}

proptest! {
    #[test]
    fn groups_come_to_what_the_whole_text_comes_to(gold in any_spans(24), predicted in any_spans(24)) {
        let tally = tally_of(slice::from_ref(&gold), slice::from_ref(&predicted));
        check_against_plain(&tally, &plain::decide(plain_spans(&gold), plain_spans(&predicted)))?;
        let total = tally.total();
        prop_assert_eq!((total.gold, total.predicted), (gold.len(), predicted.len()));
    }

    #[test]
    fn long_groups_of_flat_entities_come_to_what_the_whole_text_comes_to(gold in chain(), predicted in chain()) {
        let tally = tally_of(slice::from_ref(&gold), slice::from_ref(&predicted));
        check_against_plain(&tally, &plain::decide(plain_spans(&gold), plain_spans(&predicted)))?;
    }

    #[test]
    fn gaps_come_to_what_sets_of_positions_come_to(gold in gappy(), predicted in gappy()) {
        let mut tally = Tally::default();
        tally.add_discontinuous(&discontinuous(&gold), &discontinuous(&predicted)).expect("ordered parts");
        check_against_plain(&tally, &plain::decide(plain_parts(&gold), plain_parts(&predicted)))?;
    }

    #[test]
    fn fair_scores_are_never_below_the_traditional_ones_on_flat_entities(gold in chain(), predicted in chain()) {
        let total = tally_of(&[gold], &[predicted]).total();
        let (fair, traditional) = (total.scores(&Weights::FAIR), total.traditional());
        let mistakes = total.label + total.boundary() + total.label_boundary;
        let (right, wrong) = (2 * total.true_positives, total.n_errors());
        prop_assert_eq!(wrong, total.false_positives + total.false_negatives + mistakes);
        prop_assert!(wrong <= traditional.false_positives() + traditional.false_negatives());
        prop_assert!(fair.f1 >= total.traditional_scores().f1 - 1e-12);
        let f1 = if right == 0 { 0.0 } else { right as f64 / (right + wrong) as f64 };
        prop_assert!((fair.f1 - f1).abs() < 1e-12);
    }

    #[test]
    fn parts_add_up_to_the_whole(
        sentences in prop::collection::vec((any_spans(9), any_spans(9)), 0..6), cut in 0..6_usize,
    ) {
        let tally = |sentences: &[(Vec<Span>, Vec<Span>)]| {
            let (gold, predicted): (Vec<_>, Vec<_>) = sentences.iter().cloned().unzip();
            tally_of(&gold, &predicted)
        };
        let (first, second) = sentences.split_at(cut.min(sentences.len()));
        let mut sum = tally(first);
        sum += &tally(second);
        let whole = tally(&sentences);
        prop_assert_eq!(&sum, &whole);
        let mut total = ErrorCounts::default();
        whole.per_type(Focus::System).values().for_each(|counts| total += *counts);
        prop_assert_eq!(total, whole.total());
        let text = serde_json::to_string(&whole).expect("a tally is written");
        prop_assert_eq!(serde_json::from_str::<Tally>(&text).expect("a tally is read"), whole);
    }
}

#[test]
fn what_has_no_positions_is_refused_and_leaves_no_trace() {
    let chunk = |start, end| Chunk { entity_type: "A", start, end };
    let mut tally = Tally::default();
    let mut check = |gold: &[Chunk<'_>], predicted: &[Chunk<'_>], expected: &str| {
        assert_eq!(tally.add(gold, predicted).expect_err("a refusal").to_string(), expected);
        assert_eq!(tally, Tally::default());
    };
    check(
        &[chunk(0, 1)],
        &[chunk(0, 1), chunk(2, 2)],
        "the predicted entity A[2..2] is empty, expected it to start before it ends",
    );
    check(&[chunk(5, 2)], &[], "the gold entity A[5..2] is empty, expected it to start before it ends");

    let mut check = |parts: &[std::ops::Range<usize>], expected: &str| {
        let gold = [Discontinuous { entity_type: "A", parts }];
        assert_eq!(tally.add_discontinuous(&gold, &[]).expect_err("a refusal").to_string(), expected);
        assert_eq!(tally, Tally::default());
    };
    check(&[], "the gold entity A[0..0] is empty, expected it to start before it ends");
    check(&[0..1, 3..3], "the gold entity A[3..3] is empty, expected it to start before it ends");
    check(
        &[0..4, 3..6],
        "the gold entity of type A has a part from 3, before its last part ends at 4, expected parts in order that share nothing",
    );
}

#[test]
fn ratios_are_shares_of_errors_and_of_gold_entities() {
    let counts = ErrorCounts { false_positives: 1, label: 2, larger: 1, gold: 8, ..ErrorCounts::default() };
    let (of_errors, of_entities) = (counts.error_ratios(), counts.entity_ratios());
    assert_eq!((of_errors.false_positives, of_errors.label, of_errors.boundary), (0.25, 0.5, 0.25));
    assert_eq!((of_entities.false_positives, of_entities.label, of_entities.boundary), (0.125, 0.25, 0.125));
    assert_eq!(ErrorCounts::default().entity_ratios().label, 0.0);
}

#[test]
fn of_candidates_that_share_and_own_as_much_the_shorter_wins() {
    // B can join A or C, of both of which one position is left that it shares; A was used first, C is shorter.
    let gold = [Span::new("A", 12..15), Span::new("C", 10..12)];
    let predicted = [Span::new("B", 11..16), Span::new("A", 13..14), Span::new("A", 9..11), Span::new("A", 9..13)];
    let tally = tally_of(&[gold.to_vec()], &[predicted.to_vec()]);
    assert_eq!(json!(tally.confusion()), json!({"A": {"A": 2}, "C": {"A": 1, "B": 1}}));
    let rows = plain::decide(plain_spans(&gold), plain_spans(&predicted));
    check_against_plain(&tally, &rows).expect("the same decisions");
}

#[test]
fn the_type_of_bare_tags_is_written_as_no_span_is() {
    let gold = [Span::new("_", 0..1), Span::new("_", 8..9)];
    let predicted = [Span::new("A", 5..6), Span::new("A", 8..10)];
    let confusion = tally_of(&[gold.to_vec()], &[predicted.to_vec()]).confusion();
    let (bare, a) = (Label::Type("_".to_owned()), Label::Type("A".to_owned()));
    assert_eq!(confusion.cells.values().sum::<usize>(), 3);
    assert_eq!((confusion.count(&bare, &Label::NoSpan), confusion.count(&Label::NoSpan, &a)), (1, 1));
    assert_eq!((confusion.count(&bare, &a), confusion.count(&a, &a)), (1, 0));
    assert_eq!(json!(confusion), json!({"_": {"_": 1, "A": 2}}));
}

#[test]
fn long_documents_and_large_groups_come_to_an_end() {
    let spans = |shift: usize| -> Vec<Span> {
        (0..4000_usize)
            .map(|n| Span::new(if n.is_multiple_of(3) { "A" } else { "B" }, 10 * n + shift..10 * n + 5))
            .collect()
    };
    let total = tally_of(&[spans(0)], &[spans(1)]).total();
    assert_eq!((total.smaller, total.n_errors()), (4000, 4000));

    let nested = |shift: usize| -> Vec<Span> {
        (0..1500_usize).map(|n| Span::new(if n.is_multiple_of(2) { "A" } else { "B" }, n..4000 - n + shift)).collect()
    };
    let total = tally_of(&[nested(0)], &[nested(1)]).total();
    assert_eq!((total.true_positives, total.gold, total.predicted), (0, 1500, 1500));
}

/// Entities end to end, of which each but the first shares a word with two of those that start one word later.
fn long_chain(shift: usize) -> Vec<Span> {
    let entity_type = |n: usize| if n.is_multiple_of(3) { "A" } else { "B" };
    (0..20_000).map(|n| Span::new(entity_type(n), 4 * n + shift..4 * n + 4 + shift)).collect()
}

#[test]
fn a_chain_of_a_whole_document_takes_no_time() {
    let (gold, predicted) = (long_chain(0), long_chain(1));
    let total = tally_of(slice::from_ref(&gold), slice::from_ref(&predicted)).total();
    assert_eq!((total.crossing, total.n_errors(), total.gold), (20_000, 20_000, 20_000));

    let parts = |spans: &[Span]| -> Vec<Parts> {
        let two = |span: &Span| vec![span.start..span.start + 1, span.start + 2..span.end];
        spans.iter().map(|span| (span.entity_type.clone(), two(span))).collect()
    };
    let mut tally = Tally::default();
    tally.add_discontinuous(&discontinuous(&parts(&gold)), &discontinuous(&parts(&predicted))).expect("ordered parts");
    assert_eq!(tally.total().n_errors(), 20_000);
}
