//! Counts the mentions of entities: how many are distinct, which are ambiguous, and which of them training never saw.
//! Sentences in, counts out; words are compared as they stand, letter case included.
//!
//! ```
//! use std::path::Path;
//! use welt_data::{MentionStatistics, Unseen, conll};
//!
//! let read = |text: &str| conll::parse(Path::new("x.tsv"), text.as_bytes(), conll::TagColumn::Find);
//! let train = read("ataxia\tB-Disease\n\nno\tO\nataxia\tO\n")?;
//! let dev = read("ataxia\tB-Disease\nor\tO\ngout\tB-Disease\n")?;
//!
//! let mentions = MentionStatistics::of(&train.sentences);
//! assert_eq!((mentions.mentions, mentions.ambiguous[0].untagged), (1, 1));
//! let unseen = Unseen::of(&train.sentences, &dev.sentences);
//! assert_eq!((unseen.mentions, unseen.unseen_mentions, unseen.mention_share()), (2, 1, 0.5));
//! # Ok::<(), welt_data::DataError>(())
//! ```

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::classes::ratio;
use crate::corpus::Sentence;
use crate::lexicon::{Form, Lexicon};

/// The mentions of some sentences; every field is a count unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MentionStatistics {
    /// Entities.
    pub mentions: usize,
    /// Words of entities.
    pub words: usize,
    /// Distinct rows of words that are an entity somewhere.
    pub distinct: usize,
    /// Distinct rows of words by the type of the entity; one that has several types counts for each.
    pub distinct_by_type: BTreeMap<String, usize>,
    /// Distinct mentions of more than one type.
    pub several_types: usize,
    /// Distinct mentions whose words also stand somewhere in a row with all of them tagged O.
    pub sometimes_untagged: usize,
    /// The mentions of more than one type or sometimes untagged: those with most places that disagree first, then by text.
    pub ambiguous: Vec<AmbiguousMention>,
}

/// Words that are not always an entity of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AmbiguousMention {
    /// The words, with one space between them.
    pub text: String,
    /// How often they are an entity of each type.
    pub types: BTreeMap<String, usize>,
    /// How often they stand in a row with all of them tagged O; not looked for where there are more than 64 words.
    pub untagged: usize,
}

impl AmbiguousMention {
    pub(crate) fn of(lexicon: &Lexicon, form: &Form) -> Self {
        Self {
            text: lexicon.words_of(form).join(" "),
            types: form.types.iter().map(|(name, count)| (name.to_string(), *count)).collect(),
            untagged: form.untagged,
        }
    }

    /// How often the words are an entity, of whatever type.
    #[must_use]
    pub fn mentions(&self) -> usize {
        self.types.values().sum()
    }

    /// How many places would have to change for the words to be the same everywhere: all but those of the most frequent reading.
    #[must_use]
    pub fn disagreeing(&self) -> usize {
        let most = self.types.values().copied().max().unwrap_or(0).max(self.untagged);
        self.untagged + self.mentions() - most
    }

    /// What to sort by: those with most places that disagree first, then in the order of the texts.
    pub(crate) fn rank(&self) -> (Reverse<usize>, String) {
        (Reverse(self.disagreeing()), self.text.clone())
    }
}

impl MentionStatistics {
    /// Counts the mentions of `sentences`.
    #[must_use]
    pub fn of(sentences: &[Sentence]) -> Self {
        let mut lexicon = Lexicon::new();
        sentences.iter().for_each(|sentence| lexicon.add(sentence, 0, |_| [0, 0]));
        sentences.iter().for_each(|sentence| lexicon.count_untagged(sentence));
        Self::of_lexicon(&lexicon)
    }

    /// Counts the mentions of sentences that were looked through twice.
    pub(super) fn of_lexicon(lexicon: &Lexicon) -> Self {
        let mut statistics = Self {
            mentions: 0,
            words: 0,
            distinct: 0,
            distinct_by_type: BTreeMap::new(),
            several_types: 0,
            sometimes_untagged: 0,
            ambiguous: Vec::new(),
        };
        for (_, form) in lexicon.forms() {
            statistics.mentions += form.mentions();
            statistics.words += form.mentions() * lexicon.words_of(form).len();
            statistics.distinct += 1;
            statistics.several_types += usize::from(form.types.len() > 1);
            statistics.sometimes_untagged += usize::from(form.untagged > 0);
            for name in form.types.keys() {
                *statistics.distinct_by_type.entry(name.to_string()).or_default() += 1;
            }
            if form.types.len() > 1 || form.untagged > 0 {
                statistics.ambiguous.push(AmbiguousMention::of(lexicon, form));
            }
        }
        statistics.ambiguous.sort_by_cached_key(AmbiguousMention::rank);
        statistics
    }
}

/// The words and mentions of training, each once, which other splits are held against.
#[derive(Debug, Clone)]
pub struct Training {
    lexicon: Lexicon,
    words: HashSet<Arc<str>>,
}

impl Training {
    /// Nothing at all.
    #[must_use]
    pub fn new() -> Self {
        Self { lexicon: Lexicon::new(), words: HashSet::new() }
    }

    /// Adds sentences.
    pub fn add(&mut self, sentences: &[Sentence]) {
        for sentence in sentences {
            self.lexicon.add(sentence, 0, |_| [0, 0]);
            for word in &sentence.words {
                if !self.words.contains(word.as_str()) {
                    self.words.insert(Arc::from(word.as_str()));
                }
            }
        }
    }

    /// Whether no word was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Words of some sentences that training does not have.
    pub(super) fn unseen_words(&self, sentences: &[Sentence]) -> usize {
        let words = sentences.iter().flat_map(|sentence| &sentence.words);
        words.filter(|word| !self.words.contains(word.as_str())).count()
    }
}

impl Default for Training {
    fn default() -> Self {
        Self::new()
    }
}

/// What a split holds that training never saw; every field is a count.
///
/// A mention is seen where training has the same words as an entity of the same type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// Words of the split.
    pub words: usize,
    /// Words of the split that occur nowhere in training, tagged or not.
    pub unseen_words: usize,
    /// Mentions of the split.
    pub mentions: usize,
    /// Mentions that training never saw.
    pub unseen_mentions: usize,
    /// Words of the mentions.
    pub mention_words: usize,
    /// Words of the mentions that training never saw.
    pub unseen_mention_words: usize,
    /// Distinct mentions: each row of words once for each type.
    pub distinct: usize,
    /// Distinct mentions that training never saw.
    pub unseen_distinct: usize,
}

impl Unseen {
    /// Counts what of `split` does not stand in `training`.
    #[must_use]
    pub fn of(training: &[Sentence], split: &[Sentence]) -> Self {
        let mut known = Training::new();
        known.add(training);
        let mut lexicon = Lexicon::new();
        split.iter().for_each(|sentence| lexicon.add(sentence, 0, |_| [0, 0]));
        let words = split.iter().map(|sentence| sentence.words.len()).sum();
        Self::of_lexicon(&known, &lexicon, [words, known.unseen_words(split)])
    }

    /// Counts what training does not have of the mentions of a split, whose words are counted already: all, and the unseen ones.
    pub(super) fn of_lexicon(training: &Training, split: &Lexicon, [words, unseen_words]: [usize; 2]) -> Self {
        let mut unseen = Self {
            words,
            unseen_words,
            mentions: 0,
            unseen_mentions: 0,
            mention_words: 0,
            unseen_mention_words: 0,
            distinct: 0,
            unseen_distinct: 0,
        };
        for (_, form) in split.forms() {
            let words = split.words_of(form);
            let in_training = training.lexicon.find(words.iter().copied());
            for (name, count) in &form.types {
                unseen.mentions += count;
                unseen.mention_words += count * words.len();
                unseen.distinct += 1;
                if in_training.is_none_or(|known| !known.types.contains_key(name)) {
                    unseen.unseen_mentions += count;
                    unseen.unseen_mention_words += count * words.len();
                    unseen.unseen_distinct += 1;
                }
            }
        }
        unseen
    }

    /// The share of unseen words in the words of the split, from 0 to 1; 0 where there is none.
    #[must_use]
    pub fn word_share(&self) -> f64 {
        ratio(self.unseen_words, self.words)
    }

    /// The share of unseen mentions in the mentions, from 0 to 1; 0 where there is none.
    #[must_use]
    pub fn mention_share(&self) -> f64 {
        ratio(self.unseen_mentions, self.mentions)
    }

    /// The share of words of unseen mentions in the words of mentions, from 0 to 1; 0 where there is none.
    #[must_use]
    pub fn mention_word_share(&self) -> f64 {
        ratio(self.unseen_mention_words, self.mention_words)
    }

    /// The share of unseen mentions in the distinct mentions, from 0 to 1; 0 where there is none.
    #[must_use]
    pub fn distinct_share(&self) -> f64 {
        ratio(self.unseen_distinct, self.distinct)
    }
}
