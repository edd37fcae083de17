//! What the results show, in sentences that say no more than the tests do.
//! Results go in; sentences and key numbers come out.

use super::differences::{Control, Difference, LEVEL, Results, RowResult, SectionResult};
use super::document::KeyNumber;
use super::formatting::{p_value, points};
use super::judgement::{Group, JudgedMethod};
use super::published::Published;
use super::sections::name;
use crate::statistics::{quantile, range};
use welt_eval::verdict::{Basis, Primary, Word};

/// The numbers that stand out.
pub fn key_numbers(results: &Results) -> Vec<KeyNumber> {
    let runs = results.evidence.runs.len();
    let number = |value: String, meaning: &str| KeyNumber { value, meaning: meaning.to_owned() };
    let mut numbers = vec![number(format!("{} of {runs}", results.evidence.n_finished()), "runs have a result")];
    let verdicts = || results.groups.iter().flat_map(|group| &group.methods).map(|judged| &judged.verdict.trained);
    let known = verdicts().filter(|verdict| verdict.word != Word::NotKnown).count();
    numbers.push(number(format!("{known} of {}", verdicts().count()), "methods of which something is known"));
    let visible: Vec<f64> = verdicts().filter_map(|verdict| verdict.visible_first).collect();
    if !visible.is_empty() {
        let middle = quantile(&visible, 0.5);
        let meaning = "points of F1: the smallest difference of a method that would be seen four times of five, adjusted for all \
                       methods, the median over methods";
        numbers.push(number(format!("{middle:.1}"), meaning));
    }
    let gaps: Vec<f64> = results.controls().map(|of| of.difference.mean.abs()).collect();
    if !gaps.is_empty() {
        let middle = 100.0 * quantile(&gaps, 0.5);
        let meaning = format!(
            "points between two vanilla runs that differ in their seeds alone, the median of {}",
            if gaps.len() == 1 { "one pair".to_owned() } else { format!("{} pairs", gaps.len()) }
        );
        numbers.push(number(format!("{middle:.2}"), &meaning));
    }
    numbers
}

/// What is found, in sentences.
pub fn sentences(results: &Results, published: Option<&Published>) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(results.groups.iter().flat_map(|group| by_precision_and_recall(results, group)));
    found.extend(single_corpora(results));
    found.extend(collapses(results));
    found.extend(control(results));
    found.extend(power(results));
    found.extend(published.and_then(|published| foreign_encoders(results, published)));
    found
}

/// Which methods raise or lower precision or recall over sources.
fn by_precision_and_recall(results: &Results, group: &Group) -> Vec<String> {
    let of_group = match results.groups.len() {
        1 => String::new(),
        _ => format!(" with {}", results.sections[group.sections[0]].section.encoder()),
    };
    let moved = |score: &str, of: &dyn Fn(&JudgedMethod) -> &Primary| {
        let named = |judged: &JudgedMethod| {
            let primary = of(judged);
            let test = primary.test.filter(|_| matches!(primary.basis, Some(Basis::Sources { .. })))?;
            let by = points(primary.difference / 100.0);
            (test.adjusted < LEVEL).then(|| format!("{} ({by}, p {})", name(judged.weighting), p_value(test.adjusted)))
        };
        let named: Vec<String> = group.methods.iter().filter_map(named).collect();
        (!named.is_empty()).then(|| {
            format!(
                "Significantly different from vanilla{of_group} in {score}, in points, after Holm: {}.",
                named.join(", ")
            )
        })
    };
    [moved("precision", &|judged| &judged.precision), moved("recall", &|judged| &judged.recall)]
        .into_iter()
        .flatten()
        .collect()
}

/// What the tests of single corpora show.
fn single_corpora(results: &Results) -> Option<String> {
    let named = |(section, row, of): (&SectionResult, &RowResult, &Difference)| {
        format!("{} on {} ({} points)", name(row.row.weighting), section.section.dataset, points(of.mean))
    };
    let n: usize = results.groups.iter().map(|group| group.n_corpus_tests).sum();
    let alone = results.differences().filter(|(.., of)| of.adjusted.is_some() && of.p_value < LEVEL).count();
    let clear: Vec<String> = results.differences().filter(|(.., of)| of.is_significant()).map(named).collect();
    let one_seed = results.differences().filter(|(.., of)| !of.is_over_seeds()).count();
    let without = match one_seed {
        0 => String::new(),
        1 => " One comparison has one seed alone and no test of methods.".to_owned(),
        n => format!(" {n} comparisons have one seed alone and no test of methods."),
    };
    if n == 0 {
        return (one_seed > 0).then(|| without.trim_start().to_owned());
    }
    let after = match clear.len() {
        0 => "none after Holm’s adjustment for all of them".to_owned(),
        n => format!("{n} after Holm’s adjustment for all of them: {}", clear.join("; ")),
    };
    Some(format!("On single corpora {alone} of {n} tests have a p below {LEVEL}, {after}.{without}"))
}

fn control(results: &Results) -> Option<String> {
    let all: Vec<&Control> = results.controls().collect();
    let called = all.iter().filter(|of| of.difference.p_value < LEVEL).count();
    let widest = all.iter().map(|of| of.difference.mean.abs()).fold(0.0, f64::max);
    (!all.is_empty()).then(|| {
        format!(
            "The control, vanilla against itself: of {} that differ in nothing but the seed, a test over test sentences alone \
             calls {called} different at p below {LEVEL}; the widest pair is {:.2} points apart.",
            if all.len() == 1 { "one pair of runs".to_owned() } else { format!("{} pairs of runs", all.len()) },
            100.0 * widest
        )
    })
}

/// Runs that learnt to find nothing, which means and spreads hide.
fn collapses(results: &Results) -> Option<String> {
    let (mut all, mut collapsed, mut named) = (0, 0, Vec::new());
    for section in &results.sections {
        for row in section.methods() {
            let (found, n) = (row.collapsed(), row.runs.len());
            all += n;
            collapsed += found;
            if found > 0 {
                named.push(format!(
                    "{} on {} ({found} of {n} seeds)",
                    name(row.row.weighting),
                    section.section.dataset
                ));
            }
        }
    }
    let vanilla = if results.sections.iter().any(SectionResult::vanilla_collapsed) {
        " Where vanilla did so with one seed and not with another, the corpus lends its spread to no other, and has a noise \
         floor only from five seeds on."
    } else {
        ""
    };
    let named = named.join("; ");
    (collapsed > 0).then(|| format!("{collapsed} of {all} runs found not one entity: {named}.{vanilla}"))
}

fn power(results: &Results) -> Option<String> {
    let between = |all: &[f64]| {
        let [low, _, high] = range(all)?;
        let [low, high] = [low, high].map(|difference| format!("{:.1}", 100.0 * difference));
        Some(if low == high { low } else { format!("{low} to {high}") })
    };
    let alone: Vec<f64> = results.sections.iter().filter_map(|section| section.visible).collect();
    let first: Vec<f64> = results.sections.iter().filter_map(|section| section.visible_first).collect();
    let (alone, first) = (between(&alone)?, between(&first)?);
    let on = if results.sections.len() == 1 { "On this corpus alone" } else { "On a single corpus" };
    Some(format!(
        "{on} a test sees a true difference of {alone} points of F1 in four of five cases, and of {first} if it is adjusted as \
         the first of all."
    ))
}

fn foreign_encoders(results: &Results, published: &Published) -> Option<String> {
    let mut encoders: Vec<String> = Vec::new();
    for section in &results.sections {
        let section = section.section;
        let foreign = !published.models().contains(&section.model.as_str()) || section.stands_in_for.is_some();
        let encoder = format!("{} is {}", section.model, section.origin(""));
        if foreign && !encoders.contains(&encoder) {
            encoders.push(encoder);
        }
    }
    (!encoders.is_empty()).then(|| {
        format!(
            "The encoders are not the paper’s: {}. Scores are not comparable with the published ones; what can be compared is which \
             way the methods differ.",
            encoders.join("; ")
        )
    })
}

/// What a corpus shows, for a heading: what is significant, or the largest difference with what could have been seen.
pub fn of_section(sections: &[&SectionResult]) -> String {
    let all = |section: &&SectionResult<'_>| -> Vec<(String, Difference)> {
        let methods = section.methods().into_iter();
        methods.filter_map(|row| Some((name(row.row.weighting), row.difference.clone()?))).collect()
    };
    let found: Vec<_> = sections.iter().flat_map(all).collect();
    let named = |above: bool| {
        let names: Vec<&str> = (found.iter())
            .filter(|(_, difference)| difference.is_significant() && (difference.mean > 0.0) == above)
            .map(|(name, ..)| name.as_str())
            .collect();
        names.join(" and ")
    };
    let (above, below) = (named(true), named(false));
    let largest = found.iter().max_by(|(_, one), (_, other)| one.mean.abs().total_cmp(&other.mean.abs()));
    let Some((largest, of)) = largest else { return "nothing to compare yet".to_owned() };
    match (above.is_empty(), below.is_empty()) {
        (true, true) if !found.iter().any(|(_, difference)| difference.is_over_seeds()) => "one seed only".to_owned(),
        (true, true) => {
            let seen = sections.iter().filter_map(|section| section.visible_first).reduce(f64::max);
            let seen = seen.map(|seen| format!("; less than {:.1} would mostly go unseen", 100.0 * seen));
            let known = format!("not known, up to {} points ({largest})", points(of.mean));
            format!("{known}{}", seen.unwrap_or_default())
        }
        (false, true) => format!("{above} above vanilla"),
        (true, false) => format!("{below} below vanilla"),
        (false, false) => format!("{above} above vanilla, {below} below"),
    }
}
