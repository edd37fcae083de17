//! Tables of results in every form in which they are wanted: aligned text, CSV, Markdown and LaTeX.
//! Cells in, text out; what stands in them is not known here.
//!
//! Names come from data, as those of types and files, or from this program, as that of an average, and nothing keeps data from using the same words.
//! Each name therefore says of which kind it is: in CSV in columns of its own, and for people by quotation marks where two names would be one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use clap::ValueEnum;
use welt_terminal::{cut, line};

/// How results are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people: aligned columns
    Text,
    /// For programs: every number, in full
    Json,
    /// One number a line: table, row, column, value, and what kind of thing row and column are named after
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
    heads: Vec<Name>,
    /// The rows, each with as many cells as there are heads after the first.
    rows: Vec<Row>,
    /// What most rows are named after.
    row_kind: Kind,
}

/// What rows and columns are called.
#[derive(Clone, PartialEq, Eq)]
struct Name {
    kind: Kind,
    text: String,
}

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A type of entities.
    Type,
    /// A tag of words.
    Tag,
    /// A mention, by its words.
    Mention,
    /// A file.
    File,
    /// The share of something in a file.
    FileShare,
    /// A system that is compared.
    System,
    /// An average over types.
    Average,
    /// All types together, or all of a kind.
    Total,
    /// That there is no entity.
    NoEntity,
    /// What is counted or measured.
    Measure,
    /// Things that are alike, such as mentions of two words.
    Group,
}

/// One row of a table.
struct Row {
    name: Name,
    /// What stands in the columns after the name.
    cells: Vec<Cell>,
}

/// What stands in one cell of a table.
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
    /// There is no such name: words for people, and nothing in CSV, where they might be a name.
    NoName(&'static str),
}

impl Kind {
    /// What it is called in CSV.
    const fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Tag => "tag",
            Self::Mention => "mention",
            Self::File => "file",
            Self::FileShare => "file-share",
            Self::System => "system",
            Self::Average => "average",
            Self::Total => "total",
            Self::NoEntity => "no-entity",
            Self::Measure => "measure",
            Self::Group => "group",
        }
    }

    /// Whether data and not this program has the say in what it is called.
    const fn is_of_data(self) -> bool {
        matches!(self, Self::Type | Self::Tag | Self::Mention | Self::File | Self::FileShare | Self::System)
    }
}

/// The most characters of a cell that people read; CSV and JSON hold all of them.
const LONGEST_CELL: usize = 200;

/// Characters of the rule below the heads of Markdown, at least.
const RULE: usize = 3;

impl Table {
    /// A table without rows, whose columns after the first are measures; most rows are named after what `row_kind` says.
    pub fn new(name: &str, caption: impl Into<String>, row_kind: Kind, heads: &[&str]) -> Self {
        let heads = heads.iter().map(|&head| Name { kind: Kind::Measure, text: head.to_owned() }).collect();
        Self { name: name.to_owned(), caption: caption.into(), heads, rows: Vec::new(), row_kind }
    }

    /// Adds a column, before there are rows.
    pub fn add_column(&mut self, kind: Kind, head: impl Into<String>) {
        self.heads.push(Name { kind, text: head.into() });
    }

    /// Adds a row.
    pub fn push(&mut self, name: impl Into<String>, cells: impl Into<Vec<Cell>>) {
        self.push_as(self.row_kind, name, cells);
    }

    /// Adds a row that is named after something else than most.
    pub fn push_as(&mut self, kind: Kind, name: impl Into<String>, cells: impl Into<Vec<Cell>>) {
        self.rows.push(Row { name: Name { kind, text: name.into() }, cells: cells.into() });
    }

    /// The heads of all columns for people, and the rows with their names and cells, numbers with so many digits after the point.
    pub fn shown(&self, digits: usize) -> (Vec<String>, Vec<Vec<String>>) {
        let (first, columns) = self.heads.split_at(self.heads.len().min(1));
        let names: Vec<&Name> = self.rows.iter().map(|row| &row.name).collect();
        let heads = first.iter().map(|head| one_line(&head.text)).chain(distinct(&columns.iter().collect::<Vec<_>>()));
        let rows = self.rows.iter().zip(distinct(&names)).map(|(row, name)| {
            let cells = row.cells.iter().map(|cell| one_line(&cell.rounded(digits)));
            [name].into_iter().chain(cells).collect()
        });
        (heads.collect(), rows.collect())
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
        let mut text = format!("{}\n", line(&self.caption));
        for row in self.aligned(digits, 0, str::to_owned) {
            text.push_str(row.join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    /// The table in Markdown, with so many digits after the point of numbers.
    pub fn to_markdown(&self, digits: usize) -> String {
        let mut text = format!("{}\n\n", line(&self.caption));
        let rows = self.aligned(digits, RULE, markdown);
        for (index, row) in rows.iter().enumerate() {
            let _ = writeln!(text, "| {} |", row.join(" | "));
            if index == 0 {
                let rule = |(column, cell): (usize, &String)| {
                    let dashes = "-".repeat(cell.chars().count().max(RULE) - 1);
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
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| latex(cell)).collect();
            format!("{} \\\\\n", cells.join(" & "))
        };
        let (heads, rows) = self.shown(digits);
        text += &line(&heads);
        text.push_str("\\midrule\n");
        rows.iter().for_each(|row| text += &line(row));
        text + "\\bottomrule\n\\end{tabular}\n"
    }

    /// The cells as text, padded to columns of at least so many characters, the heads first; `escape` makes of a text what reads as itself.
    fn aligned(&self, digits: usize, least: usize, escape: fn(&str) -> String) -> Vec<Vec<String>> {
        let (heads, shown) = self.shown(digits);
        let mut rows = vec![heads];
        rows.extend(shown);
        rows.iter_mut().flatten().for_each(|cell| *cell = escape(cell));
        for column in 0..self.heads.len() {
            let width =
                rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
            let width = width.max(least);
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
    for (index, table) in tables.iter().enumerate() {
        if index > 0 {
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
    writeln!(out, "table,row,column,value,row_kind,column_kind")?;
    for table in tables {
        for row in &table.rows {
            for (head, cell) in table.heads.iter().skip(1).zip(&row.cells) {
                let value = match cell {
                    Cell::Text(text) => csv(text),
                    Cell::Count(count) => count.to_string(),
                    Cell::Number(number) => number.to_string(),
                    Cell::Nothing | Cell::NoName(_) => String::new(),
                };
                let (name, kinds) = (csv(&table.name), [row.name.kind, head.kind].map(Kind::name).join(","));
                writeln!(out, "{name},{},{},{value},{kinds}", csv(&row.name.text), csv(&head.text))?;
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
            Self::NoName(words) => (*words).to_owned(),
        }
    }
}

/// Names for people: one of data stands in quotation marks where it is empty or what something of another kind is called here,
/// and a type that looks like the words in parentheses which this program uses.
fn distinct(names: &[&Name]) -> Vec<String> {
    let mut kinds: BTreeMap<&str, Vec<Kind>> = BTreeMap::new();
    for name in names {
        kinds.entry(&name.text).or_default().push(name.kind);
    }
    let is_other = |name: &Name| kinds[name.text.as_str()].iter().any(|kind| *kind != name.kind);
    let looks_so = |name: &Name| name.kind == Kind::Type && name.text.starts_with('(') && name.text.ends_with(')');
    let is_unclear = |name: &Name| name.text.is_empty() || is_other(name) || looks_so(name);
    let shown = |name: &&Name| match name.kind.is_of_data() && is_unclear(name) {
        true => format!("\"{}\"", one_line(&name.text)),
        false => one_line(&name.text),
    };
    names.iter().map(shown).collect()
}

/// A text as it does nothing to a terminal, and takes no more of a line than a cell may.
fn one_line(text: &str) -> String {
    cut(text, LONGEST_CELL).into_owned()
}

/// A text as it reads as itself in a cell of Markdown.
pub fn markdown(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('|', "\\|")
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
        let mut table = Table::new("scores", "Scores of two", Kind::Type, &["type", "F1", "found"]);
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
            table,row,column,value,row_kind,column_kind
            scores,Cell_Line,F1,0.123456,type,measure
            scores,Cell_Line,found,12,type,measure
            scores,"a|b, ""c""",F1,,type,measure
            scores,"a|b, ""c""",found,50 %,type,measure
        "#]]
        .assert_eq(&written(TableFormat::Csv));
    }

    /// Types that are called as the averages are, as nothing, and as no text that fits into a cell.
    fn freaks() -> Table {
        let mut table = Table::new("scores", "Scores", Kind::Type, &[""]);
        table.add_column(Kind::Type, "(missed)");
        table.add_column(Kind::NoEntity, "(missed)");
        for name in ["micro avg", "", "a\\|b", "c\nd"] {
            table.push(name, [Cell::Count(1), Cell::NoName("(none)")]);
        }
        table.push_as(Kind::Average, "micro avg", [Cell::Count(2), Cell::Nothing]);
        table
    }

    #[test]
    fn names_of_data_are_never_taken_for_those_of_the_program() {
        let written = |format: TableFormat| {
            let mut out = Vec::new();
            write_tables(&mut out, &[freaks()], format, 2).unwrap();
            String::from_utf8(out).unwrap()
        };
        expect![[r#"
            table,row,column,value,row_kind,column_kind
            scores,micro avg,(missed),1,type,type
            scores,micro avg,(missed),,type,no-entity
            scores,,(missed),1,type,type
            scores,,(missed),,type,no-entity
            scores,a\|b,(missed),1,type,type
            scores,a\|b,(missed),,type,no-entity
            scores,"c
            d",(missed),1,type,type
            scores,"c
            d",(missed),,type,no-entity
            scores,micro avg,(missed),2,average,type
            scores,micro avg,(missed),,average,no-entity
        "#]]
        .assert_eq(&written(TableFormat::Csv));
        expect![[r#"
            Scores

            |             | "(missed)" | (missed) |
            | ----------- | ---------: | -------: |
            | "micro avg" |          1 |   (none) |
            | ""          |          1 |   (none) |
            | a\\\|b      |          1 |   (none) |
            | c\\nd       |          1 |   (none) |
            | micro avg   |          2 |          |
        "#]]
        .assert_eq(&written(TableFormat::Markdown));
        expect![[r#"
            Scores
                         "(missed)"  (missed)
            "micro avg"           1    (none)
            ""                    1    (none)
            a\|b                  1    (none)
            c\nd                  1    (none)
            micro avg             2
        "#]]
        .assert_eq(&written(TableFormat::Text));
    }
}
