//! Watches the jobs of a sweep until every run has a record or has failed, and submits again what a job left undone.
//! A plan goes in, what became of its runs comes out; Ctrl-C ends the watch and leaves the jobs.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::queue::{self, Job, TaskName};
use super::recorded;
use super::submit::Submitter;
use crate::plan::Plan;
use crate::progress::{Progress, said};
use crate::run::{Outcome, described};
use crate::store::{Failure, Store, failures, now};
use crate::{STOP, estimate};

/// How often Slurm is asked.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(3);
/// How often the folder of runs is looked at.
const POLL: Duration = Duration::from_millis(250);
/// How often in a row a task must be gone from the queue without a record: other nodes' files appear late.
const TIMES_GONE: u32 = 3;

/// A run that is not over.
struct Open {
    place: usize,
    /// The newest job of it, by its task.
    task: Option<TaskName>,
    /// When the first of its jobs was submitted that this watch knows: failures since then count as tries.
    since: u64,
    is_shown: bool,
    times_gone: u32,
}

/// Submits and watches; one outcome a run of the plan, in its order.
pub fn watch(submitter: &Submitter, plan: &Plan, store: &Store, retries: u32) -> Result<Vec<Outcome>> {
    let mut outcomes: Vec<Outcome> = plan.runs.iter().map(|run| recorded(store, run)).collect();
    let is_open = |place: &usize| !matches!(outcomes[*place], Outcome::Finished(_));
    let places: Vec<usize> = (0..plan.runs.len()).filter(is_open).collect();
    if places.is_empty() {
        return Ok(outcomes);
    }
    let mut open: Vec<Open> =
        places.iter().map(|&place| Open { place, task: None, since: now(), is_shown: false, times_gone: 0 }).collect();
    submit_missing(submitter, plan, store, &mut open)?;
    let work = estimate::work(plan);
    let mut progress = Progress::new(plan, store, &work, &places, false);
    let mut asked = Instant::now();
    while !open.is_empty() && !STOP.load(Ordering::Relaxed) {
        std::thread::sleep(POLL);
        open.retain_mut(|open| match recorded(store, &plan.runs[open.place]) {
            Outcome::NotRun => true,
            outcome => {
                progress.end(open.place, &said(&outcome), true);
                outcomes[open.place] = outcome;
                false
            }
        });
        if asked.elapsed() > BETWEEN_QUESTIONS {
            asked = Instant::now();
            // A queue that does not answer for a while is asked again.
            if let Ok(states) = queue::states() {
                let jobs = queue::submitted(&submitter.jobs);
                let lost = look(plan, &mut open, &jobs, &queue::active(&jobs, &states), &mut progress);
                for place in give_up_or_wait(plan, store, &mut open, &lost, retries)? {
                    let why = last_failure(plan, store, place, retries);
                    progress.count_failure();
                    progress.end(place, &format!("failed: {why}"), true);
                    outcomes[place] = Outcome::Failed(why);
                }
                if !lost.is_empty() {
                    submit_missing(submitter, plan, store, &mut open)?;
                }
            }
        }
        progress.look();
    }
    progress.finish();
    if STOP.load(Ordering::Relaxed) {
        say_how_to_cancel(submitter, &open);
    }
    Ok(outcomes)
}

/// Takes in the states of the tasks; the places of runs whose task is gone.
fn look(
    plan: &Plan,
    open: &mut [Open],
    jobs: &[Job],
    active: &BTreeMap<&str, (TaskName, String, u64)>,
    progress: &mut Progress,
) -> Vec<usize> {
    let mut lost = Vec::new();
    for open in open {
        match active.get(plan.runs[open.place].hash.as_str()) {
            Some((task, state, _)) => {
                open.times_gone = 0;
                open.task = Some(task.clone());
                let runs = state == "RUNNING";
                if runs && !open.is_shown {
                    progress.begin(open.place, Some(&format!("job {task}")));
                } else if !runs && open.is_shown {
                    progress.end(open.place, &format!("job {task} is {} again", state.to_lowercase()), false);
                }
                open.is_shown = runs;
            }
            None => {
                // It may have come and gone between two looks.
                open.task = open.task.take().or_else(|| queue::newest(jobs, &plan.runs[open.place].hash));
                open.times_gone += 1;
                if open.times_gone >= TIMES_GONE {
                    lost.push(open.place);
                }
            }
        }
    }
    lost
}

/// Writes down what happened to runs whose task is gone; those that have been tried often enough leave the list of open
/// runs and are returned.
fn give_up_or_wait(
    plan: &Plan,
    store: &Store,
    open: &mut Vec<Open>,
    lost: &[usize],
    retries: u32,
) -> Result<Vec<usize>> {
    let mut given_up = Vec::new();
    for open in open.iter_mut().filter(|open| lost.contains(&open.place)) {
        let run = &plan.runs[open.place];
        let tries = || failures(&store.folder, &run.hash).iter().filter(|failure| failure.when >= open.since).count();
        if tries() <= retries as usize {
            // The task did not live to write down its own failure.
            let status = open.task.as_deref().map_or_else(|| "its job is gone".to_owned(), queue::ending);
            store.add_failure(run, &Failure { when: now(), status, seconds: 0.0, tail: Vec::new() })?;
        }
        if tries() > retries as usize {
            given_up.push(open.place);
        }
        open.task = None;
        open.is_shown = false;
        open.times_gone = 0;
    }
    open.retain(|open| !given_up.contains(&open.place));
    Ok(given_up)
}

fn last_failure(plan: &Plan, store: &Store, place: usize, retries: u32) -> String {
    let run = &plan.runs[place];
    let failures = failures(&store.folder, &run.hash);
    let log = format!("cells/{}.log", run.hash);
    failures.last().map_or_else(String::new, |failure| described(failure, retries + 1, &log))
}

/// Submits the runs that have no job, unless another watch just did.
fn submit_missing(submitter: &Submitter, plan: &Plan, store: &Store, open: &mut [Open]) -> Result<()> {
    let _held = store.lock_shared_files()?;
    let states = queue::states()?;
    let jobs = queue::submitted(&submitter.jobs);
    let active = queue::active(&jobs, &states);
    for open in open.iter_mut() {
        if let Some((task, _, when)) = active.get(plan.runs[open.place].hash.as_str()) {
            open.task = Some(task.clone());
            open.since = open.since.min(*when);
        }
    }
    let missing: Vec<usize> = open.iter().filter(|open| open.task.is_none()).map(|open| open.place).collect();
    let known: Vec<&Job> = jobs.iter().filter(|job| states.keys().any(|task| is_of(task, job))).collect();
    if !known.is_empty() {
        eprintln!("jobs of this folder that are not over: {}", numbers(known.into_iter()));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let submitted = submitter.submit(plan, &missing)?;
    eprintln!("submitted {} runs as jobs {}", missing.len(), numbers(submitted.iter()));
    Ok(())
}

fn is_of(task: &str, job: &Job) -> bool {
    task.split('_').next() == Some(job.job.as_str())
}

fn numbers<'a>(jobs: impl Iterator<Item = &'a Job>) -> String {
    jobs.map(|job| job.job.as_str()).collect::<Vec<_>>().join(" ")
}

fn say_how_to_cancel(submitter: &Submitter, open: &[Open]) {
    let states = queue::states().unwrap_or_default();
    let jobs = queue::submitted(&submitter.jobs);
    let jobs = numbers(jobs.iter().filter(|job| states.keys().any(|task| is_of(task, job))));
    eprintln!("{} runs are left to the jobs, which go on; the same command goes on watching", open.len());
    if !jobs.is_empty() {
        eprintln!("to end the jobs: scancel {jobs}");
    }
}
