//! Where a tag's letter stands, before its type or after it, and how seqeval's two readers cut the one from the other.
//! One tag in, a letter and a type out; what a row of tags means is the readers' affair.
//!
//! ```
//! use welt_tags::{Chunking, Notation};
//!
//! let before = Chunking::Lenient.spans(&["B-PER", "I-PER"], Notation::Prefix)?;
//! let after = Chunking::Lenient.spans(&["PER-B", "PER-I"], Notation::Suffix)?;
//! assert_eq!(before, after);
//! # Ok::<(), welt_tags::TagError>(())
//! ```

use serde::{Deserialize, Serialize};

/// The type of an entity whose tags name none, such as a bare `B`.
pub(crate) const NO_TYPE: &str = "_";

/// Where in a tag the letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notation {
    /// Before the type, as in `B-Disease`: what nearly every corpus has.
    Prefix,
    /// After the type, as in `Disease-B`: what seqeval calls `suffix=True`.
    Suffix,
}

impl Notation {
    /// The letter and the type as the lenient reader cuts them, or nothing where the tag is empty.
    ///
    /// The type starts after the first hyphen that follows the letter (suffix: ends before the last), so `B--PER-` is of type `-PER-`;
    /// without a hyphen all of the rest is the type, so `[PAD]` is of type `PAD]`.
    #[inline]
    pub(crate) fn cut_lenient(self, tag: &str) -> Option<(char, &str)> {
        if let (Self::Prefix, [letter, b'-', _, ..]) = (self, tag.as_bytes()) {
            // What nearly every tag is, without a search for the hyphen.
            return Some((char::from(*letter), &tag[2..]));
        }
        let (letter, rest) = self.cut(tag)?;
        let entity_type = match self {
            Self::Prefix => rest.split_once('-').map_or(rest, |(_, after)| after),
            Self::Suffix => rest.rsplit_once('-').map_or(rest, |(before, _)| before),
        };
        Some((letter, or_no_type(entity_type)))
    }

    /// The letter and the type as the strict reader cuts them, or nothing where the tag is empty.
    ///
    /// The type is the rest without the hyphens at either end, so `B--PER-` is of type `PER`.
    #[inline]
    pub(crate) fn cut_strict(self, tag: &str) -> Option<(char, &str)> {
        if let (Self::Prefix, [letter, b'-', first, .., last]) = (self, tag.as_bytes())
            && *first != b'-'
            && *last != b'-'
        {
            return Some((char::from(*letter), &tag[2..]));
        }
        let (letter, rest) = self.cut(tag)?;
        Some((letter, or_no_type(rest.trim_matches('-'))))
    }

    fn cut(self, tag: &str) -> Option<(char, &str)> {
        let mut letters = tag.chars();
        let letter = match self {
            Self::Prefix => letters.next(),
            Self::Suffix => letters.next_back(),
        };
        letter.map(|letter| (letter, letters.as_str()))
    }
}

fn or_no_type(entity_type: &str) -> &str {
    if entity_type.is_empty() { NO_TYPE } else { entity_type }
}

#[cfg(test)]
mod tests {
    use super::Notation::{Prefix, Suffix};
    use super::*;

    #[test]
    fn odd_tags_are_cut_as_seqeval_cuts_them() {
        let check = |tag, notation: Notation, lenient, strict| {
            assert_eq!(notation.cut_lenient(tag), lenient, "lenient {tag}");
            assert_eq!(notation.cut_strict(tag), strict, "strict {tag}");
        };
        check("", Prefix, None, None);
        check("O", Prefix, Some(('O', "_")), Some(('O', "_")));
        check("B-", Prefix, Some(('B', "_")), Some(('B', "_")));
        check("B-A-B", Prefix, Some(('B', "A-B")), Some(('B', "A-B")));
        check("A-B-I", Suffix, Some(('I', "A-B")), Some(('I', "A-B")));
        check("B--PER-", Prefix, Some(('B', "-PER-")), Some(('B', "PER")));
        check("-PER--B", Suffix, Some(('B', "-PER-")), Some(('B', "PER")));
        check("Bx-PER", Prefix, Some(('B', "PER")), Some(('B', "x-PER")));
        check("PER-xB", Suffix, Some(('B', "PER")), Some(('B', "PER-x")));
        check("[PAD]", Prefix, Some(('[', "PAD]")), Some(('[', "PAD]")));
        check("质-物", Prefix, Some(('质', "物")), Some(('质', "物")));
        check("质-物", Suffix, Some(('物', "质")), Some(('物', "质")));
    }

    /// All texts of up to five of these letters.
    fn short_texts() -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut longest = 0..1;
        for _ in 0..5 {
            let longer: Vec<String> = texts[longest]
                .iter()
                .flat_map(|text| "-BIO0bé_".chars().map(move |letter| format!("{text}{letter}")))
                .collect();
            longest = texts.len()..texts.len() + longer.len();
            texts.extend(longer);
        }
        texts
    }

    /// What seqeval's Python says, letter by letter.
    fn plainly(tag: &str, notation: Notation) -> Option<(char, String, String)> {
        let mut letters: Vec<char> = tag.chars().collect();
        let letter = match notation {
            Prefix => (!letters.is_empty()).then(|| letters.remove(0)),
            Suffix => letters.pop(),
        }?;
        let hyphen = match notation {
            Prefix => letters.iter().position(|letter| *letter == '-'),
            Suffix => letters.iter().rposition(|letter| *letter == '-'),
        };
        let lenient = match (notation, hyphen) {
            (_, None) => &letters[..],
            (Prefix, Some(index)) => &letters[index + 1..],
            (Suffix, Some(index)) => &letters[..index],
        };
        let is_type = |letter: &char| *letter != '-';
        let strict = match (letters.iter().position(is_type), letters.iter().rposition(is_type)) {
            (Some(first), Some(last)) => &letters[first..=last],
            _ => &[],
        };
        let named = |letters: &[char]| if letters.is_empty() { NO_TYPE.to_owned() } else { letters.iter().collect() };
        Some((letter, named(lenient), named(strict)))
    }

    #[test]
    fn every_short_text_is_cut_by_the_plain_rule() {
        for tag in short_texts() {
            for notation in [Prefix, Suffix] {
                let expected = plainly(&tag, notation);
                let lenient = expected.as_ref().map(|(letter, lenient, _)| (*letter, lenient.as_str()));
                let strict = expected.as_ref().map(|(letter, _, strict)| (*letter, strict.as_str()));
                assert_eq!(notation.cut_lenient(&tag), lenient, "lenient {tag} {notation:?}");
                assert_eq!(notation.cut_strict(&tag), strict, "strict {tag} {notation:?}");
            }
        }
    }
}
