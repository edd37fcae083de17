//! What the runs of a method say of it beside vanilla's: scores, differences, intervals, tests and the noise floor.
//! Sections and their runs go in, numbers from 0 to 1 come out.
//!
//! - **One seed**: the interval is the paired bootstrap's over the sentences of the test set, the test is paired
//!   randomization. Both are about these two models, for what another seed would have given is not known.
//! - **Several seeds**: the runs of a seed are a pair; interval and test are by Student's t over seeds and sentences.
//! - **Family**: all differences of F1 to vanilla in the report; their p-values are adjusted by Holm's method.
//! - **Noise floor**: how far the means of two sets of vanilla runs, equal but for their seeds, lie apart in 19 of 20
//!   cases: t · s · √(2 / n), with the standard deviation s of vanilla's F1 over seeds, pooled over the corpora of a grid
//!   by degrees of freedom where a corpus has fewer than five seeds of its own.

use anyhow::{Context, Result, bail};
use welt_eval::ZeroDivision;
use welt_eval::uncertainty::{
    Bounds, Exactness, Method, Resampling, Seeds, Shuffling, Units, compare_over_seeds, holm, paired_bootstrap,
    randomization, student,
};
use welt_record::Row;

use super::counting::{Errors, Scorer};
use super::evidence::Finished;
use super::power::{LEVEL, Noise, PairNoise, SeedNoise};
use super::sections::Section;
use super::store::Evidence;
use crate::statistics::{deviation, mean, quantile};

const RESAMPLING: Resampling = Resampling {
    resamples: 10_000,
    seed: 1,
    confidence: 0.95,
    bounds: Bounds::Percentile,
    exactness: Exactness::WhereFeasible,
};

const SHUFFLING: Shuffling = Shuffling { rounds: 10_000, seed: 1, exactness: Exactness::WhereFeasible };

/// As many seeds tell the noise of their corpus well enough without that of others.
const SEEDS_OF_ITS_OWN: usize = 5;

/// All that was computed.
#[derive(Debug)]
pub struct Results<'a> {
    pub evidence: &'a Evidence,
    pub sections: Vec<SectionResult<'a>>,
    /// How many tests Holm's method was told of.
    pub family: usize,
}

#[derive(Debug)]
pub struct SectionResult<'a> {
    pub section: &'a Section,
    pub rows: Vec<RowResult<'a>>,
    /// The noise of one run of vanilla; none where no seeds were varied.
    pub floor: Option<Floor>,
    /// The smallest difference of F1 that could be seen, with as many seeds as the rows have.
    pub visible: Option<f64>,
    /// The variance of the difference of one pair of runs from seed to seed, pooled over the methods and corpora of a grid;
    /// none where no seeds were varied, or vanilla collapsed in one run and not in another.
    pub seed_variance: Option<f64>,
    /// What the test of one seed makes of methods that are equal.
    pub controls: Vec<Control>,
}

#[derive(Debug)]
pub struct RowResult<'a> {
    pub row: &'a Row,
    /// In the order of the seeds.
    pub runs: Vec<(u64, &'a Finished)>,
    /// None for vanilla, and where no seed has a result of both.
    pub difference: Option<Difference>,
}

/// The F1 of a method less that of vanilla.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub by_seed: Vec<(u64, f64)>,
    pub mean: f64,
    pub lower: f64,
    pub upper: f64,
    pub p_value: f64,
    /// The p-value after Holm; none where the difference is not of the family.
    pub adjusted: Option<f64>,
    pub noise: Noise,
}

/// The noise of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// The standard deviation of F1 over seeds.
    pub deviation: f64,
    pub freedom: f64,
    /// How many corpora it was pooled over.
    pub corpora: usize,
}

impl Floor {
    /// How far two means of so many runs lie apart by chance in all but one of twenty cases.
    pub fn of_means(&self, n: usize) -> f64 {
        student::quantile_beyond(LEVEL, self.freedom) * self.deviation * (2.0 / n as f64).sqrt()
    }

    /// The floor if vanilla had so many seeds, and they spread as far.
    pub fn with_seeds(self, n: usize) -> Self {
        Self { freedom: self.freedom.max(n as f64 - 1.0), ..self }
    }
}

impl Difference {
    /// Whether its test, after Holm, is below the level.
    pub fn is_significant(&self) -> bool {
        self.adjusted.is_some_and(|adjusted| adjusted < LEVEL)
    }

    /// Whether seeds were varied.
    pub fn is_over_seeds(&self) -> bool {
        self.noise.seeds.is_some()
    }

    /// Whether it is significant over seeds and lies beyond the noise floor of as many runs.
    ///
    /// That of one seed never is: its test is about two models, not about what they were trained with.
    pub fn is_clear(&self, floor: Option<&Floor>) -> bool {
        let is_beyond = |floor: &Floor| self.mean.abs() > floor.of_means(self.by_seed.len());
        self.is_over_seeds() && self.is_significant() && floor.is_some_and(is_beyond)
    }
}

impl RowResult<'_> {
    /// A score of every run.
    pub fn each(&self, score: impl Fn(&Finished) -> f64) -> Vec<f64> {
        self.runs.iter().map(|(_, run)| score(run)).collect()
    }

    pub fn f1(&self) -> Vec<f64> {
        self.each(Finished::f1)
    }

    /// How many of the runs found not one entity.
    pub fn collapsed(&self) -> usize {
        self.f1().iter().filter(|f1| **f1 == 0.0).count()
    }

    pub fn precision(&self) -> Vec<f64> {
        self.each(|run| run.counts().precision(ZeroDivision::Zero))
    }

    pub fn recall(&self) -> Vec<f64> {
        self.each(|run| run.counts().recall(ZeroDivision::Zero))
    }

    /// Errors of Type-1, 2 and 3 for every hundred gold entities, the mean over runs.
    pub fn error_rates(&self) -> [f64; 3] {
        let rate = |count: fn(&Errors) -> usize| {
            let rates = self.each(|run| 100.0 * count(&run.errors) as f64 / run.counts().gold.max(1) as f64);
            mean(&rates)
        };
        [rate(|errors| errors.spurious), rate(|errors| errors.missed), rate(|errors| errors.overlaps.total())]
    }
}

impl<'a> Results<'a> {
    /// The differences to vanilla, each loss once.
    pub fn differences(&self) -> impl Iterator<Item = (&SectionResult<'a>, &RowResult<'a>, &Difference)> {
        self.sections.iter().flat_map(|section| {
            section.methods().into_iter().filter_map(move |row| Some((section, row, row.difference.as_ref()?)))
        })
    }

    /// The controls of all sections.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        self.sections.iter().flat_map(|section| &section.controls)
    }
}

impl<'a> SectionResult<'a> {
    pub fn vanilla(&self) -> Option<&RowResult<'a>> {
        self.rows.iter().find(|row| row.row.is_vanilla())
    }

    /// Whether a run of vanilla found no entity where another found some: how far such seeds spread says nothing of others.
    pub fn vanilla_collapsed(&self) -> bool {
        let collapsed = self.vanilla().map(RowResult::collapsed).unwrap_or_default();
        collapsed > 0 && self.vanilla().is_some_and(|row| collapsed < row.runs.len())
    }

    /// The rows with results, each loss once.
    pub fn methods(&self) -> Vec<&RowResult<'a>> {
        let mut methods: Vec<&RowResult> = Vec::new();
        for row in self.rows.iter().filter(|row| !row.runs.is_empty()) {
            if !methods.iter().any(|known| known.row.runs == row.row.runs) {
                methods.push(row);
            }
        }
        methods
    }

    /// The differences to vanilla, each loss once.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.methods().into_iter().filter_map(|row| row.difference.as_ref())
    }

    /// The mean difference to vanilla, seed by seed, of any score.
    pub fn gain(&self, row: &RowResult, score: impl Fn(&Finished) -> f64) -> Option<f64> {
        let gains: Vec<f64> = pairs(&row.runs, &self.vanilla()?.runs)
            .iter()
            .map(|(_, run, vanilla)| score(run) - score(vanilla))
            .collect();
        (!gains.is_empty()).then(|| mean(&gains))
    }

    /// The difference to vanilla by a scorer of Table 10; it belongs to no family.
    pub fn difference(&self, row: &RowResult, scorer: Scorer) -> Result<Option<Difference>> {
        let Some(vanilla) = self.vanilla().filter(|_| !row.row.is_vanilla()) else { return Ok(None) };
        difference(&pairs(&row.runs, &vanilla.runs), scorer).with_context(|| self.section.dataset.clone())
    }
}

/// The runs of a method and those of vanilla that share their seeds.
type Pair<'a> = (u64, &'a Finished, &'a Finished);

fn pairs<'a>(runs: &[(u64, &'a Finished)], vanilla: &[(u64, &'a Finished)]) -> Vec<Pair<'a>> {
    let pair = |(seed, run): &(u64, &'a Finished)| {
        let (_, vanilla) = vanilla.iter().find(|(known, _)| known == seed)?;
        Some((*seed, *run, *vanilla))
    };
    runs.iter().filter_map(pair).collect()
}

/// Computes everything.
pub fn results<'a>(sections: &'a [Section], evidence: &'a Evidence) -> Result<Results<'a>> {
    let mut results = Vec::new();
    for section in sections {
        let vanilla = section.vanilla().map(|row| evidence.finished(row)).unwrap_or_default();
        let mut rows: Vec<RowResult> = Vec::new();
        for row in &section.rows {
            let runs = evidence.finished(row);
            // Rows of one loss have one difference.
            let known = rows.iter().find(|known| known.row.runs == row.runs).map(|known| known.difference.clone());
            let difference = match known {
                Some(difference) => difference,
                None if row.is_vanilla() => None,
                None => difference(&pairs(&runs, &vanilla), Scorer::Default)
                    .with_context(|| format!("{}, {}", section.dataset, section.encoder()))?,
            };
            rows.push(RowResult { row, runs, difference });
        }
        let controls = controls(&vanilla)?;
        results.push(SectionResult { section, rows, floor: None, visible: None, seed_variance: None, controls });
    }
    let floors: Vec<Option<Floor>> = results.iter().map(|of| floor(&results, of, Scorer::Default)).collect();
    let variances: Vec<Option<f64>> = results.iter().map(|of| seed_variance(&results, of)).collect();
    for ((result, floor), variance) in results.iter_mut().zip(floors).zip(variances) {
        (result.floor, result.seed_variance) = (floor, variance);
        result.visible = visible(result);
    }
    let family = adjust(&mut results)?;
    Ok(Results { evidence, sections: results, family })
}

/// Adjusts the p-values of all differences, each counted once however many rows show it.
fn adjust(results: &mut [SectionResult]) -> Result<usize> {
    let mut tests: Vec<(usize, &Row)> = Vec::new();
    let mut p_values = Vec::new();
    let mut test_indices: Vec<Vec<Option<usize>>> = Vec::new();
    for (index, result) in results.iter().enumerate() {
        test_indices.push(Vec::new());
        for row in &result.rows {
            let test_index = row.difference.as_ref().map(|difference| {
                let known = tests.iter().position(|(section, known)| *section == index && known.runs == row.row.runs);
                known.unwrap_or_else(|| {
                    tests.push((index, row.row));
                    p_values.push(difference.p_value);
                    tests.len() - 1
                })
            });
            test_indices[index].push(test_index);
        }
    }
    let adjusted = holm(&p_values)?;
    for (result, test_indices) in results.iter_mut().zip(test_indices) {
        for (row, test_index) in result.rows.iter_mut().zip(test_indices) {
            if let (Some(difference), Some(test_index)) = (&mut row.difference, test_index) {
                difference.adjusted = Some(adjusted[test_index]);
            }
        }
    }
    Ok(p_values.len())
}

fn difference(pairs: &[Pair], scorer: Scorer) -> Result<Option<Difference>> {
    let Some(((_, first, second), rest)) = pairs.split_first() else { return Ok(None) };
    let by_seed: Vec<(u64, f64)> = (pairs.iter())
        .map(|(seed, run, vanilla)| (*seed, run.sentences.f1(scorer) - vanilla.sentences.f1(scorer)))
        .collect();
    if let Some((seed, ..)) = pairs.iter().find(|(_, run, vanilla)| !same_test(first, run, vanilla)) {
        bail!(
            "seed {seed}: the test sets of two runs differ in their gold entities; were runs of other data copied here?"
        );
    }
    let statistic = |sum: &[u64]| scorer.f1(sum);
    let units_freedom = first.sentences.len().saturating_sub(1).max(1) as f64;
    if rest.is_empty() {
        let (run, vanilla) = (first.sentences.units(scorer)?, second.sentences.units(scorer)?);
        let found = paired_bootstrap(&run, &vanilla, statistic, &RESAMPLING)?.difference;
        let test = randomization(&run, &vanilla, statistic, &SHUFFLING)?;
        let noise = Noise { seeds: None, units: found.standard_error.powi(2), units_freedom };
        return Ok(Some(Difference {
            mean: found.observed,
            lower: found.interval.lower,
            upper: found.interval.upper,
            p_value: test.p_value,
            adjusted: None,
            by_seed,
            noise,
        }));
    }
    let units = |run: &Finished| run.sentences.units(scorer);
    let runs = pairs.iter().map(|(_, run, _)| units(run)).collect::<Result<Vec<Units>>>()?;
    let vanilla = pairs.iter().map(|(.., vanilla)| units(vanilla)).collect::<Result<Vec<Units>>>()?;
    let found = compare_over_seeds(&runs, &vanilla, Seeds::Paired, statistic, &RESAMPLING)?;
    let interval = found.difference.interval;
    let (seeds, units) = match interval.method {
        Method::Student { seeds_standard_error, units_standard_error, .. } => {
            (seeds_standard_error.powi(2), units_standard_error.powi(2))
        }
        // Differences over seeds are always by Student's t.
        _ => (0.0, found.difference.standard_error.powi(2)),
    };
    let seeds = Some(SeedNoise { variance: seeds, freedom: pairs.len() as f64 - 1.0 });
    Ok(Some(Difference {
        mean: found.difference.observed,
        lower: interval.lower,
        upper: interval.upper,
        p_value: found.p_value,
        adjusted: None,
        by_seed,
        noise: Noise { seeds, units, units_freedom },
    }))
}

fn same_test(first: &Finished, run: &Finished, vanilla: &Finished) -> bool {
    first.sentences.same_test(&run.sentences) && first.sentences.same_test(&vanilla.sentences)
}

/// The sections whose seeds spread like those of a section: of its kind, and without a run of vanilla that collapsed.
fn alike<'r, 'a>(results: &'r [SectionResult<'a>], of: &SectionResult) -> impl Iterator<Item = &'r SectionResult<'a>> {
    let kind = of.section.kind();
    results.iter().filter(move |other| other.section.kind() == kind && !other.vanilla_collapsed())
}

/// The noise floor of a section by a scorer; none where vanilla has no two seeds in any section of its kind, or collapsed
/// in one of a few.
pub fn floor(results: &[SectionResult], of: &SectionResult, scorer: Scorer) -> Option<Floor> {
    let f1 = |section: &SectionResult| section.vanilla().map(|row| row.each(|run| run.sentences.f1(scorer)));
    let own = f1(of).unwrap_or_default();
    if own.len() >= SEEDS_OF_ITS_OWN {
        return Some(Floor { deviation: deviation(&own), freedom: own.len() as f64 - 1.0, corpora: 1 });
    }
    if of.vanilla_collapsed() {
        return None;
    }
    let alike = alike(results, of);
    let varied: Vec<Vec<f64>> = alike.filter_map(f1).filter(|scores| scores.len() > 1).collect();
    let freedom: f64 = varied.iter().map(|scores| scores.len() as f64 - 1.0).sum();
    let squares: f64 = varied.iter().map(|scores| deviation(scores).powi(2) * (scores.len() as f64 - 1.0)).sum();
    (freedom > 0.0).then(|| Floor { deviation: (squares / freedom).sqrt(), freedom, corpora: varied.len() })
}

/// The noise of seeds of all differences of a section's kind, pooled by degrees of freedom.
fn seed_variance(results: &[SectionResult], of: &SectionResult) -> Option<f64> {
    if of.vanilla_collapsed() {
        return None;
    }
    let (mut squares, mut freedom) = (0.0, 0.0);
    for difference in alike(results, of).flat_map(SectionResult::differences) {
        if let Some(seeds) = difference.noise.seeds {
            squares += seeds.variance * difference.by_seed.len() as f64 * seeds.freedom;
            freedom += seeds.freedom;
        }
    }
    (freedom > 0.0).then(|| squares / freedom)
}

/// The smallest difference of F1 that a method with as many seeds as most have could show, by the noise of seeds of the
/// section and the noise of sentences of its middle method. None where vanilla collapsed in one run and not in another.
fn visible(of: &SectionResult) -> Option<f64> {
    if of.vanilla_collapsed() {
        return None;
    }
    let units: Vec<f64> = of.differences().map(|difference| difference.noise.units).collect();
    let n = of.differences().map(|difference| difference.by_seed.len()).max()?;
    let units_freedom = of.differences().next()?.noise.units_freedom;
    let units = quantile(&units, 0.5);
    let noise = match of.seed_variance {
        Some(seeds) if n > 1 => PairNoise { seeds, units, units_freedom }.over(n),
        _ => Noise { seeds: None, units, units_freedom },
    };
    noise.smallest_difference(LEVEL)
}

/// Two vanilla runs of seeds that follow each other, tested as two methods of one seed would be.
#[derive(Debug)]
pub struct Control {
    pub seeds: [u64; 2],
    pub difference: Difference,
}

/// The A/A control of a section: every two runs of vanilla that follow each other.
fn controls(vanilla: &[(u64, &Finished)]) -> Result<Vec<Control>> {
    let mut controls = Vec::new();
    for pair in vanilla.windows(2) {
        let [(first, one), (second, other)] = pair else { continue };
        if let Some(difference) = difference(&[(*second, *other, *one)], Scorer::Default)? {
            controls.push(Control { seeds: [*first, *second], difference });
        }
    }
    Ok(controls)
}
