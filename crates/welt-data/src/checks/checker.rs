//! Looks through splits part by part, so that they may be larger than memory.
//! Parts of splits in, findings out; each check stands in a file of its own.
//!
//! Documents are handed in twice: which words of mentions are untagged elsewhere is known only when all mentions are.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use welt_tags::Scheme;

use super::content::Types;
use super::found::{Found, Report};
use super::records::{Names, Records};
use super::{Check, CheckOptions, Finding, FindingKind, InDocument, Location, Severity, Split};
use super::{content, documents, repeats, transitions};
use crate::error::DataError;
use crate::lexicon::Lexicon;

/// Says that a location is in no document.
const NO_DOCUMENT: u64 = u64::MAX;

/// Looks through splits.
///
/// ```
/// use std::path::Path;
/// use welt_data::checks::{CheckOptions, Checker, SchemeChoice, Split};
/// use welt_data::conll::{self, TagColumn};
///
/// let options =
///     CheckOptions { scheme: SchemeChoice::Detect, least_words: 1, least_mentions: 1, longest_entity: 15, listed: 10 };
/// let train = conll::parse(Path::new("train.tsv"), b"gout\tB-Disease\n\ngout\tO\n", TagColumn::Find)?;
/// let mut checker = Checker::new(options);
/// checker.begin("train", Path::new("train.tsv"));
/// checker.add(&Split::from(("train", &train)))?;
/// checker.look_again(&Split::from(("train", &train)));
/// let checks: Vec<&str> = checker.finish()?.findings.iter().map(|finding| finding.kind.check().name()).collect();
/// assert_eq!(checks, ["repeated-sentence", "inconsistent-mention"]);
/// # Ok::<(), welt_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct Checker {
    options: CheckOptions,
    splits: Vec<State>,
    sentences: Records,
    documents: Records,
    lexicon: Lexicon,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The findings, check by check; of each check in each split as many as are to be listed.
    pub findings: Vec<Finding>,
    /// How many findings there are of each check and severity, those included that are not listed.
    pub counts: BTreeMap<(Check, Severity), usize>,
}

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
    only_outside: Found<(Location, FindingKind)>,
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

impl Checker {
    /// Nothing was looked at yet.
    #[must_use]
    pub fn new(options: CheckOptions) -> Self {
        Self {
            options,
            splits: Vec::new(),
            sentences: Records::new(),
            documents: Records::new(),
            lexicon: Lexicon::new(),
        }
    }

    /// Begins a split, which is shown by its name.
    pub fn begin(&mut self, name: &str, path: &Path) {
        self.splits.push(State::new(name, path, self.options.listed));
    }

    /// Adds a part of the split that was begun last: any number of its documents with all their sentences, or all of a tagged file.
    /// The documents of `part.positions` are counted from the first of the part; lines go on from part to part.
    ///
    /// # Errors
    /// A folder for temporary files that does not take what is kept of very many sentences.
    pub fn add(&mut self, part: &Split<'_>) -> Result<(), DataError> {
        if self.splits.is_empty() {
            self.begin(part.name, part.path);
        }
        let index = self.splits.len() - 1;
        let (before, rest) = self.splits.split_at_mut(index);
        let Some(state) = rest.first_mut() else { return Ok(()) };
        let first_document = state.ids.len();
        state.count(part);
        content::look(state, part, self.options.longest_entity);
        if part.documents.is_empty() && part.positions.is_empty() {
            transitions::look(state, part, self.options.scheme, before);
        }
        documents::misplaced(state, part);
        let spot = |line: usize| part.spot(line, first_document);
        for sentence in part.sentences.iter().filter(|sentence| sentence.has_entity()) {
            self.lexicon.add(sentence, index, |word| spot(sentence.line_number + word));
        }
        documents::keep(&mut self.documents, state, part, index)
            .and_then(|()| repeats::keep(&mut self.sentences, part, (index, self.options.least_words), spot))
            .map_err(DataError::Temporary)
    }

    /// Whether all parts are to be looked at a second time, because some words are mentions.
    #[must_use]
    pub fn wants_second_look(&self) -> bool {
        !self.lexicon.is_empty()
    }

    /// Looks at a part of any split a second time; each is to be handed in once, in any order.
    pub fn look_again(&mut self, part: &Split<'_>) {
        part.sentences.iter().for_each(|sentence| self.lexicon.count_untagged(sentence));
    }

    /// The findings.
    ///
    /// # Errors
    /// A temporary file that cannot be read again.
    pub fn finish(mut self) -> Result<Checked, DataError> {
        let mut report = Report::default();
        self.report(&mut report).map_err(DataError::Temporary)?;
        report.findings.sort_by_key(|finding| finding.kind.check());
        Ok(Checked { findings: report.findings, counts: report.counts })
    }

    fn report(&mut self, report: &mut Report) -> io::Result<()> {
        let listed = self.options.listed;
        for state in &mut self.splits {
            state.note_empty();
        }
        content::types(&mut self.splits, listed, report);
        for state in &mut self.splits {
            let whole = state.whole();
            let mut take = |found: &mut Found<_>| {
                let found = std::mem::replace(found, Found::listing(listed));
                report.add(&state.name, &whole, found.finish());
            };
            take(&mut state.empty);
            take(&mut state.only_outside);
            take(&mut state.mixed);
            take(&mut state.differing);
            take(&mut state.foreign);
            take(&mut state.invalid);
            take(&mut state.misplaced);
            take(&mut state.long);
            take(&mut state.odd);
            take(&mut state.unseen);
        }
        let documents = std::mem::replace(&mut self.documents, Records::new());
        documents::repeated(documents, &mut self.splits, listed, report)?;
        let sentences = std::mem::replace(&mut self.sentences, Records::new());
        repeats::report(sentences, &mut self.splits, listed, report)?;
        content::inconsistent_mentions(&self.lexicon, &mut self.splits, &self.options, report)
    }
}

impl State {
    fn new(name: &str, path: &Path, listed: usize) -> Self {
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

    fn count(&mut self, part: &Split<'_>) {
        self.n_sentences += part.sentences.len();
        for sentence in part.sentences {
            self.words += sentence.tags.len();
            self.has_entity |= sentence.has_entity();
        }
    }

    fn note_empty(&mut self) {
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
    fn spot(&self, line: usize, first_document: u64) -> [u64; 2] {
        let index = self.sentences.partition_point(|sentence| sentence.line_number <= line).checked_sub(1);
        let at = index.and_then(|index| self.sentences.get(index).zip(self.positions.get(index)));
        let character = at.and_then(|(sentence, at)| at.starts.get(line - sentence.line_number));
        match (at, character) {
            (Some((_, at)), Some(character)) => [first_document + at.document as u64, *character as u64],
            _ => [NO_DOCUMENT, 0],
        }
    }
}
