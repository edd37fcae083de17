//! The account of what went into each stage between a file and the windows of a network, what came out, and every loss on the way by its name.
//! Counts and losses in, a table or an error out; how anything is lost is not known here.
//!
//! There is one account for all: readers, alignment, windows and writers put down what they lose in a [`Ledger`], under the names of [`Loss`].
//! Nothing is lost silently: [`Ledger::check`] makes every loss an error that the caller has not allowed by name.
//! Counts are exact; how many losses are listed one by one is the caller's choice.
//!
//! ```
//! use welt_data::ledger::{Allowed, Counts, Item, Ledger, Loss, Stage};
//!
//! let mut ledger = Ledger::listing(3);
//! let mentions = |mentions| Counts { documents: 1, sentences: 2, words: 9, mentions };
//! ledger.pass(Stage::Tag, mentions(5), mentions(4));
//! ledger.lose(Stage::Tag, Loss::Nested, || Item::new("10021369", 14..20, "cancer", "Disease"));
//! assert_eq!(ledger.unbalanced(), None);
//!
//! let error = ledger.check(&Allowed::none()).unwrap_err().to_string();
//! assert_eq!(error, "1 nested in the stage `tag`: 10021369 14..20 `cancer` (Disease)");
//! assert!(ledger.check(&Allowed::of(["nested"])?).is_ok());
//! # Ok::<(), welt_data::ledger::UnknownLoss>(())
//! ```

mod allowed;
mod item;
mod loss;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::Document;

pub use allowed::{Allowed, Refused, RefusedLosses};
pub use item::Item;
pub use loss::{Loss, Stage, Unit, UnknownLoss};

/// How many of each went into a stage or came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Documents.
    pub documents: usize,
    /// Sentences.
    pub sentences: usize,
    /// Words.
    pub words: usize,
    /// Mentions.
    pub mentions: usize,
}

/// What was lost or changed under one name in one stage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// How many did not come out.
    pub lost: usize,
    /// How many were changed, those among them that were lost under another name later.
    pub changed: usize,
    /// How many more came out of the changed ones than went in, as when one mention is cut in two.
    pub added: usize,
    /// The first of them, as many as are listed.
    pub items: Vec<Item>,
    /// The first where none is listed.
    #[serde(skip)]
    unlisted: Option<Item>,
}

/// The account of one stage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What went in.
    pub into: Counts,
    /// What came out.
    pub out: Counts,
    /// What was lost or changed.
    pub entries: BTreeMap<Loss, Entry>,
}

/// The accounts of all stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Items listed under one name of one stage, at most.
    listed: usize,
    stages: BTreeMap<Stage, Account>,
}

impl Ledger {
    /// An empty ledger that lists at most so many losses under one name of one stage.
    #[must_use]
    pub const fn listing(listed: usize) -> Self {
        Self { listed, stages: BTreeMap::new() }
    }

    /// The accounts, in the order of the stages.
    #[must_use]
    pub const fn stages(&self) -> &BTreeMap<Stage, Account> {
        &self.stages
    }

    /// Counts what went into a stage and what came out of it.
    pub fn pass(&mut self, stage: Stage, into: Counts, out: Counts) {
        let account = self.stages.entry(stage).or_default();
        account.into.add(into);
        account.out.add(out);
    }

    /// Counts one loss; `item` is asked for only where it is listed or the first.
    pub fn lose(&mut self, stage: Stage, loss: Loss, item: impl FnOnce() -> Item) {
        let listed = self.listed;
        let entry = self.entry(stage, loss);
        entry.lost += 1;
        entry.list(listed, item);
    }

    /// Counts one change, by which `added` more came out than went in; `item` is asked for only where it is listed or the first.
    pub fn change(&mut self, stage: Stage, loss: Loss, added: usize, item: impl FnOnce() -> Item) {
        let listed = self.listed;
        let entry = self.entry(stage, loss);
        entry.changed += 1;
        entry.added += added;
        entry.list(listed, item);
    }

    /// What is counted under a name in a stage; an empty entry is made where there is none.
    pub fn entry(&mut self, stage: Stage, loss: Loss) -> &mut Entry {
        debug_assert!(
            loss.stages().contains(&stage),
            "{loss} cannot happen in the stage `{stage}`: add it to the table"
        );
        self.stages.entry(stage).or_default().entries.entry(loss).or_default()
    }

    /// Counts what a reader made of a file, where all that it left out has a name that begins with `unread-`.
    pub fn read(&mut self, documents: &[Document]) {
        let mut counts = Counts { documents: documents.len(), ..Counts::default() };
        for document in documents {
            let given = document.sentences.as_deref().unwrap_or_default();
            counts.mentions += document.mentions.len();
            counts.sentences += given.iter().filter(|words| !words.is_empty()).count();
            counts.words += given.iter().map(Vec::len).sum::<usize>();
        }
        self.pass(Stage::Read, counts, counts);
    }

    /// Adds the account of the part that follows; parts added in order give the ledger of the whole.
    pub fn merge(&mut self, next: Self) {
        for (stage, account) in next.stages {
            self.pass(stage, account.into, account.out);
            for (loss, more) in account.entries {
                let listed = self.listed;
                let entry = self.entry(stage, loss);
                entry.lost += more.lost;
                entry.changed += more.changed;
                entry.added += more.added;
                let room = listed.saturating_sub(entry.items.len());
                let mut items = more.items.into_iter().chain(more.unlisted);
                if entry.first().is_none() && room == 0 {
                    entry.unlisted = items.next();
                } else {
                    entry.items.extend(items.take(room));
                }
            }
        }
    }

    /// Lists at most so many losses under one name of one stage from here on, and drops what is listed beyond that.
    pub fn shorten(&mut self, listed: usize) {
        self.listed = listed;
        for entry in self.stages.values_mut().flat_map(|account| account.entries.values_mut()) {
            if listed == 0 && entry.unlisted.is_none() {
                entry.unlisted = entry.items.first().cloned();
            }
            entry.items.truncate(listed);
        }
    }

    /// An empty ledger that lists as many.
    pub(crate) const fn like(&self) -> Self {
        Self::listing(self.listed)
    }

    /// All that is listed, and the first of what is not.
    pub(crate) fn items_mut(&mut self) -> impl Iterator<Item = &mut Item> {
        let entries = self.stages.values_mut().flat_map(|account| account.entries.values_mut());
        entries.flat_map(|entry| entry.items.iter_mut().chain(&mut entry.unlisted))
    }

    /// How many were lost or changed under a name, in all stages.
    #[must_use]
    pub fn count(&self, loss: Loss) -> usize {
        self.stages.values().filter_map(|account| account.entries.get(&loss)).map(Entry::count).sum()
    }

    /// Whether nothing was lost or changed.
    #[must_use]
    pub fn is_lossless(&self) -> bool {
        self.entries().all(|(.., entry)| entry.count() == 0)
    }

    /// All that was lost or changed, in the order of the stages and of the table of losses.
    pub fn entries(&self) -> impl Iterator<Item = (Stage, Loss, &Entry)> {
        self.stages
            .iter()
            .flat_map(|(stage, account)| account.entries.iter().map(|(loss, entry)| (*stage, *loss, entry)))
    }

    /// The losses on one line, each with the first of its positions: `3 unread-note (first at a.ann:7:1)`, or `nothing`.
    #[must_use]
    pub fn summary(&self) -> String {
        let shown = |(_, loss, entry): (Stage, Loss, &Entry)| {
            let first = entry.first().map(Item::position).unwrap_or_default();
            let first = if first.is_empty() { first } else { format!(" (first {first})") };
            format!("{} {loss}{first}", entry.count())
        };
        let shown: Vec<String> = self.entries().map(shown).collect();
        if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
    }

    /// The first stage and unit whose counts do not say that what went in and what was added came out or was lost.
    #[must_use]
    pub fn unbalanced(&self) -> Option<(Stage, Unit)> {
        let units = [Unit::Document, Unit::Sentence, Unit::Word, Unit::Mention];
        let pairs = self.stages.iter().flat_map(|(stage, account)| units.map(|unit| (*stage, account, unit)));
        let wrong = |(_, account, unit): &(Stage, &Account, Unit)| {
            let entries = || account.entries.iter().filter(|(loss, _)| loss.unit() == *unit).map(|(_, entry)| entry);
            let into = account.into.of(*unit) + entries().map(|entry| entry.added).sum::<usize>();
            into != account.out.of(*unit) + entries().map(|entry| entry.lost).sum::<usize>()
        };
        pairs.filter(wrong).map(|(stage, _, unit)| (stage, unit)).next()
    }

    /// Whether [`Ledger::check`] makes an error of something, at the cost of no copy.
    #[must_use]
    pub fn is_refused(&self, allowed: &Allowed) -> bool {
        self.entries().any(|(_, loss, entry)| is_refused(loss, entry, allowed))
    }

    /// Makes every loss and change an error that has to be allowed and is not.
    ///
    /// # Errors
    /// The losses and changes that are not allowed, with their counts and the first of each.
    pub fn check(&self, allowed: &Allowed) -> Result<(), RefusedLosses> {
        let entries = self.entries().filter(|(_, loss, entry)| is_refused(*loss, entry, allowed));
        let refused: Vec<Refused> =
            entries.map(|(stage, loss, entry)| Refused { stage, loss, entry: entry.clone() }).collect();
        if refused.is_empty() { Ok(()) } else { Err(RefusedLosses(refused)) }
    }
}

fn is_refused(loss: Loss, entry: &Entry, allowed: &Allowed) -> bool {
    loss.must_be_allowed() && entry.count() > 0 && !allowed.contains(loss)
}

impl Counts {
    /// How many of one unit; none of [`Unit::Row`].
    #[must_use]
    pub const fn of(&self, unit: Unit) -> usize {
        match unit {
            Unit::Document => self.documents,
            Unit::Sentence => self.sentences,
            Unit::Word => self.words,
            Unit::Mention => self.mentions,
            Unit::Row => 0,
        }
    }

    const fn add(&mut self, more: Self) {
        self.documents += more.documents;
        self.sentences += more.sentences;
        self.words += more.words;
        self.mentions += more.mentions;
    }
}

impl Entry {
    /// How many were lost or changed.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.lost + self.changed
    }

    /// The first of them, where one is known.
    #[must_use]
    pub fn first(&self) -> Option<&Item> {
        self.items.first().or(self.unlisted.as_ref())
    }

    fn list(&mut self, listed: usize, item: impl FnOnce() -> Item) {
        if self.items.len() < listed {
            self.items.push(item());
        } else if self.first().is_none() {
            self.unlisted = Some(item());
        }
    }
}

/// A table of the stages, and below it every loss and change with the items that are listed.
impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14}{:>12}{:>12}{:>12}{:>12}", "stage", "documents", "sentences", "words", "mentions")?;
        for (stage, account) in &self.stages {
            for (way, counts) in [("in", &account.into), ("out", &account.out)] {
                let Counts { documents, sentences, words, mentions } = counts;
                writeln!(f, "{:<14}{documents:>12}{sentences:>12}{words:>12}{mentions:>12}", format!("{stage} {way}"))?;
            }
        }
        for (stage, loss, entry) in self.entries() {
            write!(f, "{stage}: {loss}: {} lost, {} changed", entry.lost, entry.changed)?;
            writeln!(f, "{}", if entry.added == 0 { String::new() } else { format!(", {} added", entry.added) })?;
            for item in &entry.items {
                writeln!(f, "    {item}")?;
            }
            let more = entry.count().saturating_sub(entry.items.len());
            if more > 0 && !entry.items.is_empty() {
                writeln!(f, "    and {more} more")?;
            }
        }
        Ok(())
    }
}
