//! One try at a run: a `welt train` process from its start to its end.
//! A run and its lock go in, how it ended comes out; nothing is decided here about other tries and other runs.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::num::NonZero;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::plan::Run;
use welt_files::Lock;
use welt_record::Record;

use super::records::record;
use super::store::{Failure, Store};
use welt_process::shown;
use welt_slurm::now;

/// How to start processes.
#[derive(Debug, Clone, Copy)]
pub struct Processes<'a> {
    /// The program.
    pub welt: &'a Path,
    pub store: &'a Store,
    /// Threads of each.
    pub threads: usize,
    /// Set from outside to end everything.
    pub stop: &'static AtomicBool,
}

/// How a try ended.
#[derive(Debug)]
pub enum Ended {
    Finished(Box<Record>),
    Failed(Failure),
    /// From outside.
    Stopped,
}

/// How often a process is looked at.
const POLL: Duration = Duration::from_millis(50);

/// How long a process may take to write down how far it is, and end, once it was asked to.
const GRACE: Duration = Duration::from_secs(60);

/// How much of the end of a log is kept of a failure.
const TAIL_BYTES: u64 = 4096;
const TAIL_LINES: usize = 12;

impl Processes<'_> {
    /// Trains; a try that fails is written down beside the run.
    pub fn run(&self, run: &Run, device: Option<&str>, lock: &Lock) -> Result<Ended> {
        self.store.prepare(run, lock)?;
        let before = self.store.checkpoints(run);
        let log = self.store.log(run);
        let file = File::create(&log).with_context(|| format!("writing {}", log.display()))?;
        let mut command = self.command(run, device);
        command.stdout(file.try_clone().context("a second handle of the log")?).stderr(file);
        command.stdin(lock.shared().context("a second handle of a lock")?);
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| format!("starting {}", shown(&command)))?;
        let Some(status) = self.wait(&mut child)? else {
            self.store.clear(run)?;
            return Ok(Ended::Stopped);
        };
        let found = record(&self.store.folder, run);
        if let (Ok(Some(record)), true) = (&found, status.success()) {
            return Ok(Ended::Finished(Box::new(record.clone())));
        }
        let why = match found {
            Ok(Some(_)) => String::new(),
            Ok(None) => " and no record".to_owned(),
            Err(error) => format!(" and {error:#}"),
        };
        let seconds = started.elapsed().as_secs_f64();
        // A run that fails by itself and comes no further from its checkpoint may do so for ever: the next try begins anew.
        if status.code().is_some() && !before.is_empty() && self.store.checkpoints(run) == before {
            self.store.remove_partial(run)?;
        }
        let failure = Failure { when: now(), status: format!("{status}{why}"), seconds, tail: tail(&log) };
        self.store.add_failure(run, &failure)?;
        Ok(Ended::Failed(failure))
    }

    /// The status of a process, or none when it was ended from outside.
    fn wait(&self, child: &mut Child) -> Result<Option<ExitStatus>> {
        let mut stopped_at: Option<Instant> = None;
        loop {
            if let Some(status) = child.try_wait().context("waiting for welt")? {
                // Ctrl-C reaches the process as early as this one.
                let stopped = stopped_at.is_some() || self.stop.load(Ordering::Relaxed);
                return Ok(if stopped && !status.success() { None } else { Some(status) });
            }
            if self.stop.load(Ordering::Relaxed) {
                let since = stopped_at.get_or_insert_with(|| {
                    welt_process::ask_to_end(child);
                    Instant::now()
                });
                if since.elapsed() > GRACE {
                    child.kill().context("ending welt")?;
                }
            }
            thread::sleep(POLL);
        }
    }

    /// `welt train` for one run.
    fn command(&self, run: &Run, device: Option<&str>) -> Command {
        let mut command = Command::new(self.welt);
        command.arg("train").args(run.settings.flags()).arg("--output").arg(self.store.run_folder(run));
        if let Some(device) = device {
            command.args(["--device", device]);
        }
        if let Some(trained) = &run.trained_by {
            command.arg("--trained").arg(self.store.cell(trained));
        }
        command.arg("--quiet");
        share_cores(&mut command, self.threads);
        command
    }
}

/// Runs side by side share the cores; a run gives the same bits on any number of threads.
pub fn share_cores(command: &mut Command, threads: usize) {
    command.env(THREADS, threads.to_string());
}

/// The variable by which a process is told how many threads to start.
const THREADS: &str = "RAYON_NUM_THREADS";

/// Threads of a process as the environment states them.
pub fn stated_threads() -> Option<usize> {
    std::env::var(THREADS).ok()?.trim().parse().ok().filter(|&threads| threads > 0)
}

/// Threads of each of `n_runs` runs side by side: their share of `all` where that is stated, else what the environment
/// says for each, else their share of the cores.
pub fn threads_of_each(all: Option<usize>, n_runs: usize) -> usize {
    let share = |threads: usize| (threads / n_runs.max(1)).max(1);
    all.map(share).or_else(stated_threads).unwrap_or_else(|| share(cores()))
}

/// How many threads the machine runs at a time.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// The last lines of a log.
fn tail(log: &Path) -> Vec<String> {
    let end = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let start = fs::metadata(log)?.len().saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&end().unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].iter().map(|&line| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stated_threads_are_shared_and_each_run_has_one() {
        let shares = [(8, 2), (8, 3), (1, 4), (5, 1), (3, 0)].map(|(all, runs)| threads_of_each(Some(all), runs));
        assert_eq!(shares, [4, 2, 1, 5, 3]);
    }
}
