//! The weights of a model directory, whatever files they lie in: names in, numbers out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::Fault;
use super::stored::StoredTensor;
use super::{CheckpointError, WEIGHTS_FILE, listing, safetensors, torch};

/// How a file of weights is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Safetensors,
    Torch,
}

/// The files that weights may lie in, the best first; an index names the files of its parts.
const FORMS: [(&str, Container); 4] = [
    (WEIGHTS_FILE, Container::Safetensors),
    ("model.safetensors.index.json", Container::Safetensors),
    ("pytorch_model.bin", Container::Torch),
    ("pytorch_model.bin.index.json", Container::Torch),
];

/// What an index says: the file of every tensor.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Every tensor of a model directory, open to be read.
pub(super) struct Weights {
    /// What to name in messages: the file, or the index of its parts.
    pub path: PathBuf,
    parts: Vec<(PathBuf, File)>,
    /// By the name in the file: the part and the place in it.
    tensors: BTreeMap<String, (usize, StoredTensor)>,
}

/// The files of a model directory that hold its weights, an index before its parts; none where there are no weights.
///
/// # Errors
/// An index that cannot be read.
pub fn weights_files(dir: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    let Some((path, _)) = main_file(dir) else { return Ok(Vec::new()) };
    let parts = if is_index(&path) { part_files(&path)?.into_keys().collect() } else { Vec::new() };
    Ok([path].into_iter().chain(parts).collect())
}

fn main_file(dir: &Path) -> Option<(PathBuf, Container)> {
    FORMS.into_iter().map(|(name, container)| (dir.join(name), container)).find(|(path, _)| path.is_file())
}

fn is_index(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// The parts that an index names, each with the tensors that it should hold.
fn part_files(index: &Path) -> Result<BTreeMap<PathBuf, BTreeSet<String>>, CheckpointError> {
    let unusable = |found: String, expected| CheckpointError::Unusable { path: index.to_owned(), found, expected };
    let text = std::fs::read(index).map_err(|error| Fault::Io(error).at(index))?;
    let Index { weight_map } = serde_json::from_slice(&text)
        .map_err(|error| unusable(error.to_string(), "an index with a weight_map from tensors to files"))?;
    let dir = index.parent().unwrap_or(Path::new(""));
    let mut parts: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for (tensor, file) in weight_map {
        // An index that somebody else wrote has no say over other folders.
        if Path::new(&file).file_name().is_none_or(|name| name != file.as_str()) {
            return Err(unusable(format!("{tensor} is in `{file}`"), "the name of a file beside the index"));
        }
        parts.entry(dir.join(file)).or_default().insert(tensor);
    }
    Ok(parts)
}

impl Weights {
    /// Finds the tensors of a directory; none of their numbers are read.
    pub fn open(dir: &Path) -> Result<Self, CheckpointError> {
        let (path, container) =
            main_file(dir).ok_or_else(|| CheckpointError::NoWeights { dir: dir.to_owned(), found: listing(dir) })?;
        let mut weights = Self { path: path.clone(), parts: Vec::new(), tensors: BTreeMap::new() };
        if !is_index(&path) {
            weights.add(path, container)?;
            return Ok(weights);
        }
        for (part, names) in part_files(&path)? {
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
