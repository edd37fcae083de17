//! What may be lost in a conversion: names in, leave out, and for a name that nothing has, those that are near it.
//! What is lost, and where, is not known here.

use welt_data::DataError;
use welt_data::formats::{self, Format, Skip};
use welt_data::ledger::{Allowed, Loss};

/// Allows every loss.
const ALL: &str = "all";

/// What readers may skip.
const SKIPS: [Skip; 24] = [
    Skip::Relation,
    Skip::IndividualMention,
    Skip::CompositeRole,
    Skip::IndividualNames,
    Skip::CollectionInfon,
    Skip::DocumentInfon,
    Skip::PassageInfon,
    Skip::AnnotationInfon,
    Skip::Sentence,
    Skip::UnknownPart,
    Skip::Alternative,
    Skip::Event,
    Skip::Attribute,
    Skip::Note,
    Skip::Equivalence,
    Skip::Normalization,
    Skip::NormalizationName,
    Skip::CategoryCode,
    Skip::Column,
    Skip::Tag,
    Skip::MissingAnnotations,
    Skip::OtherAnnotations,
    Skip::SubFolder,
    Skip::SentenceText,
];

/// What writers may lose.
const LOSSES: [formats::Loss; 12] = [
    formats::Loss::Discontinuous,
    formats::Loss::WithoutOffsets,
    formats::Loss::OutsideText,
    formats::Loss::Passages,
    formats::Loss::MovedOffsets,
    formats::Loss::WhiteSpace,
    formats::Loss::AnnotationIds,
    formats::Loss::Identifiers,
    formats::Loss::EntityTypes,
    formats::Loss::MentionOrder,
    formats::Loss::Words,
    formats::Loss::Mentions,
];

/// A tag that breaks its scheme and is read as another one.
pub const MENDED: &str = "mended-tag";
/// The borders between documents.
pub const DOCUMENTS: &str = "documents";

/// What may be lost.
pub enum Leave {
    All,
    Named(Allowed),
}

impl Leave {
    /// Losses by name, or `all`; and what words and tags never hold, which whoever asks for them knows.
    ///
    /// # Errors
    /// A text that is neither.
    pub fn of(names: &[String], to: Format) -> Result<Self, DataError> {
        if names.iter().any(|name| name == ALL) {
            return Ok(Self::All);
        }
        let never_held = [formats::Loss::Identifiers.name(), formats::Loss::AnnotationIds.name(), DOCUMENTS];
        let never_held = never_held.map(|name| format!("unwritten-{name}"));
        let known = if to == Format::Conll { never_held.as_slice() } else { &[] };
        Ok(Self::Named(Allowed::of(names.iter().chain(known))?))
    }

    /// Whether something may be lost.
    pub fn allows(&self, loss: &Loss) -> bool {
        match self {
            Self::All => true,
            Self::Named(allowed) => allowed.contains(loss),
        }
    }
}

/// Takes the name of a loss of this program, or `all`.
///
/// # Errors
/// Another text; the error names what is near it.
pub fn loss_name(text: &str) -> Result<String, String> {
    let names = names();
    if names.iter().any(|name| name == text) {
        return Ok(text.to_owned());
    }
    let near = |name: &&String| name.ends_with(&format!("-{text}")) || edits(name, text) <= MOST_EDITS;
    let near: Vec<&str> = names.iter().filter(near).map(String::as_str).collect();
    let (these, all) = (near.join(" or "), names.join(", "));
    Err(format!("not the name of a loss, expected {}", if near.is_empty() { all } else { these }))
}

/// Letters in which a name is mistaken for another, at most.
const MOST_EDITS: usize = 2;

fn names() -> Vec<String> {
    let own = Loss::NAMED.map(|(_, name)| name.to_owned());
    let unread = SKIPS.map(Skip::name).into_iter().chain([MENDED]).map(|name| format!("unread-{name}"));
    let unwritten = LOSSES.map(formats::Loss::name).into_iter().chain([DOCUMENTS]);
    let unwritten = unwritten.map(|name| format!("unwritten-{name}"));
    [ALL.to_owned()].into_iter().chain(own).chain(unread).chain(unwritten).collect()
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

    /// A name without a place here is one that nobody could allow: a new one does not compile until it has its place.
    #[test]
    fn every_name_is_known() {
        let place = |skip| match skip {
            Skip::Relation => 0,
            Skip::IndividualMention => 1,
            Skip::CompositeRole => 2,
            Skip::IndividualNames => 3,
            Skip::CollectionInfon => 4,
            Skip::DocumentInfon => 5,
            Skip::PassageInfon => 6,
            Skip::AnnotationInfon => 7,
            Skip::Sentence => 8,
            Skip::UnknownPart => 9,
            Skip::Alternative => 10,
            Skip::Event => 11,
            Skip::Attribute => 12,
            Skip::Note => 13,
            Skip::Equivalence => 14,
            Skip::Normalization => 15,
            Skip::NormalizationName => 16,
            Skip::CategoryCode => 17,
            Skip::Column => 18,
            Skip::Tag => 19,
            Skip::MissingAnnotations => 20,
            Skip::OtherAnnotations => 21,
            Skip::SubFolder => 22,
            Skip::SentenceText => 23,
        };
        assert_eq!(SKIPS.map(place).to_vec(), (0..SKIPS.len()).collect::<Vec<_>>());
        let place = |loss| match loss {
            formats::Loss::Discontinuous => 0,
            formats::Loss::WithoutOffsets => 1,
            formats::Loss::OutsideText => 2,
            formats::Loss::Passages => 3,
            formats::Loss::MovedOffsets => 4,
            formats::Loss::WhiteSpace => 5,
            formats::Loss::AnnotationIds => 6,
            formats::Loss::Identifiers => 7,
            formats::Loss::EntityTypes => 8,
            formats::Loss::MentionOrder => 9,
            formats::Loss::Words => 10,
            formats::Loss::Mentions => 11,
        };
        assert_eq!(LOSSES.map(place).to_vec(), (0..LOSSES.len()).collect::<Vec<_>>());
    }

    #[test]
    fn edits_are_counted() {
        for (one, other, expected) in [("nested", "nested", 0), ("nestd", "nested", 1), ("", "abc", 3), ("ab", "ba", 2)]
        {
            assert_eq!(edits(one, other), expected, "{one} {other}");
            assert_eq!(edits(other, one), expected, "{other} {one}");
        }
    }
}
