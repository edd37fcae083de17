//! The systems that are compared: files of predictions in, a row of counts for each sentence out.
//! All of them must hold the same words and the same gold tags.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use clap::error::ErrorKind;
use welt_data::formats::Format;
use welt_eval::uncertainty::Units;
use welt_eval::{Counts, Reading, Side, Signature, Tally, faireval, gold_lines};
use welt_files::Hasher as Digest;
use welt_tags::{Chunk, Chunking, CorpusReader, Notation};

use super::Metric;
use crate::document_pairs::{DocumentPairs, chunks, read_documents};
use crate::tag_pairs::{ColumnFlags, Pair, PairSource, ReadingFlags};

/// A system as it is named on the command line.
#[derive(Clone)]
pub struct Named {
    name: String,
    files: Vec<PathBuf>,
}

impl Named {
    /// The files of its runs.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

impl FromStr for Named {
    type Err = String;

    /// Reads `[NAME=]FILE[,FILE...]`; a text that is the path of a file is that file, whatever it holds.
    fn from_str(text: &str) -> Result<Self, String> {
        if Path::new(text).is_file() {
            return Ok(Self { name: text.to_owned(), files: vec![text.into()] });
        }
        let (name, files) = match text.split_once('=') {
            Some((name, files)) if !name.is_empty() => (name, files),
            _ => (text, text),
        };
        let files: Vec<PathBuf> = files.split(',').map(PathBuf::from).collect();
        if files.iter().any(|file| file.as_os_str().is_empty()) {
            return Err(format!("`{text}` names no file, expected [NAME=]FILE[,FILE...]"));
        }
        Ok(Self { name: name.to_owned(), files })
    }
}

/// A system: the counts of each of its runs, unit by unit.
pub struct SystemRuns {
    /// What it is called.
    pub name: String,
    /// Its runs, with different seeds or only one.
    pub runs: Vec<Units>,
    /// How its first run came about; the others have the same gold tags.
    pub signature: Option<Signature>,
    /// The document of each sentence.
    documents: Vec<usize>,
}

/// What a run was scored on.
struct Sentences {
    file: PathBuf,
    /// Of words and gold tags, and where they begin.
    fingerprints: Vec<(u64, usize)>,
    documents: Vec<usize>,
}

/// A name, how its first run came about, and a row of counts for every unit of each run.
type ReadSystem = (String, Option<Signature>, Vec<Vec<Vec<u64>>>);

/// Reads the predictions of all systems.
pub fn read_systems(
    systems: &[Named],
    columns: ColumnFlags,
    reading: ReadingFlags,
    metric: Metric,
) -> Result<Vec<SystemRuns>> {
    if let Some(name) = repeated(systems) {
        let message = format!("two systems are called {name}: name them as NAME=FILE\n");
        return Err(clap::Error::raw(ErrorKind::ValueValidation, message).into());
    }
    let mut types = Vec::new();
    let mut first: Option<Sentences> = None;
    let mut read: Vec<ReadSystem> = Vec::new();
    for system in systems {
        let mut runs = Vec::new();
        let mut signature = None;
        for file in &system.files {
            let source = PairSource { gold: file.clone(), predicted: None, columns };
            let chunking = reading.chunking(&source)?;
            let (sentences, rows, read) =
                read_run(&source, chunking, reading, |gold, predicted| row(gold, predicted, metric, &mut types))?;
            signature.get_or_insert(Signature { metric: metric.name().to_owned(), ..read });
            match &first {
                None => first = Some(sentences),
                Some(first) => check_same(first, &sentences)?,
            }
            runs.push(rows);
        }
        read.push((system.name.clone(), signature, runs));
    }
    let documents = first.map(|sentences| sentences.documents).unwrap_or_default();
    in_units(read, metric, types.len(), &documents)
}

/// Reads documents with the predictions of all systems; the units are the gold documents.
pub fn read_document_systems(
    systems: &[Named],
    gold: &Path,
    from: Option<Format>,
    metric: Metric,
) -> Result<Vec<SystemRuns>> {
    if let Some(name) = repeated(systems) {
        let message = format!("two systems are called {name}: name them as NAME=FILE\n");
        return Err(clap::Error::raw(ErrorKind::ValueValidation, message).into());
    }
    let documents = read_documents(gold, from)?;
    let mut types = Vec::new();
    let mut read: Vec<ReadSystem> = Vec::new();
    for system in systems {
        let mut runs = Vec::new();
        let mut signature = None;
        for file in &system.files {
            let compared = DocumentPairs::of(&documents, &read_documents(file, from)?)
                .with_context(|| format!("{} against {}", file.display(), gold.display()))?;
            compared.warn(gold, file);
            signature.get_or_insert_with(|| Signature {
                metric: metric.name().to_owned(),
                chunking: Chunking::Lenient,
                notation: Notation::Prefix,
                dropped_tags: None,
                options: vec![("of", "documents".to_owned())],
                gold_sha256: compared.gold_sha256(),
            });
            let rows = compared.pairs.iter();
            let rows = rows.map(|pair| row(&chunks(&pair.gold), &chunks(&pair.predicted), metric, &mut types));
            runs.push(rows.collect::<Result<Vec<_>>>()?);
        }
        read.push((system.name.clone(), signature, runs));
    }
    let numbers: Vec<usize> = (1..=documents.len()).collect();
    in_units(read, metric, types.len(), &numbers)
}

/// The rows of all systems in the width that the metric needs.
fn in_units(read: Vec<ReadSystem>, metric: Metric, n_types: usize, documents: &[usize]) -> Result<Vec<SystemRuns>> {
    let width = match metric {
        Metric::FairF1 => 4,
        Metric::MacroF1 => 3 * n_types.max(1),
        Metric::F1 | Metric::Precision | Metric::Recall => 3,
    };
    let units = |mut rows: Vec<Vec<u64>>| -> Result<Units> {
        rows.iter_mut().for_each(|row| row.resize(width, 0));
        Ok(Units::of_rows(&rows)?)
    };
    read.into_iter()
        .map(|(name, signature, runs)| {
            let runs = runs.into_iter().map(units).collect::<Result<_>>()?;
            Ok(SystemRuns { name, runs, signature, documents: documents.to_vec() })
        })
        .collect()
}

/// A name that two systems have.
fn repeated(systems: &[Named]) -> Option<&str> {
    let earlier = |index: usize| systems[..index].iter().any(|system| system.name == systems[index].name);
    (0..systems.len()).find(|index| earlier(*index)).map(|index| systems[index].name.as_str())
}

/// More types than that are words in the place of tags, and their rows would fill the memory.
const MOST_TYPES: usize = 1000;

impl SystemRuns {
    /// The same with documents as units.
    pub fn by_document(self) -> Result<Self> {
        let Self { name, runs, signature, documents } = self;
        let n_documents = documents.windows(2).filter(|pair| pair[0] != pair[1]).count() + 1;
        if n_documents < 2 {
            let found = match documents.first() {
                None | Some(0) => "no -DOCSTART- lines between documents, expected them",
                Some(_) => "one document, expected several",
            };
            bail!("{name}: found {found} for --unit document; leave it out");
        }
        let runs = runs.iter().map(|run| Ok(run.by_document(&documents)?)).collect::<Result<_>>()?;
        Ok(Self { name, runs, signature, documents })
    }
}

fn read_run(
    source: &PairSource,
    chunking: Chunking,
    reading: ReadingFlags,
    mut row: impl FnMut(&[Chunk<'_>], &[Chunk<'_>]) -> Result<Vec<u64>>,
) -> Result<(Sentences, Vec<Vec<u64>>, Signature)> {
    let mut sentences = Sentences { file: source.gold.clone(), fingerprints: Vec::new(), documents: Vec::new() };
    let mut readers = [CorpusReader::new(chunking, reading.notation()); 2];
    let mut rows = Vec::new();
    let mut digest = Digest::new();
    let mut dropped = [0; 2];
    let mut reader = source.open()?;
    while let Some(pair) = reader.next_pair()? {
        let [gold_reader, predicted_reader] = &mut readers;
        let start = gold_reader.position();
        let gold = gold_reader.read(&pair.gold).map_err(|error| pair.locate_tag(&error, Side::Gold, source))?;
        let predicted =
            predicted_reader.read(&pair.predicted).map_err(|error| pair.locate_tag(&error, Side::Predicted, source))?;
        for (side, (tags, chunks)) in [(&pair.gold, &gold), (&pair.predicted, &predicted)].into_iter().enumerate() {
            dropped[side] += Reading::of_chunks(tags, chunks, start, reading.notation()).dropped_tags;
        }
        digest.add(gold_lines(&pair.gold).as_bytes());
        rows.push(row(&gold, &predicted)?);
        sentences.fingerprints.push((fingerprint(&pair), pair.line_number));
        sentences.documents.push(pair.document);
    }
    tracing::debug!(
        "{}: {} sentences, {}, entities read in mode {chunking}",
        source.name(),
        rows.len(),
        reader.columns()
    );
    let signature = Signature {
        metric: String::new(),
        chunking,
        notation: reading.notation(),
        dropped_tags: Some(dropped),
        options: Vec::new(),
        gold_sha256: digest.digits(),
    };
    Ok((sentences, rows, signature))
}

fn fingerprint(pair: &Pair<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    pair.words.hash(&mut hasher);
    pair.gold.hash(&mut hasher);
    hasher.finish()
}

fn check_same(first: &Sentences, other: &Sentences) -> Result<()> {
    let (one, two) = (first.file.display(), other.file.display());
    let same = first.fingerprints.iter().zip(&other.fingerprints).position(|(one, other)| one.0 != other.0);
    if let Some(index) = same {
        bail!(
            "{two}:{}:1: this sentence differs from {one}:{}: expected the same words and gold tags in all files",
            other.fingerprints[index].1,
            first.fingerprints[index].1
        );
    }
    let (here, there) = (first.fingerprints.len(), other.fingerprints.len());
    if here != there {
        bail!("{two} has {there} sentences and {one} has {here}: expected the same sentences in all files");
    }
    Ok(())
}

/// The counts of a sentence that the metric needs.
fn row(gold: &[Chunk<'_>], predicted: &[Chunk<'_>], metric: Metric, types: &mut Vec<String>) -> Result<Vec<u64>> {
    if metric == Metric::FairF1 {
        let mut tally = faireval::Tally::default();
        tally.add(gold, predicted).context("entities of tags")?;
        let counts = tally.total();
        let others = counts.label + counts.boundary() + counts.label_boundary;
        return Ok([counts.true_positives, counts.false_positives, counts.false_negatives, others]
            .map(|n| n as u64)
            .into());
    }
    let mut tally = Tally::default();
    tally.add_entities(gold, predicted);
    let total = tally.total();
    let counts = |counts: Counts| [counts.true_positives, counts.predicted, counts.gold].map(|n| n as u64);
    if metric != Metric::MacroF1 {
        return Ok(counts(total).into());
    }
    let entities: &BTreeMap<String, _> = &tally.entities;
    let mut row = vec![0; 3 * types.len()];
    for (entity_type, of_type) in entities {
        let index = types.iter().position(|known| known == entity_type).unwrap_or_else(|| {
            types.push(entity_type.clone());
            types.len() - 1
        });
        if types.len() > MOST_TYPES {
            bail!(
                "found more than {MOST_TYPES} entity types, such as `{entity_type}`: is this the column of tags? Name it with --gold and --predicted"
            );
        }
        row.resize(row.len().max(3 * types.len()), 0);
        row[3 * index..3 * index + 3].copy_from_slice(&counts(*of_type));
    }
    Ok(row)
}
