//! `welt train`: corpora and an encoder in, a run directory out.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use cpu_time::ProcessTime;
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;
use welt_data::{CasingChoice, Examples, Sentence, Windowing, WordPieceTokenizer, conll};
use welt_eval::seqeval::{self, Mode, Report};
use welt_models::bert::{BertConfig, BertForTokenClassification};
use welt_models::checkpoint::{self, Checkpoint};
use welt_tags::LabelSet;
use welt_train::{Epoch, Fitted, Hooks, PredictConfig, Step, TrainError, TrainingData, fit, predict};

use crate::config::{ConfigFlags, RunConfig};
use crate::corpus::{Split, class_weights, tag_column};
use crate::model_card::model_card;
use crate::run_directory::{RunDirectory, hashes};
use crate::{device, progress};

const EXAMPLES: &str = "\
Examples:
  welt train --train train.tsv --dev dev.tsv --test test.tsv --model biobert --output runs/welt-1
  welt train --train train.tsv --dev dev.tsv --model biobert --output runs/plain --weights vanilla --seed 2
  welt train --config experiment.toml --output runs/again --learning-rate 3e-5
  welt train --config runs/welt-1/config.json --output runs/welt-1-again";

/// Sub-words of one forward pass in prediction.
pub const PREDICTION_SUBWORDS: usize = 2048;

/// Fine-tune an encoder on a tagged corpus, with class weights, and score it.
///
/// The output directory holds config.json, environment.json, metrics.jsonl, TensorBoard events, record.json,
/// predictions/ with a gold and a predicted column, and model/, which Python's transformers loads.
/// It appears when the run is complete; until then it is called NAME.partial.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct TrainArguments {
    /// The directory to write, which must not exist
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Settings as TOML, or the config.json of another run; flags go before
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: ConfigFlags,
}

/// Set by Ctrl-C; the run stops after the step under way.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Runs the command.
///
/// # Errors
/// Settings, files or a model that cannot be used; a run that diverges, is interrupted or cannot be written.
pub fn run(arguments: &TrainArguments) -> Result<()> {
    let config = RunConfig::resolve(arguments.config.as_deref(), &arguments.flags)?;
    let device = device::open(&config.device)?;
    let splits = Splits::read(&config)?;
    let labels = splits.train.label_set()?;
    let counts = match config.counts_from.as_slice() {
        [] => splits.train.counts(&labels)?,
        files => Split::read(files, tag_column(config.tag_column))?.counts(&labels)?,
    };
    let weights = class_weights(&labels, &counts, config.weights, config.label_order)?;
    for ((name, count), weight) in labels.names().iter().zip(&counts).zip(&weights) {
        tracing::info!("class {name}: {count} words, weight {weight:.6}");
    }
    let seed = config.training.seed;
    let names = labels.names().to_vec();
    let checkpoint = if config.from_scratch {
        checkpoint::from_scratch(&config.model, names, seed, &device)?
    } else {
        checkpoint::load_encoder(&config.model, names, seed, &device)?
    };
    let tokenizer = WordPieceTokenizer::from_directory(&config.model, CasingChoice::FromFiles)?;
    let prepared = Prepared::new(&splits, &labels, &tokenizer, &config, &checkpoint.config)?;
    let mut directory = RunDirectory::create(&arguments.output)?;
    directory.json("config.json", &config)?;
    directory.json("environment.json", &environment(&config)?)?;

    on_interrupt()?;
    let started = Instant::now();
    let Checkpoint { config: sizes, model, .. } = checkpoint;
    let fitted = prepared.fit((model, &sizes), &weights, &config, &mut directory)?;
    let dev = prepared.score(prepared.dev.as_ref(), (&fitted.model, &sizes), &directory, "dev")?;
    let test = prepared.score(prepared.test.as_ref(), (&fitted.model, &sizes), &directory, "test")?;
    let seconds = started.elapsed().as_secs_f64();
    let outcome =
        Outcome { config: &config, labels: &labels, counts, weights, dev, test, fitted: &fitted.epochs, seconds };
    directory.json("record.json", &outcome.record(&fitted, &prepared))?;
    if config.save_model {
        let checkpoint = Checkpoint { config: sizes, labels: labels.names().to_vec(), model: fitted.model.clone() };
        let folder = directory.partial().join("model");
        checkpoint::save(&folder, &checkpoint)?;
        tokenizer.save(&folder, checkpoint.config.max_position_embeddings)?;
        let card = model_card(&config, labels.names(), outcome.test.as_ref());
        directory.file("model/README.md", |out| Ok(std::io::Write::write_all(out, card.as_bytes())?))?;
    }
    stop_if_interrupted()?;
    directory.finish()?;
    tracing::info!("wrote {}", arguments.output.display());
    if let Some(scores) = outcome.test.as_ref().or(outcome.dev.as_ref()) {
        let report = scores.default.to_text(4);
        std::io::Write::write_all(&mut std::io::stdout().lock(), report.as_bytes())?;
    }
    Ok(())
}

/// The first Ctrl-C ends the run after the step under way, the second ends the program at once.
fn on_interrupt() -> Result<()> {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler).context("listening for Ctrl-C")
}

fn stop_if_interrupted() -> Result<(), TrainError> {
    if INTERRUPTED.load(Ordering::SeqCst) { Err(TrainError::Interrupted) } else { Ok(()) }
}

/// The files of a run.
struct Splits {
    train: Split,
    dev: Split,
    test: Split,
}

impl Splits {
    fn read(config: &RunConfig) -> Result<Self> {
        let column = tag_column(config.tag_column);
        Ok(Self {
            train: Split::read(&config.train, column)?,
            dev: Split::read(&config.dev, column)?,
            test: Split::read(&config.test, column)?,
        })
    }
}

/// Sentences with their gold labels and examples.
struct PreparedSplit<'a> {
    sentences: Vec<&'a Sentence>,
    gold: Vec<Vec<usize>>,
    examples: Examples,
}

/// What training, scoring and recording read.
struct Prepared<'a> {
    labels: &'a LabelSet,
    train: PreparedSplit<'a>,
    dev: Option<PreparedSplit<'a>>,
    test: Option<PreparedSplit<'a>>,
}

/// The scores of one split.
#[derive(Debug, Clone, Serialize)]
pub struct SplitScores {
    /// As conlleval reads tags.
    pub default: Report,
    /// By the rules of the scheme that the gold tags show; none where they show none.
    pub strict: Option<Report>,
}

impl<'a> Prepared<'a> {
    fn new(
        splits: &'a Splits,
        labels: &'a LabelSet,
        tokenizer: &WordPieceTokenizer,
        config: &RunConfig,
        sizes: &BertConfig,
    ) -> Result<Self> {
        let limit = sizes.max_position_embeddings;
        if config.max_length > limit {
            bail!("max_length is {}, and the model reads at most {limit} sub-words: lower it", config.max_length);
        }
        let windowing = Windowing::new(config.max_length, config.window_context)?;
        let prepare = |split: &'a Split| -> Result<PreparedSplit<'a>> {
            let sentences: Vec<&Sentence> = split.sentences().collect();
            let words: Vec<&[String]> = sentences.iter().map(|sentence| sentence.words.as_slice()).collect();
            let examples = Examples::encode(tokenizer, &words, windowing)?;
            report_losses(&examples);
            Ok(PreparedSplit { gold: split.gold(labels)?, sentences, examples })
        };
        let optional = |split: &'a Split| split.sentences().next().is_some().then(|| prepare(split)).transpose();
        Ok(Self { labels, train: prepare(&splits.train)?, dev: optional(&splits.dev)?, test: optional(&splits.test)? })
    }

    fn fit(
        &self,
        model: (BertForTokenClassification, &BertConfig),
        class_weights: &[f64],
        config: &RunConfig,
        directory: &mut RunDirectory,
    ) -> Result<FittedRun> {
        let sizes = model.1;
        let data = TrainingData { examples: &self.train.examples.examples, gold: &self.train.gold, class_weights };
        let steps_an_epoch = data.examples.len().div_ceil(config.training.batch_size);
        let bar = progress::bar(config.training.epochs * steps_an_epoch, "training");
        let mut log = StepLog { directory, bar: bar.clone(), subwords: 0, started: Instant::now(), error: None };
        let cpu = ProcessTime::now();
        let mut cpu_in_scoring = 0.0;
        let mut score = |epoch: usize, model: &BertForTokenClassification| {
            stop_if_interrupted()?;
            let started = ProcessTime::now();
            let score = self.dev.as_ref().map(|dev| self.micro_f1(dev, (model, sizes))).transpose()?;
            cpu_in_scoring += started.elapsed().as_secs_f64();
            if let Some(score) = score {
                tracing::info!("epoch {epoch}: dev F1 {:.2}", 100.0 * score);
            }
            Ok(score)
        };
        let fitted =
            fit(model, &data, &config.training, &mut Hooks { on_step: &mut |step| log.step(step), score: &mut score });
        bar.finish_and_clear();
        let error = log.error.take();
        let fitted = match (fitted, error) {
            (_, Some(error)) => return Err(error),
            (fitted, None) => fitted?,
        };
        let cpu_seconds = cpu.elapsed().as_secs_f64() - cpu_in_scoring;
        for epoch in &fitted.epochs {
            directory.metric("epoch", epoch.epoch, epoch)?;
        }
        let Fitted { model, kept_epoch, epochs } = fitted;
        Ok(FittedRun { model, kept_epoch, epochs, cpu_seconds })
    }

    fn micro_f1(&self, split: &PreparedSplit, model: (&BertForTokenClassification, &BertConfig)) -> Result<f64> {
        let predicted = self.predicted(split, model)?;
        Ok(seqeval::evaluate(&self.tags(&split.gold), &predicted, Mode::Default)?.micro.f1)
    }

    /// One tag for every word.
    fn predicted(
        &self,
        split: &PreparedSplit,
        model: (&BertForTokenClassification, &BertConfig),
    ) -> Result<Vec<Vec<&str>>> {
        let n_words: Vec<usize> = split.gold.iter().map(Vec::len).collect();
        let config = PredictConfig { max_subwords: PREDICTION_SUBWORDS, outside: self.labels.outside() };
        let bar = progress::bar(split.examples.examples.len(), "scoring");
        let predicted =
            predict(model, &split.examples.examples, &n_words, config, &|examples| bar.inc(examples as u64))?;
        bar.finish_and_clear();
        Ok(self.tags(&predicted))
    }

    fn tags(&self, labels: &[Vec<usize>]) -> Vec<Vec<&str>> {
        let names = self.labels.names();
        labels.iter().map(|sentence| sentence.iter().map(|&label| names[label].as_str()).collect()).collect()
    }

    /// Predicts a split, writes its words with gold and predicted tags, and scores it; none where there is no split.
    fn score(
        &self,
        split: Option<&PreparedSplit>,
        model: (&BertForTokenClassification, &BertConfig),
        directory: &RunDirectory,
        name: &str,
    ) -> Result<Option<SplitScores>> {
        let Some(split) = split else { return Ok(None) };
        stop_if_interrupted()?;
        let (gold, predicted) = (self.tags(&split.gold), self.predicted(split, model)?);
        directory.file(&format!("predictions/{name}.tsv"), |out| {
            for ((sentence, gold), predicted) in split.sentences.iter().zip(&gold).zip(&predicted) {
                conll::write_columns(out, &sentence.words, &[gold, predicted])?;
            }
            Ok(())
        })?;
        let strict = seqeval::evaluate(&gold, &predicted, Mode::StrictDetected);
        let strict = strict.inspect_err(|error| tracing::warn!("{name}: no strict scores: {error}")).ok();
        let default = seqeval::evaluate(&gold, &predicted, Mode::Default)?;
        tracing::info!("{name}: F1 {:.2}", 100.0 * default.micro.f1);
        Ok(Some(SplitScores { default, strict }))
    }
}

/// Says what of a split the model cannot see whole.
fn report_losses(examples: &Examples) {
    if examples.sentences_windowed > 0 {
        tracing::info!("{} sentences are read in overlapping windows", examples.sentences_windowed);
    }
    if examples.words_without_subwords > 0 {
        tracing::warn!(
            "{} words give no sub-word: they are not learnt and are tagged O",
            examples.words_without_subwords
        );
    }
    if examples.words_cut > 0 {
        let (words, subwords) = (examples.words_cut, examples.subwords_cut);
        tracing::warn!("{words} words are longer than a window: {subwords} of their sub-words are not read");
    }
}

/// Writes steps down and moves the bar; the first failure stops the run.
struct StepLog<'a> {
    directory: &'a mut RunDirectory,
    bar: ProgressBar,
    subwords: usize,
    started: Instant,
    error: Option<anyhow::Error>,
}

impl StepLog<'_> {
    fn step(&mut self, step: &Step) -> ControlFlow<()> {
        self.subwords += step.subwords;
        let speed = self.subwords as f64 / self.started.elapsed().as_secs_f64();
        self.bar.set_message(format!("epoch {} loss {:.4} {speed:.0} tokens/s", step.epoch, step.loss));
        self.bar.inc(1);
        let mut written = self.directory.metric("step", step.step, step);
        if step.step.is_multiple_of(20) {
            written = written.and_then(|()| self.directory.flush());
        }
        if let Err(error) = written {
            self.error = Some(error);
            return ControlFlow::Break(());
        }
        if INTERRUPTED.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// A model with the account of its training.
struct FittedRun {
    model: BertForTokenClassification,
    kept_epoch: usize,
    epochs: Vec<Epoch>,
    cpu_seconds: f64,
}

/// Everything that a record tells.
struct Outcome<'a> {
    config: &'a RunConfig,
    labels: &'a LabelSet,
    counts: Vec<u64>,
    weights: Vec<f64>,
    dev: Option<SplitScores>,
    test: Option<SplitScores>,
    fitted: &'a [Epoch],
    seconds: f64,
}

impl Outcome<'_> {
    fn record(&self, run: &FittedRun, prepared: &Prepared) -> serde_json::Value {
        let subwords: usize = self.fitted.iter().map(|epoch| epoch.subwords).sum();
        let training_seconds: f64 = self.fitted.iter().map(|epoch| epoch.seconds).sum();
        let scores = |scores: &Option<SplitScores>| {
            scores.as_ref().map(|scores| {
                json!({ "default": scores.default.micro, "strict": scores.strict.as_ref().map(|report| &report.micro),
                        "reports": scores })
            })
        };
        let ledger = |split: &PreparedSplit| {
            let examples = &split.examples;
            json!({ "sentences": examples.sentences, "words": examples.words, "examples": examples.examples.len(),
                    "sentences_windowed": examples.sentences_windowed, "words_cut": examples.words_cut,
                    "words_without_subwords": examples.words_without_subwords })
        };
        json!({
            "format": 1,
            "welt": env!("CARGO_PKG_VERSION"),
            "config": self.config,
            "labels": self.labels,
            "counts": self.counts,
            "class_weights": self.weights,
            "scores": { "dev": scores(&self.dev), "test": scores(&self.test) },
            "kept_epoch": run.kept_epoch,
            "epochs": self.fitted,
            "data": { "train": ledger(&prepared.train), "dev": prepared.dev.as_ref().map(ledger),
                      "test": prepared.test.as_ref().map(ledger) },
            "seconds": { "training": training_seconds, "training_cpu": run.cpu_seconds, "total": self.seconds },
            "tokens_per_second": subwords as f64 / training_seconds,
            "tokens_per_cpu_second": subwords as f64 / run.cpu_seconds,
        })
    }
}

/// What a run saw of the world: program, machine, and the hash of every file it read.
fn environment(config: &RunConfig) -> Result<serde_json::Value> {
    let corpora = [&config.train, &config.dev, &config.test, &config.counts_from];
    let model_files = ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "tokenizer_config.json"];
    let model_files = model_files.map(|name| config.model.join(name));
    let corpora = corpora.into_iter().flatten().map(PathBuf::as_path);
    let files = corpora.chain(model_files.iter().map(PathBuf::as_path).filter(|path: &&Path| path.is_file()));
    Ok(json!({
        "welt": env!("CARGO_PKG_VERSION"),
        "system": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "device": config.device,
        "threads": rayon::current_num_threads(),
        "sha256": hashes(files)?,
    }))
}
