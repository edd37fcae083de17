//! Which entities of two lists touch each other: they fall into groups, and no group can change what is counted in another.
//! Gold and predicted entities of one text in, groups out; what a group counts for is each metric's own affair.
//!
//! Two entities are in one group if they share a position, or if both share one with a third.
//! FairEval, SemEval-2013 and the error types only ever pair entities that share a position, so each group can be matched by itself:
//! that turns their quadratic matching of a document into one of its few largest groups.

use welt_tags::Chunk;

/// Calls `each` with the gold and predicted entities of every group, both in the order of their lists.
///
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
    each_slice(&gold, &predicted, |(_, chunk)| chunk, |gold, predicted| each(&by_place(gold), &by_place(predicted)));
}

/// An entity and its place in the list that it came from.
type Placed<'t> = (usize, Chunk<'t>);

fn by_start<'t>(entities: &[Chunk<'t>]) -> Vec<Placed<'t>> {
    let mut placed: Vec<Placed<'t>> = entities.iter().copied().enumerate().collect();
    placed.sort_by_key(|(_, entity)| entity.start);
    placed
}

fn by_place<'t>(entities: &[Placed<'t>]) -> Vec<Chunk<'t>> {
    let mut placed = entities.to_vec();
    placed.sort_unstable_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, entity)| entity).collect()
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
        // The first entity may be empty and would never be taken otherwise.
        let mut end = start + 1;
        loop {
            let taken = n_gold + n_predicted;
            for (entities, n) in [(gold, &mut n_gold), (predicted, &mut n_predicted)] {
                while let Some(entity) = entities.get(*n).map(&chunk).filter(|entity| entity.start < end) {
                    end = end.max(entity.end);
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
}
