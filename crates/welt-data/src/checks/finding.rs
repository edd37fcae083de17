//! What a check can find, where, and how bad it is.
//! It names and words findings; it looks for none.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use welt_tags::{Scheme, Tag};

use crate::invisible::Invisible;
use crate::ledger::{Item, Loss};
use crate::statistics::AmbiguousMention;

/// How bad a finding is, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; often as it should be.
    Note,
    /// Likely a mistake, or something that makes scores look better than they are.
    Warning,
    /// A mistake: what is trained or scored is not what the file means.
    Error,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// Splits without a sentence, and sentences without words or with too few or too many tags.
    Empty,
    /// What the reader left out of a split.
    LeftOut,
    /// Columns of words that hold something else.
    WordColumn,
    /// Splits without an entity.
    OnlyOutside,
    /// Prefixes of more than one scheme, in a split or between splits.
    MixedSchemes,
    /// Tags that the scheme does not have.
    ForeignTag,
    /// Tags that may not stand beside each other in the scheme.
    InvalidTransition,
    /// Bare tags beside tags with a type.
    BareTags,
    /// Types that differ in letter case only.
    TypeCase,
    /// Types that occur in one split only.
    TypeInOneSplit,
    /// Ids that several documents of a split have.
    RepeatedDocument,
    /// Ids that documents of several splits have.
    SharedDocument,
    /// Mentions that do not fit the text of their document.
    MisplacedMention,
    /// Sentences that stand in a split more than once.
    RepeatedSentence,
    /// Sentences that stand in more than one split.
    SharedSentence,
    /// Words that are tagged in some places and not in others, or with different types.
    InconsistentMention,
    /// Entities of very many words.
    LongEntity,
    /// Words with characters that no text has.
    OddCharacter,
    /// Words that encoders do not see: they give no sub-word, and are neither learnt nor predicted.
    UnseenWord,
}

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The name of the split.
    pub split: String,
    /// Where it is.
    pub location: Location,
    /// What it is.
    #[serde(flatten)]
    pub kind: FindingKind,
}

/// A line of a file, or a character of a document in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file or folder.
    pub path: PathBuf,
    /// The line, from 1; also 1 where the whole file is meant, and 0 where a document tells the location.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: usize,
    /// The location in a document, where the split was made of documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<InDocument>,
}

/// A character of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InDocument {
    /// The id of the document.
    pub id: String,
    /// The offset of the character in it, from 0.
    pub character: usize,
}

fn is_zero(line: &usize) -> bool {
    *line == 0
}

/// Which entities a sentence has that stands in two places; in which scheme they are tagged does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// The same in both.
    SameEntities,
    /// Not the same.
    OtherEntities,
}

/// Whether two documents have the same text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SameText {
    /// To the character, save white space.
    Same,
    /// They differ.
    Other,
}

/// What words are that are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotWords {
    /// Tags.
    Tags,
    /// Numbers that count words or characters.
    Counts,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A split without a sentence.
    EmptySplit,
    /// A sentence without words, or whose tags are not as many as its words.
    UnequalLengths {
        /// Words of the sentence.
        words: usize,
        /// Tags of the sentence.
        tags: usize,
    },
    /// Something that the reader left out or changed.
    LeftOut {
        /// Its name.
        loss: Loss,
        /// What it is, where it is known.
        item: Option<Item>,
        /// How many this stands for: itself, and those of the same name that are not listed.
        count: usize,
    },
    /// Words that all look like something else: another column may hold the words.
    WordColumn {
        /// What they look like.
        found: NotWords,
    },
    /// A split in which every word is tagged O.
    OnlyOutside {
        /// Words of the split.
        words: usize,
    },
    /// Prefixes that no scheme has all of.
    MixedSchemes {
        /// The letters of the prefixes that occur, and how often.
        prefixes: BTreeMap<char, usize>,
    },
    /// A split in another scheme than a split before it.
    SchemesDiffer {
        /// The scheme of this split.
        scheme: Scheme,
        /// The scheme of the split before.
        other: Scheme,
        /// The name of the split before.
        other_split: String,
    },
    /// A tag whose prefix the scheme does not have.
    ForeignTag {
        /// The tag.
        tag: Tag,
        /// The scheme.
        scheme: Scheme,
    },
    /// A tag that may not follow the one before it.
    InvalidTransition {
        /// The tag before, none at the start of a sentence.
        before: Option<Tag>,
        /// The tag, none at the end of a sentence.
        tag: Option<Tag>,
        /// The scheme.
        scheme: Scheme,
    },
    /// Bare tags beside tags with a type.
    BareTags {
        /// Words with a bare tag other than O.
        bare: usize,
        /// Words whose tag has a type.
        typed: usize,
    },
    /// Types that differ in letter case only.
    TypeCase {
        /// The types, and how many entities each has.
        types: BTreeMap<String, usize>,
    },
    /// A type that occurs in no other split.
    TypeInOneSplit {
        /// The type.
        entity_type: String,
        /// Its entities.
        entities: usize,
    },
    /// A document whose id one before it in its split has.
    RepeatedDocument {
        /// The number of the first such document in the split, from 0.
        first: usize,
        /// Whether the two have the same text.
        text: SameText,
        /// Whether the two have the same mentions.
        repeat: Repeat,
    },
    /// A document whose id one in a split before has.
    SharedDocument {
        /// The name of the split before.
        other_split: String,
        /// Where that split was read from.
        other: PathBuf,
        /// Whether the two have the same text.
        text: SameText,
        /// Whether the two have the same mentions.
        repeat: Repeat,
    },
    /// A mention that does not fit the text of its document.
    MisplacedMention {
        /// What is wrong with it: one of [`Loss::Empty`], [`Loss::OutsideText`] and [`Loss::WrongText`].
        fault: Loss,
        /// The mention.
        mention: Item,
    },
    /// A sentence that stands in its split before.
    RepeatedSentence {
        /// The first such sentence.
        first: Location,
        /// Whether the two have the same entities.
        repeat: Repeat,
    },
    /// A sentence that stands in a split before.
    SharedSentence {
        /// The name of the split before.
        other_split: String,
        /// The first such sentence there.
        other: Location,
        /// Whether the two have the same entities.
        repeat: Repeat,
    },
    /// Words that are not always an entity of one type, in all splits together.
    InconsistentMention(AmbiguousMention),
    /// An entity of very many words.
    LongEntity {
        /// The type.
        entity_type: String,
        /// How many words.
        words: usize,
        /// The first words.
        beginning: String,
    },
    /// A word with a control character, U+FFFD, or a code point that is no character.
    OddCharacter {
        /// The word.
        word: String,
        /// The first such character.
        character: char,
    },
    /// A word of characters that the tokenizers of encoders take out.
    UnseenWord {
        /// The word.
        word: String,
        /// By which of them it is not seen.
        by: Invisible,
    },
    /// There is more of it in this split than is listed.
    NotListed {
        /// The check.
        of: Check,
        /// How many findings are listed.
        listed: usize,
        /// How many there are.
        total: usize,
        /// How bad the worst of those not listed is.
        worst: Severity,
    },
}

impl Check {
    /// Its name in messages, such as `invalid-transition`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::LeftOut => "left-out",
            Self::WordColumn => "word-column",
            Self::OnlyOutside => "only-outside",
            Self::MixedSchemes => "mixed-schemes",
            Self::ForeignTag => "foreign-tag",
            Self::InvalidTransition => "invalid-transition",
            Self::BareTags => "bare-tags",
            Self::TypeCase => "type-case",
            Self::TypeInOneSplit => "type-in-one-split",
            Self::RepeatedDocument => "repeated-document",
            Self::SharedDocument => "shared-document",
            Self::MisplacedMention => "misplaced-mention",
            Self::RepeatedSentence => "repeated-sentence",
            Self::SharedSentence => "shared-sentence",
            Self::InconsistentMention => "inconsistent-mention",
            Self::LongEntity => "long-entity",
            Self::OddCharacter => "odd-character",
            Self::UnseenWord => "unseen-word",
        }
    }
}

impl FindingKind {
    /// The check that finds it.
    #[must_use]
    pub const fn check(&self) -> Check {
        match self {
            Self::EmptySplit | Self::UnequalLengths { .. } => Check::Empty,
            Self::LeftOut { .. } => Check::LeftOut,
            Self::WordColumn { .. } => Check::WordColumn,
            Self::OnlyOutside { .. } => Check::OnlyOutside,
            Self::MixedSchemes { .. } | Self::SchemesDiffer { .. } => Check::MixedSchemes,
            Self::ForeignTag { .. } => Check::ForeignTag,
            Self::InvalidTransition { .. } => Check::InvalidTransition,
            Self::BareTags { .. } => Check::BareTags,
            Self::TypeCase { .. } => Check::TypeCase,
            Self::TypeInOneSplit { .. } => Check::TypeInOneSplit,
            Self::RepeatedDocument { .. } => Check::RepeatedDocument,
            Self::SharedDocument { .. } => Check::SharedDocument,
            Self::MisplacedMention { .. } => Check::MisplacedMention,
            Self::RepeatedSentence { .. } => Check::RepeatedSentence,
            Self::SharedSentence { .. } => Check::SharedSentence,
            Self::InconsistentMention(_) => Check::InconsistentMention,
            Self::LongEntity { .. } => Check::LongEntity,
            Self::OddCharacter { .. } => Check::OddCharacter,
            Self::UnseenWord { .. } => Check::UnseenWord,
            Self::NotListed { of, .. } => *of,
        }
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::EmptySplit
            | Self::UnequalLengths { .. }
            | Self::MixedSchemes { .. }
            | Self::ForeignTag { .. }
            | Self::InvalidTransition { .. }
            | Self::WordColumn { .. }
            | Self::MisplacedMention { fault: Loss::OutsideText | Loss::Empty, .. } => Severity::Error,
            Self::OnlyOutside { .. }
            | Self::SchemesDiffer { .. }
            | Self::BareTags { .. }
            | Self::TypeCase { .. }
            | Self::TypeInOneSplit { .. }
            | Self::RepeatedDocument { .. }
            | Self::SharedDocument { .. }
            | Self::MisplacedMention { .. }
            | Self::SharedSentence { .. }
            | Self::RepeatedSentence { repeat: Repeat::OtherEntities, .. }
            | Self::LongEntity { .. }
            | Self::OddCharacter { .. }
            | Self::UnseenWord { by: Invisible::Always, .. } => Severity::Warning,
            Self::LeftOut { loss, .. } if loss.touches_mentions() => Severity::Warning,
            Self::LeftOut { .. }
            | Self::RepeatedSentence { repeat: Repeat::SameEntities, .. }
            | Self::InconsistentMention(_)
            | Self::UnseenWord { by: Invisible::WithoutAccents, .. } => Severity::Note,
            Self::NotListed { worst, .. } => *worst,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.document {
            None => write!(f, "{}:{}", self.path.display(), self.line),
            Some(InDocument { id, character }) => {
                write!(f, "{}: document {}, character {character}", self.path.display(), id.escape_debug())
            }
        }
    }
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SameEntities => "with the same entities",
            Self::OtherEntities => "with other entities",
        })
    }
}

impl fmt::Display for SameText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "with the same text",
            Self::Other => "with another text",
        })
    }
}

/// `path:line: severity: message (check)`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {} ({})", self.location, self.kind.severity(), self.kind, self.kind.check())
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptySplit => f.write_str("the split has no sentence"),
            Self::UnequalLengths { words, tags } => {
                write!(f, "a sentence of {words} words has {tags} tags, expected at least one word and a tag for each")
            }
            Self::OnlyOutside { words } => write!(f, "all {words} words are tagged O: the split has no entity"),
            Self::MixedSchemes { prefixes } => {
                let prefixes: Vec<String> =
                    prefixes.iter().map(|(letter, count)| format!("{letter} {count}")).collect();
                write!(f, "no scheme has all the prefixes that occur up to here: {}", prefixes.join(", "))
            }
            Self::SchemesDiffer { scheme, other, other_split } => {
                write!(f, "the tags read as {scheme}, but as {other} in split `{other_split}`")
            }
            Self::ForeignTag { tag, scheme } => write!(f, "`{tag}` is no tag of {scheme}"),
            Self::InvalidTransition { before, tag, scheme } => {
                write!(f, "{} breaks {scheme}", transition(before.as_ref(), tag.as_ref()))
            }
            Self::BareTags { bare, typed } => {
                write!(f, "bare tags stand beside tags with a type (words: {bare} and {typed})")
            }
            Self::TypeCase { types } => write!(f, "types differ in letter case only: {}", listed(types)),
            Self::TypeInOneSplit { entity_type, entities } => {
                write!(f, "the type `{entity_type}` occurs in no other split (entities: {entities})")
            }
            Self::RepeatedSentence { first: Location { document: None, line, .. }, repeat } => {
                write!(f, "the sentence stands on line {line} already, {repeat}")
            }
            Self::RepeatedSentence { first: Location { document: Some(first), .. }, repeat } => {
                let InDocument { id, character } = first;
                let id = id.escape_debug();
                write!(f, "the sentence stands in document {id}, character {character} already, {repeat}")
            }
            Self::RepeatedDocument { first, text, repeat } => {
                write!(f, "document {} of the split has this id already, {text} and {repeat}", first + 1)
            }
            Self::SharedDocument { other_split, other, text, repeat } => {
                let path = other.display();
                write!(f, "a document in split `{other_split}`, {path}, has this id too, {text} and {repeat}")
            }
            Self::MisplacedMention { fault, mention } => write!(f, "{mention}: {}", misplaced(*fault)),
            Self::SharedSentence { other_split, other, repeat } => {
                write!(f, "the sentence stands in split `{other_split}` too, {other}, {repeat}")
            }
            Self::InconsistentMention(mention) => f.write_str(&inconsistent(mention)),
            Self::LeftOut { loss, item, count } => f.write_str(&left_out(*loss, item.as_ref(), *count)),
            Self::WordColumn { found } => f.write_str(not_words(*found)),
            Self::LongEntity { entity_type, words, beginning } => {
                write!(f, "an entity of type `{entity_type}` has {words} words: {beginning} ...")
            }
            Self::OddCharacter { word, character } => {
                write!(f, "the word `{}` holds U+{:04X}", word.escape_debug(), u32::from(*character))
            }
            Self::UnseenWord { word, by } => {
                let codes: Vec<String> = word.chars().map(|one| format!("U+{:04X}", u32::from(one))).collect();
                let by = match by {
                    Invisible::Always => "encoders do not see",
                    Invisible::WithoutAccents => "encoders without accents do not see",
                };
                write!(
                    f,
                    "{by} the word {}: it is not learnt, and tagged as the entity around goes on",
                    codes.join(" ")
                )
            }
            Self::NotListed { listed, total, .. } => {
                write!(f, "findings in this split: {total}, of which listed: {listed}")
            }
        }
    }
}

/// How words are tagged in several ways, in words.
fn inconsistent(mention: &AmbiguousMention) -> String {
    let (types, untagged) = (listed(&mention.types), mention.untagged);
    format!("`{}` is not always the same: {types}, untagged {untagged}", mention.text)
}

/// What was left out, in words.
fn left_out(loss: Loss, item: Option<&Item>, count: usize) -> String {
    let item = item.map(Item::shown).filter(|item| !item.is_empty()).map(|item| format!("{item}: "));
    let more = if count > 1 { format!("; {} more", count - 1) } else { String::new() };
    format!("{loss}: {}{}{more}", item.unwrap_or_default(), loss.meaning().trim_end_matches('.'))
}

/// What words are that are none, in words.
const fn not_words(found: NotWords) -> &'static str {
    match found {
        NotWords::Tags => "all words are tags: another column may hold the words",
        NotWords::Counts => "all words are numbers that count lines or characters: another column may hold the words",
    }
}

fn listed(types: &BTreeMap<String, usize>) -> String {
    let types: Vec<String> = types.iter().map(|(name, count)| format!("`{name}` {count}")).collect();
    types.join(", ")
}

/// What is wrong with a mention, in words.
const fn misplaced(fault: Loss) -> &'static str {
    match fault {
        Loss::OutsideText => "the mention lies outside of the text",
        Loss::Empty => "the mention has no characters",
        _ => "the text at its offsets is another one",
    }
}

/// Two tags that stand side by side, in words.
fn transition(before: Option<&Tag>, tag: Option<&Tag>) -> String {
    match (before, tag) {
        (Some(before), Some(tag)) => format!("`{tag}` after `{before}`"),
        (None, Some(tag)) => format!("`{tag}` at the start of a sentence"),
        (before, None) => format!("`{}` at the end of a sentence", before.unwrap_or(&Tag::OUTSIDE)),
    }
}
