//! What a reader made of the tags: how many said something, how many of them went into no entity, how many entities began without a beginning.
//! Tags and the chunks that were read from them in, counts out; whether that is right is not known here.
//!
//! ```
//! use welt_eval::{Chunking, Notation, Reading, Scheme};
//!
//! let tags = ["I-Gene", "O", "B-Gene", "I-Drug"];
//! let strict = Reading::of(&tags, Chunking::Strict(Scheme::Iob2), Notation::Prefix)?;
//! assert_eq!((strict.entities, strict.dropped_tags), (1, 2));
//! let lenient = Reading::of(&tags, Chunking::Lenient, Notation::Prefix)?;
//! assert_eq!((lenient.entities, lenient.dropped_tags, lenient.orphans), (3, 0, 2));
//! # Ok::<(), welt_eval::TagError>(())
//! ```

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use welt_tags::{Chunk, Chunking, CorpusReader, Notation, TagError};

/// How the tags of one side were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reading {
    /// Words whose tag is not `O`.
    pub tags: usize,
    /// Those of them that went into no entity, as an orphan `I-` does in strict IOB2.
    pub dropped_tags: usize,
    /// Entities.
    pub entities: usize,
    /// Words whose tag begins with none of B, I, O, E, S, L and U: no tags at all, or letters behind their types.
    pub odd_tags: usize,
    /// Entities whose first tag is neither `B` nor `S` nor `U`: the rule in IOB1 and IOE, a mistake elsewhere.
    pub orphans: usize,
}

impl Reading {
    /// Reads the tags of one sentence.
    ///
    /// # Errors
    /// A tag that is empty; when strict, also one whose prefix is unknown or not the scheme's.
    pub fn of<T: AsRef<str>>(tags: &[T], chunking: Chunking, notation: Notation) -> Result<Self, TagError> {
        let chunks = CorpusReader::new(chunking, notation).read(tags)?;
        Ok(Self::of_chunks(tags, &chunks, 0, notation))
    }

    /// What became of the tags of one sentence whose entities were read already; `start` is the position of its first word, as
    /// [`CorpusReader::position`] has it before the sentence is read.
    #[must_use]
    pub fn of_chunks<T: AsRef<str>>(tags: &[T], chunks: &[Chunk<'_>], start: usize, notation: Notation) -> Self {
        let mut reading = Self::default();
        let words: Vec<usize> = (0..tags.len()).collect();
        reading.add(tags, &words, chunks, Position { start, notation });
        reading
    }

    /// Adds a sentence with the entities that end in it; `inside` are the words to look at, all others being `O`.
    pub(crate) fn add<T: AsRef<str>>(
        &mut self,
        tags: &[T],
        inside: &[usize],
        chunks: &[Chunk<'_>],
        position: Position,
    ) {
        let Position { start, notation } = position;
        self.entities += chunks.len();
        let mut chunks = chunks.iter().peekable();
        for &word in inside {
            let letter = letter(tags[word].as_ref(), notation);
            if letter == b'O' {
                continue;
            }
            self.tags += 1;
            self.odd_tags += usize::from(!matches!(letter, b'B' | b'I' | b'E' | b'S' | b'L' | b'U'));
            let position = start + word;
            // No two chunks end at the same position and they come in that order: the first that ends behind a word holds it, or none does.
            while chunks.next_if(|chunk| chunk.end <= position).is_some() {}
            match chunks.peek() {
                Some(chunk) if chunk.start == position => {
                    self.orphans += usize::from(!matches!(letter, b'B' | b'S' | b'U'));
                }
                Some(chunk) if chunk.start < position => {}
                _ => self.dropped_tags += 1,
            }
        }
    }
}

/// Where the first word of a sentence stands, and the letter in a tag.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    pub start: usize,
    pub notation: Notation,
}

/// The letter of a tag, 0 where it is empty or not ASCII.
#[inline]
fn letter(tag: &str, notation: Notation) -> u8 {
    let letter = match notation {
        Notation::Prefix => tag.as_bytes().first(),
        Notation::Suffix => tag.as_bytes().last(),
    };
    letter.copied().filter(u8::is_ascii).unwrap_or(0)
}

impl AddAssign for Reading {
    fn add_assign(&mut self, other: Self) {
        self.tags += other.tags;
        self.dropped_tags += other.dropped_tags;
        self.odd_tags += other.odd_tags;
        self.entities += other.entities;
        self.orphans += other.orphans;
    }
}

#[cfg(test)]
mod tests {
    use welt_tags::Scheme;

    use super::*;

    #[test]
    fn tags_go_into_entities_or_are_dropped() {
        let check = |tags: &str, chunking, expected: [usize; 4]| {
            let tags: Vec<&str> = tags.split(' ').collect();
            let reading = Reading::of(&tags, chunking, Notation::Prefix).unwrap();
            let found = [reading.tags, reading.dropped_tags, reading.entities, reading.orphans];
            assert_eq!(found, expected, "{tags:?}");
        };
        check("O O", Chunking::Lenient, [0, 0, 0, 0]);
        check("B-A I-A O I-A", Chunking::Lenient, [3, 0, 2, 1]);
        check("B-A I-A O I-A", Chunking::Strict(Scheme::Iob2), [3, 1, 1, 0]);
        check("B-A I-B I-B B-A", Chunking::Strict(Scheme::Iob2), [4, 2, 2, 0]);
        check("B-A I-A O S-A E-A", Chunking::Strict(Scheme::Iobes), [4, 3, 1, 0]);
        check("L-A L-A", Chunking::Lenient, [2, 0, 1, 1]);
        check("化 O", Chunking::Lenient, [1, 1, 0, 0]);
        check("NN O", Chunking::Lenient, [1, 0, 1, 1]);
    }

    #[test]
    fn what_is_no_tag_is_odd() {
        let odd = |tags: &[&str], notation| Reading::of(tags, Chunking::Lenient, notation).unwrap().odd_tags;
        assert_eq!(odd(&["NN", "B-A", "O", "化"], Notation::Prefix), 2);
        assert_eq!(odd(&["PER-B", "PER-I"], Notation::Prefix), 2);
        assert_eq!(odd(&["PER-B", "PER-I"], Notation::Suffix), 0);
    }
}
