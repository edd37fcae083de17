//! What arithmetic shows of the paper's published numbers, check by check.
//! The CSV files of `docs/paper` and the counts of the corpora go in, findings come out; no model is trained or asked.
//!
//! [`published`] reads the numbers, [`cells`] holds them against each other, [`counting`] against the test sets,
//! [`corpora`] against the training sets, [`noise`] and [`significance`] against chance, [`direction`] against two ways
//! to weight; [`welt_report::statistics`] has the tests and [`finding`] writes what was found.

mod cells;
mod corpora;
mod counting;
mod direction;
mod finding;
mod noise;
mod published;
mod significance;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use finding::Finding;
pub use published::Paper;

const EXAMPLES: &str = "\
Examples:
  cargo xtask audit
  cargo xtask audit --only noise,improvements
  cargo xtask audit --only significance --format markdown

Every number is computed from the CSV files in docs/paper and the counts in datasets/*.toml.
What it means is in docs/paper/audit.md.";

/// Show what arithmetic says of the paper's published numbers
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Request {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Make only these checks
    #[arg(long, value_name = "CHECK,..", value_delimiter = ',', value_parser = CHECK_NAMES)]
    only: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// One check: it may fail where weights cannot be computed.
type Check = fn(&Paper) -> Result<Finding>;

/// In the order of the document.
const CHECKS: [(&str, Check); 14] = [
    ("identical", cells::identical),
    ("repeated", cells::repeated),
    ("impossible", cells::impossible),
    ("counting", counting::counting),
    ("two-tables", cells::two_tables),
    ("equal-loss", noise::equal_loss),
    ("noise", noise::noise),
    ("improvements", noise::improvements),
    ("significance", significance::significance),
    ("best-of-three", significance::best_of_three),
    ("ranks", significance::ranks),
    ("label-order", direction::label_order),
    ("corpora", corpora::corpora),
    ("worked-example", corpora::worked_example),
];

const CHECK_NAMES: [&str; CHECKS.len()] = {
    let mut names = [""; CHECKS.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = CHECKS[index].0;
        index += 1;
    }
    names
};

/// Makes the checks and prints what they find.
pub fn run(request: &Request, workspace: &Path) -> Result<()> {
    let findings = findings(&read(workspace)?, &request.only)?;
    print!("{}", render(&findings, request.format));
    Ok(())
}

/// The paper's numbers, as the workspace holds them.
pub fn read(workspace: &Path) -> Result<Paper> {
    let folder: PathBuf = workspace.join("docs/paper");
    Paper::read(&folder, &workspace.join("datasets"))
}

/// What the named checks find, or all where none is named.
fn findings(paper: &Paper, only: &[String]) -> Result<Vec<Finding>> {
    let wanted = CHECKS.iter().filter(|(name, _)| only.is_empty() || only.iter().any(|known| known == name));
    wanted.map(|(_, check)| check(paper)).collect()
}

fn render(findings: &[Finding], format: Format) -> String {
    match format {
        Format::Text => findings.iter().map(Finding::text).collect::<Vec<_>>().join("\n\n"),
        Format::Markdown => markdown(findings),
        Format::Json => format!("{:#}\n", Value::from(findings.iter().map(Finding::json).collect::<Vec<_>>())),
    }
}

/// The blocks of `docs/paper/audit.md`, the summary first where there are several.
fn markdown(findings: &[Finding]) -> String {
    let blocks = findings.iter().map(block);
    let summary = (findings.len() > 1).then(|| summary(findings));
    summary.into_iter().chain(blocks).collect::<Vec<_>>().join("\n")
}

/// What all findings mean, between markers.
fn summary(findings: &[Finding]) -> String {
    let line = |finding: &Finding| format!("- `--only {}`: {}\n", finding.name, finding.meaning);
    format!("{SUMMARY}\n{}\n{END}\n", findings.iter().map(line).collect::<String>())
}

/// A finding between the markers that `docs/paper/audit.md` has around it.
fn block(finding: &Finding) -> String {
    let name = finding.name;
    format!("{}\n`cargo xtask audit --only {name}`: {}\n{END}\n", begin(name), finding.markdown())
}

fn begin(name: &str) -> String {
    format!("<!-- printed by cargo xtask audit --only {name} --format markdown -->\n")
}

const SUMMARY: &str = "<!-- printed by cargo xtask audit --format markdown -->\n";
const END: &str = "<!-- end -->";
