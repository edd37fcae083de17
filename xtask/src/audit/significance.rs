//! All rows together: tests of one method against another, what the best of several equal methods is worth, and ranks.
//! The paper's numbers go in, findings come out.

use anyhow::Result;
use welt_eval::uncertainty::holm;

use super::finding::{Finding, Form};
use super::noise::{Kept, gains};
use super::published::{PROPOSED, Paper, Row, Triple, distinct};
use welt_report::statistics::{at_least, median, sign_test, signed_rank};

/// The level at which adjusted p-values are counted.
const LEVEL: f64 = 0.05;

/// Sign tests and signed-rank tests of every method against vanilla, and of every weighting against vanilla's equals.
pub fn significance(paper: &Paper) -> Result<Finding> {
    let mut finding =
        Finding::new("significance", "Tests over all rows, with vanilla and with its equals as the baseline");
    let mechanisms = paper.mechanisms();
    let baselines = paper.same_objective();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for &baseline in &baselines {
        pairs.extend(mechanisms.iter().map(|&method| (method, baseline)));
    }
    pairs.extend(paper.replicates.iter().map(|&method| (method, paper.vanilla)));
    let all: Vec<&Row> = paper.rows.iter().collect();
    let kept = Kept::of(paper).rows;
    let (tests, tests_of_kept) = (Tests::of(&all, &pairs)?, Tests::of(&kept, &pairs)?);
    let is_control = |pair: &(usize, usize)| paper.replicates.contains(&pair.0);
    let below = |wanted: fn(&Tests, usize) -> bool, control: bool| {
        (0..pairs.len()).filter(|index| is_control(&pairs[*index]) == control && wanted(&tests, *index)).count()
    };
    let lower_than_level = |tests: &Tests, index: usize| tests.signs[index] < LEVEL;
    finding.count("rows", all.len());
    finding.count("comparisons in the family", pairs.len());
    finding.count("comparisons of equal methods among them", paper.replicates.len());
    let equal = below(lower_than_level, true);
    finding.count(&format!("equal methods that differ from vanilla at {LEVEL} by the sign test, unadjusted"), equal);
    if let Some(proposed) = paper.method(PROPOSED) {
        for &baseline in &baselines {
            let Some(index) = pairs.iter().position(|pair| *pair == (proposed, baseline)) else { continue };
            let name = &paper.methods[baseline].name;
            finding.count(&format!("{PROPOSED} above {name}, rows"), tests.up[index]);
            finding.figure(
                &format!("{PROPOSED} - {name}, sign test after Holm"),
                tests.signs_adjusted[index],
                Form::Probability,
            );
        }
    }
    let against_equals: Vec<usize> =
        (0..pairs.len()).filter(|index| !is_against_vanilla(paper, pairs[*index])).collect();
    let small = |index: &&usize| tests.signs_adjusted[**index] < LEVEL;
    let is_up = |index: &&usize| tests.up[**index] > tests.down[**index];
    finding.meaning = format!(
        "{equal} of {} methods of equal loss differ from vanilla at {LEVEL} by the sign test, so a small p-value against the vanilla column alone \
         does not show that weights helped; of {} comparisons of a weighting with another of the equal methods, {} stay below {LEVEL} after Holm \
         with the weighting above, and {} with it below.",
        paper.replicates.len(),
        against_equals.len(),
        against_equals.iter().filter(small).filter(is_up).count(),
        against_equals.iter().filter(small).filter(|index| !is_up(index)).count(),
    );
    let header =
        ["comparison", "up", "down", "equal", "corpora up", "median", "sign p", "Holm", "signed-rank p", "Holm"];
    finding.table("All rows", &header, tests.rows(paper, &pairs));
    finding.table(
        "Rows kept, without those that the noise floor sets aside",
        &header,
        tests_of_kept.rows(paper, &pairs),
    );
    Ok(finding)
}

fn is_against_vanilla(paper: &Paper, (_, baseline): (usize, usize)) -> bool {
    baseline == paper.vanilla
}

/// The tests of a family, in the order of its comparisons.
struct Tests {
    up: Vec<usize>,
    down: Vec<usize>,
    equal: Vec<usize>,
    corpora: Vec<String>,
    medians: Vec<f64>,
    signs: Vec<f64>,
    signs_adjusted: Vec<f64>,
    ranks: Vec<f64>,
    ranks_adjusted: Vec<f64>,
}

impl Tests {
    fn of(rows: &[&Row], pairs: &[(usize, usize)]) -> Result<Self> {
        let differences = |(method, baseline): (usize, usize)| -> Vec<i64> {
            rows.iter().map(|row| row.f1_gain(method, baseline)).collect()
        };
        let number = |of: fn(&i64) -> bool| -> Vec<usize> {
            pairs.iter().map(|&pair| differences(pair).iter().filter(|gain| of(gain)).count()).collect()
        };
        let (up, down, equal) = (number(|gain| *gain > 0), number(|gain| *gain < 0), number(|gain| *gain == 0));
        let signs: Vec<f64> = up.iter().zip(&down).map(|(up, down)| sign_test(*up, *down)).collect();
        let ranks: Vec<f64> = pairs.iter().map(|&pair| signed_rank(&differences(pair))).collect();
        Ok(Self {
            up,
            down,
            equal,
            corpora: pairs.iter().map(|&pair| corpora_up(rows, pair)).collect(),
            medians: pairs.iter().map(|&(method, baseline)| median(&gains(rows, method, baseline))).collect(),
            signs_adjusted: holm(&signs)?,
            ranks_adjusted: holm(&ranks)?,
            signs,
            ranks,
        })
    }

    fn rows(&self, paper: &Paper, pairs: &[(usize, usize)]) -> Vec<Vec<String>> {
        let row = |(index, &(method, baseline)): (usize, &(usize, usize))| {
            vec![
                format!("{} - {}", paper.methods[method].name, paper.methods[baseline].name),
                self.up[index].to_string(),
                self.down[index].to_string(),
                self.equal[index].to_string(),
                self.corpora[index].clone(),
                format!("{:+.3}", self.medians[index]),
                Form::Probability.write(self.signs[index]),
                Form::Probability.write(self.signs_adjusted[index]),
                Form::Probability.write(self.ranks[index]),
                Form::Probability.write(self.ranks_adjusted[index]),
            ]
        };
        pairs.iter().enumerate().map(row).collect()
    }
}

/// Corpora whose median difference is above 0, of how many: encoders share a corpus, so rows are not independent.
fn corpora_up(rows: &[&Row], (method, baseline): (usize, usize)) -> String {
    let names = distinct(rows.iter().map(|row| &row.dataset));
    let is_up = |name: &&&str| {
        let of_corpus: Vec<&Row> = rows.iter().copied().filter(|row| row.dataset == **name).collect();
        median(&gains(&of_corpus, method, baseline)) > 0.0
    };
    format!("{} of {}", names.iter().filter(is_up).count(), names.len())
}

/// How often the best of several equal methods beats vanilla, and each weighting beats all equal methods, beside what chance would do.
pub fn best_of_three(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("best-of-three", "The best of several equal methods");
    let mut chances = Vec::new();
    let mut wins = 0;
    let mut best = Vec::new();
    for row in &paper.rows {
        let vanilla = row.scores[paper.vanilla];
        let others = different(row, &paper.replicates, Some(vanilla));
        // Of equal runs each is as likely as another to be the highest.
        chances.push(others.len() as f64 / (others.len() + 1) as f64);
        let gain = others.iter().map(|triple| triple.f1 - vanilla.f1).max().unwrap_or(0);
        wins += usize::from(gain > 0);
        best.push(gain.max(0) as f64 / 100.0);
    }
    let expected: f64 = chances.iter().sum();
    let chance = at_least(wins, &chances);
    finding.count("rows", paper.rows.len());
    finding.count("rows in which the best of vanilla's equals is above vanilla", wins);
    finding.figure("rows expected if all were equal runs, copies of vanilla not counted", expected, Form::Hundredths);
    finding.figure("chance of so many or more", chance, Form::Probability);
    finding.figure("median gain of the best of vanilla's equals", median(&best), Form::Thousandths);
    let all: Vec<&Row> = paper.rows.iter().collect();
    if let Some(proposed) = paper.method(PROPOSED) {
        finding.figure(
            &format!("median gain of {PROPOSED}"),
            median(&gains(&all, proposed, paper.vanilla)),
            Form::Thousandths,
        );
    }
    finding.meaning = format!(
        "The best of the methods that do nothing beats vanilla in {wins} of {} rows where order statistics expect {expected:.1}; \
         a weighting that is to help has to beat all of them, not vanilla alone.",
        paper.rows.len()
    );
    let mut rows = Vec::new();
    for method in paper.mechanisms() {
        let beats = paper.rows.iter().filter(|row| beats_all(paper, row, method)).count();
        for tries in TRIES {
            let chances: Vec<f64> = paper.rows.iter().map(|row| chance_to_beat(paper, row, tries)).collect();
            rows.push(vec![
                paper.methods[method].name.clone(),
                beats.to_string(),
                tries.to_string(),
                Form::Hundredths.write(chances.iter().sum()),
                Form::Probability.write(at_least(beats, &chances)),
            ]);
        }
    }
    let header = [
        "method",
        "rows above vanilla and all its equals",
        "if it were the best of",
        "rows expected",
        "chance of so many",
    ];
    finding.table("Weightings against the best of vanilla and its equals, if they did nothing", &header, rows);
    Ok(finding)
}

/// How many runs of the same loss a method might stand for.
const TRIES: [usize; 4] = [1, 2, 3, 5];

/// The different triples among some methods of a row, and not `known`.
fn different(row: &Row, methods: &[usize], known: Option<Triple>) -> Vec<Triple> {
    let mut triples: Vec<Triple> = methods.iter().map(|method| row.scores[*method]).collect();
    triples.sort();
    triples.dedup();
    triples.retain(|triple| Some(*triple) != known);
    triples
}

fn beats_all(paper: &Paper, row: &Row, method: usize) -> bool {
    paper.same_objective().iter().all(|other| row.f1_gain(method, *other) > 0)
}

/// The chance that the best of some runs is above all different equal methods, if it were one of them.
fn chance_to_beat(paper: &Paper, row: &Row, tries: usize) -> f64 {
    let n_equal = different(row, &paper.same_objective(), None).len();
    tries as f64 / (tries + n_equal) as f64
}

/// The index of the proposed weighting in every row.
pub fn ranks(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("ranks", "Who is best in each row");
    let models = distinct(paper.rows.iter().map(|row| &row.model));
    let best = |row: &Row| row.scores.iter().map(|triple| triple.f1).max().unwrap_or(0);
    let is_best = |row: &Row, method: usize| row.scores[method].f1 == best(row);
    let number =
        |methods: &[usize]| paper.rows.iter().filter(|row| methods.iter().any(|method| is_best(row, *method))).count();
    let equal = number(&paper.same_objective());
    finding.count("rows", paper.rows.len());
    finding.count("rows whose best method, or one of them, has vanilla's loss", equal);
    let mut of_methods = Vec::new();
    for (index, method) in paper.methods.iter().enumerate() {
        let alone = |row: &&Row| row.scores.iter().filter(|triple| triple.f1 == best(row)).count() == 1;
        let alone = paper.rows.iter().filter(|row| is_best(row, index)).filter(alone).count();
        of_methods.push(vec![method.name.clone(), number(&[index]).to_string(), alone.to_string()]);
    }
    let proposed = paper.method(PROPOSED).unwrap_or(paper.vanilla);
    finding.count(&format!("rows in which {PROPOSED} is best"), number(&[proposed]));
    finding.meaning = format!(
        "{PROPOSED} is best or shares the best place in {} of {} rows, and a method with vanilla's loss in {equal}.",
        number(&[proposed]),
        paper.rows.len()
    );
    finding.table("Methods by the rows in which they are best", &["method", "best", "alone"], of_methods);
    let datasets = distinct(paper.rows.iter().map(|row| &row.dataset));
    let rank = |dataset: &str, model: &str| {
        let row = paper.rows.iter().find(|row| row.dataset == dataset && row.model == model);
        let above = |row: &Row| row.scores.iter().filter(|triple| triple.f1 > row.scores[proposed].f1).count();
        row.map_or(String::new(), |row| (1 + above(row)).to_string())
    };
    let line = |dataset: &&str| {
        let ranks = models.iter().map(|model| rank(dataset, model));
        [(*dataset).to_owned()].into_iter().chain(ranks).collect()
    };
    let cells = datasets.iter().map(line).collect();
    let header = [vec!["corpus"], models].concat();
    finding.table(&format!("Place of {PROPOSED} among the methods, by F1"), &header, cells);
    Ok(finding)
}
