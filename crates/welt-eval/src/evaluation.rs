//! Every metric of the crate in one pass over the tags: each tag is read once, and what overlaps is found once.
//! Rows of tags in, the counts of every metric out, one sentence at a time and in bounded memory.
//!
//! ```
//! use welt_eval::{Evaluation, ZeroDivision};
//! use welt_tags::{Chunking, Notation};
//!
//! let mut evaluation = Evaluation::new(Chunking::Lenient, Notation::Prefix);
//! evaluation.add_sentence(&["B-Gene", "I-Gene", "O"], &["B-Gene", "O", "O"])?;
//! evaluation.add_sentence(&["O", "B-Gene"], &["O", "B-Gene"])?;
//! assert_eq!(evaluation.seqeval(ZeroDivision::Zero).micro.f1, 0.5);
//! # Ok::<(), welt_eval::EvalError>(())
//! ```

use std::collections::BTreeMap;

use welt_tags::{Chunk, Chunking, CorpusReader, Notation};

use crate::overlap::each_group;
use crate::seqeval;
use crate::tally::update;
use crate::{Counts, EvalError, Reading, Side, Tally, TokenCounts, ZeroDivision};

/// What has been counted so far, for every metric.
#[derive(Debug, Clone)]
pub struct Evaluation {
    notation: Notation,
    gold: CorpusReader,
    predicted: CorpusReader,
    n_sentences: usize,
    gold_reading: Reading,
    predicted_reading: Reading,
    tokens: TokenCounts,
    /// Entities that overlap nothing, or only an equal one: nearly all of them, and the same to every metric.
    plain: BTreeMap<String, Plain>,
    seqeval: Tally,
}

/// Entities of one type in groups of their own.
#[derive(Debug, Clone, Copy, Default)]
struct Plain {
    /// Gold and predicted, equal.
    exact: usize,
    /// Gold, where nothing was predicted.
    missed: usize,
    /// Predicted, where there is nothing.
    spurious: usize,
}

impl Evaluation {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(chunking: Chunking, notation: Notation) -> Self {
        let reader = CorpusReader::new(chunking, notation);
        Self {
            notation,
            gold: reader,
            predicted: reader,
            n_sentences: 0,
            gold_reading: Reading::default(),
            predicted_reading: Reading::default(),
            tokens: TokenCounts::default(),
            plain: BTreeMap::new(),
            seqeval: Tally::default(),
        }
    }

    /// Counts one more sentence and says what it adds to the counts of entities.
    ///
    /// # Errors
    /// Not as many words on both sides, or a tag that cannot be read.
    /// The sentence is then not counted at all, and the next one takes its place.
    pub fn add_sentence<T, U>(&mut self, gold: &[T], predicted: &[U]) -> Result<Counts, EvalError>
    where
        T: AsRef<str>,
        U: AsRef<str>,
    {
        let sentence = self.n_sentences;
        if gold.len() != predicted.len() {
            return Err(EvalError::WordCount { sentence, gold: gold.len(), predicted: predicted.len() });
        }
        let refused = |side| move |source| EvalError::Tag { side, sentence, source };
        // Copies read ahead, so that a refused sentence leaves both readers where they were.
        let (mut gold_reader, mut predicted_reader) = (self.gold, self.predicted);
        let start = gold_reader.position();
        let gold_chunks = gold_reader.read(gold).map_err(refused(Side::Gold))?;
        let predicted_chunks = predicted_reader.read(predicted).map_err(refused(Side::Predicted))?;
        (self.gold, self.predicted) = (gold_reader, predicted_reader);
        self.n_sentences += 1;
        self.gold_reading.add(gold, &gold_chunks, start, self.notation);
        self.predicted_reading.add(predicted, &predicted_chunks, start, self.notation);
        for (gold, predicted) in gold.iter().zip(predicted) {
            self.tokens.count(gold.as_ref(), predicted.as_ref());
        }
        let mut counts = Counts { true_positives: 0, predicted: predicted_chunks.len(), gold: gold_chunks.len() };
        each_group(&gold_chunks, &predicted_chunks, |gold, predicted| {
            counts.true_positives += self.add_group(gold, predicted);
        });
        Ok(counts)
    }

    /// Counts a group of entities that overlap and says how many of them agree.
    fn add_group(&mut self, gold: &[Chunk<'_>], predicted: &[Chunk<'_>]) -> usize {
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
            _ => seqeval::count_entities(&mut self.seqeval, gold, predicted),
        }
    }

    /// seqeval's counts.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = self.seqeval.clone();
        tally.tokens = self.tokens;
        for (entity_type, plain) in &self.plain {
            tally.add(entity_type, plain.counts());
        }
        tally
    }

    /// seqeval's report.
    #[must_use]
    pub fn seqeval(&self, zero_division: ZeroDivision) -> seqeval::Report {
        seqeval::Report::new(self.gold.chunking(), &self.tally(), zero_division)
    }
}

impl Plain {
    const fn counts(self) -> Counts {
        let Self { exact, missed, spurious } = self;
        Counts { true_positives: exact, predicted: exact + spurious, gold: exact + missed }
    }
}
