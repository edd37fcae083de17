//! The weighting schemes: class counts in, one weight a class out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A rule that turns class counts into class weights.
///
/// Below, `n_c` is the count of class `c` and `n` the sum of all counts.
/// A weighted mean divides by the weights, so only their ratios matter: see [`crate::same_loss`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scheme {
    /// Every weight 1: the plain cross-entropy.
    Vanilla,
    /// Inverse number of samples: `1 / n_c`.
    InverseCount,
    /// Inverse of the square root of the number of samples: `1 / sqrt(n_c)`.
    InverseSquareRoot,
    /// Effective number of samples: `(1 - beta) / (1 - beta^n_c)`, equation 2 of Cui et al. 2019.
    ///
    /// It starts to act near `beta = 1 - 1/n_c`; a beta of 0.9 or less gives equal weights on any real corpus.
    EffectiveNumber {
        /// At least 0 and less than 1.
        beta: f64,
    },
    /// `1 - beta / (1 - beta^n_c)`: what the published code of the WeLT paper computes, by a slip of precedence.
    ///
    /// Kept to reproduce that code; it turns negative where Cui et al.'s formula starts to act.
    EffectiveNumberAsCoded {
        /// At least 0 and less than 1.
        beta: f64,
    },
    /// `softmax(1 - n_c / n)` over the classes: equations 1 and 2 of the WeLT paper.
    Welt,
}

/// Why there are no weights.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightError {
    /// The name of a scheme is not known.
    #[error(
        "`{found}` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA \
         (with 0 <= BETA < 1, as in ens-0.999) or welt"
    )]
    UnknownScheme {
        /// The name as it stood.
        found: String,
    },
    /// There is nothing to weight.
    #[error("no class was counted: expected a count for every class, at least one of them above 0")]
    NothingCounted,
    /// The scheme divides by a function of the count that is 0 where the count is 0.
    #[error(
        "class {class_index} has no samples, and {scheme} would give it an infinite weight: leave the class out, or use vanilla or welt"
    )]
    EmptyClass {
        /// The scheme that was asked for.
        scheme: Scheme,
        /// The index of the class among the counts, from 0.
        class_index: usize,
    },
}

impl Scheme {
    /// One weight for every count, in the same order.
    ///
    /// ```
    /// use welt_weights::Scheme;
    ///
    /// assert_eq!(Scheme::InverseCount.weights(&[2, 4])?, [0.5, 0.25]);
    /// # Ok::<(), welt_weights::WeightError>(())
    /// ```
    ///
    /// # Errors
    /// No count above 0, or a class without samples under a scheme that cannot weight it.
    pub fn weights(self, counts: &[u64]) -> Result<Vec<f64>, WeightError> {
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return Err(WeightError::NothingCounted);
        }
        let defined_at_zero = matches!(self, Self::Vanilla | Self::Welt);
        if let Some(class_index) = counts.iter().position(|&count| count == 0 && !defined_at_zero) {
            return Err(WeightError::EmptyClass { scheme: self, class_index });
        }
        let weights: Vec<f64> = counts.iter().map(|&count| self.weight(count as f64, total as f64)).collect();
        let scale = if self == Self::Welt { weights.iter().sum() } else { 1.0 };
        Ok(weights.into_iter().map(|weight| weight / scale).collect())
    }

    /// The weight of a class of `count` among `total`; for WeLT before the softmax divides by the sum.
    fn weight(self, count: f64, total: f64) -> f64 {
        match self {
            Self::Vanilla => 1.0,
            Self::InverseCount => 1.0 / count,
            Self::InverseSquareRoot => 1.0 / count.sqrt(),
            Self::EffectiveNumber { beta } => (1.0 - beta) / (1.0 - beta.powf(count)),
            Self::EffectiveNumberAsCoded { beta } => 1.0 - beta / (1.0 - beta.powf(count)),
            Self::Welt => (1.0 - count / total).exp(),
        }
    }
}

impl FromStr for Scheme {
    type Err = WeightError;

    fn from_str(name: &str) -> Result<Self, WeightError> {
        let unknown = || WeightError::UnknownScheme { found: name.to_owned() };
        let beta = |text: &str| match text.parse::<f64>() {
            Ok(beta) if (0.0..1.0).contains(&beta) => Ok(beta),
            _ => Err(unknown()),
        };
        match name {
            "vanilla" => Ok(Self::Vanilla),
            "ins" => Ok(Self::InverseCount),
            "isns" => Ok(Self::InverseSquareRoot),
            "welt" => Ok(Self::Welt),
            // The name that its authors gave it is taken too.
            _ => match (
                name.strip_prefix("ens-as-coded-"),
                name.strip_prefix("ens-").or_else(|| name.strip_prefix("class-balanced-")),
            ) {
                (Some(text), _) => Ok(Self::EffectiveNumberAsCoded { beta: beta(text)? }),
                (None, Some(text)) => Ok(Self::EffectiveNumber { beta: beta(text)? }),
                (None, None) => Err(unknown()),
            },
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vanilla => f.write_str("vanilla"),
            Self::InverseCount => f.write_str("ins"),
            Self::InverseSquareRoot => f.write_str("isns"),
            Self::EffectiveNumber { beta } => write!(f, "ens-{beta}"),
            Self::EffectiveNumberAsCoded { beta } => write!(f, "ens-as-coded-{beta}"),
            Self::Welt => f.write_str("welt"),
        }
    }
}

impl TryFrom<String> for Scheme {
    type Error = WeightError;

    fn try_from(name: String) -> Result<Self, WeightError> {
        name.parse()
    }
}

impl From<Scheme> for String {
    fn from(scheme: Scheme) -> Self {
        scheme.to_string()
    }
}
