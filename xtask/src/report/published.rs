//! The published numbers that stand beside ours.
//! The paper and a row go in; out come its scores, or their range over the paper's encoders where ours is none of them.

use welt_record::Row;
use welt_weights::LabelOrder;

use super::sections::Section;
use crate::audit::{Paper, quantile};

/// Precision, recall, F1 and its difference to vanilla, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub gain: f64,
}

/// The number of the paper's table on a corpus.
pub fn table_number(paper: &Paper, dataset: &str) -> Option<usize> {
    datasets(paper).iter().position(|known| *known == dataset).map(|place| place + 2)
}

/// The paper's corpora, in the order of its tables.
pub fn datasets(paper: &Paper) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for row in &paper.rows {
        if !found.contains(&row.dataset.as_str()) {
            found.push(&row.dataset);
        }
    }
    found
}

/// Whether an encoder is one of the paper's.
pub fn knows(paper: &Paper, model: &str) -> bool {
    paper.rows.iter().any(|row| row.model == model)
}

/// Whether the published number of a row's scheme belongs beside this row: it most likely had the published order.
pub fn belongs_beside(section: &Section, row: &Row) -> bool {
    let same_scheme = |other: &&Row| other.weighting.method == row.weighting.method;
    let has_published_order =
        section.rows.iter().filter(same_scheme).any(|other| other.weighting.label_order == LabelOrder::AsPublished);
    row.is_vanilla() || row.weighting.label_order == LabelOrder::AsPublished || !has_published_order
}

/// The published scores of a row's scheme with an encoder.
pub fn scores(paper: &Paper, dataset: &str, model: &str, row: &Row) -> Option<Scores> {
    let arm = paper.arm(&row.weighting.method.to_string())?;
    let cells = paper.rows.iter().find(|known| known.dataset == dataset && known.model == model)?;
    let points = |hundredths: i64| hundredths as f64 / 100.0;
    let of = cells.scores[arm];
    Some(Scores {
        precision: points(of.precision),
        recall: points(of.recall),
        f1: points(of.f1),
        gain: points(cells.f1_gain(arm, paper.vanilla)),
    })
}

/// The published scores of a row's scheme with every encoder of the paper.
pub fn over_encoders(paper: &Paper, dataset: &str, row: &Row) -> Vec<Scores> {
    let encoders = paper.rows.iter().filter(|known| known.dataset == dataset);
    encoders.filter_map(|known| scores(paper, dataset, &known.model, row)).collect()
}

/// The least, the middle and the largest; none of nothing.
pub fn range(values: &[f64]) -> Option<[f64; 3]> {
    (!values.is_empty()).then(|| [0.0, 0.5, 1.0].map(|share| quantile(values, share)))
}
