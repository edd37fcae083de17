//! conlleval.pl's own values and text, as they were recorded, and what must hold for every corpus.

mod records;

use proptest::prelude::*;
use records::records;
use serde_json::{Value, json};
use welt_eval::conlleval::{self, Evaluation, Percentages, Report, Tally};
use welt_eval::{Pairs, seqeval};
use welt_tags::{Chunking, Notation};

type Sentences = Vec<Vec<String>>;

fn sentences(value: &Value) -> Sentences {
    serde_json::from_value(value.clone()).expect("sentences of tags")
}

/// A percentage as the script prints it.
fn printed(percentage: f64) -> f64 {
    format!("{percentage:.2}").parse().expect("a number")
}

fn numbers(percentages: &Percentages) -> Value {
    let [precision, recall, fb1] = [percentages.precision, percentages.recall, percentages.fb1].map(printed);
    json!({"precision": precision, "recall": recall, "fb1": fb1, "pred": percentages.counts.predicted})
}

fn check(report: &Report, expected: &Value, what: &str) {
    assert_eq!(json!(report.to_text()), expected["text"], "{what}");
    let counts = report.overall.counts;
    let mut found = numbers(&report.overall);
    found["tokens"] = json!(report.n_words);
    found["gold"] = json!(counts.gold);
    found["correct"] = json!(counts.correct);
    found["accuracy"] = json!(report.accuracy.map(printed));
    let per_type = report.per_type.iter().map(|(name, percentages)| (name.clone(), numbers(percentages)));
    found["per_type"] = Value::Object(per_type.collect());
    for (name, expected) in expected.as_object().expect("values").iter().filter(|(name, _)| *name != "text") {
        // Of a corpus without words the script prints no percentages.
        let is_printed = report.n_words > 0 || !expected.is_null();
        assert!(!is_printed || found[name] == *expected, "{what}: {name} is {}, expected {expected}", found[name]);
    }
}

#[test]
fn every_case_is_scored_and_printed_as_the_script_does_it() {
    let records = records("cases");
    let recorded = |record: &&Value| record["expected"]["conlleval"].is_object();
    let mut n_checked = 0;
    for record in records.iter().filter(recorded) {
        let (gold, predicted) = (sentences(&record["y_true"]), sentences(&record["y_pred"]));
        let report = conlleval::evaluate(&gold, &predicted).expect("tags that are not empty");
        let pairs = Pairs::new(&gold, &predicted).expect("as many of both");
        assert_eq!(conlleval::score(&pairs).expect("tags that are not empty"), report);
        check(&report, &record["expected"]["conlleval"], record["id"].as_str().expect("an id"));
        n_checked += 1;
    }
    assert!(n_checked > 0, "no record has values of the script");
}

#[test]
fn what_cannot_be_scored_is_an_error_and_leaves_no_trace() {
    let check = |gold: &[&str], predicted: &[&str], expected: &str| {
        let mut evaluation = Evaluation::new();
        evaluation.add_sentence(&["B-A"], &["B-A"]).expect("a sentence");
        let before = evaluation.tally();
        let error = evaluation.add_sentence(gold, predicted).expect_err(expected);
        assert_eq!(error.to_string(), expected);
        assert_eq!((evaluation.tally(), evaluation.n_sentences()), (before, 1));
    };
    check(&["B-A", "O"], &["B-A"], "sentence 1 has 2 gold tags and 1 predicted tags, expected as many of both");
    check(&["B-A", ""], &["B-A", "O"], "the gold tags of sentence 1 cannot be read");
    check(&["B-A", "O"], &["B-A", ""], "the predicted tags of sentence 1 cannot be read");
    let error = conlleval::evaluate(&[["O"], ["O"]], &[["O"]]).expect_err("fewer sentences");
    assert_eq!(error.to_string(), "there are 2 gold sentences and 1 predicted ones, expected as many of both");
}

type Sentence = Vec<(String, String)>;

/// Gold and predicted tags that IOB1 and IOB2 have.
fn sentence() -> impl Strategy<Value = Sentence> {
    prop::collection::vec(("O|[BI]-[AB]", "O|[BI]-[AB]"), 0..10)
}

/// Gold and predicted tags of any kind, odd ones among them.
fn soup() -> impl Strategy<Value = Sentence> {
    let tag = || {
        prop_oneof![
            8 => r"[BIOESLU\[\]](-[AB0])?",
            1 => "[.XO-]-?[AB]?",
            1 => any::<String>(),
        ]
    };
    prop::collection::vec((tag(), tag()), 0..10)
}

fn split(sentence: &Sentence) -> (Vec<&str>, Vec<&str>) {
    sentence.iter().map(|(gold, predicted)| (gold.as_str(), predicted.as_str())).unzip()
}

fn evaluation(sentences: &[Sentence]) -> Evaluation {
    let mut evaluation = Evaluation::new();
    for sentence in sentences {
        let (gold, predicted) = split(sentence);
        // A sentence with an empty tag is refused, and the next one is taken.
        let _ = evaluation.add_sentence(&gold, &predicted);
    }
    evaluation
}

proptest! {
    #[test]
    fn iob_is_counted_as_in_seqeval(sentences in prop::collection::vec(sentence(), 0..6)) {
        let mut theirs = seqeval::Evaluation::new(Chunking::Lenient, Notation::Prefix);
        for sentence in &sentences {
            let (gold, predicted) = split(sentence);
            theirs.add_sentence(&gold, &predicted).expect("readable tags");
        }
        let (ours, theirs) = (evaluation(&sentences).tally(), theirs.tally());
        let ours_by_type = ours.phrases.iter().map(|(name, of)| (name, [of.correct, of.predicted, of.gold]));
        let theirs_by_type =
            theirs.entities.iter().map(|(name, of)| (name, [of.true_positives, of.predicted, of.gold]));
        prop_assert!(ours_by_type.eq(theirs_by_type));
        let n_right = theirs.tokens.true_positives + theirs.tokens.true_negatives;
        prop_assert_eq!((ours.n_words, ours.n_right_tags), (theirs.tokens.n_words(), n_right));
    }

    #[test]
    fn no_tags_panic(sentences in prop::collection::vec(soup(), 0..4)) {
        let report = evaluation(&sentences).report();
        let rows = if report.n_words > 0 { 2 } else { 1 };
        prop_assert!(report.to_text().lines().count() >= rows + report.per_type.len());
    }

    #[test]
    fn parts_add_up_to_the_whole(sentences in prop::collection::vec(sentence(), 1..8), cut in 0..8_usize) {
        let (first, second) = sentences.split_at(cut.min(sentences.len()));
        let mut sum = Tally::default();
        sum += &evaluation(first).tally();
        sum += &evaluation(second).tally();
        let whole = evaluation(&sentences).tally();
        prop_assert_eq!(&sum, &whole);
        let text = serde_json::to_string(&whole).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Tally>(&text).expect("a tally"), whole);
    }

    #[test]
    fn a_prediction_against_itself_is_perfect(sentences in prop::collection::vec(soup(), 1..5)) {
        let same: Vec<Sentence> = sentences
            .iter()
            .map(|sentence| sentence.iter().map(|(gold, _)| (gold.clone(), gold.clone())).collect())
            .collect();
        let report = evaluation(&same).report();
        prop_assert!(report.accuracy.is_none_or(|accuracy| accuracy == 100.0));
        let counts = report.overall.counts;
        prop_assert_eq!(counts.gold, counts.predicted);
    }

    #[test]
    fn swapping_gold_and_prediction_swaps_precision_and_recall(sentences in prop::collection::vec(soup(), 1..6)) {
        let swapped: Vec<Sentence> = sentences
            .iter()
            .map(|sentence| sentence.iter().map(|(gold, predicted)| (predicted.clone(), gold.clone())).collect())
            .collect();
        let (one, other) = (evaluation(&sentences).report().overall, evaluation(&swapped).report().overall);
        prop_assert_eq!((one.precision, one.recall), (other.recall, other.precision));
    }
}
