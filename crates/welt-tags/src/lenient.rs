//! seqeval's default chunker, which is conlleval's: any mixture of prefixes is read, and nothing is refused but an empty tag.
//! One sentence in, its chunks out; what it carries from sentence to sentence is the caller's to keep.
//!
//! An entity starts at a change of type and at an `I` that follows no entity, so that an orphan `I-` counts as one:
//!
//! ```
//! use welt_tags::{Chunking, Notation, Span};
//!
//! let spans = Chunking::Lenient.spans(&["O", "I-PER", "I-LOC", "I-LOC"], Notation::Prefix)?;
//! assert_eq!(spans, [Span::new("PER", 1..2), Span::new("LOC", 2..4)]);
//! # Ok::<(), welt_tags::TagError>(())
//! ```
//!
//! `L` and `U` are unknown to it: BILOU entities of one type that touch are merged or lost, which is why BILOU is better read strictly.

use crate::notation::NO_TYPE;
use crate::{Chunk, Notation, TagError};

/// What seqeval carries over from the sentences before, since it reads a corpus as one row of tags with an `O` after each sentence.
///
/// A chunk ends without having started where a stray tag such as a bare `L` hides the start (`L I O`), and then takes the last start there was, be it in an earlier sentence.
/// Prefixes of IOB, IOE and IOBES never do that, nor do `L` and `U` with a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Where the last chunk started.
    pub begin: usize,
    /// The position of the next sentence's first word.
    pub position: usize,
}

/// A tag cut in two, its letter and its type.
type Cut<'tags> = (char, &'tags str);

/// The chunks of the next sentence, with positions that count on from `carried`, and what to carry on to the sentence after.
///
/// # Errors
/// An empty tag.
pub(crate) fn read<'tags, T: AsRef<str>>(
    tags: &'tags [T],
    notation: Notation,
    carried: Carried,
) -> Result<(Vec<Chunk<'tags>>, Carried), TagError> {
    let Carried { mut begin, position } = carried;
    let mut chunks = Vec::new();
    // The very first tag is compared with the type "", all later ones with the `_` of the O between sentences: it decides whether a bare L or U starts a chunk.
    let mut previous: Cut<'tags> = ('O', if position == 0 { "" } else { NO_TYPE });
    for (word, tag) in tags.iter().enumerate() {
        // Nothing ends and nothing starts between two words outside: most words of a corpus.
        if tag.as_ref() == "O" && previous.0 == 'O' {
            previous = ('O', NO_TYPE);
            continue;
        }
        let current = notation.cut_lenient(tag.as_ref()).ok_or(TagError::Empty { word })?;
        if ends(previous, current) {
            chunks.push(chunk(previous, begin, position + word));
        }
        if starts(previous, current) {
            begin = position + word;
        }
        previous = current;
    }
    let end = position + tags.len();
    if ends(previous, ('O', NO_TYPE)) {
        chunks.push(chunk(previous, begin, end));
    }
    let carried = Carried { begin, position: end + 1 };
    Ok((chunks, carried))
}

fn chunk((_, entity_type): Cut<'_>, start: usize, end: usize) -> Chunk<'_> {
    Chunk { entity_type, start, end }
}

fn ends((previous, previous_type): Cut<'_>, (current, current_type): Cut<'_>) -> bool {
    matches!((previous, current), ('E' | 'S', _) | ('B' | 'I', 'B' | 'S' | 'O'))
        || (!matches!(previous, 'O' | '.') && previous_type != current_type)
}

fn starts((previous, previous_type): Cut<'_>, (current, current_type): Cut<'_>) -> bool {
    matches!((previous, current), (_, 'B' | 'S') | ('E' | 'S' | 'O', 'E' | 'I'))
        || (!matches!(current, 'O' | '.') && previous_type != current_type)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::{Chunking, CorpusReader, Notation};

    fn check(sentences: &str, expected: &Expect) {
        let mut reader = CorpusReader::new(Chunking::Lenient, Notation::Prefix);
        let mut found = Vec::new();
        for sentence in sentences.split('|') {
            let tags: Vec<&str> = sentence.split_whitespace().collect();
            for chunk in reader.read(&tags).unwrap() {
                found.push(format!("{}[{}..{}]", chunk.entity_type, chunk.start, chunk.end));
            }
        }
        expected.assert_eq(&found.join(" "));
    }

    #[test]
    fn any_mixture_of_prefixes_is_read() {
        check("B-A I-A O I-A", &expect!["A[0..2] A[3..4]"]);
        check("B-A B-A I-B", &expect!["A[0..1] A[1..2] B[2..3]"]);
        check("E-A E-A S-A I-A", &expect!["A[0..1] A[1..2] A[2..3] A[3..4]"]);
        check("B I O I", &expect!["_[0..2] _[3..4]"]);
        check("O [PAD] [PAD] O", &expect!["PAD][1..3]"]);
        check("B--PER- I--PER-", &expect!["-PER-[0..2]"]);
    }

    #[test]
    fn entities_end_with_their_sentence() {
        check("O B-A | I-A O", &expect!["A[1..2] A[3..4]"]);
    }

    #[test]
    fn bilou_of_one_type_is_merged() {
        check("B-A L-A B-A L-A O U-A U-A", &expect!["A[2..4] A[5..7]"]);
    }

    #[test]
    fn bare_last_and_unit_span_sentences() {
        check("B L | L I", &expect!["_[0..5]"]);
        check("U I", &expect!["_[0..2]"]);
        check("O | U I", &expect!["_[0..4]"]);
    }
}
