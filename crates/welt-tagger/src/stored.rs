//! How a model's labels are to be chosen, in the model's own `config.json`: what `welt tune` finds, and whoever tags uses.
//! A model directory goes in; other keys of its configuration stay as they are, and other programs pass ours over.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use welt_files::model_folder::CONFIG_FILE;

use crate::TaggerError;
use crate::decoding::Decoding;

/// What is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// How labels are chosen.
    pub decoding: Decoding,
    /// Where its numbers come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuned: Option<TunedOn>,
}

/// Where the numbers of a decoding come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedOn {
    /// The score that was made high, by its name in `welt tune --metric`.
    pub metric: String,
    /// What it came to, from 0 to 1.
    pub score: f64,
    /// What it was without the shifts.
    pub score_without: f64,
    /// How many shifts were tried.
    pub tried: usize,
    /// Words of what it was tuned on.
    pub words: usize,
}

/// The key of a model's configuration.
const KEY: &str = "welt";

impl Stored {
    /// What a model directory holds; none where nothing was stored.
    ///
    /// # Errors
    /// A configuration that cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, TaggerError> {
        let mut config = read(folder)?;
        let Some(value) = config.remove(KEY) else { return Ok(None) };
        serde_json::from_value(value).map(Some).map_err(|error| unusable(folder, &format!("`{KEY}`: {error}")))
    }

    /// Takes out of a model directory what is stored there; a configuration without it stays as it is, to the byte.
    ///
    /// # Errors
    /// As for [`Stored::write`].
    pub fn remove(folder: &Path) -> Result<(), TaggerError> {
        let mut config = read(folder)?;
        if config.remove(KEY).is_none() { Ok(()) } else { write(folder, &config) }
    }

    /// Writes it into a model directory; the configuration is whole or as it was.
    ///
    /// # Errors
    /// A configuration that cannot be read or written.
    pub fn write(&self, folder: &Path) -> Result<(), TaggerError> {
        let mut config = read(folder)?;
        let value = serde_json::to_value(self).map_err(|error| unusable(folder, &error.to_string()))?;
        config.insert(KEY.to_owned(), value);
        write(folder, &config)
    }
}

fn write(folder: &Path, config: &Map<String, Value>) -> Result<(), TaggerError> {
    let text = serde_json::to_string_pretty(config).map_err(|error| unusable(folder, &error.to_string()))?;
    welt_files::write_whole(&folder.join(CONFIG_FILE), &(text + "\n"))
        .map_err(|error| unusable(folder, &error.to_string()))
}

fn read(folder: &Path) -> Result<Map<String, Value>, TaggerError> {
    let text = fs::read_to_string(folder.join(CONFIG_FILE)).map_err(|error| unusable(folder, &error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unusable(folder, &error.to_string()))
}

fn unusable(folder: &Path, reason: &str) -> TaggerError {
    TaggerError::Stored { path: folder.join(CONFIG_FILE), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoding::Shift;

    #[test]
    fn what_is_stored_is_read_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CONFIG_FILE);
        assert!(Stored::read(folder.path()).unwrap_err().to_string().contains(CONFIG_FILE));
        fs::write(&path, r#"{"model_type": "bert", "id2label": {"0": "O"}}"#).unwrap();
        assert_eq!(Stored::read(folder.path()).unwrap(), None);
        let shifts = vec![Shift { label: "O".to_owned(), by: -0.6 }];
        let tuned = TunedOn { metric: "f1".to_owned(), score: 0.8, score_without: 0.7, tried: 81, words: 5 };
        let stored = Stored { decoding: Decoding { shifts, ..Decoding::default() }, tuned: Some(tuned) };
        stored.write(folder.path()).unwrap();
        assert_eq!(Stored::read(folder.path()).unwrap(), Some(stored));
        let config: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!((&config["model_type"], &config["id2label"]["0"]), (&Value::from("bert"), &Value::from("O")));
        Stored::remove(folder.path()).unwrap();
        assert_eq!(Stored::read(folder.path()).unwrap(), None);
        let without = fs::read_to_string(&path).unwrap();
        Stored::remove(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), without);
        fs::write(&path, r#"{"welt": 3}"#).unwrap();
        assert!(Stored::read(folder.path()).unwrap_err().to_string().contains("`welt`: invalid type"));
    }
}
