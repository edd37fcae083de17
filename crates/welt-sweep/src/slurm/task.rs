//! What a job of a sweep does on its node: one run, or the tables at the end.
//! The files that [`super::submit`] wrote go in, a record or a table comes out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Subcommand;
use serde::de::DeserializeOwned;

use super::submit::Tasks;
use super::{Orders, choose_labels, recorded};
use crate::outcome::{Outcome, described};
use crate::process::{Ended, Processes, cores, stated_threads};
use crate::store::Store;
use crate::{PARTIAL, STOP, listen};

/// What the jobs of a sweep do; nobody types this
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Make one run
    Run {
        /// The plan
        sweep: PathBuf,
        /// Which run of it each task of the array is
        tasks: PathBuf,
        /// The task
        index: usize,
    },
    /// Write the tables
    Collect {
        /// The plan
        sweep: PathBuf,
    },
}

/// How often a run that another process has taken is looked at.
const POLL: Duration = Duration::from_secs(5);

impl Task {
    /// Does it; the exit code tells Slurm whether there is a record.
    pub fn run(&self) -> Result<ExitCode> {
        match self {
            Self::Run { sweep, tasks, index } => {
                let orders: Orders = read(sweep)?;
                let tasks: Tasks = read(tasks)?;
                let run_index = *tasks.indices.get(*index).with_context(|| format!("the array has no task {index}"))?;
                run(&orders, run_index)
            }
            Self::Collect { sweep } => {
                let orders: Orders = read(sweep)?;
                let store = Store { folder: orders.folder };
                let plan = &orders.sweep.plan;
                let mut outcomes: Vec<Outcome> = plan.runs.iter().map(|run| recorded(&store, run)).collect();
                let processes = Processes { welt: &orders.welt, store: &store, threads: threads(), stop: &STOP };
                choose_labels(plan, processes, &mut outcomes)?;
                print!("{}", orders.sweep.write_tables(&store, &outcomes)?);
                let all = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Finished(_)));
                Ok(if all { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
            }
        }
    }
}

fn run(orders: &Orders, run_index: usize) -> Result<ExitCode> {
    listen()?;
    let store = Store { folder: orders.folder.clone() };
    let run = &orders.sweep.plan.runs[run_index];
    let processes = Processes { welt: &orders.welt, store: &store, threads: threads(), stop: &STOP };
    let mut tries = 0;
    while !STOP.load(Ordering::Relaxed) {
        if let Outcome::Finished(_) = recorded(&store, run) {
            println!("{run}: finished");
            return Ok(ExitCode::SUCCESS);
        }
        let Some(lock) = store.lock(run)? else {
            println!("{run}: another process is at work on it");
            std::thread::sleep(POLL);
            continue;
        };
        tries += 1;
        println!("{run}: try {tries}");
        match processes.run(run, orders.device.as_deref(), &lock)? {
            Ended::Finished(_) => {}
            Ended::Stopped => break,
            Ended::Failed(failure) => {
                println!("{run}: {}", described(&failure, tries, &store.log(run).display().to_string()));
                if tries > orders.retries {
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
    }
    println!("{run}: stopped");
    Ok(ExitCode::FAILURE)
}

/// What the environment says, else the cores that Slurm gave the task.
fn threads() -> usize {
    if let Some(stated) = stated_threads() {
        return stated;
    }
    let given = std::env::var("SLURM_CPUS_PER_TASK").ok().and_then(|text| text.parse().ok());
    given.unwrap_or(1).clamp(1, cores())
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}
