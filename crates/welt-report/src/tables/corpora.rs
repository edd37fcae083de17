//! Tables 1 and 11: what the runs were trained and tested on.

use crate::differences::{Results, SectionResult};
use crate::document::{Cell, Table, columns};
use crate::evidence::Finished;
use crate::formatting::NOTHING;
use crate::published::Published;

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
