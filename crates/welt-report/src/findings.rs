//! What the results show, in sentences that say no more than the tests do.
//! Results go in; sentences and key numbers come out.

use std::collections::BTreeMap;

use welt_eval::uncertainty::student;
use welt_settings::Weighting;

use super::differences::{Control, Difference, Results, RowResult, SectionResult};
use super::directions::{directions, up_and_down};
use super::document::KeyNumber;
use super::formatting::{p_value, points};
use super::power::LEVEL;
use super::published::Published;
use super::sections::{name, order};
use crate::statistics::{quantile, range, sign_test};

/// The numbers that stand out.
pub fn key_numbers(results: &Results, published: Option<&Published>) -> Vec<KeyNumber> {
    let runs = results.evidence.runs.len();
    let number = |value: String, meaning: &str| KeyNumber { value, meaning: meaning.to_owned() };
    let mut numbers = vec![number(format!("{} of {runs}", results.evidence.n_finished()), "runs have a result")];
    let n_clear = results.differences().filter(|(section, _, of)| of.is_clear(section.floor.as_ref())).count();
    numbers.push(number(
        format!("{n_clear} of {}", results.family),
        "differences to vanilla are significant and beyond the noise floor",
    ));
    let gaps: Vec<f64> = results.controls().map(|of| of.difference.mean.abs()).collect();
    if !gaps.is_empty() {
        let middle = 100.0 * quantile(&gaps, 0.5);
        numbers.push(number(
            format!("{middle:.2}"),
            "points between two vanilla runs that differ in their seeds alone, the median",
        ));
    }
    let visible: Vec<f64> = results.sections.iter().filter_map(|section| section.visible).collect();
    if !visible.is_empty() {
        let middle = 100.0 * quantile(&visible, 0.5);
        let over = if published.is_some() || visible.len() > 1 { ", median over corpora" } else { "" };
        let meaning = "points of F1: the smallest difference that one test would see four times of five";
        numbers.push(number(format!("{middle:.2}"), &format!("{meaning}{over}")));
    }
    numbers
}

/// What is found, in sentences.
pub fn sentences(results: &Results, published: Option<&Published>) -> Vec<String> {
    let mut found = Vec::new();
    // Without published numbers every corpus has its answer above.
    found.extend(published.map(|_| clear(results)));
    found.extend(beyond_the_floor(results));
    found.extend(seeds(results));
    found.extend(collapses(results));
    found.extend(control(results));
    found.extend(power(results));
    found.extend(direction_sentences(results));
    found.extend(published.and_then(|published| foreign_encoders(results, published)));
    found
}

fn clear(results: &Results) -> String {
    let named = |(section, row, of): (&SectionResult, &RowResult, &Difference)| {
        let place = format!("{} on {}", name(row.row.weighting), section.section.dataset);
        format!("{place} ({} points)", points(of.mean))
    };
    let clear: Vec<String> =
        results.differences().filter(|(section, _, of)| of.is_clear(section.floor.as_ref())).map(named).collect();
    let significant = results.differences().filter(|(.., of)| of.is_significant()).count();
    let family = results.family;
    if family == 0 {
        return "No method can be compared with vanilla: no seed has a result of both.".to_owned();
    }
    if clear.is_empty() {
        return format!(
            "None of {family} differences to vanilla is significant over seeds, with a Holm-adjusted p below {LEVEL}, and beyond \
             the noise floor; {significant} have such a p by any test. That is no proof of \
             equality: see how small a difference could have been seen."
        );
    }
    format!(
        "{} of {family} differences to vanilla are significant over seeds, with a Holm-adjusted p below {LEVEL}, and beyond \
         the noise floor: {}.",
        clear.len(),
        clear.join("; ")
    )
}

/// How many differences of each method lie beyond the noise floor, whatever their tests say: with few seeds tests see little.
fn beyond_the_floor(results: &Results) -> Option<String> {
    let mut methods: BTreeMap<(u8, String, u8), (Weighting, [usize; 2])> = BTreeMap::new();
    for (section, row, of) in results.differences() {
        let Some(floor) = section.floor else { continue };
        let weighting = row.row.weighting;
        let (_, [beyond, all]) = methods.entry(order(weighting)).or_insert((weighting, [0, 0]));
        *beyond += usize::from(of.mean.abs() > floor.of_means(of.by_seed.len()));
        *all += 1;
    }
    let [beyond, all] = methods.values().fold([0, 0], |sum, (_, of)| [sum[0] + of[0], sum[1] + of[1]]);
    let named =
        |(weighting, [beyond, all]): &(Weighting, [usize; 2])| format!("{} {beyond} of {all}", name(*weighting));
    (all > 0).then(|| {
        let methods: Vec<String> = methods.values().map(named).collect();
        format!(
            "Beyond the noise floor, whatever their tests say, lie {beyond} of {all} differences: {}.",
            methods.join(", ")
        )
    })
}

fn seeds(results: &Results) -> Option<String> {
    let over_seeds = results.differences().filter(|(.., of)| of.is_over_seeds()).count();
    let all = results.differences().count();
    match over_seeds {
        _ if all == 0 => None,
        0 => Some("Seeds were not varied: intervals and tests are over the sentences of the test sets, and say whether two models \
             differ, not whether two methods do. No difference is printed bold."
            .to_owned()),
        n if n < all => Some(format!(
            "In {n} of {all} comparisons seeds were varied; the others have one seed, and their tests say whether two models \
             differ, not whether two methods do."
        )),
        _ => {
            let n = results.differences().map(|(.., of)| of.by_seed.len()).min().unwrap_or(0);
            let needed =
                student::quantile_beyond(LEVEL / results.family.max(1) as f64, n.saturating_sub(1).max(1) as f64);
            (n < 5).then(|| {
                format!(
                    "The comparisons have {n} seeds, or a few more. So few hardly tell how far seeds spread: with {n} and a \
                     family of {} a difference of one corpus would have to be {needed:.0} times its standard error over \
                     seeds. Directions over corpora can be clearer.",
                    results.family
                )
            })
        }
    }
}

fn control(results: &Results) -> Option<String> {
    let all: Vec<&Control> = results.controls().collect();
    let called = all.iter().filter(|of| of.difference.p_value < LEVEL).count();
    let widest = all.iter().map(|of| of.difference.mean.abs()).fold(0.0, f64::max);
    (!all.is_empty()).then(|| {
        format!(
            "The control, vanilla against itself: {} comparisons of two runs that differ in nothing but the seed. A test over \
             test sentences alone calls {called} of them different at p below {LEVEL}; the widest pair is {:.2} points \
             apart.",
            all.len(),
            100.0 * widest
        )
    })
}

/// Runs that learnt to find nothing, which means and spreads hide.
fn collapses(results: &Results) -> Option<String> {
    let (mut all, mut collapsed, mut places) = (0, 0, Vec::new());
    for section in &results.sections {
        for row in section.methods() {
            let (found, n) = (row.collapsed(), row.runs.len());
            all += n;
            collapsed += found;
            if found > 0 {
                places.push(format!(
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
    let places = places.join("; ");
    (collapsed > 0).then(|| format!("{collapsed} of {all} runs found not one entity: {places}.{vanilla}"))
}

fn power(results: &Results) -> Option<String> {
    let visible: Vec<f64> = results.sections.iter().filter_map(|section| section.visible).collect();
    let [low, _, high] = range(&visible)?;
    if low > 1.0 {
        return Some(
            "With these seeds and test sets one test at 5 % sees no difference of F1, however large, in four of five cases."
                .to_owned(),
        );
    }
    let [low, high] = [low, high].map(|difference| format!("{:.2}", 100.0 * difference));
    let range = if low == high { low } else { format!("{low} to {high}") };
    Some(format!(
        "With these seeds and test sets one test at 5 % sees a true difference of {range} points of F1 in four of five cases; \
         Holm’s adjustment asks for more. What is smaller would mostly go unseen."
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

fn direction_sentences(results: &Results) -> Vec<String> {
    let mut found = Vec::new();
    for direction in directions(results).iter().filter(|direction| direction.gains.len() > 1) {
        let [up, down] = up_and_down(direction.gains.iter().map(|gains| gains[1]));
        let [p_up, p_down] = up_and_down(direction.gains.iter().map(|gains| gains[0]));
        let [f_up, f_down] = up_and_down(direction.gains.iter().map(|gains| gains[2]));
        let n = direction.gains.len();
        // As uneven as a fair coin rarely is, in any of the three.
        if [[p_up, p_down], [up, down], [f_up, f_down]].iter().any(|[up, down]| sign_test(*up, *down) < LEVEL) {
            found.push(format!(
                "{} raises precision in {p_up}, recall in {up} and F1 in {f_up} of {n} corpora and encoders (sign test of F1: \
                 p {}, not adjusted).",
                name(direction.weighting),
                p_value(sign_test(f_up, f_down))
            ));
        }
    }
    found
}

/// What a corpus shows, for a heading.
pub fn of_section(sections: &[&SectionResult]) -> String {
    let all = |section: &&SectionResult<'_>| -> Vec<(String, Difference, bool)> {
        section
            .methods()
            .into_iter()
            .filter_map(|row| {
                let difference = row.difference.clone()?;
                let is_clear = difference.is_clear(section.floor.as_ref());
                Some((name(row.row.weighting), difference, is_clear))
            })
            .collect()
    };
    let found: Vec<_> = sections.iter().flat_map(all).collect();
    let named = |above: bool| {
        let names: Vec<&str> = (found.iter())
            .filter(|(_, difference, is_clear)| *is_clear && (difference.mean > 0.0) == above)
            .map(|(name, ..)| name.as_str())
            .collect();
        names.join(" and ")
    };
    let (above, below) = (named(true), named(false));
    match (found.is_empty(), above.is_empty(), below.is_empty()) {
        (true, ..) => "nothing to compare yet".to_owned(),
        (_, true, true) if !found.iter().any(|(_, difference, _)| difference.is_over_seeds()) => {
            "one seed only".to_owned()
        }
        (_, true, true) => "no clear difference".to_owned(),
        (_, false, true) => format!("{above} above vanilla"),
        (_, true, false) => format!("{below} below vanilla"),
        (_, false, false) => format!("{above} above vanilla, {below} below"),
    }
}
