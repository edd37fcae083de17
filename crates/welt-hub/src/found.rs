//! Finds a model: what `--model` says in, the folder of its files out.
//! A folder wins over a name; a preset's short name and a name of the Hub come next. What is in the files is not looked at.

use std::path::{Path, PathBuf};

use crate::error::HubError;
use crate::name::HubModel;

use crate::presets::{PRESETS, Preset};
use crate::snapshot;
use crate::transfer::OnTransfer;

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundModel {
    /// The folder of its files.
    pub folder: PathBuf,
    /// Whether words are lower-cased where its files do not say; none where that is not known.
    pub lower_case: Option<bool>,
    /// Where on the Hub it comes from; none for a folder that was named.
    pub origin: Option<Origin>,
}

/// Where on the Hub a model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What was asked for.
    pub model: HubModel,
    /// The commit that this meant.
    pub commit: String,
}

/// Finds a model, and fetches it where it is on the Hub and not in the cache.
///
/// # Errors
/// A text that is neither a folder nor a name; a model that cannot be fetched.
pub fn find(model: &Path, on_transfer: &mut OnTransfer) -> Result<FoundModel, HubError> {
    if model.exists() {
        return Ok(FoundModel { folder: model.to_owned(), lower_case: None, origin: None });
    }
    let name = named(model)?;
    let snapshot = snapshot(&name, on_transfer)
        .map_err(|reason| HubError::NeitherFolder { folder: model.to_owned(), reason: Box::new(reason) })?;
    tracing::info!("{name}: commit {} in {}", snapshot.commit, snapshot.folder.display());
    // A preset stands for one encoder, so what its files leave open is known of other commits of it too.
    let lower_case = Preset::of(&name.id).map(|preset| preset.lower_case);
    let origin = Some(Origin { model: name, commit: snapshot.commit });
    Ok(FoundModel { folder: snapshot.folder, lower_case, origin })
}

/// The model of the Hub that a text means: a preset's short name, with a revision where one is named, or an id.
///
/// # Errors
/// A text that is neither.
pub fn named(text: &Path) -> Result<HubModel, HubError> {
    let shown = text.display().to_string();
    let (short, revision) = shown.split_once('@').map_or((shown.as_str(), None), |(name, rest)| (name, Some(rest)));
    if let Some(preset) = PRESETS.iter().find(|preset| preset.name.eq_ignore_ascii_case(short)) {
        let revision = revision.unwrap_or(preset.revision);
        if let Some(model) = HubModel::parse(&format!("{}@{revision}", preset.id)) {
            return Ok(model);
        }
    }
    if let Some(model) = HubModel::parse(&shown) {
        return Ok(model);
    }
    Err(HubError::NoName { text: shown })
}
