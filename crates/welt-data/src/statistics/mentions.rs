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

use serde::Serialize;

use super::classes::ratio;
use crate::corpus::Sentence;
use crate::lexicon::{Form, Lexicon, Seen};

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
    pub(crate) fn of(seen: Seen<'_>, form: &Form<'_>) -> Self {
        Self {
            text: seen.words.join(" "),
            types: form.types.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
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
        for sentence in sentences {
            lexicon.add(sentence, 0);
        }
        for sentence in sentences {
            lexicon.count_untagged(sentence);
        }
        let mut statistics = Self {
            mentions: 0,
            words: 0,
            distinct: 0,
            distinct_by_type: BTreeMap::new(),
            several_types: 0,
            sometimes_untagged: 0,
            ambiguous: Vec::new(),
        };
        for (seen, form) in lexicon.forms() {
            statistics.mentions += form.mentions();
            statistics.words += form.mentions() * seen.words.len();
            statistics.distinct += 1;
            statistics.several_types += usize::from(form.types.len() > 1);
            statistics.sometimes_untagged += usize::from(form.untagged > 0);
            for name in form.types.keys() {
                *statistics.distinct_by_type.entry((*name).to_owned()).or_default() += 1;
            }
            if form.types.len() > 1 || form.untagged > 0 {
                statistics.ambiguous.push(AmbiguousMention::of(seen, form));
            }
        }
        statistics.ambiguous.sort_by_cached_key(AmbiguousMention::rank);
        statistics
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
        let mut lexicon = Lexicon::new();
        let mut known: HashSet<&str> = HashSet::new();
        for sentence in training {
            lexicon.add(sentence, 0);
            known.extend(sentence.words.iter().map(String::as_str));
        }
        let mut found = Lexicon::new();
        let (mut words, mut unseen_words) = (0, 0);
        for sentence in split {
            found.add(sentence, 1);
            words += sentence.words.len();
            unseen_words += sentence.words.iter().filter(|word| !known.contains(word.as_str())).count();
        }
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
        for (seen, form) in found.forms() {
            let in_training = lexicon.find(seen.words);
            for (name, count) in &form.types {
                unseen.mentions += count;
                unseen.mention_words += count * seen.words.len();
                unseen.distinct += 1;
                if in_training.is_none_or(|known| !known.types.contains_key(name)) {
                    unseen.unseen_mentions += count;
                    unseen.unseen_mention_words += count * seen.words.len();
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
