//! Model directories as Hugging Face lays them out: `config.json` and weights in, and out as `model.safetensors`.
//! Tokenizer files belong to whoever made the sub-words; labels are names that are stored and handed back.
//!
//! Weights may lie in `model.safetensors` or `pytorch_model.bin` of any version, whole or in parts, in half, single or
//! double precision; no code of theirs is run.

mod error;
mod loading;
mod names;
mod pickle;
mod safetensors;
mod stored;
mod torch;
mod weights;

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use serde_json::{Map, Value, json};
use welt_files::model_folder::CONFIG_FILE;

pub use error::{CheckpointError, TensorProblems};
pub use names::checkpoint_name;
pub use stored::WeightFormat;

use crate::{Architecture, EncoderConfig, Tagger};
use error::Fault;
use loading::{Head, Loaded, load_weights};
use weights::Weights;

/// The file that holds the weights of a model that was written here.
pub const WEIGHTS_FILE: &str = "model.safetensors";

/// A model that was read, with what its directory says about it.
#[derive(Debug)]
pub struct Checkpoint {
    /// The sizes.
    pub config: EncoderConfig,
    /// The names of the labels, in the order of the scores.
    pub labels: Vec<String>,
    /// The model.
    pub model: Tagger,
    /// Tensors of the files that tagging does not use, by their names there: pre-training heads, the pooler, constants.
    pub skipped: Vec<String>,
}

/// Reads a fine-tuned tagger: encoder, head and label names.
///
/// # Errors
/// A file that is absent, damaged or of another architecture; tensors missing, left over or of another shape; weights
/// that are no numbers; a configuration without label names.
pub fn load_tagger(dir: &Path, device: &Device) -> Result<Checkpoint, CheckpointError> {
    let config = read_config(dir)?;
    refuse_other_tasks(dir, &config)?;
    let labels = labels(dir, &config)?;
    let Loaded { model, skipped, .. } = load_weights(dir, undrawn(&config, &labels, device), Head::Stored)?;
    Ok(Checkpoint { config, labels, model, skipped })
}

/// The names of the labels of a fine-tuned tagger, in the order of the scores; its weights are not read.
///
/// # Errors
/// As [`read_config`]; a configuration without label names.
pub fn read_labels(dir: &Path) -> Result<Vec<String>, CheckpointError> {
    labels(dir, &read_config(dir)?)
}

/// Reads an encoder and puts a newly drawn head for `labels` on it; a head in the checkpoint is skipped.
///
/// # Errors
/// As [`load_tagger`], except that label names and head are not needed.
pub fn load_encoder(
    dir: &Path,
    labels: Vec<String>,
    seed: u64,
    device: &Device,
) -> Result<Checkpoint, CheckpointError> {
    let config = read_config(dir)?;
    check_labels(dir, &labels)?;
    let Loaded { mut model, skipped, lacks_head } = load_weights(dir, undrawn(&config, &labels, device), Head::New)?;
    if lacks_head {
        model.head = config.init_head(seed, device);
    }
    model.classifier = config.init_classifier(labels.len(), seed, device);
    Ok(Checkpoint { config, labels, model, skipped })
}

/// Draws every weight anew, for the sizes that the directory states.
///
/// # Errors
/// A configuration that is absent or unusable.
pub fn from_scratch(
    dir: &Path,
    labels: Vec<String>,
    seed: u64,
    device: &Device,
) -> Result<Checkpoint, CheckpointError> {
    let config = read_config(dir)?;
    check_labels(dir, &labels)?;
    let model = config.init(labels.len(), seed, device);
    Ok(Checkpoint { config, labels, model, skipped: Vec::new() })
}

/// A model to read weights into.
fn undrawn(config: &EncoderConfig, labels: &[String], device: &Device) -> (Tagger, Architecture) {
    (config.undrawn(labels.len(), device), config.model_type)
}

/// Reads `config.json` and checks that it describes a model of one of the architectures.
///
/// Where it does not say which, as the oldest do not, the names of the tensors do.
///
/// # Errors
/// A file that is absent, not JSON, of another architecture, or that contradicts itself.
pub fn read_config(dir: &Path) -> Result<EncoderConfig, CheckpointError> {
    let path = dir.join(CONFIG_FILE);
    let in_run = dir.join("model");
    if !dir.join(WEIGHTS_FILE).exists() && in_run.join(WEIGHTS_FILE).is_file() {
        return Err(CheckpointError::Run { dir: dir.to_owned(), model: in_run });
    }
    if !path.exists() {
        let found = match std::fs::metadata(dir) {
            Ok(metadata) if metadata.is_dir() => format!("there is no {CONFIG_FILE} here, only {}", listing(dir)),
            Ok(_) => "is a file".to_owned(),
            Err(error) => error.to_string(),
        };
        return Err(CheckpointError::NoModel { dir: dir.to_owned(), found });
    }
    let text = std::fs::read_to_string(&path).map_err(|error| Fault::Io(error).at(&path))?;
    let wrong = |error| CheckpointError::Config { path: path.clone(), error };
    let entries: Map<String, Value> = serde_json::from_str(&text).map_err(wrong)?;
    let stated = stated_architecture(&path, &entries)?;
    let mut config = EncoderConfig::from_json(&text).map_err(wrong)?;
    config.model_type = stated.unwrap_or_else(|| {
        // Weights that cannot be read are complained about when they are.
        Weights::open(dir).map_or(Architecture::Bert, |weights| names::architecture(weights.names()))
    });
    let unusable = |error: crate::SizeError| Fault::Unusable { found: error.found, expected: error.expected }.at(&path);
    config.check().map_err(unusable)?;
    Ok(config)
}

/// The architecture is looked at before the sizes, which have other names elsewhere; none where it is not stated.
fn stated_architecture(path: &Path, entries: &Map<String, Value>) -> Result<Option<Architecture>, CheckpointError> {
    let Some(name) = entries.get("model_type").and_then(Value::as_str) else { return Ok(None) };
    Architecture::of(name).map(Some).ok_or_else(|| {
        let known = Architecture::ALL.map(Architecture::name).to_vec();
        CheckpointError::Architecture { path: path.to_owned(), found: name.to_owned(), known }
    })
}

/// What classes of transformers that do not tag are called, behind the name of the architecture; heads of some have the
/// names and shapes of one that tags.
const OTHER_TASKS: [&str; 3] = ["ForSequenceClassification", "ForQuestionAnswering", "ForMultipleChoice"];

/// Refuses a model that was fine-tuned for another task.
fn refuse_other_tasks(dir: &Path, config: &EncoderConfig) -> Result<(), CheckpointError> {
    let classes = config.other.get("architectures").and_then(Value::as_array).into_iter().flatten();
    let is_other = |class: &&str| OTHER_TASKS.iter().any(|task| class.ends_with(task));
    classes.filter_map(Value::as_str).find(is_other).map_or(Ok(()), |class| {
        let expected =
            "a model that was fine-tuned to tag words, such as ...ForTokenClassification; fine-tune this one";
        Err(Fault::Unusable { found: format!("architectures has {class}"), expected }.at(&dir.join(CONFIG_FILE)))
    })
}

/// The names under `id2label`, if they count up from 0.
fn labels(dir: &Path, config: &EncoderConfig) -> Result<Vec<String>, CheckpointError> {
    let names = || {
        let names: BTreeMap<String, String> = serde_json::from_value(config.other.get("id2label")?.clone()).ok()?;
        (0..names.len()).map(|index| names.get(&index.to_string()).cloned()).collect::<Option<Vec<_>>>()
    };
    let names = names().ok_or_else(|| CheckpointError::Unusable {
        path: dir.join(CONFIG_FILE),
        found: "no usable id2label".to_owned(),
        expected: "a name for every label from 0 on, as in a fine-tuned tagger",
    })?;
    check_labels(dir, &names)?;
    Ok(names)
}

/// Refuses a head that no memory could hold the scores of.
fn check_labels(dir: &Path, labels: &[String]) -> Result<(), CheckpointError> {
    let unusable = |error: crate::SizeError| Fault::Unusable { found: error.found, expected: error.expected };
    EncoderConfig::check_labels(labels.len()).map_err(|error| unusable(error).at(&dir.join(CONFIG_FILE)))
}

/// The names of the files in a directory, for a message.
fn listing(dir: &Path) -> String {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Writes `config.json` and `model.safetensors` so that Python's transformers loads them as a token classifier.
///
/// Weights are rounded to `format`. Each file is written beside its place and then renamed; the directory is made if
/// need be.
///
/// # Errors
/// A directory or file that cannot be written; a weight that is too large for the format.
pub fn save(dir: &Path, checkpoint: &Checkpoint, format: WeightFormat) -> Result<(), CheckpointError> {
    std::fs::create_dir_all(dir).map_err(|error| Fault::Io(error).at(dir))?;
    let mut config = checkpoint.config.clone();
    let names = checkpoint.labels.iter().enumerate();
    let id2label: serde_json::Map<_, _> = names.clone().map(|(index, name)| (index.to_string(), json!(name))).collect();
    let label2id: serde_json::Map<_, _> = names.map(|(index, name)| (name.clone(), json!(index))).collect();
    config.other.insert("architectures".to_owned(), json!([config.model_type.token_classifier()]));
    config.other.insert("id2label".to_owned(), id2label.into());
    config.other.insert("label2id".to_owned(), label2id.into());
    // What is written has this precision and these labels, whatever the checkpoint that was read said of itself.
    for entry in ["dtype", "torch_dtype", "num_labels"] {
        config.other.remove(entry);
    }
    config.other.insert("dtype".to_owned(), json!(format.name_in_config()));
    if config.model_type == Architecture::Electra {
        config.embedding_size = Some(config.embedding_width());
    }
    write_file(dir, CONFIG_FILE, |out| {
        match config.model_type {
            Architecture::ModernBert => serde_json::to_writer_pretty(&mut *out, &config.to_entries()?)?,
            _ => serde_json::to_writer_pretty(&mut *out, &config)?,
        }
        Ok(())
    })?;
    write_file(dir, WEIGHTS_FILE, |out| write_weights(out, &checkpoint.model, format))
}

/// Writes a file beside its place and renames it.
fn write_file(
    dir: &Path,
    name: &str,
    write: impl FnOnce(&mut BufWriter<&mut std::fs::File>) -> std::io::Result<()>,
) -> Result<(), CheckpointError> {
    let path = dir.join(name);
    let io = |error: std::io::Error| Fault::Io(error).at(&path);
    // Opened here and not by `tempfile`, whose files nobody else may read.
    let mut file = tempfile::Builder::new().make_in(dir, |path| std::fs::File::create_new(path)).map_err(io)?;
    let mut out = BufWriter::new(file.as_file_mut());
    write(&mut out).and_then(|()| out.flush()).map_err(io)?;
    drop(out);
    file.persist(&path).map_err(|error| io(error.error))?;
    Ok(())
}

/// The header and then one tensor after the other, so that none is in memory twice but the one that is being written.
fn write_weights(out: &mut impl Write, model: &Tagger, format: WeightFormat) -> std::io::Result<()> {
    let mut list = Parameters {
        path: Vec::new(),
        seen: |name, shape: Vec<usize>, _: Numbers| Ok((name, shape)),
        found: Vec::new(),
    };
    model.visit(&mut list);
    let tensors = list.found.into_iter().collect::<std::io::Result<Vec<_>>>()?;
    out.write_all(&safetensors::header(&tensors, format)?)?;
    let mut numbers = Parameters {
        path: Vec::new(),
        seen: |name, _, numbers: Numbers| {
            let numbers = numbers()?;
            if let Some(number) = numbers.iter().find(|number| number.is_finite() && !format.holds(**number)) {
                let limit = format.largest();
                let message =
                    format!("{name} holds {number}, and the format at most {limit}: choose another precision");
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, message));
            }
            safetensors::write_numbers(out, &numbers, format)
        },
        found: Vec::new(),
    };
    model.visit(&mut numbers);
    numbers.found.into_iter().collect()
}

/// Hands out the numbers of a parameter as a checkpoint has them.
type Numbers<'a> = &'a dyn Fn() -> std::io::Result<Vec<f32>>;

/// Visits parameters by the names and in the layout of a checkpoint.
struct Parameters<F, R> {
    path: Vec<(String, bool)>,
    seen: F,
    found: Vec<std::io::Result<R>>,
}

impl<R, F: FnMut(String, Vec<usize>, Numbers) -> std::io::Result<R>> ModuleVisitor for Parameters<F, R> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.push((name.to_owned(), is_linear(container)));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let names: Vec<&str> = self.path.iter().map(|(name, _)| name.as_str()).collect();
        let turned = D == 2 && self.path.iter().any(|(_, linear)| *linear);
        let mut shape = param.lazy_shape().to_vec();
        if turned {
            shape.reverse();
        }
        let numbers = || {
            let tensor = if turned { param.val().swap_dims(0, 1) } else { param.val() };
            let data = tensor.into_data().convert::<f32>();
            data.try_into_vec::<f32>().map_err(|error| std::io::Error::other(format!("{error:?}")))
        };
        self.found.push((self.seen)(checkpoint_name(&names.join(".")), shape, &numbers));
    }
}

/// Whether a module of this kind holds a matrix that checkpoints have the other way round.
fn is_linear(container: &str) -> bool {
    container.ends_with("Linear")
}
