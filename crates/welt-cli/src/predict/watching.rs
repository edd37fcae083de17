//! What goes on while documents are tagged: a bar with documents a second and the time left, lines where no bar can be seen, and when
//! each stage was at work. Nothing is known here of what is read and written.

use std::collections::VecDeque;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::ProgressBar;
use serde_json::json;
use welt_tagger::{Stage, Stretch, Watch};

use crate::convert::BytesRead;
use crate::destination::Destination;
use crate::interrupt::is_interrupted;
use crate::progress;

/// How often a line is said where no bar can be seen.
const BETWEEN_LINES: Duration = Duration::from_secs(60);

/// What is being tagged, and how far it is.
pub struct Watching {
    began: Instant,
    /// Bytes of all inputs, where these are files; and what was read of each.
    total: Option<u64>,
    read: Vec<BytesRead>,
    bar: ProgressBar,
    /// What is counted, such as documents.
    units: &'static str,
    state: Mutex<Progress>,
    stretches: Mutex<Vec<Stretch>>,
    keeps_all: bool,
}

struct Progress {
    /// How many units were read when so many bytes were, from the last pair that is written on.
    marks: VecDeque<(usize, u64)>,
    /// Units that were written before this run, their bytes, and when they were passed over.
    skipped: usize,
    skipped_bytes: u64,
    resumed: Instant,
    /// Units that are written now.
    written: usize,
    said: Instant,
}

impl Watching {
    /// Over files of such lengths, or over something else where there are none; `keeps_all` is for a trace.
    pub fn new(files: Vec<Option<(u64, BytesRead)>>, units: &'static str, keeps_all: bool) -> Self {
        let files: Option<Vec<(u64, BytesRead)>> = files.into_iter().collect();
        let total =
            files.as_ref().map(|files| files.iter().map(|(length, _)| length).sum::<u64>()).filter(|all| *all > 0);
        let now = Instant::now();
        let bar = progress::bar_of_rate(total, "tagging");
        bar.set_message(format!("no {units} yet"));
        Self {
            began: now,
            total,
            read: files.into_iter().flatten().map(|(_, read)| read).collect(),
            bar,
            units,
            state: Mutex::new(Progress::new(now)),
            stretches: Mutex::new(Vec::new()),
            keeps_all,
        }
    }

    /// Bytes of all inputs, where these are files.
    pub const fn input_bytes(&self) -> Option<u64> {
        self.total
    }

    /// So many units were read so far, of which an earlier run wrote the first `skipped`.
    pub fn has_read(&self, units: usize) {
        let bytes = self.read.iter().map(BytesRead::get).sum::<u64>().min(self.total.unwrap_or(u64::MAX));
        self.state().marks.push_back((units, bytes));
    }

    /// An earlier run wrote so many units.
    pub fn skips(&self, units: usize) {
        let mut state = self.state();
        state.skip(units, Instant::now());
        self.bar.set_position(state.skipped_bytes);
        // What is passed over says nothing of how long the rest takes.
        self.bar.reset_eta();
    }

    /// So many units are written.
    pub fn has_written(&self, units: usize) {
        let mut state = self.state();
        state.write(units);
        let bytes = state.bytes();
        let rate = (units - state.skipped) as f64 / state.resumed.elapsed().as_secs_f64().max(1e-9);
        let shown = if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") };
        self.bar.set_position(bytes);
        self.bar.set_message(format!("{shown} {} a second", self.units));
        if self.bar.is_hidden() && state.said.elapsed() > BETWEEN_LINES {
            state.said = Instant::now();
            let left = self.total.and_then(|total| state.left(total, state.resumed.elapsed()));
            let left = left.map(|left| format!(", {} left", in_words(left))).unwrap_or_default();
            tracing::info!("{units} {}, {shown} a second{left}", self.units);
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// The seconds since the beginning.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Seconds between the first and the last forward pass in which the network had no group, though there was one yet to come; none
    /// where there were no forward passes.
    pub fn idle_seconds(&self) -> Option<f64> {
        let mut stretches: Vec<Stretch> =
            self.stretches().iter().copied().filter(|stretch| stretch.stage == Stage::Infer).collect();
        stretches.sort_by_key(|stretch| stretch.began);
        let mut idle = Duration::ZERO;
        let mut until = stretches.first()?.began;
        for stretch in &stretches {
            idle += stretch.began.saturating_duration_since(until);
            until = until.max(stretch.ended);
        }
        Some(idle.as_secs_f64())
    }

    /// Writes when each stage of each group began and ended, in the form of Chrome's trace events, which Perfetto shows too.
    ///
    /// # Errors
    /// What does not take it.
    fn write_trace(&self, out: &mut impl Write) -> Result<()> {
        let events: Vec<_> = self
            .stretches()
            .iter()
            .map(|Stretch { group, stage, began, ended }| {
                let micros = |moment: &Instant| moment.saturating_duration_since(self.began).as_micros() as u64;
                json!({
                    "name": format!("{stage:?} {group}"), "cat": format!("{stage:?}"), "ph": "X", "pid": 1,
                    // Two groups may be in one stage at a time: each stage has two lanes.
                    "tid": *stage as usize * 2 + group % 2, "ts": micros(began), "dur": micros(ended) - micros(began),
                })
            })
            .collect();
        Ok(writeln!(out, "{}", json!({ "traceEvents": events, "displayTimeUnit": "ms" }))?)
    }

    /// The same into a file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_trace_to(&self, path: &Path) -> Result<()> {
        let mut out = Destination::file(path, "--trace")?;
        self.write_trace(&mut out.writer)?;
        out.finish()
    }

    fn state(&self) -> MutexGuard<'_, Progress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stretches(&self) -> MutexGuard<'_, Vec<Stretch>> {
        self.stretches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    fn new(now: Instant) -> Self {
        let marks = VecDeque::from([(0, 0)]);
        Self { marks, skipped: 0, skipped_bytes: 0, resumed: now, written: 0, said: now }
    }

    fn write(&mut self, units: usize) {
        self.written = units;
        while self.marks.get(1).is_some_and(|(read, _)| *read <= units) {
            self.marks.pop_front();
        }
    }

    fn skip(&mut self, units: usize, now: Instant) {
        self.write(units);
        (self.skipped, self.skipped_bytes, self.resumed) = (units, self.bytes(), now);
    }

    /// The time left at the speed since what an earlier run wrote was passed over.
    fn left(&self, total: u64, elapsed: Duration) -> Option<Duration> {
        let bytes = self.bytes();
        let done = bytes.checked_sub(self.skipped_bytes).filter(|done| *done > 0)?;
        Some(elapsed.mul_f64(total.saturating_sub(bytes) as f64 / done as f64))
    }

    /// The bytes of what is written, in proportion between two marks.
    fn bytes(&self) -> u64 {
        match (self.marks.front(), self.marks.get(1)) {
            (Some((units, bytes)), Some((next_units, next_bytes))) if next_units > units => {
                let share = (self.written - units) as f64 / (next_units - units) as f64;
                bytes + (share * (next_bytes - bytes) as f64) as u64
            }
            (first, _) => first.map_or(0, |(_, bytes)| *bytes),
        }
    }
}

impl Watch for Watching {
    fn pass(&self, _: usize) -> ControlFlow<()> {
        if is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn stretch(&self, stretch: Stretch) {
        if self.keeps_all || stretch.stage == Stage::Infer {
            self.stretches().push(stretch);
        }
    }
}

/// A time as people say it.
fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        _ => format!("{:.1} hours", seconds as f64 / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_in_proportion_to_what_is_written() {
        let marks = VecDeque::from([(0, 0), (10, 1000), (30, 2000)]);
        let mut state = Progress { marks, ..Progress::new(Instant::now()) };
        let mut at = |written: usize| {
            state.write(written);
            state.bytes()
        };
        assert_eq!([at(0), at(5), at(10), at(20), at(30)], [0, 500, 1000, 1500, 2000]);
    }

    #[test]
    fn what_an_earlier_run_wrote_makes_this_one_no_faster() {
        let marks = VecDeque::from([(0, 0), (10, 1000), (30, 2000)]);
        let mut state = Progress { marks, ..Progress::new(Instant::now()) };
        state.skip(10, Instant::now());
        let second = Duration::from_secs(1);
        assert_eq!(state.left(3000, second), None);
        state.write(20);
        assert_eq!(state.left(3000, second), Some(Duration::from_secs(3)));
    }

    #[test]
    fn idle_is_what_no_group_covers() {
        let watching = Watching::new(vec![None], "documents", false);
        assert_eq!(watching.idle_seconds(), None);
        let began = watching.began;
        let after = |seconds: u64| began + Duration::from_secs(seconds);
        for (group, from, to) in [(0, 5, 10), (1, 8, 12), (2, 12, 13), (3, 16, 20)] {
            watching.stretch(Stretch { group, stage: Stage::Infer, began: after(from), ended: after(to) });
            watching.stretch(Stretch { group, stage: Stage::Write, began: after(0), ended: after(99) });
        }
        assert!(watching.idle_seconds().is_some_and(|idle| (idle - 3.0).abs() < 1e-9));
        assert_eq!(in_words(Duration::from_secs(600)), "10 minutes");
    }
}
