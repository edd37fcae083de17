//! What a vector of class weights really does to a loss, and what is suspicious about it.

use std::fmt;

/// How far the ratios of two vectors may differ and still count as equal.
///
/// A single-precision number resolves 6e-8 of its size, so training cannot see this.
const SAME_RATIO: f64 = 1e-9;

/// Whether two weight vectors give the same weighted-mean loss, that is, differ by a constant factor alone.
///
/// ```
/// use welt_weights::same_loss;
///
/// assert!(same_loss(&[1.0, 1.0, 1.0], &[0.7, 0.7, 0.7]));
/// assert!(!same_loss(&[1.0, 1.0, 1.0], &[0.4, 0.4, 0.2]));
/// ```
///
/// Weights that are not finite, or all zero, give no loss; such a vector is the same as none.
#[must_use]
pub fn same_loss(a: &[f64], b: &[f64]) -> bool {
    match (largest_magnitude(a), largest_magnitude(b)) {
        (Some(a_scale), Some(b_scale)) if a.len() == b.len() => {
            a.iter().zip(b).all(|(a, b)| (a / a_scale - b / b_scale).abs() <= SAME_RATIO)
        }
        _ => false,
    }
}

/// The weight farthest from 0, with its sign; none where there is none or one is not finite.
fn largest_magnitude(weights: &[f64]) -> Option<f64> {
    let largest = weights.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
    (largest.is_finite() && largest != 0.0).then_some(largest)
}

/// Something about class weights that a user should know before training.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// All weights are equal: the loss is the one without weights.
    SameAsVanilla,
    /// A weight is infinite or not a number.
    NotFinite {
        /// The index of the class, from 0.
        class_index: usize,
        /// Its weight.
        weight: f64,
    },
    /// A weight is 0 or less: mistakes on the class cost nothing, or pay.
    NotPositive {
        /// The index of the class, from 0.
        class_index: usize,
        /// Its weight.
        weight: f64,
    },
    /// A class was never seen.
    NoSamples {
        /// The index of the class, from 0.
        class_index: usize,
    },
}

impl Warning {
    /// Whether such weights are no costs: a weighted mean with them rewards mistakes, or is not a number.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::NotFinite { .. } | Self::NotPositive { .. })
    }

    /// The index of the class that the warning is about, from 0; none if it is about all.
    #[must_use]
    pub const fn class_index(&self) -> Option<usize> {
        match self {
            Self::SameAsVanilla => None,
            Self::NotFinite { class_index, .. }
            | Self::NotPositive { class_index, .. }
            | Self::NoSamples { class_index } => Some(*class_index),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameAsVanilla => {
                f.write_str("all weights are equal, so this is vanilla training (effective numbers act only near beta = 1 - 1/count)")
            }
            Self::NotFinite { class_index, weight } => {
                write!(f, "the weight {weight} of class {class_index} is not finite")
            }
            Self::NotPositive { class_index, weight } => write!(
                f,
                "the weight {weight} of class {class_index} is not above 0: its mistakes would cost nothing, or be rewarded"
            ),
            Self::NoSamples { class_index } => write!(f, "class {class_index} has no samples"),
        }
    }
}

/// What is suspicious about `weights` that belong to `counts`, worst first; nothing for sound weights.
///
/// Vanilla's own weights are equal on purpose: ask [`same_loss`] if you want to know, and do not lint them.
///
/// ```
/// use welt_weights::{Scheme, Warning, lint};
///
/// let counts = [5145, 6122, 124_819];
/// let ens = Scheme::EffectiveNumber { beta: 0.9 }.weights(&counts)?;
/// assert_eq!(lint(&ens, &counts), [Warning::SameAsVanilla]);
/// # Ok::<(), welt_weights::WeightError>(())
/// ```
#[must_use]
pub fn lint(weights: &[f64], counts: &[u64]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (class_index, &weight) in weights.iter().enumerate() {
        if !weight.is_finite() {
            warnings.push(Warning::NotFinite { class_index, weight });
        } else if weight <= 0.0 {
            warnings.push(Warning::NotPositive { class_index, weight });
        }
    }
    let empty = counts.iter().enumerate().filter(|(_, count)| **count == 0);
    warnings.extend(empty.map(|(class_index, _)| Warning::NoSamples { class_index }));
    if weights.len() > 1 && same_loss(weights, &vec![1.0; weights.len()]) {
        warnings.push(Warning::SameAsVanilla);
    }
    warnings
}
