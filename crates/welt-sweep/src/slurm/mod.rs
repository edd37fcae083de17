//! Runs a sweep on a cluster: job arrays for Slurm, a job that writes the tables at the end, and a watch over them.
//! A sweep goes in, what became of its runs comes out. The folder of runs must be one that all nodes see.
//!
//! [`mod@submit`] makes job arrays of runs, [`watched`] is what the watch over them asks and tells, and [`task`] is what a
//! job does: `sweep-task`, a hidden command of the program, from a copy of it in the folder of runs.
//!
//! ```text
//! slurm/jobs.jsonl              a line a submitted job: its number, when, and the runs of its tasks
//! slurm/DIGEST/sweep.json       the plan, for the jobs
//! slurm/DIGEST/N.sh, N.json     a job array, and which run each task is
//! slurm/DIGEST/JOB_TASK.log     what a task says
//! ```

mod submit;
mod task;
mod watched;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_files::{sha256, sha256_of, write_whole};
use welt_slurm::{Cluster, watch};

pub use task::Task;

use super::outcome::{Outcome, described};
use super::plan::{Plan, Run};
use super::process::{Ended, Processes};
use super::program::{Welt, hold};
use super::progress::Progress;
use super::records::{record, record_of};
use super::store::Store;
use super::{Launcher, STOP, Sweep, SweepSettings, estimate};
use submit::SWEEP;
use watched::Watched;

/// What the jobs of a sweep need to know beside the plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Orders {
    /// The copy of `welt` in the folder of runs.
    welt: PathBuf,
    /// The folder of runs.
    folder: PathBuf,
    device: Option<String>,
    retries: u32,
    sweep: Sweep,
}

/// Submits what has no record and no job, watches, and tells what became of every run.
pub fn run(settings: &SweepSettings, sweep: &Sweep, store: &Store, welt: &Welt) -> Result<Vec<Outcome>> {
    let (options, most_jobs) = options(settings);
    if settings.budget.is_some() {
        bail!("--budget is for runs on this computer: say how long a job may take with --sbatch time=8:00:00");
    }
    let folder = std::fs::canonicalize(&store.folder).with_context(|| format!("finding {}", store.folder.display()))?;
    let program = std::env::current_exe().context("finding this program")?;
    let orders = Orders {
        welt: std::fs::canonicalize(&welt.path).with_context(|| format!("finding {}", welt.path.display()))?,
        folder: folder.clone(),
        device: settings.slots.iter().flatten().next().cloned(),
        retries: settings.retries,
        sweep: sweep.clone(),
    };
    let text = serde_json::to_string(&orders).context("writing down a sweep")?;
    let own = folder.join("slurm").join(&sha256_of(text.as_bytes())[..12]);
    std::fs::create_dir_all(&own).with_context(|| format!("making the folder {}", own.display()))?;
    write_whole(&own.join(SWEEP), &text)?;
    let cluster = Cluster {
        program: hold(&program, &sha256(&program)?, &folder.join(".launcher"))?,
        folder: own,
        jobs: folder.join("slurm/jobs.jsonl"),
        options,
        gpu: !["default", "cpu"].contains(&sweep.build.device.as_str()),
        at_a_time: most_jobs,
    };
    let (plan, store) = (&sweep.plan, &Store { folder });
    let outcomes: Vec<Outcome> = plan.runs.iter().map(|run| recorded(store, run)).collect();
    // What shares a training is made when that is there.
    let is_open = |index: &usize| plan.runs[*index].trains() && !matches!(outcomes[*index], Outcome::Finished(_));
    let open: Vec<usize> = (0..plan.runs.len()).filter(is_open).collect();
    let work = estimate::work(plan);
    let mut watched = Watched {
        cluster: &cluster,
        plan,
        store,
        seconds: seconds(settings, sweep, store, welt)?,
        retries: settings.retries,
        progress: Progress::new(plan, store, &work, &open, settings.is_quiet),
        outcomes,
    };
    watch(&mut watched, &open, &cluster.jobs, &STOP)?;
    watched.progress.finish();
    let mut outcomes = watched.outcomes;
    let processes = Processes { welt: &welt.path, store, threads: settings.threads, stop: &STOP };
    choose_labels(plan, processes, &mut outcomes)?;
    Ok(outcomes)
}

/// Makes the runs that take a training which is there, one after the other: each takes seconds.
fn choose_labels(plan: &Plan, processes: Processes, outcomes: &mut [Outcome]) -> Result<()> {
    let store = processes.store;
    for (run, outcome) in plan.runs.iter().zip(outcomes) {
        let Some(trained) = &run.trained_by else { continue };
        let is_there = record_of(&store.folder, trained).is_ok_and(|record| record.is_some());
        if matches!(outcome, Outcome::Finished(_)) || !is_there || STOP.load(Ordering::Relaxed) {
            continue;
        }
        let Some(lock) = store.lock(run)? else { continue };
        *outcome = match processes.run(run, None, &lock)? {
            Ended::Finished(record) => Outcome::Finished(record),
            Ended::Failed(failure) => Outcome::Failed(described(&failure, 1, &format!("cells/{}.log", run.hash))),
            Ended::Stopped => Outcome::NotRun,
        };
    }
    Ok(())
}

/// The options of sbatch, and how many tasks may run at a time.
fn options(settings: &SweepSettings) -> (Vec<String>, Option<usize>) {
    match &settings.launcher {
        Launcher::Local => (Vec::new(), None),
        Launcher::Slurm { options, most_jobs } => (options.clone(), *most_jobs),
    }
}

/// What each run is expected to take, if jobs are to ask for so much time.
fn seconds(settings: &SweepSettings, sweep: &Sweep, store: &Store, welt: &Welt) -> Result<Option<Vec<f64>>> {
    let (options, _) = options(settings);
    let says_time = options.iter().any(|option| option.trim_start_matches('-').starts_with("time="));
    if says_time || sweep.plan.runs.iter().all(|run| matches!(recorded(store, run), Outcome::Finished(_))) {
        return Ok(None);
    }
    let timing = super::timing(settings, welt);
    let speeds = super::calibrate::speeds(&sweep.plan, &timing, settings.stated).context(
        "jobs ask for the time that their runs take, which is timed here: \
         say it yourself with --sbatch time=HOURS:MINUTES:SECONDS, or how fast a node is with --rate",
    )?;
    Ok(estimate::seconds(&sweep.plan, &speeds))
}

/// What is on disk of a run.
pub fn recorded(store: &Store, run: &Run) -> Outcome {
    match record(&store.folder, run) {
        Ok(Some(record)) => Outcome::Finished(Box::new(record)),
        Ok(None) => Outcome::NotRun,
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}
