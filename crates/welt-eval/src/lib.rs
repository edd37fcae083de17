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
//! | [`verdict`] | whether a method helps over several corpora and seeds, in a word | its own references |
//! | [`Evaluation`] | all but the last in one pass | |
//!
//! # Score a file
//!
//! [`Pairs`] are gold and predicted tags, from a text of a word, its gold tag and its predicted tag a line, or from rows of tags.
//! Every metric takes them, and every report prints itself:
//!
//! ```
//! use welt_eval::semeval::Options;
//! use welt_eval::{Chunking, Pairs, Scheme, conlleval, faireval, semeval, seqeval};
//!
//! let pairs = Pairs::parse(&std::fs::read_to_string("examples/data/first.tsv")?)?;
//! let report = seqeval::strict(&pairs, Scheme::Iob2)?;
//! println!("{report:.4}");
//! assert_eq!((report.micro.recall, report.counts["Disease"].false_negatives()), (0.75, 2));
//!
//! println!("{}", seqeval::default(&pairs)?);
//! println!("{}", faireval::score(&pairs, Chunking::Strict(Scheme::Iob2))?);
//! println!("{}", semeval::score(&pairs, Chunking::Lenient, Options::NERVALUATE)?);
//! println!("{}", conlleval::score(&pairs)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Compare two systems
//!
//! One system's score is higher than another's: by how much, give or take what, and may it be chance?
//!
//! ```
//! use welt_eval::{Pairs, uncertainty};
//!
//! let gold = [["B-Gene", "O"], ["O", "B-Gene"], ["B-Gene", "O"]];
//! let first = Pairs::new(&gold, &gold)?;
//! let second = Pairs::new(&gold, &[["B-Gene", "O"], ["O", "O"], ["O", "O"]])?;
//! let test = uncertainty::compare(&first, &second)?.micro_f1().seed(1).run()?;
//! assert_eq!((test.difference(), test.p_value()), (0.5, 0.5));
//! println!("{test}");
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! Several runs of each system, other scores and other counts go through [`uncertainty::Units`].
//!
//! # Sentence by sentence, and in parts
//!
//! [`Evaluation`] counts for all metrics at once, one sentence at a time and in bounded memory; [`seqeval::Evaluation`] and [`conlleval::Evaluation`] count for one.
//! Counts add, ratios are views of them: a corpus can be scored in parts, and the parts summed.
//!
//! # Entities instead of tags
//!
//! What takes tags reads them into [`Chunk`]s, a type with a start and an end, and what counts takes chunks.
//! So entities can be given as they are, by words or by characters, nested and crossing ones too: see [`Tally::add_entities`], [`faireval::Tally::add`], [`semeval::Tally::add`] and [`errors::Tally::add`].
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
mod signature;
mod table;
mod tally;
pub mod uncertainty;
pub mod verdict;

pub use counts::{Counts, Scores, TokenCounts, ZeroDivision};
pub use error::{EvalError, LineFault, Quantity, Sample, Shared, Side};
pub use evaluation::{Evaluation, Totals};
pub use pairs::{Pairs, Sentence, Sentences};
pub use reading::Reading;
pub use signature::{Signature, gold_lines};
pub use tally::{Average, Tally};
// What the signatures here need of `welt-tags`, so that this crate is enough by itself.
#[doc(inline)]
pub use welt_tags::{Chunk, Chunking, CorpusReader, Notation, Scheme, Span, TagError, Transition};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
