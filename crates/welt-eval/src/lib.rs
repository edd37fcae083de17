//! Scores of named-entity recognition: what was found against what is there, exactly as the tools that the literature reports with count it.
//! Tags or entities in, counts and scores out; it knows nothing of files or models.
//!
//! [`seqeval`] is the whole of seqeval 1.2.2: both modes, six schemes, averages and the text report.
//!
//! ```
//! use welt_eval::seqeval::{self, Mode};
//!
//! let gold = [vec!["B-PER", "I-PER", "O", "B-LOC"], vec!["O", "B-LOC"]];
//! let predicted = [vec!["B-PER", "I-PER", "O", "O"], vec!["O", "B-LOC"]];
//! let report = seqeval::evaluate(&gold, &predicted, Mode::Default)?;
//! assert_eq!(report.micro.f1, 0.8);
//! assert_eq!(report.per_type["LOC"].recall, 0.5);
//! assert_eq!(report.counts["LOC"].false_negatives(), 1);
//! println!("{report:.4}");
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! Counts add, ratios are views of them: a corpus can be scored in parts, and the parts summed.

#![forbid(unsafe_code)]

pub mod conlleval;
mod counts;
mod error;
pub mod errors;
mod evaluation;
pub mod faireval;
mod overlap;
mod reading;
pub mod semeval;
pub mod seqeval;
mod tally;
pub mod uncertainty;

pub use counts::{Counts, Scores, TokenCounts, ZeroDivision};
pub use error::{EvalError, Sample, Side};
pub use evaluation::{Evaluation, Totals};
pub use reading::Reading;
pub use tally::{Average, Tally};
