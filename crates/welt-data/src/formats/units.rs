//! What offsets count: characters, or the units of UTF-16, which programs in JavaScript and Java count and of which a character beyond U+FFFF has two.
//! A text, offsets and the texts that are said to stand there go in, offsets in characters come out.
//! Which of the two it is, is told by the stated texts; where these do not tell, the caller's first guess holds.

use std::ops::Range;

/// What offsets count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Unicode scalar values.
    Character,
    /// Units of UTF-16.
    Utf16,
    /// Units of UTF-16, where CRLF counts as one, as browsers show it.
    Utf16WithoutReturns,
}

/// The offsets of a text in one unit.
#[derive(Debug)]
pub(super) struct Offsets {
    /// The character in which each unit stands, the end of the text included; nothing where units are characters.
    characters: Option<Vec<usize>>,
    /// Characters of the text.
    length: usize,
}

impl Offsets {
    pub fn of(text: &str, unit: Unit) -> Self {
        let length = text.chars().count();
        let is_same = match unit {
            Unit::Character => true,
            Unit::Utf16 => text.chars().all(|character| character.len_utf16() == 1),
            Unit::Utf16WithoutReturns => {
                !text.contains("\r\n") && text.chars().all(|character| character.len_utf16() == 1)
            }
        };
        if is_same {
            return Self { characters: None, length };
        }
        let mut characters = Vec::with_capacity(length + 1);
        let mut rest = text.chars().enumerate().peekable();
        while let Some((index, character)) = rest.next() {
            let is_dropped = unit == Unit::Utf16WithoutReturns
                && character == '\r'
                && rest.peek().is_some_and(|(_, next)| *next == '\n');
            if !is_dropped {
                characters.extend(std::iter::repeat_n(index, character.len_utf16()));
            }
        }
        characters.push(length);
        Self { characters: Some(characters), length }
    }

    /// Characters that hold a range of units; beyond the text offsets go on one by one, so that they stay out of it.
    pub fn characters(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.character(range.start);
        let end = self.character(range.end);
        // An offset within a character takes in all of it.
        let is_within = range.end > range.start && range.end > 0 && {
            let last = self.character(range.end - 1);
            last == end && end < self.length
        };
        start..if is_within { end + 1 } else { end.max(start) }
    }

    fn character(&self, offset: usize) -> usize {
        let Some(characters) = &self.characters else { return offset };
        let beyond = || self.length.saturating_add(offset - (characters.len() - 1));
        characters.get(offset).copied().unwrap_or_else(beyond)
    }
}

/// The unit under which most stated texts stand at their offsets, the first of several.
pub(super) fn told_by<'s>(text: &str, stated: impl Iterator<Item = (Range<usize>, &'s str)>, units: &[Unit]) -> Unit {
    let first = units.first().copied().unwrap_or(Unit::Character);
    if text.is_ascii() && !text.contains('\r') {
        return first;
    }
    let stated: Vec<(Range<usize>, &str)> = stated.collect();
    let all: Vec<char> = text.chars().collect();
    let fitting = |unit: &Unit| {
        let offsets = Offsets::of(text, *unit);
        let fits = |(range, stated): &&(Range<usize>, &str)| {
            let there = all.get(offsets.characters(range)).unwrap_or_default();
            may_be_alike(there.len(), stated) && are_alike(&there.iter().collect::<String>(), stated)
        };
        stated.iter().filter(fits).count()
    };
    let most = units.iter().map(|unit| (*unit, fitting(unit)));
    most.fold((first, 0), |most, next| if next.1 > most.1 { next } else { most }).0
}

/// Whether so many characters can be what is stated, white space aside; long mentions of many are not looked through in vain.
pub(super) const fn may_be_alike(characters: usize, stated: &str) -> bool {
    characters <= 8 * stated.len() + 64
}

/// Whether two texts differ in nothing but white space, some of it written as `\n`, and the case of letters: tools change both in what they state.
pub(super) fn are_alike(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String {
        let text = text.replace("\\n", " ").replace("\\r", " ").replace("\\t", " ");
        text.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    one == other || letters(one) == letters(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, unit: Unit, units: Range<usize>, expected: Range<usize>) {
        assert_eq!(Offsets::of(text, unit).characters(&units), expected, "{text:?} {unit:?} {units:?}");
    }

    #[test]
    fn units_become_characters() {
        check("a𝛽c", Unit::Character, 1..2, 1..2);
        check("a𝛽c", Unit::Utf16, 1..3, 1..2);
        check("a𝛽c", Unit::Utf16, 3..4, 2..3);
        check("a𝛽c", Unit::Utf16, 0..4, 0..3);
        check("a𝛽c", Unit::Utf16, 1..2, 1..2);
        check("a𝛽c", Unit::Utf16, 2..3, 1..2);
        check("a𝛽c", Unit::Utf16, 2..2, 1..1);
        check("a𝛽c", Unit::Utf16, 4..9, 3..8);
        check("abc", Unit::Utf16, 1..usize::MAX, 1..usize::MAX);
        check("𝛽", Unit::Utf16, 7..usize::MAX, 6..usize::MAX - 1);
        check("a\r\nb𝛽", Unit::Utf16WithoutReturns, 2..5, 3..5);
        check("a\r\nb", Unit::Utf16WithoutReturns, 1..3, 2..4);
        check("", Unit::Utf16, 0..0, 0..0);
    }

    #[test]
    fn stated_texts_tell_the_unit() {
        let told = |text: &str, start: usize, end: usize, stated: &str| {
            told_by(text, std::iter::once((start..end, stated)), &[Unit::Utf16, Unit::Character])
        };
        assert_eq!(told("𝛽 ataxia", 3, 9, "ataxia"), Unit::Utf16);
        assert_eq!(told("𝛽 ataxia", 2, 8, "ataxia"), Unit::Character);
        assert_eq!(told("𝛽 ataxia", 2, 8, "gout"), Unit::Utf16);
        assert_eq!(told("a ataxia", 2, 8, "gout"), Unit::Utf16);
    }
}
