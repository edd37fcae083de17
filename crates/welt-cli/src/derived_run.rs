//! A run that takes the training of another one: what the other's model says of words, with labels chosen in another way.
//! The folder of a finished run goes in, a run folder of the same form comes out; no network is asked.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use welt_data::predictions::{self, PredictedSentence};
use welt_models::checkpoint;
use welt_record::{ChosenLabels, Environment, Record, Reports, ScoredSplits};
use welt_settings::{Method, Settings};
use welt_tagger::{Decoding, Stored};
use welt_tags::LabelSet;

use crate::choosing::{Chooser, ScoredSplit};
use crate::left_run;
use crate::model_card::ModelCard;
use crate::run_directory::RunDirectory;
use crate::{interrupt, score_files};

/// Fails where a shift is to be tuned and there is nothing to tune it on.
///
/// # Errors
/// No dev.
pub fn refuse_without_dev(settings: &Settings) -> Result<()> {
    if settings.method.choice.tuned_shift && settings.dev.is_empty() {
        bail!("--method {}: a shift is tuned on dev: name files with --dev", settings.method);
    }
    Ok(())
}

/// Chooses labels anew by what the model of the finished run `trained` says of dev and test, and writes a run of it; what it
/// gives is the report on the last split, for a reader.
///
/// # Errors
/// A run that is not finished, has no word scores, or was asked for something else but for the choice of labels; a disk that is
/// full.
pub fn derive(settings: &Settings, trained: &Path, output: &Path) -> Result<String> {
    left_run::refuse_other(output, settings)?;
    refuse_without_dev(settings)?;
    let record = Record::of_run(trained)
        .with_context(|| format!("--trained {}: expected the folder of a finished run", trained.display()))?;
    refuse_another(settings, &record.config, trained)?;
    interrupt::listen()?;
    let texts = [("dev", &record.scores.dev), ("test", &record.scores.test)].map(|(name, scores)| {
        let path = trained.join(format!("predictions/{name}.tsv"));
        let text = || fs::read_to_string(&path).with_context(|| path.display().to_string());
        scores.as_ref().map(|_| text()).transpose()
    });
    let [dev_text, test_text] = texts;
    let (dev_text, test_text) = (dev_text?, test_text?);
    let [dev, test] = [("dev", &dev_text), ("test", &test_text)]
        .map(|(name, text)| text.as_deref().map(|text| split(trained, name, text)).transpose());
    let mut labels = None;
    let mut scored = Vec::new();
    for found in [dev?, test?] {
        let (of, split) = found.map_or((None, None), |(labels, split)| (Some(labels), Some(split)));
        labels = labels.or(of);
        scored.push(split);
    }
    let labels = labels.with_context(|| format!("{}: neither dev nor test was scored", trained.display()))?;
    let chooser = Chooser { labels: &labels, choice: settings.method.choice, best_by: settings.training.best_by };
    let (decoding, choice) = chooser.decide([scored[0].as_ref(), scored[1].as_ref()])?;
    let mut directory =
        RunDirectory::begin(RunDirectory::take(output, &left_run::mark(output))?, &left_run::mark(output))?;
    let trained_by = trained.file_name().map(|name| name.to_string_lossy().into_owned());
    let written = write(
        settings,
        (trained, record),
        &scored,
        (chooser, &decoding, ChosenLabels { trained_by, ..choice }),
        &mut directory,
    );
    match written {
        Ok(said) => {
            directory.finish()?;
            tracing::info!("wrote {}", output.display());
            Ok(said)
        }
        Err(error) => {
            directory.discard();
            Err(error)
        }
    }
}

/// Fails where the other run was asked for something else, but for the choice of labels, what it was made on and whether the
/// model was kept.
fn refuse_another(settings: &Settings, theirs: &Settings, trained: &Path) -> Result<()> {
    let alike = Settings {
        method: Method { choice: theirs.method.choice, ..settings.method },
        device: theirs.device.clone(),
        save_model: theirs.save_model,
        allow: theirs.allow.clone(),
        ..settings.clone()
    };
    let names = left_run::differences(theirs, &alike);
    if !names.is_empty() {
        bail!(
            "--trained {}: that run was asked for another {}: expected one that differs in the choice of labels alone",
            trained.display(),
            names.join(", ")
        );
    }
    Ok(())
}

/// A split of a finished run.
fn split<'t>(trained: &Path, name: &'static str, text: &'t str) -> Result<(LabelSet, ScoredSplit<'t>)> {
    let parsed = predictions::parse(text);
    let sentences =
        parsed.with_context(|| trained.join(format!("predictions/{name}.tsv")).display().to_string())?.sentences;
    let n_words: Vec<usize> = sentences.iter().map(|sentence| sentence.words.len()).collect();
    let (labels, scores) = score_files::read(&trained.join(score_files::name(name)), &n_words).context(
        "the labels of a run are chosen anew by the word scores that it left, which older versions did not: train it again",
    )?;
    let mut split = ScoredSplit { name, words: Vec::new(), gold: Vec::new(), documents: Vec::new(), scores };
    for PredictedSentence { words, gold, document, .. } in sentences {
        split.words.push(words);
        split.gold.push(gold.into_iter().map(str::to_owned).collect());
        split.documents.push(document);
    }
    Ok((labels, split))
}

/// Writes all files; the record comes last, for it says that the run is whole.
fn write(
    settings: &Settings,
    (trained, record): (&Path, Record),
    scored: &[Option<ScoredSplit>],
    (chooser, decoding, choice): (Chooser, &Decoding, ChosenLabels),
    directory: &mut RunDirectory,
) -> Result<String> {
    directory.json(left_run::CONFIG, settings)?;
    let environment = Environment::of_run(trained)?;
    if let Some(environment) = &environment {
        directory.json(Environment::FILE, environment)?;
    }
    let origin = environment.and_then(|environment| environment.model?.hub);
    let mut reports: Vec<Option<Reports>> = Vec::new();
    for split in scored {
        let written = split.as_ref().map(|split| chooser.write(split, decoding, directory));
        reports.push(written.transpose()?);
    }
    if settings.save_model {
        copy_model(&trained.join("model"), directory)?;
        // What the other run stored, and its card, are of its own choice.
        let folder = directory.partial().join("model");
        Stored::remove(&folder)?;
        store(decoding, directory)?;
        let architecture = checkpoint::read_config(&folder)?.model_type;
        let labels = chooser.labels.names();
        let test = reports.get(1).and_then(Option::as_ref);
        let origin = origin.as_ref();
        let card = ModelCard { config: settings, origin, architecture, labels, test }.to_text();
        directory.file("model/README.md", |out| Ok(out.write_all(card.as_bytes())?))?;
    }
    interrupt::stop_if_interrupted()?;
    let said = reports.iter().flatten().last().map(|reports| reports.default.to_text(4)).unwrap_or_default();
    let mut reports = reports.into_iter().map(|reports| reports.map(Into::into));
    let mut next = || reports.next().flatten();
    let record = Record {
        welt: env!("CARGO_PKG_VERSION").to_owned(),
        format: Record::FORMAT,
        config: settings.clone(),
        scores: ScoredSplits { dev: next(), test: next() },
        epochs: Vec::new(),
        evaluations: Vec::new(),
        choice: Some(choice),
        seconds: None,
        tokens_per_second: None,
        tokens_per_cpu_second: None,
        ..record
    };
    directory.last_json(Record::FILE, &record)?;
    Ok(said)
}

/// Copies the files of a model.
fn copy_model(from: &Path, directory: &RunDirectory) -> Result<()> {
    let entries = fs::read_dir(from).with_context(|| {
        format!("{}: the run kept no model to copy: leave it out with --no-save-model", from.display())
    })?;
    for entry in entries {
        let path = entry.with_context(|| from.display().to_string())?.path();
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        if name == "README.md" {
            continue;
        }
        let mut file = fs::File::open(&path).with_context(|| path.display().to_string())?;
        directory.file(&format!("model/{name}"), |out| Ok(std::io::copy(&mut file, out).map(|_| ())?))?;
    }
    Ok(())
}

/// Puts a decoding that is not the greedy one into the configuration of the model that was written.
///
/// # Errors
/// A configuration that cannot be written.
pub fn store(decoding: &Decoding, directory: &RunDirectory) -> Result<()> {
    if decoding.is_greedy() {
        return Ok(());
    }
    let stored = Stored { decoding: decoding.clone(), tuned: None };
    Ok(stored.write(&directory.partial().join("model"))?)
}
