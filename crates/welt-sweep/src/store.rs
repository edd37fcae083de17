//! The folder of a sweep: which run is whose, what failed, and where everything lies.
//!
//! ```text
//! cells/HASH/                  what `welt train` wrote; it is there when the run is complete
//! cells/HASH.json              what the hash stands for
//! cells/HASH.log               the output of the last try
//! cells/HASH.failures.jsonl    a line for every try that failed
//! locks/HASH                   locked while a process works at the run
//! plans/, runs.csv, table.md   what was to run, what has, and the table of the sweep that ended last
//! ```
//!
//! A lock is the operating system's and is handed to the `welt` process too: it ends with the last of the two, however
//! they end. So any number of sweeps may share a folder, and a run whose sweep was killed is left to finish.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use welt_files::{Lock, append, make_folders, set_aside, write_whole};
use welt_record::Plan;

use super::plan::Run;

/// The folder of a sweep.
#[derive(Debug, Clone)]
pub struct Store {
    pub folder: PathBuf,
}

/// A try that gave no record: a line of `HASH.failures.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Seconds since 1970 when it ended.
    pub when: u64,
    /// How the process ended.
    pub status: String,
    /// How long it took.
    pub seconds: f64,
    /// The last lines of its output.
    pub tail: Vec<String>,
}

impl Store {
    /// Opens or makes the folder.
    pub fn open(folder: &Path) -> Result<Self> {
        for name in ["cells", "locks"] {
            make_folders(&folder.join(name))?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Takes a run; none when another process is at work on it.
    pub fn lock(&self, run: &Run) -> Result<Option<Lock>> {
        Lock::try_take(&self.folder.join("locks").join(&run.hash)).context("choose another folder with --output")
    }

    /// Waits for the right to write what all sweeps of the folder share: tables, plans, lists of jobs.
    pub fn lock_shared_files(&self) -> Result<Lock> {
        Ok(Lock::take(&self.folder.join("locks").join("shared-files"))?)
    }

    /// Where a run's records are when it has finished; `welt` makes the folder.
    pub fn run_folder(&self, run: &Run) -> PathBuf {
        self.cell(&run.hash)
    }

    /// The same by the hash of the run.
    pub fn cell(&self, hash: &str) -> PathBuf {
        self.folder.join("cells").join(hash)
    }

    /// Where a run's output goes.
    pub fn log(&self, run: &Run) -> PathBuf {
        self.beside(run, "log")
    }

    /// Where a run's files are until it is complete.
    pub fn partial(&self, run: &Run) -> PathBuf {
        self.beside(run, "partial")
    }

    fn beside(&self, run: &Run, extension: &str) -> PathBuf {
        self.folder.join("cells").join(format!("{}.{extension}", run.hash))
    }

    /// Writes down what a run's hash stands for, and clears what an earlier try left half-done.
    pub fn prepare(&self, run: &Run, _held: &Lock) -> Result<()> {
        write_whole(&self.beside(run, "json"), &(run.canonical.clone() + "\n"))?;
        self.clear(run)
    }

    /// Gives the folder of a run whose record cannot be used another name, which is returned.
    pub fn set_aside(&self, run: &Run) -> Result<PathBuf> {
        Ok(set_aside(&self.run_folder(run))?)
    }

    /// Gives plans that cannot be read other names, and says so.
    pub fn set_plans_aside(&self, _held: &Lock) -> Result<()> {
        for (path, error) in Plan::read_all(&self.folder)?.unreadable {
            let aside = set_aside(&path)?;
            eprintln!("warning: {error}; it is now {}", aside.display());
        }
        Ok(())
    }

    /// Removes what a try left half-done, unless it can be gone on with: `welt train` does that by itself.
    pub fn clear(&self, run: &Run) -> Result<()> {
        if self.checkpoints(run).is_empty() { self.remove_partial(run) } else { Ok(()) }
    }

    /// The names of the checkpoints that a try left.
    pub fn checkpoints(&self, run: &Run) -> Vec<OsString> {
        let entries = fs::read_dir(self.partial(run).join("checkpoints")).into_iter().flatten().flatten();
        let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    }

    /// Removes the folder that a try left.
    pub fn remove_partial(&self, run: &Run) -> Result<()> {
        let partial = self.partial(run);
        match fs::remove_dir_all(&partial) {
            Err(error) if partial.exists() => Err(error).with_context(|| format!("removing {}", partial.display())),
            _ => Ok(()),
        }
    }

    /// Adds a line to the failures of a run.
    pub fn add_failure(&self, run: &Run, failure: &Failure) -> Result<()> {
        let path = self.beside(run, "failures.jsonl");
        let line = serde_json::to_string(failure).context("writing down a failure")? + "\n";
        Ok(append(&path, &line)?)
    }

    /// Writes the table and the list of finished runs.
    pub fn write_tables(&self, table: &str, rows: &str) -> Result<PathBuf> {
        let _held = self.lock_shared_files()?;
        let path = self.folder.join("table.md");
        write_whole(&path, table)?;
        write_whole(&self.folder.join("runs.csv"), rows)?;
        Ok(path)
    }
}

/// Whether a process is at work on a run.
pub fn is_running(folder: &Path, hash: &str) -> bool {
    welt_files::is_locked(&folder.join("locks").join(hash))
}

/// The failures of a run, oldest first; a line that a crash cut off is left out.
pub fn failures(folder: &Path, hash: &str) -> Vec<Failure> {
    let path = folder.join("cells").join(format!("{hash}.failures.jsonl"));
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
