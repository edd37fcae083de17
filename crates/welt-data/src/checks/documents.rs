//! What is wrong with the documents that a split was made of: ids that several have, and mentions that do not fit their text.
//! Splits that were read from tagged files know no ids and have no such findings.

use std::io;

use super::found::{Found, Report};
use super::records::{Record, Records, digest, key};
use super::state::{Spot, State};
use super::{FindingKind, Repeat, SameText, Split};
use crate::alignment::check_mentions;
use crate::document::{Document, Mention};
use crate::ledger::Ledger;

/// Keeps what is compared of the documents of a part.
pub(super) fn keep(records: &mut Records, state: &mut State, part: &Split<'_>, split: usize) -> io::Result<()> {
    for document in part.documents {
        let number = state.ids.len();
        state.ids.add(&document.id)?;
        records.add(Record {
            key: key(document.id.as_str()),
            split: split as u64,
            order: number,
            spot: [number, 0],
            digests: [text(document), mentions(document)],
        })?;
    }
    Ok(())
}

/// Reports every document whose id another one has, in its split or in one before it.
pub(super) fn repeated(records: Records, splits: &mut [State], listed: usize, report: &mut Report) -> io::Result<()> {
    let founds = || splits.iter().map(|_| Found::listing(listed)).collect::<Vec<Found<(Spot, FindingKind)>>>();
    let (mut within, mut across) = (founds(), founds());
    let names: Vec<_> = splits.iter().map(|state| (state.name.clone(), state.path.clone())).collect();
    records.by_key(|group| {
        // The first document with the id in each split that has one.
        let mut firsts: Vec<&Record> = Vec::new();
        for record in group {
            let split = record.split as usize;
            let spot = Spot::new(0, record.spot);
            let is_first = firsts.last().is_none_or(|last| last.split != record.split);
            for first in &firsts {
                let [same_text, same_mentions] = [0, 1].map(|index| first.digests[index] == record.digests[index]);
                let text = if same_text { SameText::Same } else { SameText::Other };
                let repeat = if same_mentions { Repeat::SameEntities } else { Repeat::OtherEntities };
                if first.split == record.split {
                    let kind = FindingKind::RepeatedDocument { first: first.order as usize, text, repeat };
                    within[split].push(record.order, (kind.check(), kind.severity()), || (spot, kind));
                } else if is_first {
                    let (other_split, other) = names[first.split as usize].clone();
                    let kind = FindingKind::SharedDocument { other_split, other, text, repeat };
                    across[split].push(record.order, (kind.check(), kind.severity()), || (spot, kind));
                }
            }
            if is_first {
                firsts.push(record);
            }
        }
    })?;
    for found in [within, across] {
        for (state, found) in splits.iter_mut().zip(found) {
            state.report(found, report)?;
        }
    }
    Ok(())
}

/// Reports every mention with no characters, with characters outside of the text, or that states another text than the one at its place.
pub(super) fn misplaced(state: &mut State, part: &Split<'_>) {
    for (index, document) in part.documents.iter().enumerate() {
        let order = state.ids.len() + index as u64;
        let mut ledger = Ledger::listing(usize::MAX);
        check_mentions(document, &mut ledger);
        for (_, fault, entry) in ledger.entries() {
            for mention in &entry.items {
                let start = mention.parts.first().map_or(0, |part| part.start);
                let kind = FindingKind::MisplacedMention { fault, mention: mention.clone() };
                state.misplaced.add(order, kind, || part.location_in(index, start));
            }
        }
    }
}

/// The words of a document, whatever white space is between them.
fn text(document: &Document) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    let words = document.passages.iter().flat_map(|passage| passage.text.split_whitespace());
    words.for_each(|word| word.hash(&mut hasher));
    hasher.finish()
}

fn mentions(document: &Document) -> u64 {
    let characters = |mention: &Mention| mention.parts.iter().map(|part| (part.start, part.end)).collect::<Vec<_>>();
    let named = |mention: &Mention| (characters(mention), mention.entity_type.clone());
    let mut mentions: Vec<_> = document.mentions.iter().map(named).collect();
    mentions.sort();
    digest(&mentions)
}
