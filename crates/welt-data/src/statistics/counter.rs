//! Counts everything of a split at once, part by part, so that the split may be larger than memory.
//! Sentences in, counts out: what is held grows with the distinct mentions, not with the sentences.
//!
//! ```
//! use std::path::Path;
//! use welt_data::{Counter, MentionStatistics, Statistics, conll};
//!
//! let text = "ataxia\tB-Disease\n\nno\tO\nataxia\tO\n";
//! let corpus = conll::parse(Path::new("x.tsv"), text.as_bytes(), conll::TagColumn::Find)?;
//! let mut counter = Counter::new();
//! for part in corpus.sentences.chunks(1) {
//!     counter.add(part, None);
//! }
//! // Which words of mentions are untagged elsewhere is known only when all mentions are.
//! for part in corpus.sentences.chunks(1) {
//!     counter.look_again(part);
//! }
//! assert_eq!(counter.statistics(), Statistics::of(&corpus.sentences));
//! assert_eq!(counter.mentions(), MentionStatistics::of(&corpus.sentences));
//! # Ok::<(), welt_data::DataError>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use welt_tags::Tag;

use super::{ClassCounts, Histogram, MentionStatistics, Statistics, Training, Unseen};
use crate::corpus::Sentence;
use crate::lexicon::Lexicon;

/// What was counted so far.
#[derive(Debug, Clone)]
pub struct Counter {
    statistics: Statistics,
    tags: BTreeSet<Tag>,
    classes: ClassCounts,
    sentence_lengths: Histogram,
    mention_lengths: Histogram,
    lexicon: Lexicon,
    unseen_words: usize,
}

impl Counter {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            statistics: Statistics::new(),
            tags: BTreeSet::new(),
            classes: ClassCounts { tags: BTreeMap::new(), entities: BTreeMap::new() },
            sentence_lengths: Histogram::default(),
            mention_lengths: Histogram::default(),
            lexicon: Lexicon::new(),
            unseen_words: 0,
        }
    }

    /// Counts the sentences that follow; what training does not have of them is counted where there is one, the same for all.
    pub fn add(&mut self, sentences: &[Sentence], training: Option<&Training>) {
        self.statistics.add(sentences, &mut self.tags);
        self.classes.add(sentences);
        self.sentence_lengths.add(sentences.iter().map(|sentence| sentence.words.len()));
        // Most sentences of many corpora have no entity.
        for sentence in sentences.iter().filter(|sentence| sentence.has_entity()) {
            self.mention_lengths.add(sentence.entities().into_iter().map(|entity| entity.end - entity.start));
            self.lexicon.add(sentence, 0, |_| [0, 0]);
        }
        self.unseen_words += training.map_or(0, |training| training.unseen_words(sentences));
    }

    /// Whether the sentences have to be looked through a second time before [`Counter::mentions`] is true.
    #[must_use]
    pub fn wants_second_look(&self) -> bool {
        !self.lexicon.is_empty()
    }

    /// Counts where words of the mentions of all sentences are untagged in some; each sentence is to be handed in once.
    pub fn look_again(&mut self, sentences: &[Sentence]) {
        sentences.iter().for_each(|sentence| self.lexicon.count_untagged(sentence));
    }

    /// Sentences, words, entities and tags.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let mut statistics = self.statistics.clone();
        statistics.name(&self.tags);
        statistics
    }

    /// Words of each tag and entities of each type.
    #[must_use]
    pub const fn classes(&self) -> &ClassCounts {
        &self.classes
    }

    /// Words of each sentence.
    #[must_use]
    pub const fn sentence_lengths(&self) -> &Histogram {
        &self.sentence_lengths
    }

    /// Words of each mention.
    #[must_use]
    pub const fn mention_lengths(&self) -> &Histogram {
        &self.mention_lengths
    }

    /// Distinct and ambiguous mentions; how often their words are untagged is known only of sentences that were looked through twice.
    #[must_use]
    pub fn mentions(&self) -> MentionStatistics {
        MentionStatistics::of_lexicon(&self.lexicon)
    }

    /// What training does not have of the sentences, where it is the one that they were counted with.
    #[must_use]
    pub fn unseen(&self, training: &Training) -> Unseen {
        Unseen::of_lexicon(training, &self.lexicon, [self.statistics.tokens, self.unseen_words])
    }
}

impl Default for Counter {
    fn default() -> Self {
        Self::new()
    }
}
