//! What the runs of a grid say of its methods over all corpora, by the analysis of `welt_eval::verdict`.
//! Sections with their runs go in; a verdict for every method comes out, and every difference on a single corpus takes its
//! test from it.
//!
//! Sections of one grid, program, device and encoder are one group; Holm's families are those of a group.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use welt_eval::verdict::{
    self, Corpus, Grid, MethodVerdict, OneTest, Pairs, Primary, Reading, Run, UnitNoise, judge, primary_of,
};
use welt_eval::{Counts, ZeroDivision};
use welt_settings::Weighting;

use super::differences::{LEVEL, RowResult, SectionResult, difference_of_seeds, unit_noise};
use super::evidence::Finished;
use super::sections::order;
use crate::statistics::quantile;

/// Sections that are judged together.
#[derive(Debug)]
pub struct Group {
    /// The indices of the sections.
    pub sections: Vec<usize>,
    /// The corpora, with the texts that each is made of.
    pub corpora: Vec<(String, String)>,
    /// Whether the plans say of every corpus which texts it is made of.
    pub sources_are_known: bool,
    /// So many points of F1 are too few to matter.
    pub margin: f64,
    pub methods: Vec<JudgedMethod>,
    /// How many tests of single corpora there are.
    pub n_corpus_tests: usize,
}

/// A method that was compared with vanilla.
#[derive(Debug)]
pub struct JudgedMethod {
    pub weighting: Weighting,
    pub verdict: MethodVerdict,
    /// By precision and by recall, over the same pairs.
    pub precision: Primary,
    pub recall: Primary,
    /// The mean difference of F1 on dev over the same pairs, in points; none where a run has no score on dev, or learnt
    /// from it.
    pub dev: Option<f64>,
}

impl JudgedMethod {
    /// The test that its word rests on.
    pub fn primary(&self) -> &Primary {
        &self.verdict.trained.primary
    }
}

impl Group {
    /// How many different texts the corpora are made of.
    pub fn n_sources(&self) -> usize {
        let mut sources: Vec<&str> = self.corpora.iter().map(|(_, source)| source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.len()
    }
}

/// A corpus and a method by their indices, and the seeds of their pairs.
type Compared = (usize, usize, Vec<u64>);

/// Judges all groups, in the order of their first sections, and gives every difference on a corpus its test.
pub fn judge_all(sections: &mut [SectionResult]) -> Result<Vec<Group>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        match groups.iter_mut().find(|group| sections[group[0]].section.kind() == section.section.kind()) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups.into_iter().map(|group| judge_group(sections, group)).collect()
}

fn judge_group(sections: &mut [SectionResult], members: Vec<usize>) -> Result<Group> {
    let of: Vec<&SectionResult> = members.iter().map(|index| &sections[*index]).collect();
    let weightings = compared(&of);
    let sources: Vec<String> = of.iter().map(|section| section.section.source()).collect();
    let margin = of.iter().map(|section| section.section.margin).fold(f64::INFINITY, f64::min);
    let rows: Vec<Vec<Option<&RowResult>>> = of.iter().map(|section| rows_of(section, &weightings)).collect();
    let grid = grid(&of, &rows, &weightings, (&sources, margin));
    let known: RefCell<HashMap<Compared, UnitNoise>> = RefCell::default();
    let noise = |pairs: &Pairs| -> Result<UnitNoise> {
        let key = (pairs.corpus, pairs.method, pairs.seeds.clone());
        if let Some(noise) = known.borrow().get(&key) {
            return Ok(*noise);
        }
        let section = of[pairs.corpus];
        let row = rows[pairs.corpus][pairs.method].context("a method without runs has pairs")?;
        let noise = unit_noise(section, row, &pairs.seeds).with_context(|| section.section.dataset.clone())?;
        known.borrow_mut().insert(key, noise);
        Ok(noise)
    };
    let judgement = judge(&grid, noise)?;
    let by = |score: fn(&Counts) -> f64| {
        let score = |corpus: usize, method: Option<usize>, seed: u64| {
            run_of(&of, &rows, (corpus, method, seed)).map_or(0.0, |run| 100.0 * score(&run.counts()))
        };
        // Over few sources the noise of these scores over sentences is not known; their test is then not shown.
        primary_of(&grid, Reading::Trained, score, |_| {
            Ok::<_, anyhow::Error>(UnitNoise { common: 0.0, these_runs: 0.0 })
        })
    };
    let precision = by(|counts| counts.precision(ZeroDivision::Zero))?;
    let recall = by(|counts| counts.recall(ZeroDivision::Zero))?;
    let dev = dev_differences(&of, &rows, &grid)?;
    let n_corpus_tests = judgement.n_corpus_tests;
    let corpora = of.iter().map(|section| section.section.dataset.clone()).zip(sources).collect();
    let sources_are_known = of.iter().all(|section| section.section.source.is_some());
    let scores = precision.into_iter().zip(recall).zip(dev);
    let methods: Vec<JudgedMethod> = (weightings.into_iter().zip(judgement.methods).zip(scores))
        .map(|((weighting, verdict), ((precision, recall), dev))| JudgedMethod {
            weighting,
            verdict,
            precision,
            recall,
            dev,
        })
        .collect();
    for (corpus, index) in members.iter().enumerate() {
        take_tests(&mut sections[*index], corpus, &methods, n_corpus_tests)?;
    }
    Ok(Group { sections: members, corpora, sources_are_known, margin, methods, n_corpus_tests })
}

/// What is compared with vanilla: every loss once, in the order of tables.
fn compared(sections: &[&SectionResult]) -> Vec<Weighting> {
    let mut found: Vec<Weighting> = Vec::new();
    for section in sections {
        let vanilla = section.vanilla().map(|row| &row.row.runs);
        for row in section.methods() {
            let weighting = row.row.weighting;
            if Some(&row.row.runs) != vanilla && !row.row.is_vanilla() && !found.contains(&weighting) {
                found.push(weighting);
            }
        }
    }
    found.sort_by_key(|weighting| order(*weighting));
    found
}

/// The row of each weighting, where the section has runs of it that are not those of another row.
fn rows_of<'s, 'a>(section: &'s SectionResult<'a>, weightings: &[Weighting]) -> Vec<Option<&'s RowResult<'a>>> {
    let methods = section.methods();
    let row = |weighting: &Weighting| methods.iter().copied().find(|row| row.row.weighting == *weighting);
    weightings.iter().map(row).collect()
}

fn grid(
    sections: &[&SectionResult],
    rows: &[Vec<Option<&RowResult>>],
    weightings: &[Weighting],
    (sources, margin): (&[String], f64),
) -> Grid {
    let runs = |row: Option<&RowResult>| -> BTreeMap<u64, Run> {
        let run =
            |(seed, run): &(u64, &Finished)| (*seed, Run { f1: 100.0 * run.f1(), right: run.counts().true_positives });
        row.into_iter().flat_map(|row| &row.runs).map(run).collect()
    };
    let corpus = |((section, rows), source): ((&&SectionResult, &Vec<Option<&RowResult>>), &String)| Corpus {
        name: section.section.dataset.clone(),
        source: source.clone(),
        units: section.rows.iter().find_map(|row| row.runs.first()).map_or(0, |(_, run)| run.sentences.len()),
        vanilla: runs(section.vanilla()),
        methods: rows.iter().map(|row| runs(*row)).collect(),
    };
    Grid {
        level: LEVEL,
        margin: margin.min(100.0),
        methods: weightings.iter().map(|weighting| super::sections::name(*weighting)).collect(),
        corpora: sections.iter().zip(rows).zip(sources).map(corpus).collect(),
    }
}

/// The run of a method or vanilla on a corpus with a seed.
fn run_of<'a>(
    sections: &[&SectionResult<'a>],
    rows: &[Vec<Option<&RowResult<'a>>>],
    (corpus, method, seed): (usize, Option<usize>, u64),
) -> Option<&'a Finished> {
    let row = match method {
        Some(method) => rows[corpus][method],
        None => sections[corpus].vanilla(),
    };
    row?.runs.iter().find(|(known, _)| *known == seed).map(|(_, run)| *run)
}

/// The mean difference of each method on dev.
fn dev_differences(
    sections: &[&SectionResult],
    rows: &[Vec<Option<&RowResult>>],
    grid: &Grid,
) -> Result<Vec<Option<f64>>> {
    if sections.iter().any(|section| section.section.learns_from_dev()) {
        return Ok(vec![None; grid.methods.len()]);
    }
    let score = |corpus, method, seed| run_of(sections, rows, (corpus, method, seed)).and_then(Finished::dev_f1);
    let points = |corpus, method, seed| score(corpus, method, seed).map_or(0.0, |score| 100.0 * score);
    let unknown = UnitNoise { common: 0.0, these_runs: 0.0 };
    let found = primary_of(grid, Reading::Trained, points, |_| Ok::<_, anyhow::Error>(unknown))?;
    let is_known = |method: usize| {
        let seeds = |corpus: usize| grid.corpora[corpus].methods[method].keys().map(move |seed| (corpus, *seed));
        let mut pairs = (0..grid.corpora.len()).flat_map(seeds);
        pairs.all(|(corpus, seed)| {
            let of_vanilla = grid.corpora[corpus].vanilla.contains_key(&seed);
            !of_vanilla || (score(corpus, Some(method), seed).is_some() && score(corpus, None, seed).is_some())
        })
    };
    let difference =
        |(method, of): (usize, &Primary)| (of.basis.is_some() && is_known(method)).then_some(of.difference);
    Ok(found.iter().enumerate().map(difference).collect())
}

/// Gives every difference of a section the test of its corpus: with the variances of all corpora, over the pairs in which
/// neither run collapsed.
fn take_tests(section: &mut SectionResult, corpus: usize, methods: &[JudgedMethod], n_tests: usize) -> Result<()> {
    let mut visible: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    for judged in methods {
        let Some(row) = section.rows.iter().position(|row| row.row.weighting == judged.weighting) else { continue };
        let runs = section.rows[row].row.runs.clone();
        let found = judged.verdict.corpora.corpora.iter().find(|of| of.corpus == corpus);
        let trained = trained_seeds(section, &section.rows[row]);
        let mut difference = section.rows[row].difference.clone();
        if let Some(of) = &mut difference
            && trained.len() < of.by_seed.len()
        {
            let n_left_out = of.by_seed.len() - trained.len();
            if let Some(restricted) = difference_of_seeds(section, &section.rows[row], &trained)? {
                *of = restricted;
            }
            of.n_left_out = n_left_out;
        }
        if let (Some(of), Some(test)) = (&mut difference, found.and_then(|found| found.test)) {
            let [lower, upper] = test.interval.map(|end| end / 100.0);
            (of.lower, of.upper, of.p_value, of.adjusted) = (lower, upper, test.p_value, Some(test.adjusted));
            let mut push = |at: usize, level: f64, test: &OneTest| visible[at].extend(test.visible(level));
            push(0, LEVEL, &test);
            push(1, LEVEL / n_tests.max(1) as f64, &test);
        }
        for row in section.rows.iter_mut().filter(|row| row.row.runs == runs) {
            row.difference.clone_from(&difference);
        }
    }
    let [alone, first] = visible.map(|all| (!all.is_empty()).then(|| quantile(&all, 0.5) / 100.0));
    (section.visible, section.visible_first) = (alone, first);
    Ok(())
}

/// The seeds of pairs in which neither run collapsed, by the best run of all methods on the corpus.
fn trained_seeds(section: &SectionResult, row: &RowResult) -> Vec<u64> {
    let runs = |row: &RowResult| -> BTreeMap<u64, Run> {
        let run =
            |(seed, run): &(u64, &Finished)| (*seed, Run { f1: 100.0 * run.f1(), right: run.counts().true_positives });
        row.runs.iter().map(run).collect()
    };
    let corpus = Corpus {
        name: String::new(),
        source: String::new(),
        units: 0,
        vanilla: section.vanilla().map(runs).unwrap_or_default(),
        methods: std::iter::once(row).chain(section.rows.iter()).map(runs).collect(),
    };
    let bad = [verdict::collapsed(&corpus, Some(0)), verdict::collapsed(&corpus, None)].concat();
    let seeds = corpus.methods[0].keys().filter(|seed| corpus.vanilla.contains_key(seed) && !bad.contains(seed));
    seeds.copied().collect()
}
