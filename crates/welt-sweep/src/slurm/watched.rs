//! The runs of a sweep as work that is spread over jobs: when a run is over, what is said of it, what a lost job means.
//! What Slurm says goes in, what became of the runs comes out.

use anyhow::Result;
use welt_files::Lock;
use welt_slurm::{Cluster, Job, Work, now};

use super::{recorded, submit};
use crate::outcome::{Outcome, described, said};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::store::{Failure, Store, failures};

/// The runs of a sweep while jobs make them.
pub struct Watched<'a> {
    pub cluster: &'a Cluster,
    pub plan: &'a Plan,
    pub store: &'a Store,
    /// What each run of the plan is expected to take, if jobs are to ask for so much time.
    pub seconds: Option<Vec<f64>>,
    /// How often a run that failed is tried again.
    pub retries: u32,
    pub progress: Progress<'a>,
    /// One a run of the plan.
    pub outcomes: Vec<Outcome>,
}

impl Watched<'_> {
    fn end(&mut self, index: usize, outcome: Outcome) {
        if matches!(outcome, Outcome::Failed(_)) {
            self.progress.count_failure();
        }
        self.progress.end(index, &said(&outcome), true);
        self.outcomes[index] = outcome;
    }

    fn last_failure(&self, index: usize) -> String {
        let run = &self.plan.runs[index];
        let failures = failures(&self.store.folder, &run.hash);
        let log = format!("cells/{}.log", run.hash);
        failures.last().map_or_else(String::new, |failure| described(failure, self.retries + 1, &log))
    }
}

impl Work for Watched<'_> {
    fn key(&self, index: usize) -> &str {
        &self.plan.runs[index].hash
    }

    fn is_over(&mut self, index: usize) -> bool {
        match recorded(self.store, &self.plan.runs[index]) {
            Outcome::NotRun => false,
            outcome => {
                self.end(index, outcome);
                true
            }
        }
    }

    fn begins(&mut self, index: usize, job: &str) {
        self.progress.begin(index, Some(&format!("job {job}")));
    }

    fn waits(&mut self, index: usize, job: &str, state: &str) {
        self.progress.end(index, &format!("job {job} is {} again", state.to_lowercase()), false);
    }

    fn is_lost(&mut self, index: usize, since: u64, ending: &str) -> Result<bool> {
        let run = &self.plan.runs[index];
        let tries = || failures(&self.store.folder, &run.hash).iter().filter(|failure| failure.when >= since).count();
        if tries() <= self.retries as usize {
            // The task did not live to write down its own failure.
            let failure = Failure { when: now(), status: ending.to_owned(), seconds: 0.0, tail: Vec::new() };
            self.store.add_failure(run, &failure)?;
        }
        if tries() <= self.retries as usize {
            return Ok(true);
        }
        self.end(index, Outcome::Failed(self.last_failure(index)));
        Ok(false)
    }

    fn submit(&mut self, indices: &[usize]) -> Result<Vec<Job>> {
        submit::submit(self.cluster, self.plan, self.seconds.as_deref(), indices)
    }

    fn lock(&self) -> Result<Lock> {
        self.store.lock_shared_files()
    }

    fn looks(&mut self) {
        self.progress.look();
    }
}
