//! The kinds of values that settings of the training loop have: how each is read and written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
    const EXPECTED: &'static str = "f32, bf16 or f16";
    const WORDS: &'static [&'static str] = &["f32", "bf16", "f16"];

    fn number(self) -> Option<f64> {
        None
    }

    fn shown(self) -> String {
        self.to_string()
    }
}

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
        one_of([Self::F32, Self::Bf16, Self::F16], text)
    }
}

fn one_of<V: Value + fmt::Display, const N: usize>(known: [V; N], text: &str) -> Result<V, SettingsError> {
    let found = known.into_iter().find(|known| known.to_string() == text);
    found.ok_or_else(|| SettingsError::Value { found: text.to_owned(), expected: V::EXPECTED })
}
