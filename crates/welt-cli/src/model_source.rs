//! Finds a model by what `--model` says, with a bar for what is fetched; what is found comes out in the types of those who read and record it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use welt_record::Origin;
use welt_subwords::CasingChoice;

use crate::progress;

/// Where a model is.
pub struct FoundModel {
    /// The folder of its files.
    pub folder: PathBuf,
    /// What happens to the letters of words where its files do not say.
    pub casing: CasingChoice,
    /// Where on the Hub it comes from; none for a folder that was named.
    pub origin: Option<Origin>,
}

/// Finds a model, and fetches it where it is on the Hub and not in the cache.
///
/// # Errors
/// A text that is neither a folder nor a name; a model that cannot be fetched.
pub fn find(model: &Path) -> Result<FoundModel> {
    let found = welt_hub::find(model, &mut progress::transfers())?;
    let origin = |welt_hub::Origin { model, commit }| Origin { id: model.id, revision: model.revision, commit };
    let casing = CasingChoice::if_unstated(found.lower_case);
    Ok(FoundModel { folder: found.folder, casing, origin: found.origin.map(origin) })
}
