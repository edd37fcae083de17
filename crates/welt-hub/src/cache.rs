//! The cache that Hugging Face's programs share: the name of a model in, the folder of its files out.
//! How it is laid out is hf-hub's knowledge. Nothing is written here and no network is used.

use std::fs;
use std::path::{Path, PathBuf};

use hf_hub::{Cache, Repo};
use welt_files::model_folder::{ANY_TOKENIZER, CONFIG_FILE, tokenizer_files, weights_files};

use crate::name::HubModel;

/// One commit of a model in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Where its files are.
    pub folder: PathBuf,
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
}

/// The folder of everything that the cache holds of a model.
pub fn repository(cache: &Path, id: &str) -> PathBuf {
    cache.join(Repo::model(id.to_owned()).folder_name())
}

/// The folder of the files of one commit, 40 hexadecimal digits.
pub fn snapshot_folder(cache: &Path, id: &str, commit: &str) -> PathBuf {
    Cache::new(cache.to_owned()).model(id.to_owned()).pointer_path(commit)
}

/// The commit that a revision last meant; none where the cache does not know.
pub fn snapshot(cache: &Path, model: &HubModel) -> Option<Snapshot> {
    let commit = if is_commit(&model.revision) {
        model.revision.clone()
    } else {
        let named = repository(cache, &model.id).join("refs").join(&model.revision);
        fs::read_to_string(named).ok()?.trim().to_owned()
    };
    if !is_commit(&commit) {
        return None;
    }
    let folder = snapshot_folder(cache, &model.id, &commit);
    folder.is_dir().then_some(Snapshot { folder, commit })
}

/// Whether a revision is the full name of a commit, which never means anything else.
pub fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.chars().all(|digit| digit.is_ascii_hexdigit())
}

impl Snapshot {
    /// What a model needs and is not there; none where it is whole.
    pub fn missing(&self) -> Option<String> {
        let has = |name: &str| self.folder.join(name).is_file();
        if !has(CONFIG_FILE) {
            return Some(CONFIG_FILE.to_owned());
        }
        if tokenizer_files(has).is_none() {
            return Some(ANY_TOKENIZER.to_owned());
        }
        let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        match weights_files(&self.folder) {
            Ok(files) if !files.is_empty() => files.iter().find(|file| !file.is_file()).and_then(name),
            _ => Some("weights".to_owned()),
        }
    }
}
