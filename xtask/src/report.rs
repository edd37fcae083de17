//! `cargo xtask report`: the report of `welt-report`, with the paper's numbers beside ours.
//! Arguments and the workspace go in; the report is written where they say.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use welt_report::flags::{self, ReportFlags};
use welt_report::{Published, PublishedCorpus, PublishedRow, PublishedScores, PublishedStrictRow};

use crate::audit::{self, Paper};

const EXAMPLES: &str = "\
Examples:
  cargo xtask report                        the sweep in runs of this workspace
  cargo xtask report runs/sample
  cargo xtask report runs/ours runs/quick --output runs/both
  cargo xtask report runs/ours --pack docs/paper/ours
      a copy of all that a report needs, small enough to be kept with the sources
  cargo xtask report docs/paper/ours        the same report from the copy

Then open index.html in a browser. What it says and how it is computed is in docs/report.md.
Exit codes: 0 all records can be used, 1 there is nothing to report on, 3 some records cannot be used.";

/// Make the paper's tables and a page of plots from the records of sweeps
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Request {
    #[command(flatten)]
    flags: ReportFlags,
}

/// Reads the records and writes what is asked for.
pub fn run(request: &Request, workspace: &Path) -> Result<ExitCode> {
    flags::run(&request.flags, &workspace.join("runs"), Some(&published(&audit::read(workspace)?)))
}

/// Writes the report on one folder of runs into it, names the records that cannot be used, and says where its page is.
pub fn write(store: &Path, workspace: &Path) -> Result<PathBuf> {
    Ok(flags::write(store, Some(&published(&audit::read(workspace)?)))?.page)
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
        methods: paper.methods.iter().map(|method| method.name.clone()).collect(),
        vanilla: paper.vanilla,
        rows: rows.collect(),
        strict_rows: strict_rows.collect(),
        corpora: corpora.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use welt_report::{ReportSettings, Unit};

    #[test]
    fn reports_of_both_packs_are_those_beside_them() {
        let workspace = crate::workspace_root();
        let published = published(&audit::read(&workspace).unwrap());
        for pack in ["cut", "quick"] {
            let pack = workspace.join("docs/paper/ours").join(pack);
            let folder = tempfile::tempdir().unwrap();
            let output = folder.path().to_owned();
            let settings = ReportSettings { stores: vec![pack.clone()], output, units: Unit::Sentences };
            welt_report::report(&settings, Some(&published)).unwrap();
            for name in ["index.html", "report.md", "verdict.json", "tables.tex", "report.tex", "cells.csv", "runs.csv"]
            {
                let text = |folder: &Path| fs::read_to_string(folder.join(name)).unwrap();
                assert!(text(folder.path()) == text(&pack.join("report")), "{}: {name} differs", pack.display());
            }
        }
    }
}
