//! Every value that seqeval 1.2.2 gave for recorded corpora.

mod records;

use records::records;
use serde_json::{Value, json};
use welt_eval::seqeval::{self, Evaluation, Mode, Options, Report};
use welt_eval::{Average, EvalError, Pairs, Scores, ZeroDivision};
use welt_tags::{Chunking, CorpusReader, Notation, Scheme, TagError};

type Sentences = Vec<Vec<String>>;

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

/// Without words seqeval has no accuracy either, and raises an exception.
fn check_accuracy(report: &Report, expected: &Value, what: &str) {
    match report.accuracy {
        Some(accuracy) => check_number(accuracy, expected, &format!("{what}: accuracy")),
        None => assert!(expected.as_f64().is_none(), "{what}: no accuracy, expected {expected}"),
    }
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
    check_accuracy(report, &expected["accuracy"], what);
    let tokens = report.token_counts;
    let found = json!({
        "TP": tokens.true_positives, "FP": tokens.false_positives,
        "FN": tokens.false_negatives, "TN": tokens.true_negatives,
    });
    assert_eq!(found, expected["token_counts"], "{what}: token counts");
}

/// Spans with inclusive ends, as records have them, read in a corpus and each sentence by itself.
/// After stray tags these two may differ, and a record has one of them.
fn check_spans(sentences: &Sentences, chunking: Chunking, notation: Notation, expected: &Value) {
    let mut reader = CorpusReader::new(chunking, notation);
    for (index, tags) in sentences.iter().enumerate() {
        let spans = chunking.spans(tags, notation).expect("readable tags");
        let alone: Vec<Value> = spans.iter().map(|span| json!([span.entity_type, span.start, span.end - 1])).collect();
        let position = reader.position();
        let chunks = reader.read(tags).expect("readable tags");
        let from_start = |index: usize| index as i64 - position as i64;
        let in_corpus: Vec<Value> = chunks
            .iter()
            .map(|chunk| json!([chunk.entity_type, from_start(chunk.start), from_start(chunk.end - 1)]))
            .collect();
        let (alone, in_corpus, expected) = (json!(alone), json!(in_corpus), &expected[index]);
        assert!([&alone, &in_corpus].contains(&expected), "{tags:?}: {alone} or {in_corpus}, expected {expected}");
    }
}

fn check_detection(gold: &Sentences, notation: Notation, expected: &Value) {
    match Scheme::detect(gold, notation) {
        Ok(scheme) => assert_eq!(json!(scheme.name()), *expected),
        Err(error) => assert_eq!(json!(tag_exception(&error)), expected["error"]),
    }
}

/// The report as text, with as many digits as the record says, or else its text has.
fn check_text(report: &Report, expected: &Value, what: &str) {
    let Some(text) = expected["report"].as_str() else { return };
    let digits = expected["report_digits"].as_u64().unwrap_or_else(|| digits_of(text));
    assert_eq!(report.to_text(digits.try_into().expect("few digits")), text, "{what}");
}

/// The calls that take pairs give the same report.
fn check_pairs(gold: &Sentences, predicted: &Sentences, options: Options, report: &Report, what: &str) {
    let Options { mode, notation, zero_division } = options;
    let pairs = Pairs::new(gold, predicted).expect("as many of both").with_notation(notation);
    let in_mode = seqeval::score(&pairs, mode, zero_division).expect("readable tags");
    // Two NaN are not equal, but print alike.
    assert_eq!(format!("{in_mode:?}"), format!("{report:?}"), "{what}");
    let at_once = match mode {
        Mode::Strict(scheme) => seqeval::strict(&pairs, scheme),
        _ => seqeval::default(&pairs),
    };
    if zero_division == ZeroDivision::Zero {
        assert_eq!(format!("{:?}", at_once.expect("readable tags")), format!("{report:?}"), "{what}");
    }
}

/// The sentences as lines of a file.
fn text(gold: &Sentences, predicted: &Sentences) -> String {
    let line = |(gold, predicted): (&String, &String)| format!("w {gold} {predicted}\n");
    let sentence =
        |(gold, predicted): (&Vec<String>, &Vec<String>)| gold.iter().zip(predicted).map(line).collect::<String>();
    gold.iter().zip(predicted).map(sentence).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_text_says_what_its_rows_say() {
    let mut n_texts = 0;
    for record in records("cases").iter().filter(|record| record["mode"] == "default") {
        let (gold, predicted) = (sentences(&record["y_true"]), sentences(&record["y_pred"]));
        // Tags of no scheme are refused, and a text has no sentences without words.
        let Ok(parsed) = Pairs::parse_in(&text(&gold, &predicted), notation(record)) else { continue };
        n_texts += 1;
        let rows: Vec<_> = parsed.iter().map(|sentence| (sentence.gold, sentence.predicted)).collect();
        let expected = gold.iter().zip(&predicted).filter(|(gold, _)| !gold.is_empty());
        assert!(
            rows.into_iter().eq(expected.map(|(gold, predicted)| (strs(gold), strs(predicted)))),
            "{}",
            record["id"]
        );
    }
    assert!(n_texts > 300, "{n_texts}");
}

fn strs(tags: &[String]) -> Vec<&str> {
    tags.iter().map(String::as_str).collect()
}

/// How many digits follow a point in the last row, which is that of the weighted average.
fn digits_of(text: &str) -> u64 {
    let ratio = text.lines().last().and_then(|row| row.split_whitespace().nth_back(1));
    let digits = ratio.and_then(|ratio| ratio.split_once('.')).map_or(0, |(_, digits)| digits.len());
    digits.try_into().expect("few digits")
}

#[test]
fn every_case_is_scored_as_seqeval_scores_it() {
    for record in &records("cases") {
        let id = record["id"].as_str().expect("an id");
        let mode = if record["mode"] == "strict" { Mode::Strict(scheme(&record["scheme"])) } else { Mode::Default };
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
        check_pairs(&gold, &predicted, options, &report, id);
        let expected = &expected["seqeval"];
        check_report(&report, expected, id);
        check_text(&report, expected, id);

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

fn averaged(report: &Report, record: &Value) -> Scores {
    match record["args"]["average"].as_str() {
        Some("macro") => report.macro_average,
        Some("weighted") => report.weighted,
        _ => report.micro,
    }
}

fn check_edge(report: &Report, record: &Value) {
    let id = record["id"].as_str().expect("an id");
    let expected = &record["result"];
    match record["call"].as_str().expect("a call") {
        "f1_score" => check_number(averaged(report, record).f1, expected, id),
        "precision_score" => check_number(averaged(report, record).precision, expected, id),
        "recall_score" => check_number(averaged(report, record).recall, expected, id),
        "accuracy_score" => check_accuracy(report, expected, id),
        "classification_report_text" => {
            let text = json!({"report": expected, "report_digits": record["args"]["digits"]});
            check_text(report, &text, id);
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
        EvalError::Tag { source, .. } | EvalError::Detection(source) => tag_exception(source),
        _ => "ValueError",
    }
}

fn tag_exception(error: &TagError) -> &'static str {
    match error {
        TagError::Empty { .. } => "IndexError",
        TagError::UnknownPrefix { .. } => "KeyError",
        _ => "ValueError",
    }
}

/// What comes out where seqeval raises an exception and nothing is wrong with the tags.
fn check_exception(result: Result<Report, EvalError>, record: &Value, expected: &Value) {
    let id = record["id"].as_str().expect("an id");
    match (record["call"].as_str(), result) {
        // Nothing instead of an exception.
        (Some("accuracy_score"), Ok(report)) => assert_eq!(report.accuracy, None, "{id}"),
        // A table without types instead of an exception.
        (Some("classification_report_text"), Ok(report)) => {
            assert_eq!(report.to_text(2).lines().count(), 5, "{id}");
        }
        (_, Ok(report)) => panic!("{id}: {report}, expected {expected}"),
        (_, Err(error)) => assert_eq!(*expected, exception(&error), "{id}"),
    }
}

#[test]
fn every_edge_case_comes_out_as_in_seqeval() {
    for record in &records("edge") {
        let args = &record["args"];
        // Other averages cannot be asked for.
        if args["average"].as_str().is_some_and(|average| !["micro", "macro", "weighted"].contains(&average)) {
            continue;
        }
        let zero_division = zero_division(&args["zero_division"]);
        let options = Options { mode: edge_mode(record), notation: notation(args), zero_division };
        let (gold, predicted) = (sentences(&record["y_true"]), sentences(&record["y_pred"]));
        let result = seqeval::evaluate(&gold, &predicted, options);
        match record.get("error") {
            Some(error) => check_exception(result, record, error),
            None => check_edge(&result.expect("a report"), record),
        }
    }
}
