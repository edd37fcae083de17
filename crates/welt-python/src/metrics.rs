//! What `welt.metrics` is made of: the counts and scores of every metric, and their tables as text.
//! Pairs, tags or entities in, dictionaries out, each with the text of its table; names and classes are in `python/welt/metrics.py`.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pythonize::pythonize;
use serde::Serialize;
use welt_eval::faireval::{self, Discontinuous, ErrorCounts, Focus, Weight, Weights};
use welt_eval::semeval::{self, MatchCounts, Matching, MinOverlap, Mode, Outcome};
use welt_eval::{Chunk, Chunking, Scores, Tally, ZeroDivision, conlleval, errors, seqeval};

use crate::errors::{raised, refused};
use crate::input::{Extent, Extents, Input};

/// A dictionary and the text of its table.
type Answer<'py> = PyResult<(Bound<'py, PyAny>, String)>;

/// How what is to be scored is read.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Reading {
    /// A scheme, `detect`, or none for any tags.
    scheme: Option<String>,
    /// Whether letters stand behind types.
    suffix: bool,
    /// Whether the ends of entities are their last positions.
    inclusive: bool,
}

fn plain<'py, T: Serialize + ?Sized>(py: Python<'py>, value: &T) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize(py, value)?)
}

/// Precision, recall and F1 as seqeval has them.
#[pyfunction]
pub fn score_seqeval<'py>(
    gold: &Bound<'py, PyAny>,
    predicted: Option<&Bound<'py, PyAny>>,
    reading: Reading,
    one: bool,
) -> Answer<'py> {
    let py = gold.py();
    let input = Input::of(gold, predicted, reading.suffix, reading.inclusive)?;
    let chunking = input.chunking(reading.scheme.as_deref())?;
    let tally = match &input {
        Input::Extents(_) => {
            let mut tally = Tally::default();
            input.each(py, chunking, |gold, predicted| {
                tally.add_entities(gold, predicted);
                Ok(())
            })?;
            tally
        }
        _ => {
            let pairs = input.pairs()?;
            let mut evaluation = seqeval::Evaluation::new(chunking, pairs.notation());
            py.detach(|| pairs.each_tags(|gold, predicted| evaluation.add_sentence(gold, predicted)))
                .map_err(|error| raised(&error))?;
            evaluation.tally().clone()
        }
    };
    let zero_division = if one { ZeroDivision::One } else { ZeroDivision::Zero };
    let report = seqeval::Report::new(chunking, &tally, zero_division);
    Ok((plain(py, &report)?, report.to_string()))
}

/// The counts of one type or of all, with the three kinds of scores.
#[derive(Serialize)]
struct FairScores {
    counts: ErrorCounts,
    boundary: usize,
    traditional: Scores,
    fair: Scores,
    weighted: Scores,
}

#[derive(Serialize)]
struct FairAnswer {
    chunking: Chunking,
    overall: FairScores,
    per_type: BTreeMap<String, FairScores>,
    confusion: faireval::Confusion,
    error_ratios: faireval::ErrorRatios,
    entity_ratios: faireval::ErrorRatios,
}

/// FairEval's counts and scores; errors of two types stand at the gold type, or at the predicted one where `by_prediction`.
#[pyfunction]
#[pyo3(signature = (gold, predicted, reading, by_prediction=false, weights=None))]
pub fn score_faireval<'py>(
    gold: &Bound<'py, PyAny>,
    predicted: Option<&Bound<'py, PyAny>>,
    reading: Reading,
    by_prediction: bool,
    weights: Option<BTreeMap<String, (f64, f64, f64)>>,
) -> Answer<'py> {
    let py = gold.py();
    let input = Input::of(gold, predicted, reading.suffix, reading.inclusive)?;
    let chunking = input.chunking(reading.scheme.as_deref())?;
    let weights = fair_weights(weights.unwrap_or_default())?;
    let mut tally = faireval::Tally::default();
    match &input {
        Input::Extents(extents) if has_gaps(extents) => add_discontinuous(&mut tally, extents)?,
        _ => input.each(py, chunking, |gold, predicted| tally.add(gold, predicted))?,
    }
    let focus = if by_prediction { Focus::System } else { Focus::Target };
    let scores = |counts: ErrorCounts| FairScores {
        counts,
        boundary: counts.boundary(),
        traditional: counts.traditional_scores(),
        fair: counts.scores(&Weights::FAIR),
        weighted: counts.scores(&weights),
    };
    let total = tally.total();
    let answer = FairAnswer {
        chunking,
        overall: scores(total),
        per_type: tally.per_type(focus).into_iter().map(|(name, counts)| (name, scores(counts))).collect(),
        confusion: tally.confusion(),
        error_ratios: total.error_ratios(),
        entity_ratios: total.entity_ratios(),
    };
    Ok((plain(py, &answer)?, faireval::Report::new(chunking, tally).to_string()))
}

fn has_gaps(extents: &Extents) -> bool {
    extents.gold.iter().chain(&extents.predicted).flatten().any(|entity| entity.parts.len() != 1)
}

fn add_discontinuous(tally: &mut faireval::Tally, extents: &Extents) -> PyResult<()> {
    let side = |entities: &[Extent]| -> Vec<(String, Vec<std::ops::Range<usize>>)> {
        entities.iter().map(|entity| (entity.entity_type().to_owned(), entity.parts.clone())).collect()
    };
    for (gold, predicted) in extents.gold.iter().zip(&extents.predicted) {
        let (gold, predicted) = (side(gold), side(predicted));
        let [gold, predicted] = [&gold, &predicted].map(|entities| {
            let entity = |(entity_type, parts)| Discontinuous { entity_type, parts };
            entities.iter().map(|(name, parts)| entity((name.as_str(), parts.as_slice()))).collect::<Vec<_>>()
        });
        tally.add_discontinuous(&gold, &predicted).map_err(|error| raised(&error))?;
    }
    Ok(())
}

/// The paper's weights, with those that are given by the names of the kinds of error.
fn fair_weights(given: BTreeMap<String, (f64, f64, f64)>) -> PyResult<Weights> {
    let mut weights = Weights::PAPER;
    for (kind, (true_positive, false_positive, false_negative)) in given {
        let weight = match kind.as_str() {
            "LE" => &mut weights.label,
            "LBE" => &mut weights.label_boundary,
            "BES" => &mut weights.smaller,
            "BEL" => &mut weights.larger,
            "BEO" => &mut weights.crossing,
            _ => return Err(refused(format!("`{kind}` is no kind of error, expected LE, LBE, BES, BEL or BEO"))),
        };
        *weight = Weight { true_positive, false_positive, false_negative };
    }
    Ok(weights)
}

/// The counts of a mode with their scores, by nervaluate's names.
#[derive(Serialize)]
struct ModeCounts {
    correct: usize,
    incorrect: usize,
    partial: usize,
    missed: usize,
    spurious: usize,
    precision: f64,
    recall: f64,
    f1: f64,
    actual: usize,
    possible: usize,
}

impl From<&MatchCounts> for ModeCounts {
    fn from(counts: &MatchCounts) -> Self {
        Self {
            correct: counts.correct,
            incorrect: counts.incorrect,
            partial: counts.partial,
            missed: counts.missed,
            spurious: counts.spurious,
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            actual: counts.actual(),
            possible: counts.possible(),
        }
    }
}

#[derive(Serialize)]
struct SemevalAnswer {
    chunking: Chunking,
    overall: BTreeMap<&'static str, ModeCounts>,
    entities: BTreeMap<String, BTreeMap<&'static str, ModeCounts>>,
}

/// SemEval-2013's four modes.
#[pyfunction]
pub fn score_semeval<'py>(
    gold: &Bound<'py, PyAny>,
    predicted: Option<&Bound<'py, PyAny>>,
    reading: Reading,
    best_pairs: bool,
    min_overlap: f64,
) -> Answer<'py> {
    let py = gold.py();
    let input = Input::of(gold, predicted, reading.suffix, reading.inclusive)?;
    let chunking = input.chunking(reading.scheme.as_deref())?;
    let matching = if best_pairs { Matching::Optimal } else { Matching::Greedy };
    let options =
        semeval::Options { matching, min_overlap: MinOverlap::new(min_overlap).map_err(|error| raised(&error))? };
    let mut tally = semeval::Tally::default();
    input.each(py, chunking, |gold, predicted| tally.add(gold, predicted, options))?;
    let answer = semeval_answer(chunking, &tally);
    Ok((plain(py, &answer)?, semeval::Report::new(chunking, options, tally).to_string()))
}

fn semeval_answer(chunking: Chunking, tally: &semeval::Tally) -> SemevalAnswer {
    let modes = |outcome: &Outcome| Mode::ALL.map(|mode| (mode.name(), outcome.in_mode(mode).into())).into();
    SemevalAnswer {
        chunking,
        overall: modes(&tally.overall),
        entities: tally.per_type.iter().map(|(name, outcome)| (name.clone(), modes(outcome))).collect(),
    }
}

/// nervaluate's counts of tags by its own reading of them: each side is rows of tags, dictionaries of entities, or the text of a
/// file, as `loader` says. Only entities of `types` count.
#[pyfunction]
pub fn score_nervaluate<'py>(
    gold: &Bound<'py, PyAny>,
    predicted: &Bound<'py, PyAny>,
    types: Vec<String>,
    min_overlap: f64,
    loader: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = gold.py();
    let options = semeval::Options {
        matching: Matching::Greedy,
        min_overlap: MinOverlap::new(min_overlap).map_err(|error| raised(&error))?,
    };
    let mut tally = semeval::Tally::default();
    let mut add = |gold: &[Chunk<'_>], predicted: &[Chunk<'_>]| {
        tally.add(&of_types(gold, &types), &of_types(predicted, &types), options)
    };
    match loader {
        "list" => {
            let rows = crate::tags::RowReader::new(crate::tags::NotText::TypeError).read_two(gold, predicted)?;
            let mut document = 0;
            rows.each(|gold, predicted| {
                let side = |tags: &[&str]| semeval::read_tags(tags.iter().copied().enumerate(), tags.len()).map(owned);
                let at = |error: &dyn std::error::Error| refused(format!("document {document}: {error}"));
                let (gold, predicted) =
                    (side(gold).map_err(|error| at(&error))?, side(predicted).map_err(|error| at(&error))?);
                document += 1;
                add(&borrowed(&gold), &borrowed(&predicted)).map_err(|error| raised(&error))
            })?;
        }
        "conll" => {
            let (gold, predicted): (String, String) = (gold.extract()?, predicted.extract()?);
            let (gold, predicted) = (conll_documents(&gold)?, conll_documents(&predicted)?);
            if gold.len() != predicted.len() {
                return Err(refused(format!(
                    "there are {} gold documents and {} predicted ones, expected as many of both",
                    gold.len(),
                    predicted.len()
                )));
            }
            for (gold, predicted) in gold.iter().zip(&predicted) {
                add(gold, predicted).map_err(|error| raised(&error))?;
            }
        }
        _ => {
            let input = Input::of(gold, Some(predicted), false, true)?;
            input.each(py, Chunking::Lenient, add)?;
        }
    }
    plain(py, &semeval_answer(Chunking::Lenient, &tally))
}

fn of_types<'t>(chunks: &[Chunk<'t>], types: &[String]) -> Vec<Chunk<'t>> {
    chunks.iter().filter(|chunk| types.iter().any(|name| name == chunk.entity_type)).copied().collect()
}

fn owned(chunks: Vec<Chunk<'_>>) -> Vec<welt_eval::Span> {
    chunks.into_iter().map(welt_eval::Span::from).collect()
}

fn borrowed(spans: &[welt_eval::Span]) -> Vec<Chunk<'_>> {
    spans.iter().map(Chunk::from).collect()
}

/// The entities of a text of words and tags, TABs between them and a blank line between documents, as nervaluate reads it.
fn conll_documents(text: &str) -> PyResult<Vec<Vec<Chunk<'_>>>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut documents = Vec::new();
    for (index, document) in text.trim_end().split("\n\n").enumerate() {
        let mut tags = Vec::new();
        for (position, line) in document.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let tag = line.split('\t').nth(1).ok_or_else(|| {
                refused(format!(
                    "document {index}, line {position}: `{line}` has no TAB, expected a word, a TAB and a tag"
                ))
            })?;
            tags.push((position, tag));
        }
        let length = document.split('\n').count();
        let entities = semeval::read_tags(tags.into_iter(), length)
            .map_err(|error| refused(format!("document {index}: {error}")))?;
        documents.push(entities);
    }
    Ok(documents)
}

/// The scores and the text of conlleval.pl.
#[pyfunction]
pub fn score_conlleval<'py>(
    gold: &Bound<'py, PyAny>,
    predicted: Option<&Bound<'py, PyAny>>,
    reading: Reading,
) -> Answer<'py> {
    let py = gold.py();
    let input = Input::of(gold, predicted, reading.suffix, reading.inclusive)?;
    let pairs = input.pairs()?;
    let report = py.detach(|| conlleval::score(pairs)).map_err(|error| raised(&error))?;
    Ok((plain(py, &report)?, report.to_text()))
}

/// One error where it stands.
#[derive(Serialize)]
struct LocatedError {
    /// The sentence or document, counted from 0.
    sentence: usize,
    start: usize,
    end: usize,
    /// The words from start to end; none where they are not known.
    text: Option<String>,
    description: String,
    #[serde(flatten)]
    error: errors::EntityError,
}

#[derive(Serialize)]
struct ErrorAnswer {
    chunking: Chunking,
    totals: errors::Report,
    per_type: BTreeMap<String, errors::TypeCounts>,
    pairs: BTreeMap<String, BTreeMap<String, errors::PairCounts>>,
    errors: Vec<LocatedError>,
}

/// The errors one by one, and how many there are of each kind.
#[pyfunction]
pub fn score_errors<'py>(
    gold: &Bound<'py, PyAny>,
    predicted: Option<&Bound<'py, PyAny>>,
    reading: Reading,
) -> Answer<'py> {
    let py = gold.py();
    let input = Input::of(gold, predicted, reading.suffix, reading.inclusive)?;
    let chunking = input.chunking(reading.scheme.as_deref())?;
    let words: Vec<Vec<&str>> = match input.pairs() {
        Ok(pairs) => pairs.iter().map(|sentence| sentence.words).collect(),
        Err(_) => Vec::new(),
    };
    let lengths: Vec<usize> = match input.pairs() {
        Ok(pairs) => pairs.iter().map(|sentence| sentence.gold.len()).collect(),
        Err(_) => Vec::new(),
    };
    let mut tally = errors::Tally::default();
    let mut listed = Vec::new();
    let (mut sentence, mut first) = (0, 0);
    input.each(py, chunking, |gold, predicted| {
        // Positions of tags count through the corpus; those of errors count in their sentence.
        let local = |chunks: &[Chunk<'_>]| -> Vec<welt_eval::Span> {
            let span = |chunk: &Chunk<'_>| {
                welt_eval::Span::new(
                    chunk.entity_type,
                    chunk.start.saturating_sub(first)..chunk.end.saturating_sub(first),
                )
            };
            chunks.iter().map(span).collect()
        };
        let (gold, predicted) = (local(gold), local(predicted));
        let (gold, predicted) = (borrowed(&gold), borrowed(&predicted));
        tally.add(&gold, &predicted);
        for error in errors::find(&gold, &predicted) {
            let extent = error.extent();
            let text = words.get(sentence).and_then(|words| words.get(extent.clone())).map(|words| words.join(" "));
            let description = error.to_string();
            listed.push(LocatedError { sentence, start: extent.start, end: extent.end, text, description, error });
        }
        first += lengths.get(sentence).map_or(0, |length| length + 1);
        sentence += 1;
        Ok(())
    })?;
    let totals = tally.report();
    let text = listed.iter().map(|error| format!("{}: {}\n", error.sentence, error.description)).collect();
    let answer = ErrorAnswer { chunking, totals, per_type: tally.per_type, pairs: tally.pairs, errors: listed };
    Ok((plain(py, &answer)?, text))
}
