//! One training run from its settings to its directory: corpora and an encoder in, a model and a record out.
//! It knows nothing of arguments.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use welt_data::checks::shared_documents;
use welt_files::model_folder::{settings_files, weights_files};
use welt_files::{FilesError, Hasher, NewFolder};
use welt_models::EncoderConfig;
use welt_models::checkpoint::{self, Checkpoint, CheckpointError, WeightFormat};
use welt_record::{
    COMPUTES, ChosenLabels, Environment, ModelSource, ReadData, Record, Reports, ScoredSplits, Seconds,
    sentences_digest,
};
use welt_settings::{CheckpointEvery, Keep, Settings};
use welt_subwords::SubwordTokenizer;
use welt_tags::LabelSet;
use welt_train::{Run, TrainConfig, TrainError};

use crate::annotated::ReadFlags;
use crate::choosing::{Chooser, ScoredSplit};
use crate::corpus::{ColumnFlag, class_weights};
use crate::left_run::{self, Left, Paused};
use crate::model_card::ModelCard;
use crate::model_source::{self, FoundModel};
use crate::prepared::{Prepared, Splits, Writing, recorded_epoch, recorded_evaluation};
use crate::run_checkpoints::{self, Checkpoints, Elapsed};
use crate::run_directory::{RunDirectory, hashes};
use crate::split_files::Split;
use crate::{derived_run, devices, foresight, interrupt};

/// Trains, scores and writes the run directory; what it gives is the report on the last split, for a reader. What an earlier
/// process left of the same run is gone on with.
///
/// # Errors
/// Settings, files or a model that cannot be used; a run that diverges, is interrupted or cannot be written.
pub fn train(settings: &Settings, output: &Path) -> Result<String> {
    left_run::refuse_other(output, settings)?;
    derived_run::refuse_without_dev(settings)?;
    let opened = devices::open(&settings.device)?;
    let corpus = TaggedCorpus::read(settings)?;
    let Encoder { source, tokenizer, checkpoint } = Encoder::load(settings, &corpus.labels, &opened.device)?;
    let prepared = Prepared::new(&corpus.splits, &corpus.labels, &tokenizer, settings, &checkpoint.config)?;
    let environment = environment(settings, &source, &opened.name)?;
    let identity = corpus.identity(&environment, &source);
    foresight::refuse_full_disk(output, settings, &checkpoint.model)?;
    interrupt::listen()?;

    let Checkpoint { config: sizes, model, skipped, .. } = checkpoint;
    let Settings { training, seed, .. } = *settings;
    let (data, config) =
        (prepared.training_data(&corpus.weights), TrainConfig { training, loss: settings.method.loss, seed });
    let mut run = Run::new((model, &sizes), &data, &config)?;
    let folder = RunDirectory::take(output, &left_run::mark(output))?;
    let left = left_run::find(&folder, settings, &identity)?;
    if let Left::Whole(record) = left {
        return finish_whole(folder, &record);
    }
    let checkpoints = Checkpoints::new(folder.partial(), settings.checkpoint_every, identity);
    let mut elapsed = Elapsed::default();
    let directory = if let Left::Checkpoint(found) = &left {
        run.resume(&found.folder)?;
        elapsed = found.beside.elapsed;
        let (step, total_steps) = (run.steps_taken(), run.total_steps());
        tracing::info!("going on in {} after step {step} of {total_steps}", folder.partial().display());
        RunDirectory::go_on(folder, &found.beside.written)?
    } else {
        let directory = RunDirectory::begin(folder, &left_run::mark(output))?;
        let written = directory.json(left_run::CONFIG, settings);
        if let Err(error) = written.and_then(|()| directory.json(Environment::FILE, &environment)) {
            directory.discard();
            return Err(error);
        }
        directory
    };
    let mut writing = Writing { directory, checkpoints, elapsed, started: Instant::now() };
    let asked = Asked { settings, corpus: &corpus, prepared: &prepared, sizes: &sizes };
    let done = asked.complete(&mut run, &mut writing, (&tokenizer, &source), skipped);
    match done {
        Ok(report) => {
            writing.checkpoints.remove()?;
            let partial = writing.directory.partial().to_owned();
            writing.directory.finish().map_err(|error| unnamed(error, &partial))?;
            tracing::info!("wrote {}", output.display());
            Ok(report)
        }
        Err(error) => Err(kept_or_discarded(error, &run, writing)),
    }
}

/// What can be done where a run is whole and has not got its name.
fn unnamed(error: anyhow::Error, partial: &Path) -> anyhow::Error {
    match error.downcast_ref::<FilesError>() {
        Some(FilesError::Unnamed { .. }) => {
            let how = left_run::command(partial);
            anyhow!("{error}: move away what has the name, and give it to the run with {how}")
        }
        _ => error,
    }
}

/// Gives a run that is complete but for its name that name.
fn finish_whole(folder: NewFolder, record: &Record) -> Result<String> {
    Checkpoints::new(folder.partial(), CheckpointEvery::Never, String::new()).remove()?;
    let partial = folder.partial().to_owned();
    folder.finish().map_err(|error| unnamed(error.into(), &partial))?;
    let scores = record.scores.test.as_ref().or(record.scores.dev.as_ref());
    Ok(scores.and_then(|scores| scores.reports.as_ref()).map(|reports| reports.default.to_text(4)).unwrap_or_default())
}

/// What becomes of the folder of a run that did not come to its end, and what is said of it.
///
/// A run that was asked to end is written down. One that would fail again in the same way is removed, and so is one that has
/// come to nothing; all else stays.
fn kept_or_discarded(error: anyhow::Error, run: &Run, mut writing: Writing) -> anyhow::Error {
    let partial = writing.directory.partial().to_owned();
    let (step, total_steps) = (run.steps_taken(), run.total_steps());
    let is_paused = interrupt::is_interrupted() && !welt_device::has_failed();
    let fails_again = error.chain().any(|cause| {
        matches!(cause.downcast_ref::<TrainError>(), Some(TrainError::Diverged { .. } | TrainError::Score { .. }))
    });
    if is_paused && step > 0 {
        return match writing.checkpoint(run, 0.0) {
            Ok(()) => Paused { step, total_steps, partial }.into(),
            Err(error) => error.context(format!("after step {step} of {total_steps} no checkpoint could be written")),
        };
    }
    let has_checkpoint = run_checkpoints::newest_step(&partial).is_some();
    let is_over = step == total_steps;
    if is_paused || fails_again || !has_checkpoint && !is_over {
        writing.directory.discard();
        return error;
    }
    // A device that failed hands nothing out any more.
    let saved = if is_over && !welt_device::has_failed() { writing.checkpoint(run, 0.0).is_ok() } else { false };
    let how = left_run::command(&partial);
    if saved || has_checkpoint {
        error.context(format!("the run stays in {}: when this is mended, go on with {how}", partial.display()))
    } else {
        error.context(format!("what there is of the run stays in {}", partial.display()))
    }
}

/// What a run is asked, with what it reads.
struct Asked<'a> {
    settings: &'a Settings,
    corpus: &'a TaggedCorpus,
    prepared: &'a Prepared<'a>,
    sizes: &'a EncoderConfig,
}

impl Asked<'_> {
    /// Takes the steps that are left, scores, and writes all files; the record comes last, for it says that the run is whole.
    fn complete(
        &self,
        run: &mut Run,
        writing: &mut Writing,
        (tokenizer, source): (&SubwordTokenizer, &FoundModel),
        skipped: Vec<String>,
    ) -> Result<String> {
        let Self { settings, corpus, prepared, sizes } = *self;
        let cpu_seconds = prepared.fit(run, sizes, settings, writing)?;
        let model = run.kept_model();
        let splits = [(prepared.dev.as_ref(), "dev"), (prepared.test.as_ref(), "test")];
        let [dev, test] = splits.map(|(split, name)| prepared.scored(split, (&model, sizes), name));
        let (dev, test) = (dev?, test?);
        let chooser =
            Chooser { labels: &corpus.labels, choice: settings.method.choice, best_by: settings.training.best_by };
        let (decoding, choice) = chooser.decide([dev.as_ref(), test.as_ref()])?;
        interrupt::stop_if_interrupted()?;
        let written = |split: &Option<ScoredSplit>| {
            let Some(split) = split else { return Ok(None) };
            split.write_scores(&corpus.labels, &writing.directory)?;
            chooser.write(split, &decoding, &writing.directory).map(Some)
        };
        let scored = Scored { dev: written(&dev)?, test: written(&test)?, choice, seconds: writing.seconds() };
        if settings.save_model {
            let labels = corpus.labels.names().to_vec();
            let checkpoint = Checkpoint { config: sizes.clone(), labels, model, skipped };
            save_model(settings, &checkpoint, (tokenizer, source), scored.test.as_ref(), &writing.directory)?;
            derived_run::store(&decoding, &writing.directory)?;
        }
        interrupt::stop_if_interrupted()?;
        let record = corpus.record(settings, (run, cpu_seconds), &scored, prepared.data());
        writing.directory.last_json(Record::FILE, &record)?;
        Ok(scored.test.or(scored.dev).map(|reports| reports.default.to_text(4)).unwrap_or_default())
    }
}

/// Does everything but train and write: what it gives is what there is to train, in words.
///
/// # Errors
/// Settings, files or a model that cannot be used.
pub fn try_out(settings: &Settings, is_quiet: bool) -> Result<String> {
    derived_run::refuse_without_dev(settings)?;
    let opened = devices::open(&settings.device)?;
    let corpus = TaggedCorpus::read(settings)?;
    let Encoder { tokenizer, checkpoint, .. } = Encoder::load(settings, &corpus.labels, &opened.device)?;
    let prepared = Prepared::new(&corpus.splits, &corpus.labels, &tokenizer, settings, &checkpoint.config)?;
    let ReadData { train, dev, test } = prepared.data();
    let mut said = format!("{}, device {}\n", checkpoint.config.model_type.name(), opened.name);
    for (name, split) in [("train", Some(&train)), ("dev", dev.as_ref()), ("test", test.as_ref())] {
        let Some(split) = split else { continue };
        let (sentences, words, windows) = (split.sentences, split.words, split.examples);
        let _ = writeln!(said, "{name}: {sentences} sentences, {words} words, {windows} windows");
    }
    for ((name, count), weight) in corpus.labels.names().iter().zip(&corpus.counts).zip(&corpus.weights) {
        let _ = writeln!(said, "{name}: {count} words, class weight {weight:.6}");
    }
    let _ = writeln!(said, "method {}, seed {}; {}", settings.method, settings.seed, settings.training);
    let data = prepared.training_data(&corpus.weights);
    said.push_str(&foresight::costs(settings, &data, (checkpoint.model, &checkpoint.config), is_quiet)?);
    said.push_str("nothing was trained or written (--dry-run)\n");
    Ok(said)
}

/// What is learnt from and scored on, and what its classes weigh.
struct TaggedCorpus {
    splits: Splits,
    labels: LabelSet,
    counts: Vec<u64>,
    weights: Vec<f64>,
}

impl TaggedCorpus {
    fn read(settings: &Settings) -> Result<Self> {
        let from = settings.from.as_deref().map(str::parse).transpose().context("from")?;
        let reading = &ReadFlags::of(from, ColumnFlag::of(settings.word_column, settings.tag_column));
        let splits = Splits {
            train: Split::read(&settings.train, reading)?,
            dev: Split::read(&settings.dev, reading)?,
            test: Split::read(&settings.test, reading)?,
        };
        for found in [&splits.train, &splits.dev, &splits.test].into_iter().flat_map(Split::found) {
            tracing::info!("{found}");
        }
        warn_of_shared_documents(&splits, settings);
        let labels = splits.train.label_set()?;
        if labels.names().len() < 2 {
            let files: Vec<String> = settings.train.iter().map(|file| file.display().to_string()).collect();
            bail!(
                "{}: every word has the tag {}, so there is nothing to learn: expected a tag such as B-Disease on some; \
                 check the file and --tag-column",
                files.join(", "),
                labels.names().join(", ")
            );
        }
        let counts = match settings.counts_from.as_slice() {
            [] => splits.train.counts(&labels)?,
            files => Split::read(files, reading)?.counts(&labels)?,
        };
        let weights = class_weights(&labels, &counts, settings.method.weights, settings.label_order)?;
        for ((name, count), weight) in labels.names().iter().zip(&counts).zip(&weights) {
            tracing::info!("class {name}: {count} words, weight {weight:.6}");
        }
        Ok(Self { splits, labels, counts, weights })
    }

    /// What a run is one of: the sentences that it reads, the files of its model, and what of the program computes. The
    /// settings stand beside it.
    fn identity(&self, environment: &Environment, source: &FoundModel) -> String {
        let Splits { train, dev, test } = &self.splits;
        let mut hasher = Hasher::new();
        hasher.add_text(COMPUTES);
        hasher.add_text(&environment.device);
        for split in [train, dev, test] {
            hasher.add(&(split.corpora().len() as u64).to_le_bytes());
            split.corpora().iter().for_each(|corpus| hasher.add_text(&sentences_digest(corpus)));
        }
        self.counts.iter().for_each(|count| hasher.add(&count.to_le_bytes()));
        for (path, digest) in &environment.sha256 {
            if let Ok(name) = Path::new(path).strip_prefix(&source.folder) {
                hasher.add_text(&name.to_string_lossy());
                hasher.add_text(digest);
            }
        }
        hasher.digits()
    }

    fn record(&self, settings: &Settings, trained: (&Run, f64), scored: &Scored, data: ReadData) -> Record {
        let (run, cpu_seconds) = trained;
        let subwords: usize = run.epochs().iter().map(|epoch| epoch.subwords).sum();
        let training: f64 = run.epochs().iter().map(|epoch| epoch.seconds).sum();
        let scores = |reports: &Option<Reports>| reports.clone().map(Into::into);
        Record {
            format: Record::FORMAT,
            welt: env!("CARGO_PKG_VERSION").to_owned(),
            config: settings.clone(),
            labels: self.labels.names().to_vec(),
            counts: self.counts.clone(),
            class_weights: self.weights.clone(),
            scores: ScoredSplits { dev: scores(&scored.dev), test: scores(&scored.test) },
            kept_epoch: run.kept().0,
            epochs: run.epochs().iter().map(recorded_epoch).collect(),
            evaluations: run.evaluations().iter().map(recorded_evaluation).collect(),
            choice: Some(scored.choice.clone()),
            data: Some(data),
            seconds: Some(Seconds { training, training_cpu: cpu_seconds, total: scored.seconds }),
            tokens_per_second: Some(subwords as f64 / training),
            tokens_per_cpu_second: Some(subwords as f64 / cpu_seconds),
        }
    }
}

/// Test scores of documents that were learnt from, or that the epoch was chosen on, say too much.
fn warn_of_shared_documents(splits: &Splits, settings: &Settings) {
    let Splits { train, dev, test } = splits;
    // Where dev chooses nothing, or is learnt from on purpose, what it shares with train says nothing of a score.
    let chooses =
        settings.training.keep == Keep::Best && !settings.dev.iter().any(|file| settings.train.contains(file));
    let pairs = [
        (dev, test, "dev and test", true),
        (train, test, "train and test", true),
        (train, dev, "train and dev", chooses),
    ];
    for (one, other, names, _) in pairs.into_iter().filter(|(.., matters)| *matters) {
        if let Some(shared) = shared_documents(one.corpora(), other.corpora()) {
            tracing::warn!("{names} share {shared}; scores then tell too much, see `welt check`");
        }
    }
}

/// An encoder with its tokenizer.
struct Encoder {
    source: FoundModel,
    tokenizer: SubwordTokenizer,
    checkpoint: Checkpoint,
}

impl Encoder {
    fn load(settings: &Settings, labels: &LabelSet, device: &burn::tensor::Device) -> Result<Self> {
        let source = model_source::find(&settings.model)?;
        let (names, seed) = (labels.names().to_vec(), settings.seed);
        let checkpoint = if settings.from_scratch {
            checkpoint::from_scratch(&source.folder, names, seed, device)?
        } else {
            checkpoint::load_encoder(&source.folder, names, seed, device).map_err(|error| match error {
                CheckpointError::NoWeights { .. } => anyhow!("{error}; --from-scratch draws them anew instead"),
                other => other.into(),
            })?
        };
        if !checkpoint.skipped.is_empty() {
            tracing::info!("{}: not used: {}", settings.model.display(), checkpoint.skipped.join(", "));
        }
        let tokenizer = SubwordTokenizer::from_directory(&source.folder, source.casing)?;
        Ok(Self { source, tokenizer, checkpoint })
    }
}

/// What came out of a run beside its model.
struct Scored {
    dev: Option<Reports>,
    test: Option<Reports>,
    choice: ChosenLabels,
    seconds: f64,
}

/// Writes the model with its tokenizer and its card.
fn save_model(
    settings: &Settings,
    checkpoint: &Checkpoint,
    (tokenizer, source): (&SubwordTokenizer, &FoundModel),
    test: Option<&Reports>,
    directory: &RunDirectory,
) -> Result<()> {
    let folder = directory.partial().join("model");
    checkpoint::save(&folder, checkpoint, WeightFormat::F32)?;
    tokenizer.save(&folder, checkpoint.config.longest_input())?;
    let (architecture, labels) = (checkpoint.config.model_type, checkpoint.labels.as_slice());
    let card = ModelCard { config: settings, origin: source.origin.as_ref(), architecture, labels, test }.to_text();
    directory.file("model/README.md", |out| Ok(out.write_all(card.as_bytes())?))
}

/// What a run saw of the world: program, machine, and the hash of every file it read.
fn environment(settings: &Settings, source: &FoundModel, device: &str) -> Result<Environment> {
    let corpora = [&settings.train, &settings.dev, &settings.test, &settings.counts_from];
    let mut model_files: Vec<PathBuf> = settings_files().map(|name| source.folder.join(name)).collect();
    model_files.extend(weights_files(&source.folder)?);
    let corpora = corpora.into_iter().flatten().map(|path| files_of(path)).collect::<Result<Vec<_>>>()?.concat();
    let model_files = model_files.iter().map(PathBuf::as_path).filter(|path: &&Path| path.is_file());
    let files = corpora.iter().map(PathBuf::as_path).chain(model_files);
    Ok(Environment {
        welt: env!("CARGO_PKG_VERSION").to_owned(),
        computes: COMPUTES.to_owned(),
        system: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        device: device.to_owned(),
        threads: rayon::current_num_threads(),
        model: Some(ModelSource { folder: source.folder.clone(), hub: source.origin.clone() }),
        sha256: hashes(files)?,
    })
}

/// A file, or the files of a folder of documents.
fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in path.read_dir().with_context(|| path.display().to_string())? {
        files.extend(Some(entry.with_context(|| path.display().to_string())?.path()).filter(|path| path.is_file()));
    }
    files.sort();
    Ok(files)
}
