//! What can be read only once, kept so that it can be read again: a stream in, what it held out.
//! A little is held in memory, more goes to a temporary file without a name, which is gone with the program; what the bytes mean is not known here.

use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;

use tempfile::{SpooledTempFile, spooled_tempfile};

use crate::error::DataError;

/// Bytes of a stream that are held in memory; where there are more, all are in a temporary file.
pub const HELD_BYTES: usize = 16 << 20;

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 16;

/// Reads a stream to its end, to be read again from its start; `path` only names it in messages.
///
/// # Errors
/// A stream that cannot be read, or a folder for temporary files that does not take it.
pub fn spool(path: &Path, mut reader: impl Read) -> Result<SpooledTempFile, DataError> {
    let mut spool = spooled_tempfile(HELD_BYTES);
    hold(path, &mut reader, &mut spool)?;
    Ok(spool)
}

/// Copies a stream to its end into a temporary file, which is then at its start; `path` only names the stream in messages.
///
/// # Errors
/// A stream that cannot be read, or a temporary file that does not take it; the two are told apart.
pub fn hold(path: &Path, reader: &mut impl Read, file: &mut (impl Write + Seek)) -> Result<(), DataError> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => file.write_all(&chunk[..length]).map_err(DataError::Temporary)?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => return Err(super::unreadable(path, source)),
        }
    }
    file.rewind().map_err(DataError::Temporary)
}
