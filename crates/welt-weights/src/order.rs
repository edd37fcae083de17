//! Which class gets which weight: as the paper means it, or as its published code gave it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The order in which weights meet labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelOrder {
    /// Every class gets its own weight.
    Intended,
    /// Weights in the order O, B, I meet labels in the order B, I, O.
    ///
    /// So B gets the weight of O, I that of B, and O that of I.
    /// The paper's code did this until nine months after its publication.
    AsPublished,
}

impl LabelOrder {
    /// The weights as they meet the labels; `outside` is the index of O among them.
    ///
    /// As published, O's weight comes first and the others follow in label order.
    ///
    /// ```
    /// use welt_weights::LabelOrder;
    ///
    /// // Labels B, I, O.
    /// let weights = [0.42, 0.41, 0.17];
    /// assert_eq!(LabelOrder::Intended.arrange(&weights, 2), weights);
    /// assert_eq!(LabelOrder::AsPublished.arrange(&weights, 2), [0.17, 0.42, 0.41]);
    /// ```
    ///
    /// # Panics
    /// If there is no weight at `outside`.
    #[must_use]
    pub fn arrange(self, weights: &[f64], outside: usize) -> Vec<f64> {
        let mut arranged = weights.to_vec();
        if self == Self::AsPublished {
            arranged[..=outside].rotate_right(1);
        }
        arranged
    }
}

/// The name of a label order is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a label order: expected intended or as-published")]
pub struct UnknownLabelOrder {
    /// The name as it stood.
    pub found: String,
}

impl FromStr for LabelOrder {
    type Err = UnknownLabelOrder;

    fn from_str(name: &str) -> Result<Self, UnknownLabelOrder> {
        match name {
            "intended" => Ok(Self::Intended),
            "as-published" => Ok(Self::AsPublished),
            _ => Err(UnknownLabelOrder { found: name.to_owned() }),
        }
    }
}

impl fmt::Display for LabelOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intended => "intended",
            Self::AsPublished => "as-published",
        })
    }
}
