//! Where results go: standard output, a file or a folder that is all there or not at all, or a device.
//! It knows nothing of what is written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use tempfile::TempPath;

use crate::run_directory::RunDirectory;

/// Where the tags go: a file has its name once it is whole.
pub struct Destination {
    /// What takes the bytes.
    pub writer: Box<dyn Write>,
    /// What to call it in messages.
    pub name: String,
    /// The file under another name, and the name it gets.
    unfinished: Option<(TempPath, PathBuf)>,
}

impl Destination {
    /// Standard output.
    pub fn standard_output() -> Self {
        let writer = Box::new(BufWriter::new(io::stdout().lock()));
        Self { writer, name: "standard output".to_owned(), unfinished: None }
    }

    /// A file, which is replaced at the end if it is there, or a device, which is written to.
    ///
    /// # Errors
    /// A folder, or a place where no file can be made.
    pub fn file(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let metadata = fs::metadata(path);
        if metadata.as_ref().is_ok_and(fs::Metadata::is_dir) {
            bail!("{name}: is a folder: name a file in it with --output");
        }
        // Devices and pipes are written to: a file that takes their name would replace them.
        if metadata.is_ok_and(|metadata| !metadata.is_file()) {
            let file = File::options().write(true).open(path).with_context(|| format!("{name}: cannot be written"))?;
            return Ok(Self { writer: Box::new(BufWriter::new(file)), name, unfinished: None });
        }
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let file_name = path.file_name().with_context(|| format!("{name}: expected the name of a file"))?;
        let partial = format!(".{}.{}.partial", file_name.to_string_lossy(), std::process::id());
        let partial = path.with_file_name(partial);
        remove_on_interrupt(partial.clone(), |partial| fs::remove_file(partial))?;
        let unwritable = |error| anyhow!("{name}: cannot be written: {error}; name a file in a folder that takes it");
        let file = File::create_new(&partial).map_err(unwritable)?;
        let partial = TempPath::try_from_path(partial).with_context(|| name.clone())?;
        Ok(Self { writer: Box::new(BufWriter::new(file)), name, unfinished: Some((partial, path)) })
    }

    /// A file where one is named, else standard output.
    ///
    /// # Errors
    /// As for [`Destination::file`].
    pub fn named(path: Option<&Path>) -> Result<Self> {
        path.map_or_else(|| Ok(Self::standard_output()), Self::file)
    }

    /// Gives the file, all of it written, its name.
    pub fn finish(self) -> Result<()> {
        let Self { mut writer, name, unfinished } = self;
        // What is still held back may find the disk full, which dropping the writer would not tell.
        writer.flush().with_context(|| name.clone())?;
        drop(writer);
        let Some((partial, path)) = unfinished else { return Ok(()) };
        partial.persist(&path).map_err(|error| error.error).context(name)
    }
}

/// A new folder of files, which has its name once all of them are written.
pub struct Folder {
    path: PathBuf,
    partial: PathBuf,
    finished: bool,
}

impl Folder {
    /// A folder that is not there yet.
    ///
    /// # Errors
    /// A folder or file of this name, or a place where no folder can be made.
    pub fn create(path: &Path) -> Result<Self> {
        RunDirectory::refuse_existing(path)?;
        let name = path.file_name().with_context(|| format!("{}: expected a new directory", path.display()))?;
        let partial = path.with_file_name(format!(".{}.{}.partial", name.to_string_lossy(), std::process::id()));
        remove_on_interrupt(partial.clone(), |partial| fs::remove_dir_all(partial))?;
        fs::create_dir(&partial).map_err(|error| {
            anyhow!("{}: cannot be made: {error}; name a directory with --output that can be", path.display())
        })?;
        Ok(Self { path: path.to_owned(), partial, finished: false })
    }

    /// Writes a file through a buffer; its folder is made if need be.
    ///
    /// # Errors
    /// What `write` says, or a file that cannot be written.
    pub fn file(&self, name: &str, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
        let file = self.partial.join(name);
        let written = || -> Result<()> {
            file.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut out = BufWriter::new(File::create(&file)?);
            write(&mut out)?;
            Ok(out.flush()?)
        };
        written().with_context(|| self.path.join(name).display().to_string())
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// A name that was taken in the meantime.
    pub fn finish(mut self) -> Result<()> {
        fs::rename(&self.partial, &self.path).with_context(|| self.path.display().to_string())?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = fs::remove_dir_all(&self.partial)
        {
            tracing::warn!("{} could not be removed: {error}", self.partial.display());
        }
    }
}

/// Something unfinished, and how it is removed.
type Unfinished = (PathBuf, fn(&Path) -> io::Result<()>);

static UNFINISHED: Mutex<Vec<Unfinished>> = Mutex::new(Vec::new());

/// Ends the program on Ctrl-C, without what is unfinished.
fn remove_on_interrupt(partial: PathBuf, remove: fn(&Path) -> io::Result<()>) -> Result<()> {
    let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    unfinished.push((partial, remove));
    if unfinished.len() > 1 {
        return Ok(());
    }
    let handler = || {
        // What has its name by now is not there under the other one.
        for (partial, remove) in UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            drop(remove(partial));
        }
        eprintln!("interrupted: nothing was written");
        std::process::exit(130);
    };
    ctrlc::set_handler(handler).context("listening for Ctrl-C")
}
