//! What a group of overlapping entities falls into: exact matches, and errors.
//! Gold and predicted entities of one group in, parts out; what the parts count for is not known here.

use welt_tags::Chunk;

use crate::overlap::Runs;

/// A part of a group.
pub(super) enum Part<'group, 'tags> {
    /// A gold entity and a prediction that are the same.
    Exact(Chunk<'tags>),
    /// Entities that hang together by shared positions, or one that stands alone.
    Error {
        /// The gold entities.
        gold: &'group [Chunk<'tags>],
        /// The predictions.
        predicted: &'group [Chunk<'tags>],
    },
}

/// Calls `each` with all parts of a group; every entity is in exactly one of them.
pub(super) fn each_part<'tags>(
    gold: &[Chunk<'tags>],
    predicted: &[Chunk<'tags>],
    mut each: impl FnMut(Part<'_, 'tags>),
) {
    match (gold, predicted) {
        ([one], [other]) if one == other => return each(Part::Exact(*one)),
        ([_], []) | ([], [_]) => return each(Part::Error { gold, predicted }),
        // Most other groups are one error as they are.
        ([one], others) | (others, [one]) if others.iter().all(|other| one != other && overlap(one, other)) => {
            return each(Part::Error { gold, predicted });
        }
        _ => {}
    }
    let (gold, predicted) = (sorted(gold), sorted(predicted));
    let (mut missed, mut unclaimed) = (Vec::with_capacity(gold.len()), Vec::with_capacity(predicted.len()));
    let mut rest = predicted.into_iter().peekable();
    for entity in gold {
        while let Some(other) = rest.next_if(|other| order(other) < order(&entity)) {
            unclaimed.push(other);
        }
        match rest.next_if_eq(&entity) {
            Some(_) => each(Part::Exact(entity)),
            None => missed.push(entity),
        }
    }
    unclaimed.extend(rest);
    each_tied(missed, unclaimed, |gold, predicted| each(Part::Error { gold, predicted }));
}

/// Calls `each` with the entities that hang together.
fn each_tied<'tags>(
    gold: Vec<Chunk<'tags>>,
    predicted: Vec<Chunk<'tags>>,
    mut each: impl FnMut(&[Chunk<'tags>], &[Chunk<'tags>]),
) {
    let [mut gold, mut predicted] = [gold, predicted].map(Untied::new);
    let (mut tied_gold, mut tied_predicted) = (Vec::new(), Vec::new());
    for index in 0..gold.entities.len() {
        tied_gold.clear();
        tied_predicted.clear();
        tied_gold.extend(gold.take(index));
        let (mut n_gold, mut n_predicted) = (0, 0);
        // Each entity in turn takes in what it overlaps on the other side, until none is left that has not been asked.
        loop {
            if let Some(entity) = tied_gold.get(n_gold) {
                predicted.take_overlapping(entity, &mut tied_predicted);
                n_gold += 1;
            } else if let Some(entity) = tied_predicted.get(n_predicted) {
                gold.take_overlapping(entity, &mut tied_gold);
                n_predicted += 1;
            } else {
                break;
            }
        }
        if !tied_gold.is_empty() {
            each(&tied_gold, &tied_predicted);
        }
    }
    for index in 0..predicted.entities.len() {
        if let Some(entity) = predicted.take(index) {
            each(&[], &[entity]);
        }
    }
}

/// The entities of one side, each of which can be taken once.
struct Untied<'tags> {
    entities: Vec<Chunk<'tags>>,
    taken: Vec<bool>,
    runs: Runs,
}

impl<'tags> Untied<'tags> {
    fn new(entities: Vec<Chunk<'tags>>) -> Self {
        Self { taken: vec![false; entities.len()], runs: Runs::of(&entities), entities }
    }

    fn take(&mut self, index: usize) -> Option<Chunk<'tags>> {
        let taken = std::mem::replace(&mut self.taken[index], true);
        (!taken).then_some(self.entities[index])
    }

    fn take_overlapping(&mut self, entity: &Chunk<'_>, into: &mut Vec<Chunk<'tags>>) {
        let Self { entities, taken, runs } = self;
        for index in runs.indices(entity.start..entity.end) {
            if !taken[index] && overlap(entity, &entities[index]) {
                taken[index] = true;
                into.push(entities[index]);
            }
        }
    }
}

fn sorted<'tags>(entities: &[Chunk<'tags>]) -> Vec<Chunk<'tags>> {
    let mut entities = entities.to_vec();
    entities.sort_by(|one, other| order(one).cmp(&order(other)));
    entities
}

const fn order<'tags>(entity: &Chunk<'tags>) -> (usize, usize, &'tags str) {
    (entity.start, entity.end, entity.entity_type)
}

/// Whether two entities share a position.
pub(super) fn overlap(one: &Chunk<'_>, other: &Chunk<'_>) -> bool {
    one.start.max(other.start) < one.end.min(other.end)
}
