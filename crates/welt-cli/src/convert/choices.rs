//! The rules by which mentions become tags, as flags: names in, [`Rules`] out.
//! What is not asked for is as in [`Rules::corpora`]; files and documents are not known here.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use serde::de::DeserializeOwned;
use welt_data::alignment::{Breaks, Crossing, Discontinuous, Membership, Overlaps, Rules, Types, WrongText};

/// A name and what it means.
type Choice = (&'static str, &'static str);

const BREAKS: &[Choice] = &[
    ("found", "where the rules of this program find them"),
    ("found-in-lines", "there, and at every line: for texts of one paragraph a line"),
    ("lines", "at every line"),
    ("passages", "nowhere: a passage is one sentence"),
    ("given", "where the document says, with its own words"),
];
const MEMBERSHIP: &[Choice] =
    &[("overlapping", "words that share a character with it"), ("inside", "words that lie wholly in it")];
const OVERLAPS: &[Choice] = &[
    ("longest", "the one of most characters"),
    ("shortest", "the one of fewest"),
    ("first", "the one that begins first"),
];
const DISCONTINUOUS: &[Choice] = &[
    ("cover", "one mention from the first part to the last"),
    ("parts", "each part is a mention"),
    ("drop", "they are lost"),
];
const CROSSING: &[Choice] =
    &[("merge", "the sentences become one"), ("cut", "the mention is cut"), ("drop", "they are lost")];
const WRONG_TEXT: &[Choice] = &[("trust", "their offsets are trusted"), ("drop", "they are lost")];

/// How mentions become tags; each flag but the types is for conversions of documents to CoNLL.
#[derive(Args)]
pub struct RuleFlags {
    /// Where sentences begin besides passages [default: given where documents come cut into words, else found]
    #[arg(long, value_name = "WHERE", value_parser = choice::<Breaks>(BREAKS))]
    pub breaks: Option<Breaks>,
    /// Which words belong to a mention [default: overlapping]
    #[arg(long, value_name = "WHICH", value_parser = choice::<Membership>(MEMBERSHIP))]
    membership: Option<Membership>,
    /// Which of the mentions that share a word is kept [default: longest]
    #[arg(long, value_name = "WHICH", value_parser = choice::<Overlaps>(OVERLAPS))]
    overlaps: Option<Overlaps>,
    /// What becomes of mentions of several parts [default: cover]
    #[arg(long, value_name = "WHAT", value_parser = choice::<Discontinuous>(DISCONTINUOUS))]
    discontinuous: Option<Discontinuous>,
    /// What becomes of mentions that cross the border of two sentences [default: merge]
    #[arg(long, value_name = "WHAT", value_parser = choice::<Crossing>(CROSSING))]
    crossing: Option<Crossing>,
    /// What becomes of mentions whose stated text is not the text at their offsets [default: trust]
    #[arg(long, value_name = "WHAT", value_parser = choice::<WrongText>(WRONG_TEXT))]
    wrong_text: Option<WrongText>,
    /// The types to keep, each under its name or another one, as in Chemical,Disease=Illness [default: all]
    #[arg(long, value_name = "TYPE[=NAME]", value_delimiter = ',')]
    types: Vec<String>,
    /// One name for all the types that are kept
    #[arg(long, value_name = "NAME")]
    type_name: Option<String>,
}

impl RuleFlags {
    /// The rules.
    ///
    /// # Errors
    /// Types that are named twice or not at all.
    pub fn rules(&self) -> Result<Rules> {
        let usual = Rules::corpora();
        Ok(Rules {
            breaks: self.breaks.unwrap_or(usual.breaks),
            membership: self.membership.unwrap_or(usual.membership),
            overlaps: self.overlaps.unwrap_or(usual.overlaps),
            discontinuous: self.discontinuous.unwrap_or(usual.discontinuous),
            crossing: self.crossing.unwrap_or(usual.crossing),
            wrong_text: self.wrong_text.unwrap_or(usual.wrong_text),
            types: self.types()?,
        })
    }

    /// The first flag that only means something where mentions become tags.
    pub fn first_about_tags(&self) -> Option<&'static str> {
        let flags = [
            ("--breaks", self.breaks.is_some()),
            ("--membership", self.membership.is_some()),
            ("--overlaps", self.overlaps.is_some()),
            ("--discontinuous", self.discontinuous.is_some()),
            ("--crossing", self.crossing.is_some()),
            ("--wrong-text", self.wrong_text.is_some()),
        ];
        flags.into_iter().find(|(_, is_given)| *is_given).map(|(flag, _)| flag)
    }

    fn types(&self) -> Result<Types> {
        if self.types.is_empty() {
            return match self.type_name.as_deref() {
                None => Ok(Types::All),
                Some("") => Err(usage("--type-name is empty, expected a name")),
                Some(name) => Ok(Types::AllAs(name.to_owned())),
            };
        }
        if let Some(name) = self.type_name.as_deref() {
            if name.is_empty() || self.types.iter().any(|entity_type| entity_type.contains('=')) {
                return Err(usage("--type-name is one name for all --types, expected a name, and none behind a `=`"));
            }
            let types: Vec<&str> = self.types.iter().map(String::as_str).collect();
            return Ok(Types::joined(&types, name));
        }
        let mut names = BTreeMap::new();
        for text in &self.types {
            let (entity_type, name) = text.split_once('=').unwrap_or((text, text));
            if entity_type.is_empty() || name.is_empty() {
                return Err(usage(&format!("--types: `{text}`, expected TYPE or TYPE=NAME")));
            }
            if names.insert(entity_type.to_owned(), name.to_owned()).is_some() {
                return Err(usage(&format!("--types names `{entity_type}` twice, expected each type once")));
            }
        }
        Ok(Types::Only(names))
    }
}

/// An error of whoever wrote the command line.
pub fn usage(message: &str) -> anyhow::Error {
    clap::Error::raw(ErrorKind::ArgumentConflict, format!("{message}\n")).into()
}

/// Takes one of some names, by which the values are also known in JSON.
fn choice<T: DeserializeOwned + Clone + Send + Sync + 'static>(
    choices: &'static [Choice],
) -> impl TypedValueParser<Value = T> {
    let values = choices.iter().map(|(name, meaning)| PossibleValue::new(*name).help(*meaning));
    PossibleValuesParser::new(values).try_map(|name| serde_json::from_value(serde_json::Value::String(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: DeserializeOwned>(choices: &[Choice]) {
        for (name, _) in choices {
            assert!(serde_json::from_value::<T>((*name).into()).is_ok(), "{name}");
        }
    }

    #[test]
    fn every_choice_is_a_rule() {
        check::<Breaks>(BREAKS);
        check::<Membership>(MEMBERSHIP);
        check::<Overlaps>(OVERLAPS);
        check::<Discontinuous>(DISCONTINUOUS);
        check::<Crossing>(CROSSING);
        check::<WrongText>(WRONG_TEXT);
    }
}
