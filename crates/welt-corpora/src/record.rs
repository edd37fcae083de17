//! What lies beside the splits of a finished corpus: where they come from, what they hold, and their checksums.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use welt_files::{sha256, write_whole};

use crate::counts::{SplitCounts, differences};
use crate::manifest::{Manifest, Split};

/// What lies beside the splits of a finished corpus.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The title of the source.
    pub source: String,
    /// SHA-256 of each split.
    pub files: BTreeMap<Split, String>,
    pub counts: SplitCounts,
    /// How far the counts may be off, where the source says so.
    pub within: Option<f64>,
    /// SHA-256 of what was fetched, by URL.
    pub fetched: BTreeMap<String, String>,
}

const RECORD: &str = "verified.json";

impl Record {
    /// The record in a corpus' folder; one that cannot be read is as good as none.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(RECORD)).ok()?).ok()
    }

    /// Writes it into a corpus' folder.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(RECORD);
        let text = serde_json::to_string_pretty(self).context("the record of a corpus")? + "\n";
        Ok(write_whole(&path, &text)?)
    }
}

/// Whether a corpus lies in its place with a record that fits it; nothing is counted.
pub fn is_finished(manifest: &Manifest, output: &Path) -> bool {
    let folder = output.join(&manifest.name);
    let Some(record) = Record::read(&folder) else { return false };
    let is_same = |(split, wanted): (&Split, &String)| {
        sha256(&folder.join(split.file_name())).is_ok_and(|found| found == *wanted)
    };
    record.files.len() == Split::ALL.len()
        && record.files.iter().all(is_same)
        && differences(&record.counts, &manifest.counts, record.within).is_empty()
}
