//! The account of what went into each stage between a file and the windows of a network, what came out, and every loss on the way by its name.
//! Counts and losses in, a table or an error out; how anything is lost is not known here.
//!
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
//! assert_eq!(error, "1 nested in the stage `tag`: 10021369 14..20 `cancer` (Disease); allow what may be lost or changed with `--allow nested`");
//! assert!(ledger.check(&Allowed::of(["nested"])?).is_ok());
//! # Ok::<(), welt_data::DataError>(())
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::document::{Document, DocumentText, Mention};
use crate::error::DataError;

/// A step on the way from a file to a network, in the order of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// A file becomes documents.
    Read,
    /// The text of documents becomes sentences of words, which come into being here: as many go in as come out.
    Sentence,
    /// Mentions become spans of words.
    Tag,
    /// Words become sub-words.
    SubWord,
    /// Sentences become windows.
    Window,
    /// Documents become a file.
    Write,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Whole documents.
    Document,
    /// Sentences.
    Sentence,
    /// Words.
    Word,
    /// Mentions: what the documents name, in one part or in several.
    Mention,
    /// Anything else that a file holds, such as a row or an element: it is named, and stands in no balance.
    Row,
}

/// The name of a loss, or of a change to what is not lost; every stage takes its names from here.
///
/// As text the names are in kebab case, and the free ones are `unread-NAME` and `unwritten-NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Loss {
    /// Something in a file that its reader does not read, by the reader's name for it, such as `unread-relation`.
    Unread(Cow<'static, str>),
    /// A document without a word: no sentence comes of it.
    EmptyDocument,
    /// A mention of a type that the rules leave out.
    OtherType,
    /// A mention with no part, or with a part without characters.
    Empty,
    /// A mention with characters that no passage holds.
    OutsideText,
    /// A mention with characters of several passages.
    CrossesPassage,
    /// A mention whose stated text is not the text at its place: left out, or taken as its place says.
    WrongText,
    /// A mention of several parts: left out, covered from its first character to its last, or taken apart.
    Discontinuous,
    /// A mention that holds no word.
    NoWord,
    /// A mention of words of several sentences: left out, or cut where the sentences break.
    CrossesSentence,
    /// A mention of the type and the characters of another.
    Duplicate,
    /// A mention that lies within another or around it.
    Nested,
    /// A mention that shares some characters with another.
    Overlapping,
    /// A mention that shares a word with another, but no character.
    SharesWord,
    /// A mention that grew to whole words; white space at its ends may have gone.
    Widened,
    /// A mention that shrank to whole words, or by white space at its ends.
    Narrowed,
    /// Sentences that became one because a mention crosses their border; no word is lost.
    MergedSentences,
    /// A word of which the tokenizer makes nothing: no example answers for it.
    WordWithoutSubWords,
    /// A sentence of which the tokenizer makes nothing: no example at all.
    SentenceWithoutSubWords,
    /// A mention of such words only: it cannot be predicted.
    MentionWithoutSubWords,
    /// A word of more sub-words than a window holds, of which the first are kept.
    CutWord,
    /// A sentence that became several windows; no word is lost.
    Windowed,
    /// Something that the format of a written file cannot hold, by the writer's name for it, such as `unwritten-identifiers`.
    Unwritten(Cow<'static, str>),
}

impl Loss {
    /// The names that are not free.
    pub const NAMED: [(Self, &'static str); 21] = [
        (Self::EmptyDocument, "empty-document"),
        (Self::OtherType, "other-type"),
        (Self::Empty, "empty"),
        (Self::OutsideText, "outside-text"),
        (Self::CrossesPassage, "crosses-passage"),
        (Self::WrongText, "wrong-text"),
        (Self::Discontinuous, "discontinuous"),
        (Self::NoWord, "no-word"),
        (Self::CrossesSentence, "crosses-sentence"),
        (Self::Duplicate, "duplicate"),
        (Self::Nested, "nested"),
        (Self::Overlapping, "overlapping"),
        (Self::SharesWord, "shares-word"),
        (Self::Widened, "widened"),
        (Self::Narrowed, "narrowed"),
        (Self::MergedSentences, "merged-sentences"),
        (Self::WordWithoutSubWords, "word-without-sub-words"),
        (Self::SentenceWithoutSubWords, "sentence-without-sub-words"),
        (Self::MentionWithoutSubWords, "mention-without-sub-words"),
        (Self::CutWord, "cut-word"),
        (Self::Windowed, "windowed"),
    ];

    /// What is counted under this name.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match self {
            Self::Unwritten(name) if matches!(name.as_ref(), "mentions" | "without-offsets") => Unit::Mention,
            Self::Unwritten(name) if name == "documents" => Unit::Document,
            Self::Unread(_) | Self::Unwritten(_) => Unit::Row,
            Self::EmptyDocument => Unit::Document,
            Self::MergedSentences | Self::SentenceWithoutSubWords | Self::Windowed => Unit::Sentence,
            Self::WordWithoutSubWords | Self::CutWord => Unit::Word,
            _ => Unit::Mention,
        }
    }

    /// Whether it is an error unless it is allowed.
    ///
    /// Types that the caller left out, sentences that became one and sentences in several windows are told and no more.
    #[must_use]
    pub const fn needs_leave(&self) -> bool {
        !matches!(self, Self::OtherType | Self::MergedSentences | Self::Windowed)
    }
}

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

/// One loss or change, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The id of the document; empty where it is not known.
    pub document: String,
    /// The characters by their offsets in the document; empty where it is not known.
    pub parts: Vec<Range<usize>>,
    /// The text that is lost or changed.
    pub text: String,
    /// The type of the mention; empty where it is no mention.
    pub entity_type: String,
    /// What else tells why, such as the mention that was kept instead; empty where the name says all.
    pub note: String,
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
    /// The first of them.
    pub items: Vec<Item>,
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

/// The losses and changes that a caller allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(BTreeSet<Loss>);

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

    /// Counts one loss; `item` is asked for only where it is listed.
    pub fn lose(&mut self, stage: Stage, loss: Loss, item: impl FnOnce() -> Item) {
        let listed = self.listed;
        let entry = self.entry(stage, loss);
        entry.lost += 1;
        if entry.items.len() < listed {
            entry.items.push(item());
        }
    }

    /// Counts one change, by which `added` more came out than went in; `item` is asked for only where it is listed.
    pub fn change(&mut self, stage: Stage, loss: Loss, added: usize, item: impl FnOnce() -> Item) {
        let listed = self.listed;
        let entry = self.entry(stage, loss);
        entry.changed += 1;
        entry.added += added;
        if entry.items.len() < listed {
            entry.items.push(item());
        }
    }

    /// What is counted under a name in a stage; an empty entry is made where there is none.
    pub fn entry(&mut self, stage: Stage, loss: Loss) -> &mut Entry {
        self.stages.entry(stage).or_default().entries.entry(loss).or_default()
    }

    /// Counts what a reader made of a file, where all that it left out is counted under [`Loss::Unread`].
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
                entry.items.extend(more.items.into_iter().take(room));
            }
        }
    }

    /// Lists at most so many losses under one name of one stage from here on, and drops what is listed beyond that.
    pub fn shorten(&mut self, listed: usize) {
        self.listed = listed;
        for entry in self.stages.values_mut().flat_map(|account| account.entries.values_mut()) {
            entry.items.truncate(listed);
        }
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
        let mut entries = self.stages.values().flat_map(|account| &account.entries);
        entries.any(|(loss, entry)| allowed.refuses(loss, entry))
    }

    /// Makes every loss and change an error that needs leave and is not allowed.
    ///
    /// # Errors
    /// The losses and changes that are not allowed, with their counts, the first of each and the flags that allow them.
    pub fn check(&self, allowed: &Allowed) -> Result<(), DataError> {
        let entries = self
            .stages
            .iter()
            .flat_map(|(stage, account)| account.entries.iter().map(|(loss, entry)| (*stage, loss, entry)));
        let refused: Vec<Refused> = entries
            .filter(|(_, loss, entry)| allowed.refuses(loss, entry))
            .map(|(stage, loss, entry)| Refused { stage, loss: loss.clone(), entry: entry.clone() })
            .collect();
        if refused.is_empty() { Ok(()) } else { Err(DataError::Losses(RefusedLosses(refused))) }
    }
}

impl Allowed {
    /// Nothing may be lost or changed.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// What is named may be lost or changed.
    ///
    /// # Errors
    /// A text that is no name of a loss.
    pub fn of<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, DataError> {
        Ok(Self(names.into_iter().map(|name| name.as_ref().parse()).collect::<Result<_, _>>()?))
    }

    /// Whether it is named.
    #[must_use]
    pub fn contains(&self, loss: &Loss) -> bool {
        self.0.contains(loss)
    }

    fn refuses(&self, loss: &Loss, entry: &Entry) -> bool {
        loss.needs_leave() && entry.count() > 0 && !self.contains(loss)
    }
}

impl Item {
    /// A mention of one part.
    #[must_use]
    pub fn new(document: &str, characters: Range<usize>, text: &str, entity_type: &str) -> Self {
        Self {
            document: document.to_owned(),
            parts: vec![characters],
            text: text.to_owned(),
            entity_type: entity_type.to_owned(),
            note: String::new(),
        }
    }

    /// Something that is no mention and has a name or a text.
    #[must_use]
    pub fn named(text: &str) -> Self {
        Self { parts: Vec::new(), ..Self::new("", 0..0, text, "") }
    }

    /// A mention with the text that it states, for whoever does not have the text of the document.
    #[must_use]
    pub fn stated(document: &str, mention: &Mention) -> Self {
        Self {
            document: document.to_owned(),
            parts: mention.parts.clone(),
            text: mention.text.clone().unwrap_or_default(),
            entity_type: mention.entity_type.clone(),
            note: String::new(),
        }
    }

    /// A mention with its text in a document whose text was looked through before, or else its stated one: for many mentions of one document.
    #[must_use]
    pub fn in_text(document: &str, text: &DocumentText<'_>, mention: &Mention) -> Self {
        Self {
            document: document.to_owned(),
            parts: mention.parts.clone(),
            text: text.text_at(mention).or_else(|| mention.text.clone()).unwrap_or_default(),
            entity_type: mention.entity_type.clone(),
            note: String::new(),
        }
    }
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
    const fn count(&self) -> usize {
        self.lost + self.changed
    }
}

/// A loss or change that was not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where it happened.
    pub stage: Stage,
    /// Its name.
    pub loss: Loss,
    /// How many, and which.
    pub entry: Entry,
}

/// Every loss and change that was not allowed: the message of the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLosses(pub Vec<Refused>);

/// Items of one loss in an error message.
const IN_MESSAGE: usize = 3;

impl fmt::Display for RefusedLosses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Refused { stage, loss, entry } in &self.0 {
            write!(f, "{} {loss} in the stage `{stage}`", entry.count())?;
            for (index, item) in entry.items.iter().take(IN_MESSAGE).enumerate() {
                write!(f, "{} {item}", if index == 0 { ":" } else { "," })?;
            }
            let listed = entry.items.len().min(IN_MESSAGE);
            if listed > 0 && listed < entry.count() {
                write!(f, " and {} more", entry.count() - listed)?;
            }
            f.write_str("; ")?;
        }
        let names: BTreeSet<&Loss> = self.0.iter().map(|refused| &refused.loss).collect();
        let names: Vec<String> = names.into_iter().map(ToString::to_string).collect();
        write!(f, "allow what may be lost or changed with `--allow {}`", names.join(","))
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.parts.iter().map(|part| format!("{}..{}", part.start, part.end)).collect();
        let quoted = |text: &str| if text.is_empty() { String::new() } else { format!("`{}`", text.escape_debug()) };
        let entity_type = self.entity_type.escape_debug();
        let entity_type = if self.entity_type.is_empty() { String::new() } else { format!("({entity_type})") };
        let document = self.document.escape_debug().to_string();
        let all = [document, parts.join(";"), quoted(&self.text), entity_type, self.note.clone()];
        let known: Vec<String> = all.into_iter().filter(|text| !text.is_empty()).collect();
        f.write_str(&known.join(" "))
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
        for (stage, account) in &self.stages {
            for (loss, entry) in &account.entries {
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
        }
        Ok(())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Sentence => "sentence",
            Self::Tag => "tag",
            Self::SubWord => "sub-word",
            Self::Window => "window",
            Self::Write => "write",
        })
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(name) => write!(f, "unread-{name}"),
            Self::Unwritten(name) => write!(f, "unwritten-{name}"),
            named => f.write_str(Self::NAMED.iter().find(|(loss, _)| loss == named).map_or("", |(_, name)| name)),
        }
    }
}

impl FromStr for Loss {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let free = |name: &str| (!name.is_empty()).then(|| Cow::Owned(name.to_owned()));
        if let Some(name) = text.strip_prefix("unread-").and_then(free) {
            return Ok(Self::Unread(name));
        }
        if let Some(name) = text.strip_prefix("unwritten-").and_then(free) {
            return Ok(Self::Unwritten(name));
        }
        let named = Self::NAMED.into_iter().find(|(_, name)| *name == text);
        named.map(|(loss, _)| loss).ok_or_else(|| DataError::UnknownLoss { found: text.to_owned() })
    }
}

impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Loss {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
