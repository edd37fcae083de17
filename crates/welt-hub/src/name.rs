//! The name of a model on the Hub: `OWNER/NAME`, or `OWNER/NAME@REVISION`.

use std::fmt;

/// The branch of a model that is meant where no revision is named.
pub const MAIN: &str = "main";

/// A model of the Hub: `OWNER/NAME`, or `OWNER/NAME@REVISION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubModel {
    /// `OWNER/NAME`.
    pub id: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

impl HubModel {
    /// Reads a name; none where the text cannot be one, as a path with three parts or with a dot at its beginning.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, revision) = text.split_once('@').unwrap_or((text, MAIN));
        let (owner, name) = id.split_once('/')?;
        let is_part = |part: &str| {
            let starts = part.starts_with(|first: char| first.is_ascii_alphanumeric());
            let holds = part.chars().all(|each| each.is_ascii_alphanumeric() || "-_.".contains(each));
            starts && holds && !part.contains("--") && !part.contains("..") && !part.ends_with(['-', '.'])
        };
        let is_revision = |text: &str| {
            let holds = text.chars().all(|each| each.is_ascii_alphanumeric() || "-_./".contains(each));
            !text.is_empty() && holds && text.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
        };
        let fits = is_part(owner) && is_part(name) && id.len() <= 96 && is_revision(revision);
        fits.then(|| Self { id: id.to_owned(), revision: revision.to_owned() })
    }
}

impl fmt::Display for HubModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        if self.revision == MAIN { Ok(()) } else { write!(f, "@{}", self.revision) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_hub_and_paths_differ() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                HubModel::parse(text).map(|model| format!("{} {}", model.id, model.revision)).as_deref(),
                expected
            );
        };
        check("dmis-lab/biobert-v1.1", Some("dmis-lab/biobert-v1.1 main"));
        check("dmis-lab/biobert-v1.1@551ca18", Some("dmis-lab/biobert-v1.1 551ca18"));
        check("owner/name@refs/pr/1", Some("owner/name refs/pr/1"));
        for path in [
            "biobert",
            "runs/first/model",
            "./a/b",
            "/a",
            "a/",
            "../a",
            "a/..",
            "a/b@",
            "a/b@../c",
            "a/b@.git",
            "a\\b/c",
            "a b/c",
            "a/b--c",
            "",
            "/",
            "@",
            "a/b@c d",
        ] {
            check(path, None);
        }
    }
}
