//! Where results go: standard output, a device, or a file or folder that is all there or not at all.
//! It knows nothing of what is written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, anyhow, bail};

use crate::interrupt;
use tempfile::TempPath;

/// The files and folders that have not got their names, for Ctrl-C to remove; whoever gives or removes them holds the lock.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

static IS_LISTENING: AtomicBool = AtomicBool::new(false);

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

    /// A file, which is replaced at the end if it is there, or a device, which is written to; `-` is standard output.
    ///
    /// # Errors
    /// A folder, or a place where no file can be made.
    pub fn file(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::standard_output());
        }
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
        remove_on_interrupt(partial.clone())?;
        let unwritable = |error| anyhow!("{name}: cannot be written: {error}; name a file in a folder that takes it");
        let file = new_or_left(&partial).map_err(unwritable)?;
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

    /// Whether what is written there is there at once, as on standard output and devices.
    pub const fn is_stream(&self) -> bool {
        self.unfinished.is_none()
    }

    /// Gives the file, all of it written, its name.
    pub fn finish(self) -> Result<()> {
        let Self { mut writer, name, unfinished } = self;
        // What is still held back may find the disk full, which dropping the writer would not tell.
        writer.flush().with_context(|| name.clone())?;
        drop(writer);
        let Some((partial, path)) = unfinished else { return Ok(()) };
        let _held = unfinished_paths();
        partial.persist(&path).map_err(|error| error.error).context(name)
    }
}

/// The file in a folder that is being filled which its process holds a lock on, so that who finds the folder can tell whether it is left over.
/// No document can be called so: ids that begin with a point are refused.
const LOCK: &str = ".welt-lock";

/// A new folder that has its name once it is whole; dropped before, it is removed.
pub struct NewFolder {
    /// The folder while it is being filled.
    pub partial: PathBuf,
    path: PathBuf,
    /// Held until the folder has its name, also by a process that is killed.
    _lock: File,
}

impl NewFolder {
    /// Makes `NAME.partial` beside the place of the folder; one that a killed process left there is removed first.
    ///
    /// # Errors
    /// Something that is there already, under either name, or a place where no folder can be made.
    pub fn create(path: &Path) -> Result<Self> {
        let name = path.file_name().with_context(|| format!("{}: expected a new folder", path.display()))?;
        let partial = path.with_file_name(format!("{}.partial", name.to_string_lossy()));
        if fs::symlink_metadata(path).is_ok() {
            bail!("{} exists already: name another folder with --output, or remove it", path.display());
        }
        if fs::symlink_metadata(&partial).is_ok() {
            remove_left(&partial)?;
        }
        let unmade =
            |error| anyhow!("{}: cannot be made: {error}; name a folder with --output that can be", partial.display());
        fs::create_dir(&partial).map_err(unmade)?;
        remove_on_interrupt(partial.clone())?;
        let lock = File::create_new(partial.join(LOCK)).map_err(unmade)?;
        // Where a file system knows no locks, nobody can take one either, and what is left over stays.
        drop(lock.try_lock());
        Ok(Self { partial, path: path.to_owned(), _lock: lock })
    }

    /// What to call it in messages.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Writes a file in it through a buffer; the folder that the file lies in is made if need be.
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

    /// Gives the folder, all of it written, its name.
    pub fn finish(self) -> Result<()> {
        let mut held = unfinished_paths();
        let named = fs::remove_file(self.partial.join(LOCK)).and_then(|()| fs::rename(&self.partial, &self.path));
        named.with_context(|| self.path.display().to_string())?;
        held.retain(|partial| *partial != self.partial);
        drop(held);
        // Under its new name it stays.
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        let mut held = unfinished_paths();
        if held.contains(&self.partial) {
            drop(fs::remove_dir_all(&self.partial));
            held.retain(|partial| *partial != self.partial);
        }
    }
}

/// Removes a folder that is not finished, if the process that was filling it is gone.
fn remove_left(partial: &Path) -> Result<()> {
    let name = partial.display();
    match File::open(partial.join(LOCK)) {
        Ok(lock) if lock.try_lock().is_ok() => {
            tracing::warn!("removing {name}, which an interrupted run left");
            fs::remove_dir_all(partial).with_context(|| format!("removing {name}"))
        }
        Ok(_) => bail!("another run is writing {name}: name another folder with --output"),
        // Killed before it could lock anything; a folder that is not empty is somebody's own.
        Err(_) if fs::remove_dir(partial).is_ok() => Ok(()),
        Err(_) => bail!("{name} exists already: name another folder with --output, or remove it"),
    }
}

/// A file that is new, or that a killed process of the same number left, as is common in containers.
fn new_or_left(partial: &Path) -> io::Result<File> {
    let file = match File::create_new(partial) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::symlink_metadata(partial)?.is_file() => {
            let left = File::options().write(true).open(partial)?;
            left.try_lock().map_err(|_| error)?;
            left.set_len(0)?;
            return Ok(left);
        }
        file => file?,
    };
    // Where a file system knows no locks, nobody can take one either, and what is left over stays.
    drop(file.try_lock());
    Ok(file)
}

/// Whether two paths are one file or folder, be it there or not.
pub fn is_one_place(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let named = || Some(fs::canonicalize(folder).ok()?.join(path.file_name()?));
        fs::canonicalize(path).ok().or_else(named).unwrap_or_else(|| path.to_owned())
    };
    one == other || place(one) == place(other)
}

fn unfinished_paths() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the program on Ctrl-C, without the unfinished files and folders.
fn remove_on_interrupt(partial: PathBuf) -> Result<()> {
    unfinished_paths().push(partial);
    if IS_LISTENING.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let handler = || {
        // Held until the end of the program, so that nothing gets its name any more and nobody else says anything.
        let unfinished = unfinished_paths();
        for partial in unfinished.iter() {
            if !partial.is_dir() {
                drop(fs::remove_file(partial));
                continue;
            }
            // A folder is not empty when a file came into it meanwhile; once it is gone, no other can.
            while fs::remove_dir_all(partial).is_err_and(|error| error.kind() == io::ErrorKind::DirectoryNotEmpty) {}
        }
        eprintln!("interrupted: nothing was written");
        std::process::exit(130);
    };
    interrupt::on_request_to_end(handler)
}
