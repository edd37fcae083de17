//! What an earlier process left of a run: whether it is the same run, how far it is, and how to go on with it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::Value;
use welt_files::NewFolder;
use welt_record::Record;
use welt_settings::Settings;

use crate::run_checkpoints::{self, Found};

/// The settings of a run, in its folder.
pub const CONFIG: &str = "config.json";

/// What was left.
pub enum Left {
    /// Nothing that could be gone on with.
    Nothing,
    /// A checkpoint.
    Checkpoint(Box<Found>),
    /// All of the run, but for its name.
    Whole(Box<Record>),
}

/// A run that was asked to end, and that can be gone on with.
#[derive(Debug)]
pub struct Paused {
    /// Steps that were taken.
    pub step: usize,
    /// Steps of the whole run.
    pub total_steps: usize,
    /// The folder.
    pub partial: PathBuf,
}

impl fmt::Display for Paused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, total_steps, partial } = self;
        write!(f, "interrupted after step {step} of {total_steps}; go on with {}", command(partial))
    }
}

impl std::error::Error for Paused {}

/// The command that goes on with a run.
pub fn command(partial: &Path) -> String {
    let shown = partial.display().to_string();
    let is_plain = shown.chars().all(|letter| letter.is_alphanumeric() || "/._-+=:@%".contains(letter));
    if is_plain { format!("`welt train --resume {shown}`") } else { format!("`welt train --resume '{shown}'`") }
}

/// What the folder of a run says of itself until the run is complete.
pub fn mark(output: &Path) -> String {
    let partial = NewFolder::partial_of(output).unwrap_or_else(|_| output.to_owned());
    format!(
        "This run of `welt train` has not come to its end, or is under way.\nGo on with it: {}\n\
         The same command that began it goes on with it too. Remove the folder to begin anew.\n",
        command(&partial).trim_matches('`')
    )
}

/// The folder of a run that `--resume` names, by its partial name or the one that it is to have.
///
/// # Errors
/// A folder that is no unfinished run.
pub fn output_of(named: &Path) -> Result<PathBuf> {
    let name = named.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let output = name.strip_suffix(".partial").map_or_else(|| named.to_owned(), |name| named.with_file_name(name));
    let partial = NewFolder::partial_of(&output)?;
    if partial.join(CONFIG).is_file() {
        return Ok(output);
    }
    if output.join(Record::FILE).is_file() {
        bail!("{} is complete: there is nothing to go on with", output.display());
    }
    bail!("{}: expected the folder of an unfinished run, NAME.partial with {CONFIG} in it", named.display());
}

/// Makes sure that an unfinished run that lies where this one is to be written is the same.
///
/// # Errors
/// Another run.
pub fn refuse_other(output: &Path, settings: &Settings) -> Result<()> {
    let partial = NewFolder::partial_of(output)?;
    let Some(left) = settings_of(&partial) else { return Ok(()) };
    let names = differences(&left, settings);
    if names.is_empty() {
        return Ok(());
    }
    bail!(
        "{} is an unfinished run with another {}: go on with it by {}, remove it, or name another directory with --output",
        partial.display(),
        names.join(", "),
        command(&partial)
    )
}

/// Finds what there is to go on with in the locked folder of a run.
///
/// # Errors
/// Another run, or one of another program or of files that have changed since.
pub fn find(folder: &NewFolder, settings: &Settings, identity: &str) -> Result<Left> {
    let partial = folder.partial();
    if !folder.is_left_over() || settings_of(partial).is_none() {
        return Ok(Left::Nothing);
    }
    refuse_other(folder.path(), settings)?;
    if let Ok(record) = Record::of_run(partial) {
        return Ok(Left::Whole(Box::new(record)));
    }
    let Some(found) = run_checkpoints::newest(partial)? else { return Ok(Left::Nothing) };
    if found.beside.identity != identity {
        bail!(
            "{} was begun by another version of welt, or on files that have changed since: remove it to begin anew, or name \
             another directory with --output",
            partial.display()
        );
    }
    Ok(Left::Checkpoint(Box::new(found)))
}

/// The settings in the folder of a run; none where they were not written to their end.
fn settings_of(partial: &Path) -> Option<Settings> {
    serde_json::from_str(&fs::read_to_string(partial.join(CONFIG)).ok()?).ok()
}

/// The names of settings in which two runs differ; how often they are written down is none.
pub fn differences(one: &Settings, other: &Settings) -> Vec<String> {
    let names = |settings: &Settings| -> Vec<(String, Value)> {
        let Ok(Value::Object(all)) = serde_json::to_value(settings) else { return Vec::new() };
        let (nested, plain): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| name == "training");
        let nested = nested.into_iter().filter_map(|(_, value)| match value {
            Value::Object(inner) => Some(inner),
            _ => None,
        });
        plain.into_iter().filter(|(name, _)| name != "checkpoint_every").chain(nested.flatten()).collect()
    };
    let (one, other) = (names(one), names(other));
    let differ = |(name, value): &&(String, Value)| !other.iter().any(|(theirs, of)| theirs == name && of == value);
    let missing = other.iter().filter(|(name, _)| !one.iter().any(|(theirs, _)| theirs == name));
    one.iter().filter(differ).chain(missing).map(|(name, _)| name.clone()).collect()
}
