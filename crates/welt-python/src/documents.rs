//! What `welt.read_documents`, `welt.write_documents` and `welt.convert` are made of.
//! Paths, bytes and dictionaries in, documents as dictionaries out, with the ledger of what was not kept.

use std::io::{BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pythonize::{depythonize, pythonize};
use serde::Serialize;
use welt_data::alignment::{Breaks, Rules, align, count_unwritten, write_json_lines, write_text};
use welt_data::conll;
use welt_data::formats::{self, DocumentWriter, Documents, Format};
use welt_data::ledger::{self, Allowed, Item, Ledger, Stage};
use welt_data::{DataError, Document};
use welt_files::NewFile;
use welt_tags::Scheme;

use crate::errors::{raised, refused};

/// So many losses are listed under each name, unless more are asked for.
const LISTED: usize = 10;

/// Documents of a file or folder, one after the other.
#[pyclass(module = "welt._welt", name = "DocumentReader", frozen)]
pub struct DocumentReader {
    documents: Mutex<Documents<'static>>,
    format: Format,
}

#[pymethods]
impl DocumentReader {
    const fn __iter__(reader: PyRef<'_, Self>) -> PyRef<'_, Self> {
        reader
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let next = py.detach(|| self.locked().map(|mut documents| documents.next()))?;
        match next {
            None => Ok(None),
            Some(Ok(document)) => Ok(Some(pythonize(py, &document)?)),
            Some(Err(error)) => Err(raised(&error)),
        }
    }

    /// What was met so far and not kept.
    #[getter]
    fn ledger<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let account = account(self.locked()?.ledger());
        Ok(pythonize(py, &account)?)
    }

    /// The name of the format.
    #[getter]
    const fn format(&self) -> &'static str {
        self.format.name()
    }
}

impl DocumentReader {
    fn locked(&self) -> PyResult<std::sync::MutexGuard<'_, Documents<'static>>> {
        self.documents.lock().map_err(|_| refused("reading these documents was broken off: open them again"))
    }
}

/// Opens documents: a path, or bytes with a name that only messages use.
#[pyfunction]
#[pyo3(signature = (path, format=None, content=None, listed=LISTED))]
pub fn open_documents(
    path: PathBuf,
    format: Option<&str>,
    content: Option<Vec<u8>>,
    listed: usize,
) -> PyResult<DocumentReader> {
    let format = match format {
        Some(name) => parse_format(name)?,
        None => tell(&path, content.as_deref())?,
    };
    let documents = match content {
        Some(content) => formats::documents(format, &path, Cursor::new(content)),
        None => formats::open(&path, format),
    };
    let documents = documents.map_err(|error| raised(&error))?.listing(listed);
    Ok(DocumentReader { documents: Mutex::new(documents), format })
}

fn parse_format(name: &str) -> PyResult<Format> {
    name.parse().map_err(|error: formats::UnknownFormat| raised(&error))
}

fn tell(path: &Path, content: Option<&[u8]>) -> PyResult<Format> {
    let untold =
        |reason: &dyn std::fmt::Display| refused(format!("{}: {reason}: name it with format=", path.display()));
    let head = match content {
        Some(content) => content.iter().copied().take(Format::HEAD as usize).collect(),
        None if path.is_dir() => Vec::new(),
        None => {
            let mut head = Vec::new();
            let file = welt_data::open_file(path).map_err(|error| raised(&error))?;
            std::io::Read::read_to_end(&mut std::io::Read::take(file, Format::HEAD), &mut head)
                .map_err(|error| untold(&error))?;
            head
        }
    };
    Format::tell(path, &head).map_err(|reason| untold(&reason))
}

/// How documents are written, and what of them may be lost.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Writing {
    format: String,
    /// Where to; as bytes where there is no path.
    path: Option<PathBuf>,
    scheme: String,
    allow: Vec<String>,
    listed: usize,
}

/// What was written where no path was given, and the account.
type Written<'py> = PyResult<(Option<Bound<'py, PyBytes>>, Bound<'py, PyAny>)>;

/// Writes documents that Python holds; what the format cannot hold must be allowed by name.
#[pyfunction]
pub fn write_documents<'py>(py: Python<'py>, documents: Vec<Bound<'py, PyAny>>, writing: Writing) -> Written<'py> {
    let document =
        |document: &Bound<'py, PyAny>| depythonize::<Document>(document).map_err(|error| no_document(&error));
    let documents = documents.iter().map(document).collect::<PyResult<Vec<_>>>()?;
    written(py, Source::Held(documents.into_iter()), &writing)
}

/// Converts a file or folder, a document at a time.
#[pyfunction]
#[pyo3(signature = (path, format, writing))]
pub fn convert_documents<'py>(py: Python<'py>, path: PathBuf, format: Option<&str>, writing: Writing) -> Written<'py> {
    let format = match format {
        Some(name) => parse_format(name)?,
        None => tell(&path, None)?,
    };
    let documents = formats::open(&path, format).map_err(|error| raised(&error))?.listing(writing.listed);
    written(py, Source::Read(Box::new(documents)), &writing)
}

fn written<'py>(py: Python<'py>, source: Source, writing: &Writing) -> Written<'py> {
    let target = Target::of(writing)?;
    let (bytes, ledger) = py.detach(|| target.write(source))?;
    Ok((bytes.map(|bytes| PyBytes::new(py, &bytes)), pythonize(py, &account(&ledger))?))
}

fn no_document(error: &dyn std::error::Error) -> PyErr {
    refused(format!("{error}, expected a document as welt.read_documents gives it: id, passages, mentions"))
}

/// Where documents come from.
enum Source {
    /// A file or folder.
    Read(Box<Documents<'static>>),
    /// Python.
    Held(std::vec::IntoIter<Document>),
}

impl Source {
    fn next(&mut self) -> Option<Result<Document, DataError>> {
        match self {
            Self::Read(documents) => documents.next(),
            Self::Held(documents) => documents.next().map(Ok),
        }
    }

    /// What was not kept on the way here.
    fn ledger(&self) -> Ledger {
        match self {
            Self::Read(documents) => documents.ledger().clone(),
            Self::Held(_) => Ledger::listing(0),
        }
    }
}

/// What documents are written as.
struct Target<'w> {
    format: Format,
    scheme: Scheme,
    path: Option<&'w Path>,
    allowed: Allowed,
    listed: usize,
}

impl<'w> Target<'w> {
    fn of(writing: &'w Writing) -> PyResult<Self> {
        let allowed = match writing.allow.as_slice() {
            [all] if all == "all" => Allowed::all(),
            names => Allowed::of(names).map_err(|error| raised(&error))?,
        };
        let scheme = writing.scheme.parse().map_err(|error: welt_tags::TagError| raised(&error))?;
        let (path, listed) = (writing.path.as_deref(), writing.listed);
        Ok(Self { format: parse_format(&writing.format)?, scheme, path, allowed, listed })
    }

    /// Writes all or nothing, and gives the bytes where there is no path.
    fn write(&self, mut source: Source) -> PyResult<(Option<Vec<u8>>, Ledger)> {
        match self.path {
            Some(path) if self.format.is_written_as_folder() => {
                let writer = formats::create(path, self.format).map_err(|error| raised(&error))?;
                Ok((None, self.write_into(writer, &mut source)?))
            }
            Some(path) => {
                let mut file = NewFile::create(path).map_err(|error| raised(&error))?;
                let ledger = self.stream(&mut source, BufWriter::new(&mut file))?;
                file.finish().map_err(|error| raised(&error))?;
                Ok((None, ledger))
            }
            None => {
                let mut bytes = Vec::new();
                let ledger = self.stream(&mut source, &mut bytes)?;
                Ok((Some(bytes), ledger))
            }
        }
    }

    fn stream(&self, source: &mut Source, mut out: impl Write + Send) -> PyResult<Ledger> {
        if self.format.holds_words_and_tags() {
            let ledger = self.tagged(source, &mut out)?;
            out.flush().map_err(|error| raised(&error))?;
            return Ok(ledger);
        }
        let writer = formats::writer(self.format, out).map_err(|error| raised(&error))?;
        self.write_into(writer, source)
    }

    fn write_into(&self, writer: DocumentWriter<'_>, source: &mut Source) -> PyResult<Ledger> {
        let mut writer = writer.listing(self.listed);
        while let Some(document) = source.next() {
            let document = document.map_err(|error| raised(&error))?;
            writer.write(&document).map_err(|error| raised(&error))?;
        }
        let mut ledger = source.ledger();
        ledger.merge(writer.ledger().clone());
        self.check(&ledger)?;
        writer.finish().map_err(|error| raised(&error))?;
        Ok(ledger)
    }

    /// Words and tags, by the rules of the published corpora.
    fn tagged(&self, source: &mut Source, out: &mut impl Write) -> PyResult<Ledger> {
        let mut ledger = Ledger::listing(self.listed);
        while let Some(document) = source.next() {
            let document = document.map_err(|error| raised(&error))?;
            self.tag(&document, out, &mut ledger).map_err(|error| raised(&error))?;
        }
        let mut whole = source.ledger();
        whole.merge(ledger);
        self.check(&whole)?;
        Ok(whole)
    }

    fn tag(&self, document: &Document, out: &mut impl Write, ledger: &mut Ledger) -> Result<(), DataError> {
        let rules = Rules { breaks: Breaks::of(document), ..Rules::corpora() };
        let sentences = align(document, &rules, ledger)?;
        count_unwritten(document, &rules.types, ledger);
        if self.format == Format::HuggingFace {
            return write_json_lines(out, &document.id, &sentences, self.scheme);
        }
        out.write_all(conll::DOCUMENT_LINE.as_bytes())?;
        write_text(out, &sentences, self.scheme)
    }

    fn check(&self, ledger: &Ledger) -> PyResult<()> {
        ledger.check(&self.allowed).map_err(|losses| {
            refused(format!("nothing was written: {losses}; name in allow what may be lost, \"all\" allows everything"))
        })
    }
}

/// The account as dictionaries.
#[derive(Serialize)]
struct Loss {
    stage: String,
    name: String,
    count: usize,
    items: Vec<Item>,
}

fn account(account: &Ledger) -> Vec<Loss> {
    let loss = |(stage, loss, entry): (Stage, ledger::Loss, &ledger::Entry)| Loss {
        stage: stage.to_string(),
        name: loss.to_string(),
        count: entry.count(),
        items: entry.items.clone(),
    };
    account.entries().map(loss).collect()
}

/// The names of all formats, and whether documents can be written in them.
#[pyfunction]
pub fn format_names() -> Vec<(&'static str, bool)> {
    Format::ALL.iter().map(|format| (format.name(), format.can_be_written() || format.holds_words_and_tags())).collect()
}
