//! Runs what is planned on this computer: so many `welt train` processes a device, each run tried so many times.
//! A plan goes in, what became of every run comes out; a run that fails does not stop the others, and one that another
//! sweep has taken is waited for.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use welt_files::Lock;

use super::outcome::{Outcome, described, said};
use super::plan::{Plan, Run};
use super::process::{Ended, Processes};
use super::progress::Progress;
use super::records::{may_be_made_again, record, record_of};

/// How to run.
#[derive(Debug)]
pub struct Runner<'a> {
    pub processes: Processes<'a>,
    /// A device for every process that may run at a time; none is the program's own choice.
    pub slots: Vec<Option<String>>,
    /// How often a run that failed is tried again.
    pub retries: u32,
    /// No run is started that would end after this.
    pub budget: Option<Budget>,
    /// How much work each run of the plan is, in any unit.
    pub work: Vec<f64>,
    /// Whether only what fails is said.
    pub is_quiet: bool,
}

/// How long a sweep may take.
#[derive(Debug, Clone)]
pub struct Budget {
    pub ends: Instant,
    /// What each run of the plan is expected to take.
    pub seconds: Vec<f64>,
}

/// How often the queue and the running cells are looked at.
const POLL: Duration = Duration::from_millis(250);

impl Runner<'_> {
    /// Runs all that has no record yet; one outcome a run of the plan, in its order.
    pub fn run(&self, plan: &Plan) -> Result<Vec<Outcome>> {
        let mut outcomes: Vec<Outcome> = plan.runs.iter().map(|run| self.recorded(run)).collect();
        let open: Vec<usize> = (0..plan.runs.len()).filter(|&index| !is_finished(&outcomes[index])).collect();
        if !self.is_quiet {
            self.announce(plan, open.len());
        }
        let mut progress = Progress::new(plan, self.processes.store, &self.work, &open, self.is_quiet);
        let waiting = open.iter().map(|&index| Waiting { index, tries: 0 }).collect();
        let queue = Mutex::new(Queue { runner: self, plan, waiting, running: Vec::new(), slowness: (0.0, 0.0) });
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for device in self.slots.iter().take(open.len()) {
                let (sender, queue) = (sender.clone(), &queue);
                scope.spawn(move || work(queue, device.as_deref(), &sender));
            }
            drop(sender);
            loop {
                match receiver.recv_timeout(POLL) {
                    Ok(event) => take(event, &mut progress, &mut outcomes),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                progress.look();
            }
        });
        progress.finish();
        let queue = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        for Waiting { index, .. } in &queue.waiting {
            outcomes[*index] = self.recorded(&plan.runs[*index]);
        }
        self.tell_what_is_left(&queue.waiting, &outcomes);
        Ok(outcomes)
    }

    /// What is on disk of a run.
    fn recorded(&self, run: &Run) -> Outcome {
        match record(&self.processes.store.folder, run) {
            Ok(Some(record)) => Outcome::Finished(Box::new(record)),
            Ok(None) => Outcome::NotRun,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        }
    }

    /// The same of a run whose lock is held: what cannot be used is set aside, and the run is one that has not run.
    fn recorded_or_set_aside(&self, run: &Run) -> Outcome {
        let found = record(&self.processes.store.folder, run);
        let Err(error) = &found else { return self.recorded(run) };
        if !may_be_made_again(error) {
            return self.recorded(run);
        }
        match self.processes.store.set_aside(run) {
            Ok(aside) => {
                eprintln!("warning: {error}; the run begins anew, and its folder is now {}", aside.display());
                Outcome::NotRun
            }
            Err(unnamed) => Outcome::Failed(format!("{error}; {unnamed:#}")),
        }
    }

    fn announce(&self, plan: &Plan, open: usize) {
        let (total, finished) = (plan.runs.len(), plan.runs.len() - open);
        let of_these = if finished > 0 { format!("{finished} of {total} runs are finished; ") } else { String::new() };
        eprintln!("{of_these}{open} to run, {} at a time", self.slots.len());
    }

    fn tell_what_is_left(&self, left: &VecDeque<Waiting>, outcomes: &[Outcome]) {
        let left: Vec<usize> = left.iter().map(|waiting| waiting.index).collect();
        let left: Vec<usize> = left.into_iter().filter(|&index| !is_finished(&outcomes[index])).collect();
        if let (Some(budget), false) = (&self.budget, self.processes.stop.load(Ordering::Relaxed) || left.is_empty()) {
            let seconds: f64 = left.iter().map(|&index| budget.seconds[index]).sum();
            let hours = super::follow::duration(seconds / self.slots.len() as f64);
            eprintln!("the budget is spent: {} runs are left, about {hours} of work", left.len());
        }
    }
}

fn is_finished(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Finished(_))
}

/// A run that nobody of this sweep is at work on.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    index: usize,
    tries: u32,
}

/// The runs that are left.
struct Queue<'a> {
    runner: &'a Runner<'a>,
    plan: &'a Plan,
    waiting: VecDeque<Waiting>,
    /// The indices of runs that this sweep is at work on.
    running: Vec<usize>,
    /// Seconds that finished runs took, and seconds that they were expected to take.
    slowness: (f64, f64),
}

/// What a thread is to do next.
enum Next {
    Run(Waiting, Lock),
    /// Somebody else has finished it, or it cannot be started.
    Ended(usize, Outcome),
    /// Others are at work on all that is left.
    Wait,
    Done,
}

/// How far the training is that a run takes.
enum TrainingOf {
    There,
    UnderWay,
    Waiting,
    /// It will not come.
    Lost(String),
}

/// What a thread has to tell.
enum Event {
    Began(usize, Option<String>),
    /// A try failed that is not the last.
    Retry(usize, String),
    Ended(usize, Outcome),
}

impl Queue<'_> {
    fn next(&mut self) -> Next {
        if self.runner.processes.stop.load(Ordering::Relaxed) {
            return Next::Done;
        }
        let mut somebody_else = false;
        for index in 0..self.waiting.len() {
            let waiting = self.waiting[index];
            let run = &self.plan.runs[waiting.index];
            if !self.would_end_in_time(waiting.index) {
                continue;
            }
            match self.training_of(run) {
                TrainingOf::There => {}
                TrainingOf::UnderWay => {
                    somebody_else = true;
                    continue;
                }
                TrainingOf::Waiting => continue,
                TrainingOf::Lost(why) => {
                    self.waiting.remove(index);
                    return Next::Ended(waiting.index, Outcome::Failed(why));
                }
            }
            match self.runner.processes.store.lock(run) {
                Ok(None) => somebody_else = true,
                Ok(Some(lock)) => {
                    self.waiting.remove(index);
                    return match self.runner.recorded_or_set_aside(run) {
                        Outcome::NotRun => {
                            self.running.push(waiting.index);
                            Next::Run(waiting, lock)
                        }
                        outcome => Next::Ended(waiting.index, outcome),
                    };
                }
                Err(error) => {
                    self.waiting.remove(index);
                    return Next::Ended(waiting.index, Outcome::Failed(format!("{error:#}")));
                }
            }
        }
        // A run that is under way may fail and come back.
        let may_come_back = !self.running.is_empty() && self.runner.retries > 0;
        if somebody_else || may_come_back { Next::Wait } else { Next::Done }
    }

    /// How far the training is that a run takes; that of a run which trains itself is there.
    fn training_of(&self, run: &Run) -> TrainingOf {
        let Some(trained) = &run.trained_by else { return TrainingOf::There };
        let is = |index: usize| self.plan.runs[index].hash == *trained;
        if record_of(&self.runner.processes.store.folder, trained).is_ok_and(|record| record.is_some()) {
            TrainingOf::There
        } else if self.running.iter().any(|index| is(*index)) {
            TrainingOf::UnderWay
        } else if self.waiting.iter().any(|waiting| is(waiting.index)) {
            TrainingOf::Waiting
        } else {
            TrainingOf::Lost(format!("run {trained}, whose training it takes, has no result"))
        }
    }

    fn would_end_in_time(&self, index: usize) -> bool {
        let Some(budget) = &self.runner.budget else { return true };
        let (took, expected) = self.slowness;
        let slowness = if expected > 0.0 { took / expected } else { 1.0 };
        budget.seconds[index] * slowness <= budget.ends.saturating_duration_since(Instant::now()).as_secs_f64()
    }

    /// What follows from the end of a try.
    fn ended(&mut self, waiting: Waiting, ended: Result<Ended>, took: Duration) -> Event {
        let index = waiting.index;
        self.running.retain(|running| *running != index);
        match ended {
            Ok(Ended::Finished(record)) => {
                if let Some(budget) = self.runner.budget.as_ref().filter(|_| self.plan.runs[index].trains()) {
                    self.slowness.0 += took.as_secs_f64();
                    self.slowness.1 += budget.seconds[index];
                }
                Event::Ended(index, Outcome::Finished(record))
            }
            Ok(Ended::Stopped) => {
                self.waiting.push_front(waiting);
                Event::Ended(index, Outcome::NotRun)
            }
            Ok(Ended::Failed(failure)) if waiting.tries < self.runner.retries => {
                self.waiting.push_back(Waiting { index, tries: waiting.tries + 1 });
                let left = self.runner.retries - waiting.tries;
                Event::Retry(index, format!("failed, {left} more to try: {}", failure.status))
            }
            Ok(Ended::Failed(failure)) => {
                let log = format!("cells/{}.log", self.plan.runs[index].hash);
                Event::Ended(index, Outcome::Failed(described(&failure, waiting.tries + 1, &log)))
            }
            Err(error) => Event::Ended(index, Outcome::Failed(format!("{error:#}"))),
        }
    }
}

/// What a thread does until nothing is left.
fn work(queue: &Mutex<Queue>, device: Option<&str>, sender: &Sender<Event>) {
    let locked = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    let processes = locked().runner.processes;
    let plan = locked().plan;
    let tell = |event| drop(sender.send(event));
    loop {
        let next = locked().next();
        match next {
            Next::Run(waiting, lock) => {
                tell(Event::Began(waiting.index, device.map(str::to_owned)));
                let started = Instant::now();
                let ended = processes.run(&plan.runs[waiting.index], device, &lock);
                drop(lock);
                let event = locked().ended(waiting, ended, started.elapsed());
                tell(event);
            }
            Next::Ended(index, outcome) => tell(Event::Ended(index, outcome)),
            Next::Wait => thread::sleep(POLL),
            Next::Done => return,
        }
    }
}

fn take(event: Event, progress: &mut Progress, outcomes: &mut [Outcome]) {
    match event {
        Event::Began(index, device) => progress.begin(index, device.as_deref()),
        Event::Retry(index, why) => progress.end(index, &why, false),
        Event::Ended(index, outcome) => {
            if matches!(outcome, Outcome::Failed(_)) {
                progress.count_failure();
            }
            progress.end(index, &said(&outcome), true);
            outcomes[index] = outcome;
        }
    }
}
