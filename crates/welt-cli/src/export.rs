//! `welt export`: the directory of a fine-tuned model in, the same model in another precision out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use welt_data::WordPieceTokenizer;
use welt_models::checkpoint::{self, WeightFormat};

use crate::{device, model_place};

const EXAMPLES: &str = "\
Examples:
  welt export runs/first/model --dtype bf16 --output first-bf16
  welt export OWNER/TAGGER --dtype f32 --output tagger";

/// Write a fine-tuned model in single or half precision, as model.safetensors, for welt and Python's transformers.
///
/// Weights are rounded to the nearest; welt reads them back as single precision, transformers computes in what is
/// stored unless told otherwise. A model whose weights are pickled comes out as safetensors.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ExportArguments {
    /// The directory of a fine-tuned model, or OWNER/NAME on the Hugging Face Hub
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// How the weights are stored
    #[arg(long, value_enum)]
    dtype: Precision,
    /// The directory to write, which must not exist
    #[arg(long, value_name = "DIR")]
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
    if output.exists() {
        bail!("{} exists already: name another directory with --output, or remove it", output.display());
    }
    let place = model_place::find(&arguments.model)?;
    // Nothing is computed but roundings.
    let checkpoint = checkpoint::load_tagger(&place.folder, &device::open("cpu")?.device)?;
    let tokenizer = WordPieceTokenizer::from_directory(&place.folder, place.casing)?;
    let name = output.file_name().with_context(|| format!("{}: expected a new directory", output.display()))?;
    let folder = output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let beside = tempfile::Builder::new().prefix(name).suffix(".partial").tempdir_in(folder);
    let beside = beside.with_context(|| format!("writing in {}", folder.display()))?;
    // Made by hand, since a temporary directory is for nobody else to read.
    let model = beside.path().join("model");
    let format = match arguments.dtype {
        Precision::F32 => WeightFormat::F32,
        Precision::F16 => WeightFormat::F16,
        Precision::Bf16 => WeightFormat::Bf16,
    };
    checkpoint::save(&model, &checkpoint, format)?;
    tokenizer.save(&model, checkpoint.config.max_position_embeddings)?;
    let card = place.folder.join("README.md");
    if card.is_file() {
        fs::copy(&card, model.join("README.md")).with_context(|| format!("reading {}", card.display()))?;
    }
    fs::rename(&model, output).with_context(|| format!("renaming to {}", output.display()))?;
    tracing::info!("wrote {}", output.display());
    Ok(())
}
