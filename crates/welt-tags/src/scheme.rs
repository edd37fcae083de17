//! The six tagging schemes: their names, their prefixes, and which of them the tags of a corpus are written in.
//! How tags of a scheme are read stands in `strict.rs`, how they are written in `writing.rs`.
//!
//! ```
//! use welt_tags::{Notation, Scheme};
//!
//! let scheme: Scheme = "bilou".parse()?;
//! assert_eq!(scheme.to_string(), "BILOU");
//!
//! let corpus = [["B-PER", "E-PER", "O"], ["O", "S-PER", "O"]];
//! assert_eq!(Scheme::detect(&corpus, Notation::Prefix)?, Scheme::Iobes);
//! # Ok::<(), welt_tags::TagError>(())
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Notation, Prefix, TagError};

/// How the words of an entity are told apart from each other and from the entity beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scheme {
    /// `I` everywhere; `B` only where an entity follows one of its type at once.
    #[serde(rename = "IOB1")]
    Iob1,
    /// `B` on the first word, `I` on the others: also called BIO.
    #[serde(rename = "IOB2")]
    Iob2,
    /// `I` everywhere; `E` only where an entity of its type follows at once.
    #[serde(rename = "IOE1")]
    Ioe1,
    /// `E` on the last word, `I` on the others.
    #[serde(rename = "IOE2")]
    Ioe2,
    /// `B` on the first word, `E` on the last, `S` on an only one, `I` between: also called BIOES.
    #[serde(rename = "IOBES")]
    Iobes,
    /// `B` on the first word, `L` on the last, `U` on an only one, `I` between.
    #[serde(rename = "BILOU")]
    Bilou,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 6] = [Self::Iob1, Self::Iob2, Self::Ioe1, Self::Ioe2, Self::Iobes, Self::Bilou];

    /// The scheme's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iob1 => "IOB1",
            Self::Iob2 => "IOB2",
            Self::Ioe1 => "IOE1",
            Self::Ioe2 => "IOE2",
            Self::Iobes => "IOBES",
            Self::Bilou => "BILOU",
        }
    }

    /// The prefixes that tags of the scheme may have.
    #[must_use]
    pub const fn prefixes(self) -> &'static [Prefix] {
        use Prefix::{Begin, End, Inside, Last, Outside, Single, Unit};
        match self {
            Self::Iob1 | Self::Iob2 => &[Begin, Inside, Outside],
            Self::Ioe1 | Self::Ioe2 => &[Inside, Outside, End],
            Self::Iobes => &[Begin, Inside, Outside, End, Single],
            Self::Bilou => &[Begin, Inside, Last, Outside, Unit],
        }
    }

    /// The scheme that the prefixes occurring in a corpus tell, by seqeval's rules: see [`PrefixesSeen`].
    ///
    /// # Errors
    /// A tag that is empty or has an unknown prefix, or prefixes that tell no scheme: a corpus without entities, `I` and `O` alone, `S` and `O` alone, or a mixture.
    pub fn detect<S, T>(sentences: &[S], notation: Notation) -> Result<Self, TagError>
    where
        S: AsRef<[T]>,
        T: AsRef<str>,
    {
        let mut seen = PrefixesSeen::default();
        for sentence in sentences {
            seen.add(sentence.as_ref(), notation)?;
        }
        seen.scheme()
    }

    /// The prefixes as an error message lists them.
    pub(crate) fn prefix_list(self) -> String {
        let letters: Vec<String> = self.prefixes().iter().map(|prefix| prefix.letter().to_string()).collect();
        letters.join(", ")
    }

    /// The names as an error message lists them.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// Which prefixes occur in a corpus that comes one sentence at a time, and the scheme that they tell.
///
/// It goes by which prefixes occur at all: IOB2 needs `B`, IOE2 `E`, IOBES `B` with `E` or nothing but `S`, BILOU `B` with `L` or nothing but `U`.
/// IOB1 is never found, since its tags look like those of IOB2; nor is IOE1.
///
/// ```
/// use welt_tags::{Notation, PrefixesSeen, Scheme};
///
/// let mut seen = PrefixesSeen::default();
/// seen.add(&["O", "B-Gene"], Notation::Prefix)?;
/// seen.add(&["B-Gene", "E-Gene"], Notation::Prefix)?;
/// assert_eq!(seen.scheme()?, Scheme::Iobes);
/// # Ok::<(), welt_tags::TagError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrefixesSeen {
    occurs: [bool; Prefix::ALL.len()],
}

impl PrefixesSeen {
    /// Takes note of the prefixes of a sentence.
    ///
    /// # Errors
    /// A tag that is empty or has an unknown prefix.
    pub fn add<T: AsRef<str>>(&mut self, tags: &[T], notation: Notation) -> Result<(), TagError> {
        for (word, tag) in tags.iter().enumerate() {
            self.occurs[prefix_of(tag.as_ref(), word, notation)? as usize] = true;
        }
        Ok(())
    }

    /// The scheme that they tell.
    ///
    /// # Errors
    /// Prefixes that tell no scheme: none but `O`, `I` and `O` alone, `S` and `O` alone, or a mixture.
    pub fn scheme(&self) -> Result<Scheme, TagError> {
        let occurs = |letter: &char| Prefix::from_letter(*letter).is_some_and(|prefix| self.occurs[prefix as usize]);
        let found: String = "IOBESLU".chars().filter(occurs).collect();
        match found.as_str() {
            "IOB" | "IB" | "OB" | "B" => Ok(Scheme::Iob2),
            "IOE" | "IE" | "OE" | "E" => Ok(Scheme::Ioe2),
            "IOBES" | "IBES" | "IOBE" | "OBES" | "IBE" | "BES" | "OBE" | "BE" | "S" => Ok(Scheme::Iobes),
            "IOBLU" | "IBLU" | "IOBL" | "OBLU" | "IBL" | "BLU" | "OBL" | "BL" | "U" => Ok(Scheme::Bilou),
            _ => Err(TagError::Undetected { found }),
        }
    }
}

fn prefix_of(tag: &str, word: usize, notation: Notation) -> Result<Prefix, TagError> {
    let (letter, _) = notation.cut_strict(tag).ok_or(TagError::Empty { word })?;
    Prefix::from_letter(letter).ok_or_else(|| TagError::UnknownPrefix { word, found: tag.to_owned() })
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Scheme {
    type Err = TagError;

    /// Reads a name in capitals, small letters or both.
    fn from_str(text: &str) -> Result<Self, TagError> {
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| TagError::UnknownScheme { found: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        for scheme in Scheme::ALL {
            assert_eq!(scheme.to_string().parse(), Ok(scheme));
            assert_eq!(scheme.name().to_lowercase().parse(), Ok(scheme));
        }
        let error = "BIOES".parse::<Scheme>().unwrap_err();
        expect!["`BIOES` is not a tagging scheme, expected one of IOB1, IOB2, IOE1, IOE2, IOBES, BILOU"]
            .assert_eq(&error.to_string());
    }

    fn check(tags: &str, expected: &Expect) {
        let sentence: Vec<&str> = tags.split_whitespace().collect();
        let text = match Scheme::detect(&[sentence], Notation::Prefix) {
            Ok(scheme) => scheme.to_string(),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn prefixes_tell_the_scheme() {
        check("B-A I-A O", &expect!["IOB2"]);
        check("B-A", &expect!["IOB2"]);
        check("E-A I-A", &expect!["IOE2"]);
        check("B-A E-A O", &expect!["IOBES"]);
        check("S-A", &expect!["IOBES"]);
        check("O B-A L-A U-A", &expect!["BILOU"]);
        check("U-A", &expect!["BILOU"]);
    }

    #[test]
    fn prefixes_that_tell_no_scheme_are_errors() {
        check(
            "O O",
            &expect![
                "the prefixes that occur, {O}, tell no scheme: IOB2, IOE2, IOBES and BILOU can be detected, IOB1 and IOE1 must be named"
            ],
        );
        check(
            "I-A O",
            &expect![
                "the prefixes that occur, {IO}, tell no scheme: IOB2, IOE2, IOBES and BILOU can be detected, IOB1 and IOE1 must be named"
            ],
        );
        check(
            "S-A O",
            &expect![
                "the prefixes that occur, {OS}, tell no scheme: IOB2, IOE2, IOBES and BILOU can be detected, IOB1 and IOE1 must be named"
            ],
        );
        check(
            "B-A E-A L-A",
            &expect![
                "the prefixes that occur, {BEL}, tell no scheme: IOB2, IOE2, IOBES and BILOU can be detected, IOB1 and IOE1 must be named"
            ],
        );
        check(
            "",
            &expect![
                "the prefixes that occur, {}, tell no scheme: IOB2, IOE2, IOBES and BILOU can be detected, IOB1 and IOE1 must be named"
            ],
        );
        check("O [PAD]", &expect!["word 1: `[PAD]` has no known prefix, expected one of B, I, O, E, S, L and U"]);
    }
}
