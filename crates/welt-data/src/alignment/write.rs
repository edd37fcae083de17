//! Sentences of a text as the lines of a CoNLL-like file, or as JSON lines of words and tags, without making a sentence of a corpus of each.

use std::io::Write;

use serde::Serialize;
use welt_tags::{Prefix, Scheme};

use super::Types;
use super::sentence::TextSentence;
use crate::conll::checked;
use crate::document::{Document, DocumentText};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss, Stage};

/// Counts what words and tags do not hold of the mentions whose types are kept, in the stage [`Stage::Write`].
pub fn count_unwritten(document: &Document, types: &Types, ledger: &mut Ledger) {
    let text = DocumentText::of(document);
    for mention in document.mentions.iter().filter(|mention| types.keep(&mention.entity_type).is_some()) {
        let losses = [
            (Loss::UnwrittenAnnotationIds, !mention.id.is_empty()),
            (Loss::UnwrittenIdentifiers, !mention.identifiers.is_empty()),
            (Loss::UnwrittenScores, mention.score.is_some()),
        ];
        for (loss, _) in losses.into_iter().filter(|(_, is_lost)| *is_lost) {
            ledger.lose(Stage::Write, loss, || Item::in_text(&document.id, &text, mention));
        }
    }
}

/// Writes sentences of a text with the tags of their entities, one word a line.
///
/// # Errors
/// As for [`conll::write`](crate::conll::write()), and entities that share a word or leave their sentence.
pub fn write_text(out: &mut impl Write, sentences: &[TextSentence<'_>], scheme: Scheme) -> Result<(), DataError> {
    let mut lines = String::new();
    for sentence in sentences {
        lines.clear();
        for (word, tag) in sentence.words.iter().zip(sentence.tags(scheme)?) {
            lines.push_str(checked(word.text)?);
            // Nine tags in ten.
            if tag.prefix() == Prefix::Outside {
                lines.push_str("\tO\n");
                continue;
            }
            lines.push('\t');
            lines.push_str(checked(&tag.to_string())?);
            lines.push('\n');
        }
        lines.push('\n');
        out.write_all(lines.as_bytes())?;
    }
    Ok(())
}

/// Writes sentences of a document as JSON lines of words and tags, each with the id of the document and one of its own.
///
/// ```
/// use welt_data::alignment::{Rules, align, write_json_lines};
/// use welt_data::ledger::Ledger;
/// use welt_data::{Document, Mention, Passage};
/// use welt_tags::Scheme;
///
/// let passages = vec![Passage { kind: String::new(), offset: 0, text: "No ataxia.".to_owned() }];
/// let mentions = vec![Mention::new("Disease", 3..9)];
/// let document = Document { id: "7".to_owned(), passages, mentions, sentences: None };
/// let sentences = align(&document, &Rules::corpora(), &mut Ledger::listing(0))?;
/// let mut out = Vec::new();
/// write_json_lines(&mut out, &document.id, &sentences, Scheme::Iob2)?;
/// let line = r#"{"id":"7-1","document_id":"7","tokens":["No","ataxia","."],"ner_tags":["O","B-Disease","O"]}"#;
/// assert_eq!(out, format!("{line}\n").as_bytes());
/// # Ok::<(), welt_data::DataError>(())
/// ```
///
/// # Errors
/// Entities that share a word or leave their sentence, or an output that does not take it.
pub fn write_json_lines(
    out: &mut impl Write,
    document: &str,
    sentences: &[TextSentence<'_>],
    scheme: Scheme,
) -> Result<(), DataError> {
    for (index, sentence) in sentences.iter().enumerate() {
        let row = Row {
            id: format!("{document}-{}", index + 1),
            document_id: document,
            tokens: sentence.words.iter().map(|word| word.text).collect(),
            ner_tags: sentence.tags(scheme)?.iter().map(ToString::to_string).collect(),
        };
        let mut line = serde_json::to_vec(&row).map_err(std::io::Error::from)?;
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Row<'d> {
    id: String,
    document_id: &'d str,
    tokens: Vec<&'d str>,
    ner_tags: Vec<String>,
}
