//! Finds the corpora and the checkpoints of a grid on this computer, and how large they are.
//! Names and folders go in, files with their hashes come out, or words that say what is missing; nothing is planned.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use welt_corpora::KnownSize;
use welt_data::checks::{Texts, shared_documents};
use welt_data::conll::Columns;
use welt_files::model_folder::{ANY_TOKENIZER, MODEL_TYPES, WEIGHTS_FILES, one_of, settings_files, tokenizer_files};
use welt_files::sha256;
use welt_record::{read_corpus, sentences_digest};
use welt_weights::{LabelOrder, Scheme};

use super::grid::{Dataset, Model};

/// Where corpora and checkpoints lie on this computer.
#[derive(Debug, Clone)]
pub struct Locations {
    /// The folder that a dataset's paths start from.
    pub datasets: PathBuf,
    /// The folder of the grid file, which a model's path starts from.
    pub grid: PathBuf,
    /// Where local copies of models are looked for, by name or by Hub id.
    pub models: Option<PathBuf>,
    /// Checkpoints that stand in for models of the grid: name, folder.
    pub stand_ins: Vec<(String, PathBuf)>,
    /// Finds an encoder by its name on the Hub, where no local copy is; none where nothing is to be fetched.
    pub find_model: Option<fn(&str) -> Result<PathBuf>>,
}

/// How much there is to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub sentences: u64,
    pub words: u64,
}

impl std::ops::Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { sentences: self.sentences + other.sentences, words: self.words + other.words }
    }
}

/// What a run reads of its corpus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub train: Size,
    pub dev: Size,
    pub test: Size,
}

/// A dataset whose files are there.
#[derive(Debug)]
pub struct Corpus {
    pub name: String,
    /// What the grid says of its source.
    pub source: Option<String>,
    /// The sentences of all its splits.
    pub texts: Texts,
    pub train: Vec<PathBuf>,
    pub counts_from: Option<Vec<PathBuf>>,
    pub dev: PathBuf,
    pub test: PathBuf,
    pub word_column: Option<isize>,
    pub tag_column: Option<isize>,
    /// Losses that are no errors.
    pub allow: Vec<String>,
    pub train_digests: Vec<String>,
    pub counts_digests: Vec<String>,
    pub dev_digest: String,
    pub test_digest: String,
    pub work: Work,
}

/// What a grid calls the permission to score documents that were learnt from, or that the epoch was chosen on.
pub const SHARED_DOCUMENTS: &str = "shared-documents";

/// The sentences of a tagged file, and what stands for them in an identity.
struct ReadFile {
    corpus: welt_data::Corpus,
    digest: String,
    size: Size,
}

impl ReadFile {
    fn read(path: &Path, columns: Columns) -> Result<Self> {
        let corpus = read_corpus(path, columns)?;
        let words = corpus.sentences.iter().map(|sentence| sentence.words.len() as u64).sum();
        let size = Size { sentences: corpus.sentences.len() as u64, words };
        Ok(Self { digest: sentences_digest(&corpus), size, corpus })
    }
}

impl Corpus {
    /// The corpus, or nothing and problems more.
    pub fn read(
        dataset: &Dataset,
        allow: &[String],
        locations: &Locations,
        problems: &mut Vec<String>,
    ) -> Result<Option<Self>> {
        let there =
            |paths: &[PathBuf]| -> Vec<PathBuf> { paths.iter().map(|path| locations.datasets.join(path)).collect() };
        let train = there(&dataset.train);
        let counts_from = dataset.counts_from.as_deref().map(there);
        let (dev, test) = (locations.datasets.join(&dataset.dev), locations.datasets.join(&dataset.test));
        let mut missing: Vec<String> = train
            .iter()
            .chain(counts_from.iter().flatten())
            .chain([&dev, &test])
            .filter(|path| !path.is_file())
            .map(|path| path.display().to_string())
            .collect();
        missing.sort();
        missing.dedup();
        if !missing.is_empty() {
            problems.push(format!("dataset {}: no file {}", dataset.name, missing.join(", ")));
            return Ok(None);
        }
        // A file that stands in several lists is read once.
        let mut known: BTreeMap<PathBuf, ReadFile> = BTreeMap::new();
        for path in train.iter().chain(counts_from.iter().flatten()).chain([&dev, &test]) {
            if !known.contains_key(path) {
                match ReadFile::read(path, Columns::of(dataset.word_column, dataset.tag_column)) {
                    Ok(read) => drop(known.insert(path.clone(), read)),
                    Err(error) => {
                        problems.push(format!("dataset {}: {error:#}", dataset.name));
                        return Ok(None);
                    }
                }
            }
        }
        if !allow.iter().any(|allowed| allowed == SHARED_DOCUMENTS) {
            let of = |path: &PathBuf| std::slice::from_ref(&known[path].corpus);
            let others = [("dev", &dev)].into_iter().chain(train.iter().map(|path| ("train", path)));
            let shared = others.filter_map(|(name, path)| Some((name, shared_documents(of(path), of(&test))?)));
            if let Some((name, shared)) = shared.into_iter().next() {
                problems.push(format!(
                    "dataset {}: {name} and test share {shared}; its test scores would tell too much: split it anew, or put \
                     allow = [\"{SHARED_DOCUMENTS}\"] into the grid",
                    dataset.name
                ));
                return Ok(None);
            }
        }
        let digests = |paths: &[PathBuf]| paths.iter().map(|path| known[path].digest.clone()).collect();
        Ok(Some(Self {
            name: dataset.name.clone(),
            source: dataset.source.clone(),
            texts: Texts::of(known.values().map(|read| &read.corpus)),
            word_column: dataset.word_column,
            tag_column: dataset.tag_column,
            allow: allow.iter().filter(|allowed| *allowed != SHARED_DOCUMENTS).cloned().collect(),
            train_digests: digests(&train),
            counts_digests: digests(counts_from.as_ref().unwrap_or(&train)),
            dev_digest: known[&dev].digest.clone(),
            test_digest: known[&test].digest.clone(),
            work: Work {
                train: train.iter().fold(Size::default(), |sum, path| sum + known[path].size),
                dev: known[&dev].size,
                test: known[&test].size,
            },
            train,
            counts_from,
            dev,
            test,
        }))
    }
}

/// What is known of a corpus that is not there.
#[derive(Debug)]
pub struct Expected {
    pub work: Work,
    /// Words of the classes B, I and O that weights are counted from.
    pub counts: [u64; 3],
}

/// Words of a sentence where only sentences are known: those of the part of BC4CHEMD that was seen.
const WORDS_A_SENTENCE: f64 = 27.9;

impl Expected {
    /// From what is known of the corpus with the dataset's name, if its files have the names of splits.
    pub fn of(dataset: &Dataset, known: &BTreeMap<String, KnownSize>) -> Option<Self> {
        let known = known.get(&dataset.name)?;
        let splits = |files: &[PathBuf]| files.iter().map(|file| known.of_file(file)).collect::<Option<Vec<_>>>();
        let train = splits(&dataset.train)?;
        let counted = splits(dataset.counts_from.as_ref().unwrap_or(&dataset.train))?;
        let (dev, test) = (known.of_file(&dataset.dev)?, known.of_file(&dataset.test)?);
        let shares = [known.shares.begin, known.shares.inside, known.shares.outside];
        let mut counts = [0; 3];
        for split in counted {
            let classes = [split.begin, split.inside, split.outside];
            for (count, (class, share)) in counts.iter_mut().zip(classes.into_iter().zip(shares)) {
                *count += class.unwrap_or((share / 100.0 * size(split).words as f64) as u64);
            }
        }
        let train = train.into_iter().map(size).fold(Size::default(), |sum, size| sum + size);
        Some(Self { work: Work { train, dev: size(dev), test: size(test) }, counts })
    }

    /// The weights of B, I and O.
    pub fn weights(&self, scheme: Scheme, order: LabelOrder) -> Result<Vec<f64>> {
        Ok(order.arrange(&scheme.weights(&self.counts)?, 2))
    }
}

fn size(split: &welt_corpora::Expected) -> Size {
    let words = split.tokens.unwrap_or((split.sentences as f64 * WORDS_A_SENTENCE) as u64);
    Size { sentences: split.sentences, words }
}

/// A model whose folder is there.
#[derive(Debug)]
pub struct Checkpoint {
    pub folder: PathBuf,
    pub stands_in_for: Option<String>,
    /// A checkpoint that stands in is one to go on from.
    pub from_scratch: bool,
    /// Names of files and their SHA-256.
    pub digests: Vec<(String, String)>,
}

impl Checkpoint {
    /// The checkpoint, or nothing and a problem more.
    pub fn find(model: &Model, locations: &Locations, problems: &mut Vec<String>) -> Result<Option<Self>> {
        let name = &model.name;
        let asked = model.hub.clone().or_else(|| model.path.as_ref().map(|path| path.display().to_string()));
        let stand_in = locations.stand_ins.iter().find(|(stands_for, _)| stands_for == name);
        let candidates: Vec<PathBuf> = match (stand_in, &model.path, &model.hub, &locations.models) {
            (Some((_, folder)), ..) => vec![folder.clone()],
            (None, Some(path), ..) => vec![locations.grid.join(path)],
            (None, None, Some(hub), Some(models)) => vec![models.join(name), models.join(hub)],
            _ => Vec::new(),
        };
        let local = candidates.iter().find(|folder| folder.join("config.json").is_file()).cloned();
        let by_name = || Some((locations.find_model?)(model.hub.as_deref().filter(|_| stand_in.is_none())?));
        let folder = match local.map(Ok).or_else(by_name) {
            Some(Ok(folder)) => folder,
            Some(Err(error)) => {
                problems.push(format!("model {name}: {error:#}"));
                return Ok(None);
            }
            None => {
                problems.push(not_there(name, asked.as_deref(), &candidates));
                return Ok(None);
            }
        };
        let from_scratch = model.from_scratch && stand_in.is_none();
        let faults = faults(&folder, from_scratch)?;
        if !faults.is_empty() {
            problems.push(format!("model {name} in {}: {}", folder.display(), faults.join("; ")));
            return Ok(None);
        }
        let digests = model_files(&folder)?.into_iter().map(|file| {
            let digest = sha256(&folder.join(&file))?;
            Ok((file, digest))
        });
        Ok(Some(Self {
            folder: fs::canonicalize(&folder).with_context(|| format!("finding {}", folder.display()))?,
            stands_in_for: stand_in.and(asked),
            from_scratch,
            digests: digests.collect::<Result<_>>()?,
        }))
    }

    /// Its folder, without the folders above it.
    pub fn name(&self) -> String {
        let name = self.folder.file_name().unwrap_or(self.folder.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

/// What is said of a model that is in none of the folders where it was looked for.
fn not_there(name: &str, asked: Option<&str>, candidates: &[PathBuf]) -> String {
    if candidates.is_empty() {
        return format!(
            "model {name}: no local copy of {}, say where it is with --checkpoints DIR or --model {name}=DIR",
            asked.unwrap_or_default()
        );
    }
    let looked: Vec<String> = candidates.iter().map(|folder| folder.display().to_string()).collect();
    format!("model {name}: no config.json in {}", looked.join(" or "))
}

/// The files of a model folder that can move a result, in order: weights may lie in parts.
fn model_files(folder: &Path) -> Result<Vec<String>> {
    let is_part = |name: &str| {
        let (stem, is_weights) =
            (name.split(['.', '-']).next(), name.ends_with(".safetensors") || name.ends_with(".bin"));
        is_weights && matches!(stem, Some("model" | "pytorch_model"))
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let wanted =
            settings_files().any(|file| file == name) || WEIGHTS_FILES.contains(&name.as_str()) || is_part(&name);
        if wanted && folder.join(&name).is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Why `welt train` would refuse a model folder that has a `config.json`.
fn faults(folder: &Path, from_scratch: bool) -> Result<Vec<String>> {
    let there = |file: &str| folder.join(file).is_file();
    let path = folder.join("config.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut faults = Vec::new();
    match serde_json::from_str::<Value>(&text) {
        Ok(config) => {
            if let Some(other) = config["model_type"].as_str().filter(|name| !MODEL_TYPES.contains(name)) {
                let known = one_of(&MODEL_TYPES);
                faults.push(format!("model_type is `{other}`, and this version reads {known} only"));
            }
        }
        Err(error) => faults.push(format!("config.json is not JSON ({error})")),
    }
    if !from_scratch && !WEIGHTS_FILES.iter().any(|file| there(file)) {
        faults.push("there is neither model.safetensors nor pytorch_model.bin".to_owned());
    }
    if tokenizer_files(there).is_none() {
        faults.push(format!("there is no tokenizer, which would be {ANY_TOKENIZER}"));
    }
    Ok(faults)
}
