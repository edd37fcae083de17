//! Tagged files in another tagging scheme, or with fewer or other types: the words stay as they are.
//! Sentences in, sentences with other tags out, some at a time, and the account of what became of their entities.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, anyhow};
use welt_data::alignment::Types;
use welt_data::conll::{Columns, SentenceWriter, Survey};
use welt_data::ledger::{Counts, Item, Ledger, Loss, Stage};
use welt_data::{DataError, Sentence, ViewError, views};
use welt_tags::{Chunking, Prefix, Scheme, Tag};

use super::input::Input;

/// Sentences that are held at a time.
const SENTENCES_AT_ONCE: usize = 1024;

/// What a type without a name is called.
const NO_TYPE: &str = "_";

/// How tags become other tags.
pub struct Retagging {
    pub columns: Columns,
    pub reader: Chunking,
    pub scheme: Scheme,
    pub types: Types,
    /// Whether a line begins each file, also where its first document has none.
    pub document_lines: bool,
}

/// A part of a file with other tags.
pub struct Retagged {
    pub text: Vec<u8>,
    pub ledger: Ledger,
    /// The types of its entities, where types are chosen.
    pub types_met: BTreeSet<String>,
}

impl Retagging {
    /// Gives a file with its new tags part by part to `take`, each part with its account.
    ///
    /// # Errors
    /// A file that cannot be read, tags outside their scheme, a word that cannot be written, or what `take` says.
    pub fn convert(
        &self,
        (input, survey): (Input, &Survey),
        listed: usize,
        mut take: impl FnMut(Retagged) -> Result<()>,
    ) -> Result<()> {
        let path = input.path.clone();
        let mut sentences = survey.sentences(&path, input.second_look()?);
        let mut file =
            File { path: &path, survey, shift: 0, last: None, documents: 0, writer: SentenceWriter::default() };
        loop {
            let part = sentences.by_ref().take(SENTENCES_AT_ONCE).collect::<Result<Vec<Sentence>, DataError>>()?;
            let is_last = part.len() < SENTENCES_AT_ONCE;
            let mut retagged =
                Retagged { text: Vec::new(), ledger: Ledger::listing(listed), types_met: BTreeSet::new() };
            if file.last.is_none() {
                // The writer puts a line wherever the number of the document changes, from 0.
                let is_untold = part.first().is_some_and(|sentence| sentence.document == 0);
                file.shift = usize::from(self.document_lines && is_untold);
                file.note_columns(&mut retagged.ledger);
            }
            self.part(&part, &mut file, &mut retagged).map_err(|error| placed(&path, error))?;
            if is_last {
                file.note_documents(&mut retagged.ledger);
                file.note_trimmed(sentences.trimmed_cells(), &mut retagged.ledger);
            }
            take(retagged)?;
            if is_last {
                return Ok(());
            }
        }
    }

    fn part(&self, part: &[Sentence], file: &mut File<'_>, retagged: &mut Retagged) -> Result<(), DataError> {
        let mut sentences = self.retagged(part, file, retagged)?;
        file.count_documents(part);
        sentences.iter_mut().for_each(|sentence| sentence.document += file.shift);
        file.writer.write(&mut retagged.text, &sentences)?;
        let into = retagged.ledger.stages().get(&Stage::Tag).map_or_else(Counts::default, |tagged| tagged.out);
        let written = Counts { mentions: self.mentions(&sentences)?, ..counts(&sentences) };
        retagged.ledger.pass(Stage::Write, into, written);
        Ok(())
    }

    /// Entities as they were written.
    fn mentions(&self, written: &[Sentence]) -> Result<usize, DataError> {
        // The strict reader of IOE1 overlooks entities.
        Ok(views::convert_from(written, Chunking::Lenient, self.scheme, self.scheme)?.entities)
    }

    fn retagged(
        &self,
        part: &[Sentence],
        file: &File<'_>,
        retagged: &mut Retagged,
    ) -> Result<Vec<Sentence>, DataError> {
        let Retagged { ledger, types_met, .. } = retagged;
        // In IOB2 a type can go or change without a change to what stands beside it.
        let scheme = if self.types == Types::All { self.scheme } else { Scheme::Iob2 };
        let source = match self.reader {
            Chunking::Strict(source) => source,
            Chunking::Lenient => file.survey.scheme.unwrap_or(scheme),
        };
        let converted = views::convert_from(part, self.reader, source, scheme)?;
        let read = Counts { mentions: converted.entities, ..counts(part) };
        ledger.pass(Stage::Read, read, read);
        let path = file.path.display();
        for dropped in &converted.dropped {
            let item = || noted(format!("{path}:{}: {}", dropped.line, dropped.tag));
            ledger.lose(Stage::Read, Loss::UnreadTag, item);
        }
        for mended in &converted.mended {
            let item = || noted(format!("{path}:{}: {} read as {}", mended.line, mended.tag, mended.read_as));
            ledger.change(Stage::Read, Loss::UnreadMendedTag, 0, item);
        }
        let names: BTreeMap<String, String> = match &self.types {
            Types::All => {
                ledger.pass(Stage::Tag, read, read);
                return Ok(converted.sentences);
            }
            Types::AllAs(name) => {
                let tags = converted.sentences.iter().flat_map(|sentence| &sentence.tags);
                let inside = tags.filter(|tag| tag.prefix() != Prefix::Outside);
                inside.map(|tag| (type_name(tag).to_owned(), name.clone())).collect()
            }
            Types::Only(names) => names.clone(),
        };
        let mut kept = 0;
        for (sentence, word) in sentences_and_words(&converted.sentences) {
            let tag = &sentence.tags[word];
            let name = type_name(tag);
            match tag.prefix() {
                Prefix::Begin if names.contains_key(name) => kept += 1,
                Prefix::Begin => ledger.lose(Stage::Tag, Loss::OtherType, || {
                    noted(format!("{path}:{}: {} {tag}", sentence.line_number + word, sentence.words[word]))
                }),
                _ => continue,
            }
            if !types_met.contains(name) {
                types_met.insert(name.to_owned());
            }
        }
        ledger.pass(Stage::Tag, read, Counts { mentions: kept, ..read });
        let names = names.iter().filter(|(name, _)| types_met.contains(*name));
        let names: Vec<(&str, &str)> = names.map(|(name, new)| (name.as_str(), new.as_str())).collect();
        let types: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let chosen = views::rename_types(&views::keep_types(&converted.sentences, &types)?, &names)?;
        Ok(views::convert(&chosen, Chunking::Strict(Scheme::Iob2), self.scheme)?.sentences)
    }
}

/// A file as far as it was converted.
struct File<'f> {
    path: &'f Path,
    survey: &'f Survey,
    /// What is added to the numbers of its documents, so that a line begins the first one too.
    shift: usize,
    /// The document of the sentence that was read last.
    last: Option<usize>,
    documents: usize,
    writer: SentenceWriter,
}

impl File<'_> {
    fn count_documents(&mut self, part: &[Sentence]) {
        for sentence in part {
            self.documents += usize::from(self.last != Some(sentence.document));
            self.last = Some(sentence.document);
        }
    }

    /// Counts the cells that lost what is not seen at their ends.
    fn note_trimmed(&self, (cells, line): (usize, usize), ledger: &mut Ledger) {
        if cells > 0 {
            ledger.lose(Stage::Read, Loss::Trimmed, || noted(format!("at {}:{line}:1", self.path.display())));
            ledger.entry(Stage::Read, Loss::Trimmed).lost += cells - 1;
        }
    }

    /// Counts the columns besides the word and its tag.
    fn note_columns(&self, ledger: &mut Ledger) {
        let path = self.path.display();
        let read = [self.survey.word_column.number, self.survey.tag_column.number];
        for column in (1..=self.survey.columns).filter(|column| !read.contains(column)) {
            let item = || noted(format!("{path}: column {column}"));
            ledger.lose(Stage::Read, Loss::UnreadColumn, item);
        }
    }

    /// Counts the documents of the whole file, which are written where a line tells them.
    fn note_documents(&self, ledger: &mut Ledger) {
        let documents = Counts { documents: self.documents, ..Counts::default() };
        ledger.pass(Stage::Read, documents, documents);
        ledger.pass(Stage::Tag, documents, documents);
        let is_told = self.last.is_some_and(|last| last + self.shift > 0);
        ledger.pass(Stage::Write, documents, if is_told { documents } else { Counts::default() });
    }
}

/// The type of a tag, `_` where it names none.
fn type_name(tag: &Tag) -> &str {
    if tag.entity_type().is_empty() { NO_TYPE } else { tag.entity_type() }
}

fn counts(sentences: &[Sentence]) -> Counts {
    let words = sentences.iter().map(|sentence| sentence.words.len()).sum();
    Counts { sentences: sentences.len(), words, ..Counts::default() }
}

fn sentences_and_words(sentences: &[Sentence]) -> impl Iterator<Item = (&Sentence, usize)> {
    sentences.iter().flat_map(|sentence| (0..sentence.words.len()).map(move |word| (sentence, word)))
}

/// The error with the file that it is about.
pub fn placed(path: &Path, error: DataError) -> anyhow::Error {
    match error {
        DataError::View(ViewError::Tag { line, source }) => anyhow!("{}:{line}:1: {source}", path.display()),
        error => anyhow::Error::new(error).context(path.display().to_string()),
    }
}

/// A loss that is listed by its place alone.
pub fn noted(note: String) -> Item {
    Item { parts: Vec::new(), note, ..Item::new("", 0..0, "", "") }
}
