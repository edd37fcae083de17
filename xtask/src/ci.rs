//! The test command: everything that must hold before a change is taken in.
//! It runs programs one after another and stops at the first that fails.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

/// Format, lints, tests, documentation, design and the sample run: what a change must pass
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cargo xtask ci                 everything\n  \
                        cargo xtask ci --skip sample   without the sample run, which takes minutes\n  \
                        cargo xtask ci --only clippy   one step")]
pub struct Request {
    /// Leave these steps out
    #[arg(long, value_name = "STEP,..", value_delimiter = ',', value_parser = STEP_NAMES, conflicts_with = "only")]
    skip: Vec<String>,
    /// Take only these steps
    #[arg(long, value_name = "STEP,..", value_delimiter = ',', value_parser = STEP_NAMES)]
    only: Vec<String>,
}

/// One program to run.
struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    /// Environment variables.
    environment: &'static [(&'static str, &'static str)],
    /// What to do when it fails.
    remedy: &'static str,
}

const STEP_NAMES: [&str; 6] = ["format", "tidy", "clippy", "test", "docs", "sample"];

/// In the order in which a failure is cheapest to find.
const STEPS: [Step; 6] = [
    Step {
        name: STEP_NAMES[0],
        arguments: &["fmt", "--all", "--check"],
        environment: &[],
        remedy: "run `cargo fmt --all`",
    },
    Step {
        name: STEP_NAMES[1],
        arguments: &["xtask", "tidy"],
        environment: &[],
        remedy: "each line above says what to change",
    },
    Step {
        name: STEP_NAMES[2],
        arguments: &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        environment: &[],
        remedy: "mend what it names; an `allow` needs a reason beside it",
    },
    Step {
        name: STEP_NAMES[3],
        arguments: &["test", "--workspace", "--locked"],
        environment: &[],
        remedy: "run one again with `cargo test -p CRATE NAME`; UPDATE_EXPECT=1 takes new texts over, if they are right",
    },
    Step {
        name: STEP_NAMES[4],
        arguments: &["doc", "--workspace", "--no-deps", "--locked"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
        remedy: "mend the links and examples it names",
    },
    Step {
        name: STEP_NAMES[5],
        arguments: &["xtask", "reproduce", "--sample", "--output", SAMPLE_RUNS],
        environment: &[],
        remedy: "the logs of the runs lie in target/ci/sample/cells",
    },
];

/// Emptied before every run, so that no older build's records are taken for this one's.
const SAMPLE_RUNS: &str = "target/ci/sample";

/// Runs the steps that are asked for.
pub fn run(request: &Request, workspace: &Path) -> Result<()> {
    let wanted = |step: &&Step| {
        let named = |names: &[String]| names.iter().any(|name| name == step.name);
        !named(&request.skip) && (request.only.is_empty() || named(&request.only))
    };
    let old_runs = workspace.join(SAMPLE_RUNS);
    if old_runs.exists() {
        fs::remove_dir_all(&old_runs).with_context(|| format!("removing {}", old_runs.display()))?;
    }
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for step in STEPS.iter().filter(wanted) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        eprintln!("== {}: cargo {}", step.name, step.arguments.join(" "));
        let started = Instant::now();
        let status = Command::new(cargo)
            .current_dir(workspace)
            .args(step.arguments)
            .envs(step.environment.iter().copied())
            .status()
            .with_context(|| format!("starting the step {}", step.name))?;
        if !status.success() {
            bail!("step {} failed ({status}): {}", step.name, step.remedy);
        }
        times.push((step.name, started.elapsed()));
    }
    for (name, time) in times {
        println!("{name:<8} {:>7.1} s  ok", time.as_secs_f64());
    }
    Ok(())
}
