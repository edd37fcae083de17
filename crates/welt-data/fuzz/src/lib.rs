//! What must hold for any bytes whatever: a reader takes them or says where they are wrong, and what it takes can be aligned, written and read again.
//! Bytes in, a panic where something does not hold; how bytes are chosen is libFuzzer's affair.
//!
//! `cargo +nightly fuzz run pubtator` in the folder above runs a target; `TMPDIR` on a file system in memory makes those fast that need folders.

use std::fs;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use welt_data::alignment::{Rules, align, check_mentions};
use welt_data::conll::{self, TagColumn, TaggedReader};
use welt_data::formats::{self, Documents, Format};
use welt_data::ledger::Ledger;
use welt_data::{DataError, Document, Unpacked};

/// What stands between the files of a folder.
const BORDER: &[u8] = b"\n====\n";

/// What files are called in messages.
const NAME: &str = "c";

/// Bytes that a slow stream gives at a time.
const SLOW: usize = 7;

/// Reads a stream, as a whole and a few bytes at a time.
pub fn stream(format: Format, bytes: &[u8]) {
    // How far something damaged is unpacked depends on how it comes, and so does what is said of it; the target `gzip` is for that.
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let read = |capacity| {
        let reader = BufReader::with_capacity(capacity, bytes);
        collected(formats::documents(format, Path::new(NAME), reader))
    };
    let all = read(1 << 16);
    let slowly = read(SLOW);
    match (&all, &slowly) {
        (Ok(all), Ok(slowly)) => assert_eq!(all, slowly),
        (Err(all), Err(slowly)) => {
            assert_eq!(all.to_string(), slowly.to_string());
            assert_place(&all.to_string(), NAME);
        }
        (all, slowly) => panic!("{all:?} and slowly {slowly:?}"),
    }
    if let Ok(documents) = all {
        documents.iter().for_each(use_document);
    }
}

/// Unpacks bytes as they are after the two that say that they are packed, and the same bytes once they are packed, which must come out again.
///
/// # Panics
/// Memory that does not take what is packed.
pub fn packed(bytes: &[u8]) {
    let told = [&[0x1f, 0x8b], bytes].concat();
    for format in [Format::PlainText, Format::PubTator, Format::Pubmed] {
        if let Err(error) = collected(formats::documents(format, Path::new(NAME), told.as_slice())) {
            assert!(error.to_string().starts_with(NAME), "{error}");
        }
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    let packed = encoder.finish().expect("memory takes it");
    let halves = [packed.clone(), packed].concat();
    let mut out = Vec::new();
    Unpacked::new(halves.as_slice()).and_then(|mut unpacked| unpacked.read_to_end(&mut out)).expect("it was packed");
    assert_eq!(out, bytes.repeat(2));
}

/// Reads a folder of files.
///
/// # Panics
/// A temporary folder that cannot be filled.
pub fn folder(format: Format, names: &[&str], bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut rest = bytes;
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let end = rest.windows(BORDER.len()).position(|window| window == BORDER);
        fs::write(&path, &rest[..end.unwrap_or(rest.len())]).expect("a file");
        rest = end.map_or(&[], |end| &rest[end + BORDER.len()..]);
    }
    match collected(formats::open(folder.path(), format)) {
        Ok(documents) => documents.iter().for_each(use_document),
        Err(error) => assert_place(&error.to_string(), &folder.path().display().to_string()),
    }
}

/// Reads a CoNLL-like file as a whole and sentence by sentence, which must give the same words and tags.
pub fn tagged_rows(bytes: &[u8]) {
    let whole = conll::parse(Path::new(NAME), bytes, TagColumn::Number(-1));
    let mut reader = TaggedReader::new(Path::new(NAME), bytes, &[-1]);
    let mut sentences = Vec::new();
    let outcome = loop {
        match reader.next_sentence() {
            Ok(Some(sentence)) => {
                let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
                sentences.push((owned(&sentence.words), owned(&sentence.tags[0]), sentence.line_number));
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    match (whole, outcome) {
        (Ok(corpus), Ok(())) => {
            let tags = |sentence: &welt_data::Sentence| sentence.tags.iter().map(ToString::to_string).collect();
            let parsed =
                corpus.sentences.iter().map(|sentence| (sentence.words.clone(), tags(sentence), sentence.line_number));
            assert_eq!(sentences, parsed.collect::<Vec<(Vec<String>, Vec<String>, usize)>>());
            let mut out = Vec::new();
            if conll::write(&mut out, &corpus.sentences).is_ok() {
                let again =
                    conll::parse(Path::new(NAME), &out, TagColumn::Number(-1)).expect("what was written is read");
                let words = |corpus: &welt_data::Corpus| {
                    corpus
                        .sentences
                        .iter()
                        .map(|sentence| (sentence.words.clone(), sentence.tags.clone()))
                        .collect::<Vec<_>>()
                };
                assert_eq!(words(&again), words(&corpus));
            }
        }
        // The stream does not ask whether a text is a tag.
        (Err(error), _) => assert_place(&error.to_string(), NAME),
        (Ok(_), Err(error)) => panic!("read as a whole, but not as a stream: {error}"),
    }
}

fn collected(documents: Result<Documents<'_>, DataError>) -> Result<Vec<Document>, DataError> {
    documents?.collect()
}

/// What every document that was read must be good for.
fn use_document(document: &Document) {
    assert_eq!(document.check(), Ok(()));
    let mut ledger = Ledger::listing(3);
    align(document, &Rules::corpora(), &mut ledger).expect("every document that is read can be aligned");
    assert_eq!(ledger.unbalanced(), None);
    check_mentions(document, &mut ledger);
    let written = |format: &Format| format.can_be_written() && !format.is_written_as_folder();
    for format in Format::ALL.into_iter().filter(written) {
        let mut out = Vec::new();
        let mut writer = formats::writer(format, &mut out).expect("a format that is written");
        if writer.write(document).is_err() {
            continue;
        }
        let losses = writer.finish().expect("memory takes it");
        let again =
            collected(formats::documents(format, Path::new(NAME), out.as_slice())).expect("what was written is read");
        if losses.is_lossless() {
            let stated = |document: &Document| {
                let text: Vec<char> = document.text().chars().collect();
                let mut document = document.clone();
                // What is cut by white space alone is one mention, and written so where there are no parts.
                let is_blank = |at: &usize| text.get(*at).is_some_and(|character| character.is_whitespace());
                for mention in &mut document.mentions {
                    let parts = &mention.parts;
                    if parts
                        .windows(2)
                        .all(|pair| pair[0].end < pair[1].start && (pair[0].end..pair[1].start).all(|at| is_blank(&at)))
                    {
                        mention.parts = if parts.is_empty() { Vec::new() } else { vec![mention.extent()] };
                    }
                }
                // A format that states texts and ids states those that were not stated too.
                for mention in &mut document.mentions {
                    mention.text = None;
                    mention.id.clear();
                }
                document
            };
            assert_eq!(again.iter().map(stated).collect::<Vec<_>>(), [stated(document)], "{format}");
            let ids =
                |document: &Document| document.mentions.iter().map(|mention| mention.id.clone()).collect::<Vec<_>>();
            let kept = ids(document).into_iter().zip(ids(&again[0])).all(|(id, read)| id.is_empty() || id == read);
            assert!(kept || format == Format::PubTator, "{format}: {document:?}");
        }
    }
}

/// Every error about what stands in a file says where: `path:line:column`.
fn assert_place(message: &str, path: &str) {
    // What is packed has no lines before it is unpacked.
    if message.contains(": is packed by gzip") {
        return;
    }
    let position = message.strip_prefix(path).and_then(|rest| {
        let rest = &rest[rest.find(':')? + 1..];
        let (line, rest) = rest.split_once(':')?;
        let (column, _) = rest.split_once(':')?;
        Some((line.parse::<usize>().ok()?, column.parse::<usize>().ok()?))
    });
    assert!(position.is_some_and(|(line, column)| line > 0 && column > 0), "{message}");
}
