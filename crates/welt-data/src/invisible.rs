//! Which characters the encoders' own tokenizers never see: they take them out before they look at a word.
//! Characters and words in, answers out; no vocabulary and no model is known here.
//!
//! The tokenizers of BERT and ELECTRA clean a text first: control characters, format characters (zero-width spaces and joiners, soft hyphens, marks of
//! direction), private use and U+FFFD are taken out, and white space only separates.
//! Those without letter case take the accents off too, so that a combining mark alone is nothing to them.
//! `familial` with a soft hyphen in it is the one word `familial`; a word of such characters alone gives no sub-word.
//!
//! ```
//! use welt_data::{Invisible, invisible};
//!
//! assert_eq!(invisible("\u{200b}"), Some(Invisible::Always));
//! assert_eq!(invisible("\u{301}"), Some(Invisible::WithoutAccents));
//! assert_eq!(invisible("e\u{301}"), None);
//! ```

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// What the cleaning of the `tokenizers` library takes out, first and last; a test in welt-subwords walks all code points beside it.
const TAKEN_OUT: [(char, char); 25] = [
    ('\0', '\u{8}'),
    ('\u{b}', '\u{c}'),
    ('\u{e}', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{e000}', '\u{f8ff}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{fffd}', '\u{fffd}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
    ('\u{f0000}', '\u{ffffd}'),
    ('\u{100000}', '\u{10fffd}'),
];

/// The characters that a tokenizer puts spaces around, first and last: each is a word.
const IDEOGRAPHS: [(char, char); 8] = [
    ('\u{3400}', '\u{4dbf}'),
    ('\u{4e00}', '\u{9fff}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{20000}', '\u{2a6df}'),
    ('\u{2a700}', '\u{2b73f}'),
    ('\u{2b740}', '\u{2b81f}'),
    ('\u{2b920}', '\u{2ceaf}'),
    ('\u{2f800}', '\u{2fa1f}'),
];

/// By which tokenizers a word is not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Invisible {
    /// By none of them: nothing in the word is left after the cleaning.
    Always,
    /// By those that take accents off, as uncased ones do: the word is made of combining marks.
    WithoutAccents,
}

/// By which tokenizers a word is not seen, if by any; a word without characters is never seen.
#[must_use]
pub fn invisible(word: &str) -> Option<Invisible> {
    // Nearly every word begins with an ASCII letter or digit.
    if word.as_bytes().first().is_some_and(u8::is_ascii_graphic) {
        return None;
    }
    let mut by = Invisible::Always;
    for character in word.chars() {
        if is_taken_out(character) || character.is_whitespace() {
            continue;
        }
        if character.general_category() != GeneralCategory::NonspacingMark {
            return None;
        }
        by = Invisible::WithoutAccents;
    }
    Some(by)
}

/// Whether the cleaning takes a character out; white space, which it keeps, is none.
pub(crate) fn is_taken_out(character: char) -> bool {
    if character.is_ascii_graphic() || character == ' ' {
        return false;
    }
    holds(&TAKEN_OUT, character)
}

/// Whether a character is a combining mark, which belongs to what stands before it.
pub(crate) fn is_mark(character: char) -> bool {
    !character.is_ascii() && character.general_category_group() == GeneralCategoryGroup::Mark
}

/// Whether a character is a word by itself to the encoders though it is a letter.
pub(crate) fn is_ideograph(character: char) -> bool {
    character >= IDEOGRAPHS[0].0 && holds(&IDEOGRAPHS, character)
}

fn holds(ranges: &[(char, char)], character: char) -> bool {
    let behind = ranges.partition_point(|(first, _)| *first <= character);
    behind > 0 && character <= ranges[behind - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_rise() {
        for ranges in [&TAKEN_OUT[..], &IDEOGRAPHS[..]] {
            assert!(ranges.iter().all(|(first, last)| first <= last));
            assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    #[test]
    fn words_are_seen_by_what_is_left_of_them() {
        for word in ["", "\u{200b}", "\u{ad}\u{2060}", "\u{f8ff}", "\u{a0}", "\u{3000}\u{feff}", "\u{fffd}", "\u{7f}"] {
            assert_eq!(invisible(word), Some(Invisible::Always), "{word:?}");
        }
        for word in ["\u{301}", "\u{200b}\u{301}", "\u{fe0f}"] {
            assert_eq!(invisible(word), Some(Invisible::WithoutAccents), "{word:?}");
        }
        for word in ["a", "\u{200b}a", "\u{f8ff}PSC", "-", "\u{301}a", "\u{1f600}", "\u{903}"] {
            assert_eq!(invisible(word), None, "{word:?}");
        }
    }
}
