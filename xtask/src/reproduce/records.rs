//! What is on disk of a sweep: a folder a run, named by its hash, and rows of `runs.csv`.
//! `welt` writes the records; here they are found, read and listed, never changed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::plan::Run;

/// The part of `record.json` that the tables use.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Record {
    pub format: u32,
    pub scores: Splits,
    #[serde(default)]
    pub tokens_per_second: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Splits {
    pub dev: Option<Modes>,
    pub test: Modes,
}

/// The two ways in which seqeval matches entities.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Modes {
    pub default: Scores,
    /// None where the gold tags show no scheme to be strict about.
    pub strict: Option<Scores>,
}

/// Fractions from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Scores {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// The record format that is understood here.
const RECORD_FORMAT: u32 = 1;

const CSV_HEADER: &str = "run,dataset,model,checkpoint,weights,label_order,seed,\
                          dev_precision,dev_recall,dev_f1,dev_strict_f1,\
                          test_precision,test_recall,test_f1,test_strict_f1,tokens_per_second\n";

/// The folder of a sweep.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// Held while the sweep runs, so that two sweeps do not write into each other's runs.
    _lock: File,
}

impl Store {
    /// Opens or makes the folder; fails when another sweep is at work in it.
    pub fn open(folder: &Path) -> Result<Self> {
        let cells = folder.join("cells");
        fs::create_dir_all(&cells).with_context(|| format!("making the folder {}", cells.display()))?;
        let path = folder.join(".lock");
        let lock = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
        if lock.try_lock().is_err() {
            bail!(
                "another sweep is writing to {}: wait for it, or choose another folder with --output",
                folder.display()
            );
        }
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Where a run's records are when it has finished; `welt` makes the folder.
    pub fn run_folder(&self, run: &Run) -> PathBuf {
        run_folder(&self.folder, run)
    }

    /// Where a run's output goes.
    pub fn log(&self, run: &Run) -> PathBuf {
        self.beside(run, "log")
    }

    fn beside(&self, run: &Run, extension: &str) -> PathBuf {
        self.folder.join("cells").join(format!("{}.{extension}", run.hash))
    }

    /// Writes down what a run's hash stands for, and clears what an earlier try left half-done.
    pub fn prepare(&self, run: &Run) -> Result<()> {
        write_whole(&self.beside(run, "json"), &(run.canonical.clone() + "\n"))?;
        let partial = self.beside(run, "partial");
        if partial.exists() {
            fs::remove_dir_all(&partial).with_context(|| format!("removing {}", partial.display()))?;
        }
        Ok(())
    }

    /// Writes the table beside the runs.
    pub fn write_table(&self, text: &str) -> Result<PathBuf> {
        let path = self.folder.join("table.md");
        write_whole(&path, text)?;
        Ok(path)
    }

    /// Lists the finished runs of the plan in `runs.csv`, and no others: those of another program, device or training
    /// would stand beside them under the same names, and must not be averaged with them.
    pub fn write_rows(&self, finished: &[(&Run, &Record)]) -> Result<()> {
        let rows: String = finished.iter().map(|(run, record)| csv_row(run, record)).collect();
        write_whole(&self.folder.join("runs.csv"), &(CSV_HEADER.to_owned() + &rows))
    }
}

/// The record of a run, if it has finished in the sweep's `folder`.
pub fn record(folder: &Path, run: &Run) -> Result<Option<Record>> {
    let path = run_folder(folder, run).join("record.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let record: Record = serde_json::from_str(&text)
        .with_context(|| format!("{}: not a record of a run; remove its folder to run it again", path.display()))?;
    if record.format != RECORD_FORMAT {
        bail!(
            "{}: record format {}, expected {RECORD_FORMAT}; remove its folder to run it again",
            path.display(),
            record.format
        );
    }
    Ok(Some(record))
}

fn run_folder(folder: &Path, run: &Run) -> PathBuf {
    folder.join("cells").join(&run.hash)
}

/// Writes a file so that nobody ever sees half of it.
pub fn write_whole(path: &Path, text: &str) -> Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    fs::write(&partial, text).with_context(|| format!("writing {}", path.display()))?;
    fs::rename(&partial, path).with_context(|| format!("writing {}", path.display()))
}

fn csv_row(run: &Run, record: &Record) -> String {
    let checkpoint = run.model_folder.file_name().unwrap_or_default().to_string_lossy();
    let mut fields: Vec<String> = vec![
        run.hash.clone(),
        run.dataset.clone(),
        run.model.clone(),
        checkpoint.into_owned(),
        run.weighting.scheme.to_string(),
        run.weighting.order.to_string(),
        run.seed.to_string(),
    ];
    for modes in [record.scores.dev, Some(record.scores.test)] {
        let default = modes.map(|modes| modes.default);
        let strict = modes.and_then(|modes| modes.strict);
        let scores = [default.map(|of| of.precision), default.map(|of| of.recall), default.map(|of| of.f1)];
        let scores = scores.into_iter().chain([strict.map(|of| of.f1)]);
        fields.extend(scores.map(|score| score.map(|score| format!("{score:.6}")).unwrap_or_default()));
    }
    fields.push(record.tokens_per_second.map(|speed| format!("{speed:.1}")).unwrap_or_default());
    let quoted = fields.iter().map(|field| {
        if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.clone() }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}
