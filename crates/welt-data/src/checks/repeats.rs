//! Sentences that stand in more than one place: in their own split, and in a split before theirs.
//! Two sentences are the same where all their words are, letter case included.

use std::collections::HashMap;

use super::{FindingKind, Repeat, Report, Split};
use crate::corpus::Sentence;

/// The first sentence with these words in each split that has one, by the number of the split.
type Firsts<'c> = HashMap<&'c [String], Vec<(usize, &'c Sentence)>>;

/// Reports every sentence that stands in its split before, beside the first such sentence.
pub(super) fn within_splits(report: &mut Report<'_, '_>, least_words: usize) {
    let splits: &[Split<'_>] = report.splits;
    for (split, corpus) in splits.iter().enumerate() {
        let mut firsts: HashMap<&[String], &Sentence> = HashMap::new();
        let repeats = long_enough(corpus.sentences, least_words).filter_map(|sentence| {
            let first = *firsts.entry(&sentence.words).or_insert(sentence);
            let repeat = compare(first, sentence);
            let kind = FindingKind::RepeatedSentence { first: corpus.location(first.line_number), repeat };
            (!std::ptr::eq(first, sentence)).then_some((sentence.line_number, kind))
        });
        report.add(split, repeats);
    }
}

/// Reports every sentence that stands in a split before its own, once for each such split.
pub(super) fn across_splits(report: &mut Report<'_, '_>, least_words: usize) {
    let splits: &[Split<'_>] = report.splits;
    let mut firsts = Firsts::new();
    for (split, corpus) in splits.iter().enumerate() {
        let shared = long_enough(corpus.sentences, least_words).flat_map(|sentence| {
            let others = firsts.get(sentence.words.as_slice()).map_or(&[][..], Vec::as_slice);
            others.iter().map(|(other, first)| {
                let kind = FindingKind::SharedSentence {
                    other_split: splits[*other].name.to_owned(),
                    other: splits[*other].location(first.line_number),
                    repeat: compare(first, sentence),
                };
                (sentence.line_number, kind)
            })
        });
        report.add(split, shared);
        for sentence in long_enough(corpus.sentences, least_words) {
            let others = firsts.entry(&sentence.words).or_default();
            if others.last().is_none_or(|(last, _)| *last != split) {
                others.push((split, sentence));
            }
        }
    }
}

fn long_enough(sentences: &[Sentence], least_words: usize) -> impl Iterator<Item = &Sentence> {
    sentences.iter().filter(move |sentence| sentence.words.len() >= least_words.max(1))
}

fn compare(first: &Sentence, second: &Sentence) -> Repeat {
    if first.entities() == second.entities() { Repeat::SameEntities } else { Repeat::OtherEntities }
}
