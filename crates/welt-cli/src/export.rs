//! `welt export`: the directory of a fine-tuned model in, the same model in another precision out.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use welt_files::NewFolder;
use welt_models::checkpoint::{self, WeightFormat};
use welt_subwords::SubwordTokenizer;

use crate::destination::{advised, new_folder};
use crate::{devices, model_source};

const EXAMPLES: &str = "\
Examples:
  welt export --model runs/first/model --dtype bf16 --output first-bf16
  welt export --model OWNER/TAGGER --dtype f32 --output tagger";

/// Write a fine-tuned model in another precision, for welt and Python's transformers.
///
/// The weights go into model.safetensors, in single or half precision.
/// Weights are rounded to the nearest; welt reads them back as single precision, transformers computes in what is
/// stored unless told otherwise. A model whose weights are pickled comes out as safetensors.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
#[command(override_usage = "welt export [OPTIONS] --model <MODEL> --dtype <DTYPE> --output <DIR>")]
pub struct ExportArguments {
    /// The directory of a fine-tuned model, or OWNER/NAME on the Hugging Face Hub
    #[arg(long, value_name = "MODEL", required_unless_present = "model_before_flags")]
    model: Option<PathBuf>,
    /// The same, as it was named once
    #[arg(hide = true, conflicts_with = "model")]
    model_before_flags: Option<PathBuf>,
    /// How the weights are stored
    #[arg(long, value_enum)]
    dtype: Precision,
    /// The directory to write, which must not exist
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

/// How weights are stored.
#[derive(Clone, Copy, ValueEnum)]
enum Precision {
    /// Four bytes a weight
    F32,
    /// Two bytes: three digits, up to 65504
    F16,
    /// Two bytes: two digits, as far as f32
    Bf16,
}

/// Runs the command.
///
/// # Errors
/// A model that cannot be read, a weight that does not fit, or a directory that exists or cannot be written.
pub fn run(arguments: &ExportArguments) -> Result<()> {
    let output = &arguments.output;
    NewFolder::refuse_existing(output).map_err(|error| advised(error, "directory"))?;
    let named = arguments.model.as_ref().or(arguments.model_before_flags.as_ref());
    let found = model_source::find(named.context("--model: expected a model")?)?;
    // Nothing is computed but roundings.
    let checkpoint = checkpoint::load_tagger(&found.folder, &devices::open("cpu")?.device)?;
    let tokenizer = SubwordTokenizer::from_directory(&found.folder, found.casing)?;
    if let Some(above) = output.parent() {
        fs::create_dir_all(above).with_context(|| format!("making {}", above.display()))?;
    }
    let folder = new_folder(output)?;
    let model = folder.partial();
    let format = match arguments.dtype {
        Precision::F32 => WeightFormat::F32,
        Precision::F16 => WeightFormat::F16,
        Precision::Bf16 => WeightFormat::Bf16,
    };
    checkpoint::save(model, &checkpoint, format)?;
    tokenizer.save(model, checkpoint.config.longest_input())?;
    let card = found.folder.join("README.md");
    if card.is_file() {
        fs::copy(&card, model.join("README.md")).with_context(|| format!("reading {}", card.display()))?;
    }
    folder.finish()?;
    tracing::debug!("wrote {}", output.display());
    Ok(())
}
