//! Counts by type, and the averages over types.
//! Counts in, scores out; how the entities were read is not known here.
//!
//! ```
//! use welt_eval::{Average, Counts, Tally, ZeroDivision};
//!
//! let mut tally = Tally::default();
//! tally.add("Gene", Counts { true_positives: 1, predicted: 1, gold: 1 });
//! tally.add("Drug", Counts { true_positives: 1, predicted: 2, gold: 3 });
//! assert_eq!(tally.total().gold, 4);
//! assert_eq!(tally.scores(Average::Macro, ZeroDivision::Zero).precision, 0.75);
//! assert_eq!(tally.scores(Average::Weighted, ZeroDivision::Zero).precision, 0.625);
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use welt_tags::Chunk;

use crate::{Counts, Scores, TokenCounts, ZeroDivision};

/// How the scores of several types become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Average {
    /// The scores of the summed counts: every entity counts the same.
    Micro,
    /// The mean over types: every type counts the same, also one that was only predicted. Without any type it is NaN.
    Macro,
    /// The mean over types in which a type counts as often as it has gold entities.
    ///
    /// Without gold entities the recall is as [`ZeroDivision`] says, and so are precision and F1 if nothing was predicted; else they are 0.
    Weighted,
}

/// What was counted: entities by type, and words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The entities of every type that occurs in gold or prediction, in code-point order of the types.
    pub entities: BTreeMap<String, Counts>,
    /// The words.
    pub tokens: TokenCounts,
}

impl Tally {
    /// Adds the counts of a type.
    pub fn add(&mut self, entity_type: &str, counts: Counts) {
        update(&mut self.entities, entity_type, |known| *known += counts);
    }

    /// Counts the entities of one text, be they of words or of characters, and says how many agree; the order of neither list matters.
    ///
    /// As seqeval has it, the entities of a text are a set: one that stands in a list twice counts once.
    ///
    /// ```
    /// use welt_eval::{Chunk, Tally, ZeroDivision};
    ///
    /// let gene = |start, end| Chunk { entity_type: "Gene", start, end };
    /// let mut tally = Tally::default();
    /// assert_eq!(tally.add_entities(&[gene(10, 14), gene(0, 4)], &[gene(0, 4), gene(10, 12)]), 1);
    /// assert_eq!(tally.total().f1(ZeroDivision::Zero), 0.5);
    /// ```
    pub fn add_entities(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> usize {
        let [gold, predicted] = [gold, predicted].map(as_set);
        for chunk in &*predicted {
            self.add(chunk.entity_type, Counts { predicted: 1, ..Counts::default() });
        }
        let mut rest = predicted.iter().peekable();
        let mut n_agree = 0;
        for chunk in &*gold {
            while rest.next_if(|other| sort_key(other) < sort_key(chunk)).is_some() {}
            let agrees = usize::from(rest.peek().is_some_and(|other| *other == chunk));
            n_agree += agrees;
            self.add(chunk.entity_type, Counts { true_positives: agrees, predicted: 0, gold: 1 });
        }
        n_agree
    }

    /// The counts of all types together.
    #[must_use]
    pub fn total(&self) -> Counts {
        self.entities.values().sum()
    }

    /// Precision, recall and F1 averaged over types.
    #[must_use]
    pub fn scores(&self, average: Average, zero_division: ZeroDivision) -> Scores {
        let mean =
            |ratio: fn(&Counts, ZeroDivision) -> f64| self.average(average, |counts| ratio(counts, zero_division));
        let total = self.total();
        if average == Average::Weighted && total.gold == 0 {
            return weighted_without_gold(total, zero_division);
        }
        Scores {
            precision: mean(Counts::precision),
            recall: mean(Counts::recall),
            f1: mean(Counts::f1),
            support: total.gold,
        }
    }

    /// The F-score averaged over types in which recall counts `beta` times as much as precision, as [`Counts::f_beta`] has it.
    #[must_use]
    pub fn f_beta(&self, average: Average, beta: f64, zero_division: ZeroDivision) -> f64 {
        let total = self.total();
        if average == Average::Weighted && total.gold == 0 {
            return weighted_without_gold(total, zero_division).f1;
        }
        self.average(average, |counts| counts.f_beta(beta, zero_division))
    }

    fn average(&self, average: Average, ratio: impl Fn(&Counts) -> f64) -> f64 {
        let types = self.entities.values();
        match average {
            Average::Micro => ratio(&self.total()),
            Average::Macro => {
                let ratios: Vec<f64> = types.map(ratio).collect();
                pairwise_sum(&ratios) / ratios.len() as f64
            }
            Average::Weighted => {
                let weighted: Vec<f64> = types.map(|counts| ratio(counts) * counts.gold as f64).collect();
                pairwise_sum(&weighted) / self.total().gold as f64
            }
        }
    }
}

/// Adds in the order in which numpy adds: from eight types on another order gives another last bit, and now and then another digit in the report.
fn pairwise_sum(numbers: &[f64]) -> f64 {
    const LANES: usize = 8;
    const BLOCK: usize = 128;
    if numbers.len() < LANES {
        return numbers.iter().sum();
    }
    if numbers.len() > BLOCK {
        let half = numbers.len() / 2;
        let (left, right) = numbers.split_at(half - half % LANES);
        return pairwise_sum(left) + pairwise_sum(right);
    }
    let (rows, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for row in rows {
        for (lane, number) in lanes.iter_mut().zip(row) {
            *lane += number;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    rest.iter().fold(sum, |sum, number| sum + number)
}

/// What tells entities apart, in the order in which readers of tags give them.
const fn sort_key<'t>(chunk: &Chunk<'t>) -> (usize, usize, &'t str) {
    (chunk.end, chunk.start, chunk.entity_type)
}

/// The entities in order and each once; those of a reader are so already.
fn as_set<'e, 't>(entities: &'e [Chunk<'t>]) -> Cow<'e, [Chunk<'t>]> {
    if entities.windows(2).all(|pair| sort_key(&pair[0]) < sort_key(&pair[1])) {
        return Cow::Borrowed(entities);
    }
    let mut entities = entities.to_vec();
    entities.sort_unstable_by(|one, other| sort_key(one).cmp(&sort_key(other)));
    entities.dedup();
    Cow::Owned(entities)
}

/// Changes what is counted under a name; a name that is known costs no allocation.
pub(crate) fn update<V: Default>(counts: &mut BTreeMap<String, V>, name: &str, change: impl FnOnce(&mut V)) {
    if let Some(known) = counts.get_mut(name) {
        return change(known);
    }
    change(counts.entry(name.to_owned()).or_default());
}

fn weighted_without_gold(total: Counts, zero_division: ZeroDivision) -> Scores {
    let nothing = zero_division.value();
    let of_predicted = if total.predicted == 0 { nothing } else { 0.0 };
    Scores { precision: of_predicted, recall: nothing, f1: of_predicted, support: 0 }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        for (entity_type, counts) in &other.entities {
            self.add(entity_type, *counts);
        }
        self.tokens += other.tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_sets() {
        let chunk = |entity_type, start, end| Chunk { entity_type, start, end };
        let gold = [chunk("A", 5, 6), chunk("A", 0, 2), chunk("A", 0, 2), chunk("B", 0, 2)];
        let predicted = [chunk("B", 0, 2), chunk("A", 0, 2), chunk("B", 0, 2), chunk("A", 4, 6)];
        let mut tally = Tally::default();
        assert_eq!(tally.add_entities(&gold, &predicted), 2);
        assert_eq!(tally.entities["A"], Counts { true_positives: 1, predicted: 2, gold: 2 });
        assert_eq!(tally.entities["B"], Counts { true_positives: 1, predicted: 1, gold: 1 });
    }

    #[test]
    fn sums_are_those_of_numpy() {
        // What numpy 2.4 gives for `np.array([k / 7 for k in range(n)]).sum()`.
        let check = |n: u32, expected: f64| {
            let numbers: Vec<f64> = (0..n).map(|k| f64::from(k) / 7.0).collect();
            assert_eq!(pairwise_sum(&numbers), expected, "{n}");
        };
        check(7, 3.0);
        check(8, 4.0);
        check(29, 58.0);
        check(100, 707.1428571428571);
        check(129, 1179.4285714285716);
        check(300, 6407.142857142857);
        check(1000, 71357.14285714286);
    }
}
