//! What the runs of a method say of it beside vanilla's: scores, differences, intervals, tests and the noise floor.
//! Sections and their runs go in, numbers from 0 to 1 come out.
//!
//! - **One seed**: the interval is the paired bootstrap's over the sentences of the test set. It is about these two models,
//!   for what another seed would have given is not known, and belongs to no family of tests.
//! - **Several seeds**: the runs of a seed are a pair, and pairs in which a run collapsed are left out. Interval and test are
//!   by Student's t over seeds and sentences, with the variances of all corpora (`judgement.rs`).
//! - **Noise floor**: how far the means of two sets of vanilla runs, equal but for their seeds, lie apart in 19 of 20
//!   cases: t · s · √(2 / n), with the standard deviation s of vanilla's F1 over seeds, pooled over the corpora of a grid
//!   by degrees of freedom where a corpus has fewer than five seeds of its own.

use anyhow::{Context, Result, bail};
use welt_eval::ZeroDivision;
use welt_eval::uncertainty::{
    Bounds, Exactness, Method, Resampling, Seeds, Shuffling, Units, compare_over_seeds, paired_bootstrap,
    randomization, student,
};
use welt_eval::verdict::UnitNoise;
use welt_record::Row;
use welt_settings::Weighting;

use super::counting::{Errors, Scorer};
use super::evidence::Finished;
use super::judgement::{Group, judge_all};
use super::sections::Section;
use super::store::Evidence;
use crate::statistics::{deviation, mean};

/// The level of all tests.
pub const LEVEL: f64 = 0.05;

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
    /// The sections by grid and encoder, with a verdict for every method.
    pub groups: Vec<Group>,
}

#[derive(Debug)]
pub struct SectionResult<'a> {
    pub section: &'a Section,
    pub rows: Vec<RowResult<'a>>,
    /// The noise of one run of vanilla; none where no seeds were varied.
    pub floor: Option<Floor>,
    /// The smallest difference of F1 that one test of the middle method sees; none where no seeds were varied.
    pub visible: Option<f64>,
    /// The same for the first of all tests that Holm's adjustment looks at.
    pub visible_first: Option<f64>,
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
    /// How many pairs were left out because one of their runs collapsed; all of them where none is left.
    pub n_left_out: usize,
}

/// The noise of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// The standard deviation of F1 over seeds.
    pub deviation: f64,
    pub degrees_of_freedom: f64,
    /// How many corpora it was pooled over.
    pub corpora: usize,
}

impl Floor {
    /// How far two means of so many runs lie apart by chance in all but one of twenty cases.
    pub fn of_means(&self, n: usize) -> f64 {
        student::quantile_beyond(LEVEL, self.degrees_of_freedom) * self.deviation * (2.0 / n as f64).sqrt()
    }
}

impl Difference {
    /// Whether its test, after Holm, is below the level.
    pub fn is_significant(&self) -> bool {
        self.adjusted.is_some_and(|adjusted| adjusted < LEVEL)
    }

    /// Whether seeds were varied, so that the test is about methods and not about two models.
    pub fn is_over_seeds(&self) -> bool {
        self.by_seed.len() > 1
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

    /// How many errors a run has, the mean over runs.
    pub fn errors(&self) -> f64 {
        let count = |run: &Finished| run.errors.spurious + run.errors.missed + run.errors.overlaps.total();
        mean(&self.each(|run| count(run) as f64))
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

    /// How many seeds each method shares with vanilla.
    pub fn seeds(&self) -> Vec<usize> {
        let vanilla = self.vanilla().map(|vanilla| &vanilla.runs[..]).unwrap_or_default();
        let others = self.methods().into_iter().filter(|row| row.difference.is_some());
        others.map(|row| pairs(&row.runs, vanilla).len()).collect()
    }

    /// Whether a weighting shows the runs of vanilla here.
    pub fn shares_vanilla(&self, weighting: Weighting) -> bool {
        self.rows.iter().any(|row| row.row.weighting == weighting && row.row.is_vanilla())
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
        results.push(SectionResult { section, rows, floor: None, visible: None, visible_first: None, controls });
    }
    let floors: Vec<Option<Floor>> = results.iter().map(|of| floor(&results, of, Scorer::Default)).collect();
    for (result, floor) in results.iter_mut().zip(floors) {
        result.floor = floor;
    }
    let groups = judge_all(&mut results)?;
    Ok(Results { evidence, sections: results, groups })
}

/// The difference of a row to vanilla with these seeds alone; none without any.
pub fn difference_of_seeds(section: &SectionResult, row: &RowResult, seeds: &[u64]) -> Result<Option<Difference>> {
    difference(&pairs_of(section, row, seeds), Scorer::Default)
}

fn pairs_of<'a>(section: &SectionResult<'a>, row: &RowResult<'a>, seeds: &[u64]) -> Vec<Pair<'a>> {
    let vanilla = section.vanilla().map(|vanilla| &vanilla.runs[..]).unwrap_or_default();
    pairs(&row.runs, vanilla).into_iter().filter(|(seed, ..)| seeds.contains(seed)).collect()
}

/// What the test set adds to the noise of the mean difference over these seeds, in points squared.
pub fn unit_noise(section: &SectionResult, row: &RowResult, seeds: &[u64]) -> Result<UnitNoise> {
    let pairs = pairs_of(section, row, seeds);
    let statistic = |sum: &[u64]| Scorer::Default.f1(sum);
    let units = |run: &Finished| run.sentences.units(Scorer::Default);
    let points = |standard_error: f64| (100.0 * standard_error).powi(2);
    if let [(_, run, vanilla)] = pairs[..] {
        // One pair does not tell what all pairs have in common: this is all of its noise.
        let found = paired_bootstrap(&units(run)?, &units(vanilla)?, statistic, &RESAMPLING)?.difference;
        let all = points(found.standard_error);
        return Ok(UnitNoise { common: all, these_runs: all });
    }
    let runs = pairs.iter().map(|(_, run, _)| units(run)).collect::<Result<Vec<Units>>>()?;
    let vanilla = pairs.iter().map(|(.., vanilla)| units(vanilla)).collect::<Result<Vec<Units>>>()?;
    let found = compare_over_seeds(&runs, &vanilla, Seeds::Paired, statistic, &RESAMPLING)?.difference;
    Ok(match found.interval.method {
        Method::Student { units_standard_error, fixed_runs_standard_error, .. } => {
            UnitNoise { common: points(units_standard_error), these_runs: points(fixed_runs_standard_error) }
        }
        // Differences over seeds are always by Student's t.
        _ => UnitNoise { common: points(found.standard_error), these_runs: points(found.standard_error) },
    })
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
    if rest.is_empty() {
        let (run, vanilla) = (first.sentences.units(scorer)?, second.sentences.units(scorer)?);
        let found = paired_bootstrap(&run, &vanilla, statistic, &RESAMPLING)?.difference;
        let test = randomization(&run, &vanilla, statistic, &SHUFFLING)?;
        return Ok(Some(Difference {
            mean: found.observed,
            lower: found.interval.lower,
            upper: found.interval.upper,
            p_value: test.p_value,
            adjusted: None,
            n_left_out: 0,
            by_seed,
        }));
    }
    let units = |run: &Finished| run.sentences.units(scorer);
    let runs = pairs.iter().map(|(_, run, _)| units(run)).collect::<Result<Vec<Units>>>()?;
    let vanilla = pairs.iter().map(|(.., vanilla)| units(vanilla)).collect::<Result<Vec<Units>>>()?;
    let found = compare_over_seeds(&runs, &vanilla, Seeds::Paired, statistic, &RESAMPLING)?;
    let interval = found.difference.interval;
    Ok(Some(Difference {
        mean: found.difference.observed,
        lower: interval.lower,
        upper: interval.upper,
        p_value: found.p_value,
        adjusted: None,
        n_left_out: 0,
        by_seed,
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
        return Some(Floor { deviation: deviation(&own), degrees_of_freedom: own.len() as f64 - 1.0, corpora: 1 });
    }
    if of.vanilla_collapsed() {
        return None;
    }
    let alike = alike(results, of);
    let varied: Vec<Vec<f64>> = alike.filter_map(f1).filter(|scores| scores.len() > 1).collect();
    let degrees_of_freedom: f64 = varied.iter().map(|scores| scores.len() as f64 - 1.0).sum();
    let squares: f64 = varied.iter().map(|scores| deviation(scores).powi(2) * (scores.len() as f64 - 1.0)).sum();
    let deviation = (squares / degrees_of_freedom).sqrt();
    (degrees_of_freedom > 0.0).then_some(Floor { deviation, degrees_of_freedom, corpora: varied.len() })
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
