//! A report as Markdown; plots are left out.
//! Blocks go in, text comes out. Whatever would be taken for markup is escaped.

use super::document::{Answer, Block, Cell, Kind, Table, Weight};

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
                let line = |number: &super::document::KeyNumber| {
                    format!("- **{}** {}\n", escaped(&number.value), escaped(&number.meaning))
                };
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
    let header: Vec<String> = table.columns.iter().map(|column| escaped(&column.title)).collect();
    let body: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let width = |text: &String| text.chars().count();
    let widths: Vec<usize> = (0..header.len())
        .map(|column| body.iter().map(|row| width(&row[column])).chain([width(&header[column]), 3]).max().unwrap_or(3))
        .collect();
    let line = |cells: &[String]| -> String {
        let mut line = String::from("|");
        for ((cell, column), to) in cells.iter().zip(&table.columns).zip(&widths) {
            let gap = " ".repeat(to - width(cell));
            line.push_str(&match column.kind {
                Kind::Words => format!(" {cell}{gap} |"),
                Kind::Numbers => format!(" {gap}{cell} |"),
            });
        }
        line + "\n"
    };
    let rule = |(column, width): (&super::document::Column, &usize)| match column.kind {
        Kind::Words => format!(" {} |", "-".repeat(*width)),
        Kind::Numbers => format!(" {}: |", "-".repeat(width - 1)),
    };
    let rules: String = table.columns.iter().zip(&widths).map(rule).collect();
    let mut text = format!("**{}**\n\n{}|{rules}\n", escaped(&table.caption), line(&header));
    for row in &body {
        text.push_str(&line(row));
    }
    for note in &table.notes {
        text.push_str(&format!("\n{}\n", escaped(note)));
    }
    text
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
