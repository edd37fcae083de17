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
//! # Ok::<(), welt_hub::HubError>(())
//! ```
#![forbid(unsafe_code)]

#[cfg_attr(not(feature = "network"), allow(dead_code, reason = "nobody is asked"))]
mod address;
#[cfg(feature = "network")]
mod api;
mod cache;
#[cfg(feature = "network")]
mod download;
mod error;
mod found;
#[cfg(feature = "network")]
mod head;
#[cfg(test)]
#[cfg(feature = "network")]
mod hostile_hub;
mod name;
#[cfg(feature = "network")]
mod part;
mod presets;
#[cfg(feature = "network")]
mod refusal;
#[cfg_attr(not(feature = "network"), allow(dead_code, reason = "nobody is asked"))]
mod settings;
mod transfer;
#[cfg(feature = "network")]
mod upload;

use std::path::PathBuf;

pub use cache::Snapshot;
pub use error::{Alone, Cached, HubError, Purpose, Refusal, Refused};
pub use found::{FoundModel, Origin, find, named};
pub use name::{HubModel, MAIN};
pub use presets::{PRESETS, Preset};
use settings::Settings;
pub use transfer::{OnTransfer, Transfer};

/// Whether this was built to use a network.
pub const HAS_NETWORK: bool = cfg!(feature = "network");

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

/// The copy of a model in the cache where it is whole, without asking anybody; else the model is fetched.
///
/// # Errors
/// As [`fetch`].
pub fn snapshot(model: &HubModel, on_transfer: &mut OnTransfer) -> Result<Snapshot, HubError> {
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
pub fn fetch(model: &HubModel, on_transfer: &mut OnTransfer) -> Result<Snapshot, HubError> {
    fetch_with(model, &Settings::of_environment()?, on_transfer)
}

/// Whether the cache holds the whole of a model.
///
/// # Errors
/// No folder for the cache.
pub fn is_cached(model: &HubModel) -> Result<bool, HubError> {
    let settings = Settings::of_environment()?;
    Ok(cache::snapshot(&settings.cache, model).is_some_and(|snapshot| snapshot.missing().is_none()))
}

fn fetch_with(model: &HubModel, settings: &Settings, on_transfer: &mut OnTransfer) -> Result<Snapshot, HubError> {
    let reason = match (settings.offline, HAS_NETWORK) {
        (false, true) => return download(model, settings, on_transfer),
        (true, _) => Alone::Offline,
        (false, false) => Alone::NoNetwork,
    };
    let found = match cache::snapshot(&settings.cache, model) {
        None => Cached::Nothing { cache: settings.cache.clone() },
        Some(snapshot) => match snapshot.missing() {
            None => return Ok(snapshot),
            Some(missing) => Cached::Part { folder: snapshot.folder, missing },
        },
    };
    let folder = cache::repository(&settings.cache, &model.id);
    Err(HubError::NotFetched { model: model.clone(), found, reason, folder })
}

#[cfg(feature = "network")]
fn download(model: &HubModel, settings: &Settings, on_transfer: &mut OnTransfer) -> Result<Snapshot, HubError> {
    download::download(model, settings, on_transfer)
}

/// Sends files to the Hub in one commit and says where it is to be seen.
///
/// # Errors
/// Built without the feature `network`; `HF_HUB_OFFLINE`; no token; no network; a Hub that refuses.
pub fn push(push: &Push, on_transfer: &mut OnTransfer) -> Result<String, HubError> {
    let settings = Settings::of_environment()?;
    let reason = match (settings.offline, HAS_NETWORK) {
        (false, true) => return upload(push, &settings, on_transfer),
        (true, _) => Alone::Offline,
        (false, false) => Alone::NoNetwork,
    };
    Err(HubError::NotSent { target: push.target.clone(), reason })
}

#[cfg(feature = "network")]
fn upload(push: &Push, settings: &Settings, on_transfer: &mut OnTransfer) -> Result<String, HubError> {
    upload::upload(push, settings, on_transfer)
}

// Without a network neither is ever called.
#[cfg(not(feature = "network"))]
fn download(model: &HubModel, settings: &Settings, _: &mut OnTransfer) -> Result<Snapshot, HubError> {
    let found = Cached::Nothing { cache: settings.cache.clone() };
    let folder = cache::repository(&settings.cache, &model.id);
    Err(HubError::NotFetched { model: model.clone(), found, reason: Alone::NoNetwork, folder })
}

#[cfg(not(feature = "network"))]
fn upload(push: &Push, _: &Settings, _: &mut OnTransfer) -> Result<String, HubError> {
    Err(HubError::NotSent { target: push.target.clone(), reason: Alone::NoNetwork })
}

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
