//! What a reader met and did not keep: counted by name, the first of each listed as far as the caller asks.
//! It knows the names, not the formats.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::place::{Place, Position};
use crate::ledger::Item;

/// Something that a [`Document`](crate::Document) does not hold; it prints as its name, such as `individual-mention`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skip {
    /// A relation between mentions or identifiers.
    Relation,
    /// A mention nested in a composite one, such as `auditory toxicity` in `visual or auditory toxicity`.
    IndividualMention,
    /// That a mention is a composite one, such as `visual or auditory toxicity`; the mention itself is kept.
    CompositeRole,
    /// The names of the mentions within a composite one.
    IndividualNames,
    /// Anything said of a whole collection of documents, such as its source or date.
    CollectionInfon,
    /// Anything said of a document.
    DocumentInfon,
    /// Anything said of a passage besides its kind.
    PassageInfon,
    /// Something said of a mention that is no text, or is said twice.
    AnnotationInfon,
    /// Where a sentence begins and ends in a passage, and what is said of it; its text and mentions are kept.
    Sentence,
    /// A part of the file that the format does not define.
    UnknownPart,
    /// An alternative extent of a mention.
    Alternative,
    /// An event.
    Event,
    /// An attribute or a modification of a mention.
    Attribute,
    /// A note.
    Note,
    /// A set of mentions said to mean the same.
    Equivalence,
    /// A reference to a database from something that is no mention.
    Normalization,
    /// The name that a database gives to what is mentioned.
    NormalizationName,
    /// A code of the kind of mention, such as a misspelling.
    CategoryCode,
    /// A column besides the word and its tag.
    Column,
    /// A tag that belongs to no entity, because it breaks the scheme of the tags.
    Tag,
    /// A text beside which no annotations stand, although they do beside others; the text itself is kept.
    MissingAnnotations,
    /// A file of annotations beside another one that holds them all.
    OtherAnnotations,
    /// A folder in the folder, with texts or annotations of its own.
    SubFolder,
    /// The text of a sentence where the text of its passage is another.
    SentenceText,
}

impl Skip {
    /// Its name, in words joined by hyphens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relation => "relation",
            Self::IndividualMention => "individual-mention",
            Self::CompositeRole => "composite-role",
            Self::IndividualNames => "individual-names",
            Self::CollectionInfon => "collection-infon",
            Self::DocumentInfon => "document-infon",
            Self::PassageInfon => "passage-infon",
            Self::AnnotationInfon => "annotation-infon",
            Self::Sentence => "sentence",
            Self::UnknownPart => "unknown-part",
            Self::Alternative => "alternative",
            Self::Event => "event",
            Self::Attribute => "attribute",
            Self::Note => "note",
            Self::Equivalence => "equivalence",
            Self::Normalization => "normalization",
            Self::NormalizationName => "normalization-name",
            Self::CategoryCode => "category-code",
            Self::Column => "column",
            Self::Tag => "tag",
            Self::MissingAnnotations => "missing-annotations",
            Self::OtherAnnotations => "other-annotations",
            Self::SubFolder => "sub-folder",
            Self::SentenceText => "sentence-text",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How often something was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedCount {
    /// How often, at least once.
    pub count: usize,
    /// Where first.
    pub first: Place,
    /// The first of them, each with its place as the note; what is not known of one is empty.
    pub items: Vec<Item>,
}

/// What was met and not kept; it prints as `3 note (first at a.ann:7:1), 1 relation (first at a.ann:9:1)`, or `nothing`.
///
/// Counts are exact; as many are listed under each name as [`Skipped::listing`] says, none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped {
    listed: usize,
    counts: BTreeMap<Skip, SkippedCount>,
}

impl Skipped {
    /// Nothing yet; at most so many are listed under each name.
    #[must_use]
    pub const fn listing(listed: usize) -> Self {
        Self { listed, counts: BTreeMap::new() }
    }

    /// Whether everything was kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How often something was skipped.
    #[must_use]
    pub fn count(&self, skip: Skip) -> usize {
        self.counts.get(&skip).map_or(0, |skipped| skipped.count)
    }

    /// All that was skipped, with how often and where first.
    pub fn iter(&self) -> impl Iterator<Item = (Skip, &SkippedCount)> {
        self.counts.iter().map(|(skip, count)| (*skip, count))
    }

    /// Adds what was skipped later on; the first place stays.
    pub fn extend(&mut self, later: Self) {
        for (skip, later) in later.counts {
            let earlier = self.counts.entry(skip).or_insert_with(|| SkippedCount {
                count: 0,
                first: later.first,
                items: Vec::new(),
            });
            earlier.count += later.count;
            let room = self.listed.saturating_sub(earlier.items.len());
            earlier.items.extend(later.items.into_iter().take(room));
        }
    }

    /// Counts one; `item` is asked for only where it is listed, and its place becomes its note.
    pub(super) fn add(&mut self, skip: Skip, path: &Path, position: Position, item: impl FnOnce() -> Item) {
        let none = || SkippedCount { count: 0, first: position.place(path), items: Vec::new() };
        let skipped = self.counts.entry(skip).or_insert_with(none);
        skipped.count += 1;
        if skipped.items.len() < self.listed {
            skipped.items.push(Item { note: format!("at {}", position.place(path)), ..item() });
        }
    }

    /// What is skipped of one document from here on, to be given back to [`Skipped::end_document`].
    pub(super) fn begin_document(&mut self) -> Self {
        std::mem::replace(self, Self::listing(self.listed))
    }

    /// Adds what was skipped before the document, whose id is known only now.
    pub(super) fn end_document(&mut self, before: Self, document: &str) {
        for skipped in self.counts.values_mut() {
            skipped.items.iter_mut().for_each(|item| document.clone_into(&mut item.document));
        }
        let of_document = std::mem::replace(self, before);
        self.extend(of_document);
    }

    pub(super) const fn list(&mut self, listed: usize) {
        self.listed = listed;
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        for (index, (skip, SkippedCount { count, first, .. })) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{count} {skip} (first at {first})")?;
        }
        Ok(())
    }
}
