//! The directory of a run: all of it, or a folder that says how to go on.
//! Files go to `NAME.partial`, which takes the name at the end.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
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
    events_name: String,
}

/// How far the files were that grow while a run is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Written {
    metrics_bytes: u64,
    events: String,
    events_bytes: u64,
}

impl RunDirectory {
    /// Makes sure that nothing would be overwritten.
    ///
    /// # Errors
    /// A directory that exists already.
    pub fn refuse_existing(path: &Path) -> Result<()> {
        NewFolder::refuse_existing(path).map_err(|error| advised(error, "directory"))
    }

    /// Takes the folder for this process, with what an earlier run left in it. `mark` is what it says of itself.
    ///
    /// # Errors
    /// A directory that exists already, is being filled, is somebody's own or cannot be made.
    pub fn take(path: &Path, mark: &str) -> Result<NewFolder> {
        if let Some(above) = path.parent() {
            make_folders(above).map_err(|error| match error {
                FilesError::Io { source, .. } => {
                    anyhow!("{}: cannot be made: {source}; name a directory with --output that can be", path.display())
                }
                other => other.into(),
            })?;
        }
        NewFolder::open(path, mark).map_err(|error| advised(error, "directory"))
    }

    /// Starts to fill the folder; what is in it is removed.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn begin(mut folder: NewFolder, mark: &str) -> Result<Self> {
        if folder.is_left_over() {
            tracing::warn!("removing what an interrupted run left in {}", folder.partial().display());
            folder.start_over(mark)?;
        }
        let seconds = seconds_since_1970();
        let events_name = format!("events.out.tfevents.{}.welt", seconds as u64);
        let streams = || -> Result<_> {
            let metrics = folder.create_file(METRICS)?;
            let events = EventWriter::new(folder.create_file(&events_name)?, seconds).context("writing events")?;
            Ok((metrics, events))
        };
        match streams() {
            Ok((metrics, events)) => Ok(Self { folder, metrics, events, events_name }),
            Err(error) => {
                folder.discard();
                Err(error)
            }
        }
    }

    /// Goes on where a checkpoint was written: what came after it is cut off.
    ///
    /// # Errors
    /// Files that are shorter than they were, or that cannot be written.
    pub fn go_on(folder: NewFolder, written: &Written) -> Result<Self> {
        let cut = |name: &str, bytes: u64| -> Result<BufWriter<File>> {
            let path = folder.partial().join(name);
            let opened = || -> std::io::Result<File> {
                let file = OpenOptions::new().append(true).open(&path)?;
                if file.metadata()?.len() < bytes {
                    return Err(std::io::Error::other(format!("is shorter than {bytes} bytes, which it had")));
                }
                file.set_len(bytes)?;
                Ok(file)
            };
            opened().map(BufWriter::new).with_context(|| path.display().to_string())
        };
        let metrics = cut(METRICS, written.metrics_bytes)?;
        let events = EventWriter::going_on(cut(&written.events, written.events_bytes)?);
        // Scores and models are made again: what is there may have been cut off.
        for name in ["predictions", "model"] {
            let path = folder.partial().join(name);
            if path.exists() {
                fs::remove_dir_all(&path).with_context(|| path.display().to_string())?;
            }
        }
        Ok(Self { folder, metrics, events, events_name: written.events.clone() })
    }

    /// Where files go while the run is under way.
    pub fn partial(&self) -> &Path {
        self.folder.partial()
    }

    /// Appends a line to `metrics.jsonl` and its numbers, but those that count steps, to the TensorBoard events, under the
    /// name of its kind.
    pub fn metric(&mut self, metric: &Metric) -> Result<()> {
        let seconds = seconds_since_1970();
        let (kind, step, values) = match metric {
            Metric::Step(step) => ("step", step.step, serde_json::to_value(step)?),
            Metric::Epoch(epoch) => ("epoch", epoch.epoch, serde_json::to_value(epoch)?),
            Metric::Evaluation(scored) => ("evaluation", scored.step, serde_json::to_value(scored)?),
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

    /// Hands what was written so far to the disk, and says how far the files are that grow.
    pub fn hand_to_the_disk(&mut self) -> Result<Written> {
        self.flush()?;
        self.folder.sync()?;
        let bytes = |name: &str| fs::metadata(self.partial().join(name)).map(|file| file.len());
        let bytes = |name: &str| bytes(name).with_context(|| self.shown(name));
        let (metrics_bytes, events_bytes) = (bytes(METRICS)?, bytes(&self.events_name)?);
        Ok(Written { metrics_bytes, events: self.events_name.clone(), events_bytes })
    }

    /// Writes a JSON file.
    pub fn json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.file(name, |out| Ok(out.write_all(text.as_bytes())?))
    }

    /// Writes a JSON file so that it is there once all that is in the folder is on the disk.
    pub fn last_json(&mut self, name: &str, value: &impl Serialize) -> Result<()> {
        self.hand_to_the_disk()?;
        let text = serde_json::to_string_pretty(value)? + "\n";
        Ok(welt_files::write_whole(&self.partial().join(name), &text)?)
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

    /// Removes the folder.
    pub fn discard(self) {
        self.folder.discard();
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
