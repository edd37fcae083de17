//! `welt corpora`: published corpora, fetched, split and held against what must be in them.
//! What is done stands in `welt-corpora`; this program converts and counts for it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use welt_corpora::{Defaults, Flags};

use crate::interrupt;

const EXAMPLES: &str = "\
Examples:
  welt corpora --list
      what there is, under what terms, and what to cite
  welt corpora ncbi-disease
      fetch a corpus: corpora/ncbi-disease/train.tsv, dev.tsv and test.tsv
  welt corpora --dry-run --output data
      what would be fetched from where, and where it would go
  welt corpora bc4chemd --accept bc4chemd
      a corpus whose terms are uncertain, accepted by name
  welt corpora --downloads downloads
      without a network, from files that lie in a folder

What is there and right is not fetched again; what was cut off is continued.
Environment: ALL_PROXY, HTTPS_PROXY, HTTP_PROXY, NO_PROXY; SSL_CERT_FILE;
WELT_MIRROR, a URL under which HOST/PATH of every file is asked for instead.
Exit codes: 0 all corpora are there, 1 something is wrong, 2 usage,
3 some cannot be had, 130 Ctrl-C.";

/// Fetch published corpora, make their splits, and check that they hold what they must.
///
/// The tables at the end show them beside the numbers that the WeLT paper prints in its Tables 1 and 11.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct CorporaArguments {
    #[command(flatten)]
    flags: Flags,
}

/// Runs the command.
///
/// # Errors
/// A folder that cannot be read or written, or that another run is writing to; standard output that cannot be written.
pub fn run(arguments: &CorporaArguments, quiet: bool) -> Result<ExitCode> {
    let defaults = Defaults { command: "welt corpora", output: Path::new("corpora"), quiet };
    let welt = || std::env::current_exe().context("finding this program, which converts and counts");
    welt_corpora::run(&arguments.flags, &defaults, &welt, interrupt::listen_for_flag()?)
}
