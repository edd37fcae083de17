//! A file that is not whole yet: it lies beside its place under another name, so that a later run can go on with it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::wanted::{Size, Wanted};

/// A file that is not whole, beside the place where it will be.
pub struct Part {
    pub path: PathBuf,
    /// Holds what the server calls this version of the file.
    validator: PathBuf,
}

impl Part {
    /// What there is, or will be, of the file `to`.
    pub fn beside(to: &Path) -> Self {
        let with = |ending: &str| {
            let mut name = to.file_name().unwrap_or_default().to_owned();
            name.push(ending);
            to.with_file_name(name)
        };
        Self { path: with(".part"), validator: with(".part-version") }
    }

    /// How many bytes are there. A link to another file and a pipe hold none of them, and are no place for more.
    pub fn length(&self) -> u64 {
        fs::symlink_metadata(&self.path).map_or(0, |metadata| if metadata.is_file() { metadata.len() } else { 0 })
    }

    /// How much is there, and the version that it is of. Bytes that nothing can vouch for are dropped.
    pub fn state(&self, wanted: &Wanted) -> Result<(u64, Option<String>)> {
        let length = self.length();
        let (Size::Exactly(limit) | Size::AtMost(limit)) = wanted.size;
        let validator = fs::read_to_string(&self.validator).ok().filter(|text| !text.is_empty());
        if length > limit || (validator.is_none() && wanted.sha256.is_none() && length > 0) {
            self.clear()?;
            return Ok((0, None));
        }
        Ok((length, validator))
    }

    /// Removes what is there.
    pub fn clear(&self) -> Result<()> {
        for path in [&self.path, &self.validator] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("removing {}", path.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Opens the part for the bytes from `start` on, of the version that `validator` names.
    pub fn open(&self, start: u64, validator: &str) -> Result<File> {
        let opening = || format!("writing {}", self.path.display());
        if start > 0 {
            return OpenOptions::new().append(true).open(&self.path).with_context(opening);
        }
        // In this order an end in between leaves no bytes under a name that is not theirs.
        self.clear()?;
        fs::write(&self.validator, validator).with_context(|| format!("writing {}", self.validator.display()))?;
        File::create(&self.path).with_context(opening)
    }

    /// Gives the file, whole and handed to the disk, its name.
    pub fn take_its_place(&self, to: &Path) -> Result<()> {
        let file = File::open(&self.path).with_context(|| format!("opening {}", self.path.display()))?;
        file.sync_all().with_context(|| format!("writing {}", self.path.display()))?;
        drop(file);
        fs::rename(&self.path, to).with_context(|| format!("writing {}", to.display()))?;
        self.clear()
    }
}
