//! Corpora of documents part by part, once or twice, so that they may be larger than memory; tagged files as a whole.
//! Inputs in, sentences with their documents and positions out; what is counted or looked for in them is not known here.

use std::fs::File;
use std::io::Seek;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rayon::prelude::*;
use welt_data::checks::{self, SentencePosition};
use welt_data::formats::{Format, TagNames};
use welt_data::ledger::Ledger;
use welt_data::{DataError, Document, Sentence};
use welt_tags::Scheme;

use crate::annotated::{Annotated, aligned};
use crate::convert::{Input, Source, TagReading, Work};

/// The line of the first sentence of documents: 1 stands for the whole file.
const FIRST_LINE: usize = 2;

/// A corpus that is about to be looked at.
pub enum Corpus {
    /// A tagged file.
    Tagged(Annotated),
    /// Documents, of which nothing was read yet.
    Documents(Parts),
}

/// The parts of a corpus of documents.
pub struct Parts {
    /// Where it is read from, for messages.
    pub path: PathBuf,
    format: Format,
    source: Source,
    /// Names for tags that are numbers.
    tag_names: Option<TagNames>,
    /// What could be read only once, to be read again.
    kept: Option<File>,
    line_number: usize,
    documents: usize,
    /// What of the documents is not in their sentences, as far as they were read.
    pub lost: Ledger,
}

/// Some documents with all their sentences.
pub struct Part {
    pub sentences: Vec<Sentence>,
    /// Where each sentence stands, with documents counted from the first of the part.
    pub positions: Vec<SentencePosition>,
    pub documents: Vec<Document>,
}

impl Parts {
    /// The parts of a corpus; what can be read only once is kept in a temporary file where it will be read again.
    ///
    /// # Errors
    /// A stream that cannot be kept.
    pub fn new(mut input: Input, is_read_again: bool) -> Result<Self> {
        let kept = if is_read_again { input.keep()? } else { None };
        let (path, format, tag_names) = (input.path.clone(), input.format, input.tag_names.clone());
        let source = Source::new(vec![input], TagReading::LENIENT, 0);
        Ok(Self { source, tag_names, ..Self::of_nothing(path, format, kept) })
    }

    fn of_nothing(path: PathBuf, format: Format, kept: Option<File>) -> Self {
        let source = Source::new(Vec::new(), TagReading::LENIENT, 0);
        Self {
            path,
            format,
            source,
            tag_names: None,
            kept,
            line_number: FIRST_LINE,
            documents: 0,
            lost: Ledger::listing(0),
        }
    }

    /// The same from the start.
    ///
    /// # Errors
    /// A file that cannot be read again.
    pub fn again(mut self) -> Result<Self> {
        let input = match &mut self.kept {
            Some(file) => {
                file.rewind().map_err(DataError::Temporary)?;
                Input::of_stream(&self.path, self.format, file.try_clone().map_err(DataError::Temporary)?)
            }
            None => Input::new(&self.path, Some(self.format), None)?,
        };
        let source = Source::new(vec![input.with_tag_names(self.tag_names.clone())], TagReading::LENIENT, 0);
        Ok(Self { source, tag_names: self.tag_names, ..Self::of_nothing(self.path, self.format, self.kept) })
    }

    /// Hands all parts on, in their order; the next one is read while one is looked at.
    ///
    /// # Errors
    /// What cannot be read, or not be cut into sentences, and what `take` complains of.
    pub fn each(&mut self, mut take: impl FnMut(&Part) -> Result<()> + Send) -> Result<()> {
        let mut next = self.next_part()?;
        while let Some(part) = next {
            let (taken, read) = rayon::join(|| take(&part), || self.next_part());
            taken?;
            next = read?;
        }
        Ok(())
    }

    /// The next part, nothing at the end.
    fn next_part(&mut self) -> Result<Option<Part>> {
        let batch = self.source.next_batch()?;
        if batch.is_empty() {
            let between = std::mem::replace(&mut self.source.skipped, Ledger::listing(0));
            self.lost.merge(between);
            return Ok(None);
        }
        // All are waited for, so that the first mistake of several is the one that is told.
        let path = &self.path;
        let read: Vec<Result<Read>> = batch.into_par_iter().map(|work| read(work, path)).collect();
        let mut part = Part { sentences: Vec::new(), positions: Vec::new(), documents: Vec::with_capacity(read.len()) };
        for read in read {
            let Read { document, ledger, sentences } = read?;
            self.lost.merge(ledger);
            self.documents += 1;
            for (mut sentence, starts) in sentences {
                (sentence.line_number, sentence.document) = (self.line_number, self.documents);
                self.line_number += sentence.words.len() + 1;
                part.positions.push(SentencePosition { document: part.documents.len(), starts });
                part.sentences.push(sentence);
            }
            part.documents.push(document);
        }
        Ok(Some(part))
    }
}

impl Part {
    /// The part as one of a split.
    pub fn split<'p>(&'p self, name: &'p str, path: &'p Path) -> checks::Split<'p> {
        let Self { sentences, positions, documents } = self;
        checks::Split { name, path, sentences, positions, documents }
    }
}

/// A document that was read.
struct Read {
    document: Document,
    ledger: Ledger,
    /// Its sentences without their lines, and where their words begin.
    sentences: Vec<(Sentence, Vec<usize>)>,
}

fn read(work: Work, path: &Path) -> Result<Read> {
    let (document, mut ledger) = work.parse(0)?;
    ledger.read(std::slice::from_ref(&document));
    let mut sentences = Vec::new();
    let aligned = aligned(&document, &mut ledger).with_context(|| path.display().to_string())?;
    for sentence in aligned {
        let starts = sentence.words.iter().map(|word| word.start).collect();
        sentences.push((sentence.to_sentence(Scheme::Iob2, 0)?, starts));
    }
    Ok(Read { document, ledger, sentences })
}
