//! What the runs were trained and tested on: classes of the training data, and sentences of each split. These are Tables 1
//! and 11 where the paper's numbers stand beside ours.

use crate::differences::{Results, SectionResult};
use crate::document::{Cell, Table};
use crate::evidence::Finished;
use crate::formatting::NOTHING;
use crate::published::{Published, PublishedCorpus};
use welt_tables::columns;

/// Table 1: the shares of the classes in the training data.
pub fn table_1(results: &Results, published: &Published) -> Option<Table> {
    let row = |(section, run): (&SectionResult, &Finished)| -> Vec<Cell> {
        let dataset = &section.section.dataset;
        let shares = corpus(published, dataset).map(|of| of.shares.map(|share| format!("{:.2}", share as f64 / 100.0)));
        let counts = ["O", "B", "I"].map(|class| class_count(run, class));
        let all: u64 = counts.iter().sum();
        let mut cells: Vec<Cell> = vec![dataset.clone().into()];
        cells.extend(shares.unwrap_or_else(|| [NOTHING; 3].map(str::to_owned)).map(Cell::from));
        cells.extend(counts.map(|count| share(count, all).into()));
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

/// Table 11: the sentences of each split.
pub fn table_11(results: &Results, published: &Published) -> Option<Table> {
    let row = |(section, run): (&SectionResult, &Finished)| -> Vec<Cell> {
        let dataset = &section.section.dataset;
        let numbers = corpus(published, dataset).map(|of| of.sentences.map(|number| number.to_string()));
        let mut cells: Vec<Cell> = vec![dataset.clone().into()];
        cells.extend(numbers.unwrap_or_else(|| [NOTHING; 3].map(str::to_owned)).map(Cell::from));
        cells.extend(SPLITS.map(|split| sentences(run, split).into()));
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

/// How rare every label is in the training data, a row a label.
pub fn labels(results: &Results) -> Option<Table> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (section, run) in trainings(results) {
        let all: u64 = run.label_counts.iter().map(|(_, count)| count).sum();
        for (label, count) in &run.label_counts {
            rows.push(vec![
                section.section.dataset.clone().into(),
                label.clone().into(),
                count.to_string().into(),
                share(*count, all).into(),
            ]);
        }
    }
    (!rows.is_empty()).then(|| Table {
        name: "labels".to_owned(),
        caption:
            "The labels of the training data: how many words have each, and their share of all words in per cent. \
                  Class weights are made of these counts."
                .to_owned(),
        columns: columns(&["corpus", "label"], &["words", "share"]),
        rows,
        notes: Vec::new(),
    })
}

/// The sentences of each split.
pub fn splits(results: &Results) -> Option<Table> {
    let row = |(section, run): (&SectionResult, &Finished)| -> Vec<Cell> {
        let mut cells: Vec<Cell> = vec![section.section.dataset.clone().into()];
        cells.extend(SPLITS.map(|split| sentences(run, split).into()));
        cells.push(run.counts().gold.to_string().into());
        cells
    };
    let rows: Vec<Vec<Cell>> = trainings(results).into_iter().map(row).collect();
    (!rows.is_empty()).then(|| Table {
        name: "splits".to_owned(),
        caption: "Sentences that these runs were trained and tested on, and the entities of the test split.".to_owned(),
        columns: columns(&["corpus"], &["train", "dev", "test", "test entities"]),
        rows,
        notes: Vec::new(),
    })
}

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

fn corpus<'p>(published: &'p Published, dataset: &str) -> Option<&'p PublishedCorpus> {
    published.corpora.iter().find(|corpus| corpus.name == dataset)
}

/// How many words have a label of this letter.
fn class_count(run: &Finished, class: &str) -> u64 {
    let is_of = |label: &str| label == class || label.strip_prefix(class).is_some_and(|rest| rest.starts_with('-'));
    run.label_counts.iter().filter(|(label, _)| is_of(label)).map(|(_, count)| count).sum()
}

fn share(count: u64, all: u64) -> String {
    format!("{:.2}", 100.0 * count as f64 / all.max(1) as f64)
}

const SPLITS: [&str; 3] = ["train", "dev", "test"];

fn sentences(run: &Finished, split: &str) -> String {
    run.sizes.get(split).map_or(NOTHING.to_owned(), |size| size.sentences.to_string())
}
