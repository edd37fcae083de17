//! The account of a conversion: what every stage took in and gave out, and every loss by its name.
//! Pieces of accounts in, an error, a table or JSON out; how anything is lost is not known here.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::json;
use welt_data::alignment::Types;
use welt_data::formats::Format;
use welt_data::ledger::{Allowed, Counts, Ledger, Loss, RefusedLosses, Stage};

use crate::destination::{Destination, ForPeople};

/// The account so far.
pub struct Account {
    allowed: Allowed,
    ledger: Ledger,
    types_met: BTreeSet<String>,
}

impl Account {
    /// An empty account.
    pub fn new(allowed: Allowed, listed: usize) -> Self {
        Self { allowed, ledger: Ledger::listing(listed), types_met: BTreeSet::new() }
    }

    /// Adds what was counted of the documents that follow.
    pub fn add(&mut self, ledger: Ledger) {
        self.ledger.merge(ledger);
    }

    /// Adds types of mentions that follow.
    pub fn meet(&mut self, types: BTreeSet<String>) {
        self.types_met.extend(types);
    }

    /// Whether something was lost so far that may not be.
    pub fn is_refused(&self) -> bool {
        self.ledger.is_refused(&self.allowed)
    }

    /// Makes an error of types that were asked for and that no mention has.
    ///
    /// # Errors
    /// The types, and those that there are.
    pub fn check_types(&self, types: &Types) -> Result<()> {
        let Types::Only(names) = types else { return Ok(()) };
        let missing: Vec<&str> =
            names.keys().filter(|name| !self.types_met.contains(*name)).map(String::as_str).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let met: Vec<&str> = self.types_met.iter().map(String::as_str).collect();
        let met = if met.is_empty() { "none at all".to_owned() } else { met.join(", ") };
        bail!("--types names {}, which no mention has; the types that occur are {met}", missing.join(", "))
    }

    /// The account of all stages, and whether something was lost that may not be.
    ///
    /// # Errors
    /// An account that does not balance, by a mistake of this program.
    pub fn close(mut self) -> Result<(Ledger, Result<(), RefusedLosses>)> {
        self.count_written();
        let ledger = self.ledger;
        if let Some((stage, unit)) = ledger.unbalanced() {
            bail!(
                "a mistake in this program: its account of the stage `{stage}` does not balance ({unit:?}); \
                 please report it, with the command and a small corpus that shows it"
            );
        }
        let checked = ledger.check(&self.allowed);
        Ok((ledger, checked))
    }

    /// Counts what went to the writer and what came out of it.
    fn count_written(&mut self) {
        if self.ledger.stages().contains_key(&Stage::Tag) {
            self.join_documents();
        } else if let Some((into, out)) = self.written() {
            self.ledger.pass(Stage::Write, into, out);
        }
    }

    /// Counts documents that no line tells apart in CoNLL as the one that they are read back as.
    fn join_documents(&mut self) {
        let Some(write) = self.ledger.stages().get(&Stage::Write) else { return };
        let untold = write.into.documents.saturating_sub(write.out.documents);
        if untold > 0 {
            self.ledger.pass(Stage::Write, Counts::default(), Counts { documents: 1, ..Counts::default() });
        }
        if untold > 1 {
            let entry = self.ledger.entry(Stage::Write, Loss::UnwrittenDocuments);
            entry.lost += untold - 1;
        }
    }

    /// What went to a writer of documents and what it wrote.
    fn written(&self) -> Option<(Counts, Counts)> {
        let stages = self.ledger.stages();
        let into = stages.get(&Stage::Read)?.out;
        // Where a format holds no words, that is told by documents, and words stand in no balance.
        let unwritten = |loss| self.ledger.count(loss);
        let into = if unwritten(Loss::UnwrittenWords) == 0 { into } else { Counts { sentences: 0, words: 0, ..into } };
        let entries = stages.get(&Stage::Write).map(|account| &account.entries);
        let other = entries.and_then(|entries| entries.get(&Loss::OtherType)).map_or(0, |entry| entry.lost);
        let lost = other + unwritten(Loss::UnwrittenMentions) + unwritten(Loss::UnwrittenWithoutOffsets);
        Some((into, Counts { mentions: into.mentions.saturating_sub(lost), ..into }))
    }
}

/// Shows the account to people where something was lost or changed, and they did not ask for quiet; else if they ask for it.
pub fn show(ledger: &Ledger) {
    let is_wanted = if ledger.is_lossless() {
        tracing::enabled!(tracing::Level::DEBUG)
    } else {
        tracing::enabled!(tracing::Level::INFO)
    };
    if is_wanted {
        // A writer of standard error that fails has nobody left to tell.
        drop(write!(ForPeople(&mut std::io::stderr().lock()), "{ledger}"));
    }
}

/// Writes the account for programs; the file gets its name when it is finished.
///
/// # Errors
/// A file that does not take it.
pub fn write(out: &mut Destination, ledger: &Ledger, inputs: &[(&Path, Format)], is_written: bool) -> Result<()> {
    let inputs: Vec<_> =
        inputs.iter().map(|(path, format)| json!({ "path": path.to_string_lossy(), "format": format })).collect();
    let account = json!({ "inputs": inputs, "is_written": is_written, "stages": ledger.stages() });
    let written = writeln!(out.writer, "{account:#}").and_then(|()| out.writer.flush());
    written.with_context(|| out.name.clone())
}
