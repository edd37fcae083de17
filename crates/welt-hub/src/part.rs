//! A file of the cache while it comes: beside the place where it will be, so that a later run can go on with it.
//! What is there already, this crate's or not, counts only where the hash of the whole can tell that it belongs to it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::head::Etag;

/// The bytes of a file that have come.
pub struct Part {
    path: PathBuf,
    file: File,
    /// How many bytes are there.
    pub length: u64,
}

impl Part {
    /// What there is, or will be, of a blob.
    ///
    /// # Errors
    /// Something that can neither be written nor be removed.
    pub fn beside(blob: &Path, etag: &Etag) -> io::Result<Self> {
        let path = blob.with_extension("part");
        // A link leads to a file of somebody else, and a pipe to nothing.
        match fs::symlink_metadata(&path) {
            Ok(metadata) if !metadata.is_file() => fs::remove_file(&path)?,
            _ => {}
        }
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        let mut part = Self { length: file.metadata()?.len(), path, file };
        if etag.sha256().is_none() {
            part.begin_at(0)?;
        }
        Ok(part)
    }

    /// Keeps so many bytes; what comes follows them.
    pub fn begin_at(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length))?;
        self.length = length;
        Ok(())
    }

    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Removes what is there.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Gives the bytes, handed to the disk, the name of the blob, if they are those that it names; else they are removed, and
    /// what is wrong with them is told.
    pub fn become_blob(self, blob: &Path, etag: &Etag, size: u64) -> io::Result<Option<String>> {
        self.file.sync_all()?;
        if let Some(fault) = fault(&self.path, etag, size)? {
            self.remove()?;
            return Ok(Some(fault));
        }
        fs::rename(&self.path, blob)?;
        Ok(None)
    }
}

/// Whether a blob is there and is what its name says.
pub fn is_whole(blob: &Path, etag: &Etag, size: Option<u64>) -> bool {
    let Ok(metadata) = fs::symlink_metadata(blob) else { return false };
    let size = size.unwrap_or(metadata.len());
    metadata.is_file() && matches!(fault(blob, etag, size), Ok(None))
}

/// What is wrong with a file that came: its length, or its hash where its name is one.
fn fault(path: &Path, etag: &Etag, size: u64) -> io::Result<Option<String>> {
    let length = fs::metadata(path)?.len();
    if length != size {
        return Ok(Some(format!("it has {length} bytes, expected {size}")));
    }
    let Some(expected) = etag.sha256() else { return Ok(None) };
    let found = welt_files::sha256(path).map_err(io::Error::other)?;
    Ok((found != expected).then(|| format!("its SHA-256 is {found}, expected {expected}")))
}

/// Makes `pointer` lead to a blob, as Hugging Face's programs do it: `../../blobs/ETAG`, so that the cache can be moved.
pub fn point(pointer: &Path, blob: &Path, etag: &Etag) -> io::Result<()> {
    match fs::remove_file(pointer) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    link(&Path::new("..").join("..").join("blobs").join(etag.to_string()), pointer, blob)
}

#[cfg(unix)]
fn link(relative: &Path, pointer: &Path, _: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(relative, pointer)
}

/// Where links are for the few, a second name of the same file serves as well.
#[cfg(not(unix))]
fn link(_: &Path, pointer: &Path, blob: &Path) -> io::Result<()> {
    fs::hard_link(blob, pointer).or_else(|_| fs::copy(blob, pointer).map(drop))
}
