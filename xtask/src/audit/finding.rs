//! What one check found: figures with names, tables, and a sentence that says what they mean.
//! Numbers go in; text, Markdown or JSON comes out. It knows nothing of what was checked.

use std::fmt::{self, Write as _};

use serde_json::{Value, json};
use welt_corpora::{aligned, markdown};

/// What one check found.
#[derive(Debug)]
pub struct Finding {
    /// As in `--only`.
    pub name: &'static str,
    pub title: &'static str,
    /// One sentence.
    pub meaning: String,
    pub figures: Vec<Figure>,
    pub tables: Vec<Table>,
}

/// One number with a name.
#[derive(Debug)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub form: Form,
}

/// How a number is written; JSON has all its digits.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A whole number.
    Count,
    /// To a hundredth, as the paper prints scores.
    Hundredths,
    /// To a thousandth: the median of an even number of scores lies between two hundredths.
    Thousandths,
    /// A probability, which may be very small.
    Probability,
}

/// Rows of text under a header.
#[derive(Debug)]
pub struct Table {
    pub title: String,
    /// The first row is the header.
    pub cells: Vec<Vec<String>>,
}

impl Finding {
    /// A finding without numbers so far.
    pub fn new(name: &'static str, title: &'static str) -> Self {
        Self { name, title, meaning: String::new(), figures: Vec::new(), tables: Vec::new() }
    }

    /// Adds a number that was counted.
    pub fn count(&mut self, name: &str, value: usize) {
        self.figure(name, value as f64, Form::Count);
    }

    /// Adds a number.
    pub fn figure(&mut self, name: &str, value: f64, form: Form) {
        self.figures.push(Figure { name: name.to_owned(), value, form });
    }

    /// Adds a table, or nothing where there are no rows.
    pub fn table(&mut self, title: &str, header: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let mut cells: Vec<Vec<String>> = vec![header.iter().map(|&word| word.to_owned()).collect()];
        // Every row is as wide as the header.
        cells.extend(rows.into_iter().map(|mut row| {
            row.resize(header.len(), String::new());
            row
        }));
        self.tables.push(Table { title: title.to_owned(), cells });
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("{} (--only {})\n\n{}\n\n", self.title, self.name, self.meaning);
        for figure in &self.figures {
            let _ = writeln!(text, "  {figure}");
        }
        self.write_tables(&mut text, aligned);
        text
    }

    /// For a document that has a heading above it.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n", self.meaning);
        if !self.figures.is_empty() {
            text.push('\n');
        }
        for figure in &self.figures {
            let _ = writeln!(text, "- {figure}");
        }
        self.write_tables(&mut text, markdown);
        text
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let figures: Vec<Value> =
            self.figures.iter().map(|figure| json!({"name": figure.name, "value": figure.value})).collect();
        let table = |table: &Table| json!({"title": table.title, "header": table.cells[0], "rows": table.cells[1..]});
        json!({
            "name": self.name,
            "title": self.title,
            "meaning": self.meaning,
            "figures": figures,
            "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
        })
    }

    fn write_tables(&self, text: &mut String, write: fn(&[Vec<String>]) -> String) {
        for table in &self.tables {
            let _ = write!(text, "\n{}:\n\n{}", table.title, write(&table.cells));
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.form.write(self.value))
    }
}

impl Form {
    /// The number as text.
    pub fn write(self, value: f64) -> String {
        match self {
            Self::Count => format!("{value:.0}"),
            Self::Hundredths => format!("{value:.2}"),
            Self::Thousandths => format!("{value:.3}"),
            Self::Probability if value < 0.001 => format!("{value:.1e}"),
            Self::Probability => format!("{value:.4}"),
        }
    }
}
