//! A report as Markdown; plots are left out.
//! Blocks go in, text comes out. Whatever would be taken for markup is escaped.

use super::document::{Block, Cell, KeyNumber, MethodLine, Table, Verdict, Weight};
use welt_tables::Column;

/// The whole report under its title.
pub fn render(title: &str, blocks: &[Block]) -> String {
    let mut text = format!("# {}\n", escaped(title));
    for block in blocks {
        let part = match block {
            Block::Heading { level, text } => format!("{} {}\n", "#".repeat(*level), escaped(text)),
            Block::Paragraph(text) => format!("{}\n", escaped(text)),
            Block::List(items) => items.iter().map(|item| format!("- {}\n", escaped(item))).collect(),
            Block::Verdict(verdict) => render_verdict(verdict),
            Block::Figures(numbers) => {
                let line =
                    |number: &KeyNumber| format!("- **{}** {}\n", escaped(&number.value), escaped(&number.meaning));
                numbers.iter().map(line).collect()
            }
            Block::Table(table) => render_table(table),
            Block::Plots { .. } => continue,
        };
        text.push('\n');
        text.push_str(&part);
    }
    text
}

fn render_verdict(verdict: &Verdict) -> String {
    let Verdict { question, answer, groups, .. } = verdict;
    let mut text = format!("**{} {}**\n", escaped(question), escaped(answer));
    for group in groups {
        text.push_str(&group.title.as_ref().map(|title| format!("\n{}:\n", escaped(title))).unwrap_or_default());
        let line = |method: &MethodLine| {
            let MethodLine { sentence, numbers, remarks, .. } = method;
            let rest = std::iter::once(numbers).chain(remarks).map(|part| format!(" {}", escaped(part)));
            format!("- **{}**{}\n", escaped(sentence), rest.collect::<String>())
        };
        let methods: String = group.methods.iter().map(line).collect();
        let remarks = std::iter::once(&group.rests_on).chain(&group.remarks);
        let remarks: Vec<String> = remarks.map(|remark| escaped(remark)).collect();
        text.push_str(&format!("\n{methods}\n{}\n", remarks.join(" ")));
    }
    text
}

fn render_table(table: &Table) -> String {
    let column = |column: &Column| Column { title: escaped(&column.title), kind: column.kind };
    let columns: Vec<Column> = table.columns.iter().map(column).collect();
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let notes: String = table.notes.iter().map(|note| format!("\n{}\n", escaped(note))).collect();
    format!("**{}**\n\n{}{notes}", escaped(&table.caption), welt_tables::markdown(&columns, &rows))
}

fn cell(cell: &Cell) -> String {
    match cell.weight {
        Weight::Plain => escaped(&cell.text),
        Weight::Bold => format!("**{}**", escaped(&cell.text)),
    }
}

/// Text that reads the same in Markdown.
fn escaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' => found.extend(['\\', letter]),
            '<' => found.push_str("&lt;"),
            '>' => found.push_str("&gt;"),
            '&' => found.push_str("&amp;"),
            letter if letter.is_control() => found.push(' '),
            letter => found.push(letter),
        }
    }
    found
}
