//! What goes wrong: three types of errors, which are those of the paper's section 6, by method.

use welt_eval::errors::MentionCounts;

use super::drop_encoder;
use crate::differences::{RowResult, SectionResult};
use crate::document::{Cell, Table};
use crate::evidence::Finished;
use crate::formatting::NOTHING;
use crate::published::Published;
use crate::sections::name;
use crate::statistics::mean;
use welt_tables::columns;

/// The error types by method, for every hundred gold entities.
pub fn table(sections: &[&SectionResult], published: Option<&Published>, table: String) -> Option<Table> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for section in sections {
        for row in section.methods() {
            rows.push(error_cells(section, row));
        }
    }
    let dataset = sections.first()?.section.dataset.clone();
    let what = match published {
        Some(_) => {
            format!("Section 6 of the paper on {dataset}: errors for every 100 gold entities by the paper’s three")
        }
        None => format!("What goes wrong on {dataset}: errors for every 100 gold entities by three"),
    };
    let mut table = Table {
        name: table,
        caption: format!(
            "{what} types, their shares of all errors of a run, and the recall of mentions that look like abbreviations, with \
             how many of them the test set has. Means over seeds."
        ),
        columns: columns(
            &["encoder", "method"],
            &[
                "made up (1)",
                "missed (2)",
                "other bounds or label (3)",
                "errors a run",
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
    let rates = row.error_rates();
    let all: f64 = rates.iter().sum();
    let recall = |of: fn(&Finished) -> MentionCounts| {
        let recalls: Vec<f64> = (row.runs.iter().map(|(_, run)| of(run)).filter(|counts| counts.gold() > 0))
            .map(|counts| 100.0 * counts.exact as f64 / counts.gold() as f64)
            .collect();
        let n = row.runs.first().map_or(0, |(_, run)| of(run).gold());
        if recalls.is_empty() { NOTHING.to_owned() } else { format!("{:.1} % of {n}", mean(&recalls)) }
    };
    let mut cells: Vec<Cell> = vec![section.section.encoder().into(), name(row.row.weighting).into()];
    cells.extend(rates.map(|rate| format!("{rate:.1}").into()));
    let share = |rate: f64| if all > 0.0 { format!("{:.0} %", 100.0 * rate / all) } else { NOTHING.to_owned() };
    cells.push(format!("{:.0}", row.errors()).into());
    cells.extend(rates.map(|rate| share(rate).into()));
    cells.push(recall(|run| run.errors.abbreviations).into());
    cells.push(recall(|run| run.errors.other_mentions).into());
    cells
}
