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
use super::palette::Palette;
use super::plots;
use super::published::Published;
use super::tables;
use super::verdicts;

/// A whole report.
#[derive(Debug)]
pub struct View {
    pub title: String,
    pub blocks: Vec<Block>,
    /// Every row of every table.
    pub cells: Listing,
    /// Every run.
    pub runs: Listing,
    /// What is known of every method, for programs.
    pub verdict: String,
    /// Whether weights help, and a line for every method.
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
            verdict: verdicts::json(results),
            answers: verdicts::lines(results),
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
    let mut blocks = vec![Block::Verdict(verdicts::head(results))];
    blocks.push(paragraph(compared()));
    blocks.extend(published.map(|_| paper::opening()));
    blocks.push(Block::Figures(findings::key_numbers(results)));
    blocks.push(heading(2, "What these runs show"));
    blocks.push(Block::List(findings::sentences(results, published)));
    blocks.extend(tables::directions::table(results, published).map(Block::Table));
    blocks.extend(tables::each_corpus::tables(results).into_iter().map(Block::Table));
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

fn compared() -> &'static str {
    "Every method is compared with vanilla, which is training without class weights, seed by seed, on test. It helps or hurts \
     where its p-value stays below 0.05 after Holm’s adjustment for all methods; it is the same where both tests against a \
     difference that would matter do; all else is not known, which is no proof that there is no difference."
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
    let about = match published.and_then(|published| published.table_number(&first.dataset)) {
        Some(number) => format!("Table {number}, {}", first.dataset),
        None => first.dataset.clone(),
    };
    let mut blocks = vec![heading(2, format!("{about}: {}", findings::of_section(group)))];
    for section in group {
        let of = section.section;
        let cited =
            of.signature().map(|signature| format!(" Scores are to be cited as {signature}.")).unwrap_or_default();
        blocks.push(paragraph(format!("{}: {}; {}.{cited}", of.encoder(), of.origin(""), of.training)));
        let plots = [
            plots::differences(section, palette),
            plots::precision_recall(section, palette),
            plots::shifts(section, palette),
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
    blocks.extend(tables::shifts::table(group, format!("shifts-{}", index + 1)).map(Block::Table));
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
    let n_tests: Vec<String> = results.groups.iter().map(|group| group.n_corpus_tests.to_string()).collect();
    vec![
        "Scores are of entities, as seqeval counts them by default, computed again from the predictions of every run and held \
         against its record."
            .to_owned(),
        "The word of a method: with four different texts and more, Student’s t over their mean differences to vanilla; with \
         fewer, Student’s t over the seeds that all corpora have, with the noise of test sentences. Corpora of the same texts \
         count once. Two one-sided tests against the margin tell what is the same. Both families of p-values are adjusted by \
         Holm’s method for the methods of a grid and encoder."
            .to_owned(),
        "A run collapsed if it has no right entity, or an F1 below a twentieth of the best run on its corpus. Pairs with such a \
         run are left out; the word of all pairs is said too where it differs."
            .to_owned(),
        format!(
            "The tests of single corpora are by Student’s t over seeds and sentences. Where a method has five corpora with \
             several seeds, the variances of all are drawn towards a common one with at most two degrees of freedom, and the \
             differences towards their mean. Holm’s family are all such tests of a grid and encoder: {}. One seed has none: its \
             interval is the paired bootstrap’s over test sentences, and says whether two models differ, not whether two \
             methods do.",
            n_tests.join(", ")
        ),
        units(results).to_owned(),
        "What is visible is the true difference that a test sees in four of five cases, by the noncentral t distribution, with \
         the noise of sentences where the test is over seeds. docs/statistics.md gives formulas, sources and how often each \
         test was wrong in simulations."
            .to_owned(),
        "Error types: Type-1 is a prediction that shares no word with a gold entity that is still to be found, Type-2 a gold \
         entity without a prediction, Type-3 all that overlap without being equal, counted once. A mention looks like an \
         abbreviation if it is one word of 2 to 10 characters with more capitals than small letters."
            .to_owned(),
    ]
}
