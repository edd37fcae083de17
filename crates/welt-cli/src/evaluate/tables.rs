//! The tables that `welt evaluate` prints, and the JSON of metrics whose counts alone say little.
//! Counts of welt-eval in, tables out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use welt_eval::errors::{self, Breakdown, MentionCounts, OverlapCounts, Relation};
use welt_eval::faireval::{self, ErrorCounts, Focus, Label, Weights};
use welt_eval::semeval::{self, MatchCounts, Matching, Mode, Outcome};
use welt_eval::{Counts, Scores, TokenCounts, ZeroDivision, conlleval, seqeval};

use crate::table::Cell::{Count, NoName, Nothing, Number};
use crate::table::{Cell, Kind, Table};

/// What all types together are called.
const ALL: &str = "(all)";

/// seqeval's report as a table.
pub fn seqeval(report: &seqeval::Report) -> Table {
    let caption = format!("seqeval, entities read in mode {}", report.chunking);
    let heads = ["", "precision", "recall", "f1-score", "support", "TP", "FP", "FN"];
    let mut table = Table::new("seqeval", caption, Kind::Type, &heads);
    let total: Counts = report.counts.values().sum();
    let averages = [
        ("micro avg", &report.micro, Some(&total)),
        ("macro avg", &report.macro_average, None),
        ("weighted avg", &report.weighted, None),
    ];
    let types = report.per_type.iter().map(|(name, scores)| (name.as_str(), scores, report.counts.get(name)));
    let types = types.map(|row| (Kind::Type, row)).chain(averages.map(|row| (Kind::Average, row)));
    for (kind, (name, scores, counts)) in types {
        let mut cells = ratios(scores).to_vec();
        cells.push(Count(scores.support));
        cells.extend(match counts {
            Some(counts) => [counts.true_positives, counts.false_positives(), counts.false_negatives()].map(Count),
            None => [Nothing, Nothing, Nothing],
        });
        table.push_as(kind, name, cells);
    }
    table
}

/// How the words were tagged, by seqeval's `performance_measure` and `accuracy_score`.
pub fn words(report: &seqeval::Report) -> Table {
    let tokens = &report.token_counts;
    let mut table = Table::new("words", "Words, by their tags", Kind::Total, &["", "accuracy", "TP", "FP", "FN", "TN"]);
    let TokenCounts { true_positives, false_positives, false_negatives, true_negatives } = *tokens;
    let mut cells = vec![report.accuracy.map_or(Nothing, Number)];
    cells.extend([true_positives, false_positives, false_negatives, true_negatives].map(Count));
    table.push(ALL, cells);
    table
}

/// conlleval's report as a table.
pub fn conlleval(report: &conlleval::Report) -> Table {
    let heads = ["", "precision", "recall", "FB1", "found", "gold", "correct"];
    let caption = "conlleval.pl, by its own reading of the tags, in per cent";
    let mut table = Table::new("conlleval", caption, Kind::Type, &heads);
    let types = report.per_type.iter().map(|(name, percentages)| (Kind::Type, name.as_str(), percentages));
    for (kind, name, percentages) in types.chain([(Kind::Total, ALL, &report.overall)]) {
        let ratios = [percentages.precision, percentages.recall, percentages.fb1].map(Number);
        let counts = percentages.counts;
        let counts = [counts.predicted, counts.gold, counts.correct].map(Count);
        table.push_as(kind, name, [ratios, counts].concat());
    }
    table
}

/// FairEval's decisions, scores and confusions.
pub fn faireval(tally: &faireval::Tally, focus: Focus) -> Vec<Table> {
    let heads = ["", "TP", "FP", "FN", "LE", "BES", "BEL", "BEO", "LBE"];
    let caption = "FairEval: entities found (TP), spurious (FP), missed (FN), with a wrong label (LE), wrong bounds (BE: smaller, larger, overlapping) or both (LBE)";
    let mut counted = Table::new("faireval", caption, Kind::Type, &heads);
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
    let caption = "FairEval: traditional, fair and weighted scores";
    let mut scored = Table::new("faireval-scores", caption, Kind::Type, &heads);
    for (kind, name, counts) in named(tally, focus) {
        let ErrorCounts { true_positives, false_positives, false_negatives, .. } = counts;
        let ErrorCounts { label, label_boundary, smaller, larger, crossing, .. } = counts;
        let cells =
            [true_positives, false_positives, false_negatives, label, smaller, larger, crossing, label_boundary];
        counted.push_as(kind, name.clone(), cells.map(Count));
        let cells: Vec<Cell> = fair_scores(&counts).into_iter().flat_map(|(_, scores)| ratios(&scores)).collect();
        scored.push_as(kind, name, cells);
    }
    vec![counted, scored, confusion(tally)]
}

/// The types, and all together.
fn named(tally: &faireval::Tally, focus: Focus) -> impl Iterator<Item = (Kind, String, ErrorCounts)> {
    let types = tally.per_type(focus).into_iter().map(|(name, counts)| (Kind::Type, name, counts));
    types.chain([(Kind::Total, ALL.to_owned(), tally.total())])
}

fn fair_scores(counts: &ErrorCounts) -> [(&'static str, Scores); 3] {
    [
        ("traditional", counts.traditional_scores()),
        ("fair", counts.scores(&Weights::FAIR)),
        ("weighted", counts.scores(&Weights::PAPER)),
    ]
}

fn confusion(tally: &faireval::Tally) -> Table {
    let caption = "FairEval: what was taken for what, gold in rows, predicted in columns, without true positives";
    matrix("faireval-confusion", caption, &confusion_cells(tally))
}

fn confusion_cells(tally: &faireval::Tally) -> Cells {
    let side = |label: Label| match label {
        Label::NoSpan => None,
        Label::Type(name) => Some(name),
    };
    tally.confusion().cells.into_iter().map(|((gold, predicted), n)| ((side(gold), side(predicted)), n)).collect()
}

/// The outcome in each mode of SemEval-2013, a table a mode.
pub fn semeval(tally: &semeval::Tally, options: semeval::Options) -> Vec<Table> {
    let pairing = match options.matching {
        Matching::Greedy => "greedy pairs as in nervaluate 1.2.1",
        Matching::Optimal => "best pairs whatever the order",
    };
    let least = options.min_overlap.percent();
    let heads = ["", "COR", "INC", "PAR", "MIS", "SPU", "precision", "recall", "f1"];
    let of_mode = |mode: Mode| {
        let name = mode.name();
        let caption = format!("SemEval-2013 {name}, {pairing}, of entities that share at least {least} %");
        let mut table = Table::new(&format!("semeval-{name}"), caption, Kind::Type, &heads);
        for (kind, name, outcome) in outcomes(tally) {
            let counts = outcome.in_mode(mode);
            let MatchCounts { correct, incorrect, partial, missed, spurious } = *counts;
            let mut cells = [correct, incorrect, partial, missed, spurious].map(Count).to_vec();
            cells.extend(ratios(&counts.scores()));
            table.push_as(kind, name, cells);
        }
        table
    };
    Mode::ALL.map(of_mode).into()
}

fn outcomes(tally: &semeval::Tally) -> impl Iterator<Item = (Kind, &str, &Outcome)> {
    let types = tally.per_type.iter().map(|(name, outcome)| (Kind::Type, name.as_str(), outcome));
    types.chain([(Kind::Total, ALL, &tally.overall)])
}

/// The error types of the paper, the label confusions, and the mentions by what they look like.
pub fn errors(report: &errors::Report, mentions: &Breakdown) -> Vec<Table> {
    let same = "Labels of entities with the same bounds: gold in rows, predicted in columns";
    let other = "Labels of entities that overlap with other bounds: gold in rows, predicted in columns";
    vec![
        error_types(report),
        matrix("labels", same, &label_cells(report, Relation::SameBounds)),
        matrix("labels-overlapping", other, &label_cells(report, Relation::OtherBounds)),
        by_mention(mentions),
    ]
}

/// Gold and predicted label, nothing where there is no entity, and how often.
type Cells = BTreeMap<(Option<String>, Option<String>), usize>;

/// The confusions of one relation; entities that overlap nothing stand with those of the same bounds.
fn label_cells(report: &errors::Report, relation: Relation) -> Cells {
    let alone = |cell: &&errors::Cell| {
        relation == Relation::SameBounds && matches!(cell.relation, Relation::Missed | Relation::Spurious)
    };
    let cells = report.confusion.iter().filter(|cell| cell.relation == relation || alone(cell));
    cells.map(|cell| ((cell.gold.clone(), cell.predicted.clone()), cell.n)).collect()
}

/// Beyond so many labels a matrix is more than anybody reads, and is written as a list of its cells.
const WIDEST_MATRIX: usize = 40;

/// A matrix of confusions, or the list of its cells where it would be too wide.
fn matrix(name: &str, caption: &str, cells: &Cells) -> Table {
    let of_gold: BTreeSet<&Option<String>> = cells.keys().map(|(gold, _)| gold).collect();
    let of_predicted: BTreeSet<&Option<String>> = cells.keys().map(|(_, predicted)| predicted).collect();
    if of_gold.len().max(of_predicted.len()) > WIDEST_MATRIX {
        let label = |label: &Option<String>, none| label.clone().map_or(NoName(none), Cell::Text);
        let mut table = Table::new(name, caption, Kind::Group, &["", "gold", "predicted", "n"]);
        for (index, ((gold, predicted), n)) in cells.iter().enumerate() {
            let cells = [label(gold, SPURIOUS), label(predicted, MISSED), Count(*n)];
            table.push((index + 1).to_string(), cells);
        }
        return table;
    }
    let named = |label: &Option<String>, none: &str| match label {
        Some(name) => (Kind::Type, name.clone()),
        None => (Kind::NoEntity, none.to_owned()),
    };
    let mut table = Table::new(name, caption, Kind::Type, &[""]);
    for (kind, head) in of_predicted.iter().map(|label| named(label, MISSED)) {
        table.add_column(kind, head);
    }
    for gold in of_gold {
        let cell =
            |predicted: &&Option<String>| Count(cells.get(&(gold.clone(), (*predicted).clone())).copied().unwrap_or(0));
        let (kind, name) = named(gold, SPURIOUS);
        table.push_as(kind, name, of_predicted.iter().map(cell).collect::<Vec<_>>());
    }
    table
}

/// What stands in the place of a gold label where there is no entity, and of a predicted one.
const SPURIOUS: &str = "(spurious)";
const MISSED: &str = "(missed)";

fn error_types(report: &errors::Report) -> Table {
    let heads = ["", "exact", "Type-1", "Type-2", "Type-3", "label", "boundary", "split", "merge", "complex"];
    let caption = "Error types of the WeLT paper: spurious (1), missed (2), overlapping (3), the last by shape";
    let mut table = Table::new("errors", caption, Kind::Type, &heads);
    let shapes = |counts: &OverlapCounts| {
        let OverlapCounts { label, boundary, split, merge, complex } = *counts;
        [counts.total(), label, boundary, split, merge, complex].map(Count)
    };
    for (name, counts) in &report.per_type {
        let cells = [counts.exact, counts.spurious, counts.missed].map(Count);
        table.push(name.clone(), [cells.as_slice(), &shapes(&counts.same_label)].concat());
    }
    let none = [Nothing, Nothing, Nothing];
    table.push_as(Kind::Total, "(labels differ)", [none.as_slice(), &shapes(&report.different_labels)].concat());
    let mut overlaps = report.same_label;
    overlaps += report.different_labels;
    let cells = [report.exact, report.spurious, report.missed].map(Count);
    table.push_as(Kind::Total, ALL, [cells.as_slice(), &shapes(&overlaps)].concat());
    table
}

fn by_mention(mentions: &Breakdown) -> Table {
    let heads = ["", "exact", "Type-1", "Type-2", "gold in 3", "predicted in 3", "precision", "recall", "f1"];
    let caption = "Entities by what they look like: exact, spurious (Type-1), missed (Type-2), in overlaps (Type-3)";
    let mut table = Table::new("mentions", caption, Kind::Group, &heads);
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
        let MentionCounts { exact, missed, gold_in_overlaps, spurious, predicted_in_overlaps } = counts;
        let mut cells = [exact, spurious, missed, gold_in_overlaps, predicted_in_overlaps].map(Count).to_vec();
        cells.extend(ratios(&counts.counts().scores(ZeroDivision::Zero)));
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
    let cells = confusion_cells(tally).into_iter();
    let cells: Vec<Value> =
        cells.map(|((gold, predicted), n)| json!({ "gold": gold, "predicted": predicted, "n": n })).collect();
    json!({ "overall": entry(&tally.total()), "per_type": types, "confusion": cells })
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
