//! Every value that seqeval 1.2.2 gave for the corpora under `../shared/golden/eval`, beside the checkout; without that folder there is nothing to compare with, and the tests say so.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use serde_json::{Value, json};
use welt_eval::seqeval::{self, Evaluation, Mode, Options, Report};
use welt_eval::{Average, EvalError, Scores, ZeroDivision};
use welt_tags::{Chunking, CorpusReader, Notation, Scheme, TagError};

type Sentences = Vec<Vec<String>>;

/// The lines of a golden file as JSON, or nothing where the folder is absent.
fn golden(name: &str) -> Option<Vec<Value>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden/eval");
    if !folder.is_dir() {
        eprintln!("skipped: {name}, for there are no golden values at {}", folder.display());
        return None;
    }
    let file = File::open(folder.join(name)).expect("a golden file");
    let reader: Box<dyn BufRead> = if name.ends_with(".gz") {
        Box::new(BufReader::new(flate2::read::GzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    };
    let parse =
        |line: std::io::Result<String>| serde_json::from_str(&line.expect("a line of text")).expect("a line of JSON");
    Some(reader.lines().map(parse).collect())
}

fn sentences(value: &Value) -> Sentences {
    serde_json::from_value(value.clone()).expect("sentences of tags")
}

fn scheme(value: &Value) -> Scheme {
    value.as_str().expect("a name").parse().expect("a scheme")
}

fn notation(record: &Value) -> Notation {
    if record["suffix"] == true { Notation::Suffix } else { Notation::Prefix }
}

fn zero_division(value: &Value) -> ZeroDivision {
    if *value == 1 { ZeroDivision::One } else { ZeroDivision::Zero }
}

fn check_number(found: f64, expected: &Value, what: &str) {
    match expected.as_f64() {
        Some(expected) => assert!((found - expected).abs() < 1e-9, "{what}: {found}, expected {expected}"),
        None => assert!(expected.is_null() && found.is_nan(), "{what}: {found}, expected {expected}"),
    }
}

fn check_scores(found: &Scores, expected: &Value, what: &str) {
    check_number(found.precision, &expected["precision"], what);
    check_number(found.recall, &expected["recall"], what);
    check_number(found.f1, &expected["f1"], what);
    assert_eq!(json!(found.support), expected["support"], "{what}: support");
}

fn check_report(report: &Report, expected: &Value, what: &str) {
    let types: Vec<&String> = report.per_type.keys().collect();
    let expected_types: Vec<&String> = expected["per_type"].as_object().expect("types").keys().collect();
    assert_eq!(types, expected_types, "{what}: types");
    for (entity_type, scores) in &report.per_type {
        check_scores(scores, &expected["per_type"][entity_type], &format!("{what}: {entity_type}"));
    }
    check_scores(&report.micro, &expected["micro"], &format!("{what}: micro"));
    check_scores(&report.macro_average, &expected["macro"], &format!("{what}: macro"));
    check_scores(&report.weighted, &expected["weighted"], &format!("{what}: weighted"));
    check_number(report.accuracy.expect("words"), &expected["accuracy"], &format!("{what}: accuracy"));
    let tokens = report.token_counts;
    let found = json!({
        "TP": tokens.true_positives, "FP": tokens.false_positives,
        "FN": tokens.false_negatives, "TN": tokens.true_negatives,
    });
    assert_eq!(found, expected["token_counts"], "{what}: token counts");
}

/// Spans with inclusive ends, as the golden files have them, read in a corpus and each sentence by itself.
fn check_spans(sentences: &Sentences, chunking: Chunking, notation: Notation, expected: &Value) {
    let mut reader = CorpusReader::new(chunking, notation);
    for (index, tags) in sentences.iter().enumerate() {
        let spans = chunking.spans(tags, notation).expect("readable tags");
        let alone: Vec<Value> = spans.iter().map(|span| json!([span.entity_type, span.start, span.end - 1])).collect();
        let position = reader.position();
        let chunks = reader.read(tags).expect("readable tags");
        let in_corpus: Vec<Value> = chunks
            .iter()
            .map(|chunk| json!([chunk.entity_type, chunk.start - position, chunk.end - 1 - position]))
            .collect();
        assert_eq!(json!(alone), expected[index], "{tags:?}");
        assert_eq!(json!(in_corpus), expected[index], "{tags:?}");
    }
}

fn check_detection(gold: &Sentences, notation: Notation, expected: &Value) {
    match Scheme::detect(gold, notation) {
        Ok(scheme) => assert_eq!(json!(scheme.name()), *expected),
        Err(_) => assert_eq!(json!({"error": "ValueError"}), *expected),
    }
}

#[test]
fn every_case_is_scored_as_seqeval_scores_it() {
    let Some(records) = golden("cases.jsonl.gz") else { return };
    let mut n_reports = 0;
    for record in &records {
        let id = record["id"].as_str().expect("an id");
        let scheme = scheme(&record["scheme"]);
        let mode = if record["mode"] == "strict" { Mode::Strict(scheme) } else { Mode::Default };
        let notation = notation(record);
        let zero_division = zero_division(&record["zero_division"]);
        let (gold, predicted) = (sentences(&record["y_true"]), sentences(&record["y_pred"]));
        let expected = &record["expected"];

        let chunking = mode.chunking(&gold, notation).expect("a named scheme");
        check_spans(&gold, chunking, notation, &expected["spans"]["true"]);
        check_spans(&predicted, chunking, notation, &expected["spans"]["pred"]);
        check_detection(&gold, notation, &expected["auto_scheme"]);

        let options = Options { mode, notation, zero_division };
        let report = seqeval::evaluate(&gold, &predicted, options).expect("readable tags");
        let expected = &expected["seqeval"];
        check_report(&report, expected, id);
        if let Some(text) = expected.get("report") {
            let digits = expected["report_digits"].as_u64().expect("digits");
            let digits = digits.try_into().expect("few digits");
            assert_eq!(json!(report.to_text(digits)), *text, "{id}");
            n_reports += 1;
        }

        let mut evaluation = Evaluation::new(chunking, notation);
        for (gold, predicted) in gold.iter().zip(&predicted) {
            evaluation.add_sentence(gold, predicted).expect("readable tags");
        }
        for (beta, expected) in expected["micro_fbeta"].as_object().expect("values") {
            let beta: f64 = beta.parse().expect("a number");
            let tally = evaluation.tally();
            check_number(tally.f_beta(Average::Micro, beta, zero_division), expected, id);
        }
    }
    assert_eq!((records.len(), n_reports), (840, 232));
}

/// What an edge case asks for; seqeval's `average="samples"` cannot be said here and is left out.
fn edge_mode(record: &Value) -> Mode {
    let args = &record["args"];
    match (args["mode"] == "strict", args.get("scheme")) {
        (true, Some(name)) => Mode::Strict(scheme(name)),
        (true, None) if record["call"] == "classification_report" => Mode::StrictDetected,
        // Strict without a scheme, or a scheme without strict: seqeval silently runs the default mode.
        (true, None) | (false, _) => Mode::Default,
    }
}

fn check_edge(report: &Report, record: &Value) {
    let id = record["id"].as_str().expect("an id");
    let expected = &record["result"];
    match record["call"].as_str().expect("a call") {
        "f1_score" => {
            let scores = match record["args"]["average"].as_str() {
                Some("macro") => report.macro_average,
                Some("weighted") => report.weighted,
                _ => report.micro,
            };
            check_number(scores.f1, expected, id);
        }
        "performance_measure" => {
            let tokens = report.token_counts;
            let found = json!({
                "TP": tokens.true_positives, "FP": tokens.false_positives,
                "FN": tokens.false_negatives, "TN": tokens.true_negatives,
            });
            assert_eq!(found, *expected, "{id}");
        }
        "classification_report" => {
            check_scores(&report.micro, &expected["micro avg"], id);
            check_scores(&report.macro_average, &expected["macro avg"], id);
            check_scores(&report.weighted, &expected["weighted avg"], id);
            for (entity_type, scores) in &report.per_type {
                check_scores(scores, &expected[entity_type], id);
            }
            let n_rows = expected.as_object().expect("rows").len();
            assert_eq!(n_rows, report.per_type.len() + 3, "{id}");
        }
        other => panic!("{id}: {other} should have been an error"),
    }
}

/// What Python raises where an error of ours is returned.
fn exception(error: &EvalError) -> &'static str {
    match error {
        EvalError::NoSentences => "TypeError",
        EvalError::Tag { source: TagError::Empty { .. }, .. } => "IndexError",
        EvalError::Tag { source: TagError::UnknownPrefix { .. }, .. } => "KeyError",
        _ => "ValueError",
    }
}

#[test]
fn every_edge_case_comes_out_as_in_seqeval() {
    let Some(records) = golden("edge.jsonl") else { return };
    for record in &records {
        let id = record["id"].as_str().expect("an id");
        let zero_division = zero_division(&record["args"]["zero_division"]);
        let options = Options { mode: edge_mode(record), notation: Notation::Prefix, zero_division };
        let (gold, predicted) = (sentences(&record["y_true"]), sentences(&record["y_pred"]));
        let result = seqeval::evaluate(&gold, &predicted, options);
        match (id, record.get("error")) {
            // An average that does not exist cannot be asked for.
            ("bad-average", Some(_)) => {}
            // Nothing instead of an exception.
            ("accuracy-no-tokens", Some(_)) => assert_eq!(result.expect("a report").accuracy, None),
            // A table without types instead of an exception.
            ("no-entities-text", Some(_)) => assert_eq!(result.expect("a report").to_text(2).lines().count(), 5),
            (_, Some(error)) => assert_eq!(*error, exception(&result.expect_err(id)), "{id}"),
            (_, None) => check_edge(&result.expect(id), record),
        }
    }
    assert_eq!(records.len(), 49);
}
