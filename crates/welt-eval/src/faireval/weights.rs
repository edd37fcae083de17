//! What an error costs: as how much of a true positive, a false positive and a false negative each kind of error counts.
//! Numbers only; it knows neither entities nor counts.

use serde::{Deserialize, Serialize};

/// As how much of each one error of some kind counts.
///
/// Nothing is checked: negative weights or NaN give scores that mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// As how much of a true positive.
    pub true_positive: f64,
    /// As how much of a false positive.
    pub false_positive: f64,
    /// As how much of a false negative.
    pub false_negative: f64,
}

impl Weight {
    /// Half a false positive and half a false negative.
    pub const HALF_AND_HALF: Self = Self { true_positive: 0.0, false_positive: 0.5, false_negative: 0.5 };
}

/// The weight of each kind of error; true positives, false positives and false negatives count as one of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Of a right extent with a wrong type (LE).
    pub label: Weight,
    /// Of a wrong extent with a wrong type (LBE).
    pub label_boundary: Weight,
    /// Of a prediction within its gold entity (BES).
    pub smaller: Weight,
    /// Of a prediction around its gold entity (BEL).
    pub larger: Weight,
    /// Of a prediction that neither lies within its gold entity nor holds it (BEO).
    pub crossing: Weight,
}

impl Weights {
    /// FairEval's fair scores: whatever the error, it is half a false positive and half a false negative.
    pub const FAIR: Self = Self {
        label: Weight::HALF_AND_HALF,
        label_boundary: Weight::HALF_AND_HALF,
        smaller: Weight::HALF_AND_HALF,
        larger: Weight::HALF_AND_HALF,
        crossing: Weight::HALF_AND_HALF,
    };

    /// The weighted scores of the paper (Ortmann 2022), in which a boundary error is half right.
    pub const PAPER: Self = Self {
        smaller: Weight { true_positive: 0.5, false_positive: 0.0, false_negative: 0.5 },
        larger: Weight { true_positive: 0.5, false_positive: 0.5, false_negative: 0.0 },
        crossing: Weight { true_positive: 0.5, false_positive: 0.25, false_negative: 0.25 },
        ..Self::FAIR
    };
}
