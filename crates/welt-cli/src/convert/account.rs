//! The account of a conversion: what every stage took in and gave out, and every loss by its name.
//! Pieces of accounts in, an error, a table or JSON out; how anything is lost is not known here.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;
use welt_data::DataError;
use welt_data::formats::{self, Skipped};
use welt_data::ledger::{Allowed, Counts, Item, Ledger, Loss, Stage};

use super::batch::Unwritten;
use crate::destination::Destination;

/// Allows every loss.
const ALL: &str = "all";

/// What may be lost.
pub enum Leave {
    All,
    Named(Allowed),
}

/// The account so far.
pub struct Account {
    leave: Leave,
    ledger: Ledger,
    skipped: Skipped,
    unwritten: Unwritten,
}

impl Leave {
    /// Losses by name, or `all`.
    ///
    /// # Errors
    /// A text that is neither.
    pub fn of(names: &[String]) -> Result<Self, DataError> {
        if names.iter().any(|name| name == ALL) {
            return Ok(Self::All);
        }
        Ok(Self::Named(Allowed::of(names)?))
    }
}

impl Account {
    /// An empty account.
    pub fn new(leave: Leave, listed: usize) -> Self {
        Self { leave, ledger: Ledger::listing(listed), skipped: Skipped::default(), unwritten: Unwritten::default() }
    }

    /// Adds what was counted of the documents that follow.
    pub fn add(&mut self, ledger: Ledger, skipped: Skipped, unwritten: Unwritten) {
        self.ledger.merge(ledger);
        self.skipped.extend(skipped);
        self.unwritten.extend(unwritten);
    }

    /// Whether something was lost that may not be; an error says what.
    ///
    /// # Errors
    /// Every loss without leave.
    pub fn check(&self) -> Result<(), DataError> {
        match &self.leave {
            Leave::All => Ok(()),
            Leave::Named(allowed) => self.whole().check(allowed),
        }
    }

    /// The account of all stages.
    pub fn whole(&self) -> Ledger {
        let mut ledger = self.ledger.clone();
        let noted = |document: &str, note: String| {
            let nothing = Item::new(document, 0..0, "", "");
            Item { parts: Vec::new(), note, ..nothing }
        };
        for (skip, skipped) in self.skipped.iter() {
            let entry = ledger.entry(Stage::Read, Loss::Unread(Cow::Borrowed(skip.name())));
            entry.lost += skipped.count;
            entry.items.push(noted("", format!("first at {}", skipped.first)));
        }
        for (loss, (count, document)) in &self.unwritten.0 {
            let entry = ledger.entry(Stage::Write, Loss::Unwritten(Cow::Borrowed(loss.name())));
            entry.lost += count;
            entry.items.push(noted(document, String::new()));
        }
        let written = self.written(&ledger);
        if let Some((into, out)) = written {
            ledger.pass(Stage::Write, into, out);
        }
        ledger
    }

    /// What went to the writer and what it wrote, unless that is counted already.
    fn written(&self, ledger: &Ledger) -> Option<(Counts, Counts)> {
        let stages = ledger.stages();
        if let Some(tagged) = stages.get(&Stage::Tag) {
            return Some((tagged.out, tagged.out));
        }
        let into = stages.get(&Stage::Read)?.out;
        let entries = stages.get(&Stage::Write).map(|account| &account.entries);
        let other = entries.and_then(|entries| entries.get(&Loss::OtherType)).map_or(0, |entry| entry.lost);
        let unwritten = |loss| self.unwritten.0.get(&loss).map_or(0, |(count, _)| *count);
        let lost = other + unwritten(formats::Loss::Mentions) + unwritten(formats::Loss::WithoutOffsets);
        let out = Counts { mentions: into.mentions.saturating_sub(lost), ..into };
        let holds_words = unwritten(formats::Loss::Words) == 0;
        Some((into, if holds_words { out } else { Counts { sentences: 0, words: 0, ..out } }))
    }
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
pub fn write(out: &mut Destination, ledger: &Ledger, inputs: &[(&Path, formats::Format)]) -> Result<()> {
    let inputs: Vec<_> = inputs.iter().map(|(path, format)| json!({ "path": path, "format": format })).collect();
    let account = json!({ "inputs": inputs, "stages": ledger.stages() });
    let written = writeln!(out.writer, "{account:#}").and_then(|()| out.writer.flush());
    written.with_context(|| out.name.clone())
}
