//! How many errors of each kind there are, by type, and which labels were taken for which.
//! Entities of one sentence or document after the other in, counts out; counts add.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use welt_tags::Chunk;

use super::groups::{Part, each_part, overlap};
use super::{ErrorKind, Labels, Shape};
use crate::overlap::{Runs, each_group};
use crate::tally::update;

/// What was counted: errors by kind and type, and pairs of labels.
///
/// ```
/// use welt_eval::errors::Tally;
/// use welt_eval::Chunk;
///
/// let gold = [Chunk { entity_type: "Gene", start: 0, end: 2 }, Chunk { entity_type: "Drug", start: 5, end: 6 }];
/// let predicted = [Chunk { entity_type: "Drug", start: 0, end: 2 }];
/// let mut tally = Tally::default();
/// tally.add(&gold, &predicted);
/// let report = tally.report();
/// assert_eq!((report.exact, report.spurious, report.missed, report.overlaps), (0, 0, 1, 1));
/// assert_eq!(report.different_labels.label, 1);
/// assert_eq!(tally.pairs["Gene"]["Drug"].same_bounds, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The entities and errors of each type that occurs in gold or prediction, in code-point order of the types.
    pub per_type: BTreeMap<String, TypeCounts>,
    /// Overlaps whose entities have more than one label, and which are therefore no type's own.
    pub different_labels: OverlapCounts,
    /// Pairs of a gold entity and a prediction that share a position but are not the same: by gold label, then by predicted label.
    pub pairs: BTreeMap<String, BTreeMap<String, PairCounts>>,
}

/// The entities of one type, and the errors that are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct TypeCounts {
    /// Gold entities of the type that were found with the same bounds and label.
    pub exact: usize,
    /// Type-1: predictions of the type where nothing was to be found.
    pub spurious: usize,
    /// Type-2: gold entities of the type where nothing was found.
    pub missed: usize,
    /// Type-3: overlaps in which the type is the only label; each counts once.
    pub same_label: OverlapCounts,
    /// Gold entities of the type that are part of any overlap.
    pub gold_in_overlaps: usize,
    /// Predictions of the type that are part of any overlap.
    pub predicted_in_overlaps: usize,
}

impl TypeCounts {
    /// How many gold entities of the type there are.
    #[must_use]
    pub const fn gold(&self) -> usize {
        self.exact + self.missed + self.gold_in_overlaps
    }

    /// How many predictions of the type there are.
    #[must_use]
    pub const fn predicted(&self) -> usize {
        self.exact + self.spurious + self.predicted_in_overlaps
    }
}

impl AddAssign for TypeCounts {
    fn add_assign(&mut self, other: Self) {
        self.exact += other.exact;
        self.spurious += other.spurious;
        self.missed += other.missed;
        self.same_label += other.same_label;
        self.gold_in_overlaps += other.gold_in_overlaps;
        self.predicted_in_overlaps += other.predicted_in_overlaps;
    }
}

/// How many overlaps there are of each shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct OverlapCounts {
    /// One gold entity, one prediction, the same bounds.
    pub label: usize,
    /// One gold entity, one prediction, other bounds.
    pub boundary: usize,
    /// One gold entity, several predictions.
    pub split: usize,
    /// Several gold entities, one prediction.
    pub merge: usize,
    /// Several of both.
    pub complex: usize,
}

impl OverlapCounts {
    /// The overlaps of all shapes.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.label + self.boundary + self.split + self.merge + self.complex
    }

    fn count(&mut self, shape: Shape) {
        let cell = match shape {
            Shape::Label => &mut self.label,
            Shape::Boundary => &mut self.boundary,
            Shape::Split => &mut self.split,
            Shape::Merge => &mut self.merge,
            Shape::Complex => &mut self.complex,
        };
        *cell += 1;
    }
}

impl AddAssign for OverlapCounts {
    fn add_assign(&mut self, other: Self) {
        self.label += other.label;
        self.boundary += other.boundary;
        self.split += other.split;
        self.merge += other.merge;
        self.complex += other.complex;
    }
}

/// How often a gold entity of one label and a prediction of another, or of the same, lie in one overlap and share a position.
///
/// In a split or a merge an entity is part of several pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct PairCounts {
    /// Pairs with the same bounds, whose labels therefore differ.
    pub same_bounds: usize,
    /// Pairs with other bounds.
    pub other_bounds: usize,
}

impl AddAssign for PairCounts {
    fn add_assign(&mut self, other: Self) {
        self.same_bounds += other.same_bounds;
        self.other_bounds += other.other_bounds;
    }
}

impl Tally {
    /// Counts one more sentence or document; the entities may stand in any order.
    ///
    /// An entity that is empty, or that ends before it starts, shares no position with anything:
    /// it is exact if there is the same on the other side, and else missed or spurious.
    pub fn add(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) {
        each_group(gold, predicted, |gold, predicted| match (gold, predicted) {
            ([one], [other]) if one == other => self.add_exact(one.entity_type, 1),
            (gold, []) => gold.iter().for_each(|entity| self.add_missed(entity.entity_type, 1)),
            ([], predicted) => predicted.iter().for_each(|entity| self.add_spurious(entity.entity_type, 1)),
            _ => self.add_group(gold, predicted),
        });
    }

    /// Counts `n` gold entities of a type that were found exactly.
    pub(crate) fn add_exact(&mut self, entity_type: &str, n: usize) {
        self.add_type(entity_type, TypeCounts { exact: n, ..TypeCounts::default() });
    }

    /// Counts `n` predictions of a type that share no position with any gold entity.
    pub(crate) fn add_spurious(&mut self, entity_type: &str, n: usize) {
        self.add_type(entity_type, TypeCounts { spurious: n, ..TypeCounts::default() });
    }

    /// Counts `n` gold entities of a type that share no position with any prediction.
    pub(crate) fn add_missed(&mut self, entity_type: &str, n: usize) {
        self.add_type(entity_type, TypeCounts { missed: n, ..TypeCounts::default() });
    }

    /// Counts the entities of a group, in any order, which share no position with entities of other groups.
    pub(crate) fn add_group(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) {
        each_part(gold, predicted, |part| match part {
            Part::Exact(entity) => self.add_exact(entity.entity_type, 1),
            Part::Error { gold, predicted } => self.add_error(gold, predicted),
        });
    }

    fn add_error(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) {
        let (shape, labels) = match (ErrorKind::of(gold, predicted), gold, predicted) {
            (ErrorKind::Overlap { shape, labels }, ..) => (shape, labels),
            (_, gold, []) => return gold.iter().for_each(|entity| self.add_missed(entity.entity_type, 1)),
            (.., predicted) => return predicted.iter().for_each(|entity| self.add_spurious(entity.entity_type, 1)),
        };
        match (labels, gold) {
            (Labels::Same, [first, ..]) => {
                let mut counts = TypeCounts::default();
                counts.same_label.count(shape);
                self.add_type(first.entity_type, counts);
            }
            _ => self.different_labels.count(shape),
        }
        let runs = Runs::of(predicted);
        for entity in gold {
            self.add_type(entity.entity_type, TypeCounts { gold_in_overlaps: 1, ..TypeCounts::default() });
            let candidates = runs.indices(entity.start..entity.end).map(|index| &predicted[index]);
            for other in candidates.filter(|other| overlap(entity, other)) {
                let same_bounds = (entity.start, entity.end) == (other.start, other.end);
                let counts =
                    PairCounts { same_bounds: usize::from(same_bounds), other_bounds: usize::from(!same_bounds) };
                self.add_pair(entity.entity_type, other.entity_type, counts);
            }
        }
        for entity in predicted {
            self.add_type(entity.entity_type, TypeCounts { predicted_in_overlaps: 1, ..TypeCounts::default() });
        }
    }

    fn add_type(&mut self, entity_type: &str, counts: TypeCounts) {
        update(&mut self.per_type, entity_type, |known| *known += counts);
    }

    fn add_pair(&mut self, gold: &str, predicted: &str, counts: PairCounts) {
        update(&mut self.pairs, gold, |row| update(row, predicted, |known| *known += counts));
    }

    /// The counts summed over types.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut total = TypeCounts::default();
        for counts in self.per_type.values() {
            total += *counts;
        }
        Report {
            gold: total.gold(),
            predicted: total.predicted(),
            exact: total.exact,
            spurious: total.spurious,
            missed: total.missed,
            overlaps: total.same_label.total() + self.different_labels.total(),
            same_label: total.same_label,
            different_labels: self.different_labels,
            per_type: self.per_type.clone(),
            confusion: self.confusion(),
        }
    }

    /// The label confusion matrix as the list of its cells that are not 0, in the order of labels.
    ///
    /// Exact entities are on the diagonal; what was missed or is spurious has no label on the other side.
    #[must_use]
    pub fn confusion(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        let mut push = |gold: Option<&str>, predicted: Option<&str>, relation, n| {
            if n > 0 {
                cells.push(Cell {
                    gold: gold.map(str::to_owned),
                    predicted: predicted.map(str::to_owned),
                    relation,
                    n,
                });
            }
        };
        for (name, counts) in &self.per_type {
            let name = Some(name.as_str());
            push(name, name, Relation::SameBounds, counts.exact);
            push(name, None, Relation::Missed, counts.missed);
            push(None, name, Relation::Spurious, counts.spurious);
        }
        for (gold, row) in &self.pairs {
            for (predicted, counts) in row {
                push(Some(gold), Some(predicted), Relation::SameBounds, counts.same_bounds);
                push(Some(gold), Some(predicted), Relation::OtherBounds, counts.other_bounds);
            }
        }
        cells.sort();
        cells
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        for (entity_type, counts) in &other.per_type {
            self.add_type(entity_type, *counts);
        }
        self.different_labels += other.different_labels;
        for (gold, row) in &other.pairs {
            for (predicted, counts) in row {
                self.add_pair(gold, predicted, *counts);
            }
        }
    }
}

/// The errors of a corpus, with the counts that they are sums of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Gold entities.
    pub gold: usize,
    /// Predictions.
    pub predicted: usize,
    /// Gold entities that were found with the same bounds and label.
    pub exact: usize,
    /// Type-1: predictions where nothing was to be found.
    pub spurious: usize,
    /// Type-2: gold entities where nothing was found.
    pub missed: usize,
    /// Type-3: overlaps, each counted once.
    pub overlaps: usize,
    /// Those overlaps that have one label.
    pub same_label: OverlapCounts,
    /// Those overlaps that have several.
    pub different_labels: OverlapCounts,
    /// The entities of each type, and the errors that are its own.
    pub per_type: BTreeMap<String, TypeCounts>,
    /// Which labels were taken for which.
    pub confusion: Vec<Cell>,
}

/// One cell of the confusion matrix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// The label of the gold entity; nothing where the prediction is spurious.
    pub gold: Option<String>,
    /// The label of the prediction; nothing where the gold entity was missed.
    pub predicted: Option<String>,
    /// How the two lie to each other.
    pub relation: Relation,
    /// How many pairs there are; or entities, where one side is missing.
    pub n: usize,
}

/// How a gold entity and a prediction lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// They have the same bounds; with the same label, they are exact.
    SameBounds,
    /// They share a position, but not both bounds.
    OtherBounds,
    /// There is no prediction.
    Missed,
    /// There is no gold entity.
    Spurious,
}
