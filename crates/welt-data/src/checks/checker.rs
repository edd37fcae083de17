//! Looks through splits part by part, so that they may be larger than memory.
//! Parts of splits in, findings out; each check stands in a file of its own.
//!
//! Documents are handed in twice: which words of mentions are untagged elsewhere is known only when all mentions are.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::found::{Found, Report};
use super::records::Records;
use super::state::State;
use super::{Check, CheckOptions, Finding, Severity, Split};
use super::{content, documents, repeats, transitions};
use crate::error::DataError;
use crate::lexicon::Lexicon;

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
