//! The tables of a sweep, in Markdown: a section a dataset and model, a row a weighting.
//! A plan and what became of its runs go in, text comes out.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use welt_record::{Row, Section, SplitScores};
use welt_settings::{Method, Weighting};
use welt_tables::{columns, markdown};
use welt_weights::LabelOrder;

use super::outcome::Outcome;
use super::plan::Plan;
use super::records::test_scores;

/// What a table that has such methods says of them.
const LOSSES_WITHOUT_WEIGHTS: &str = "Focal loss and logit adjustment are losses without class weights; the number is gamma of \
                                      the one and tau of the other.";

const DICE_LOSS: &str = "The dice loss is one too; its number is alpha.";

const CHOICES_OF_LABELS: &str = "Tuned shifts and constrained decoding train nothing: they choose labels by the scores that the runs of vanilla, or of the method before them, left.";

/// Published scores in per cent, by dataset, model and scheme.
#[derive(Debug, Default)]
pub struct Published {
    scores: BTreeMap<(String, String, String), [Option<f64>; 3]>,
}

/// What the published runs most likely used, as their repository's history and their recalls tell.
const PUBLISHED_ORDER: LabelOrder = LabelOrder::AsPublished;

/// The metrics of a table, in the order of its columns.
const METRICS: [&str; 3] = ["precision", "recall", "f1"];

impl Published {
    /// Reads a CSV file with the columns table, dataset, model, scheme, metric and value.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let mut published = Self::default();
        for (index, line) in text.lines().enumerate().skip(1) {
            let line_number = index + 1;
            let [_, dataset, model, scheme, metric, value] = line.split(',').collect::<Vec<_>>()[..] else {
                bail!("line {line_number}: expected table,dataset,model,scheme,metric,value");
            };
            let Some(metric_index) = METRICS.iter().position(|known| *known == metric) else { continue };
            let value: f64 = value.parse().with_context(|| format!("line {line_number}: value `{value}`"))?;
            let key = (dataset.to_owned(), model.to_owned(), scheme.to_owned());
            published.scores.entry(key).or_default()[metric_index] = Some(value);
        }
        Ok(published)
    }

    /// How many scores there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    fn scores(&self, section: &Section, method: Method) -> Option<&[Option<f64>; 3]> {
        self.scores.get(&(section.dataset.clone(), section.model.clone(), method.to_string()))
    }

    /// The scores to show in a row: in a section that has rows of the published order, these alone get any.
    fn beside(&self, section: &Section, weighting: Weighting) -> Option<&[Option<f64>; 3]> {
        let is_their_order = weighting.label_order == PUBLISHED_ORDER || !has_published_order(section);
        self.scores(section, weighting.method).filter(|_| is_their_order)
    }
}

fn has_published_order(section: &Section) -> bool {
    section.rows.iter().any(|row| row.weighting.label_order == PUBLISHED_ORDER)
}

/// What stands above the tables.
#[derive(Debug)]
pub struct Heading<'a> {
    pub title: &'a str,
    /// The program: its version and what of it computes.
    pub welt: &'a str,
    pub device: &'a str,
}

/// All sections, and the cells that have no result.
pub fn render(heading: &Heading, plan: &Plan, outcomes: &[Outcome], published: &Published) -> String {
    let by_run = ByRun::of(plan, outcomes);
    let done = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Finished(_))).count();
    let mut text = format!(
        "# {}\n\n{}, device {}; {} cells, {done} of {} distinct runs finished.\n\
         Precision, recall and F1 of entities in the test split, in per cent, as seqeval counts them by default; \
         *strict F1* in its strict mode.\n\
         Mean ± standard deviation over seeds; *F1 − vanilla* is the mean of the differences seed by seed.\n",
        heading.title,
        heading.welt,
        heading.device,
        plan.cells,
        plan.runs.len(),
    );
    let methods = || plan.sections.iter().flat_map(|section| &section.rows).map(|row| row.weighting.method);
    let notes = [
        (methods().any(|of| of.loss.focal_gamma > 0.0 || of.loss.logit_adjustment > 0.0), LOSSES_WITHOUT_WEIGHTS),
        (methods().any(|of| of.loss.dice_alpha.is_some()), DICE_LOSS),
        (methods().any(Method::shares_training), CHOICES_OF_LABELS),
    ];
    for (_, note) in notes.iter().filter(|(holds, _)| *holds) {
        text.push_str(&format!("{note}\n"));
    }
    if let Some(section) = plan.sections.iter().find(|section| with_published(section, published)) {
        text.push_str("The published runs most likely used the label order as-published");
        text.push_str(if has_published_order(section) {
            ": their scores stand beside the rows of that order.\n"
        } else {
            ", which this table does not hold: compare with care.\n"
        });
    }
    for section in &plan.sections {
        text.push_str(&render_section(section, &by_run, published));
    }
    text.push_str(&render_missing(plan, outcomes));
    text
}

fn with_published(section: &Section, published: &Published) -> bool {
    section.rows.iter().any(|row| published.beside(section, row.weighting).is_some())
}

/// Mean F1 in per cent of every row of the intended label order that has one, by a name for it.
pub fn mean_f1(plan: &Plan, outcomes: &[Outcome]) -> Vec<(String, f64)> {
    let by_run = ByRun::of(plan, outcomes);
    let mut means = Vec::new();
    for section in &plan.sections {
        for row in &section.rows {
            // The published order is there to be looked at: on a corpus full of O it may learn next to nothing.
            if row.weighting.label_order == LabelOrder::AsPublished {
                continue;
            }
            let f1: Vec<f64> = by_run.results(row).iter().map(|(_, scores)| scores.default.f1).collect();
            if let Some((mean, _)) = mean_and_deviation(&f1) {
                means.push((format!("{} {} {}", section.dataset, section.model, row.weighting), 100.0 * mean));
            }
        }
    }
    means
}

fn render_section(section: &Section, outcomes: &ByRun, published: &Published) -> String {
    let with_published = with_published(section, published);
    let mut header = vec!["seeds", "P", "R", "F1", "F1 − vanilla", "strict F1"];
    if with_published {
        header.extend(["published P", "R", "F1", "F1 − vanilla"]);
    }
    let vanilla = section.rows.iter().find(|row| row.weighting.method == Method::VANILLA);
    let baseline = vanilla.map(|row| outcomes.results(row)).unwrap_or_default();
    let rows: Vec<Vec<String>> = section
        .rows
        .iter()
        .map(|row| {
            let mut cells = own_cells(row, outcomes, &baseline);
            if with_published {
                cells.extend(published_cells(section, row.weighting, published));
            }
            cells.push(row.same_as.map(|same| format!("= {same}")).unwrap_or_default());
            cells
        })
        .collect();
    let mut columns = columns(&["method"], &header);
    columns.extend(welt_tables::columns(&["same run as"], &[]));
    let origin = section.origin("`");
    format!(
        "\n## {}, {}\n\n{origin}; {}.\n\n{}",
        section.dataset,
        section.model,
        section.training,
        markdown(&columns, &rows)
    )
}

/// What became of every run, by its hash.
struct ByRun<'a>(HashMap<&'a str, &'a Outcome>);

impl<'a> ByRun<'a> {
    fn of(plan: &'a Plan, outcomes: &'a [Outcome]) -> Self {
        Self(plan.runs.iter().map(|run| run.hash.as_str()).zip(outcomes).collect())
    }

    /// The seeds of a row that have a result.
    fn results(&self, row: &Row) -> Vec<(u64, &'a SplitScores)> {
        let scores = |cell: &welt_record::Cell| match self.0.get(cell.run.as_str()) {
            Some(Outcome::Finished(record)) => Some((cell.seed, test_scores(record)?)),
            _ => None,
        };
        row.runs.iter().filter_map(scores).collect()
    }
}

fn own_cells(row: &Row, outcomes: &ByRun, baseline: &[(u64, &SplitScores)]) -> Vec<String> {
    let found = outcomes.results(row);
    let seeds = if found.len() == row.runs.len() {
        found.len().to_string()
    } else {
        format!("{} of {}", found.len(), row.runs.len())
    };
    let column = |of: fn(&SplitScores) -> Option<f64>| -> String {
        let values: Vec<f64> = found.iter().filter_map(|(_, scores)| of(scores)).collect();
        spread(&values, false)
    };
    let differences: Vec<f64> = found
        .iter()
        .filter_map(|(seed, scores)| {
            let (_, vanilla) = baseline.iter().find(|(known, _)| known == seed)?;
            Some(scores.default.f1 - vanilla.default.f1)
        })
        .collect();
    vec![
        row.weighting.to_string(),
        seeds,
        column(|scores| Some(scores.default.precision)),
        column(|scores| Some(scores.default.recall)),
        column(|scores| Some(scores.default.f1)),
        if row.is_vanilla() { String::new() } else { spread(&differences, true) },
        column(|scores| scores.strict.map(|strict| strict.f1)),
    ]
}

fn published_cells(section: &Section, weighting: Weighting, published: &Published) -> Vec<String> {
    let scores = published.beside(section, weighting).copied().unwrap_or_default();
    let baseline = published.scores(section, Method::VANILLA).and_then(|scores| scores[2]);
    let difference = match (scores[2], baseline) {
        (Some(f1), Some(baseline)) if weighting.method != Method::VANILLA => format!("{:+.2}", f1 - baseline),
        _ => String::new(),
    };
    let shown = scores.iter().map(|score| score.map(|score| format!("{score:.2}")).unwrap_or_default());
    shown.chain([difference]).collect()
}

/// Mean and standard deviation of fractions, in per cent.
fn spread(values: &[f64], signed: bool) -> String {
    let Some((mean, deviation)) = mean_and_deviation(values) else { return "–".to_owned() };
    let mean = if signed { format!("{:+.2}", 100.0 * mean) } else { format!("{:.2}", 100.0 * mean) };
    match deviation {
        Some(deviation) => format!("{mean} ± {:.2}", 100.0 * deviation),
        None => mean,
    }
}

/// The mean, and from two values on their sample standard deviation.
fn mean_and_deviation(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let n = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((mean, (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt())))
}

fn render_missing(plan: &Plan, outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for (run, outcome) in plan.runs.iter().zip(outcomes) {
        let why = match outcome {
            Outcome::Finished(_) => continue,
            Outcome::Failed(why) => format!("failed: {}", why.lines().next().unwrap_or_default()),
            Outcome::NotRun => "not run".to_owned(),
        };
        text.push_str(&format!(
            "- {}, {}, {}, seed {} (`{}`): {why}\n",
            run.dataset,
            run.model,
            run.weighting(),
            run.settings.seed,
            run.hash
        ));
    }
    if text.is_empty() { text } else { format!("\n## Runs without a result\n\n{text}") }
}
