//! Everything that can be lost or changed between a file and the windows of a network, in one table: its name, where it can happen, what is counted, and what it means.
//! Readers, alignment, writers and windows take their losses from here, and so do flags, help texts and documentation; nothing is counted here.
//!
//! ```
//! use welt_data::ledger::{Loss, Stage};
//!
//! assert_eq!("nested".parse(), Ok(Loss::Nested));
//! assert_eq!(Loss::Nested.meaning(), "A mention lies within another or around it.");
//! assert_eq!((Loss::Nested.stages(), Loss::Nested.must_be_allowed()), (&[Stage::Tag][..], true));
//! assert_eq!("nestled".parse::<Loss>().unwrap_err().to_string(), "`nestled` is not the name of a loss, expected nested");
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// What a caller has to do about a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gravity {
    /// It is an error unless it is allowed by its name.
    Error,
    /// It is told and no more.
    Told,
}

/// A row of the table.
struct Row {
    name: &'static str,
    stages: &'static [Stage],
    unit: Unit,
    gravity: Gravity,
    meaning: &'static str,
}

macro_rules! losses {
    ($($variant:ident $name:literal [$($stage:ident),+] $unit:ident $gravity:ident $meaning:literal)+) => {
        /// A loss, or a change to what is not lost; as text it is its name in kebab case, such as `unread-relation`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Loss {
            $(#[doc = $meaning] $variant,)+
        }

        impl Loss {
            /// Every loss: what readers do not read, what is lost between documents and windows, what writers cannot hold.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$variant => &Row {
                        name: $name,
                        stages: &[$(Stage::$stage),+],
                        unit: Unit::$unit,
                        gravity: Gravity::$gravity,
                        meaning: $meaning,
                    },)+
                }
            }
        }
    };
}

losses! {
    UnreadAlternative "unread-alternative" [Read] Row Error "An alternative extent of a mention is not read."
    UnreadAnnotationInfon "unread-annotation-infon" [Read] Row Error "Something said of a mention besides its type and its identifiers, or a second time, is not read."
    UnreadAttribute "unread-attribute" [Read] Row Error "An attribute or a modification of a mention is not read."
    UnreadBookkeeping "unread-bookkeeping" [Read] Row Told "What a tool notes for itself, such as a hash, a time or the name of an annotator, is not read."
    UnreadCarriageReturns "unread-carriage-returns" [Read] Row Told "The carriage returns of a text are not read, because the offsets of its mentions fit it only without them."
    UnreadCategoryCode "unread-category-code" [Read] Row Error "A code of the kind of mention, such as a misspelling, is not read."
    UnreadChoice "unread-choice" [Read] Row Error "A class or an answer given to a whole text, or to a mention besides its type, is not read."
    UnreadCollectionInfon "unread-collection-infon" [Read] Row Told "Something said of a whole collection of documents, such as its source or date, is not read."
    UnreadColumn "unread-column" [Read] Row Error "A column besides the word and its tag is not read."
    UnreadCompositeRole "unread-composite-role" [Read] Row Error "That a mention is a composite one, such as `visual or auditory toxicity`, is not read; the mention itself is kept."
    UnreadDeletion "unread-deletion" [Read] Row Told "The file says that an article is no more; what was read of it before is not taken back."
    UnreadDocumentInfon "unread-document-infon" [Read] Row Error "Something said of a document is not read."
    UnreadEquivalence "unread-equivalence" [Read] Row Error "A set of mentions said to mean the same is not read."
    UnreadEvent "unread-event" [Read] Row Error "An event is not read."
    UnreadFile "unread-file" [Read] Row Told "A file beside the documents that belongs to none of them, such as a description of a corpus, is not read."
    UnreadFormula "unread-formula" [Read] Row Told "A formula in TeX is not read; what MathML says beside it is."
    UnreadIndividualMention "unread-individual-mention" [Read] Row Error "A mention nested in a composite one, such as `auditory toxicity` in `visual or auditory toxicity`, is not read."
    UnreadIndividualNames "unread-individual-names" [Read] Row Error "The names of the mentions within a composite one are not read."
    UnreadLine "unread-line" [Read] Row Error "A line that the format does not have at its place is not read."
    UnreadMarkup "unread-markup" [Read] Row Told "Markup within the texts of an article, such as italics, is not read; the text in it is."
    UnreadMendedTag "unread-mended-tag" [Read] Row Error "A tag breaks its scheme and is read as another one."
    UnreadMention "unread-mention" [Read] Row Error "An annotation is not read, because it does not say at which characters of the text it stands."
    UnreadMetadata "unread-metadata" [Read] Row Told "What is said of an article besides its texts, such as authors, journal, headings and references, is not read."
    UnreadMissingAnnotations "unread-missing-annotations" [Read] Row Error "No annotations stand beside a text, although they do beside others; the text itself is kept."
    UnreadNormalization "unread-normalization" [Read] Row Error "A reference to a database from something that is no mention is not read."
    UnreadNormalizationName "unread-normalization-name" [Read] Row Error "The name that a database gives to what is mentioned is not read."
    UnreadNote "unread-note" [Read] Row Error "A note is not read."
    UnreadOtherAbstract "unread-other-abstract" [Read] Row Told "An abstract besides the main one, such as one in another language, is not read."
    UnreadOtherAnnotations "unread-other-annotations" [Read] Row Error "A file of annotations is not read: one beside it holds them all, its format is another, or it has no text."
    UnreadOtherAnnotator "unread-other-annotator" [Read] Row Error "What another annotator said of the same text is not read."
    UnreadPassageInfon "unread-passage-infon" [Read] Row Error "Something said of a passage besides its kind is not read."
    UnreadPassageOffset "unread-passage-offset" [Read] Row Error "The offset of a passage is not read, because it lies before the end of the passage before it, or far behind; the passage follows that one, and its mentions are moved with it."
    UnreadProposal "unread-proposal" [Read] Row Error "A draft, or a proposal of a model that nobody confirmed, is not read."
    UnreadRejected "unread-rejected" [Read] Row Error "A document or a mention that its annotator rejected, skipped or left undecided is not read."
    UnreadRelation "unread-relation" [Read] Row Error "A relation between mentions or identifiers is not read."
    UnreadSentence "unread-sentence" [Read] Row Error "Where a sentence begins and ends in a passage, and what is said of it, is not read; its text and mentions are kept."
    UnreadSentenceText "unread-sentence-text" [Read] Row Error "The text of a sentence is not read, because the text of its passage is another."
    UnreadSubArticle "unread-sub-article" [Read] Row Told "An article within an article, such as a translation or a review, is not read."
    UnreadSubFolder "unread-sub-folder" [Read] Row Error "A link to a folder is not followed, because it may lead back, and what is in it is not read."
    UnreadTable "unread-table" [Read] Row Told "A table of an article is not read; its caption and its notes are."
    UnreadTag "unread-tag" [Read] Row Error "A tag belongs to no entity, because it breaks the scheme of the tags."
    UnreadUnknownPart "unread-unknown-part" [Read] Row Error "A part of the file that the format does not define is not read."
    UnreadWords "unread-words" [Read] Row Told "How a tool cut a text into words is not read; its words are found by rules."

    EmptyDocument "empty-document" [Sentence] Document Told "A document holds no word, and no sentence comes of it."
    OtherType "other-type" [Tag, Write] Mention Told "A mention is of a type that the rules leave out."
    Empty "empty" [Read, Tag] Mention Error "A mention has no part, or a part without characters."
    OutsideText "outside-text" [Read, Tag] Mention Error "A mention has characters that no passage holds."
    CrossesPassage "crosses-passage" [Tag] Mention Error "A mention has characters of several passages."
    WrongText "wrong-text" [Read, Tag] Mention Error "The stated text of a mention is not the text at its offsets; it is left out, or taken from there."
    Discontinuous "discontinuous" [Tag] Mention Error "A mention of several parts is left out, covered from its first character to its last, or taken apart."
    NoWord "no-word" [Tag] Mention Error "A mention holds no word."
    CrossesSentence "crosses-sentence" [Tag] Mention Error "A mention of words of several sentences is left out, or cut where the sentences break."
    Duplicate "duplicate" [Tag] Mention Error "A mention has the type and the characters of another."
    Nested "nested" [Tag] Mention Error "A mention lies within another or around it."
    Overlapping "overlapping" [Tag] Mention Error "A mention shares some characters with another."
    SharesWord "shares-word" [Tag] Mention Error "A mention shares a word with another, but no character."
    Widened "widened" [Tag] Mention Error "A mention grew to whole words; white space at its ends may have gone."
    Narrowed "narrowed" [Tag] Mention Error "A mention shrank to whole words."
    Trimmed "trimmed" [Read, Tag] Row Told "White space or characters of no width at the ends of a word, tag, type, identifier or mention are left out."
    MergedSentences "merged-sentences" [Tag] Sentence Told "Sentences became one because a mention crosses their border; no word is lost."
    WordWithoutSubWords "word-without-sub-words" [SubWord] Word Error "The tokenizer makes nothing of a word, and no window answers for it."
    SentenceWithoutSubWords "sentence-without-sub-words" [SubWord] Sentence Error "The tokenizer makes nothing of a sentence, and no window comes of it."
    MentionWithoutSubWords "mention-without-sub-words" [SubWord] Mention Error "The tokenizer makes nothing of the words of a mention, which cannot be predicted."
    CutWord "cut-word" [Window] Word Error "A word has more sub-words than a window holds, and the first are kept."
    Windowed "windowed" [Window] Sentence Told "A sentence became several windows; no word is lost."

    UnwrittenAnnotationIds "unwritten-annotation-ids" [Write] Row Error "The id of an annotation is not written."
    UnwrittenDiscontinuous "unwritten-discontinuous" [Write] Row Error "A mention of several parts is written as one, from its first character to its last, with the text that stands there."
    UnwrittenDocuments "unwritten-documents" [Write] Document Error "Documents are written as one, because no line tells them apart."
    UnwrittenEntityTypes "unwritten-entity-types" [Tag, Write] Row Error "An entity type is changed, because the format does not allow its characters."
    UnwrittenIdentifiers "unwritten-identifiers" [Write] Row Error "Identifiers are not written, or so that they will be read as others: as one text, or with the name of the database in it."
    UnwrittenMentionOrder "unwritten-mention-order" [Write] Row Error "The order of the mentions is not kept: they are gathered by passages."
    UnwrittenMentions "unwritten-mentions" [Write] Mention Error "A mention is not written, because the format holds text only."
    UnwrittenMovedOffsets "unwritten-moved-offsets" [Write] Row Error "The offsets of a document are moved, because the format counts from another character."
    UnwrittenOutsideText "unwritten-outside-text" [Write] Row Error "No text is written for a mention that states none, because it lies outside of the text."
    UnwrittenPassages "unwritten-passages" [Write] Row Error "The bounds or kinds of passages are not kept: they are joined, or will be read as other kinds."
    UnwrittenRepeatedIds "unwritten-repeated-ids" [Write] Row Error "A document that has the id of one before it is written under another name."
    UnwrittenScores "unwritten-scores" [Write] Row Told "Scores of annotations are not written: how sure a program is of them."
    UnwrittenWhiteSpace "unwritten-white-space" [Write] Row Error "A TAB, line break or other white space that the format does not allow is written as a space."
    UnwrittenWithoutOffsets "unwritten-without-offsets" [Write] Mention Error "A mention without any offset is not written."
    UnwrittenWords "unwritten-words" [Write] Row Error "The words of the sentences are not written."
}

impl Loss {
    /// Its name in kebab case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What happens, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// The steps at which it can happen.
    #[must_use]
    pub const fn stages(self) -> &'static [Stage] {
        self.row().stages
    }

    /// What is counted under this name.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.row().unit
    }

    /// Whether it is an error unless it is allowed by its name.
    ///
    /// Types that the caller left out, sentences that became one and sentences in several windows are told and no more.
    #[must_use]
    pub const fn must_be_allowed(self) -> bool {
        matches!(self.row().gravity, Gravity::Error)
    }

    /// Whether words, tags or mentions are lost or changed by it, and not only something that is said of them.
    #[must_use]
    pub const fn touches_mentions(self) -> bool {
        match self.unit() {
            Unit::Mention | Unit::Word => true,
            Unit::Document | Unit::Sentence => self.must_be_allowed(),
            Unit::Row => matches!(
                self,
                Self::Trimmed
                    | Self::UnreadCarriageReturns
                    | Self::UnreadIndividualMention
                    | Self::UnreadLine
                    | Self::UnreadMendedTag
                    | Self::UnreadMissingAnnotations
                    | Self::UnreadMention
                    | Self::UnreadOtherAnnotations
                    | Self::UnreadOtherAnnotator
                    | Self::UnreadPassageOffset
                    | Self::UnreadRejected
                    | Self::UnreadSentenceText
                    | Self::UnreadSubFolder
                    | Self::UnreadTag
                    | Self::UnwrittenEntityTypes
            ),
        }
    }

    /// The losses whose names are near a text that is none: those that end in it, or differ in two letters at most.
    #[must_use]
    pub fn near(text: &str) -> Vec<Self> {
        let is_near =
            |loss: &&Self| loss.name().ends_with(&format!("-{text}")) || edits(loss.name(), text) <= MOST_EDITS;
        Self::ALL.iter().filter(is_near).copied().collect()
    }
}

/// Letters in which a name is mistaken for another, at most.
const MOST_EDITS: usize = 2;

/// A text that is no name of a loss.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the name of a loss, expected {}", found.escape_debug(), expected(found))]
pub struct UnknownLoss {
    /// The text.
    pub found: String,
}

/// The names near a text, or else all.
fn expected(text: &str) -> String {
    let names = |losses: &[Loss], separator| losses.iter().map(|loss| loss.name()).collect::<Vec<_>>().join(separator);
    match Loss::near(text).as_slice() {
        [] => format!("one of {}", names(Loss::ALL, ", ")),
        near => names(near, " or "),
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
        f.pad(self.name())
    }
}

impl FromStr for Loss {
    type Err = UnknownLoss;

    fn from_str(text: &str) -> Result<Self, UnknownLoss> {
        let named = Self::ALL.iter().find(|loss| loss.name() == text);
        named.copied().ok_or_else(|| UnknownLoss { found: text.to_owned() })
    }
}

impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Loss {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Letters to add, leave out or change until one text is the other.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (one, other, expected) in [("nested", "nested", 0), ("nestd", "nested", 1), ("", "abc", 3), ("ab", "ba", 2)]
        {
            assert_eq!(edits(one, other), expected, "{one} {other}");
            assert_eq!(edits(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn every_row_says_what_it_is() {
        let mut names: Vec<&str> = Loss::ALL.iter().map(|loss| loss.name()).collect();
        for loss in Loss::ALL {
            let (name, meaning) = (loss.name(), loss.meaning());
            assert_eq!(name.parse(), Ok(*loss));
            assert!(name.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase()), "{name}");
            assert!(meaning.ends_with('.') && !meaning.contains(". "), "{name}: {meaning}");
            assert_eq!(name.starts_with("unread-"), format!("{loss:?}").starts_with("Unread"), "{name}");
            assert_eq!(name.starts_with("unwritten-"), format!("{loss:?}").starts_with("Unwritten"), "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Loss::ALL.len());
    }
}
