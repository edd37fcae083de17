//! Files packed by gzip: in every format, with several members, cut off, damaged, and ones that grow without measure.

use std::io::{Cursor, Write};
use std::path::Path;

use expect_test::expect;
use flate2::{Compression, write::GzEncoder};
use welt_data::conll::{self, Columns, TagColumn};
use welt_data::formats::{self, Format};
use welt_data::{DataError, Document, Unpacked};
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

/// What is written of documents and packed is read again.
#[test]
fn folders_of_packed_files() {
    let text = "Ataxia.";
    let ann = "T1\tDisease 0 6\tAtaxia\n";
    let plain = folder(&[("a.txt", text.as_bytes()), ("a.ann", ann.as_bytes())]);
    let documents = open(Format::Brat, plain.path()).unwrap().0;
    let gz = folder(&[("a.txt.gz", &packed(text.as_bytes())), ("a.ann.gz", &packed(ann.as_bytes()))]);
    assert_eq!(open(Format::Brat, gz.path()).unwrap().0, documents);
    assert_eq!(open(Format::Brat, &gz.path().join("a.ann.gz")).unwrap().0, documents);
    assert_eq!(Format::detect(gz.path(), b""), Some(Format::Brat));
    let texts: Vec<Document> = open(Format::PlainText, gz.path()).unwrap().0;
    assert_eq!((texts[0].id.as_str(), texts[0].text().as_str()), ("a", text));
}

/// Folders in a folder are read, and written again; files that are a corpus each are read one after the other, packed or not.
#[test]
fn folders_of_folders() {
    let ann = b"T1\tDisease 0 6\tAtaxia\n".as_slice();
    let brat = folder(&[
        ("train/a.txt", b"Ataxia."),
        ("train/a.ann", ann),
        ("test/x/a.txt", b"Ataxia."),
        ("test/x/a.ann.gz", &packed(ann)),
        (".git/a.txt", b"hidden"),
    ]);
    assert_eq!(Format::detect(brat.path(), b""), Some(Format::Brat));
    let (documents, ledger) = open(Format::Brat, brat.path()).unwrap();
    let ids: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
    assert_eq!((ids, ledger.summary()), (vec!["test/x/a", "train/a"], "nothing".to_owned()));
    assert!(documents.iter().all(|document| document.mentions.len() == 1));
    assert_eq!(super::write_and_read(Format::Brat, &documents).unwrap().0, documents);

    let article = FILES[4].1.as_bytes();
    let articles = folder(&[("1/a.nxml", article), ("2/b.xml.gz", &packed(article)), ("2/notes.csv", b"a,b\n")]);
    assert_eq!(Format::detect(articles.path(), b""), Some(Format::Jats));
    let (documents, ledger) = open(Format::Jats, articles.path()).unwrap();
    let shown = ledger.summary().replace(&articles.path().display().to_string(), "F");
    assert_eq!(documents.len(), 2);
    assert_eq!(shown, "1 unread-file (first at F/2/notes.csv:1:1), 2 unread-metadata (first at F/1/a.nxml:1:1)");
}

#[test]
fn what_is_not_packed_stays_as_it_is() {
    for bytes in [b"".as_slice(), b"\x1f", b"\x1f\x8c", b"ab"] {
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut Unpacked::new(bytes).unwrap(), &mut out).unwrap();
        assert_eq!(out, bytes);
    }
}
