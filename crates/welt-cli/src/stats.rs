//! `welt stats`: the paper's Tables 1 and 11 for any corpus.

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::Result;
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
    let mut out = stdout().lock();
    let width = arguments.files.iter().map(|file| file.display().to_string().chars().count()).max().unwrap_or(0);
    if arguments.format == Format::Text {
        let heads = ["sentences", "words", "entities", "O %", "B %", "I %", "longest", "> 128"];
        writeln!(out, "{:width$}{}", "file", heads.map(|head| format!(" {head:>9}")).concat())?;
    }
    for file in &arguments.files {
        let corpus = conll::read(file, arguments.column.tag_column())?;
        let counted = Statistics::of(&corpus.sentences);
        if arguments.format == Format::Json {
            let line = json!({ "file": file, "statistics": counted, "layout": corpus.layout,
                               "tag_column": corpus.tag_column.number });
            writeln!(out, "{line}")?;
            continue;
        }
        tracing::info!("{}: {}", file.display(), corpus.tag_column.reason);
        let shares = [counted.outside, counted.begin, counted.inside].map(|count| 100.0 * counted.share(count));
        let counts = [counted.sentences, counted.tokens, counted.entities].map(|count| format!(" {count:>9}"));
        let shares = shares.map(|share| format!(" {share:>9.2}"));
        let lengths = [counted.longest_sentence, counted.long_sentences].map(|length| format!(" {length:>9}"));
        let cells = counts.into_iter().chain(shares).chain(lengths).collect::<String>();
        writeln!(out, "{:width$}{cells}", file.display().to_string())?;
    }
    Ok(())
}
