//! What can be read only once, kept so that it can be read again: a stream in, what it held out.
//! A little is held in memory, more goes to a temporary file without a name, which is gone with the program; what the bytes mean is not known here.

use std::io::{self, Read, Seek};
use std::path::Path;

use tempfile::{SpooledTempFile, spooled_tempfile};

use crate::error::DataError;

/// Bytes of a stream that are held in memory; where there are more, all are in a temporary file.
pub const HELD_BYTES: usize = 16 << 20;

/// Reads a stream to its end, to be read again from its start; `path` only names it in messages.
///
/// # Errors
/// A stream that cannot be read, or a folder for temporary files that does not take it.
pub fn spool(path: &Path, mut reader: impl Read) -> Result<SpooledTempFile, DataError> {
    let mut spool = spooled_tempfile(HELD_BYTES);
    let copied = io::copy(&mut reader, &mut spool).and_then(|_| spool.rewind());
    copied.map_err(|source| super::unreadable(path, source))?;
    Ok(spool)
}
