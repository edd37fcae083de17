//! What a run of `welt predict` read, found and took, as one JSON object and as a line for people.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use welt_data::ledger::Ledger;
use welt_files::{Extent, write_whole};
use welt_tagger::{Counts, Tagger};

use super::left::{Heading, State};
use super::watching::Watching;

/// The account of a run, and of those that it went on with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What was read.
    pub inputs: Vec<String>,
    /// Their length in bytes, as they lie on the disk; none where one is no file.
    #[serde(default)]
    pub input_bytes: Option<u64>,
    /// What was written; none on standard output.
    pub output: Option<String>,
    /// Its length in bytes.
    pub bytes: Option<u64>,
    /// Its SHA-256.
    pub sha256: Option<String>,
    /// What was read and found.
    #[serde(flatten)]
    pub counts: Counts,
    /// Entities by their types.
    pub entities_by_type: BTreeMap<String, usize>,
    /// What was read and not kept, and what the format that is written does not hold, by the names of losses.
    pub not_kept: BTreeMap<String, usize>,
    /// Seconds by the clock, of all runs of the program that it took.
    pub seconds: f64,
    /// How many these were.
    pub runs: usize,
    /// Seconds of the last run in which the network waited for something to read; absent where it had nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_idle_seconds: Option<f64>,
    /// Threads of the last run.
    pub threads: usize,
    /// Where the last run computed.
    pub device: String,
    /// What moves a byte of the output.
    pub settings: Heading,
}

impl Report {
    /// The account of a run that has written everything.
    pub fn new(
        state: &State,
        settings: &Heading,
        (tagger, watching): (&Tagger, &Watching),
        inputs: Vec<String>,
    ) -> Self {
        Self {
            inputs,
            input_bytes: watching.input_bytes(),
            output: None,
            bytes: None,
            sha256: None,
            counts: state.counts,
            entities_by_type: state.types.clone(),
            not_kept: BTreeMap::new(),
            seconds: state.seconds,
            runs: state.runs,
            device_idle_seconds: watching.idle_seconds(),
            threads: rayon::current_num_threads(),
            device: tagger.device().to_owned(),
            settings: settings.clone(),
        }
    }

    /// Says what was written.
    pub fn set_output(&mut self, path: &Path, extent: Option<Extent>) {
        self.output = (path.as_os_str() != "-").then(|| path.display().to_string());
        (self.bytes, self.sha256) = extent.map(|Extent { bytes, sha256 }| (bytes, sha256)).unzip();
    }

    /// Writes it, all of it or nothing.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("writing a report")?;
        Ok(write_whole(path, &(text + "\n"))?)
    }

    /// Says what was read and found.
    pub fn say(&self) {
        let Counts {
            documents,
            sentences,
            words,
            windows,
            sentences_in_several_windows,
            unseen_words,
            cut_words,
            entities,
        } = self.counts;
        let types: Vec<String> = self.entities_by_type.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let types = if types.is_empty() { String::new() } else { format!(" ({})", types.join(", ")) };
        let seconds = self.seconds;
        // Sentences come without documents, and who read them has told of words that cannot be seen, with the first of them.
        let of_sentences = documents == 0 && sentences > 0;
        let (read, units, n_units) = match of_sentences {
            true => (String::new(), "sentences", sentences),
            false => (format!("{documents} documents, "), "documents", documents),
        };
        let rate = n_units as f64 / seconds.max(1e-9);
        tracing::info!(
            "{read}{sentences} sentences, {words} words, {windows} windows ({sentences_in_several_windows} sentences in several), \
             {entities} entities{types}, {seconds:.1} seconds, {rate:.1} {units} a second"
        );
        if unseen_words > 0 && !of_sentences {
            tracing::warn!("{unseen_words} words give no sub-word: tagged as the entity around goes on, else O");
        }
        if cut_words > 0 {
            tracing::warn!("{cut_words} words are longer than a window, and read by their beginnings");
        }
    }
}

/// How much was lost or changed under each name.
pub fn losses<'l>(ledgers: impl IntoIterator<Item = Option<&'l Ledger>>) -> BTreeMap<String, usize> {
    let mut losses = BTreeMap::new();
    for account in ledgers.into_iter().flatten().flat_map(|ledger| ledger.stages().values()) {
        for (loss, entry) in account.entries.iter().filter(|(_, entry)| entry.count() > 0) {
            *losses.entry(loss.to_string()).or_default() += entry.count();
        }
    }
    losses
}
