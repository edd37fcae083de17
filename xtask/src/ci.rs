//! The test command: everything that must hold before a change is taken in.
//! It runs programs one after another and stops at the first that fails.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::backends::built_program;
use crate::cargo::cargo;

/// Format, lints, tests, documentation, design, the sample run and other backends: what a change must pass
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cargo xtask ci                          everything\n  \
                        cargo xtask ci --skip sample,backends   without what takes minutes\n  \
                        cargo xtask ci --only clippy            one step")]
pub struct Request {
    /// Leave these steps out
    #[arg(long, value_name = "STEP,..", value_delimiter = ',', value_parser = STEP_NAMES, conflicts_with = "only")]
    skip: Vec<String>,
    /// Take only these steps
    #[arg(long, value_name = "STEP,..", value_delimiter = ',', value_parser = STEP_NAMES)]
    only: Vec<String>,
}

/// Programs to run, one after another.
struct Step {
    name: &'static str,
    /// The arguments of each; `{welt}` is the program that the tests are run with.
    commands: &'static [&'static [&'static str]],
    /// Environment variables.
    environment: &'static [(&'static str, &'static str)],
    /// What to do when it fails.
    remedy: &'static str,
}

const STEP_NAMES: [&str; 8] = ["format", "tidy", "clippy", "test", "python", "docs", "sample", "backends"];

/// With every backend that can be type-checked anywhere, so that Burn is checked once, for all of them and for the
/// documentation.
const CHECKED: &str = "welt-cli/wgpu,welt-cli/cuda";

/// The build scripts of CUDA's compiler fetch LLVM unless documentation is being made, which needs none.
const WITHOUT_LLVM: (&str, &str) = ("DOCS_RS", "1");

/// With the backend that runs anywhere, so that Burn is compiled once: for the tests, the sample's runs and the check of
/// backends.
pub const BUILT: &str = "welt-cli/wgpu";

/// In the order in which a failure is cheapest to find.
const STEPS: [Step; 8] = [
    Step {
        name: STEP_NAMES[0],
        commands: &[&["fmt", "--all", "--check"]],
        environment: &[],
        remedy: "run `cargo fmt --all`",
    },
    Step {
        name: STEP_NAMES[1],
        commands: &[&["xtask", "tidy"]],
        environment: &[],
        remedy: "each line above says what to change",
    },
    Step {
        name: STEP_NAMES[2],
        commands: &[&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--features",
            CHECKED,
            "--",
            "-D",
            "warnings",
        ]],
        environment: &[WITHOUT_LLVM],
        remedy: "mend what it names; an `allow` needs a reason beside it",
    },
    Step {
        name: STEP_NAMES[3],
        commands: &[&["test", "--workspace", "--locked", "--features", BUILT, "--", "--show-output"]],
        environment: &[],
        remedy: "run one again with `cargo test -p CRATE NAME`; UPDATE_EXPECT=1 takes new texts over, if they are right",
    },
    Step {
        name: STEP_NAMES[4],
        commands: &[&["xtask", "python"]],
        environment: &[],
        remedy: "run `cargo xtask python`; docs/python.md and the examples in documentation are tests too",
    },
    Step {
        name: STEP_NAMES[5],
        commands: &[&["doc", "--workspace", "--no-deps", "--locked", "--features", CHECKED]],
        environment: &[("RUSTDOCFLAGS", "-D warnings"), WITHOUT_LLVM],
        remedy: "mend the links and examples it names",
    },
    Step {
        name: STEP_NAMES[6],
        commands: &[
            &["test", "--workspace", "--locked", "--no-run", "--test", "cli", "--features", BUILT],
            &["xtask", "reproduce", "--sample", "--output", SAMPLE_RUNS, "--welt", "{welt}"],
        ],
        environment: &[],
        remedy: "the logs of the runs lie in target/ci/sample/cells",
    },
    Step {
        name: STEP_NAMES[7],
        commands: &[&["xtask", "check-backends", "--only", "wgpu", "--parity-only", "--allow-missing"]],
        environment: &[],
        remedy: "docs/backends.md says what is checked; leave it out with --skip backends",
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
    let welt = built_program()?.to_string_lossy().into_owned();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let mut skips = Skips::default();
    for step in STEPS.iter().filter(wanted) {
        let started = Instant::now();
        for arguments in step.commands {
            eprintln!("== {}: cargo {}", step.name, arguments.join(" "));
            let mut command = cargo();
            command.args(arguments.iter().map(|argument| if *argument == "{welt}" { &welt } else { *argument }));
            command.current_dir(workspace).envs(step.environment.iter().copied());
            let status = run_step(&mut command, &mut skips).with_context(|| format!("in the step {}", step.name))?;
            if !status.success() {
                bail!("step {} failed ({status}): {}", step.name, step.remedy);
            }
        }
        times.push((step.name, started.elapsed()));
    }
    for (name, time) in times {
        println!("{name:<8} {:>7.1} s  ok", time.as_secs_f64());
    }
    print!("{skips}");
    Ok(())
}

/// Runs a program and prints what it prints, except for what passing tests have said.
fn run_step(command: &mut Command, skips: &mut Skips) -> Result<ExitStatus> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("starting cargo")?;
    let output = child.stdout.take().context("cargo's output")?;
    for line in BufReader::new(output).lines() {
        let line = line.context("reading cargo's output")?;
        if skips.is_for_the_screen(&line) {
            println!("{line}");
        }
    }
    child.wait().context("waiting for cargo")
}

/// The tests that passed without doing all they could, for want of a file or an encoder.
/// It reads the output of `cargo test -- --show-output` line by line.
#[derive(Debug, Default)]
struct Skips {
    tests: usize,
    /// What they said.
    reasons: BTreeSet<String>,
    /// Whether the lines are those of passing tests.
    in_successes: bool,
    /// Whether the test that speaks is counted.
    is_counted: bool,
}

impl Skips {
    /// Takes in a line and says whether it is to be printed.
    fn is_for_the_screen(&mut self, line: &str) -> bool {
        if line == "successes:" {
            self.in_successes = true;
        } else if line == "failures:" || line.starts_with("test result: ") {
            self.in_successes = false;
        } else if line.starts_with("---- ") {
            self.is_counted = false;
        } else if let Some(reason) = line.strip_prefix("skipped: ").filter(|_| self.in_successes) {
            self.tests += usize::from(!self.is_counted);
            self.is_counted = true;
            self.reasons.insert(reason.to_owned());
        }
        !self.in_successes
    }
}

impl fmt::Display for Skips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tests > 0 {
            writeln!(f, "skipped in part: {} of the tests, for", self.tests)?;
        }
        self.reasons.iter().try_for_each(|reason| writeln!(f, "  {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn skipped_tests_are_counted_and_passing_ones_are_silent() {
        let output = "\
running 3 tests
test a ... ok

successes:

---- a stdout ----
skipped: no corpus
skipped: no encoder

---- b stdout ----
skipped: no corpus


successes:
    a
    b

failures:

---- c stdout ----
skipped: no encoder

test result: FAILED. 2 passed; 1 failed
";
        let mut skips = Skips::default();
        let screen: Vec<&str> = output.lines().filter(|line| skips.is_for_the_screen(line)).collect();
        expect![[r#"
            running 3 tests
            test a ... ok

            failures:

            ---- c stdout ----
            skipped: no encoder

            test result: FAILED. 2 passed; 1 failed"#]]
        .assert_eq(&screen.join("\n"));
        expect![[r#"
            skipped in part: 2 of the tests, for
              no corpus
              no encoder
        "#]]
        .assert_eq(&skips.to_string());
    }
}
