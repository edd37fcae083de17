//! Which types were taken for which: the cells of a table of gold types against predicted types.
//! It is filled with decisions that were counted elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

/// One side of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// There is no entity on this side: the other side was missed, or is spurious.
    NoSpan,
    /// An entity of this type.
    Type(String),
}

impl Label {
    /// The type, or `_` as FairEval writes where there is no span.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::NoSpan => "_",
            Self::Type(entity_type) => entity_type,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How often each pair of labels was decided on, without the true positives: only cells that are not zero.
///
/// It is written as FairEval has it, a map from the gold label to one from the predicted label to a count.
/// Written so, the type `_` of bare tags cannot be told from [`Label::NoSpan`], and their cells are added up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confusion {
    /// The gold label, the predicted label, and how often.
    pub cells: BTreeMap<(Label, Label), usize>,
}

impl Confusion {
    /// How often a gold label was decided to be the counterpart of a predicted one.
    #[must_use]
    pub fn count(&self, gold: &Label, predicted: &Label) -> usize {
        self.cells.get(&(gold.clone(), predicted.clone())).copied().unwrap_or_default()
    }

    pub(super) fn add(&mut self, gold: Label, predicted: Label, n: usize) {
        if n > 0 {
            *self.cells.entry((gold, predicted)).or_default() += n;
        }
    }
}

impl Serialize for Confusion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for ((gold, predicted), n) in &self.cells {
            *rows.entry(gold.name()).or_default().entry(predicted.name()).or_default() += n;
        }
        rows.serialize(serializer)
    }
}
