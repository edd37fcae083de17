//! What the methods of equal loss say of chance: how far two runs differ between which nothing differs that the paper is about.
//! The paper's numbers go in, findings come out.

use anyhow::Result;
use welt_weights::{Scheme, same_loss};

use super::cells::{score, signed};
use super::finding::{Finding, Form};
use super::published::{PROPOSED, Paper, Row, distinct};
use welt_report::statistics::{deviation, mean, median, quantile};

/// Rows whose methods of equal loss lie farther apart are set aside, in hundredths of a point: no small noise explains them.
const SET_ASIDE: i64 = 500;

/// The share of differences between equal methods that the noise floor is above.
const FLOOR_SHARE: f64 = 0.95;

/// Whether effective numbers do anything at the published betas.
pub fn equal_loss(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("equal-loss", "Weights of effective numbers at the published betas");
    let vanilla = paper.methods[paper.vanilla].scheme;
    let mut rows = Vec::new();
    for method in paper.methods.iter().filter(|method| method.scheme != vanilla) {
        rows.push(weights_row(paper, method.scheme)?);
        // The published code has a slip of precedence.
        if let Scheme::EffectiveNumber { beta } = method.scheme {
            rows.push(weights_row(paper, Scheme::EffectiveNumberAsCoded { beta })?);
        }
    }
    let names: Vec<&str> = paper.replicates.iter().map(|method| paper.methods[*method].name.as_str()).collect();
    finding.count("methods with vanilla's loss on every corpus", names.len());
    finding.count("corpora whose classes are bounded from Tables 1 and 11 alone", {
        paper.corpora.iter().filter(|corpus| corpus.counted.is_none()).count()
    });
    finding.meaning = format!(
        "The weights of {} are equal for all classes on every corpus, and a weighted mean does not see a common factor, \
         so these methods and vanilla have one and the same loss.",
        if names.is_empty() { "no method".to_owned() } else { names.join(", ") }
    );
    let header = ["weights", "corpora where they are vanilla's", "largest ratio of two", "smallest class, at least"];
    finding.table("Weights over all corpora", &header, rows);
    Ok(finding)
}

fn weights_row(paper: &Paper, scheme: Scheme) -> Result<Vec<String>> {
    let (mut same, mut widest, mut smallest): (usize, f64, u64) = (0, 1.0, u64::MAX);
    for corpus in &paper.corpora {
        let counts = corpus.least_classes();
        let weights = scheme.weights(&counts)?;
        let most = weights.iter().copied().fold(f64::MIN, f64::max);
        let least = weights.iter().copied().fold(f64::MAX, f64::min);
        widest = widest.max(most / least);
        smallest = smallest.min(counts.into_iter().min().unwrap_or(0));
        same += usize::from(same_loss(&weights, &paper.methods[paper.vanilla].scheme.weights(&counts)?));
    }
    let corpora = format!("{same} of {}", paper.corpora.len());
    Ok(vec![scheme.to_string(), corpora, format!("{widest:.4}"), smallest.to_string()])
}

/// How far methods of equal loss differ.
pub fn noise(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("noise", "The noise floor: methods of equal loss against each other");
    let kept = Kept::of(paper);
    let floor = Floor::of(paper, &kept.rows);
    let same = paper.same_objective();
    let (mut of_all, mut of_kept) = (Vec::new(), Vec::new());
    for (index, &left) in same.iter().enumerate() {
        for &right in &same[index + 1..] {
            // Later method less earlier one, so that all differences to vanilla have the same sense.
            let name = format!("{} - {}", paper.methods[right].name, paper.methods[left].name);
            of_all.push(spread(&name, &gains(&paper.rows.iter().collect::<Vec<_>>(), right, left)));
            of_kept.push(spread(&name, &gains(&kept.rows, right, left)));
        }
    }
    finding.count("rows", paper.rows.len());
    let aside = format!("rows set aside, whose equal methods lie more than {} F1 apart", SET_ASIDE / 100);
    finding.count(&aside, kept.aside.len());
    finding.figure("largest distance in a row that is kept", kept.largest as f64 / 100.0, Form::Hundredths);
    finding.count("differences to vanilla in the rows kept, identical cells left out", floor.differences.len());
    finding.figure("their mean", mean(&floor.differences), Form::Thousandths);
    finding.figure("their standard deviation", floor.deviation, Form::Thousandths);
    finding.figure("median of their size", floor.median, Form::Thousandths);
    finding.figure("noise floor: 95 % of their sizes are below", floor.floor, Form::Thousandths);
    finding.figure("largest of their sizes", floor.largest, Form::Hundredths);
    finding.meaning = format!(
        "Between methods that differ in nothing the paper is about, F1 differs by {:.2} points in the middle and by more than {:.2} in one case of twenty, \
         with {} rows set aside in which they lie more than {} points apart.",
        floor.median,
        floor.floor,
        kept.aside.len(),
        SET_ASIDE / 100
    );
    let header = ["methods", "rows", "up", "down", "equal", "mean", "sd", "median size", "95 % below", "largest"];
    finding.table("Differences of F1, all rows", &header, of_all);
    finding.table("Differences of F1, rows kept", &header, of_kept);
    let aside = kept.aside.iter().map(|row| {
        let scores =
            same.iter().map(|method| format!("{} {}", paper.methods[*method].name, score(row.scores[*method].f1)));
        vec![row.name(), score(range(row, &same)), scores.collect::<Vec<_>>().join(", ")]
    });
    finding.table("Rows set aside", &["row", "distance", "F1"], aside.collect());
    let header = ["", "differences", "mean", "sd", "median size", "largest"];
    finding.table("By encoder, rows kept", &header, grouped(paper, &kept.rows, |row| &row.model));
    finding.table("By corpus, rows kept", &header, grouped(paper, &kept.rows, |row| &row.dataset));
    Ok(finding)
}

/// How many of the published differences to vanilla are larger than the noise floor.
pub fn improvements(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("improvements", "Improvements over vanilla beside the noise floor");
    let kept = Kept::of(paper);
    let floor = Floor::of(paper, &kept.rows);
    finding.count("rows kept", kept.rows.len());
    finding.figure("standard deviation of equal methods", floor.deviation, Form::Thousandths);
    finding.figure("noise floor", floor.floor, Form::Thousandths);
    finding.figure("largest difference of equal methods", floor.largest, Form::Hundredths);
    let (mut rows, mut beyond, mut beyond_own) = (Vec::new(), Vec::new(), Vec::new());
    for method in paper.mechanisms().into_iter().chain(paper.replicates.iter().copied()) {
        let gains = gains(&kept.rows, method, paper.vanilla);
        let above = |limit: f64| gains.iter().filter(|gain| **gain > limit).count();
        let [up, over_deviation, over_floor, over_largest] =
            [above(0.0), above(floor.deviation), above(floor.floor), above(floor.largest)];
        let below = gains.iter().filter(|gain| **gain < -floor.floor).count();
        let over_own =
            kept.rows.iter().zip(&gains).filter(|(row, gain)| **gain > own_floor(paper, &kept.rows, row)).count();
        let numbers = [up, over_deviation, over_floor, over_largest, over_own, below].map(|number| number.to_string());
        beyond.push(over_floor);
        beyond_own.push(over_own);
        let name = &paper.methods[method].name;
        finding.count(&format!("{name}: improvements over vanilla"), up);
        finding.count(&format!("{name}: above the noise floor"), over_floor);
        finding.count(&format!("{name}: above the largest difference of equal methods in its corpus"), over_own);
        rows.push([vec![name.clone(), format!("{:+.3}", median(&gains))], numbers.to_vec()].concat());
    }
    let listed = |counts: &[usize]| {
        let told = paper
            .mechanisms()
            .into_iter()
            .zip(counts)
            .map(|(method, n)| format!("{n} of {}", paper.methods[method].name));
        told.collect::<Vec<_>>().join(", ")
    };
    finding.meaning = format!(
        "Of the single improvements over vanilla in {} rows, {} are larger than the noise floor, and {} are larger than all differences of equal methods \
         in their corpus; the others could each be chance, which says nothing yet about all of them together.",
        kept.rows.len(),
        listed(&beyond),
        listed(&beyond_own)
    );
    let header = [
        "method",
        "median",
        "above 0",
        "above 1 sd",
        "above the floor",
        "above the largest",
        "above the largest of its corpus",
        "below minus the floor",
    ];
    finding.table("F1 less vanilla's, rows kept", &header, rows);
    if let Some(proposed) = paper.method(PROPOSED) {
        finding.table(
            &format!("The largest gains of {PROPOSED}, all rows"),
            &["row", "gain", "set aside"],
            largest(paper, &kept, proposed),
        );
    }
    Ok(finding)
}

/// The largest difference to vanilla of equal methods in the rows of the same corpus: some corpora are noisier than others.
fn own_floor(paper: &Paper, rows: &[&Row], row: &Row) -> f64 {
    let of_corpus = rows.iter().filter(|other| other.dataset == row.dataset);
    of_corpus.flat_map(|other| replicate_gains(paper, other)).map(f64::abs).fold(0.0, f64::max)
}

/// The rows in which a method gains most.
fn largest(paper: &Paper, kept: &Kept, method: usize) -> Vec<Vec<String>> {
    let mut rows: Vec<&Row> = paper.rows.iter().collect();
    rows.sort_by_key(|row| -row.f1_gain(method, paper.vanilla));
    rows.truncate(SHOWN);
    let is_aside = |row: &Row| kept.aside.iter().any(|aside| std::ptr::eq(*aside, row));
    let line = |row: &Row| {
        let set_aside = if is_aside(row) { "yes" } else { "no" };
        vec![row.name(), signed(row.f1_gain(method, paper.vanilla)), set_aside.to_owned()]
    };
    rows.into_iter().map(line).collect()
}

/// How many of the largest gains are shown.
const SHOWN: usize = 6;

/// The rows whose methods of equal loss lie close together, and the others.
pub struct Kept<'a> {
    pub rows: Vec<&'a Row>,
    pub aside: Vec<&'a Row>,
    /// The largest distance in a row that is kept.
    largest: i64,
}

impl<'a> Kept<'a> {
    /// Divides the rows.
    pub fn of(paper: &'a Paper) -> Self {
        let same = paper.same_objective();
        let (rows, aside): (Vec<&Row>, Vec<&Row>) = paper.rows.iter().partition(|row| range(row, &same) <= SET_ASIDE);
        let largest = rows.iter().map(|row| range(row, &same)).max().unwrap_or(0);
        Self { rows, aside, largest }
    }
}

/// Differences of equal methods to vanilla, cells that are identical to vanilla's left out: a copy is no second run.
struct Floor {
    differences: Vec<f64>,
    deviation: f64,
    median: f64,
    floor: f64,
    largest: f64,
}

impl Floor {
    fn of(paper: &Paper, rows: &[&Row]) -> Self {
        let differences: Vec<f64> = rows.iter().flat_map(|row| replicate_gains(paper, row)).collect();
        let sizes: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
        Self {
            deviation: deviation(&differences),
            median: median(&sizes),
            floor: quantile(&sizes, FLOOR_SHARE),
            largest: quantile(&sizes, 1.0),
            differences,
        }
    }
}

/// Differences in points.
pub fn gains(rows: &[&Row], method: usize, baseline: usize) -> Vec<f64> {
    rows.iter().map(|row| row.f1_gain(method, baseline) as f64 / 100.0).collect()
}

fn replicate_gains(paper: &Paper, row: &Row) -> Vec<f64> {
    let differs = |method: &&usize| row.scores[**method] != row.scores[paper.vanilla];
    paper.replicates.iter().filter(differs).map(|method| row.f1_gain(*method, paper.vanilla) as f64 / 100.0).collect()
}

/// The distance between the highest and the lowest F1.
fn range(row: &Row, methods: &[usize]) -> i64 {
    let scores = || methods.iter().map(|method| row.scores[*method].f1);
    scores().max().unwrap_or(0) - scores().min().unwrap_or(0)
}

fn spread(name: &str, gains: &[f64]) -> Vec<String> {
    let sizes: Vec<f64> = gains.iter().map(|gain| gain.abs()).collect();
    let number = |of: fn(&f64) -> bool| gains.iter().filter(|gain| of(gain)).count().to_string();
    vec![
        name.to_owned(),
        gains.len().to_string(),
        number(|gain| *gain > 0.0),
        number(|gain| *gain < 0.0),
        number(|gain| *gain == 0.0),
        format!("{:+.3}", mean(gains)),
        Form::Thousandths.write(deviation(gains)),
        Form::Thousandths.write(median(&sizes)),
        Form::Thousandths.write(quantile(&sizes, FLOOR_SHARE)),
        Form::Hundredths.write(quantile(&sizes, 1.0)),
    ]
}

fn grouped(paper: &Paper, rows: &[&Row], key: fn(&Row) -> &String) -> Vec<Vec<String>> {
    let line = |name: &str| {
        let of_group = rows.iter().filter(|row| key(row) == name);
        let gains: Vec<f64> = of_group.flat_map(|row| replicate_gains(paper, row)).collect();
        let sizes: Vec<f64> = gains.iter().map(|gain| gain.abs()).collect();
        vec![
            name.to_owned(),
            gains.len().to_string(),
            signed((100.0 * mean(&gains)).round() as i64),
            Form::Hundredths.write(deviation(&gains)),
            Form::Thousandths.write(median(&sizes)),
            Form::Hundredths.write(quantile(&sizes, 1.0)),
        ]
    };
    distinct(rows.iter().map(|row| key(row))).into_iter().map(line).collect()
}
