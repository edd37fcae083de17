//! Settings files of any content: settings within their bounds or an error that names the file come out, and nothing else.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use toml::Table;
use welt_settings::{Settings, resolve};

/// A file as users write it.
const SOUND: &str = r#"
train = ["train.tsv"]
dev = ["dev.tsv"]
model = "biobert"
method = "welt"
seed = 3

[training]
epochs = 2
batch_size = 8
learning_rate = 3e-5
"#;

fn resolved(name: &str, text: &[u8]) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let found = resolve(Some(&path), Table::new());
    found.map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

/// Checks that what is taken can be used, and that what is not taken is told of in a few words.
fn check(name: &str, text: &[u8]) -> Result<(), TestCaseError> {
    match resolved(name, text) {
        Ok(settings) => {
            prop_assert!(settings.training.check().is_ok());
            // Taken again as a run directory holds it, it is the same.
            let written = serde_json::to_string(&settings).unwrap();
            let again = resolved("config.json", written.as_bytes()).map_err(TestCaseError::fail)?;
            prop_assert_eq!(serde_json::to_string(&again).unwrap(), written);
        }
        Err(said) => prop_assert!(!said.is_empty() && said.len() < 4000 + 2 * text.len(), "{}", said),
    }
    Ok(())
}

#[test]
fn the_file_that_others_are_made_of_is_sound() {
    let settings = resolved("settings.toml", SOUND.as_bytes()).unwrap();
    assert_eq!((settings.training.epochs, settings.train.as_slice()), (2, &[Path::new("train.tsv").to_owned()][..]));
}

#[test]
fn what_nests_without_end_is_refused() {
    for (name, text) in [
        ("settings.toml", format!("train = {}", "[".repeat(200_000))),
        ("settings.toml", format!("train = {}", "{a=".repeat(200_000))),
        ("settings.toml", format!("{}train = 1", "a.".repeat(200_000))),
        ("config.json", "[".repeat(200_000)),
        ("config.json", "{\"a\":".repeat(200_000)),
    ] {
        assert!(resolved(name, text.as_bytes()).is_err(), "{}", &text[..20]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes(bytes in any::<Vec<u8>>(), is_json in any::<bool>()) {
        check(if is_json { "config.json" } else { "settings.toml" }, &bytes)?;
    }

    #[test]
    fn sound_files_with_other_bytes_in_them(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..6)) {
        let mut bytes = SOUND.as_bytes().to_vec();
        for (index, byte, kind) in edits {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        check("settings.toml", &bytes)?;
    }

    #[test]
    fn names_with_any_value(
        lines in prop::collection::vec((prop::sample::select(names()), value()), 0..6),
        in_training in prop::collection::vec((prop::sample::select(names()), value()), 0..6),
    ) {
        let row = |(name, value): &(&'static str, String)| format!("{name} = {value}\n");
        let text: String = lines.iter().map(row).collect::<String>() + "[training]\n" + &in_training.iter().map(row).collect::<String>();
        check("settings.toml", text.as_bytes())?;
    }
}

/// Names of settings, of older ones, and some that are nearly names.
fn names() -> Vec<&'static str> {
    let others = ["learnin_rate", "batch-size", "weights", "max_length", "focal_gamma", "training", "\"\\u001b[31m\""];
    let of_training = welt_settings::Training::SETTINGS.iter().map(|setting| setting.name);
    Settings::NAMES.iter().copied().chain(of_training).chain(others).collect()
}

/// Values of every type, at and beyond their bounds.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}").replace("NaN", "nan")),
        prop::sample::select(vec![
            "0",
            "1",
            "-1",
            "1e400",
            "nan",
            "-inf",
            "true",
            "[]",
            "[\"a\"]",
            "{}",
            "\"welt\"",
            "\"\"",
            "1979-05-27",
            "[1, \"a\"]"
        ])
        .prop_map(str::to_owned),
        "\"[a-z0-9+-]{0,12}\"",
    ]
}
