//! What `welt.seqeval` is made of: the counts, scores, text and exceptions of Python's seqeval.
//! Lists of lists of tags in, counts out; names, defaults and warnings are in `python/welt/seqeval`.

use pyo3::exceptions::{PyIndexError, PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use welt_eval::seqeval::{Evaluation, Report};
use welt_eval::{Average, Chunking, CorpusReader, Notation, Scheme, Tally, TokenCounts, ZeroDivision};

use crate::tags::{NotText, RowReader, TwoRows, check_lengths, type_name};

/// Most digits that a report can have behind the point.
const MOST_DIGITS: usize = 1000;

/// The letters that tags begin or end with.
const LETTERS: &str = "BIOESLU";

/// An entity: its type, its first position, and its last or the one behind it.
type TypedSpan = (String, usize, usize);

/// The entities of a corpus by type, as seqeval counts them.
#[pyclass(module = "welt._welt", frozen)]
pub struct SeqevalCounts {
    chunking: Chunking,
    tally: Tally,
    odd_tags: Vec<String>,
}

#[pymethods]
impl SeqevalCounts {
    /// The types that occur, in the order of their code points.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.tally.entities.keys().map(String::as_str).collect()
    }

    /// For each type the entities that agree, that were predicted and that there are.
    #[getter]
    fn counts(&self) -> Vec<(usize, usize, usize)> {
        let counts = self.tally.entities.values();
        counts.map(|counts| (counts.true_positives, counts.predicted, counts.gold)).collect()
    }

    /// The name of the scheme that tags were read by; none in the default mode.
    #[getter]
    const fn scheme(&self) -> Option<&'static str> {
        match self.chunking {
            Chunking::Lenient => None,
            Chunking::Strict(scheme) => Some(scheme.name()),
        }
    }

    /// What does not look like a tag, in the order in which it was met; only in the default mode.
    #[getter]
    fn odd_tags(&self) -> Vec<&str> {
        self.odd_tags.iter().map(String::as_str).collect()
    }

    /// Precision, recall, F-score and number of gold entities of each type.
    fn by_type(&self, beta: f64, one: bool) -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<usize>) {
        let zero_division = zero_division(one);
        let types = self.tally.entities.values();
        let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for counts in types {
            columns.0.push(counts.precision(zero_division));
            columns.1.push(counts.recall(zero_division));
            columns.2.push(counts.f_beta(beta, zero_division));
            columns.3.push(counts.gold);
        }
        columns
    }

    /// The same, averaged over types.
    fn averaged(&self, average: &str, beta: f64, one: bool) -> PyResult<(f64, f64, f64, usize)> {
        let average = match average {
            "micro" => Average::Micro,
            "macro" => Average::Macro,
            "weighted" => Average::Weighted,
            _ => return Err(PyValueError::new_err("average has to be one of (None, 'micro', 'macro', 'weighted')")),
        };
        let zero_division = zero_division(one);
        let scores = self.tally.scores(average, zero_division);
        let f_score = self.tally.f_beta(average, beta, zero_division);
        Ok((scores.precision, scores.recall, f_score, scores.support))
    }

    /// The table of seqeval's `classification_report`.
    fn text(&self, digits: usize, one: bool) -> PyResult<String> {
        if digits > MOST_DIGITS {
            return Err(PyValueError::new_err(format!("digits is {digits}, expected at most {MOST_DIGITS}")));
        }
        let report = Report::new(self.chunking, &self.tally, zero_division(one));
        Ok(format!("{report:.digits$}"))
    }
}

/// Counts entities as seqeval does, with its exceptions.
///
/// `scheme` is the name of one, `detect` to tell it by the gold tags, or none for the default mode.
/// `tags_first` says that a tag that cannot be read is told before lengths that differ.
#[pyfunction]
#[pyo3(signature = (gold, predicted, scheme=None, suffix=false, tags_first=false))]
#[allow(clippy::too_many_arguments, reason = "they are seqeval's, and the interpreter")]
pub fn seqeval_counts(
    py: Python<'_>,
    gold: &Bound<'_, PyAny>,
    predicted: &Bound<'_, PyAny>,
    scheme: Option<&str>,
    suffix: bool,
    tags_first: bool,
) -> PyResult<SeqevalCounts> {
    check_lists(gold, predicted)?;
    let notation = notation(suffix);
    let not_text = if scheme.is_none() { NotText::AttributeError } else { NotText::TypeError };
    if !tags_first {
        check_lists_lengths(gold, predicted)?;
    }
    let rows = RowReader::new(not_text).read_two(gold, predicted)?;
    if tags_first && rows.tags.texts().any(str::is_empty) {
        return Err(empty_tag());
    }
    check_lengths(&rows)?;
    let chunking = match scheme {
        None => Chunking::Lenient,
        Some("detect") => Chunking::Strict(detect(&rows, notation)?),
        Some(name) => Chunking::Strict(scheme_of(name)?),
    };
    let mut evaluation = Evaluation::new(chunking, notation);
    let counted = py.detach(|| rows.each(|gold, predicted| evaluation.add_sentence(gold, predicted)));
    if let Err(error) = counted {
        return Err(refused(&rows, chunking, notation).unwrap_or_else(|| PyValueError::new_err(error.to_string())));
    }
    let odd = |tag: &&str| scheme.is_none() && !looks_like_a_tag(tag, notation);
    let odd_tags = rows.tags.texts().filter(odd).map(str::to_owned).collect();
    Ok(SeqevalCounts { chunking, tally: evaluation.tally().clone(), odd_tags })
}

/// Checks rows as seqeval's `check_consistent_length` does.
#[pyfunction]
pub fn seqeval_check_lengths(gold: &Bound<'_, PyAny>, predicted: &Bound<'_, PyAny>) -> PyResult<()> {
    check_lists(gold, predicted)?;
    check_lists_lengths(gold, predicted)
}

/// The entities of a sentence, or of several one after the other, as seqeval's `get_entities` gives them, and what does not look
/// like a tag.
#[pyfunction]
pub fn seqeval_entities(tags: &Bound<'_, PyAny>, suffix: bool) -> PyResult<(Vec<TypedSpan>, Vec<String>)> {
    let notation = notation(suffix);
    let mut reader = RowReader::new(NotText::AttributeError);
    let rows = if has_a_list(tags)? {
        for row in tags.try_iter()? {
            let row = row?;
            if !row.is_instance_of::<PyList>() {
                return Err(PyTypeError::new_err(format!("a sentence is a {}, expected a list", type_name(&row))));
            }
        }
        reader.read(tags)?
    } else if tags.is_instance_of::<PyList>() {
        reader.read_one(tags)?
    } else {
        return Err(PyTypeError::new_err(format!("the tags are a {}, expected a list", type_name(tags))));
    };
    let tags = reader.into_tags();
    let mut corpus = CorpusReader::new(Chunking::Lenient, notation);
    let mut entities = Vec::new();
    for row in rows.texts(&tags) {
        let chunks = corpus.read(&row).map_err(|_| empty_tag())?;
        // seqeval has the last word, not the one behind it.
        entities.extend(chunks.iter().map(|chunk| (chunk.entity_type.to_owned(), chunk.start, chunk.end - 1)));
    }
    let odd = tags.texts().filter(|tag| !looks_like_a_tag(tag, notation)).map(str::to_owned).collect();
    Ok((entities, odd))
}

/// The entities of each sentence by the rules of a scheme: type, first word, word behind the last.
#[pyfunction]
pub fn seqeval_strict_entities(
    sentences: &Bound<'_, PyAny>,
    scheme: &str,
    suffix: bool,
) -> PyResult<Vec<Vec<TypedSpan>>> {
    let (notation, scheme) = (notation(suffix), scheme_of(scheme)?);
    let mut reader = RowReader::new(NotText::TypeError);
    let rows = reader.read(sentences)?;
    let tags = reader.into_tags();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows.texts(&tags) {
        let spans = Chunking::Strict(scheme)
            .spans(&row, notation)
            .map_err(|error| refused_row(&row, scheme, notation).unwrap_or_else(|| value_error(&error)))?;
        found.push(spans.into_iter().map(|span| (span.entity_type, span.start, span.end)).collect());
    }
    Ok(found)
}

/// The name of the scheme that tags are written in.
#[pyfunction]
pub fn seqeval_detect(sentences: &Bound<'_, PyAny>, suffix: bool) -> PyResult<&'static str> {
    let mut reader = RowReader::new(NotText::TypeError);
    let gold = reader.read(sentences)?;
    let rows = TwoRows { tags: reader.into_tags(), gold, ..TwoRows::default() };
    Ok(detect(&rows, notation(suffix))?.name())
}

/// Words by their tags as seqeval counts them: right and not O, wrong and not O, missed, right and O.
/// Then how many gold tags there are, and whether there are as many predicted ones in each sentence.
///
/// Tags are compared one by one without a look at sentences, up to the shorter side.
#[pyfunction]
pub fn seqeval_tokens(
    gold: &Bound<'_, PyAny>,
    predicted: &Bound<'_, PyAny>,
) -> PyResult<(usize, usize, usize, usize, usize, bool)> {
    let mut reader = RowReader::new(NotText::TypeError);
    let (gold, predicted) = match has_a_list(gold)? {
        true => (reader.read(gold)?, reader.read(predicted)?),
        false => (reader.read_one(gold)?, reader.read_one(predicted)?),
    };
    let tags = reader.into_tags();
    let mut counts = TokenCounts::default();
    for (gold, predicted) in gold.words().iter().zip(predicted.words()) {
        counts.count(tags.text(*gold), tags.text(*predicted));
    }
    let TokenCounts { true_positives, false_positives, false_negatives, true_negatives } = counts;
    let same = gold.lengths() == predicted.lengths();
    Ok((true_positives, false_positives, false_negatives, true_negatives, gold.words().len(), same))
}

/// Whether an entity starts at the second of two tags, goes on there, and ends before it, by the rules of a scheme.
#[pyfunction]
pub fn seqeval_transition(scheme: &str, first: &str, second: &str, suffix: bool) -> PyResult<(bool, bool, bool)> {
    let between =
        scheme_of(scheme)?.transition(first, second, notation(suffix)).map_err(|error| value_error(&error))?;
    Ok((between.starts, between.continues, between.ends))
}

/// Where the letter of a tag stands.
pub const fn notation(suffix: bool) -> Notation {
    if suffix { Notation::Suffix } else { Notation::Prefix }
}

const fn zero_division(one: bool) -> ZeroDivision {
    if one { ZeroDivision::One } else { ZeroDivision::Zero }
}

/// A scheme by its name.
pub fn scheme_of(name: &str) -> PyResult<Scheme> {
    name.parse().map_err(|error| value_error(&error))
}

fn value_error(error: &dyn std::error::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// seqeval takes lists of lists alone, whatever they are held in.
fn check_lists(gold: &Bound<'_, PyAny>, predicted: &Bound<'_, PyAny>) -> PyResult<()> {
    let mut has_rows = false;
    for side in [gold, predicted] {
        for row in side.try_iter()? {
            has_rows = true;
            if !row?.is_exact_instance_of::<PyList>() {
                return Err(PyTypeError::new_err("Found input variables without list of list."));
            }
        }
    }
    if has_rows { Ok(()) } else { Err(PyTypeError::new_err("Found input variables without list of list.")) }
}

fn check_lists_lengths(gold: &Bound<'_, PyAny>, predicted: &Bound<'_, PyAny>) -> PyResult<()> {
    let lengths =
        |side: &Bound<'_, PyAny>| -> PyResult<Vec<usize>> { side.try_iter()?.map(|row| row?.len()).collect() };
    let (gold, predicted) = (lengths(gold)?, lengths(predicted)?);
    if gold == predicted {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "Found input variables with inconsistent numbers of samples:\n{gold:?}\n{predicted:?}"
    )))
}

fn has_a_list(rows: &Bound<'_, PyAny>) -> PyResult<bool> {
    if rows.is_instance_of::<PyString>() {
        return Ok(false);
    }
    for row in rows.try_iter()? {
        if row?.is_instance_of::<PyList>() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn looks_like_a_tag(tag: &str, notation: Notation) -> bool {
    let letters = ['B', 'I', 'E', 'S'];
    if tag == "O" || letters.iter().any(|letter| tag.strip_prefix(*letter) == Some("")) {
        return true;
    }
    match notation {
        Notation::Prefix => tag.strip_prefix(letters).is_some_and(|rest| rest.starts_with('-')),
        Notation::Suffix => tag.strip_suffix(letters).is_some_and(|rest| rest.ends_with('-')),
    }
}

/// The scheme of the gold tags.
fn detect(rows: &TwoRows, notation: Notation) -> PyResult<Scheme> {
    let gold = rows.gold.texts(&rows.tags);
    // An empty tag has no letter, and a letter that is none is told by its tag, whichever comes first.
    for tag in gold.iter().flatten() {
        match letter(tag, notation) {
            None => return Err(empty_tag()),
            Some(letter) if !LETTERS.contains(letter) => {
                return Err(PyValueError::new_err(format!("This scheme is not supported: {tag}")));
            }
            Some(_) => {}
        }
    }
    Scheme::detect(&gold, notation)
        .map_err(|error| PyValueError::new_err(format!("This scheme is not supported: {error}")))
}

/// What seqeval raises for the first sentence that it cannot read, gold before predicted ones.
fn refused(rows: &TwoRows, chunking: Chunking, notation: Notation) -> Option<PyErr> {
    let Chunking::Strict(scheme) = chunking else { return Some(empty_tag()) };
    let (gold, predicted) = (rows.gold.texts(&rows.tags), rows.predicted.texts(&rows.tags));
    gold.iter().chain(&predicted).find_map(|row| refused_row(row, scheme, notation))
}

/// What seqeval raises for a sentence: letters that are none come first, then those that are not the scheme's.
fn refused_row(row: &[&str], scheme: Scheme, notation: Notation) -> Option<PyErr> {
    for tag in row {
        match letter(tag, notation) {
            None => return Some(empty_tag()),
            Some(letter) if !LETTERS.contains(letter) => return Some(PyKeyError::new_err(letter.to_string())),
            Some(_) => {}
        }
    }
    let allowed = |letter: char| scheme.prefixes().iter().any(|prefix| prefix.letter() == letter);
    let odd = row.iter().find(|tag| letter(tag, notation).is_some_and(|letter| !allowed(letter)))?;
    let letters: Vec<String> = scheme.prefixes().iter().map(|prefix| prefix.letter().to_string()).collect();
    Some(PyValueError::new_err(format!("Invalid token is found: {odd}. Allowed prefixes are: {}.", letters.join("|"))))
}

fn letter(tag: &str, notation: Notation) -> Option<char> {
    match notation {
        Notation::Prefix => tag.chars().next(),
        Notation::Suffix => tag.chars().next_back(),
    }
}

fn empty_tag() -> PyErr {
    PyIndexError::new_err("string index out of range")
}
