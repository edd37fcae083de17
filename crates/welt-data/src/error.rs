//! What can be wrong with a file: where, what was found, what was expected, and what to do about it.
//! Every function of the crate answers with [`DataError`]; text input answers `path:line:column: message`.
//!
//! ```
//! use std::path::Path;
//! use welt_data::conll;
//!
//! let error = conll::parse(Path::new("dev.tsv"), b"no\tO\nataxia\tDisease\nin\tO\n", conll::TagColumn::Find).unwrap_err();
//! assert!(error.to_string().starts_with("dev.tsv:2:8: `Disease` is not a tag"));
//! ```

use std::io;
use std::path::{Path, PathBuf};

use welt_tags::{Tag, TagError};

use crate::document::DocumentFault;
use crate::format::{Format, UnknownFormat};
use crate::gzip::GzipFault;
use crate::layout::Separator;
use crate::ledger::{RefusedLosses, UnknownLoss};
use crate::text::{LONGEST_DOCUMENT, LONGEST_LINE};

/// Whatever can go wrong between a file and its sentences.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system does not give the file.
    #[error("{}: cannot be read: {source}; expected a file to read, check the path", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file packed by gzip that cannot be unpacked.
    #[error("{}: is {fault}", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: GzipFault,
    },
    /// The path is a folder.
    #[error("{}: is a folder, expected a file; name one of the files in it", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system does not take the file.
    #[error("{}: cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Something at one position of a text file.
    #[error(transparent)]
    Corpus(#[from] Box<CorpusError>),
    /// Tags that make no label set.
    #[error(transparent)]
    Labels(#[from] TagError),
    /// What is written does not arrive.
    #[error("the sentences cannot be written: {0}")]
    Output(#[from] io::Error),
    /// What is kept of a corpus in a temporary file is not taken or not given back.
    #[error("a temporary file cannot be used: {0}; expected room in the folder for such files, which TMPDIR names")]
    Temporary(io::Error),
    /// A word or tag that the file format cannot hold: it would be read back as something else.
    #[error(
        "`{}` cannot stand in a CoNLL-like file: expected a text that is not empty, without TAB, line break, NUL or a leading byte order mark, not beginning with `-DOCSTART-`, `<ALL>` or `</ALL>`; replace it before writing",
        text.escape_debug()
    )]
    Unrepresentable {
        /// The word or tag.
        text: String,
    },
    /// A sentence whose columns differ in length.
    #[error("a sentence of {words} words has {tags} tags, expected as many tags as words")]
    UnequalLengths {
        /// Words of the sentence.
        words: usize,
        /// Tags of the sentence.
        tags: usize,
    },
    /// No column of tags to write.
    #[error("a sentence without a column of tags was to be written, expected at least one column")]
    NoTagColumn,
    /// A document whose passages overlap or stand in another order than that of their offsets.
    #[error(
        "document `{document}`: the passage {passage} does not begin behind the one before it, expected passages that do not overlap, in the order of their offsets; correct the offsets"
    )]
    Passages {
        /// The id of the document.
        document: String,
        /// The passage, from 1.
        passage: usize,
    },
    /// A document without sentences, where those of the source are asked for.
    #[error(
        "document `{document}` comes without sentences, expected the words of each sentence; have them found by rules or by lines"
    )]
    NoGivenSentences {
        /// The id of the document.
        document: String,
    },
    /// A word of a document's own sentences that does not fit its text.
    #[error(
        "document `{document}`: the word at the characters {start}..{end} is empty, does not follow the word before it, or leaves the passage of its sentence; expected words in the order of the text"
    )]
    GivenWord {
        /// The id of the document.
        document: String,
        /// Where the word begins, in characters of the document.
        start: usize,
        /// Where it ends, exclusive.
        end: usize,
    },
    /// What was lost or changed and is not allowed.
    #[error(transparent)]
    Losses(#[from] RefusedLosses),
    /// A text that names no loss.
    #[error(transparent)]
    UnknownLoss(#[from] UnknownLoss),
    /// A name that is no format's.
    #[error(transparent)]
    UnknownFormat(#[from] UnknownFormat),
    /// A format that documents cannot be written in.
    #[error(
        "documents cannot be written as {format}, expected one of {}",
        Format::ALL.into_iter().filter(|format| format.can_be_written()).map(Format::name).collect::<Vec<_>>().join(", ")
    )]
    FormatNotWritten {
        /// The format.
        format: Format,
    },
    /// A format of several files where there is one stream.
    #[error("{format} is a format of several files, expected one that stands in a single stream; name a path instead")]
    FormatOfSeveralFiles {
        /// The format.
        format: Format,
    },
    /// A format whose documents cannot be told apart before they are understood.
    #[error(
        "{format} cannot be cut into raw documents, expected one of {}; read its documents",
        Format::ALL.into_iter().filter(|format| format.is_cut()).map(Format::name).collect::<Vec<_>>().join(", ")
    )]
    FormatNotCut {
        /// The format.
        format: Format,
    },
    /// A corpus of several files without one of them.
    #[error("{}: holds no {missing}, expected a corpus of {format} with it; name another folder or file", path.display())]
    MissingFile {
        /// The folder.
        path: PathBuf,
        /// The format.
        format: Format,
        /// The file.
        missing: &'static str,
    },
    /// A document to be written that is not one.
    #[error("document `{}`: {fault}", document.escape_debug())]
    Document {
        /// Its id.
        document: String,
        /// What is wrong with it.
        fault: DocumentFault,
    },
    /// Something of a document that makes the format break: it would be read back as something else.
    #[error(
        "document `{}` cannot be written as {format}: found {found}, expected {expected}; change it or choose another format",
        document.escape_debug()
    )]
    UnrepresentableDocument {
        /// Its id.
        document: String,
        /// The format.
        format: Format,
        /// What cannot be written.
        found: String,
        /// What could be.
        expected: &'static str,
    },
    /// A view that cannot be made of these sentences.
    #[error(transparent)]
    View(#[from] ViewError),
}

impl DataError {
    /// The error of a file that does not give its bytes: a folder, one whose packing is wrong, or what the operating system says.
    #[must_use]
    pub fn unreadable(path: &Path, source: io::Error) -> Self {
        let fault = source.get_ref().and_then(|inner| inner.downcast_ref::<GzipFault>());
        match fault {
            Some(fault) => Self::Gzip { path: path.to_owned(), fault: fault.clone() },
            None if source.kind() == io::ErrorKind::IsADirectory => Self::Folder { path: path.to_owned() },
            None => Self::Unreadable { path: path.to_owned(), source },
        }
    }
}

/// Something at one position of a text file.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}:{column}: {kind}", path.display())]
pub struct CorpusError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1; 1 where the whole line is meant.
    pub column: usize,
    /// What is there.
    pub kind: CorpusErrorKind,
}

/// Boxed, so that a result stays small where nothing is wrong.
impl From<CorpusError> for DataError {
    fn from(error: CorpusError) -> Self {
        Self::Corpus(Box::new(error))
    }
}

/// What is wrong at a position of a text file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusErrorKind {
    /// Bytes that are not UTF-8.
    #[error(
        "the byte {byte:#04x} is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`"
    )]
    NotUtf8 {
        /// The first byte that does not fit.
        byte: u8,
    },
    /// A NUL byte: a binary file, or text in UTF-16.
    #[error(
        "found a NUL byte, expected UTF-8 text: the file is binary or in UTF-16; name another file or convert it with `iconv -f UTF-16 -t UTF-8`"
    )]
    Nul,
    /// A carriage return that ends no line of a CRLF file.
    #[error("found a carriage return within a line, expected lines that end in LF or CRLF; convert the line ends")]
    CarriageReturn,
    /// A line that is longer than [`LONGEST_LINE`].
    #[error(
        "found a line of more than {LONGEST_LINE} bytes, expected lines of text no longer than that; is this the right file, or has it lost its line ends?"
    )]
    LongLine,
    /// A document or a text that is longer than [`LONGEST_DOCUMENT`].
    #[error(
        "found a document or a text of more than {LONGEST_DOCUMENT} bytes, expected no more than that in one; is this the right file, or is it cut off?"
    )]
    LongDocument,
    /// A file without any sentence.
    #[error(
        "found no sentence in {lines} lines, expected at least one word; is this the right file, and is it complete?"
    )]
    NoSentence {
        /// Lines of the file, all of them blank, separators or markers.
        lines: usize,
    },
    /// A corpus without any document.
    #[error("found no document, expected at least one as {format}; is this the right file, and is it complete?")]
    NoDocument {
        /// The format.
        format: Format,
    },
    /// Something else than the format has at this position.
    #[error("found {found}, expected {expected}; {advice}")]
    Unexpected {
        /// What is there.
        found: String,
        /// What should be.
        expected: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A document with faulty offsets.
    #[error("in document `{}`, {fault}", document.escape_debug())]
    Fault {
        /// Its id.
        document: String,
        /// What is wrong with it.
        fault: DocumentFault,
    },
    /// Text that is not well-formed XML.
    #[error("found {found}, expected well-formed XML in UTF-8; correct the file or fetch it again")]
    Xml {
        /// What the parser says.
        found: String,
    },
    /// An entity of XML that is not predefined.
    #[error(
        "found the entity `&{name};`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it"
    )]
    Entity {
        /// Its name.
        name: String,
    },
    /// Text that is not the JSON of a format.
    #[error("{found}; expected {expected}; correct the file or fetch it again")]
    Json {
        /// What the parser says.
        found: String,
        /// What should be there.
        expected: &'static str,
    },
    /// A line with more or fewer columns than the first.
    #[error(
        "found {found} column(s), expected {expected} as on line {first_line} (columns are separated by {separator}); correct the line"
    )]
    ColumnCount {
        /// Columns of this line.
        found: usize,
        /// Columns of the first line with words.
        expected: usize,
        /// Where the first line with words stands, from 1.
        first_line: usize,
        /// What separates the columns in the first line with words.
        separator: Separator,
    },
    /// A TAB in a file that began with spaces as separators.
    #[error(
        "found a TAB, expected columns separated by spaces as on line {first_line}; use one separator in the whole file"
    )]
    MixedSeparators {
        /// Where the first line with words stands, from 1.
        first_line: usize,
    },
    /// Nothing stands where the word should.
    #[error("found nothing in column {number}, expected a word; write the word or delete the line")]
    EmptyWord {
        /// The column of the words, from 1.
        number: usize,
    },
    /// Nothing stands where a tag should.
    #[error("found nothing in column {number}, expected a tag; write the tag, O for a word outside every entity")]
    EmptyTag {
        /// The column of the tags, from 1.
        number: usize,
    },
    /// A text in the column of tags that is no tag.
    #[error("{source}; correct the line or name another column of tags than {number}")]
    NotATag {
        /// What the text is.
        source: TagError,
        /// The column of the tags, from 1.
        number: usize,
    },
    /// A tag by its number, which no name is known for.
    #[error(
        "found the tag number {number}, expected the name of a tag, or names for the numbers; give the names in the order of their numbers (O, B-Disease, ...), or put the `dataset_info.json` of the data set beside the file"
    )]
    TagNumber {
        /// The number.
        number: String,
    },
    /// No column in which every line holds a tag.
    #[error(
        "found no column of tags among {columns} column(s), here `{line}`; expected one such as O, B-Disease or I in every line after the word; name the column or another file"
    )]
    NoColumnOfTags {
        /// Columns of the file.
        columns: usize,
        /// The first line with words.
        line: String,
    },
    /// A column was asked for that the file does not have.
    #[error(
        "found {columns} column(s), expected a column {asked}; name one that is there, from 1 or from -1 at the end"
    )]
    NoSuchColumn {
        /// The column asked for, from 1, or negative from the end.
        asked: isize,
        /// Columns of the file.
        columns: usize,
    },
    /// The column of words was asked for as a column of tags.
    #[error(
        "column {asked} of {columns} holds the words, expected another one for the tags; name another column, or a file with more columns"
    )]
    WordColumn {
        /// The column asked for, from 1, or negative from the end.
        asked: isize,
        /// Columns of the file.
        columns: usize,
    },
    /// A tag that a model has no label for.
    #[error(
        "the tag `{tag}` in column {tag_column} is not among the labels {}; correct the line, or take the labels from this file too",
        labels.join(", ")
    )]
    UnknownLabel {
        /// The tag.
        tag: Tag,
        /// The column of the tags, from 1.
        tag_column: usize,
        /// The labels.
        labels: Vec<String>,
    },
}

/// What stands in the way of a view of a corpus.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// Folds that are fewer than two, or more than there is to share out.
    #[error("{folds} folds were asked of {units} {unit}, expected at least 2 and no more than there are {unit}")]
    Folds {
        /// The folds asked for.
        folds: usize,
        /// What can be shared out.
        units: usize,
        /// What that is: `documents` or `sentences`.
        unit: &'static str,
    },
    /// A share that is no number from 0 to 1.
    #[error("a share of {found} of the sentences was asked for, expected a number from 0 to 1")]
    Fraction {
        /// The number.
        found: f64,
    },
    /// A type that no entity has.
    #[error("no entity is of type `{found}`, expected one of {}; name a type that occurs", known.join(", "))]
    UnknownType {
        /// The type.
        found: String,
        /// The types that occur, `_` for bare tags.
        known: Vec<String>,
    },
    /// A type that is to become two others.
    #[error("the type `{found}` is to be renamed twice, expected one new name for each type")]
    RenamedTwice {
        /// The type.
        found: String,
    },
    /// A new name of a type that no file could hold.
    #[error(
        "`{}` cannot be the name of a type, expected a text that is not empty, without white space or control characters",
        found.escape_debug()
    )]
    TypeName {
        /// The name.
        found: String,
    },
    /// Entities of two types that would become one entity under one name.
    #[error(
        "line {line}: entities that touch would become one under the name `{name}`; convert the tags to IOB2 before renaming"
    )]
    Joined {
        /// The line of the first of their words, from 1.
        line: usize,
        /// The new name.
        name: String,
    },
    /// Corpora that differ in the number of their sentences.
    #[error("the corpora have {first} and {second} sentences, expected the same sentences in both")]
    SentenceCounts {
        /// Sentences of the first corpus.
        first: usize,
        /// Sentences of the second corpus.
        second: usize,
    },
    /// Corpora that differ in a word.
    #[error(
        "line {first_line} of the first corpus and line {second_line} of the second differ: found {first} and {second}, expected the same words in both"
    )]
    Words {
        /// The line in the first corpus, from 1.
        first_line: usize,
        /// The line in the second corpus, from 1.
        second_line: usize,
        /// The word of the first corpus in quotation marks, or that the sentence ends.
        first: String,
        /// The word of the second corpus, likewise.
        second: String,
    },
    /// A tag that the reader of a scheme refuses.
    #[error("line {line}: {source}")]
    Tag {
        /// The line of the word, from 1; of the first word of the sentence where it is about more than one.
        line: usize,
        /// What the reader says.
        source: TagError,
    },
}
