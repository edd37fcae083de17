//! The command line: flags go in, an exit code comes out.
//! Tables go to standard output, all else to standard error.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};

use crate::built_in::{built_in, named};
use crate::flags::Flags;
use crate::listing::{list, plan};
use crate::mirror::shortest_place;
use crate::network::{CAN_FETCH, NO_NETWORK};
use crate::obtain::obtain;
use crate::outcome::State;
use crate::overview::{Form, Rows, reasons, render};
use crate::settings::{Files, Settings};
use crate::workshop::Origin;

/// What the program that has the flags decides.
#[derive(Debug, Clone, Copy)]
pub struct Defaults<'a> {
    /// How the user calls it, as in `welt corpora`.
    pub command: &'a str,
    /// The folder of corpora where the user names none.
    pub output: &'a Path,
    /// Whether nothing is said of what goes well.
    pub quiet: bool,
}

/// A name that does not exist.
const USAGE: u8 = 2;
/// Some corpora cannot be had.
const PARTIAL: u8 = 3;
/// Ended by Ctrl-C, as a shell says it.
const INTERRUPTED: u8 = 130;

/// Lists, foretells, or obtains and shows the corpora that are asked for. `welt` gives the program that converts and counts,
/// and is asked only if there is something to convert or to count. Whoever sets `stop` ends it.
///
/// The exit code is 0 if all corpora are there, 1 if something is wrong, 2 for a name that no corpus has, 3 if some corpora
/// cannot be had, and 130 after `stop`.
///
/// # Errors
/// As [`obtain`]; standard output that cannot be written.
pub fn run(
    flags: &Flags,
    defaults: &Defaults,
    welt: &dyn Fn() -> Result<PathBuf>,
    stop: &'static AtomicBool,
) -> Result<ExitCode> {
    let all = built_in()?;
    let chosen = named(&all, &flags.accept).and_then(|_| named(&all, &flags.names));
    let chosen = match chosen {
        Ok(chosen) => chosen,
        Err(error) => {
            eprintln!("error: {error:#}");
            return Ok(ExitCode::from(USAGE));
        }
    };
    if flags.list {
        write(&list(&chosen))?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = flags.settings(defaults.command, defaults.output, defaults.quiet);
    if flags.dry_run {
        write(&plan(&chosen, &settings, &Origin::open(&settings.files, stop)?))?;
        if !CAN_FETCH && matches!(settings.files, Files::Servers { .. }) {
            eprintln!("warning: {NO_NETWORK}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let outcomes = obtain(&settings, &chosen, welt, stop)?;
    write(&render(flags.format, &outcomes))?;
    Ok(end(flags.format, &settings, &outcomes))
}

fn write(text: &str) -> Result<()> {
    stdout().write_all(text.as_bytes()).context("standard output")
}

/// Says on standard error what is lacking and what to do; gives the exit code.
fn end(form: Form, settings: &Settings, rows: &Rows) -> ExitCode {
    let has = |wanted: fn(&State) -> bool| rows.iter().any(|(_, outcome)| wanted(&outcome.state));
    if has(|state| *state == State::Stopped) {
        eprintln!("stopped; run the same command again to go on");
        return ExitCode::from(INTERRUPTED);
    }
    if matches!(form, Form::Json | Form::Csv) {
        eprint!("{}", reasons(rows));
    }
    let is_missing = has(|state| matches!(state, State::Missing(_)));
    if is_missing {
        eprint!("{}", by_hand(rows, &settings.accepted));
    }
    if has(|state| matches!(state, State::Differs(_) | State::Failed(_))) {
        return ExitCode::from(1);
    }
    if is_missing {
        return ExitCode::from(PARTIAL);
    }
    if !settings.quiet {
        eprintln!("all corpora are in {}", settings.output.display());
    }
    ExitCode::SUCCESS
}

/// How to provide what could not be had, terms aside.
fn by_hand(rows: &Rows, accepted: &[String]) -> String {
    let mut text = String::new();
    for (manifest, outcome) in rows {
        let needs_consent = manifest.terms.accept && !accepted.contains(&manifest.name);
        let (State::Missing(_), Some(source), false) = (&outcome.state, manifest.sources.first(), needs_consent) else {
            continue;
        };
        let mut seen = BTreeSet::new();
        for file in source.files.iter().filter(|file| seen.insert(&file.url)) {
            let folder = shortest_place(&manifest.name, source.format, file);
            let _ = writeln!(text, "  {} as DIR/{}", file.url, folder.display());
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("To provide what is missing by hand, save these files in any folder DIR and add --downloads DIR:\n{text}")
}
