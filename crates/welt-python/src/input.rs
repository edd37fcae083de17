//! What is to be scored, in the forms that Python has it in: pairs, rows of tags, entities by their bounds.
//! Python objects in, what the metrics take out; nothing is counted here.

use std::path::{Path, PathBuf};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use welt_eval::{Chunk, Chunking, EvalError, Notation, Pairs, Scheme};

use crate::errors::{raised, refused};
use crate::tags::{NotText, RowReader, refuse_text, type_name};

/// Gold and predicted tags of a test set.
#[pyclass(module = "welt._welt", name = "Pairs", frozen)]
pub struct PyPairs {
    pub pairs: Pairs,
}

#[pymethods]
impl PyPairs {
    #[new]
    #[pyo3(signature = (gold, predicted, words=None, documents=None, suffix=false))]
    fn new(
        gold: &Bound<'_, PyAny>,
        predicted: &Bound<'_, PyAny>,
        words: Option<&Bound<'_, PyAny>>,
        documents: Option<Vec<String>>,
        suffix: bool,
    ) -> PyResult<Self> {
        let mut pairs = pairs_of(gold, predicted, notation(suffix))?;
        if let Some(words) = words {
            let mut reader = RowReader::new(NotText::TypeError);
            let rows = reader.read(words)?;
            let texts = reader.into_tags();
            pairs = pairs.with_words(&rows.texts(&texts)).map_err(|error| raised(&error))?;
        }
        if let Some(documents) = documents {
            pairs = pairs.with_documents(&documents).map_err(|error| raised(&error))?;
        }
        Ok(Self { pairs })
    }

    /// Reads a file of one word a line with its gold and predicted tag.
    #[staticmethod]
    #[pyo3(signature = (path, suffix=false))]
    fn read(py: Python<'_>, path: PathBuf, suffix: bool) -> PyResult<Self> {
        py.detach(|| read_pairs(&path, notation(suffix))).map(|pairs| Self { pairs })
    }

    /// Reads a text of one word a line with its gold and predicted tag.
    #[staticmethod]
    #[pyo3(signature = (text, suffix=false))]
    fn parse(py: Python<'_>, text: &str, suffix: bool) -> PyResult<Self> {
        let pairs = py.detach(|| Pairs::parse_in(text, notation(suffix)));
        Ok(Self { pairs: pairs.map_err(|error| raised(&error))? })
    }

    fn __len__(&self) -> usize {
        self.pairs.len()
    }

    /// How many words there are.
    #[getter]
    fn n_words(&self) -> usize {
        self.pairs.n_words()
    }

    /// Whether letters stand behind types.
    #[getter]
    fn suffix(&self) -> bool {
        self.pairs.notation() == Notation::Suffix
    }

    /// The words of each sentence; empty lists where they are not known.
    #[getter]
    fn words(&self) -> Vec<Vec<&str>> {
        self.pairs.iter().map(|sentence| sentence.words).collect()
    }

    /// The gold tags of each sentence.
    #[getter]
    fn gold(&self) -> Vec<Vec<&str>> {
        self.pairs.iter().map(|sentence| sentence.gold).collect()
    }

    /// The predicted tags of each sentence.
    #[getter]
    fn predicted(&self) -> Vec<Vec<&str>> {
        self.pairs.iter().map(|sentence| sentence.predicted).collect()
    }

    /// The document of each sentence, counted from 0; none where documents are not known.
    #[getter]
    fn documents(&self) -> Option<Vec<usize>> {
        self.pairs.documents().map(<[usize]>::to_vec)
    }

    fn __repr__(&self) -> String {
        format!("Pairs({} sentences, {} words)", self.pairs.len(), self.pairs.n_words())
    }
}

/// An entity by its positions, of words or characters.
#[derive(Debug, Clone)]
pub struct Extent {
    entity_type: String,
    /// In order; several where the entity has gaps.
    pub parts: Vec<std::ops::Range<usize>>,
}

/// The entities of sentences or documents.
#[derive(Debug, Default)]
pub struct Extents {
    pub gold: Vec<Vec<Extent>>,
    pub predicted: Vec<Vec<Extent>>,
}

/// What is to be scored.
pub enum Input<'py> {
    /// Tags that the caller holds.
    Held(PyRef<'py, PyPairs>),
    /// Tags that were made of what the caller gave.
    Made(Pairs),
    /// Entities.
    Extents(Extents),
}

impl<'py> Input<'py> {
    /// Takes pairs, a path of a file, rows of tags, or entities.
    ///
    /// # Errors
    /// What is none of these, or not the same sentences on both sides.
    pub fn of(
        gold: &Bound<'py, PyAny>,
        predicted: Option<&Bound<'py, PyAny>>,
        suffix: bool,
        inclusive: bool,
    ) -> PyResult<Self> {
        let Some(predicted) = predicted else {
            if let Ok(pairs) = gold.cast::<PyPairs>() {
                return Ok(Self::Held(pairs.borrow()));
            }
            let path: PathBuf = gold.extract().map_err(|_| {
                PyTypeError::new_err(format!(
                    "found a {} alone, expected Pairs, the path of a file, or gold and predicted tags or entities",
                    type_name(gold)
                ))
            })?;
            let pairs = gold.py().detach(|| read_pairs(&path, notation(suffix)))?;
            return Ok(Self::Made(pairs));
        };
        if hold_entities(gold)? || hold_entities(predicted)? {
            let side = |rows| extents(rows, inclusive);
            let (gold, predicted) = (side(gold)?, side(predicted)?);
            if gold.len() != predicted.len() {
                let error = EvalError::SentenceCount { gold: gold.len(), predicted: predicted.len() };
                return Err(raised(&error));
            }
            return Ok(Self::Extents(Extents { gold, predicted }));
        }
        Ok(Self::Made(pairs_of(gold, predicted, notation(suffix))?))
    }

    /// The tags.
    ///
    /// # Errors
    /// Entities, of which nothing is known by words.
    pub fn pairs(&self) -> PyResult<&Pairs> {
        match self {
            Self::Held(pairs) => Ok(&pairs.pairs),
            Self::Made(pairs) => Ok(pairs),
            Self::Extents(_) => Err(refused("found entities, expected tags: this is counted by words")),
        }
    }

    /// How entities are to be read: leniently, by a scheme, or by the one that the gold tags tell.
    ///
    /// # Errors
    /// An unknown scheme, gold tags that tell none, or a scheme for entities, which have none.
    pub fn chunking(&self, scheme: Option<&str>) -> PyResult<Chunking> {
        let Some(scheme) = scheme else { return Ok(Chunking::Lenient) };
        if matches!(self, Self::Extents(_)) {
            return Err(refused("a scheme has no meaning for entities, which are not read from tags: leave it out"));
        }
        if scheme != "detect" {
            return scheme.parse::<Scheme>().map(Chunking::Strict).map_err(|error| raised(&error));
        }
        let pairs = self.pairs()?;
        let gold: Vec<Vec<&str>> = pairs.iter().map(|sentence| sentence.gold).collect();
        let found = Scheme::detect(&gold, pairs.notation()).map_err(EvalError::Detection);
        found.map(Chunking::Strict).map_err(|error| raised(&error))
    }

    /// Calls `each` with the gold and predicted entities of every sentence or document.
    ///
    /// # Errors
    /// A tag that cannot be read, an entity with gaps, and what `each` has.
    pub fn each(
        &self,
        py: Python<'_>,
        chunking: Chunking,
        mut each: impl FnMut(&[Chunk<'_>], &[Chunk<'_>]) -> Result<(), EvalError> + Send,
    ) -> PyResult<()> {
        match self {
            Self::Extents(extents) => py.detach(|| {
                for (gold, predicted) in extents.gold.iter().zip(&extents.predicted) {
                    each(&chunks(gold)?, &chunks(predicted)?).map_err(|error| raised(&error))?;
                }
                Ok(())
            }),
            _ => {
                let pairs = self.pairs()?;
                py.detach(|| pairs.each_entities(chunking, each)).map_err(|error| raised(&error))
            }
        }
    }
}

impl Extent {
    /// Its type.
    pub fn entity_type(&self) -> &str {
        &self.entity_type
    }
}

fn chunks(extents: &[Extent]) -> PyResult<Vec<Chunk<'_>>> {
    let chunk = |extent: &'_ Extent| match extent.parts.as_slice() {
        [part] => Ok((part.start, part.end)),
        _ => Err(refused(format!(
            "an entity of type {} has {} parts, expected one: FairEval alone counts entities with gaps",
            extent.entity_type,
            extent.parts.len()
        ))),
    };
    extents
        .iter()
        .map(|extent| chunk(extent).map(|(start, end)| Chunk { entity_type: &extent.entity_type, start, end }))
        .collect()
}

const fn notation(suffix: bool) -> Notation {
    if suffix { Notation::Suffix } else { Notation::Prefix }
}

/// Reads a file of words with two tags.
///
/// # Errors
/// A file that cannot be read, or a line that says no tags, by its position.
pub fn read_pairs(path: &Path, notation: Notation) -> PyResult<Pairs> {
    let located = |error: &dyn std::error::Error, text: &str| refused(format!("{}:{text}{error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| located(&error, " "))?;
    Pairs::parse_in(&text, notation).map_err(|error| located(&error, ""))
}

fn pairs_of(gold: &Bound<'_, PyAny>, predicted: &Bound<'_, PyAny>, notation: Notation) -> PyResult<Pairs> {
    let rows = RowReader::new(NotText::TypeError).read_two(gold, predicted)?;
    let made = gold.py().detach(|| Pairs::new(&rows.gold.texts(&rows.tags), &rows.predicted.texts(&rows.tags)));
    Ok(made.map_err(|error| raised(&error))?.with_notation(notation))
}

/// Whether the first sentence that is not empty holds something else than texts.
fn hold_entities(rows: &Bound<'_, PyAny>) -> PyResult<bool> {
    refuse_text(rows)?;
    for row in rows.try_iter()? {
        let row = row?;
        refuse_text(&row)?;
        if let Some(first) = row.try_iter()?.next() {
            return Ok(!first?.is_instance_of::<PyString>());
        }
    }
    Ok(false)
}

fn extents(rows: &Bound<'_, PyAny>, inclusive: bool) -> PyResult<Vec<Vec<Extent>>> {
    let row = |row: PyResult<Bound<'_, PyAny>>| -> PyResult<Vec<Extent>> {
        row?.try_iter()?.map(|entity| extent(&entity?, inclusive)).collect()
    };
    rows.try_iter()?.map(row).collect()
}

/// The names under which the type of an entity goes in dictionaries and objects.
const TYPE_NAMES: [&str; 5] = ["type", "label", "entity_type", "entity_group", "entity"];

/// An entity as a dictionary, an object, or a tuple of a type and two positions in any order of these.
fn extent(entity: &Bound<'_, PyAny>, inclusive: bool) -> PyResult<Extent> {
    let after = |end: usize| if inclusive { end.saturating_add(1) } else { end };
    #[allow(clippy::single_range_in_vec_init, reason = "an entity without gaps has one part")]
    let one = |entity_type: String, start: usize, end: usize| Extent { entity_type, parts: vec![start..after(end)] };
    let is_row = entity.is_instance_of::<PyTuple>() || entity.is_instance_of::<PyList>();
    // What a tagger gives is a tuple whose items have names.
    if is_row && !entity.hasattr("start")? {
        if let Ok((entity_type, start, end)) = entity.extract::<(String, usize, usize)>() {
            return Ok(one(entity_type, start, end));
        }
        if let Ok((start, end, entity_type)) = entity.extract::<(usize, usize, String)>() {
            return Ok(one(entity_type, start, end));
        }
        return Err(no_entity(entity));
    }
    let get = |name: &str| -> Option<Bound<'_, PyAny>> {
        match entity.cast::<PyDict>() {
            Ok(dictionary) => dictionary.get_item(name).ok().flatten(),
            Err(_) => entity.getattr(name).ok(),
        }
    };
    let entity_type = TYPE_NAMES.into_iter().find_map(|name| get(name)?.extract::<String>().ok());
    let entity_type = entity_type.ok_or_else(|| no_entity(entity))?;
    if let Some(parts) = get("parts").filter(|parts| !parts.is_none()) {
        let range = |found: PyResult<Bound<'_, PyAny>>| Some(part(&found.ok()?)?).map(|(start, end)| start..after(end));
        let parts: Option<Vec<_>> = parts.try_iter().ok().and_then(|parts| parts.map(range).collect());
        return Ok(Extent { entity_type, parts: parts.ok_or_else(|| no_entity(entity))? });
    }
    let position = |name: &str| get(name).and_then(|found| found.extract::<usize>().ok());
    match (position("start"), position("end")) {
        (Some(start), Some(end)) => Ok(one(entity_type, start, end)),
        _ => Err(no_entity(entity)),
    }
}

/// A part of an entity: two positions, or a dictionary with start and end, as documents have it.
fn part(found: &Bound<'_, PyAny>) -> Option<(usize, usize)> {
    let Ok(dictionary) = found.cast::<PyDict>() else { return found.extract().ok() };
    let position = |name| dictionary.get_item(name).ok().flatten()?.extract::<usize>().ok();
    position("start").zip(position("end"))
}

fn no_entity(entity: &Bound<'_, PyAny>) -> PyErr {
    refused(format!(
        "found {entity:?}, expected an entity: (type, start, end), or a dictionary or object with type or label, start and end"
    ))
}
