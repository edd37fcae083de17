//! The three types of errors that the WeLT paper tells apart: what was made up, what was missed, and what was found with other bounds or another label.
//! Gold and predicted entities of one sentence or document in, errors and their counts out.
//! Whether positions count words or characters, and what stands there, is not known here.
//!
//! The paper's own example of the third type, one chemical that was found in two pieces, is one error:
//!
//! ```
//! use welt_eval::Chunk;
//! use welt_eval::errors::{self, ErrorKind, Labels, Shape};
//!
//! let chunk = |start, end| Chunk { entity_type: "Chemical", start, end };
//! let gold = [chunk(0, 4)]; // amphotericin B- sodium deoxycholate
//! let predicted = [chunk(0, 2), chunk(2, 4)]; // amphotericin B- | sodium deoxycholate
//! let found = errors::find(&gold, &predicted);
//! assert_eq!(found.len(), 1);
//! assert_eq!(found[0].kind, ErrorKind::Overlap { shape: Shape::Split, labels: Labels::Same });
//! assert_eq!(found[0].to_string(), "Type-3 (split, same label): Chemical[0..4] found as Chemical[0..2] Chemical[2..4]");
//! ```
//!
//! # How errors are told apart
//! The paper describes its types with one example each, and has no code for them, so that the rest is decided here:
//! 1. Entities that agree in type and both bounds are exact and leave the game, each gold entity with one prediction.
//! 2. Among the rest, a gold entity and a prediction are tied if they share a position, whatever their labels.
//!    All that hang together by such ties, directly or by way of others, are one error.
//! 3. A prediction without a tie is [spurious](ErrorKind::Spurious), the paper's Type-1.
//!    A gold entity without a tie is [missed](ErrorKind::Missed), its Type-2.
//!    Anything else is an [overlap](ErrorKind::Overlap), its Type-3, which counts once, however many entities are in it.
//!
//! Only the rest is compared with the rest: a prediction that shares words with no gold entity but one that was found exactly is spurious, since nothing that was still to be found lies there.
//! In the same way a gold entity is missed that only shares words with a prediction that is exact for another one.
//! Both need entities that nest or overlap on one side, which tags cannot say.
//! An empty entity shares no position with anything, nor does one that ends before it starts.
//!
//! # Beside FairEval
//! | here | FairEval | exact matching |
//! | --- | --- | --- |
//! | spurious (Type-1) | FP | 1 FP |
//! | missed (Type-2) | FN | 1 FN |
//! | overlap (Type-3), label | LE | 1 FP and 1 FN |
//! | overlap (Type-3), boundary, same label | BE | 1 FP and 1 FN |
//! | overlap (Type-3), boundary, different labels | LBE | 1 FP and 1 FN |
//! | overlap (Type-3), split, merge, complex | two or more of BE and LBE | as many FP and FN as entities |
//!
//! That holds where no two entities of one side overlap, and the numbers of spurious and missed entities are then FairEval's FP and FN.
//! Where entities nest or cross, FairEval may have more FP and FN than that, but never fewer:
//! it takes the words of each pair away, and what has no words left stands alone there while it is a part of an overlap here.
//!
//! Time is n log n in the number of entities if none of one side lies within another of it, as it is with tags; where they nest, it is at worst quadratic in the size of a group that overlaps.

mod groups;
mod mentions;
mod tally;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use welt_tags::{Chunk, Span};

use crate::overlap::each_group;
use groups::{Part, each_part};

pub use mentions::{Breakdown, ByFamiliarity, ByForm, ByLength, Familiarity, Form, Length, MentionCounts, Mentions};
pub use tally::{Cell, OverlapCounts, PairCounts, Relation, Report, Tally, TypeCounts};

/// What is wrong, and by the paper's count of which type it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ErrorKind {
    /// Type-1: a prediction where nothing was to be found.
    Spurious,
    /// Type-2: a gold entity where nothing was found.
    Missed,
    /// Type-3: gold entities and predictions that share positions but are not the same.
    Overlap {
        /// How many there are on both sides.
        shape: Shape,
        /// Whether their labels agree.
        labels: Labels,
    },
}

/// How the gold entities of an overlap lie to its predictions.
///
/// The paper knows no such difference; `Label` is the case of `Boundary` in which the bounds are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One gold entity, one prediction, the same bounds: only the label is wrong.
    Label,
    /// One gold entity, one prediction, other bounds.
    Boundary,
    /// One gold entity, several predictions.
    Split,
    /// Several gold entities, one prediction.
    Merge,
    /// Several of both.
    Complex,
}

/// Whether the entities of an overlap all have one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// All labels are the same.
    Same,
    /// At least two labels differ, be they of gold entities or predictions.
    Different,
}

impl ErrorKind {
    /// The number that the paper gives the type: 1, 2 or 3.
    #[must_use]
    pub const fn paper_type(&self) -> u8 {
        match self {
            Self::Spurious => 1,
            Self::Missed => 2,
            Self::Overlap { .. } => 3,
        }
    }

    /// What entities are that hang together, with at least one on either side.
    fn of(gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> Self {
        let shape = match (gold, predicted) {
            (_, []) => return Self::Missed,
            ([], _) => return Self::Spurious,
            ([gold], [predicted]) if (gold.start, gold.end) == (predicted.start, predicted.end) => Shape::Label,
            ([_], [_]) => Shape::Boundary,
            ([_], _) => Shape::Split,
            (_, [_]) => Shape::Merge,
            _ => Shape::Complex,
        };
        let mut labels = gold.iter().chain(predicted).map(|entity| entity.entity_type);
        let first = labels.next();
        let labels = if labels.all(|label| Some(label) == first) { Labels::Same } else { Labels::Different };
        Self::Overlap { shape, labels }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Type-{}", self.paper_type())?;
        match self {
            Self::Spurious => f.write_str(" (spurious)"),
            Self::Missed => f.write_str(" (missed)"),
            Self::Overlap { shape, labels } => write!(f, " ({shape}, {labels})"),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Label => "label",
            Self::Boundary => "boundary",
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Complex => "complex",
        })
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Same => "same label",
            Self::Different => "different labels",
        })
    }
}

/// One error: its kind and the entities that it is made of, which stand in the order of their starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityError {
    /// What is wrong.
    #[serde(flatten)]
    pub kind: ErrorKind,
    /// The gold entities; none where the prediction is spurious.
    pub gold: Vec<Span>,
    /// The predictions; none where the gold entity was missed.
    pub predicted: Vec<Span>,
}

impl EntityError {
    fn new(gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> Self {
        let spans = |entities: &[Chunk<'_>]| {
            let mut spans: Vec<Span> = entities.iter().copied().map(Span::from).collect();
            spans.sort_by(|one, other| order(one).cmp(&order(other)));
            spans
        };
        Self { kind: ErrorKind::of(gold, predicted), gold: spans(gold), predicted: spans(predicted) }
    }

    /// From the first position of all its entities to the one after the last, so that a listing can show what stands there.
    #[must_use]
    pub fn extent(&self) -> Range<usize> {
        let entities = || self.gold.iter().chain(&self.predicted);
        let start = entities().map(|entity| entity.start).min();
        let end = entities().map(|entity| entity.end).max();
        start.unwrap_or_default()..end.unwrap_or_default()
    }
}

fn order(span: &Span) -> (usize, usize, &str) {
    (span.start, span.end, &span.entity_type)
}

impl fmt::Display for EntityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |spans: &[Span]| spans.iter().map(Span::to_string).collect::<Vec<_>>().join(" ");
        write!(f, "{}: ", self.kind)?;
        match self.kind {
            ErrorKind::Spurious => write!(f, "{}", list(&self.predicted)),
            ErrorKind::Missed => write!(f, "{}", list(&self.gold)),
            ErrorKind::Overlap { .. } => write!(f, "{} found as {}", list(&self.gold), list(&self.predicted)),
        }
    }
}

/// Every error of a sentence or a document, in the order of their starts; the entities may stand in any order.
///
/// An entity that is empty, or that ends before it starts, shares no position with anything:
/// it is no error if there is the same on the other side, and else missed or spurious.
#[must_use]
pub fn find(gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> Vec<EntityError> {
    let mut errors = Vec::new();
    each_group(gold, predicted, |gold, predicted| {
        each_part(gold, predicted, |part| {
            if let Part::Error { gold, predicted } = part {
                errors.push(EntityError::new(gold, predicted));
            }
        });
    });
    errors.sort_by(|one, other| {
        let sort_key = |error: &EntityError| (error.extent().start, error.kind);
        let members = (&one.gold, &one.predicted).cmp(&(&other.gold, &other.predicted));
        sort_key(one).cmp(&sort_key(other)).then(members)
    });
    errors
}
