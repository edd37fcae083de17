//! Where results go: standard output, a file that is all there or not at all, or a device.
//! It knows nothing of what is written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use tempfile::TempPath;

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
        remove_on_interrupt(partial.clone())?;
        let unwritable = |error| anyhow!("{name}: cannot be written: {error}; name a file in a folder that takes it");
        let file = File::create_new(&partial).map_err(unwritable)?;
        let partial = TempPath::try_from_path(partial).with_context(|| name.clone())?;
        Ok(Self { writer: Box::new(BufWriter::new(file)), name, unfinished: Some((partial, path)) })
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

/// Ends the program on Ctrl-C, without the unfinished file.
fn remove_on_interrupt(partial: PathBuf) -> Result<()> {
    let handler = move || {
        drop(fs::remove_file(&partial));
        eprintln!("interrupted: nothing was written");
        std::process::exit(130);
    };
    ctrlc::set_handler(handler).context("listening for Ctrl-C")
}
