//! Folds and samples: which sentences go where, by a seed.
//! Sentences of one document stay together; a sentence without a known document stands for itself.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::corpus::Sentence;
use crate::error::{DataError, ViewError};

/// Which fold holds each sentence: every sentence is in exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    of_sentence: Vec<usize>,
    count: usize,
}

impl Folds {
    /// The number of folds.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The fold of each sentence, from 0, in the order of the sentences.
    #[must_use]
    pub fn of_sentence(&self) -> &[usize] {
        &self.of_sentence
    }

    /// The sentences of one fold, from 0; none where there is no such fold.
    #[must_use]
    pub fn held_out(&self, sentences: &[Sentence], fold: usize) -> Vec<Sentence> {
        self.select(sentences, |of_sentence| of_sentence == fold)
    }

    /// The sentences of all other folds.
    #[must_use]
    pub fn training(&self, sentences: &[Sentence], fold: usize) -> Vec<Sentence> {
        self.select(sentences, |of_sentence| of_sentence != fold)
    }

    fn select(&self, sentences: &[Sentence], is_chosen: impl Fn(usize) -> bool) -> Vec<Sentence> {
        let chosen = sentences.iter().zip(&self.of_sentence).filter(|(_, fold)| is_chosen(**fold));
        chosen.map(|(sentence, _)| sentence.clone()).collect()
    }
}

/// Shares sentences out into `count` folds, whole documents where documents are known.
///
/// The largest documents are placed first, each in the fold with the fewest sentences so far:
/// no two folds differ by more sentences than the largest document has, which is one where no documents are known.
///
/// # Errors
/// Fewer than 2 folds, or more than there are documents, or sentences where no documents are known.
pub fn folds(sentences: &[Sentence], count: usize, seed: u64) -> Result<Folds, DataError> {
    let mut units = units(sentences);
    if count < 2 || count > units.len() {
        let unit = if sentences.iter().any(|sentence| sentence.document > 0) { "documents" } else { "sentences" };
        return Err(ViewError::Folds { folds: count, units: units.len(), unit }.into());
    }
    shuffle(&mut units, seed);
    // The sort is stable: documents of the same size stay shuffled.
    units.sort_by_key(|unit| Reverse(unit.len()));
    let mut order: BTreeSet<(usize, usize)> = (0..count).map(|fold| (0, fold)).collect();
    let mut of_sentence = vec![0; sentences.len()];
    for unit in units {
        let Some((size, fold)) = order.pop_first() else { break };
        order.insert((size + unit.len(), fold));
        for sentence in unit {
            of_sentence[sentence] = fold;
        }
    }
    Ok(Folds { of_sentence, count })
}

/// A share of the sentences, in file order, whole documents where documents are known.
///
/// With the same seed, a smaller share lies within a larger one.
/// A share of 0 is no sentence and 1 is all of them; a share above 0 of at least one sentence is at least one.
/// Documents are added until the share is reached, so that there may be more sentences than asked for, by less than one document.
///
/// # Errors
/// A share that is not a number from 0 to 1.
pub fn subset(sentences: &[Sentence], share: f64, seed: u64) -> Result<Vec<Sentence>, DataError> {
    if !(0.0..=1.0).contains(&share) {
        return Err(ViewError::Fraction { found: share }.into());
    }
    let mut units = units(sentences);
    shuffle(&mut units, seed);
    let wanted = (share * sentences.len() as f64).round() as usize;
    let wanted = if share > 0.0 { wanted.max(1) } else { 0 };
    let mut is_chosen = vec![false; sentences.len()];
    let mut chosen = 0;
    for unit in units {
        if chosen >= wanted {
            break;
        }
        chosen += unit.len();
        for sentence in unit {
            is_chosen[sentence] = true;
        }
    }
    let kept = sentences.iter().zip(is_chosen).filter(|(_, is_chosen)| *is_chosen);
    Ok(kept.map(|(sentence, _)| sentence.clone()).collect())
}

/// The sentences that stay together, in the order of the first of them.
fn units(sentences: &[Sentence]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    let mut unit_of: HashMap<usize, usize> = HashMap::new();
    for (index, sentence) in sentences.iter().enumerate() {
        if sentence.document == 0 {
            units.push(vec![index]);
            continue;
        }
        let next = units.len();
        let unit = *unit_of.entry(sentence.document).or_insert(next);
        if unit == next {
            units.push(Vec::new());
        }
        units[unit].push(index);
    }
    units
}

/// Fisher and Yates' shuffle, from the end, by xoshiro256++ seeded through splitmix64.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    for last in (1..items.len()).rev() {
        items.swap(last, below(&mut generator, last as u64 + 1));
    }
}

/// A number below `bound`, each equally likely: Lemire, "Fast random integer generation in an interval" (2019).
fn below(generator: &mut Xoshiro256PlusPlus, bound: u64) -> usize {
    let unfair = bound.wrapping_neg() % bound;
    loop {
        let wide = u128::from(generator.next_u64()) * u128::from(bound);
        // The low half says where within its interval the draw lies; the first few of each would make some numbers likelier.
        if wide as u64 >= unfair {
            return (wide >> 64) as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The orders are those of another program, written from the definitions of splitmix64, xoshiro256++ and the shuffle.
    #[test]
    fn the_order_of_a_seed_never_changes() {
        let check = |seed, expected: [usize; 10]| {
            let mut items: Vec<usize> = (0..10).collect();
            shuffle(&mut items, seed);
            assert_eq!(items, expected, "seed {seed}");
        };
        check(0, [1, 4, 5, 8, 6, 7, 0, 2, 9, 3]);
        check(1, [4, 7, 9, 3, 2, 1, 5, 0, 6, 8]);
        check(u64::MAX, [0, 4, 6, 5, 2, 9, 1, 7, 8, 3]);
    }
}
