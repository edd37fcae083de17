//! What a file is that stands where a tagged file is wanted: its name and kind, instead of what is odd about its columns.
//! A path and what a reader said of it go in, an error that says how a tagged file is made of it comes out.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use welt_data::DataError;
use welt_data::formats::{Format, Untold};
use welt_tags::Tag;

/// Columns of tagged files are fewer.
const MOST_COLUMNS: usize = 5;

/// Files of bytes: how they begin, what they are, what is to be done, and what does it.
const BYTES: [(&[u8], &str, &str, &str); 6] = [
    (b"\x1f\x8b", "packed by gzip twice", "unpack it", "gzip -dk"),
    (b"BZh", "packed by bzip2", "unpack it", "bzip2 -dk"),
    (b"\xfd7zXZ\0", "packed by xz", "unpack it", "xz -dk"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", "unpack it", "zstd -d"),
    (b"PK\x03\x04", "packed by zip", "unpack it", "unzip"),
    (b"%PDF-", "a PDF", "take its text out", "pdftotext"),
];

/// How the sixth field of an archive begins, and where.
const TAR: &[u8] = b"ustar";
const TAR_AT: usize = 257;

/// Refuses documents and packed files, which a reader of columns would take for tagged ones or complain of at length.
///
/// Standard input, pipes and devices pass: what is read of them to look at it is gone.
///
/// # Errors
/// A file or folder that is plainly no tagged file.
pub fn refuse(path: &Path) -> Result<()> {
    let Some(head) = head(path) else { return Ok(()) };
    refuse_bytes(path, &head)?;
    match document_format(path, &head) {
        Some(Format::PubTator | Format::BiocXml | Format::BiocJson | Format::JsonLines | Format::Brat) => {
            bail!(said(path, &head).unwrap_or_default())
        }
        None if !looks_tagged(&head) => match Format::tell(path, &head) {
            Err(Untold { looks_like: Some(other), .. }) => {
                bail!(
                    "{}: looks like {other}; expected a tagged file (a word and its tag on each line)",
                    path.display()
                )
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// The format of documents that a file or folder is plainly in; nothing for a tagged file, a text without mentions, and what can be read only once.
pub fn documents(path: &Path) -> Option<Format> {
    document_format(path, &head(path)?).filter(|format| *format != Format::PlainText)
}

/// The error of a reader of tagged files, or what the file is where it is something else.
pub fn explained(error: DataError) -> anyhow::Error {
    let path = match &error {
        DataError::Corpus(error) => Some(error.path.as_path()),
        DataError::Folder { path } => Some(path.as_path()),
        _ => None,
    };
    match path.and_then(|path| said(path, &head(path)?)) {
        Some(said) => anyhow!(said),
        None => error.into(),
    }
}

/// Refuses a file of bytes that is none of text, by what it begins with.
///
/// # Errors
/// A packed file, or a PDF.
pub fn refuse_bytes(path: &Path, head: &[u8]) -> Result<()> {
    let shown = path.display();
    if head.get(TAR_AT..).is_some_and(|rest| rest.starts_with(TAR)) {
        bail!("{shown}: is an archive of files, expected text: unpack it first, with `tar -xf {shown}`");
    }
    let Some((_, what, act, by)) = BYTES.into_iter().find(|(magic, ..)| head.starts_with(magic)) else {
        return Ok(());
    };
    if !path.is_file() {
        bail!("{shown}: is {what}, expected text: {act} first");
    }
    let file = path.to_string_lossy();
    let is_archive = file.contains(".tar.") || file.ends_with(".tgz");
    let by = if is_archive { "tar -xf" } else { by };
    bail!("{shown}: is {what}, expected text: {act} first, with `{by} {shown}`")
}

/// The first bytes of a file, none of a folder; nothing where reading would use them up.
fn head(path: &Path) -> Option<Vec<u8>> {
    let metadata = fs::metadata(path).ok()?;
    if metadata.is_dir() {
        return Some(Vec::new());
    }
    // To open a pipe is to take it from whoever reads it next: its writer may have gone by then.
    if !metadata.is_file() {
        return None;
    }
    let mut head = Vec::new();
    // What is packed by gzip is told by what is in it.
    welt_data::open_file(path).ok()?.take(Format::HEAD).read_to_end(&mut head).ok()?;
    Some(head)
}

/// The format of documents that a file or folder is in; nothing where it is, or may be, a tagged file.
fn document_format(path: &Path, head: &[u8]) -> Option<Format> {
    if looks_tagged(head) {
        return None;
    }
    let running_text = || looks_like_running_text(head).then_some(Format::PlainText);
    Format::detect(path, head).or_else(running_text).filter(|format| *format != Format::Conll)
}

/// What a file or folder of documents is, and how a tagged file is made of it.
fn said(path: &Path, head: &[u8]) -> Option<String> {
    let (format, shown) = (document_format(path, head)?, path.display());
    let made = path.with_extension("tsv");
    let is_folder = if path.is_dir() { ", a folder of documents" } else { "" };
    let expected = "expected a tagged file (a word and its tag on each line)";
    Some(match format {
        Format::PlainText => format!(
            "{shown}: looks like {format}{is_folder}, which has no tags; {expected}; \
             `welt predict --from text` gives tags to a text"
        ),
        _ => format!(
            "{shown}: looks like {format}{is_folder}, {expected}; make one with `welt convert {shown} --output {}`",
            made.display()
        ),
    })
}

/// Whether most whole lines are of many words, without columns.
fn looks_like_running_text(head: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(head) else { return false };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_running = |line: &&&str| !line.contains('\t') && line.split_whitespace().count() > MOST_COLUMNS;
    2 * lines.iter().filter(is_running).count() > lines.len()
}

/// Whether most whole lines end in a tag, whatever is wrong with the others.
fn looks_tagged(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut lines: Vec<&str> = text.lines().collect();
    if !text.ends_with('\n') && lines.len() > 1 {
        lines.pop();
    }
    let words: Vec<&str> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
    let ends_in_tag = |line: &&&str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns.len() > 1 && columns.last().is_some_and(|last| last.parse::<Tag>().is_ok())
    };
    !words.is_empty() && 2 * words.iter().filter(ends_in_tag).count() > words.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_end_in_tags_are_told_from_others() {
        for tagged in ["a\tO\nb\tB-X\n", "[\tO\n{ O\n", "no tag here\na O\nb O\nc O\n", "a NN O\n\nb NN I-Y\nc NN"] {
            assert!(looks_tagged(tagged.as_bytes()), "{tagged}");
        }
        for other in
            ["", "1|t|Ataxia\n", "T1\tDisease 0 6\tAtaxia\n", "{\"id\": 1}\n", "No sign of vitamin B\nin them.\n"]
        {
            assert!(!looks_tagged(other.as_bytes()), "{other}");
        }
    }
}
