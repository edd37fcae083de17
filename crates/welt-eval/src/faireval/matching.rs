//! Which gold and predicted entities FairEval pairs, and as what: entities in, one decision for each pair and for each entity left over.
//! It counts nothing, and it pairs only what it is given: the entities of one text, or those of one group that overlap.

use std::cmp::Reverse;
use std::iter;
use std::ops::Range;

use welt_tags::Chunk;

use crate::overlap::Runs;

/// What was decided about an entity, or about two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision<'t> {
    /// Type and positions agree.
    Exact(&'t str),
    /// The extent agrees, the type does not.
    Label { gold: &'t str, predicted: &'t str },
    /// The type agrees, the extent does not.
    Boundary(&'t str, Boundary),
    /// Neither agrees, but they overlap.
    LabelBoundary { gold: &'t str, predicted: &'t str },
    /// A prediction without counterpart.
    Spurious(&'t str),
    /// A gold entity without counterpart.
    Missed(&'t str),
}

/// How the extent of a prediction lies to that of its gold entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Boundary {
    /// Within it.
    Smaller,
    /// Around it.
    Larger,
    /// Neither.
    Crossing,
}

/// An entity and those of its positions that no pair has claimed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member<'t> {
    pub(super) entity_type: &'t str,
    start: usize,
    end: usize,
    positions: Vec<Range<usize>>,
}

impl<'t> From<Chunk<'t>> for Member<'t> {
    fn from(chunk: Chunk<'t>) -> Self {
        let Chunk { entity_type, start, end } = chunk;
        Self { entity_type, start, end, positions: iter::once(start..end).collect() }
    }
}

impl<'t> Member<'t> {
    /// An entity of parts that are in order, share nothing and are not empty; parts that touch are one.
    pub(super) fn new(entity_type: &'t str, parts: &[Range<usize>]) -> Self {
        let mut positions: Vec<Range<usize>> = Vec::with_capacity(parts.len());
        for part in parts {
            match positions.last_mut() {
                Some(last) if last.end == part.start => last.end = part.end,
                _ => positions.push(part.clone()),
            }
        }
        let start = positions.first().map_or(0, |part| part.start);
        let end = positions.last().map_or(0, |part| part.end);
        Self { entity_type, start, end, positions }
    }

    fn extent(&self) -> Range<usize> {
        self.start..self.end
    }

    fn length(&self) -> usize {
        self.end - self.start
    }

    /// Whether the extents overlap without being equal: entities with gaps may do so and yet share no position.
    fn crosses(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end && (self.start, self.end) != (other.start, other.end)
    }

    fn shared(&self, other: &Self) -> usize {
        let mut n = 0;
        each_shared(&self.positions, &other.positions, |range| n += range.len());
        n
    }
}

/// Decides about a group of one gold and one predicted entity without gaps, which overlap: what [`decide`] comes to for two.
pub(super) fn decide_pair<'t>(gold: &Chunk<'t>, predicted: &Chunk<'t>) -> Decision<'t> {
    let [gold_extent, predicted_extent] = [gold, predicted].map(|entity| entity.start..entity.end);
    match (gold.entity_type == predicted.entity_type, gold_extent == predicted_extent) {
        (true, true) => Decision::Exact(gold.entity_type),
        (true, false) => Decision::Boundary(gold.entity_type, boundary(&gold_extent, &predicted_extent)),
        (false, true) => Decision::Label { gold: gold.entity_type, predicted: predicted.entity_type },
        (false, false) => Decision::LabelBoundary { gold: gold.entity_type, predicted: predicted.entity_type },
    }
}

/// How a prediction of another extent than its gold entity lies to it.
fn boundary(gold: &Range<usize>, predicted: &Range<usize>) -> Boundary {
    if gold.start <= predicted.start && predicted.end <= gold.end {
        Boundary::Smaller
    } else if predicted.start <= gold.start && gold.end <= predicted.end {
        Boundary::Larger
    } else {
        Boundary::Crossing
    }
}

/// Decides about all entities of a text or group, in FairEval's order; whoever stands earlier in its list is served first.
///
/// Takes n log n if no entity's extent lies within that of another of its side; else it is quadratic in the number of entities at worst.
pub(super) fn decide<'t>(gold: Vec<Member<'t>>, predicted: Vec<Member<'t>>, mut each: impl FnMut(Decision<'t>)) {
    let (mut gold, mut predicted) = (Pool::from(gold), Pool::from(predicted));
    gold.drop_pairs(&mut predicted, |gold, predicted| gold == predicted, |gold, _| each(Decision::Exact(gold)));
    gold.drop_pairs(
        &mut predicted,
        |gold, predicted| gold.extent() == predicted.extent() && gold.entity_type != predicted.entity_type,
        |gold, predicted| each(Decision::Label { gold, predicted }),
    );
    for pool in [&mut gold, &mut predicted] {
        pool.serve_the_shortest_first();
    }
    for pass in [Pass::SameType, Pass::OtherType] {
        let decision = |gold: &Member<'t>, predicted: &Member<'t>| match pass {
            Pass::SameType => Decision::Boundary(gold.entity_type, boundary(&gold.extent(), &predicted.extent())),
            Pass::OtherType => Decision::LabelBoundary { gold: gold.entity_type, predicted: predicted.entity_type },
        };
        gold.pair(&mut predicted, pass, |gold, predicted| each(decision(gold, predicted)));
        gold.join(&mut predicted, pass, |gold, predicted| each(decision(gold, predicted)));
        predicted.join(&mut gold, pass, |predicted, gold| each(decision(gold, predicted)));
    }
    gold.free().for_each(|gold| each(Decision::Missed(gold.entity_type)));
    predicted.free().for_each(|predicted| each(Decision::Spurious(predicted.entity_type)));
}

/// Boundary errors are looked for first, and what then is left pairs with entities of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    SameType,
    OtherType,
}

impl Pass {
    fn admits(self, one: &Member<'_>, other: &Member<'_>) -> bool {
        one.crosses(other) && (one.entity_type == other.entity_type) == (self == Self::SameType)
    }
}

/// What has become of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing yet.
    Free,
    /// It overlaps one of the other side, and so many of its side were found to do so before it.
    Used(usize),
    /// It agrees with one of the other side, and plays no further part.
    Gone,
}

/// The entities of one side, by their indices in its list.
struct Pool<'t> {
    members: Vec<Member<'t>>,
    states: Vec<State>,
    n_used: usize,
    /// The indices in the order in which entities are served, as long as they are free.
    queue: Vec<usize>,
    runs: Runs,
}

impl<'t> From<Vec<Member<'t>>> for Pool<'t> {
    fn from(members: Vec<Member<'t>>) -> Self {
        let runs = Runs::new(members.iter().map(Member::extent));
        let (states, queue) = (vec![State::Free; members.len()], (0..members.len()).collect());
        Self { members, states, n_used: 0, queue, runs }
    }
}

impl<'t> Pool<'t> {
    /// Takes each free entity out for good, together with the first free one of the other side that it agrees with.
    fn drop_pairs(
        &mut self,
        other: &mut Self,
        agree: impl Fn(&Member<'t>, &Member<'t>) -> bool,
        mut each: impl FnMut(&'t str, &'t str),
    ) {
        for (entity, state) in self.members.iter().zip(&mut self.states).filter(|(_, state)| **state == State::Free) {
            let agreeing = |index: &usize| other.is_free(*index) && agree(entity, &other.members[*index]);
            if let Some(index) = other.runs.indices(entity.extent()).filter(agreeing).min() {
                each(entity.entity_type, other.members[index].entity_type);
                *state = State::Gone;
                other.states[index] = State::Gone;
            }
        }
    }

    /// Pairs each free entity with the best free one of the other side: both are used from then on.
    fn pair(&mut self, other: &mut Self, pass: Pass, mut each: impl FnMut(&Member<'t>, &Member<'t>)) {
        for turn in 0..self.queue.len() {
            let index = self.queue[turn];
            // The extents need only overlap: a free entity may lie in a gap of the other and share nothing with it.
            // Of two that are as good and thus as long, that is served first which stands first in the list.
            let free = |index: usize| other.is_free(index).then_some(index);
            let best = |entity: &Member<'_>| other.best(entity, pass, 0, free);
            if let Some(partner) = self.is_free(index).then(|| best(&self.members[index])).flatten() {
                self.match_with(index, other, partner, &mut each);
                other.mark_used(partner);
            }
        }
    }

    /// Lets each free entity join the best used one of the other side that still has positions in common with it.
    fn join(&mut self, other: &mut Self, pass: Pass, mut each: impl FnMut(&Member<'t>, &Member<'t>)) {
        for turn in 0..self.queue.len() {
            let index = self.queue[turn];
            let used = |index: usize| match other.states[index] {
                State::Used(n_before) => Some(n_before),
                State::Free | State::Gone => None,
            };
            let best = |entity: &Member<'_>| other.best(entity, pass, 1, used);
            if let Some(partner) = self.is_free(index).then(|| best(&self.members[index])).flatten() {
                self.match_with(index, other, partner, &mut each);
            }
        }
    }

    fn match_with(
        &mut self,
        index: usize,
        other: &mut Self,
        partner: usize,
        mut each: impl FnMut(&Member<'t>, &Member<'t>),
    ) {
        let (entity, partner) = (&mut self.members[index], &mut other.members[partner]);
        each(entity, partner);
        claim(entity, partner);
        self.mark_used(index);
    }

    /// The index of the candidate that shares the most positions, then has the fewest of its own, then is the shortest, then has the first turn; those without a turn are no candidates.
    fn best(
        &self,
        entity: &Member<'_>,
        pass: Pass,
        least_shared: usize,
        turn: impl Fn(usize) -> Option<usize>,
    ) -> Option<usize> {
        let keyed = self.runs.indices(entity.extent()).filter_map(|index| {
            let (turn, candidate) = (turn(index)?, &self.members[index]);
            if !pass.admits(entity, candidate) {
                return None;
            }
            let shared = entity.shared(candidate);
            let own = candidate.positions.iter().map(Range::len).sum::<usize>() - shared;
            (shared >= least_shared).then_some((index, (Reverse(shared), own, candidate.length(), turn)))
        });
        keyed.min_by_key(|(_, key)| *key).map(|(index, _)| index)
    }

    fn is_free(&self, index: usize) -> bool {
        self.states[index] == State::Free
    }

    fn mark_used(&mut self, index: usize) {
        self.states[index] = State::Used(self.n_used);
        self.n_used += 1;
    }

    fn serve_the_shortest_first(&mut self) {
        let Self { members, queue, .. } = self;
        queue.sort_by_key(|index| members[*index].length());
    }

    fn free(&self) -> impl Iterator<Item = &Member<'t>> {
        (0..self.members.len()).filter(|index| self.is_free(*index)).map(|index| &self.members[index])
    }
}

/// Takes the positions that two entities share from both, so that no third can join for them.
fn claim<'t>(one: &mut Member<'t>, other: &mut Member<'t>) {
    let mut shared = Vec::new();
    each_shared(&one.positions, &other.positions, |range| shared.push(range));
    for entity in [one, other] {
        entity.positions = without(&entity.positions, &shared);
    }
}

/// The ranges that two ordered rows of ranges have in common.
fn each_shared(one: &[Range<usize>], other: &[Range<usize>], mut each: impl FnMut(Range<usize>)) {
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        let (start, end) = (a.start.max(b.start), a.end.min(b.end));
        if start < end {
            each(start..end);
        }
        if a.end <= b.end { i += 1 } else { j += 1 }
    }
}

/// What is left of `ranges` without `taken`, each of which lies within one of them.
fn without(ranges: &[Range<usize>], taken: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut left = Vec::new();
    let mut taken = taken.iter().peekable();
    for range in ranges {
        let mut start = range.start;
        while let Some(part) = taken.next_if(|part| part.start < range.end) {
            if start < part.start {
                left.push(start..part.start);
            }
            start = part.end;
        }
        if start < range.end {
            left.push(start..range.end);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_shared_and_taken_range_by_range() {
        let mut one = Member::new("A", &[0..3, 3..6, 8..12]);
        let mut other = Member::new("A", &[2..4, 5..9]);
        assert_eq!(one.positions, [0..6, 8..12]);
        assert_eq!(one.shared(&other), 4);
        claim(&mut one, &mut other);
        assert_eq!(one.positions, [0..2, 4..5, 9..12]);
        assert_eq!((other.positions.len(), other.shared(&Member::new("A", &[0..7, 7..9]))), (1, 2));
    }
}
