//! What a report says beside the paper's numbers, and of the paper's tables that there are no records for.

use anyhow::Result;

use crate::differences::Results;
use crate::document::{Block, heading, paragraph};
use crate::published::Published;
use crate::tables;

/// What stands below the verdict.
pub fn opening() -> Block {
    paragraph(
        "Class weights in biomedical entity recognition: the tables of the WeLT paper (Mobasher et al. 2023), from our own \
         runs, with the noise beside every difference.",
    )
}

/// Tables 10, 1 and 11, and those that there are no records for.
pub fn rest(results: &Results, published: &Published) -> Result<Vec<Block>> {
    let mut blocks = vec![heading(2, "Both scorers: Table 10")];
    match tables::scorers::table(results, published)? {
        Some(table) => blocks.push(Block::Table(table)),
        None => {
            let corpora = scorer_corpora(published);
            blocks.push(paragraph(format!("Table 10 ({corpora}): no run of this corpus has a result.")));
        }
    }
    blocks.extend(tables::scorers::all(results, Some(published)).map(Block::Table));
    let tables = [tables::corpora::table_1(results, published), tables::corpora::table_11(results, published)];
    blocks.push(heading(2, "The corpora: Tables 1 and 11"));
    if tables.iter().all(Option::is_none) {
        blocks.push(paragraph("Tables 1 and 11: no run has finished."));
    }
    blocks.extend(tables.into_iter().flatten().map(Block::Table));
    let missing = missing(results, published);
    if !missing.is_empty() {
        blocks.push(heading(2, "Tables of the paper without records"));
        blocks.push(Block::List(missing));
    }
    Ok(blocks)
}

/// The tables that there are no records for.
fn missing(results: &Results, published: &Published) -> Vec<String> {
    let mut missing = Vec::new();
    for dataset in published.datasets() {
        let number = published.table_number(dataset).unwrap_or_default();
        let mut sections = results.sections.iter().filter(|section| section.section.dataset == dataset).peekable();
        if sections.peek().is_none() {
            missing.push(format!("Table {number} ({dataset}): no run of this corpus is in the records."));
        } else if sections.flat_map(|section| &section.rows).all(|row| row.runs.is_empty()) {
            missing.push(format!("Table {number} ({dataset}): its runs are planned, and none has a result."));
        }
    }
    let is_unused = |model: &&str| results.sections.iter().all(|section| section.section.model != **model);
    let unused: Vec<&str> = published.models().into_iter().filter(is_unused).collect();
    if !unused.is_empty() {
        missing
            .push(format!("Rows of {} in all tables: no run of these encoders is in the records.", unused.join(", ")));
    }
    missing
}

fn scorer_corpora(published: &Published) -> String {
    let mut names: Vec<&str> = published.strict_rows.iter().map(|row| row.dataset.as_str()).collect();
    names.dedup();
    names.join(", ")
}
