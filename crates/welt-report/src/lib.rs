//! Makes the paper's tables and a page of plots from the records of sweeps, and small copies of the records.
//! Folders of sweeps or packs of them go in; Markdown, LaTeX, CSV and one HTML file come out. Nothing is trained.
//!
//! `store` finds plans and runs, `evidence` and `counting` read a run, `sections` puts cells together,
//! `differences` and `power` compute, `tables`, `other_tables`, `findings`, `plots` and `published` say it,
//! `page` orders it, `document` is what `markdown`, `latex` and `html` write; `csv` lists all numbers.

#![forbid(unsafe_code)]

mod counting;
mod csv;
mod differences;
mod document;
mod evidence;
mod findings;
mod html;
mod latex;
mod markdown;
mod other_tables;
mod page;
mod plots;
mod power;
mod published;
mod sections;
pub mod statistics;
mod store;
mod svg;
mod tables;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use welt_files::write_whole;

pub use published::{Published, PublishedCorpus, PublishedRow, PublishedScores, PublishedStrictRow};
use store::Evidence;

/// The exit code of a report some of whose records cannot be used.
pub const PARTIAL: u8 = 3;

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
    /// Folders of sweeps, or packs of them [default: runs of this workspace]
    #[arg(value_name = "STORE")]
    stores: Vec<PathBuf>,
    /// Where the report goes [default: report in the first folder]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write no report, but a small copy of the records that one can be made of
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pack: Option<PathBuf>,
    /// What tests and intervals take for independent; documents are known where the test files have -DOCSTART- lines
    #[arg(long, value_name = "UNITS", default_value = "sentences")]
    units: Unit,
}

/// What tests and intervals take for independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unit {
    Sentences,
    Documents,
}

/// Reads the records and writes what is asked for.
///
/// # Errors
/// Folders without plans, and files that cannot be read or written.
pub fn run(request: &Request, default_store: &Path, published: &Published) -> Result<ExitCode> {
    let stores = if request.stores.is_empty() { vec![default_store.to_owned()] } else { request.stores.clone() };
    let mut evidence = Evidence::read(&stores)?;
    if let Some(folder) = &request.pack {
        evidence.write_pack(folder)?;
        println!(
            "packed {} runs, {} with a result, into {}",
            evidence.runs.len(),
            evidence.n_finished(),
            folder.display()
        );
        return Ok(end(&evidence));
    }
    if request.units == Unit::Documents {
        evidence.take_documents_for_units()?;
    }
    let output = request.output.clone().unwrap_or_else(|| stores[0].join("report"));
    let report = report(&evidence, published)?;
    report.write(&output)?;
    println!("{}", report.summary);
    println!("the report is in {}", output.join("index.html").display());
    Ok(end(&evidence))
}

/// The exit code of a report, which tells whether all records can be used.
fn end(evidence: &Evidence) -> ExitCode {
    if name_unusable(evidence) == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) }
}

/// Says which records cannot be used, and how many these are.
fn name_unusable(evidence: &Evidence) -> usize {
    let unusable = evidence.unusable();
    for (run, why) in &unusable {
        eprintln!("run {run}: its record cannot be used: {why}");
    }
    unusable.len()
}

/// Writes the report on one folder of runs into it, names the records that cannot be used, and says where its page is.
///
/// # Errors
/// Folders without plans, and files that cannot be read or written.
pub fn write(store: &Path, published: &Published) -> Result<PathBuf> {
    let output = store.join("report");
    let evidence = Evidence::read(&[store.to_owned()])?;
    report(&evidence, published)?.write(&output)?;
    name_unusable(&evidence);
    Ok(output.join("index.html"))
}

/// The files of a report.
#[derive(Debug)]
struct Report {
    /// Their names and texts.
    files: Vec<(&'static str, String)>,
    /// What it shows, for a terminal.
    summary: String,
}

fn report(evidence: &Evidence, paper: &Published) -> Result<Report> {
    let sections = sections::sections(evidence, paper);
    let results = differences::results(&sections, evidence)?;
    let controls = findings::all_controls(&results)?;
    let (title, blocks) = (page::title(&results), page::blocks(&results, &controls, paper)?);
    let files = vec![
        ("index.html", html::render(&title, &blocks)),
        ("report.md", markdown::render(&title, &blocks)),
        ("tables.tex", latex::tables(&blocks)),
        ("report.tex", latex::document(&title, "tables")),
        ("cells.csv", csv::cells(&results, paper)),
        ("runs.csv", csv::runs(&results)),
    ];
    Ok(Report { files, summary: findings::sentences(&results, &controls, paper).join("\n") })
}

impl Report {
    fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        for (name, text) in &self.files {
            write_whole(&folder.join(name), text)?;
        }
        Ok(())
    }
}
