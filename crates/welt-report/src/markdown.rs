//! A report as Markdown; plots are left out.
//! Blocks go in, text comes out. Whatever would be taken for markup is escaped.

use super::document::{Answer, Block, Cell, KeyNumber, Table, Weight};
use welt_tables::Column;

/// The whole report under its title.
pub fn render(title: &str, blocks: &[Block]) -> String {
    let mut text = format!("# {}\n", escaped(title));
    for block in blocks {
        let part = match block {
            Block::Heading { level, text } => format!("{} {}\n", "#".repeat(*level), escaped(text)),
            Block::Paragraph(text) => format!("{}\n", escaped(text)),
            Block::List(items) => items.iter().map(|item| format!("- {}\n", escaped(item))).collect(),
            Block::Answers { question, answers } => render_answers(question, answers),
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

fn render_answers(question: &str, answers: &[Answer]) -> String {
    let line = |Answer { place, answer, reasons, next, .. }: &Answer| {
        let reasons = reasons.join(" ");
        format!("- **{}: {}.** {} **Next:** {}\n", escaped(place), escaped(answer), escaped(&reasons), escaped(next))
    };
    let answers: String = answers.iter().map(line).collect();
    format!("**{}**\n\n{answers}", escaped(question))
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
