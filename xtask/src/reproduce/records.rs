//! The records of finished runs: a folder a run, named by its hash, and rows of `runs.csv`.
//! `welt` writes the records; here they are found, read and listed, never changed.

use std::fs;
use std::path::Path;

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
    #[serde(default)]
    pub seconds: Option<Seconds>,
    #[serde(default)]
    pub epochs: Vec<Epoch>,
    #[serde(default)]
    pub data: Option<Data>,
}

/// How long a run took; `total` has the scoring of all splits.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Seconds {
    pub training: f64,
    pub total: f64,
}

/// What one pass over the training files took.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Epoch {
    pub subwords: u64,
    pub seconds: f64,
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Data {
    pub train: Words,
    pub dev: Option<Words>,
    pub test: Option<Words>,
}

/// What was read of a split.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Words {
    #[serde(default)]
    pub sentences: u64,
    pub words: u64,
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

/// Lists finished runs in `runs.csv`, and no others: those of another program, device or training would stand beside
/// them under the same names, and must not be averaged with them.
pub fn csv(finished: &[(&Run, &Record)]) -> String {
    let rows: String = finished.iter().map(|(run, record)| csv_row(run, record)).collect();
    CSV_HEADER.to_owned() + &rows
}

/// The record of a run, if it has finished in the sweep's `folder`.
pub fn record(folder: &Path, run: &Run) -> Result<Option<Record>> {
    record_of(folder, &run.hash)
}

/// The record of the run with a hash, if it has finished in the sweep's `folder`.
pub fn record_of(folder: &Path, hash: &str) -> Result<Option<Record>> {
    let path = folder.join("cells").join(hash).join("record.json");
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
