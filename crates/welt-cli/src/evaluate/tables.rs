//! The tables that `welt evaluate` prints, and the JSON of metrics whose counts alone say little.
//! Counts of welt-eval in, tables out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use welt_eval::errors::{self, Breakdown, OverlapCounts, Relation};
use welt_eval::faireval::{self, ErrorCounts, Focus, Label, Weights};
use welt_eval::semeval::{self, MatchCounts, Matching, Mode, Outcome};
use welt_eval::{Counts, Scores, ZeroDivision, conlleval, seqeval};

use crate::table::Cell::{Count, Nothing, Number};
use crate::table::{Cell, Table};

/// What all types together are called.
const ALL: &str = "all";

/// seqeval's report as a table.
pub fn seqeval(report: &seqeval::Report) -> Table {
    let caption = format!("seqeval, entities read in mode {}", report.chunking);
    let mut table = Table::new("seqeval", caption, &["", "precision", "recall", "f1-score", "support"]);
    let averages =
        [("micro avg", &report.micro), ("macro avg", &report.macro_average), ("weighted avg", &report.weighted)];
    let types = report.per_type.iter().map(|(name, scores)| (name.as_str(), scores));
    for (name, scores) in types.chain(averages) {
        let mut cells = ratios(scores).to_vec();
        cells.push(Count(scores.support));
        table.push(name, cells);
    }
    table
}

/// conlleval's report as a table.
pub fn conlleval(report: &conlleval::Report) -> Table {
    let heads = ["", "precision", "recall", "FB1", "found", "gold", "correct"];
    let mut table = Table::new("conlleval", "conlleval.pl, by its own reading of the tags, in per cent", &heads);
    let types = report.per_type.iter().map(|(name, percentages)| (name.as_str(), percentages));
    for (name, percentages) in types.chain([(ALL, &report.overall)]) {
        let ratios = [percentages.precision, percentages.recall, percentages.fb1].map(Number);
        let counts = percentages.counts;
        let counts = [counts.predicted, counts.gold, counts.correct].map(Count);
        table.push(name, [ratios, counts].concat());
    }
    table
}

/// FairEval's decisions, scores and confusions.
pub fn faireval(tally: &faireval::Tally, focus: Focus) -> Vec<Table> {
    let heads = ["", "TP", "FP", "FN", "LE", "BES", "BEL", "BEO", "LBE"];
    let caption = "FairEval: entities found (TP), spurious (FP), missed (FN), with a wrong label (LE), wrong bounds (BE: smaller, larger, overlapping) or both (LBE)";
    let mut counted = Table::new("faireval", caption, &heads);
    let heads = [
        "",
        "P trad.",
        "R trad.",
        "F1 trad.",
        "P fair",
        "R fair",
        "F1 fair",
        "P weighted",
        "R weighted",
        "F1 weighted",
    ];
    let mut scored = Table::new("faireval-scores", "FairEval: traditional, fair and weighted scores", &heads);
    for (name, counts) in named(tally, focus) {
        let ErrorCounts { true_positives, false_positives, false_negatives, .. } = counts;
        let ErrorCounts { label, label_boundary, smaller, larger, crossing, .. } = counts;
        let cells =
            [true_positives, false_positives, false_negatives, label, smaller, larger, crossing, label_boundary];
        counted.push(name.clone(), cells.map(Count));
        let cells: Vec<Cell> = fair_scores(&counts).into_iter().flat_map(|(_, scores)| ratios(&scores)).collect();
        scored.push(name, cells);
    }
    vec![counted, scored, confusion(tally)]
}

/// The types, and all together.
fn named(tally: &faireval::Tally, focus: Focus) -> impl Iterator<Item = (String, ErrorCounts)> {
    tally.per_type(focus).into_iter().chain([(ALL.to_owned(), tally.total())])
}

fn fair_scores(counts: &ErrorCounts) -> [(&'static str, Scores); 3] {
    [
        ("traditional", counts.traditional_scores()),
        ("fair", counts.scores(&Weights::FAIR)),
        ("weighted", counts.scores(&Weights::PAPER)),
    ]
}

fn confusion(tally: &faireval::Tally) -> Table {
    let confusion = tally.confusion();
    let side = |label: &Label, none: &str| match label {
        Label::NoSpan => none.to_owned(),
        Label::Type(name) => name.clone(),
    };
    let of_gold: BTreeSet<&Label> = confusion.cells.keys().map(|(gold, _)| gold).collect();
    let of_predicted: BTreeSet<&Label> = confusion.cells.keys().map(|(_, predicted)| predicted).collect();
    let heads: Vec<String> =
        [String::new()].into_iter().chain(of_predicted.iter().map(|label| side(label, "(missed)"))).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let caption = "FairEval: what was taken for what, gold in rows, predicted in columns, without true positives";
    let mut table = Table::new("faireval-confusion", caption, &heads);
    for gold in of_gold {
        let cells: Vec<Cell> = of_predicted.iter().map(|predicted| Count(confusion.count(gold, predicted))).collect();
        table.push(side(gold, "(spurious)"), cells);
    }
    table
}

/// The outcome in each mode of SemEval-2013.
pub fn semeval(tally: &semeval::Tally, options: semeval::Options) -> Table {
    let heads = ["", "COR", "INC", "PAR", "MIS", "SPU", "precision", "recall", "f1"];
    let pairing = match options.matching {
        Matching::Greedy => "greedy pairs as in nervaluate 1.2.1",
        Matching::Optimal => "best pairs whatever the order",
    };
    let least = options.min_overlap.percent();
    let caption = format!(
        "SemEval-2013, {pairing}, of entities that share at least {least} %: correct, incorrect, partial, missed and spurious"
    );
    let mut table = Table::new("semeval", caption, &heads);
    for (name, outcome) in outcomes(tally) {
        for mode in Mode::ALL {
            let counts = outcome.in_mode(mode);
            let MatchCounts { correct, incorrect, partial, missed, spurious } = *counts;
            let mut cells = [correct, incorrect, partial, missed, spurious].map(Count).to_vec();
            cells.extend(ratios(&counts.scores()));
            table.push(format!("{name} {}", mode.name()), cells);
        }
    }
    table
}

fn outcomes(tally: &semeval::Tally) -> impl Iterator<Item = (&str, &Outcome)> {
    let types = tally.per_type.iter().map(|(name, outcome)| (name.as_str(), outcome));
    types.chain([(ALL, &tally.overall)])
}

/// The error types of the paper, the label confusions, and the mentions by what they look like.
pub fn errors(report: &errors::Report, mentions: &Breakdown) -> Vec<Table> {
    vec![error_types(report), labels(report), by_mention(mentions)]
}

fn error_types(report: &errors::Report) -> Table {
    let heads = ["", "exact", "Type-1", "Type-2", "Type-3", "label", "boundary", "split", "merge", "complex"];
    let caption = "Error types of the WeLT paper: spurious (1), missed (2), overlapping (3), the last by shape";
    let mut table = Table::new("errors", caption, &heads);
    let shapes = |counts: &OverlapCounts| {
        let OverlapCounts { label, boundary, split, merge, complex } = *counts;
        [counts.total(), label, boundary, split, merge, complex].map(Count)
    };
    for (name, counts) in &report.per_type {
        let cells = [counts.exact, counts.spurious, counts.missed].map(Count);
        table.push(name.clone(), [cells.as_slice(), &shapes(&counts.same_label)].concat());
    }
    let none = [Nothing, Nothing, Nothing];
    table.push("(labels differ)", [none.as_slice(), &shapes(&report.different_labels)].concat());
    let mut overlaps = report.same_label;
    overlaps += report.different_labels;
    let cells = [report.exact, report.spurious, report.missed].map(Count);
    table.push(ALL, [cells.as_slice(), &shapes(&overlaps)].concat());
    table
}

fn labels(report: &errors::Report) -> Table {
    let names = |side: fn(&errors::Cell) -> &Option<String>| -> BTreeSet<&String> {
        report.confusion.iter().filter_map(|cell| side(cell).as_ref()).collect()
    };
    let (of_gold, of_predicted) = (names(|cell| &cell.gold), names(|cell| &cell.predicted));
    let mut heads = vec![""];
    heads.extend(of_predicted.iter().map(|name| name.as_str()));
    heads.push("(missed)");
    let caption =
        "Labels: gold in rows, predicted in columns; pairs with the same bounds + pairs that overlap otherwise";
    let mut table = Table::new("labels", caption, &heads);
    let count = |gold: Option<&String>, predicted: Option<&String>, relation| -> usize {
        let wanted = |cell: &&errors::Cell| {
            (cell.gold.as_ref(), cell.predicted.as_ref(), cell.relation) == (gold, predicted, relation)
        };
        report.confusion.iter().filter(wanted).map(|cell| cell.n).sum()
    };
    for gold in of_gold {
        let cell = |predicted: &&String| {
            let same = count(Some(gold), Some(predicted), Relation::SameBounds);
            match count(Some(gold), Some(predicted), Relation::OtherBounds) {
                0 => Count(same),
                other => Cell::Text(format!("{same} + {other}")),
            }
        };
        let mut cells: Vec<Cell> = of_predicted.iter().map(cell).collect();
        cells.push(Count(count(Some(gold), None, Relation::Missed)));
        table.push(gold.clone(), cells);
    }
    let mut spurious: Vec<Cell> =
        of_predicted.iter().map(|predicted| Count(count(None, Some(predicted), Relation::Spurious))).collect();
    spurious.push(Nothing);
    table.push("(spurious)", spurious);
    table
}

fn by_mention(mentions: &Breakdown) -> Table {
    let heads = ["", "gold", "predicted", "found", "precision", "recall", "f1"];
    let mut table =
        Table::new("mentions", "Entities by what they look like, found by the same bounds and label", &heads);
    let (length, form) = (mentions.length, mentions.form);
    let mut rows = vec![
        ("1 word", length.one),
        ("2 words", length.two),
        ("3 words", length.three),
        ("4 words or more", length.four_or_more),
        ("abbreviations", form.abbreviation),
        ("no abbreviations", form.other),
    ];
    if let Some(familiarity) = mentions.familiarity {
        rows.push(("seen in training", familiarity.seen));
        rows.push(("seen in other case", familiarity.seen_ignoring_case));
        rows.push(("unseen", familiarity.unseen));
    }
    for (name, counts) in rows {
        let Counts { gold, predicted, true_positives } = counts;
        let mut cells = [gold, predicted, true_positives].map(Count).to_vec();
        cells.extend(ratios(&counts.scores(ZeroDivision::Zero)));
        table.push(name, cells);
    }
    table
}

fn ratios(scores: &Scores) -> [Cell; 3] {
    [scores.precision, scores.recall, scores.f1].map(Number)
}

/// FairEval's counts, scores and confusions.
pub fn faireval_json(tally: &faireval::Tally, focus: Focus) -> Value {
    let entry = |counts: &ErrorCounts| {
        let mut entry = Map::new();
        entry.insert("counts".to_owned(), json!(counts));
        for (name, scores) in fair_scores(counts) {
            entry.insert(name.to_owned(), json!(scores));
        }
        Value::Object(entry)
    };
    let types = tally.per_type(focus);
    let types: Map<String, Value> = types.iter().map(|(name, counts)| (name.clone(), entry(counts))).collect();
    json!({ "overall": entry(&tally.total()), "per_type": types, "confusion": tally.confusion() })
}

/// The counts and scores of each mode of SemEval-2013.
pub fn semeval_json(tally: &semeval::Tally) -> Value {
    let entry = |outcome: &Outcome| -> Value {
        let mode = |mode: Mode| {
            let counts = outcome.in_mode(mode);
            (mode.name().to_owned(), json!({ "counts": counts, "scores": counts.scores() }))
        };
        Value::Object(Mode::ALL.map(mode).into_iter().collect())
    };
    let types: Map<String, Value> =
        tally.per_type.iter().map(|(name, outcome)| (name.clone(), entry(outcome))).collect();
    json!({ "overall": entry(&tally.overall), "per_type": types })
}
