//! Says what the runs of a sweep show: whether a method beats plain training on a corpus, with the noise beside every
//! difference.
//! Folders of sweeps or packs of them go in; Markdown, LaTeX, CSV and one HTML file come out, or a small copy of the
//! records. Nothing is trained, and it knows no published number but those that it is handed.
//!
//! Data flows one way. `store` finds plans and runs, `evidence` and `counting` read a run, `sections` puts cells together,
//! `differences` compares runs with vanilla's, and `judgement` puts them before `welt_eval::verdict`. Of these, `shifts`, `verdicts`,
//! `findings`, `tables`, `plots` and `listings` make the parts of a `document`, and `view` puts the parts in order. `html`, `markdown`, `latex` and `csv` write
//! a view down and compute nothing.
//! [`flags`] is the command that the programs share; [`statistics`] is for whoever needs it.

#![forbid(unsafe_code)]

mod counting;
mod csv;
mod differences;
mod document;
mod drawing;
mod evidence;
mod findings;
pub mod flags;
mod formatting;
mod html;
mod judgement;
mod latex;
mod listings;
mod markdown;
mod palette;
mod plots;
mod published;
mod sections;
mod shifts;
pub mod statistics;
mod store;
mod svg;
mod tables;
#[cfg(test)]
mod tests;
mod verdicts;
mod view;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use welt_files::write_whole;

pub use published::{Published, PublishedCorpus, PublishedRow, PublishedScores, PublishedStrictRow};
use store::Evidence;
use view::View;

/// What a report is made of, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSettings {
    /// Folders of sweeps or packs of them, which are taken for one.
    pub stores: Vec<PathBuf>,
    /// The folder that the files of the report are written into.
    pub output: PathBuf,
    /// What tests and intervals take for independent.
    pub units: Unit,
}

/// What tests and intervals take for independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Every sentence of the test files.
    Sentences,
    /// Every document where the test files have `-DOCSTART-` lines, and every sentence elsewhere.
    Documents,
}

/// A report that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page to look at.
    pub page: PathBuf,
    /// Whether weights help, and a line for every method.
    pub answers: Vec<String>,
    /// What else the report shows, in sentences.
    pub summary: Vec<String>,
    /// The runs that are missing from it although they have a record.
    pub unusable: Vec<Unusable>,
}

/// A pack that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// How many runs it holds.
    pub n_runs: usize,
    /// How many of these have a result.
    pub n_finished: usize,
    /// The runs without a result although they have a record.
    pub unusable: Vec<Unusable>,
}

/// A run whose record cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// The run, by the hash that names it.
    pub run: String,
    /// What is wrong with its record.
    pub why: String,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run {}: its record cannot be used: {}", self.run, self.why)
    }
}

impl ReportSettings {
    /// The report on one folder of runs, in the folder `report` there.
    #[must_use]
    pub fn of_store(store: &Path) -> Self {
        Self { stores: vec![store.to_owned()], output: store.join("report"), units: Unit::Sentences }
    }
}

/// Reads the records and writes the report on them.
///
/// # Errors
/// Folders without plans, records of runs that do not belong together, and files that cannot be read or written.
pub fn report(settings: &ReportSettings, published: Option<&Published>) -> Result<Written> {
    let mut evidence = Evidence::read(&settings.stores)?;
    if settings.units == Unit::Documents {
        evidence.take_documents_for_units()?;
    }
    let Report { files, answers, summary } = render(&evidence, published)?;
    let folder = &settings.output;
    fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    for (name, text) in &files {
        write_whole(&folder.join(name), text)?;
    }
    Ok(Written { page: folder.join(PAGE), answers, summary, unusable: evidence.unusable() })
}

/// Writes a copy of all that a report needs, small enough to be kept with the sources.
///
/// # Errors
/// Folders without plans, a folder that holds the runs of a sweep, and files that cannot be read or written.
pub fn pack(stores: &[PathBuf], folder: &Path) -> Result<Packed> {
    let evidence = Evidence::read(stores)?;
    evidence.write_pack(folder)?;
    Ok(Packed { n_runs: evidence.runs.len(), n_finished: evidence.n_finished(), unusable: evidence.unusable() })
}

/// The file of a report that is looked at.
const PAGE: &str = "index.html";

/// The files of a report.
#[derive(Debug)]
struct Report {
    /// Their names and texts.
    files: Vec<(&'static str, String)>,
    /// What it shows, for a terminal: the answers, and what else.
    answers: Vec<String>,
    summary: Vec<String>,
}

fn render(evidence: &Evidence, published: Option<&Published>) -> Result<Report> {
    let sections = sections::sections(evidence, published);
    let results = differences::results(&sections, evidence)?;
    let View { title, blocks, cells, runs, verdict, answers, summary } = View::of(&results, published)?;
    let files = vec![
        (PAGE, html::render(&title, &blocks)),
        ("report.md", markdown::render(&title, &blocks)),
        ("verdict.json", verdict),
        ("tables.tex", latex::tables(&blocks)),
        ("report.tex", latex::document(&title, "tables")),
        ("cells.csv", csv::render(&cells)),
        ("runs.csv", csv::render(&runs)),
    ];
    Ok(Report { files, answers, summary })
}

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
