//! Cuts encoded sentences into windows that a network can take, and keeps the account of every word.
//! Sub-words in, sub-words out: a long sentence becomes several windows, and every word is answered for by exactly one; it knows nothing of tags or tensors.
//!
//! A sentence that fits is one window.
//! A longer one is cut at word borders into windows that share words: a window answers for the words in its middle, and up to `context` sub-words of whole words on each side only inform it.
//! A word that stands in several windows is answered for by the one where the shorter of its two contexts is longest; the first of equals.
//! The edge of the sentence counts as endless context: there is nothing beyond that a longer window could see.
//!
//! ```
//! use welt_subwords::{Encoding, Windows, Windowing, WordStart};
//!
//! // Six words of one sub-word each, and windows of three sub-words with [CLS] and [SEP].
//! let encoding = Encoding {
//!     ids: vec![1, 10, 11, 12, 13, 14, 15, 2],
//!     words: vec![None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), None],
//!     n_words: 6,
//! };
//! let windows = Windows::of(&[encoding], Windowing::new(5, 1)?);
//! assert_eq!(windows.windows[0].input_ids, [1, 10, 11, 12, 2]);
//! assert_eq!(windows.windows[1].input_ids, [1, 11, 12, 13, 2]);
//! assert_eq!(windows.windows[1].words, [WordStart { word: 2, position: 2 }]);
//! assert_eq!((windows.windows.len(), windows.sentences_windowed, windows.words), (4, 1, 6));
//! # Ok::<(), welt_subwords::SubwordError>(())
//! ```

use std::ops::Range;

use serde::Serialize;

use crate::error::SubwordError;
use crate::subword::{Encoding, SubwordTokenizer};

/// How long a window may be and how much of it only informs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Windowing {
    max_length: usize,
    context: usize,
}

impl Windowing {
    /// Windows of at most `max_length` sub-words, `[CLS]` and `[SEP]` included, with up to `context` sub-words of context on each side.
    ///
    /// # Errors
    /// A length that cannot hold `[CLS]`, `[SEP]`, both contexts and one sub-word more.
    pub fn new(max_length: usize, context: usize) -> Result<Self, SubwordError> {
        let least = context.checked_mul(2).and_then(|both| both.checked_add(3));
        match least {
            Some(least) if least <= max_length => Ok(Self { max_length, context }),
            _ => Err(SubwordError::WindowTooShort { max_length, context }),
        }
    }

    /// The greatest number of sub-words in a window, `[CLS]` and `[SEP]` included.
    #[must_use]
    pub const fn max_length(self) -> usize {
        self.max_length
    }

    /// The greatest number of sub-words of context on each side of a window's own words.
    #[must_use]
    pub const fn context(self) -> usize {
        self.context
    }

    /// Sub-words of words in a window.
    const fn capacity(self) -> usize {
        self.max_length - 2
    }
}

/// Where a word that a window answers for begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WordStart {
    /// The word in its sentence, from 0.
    pub word: usize,
    /// Its first sub-word among the `input_ids` of the window, from 0.
    pub position: usize,
}

/// A sentence, or a window of one, as a network takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The sentence among those encoded, from 0.
    pub sentence: usize,
    /// The sub-words, `[CLS]` first and `[SEP]` last.
    pub input_ids: Vec<u32>,
    /// The words that this window answers for, rising, at least one; the others are context.
    pub words: Vec<WordStart>,
}

/// The windows of some sentences, with the account of what could not be kept whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// In the order of the sentences, and in the order of the words within one.
    pub windows: Vec<Window>,
    /// How they were cut.
    pub windowing: Windowing,
    /// Sentences that were encoded.
    pub sentences: usize,
    /// Words of these sentences: the word starts of all windows and `words_without_subwords` together.
    pub words: usize,
    /// Words that gave no sub-word: no window answers for them.
    pub words_without_subwords: usize,
    /// These words, each with its sentence among those encoded and its index in it, from 0, in order.
    pub without_subwords: Vec<(usize, usize)>,
    /// Words of more sub-words than a window holds, of which the first are kept.
    pub words_cut: usize,
    /// These words, each with its sentence among those encoded and its index in it, from 0, in order.
    pub cut: Vec<(usize, usize)>,
    /// Sub-words that were lost with these.
    pub subwords_cut: usize,
    /// Sentences that became more than one window.
    pub sentences_windowed: usize,
    /// Sentences without any sub-word: no window at all.
    pub sentences_without_subwords: usize,
    /// Sub-words of the longest window, `[CLS]` and `[SEP]` included.
    pub longest_window: usize,
}

impl Windows {
    /// Encodes sentences and cuts them into windows.
    ///
    /// # Errors
    /// As for [`SubwordTokenizer::encode`].
    pub fn encode<S: AsRef<[String]> + Sync>(
        tokenizer: &SubwordTokenizer,
        sentences: &[S],
        windowing: Windowing,
    ) -> Result<Self, SubwordError> {
        Ok(Self::of(&tokenizer.encode_all(sentences)?, windowing))
    }

    /// Cuts encoded sentences into windows.
    #[must_use]
    pub fn of(encodings: &[Encoding], windowing: Windowing) -> Self {
        let mut windows = Self {
            windows: Vec::with_capacity(encodings.len()),
            windowing,
            sentences: encodings.len(),
            words: 0,
            words_without_subwords: 0,
            without_subwords: Vec::new(),
            words_cut: 0,
            cut: Vec::new(),
            subwords_cut: 0,
            sentences_windowed: 0,
            sentences_without_subwords: 0,
            longest_window: 0,
        };
        for (sentence, encoding) in encodings.iter().enumerate() {
            windows.add(sentence, encoding);
        }
        windows
    }

    fn add(&mut self, sentence: usize, encoding: &Encoding) {
        let capacity = self.windowing.capacity();
        let mut pieces = Pieces::of(encoding);
        self.words += encoding.n_words;
        self.words_without_subwords += encoding.n_words - pieces.len();
        if pieces.len() < encoding.n_words {
            let mut seen = pieces.words.iter().map(|piece| piece.word).peekable();
            let unseen = (0..encoding.n_words).filter(|word| seen.next_if_eq(word).is_none());
            self.without_subwords.extend(unseen.map(|word| (sentence, word)));
        }
        for piece in &mut pieces.words {
            let lost = piece.ids.len().saturating_sub(capacity);
            if lost > 0 {
                self.words_cut += 1;
                self.cut.push((sentence, piece.word));
            }
            self.subwords_cut += lost;
            piece.ids = &piece.ids[..piece.ids.len() - lost];
        }
        pieces.measure();
        let windows = windows(&pieces, self.windowing);
        match windows.len() {
            0 => self.sentences_without_subwords += 1,
            1 => {}
            _ => self.sentences_windowed += 1,
        }
        let owner = owners(&pieces, &windows);
        for (window, words) in windows.iter().enumerate() {
            let mut input_ids = encoding.ids[..1].to_vec();
            let mut starts = Vec::new();
            for piece in words.clone() {
                if owner[piece] == window {
                    starts.push(WordStart { word: pieces.words[piece].word, position: input_ids.len() });
                }
                input_ids.extend_from_slice(pieces.words[piece].ids);
            }
            input_ids.extend(encoding.ids.last());
            if !starts.is_empty() {
                self.longest_window = self.longest_window.max(input_ids.len());
                self.windows.push(Window { sentence, input_ids, words: starts });
            }
        }
    }
}

/// A word's sub-words.
struct Piece<'e> {
    word: usize,
    ids: &'e [u32],
}

/// The words of a sentence that have sub-words.
struct Pieces<'e> {
    words: Vec<Piece<'e>>,
    /// Sub-words before each word, and of all words at the end.
    before: Vec<usize>,
}

impl<'e> Pieces<'e> {
    fn of(encoding: &'e Encoding) -> Self {
        let mut words = Vec::new();
        let mut start = 0;
        for run in encoding.words.chunk_by(|left, right| left == right) {
            if let Some(word) = run[0] {
                words.push(Piece { word, ids: &encoding.ids[start..start + run.len()] });
            }
            start += run.len();
        }
        Self { words, before: Vec::new() }
    }

    fn measure(&mut self) {
        self.before = vec![0];
        let mut total = 0;
        for piece in &self.words {
            total += piece.ids.len();
            self.before.push(total);
        }
    }

    fn len(&self) -> usize {
        self.words.len()
    }

    /// Sub-words of some words.
    fn size(&self, words: Range<usize>) -> usize {
        self.before[words.end] - self.before[words.start]
    }

    /// Some words and as many whole words on each side as `context` sub-words hold.
    fn with_context(&self, words: Range<usize>, context: usize) -> Range<usize> {
        let mut wide = words.clone();
        while wide.start > 0 && self.size(wide.start - 1..words.start) <= context {
            wide.start -= 1;
        }
        while wide.end < self.len() && self.size(words.end..wide.end + 1) <= context {
            wide.end += 1;
        }
        wide
    }
}

/// The words of each window: every word stands in one at least, no window overflows, and one is enough where all words fit.
fn windows(pieces: &Pieces<'_>, windowing: Windowing) -> Vec<Range<usize>> {
    let capacity = windowing.capacity();
    let n_words = pieces.len();
    if n_words > 0 && pieces.size(0..n_words) <= capacity {
        return std::iter::once(0..n_words).collect();
    }
    let mut windows = Vec::new();
    let mut start = 0;
    while start < n_words {
        let fits = |end: usize| {
            let window = pieces.with_context(start..end, windowing.context);
            (pieces.size(window.clone()) <= capacity).then_some(window)
        };
        let mut end = start + 1;
        // A word that fills a window leaves less room for context, the same on both sides.
        let spare = capacity - pieces.size(start..end);
        let mut window = fits(end).unwrap_or_else(|| pieces.with_context(start..end, spare / 2));
        while end < n_words
            && let Some(wider) = fits(end + 1)
        {
            window = wider;
            end += 1;
        }
        start = end;
        windows.push(window);
    }
    windows
}

/// The window that answers for each word: the one where the shorter of its two contexts is longest.
fn owners(pieces: &Pieces<'_>, windows: &[Range<usize>]) -> Vec<usize> {
    let mut best: Vec<Option<(usize, usize)>> = vec![None; pieces.len()];
    for (window, words) in windows.iter().enumerate() {
        for word in words.clone() {
            let left = if words.start == 0 { usize::MAX } else { pieces.size(words.start..word) };
            let right = if words.end == pieces.len() { usize::MAX } else { pieces.size(word + 1..words.end) };
            let context = left.min(right);
            if best[word].is_none_or(|(most, _)| context > most) {
                best[word] = Some((context, window));
            }
        }
    }
    best.into_iter().map(|best| best.map_or(0, |(_, window)| window)).collect()
}
