//! Files that are learnt from, counted or scored as one: tagged files as they are, documents as the tagged file that convert makes of them.
//! Paths in, sentences, labels and counts out; what is done with them is not known here.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use welt_data::conll::{self, Columns};
use welt_data::formats::Format;
use welt_data::{Corpus, Sentence};
use welt_tags::LabelSet;

use crate::annotated::{Origin, ReadFlags};
use crate::corpus::{found, say_columns, warn_of_trimmed};
use crate::not_tagged;

/// Files that are read as one.
pub struct Split {
    corpora: Vec<Corpus>,
    /// Of each, the format of the documents that it was made of, and how many they were.
    documents: Vec<Option<(Format, usize)>>,
}

impl Split {
    /// Reads the files, tagged ones or documents.
    ///
    /// # Errors
    /// A file that cannot be read, or is neither.
    pub fn read(files: &[PathBuf], reading: &ReadFlags) -> Result<Self> {
        let (mut corpora, mut documents) = (Vec::new(), Vec::new());
        for file in files {
            let (corpus, of_documents) = read(file, reading)?;
            corpora.push(corpus);
            documents.push(of_documents);
        }
        number_documents(&mut corpora);
        Ok(Self { corpora, documents })
    }

    /// The files.
    pub fn corpora(&self) -> &[Corpus] {
        &self.corpora
    }

    /// What was found in each file, for people.
    pub fn found(&self) -> impl Iterator<Item = String> {
        self.corpora.iter().zip(&self.documents).map(|(corpus, documents)| {
            let sentences = corpus.sentences.len();
            match documents {
                None => found(&corpus.path, sentences, corpus.tag_column),
                Some((format, documents)) => {
                    format!(
                        "{}: {sentences} sentences of {documents} documents, read as {format}",
                        corpus.path.display()
                    )
                }
            }
        })
    }

    /// Says where tags were found in columns that they mostly do not stand in.
    pub fn say_columns(&self) {
        let tagged = self.corpora.iter().zip(&self.documents).filter(|(_, documents)| documents.is_none());
        tagged.for_each(|(corpus, _)| {
            say_columns(&corpus.path, corpus.sentences.len(), corpus.word_column, corpus.tag_column);
        });
    }

    /// The sentences of all files, in order.
    pub fn sentences(&self) -> impl Iterator<Item = &Sentence> {
        self.corpora.iter().flat_map(|corpus| &corpus.sentences)
    }

    /// The tags that occur, with O.
    pub fn label_set(&self) -> Result<LabelSet> {
        let tags = self.sentences().flat_map(|sentence| &sentence.tags).map(ToString::to_string);
        Ok(LabelSet::from_tags(tags)?)
    }

    /// The label of each word of each sentence.
    pub fn gold(&self, labels: &LabelSet) -> Result<Vec<Vec<usize>>> {
        let mut gold = Vec::new();
        for corpus in &self.corpora {
            gold.extend(corpus.gold(labels)?);
        }
        Ok(gold)
    }

    /// How many words carry each label.
    pub fn counts(&self, labels: &LabelSet) -> Result<Vec<u64>> {
        let mut counts = vec![0; labels.names().len()];
        for label in self.gold(labels)?.into_iter().flatten() {
            counts[label] += 1;
        }
        Ok(counts)
    }
}

fn read(file: &Path, reading: &ReadFlags) -> Result<(Corpus, Option<(Format, usize)>)> {
    let format = reading.format().or_else(|| not_tagged::documents(file)).filter(|format| *format != Format::Conll);
    let Some(format) = format else {
        not_tagged::refuse(file)?;
        let corpus = conll::read(file, reading.columns()).map_err(not_tagged::explained)?;
        warn_of_trimmed(&corpus.path, &corpus.layout);
        return Ok((corpus, None));
    };
    let annotated = reading.read(file, 0)?;
    annotated.warn_of_losses();
    let n_documents = match &annotated.origin {
        Origin::Documents { documents, .. } => documents.len(),
        Origin::Tagged { .. } => 0,
    };
    // Through the lines that convert writes, so that a run learns the same from both.
    let mut lines = Vec::new();
    conll::write(&mut lines, &annotated.sentences).with_context(|| file.display().to_string())?;
    let corpus = conll::parse(&annotated.path, &lines, Columns::of(Some(1), Some(-1)))
        .with_context(|| format!("{}: its {n_documents} documents as words and tags", file.display()))?;
    Ok((corpus, Some((format, n_documents))))
}

/// Numbers the documents of several files as those of one: sentences before the first mark of a file, or of a file without
/// marks, belong to no document of the file before.
fn number_documents(corpora: &mut [Corpus]) {
    let mut n_documents = 0;
    for corpus in corpora {
        let begins_unmarked = corpus.sentences.first().is_some_and(|sentence| sentence.document == 0);
        let first = if begins_unmarked && n_documents > 0 { n_documents + 1 } else { n_documents };
        for sentence in &mut corpus.sentences {
            sentence.document += first;
            n_documents = n_documents.max(sentence.document);
        }
    }
}
