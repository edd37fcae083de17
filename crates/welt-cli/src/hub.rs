//! The Hugging Face Hub: the name of a model in, a folder of the ordinary cache out; a folder in, a commit there out.
//! The only part of the program that uses a network, and only where it is built with the feature `hub`.
//! It knows nothing of what is in the files, but which of them a model needs.

#[cfg(feature = "hub")]
mod api;
mod cache;
#[cfg(feature = "hub")]
mod download;
#[cfg(feature = "hub")]
mod refusal;
#[cfg_attr(not(feature = "hub"), allow(dead_code, reason = "nobody is asked"))]
mod settings;
#[cfg(feature = "hub")]
mod upload;

use std::fmt;
use std::path::PathBuf;

use anyhow::{Result, bail};

pub use cache::Snapshot;
use settings::Settings;

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

/// What is to go to the Hub.
#[cfg_attr(not(feature = "hub"), allow(dead_code, reason = "nothing is sent"))]
pub struct Push<'a> {
    /// The repository and the branch that it goes to.
    pub target: &'a HubModel,
    /// The files by their names there.
    pub files: &'a [(String, PathBuf)],
    /// Who may read a repository that is made now.
    pub visibility: Visibility,
    /// The message of the commit.
    pub message: &'a str,
}

/// Who may read a repository that is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Its owners.
    Private,
}

impl HubModel {
    /// Reads a name; none where the text cannot be one, as a path with three parts or with a dot at its beginning.
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

/// The copy of a model in the cache where it is whole, without asking anybody; else the model is fetched.
///
/// # Errors
/// As [`fetch`].
pub fn snapshot(model: &HubModel) -> Result<Snapshot> {
    let settings = Settings::of_environment()?;
    match cache::snapshot(&settings.cache, model) {
        Some(snapshot) if snapshot.missing().is_none() => Ok(snapshot),
        _ => fetch_with(model, &settings),
    }
}

/// Asks the Hub for the newest commit of a revision and fetches what the cache lacks of it.
///
/// # Errors
/// A program built without the feature `hub`; `HF_HUB_OFFLINE`; no network; a Hub that refuses; a model that lacks
/// files; a cache that cannot be written.
pub fn fetch(model: &HubModel) -> Result<Snapshot> {
    fetch_with(model, &Settings::of_environment()?)
}

/// Whether the cache holds the whole of a model.
///
/// # Errors
/// No folder for the cache.
pub fn is_cached(model: &HubModel) -> Result<bool> {
    let settings = Settings::of_environment()?;
    Ok(cache::snapshot(&settings.cache, model).is_some_and(|snapshot| snapshot.missing().is_none()))
}

fn fetch_with(model: &HubModel, settings: &Settings) -> Result<Snapshot> {
    let folder = cache::repository(&settings.cache, &model.id);
    let found = match cache::snapshot(&settings.cache, model) {
        None => format!("{} holds no copy of it", settings.cache.display()),
        Some(snapshot) => match snapshot.missing() {
            None => return if settings.offline { Ok(snapshot) } else { download(model, settings) },
            Some(missing) => format!("its copy in {} lacks {missing}", snapshot.folder.display()),
        },
    };
    if settings.offline {
        bail!(
            "{model}: {found}, and HF_HUB_OFFLINE forbids to fetch it: run `welt fetch {model}` where there is a \
             network and copy {} to the same place here, or name a folder with its files",
            folder.display()
        );
    }
    download(model, settings)
}

#[cfg(feature = "hub")]
fn download(model: &HubModel, settings: &Settings) -> Result<Snapshot> {
    download::download(model, settings)
}

/// Sends files to the Hub in one commit and says where it is to be seen.
///
/// # Errors
/// A program built without the feature `hub`; `HF_HUB_OFFLINE`; no token; no network; a Hub that refuses.
#[cfg(feature = "hub")]
pub fn push(push: &Push) -> Result<String> {
    let settings = Settings::of_environment()?;
    if settings.offline {
        bail!("{}: HF_HUB_OFFLINE forbids to send anything: unset it, or add --dry-run", push.target);
    }
    upload::upload(push, &settings)
}

#[cfg(not(feature = "hub"))]
fn download(model: &HubModel, settings: &Settings) -> Result<Snapshot> {
    bail!(
        "{model}: the cache {} holds no whole copy of it, and this welt was built without the feature `hub`, so it \
         fetches nothing: name a folder with the model's files, or build with --features hub",
        settings.cache.display()
    )
}

/// Refuses: there is no network in this program.
///
/// # Errors
/// Always.
#[cfg(not(feature = "hub"))]
pub fn push(push: &Push) -> Result<String> {
    bail!(
        "{}: this welt was built without the feature `hub`, so it sends nothing: build with --features hub",
        push.target
    )
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
