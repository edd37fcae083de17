//! Sentences that stand in more than one place: in their own split, and in a split before theirs.
//! Two sentences are the same where all their words are, letter case included.

use std::io;
use std::path::PathBuf;

use super::found::{Found, Report};
use super::records::{Record, Records, digest, key};
use super::state::{Spot, State};
use super::{Check, FindingKind, Location, Repeat, Severity, Split};
use crate::corpus::Sentence;

/// Keeps what is compared of the sentences of a part that have enough words.
pub(super) fn keep(
    records: &mut Records,
    part: &Split<'_>,
    (split, least_words): (usize, usize),
    spot: impl Fn(usize) -> [u64; 2],
) -> io::Result<()> {
    for sentence in part.sentences.iter().filter(|sentence| sentence.words.len() >= least_words.max(1)) {
        records.add(Record {
            key: key(sentence.words.as_slice()),
            split: split as u64,
            order: sentence.line_number as u64,
            spot: spot(sentence.line_number),
            digests: [0, entities(sentence)],
        })?;
    }
    Ok(())
}

fn entities(sentence: &Sentence) -> u64 {
    if !sentence.has_entity() {
        return 0;
    }
    let entities: Vec<_> =
        sentence.entities().into_iter().map(|entity| (entity.entity_type, entity.start, entity.end)).collect();
    if entities.is_empty() { 0 } else { digest(&entities) }
}

/// A sentence that stands somewhere else too.
struct Repeated {
    spot: Spot,
    /// The split of the first one, where that is another.
    other: Option<usize>,
    first: Spot,
    repeat: Repeat,
}

/// Reports every sentence that stands in its split before, beside the first such sentence, and every one that stands in a split before its own, once for each such split.
pub(super) fn report(records: Records, splits: &mut [State], listed: usize, report: &mut Report) -> io::Result<()> {
    let founds = || splits.iter().map(|_| Found::listing(listed)).collect::<Vec<Found<Repeated>>>();
    let (mut within, mut across) = (founds(), founds());
    records.by_key(|group| {
        // The first such sentence in each split that has one.
        let mut firsts: Vec<&Record> = Vec::new();
        for record in group {
            let split = record.split as usize;
            for first in &firsts {
                let repeated = Repeated {
                    spot: Spot::new(record.order, record.spot),
                    other: (first.split != record.split).then_some(first.split as usize),
                    first: Spot::new(first.order, first.spot),
                    repeat: if first.digests == record.digests { Repeat::SameEntities } else { Repeat::OtherEntities },
                };
                let found = if repeated.other.is_none() { &mut within[split] } else { &mut across[split] };
                found.push(record.order, repeated.what(), || repeated);
            }
            if firsts.last().is_none_or(|last| last.split != record.split) {
                firsts.push(record);
            }
        }
    })?;
    for found in [within, across] {
        for (split, found) in found.into_iter().enumerate() {
            let mut listed = found.finish();
            let mut first = Vec::with_capacity(listed.first.len());
            for repeated in std::mem::take(&mut listed.first) {
                let location = splits[split].location(repeated.spot)?;
                let other = splits[repeated.other.unwrap_or(split)].location(repeated.first)?;
                let name = repeated.other.map(|other| splits[other].name.clone());
                first.push((location, repeated.kind(other, name)));
            }
            let state = &splits[split];
            report.add(&state.name, &state.whole(), listed.with(first));
        }
    }
    Ok(())
}

impl Repeated {
    /// What is found, with the name of another split where the first sentence stands in one.
    fn kind(&self, first: Location, other_split: Option<String>) -> FindingKind {
        let repeat = self.repeat;
        match other_split {
            None => FindingKind::RepeatedSentence { first, repeat },
            Some(other_split) => FindingKind::SharedSentence { other_split, other: first, repeat },
        }
    }

    /// The check and the severity, for which no location has to be known.
    fn what(&self) -> (Check, Severity) {
        let nowhere = Location { path: PathBuf::new(), line: 0, document: None };
        let kind = self.kind(nowhere, self.other.map(|_| String::new()));
        (kind.check(), kind.severity())
    }
}
