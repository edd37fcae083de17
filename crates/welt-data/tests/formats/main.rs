//! Documents in every format: what is read and skipped, what is refused and in which words, what is written and what is lost.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

mod annotation_tools;
mod articles;
mod malformed;
mod packed;
mod readers;
mod real;
mod round_trips;
mod table;
mod token_files;
mod told;

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use welt_data::formats::{self, Format};
use welt_data::ledger::Ledger;
use welt_data::{DataError, Document};

/// All documents of a stream, and what was skipped.
fn read(format: Format, bytes: &[u8]) -> Result<(Vec<Document>, Ledger), DataError> {
    let mut documents = formats::documents(format, Path::new("c"), bytes)?;
    let read = documents.by_ref().collect::<Result<Vec<_>, _>>()?;
    Ok((read, documents.ledger().clone()))
}

/// All documents of a file or folder, and what was skipped.
fn open(format: Format, path: &Path) -> Result<(Vec<Document>, Ledger), DataError> {
    let mut documents = formats::open(path, format)?;
    let read = documents.by_ref().collect::<Result<Vec<_>, _>>()?;
    Ok((read, documents.ledger().clone()))
}

/// A folder with some files in it.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// What is read back of documents that were written, and what was lost.
fn write_and_read(format: Format, documents: &[Document]) -> Result<(Vec<Document>, Ledger), DataError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("corpus");
    let mut writer = formats::create(&path, format)?;
    for document in documents {
        writer.write(document)?;
    }
    let losses = writer.finish()?;
    Ok((open(format, &path)?.0, losses))
}

/// One document a paragraph: passages, then mentions.
fn show(documents: &[Document]) -> String {
    let mut text = String::new();
    for document in documents {
        text += &format!("{:?}\n", document.id);
        for passage in &document.passages {
            text += &format!("  {}@{} {:?}\n", passage.kind, passage.offset, passage.text);
        }
        for mention in &document.mentions {
            let stated = mention.text.as_deref().unwrap_or("-");
            let there = document.text_at(mention);
            let is_there = if there.as_deref() == Some(stated) { "" } else { " (not there)" };
            text += &format!("  {} {} {:?} {stated:?}{is_there}", mention.id, mention.entity_type, mention.parts);
            for identifier in &mention.identifiers {
                text += &format!(" {}:{}", identifier.database, identifier.id);
            }
            text += "\n";
        }
        if let Some(sentences) = &document.sentences {
            text += &format!("  words {sentences:?}\n");
        }
    }
    text
}

/// What is read of a text, or the error.
fn shown(result: Result<(Vec<Document>, Ledger), DataError>) -> String {
    match result {
        Ok((documents, skipped)) => format!("{}skipped {}\n", show(&documents), skipped.summary()),
        Err(error) => format!("{error}\n"),
    }
}
