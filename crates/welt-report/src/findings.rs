//! What the results show, in sentences that say no more than the tests do.
//! Results go in; sentences, key numbers and the tables of directions and of noise come out.

use std::collections::BTreeMap;

use anyhow::Result;
use welt_eval::ZeroDivision;
use welt_eval::uncertainty::student;
use welt_settings::Weighting;

use super::differences::{Control, Results, RowResult, SectionResult, controls};
use super::document::{Cell, KeyNumber, Table, columns};
use super::evidence::Finished;
use super::power::{LEVEL, POWER};
use super::published::Published;
use super::sections::{name, order};
use super::tables::{NOTHING, p_value, points, spread};
use crate::statistics::{mean, quantile, sign_test};

/// The controls of every section.
pub type Controls = Vec<(usize, Vec<Control>)>;

/// Tests vanilla against itself in every section.
pub fn all_controls(results: &Results) -> Result<Controls> {
    let of = |(place, section): (usize, &SectionResult)| Ok((place, controls(section)?));
    results.sections.iter().enumerate().map(of).collect()
}

/// The differences to vanilla, each loss once.
fn differences<'r>(
    results: &'r Results<'r>,
) -> impl Iterator<Item = (&'r SectionResult<'r>, &'r RowResult<'r>, &'r super::differences::Difference)> {
    results.sections.iter().flat_map(|section| {
        section.arms().into_iter().filter_map(move |row| Some((section, row, row.difference.as_ref()?)))
    })
}

/// The numbers that stand out.
pub fn key_numbers(results: &Results, controls: &Controls) -> Vec<KeyNumber> {
    let runs = results.evidence.runs.len();
    let number = |value: String, meaning: &str| KeyNumber { value, meaning: meaning.to_owned() };
    let mut numbers = vec![number(format!("{} of {runs}", results.evidence.n_finished()), "runs have a result")];
    let outliving = differences(results).filter(|(section, _, of)| of.outlives(section.floor.as_ref())).count();
    numbers.push(number(format!("{outliving} of {}", results.family), "differences to vanilla outlive the noise"));
    let gaps: Vec<f64> = controls.iter().flat_map(|(_, all)| all).map(|of| of.difference.mean.abs()).collect();
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
        let meaning =
            "points of F1: the smallest difference that one test would see four times of five, median over corpora";
        numbers.push(number(format!("{middle:.2}"), meaning));
    }
    numbers
}

/// What is found, in sentences.
pub fn sentences(results: &Results, controls: &Controls, paper: &Published) -> Vec<String> {
    let mut found = vec![outliving(results)];
    found.extend(beyond_the_floor(results));
    found.extend(seeds(results));
    found.extend(collapses(results));
    found.extend(control(controls));
    found.extend(power(results));
    found.extend(direction_sentences(results));
    found.extend(foreign_encoders(results, paper));
    found
}

fn outliving(results: &Results) -> String {
    let named = |(section, row, of): (&SectionResult, &RowResult, &super::differences::Difference)| {
        let place = format!("{} on {}", name(row.row.weighting), section.section.dataset);
        format!("{place} ({} points)", points(of.mean))
    };
    let outliving: Vec<String> =
        differences(results).filter(|(section, _, of)| of.outlives(section.floor.as_ref())).map(named).collect();
    let significant = differences(results).filter(|(.., of)| of.is_significant()).count();
    let family = results.family;
    if family == 0 {
        return "No arm can be compared with vanilla: no seed has a result of both.".to_owned();
    }
    if outliving.is_empty() {
        return format!(
            "None of {family} differences to vanilla outlives the noise, which takes a test over seeds with a Holm-adjusted p \
             below {LEVEL} and a distance beyond the noise floor; {significant} have such a p by any test. That is no proof of \
             equality: see how small a difference could have been seen."
        );
    }
    format!(
        "{} of {family} differences to vanilla outlive the noise, with a Holm-adjusted p below {LEVEL} over seeds and beyond \
         the noise floor: {}.",
        outliving.len(),
        outliving.join("; ")
    )
}

/// How many differences of each arm lie beyond the noise floor, whatever their tests say: with few seeds tests see little.
fn beyond_the_floor(results: &Results) -> Option<String> {
    let mut arms: BTreeMap<(u8, String, u8), (Weighting, [usize; 2])> = BTreeMap::new();
    for (section, row, of) in differences(results) {
        let Some(floor) = section.floor else { continue };
        let weighting = row.row.weighting;
        let (_, [beyond, all]) = arms.entry(order(weighting)).or_insert((weighting, [0, 0]));
        *beyond += usize::from(of.mean.abs() > floor.of_means(of.by_seed.len()));
        *all += 1;
    }
    let [beyond, all] = arms.values().fold([0, 0], |sum, (_, of)| [sum[0] + of[0], sum[1] + of[1]]);
    let named =
        |(weighting, [beyond, all]): &(Weighting, [usize; 2])| format!("{} {beyond} of {all}", name(*weighting));
    (all > 0).then(|| {
        let arms: Vec<String> = arms.values().map(named).collect();
        format!(
            "Beyond the noise floor, whatever their tests say, lie {beyond} of {all} differences: {}.",
            arms.join(", ")
        )
    })
}

fn seeds(results: &Results) -> Option<String> {
    let over_seeds = differences(results).filter(|(.., of)| of.is_over_seeds()).count();
    let all = differences(results).count();
    match over_seeds {
        _ if all == 0 => None,
        0 => Some(
            "Seeds were not varied: intervals and tests are over the sentences of the test sets, and say whether two models \
             differ, not whether two weightings do. No difference is printed bold."
                .to_owned(),
        ),
        n if n < all => Some(format!(
            "In {n} of {all} comparisons seeds were varied; the others have one seed, and their tests say whether two models \
             differ, not whether two weightings do."
        )),
        _ => {
            let n = differences(results).map(|(.., of)| of.by_seed.len()).min().unwrap_or(0);
            let needed = student::quantile_beyond(LEVEL / results.family.max(1) as f64, n.saturating_sub(1).max(1) as f64);
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

fn control(controls: &Controls) -> Option<String> {
    let all: Vec<&Control> = controls.iter().flat_map(|(_, all)| all).collect();
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
        for row in section.arms() {
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
    let [low, _, high] = super::published::range(&visible)?;
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

fn foreign_encoders(results: &Results, paper: &Published) -> Option<String> {
    let mut encoders: Vec<String> = Vec::new();
    for section in &results.sections {
        let section = section.section;
        let foreign = !super::published::knows(paper, &section.model) || section.stands_in_for.is_some();
        let encoder = format!("{} is {}", section.model, section.origin(""));
        if foreign && !encoders.contains(&encoder) {
            encoders.push(encoder);
        }
    }
    (!encoders.is_empty()).then(|| {
        format!(
            "The encoders are not the paper’s: {}. Scores are not comparable with the published ones; what can be compared is which \
             way the arms differ.",
            encoders.join("; ")
        )
    })
}

/// How an arm moves precision, recall and F1 over all sections.
struct Direction {
    weighting: Weighting,
    /// Of each section: precision, recall, F1.
    gains: Vec<[f64; 3]>,
}

fn directions(results: &Results) -> Vec<Direction> {
    let mut found: BTreeMap<(u8, String, u8), Direction> = BTreeMap::new();
    for section in &results.sections {
        for row in section.arms().into_iter().filter(|row| !row.row.is_vanilla()) {
            let precision = |run: &Finished| run.counts().precision(ZeroDivision::Zero);
            let recall = |run: &Finished| run.counts().recall(ZeroDivision::Zero);
            let gains = (section.gain(row, precision), section.gain(row, recall), section.gain(row, Finished::f1));
            if let (Some(precision), Some(recall), Some(f1)) = gains {
                let weighting = row.row.weighting;
                let direction = found.entry(order(weighting)).or_insert(Direction { weighting, gains: Vec::new() });
                direction.gains.push([precision, recall, f1]);
            }
        }
    }
    found.into_values().collect()
}

fn up_and_down(gains: impl Iterator<Item = f64>) -> [usize; 2] {
    gains.fold([0, 0], |[up, down], gain| [up + usize::from(gain > 0.0), down + usize::from(gain < 0.0)])
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

/// Which way every arm pushes, beside the published direction.
pub fn direction_table(results: &Results, paper: &Published) -> Option<Table> {
    let directions = directions(results);
    let row = |direction: &Direction| -> Vec<Cell> {
        let n = direction.gains.len();
        let column = |metric: usize| direction.gains.iter().map(move |gains| gains[metric]);
        let mut cells: Vec<Cell> = vec![name(direction.weighting).into(), n.to_string().into()];
        for metric in [0, 1, 2] {
            let [up, down] = up_and_down(column(metric));
            cells.push(points(mean(&column(metric).collect::<Vec<_>>())).into());
            cells.push(format!("{up} up, {down} down").into());
        }
        let [up, down] = up_and_down(column(2));
        cells.push(p_value(sign_test(up, down)).into());
        cells.extend(published_direction(paper, direction.weighting).map(Cell::from));
        cells
    };
    (!directions.is_empty()).then(|| Table {
        name: "directions".to_owned(),
        caption: "Which way each weighting pushes: the mean difference to vanilla over corpora and encoders, in points, and \
                  in how many it goes up or down. The sign test of F1 takes corpora for independent draws and is not \
                  adjusted."
            .to_owned(),
        columns: columns(
            &["weights"],
            &["cells", "P", "P in", "R", "R in", "F1", "F1 in", "sign test", "paper P up", "paper R up", "paper F1 up"],
        ),
        rows: directions.iter().map(row).collect(),
        notes: vec![
            "The paper’s columns are of its 40 corpora and encoders; they stand beside both label orders, for it is not \
             known for certain which the published runs had."
                .to_owned(),
        ],
    })
}

fn published_direction(paper: &Published, weighting: Weighting) -> [String; 3] {
    let Some(arm) = paper.method(&weighting.method.to_string()) else { return [NOTHING; 3].map(str::to_owned) };
    let up = |of: fn(&super::published::PublishedScores) -> i64| {
        let above = paper.rows.iter().filter(|row| of(&row.scores[arm]) > of(&row.scores[paper.vanilla])).count();
        format!("{above} of {}", paper.rows.len())
    };
    [up(|scores| scores.precision), up(|scores| scores.recall), up(|scores| scores.f1)]
}

/// The noise of every section: vanilla against itself, and what could have been seen.
pub fn noise_table(results: &Results, controls: &Controls) -> Option<Table> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (place, controls) in controls {
        let section = &results.sections[*place];
        let Some(vanilla) = section.vanilla().filter(|vanilla| !vanilla.runs.is_empty()) else { continue };
        let n = section.rows.iter().filter_map(|row| row.difference.as_ref()).map(|of| of.by_seed.len()).max();
        let gaps: Vec<String> = (controls.iter())
            .map(|Control { seeds: [one, other], difference }| {
                format!("{} (seed {other} − {one}, p {})", points(difference.mean), p_value(difference.p_value))
            })
            .collect();
        let floor = section.floor.zip(n).map(|(floor, n)| format!("±{:.2}", 100.0 * floor.of_means(n)));
        let nothing = || NOTHING.to_owned();
        rows.push(vec![
            section.section.dataset.clone().into(),
            section.section.encoder().into(),
            if gaps.is_empty() { nothing() } else { gaps.join("; ") }.into(),
            spread(&vanilla.f1()).into(),
            floor.unwrap_or_else(nothing).into(),
            section.floor.map_or_else(nothing, |floor| format!("{:.0}", floor.freedom)).into(),
            section.visible.map_or_else(nothing, |visible| format!("{:.2}", 100.0 * visible)).into(),
        ]);
    }
    (!rows.is_empty()).then(|| Table {
        name: "noise".to_owned(),
        caption: format!(
            "Vanilla against itself: F1 in per cent over seeds, the differences of single runs with the p of a test over test \
             sentences, the noise floor of as many seeds as the arms have, and the smallest difference in points that one \
             test at {LEVEL} would see with {:.0} % power.",
            100.0 * POWER
        ),
        columns: columns(
            &["corpus", "encoder", "seed against seed"],
            &["F1", "noise floor", "degrees of freedom", "smallest visible"],
        ),
        rows,
        notes: Vec::new(),
    })
}

/// What a corpus shows, for a heading.
pub fn of_section(sections: &[&SectionResult]) -> String {
    let all = |section: &&SectionResult<'_>| -> Vec<(String, super::differences::Difference, bool)> {
        section
            .arms()
            .into_iter()
            .filter_map(|row| {
                let difference = row.difference.clone()?;
                let outlives = difference.outlives(section.floor.as_ref());
                Some((name(row.row.weighting), difference, outlives))
            })
            .collect()
    };
    let found: Vec<_> = sections.iter().flat_map(all).collect();
    let named = |above: bool| {
        let names: Vec<&str> = (found.iter())
            .filter(|(_, difference, outlives)| *outlives && (difference.mean > 0.0) == above)
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
        (_, true, true) => "no difference outlives the noise".to_owned(),
        (_, false, true) => format!("{above} above vanilla"),
        (_, true, false) => format!("{below} below vanilla"),
        (_, false, false) => format!("{above} above vanilla, {below} below"),
    }
}
