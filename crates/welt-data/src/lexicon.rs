//! The distinct mentions of some sentences, found again by their words.
//! Sentences in, one [`Form`] for each row of words that is an entity somewhere; words are compared as they stand, letter case included.
//!
//! The forms are a trie of words: adding and finding takes as many steps as a mention has words, and each word is held once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use welt_tags::{Chunk, Prefix, Tag};

use crate::corpus::Sentence;

/// Rows of more words than this are not looked for among words tagged O: it keeps the search linear however long a mention is.
pub(crate) const LONGEST_SEARCHED: usize = 64;

/// Where a row of words is an entity first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The split among those that were added, from 0.
    pub split: usize,
    /// The line of the first word, from 1.
    pub line: usize,
    /// What else tells where that is, as it was handed in: a document and a character.
    pub spot: [u64; 2],
}

/// A row of words that is an entity somewhere, or the beginning of one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    /// How often the words are an entity of each type; empty where they are only the beginning of a longer entity.
    pub types: BTreeMap<Arc<str>, usize>,
    /// How often the words stand in a row with every one of them tagged O.
    pub untagged: usize,
    /// Where they are an entity first.
    pub first: Option<Seen>,
    /// The form of all words but the last, and the number of the last; none of no words.
    before: Option<(usize, usize)>,
}

impl Form {
    /// How often the words are an entity, of whatever type.
    pub fn mentions(&self) -> usize {
        self.types.values().sum()
    }
}

/// The distinct mentions of some sentences.
#[derive(Debug, Clone)]
pub(crate) struct Lexicon {
    /// Every word of every mention.
    words: HashMap<Arc<str>, usize>,
    /// The same words by their numbers.
    names: Vec<Arc<str>>,
    types: HashMap<Arc<str>, Arc<str>>,
    /// From a form and a further word to the form of both.
    edges: HashMap<(usize, usize), usize>,
    /// The empty row of words first.
    forms: Vec<Form>,
}

impl Lexicon {
    /// No mention at all.
    pub fn new() -> Self {
        Self {
            words: HashMap::new(),
            names: Vec::new(),
            types: HashMap::new(),
            edges: HashMap::new(),
            forms: vec![Form::default()],
        }
    }

    /// Whether there is no mention.
    pub fn is_empty(&self) -> bool {
        self.forms.len() == 1
    }

    /// Adds the entities of a sentence of split number `split`; `spot` tells more of where a word stands.
    pub fn add(&mut self, sentence: &Sentence, split: usize, spot: impl Fn(usize) -> [u64; 2]) {
        for Chunk { entity_type, start, end } in sentence.entities() {
            let mut at = 0;
            for word in sentence.words_at(start, end) {
                at = self.follow(at, word);
            }
            let entity_type = match self.types.get(entity_type) {
                Some(known) => Arc::clone(known),
                None => {
                    let name: Arc<str> = Arc::from(entity_type);
                    self.types.insert(Arc::clone(&name), Arc::clone(&name));
                    name
                }
            };
            let form = &mut self.forms[at];
            *form.types.entry(entity_type).or_default() += 1;
            form.first.get_or_insert_with(|| Seen { split, line: sentence.line_number + start, spot: spot(start) });
        }
    }

    /// The form of a form and a further word, which is made where there is none.
    fn follow(&mut self, at: usize, word: &str) -> usize {
        let number = match self.words.get(word) {
            Some(number) => *number,
            None => {
                let name: Arc<str> = Arc::from(word);
                self.words.insert(Arc::clone(&name), self.names.len());
                self.names.push(name);
                self.names.len() - 1
            }
        };
        let next = self.forms.len();
        let found = *self.edges.entry((at, number)).or_insert(next);
        if found == next {
            self.forms.push(Form { before: Some((at, number)), ..Form::default() });
        }
        found
    }

    /// Counts where the words of a mention stand in a row in `sentence`, every one of them tagged O.
    pub fn count_untagged(&mut self, sentence: &Sentence) {
        if self.is_empty() {
            return;
        }
        let pairs = sentence.words.iter().zip(&sentence.tags);
        let known = |(word, tag): (&String, &Tag)| match tag.prefix() {
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
    pub fn find<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Option<&Form> {
        let mut at = 0;
        for word in words {
            at = *self.edges.get(&(at, *self.words.get(word)?))?;
        }
        Some(&self.forms[at]).filter(|form| !form.types.is_empty())
    }

    /// The words of a form.
    pub fn words_of(&self, form: &Form) -> Vec<&str> {
        let mut words = Vec::new();
        let mut last = form.before;
        while let Some((before, word)) = last {
            words.extend(self.names.get(word).map(|name| &**name));
            last = self.forms[before].before;
        }
        words.reverse();
        words
    }

    /// The forms that are an entity somewhere, in the order in which they were first met.
    pub fn forms(&self) -> impl Iterator<Item = (Seen, &Form)> {
        self.forms.iter().filter_map(|form| Some((form.first?, form)))
    }
}
