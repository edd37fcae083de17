//! What is known of a file before it is there: its address, its size, and often its checksum.
//! An entry of a manifest goes in; whether a file on the disk is the one that is meant comes out.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use welt_files::sha256;

use crate::manifest::SourceFile;

/// A file on a server.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub url: &'a str,
    /// In 64 lower-case hexadecimal digits.
    pub sha256: Option<&'a str>,
    pub size: Size,
}

/// How many bytes a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Exactly(u64),
    AtMost(u64),
}

impl<'a> From<&'a SourceFile> for Wanted<'a> {
    fn from(file: &'a SourceFile) -> Self {
        let size = match (file.bytes, file.at_most) {
            (Some(bytes), _) => Size::Exactly(bytes),
            (None, limit) => Size::AtMost(limit.unwrap_or(u64::MAX)),
        };
        Self { url: &file.url, sha256: file.sha256.as_deref(), size }
    }
}

impl Wanted<'_> {
    /// Fails unless the file at `path` has the size and the checksum that are wanted.
    pub fn check(&self, path: &Path) -> Result<()> {
        let length = fs::metadata(path).with_context(|| format!("reading {}", path.display()))?.len();
        let fits = match self.size {
            Size::Exactly(bytes) => length == bytes,
            Size::AtMost(bytes) => length <= bytes,
        };
        if !fits {
            bail!("it has {length} bytes, expected {}", self.size);
        }
        if let Some(expected) = self.sha256 {
            let found = sha256(path)?;
            if found != expected {
                bail!("its SHA-256 is {found}, expected {expected}");
            }
        }
        Ok(())
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(bytes) => write!(f, "{bytes}"),
            Self::AtMost(bytes) => write!(f, "at most {bytes}"),
        }
    }
}
