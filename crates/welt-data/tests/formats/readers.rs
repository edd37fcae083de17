//! Small texts in every format, with everything that real files have in them.

use std::io::Cursor;
use std::path::Path;
use std::str::FromStr;

use expect_test::{Expect, expect};
use welt_data::conll::Columns;
use welt_data::formats::{self, Format, RawDocuments};
use welt_data::ledger::{Ledger, Loss};
use welt_data::{Document, Passage};
use welt_tags::{Chunking, Scheme};

use super::{folder, open, read, shown};

#[expect(clippy::needless_pass_by_value, reason = "so that calls read well")]
fn check(format: Format, text: &str, expected: Expect) {
    expected.assert_eq(&shown(read(format, text.as_bytes())));
}

#[expect(clippy::needless_pass_by_value, reason = "so that calls read well")]
fn check_folder(format: Format, files: &[(&str, &[u8])], expected: Expect) {
    let folder = folder(files);
    let shown = shown(open(format, folder.path()));
    expected.assert_eq(&shown.replace(&folder.path().display().to_string(), "F"));
}

#[test]
fn pubtator() {
    let composite = "2|t|Ocular and auditory toxicity|x\n2|a|\n2\t0\t28\tOcular and auditory toxicity\tDisease\tD1|D2\tOcular toxicity|auditory toxicity\n2\t0\t6\tOcular\tDisease\t-1\t\n";
    let text = format!(
        "\u{feff}\n1|t|β𝛽-thalassaemia \n1|a|G6PD.\n1\t0\t16\tβ𝛽-thalassaemia\tDisease\t D1+D2\n1\t17\t21\tG6PD\tGene\n1\t90\t95\tnone\tGene\t\n1\tCID\tD1\tD2\n1\tAssociation\tD1\t7\tNovel\n\n\n{composite}3|t|End"
    );
    let expected = expect![[r#"
        "1"
          title@0 "β𝛽-thalassaemia "
          abstract@17 "G6PD."
           Disease [0..16] "β𝛽-thalassaemia" (not there) : D1+D2
           Gene [17..21] "G6PD"
           Gene [90..95] "none" (not there)
        "2"
          title@0 "Ocular and auditory toxicity|x"
          abstract@31 ""
           Disease [0..28] "Ocular and auditory toxicity" :D1|D2
           Disease [0..6] "Ocular" :-1
        "3"
          title@0 "End"
        skipped 1 unread-individual-names (first at c:13:1), 2 unread-relation (first at c:7:1)
    "#]];
    expected.assert_eq(&shown(read(Format::PubTator, text.as_bytes())));
    expected.assert_eq(&shown(read(Format::PubTator, text.replace('\n', "\r\n").as_bytes())));
}

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "http://localhost/never-fetched.dtd" [<!ENTITY own "x">]>
<collection><source>S</source><date/><key>k</key><infon key="a">b</infon>
<document><id>1</id><infon key="year">2000</infon>
<passage><infon key="type">title</infon><infon key="doi">d</infon><offset> 0 </offset>
<text>&lt;β&gt; &amp; <![CDATA[<𝛽>]]>&#x3b2;&#946;<!-- no --> &quot;&apos;</text>
<annotation id='T&quot;1'><infon key="type">A&amp;B</infon><infon key="MESH">D1</infon><infon key="identifier">7</infon>
<location offset="1" length="1"/><location offset="7" length="1"/><text>β 𝛽</text></annotation>
<annotation id="2"><infon key="CompositeRole">IndividualMention</infon><infon key="type">A</infon></annotation>
<annotation id="3"><infon key="CompositeRole">CompositeMention</infon><infon key="type">A</infon><infon key="type">B</infon></annotation>
<relation id="R1"><infon key="r">x</infon><node refid="2" role="y"/></relation>
</passage>
<passage><infon key="type">abstract</infon><offset>20</offset>
<sentence><offset>20</offset><text>One.</text><annotation id="4"><infon key="type">C</infon><location offset="20" length="3"/><text>One</text></annotation></sentence>
<sentence><infon key="n">2</infon><offset>25</offset><text>Two.</text></sentence>
</passage>
<other><deep><deeper/></deep></other>stray
</document></collection>
"#;

#[test]
fn bioc_xml() {
    let expected = expect![[r#"
        "1"
          title@0 "<β> & <𝛽>ββ \"'"
          abstract@20 "One."
          abstract@25 "Two."
          T"1 A&B [1..2, 7..8] "β 𝛽" MESH:D1 :7
          3 A [] "-" (not there)
          4 C [20..23] "One"
        skipped 1 unread-annotation-infon (first at c:10:1), 3 unread-collection-infon (first at c:3:13), 1 unread-composite-role (first at c:10:1), 1 unread-document-infon (first at c:4:21), 1 unread-individual-mention (first at c:9:1), 2 unread-passage-infon (first at c:5:59), 1 unread-relation (first at c:11:1), 2 unread-sentence (first at c:14:1), 2 unread-unknown-part (first at c:17:1)
    "#]];
    expected.assert_eq(&shown(read(Format::BiocXml, XML.as_bytes())));
    expected.assert_eq(&shown(read(Format::BiocXml, format!("\u{feff}{}", XML.replace('\n', "\r\n")).as_bytes())));
}

#[test]
fn a_buffer_of_one_byte_changes_nothing() {
    struct Slow<'t>(&'t [u8]);
    impl std::io::Read for Slow<'_> {
        fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
            let length = self.0.len().min(bytes.len()).min(1);
            bytes[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    let pubtator = "1|t|β𝛽\n1|a|G6PD.\n1\t0\t1\tβ\tDisease\tD1\n";
    for (format, text) in
        [(Format::BiocXml, XML), (Format::BiocJson, JSON), (Format::BiocJson, LONE), (Format::PubTator, pubtator)]
    {
        let slow = std::io::BufReader::with_capacity(1, Slow(text.as_bytes()));
        let documents: Vec<_> = formats::documents(format, Path::new("c"), slow).unwrap().map(Result::unwrap).collect();
        assert_eq!(documents, read(format, text.as_bytes()).unwrap().0);
    }
}

const JSON: &str = r#"[{"source":"S","date":"","infons":{},"bioctype":"C", "documents" : [
 {"id":1,"infons":{"year":2000},"passages":[
  {"offset":"0","infons":{"type":"title","doi":"d"},"text":"β ] \" } \ud835\udefd","annotations":[
   {"id":"T1","infons":{"type":"A","MESH":"D1","n":7,"valid":true,"null":null,"l":[1]},"text":"β","locations":[{"offset":0,"length":1},{"offset":8,"length":1}]},
   {"id":"2","infons":{"CompositeRole":"IndividualMention"}},
   {"id":"3","infons":{"type":"A","type":"B"},"locations":[],"text":null}],"relations":[]},
  {"offset":20,"text":"","sentences":[{"offset":20,"text":"One.","annotations":[{"id":"4","locations":[{"offset":20,"length":3,"x":1}]}]}]}],
  "annotations":[],"relations":[{"id":"R1"},{"id":"R2"}],"accessions":[]}
 ]}, {"PubTator3": [{"id":"2","passages":[]}]}]
"#;

#[test]
fn bioc_json() {
    check(
        Format::BiocJson,
        JSON,
        expect![[r#"
            "1"
              title@0 "β ] \" } 𝛽"
              @20 "One."
              T1 A [0..1, 8..9] "β" (not there) MESH:D1
              3 A [] "-" (not there)
              4  [20..23] "-" (not there)
            "2"
            skipped 4 unread-annotation-infon (first at c:2:2), 1 unread-collection-infon (first at c:1:3), 1 unread-document-infon (first at c:2:2), 1 unread-individual-mention (first at c:2:2), 1 unread-passage-infon (first at c:2:2), 2 unread-relation (first at c:2:2), 1 unread-sentence (first at c:2:2), 3 unread-unknown-part (first at c:2:2)
        "#]],
    );
    check(
        Format::BiocJson,
        "{\"documents\":[]}",
        expect![[r#"
        c:1:1: found no document, expected at least one as bioc-json; is this the right file, and is it complete?
    "#]],
    );
}

#[test]
fn json_lines() {
    let text = "\u{feff}{\"id\":\"1\",\"passages\":[{\"kind\":\"\",\"offset\":0,\"text\":\"a\\nb\"}],\"mentions\":[{\"entity_type\":\"A\",\"parts\":[{\"start\":0,\"end\":1}]}]}\r\n\n{\"id\":\"2\",\"passages\":[],\"mentions\":[],\"sentences\":[[{\"start\":0,\"end\":1}]]}";
    check(
        Format::JsonLines,
        text,
        expect![[r#"
        "1"
          @0 "a\nb"
           A [0..1] "-" (not there)
        "2"
          words [[0..1]]
        skipped nothing
    "#]],
    );
}

#[test]
fn brat() {
    let annotations = "T1\tA 0 1;4 5\tβ b\nT2\tB 2 3\t𝛽\r\n\nN1\tReference T1 Taxonomy:9606:x\tHomo sapiens\nN2\tReference E1 GO:1\t\nN3\tReference T2 identifier:7\t\nE1\tB:T2 Theme:T1\nR1\tX Arg1:T1 Arg2:T2\n*\tEquiv T1 T2\nA1\tNegation E1\nM1\tSpeculation E1\n#1\tAnnotatorNotes T1\tnote\nT3\tC 9 12\tgone";
    let files: [(&str, &[u8]); 4] = [
        ("b.txt", "β\r𝛽\nb".as_bytes()),
        ("b.ann", annotations.as_bytes()),
        ("a.1.txt", "\u{feff}no annotations\r\n".as_bytes()),
        ("notes.md", b"not read"),
    ];
    check_folder(
        Format::Brat,
        &files,
        expect![[r#"
            "a.1"
              @0 "\u{feff}no annotations\r\n"
            "b"
              @0 "β\r𝛽\nb"
              T1 A [0..1, 4..5] "β b" Taxonomy:9606:x
              T2 B [2..3] "𝛽" :7
              T3 C [9..12] "gone" (not there)
            skipped 2 unread-attribute (first at F/b.ann:10:1), 1 unread-equivalence (first at F/b.ann:9:1), 1 unread-event (first at F/b.ann:7:1), 1 unread-file (first at F/notes.md:1:1), 1 unread-missing-annotations (first at F/a.1.txt:1:1), 1 unread-normalization (first at F/b.ann:5:1), 1 unread-normalization-name (first at F/b.ann:4:1), 1 unread-note (first at F/b.ann:12:1), 1 unread-relation (first at F/b.ann:8:1)
        "#]],
    );
    let only = folder(&files);
    assert_eq!(open(Format::Brat, &only.path().join("b.ann")).unwrap().0.len(), 1);
}

#[test]
fn formats_of_several_files() {
    check_folder(
        Format::Bc2gm,
        &[
            ("train.in", b"S1 a b-c  d \nS2 x\nS3\n"),
            ("GENE.eval", b"S2|0 0|x\nS1|1 4|b-c  d\nS1|0 0|a\nS1|4 9|d and beyond\n"),
            ("ALTGENE.eval", b"S1|1 1|b\nS2|0 0|x\n"),
        ],
        expect![[r#"
            "S1"
              sentence@0 "a b-c  d "
               GENE [2..8] "b-c  d"
               GENE [0..1] "a"
               GENE [7..14] "d and beyond" (not there)
            "S2"
              sentence@0 "x"
               GENE [0..1] "x"
            "S3"
              sentence@0 ""
            skipped 2 unread-alternative (first at F/ALTGENE.eval:1:1)
        "#]],
    );
    check_folder(
        Format::Linnaeus,
        &[
            ("tags.tsv", "#species id\tdocument\tstart\tend\ttext\tcode\nspecies:ncbi:4932\tb\t1\t2\t𝛽\t4\nspecies:ncbi:1\tb\t3\t4\tx\t\n".as_bytes()),
            ("txt/a.txt", b"nothing"),
            ("txt/b.txt", "β𝛽\nx".as_bytes()),
        ],
        expect![[r#"
            "a"
              @0 "nothing"
            "b"
              @0 "β𝛽\nx"
               Species [1..2] "𝛽" species:ncbi:4932
               Species [3..4] "x" species:ncbi:1
            skipped 1 unread-category-code (first at F/tags.tsv:2:1)
        "#]],
    );
    check_folder(
        Format::Chemdner,
        &[
            ("training.abstracts.txt", "7\tβ title\tα text\n8\tNone\tNone\n".as_bytes()),
            ("training.annotations.txt", "7\tA\t0\t1\tα\tFAMILY\n7\tT\t2\t7\ttitle\tTRIVIAL\n".as_bytes()),
        ],
        expect![[r#"
            "7"
              title@0 "β title"
              abstract@8 "α text"
               FAMILY [8..9] "α"
               TRIVIAL [2..7] "title"
            "8"
              title@0 "None"
              abstract@5 "None"
            skipped nothing
        "#]],
    );
}

#[test]
fn conll_and_plain_text() {
    check(
        Format::Conll,
        "-DOCSTART-\tX\tO\n\nβ\tN\tB-A\nc\tN\tI-A\n\nd\tN\tI-B\n\n-DOCSTART-\tX\tO\n-DOCSTART-\tX\tO\n𝛽 e\tN\tB-A\n",
        expect![[r#"
            "c-1"
              @0 "β c d"
               A [0..3] "-" (not there)
               B [4..5] "-" (not there)
              words [[0..1, 2..3], [4..5]]
            "c-2"
              @0 "𝛽 e"
               A [0..3] "-" (not there)
              words [[0..3]]
            skipped 1 unread-column (first at c:3:1)
        "#]],
    );
    check(
        Format::Conll,
        "a\tB\nb\tO\n",
        expect![[r#"
        "c"
          @0 "a b"
           _ [0..1] "-" (not there)
          words [[0..1, 2..3]]
        skipped nothing
    "#]],
    );
    check(
        Format::PlainText,
        "\u{feff}two\r\nlines ",
        expect![[r#"
        "c"
          @0 "two\r\nlines "
        skipped nothing
    "#]],
    );
    check_folder(
        Format::PlainText,
        &[("b.txt", b""), ("a.txt", b"a"), ("c.md", b"c")],
        expect![[r#"
            "a"
              @0 "a"
            "b"
              @0 ""
            skipped 1 unread-file (first at F/c.md:1:1)
        "#]],
    );
}

#[test]
fn tags_are_read_leniently() {
    let check = |rows: &str, expected: Expect| {
        let text = rows.replace(' ', "\n").replace('/', "\t") + "\n";
        let (documents, skipped) = read(Format::Conll, text.as_bytes()).unwrap();
        let mentions = documents.iter().flat_map(|document| &document.mentions);
        let mentions: Vec<_> =
            mentions.map(|mention| format!("{} {:?}", mention.entity_type, mention.extent())).collect();
        expected.assert_eq(&format!("{} | skipped {}", mentions.join(", "), skipped.summary()));
    };
    check("a/U-X b/B-X c/L-X d/O", expect!["X 0..1, X 2..5 | skipped nothing"]);
    check("a/S-X b/B-X c/E-X d/O", expect!["X 0..1, X 2..5 | skipped nothing"]);
    check("a/I-X b/I-X c/B-X d/I-Y", expect!["X 0..3, X 4..5, Y 6..7 | skipped nothing"]);
    check("a/I-X b/E-X c/E-X d/O", expect!["X 0..3, X 4..5 | skipped nothing"]);
    check("a/U b/O c/U--x-", expect!["_ 0..1, -x- 4..5 | skipped nothing"]);
    check("a/B-X b/O c/I-X d/B-Y", expect!["X 0..1, X 4..5, Y 6..7 | skipped nothing"]);
    check("a/U-X b/E-X c/B-X d/L-X", expect!["X 0..1, X 2..3, X 4..7 | skipped nothing"]);
}

#[test]
fn tags_are_read_in_the_way_that_is_named() {
    let check = |chunking, expected: Expect| {
        let text = "a\tB-X\nb\tO\nc\tI-X\n";
        let found = match formats::conll_documents(Path::new("c"), Cursor::new(text), Columns::FIND, chunking) {
            Ok(mut documents) => match documents.by_ref().collect::<Result<Vec<_>, _>>() {
                Ok(read) => {
                    let mentions = read.iter().map(|document| document.mentions.len()).sum::<usize>();
                    format!("{mentions} mentions, skipped {}", documents.ledger().summary())
                }
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&found);
    };
    check(Chunking::Lenient, expect!["2 mentions, skipped nothing"]);
    check(Chunking::Strict(Scheme::Iob2), expect!["1 mentions, skipped 1 unread-tag (first at c:3:1)"]);
    check(
        Chunking::Strict(Scheme::Ioe2),
        expect![
            "c:1:1: word 0: `B-X` is no tag of IOE2, whose prefixes are I, O, E; correct the line or name another column of tags than 2"
        ],
    );
}

#[test]
fn annotations_of_bionlp_are_read_together() {
    let files: [(&str, &[u8]); 8] = [
        ("a.txt", b"IL-2 binds p53."),
        ("a.a1", b"T1\tProtein 0 4\tIL-2\nT2\tProtein 11 14\tp53\n"),
        ("a.a2", b"T3\tBinding 5 10\tbinds\nE1\tBinding:T3 Theme:T1\nN1\tReference T2 Gene:7157\tTP53\n"),
        ("b.txt", b"x"),
        ("b.ann", b"T1\tA 0 1\tx\n"),
        ("b.a1", b"T1\tB 0 1\tx\n"),
        ("more/deep/c.ann", b""),
        ("images/d.png", b""),
    ];
    check_folder(
        Format::Brat,
        &files,
        expect![[r#"
            "a"
              @0 "IL-2 binds p53."
              T1 Protein [0..4] "IL-2"
              T2 Protein [11..14] "p53" Gene:7157
              T3 Binding [5..10] "binds"
            "b"
              @0 "x"
              T1 A [0..1] "x"
            skipped 1 unread-event (first at F/a.a2:2:1), 1 unread-normalization-name (first at F/a.a2:3:1), 2 unread-other-annotations (first at F/more/deep/c.ann:1:1)
        "#]],
    );
    let folder = folder(&files);
    assert_eq!(open(Format::Brat, &folder.path().join("a.a2")).unwrap().0[0].mentions.len(), 3);
    assert_eq!(Format::detect(&folder.path().join("a.txt"), b"IL-2"), Some(Format::Brat));
}

#[test]
fn a_text_named_alone_needs_its_annotations() {
    let folder = folder(&[("a.txt", b"x")]);
    let error = open(Format::Brat, &folder.path().join("a.txt")).expect_err("a missing file").to_string();
    expect!["F/a.ann: cannot be read: No such file or directory (os error 2); expected a file to read, check the path"]
        .assert_eq(&error.replace(&folder.path().display().to_string(), "F"));
}

#[test]
fn texts_of_sentences_are_not_lost() {
    let check = |text: &str, expected: Expect| {
        let xml = format!(
            "<collection><document><id>1</id><passage><offset>2</offset>{}<sentence><offset>2</offset><text>One.</text></sentence><sentence><offset>7</offset><text>Two.</text></sentence></passage></document></collection>",
            if text == "none" { String::new() } else { format!("<text>{text}</text>") }
        );
        let json = format!(
            "{{\"documents\":[{{\"id\":\"1\",\"passages\":[{{\"offset\":2,{}\"sentences\":[{{\"offset\":2,\"text\":\"One.\"}},{{\"offset\":7,\"text\":\"Two.\"}}]}}]}}]}}",
            if text == "none" { String::new() } else { format!("\"text\":{text:?},") }
        );
        for (format, corpus) in [(Format::BiocXml, xml), (Format::BiocJson, json)] {
            let (documents, skipped) = read(format, corpus.as_bytes()).unwrap();
            let sentence_texts = skipped.count(Loss::UnreadSentenceText);
            expected.assert_eq(&format!("{:?}, {sentence_texts} sentence-text", documents[0].text()));
        }
    };
    check("none", expect![[r#""  One. Two.", 0 sentence-text"#]]);
    check("", expect![[r#""  One. Two.", 0 sentence-text"#]]);
    check("One. Two.", expect![[r#""  One. Two.", 0 sentence-text"#]]);
    check("One. Six.", expect![[r#""  One. Six.", 1 sentence-text"#]]);
    check("One.", expect![[r#""  One.", 1 sentence-text"#]]);
}

/// A document that stands in no collection, as PubTator3 gives them out.
const LONE: &str =
    "{\"_id\":\"1|None\", \"id\":\"1\",\"infons\":{},\n \"passages\":[{\"offset\":0,\"text\":\"a ] }\"}],\"pmid\":1}";

#[test]
fn documents_of_bioc_stand_alone_too() {
    let one = LONE;
    let two = one.replace("1|None", "2").replace("\n", "");
    let check = |text: &str, expected: Expect| expected.assert_eq(&shown(read(Format::BiocJson, text.as_bytes())));
    check(
        one,
        expect![[r#"
        "1"
          @0 "a ] }"
        skipped 2 unread-unknown-part (first at c:1:1)
    "#]],
    );
    check(
        &format!("{two}\n{two}\n"),
        expect![[r#"
        "1"
          @0 "a ] }"
        "1"
          @0 "a ] }"
        skipped 4 unread-unknown-part (first at c:1:1)
    "#]],
    );
    check(
        &format!("[{one},\n{two}]"),
        expect![[r#"
        "1"
          @0 "a ] }"
        "1"
          @0 "a ] }"
        skipped 4 unread-unknown-part (first at c:1:2)
    "#]],
    );
    check(
        &format!("{one}\n{}", two.replace(":0,", ":-1,")),
        expect![[r#"
        c:3:1: found `-1` for an offset or length, expected a number of characters, not negative; correct the document that begins here
    "#]],
    );
    check(
        &format!("{one}]"),
        expect![[r#"
        c:2:52: found `]`, expected nothing after the collection; correct the file or fetch it again
    "#]],
    );
}

#[test]
fn raw_documents_are_parsed_each_by_itself() {
    let json_line = "{\"id\":\"1\",\"passages\":[],\"mentions\":[]}\n";
    let pubtator = "1|t|a\n1|a|b\n1\tX\t1\t2\n\n2|t|b\n";
    for (format, text) in [(Format::BiocJson, JSON), (Format::JsonLines, json_line), (Format::PubTator, pubtator)] {
        let mut raw = RawDocuments::new(format, Path::new("c"), text.as_bytes()).unwrap();
        let parsed: Vec<_> = raw.by_ref().map(|raw| raw.unwrap().parse().unwrap()).collect();
        let (documents, expected) = read(format, text.as_bytes()).unwrap();
        let mut skipped = Ledger::listing(0);
        let mut parsed_documents = Vec::new();
        for (document, of_document) in parsed {
            parsed_documents.push(document);
            skipped.merge(of_document);
        }
        skipped.merge(raw.ledger().cloned().unwrap_or(Ledger::listing(0)));
        assert_eq!((parsed_documents, skipped), (documents, expected), "{format}");
    }
}

#[test]
fn formats_have_names_and_are_detected() {
    for format in Format::ALL {
        assert_eq!(Format::from_str(format.name()).unwrap(), format);
        assert_eq!(serde_json::to_string(&format).unwrap(), format!("\"{format}\""));
    }
    let check = |name: &str, start: &str, expected: Option<Format>| {
        assert_eq!(Format::detect(Path::new(name), start.as_bytes()), expected, "{name} {start:?}");
    };
    check("a.PubTator", "", Some(Format::PubTator));
    check("a.txt", "\n1|t|x\n", Some(Format::PubTator));
    check("a.txt", "\u{feff}1|a|x", Some(Format::PubTator));
    check("a.txt", "1|x", Some(Format::PlainText));
    check("a.BioC.XML", "", Some(Format::BiocXml));
    check("a", "<?xml version='1.0'?><!DOCTYPE collection><collection>", Some(Format::BiocXml));
    check("a.BioC.JSON", "{\n \"source\": \"\", \"documents\": [", Some(Format::BiocJson));
    check("a.json", "{\"id\":\"1\",\"passages\":[", Some(Format::JsonLines));
    check("a.jsonl", "", Some(Format::JsonLines));
    check("a.ann", "", Some(Format::Brat));
    check("a.tsv", "a\tO\n", Some(Format::Conll));
    check("a", "a\tO\n", Some(Format::Conll));
    check("a", "-DOCSTART- O\n", Some(Format::Conll));
    check("a", "something", None);
    check("a.txt", "no\tO\nataxia\tB-Disease\n\nnot\tO", Some(Format::Conll));
    check("a.txt", "-DOCSTART- -X- O\n\nRenal NN B-Disease\nfailure NN I-Disease\nis cut o", Some(Format::Conll));
    check("a.txt", "Renal B-Disease -\nfailure I-Disease +\n", Some(Format::Conll));
    check("a.txt", "a O\nb O\nc O\n", Some(Format::Conll));
    check("a.txt", "no\tO\nataxia\n", Some(Format::PlainText));
    check("a.txt", "vitamin B\nvitamin E\n", Some(Format::PlainText));
    check("a.txt", "The role of interleukin 2.\nIt is O", Some(Format::PlainText));
    check("a.biocjson", "", Some(Format::BiocJson));
    check("a.json", "{\"id\":\"1\",\"infons\":{},\"passages\":[", Some(Format::BiocJson));
    check("a.txt", "{\"id\":\"1\",\"spans\":[]}\n", None);
    check("a.xml", "<article><front>", Some(Format::Jats));
    check("a.xml", "no\tO\nataxia\tB-Disease\n", Some(Format::Conll));
    check("a.PubTator", "{\"PubTator3\":[{\"id\":\"1\",\"passages\":[{\"infons\":{}", Some(Format::BiocJson));
    check("a.PubTator.gz", "", Some(Format::PubTator));
    check("a.jsonl", "{\"id\":\"1\",\"passages\":[],\"mentions\":[]}", Some(Format::JsonLines));
    check("a.tsv", "gout\tB-Disease\nhurts\nvery\tO\nmuch\tO\n", Some(Format::Conll));
    let tagged = folder(&[("a.txt", b"gout\tB-Disease\n")]);
    assert_eq!(Format::detect(tagged.path(), b""), None);
    let texts = folder(&[("a.txt", b"x")]);
    assert_eq!(Format::detect(texts.path(), b""), Some(Format::PlainText));
}

#[test]
fn no_character_tells_a_format() {
    let words = ["[", "{", "<", "<b>", "\"", "[1]", "{}", "</i>", "<?xml", "T1", "1|t|x", "|", "#", "//"];
    for word in words {
        for (separator, name) in [("\t", "a.tsv"), (" ", "a.tsv"), ("\t", "standard input"), (" ", "standard input")] {
            let rows = [word, "Ataxia", "in", "rats", "]"];
            let text: String = rows
                .iter()
                .map(|word| {
                    let tag = if *word == "Ataxia" { "B-Disease" } else { "O" };
                    format!("{word}{separator}{tag}\n")
                })
                .collect();
            let told = Format::tell(Path::new(name), text.as_bytes());
            assert_eq!(told, Ok(Format::Conll), "{text}");
            let (documents, _) = read(Format::Conll, text.as_bytes()).unwrap();
            assert_eq!((documents[0].text().as_str(), documents[0].mentions.len()), (&*rows.join(" "), 1), "{text}");
        }
    }
}

#[test]
fn what_another_tool_wrote_is_named() {
    let check = |name: &str, start: &str, expected: Expect| {
        expected.assert_eq(&Format::tell(Path::new(name), start.as_bytes()).unwrap_err().to_string());
    };
    check(
        "a.json",
        "[{\"paragraphs\":[{\"raw\":\"Gout.\"}]}]",
        expect![
            "looks like a training file of spaCy, in JSON; convert it with `python -m spacy convert --converter json`, then write its entities as BRAT"
        ],
    );
    check(
        "a.json",
        "{\"a\": 1, \"b\": {\"c\": 2}}",
        expect![
            "looks like JSON with the keys `a`, `b`, which no format here has; export its annotations as BRAT or as JSON lines of text and spans, with offsets in characters"
        ],
    );
    check(
        "a.xml",
        "<?xml version=\"1.0\"?>\n<GateDocument version=\"3\">",
        expect![
            "looks like a document of GATE; export its annotations as BRAT or as JSON lines of text and spans, with offsets in characters"
        ],
    );
    check(
        "a.html",
        "<!DOCTYPE html>\n<html lang=\"en\">",
        expect!["looks like a web page; the address may have answered with an error: fetch the file again"],
    );
    check(
        "a.xml",
        "<mine/>",
        expect![
            "looks like XML whose first element is `mine`, which no format here has; convert it to BioC, BRAT or PubTator"
        ],
    );
    check("a", "something", expect!["its format cannot be told from its name or content"]);
}

#[test]
fn dialects_of_pubtator() {
    // More parts than two, by whole names.
    check(
        Format::PubTator,
        "5|title|Gout.\n5|abstract|It is old.\n5|fig_caption|Gout of a toe.\n5\t17\t21\tGout\tDisease\tD1\n",
        expect![[r#"
            "5"
              title@0 "Gout."
              abstract@6 "It is old."
              fig_caption@17 "Gout of a toe."
               Disease [17..21] "Gout" :D1
            skipped nothing
        "#]],
    );
    // Lines that are none of the format's, an empty line before rows, an entry of another database.
    check(
        Format::PubTator,
        "stray\n6|t|V1A and gout.\n\n6\t0\t3\tV1A\tVariant\tp|SUB|V|1|A\tRSID:12\n6\tsome note\n6\tX\tY\n7\t0\t3\tV1A\tVariant\t1\n6\t8\t12\tgout\tDisease \tD1\tgouty arthritis|gout\tmore\n6|t|Again.\n",
        expect![[r#"
            "6"
              title@0 "V1A and gout."
               Variant [0..3] "V1A" :p|SUB|V|1|A RSID:12
               Disease [8..12] "gout" :D1
            skipped 1 unread-individual-names (first at c:8:1), 5 unread-line (first at c:1:1), 1 unread-unknown-part (first at c:8:1), 1 trimmed (first at c:8:1)
        "#]],
    );
}

#[test]
fn entries_of_other_databases_are_written_back() {
    let text = "6|t|V1A.\n6\t0\t3\tV1A\tVariant\tp|SUB|V|1|A\tRSID:12\n\n";
    let (documents, _) = read(Format::PubTator, text.as_bytes()).unwrap();
    let mut out = Vec::new();
    let mut writer = formats::writer(Format::PubTator, &mut out).unwrap();
    writer.write(&documents[0]).unwrap();
    assert!(writer.finish().unwrap().is_lossless());
    assert_eq!(String::from_utf8(out).unwrap(), text);
}

#[test]
fn what_lies_beside_documents_is_told() {
    let check = |format: Format, files: &[(&str, &[u8])], expected: Expect| {
        let folder = folder(files);
        let (documents, ledger) = open(format, folder.path()).unwrap();
        let ids: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
        let summary = ledger.summary().replace(&folder.path().display().to_string(), "F");
        expected.assert_eq(&format!("{} left out {summary}", ids.join(", ")));
    };
    let gout = b"Gout.\n".as_slice();
    check(
        Format::PlainText,
        &[("a.txt", gout), ("a.con", b""), ("a.txt.xmi", b""), ("README", b""), (".hidden", b"")],
        expect!["a left out 1 unread-file (first at F/README:1:1), 2 unread-other-annotations (first at F/a.con:1:1)"],
    );
    check(
        Format::Brat,
        &[("a.txt", gout), ("a.ann", b""), ("a.json", b"{}"), ("b.ann", b""), ("visual.conf", b"")],
        expect![
            "a left out 1 unread-file (first at F/visual.conf:1:1), 2 unread-other-annotations (first at F/a.json:1:1)"
        ],
    );
}

#[test]
fn line_ends_that_were_changed_are_changed_back() {
    let text = b"Gout\r\nand flu\r\n".as_slice();
    let check = |annotation: &str, expected: Expect| {
        let folder = folder(&[("a.txt", text), ("a.ann", annotation.as_bytes())]);
        let (documents, ledger) = open(Format::Brat, folder.path()).unwrap();
        let summary = ledger.summary().replace(&folder.path().display().to_string(), "F");
        let mention = documents[0].text_at(&documents[0].mentions[0]).unwrap();
        expected.assert_eq(&format!("{mention:?} in {:?}; left out {summary}", documents[0].text()));
    };
    check(
        "T1\tDisease 9 12\tflu\n",
        expect![[r#""flu" in "Gout\nand flu\n"; left out 1 unread-carriage-returns (first at F/a.txt:1:1)"#]],
    );
    check("T1\tDisease 10 13\tflu\n", expect![[r#""flu" in "Gout\r\nand flu\r\n"; left out nothing"#]]);
    check("T1\tDisease 0 4\tgout\n", expect![[r#""Gout" in "Gout\r\nand flu\r\n"; left out nothing"#]]);
}

#[test]
fn documents_with_one_id_get_files_of_their_own() {
    let document = |text: &str| Document {
        id: "7".to_owned(),
        passages: vec![Passage { kind: String::new(), offset: 0, text: text.to_owned() }],
        mentions: Vec::new(),
        sentences: None,
    };
    for format in [Format::Brat, Format::PlainText] {
        let folder = folder(&[]);
        let path = folder.path().join("out");
        let mut writer = formats::create(&path, format).unwrap();
        for text in ["a", "b", "c"] {
            writer.write(&document(text)).unwrap();
        }
        assert_eq!(writer.finish().unwrap().count(Loss::UnwrittenRepeatedIds), 2);
        let (documents, _) = open(format, &path).unwrap();
        let read: Vec<(&str, String)> =
            documents.iter().map(|document| (document.id.as_str(), document.text())).collect();
        assert_eq!(read, [("7-2", "b".to_owned()), ("7-3", "c".to_owned()), ("7", "a".to_owned())]);
    }
}

/// Names of files and what they hold.
type Files<'f> = &'f [(&'f str, &'f [u8])];

/// Whatever lies beside the files of a corpus is told, and hidden files are not.
#[test]
fn files_beside_a_corpus_are_told() {
    let corpora: [(Format, Files<'_>, &[&str]); 6] = [
        (Format::Bc2gm, &[("a.in", b"S1 gene"), ("GENE.eval", b"")], &["score.perl", "x.in.bak", ".hidden"]),
        (
            Format::Chemdner,
            &[("a.abstracts.txt", b"1\tt\ta"), ("a.annotations.txt", b"")],
            &["README", "a.predictions.txt"],
        ),
        (Format::Linnaeus, &[("tags.tsv", b""), ("txt/a.txt", b"text")], &["filtered_tags.tsv", "txt/a.ann"]),
        (
            Format::DrugProt,
            &[("x_abstracts.tsv", b"1\tt\ta"), ("x_entities.tsv", b"")],
            &["notes.tsv", "y_entities.tsv"],
        ),
        (Format::I2b2, &[("txt/a.txt", b"text"), ("concept/a.con", b"")], &["concept/a.con.old", "guidelines.pdf"]),
        (Format::PlainText, &[("a.txt", b"text")], &["readme.md", "a.ann"]),
    ];
    for (format, files, others) in corpora {
        let all: Vec<(&str, &[u8])> =
            files.iter().copied().chain(others.iter().map(|name| (*name, &b""[..]))).collect();
        let folder = folder(&all);
        let (_, ledger) = open(format, folder.path()).unwrap();
        let told = ledger.count(Loss::UnreadFile) + ledger.count(Loss::UnreadOtherAnnotations);
        assert_eq!(told, 2, "{format} {}", ledger.summary());
    }
}

#[test]
fn annotations_beside_a_text_that_is_read_alone_are_told() {
    let folder = folder(&[("a.txt", b"text"), ("a.ann", b""), ("b.ann", b"")]);
    let (_, ledger) = open(Format::PlainText, &folder.path().join("a.txt")).unwrap();
    assert_eq!(ledger.count(Loss::UnreadOtherAnnotations), 1, "{}", ledger.summary());
}
