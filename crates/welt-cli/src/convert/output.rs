//! Where converted corpora go: a file or a folder that is all there or not at all, or a stream.
//! Text and documents in; what they were before is not known here.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use welt_data::Document;
use welt_data::formats::{self, DocumentWriter, Format};
use welt_data::ledger::Ledger;
use welt_files::{Extent, GrowingFolder, NewFolder};

use crate::destination::{self, Destination, Sink, new_folder};

/// Bytes between a writer of documents and what takes them; clones hold the same ones.
#[derive(Clone, Default)]
pub struct Buffer(Arc<Mutex<Vec<u8>>>);

/// What takes the output.
pub enum Output {
    /// Text as it comes.
    Text(Destination),
    /// Documents of a format whose file is more than its documents, by way of a buffer.
    Documents(Destination, DocumentWriter<'static>, Buffer),
    /// A folder of documents.
    Folder(NewFolder, DocumentWriter<'static>),
    /// The same, but what of it is good stays when the program ends.
    Growing(GrowingFolder, DocumentWriter<'static>),
}

impl Output {
    /// A new folder, where the format is written as one; at most so many losses are listed under each name.
    ///
    /// # Errors
    /// A folder that is there already or cannot be made, or a format that is no folder's.
    pub fn folder(path: &Path, format: Format, listed: usize) -> Result<Self> {
        let folder = new_folder(path)?;
        let writer = formats::create(folder.partial(), format)?.listing(listed);
        Ok(Self::Folder(folder, writer))
    }

    /// A folder that was begun or is gone on with, where the format is written as one.
    ///
    /// # Errors
    /// A folder that cannot be written, or a format that is no folder's.
    pub fn growing_folder(folder: GrowingFolder, format: Format, listed: usize) -> Result<Self> {
        let mut writer = formats::create(folder.partial(), format)?.listing(listed);
        // Asked for once, they are kept from here on.
        writer.files();
        Ok(Self::Growing(folder, writer))
    }

    /// A file or stream of documents that are not text before; at most so many losses are listed under each name.
    ///
    /// # Errors
    /// A format that is not written to a stream.
    pub fn documents(destination: Destination, format: Format, listed: usize) -> Result<Self> {
        let buffer = Buffer::default();
        let writer = formats::writer(format, buffer.clone())?.listing(listed);
        Ok(Self::Documents(destination, writer, buffer))
    }

    /// Takes text, and documents that are not text yet.
    ///
    /// # Errors
    /// A document that the format cannot hold at all, or an output that does not take it.
    pub fn write(&mut self, text: &[u8], documents: &[Document]) -> Result<()> {
        match self {
            Self::Text(out) => out.writer.write_all(text).with_context(|| out.name.clone()),
            Self::Documents(out, writer, buffer) => {
                documents.iter().try_for_each(|document| writer.write(document))?;
                buffer.pass_on(out)
            }
            Self::Folder(_, writer) | Self::Growing(_, writer) => {
                Ok(documents.iter().try_for_each(|document| writer.write(document))?)
            }
        }
    }

    /// Brings the writer of a file or folder that has documents already to where it was behind them.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn go_on(&mut self) -> Result<()> {
        match self {
            Self::Documents(_, writer, _) | Self::Growing(_, writer) => Ok(writer.goes_on()?),
            Self::Text(_) | Self::Folder(..) => Ok(()),
        }
    }

    /// Writes down that everything so far is good, where that can be gone on with: `state` is for the run that does, and `done` says
    /// what is there.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn commit(&mut self, state: &str, done: &str) -> Result<()> {
        match self {
            Self::Text(out) | Self::Documents(out, ..) => out.commit(state, done),
            Self::Growing(folder, writer) => {
                folder.commit(&writer.files(), state)?;
                destination::stays(folder.partial(), done);
                Ok(())
            }
            Self::Folder(..) => Ok(()),
        }
    }

    /// Counts what follows and writes no more of it.
    pub fn discard_the_rest(&mut self) {
        if let Self::Text(out) | Self::Documents(out, ..) = self {
            out.writer = Sink::nothing();
        }
    }

    /// What to call it in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Text(out) | Self::Documents(out, ..) => out.name.clone(),
            Self::Folder(folder, _) => folder.path().display().to_string(),
            Self::Growing(folder, _) => folder.path().display().to_string(),
        }
    }

    /// What the format could not hold so far, where the text does not come with an account of it.
    pub fn unwritten(&self) -> Option<&Ledger> {
        match self {
            Self::Text(_) => None,
            Self::Documents(_, writer, _) | Self::Folder(_, writer) | Self::Growing(_, writer) => Some(writer.ledger()),
        }
    }

    /// Writes the end, so that all that is left is a name.
    ///
    /// # Errors
    /// An output that does not take it.
    pub fn complete(self) -> Result<Complete> {
        match self {
            Self::Text(out) => Complete::flushed(out),
            Self::Documents(mut out, writer, mut buffer) => {
                writer.finish()?;
                buffer.pass_on(&mut out)?;
                Complete::flushed(out)
            }
            Self::Folder(folder, writer) => {
                writer.finish()?;
                Ok(Complete::Folder(folder))
            }
            Self::Growing(folder, writer) => {
                writer.finish()?;
                Ok(Complete::Growing(folder))
            }
        }
    }
}

/// A whole output that has not got its name yet.
pub enum Complete {
    File(Destination),
    Folder(NewFolder),
    Growing(GrowingFolder),
}

impl Complete {
    /// Its length and digest, where it is a file that can be gone on with.
    pub fn extent(&self) -> Option<Extent> {
        match self {
            Self::File(out) => out.extent(),
            Self::Folder(_) | Self::Growing(_) => None,
        }
    }

    /// Gives it its name.
    pub fn finish(self) -> Result<()> {
        match self {
            Self::File(out) => out.finish(),
            Self::Folder(folder) => Ok(folder.finish()?),
            Self::Growing(folder) => {
                folder.finish()?;
                destination::stays_no_more();
                Ok(())
            }
        }
    }

    fn flushed(mut out: Destination) -> Result<Self> {
        out.writer.flush().with_context(|| out.name.clone())?;
        Ok(Self::File(out))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn pass_on(&mut self, out: &mut Destination) -> Result<()> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.writer.write_all(&bytes).with_context(|| out.name.clone())?;
        bytes.clear();
        Ok(())
    }
}
