//! What a sweep says while it runs: a live line a running cell and one for all on a terminal, plain lines elsewhere.
//! Which run begins and ends goes in, text on standard error comes out; it decides nothing.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::follow::{Follower, duration};
use super::outcome::FAILED;
use super::plan::{Plan, Run};
use super::store::Store;

/// How often plain lines tell how far the running cells are.
const BETWEEN_LINES: Duration = Duration::from_secs(30);

/// Everything that is shown.
pub struct Progress<'a> {
    plan: &'a Plan,
    store: &'a Store,
    /// How much work each run is, in any unit.
    work: &'a [f64],
    live: Option<(MultiProgress, ProgressBar)>,
    /// Whether only what fails is said.
    is_quiet: bool,
    running: Vec<Running>,
    total: usize,
    done: usize,
    failed: usize,
    /// Work that has ended since the sweep began, and work that is left.
    work_done: f64,
    work_left: f64,
    started: Instant,
    said: Instant,
}

struct Running {
    index: usize,
    follower: Follower,
    bar: Option<ProgressBar>,
    /// The share of its steps that is done.
    share: f64,
}

impl<'a> Progress<'a> {
    /// `open` are the runs of the plan that have no record.
    pub fn new(plan: &'a Plan, store: &'a Store, work: &'a [f64], open: &[usize], is_quiet: bool) -> Self {
        let live = (std::io::stderr().is_terminal() && !open.is_empty() && !is_quiet).then(|| {
            let bars = MultiProgress::new();
            let total = bars.add(ProgressBar::new(plan.runs.len() as u64).with_style(style("{bar:30} {msg}")));
            total.enable_steady_tick(Duration::from_secs(1));
            (bars, total)
        });
        let now = Instant::now();
        Self {
            plan,
            store,
            work,
            live,
            is_quiet,
            running: Vec::new(),
            total: plan.runs.len(),
            done: plan.runs.len() - open.len(),
            failed: 0,
            work_done: 0.0,
            work_left: open.iter().map(|&index| work[index]).sum(),
            started: now,
            said: now,
        }
    }

    /// A line above the live ones.
    pub fn say(&self, line: &str) {
        match &self.live {
            Some((bars, _)) => drop(bars.println(line)),
            None => eprintln!("{line}"),
        }
    }

    /// A run was started.
    pub fn begin(&mut self, index: usize, device: Option<&str>) {
        let run = &self.plan.runs[index];
        let bar = self.live.as_ref().map(|(bars, total)| {
            let bar = bars.insert_before(total, ProgressBar::new(1).with_style(style("  {prefix}: {msg}")));
            bar.set_prefix(with_device(run, device));
            bar.set_message("starting");
            bar
        });
        let follower = Follower::new(self.store.partial(run).join("metrics.jsonl"));
        self.running.push(Running { index, follower, bar, share: 0.0 });
    }

    /// A run ended, or a try of it that is not the last.
    pub fn end(&mut self, index: usize, said: &str, is_last_try: bool) {
        if let Some(position) = self.running.iter().position(|running| running.index == index)
            && let Some(bar) = self.running.remove(position).bar
        {
            bar.finish_and_clear();
        }
        let run = &self.plan.runs[index];
        if !is_last_try {
            self.say(&format!("{run}: {said}"));
            return;
        }
        self.done += 1;
        let is_failure = said.starts_with(FAILED);
        self.work_done += self.work[index];
        self.work_left -= self.work[index];
        let (done, total) = (self.done, self.total);
        let gone = duration(self.started.elapsed().as_secs_f64());
        let left = self.seconds_left().map(|left| format!(", about {} left", duration(left))).unwrap_or_default();
        if is_failure || !self.is_quiet {
            self.say(&format!("[{done}/{total}] {run}: {said} ({gone} gone{left})"));
        }
    }

    /// Counts a failed run.
    pub fn count_failure(&mut self) {
        self.failed += 1;
    }

    /// Looks how far the running cells are.
    pub fn look(&mut self) {
        let is_time = self.live.is_none() && !self.is_quiet && self.said.elapsed() > BETWEEN_LINES;
        for running in &mut self.running {
            let Some(state) = running.follower.look() else { continue };
            running.share = state.step as f64 / state.total_steps.max(1) as f64;
            if let Some(bar) = &running.bar {
                bar.set_message(state.to_string());
            } else if is_time {
                eprintln!("  {}: {state}", self.plan.runs[running.index]);
            }
        }
        if is_time {
            self.said = Instant::now();
            eprintln!("{}", self.summary());
        }
        if let Some((_, total)) = &self.live {
            total.set_position(self.done as u64);
            total.set_message(self.summary());
        }
    }

    fn summary(&self) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let left = self.seconds_left().map(|left| format!(", about {} left", duration(left))).unwrap_or_default();
        let (done, total, running) = (self.done, self.total, self.running.len());
        let gone = duration(self.started.elapsed().as_secs_f64());
        format!("{done} of {total} runs ended{failed}, {running} running, {gone} gone{left}")
    }

    /// From how fast work was done since the sweep began.
    fn seconds_left(&self) -> Option<f64> {
        let under_way: f64 = self.running.iter().map(|running| running.share * self.work[running.index]).sum();
        let done = self.work_done + under_way;
        (done > 0.0).then(|| self.started.elapsed().as_secs_f64() * (self.work_left - under_way).max(0.0) / done)
    }

    /// Takes the live lines away.
    pub fn finish(self) {
        for running in &self.running {
            running.bar.iter().for_each(ProgressBar::finish_and_clear);
        }
        if let Some((_, total)) = self.live {
            total.finish_and_clear();
        }
    }
}

fn with_device(run: &Run, device: Option<&str>) -> String {
    device.map_or_else(|| run.to_string(), |device| format!("{run} on {device}"))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
