//! The names of tags that a file holds as numbers: texts in, names in the order of their numbers out.
//!
//! They are a list (`O,B-Disease,I-Disease`, or one a line), an array or object of JSON, or stand somewhere in JSON under `names`, `id2label` or `label2id`,
//! as in the `dataset_info.json` of a data set of Hugging Face or the `config.json` of a model.
//!
//! ```
//! use welt_data::formats::TagNames;
//!
//! for text in ["O,B-Disease,I-Disease", "O\nB-Disease\nI-Disease\n", r#"{"id2label": {"1": "B-Disease", "0": "O", "2": "I-Disease"}}"#] {
//!     assert_eq!(TagNames::parse(text)?.names()[1], "B-Disease");
//! }
//! # Ok::<(), welt_data::formats::NoTagNames>(())
//! ```

use welt_tags::Tag;

use super::json::Json;

/// Names by their numbers from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagNames(Vec<String>);

/// A text that names no tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found}, expected the names of tags in the order of their numbers: a list such as O,B-Disease,I-Disease, one a line, or JSON with `names` or `id2label`"
)]
pub struct NoTagNames {
    found: String,
}

/// Under what the names of a column of tags stand, the likeliest first.
const COLUMNS: [&str; 4] = ["ner_tags", "tags", "labels", "ner"];

impl TagNames {
    /// The names that a text holds.
    ///
    /// # Errors
    /// A text that holds none, or a name that is no tag.
    pub fn parse(text: &str) -> Result<Self, NoTagNames> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
        let names = if text.starts_with(['{', '[']) {
            let json: Json =
                serde_json::from_str(text).map_err(|error| NoTagNames { found: format!("found JSON with {error}") })?;
            of_json(&json)
        } else {
            let names = text.split(['\n', ',']).map(|name| name.trim().to_owned());
            Some(names.filter(|name| !name.is_empty()).collect())
        };
        let names = names.filter(|names: &Vec<String>| !names.is_empty());
        let names = names.ok_or_else(|| NoTagNames { found: "found none".to_owned() })?;
        match names.iter().find(|name| name.parse::<Tag>().is_err()) {
            Some(name) => Err(NoTagNames { found: format!("found `{}`", name.escape_debug()) }),
            None => Ok(Self(names)),
        }
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// The names in a value, found by what they stand under.
pub(super) fn of_json(json: &Json) -> Option<Vec<String>> {
    let own = match json {
        Json::Array(values) => values.iter().map(text).collect(),
        Json::Object(_) => numbered(json),
        _ => None,
    };
    own.or_else(|| COLUMNS.iter().find_map(|column| under(json, column))).or_else(|| named(json))
}

/// The names under a key, or in an object that says of itself that it has that name.
fn under(json: &Json, column: &str) -> Option<Vec<String>> {
    match json {
        Json::Object(members) => {
            let is_called = members.iter().any(|(key, value)| key == "name" && text(value).as_deref() == Some(column));
            let own = members.iter().filter(|(key, _)| key == column || is_called).find_map(|(_, value)| named(value));
            own.or_else(|| members.iter().find_map(|(_, value)| under(value, column)))
        }
        Json::Array(values) => values.iter().find_map(|value| under(value, column)),
        _ => None,
    }
}

/// The names that stand somewhere in a value under a key for them.
fn named(json: &Json) -> Option<Vec<String>> {
    match json {
        Json::Object(members) => {
            let is_key = |key: &str| matches!(key, "names" | "id2label" | "label2id");
            let own = members.iter().filter(|(key, _)| is_key(key)).find_map(|(_, value)| match value {
                Json::Array(values) => values.iter().map(text).collect(),
                other => numbered(other),
            });
            own.or_else(|| members.iter().find_map(|(_, value)| named(value)))
        }
        Json::Array(values) => values.iter().find_map(named),
        _ => None,
    }
}

/// The names of an object from numbers to names, or from names to numbers.
fn numbered(json: &Json) -> Option<Vec<String>> {
    let Json::Object(members) = json else { return None };
    let pair = |(key, value): &(String, Json)| {
        let value = text(value)?;
        let by_key = key.parse::<usize>().map(|number| (number, value.clone()));
        by_key.or_else(|_| value.parse().map(|number| (number, key.clone()))).ok()
    };
    let mut pairs: Vec<(usize, String)> = members.iter().map(pair).collect::<Option<_>>()?;
    pairs.sort();
    let is_whole = !pairs.is_empty() && pairs.iter().enumerate().all(|(index, (number, _))| index == *number);
    is_whole.then(|| pairs.into_iter().map(|(_, name)| name).collect())
}

fn text(json: &Json) -> Option<String> {
    match json {
        Json::Scalar(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand() {
        for (text, expected) in [
            ("O,B-X", Some("O B-X")),
            ("\u{feff}O\r\nB-X\r\n\r\n", Some("O B-X")),
            (r#"["O", "B-X"]"#, Some("O B-X")),
            (r#"{"B-X": 1, "O": 0}"#, Some("O B-X")),
            (r#"{"0": "O", "1": "B-X"}"#, Some("O B-X")),
            (r#"{"0": "O", "2": "B-X"}"#, None),
            (r#"{"model_type": "bert", "label2id": {"B-X": 1, "O": 0}}"#, Some("O B-X")),
            (
                r#"{"features": {"pos": {"feature": {"names": ["N"]}}, "ner_tags": {"feature": {"names": ["O", "B-X"], "_type": "ClassLabel"}}}}"#,
                Some("O B-X"),
            ),
            (
                r#"{"features": [{"name": "pos", "type": {"feature": {"names": ["N"]}}}, {"name": "ner_tags", "type": {"feature": {"names": ["O", "B-X"]}}}]}"#,
                Some("O B-X"),
            ),
            (r#"{"default": {"features": {"x": {"feature": {"names": {"0": "O"}}}}}}"#, Some("O")),
            ("O,Disease", None),
            ("", None),
            ("{", None),
            (r#"{"names": []}"#, None),
            ("[[1]]", None),
        ] {
            let found = TagNames::parse(text).ok().map(|names| names.names().join(" "));
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
