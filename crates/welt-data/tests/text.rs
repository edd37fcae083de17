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
    check("病😀𐐀", &[("病", 0, 1), ("😀", 1, 2), ("𐐀", 2, 3)]);
}

#[test]
fn cuts_as_the_tokenizers_of_encoders_do_where_python_would_cut_an_entity() {
    // What a tokenizer takes out cuts no word, and stands alone at the end of one.
    check("a\u{200b}b\u{ad}", &[("a\u{200b}b", 0, 3), ("\u{ad}", 3, 4)]);
    check(
        "5\u{ad}\u{200d}mg \u{2060}\u{f8ff}x",
        &[("5\u{ad}\u{200d}mg", 0, 5), ("\u{2060}\u{f8ff}", 6, 8), ("x", 8, 9)],
    );
    check(
        "(\u{200b}a)\u{7f}b",
        &[("(", 0, 1), ("\u{200b}", 1, 2), ("a", 2, 3), (")", 3, 4), ("\u{7f}", 4, 5), ("b", 5, 6)],
    );
    check("98\u{ad}100 9\u{200b}8", &[("98", 0, 2), ("\u{ad}", 2, 3), ("100", 3, 6), ("9\u{200b}8", 7, 10)]);
    check("ln\u{2061}p", &[("ln", 0, 2), ("\u{2061}", 2, 3), ("p", 3, 4)]);
    check("1\u{fffd}2", &[("1", 0, 1), ("\u{fffd}", 1, 2), ("2", 2, 3)]);
    // Marks belong to what they stand on.
    check("ⒶA\u{301}b", &[("Ⓐ", 0, 1), ("A\u{301}b", 1, 4)]);
    check("p=\u{338}\u{301}5 \u{301}a", &[("p", 0, 1), ("=\u{338}\u{301}", 1, 4), ("5", 4, 5), ("\u{301}a", 6, 8)]);
    check("कि\u{200d}ता", &[("कि\u{200d}ता", 0, 5)]);
    // White space always separates, and so do ideographs.
    check("a\u{85}b\u{c}c", &[("a", 0, 1), ("b", 2, 3), ("c", 4, 5)]);
    check("病人p53", &[("病", 0, 1), ("人", 1, 2), ("p53", 2, 5)]);
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
