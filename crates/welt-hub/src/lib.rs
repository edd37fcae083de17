//! Models by name: a folder, a short name or a name of the Hugging Face Hub in, the folder of a model out; a folder in, a commit on the Hub out.
//! It uses a network only where it is built with the feature `network`, and knows nothing of what is in the files, but which of them a model needs.
//!
//! What is in the cache that Hugging Face's programs share is used without asking anybody.
//!
//! ```
//! use std::path::Path;
//! use welt_hub::{HubModel, named};
//!
//! assert_eq!(named(Path::new("bluebert"))?.id, "bionlp/bluebert_pubmed_uncased_L-12_H-768_A-12");
//! assert_eq!(HubModel::parse("owner/name@v2").map(|model| model.revision), Some("v2".to_owned()));
//! assert_eq!(HubModel::parse("runs/first/model"), None);
//! # Ok::<(), anyhow::Error>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "network")]
mod api;
mod cache;
#[cfg(feature = "network")]
mod download;
mod place;
mod presets;
#[cfg(feature = "network")]
mod refusal;
#[cfg_attr(not(feature = "network"), allow(dead_code, reason = "nobody is asked"))]
mod settings;
mod transfer;
#[cfg(feature = "network")]
mod upload;

use std::fmt;
use std::path::PathBuf;

use anyhow::{Result, bail};

pub use cache::Snapshot;
pub use place::{ModelPlace, Origin, find, named};
pub use presets::{PRESETS, Preset};
use settings::Settings;
pub use transfer::{OnTransfer, Transfer};

/// Whether this was built to use a network.
pub const HAS_NETWORK: bool = cfg!(feature = "network");

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
#[cfg_attr(not(feature = "network"), allow(dead_code, reason = "nothing is sent"))]
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
pub fn snapshot(model: &HubModel, on_transfer: &mut OnTransfer) -> Result<Snapshot> {
    let settings = Settings::of_environment()?;
    match cache::snapshot(&settings.cache, model) {
        Some(snapshot) if snapshot.missing().is_none() => Ok(snapshot),
        _ => fetch_with(model, &settings, on_transfer),
    }
}

/// Asks the Hub for the newest commit of a revision and fetches what the cache lacks of it.
///
/// # Errors
/// Built without the feature `network`; `HF_HUB_OFFLINE`; no network; a Hub that refuses; a model that lacks
/// files; a cache that cannot be written.
pub fn fetch(model: &HubModel, on_transfer: &mut OnTransfer) -> Result<Snapshot> {
    fetch_with(model, &Settings::of_environment()?, on_transfer)
}

/// Whether the cache holds the whole of a model.
///
/// # Errors
/// No folder for the cache.
pub fn is_cached(model: &HubModel) -> Result<bool> {
    let settings = Settings::of_environment()?;
    Ok(cache::snapshot(&settings.cache, model).is_some_and(|snapshot| snapshot.missing().is_none()))
}

fn fetch_with(model: &HubModel, settings: &Settings, on_transfer: &mut OnTransfer) -> Result<Snapshot> {
    let folder = cache::repository(&settings.cache, &model.id);
    let found = match cache::snapshot(&settings.cache, model) {
        None => format!("{} holds no copy of it", settings.cache.display()),
        Some(snapshot) => match snapshot.missing() {
            None => return if settings.offline { Ok(snapshot) } else { download(model, settings, on_transfer) },
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
    download(model, settings, on_transfer)
}

#[cfg(feature = "network")]
fn download(model: &HubModel, settings: &Settings, on_transfer: &mut OnTransfer) -> Result<Snapshot> {
    download::download(model, settings, on_transfer)
}

/// Sends files to the Hub in one commit and says where it is to be seen.
///
/// # Errors
/// Built without the feature `network`; `HF_HUB_OFFLINE`; no token; no network; a Hub that refuses.
#[cfg(feature = "network")]
pub fn push(push: &Push, on_transfer: &mut OnTransfer) -> Result<String> {
    let settings = Settings::of_environment()?;
    if settings.offline {
        bail!("{}: HF_HUB_OFFLINE forbids to send anything: unset it, or add --dry-run", push.target);
    }
    upload::upload(push, &settings, on_transfer)
}

#[cfg(not(feature = "network"))]
fn download(model: &HubModel, settings: &Settings, _: &mut OnTransfer) -> Result<Snapshot> {
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
#[cfg(not(feature = "network"))]
pub fn push(push: &Push, _: &mut OnTransfer) -> Result<String> {
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
