//! Ids for mentions that have none, in formats that ask for one.
//! A document goes in, ids that none of its mentions has come out.

use std::collections::HashSet;

use crate::document::Document;

/// Gives new ids.
pub(super) struct Ids<'d> {
    taken: HashSet<&'d str>,
    /// The number that was given last.
    last: usize,
}

impl<'d> Ids<'d> {
    pub fn of(document: &'d Document) -> Self {
        let taken = document.mentions.iter().map(|mention| mention.id.as_str()).collect();
        Self { taken, last: 0 }
    }

    /// The next number after some letters that no mention of the document has as its id.
    pub fn next(&mut self, letters: &str) -> String {
        loop {
            self.last += 1;
            let id = format!("{letters}{}", self.last);
            if !self.taken.contains(id.as_str()) {
                return id;
            }
        }
    }
}
