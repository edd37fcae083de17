//! What a grid compares: class weights by a scheme, another loss, or both.
//! A name such as `ens-0.9`, `focal-2` or `welt+focal-2` goes in, a checked method comes out; no loss is computed here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use welt_weights::{LabelOrder, Scheme};

use crate::SettingsError;

/// What the cross-entropy of a word is changed to, beside class weights; two zeros leave it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    /// `gamma` of the focal loss (Lin et al. 2017, equation 4), at least 0.
    pub focal_gamma: f64,
    /// `tau` of logit adjustment (Menon et al. 2021, equation 10), at least 0: `tau` times the logarithm of a label's
    /// share of the training words is added to its scores in training.
    pub logit_adjustment: f64,
}

impl Loss {
    /// The cross-entropy.
    pub const CROSS_ENTROPY: Self = Self { focal_gamma: 0.0, logit_adjustment: 0.0 };

    /// Fails on numbers that are no loss.
    ///
    /// # Errors
    /// A number that is negative or not finite.
    pub fn check(&self) -> Result<(), SettingsError> {
        for (name, number) in [("focal_gamma", self.focal_gamma), ("logit_adjustment", self.logit_adjustment)] {
            if !(number >= 0.0 && number.is_finite()) {
                let expected = "a finite number of at least 0".to_owned();
                return Err(SettingsError::Number { name, found: number.to_string(), expected });
            }
        }
        Ok(())
    }
}

/// A way to treat the imbalance of classes: a weighting scheme, and a loss.
///
/// Files, plans and identities hold a method as its name. A loss named alone has no class weights.
///
/// ```
/// use welt_settings::Method;
/// use welt_weights::Scheme;
///
/// let focal: Method = "focal-2".parse()?;
/// assert_eq!((focal.weights, focal.loss.focal_gamma), (Scheme::Vanilla, 2.0));
/// assert_eq!("welt+focal-2".parse::<Method>()?.to_string(), "welt+focal-2");
/// # Ok::<(), welt_settings::SettingsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Method {
    /// The scheme of the class weights.
    pub weights: Scheme,
    /// What the loss of a word is.
    pub loss: Loss,
}

impl Method {
    /// What all others are compared with: the cross-entropy without class weights.
    pub const VANILLA: Self = Self::weighting(Scheme::Vanilla);

    /// Class weights of a scheme in a cross-entropy.
    #[must_use]
    pub const fn weighting(weights: Scheme) -> Self {
        Self { weights, loss: Loss::CROSS_ENTROPY }
    }

    /// Whether its loss is another than the cross-entropy.
    #[must_use]
    pub fn has_other_loss(self) -> bool {
        self.loss != Loss::CROSS_ENTROPY
    }
}

impl FromStr for Method {
    type Err = SettingsError;

    fn from_str(name: &str) -> Result<Self, SettingsError> {
        let twice = |what| SettingsError::TwiceInMethod { found: name.to_owned(), what };
        let (mut scheme, mut gamma, mut tau) = (None, None, None);
        for part in name.split('+') {
            let (setting, what, number) = if let Some(number) = number_after("focal-", part) {
                (&mut gamma, "a focal loss", number)
            } else if let Some(number) = number_after("logit-adjustment-", part) {
                (&mut tau, "a logit adjustment", number)
            } else {
                let parsed = part.parse::<Scheme>();
                let parsed = parsed.map_err(|error| SettingsError::UnknownMethod { reason: error.to_string() })?;
                if scheme.replace(parsed).is_some() {
                    return Err(twice("a weighting scheme"));
                }
                continue;
            };
            if setting.replace(number).is_some() {
                return Err(twice(what));
            }
        }
        let loss = Loss { focal_gamma: gamma.unwrap_or(0.0), logit_adjustment: tau.unwrap_or(0.0) };
        Ok(Self { weights: scheme.unwrap_or(Scheme::Vanilla), loss })
    }
}

/// The number behind a prefix, if it is one that a loss can have.
fn number_after(prefix: &str, text: &str) -> Option<f64> {
    let number = text.strip_prefix(prefix)?.parse::<f64>().ok()?;
    // A negative zero would be written as a name of its own.
    (number.is_finite() && number.is_sign_positive()).then_some(number)
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loss { focal_gamma, logit_adjustment } = self.loss;
        let mut parts = Vec::new();
        if self.weights != Scheme::Vanilla || !self.has_other_loss() {
            parts.push(self.weights.to_string());
        }
        if focal_gamma != 0.0 {
            parts.push(format!("focal-{focal_gamma}"));
        }
        if logit_adjustment != 0.0 {
            parts.push(format!("logit-adjustment-{logit_adjustment}"));
        }
        f.write_str(&parts.join("+"))
    }
}

impl TryFrom<String> for Method {
    type Error = SettingsError;

    fn try_from(name: String) -> Result<Self, SettingsError> {
        name.parse()
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.to_string()
    }
}

/// A row of a grid: a method, and the order in which its weights meet the labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weighting {
    /// The method; plans of format 1 call it a scheme.
    #[serde(alias = "scheme")]
    pub method: Method,
    /// Which label gets which weight.
    pub label_order: LabelOrder,
}

impl Weighting {
    /// What all others are compared with.
    pub const VANILLA: Self = Self { method: Method::VANILLA, label_order: LabelOrder::Intended };
}

impl fmt::Display for Weighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.label_order {
            LabelOrder::Intended => write!(f, "{}", self.method),
            LabelOrder::AsPublished => write!(f, "{}, as published", self.method),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(name: &str, expected: &Expect) {
        let shown = match name.parse::<Method>() {
            Ok(method) => format!("{method}: {} {:?}", method.weights, method.loss),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn names_say_what_is_computed() {
        check("vanilla", &expect!["vanilla: vanilla Loss { focal_gamma: 0.0, logit_adjustment: 0.0 }"]);
        check("ens-0.9999", &expect!["ens-0.9999: ens-0.9999 Loss { focal_gamma: 0.0, logit_adjustment: 0.0 }"]);
        check("focal-2", &expect!["focal-2: vanilla Loss { focal_gamma: 2.0, logit_adjustment: 0.0 }"]);
        check("focal-0.50", &expect!["focal-0.5: vanilla Loss { focal_gamma: 0.5, logit_adjustment: 0.0 }"]);
        check("focal-0", &expect!["vanilla: vanilla Loss { focal_gamma: 0.0, logit_adjustment: 0.0 }"]);
        check(
            "logit-adjustment-1.0",
            &expect!["logit-adjustment-1: vanilla Loss { focal_gamma: 0.0, logit_adjustment: 1.0 }"],
        );
        check("focal-2+welt", &expect!["welt+focal-2: welt Loss { focal_gamma: 2.0, logit_adjustment: 0.0 }"]);
        check("vanilla+focal-2", &expect!["focal-2: vanilla Loss { focal_gamma: 2.0, logit_adjustment: 0.0 }"]);
    }

    #[test]
    fn a_name_that_is_none_is_told_the_others() {
        check(
            "focal",
            &expect![
                "`focal` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt, or another loss: focal-GAMMA or logit-adjustment-TAU (with a number of at least 0, as in focal-2), alone or behind a scheme as in welt+focal-2"
            ],
        );
        check(
            "welt+ins",
            &expect![
                "`welt+ins` names a weighting scheme twice: expected at most one scheme, one focal loss and one logit adjustment"
            ],
        );
        check(
            "focal-1+focal-2",
            &expect![
                "`focal-1+focal-2` names a focal loss twice: expected at most one scheme, one focal loss and one logit adjustment"
            ],
        );
        let wrong = [
            "",
            "+",
            "welt+",
            "focal-",
            "focal--1",
            "focal--0",
            "focal-nan",
            "focal-inf",
            "focal-1e999",
            "logit-adjustment-x",
            "Focal-2",
        ];
        for name in wrong {
            let error = name.parse::<Method>().unwrap_err().to_string();
            assert!(error.contains("` is not a weighting scheme: expected "), "{error}");
        }
    }

    #[test]
    fn a_method_is_written_as_its_name() {
        for name in
            ["\"welt\"", "\"ens-0.3\"", "\"focal-2\"", "\"logit-adjustment-1\"", "\"ins+focal-2+logit-adjustment-1\""]
        {
            let method: Method = serde_json::from_str(name).unwrap();
            assert_eq!(serde_json::to_string(&method).unwrap(), name);
        }
        let weighting: Weighting = serde_json::from_str(r#"{"scheme":"ins","label_order":"as-published"}"#).unwrap();
        assert_eq!(serde_json::to_string(&weighting).unwrap(), r#"{"method":"ins","label_order":"as-published"}"#);
    }
}
