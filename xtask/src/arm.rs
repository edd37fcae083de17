//! What a grid compares: class weights by a scheme, or a loss that does without them.
//! A name such as `ens-0.9` or `focal-2` goes in, a checked arm comes out; it knows no corpora, and computes no loss.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, Result, anyhow};
use serde::{Deserialize, Serialize};
use welt_weights::Scheme;

/// A column of the paper's tables, or a loss that it does not have, as a control.
///
/// Plans and hashes hold an arm as its name, which for a scheme is the scheme's own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Arm {
    /// The cross-entropy with the class weights of a scheme.
    Weights(Scheme),
    /// `focal-GAMMA`: the focal loss of Lin et al. 2017 (equation 4), without class weights.
    Focal {
        /// At least 0, where it is the cross-entropy.
        gamma: f64,
    },
    /// `logit-adjustment-TAU`: the logit-adjusted loss of Menon et al. 2021 (equation 10), without class weights.
    LogitAdjustment {
        /// At least 0, where it is the cross-entropy.
        tau: f64,
    },
}

/// What a table that has such arms says of them.
pub const LOSSES_WITHOUT_WEIGHTS: &str = "Focal loss and logit adjustment are losses without class weights, which the paper does \
                                          not have; the number is gamma of the one and tau of the other.";

impl Arm {
    /// What all others are compared with.
    pub const VANILLA: Self = Self::Weights(Scheme::Vanilla);

    /// Whether it is a loss of its own instead of a scheme of class weights.
    pub const fn is_without_weights(self) -> bool {
        matches!(self, Self::Focal { .. } | Self::LogitAdjustment { .. })
    }

    /// The scheme of its class weights, which of a loss without any is vanilla.
    pub const fn class_weights(self) -> Scheme {
        match self {
            Self::Weights(scheme) => scheme,
            Self::Focal { .. } | Self::LogitAdjustment { .. } => Scheme::Vanilla,
        }
    }

    /// Gamma of its focal loss and tau of its logit adjustment; 0 is none.
    pub const fn gamma_and_tau(self) -> [f64; 2] {
        match self {
            Self::Weights(_) => [0.0, 0.0],
            Self::Focal { gamma } => [gamma, 0.0],
            Self::LogitAdjustment { tau } => [0.0, tau],
        }
    }

    /// What tells `welt train` of it, but for the label order.
    pub fn flags(self) -> Vec<String> {
        let scheme = ["--weights".to_owned(), self.class_weights().to_string()];
        let [gamma, tau] = self.gamma_and_tau();
        let others = [("--focal-gamma", gamma), ("--logit-adjustment", tau)];
        let others = others.into_iter().filter(|(_, number)| *number != 0.0);
        scheme.into_iter().chain(others.flat_map(|(flag, number)| [flag.to_owned(), number.to_string()])).collect()
    }
}

impl FromStr for Arm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let number = |text: &str| {
            let number = text.parse::<f64>().ok();
            number.filter(|number| number.is_finite() && number.is_sign_positive())
        };
        let focal = name.strip_prefix("focal-").and_then(number).map(|gamma| Self::Focal { gamma });
        let adjusted = name.strip_prefix("logit-adjustment-").and_then(number).map(|tau| Self::LogitAdjustment { tau });
        focal.or(adjusted).map_or_else(|| name.parse().map(Self::Weights).map_err(|error| unknown(&error)), Ok)
    }
}

fn unknown(error: &welt_weights::WeightError) -> Error {
    anyhow!(
        "{error}, or a loss without class weights: focal-GAMMA or logit-adjustment-TAU (with a number of at least 0, as \
         in focal-2)"
    )
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weights(scheme) => write!(f, "{scheme}"),
            Self::Focal { gamma } => write!(f, "focal-{gamma}"),
            Self::LogitAdjustment { tau } => write!(f, "logit-adjustment-{tau}"),
        }
    }
}

impl TryFrom<String> for Arm {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        name.parse()
    }
}

impl From<Arm> for String {
    fn from(arm: Arm) -> Self {
        arm.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(name: &str, expected: &Expect) {
        let shown = match name.parse::<Arm>() {
            Ok(arm) => format!("{arm}: {}", arm.flags().join(" ")),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn names_say_what_welt_is_told() {
        check("vanilla", &expect!["vanilla: --weights vanilla"]);
        check("ens-0.9999", &expect!["ens-0.9999: --weights ens-0.9999"]);
        check("focal-2", &expect!["focal-2: --weights vanilla --focal-gamma 2"]);
        check("focal-0.50", &expect!["focal-0.5: --weights vanilla --focal-gamma 0.5"]);
        check("focal-0", &expect!["focal-0: --weights vanilla"]);
        check("logit-adjustment-1.0", &expect!["logit-adjustment-1: --weights vanilla --logit-adjustment 1"]);
    }

    #[test]
    fn a_name_that_is_none_is_told_the_others() {
        check(
            "focal",
            &expect![
                "`focal` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt, or a loss without class weights: focal-GAMMA or logit-adjustment-TAU (with a number of at least 0, as in focal-2)"
            ],
        );
        for name in ["", "focal-", "focal--1", "focal-nan", "focal-inf", "focal-1e999", "logit-adjustment-x", "Focal-2"]
        {
            let error = name.parse::<Arm>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{name}` is not a weighting scheme: expected ")), "{error}");
        }
    }

    #[test]
    fn an_arm_is_written_as_its_name() {
        for name in ["\"welt\"", "\"ens-0.3\"", "\"focal-2\"", "\"logit-adjustment-1\""] {
            let arm: Arm = serde_json::from_str(name).unwrap();
            assert_eq!(serde_json::to_string(&arm).unwrap(), name);
        }
    }
}
