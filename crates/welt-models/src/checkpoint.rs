//! Model directories as Hugging Face lays them out: `config.json` and `model.safetensors` in and out.
//! Tokenizer files belong to whoever made the sub-words; labels are names that are stored and handed back.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use burn::store::{
    ApplyError, BurnToPyTorchAdapter, FloatCastAdapter, KeyRemapper, ModuleAdapter, ModuleSnapshot,
    PyTorchToBurnAdapter, SafetensorsStore, SafetensorsStoreError,
};
use burn::tensor::{DType, Device};
use serde_json::{Value, json};

use crate::bert::{BertConfig, BertForTokenClassification, LAYER_NAMES};

/// The file that holds the sizes.
pub const CONFIG_FILE: &str = "config.json";
/// The file that holds the weights.
pub const WEIGHTS_FILE: &str = "model.safetensors";

/// Tensors that published checkpoints hold and tagging does not use: pre-training heads, the pooler, a constant.
const IGNORED: [&str; 3] = ["cls.", "pooler.", "position_ids"];

/// Why a model directory could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file could not be read or written.
    #[error("{}: cannot be read or written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no such directory, or no configuration in it.
    #[error("{}: {found}: expected the directory of a model, with {CONFIG_FILE}; check the path", dir.display())]
    NoModel {
        /// The directory.
        dir: PathBuf,
        /// What is there.
        found: String,
    },
    /// The directory is that of a training run.
    #[error("{}: is the directory of a run, and its model is in {}: name that one", dir.display(), model.display())]
    Run {
        /// The directory.
        dir: PathBuf,
        /// The directory of the model.
        model: PathBuf,
    },
    /// The configuration is not JSON, or lacks a number.
    #[error(
        "{}:{}:{}: {}: expected the {CONFIG_FILE} of a BERT model",
        path.display(), error.line(), error.column(), without_place(error)
    )]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line and column.
        error: serde_json::Error,
    },
    /// The configuration asks for what is not there, or contradicts itself.
    #[error("{}: {found}: expected {expected}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What would be usable.
        expected: &'static str,
    },
    /// There are no weights in the directory.
    #[error(
        "{dir}: there is no {WEIGHTS_FILE} here, only {found}: expected a model directory with safetensors weights; \
         from a pytorch_model.bin Python's transformers makes them: \
         AutoModel.from_pretrained(\"{dir}\").save_pretrained(\"{dir}\")",
        dir = dir.display()
    )]
    NoWeights {
        /// The directory.
        dir: PathBuf,
        /// What is there.
        found: String,
    },
    /// The file is not a safetensors file, or is cut off.
    #[error("{}: not a complete safetensors file ({reason}): fetch it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// The tensors are not those of the architecture that `config.json` describes.
    #[error("{}: {problems}; put the two files of one model side by side", path.display())]
    Tensors {
        /// The file.
        path: PathBuf,
        /// Every problem, by tensor name.
        problems: TensorProblems,
    },
}

/// What is wrong with the tensors of a checkpoint, each by its name there (the prefix `bert.` may be absent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorProblems {
    /// Tensors that the model needs and the file lacks.
    pub missing: Vec<String>,
    /// Tensors that the file holds and the model has no place for.
    pub left_over: Vec<String>,
    /// Tensors that cannot be used, each with what was found and what was expected.
    pub unusable: Vec<String>,
}

impl std::fmt::Display for TensorProblems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [("missing", &self.missing), ("left over", &self.left_over), ("unusable", &self.unusable)];
        f.write_str("the tensors are not those that config.json describes")?;
        for (what, names) in parts.into_iter().filter(|(_, names)| !names.is_empty()) {
            let shown = names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
            let rest = names.len().saturating_sub(8);
            write!(f, "; {what}: {shown}")?;
            if rest > 0 {
                write!(f, " and {rest} more")?;
            }
        }
        Ok(())
    }
}

/// A model that was read, with what its directory says about it.
#[derive(Debug)]
pub struct Checkpoint {
    /// The sizes.
    pub config: BertConfig,
    /// The names of the labels, in the order of the scores.
    pub labels: Vec<String>,
    /// The model.
    pub model: BertForTokenClassification,
}

/// Reads a fine-tuned tagger: encoder, head and label names.
///
/// # Errors
/// A file that is absent, damaged or of another architecture; tensors missing, left over or of another shape; a
/// configuration without label names.
pub fn load_tagger(dir: &Path, device: &Device) -> Result<Checkpoint, CheckpointError> {
    let config = read_config(dir)?;
    let labels = labels(&config).ok_or_else(|| CheckpointError::Unusable {
        path: dir.join(CONFIG_FILE),
        found: "no usable id2label".to_owned(),
        expected: "a name for every label from 0 on, as in a fine-tuned tagger",
    })?;
    let model = load_weights(dir, config.undrawn(labels.len(), device), Head::Stored)?;
    Ok(Checkpoint { config, labels, model })
}

/// Reads an encoder and puts a newly drawn head for `labels` on it; a head in the checkpoint is ignored.
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
    let mut model = load_weights(dir, config.undrawn(labels.len(), device), Head::New)?;
    model.classifier = config.init_classifier(labels.len(), seed, device);
    Ok(Checkpoint { config, labels, model })
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
    let model = config.init(labels.len(), seed, device);
    Ok(Checkpoint { config, labels, model })
}

/// Reads `config.json` and checks that it describes a BERT model.
///
/// # Errors
/// A file that is absent, not JSON, of another architecture, or that contradicts itself.
pub fn read_config(dir: &Path) -> Result<BertConfig, CheckpointError> {
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
    let text = std::fs::read_to_string(&path).map_err(|source| CheckpointError::Io { path: path.clone(), source })?;
    refuse_other_models(&path, &text)?;
    let config: BertConfig =
        serde_json::from_str(&text).map_err(|error| CheckpointError::Config { path: path.clone(), error })?;
    match contradiction(&config) {
        Some((found, expected)) => Err(CheckpointError::Unusable { path, found, expected }),
        None => Ok(config),
    }
}

/// What no model can be built with, and what could be.
fn contradiction(config: &BertConfig) -> Option<(String, &'static str)> {
    let sizes = [
        ("vocab_size", config.vocab_size),
        ("hidden_size", config.hidden_size),
        ("num_hidden_layers", config.num_hidden_layers),
        ("num_attention_heads", config.num_attention_heads),
        ("intermediate_size", config.intermediate_size),
        ("max_position_embeddings", config.max_position_embeddings),
        ("type_vocab_size", config.type_vocab_size),
    ];
    if let Some((name, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
        return Some((format!("{name} is 0"), "a whole number above 0"));
    }
    if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
        let found = format!("hidden_size {} with {} attention heads", config.hidden_size, config.num_attention_heads);
        return Some((found, "a hidden size that its heads divide"));
    }
    if let Some(pad) = config.pad_token_id.filter(|&pad| pad as usize >= config.vocab_size) {
        return Some((format!("pad_token_id is {pad}"), "a sub-word of the vocabulary"));
    }
    let probabilities = [
        config.hidden_dropout_prob,
        config.attention_probs_dropout_prob,
        config.classifier_dropout.unwrap_or(config.hidden_dropout_prob),
    ];
    if !probabilities.iter().all(|probability| (0.0..1.0).contains(probability)) {
        return Some((format!("dropout probabilities {probabilities:?}"), "numbers from 0 to below 1"));
    }
    let positive = [("layer_norm_eps", config.layer_norm_eps), ("initializer_range", config.initializer_range)];
    if let Some((name, found)) = positive.into_iter().find(|(_, number)| !(number.is_finite() && *number > 0.0)) {
        return Some((format!("{name} is {found}"), "a finite number above 0"));
    }
    match config.other.get("position_embedding_type").and_then(Value::as_str) {
        None | Some("absolute") => None,
        Some(other) => Some((format!("position_embedding_type is `{other}`"), "`absolute`, the only one that is read")),
    }
}

/// The architecture is looked at before the sizes, which have other names elsewhere.
fn refuse_other_models(path: &Path, text: &str) -> Result<(), CheckpointError> {
    let config: Value =
        serde_json::from_str(text).map_err(|error| CheckpointError::Config { path: path.to_owned(), error })?;
    match config.get("model_type").and_then(Value::as_str) {
        None | Some("bert") => Ok(()),
        Some(other) => Err(CheckpointError::Unusable {
            path: path.to_owned(),
            found: format!("model_type is `{other}`"),
            expected: "`bert`, the only architecture that is read",
        }),
    }
}

/// What a JSON reader says, without line and column.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// The names under `id2label`, if they count up from 0.
fn labels(config: &BertConfig) -> Option<Vec<String>> {
    let names: BTreeMap<String, String> = serde_json::from_value(config.other.get("id2label")?.clone()).ok()?;
    (0..names.len()).map(|index| names.get(&index.to_string()).cloned()).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Head {
    Stored,
    New,
}

fn load_weights(
    dir: &Path,
    mut model: BertForTokenClassification,
    head: Head,
) -> Result<BertForTokenClassification, CheckpointError> {
    let path = dir.join(WEIGHTS_FILE);
    if !path.is_file() {
        return Err(CheckpointError::NoWeights { dir: dir.to_owned(), found: listing(dir) });
    }
    let damaged =
        |error: SafetensorsStoreError| CheckpointError::Damaged { path: path.clone(), reason: error.to_string() };
    let mut store = SafetensorsStore::from_file(&path)
        .remap(remapper(&from_checkpoint_names()))
        .with_from_adapter(PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32)))
        .validate(false)
        .allow_partial(true);
    let result = model.load_from(&mut store).map_err(damaged)?;

    let is_head = |name: &str| name.starts_with("classifier.");
    let is_ignored =
        |name: &str| IGNORED.iter().any(|part| name.contains(part)) || (head == Head::New && is_head(name));
    let missing = result.missing.iter().map(|(name, _)| name).filter(|name| head == Head::Stored || !is_head(name));
    let mut problems = TensorProblems {
        missing: missing.map(|name| checkpoint_name(name)).collect(),
        left_over: result.unused.iter().filter(|name| !is_ignored(name)).map(|name| checkpoint_name(name)).collect(),
        unusable: result.errors.iter().filter_map(|error| unusable_tensor(error, &is_ignored)).collect(),
    };
    if problems.missing.is_empty() && problems.left_over.is_empty() && problems.unusable.is_empty() {
        return Ok(model);
    }
    problems.missing.sort();
    problems.left_over.sort();
    problems.unusable.sort();
    Err(CheckpointError::Tensors { path, problems })
}

/// What is wrong with one tensor in the words of its checkpoint, where a linear layer's weight lies transposed.
fn unusable_tensor(error: &ApplyError, is_ignored: &impl Fn(&str) -> bool) -> Option<String> {
    let (path, problem) = match error {
        ApplyError::ShapeMismatch { path, expected, found } => {
            let (mut found, mut expected) = (found.to_vec(), expected.to_vec());
            if path.ends_with(".weight") && !path.contains("embeddings") {
                found.reverse();
                expected.reverse();
            }
            (path, format!("has shape {found:?} instead of {expected:?}"))
        }
        ApplyError::DTypeMismatch { path, found, .. } => (path, format!("holds {found:?} instead of floating point")),
        ApplyError::AdapterError { path, message } | ApplyError::LoadError { path, message } => {
            (path, format!("cannot be read ({message})"))
        }
    };
    (!is_ignored(path)).then(|| format!("{} {problem}", checkpoint_name(path)))
}

/// The names of the files in a directory, for a message.
fn listing(dir: &Path) -> String {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Regular expressions that turn the names of a checkpoint into those of the modules.
fn from_checkpoint_names() -> Vec<(String, String)> {
    let layer = LAYER_NAMES.iter().map(|(theirs, ours)| {
        let theirs = theirs.replace('.', r"\.");
        (format!(r"^(?:bert\.)?encoder\.layer\.(\d+)\.{theirs}\."), format!("bert.layer.$1.{ours}."))
    });
    let embeddings = [
        (r"^(?:bert\.)?embeddings\.".to_owned(), "bert.embeddings.".to_owned()),
        (r"^bert\.embeddings\.LayerNorm\.".to_owned(), "bert.embeddings.norm.".to_owned()),
    ];
    layer.chain(embeddings).collect()
}

/// Regular expressions that turn the names of the modules into those of a checkpoint.
fn to_checkpoint_names() -> Vec<(String, String)> {
    let layer = LAYER_NAMES
        .iter()
        .map(|(theirs, ours)| (format!(r"^bert\.layer\.(\d+)\.{ours}\."), format!("bert.encoder.layer.$1.{theirs}.")));
    let norm = (r"^bert\.embeddings\.norm\.".to_owned(), "bert.embeddings.LayerNorm.".to_owned());
    layer.chain([norm]).collect()
}

fn remapper(names: &[(String, String)]) -> KeyRemapper {
    KeyRemapper::from_patterns(names.to_vec()).expect("the patterns of this file are regular expressions")
}

/// The name in a checkpoint of a parameter whose path in the modules is `path`.
///
/// ```
/// use welt_models::checkpoint::checkpoint_name;
///
/// assert_eq!(checkpoint_name("bert.layer.3.query.weight"), "bert.encoder.layer.3.attention.self.query.weight");
/// assert_eq!(checkpoint_name("bert.embeddings.norm.gamma"), "bert.embeddings.LayerNorm.weight");
/// ```
#[must_use]
pub fn checkpoint_name(path: &str) -> String {
    let name = match path.split_once("bert.layer.").and_then(|(_, rest)| rest.split_once('.')) {
        Some((index, rest)) => {
            let (ours, parameter) = rest.rsplit_once('.').unwrap_or((rest, ""));
            let theirs = LAYER_NAMES.iter().find(|(_, name)| *name == ours).map_or(ours, |(theirs, _)| theirs);
            format!("bert.encoder.layer.{index}.{theirs}.{parameter}")
        }
        None => path.replace("bert.embeddings.norm.", "bert.embeddings.LayerNorm."),
    };
    name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
}

/// Writes `config.json` and `model.safetensors` so that Python's transformers loads them as a token classifier.
///
/// Each file is written beside its place and then renamed; the directory is made if need be.
///
/// # Errors
/// A directory or file that cannot be written.
pub fn save(dir: &Path, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| CheckpointError::Io { path, source }
    };
    std::fs::create_dir_all(dir).map_err(io(dir))?;

    let mut config = checkpoint.config.clone();
    let names = checkpoint.labels.iter().enumerate();
    let id2label: serde_json::Map<_, _> = names.clone().map(|(index, name)| (index.to_string(), json!(name))).collect();
    let label2id: serde_json::Map<_, _> = names.map(|(index, name)| (name.clone(), json!(index))).collect();
    config.other.insert("architectures".to_owned(), json!(["BertForTokenClassification"]));
    config.other.insert("model_type".to_owned(), json!("bert"));
    config.other.insert("id2label".to_owned(), id2label.into());
    config.other.insert("label2id".to_owned(), label2id.into());
    // What is written is single precision and has these labels, whatever the checkpoint that was read said of itself.
    for entry in ["dtype", "torch_dtype", "num_labels"] {
        config.other.remove(entry);
    }
    config.other.insert("dtype".to_owned(), json!("float32"));
    let config_path = dir.join(CONFIG_FILE);
    let json = serde_json::to_string_pretty(&config)
        .map_err(|error| CheckpointError::Config { path: config_path.clone(), error })?;
    // Opened here and not by `tempfile`, whose files nobody else may read.
    let mut file = tempfile::Builder::new().make_in(dir, |path| std::fs::File::create_new(path)).map_err(io(dir))?;
    file.write_all(json.as_bytes()).map_err(io(&config_path))?;
    file.persist(&config_path).map_err(|error| io(&config_path)(error.error))?;

    let weights_path = dir.join(WEIGHTS_FILE);
    let mut store = SafetensorsStore::from_file(&weights_path)
        .remap(remapper(&to_checkpoint_names()))
        .with_to_adapter(BurnToPyTorchAdapter)
        .clear_metadata()
        .metadata("format", "pt")
        .overwrite(true);
    checkpoint.model.save_into(&mut store).map_err(|error| match error {
        SafetensorsStoreError::Io(source) => CheckpointError::Io { path: weights_path.clone(), source },
        other => CheckpointError::Io { path: weights_path.clone(), source: std::io::Error::other(other.to_string()) },
    })?;
    // The store's file is readable to its owner alone: it gets the permissions of any other new file.
    let permissions = std::fs::metadata(&config_path).map_err(io(&config_path))?.permissions();
    std::fs::set_permissions(&weights_path, permissions).map_err(io(&weights_path))
}
