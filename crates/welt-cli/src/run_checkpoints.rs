//! Checkpoints of a run in its folder: all that is needed to go on, as of some step.
//!
//! ```text
//! NAME.partial/checkpoints/000007/    what `welt-train` saved, and checkpoint.json
//! ```
//!
//! Each is written beside its name, handed to the disk and renamed. The one before stays until the next is whole: at any
//! moment at least one that was whole is there, and never more than two.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_files::NewFolder;
use welt_settings::CheckpointEvery;
use welt_train::{Moment, Run};

use crate::run_directory::{RunDirectory, Written};

/// The folder of the checkpoints in the folder of a run.
const FOLDER: &str = "checkpoints";

/// What a checkpoint says of itself.
const FILE: &str = "checkpoint.json";

/// Checkpoints that are kept.
pub const KEPT: usize = 2;

/// How old the last checkpoint is when another is written after an epoch.
const AFTER_AN_EPOCH: Duration = Duration::from_secs(60);

/// What of a run is neither tensors nor its position.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beside {
    /// What the run is one of: settings, sentences, files of the model, program.
    pub identity: String,
    /// The step.
    pub step: usize,
    /// Steps of the whole run.
    pub total_steps: usize,
    /// How far the files that grow were.
    pub written: Written,
    /// How long the run had taken.
    pub elapsed: Elapsed,
}

/// How long a run took, all its processes together.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Elapsed {
    /// Seconds from its start.
    pub seconds: f64,
    /// Processor seconds of training.
    pub cpu_seconds: f64,
}

/// `checkpoint.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Described {
    format: u32,
    #[serde(flatten)]
    beside: Beside,
    /// Bytes and checksum of every other file.
    files: BTreeMap<String, (u64, u32)>,
}

/// The newest format.
const FORMAT: u32 = 1;

/// A checkpoint that is whole.
#[derive(Debug)]
pub struct Found {
    /// Where it lies.
    pub folder: PathBuf,
    /// What it says.
    pub beside: Beside,
}

/// Decides when checkpoints are written, and writes them.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    every: CheckpointEvery,
    identity: String,
    last: Instant,
}

impl Checkpoints {
    /// Those of a run whose folder is at `partial`.
    pub fn new(partial: &Path, every: CheckpointEvery, identity: String) -> Self {
        Self { folder: partial.join(FOLDER), every, identity, last: Instant::now() }
    }

    /// Whether one is due.
    pub fn is_due(&self, run: &Run, moment: Moment) -> bool {
        let age = self.last.elapsed();
        let ends_epoch = moment == Moment::Epoch;
        match self.every {
            CheckpointEvery::Never => false,
            CheckpointEvery::Steps(number) => ends_epoch || run.steps_taken().is_multiple_of(number),
            CheckpointEvery::Minutes(number) => {
                age >= Duration::from_secs(60).saturating_mul(u32::try_from(number).unwrap_or(u32::MAX))
                    || ends_epoch && age >= AFTER_AN_EPOCH
            }
        }
    }

    /// Writes one, and removes what is older than the one before.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn write(&mut self, run: &Run, directory: &mut RunDirectory, elapsed: Elapsed) -> Result<()> {
        let written = directory.hand_to_the_disk()?;
        let names = names(&self.folder);
        for name in names.iter().rev().skip(KEPT - 1) {
            fs::remove_dir_all(self.folder.join(name)).with_context(|| shown(&self.folder.join(name)))?;
        }
        let number = names.last().map_or(Ok(0), |name| name.parse::<u64>()).unwrap_or(0) + 1;
        welt_files::make_folders(&self.folder)?;
        let folder = NewFolder::create(&self.folder.join(format!("{number:06}")))?;
        run.save(folder.partial())?;
        let files = checksums(folder.partial(), Path::new(""))?;
        let (step, total_steps) = (run.steps_taken(), run.total_steps());
        let beside = Beside { identity: self.identity.clone(), step, total_steps, written, elapsed };
        let text = serde_json::to_string_pretty(&Described { format: FORMAT, beside, files })?;
        let path = folder.partial().join(FILE);
        fs::write(&path, text + "\n").with_context(|| shown(&path))?;
        folder.finish()?;
        self.last = Instant::now();
        Ok(())
    }

    /// Puts the next one off, after one that could not be written.
    pub fn wait(&mut self) {
        self.last = Instant::now();
    }

    /// Removes all of them, for a run that is complete.
    pub fn remove(&self) -> Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if self.folder.exists() => Err(error).with_context(|| shown(&self.folder)),
            _ => Ok(()),
        }
    }
}

/// The newest checkpoint that is whole. What is not, and what was being written, is removed.
///
/// # Errors
/// Something that cannot be removed.
pub fn newest(partial: &Path) -> Result<Option<Found>> {
    let above = partial.join(FOLDER);
    for entry in fs::read_dir(&above).into_iter().flatten().flatten() {
        let is_number = entry.file_name().to_str().is_some_and(|name| name.parse::<u64>().is_ok());
        let path = entry.path();
        if !is_number {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.with_context(|| shown(&path))?;
        }
    }
    for name in names(&above).into_iter().rev() {
        let folder = above.join(name);
        match described(&folder) {
            Ok(beside) => return Ok(Some(Found { folder, beside })),
            Err(error) => {
                tracing::warn!("{error:#}: the checkpoint counts as absent");
                fs::remove_dir_all(&folder).with_context(|| shown(&folder))?;
            }
        }
    }
    Ok(None)
}

/// The step of the newest checkpoint as its names and texts have it, for a message; nothing is checked or removed.
pub fn newest_step(partial: &Path) -> Option<(usize, usize)> {
    let above = partial.join(FOLDER);
    let text = fs::read_to_string(above.join(names(&above).last()?).join(FILE)).ok()?;
    let described: Described = serde_json::from_str(&text).ok()?;
    Some((described.beside.step, described.beside.total_steps))
}

/// What a checkpoint says of itself, if all of it is there.
fn described(folder: &Path) -> Result<Beside> {
    let path = folder.join(FILE);
    let text = fs::read_to_string(&path).with_context(|| shown(&path))?;
    let described: Described = serde_json::from_str(&text).with_context(|| shown(&path))?;
    if described.format != FORMAT {
        bail!("{}: format {} of checkpoints, expected {FORMAT}", shown(&path), described.format);
    }
    let mut found = checksums(folder, Path::new(""))?;
    found.remove(FILE);
    for (name, stated) in &described.files {
        if found.get(name) != Some(stated) {
            bail!("{}: not what was written", folder.join(name).display());
        }
    }
    Ok(described.beside)
}

/// The names of checkpoints, oldest first.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<(u64, String)> = names.filter_map(|name| Some((name.parse().ok()?, name))).collect();
    names.sort();
    names.into_iter().map(|(_, name)| name).collect()
}

/// Bytes and CRC-32C of the files below a folder, by their paths in it.
fn checksums(folder: &Path, below: &Path) -> Result<BTreeMap<String, (u64, u32)>> {
    let mut sums = BTreeMap::new();
    let inside = folder.join(below);
    for entry in fs::read_dir(&inside).with_context(|| shown(&inside))? {
        let entry = entry.with_context(|| shown(&inside))?;
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            sums.extend(checksums(folder, &name)?);
        } else if !entry.file_name().to_string_lossy().starts_with("welt-unfinished") {
            sums.insert(name.to_string_lossy().into_owned(), checksum(&entry.path())?);
        }
    }
    Ok(sums)
}

fn checksum(path: &Path) -> Result<(u64, u32)> {
    let mut file = BufReader::new(File::open(path).with_context(|| shown(path))?);
    let (mut bytes, mut sum, mut part) = (0, 0, vec![0; 1 << 18]);
    loop {
        let read = file.read(&mut part).with_context(|| shown(path))?;
        if read == 0 {
            return Ok((bytes, sum));
        }
        bytes += read as u64;
        sum = crc32c::crc32c_append(sum, &part[..read]);
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
