//! Differences of several corpora drawn towards their mean, as far as noise explains that they lie apart (Morris 1983, section 5).
//! Observed differences and their variances go in; estimates with intervals come out.

use serde::{Deserialize, Serialize};

use super::primary::interval;
use crate::uncertainty::student;

/// The estimates of all corpora.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shrunken {
    /// The variance of the true differences, after Paule and Mandel (1982).
    pub tau_squared: f64,
    /// The mean that all are drawn towards, in points.
    pub mean: f64,
    /// One for every corpus with a test.
    pub corpora: Vec<ShrunkenCorpus>,
}

/// The estimate of one corpus.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShrunkenCorpus {
    /// The index of the corpus in the grid.
    pub corpus: usize,
    /// How far it was drawn: 0 leaves it where it was observed, 1 takes the mean.
    pub shrinkage: f64,
    /// The difference to vanilla, in points.
    pub estimate: f64,
    /// Of the estimate.
    pub standard_error: f64,
    /// Of the interval.
    pub degrees_of_freedom: f64,
    /// The interval of the difference at the level of the grid.
    pub interval: [f64; 2],
}

/// What was observed on a corpus.
#[derive(Debug, Clone, Copy)]
pub struct Observed {
    pub corpus: usize,
    pub difference: f64,
    /// Of the difference, above 0.
    pub variance: f64,
    pub degrees_of_freedom: f64,
}

impl Shrunken {
    /// None of fewer than four, or where a difference has no noise.
    pub(super) fn of(observed: &[Observed], level: f64) -> Option<Self> {
        let n = observed.len() as f64;
        if observed.len() < 4 || observed.iter().any(|of| !(of.variance > 0.0 && of.variance.is_finite())) {
            return None;
        }
        let tau_squared = tau_squared(observed);
        let weights: Vec<f64> = observed.iter().map(|of| (of.variance + tau_squared).recip()).collect();
        let all: f64 = weights.iter().sum();
        let mean = weighted_mean(observed, &weights);
        let mean_variance = observed.iter().zip(&weights).map(|(of, w)| w * of.variance).sum::<f64>() / all;
        let corpus = |(of, weight): (&Observed, &f64)| {
            let (y, v) = (of.difference, of.variance);
            let b = (n - 3.0) / (n - 1.0) * v * weight;
            let r = n * weight / all;
            let estimate = b * mean + (1.0 - b) * y;
            // The second part is there because how far to draw is itself an estimate.
            let of_shrinkage = 2.0 / (n - 3.0) * b * b * (mean_variance + tau_squared) * weight * (y - mean).powi(2);
            let standard_error = (v * (1.0 - (n - r) / n * b) + of_shrinkage).sqrt();
            let degrees_of_freedom = (n - 1.0).min(of.degrees_of_freedom);
            let margin = student::quantile_beyond(level, degrees_of_freedom) * standard_error;
            let interval = interval(estimate, margin);
            ShrunkenCorpus { corpus: of.corpus, shrinkage: b, estimate, standard_error, degrees_of_freedom, interval }
        };
        let corpora = observed.iter().zip(&weights).map(corpus).collect();
        Some(Self { tau_squared, mean, corpora })
    }
}

fn weighted_mean(observed: &[Observed], weights: &[f64]) -> f64 {
    let sum: f64 = observed.iter().zip(weights).map(|(of, weight)| weight * of.difference).sum();
    sum / weights.iter().sum::<f64>()
}

/// The variance with which the weighted squares are as large as they are on average; 0 where they are no larger without any.
fn tau_squared(observed: &[Observed]) -> f64 {
    let excess = |tau_squared: f64| {
        let weights: Vec<f64> = observed.iter().map(|of| (of.variance + tau_squared).recip()).collect();
        let mean = weighted_mean(observed, &weights);
        let squares: f64 = observed.iter().zip(&weights).map(|(of, w)| w * (of.difference - mean).powi(2)).sum();
        squares - (observed.len() as f64 - 1.0)
    };
    if excess(0.0) <= 0.0 {
        return 0.0;
    }
    let largest = observed.iter().map(|of| of.variance).fold(0.0, f64::max);
    let (mut low, mut high) = (0.0, largest);
    // Differences of F1 are at most 200 points apart, and squares fall with the variance.
    while excess(high) > 0.0 && high < 1e12 {
        (low, high) = (high, 2.0 * high);
    }
    while high - low > 1e-15 * high {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}
