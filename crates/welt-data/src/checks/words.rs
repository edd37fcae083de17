//! Whether the column of words holds words, and not tags or numbers that count them.

use welt_tags::Tag;

use super::{Finding, FindingKind, NotWords, Split};
use crate::conll::{are_counts, are_plainly_tags};

/// A finding where the words of a tagged split all look like something else: another column may hold the words.
#[must_use]
pub fn word_column(split: &Split<'_>) -> Option<Finding> {
    if !split.documents.is_empty() {
        return None;
    }
    let sentences = || split.sentences.iter().map(|sentence| sentence.words.iter().map(String::as_str));
    let tags: Option<Vec<Tag>> = sentences().flatten().map(|word| word.parse().ok()).collect();
    let found = match tags {
        Some(tags) if are_plainly_tags(&tags) => NotWords::Tags,
        _ if are_counts(sentences()) => NotWords::Counts,
        _ => return None,
    };
    let line = split.sentences.first().map_or(1, |sentence| sentence.line_number);
    let kind = FindingKind::WordColumn { found };
    Some(Finding { split: split.name.to_owned(), location: split.location(line), kind })
}
