//! The directory of a run: all of it, or nothing.
//! Files go to `NAME.partial`, which takes the name at the end and goes away when the run does not get there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use welt_files::{FilesError, NewFolder, make_folders};
use welt_record::Metric;

use crate::destination::advised;
use crate::tensorboard::EventWriter;

/// A line for every step and epoch.
const METRICS: &str = "metrics.jsonl";

/// A run directory that is being filled.
pub struct RunDirectory {
    folder: NewFolder,
    metrics: BufWriter<File>,
    events: EventWriter<BufWriter<File>>,
}

impl RunDirectory {
    /// Makes sure that nothing would be overwritten.
    ///
    /// # Errors
    /// A directory that exists already.
    pub fn refuse_existing(path: &Path) -> Result<()> {
        NewFolder::refuse_existing(path).map_err(|error| advised(error, "directory"))
    }

    /// Starts to fill the directory; what an earlier run left half-done there is removed.
    ///
    /// # Errors
    /// A directory that exists already, or that cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        if let Some(above) = path.parent() {
            make_folders(above).map_err(|error| match error {
                FilesError::Io { source, .. } => {
                    anyhow!("{}: cannot be made: {source}; name a directory with --output that can be", path.display())
                }
                other => other.into(),
            })?;
        }
        let folder = NewFolder::create(path).map_err(|error| advised(error, "directory"))?;
        let metrics = folder.create_file(METRICS)?;
        let seconds = seconds_since_1970();
        let events = folder.create_file(&format!("events.out.tfevents.{}.welt", seconds as u64))?;
        let events = EventWriter::new(events, seconds).context("writing events")?;
        Ok(Self { folder, metrics, events })
    }

    /// Where files go while the run is under way.
    pub fn partial(&self) -> &Path {
        self.folder.partial()
    }

    /// Appends a line to `metrics.jsonl` and its numbers, but those that count steps, to the TensorBoard events, under the
    /// name of its kind.
    pub fn metric(&mut self, metric: &Metric) -> Result<()> {
        let seconds = seconds_since_1970();
        let (step, values) = match metric {
            Metric::Step(step) => (step.step, serde_json::to_value(step)?),
            Metric::Epoch(epoch) => (epoch.epoch, serde_json::to_value(epoch)?),
        };
        let kind = match metric {
            Metric::Step(_) => "step",
            Metric::Epoch(_) => "epoch",
        };
        for (name, value) in values.as_object().into_iter().flatten() {
            let is_count = matches!(name.as_str(), "step" | "total_steps" | "epoch");
            if let Some(number) = value.as_f64().filter(|_| !is_count) {
                self.events
                    .scalar(&format!("{kind}/{name}"), step as u64, number as f32, seconds)
                    .with_context(|| format!("writing events in {}", self.partial().display()))?;
            }
        }
        writeln!(self.metrics, "{}", metric.to_line()?).with_context(|| self.shown(METRICS))
    }

    /// Hands what was written so far to the system, so that it can be followed.
    pub fn flush(&mut self) -> Result<()> {
        self.metrics.flush().with_context(|| self.shown(METRICS))?;
        self.events.flush().with_context(|| self.shown("the events"))
    }

    /// Writes a JSON file.
    pub fn json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.file(name, |out| Ok(out.write_all(text.as_bytes())?))
    }

    /// Writes a file through a buffer; its folder is made if need be.
    pub fn file(&self, name: &str, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
        self.folder.file(name, |out| write(out).with_context(|| self.shown(name)))
    }

    /// Gives the directory its name.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        Ok(self.folder.finish()?)
    }

    fn shown(&self, name: &str) -> String {
        format!("writing {}", self.folder.path().join(name).display())
    }
}

/// The SHA-256 of each file, by its path.
pub fn hashes<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<BTreeMap<String, String>> {
    files.into_iter().map(|path| Ok((path.display().to_string(), welt_files::sha256(path)?))).collect()
}

fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
