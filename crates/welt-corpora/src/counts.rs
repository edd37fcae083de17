//! Counts what is in a split, and holds it against what a manifest expects.
//! CoNLL-like files go in, numbers and differences come out; the counting is done by a `welt` process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::manifest::{Expected, Split};
use welt_process::{output, shown};

/// What is in a split, with the names of `welt stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Counts {
    /// Sentences.
    pub sentences: u64,
    /// Words, each of which has a tag.
    pub tokens: u64,
    /// Entities of all types.
    pub entities: u64,
    /// Words with the tag O.
    pub outside: u64,
    /// Words with a tag that begins with B.
    pub begin: u64,
    /// Words with a tag that begins with I.
    pub inside: u64,
}

/// What is in the splits of a corpus.
pub type SplitCounts = BTreeMap<Split, Counts>;

/// A line of `welt stats --format json`: the part that is needed.
#[derive(Deserialize)]
struct Line {
    statistics: Counts,
}

/// How far entities and classes of a converted text may be from the published form: where that breaks a sentence inside a
/// mention, a tag differs.
const KNOWN: f64 = 0.001;

impl Counts {
    /// Outside, begin and inside in per cent of all words.
    #[must_use]
    pub fn shares(&self) -> [f64; 3] {
        [self.outside, self.begin, self.inside].map(|count| 100.0 * count as f64 / self.tokens.max(1) as f64)
    }

    /// What is not as expected, as in `tokens 5, expected 6`.
    ///
    /// Sentences may be off by the share `within`, for a text that was converted is cut otherwise than the published form.
    /// Then the other counts may be off by `KNOWN`, but the words must be the same.
    pub(crate) fn differences(&self, expected: &Expected, within: Option<f64>) -> Vec<String> {
        let known = if within.is_some() { KNOWN } else { 0.0 };
        let pairs = [
            ("sentences", self.sentences, Some(expected.sentences), within.unwrap_or(0.0)),
            ("tokens", self.tokens, expected.tokens, 0.0),
            ("entities", self.entities, expected.entities, known),
            ("O", self.outside, expected.outside, known),
            ("B", self.begin, expected.begin, known),
            ("I", self.inside, expected.inside, known),
        ];
        pairs
            .into_iter()
            .filter_map(|(name, found, expected, within)| Some((name, found, expected?, within)))
            .filter(|&(_, found, expected, within)| found.abs_diff(expected) as f64 > within * expected as f64)
            .map(|(name, found, expected, within)| {
                let about = if within > 0.0 { "about " } else { "" };
                format!("{name} {found}, expected {about}{expected}")
            })
            .collect()
    }
}

/// Counts the three splits in `folder` with the program `welt`.
pub fn count(welt: &Path, folder: &Path) -> Result<SplitCounts> {
    let files: Vec<PathBuf> = Split::ALL.iter().map(|split| folder.join(split.file_name())).collect();
    let mut command = Command::new(welt);
    command.args(["stats", "--format", "json"]).args(&files);
    let text = output(&mut command)?;
    let lines = text
        .lines()
        .map(serde_json::from_str::<Line>)
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("the answer of {}", shown(&command)))?;
    if lines.len() != files.len() {
        bail!("the answer of {}: {} lines, expected {}", shown(&command), lines.len(), files.len());
    }
    Ok(Split::ALL.into_iter().zip(lines.into_iter().map(|line| line.statistics)).collect())
}

/// What is not as expected in any split, as in `train: tokens 5, expected 6`.
pub fn differences(counts: &SplitCounts, expected: &BTreeMap<Split, Expected>, within: Option<f64>) -> Vec<String> {
    let mut all = Vec::new();
    for (split, expected) in expected {
        match counts.get(split) {
            Some(counts) => {
                let found = counts.differences(expected, within);
                all.extend(found.iter().map(|difference| format!("{split}: {difference}")));
            }
            None => all.push(format!("{split}: not counted")),
        }
    }
    all
}
