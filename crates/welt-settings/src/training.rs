//! The numbers of the training loop, each once: its name, what it means, its default, its bounds and its flag.
//!
//! All else follows from the table at the end of this file: the type [`Training`], what a grid may change of it
//! ([`Changes`]), the flags of `welt train`, the keys of files, plans and records, and the identity of a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::value::Value;
use crate::{BestBy, Evaluate, Keep, Precision, SettingsError};

/// A setting of the training loop, for whoever lists or reads all of them.
#[derive(Debug)]
pub struct Setting {
    /// Its key in files; its flag has hyphens instead.
    pub name: &'static str,
    /// What it means, in one or more sentences.
    pub help: &'static str,
    /// What a help text writes for its value.
    pub value_name: &'static str,
    /// Other names of its flag.
    pub aliases: &'static [&'static str],
    /// The words that it takes, where these are few.
    pub words: &'static [&'static str],
    read: fn(&str) -> Result<toml::Value, SettingsError>,
    shown: fn(&Training) -> String,
    bounds: Bounds,
    number: fn(&Training) -> Option<f64>,
}

/// Which numbers a setting takes.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    holds: fn(f64) -> bool,
    expected: &'static str,
}

const ANY: Bounds = Bounds { holds: |_| true, expected: "" };
const AT_LEAST_1: Bounds = Bounds { holds: |n| n >= 1.0, expected: "a whole number above 0" };
const AT_LEAST_0: Bounds =
    Bounds { holds: |x| (0.0..f64::MAX).contains(&x), expected: "a finite number of at least 0" };
const ABOVE_0: Bounds = Bounds { holds: |x| x > 0.0 && x.is_finite(), expected: "a finite number above 0" };
const BELOW_1: Bounds = Bounds { holds: |x| (0.0..1.0).contains(&x), expected: "a number from 0 to below 1" };

impl Setting {
    /// Its name as a flag.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The value of a text, as a file would hold it.
    ///
    /// # Errors
    /// A text of another kind.
    pub fn read(&self, text: &str) -> Result<toml::Value, SettingsError> {
        (self.read)(text)
    }

    /// Its value in some training, as a flag or a file would have it.
    #[must_use]
    pub fn shown(&self, training: &Training) -> String {
        (self.shown)(training)
    }
}

/// Makes the types of the table and everything that goes through all of its entries.
macro_rules! settings {
    ($($(#[doc = $help:literal])+ $name:ident: $kind:ty = $default:expr, $value_name:literal, $bounds:ident $(, also $alias:literal)*;)+) => {
        /// The numbers of a training; where a text leaves one out, it is that of [`Training::defaults`].
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default = "Training::defaults")]
        pub struct Training {
            $($(#[doc = $help])+ pub $name: $kind,)+
        }

        /// Other numbers for some of a [`Training`]'s.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Changes {
            $($(#[doc = $help])+ #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$kind>,)+
        }

        impl Training {
            /// Every setting, in the order of the table.
            pub const SETTINGS: &[Setting] = &[$(Setting {
                name: stringify!($name),
                help: concat!($($help),+),
                value_name: $value_name,
                aliases: &[$($alias),*],
                words: <$kind as Value>::WORDS,
                read: <$kind as Value>::read,
                shown: |training| Value::shown(training.$name),
                bounds: $bounds,
                number: |training| Value::number(training.$name),
            }),+];

            /// What `welt train` does where nothing else is asked for.
            #[must_use]
            pub const fn defaults() -> Self {
                Self { $($name: $default),+ }
            }

            /// These numbers with those of `changes` in their place.
            #[must_use]
            pub fn changed(self, changes: &Changes) -> Self {
                Self { $($name: changes.$name.unwrap_or(self.$name)),+ }
            }
        }
    };
}

impl Training {
    /// Fails on a number that no training can be made with.
    ///
    /// # Errors
    /// The first number outside of its bounds, or windows too short for their context.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.check_each()?;
        if self.precision == Precision::Int8 {
            let expected =
                "f32, bf16 or f16: gradients are finer than the steps of bytes; train in one of these, and then \
                            predict in int8"
                    .to_owned();
            return Err(SettingsError::Number { name: "precision", found: self.precision.to_string(), expected });
        }
        let asks = if self.keep == Keep::Best { "keep = best" } else { "patience" };
        if self.evaluate_every == Evaluate::Never && (self.keep == Keep::Best || self.patience > 0) {
            let (found, expected) = ("never".to_owned(), format!("another value, for {asks} wants scores on dev"));
            return Err(SettingsError::Number { name: "evaluate_every", found, expected });
        }
        let least = self.window_context.saturating_mul(2).saturating_add(3);
        if self.max_length < least {
            let expected = format!(
                "at least {least}, for [CLS], [SEP], {} sub-words of context on each side and one of a word; \
                 raise it or lower window_context",
                self.window_context
            );
            return Err(SettingsError::Number { name: "max_length", found: self.max_length.to_string(), expected });
        }
        Ok(())
    }

    /// Fails on a number that is outside of its own bounds.
    pub(crate) fn check_each(&self) -> Result<(), SettingsError> {
        for setting in Self::SETTINGS {
            if (setting.number)(self).is_some_and(|number| !(setting.bounds.holds)(number)) {
                let (found, expected) = (setting.shown(self), setting.bounds.expected.to_owned());
                return Err(SettingsError::Number { name: setting.name, found, expected });
            }
        }
        Ok(())
    }

    /// When dev is scored, with [`Evaluate::Auto`] resolved.
    #[must_use]
    pub fn evaluation(&self) -> Evaluate {
        match self.evaluate_every {
            Evaluate::Auto if self.keep == Keep::Best || self.patience > 0 => Evaluate::Epochs(1),
            Evaluate::Auto => Evaluate::Never,
            stated => stated,
        }
    }

    /// The flags of `welt train` that ask for these numbers, all of them.
    #[must_use]
    pub fn flags(&self) -> Vec<String> {
        Self::SETTINGS.iter().flat_map(|setting| [format!("--{}", setting.flag()), setting.shown(self)]).collect()
    }
}

/// What a table says of a training: the numbers that papers state, and all others that are not the default.
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
        )?;
        let (said, defaults) = (SAID.map(str::to_owned), Self::defaults());
        for setting in Self::SETTINGS.iter().filter(|setting| !said.iter().any(|said| said == setting.name)) {
            let shown = setting.shown(self);
            if shown != setting.shown(&defaults) {
                write!(f, ", {} {shown}", setting.name.replace('_', " "))?;
            }
        }
        Ok(())
    }
}

/// The settings that the sentence about a training always names.
const SAID: [&str; 7] = ["epochs", "batch_size", "learning_rate", "warmup_ratio", "weight_decay", "max_length", "keep"];

impl FromStr for Changes {
    type Err = SettingsError;

    /// Reads `key=value`, as in `epochs=3`.
    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let unreadable = |problem: String| SettingsError::Unreadable(format!("`{text}`: {problem}"));
        let (key, value) = text.split_once('=').ok_or_else(|| unreadable("expected KEY=VALUE".to_owned()))?;
        let key = key.trim().replace('-', "_");
        let setting = Training::SETTINGS.iter().find(|setting| setting.name == key).ok_or_else(|| {
            let names = Training::SETTINGS.iter().map(|setting| setting.name).collect();
            unreadable(SettingsError::unknown(&key, names, ("", Vec::new())).to_string())
        })?;
        let value = setting.read(value).map_err(|error| unreadable(format!("{}: {error}", setting.name)))?;
        let table = toml::Table::from_iter([(setting.name.to_owned(), value)]);
        table.try_into().map_err(|error: toml::de::Error| unreadable(error.message().to_owned()))
    }
}

settings! {
    /// Passes over the training files
    epochs: usize = 3, "N", AT_LEAST_1, also "num-train-epochs";
    /// Sentences of one optimiser step
    batch_size: usize = 32, "N", AT_LEAST_1, also "per-device-train-batch-size";
    /// Sentences of one forward pass; the passes of a step run side by side, so fewer sentences keep more
    /// cores busy; it moves a result as a seed does, the number of cores does not
    micro_batch_size: usize = 8, "N", AT_LEAST_1;
    /// Batches that are sorted by length together: 1 mixes lengths freely, more spare padding
    batches_sorted_together: usize = 50, "N", AT_LEAST_1;
    /// Sub-words of the longest window, `[CLS]` and `[SEP]` counted; longer sentences are read in several
    max_length: usize = 128, "N", AT_LEAST_1, also "max-seq-length";
    /// Sub-words on each side of a window that only inform
    window_context: usize = 24, "N", ANY;
    /// The highest learning rate; it falls linearly to 0
    learning_rate: f64 = 5e-5, "X", AT_LEAST_0;
    /// The share of steps over which the learning rate rises from 0
    warmup_ratio: f64 = 0.0, "X", BELOW_1;
    /// Decoupled weight decay, biases and layer normalisations left out
    weight_decay: f64 = 0.0, "X", AT_LEAST_0;
    /// Decay of AdamW's first moment
    beta_1: f64 = 0.9, "X", BELOW_1;
    /// Decay of AdamW's second moment
    beta_2: f64 = 0.999, "X", BELOW_1;
    /// Added to the root of AdamW's second moment
    epsilon: f64 = 1e-8, "X", ABOVE_0;
    /// The norm over all gradients above which they are scaled down
    max_gradient_norm: f64 = 1.0, "X", ABOVE_0, also "max-grad-norm";
    /// Which epoch's model is kept: the one that scores best on --dev (the last where there is none), or the last
    keep: Keep = Keep::Best, "WHICH", ANY;
    /// Which score on --dev says what is best
    best_by: BestBy = BestBy::F1, "SCORE", ANY;
    /// When --dev is scored: auto (after every epoch if the best is kept or --patience is given, else never), never,
    /// or as in 2-epochs or 500-steps, and then at the end too
    evaluate_every: Evaluate = Evaluate::Auto, "WHEN", ANY;
    /// Scorings of --dev in a row without a better one after which training stops; 0 never stops it
    patience: usize = 0, "N", ANY;
    /// The dtype of the encoder's matrix products; all else stays in f32
    precision: Precision = Precision::F32, "DTYPE", ANY;
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check_set(text: &str, expected: &Expect) {
        let shown = match text.parse::<Changes>() {
            Ok(changes) => toml::to_string(&changes).unwrap(),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(shown.trim_end());
    }

    #[test]
    fn a_number_can_be_set_by_hand() {
        check_set("epochs=3", &expect!["epochs = 3"]);
        check_set("learning-rate = 3e-4", &expect!["learning_rate = 0.0003"]);
        check_set("evaluate_every=500 steps", &expect![[r#"evaluate_every = "500-steps""#]]);
        check_set(
            "evaluate_every=0-steps",
            &expect![
                "`evaluate_every=0-steps`: evaluate_every: `0-steps`: expected auto, never, or how often, as in 2-epochs or 500-steps"
            ],
        );
        check_set("best_by=fair-f1", &expect![[r#"best_by = "fair-f1""#]]);
        check_set("keep=best", &expect![[r#"keep = "best""#]]);
        check_set("precision=bf16", &expect![[r#"precision = "bf16""#]]);
        check_set("beta_2=0.98", &expect!["beta_2 = 0.98"]);
        check_set("epochs", &expect!["`epochs`: expected KEY=VALUE"]);
        check_set("epochs=many", &expect!["`epochs=many`: epochs: `many`: expected a whole number from 0"]);
        check_set("keep=worst", &expect!["`keep=worst`: keep: `worst`: expected best or last"]);
        check_set(
            "epoch=3",
            &expect![
                "`epoch=3`: unknown setting `epoch` (did you mean epochs?), expected one of epochs, batch_size, micro_batch_size, batches_sorted_together, max_length, window_context, learning_rate, warmup_ratio, weight_decay, beta_1, beta_2, epsilon, max_gradient_norm, keep, best_by, evaluate_every, patience, precision"
            ],
        );
    }

    fn check_refused(change: &str, expected: &Expect) {
        let training = Training::defaults().changed(&change.parse().unwrap());
        expected.assert_eq(&training.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned()));
    }

    #[test]
    fn numbers_have_bounds() {
        check_refused("epochs=3", &expect!["fine"]);
        check_refused(
            "evaluate_every=never",
            &expect!["evaluate_every is never: expected another value, for keep = best wants scores on dev"],
        );
        check_refused("epochs=0", &expect!["epochs is 0: expected a whole number above 0"]);
        check_refused("learning_rate=0", &expect!["fine"]);
        for text in ["-1", "inf", "nan"] {
            let training = Training::defaults().changed(&format!("learning_rate={text}").parse().unwrap());
            assert!(training.check().is_err(), "{text}");
        }
        check_refused("warmup_ratio=1", &expect!["warmup_ratio is 1: expected a number from 0 to below 1"]);
        check_refused("epsilon=0", &expect!["epsilon is 0: expected a finite number above 0"]);
        check_refused("max_length=51", &expect!["fine"]);
        check_refused(
            "max_length=50",
            &expect![
                "max_length is 50: expected at least 51, for [CLS], [SEP], 24 sub-words of context on each side and one of a word; raise it or lower window_context"
            ],
        );
        check_refused(
            "window_context=4611686018427387904",
            &expect![
                "max_length is 128: expected at least 9223372036854775811, for [CLS], [SEP], 4611686018427387904 sub-words of context on each side and one of a word; raise it or lower window_context"
            ],
        );
    }

    #[test]
    fn bytes_are_for_prediction() {
        let refused = Training { precision: Precision::Int8, ..Training::defaults() }.check();
        let reason = refused.map_err(|error| error.to_string());
        expect![[r#"Err("precision is int8: expected f32, bf16 or f16: gradients are finer than the steps of bytes; train in one of these, and then predict in int8")"#]]
            .assert_eq(&format!("{reason:?}"));
    }

    #[test]
    fn what_is_not_the_default_is_said() {
        let training = Training { precision: Precision::Bf16, micro_batch_size: 16, ..Training::defaults() };
        expect!["epochs 3, batch size 32, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, best epoch kept, micro batch size 16, precision bf16"]
            .assert_eq(&training.to_string());
    }

    #[test]
    fn flags_ask_for_the_same_training() {
        let asked =
            Training { learning_rate: 1.5e-7, beta_1: 0.5, keep: Keep::Last, epochs: 7, ..Training::defaults() };
        let mut read = Training::defaults();
        for pair in asked.flags().chunks(2) {
            read = read.changed(&format!("{}={}", pair[0].trim_start_matches("--"), pair[1]).parse().unwrap());
        }
        assert_eq!(read, asked);
    }
}
