//! The tests of every method on every corpus, which lend each other what they know of the spread of seeds.
//! A grid and the noise of its test sets go in; differences, p-values of one family and shrunken estimates come out.

use serde::{Deserialize, Serialize};

use super::pairs::{Pairs, Reading, f1, pairs};
use super::primary::{interval, margin_at, p_value, power_noise};
use super::prior::Prior;
use super::shrunken::{Observed, Shrunken};
use super::{Grid, UnitNoise, mean_and_variance};
use crate::uncertainty::Noise;
use crate::uncertainty::holm;
use crate::{EvalError, Quantity};

/// What is known of a method on each corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfCorpora {
    /// What the variances were drawn towards; none where they tell too little of each other, and each stands for itself.
    pub prior: Option<Prior>,
    /// Those with pairs of trained runs, in the order of the grid.
    pub corpora: Vec<CorpusTest>,
    /// The differences drawn towards their mean; none where the variances were not drawn together.
    pub shrunken: Option<Shrunken>,
}

/// A method on a corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorpusTest {
    /// The index of the corpus in the grid.
    pub corpus: usize,
    /// How many pairs there are.
    pub n_pairs: usize,
    /// The mean difference to vanilla, in points.
    pub difference: f64,
    /// None of a single pair, which compares two models and not two methods.
    pub test: Option<OneTest>,
}

/// A test of no difference on one corpus.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OneTest {
    /// The sample variance of the differences.
    pub variance: f64,
    /// The same after it was drawn towards the common one.
    pub moderated_variance: f64,
    /// Of the moderated variance.
    pub degrees_of_freedom: f64,
    /// How far the interval reaches on both sides.
    pub margin: f64,
    /// The interval of the difference at the level of the grid.
    pub interval: [f64; 2],
    /// Of this test alone.
    pub p_value: f64,
    /// The same after Holm's adjustment for all corpora and methods.
    pub adjusted: f64,
    #[serde(skip, default = "Noise::none")]
    noise: Noise,
}

impl OneTest {
    /// The smallest true difference that a test at this level sees four times of five; none where nothing varies.
    #[must_use]
    pub fn visible(&self, level: f64) -> Option<f64> {
        if self.noise.is_none() { None } else { power_noise(&self.noise).smallest_difference(level) }
    }
}

/// The tests of all methods on all corpora, by the pairs of trained runs.
///
/// # Errors
/// Numbers that nothing can be computed of, and errors of `noise`.
pub fn corpora<E: From<EvalError>>(
    grid: &Grid,
    mut noise: impl FnMut(&Pairs) -> Result<UnitNoise, E>,
) -> Result<Vec<OfCorpora>, E> {
    super::check(grid)?;
    let mut all = Vec::new();
    for of_method in pairs(grid, Reading::Trained, f1(grid)) {
        let units = of_method.iter().map(&mut noise).collect::<Result<Vec<_>, E>>()?;
        all.push(of_corpora(grid, &of_method, &units)?);
    }
    let tests = || all.iter().flat_map(|of: &OfCorpora| &of.corpora).filter_map(|of| of.test);
    let mut adjusted = holm(&tests().map(|test| test.p_value).collect::<Vec<_>>())?.into_iter();
    for test in all.iter_mut().flat_map(|of| &mut of.corpora).filter_map(|of| of.test.as_mut()) {
        test.adjusted = adjusted.next().unwrap_or(1.0);
    }
    Ok(all)
}

fn of_corpora(grid: &Grid, pairs: &[Pairs], units: &[UnitNoise]) -> Result<OfCorpora, EvalError> {
    let several = |pairs: &&Pairs| pairs.seeds.len() > 1;
    let own = |pairs: &Pairs| (mean_and_variance(&pairs.differences).1, pairs.seeds.len() as f64 - 1.0);
    let variances: Vec<(f64, f64)> = pairs.iter().filter(several).map(own).collect();
    let prior = Prior::of(&variances);
    let mut corpora = Vec::new();
    let mut observed = Vec::new();
    for (of_corpus, units) in pairs.iter().zip(units) {
        let (difference, variance) = mean_and_variance(&of_corpus.differences);
        let n_pairs = of_corpus.seeds.len();
        let mut test = None;
        if n_pairs > 1 {
            let own = n_pairs as f64 - 1.0;
            let moderated = prior.map_or(variance, |prior| prior.moderated(variance, own));
            let degrees_of_freedom = own + prior.map_or(0.0, |prior| prior.degrees_of_freedom);
            let n_units = grid.corpora[of_corpus.corpus].units;
            let noise = noise(moderated, n_pairs, degrees_of_freedom, *units, n_units)?;
            test = Some(one_test(grid, difference, [variance, moderated], n_pairs, noise));
            let of_mean = (moderated / n_pairs as f64 + units.common).max(units.these_runs);
            observed.push(Observed { corpus: of_corpus.corpus, difference, variance: of_mean, degrees_of_freedom });
        }
        corpora.push(CorpusTest { corpus: of_corpus.corpus, n_pairs, difference, test });
    }
    let shrunken = prior.and_then(|_| Shrunken::of(&observed, grid.level));
    Ok(OfCorpora { prior, corpora, shrunken })
}

fn noise(
    variance: f64,
    n_pairs: usize,
    degrees_of_freedom: f64,
    units: UnitNoise,
    n_units: usize,
) -> Result<Noise, EvalError> {
    Ok(Noise {
        seeds: (variance / n_pairs as f64).sqrt(),
        seeds_degrees_of_freedom: degrees_of_freedom,
        units: Quantity::StandardError.finite(units.common.sqrt())?,
        fixed_runs: Quantity::StandardError.finite(units.these_runs.sqrt())?,
        units_degrees_of_freedom: n_units.saturating_sub(1).max(1) as f64,
    })
}

fn one_test(grid: &Grid, difference: f64, variances: [f64; 2], n_pairs: usize, noise: Noise) -> OneTest {
    let [variance, moderated_variance] = variances;
    let margin = margin_at(&noise, grid.level);
    let p_value = p_value(&noise, difference.abs(), n_pairs);
    OneTest {
        variance,
        moderated_variance,
        degrees_of_freedom: noise.seeds_degrees_of_freedom,
        margin,
        interval: interval(difference, margin),
        p_value,
        adjusted: p_value,
        noise,
    }
}
