//! What a sweep was to run, written beside its runs: which cell has which run.
//! A plan goes in, `plans/DIGEST.json` comes out, and is read again by whoever makes tables; no score stands in it.
//!
//! Records alone name no corpus and no encoder, and a run that never finished has no record: with the snapshots of its
//! sweeps a folder of runs tells all of it, also after several folders were copied into one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_weights::LabelOrder;

use crate::arm::Arm;
use crate::reproduce::{Training, digest_of_text, write_whole};

/// Raised when the meaning of a field changes.
const FORMAT: u32 = 1;

/// The cells of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub format: u32,
    /// The heading of the grid file.
    pub title: String,
    /// The program: its version with a hash of what it was made from.
    pub welt: String,
    pub device: String,
    pub sections: Vec<Section>,
    /// Datasets and models that were not there, in words.
    pub problems: Vec<String>,
}

/// The cells of one dataset and model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    pub dataset: String,
    pub model: String,
    /// The name of the checkpoint's folder.
    pub checkpoint: String,
    /// What was asked for, where the checkpoint stands in for something else.
    pub stands_in_for: Option<String>,
    pub from_scratch: bool,
    pub training: Training,
    pub rows: Vec<Row>,
}

/// One weighting, with a run for every seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub weighting: Weighting,
    /// The weighting whose runs these are, where that is another one with the same loss.
    pub same_as: Option<Weighting>,
    pub runs: Vec<Cell>,
}

/// An arm and the order in which its weights meet the labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weighting {
    pub scheme: Arm,
    pub label_order: LabelOrder,
}

/// A seed and the run that answers it: the folder `cells/RUN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub seed: u64,
    pub run: String,
}

impl Snapshot {
    /// A snapshot of this format.
    pub fn new(title: String, welt: String, device: String, sections: Vec<Section>, problems: Vec<String>) -> Self {
        Self { format: FORMAT, title, welt, device, sections, problems }
    }

    /// Writes it into the folder of a sweep; the same cells give the same file.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let mut text = serde_json::to_string_pretty(self).context("writing down a plan")?;
        text.push('\n');
        let plans = folder.join("plans");
        fs::create_dir_all(&plans).with_context(|| format!("making the folder {}", plans.display()))?;
        let path = plans.join(format!("{}.json", &digest_of_text(&text)[..12]));
        write_whole(&path, &text)?;
        Ok(path)
    }

    /// All snapshots in the folder of a sweep, in the order of their names; none where no sweep wrote any.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>> {
        Self::paths(folder)?.iter().map(|path| Self::read(path)).collect()
    }

    /// The files of all snapshots in the folder of a sweep, in the order of their names.
    pub fn paths(folder: &Path) -> Result<Vec<PathBuf>> {
        let plans = folder.join("plans");
        if !plans.is_dir() {
            return Ok(Vec::new());
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(&plans).with_context(|| format!("reading the folder {}", plans.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let snapshot: Self =
            serde_json::from_str(&text).with_context(|| format!("{}: not a plan of a sweep", path.display()))?;
        if snapshot.format != FORMAT {
            bail!("{}: format {} of plans, expected {FORMAT}", path.display(), snapshot.format);
        }
        Ok(snapshot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Snapshot::read_all(folder.path()).unwrap(), []);
        let snapshot = Snapshot::new("A".into(), "welt 1".into(), "cpu".into(), Vec::new(), vec!["no b".into()]);
        let path = snapshot.write(folder.path()).unwrap();
        assert_eq!(snapshot.write(folder.path()).unwrap(), path);
        assert_eq!(Snapshot::read_all(folder.path()).unwrap(), [snapshot]);
        fs::write(&path, "{\"format\": 1}").unwrap();
        let error = format!("{:#}", Snapshot::read_all(folder.path()).unwrap_err());
        assert!(error.contains("not a plan of a sweep: missing field `title`"), "{error}");
    }
}
