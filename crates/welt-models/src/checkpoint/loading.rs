//! Puts the weights of a directory into a model: every parameter from its tensor, and every tensor accounted for.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Tensor, TensorData};

use super::names::{PRETRAINED_HEAD, is_classifier, is_skipped, present_day_name};
use super::weights::Weights;
use super::{CheckpointError, TensorProblems, checkpoint_name, is_linear};
use crate::{Architecture, Tagger};

/// Where the tagging head comes from.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Head {
    /// The files.
    Stored,
    /// It is drawn later.
    New,
}

/// A model with the weights of a directory.
pub(super) struct Loaded {
    pub model: Tagger,
    /// The names of the tensors that it does not use.
    pub skipped: Vec<String>,
    /// Whether the head of the pre-training has to be drawn anew.
    pub lacks_head: bool,
}

/// Reads the weights of a directory into a model.
pub(super) fn load_weights(
    dir: &Path,
    (model, architecture): (Tagger, Architecture),
    head: Head,
) -> Result<Loaded, CheckpointError> {
    let weights = Weights::open(dir)?;
    let mut stored = BTreeMap::new();
    let mut skipped = Vec::new();
    let mut problems = TensorProblems::default();
    for name in weights.names() {
        if is_skipped(name, architecture) || (head == Head::New && is_classifier(name)) {
            skipped.push(name.to_owned());
        } else if stored.insert(present_day_name(name, architecture), name.to_owned()).is_some() {
            problems.left_over.push(name.to_owned());
        }
    }
    let mut loader =
        Loader { weights: &weights, head, path: Vec::new(), stored, problems, lacks_head: false, failure: None };
    let model = model.map(&mut loader);
    let Loader { stored, mut problems, lacks_head, failure, .. } = loader;
    problems.left_over.extend(stored.into_values());
    if problems.is_empty() {
        return failure.map_or(Ok(Loaded { model, skipped, lacks_head }), Err);
    }
    for names in [&mut problems.missing, &mut problems.left_over, &mut problems.unusable] {
        names.sort();
    }
    Err(CheckpointError::Tensors { path: weights.path.clone(), problems })
}

struct Loader<'a> {
    weights: &'a Weights,
    head: Head,
    path: Vec<(String, bool)>,
    /// The tensors that no parameter has taken yet: their names of today and in the files.
    stored: BTreeMap<String, String>,
    problems: TensorProblems,
    /// Whether a head of the pre-training is wanted and not there, as in an encoder that was published alone.
    lacks_head: bool,
    /// The first tensor that could not be read.
    failure: Option<CheckpointError>,
}

impl ModuleMapper for Loader<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.push((name.to_owned(), is_linear(container)));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let names: Vec<&str> = self.path.iter().map(|(name, _)| name.as_str()).collect();
        let name = checkpoint_name(&names.join("."));
        if self.head == Head::New && is_classifier(&name) {
            return param;
        }
        let Some(stored) = self.stored.remove(&name) else {
            if self.head == Head::New && name.starts_with(PRETRAINED_HEAD) {
                self.lacks_head = true;
                return param;
            }
            self.problems.missing.push(name);
            return param;
        };
        let turned = D == 2 && self.path.iter().any(|(_, linear)| *linear);
        let shape = param.lazy_shape();
        if !self.fits(&stored, &shape.to_vec(), turned) || self.failure.is_some() {
            return param;
        }
        match self.numbers(&stored, turned) {
            Ok(numbers) => {
                let device = param.lazy_device();
                let tensor = Tensor::from_data(TensorData::new(numbers, shape), (&device, DType::F32));
                let id = param.id;
                param.transform_for_load(tensor, id)
            }
            Err(error) => {
                self.failure = Some(error);
                param
            }
        }
    }
}

impl Loader<'_> {
    /// Whether a tensor is one of weights and has the shape of its parameter; nothing is read or reserved before.
    fn fits(&mut self, name: &str, shape: &[usize], turned: bool) -> bool {
        let mut expected = shape.to_vec();
        if turned {
            expected.reverse();
        }
        let problem = match self.weights.get(name) {
            Some(tensor) if tensor.format.size().is_none() => {
                format!("{name} holds {:?} instead of floating point", tensor.format)
            }
            Some(tensor) if tensor.shape != expected => {
                format!("{name} has shape {:?} instead of {expected:?}", tensor.shape)
            }
            _ => return true,
        };
        self.problems.unusable.push(problem);
        false
    }

    fn numbers(&self, name: &str, turned: bool) -> Result<Vec<f32>, CheckpointError> {
        let numbers = if turned { self.weights.read_transposed(name)? } else { self.weights.read(name)? };
        let Some(index) = numbers.iter().position(|number| !number.is_finite()) else { return Ok(numbers) };
        let shape = self.weights.get(name).map(|tensor| tensor.shape.clone()).unwrap_or_default();
        let position = match shape[..] {
            [n_rows, _] if turned => vec![index % n_rows, index / n_rows],
            [_, n_columns] => vec![index / n_columns, index % n_columns],
            _ => vec![index],
        };
        let (path, tensor) = (self.weights.file_of(name).to_owned(), name.to_owned());
        Err(CheckpointError::NotFinite { path, tensor, value: numbers[index], position })
    }
}
