//! The flags that every command takes: how much is said, in which colours, and on how many threads.
//! Arguments go in; colours, log lines and threads are set up once, before a command begins.

use std::ffi::OsString;

use anyhow::{Context, Result};
use clap::error::ErrorKind;
use clap::{ArgAction, Args, ColorChoice, ValueEnum};

use crate::log::{self, Saying};

/// The flags, under a heading of their own in the help of every command.
#[derive(Args)]
#[command(next_help_heading = "Flags of all commands")]
pub struct GlobalFlags {
    /// Only warnings and errors on standard error, and no progress bar
    #[arg(long, short, global = true, display_order = 1000)]
    pub quiet: bool,
    /// Say more on standard error: what was found and guessed; twice also what libraries do
    #[arg(long, short, global = true, display_order = 1001, action = ArgAction::Count)]
    verbose: u8,
    /// Threads that compute; a sweep shares them among its runs [default: RAYON_NUM_THREADS, or one a core]
    #[arg(long, global = true, display_order = 1002, value_name = "N", value_parser = at_least_one)]
    pub threads: Option<usize>,
    /// When to colour; NO_COLOR, CLICOLOR and CLICOLOR_FORCE are heeded where it is auto
    #[arg(long, global = true, display_order = 1003, value_name = "WHEN", value_enum, default_value = "auto")]
    color: ColorChoice,
}

impl GlobalFlags {
    /// Sends log lines where they are wanted, and starts the threads.
    ///
    /// # Errors
    /// Flags that contradict each other, threads that the system does not give.
    pub fn set_up(&self) -> Result<()> {
        // Neither sees the other where one stands before the command and one behind it.
        if self.quiet && self.verbose > 0 {
            let message = "--quiet and --verbose contradict each other: leave one of them out\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message).into());
        }
        log::start(match (self.quiet, self.verbose) {
            (true, _) => Saying::Warnings,
            (false, 0) => Saying::Progress,
            (false, 1) => Saying::Details,
            (false, _) => Saying::Everything,
        });
        let Some(threads) = self.threads else { return Ok(()) };
        let started = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        started.with_context(|| format!("--threads {threads}: they cannot be started"))
    }
}

/// Settles the colours by `--color`, before the first error of a command line is shown.
pub fn choose_colours(arguments: impl Iterator<Item = OsString>) {
    let mut chosen = ColorChoice::Auto;
    let mut arguments = arguments.skip(1).take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        let Some(argument) = argument.to_str() else { continue };
        let value = match argument.split_once('=') {
            Some(("--color", value)) => Some(value.to_owned()),
            None if argument == "--color" => arguments.next().and_then(|value| value.into_string().ok()),
            _ => None,
        };
        // What is no choice is refused when all arguments are read.
        chosen = value.and_then(|value| ColorChoice::from_str(&value, true).ok()).unwrap_or(chosen);
    }
    match chosen {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// A whole number above 0.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&number| number > 0).ok_or_else(|| "expected a whole number above 0".to_owned())
}
