//! The errors as one page that needs nothing else: counts, filters, and each sentence with its mentions marked.
//! Findings in, HTML out.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use welt_eval::errors::{EntityError, ErrorKind};
use welt_tags::Span;

use super::{Faulty, Findings, Mention, remarks};
use crate::evaluate::error_tables;
use crate::table::Table;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of the errors that are to be listed.
pub fn page(findings: &Findings, listed: &[(&Faulty, &EntityError)]) -> String {
    let report = findings.tally.report();
    let name = escaped(&findings.source.name());
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Errors of {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Errors</h1>\n"
    );
    let _ = writeln!(
        page,
        "<p class=\"lead\">{name}: {} sentences with {} entities, of which {} were found; {} predictions. \
         {} sentences have errors. Entities were read in mode {}.</p>",
        findings.sentences,
        report.gold,
        report.exact,
        report.predicted,
        findings.faulty.len(),
        findings.chunking
    );
    page.push_str("<div class=\"tables\">\n");
    for table in error_tables(&report, &findings.mentions) {
        page += &table_of(&table);
    }
    page.push_str("</div>\n");
    page += &filters(listed);
    page.push_str(
        "<p class=\"key\">In the sentences: <span class=\"w g\">what is there</span> is underlined, \
         <span class=\"w p\">what was predicted</span> is shaded, <span class=\"w g p ok\">what agrees</span> is both, in grey.</p>\n",
    );
    let mut rest = listed;
    while let Some((faulty, _)) = rest.first() {
        let n_errors = rest.iter().take_while(|(other, _)| std::ptr::eq(*other, *faulty)).count();
        let (errors, others) = rest.split_at(n_errors);
        page += &sentence(findings, faulty, errors);
        rest = others;
    }
    let _ = write!(page, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

/// One sentence with its errors below it.
fn sentence(findings: &Findings, faulty: &Faulty, errors: &[(&Faulty, &EntityError)]) -> String {
    let kinds: BTreeSet<&str> = errors.iter().map(|(_, error)| key(error.kind)).collect();
    let types: BTreeSet<&str> = errors.iter().flat_map(|(_, error)| types_of(error)).collect();
    let list = |names: BTreeSet<&str>| escaped(&names.into_iter().collect::<Vec<_>>().join("\t"));
    let mut html = format!("<section data-kinds=\"{}\" data-types=\"{}\">\n", list(kinds), list(types));
    let _ = write!(html, "<p class=\"text\"><span class=\"line\">{}</span>", faulty.line_number);
    for (index, word) in faulty.words.iter().enumerate() {
        let holds = |spans: &[Span]| spans.iter().position(|span| span.words().contains(&index));
        let (gold, predicted) = (holds(&faulty.gold), holds(&faulty.predicted));
        let agree = matches!((gold, predicted), (Some(gold), Some(predicted)) if faulty.gold[gold] == faulty.predicted[predicted]);
        let classes: String = [(gold.is_some(), " g"), (predicted.is_some(), " p"), (agree, " ok")]
            .into_iter()
            .filter_map(|(is, class)| is.then_some(class))
            .collect();
        // Words of one entity are joined by a marked space.
        let starts = index == 0 || !goes_on(&faulty.gold, index) && !goes_on(&faulty.predicted, index);
        let between: String = if starts {
            " ".to_owned()
        } else {
            let gold = if goes_on(&faulty.gold, index) { " g" } else { "" };
            let predicted = if goes_on(&faulty.predicted, index) { " p" } else { "" };
            let same = if agree { " ok" } else { "" };
            format!("<span class=\"w{gold}{predicted}{same}\"> </span>")
        };
        if classes.is_empty() {
            let _ = write!(html, "{between}{}", escaped(word));
        } else {
            let _ = write!(html, "{between}<span class=\"w{classes}\">{}</span>", escaped(word));
        }
    }
    html.push_str("</p>\n<ul>\n");
    for (_, error) in errors {
        html += &item(findings, faulty, error);
    }
    html + "</ul>\n</section>\n"
}

/// Whether the word before is of the same entity.
fn goes_on(spans: &[Span], index: usize) -> bool {
    spans.iter().any(|span| span.start < index && index < span.end)
}

fn item(findings: &Findings, faulty: &Faulty, error: &EntityError) -> String {
    let line = findings.line(faulty, error);
    let mentions = |class: &str, mentions: &[Mention<'_>]| -> String {
        let of = |mention: &Mention<'_>| {
            let (name, text) = (escaped(mention.entity_type), escaped(&mention.text));
            format!("<span class=\"w {class}\">{text}</span> <b>{name}</b>{}", escaped(&remarks(mention)))
        };
        mentions.iter().map(of).collect::<Vec<_>>().join(", ")
    };
    let said = match error.kind {
        ErrorKind::Spurious => mentions("p", &line.predicted),
        ErrorKind::Missed => mentions("g", &line.gold),
        ErrorKind::Overlap { .. } => {
            format!("{} found as {}", mentions("g", &line.gold), mentions("p", &line.predicted))
        }
    };
    let types = types_of(error).collect::<Vec<_>>().join("\t");
    let (kind, name) = (key(error.kind), escaped(&error.kind.to_string()));
    let types = escaped(&types);
    format!(
        "<li data-kind=\"{kind}\" data-types=\"{types}\"><span class=\"kind {kind}\">{name}</span><span>{said}</span></li>\n"
    )
}

fn types_of(error: &EntityError) -> impl Iterator<Item = &str> {
    error.gold.iter().chain(&error.predicted).map(|span| span.entity_type.as_str())
}

/// Buttons that show the errors of one kind or type alone.
fn filters(listed: &[(&Faulty, &EntityError)]) -> String {
    let kinds: BTreeSet<&str> = listed.iter().map(|(_, error)| key(error.kind)).collect();
    let types: BTreeSet<&str> = listed.iter().flat_map(|(_, error)| types_of(error)).collect();
    let button = |group: &str, name: &str, n: usize| {
        let name = escaped(name);
        format!(
            "<button type=\"button\" data-filter=\"{group}\" data-value=\"{name}\" aria-pressed=\"false\">{name} <small>{n}</small></button>\n"
        )
    };
    let mut html = String::from("<nav aria-label=\"Filters\">\n");
    for kind in kinds {
        html += &button("kind", kind, listed.iter().filter(|(_, error)| key(error.kind) == kind).count());
    }
    if types.len() > 1 {
        html.push_str("<span class=\"gap\"></span>\n");
        for name in types {
            let n = listed.iter().filter(|(_, error)| types_of(error).any(|of| of == name)).count();
            html += &button("type", name, n);
        }
    }
    html + "</nav>\n"
}

/// What a kind is called in classes and filters.
const fn key(kind: ErrorKind) -> &'static str {
    use welt_eval::errors::Shape;
    match kind {
        ErrorKind::Spurious => "spurious",
        ErrorKind::Missed => "missed",
        ErrorKind::Overlap { shape: Shape::Label, .. } => "label",
        ErrorKind::Overlap { shape: Shape::Boundary, .. } => "boundary",
        ErrorKind::Overlap { shape: Shape::Split, .. } => "split",
        ErrorKind::Overlap { shape: Shape::Merge, .. } => "merge",
        ErrorKind::Overlap { shape: Shape::Complex, .. } => "complex",
    }
}

fn table_of(table: &Table) -> String {
    let mut html = format!("<table>\n<caption>{}</caption>\n<tr>", escaped(&table.caption));
    let (heads, rows) = table.shown(3);
    for head in &heads {
        let _ = write!(html, "<th>{}</th>", escaped(head));
    }
    html.push_str("</tr>\n");
    for row in &rows {
        html.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let element = if column == 0 { "th" } else { "td" };
            let _ = write!(html, "<{element}>{}</{element}>", escaped(cell));
        }
        html.push_str("</tr>\n");
    }
    html + "</table>\n"
}

/// A text that HTML reads as itself.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(character),
        }
    }
    html
}
