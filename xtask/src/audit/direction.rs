//! Which way weights push: what the two orders of weights and labels predict, and what the tables show.
//! The paper's numbers and class counts go in, a finding comes out.

use anyhow::Result;
use welt_weights::LabelOrder;

use super::finding::{Finding, Form};
use super::published::Paper;
use welt_report::statistics::{median, sign_test};

/// The index of O among B, I and O, as the paper's code sorts its labels.
const OUTSIDE: usize = 2;

/// What the order of the weights predicts for precision and recall, beside what the tables show.
pub fn label_order(paper: &Paper) -> Result<Finding> {
    let mut finding =
        Finding::new("label-order", "Weights in the intended order and in the order of the published code");
    let baselines = paper.same_objective();
    let (mut predictions, mut rows) = (Vec::new(), Vec::new());
    let mut told = Vec::new();
    for method in paper.mechanisms() {
        let intended = ratios(paper, method, LabelOrder::Intended)?;
        let published = ratios(paper, method, LabelOrder::AsPublished)?;
        let name = &paper.methods[method].name;
        predictions.push(prediction(name, "intended", &intended));
        predictions.push(prediction(name, "as published", &published));
        for &baseline in &baselines {
            rows.push(Direction::of(paper, method, baseline).cells(paper, method, baseline));
        }
        let seen = Direction::of(paper, method, paper.vanilla);
        finding.count(&format!("{name}: rows with lower recall than vanilla"), seen.recall.down);
        finding.count(&format!("{name}: rows with higher precision than vanilla"), seen.precision.up);
        told.push(format!("{name} in {}", seen.recall.down));
    }
    for &method in &paper.replicates {
        rows.push(Direction::of(paper, method, paper.vanilla).cells(paper, method, paper.vanilla));
    }
    finding.meaning = format!(
        "Recall is below vanilla's for {} of {} rows; weights in the intended order push recall up, and in the order of the published code they push it down.",
        if told.is_empty() { "no weighting".to_owned() } else { told.join(", ") },
        paper.rows.len()
    );
    let header = ["method", "order", "w_B / w_O", "w_I / w_O", "precision", "recall"];
    finding.table("What weights predict, over the corpora whose classes are counted", &header, predictions);
    let header = [
        "comparison",
        "P up",
        "P down",
        "P median",
        "P sign p",
        "R up",
        "R down",
        "R median",
        "R sign p",
        "P up, R down",
        "P down, R up",
    ];
    finding.table("What the tables show", &header, rows);
    Ok(finding)
}

/// The least and the largest weight of B and of I, O's being 1.
struct Ratios {
    begin: [f64; 2],
    inside: [f64; 2],
}

fn ratios(paper: &Paper, method: usize, order: LabelOrder) -> Result<Ratios> {
    let empty = [f64::INFINITY, f64::NEG_INFINITY];
    let mut ratios = Ratios { begin: empty, inside: empty };
    let widen = |range: &mut [f64; 2], value: f64| *range = [range[0].min(value), range[1].max(value)];
    for counted in paper.corpora.iter().filter_map(|corpus| corpus.counted.as_ref()) {
        let [outside, begin, inside] = counted.classes;
        let weights = order.arrange(&paper.methods[method].scheme.weights(&[begin, inside, outside])?, OUTSIDE);
        widen(&mut ratios.begin, weights[0] / weights[OUTSIDE]);
        widen(&mut ratios.inside, weights[1] / weights[OUTSIDE]);
    }
    Ok(ratios)
}

/// A missed entity costs what the weights of B say, and a false one what that of O says.
fn prediction(name: &str, order: &str, ratios: &Ratios) -> Vec<String> {
    let [least, most] = ratios.begin;
    let (precision, recall) = if least > 1.0 {
        ("down", "up")
    } else if most < 1.0 {
        ("up", "down")
    } else {
        ("-", "-")
    };
    let range = |[least, most]: [f64; 2]| format!("{least:.3} to {most:.3}");
    let cells = [name, order, &range(ratios.begin), &range(ratios.inside), precision, recall];
    cells.map(str::to_owned).to_vec()
}

/// How many rows go up and down in one metric.
struct Moves {
    up: usize,
    down: usize,
    median: f64,
}

impl Moves {
    fn of(differences: &[i64]) -> Self {
        let up = differences.iter().filter(|difference| **difference > 0).count();
        let down = differences.iter().filter(|difference| **difference < 0).count();
        let points: Vec<f64> = differences.iter().map(|difference| *difference as f64 / 100.0).collect();
        Self { up, down, median: median(&points) }
    }

    fn cells(&self) -> Vec<String> {
        let p_value = Form::Probability.write(sign_test(self.up, self.down));
        vec![self.up.to_string(), self.down.to_string(), format!("{:+.3}", self.median), p_value]
    }
}

struct Direction {
    precision: Moves,
    recall: Moves,
    towards_precision: usize,
    towards_recall: usize,
}

impl Direction {
    fn of(paper: &Paper, method: usize, baseline: usize) -> Self {
        let moves: Vec<[i64; 2]> = paper
            .rows
            .iter()
            .map(|row| (row.scores[method], row.scores[baseline]))
            .map(|(ours, base)| [ours.precision - base.precision, ours.recall - base.recall])
            .collect();
        let column = |index: usize| moves.iter().map(|row| row[index]).collect::<Vec<_>>();
        Self {
            precision: Moves::of(&column(0)),
            recall: Moves::of(&column(1)),
            towards_precision: moves.iter().filter(|[precision, recall]| *precision > 0 && *recall < 0).count(),
            towards_recall: moves.iter().filter(|[precision, recall]| *precision < 0 && *recall > 0).count(),
        }
    }

    fn cells(&self, paper: &Paper, method: usize, baseline: usize) -> Vec<String> {
        let name = format!("{} - {}", paper.methods[method].name, paper.methods[baseline].name);
        let both = [self.towards_precision, self.towards_recall].map(|rows| rows.to_string());
        [vec![name], self.precision.cells(), self.recall.cells(), both.to_vec()].concat()
    }
}
