//! Whether the tags of each split keep the rules of one scheme, and which scheme that is.

use std::collections::BTreeMap;

use welt_tags::{Prefix, Scheme};

use super::{FindingKind, Report, SchemeChoice, Split};
use crate::corpus::Sentence;
use crate::tag_rules::{faults, has, likely_scheme};

/// The scheme of each split, none where it was made of documents, has no entity or mixes schemes, which is reported.
pub(super) fn schemes(report: &mut Report<'_, '_>, choice: SchemeChoice) -> Vec<Option<Scheme>> {
    let splits = report.splits;
    let mut schemes: Vec<Option<Scheme>> = Vec::with_capacity(splits.len());
    for (split, corpus) in splits.iter().enumerate() {
        // The tags of documents were made when they were read: in whatever scheme, they say nothing of the corpus.
        if !corpus.documents.is_empty() {
            schemes.push(None);
            continue;
        }
        if let SchemeChoice::Given(scheme) = choice {
            schemes.push(Some(scheme));
            continue;
        }
        if let Some(mixture) = mixture(corpus.sentences) {
            report.add(split, std::iter::once(mixture));
        }
        let scheme = likely_scheme(corpus.sentences);
        let before = schemes.iter().position(Option::is_some);
        if let (Some(scheme), Some(before)) = (scheme, before)
            && let Some(other) = schemes[before].filter(|other| *other != scheme)
        {
            let kind = FindingKind::SchemesDiffer { scheme, other, other_split: splits[before].name.to_owned() };
            report.add(split, std::iter::once((1, kind)));
        }
        schemes.push(scheme);
    }
    schemes
}

/// Reports the tags that the scheme of their split does not have, and those that may not stand side by side.
pub(super) fn broken(report: &mut Report<'_, '_>, schemes: &[Option<Scheme>]) {
    let splits: &[Split<'_>] = report.splits;
    for (split, scheme) in schemes.iter().enumerate() {
        let Some(scheme) = *scheme else { continue };
        let sentences = splits[split].sentences;
        let foreign = sentences.iter().flat_map(|sentence| {
            let tags = sentence.tags.iter().enumerate().filter(|(_, tag)| !has(scheme, tag));
            tags.map(|(word, tag)| (sentence.line_number + word, FindingKind::ForeignTag { tag: tag.clone(), scheme }))
        });
        report.add(split, foreign);
        let invalid = sentences.iter().flat_map(|sentence| {
            faults(&sentence.tags, scheme).map(|word| {
                let before = word.checked_sub(1).map(|before| sentence.tags[before].clone());
                let tag = sentence.tags.get(word).cloned();
                // The end of a sentence is reported at its last word.
                let line = sentence.line_number + word.min(sentence.tags.len() - 1);
                (line, FindingKind::InvalidTransition { before, tag, scheme })
            })
        });
        report.add(split, invalid);
    }
}

/// The first line at which no scheme has all the prefixes so far.
fn mixture(sentences: &[Sentence]) -> Option<(usize, FindingKind)> {
    let mut counts = [0; Prefix::ALL.len()];
    let mut possible = Scheme::ALL.to_vec();
    for sentence in sentences {
        for (word, tag) in sentence.tags.iter().enumerate() {
            let count = &mut counts[tag.prefix() as usize];
            *count += 1;
            if *count > 1 {
                continue;
            }
            possible.retain(|scheme| has(*scheme, tag));
            if possible.is_empty() {
                let occur = Prefix::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0);
                let prefixes: BTreeMap<char, usize> = occur.map(|(prefix, count)| (prefix.letter(), count)).collect();
                return Some((sentence.line_number + word, FindingKind::MixedSchemes { prefixes }));
            }
        }
    }
    None
}
