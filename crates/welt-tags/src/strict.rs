//! seqeval's strict readers, one for each scheme: what the scheme does not allow makes no entity, and a prefix that it does not have is an error.
//! One sentence in, its chunks out; sentences know nothing of each other.
//!
//! An orphan `I-` is ignored in IOB2, where the lenient reader makes an entity of it:
//!
//! ```
//! use welt_tags::{Chunking, Notation, Scheme, Span};
//!
//! let strict = Chunking::Strict(Scheme::Iob2);
//! let spans = strict.spans(&["O", "I-PER", "B-LOC", "I-LOC"], Notation::Prefix)?;
//! assert_eq!(spans, [Span::new("LOC", 2..4)]);
//! # Ok::<(), welt_tags::TagError>(())
//! ```

use crate::Prefix::{self, Begin, End, Inside, Last, Outside, Single, Unit};
use crate::notation::NO_TYPE;
use crate::{Chunk, Notation, Scheme, TagError};

/// A tag with its prefix known to be one of the scheme's.
type Checked<'tags> = (Prefix, &'tags str);

/// What the rules of a scheme say between two tags that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Transition {
    /// Whether an entity starts at the second tag.
    pub starts: bool,
    /// Whether the entity of the first tag goes on at the second.
    pub continues: bool,
    /// Whether the entity of the first tag, where it does not go on, is a whole one.
    pub ends: bool,
}

impl Scheme {
    /// What the rules of the scheme say between two tags; whether the letters are its own is not looked at.
    ///
    /// ```
    /// use welt_tags::{Notation, Scheme};
    ///
    /// let between = Scheme::Iob1.transition("I-A", "B-A", Notation::Prefix)?;
    /// assert!(between.starts && !between.continues && between.ends);
    /// // IOB1 has a B behind its own type alone.
    /// assert!(!Scheme::Iob1.transition("I-A", "B-B", Notation::Prefix)?.starts);
    /// # Ok::<(), welt_tags::TagError>(())
    /// ```
    ///
    /// # Errors
    /// A tag that is empty or whose letter is unknown; the first is word 0.
    pub fn transition(self, first: &str, second: &str, notation: Notation) -> Result<Transition, TagError> {
        let known = |word: usize, tag: &str| {
            let (letter, _) = notation.cut_strict(tag).ok_or(TagError::Empty { word })?;
            Prefix::from_letter(letter).ok_or_else(|| TagError::UnknownPrefix { word, found: tag.to_owned() })
        };
        let entity_type = |tag| notation.cut_strict(tag).map_or(NO_TYPE, |(_, entity_type)| entity_type);
        let step = Step {
            prefixes: (known(0, first)?, known(1, second)?),
            same_type: entity_type(first) == entity_type(second),
        };
        Ok(Transition { starts: step.starts(self), continues: step.continues(self), ends: step.ends(self) })
    }
}

/// The chunks of one sentence, with positions that count on from `position`.
///
/// # Errors
/// A tag that is empty, has an unknown prefix or one that the scheme does not have.
pub(crate) fn read<'tags, T: AsRef<str>>(
    tags: &'tags [T],
    scheme: Scheme,
    notation: Notation,
    position: usize,
) -> Result<Vec<Chunk<'tags>>, TagError> {
    let outside: Checked<'tags> = (Outside, NO_TYPE);
    let mut chunks = Vec::new();
    let mut open: Option<(&'tags str, usize)> = None;
    let mut previous = outside;
    for word in 0..=tags.len() {
        let current = match tags.get(word) {
            // Nothing ends and nothing starts between two words outside: most words of a corpus.
            Some(tag) if tag.as_ref() == "O" && previous == outside => continue,
            Some(tag) => {
                checked(tag.as_ref(), scheme, notation).map_err(|refused| refused.at(word, tag.as_ref(), scheme))?
            }
            // The O after the last word closes what is still open.
            None => outside,
        };
        let step = Step::between(previous, current);
        if open.is_some() && step.continues(scheme) {
            previous = current;
            continue;
        }
        if let Some((entity_type, start)) = open.take()
            && step.ends(scheme)
        {
            chunks.push(Chunk { entity_type, start, end: position + word });
        }
        if step.starts(scheme) {
            open = Some((current.1, position + word));
        }
        previous = current;
    }
    Ok(chunks)
}

/// Why a tag was refused.
enum Refused {
    Empty,
    UnknownPrefix,
    OutsideScheme,
}

impl Refused {
    fn at(self, word: usize, tag: &str, scheme: Scheme) -> TagError {
        let found = tag.to_owned();
        match self {
            Self::Empty => TagError::Empty { word },
            Self::UnknownPrefix => TagError::UnknownPrefix { word, found },
            Self::OutsideScheme => TagError::OutsideScheme { word, found, scheme },
        }
    }
}

fn checked(tag: &str, scheme: Scheme, notation: Notation) -> Result<Checked<'_>, Refused> {
    let (letter, entity_type) = notation.cut_strict(tag).ok_or(Refused::Empty)?;
    let prefix = Prefix::from_letter(letter).ok_or(Refused::UnknownPrefix)?;
    if !scheme.prefixes().contains(&prefix) {
        return Err(Refused::OutsideScheme);
    }
    Ok((prefix, entity_type))
}

/// One tag and the next: all that seqeval's rules look at.
#[derive(Clone, Copy)]
struct Step {
    prefixes: (Prefix, Prefix),
    same_type: bool,
}

impl Step {
    fn between(previous: Checked<'_>, current: Checked<'_>) -> Self {
        Self { prefixes: (previous.0, current.0), same_type: previous.1 == current.1 }
    }

    /// Whether an entity starts at the second tag.
    fn starts(self, scheme: Scheme) -> bool {
        let same = self.same_type;
        match scheme {
            Scheme::Iob1 => match self.prefixes {
                (Outside | Begin, Inside) => true,
                (Inside, Inside) => !same,
                (Inside | Begin, Begin) => same,
                _ => false,
            },
            Scheme::Iob2 => self.prefixes.1 == Begin,
            Scheme::Ioe1 => match self.prefixes {
                (Outside | End, Inside) => true,
                (Inside, Inside) => !same,
                (End, End) => same,
                _ => false,
            },
            Scheme::Ioe2 => match self.prefixes {
                (Outside | End, Inside | End) => true,
                (Inside, Inside | End) => !same,
                _ => false,
            },
            Scheme::Iobes => matches!(self.prefixes.1, Begin | Single),
            Scheme::Bilou => matches!(self.prefixes.1, Begin | Unit),
        }
    }

    /// Whether the entity of the first tag goes on at the second.
    fn continues(self, scheme: Scheme) -> bool {
        let followers: &[Prefix] = match scheme {
            Scheme::Iob1 | Scheme::Iob2 => &[Inside],
            Scheme::Ioe1 | Scheme::Ioe2 => &[Inside, End],
            Scheme::Iobes => &[Inside, End],
            Scheme::Bilou => &[Inside, Last],
        };
        self.same_type && matches!(self.prefixes.0, Begin | Inside) && followers.contains(&self.prefixes.1)
    }

    /// Whether the entity of the first tag, which does not go on, is a whole one.
    fn ends(self, scheme: Scheme) -> bool {
        let same = self.same_type;
        match scheme {
            Scheme::Iob1 => match self.prefixes {
                (Inside, Outside | Begin) | (Begin, Outside) => true,
                (Inside | Begin, Inside) => !same,
                (Begin, Begin) => same,
                _ => false,
            },
            Scheme::Iob2 => match self.prefixes {
                (Inside | Begin, Outside | Begin) => true,
                (Inside | Begin, Inside) => !same,
                _ => false,
            },
            Scheme::Ioe1 => match self.prefixes {
                (Inside, Outside) => true,
                (Inside, Inside | End) => !same,
                (End, Inside | End) => same,
                _ => false,
            },
            Scheme::Ioe2 => self.prefixes.0 == End,
            Scheme::Iobes => matches!(self.prefixes.0, Single | End),
            Scheme::Bilou => matches!(self.prefixes.0, Unit | Last),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::{Chunking, Notation, Scheme};

    fn check(scheme: Scheme, tags: &str, expected: &Expect) {
        let tags: Vec<&str> = tags.split_whitespace().collect();
        let text = match Chunking::Strict(scheme).spans(&tags, Notation::Prefix) {
            Ok(spans) => spans.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn iob1_begins_only_behind_its_own_type() {
        check(Scheme::Iob1, "I-A B-A I-A O", &expect!["A[0..1] A[1..3]"]);
        check(Scheme::Iob1, "I-PER B-LOC I-LOC", &expect!["PER[0..1] LOC[2..3]"]);
        check(Scheme::Iob1, "B-A I-A O", &expect!["A[1..2]"]);
    }

    #[test]
    fn iob2_is_begin_and_the_insides_of_its_type() {
        check(Scheme::Iob2, "B-A I-A I-B B-A", &expect!["A[0..2] A[3..4]"]);
        check(Scheme::Iob2, "O I-A I-A", &expect![""]);
        check(Scheme::Iob2, "B I O B B", &expect!["_[0..2] _[3..4] _[4..5]"]);
        check(Scheme::Iob2, "B--PER- I-PER", &expect!["PER[0..2]"]);
    }

    #[test]
    fn ioe1_overlooks_an_end_behind_outside() {
        check(Scheme::Ioe1, "E-A O I-A E-A I-A", &expect!["A[2..4] A[4..5]"]);
        check(Scheme::Ioe1, "I-A E-A O", &expect![""]);
    }

    #[test]
    fn entities_without_their_last_word_are_dropped() {
        check(Scheme::Ioe2, "I-A I-A O I-A E-A", &expect!["A[3..5]"]);
        check(Scheme::Iobes, "B-A I-A O S-A B-A E-A", &expect!["A[3..4] A[4..6]"]);
        check(Scheme::Bilou, "B-A I-A O U-A B-A L-A", &expect!["A[3..4] A[4..6]"]);
    }

    #[test]
    fn what_the_scheme_does_not_have_is_an_error() {
        check(Scheme::Iob2, "B-A E-A", &expect!["word 1: `E-A` is no tag of IOB2, whose prefixes are B, I, O"]);
        check(
            Scheme::Bilou,
            "B-A X-A",
            &expect!["word 1: `X-A` has no known prefix, expected one of B, I, O, E, S, L and U"],
        );
        let error = Chunking::Strict(Scheme::Iobes).spans(&["O", ""], Notation::Prefix).unwrap_err();
        expect!["word 1: the tag is empty, expected O or a prefix and a type, as in B-Disease"]
            .assert_eq(&error.to_string());
    }
}
