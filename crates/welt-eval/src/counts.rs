//! How many entities and words were right, and the ratios that are views of these counts.
//! Counts in, ratios out; nothing here knows what was counted.
//!
//! ```
//! use welt_eval::{Counts, ZeroDivision};
//!
//! let mut counts = Counts { true_positives: 1, predicted: 2, gold: 4 };
//! counts += Counts { true_positives: 2, predicted: 2, gold: 2 };
//! assert_eq!(counts.precision(ZeroDivision::Zero), 0.75);
//! assert_eq!(counts.recall(ZeroDivision::Zero), 0.5);
//! assert_eq!(counts.f1(ZeroDivision::Zero), 0.6);
//! ```

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// What a ratio is that has nothing to divide by: the precision without predictions, the recall without gold entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ZeroDivision {
    /// It is 0, as seqeval has it unless asked otherwise.
    Zero,
    /// It is 1.
    One,
}

impl ZeroDivision {
    /// The number that it stands for.
    #[must_use]
    pub const fn value(self) -> f64 {
        match self {
            Self::Zero => 0.0,
            Self::One => 1.0,
        }
    }

    fn divide(self, numerator: usize, denominator: usize) -> f64 {
        if denominator == 0 { self.value() } else { numerator as f64 / denominator as f64 }
    }
}

/// How many entities were found, how many there are, and how many of them agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Entities that stand in both: same type, same words.
    pub true_positives: usize,
    /// Entities that were predicted.
    pub predicted: usize,
    /// Entities that there are.
    pub gold: usize,
}

impl Counts {
    /// Predicted entities that there are not.
    #[must_use]
    pub const fn false_positives(&self) -> usize {
        self.predicted.saturating_sub(self.true_positives)
    }

    /// Entities that were not predicted.
    #[must_use]
    pub const fn false_negatives(&self) -> usize {
        self.gold.saturating_sub(self.true_positives)
    }

    /// The share of predicted entities that are right.
    #[must_use]
    pub fn precision(&self, zero_division: ZeroDivision) -> f64 {
        zero_division.divide(self.true_positives, self.predicted)
    }

    /// The share of gold entities that were found.
    #[must_use]
    pub fn recall(&self, zero_division: ZeroDivision) -> f64 {
        zero_division.divide(self.true_positives, self.gold)
    }

    /// The harmonic mean of precision and recall, 0 where both are 0.
    #[must_use]
    pub fn f1(&self, zero_division: ZeroDivision) -> f64 {
        self.f_beta(1.0, zero_division)
    }

    /// The mean of precision and recall in which recall counts `beta` times as much as precision, (1 + β²) P R / (β² P + R), 0 where both are 0.
    ///
    /// An infinite `beta` gives the recall; its sign plays no part.
    #[must_use]
    pub fn f_beta(&self, beta: f64, zero_division: ZeroDivision) -> f64 {
        let (precision, recall) = (self.precision(zero_division), self.recall(zero_division));
        if beta.is_infinite() {
            return recall;
        }
        let squared = beta * beta;
        let denominator = squared * precision + recall;
        if denominator == 0.0 { 0.0 } else { (1.0 + squared) * precision * recall / denominator }
    }

    /// Precision, recall and F1, with the number of gold entities.
    #[must_use]
    pub fn scores(&self, zero_division: ZeroDivision) -> Scores {
        Scores {
            precision: self.precision(zero_division),
            recall: self.recall(zero_division),
            f1: self.f1(zero_division),
            support: self.gold,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.predicted += other.predicted;
        self.gold += other.gold;
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

impl<'a> Sum<&'a Self> for Counts {
    fn sum<I: Iterator<Item = &'a Self>>(counts: I) -> Self {
        counts.copied().sum()
    }
}

/// How words were tagged, by seqeval's `performance_measure`: whole tags are compared, so that `B-PER` for `B-LOC` is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct TokenCounts {
    /// Words whose tags agree and are not `O`.
    pub true_positives: usize,
    /// Words that were given a wrong tag other than `O`, be they of an entity or not: a wrong type counts here and not as a false negative.
    pub false_positives: usize,
    /// Words of an entity that were given `O`.
    pub false_negatives: usize,
    /// Words that are `O` and were given `O`.
    pub true_negatives: usize,
}

impl TokenCounts {
    /// Counts one word.
    pub fn count(&mut self, gold: &str, predicted: &str) {
        let cell = match (gold == "O", predicted == "O") {
            (true, true) => &mut self.true_negatives,
            (false, true) => &mut self.false_negatives,
            (true, false) => &mut self.false_positives,
            (false, false) if gold == predicted => &mut self.true_positives,
            (false, false) => &mut self.false_positives,
        };
        *cell += 1;
    }

    /// How many words were counted.
    #[must_use]
    pub const fn n_words(&self) -> usize {
        self.true_positives + self.false_positives + self.false_negatives + self.true_negatives
    }

    /// The share of words whose tags agree, or nothing where there are no words, for which seqeval raises a ZeroDivisionError.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        let agreed = self.true_positives + self.true_negatives;
        (self.n_words() > 0).then(|| agreed as f64 / self.n_words() as f64)
    }
}

impl AddAssign for TokenCounts {
    fn add_assign(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.false_negatives += other.false_negatives;
        self.true_negatives += other.true_negatives;
    }
}

/// Precision, recall and F1 of one type, or an average of several.
///
/// JSON has no NaN: it is written as `null`, and read from it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The share of predicted entities that are right.
    #[serde(deserialize_with = "number_or_null")]
    pub precision: f64,
    /// The share of gold entities that were found.
    #[serde(deserialize_with = "number_or_null")]
    pub recall: f64,
    /// The harmonic mean of both, or the average of such means.
    #[serde(deserialize_with = "number_or_null")]
    pub f1: f64,
    /// How many gold entities there are.
    pub support: usize,
}

fn number_or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::ZeroDivision::{One, Zero};
    use super::*;

    #[test]
    fn nothing_to_divide_by_is_as_asked() {
        let check = |counts: [usize; 3], zero_division, expected: [f64; 3]| {
            let [true_positives, predicted, gold] = counts;
            let counts = Counts { true_positives, predicted, gold };
            let scores = counts.scores(zero_division);
            assert_eq!([scores.precision, scores.recall, scores.f1], expected);
        };
        check([0, 0, 0], Zero, [0.0, 0.0, 0.0]);
        check([0, 0, 0], One, [1.0, 1.0, 1.0]);
        check([0, 1, 0], One, [0.0, 1.0, 0.0]);
        check([0, 0, 1], One, [1.0, 0.0, 0.0]);
    }

    #[test]
    fn f_beta_lies_between_precision_and_recall() {
        let counts = Counts { true_positives: 1, predicted: 2, gold: 4 };
        assert_eq!(counts.f_beta(0.0, Zero), 0.5);
        assert_eq!(counts.f_beta(0.5, Zero), 5.0 / 12.0);
        assert_eq!(counts.f_beta(2.0, Zero), 5.0 / 18.0);
        assert_eq!(counts.f_beta(f64::INFINITY, Zero), 0.25);
    }

    #[test]
    fn a_wrong_type_is_a_false_positive_alone() {
        let mut counts = TokenCounts::default();
        for (gold, predicted) in [("B-A", "B-B"), ("O", "B-B"), ("B-B", "O"), ("I-B", "I-B")] {
            counts.count(gold, predicted);
        }
        let expected = TokenCounts { true_positives: 1, false_positives: 2, false_negatives: 1, true_negatives: 0 };
        assert_eq!(counts, expected);
        assert_eq!(counts.accuracy(), Some(0.25));
        assert_eq!(TokenCounts::default().accuracy(), None);
    }
}
