//! All that a report says, in its order: what it shows first, the tables corpus by corpus, what is missing, how it was
//! computed.
//! Results and, where there are any, published numbers go in; a view comes out, which the renderers write down without
//! computing anything.

mod own;
mod paper;

use anyhow::Result;

use super::differences::{Results, SectionResult};
use super::document::{Block, Listing, heading, paragraph};
use super::findings;
use super::listings;
use super::plots::{self, Palette};
use super::published::Published;
use super::tables;

/// A whole report.
#[derive(Debug)]
pub struct View {
    pub title: String,
    pub blocks: Vec<Block>,
    /// Every row of every table.
    pub cells: Listing,
    /// Every run.
    pub runs: Listing,
    /// Whether a method helps, a line for every corpus and encoder; none beside published numbers.
    pub answers: Vec<String>,
    /// What else it shows, in sentences.
    pub summary: Vec<String>,
}

impl View {
    pub fn of(results: &Results, published: Option<&Published>) -> Result<Self> {
        Ok(Self {
            title: title(results),
            blocks: blocks(results, published)?,
            cells: listings::cells(results, published),
            runs: listings::runs(results),
            answers: if published.is_some() { Vec::new() } else { own::answers(results) },
            summary: findings::sentences(results, published),
        })
    }
}

/// The title of a report.
fn title(results: &Results) -> String {
    let mut titles: Vec<&str> = results.evidence.plans.iter().map(|plan| plan.title.as_str()).collect();
    titles.sort_unstable();
    titles.dedup();
    titles.join("; ")
}

/// The whole report.
fn blocks(results: &Results, published: Option<&Published>) -> Result<Vec<Block>> {
    let palette = Palette::of(results);
    let mut blocks = match published {
        Some(_) => paper::opening(),
        None => own::opening(results),
    };
    blocks.push(Block::Figures(findings::key_numbers(results, published)));
    blocks.push(heading(2, "What these runs show"));
    if let Some(plot) = plots::overview(results, &palette) {
        blocks.push(Block::Plots { legend: Vec::new(), plots: vec![plot] });
    }
    blocks.push(Block::List(findings::sentences(results, published)));
    // One corpus has no direction over corpora.
    if published.is_some() || results.sections.len() > 1 {
        blocks.extend(tables::directions::table(results, published).map(Block::Table));
    }
    if let Some(table) = tables::noise::table(results) {
        blocks.push(heading(2, "How much is noise"));
        blocks.push(paragraph(noise()));
        blocks.push(Block::Table(table));
    }
    let has_runs =
        |group: &&Vec<&SectionResult>| group.iter().flat_map(|section| &section.rows).any(|row| !row.runs.is_empty());
    for (index, group) in groups(results).iter().filter(has_runs).enumerate() {
        blocks.extend(corpus(group, index, published, &palette));
    }
    blocks.extend(match published {
        Some(published) => paper::rest(results, published)?,
        None => own::rest(results),
    });
    blocks.extend(without_result(results));
    blocks.extend(method(results, published));
    Ok(blocks)
}

fn noise() -> &'static str {
    "Vanilla runs that differ in nothing but the seed are the control. The noise floor is how far the means of two sets of such \
     runs lie apart in 19 of 20 cases: t · s · √(2 / n), where s is the standard deviation of vanilla’s F1 over seeds. A \
     corpus with fewer than five seeds has it from all corpora of its grid and encoder, pooled by degrees of freedom. Methods \
     and vanilla share their seeds: if that makes their runs more alike, the floor is too wide rather than too narrow."
}

/// Sections that make one table: one corpus, grid, program and device.
fn groups<'r, 'a>(results: &'r Results<'a>) -> Vec<Vec<&'r SectionResult<'a>>> {
    let mut groups: Vec<Vec<&SectionResult>> = Vec::new();
    for section in &results.sections {
        let same = |group: &&mut Vec<&SectionResult>| {
            let known = group[0].section;
            let of = section.section;
            (&known.dataset, &known.grid, &known.welt, &known.device) == (&of.dataset, &of.grid, &of.welt, &of.device)
                && known.training == of.training
                && group.iter().all(|other| other.section.encoder() != of.encoder())
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(section),
            None => groups.push(vec![section]),
        }
    }
    groups
}

/// A corpus: its plots, its scores and its errors.
fn corpus(group: &[&SectionResult], index: usize, published: Option<&Published>, palette: &Palette) -> Vec<Block> {
    let first = group[0].section;
    let place = match published.and_then(|published| published.table_number(&first.dataset)) {
        Some(number) => format!("Table {number}, {}", first.dataset),
        None => first.dataset.clone(),
    };
    let mut blocks = vec![heading(2, format!("{place}: {}", findings::of_section(group)))];
    for section in group {
        let of = section.section;
        blocks.push(paragraph(format!("{}: {}; {}.", of.encoder(), of.origin(""), of.training)));
        let plots = [
            plots::differences(section, palette),
            plots::precision_recall(section, palette),
            plots::errors(section, published),
            plots::development(section, palette),
            plots::loss(section, palette),
        ];
        let plots: Vec<_> = plots.into_iter().flatten().collect();
        if !plots.is_empty() {
            blocks.push(Block::Plots { legend: palette.legend(section), plots });
        }
    }
    // Two grids may have the same corpus.
    blocks.push(Block::Table(tables::scores::table(group, published, format!("scores-{}", index + 1))));
    blocks.extend(tables::errors::table(group, published, format!("errors-{}", index + 1)).map(Block::Table));
    blocks
}

/// The runs without a result, and what plans could not have run.
fn without_result(results: &Results) -> Vec<Block> {
    let table = tables::runs::absent(results);
    let mut problems: Vec<String> = results.evidence.plans.iter().flat_map(|plan| plan.problems.clone()).collect();
    problems.sort_unstable();
    problems.dedup();
    let mut blocks = vec![heading(2, "Runs without a result")];
    if table.is_none() && problems.is_empty() {
        blocks.push(paragraph("None: every planned run has a result."));
    }
    blocks.extend(table.map(Block::Table));
    if !problems.is_empty() {
        blocks.push(Block::List(
            problems.into_iter().map(|problem| format!("Could not be planned: {problem}")).collect(),
        ));
    }
    blocks
}

/// What tests and intervals take for independent.
fn units(results: &Results) -> &'static str {
    if results.evidence.units_are_documents {
        "Documents are taken for independent where the test files mark them, and sentences elsewhere: tests and intervals that \
         are said to be over sentences are over whole documents there."
    } else {
        "Sentences are taken for independent. Those of one document are not quite, so that intervals over sentences are a \
         little too narrow; where the test files mark their documents, --units documents takes these instead."
    }
}

/// How the numbers were computed, and where the runs come from.
fn method(results: &Results, published: Option<&Published>) -> Vec<Block> {
    let mut rules = if published.is_some() { Vec::new() } else { own::rules(results) };
    rules.extend(rules_of_scores(results));
    let mut blocks = vec![heading(2, "How this was computed"), Block::List(rules)];
    blocks.push(Block::Table(tables::runs::sources(results)));
    blocks
}

fn rules_of_scores(results: &Results) -> Vec<String> {
    vec![
        "Scores are of entities, as seqeval counts them by default, computed again from the predictions of every run and held \
         against its record."
            .to_owned(),
        "With one seed the interval of a difference is the paired bootstrap’s over test sentences (10,000 resamples, \
         percentiles) and its test is paired randomization. With several, runs of the same seed are pairs, and interval and \
         test are by Student’s t over seeds and sentences."
            .to_owned(),
        format!(
            "The family for Holm’s method is every difference of F1 to vanilla in this report, each loss once: {} tests. A star \
             is a Holm-adjusted p below 0.05. Bold takes a star whose test is over seeds, and a difference beyond the noise floor.",
            results.family
        ),
        units(results).to_owned(),
        "The smallest visible difference is for one test at 5 % before Holm’s adjustment, with 80 % power, from the \
         variance of paired differences over seeds (pooled over the methods and corpora of a grid) and over sentences: the power \
         is E[Φ((δ − m) / √(s² + u²)) + Φ((−δ − m) / √(s² + u²))] with m² = t²s² + t²u² over the estimates of s². Without \
         u² it is that of the noncentral t distribution."
            .to_owned(),
        "Error types: Type-1 is a prediction that shares no word with a gold entity that is still to be found, Type-2 a gold \
         entity without a prediction, Type-3 all that overlap without being equal, counted once. A mention looks like an \
         abbreviation if it is one word of 2 to 10 characters with more capitals than small letters."
            .to_owned(),
    ]
}
