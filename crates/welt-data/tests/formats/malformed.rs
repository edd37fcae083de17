//! What is refused and in which words; and that no bytes whatever make a reader panic.

use std::path::Path;

use expect_test::expect;
use proptest::prelude::*;
use welt_data::formats::{self, Format};
use welt_data::{Document, Mention, Passage};

use super::{folder, open, read};

/// What is refused of each text, or what is left out of it.
fn errors(format: Format, texts: &[&[u8]]) -> String {
    let told = |text: &&[u8]| match read(format, text) {
        Ok((_, ledger)) => format!("left out: {}\n", ledger.summary()),
        Err(error) => format!("{error}\n"),
    };
    texts.iter().map(told).collect()
}

#[test]
fn mistakes_in_pubtator() {
    let texts: [&[u8]; 17] = [
        b"",
        b"\n\n",
        b"no title\n",
        b"1\t0\t5\tx\tA\t\n",
        b"|t|x\n",
        b"1|t|x\n1|t|y\n1|t|z",
        b"1|t|x\n1|a|y\n1|a|z",
        b"1|t|x\n1\t0\t1\tx\tA\t\n1|a|y\n",
        b"1|t|x\n2\t0\t1\tx\tA\t\n",
        b"1|t|x\n2|a|x\n",
        b"1|t|x\n1\t0\t1\n",
        b"1|t|x\n1\t0\t1\tx\tA\tid\tnames\tmore\n",
        "1|t|x\n1\t0\tβ\tx\tA\tid\n".as_bytes(),
        b"1|t|x\n1\t5\t3\tx\tA\tid\n",
        b"1|t|x\n1\t99999999999999999999999\t3\tx\tA\tid\n",
        b"1|t|x\n1|a|\xce\xb2\xff\n",
        b"1|t|x\ry\n",
    ];
    expect![[r#"
        c:1:1: found no document, expected at least one as pubtator; is this the right file, and is it complete?
        c:1:1: found no document, expected at least one as pubtator; is this the right file, and is it complete?
        c:1:1: found `no title`, expected a title such as `10021369|t|Title` before the annotations; write the title, or name the file's format
        c:1:1: found `1\t0\t5\tx\tA\t`, expected a title such as `10021369|t|Title` before the annotations; write the title, or name the file's format
        c:1:1: found nothing, expected the id of a document before `|`; write the id
        left out: 2 unread-line (first at c:2:1)
        left out: 1 unread-line (first at c:3:1)
        left out: nothing
        left out: 1 unread-line (first at c:2:1)
        left out: nothing
        left out: 1 unread-line (first at c:2:1)
        left out: 1 unread-individual-names (first at c:2:1), 1 unread-unknown-part (first at c:2:1)
        left out: 1 unread-line (first at c:2:1)
        left out: 1 unread-line (first at c:2:1)
        left out: 1 unread-line (first at c:2:1)
        c:2:6: the byte 0xff is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`
        c:1:6: found a carriage return within a line, expected lines that end in LF or CRLF; convert the line ends
    "#]].assert_eq(&errors(Format::PubTator, &texts));
}

#[test]
fn mistakes_in_bioc_xml() {
    let document = |inner: &str| format!("<collection>\n<document><id>1</id>{inner}</document></collection>");
    let passage = |offset: &str| format!("<passage><offset>{offset}</offset><text>abc</text></passage>");
    let location = "<passage><offset>0</offset><annotation><location offset='-1' length='2'/></annotation></passage>";
    let far = location.replace("-1", "18446744073709551615");
    let texts = [
        String::new(),
        "text".to_owned(),
        "<html></html>".to_owned(),
        "<collection></collection>".to_owned(),
        "<collection></collection><more/>".to_owned(),
        "<collection><document>".to_owned(),
        "<collection>\n  <document></collection>".to_owned(),
        "<!DOCTYPE c [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>\n<collection><source>&e;</source></collection>"
            .to_owned(),
        document("<passage><offset>0</offset><text>&nbsp;</text></passage>"),
        document("<passage><offset>0</offset><text>&#0;</text></passage>"),
        document("<passage><offset>0</offset><text>\u{0}</text></passage>"),
        document("<passage><text>x</text></passage>"),
        document(&passage("x")),
        document(location),
        document(&far),
        "<?xml version='1.0' encoding='latin1'?><collection/>".to_owned(),
    ];
    let texts: Vec<&[u8]> =
        texts.iter().map(String::as_bytes).chain([b"<collection>\n<source>ab\xff</source>".as_slice()]).collect();
    expect![[r#"
        c:1:1: found the end of the file, expected a <collection> of BioC; name the file's format, or fetch it again
        c:1:1: found text, expected a <collection> of BioC; name the file's format, or fetch it again
        c:1:1: found another element, expected a <collection> of BioC; name the file's format, or fetch it again
        c:1:1: found no document, expected at least one as bioc-xml; is this the right file, and is it complete?
        c:1:26: found another element, expected nothing after </collection>; name the file's format, or fetch it again
        c:1:23: found the end of the file within an element, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:2:13: found ill-formed document: expected `</document>`, but `</collection>` was found, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:2:21: found the entity `&e;`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it
        c:2:54: found the entity `&nbsp;`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it
        c:2:54: found the entity `&#0;`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it
        c:2:54: found a NUL byte, expected UTF-8 text: the file is binary or in UTF-16; name another file or convert it with `iconv -f UTF-16 -t UTF-8`
        c:2:21: found a passage or sentence without an offset, expected its offset in the document; add the offset, in characters
        c:2:30: found `x`, expected a number of characters, not negative; correct the number
        c:2:60: found `-1`, expected a number of characters, not negative; correct the number
        c:2:60: found the offset 18446744073709551615 with the length 2, expected offsets within the text; correct the numbers
        c:1:1: found the encoding `latin1`, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:2:11: the byte 0xff is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`
    "#]].assert_eq(&errors(Format::BiocXml, &texts));
}

#[test]
fn mistakes_in_json() {
    let texts: [&[u8]; 17] = [
        b"",
        b"7",
        b"{\"documents\":[",
        b"{\"documents\":[{]}",
        b"{\"documents\":[,]}",
        b"{\"documents\":[{},]}",
        b"{\"documents\":[{}]}x",
        b"{\"documents\":[\n{}] \"a\"}",
        b"{documents:[]}",
        b"{\"documents\":[\n \"text\"]}",
        b"{\"documents\":[\n\n {\"id\":\"1\",\n \"passages\":[{]}]}",
        b"{\"documents\":[{\"id\":\"1\",\"passages\":[{\"text\":\"x\"}]}]}",
        b"{\"documents\":[{\"id\":\"1\",\"passages\":[{\"offset\":-1}]}]}",
        b"{\"documents\":[{\"id\":\"1\",\"passages\":7}]}",
        b"{\"documents\":[{\"id\":\"1\",\"annotations\":[{\"locations\":[{\"offset\":1}]}]}]}",
        b"{\"source\":\"\xce\xb2\xff\"}",
        b"\xff\xfe{",
    ];
    expect![[r#"
        c:1:1: found the end of the file, expected `{` of a BioC collection; correct the file or fetch it again
        c:1:1: found `7`, expected `{` of a BioC collection; correct the file or fetch it again
        c:1:15: found the end of the file, expected a JSON value; correct the file or fetch it again
        c:1:16: key must be a string; expected a document of BioC as a JSON object; correct the file or fetch it again
        c:1:15: found `,`, expected a JSON value; correct the file or fetch it again
        c:1:18: found `]`, expected a document; correct the file or fetch it again
        c:1:19: found `x`, expected nothing after the collection; correct the file or fetch it again
        c:2:5: found `\"`, expected `,` or `}` after a value; correct the file or fetch it again
        c:1:2: found `d`, expected a key in quotation marks, such as "documents"; correct the file or fetch it again
        c:2:2: found a scalar for a document, expected a JSON object; correct the document that begins here
        c:4:15: key must be a string; expected a document of BioC as a JSON object; correct the file or fetch it again
        c:1:15: found a passage without an offset, expected its offset in the document; correct the document that begins here
        c:1:15: found `-1` for an offset or length, expected a number of characters, not negative; correct the document that begins here
        c:1:15: found a scalar for passages, expected a JSON array; correct the document that begins here
        c:1:15: found a location without offset or length, or beyond all numbers, expected both of them; correct the document that begins here
        c:1:13: the byte 0xff is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`
        c:1:1: found the byte 0xff, expected `{` of a BioC collection; correct the file or fetch it again
    "#]].assert_eq(&errors(Format::BiocJson, &texts));
    let deep = format!("{{\"documents\":[{{\"id\":{}}}]}}", "[".repeat(5000) + &"]".repeat(5000));
    expect![[r#"
        c:1:147: recursion limit exceeded; expected a document of BioC as a JSON object; correct the file or fetch it again
    "#]].assert_eq(&errors(Format::BiocJson, &[deep.as_bytes()]));
    let texts: [&[u8]; 6] = [
        b"\n \n",
        b"{\"id\":\"1\",\"passages\":[],\"mentions\":[]}\n{\"id\":\"2\",\"passages\":[]}\n",
        b"{\"id\":\"1\",\"passages\":[],\"mentions\":[],\"more\":1}",
        b"{\"id\":\"1\",\"passages\":[],\"mentions\":[{\"entity_type\":\"A\",\"parts\":[{\"start\":3,\"end\":2}]}]}",
        b"{\"id\":\"1\",\"passages\":[{\"kind\":\"\",\"offset\":0,\"text\":\"ab\"},{\"kind\":\"\",\"offset\":1,\"text\":\"\"}],\"mentions\":[]}",
        b"[1,\n2]",
    ];
    expect![[r#"
        c:1:1: found no document, expected at least one as json-lines; is this the right file, and is it complete?
        c:2:24: missing field `mentions`; expected a document as JSON on one line, such as this program writes; correct the file or fetch it again
        c:1:44: unknown field `more`, expected one of `id`, `passages`, `mentions`, `sentences`; expected a document as JSON on one line, such as this program writes; correct the file or fetch it again
        c:1:1: in document `1`, offsets go from 3 to 2, expected an end that is not before the start; correct them
        c:1:1: in document `1`, a passage at offset 1 follows one that ends at 2, expected it to begin there or later; correct the offsets, which count characters from the start of the document
        c:1:2: invalid type: integer `1`, expected a string; expected a document as JSON on one line, such as this program writes; correct the file or fetch it again
    "#]].assert_eq(&errors(Format::JsonLines, &texts));
}

#[test]
fn mistakes_in_formats_of_several_files() {
    let check = |format: Format, files: &[(&str, &[u8])]| {
        let folder = folder(files);
        let told = match open(format, folder.path()) {
            Ok((_, ledger)) => format!("left out: {}", ledger.summary()),
            Err(error) => error.to_string(),
        };
        told.replace(&folder.path().display().to_string(), "F") + "\n"
    };
    let mut text = String::new();
    text += &check(Format::Brat, &[]);
    text += &check(Format::Brat, &[("a.ann", b"")]);
    for line in ["X1\ta", "T1", "T1\tA 1\tx", "T1\tA 1 x\tx", "T1\tA 5 3\tx", "N1\tReference T1\tx", "T1\tA 1 2;\tx"] {
        text += &check(Format::Brat, &[("a.txt", b"abc"), ("a.ann", line.as_bytes())]);
    }
    text += &check(Format::Brat, &[("a.txt", b"a\0c")]);
    text += &check(Format::Bc2gm, &[]);
    text += &check(Format::Bc2gm, &[("a.in", b"S1 x")]);
    text += &check(Format::Bc2gm, &[("a.in", b"S1 x"), ("GENE.eval", b"S1|0 0|x\nS2|0 0|x")]);
    text += &check(Format::Bc2gm, &[("a.in", b"S1 x"), ("GENE.eval", b"S1|0|x")]);
    text += &check(Format::Linnaeus, &[]);
    text += &check(Format::Linnaeus, &[("tags.tsv", b""), ("txt/a.md", b"")]);
    text += &check(Format::Linnaeus, &[("tags.tsv", b"id\tdoc\t0\t1\tx\t"), ("txt/a.txt", b"")]);
    text += &check(Format::Linnaeus, &[("tags.tsv", b"id\ta\t0\t1"), ("txt/a.txt", b"")]);
    text += &check(Format::Chemdner, &[("abstracts.txt", b"1\ta\tb")]);
    text += &check(Format::Chemdner, &[("abstracts.txt", b"1\ta"), ("annotations.txt", b"")]);
    text += &check(Format::Chemdner, &[("abstracts.txt", b"1\ta\tb"), ("annotations.txt", b"1\tX\t0\t1\ta\tA")]);
    expect![[r#"
        F:1:1: found no document, expected at least one as brat; is this the right file, and is it complete?
        F:1:1: found no document, expected at least one as brat; is this the right file, and is it complete?
        left out: 1 unread-line (first at F/a.ann:1:1)
        left out: 1 unread-line (first at F/a.ann:1:1)
        left out: 1 unread-line (first at F/a.ann:1:1)
        left out: 1 unread-line (first at F/a.ann:1:1)
        left out: 1 unread-line (first at F/a.ann:1:1)
        left out: 1 unread-line (first at F/a.ann:1:1)
        left out: 1 unread-line (first at F/a.ann:1:1)
        F/a.txt:1:2: found a NUL byte, expected UTF-8 text: the file is binary or in UTF-16; name another file or convert it with `iconv -f UTF-16 -t UTF-8`
        F: holds no single file of sentences `*.in`, expected a corpus of bc2gm with it; name another folder or file
        F: holds no GENE.eval, expected a corpus of bc2gm with it; name another folder or file
        left out: 1 unread-line (first at F/GENE.eval:2:1)
        left out: 1 unread-line (first at F/GENE.eval:1:1)
        F: holds no tags.tsv, expected a corpus of linnaeus with it; name another folder or file
        F:1:1: found no document, expected at least one as linnaeus; is this the right file, and is it complete?
        left out: 1 unread-line (first at F/tags.tsv:1:1)
        left out: 1 unread-line (first at F/tags.tsv:1:1)
        F: holds no `*annotations.txt` beside the abstracts, expected a corpus of chemdner with it; name another folder or file
        F/abstracts.txt:1:1: found 2 columns, expected the columns id, title and abstract; correct the line
        left out: 1 unread-line (first at F/annotations.txt:1:1)
    "#]].assert_eq(&text);
}

#[test]
fn what_cannot_be_done() {
    let mut text = String::new();
    let document = |id: &str, passages| Document { id: id.to_owned(), passages, mentions: Vec::new(), sentences: None };
    let passage = |text: &str| vec![Passage { kind: "title".to_owned(), offset: 0, text: text.to_owned() }];
    text += &format!("{}\n", "xml".parse::<Format>().unwrap_err());
    text += &format!("{}\n", formats::documents(Format::Brat, Path::new("a"), &b""[..]).unwrap_err());
    text += &format!("{}\n", formats::writer(Format::Brat, Vec::new()).unwrap_err());
    text += &format!("{}\n", formats::create(Path::new("a"), Format::Conll).unwrap_err());
    let folder = folder(&[]);
    let write = |format, documents: &[Document]| {
        let mut writer = formats::create(&folder.path().join(format!("{format}")), format).unwrap();
        let error = documents.iter().map(|document| writer.write(document)).find_map(Result::err).unwrap();
        error.to_string().replace(&folder.path().display().to_string(), "F") + "\n"
    };
    text += &write(Format::PubTator, &[document("a|b", passage("x"))]);
    text += &write(Format::PubTator, &[document("1", passage("\0"))]);
    text += &write(Format::BiocXml, &[document("1", passage("\u{1}"))]);
    text += &write(Format::Brat, &[document("../a", passage("x"))]);
    text += &write(Format::PlainText, &[document("a", passage("\0"))]);
    let far = Passage { kind: String::new(), offset: usize::MAX, text: String::new() };
    text += &write(Format::JsonLines, &[document("a", vec![far])]);
    let mut backwards = document("a", passage("x"));
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is refused")]
    backwards.mentions.push(Mention::new("A", 3..2));
    text += &write(Format::JsonLines, &[backwards]);
    expect![[r#"
        `xml` is not a format, expected one of pubtator, bioc-xml, bioc-json, pubmed, jats, brat, json-lines, prodigy, doccano, pubannotation, label-studio, hugging-face, plain-text, conll, conll-u, webanno-tsv, drugprot, i2b2, bc2gm, linnaeus, chemdner
        brat is a format of several files, expected one that stands in a single stream; name a path instead
        brat is a format of several files, expected one that stands in a single stream; name a path instead
        documents cannot be written as conll, expected one of pubtator, bioc-xml, bioc-json, brat, json-lines, prodigy, doccano, pubannotation, plain-text
        document `a|b` cannot be written as pubtator: found `a|b`, expected an id that is not empty, without `|`, TAB or line break; change it or choose another format
        document `1` cannot be written as pubtator: found a NUL character, expected text without it; change it or choose another format
        document `1` cannot be written as bioc-xml: found the character \u{1}, expected characters that XML 1.0 allows, such as TAB and line breaks but no other control characters; change it or choose another format
        document `../a` cannot be written as brat: found the id `../a`, expected an id that can be the name of a file, with those of folders before it: at most 200 bytes, no `\`, no `.` at the start of a name; change it or choose another format
        document `a` cannot be written as plain-text: found a NUL character, expected text without it; change it or choose another format
        document `a`: a passage at offset 18446744073709551615 follows 18446744073709551615 characters after the one before it, expected at most 1000000; correct the offset
        document `a`: offsets go from 3 to 2, expected an end that is not before the start; correct them
    "#]].assert_eq(&text);
}

/// Something like a real file of each format that is read from a stream.
fn seeds() -> Vec<(Format, &'static str)> {
    vec![
        (
            Format::PubTator,
            "1|t|Ataxia β.\n1|a|No cure.\n1\t0\t6\tAtaxia\tDisease\tD1|D2\tx|y\n1\tCID\tD1\tD2\n\n2|t|x\n",
        ),
        (
            Format::BiocXml,
            "<?xml version='1.0'?><collection><document><id>1</id><passage><infon key=\"type\">title</infon><offset>0</offset><text>&lt;β&#946;<![CDATA[x]]></text><annotation id='0'><infon key=\"type\">A</infon><location offset='0' length='8' /><text>N</text></annotation></passage></document></collection>",
        ),
        (
            Format::BiocJson,
            "{\"source\":\"\",\"documents\":[{\"id\":\"1\",\"passages\":[{\"offset\":0,\"text\":\"β\\n\",\"annotations\":[{\"id\":\"0\",\"infons\":{\"type\":\"A\"},\"text\":\"N\",\"locations\":[{\"offset\":0,\"length\":25}]}]}]}]}",
        ),
        (
            Format::JsonLines,
            "{\"id\":\"1\",\"passages\":[{\"kind\":\"\",\"offset\":0,\"text\":\"β\"}],\"mentions\":[{\"entity_type\":\"A\",\"parts\":[{\"start\":0,\"end\":1}]}]}\n",
        ),
        (
            Format::BiocJson,
            "{\"id\":\"1\",\"infons\":{},\"passages\":[{\"offset\":0,\"text\":\"β\"}]}\n{\"id\":\"2\",\"passages\":[]}\n",
        ),
        (
            Format::Prodigy,
            "{\"text\":\"β\\ud83e\\uddec x\",\"spans\":[{\"start\":1,\"end\":2,\"label\":\"A\",\"kb_id\":\"D1\"}],\"meta\":{\"id\":7},\"answer\":\"accept\"}\n{\"text\":\"y\",\"answer\":\"reject\"}\n",
        ),
        (
            Format::Doccano,
            "{\"id\":1,\"text\":\"β x\",\"label\":[[0,1,\"A\"]]}\n{\"data\":\"x\",\"entities\":[{\"start_offset\":0,\"end_offset\":1,\"label\":\"A\"}]}\n",
        ),
        (
            Format::PubAnnotation,
            "[{\"sourceid\":\"1\",\"text\":\"β x y\",\"denotations\":[{\"id\":\"T1\",\"span\":[{\"begin\":0,\"end\":1},{\"begin\":2,\"end\":3}],\"obj\":\"A\"},{\"id\":\"T2\",\"span\":{\"begin\":4,\"end\":5},\"obj\":\"_FRAGMENT\"}],\"relations\":[{\"pred\":\"_lexicallyChainedTo\",\"subj\":\"T1\",\"obj\":\"T2\"},{\"pred\":\"_lexicallyChainedTo\",\"subj\":\"T2\",\"obj\":\"T1\"}],\"blocks\":[{\"span\":{\"begin\":0,\"end\":5},\"obj\":\"title\"}]}]",
        ),
        (
            Format::LabelStudio,
            "[{\"id\":1,\"data\":{\"text\":\"𝛽\\r\\nx\"},\"annotations\":[{\"result\":[{\"value\":{\"start\":3,\"end\":4,\"text\":\"x\",\"labels\":[\"A\",\"B\"]},\"type\":\"labels\"}]}]}]",
        ),
        (
            Format::HuggingFace,
            "{\"id\":\"0\",\"document_id\":\"d\",\"tokens\":[\"β\",\"\",\"x\"],\"ner_tags\":[\"B-A\",\"O\",\"I-B\"]}\n{\"rows\":[{\"row\":{\"tokens\":[],\"ner_tags\":[]}}]}\n",
        ),
        (
            Format::ConllU,
            "# newdoc id = a\n# text = β x\n1-2\tβx\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n1\tβ\t_\t_\t_\t_\t_\t_\t_\tNE=B-A\n2\tx\t_\t_\t_\t_\t_\t_\t_\tNE=I-A\n\n",
        ),
        (
            Format::WebAnnoTsv,
            "#FORMAT=WebAnno TSV 3.3\n#T_SP=a.B|value|x\n#T_RL=a.C|y\n\n#Text=𝛽 x\n1-1\t0-2\t𝛽\tA[1]|B\t*[1]|_\t_\t\n1-2\t3-4\tx\tA[1]\t*[1]\tz\t\n1-2.1\t3-4\tx\tA\t_\t_\t\n",
        ),
        (Format::PlainText, "text β\r\n"),
        (Format::Conll, "-DOCSTART-\tO\n\na\tB-X\nβ\tI-X\n\n"),
    ]
}

/// Reads to the first error or the end, and asks for everything that a document can be asked for.
fn use_up(documents: formats::Documents<'_>) {
    for document in documents.map_while(Result::ok) {
        assert!(document.check().is_ok());
        let _ = document.text();
        for mention in &document.mentions {
            let _ = document.text_at(mention);
            let _ = mention.extent();
        }
        let written = |format: &Format| format.can_be_written() && !format.is_written_as_folder();
        for format in Format::ALL.into_iter().filter(written) {
            let mut writer = formats::writer(format, std::io::sink()).unwrap();
            let _ = writer.write(&document);
        }
    }
}

/// A text with a few bytes taken out, put in, doubled or changed.
fn mutated(text: &str, changes: &[(u16, u8, u8)]) -> Vec<u8> {
    const PIECES: [&[u8]; 12] = [
        b"\n",
        b"\t",
        b"|",
        b"<",
        b">",
        b"&",
        b"\"",
        b"99999999999999999999",
        b"\xff",
        b"\r",
        b"18446744073709551615",
        b"]}",
    ];
    let mut bytes = text.as_bytes().to_vec();
    for (position, what, with) in changes {
        let at = usize::from(*position) % (bytes.len() + 1);
        match what % 4 {
            0 => drop(bytes.drain(at..(at + usize::from(*with) % 8).min(bytes.len()))),
            1 => drop(bytes.splice(at..at, PIECES[usize::from(*with) % PIECES.len()].iter().copied())),
            2 => {
                let piece = bytes[at..(at + usize::from(*with)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = *with;
                }
            }
        }
    }
    bytes
}

proptest! {
    #[test]
    fn arbitrary_bytes_make_no_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for (format, _) in seeds() {
            use_up(formats::documents(format, Path::new("c"), &bytes[..]).unwrap_or_else(|_| {
                formats::documents(Format::PlainText, Path::new("c"), &b""[..]).expect("no file is read")
            }));
        }
    }

    #[test]
    fn nearly_right_texts_make_no_reader_panic(changes in proptest::collection::vec(any::<(u16, u8, u8)>(), 1..6)) {
        for (format, text) in seeds() {
            let bytes = mutated(text, &changes);
            if let Ok(documents) = formats::documents(format, Path::new("c"), &bytes[..]) {
                use_up(documents);
            }
        }
    }

    #[test]
    fn nearly_right_folders_make_no_reader_panic(changes in proptest::collection::vec(any::<(u16, u8, u8)>(), 1..6)) {
        let ann = mutated("T1\tA 0 1;4 5\tβ b\nN1\tReference T1 Taxonomy:9606:x\tHomo sapiens\nE1\tB:T2\n", &changes);
        let tags = mutated("species:ncbi:4932\ta\t1\t2\t𝛽\t4\n", &changes);
        let genes = mutated("S1|1 4|b-c  d\nS1|0 0|a\n", &changes);
        let names = mutated("7\tA\t0\t1\tα\tFAMILY\n", &changes);
        let entities = mutated("7\tT1\tGENE\t0\t1\tβ\n", &changes);
        let concepts = mutated("c=\"β𝛽 x\" 1:0 1:1,1:1 1:1||t=\"problem\"\n", &changes);
        let folder = folder(&[
            ("txt/a.txt", "β𝛽 x".as_bytes()), ("txt/a.ann", &ann), ("tags.tsv", &tags),
            ("a.in", b"S1 a b-c  d \n"), ("GENE.eval", &genes),
            ("abstracts.txt", "7\tβ title\tα text\n".as_bytes()), ("annotations.txt", &names),
            ("abstracts.tsv", "7\tβ title\tα text\n".as_bytes()), ("entities.tsv", &entities), ("txt/a.con", &concepts),
        ]);
        let root = folder.path();
        use_up(formats::open(&root.join("txt"), Format::Brat).unwrap());
        use_up(formats::open(&root.join("txt"), Format::I2b2).unwrap());
        for format in [Format::Linnaeus, Format::Bc2gm, Format::Chemdner, Format::DrugProt] {
            if let Ok(documents) = formats::open(root, format) {
                use_up(documents);
            }
        }
    }
}
