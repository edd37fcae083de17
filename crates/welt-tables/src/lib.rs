//! Tables whose columns line up, as Markdown or as plain text for a terminal.
//! Columns and rows of cells go in, text comes out. What a terminal would not show is escaped, so that no cell ends its line;
//! whoever has text that Markdown would take for markup escapes it before.
//!
//! ```
//! use welt_tables::{columns, markdown};
//!
//! let rows = [vec!["vanilla".to_owned(), "75.68".to_owned()], vec!["ins".to_owned(), "8.5".to_owned()]];
//! let table = "| method  |    F1 |\n\
//!              | ------- | ----: |\n\
//!              | vanilla | 75.68 |\n\
//!              | ins     |   8.5 |\n";
//! assert_eq!(markdown(&columns(&["method"], &["F1"]), &rows), table);
//! ```

#![forbid(unsafe_code)]

use welt_terminal::line;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub title: String,
    /// Which side its cells stand on.
    pub kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words, on the left.
    Words,
    /// Numbers, on the right.
    Numbers,
}

/// Columns from their titles; those that hold words come first.
#[must_use]
pub fn columns(words: &[&str], numbers: &[&str]) -> Vec<Column> {
    let column = |kind| move |title: &&str| Column { title: (*title).to_owned(), kind };
    words.iter().map(column(Kind::Words)).chain(numbers.iter().map(column(Kind::Numbers))).collect()
}

/// Columns from their titles; those in which every cell is a number, or `none` for want of one, hold numbers.
#[must_use]
pub fn columns_of(titles: &[String], rows: &[Vec<String>], none: &str) -> Vec<Column> {
    let is_number = |cell: &String| cell == none || cell.parse::<f64>().is_ok();
    let column = |(index, title): (usize, &String)| {
        let is_numeric = !rows.is_empty() && rows.iter().all(|row| is_number(&row[index]));
        Column { title: title.clone(), kind: if is_numeric { Kind::Numbers } else { Kind::Words } }
    };
    titles.iter().enumerate().map(column).collect()
}

/// A Markdown table. Every row has as many cells as there are columns.
#[must_use]
pub fn markdown(columns: &[Column], rows: &[Vec<String>]) -> String {
    let (columns, rows) = (&shown_columns(columns), &shown_rows(rows));
    let widths = widths(columns, rows, 3);
    let row = |cells: &[String]| format!("| {} |\n", padded(columns, &widths, cells).join(" | "));
    let rule = |(column, width): (&Column, &usize)| match column.kind {
        Kind::Words => "-".repeat(*width),
        Kind::Numbers => format!("{}:", "-".repeat(width - 1)),
    };
    let rules: Vec<String> = columns.iter().zip(&widths).map(rule).collect();
    let body: String = rows.iter().map(|cells| row(cells)).collect();
    format!("{}| {} |\n{body}", row(&titles(columns)), rules.join(" | "))
}

/// Lines of text under a line of titles, two spaces between columns. Every row has as many cells as there are columns.
#[must_use]
pub fn aligned(columns: &[Column], rows: &[Vec<String>]) -> String {
    let (columns, rows) = (&shown_columns(columns), &shown_rows(rows));
    let widths = widths(columns, rows, 0);
    let row = |cells: &[String]| format!("{}\n", padded(columns, &widths, cells).join("  ").trim_end());
    let body: String = rows.iter().map(|cells| row(cells)).collect();
    row(&titles(columns)) + &body
}

fn shown_columns(columns: &[Column]) -> Vec<Column> {
    let shown = |column: &Column| Column { title: line(&column.title).into_owned(), kind: column.kind };
    columns.iter().map(shown).collect()
}

fn shown_rows(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| line(cell).into_owned()).collect()).collect()
}

fn titles(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| column.title.clone()).collect()
}

/// The longest cell of every column, in characters, and no less than `least`.
fn widths(columns: &[Column], rows: &[Vec<String>], least: usize) -> Vec<usize> {
    let width = |text: &String| text.chars().count();
    let of_column = |(index, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|row| row.get(index)).map(width);
        cells.fold(width(&column.title).max(least), usize::max)
    };
    columns.iter().enumerate().map(of_column).collect()
}

fn padded(columns: &[Column], widths: &[usize], cells: &[String]) -> Vec<String> {
    let pad = |((cell, column), width): ((&String, &Column), &usize)| match column.kind {
        Kind::Words => format!("{cell:<width$}"),
        Kind::Numbers => format!("{cell:>width$}"),
    };
    cells.iter().zip(columns).zip(widths).map(pad).collect()
}

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn columns_of_numbers_are_found() {
        let titles = ["a", "b"].map(str::to_owned);
        let kinds = |rows: &[[&str; 2]]| {
            let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
            columns_of(&titles, &rows, "-").into_iter().map(|column| column.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&[["1", "x"], ["-", "2"]]), [Kind::Numbers, Kind::Words]);
        assert_eq!(kinds(&[]), [Kind::Words, Kind::Words]);
    }

    #[test]
    fn cells_do_nothing_to_a_terminal() {
        let rows = [vec!["Disease\nerror: all is lost".to_owned(), "\u{1b}[2J1".to_owned()]];
        let columns = columns(&["ty\tpe"], &["n"]);
        expect![[r#"
            ty\tpe                                n
            Disease\nerror: all is lost  \u{1b}[2J1
        "#]]
        .assert_eq(&aligned(&columns, &rows));
        assert_eq!(markdown(&columns, &rows).lines().count(), 3);
    }

    #[test]
    fn columns_line_up_in_characters() {
        let rows = [["−1.5", "naïve", "7"], ["12", "x", ""]].map(|row| row.map(str::to_owned).to_vec());
        let mut columns = columns(&["a", "words"], &["n"]);
        columns[0].kind = Kind::Numbers;
        expect![[r"
               a  words  n
            −1.5  naïve  7
              12  x
        "]]
        .assert_eq(&aligned(&columns, &rows));
        expect![[r"
            |    a | words |   n |
            | ---: | ----- | --: |
            | −1.5 | naïve |   7 |
            |   12 | x     |     |
        "]]
        .assert_eq(&markdown(&columns, &rows));
    }
}
