//! Tables of cells, the first row as the header, as text in columns or as Markdown; numbers stand to the right.

use welt_tables::{Column, columns_of};

/// Stands where there is no number.
pub const NO_NUMBER: &str = "-";

/// Cells as text in columns, the first row as the header.
#[must_use]
pub fn aligned(cells: &[Vec<String>]) -> String {
    written(cells, welt_tables::aligned)
}

/// Cells as a Markdown table, the first row as the header.
#[must_use]
pub fn markdown(cells: &[Vec<String>]) -> String {
    written(cells, welt_tables::markdown)
}

fn written(cells: &[Vec<String>], write: impl Fn(&[Column], &[Vec<String>]) -> String) -> String {
    let Some((titles, rows)) = cells.split_first() else { return String::new() };
    write(&columns_of(titles, rows, NO_NUMBER), rows)
}
