//! Runs what is planned: a `welt train` process a run, so many at a time.
//! A plan goes in, what became of every run comes out; a run that fails does not stop the others.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{IsTerminal as _, Read as _, Seek as _, SeekFrom};
use std::num::NonZero;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use super::plan::{Plan, Run};
use super::program::{Welt, shown};
use super::records::{Record, Store, record};

/// What became of a run.
#[derive(Debug, Clone)]
pub enum Outcome {
    Finished(Box<Record>),
    /// Why, in one or more lines.
    Failed(String),
    NotRun,
}

/// How to run.
#[derive(Debug)]
pub struct Runner<'a> {
    pub welt: &'a Welt,
    pub store: &'a Store,
    /// The folder of the sweep.
    pub folder: &'a Path,
    /// Passed on as `--device`, if given.
    pub device: Option<&'a str>,
    /// Processes at a time.
    pub jobs: usize,
    /// Set from outside to end everything.
    pub stop: &'static AtomicBool,
}

/// How often a process is looked at.
const POLL: Duration = Duration::from_millis(50);

/// How long a process may take to end by itself after Ctrl-C, which a terminal sends to it as well.
const GRACE: Duration = Duration::from_secs(3);

/// How much of the end of a log is shown.
const TAIL_BYTES: u64 = 4096;
const TAIL_LINES: usize = 12;

impl Runner<'_> {
    /// Runs all that has no record yet; one outcome a run of the plan, in its order.
    pub fn run(&self, plan: &Plan) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        for run in &plan.runs {
            outcomes.push(match record(self.folder, run)? {
                Some(record) => Outcome::Finished(Box::new(record)),
                None => Outcome::NotRun,
            });
        }
        let open = (0..plan.runs.len()).filter(|&place| matches!(outcomes[place], Outcome::NotRun));
        let waiting: Mutex<VecDeque<usize>> = Mutex::new(open.collect());
        let open = waiting.lock().unwrap_or_else(PoisonError::into_inner).len();
        let mut progress = Progress::new(plan.runs.len(), plan.runs.len() - open, self.jobs);
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..self.jobs.min(open) {
                let (sender, waiting) = (sender.clone(), &waiting);
                scope.spawn(move || {
                    while let Some(place) = self.next(waiting) {
                        let outcome = self.run_one(&plan.runs[place]);
                        // Nobody listens only when the sweep is over.
                        let _ = sender.send((place, outcome));
                    }
                });
            }
            drop(sender);
            for (place, outcome) in receiver {
                progress.report(&plan.runs[place], &outcome);
                outcomes[place] = outcome;
            }
        });
        progress.end();
        Ok(outcomes)
    }

    fn next(&self, waiting: &Mutex<VecDeque<usize>>) -> Option<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn run_one(&self, run: &Run) -> Outcome {
        match self.train(run) {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        }
    }

    fn train(&self, run: &Run) -> Result<Outcome> {
        self.store.prepare(run)?;
        let log = self.store.log(run);
        let file = File::create(&log).with_context(|| format!("writing {}", log.display()))?;
        let mut command = self.command(run);
        command.stdin(Stdio::null()).stdout(file.try_clone().context("a second handle of the log")?).stderr(file);
        let mut child = command.spawn().with_context(|| format!("starting {}", shown(&command)))?;
        let Some(status) = self.wait(&mut child)? else { return Ok(Outcome::NotRun) };
        match record(self.folder, run)? {
            Some(record) if status.success() => Ok(Outcome::Finished(Box::new(record))),
            found => {
                let lacking = if found.is_none() { " and no record" } else { "" };
                let shown = log.strip_prefix(self.folder).unwrap_or(&log);
                Ok(Outcome::Failed(format!("{status}{lacking}, log in {}\n{}", shown.display(), tail(&log))))
            }
        }
    }

    /// The status of a process, or none when it was ended from outside.
    fn wait(&self, child: &mut Child) -> Result<Option<ExitStatus>> {
        let mut stopped_at: Option<Instant> = None;
        loop {
            if let Some(status) = child.try_wait().context("waiting for welt")? {
                return Ok(if stopped_at.is_some() && !status.success() { None } else { Some(status) });
            }
            if self.stop.load(Ordering::Relaxed) {
                let since = stopped_at.get_or_insert_with(Instant::now);
                if since.elapsed() > GRACE {
                    child.kill().context("ending welt")?;
                }
            }
            thread::sleep(POLL);
        }
    }

    /// `welt train` for one run.
    fn command(&self, run: &Run) -> Command {
        let training = &run.training;
        let mut command = Command::new(&self.welt.path);
        command.arg("train");
        for train in &run.train {
            command.arg("--train").arg(train);
        }
        for counts_from in run.counts_from.iter().flatten() {
            command.arg("--counts-from").arg(counts_from);
        }
        command.arg("--dev").arg(&run.dev).arg("--test").arg(&run.test).arg("--model").arg(&run.model_folder);
        if run.from_scratch {
            command.arg("--from-scratch");
        }
        command.arg("--output").arg(self.store.run_folder(run));
        let numbers = [
            ("--weights", run.weighting.scheme.to_string()),
            ("--label-order", run.weighting.order.to_string()),
            ("--seed", run.seed.to_string()),
            ("--epochs", training.epochs.to_string()),
            ("--batch-size", training.batch_size.to_string()),
            ("--learning-rate", training.learning_rate.to_string()),
            ("--warmup-ratio", training.warmup_ratio.to_string()),
            ("--weight-decay", training.weight_decay.to_string()),
            ("--max-length", training.max_length.to_string()),
            ("--window-context", training.window_context.to_string()),
            ("--micro-batch-size", training.micro_batch_size.to_string()),
            ("--batches-sorted-together", training.batches_sorted_together.to_string()),
            ("--max-gradient-norm", training.max_gradient_norm.to_string()),
            ("--keep", training.keep.to_string()),
        ];
        for (name, value) in numbers {
            command.arg(name).arg(value);
        }
        if let Some(device) = self.device {
            command.args(["--device", device]);
        }
        command.args(["--no-save-model", "--quiet"]);
        // Runs side by side share the cores; a run gives the same bits on any number of threads.
        if std::env::var_os("RAYON_NUM_THREADS").is_none() {
            command.env("RAYON_NUM_THREADS", (cores() / self.jobs).max(1).to_string());
        }
        command
    }
}

/// How many threads the machine runs at a time.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// The last lines of a log, indented.
fn tail(log: &Path) -> String {
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
    let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    if last.is_empty() { "  (empty)".to_owned() } else { format!("  {}", last.join("\n  ")) }
}

/// A bar on a terminal, a line a run elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    done: usize,
    done_before: usize,
    started: Instant,
}

impl Progress {
    fn new(total: usize, done_before: usize, jobs: usize) -> Self {
        let to_do = total - done_before;
        let of_these =
            if done_before > 0 { format!("{done_before} of {total} runs are finished; ") } else { String::new() };
        eprintln!("{of_these}{to_do} to run, {jobs} at a time");
        let bar = (std::io::stderr().is_terminal() && to_do > 0).then(|| {
            let template = "{bar:30} {pos}/{len} runs, {elapsed} gone, {eta} left  {msg}";
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(to_do as u64).with_style(style);
            bar.enable_steady_tick(Duration::from_secs(1));
            bar
        });
        Self { bar, total, done: done_before, done_before, started: Instant::now() }
    }

    fn report(&mut self, run: &Run, outcome: &Outcome) {
        let name = format!("{} {} {} seed {}", run.dataset, run.model, run.weighting, run.seed);
        self.done += 1;
        let here = self.done - self.done_before;
        let gone = self.started.elapsed().as_secs_f64();
        let left = gone / here as f64 * (self.total - self.done) as f64;
        let said = match outcome {
            Outcome::Finished(record) => format!("test F1 {:.2}", 100.0 * record.scores.test.default.f1),
            Outcome::Failed(why) => format!("failed: {why}"),
            Outcome::NotRun => "stopped".to_owned(),
        };
        match &self.bar {
            Some(bar) => {
                bar.println(format!("{name}: {said}"));
                bar.inc(1);
            }
            None => {
                let (done, total) = (self.done, self.total);
                eprintln!("[{done}/{total}] {name}: {said} ({gone:.0} s gone, about {left:.0} s left)");
            }
        }
    }

    fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
