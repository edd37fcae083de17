//! Counts what is in a corpus: sentences, words, entities, and how the tags are shared out.
//! Sentences in, counts out; it judges no tag and knows nothing of files.
//!
//! Every tag is counted as B, I or O whatever its scheme: E and L as I, S and U as B.
//!
//! ```
//! use welt_data::{Sentence, Statistics};
//!
//! let tags = ["B-Gene", "E-Gene", "S-Gene", "O"].map(|tag| tag.parse().expect("a tag"));
//! let words = ["p53", "protein", "MDM2", "."].map(str::to_owned);
//! let sentence = Sentence { words: words.into(), tags: tags.into(), line_number: 1, document: 0 };
//!
//! let statistics = Statistics::of(&[sentence]);
//! assert_eq!((statistics.begin, statistics.inside, statistics.outside), (2, 1, 1));
//! assert_eq!((statistics.entities, statistics.adjacent_begin), (2, 1));
//! assert_eq!(statistics.share(statistics.begin), 0.5);
//! ```

mod classes;
mod counter;
mod histogram;
mod mentions;
mod svg;

use std::collections::BTreeSet;

use serde::Serialize;
use welt_tags::{Prefix, Tag};

use crate::corpus::Sentence;

pub use classes::ClassCounts;
pub use counter::Counter;
pub use histogram::{Bar, Histogram, MOST_BARS};
pub use mentions::{AmbiguousMention, MentionStatistics, Training, Unseen};
pub use svg::AxisLabels;

/// A sentence of more words than this counts as long: it is sure to overflow 128 sub-words.
pub const LONG_SENTENCE: usize = 128;

/// What is in one split of a corpus; every field is a count unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Sentences.
    pub sentences: usize,
    /// Words.
    pub tokens: usize,
    /// Entities: every B, S or U, and every I, E or L that has nothing to continue.
    pub entities: usize,
    /// Words tagged O.
    pub outside: usize,
    /// Words tagged B, S or U.
    pub begin: usize,
    /// Words tagged I, E or L.
    pub inside: usize,
    /// The distinct tags as they stand in the file, in code-point order.
    pub tag_set: Vec<String>,
    /// Words of the longest sentence.
    pub longest_sentence: usize,
    /// Sentences of more words than [`LONG_SENTENCE`].
    pub long_sentences: usize,
    /// Sentences with at least one word that is not tagged O.
    pub sentences_with_entity: usize,
    /// Words tagged B, S or U right after a word of an entity of the same type: entities that a reader of bare I tags would merge.
    pub adjacent_begin: usize,
    /// Words tagged I, E or L that have nothing to continue: at the start of a sentence, after O, after another type, or after E, S, L or U.
    /// IOB1 and the IOE schemes begin entities so; in IOB2, IOBES and BILOU it is a mistake.
    pub invalid_inside: usize,
}

impl Statistics {
    /// Counts what is in `sentences`.
    #[must_use]
    pub fn of(sentences: &[Sentence]) -> Self {
        let mut tags = BTreeSet::new();
        let mut statistics = Self::new();
        statistics.add(sentences, &mut tags);
        statistics.name(&tags);
        statistics
    }

    fn new() -> Self {
        Self {
            sentences: 0,
            tokens: 0,
            entities: 0,
            outside: 0,
            begin: 0,
            inside: 0,
            tag_set: Vec::new(),
            longest_sentence: 0,
            long_sentences: 0,
            sentences_with_entity: 0,
            adjacent_begin: 0,
            invalid_inside: 0,
        }
    }

    /// Counts more sentences, whose tags go into `tags`.
    fn add(&mut self, sentences: &[Sentence], tags: &mut BTreeSet<Tag>) {
        self.sentences += sentences.len();
        for sentence in sentences {
            let tokens = sentence.words.len();
            self.tokens += tokens;
            self.longest_sentence = self.longest_sentence.max(tokens);
            self.long_sentences += usize::from(tokens > LONG_SENTENCE);
            self.sentences_with_entity += usize::from(sentence.has_entity());
            self.add_tags(&sentence.tags);
            for run in sentence.tags.chunk_by(|one, next| one == next) {
                if !tags.contains(&run[0]) {
                    tags.insert(run[0].clone());
                }
            }
        }
    }

    fn name(&mut self, tags: &BTreeSet<Tag>) {
        self.tag_set = tags.iter().map(Tag::to_string).collect();
        self.tag_set.sort_unstable();
    }

    /// The share of a count in all words, from 0 to 1; 0 where there is no word.
    #[must_use]
    pub fn share(&self, count: usize) -> f64 {
        if self.tokens == 0 { 0.0 } else { count as f64 / self.tokens as f64 }
    }

    fn add_tags(&mut self, tags: &[Tag]) {
        let mut previous = &Tag::OUTSIDE;
        for tag in tags {
            let after_same = previous.prefix() != Prefix::Outside && previous.entity_type() == tag.entity_type();
            match tag.prefix() {
                Prefix::Outside => self.outside += 1,
                Prefix::Begin | Prefix::Single | Prefix::Unit => {
                    self.begin += 1;
                    self.entities += 1;
                    self.adjacent_begin += usize::from(after_same);
                }
                Prefix::Inside | Prefix::End | Prefix::Last => {
                    let open = matches!(previous.prefix(), Prefix::Begin | Prefix::Inside);
                    let stray = !(open && after_same);
                    self.inside += 1;
                    self.entities += usize::from(stray);
                    self.invalid_inside += usize::from(stray);
                }
            }
            previous = tag;
        }
    }
}
