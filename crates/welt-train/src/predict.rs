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
    let (model, encoder) = model;
    check_windows(windows, encoder)?;
    let mut by_length: Vec<&Window> = windows.iter().collect();
    by_length.sort_by_key(|window| std::cmp::Reverse(window.input_ids.len()));
    let batches = batches(&by_length, config.max_subwords);
    let score = |batch: &&[&Window]| {
        let labels = best_labels(model, batch, encoder.padding())?;
        if done(batch.len()).is_break() { Err(TrainError::Interrupted) } else { Ok(labels) }
    };
    let scored: Vec<Vec<usize>> = match model.memory() {
        Memory::Shared => batches.par_iter().map(score).collect::<Result<_, _>>()?,
        Memory::Separate => batches.iter().map(score).collect::<Result<_, _>>()?,
    };

    let mut labels: Vec<Vec<Option<usize>>> = n_words.iter().map(|&n_words| vec![None; n_words]).collect();
    for (batch, scored) in batches.iter().zip(scored) {
        let words = batch.iter().flat_map(|window| window.words.iter().map(|start| (window.sentence, start.word)));
        for ((sentence, word), label) in words.zip(scored) {
            labels[sentence][word] = Some(label);
        }
    }
    Ok(labels)
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

/// The label with the highest score of each word, the first of equals.
fn best_labels(model: &Tagger, windows: &[&Window], pad_token_id: u32) -> Result<Vec<usize>, TrainError> {
    let device = model.classifier.weight.val().device();
    let n_labels = model.classifier.weight.dims()[1];
    let input = encoder_input(windows, pad_token_id, &device);
    let scores: Vec<f32> = scores(model, &input, &word_rows(windows)).into_data().iter::<f32>().collect();
    let words = windows.iter().flat_map(|window| window.words.iter().map(|start| (window.sentence, start.word)));
    let best = |((sentence, word), scores): ((usize, usize), &[f32])| {
        // NaN is neither above nor below anything: whatever were chosen of such scores would be made up.
        if let Some(&score) = scores.iter().find(|score| !score.is_finite()) {
            return Err(TrainError::Score { sentence, word, score, precision: model.precision() });
        }
        let first_best = |best: usize, label: usize| if scores[label] > scores[best] { label } else { best };
        Ok((1..n_labels).fold(0, first_best))
    };
    words.zip(scores.chunks_exact(n_labels)).map(best).collect()
}
