//! Prediction files: what is read, what is refused, and that what is written is read back.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::fmt::Write;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use welt_data::predictions::{self, PredictedSentence, PredictionWriter};
use welt_data::{Sentence, conll};

/// One sentence a line: its document, then `word/gold/predicted`.
fn check(text: &str, expected: &Expect) {
    let read = match predictions::parse(text) {
        Ok(read) => read,
        Err(error) => return expected.assert_eq(&error.to_string()),
    };
    let mut shown = format!("documents known: {}\n", read.has_documents());
    for PredictedSentence { words, gold, predicted, document } in &read.sentences {
        write!(shown, "{document}:").unwrap();
        for ((word, gold), predicted) in words.iter().zip(gold).zip(predicted) {
            write!(shown, " {word}/{gold}/{predicted}").unwrap();
        }
        shown.push('\n');
    }
    expected.assert_eq(&shown);
}

#[test]
fn sentences_are_read_with_their_documents() {
    check(
        "a b\tB-X\tO\nc\tI-X\tB-X\n\nd\tO\tO\n",
        &expect![[r#"
            documents known: false
            0: a b/B-X/O c/I-X/B-X
            0: d/O/O
        "#]],
    );
    // A document line has as many columns as whoever wrote it thought fit.
    for mark in ["-DOCSTART-\tO", "-DOCSTART-\tO\tO", "-DOCSTART-", "-DOCSTART- -X- -X- O", "-DOCSTART-\tO\tO\tO\tO"] {
        for end in ["\n", "\r\n"] {
            let lines = [mark, "", "a\tO\tO", "", "b\tO\tO", mark, "c\tO\tB", "", "", " \t", ""];
            check(
                &lines.join(end),
                &expect![[r#"
                    documents known: true
                    1: a/O/O
                    1: b/O/O
                    2: c/O/B
                "#]],
            );
        }
    }
    // What the corpus had between word and gold tag is passed over, and spaces separate as well as TABs.
    check(
        "a NN I-NP B-X O\r\nb NN I-NP I-X O",
        &expect![[r#"
            documents known: false
            0: a/B-X/O b/I-X/O
        "#]],
    );
    // Sentences before the first document line are of no known document.
    check(
        "a\tO\tO\n\n-DOCSTART-\tO\n\nb\tO\tO\n\n\n",
        &expect![[r#"
            documents known: true
            0: a/O/O
            1: b/O/O
        "#]],
    );
}

#[test]
fn what_is_wrong_names_its_line() {
    check(
        "a\tO\tO\n\nb O O\n",
        &expect!["line 3: found 1 column(s), expected 3 as on line 1 (columns are separated by TAB); correct the line"],
    );
    check(
        "-DOCSTART-\tO\n\na\tO\n",
        &expect![
            "line 3: found 2 column(s), expected a word, its gold tag and its predicted one, between TABs or spaces; is this a file of predictions?"
        ],
    );
    check(
        "a\tO\tO\nb\t\tO\n",
        &expect!["line 2: found nothing in column 2, expected a tag; write the tag, O for a word outside every entity"],
    );
    check(
        "a\tO\t\n",
        &expect!["line 1: found nothing in column 3, expected a tag; write the tag, O for a word outside every entity"],
    );
    check(
        "\tO\tO\n",
        &expect!["line 1: found nothing in column 1, expected a word; write the word or delete the line"],
    );
    check(
        "-DOCSTART-\tO\n\n",
        &expect![
            "line 1: found no sentence in 2 lines, expected at least one word; is this the right file, and is it complete?"
        ],
    );
    check(
        "a\tO\rb\tO\n",
        &expect![
            "line 1: found a carriage return within a line, expected lines that end in LF or CRLF; convert the line ends"
        ],
    );
}

fn written(sentences: &[PredictedSentence<'_>]) -> String {
    let mut writer = PredictionWriter::new(Vec::new());
    for sentence in sentences {
        writer.write(sentence).unwrap();
    }
    String::from_utf8(writer.into_inner()).unwrap()
}

#[test]
fn a_document_line_stands_where_a_document_begins() {
    let sentence =
        |word, document| PredictedSentence { words: vec![word], gold: vec!["O"], predicted: vec!["B"], document };
    let text = written(&[sentence("a", 0), sentence("b", 1), sentence("c", 1), sentence("d", 3), sentence("e", 0)]);
    assert_eq!(
        text,
        "a\tO\tB\n\n-DOCSTART-\tO\n\nb\tO\tB\n\nc\tO\tB\n\n-DOCSTART-\tO\n\nd\tO\tB\n\n-DOCSTART-\tO\n\ne\tO\tB\n\n"
    );
}

#[test]
fn what_the_format_cannot_hold_is_refused() {
    let mut writer = PredictionWriter::new(Vec::new());
    let short = PredictedSentence { words: vec!["a", "b"], gold: vec!["O", "O"], predicted: vec!["O"], document: 0 };
    assert_eq!(
        writer.write(&short).unwrap_err().to_string(),
        "a sentence of 2 words has 1 tags, expected as many tags as words"
    );
    let mark = PredictedSentence { words: vec!["-DOCSTART-"], gold: vec!["O"], predicted: vec!["O"], document: 0 };
    assert!(writer.write(&mark).is_err());
}

proptest! {
    /// The files are CoNLL-like: with the same tags in both columns they say what the writer of corpora says.
    #[test]
    fn documents_are_written_as_in_corpora(documents in prop::collection::vec(0_usize..4, 1..8)) {
        let corpus: Vec<Sentence> = documents
            .iter()
            .map(|&document| Sentence { words: vec!["w".into()], tags: vec!["O".parse().unwrap()], line_number: 1, document })
            .collect();
        let mut text = Vec::new();
        conll::write(&mut text, &corpus).unwrap();
        let sentences: Vec<_> = documents
            .iter()
            .map(|&document| PredictedSentence { words: vec!["w"], gold: vec!["O"], predicted: vec!["O"], document })
            .collect();
        let text = String::from_utf8(text).unwrap().replace("w\tO", "w\tO\tO");
        prop_assert_eq!(written(&sentences), text);
    }

    #[test]
    fn what_is_written_is_read_back(
        words in prop::collection::vec("[a-z<-][a-z <>-]{0,4}[a-z]", 1..6),
        tags in prop::collection::vec(("O|[BI]-[XY]", "O|[BI]-[XY]"), 6),
        documents in prop::collection::vec(0_usize..2, 1..5),
    ) {
        // Numbers from 0 that rise by 1, as the reader counts.
        let mut document = 0;
        let sentences: Vec<_> = documents.iter().map(|step| {
            document += step;
            PredictedSentence {
                words: words.iter().map(String::as_str).collect(),
                gold: tags.iter().take(words.len()).map(|(gold, _)| gold.as_str()).collect(),
                predicted: tags.iter().take(words.len()).map(|(_, predicted)| predicted.as_str()).collect(),
                document,
            }
        }).collect();
        let text = written(&sentences);
        let read = predictions::parse(&text).unwrap();
        prop_assert_eq!(&read.sentences, &sentences);
        prop_assert_eq!(read.has_documents(), document > 0);
    }
}
