//! `cargo xtask report`: the report of `welt-report`, with the paper's numbers beside ours.
//! Arguments and the workspace go in; the report is written where they say.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use welt_report::{Published, PublishedCorpus, PublishedRow, PublishedScores, PublishedStrictRow};

use crate::audit::{self, Paper};

pub use welt_report::Request;

/// Reads the records and writes what is asked for.
pub fn run(request: &Request, workspace: &Path) -> Result<ExitCode> {
    welt_report::run(request, &workspace.join("runs"), &published(&audit::read(workspace)?))
}

/// Writes the report on one folder of runs into it, and says where its page is.
pub fn write(store: &Path, workspace: &Path) -> Result<PathBuf> {
    welt_report::write(store, &published(&audit::read(workspace)?))
}

/// What of the paper's numbers a report sets beside ours.
fn published(paper: &Paper) -> Published {
    let rows = paper.rows.iter().map(|row| PublishedRow {
        dataset: row.dataset.clone(),
        model: row.model.clone(),
        scores: (row.scores.iter())
            .map(|of| PublishedScores { precision: of.precision, recall: of.recall, f1: of.f1 })
            .collect(),
    });
    let strict_rows = paper.strict_rows.iter().map(|row| PublishedStrictRow {
        dataset: row.dataset.clone(),
        model: row.model.clone(),
        scores: row.scores.clone(),
    });
    let corpora = paper.corpora.iter().map(|corpus| PublishedCorpus {
        name: corpus.name.clone(),
        shares: corpus.shares,
        sentences: corpus.sentences,
    });
    Published {
        methods: paper.arms.iter().map(|arm| arm.name.clone()).collect(),
        vanilla: paper.vanilla,
        rows: rows.collect(),
        strict_rows: strict_rows.collect(),
        corpora: corpora.collect(),
    }
}
