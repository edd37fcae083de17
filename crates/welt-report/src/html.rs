//! A report as one page that needs nothing else: no script, no font, no file.
//! Blocks go in, HTML comes out. Whatever would be taken for markup is escaped.

use std::fmt::Write as _;

use super::document::{
    Block, Cell, KeyNumber, LegendEntry, MethodLine, Plot, Table, Tone, Verdict, VerdictGroup, Weight,
};
use super::drawing::Style;
use super::svg::{self, escaped};
use welt_tables::Kind;

const STYLE: &str = include_str!("page.css");

/// The style of the verdict at the head.
const STYLE_OF_VERDICT: &str = include_str!("verdict.css");

/// The whole page.
pub fn render(title: &str, blocks: &[Block]) -> String {
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{0}</title>\n<style>\n{STYLE}{STYLE_OF_VERDICT}</style>\n</head>\n\
         <body>\n<main>\n<h1>{0}</h1>\n",
        escaped(title)
    );
    let mut chapters = 0;
    for (index, block) in blocks.iter().enumerate() {
        if index == first_heading(blocks) {
            text.push_str(&contents(blocks));
        }
        match block {
            Block::Heading { level, text: heading } => {
                chapters += 1;
                let _ = writeln!(text, "<h{level} id=\"s{chapters}\">{}</h{level}>", escaped(heading));
            }
            Block::Paragraph(words) => {
                let _ = writeln!(text, "<p>{}</p>", escaped(words));
            }
            Block::List(items) => {
                let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escaped(item))).collect();
                let _ = writeln!(text, "<ul>\n{items}</ul>");
            }
            Block::Verdict(verdict) => text.push_str(&render_verdict(verdict)),
            Block::Figures(numbers) => {
                let card = |number: &KeyNumber| {
                    format!("<div><b>{}</b><span>{}</span></div>\n", escaped(&number.value), escaped(&number.meaning))
                };
                let cards: String = numbers.iter().map(card).collect();
                let _ = writeln!(text, "<div class=\"numbers\">\n{cards}</div>");
            }
            Block::Table(table) => text.push_str(&render_table(table)),
            Block::Plots { legend, plots } => text.push_str(&render_plots(legend, plots)),
        }
    }
    text.push_str("</main>\n</body>\n</html>\n");
    text
}

fn class_of(tone: Tone) -> &'static str {
    match tone {
        Tone::Yes => "yes",
        Tone::No => "no",
        Tone::Open => "open",
    }
}

fn render_verdict(verdict: &Verdict) -> String {
    let Verdict { question, answer, tone, groups, plots } = verdict;
    let groups: String = groups.iter().map(render_group).collect();
    let plots: String = plots.iter().map(render_plot).collect();
    format!(
        "<section class=\"verdict {}\">\n<p class=\"question\">{} <strong>{}</strong></p>\n<div class=\"columns\">\n<div>\n{groups}</div>\n\
         <div>{plots}</div>\n</div>\n</section>\n",
        class_of(*tone),
        escaped(question),
        escaped(answer)
    )
}

fn render_group(group: &VerdictGroup) -> String {
    let VerdictGroup { title, rests_on, methods, remarks } = group;
    let title = title.as_ref().map(|title| format!("<h3>{}</h3>\n", escaped(title))).unwrap_or_default();
    let remarks: String = remarks.iter().map(|remark| format!("<p class=\"note\">{}</p>\n", escaped(remark))).collect();
    let methods: String = methods.iter().map(render_method).collect();
    format!("{title}<ul class=\"methods\">\n{methods}</ul>\n<p class=\"note\">{}</p>\n{remarks}", escaped(rests_on))
}

/// The name and the word stand apart from what belongs to the word, so that a glance takes them in.
fn render_method(line: &MethodLine) -> String {
    let MethodLine { method, style, word, said, numbers, remarks, tone, .. } = line;
    let rest = said.strip_prefix(word.as_str()).unwrap_or_default().trim_start_matches([':', ',', ';', ' ']);
    let rest = if rest.is_empty() { String::new() } else { format!(" {}", escaped(rest)) };
    let remarks: String = remarks.iter().map(|remark| format!(" {}", escaped(remark))).collect();
    format!(
        "<li class=\"{}\">{}<b>{}</b><span><strong>{}</strong>{rest}<small>{}{remarks}</small></span></li>\n",
        class_of(*tone),
        swatch(*style),
        escaped(method),
        escaped(word),
        escaped(numbers)
    )
}

fn first_heading(blocks: &[Block]) -> usize {
    blocks.iter().position(|block| matches!(block, Block::Heading { .. })).unwrap_or(blocks.len())
}

/// Links to all headings.
fn contents(blocks: &[Block]) -> String {
    let headings = blocks.iter().filter_map(|block| match block {
        Block::Heading { text, .. } => Some(text),
        _ => None,
    });
    let link =
        |(index, text): (usize, &String)| format!("<li><a href=\"#s{}\">{}</a></li>\n", index + 1, escaped(text));
    let links: String = headings.enumerate().map(link).collect();
    format!("<nav aria-label=\"Contents\"><ol>\n{links}</ol></nav>\n")
}

fn render_table(table: &Table) -> String {
    let class = |kind: Kind| match kind {
        Kind::Words => "",
        Kind::Numbers => " class=\"n\"",
    };
    let header: String = (table.columns.iter())
        .map(|column| format!("<th scope=\"col\"{}>{}</th>", class(column.kind), escaped(&column.title)))
        .collect();
    let row = |row: &Vec<Cell>| -> String {
        let cells: String = row.iter().zip(&table.columns).map(|(of, column)| cell(of, class(column.kind))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = table.rows.iter().map(row).collect();
    let notes: String = table.notes.iter().map(|note| format!("<p class=\"note\">{}</p>\n", escaped(note))).collect();
    format!(
        "<p class=\"caption\" id=\"{0}\">{1}</p>\n<div class=\"scroll\" tabindex=\"0\"><table aria-labelledby=\"{0}\">\n\
         <thead><tr>{header}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n{notes}",
        escaped(&table.name),
        escaped(&table.caption)
    )
}

/// Longer words than these are broken into lines.
const LONG: usize = 44;

fn cell(cell: &Cell, class: &str) -> String {
    let class = if class.is_empty() && cell.text.chars().count() > LONG { " class=\"w\"" } else { class };
    match cell.weight {
        Weight::Plain => format!("<td{class}>{}</td>", escaped(&cell.text)),
        Weight::Bold => format!("<td{class}><b>{}</b></td>", escaped(&cell.text)),
    }
}

fn render_plots(legend: &[LegendEntry], plots: &[Plot]) -> String {
    let mut text = String::new();
    if !legend.is_empty() {
        let entry = |entry: &LegendEntry| format!("<li>{}{}</li>\n", swatch(entry.style), escaped(&entry.label));
        let entries: String = legend.iter().map(entry).collect();
        let _ = writeln!(text, "<ul class=\"legend\">\n{entries}</ul>");
    }
    text.push_str("<div class=\"plots\">\n");
    text.extend(plots.iter().map(render_plot));
    text.push_str("</div>\n");
    text
}

fn render_plot(plot: &Plot) -> String {
    format!(
        "<figure><h3>{}</h3>{}<figcaption>{}</figcaption></figure>\n",
        escaped(&plot.title),
        svg::render(&plot.drawing),
        escaped(&plot.caption)
    )
}

/// A line with a mark on it, as a method is drawn.
fn swatch(style: Style) -> String {
    let class = style.class();
    let mark = if style.hollow {
        format!("<path d=\"M14 1L20 7L14 13L8 7Z\" class=\"mark {class}\"/>")
    } else {
        format!("<circle cx=\"14\" cy=\"7\" r=\"4.5\" class=\"mark {class}\"/>")
    };
    format!(
        "<svg viewBox=\"0 0 28 14\" aria-hidden=\"true\"><path d=\"M1 7L27 7\" class=\"curve {class}\"/>{mark}</svg>"
    )
}
