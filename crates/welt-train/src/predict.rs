//! Prediction: one label for every word that has a sub-word, whatever the length of its sentence.

use std::ops::ControlFlow;

use rayon::prelude::*;
use welt_models::{EncoderConfig, Memory, Tagger};
use welt_subwords::Window;

use crate::TrainError;
use crate::fit::check_windows;
use crate::loss::{encoder_input, scores, word_rows};

/// How prediction goes about its work; it moves no result by more than rounding.
#[derive(Debug, Clone, Copy)]
pub struct PredictConfig {
    /// The most sub-words of one forward pass, padding included.
    pub max_subwords: usize,
}

/// The label of every word of every sentence; `n_words` counts the words of each.
///
/// Windows are read in the order of their length, so that little is padded, and on all of rayon's threads, or by
/// one on a device with a memory of its own.
/// Words without a sub-word, which no window answers for, have none.
/// `done` is told of every forward pass how many windows it read, and may stop the work.
///
/// # Errors
/// A window that is longer than the model can read, or with sub-words that it does not know; a score that is not finite, for a
/// label would be made up; `done` stops the work.
pub fn predict(
    model: (&Tagger, &EncoderConfig),
    windows: &[Window],
    n_words: &[usize],
    config: PredictConfig,
    done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
) -> Result<Vec<Vec<Option<usize>>>, TrainError> {
    let n_labels = model.0.classifier.weight.dims()[1];
    let mut labels: Vec<Vec<Option<usize>>> = n_words.iter().map(|&n_words| vec![None; n_words]).collect();
    // Labels alone are kept of a forward pass: the scores of all words may be many times as large.
    let best = |scores: Vec<f32>| -> Vec<usize> {
        let first_best = |scores: &[f32]| {
            (1..n_labels).fold(0, |best, label| if scores[label] > scores[best] { label } else { best })
        };
        scores.chunks_exact(n_labels).map(first_best).collect()
    };
    for (windows, chosen) in forward_all(model, windows, config.max_subwords, done, &best)? {
        for ((sentence, word), label) in words_of(&windows).zip(chosen) {
            labels[sentence][word] = Some(label);
        }
    }
    Ok(labels)
}

/// One forward pass: the windows that it read, and what was kept of their words.
type Pass<'w, T> = (Vec<&'w Window>, T);

/// What `keep` makes of the label scores of the words of all windows, `[words, labels]`, forward pass by forward pass.
pub(crate) fn forward_all<'w, T: Send>(
    model: (&Tagger, &EncoderConfig),
    windows: &'w [Window],
    max_subwords: usize,
    done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    keep: &(dyn Fn(Vec<f32>) -> T + Sync),
) -> Result<Vec<Pass<'w, T>>, TrainError> {
    let (model, encoder) = model;
    check_windows(windows, encoder)?;
    let mut by_length: Vec<&Window> = windows.iter().collect();
    by_length.sort_by_key(|window| std::cmp::Reverse(window.input_ids.len()));
    let batches = batches(&by_length, max_subwords);
    let score = |batch: &&[&'w Window]| {
        let scores = finite_scores(model, batch, encoder.padding())?;
        if done(batch.len()).is_break() { Err(TrainError::Interrupted) } else { Ok((batch.to_vec(), keep(scores))) }
    };
    match model.memory() {
        Memory::Shared => batches.par_iter().map(score).collect(),
        Memory::Separate => batches.iter().map(score).collect(),
    }
}

/// The words that windows answer for, each by its sentence and its index in it, in the order of their scores.
pub(crate) fn words_of(windows: &[&Window]) -> impl Iterator<Item = (usize, usize)> {
    windows.iter().flat_map(|window| window.words.iter().map(|start| (window.sentence, start.word)))
}

/// Cuts windows, longest first, into batches of at most `max_subwords`, but at least one window.
fn batches<'a, 'e>(by_length: &'a [&'e Window], max_subwords: usize) -> Vec<&'a [&'e Window]> {
    let mut batches = Vec::new();
    let mut rest = by_length;
    while let Some(longest) = rest.first() {
        let n_rows = (max_subwords / longest.input_ids.len()).clamp(1, rest.len());
        let (batch, others) = rest.split_at(n_rows);
        batches.push(batch);
        rest = others;
    }
    batches
}

/// The label scores of the words of one forward pass, `[words, labels]`.
fn finite_scores(model: &Tagger, windows: &[&Window], pad_token_id: u32) -> Result<Vec<f32>, TrainError> {
    let device = model.classifier.weight.val().device();
    let n_labels = model.classifier.weight.dims()[1];
    let input = encoder_input(windows, pad_token_id, &device);
    let scores: Vec<f32> = scores(model, &input, &word_rows(windows)).into_data().iter::<f32>().collect();
    // NaN is neither above nor below anything: whatever were chosen of such scores would be made up.
    if let Some(at) = scores.iter().position(|score| !score.is_finite()) {
        let (sentence, word) = words_of(windows).nth(at / n_labels).unwrap_or_default();
        return Err(TrainError::Score { sentence, word, score: scores[at], precision: model.precision() });
    }
    Ok(scores)
}
