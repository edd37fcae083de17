//! Scores of named-entity recognition: what was found against what is there, exactly as the tools that the literature reports with count it.
//! Tags or entities in, counts and scores out; it knows nothing of files or models.
//!
//! | module | what it computes | exactly as |
//! |---|---|---|
//! | [`seqeval`] | precision, recall and F1 of entities, by type and averaged | seqeval 1.2.2 |
//! | [`faireval`] | each error once, by its kind; fair and weighted scores | FairEval (commit a6172f25) |
//! | [`semeval`] | strict, exact, partial and type matching of SemEval-2013 | nervaluate 1.2.1 |
//! | [`conlleval`] | the CoNLL shared tasks' scores and text | conlleval.pl of 2004-01-26 |
//! | [`errors`] | the error types of the WeLT paper, label confusions, kinds of mentions | the paper's definitions |
//! | [`uncertainty`] | intervals, comparisons of systems and of seeds, families of tests | scipy's BCa, exact enumeration |
//! | [`Evaluation`] | all but the last in one pass | |
//!
//! # Score a CoNLL file
//!
//! ```
//! use welt_eval::seqeval::{self, Mode};
//!
//! let file = "Renal B-Disease B-Disease\nfailure I-Disease O\n\nNone O O\n";
//! let columns = |line: &'static str| line.rsplit(' ').take(2).collect::<Vec<_>>();
//! let rows = file.split("\n\n").map(|sentence| sentence.lines().map(columns).collect::<Vec<_>>());
//! let (predicted, gold): (Vec<Vec<&str>>, Vec<Vec<&str>>) =
//!     rows.map(|rows| rows.iter().map(|row| (row[0], row[1])).unzip()).unzip();
//! let report = seqeval::evaluate(&gold, &predicted, Mode::Default)?;
//! println!("{report:.4}");
//! # assert_eq!((report.micro.f1, report.counts["Disease"].false_negatives()), (0.0, 1));
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! # Compare two systems
//!
//! [`Evaluation::add_sentence`] says what a sentence adds to the counts, and [`uncertainty`] takes these as the units of a test set:
//!
//! ```
//! use welt_eval::uncertainty::{Exactness, Shuffling, Units, micro_f1, randomization};
//! use welt_eval::{Counts, Evaluation, semeval};
//! use welt_tags::{Chunking, Notation};
//!
//! let gold = [["B-Gene", "O"], ["O", "B-Gene"], ["B-Gene", "O"]];
//! let units = |predicted: [[&str; 2]; 3]| -> Result<Units, welt_eval::EvalError> {
//!     let mut evaluation = Evaluation::new(Chunking::Lenient, Notation::Prefix, semeval::Options::NERVALUATE);
//!     let counts = gold.iter().zip(&predicted).map(|(gold, predicted)| evaluation.add_sentence(gold, predicted));
//!     Ok(Units::of(&counts.collect::<Result<Vec<Counts>, _>>()?))
//! };
//! let (first, second) = (units(gold)?, units([["B-Gene", "O"], ["O", "O"], ["O", "O"]])?);
//! let shuffling = Shuffling { rounds: 10_000, seed: 1, exactness: Exactness::WhereFeasible };
//! let test = randomization(&first, &second, micro_f1, &shuffling)?;
//! assert_eq!((test.difference, test.p_value), (0.5, 0.5));
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! # Entities instead of tags
//!
//! What takes tags reads them into [`Chunk`](welt_tags::Chunk)s, a type with a start and an end, and what counts takes chunks.
//! So entities can be given as they are, by words or by characters, nested and crossing ones too: see [`Tally::add_entities`], [`faireval::Tally::add`], [`semeval::Tally::add`] and [`errors::Tally::add`].
//!
//! Counts add, ratios are views of them: a corpus can be scored in parts, and the parts summed.
//!
//! # Features
//! `rayon`, off by default: resamples are drawn on every core. The results are the same to the last digit.

#![forbid(unsafe_code)]

pub mod conlleval;
mod counts;
mod error;
pub mod errors;
mod evaluation;
pub mod faireval;
mod overlap;
mod pairs;
mod reading;
pub mod semeval;
pub mod seqeval;
mod table;
mod tally;
pub mod uncertainty;

pub use counts::{Counts, Scores, TokenCounts, ZeroDivision};
pub use error::{EvalError, LineFault, Quantity, Sample, Side};
pub use evaluation::{Evaluation, Totals};
pub use pairs::{Pairs, Sentence, Sentences};
pub use reading::Reading;
pub use tally::{Average, Tally};

/// What the signatures here need of `welt-tags`, so that this crate is enough by itself.
#[doc(no_inline)]
pub use welt_tags::{Chunk, Chunking, Notation, Scheme, TagError};
