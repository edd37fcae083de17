//! SHA-256 in 64 hexadecimal digits.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::{Doing, FilesError, io};

/// Bytes that come one after the other.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes more bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Takes a text with its length before it, so that two texts are never taken for two others.
    pub fn add_text(&mut self, text: &str) {
        self.add(&(text.len() as u64).to_le_bytes());
        self.add(text.as_bytes());
    }

    /// The digits.
    #[must_use]
    pub fn digits(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The digest of bytes.
#[must_use]
pub fn sha256_of(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new();
    hasher.add(bytes);
    hasher.digits()
}

/// The digest of a file.
///
/// # Errors
/// A file that cannot be read.
pub fn sha256(path: &Path) -> Result<String, FilesError> {
    let unread = || io(path, Doing::Read);
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(unread())?);
    let mut hasher = Hasher::new();
    loop {
        let bytes = file.fill_buf().map_err(unread())?;
        if bytes.is_empty() {
            return Ok(hasher.digits());
        }
        hasher.add(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_fips_180() {
        // The examples of FIPS 180-4's validation: one block, none, and a million letters.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_of(b"abc"), abc);
        assert_eq!(sha256_of(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letters");
        std::fs::write(&path, "a".repeat(1_000_000)).unwrap();
        assert_eq!(sha256(&path).unwrap(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
        let error = sha256(&folder.path().join("none")).unwrap_err().to_string();
        assert!(error.contains("none: cannot be read: "), "{error}");
    }

    #[test]
    fn borders_of_texts_are_digested() {
        let digits = |texts: &[&str]| {
            let mut hasher = Hasher::new();
            texts.iter().for_each(|text| hasher.add_text(text));
            hasher.digits()
        };
        assert_ne!(digits(&["ab", "c"]), digits(&["a", "bc"]));
        assert_ne!(digits(&["ab"]), digits(&["ab", ""]));
    }
}
