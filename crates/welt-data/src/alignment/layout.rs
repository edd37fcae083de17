//! The words of a document and where its sentences begin, with the passage that each stands in.
//! A document in, words with their characters out, and back; of mentions only their passages are known here.

use std::ops::Range;

use welt_tags::Span;

use super::claims::Claim;
use super::{Breaks, Membership, TextSentence};
use crate::document::{Document, Mention};
use crate::error::DataError;
use crate::ledger::Loss;
use crate::sentences::{line_starts, sentence_starts};
use crate::text::{Word, tokenize_at};

/// Characters between two whose bytes are remembered.
const STEP: usize = 32;

/// The words of a document.
pub(super) struct Layout<'d> {
    /// In the order of the text; `start` and `end` count in the document, `byte` in the passage.
    pub words: Vec<Word<'d>>,
    /// The first word of each sentence, rising.
    pub starts: Vec<usize>,
    passages: Vec<PassageText<'d>>,
}

/// A passage, so that its characters are found at once.
pub(super) struct PassageText<'d> {
    /// By the offsets in the document.
    characters: Range<usize>,
    text: &'d str,
    /// The byte of every `STEP`th character; nothing where characters are bytes.
    bytes: Vec<usize>,
}

impl<'d> Layout<'d> {
    pub fn of(document: &'d Document, breaks: Breaks) -> Result<Self, DataError> {
        let mut layout = Self { words: Vec::new(), starts: Vec::new(), passages: passage_texts(document)? };
        if breaks == Breaks::Given {
            let sentences = document.sentences.as_deref();
            let sentences = sentences.ok_or_else(|| DataError::NoGivenSentences { document: document.id.clone() })?;
            (layout.words, layout.starts) = given_words(document, sentences, &layout.passages)?;
            return Ok(layout);
        }
        for passage in &layout.passages {
            let first = layout.words.len();
            tokenize_at(passage.text, passage.characters.start, &mut layout.words);
            let words = &layout.words[first..];
            let starts = match breaks {
                Breaks::Lines => line_starts(passage.text, words),
                Breaks::FoundInLines => {
                    let mut starts = sentence_starts(passage.text, words);
                    starts.extend(line_starts(passage.text, words));
                    starts.sort_unstable();
                    starts.dedup();
                    starts
                }
                Breaks::Passages => (0..words.len()).take(1).collect(),
                Breaks::Found | Breaks::Given => sentence_starts(passage.text, words),
            };
            layout.starts.extend(starts.into_iter().map(|start| first + start));
        }
        Ok(layout)
    }

    /// The passage of a mention that has characters, or why there is not one.
    pub fn passage_of(&self, mention: &Mention) -> Result<&PassageText<'d>, Loss> {
        let mut only: Option<&PassageText<'d>> = None;
        for part in &mention.parts {
            let (Some(first), Some(last)) = (self.passage_at(part.start), self.passage_at(part.end.saturating_sub(1)))
            else {
                return Err(Loss::OutsideText);
            };
            let before = *only.get_or_insert(first);
            if !std::ptr::eq(first, last) || !std::ptr::eq(first, before) {
                return Err(Loss::CrossesPassage);
            }
        }
        only.ok_or(Loss::Empty)
    }

    fn passage_at(&self, character: usize) -> Option<&PassageText<'d>> {
        passage_at(&self.passages, character)
    }

    /// The words that belong to some characters; an empty range where none does.
    pub fn words_of(&self, characters: &Range<usize>, membership: Membership) -> Range<usize> {
        let before = |outside: &dyn Fn(&Word<'_>) -> bool| self.words.partition_point(outside);
        match membership {
            Membership::Overlapping => {
                before(&|word| word.end <= characters.start)..before(&|word| word.start < characters.end)
            }
            Membership::Inside => {
                before(&|word| word.start < characters.start)..before(&|word| word.end <= characters.end)
            }
        }
    }

    /// The first words of sentences among some words, but for the first of these.
    pub fn borders_within(&self, words: &Range<usize>) -> &[usize] {
        let from = self.starts.partition_point(|start| *start <= words.start);
        let to = self.starts.partition_point(|start| *start < words.end);
        &self.starts[from..to]
    }

    /// Makes one sentence of those that a claim crosses, and says how many fewer there are; the claims stand in the order of their words.
    pub fn merge_across(&mut self, claims: &[Claim<'_>]) -> usize {
        let before = self.starts.len();
        let mut claims = claims.iter().peekable();
        self.starts.retain(|start| {
            while claims.next_if(|claim| claim.words.end <= *start).is_some() {}
            claims.peek().is_none_or(|claim| claim.words.start >= *start)
        });
        before - self.starts.len()
    }

    /// The sentences with the claims as their spans; the claims stand in the order of their words and cross no border.
    pub fn into_sentences(self, claims: &[Claim<'_>]) -> Vec<TextSentence<'d>> {
        let mut claims = claims.iter().peekable();
        let mut sentences = Vec::with_capacity(self.starts.len());
        for (index, &first) in self.starts.iter().enumerate() {
            let end = self.starts.get(index + 1).copied().unwrap_or(self.words.len());
            let words = self.words[first..end].to_vec();
            let passage = self.passage_at(words[0].start).map_or("", |passage| passage.text);
            let mut spans = Vec::new();
            while let Some(claim) = claims.next_if(|claim| claim.words.start < end) {
                spans.push(Span::new(&claim.entity_type, claim.words.start - first..claim.words.end - first));
            }
            sentences.push(TextSentence { passage, words, spans });
        }
        sentences
    }
}

/// The passage that holds a character.
fn passage_at<'p, 'd>(passages: &'p [PassageText<'d>], character: usize) -> Option<&'p PassageText<'d>> {
    let behind = passages.partition_point(|passage| passage.characters.start <= character);
    let passage = passages.get(behind.checked_sub(1)?)?;
    passage.characters.contains(&character).then_some(passage)
}

/// The words that a document came with, and the first word of each sentence.
fn given_words<'d>(
    document: &Document,
    sentences: &[Vec<Range<usize>>],
    passages: &[PassageText<'d>],
) -> Result<(Vec<Word<'d>>, Vec<usize>), DataError> {
    let (mut words, mut starts) = (Vec::new(), Vec::new());
    let mut end = 0;
    for sentence in sentences.iter().filter(|sentence| !sentence.is_empty()) {
        let passage = passage_at(passages, sentence[0].start);
        starts.push(words.len());
        for word in sentence {
            let fits = |passage: &&PassageText<'_>| {
                end <= word.start && !word.is_empty() && word.end <= passage.characters.end
            };
            let refused = || DataError::GivenWord { document: document.id.clone(), start: word.start, end: word.end };
            let passage = passage.filter(fits).ok_or_else(refused)?;
            let byte = passage.byte(word.start);
            words.push(Word { text: passage.slice(word), start: word.start, end: word.end, byte });
            end = word.end;
        }
    }
    Ok((words, starts))
}

/// The passages, found to be in the order of their offsets.
fn passage_texts(document: &Document) -> Result<Vec<PassageText<'_>>, DataError> {
    let mut passages = Vec::with_capacity(document.passages.len());
    let mut end = 0;
    for (index, passage) in document.passages.iter().enumerate() {
        let (length, bytes) = measure(&passage.text);
        let start = passage.offset;
        let stop = start.checked_add(length).filter(|_| start >= end);
        let Some(stop) = stop else {
            return Err(DataError::Passages { document: document.id.clone(), passage: index + 1 });
        };
        end = stop;
        passages.push(PassageText { characters: start..stop, text: &passage.text, bytes });
    }
    Ok(passages)
}

/// The characters of a text, and the byte of every `STEP`th where characters are not bytes.
fn measure(text: &str) -> (usize, Vec<usize>) {
    if text.is_ascii() {
        return (text.len(), Vec::new());
    }
    let mut bytes = Vec::with_capacity(text.len() / STEP + 1);
    let mut length = 0;
    for (byte, _) in text.char_indices() {
        if length % STEP == 0 {
            bytes.push(byte);
        }
        length += 1;
    }
    (length, bytes)
}

impl<'d> PassageText<'d> {
    /// The text of characters that lie in the passage.
    pub fn slice(&self, characters: &Range<usize>) -> &'d str {
        self.text.get(self.byte(characters.start)..self.byte(characters.end)).unwrap_or_default()
    }

    /// Where a character of the passage begins, in bytes; the end of the text for the character behind the last.
    fn byte(&self, character: usize) -> usize {
        let character = character - self.characters.start;
        if self.bytes.is_empty() {
            return character;
        }
        let Some(&known) = self.bytes.get(character / STEP) else {
            return self.text.len();
        };
        let rest = &self.text[known..];
        known + rest.char_indices().nth(character % STEP).map_or(rest.len(), |(byte, _)| byte)
    }
}
