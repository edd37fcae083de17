//! Gold and predicted tags side by side, which is all that a metric needs.
//! A text or rows of tags in, sentences out; what the tags mean is known to the metrics alone.
//!
//! ```
//! use welt_eval::Pairs;
//!
//! let pairs = Pairs::parse("Renal\tB-Disease\tB-Disease\nfailure\tI-Disease\tO\n\nNone\tO\tO\n")?;
//! assert_eq!((pairs.len(), pairs.n_words()), (2, 3));
//! for sentence in &pairs {
//!     assert_eq!(sentence.words.len(), sentence.gold.len());
//! }
//!
//! let gold = [["B-Disease", "I-Disease"].as_slice(), &["O"]];
//! let predicted = [["B-Disease", "O"].as_slice(), &["O"]];
//! let same = Pairs::new(&gold, &predicted)?;
//! assert!(pairs.iter().zip(&same).all(|(one, other)| one.predicted == other.predicted));
//!
//! let error = Pairs::parse("Renal B-Disease\n").unwrap_err();
//! assert!(error.to_string().starts_with("1:1: `Renal` in the gold column is no tag, expected O, "));
//! # Ok::<(), welt_eval::EvalError>(())
//! ```

mod text;

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use welt_tags::{Chunk, Chunking, CorpusReader, Notation};

use crate::{EvalError, Side};

/// The sentences of a test set, each with the gold and the predicted tag of every word.
///
/// Words and documents are kept where they are known; metrics do not need them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs {
    notation: Notation,
    /// One for each word, or none at all.
    words: Texts,
    gold: Texts,
    predicted: Texts,
    /// How many words there are up to the end of each sentence.
    ends: Vec<usize>,
    /// The document of each sentence, where documents are known.
    documents: Option<Vec<usize>>,
}

/// One sentence of [`Pairs`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence<'p> {
    /// The words, or none where they are not known.
    pub words: Vec<&'p str>,
    /// The gold tags.
    pub gold: Vec<&'p str>,
    /// The predicted tags, as many.
    pub predicted: Vec<&'p str>,
    /// The document that the sentence stands in, counted from 0, where documents are known.
    pub document: Option<usize>,
}

/// The sentences of [`Pairs`], in order.
#[derive(Debug, Clone)]
pub struct Sentences<'p> {
    pairs: &'p Pairs,
    left: Range<usize>,
}

impl Pairs {
    /// Reads a text of one word a line with its tags: the gold tag in the last column but one, the predicted tag in the last.
    ///
    /// - A blank line, or several, or the end of the text ends a sentence. Lines end in LF or CRLF.
    /// - Columns are separated by TABs if the first line with a word has one, and else by spaces; every line has as many as the first.
    /// - Of three columns and more the first is the word, and those between it and the tags are passed over.
    /// - A line that begins with `-DOCSTART-` begins a document and is no word, whatever its columns. conlleval.pl takes it for a word, so that its number of tokens and its accuracy are others.
    ///
    /// ```
    /// use welt_eval::Pairs;
    ///
    /// let text = "-DOCSTART- O\n\nTP53 NN B-Gene O\n\n-DOCSTART- O\n\nNone DT O O\n";
    /// let pairs = Pairs::parse(text)?;
    /// let words = pairs.iter().map(|sentence| sentence.words[0]);
    /// assert_eq!(words.collect::<Vec<_>>(), ["TP53", "None"]);
    /// assert_eq!(pairs.documents(), Some([1, 2].as_slice()));
    /// # Ok::<(), welt_eval::EvalError>(())
    /// ```
    ///
    /// # Errors
    /// A line with a single column, or with more or fewer columns than the first; or something that is no tag where a tag should stand.
    /// A tag is `O`, or one of B, I, E, S, L and U, alone or with a hyphen and a type behind it.
    ///
    /// What else may stand there, such as `[PAD]`, `X` or a word, stands there by mistake, and seqeval would read entities out of it.
    /// Where it is meant, [`Self::new`] takes any tags. Where types come first, as in `Gene-B`, use [`Self::parse_in`].
    pub fn parse(text: &str) -> Result<Self, EvalError> {
        Self::parse_in(text, Notation::Prefix)
    }

    /// Reads a text as [`Self::parse`] does, of tags whose letter stands where `notation` says.
    ///
    /// # Errors
    /// As [`Self::parse`] has them.
    pub fn parse_in(text: &str, notation: Notation) -> Result<Self, EvalError> {
        text::parse(text, notation)
    }

    /// The gold and predicted tags of sentences, in the same order; what the tags are is not looked at.
    ///
    /// # Errors
    /// Not as many sentences or words on both sides.
    pub fn new<G, P, T, U>(gold: &[G], predicted: &[P]) -> Result<Self, EvalError>
    where
        G: AsRef<[T]>,
        P: AsRef<[U]>,
        T: AsRef<str>,
        U: AsRef<str>,
    {
        if gold.len() != predicted.len() {
            return Err(EvalError::SentenceCount { gold: gold.len(), predicted: predicted.len() });
        }
        let mut pairs = Self::empty(Notation::Prefix);
        for (sentence, (gold, predicted)) in gold.iter().zip(predicted).enumerate() {
            let (gold, predicted) = (gold.as_ref(), predicted.as_ref());
            if gold.len() != predicted.len() {
                return Err(EvalError::WordCount { sentence, gold: gold.len(), predicted: predicted.len() });
            }
            gold.iter().for_each(|tag| pairs.gold.push(tag.as_ref()));
            predicted.iter().for_each(|tag| pairs.predicted.push(tag.as_ref()));
            pairs.ends.push(pairs.gold.len());
        }
        Ok(pairs)
    }

    fn empty(notation: Notation) -> Self {
        let [words, gold, predicted] = std::array::from_fn(|_| Texts::default());
        Self { notation, words, gold, predicted, ends: Vec::new(), documents: None }
    }

    /// The same tags, their letters standing where `notation` says; without this they stand before the type, as in `B-Gene`.
    #[must_use]
    pub fn with_notation(mut self, notation: Notation) -> Self {
        self.notation = notation;
        self
    }

    /// The same sentences, each in the document that is named for it; sentences of one document need not follow each other.
    ///
    /// # Errors
    /// There are not as many names as sentences.
    pub fn with_documents<D: Hash + Eq>(mut self, documents: &[D]) -> Result<Self, EvalError> {
        if documents.len() != self.len() {
            return Err(EvalError::DocumentCount { units: self.len(), documents: documents.len() });
        }
        let mut known: HashMap<&D, usize> = HashMap::new();
        let number = |document| {
            let next = known.len();
            *known.entry(document).or_insert(next)
        };
        self.documents = Some(documents.iter().map(number).collect());
        Ok(self)
    }

    /// The same sentences with their words.
    ///
    /// ```
    /// use welt_eval::Pairs;
    ///
    /// let pairs = Pairs::new(&[["B-Gene", "O"]], &[["O", "O"]])?.with_words(&[["TP53", "binds"]])?;
    /// assert_eq!(pairs.iter().next().map(|sentence| sentence.words), Some(vec!["TP53", "binds"]));
    /// # Ok::<(), welt_eval::EvalError>(())
    /// ```
    ///
    /// # Errors
    /// Not as many sentences, or not as many words in one as it has tags.
    pub fn with_words<S, W>(mut self, words: &[S]) -> Result<Self, EvalError>
    where
        S: AsRef<[W]>,
        W: AsRef<str>,
    {
        if words.len() != self.len() {
            return Err(EvalError::WordSentences { words: words.len(), tags: self.len() });
        }
        let mut texts = Texts::default();
        for (sentence, (words, tags)) in words.iter().zip(self.iter()).enumerate() {
            let (words, tags) = (words.as_ref(), tags.gold.len());
            if words.len() != tags {
                return Err(EvalError::Words { sentence, words: words.len(), tags });
            }
            words.iter().for_each(|word| texts.push(word.as_ref()));
        }
        self.words = texts;
        Ok(self)
    }

    /// Where the letters of the tags stand.
    #[must_use]
    pub const fn notation(&self) -> Notation {
        self.notation
    }

    /// How many sentences there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many words all sentences have.
    #[must_use]
    pub const fn n_words(&self) -> usize {
        self.gold.len()
    }

    /// The document of each sentence, counted from 0, where documents are known.
    #[must_use]
    pub fn documents(&self) -> Option<&[usize]> {
        self.documents.as_deref()
    }

    /// The sentences in order.
    #[must_use]
    pub const fn iter(&self) -> Sentences<'_> {
        Sentences { pairs: self, left: 0..self.len() }
    }

    /// The gold tags of every sentence, and the predicted ones.
    pub(crate) fn rows(&self) -> (Vec<Vec<&str>>, Vec<Vec<&str>>) {
        self.iter().map(|sentence| (sentence.gold, sentence.predicted)).unzip()
    }

    /// Calls `each` with the gold and predicted entities of every sentence, whose positions count through the corpus as those of a [`CorpusReader`] do.
    ///
    /// # Errors
    /// A tag that cannot be read, and what `each` has.
    pub fn each_entities(
        &self,
        chunking: Chunking,
        mut each: impl FnMut(&[Chunk<'_>], &[Chunk<'_>]) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        let reader = CorpusReader::new(chunking, self.notation);
        let (mut gold, mut predicted) = (reader, reader);
        let mut sentence = 0;
        self.each_tags(|gold_tags, predicted_tags| {
            let refused = |side| move |source| EvalError::Tag { side, sentence, source };
            let gold = gold.read(gold_tags).map_err(refused(Side::Gold))?;
            let predicted = predicted.read(predicted_tags).map_err(refused(Side::Predicted))?;
            sentence += 1;
            each(&gold, &predicted)
        })
    }

    /// Calls `each` with the gold and predicted tags of every sentence, without a look at words.
    ///
    /// # Errors
    /// What `each` has.
    pub fn each_tags<E>(&self, mut each: impl FnMut(&[&str], &[&str]) -> Result<(), E>) -> Result<(), E> {
        let (mut gold, mut predicted) = (Vec::new(), Vec::new());
        let mut start = 0;
        for &end in &self.ends {
            self.gold.take(start, end, &mut gold);
            self.predicted.take(start, end, &mut predicted);
            each(&gold, &predicted)?;
            start = end;
        }
        Ok(())
    }
}

impl<'p> IntoIterator for &'p Pairs {
    type Item = Sentence<'p>;
    type IntoIter = Sentences<'p>;

    fn into_iter(self) -> Sentences<'p> {
        self.iter()
    }
}

impl<'p> Iterator for Sentences<'p> {
    type Item = Sentence<'p>;

    fn next(&mut self) -> Option<Sentence<'p>> {
        let index = self.left.next()?;
        let Pairs { words, gold, predicted, ends, documents, .. } = self.pairs;
        let start = if index == 0 { 0 } else { ends[index - 1] };
        let end = ends[index];
        Some(Sentence {
            words: if words.len() == 0 { Vec::new() } else { words.between(start, end) },
            gold: gold.between(start, end),
            predicted: predicted.between(start, end),
            document: documents.as_ref().map(|documents| documents[index]),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl ExactSizeIterator for Sentences<'_> {}

/// Many short texts in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Texts {
    joined: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
    }

    const fn len(&self) -> usize {
        self.ends.len()
    }

    fn between(&self, start: usize, end: usize) -> Vec<&str> {
        let mut texts = Vec::new();
        self.take(start, end, &mut texts);
        texts
    }

    /// Fills a list whose memory is used again.
    fn take<'t>(&'t self, start: usize, end: usize, texts: &mut Vec<&'t str>) {
        let mut from = if start == 0 { 0 } else { self.ends[start - 1] };
        let text = |end: &usize| {
            let text = &self.joined[from..*end];
            from = *end;
            text
        };
        texts.clear();
        texts.extend(self.ends[start..end].iter().map(text));
    }
}
