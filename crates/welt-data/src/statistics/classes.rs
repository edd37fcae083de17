//! Counts the classes that a network has to tell apart: how many words each has, and how unequal these counts are.
//! Sentences in, counts out; weights for a loss are not made here.
//!
//! ```
//! use welt_data::{ClassCounts, Sentence};
//!
//! let tags = ["B-Gene", "O", "O", "O"].map(|tag| tag.parse().expect("a tag"));
//! let words = ["p53", "is", "known", "."].map(str::to_owned);
//! let sentence = Sentence { words: words.into(), tags: tags.into(), line_number: 1, document: 0 };
//!
//! let classes = ClassCounts::of(&[sentence]);
//! assert_eq!(classes.tags["O"], 3);
//! assert_eq!(classes.entities["Gene"], 1);
//! assert_eq!((classes.share("B-Gene"), classes.imbalance()), (0.25, 3.0));
//! ```

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use welt_tags::Tag;

use crate::corpus::Sentence;

/// How many words have each tag, and how many entities each type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCounts {
    /// Words of each tag that occurs, by the tag as it stands in the file.
    pub tags: BTreeMap<String, usize>,
    /// Entities of each type that occurs, `_` for those of bare tags.
    pub entities: BTreeMap<String, usize>,
}

impl ClassCounts {
    /// Counts the tags and entities of `sentences`.
    #[must_use]
    pub fn of(sentences: &[Sentence]) -> Self {
        let mut counts = Self { tags: BTreeMap::new(), entities: BTreeMap::new() };
        counts.add(sentences);
        counts
    }

    /// Counts the tags and entities of more sentences.
    pub fn add(&mut self, sentences: &[Sentence]) {
        let mut words: HashMap<&Tag, usize> = HashMap::new();
        let mut entities: HashMap<&str, usize> = HashMap::new();
        for sentence in sentences {
            // Nearly all tags are those of the word before.
            for run in sentence.tags.chunk_by(|one, next| one == next) {
                *words.entry(&run[0]).or_default() += run.len();
            }
            if !sentence.has_entity() {
                continue;
            }
            for entity in sentence.entities() {
                *entities.entry(entity.entity_type).or_default() += 1;
            }
        }
        for (tag, count) in words {
            *self.tags.entry(tag.to_string()).or_default() += count;
        }
        for (name, count) in entities {
            *self.entities.entry(name.to_owned()).or_default() += count;
        }
    }

    /// The share of a tag in all words, from 0 to 1; 0 where the tag does not occur.
    #[must_use]
    pub fn share(&self, tag: &str) -> f64 {
        let all: usize = self.tags.values().sum();
        ratio(self.tags.get(tag).copied().unwrap_or(0), all)
    }

    /// How many words of the most frequent tag come on one word of the rarest tag that occurs; 0 where there is no word.
    #[must_use]
    pub fn imbalance(&self) -> f64 {
        let most = self.tags.values().max().copied().unwrap_or(0);
        ratio(most, self.tags.values().min().copied().unwrap_or(0))
    }
}

/// A quotient of counts, 0 where the divisor is.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
