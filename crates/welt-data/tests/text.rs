//! Words of plain text: the offsets count characters, and the words are those of Python's `re.finditer(r"[^\W_]+|\S", text)`.

use std::fs;

use proptest::prelude::*;
use welt_data::{read_lines, tokenize};

#[track_caller]
fn check(text: &str, expected: &[(&str, usize, usize)]) {
    let words: Vec<_> = tokenize(text).iter().map(|word| (word.text, word.start, word.end)).collect();
    assert_eq!(words, expected);
}

#[test]
fn cuts_as_python_does() {
    check("", &[]);
    check(" \t\u{a0}\u{3000}\u{1c}\u{85}\n", &[]);
    check("TP53 (p53)", &[("TP53", 0, 4), ("(", 5, 6), ("p53", 6, 9), (")", 9, 10)]);
    check("α_β1", &[("α", 0, 1), ("_", 1, 2), ("β1", 2, 4)]);
    check("x²½Ⅳ①", &[("x²½Ⅳ①", 0, 5)]);
    check("ⒶA\u{301}", &[("Ⓐ", 0, 1), ("A", 1, 2), ("\u{301}", 2, 3)]);
    check("a\u{200b}b\u{ad}", &[("a", 0, 1), ("\u{200b}", 1, 2), ("b", 2, 3), ("\u{ad}", 3, 4)]);
    check("病😀𐐀", &[("病", 0, 1), ("😀", 1, 2), ("𐐀", 2, 3)]);
}

#[test]
fn reads_lines_of_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("text.txt");
    fs::write(&path, "\u{feff}Renal failure.\r\n \u{a0}\n\nα\n").unwrap();
    let file = read_lines(&path).unwrap();
    assert_eq!((file.lines[0].text.as_str(), file.lines[1].line_number), ("Renal failure.", 4));
    assert_eq!((file.blank_lines, file.byte_order_mark), (2, true));
    fs::write(&path, " \n").unwrap();
    assert!(read_lines(&path).unwrap_err().to_string().contains(":1:1: found no sentence"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_stand_where_they_say(text in "[a-zA-Zα-ω0-9_ \u{a0}\u{200b}().,😀-]{0,40}") {
        let characters: Vec<char> = text.chars().collect();
        let words = tokenize(&text);
        for word in &words {
            prop_assert_eq!(characters[word.start..word.end].iter().collect::<String>(), word.text);
        }
        prop_assert!(words.is_sorted_by(|left, right| left.end <= right.start));
        let kept: usize = words.iter().map(|word| word.end - word.start).sum();
        prop_assert_eq!(kept, characters.iter().filter(|character| !character.is_whitespace()).count());
    }
}
