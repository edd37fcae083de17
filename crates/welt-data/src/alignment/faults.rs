//! Whether what mentions say fits the text of their document, whatever is made of them.
//! A document in, changes by name in a ledger out; of words, sentences and rules nothing is known here.

use std::ops::Range;

use crate::document::{Document, DocumentText, Mention};
use crate::ledger::{Item, Ledger, Loss, Stage};
use crate::text::is_unseen;

/// Counts the mentions of a document that do not fit its text as changed in the stage [`Stage::Read`], each under one name at most; they are neither left out nor moved.
///
/// - [`Loss::Empty`]: no part, or a part without characters;
/// - [`Loss::OutsideText`]: a part that begins or ends where no passage has a character;
/// - [`Loss::Trimmed`]: a stated text that is the one at its offsets but for what is not seen at the ends of either;
/// - [`Loss::WrongText`]: a stated text that is another one, compared as [`WrongText`](super::WrongText) says;
///   what lies between passages is white space here, so that a mention may cross it.
///
/// Takes time in proportion to the text, the number of mentions and the length of their stated texts; each change that is listed in proportion to its mention.
/// It is meant for documents that stay documents: [`align`](super::align) counts the same and more in the stage [`Stage::Tag`].
///
/// ```
/// use welt_data::alignment::check_mentions;
/// use welt_data::ledger::{Ledger, Stage};
/// use welt_data::{Document, Mention, Passage};
///
/// let stated = Mention { text: Some("gout".to_owned()), ..Mention::new("Disease", 0..4) };
/// let document = Document {
///     id: "1".to_owned(),
///     passages: vec![Passage { kind: "title".to_owned(), offset: 0, text: "Gout and flu.".to_owned() }],
///     mentions: vec![stated, Mention::new("Disease", 9..99), Mention::new("Disease", 9..12)],
///     sentences: None,
/// };
/// let mut ledger = Ledger::listing(10);
/// check_mentions(&document, &mut ledger);
/// let names: Vec<String> = ledger.stages()[&Stage::Read].entries.keys().map(ToString::to_string).collect();
/// assert_eq!(names, ["outside-text", "wrong-text"]);
/// ```
pub fn check_mentions(document: &Document, ledger: &mut Ledger) {
    if document.mentions.is_empty() {
        return;
    }
    let text = DocumentText::of(document);
    for mention in &document.mentions {
        if let Some((loss, note)) = fault(&text, mention) {
            ledger.change(Stage::Read, loss, 0, || item(document, &text, mention, note));
        }
    }
}

/// What is wrong with a mention, and a note that says more.
fn fault(text: &DocumentText<'_>, mention: &Mention) -> Option<(Loss, String)> {
    if mention.parts.is_empty() || mention.parts.iter().any(Range::is_empty) {
        return Some((Loss::Empty, String::new()));
    }
    if mention.parts.iter().any(|part| !text.holds(part.start) || !text.holds(part.end - 1)) {
        return Some((Loss::OutsideText, String::new()));
    }
    match statement(mention, |part| text.characters_from(part.start).take(part.len())) {
        Statement::Same => None,
        Statement::Blanks => Some((Loss::Trimmed, stated(mention))),
        Statement::Other => Some((Loss::WrongText, stated(mention))),
    }
}

/// A note of what a mention states.
pub(super) fn stated(mention: &Mention) -> String {
    format!("stated as `{}`", mention.text.as_deref().unwrap_or_default().escape_debug())
}

/// A mention as it is listed, with its text in the document, or else its stated one.
pub(super) fn item(document: &Document, text: &DocumentText<'_>, mention: &Mention, note: String) -> Item {
    Item { note, ..Item::in_text(&document.id, text, mention) }
}

/// What a mention states, beside the text at its offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statement {
    /// The same, or nothing at all.
    Same,
    /// The same but for what is not seen at its ends.
    Blanks,
    /// Another text.
    Other,
}

/// Whether the text that a mention states, if it does, is the one at its offsets; `there` gives the characters of a part.
pub(super) fn statement<C: Iterator<Item = char>>(mention: &Mention, there: impl Fn(&Range<usize>) -> C) -> Statement {
    let Some(stated) = mention.text.as_deref() else { return Statement::Same };
    if states(stated, &mention.parts, &there) {
        return Statement::Same;
    }
    let spaced = |(index, part): (usize, &Range<usize>)| {
        (index > 0).then_some(' ').into_iter().chain(there(part)).collect::<String>()
    };
    let found: String = mention.parts.iter().enumerate().map(spaced).collect();
    let seen = |text: &str| -> Vec<char> { text.trim_matches(is_unseen).chars().collect() };
    let (found, stated) = (seen(&found), seen(stated));
    let is_same = found.len() == stated.len() && found.iter().zip(&stated).all(|(one, other)| same(*one, *other));
    if is_same { Statement::Blanks } else { Statement::Other }
}

fn states<C: Iterator<Item = char>>(stated: &str, parts: &[Range<usize>], there: &impl Fn(&Range<usize>) -> C) -> bool {
    let mut stated = stated.chars();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 && stated.next() != Some(' ') {
            return false;
        }
        if !there(part).all(|found| stated.next().is_some_and(|stated| same(found, stated))) {
            return false;
        }
    }
    stated.next().is_none()
}

/// Whether two characters are the same, as all white space is.
fn same(one: char, other: char) -> bool {
    one == other || one.is_whitespace() && other.is_whitespace()
}
