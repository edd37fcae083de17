//! CoNLL-like files: what is read, what is refused and in which words, and that what is written is read back.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::io::Read;
use std::path::Path;

use expect_test::expect;
use proptest::prelude::*;
use welt_data::conll::{self, Columns, TagColumn, TaggedReader, TaggedRows, WordColumn};
use welt_data::{DataError, Sentence, checks};
use welt_tags::{LabelSet, Tag};

/// One sentence a line, `word/tag`; then the layout's numbers that are not zero.
fn show(bytes: &[u8], column: impl Into<Columns>) -> String {
    let corpus = match conll::parse(Path::new("c.tsv"), bytes, column) {
        Ok(corpus) => corpus,
        Err(error) => return error.to_string(),
    };
    let mut text = String::new();
    for sentence in &corpus.sentences {
        text += &format!("{}:", sentence.line_number);
        for (word, tag) in sentence.words.iter().zip(&sentence.tags) {
            text += &format!(" {}/{tag}", word.escape_debug());
        }
        text += "\n";
    }
    let found = corpus.tag_column;
    if corpus.word_column.number > 1 {
        text += &format!("words in column {}, {}; ", corpus.word_column.number, corpus.word_column.reason);
    }
    let layout = corpus.layout;
    text += &format!(
        "{} of {} columns, {}; {}; {:?}",
        found.number, layout.columns, found.reason, layout.separator, layout.line_ending
    );
    let counts = [
        ("lines", layout.lines),
        ("crlf", layout.crlf_lines),
        ("blank", layout.blank_lines),
        ("repeated", layout.repeated_blank_lines),
        ("separators", layout.separator_lines),
        ("documents", layout.document_lines),
        ("markers", layout.marker_lines),
        ("comments", layout.comment_lines),
        ("heads", layout.head_lines),
        ("empty columns", layout.empty_columns),
        ("trimmed", layout.trimmed_cells),
        ("trimmed first on line", layout.first_trimmed_line),
        ("BOM", usize::from(layout.byte_order_mark)),
        ("blank end", usize::from(layout.ends_with_blank)),
    ];
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        text += &format!("; {name} {count}");
    }
    text
}

/// What is read of each text, one after the other, with an empty line between.
fn read_all(texts: &[&str]) -> String {
    let shown: Vec<String> = texts.iter().map(|text| show(text.as_bytes(), TagColumn::Find)).collect();
    shown.join("\n\n") + "\n"
}

fn messages(errors: impl IntoIterator<Item = DataError>) -> String {
    errors.into_iter().map(|error| format!("{error}\n")).collect()
}

fn refused(bytes: &[u8], column: TagColumn) -> DataError {
    conll::parse(Path::new("c.tsv"), bytes, column).unwrap_err()
}

#[test]
fn reads_every_layout() {
    let texts = [
        "a\tB-X\nb\tI-X\n\nc\tO\n\n",
        "a\tB\r\nb\tI\r\n\r\n\r\nc\tO",
        "\u{feff}-DOCSTART- -X- -X- O\n\na\tO\n\t\t\t\nb\tS-X\n",
        "<ALL>\tO\na\tO\n</ALL>\tO\n<ALL>\tO\nb\tO\n</ALL>\tO\n",
        "\"\tO\n''\tO\n#\tO\n",
        "a\u{a0}b\tO\n\u{200b}\tO\n\u{a0}\tO\nNew York\tO\n",
        "a\u{a0}b O \nc   B-X\n",
    ];
    expect![[r#"
        1: a/B-X b/I-X
        4: c/O
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 5; blank 2; blank end 1

        1: a/B b/I
        5: c/O
        2 of 2 columns, the last, a tag in every line; TAB; CrLf; lines 5; crlf 4; blank 2; repeated 1

        3: a/O
        5: b/S-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 5; blank 2; separators 1; documents 1; BOM 1

        2: a/O
        5: b/O
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 6; markers 4

        1: \"/O \'\'/O #/O
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 3

        1: a\u{a0}b/O \u{200b}/O \u{a0}/O New York/O
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 4

        1: a\u{a0}b/O c/B-X
        2 of 2 columns, the last, a tag in every line; spaces; Lf; lines 2
    "#]]
    .assert_eq(&read_all(&texts));
}

#[test]
fn finds_the_column_of_tags() {
    let texts = [
        "a B-X +\nb O -\n \nc O +\n",
        "a\tNN\tI-NP\tB-X\nb\tVB\tI-VP\tO\n",
        "a\tB-X\t1\t2\t3\t_\nb\tO\t1\t2\t3\t_\n",
        "1\ta\tN\tN\t_\t2\tdep\tO\t_\t_\n",
    ];
    expect![[r#"
        1: a/B-X b/O
        4: c/O
        2 of 3 columns, the second, a tag in every line, unlike the last; spaces; Lf; lines 4; blank 1; separators 1

        1: a/B-X b/O
        4 of 4 columns, the last, a tag in every line; TAB; Lf; lines 2

        1: a/B-X b/O
        2 of 6 columns, the second, a tag in every line, unlike the last; TAB; Lf; lines 2

        1: 1/O
        8 of 10 columns, a tag in every line, unlike the last, the second and those after it; TAB; Lf; lines 1
    "#]]
    .assert_eq(&read_all(&texts));
    expect![[r#"
        1: a/I-NP
        3 of 4 columns, as asked for; TAB; Lf; lines 1"#]]
    .assert_eq(&show(b"a\tNN\tI-NP\tB-X\n", TagColumn::Number(-2)));
}

#[test]
fn finds_the_column_of_words() {
    let texts = [
        // Labels and offsets before the word, chunks behind it.
        "O\t0\t3\tThe\tthe\tB-NP\nB-Cell\t4\t6\tTh\tth\tI-NP\nI-Cell\t7\t12\tcells\tcell\tI-NP\n",
        "1\tNo\tO\n2\tgout\tB-X\n\n1\tFlu\tB-X\n",
        "0 Its O\n1 flu B-X\n2 passed O\n",
        "B-X\tgout\nO\thurts\n",
        "p1 s1 1 No O\np1 s1 2 more O\np1 s1 3 gout B-X\n\np1 s2 1 Good O\n",
        "Sentence: 1\tNo\tDT\tO\n\tmore\tJJ\tO\n\tgout\tNN\tB-X\n\nSentence: 2\tGood\tJJ\tO\n",
        "0-2\tNo\tO\n3-7\tgout\tB-X\n",
        "id\ttoken\tner_tag\n1\tNo\tO\n2\tgout\tB-X\n",
        "pos word label\nDT No O\nNN gout B-X\n",
        "# global.columns = ID FORM MISC\n1\tNo\tO\n2\tgout\tB-X\n",
    ];
    expect![[r#"
        1: The/O Th/B-Cell cells/I-Cell
        words in column 4, those before it hold tags, counts or the name of each sentence; 1 of 6 columns, a tag in every line, before the words; TAB; Lf; lines 3

        1: No/O gout/B-X
        4: Flu/B-X
        words in column 2, those before it hold tags, counts or the name of each sentence; 3 of 3 columns, the last, a tag in every line; TAB; Lf; lines 4; blank 1

        1: Its/O flu/B-X passed/O
        words in column 2, those before it hold tags, counts or the name of each sentence; 3 of 3 columns, the last, a tag in every line; spaces; Lf; lines 3

        1: gout/B-X hurts/O
        words in column 2, those before it hold tags, counts or the name of each sentence; 1 of 2 columns, a tag in every line, before the words; TAB; Lf; lines 2

        1: No/O more/O gout/B-X
        5: Good/O
        words in column 4, those before it hold tags, counts or the name of each sentence; 5 of 5 columns, the last, a tag in every line; spaces; Lf; lines 5; blank 1

        1: No/O more/O gout/B-X
        5: Good/O
        words in column 2, those before it hold tags, counts or the name of each sentence; 4 of 4 columns, the last, a tag in every line; TAB; Lf; lines 5; blank 1

        1: No/O gout/B-X
        words in column 2, those before it hold tags, counts or the name of each sentence; 3 of 3 columns, the last, a tag in every line; TAB; Lf; lines 2

        2: No/O gout/B-X
        words in column 2, as the line of heads names it; 3 of 3 columns, the last, a tag in every line; TAB; Lf; lines 3; heads 1

        2: No/O gout/B-X
        words in column 2, as the line of heads names it; 3 of 3 columns, the last, a tag in every line; spaces; Lf; lines 3; heads 1

        2: No/O gout/B-X
        words in column 2, as the line of heads names it; 3 of 3 columns, the last, a tag in every line; TAB; Lf; lines 3; comments 1
    "#]].assert_eq(&read_all(&texts));
    let columns = |words, tags| Columns { words: WordColumn::Number(words), tags };
    for (words, tags) in [(2, TagColumn::Find), (-2, TagColumn::Number(-1)), (1, TagColumn::Number(3))] {
        let shown = show(b"1\tNo\tO\n2\tgout\tB-X\n", columns(words, tags));
        assert!(shown.starts_with(if words == 1 { "1: 1/O 2/B-X\n" } else { "1: No/O gout/B-X\n" }), "{shown}");
    }
    let refused = [columns(4, TagColumn::Find), columns(2, TagColumn::Number(2)), columns(0, TagColumn::Find)];
    expect![[r#"
        c.tsv:1:1: found 3 column(s), expected a column 4; name one that is there, from 1 or from -1 at the end
        c.tsv:1:1: column 2 of 3 holds the words, expected another one for the tags; name another column, or a file with more columns
        c.tsv:1:1: found 3 column(s), expected a column 0; name one that is there, from 1 or from -1 at the end
    "#]].assert_eq(&messages(
        refused.map(|columns| conll::parse(Path::new("c.tsv"), b"1\tNo\tO\n2\tgout\tB-X\n", columns).unwrap_err()),
    ));
}

#[test]
fn words_that_look_like_something_else_stay_words() {
    let texts = [
        // Nothing else could be the words.
        "1\tO\n2\tO\n3\tB-X\n",
        "B\tO\nI\tO\nO\tB-X\n",
        "# O\n1 O\n",
        "##\tO\n#1\tB-X\n",
        // One mistake among the tags makes them no words.
        "1\tO\n2\tB_X\n3\tO\n",
        "tag\tO\nlabel\tB-X\n",
    ];
    expect![[r#"
        1: 1/O 2/O 3/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 3

        1: B/O I/O O/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 3

        1: #/O 1/O
        2 of 2 columns, the last, a tag in every line; spaces; Lf; lines 2

        1: ##/O #1/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 2

        c.tsv:2:3: `B_X` is not a tag: expected O, a bare B, I, E, S, L or U, or one of these, a hyphen and a type, as in B-Disease; correct the line or name another column of tags than 2

        1: tag/O label/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 2
    "#]].assert_eq(&read_all(&texts));
}

#[test]
fn comments_and_heads_are_no_words() {
    let texts = [
        "# sent_id = 1\n# text = No gout\nNo\tO\ngout\tB-X\n#\tO\n\n# sent_id = 2\nFlu\tB-X\n",
        "# vitamin B\nNo O\n# O\ngout B-X\n",
        "word tag\nNo O\ngout B-X\n",
        "###MEDLINE:95369245\n\nIL-2\tB-DNA\n\n###MEDLINE:95369246\n\ngene\tO\n",
        "# newdoc id = a\nNo\tO\n\n# newdoc\ngout\tB-X\n",
        "#begin document (a); part 000\nNo O\n\n#end document\n",
        "No\tO\ngout\tB-X\t\t\n",
    ];
    expect![[r#"
        3: No/O gout/B-X #/O
        8: Flu/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 8; blank 1; comments 3

        2: No/O #/O gout/B-X
        2 of 2 columns, the last, a tag in every line; spaces; Lf; lines 4; comments 1

        2: No/O gout/B-X
        2 of 2 columns, the last, a tag in every line; spaces; Lf; lines 3; heads 1

        3: IL-2/B-DNA
        7: gene/O
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 7; blank 3; documents 2

        2: No/O
        5: gout/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 5; blank 1; documents 2

        2: No/O
        2 of 2 columns, the last, a tag in every line; spaces; Lf; lines 4; blank 1; documents 1; comments 1

        1: No/O gout/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 2; empty columns 2
    "#]]
    .assert_eq(&read_all(&texts));
}

#[test]
fn what_is_not_seen_at_the_ends_of_cells_is_left_out() {
    let texts = [
        "gout\tB-X \n hurts\tO\n\nflu\tB-X\n",
        "gout\u{a0}\tB-X\u{200b}\nflu\tB- X\n",
        "\u{feff}\u{200b}gout O\nin\u{200b}side B-X\n",
        "\u{a0}\tO\n\u{200b}\tO\n",
    ];
    expect![[r#"
        1: gout/B-X hurts/O
        4: flu/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 4; blank 1; trimmed 2; trimmed first on line 1

        1: gout/B-X flu/B-X
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 2; trimmed 3; trimmed first on line 1

        1: gout/O in\u{200b}side/B-X
        2 of 2 columns, the last, a tag in every line; spaces; Lf; lines 2; trimmed 1; trimmed first on line 1; BOM 1

        1: \u{a0}/O \u{200b}/O
        2 of 2 columns, the last, a tag in every line; TAB; Lf; lines 2
    "#]]
    .assert_eq(&read_all(&texts));
    let text = "\u{200b}gout\tO\tB-X \nflu\tO\tO\n";
    let mut reader = TaggedReader::new(Path::new("p.tsv"), text.as_bytes(), &[-2, -1]);
    let rows = reader.next_sentence().unwrap().unwrap();
    assert_eq!((rows.words, &*rows.tags[1]), (vec!["gout", "flu"], &["B-X", "O"][..]));
    assert_eq!(reader.trimmed_cells(), (2, 1));
}

#[test]
fn refuses_with_place_and_advice() {
    let texts: [&[u8]; 15] = [
        b"",
        b"\n\n-DOCSTART-\tO\n\n",
        b"a\tO\nMeni\xe8re\tO\n",
        b"\x7fELF\x02\x01\x01\0\0",
        b"a\tO\rb\tO\r",
        "a\tO\nα β\tB_X\nc\tO\n".as_bytes(),
        // The third column holds nothing but tags, and is not taken for the fourth with its mistake.
        b"a\tNN\tI-NP\tB-X\nb\tVB\tI-VP\tX\nc\tVB\tI-VP\tO\n",
        b"a\tO\nb\t\nc\tO\n",
        b"a\tNN\nb\tVB\n",
        b"The cat\nThe dog\n",
        b"a\nb\n",
        b"a\tO\nb\n",
        b"a\tO\nb\tO\tO\n",
        b"a O\nb\tO\n",
        b"a\tO\n\tO\n",
    ];
    expect![[r#"
        c.tsv:1:1: found no sentence in 0 lines, expected at least one word; is this the right file, and is it complete?
        c.tsv:1:1: found no sentence in 4 lines, expected at least one word; is this the right file, and is it complete?
        c.tsv:2:5: the byte 0xe8 is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`
        c.tsv:1:8: found a NUL byte, expected UTF-8 text: the file is binary or in UTF-16; name another file or convert it with `iconv -f UTF-16 -t UTF-8`
        c.tsv:1:4: found a carriage return within a line, expected lines that end in LF or CRLF; convert the line ends
        c.tsv:2:5: `B_X` is not a tag: expected O, a bare B, I, E, S, L or U, or one of these, a hyphen and a type, as in B-Disease; correct the line or name another column of tags than 2
        c.tsv:2:11: `X` is not a tag: expected O, a bare B, I, E, S, L or U, or one of these, a hyphen and a type, as in B-Disease; correct the line or name another column of tags than 4
        c.tsv:2:3: found nothing in column 2, expected a tag; write the tag, O for a word outside every entity
        c.tsv:1:1: found no column of tags among 2 column(s), here `a	NN`; expected one such as O, B-Disease or I in every line after the word; name the column or another file
        c.tsv:1:1: found no column of tags among 2 column(s), here `The cat`; expected one such as O, B-Disease or I in every line after the word; name the column or another file
        c.tsv:1:1: found no column of tags among 1 column(s), here `a`; expected one such as O, B-Disease or I in every line after the word; name the column or another file
        c.tsv:2:1: found 1 column(s), expected 2 as on line 1 (columns are separated by TAB); correct the line
        c.tsv:2:1: found 3 column(s), expected 2 as on line 1 (columns are separated by TAB); correct the line
        c.tsv:2:2: found a TAB, expected columns separated by spaces as on line 1; use one separator in the whole file
        c.tsv:2:1: found nothing in column 1, expected a word; write the word or delete the line
    "#]]
    .assert_eq(&messages(texts.map(|text| refused(text, TagColumn::Find))));
    let columns = [3, 0, -2, 1, isize::MIN];
    expect![[r#"
        c.tsv:1:1: found 2 column(s), expected a column 3; name one that is there, from 1 or from -1 at the end
        c.tsv:1:1: found 2 column(s), expected a column 0; name one that is there, from 1 or from -1 at the end
        c.tsv:1:1: column -2 of 2 holds the words, expected another one for the tags; name another column, or a file with more columns
        c.tsv:1:1: column 1 of 2 holds the words, expected another one for the tags; name another column, or a file with more columns
        c.tsv:1:1: found 2 column(s), expected a column -9223372036854775808; name one that is there, from 1 or from -1 at the end
    "#]]
    .assert_eq(&messages(columns.map(|column| refused(b"a\tO\n", TagColumn::Number(column)))));
}

#[test]
fn lines_that_are_skipped_are_text_too() {
    for text in [&b"-DOCSTART- \xe8\na\tO\n"[..], b"a\tO\n\n-DOCSTART- \xe8\n", b"\n-DOCSTART-\rO\na\tO\n"] {
        let twice = conll::survey(Path::new("c.tsv"), text, TagColumn::Find).map(|_| ());
        assert_eq!(messages(twice.err()), messages([refused(text, TagColumn::Find)]));
    }
}

#[test]
fn refuses_what_is_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let folder = conll::read(directory.path(), TagColumn::Find).unwrap_err();
    assert!(folder.to_string().ends_with(": is a folder, expected a file; name one of the files in it"), "{folder}");
    let missing = conll::read(Path::new("no/such/file.tsv"), TagColumn::Find).unwrap_err();
    assert!(missing.to_string().starts_with("no/such/file.tsv: cannot be read: "), "{missing}");
}

/// A sentence as text: its line, its document, its words and its tags.
fn streamed(input: impl Read, columns: &[isize]) -> Result<Vec<String>, DataError> {
    let mut reader = TaggedReader::new(Path::new("p.tsv"), input, columns);
    let mut sentences = Vec::new();
    while let Some(TaggedRows { words, tags, line_number, document }) = reader.next_sentence()? {
        sentences.push(format!("{line_number} in {document}: {words:?} {tags:?}"));
    }
    Ok(sentences)
}

#[test]
fn reads_columns_of_tags_as_texts() {
    let text: &[u8] = b"-DOCSTART- - - -\n\na NN B-X LABEL_1\nb NN O O\n\n\n-DOCSTART- - - -\nc NN O B-Y";
    expect![[r#"
        [
            "4 in 1: [\"b\"] [[\"O\"], [\"O\"]]",
            "8 in 2: [\"c\"] [[\"O\"], [\"B-Y\"]]",
        ]
    "#]]
    .assert_debug_eq(&streamed(text, &[-2, -1]).unwrap());
    let mut reader = TaggedReader::new(Path::new("p.tsv"), text, &[-2, 4]);
    reader.next_sentence().unwrap();
    assert_eq!(reader.columns(), [3, 4]);
}

#[test]
fn says_where_a_streamed_file_is_wrong() {
    let texts: [&[u8]; 8] = [
        b"a\tO\nb\tO\n",
        b"a\tO\tO\nb\tO\t\n",
        b"a O O\n\nb O\tO O\n",
        b"a O O\n\n\nb O\n",
        b"a O O\n\nb\xc3\xa9 O O\n\xff O O\n",
        b"a O O\n\nb O O\nb\0 O O\n",
        b"a O O\r\n\r\nb\r O O\r\n",
        b"\n\n-DOCSTART-\n",
    ];
    expect![[r#"
        p.tsv:1:1: column -2 of 2 holds the words, expected another one for the tags; name another column, or a file with more columns
        p.tsv:2:5: found nothing in column 3, expected a tag; write the tag, O for a word outside every entity
        p.tsv:3:4: found a TAB, expected columns separated by spaces as on line 1; use one separator in the whole file
        p.tsv:4:1: found 2 column(s), expected 3 as on line 1 (columns are separated by spaces); correct the line
        p.tsv:4:1: the byte 0xff is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`
        p.tsv:4:2: found a NUL byte, expected UTF-8 text: the file is binary or in UTF-16; name another file or convert it with `iconv -f UTF-16 -t UTF-8`
        p.tsv:3:2: found a carriage return within a line, expected lines that end in LF or CRLF; convert the line ends
        p.tsv:1:1: found no sentence in 3 lines, expected at least one word; is this the right file, and is it complete?
    "#]]
    .assert_eq(&messages(texts.map(|text| streamed(text, &[-2, -1]).unwrap_err())));
}

/// Gives a few bytes at a time.
struct Trickle<'b>(&'b [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n_bytes = self.0.len().min(self.1).min(buffer.len());
        let (now, later) = self.0.split_at(n_bytes);
        buffer[..n_bytes].copy_from_slice(now);
        self.0 = later;
        Ok(n_bytes)
    }
}

#[test]
fn reads_words_without_tags() {
    let words = conll::parse_words(Path::new("w.txt"), b"Renal\nfailure\n\nNone\n", WordColumn::Find).unwrap();
    assert_eq!(words.sentences[0].words, ["Renal", "failure"]);
    assert_eq!(words.sentences[1].line_number, 4);
    let error =
        conll::parse_words(Path::new("w.txt"), b"Renal failure .\nIt is rare .\n", WordColumn::Find).unwrap_err();
    expect![[r#"
        w.txt:2:1: found 4 column(s), expected 3 as on line 1 (columns are separated by spaces); correct the line
    "#]]
    .assert_eq(&messages([error]));
}

#[test]
fn gold_is_the_index_of_the_label() {
    let corpus = conll::parse(Path::new("g.tsv"), b"a\tO\nb\tB-X\n\nc\tI-X\n", TagColumn::Find).unwrap();
    assert_eq!(corpus.label_set().unwrap().names(), ["B-X", "I-X", "O"]);
    assert_eq!(corpus.gold(&corpus.label_set().unwrap()).unwrap(), [vec![2, 0], vec![1]]);
    let labels = LabelSet::from_tags(["O", "B-X"]).unwrap();
    expect![[r#"
        g.tsv:4:1: the tag `I-X` in column 2 is not among the labels B-X, O; correct the line, or take the labels from this file too
    "#]]
    .assert_eq(&messages(corpus.gold(&labels).err()));
}

#[test]
fn writes_nothing_that_would_be_read_as_something_else() {
    for word in ["", "a\tb", "a\nb", "a\rb", "\0", "-DOCSTART-", "<ALL>", "</ALL>", "<ALL> a"] {
        let result = conll::write_columns(&mut Vec::new(), &[word.to_owned()], &[&["O"]]);
        assert!(matches!(result, Err(DataError::Unrepresentable { .. })), "{word:?}");
    }
    let result = conll::write_columns(&mut Vec::new(), &["a".to_owned()], &[&["O", "O"]]);
    assert!(matches!(result, Err(DataError::UnequalLengths { words: 1, tags: 2 })));
    let result = conll::write_columns::<&str>(&mut Vec::new(), &["a".to_owned()], &[]);
    assert!(matches!(result, Err(DataError::NoTagColumn)));
}

/// The numbers of the documents of one-word sentences, after they were written and read.
fn documents_read_back(documents: &[usize]) -> Vec<usize> {
    let sentence = |&document: &usize| Sentence {
        words: vec!["a".to_owned()],
        tags: vec![Tag::OUTSIDE],
        line_number: 1,
        document,
    };
    let sentences: Vec<Sentence> = documents.iter().map(sentence).collect();
    let mut bytes = Vec::new();
    conll::write(&mut bytes, &sentences).unwrap();
    let read = conll::parse(Path::new("r.tsv"), &bytes, TagColumn::Find).unwrap();
    read.sentences.iter().map(|sentence| sentence.document).collect()
}

#[test]
fn documents_are_written_and_read_back() {
    let text = b"a\tO\n\n-DOCSTART-\tO\n\nb\tB-X\n\nc\tO\n\n-DOCSTART-\tO\n\nd\tO\n\n";
    let corpus = conll::parse(Path::new("d.tsv"), text, TagColumn::Find).unwrap();
    let mut bytes = Vec::new();
    conll::write(&mut bytes, &corpus.sentences).unwrap();
    assert_eq!(bytes, text);
    assert_eq!(documents_read_back(&[0, 0, 1, 2, 2, 3]), [0, 0, 1, 2, 2, 3]);
    assert_eq!(documents_read_back(&[1, 1]), [1, 1]);
    // Of a sample, and of a file without documents behind one that has some.
    assert_eq!(documents_read_back(&[3, 3, 7, 9]), [1, 1, 2, 3]);
    assert_eq!(documents_read_back(&[1, 2, 0, 0]), [1, 2, 3, 3]);
}

/// A word as it is read: without what is not seen at its ends, unless it is nothing else.
fn seen(word: &str) -> String {
    let is_unseen = |character: char| {
        character.is_whitespace()
            || "\u{ad}\u{1c}\u{1d}\u{1e}\u{1f}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{feff}"
                .contains(character)
    };
    let inner = word.trim_matches(is_unseen);
    if inner.is_empty() { word.to_owned() } else { inner.to_owned() }
}

fn words_with_tags() -> impl Strategy<Value = Vec<(String, Tag)>> {
    let word = prop_oneof![
        "[a-zA-Z0-9]{1,8}",
        "[\"'#, <-]{1,3}",
        "[^\t\n\r\0]{1,6}",
        "[\u{a0}\u{200b}\u{2028}\u{85}\u{feff}β]{1,3}"
    ];
    let tag = proptest::sample::select(vec!["O", "O", "B-X", "I-X", "S-Chemical", "E", "B-a-b"]);
    proptest::collection::vec((word, tag.prop_map(|tag| tag.parse().unwrap())), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(corpus in proptest::collection::vec((words_with_tags(), any::<bool>()), 1..6)) {
        let mut line_number = 1;
        let mut document = 0;
        let mut sentences = Vec::new();
        for (sentence, begins_document) in corpus {
            let (words, tags): (Vec<_>, Vec<_>) = sentence.into_iter().unzip();
            let n_words = words.len();
            document += usize::from(begins_document);
            line_number += 2 * usize::from(begins_document);
            sentences.push(Sentence { words, tags, line_number, document });
            line_number += n_words + 1;
        }
        // At the start of a file, U+FEFF is a byte order mark.
        prop_assume!(sentences[0].document > 0 || !sentences[0].words[0].starts_with('\u{feff}'));
        let mut bytes = Vec::new();
        conll::write(&mut bytes, &sentences).unwrap();
        sentences.iter_mut().flat_map(|sentence| &mut sentence.words).for_each(|word| *word = seen(word));
        let read = conll::parse(Path::new("r.tsv"), &bytes, TagColumn::Find).unwrap();
        prop_assert_eq!(&read.sentences, &sentences);
        let expected: Vec<String> = sentences
            .iter()
            .map(|sentence| {
                let tags: Vec<String> = sentence.tags.iter().map(ToString::to_string).collect();
                format!("{} in {}: {:?} [{tags:?}]", sentence.line_number, sentence.document, sentence.words)
            })
            .collect();
        prop_assert_eq!(streamed(Trickle(&bytes, 5), &[2]).unwrap(), expected);

        let with_crlf = String::from_utf8(bytes).unwrap().replace('\n', "\r\n");
        let read = conll::parse(Path::new("r.tsv"), with_crlf.as_bytes(), TagColumn::Number(2)).unwrap();
        prop_assert_eq!(&read.sentences, &sentences);
    }

    #[test]
    fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in "[aO\t \n\r<-]{0,40}", column in -4_isize..5) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            for column in [TagColumn::Find, TagColumn::Number(column)] {
                let _ = conll::parse(Path::new("f"), bytes, column).map_err(|error| error.to_string());
            }
            let _ = conll::parse_words(Path::new("f"), bytes, WordColumn::Find);
            for step in 1..4 {
                let (whole, trickled) = (streamed(bytes, &[-1]), streamed(Trickle(bytes, step), &[-1]));
                // Which of two mistakes is met first depends on how much is read at a time.
                prop_assert_eq!(whole.ok(), trickled.ok());
            }
        }
    }

    /// What is read sentence by sentence after a first look is what is read at once, and so is what is refused.
    #[test]
    fn two_looks_see_what_one_does(lines in proptest::collection::vec(proptest::sample::select(LINES.to_vec()), 0..12), asked in -3_isize..4, find in any::<bool>()) {
        let text = lines.join("\n");
        let column = if find { TagColumn::Find } else { TagColumn::Number(asked) };
        let path = Path::new("r.tsv");
        let once = conll::parse(path, text.as_bytes(), column);
        let twice = conll::survey(path, Trickle(text.as_bytes(), 3), column).and_then(|survey| {
            let sentences = survey.sentences(path, Trickle(text.as_bytes(), 5)).collect::<Result<Vec<_>, _>>()?;
            Ok((survey, sentences))
        });
        match (once, twice) {
            (Ok(corpus), Ok((survey, sentences))) => {
                prop_assert_eq!(survey.tag_column, corpus.tag_column);
                prop_assert_eq!(survey.scheme, checks::likely_scheme(&corpus.sentences));
                prop_assert_eq!((survey.columns, survey.document_lines), (corpus.layout.columns, corpus.layout.document_lines));
                prop_assert_eq!(sentences, corpus.sentences);
            }
            (once, twice) => {
                let (once, twice) = (once.unwrap_err().to_string(), twice.unwrap_err().to_string());
                // Of a column that is named and a line that does not fit, each look may tell another one first.
                prop_assert!(once == twice || !find, "{once} and {twice}");
            }
        }
    }
}

/// Lines that files are made of here: sound ones, some with more columns, and some that are refused beside others.
const LINES: [&str; 12] = [
    "",
    "",
    "a\tO",
    "b\tB-X",
    "\u{e9}\tI-X",
    "c\tS-Y",
    "-DOCSTART-\tO",
    "d\tNN\tB-X",
    "e\tO\tI-X",
    "f\tword",
    "g O",
    "h",
];
