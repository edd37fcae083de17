//! `welt train`: corpora and an encoder in, a run directory out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::json;
use welt_data::WordPieceTokenizer;
use welt_models::checkpoint::{self, Checkpoint, CheckpointError, WeightFormat};
use welt_tags::LabelSet;
use welt_train::Epoch;

use crate::config::{ConfigFlags, RunConfig};
use crate::corpus::{Split, class_weights, tag_column};
use crate::model_card::ModelCard;
use crate::model_place::{self, ModelPlace};
use crate::prepared::{FittedRun, Prepared, SplitScores, Splits};
use crate::run_directory::{RunDirectory, hashes};
use crate::{device, interrupt};

const EXAMPLES: &str = "\
Examples:
  welt train --train train.tsv --dev dev.tsv --test test.tsv --model biobert --output runs/welt-1
  welt train --train train.tsv --dev dev.tsv --model biobert --output runs/plain --weights vanilla --seed 2
  welt train --config experiment.toml --output runs/again --learning-rate 3e-5
  welt train --config runs/welt-1/config.json --output runs/welt-1-again";

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

/// Runs the command.
///
/// # Errors
/// Settings, files or a model that cannot be used; a run that diverges, is interrupted or cannot be written.
pub fn run(arguments: &TrainArguments) -> Result<()> {
    let config = RunConfig::resolve(arguments.config.as_deref(), &arguments.flags)?;
    let opened = device::open(&config.device)?;
    let device = opened.device;
    RunDirectory::refuse_existing(&arguments.output)?;
    let splits = read_splits(&config)?;
    let labels = splits.train.label_set()?;
    if labels.names().len() < 2 {
        let files: Vec<String> = config.train.iter().map(|file| file.display().to_string()).collect();
        bail!(
            "{}: every word has the tag {}, so there is nothing to learn: expected a tag such as B-Disease on some; \
             check the file and --tag-column",
            files.join(", "),
            labels.names().join(", ")
        );
    }
    let counts = match config.counts_from.as_slice() {
        [] => splits.train.counts(&labels)?,
        files => Split::read(files, tag_column(config.tag_column))?.counts(&labels)?,
    };
    let weights = class_weights(&labels, &counts, config.weights, config.label_order)?;
    for ((name, count), weight) in labels.names().iter().zip(&counts).zip(&weights) {
        tracing::info!("class {name}: {count} words, weight {weight:.6}");
    }
    let place = model_place::find(&config.model)?;
    let seed = config.training.seed;
    let names = labels.names().to_vec();
    let checkpoint = if config.from_scratch {
        checkpoint::from_scratch(&place.folder, names, seed, &device)?
    } else {
        checkpoint::load_encoder(&place.folder, names, seed, &device).map_err(|error| match error {
            CheckpointError::NoWeights { .. } => anyhow!("{error}; --from-scratch draws them anew instead"),
            other => other.into(),
        })?
    };
    if !checkpoint.skipped.is_empty() {
        tracing::info!("{}: not used: {}", config.model.display(), checkpoint.skipped.join(", "));
    }
    let tokenizer = WordPieceTokenizer::from_directory(&place.folder, place.casing)?;
    let prepared = Prepared::new(&splits, &labels, &tokenizer, &config, &checkpoint.config)?;
    interrupt::listen()?;
    let mut directory = RunDirectory::create(&arguments.output)?;
    directory.json("config.json", &config)?;
    directory.json("environment.json", &environment(&config, &place, &opened.name)?)?;

    let started = Instant::now();
    let Checkpoint { config: sizes, model, skipped, .. } = checkpoint;
    let fitted = prepared.fit((model, &sizes), &weights, &config, &mut directory)?;
    let dev = prepared.score(prepared.dev.as_ref(), (&fitted.model, &sizes), &directory, "dev")?;
    let test = prepared.score(prepared.test.as_ref(), (&fitted.model, &sizes), &directory, "test")?;
    let seconds = started.elapsed().as_secs_f64();
    let outcome =
        Outcome { config: &config, labels: &labels, counts, weights, dev, test, fitted: &fitted.epochs, seconds };
    directory.json("record.json", &outcome.record(&fitted, &prepared))?;
    if config.save_model {
        let (names, model) = (labels.names().to_vec(), fitted.model.clone());
        let checkpoint = Checkpoint { config: sizes, labels: names, model, skipped };
        outcome.save_model(&checkpoint, &tokenizer, &place, &directory)?;
    }
    interrupt::stop_if_interrupted()?;
    directory.finish()?;
    tracing::info!("wrote {}", arguments.output.display());
    if let Some(scores) = outcome.test.as_ref().or(outcome.dev.as_ref()) {
        let report = scores.default.to_text(4);
        std::io::Write::write_all(&mut std::io::stdout().lock(), report.as_bytes()).context("standard output")?;
    }
    Ok(())
}

fn read_splits(config: &RunConfig) -> Result<Splits> {
    let column = tag_column(config.tag_column);
    Ok(Splits {
        train: Split::read(&config.train, column)?,
        dev: Split::read(&config.dev, column)?,
        test: Split::read(&config.test, column)?,
    })
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
    /// Writes the model with its tokenizer and its card.
    fn save_model(
        &self,
        checkpoint: &Checkpoint,
        tokenizer: &WordPieceTokenizer,
        place: &ModelPlace,
        directory: &RunDirectory,
    ) -> Result<()> {
        let folder = directory.partial().join("model");
        checkpoint::save(&folder, checkpoint, WeightFormat::F32)?;
        tokenizer.save(&folder, checkpoint.config.max_position_embeddings)?;
        let (architecture, labels, test) = (checkpoint.config.model_type, self.labels.names(), self.test.as_ref());
        let origin = place.origin.as_ref();
        let card = ModelCard { config: self.config, origin, architecture, labels, test }.to_text();
        directory.file("model/README.md", |out| Ok(std::io::Write::write_all(out, card.as_bytes())?))
    }

    fn record(&self, run: &FittedRun, prepared: &Prepared) -> serde_json::Value {
        let subwords: usize = self.fitted.iter().map(|epoch| epoch.subwords).sum();
        let training_seconds: f64 = self.fitted.iter().map(|epoch| epoch.seconds).sum();
        let scores = |scores: &Option<SplitScores>| {
            scores.as_ref().map(|scores| {
                json!({ "default": scores.default.micro, "strict": scores.strict.as_ref().map(|report| &report.micro),
                        "reports": scores })
            })
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
            "data": prepared.ledger(),
            "seconds": { "training": training_seconds, "training_cpu": run.cpu_seconds, "total": self.seconds },
            "tokens_per_second": subwords as f64 / training_seconds,
            "tokens_per_cpu_second": subwords as f64 / run.cpu_seconds,
        })
    }
}

/// What a run saw of the world: program, machine, and the hash of every file it read.
fn environment(config: &RunConfig, place: &ModelPlace, device: &str) -> Result<serde_json::Value> {
    let corpora = [&config.train, &config.dev, &config.test, &config.counts_from];
    let model_files = ["config.json", "tokenizer.json", "vocab.txt", "tokenizer_config.json"];
    let mut model_files = model_files.map(|name| place.folder.join(name)).to_vec();
    model_files.extend(checkpoint::weights_files(&place.folder)?);
    let corpora = corpora.into_iter().flatten().map(PathBuf::as_path);
    let files = corpora.chain(model_files.iter().map(PathBuf::as_path).filter(|path: &&Path| path.is_file()));
    Ok(json!({
        "welt": env!("CARGO_PKG_VERSION"),
        "system": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "device": device,
        "threads": rayon::current_num_threads(),
        "model": { "folder": place.folder, "hub": place.origin },
        "sha256": hashes(files)?,
    }))
}
