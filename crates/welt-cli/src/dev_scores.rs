//! The score that says how good a model is, and what is suspicious about scores: gold and predicted tags in.

use std::collections::BTreeMap;

use anyhow::Result;
use welt_eval::seqeval::{self, Mode};
use welt_eval::{Evaluation, Notation, faireval, semeval};
use welt_settings::BestBy;

/// The score of predicted tags, higher is better.
///
/// # Errors
/// Tags that cannot be read.
pub fn score(gold: &[Vec<String>], predicted: &[Vec<&str>], by: BestBy) -> Result<f64> {
    let mode = if by == BestBy::StrictF1 { Mode::StrictDetected } else { Mode::Default };
    if let BestBy::FairF1 | BestBy::PartialF1 | BestBy::TypeF1 = by {
        let chunking = mode.chunking(gold, Notation::Prefix)?;
        let mut evaluation = Evaluation::new(chunking, Notation::Prefix, semeval::Options::NERVALUATE);
        for (gold, predicted) in gold.iter().zip(predicted) {
            evaluation.add_sentence(gold, predicted)?;
        }
        let totals = evaluation.totals();
        return Ok(match by {
            BestBy::FairF1 => totals.faireval.total().scores(&faireval::Weights::FAIR).f1,
            BestBy::PartialF1 => totals.semeval.overall.partial.f1(),
            _ => totals.semeval.overall.entity_type.f1(),
        });
    }
    let report = seqeval::evaluate(gold, predicted, mode)?;
    Ok(match by {
        BestBy::Precision => report.micro.precision,
        BestBy::Recall => report.micro.recall,
        // Without any entity there is no type to take a mean over.
        BestBy::MacroF1 => Some(report.macro_average.f1).filter(|f1| f1.is_finite()).unwrap_or(0.0),
        _ => report.micro.f1,
    })
}

/// Warns of every label that words have and that is predicted for none.
pub fn warn_of_labels_never_predicted(gold: &[Vec<String>], predicted: &[Vec<&str>], split: &str) {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in gold.iter().flatten() {
        *words.entry(tag).or_default() += 1;
    }
    for tag in predicted.iter().flatten() {
        words.remove(tag);
    }
    let never: Vec<String> = words.iter().map(|(label, words)| format!("{label} ({words} words)")).collect();
    if !never.is_empty() {
        tracing::warn!(
            "{split}: the model never predicts {}: more epochs, another learning rate or class weights may help",
            never.join(", ")
        );
    }
}

/// Watches how the scores on dev go.
#[derive(Debug, Default)]
pub struct Watch {
    best: f64,
    has_warned: bool,
}

/// The share of the best score below which dev has collapsed.
const COLLAPSED: f64 = 0.5;

impl Watch {
    /// Warns once where a score is less than half of the best one before.
    pub fn see(&mut self, score: f64, epoch: usize) {
        if score < COLLAPSED * self.best && !self.has_warned {
            self.has_warned = true;
            tracing::warn!(
                "dev collapsed in epoch {epoch}: it scores {:.2} after {:.2} before; a lower learning rate or more warm-up \
                 may help",
                100.0 * score,
                100.0 * self.best
            );
        }
        self.best = self.best.max(score);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_can_choose() {
        let gold = [["B-A", "I-A", "O", "B-B"]].map(|row| row.map(str::to_owned).to_vec());
        let predicted = [vec!["B-A", "O", "O", "B-B"]];
        let of = |by: BestBy| (1000.0 * score(&gold, &predicted, by).unwrap()).round();
        // Worked by hand: one of two entities is exact and one has a wrong end.
        use BestBy::{F1, FairF1, MacroF1, PartialF1, Precision, Recall, StrictF1, TypeF1};
        assert_eq!([F1, Precision, Recall, MacroF1, StrictF1].map(of), [500.0; 5]);
        // FairEval counts the boundary as half a false positive and half a false negative: 2 / (2 + 1).
        assert_eq!(of(FairF1), 667.0);
        assert_eq!([PartialF1, TypeF1].map(of), [750.0, 1000.0]);
    }
}
