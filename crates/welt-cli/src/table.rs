//! Tables of results in every form in which they are wanted: aligned text, CSV, Markdown and LaTeX.
//! Cells in, text out; what stands in them is not known here.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::ValueEnum;

/// How results are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people: aligned columns
    Text,
    /// For programs: every number, in full
    Json,
    /// One number a line: table, row, column and value
    Csv,
    /// Tables for a page in Markdown
    Markdown,
    /// Tables for a paper, with booktabs
    Latex,
}

/// One table.
pub struct Table {
    /// What it is called in CSV.
    pub name: String,
    /// What it shows, in a few words.
    pub caption: String,
    /// What stands above each column, the first of which holds the names of the rows.
    pub heads: Vec<String>,
    /// The rows, each with as many cells as there are heads after the first.
    pub rows: Vec<Row>,
}

/// One row of a table.
pub struct Row {
    /// What it is about.
    pub name: String,
    /// What stands in the columns after the name.
    pub cells: Vec<Cell>,
}

/// What stands in one place of a table.
#[derive(Clone)]
pub enum Cell {
    /// Words.
    Text(String),
    /// How many there are.
    Count(usize),
    /// A ratio or another number that is rounded to be read, and whole in CSV.
    Number(f64),
    /// There is no such number.
    Nothing,
}

impl Table {
    /// A table without rows.
    pub fn new(name: &str, caption: impl Into<String>, heads: &[&str]) -> Self {
        let heads = heads.iter().map(|&head| head.to_owned()).collect();
        Self { name: name.to_owned(), caption: caption.into(), heads, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, name: impl Into<String>, cells: impl Into<Vec<Cell>>) {
        self.rows.push(Row { name: name.into(), cells: cells.into() });
    }

    /// The table without columns in which nothing stands.
    pub fn without_empty_columns(mut self) -> Self {
        let is_empty = |column: usize| self.rows.iter().all(|row| matches!(row.cells.get(column), Some(Cell::Nothing)));
        let empty: Vec<usize> =
            (0..self.heads.len().saturating_sub(1)).rev().filter(|column| is_empty(*column)).collect();
        for column in empty {
            self.heads.remove(column + 1);
            self.rows.iter_mut().for_each(|row| drop(row.cells.remove(column)));
        }
        self
    }

    /// The table as text, with so many digits after the point of numbers.
    pub fn to_text(&self, digits: usize) -> String {
        let mut text = format!("{}\n", self.caption);
        for row in self.aligned(digits, "") {
            text.push_str(row.join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    /// The table in Markdown, with so many digits after the point of numbers.
    pub fn to_markdown(&self, digits: usize) -> String {
        let mut text = format!("{}\n\n", self.caption);
        let rows = self.aligned(digits, "|");
        for (place, row) in rows.iter().enumerate() {
            let _ = writeln!(text, "| {} |", row.join(" | "));
            if place == 0 {
                let rule = |(column, cell): (usize, &String)| {
                    let dashes = "-".repeat(cell.chars().count().max(3) - 1);
                    if column == 0 { format!("-{dashes}") } else { format!("{dashes}:") }
                };
                let rules: Vec<String> = row.iter().enumerate().map(rule).collect();
                let _ = writeln!(text, "| {} |", rules.join(" | "));
            }
        }
        text
    }

    /// The table in LaTeX, with so many digits after the point of numbers; it wants the package booktabs.
    pub fn to_latex(&self, digits: usize) -> String {
        let columns = "r".repeat(self.heads.len().saturating_sub(1));
        let mut text = format!("% {}\n\\begin{{tabular}}{{l{columns}}}\n\\toprule\n", self.caption);
        let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
        text += &line(self.heads.iter().map(|head| latex(head)).collect());
        text.push_str("\\midrule\n");
        for row in &self.rows {
            let cells = row.cells.iter().map(|cell| latex(&cell.rounded(digits)));
            text += &line([latex(&row.name)].into_iter().chain(cells).collect());
        }
        text + "\\bottomrule\n\\end{tabular}\n"
    }

    /// The cells as text, padded to columns, the heads first; `escaped` is a character that needs a backslash.
    fn aligned(&self, digits: usize, escaped: &str) -> Vec<Vec<String>> {
        let escape =
            |text: String| if escaped.is_empty() { text } else { text.replace(escaped, &format!("\\{escaped}")) };
        let row = |row: &Row| {
            let cells = row.cells.iter().map(|cell| cell.rounded(digits));
            [row.name.clone()].into_iter().chain(cells).map(escape).collect()
        };
        let mut rows: Vec<Vec<String>> = vec![self.heads.iter().cloned().map(escape).collect()];
        rows.extend(self.rows.iter().map(row));
        for column in 0..self.heads.len() {
            let width =
                rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
            // The rule below the heads of Markdown has at least three characters.
            let width = if escaped.is_empty() { width } else { width.max(3) };
            for cell in rows.iter_mut().filter_map(|row| row.get_mut(column)) {
                // Padded by hand: Rust's own padding panics on widths that a freak of a name can reach.
                let padding = " ".repeat(width - cell.chars().count());
                *cell = if column == 0 { format!("{cell}{padding}") } else { format!("{padding}{cell}") };
            }
        }
        rows
    }
}

/// Writes tables one after the other; as CSV, one number a line under one line of heads.
pub fn write_tables(out: &mut impl Write, tables: &[Table], format: TableFormat, digits: usize) -> io::Result<()> {
    if format == TableFormat::Csv {
        return write_csv(out, tables);
    }
    for (place, table) in tables.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        let text = match format {
            TableFormat::Markdown => table.to_markdown(digits),
            TableFormat::Latex => table.to_latex(digits),
            TableFormat::Text | TableFormat::Json | TableFormat::Csv => table.to_text(digits),
        };
        write!(out, "{text}")?;
    }
    Ok(())
}

fn write_csv(out: &mut impl Write, tables: &[Table]) -> io::Result<()> {
    writeln!(out, "table,row,column,value")?;
    for table in tables {
        for row in &table.rows {
            for (head, cell) in table.heads.iter().skip(1).zip(&row.cells) {
                let value = match cell {
                    Cell::Text(text) => csv(text),
                    Cell::Count(count) => count.to_string(),
                    Cell::Number(number) => number.to_string(),
                    Cell::Nothing => String::new(),
                };
                writeln!(out, "{},{},{},{value}", csv(&table.name), csv(&row.name), csv(head))?;
            }
        }
    }
    Ok(())
}

impl Cell {
    /// What stands there for people, with so many digits after the point of a number.
    pub fn rounded(&self, digits: usize) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) if number.is_nan() => "nan".to_owned(),
            Self::Number(number) => format!("{number:.digits$}"),
            Self::Nothing => String::new(),
        }
    }
}

/// A text as a field of CSV (RFC 4180).
pub fn csv(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn latex(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '\\' => escaped.push_str("\\textbackslash{}"),
            // In the fonts that LaTeX begins with, these are other characters.
            '|' => escaped.push_str("\\textbar{}"),
            '<' => escaped.push_str("\\textless{}"),
            '>' => escaped.push_str("\\textgreater{}"),
            '−' => escaped.push_str("$-$"),
            'Δ' => escaped.push_str("$\\Delta$"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn table() -> Table {
        let mut table = Table::new("scores", "Scores of two", &["type", "F1", "found"]);
        table.push("Cell_Line", [Cell::Number(0.123_456), Cell::Count(12)]);
        table.push("a|b, \"c\"", [Cell::Nothing, Cell::Text("50 %".to_owned())]);
        table
    }

    fn written(format: TableFormat) -> String {
        let mut out = Vec::new();
        write_tables(&mut out, &[table()], format, 2).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn tables_are_written_in_every_form() {
        expect![[r#"
            Scores of two
            type         F1  found
            Cell_Line  0.12     12
            a|b, "c"          50 %
        "#]]
        .assert_eq(&written(TableFormat::Text));
        expect![[r#"
            Scores of two

            | type      |   F1 | found |
            | --------- | ---: | ----: |
            | Cell_Line | 0.12 |    12 |
            | a\|b, "c" |      |  50 % |
        "#]]
        .assert_eq(&written(TableFormat::Markdown));
        expect![[r#"
            % Scores of two
            \begin{tabular}{lrr}
            \toprule
            type & F1 & found \\
            \midrule
            Cell\_Line & 0.12 & 12 \\
            a\textbar{}b, "c" &  & 50 \% \\
            \bottomrule
            \end{tabular}
        "#]]
        .assert_eq(&written(TableFormat::Latex));
        expect![[r#"
            table,row,column,value
            scores,Cell_Line,F1,0.123456
            scores,Cell_Line,found,12
            scores,"a|b, ""c""",F1,
            scores,"a|b, ""c""",found,50 %
        "#]]
        .assert_eq(&written(TableFormat::Csv));
    }
}
