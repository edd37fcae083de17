//! The tables of a report as LaTeX: a file of tables to be put into a paper, and a document that shows them.
//! Blocks go in, text comes out. The tables need the packages booktabs and graphicx.

use super::document::{Block, Cell, Table, Weight};
use welt_tables::Kind;

/// A document around the tables, which stand in the file of this name.
pub fn document(title: &str, tables: &str) -> String {
    format!(
        "\\documentclass{{article}}\n\\usepackage[utf8]{{inputenc}}\n\\usepackage[T1]{{fontenc}}\n\
         \\usepackage[margin=2cm]{{geometry}}\n\\usepackage{{booktabs}}\n\\usepackage{{graphicx}}\n\
         \\title{{{}}}\n\\date{{}}\n\\begin{{document}}\n\\maketitle\n\\input{{{tables}}}\n\\end{{document}}\n",
        escaped(title)
    )
}

/// All tables.
pub fn tables(blocks: &[Block]) -> String {
    let mut text = String::from("% Needs \\usepackage{booktabs} and \\usepackage{graphicx}.\n");
    let tables = blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    for (index, table) in tables.flat_map(parts).enumerate() {
        // LaTeX holds no more than a few floats at a time.
        if index > 0 && index % 8 == 0 {
            text.push_str("\n\\clearpage\n");
        }
        text.push_str(&render_table(&table));
    }
    text
}

/// The most rows that fit on a page.
const ROWS: usize = 40;

/// A table as several that fit on a page each.
fn parts(table: &Table) -> Vec<Table> {
    let n = table.rows.len().div_ceil(ROWS).max(1);
    let part = |part: usize| {
        let mut shown = table.clone();
        shown.rows = table.rows.iter().skip(part * ROWS).take(ROWS).cloned().collect();
        if part > 0 {
            shown.name = format!("{}-part-{}", table.name, part + 1);
        }
        if n > 1 {
            shown.caption = format!("{} Part {} of {n}.", table.caption, part + 1);
        }
        shown
    };
    (0..n).map(part).collect()
}

fn render_table(table: &Table) -> String {
    let kinds: String = (table.columns.iter())
        .map(|column| match column.kind {
            Kind::Words => 'l',
            Kind::Numbers => 'r',
        })
        .collect();
    let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
    let header = line(table.columns.iter().map(|column| escaped(&column.title)).collect());
    let body: String = table.rows.iter().map(|row| line(row.iter().map(cell).collect())).collect();
    let notes: String =
        table.notes.iter().map(|note| format!("\n\\par\\smallskip\\footnotesize {}\n", escaped(note))).collect();
    format!(
        "\n\\begin{{table}}[htbp]\n\\centering\\small\n\\caption{{{}}}\n\\label{{tab:{}}}\n\
         \\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n\
         \\begin{{tabular}}{{{kinds}}}\n\\toprule\n{header}\\midrule\n{body}\\bottomrule\n\\end{{tabular}}}}\n{notes}\\end{{table}}\n",
        escaped(&table.caption),
        table.name
    )
}

fn cell(cell: &Cell) -> String {
    match cell.weight {
        Weight::Plain => escaped(&cell.text),
        Weight::Bold => format!("\\textbf{{{}}}", escaped(&cell.text)),
    }
}

/// Text that reads the same in LaTeX; what its standard fonts do not have is written by its number.
fn escaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => found.push_str("\\textbackslash{}"),
            '~' => found.push_str("\\textasciitilde{}"),
            '^' => found.push_str("\\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => found.extend(['\\', letter]),
            '<' => found.push_str("\\textless{}"),
            '>' => found.push_str("\\textgreater{}"),
            '|' => found.push_str("\\textbar{}"),
            '"' => found.push_str("\\textquotedbl{}"),
            '[' => found.push_str("{[}"),
            ']' => found.push_str("{]}"),
            '−' => found.push_str("$-$"),
            '±' => found.push_str("$\\pm$"),
            '·' => found.push_str("$\\cdot$"),
            '×' => found.push_str("$\\times$"),
            '√' => found.push_str("$\\sqrt{}$"),
            '≤' => found.push_str("$\\le$"),
            '–' => found.push_str("--"),
            '’' => found.push('\''),
            letter if letter.is_control() => found.push(' '),
            letter if letter.is_ascii() || ('\u{c0}'..='\u{ff}').contains(&letter) => found.push(letter),
            letter => found.push_str(&format!("{{[}}U+{:04X}{{]}}", u32::from(letter))),
        }
    }
    found
}
