//! The test of a method over corpora: over their sources where there are four and more, over seeds where there are fewer.
//! Pairs and the noise of test sets go in; a difference, p-values, intervals and what could have been seen come out.

use serde::{Deserialize, Serialize};

use super::pairs::{Pairs, Reading, f1, pairs};
use super::{Grid, UnitNoise, mean_and_variance};
use crate::uncertainty::Noise;
use crate::uncertainty::{holm, power};
use crate::{EvalError, Quantity};

/// With so many sources the test is over them: it then sees smaller differences than the test over seeds would.
const SOURCES: usize = 4;

/// Standard errors that are no larger than this are 0 but for rounding.
const NOTHING: f64 = 1e-12;

/// What is known of a method over all corpora.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Primary {
    /// On how many corpora it has pairs.
    pub n_corpora: usize,
    /// Of how many sources these are.
    pub n_sources: usize,
    /// What is taken for a sample; none without pairs.
    pub basis: Option<Basis>,
    /// The mean difference to vanilla, in points; 0 without pairs.
    pub difference: f64,
    /// None without pairs, and with a single seed where seeds are the sample.
    pub test: Option<Test>,
    /// The largest number of pairs on a corpus.
    pub(super) most_pairs: usize,
    /// How the noise of seeds enters a mean over sources: of these pairs, and of one pair on each corpus; none where a corpus has a single pair.
    pub(super) seed_variances: Option<[f64; 2]>,
}

/// What a test takes for a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "over", rename_all = "snake_case")]
pub enum Basis {
    /// The sources: what is found holds for texts like these.
    Sources {
        /// The mean difference on each, in the order of their first corpora.
        means: Vec<(String, f64)>,
        /// The standard deviation of these.
        deviation: f64,
    },
    /// The seeds that have a pair on every corpus: what is found holds for these corpora.
    Seeds {
        /// The difference of each.
        differences: Vec<(u64, f64)>,
        /// The standard deviation of these.
        deviation: f64,
        /// What the test sets add.
        units: UnitNoise,
        /// The least number of units that a test set has.
        n_units: usize,
    },
}

/// A test of no difference, and of a difference of at least the margin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Of the difference.
    pub standard_error: f64,
    /// Of what the sample tells of the standard error.
    pub degrees_of_freedom: f64,
    /// That there is no difference.
    pub p_value: f64,
    /// The same after Holm's adjustment for all methods.
    pub adjusted: f64,
    /// That the difference is as large as the margin, in either direction.
    pub p_same: f64,
    /// The same after Holm's adjustment for all methods.
    pub adjusted_same: f64,
    /// The level of one test, divided by the number of methods.
    pub first_level: f64,
    /// The interval of the difference at the level.
    pub interval: [f64; 2],
    /// The interval at the first level: all methods lie in theirs at once.
    pub simultaneous: [f64; 2],
    /// The least margin within which this method alone would be the same.
    pub least_margin: f64,
    #[serde(skip, default = "Noise::none")]
    noise: Noise,
}

impl Test {
    /// The smallest true difference that a test at this level sees four times of five; none where nothing varies.
    #[must_use]
    pub fn visible(&self, level: f64) -> Option<f64> {
        if self.noise.is_none() {
            return None;
        }
        power_noise(&self.noise).smallest_difference(level)
    }
}

/// The test of every method, by F1.
///
/// # Errors
/// Numbers that nothing can be computed of, and errors of `noise`.
pub fn primary<E: From<EvalError>>(
    grid: &Grid,
    reading: Reading,
    noise: impl FnMut(&Pairs) -> Result<UnitNoise, E>,
) -> Result<Vec<Primary>, E> {
    primary_of(grid, reading, f1(grid), noise)
}

/// The test of every method by another score, in points; the pairs are still those that F1 tells to be trained.
///
/// The score is that of a corpus, a method or vanilla, and a seed.
///
/// # Errors
/// Numbers that nothing can be computed of, and errors of `noise`.
pub fn primary_of<E: From<EvalError>>(
    grid: &Grid,
    reading: Reading,
    score: impl Fn(usize, Option<usize>, u64) -> f64,
    mut noise: impl FnMut(&Pairs) -> Result<UnitNoise, E>,
) -> Result<Vec<Primary>, E> {
    super::check(grid)?;
    let mut found: Vec<(Primary, Option<(Noise, usize)>)> = Vec::new();
    for of_method in pairs(grid, reading, score) {
        let sources = sources(grid, &of_method);
        found.push(if sources.len() >= SOURCES {
            over_sources(&sources)
        } else {
            let units = of_method.iter().map(&mut noise).collect::<Result<Vec<_>, E>>()?;
            over_seeds(grid, &of_method, &units)?
        });
    }
    Ok(tested(grid, found)?)
}

/// The pairs of the corpora of a source.
type Source<'p> = (&'p str, Vec<&'p Pairs>);

fn sources<'p>(grid: &'p Grid, pairs: &'p [Pairs]) -> Vec<Source<'p>> {
    let mut sources: Vec<Source> = Vec::new();
    for of_corpus in pairs {
        let name = &grid.corpora[of_corpus.corpus].source;
        match sources.iter_mut().find(|(known, _)| known == name) {
            Some((_, corpora)) => corpora.push(of_corpus),
            None => sources.push((name, vec![of_corpus])),
        }
    }
    sources
}

/// What is known, with the noise of its test and how many sources or seeds are the sample.
type Found = (Primary, Option<(Noise, usize)>);

fn over_sources(sources: &[Source]) -> Found {
    let mean_of = |(name, corpora): &Source| {
        let means: Vec<f64> = corpora.iter().map(|pairs| mean_and_variance(&pairs.differences).0).collect();
        ((*name).to_owned(), mean_and_variance(&means).0)
    };
    let means: Vec<(String, f64)> = sources.iter().map(mean_of).collect();
    let (difference, variance) = mean_and_variance(&means.iter().map(|(_, mean)| *mean).collect::<Vec<_>>());
    let n = sources.len();
    let noise = Noise {
        seeds: (variance / n as f64).sqrt(),
        seeds_degrees_of_freedom: n as f64 - 1.0,
        units: 0.0,
        fixed_runs: 0.0,
        units_degrees_of_freedom: 1.0,
    };
    let of_pairs = || sources.iter().flat_map(|(_, corpora)| corpora.iter().map(|pairs| pairs.seeds.len()));
    let part = |divided: bool| {
        let of_source = |(_, corpora): &Source| {
            let n_corpora = corpora.len() as f64;
            let of_corpus = |pairs: &&Pairs| {
                let n_pairs = if divided { pairs.seeds.len() as f64 } else { 1.0 };
                mean_and_variance(&pairs.differences).1 / n_pairs / (n_corpora * n_corpora)
            };
            corpora.iter().map(of_corpus).sum::<f64>()
        };
        sources.iter().map(of_source).sum::<f64>() / n as f64
    };
    let primary = Primary {
        n_corpora: of_pairs().count(),
        n_sources: n,
        basis: Some(Basis::Sources { means, deviation: variance.sqrt() }),
        difference,
        test: None,
        most_pairs: of_pairs().max().unwrap_or(0),
        seed_variances: of_pairs().all(|n| n > 1).then(|| [part(true), part(false)]),
    };
    (primary, Some((noise, n)))
}

fn over_seeds(grid: &Grid, pairs: &[Pairs], units: &[UnitNoise]) -> Result<Found, EvalError> {
    let sources = sources(grid, pairs);
    let n_sources = sources.len() as f64;
    let is_everywhere = |seed: &&u64| pairs.iter().all(|of_corpus| of_corpus.seeds.contains(seed));
    let seeds: Vec<u64> =
        pairs.first().into_iter().flat_map(|first| &first.seeds).filter(is_everywhere).copied().collect();
    let mut primary = Primary {
        n_corpora: pairs.len(),
        n_sources: sources.len(),
        basis: None,
        difference: 0.0,
        test: None,
        most_pairs: seeds.len(),
        seed_variances: None,
    };
    if seeds.is_empty() {
        return Ok((primary, None));
    }
    let mean_over_sources = |of_corpus: &dyn Fn(&Pairs) -> f64| {
        let of_source =
            |(_, corpora): &Source| corpora.iter().map(|pairs| of_corpus(pairs)).sum::<f64>() / corpora.len() as f64;
        sources.iter().map(of_source).sum::<f64>() / n_sources
    };
    let difference_of = |seed: u64| {
        mean_over_sources(&|pairs: &Pairs| {
            let index = pairs.seeds.binary_search(&seed).unwrap_or(0);
            pairs.differences[index]
        })
    };
    let differences: Vec<(u64, f64)> = seeds.iter().map(|seed| (*seed, difference_of(*seed))).collect();
    let (difference, variance) = mean_and_variance(&differences.iter().map(|(_, of)| *of).collect::<Vec<_>>());
    // Corpora of the same texts are taken to share all of their noise, so that their standard errors are averaged.
    let of_units = |part: &dyn Fn(&UnitNoise) -> f64| {
        let of = |wanted: &Pairs| {
            let found = pairs.iter().zip(units).find(|(known, _)| known.corpus == wanted.corpus);
            found.map_or(0.0, |(_, of)| part(of).sqrt())
        };
        let of_source =
            |(_, corpora): &Source| (corpora.iter().map(|pairs| of(pairs)).sum::<f64>() / corpora.len() as f64).powi(2);
        sources.iter().map(of_source).sum::<f64>() / (n_sources * n_sources)
    };
    let of_units = UnitNoise { common: of_units(&|of| of.common), these_runs: of_units(&|of| of.these_runs) };
    let n_units = pairs.iter().map(|of_corpus| grid.corpora[of_corpus.corpus].units).min().unwrap_or(0);
    let k = seeds.len() as f64;
    let noise = Noise {
        seeds: (variance / k).sqrt(),
        seeds_degrees_of_freedom: (k - 1.0).max(1.0),
        units: Quantity::StandardError.finite(of_units.common.sqrt())?,
        fixed_runs: Quantity::StandardError.finite(of_units.these_runs.sqrt())?,
        units_degrees_of_freedom: n_units.saturating_sub(1).max(1) as f64,
    };
    primary.difference = difference;
    primary.basis = Some(Basis::Seeds { differences, deviation: variance.sqrt(), units: of_units, n_units });
    Ok((primary, (seeds.len() > 1).then_some((noise, seeds.len()))))
}

/// Makes the tests, which are one family.
fn tested(grid: &Grid, found: Vec<Found>) -> Result<Vec<Primary>, EvalError> {
    let (level, margin) = (grid.level, grid.margin);
    let p_values = |(primary, sample): &Found| {
        sample.map(|(noise, n)| {
            let distance = primary.difference.abs();
            (p_value(&noise, distance, n), p_same(&noise, distance, margin, n))
        })
    };
    let raw: Vec<Option<(f64, f64)>> = found.iter().map(p_values).collect();
    let family: Vec<(f64, f64)> = raw.iter().flatten().copied().collect();
    let adjusted = holm(&family.iter().map(|(p, _)| *p).collect::<Vec<_>>())?;
    let adjusted_same = holm(&family.iter().map(|(_, p)| *p).collect::<Vec<_>>())?;
    let first_level = level / family.len().max(1) as f64;
    let mut adjusted = adjusted.into_iter().zip(adjusted_same);
    let mut all = Vec::new();
    for ((mut primary, sample), p_values) in found.into_iter().zip(raw) {
        if let (Some((noise, _)), Some((p_value, p_same))) = (sample, p_values) {
            let (adjusted, adjusted_same) = adjusted.next().unwrap_or((1.0, 1.0));
            let difference = primary.difference;
            primary.test = Some(Test {
                standard_error: noise.seeds.hypot(noise.units),
                degrees_of_freedom: noise.seeds_degrees_of_freedom,
                p_value,
                adjusted,
                p_same,
                adjusted_same,
                first_level,
                interval: interval(difference, margin_at(&noise, level)),
                simultaneous: interval(difference, margin_at(&noise, first_level)),
                least_margin: (difference.abs() + margin_at(&noise, (2.0 * level).min(1.0))).min(100.0),
                noise,
            });
        }
        all.push(primary);
    }
    Ok(all)
}

/// The interval of so many points on either side; no difference of F1 is beyond 100.
pub(super) fn interval(center: f64, margin: f64) -> [f64; 2] {
    [(center - margin).clamp(-100.0, 100.0), (center + margin).clamp(-100.0, 100.0)]
}

/// How far an interval reaches, which is nowhere where nothing varies.
pub(super) fn margin_at(noise: &Noise, level: f64) -> f64 {
    if noise.is_none() { 0.0 } else { noise.margin(level) }
}

/// The p-value of no difference; where nothing varies, the least that so many differences can show if signs are fair coins.
pub(super) fn p_value(noise: &Noise, distance: f64, n: usize) -> f64 {
    match (distance <= NOTHING, noise.is_none()) {
        (true, _) => 1.0,
        (false, true) => (2.0 * 0.5_f64.powf(n as f64)).clamp(f64::MIN_POSITIVE, 1.0),
        (false, false) => noise.p_value(distance),
    }
}

/// The larger p-value of the two tests against the margin, each of one side.
fn p_same(noise: &Noise, distance: f64, margin: f64, n: usize) -> f64 {
    if noise.is_none() {
        return if distance < margin { 0.5_f64.powf(n as f64) } else { 1.0 };
    }
    let of_both_sides = p_value(noise, (margin - distance).abs(), n);
    if distance > margin { 1.0 - of_both_sides / 2.0 } else { of_both_sides / 2.0 }
}

/// The noise without that of these very runs, which power does not know of.
pub(super) fn power_noise(noise: &Noise) -> power::Noise {
    let (variance, degrees_of_freedom) = (noise.seeds * noise.seeds, noise.seeds_degrees_of_freedom);
    let estimated = power::Estimated { variance, degrees_of_freedom };
    let units =
        power::OfUnits { variance: noise.units * noise.units, degrees_of_freedom: noise.units_degrees_of_freedom };
    power::Noise { estimated, units: (noise.units > 0.0).then_some(units) }
}
