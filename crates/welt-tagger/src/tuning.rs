//! Finds what to add to label scores: scores of words and a way to score tags in, shifts out.
//! Nothing is known here of metrics or files; the model is not run again.
//!
//! The budget is stated: every number that is moved is tried at [`shifts`], 81 values from -8 to 8, and where several
//! are moved it is their turn at most [`MOST_ROUNDS`] times, while that makes anything better.
//! Of shifts that score alike the one that is nearest to none is taken, so that a shift without use is 0.

use rayon::prelude::*;
use welt_tags::{LabelSet, Tag};
use welt_train::WordScores;

use crate::TaggerError;
use crate::decoding::{Decoder, Decoding, Shift};

/// Which numbers are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// One, of O: the balance of precision and recall.
    Outside,
    /// One for each entity type, of all its labels.
    Types,
    /// One for each label but O.
    Labels,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    /// The shifts, without those that are 0.
    pub shifts: Vec<Shift>,
    /// What the tags score with them.
    pub score: f64,
    /// What they score without.
    pub score_without: f64,
    /// How many shifts were tried.
    pub tried: usize,
}

/// The shifts that are tried of each number, and of which curves are made: -8 to 8 in steps of a fifth.
pub fn shifts() -> impl Iterator<Item = f32> + Clone {
    (-40_i8..=40).map(|step| f32::from(step) / 5.0)
}

/// How often each of several numbers has its turn.
pub const MOST_ROUNDS: usize = 3;

/// What is made high: the tags of all sentences in, a score out.
pub type Score<'s, E> = &'s (dyn Fn(&[Vec<&str>]) -> Result<f64, E> + Sync);

/// Searches for the shifts with which `score`, of the tags of all sentences, is highest; `decoding` says what else holds, and
/// its own shifts count for none.
///
/// # Errors
/// What `score` fails with.
pub fn tune<E: From<TaggerError> + Send>(
    (scores, labels): (&WordScores, &LabelSet),
    decoding: &Decoding,
    moved: Moved,
    score: Score<'_, E>,
) -> Result<Tuned, E> {
    let groups = groups(labels, moved);
    let scored = |by: &[f32]| -> Result<f64, E> {
        let decoding = Decoding { shifts: named(&groups, by, labels), ..decoding.clone() };
        score(&tags(scores, labels, &Decoder::new(&decoding, labels)?))
    };
    let mut by = vec![0.0; groups.len()];
    let score_without = scored(&by)?;
    let (mut best, mut tried) = (score_without, 0);
    let rounds = if groups.len() > 1 { MOST_ROUNDS } else { 1 };
    for _ in 0..rounds {
        let before = by.clone();
        for group in 0..groups.len() {
            let moved_to = |shift: f32| {
                let mut by = by.clone();
                by[group] = shift;
                Ok((shift, scored(&by)?))
            };
            let all: Vec<(f32, f64)> =
                shifts().collect::<Vec<_>>().into_par_iter().map(moved_to).collect::<Result<_, E>>()?;
            tried += all.len();
            let nearest =
                all.iter().filter(|(_, score)| *score > best).fold(None, |known: Option<(f32, f64)>, found| {
                    let is_better = known
                        .is_none_or(|known| found.1 > known.1 || found.1 >= known.1 && found.0.abs() < known.0.abs());
                    if is_better { Some(*found) } else { known }
                });
            if let Some((shift, score)) = nearest {
                by[group] = shift;
                best = score;
            }
        }
        if by == before {
            break;
        }
    }
    Ok(Tuned { shifts: named(&groups, &by, labels), score: best, score_without, tried })
}

/// The tags of all sentences.
#[must_use]
pub fn tags<'l>(scores: &WordScores, labels: &'l LabelSet, decoder: &Decoder) -> Vec<Vec<&'l str>> {
    decoder.labels(scores).iter().map(|chosen| labels.tags(chosen)).collect()
}

/// The labels that each number moves.
fn groups(labels: &LabelSet, moved: Moved) -> Vec<Vec<usize>> {
    let others = (0..labels.names().len()).filter(|label| *label != labels.outside());
    match moved {
        Moved::Outside => vec![vec![labels.outside()]],
        Moved::Labels => others.map(|label| vec![label]).collect(),
        Moved::Types => {
            let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
            for label in others {
                let name = &labels.names()[label];
                let entity_type = name.parse::<Tag>().map_or_else(|_| name.clone(), |tag| tag.entity_type().to_owned());
                match groups.iter_mut().find(|(known, _)| *known == entity_type) {
                    Some((_, group)) => group.push(label),
                    None => groups.push((entity_type, vec![label])),
                }
            }
            groups.into_iter().map(|(_, group)| group).collect()
        }
    }
}

/// Shifts by the names of labels, without those that are 0.
fn named(groups: &[Vec<usize>], by: &[f32], labels: &LabelSet) -> Vec<Shift> {
    let of_group = |(group, by): (&Vec<usize>, &f32)| {
        let shift = |label: &usize| Shift { label: labels.names()[*label].clone(), by: *by };
        group.iter().filter(|_| *by != 0.0).map(shift).collect::<Vec<_>>()
    };
    groups.iter().zip(by).flat_map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> LabelSet {
        LabelSet::new(["O", "B-A", "I-A", "B-C"].map(str::to_owned).into()).unwrap()
    }

    /// O is a little too high everywhere, C far too high.
    fn scores() -> WordScores {
        let rows = [[1.0, 0.5, 0.0, -9.0], [1.0, 0.0, 0.5, -9.0], [3.0, 0.5, 0.0, 5.0], [3.0, 0.0, 0.0, 4.0]];
        WordScores::from_rows(4, &[4], rows.concat()).unwrap()
    }

    fn right(tags: &[Vec<&str>]) -> Result<f64, TaggerError> {
        let gold = ["B-A", "I-A", "O", "O"];
        Ok(tags[0].iter().zip(gold).filter(|(found, gold)| **found == *gold).count() as f64)
    }

    fn found(moved: Moved) -> (Vec<(String, f32)>, [f64; 2], usize) {
        let (scores, labels) = (scores(), labels());
        let tuned = tune((&scores, &labels), &Decoding::default(), moved, &right).unwrap();
        let shifts = tuned.shifts.into_iter().map(|Shift { label, by }| (label, by)).collect();
        (shifts, [tuned.score_without, tuned.score], tuned.tried)
    }

    #[test]
    fn the_best_shift_that_is_nearest_to_none_is_taken() {
        // Below -0.5 both words of A are found; no shift of O alone gets C right and A too.
        assert_eq!(found(Moved::Outside), (vec![("O".to_owned(), -0.6)], [0.0, 2.0], 81));
        let types = vec![("B-A".to_owned(), 0.6), ("I-A".to_owned(), 0.6), ("B-C".to_owned(), -2.0)];
        assert_eq!(found(Moved::Types), (types, [0.0, 4.0], 2 * 2 * 81));
        assert_eq!(found(Moved::Labels).1, [0.0, 4.0]);
    }

    #[test]
    fn a_shift_without_use_is_none() {
        let (scores, labels) = (scores(), labels());
        let nothing = |_: &[Vec<&str>]| Ok::<f64, TaggerError>(0.5);
        let tuned = tune((&scores, &labels), &Decoding::default(), Moved::Outside, &nothing).unwrap();
        assert_eq!((tuned.shifts, tuned.score), (Vec::new(), 0.5));
    }

    #[test]
    fn shifts_are_symmetric_about_none() {
        let all: Vec<f32> = shifts().collect();
        assert_eq!((all.len(), all[0], all[40], all[80]), (81, -8.0, 0.0, 8.0));
    }
}
