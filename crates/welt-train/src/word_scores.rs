//! The label scores of words: what a network says before any decision.

use std::ops::ControlFlow;

use welt_models::{EncoderConfig, Tagger};
use welt_subwords::Window;

use crate::TrainError;
use crate::predict::{forward_all, words_of};

/// The label scores of the words of sentences, as the network gives them, before any softmax.
#[derive(Debug, Clone, PartialEq)]
pub struct WordScores {
    n_labels: usize,
    /// `[words, labels]`, sentence after sentence.
    scores: Vec<f32>,
    /// Whether a window answers for the word.
    seen: Vec<bool>,
    /// The first word of each sentence among all, and the number of all at the end.
    starts: Vec<usize>,
}

impl WordScores {
    /// The scores of each word of a sentence, one a label; none of a word that gave no sub-word.
    ///
    /// Nothing where there is no such sentence.
    #[must_use]
    pub fn sentence(&self, sentence: usize) -> Vec<Option<&[f32]>> {
        let Some([start, end]) = self.starts.get(sentence..sentence + 2) else { return Vec::new() };
        let row = |word: usize| self.seen[word].then(|| &self.scores[word * self.n_labels..(word + 1) * self.n_labels]);
        (*start..*end).map(row).collect()
    }
}

/// The label scores of every word of every sentence; `n_words` counts the words of each.
///
/// Windows are read as [`predict`](crate::predict) reads them, in forward passes of at most `max_subwords` sub-words.
///
/// # Errors
/// As for [`predict`](crate::predict).
pub fn word_scores(
    model: (&Tagger, &EncoderConfig),
    windows: &[Window],
    n_words: &[usize],
    max_subwords: usize,
    done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
) -> Result<WordScores, TrainError> {
    let mut starts = vec![0];
    for n_words in n_words {
        starts.push(starts[starts.len() - 1] + n_words);
    }
    let n_all = starts[starts.len() - 1];
    let n_labels = model.0.classifier.weight.dims()[1];
    let mut all = WordScores { n_labels, scores: vec![0.0; n_all * n_labels], seen: vec![false; n_all], starts };
    for (windows, rows) in forward_all(model, windows, max_subwords, done)? {
        for ((sentence, word), row) in words_of(&windows).zip(rows.chunks_exact(n_labels)) {
            let word = all.starts[sentence] + word;
            all.scores[word * n_labels..(word + 1) * n_labels].copy_from_slice(row);
            all.seen[word] = true;
        }
    }
    Ok(all)
}
