//! Says how far the sweeps of a folder are.
//! A folder of runs goes in, text comes out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  cargo xtask status                what cargo xtask reproduce has in runs/
  cargo xtask status runs/sample    and --sample in runs/sample

Exit codes: 0 all runs are finished, 1 there is nothing to tell of, 3 some are not finished.";

/// Say how far the sweeps of a folder are, and how long they will take
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Request {
    /// A folder of runs [default: runs of this workspace]
    #[arg(value_name = "STORE")]
    store: Option<PathBuf>,
}

/// Prints how far they are.
pub fn run(request: &Request, workspace: &Path) -> Result<ExitCode> {
    welt_sweep::print_status(&request.store.clone().unwrap_or_else(|| workspace.join("runs")))
}
