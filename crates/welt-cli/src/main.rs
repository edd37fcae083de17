//! The `welt` program: arguments in, exit codes out.
//! Data goes to standard output; log lines and progress go to standard error.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 only some of what was asked for can be had, 130 interrupted.

mod allocator;
mod allow;
mod annotated;
mod bench;
mod check;
mod choosing;
mod command_page;
mod compare;
mod completions;
mod convert;
mod corpora;
mod corpus;
mod derived_run;
mod destination;
mod dev_scores;
mod devices;
mod document_pairs;
mod errors;
mod evaluate;
mod export;
mod fetch;
mod foresight;
mod global_flags;
mod interrupt;
mod left_run;
mod log;
mod man;
mod model_card;
mod model_source;
mod models;
mod not_tagged;
mod parts;
mod predict;
mod prepared;
mod progress;
mod push;
mod report;
mod run_checkpoints;
mod run_directory;
mod score_files;
mod serve;
mod settings_flags;
mod shift_flag;
mod show;
mod split;
mod split_files;
mod stats;
mod sweep;
mod table;
mod tag_names;
mod tag_pairs;
mod tagger_flags;
mod tensorboard;
mod train;
mod training_run;
mod tune;
mod unseen_words;
mod weights;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use global_flags::GlobalFlags;
use welt_record::COMPUTES;

const EXAMPLES: &str = "\
Examples:
  welt convert train.PubTator --output train.tsv
  welt check train.tsv dev.tsv test.tsv
  welt weights train.tsv
  welt train --train train.tsv --dev dev.tsv --test test.tsv --model biobert --output runs/first
  welt evaluate runs/first/predictions/test.tsv
  echo 'No sign of cystic fibrosis.' | welt predict --model runs/first/model --from text -
  welt sweep --init mine.toml --train train.tsv --dev dev.tsv --test test.tsv --model biobert
  welt sweep mine.toml

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not all of what was asked for is there, 130 Ctrl-C.
`welt COMMAND --help` says more of a command, `welt COMMAND -h` less.";

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

/// Trains, scores and uses biomedical named-entity recognisers, with class weights against imbalance.
#[derive(Parser)]
#[command(name = "welt", version, long_version = version(), after_help = EXAMPLES, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: GlobalFlags,
}

// What the commands are for stands with their arguments: a doc comment here would hide the longer one there.
// They come in the order in which a user meets them, which is also that of their groups in the help.
#[derive(Subcommand)]
enum Command {
    Convert(Box<convert::ConvertArguments>),
    Show(show::ShowArguments),
    Check(check::CheckArguments),
    Stats(stats::StatsArguments),
    Split(split::SplitArguments),
    Weights(weights::WeightsArguments),
    Corpora(Box<corpora::CorporaArguments>),
    Train(Box<train::TrainArguments>),
    Sweep(Box<sweep::SweepArguments>),
    Status(sweep::StatusArguments),
    Report(report::ReportArguments),
    #[command(subcommand, hide = true)]
    SweepTask(welt_sweep::Task),
    Evaluate(Box<evaluate::EvaluateArguments>),
    Compare(Box<compare::CompareArguments>),
    Errors(Box<errors::ErrorsArguments>),
    Predict(Box<predict::PredictArguments>),
    #[command(subcommand, hide = true)]
    PredictTask(predict::Task),
    Serve(Box<serve::ServeArguments>),
    Tune(Box<tune::TuneArguments>),
    Export(export::ExportArguments),
    Models(models::ModelsArguments),
    Fetch(fetch::FetchArguments),
    Push(push::PushArguments),
    Devices(devices::DevicesArguments),
    Bench(bench::BenchArguments),
    Completions(completions::CompletionsArguments),
    Man(man::ManArguments),
}

/// How results are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The exit code of a command line that makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    allocator::keep_memory();
    global_flags::choose_colours(std::env::args_os());
    let Arguments { command, global } = parse();
    let set_up = || global.set_up().and_then(|()| welt_process::report_file_size_limits());
    let done = set_up().and_then(|()| {
        welt_device::guarded(|| run(command, &global)).unwrap_or_else(|error| Err(devices::advised(&error)))
    });
    match done {
        Ok(code) => code,
        Err(error) if error.is::<left_run::Paused>() => {
            eprintln!("{error}");
            ExitCode::from(130)
        }
        Err(_) if interrupt::is_interrupted() && !welt_device::has_failed() => {
            eprintln!("interrupted: {}", destination::what_stays().as_deref().unwrap_or("nothing was written"));
            ExitCode::from(130)
        }
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(usage) => {
                // Without the program's flags clap does not colour it.
                let said = usage.to_string();
                log::error(said.trim_start_matches("error: ").trim_end());
                ExitCode::from(USAGE)
            }
            Err(error) => {
                log::error(&message(&error));
                ExitCode::FAILURE
            }
        },
    }
}

/// All commands and flags, as they are read, shown and completed.
fn command() -> clap::Command {
    command_page::grouped(Arguments::command())
}

fn parse() -> Arguments {
    let mut command = command();
    let parsed = command.try_get_matches_from_mut(std::env::args_os());
    let parsed = parsed.and_then(|matches| Arguments::from_arg_matches(&matches));
    let error = match parsed {
        Ok(arguments) => return arguments,
        Err(error) => error.format(&mut command),
    };
    let holds_more =
        |argument: OsString| argument.to_str().is_none_or(|text| text.chars().any(welt_terminal::is_active));
    if !error.use_stderr() || !std::env::args_os().any(holds_more) {
        error.exit();
    }
    // clap repeats what was typed as it is, and does not say where it is no text.
    let said = match not_text(std::env::args_os()) {
        Some(said) if error.kind() == ErrorKind::InvalidUtf8 => said,
        _ => error.to_string(),
    };
    log::error(said.trim_start_matches("error: ").trim_end());
    std::process::exit(i32::from(USAGE))
}

/// Which argument holds bytes that are no text, with the flag before it.
fn not_text(arguments: impl Iterator<Item = OsString>) -> Option<String> {
    let mut flag = None;
    for argument in arguments.skip(1) {
        match argument.to_str() {
            Some(text) => flag = text.starts_with("--").then(|| text.to_owned()),
            None => {
                let shown = argument.to_string_lossy().into_owned();
                let named =
                    flag.or_else(|| Some(shown.split_once('=')?.0.to_owned()).filter(|_| shown.starts_with("--")));
                let of_flag = named.map(|flag| format!("{flag}: ")).unwrap_or_default();
                return Some(format!("{of_flag}`{shown}` holds bytes that are not UTF-8, expected a text"));
            }
        }
    }
    None
}

fn run(command: Command, global: &GlobalFlags) -> anyhow::Result<ExitCode> {
    match command {
        Command::Sweep(arguments) => return sweep::run(&arguments, global),
        Command::Status(arguments) => return sweep::print_status(&arguments),
        Command::SweepTask(task) => return task.run(),
        Command::Predict(arguments) => return predict::run(&arguments),
        Command::PredictTask(task) => return task.run(),
        Command::Show(arguments) => show::run(&arguments)?,
        Command::Report(arguments) => return report::run(&arguments),
        Command::Corpora(arguments) => return corpora::run(&arguments, global.quiet),
        Command::Train(arguments) => train::run(&arguments, global.quiet)?,
        Command::Evaluate(arguments) => evaluate::run(&arguments)?,
        Command::Compare(arguments) => compare::run(&arguments)?,
        Command::Errors(arguments) => errors::run(&arguments)?,
        Command::Tune(arguments) => tune::run(&arguments)?,
        Command::Convert(arguments) => convert::run(&arguments)?,
        Command::Weights(arguments) => weights::run(&arguments)?,
        Command::Stats(arguments) => stats::run(&arguments)?,
        Command::Check(arguments) => check::run(&arguments)?,
        Command::Split(arguments) => split::run(&arguments)?,
        Command::Serve(arguments) => serve::run(&arguments)?,
        Command::Export(arguments) => export::run(&arguments)?,
        Command::Models(arguments) => models::run(&arguments)?,
        Command::Fetch(arguments) => fetch::run(&arguments)?,
        Command::Push(arguments) => push::run(&arguments)?,
        Command::Bench(arguments) => bench::run(&arguments)?,
        Command::Devices(arguments) => devices::run(&arguments)?,
        Command::Completions(arguments) => completions::run(&arguments)?,
        Command::Man(arguments) => man::run(&arguments)?,
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
