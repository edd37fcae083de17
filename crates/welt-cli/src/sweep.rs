//! `welt sweep` and `welt status`: which methods help on a corpus, by many runs of this program.
//! Arguments in, plain settings out to `welt-sweep`, which plans and runs; the report on them is that of `welt report`.

mod init;

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use welt_report::{Written, flags};
use welt_sweep::{Source, SweepFlags, Welt};

use crate::destination::ForPeople;
use crate::global_flags::GlobalFlags;
use crate::model_source;
use init::InitFlags;

const EXAMPLES: &str = "\
Examples:
  welt sweep --init mine.toml --train train.tsv --dev dev.tsv --test test.tsv --model biobert
      write a grid with comments: six methods, five seeds
  welt sweep --init mine.toml --documents brat/ --model biobert
      the same from documents, which become words and tags and are split 80,10,10
  welt sweep mine.toml --dry-run
      what there is to run, what would keep it from running, and how long it takes here
  welt sweep mine.toml
      run it, and write the table and the report
  welt sweep mine.toml --methods vanilla,welt --seeds 1,2,3 --budget 8h
      a part of it, for eight hours
  welt sweep mine.toml --device cuda:0,cuda:1 --jobs-per-device 2
      two runs at a time on each of two graphics cards
  welt sweep mine.toml --device cuda --launcher slurm --sbatch partition=gpu --sbatch account=me
      as jobs of a cluster; the same command later goes on watching them

Run it again to go on: finished runs are skipped, failed ones are tried again.
Exit codes: 0 all runs have a result, 1 the sweep could not start, 2 usage,
3 some runs have none (with --dry-run: something keeps runs from being made), 130 Ctrl-C.";

/// Compare methods against imbalance on a corpus, each trained with several seeds
///
/// The report at the end says which methods differ from plain training by more than chance.
/// A grid file says which corpora, encoders, methods and seeds; --init writes one.
/// Each run is a process of its own with a folder in --output; runs.csv, table.md and the report are made of their records.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct SweepArguments {
    /// The grid file
    #[arg(value_name = "GRID", required_unless_present = "init", conflicts_with = "init")]
    grid: Option<PathBuf>,
    #[command(flatten)]
    init: InitFlags,
    #[command(flatten)]
    flags: SweepFlags,
}

const STATUS_EXAMPLES: &str = "\
Examples:
  welt status               what welt sweep has in runs/
  welt status runs/mine

Exit codes: 0 all runs are finished, 1 there is nothing to tell of, 3 some are not finished.";

/// Say how far the sweeps of a folder are, and how long they will take
#[derive(Args)]
#[command(after_help = STATUS_EXAMPLES)]
pub struct StatusArguments {
    /// The folder of runs
    #[arg(value_name = "STORE", default_value = RUNS)]
    store: PathBuf,
}

/// Where runs go, from the folder that the program is run in.
pub const RUNS: &str = "runs";

/// Runs the command.
///
/// # Errors
/// A grid that cannot be read, written or run.
pub fn run(arguments: &SweepArguments, global: &GlobalFlags) -> Result<ExitCode> {
    let Some(grid) = &arguments.grid else {
        return arguments
            .init
            .write(&arguments.flags.model, arguments.flags.methods(), global.quiet)
            .map(|()| ExitCode::SUCCESS);
    };
    let asked = arguments.flags.asked(&source(grid, global))?;
    let welt = Welt::at(&std::env::current_exe().context("finding this program")?)?;
    if arguments.flags.dry_run {
        return welt_sweep::dry_run(&asked, &welt);
    }
    welt_sweep::run(&asked, &welt, &report)
}

/// Writes the report on a folder of runs, prints whether a method helps, and says where its page is.
fn report(store: &Path) -> Result<PathBuf> {
    let Written { page, answers, .. } = flags::write(store, None)?;
    for answer in answers {
        writeln!(ForPeople(&mut stdout()), "{answer}")?;
    }
    Ok(page)
}

/// Says how far the sweeps of a folder are.
///
/// # Errors
/// A folder in which no sweep was started.
pub fn print_status(arguments: &StatusArguments) -> Result<ExitCode> {
    welt_sweep::print_status(&arguments.store)
}

/// A grid file whose corpora lie beside it and whose encoders are found as `welt train` finds them.
fn source(grid: &Path, global: &GlobalFlags) -> Source {
    Source {
        grid: grid.to_owned(),
        output: PathBuf::from(RUNS),
        corpora: None,
        checkpoints: None,
        find_model: Some(|name| Ok(model_source::find(Path::new(name))?.folder)),
        jobs_per_device: 1,
        threads: global.threads,
        is_quiet: global.quiet,
    }
}
