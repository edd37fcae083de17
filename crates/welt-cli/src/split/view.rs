//! What each of `welt split`'s commands reads, makes and writes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use welt_data::ledger::Ledger;
use welt_data::views::{self, Conflict};
use welt_data::{Sentence, checks, conll};
use welt_tags::{Scheme, Span};

use super::{
    FoldsArguments, Input, JoinArguments, MergeArguments, OutputFile, PartsArguments, Reading, SampleArguments, Shares,
    TypesArguments,
};
use crate::allow::{advised, in_words_and_tags};
use crate::annotated::{Annotated, Origin};
use crate::convert::Account;
use crate::destination::{Destination, new_folder};
use crate::run_directory::RunDirectory;

/// Losses that are listed under each name.
const LISTED: usize = 3;

/// Several files as one.
pub fn merge(arguments: &MergeArguments) -> Result<()> {
    write(&arguments.output, &read(&arguments.input)?)
}

/// A folder with a folder for each fold.
pub fn folds(arguments: &FoldsArguments) -> Result<()> {
    let (output, input) = (&arguments.output, &arguments.input);
    RunDirectory::refuse_existing(output)?;
    let sentences = read(input)?;
    let folds = views::folds(&sentences, arguments.folds, arguments.seed);
    let folds = folds.with_context(|| format!("--folds {}: {}", arguments.folds, input.name()))?;
    let folder = new_folder(output)?;
    for fold in 0..folds.count() {
        let (training, held_out) = (folds.training(&sentences, fold), folds.held_out(&sentences, fold));
        for (name, sentences) in [("train.tsv", &training), ("test.tsv", &held_out)] {
            let name = format!("fold-{}/{name}", fold + 1);
            folder.file(&name, |out| conll::write(out, sentences).map_err(anyhow::Error::from))?;
            tracing::debug!("{}: {}", output.join(&name).display(), described(sentences));
        }
    }
    Ok(folder.finish()?)
}

/// A share of the sentences.
pub fn sample(arguments: &SampleArguments) -> Result<()> {
    let paths = arguments.rest.as_deref().zip(arguments.output.output.as_deref());
    if paths.is_some_and(|(rest, output)| welt_files::is_one_path(rest, output)) {
        bail!("--output and --rest are one file: name two");
    }
    let sentences = read(&arguments.input)?;
    let sample = views::subset(&sentences, arguments.fraction, arguments.seed).context("--fraction")?;
    let Some(path) = &arguments.rest else { return write(&arguments.output, &sample) };
    // Both are whole before one of them has its name.
    let mut rest = Destination::file(path, "--rest")?;
    fill(&mut rest, &without(&sentences, &sample))?;
    write(&arguments.output, &sample)?;
    rest.finish()
}

/// A folder with a file for each of three parts.
pub fn parts(arguments: &PartsArguments) -> Result<()> {
    let PartsArguments { input, parts: Shares([train, dev, test]), seed, output } = arguments;
    RunDirectory::refuse_existing(output)?;
    let sentences = read(input)?;
    let draw = |sentences: &[Sentence], share: f64| -> Result<(Vec<Sentence>, Vec<Sentence>)> {
        let drawn = views::subset(sentences, share, *seed).context("--parts")?;
        let rest = without(sentences, &drawn);
        Ok((drawn, rest))
    };
    let (training, rest) = draw(&sentences, train / 100.0)?;
    let (development, held_out) = draw(&rest, dev / (dev + test))?;
    let parts = [("train.tsv", training), ("dev.tsv", development), ("test.tsv", held_out)];
    if let Some((name, _)) = parts.iter().find(|(_, sentences)| sentences.is_empty()) {
        bail!(
            "{}: nothing is left for {name}: too few documents, or sentences where no documents are known, for three parts",
            input.name()
        );
    }
    let folder = new_folder(output)?;
    for (name, sentences) in &parts {
        folder.file(name, |out| conll::write(out, sentences).map_err(anyhow::Error::from))?;
        tracing::info!("{}: {}", output.join(name).display(), described(sentences));
    }
    Ok(folder.finish()?)
}

/// The sentences without those of a sample of them, which is in the same order.
fn without(sentences: &[Sentence], sample: &[Sentence]) -> Vec<Sentence> {
    let mut sample = sample.iter().peekable();
    sentences.iter().filter(|sentence| sample.next_if_eq(sentence).is_none()).cloned().collect()
}

/// Some types, or types of other names.
pub fn types(arguments: &TypesArguments) -> Result<()> {
    let mut sentences = read(&arguments.input)?;
    let name = || arguments.input.name();
    if !arguments.keep.is_empty() {
        let kept: Vec<&str> = arguments.keep.iter().map(String::as_str).collect();
        sentences = views::keep_types(&sentences, &kept).with_context(name)?;
    }
    let names: Vec<(&str, &str)> = arguments.rename.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    write(&arguments.output, &views::rename_types(&sentences, &names).with_context(name)?)
}

/// The entities of several files that hold the same words.
pub fn join(arguments: &JoinArguments) -> Result<()> {
    let corpora = read_files(&arguments.files, &arguments.reading)?;
    let Some((first, others)) = corpora.split_first() else { return Ok(()) };
    let scheme = arguments.scheme.or_else(|| checks::likely_scheme(&first.sentences)).unwrap_or(Scheme::Iob2);
    let mut joined = first.sentences.clone();
    for other in others {
        let names = || format!("{} and {}", first.path.display(), other.path.display());
        let merged = views::merge_types(&joined, &other.sentences, scheme).with_context(names)?;
        tracing::debug!("{}: {} entities are in both", names(), merged.in_both);
        let conflicts = Conflicts { first: &first.path, other: &other.path, sentences: &joined };
        conflicts.warn(&merged.conflicts, arguments.limit);
        joined = merged.sentences;
    }
    write(&arguments.output, &joined)
}

/// The sentences of all files, the documents of each apart from those of the others.
fn read(input: &Input) -> Result<Vec<Sentence>> {
    let corpora = read_files(&input.files, &input.reading)?;
    let parts: Vec<&[Sentence]> = corpora.iter().map(|corpus| corpus.sentences.as_slice()).collect();
    let mut schemes = corpora.iter().filter_map(|corpus| checks::likely_scheme(&corpus.sentences).zip(Some(corpus)));
    if let Some((scheme, first)) = schemes.next()
        && let Some((other, corpus)) = schemes.find(|(other, _)| *other != scheme)
    {
        let (first, path) = (first.path.display(), corpus.path.display());
        tracing::warn!("the tags of {first} read as {scheme}, but those of {path} as {other}");
    }
    Ok(views::merge_splits(&parts))
}

/// What was read of each file; a warning tells what will not be written.
fn read_files(files: &[PathBuf], reading: &Reading) -> Result<Vec<Annotated>> {
    let mut corpora = reading.flags.read_all(files, LISTED)?;
    let mut account = Account::new(in_words_and_tags(&reading.allow), LISTED);
    for corpus in &mut corpora {
        reading.scheme.apply(corpus)?;
        match &mut corpus.origin {
            Origin::Tagged { layout, forbidden, .. } => {
                account.add(std::mem::replace(forbidden, Ledger::listing(0)));
                // One column holds the words and one the tags.
                let others = layout.columns.saturating_sub(2);
                if others > 0 {
                    tracing::warn!("{}: columns besides words and tags are left out: {others}", corpus.path.display());
                }
            }
            Origin::Documents { lost, .. } => account.add(std::mem::replace(lost, Ledger::listing(0))),
        }
    }
    account.close()?.1.map_err(|refused| advised(&refused))?;
    Ok(corpora)
}

fn write(output: &OutputFile, sentences: &[Sentence]) -> Result<()> {
    let mut out = Destination::named(output.output.as_deref())?;
    fill(&mut out, sentences)?;
    out.finish()
}

fn fill(out: &mut Destination, sentences: &[Sentence]) -> Result<()> {
    let written = conll::write(&mut out.writer, sentences).map_err(anyhow::Error::from);
    written.and_then(|()| Ok(std::io::Write::flush(&mut out.writer)?)).with_context(|| out.name.clone())?;
    tracing::debug!("{}: {}", out.name, described(sentences));
    Ok(())
}

/// How many sentences there are, in how many documents.
fn described(sentences: &[Sentence]) -> String {
    let documents: HashSet<usize> = sentences.iter().map(|sentence| sentence.document).filter(|&n| n > 0).collect();
    match documents.len() {
        0 => format!("sentences: {}", sentences.len()),
        documents => format!("sentences: {}, documents: {documents}", sentences.len()),
    }
}

/// Entities of two files that share words.
struct Conflicts<'c> {
    first: &'c Path,
    other: &'c Path,
    /// Those that the conflicts are about, in file order.
    sentences: &'c [Sentence],
}

impl Conflicts<'_> {
    fn warn(&self, conflicts: &[Conflict], limit: usize) {
        for conflict in conflicts.iter().take(limit) {
            let line = conflict.line + conflict.left_out.start;
            let at = self.sentences.binary_search_by_key(&conflict.line, |sentence| sentence.line_number);
            let Some(sentence) = at.ok().and_then(|at| self.sentences.get(at)) else { continue };
            let [kept, left_out] = [&conflict.kept, &conflict.left_out].map(|entity| quoted(sentence, entity));
            tracing::warn!("{}:{line}: {kept} stays, {left_out} is left out", self.first.display());
        }
        if !conflicts.is_empty() {
            let (count, other) = (conflicts.len(), self.other.display());
            tracing::warn!("{other}: entities left out, since they share words with another: {count}");
        }
    }
}

/// The words of an entity and its type.
fn quoted(sentence: &Sentence, entity: &Span) -> String {
    let words = sentence.words.get(entity.words()).unwrap_or_default();
    format!("`{}` ({})", words.join(" "), entity.entity_type)
}

impl Input {
    fn name(&self) -> String {
        let names: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        names.join(", ")
    }
}
