//! The scores that two systems can be compared by.
//! Pairs in, a row of counts for each sentence out, and the score of a summed row.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use welt_tags::Chunking;

use super::units::{Units, macro_f1, total};
use crate::{Counts, EvalError, Pairs, Tally, ZeroDivision, faireval};

/// A score of a system, 0 where there is nothing to divide by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Metric {
    /// Of all entities together, as seqeval averages them.
    Micro(Ratio),
    /// The mean F1 of the types that occur in gold or prediction, as [`macro_f1`] has it.
    MacroF1,
    /// F1 of all entities together in which FairEval counts every error once: 2 TP / (2 TP + FP + FN + LE + BE + LBE).
    FairF1,
    /// Of the entities of one type.
    OfType {
        /// The type.
        entity_type: String,
        /// What of them.
        ratio: Ratio,
    },
}

/// One of the three ratios that counts of entities have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ratio {
    /// The share of predicted entities that are right.
    Precision,
    /// The share of gold entities that were found.
    Recall,
    /// The harmonic mean of both.
    F1,
}

impl Ratio {
    fn of(self, counts: &Counts) -> f64 {
        let zero = ZeroDivision::Zero;
        match self {
            Self::Precision => counts.precision(zero),
            Self::Recall => counts.recall(zero),
            Self::F1 => counts.f1(zero),
        }
    }
}

impl Metric {
    /// The units of systems or runs that are compared, a sentence each; rows of all have the same width.
    ///
    /// ```
    /// use welt_eval::uncertainty::{Metric, Resampling, Seeds, compare_over_seeds};
    /// use welt_eval::{Chunking, Pairs};
    ///
    /// let gold = [["B-Gene"], ["B-Drug"], ["O"]];
    /// let runs = [["B-Gene"], ["O"], ["O"]].map(|last| Pairs::new(&gold, &[["B-Gene"], last, ["O"]]));
    /// let [first, second, third] = runs;
    /// let (first, second, third) = (first?, second?, third?);
    /// let units = Metric::MacroF1.units(&[&first, &second, &third, &first], Chunking::Lenient)?;
    /// let (one, other) = units.split_at(2);
    /// let test = compare_over_seeds(one, other, Seeds::Paired, |row| Metric::MacroF1.of(row), &Resampling::seeded(1))?;
    /// assert!(test.p_value <= 1.0);
    /// # Ok::<(), welt_eval::EvalError>(())
    /// ```
    ///
    /// # Errors
    /// A tag that cannot be read, or a type that is asked for and occurs nowhere.
    pub fn units(&self, systems: &[&Pairs], chunking: Chunking) -> Result<Vec<Units>, EvalError> {
        if *self == Self::FairF1 {
            return systems.iter().map(|pairs| Units::of_rows(&fair_rows(pairs, chunking)?)).collect();
        }
        let systems: Vec<Vec<Tally>> =
            systems.iter().map(|pairs| tallies(pairs, chunking)).collect::<Result<_, _>>()?;
        let entity_types: BTreeSet<&String> =
            systems.iter().flatten().flat_map(|tally| tally.entities.keys()).collect();
        let entity_types: Vec<&String> = entity_types.into_iter().collect();
        let counts = |of: &dyn Fn(&Tally) -> Counts| {
            systems.iter().map(|tallies| Units::of(&tallies.iter().map(of).collect::<Vec<_>>())).collect()
        };
        match self {
            // Without any type there is nothing to average, and the mean is 0 of whatever row.
            Self::MacroF1 if !entity_types.is_empty() => {
                systems.iter().map(|tallies| Units::by_type(tallies, &entity_types)).collect()
            }
            Self::OfType { entity_type, .. } if !entity_types.contains(&entity_type) => Err(EvalError::UnknownType {
                entity_type: entity_type.clone(),
                known: entity_types.into_iter().cloned().collect(),
            }),
            Self::OfType { entity_type, .. } => {
                Ok(counts(&|tally| tally.entities.get(entity_type).copied().unwrap_or_default()))
            }
            _ => Ok(counts(&Tally::total)),
        }
    }

    /// The score of a sum of rows.
    #[must_use]
    pub fn of(&self, row: &[u64]) -> f64 {
        match self {
            Self::Micro(ratio) | Self::OfType { ratio, .. } => ratio.of(&total(row)),
            Self::MacroF1 => macro_f1(row),
            Self::FairF1 => {
                let [right, wrong @ ..] = row else { return 0.0 };
                let (right, wrong) = (2.0 * *right as f64, wrong.iter().sum::<u64>() as f64);
                if right == 0.0 { 0.0 } else { right / (right + wrong) }
            }
        }
    }
}

/// `micro F1`, `macro F1`, `fair F1`, `recall of Gene`.
impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Micro(ratio) => write!(f, "micro {ratio}"),
            Self::MacroF1 => f.write_str("macro F1"),
            Self::FairF1 => f.write_str("fair F1"),
            Self::OfType { entity_type, ratio } => write!(f, "{ratio} of {entity_type}"),
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "F1",
        })
    }
}

/// What seqeval counts in each sentence.
fn tallies(pairs: &Pairs, chunking: Chunking) -> Result<Vec<Tally>, EvalError> {
    let mut tallies = Vec::with_capacity(pairs.len());
    pairs.each_entities(chunking, |gold, predicted| {
        let mut tally = Tally::default();
        tally.add_entities(gold, predicted);
        tallies.push(tally);
        Ok(())
    })?;
    Ok(tallies)
}

/// Right, spurious, missed, and wrong in another way in each sentence.
fn fair_rows(pairs: &Pairs, chunking: Chunking) -> Result<Vec<[u64; 4]>, EvalError> {
    let mut rows = Vec::with_capacity(pairs.len());
    pairs.each_entities(chunking, |gold, predicted| {
        let mut tally = faireval::Tally::default();
        tally.add(gold, predicted)?;
        let total = tally.total();
        let others = total.label + total.boundary() + total.label_boundary;
        rows.push([total.true_positives, total.false_positives, total.false_negatives, others].map(|n| n as u64));
        Ok(())
    })?;
    Ok(rows)
}
