//! Watches work that is spread over jobs until all of it is over, and has submitted again what a job left undone.
//! Work goes in, the tasks that are not over come out; a request to stop ends the watch and leaves the jobs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use welt_files::Lock;

use crate::now;
use crate::queue::{self, Job, TaskName};

/// How often Slurm is asked.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(3);
/// How often the work is looked at.
const POLL: Duration = Duration::from_millis(250);
/// How often in a row a task must be gone from the queue without being over: other nodes' files appear late.
const TIMES_GONE: u32 = 3;

/// Work that is spread over jobs.
pub trait Work {
    /// What the list of jobs calls a task.
    fn key(&self, index: usize) -> &str;

    /// Whether a task is over, well or not; it is not asked about again then.
    fn is_over(&mut self, index: usize) -> bool;

    /// A task has begun, as `job`.
    fn begins(&mut self, index: usize, job: &str);

    /// A task that had begun waits again, in some state of its `job`.
    fn waits(&mut self, index: usize, job: &str, state: &str);

    /// The job of a task is gone, and the task is not over. The first of its jobs was submitted at `since`, in seconds
    /// since 1970; `ending` says how the last one ended. Whether the task is to be submitted again.
    ///
    /// # Errors
    /// What happened cannot be written down.
    fn is_lost(&mut self, index: usize, since: u64, ending: &str) -> Result<bool>;

    /// Submits tasks.
    ///
    /// # Errors
    /// Slurm does not take them.
    fn submit(&mut self, indices: &[usize]) -> Result<Vec<Job>>;

    /// Keeps other watches from submitting the same tasks meanwhile.
    ///
    /// # Errors
    /// A lock that cannot be had.
    fn lock(&self) -> Result<Lock>;

    /// Is called a few times a second.
    fn looks(&mut self);
}

/// A task that is not over.
struct Open {
    index: usize,
    /// The newest job of it, by its task.
    task: Option<TaskName>,
    /// When the first of its jobs was submitted that this watch knows.
    since: u64,
    has_begun: bool,
    times_gone: u32,
}

/// Submits tasks that have no job, and watches all of them; those that were not over when `stop` was set.
///
/// # Errors
/// Slurm that does not answer at the start or does not take a job, work that cannot be written down.
pub fn watch(work: &mut dyn Work, tasks: &[usize], list: &Path, stop: &AtomicBool) -> Result<Vec<usize>> {
    let open = |&index: &usize| Open { index, task: None, since: now(), has_begun: false, times_gone: 0 };
    let mut open: Vec<Open> = tasks.iter().map(open).collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    submit_missing(work, list, &mut open)?;
    let mut asked = Instant::now();
    while !open.is_empty() && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(POLL);
        open.retain(|open| !work.is_over(open.index));
        if asked.elapsed() > BETWEEN_QUESTIONS {
            asked = Instant::now();
            // A queue that does not answer for a while is asked again.
            if let Ok(states) = queue::states() {
                let jobs = queue::submitted(list);
                look(work, &mut open, &jobs, &queue::active(&jobs, &states));
                if give_up_or_wait(work, &mut open)? {
                    submit_missing(work, list, &mut open)?;
                }
            }
        }
        work.looks();
    }
    if stop.load(Ordering::Relaxed) {
        say_how_to_cancel(list, open.len());
    }
    Ok(open.iter().map(|open| open.index).collect())
}

/// Takes in the states of the tasks.
fn look(work: &mut dyn Work, open: &mut [Open], jobs: &[Job], active: &BTreeMap<&str, (TaskName, String, u64)>) {
    for open in open {
        match active.get(work.key(open.index)) {
            Some((task, state, _)) => {
                open.times_gone = 0;
                open.task = Some(task.clone());
                let runs = state == "RUNNING";
                if runs && !open.has_begun {
                    work.begins(open.index, task);
                } else if !runs && open.has_begun {
                    work.waits(open.index, task, state);
                }
                open.has_begun = runs;
            }
            None => {
                // It may have come and gone between two looks.
                open.task = open.task.take().or_else(|| queue::newest(jobs, work.key(open.index)));
                open.times_gone += 1;
            }
        }
    }
}

/// Tells the work of tasks whose job is gone; those that are given up leave the list. Whether any task wants a new job.
fn give_up_or_wait(work: &mut dyn Work, open: &mut Vec<Open>) -> Result<bool> {
    let mut given_up = Vec::new();
    let mut is_any_lost = false;
    for open in open.iter_mut().filter(|open| open.times_gone >= TIMES_GONE) {
        let ending = open.task.as_deref().map_or_else(|| "its job is gone".to_owned(), queue::ending);
        if work.is_lost(open.index, open.since, &ending)? {
            is_any_lost = true;
        } else {
            given_up.push(open.index);
        }
        open.task = None;
        open.has_begun = false;
        open.times_gone = 0;
    }
    open.retain(|open| !given_up.contains(&open.index));
    Ok(is_any_lost)
}

/// Submits the tasks that have no job, unless another watch just did.
fn submit_missing(work: &mut dyn Work, list: &Path, open: &mut [Open]) -> Result<()> {
    let _held = work.lock()?;
    let states = queue::states()?;
    let jobs = queue::submitted(list);
    let active = queue::active(&jobs, &states);
    for open in open.iter_mut() {
        if let Some((task, _, when)) = active.get(work.key(open.index)) {
            open.task = Some(task.clone());
            open.since = open.since.min(*when);
        }
    }
    let missing: Vec<usize> = open.iter().filter(|open| open.task.is_none()).map(|open| open.index).collect();
    let known: Vec<&Job> = jobs.iter().filter(|job| states.keys().any(|task| is_of(task, job))).collect();
    if !known.is_empty() {
        eprintln!("jobs of this folder that are not over: {}", numbers(known.into_iter()));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let submitted = work.submit(&missing)?;
    eprintln!("submitted {} tasks as jobs {}", missing.len(), numbers(submitted.iter()));
    Ok(())
}

fn is_of(task: &str, job: &Job) -> bool {
    task.split('_').next() == Some(job.job.as_str())
}

fn numbers<'a>(jobs: impl Iterator<Item = &'a Job>) -> String {
    jobs.map(|job| job.job.as_str()).collect::<Vec<_>>().join(" ")
}

fn say_how_to_cancel(list: &Path, n_open: usize) {
    let states = queue::states().unwrap_or_default();
    let jobs = queue::submitted(list);
    let jobs = numbers(jobs.iter().filter(|job| states.keys().any(|task| is_of(task, job))));
    eprintln!("{n_open} tasks are left to the jobs, which go on; the same command goes on watching");
    if !jobs.is_empty() {
        eprintln!("to end the jobs: scancel {jobs}");
    }
}
