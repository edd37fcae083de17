//! What can be wrong with what is to be scored: one type for the whole crate, whose messages name the sentence.
//!
//! ```
//! use welt_eval::seqeval::{self, Mode};
//!
//! let error = seqeval::evaluate(&[["B-PER", "O"]], &[["B-PER"]], Mode::Default).unwrap_err();
//! assert_eq!(error.to_string(), "sentence 0 has 2 gold tags and 1 predicted tags, expected as many of both");
//! ```

use std::fmt;

use welt_tags::{Chunk, Notation, TagError};

/// Gold and prediction that cannot be scored against each other, or counts that cannot be resampled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// There is nothing to score, where seqeval raises a TypeError.
    #[error("there are no sentences, expected at least one")]
    NoSentences,
    /// Gold and prediction are not the same sentences, where seqeval raises a ValueError.
    #[error("there are {gold} gold sentences and {predicted} predicted ones, expected as many of both")]
    SentenceCount {
        /// How many gold sentences there are.
        gold: usize,
        /// How many predicted sentences there are.
        predicted: usize,
    },
    /// Gold and prediction of a sentence are not the same words, where seqeval raises a ValueError.
    #[error("sentence {sentence} has {gold} gold tags and {predicted} predicted tags, expected as many of both")]
    WordCount {
        /// The sentence's index, from 0.
        sentence: usize,
        /// How many gold tags it has.
        gold: usize,
        /// How many predicted tags it has.
        predicted: usize,
    },
    /// The words are not those of the sentences.
    #[error("there are words of {words} sentences and tags of {tags}, expected as many of both")]
    WordSentences {
        /// Of how many sentences words were given.
        words: usize,
        /// How many sentences have tags.
        tags: usize,
    },
    /// The words of a sentence are not those that its tags are of.
    #[error("sentence {sentence} (counted from 0) has {words} words and {tags} tags, expected as many of both")]
    Words {
        /// The sentence's index, from 0.
        sentence: usize,
        /// How many words were given.
        words: usize,
        /// How many tags it has.
        tags: usize,
    },
    /// A line of a text says no gold and predicted tag.
    #[error("{line}:{column}: {fault}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// The character of the line, from 1.
        column: usize,
        /// What is wrong there.
        fault: LineFault,
    },
    /// A tag cannot be read.
    #[error("the {side} tags of sentence {sentence} cannot be read")]
    Tag {
        /// Whose tag it is.
        side: Side,
        /// The sentence's index, from 0.
        sentence: usize,
        /// What is wrong with it.
        source: TagError,
    },
    /// The gold tags do not tell their scheme.
    #[error("the scheme of the gold tags cannot be detected")]
    Detection(#[source] TagError),
    /// An entity holds no position.
    #[error("the {side} entity {entity_type}[{start}..{end}] is empty, expected it to start before it ends")]
    EmptyEntity {
        /// Whose entity it is.
        side: Side,
        /// The entity's type.
        entity_type: String,
        /// Its first position.
        start: usize,
        /// The position after its last one.
        end: usize,
    },
    /// The parts of an entity with gaps are not in order, or share positions.
    #[error(
        "the {side} entity of type {entity_type} has a part from {start}, before its last part ends at {end}, expected parts in order that share nothing"
    )]
    PartOrder {
        /// Whose entity it is.
        side: Side,
        /// The entity's type.
        entity_type: String,
        /// Where the part starts.
        start: usize,
        /// Where the part before it ends.
        end: usize,
    },
    /// A share of overlap that nervaluate refuses too, with a ValueError.
    #[error("the least overlap is {found} percent, expected 1 to 100")]
    MinOverlap {
        /// What was asked for.
        found: String,
    },
    /// What is compared are not the same sentences.
    #[error("the systems have {first} and {second} sentences, expected the same sentences in both")]
    SystemSentences {
        /// How many sentences the first system has.
        first: usize,
        /// How many sentences the second system has.
        second: usize,
    },
    /// A sentence of one system has more words than that of the other.
    #[error(
        "sentence {sentence} (counted from 0) has {first} words in the first system and {second} in the second, expected the same words in both"
    )]
    SystemWords {
        /// The sentence's index, from 0.
        sentence: usize,
        /// How many words it has in the first system.
        first: usize,
        /// How many words it has in the second system.
        second: usize,
    },
    /// What is compared are not the same words or not the same gold tags.
    #[error(
        "{what} {word} of sentence {sentence} (both counted from 0) is `{first}` in the first system and `{second}` in the second, expected the same words and gold tags in both"
    )]
    SystemsDiffer {
        /// What differs.
        what: Shared,
        /// The sentence's index, from 0.
        sentence: usize,
        /// The word's index, from 0.
        word: usize,
        /// What the first system has there.
        first: String,
        /// What the second system has there.
        second: String,
    },
    /// Documents are to be the units, and nothing is known of them.
    #[error(
        "the documents of the sentences are not known, expected -DOCSTART- lines in the text of a system, or names of documents"
    )]
    NoDocuments,
    /// The systems do not agree on where documents begin.
    #[error(
        "sentence {sentence} (counted from 0) stands in another document in the second system, expected the same documents in both"
    )]
    DocumentsDiffer {
        /// The sentence's index, from 0.
        sentence: usize,
    },
    /// A type is asked for that no system has.
    #[error(
        "there is no entity of type `{entity_type}` in gold or predictions, expected a type that occurs: {}",
        listed(known)
    )]
    UnknownType {
        /// The type that was asked for.
        entity_type: String,
        /// The types that there are.
        known: Vec<String>,
    },
    /// There is nothing to draw from.
    #[error("there are no units, expected at least one sentence or document")]
    NoUnits,
    /// The rows of the units have no counts.
    #[error("the rows of the units are empty, expected at least one count in each")]
    NoCounts,
    /// What is compared was not scored on the same units.
    #[error("there are {found} units, expected {expected} as in the first system or run")]
    UnitCount {
        /// How many units the first has.
        expected: usize,
        /// How many units another one has.
        found: usize,
    },
    /// Rows that are to be added have different counts.
    #[error("the row of unit {unit} has {found} counts, expected {expected} as in the first")]
    RowWidth {
        /// The unit's index, from 0.
        unit: usize,
        /// How many counts the first row has.
        expected: usize,
        /// How many counts this one has.
        found: usize,
    },
    /// Systems or runs that are compared have rows of different counts.
    #[error(
        "the rows of system or run {system} (counted from 0, all systems one after the other) have {found} counts, expected {expected} as those of the first"
    )]
    SystemWidth {
        /// The index of the system or run, from 0; the runs of a second system are counted on.
        system: usize,
        /// How many counts the rows of the first have.
        expected: usize,
        /// How many counts the rows of this one have.
        found: usize,
    },
    /// Not every unit was given its document.
    #[error("there are {documents} names of documents for {units} units, expected one for each")]
    DocumentCount {
        /// How many units there are.
        units: usize,
        /// How many names there are.
        documents: usize,
    },
    /// The largest sum that can be drawn does not fit.
    #[error("the counts go up to {largest}, which is too large for sums over {units} units")]
    CountsTooLarge {
        /// The largest count.
        largest: u64,
        /// How many units there are.
        units: usize,
    },
    /// A system has no runs.
    #[error("there are no runs, expected at least one for each system")]
    NoRuns,
    /// A system has a single run, which tells nothing about the spread over seeds.
    #[error(
        "there is one run in a system, expected several of each system; one run of each is for `interval`, `paired_bootstrap` and `randomization`, which say nothing about other seeds"
    )]
    OneRun,
    /// There is a single unit, which tells nothing about the spread over units.
    #[error("there is one unit, expected at least two sentences or documents where runs are compared")]
    OneUnit,
    /// Runs are to be paired by their seeds, and one has no partner.
    #[error("there are {first} runs and {second} runs, expected as many of both where they are paired by seed")]
    RunCount {
        /// How many runs the first system has.
        first: usize,
        /// How many runs the second system has.
        second: usize,
    },
    /// Nothing is to be drawn.
    #[error("there are to be no draws, expected at least one")]
    NoDraws,
    /// A confidence that is none.
    #[error("the confidence is {found}, expected a number above 0 and below 1")]
    Confidence {
        /// What it is.
        found: String,
    },
    /// A statistic that cannot be ordered.
    #[error("the statistic of {sample} is {found}, expected a finite number")]
    Statistic {
        /// What it was computed of.
        sample: Sample,
        /// What it is.
        found: String,
    },
    /// What follows from a statistic whose values are finite, but so large that it is not.
    #[error("the {quantity} of the statistic is {found}, expected a finite number; its values are too large")]
    TooLarge {
        /// What was computed.
        quantity: Quantity,
        /// What it is.
        found: String,
    },
    /// A grid of runs that cannot be judged.
    #[error("{whose} is {found}, expected {expected}")]
    Grid {
        /// What is wrong, and of what.
        whose: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A p-value that is none.
    #[error("p-value {index} is {found}, expected a number from 0 to 1")]
    PValue {
        /// Its index in the family, from 0.
        index: usize,
        /// What it is.
        found: String,
    },
}

/// What is wrong with a line that should say a gold and a predicted tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// There is no second column.
    #[error("there is one column, expected a gold and a predicted tag at least, separated by TABs or spaces")]
    OneColumn,
    /// There are more or fewer columns than in the first line.
    #[error("the number of columns is {found}, expected {expected} as in line {first_line}")]
    ColumnCount {
        /// How many there are.
        found: usize,
        /// How many the first line has.
        expected: usize,
        /// The first line with a word, from 1.
        first_line: usize,
    },
    /// What stands where a tag should stand is none.
    #[error(
        "`{found}` in the {side} column is no tag, expected O, or one of B, I, E, S, L and U, alone or with a hyphen and a type as in {}",
        example(*notation)
    )]
    NotATag {
        /// In whose column it stands.
        side: Side,
        /// What stands there.
        found: String,
        /// Where the letter of a tag is looked for.
        notation: Notation,
    },
}

const fn example(notation: Notation) -> &'static str {
    match notation {
        Notation::Prefix => "B-Disease",
        Notation::Suffix => "Disease-B",
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "there is none".to_owned() } else { names.join(", ") }
}

/// What two systems have in common that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shared {
    /// A word.
    Word,
    /// A gold tag.
    GoldTag,
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Word => "word",
            Self::GoldTag => "gold tag",
        })
    }
}

/// What a statistic was computed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sample {
    /// All units, as they were observed.
    Observed,
    /// A resample or a shuffle, by its number from 0.
    Drawn(usize),
    /// All units but one, as the jackknife takes them.
    LeftOneOut,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Observed => f.pad("the observed units"),
            Self::Drawn(number) => write!(f, "draw {number}"),
            Self::LeftOneOut => f.pad("all units but one"),
        }
    }
}

/// What is computed of a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quantity {
    /// Its mean over resamples.
    Mean,
    /// Its standard error, or one of those that it is made of.
    StandardError,
    /// An end of its interval.
    Bound,
    /// How fast its standard error changes with it.
    Acceleration,
    /// The p-value of its difference.
    PValue,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Mean => "mean",
            Self::StandardError => "standard error",
            Self::Bound => "end of the interval",
            Self::Acceleration => "acceleration",
            Self::PValue => "p-value",
        })
    }
}

impl Quantity {
    /// The number, if it is finite.
    pub(crate) fn finite(self, number: f64) -> Result<f64, EvalError> {
        if number.is_finite() {
            Ok(number)
        } else {
            Err(EvalError::TooLarge { quantity: self, found: number.to_string() })
        }
    }
}

/// Which of two rows of tags is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// What is there.
    Gold,
    /// What was found.
    Predicted,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gold => "gold",
            Self::Predicted => "predicted",
        })
    }
}

/// Refuses an entity that holds no position, for it could neither be found nor missed.
pub(crate) fn refuse_empty(gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> Result<(), EvalError> {
    for (side, entities) in [(Side::Gold, gold), (Side::Predicted, predicted)] {
        if let Some(entity) = entities.iter().find(|entity| entity.start >= entity.end) {
            let Chunk { entity_type, start, end } = *entity;
            return Err(EvalError::EmptyEntity { side, entity_type: entity_type.to_owned(), start, end });
        }
    }
    Ok(())
}
