//! Gold and predicted documents, matched by their ids: the mentions of each pair by the characters that they stand for.
//! Paths in, mentions as spans out; what is counted of them is not known here.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use anyhow::{Result, bail};
use welt_data::formats::Format;
use welt_data::{Document, Mention};
use welt_eval::{Chunk, Span};

use crate::convert::{Input, Source, TagReading, parse};
use crate::not_tagged;

/// The type of a mention that has none, as where tags name none.
const NO_TYPE: &str = "_";

/// Ids that a message names.
const NAMED: usize = 5;

/// A gold document with what was predicted in it.
pub struct DocumentPair {
    /// The mentions that are there, by their offsets in the document.
    pub gold: Vec<Span>,
    /// The mentions that were found.
    pub predicted: Vec<Span>,
}

/// All gold documents with what was predicted in them.
pub struct DocumentPairs {
    /// In the order of the gold documents.
    pub pairs: Vec<DocumentPair>,
    /// Ids of gold documents that nothing was predicted for: their mentions are missed.
    pub missing: Vec<String>,
    /// Ids of predicted documents that no gold one has: they are left out.
    pub extra: Vec<String>,
    /// Mentions of several parts, which are compared by their first and last characters.
    pub discontinuous: usize,
}

/// Whether files are documents instead of tagged ones.
pub fn are_documents(gold: &Path, predicted: &Path, from: Option<Format>) -> bool {
    if let Some(from) = from {
        return from != Format::Conll;
    }
    // Where one of them is a tagged file the readers of these say what is wrong with the other.
    [gold, predicted].into_iter().all(|path| not_tagged::documents(path).is_some())
}

/// All documents of a file or folder.
///
/// # Errors
/// What cannot be read as documents.
pub fn read_documents(path: &Path, from: Option<Format>) -> Result<Vec<Document>> {
    let input = Input::new(path, from, None)?;
    let mut source = Source::new(vec![input], TagReading::LENIENT, 0);
    let mut documents = Vec::new();
    loop {
        let batch = source.next_batch()?;
        if batch.is_empty() {
            return Ok(documents);
        }
        documents.extend(parse(batch, 0)?.into_iter().map(|(document, _)| document));
    }
}

impl DocumentPairs {
    /// Matches documents by their ids; where several have one, the first is matched with the first.
    ///
    /// # Errors
    /// Documents of one id whose texts differ where something is mentioned, for offsets mean nothing then.
    pub fn of(gold: &[Document], predicted: &[Document]) -> Result<Self> {
        let mut by_id: HashMap<&str, VecDeque<&Document>> = HashMap::new();
        for document in predicted {
            by_id.entry(&document.id).or_default().push_back(document);
        }
        let mut all = Self { pairs: Vec::new(), missing: Vec::new(), extra: Vec::new(), discontinuous: 0 };
        for document in gold {
            let found = by_id.get_mut(document.id.as_str()).and_then(VecDeque::pop_front);
            let predicted = match found {
                Some(predicted) => {
                    check_texts(document, predicted)?;
                    all.spans(&predicted.mentions)
                }
                None => {
                    all.missing.push(document.id.clone());
                    Vec::new()
                }
            };
            let gold = all.spans(&document.mentions);
            all.pairs.push(DocumentPair { gold, predicted });
        }
        let left =
            predicted.iter().filter(|document| by_id.get(document.id.as_str()).is_some_and(|left| !left.is_empty()));
        let mut left: Vec<String> = left.map(|document| document.id.clone()).collect();
        left.dedup();
        all.extra = left;
        Ok(all)
    }

    /// The SHA-256 of the gold mentions: a line of start, end and type for each, with TABs between them, and an empty line after
    /// each document.
    pub fn gold_sha256(&self) -> String {
        let mut digest = welt_files::Hasher::new();
        for pair in &self.pairs {
            for Span { entity_type, start, end, .. } in &pair.gold {
                digest.add(format!("{start}\t{end}\t{entity_type}\n").as_bytes());
            }
            digest.add(b"\n");
        }
        digest.digits()
    }

    /// Mentions by their extents, in order.
    fn spans(&mut self, mentions: &[Mention]) -> Vec<Span> {
        self.discontinuous += mentions.iter().filter(|mention| mention.is_discontinuous()).count();
        let span = |mention: &Mention| {
            let entity_type = if mention.entity_type.is_empty() { NO_TYPE } else { &mention.entity_type };
            Span::new(entity_type, mention.extent())
        };
        let mut spans: Vec<Span> = mentions.iter().filter(|mention| !mention.extent().is_empty()).map(span).collect();
        spans.sort_by(|one, other| {
            (one.start, one.end, &one.entity_type).cmp(&(other.start, other.end, &other.entity_type))
        });
        spans
    }

    /// Warns of what is not compared as it stands.
    pub fn warn(&self, gold: &Path, predicted: &Path) {
        let (gold, predicted) = (gold.display(), predicted.display());
        if !self.missing.is_empty() {
            let (count, ids) = (self.missing.len(), named(&self.missing));
            tracing::warn!("{predicted}: lacks documents of {gold}, whose mentions are missed: {count} ({ids})");
        }
        if !self.extra.is_empty() {
            let (count, ids) = (self.extra.len(), named(&self.extra));
            tracing::warn!("{predicted}: has documents that {gold} lacks, which are left out: {count} ({ids})");
        }
        if self.discontinuous > 0 {
            let count = self.discontinuous;
            tracing::warn!("mentions of several parts are compared by their first and last characters: {count}");
        }
    }
}

/// Spans as what scores are counted of.
pub fn chunks(spans: &[Span]) -> Vec<Chunk<'_>> {
    spans.iter().map(Chunk::from).collect()
}

/// The first ids of several.
fn named(ids: &[String]) -> String {
    let mut named: Vec<String> = ids.iter().take(NAMED).map(|id| id.escape_debug().to_string()).collect();
    if ids.len() > NAMED {
        named.push("...".to_owned());
    }
    named.join(", ")
}

/// Two documents must have the same text wherever something is mentioned in one of them, white space aside.
fn check_texts(gold: &Document, predicted: &Document) -> Result<()> {
    let same = |one: &str, other: &str| {
        let white = |one: char, other: char| one == other || one.is_whitespace() && other.is_whitespace();
        one.chars().count() == other.chars().count()
            && one.chars().zip(other.chars()).all(|(one, other)| white(one, other))
    };
    for mention in gold.mentions.iter().chain(&predicted.mentions) {
        let (Some(one), Some(other)) = (gold.text_at(mention), predicted.text_at(mention)) else { continue };
        if !same(&one, &other) {
            bail!(
                "document {}: at {}..{} the gold text is `{}`, and that of the predictions `{}`: expected the same text in both, for offsets are compared",
                gold.id.escape_debug(),
                mention.extent().start,
                mention.extent().end,
                one.escape_debug(),
                other.escape_debug()
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use welt_data::Passage;

    fn document(id: &str, text: &str, mentions: &[(&str, std::ops::Range<usize>)]) -> Document {
        Document {
            id: id.to_owned(),
            passages: vec![Passage { kind: String::new(), offset: 0, text: text.to_owned() }],
            mentions: mentions.iter().map(|(of, at)| Mention::new(of, at.clone())).collect(),
            sentences: None,
        }
    }

    #[test]
    fn documents_are_matched_by_their_ids() {
        let gold = [
            document("1", "gout and flu", &[("D", 0..4)]),
            document("2", "a", &[]),
            document("1", "b", &[("D", 0..1)]),
        ];
        let predicted = [document("3", "c", &[]), document("1", "gout\nand flu", &[("", 9..12), ("D", 0..4)])];
        let pairs = DocumentPairs::of(&gold, &predicted).unwrap();
        assert_eq!(pairs.missing, ["2", "1"]);
        assert_eq!(pairs.extra, ["3"]);
        assert_eq!(pairs.pairs[0].predicted, [Span::new("D", 0..4), Span::new("_", 9..12)]);
        assert_eq!(pairs.pairs[2].gold, [Span::new("D", 0..1)]);
    }

    #[test]
    fn texts_must_agree_where_something_is_mentioned() {
        let gold = [document("1", "gout and flu", &[("D", 9..12)])];
        let error = DocumentPairs::of(&gold, &[document("1", "gout or  flu", &[("D", 5..8)])]).err().unwrap();
        assert!(
            error
                .to_string()
                .starts_with("document 1: at 5..8 the gold text is `and`, and that of the predictions `or `"),
            "{error}"
        );
    }
}
