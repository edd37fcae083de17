//! Rows of tags as Python has them, lists of lists of texts, made into rows that need no interpreter.
//! Python objects in, each distinct tag once and the rows as numbers of tags out; what tags mean is not known here.
//!
//! A corpus has a million tags and a handful of distinct ones, most of them the same object: an object that was met lately is
//! known by its address, without a look at its text.

use std::collections::HashMap;

use pyo3::exceptions::{PyAttributeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// How many objects are remembered by their address: a power of two.
const REMEMBERED: usize = 1024;

/// Distinct tags in the order in which they were met.
#[derive(Debug, Default)]
pub struct Tags {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

/// Sentences as rows of numbers of [`Tags`], one after the other.
#[derive(Debug, Default)]
pub struct Rows {
    words: Vec<u32>,
    /// How many words there are up to the end of each sentence.
    ends: Vec<usize>,
}

/// Gold and predicted rows that share their tags.
#[derive(Debug, Default)]
pub struct TwoRows {
    /// The tags of both.
    pub tags: Tags,
    /// What is there.
    pub gold: Rows,
    /// What was found.
    pub predicted: Rows,
}

/// What is raised for a tag that is no text: seqeval's two ways of reading differ in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotText {
    /// As everywhere.
    TypeError,
    /// As seqeval's default mode, which asks the tag for an attribute.
    AttributeError,
}

/// Reads rows, remembering objects by their address for as long as it holds them.
pub struct RowReader<'py> {
    tags: Tags,
    /// The objects are held, for the address of one that is gone may become that of another.
    remembered: Vec<Option<(Bound<'py, PyString>, u32)>>,
    not_text: NotText,
}

impl<'py> RowReader<'py> {
    /// Nothing read yet.
    pub fn new(not_text: NotText) -> Self {
        Self { tags: Tags::default(), remembered: vec![None; REMEMBERED], not_text }
    }

    /// Reads gold and predicted rows.
    ///
    /// # Errors
    /// TypeError for what is no sequence of lists of texts.
    pub fn read_two(mut self, gold: &Bound<'py, PyAny>, predicted: &Bound<'py, PyAny>) -> PyResult<TwoRows> {
        let gold = self.read(gold)?;
        let predicted = self.read(predicted)?;
        Ok(TwoRows { tags: self.tags, gold, predicted })
    }

    /// Reads sentences: lists, or other sequences of texts, such as the rows of an array.
    ///
    /// # Errors
    /// TypeError for what is no sequence of sequences of texts.
    pub fn read(&mut self, rows: &Bound<'py, PyAny>) -> PyResult<Rows> {
        let mut read = Rows::default();
        if let Ok(rows) = rows.cast::<PyList>() {
            read.ends.reserve(rows.len());
            for row in rows {
                self.read_row(&row, &mut read)?;
            }
            return Ok(read);
        }
        refuse_text(rows)?;
        for row in rows.try_iter()? {
            self.read_row(&row?, &mut read)?;
        }
        Ok(read)
    }

    /// Reads one sentence by itself.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_one(&mut self, row: &Bound<'py, PyAny>) -> PyResult<Rows> {
        let mut read = Rows::default();
        self.read_row(row, &mut read)?;
        Ok(read)
    }

    /// The tags of all that was read.
    pub fn into_tags(self) -> Tags {
        self.tags
    }

    fn read_row(&mut self, row: &Bound<'py, PyAny>, read: &mut Rows) -> PyResult<()> {
        if let Ok(row) = row.cast::<PyList>() {
            read.words.reserve(row.len());
            for tag in row {
                let number = self.number(&tag)?;
                read.words.push(number);
            }
        } else {
            refuse_text(row)?;
            for tag in row.try_iter()? {
                let number = self.number(&tag?)?;
                read.words.push(number);
            }
        }
        read.ends.push(read.words.len());
        Ok(())
    }

    fn number(&mut self, tag: &Bound<'py, PyAny>) -> PyResult<u32> {
        let address = tag.as_ptr() as usize;
        // Objects lie 16 bytes apart; the rest of the address spreads those that lie in different blocks.
        let slot = ((address >> 4) ^ (address >> 14)) & (REMEMBERED - 1);
        if let Some((known, number)) = &self.remembered[slot]
            && known.is(tag)
        {
            return Ok(*number);
        }
        let Ok(text) = tag.cast::<PyString>() else { return Err(self.not_text.error(tag)) };
        let number = self.tags.number(text.to_str()?);
        self.remembered[slot] = Some((text.clone(), number));
        Ok(number)
    }
}

impl NotText {
    fn error(self, found: &Bound<'_, PyAny>) -> PyErr {
        let kind = type_name(found);
        match self {
            Self::TypeError => PyTypeError::new_err(format!("a tag is {found} ({kind}), expected a str")),
            Self::AttributeError => PyAttributeError::new_err(format!("'{kind}' object has no attribute 'startswith'")),
        }
    }
}

impl Tags {
    /// The number of a text.
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // More distinct tags than fit do not fit into memory either.
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// All texts in the order in which they were met.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }
}

impl Rows {
    /// How many sentences there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// The words of all sentences.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The words of each sentence.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let row = &self.words[start..*end];
            start = *end;
            row
        })
    }

    /// How many words each sentence has.
    pub fn lengths(&self) -> Vec<usize> {
        self.iter().map(<[u32]>::len).collect()
    }

    /// The sentences as texts.
    pub fn texts<'t>(&self, tags: &'t Tags) -> Vec<Vec<&'t str>> {
        self.iter().map(|row| row.iter().map(|number| tags.text(*number)).collect()).collect()
    }
}

impl TwoRows {
    /// Calls `each` with the gold and predicted tags of every sentence, up to the shorter side.
    ///
    /// # Errors
    /// The first that `each` has.
    pub fn each<E>(&self, mut each: impl FnMut(&[&str], &[&str]) -> Result<(), E>) -> Result<(), E> {
        let (mut gold_tags, mut predicted_tags) = (Vec::new(), Vec::new());
        for (gold, predicted) in self.gold.iter().zip(self.predicted.iter()) {
            gold_tags.clear();
            gold_tags.extend(gold.iter().map(|number| self.tags.text(*number)));
            predicted_tags.clear();
            predicted_tags.extend(predicted.iter().map(|number| self.tags.text(*number)));
            each(&gold_tags, &predicted_tags)?;
        }
        Ok(())
    }
}

/// Refuses a text where several are wanted, since its letters would be taken for them.
pub fn refuse_text(found: &Bound<'_, PyAny>) -> PyResult<()> {
    if found.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(format!(
            "found the text {found:?}, expected a list of tags for each sentence"
        )));
    }
    Ok(())
}

/// Refuses rows that are not as long on both sides, in seqeval's words.
///
/// # Errors
/// ValueError with the lengths of all sentences.
pub fn check_lengths(rows: &TwoRows) -> PyResult<()> {
    let (gold, predicted) = (rows.gold.lengths(), rows.predicted.lengths());
    if gold == predicted {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "Found input variables with inconsistent numbers of samples:\n{gold:?}\n{predicted:?}"
    )))
}

/// The name of a type.
pub fn type_name(found: &Bound<'_, PyAny>) -> String {
    found.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}
