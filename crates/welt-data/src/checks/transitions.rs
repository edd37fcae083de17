//! Whether the tags of each split keep the rules of one scheme, and which scheme that is.

use std::collections::BTreeMap;

use welt_tags::{Prefix, Scheme};

use super::state::State;
use super::{FindingKind, SchemeChoice, Split};
use crate::corpus::Sentence;
use crate::tag_rules::{faults, has, likely_scheme};

/// Looks at the tags of a tagged file, which is there as a whole: which scheme they are in, and where they break it.
/// The tags of documents were made when they were read: in whatever scheme, they say nothing of the corpus.
pub(super) fn look(state: &mut State, part: &Split<'_>, choice: SchemeChoice, before: &[State]) {
    state.scheme = match choice {
        SchemeChoice::Given(scheme) => Some(scheme),
        SchemeChoice::Detect => detected(state, part, before),
    };
    if let Some(scheme) = state.scheme {
        broken(state, part, scheme);
    }
}

/// The scheme that fits best, none where there is no entity or schemes are mixed, which is reported.
fn detected(state: &mut State, part: &Split<'_>, before: &[State]) -> Option<Scheme> {
    if let Some((line, mixture)) = mixture(part.sentences) {
        state.mixed.add(line as u64, mixture, || part.location(line));
    }
    let scheme = likely_scheme(part.sentences);
    let other = before.iter().find_map(|state| state.scheme.map(|scheme| (scheme, state.name.clone())));
    if let (Some(scheme), Some((other, other_split))) = (scheme, other)
        && scheme != other
    {
        state.differing.add(1, FindingKind::SchemesDiffer { scheme, other, other_split }, || part.location(1));
    }
    scheme
}

/// Reports the tags that the scheme does not have, and those that may not stand side by side.
fn broken(state: &mut State, part: &Split<'_>, scheme: Scheme) {
    for sentence in part.sentences {
        for (word, tag) in sentence.tags.iter().enumerate().filter(|(_, tag)| !has(scheme, tag)) {
            let line = sentence.line_number + word;
            state
                .foreign
                .add(line as u64, FindingKind::ForeignTag { tag: tag.clone(), scheme }, || part.location(line));
        }
        for word in faults(&sentence.tags, scheme) {
            let before = word.checked_sub(1).map(|before| sentence.tags[before].clone());
            let tag = sentence.tags.get(word).cloned();
            // The end of a sentence is reported at its last word.
            let line = sentence.line_number + word.min(sentence.tags.len() - 1);
            state
                .invalid
                .add(line as u64, FindingKind::InvalidTransition { before, tag, scheme }, || part.location(line));
        }
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
