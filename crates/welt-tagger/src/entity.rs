//! What tagging gives: entities by exact characters, and the account of what was read.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use welt_data::{Mention, Score};

/// An entity that a model found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Its first character in the text or document, from 0; characters are Unicode scalar values.
    pub start: usize,
    /// Behind its last character.
    pub end: usize,
    /// The characters from `start` to `end`, as they stand in the text.
    pub text: String,
    /// Its type, such as `Disease`.
    #[serde(rename = "type")]
    pub entity_type: String,
    /// The mean over its words of the probability that the model gives the label that was chosen, from 0 to 1;
    /// words that the model could not see count for nothing.
    pub score: f32,
}

impl From<&Entity> for Mention {
    fn from(entity: &Entity) -> Self {
        let mention = Self::new(&entity.entity_type, entity.start..entity.end);
        Self { text: Some(entity.text.clone()), score: Score::try_from(entity.score).ok(), ..mention }
    }
}

/// A document's entities, in the order of the text, with the account of how it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tagged {
    /// The entities; none share a character.
    pub entities: Vec<Entity>,
    /// How it was read.
    pub counts: Counts,
}

/// What was read; every word is in a window or among those that gave no sub-word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Documents.
    pub documents: usize,
    /// Sentences with at least one word.
    pub sentences: usize,
    /// Words.
    pub words: usize,
    /// Windows that the model read.
    pub windows: usize,
    /// Sentences that were too long for one window and were read in several, which overlap.
    pub sentences_in_several_windows: usize,
    /// Words of characters that the tokenizer drops, which the model cannot see: they go on with the entity around them.
    pub unseen_words: usize,
    /// Words of more sub-words than a window holds, which are read by their first ones.
    pub cut_words: usize,
    /// Entities that were found.
    pub entities: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.documents += other.documents;
        self.sentences += other.sentences;
        self.words += other.words;
        self.windows += other.windows;
        self.sentences_in_several_windows += other.sentences_in_several_windows;
        self.unseen_words += other.unseen_words;
        self.cut_words += other.cut_words;
        self.entities += other.entities;
    }
}
