//! Made-up grids whose truth is known, so that it can be counted how often the verdict is right.
//! A model of corpora, seeds and noise goes in, shares of rounds come out.
#![allow(dead_code)]

use std::collections::BTreeMap;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use welt_eval::EvalError;
use welt_eval::uncertainty::normal;
use welt_eval::verdict::{Corpus, Grid, OfCorpora, Primary, Reading, Run, UnitNoise, corpora, primary};

/// How far the spread of runs differs from corpus to corpus and from method to method.
#[derive(Debug, Clone, Copy)]
pub enum Spread {
    /// Not at all.
    Equal,
    /// The variance is 4 / χ²(6) of the corpus times 6 / χ²(8) of corpus and method: 1 on average.
    Moderate,
    /// The logarithm of the variance of a difference has this standard deviation over corpora.
    LogNormal(f64),
}

/// A grid that could have been run.
#[derive(Debug, Clone)]
pub struct Model {
    /// The source of each corpus, by its number.
    pub sources: Vec<usize>,
    /// Whether the analysis is told of them; else it takes every corpus for a source.
    pub knows_sources: bool,
    pub seeds: u64,
    /// The true mean difference of each method, in points.
    pub effects: Vec<f64>,
    /// The standard deviation of true differences over corpora, and the share of its square that a source has in common.
    pub tau: f64,
    pub of_source: f64,
    /// The standard deviation of a run.
    pub run: f64,
    pub spread: Spread,
    /// The standard error of a difference over the sentences of a test set.
    pub units: f64,
    /// The chance of every run to collapse.
    pub collapse: f64,
}

impl Model {
    /// Six methods without an effect, of runs as they are on small corpora.
    pub fn of(sources: &[usize], seeds: u64) -> Self {
        Self {
            sources: sources.to_vec(),
            knows_sources: true,
            seeds,
            effects: vec![0.0; 6],
            tau: 1.0,
            of_source: 0.5,
            run: 2.7,
            spread: Spread::Moderate,
            units: 0.6,
            collapse: 0.0,
        }
    }

    pub fn draw(&self, dice: &mut Dice) -> Grid {
        let n_sources = self.sources.iter().max().map_or(0, |last| last + 1);
        let n_methods = self.effects.len();
        let shared: Vec<Vec<f64>> = (0..n_sources).map(|_| (0..n_methods).map(|_| dice.normal()).collect()).collect();
        let corpus = |(index, source): (usize, &usize)| {
            let (of_source, own) = (self.of_source.sqrt(), (1.0 - self.of_source).sqrt());
            let effects: Vec<f64> = (0..n_methods)
                .map(|method| {
                    let apart = of_source * shared[*source][method] + own * dice.normal();
                    self.effects[method] + self.tau * apart + self.units * dice.normal()
                })
                .collect();
            self.corpus(index, *source, &effects, dice)
        };
        let corpora = self.sources.iter().enumerate().map(corpus).collect();
        let methods = (0..n_methods).map(|method| method.to_string()).collect();
        Grid { level: 0.05, margin: 1.0, methods, corpora }
    }

    fn corpus(&self, index: usize, source: usize, effects: &[f64], dice: &mut Dice) -> Corpus {
        let of_corpus = match self.spread {
            Spread::Equal => 1.0,
            Spread::Moderate => 4.0 / dice.chi_square(6),
            Spread::LogNormal(sd) => (sd * dice.normal() - sd * sd / 2.0).exp(),
        };
        let by_seed: Vec<f64> = (0..self.seeds).map(|_| dice.normal()).collect();
        let mut runs = |effect: f64| {
            let of_method = match self.spread {
                Spread::Moderate => 6.0 / dice.chi_square(8),
                _ => 1.0,
            };
            let deviation = self.run * f64::sqrt(of_corpus * of_method);
            let run = |(seed, of_seed): (u64, &f64)| {
                let noise = 0.4_f64.sqrt() * of_seed + 0.6_f64.sqrt() * dice.normal();
                let is_collapsed = dice.uniform() < self.collapse;
                let f1 = if is_collapsed { 0.0 } else { (60.0 + effect + deviation * noise).clamp(0.0, 100.0) };
                (seed, Run { f1, right: usize::from(!is_collapsed) })
            };
            (1..).zip(&by_seed).map(run).collect::<BTreeMap<u64, Run>>()
        };
        let vanilla = runs(0.0);
        let methods = effects.iter().map(|effect| runs(*effect)).collect();
        let source = if self.knows_sources { source } else { index };
        Corpus { name: index.to_string(), source: source.to_string(), units: 770, vanilla, methods }
    }

    /// What the test sets add, which the analysis is told; these very runs have no more than what all share, the least that they can.
    fn noise(&self) -> UnitNoise {
        let variance = self.units * self.units;
        UnitNoise { common: variance, these_runs: variance }
    }

    pub fn primary(&self, grid: &Grid, reading: Reading) -> Vec<Primary> {
        let noise = self.noise();
        primary::<EvalError>(grid, reading, |_| Ok(noise)).expect("a grid that can be judged")
    }

    pub fn corpora(&self, grid: &Grid) -> Vec<OfCorpora> {
        let noise = self.noise();
        corpora::<EvalError>(grid, |_| Ok(noise)).expect("a grid that can be judged")
    }

    /// The shares of rounds in which each of some things is so.
    pub fn shares<const N: usize>(&self, rounds: u32, is_so: impl Fn(&Self, &Grid) -> [bool; N] + Sync) -> [f64; N] {
        use rayon::prelude::*;

        let one = |round: u32| {
            let grid = self.draw(&mut Dice::new(round));
            is_so(self, &grid).map(u32::from)
        };
        let add = |one: [u32; N], other: [u32; N]| std::array::from_fn(|index| one[index] + other[index]);
        let counts = (0..rounds).into_par_iter().map(one).reduce(|| [0; N], add);
        counts.map(|count| f64::from(count) / f64::from(rounds))
    }
}

/// A round of chance of its own.
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub fn new(round: u32) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(u64::from(round)))
    }

    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        normal::quantile(self.uniform())
    }

    fn chi_square(&mut self, n: u32) -> f64 {
        (0..n).map(|_| self.normal().powi(2)).sum()
    }
}

/// The source of each corpus: so many corpora of so many sources, the first of which have two.
pub fn sources(n_corpora: usize, n_sources: usize) -> Vec<usize> {
    let pairs = n_corpora - n_sources;
    (0..n_corpora).map(|corpus| if corpus < 2 * pairs { corpus / 2 } else { corpus - pairs }).collect()
}

/// Whether the first method, and whether any, has a p-value below 5 %; the second after Holm's adjustment.
pub fn primary_rejects(model: &Model, grid: &Grid) -> [bool; 2] {
    let found = model.primary(grid, Reading::Trained);
    let tests: Vec<_> = found.iter().filter_map(|of| of.test).collect();
    [tests.first().is_some_and(|test| test.p_value < 0.05), tests.iter().any(|test| test.adjusted < 0.05)]
}

/// Whether the first method is seen alone, and as the first that Holm's adjustment looks at.
pub fn primary_sees(model: &Model, grid: &Grid) -> [bool; 2] {
    let found = model.primary(grid, Reading::Trained);
    let test = found.first().and_then(|of| of.test);
    [0.05, 0.05 / 6.0].map(|level| test.is_some_and(|test| test.p_value < level))
}

/// Whether any of six methods, whose effects are 0 or a margin, gets a word that is false.
pub fn any_false_word(model: &Model, grid: &Grid) -> [bool; 1] {
    let found = model.primary(grid, Reading::Trained);
    let is_false = |(primary, effect): (&Primary, &f64)| {
        let Some(test) = primary.test else { return false };
        let moved = test.adjusted < 0.05 && (*effect == 0.0 || effect.signum() != primary.difference.signum());
        let same = test.adjusted >= 0.05 && test.adjusted_same < 0.05 && effect.abs() >= grid.margin;
        moved || same
    };
    [found.iter().zip(&model.effects).any(is_false)]
}

/// On each corpus: whether the first test of the first method, and any test of any method, is below 5 %; the second after Holm's adjustment.
pub fn corpora_reject(model: &Model, grid: &Grid) -> [bool; 2] {
    let found = model.corpora(grid);
    let tests: Vec<_> = found.iter().flat_map(|of| &of.corpora).filter_map(|of| of.test).collect();
    [tests.first().is_some_and(|test| test.p_value < 0.05), tests.iter().any(|test| test.adjusted < 0.05)]
}
