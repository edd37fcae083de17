//! Passages one after the other, for formats that state texts and no offsets.
//! Kinds and texts go in, passages with one character between them come out.

use crate::document::Passage;

/// The passages of a document so far.
#[derive(Debug, Default)]
pub(super) struct Passages {
    passages: Vec<Passage>,
    end: usize,
}

impl Passages {
    /// Adds a passage one character after the last.
    pub fn add(&mut self, kind: &str, text: String) {
        let offset = if self.passages.is_empty() { 0 } else { self.end + 1 };
        self.end = offset + text.chars().count();
        self.passages.push(Passage { kind: kind.to_owned(), offset, text });
    }

    /// All of them.
    pub fn finish(self) -> Vec<Passage> {
        self.passages
    }
}
