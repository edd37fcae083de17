//! Files that need not be there.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use welt_data::DataError;

use crate::error::SubwordError;

/// The content of a file; none where there is no such file.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, SubwordError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(DataError::unreadable(path, source).into()),
    }
}
