//! What was counted in each sentence or document, and the statistics of its sum.
//! Counts in, rows of equal width out; what the counts stand for is known to the statistic alone.

use std::collections::HashMap;
use std::hash::Hash;

use crate::{Counts, EvalError, Tally, ZeroDivision};

/// The counts of one [`Counts`] in a row: right, predicted, gold.
const COUNTS: usize = 3;

/// What one system got in every unit of a test set: a row of counts each, all of the same width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    width: usize,
    cells: Vec<u64>,
}

impl Units {
    /// A row of three for each unit, as [`total`] reads it: right, predicted, gold.
    #[must_use]
    pub fn of(counts: &[Counts]) -> Self {
        Self { width: COUNTS, cells: counts.iter().flat_map(cells).collect() }
    }

    /// A row of three for every one of these types in each unit, as [`types`] reads it.
    ///
    /// Other types are left out, so that all systems that are compared need the same list: every type that occurs in any of them.
    ///
    /// # Errors
    /// There are no types.
    pub fn by_type<T: AsRef<str>>(tallies: &[Tally], entity_types: &[T]) -> Result<Self, EvalError> {
        let width = COUNTS * entity_types.len();
        if width == 0 {
            return Err(EvalError::NoCounts);
        }
        let counts = |tally: &Tally, name: &T| tally.entities.get(name.as_ref()).copied().unwrap_or_default();
        let row = |tally| entity_types.iter().flat_map(move |name| cells(&counts(tally, name)));
        Ok(Self { width, cells: tallies.iter().flat_map(row).collect() })
    }

    /// Rows of any counts that add.
    ///
    /// ```
    /// use welt_eval::uncertainty::Units;
    ///
    /// // True positives, false positives, false negatives, and errors of type or boundary.
    /// let units = Units::of_rows(&[[3, 0, 1, 0], [1, 0, 0, 2]])?;
    /// let fair_f1 = |row: &[u64]| 2.0 * row[0] as f64 / (2 * row[0] + row[1] + row[2] + row[3]) as f64;
    /// assert_eq!(fair_f1(&units.sum()), 8.0 / 11.0);
    /// # Ok::<(), welt_eval::EvalError>(())
    /// ```
    ///
    /// # Errors
    /// The rows are empty, or one is not as wide as the first.
    pub fn of_rows<R: AsRef<[u64]>>(rows: &[R]) -> Result<Self, EvalError> {
        let width = rows.first().map_or(1, |row| row.as_ref().len());
        if width == 0 {
            return Err(EvalError::NoCounts);
        }
        match rows.iter().position(|row| row.as_ref().len() != width) {
            Some(unit) => Err(EvalError::RowWidth { unit, expected: width, found: rows[unit].as_ref().len() }),
            None => Ok(Self { width, cells: rows.iter().flat_map(AsRef::as_ref).copied().collect() }),
        }
    }

    /// One unit for each document, from the document of every unit; documents come in the order of their first units.
    ///
    /// ```
    /// use welt_eval::Counts;
    /// use welt_eval::uncertainty::Units;
    ///
    /// let sentence = |true_positives| Counts { true_positives, predicted: 2, gold: 3 };
    /// let documents = Units::of(&[1, 2, 0].map(sentence)).by_document(&["b", "a", "b"])?;
    /// assert_eq!(documents, Units::of_rows(&[[1, 4, 6], [2, 2, 3]])?);
    /// # Ok::<(), welt_eval::EvalError>(())
    /// ```
    ///
    /// # Errors
    /// There are not as many names of documents as units.
    pub fn by_document<D: Hash + Eq>(&self, documents: &[D]) -> Result<Self, EvalError> {
        if documents.len() != self.len() {
            return Err(EvalError::DocumentCount { units: self.len(), documents: documents.len() });
        }
        let mut indices: HashMap<&D, usize> = HashMap::new();
        let mut cells = Vec::new();
        for (document, row) in documents.iter().zip(self.rows()) {
            let index = *indices.entry(document).or_insert(cells.len());
            if index == cells.len() {
                cells.extend_from_slice(row);
            } else {
                add(&mut cells[index..index + self.width], row);
            }
        }
        Ok(Self { width: self.width, cells })
    }

    /// How many units there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len() / self.width
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// How many counts each unit has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The row of each unit.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u64]> {
        self.cells.chunks_exact(self.width)
    }

    /// The sum of all rows. A sum that does not fit stops at the largest number.
    #[must_use]
    pub fn sum(&self) -> Vec<u64> {
        let mut sum = vec![0; self.width];
        for row in self.rows() {
            add(&mut sum, row);
        }
        sum
    }
}

/// The counts that a row of [`Units::of`] or [`Units::by_type`] stands for, all types together.
#[must_use]
pub fn total(row: &[u64]) -> Counts {
    types(row).sum()
}

/// The counts of every type that a row of [`Units::by_type`] stands for, in the order in which the types were given.
pub fn types(row: &[u64]) -> impl Iterator<Item = Counts> {
    let (rows, _) = row.as_chunks::<COUNTS>();
    rows.iter().map(|row| {
        let [true_positives, predicted, gold] = row.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        Counts { true_positives, predicted, gold }
    })
}

/// F1 of all types together, 0 where there is nothing to divide by.
#[must_use]
pub fn micro_f1(row: &[u64]) -> f64 {
    total(row).f1(ZeroDivision::Zero)
}

/// The mean F1 of the types that occur in gold or prediction, as seqeval averages them, but 0 where none does: a type that a resample does not have is not counted in it.
#[must_use]
pub fn macro_f1(row: &[u64]) -> f64 {
    let (mut sum, mut n_types) = (0.0, 0_u32);
    for counts in types(row).filter(|counts| counts.predicted > 0 || counts.gold > 0) {
        sum += counts.f1(ZeroDivision::Zero);
        n_types += 1;
    }
    if n_types == 0 { 0.0 } else { sum / f64::from(n_types) }
}

fn cells(counts: &Counts) -> [u64; COUNTS] {
    [counts.true_positives, counts.predicted, counts.gold].map(|count| count as u64)
}

/// Adds where sums of any rows may be asked for; what is resampled was checked to fit.
fn add(sum: &mut [u64], row: &[u64]) {
    for (sum, count) in sum.iter_mut().zip(row) {
        *sum = sum.saturating_add(*count);
    }
}
