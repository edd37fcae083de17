//! What FairEval has to say of a corpus, as text.
//! Counts in, a table out.

use std::fmt;

use serde::{Deserialize, Serialize};
use welt_tags::Chunking;

use super::{ErrorCounts, Focus, Tally, Weights};
use crate::table::{widest, write_counts, write_headings, write_name, write_ratios};

/// The decisions on a corpus, and how its entities were read.
///
/// As text it is a table of the kinds of error by type with the fair scores, and of the traditional, fair and weighted scores of all types together, with two digits after the point or as many as asked for: `{report:.4}`.
/// Errors that have two types stand at the gold type there; [`Tally::per_type`] has them under either.
///
/// ```
/// use welt_eval::{Chunking, Pairs, faireval};
///
/// let pairs = Pairs::parse("TP53 B-Gene B-Gene\nof O O\nrenal B-Disease O\nfailure I-Disease B-Disease\n")?;
/// let report = faireval::score(&pairs, Chunking::Lenient)?;
/// assert_eq!(report.to_string(), "\
/// FairEval, entities read in mode default; LE and LBE stand at the gold type
///
///                     TP        FP        FN        LE        BE       LBE precision    recall  f1-score
///
///     Disease          0         0         0         0         1         0      0.00      0.00      0.00
///        Gene          1         0         0         0         0         0      1.00      1.00      1.00
///
/// traditional          1         1         1                                    0.50      0.50      0.50
///        fair          1         0         0         0         1         0      0.67      0.67      0.67
///    weighted          1         0         0         0         1         0      1.00      0.75      0.86
/// ");
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// How the entities were read.
    pub chunking: Chunking,
    /// What was decided.
    pub tally: Tally,
}

impl Report {
    /// What was counted, and how the entities were read.
    #[must_use]
    pub const fn new(chunking: Chunking, tally: Tally) -> Self {
        Self { chunking, tally }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let types = self.tally.per_type(Focus::Target);
        let width = widest(types.keys().map(String::as_str).chain(["traditional"]));
        writeln!(f, "FairEval, entities read in mode {}; LE and LBE stand at the gold type\n", self.chunking)?;
        write_name(f, "", width)?;
        write_headings(f, &["TP", "FP", "FN", "LE", "BE", "LBE", "precision", "recall", "f1-score"])?;
        writeln!(f, "\n")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, counts: &ErrorCounts, weights: &Weights| {
            write_name(f, name, width)?;
            write_counts(f, &[counts.true_positives, counts.false_positives, counts.false_negatives])?;
            write_counts(f, &[counts.label, counts.boundary(), counts.label_boundary])?;
            write_ratios(f, &counts.scores(weights), digits)?;
            writeln!(f)
        };
        for (name, counts) in &types {
            row(f, name, counts, &Weights::FAIR)?;
        }
        if !types.is_empty() {
            writeln!(f)?;
        }
        let total = self.tally.total();
        let traditional = total.traditional();
        write_name(f, "traditional", width)?;
        let counts = [traditional.true_positives, traditional.false_positives(), traditional.false_negatives()];
        write_counts(f, &counts)?;
        write_headings(f, &["", "", ""])?;
        write_ratios(f, &total.traditional_scores(), digits)?;
        writeln!(f)?;
        row(f, "fair", &total, &Weights::FAIR)?;
        row(f, "weighted", &total, &Weights::PAPER)
    }
}
