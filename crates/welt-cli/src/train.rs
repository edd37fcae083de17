//! `welt train`: the arguments of a training run, as plain settings for whoever trains.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use welt_files::NewFolder;

use crate::convert::refuse_pipe;
use crate::derived_run;
use crate::destination::ForPeople;
use crate::left_run;
use crate::run_directory::RunDirectory;
use crate::settings_flags::SettingsFlags;
use crate::training_run;

const EXAMPLES: &str = "\
Examples:
  welt train --train train.tsv --dev dev.tsv --test test.tsv --model biobert --output runs/welt-1
  welt train --train train.tsv --dev dev.tsv --model biobert -o runs/plain --method vanilla --seed 2
  welt train --train train.tsv --dev dev.tsv --model biobert --output runs/focal --method focal-2
  welt train --train train.tsv --dev dev.tsv --model biobert -o runs/shifted --method tuned-shift
  welt train --train train.xml --test test.PubTator --model biobert --output runs/documents
  welt train --config experiment.toml --output runs/again --learning-rate 3e-5
  welt train --config runs/welt-1/config.json --output runs/welt-1-again
  welt train --config experiment.toml --dry-run
  welt train --resume runs/welt-1.partial";

const USAGE: &str = "\
welt train [OPTIONS] --train <FILE> --model <MODEL> --output <DIR>
       welt train [OPTIONS] --config <FILE> --output <DIR>
       welt train --resume <DIR>";

/// Fine-tune an encoder on a tagged corpus, with class weights or another method.
///
/// Files are tagged ones, or documents in any format that convert reads, which become words and tags by the rules of the published corpora.
/// The output directory holds config.json, environment.json, metrics.jsonl, TensorBoard events, record.json,
/// predictions/ with a gold and a predicted column, and model/, which Python's transformers loads.
/// It appears when the run is complete; until then it is called NAME.partial. A run that is interrupted or killed is gone on
/// with by --resume, or by the command that began it, from its last checkpoint.
#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{}\n{EXAMPLES}", welt_settings::list_of_known_methods()), override_usage = USAGE)]
pub struct TrainArguments {
    /// The directory to write, which must not exist
    #[arg(long, short, value_name = "DIR", required_unless_present_any = ["dry_run", "resume"])]
    output: Option<PathBuf>,
    /// Settings as TOML, or the config.json of another run; flags go before
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Go on with a run that was interrupted: its directory, NAME.partial. It says all settings; the result is that of a run
    /// that never stopped, bit by bit on the processor
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "config", "dry_run"])]
    resume: Option<PathBuf>,
    /// Take the training of a finished run that was asked for the same but for the choice of labels (--method tuned-shift,
    /// constrained), and choose labels by what its model said of dev and test: no step is taken
    #[arg(long, value_name = "DIR", conflicts_with_all = ["resume", "dry_run"])]
    trained: Option<PathBuf>,
    /// Read the corpora, load the encoder, make all windows, say what there is to train and what it costs in steps, memory,
    /// disk and time, and write nothing; the last takes a few steps, and --quiet leaves it out
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    flags: SettingsFlags,
}

/// Runs the command.
///
/// # Errors
/// Settings, files or a model that cannot be used; a run that diverges, is interrupted or cannot be written.
pub fn run(arguments: &TrainArguments, is_quiet: bool) -> Result<()> {
    let said = match &arguments.resume {
        Some(named) => {
            let output = left_run::output_of(named)?;
            let given = arguments.flags.given()?;
            if !given.is_empty() {
                bail!("--resume goes on with the settings of {}: leave {} out", named.display(), given.join(", "));
            }
            RunDirectory::refuse_existing(&output)?;
            let partial = NewFolder::partial_of(&output)?;
            training_run::train(&arguments.flags.over(Some(&partial.join(left_run::CONFIG)))?, &output)?
        }
        None => begin(arguments, is_quiet)?,
    };
    ForPeople(&mut std::io::stdout().lock()).write_all(said.as_bytes()).context("standard output")
}

fn begin(arguments: &TrainArguments, is_quiet: bool) -> Result<String> {
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
    match &arguments.output {
        Some(output) if !arguments.dry_run => match &arguments.trained {
            Some(trained) => derived_run::derive(&settings, trained, output),
            None => training_run::train(&settings, output),
        },
        _ => training_run::try_out(&settings, is_quiet),
    }
}
