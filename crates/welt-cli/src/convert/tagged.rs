//! Tagged files in another tagging scheme, or with fewer or other types: the words stay as they are.
//! Sentences in, sentences with other tags out, and the account of what became of their entities.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, anyhow};
use welt_data::alignment::Types;
use welt_data::conll::{self, TagColumn};
use welt_data::ledger::{Counts, Item, Ledger, Loss, Stage};
use welt_data::{Corpus, DataError, Sentence, ViewError, views};
use welt_tags::{Chunking, Prefix, Scheme};

use super::batch::DOCUMENT_LINE;
use super::input::Input;

/// What a type without a name is called.
const NO_TYPE: &str = "_";

/// How tags become other tags.
pub struct Retagging {
    pub column: TagColumn,
    pub reader: Chunking,
    pub scheme: Scheme,
    pub types: Types,
    pub document_lines: bool,
}

impl Retagging {
    /// A file with its new tags as text, and its account.
    ///
    /// # Errors
    /// A file that cannot be read, tags outside their scheme, or a word that cannot be written.
    pub fn convert(&self, input: &mut Input, listed: usize) -> Result<(Vec<u8>, Ledger)> {
        let bytes = input.bytes()?;
        let corpus = conll::parse(&input.path, &bytes, self.column)?;
        drop(bytes);
        let mut ledger = Ledger::listing(listed);
        let sentences = self.retagged(&corpus, &mut ledger).map_err(|error| placed(&corpus.path, error))?;
        let mut text = Vec::new();
        for document in sentences.chunk_by(|one, next| one.document == next.document) {
            if self.document_lines || document.iter().any(|sentence| sentence.document > 0) {
                text.extend_from_slice(DOCUMENT_LINE.as_bytes());
            }
            conll::write(&mut text, document)?;
        }
        Ok((text, ledger))
    }

    fn retagged(&self, corpus: &Corpus, ledger: &mut Ledger) -> Result<Vec<Sentence>, DataError> {
        let sentences = &corpus.sentences;
        // In IOB2 a type can go or change without a change to what stands beside it.
        let scheme = if self.types == Types::All { self.scheme } else { Scheme::Iob2 };
        let converted = views::convert(sentences, self.reader, scheme)?;
        let read = Counts {
            documents: sentences.chunk_by(|one, next| one.document == next.document).count(),
            sentences: sentences.len(),
            words: sentences.iter().map(|sentence| sentence.words.len()).sum(),
            mentions: converted.entities,
        };
        ledger.pass(Stage::Read, read, read);
        let file = corpus.path.display();
        for dropped in &converted.dropped {
            let item = || noted(format!("{file}:{}: {}", dropped.line, dropped.tag));
            ledger.lose(Stage::Read, Loss::Unread(Cow::Borrowed("tag")), item);
        }
        if corpus.layout.columns > 2 {
            let item = || noted(format!("{file}: {} columns", corpus.layout.columns));
            for _ in 2..corpus.layout.columns {
                ledger.lose(Stage::Read, Loss::Unread(Cow::Borrowed("column")), item);
            }
        }
        let Types::Only(names) = &self.types else {
            ledger.pass(Stage::Tag, read, read);
            return Ok(converted.sentences);
        };
        let mut occurring = BTreeSet::new();
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
            occurring.insert(name);
        }
        ledger.pass(Stage::Tag, read, Counts { mentions: kept, ..read });
        let names = names.iter().filter(|(name, _)| occurring.contains(name.as_str()));
        let names: Vec<(&str, &str)> = names.map(|(name, new)| (name.as_str(), new.as_str())).collect();
        let types: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let chosen = views::rename_types(&views::keep_types(&converted.sentences, &types)?, &names)?;
        Ok(views::convert(&chosen, Chunking::Strict(Scheme::Iob2), self.scheme)?.sentences)
    }
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
