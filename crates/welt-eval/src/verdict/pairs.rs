//! Which runs are compared: pairs of one seed, with or without those that collapsed.
//! A grid goes in, differences by corpus and method come out.

use serde::{Deserialize, Serialize};

use super::{Corpus, Grid};

/// A run below this share of the best run on its corpus has learnt nothing.
const COLLAPSED: f64 = 0.05;

/// Which pairs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Those in which neither run collapsed.
    Trained,
    /// All.
    All,
}

/// The pairs of a method and vanilla on a corpus.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    /// The index of the corpus.
    pub corpus: usize,
    /// The index of the method.
    pub method: usize,
    /// Which pairs were taken.
    pub reading: Reading,
    /// Their seeds, ascending; at least one.
    pub seeds: Vec<u64>,
    /// The score of the method less that of vanilla for each seed, in points.
    pub differences: Vec<f64>,
}

/// The seeds of a corpus whose run collapsed, of a method by its index or of vanilla.
#[must_use]
pub fn collapsed(corpus: &Corpus, method: Option<usize>) -> Vec<u64> {
    let all = || corpus.methods.iter().chain([&corpus.vanilla]).flatten();
    let best = all().map(|(_, run)| run.f1).fold(0.0, f64::max);
    let runs = method.map_or(&corpus.vanilla, |method| &corpus.methods[method]);
    runs.iter().filter(|(_, run)| run.right == 0 || run.f1 < COLLAPSED * best).map(|(seed, _)| *seed).collect()
}

/// The pairs of every method, on the corpora where it has some; scores are of a corpus, a method or vanilla, and a seed.
pub(super) fn pairs(
    grid: &Grid,
    reading: Reading,
    score: impl Fn(usize, Option<usize>, u64) -> f64,
) -> Vec<Vec<Pairs>> {
    let of = |corpus: usize, method: usize| {
        let seeds = seeds(&grid.corpora[corpus], method, reading);
        let difference = |seed: &u64| score(corpus, Some(method), *seed) - score(corpus, None, *seed);
        let differences: Vec<f64> = seeds.iter().map(difference).collect();
        (!seeds.is_empty()).then_some(Pairs { corpus, method, reading, seeds, differences })
    };
    let of_method = |method: usize| (0..grid.corpora.len()).filter_map(|corpus| of(corpus, method)).collect();
    (0..grid.methods.len()).map(of_method).collect()
}

/// The F1 of a run that is there.
pub(super) fn f1(grid: &Grid) -> impl Fn(usize, Option<usize>, u64) -> f64 + '_ {
    |corpus, method, seed| {
        let corpus = &grid.corpora[corpus];
        let runs = method.map_or(&corpus.vanilla, |method| &corpus.methods[method]);
        runs.get(&seed).map_or(0.0, |run| run.f1)
    }
}

/// The seeds that count, ascending.
fn seeds(corpus: &Corpus, method: usize, reading: Reading) -> Vec<u64> {
    let left_out = match reading {
        Reading::All => Vec::new(),
        Reading::Trained => [collapsed(corpus, Some(method)), collapsed(corpus, None)].concat(),
    };
    let counts = |seed: &&u64| corpus.vanilla.contains_key(seed) && !left_out.contains(seed);
    corpus.methods[method].keys().filter(counts).copied().collect()
}
