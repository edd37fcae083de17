//! The corpora beside the paper's Tables 1 and 11, as text, Markdown, JSON or CSV.
//! Manifests and what became of them go in, text comes out; it looks at no file.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::counts::Counts;
use crate::manifest::{Manifest, Split};
use crate::outcome::{Outcome, State};
use crate::table::{NO_NUMBER, aligned, markdown};

/// How to write the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Columns for people.
    Text,
    /// Tables of Markdown.
    Markdown,
    /// A list with an object a corpus.
    Json,
    /// A line a split.
    Csv,
}

/// Corpora in the order of the table.
pub type Rows<'a> = [(&'a Manifest, Outcome)];

/// The whole table.
#[must_use]
pub fn render(form: Form, rows: &Rows) -> String {
    match form {
        Form::Text => tables(rows, aligned),
        Form::Markdown => tables(rows, markdown),
        Form::Json => format!("{:#}\n", Value::from(rows.iter().map(as_json).collect::<Vec<_>>())),
        Form::Csv => csv(rows),
    }
}

fn tables(rows: &Rows, write: fn(&[Vec<String>]) -> String) -> String {
    let mut text = String::new();
    text.push_str("Classes of the training split in per cent of its tokens, beside the WeLT paper's Table 1\n\n");
    text.push_str(&write(&shares(rows)));
    text.push_str(
        "\nSentences, beside the WeLT paper's Table 11, which has one more for a file that ends with an empty line\n\n",
    );
    text.push_str(&write(&sentences(rows)));
    if rows.iter().any(|(_, outcome)| !outcome.counts.is_empty()) {
        text.push_str("\nWhat is in the splits\n\n");
        text.push_str(&write(&all_counts(rows)));
    }
    let reasons = reasons(rows);
    if !reasons.is_empty() {
        text.push_str("\nWhat is not as expected\n\n");
        text.push_str(&reasons);
    }
    text
}

fn shares(rows: &Rows) -> Vec<Vec<String>> {
    let mut cells = vec![line(&["corpus", "O", "paper", "B", "paper", "I", "paper", "state"])];
    for (manifest, outcome) in rows {
        let ours = outcome.counts.get(&Split::Train).map(Counts::shares);
        let paper = [manifest.paper.outside, manifest.paper.begin, manifest.paper.inside];
        let mut row = vec![manifest.name.clone()];
        for (column, published) in paper.into_iter().enumerate() {
            row.push(ours.map_or(NO_NUMBER.to_owned(), |ours| format!("{:.2}", ours[column])));
            row.push(format!("{published:.2}"));
        }
        row.push(outcome.state.word().to_owned());
        cells.push(row);
    }
    cells
}

fn sentences(rows: &Rows) -> Vec<Vec<String>> {
    let mut cells = vec![line(&["corpus", "train", "paper", "dev", "paper", "test", "paper", "state"])];
    for (manifest, outcome) in rows {
        let mut row = vec![manifest.name.clone()];
        for split in Split::ALL {
            row.push(outcome.counts.get(&split).map_or(NO_NUMBER.to_owned(), |counts| counts.sentences.to_string()));
            row.push(manifest.paper.sentences.get(&split).map_or(NO_NUMBER.to_owned(), u64::to_string));
        }
        row.push(outcome.state.word().to_owned());
        cells.push(row);
    }
    cells
}

fn all_counts(rows: &Rows) -> Vec<Vec<String>> {
    let mut cells = vec![line(&["corpus", "split", "sentences", "tokens", "entities", "O", "B", "I"])];
    for (manifest, outcome) in rows {
        for (split, counts) in &outcome.counts {
            let numbers =
                [counts.sentences, counts.tokens, counts.entities, counts.outside, counts.begin, counts.inside];
            let mut row = vec![manifest.name.clone(), split.to_string()];
            row.extend(numbers.iter().map(u64::to_string));
            cells.push(row);
        }
    }
    cells
}

/// Why corpora are not verified, a line each.
pub fn reasons(rows: &Rows) -> String {
    let mut text = String::new();
    for (manifest, outcome) in rows {
        let said: &[String] = match &outcome.state {
            State::Differs(said) | State::Missing(said) | State::Failed(said) => said,
            State::Close(within) => {
                let source = outcome.source.as_deref().unwrap_or_default();
                let percent = 100.0 * within;
                let _ = writeln!(
                    text,
                    "- {} is close: made from {source}, whose text is split up by another program; \
                     the same words, sentences off by no more than {percent:.0} %",
                    manifest.name
                );
                &[]
            }
            State::Verified | State::Stopped => &[],
        };
        for reason in said {
            let _ = writeln!(text, "- {} {}: {reason}", manifest.name, outcome.state.word());
        }
    }
    text
}

fn line(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn as_json((manifest, outcome): &(&Manifest, Outcome)) -> Value {
    let reasons = match &outcome.state {
        State::Differs(said) | State::Missing(said) | State::Failed(said) => said.clone(),
        State::Verified | State::Close(_) | State::Stopped => Vec::new(),
    };
    json!({
        "name": manifest.name,
        "title": manifest.title,
        "state": outcome.state.word(),
        "reasons": reasons,
        "source": outcome.source,
        "counts": outcome.counts,
        "expected": manifest.counts,
        "paper": manifest.paper,
    })
}

fn csv(rows: &Rows) -> String {
    let mut text = "dataset,split,state,sentences,paper_sentences,tokens,entities,O,B,I,O_percent,paper_O_percent,\
                    B_percent,paper_B_percent,I_percent,paper_I_percent\n"
        .to_owned();
    for (manifest, outcome) in rows {
        for split in Split::ALL {
            let counts = outcome.counts.get(&split);
            let number = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
            // Table 1 is of the training split.
            let share =
                |column: usize| counts.map_or(String::new(), |counts| format!("{:.2}", counts.shares()[column]));
            let published = |share: f64| if split == Split::Train { format!("{share:.2}") } else { String::new() };
            let cells = [
                manifest.name.clone(),
                split.to_string(),
                outcome.state.word().to_owned(),
                number(counts.map(|counts| counts.sentences)),
                number(manifest.paper.sentences.get(&split).copied()),
                number(counts.map(|counts| counts.tokens)),
                number(counts.map(|counts| counts.entities)),
                number(counts.map(|counts| counts.outside)),
                number(counts.map(|counts| counts.begin)),
                number(counts.map(|counts| counts.inside)),
                share(0),
                published(manifest.paper.outside),
                share(1),
                published(manifest.paper.begin),
                share(2),
                published(manifest.paper.inside),
            ];
            let _ = writeln!(text, "{}", cells.join(","));
        }
    }
    text
}
