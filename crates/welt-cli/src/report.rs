//! `welt report`: whether a method beats plain training on a corpus, from the records of sweeps.
//! Arguments go in; the report of `welt-report` is written where they say, beside no published numbers.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use welt_report::flags::{self, ReportFlags};

const EXAMPLES: &str = "\
Examples:
  welt report                                      the sweep in the folder runs
  welt report runs/mine
  welt report runs/mine runs/yours --output both   several folders in one report
  welt report runs/mine --pack packs/mine
      a copy of all that a report needs, small enough to be kept or sent
  welt report packs/mine                           the same report from the copy

Then open index.html in a browser; how it was computed stands at its end.
Exit codes: 0 all records can be used, 1 there is nothing to report on, 3 some cannot be used.";

/// Say from the records of sweeps whether a method beats plain training
///
/// Tables, plots and one page to read are written into a folder.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArguments {
    #[command(flatten)]
    flags: ReportFlags,
}

pub fn run(arguments: &ReportArguments) -> anyhow::Result<ExitCode> {
    flags::run(&arguments.flags, Path::new("runs"), None)
}
