//! `welt fetch`: names of models in, their folders in the cache out, for machines and times without a network.

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::progress;

const EXAMPLES: &str = "\
Examples:
  welt fetch pubmedbert biobert
  welt fetch dmis-lab/biobert-v1.1@551ca18efd7f052c8dfa0b01c94c2a8e68bc5488
  HF_HUB_OFFLINE=1 welt train --model pubmedbert --train train.tsv --output runs/first";

/// Fetch models of the Hugging Face Hub into the cache, and say where they are.
///
/// Other commands fetch what they need by themselves and then keep to what the cache holds; this one asks the Hub for
/// the newest commit. What was cut off goes on where it stopped. The environment variables of Python's huggingface_hub
/// hold: HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_TOKEN, HF_ENDPOINT.
#[derive(Args)]
#[command(after_help = EXAMPLES, override_usage = "welt fetch [OPTIONS] <MODEL>...")]
pub struct FetchArguments {
    /// OWNER/NAME, OWNER/NAME@REVISION, or a short name that `welt models` lists
    #[arg(required_unless_present = "model", value_name = "MODEL")]
    models: Vec<PathBuf>,
    /// The same, as other commands name it; may be given more than once
    #[arg(long, value_name = "MODEL", hide = true)]
    model: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// A name that is none, or a model that cannot be fetched.
pub fn run(arguments: &FetchArguments) -> Result<()> {
    let models = arguments
        .models
        .iter()
        .chain(&arguments.model)
        .map(|model| Ok(welt_hub::named(model)?))
        .collect::<Result<Vec<_>>>()?;
    for model in models {
        let snapshot = welt_hub::fetch(&model, &mut progress::transfers())?;
        tracing::info!("{model}: commit {}", snapshot.commit);
        writeln!(stdout().lock(), "{}", snapshot.folder.display()).context("standard output")?;
    }
    Ok(())
}
