//! `welt evaluate`: seqeval's scores of a file with a gold and a predicted column.

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use welt_data::conll::{self, TagPairColumns};
use welt_eval::ZeroDivision;
use welt_eval::seqeval::{self, Mode, Options};
use welt_tags::{Notation, Scheme};

use crate::Format;

const EXAMPLES: &str = "\
Examples:
  welt evaluate predictions.tsv
  welt evaluate predictions.tsv --mode strict --scheme IOB2 --digits 4
  welt evaluate predictions.tsv --gold 2 --predicted 5 --format json";

/// Score a file with a gold and a predicted column, as seqeval does.
///
/// A line holds a word and its columns, separated by tabs or spaces; an empty line ends a sentence.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct EvaluateArguments {
    /// The file
    file: PathBuf,
    /// The column of the gold tags, from 1, or from the end as in -2
    #[arg(long, value_name = "N", default_value_t = -2, allow_negative_numbers = true)]
    gold: isize,
    /// The column of the predicted tags, from 1, or from the end as in -1
    #[arg(long, value_name = "N", default_value_t = -1, allow_negative_numbers = true)]
    predicted: isize,
    /// How tags become entities: default as conlleval reads any tags, strict by the rules of one scheme
    #[arg(long, value_enum, default_value = "default")]
    mode: ModeName,
    /// The scheme of strict mode: IOB1, IOB2, IOE1, IOE2, IOBES or BILOU; found from the gold tags where not given
    #[arg(long)]
    scheme: Option<Scheme>,
    /// Tags are written as PER-B instead of B-PER
    #[arg(long)]
    suffix: bool,
    /// What a ratio without a denominator is: 0 or 1
    #[arg(long, value_name = "0|1", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=1))]
    zero_division: u8,
    /// Digits after the point, in text
    #[arg(long, default_value_t = 2)]
    digits: u8,
    /// How to write the scores
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    Default,
    Strict,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, or tags outside the scheme of strict mode.
pub fn run(arguments: &EvaluateArguments) -> Result<()> {
    let mode = match (arguments.mode, arguments.scheme) {
        (ModeName::Default, None) => Mode::Default,
        (ModeName::Default, Some(scheme)) => {
            let message = format!("--scheme {scheme} has a meaning in strict mode only: add --mode strict\n");
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message).into());
        }
        (ModeName::Strict, Some(scheme)) => Mode::Strict(scheme),
        (ModeName::Strict, None) => Mode::StrictDetected,
    };
    let options = Options {
        mode,
        notation: if arguments.suffix { Notation::Suffix } else { Notation::Prefix },
        zero_division: if arguments.zero_division == 0 { ZeroDivision::Zero } else { ZeroDivision::One },
    };
    let columns = TagPairColumns { gold: arguments.gold, predicted: arguments.predicted };
    let pairs = conll::read_tag_pairs(&arguments.file, columns)?;
    let gold: Vec<&[String]> = pairs.sentences.iter().map(|sentence| sentence.gold.as_slice()).collect();
    let predicted: Vec<&[String]> = pairs.sentences.iter().map(|sentence| sentence.predicted.as_slice()).collect();
    let report = seqeval::evaluate(&gold, &predicted, options).with_context(|| arguments.file.display().to_string())?;
    tracing::info!(
        "{}: {} sentences, gold tags in column {}, predicted in column {}, entities read in mode {}",
        arguments.file.display(),
        pairs.sentences.len(),
        pairs.gold_column,
        pairs.predicted_column,
        report.chunking,
    );
    let mut out = stdout().lock();
    match arguments.format {
        Format::Text => write!(out, "{}", report.to_text(arguments.digits)),
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&report)?),
    }
    .and_then(|()| out.flush())
    .context("standard output")
}
