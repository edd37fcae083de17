//! The account of a conversion: what every stage took in and gave out, and every loss by its name.
//! Pieces of accounts in, an error, a table or JSON out; how anything is lost is not known here.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::json;
use welt_data::DataError;
use welt_data::alignment::Types;
use welt_data::formats::{self, Losses, Skipped};
use welt_data::ledger::{Counts, Item, Ledger, Loss, Stage};

use super::leave::{DOCUMENTS, Leave};
use crate::destination::Destination;

/// The account so far.
pub struct Account {
    leave: Leave,
    ledger: Ledger,
    skipped: Skipped,
    unwritten: Losses,
    types_met: BTreeSet<String>,
}

impl Account {
    /// An empty account.
    pub fn new(leave: Leave, listed: usize) -> Self {
        Self {
            leave,
            ledger: Ledger::listing(listed),
            skipped: Skipped::listing(listed),
            unwritten: Losses::listing(listed),
            types_met: BTreeSet::new(),
        }
    }

    /// Adds what was counted of the documents that follow.
    pub fn add(&mut self, ledger: Ledger, skipped: Skipped, unwritten: Losses) {
        self.ledger.merge(ledger);
        self.skipped.extend(skipped);
        self.unwritten.extend(unwritten);
    }

    /// Adds types of mentions that follow.
    pub fn meet(&mut self, types: BTreeSet<String>) {
        self.types_met.extend(types);
    }

    /// Whether something was lost so far that may not be.
    pub fn is_refused(&self) -> bool {
        let Leave::Named(allowed) = &self.leave else { return false };
        let mut unread = self.skipped.iter().map(|(skip, _)| unread(skip));
        let mut unwritten = self.unwritten.iter().map(|(loss, _)| unwritten(loss));
        self.ledger.is_refused(allowed)
            || unread.any(|loss| !self.leave.allows(&loss))
            || unwritten.any(|loss| !self.leave.allows(&loss))
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
    pub fn close(mut self) -> Result<(Ledger, Result<(), DataError>)> {
        self.gather();
        let ledger = self.ledger;
        if let Some((stage, unit)) = ledger.unbalanced() {
            bail!(
                "a mistake in this program: its account of the stage `{stage}` does not balance ({unit:?}); \
                 please report it, with the command and a small corpus that shows it"
            );
        }
        let checked = match &self.leave {
            Leave::All => Ok(()),
            Leave::Named(allowed) => ledger.check(allowed),
        };
        Ok((ledger, checked))
    }

    /// Puts everything into the ledger.
    fn gather(&mut self) {
        let noted = |document: &str, note: String| {
            let nothing = Item::new(document, 0..0, "", "");
            Item { parts: Vec::new(), note, ..nothing }
        };
        for (skip, skipped) in self.skipped.iter() {
            let entry = self.ledger.entry(Stage::Read, unread(skip));
            entry.lost += skipped.count;
            match skipped.items.as_slice() {
                [] => entry.items.push(noted("", format!("first at {}", skipped.first))),
                items => entry.items.extend_from_slice(items),
            }
        }
        for (loss, lost) in self.unwritten.iter() {
            let entry = self.ledger.entry(Stage::Write, unwritten(loss));
            entry.lost += lost.count;
            match lost.items.as_slice() {
                [] => entry.items.push(noted(&lost.first_document, String::new())),
                items => entry.items.extend_from_slice(items),
            }
        }
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
            let entry = self.ledger.entry(Stage::Write, Loss::Unwritten(Cow::Borrowed(DOCUMENTS)));
            entry.lost += untold - 1;
        }
    }

    /// What went to a writer of documents and what it wrote.
    fn written(&self) -> Option<(Counts, Counts)> {
        let stages = self.ledger.stages();
        let into = stages.get(&Stage::Read)?.out;
        // Where a format holds no words, that is told by documents, and words stand in no balance.
        let holds_words = self.unwritten.count(formats::Loss::Words) == 0;
        let into = if holds_words { into } else { Counts { sentences: 0, words: 0, ..into } };
        let entries = stages.get(&Stage::Write).map(|account| &account.entries);
        let other = entries.and_then(|entries| entries.get(&Loss::OtherType)).map_or(0, |entry| entry.lost);
        let unwritten = |loss| self.unwritten.count(loss);
        let lost = other + unwritten(formats::Loss::Mentions) + unwritten(formats::Loss::WithoutOffsets);
        Some((into, Counts { mentions: into.mentions.saturating_sub(lost), ..into }))
    }
}

fn unread(skip: formats::Skip) -> Loss {
    Loss::Unread(Cow::Borrowed(skip.name()))
}

fn unwritten(loss: formats::Loss) -> Loss {
    Loss::Unwritten(Cow::Borrowed(loss.name()))
}

/// Shows the account to people, unless they asked for quiet.
pub fn show(ledger: &Ledger) {
    if tracing::enabled!(tracing::Level::INFO) {
        eprint!("{ledger}");
    }
}

/// Writes the account for programs; the file gets its name when it is finished.
///
/// # Errors
/// A file that does not take it.
pub fn write(
    out: &mut Destination,
    ledger: &Ledger,
    inputs: &[(&Path, formats::Format)],
    is_written: bool,
) -> Result<()> {
    let inputs: Vec<_> = inputs.iter().map(|(path, format)| json!({ "path": path, "format": format })).collect();
    let account = json!({ "inputs": inputs, "is_written": is_written, "stages": ledger.stages() });
    let written = writeln!(out.writer, "{account:#}").and_then(|()| out.writer.flush());
    written.with_context(|| out.name.clone())
}
