//! The command of a report, which `welt report` and `cargo xtask report` share.
//! Arguments go in and become plain settings; what was written is said on standard output, what cannot be used on
//! standard error. Which folder is read by default, and which published numbers stand beside ours, the program says.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{Packed, Published, ReportSettings, Unit, Unusable, Written, pack, report};

/// The exit code where some records cannot be used.
pub const PARTIAL: u8 = 3;

/// Which records make a report, and where it goes.
#[derive(Debug, Clone, Args)]
pub struct ReportFlags {
    /// Folders of sweeps, or packs of them [default: runs]
    #[arg(value_name = "STORE")]
    stores: Vec<PathBuf>,
    /// Where the report goes [default: report in the first folder]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write no report, but a small copy of the records that one can be made of
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pack: Option<PathBuf>,
    /// What tests and intervals take for independent; documents are known where the test files have -DOCSTART- lines
    #[arg(long, value_name = "UNITS", default_value = "sentences")]
    units: UnitName,
}

/// What tests and intervals take for independent, as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UnitName {
    Sentences,
    Documents,
}

impl ReportFlags {
    fn stores(&self, default_store: &Path) -> Vec<PathBuf> {
        if self.stores.is_empty() { vec![default_store.to_owned()] } else { self.stores.clone() }
    }

    fn settings(&self, default_store: &Path) -> ReportSettings {
        let stores = self.stores(default_store);
        let output = self.output.clone().unwrap_or_else(|| stores[0].join("report"));
        let units = match self.units {
            UnitName::Sentences => Unit::Sentences,
            UnitName::Documents => Unit::Documents,
        };
        ReportSettings { stores, output, units }
    }
}

/// Reads the records, writes what is asked for, and says so.
///
/// # Errors
/// Folders without plans, and files that cannot be read or written.
pub fn run(flags: &ReportFlags, default_store: &Path, published: Option<&Published>) -> Result<ExitCode> {
    if let Some(folder) = &flags.pack {
        let Packed { n_runs, n_finished, unusable } = pack(&flags.stores(default_store), folder)?;
        writeln!(stdout(), "packed {n_runs} runs, {n_finished} with a result, into {}", folder.display())?;
        return Ok(end(&unusable));
    }
    let Written { page, answers, summary, unusable } = report(&flags.settings(default_store), published)?;
    let said = [answers, summary].concat().join("\n");
    writeln!(stdout(), "{said}\nthe report is in {}", page.display())?;
    Ok(end(&unusable))
}

/// Writes the report on one folder of runs into it, and names the records that cannot be used: what a sweep does at its
/// end.
///
/// # Errors
/// A folder without plans, and files that cannot be read or written.
pub fn write(store: &Path, published: Option<&Published>) -> Result<Written> {
    let written = report(&ReportSettings::of_store(store), published)?;
    end(&written.unusable);
    Ok(written)
}

/// Names the records that cannot be used. The exit code tells whether there are any.
fn end(unusable: &[Unusable]) -> ExitCode {
    for run in unusable {
        eprintln!("{run}");
    }
    if unusable.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) }
}
