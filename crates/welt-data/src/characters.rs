//! The characters of a text by their number, without counting from its start each time.
//! A text goes in, slices of it come out.

use std::ops::Range;

/// Every so many characters the byte is marked.
const STRIDE: usize = 64;

/// A text whose characters can be found by number.
#[derive(Debug)]
pub(crate) struct Characters<'t> {
    text: &'t str,
    /// Where each [`STRIDE`]th character begins, in bytes; nothing where all characters are single bytes.
    marks: Option<Vec<usize>>,
}

impl<'t> Characters<'t> {
    pub fn new(text: &'t str) -> Self {
        let marks = || text.char_indices().step_by(STRIDE).map(|(byte, _)| byte).collect();
        Self { text, marks: (!text.is_ascii()).then(marks) }
    }

    /// Some characters, nothing where they lie outside of the text.
    pub fn slice(&self, characters: &Range<usize>) -> Option<&'t str> {
        self.text.get(self.byte(characters.start)?..self.byte(characters.end)?)
    }

    /// Where a character begins, or the text ends, in bytes.
    fn byte(&self, character: usize) -> Option<usize> {
        let Some(marks) = &self.marks else { return Some(character) };
        let (mark, offset) = match marks.get(character / STRIDE) {
            Some(mark) => (*mark, character % STRIDE),
            // The end of a text whose length is a multiple of the stride has no mark.
            None => (*marks.last()?, character.checked_sub((marks.len() - 1) * STRIDE)?),
        };
        if offset > STRIDE {
            return None;
        }
        let rest = self.text.get(mark..)?;
        rest.char_indices().map(|(byte, _)| mark + byte).chain([self.text.len()]).nth(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_those_of_counting() {
        for text in ["", "abc", "aβ𝛽", &"β".repeat(STRIDE), &"aβ".repeat(STRIDE), &"𝛽x".repeat(100)] {
            let all: Vec<char> = text.chars().collect();
            let characters = Characters::new(text);
            for start in 0..all.len() + 3 {
                for end in start..all.len() + 70 {
                    let expected = all.get(start..end).map(|slice| slice.iter().collect::<String>());
                    assert_eq!(
                        characters.slice(&(start..end)).map(str::to_owned),
                        expected,
                        "{start}..{end} of {text}"
                    );
                }
            }
            assert_eq!(characters.slice(&(0..usize::MAX)), None);
        }
    }
}
