//! Tagged files in another tagging scheme, or with fewer or other types: the words stay as they are.
//! Sentences in, sentences with other tags out, and the account of what became of their entities.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, anyhow};
use welt_data::alignment::Types;
use welt_data::conll::{self, TagColumn};
use welt_data::formats::Skip;
use welt_data::ledger::{Counts, Item, Ledger, Loss, Stage};
use welt_data::{Corpus, DataError, Sentence, ViewError, views};
use welt_tags::{Chunking, Prefix, Scheme};

use super::input::Input;
use super::leave;

/// What a type without a name is called.
const NO_TYPE: &str = "_";

/// How tags become other tags.
pub struct Retagging {
    pub column: TagColumn,
    pub reader: Chunking,
    pub scheme: Scheme,
    pub types: Types,
    /// Whether a line begins each file, also where its first document has none.
    pub document_lines: bool,
}

/// A file with other tags.
pub struct Retagged {
    pub text: Vec<u8>,
    pub ledger: Ledger,
    /// The types of its entities, where types are chosen.
    pub types_met: BTreeSet<String>,
}

impl Retagging {
    /// A file with its new tags as text, and its account.
    ///
    /// # Errors
    /// A file that cannot be read, tags outside their scheme, or a word that cannot be written.
    pub fn convert(&self, input: &mut Input, listed: usize) -> Result<Retagged> {
        let bytes = input.bytes()?;
        let corpus = conll::parse(&input.path, &bytes, self.column)?;
        drop(bytes);
        let mut retagged = Retagged { text: Vec::new(), ledger: Ledger::listing(listed), types_met: BTreeSet::new() };
        let mut sentences = self.retagged(&corpus, &mut retagged).map_err(|error| placed(&corpus.path, error))?;
        // The writer puts a line wherever the number of the document changes, from 0.
        if self.document_lines && sentences.first().is_some_and(|sentence| sentence.document == 0) {
            sentences.iter_mut().for_each(|sentence| sentence.document += 1);
        }
        conll::write(&mut retagged.text, &sentences)?;
        let has_lines = sentences.iter().any(|sentence| sentence.document > 0);
        let written = Counts { documents: if has_lines { documents(&sentences) } else { 0 }, ..counts(&sentences) };
        let into = retagged.ledger.stages().get(&Stage::Tag).map_or_else(Counts::default, |tagged| tagged.out);
        retagged.ledger.pass(Stage::Write, into, Counts { mentions: self.mentions(&sentences)?, ..written });
        Ok(retagged)
    }

    /// Entities as they were written.
    fn mentions(&self, written: &[Sentence]) -> Result<usize, DataError> {
        // The strict reader of IOE1 overlooks entities, and the lenient one does not know BILOU.
        let reader = if self.scheme == Scheme::Bilou { Chunking::Strict(Scheme::Bilou) } else { Chunking::Lenient };
        Ok(views::convert(written, reader, self.scheme)?.entities)
    }

    fn retagged(&self, corpus: &Corpus, retagged: &mut Retagged) -> Result<Vec<Sentence>, DataError> {
        let Retagged { ledger, types_met, .. } = retagged;
        let sentences = &corpus.sentences;
        // In IOB2 a type can go or change without a change to what stands beside it.
        let scheme = if self.types == Types::All { self.scheme } else { Scheme::Iob2 };
        let converted = views::convert(sentences, self.reader, scheme)?;
        let read = Counts { documents: documents(sentences), mentions: converted.entities, ..counts(sentences) };
        ledger.pass(Stage::Read, read, read);
        let file = corpus.path.display();
        for dropped in &converted.dropped {
            let item = || noted(format!("{file}:{}: {}", dropped.line, dropped.tag));
            ledger.lose(Stage::Read, Loss::Unread(Cow::Borrowed(Skip::Tag.name())), item);
        }
        for mended in &converted.mended {
            let item = || noted(format!("{file}:{}: {} read as {}", mended.line, mended.tag, mended.read_as));
            ledger.change(Stage::Read, Loss::Unread(Cow::Borrowed(leave::MENDED)), 0, item);
        }
        if corpus.layout.columns > 2 {
            let item = || noted(format!("{file}: {} columns", corpus.layout.columns));
            for _ in 2..corpus.layout.columns {
                ledger.lose(Stage::Read, Loss::Unread(Cow::Borrowed(Skip::Column.name())), item);
            }
        }
        let Types::Only(names) = &self.types else {
            ledger.pass(Stage::Tag, read, read);
            return Ok(converted.sentences);
        };
        let mut kept = 0;
        for (sentence, word) in sentences_and_words(&converted.sentences) {
            let tag = &sentence.tags[word];
            let name = if tag.entity_type().is_empty() { NO_TYPE } else { tag.entity_type() };
            match tag.prefix() {
                Prefix::Begin if names.contains_key(name) => kept += 1,
                Prefix::Begin => ledger.lose(Stage::Tag, Loss::OtherType, || {
                    noted(format!("{file}:{}: {} {tag}", sentence.line_number + word, sentence.words[word]))
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

fn documents(sentences: &[Sentence]) -> usize {
    sentences.chunk_by(|one, next| one.document == next.document).count()
}

fn counts(sentences: &[Sentence]) -> Counts {
    let words = sentences.iter().map(|sentence| sentence.words.len()).sum();
    Counts { sentences: sentences.len(), words, ..Counts::default() }
}

fn sentences_and_words(sentences: &[Sentence]) -> impl Iterator<Item = (&Sentence, usize)> {
    sentences.iter().flat_map(|sentence| (0..sentence.words.len()).map(move |word| (sentence, word)))
}

/// The error with the file that it is about.
fn placed(path: &Path, error: DataError) -> anyhow::Error {
    match error {
        DataError::View(ViewError::Tag { line, source }) => anyhow!("{}:{line}: {source}", path.display()),
        error => anyhow::Error::new(error).context(path.display().to_string()),
    }
}

fn noted(note: String) -> Item {
    Item { parts: Vec::new(), note, ..Item::new("", 0..0, "", "") }
}
