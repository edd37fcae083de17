//! The answer that a report is read for: whether a method beats vanilla on a corpus, and what to do where that is open.
//! Results go in, answers come out. A yes or a no takes a difference that is significant over seeds and lies beyond the
//! noise floor; everything else is open, and says what would decide it.

use welt_eval::ZeroDivision;
use welt_weights::Scheme;

use super::differences::{Difference, Results, RowResult, SectionResult};
use super::document::{Answer, Tone};
use super::evidence::Finished;
use super::formatting::{NOTHING, interval, p_value, points, spread};
use super::power::{LEVEL, MOST_SEEDS, Noise, POWER, PairNoise};
use super::sections::{Section, name};

/// The question, in the words of what was compared.
pub fn question(results: &Results) -> String {
    let sections = results.sections.iter().map(|section| section.section);
    let methods: Vec<_> = sections.clone().flat_map(|section| &section.rows).map(|row| row.weighting.method).collect();
    let has_weights = methods.iter().any(|method| method.weights != Scheme::Vanilla);
    let has_losses = methods.iter().any(|method| method.has_other_loss());
    let what = match (has_weights, has_losses) {
        (true, true) => "weighting or another loss",
        (false, true) => "another loss",
        _ => "weighting",
    };
    let mut datasets: Vec<&str> = sections.map(|section| section.dataset.as_str()).collect();
    datasets.dedup();
    match datasets[..] {
        [dataset] => format!("Does {what} help on {dataset}?"),
        _ => format!("Does {what} help?"),
    }
}

/// An answer for every corpus and encoder.
pub fn answers(results: &Results) -> Vec<Answer> {
    results.sections.iter().map(|section| answer(results, section)).collect()
}

/// An answer in one line.
pub fn line(answer: &Answer) -> String {
    let Answer { place, answer, reasons, next, .. } = answer;
    format!("{place}: {answer}. {} Next: {next}", reasons.join(" "))
}

const SIGNIFICANT: &str = "That is significant over seeds and beyond the noise floor.";

/// What to do where too little is known to say more.
const FIVE_SEEDS: &str = "run five seeds of every method. Finished runs are kept.";

/// A method with its difference to vanilla.
type Compared<'r, 'a> = (&'r RowResult<'a>, &'r Difference);

fn answer(results: &Results, section: &SectionResult) -> Answer {
    let mut compared: Vec<Compared> =
        section.methods().into_iter().filter_map(|row| Some((row, row.difference.as_ref()?))).collect();
    compared.sort_by(|(_, one), (_, other)| other.mean.total_cmp(&one.mean));
    let stands_out = |above: bool| {
        let is_so = move |(_, of): &&Compared| (of.mean > 0.0) == above && of.is_clear(section.floor.as_ref());
        compared.iter().filter(is_so).copied().collect::<Vec<Compared>>()
    };
    let (above, below) = (stands_out(true), stands_out(false));
    let n = compared.len();
    let (answer, tone, mut reasons, next) = match (compared.first(), above.first()) {
        (None, _) => nothing(section),
        (Some(_), Some(best)) => yes(results, section, *best, &compared),
        (Some(best), None) if below.len() == n => {
            let reasons = vec![scores(results, section, *best, n), SIGNIFICANT.to_owned()];
            ("no".to_owned(), Tone::No, reasons, "keep vanilla.".to_owned())
        }
        (Some(best), None) => open(results, section, *best, n),
    };
    reasons.extend(also(above.get(1..).unwrap_or_default(), "above"));
    // The answer no is about the first of them.
    let others_below = if tone == Tone::No { &below[1..] } else { &below[..] };
    reasons.extend(also(others_below, "below"));
    reasons.extend(absent(section));
    Answer { place: place(results, section.section), answer, tone, reasons, next }
}

/// What an answer is made of: the answer, its tone, its reasons and what to do now.
type Parts = (String, Tone, Vec<String>, String);

fn nothing(section: &SectionResult) -> Parts {
    let n_vanilla = section.vanilla().map_or(0, |row| row.runs.len());
    let others = section.section.rows.iter().any(|row| !row.is_vanilla());
    let why = match (n_vanilla, others) {
        (_, false) => "Nothing but vanilla was planned.",
        (0, true) => "No run of vanilla has a result.",
        _ => "No seed has a result of both vanilla and another method.",
    };
    let next = if others {
        "give the command of the sweep again: finished runs are kept."
    } else {
        "plan methods to compare with vanilla."
    };
    ("nothing to compare yet".to_owned(), Tone::Open, vec![why.to_owned()], next.to_owned())
}

fn yes(results: &Results, section: &SectionResult, best: Compared, compared: &[Compared]) -> Parts {
    let (row, of) = best;
    let label = name(row.row.weighting);
    let higher: Vec<String> =
        compared.iter().take_while(|(_, other)| other.mean > of.mean).map(|other| with_points(*other)).collect();
    let n_methods = if higher.is_empty() { compared.len() } else { 1 };
    let mut reasons = vec![scores(results, section, best, n_methods), SIGNIFICANT.to_owned()];
    if !higher.is_empty() {
        reasons.push(format!("Higher still, but not both of that: {}.", higher.join(", ")));
    }
    let gain = |score: fn(&Finished) -> f64| section.gain(row, score).map_or(NOTHING.to_owned(), points);
    let precision = gain(|run| run.counts().precision(ZeroDivision::Zero));
    let recall = gain(|run| run.counts().recall(ZeroDivision::Zero));
    let next = format!("train with {label}, which moves precision by {precision} points and recall by {recall}.");
    (format!("yes, {label}"), Tone::Yes, reasons, next)
}

fn open(results: &Results, section: &SectionResult, best: Compared, n_methods: usize) -> Parts {
    let (_, of) = best;
    let mut reasons = vec![scores(results, section, best, n_methods)];
    if !of.is_over_seeds() {
        reasons.push(
            "It has one seed: a test over sentences says whether two models differ, not whether two methods do."
                .to_owned(),
        );
        return (open_word(of), Tone::Open, reasons, FIVE_SEEDS.to_owned());
    }
    if section.vanilla_collapsed() {
        reasons.push(
            "Vanilla found not one entity with some of its seeds, so that nobody knows how far seeds spread."
                .to_owned(),
        );
        let or_more = if section.floor.is_none() { ", or run five seeds or more" } else { "" };
        let next = format!(
            "train so that vanilla finds entities with every seed (more epochs, another learning rate){or_more}."
        );
        return (open_word(of), Tone::Open, reasons, next);
    }
    if of.mean > 0.0 {
        let beyond = section.floor.is_some_and(|floor| of.mean > floor.of_means(of.by_seed.len()));
        reasons.push(
            match (of.is_significant(), beyond) {
                (true, _) => {
                    "It is significant, but within the noise floor: vanilla moves as far when its seeds change."
                }
                (false, true) => {
                    "It lies beyond the noise floor, but is not significant: other seeds may turn it round."
                }
                (false, false) => {
                    "It is neither significant nor beyond the noise floor: other seeds may turn it round."
                }
            }
            .to_owned(),
        );
    }
    (open_word(of), Tone::Open, reasons, more_seeds(results, section, of))
}

fn open_word(best: &Difference) -> String {
    if best.mean > 0.0 { "undecided".to_owned() } else { "no gain seen".to_owned() }
}

/// The scores of a method beside vanilla's, and how sure their difference is.
fn scores(results: &Results, section: &SectionResult, (best, of): Compared, n_methods: usize) -> String {
    let vanilla = section.vanilla().map(|row| spread(&row.f1())).unwrap_or_default();
    let n = of.by_seed.len();
    let seeds = if n == 1 { "one seed".to_owned() } else { format!("{n} seeds") };
    let (label, f1) = (name(best.row.weighting), spread(&best.f1()));
    let score = match (n_methods, of.mean > 0.0) {
        (1, _) => format!("With {label} F1 is {f1}"),
        (_, true) => format!("Best of {n_methods} methods is {label} with an F1 of {f1}"),
        (_, false) => {
            format!("None of {n_methods} methods scores above vanilla; nearest is {label} with an F1 of {f1}")
        }
    };
    let holm = match results.family {
        0 | 1 => String::new(),
        family => format!(" after Holm’s adjustment for {family} tests"),
    };
    let floor = section
        .floor
        .map_or("no noise floor is known".to_owned(), |floor| format!("noise floor ±{:.2}", 100.0 * floor.of_means(n)));
    format!(
        "{score} against vanilla’s {vanilla} over {seeds}: a difference of {} points (95 % interval {}, p {}{holm}, {floor}).",
        points(of.mean),
        interval(of),
        p_value(of.adjusted.unwrap_or(of.p_value)),
    )
}

/// How many seeds would decide, or why none would.
fn more_seeds(results: &Results, section: &SectionResult, of: &Difference) -> String {
    let Some(seeds) = section.seed_variance else { return FIVE_SEEDS.to_owned() };
    // The smallest p-value of a family meets this level, whatever the others are.
    let level = LEVEL / results.family.max(1) as f64;
    let noise = PairNoise { seeds, units: of.noise.units, units_freedom: of.noise.units_freedom };
    let have = of.by_seed.len();
    let smallest = noise.over(have).smallest_difference(level).filter(|smallest| *smallest < 1.0);
    let any_unseen = format!("run more seeds: with {have} of them any gain would mostly go unseen.");
    if of.mean <= 0.0 {
        return smallest.map_or(any_unseen, |smallest| {
            let smallest = 100.0 * smallest;
            format!(
                "keep vanilla; but with {have} seeds a gain of less than {smallest:.2} points would mostly go unseen."
            )
        });
    }
    let gain = format!("a gain of {:.2} points", 100.0 * of.mean);
    let without_seeds = Noise { seeds: None, ..of.noise };
    if without_seeds.power(of.mean, level) < POWER {
        let too_small = format!("{gain} is too small to be shown on this test set by any number of seeds.");
        return if smallest.is_none() {
            format!("{any_unseen} Yet {too_small}")
        } else {
            format!("keep vanilla, or take a larger test set: {too_small}")
        };
    }
    let is_beyond = |n: &usize| section.floor.is_some_and(|floor| of.mean > floor.with_seeds(*n).of_means(*n));
    match (noise.seeds_until(of.mean, level), (2..=MOST_SEEDS).find(is_beyond)) {
        (Some(test), Some(floor)) if test.max(floor) > have => format!(
            "run about {} seeds, which would show {gain} four times of five, if it is as large in truth. Finished runs are \
             kept.",
            test.max(floor)
        ),
        (Some(_), Some(_)) => format!(
            "run a few seeds more: {have} show {gain} four times of five, and this time did not. Finished runs are kept."
        ),
        _ => format!("keep vanilla, or take a larger test set: to show {gain} takes more than {MOST_SEEDS} seeds."),
    }
}

/// The others that stand out.
fn also(others: &[Compared], side: &str) -> Option<String> {
    let named: Vec<String> = others.iter().map(|other| with_points(*other)).collect();
    (!named.is_empty())
        .then(|| format!("Significantly {side} vanilla and beyond the noise floor: {}.", named.join(", ")))
}

fn with_points((row, of): Compared) -> String {
    format!("{} ({})", name(row.row.weighting), points(of.mean))
}

/// The runs of a section that are missing.
fn absent(section: &SectionResult) -> Option<String> {
    let [mut planned, mut found] = [0, 0];
    for row in section.rows.iter().filter(|row| row.row.same_as.is_none()) {
        planned += row.row.runs.len();
        found += row.runs.len();
    }
    let missing = planned - found;
    (missing > 0).then(|| format!("Without a result: {missing} of its {planned} runs."))
}

/// The corpus and the encoder, with what else tells a section from others of the same two.
fn place(results: &Results, section: &Section) -> String {
    let twins: Vec<&Section> = (results.sections.iter().map(|other| other.section))
        .filter(|other| other.dataset == section.dataset && other.encoder() == section.encoder())
        .collect();
    let parts = |of: &Section| [of.grid.clone(), of.welt.clone(), of.device.clone(), of.training.to_string()];
    let own = parts(section);
    let telling = (0..own.len()).filter(|part| twins.iter().any(|twin| parts(twin)[*part] != own[*part]));
    let telling: Vec<&str> = telling.map(|part| own[part].as_str()).collect();
    let place = format!("{} with {}", section.dataset, section.encoder());
    if telling.is_empty() { place } else { format!("{place} ({})", telling.join("; ")) }
}
