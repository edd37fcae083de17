//! The weights of a model directory, whatever files they lie in: names in, numbers out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use welt_files::model_folder::{is_index, main_weights_file, parts_of_index};

use super::error::Fault;
use super::stored::StoredTensor;
use super::{CheckpointError, listing, safetensors, torch};

/// How a file of weights is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Safetensors,
    Torch,
}

/// Every tensor of a model directory, open to be read.
pub(super) struct Weights {
    /// What to name in messages: the file, or the index of its parts.
    pub path: PathBuf,
    parts: Vec<(PathBuf, File)>,
    /// By the name in the file: the part and the index in it.
    tensors: BTreeMap<String, (usize, StoredTensor)>,
}

impl Container {
    /// What a file of weights is, or the index of such files.
    fn of(path: &Path) -> Self {
        let is_torch = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pytorch_model."));
        if is_torch { Self::Torch } else { Self::Safetensors }
    }
}

impl Weights {
    /// Finds the tensors of a directory; none of their numbers are read.
    pub fn open(dir: &Path) -> Result<Self, CheckpointError> {
        let path = main_weights_file(dir)
            .ok_or_else(|| CheckpointError::NoWeights { dir: dir.to_owned(), found: listing(dir) })?;
        let container = Container::of(&path);
        let mut weights = Self { path: path.clone(), parts: Vec::new(), tensors: BTreeMap::new() };
        if !is_index(&path) {
            weights.add(path, container)?;
            return Ok(weights);
        }
        for (part, names) in parts_of_index(&path)? {
            let held = weights.add(part.clone(), container)?;
            if let Some(absent) = names.difference(&held).next() {
                let found = format!("{absent} is in {} and is not there", part.display());
                return Err(CheckpointError::Unusable { path, found, expected: "the index of these very files" });
            }
        }
        Ok(weights)
    }

    /// Adds the tensors of one file and says which they are.
    fn add(&mut self, path: PathBuf, container: Container) -> Result<BTreeSet<String>, CheckpointError> {
        let file = File::open(&path).map_err(|error| Fault::Io(error).at(&path))?;
        let tensors = match container {
            Container::Safetensors => safetensors::tensors(&file),
            Container::Torch => torch::tensors(&file),
        };
        let tensors = tensors.map_err(|fault| fault.at(&path))?;
        if let Some(doubled) = tensors.keys().find(|name| self.tensors.contains_key(*name)) {
            let found = format!("{doubled} is in {} too", self.file_of(doubled).display());
            return Err(CheckpointError::Unusable { path, found, expected: "each tensor in one part" });
        }
        let names = tensors.keys().cloned().collect();
        let part = self.parts.len();
        self.tensors.extend(tensors.into_iter().map(|(name, tensor)| (name, (part, tensor))));
        self.parts.push((path, file));
        Ok(names)
    }

    /// The names of all tensors, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// What is known of a tensor before it is read.
    pub fn get(&self, name: &str) -> Option<&StoredTensor> {
        self.tensors.get(name).map(|(_, tensor)| tensor)
    }

    /// The file that a tensor lies in.
    pub fn file_of(&self, name: &str) -> &Path {
        self.tensors.get(name).map_or(&self.path, |(part, _)| &self.parts[*part].0)
    }

    /// The numbers of a tensor, the last dimension together.
    pub fn read(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        self.read_by(name, StoredTensor::read)
    }

    /// The numbers of a matrix, the first dimension together.
    pub fn read_transposed(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        self.read_by(name, StoredTensor::read_transposed)
    }

    fn read_by(
        &self,
        name: &str,
        read: impl Fn(&StoredTensor, &File) -> std::io::Result<Vec<f32>>,
    ) -> Result<Vec<f32>, CheckpointError> {
        let numbers = match self.tensors.get(name) {
            Some((part, tensor)) => read(tensor, &self.parts[*part].1),
            None => Err(std::io::ErrorKind::NotFound.into()),
        };
        numbers.map_err(|error| Fault::Io(error).at(self.file_of(name)))
    }
}
