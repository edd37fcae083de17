//! What a group of overlapping entities falls into: exact matches, and errors.
//! Gold and predicted entities of one group in, parts out; what the parts count for is not known here.

use welt_tags::Chunk;

/// A part of a group.
pub(super) enum Part<'group, 'tags> {
    /// A gold entity and a prediction that are the same.
    Exact(Chunk<'tags>),
    /// Entities that hang together by shared positions, at least one on either side.
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
        ([one], [other]) if overlap(one, other) => return each(Part::Error { gold, predicted }),
        _ => {}
    }
    let mut missed = Vec::with_capacity(gold.len());
    let mut unclaimed = predicted.to_vec();
    for entity in gold {
        match unclaimed.iter().position(|other| other == entity) {
            Some(place) => each(Part::Exact(unclaimed.remove(place))),
            None => missed.push(*entity),
        }
    }
    each_tied(missed, unclaimed, |gold, predicted| each(Part::Error { gold, predicted }));
}

/// Calls `each` with the entities that hang together.
fn each_tied<'tags>(
    mut gold: Vec<Chunk<'tags>>,
    mut predicted: Vec<Chunk<'tags>>,
    mut each: impl FnMut(&[Chunk<'tags>], &[Chunk<'tags>]),
) {
    while let Some(first) = gold.pop() {
        let (mut tied_gold, mut tied_predicted) = (vec![first], Vec::new());
        let (mut n_gold, mut n_predicted) = (0, 0);
        // Each entity in turn takes in what it overlaps on the other side, until none is left that has not been asked.
        loop {
            if let Some(entity) = tied_gold.get(n_gold) {
                tied_predicted.extend(predicted.extract_if(.., |other| overlap(entity, other)));
                n_gold += 1;
            } else if let Some(entity) = tied_predicted.get(n_predicted) {
                tied_gold.extend(gold.extract_if(.., |other| overlap(entity, other)));
                n_predicted += 1;
            } else {
                break;
            }
        }
        each(&tied_gold, &tied_predicted);
    }
    for entity in &predicted {
        each(&[], std::slice::from_ref(entity));
    }
}

/// Whether two entities share a position.
pub(super) fn overlap(one: &Chunk<'_>, other: &Chunk<'_>) -> bool {
    one.start.max(other.start) < one.end.min(other.end)
}
