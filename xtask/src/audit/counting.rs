//! Scores are ratios of whole numbers: the entities of the test split, those that were predicted, and those that were right.
//! Printed scores and the sizes of the test splits go in; which scores such ratios can give comes out.

use anyhow::Result;

use super::cells::{CUT_OFF, Printing, ROUNDED, score};
use super::finding::{Finding, Form};
use super::published::{Paper, Row, Triple};

/// Printed recalls that are drawn to say how many of them some ratio has: those that occur in the tables, roughly.
const USUAL: std::ops::Range<i64> = 5_000..10_000;

/// Which printed scores are ratios of whole numbers with the test split's entities below recall.
pub fn counting(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("counting", "Scores as ratios of whole numbers");
    let (mut rows, mut misfits) = (Vec::new(), Vec::new());
    let (mut cells, mut cut, mut rounded) = (0, 0, 0);
    for corpus in &paper.corpora {
        let Some(gold) = corpus.counted.as_ref().map(|counted| counted.test_entities) else { continue };
        let triples: Vec<(&Row, usize, Triple)> = paper
            .rows
            .iter()
            .filter(|row| row.dataset == corpus.name)
            .flat_map(|row| row.scores.iter().enumerate().map(move |(method, triple)| (row, method, *triple)))
            .collect();
        let fitting = |printing| triples.iter().filter(|(.., triple)| triple.is_count_of(gold, printing)).count();
        let (fit_cut, fit_rounded) = (fitting(CUT_OFF), fitting(ROUNDED));
        cells += triples.len();
        cut += fit_cut;
        rounded += fit_rounded;
        for (row, method, triple) in triples.iter().filter(|(.., triple)| !triple.is_count_of(gold, CUT_OFF)) {
            let name = format!("{} {}", row.name(), paper.methods[*method].name);
            let [precision, recall, f1] = [triple.precision, triple.recall, triple.f1].map(score);
            misfits.push(vec![name, precision, recall, f1, gold.to_string(), others(paper, gold, *triple)]);
        }
        let attained = USUAL.filter(|recall| !right(gold, *recall, CUT_OFF).is_empty()).count();
        rows.push(vec![
            corpus.name.clone(),
            gold.to_string(),
            triples.len().to_string(),
            fit_cut.to_string(),
            fit_rounded.to_string(),
            Form::Hundredths.write(100.0 * attained as f64 / USUAL.count() as f64),
            rivals(gold, &triples.iter().map(|(.., triple)| triple.recall).collect::<Vec<_>>()).to_string(),
        ]);
    }
    finding.count("cells of corpora whose test entities are counted", cells);
    finding.count("cells that are ratios of whole numbers if digits were cut off", cut);
    finding.count("cells that are ratios of whole numbers if scores were rounded", rounded);
    finding.count("cells that are not if digits were cut off", misfits.len());
    finding.meaning = format!(
        "With digits cut off instead of rounded, {cut} of {cells} cells are what whole numbers of entities of their test split give, \
         so these scores come from real evaluations of these splits; {} cannot.",
        misfits.len()
    );
    let header = [
        "corpus",
        "test entities",
        "cells",
        "fit, cut off",
        "fit, rounded",
        "% of recalls from 50 to 100 that fit",
        "other totals within a tenth that fit as many recalls",
    ];
    finding.table("Corpora", &header, rows);
    let header = ["cell", "P", "R", "F1", "test entities", "fits the entities of"];
    finding.table("Cells that are no such ratios", &header, misfits);
    Ok(finding)
}

/// How many other totals of about the same size have as many of the recalls.
fn rivals(gold: u64, recalls: &[i64]) -> usize {
    let fitting = |total: u64| recalls.iter().filter(|recall| !right(total, **recall, CUT_OFF).is_empty()).count();
    let ours = fitting(gold);
    (gold - gold / 10..=gold + gold / 10).filter(|total| *total != gold && fitting(*total) >= ours).count()
}

/// Corpora of other test splits that could give the triple, where these say something.
fn others(paper: &Paper, gold: u64, triple: Triple) -> String {
    let fitting = paper.corpora.iter().filter_map(|corpus| {
        let other = corpus.counted.as_ref()?.test_entities;
        (other != gold && triple.is_count_of(other, CUT_OFF)).then(|| corpus.name.clone())
    });
    let names = fitting.collect::<Vec<_>>().join(", ");
    if names.is_empty() { "none of the others".to_owned() } else { names }
}

impl Triple {
    /// Whether some whole numbers of right and predicted entities, with so many to find, are printed like this.
    fn is_count_of(self, gold: u64, printing: Printing) -> bool {
        right(gold, self.recall, printing).into_iter().any(|right| {
            // A unit of the last digit more and less than precision could be.
            let bound = |precision: i64| (right as f64 * 10_000.0 / precision.max(1) as f64) as u64;
            (bound(self.precision + 2)..=bound(self.precision - 2) + 1).any(|predicted| {
                predicted >= right
                    && predicted > 0
                    && printing.allows(ratio(right, predicted), self.precision)
                    && printing.allows(ratio(2 * right, predicted + gold), self.f1)
            })
        })
    }
}

/// The numbers of right entities whose recall is printed like this.
fn right(gold: u64, recall: i64, printing: Printing) -> Vec<u64> {
    let bound = |recall: i64| (recall.max(0) as f64 * gold as f64 / 10_000.0) as u64;
    let possible = bound(recall - 2)..=(bound(recall + 2) + 1).min(gold);
    possible.filter(|right| printing.allows(ratio(*right, gold), recall)).collect()
}

/// In hundredths of a per cent.
fn ratio(part: u64, whole: u64) -> f64 {
    10_000.0 * part as f64 / whole as f64
}
