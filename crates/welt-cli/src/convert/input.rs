//! The corpora that are converted: paths in, raw or parsed documents out, in batches of bounded size and in order.
//! What becomes of documents is not known here.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, anyhow, bail};
use indicatif::ProgressBar;
use tempfile::SpooledTempFile;
use welt_data::conll::{self, Columns, Survey};
use welt_data::formats::{self, Documents, Format, RawDocument, RawDocuments, TagNames};
use welt_data::ledger::Ledger;
use welt_data::{CorpusError, CorpusErrorKind, DataError, Document, FileReader, Unpacked};
use welt_tags::Chunking;

use crate::{not_tagged, progress, tag_names};

/// Documents of a batch, at most.
const DOCUMENTS_AT_ONCE: usize = 1024;

/// Bytes of text in a batch; the document that reaches them is the last.
const BYTES_AT_ONCE: usize = 2 << 20;

/// Bytes that are asked of a file at a time.
const BUFFER: usize = 1 << 16;

type Stream = Box<dyn BufRead + Send>;

/// A corpus that is not open yet.
pub struct Input {
    /// Its path, or what standard input is called in messages.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// What can be read only once, with what was read of it already.
    stream: Option<Stream>,
    /// All of it, once it was looked through.
    spool: Option<SpooledTempFile>,
    /// The names of tags that are numbers.
    pub tag_names: Option<TagNames>,
    /// Bytes of its file that were read so far.
    read: BytesRead,
}

/// How many bytes of a file were read, as they lie on the disk.
#[derive(Debug, Clone, Default)]
pub struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file that counts what is read of it.
struct CountedFile {
    file: File,
    read: BytesRead,
}

impl Read for CountedFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(bytes)?;
        self.read.0.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Something to convert.
pub enum Work {
    /// The text of a document.
    Raw(RawDocument),
    /// A document.
    Parsed(Document),
}

/// How tagged files are read.
#[derive(Clone, Copy)]
pub struct TagReading {
    pub columns: Columns,
    pub chunking: Chunking,
}

/// The documents of all corpora, one corpus after the other.
pub struct Source {
    inputs: VecDeque<Input>,
    open: Option<Open>,
    /// What went wrong after the batch that was given last.
    failed: Option<anyhow::Error>,
    bar: ProgressBar,
    reading: TagReading,
    listed: usize,
    /// What was met between documents and not kept, and what readers skipped that parse for themselves.
    pub skipped: Ledger,
}

enum Open {
    Raw { documents: RawDocuments<'static>, is_empty: bool, path: PathBuf, format: Format },
    Parsed(Documents<'static>),
    Sorted(std::vec::IntoIter<Document>),
}

impl TagReading {
    /// Columns are found, and every tag belongs to an entity.
    pub const LENIENT: Self = Self { columns: Columns::FIND, chunking: Chunking::Lenient };
}

impl Input {
    /// A path, `-` for standard input; the format is told from the name and the first bytes where it is not given, and is `otherwise` where these do not tell.
    ///
    /// # Errors
    /// A file that cannot be read, or whose format cannot be told.
    pub fn new(path: &Path, format: Option<Format>, otherwise: Option<Format>) -> Result<Self> {
        let is_standard = path.as_os_str() == "-";
        let name = if is_standard { PathBuf::from("standard input") } else { path.to_owned() };
        let metadata = || fs::metadata(path).map_err(|source| unreadable(path, source));
        let once = is_standard || format.is_none_or(Format::is_read_from_stream) && is_read_once(&metadata()?);
        if !once {
            return Self::of_file(path, format, otherwise);
        }
        let mut stream: Stream = match is_standard {
            true => Box::new(unpacked(&name, BufReader::with_capacity(BUFFER, io::stdin()))?),
            false => Box::new(open_file(path)?),
        };
        let format = match format {
            Some(format) => format,
            None => {
                let head = head(&mut stream).map_err(|error| unreadable(&name, error))?;
                not_tagged::refuse_bytes(&name, &head)?;
                let format = told(&name, &head, otherwise)?;
                stream = Box::new(Cursor::new(head).chain(stream));
                format
            }
        };
        Ok(Self { path: name, format, stream: Some(stream), spool: None, tag_names: None, read: BytesRead::default() })
    }

    /// The same, with names for tags that are numbers.
    pub fn with_tag_names(self, tag_names: Option<TagNames>) -> Self {
        Self { tag_names, ..self }
    }

    /// A file or folder, which can be read again where it is not packed.
    fn of_file(path: &Path, format: Option<Format>, otherwise: Option<Format>) -> Result<Self> {
        let read = BytesRead::default();
        let mut file = if path.is_dir() { None } else { Some(open_counted(path, &read)?) };
        let head = match &mut file {
            Some(file) => head(file).map_err(|error| unreadable(path, error))?,
            None => Vec::new(),
        };
        not_tagged::refuse_bytes(path, &head)?;
        warn_of_another(path, &head, format);
        let format = format.map_or_else(|| told(path, &head, otherwise), Ok)?;
        let packed = file.filter(|file| file.is_packed() && format.is_read_from_stream());
        let stream = packed.map(|file| Box::new(Cursor::new(head).chain(file)) as Stream);
        Ok(Self { path: path.to_owned(), format, stream, spool: None, tag_names: None, read })
    }

    /// What a temporary file holds that was read from elsewhere.
    pub fn of_stream(path: &Path, format: Format, file: File) -> Self {
        let stream: Stream = Box::new(BufReader::with_capacity(BUFFER, file));
        Self {
            path: path.to_owned(),
            format,
            stream: Some(stream),
            spool: None,
            tag_names: None,
            read: BytesRead::default(),
        }
    }

    /// Keeps what can be read only once in a temporary file, to be read again from its start; nothing where its path can be opened again.
    ///
    /// # Errors
    /// A stream that cannot be read, or a folder for temporary files that does not take it.
    pub fn keep(&mut self) -> Result<Option<File>> {
        if self.path.is_file() || self.path.is_dir() {
            return Ok(None);
        }
        let Some(mut stream) = self.stream.take() else { return Ok(None) };
        let mut file = tempfile::tempfile().map_err(DataError::Temporary)?;
        formats::hold(&self.path, &mut stream, &mut file)?;
        let again = file.try_clone().map_err(DataError::Temporary)?;
        self.stream = Some(Box::new(BufReader::with_capacity(BUFFER, file)));
        Ok(Some(again))
    }

    /// All bytes of a corpus that stands in one file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn bytes(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = match &mut self.stream {
            Some(stream) => stream.read_to_end(&mut bytes),
            None => open_file(&self.path)?.read_to_end(&mut bytes),
        };
        read.map_err(|error| unreadable(&self.path, error))?;
        Ok(bytes)
    }

    /// Its bytes from the start, as they come.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn into_reader(self) -> Result<Box<dyn BufRead + Send>> {
        let Some(stream) = self.stream else {
            self.read.0.store(0, Ordering::Relaxed);
            return Ok(Box::new(BufReader::with_capacity(BUFFER, open_counted(&self.path, &self.read)?)));
        };
        Ok(stream)
    }

    /// What a first look at a tagged file tells; what can be read only once is kept to be read again.
    ///
    /// # Errors
    /// A file that cannot be read as words and tags.
    pub fn survey(&mut self, columns: Columns) -> Result<Survey> {
        if let Some(stream) = self.stream.take() {
            self.spool = Some(formats::spool(&self.path, stream)?);
        }
        let survey = match &mut self.spool {
            Some(spool) => conll::survey(&self.path, &mut *spool, columns),
            None => conll::survey(&self.path, open_file(&self.path)?, columns),
        }?;
        if let Some(spool) = &mut self.spool {
            spool.rewind().map_err(|source| unreadable(&self.path, source))?;
        }
        Ok(survey)
    }

    /// The bytes of a tagged file, which was surveyed before, from its start.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn second_look(self) -> Result<Box<dyn Read>> {
        match self.spool {
            Some(spool) => Ok(Box::new(spool)),
            None => Ok(Box::new(open_file(&self.path)?)),
        }
    }

    /// The length of its file, where it is one, with what tells how much of it was read.
    pub fn extent(&self) -> Option<(u64, BytesRead)> {
        let file = fs::metadata(&self.path).ok().filter(|file| file.is_file() && self.format.is_read_from_stream())?;
        Some((file.len(), self.read.clone()))
    }

    /// Bytes to read, where that is known.
    fn length(&self) -> u64 {
        let is_file = self.stream.is_none() && self.format.is_read_from_stream();
        fs::metadata(&self.path).ok().filter(|metadata| is_file && metadata.is_file()).map_or(0, |file| file.len())
    }

    /// Opens it; `reading` is for tagged files.
    fn open(self, bar: &ProgressBar, reading: TagReading, listed: usize) -> Result<Open> {
        let Self { path, format, stream, tag_names, read, .. } = self;
        let TagReading { columns, chunking } = reading;
        let is_folder = stream.is_none() && path.is_dir();
        if stream.is_none() && (!format.is_read_from_stream() || is_folder && format != Format::Conll) {
            return Ok(Open::Parsed(formats::open(&path, format)?.listing(listed)));
        }
        let stream = match stream {
            Some(stream) => stream,
            // What is a file can be read twice as it is.
            None if format == Format::Conll && path.is_file() => {
                let file = File::open(&path).map_err(|source| unreadable(&path, source))?;
                let documents = formats::conll_documents(&path, bar.wrap_read(file), columns, chunking)?;
                return Ok(Open::Parsed(documents.listing(listed)));
            }
            None => {
                read.0.store(0, Ordering::Relaxed);
                Box::new(BufReader::with_capacity(BUFFER, bar.wrap_read(open_counted(&path, &read)?)))
            }
        };
        if format == Format::Conll {
            let documents = formats::conll_documents(&path, formats::spool(&path, stream)?, columns, chunking)?;
            return Ok(Open::Parsed(documents.listing(listed)));
        }
        if format == Format::HuggingFace {
            return Ok(Open::Parsed(formats::hugging_face_documents(&path, stream, tag_names)?.listing(listed)));
        }
        if format.is_cut() {
            let documents = RawDocuments::new(format, &path, stream)?.listing(listed);
            return Ok(Open::Raw { documents, is_empty: true, path, format });
        }
        Ok(Open::Parsed(formats::documents(format, &path, stream)?.listing(listed)))
    }
}

impl Source {
    /// Opens each corpus when the one before it has ended, and shows how far it has got.
    ///
    /// Tagged files are read as `reading` says, and at most so many of what is skipped are listed under each name.
    pub fn new(inputs: Vec<Input>, reading: TagReading, listed: usize) -> Self {
        let length = inputs.iter().map(Input::length).sum();
        let bar = if length > 0 { progress::bar_of_bytes(length, "reading") } else { ProgressBar::hidden() };
        let skipped = Ledger::listing(listed);
        Self { inputs: inputs.into(), open: None, failed: None, bar, reading, listed, skipped }
    }

    /// The same, and shows nothing.
    pub fn silent(inputs: Vec<Input>, reading: TagReading, listed: usize) -> Self {
        let skipped = Ledger::listing(listed);
        Self { inputs: inputs.into(), open: None, failed: None, bar: ProgressBar::hidden(), reading, listed, skipped }
    }

    /// Documents that are all there, in this order.
    pub fn of_documents(documents: Vec<Document>, skipped: Ledger) -> Self {
        let open = Some(Open::Sorted(documents.into_iter()));
        let (inputs, bar) = (VecDeque::new(), ProgressBar::hidden());
        Self { inputs, open, failed: None, bar, reading: TagReading::LENIENT, listed: 0, skipped }
    }

    /// The next documents, none at the end.
    ///
    /// # Errors
    /// What cannot be read, once everything before it was given.
    pub fn next_batch(&mut self) -> Result<Vec<Work>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < DOCUMENTS_AT_ONCE && bytes < BYTES_AT_ONCE {
            match self.next_work() {
                Ok(Some(work)) => {
                    bytes += work.bytes();
                    batch.push(work);
                }
                Ok(None) => {
                    self.bar.finish_and_clear();
                    break;
                }
                Err(error) if batch.is_empty() => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(batch)
    }

    fn next_work(&mut self) -> Result<Option<Work>> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(input) = self.inputs.pop_front() else { return Ok(None) };
                self.open = Some(input.open(&self.bar, self.reading, self.listed)?);
                continue;
            };
            if let Some(work) = open.next_work()? {
                return Ok(Some(work));
            }
            match open {
                Open::Raw { documents, .. } => {
                    documents.ledger().into_iter().for_each(|ledger| self.skipped.merge(ledger.clone()));
                }
                Open::Parsed(documents) => self.skipped.merge(documents.ledger().clone()),
                Open::Sorted(_) => {}
            }
            self.open = None;
        }
    }
}

impl Open {
    fn next_work(&mut self) -> Result<Option<Work>> {
        match self {
            Self::Parsed(documents) => {
                let document = documents.next().transpose().map_err(tag_names::advised)?;
                Ok(document.map(Work::Parsed))
            }
            Self::Sorted(documents) => Ok(documents.next().map(Work::Parsed)),
            Self::Raw { documents, is_empty, path, format } => match documents.next().transpose()? {
                Some(raw) => {
                    *is_empty = false;
                    Ok(Some(Work::Raw(raw)))
                }
                None if *is_empty => {
                    let kind = CorpusErrorKind::NoDocument { format: *format };
                    let error = CorpusError { path: path.clone(), line: 1, column: 1, kind };
                    Err(DataError::from(error).into())
                }
                None => Ok(None),
            },
        }
    }
}

impl Work {
    /// The document, and what of it is not kept, of which at most so many are listed under each name.
    ///
    /// # Errors
    /// A text that is not what its format asks for.
    pub fn parse(self, listed: usize) -> Result<(Document, Ledger), DataError> {
        match self {
            Self::Raw(raw) => raw.parse_listing(listed),
            Self::Parsed(document) => Ok((document, Ledger::listing(listed))),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Raw(raw) => raw.text().len(),
            Self::Parsed(document) => document.passages.iter().map(|passage| passage.text.len()).sum(),
        }
    }
}

/// What is read twice from standard input would be empty the second time.
///
/// # Errors
/// More than one `-`.
pub fn refuse_standard_input_twice<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<()> {
    match paths.into_iter().filter(|path| path.as_os_str() == "-").nth(1) {
        Some(_) => bail!("-: standard input is named twice, but it can be read once only: leave one of them out"),
        None => Ok(()),
    }
}

fn head(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(Format::HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn open_file(path: &Path) -> Result<FileReader> {
    Ok(welt_data::open_file(path)?)
}

fn open_counted(path: &Path, read: &BytesRead) -> Result<Unpacked<BufReader<CountedFile>>> {
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    unpacked(path, BufReader::with_capacity(BUFFER, CountedFile { file, read: read.clone() }))
}

fn unpacked<R: BufRead>(path: &Path, reader: R) -> Result<Unpacked<R>> {
    Unpacked::new(reader).map_err(|source| unreadable(path, source))
}

/// Refuses what can be read only once where the command reads it again, as for its SHA-256.
///
/// # Errors
/// A pipe or a device, by its name; `flag` is the one that named it.
pub fn refuse_pipe(path: &Path, flag: &str) -> Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| is_read_once(&metadata)) {
        bail!(
            "{flag}: {} is no file but a pipe or a device, which can be read once only, and it is read more than once: \
             write it to a file first",
            path.display()
        );
    }
    Ok(())
}

/// Whether what was read of it does not come a second time, as with pipes.
pub fn is_read_once(metadata: &fs::Metadata) -> bool {
    !metadata.is_file() && !metadata.is_dir()
}

fn unreadable(path: &Path, source: io::Error) -> anyhow::Error {
    DataError::unreadable(path, source).into()
}

/// Says where a file looks like something else than it is said to be; any file may be taken for plain text, but hardly one with markup.
fn warn_of_another(path: &Path, head: &[u8], named: Option<Format>) {
    let looks = (!head.is_empty()).then(|| Format::detect(path, head)).flatten();
    if let (Some(named), Some(looks)) = (named, looks)
        && named != looks
        && (named != Format::PlainText || has_markup(looks))
        && looks != Format::PlainText
    {
        tracing::warn!("{} looks like {looks}, and is read as {named}, as was asked for", path.display());
    }
}

/// Whether most of a file in a format is no running text.
const fn has_markup(format: Format) -> bool {
    matches!(
        format,
        Format::PubTator
            | Format::BiocXml
            | Format::BiocJson
            | Format::Pubmed
            | Format::Jats
            | Format::JsonLines
            | Format::LabelStudio
            | Format::PubAnnotation
    )
}

/// The format of a corpus; where nothing speaks for any, it is `otherwise`.
fn told(path: &Path, head: &[u8], otherwise: Option<Format>) -> Result<Format> {
    let untold = match Format::tell(path, head) {
        Ok(format) => return Ok(format),
        Err(untold) => untold,
    };
    match otherwise.filter(|_| untold.candidates.is_empty() && untold.looks_like.is_none()) {
        Some(format) => Ok(format),
        None if untold.looks_like.is_some() && untold.candidates.is_empty() => {
            Err(anyhow!("{}: {untold}; if it is in another format, name that with --from", path.display()))
        }
        None => {
            let all = if untold.candidates.is_empty() { Format::ALL.as_slice() } else { &untold.candidates };
            let names: Vec<&str> = all.iter().map(|format| format.name()).collect();
            Err(anyhow!("{}: {untold}; name it with --from: {}", path.display(), names.join(", ")))
        }
    }
}
