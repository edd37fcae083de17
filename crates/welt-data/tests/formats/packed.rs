//! Files packed by gzip: in every format, with several members, cut off, damaged, and ones that grow without measure.

use std::io::{Cursor, Write};
use std::path::Path;

use expect_test::expect;
use flate2::{Compression, write::GzEncoder};
use welt_data::conll::{self, Columns, TagColumn};
use welt_data::formats::{self, Format};
use welt_data::{DataError, Unpacked};
use welt_tags::Chunking;

use super::{folder, open, read};

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// A corpus of one file in each format that is one.
const FILES: [(Format, &str); 8] = [
    (Format::PubTator, "1|t|Ataxia.\n1\t0\t6\tAtaxia\tDisease\tD1\n"),
    (
        Format::BiocXml,
        "<collection><document><id>1</id><passage><offset>0</offset><text>Ataxia.</text></passage></document></collection>",
    ),
    (Format::BiocJson, "{\"documents\":[{\"id\":\"1\",\"passages\":[{\"offset\":0,\"text\":\"Ataxia.\"}]}]}"),
    (
        Format::Pubmed,
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    ),
    (Format::Jats, "<article><body><p>Ataxia.</p></body></article>"),
    (
        Format::JsonLines,
        "{\"id\":\"1\",\"passages\":[{\"kind\":\"\",\"offset\":0,\"text\":\"Ataxia.\"}],\"mentions\":[]}\n",
    ),
    (Format::PlainText, "Ataxia."),
    (Format::Conll, "Ataxia\tB-Disease\n.\tO\n"),
];

#[test]
fn every_format_of_one_file() {
    for (format, text) in FILES {
        let plain = read(format, text.as_bytes()).unwrap().0;
        let (first, second) = text.as_bytes().split_at(text.len() / 2);
        let members = [packed(first), packed(second)].concat();
        for bytes in [packed(text.as_bytes()), members] {
            assert_eq!(read(format, &bytes).unwrap().0, plain, "{format}");
            // A name tells nothing: neither that a file is packed, nor that it is not.
            let folder = folder(&[("c", &bytes)]);
            let opened = open(format, &folder.path().join("c")).unwrap().0;
            assert_eq!(opened, plain, "{format}");
        }
    }
}

#[test]
fn tagged_files() {
    let text = b"Ataxia\tB-Disease\n.\tO\n";
    let folder = folder(&[("train.tsv.gz", &packed(text))]);
    let path = folder.path().join("train.tsv.gz");
    let corpus = conll::read(&path, TagColumn::Find).unwrap();
    assert_eq!(corpus.sentences, conll::parse(&path, text, TagColumn::Find).unwrap().sentences);
    let documents =
        formats::conll_documents(Path::new("c"), Cursor::new(packed(text)), Columns::FIND, Chunking::Lenient).unwrap();
    let mentions: usize = documents.map(|document| document.unwrap().mentions.len()).sum();
    assert_eq!(mentions, 1);
}

/// The messages of a file that is cut off at each byte.
#[test]
fn cut_off_and_damaged() {
    for (format, text) in FILES {
        let bytes = packed(text.as_bytes());
        for length in 2..bytes.len() {
            let error = read(format, &bytes[..length]).expect_err("a file that is cut off");
            assert!(matches!(error, DataError::Gzip { .. }), "{format}: {error}");
        }
    }
    let bytes = packed(FILES[0].1.as_bytes());
    let shown = |bytes: &[u8]| read(Format::PubTator, bytes).expect_err("a mistake").to_string();
    let mut damaged = bytes.clone();
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    let trailing = [bytes.as_slice(), b"more"].concat();
    let all = [shown(&bytes[..bytes.len() - 1]), shown(&damaged), shown(&trailing)].join("\n");
    expect![[r#"
        c: is packed by gzip and ends too early, after 36 bytes of text: it is not complete; fetch or pack it again
        c: is packed by gzip and damaged, after 36 bytes of text: corrupt gzip stream does not have a matching checksum; fetch or pack it again
        c: is packed by gzip and ends too early, after 36 bytes of text: it is not complete; fetch or pack it again"#]].assert_eq(&all);
}

/// A hundred MB of a bomb are refused before they are held, in formats that hold a document or a line.
#[test]
fn bombs() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(b"<article>").unwrap();
    let block = vec![b'a'; 1 << 20];
    for _ in 0..100 {
        bomb.write_all(&block).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    for format in [Format::PlainText, Format::Jats] {
        // What was read is not shown where nothing is refused.
        let error = read(format, &bomb).map(|_| ()).expect_err("a bomb").to_string();
        assert!(error.contains("grows to more than 150 times its size"), "{error}");
    }
}

#[test]
fn what_is_not_packed_stays_as_it_is() {
    for bytes in [b"".as_slice(), b"\x1f", b"\x1f\x8c", b"ab"] {
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut Unpacked::new(bytes).unwrap(), &mut out).unwrap();
        assert_eq!(out, bytes);
    }
}
