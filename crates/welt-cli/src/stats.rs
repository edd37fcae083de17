//! `welt stats`: the paper's Tables 1 and 11 for any corpus.

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use welt_data::{Statistics, conll};

use crate::Format;
use crate::corpus::ColumnFlag;

const EXAMPLES: &str = "\
Examples:
  welt stats train.tsv dev.tsv test.tsv
  welt stats --tag-column 4 --format json eng.train";

/// Count sentences, words, entities and classes, one row a file.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct StatsArguments {
    /// CoNLL-like files: a word and its tag on each line, an empty line between sentences
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    column: ColumnFlag,
    /// How to write the counts; as json, one object a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read as a corpus.
pub fn run(arguments: &StatsArguments) -> Result<()> {
    // All files are read before the first row is written, so that a mistake in the last leaves no half table.
    let read = |file: &PathBuf| -> Result<(Statistics, serde_json::Value)> {
        let corpus = conll::read(file, arguments.column.tag_column())?;
        let (counted, column) = (Statistics::of(&corpus.sentences), corpus.tag_column);
        tracing::info!("{}: tags in column {}: {}", file.display(), column.number, column.reason);
        let line =
            json!({ "file": file, "statistics": &counted, "layout": corpus.layout, "tag_column": column.number });
        Ok((counted, line))
    };
    let read = arguments.files.iter().map(read).collect::<Result<Vec<_>>>()?;
    match arguments.format {
        Format::Text => table(&arguments.files, read.iter().map(|(counted, _)| counted)),
        Format::Json => read.iter().try_for_each(|(_, line)| writeln!(stdout(), "{line}")),
    }
    .context("standard output")
}

fn table<'a>(files: &[PathBuf], rows: impl Iterator<Item = &'a Statistics>) -> std::io::Result<()> {
    let mut out = stdout().lock();
    let width = files.iter().map(|file| file.display().to_string().chars().count()).max().unwrap_or(0);
    let heads = ["sentences", "words", "entities", "O %", "B %", "I %", "longest", "> 128"];
    writeln!(out, "{:width$}{}", "file", heads.map(|head| format!(" {head:>9}")).concat())?;
    for (file, counted) in files.iter().zip(rows) {
        let shares = [counted.outside, counted.begin, counted.inside].map(|count| 100.0 * counted.share(count));
        let counts = [counted.sentences, counted.tokens, counted.entities].map(|count| format!(" {count:>9}"));
        let shares = shares.map(|share| format!(" {share:>9.2}"));
        let lengths = [counted.longest_sentence, counted.long_sentences].map(|length| format!(" {length:>9}"));
        let cells = counts.into_iter().chain(shares).chain(lengths).collect::<String>();
        writeln!(out, "{:width$}{cells}", file.display().to_string())?;
    }
    Ok(())
}
