//! The published cells beside each other: which are equal, which cannot be, and which tables disagree.
//! The paper's numbers go in, findings come out.

use std::collections::BTreeMap;

use anyhow::Result;

use super::finding::{Finding, Form};
use super::published::{Paper, Row, StrictRow, Triple};

/// How far seqeval's two modes may differ and still be called equal, in hundredths of a point: for encoders where all methods agree they differ by less.
const SAME_SCORE: i64 = 10;

/// Cells of one corpus and encoder with the same precision, recall and F1.
pub fn identical(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("identical", "Cells that are identical within a row");
    let (mut pairs, mut rows) = (Vec::new(), Vec::new());
    let mut with_vanilla = 0;
    for left in 0..paper.methods.len() {
        for right in left + 1..paper.methods.len() {
            let same: Vec<String> =
                paper.rows.iter().filter(|row| row.scores[left] == row.scores[right]).map(Row::name).collect();
            if same.is_empty() {
                continue;
            }
            let names = format!("{} = {}", paper.methods[left].name, paper.methods[right].name);
            if [left, right].contains(&paper.vanilla) {
                with_vanilla = with_vanilla.max(same.len());
            }
            pairs.push(vec![names.clone(), same.len().to_string()]);
            if same.len() <= FEW {
                rows.extend(same.into_iter().map(|row| vec![names.clone(), row]));
            }
        }
    }
    let total: usize = pairs.iter().filter_map(|pair| pair[1].parse::<usize>().ok()).sum();
    finding.count("rows (corpus and encoder)", paper.rows.len());
    finding.count("cells", paper.rows.len() * paper.methods.len());
    finding.count("pairs of identical cells in one row", total);
    finding.count("most rows in which one method equals vanilla", with_vanilla);
    finding.meaning = format!(
        "{total} pairs of cells in one row agree in precision, recall and F1 to the last digit, and one method agrees with vanilla in \
         {with_vanilla} of {} rows, as two trainings do between which nothing differs that matters.",
        paper.rows.len()
    );
    finding.table("Pairs of methods by how many rows they agree in", &["methods", "rows"], pairs);
    finding.table("Where few agree", &["methods", "row"], rows);
    Ok(finding)
}

/// Longer lists are only counted.
const FEW: usize = 5;

/// Triples that stand in more than one row.
pub fn repeated(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("repeated", "Triples that are repeated in other rows");
    let mut by_triple: BTreeMap<Triple, Vec<(usize, usize)>> = BTreeMap::new();
    for (row, scores) in paper.rows.iter().enumerate() {
        for (method, triple) in scores.scores.iter().enumerate() {
            by_triple.entry(*triple).or_default().push((row, method));
        }
    }
    let mut rows = Vec::new();
    for (triple, cells) in by_triple.iter().filter(|(_, cells)| cells.iter().any(|(row, _)| *row != cells[0].0)) {
        let name =
            |(row, method): &(usize, usize)| format!("{} {}", paper.rows[*row].name(), paper.methods[*method].name);
        let where_found = cells.iter().map(name).collect::<Vec<_>>().join("; ");
        rows.push(vec![score(triple.precision), score(triple.recall), score(triple.f1), where_found]);
    }
    finding.count("distinct triples", by_triple.len());
    finding.count("triples in more than one row", rows.len());
    finding.meaning = format!(
        "{} triples stand in two unrelated rows: three scores of two decimals rarely agree by chance between corpora or encoders, \
         so one place of each was likely filled by mistake.",
        rows.len()
    );
    finding.table("Where they stand", &["P", "R", "F1", "cells"], rows);
    Ok(finding)
}

/// Triples whose F1 is not the harmonic mean of precision and recall, and values that are no percentages.
pub fn impossible(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("impossible", "Triples that cannot be");
    let (mut out_of_range, mut not_rounded, mut not_cut, mut off) = (0, 0, 0, Vec::new());
    for row in &paper.rows {
        for (method, triple) in row.scores.iter().enumerate() {
            if [triple.precision, triple.recall, triple.f1].iter().any(|value| !(0..=10_000).contains(value)) {
                out_of_range += 1;
                continue;
            }
            let (rounded, cut) = (triple.is_harmonic(ROUNDED), triple.is_harmonic(CUT_OFF));
            not_rounded += usize::from(!rounded);
            not_cut += usize::from(!cut);
            if !rounded && !cut {
                let name = format!("{} {}", row.name(), paper.methods[method].name);
                let [precision, recall, f1] = [triple.precision, triple.recall, triple.f1].map(score);
                off.push(vec![name, precision, recall, f1, Form::Thousandths.write(triple.harmonic())]);
            }
        }
    }
    let cells = paper.rows.len() * paper.methods.len();
    finding.count("cells", cells);
    finding.count("cells with a value below 0 or above 100", out_of_range);
    finding.count("cells whose F1 is not the harmonic mean if scores were rounded", not_rounded);
    finding.count("cells whose F1 is not the harmonic mean if digits were cut off", not_cut);
    finding.count("cells whose F1 is not the harmonic mean either way", off.len());
    finding.meaning = format!(
        "In {} of {cells} triples F1 is the harmonic mean of precision and recall as far as two decimals tell; in {} it is not, \
         whether digits were rounded or cut off.",
        cells - off.len() - out_of_range,
        off.len()
    );
    finding.table("Not the harmonic mean", &["cell", "P", "R", "F1", "mean of P and R"], off);
    Ok(finding)
}

/// Table 10 beside Table 2: seqeval's two modes on the same predictions.
pub fn two_tables(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("two-tables", "Table 10 beside Table 2");
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    let (mut apart, mut cells) = (0, 0);
    for strict in &paper.strict_rows {
        let same_place = |row: &&Row| row.dataset == strict.dataset && row.model == strict.model;
        let Some(row) = paper.rows.iter().find(same_place) else { continue };
        let gaps: Vec<i64> = strict.scores.iter().zip(&row.scores).map(|(pair, triple)| pair[0] - triple.f1).collect();
        let far = gaps.iter().filter(|gap| gap.abs() > SAME_SCORE).count();
        apart += far;
        cells += gaps.len();
        rows.push(vec![
            strict.model.clone(),
            far.to_string(),
            signed(gaps.iter().copied().min().unwrap_or(0)),
            signed(gaps.iter().copied().max().unwrap_or(0)),
            strict.scores.iter().filter(|pair| pair[1] < pair[0]).count().to_string(),
        ]);
        notes.extend(disagreements(paper, strict, &row.scores));
    }
    finding.count("cells of Table 10 that Table 2 also has", cells);
    finding.count("cells that differ by more than a tenth of a point", apart);
    finding.count("pairs of methods that are equal in one table alone", notes.len());
    finding.meaning = format!(
        "Strict F1 stays within a tenth of a point of the default mode's in {} of {cells} cells, so the {apart} others and the {} pairs of methods \
         that are equal in one table alone are hard to read as two scores of one prediction.",
        cells - apart,
        notes.len()
    );
    let header = ["encoder", "cells apart", "least difference", "largest", "fair below strict"];
    finding.table("Strict F1 of Table 10 less F1 of Table 2", &header, rows);
    finding.table(
        "Methods that are equal in one table alone",
        &["encoder", "methods", "Table 2 F1", "Table 10 strict F1"],
        notes,
    );
    Ok(finding)
}

/// Pairs of methods that agree in one of the two tables alone.
fn disagreements(paper: &Paper, strict: &StrictRow, scores: &[Triple]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for left in 0..scores.len() {
        for right in left + 1..scores.len() {
            let same_strict = strict.scores[left] == strict.scores[right];
            if same_strict != (scores[left] == scores[right]) {
                rows.push(vec![
                    strict.model.clone(),
                    format!("{}, {}", paper.methods[left].name, paper.methods[right].name),
                    format!("{}, {}", score(scores[left].f1), score(scores[right].f1)),
                    format!("{}, {}", score(strict.scores[left][0]), score(strict.scores[right][0])),
                ]);
            }
        }
    }
    rows
}

/// How far a true value may lie below and above a printed one, in units of its last digit.
#[derive(Debug, Clone, Copy)]
pub struct Printing {
    below: f64,
    above: f64,
}

/// To the nearest digit.
pub const ROUNDED: Printing = Printing { below: 0.5, above: 0.5 };
/// The rest cut off.
pub const CUT_OFF: Printing = Printing { below: 0.0, above: 1.0 };

/// Stands for the last bits of a computed number.
const LAST_BITS: f64 = 1e-9;

impl Printing {
    /// Whether a value in hundredths of a per cent may have been printed so.
    pub fn allows(self, value: f64, printed: i64) -> bool {
        self.overlaps([value, value], printed)
    }

    fn overlaps(self, [least, most]: [f64; 2], printed: i64) -> bool {
        let printed = printed as f64;
        most >= printed - self.below - LAST_BITS && least <= printed + self.above + LAST_BITS
    }
}

impl Triple {
    /// The F1 of precision and recall as printed, in points.
    fn harmonic(self) -> f64 {
        harmonic(self.precision as f64, self.recall as f64) / 100.0
    }

    /// Whether any precision and recall that are printed so have an F1 that is printed so.
    fn is_harmonic(self, printing: Printing) -> bool {
        let at = |shift: f64| harmonic((self.precision as f64 + shift).max(0.0), (self.recall as f64 + shift).max(0.0));
        printing.overlaps([at(-printing.below), at(printing.above)], self.f1)
    }
}

fn harmonic(precision: f64, recall: f64) -> f64 {
    if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
}

/// Hundredths of a per cent as the paper prints them.
pub fn score(hundredths: i64) -> String {
    Form::Hundredths.write(hundredths as f64 / 100.0)
}

/// A difference in hundredths of a point, with its sign.
pub fn signed(hundredths: i64) -> String {
    format!("{:+.2}", hundredths as f64 / 100.0)
}
