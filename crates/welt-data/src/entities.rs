//! Reads the entities of a sentence whatever scheme its tags are in.
//! Tags in, chunks out; it refuses nothing and reports nothing: what is wrong with tags, `checks` says.
//!
//! An entity begins at every B, S and U, and at every I, E and L that has nothing to continue: every word that is not O belongs to one.
//! On tags that are valid in one of the six schemes, these are the entities of that scheme.
//! On tags without L and U they are those of [`Chunking::Lenient`](welt_tags::Chunking::Lenient), which is seqeval's default and how scores count;
//! that one does not know L and U, which are read as E and S here, so that BILOU loses nothing, and takes bare tags and a type called `_` for one type.
//!
//! All that tagged files become is made of these entities, unless a scheme is named: statistics, checks, views, documents and other tags.
//!
//! ```
//! use welt_data::Sentence;
//!
//! let tags = ["I-Gene", "E-Gene", "E-Gene", "O"].map(|tag| tag.parse().expect("a tag"));
//! let words = ["p53", "protein", "MDM2", "."].map(str::to_owned);
//! let sentence = Sentence { words: words.into(), tags: tags.into(), line_number: 1, document: 0 };
//!
//! let entities = sentence.entities();
//! assert_eq!(entities.iter().map(|entity| entity.start..entity.end).collect::<Vec<_>>(), [0..2, 2..3]);
//! assert_eq!(entities[0].entity_type, "Gene");
//! ```

use welt_tags::{Chunk, Prefix, Tag};

use crate::corpus::Sentence;

/// The type of an entity whose tags name none, as the readers of tags call it.
pub(crate) const NO_TYPE: &str = "_";

impl Sentence {
    /// The entities in the order of their words, from 0 in the sentence; those of bare tags are of type `_`.
    ///
    /// A tag that has no word is left out.
    #[must_use]
    pub fn entities(&self) -> Vec<Chunk<'_>> {
        entities_of(self.tags.get(..self.words.len()).unwrap_or(&self.tags))
    }

    /// Whether a tag is not O.
    pub(crate) fn has_entity(&self) -> bool {
        self.tags.iter().any(|tag| tag.prefix() != Prefix::Outside)
    }

    /// The words from `start` to before `end`, or none where the sentence does not have them.
    pub(crate) fn words_at(&self, start: usize, end: usize) -> &[String] {
        self.words.get(start..end).unwrap_or_default()
    }
}

/// The entities of the tags of one sentence, as [`Sentence::entities`] has them.
#[must_use]
pub fn entities_of(tags: &[Tag]) -> Vec<Chunk<'_>> {
    let mut entities: Vec<Chunk<'_>> = Vec::new();
    let mut previous = &Tag::OUTSIDE;
    for (word, tag) in tags.iter().enumerate() {
        match tag.prefix() {
            Prefix::Outside => {}
            Prefix::Inside | Prefix::End | Prefix::Last if continues(previous, tag) => {
                if let Some(entity) = entities.last_mut() {
                    entity.end = word + 1;
                }
            }
            _ => entities.push(Chunk { entity_type: type_name(tag), start: word, end: word + 1 }),
        }
        previous = tag;
    }
    entities
}

/// The type of a tag, `_` where it names none.
pub(crate) fn type_name(tag: &Tag) -> &str {
    match tag.entity_type() {
        "" => NO_TYPE,
        entity_type => entity_type,
    }
}

fn continues(previous: &Tag, tag: &Tag) -> bool {
    matches!(previous.prefix(), Prefix::Begin | Prefix::Inside) && previous.entity_type() == tag.entity_type()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(tags: &str, expected: &Expect) {
        let tags: Vec<Tag> = tags.split_whitespace().map(|tag| tag.parse().expect("a tag")).collect();
        let words = vec!["w".to_owned(); tags.len()];
        let sentence = Sentence { words, tags, line_number: 1, document: 0 };
        let show = |entity: &Chunk<'_>| format!("{}[{}..{}]", entity.entity_type, entity.start, entity.end);
        let entities: Vec<String> = sentence.entities().iter().map(show).collect();
        expected.assert_eq(&entities.join(" "));
    }

    #[test]
    fn entities_of_every_scheme_are_found() {
        check("O I-A I-A B-A I I", &expect!["A[1..3] A[3..4] _[4..6]"]);
        check("O B-A I-A B-A B I", &expect!["A[1..3] A[3..4] _[4..6]"]);
        check("O I-A E-A I-A I I", &expect!["A[1..3] A[3..4] _[4..6]"]);
        check("O I-A E-A E-A I E", &expect!["A[1..3] A[3..4] _[4..6]"]);
        check("O B-A E-A S-A B E", &expect!["A[1..3] A[3..4] _[4..6]"]);
        check("O B-A L-A U-A B L", &expect!["A[1..3] A[3..4] _[4..6]"]);
    }

    #[test]
    fn what_breaks_off_begins_anew() {
        check("I-A I-B O I-B", &expect!["A[0..1] B[1..2] B[3..4]"]);
        check("S-A I-A E-B", &expect!["A[0..1] A[1..2] B[2..3]"]);
        check("", &expect![""]);
    }
}
