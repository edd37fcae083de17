//! SHA-256 of files and texts, in hexadecimal digits.
//! Bytes go in, 64 digits come out; it knows nothing of what they mean.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// SHA-256 of a file.
pub fn digest(path: &Path) -> Result<String> {
    let mut hasher = HashWriter(Sha256::new());
    let mut file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    io::copy(&mut file, &mut hasher).with_context(|| format!("reading {}", path.display()))?;
    Ok(hexadecimal(&hasher.0.finalize()))
}

/// The SHA-256 of a text, in hexadecimal digits.
pub fn digest_of_text(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

struct HashWriter(Sha256);

impl io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Two digits a byte.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of each file.
pub fn digests(paths: &[PathBuf]) -> Result<Vec<String>> {
    paths.iter().map(|path| digest(path)).collect()
}
