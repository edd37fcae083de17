//! Tables 1, 10 and 11 and the error types of section 6, ours beside the paper's.
//! Results and the paper go in, tables come out.

use anyhow::Result;
use welt_eval::errors::MentionCounts;

use super::counting::Scorer;
use super::differences::{Results, RowResult, SectionResult, floor};
use super::document::{Cell, Table, columns};
use super::evidence::Finished;
use super::plots::{error_rates, floor_in_words};
use super::published::Published;
use super::published::belongs_beside;
use super::sections::name;
use super::tables::{NOTHING, drop_encoder, interval, points, seeds, shown, spread};
use crate::statistics::mean;

/// The sections of each corpus that were trained on different data, with a run of each.
fn trainings<'r>(results: &'r Results) -> Vec<(&'r SectionResult<'r>, &'r Finished)> {
    let mut found: Vec<(&SectionResult, &Finished)> = Vec::new();
    for section in &results.sections {
        let Some((_, run)) = section.rows.iter().find_map(|row| row.runs.first()) else { continue };
        let same = |(known, other): &(&SectionResult, &Finished)| {
            known.section.dataset == section.section.dataset
                && (&other.label_counts, &other.sizes) == (&run.label_counts, &run.sizes)
        };
        if !found.iter().any(same) {
            found.push((section, *run));
        }
    }
    found
}

/// Table 1: the shares of the classes in the training data.
pub fn classes(results: &Results, paper: &Published) -> Option<Table> {
    let row = |(section, run): (&SectionResult, &Finished)| -> Vec<Cell> {
        let dataset = &section.section.dataset;
        let published = paper.corpora.iter().find(|corpus| corpus.name == *dataset);
        let shares = published.map(|corpus| corpus.shares.map(|share| format!("{:.2}", share as f64 / 100.0)));
        let counts = ["O", "B", "I"].map(|class| class_count(run, class));
        let all: u64 = counts.iter().sum();
        let ours = counts.map(|count| format!("{:.2}", 100.0 * count as f64 / all.max(1) as f64));
        let mut cells: Vec<Cell> = vec![dataset.clone().into()];
        cells.extend(shares.unwrap_or_else(|| [NOTHING; 3].map(str::to_owned)).map(Cell::from));
        cells.extend(ours.map(Cell::from));
        cells.push(all.to_string().into());
        cells
    };
    let rows: Vec<Vec<Cell>> = trainings(results).into_iter().map(row).collect();
    (!rows.is_empty()).then(|| Table {
        name: "table-1".to_owned(),
        caption:
            "Table 1 of the paper: shares of the classes in the training data, in per cent. Ours are of the words that classes \
                  were counted in for these runs, which may be a part of the corpus."
                .to_owned(),
        columns: columns(&["corpus"], &["paper O", "paper B", "paper I", "O", "B", "I", "words"]),
        rows,
        notes: Vec::new(),
    })
}

/// How many words have a label of this letter.
fn class_count(run: &Finished, class: &str) -> u64 {
    let is_of = |label: &str| label == class || label.strip_prefix(class).is_some_and(|rest| rest.starts_with('-'));
    run.label_counts.iter().filter(|(label, _)| is_of(label)).map(|(_, count)| count).sum()
}

/// Table 11: the sentences of each split.
pub fn sentences(results: &Results, paper: &Published) -> Option<Table> {
    let row = |(section, run): (&SectionResult, &Finished)| -> Vec<Cell> {
        let dataset = &section.section.dataset;
        let published = paper.corpora.iter().find(|corpus| corpus.name == *dataset);
        let numbers = published.map(|corpus| corpus.sentences.map(|number| number.to_string()));
        let size = |split: &str| run.sizes.get(split).map_or(NOTHING.to_owned(), |size| size.sentences.to_string());
        let mut cells: Vec<Cell> = vec![dataset.clone().into()];
        cells.extend(numbers.unwrap_or_else(|| [NOTHING; 3].map(str::to_owned)).map(Cell::from));
        cells.extend(["train", "dev", "test"].map(size).map(Cell::from));
        cells
    };
    let rows: Vec<Vec<Cell>> = trainings(results).into_iter().map(row).collect();
    (!rows.is_empty()).then(|| Table {
        name: "table-11".to_owned(),
        caption: "Table 11 of the paper: sentences of each split. Ours are those that these runs were trained and tested on; the \
                  published numbers are one more than the files have."
            .to_owned(),
        columns: columns(&["corpus"], &["paper train", "paper dev", "paper test", "train", "dev", "test"]),
        rows,
        notes: Vec::new(),
    })
}

/// Table 10: both scorers on the paper's corpus for them, beside its numbers.
pub fn scorers(results: &Results, paper: &Published) -> Result<Option<Table>> {
    let is_theirs =
        |section: &&SectionResult| paper.strict_rows.iter().any(|row| row.dataset == section.section.dataset);
    let mut rows = Vec::new();
    for section in results.sections.iter().filter(is_theirs) {
        for row in shown(section).into_iter().filter(|row| !row.runs.is_empty()) {
            for (place, scorer) in [Scorer::Strict, Scorer::Fair].into_iter().enumerate() {
                let floor = floor(&results.sections, section, scorer);
                let difference = section.difference(row, scorer)?;
                let n = difference.as_ref().map_or(0, |difference| difference.by_seed.len());
                let published = published_scorer(section, row, paper, place);
                let f1 = row.each(|run| run.sentences.f1(scorer));
                rows.push(vec![
                    section.section.encoder().into(),
                    name(row.row.weighting).into(),
                    ["seqeval, strict", "FairEval, fair"][place].into(),
                    seeds(row).into(),
                    spread(&f1).into(),
                    difference.as_ref().map_or(NOTHING.to_owned(), |of| points(of.mean)).into(),
                    difference.as_ref().map_or(NOTHING.to_owned(), interval).into(),
                    if n > 0 { floor_in_words(floor.as_ref(), n) } else { NOTHING.to_owned() }.into(),
                    published.into(),
                ]);
            }
        }
    }
    let caption = "Table 10 of the paper: F1 in per cent by seqeval’s strict mode and by FairEval’s fair score, on entities that are \
                   read strictly. These differences are not tested: they are no part of the family.";
    Ok((!rows.is_empty()).then(|| Table {
        name: "table-10".to_owned(),
        caption: caption.to_owned(),
        columns: columns(
            &["encoder", "weights", "scorer"],
            &["seeds", "F1", "F1 − vanilla", "95 % interval", "noise floor", "paper F1"],
        ),
        rows,
        notes: vec![
            "Where the encoder is none of the paper’s, its numbers are the range over its encoders.".to_owned(),
        ],
    }))
}

fn published_scorer(section: &SectionResult, row: &RowResult, paper: &Published, scorer: usize) -> String {
    let Some(arm) = paper.method(&row.row.weighting.method.to_string()) else { return NOTHING.to_owned() };
    if !belongs_beside(section.section, row.row) {
        return NOTHING.to_owned();
    }
    let of_corpus = paper.strict_rows.iter().filter(|known| known.dataset == section.section.dataset);
    let value = |known: &super::published::PublishedStrictRow| known.scores[arm][scorer] as f64 / 100.0;
    let same_encoder = of_corpus.clone().find(|known| known.model == section.section.model);
    match same_encoder {
        Some(known) => format!("{:.2}", value(known)),
        None => {
            let all: Vec<f64> = of_corpus.map(value).collect();
            let range = super::published::range(&all);
            range.map_or(NOTHING.to_owned(), |[low, _, high]| format!("{low:.2} to {high:.2}"))
        }
    }
}

/// Both scorers on every corpus, beside the default of Tables 2 to 9.
pub fn all_scorers(results: &Results) -> Option<Table> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for section in &results.sections {
        for row in shown(section).into_iter().filter(|row| !row.runs.is_empty()) {
            let mut cells: Vec<Cell> = vec![
                section.section.dataset.clone().into(),
                section.section.encoder().into(),
                name(row.row.weighting).into(),
            ];
            for scorer in [Scorer::Default, Scorer::Strict, Scorer::Fair] {
                let f1 = |run: &Finished| run.sentences.f1(scorer);
                cells.push(spread(&row.each(f1)).into());
                let gain = section.gain(row, f1).filter(|_| !row.row.is_vanilla());
                cells.push(gain.map_or(NOTHING.to_owned(), points).into());
            }
            rows.push(cells);
        }
    }
    (!rows.is_empty()).then(|| Table {
        name: "scorers".to_owned(),
        caption: "The scorers of Table 10 on every corpus: F1 in per cent and its mean difference to vanilla. A large \
                  distance between default and strict means that many predictions start with an I."
            .to_owned(),
        columns: columns(
            &["corpus", "encoder", "weights"],
            &["default", "− vanilla", "strict", "− vanilla", "fair", "− vanilla"],
        ),
        rows,
        notes: Vec::new(),
    })
}

/// The error types of section 6 by arm, for every hundred gold entities.
pub fn errors(sections: &[&SectionResult], table: String) -> Option<Table> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for section in sections {
        for row in section.arms() {
            rows.push(error_cells(section, row));
        }
    }
    let dataset = sections.first()?.section.dataset.clone();
    let mut table = Table {
        name: table,
        caption: format!(
            "Section 6 of the paper on {dataset}: errors for every 100 gold entities by the paper’s three types, their shares of all \
             errors, and the recall of mentions that look like abbreviations. Means over seeds."
        ),
        columns: columns(
            &["encoder", "weights"],
            &[
                "made up (1)",
                "missed (2)",
                "other bounds or label (3)",
                "share of 1",
                "of 2",
                "of 3",
                "recall of abbreviations",
                "of other mentions",
            ],
        ),
        rows,
        notes: Vec::new(),
    };
    drop_encoder(&mut table, sections);
    (!table.rows.is_empty()).then_some(table)
}

fn error_cells(section: &SectionResult, row: &RowResult) -> Vec<Cell> {
    let rates = error_rates(row);
    let all: f64 = rates.iter().sum();
    let recall = |of: fn(&Finished) -> MentionCounts| {
        let recalls: Vec<f64> = (row.runs.iter().map(|(_, run)| of(run)).filter(|counts| counts.gold() > 0))
            .map(|counts| 100.0 * counts.exact as f64 / counts.gold() as f64)
            .collect();
        if recalls.is_empty() { NOTHING.to_owned() } else { format!("{:.1} %", mean(&recalls)) }
    };
    let mut cells: Vec<Cell> = vec![section.section.encoder().into(), name(row.row.weighting).into()];
    cells.extend(rates.map(|rate| format!("{rate:.1}").into()));
    let share = |rate: f64| if all > 0.0 { format!("{:.0} %", 100.0 * rate / all) } else { NOTHING.to_owned() };
    cells.extend(rates.map(|rate| share(rate).into()));
    cells.push(recall(|run| run.errors.abbreviations).into());
    cells.push(recall(|run| run.errors.other_mentions).into());
    cells
}
