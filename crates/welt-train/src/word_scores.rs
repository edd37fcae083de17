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
    /// Scores of sentences of so many words each: `n_labels` numbers a word, of which none is finite where no window answers
    /// for the word. None where there are not as many numbers as that takes.
    #[must_use]
    pub fn from_rows(n_labels: usize, n_words: &[usize], scores: Vec<f32>) -> Option<Self> {
        let starts = starts(n_words);
        let n_all = starts[starts.len() - 1];
        if n_labels == 0 || scores.len() != n_all.checked_mul(n_labels)? {
            return None;
        }
        let seen = scores.chunks_exact(n_labels).map(|row| row.iter().all(|score| score.is_finite())).collect();
        Some(Self { n_labels, scores, seen, starts })
    }

    /// The same as they go into [`from_rows`](Self::from_rows): a word that no window answers for has NaN.
    #[must_use]
    pub fn to_rows(&self) -> Vec<f32> {
        let mut rows = self.scores.clone();
        for (row, _) in rows.chunks_exact_mut(self.n_labels).zip(&self.seen).filter(|(_, seen)| !**seen) {
            row.fill(f32::NAN);
        }
        rows
    }

    /// How many sentences there are.
    #[must_use]
    pub fn n_sentences(&self) -> usize {
        self.starts.len() - 1
    }

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
    let starts = starts(n_words);
    let n_all = starts[starts.len() - 1];
    let n_labels = model.0.classifier.weight.dims()[1];
    let mut all = WordScores { n_labels, scores: vec![0.0; n_all * n_labels], seen: vec![false; n_all], starts };
    for (windows, rows) in forward_all(model, windows, max_subwords, done, &|scores| scores)? {
        for ((sentence, word), row) in words_of(&windows).zip(rows.chunks_exact(n_labels)) {
            let word = all.starts[sentence] + word;
            all.scores[word * n_labels..(word + 1) * n_labels].copy_from_slice(row);
            all.seen[word] = true;
        }
    }
    Ok(all)
}

/// The first word of each sentence among all, and the number of all at the end.
fn starts(n_words: &[usize]) -> Vec<usize> {
    let mut starts = vec![0];
    for n_words in n_words {
        starts.push(starts[starts.len() - 1] + n_words);
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_taken_up_as_they_were() {
        let rows = vec![1.0, 2.0, f32::NAN, f32::NAN, -1.0, 0.5];
        let scores = WordScores::from_rows(2, &[2, 0, 1], rows.clone()).unwrap();
        assert_eq!(scores.n_sentences(), 3);
        assert_eq!(scores.sentence(0), [Some(&[1.0, 2.0][..]), None]);
        assert_eq!((scores.sentence(1), scores.sentence(2)), (Vec::new(), vec![Some(&[-1.0, 0.5][..])]));
        assert!(scores.to_rows().iter().zip(&rows).all(|(found, put)| found.to_bits() == put.to_bits()));
        assert_eq!(WordScores::from_rows(2, &[2], rows.clone()), None);
        assert_eq!(WordScores::from_rows(0, &[2, 0, 1], rows), None);
    }
}
