//! The `welt` program: arguments in, exit codes out.
//! Data goes to standard output; log lines and progress go to standard error.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 only some of what was asked for can be had, 130 interrupted.

mod allocator;
mod allow;
mod annotated;
mod bench;
mod check;
mod compare;
mod convert;
mod corpora;
mod corpus;
mod destination;
mod devices;
mod errors;
mod evaluate;
mod export;
mod fetch;
mod interrupt;
mod model_card;
mod model_place;
mod models;
mod predict;
mod prepared;
mod progress;
mod push;
mod report;
mod run_directory;
mod settings_flags;
mod split;
mod stats;
mod sweep;
mod table;
mod tag_pairs;
mod tensorboard;
mod train;
mod training_run;
mod weights;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use welt_record::COMPUTES;

const EXAMPLES: &str = "\
Examples:
  welt stats train.tsv dev.tsv test.tsv
  welt check train.tsv dev.tsv test.tsv
  welt weights train.tsv
  welt convert train.PubTator --output train.tsv
  welt corpora ncbi-disease
  welt devices
  welt train --train train.tsv --dev dev.tsv --test test.tsv --model biobert --output runs/first
  welt evaluate runs/first/predictions/test.tsv
  welt sweep --init mine.toml --train train.tsv --dev dev.tsv --test test.tsv --model biobert
  welt sweep mine.toml
  echo 'No sign of cystic fibrosis.' | welt predict --model runs/first/model --input text -";

/// The features that this program was built with.
fn features() -> Vec<&'static str> {
    let mut features = welt_device::features();
    features.extend(welt_hub::HAS_NETWORK.then_some("hub"));
    features
}

/// The version, what of the program computes, and the features that it was built with.
fn version() -> String {
    let features = features();
    // Joined operations round in other places; which device there is moves no other number, for runs name theirs.
    let fusion = if features.contains(&"fusion") { "+fusion" } else { "" };
    format!("{} (computes {COMPUTES}{fusion}; {})", env!("CARGO_PKG_VERSION"), features.join(", "))
}

/// Fine-tunes, evaluates and uses biomedical named-entity recognisers, with class weights against imbalance.
#[derive(Parser)]
#[command(name = "welt", version = version(), after_help = EXAMPLES, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Only warnings and errors on standard error, and no progress bar
    #[arg(long, short, global = true)]
    quiet: bool,
}

// What the commands are for stands with their arguments: a doc comment here would hide the longer one there.
#[derive(Subcommand)]
enum Command {
    Train(Box<train::TrainArguments>),
    Sweep(Box<sweep::SweepArguments>),
    Status(sweep::StatusArguments),
    #[command(subcommand, hide = true)]
    SweepTask(welt_sweep::Task),
    Evaluate(Box<evaluate::EvaluateArguments>),
    Compare(Box<compare::CompareArguments>),
    Errors(Box<errors::ErrorsArguments>),
    Report(report::ReportArguments),
    Predict(predict::PredictArguments),
    Export(export::ExportArguments),
    Models(models::ModelsArguments),
    Fetch(fetch::FetchArguments),
    Push(push::PushArguments),
    Convert(Box<convert::ConvertArguments>),
    Corpora(Box<corpora::CorporaArguments>),
    Weights(weights::WeightsArguments),
    Stats(stats::StatsArguments),
    Check(check::CheckArguments),
    Split(split::SplitArguments),
    Bench(bench::BenchArguments),
    Devices(devices::DevicesArguments),
}

/// How results are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn main() -> ExitCode {
    allocator::keep_memory();
    let arguments = Arguments::parse();
    progress::start(arguments.quiet);
    let done = welt_device::guarded(|| run(arguments.command, arguments.quiet));
    match done.unwrap_or_else(|error| Err(devices::advised(&error))) {
        Ok(code) => code,
        Err(_) if interrupt::is_interrupted() && !welt_device::has_failed() => {
            eprintln!("interrupted: nothing was written");
            ExitCode::from(130)
        }
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(usage) => usage.exit(),
            Err(error) => {
                eprintln!("error: {}", message(&error));
                ExitCode::FAILURE
            }
        },
    }
}

fn run(command: Command, quiet: bool) -> anyhow::Result<ExitCode> {
    match command {
        Command::Sweep(arguments) => return sweep::run(&arguments, quiet),
        Command::Status(arguments) => return sweep::print_status(&arguments),
        Command::SweepTask(task) => return task.run(),
        Command::Report(arguments) => return report::run(&arguments),
        Command::Corpora(arguments) => return corpora::run(&arguments, quiet),
        Command::Train(arguments) => train::run(&arguments)?,
        Command::Evaluate(arguments) => evaluate::run(&arguments)?,
        Command::Compare(arguments) => compare::run(&arguments)?,
        Command::Errors(arguments) => errors::run(&arguments)?,
        Command::Predict(arguments) => predict::run(&arguments)?,
        Command::Convert(arguments) => convert::run(&arguments)?,
        Command::Weights(arguments) => weights::run(&arguments)?,
        Command::Stats(arguments) => stats::run(&arguments)?,
        Command::Check(arguments) => check::run(&arguments)?,
        Command::Split(arguments) => split::run(&arguments)?,
        Command::Export(arguments) => export::run(&arguments)?,
        Command::Models(arguments) => models::run(&arguments)?,
        Command::Fetch(arguments) => fetch::run(&arguments)?,
        Command::Push(arguments) => push::run(&arguments)?,
        Command::Bench(arguments) => bench::run(&arguments)?,
        Command::Devices(arguments) => devices::run(&arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// An error and its causes on one line, each cause that says something new.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        let cause = cause.trim();
        if message.is_empty() {
            message.push_str(cause);
        } else if !message.contains(cause) {
            message.push_str(": ");
            message.push_str(cause);
        }
    }
    message
}

/// Whether whoever read standard output has had enough, as `head` has.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let kinds = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind));
    kinds.into_iter().any(|kind| kind == std::io::ErrorKind::BrokenPipe)
}
