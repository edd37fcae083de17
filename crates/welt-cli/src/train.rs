//! `welt train`: the arguments of a training run, as plain settings for whoever trains.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::convert::refuse_pipe;
use crate::destination::ForPeople;
use crate::run_directory::RunDirectory;
use crate::settings_flags::SettingsFlags;
use crate::training_run;

const EXAMPLES: &str = "\
Examples:
  welt train --train train.tsv --dev dev.tsv --test test.tsv --model biobert --output runs/welt-1
  welt train --train train.tsv --dev dev.tsv --model biobert -o runs/plain --method vanilla --seed 2
  welt train --train train.tsv --dev dev.tsv --model biobert --output runs/focal --method focal-2
  welt train --train train.xml --test test.PubTator --model biobert --output runs/documents
  welt train --config experiment.toml --output runs/again --learning-rate 3e-5
  welt train --config runs/welt-1/config.json --output runs/welt-1-again
  welt train --config experiment.toml --dry-run";

const USAGE: &str = "\
welt train [OPTIONS] --train <FILE> --model <MODEL> --output <DIR>
       welt train [OPTIONS] --config <FILE> --output <DIR>";

/// Fine-tune an encoder on a tagged corpus, with class weights or another method.
///
/// Files are tagged ones, or documents in any format that convert reads, which become words and tags by the rules of the published corpora.
/// The output directory holds config.json, environment.json, metrics.jsonl, TensorBoard events, record.json,
/// predictions/ with a gold and a predicted column, and model/, which Python's transformers loads.
/// It appears when the run is complete; until then it is called NAME.partial.
#[derive(Args)]
#[command(after_help = EXAMPLES, override_usage = USAGE)]
pub struct TrainArguments {
    /// The directory to write, which must not exist
    #[arg(long, short, value_name = "DIR", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// Settings as TOML, or the config.json of another run; flags go before
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read the corpora, load the encoder, make all windows, say what there is to train, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    flags: SettingsFlags,
}

/// Runs the command.
///
/// # Errors
/// Settings, files or a model that cannot be used; a run that diverges, is interrupted or cannot be written.
pub fn run(arguments: &TrainArguments) -> Result<()> {
    let settings = arguments.flags.over(arguments.config.as_deref())?;
    if let Some(output) = &arguments.output {
        RunDirectory::refuse_existing(output)?;
    }
    // The record states their SHA-256, which is of nothing where they have been read.
    let corpora = [
        ("--train", &settings.train),
        ("--dev", &settings.dev),
        ("--test", &settings.test),
        ("--counts-from", &settings.counts_from),
    ];
    for (flag, files) in corpora {
        files.iter().try_for_each(|file| refuse_pipe(file, flag))?;
    }
    let said = match &arguments.output {
        Some(output) if !arguments.dry_run => training_run::train(&settings, output)?,
        _ => training_run::try_out(&settings)?,
    };
    ForPeople(&mut std::io::stdout().lock()).write_all(said.as_bytes()).context("standard output")
}
