//! Prediction files: a word, its gold tag and its predicted tag a line, as `welt train` leaves them of every split.
//! Text in, sentences out, and back; what the tags mean is the affair of whoever scores them.
//!
//! These are CoNLL-like files, whose lines are read by the rules of [`conll`](crate::conll): an empty line ends a sentence,
//! a `-DOCSTART-` line with any number of columns begins a document, and lines end in LF or CRLF.
//! The tags stand in the last two columns; columns between them and the word are passed over.
//! Files that do not fit into memory, or whose tags stand elsewhere, are read by [`TaggedReader`](crate::conll::TaggedReader).
//!
//! ```
//! use welt_data::predictions::{self, PredictionWriter};
//!
//! let text = "-DOCSTART-\tO\n\nRenal\tB-Disease\tB-Disease\nfailure\tI-Disease\tO\n\n";
//! let read = predictions::parse(text)?;
//! assert!(read.has_documents());
//! assert_eq!(read.sentences[0].words, ["Renal", "failure"]);
//! assert_eq!(read.sentences[0].predicted, ["B-Disease", "O"]);
//!
//! let mut writer = PredictionWriter::new(Vec::new());
//! for sentence in &read.sentences {
//!     writer.write(sentence)?;
//! }
//! assert_eq!(writer.into_inner(), text.as_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::Write;
use std::path::Path;

use crate::conll::{DocumentLines, Table, WordColumn, write_columns};
use crate::error::{CorpusError, CorpusErrorKind, DataError};

/// A sentence whose words have gold and predicted tags, as many of each as there are words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictedSentence<'t> {
    /// The words.
    pub words: Vec<&'t str>,
    /// What they should have been tagged.
    pub gold: Vec<&'t str>,
    /// What they were tagged.
    pub predicted: Vec<&'t str>,
    /// The document that the sentence stands in, from 1; 0 where no document is known.
    pub document: usize,
}

/// What stands in a prediction file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predictions<'t> {
    /// The sentences in file order: at least one, each of at least one word.
    pub sentences: Vec<PredictedSentence<'t>>,
    /// How many `-DOCSTART-` lines the file holds.
    pub document_lines: usize,
}

impl Predictions<'_> {
    /// Whether the file says which document a sentence stands in: without any `-DOCSTART-` line nothing is known of documents.
    #[must_use]
    pub const fn has_documents(&self) -> bool {
        self.document_lines > 0
    }
}

/// Something at a line of a prediction file; who opened the file says which one it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct PredictionsError {
    /// The line, from 1.
    pub line: usize,
    /// What is there.
    pub kind: CorpusErrorKind,
}

/// Reads the text of a prediction file.
///
/// A sentence has the number of the `-DOCSTART-` lines before it as its document, 0 before the first.
///
/// # Errors
/// A NUL byte or a carriage return within a line, no sentence at all, fewer columns than three or columns that differ in number, or an empty word or tag.
pub fn parse(text: &str) -> Result<Predictions<'_>, PredictionsError> {
    read_table(text).map_err(|error| PredictionsError { line: error.line, kind: error.kind })
}

/// The table has no file whose path it could name.
fn read_table(text: &str) -> Result<Predictions<'_>, Box<CorpusError>> {
    let table = Table::read(Path::new(""), text.as_bytes(), WordColumn::Number(1))?;
    let columns = table.layout.columns;
    if columns < 3 {
        return Err(table.error_at_first_line(CorpusErrorKind::Unexpected {
            found: format!("{columns} column(s)"),
            expected: "a word, its gold tag and its predicted one, between TABs or spaces",
            advice: "is this a file of predictions?",
        }));
    }
    let sentences = table.sentences(|rows| -> Result<_, Box<CorpusError>> {
        let column = |number| rows.iter().map(|row| table.tag(row, number)).collect::<Result<_, _>>();
        Ok(PredictedSentence {
            words: rows.iter().map(|row| table.word(row)).collect::<Result<_, _>>()?,
            gold: column(columns - 1)?,
            predicted: column(columns)?,
            document: table.document(&rows[0]),
        })
    })?;
    Ok(Predictions { sentences, document_lines: table.layout.document_lines })
}

/// Writes the sentences of a prediction file, with a [`DOCUMENT_LINE`](crate::conll::DOCUMENT_LINE) wherever the number of the document changes.
///
/// Whoever compares document by document later finds the borders that the corpus has; sentences of no known document, numbered 0, get no such line.
#[derive(Debug)]
pub struct PredictionWriter<W> {
    out: W,
    documents: DocumentLines,
}

impl<W: Write> PredictionWriter<W> {
    /// Writes to `out`, in small pieces: a file wants a buffer before it.
    pub fn new(out: W) -> Self {
        Self { out, documents: DocumentLines::default() }
    }

    /// Writes the next sentence.
    ///
    /// # Errors
    /// A word or tag that the format cannot hold, as many tags as there are not words, or a write that fails.
    pub fn write(&mut self, sentence: &PredictedSentence<'_>) -> Result<(), DataError> {
        let PredictedSentence { words, gold, predicted, document } = sentence;
        self.documents.write(&mut self.out, *document)?;
        write_columns(&mut self.out, words, &[gold, predicted])
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}
