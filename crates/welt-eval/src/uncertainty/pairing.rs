//! Two systems and one question, asked step by step: what is compared, by what draws, and then the answer.
//! The pairs of two systems in, a test out.

use welt_tags::{Chunking, Scheme};

use super::comparison::paired_bootstrap;
use super::interval::Bounds;
use super::metric::{Metric, Ratio};
use super::paired_test::{PairedTest, Unit};
use super::randomization::{Shuffling, randomization};
use super::units::Units;
use super::{Exactness, Resampling};
use crate::{EvalError, Pairs, Shared};

/// Asks how far two systems differ that tagged the same sentences: in which score, and by draws of which seed, is still to be said.
///
/// ```
/// use welt_eval::{Pairs, uncertainty};
///
/// let gold = [["B-Gene", "O"], ["O", "B-Gene"], ["B-Gene", "O"]];
/// let first = Pairs::new(&gold, &gold)?;
/// let second = Pairs::new(&gold, &[["B-Gene", "O"], ["O", "O"], ["O", "O"]])?;
/// let test = uncertainty::compare(&first, &second)?.micro_f1().seed(1).run()?;
/// assert_eq!((test.first, test.second), (1.0, 0.5));
/// assert_eq!((test.difference(), test.p_value()), (0.5, 0.5));
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
///
/// Without a seed there is no answer:
///
/// ```compile_fail
/// # use welt_eval::{Pairs, uncertainty};
/// # let pairs = Pairs::new(&[["O"]], &[["O"]])?;
/// let test = uncertainty::compare(&pairs, &pairs)?.micro_f1().run()?;
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
///
/// # Errors
/// The systems were not scored on the same sentences: not as many sentences or words, other words where both know theirs, or other gold tags.
pub fn compare<'p>(first: &'p Pairs, second: &'p Pairs) -> Result<Pairing<'p>, EvalError> {
    if first.len() != second.len() {
        return Err(EvalError::SystemSentences { first: first.len(), second: second.len() });
    }
    for (sentence, (one, other)) in first.iter().zip(second).enumerate() {
        let (first, second) = (one.gold.len(), other.gold.len());
        if first != second {
            return Err(EvalError::SystemWords { sentence, first, second });
        }
        check_same(sentence, Shared::Word, &one.words, &other.words)?;
        check_same(sentence, Shared::GoldTag, &one.gold, &other.gold)?;
    }
    Ok(Pairing { systems: [first, second], chunking: Chunking::Lenient, unit: Unit::Sentence })
}

/// Two systems that tagged the same sentences.
///
/// Entities are read as seqeval's default mode reads them, unless [`Self::strict`] says otherwise, and sentences are what is resampled and swapped, unless [`Self::by_document`] does.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Pairing<'p> {
    systems: [&'p Pairs; 2],
    chunking: Chunking,
    unit: Unit,
}

impl<'p> Pairing<'p> {
    /// Entities are read by the rules of one scheme, as [`seqeval::strict`](crate::seqeval::strict) reads them.
    pub const fn strict(mut self, scheme: Scheme) -> Self {
        self.chunking = Chunking::Strict(scheme);
        self
    }

    /// Documents are resampled and swapped as a whole, for the sentences of one are no independent draws.
    ///
    /// They are those of the first system, or of the second where the first knows none.
    pub const fn by_document(mut self) -> Self {
        self.unit = Unit::Document;
        self
    }

    /// F1 of all entities together.
    pub fn micro_f1(self) -> Measured<'p> {
        self.measured(Metric::Micro(Ratio::F1))
    }

    /// Precision of all entities together.
    pub fn micro_precision(self) -> Measured<'p> {
        self.measured(Metric::Micro(Ratio::Precision))
    }

    /// Recall of all entities together.
    pub fn micro_recall(self) -> Measured<'p> {
        self.measured(Metric::Micro(Ratio::Recall))
    }

    /// The mean F1 of the types that occur in gold or prediction.
    pub fn macro_f1(self) -> Measured<'p> {
        self.measured(Metric::MacroF1)
    }

    /// F1 in which FairEval counts every error once.
    pub fn fair_f1(self) -> Measured<'p> {
        self.measured(Metric::FairF1)
    }

    /// F1 of the entities of one type.
    pub fn f1_of(self, entity_type: impl Into<String>) -> Measured<'p> {
        self.measured(Metric::OfType { entity_type: entity_type.into(), ratio: Ratio::F1 })
    }

    /// Precision of the entities of one type.
    pub fn precision_of(self, entity_type: impl Into<String>) -> Measured<'p> {
        self.measured(Metric::OfType { entity_type: entity_type.into(), ratio: Ratio::Precision })
    }

    /// Recall of the entities of one type.
    pub fn recall_of(self, entity_type: impl Into<String>) -> Measured<'p> {
        self.measured(Metric::OfType { entity_type: entity_type.into(), ratio: Ratio::Recall })
    }

    /// Any of these, where the score is chosen elsewhere.
    pub const fn measured(self, metric: Metric) -> Measured<'p> {
        Measured { pairing: self, metric }
    }
}

/// Two systems and the score that is compared.
#[derive(Debug, Clone)]
#[must_use]
pub struct Measured<'p> {
    pairing: Pairing<'p>,
    metric: Metric,
}

impl<'p> Measured<'p> {
    /// What decides the draws; all else is as [`Resampling::seeded`] and [`Shuffling::seeded`] have it.
    pub fn seed(self, seed: u64) -> Seeded<'p> {
        let Self { pairing, metric } = self;
        Seeded { pairing, metric, resampling: Resampling::seeded(seed) }
    }
}

/// Two systems, the score that is compared, and the draws by which it is done.
#[derive(Debug, Clone)]
#[must_use]
pub struct Seeded<'p> {
    pairing: Pairing<'p>,
    metric: Metric,
    resampling: Resampling,
}

impl Seeded<'_> {
    /// How many resamples and how many shuffles are drawn, where they are not enumerated.
    pub const fn rounds(mut self, rounds: u32) -> Self {
        self.resampling.resamples = rounds;
        self
    }

    /// The share of the resamples that the interval is to hold, such as 0.99.
    pub const fn confidence(mut self, confidence: f64) -> Self {
        self.resampling.confidence = confidence;
        self
    }

    /// How the ends of the interval are found.
    pub const fn bounds(mut self, bounds: Bounds) -> Self {
        self.resampling.bounds = bounds;
        self
    }

    /// Whether all resamples and shuffles are enumerated where they are few.
    pub const fn exactness(mut self, exactness: Exactness) -> Self {
        self.resampling.exactness = exactness;
        self
    }

    /// The difference of the two, with the interval of [`paired_bootstrap`] and the p-value of [`randomization`].
    ///
    /// # Errors
    /// There are no sentences, a tag cannot be read, the type that is asked for occurs nowhere, no documents are known or not the same ones, nothing is to be drawn, or the confidence is none.
    pub fn run(self) -> Result<PairedTest, EvalError> {
        let Self { pairing, metric, resampling } = self;
        let [first, second] = pairing.units(&metric)?;
        let statistic = |row: &[u64]| metric.of(row);
        let Resampling { resamples: rounds, seed, exactness, .. } = resampling;
        let bootstrap = paired_bootstrap(&first, &second, statistic, &resampling)?;
        let randomization = randomization(&first, &second, statistic, &Shuffling { rounds, seed, exactness })?;
        let [first, second] = [first, second].map(|units| metric.of(&units.sum()));
        let Pairing { chunking, unit, .. } = pairing;
        Ok(PairedTest { metric, chunking, unit, seed, first, second, bootstrap, randomization })
    }
}

impl Pairing<'_> {
    fn units(&self, metric: &Metric) -> Result<[Units; 2], EvalError> {
        let both = metric.units(&self.systems, self.chunking)?;
        let both = match self.unit {
            Unit::Sentence => both,
            Unit::Document => {
                let documents = self.documents()?;
                both.iter().map(|units| units.by_document(documents)).collect::<Result<Vec<_>, _>>()?
            }
        };
        both.try_into().map_err(|_| EvalError::NoUnits)
    }

    fn documents(&self) -> Result<&[usize], EvalError> {
        match self.systems.map(Pairs::documents) {
            [None, None] => Err(EvalError::NoDocuments),
            [Some(first), Some(second)] => match first.iter().zip(second).position(|(one, other)| one != other) {
                Some(sentence) => Err(EvalError::DocumentsDiffer { sentence }),
                None => Ok(first),
            },
            [Some(documents), None] | [None, Some(documents)] => Ok(documents),
        }
    }
}

/// Refuses texts that differ; where one side knows none, nothing is compared.
fn check_same(sentence: usize, what: Shared, first: &[&str], second: &[&str]) -> Result<(), EvalError> {
    match first.iter().zip(second).position(|(one, other)| one != other) {
        Some(word) => {
            let [first, second] = [first, second].map(|texts| texts[word].to_owned());
            Err(EvalError::SystemsDiffer { what, sentence, word, first, second })
        }
        None => Ok(()),
    }
}
