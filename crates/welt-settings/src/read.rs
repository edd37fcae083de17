//! Settings from a file and flags: built-in defaults, under a file's, under flags'.

use std::path::Path;

use toml::{Table, Value};

use crate::{Changes, Settings, SettingsError, Training, older};

/// The settings of `file` (TOML, or JSON as a run directory holds it) with those of `flags` over them; what neither
/// says is the default.
///
/// # Errors
/// A file that cannot be read, unknown or misplaced names, values of other types, numbers outside of their bounds, and
/// settings that are missing.
pub fn resolve(file: Option<&Path>, flags: Table) -> Result<Settings, SettingsError> {
    let in_file = |error: SettingsError| match file {
        Some(path) => error.in_file(path),
        None => error,
    };
    let mut table = Table::new();
    if let Some(path) = file {
        let given = read_table(path)?;
        let layer = check_names(&given).and_then(|()| older::renamed(given)).map_err(in_file)?;
        check_layer(&layer).map_err(in_file)?;
        table = layer;
    }
    let flags = older::renamed(flags)?;
    check_layer(&flags)?;
    overlay(&mut table, flags);
    for name in ["train", "model"] {
        if !table.contains_key(name) {
            return Err(SettingsError::Missing { name });
        }
    }
    let table = older::with_method(table).map_err(in_file)?;
    let settings =
        Settings::of_table(table).map_err(|error| in_file(SettingsError::Unreadable(in_plain_words(&error))))?;
    settings.training.check()?;
    Ok(settings)
}

/// Fails on what no other layer can mend, so that whoever wrote the layer is told of it.
fn check_layer(layer: &Table) -> Result<(), SettingsError> {
    older::with_method(layer.clone())?;
    let Some(training) = layer.get("training") else { return Ok(()) };
    let changes: Result<Changes, _> = training.clone().try_into();
    // A value of another type is told of with its position, when all layers are read.
    changes.map_or(Ok(()), |changes| Training::defaults().changed(&changes).check_each())
}

fn read_table(path: &Path) -> Result<Table, SettingsError> {
    let shown = path.display();
    let expected = "expected settings as TOML, or the config.json of a run";
    let text = std::fs::read_to_string(path)
        .map_err(|error| SettingsError::Unreadable(format!("{shown}: cannot be read: {error}; {expected}")))?;
    if path.extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(&text).map_err(|error| {
            let problem = error.to_string();
            let problem = problem.split(" at line ").next().unwrap_or_default();
            let at = format!("{shown}:{}:{}", error.line(), error.column());
            SettingsError::Unreadable(format!("{at}: {problem}; {expected}"))
        });
    }
    text.parse().map_err(|error: toml::de::Error| {
        let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&character| character != '\n').count() + 1;
        SettingsError::Unreadable(format!("{shown}:{line}:{column}: {}; {expected}", error.message()))
    })
}

/// Names that older files have, and that are still taken.
const OLDER: [&str; 3] = ["weights", "max_length", "window_context"];

/// The same under `[training]`.
const OLDER_IN_TRAINING: [&str; 3] = ["seed", "focal_gamma", "logit_adjustment"];

/// Fails on a name that is not known, and says where one belongs that stands in the wrong place.
fn check_names(given: &Table) -> Result<(), SettingsError> {
    let in_training: Vec<&'static str> = Training::SETTINGS.iter().map(|setting| setting.name).collect();
    for name in given.keys() {
        if Settings::NAMES.contains(&name.as_str()) || OLDER.contains(&name.as_str()) {
            continue;
        }
        if in_training.contains(&name.as_str()) {
            return Err(SettingsError::Misplaced { name: name.clone() });
        }
        if !OLDER_IN_TRAINING.contains(&name.as_str()) {
            return Err(SettingsError::unknown(name, Settings::NAMES.to_vec(), ("training", in_training)));
        }
    }
    let Some(Value::Table(training)) = given.get("training") else { return Ok(()) };
    for name in training.keys() {
        if !in_training.contains(&name.as_str()) && !OLDER_IN_TRAINING.contains(&name.as_str()) {
            return Err(SettingsError::unknown(name, in_training, ("", Vec::new())));
        }
    }
    Ok(())
}

/// What a deserializer says, on one line and without the names of Rust's types.
fn in_plain_words(error: &toml::de::Error) -> String {
    let types = [
        ("expected usize", "expected a whole number from 0"),
        ("expected u64", "expected a whole number from 0"),
        ("expected isize", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected a sequence", "expected a list, as in [\"FILE\"]"),
    ];
    let shown = error.to_string();
    let setting = shown.lines().find_map(|line| line.strip_prefix("in `")).map(|name| format!("`{name}: "));
    let message = setting.unwrap_or_default() + error.message();
    types.iter().fold(message, |message, (theirs, ours)| message.replace(theirs, ours))
}

/// Puts the entries of `upper` over those of `lower`, tables within tables.
pub fn overlay(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(lower)), Value::Table(upper)) => overlay(lower, upper),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(flags: &str, expected: &Expect) {
        let flags: Table = format!("train = ['a']\nmodel = 'm'\n{flags}").parse().unwrap();
        let shown = match resolve(None, flags) {
            Ok(settings) => format!("{}, seed {}, {}", settings.method, settings.seed, settings.training),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_flag_changes_what_it_names() {
        check(
            "",
            &expect![
                "welt, seed 1, epochs 3, batch size 32, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, best epoch kept"
            ],
        );
        check(
            "method = 'focal-2'\nseed = 3\ntraining.epochs = 7",
            &expect![
                "focal-2, seed 3, epochs 7, batch size 32, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, best epoch kept"
            ],
        );
        check(
            "focal_gamma = 2.0",
            &expect![
                "focal-2, seed 1, epochs 3, batch size 32, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, best epoch kept"
            ],
        );
        check(
            "method = 'ins'\nfocal_gamma = 2.0",
            &expect!["`method` and `focal_gamma` stand side by side: the method says both, expected one of them"],
        );
        check("focal_gamma = -1.0", &expect!["focal_gamma is -1.0: expected a finite number of at least 0"]);
        check(
            "weights = 'walt'",
            &expect![
                "`weights`: `walt` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt"
            ],
        );
        check("training.epochs = 0", &expect!["epochs is 0: expected a whole number above 0"]);
    }
}
