//! The kinds of values that settings of the training loop have: how each is read and written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::SettingsError;

/// Which epoch's model is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The one with the highest score on dev, the first of equals; the last where nothing is scored.
    Best,
    /// The one after the last epoch.
    Last,
}

/// The numbers that enter the matrix products of an encoder.
///
/// ```
/// use welt_settings::Precision;
///
/// assert_eq!("bf16".parse(), Ok(Precision::Bf16));
/// assert_eq!(Precision::F32.to_string(), "f32");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single precision: 24 bits of mantissa.
    #[default]
    F32,
    /// bfloat16: the range of single precision with 8 bits of mantissa.
    Bf16,
    /// Half precision: 11 bits of mantissa, nothing above 65,504, and gradients below 6e-8 vanish.
    F16,
    /// Bytes, for prediction: weights in 255 steps an output, what they meet in 256 steps a sub-word.
    Int8,
}

/// When the model is scored on dev.
///
/// ```
/// use welt_settings::Evaluate;
///
/// assert_eq!("500-steps".parse(), Ok(Evaluate::Steps(500)));
/// assert_eq!(Evaluate::Epochs(2).to_string(), "2-epochs");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evaluate {
    /// After every epoch where the best is kept or training may stop early, else never.
    Auto,
    /// Never.
    Never,
    /// After so many epochs, and at the end.
    Epochs(usize),
    /// After so many steps, and at the end.
    Steps(usize),
}

/// Which score on dev says how good a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BestBy {
    /// F1 over all entities, as seqeval reads tags by default.
    F1,
    /// Its precision.
    Precision,
    /// Its recall.
    Recall,
    /// The mean of the F1 of every type.
    MacroF1,
    /// F1 by the rules of the scheme that the gold tags show.
    StrictF1,
    /// FairEval's F1, in which one near miss is one error.
    FairF1,
    /// SemEval-2013's partial F1, in which a wrong boundary is half right.
    PartialF1,
    /// SemEval-2013's F1 of types, in which any overlap with the right type is right.
    TypeF1,
}

/// How often a run writes down all that it needs to be gone on with. It moves no result.
///
/// ```
/// use welt_settings::CheckpointEvery;
///
/// assert_eq!("10-minutes".parse(), Ok(CheckpointEvery::Minutes(10)));
/// assert_eq!(CheckpointEvery::Never.to_string(), "never");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointEvery {
    /// Only when it is asked to end.
    Never,
    /// After so many minutes, and after an epoch where the last one is a minute old.
    Minutes(usize),
    /// After so many steps, and after every epoch.
    Steps(usize),
}

/// A value of a setting: read from a text, written as one, and a number where bounds hold for it.
pub(crate) trait Value: Copy + PartialEq + Serialize + FromStr {
    /// What a text that is none is told.
    const EXPECTED: &'static str;
    /// The words that there are, where there are few.
    const WORDS: &'static [&'static str] = &[];

    /// Its number; none where it is a word.
    fn number(self) -> Option<f64>;

    /// As a flag or a file would have it.
    fn shown(self) -> String;

    /// The value of a text, as a file would hold it.
    fn read(text: &str) -> Result<toml::Value, SettingsError> {
        let refused = || SettingsError::Value { found: text.to_owned(), expected: Self::EXPECTED };
        let value = text.trim().parse::<Self>().map_err(|_| refused())?;
        toml::Value::try_from(value).map_err(|_| refused())
    }
}

impl Value for usize {
    const EXPECTED: &'static str = "a whole number from 0";

    fn number(self) -> Option<f64> {
        Some(self as f64)
    }

    fn shown(self) -> String {
        self.to_string()
    }
}

impl Value for f64 {
    const EXPECTED: &'static str = "a number";

    fn number(self) -> Option<f64> {
        Some(self)
    }

    fn shown(self) -> String {
        if self != 0.0 && self.abs() < 1e-3 { format!("{self:e}") } else { self.to_string() }
    }
}

impl Value for Keep {
    const EXPECTED: &'static str = "best or last";
    const WORDS: &'static [&'static str] = &["best", "last"];

    fn number(self) -> Option<f64> {
        None
    }

    fn shown(self) -> String {
        self.to_string()
    }
}

impl Value for Precision {
    const EXPECTED: &'static str = "f32, bf16, f16 or int8";
    const WORDS: &'static [&'static str] = &["f32", "bf16", "f16", "int8"];

    fn number(self) -> Option<f64> {
        None
    }

    fn shown(self) -> String {
        self.to_string()
    }
}

impl Value for Evaluate {
    const EXPECTED: &'static str = "auto, never, or how often, as in 2-epochs or 500-steps";

    fn number(self) -> Option<f64> {
        None
    }

    fn shown(self) -> String {
        self.to_string()
    }
}

impl Value for BestBy {
    const EXPECTED: &'static str = "f1, precision, recall, macro-f1, strict-f1, fair-f1, partial-f1 or type-f1";
    const WORDS: &'static [&'static str] =
        &["f1", "precision", "recall", "macro-f1", "strict-f1", "fair-f1", "partial-f1", "type-f1"];

    fn number(self) -> Option<f64> {
        None
    }

    fn shown(self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Evaluate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Never => f.write_str("never"),
            Self::Epochs(number) => counted(f, *number, "epoch"),
            Self::Steps(number) => counted(f, *number, "step"),
        }
    }
}

impl fmt::Display for BestBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F1 => "f1",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::MacroF1 => "macro-f1",
            Self::StrictF1 => "strict-f1",
            Self::FairF1 => "fair-f1",
            Self::PartialF1 => "partial-f1",
            Self::TypeF1 => "type-f1",
        })
    }
}

impl fmt::Display for CheckpointEvery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Minutes(number) => counted(f, *number, "minute"),
            Self::Steps(number) => counted(f, *number, "step"),
        }
    }
}

/// `1-step`, `2-steps`.
fn counted(f: &mut fmt::Formatter<'_>, number: usize, unit: &str) -> fmt::Result {
    write!(f, "{number}-{unit}{}", if number == 1 { "" } else { "s" })
}

/// The number before a unit, from 1; `2-steps` and `2 steps` are the same, and a unit alone is one.
fn count_of(text: &str, unit: &str) -> Option<usize> {
    let text = text.trim();
    let before = text.strip_suffix('s').unwrap_or(text).strip_suffix(unit)?.trim_end_matches(['-', ' ']);
    if before.is_empty() { Some(1) } else { before.parse().ok().filter(|&number| number > 0) }
}

impl FromStr for Evaluate {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let counted = || count_of(text, "epoch").map(Self::Epochs).or_else(|| count_of(text, "step").map(Self::Steps));
        match text {
            "auto" => Ok(Self::Auto),
            "never" => Ok(Self::Never),
            _ => counted().ok_or_else(|| SettingsError::Value { found: text.to_owned(), expected: Self::EXPECTED }),
        }
    }
}

impl FromStr for CheckpointEvery {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let expected = "never, or how often, as in 10-minutes or 500-steps";
        let counted =
            || count_of(text, "minute").map(Self::Minutes).or_else(|| count_of(text, "step").map(Self::Steps));
        if text == "never" {
            return Ok(Self::Never);
        }
        counted().ok_or_else(|| SettingsError::Value { found: text.to_owned(), expected })
    }
}

impl FromStr for BestBy {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        use BestBy::{F1, FairF1, MacroF1, PartialF1, Precision, Recall, StrictF1, TypeF1};

        one_of([F1, Precision, Recall, MacroF1, StrictF1, FairF1, PartialF1, TypeF1], text)
    }
}

/// Values that files hold as the words that flags take.
macro_rules! as_words {
    ($($kind:ty),+) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

as_words!(Evaluate, CheckpointEvery);

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Best => "best",
            Self::Last => "last",
        })
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
            Self::Int8 => "int8",
        })
    }
}

impl FromStr for Keep {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        one_of([Self::Best, Self::Last], text)
    }
}

impl FromStr for Precision {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        one_of([Self::F32, Self::Bf16, Self::F16, Self::Int8], text)
    }
}

fn one_of<V: Value + fmt::Display, const N: usize>(known: [V; N], text: &str) -> Result<V, SettingsError> {
    let found = known.into_iter().find(|known| known.to_string() == text);
    found.ok_or_else(|| SettingsError::Value { found: text.to_owned(), expected: V::EXPECTED })
}
