//! The directory of a run: all of it, or nothing.
//! Files go to `NAME.partial`, which takes the name at the end and goes away when the run does not get there.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::tensorboard::EventWriter;

/// The first file of every run: what tells a run that was cut off from somebody's own directory.
const METRICS: &str = "metrics.jsonl";

/// A run directory that is being filled.
pub struct RunDirectory {
    path: PathBuf,
    partial: PathBuf,
    metrics: BufWriter<File>,
    events: EventWriter<BufWriter<File>>,
    finished: bool,
}

impl RunDirectory {
    /// Makes sure that nothing would be overwritten.
    ///
    /// # Errors
    /// A directory that exists already.
    pub fn refuse_existing(path: &Path) -> Result<()> {
        if path.exists() {
            bail!("{} exists already: name another directory with --output, or remove it", path.display());
        }
        Ok(())
    }

    /// Starts to fill the directory; what an earlier run left half-done there is removed.
    ///
    /// # Errors
    /// A directory that exists already, or that cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        Self::refuse_existing(path)?;
        let name = path.file_name().with_context(|| format!("{}: expected a new directory", path.display()))?;
        let partial = path.with_file_name(format!("{}.partial", name.to_string_lossy()));
        if partial.exists() {
            let Ok(metrics) = File::open(partial.join(METRICS)) else {
                bail!("{} exists and no run left it: name another directory with --output", partial.display());
            };
            if metrics.try_lock().is_err() {
                bail!("another run is writing {}: name another directory with --output", partial.display());
            }
            tracing::warn!("removing {}, which an interrupted run left", partial.display());
            fs::remove_dir_all(&partial).with_context(|| format!("removing {}", partial.display()))?;
        }
        fs::create_dir_all(&partial).map_err(|error| {
            anyhow!("{}: cannot be made: {error}; name a directory with --output that can be", partial.display())
        })?;
        Self::open(path, &partial).inspect_err(|_| drop(fs::remove_dir_all(&partial)))
    }

    fn open(path: &Path, partial: &Path) -> Result<Self> {
        let create = |name: &str| {
            let file = partial.join(name);
            File::create(&file).map(BufWriter::new).with_context(|| format!("writing {}", file.display()))
        };
        let metrics = create(METRICS)?;
        // Held until the run ends, also by a crash: who finds the directory can tell whether it is left over.
        metrics.get_ref().try_lock().with_context(|| format!("locking {}", partial.join(METRICS).display()))?;
        let seconds = seconds_since_1970();
        let events = create(&format!("events.out.tfevents.{}.welt", seconds as u64))?;
        let events = EventWriter::new(events, seconds).context("writing events")?;
        Ok(Self { metrics, events, path: path.to_owned(), partial: partial.to_owned(), finished: false })
    }

    /// Where files go while the run is under way.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Appends a line to `metrics.jsonl` and its numbers, but `step`, to the TensorBoard events, under `kind/`.
    pub fn metric(&mut self, kind: &str, step: usize, values: &impl Serialize) -> Result<()> {
        let mut line = json!({ "kind": kind });
        let Value::Object(values) = serde_json::to_value(values)? else { bail!("metrics of {kind} are no object") };
        let seconds = seconds_since_1970();
        for (name, value) in &values {
            if let Some(number) = value.as_f64().filter(|_| !matches!(name.as_str(), "step" | "total_steps" | "epoch"))
            {
                self.events
                    .scalar(&format!("{kind}/{name}"), step as u64, number as f32, seconds)
                    .with_context(|| format!("writing events in {}", self.partial.display()))?;
            }
        }
        line.as_object_mut().into_iter().for_each(|line| line.extend(values.clone()));
        writeln!(self.metrics, "{line}").with_context(|| self.shown(METRICS))
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
        fs::write(self.partial.join(name), text).with_context(|| self.shown(name))
    }

    /// Writes a file through a buffer; its folder is made if need be.
    pub fn file(&self, name: &str, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
        let path = self.partial.join(name);
        let open = || -> std::io::Result<File> {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            File::create(&path)
        };
        let mut out = BufWriter::new(open().with_context(|| self.shown(name))?);
        write(&mut out).and_then(|()| Ok(out.flush()?)).with_context(|| self.shown(name))
    }

    /// Gives the directory its name.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        fs::rename(&self.partial, &self.path).with_context(|| format!("renaming to {}", self.path.display()))?;
        self.finished = true;
        Ok(())
    }

    fn shown(&self, name: &str) -> String {
        format!("writing {}", self.partial.join(name).display())
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = fs::remove_dir_all(&self.partial)
        {
            tracing::warn!("{} could not be removed: {error}", self.partial.display());
        }
    }
}

/// The SHA-256 of each file, as its path and 64 hexadecimal digits.
pub fn hashes<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<serde_json::Map<String, Value>> {
    let hash = |path: &Path| {
        let digest = sha256(path).with_context(|| path.display().to_string())?;
        anyhow::Ok((path.display().to_string(), digest.into()))
    };
    files.into_iter().map(hash).collect()
}

/// The SHA-256 of a file, as 64 hexadecimal digits.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        digest.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
