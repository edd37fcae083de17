//! Lines that do not end: every reader of lines gives them up at a stated length, and reads hardly more than that.

use std::io::{self, BufReader, Read};
use std::path::Path;

use welt_data::conll::{self, TagColumn, TaggedReader};
use welt_data::formats::{self, Format};
use welt_data::{DataError, LONGEST_DOCUMENT, LONGEST_LINE, read_lines};

/// A beginning, and after it one letter for ever.
struct Endless<'b> {
    beginning: &'b [u8],
    read: usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let of_beginning = self.beginning.read(buffer)?;
        buffer[of_beginning..].fill(b'a');
        self.read += buffer.len();
        assert!(self.read <= LONGEST_DOCUMENT + LONGEST_LINE, "it reads on and on");
        Ok(buffer.len())
    }
}

fn endless(beginning: &str) -> Endless<'_> {
    Endless { beginning: beginning.as_bytes(), read: 0 }
}

#[track_caller]
fn check(error: &DataError, start: &str) {
    let expected =
        format!("{start}: found a line of more than {LONGEST_LINE} bytes, expected lines of text no longer than");
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[test]
fn documents() {
    let check = |format: Format, beginning: &str, start: &str| {
        let reader = BufReader::with_capacity(1 << 20, endless(beginning));
        let found = formats::documents(format, Path::new("c"), reader).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        check(&found.unwrap_err(), start);
    };
    check(Format::PubTator, "", "c:1:1");
    check(Format::PubTator, "1|t|Title\n1|a|", "c:2:1");
    check(Format::JsonLines, "{\"id\": \"", "c:1:1");
    // What stands on lines of any length ends with a document or a text.
    let check = |format: Format, beginning: &str| {
        let reader = BufReader::with_capacity(1 << 20, endless(beginning));
        let found = formats::documents(format, Path::new("c"), reader).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let error = found.unwrap_err().to_string();
        assert!(
            error.contains(&format!("found a document or a text of more than {LONGEST_DOCUMENT} bytes")),
            "{error}"
        );
    };
    check(Format::BiocJson, "{\"documents\": [{\"id\": \"");
    check(Format::BiocXml, "<collection><document><id>");
    check(Format::BiocXml, "<collection><document ");
}

#[test]
fn tagged_files() {
    let mut reader = TaggedReader::new(Path::new("t.tsv"), endless("a\tO\n\nb\tO\nc"), &[-1]);
    assert!(reader.next_sentence().unwrap().is_some());
    check(&reader.next_sentence().unwrap_err(), "t.tsv:4:1");
    check(&conll::survey(Path::new("t.tsv"), endless(""), TagColumn::Find).unwrap_err(), "t.tsv:1:1");
    // One that ends all the same, and as much of it as may be.
    for (length, is_read) in [(LONGEST_LINE - 4, true), (LONGEST_LINE - 1, false)] {
        let text = format!("a\tO\n{}\tB-A\nb\tO\n", "a".repeat(length));
        let streamed = TaggedReader::new(Path::new("t.tsv"), text.as_bytes(), &[-1]).next_sentence().map(drop);
        let parsed = conll::parse(Path::new("t.tsv"), text.as_bytes(), TagColumn::Find).map(drop);
        for outcome in [streamed, parsed] {
            match outcome {
                Ok(()) => assert!(is_read, "{length}"),
                Err(error) => {
                    assert!(!is_read, "{error}");
                    check(&error, "t.tsv:2:1");
                }
            }
        }
    }
}

#[test]
fn plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    std::fs::write(&path, format!("one\n{}\n", "a".repeat(LONGEST_LINE + 1))).unwrap();
    check(&read_lines(&path).unwrap_err(), &format!("{}:2:1", path.display()));
}
