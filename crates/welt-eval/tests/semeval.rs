//! SemEval-2013's matching against the recorded values of nervaluate 1.2.1, and against a plain transcription of its rules.

mod records;
mod tagged;

use std::collections::BTreeMap;
use std::slice;

use proptest::prelude::*;
use records::records;
use serde_json::{Value, json};
use tagged::{chunking, pairs};
use welt_eval::semeval::{self, MatchCounts, Matching, MinOverlap, Mode, Options, Outcome, Tally};
use welt_tags::{Chunk, Span};

/// The sentences of spans `[type, first, last]`.
fn given_spans(sentences: &Value) -> Vec<Vec<Span>> {
    let sentences: Vec<Vec<(String, usize, usize)>> = serde_json::from_value(sentences.clone()).expect("spans");
    let span = |(entity_type, first, last): &(String, usize, usize)| Span::new(entity_type, *first..last + 1);
    sentences.iter().map(|spans| spans.iter().map(span).collect()).collect()
}

fn chunks(spans: &[Span]) -> Vec<Chunk<'_>> {
    spans.iter().map(Chunk::from).collect()
}

fn tally_of(gold: &[Vec<Span>], predicted: &[Vec<Span>], options: Options) -> Tally {
    assert_eq!(gold.len(), predicted.len());
    let mut tally = Tally::default();
    for (gold, predicted) in gold.iter().zip(predicted) {
        tally.add(&chunks(gold), &chunks(predicted), options).expect("entities with positions");
    }
    tally
}

fn check_outcome(found: &Outcome, expected: &Value, what: &str) {
    for mode in Mode::ALL {
        let (found, expected) = (found.in_mode(mode), &expected[mode.name()]);
        let what = format!("{what}: {}", mode.name());
        let counts = json!({
            "correct": found.correct, "incorrect": found.incorrect, "partial": found.partial,
            "missed": found.missed, "spurious": found.spurious,
            "possible": found.possible(), "actual": found.actual(),
        });
        for (name, count) in counts.as_object().expect("counts") {
            assert_eq!(count, &expected[name], "{what}: {name}");
        }
        for (name, ratio) in [("precision", found.precision()), ("recall", found.recall()), ("f1", found.f1())] {
            let expected = expected[name].as_f64().expect("a number");
            assert!((ratio - expected).abs() < 1e-9, "{what}: {name} is {ratio}, expected {expected}");
        }
    }
}

fn check_record(gold: &Value, predicted: &Value, record: &Value, expected: &Value) {
    let id = record["id"].as_str().expect("an id");
    let min_overlap: MinOverlap = serde_json::from_value(record["min_overlap"].clone()).expect("a percentage");
    let options = Options { matching: Matching::Greedy, min_overlap };
    let tally = tally_of(&given_spans(gold), &given_spans(predicted), options);
    let report = semeval::score(&pairs(record), chunking(record), options).expect("readable tags");
    assert_eq!((report.options, &report.tally), (options, &tally), "{id}: from tags");
    check_outcome(&tally.overall, &expected["overall"], id);
    let names: Vec<&String> = tally.per_type.keys().collect();
    let expected_names: Vec<&String> = expected["entities"].as_object().expect("types").keys().collect();
    assert_eq!(names, expected_names, "{id}: types");
    for (entity_type, outcome) in &tally.per_type {
        check_outcome(outcome, &expected["entities"][entity_type], &format!("{id}: {entity_type}"));
    }
}

#[test]
fn every_case_is_scored_as_nervaluate_scores_it() {
    for record in &records("cases") {
        let expected = &record["expected"];
        check_record(&expected["spans"]["true"], &expected["spans"]["pred"], record, &expected["nervaluate"]);
    }
}

/// The rules word by word: a whole text at once, and all golds looked through for each prediction.
mod plain {
    use super::*;

    fn overlap_percent(gold: &Span, predicted: &Span) -> f64 {
        let shared = gold.words().filter(|position| predicted.words().contains(position)).count();
        shared as f64 / gold.words().len() as f64 * 100.0
    }

    /// What a pair is in a mode, if it can be one.
    pub fn verdict(mode: Mode, gold: &Span, predicted: &Span, min_overlap: f64) -> Option<bool> {
        let same_bounds = gold.words() == predicted.words();
        let same_type = gold.entity_type == predicted.entity_type;
        let overlaps = overlap_percent(gold, predicted) >= min_overlap;
        let correct = match mode {
            Mode::Strict => same_bounds && same_type,
            Mode::Exact | Mode::Partial => same_bounds,
            Mode::EntityType => same_type && overlaps,
        };
        (correct || overlaps).then_some(correct)
    }

    pub fn counts(mode: Mode, correct: usize, other: usize, gold: usize, predicted: usize) -> MatchCounts {
        let (incorrect, partial) = if mode == Mode::Partial { (0, other) } else { (other, 0) };
        let (missed, spurious) = (gold - correct - other, predicted - correct - other);
        MatchCounts { correct, incorrect, partial, missed, spurious }
    }

    pub fn greedy(mode: Mode, gold: &[Span], predicted: &[Span], min_overlap: f64) -> MatchCounts {
        let mut used = vec![false; gold.len()];
        let (mut correct, mut other) = (0, 0);
        for entity in predicted {
            let verdicts: Vec<(usize, bool)> = (0..gold.len())
                .filter(|index| !used[*index])
                .filter_map(|index| Some((index, verdict(mode, &gold[index], entity, min_overlap)?)))
                .collect();
            let distance = |gold: &Span| gold.start.abs_diff(entity.start) + gold.end.abs_diff(entity.end);
            let right = verdicts.iter().filter(|(_, correct)| *correct);
            // In the modes that ask for equal bounds all distances are 0, and the first is taken.
            let right = right.min_by_key(|(index, _)| distance(&gold[*index]));
            match right.or(verdicts.first()) {
                Some((index, true)) => {
                    used[*index] = true;
                    correct += 1;
                }
                Some((index, false)) => {
                    used[*index] = true;
                    other += 1;
                }
                None => {}
            }
        }
        counts(mode, correct, other, gold.len(), predicted.len())
    }

    /// The best of all one-to-one matchings: the most correct pairs, then the most others.
    pub fn optimal(mode: Mode, gold: &[Span], predicted: &[Span], min_overlap: f64) -> MatchCounts {
        let all = matchings(mode, gold, predicted, min_overlap);
        let (correct, other) = all.into_iter().max().expect("the empty matching at least");
        counts(mode, correct, other, gold.len(), predicted.len())
    }

    /// The same of entities each of which overlaps only a few, so that little of what was taken matters for those to come.
    pub fn optimal_of_chain(mode: Mode, gold: &[Span], predicted: &[Span], min_overlap: f64) -> MatchCounts {
        // The best pairs so far, by the gold entities that are taken.
        let mut best: BTreeMap<Vec<usize>, (usize, usize)> = BTreeMap::from([(Vec::new(), (0, 0))]);
        for (row, entity) in predicted.iter().enumerate() {
            let mut next: BTreeMap<Vec<usize>, (usize, usize)> = BTreeMap::new();
            let mut reach = |mut taken: Vec<usize>, pairs: (usize, usize)| {
                let later = predicted.get(row + 1);
                taken.retain(|index| later.is_some_and(|later| gold[*index].end > later.start));
                let known = next.entry(taken).or_default();
                *known = pairs.max(*known);
            };
            for (taken, (correct, other)) in best {
                for index in (0..gold.len()).filter(|index| !taken.contains(index)) {
                    let also_taken = [&taken[..], &[index]].concat();
                    match verdict(mode, &gold[index], entity, min_overlap) {
                        Some(true) => reach(also_taken, (correct + 1, other)),
                        Some(false) => reach(also_taken, (correct, other + 1)),
                        None => {}
                    }
                }
                reach(taken, (correct, other));
            }
            best = next;
        }
        let (correct, other) = best.into_values().max().expect("what was found last");
        counts(mode, correct, other, gold.len(), predicted.len())
    }

    /// The numbers of correct and other pairs that there can be at all.
    pub fn matchings(mode: Mode, gold: &[Span], predicted: &[Span], min_overlap: f64) -> Vec<(usize, usize)> {
        let Some((first, rest)) = predicted.split_first() else { return vec![(0, 0)] };
        let mut all = matchings(mode, gold, rest, min_overlap);
        for index in 0..gold.len() {
            if let Some(right) = verdict(mode, &gold[index], first, min_overlap) {
                let others = [&gold[..index], &gold[index + 1..]].concat();
                let pair = |(correct, other)| if right { (correct + 1, other) } else { (correct, other + 1) };
                all.extend(matchings(mode, &others, rest, min_overlap).into_iter().map(pair));
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

type Matcher = fn(Mode, &[Span], &[Span], f64) -> MatchCounts;

fn check_against_plain(
    gold: &[Span],
    predicted: &[Span],
    options: Options,
    plain: Matcher,
) -> Result<(), TestCaseError> {
    let tally = tally_of(&[gold.to_vec()], &[predicted.to_vec()], options);
    let percent = options.min_overlap.percent();
    for mode in Mode::ALL {
        prop_assert_eq!(*tally.overall.in_mode(mode), plain(mode, gold, predicted, percent), "{}", mode.name());
        let mut types: BTreeMap<&str, (Vec<Span>, Vec<Span>)> = BTreeMap::new();
        gold.iter().for_each(|span| types.entry(&span.entity_type).or_default().0.push(span.clone()));
        predicted.iter().for_each(|span| types.entry(&span.entity_type).or_default().1.push(span.clone()));
        prop_assert_eq!(tally.per_type.len(), types.len());
        for (entity_type, (gold, predicted)) in types {
            let found = tally.per_type[entity_type].in_mode(mode);
            prop_assert_eq!(*found, plain(mode, &gold, &predicted, percent), "{} {}", mode.name(), entity_type);
        }
    }
    Ok(())
}

/// Spans that overlap, nest and repeat as they like.
fn any_spans(n: usize) -> impl Strategy<Value = Vec<Span>> {
    let span = ("[ABC]", 0..20_usize, 1..8_usize)
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

fn percentage() -> impl Strategy<Value = MinOverlap> {
    prop_oneof![Just(1.0), Just(100.0), Just(50.0), 1.0..100.0]
        .prop_map(|percent| MinOverlap::new(percent).expect("a percentage"))
}

fn optimal(min_overlap: MinOverlap) -> Options {
    Options { matching: Matching::Optimal, min_overlap }
}

fn greedy(min_overlap: MinOverlap) -> Options {
    Options { matching: Matching::Greedy, min_overlap }
}

proptest! {
    #[test]
    fn groups_come_to_what_the_whole_text_comes_to(
        gold in any_spans(24), predicted in any_spans(24), min_overlap in percentage(),
    ) {
        check_against_plain(&gold, &predicted, greedy(min_overlap), plain::greedy)?;
    }

    #[test]
    fn long_groups_of_flat_entities_come_to_what_the_whole_text_comes_to(
        gold in chain(), predicted in chain(), min_overlap in percentage(),
    ) {
        check_against_plain(&gold, &predicted, greedy(min_overlap), plain::greedy)?;
        check_against_plain(&gold, &predicted, optimal(min_overlap), plain::optimal_of_chain)?;
    }

    #[test]
    fn the_optimal_matching_is_the_best_that_there_is(
        gold in any_spans(6), predicted in any_spans(6), min_overlap in percentage(),
    ) {
        check_against_plain(&gold, &predicted, optimal(min_overlap), plain::optimal)?;
        let tally = tally_of(slice::from_ref(&gold), slice::from_ref(&predicted), optimal(min_overlap));
        for mode in Mode::ALL {
            let credit = |(correct, other): (usize, usize)| plain::counts(mode, correct, other, 9, 9).credit();
            let all = plain::matchings(mode, &gold, &predicted, min_overlap.percent());
            let most = all.into_iter().map(credit).fold(0.0, f64::max);
            prop_assert_eq!(tally.overall.in_mode(mode).credit(), most);
        }
    }

    #[test]
    fn the_optimal_matching_knows_no_order(
        (gold, other_gold) in any_spans(12).prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle())),
        (predicted, other_predicted) in
            any_spans(12).prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle())),
        min_overlap in percentage(),
    ) {
        let options = optimal(min_overlap);
        let tally = tally_of(&[gold], &[predicted], options);
        prop_assert_eq!(tally, tally_of(&[other_gold], &[other_predicted], options));
    }

    #[test]
    fn counts_are_of_all_entities_and_the_optimum_is_no_worse(
        gold in any_spans(14), predicted in any_spans(14), min_overlap in percentage(),
    ) {
        let (gold, predicted) = ([gold], [predicted]);
        let first_come = tally_of(&gold, &predicted, greedy(min_overlap));
        let best = tally_of(&gold, &predicted, optimal(min_overlap));
        for mode in Mode::ALL {
            for tally in [&first_come, &best] {
                let counts = tally.overall.in_mode(mode);
                prop_assert_eq!((counts.possible(), counts.actual()), (gold[0].len(), predicted[0].len()));
                let types = tally.per_type.values().map(|outcome| outcome.in_mode(mode).possible());
                prop_assert_eq!(types.sum::<usize>(), gold[0].len());
            }
            let (first_come, best) = (first_come.overall.in_mode(mode), best.overall.in_mode(mode));
            prop_assert!(best.credit() >= first_come.credit(), "{}", mode.name());
            prop_assert!(best.f1() >= first_come.f1() - 1e-12);
        }
    }

    #[test]
    fn parts_add_up_to_the_whole(
        sentences in prop::collection::vec((any_spans(8), any_spans(8)), 0..6), cut in 0..6_usize,
    ) {
        let tally = |sentences: &[(Vec<Span>, Vec<Span>)]| {
            let (gold, predicted): (Vec<_>, Vec<_>) = sentences.iter().cloned().unzip();
            tally_of(&gold, &predicted, Options::NERVALUATE)
        };
        let (first, second) = sentences.split_at(cut.min(sentences.len()));
        let mut sum = tally(first);
        sum += &tally(second);
        let whole = tally(&sentences);
        prop_assert_eq!(&sum, &whole);
        let text = serde_json::to_string(&whole).expect("a tally is written");
        prop_assert_eq!(serde_json::from_str::<Tally>(&text).expect("a tally is read"), whole);
    }
}

#[test]
fn the_greedy_matching_depends_on_the_order_and_the_optimal_one_does_not() {
    let gold = [Span::new("A", 0..4), Span::new("A", 4..6)];
    let check = |predicted: &[Span], matching: Matching, expected: (usize, usize)| {
        let options = Options { matching, min_overlap: MinOverlap::NERVALUATE };
        let strict = tally_of(&[gold.to_vec()], &[predicted.to_vec()], options).overall.strict;
        assert_eq!((strict.correct, strict.incorrect), expected, "{matching:?} {predicted:?}");
    };
    let (wide, right) = (Span::new("A", 2..5), Span::new("A", 0..4));
    check(&[wide.clone(), right.clone()], Matching::Greedy, (0, 1));
    check(&[right.clone(), wide.clone()], Matching::Greedy, (1, 1));
    check(&[wide.clone(), right.clone()], Matching::Optimal, (1, 1));
    check(&[right, wide], Matching::Optimal, (1, 1));
}

#[test]
fn what_cannot_be_scored_is_an_error() {
    let check = |percent: f64, expected: Option<&str>| {
        let error = MinOverlap::new(percent).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), expected);
    };
    check(1.0, None);
    check(100.0, None);
    check(0.99, Some("the least overlap is 0.99 percent, expected 1 to 100"));
    check(100.5, Some("the least overlap is 100.5 percent, expected 1 to 100"));
    check(f64::NAN, Some("the least overlap is NaN percent, expected 1 to 100"));
    assert!(serde_json::from_str::<MinOverlap>("0").is_err());

    let mut tally = Tally::default();
    let chunk = |start, end| Chunk { entity_type: "A", start, end };
    let error = tally.add(&[chunk(0, 1)], &[chunk(3, 3)], Options::NERVALUATE).expect_err("a refusal");
    assert_eq!(error.to_string(), "the predicted entity A[3..3] is empty, expected it to start before it ends");
    assert_eq!(tally, Tally::default());
}

#[test]
fn long_documents_and_large_groups_come_to_an_end() {
    let entity_type = |n: usize| if n.is_multiple_of(3) { "A" } else { "B" };
    let flat = |shift: usize| -> Vec<Span> {
        (0..4000).map(|n| Span::new(entity_type(n), 10 * n + shift..10 * n + 5)).collect()
    };
    let nested =
        |shift: usize| -> Vec<Span> { (0..1500).map(|n| Span::new(entity_type(n), n..4000 - n + shift)).collect() };
    for options in [Options::NERVALUATE, optimal(MinOverlap::NERVALUATE)] {
        let overall = tally_of(&[flat(0)], &[flat(1)], options).overall;
        assert_eq!(
            (overall.strict.incorrect, overall.partial.partial, overall.entity_type.correct),
            (4000, 4000, 4000)
        );
        let overall = tally_of(&[nested(0)], &[nested(1)], options).overall;
        assert_eq!((overall.strict.incorrect, overall.entity_type.correct), (1500, 1500));
    }
}

/// Entities end to end, of which each but the first shares a word with two of those that start one word later.
fn long_chain(shift: usize) -> Vec<Span> {
    let entity_type = |n: usize| if n.is_multiple_of(3) { "A" } else { "B" };
    (0..20_000).map(|n| Span::new(entity_type(n), 4 * n + shift..4 * n + 4 + shift)).collect()
}

#[test]
fn a_chain_of_a_whole_document_takes_no_time() {
    for options in [Options::NERVALUATE, optimal(MinOverlap::NERVALUATE)] {
        let overall = tally_of(&[long_chain(0)], &[long_chain(1)], options).overall;
        assert_eq!((overall.strict.incorrect, overall.partial.partial), (20_000, 20_000));
        assert_eq!(overall.entity_type.correct, 20_000);
    }
}
