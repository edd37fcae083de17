//! What SemEval-2013's modes have to say of a corpus, as text.
//! Counts in, a table out.

use std::fmt;

use serde::{Deserialize, Serialize};
use welt_tags::Chunking;

use super::{MatchCounts, Matching, Mode, Options, Tally};
use crate::table::{widest, write_counts, write_headings, write_name, write_ratios};

/// What all types together are called.
const ALL: &str = "(all)";

/// How the entities of a corpus came out, and how they were read and paired.
///
/// As text it is a table of all types together and of each type by itself, a row for each mode, with two digits after the point or as many as asked for: `{report:.4}`.
///
/// ```
/// use welt_eval::semeval::{self, Options};
/// use welt_eval::{Chunking, Pairs};
///
/// let pairs = Pairs::parse("TP53 B-Gene B-Gene\nof O O\nrenal B-Gene O\nfailure I-Gene B-Gene\n")?;
/// let report = semeval::score(&pairs, Chunking::Lenient, Options::NERVALUATE)?;
/// assert_eq!(report.to_string(), "\
/// SemEval-2013 as in nervaluate 1.2.1, entities read in mode default, pairs share 1 % or more
///
///                   correct incorrect   partial    missed  spurious precision    recall  f1-score
///
/// (all)   strict          1         1         0         0         0      0.50      0.50      0.50
///          exact          1         1         0         0         0      0.50      0.50      0.50
///        partial          1         0         1         0         0      0.75      0.75      0.75
///       ent_type          2         0         0         0         0      1.00      1.00      1.00
///
///  Gene   strict          1         1         0         0         0      0.50      0.50      0.50
///          exact          1         1         0         0         0      0.50      0.50      0.50
///        partial          1         0         1         0         0      0.75      0.75      0.75
///       ent_type          2         0         0         0         0      1.00      1.00      1.00
/// ");
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// How the entities were read.
    pub chunking: Chunking,
    /// How they were paired.
    pub options: Options,
    /// How they came out.
    pub tally: Tally,
}

impl Report {
    /// What was counted, and how the entities were read and paired.
    #[must_use]
    pub const fn new(chunking: Chunking, options: Options, tally: Tally) -> Self {
        Self { chunking, options, tally }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let pairing = match self.options.matching {
            Matching::Greedy => "as in nervaluate 1.2.1",
            Matching::Optimal => "with the best pairs",
        };
        let (chunking, least) = (self.chunking, self.options.min_overlap.percent());
        writeln!(f, "SemEval-2013 {pairing}, entities read in mode {chunking}, pairs share {least} % or more\n")?;
        let types = self.tally.per_type.iter().map(|(name, outcome)| (name.as_str(), outcome));
        let width = widest(types.clone().map(|(name, _)| name).chain([ALL]));
        let width_of_mode = widest(Mode::ALL.map(Mode::name));
        write_name(f, "", width)?;
        write_name(f, "", width_of_mode)?;
        write_headings(
            f,
            &["correct", "incorrect", "partial", "missed", "spurious", "precision", "recall", "f1-score"],
        )?;
        writeln!(f)?;
        for (name, outcome) in [(ALL, &self.tally.overall)].into_iter().chain(types) {
            writeln!(f)?;
            for (index, mode) in Mode::ALL.into_iter().enumerate() {
                let counts = outcome.in_mode(mode);
                write_name(f, if index == 0 { name } else { "" }, width)?;
                write_name(f, mode.name(), width_of_mode)?;
                let MatchCounts { correct, incorrect, partial, missed, spurious } = *counts;
                write_counts(f, &[correct, incorrect, partial, missed, spurious])?;
                write_ratios(f, &counts.scores(), digits)?;
                writeln!(f)?;
            }
        }
        Ok(())
    }
}
