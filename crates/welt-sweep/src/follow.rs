//! How far a run is, read from the `metrics.jsonl` that it is writing.
//! The file goes in as it grows; step, loss, speed and time left come out.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use welt_record::{Metric, Step};

/// Reads what is new in a file whenever it is asked.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    offset: u64,
    /// The end of a line that is not all there yet.
    rest: String,
    /// When the first step was seen, and what had been done by then.
    since: Option<(Instant, Done)>,
    done: Done,
    last: Option<Step>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    pub step: u64,
    pub total_steps: u64,
    pub loss: f64,
    /// Sub-words of a second, and seconds until the last step; none until some were timed.
    pub speed: Option<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Done {
    steps: u64,
    subwords: u64,
}

impl Follower {
    /// Follows the file at `path`, which need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, offset: 0, rest: String::new(), since: None, done: Done::default(), last: None }
    }

    /// How far the run is; none before its first steps are written.
    pub fn look(&mut self) -> Option<State> {
        if self.read() > 0 && self.since.is_none() {
            self.since = Some((Instant::now(), self.done));
        }
        let step = self.last?;
        let speed = self.since.and_then(|(instant, before)| self.speed(instant.elapsed(), before));
        Some(State { step: step.step as u64, total_steps: step.total_steps as u64, loss: step.loss, speed })
    }

    /// The same for a file that was not followed from its beginning: its age tells the speed.
    pub fn look_once(&mut self) -> Option<State> {
        self.read();
        let step = self.last?;
        let metadata = self.path.metadata().ok()?;
        let began = metadata.created().ok();
        let wrote: Option<SystemTime> = metadata.modified().ok();
        let age = began.zip(wrote).and_then(|(began, wrote)| wrote.duration_since(began).ok());
        let speed = age.and_then(|age| self.speed(age, Done::default()));
        Some(State { step: step.step as u64, total_steps: step.total_steps as u64, loss: step.loss, speed })
    }

    fn speed(&self, time: Duration, before: Done) -> Option<(f64, f64)> {
        let (step, seconds) = (self.last?, time.as_secs_f64());
        let steps = self.done.steps.saturating_sub(before.steps);
        if steps == 0 || seconds <= 0.0 {
            return None;
        }
        let left = step.total_steps.saturating_sub(step.step) as f64 * seconds / steps as f64;
        Some(((self.done.subwords - before.subwords) as f64 / seconds, left))
    }

    /// Takes in what is new; how many steps that was.
    fn read(&mut self) -> u64 {
        let before = self.done.steps;
        let new = || -> std::io::Result<Vec<u8>> {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(self.offset))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        // A file that is not there yet, or no longer, says nothing new.
        let bytes = new().unwrap_or_default();
        self.offset += bytes.len() as u64;
        self.rest.push_str(&String::from_utf8_lossy(&bytes));
        let whole = self.rest.rfind('\n').map_or(0, |end| end + 1);
        for line in self.rest[..whole].lines() {
            if let Some(Metric::Step(step)) = Metric::of_line(line) {
                self.done.steps += 1;
                self.done.subwords += step.subwords as u64;
                self.last = Some(step);
            }
        }
        self.rest.drain(..whole);
        self.done.steps - before
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "step {}/{}, loss {:.4}", self.step, self.total_steps, self.loss)?;
        match self.speed {
            Some((speed, left)) => write!(f, ", {speed:.0} tokens/s, {} left", duration(left)),
            None => Ok(()),
        }
    }
}

/// A time as one says it.
pub fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 100.0 => format!("{seconds:.0} s"),
        seconds if seconds < 6000.0 => format!("{:.0} min", seconds / 60.0),
        seconds if seconds < 48.0 * 3600.0 => format!("{:.1} h", seconds / 3600.0),
        seconds => format!("{:.1} days", seconds / 86400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn half_a_line_waits_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut follower = Follower::new(path.clone());
        assert_eq!(follower.look(), None);
        let mut file = File::create(&path).unwrap();
        let line = |step: u64| {
            format!("{{\"kind\":\"step\",\"step\":{step},\"total_steps\":4,\"loss\":0.5,\"subwords\":10}}\n")
        };
        write!(file, "{}{}", line(1), &line(2)[..20]).unwrap();
        assert_eq!(follower.look().unwrap().to_string(), "step 1/4, loss 0.5000");
        writeln!(file, "{}{{\"kind\":\"epoch\",\"epoch\":1}}", &line(2)[20..]).unwrap();
        let state = follower.look().unwrap();
        assert_eq!((state.step, state.total_steps), (2, 4));
        assert!(state.speed.is_some_and(|(speed, left)| speed > 0.0 && left > 0.0), "{state:?}");
        assert_eq!(Follower::new(path).look_once().unwrap().step, 2);
    }

    #[test]
    fn times_read_well() {
        let shown: Vec<String> = [4.2, 99.0, 130.0, 7200.0, 400_000.0].map(duration).to_vec();
        assert_eq!(shown, ["4 s", "99 s", "2 min", "2.0 h", "4.6 days"]);
    }
}
