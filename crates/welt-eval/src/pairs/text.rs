//! Reads pairs from the lines of a text.
//! A text in, pairs out, or what is wrong with which line and from which character on.

use std::ops::Range;

use welt_tags::Notation;

use super::Pairs;
use crate::{EvalError, LineFault, Side};

/// What a line begins with that begins a document.
const DOCUMENT: &str = "-DOCSTART-";

/// A text that is being read.
struct Reader {
    pairs: Pairs,
    /// The document of each sentence, and how many were begun.
    documents: Vec<usize>,
    n_documents: usize,
    first: Option<First>,
    /// The columns of the line at hand, held for its memory.
    columns: Vec<Range<usize>>,
}

/// What the first line with a word decides for all lines.
struct First {
    line: usize,
    /// A TAB or a space.
    separator: u8,
    n_columns: usize,
}

pub(super) fn parse(text: &str, notation: Notation) -> Result<Pairs, EvalError> {
    let pairs = Pairs::empty(notation);
    let mut reader = Reader { pairs, documents: Vec::new(), n_documents: 0, first: None, columns: Vec::new() };
    // A byte order mark is no part of the first word.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        if line.chars().all(|character| matches!(character, ' ' | '\t')) {
            reader.end_sentence();
        } else if line.starts_with(DOCUMENT) {
            reader.end_sentence();
            reader.n_documents += 1;
        } else {
            reader.add_word(line, index + 1)?;
        }
    }
    reader.end_sentence();
    if reader.n_documents > 0 {
        reader.pairs.documents = Some(reader.documents);
    }
    Ok(reader.pairs)
}

impl Reader {
    fn end_sentence(&mut self) {
        let (end, ends) = (self.pairs.gold.len(), &mut self.pairs.ends);
        if ends.last().copied().unwrap_or(0) < end {
            ends.push(end);
            self.documents.push(self.n_documents);
        }
    }

    fn add_word(&mut self, text: &str, line: usize) -> Result<(), EvalError> {
        let first = self.first.get_or_insert_with(|| {
            let separator = if text.contains('\t') { b'\t' } else { b' ' };
            find_columns(text, separator, &mut self.columns);
            First { line, separator, n_columns: self.columns.len() }
        });
        find_columns(text, first.separator, &mut self.columns);
        let fault = |column, fault| Err(EvalError::Line { line, column, fault });
        if self.columns.len() != first.n_columns {
            let (found, expected, first_line) = (self.columns.len(), first.n_columns, first.line);
            return fault(1, LineFault::ColumnCount { found, expected, first_line });
        }
        let [between @ .., gold, predicted] = self.columns.as_slice() else { return fault(1, LineFault::OneColumn) };
        let notation = self.pairs.notation;
        for (side, column) in [(Side::Gold, gold), (Side::Predicted, predicted)] {
            if !is_tag(&text[column.clone()], notation) {
                let found = text[column.clone()].to_owned();
                let at = text[..column.start].chars().count() + 1;
                return fault(at, LineFault::NotATag { side, found, notation });
            }
        }
        if let [word, ..] = between {
            self.pairs.words.push(&text[word.clone()]);
        }
        self.pairs.gold.push(&text[gold.clone()]);
        self.pairs.predicted.push(&text[predicted.clone()]);
        Ok(())
    }
}

/// Where the columns of a line stand, in bytes.
///
/// Between TABs a column can be empty; spaces separate however many they are.
fn find_columns(line: &str, separator: u8, columns: &mut Vec<Range<usize>>) {
    columns.clear();
    let mut start = 0;
    let ends = line.bytes().enumerate().filter(|(_, byte)| *byte == separator).map(|(end, _)| end);
    for end in ends.chain([line.len()]) {
        if separator == b'\t' || start < end {
            columns.push(start..end);
        }
        start = end + 1;
    }
}

/// Whether a text says what a tag says: `O`, or one of the other letters, alone or on its side of a hyphen.
fn is_tag(text: &str, notation: Notation) -> bool {
    let (letter, hyphen) = match (notation, text.as_bytes()) {
        (_, [letter]) => (letter, None),
        (Notation::Prefix, [letter, hyphen, ..]) | (Notation::Suffix, [.., hyphen, letter]) => (letter, Some(hyphen)),
        (_, []) => return false,
    };
    match (letter, hyphen) {
        (b'O', None) => true,
        (letter, None | Some(b'-')) => matches!(letter, b'B' | b'I' | b'E' | b'S' | b'L' | b'U'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let said = match Pairs::parse(text) {
            Ok(pairs) => pairs.iter().map(|sentence| format!("{sentence:?}\n")).collect(),
            Err(error) => format!("{error}\n"),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn sentences_end_at_blank_lines() {
        check(
            "\u{feff}\n\nRenal  NN\u{a0}x B-D O \r\n\t \r\n\nNone x O O",
            &expect![[r#"
                Sentence { words: ["Renal"], gold: ["B-D"], predicted: ["O"], document: None }
                Sentence { words: ["None"], gold: ["O"], predicted: ["O"], document: None }
            "#]],
        );
        check("", &expect![""]);
        check("\n \n", &expect![""]);
    }

    #[test]
    fn two_columns_hold_no_word() {
        check(
            "B-D\tO\n",
            &expect![[r#"
                Sentence { words: [], gold: ["B-D"], predicted: ["O"], document: None }
            "#]],
        );
    }

    #[test]
    fn tabs_separate_where_the_first_line_has_one() {
        check(
            "in vitro\tO\tO\n\tB-D\tI-D\n",
            &expect![[r#"
                Sentence { words: ["in vitro", ""], gold: ["O", "B-D"], predicted: ["O", "I-D"], document: None }
            "#]],
        );
    }

    #[test]
    fn documents_begin_where_a_line_says_so() {
        check(
            "a O O\n-DOCSTART-\nb O O\n-DOCSTART- -X- O O\n\n-DOCSTART-\nc O O\n",
            &expect![[r#"
                Sentence { words: ["a"], gold: ["O"], predicted: ["O"], document: Some(0) }
                Sentence { words: ["b"], gold: ["O"], predicted: ["O"], document: Some(1) }
                Sentence { words: ["c"], gold: ["O"], predicted: ["O"], document: Some(3) }
            "#]],
        );
    }

    #[test]
    fn lines_that_say_no_tags_are_errors() {
        check(
            "Renal\n",
            &expect![[r#"
                1:1: there is one column, expected a gold and a predicted tag at least, separated by TABs or spaces
            "#]],
        );
        check(
            "\na O O\nb O\n",
            &expect![[r#"
                3:1: the number of columns is 2, expected 3 as in line 2
            "#]],
        );
        check(
            "é B-D [PAD]\n",
            &expect![[r#"
                1:7: `[PAD]` in the predicted column is no tag, expected O, or one of B, I, E, S, L and U, alone or with a hyphen and a type as in B-Disease
            "#]],
        );
        check(
            "a\tO\tO\nb\tO\t\n",
            &expect![[r#"
                2:5: `` in the predicted column is no tag, expected O, or one of B, I, E, S, L and U, alone or with a hyphen and a type as in B-Disease
            "#]],
        );
        let error = Pairs::parse_in("B-Gene Gene-B\n", Notation::Suffix).unwrap_err();
        expect![
            "1:1: `B-Gene` in the gold column is no tag, expected O, or one of B, I, E, S, L and U, alone or with a hyphen and a type as in Disease-B"
        ]
        .assert_eq(&error.to_string());
    }

    #[test]
    fn tags_of_any_scheme_are_tags() {
        for (notation, tags) in [(Notation::Prefix, "O B I-A E-A-b S-é L- U--x"), (Notation::Suffix, "O B A-I A-b-E")]
        {
            for tag in tags.split(' ') {
                assert!(is_tag(tag, notation), "{tag}");
            }
        }
        for (notation, tags) in [(Notation::Prefix, "o O-A X BA A-B -B"), (Notation::Suffix, "O-A A-O B-A A-B-")] {
            for tag in tags.split(' ') {
                assert!(!is_tag(tag, notation), "{tag}");
            }
        }
    }
}
