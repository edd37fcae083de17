//! Reads and writes documents in the formats of biomedical corpora.
//! A file or folder and the name of its format go in, [`Document`]s come out one after the other, and the other way round;
//! how text becomes sentences and tags is not known here.
//!
//! | name | a corpus is | read | written | one document at a time |
//! |---|---|---|---|---|
//! | `pubtator` | a file | yes | yes | yes |
//! | `bioc-xml` | a file | yes | yes | yes |
//! | `bioc-json` | a file | yes | yes | yes |
//! | `pubmed` | a file | yes | no | yes |
//! | `jats` | a file | yes | no | yes |
//! | `brat` | a folder of `.txt` and `.ann`, or `.a1` and `.a2` | yes | yes | yes |
//! | `json-lines` | a file | yes | yes | yes |
//! | `prodigy`, `doccano` | a file | yes | yes | yes |
//! | `pubannotation` | a file | yes | yes | yes |
//! | `label-studio` | a file | yes | no | yes |
//! | `hugging-face` | a file | yes | [as tagged words](crate::alignment::write_json_lines) | yes |
//! | `plain-text` | a file, or a folder of `.txt` | yes | a folder | yes |
//! | `conll` | a file | yes | no | yes, the file is read twice |
//! | `bc2gm` | `*.in`, `GENE.eval` and `ALTGENE.eval` | yes | no | yes, the annotations are held |
//! | `linnaeus` | `tags.tsv` and the folder `txt` | yes | no | yes, the annotations are held |
//! | `webanno-tsv` | a file, or a folder of `.tsv` | yes | no | yes |
//! | `conll-u` | a file | yes | no | yes |
//! | `drugprot` | `*abstracts*.tsv` and `*entities*.tsv` | yes | no | yes, the annotations are held |
//! | `i2b2` | `.txt` and `.con` | yes | no | yes |
//! | `chemdner` | `*abstracts.txt` and `*annotations.txt` | yes | no | yes, the annotations are held |
//!
//! Nothing is lost silently: what a reader does not keep stands in [`Documents::ledger`], what a format cannot hold in [`DocumentWriter::ledger`].
//! Offsets are kept as the file states them, also where they or the stated text do not fit the text;
//! only an offset that ends before it starts is refused.
//!
//! ```
//! use std::path::Path;
//! use welt_data::formats::{self, Format};
//!
//! let text = "1|t|Ataxia.\n1|a|No cure.\n1\t0\t6\tAtaxia\tDisease\tD001259\n1\tCID\tD1\tD2\n";
//! let mut documents = formats::documents(Format::PubTator, Path::new("train.txt"), text.as_bytes())?;
//! let document = documents.next().ok_or("no document")??;
//! assert_eq!(document.text(), "Ataxia. No cure.");
//! assert_eq!(documents.ledger().summary(), "1 unread-relation (first at train.txt:4:1)");
//!
//! let mut out = Vec::new();
//! let mut writer = formats::writer(Format::PubTator, &mut out)?;
//! writer.write(&document)?;
//! assert!(writer.finish()?.is_lossless());
//! assert_eq!(out, text.replace("1\tCID\tD1\tD2\n", "\n").as_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod annotations;
mod bc2gm;
mod bioc;
mod bioc_json;
mod bioc_xml;
mod book;
mod brat;
mod chemdner;
mod conll;
mod conll_u;
mod cutting;
mod databases;
mod detect;
mod doccano;
mod drugprot;
mod element;
mod files;
mod folder;
mod foreign;
mod head;
mod hugging_face;
mod i2b2;
mod ids;
mod jats;
mod json;
mod json_keys;
mod json_lines;
mod json_values;
mod label_studio;
mod lines;
mod linnaeus;
mod one_text;
mod passages;
mod plain_text;
mod position;
mod prodigy;
mod pubannotation;
mod pubmed;
mod pubtator;
mod raw;
mod records;
mod skip;
mod spool;
mod tag_names;
mod units;
mod webanno;
mod xml;

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use welt_tags::Chunking;

use crate::conll::Columns;
use crate::document::Document;
use crate::error::{CorpusError, CorpusErrorKind, DataError};
use crate::gzip::{self, Unpacked};
use crate::ledger::{Ledger, Loss};
use crate::text::open as open_file;
use book::Book;

pub use crate::format::{Format, UnknownFormat};
pub use cutting::RawDocuments;
pub use position::FilePosition;
pub use raw::RawDocument;
pub use spool::{HELD_BYTES, hold, spool};
pub use tag_names::{NoTagNames, TagNames};

impl Format {
    /// The format of a file or folder, by what is in it and by its name; nothing where neither tells, or where they tell several.
    ///
    /// `start` is the first bytes of the file, unpacked; a thousand mostly do, and [`Format::HEAD`] always; a folder is looked into instead.
    /// What the bytes say goes before what the name says.
    #[must_use]
    pub fn detect(path: &Path, start: &[u8]) -> Option<Self> {
        Self::tell(path, start).ok()
    }

    /// The same, or why it cannot be told: which formats it may be in, or which other tool seems to have written it.
    ///
    /// ```
    /// use std::path::Path;
    /// use welt_data::formats::Format;
    ///
    /// let bracket = b"[\tO\nAtaxia\tB-Disease\n]\tO\n";
    /// assert_eq!(Format::tell(Path::new("-"), bracket).ok(), Some(Format::Conll));
    ///
    /// let untold = Format::tell(Path::new("a.xml"), b"<GateDocument>").unwrap_err();
    /// assert!(untold.to_string().starts_with("looks like a document of GATE"));
    /// ```
    ///
    /// # Errors
    /// None or several formats fit.
    pub fn tell(path: &Path, start: &[u8]) -> Result<Self, Untold> {
        match detect::candidates(path, start).as_slice() {
            [only] => Ok(*only),
            several => Err(Untold { candidates: several.to_vec(), looks_like: foreign::looks_like(path, start) }),
        }
    }

    /// So many of the first bytes of a file tell its format: a title or a text may stand before the keys that do.
    pub const HEAD: u64 = 1 << 16;
}

/// Why the format of a file or folder cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub struct Untold {
    /// The formats that fit equally well, two or more; none where nothing fits.
    pub candidates: Vec<Format>,
    /// What another tool it looks to be from and what to do then, where it is JSON or XML.
    pub looks_like: Option<String>,
}

impl Untold {
    fn reason(&self) -> String {
        match (&self.looks_like, self.candidates.as_slice()) {
            (Some(other), []) => format!("looks like {other}"),
            (_, []) => "its format cannot be told from its name or content".to_owned(),
            (_, several) => {
                let names: Vec<&str> = several.iter().map(|format| format.name()).collect();
                format!("its format may be {}", names.join(" or "))
            }
        }
    }
}

/// The documents of a corpus in file order, at least one.
/// After an error there are no more: what follows a mistake cannot be trusted to be cut right.
pub struct Documents<'r> {
    source: Box<dyn Source + Send + 'r>,
    path: Arc<Path>,
    format: Format,
    read: usize,
    ended: bool,
}

impl Documents<'_> {
    /// What was met so far and not kept.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        self.source.ledger()
    }

    /// Lists at most so many of what is skipped from here on under each name; none else.
    #[must_use]
    pub fn listing(mut self, listed: usize) -> Self {
        self.source.list(listed);
        self
    }

    fn new<'r>(format: Format, path: &Arc<Path>, source: impl Source + Send + 'r) -> Documents<'r> {
        Documents { source: Box::new(source), path: Arc::clone(path), format, read: 0, ended: false }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Document, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.source.next_document();
        self.ended = !matches!(next, Ok(Some(_)));
        match next.transpose() {
            Some(Ok(document)) => {
                self.read += 1;
                Some(Ok(document))
            }
            None if self.read == 0 => {
                let kind = CorpusErrorKind::NoDocument { format: self.format };
                Some(Err(CorpusError { path: self.path.to_path_buf(), line: 1, column: 1, kind }.into()))
            }
            other => other,
        }
    }
}

impl fmt::Debug for Documents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").field("path", &self.path).field("format", &self.format).finish_non_exhaustive()
    }
}

/// Writes documents, and keeps account of what the format cannot hold of them.
pub struct DocumentWriter<'w> {
    sink: Box<dyn Sink + Send + 'w>,
    ledger: Ledger,
}

impl<'w> DocumentWriter<'w> {
    /// Writes one document.
    ///
    /// # Errors
    /// A document that breaks what [`Document::check`] asks for, one that the format cannot hold at all, or an output that does not take it.
    pub fn write(&mut self, document: &Document) -> Result<(), DataError> {
        document.check().map_err(|fault| DataError::Document { document: document.id.clone(), fault })?;
        let mut losses = Book::of(document, &mut self.ledger);
        if !self.sink.keeps_scores() {
            for mention in document.mentions.iter().filter(|mention| mention.score.is_some()) {
                losses.add_of(Loss::UnwrittenScores, mention);
            }
        }
        self.sink.write(document, &mut losses)
    }

    /// Lists at most so many of what is lost from here on under each name; none else.
    #[must_use]
    pub fn listing(mut self, listed: usize) -> Self {
        self.ledger = Ledger::listing(listed);
        self
    }

    /// Goes on behind documents that an earlier writer of the format wrote, at least one.
    ///
    /// # Errors
    /// A folder of documents that cannot be read.
    pub fn goes_on(&mut self) -> Result<(), DataError> {
        self.sink.goes_on()
    }

    /// The files that were written into a folder since this was asked last, by their paths in it; nothing the first time, from which on
    /// they are kept for whoever asks.
    pub fn files(&mut self) -> Vec<String> {
        self.sink.files()
    }

    /// What could not be held so far.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Writes the end of the file; without it the file may not be complete.
    ///
    /// # Errors
    /// An output that does not take it.
    pub fn finish(mut self) -> Result<Ledger, DataError> {
        self.sink.finish()?;
        Ok(self.ledger)
    }

    fn new(sink: impl Sink + Send + 'w) -> Self {
        Self { sink: Box::new(sink), ledger: Ledger::listing(0) }
    }
}

impl fmt::Debug for DocumentWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentWriter").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

/// Opens a corpus: a file, or a folder where the format is one of several files.
///
/// BRAT also takes one `.txt`, `.ann` or `.a1`, BC2GM the file of sentences, LINNAEUS `tags.tsv` and CHEMDNER the file of abstracts; the other files are found beside it.
///
/// # Errors
/// A file that cannot be read or is not there.
pub fn open(path: &Path, format: Format) -> Result<Documents<'static>, DataError> {
    let name = Arc::from(path);
    match format {
        Format::Brat => Ok(Documents::new(format, &name, brat::Reader::open(path)?)),
        Format::Bc2gm => Ok(Documents::new(format, &name, bc2gm::open(path)?)),
        Format::Linnaeus => Ok(Documents::new(format, &name, linnaeus::Reader::open(path)?)),
        Format::Chemdner => Ok(Documents::new(format, &name, chemdner::open(path)?)),
        Format::DrugProt => Ok(Documents::new(format, &name, drugprot::open(path)?)),
        Format::I2b2 => Ok(Documents::new(format, &name, i2b2::Reader::open(path)?)),
        Format::WebAnnoTsv if path.is_dir() => Ok(Documents::new(format, &name, webanno::Reader::open(path)?)),
        Format::PlainText if path.is_dir() => Ok(Documents::new(format, &name, plain_text::Reader::open(path)?)),
        _ if path.is_dir() && format != Format::Conll => {
            Ok(Documents::new(format, &name, files::Reader::new(path, format, open)?))
        }
        Format::Conll if path.is_file() => {
            let file = File::open(path).map_err(|source| unreadable(path, source))?;
            conll_documents(path, file, Columns::FIND, Chunking::Lenient)
        }
        _ => unpacked_documents(format, path, open_file(path)?),
    }
}

/// Reads a corpus from a stream, unpacked where it is packed by gzip; `path` only names it in messages, and in the ids of documents where the format has none.
/// What has to be read twice, as CoNLL, goes to a temporary file where it is long ([`spool`]).
///
/// # Errors
/// A format of several files.
pub fn documents<'r>(
    format: Format,
    path: &Path,
    reader: impl BufRead + Send + 'r,
) -> Result<Documents<'r>, DataError> {
    let reader = Unpacked::new(reader).map_err(|source| unreadable(path, source))?;
    unpacked_documents(format, path, reader)
}

fn unpacked_documents<'r>(
    format: Format,
    path: &Path,
    reader: impl BufRead + Send + 'r,
) -> Result<Documents<'r>, DataError> {
    let name: Arc<Path> = Arc::from(path);
    match format {
        Format::PubTator | Format::BiocJson | Format::Pubmed | Format::Jats | Format::JsonLines => {
            Ok(Documents::new(format, &name, cutting::Reader::new(RawDocuments::new(format, path, reader)?)))
        }
        Format::BiocXml => Ok(Documents::new(format, &name, bioc_xml::Reader::new(&name, reader)?)),
        Format::Prodigy => Ok(Documents::new(format, &name, prodigy::reader(&name, reader)?)),
        Format::Doccano => Ok(Documents::new(format, &name, doccano::reader(&name, reader)?)),
        Format::PubAnnotation => Ok(Documents::new(format, &name, pubannotation::reader(&name, reader)?)),
        Format::LabelStudio => Ok(Documents::new(format, &name, label_studio::reader(&name, reader)?)),
        Format::HuggingFace => Ok(Documents::new(format, &name, hugging_face::Reader::new(&name, reader, None)?)),
        Format::PlainText => Ok(Documents::new(format, &name, plain_text::Stream::new(&name, reader))),
        Format::WebAnnoTsv => Ok(Documents::new(format, &name, webanno::Stream::new(&name, reader))),
        Format::ConllU => Ok(Documents::new(format, &name, conll_u::Reader::new(&name, reader))),
        Format::Conll => conll_documents(path, spool(path, reader)?, Columns::FIND, Chunking::Lenient),
        Format::Brat | Format::Bc2gm | Format::Linnaeus | Format::Chemdner | Format::DrugProt | Format::I2b2 => {
            Err(DataError::FormatOfSeveralFiles { format })
        }
    }
}

/// Reads a CoNLL-like file twice, first for what only all of it tells, then document by document.
///
/// Read leniently, every tag goes into an entity, as [`Sentence::entities`](crate::Sentence::entities) has it; what the rules of a scheme forbid is skipped and counted.
///
/// ```
/// use std::io::Cursor;
/// use std::path::Path;
/// use welt_data::conll::Columns;
/// use welt_data::formats;
/// use welt_data::ledger::Loss;
/// use welt_tags::{Chunking, Scheme};
///
/// let text = "no\tO\nataxia\tI-Disease\n\ngout\tB-Disease\n";
/// for (chunking, mentions, tags) in [(Chunking::Lenient, 2, 0), (Chunking::Strict(Scheme::Iob2), 1, 1)] {
///     let mut documents = formats::conll_documents(Path::new("train.tsv"), Cursor::new(text), Columns::FIND, chunking)?;
///     let document = documents.next().ok_or("no document")??;
///     assert_eq!((document.mentions.len(), documents.ledger().count(Loss::UnreadTag)), (mentions, tags));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A file that cannot be read, and when strict, a tag whose prefix the scheme does not have.
pub fn conll_documents<'r>(
    path: &Path,
    mut input: impl Read + Seek + Send + 'r,
    columns: impl Into<Columns>,
    chunking: Chunking,
) -> Result<Documents<'r>, DataError> {
    let (name, columns): (Arc<Path>, Columns) = (Arc::from(path), columns.into());
    if is_packed(&mut input).map_err(|source| unreadable(path, source))? {
        let unpacked = Unpacked::new(BufReader::new(input)).map_err(|source| unreadable(path, source))?;
        let spool = spool(path, unpacked)?;
        return Ok(Documents::new(Format::Conll, &name, conll::Reader::new(&name, spool, columns, chunking)?));
    }
    Ok(Documents::new(Format::Conll, &name, conll::Reader::new(&name, input, columns, chunking)?))
}

/// Reads JSON lines of words and tags whose tags may be numbers, by the names that are given, or else by those that stand in the file or beside it.
///
/// ```
/// use std::path::Path;
/// use welt_data::formats::{TagNames, hugging_face_documents};
///
/// let lines = r#"{"id":"0","tokens":["No","ataxia","."],"ner_tags":[0,1,0]}"#;
/// let names = TagNames::parse("O,B-Disease,I-Disease")?;
/// let mut documents = hugging_face_documents(Path::new("train.jsonl"), lines.as_bytes(), Some(names))?;
/// let document = documents.next().ok_or("no document")??;
/// assert_eq!(document.text_at(&document.mentions[0]).as_deref(), Some("ataxia"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A stream that cannot be read.
pub fn hugging_face_documents<'r>(
    path: &Path,
    reader: impl BufRead + Send + 'r,
    names: Option<TagNames>,
) -> Result<Documents<'r>, DataError> {
    let name: Arc<Path> = Arc::from(path);
    let reader = Unpacked::new(reader).map_err(|source| unreadable(path, source))?;
    Ok(Documents::new(Format::HuggingFace, &name, hugging_face::Reader::new(&name, reader, names)?))
}

/// Creates a file, or a folder where the format is written as one, and writes documents into it.
///
/// # Errors
/// A format that is not written, or a file or folder that cannot be created.
pub fn create(path: &Path, format: Format) -> Result<DocumentWriter<'static>, DataError> {
    if !format.is_written_as_folder() {
        if !format.can_be_written() {
            return Err(DataError::FormatNotWritten { format });
        }
        let unwritable = |source| DataError::Unwritable { path: path.to_owned(), source };
        return writer(format, BufWriter::new(File::create(path).map_err(unwritable)?));
    }
    let folder = folder::NewFolder::create(path, format)?;
    match format {
        Format::Brat => Ok(DocumentWriter::new(brat::Writer::new(folder))),
        _ => Ok(DocumentWriter::new(plain_text::Writer::new(folder))),
    }
}

/// Writes documents to a stream.
///
/// # Errors
/// A format that is not written, or is written as a folder.
pub fn writer<'w>(format: Format, out: impl Write + Send + 'w) -> Result<DocumentWriter<'w>, DataError> {
    match format {
        Format::PubTator => Ok(DocumentWriter::new(pubtator::Writer::new(out))),
        Format::BiocXml => Ok(DocumentWriter::new(bioc_xml::Writer::new(out))),
        Format::BiocJson => Ok(DocumentWriter::new(bioc_json::Writer::new(out))),
        Format::JsonLines => Ok(DocumentWriter::new(json_lines::Writer::new(out))),
        Format::Prodigy => Ok(DocumentWriter::new(prodigy::Writer::new(out))),
        Format::Doccano => Ok(DocumentWriter::new(doccano::Writer::new(out))),
        Format::PubAnnotation => Ok(DocumentWriter::new(pubannotation::Writer::new(out))),
        Format::Brat | Format::PlainText => Err(DataError::FormatOfSeveralFiles { format }),
        _ => Err(DataError::FormatNotWritten { format }),
    }
}

/// Where documents come from.
trait Source {
    /// The next document, nothing at the end.
    fn next_document(&mut self) -> Result<Option<Document>, DataError>;

    /// What was met so far and not kept.
    fn ledger(&self) -> &Ledger;

    /// Lists at most so many of it from here on under each name.
    fn list(&mut self, listed: usize);
}

/// Where documents go.
trait Sink {
    /// Writes one document and counts what is lost.
    fn write(&mut self, document: &Document, losses: &mut Book<'_, '_>) -> Result<(), DataError>;

    /// Whether scores of annotations are written.
    fn keeps_scores(&self) -> bool {
        false
    }

    /// Takes the beginning of the file, and at least one document, for written; nothing where no document depends on those before it.
    fn goes_on(&mut self) -> Result<(), DataError> {
        Ok(())
    }

    /// What was written into a folder since this was asked last.
    fn files(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Writes what ends the file.
    fn finish(&mut self) -> Result<(), DataError>;
}

/// Whether an input that is at its start is packed by gzip; it is at its start again afterwards.
fn is_packed(input: &mut (impl Read + Seek)) -> std::io::Result<bool> {
    let mut start = Vec::new();
    input.take(gzip::MAGIC.len() as u64).read_to_end(&mut start)?;
    input.seek(SeekFrom::Start(0))?;
    Ok(start == gzip::MAGIC)
}

fn unreadable(path: &Path, source: std::io::Error) -> DataError {
    DataError::unreadable(path, source)
}
