//! Table 10: F1 by other scorers, on the paper's corpus for them and on every corpus.

use anyhow::Result;

use super::{seeds, shown};
use crate::counting::Scorer;
use crate::differences::{Results, RowResult, SectionResult, floor};
use crate::document::{Cell, Table};
use crate::evidence::Finished;
use crate::formatting::{self, NOTHING, interval, points, spread};
use crate::published::{Published, PublishedStrictRow};
use crate::sections::name;
use crate::statistics::range;
use welt_tables::columns;

/// Table 10: both scorers on the paper's corpus for them, beside its numbers.
pub fn table(results: &Results, published: &Published) -> Result<Option<Table>> {
    let is_theirs =
        |section: &&SectionResult| published.strict_rows.iter().any(|row| row.dataset == section.section.dataset);
    let mut rows = Vec::new();
    for section in results.sections.iter().filter(is_theirs) {
        for row in shown(section).into_iter().filter(|row| !row.runs.is_empty()) {
            for (index, scorer) in [Scorer::Strict, Scorer::Fair].into_iter().enumerate() {
                let floor = floor(&results.sections, section, scorer);
                let difference = section.difference(row, scorer)?;
                let n = difference.as_ref().map_or(0, |difference| difference.by_seed.len());
                let theirs = published_scorer(section, row, published, index);
                let f1 = row.each(|run| run.sentences.f1(scorer));
                rows.push(vec![
                    section.section.encoder().into(),
                    name(row.row.weighting).into(),
                    ["seqeval, strict", "FairEval, fair"][index].into(),
                    seeds(row).into(),
                    spread(&f1).into(),
                    difference.as_ref().map_or(NOTHING.to_owned(), |of| points(of.mean)).into(),
                    difference.as_ref().map_or(NOTHING.to_owned(), interval).into(),
                    if n > 0 { formatting::floor(floor.as_ref(), n) } else { NOTHING.to_owned() }.into(),
                    theirs.into(),
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

fn published_scorer(section: &SectionResult, row: &RowResult, published: &Published, scorer: usize) -> String {
    let Some(method) = published.method(&row.row.weighting.method.to_string()) else { return NOTHING.to_owned() };
    if !section.section.takes_published(row.row) {
        return NOTHING.to_owned();
    }
    let of_corpus = published.strict_rows.iter().filter(|known| known.dataset == section.section.dataset);
    let value = |known: &PublishedStrictRow| known.scores[method][scorer] as f64 / 100.0;
    let same_encoder = of_corpus.clone().find(|known| known.model == section.section.model);
    match same_encoder {
        Some(known) => format!("{:.2}", value(known)),
        None => {
            let all: Vec<f64> = of_corpus.map(value).collect();
            let range = range(&all);
            range.map_or(NOTHING.to_owned(), |[low, _, high]| format!("{low:.2} to {high:.2}"))
        }
    }
}

/// Both scorers on every corpus, beside the default of all other tables.
pub fn all(results: &Results, published: Option<&Published>) -> Option<Table> {
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
    let what = match published {
        Some(_) => "The scorers of Table 10 on every corpus",
        None => {
            "The same runs by seqeval’s default, which all other tables have, by its strict mode and by FairEval’s fair score"
        }
    };
    (!rows.is_empty()).then(|| Table {
        name: "scorers".to_owned(),
        caption: format!(
            "{what}: F1 in per cent and its mean difference to vanilla. A large distance between default and strict means \
             that many predictions start with an I."
        ),
        columns: columns(
            &["corpus", "encoder", "method"],
            &["default", "− vanilla", "strict", "− vanilla", "fair", "− vanilla"],
        ),
        rows,
        notes: Vec::new(),
    })
}
