//! What was seen of a split so far, and where in it something is.
//! Parts of splits are counted here, findings come from the checks.

use std::io;
use std::path::{Path, PathBuf};

use welt_tags::Scheme;

use super::content::Types;
use super::found::{Found, Report};
use super::records::Names;
use super::{FindingKind, InDocument, Location, Split};

/// Says that a location is in no document.
const NO_DOCUMENT: u64 = u64::MAX;

/// What was seen of a split so far.
#[derive(Debug)]
pub(super) struct State {
    pub name: String,
    pub path: PathBuf,
    /// The ids of its documents.
    pub ids: Names,
    n_sentences: usize,
    words: usize,
    has_entity: bool,
    /// The scheme of its tags, none where it was made of documents, has no entity or mixes schemes.
    pub scheme: Option<Scheme>,
    pub types: Types,
    pub empty: Found<(Location, FindingKind)>,
    pub only_outside: Found<(Location, FindingKind)>,
    pub mixed: Found<(Location, FindingKind)>,
    pub differing: Found<(Location, FindingKind)>,
    pub foreign: Found<(Location, FindingKind)>,
    pub invalid: Found<(Location, FindingKind)>,
    pub misplaced: Found<(Location, FindingKind)>,
    pub long: Found<(Location, FindingKind)>,
    pub odd: Found<(Location, FindingKind)>,
    pub unseen: Found<(Location, FindingKind)>,
}

/// Where something is: a line, or a character of a document by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub line: u64,
    pub document: u64,
    pub character: u64,
}

impl Spot {
    /// A line, with the document and the character that it stands for.
    pub const fn new(line: u64, [document, character]: [u64; 2]) -> Self {
        Self { line, document, character }
    }
}

impl State {
    /// Nothing yet, of which so many findings will be listed.
    pub fn new(name: &str, path: &Path, listed: usize) -> Self {
        let found = || Found::listing(listed);
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            ids: Names::new(),
            n_sentences: 0,
            words: 0,
            has_entity: false,
            scheme: None,
            types: Types::default(),
            empty: found(),
            only_outside: found(),
            mixed: found(),
            differing: found(),
            foreign: found(),
            invalid: found(),
            misplaced: found(),
            long: found(),
            odd: found(),
            unseen: found(),
        }
    }

    /// Counts a part.
    pub fn count(&mut self, part: &Split<'_>) {
        self.n_sentences += part.sentences.len();
        for sentence in part.sentences {
            self.words += sentence.tags.len();
            self.has_entity |= sentence.has_entity();
        }
    }

    /// Notes that there is nothing in it, once all parts are counted.
    pub fn note_empty(&mut self) {
        let whole = self.whole();
        if self.n_sentences == 0 {
            self.empty.add(0, FindingKind::EmptySplit, || whole);
        } else if !self.has_entity {
            self.only_outside.add(0, FindingKind::OnlyOutside { words: self.words }, || whole);
        }
    }

    /// Adds findings to a report, now that their locations are known.
    pub fn report(&mut self, found: Found<(Spot, FindingKind)>, report: &mut Report) -> io::Result<()> {
        let mut listed = found.finish();
        let mut first = Vec::with_capacity(listed.first.len());
        for (spot, kind) in std::mem::take(&mut listed.first) {
            first.push((self.location(spot)?, kind));
        }
        report.add(&self.name, &self.whole(), listed.with(first));
        Ok(())
    }

    /// The whole split.
    pub fn whole(&self) -> Location {
        Location { path: self.path.clone(), line: 1, document: None }
    }

    /// The location that a spot stands for.
    pub fn location(&mut self, spot: Spot) -> io::Result<Location> {
        let line = usize::try_from(spot.line).unwrap_or(usize::MAX);
        if spot.document == NO_DOCUMENT {
            return Ok(Location { path: self.path.clone(), line, document: None });
        }
        let document =
            InDocument { id: self.ids.get(spot.document)?, character: usize::try_from(spot.character).unwrap_or(0) };
        Ok(Location { path: self.path.clone(), line: 0, document: Some(document) })
    }
}

impl Split<'_> {
    /// The document and the character that a line stands for, where documents are counted from `first_document`.
    pub(super) fn spot(&self, line: usize, first_document: u64) -> [u64; 2] {
        let index = self.sentences.partition_point(|sentence| sentence.line_number <= line).checked_sub(1);
        let at = index.and_then(|index| self.sentences.get(index).zip(self.positions.get(index)));
        let character = at.and_then(|(sentence, at)| at.starts.get(line - sentence.line_number));
        match (at, character) {
            (Some((_, at)), Some(character)) => [first_document + at.document as u64, *character as u64],
            _ => [NO_DOCUMENT, 0],
        }
    }
}
