//! Where results go: standard output, a device, or a file or folder that is all there or not at all.
//! It knows nothing of what is written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use welt_files::{Claim, Doing, Extent, FilesError, FolderClaim, GrowingFile, NewFile, NewFolder};

static IS_LISTENING: AtomicBool = AtomicBool::new(false);

/// What is said on Ctrl-C where something stays that can be gone on with.
static STAYS: Mutex<Option<String>> = Mutex::new(None);

/// The same of a folder that gets a file after the other, whichever is being written.
static FOLDER_STAYS: Mutex<Option<String>> = Mutex::new(None);

/// Where a command writes its result.
#[derive(Args)]
pub struct OutputFlag {
    /// The file to write, replaced if it is there; - is standard output, also where not given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl OutputFlag {
    /// A result that took the name of what it was made of would end it.
    ///
    /// # Errors
    /// An output that is one of the files that are read.
    pub fn refuse_inputs<'p>(&self, inputs: impl IntoIterator<Item = &'p PathBuf>) -> Result<()> {
        let Some(output) = self.output.as_ref().filter(|output| output.as_os_str() != "-") else { return Ok(()) };
        match inputs.into_iter().find(|input| welt_files::is_one_path(output, input)) {
            Some(_) => bail!("--output is {}, which is read: name another path", output.display()),
            None => Ok(()),
        }
    }

    /// Writes all of a result, or nothing that has its name.
    ///
    /// # Errors
    /// A path that cannot be written, or what `fill` finds.
    pub fn write(&self, fill: impl FnOnce(&mut Sink) -> Result<()>) -> Result<()> {
        let mut out = Destination::named(self.output.as_deref())?;
        fill(&mut out.writer).and_then(|()| Ok(out.writer.flush()?)).with_context(|| out.name.clone())?;
        out.finish()
    }
}

/// Where the tags go: a file has its name once it is whole.
pub struct Destination {
    /// What takes the bytes.
    pub writer: Sink,
    /// What to call it in messages.
    pub name: String,
}

/// What takes bytes.
pub enum Sink {
    /// What is written is there at once, as on standard output and devices.
    Stream(Box<dyn Write>),
    /// A file that has its name once it is whole.
    File(NewFile),
    /// The same, but what of it is good stays when the program ends.
    Growing(Box<GrowingFile>),
}

impl Sink {
    /// What forgets everything.
    pub fn nothing() -> Self {
        Self::Stream(Box::new(io::sink()))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stream(stream) => stream.write(bytes),
            Self::File(file) => file.write(bytes),
            Self::Growing(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stream(stream) => stream.flush(),
            Self::File(file) => file.flush(),
            Self::Growing(file) => file.flush(),
        }
    }
}

/// What people read: everything that a terminal would do instead of showing it is escaped, line by line.
pub struct ForPeople<'w, W: Write>(pub &'w mut W);

impl<W: Write> Write for ForPeople<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in String::from_utf8_lossy(bytes).split_inclusive('\n') {
            let (text, end) = part.strip_suffix('\n').map_or((part, ""), |text| (text, "\n"));
            self.0.write_all(welt_terminal::line(text).as_bytes())?;
            self.0.write_all(end.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Destination {
    /// Standard output.
    pub fn standard_output() -> Self {
        let writer = Sink::Stream(Box::new(BufWriter::new(io::stdout().lock())));
        Self { writer, name: "standard output".to_owned() }
    }

    /// A file, which is replaced at the end if it is there, or a device, which is written to; `-` is standard output. `flag` is
    /// what named it, for messages.
    ///
    /// # Errors
    /// A folder, or a path where no file can be made.
    pub fn file(path: &Path, flag: &str) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::standard_output());
        }
        let name = path.display().to_string();
        if is_device(path) {
            let file =
                File::options().write(true).open(path).with_context(|| format!("{flag} {name}: cannot be written"))?;
            return Ok(Self { writer: Sink::Stream(Box::new(BufWriter::new(file))), name });
        }
        remove_unfinished_on_interrupt()?;
        let file = NewFile::create(path).map_err(|error| advised_of_file(error, flag))?;
        Ok(Self { writer: Sink::File(file), name })
    }

    /// Claims a file that several runs of the program may fill; nothing where there is no such file, as of standard output.
    ///
    /// # Errors
    /// A folder, a path where no file can be made, or one that another run is filling.
    pub fn claim(path: &Path, flag: &str) -> Result<Option<Claim>> {
        if path.as_os_str() == "-" || is_device(path) {
            return Ok(None);
        }
        remove_unfinished_on_interrupt()?;
        Claim::new(path).map(Some).map_err(|error| advised_of_file(error, flag))
    }

    /// A claimed file that was begun or is gone on with.
    pub fn growing(path: &Path, file: GrowingFile) -> Self {
        Self { writer: Sink::Growing(Box::new(file)), name: path.display().to_string() }
    }

    /// Writes down that everything so far is good, where that can be gone on with: `state` is for the run that does, and `done` says
    /// what is there.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn commit(&mut self, state: &str, done: &str) -> Result<()> {
        let Sink::Growing(file) = &mut self.writer else { return Ok(()) };
        file.commit(state)?;
        stays(file.partial(), done);
        Ok(())
    }

    /// What was written so far, where it goes to a file that can be gone on with.
    pub fn extent(&self) -> Option<Extent> {
        match &self.writer {
            Sink::Growing(file) => Some(file.extent()),
            Sink::File(_) | Sink::Stream(_) => None,
        }
    }

    /// A file where one is named, else standard output.
    ///
    /// # Errors
    /// As for [`Destination::file`].
    pub fn named(path: Option<&Path>) -> Result<Self> {
        path.map_or_else(|| Ok(Self::standard_output()), |path| Self::file(path, "--output"))
    }

    /// Whether what is written there is there at once, as on standard output and devices.
    pub const fn is_stream(&self) -> bool {
        matches!(self.writer, Sink::Stream(_))
    }

    /// Gives the file, all of it written, its name.
    pub fn finish(self) -> Result<()> {
        match self.writer {
            // What is still held back may find the disk full, which dropping the writer would not tell.
            Sink::Stream(mut stream) => stream.flush().with_context(|| self.name),
            Sink::File(file) => Ok(file.finish()?),
            Sink::Growing(file) => {
                file.finish()?;
                stays_no_more();
                Ok(())
            }
        }
    }
}

/// Devices and pipes are written to: a file that takes their name would replace them.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn advised_of_file(error: FilesError, flag: &str) -> anyhow::Error {
    match error {
        FilesError::IsFolder { .. } => anyhow!("{error}: name a file in it with {flag}"),
        FilesError::Io { .. } => anyhow!("{error}; name a file in a folder that takes it with {flag}"),
        FilesError::Exists { .. } => anyhow!("{error}, and is no file that a run of welt left: move it away"),
        other => other.into(),
    }
}

/// From here on something stays in a file or folder when the program ends, and `done` says what.
pub fn stays(partial: &Path, done: &str) {
    let said = format!("{done} are in {}; the same command with --resume goes on", partial.display());
    *STAYS.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
}

/// The file or folder has its name.
pub fn stays_no_more() {
    *STAYS.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// What there is to go on with, where something stays.
pub fn what_stays() -> Option<String> {
    let of_folder = FOLDER_STAYS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    of_folder.or_else(|| STAYS.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

/// From here on files of a folder are written that the same command passes over or goes on with.
pub fn fills(folder: &Path) {
    let said = format!("what is whole and what is begun is in {}; the same command goes on", folder.display());
    *FOLDER_STAYS.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
}

/// A new folder that has its name once it is whole; dropped before, or ended by Ctrl-C, it is removed.
///
/// # Errors
/// Something that is there already, under either name, or a path where no folder can be made.
pub fn new_folder(path: &Path) -> Result<NewFolder> {
    remove_unfinished_on_interrupt()?;
    NewFolder::create(path).map_err(|error| advised(error, "folder"))
}

/// Claims a new folder that several runs of the program may fill.
///
/// # Errors
/// As for [`new_folder`], or one that another run is filling.
pub fn claim_folder(path: &Path) -> Result<FolderClaim> {
    remove_unfinished_on_interrupt()?;
    FolderClaim::new(path, UNFINISHED_FOLDER).map_err(|error| advised(error, "folder"))
}

/// What such a folder says of itself.
const UNFINISHED_FOLDER: &str =
    "welt is filling this folder, or was ended while it did; the same command with --resume goes on.\n";

/// The error with what a user can do about it.
pub fn advised(error: FilesError, what: &str) -> anyhow::Error {
    match error {
        FilesError::Exists { .. } => anyhow!("{error}: name another {what} with --output, or remove it"),
        FilesError::Busy { .. } => anyhow!("{error}: name another {what} with --output"),
        FilesError::Io { doing: Doing::Made, .. } => anyhow!("{error}; name a {what} with --output that can be"),
        other => other.into(),
    }
}

/// Ends the program on Ctrl-C, without the unfinished files and folders.
fn remove_unfinished_on_interrupt() -> Result<()> {
    if IS_LISTENING.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    welt_process::on_request_to_end(|| {
        // Held until the end of the program, so that nothing gets its name any more and nobody else says anything.
        let _held = welt_files::remove_unfinished();
        eprintln!("interrupted: {}", what_stays().as_deref().unwrap_or("nothing was written"));
        std::process::exit(130);
    })
}
