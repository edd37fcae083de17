//! The numbers of one training, and changes to them.
//! Keys and values of a grid file go in, checked numbers come out; it knows no corpora and no encoders.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

/// The numbers of one training; there are no defaults.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    pub epochs: u32,
    pub batch_size: u32,
    pub learning_rate: f64,
    /// The share of all steps in which the learning rate rises.
    pub warmup_ratio: f64,
    pub weight_decay: f64,
    /// The longest window in sub-words, special tokens counted.
    pub max_length: u32,
    /// Sub-words on each side of a window that only inform.
    pub window_context: u32,
    /// Sentences of one forward pass; a step takes as many passes as its batch needs.
    pub micro_batch_size: u32,
    /// Batches that are sorted by length together.
    pub batches_sorted_together: u32,
    pub max_gradient_norm: f64,
    pub keep: Keep,
}

/// Which epoch's parameters are scored on the test split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    Best,
    Last,
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Best => "best",
            Self::Last => "last",
        })
    }
}

/// Other numbers for some cells. Without a name it holds for all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    pub dataset: Option<String>,
    pub model: Option<String>,
    pub epochs: Option<u32>,
    pub batch_size: Option<u32>,
    pub learning_rate: Option<f64>,
    pub warmup_ratio: Option<f64>,
    pub weight_decay: Option<f64>,
    pub max_length: Option<u32>,
    pub window_context: Option<u32>,
    pub micro_batch_size: Option<u32>,
    pub batches_sorted_together: Option<u32>,
    pub max_gradient_norm: Option<f64>,
    pub keep: Option<Keep>,
}

impl FromStr for Override {
    type Err = anyhow::Error;

    /// Reads `key=value`, as in `epochs=3`; it holds for every cell.
    fn from_str(text: &str) -> Result<Self> {
        let (key, value) = text.split_once('=').with_context(|| format!("`{text}`: expected KEY=VALUE"))?;
        if ["dataset", "model"].contains(&key.trim()) {
            bail!("`{text}`: expected a key of [training], such as epochs");
        }
        toml::from_str(&format!("{key} = {value}"))
            .or_else(|_| toml::from_str(&format!("{key} = \"{value}\"")))
            .map_err(|error: toml::de::Error| anyhow!("`{text}`: {}", error.message()))
    }
}

impl Training {
    /// These numbers with those of `change` in their place.
    pub fn changed(self, change: &Override) -> Self {
        Self {
            epochs: change.epochs.unwrap_or(self.epochs),
            batch_size: change.batch_size.unwrap_or(self.batch_size),
            learning_rate: change.learning_rate.unwrap_or(self.learning_rate),
            warmup_ratio: change.warmup_ratio.unwrap_or(self.warmup_ratio),
            weight_decay: change.weight_decay.unwrap_or(self.weight_decay),
            max_length: change.max_length.unwrap_or(self.max_length),
            window_context: change.window_context.unwrap_or(self.window_context),
            micro_batch_size: change.micro_batch_size.unwrap_or(self.micro_batch_size),
            batches_sorted_together: change.batches_sorted_together.unwrap_or(self.batches_sorted_together),
            max_gradient_norm: change.max_gradient_norm.unwrap_or(self.max_gradient_norm),
            keep: change.keep.unwrap_or(self.keep),
        }
    }

    /// Fails on a number that `welt train` would refuse.
    pub fn check(&self) -> Result<()> {
        let least_length = 2 * u64::from(self.window_context) + 3;
        let rules = [
            (self.epochs > 0, "epochs", "above 0"),
            (self.batch_size > 0, "batch_size", "above 0"),
            (self.micro_batch_size > 0, "micro_batch_size", "above 0"),
            (self.batches_sorted_together > 0, "batches_sorted_together", "above 0"),
            (u64::from(self.max_length) >= least_length, "max_length", "of at least 2 * window_context + 3"),
            (self.max_gradient_norm > 0.0 && self.max_gradient_norm.is_finite(), "max_gradient_norm", "above 0"),
            (self.learning_rate > 0.0 && self.learning_rate.is_finite(), "learning_rate", "above 0"),
            ((0.0..1.0).contains(&self.warmup_ratio), "warmup_ratio", "from 0 to below 1"),
            (self.weight_decay >= 0.0 && self.weight_decay.is_finite(), "weight_decay", "0 or above"),
        ];
        match rules.iter().find(|(holds, ..)| !holds) {
            Some((_, key, expected)) => bail!("`{key}`: expected a number {expected}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Training {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "epochs {}, batch size {}, learning rate {:e}, warm-up {}, weight decay {}, windows of {} sub-words, {} epoch kept",
            self.epochs,
            self.batch_size,
            self.learning_rate,
            self.warmup_ratio,
            self.weight_decay,
            self.max_length,
            self.keep
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check_set(text: &str, expected: &Expect) {
        let shown = match text.parse::<Override>() {
            Ok(change) => format!("{:?} {:?} {:?}", change.epochs, change.learning_rate, change.keep),
            Err(error) => format!("{error:#}"),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_number_can_be_set_by_hand() {
        check_set("epochs=3", &expect!["Some(3) None None"]);
        check_set("learning_rate = 3e-4", &expect!["None Some(0.0003) None"]);
        check_set("keep=best", &expect!["None None Some(Best)"]);
        check_set("epochs", &expect!["`epochs`: expected KEY=VALUE"]);
        check_set("epochs=many", &expect![[r#"`epochs=many`: invalid type: string "many", expected u32"#]]);
        check_set(
            "speed=3",
            &expect![
                "`speed=3`: unknown field `speed`, expected one of `dataset`, `model`, `epochs`, `batch_size`, `learning_rate`, `warmup_ratio`, `weight_decay`, `max_length`, `window_context`, `micro_batch_size`, `batches_sorted_together`, `max_gradient_norm`, `keep`"
            ],
        );
        check_set("model=M", &expect!["`model=M`: expected a key of [training], such as epochs"]);
    }
}
