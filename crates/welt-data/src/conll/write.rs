//! Writes CoNLL-like files that the reader reads back as they were: word TAB tag, LF, an empty line after each sentence.
//! White space and characters of no width at the ends of a word are written and not read.
//! A `-DOCSTART-` line and an empty one stand where another document begins.

use std::fmt::Display;
use std::io::Write;

use super::rows::{Line, kind};
use crate::corpus::Sentence;
use crate::error::DataError;

/// The line that begins a document, and the empty one after it, as in CoNLL-2003.
pub const DOCUMENT_LINE: &str = "-DOCSTART-\tO\n\n";

/// Writes sentences with their tags, one word a line, and a `-DOCSTART-` line wherever the number of the document changes.
///
/// Documents are read back with their numbers where these run from 1 without a gap, else numbered anew in the same order.
/// Sentences of no known document that follow a document are read back as one document, since no line ends the one before.
///
/// # Errors
/// A word that the format cannot hold, as many tags as there are not words, or a write that fails.
pub fn write(out: &mut impl Write, sentences: &[Sentence]) -> Result<(), DataError> {
    SentenceWriter::default().write(out, sentences)
}

/// Begins documents: the line between them stands wherever the number of the document changes, and a file begins with document 0.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DocumentLines {
    /// The number of the document that was written last.
    document: usize,
}

impl DocumentLines {
    /// Writes a [`DOCUMENT_LINE`] where the sentence that follows is of another document than the one before.
    pub fn write(&mut self, out: &mut impl Write, document: usize) -> Result<(), DataError> {
        if document != self.document {
            out.write_all(DOCUMENT_LINE.as_bytes())?;
            self.document = document;
        }
        Ok(())
    }
}

/// Writes the sentences of one file that come in several parts, as [`write()`] writes them in one.
#[derive(Debug, Clone, Copy, Default)]
pub struct SentenceWriter {
    documents: DocumentLines,
}

impl SentenceWriter {
    /// Writes the sentences that follow.
    ///
    /// # Errors
    /// As for [`write()`].
    pub fn write(&mut self, out: &mut impl Write, sentences: &[Sentence]) -> Result<(), DataError> {
        for sentence in sentences {
            self.documents.write(out, sentence.document)?;
            write_columns(out, &sentence.words, &[&sentence.tags])?;
        }
        Ok(())
    }
}

/// Writes one sentence with one column of tags or more, for example gold and predicted ones.
///
/// # Errors
/// A word or tag that the format cannot hold, as many tags as there are not words, no column of tags, or a write that fails.
pub fn write_columns<T: Display>(
    out: &mut impl Write,
    words: &[impl AsRef<str>],
    columns: &[&[T]],
) -> Result<(), DataError> {
    if columns.is_empty() {
        return Err(DataError::NoTagColumn);
    }
    for column in columns {
        if column.len() != words.len() {
            return Err(DataError::UnequalLengths { words: words.len(), tags: column.len() });
        }
    }
    let mut line = String::new();
    for (index, word) in words.iter().enumerate() {
        line.clear();
        line.push_str(checked(word.as_ref())?);
        for column in columns {
            let tag = column[index].to_string();
            line.push('\t');
            line.push_str(checked(&tag)?);
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(out.write_all(b"\n")?)
}

/// Everything that the reader takes for a word is written.
///
/// One word does not come back as it was: where a file begins with U+FEFF, readers take that for a byte order mark.
pub(crate) fn checked(text: &str) -> Result<&str, DataError> {
    let is_mark = || matches!(kind(text.as_bytes()), Line::Document | Line::Marker);
    let plain = text.bytes().all(|byte| byte > b'\r');
    if text.is_empty() || is_mark() || !plain && text.contains(['\t', '\n', '\r', '\0']) {
        return Err(DataError::Unrepresentable { text: text.to_owned() });
    }
    Ok(text)
}
