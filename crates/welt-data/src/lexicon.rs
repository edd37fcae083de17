//! The distinct mentions of some sentences, found again by their words.
//! Sentences in, one [`Form`] for each row of words that is an entity somewhere; words are compared as they stand, letter case included.
//!
//! The forms are a trie of words: adding and finding takes as many steps as a mention has words, and no text is copied.

use std::collections::{BTreeMap, HashMap};

use welt_tags::{Chunk, Prefix};

use crate::corpus::Sentence;

/// Rows of more words than this are not looked for among words tagged O: it keeps the search linear however long a mention is.
pub(crate) const LONGEST_SEARCHED: usize = 64;

/// One position of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen<'c> {
    /// The split among those that were added, from 0.
    pub split: usize,
    /// The line of the first word, from 1.
    pub line: usize,
    /// The words.
    pub words: &'c [String],
}

/// A row of words that is an entity somewhere, or the beginning of one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form<'c> {
    /// How often the words are an entity of each type; empty where they are only the beginning of a longer entity.
    pub types: BTreeMap<&'c str, usize>,
    /// How often the words stand in a row with every one of them tagged O.
    pub untagged: usize,
    /// Where they are an entity first.
    pub first: Option<Seen<'c>>,
}

impl Form<'_> {
    /// How often the words are an entity, of whatever type.
    pub fn mentions(&self) -> usize {
        self.types.values().sum()
    }
}

/// The distinct mentions of some sentences.
#[derive(Debug, Clone)]
pub(crate) struct Lexicon<'c> {
    /// Every word of every mention.
    words: HashMap<&'c str, usize>,
    /// From a form and a further word to the form of both.
    edges: HashMap<(usize, usize), usize>,
    /// The empty row of words first.
    forms: Vec<Form<'c>>,
}

impl<'c> Lexicon<'c> {
    /// No mention at all.
    pub fn new() -> Self {
        Self { words: HashMap::new(), edges: HashMap::new(), forms: vec![Form::default()] }
    }

    /// Adds the entities of a sentence of split number `split`.
    pub fn add(&mut self, sentence: &'c Sentence, split: usize) {
        for Chunk { entity_type, start, end } in sentence.entities() {
            let words = sentence.words_at(start, end);
            let mut at = 0;
            for word in words {
                let next = self.words.len();
                let word = *self.words.entry(word).or_insert(next);
                let next = self.forms.len();
                at = *self.edges.entry((at, word)).or_insert(next);
                if at == next {
                    self.forms.push(Form::default());
                }
            }
            let form = &mut self.forms[at];
            *form.types.entry(entity_type).or_default() += 1;
            form.first.get_or_insert(Seen { split, line: sentence.line_number + start, words });
        }
    }

    /// Counts where the words of a mention stand in a row in `sentence`, every one of them tagged O.
    pub fn count_untagged(&mut self, sentence: &Sentence) {
        let pairs = sentence.words.iter().zip(&sentence.tags);
        let known = |(word, tag): (&String, &welt_tags::Tag)| match tag.prefix() {
            Prefix::Outside => self.words.get(word.as_str()).copied(),
            _ => None,
        };
        let words: Vec<Option<usize>> = pairs.map(known).collect();
        for start in 0..words.len() {
            let mut at = 0;
            for word in words[start..].iter().take(LONGEST_SEARCHED) {
                let Some(next) = word.and_then(|word| self.edges.get(&(at, word))) else { break };
                at = *next;
                self.forms[at].untagged += usize::from(!self.forms[at].types.is_empty());
            }
        }
    }

    /// The form of these words where they are an entity somewhere.
    pub fn find(&self, words: &[String]) -> Option<&Form<'c>> {
        let mut at = 0;
        for word in words {
            at = *self.edges.get(&(at, *self.words.get(word.as_str())?))?;
        }
        Some(&self.forms[at]).filter(|form| !form.types.is_empty())
    }

    /// The forms that are an entity somewhere, in the order in which they were first met.
    pub fn forms(&self) -> impl Iterator<Item = (Seen<'c>, &Form<'c>)> {
        self.forms.iter().filter_map(|form| Some((form.first?, form)))
    }
}
