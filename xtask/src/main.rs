//! The chores of the repository, as `cargo xtask COMMAND`.
//! Arguments go in; each command is a module of its own.

mod audit;
mod backends;
mod bench;
mod cargo;
mod ci;
mod circles;
mod datasets;
mod memory;
mod program;
mod python;
mod report;
mod reproduce;
mod sample;
mod status;
mod steps;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The chores of the repository
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Reproduce(Box<reproduce::Request>),
    Report(report::Request),
    Status(status::Request),
    #[command(subcommand, hide = true)]
    SweepTask(welt_sweep::Task),
    Audit(audit::Request),
    Datasets(Box<datasets::Request>),
    /// Write the sample corpus and encoder into datasets/sample
    #[command(after_help = "Examples:\n  cargo xtask sample          after a change of the grammar\n  \
                            cargo xtask sample --check  fail if a file is not what the grammar gives")]
    Sample {
        /// Write nothing, fail if a file is not the one that would be written
        #[arg(long)]
        check: bool,
    },
    /// Check crate edges, manifests, names and files against the design
    #[command(after_help = "Examples:\n  cargo xtask tidy                   everything\n  \
                            cargo xtask tidy --edges welt-eval  what to cut in the circles of a crate")]
    Tidy {
        /// Print only the edges inside the circles of files of this crate
        #[arg(long, value_name = "CRATE")]
        edges: Option<String>,
    },
    Ci(ci::Request),
    Bench(bench::Request),
    Steps(steps::Request),
    CheckBackends(backends::Request),
    Python(python::Request),
}

fn main() -> ExitCode {
    let workspace = workspace_root();
    match run(&Arguments::parse().command, &workspace) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command, workspace: &Path) -> Result<ExitCode> {
    match command {
        Command::Reproduce(request) => return reproduce::run(request, workspace),
        Command::Report(request) => return report::run(request, workspace),
        Command::Status(request) => return status::run(request, workspace),
        Command::SweepTask(task) => return task.run(),
        Command::Datasets(request) => return datasets::run(request, workspace),
        Command::Audit(request) => audit::run(request, workspace)?,
        Command::Sample { check } => sample::run(&workspace.join("datasets/sample"), *check)?,
        Command::Tidy { edges: Some(name) } => circles::print_edges(&tidy::folder_of(name, workspace))?,
        Command::Tidy { edges: None } => tidy::run(workspace)?,
        Command::Ci(request) => ci::run(request, workspace)?,
        Command::Bench(request) => bench::run(request, workspace)?,
        Command::Steps(request) => steps::run(request, workspace)?,
        Command::CheckBackends(request) => backends::run(request, workspace)?,
        Command::Python(request) => python::run(request, workspace)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The root of the workspace: the folder above this crate's, which cargo names when it runs or builds it.
fn workspace_root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    match here.parent() {
        // Shorter to read in messages.
        Some(root) if std::env::current_dir().is_ok_and(|current| current == root) => PathBuf::from("."),
        Some(root) => root.to_owned(),
        None => here,
    }
}
