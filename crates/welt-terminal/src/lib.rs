//! Text that others wrote, made fit for a terminal: names of files, tags, words, tensors and addresses in, text out that moves
//! no cursor, changes no colour, hides no character, begins no line of its own, and is not longer than it says.
//! It knows nothing of what the text means, and writes nowhere.
//!
//! ```
//! use welt_terminal::{line, message, quoted};
//!
//! assert_eq!(line("Ca\u{1b}[2K\tB").as_ref(), "Ca\\u{1b}[2K\\tB");
//! assert_eq!(quoted("Disease\u{202e}").to_string(), "`Disease\\u{202e}`");
//! // What a name of two lines adds to a message stands under it and passes for no message.
//! assert_eq!(message("no tensor `a\nerror: all is lost`"), "no tensor `a\n  error: all is lost`");
//! ```

#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// The most characters that are shown of a text which is quoted.
pub const LONGEST_QUOTE: usize = 200;

/// The most characters that are shown of a message, of which the last quarter comes from its end: what to do stands there.
pub const LONGEST_MESSAGE: usize = 4000;

/// Whether a terminal would do something else with a character than show it.
///
/// These are the controls of ASCII and of ISO 8859-1, the ends of lines and paragraphs, what turns the direction of writing,
/// and what is there and has no width, but for the two joiners, without which some languages cannot be written.
#[must_use]
pub fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text on one line: what a terminal would not show is written as Rust writes it, such as `\n` and `\u{1b}`.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_active) {
        let mut escaped = String::with_capacity(text.len() + 16);
        text.chars().for_each(|character| push(&mut escaped, character));
        escaped.into()
    } else {
        text.into()
    }
}

/// A text on one line, of which no more than so many characters are shown; an ellipsis stands for the rest.
#[must_use]
pub fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        None => line(text),
        Some((end, _)) => format!("{}…", line(&text[..end])).into(),
    }
}

/// A text between quotation marks, on one line and no longer than [`LONGEST_QUOTE`], for the middle of a message.
#[must_use]
pub fn quoted(text: &str) -> Quoted<'_> {
    Quoted(text)
}

/// What [`quoted`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", cut(self.0, LONGEST_QUOTE))
    }
}

/// A whole message as it goes to a terminal: every line but the first is set in, so that none passes for another message;
/// what a terminal would not show is escaped; and what is longer than [`LONGEST_MESSAGE`] loses its middle.
#[must_use]
pub fn message(text: &str) -> String {
    let n_bytes = text.len();
    // Bytes are at least as many as characters, so most messages need no counting.
    if n_bytes <= LONGEST_MESSAGE {
        return set_in(text);
    }
    let tail = LONGEST_MESSAGE / 4;
    let Some((end, _)) = text.char_indices().nth(LONGEST_MESSAGE - tail) else { return set_in(text) };
    let start = text.char_indices().rev().nth(tail - 1).map_or(n_bytes, |(start, _)| start);
    if start <= end {
        return set_in(text);
    }
    let left_out = text[end..start].chars().count();
    format!("{} [... {left_out} characters ...] {}", set_in(&text[..end]), set_in(&text[start..]))
}

/// The text of an address, be it a sound one or not, without the name and the password that it may hold, and without what
/// stands behind a question mark, which may be a secret too.
///
/// ```
/// assert_eq!(welt_terminal::without_password("https://me:secret@mirror/hub?key=1"), "https://***@mirror/hub");
/// ```
#[must_use]
pub fn without_password(address: &str) -> String {
    let shown = address.split('?').next().unwrap_or_default();
    let Some((before, host)) = shown.rsplit_once('@') else { return line(shown).into_owned() };
    let scheme = before.find("://").map_or("", |end| &before[..end + 3]);
    format!("{}***@{}", line(scheme), line(host))
}

fn set_in(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for (index, part) in text.split('\n').enumerate() {
        if index > 0 {
            shown.push_str(if part.is_empty() { "\n" } else { "\n  " });
        }
        part.strip_suffix('\r').unwrap_or(part).chars().for_each(|character| push(&mut shown, character));
    }
    shown
}

fn push(escaped: &mut String, character: char) {
    match character {
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        // Writing to a text cannot fail.
        active if is_active(active) => drop(write!(escaped, "\\u{{{:x}}}", u32::from(active))),
        plain => escaped.push(plain),
    }
}

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_letter_is_written_out() {
        let freaks = [
            "plain, naïve, β, 日本, क्‍ष",
            "\u{1b}]0;title\u{7}\u{1b}[2J",
            "a\u{9b}31mb\u{7f}",
            "safe\u{202e}txt.exe\u{2066}",
            "a\u{200b}b\u{feff}c\u{e0041}d",
            "a\nb\r\nc\td\u{2028}e\0f",
        ];
        let shown: Vec<String> = freaks.iter().map(|text| format!("{}\n", line(text))).collect();
        expect![[r"
            plain, naïve, β, 日本, क्‍ष
            \u{1b}]0;title\u{7}\u{1b}[2J
            a\u{9b}31mb\u{7f}
            safe\u{202e}txt.exe\u{2066}
            a\u{200b}b\u{feff}c\u{e0041}d
            a\nb\r\nc\td\u{2028}e\u{0}f
        "]]
        .assert_eq(&shown.concat());
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(cut("βγδ", 2), "βγ…");
        assert_eq!(cut("βγδ", 3), "βγδ");
        assert_eq!(quoted(&"x".repeat(1 << 20)).to_string(), format!("`{}…`", "x".repeat(LONGEST_QUOTE)));
        let long = format!("the tag `{}` is none: write O", "β".repeat(1 << 20));
        let shown = message(&long);
        assert!(shown.starts_with("the tag `β") && shown.ends_with("β` is none: write O"), "{shown}");
        assert!(shown.contains(" [... 1044603 characters ...] "), "{shown}");
        assert_eq!(message(&"x".repeat(LONGEST_MESSAGE)).len(), LONGEST_MESSAGE);
        assert_eq!(message(&"β".repeat(LONGEST_MESSAGE)).chars().count(), LONGEST_MESSAGE);
    }

    #[test]
    fn passwords_are_not_repeated() {
        let check = |text: &str, expected: &str| assert_eq!(without_password(text), expected);
        check("https://me:secret@mirror/", "https://***@mirror/");
        check("https://me:sec/ret@x@mirror/a?token=1", "https://***@mirror/a");
        check("me:secret@mirror", "***@mirror");
        check("ftp://mirror\n", "ftp://mirror\\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_does_anything_to_a_terminal(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            for text in [text.as_str(), &String::from_utf8_lossy(&bytes)] {
                let (on_one_line, message) = (line(text), message(text));
                prop_assert!(!on_one_line.chars().any(is_active), "{on_one_line:?}");
                let lines: Vec<&str> = message.split('\n').collect();
                for (index, each) in lines.iter().enumerate() {
                    prop_assert!(!each.chars().any(is_active), "{each:?}");
                    prop_assert!(index == 0 || each.is_empty() || each.starts_with("  "), "{each:?}");
                }
                prop_assert_eq!(line(&on_one_line), on_one_line.as_ref(), "what is escaped stays as it is");
            }
        }

        #[test]
        fn what_is_shown_is_bounded(text in "[a-zβ日]{0,9000}") {
            prop_assert!(message(&text).chars().count() <= LONGEST_MESSAGE + 40);
            prop_assert!(cut(&text, 10).chars().count() <= 11);
        }
    }
}
