//! Which entities of two lists touch each other: they fall into groups, and no group can change what is counted in another.
//! Gold and predicted entities of one text in, groups out; what a group counts for is each metric's own affair.
//!
//! Two entities are in one group if they share a position, or if both share one with a third.
//! FairEval, SemEval-2013 and the error types only ever pair entities that share a position, so each group can be matched by itself.
//! A group can be a whole document: where every prediction is one word too far to the right, each shares a word with two gold entities.
//! So within a group [`Runs`] say which few entities one has to be compared with.

use std::ops::Range;

use welt_tags::Chunk;

/// Calls `each` with the gold and predicted entities of every group, both in the order of their lists.
///
/// Every entity is in exactly one group, whatever its bounds are; entities that start at the same position are always in the same one.
/// Linear in the number of entities where both lists are in the order of their starts, as readers of tags give them; n log n otherwise.
pub(crate) fn each_group<'t>(
    gold: &[Chunk<'t>],
    predicted: &[Chunk<'t>],
    mut each: impl FnMut(&[Chunk<'t>], &[Chunk<'t>]),
) {
    let in_order = |entities: &[Chunk<'_>]| entities.is_sorted_by_key(|entity| entity.start);
    if in_order(gold) && in_order(predicted) {
        return each_slice(gold, predicted, |chunk| chunk, each);
    }
    let [gold, predicted] = [gold, predicted].map(by_start);
    each_slice(&gold, &predicted, |(_, chunk)| chunk, |gold, predicted| each(&by_index(gold), &by_index(predicted)));
}

/// The extents of a list of entities in the order of their starts, to find those that share a position with another extent.
///
/// If no entity of the list lies within another, those that overlap an extent stand one after the other in that order, and are found without a look at the rest.
#[derive(Debug, Clone)]
pub(crate) struct Runs {
    n_entities: usize,
    /// Nothing for a list so short that all of it may as well be looked at.
    entries: Vec<Entry>,
}

/// An entity of a list, where it stands among the others in the order of their starts.
#[derive(Debug, Clone, Copy)]
struct Entry {
    start: usize,
    /// The end of this entity or of one before it, whichever comes last.
    latest_end: usize,
    /// Its index in the list.
    index: usize,
}

/// Most groups are of two or three entities, for which an order costs more than it saves.
const SHORT: usize = 8;

impl Runs {
    /// Takes the extents of the entities in the order of their list, whatever that is.
    pub(crate) fn new(extents: impl ExactSizeIterator<Item = Range<usize>>) -> Self {
        let n_entities = extents.len();
        if n_entities <= SHORT {
            return Self { n_entities, entries: Vec::new() };
        }
        let entry =
            |(index, extent): (usize, Range<usize>)| Entry { start: extent.start, latest_end: extent.end, index };
        let mut entries: Vec<Entry> = extents.enumerate().map(entry).collect();
        entries.sort_by_key(|entry| entry.start);
        let mut latest_end = 0;
        for entry in &mut entries {
            latest_end = entry.latest_end.max(latest_end);
            entry.latest_end = latest_end;
        }
        Self { n_entities, entries }
    }

    /// Takes the extents of entities without gaps.
    pub(crate) fn of(entities: &[Chunk<'_>]) -> Self {
        Self::new(entities.iter().map(|entity| entity.start..entity.end))
    }

    /// Where those stand in the order of starts that overlap `extent`; of a short list, or where entities lie within others, it may be more than these.
    pub(crate) fn range(&self, extent: Range<usize>) -> Range<usize> {
        if self.entries.is_empty() {
            return 0..self.n_entities;
        }
        let first = self.entries.partition_point(|entry| entry.latest_end <= extent.start);
        let n = self.entries[first..].partition_point(|entry| entry.start < extent.end);
        first..first + n
    }

    /// The indices in their list of those in the [range](Self::range) of an extent; those of one start come in the order of their list.
    pub(crate) fn indices(&self, extent: Range<usize>) -> impl Iterator<Item = usize> {
        self.range(extent).map(|rank| self.entries.get(rank).map_or(rank, |entry| entry.index))
    }
}

/// An entity and its index in the list that it came from.
type Indexed<'t> = (usize, Chunk<'t>);

fn by_start<'t>(entities: &[Chunk<'t>]) -> Vec<Indexed<'t>> {
    let mut indexed: Vec<Indexed<'t>> = entities.iter().copied().enumerate().collect();
    indexed.sort_by_key(|(_, entity)| entity.start);
    indexed
}

fn by_index<'t>(entities: &[Indexed<'t>]) -> Vec<Chunk<'t>> {
    let mut indexed = entities.to_vec();
    indexed.sort_unstable_by_key(|(index, _)| *index);
    indexed.into_iter().map(|(_, entity)| entity).collect()
}

/// The groups of two lists in the order of their starts are slices of them.
fn each_slice<'t, E>(
    mut gold: &[E],
    mut predicted: &[E],
    chunk: impl Fn(&E) -> &Chunk<'t>,
    mut each: impl FnMut(&[E], &[E]),
) {
    let first = |entities: &[E]| entities.first().map(|entity| chunk(entity).start);
    while let Some(start) = first(gold).into_iter().chain(first(predicted)).min() {
        let (mut n_gold, mut n_predicted) = (0, 0);
        // The last position and not the end after it, which need not be a number; an empty entity has its start.
        let mut last = start;
        loop {
            let taken = n_gold + n_predicted;
            for (entities, n) in [(gold, &mut n_gold), (predicted, &mut n_predicted)] {
                while let Some(entity) = entities.get(*n).map(&chunk).filter(|entity| entity.start <= last) {
                    last = last.max(entity.end.saturating_sub(1));
                    *n += 1;
                }
            }
            if n_gold + n_predicted == taken {
                break;
            }
        }
        each(&gold[..n_gold], &predicted[..n_predicted]);
        (gold, predicted) = (&gold[n_gold..], &predicted[n_predicted..]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chunks(text: &str) -> Vec<Chunk<'_>> {
        let chunk = |part: &str| -> Vec<usize> { part.split('-').map(|number| number.parse().unwrap()).collect() };
        let parts = text.split_whitespace().map(chunk);
        parts.map(|ends| Chunk { entity_type: "A", start: ends[0], end: ends[1] }).collect()
    }

    fn check(gold: &str, predicted: &str, expected: &[&str]) {
        let text = |chunks: &[Chunk<'_>]| -> String {
            chunks.iter().map(|chunk| format!("{}-{}", chunk.start, chunk.end)).collect::<Vec<_>>().join(" ")
        };
        let mut found = Vec::new();
        each_group(&chunks(gold), &chunks(predicted), |gold, predicted| {
            found.push(format!("{}|{}", text(gold), text(predicted)));
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_shares_a_position_is_one_group() {
        check("", "", &[]);
        check("0-2 3-4", "0-2", &["0-2|0-2", "3-4|"]);
        check("0-2", "2-4", &["0-2|", "|2-4"]);
        check("0-2 2-4", "1-3 5-6", &["0-2 2-4|1-3", "|5-6"]);
        check("0-9", "0-1 3-4 8-10", &["0-9|0-1 3-4 8-10"]);
        check("4-5", "0-9", &["4-5|0-9"]);
    }

    #[test]
    fn groups_keep_the_order_of_their_lists() {
        check("5-7 0-3 1-2", "6-8 2-3", &["0-3 1-2|2-3", "5-7|6-8"]);
        check("1-2 0-3", "0-1", &["1-2 0-3|0-1"]);
    }

    /// Positions that are close to each other, and some at the end of what there is.
    fn position() -> impl Strategy<Value = usize> {
        prop_oneof![4 => 0..12_usize, 1 => usize::MAX - 3..=usize::MAX, 1 => any::<usize>()]
    }

    /// Entities of any bounds, the empty and the reversed included.
    fn any_chunks(n: usize) -> impl Strategy<Value = Vec<Chunk<'static>>> {
        let entity_type = prop_oneof![Just("A"), Just("B")];
        let bounds = prop_oneof![(position(), position()), position().prop_map(|start| (start, start))];
        let chunk = (entity_type, bounds).prop_map(|(entity_type, (start, end))| Chunk { entity_type, start, end });
        prop::collection::vec(chunk, 0..n)
    }

    fn overlap(one: &Chunk<'_>, other: &Chunk<'_>) -> bool {
        one.start.max(other.start) < one.end.min(other.end)
    }

    fn sorted<'t>(chunks: &[Chunk<'t>]) -> Vec<(&'t str, usize, usize)> {
        let mut keys: Vec<_> = chunks.iter().map(|chunk| (chunk.entity_type, chunk.start, chunk.end)).collect();
        keys.sort_unstable();
        keys
    }

    proptest! {
        #[test]
        fn every_entity_is_in_one_group_whatever_its_bounds(gold in any_chunks(9), predicted in any_chunks(9)) {
            let mut groups: Vec<[Vec<Chunk<'_>>; 2]> = Vec::new();
            each_group(&gold, &predicted, |gold, predicted| groups.push([gold.to_vec(), predicted.to_vec()]));
            let found = [0, 1].map(|side| groups.iter().flat_map(|group| group[side].clone()).collect::<Vec<_>>());
            prop_assert_eq!(found.map(|side| sorted(&side)), [sorted(&gold), sorted(&predicted)]);
            for (number, one) in groups.iter().enumerate() {
                prop_assert!(!one.concat().is_empty());
                for other in &groups[..number] {
                    for (one, other) in one.iter().flatten().flat_map(|one| other.iter().flatten().map(move |o| (one, o))) {
                        prop_assert!(!overlap(one, other) && one.start != other.start, "{:?} and {:?}", one, other);
                    }
                }
            }
        }

        #[test]
        fn runs_hold_what_overlaps_and_nothing_else_of_flat_entities(
            entities in any_chunks(30), flat in prop::collection::vec((0..3_usize, 1..4_usize), 0..30), other in any_chunks(9),
        ) {
            let mut end = 0;
            let flat: Vec<Chunk<'_>> = flat.into_iter().map(|(gap, length)| {
                let start = end + gap;
                end = start + length;
                Chunk { entity_type: "A", start, end }
            }).collect();
            for (entities, is_flat) in [(entities, false), (flat, true)] {
                let runs = Runs::of(&entities);
                for extent in other.iter().chain(&entities) {
                    let mut found: Vec<usize> = runs.indices(extent.start..extent.end).collect();
                    let overlapping = |index: &usize| overlap(&entities[*index], extent);
                    if !is_flat || entities.len() <= SHORT || extent.start >= extent.end {
                        found.retain(overlapping);
                    }
                    found.sort_unstable();
                    prop_assert_eq!(found, (0..entities.len()).filter(overlapping).collect::<Vec<_>>());
                }
            }
        }
    }
}
