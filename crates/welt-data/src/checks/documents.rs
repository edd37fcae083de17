//! What is wrong with the documents that a split was made of: ids that several have, and mentions that do not fit their text.
//! Splits that were read from tagged files know no ids and have no such findings.

use std::collections::HashMap;

use super::{FindingKind, Location, Repeat, Report, SameText, Split};
use crate::alignment::check_mentions;
use crate::document::{Document, Mention};
use crate::ledger::{Item, Ledger};

/// Reports every document whose id another one has, in its split or in one before it.
pub(super) fn repeated(report: &mut Report<'_, '_>) {
    let splits: &[Split<'_>] = report.splits;
    // The first document with the id in each split that has one, by the number of the split.
    let mut firsts: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    let (mut within, mut across) = (Vec::new(), Vec::new());
    for (split, at) in splits.iter().enumerate() {
        let mut repeated: Vec<(Location, FindingKind)> = Vec::new();
        let mut shared: Vec<(Location, FindingKind)> = Vec::new();
        for (number, document) in at.documents.iter().enumerate() {
            let known = firsts.entry(&document.id).or_default();
            let is_first = known.last().is_none_or(|(last, _)| *last != split);
            for &(other, first) in known.iter() {
                let (text, repeat) = compare(&splits[other].documents[first], document);
                if other == split {
                    repeated.push((at.location_in(number, 0), FindingKind::RepeatedDocument { first, text, repeat }));
                } else if is_first {
                    let (other_split, other) = (splits[other].name.to_owned(), splits[other].path.to_owned());
                    let kind = FindingKind::SharedDocument { other_split, other, text, repeat };
                    shared.push((at.location_in(number, 0), kind));
                }
            }
            if is_first {
                known.push((split, number));
            }
        }
        within.push(repeated);
        across.push(shared);
    }
    for found in [within, across] {
        for (split, found) in found.into_iter().enumerate() {
            report.add_at(split, found.into_iter());
        }
    }
}

/// Reports every mention with no characters, with characters outside of the text, or that states another text than the one at its offsets.
pub(super) fn misplaced(report: &mut Report<'_, '_>) {
    let splits: &[Split<'_>] = report.splits;
    for (split, at) in splits.iter().enumerate() {
        let found = at.documents.iter().enumerate().flat_map(|(number, document)| {
            let mut ledger = Ledger::listing(usize::MAX);
            check_mentions(document, &mut ledger);
            let entries = ledger.stages().values().flat_map(|account| account.entries.clone());
            let items = entries.flat_map(|(fault, entry)| entry.items.into_iter().map(move |item| (fault, item)));
            let finding = |(fault, mention): (_, Item)| {
                let start = mention.parts.first().map_or(0, |part| part.start);
                (at.location_in(number, start), FindingKind::MisplacedMention { fault, mention })
            };
            items.map(finding).collect::<Vec<_>>()
        });
        report.add_at(split, found);
    }
}

/// Takes time in proportion to the second document, since one may be held against many.
fn compare(first: &Document, second: &Document) -> (SameText, Repeat) {
    // Word by word up to the first that differs, since no text of a long document is put together for each short one.
    let text = if words(first).eq(words(second)) { SameText::Same } else { SameText::Other };
    if first.mentions.len() != second.mentions.len() {
        return (text, Repeat::OtherEntities);
    }
    let entities = |document: &'_ Document| {
        let spans = |mention: &Mention| mention.parts.iter().map(|part| (part.start, part.end)).collect::<Vec<_>>();
        let named = |mention: &Mention| (spans(mention), mention.entity_type.clone());
        let mut entities: Vec<_> = document.mentions.iter().map(named).collect();
        entities.sort();
        entities
    };
    let repeat = if entities(first) == entities(second) { Repeat::SameEntities } else { Repeat::OtherEntities };
    (text, repeat)
}

fn words(document: &Document) -> impl Iterator<Item = &str> {
    document.passages.iter().flat_map(|passage| passage.text.split_whitespace())
}
