//! What a grid compares: class weights by a scheme, another loss, another way to choose labels by their scores, or some of these.
//! A name such as `ens-0.9`, `focal-2` or `welt+focal-2` goes in, a checked method comes out; no loss is computed here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use welt_weights::{LabelOrder, Scheme};

use crate::SettingsError;

/// What the cross-entropy of a word is changed to, beside class weights; zeros and no dice leave it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    /// `gamma` of the focal loss (Lin et al. 2017, equation 4), at least 0.
    pub focal_gamma: f64,
    /// `tau` of logit adjustment (Menon et al. 2021, equation 10), at least 0: `tau` times the logarithm of a label's
    /// share of the training words is added to its scores in training.
    pub logit_adjustment: f64,
    /// `alpha` of the self-adjusting dice loss (Li et al. 2020, section 3.4), at least 0; none for the cross-entropy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dice_alpha: Option<f64>,
}

impl Loss {
    /// The cross-entropy.
    pub const CROSS_ENTROPY: Self = Self { focal_gamma: 0.0, logit_adjustment: 0.0, dice_alpha: None };

    /// Fails on numbers that are no loss.
    ///
    /// # Errors
    /// A number that is negative or not finite; a dice loss that is to be focal too.
    pub fn check(&self) -> Result<(), SettingsError> {
        let Self { focal_gamma, logit_adjustment, dice_alpha } = *self;
        let numbers = [("focal_gamma", focal_gamma), ("logit_adjustment", logit_adjustment)];
        for (name, number) in numbers.into_iter().chain(dice_alpha.map(|alpha| ("dice_alpha", alpha))) {
            if !(number >= 0.0 && number.is_finite()) {
                let expected = "a finite number of at least 0".to_owned();
                return Err(SettingsError::Number { name, found: number.to_string(), expected });
            }
        }
        if dice_alpha.is_some() && focal_gamma > 0.0 {
            return Err(SettingsError::TwoLosses);
        }
        Ok(())
    }
}

/// How labels are chosen by the scores that a trained model gives them: what costs no training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Whether the score of O is shifted by the number that scores best on dev (Menon et al. 2021, equation 9, with the
    /// number chosen and not computed).
    pub tuned_shift: bool,
    /// Whether only sequences count that the scheme of the labels allows (Viterbi 1967).
    pub constrained: bool,
}

impl Choice {
    /// The label of the highest score, word by word.
    pub const GREEDY: Self = Self { tuned_shift: false, constrained: false };
}

/// A way to treat the imbalance of classes: a weighting scheme, a loss, and a choice of labels.
///
/// Files, plans and identities hold a method as its name. A loss or a choice named alone has no class weights.
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
    /// How labels are chosen once the model is trained.
    pub choice: Choice,
}

impl Method {
    /// What all others are compared with: the cross-entropy without class weights.
    pub const VANILLA: Self = Self::weighting(Scheme::Vanilla);

    /// Class weights of a scheme in a cross-entropy.
    #[must_use]
    pub const fn weighting(weights: Scheme) -> Self {
        Self { weights, loss: Loss::CROSS_ENTROPY, choice: Choice::GREEDY }
    }

    /// The method whose training it shares: itself, but for the choice of labels.
    #[must_use]
    pub const fn trained(self) -> Self {
        Self { choice: Choice::GREEDY, ..self }
    }

    /// Whether it chooses labels in another way than by the highest score, on the runs of [`trained`](Self::trained).
    #[must_use]
    pub fn shares_training(self) -> bool {
        self.choice != Choice::GREEDY
    }

    /// Whether its loss is another than the cross-entropy.
    #[must_use]
    pub fn has_other_loss(self) -> bool {
        self.loss != Loss::CROSS_ENTROPY
    }
}

/// What the parts of a name have said so far.
#[derive(Default)]
struct Parts {
    scheme: Option<Scheme>,
    gamma: Option<f64>,
    tau: Option<f64>,
    alpha: Option<f64>,
    tuned_shift: Option<()>,
    constrained: Option<()>,
}

impl Parts {
    /// Takes a part of a name; what stands there twice is an error that is its kind.
    fn take(&mut self, part: &str) -> Result<Result<(), &'static str>, SettingsError> {
        let once = |is_twice: bool, what| if is_twice { Err(what) } else { Ok(()) };
        if let Some(number) = number_after("focal-", part) {
            return Ok(once(self.gamma.replace(number).is_some(), "a focal loss"));
        }
        if let Some(number) = number_after("logit-adjustment-", part) {
            return Ok(once(self.tau.replace(number).is_some(), "a logit adjustment"));
        }
        if let Some(number) = number_after("dice-", part) {
            return Ok(once(self.alpha.replace(number).is_some(), "a dice loss"));
        }
        match part {
            TUNED_SHIFT => return Ok(once(self.tuned_shift.replace(()).is_some(), "a tuned shift")),
            CONSTRAINED => return Ok(once(self.constrained.replace(()).is_some(), "constrained decoding")),
            _ => {}
        }
        let scheme = part.parse::<Scheme>();
        let scheme = scheme.map_err(|error| SettingsError::UnknownMethod { reason: error.to_string() })?;
        Ok(once(self.scheme.replace(scheme).is_some(), "a weighting scheme"))
    }
}

const TUNED_SHIFT: &str = "tuned-shift";
const CONSTRAINED: &str = "constrained";

impl FromStr for Method {
    type Err = SettingsError;

    fn from_str(name: &str) -> Result<Self, SettingsError> {
        let mut parts = Parts::default();
        for part in name.split('+') {
            let taken = parts.take(part)?;
            taken.map_err(|what| SettingsError::TwiceInMethod { found: name.to_owned(), what })?;
        }
        let Parts { scheme, gamma, tau, alpha, tuned_shift, constrained } = parts;
        let loss = Loss { focal_gamma: gamma.unwrap_or(0.0), logit_adjustment: tau.unwrap_or(0.0), dice_alpha: alpha };
        loss.check()?;
        let choice = Choice { tuned_shift: tuned_shift.is_some(), constrained: constrained.is_some() };
        Ok(Self { weights: scheme.unwrap_or(Scheme::Vanilla), loss, choice })
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
        let Loss { focal_gamma, logit_adjustment, dice_alpha } = self.loss;
        let mut parts = Vec::new();
        if self.weights != Scheme::Vanilla || !self.has_other_loss() && !self.shares_training() {
            parts.push(self.weights.to_string());
        }
        if focal_gamma != 0.0 {
            parts.push(format!("focal-{focal_gamma}"));
        }
        if logit_adjustment != 0.0 {
            parts.push(format!("logit-adjustment-{logit_adjustment}"));
        }
        parts.extend(dice_alpha.map(|alpha| format!("dice-{alpha}")));
        let Choice { tuned_shift, constrained } = self.choice;
        for (is_so, name) in [(tuned_shift, TUNED_SHIFT), (constrained, CONSTRAINED)] {
            parts.extend(is_so.then(|| name.to_owned()));
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
            Ok(Method { weights, loss: Loss { focal_gamma, logit_adjustment, dice_alpha }, choice }) => {
                let Choice { tuned_shift, constrained } = choice;
                let method = name.parse::<Method>().unwrap();
                format!(
                    "{method}: {weights}, focal {focal_gamma}, adjusted {logit_adjustment}, dice {dice_alpha:?}, \
                     tuned {tuned_shift}, constrained {constrained}"
                )
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn names_say_what_is_computed() {
        check("vanilla", &expect!["vanilla: vanilla, focal 0, adjusted 0, dice None, tuned false, constrained false"]);
        check(
            "ens-0.9999",
            &expect!["ens-0.9999: ens-0.9999, focal 0, adjusted 0, dice None, tuned false, constrained false"],
        );
        check("focal-2", &expect!["focal-2: vanilla, focal 2, adjusted 0, dice None, tuned false, constrained false"]);
        check(
            "focal-0.50",
            &expect!["focal-0.5: vanilla, focal 0.5, adjusted 0, dice None, tuned false, constrained false"],
        );
        check("focal-0", &expect!["vanilla: vanilla, focal 0, adjusted 0, dice None, tuned false, constrained false"]);
        check(
            "logit-adjustment-1.0",
            &expect!["logit-adjustment-1: vanilla, focal 0, adjusted 1, dice None, tuned false, constrained false"],
        );
        check(
            "focal-2+welt",
            &expect!["welt+focal-2: welt, focal 2, adjusted 0, dice None, tuned false, constrained false"],
        );
        check(
            "dice-0.010",
            &expect!["dice-0.01: vanilla, focal 0, adjusted 0, dice Some(0.01), tuned false, constrained false"],
        );
        check(
            "tuned-shift",
            &expect!["tuned-shift: vanilla, focal 0, adjusted 0, dice None, tuned true, constrained false"],
        );
        check(
            "constrained+welt+tuned-shift",
            &expect![
                "welt+tuned-shift+constrained: welt, focal 0, adjusted 0, dice None, tuned true, constrained true"
            ],
        );
        check(
            "class-balanced-0.999",
            &expect!["ens-0.999: ens-0.999, focal 0, adjusted 0, dice None, tuned false, constrained false"],
        );
        check(
            "vanilla+focal-2",
            &expect!["focal-2: vanilla, focal 2, adjusted 0, dice None, tuned false, constrained false"],
        );
    }

    #[test]
    fn a_name_that_is_none_is_told_the_others() {
        check(
            "focal",
            &expect![
                "`focal` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt, or another loss: focal-GAMMA, logit-adjustment-TAU or dice-ALPHA (with a number of at least 0, as in focal-2), or what needs no training of its own: tuned-shift or constrained; alone or joined, as in welt+focal-2"
            ],
        );
        check(
            "welt+ins",
            &expect![
                "`welt+ins` names a weighting scheme twice: expected at most one scheme, and each other part once"
            ],
        );
        check(
            "focal-1+focal-2",
            &expect![
                "`focal-1+focal-2` names a focal loss twice: expected at most one scheme, and each other part once"
            ],
        );
        check(
            "dice-1+focal-2",
            &expect!["a dice loss and a focal loss are two losses of a word: expected one of them"],
        );
        check(
            "constrained+constrained",
            &expect![
                "`constrained+constrained` names constrained decoding twice: expected at most one scheme, and each other part once"
            ],
        );
        let wrong = [
            "dice",
            "dice--1",
            "tuned-shift-2",
            "all",
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
    fn a_choice_of_labels_shares_the_training_of_what_stands_before_it() {
        for (name, trained) in [("constrained", "vanilla"), ("welt+tuned-shift", "welt"), ("dice-1", "dice-1")] {
            let method: Method = name.parse().unwrap();
            assert_eq!(method.trained().to_string(), trained);
            assert_eq!(method.shares_training(), name != trained);
        }
    }

    #[test]
    fn a_method_is_written_as_its_name() {
        for name in [
            "\"welt\"",
            "\"ens-0.3\"",
            "\"focal-2\"",
            "\"logit-adjustment-1\"",
            "\"ins+focal-2+logit-adjustment-1\"",
            "\"welt+dice-0\"",
            "\"tuned-shift\"",
            "\"ins+tuned-shift+constrained\"",
        ] {
            let method: Method = serde_json::from_str(name).unwrap();
            assert_eq!(serde_json::to_string(&method).unwrap(), name);
        }
        let weighting: Weighting = serde_json::from_str(r#"{"scheme":"ins","label_order":"as-published"}"#).unwrap();
        assert_eq!(serde_json::to_string(&weighting).unwrap(), r#"{"method":"ins","label_order":"as-published"}"#);
    }
}
