//! A sentence that remembers its text: words with their characters in the document, and entities by words.
//! It becomes a sentence of a corpus, and entities found in it become mentions by characters; documents and rules are not known here.

use welt_tags::{Scheme, Span, Tag, TagError};

use crate::corpus::{Sentence, WordsSentence};
use crate::document::Mention;
use crate::error::DataError;
use crate::text::Word;

/// A sentence with the characters of each word in its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSentence<'d> {
    /// The text of the passage in which the sentence stands; [`Word::byte`] counts in it.
    pub passage: &'d str,
    /// The words; [`Word::start`] and [`Word::end`] are offsets in the document, in characters.
    pub words: Vec<Word<'d>>,
    /// The entities, in the order of their words; none share a word.
    pub spans: Vec<Span>,
}

impl<'d> TextSentence<'d> {
    /// The text from the first word to the last.
    #[must_use]
    pub fn text(&self) -> &'d str {
        match (self.words.first(), self.words.last()) {
            (Some(first), Some(last)) => text_between(self.passage, first, last),
            _ => "",
        }
    }

    /// The tag of each word.
    ///
    /// # Errors
    /// Entities that share a word or leave the sentence, which [`align`](super::align) makes none of.
    pub fn tags(&self, scheme: Scheme) -> Result<Vec<Tag>, DataError> {
        if self.spans.is_empty() {
            return Ok(vec![Tag::OUTSIDE; self.words.len()]);
        }
        Ok(scheme.tags(&self.spans, self.words.len())?)
    }

    /// The sentence of a corpus file, its first word on the line `line_number`, from 1.
    ///
    /// # Errors
    /// As for [`TextSentence::tags`].
    pub fn to_sentence(&self, scheme: Scheme, line_number: usize) -> Result<Sentence, DataError> {
        let WordsSentence { words, line_number } = self.to_words(line_number);
        Ok(Sentence { words, tags: self.tags(scheme)?, line_number, document: 0 })
    }

    /// The sentence without tags, as prediction takes it, its first word on the line `line_number`, from 1.
    #[must_use]
    pub fn to_words(&self, line_number: usize) -> WordsSentence {
        WordsSentence { words: self.words.iter().map(|word| word.text.to_owned()).collect(), line_number }
    }

    /// Entities of this sentence, its own or predicted ones, as mentions by characters of the document, with their texts.
    ///
    /// # Errors
    /// An entity that is empty or leaves the sentence.
    pub fn mentions(&self, spans: &[Span]) -> Result<Vec<Mention>, DataError> {
        let mention = |span: &Span| match self.words.get(span.words()) {
            Some([first, .., last]) => Ok(self.mention(&span.entity_type, first, last)),
            Some([only]) => Ok(self.mention(&span.entity_type, only, only)),
            _ => Err(TagError::SpanOutOfRange { span: span.clone(), n_words: self.words.len() }.into()),
        };
        spans.iter().map(mention).collect()
    }

    fn mention(&self, entity_type: &str, first: &Word<'_>, last: &Word<'_>) -> Mention {
        let text = text_between(self.passage, first, last).to_owned();
        Mention { text: Some(text), ..Mention::new(entity_type, first.start..last.end) }
    }
}

/// From the first character of a word to the last of another.
fn text_between<'d>(passage: &'d str, first: &Word<'_>, last: &Word<'_>) -> &'d str {
    passage.get(first.byte..last.byte + last.text.len()).unwrap_or_default()
}
