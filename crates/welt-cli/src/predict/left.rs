//! What makes two runs of `welt predict` write the same bytes, and how far one was that came to no end.
//! Options and a model's folder go in; a line for the journal of an output, and what an earlier run left there, come out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use welt_data::ledger::Ledger;
use welt_files::model_folder::{settings_files, weights_files};
use welt_files::{GrowingFolder, Hasher, sha256};
use welt_settings::Precision;
use welt_tagger::{Counts, Decoding};

use crate::destination::{self, Destination};
use crate::unseen_words::UnseenWords;

/// Everything that moves a byte of an output but what is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    /// The program, with the digest of what of it computes.
    pub program: String,
    /// What the model is called in what is written, where it is.
    pub model: Option<String>,
    /// The SHA-256 of the files of the model, by their names.
    pub model_files: BTreeMap<String, String>,
    /// The kind of device.
    pub device: String,
    /// The dtype of matrix products.
    pub precision: Precision,
    /// Sub-words of the longest window, where they were named.
    pub max_length: Option<usize>,
    /// Sub-words that only inform.
    pub window_context: usize,
    /// Sub-words of a forward pass.
    pub batch_sub_words: usize,
    /// How labels follow from scores.
    pub decoding: Decoding,
    /// What is written.
    pub to: String,
    /// What becomes of annotations that were there.
    pub annotations: String,
}

/// How far a run is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// Documents, or sentences where these are what is read, that are written.
    pub done: usize,
    /// The SHA-256 of what was read of them.
    pub read: String,
    /// What was read and found.
    pub counts: Counts,
    /// Entities by their types.
    pub types: BTreeMap<String, usize>,
    /// What the format that is written does not hold.
    pub unwritten: Option<Ledger>,
    /// Words that the model cannot see, where sentences are read.
    pub unseen: UnseenWords,
    /// How long it took, in all processes.
    pub seconds: f64,
    /// How many runs of the program there were.
    pub runs: usize,
}

/// A run under way.
pub struct Run {
    pub state: State,
    /// Seconds of the runs before.
    before: f64,
    /// What was read of what is written.
    pub read: Hasher,
}

impl Run {
    /// One that goes on with what an earlier run left, of which `read` was read.
    pub fn new(left: Option<State>, read: Hasher) -> Self {
        let before = left.as_ref().map_or(0.0, |left| left.seconds);
        let state = left.unwrap_or_default();
        Self { state: State { runs: state.runs + 1, ..state }, before, read }
    }

    /// Writes into its state what was read and how long it took, so many seconds of them in this run.
    pub fn note(&mut self, seconds: f64) {
        self.state.read = self.read.clone().digits();
        self.state.seconds = self.before + seconds;
    }
}

/// The files of a model that move its answers, with their digests: its weights, and those that say how it and its tokenizer are built.
///
/// # Errors
/// A file that cannot be read.
pub fn model_files(folder: &Path) -> Result<BTreeMap<String, String>> {
    let settings = settings_files().map(|name| folder.join(name)).filter(|path| path.is_file());
    let files: Vec<PathBuf> = settings.chain(weights_files(folder)?).collect();
    let digest = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name, sha256(path)?))
    };
    files.par_iter().map(digest).collect()
}

/// Opens an output, to go on behind what an earlier run wrote of it where `resume` says so and there is something.
///
/// # Errors
/// A path that cannot be written; something that an earlier run left and that is not to be gone on with, or cannot be.
pub fn open(path: &Path, heading: &Heading, resume: bool) -> Result<(Destination, Option<State>)> {
    let Some(claim) = Destination::claim(path, "--output")? else {
        if resume {
            bail!("--resume goes on with a file, and {} is none: name one with --output", shown(path));
        }
        return Ok((Destination::file(path, "--output")?, None));
    };
    let text = text(heading)?;
    match to_go_on_with((path, claim.partial()), claim.left(), (&text, resume))? {
        None => Ok((Destination::growing(path, claim.begin(&text)?), None)),
        Some(state) => Ok((Destination::growing(path, claim.go_on()?), Some(state))),
    }
}

/// The same for a folder of files.
///
/// # Errors
/// As for [`open`].
pub fn open_folder(path: &Path, heading: &Heading, resume: bool) -> Result<(GrowingFolder, Option<State>)> {
    let claim = destination::claim_folder(path)?;
    let text = text(heading)?;
    match to_go_on_with((path, claim.partial()), claim.left(), (&text, resume))? {
        None => Ok((claim.begin(&text)?, None)),
        Some(state) => Ok((claim.go_on()?, Some(state))),
    }
}

/// How far an earlier run was that wrote `partial`, of which it `left` a heading and a state, where there is one to go on with.
///
/// # Errors
/// One that is not to be gone on with, or cannot be.
fn to_go_on_with(
    (path, partial): (&Path, &Path),
    left: Option<(&str, &str)>,
    (heading, resume): (&str, bool),
) -> Result<Option<State>> {
    let partial = partial.display();
    let Some((left, state)) = left else { return Ok(None) };
    let state: State = serde_json::from_str(state)
        .with_context(|| format!("{partial} was left by another version of welt: remove it to begin anew"))?;
    if !resume {
        bail!(
            "{partial} holds what an earlier run wrote of {}: go on with it by adding --resume, or remove it to begin anew",
            path.display()
        );
    }
    let differences = differences(left, heading);
    if !differences.is_empty() {
        bail!(
            "{partial} was made with another {}: go on with the same, remove it to begin anew, or name another file with --output",
            differences.join(", ")
        );
    }
    Ok(Some(state))
}

/// A heading as a line.
///
/// # Errors
/// None that is known.
pub fn text(heading: &Heading) -> Result<String> {
    serde_json::to_string(heading).context("writing down the settings")
}

/// The names of what differs between two headings.
pub fn differences(one: &str, other: &str) -> Vec<String> {
    let fields = |text: &str| match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (one, other) = (fields(one), fields(other));
    let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
    names.filter(|name| one.get(*name) != other.get(*name)).map(|name| name.replace('_', " ")).collect()
}

/// Makes sure that what is read begins with what an earlier run read.
///
/// # Errors
/// Something else, or less.
pub fn refuse_other_input(state: &State, (read, found): (usize, &Hasher), output: &Path) -> Result<()> {
    if read == state.done && found.clone().digits() == state.read {
        return Ok(());
    }
    bail!(
        "what is read is not what {}.partial was made of, of which {} were tagged: name the same files in the same order, or remove it to \
         begin anew",
        output.display(),
        state.done
    )
}

fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard output".to_owned() } else { path.display().to_string() }
}
