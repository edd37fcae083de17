//! What `--allow` takes: names of losses, or all. Names, help and advice come from the table of losses in `welt-data`; what is lost, and where, is not known here.

use anyhow::anyhow;
use welt_data::ledger::{Allowed, Loss, RefusedLosses, Stage};

/// Allows every loss.
const ALL: &str = "all";

/// What words and tags never hold, which whoever asks for them knows.
const NEVER_TAGGED: [Loss; 18] = [
    Loss::UnwrittenIdentifiers,
    Loss::UnwrittenAnnotationIds,
    Loss::UnwrittenDocuments,
    // What is said of mentions, documents and passages.
    Loss::UnreadAnnotationInfon,
    Loss::UnreadAttribute,
    Loss::UnreadCategoryCode,
    Loss::UnreadCompositeRole,
    Loss::UnreadDocumentInfon,
    Loss::UnreadEquivalence,
    Loss::UnreadEvent,
    Loss::UnreadIndividualNames,
    Loss::UnreadNormalization,
    Loss::UnreadNormalizationName,
    Loss::UnreadNote,
    Loss::UnreadPassageInfon,
    Loss::UnreadRelation,
    Loss::UnreadSentence,
    // A tag is that of a whole word.
    Loss::Widened,
];

/// What a training run warns of and goes on.
const TOLD_IN_TRAINING: [Loss; 3] = [Loss::WordWithoutSubWords, Loss::SentenceWithoutSubWords, Loss::CutWord];

/// What one value of `--allow` allows.
#[derive(Clone)]
pub struct Permission(Allowed);

impl Permission {
    /// Takes the name of a loss, or `all`.
    ///
    /// # Errors
    /// Another text; the error names what is near it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == ALL {
            return Ok(Self(Allowed::all()));
        }
        if let Ok(loss) = text.parse::<Loss>() {
            return Ok(Self([loss].into_iter().collect()));
        }
        let near: Vec<&str> = Loss::near(text).into_iter().map(Loss::name).collect();
        let expected = if near.is_empty() { all_names().join(", ") } else { near.join(" or ") };
        Err(format!("not the name of a loss, expected {expected}"))
    }
}

/// Takes what [`Permission::parse`] takes as it stands, to be handed on to another command.
///
/// # Errors
/// Another text; the error names what is near it.
pub fn loss_name(text: &str) -> Result<String, String> {
    Permission::parse(text).map(|_| text.to_owned())
}

/// What is allowed where documents stay documents.
pub fn in_documents(permissions: &[Permission]) -> Allowed {
    permissions.iter().flat_map(|Permission(allowed)| allowed.iter()).collect()
}

/// What is allowed where documents become words and tags.
pub fn in_words_and_tags(permissions: &[Permission]) -> Allowed {
    in_documents(permissions).iter().chain(NEVER_TAGGED).collect()
}

/// What is allowed on the way to sub-words, by the names that settings have.
///
/// # Errors
/// A text that is no name of a loss.
pub fn in_training(names: &[String]) -> anyhow::Result<Allowed> {
    Ok(Allowed::of(names)?.iter().chain(TOLD_IN_TRAINING).collect())
}

/// What was refused, with the flag that allows it.
pub fn advised(refused: &RefusedLosses) -> anyhow::Error {
    let names: Vec<&str> = refused.names().into_iter().map(Loss::name).collect();
    anyhow!("{refused}; allow what may be lost or changed with `--allow {}`", names.join(","))
}

/// Some help with the losses of all conversions below it.
pub fn help_with_names(help: &str) -> String {
    let width = Loss::ALL.iter().map(|loss| loss.name().len()).max().unwrap_or(0);
    let row = |loss: &Loss| {
        let told = if loss.must_be_allowed() { "" } else { " (never an error)" };
        format!("  {loss:width$}  {}{told}\n", loss.meaning())
    };
    let rows: String = Loss::ALL.iter().filter(|loss| !of_training(**loss)).map(row).collect();
    format!("{help}\n\nNames for --allow, and all:\n{}", rows.trim_end())
}

/// What `--allow` of a training run says of itself.
pub fn help_in_training() -> String {
    let is_open = |loss: &&Loss| of_training(**loss) && loss.must_be_allowed() && !TOLD_IN_TRAINING.contains(loss);
    let names: Vec<&str> = Loss::ALL.iter().filter(is_open).map(|loss| loss.name()).collect();
    format!("Losses on the way to sub-words that are no errors: {}", names.join(", "))
}

/// Whether a loss happens on the way to sub-words and windows.
fn of_training(loss: Loss) -> bool {
    loss.stages().iter().any(|stage| matches!(stage, Stage::SubWord | Stage::Window))
}

fn all_names() -> Vec<&'static str> {
    [ALL].into_iter().chain(Loss::ALL.iter().map(|loss| loss.name())).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The table of losses as documentation has it.
    fn table() -> String {
        let mut table =
            "| name | where | counted | an error unless allowed | what happens |\n|---|---|---|---|---|\n".to_owned();
        for loss in Loss::ALL {
            let stages: Vec<String> = loss.stages().iter().map(|stage| format!("`{stage}`")).collect();
            let unit = format!("{:?}", loss.unit()).to_lowercase();
            let error = if loss.must_be_allowed() { "yes" } else { "no" };
            table += &format!("| `{loss}` | {} | {unit} | {error} | {} |\n", stages.join(", "), loss.meaning());
        }
        table
    }

    #[test]
    fn the_documentation_has_every_name() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/losses.md");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(&table()), "{}: expected this table in it:\n{}", path.display(), table());
    }

    #[test]
    fn a_value_is_a_name_or_all() {
        let count = |text: &str| Permission::parse(text).map(|Permission(allowed)| allowed.iter().count());
        assert_eq!((count("nested"), count("all")), (Ok(1), Ok(Loss::ALL.len())));
        assert_eq!(count("relation"), Err("not the name of a loss, expected unread-relation".to_owned()));
    }

    #[test]
    fn help_comes_from_the_table() {
        assert_eq!(help_in_training(), "Losses on the way to sub-words that are no errors: mention-without-sub-words");
        let help = help_with_names("Examples:");
        assert!(help.contains("  nested                      A mention lies within another or around it.\n"), "{help}");
        assert!(help.contains("that the rules leave out. (never an error)\n"), "{help}");
    }
}
