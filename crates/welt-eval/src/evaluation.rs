//! Every metric of the crate in one pass: each tag is read once, and what overlaps is found once.
//! Rows of tags in, the counts of every metric out, one sentence at a time and in bounded memory.
//!
//! ```
//! use welt_eval::{Chunking, Evaluation, Notation, Scheme, ZeroDivision, faireval, semeval};
//!
//! let strict = Chunking::Strict(Scheme::Iob2);
//! let mut evaluation = Evaluation::new(strict, Notation::Prefix, semeval::Options::NERVALUATE);
//! evaluation.add_sentence(&["B-Gene", "I-Gene", "O"], &["B-Gene", "O", "O"])?;
//! evaluation.add_sentence(&["O", "B-Gene"], &["O", "B-Gene"])?;
//!
//! let totals = evaluation.totals();
//! assert_eq!(totals.seqeval.total().f1(ZeroDivision::Zero), 0.5);
//! assert_eq!(totals.faireval.total().scores(&faireval::Weights::FAIR).f1, 2.0 / 3.0);
//! assert_eq!(totals.semeval.overall.partial.f1(), 0.75);
//! assert_eq!(totals.conlleval.total().correct, 1);
//! assert_eq!(totals.errors.report().same_label.boundary, 1);
//! # Ok::<(), welt_eval::EvalError>(())
//! ```

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;
use welt_tags::{Chunk, Chunking, CorpusReader, Notation};

use crate::error::refuse_empty;
use crate::errors::{Breakdown, Mentions};
use crate::overlap::each_group;
use crate::reading::Position;
use crate::tally::update;
use crate::{Counts, EvalError, Reading, Side, Tally, TokenCounts};
use crate::{conlleval, errors, faireval, semeval};

/// Counts for every metric, for a corpus that comes one sentence at a time.
#[derive(Debug, Clone)]
pub struct Evaluation {
    notation: Notation,
    matching: semeval::Options,
    gold: CorpusReader,
    predicted: CorpusReader,
    /// Words, and what does not depend on a metric.
    tokens: TokenCounts,
    conlleval: conlleval::Evaluation,
    /// Entities that overlap nothing, or only an equal one: nearly all of them, and the same to every metric.
    plain: BTreeMap<String, Plain>,
    /// The other entities, and what was read.
    totals: Totals,
}

/// The counts of every metric, which can be added to those of another part of a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// Sentences.
    pub sentences: usize,
    /// How the gold tags were read.
    pub gold: Reading,
    /// How the predicted tags were read.
    pub predicted: Reading,
    /// Entities and words as seqeval counts them.
    pub seqeval: Tally,
    /// FairEval's kinds of error.
    pub faireval: faireval::Tally,
    /// How the entities came out in each mode of SemEval-2013.
    pub semeval: semeval::Tally,
    /// Phrases and words as conlleval.pl counts them, by its own reading of the tags.
    pub conlleval: conlleval::Tally,
    /// The error types of the paper.
    pub errors: errors::Tally,
    /// The entities by length, form and familiarity, for sentences whose words are known.
    pub mentions: Breakdown,
}

/// Entities of one type that are a group of their own.
#[derive(Debug, Clone, Copy, Default)]
struct Plain {
    /// Gold and predicted, equal.
    exact: usize,
    /// Gold, where nothing was predicted.
    missed: usize,
    /// Predicted, where there is nothing.
    spurious: usize,
}

/// The entities of a sentence, and the position of its first word.
struct Entities<'t> {
    gold: Vec<Chunk<'t>>,
    predicted: Vec<Chunk<'t>>,
    start: usize,
}

impl Evaluation {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(chunking: Chunking, notation: Notation, matching: semeval::Options) -> Self {
        let reader = CorpusReader::new(chunking, notation);
        Self {
            notation,
            matching,
            gold: reader,
            predicted: reader,
            tokens: TokenCounts::default(),
            conlleval: conlleval::Evaluation::new(),
            plain: BTreeMap::new(),
            totals: Totals::default(),
        }
    }

    /// Counts one more sentence, and says what it adds to seqeval's counts of entities.
    ///
    /// # Errors
    /// Not as many words on both sides, or a tag that cannot be read.
    /// The sentence is then not counted at all, and the next one takes its place.
    pub fn add_sentence<T, U>(&mut self, gold: &[T], predicted: &[U]) -> Result<Counts, EvalError>
    where
        T: AsRef<str>,
        U: AsRef<str>,
    {
        let entities = self.read(gold, predicted)?;
        Ok(self.count(&entities))
    }

    /// Counts one more sentence, and its entities by what they look like and whether they are known from training.
    ///
    /// # Errors
    /// As [`Self::add_sentence`] has them; words that are missing are taken for none.
    pub fn add_sentence_with_words<T, U, W>(
        &mut self,
        words: &[W],
        gold: &[T],
        predicted: &[U],
        training: Option<&Mentions>,
    ) -> Result<Counts, EvalError>
    where
        T: AsRef<str>,
        U: AsRef<str>,
        W: AsRef<str>,
    {
        let entities = self.read(gold, predicted)?;
        let start = entities.start;
        let counts = self.count(&entities);
        let [gold, predicted] = [entities.gold, entities.predicted].map(|chunks| from_start(chunks, start));
        self.totals.mentions.add(words, &gold, &predicted, training);
        Ok(counts)
    }

    /// Counts the entities of one more sentence or document, given as they are, by words or by characters.
    ///
    /// Nothing is known of tags then: no words are counted, and conlleval, which reads tags in its own way, counts nothing.
    ///
    /// ```
    /// use welt_eval::{Chunk, Chunking, Evaluation, Notation, semeval};
    ///
    /// let mut evaluation = Evaluation::new(Chunking::Lenient, Notation::Prefix, semeval::Options::NERVALUATE);
    /// let gene = |start, end| Chunk { entity_type: "Gene", start, end };
    /// let counts = evaluation.add_entities(&[gene(10, 14), gene(30, 38)], &[gene(10, 14), gene(33, 38)])?;
    /// assert_eq!((counts.true_positives, counts.gold), (1, 2));
    /// assert_eq!(evaluation.totals().errors.report().same_label.boundary, 1);
    /// # Ok::<(), welt_eval::EvalError>(())
    /// ```
    ///
    /// # Errors
    /// An entity without positions; nothing is then counted.
    pub fn add_entities(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> Result<Counts, EvalError> {
        refuse_empty(gold, predicted)?;
        self.totals.sentences += 1;
        self.totals.gold.entities += gold.len();
        self.totals.predicted.entities += predicted.len();
        Ok(self.count(&Entities { gold: gold.to_vec(), predicted: predicted.to_vec(), start: 0 }))
    }

    fn read<'t, T, U>(&mut self, gold: &'t [T], predicted: &'t [U]) -> Result<Entities<'t>, EvalError>
    where
        T: AsRef<str>,
        U: AsRef<str>,
    {
        let sentence = self.totals.sentences;
        if gold.len() != predicted.len() {
            return Err(EvalError::WordCount { sentence, gold: gold.len(), predicted: predicted.len() });
        }
        let refused = |side| move |source| EvalError::Tag { side, sentence, source };
        // Copies read ahead, so that a refused sentence leaves both readers where they were.
        let (mut gold_reader, mut predicted_reader) = (self.gold, self.predicted);
        let start = gold_reader.position();
        let gold_chunks = gold_reader.read(gold).map_err(refused(Side::Gold))?;
        let predicted_chunks = predicted_reader.read(predicted).map_err(refused(Side::Predicted))?;
        self.conlleval.add_sentence(gold, predicted)?;
        (self.gold, self.predicted) = (gold_reader, predicted_reader);
        self.totals.sentences += 1;
        let (inside, position) = (self.conlleval.inside(), Position { start, notation: self.notation });
        self.totals.gold.add(gold, inside, &gold_chunks, position);
        self.totals.predicted.add(predicted, inside, &predicted_chunks, position);
        self.tokens.true_negatives += gold.len() - inside.len();
        for &word in inside {
            self.tokens.count(gold[word].as_ref(), predicted[word].as_ref());
        }
        Ok(Entities { gold: gold_chunks, predicted: predicted_chunks, start })
    }

    fn count(&mut self, entities: &Entities<'_>) -> Counts {
        let Entities { gold, predicted, .. } = entities;
        let mut counts = Counts { true_positives: 0, predicted: predicted.len(), gold: gold.len() };
        each_group(gold, predicted, |gold, predicted| counts.true_positives += self.count_group(gold, predicted));
        counts
    }

    /// Counts a group of entities that overlap, and says how many of them agree.
    fn count_group(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> usize {
        match (gold, predicted) {
            ([gold], [predicted]) if gold == predicted => {
                update(&mut self.plain, gold.entity_type, |plain| plain.exact += 1);
                1
            }
            ([gold], []) => {
                update(&mut self.plain, gold.entity_type, |plain| plain.missed += 1);
                0
            }
            ([], [predicted]) => {
                update(&mut self.plain, predicted.entity_type, |plain| plain.spurious += 1);
                0
            }
            _ => {
                self.totals.faireval.add_group(gold, predicted);
                self.totals.semeval.add_group(gold, predicted, self.matching);
                self.totals.errors.add_group(gold, predicted);
                self.totals.seqeval.add_entities(gold, predicted)
            }
        }
    }

    /// How entities are read.
    #[must_use]
    pub const fn chunking(&self) -> Chunking {
        self.gold.chunking()
    }

    /// What was counted.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = self.totals.clone();
        totals.seqeval.tokens = self.tokens;
        totals.conlleval = self.conlleval.tally();
        for (entity_type, &Plain { exact, missed, spurious }) in &self.plain {
            let counts = Counts { true_positives: exact, predicted: exact + spurious, gold: exact + missed };
            totals.seqeval.add(entity_type, counts);
            totals.faireval.add_exact(entity_type, exact);
            totals.faireval.add_missed(entity_type, missed);
            totals.faireval.add_spurious(entity_type, spurious);
            totals.semeval.add_exact(entity_type, exact);
            totals.semeval.add_missed(entity_type, missed);
            totals.semeval.add_spurious(entity_type, spurious);
            totals.errors.add_exact(entity_type, exact);
            totals.errors.add_missed(entity_type, missed);
            totals.errors.add_spurious(entity_type, spurious);
        }
        totals
    }
}

/// Entities by their words in a sentence that starts at `start`; a stray tag can make one begin before it, where its words are gone.
fn from_start(mut chunks: Vec<Chunk<'_>>, start: usize) -> Vec<Chunk<'_>> {
    for chunk in &mut chunks {
        chunk.start = chunk.start.saturating_sub(start);
        chunk.end = chunk.end.saturating_sub(start);
    }
    chunks
}

impl AddAssign<&Self> for Totals {
    fn add_assign(&mut self, other: &Self) {
        self.sentences += other.sentences;
        self.gold += other.gold;
        self.predicted += other.predicted;
        self.seqeval += &other.seqeval;
        self.faireval += &other.faireval;
        self.semeval += &other.semeval;
        self.conlleval += &other.conlleval;
        self.errors += &other.errors;
        self.mentions += &other.mentions;
    }
}
