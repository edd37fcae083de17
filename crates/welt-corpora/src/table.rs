//! Tables of cells as text in columns or as Markdown.
//! Rows of text go in, the first one as the header; numbers stand to the right.

use std::fmt::Write as _;

/// Stands where there is no number.
pub const NO_NUMBER: &str = "-";

/// Cells as text in columns, the first row as the header.
#[must_use]
pub fn aligned(cells: &[Vec<String>]) -> String {
    cells.iter().map(|row| format!("{}\n", padded(cells, row).join("  ").trim_end())).collect()
}

/// Cells as a Markdown table, the first row as the header.
#[must_use]
pub fn markdown(cells: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        let row = padded(cells, row);
        let _ = writeln!(text, "| {} |", row.join(" | "));
        if index == 0 {
            let rule = |(column, cell): (usize, &String)| {
                let width = cell.chars().count();
                if is_numeric(cells, column) { format!("{}:", "-".repeat(width + 1)) } else { "-".repeat(width + 2) }
            };
            let rules: Vec<String> = row.iter().enumerate().map(rule).collect();
            let _ = writeln!(text, "|{}|", rules.join("|"));
        }
    }
    text
}

/// Whether a column holds numbers, which stand to the right.
fn is_numeric(cells: &[Vec<String>], column: usize) -> bool {
    let is_number = |cell: &str| cell == NO_NUMBER || cell.parse::<f64>().is_ok();
    cells.len() > 1 && cells.iter().skip(1).all(|row| is_number(&row[column]))
}

fn padded(cells: &[Vec<String>], row: &[String]) -> Vec<String> {
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let pad = |(column, cell): (usize, &String)| {
        let width = width(column);
        if is_numeric(cells, column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    };
    row.iter().enumerate().map(pad).collect()
}
