//! The tests of the Python package: builds its compiled half, puts what the tests want into an environment of their own, runs them.
//! Nothing goes in; the tests say what is wrong.
//!
//! The module is built with the features that the tests of the workspace are built with, in the same profile, so that nothing of
//! others is compiled again.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::cargo::cargo;

/// Build the module of the Python package as tests build it, and run its tests
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cargo xtask python                        as in the test command\n  \
                        cargo xtask python --python python3.10    by another Python\n  \
                        cargo xtask python --no-packages          beside no other program")]
pub struct Request {
    /// The Python to make an environment of
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Leave out the packages of others that tests compare with, and what they need
    #[arg(long)]
    no_packages: bool,
    /// Build only what metrics, formats and weights need, without the tagger
    #[arg(long)]
    metrics_only: bool,
}

/// What the tests compare with, with its versions.
const REQUIREMENTS: &str = "crates/welt-python/tests/requirements.txt";

/// Builds and tests.
pub fn run(request: &Request, workspace: &Path) -> Result<()> {
    let module = built_module(request, workspace)?;
    let python = environment(request, workspace, &module)?;
    let mut tests = Command::new(&python);
    tests.arg(workspace.join("crates/welt-python/tests/run.py")).arg(&module);
    let status = tests.status().with_context(|| format!("starting {}", python.display()))?;
    if !status.success() {
        bail!("the tests of the Python package failed ({status})");
    }
    Ok(())
}

/// The compiled half.
fn built_module(request: &Request, workspace: &Path) -> Result<PathBuf> {
    let mut build = cargo();
    build.current_dir(workspace).args(["build", "--locked", "--message-format", "json-render-diagnostics"]);
    match request.metrics_only {
        true => build.args(["--package", "welt-python", "--no-default-features"]),
        // Features are joined over all crates and their tests, as for the tests of the workspace.
        false => build.args(["--workspace", "--lib", "--tests", "--features", crate::ci::BUILT]),
    };
    let output = build.stderr(std::process::Stdio::inherit()).output().context("starting cargo")?;
    if !output.status.success() {
        bail!("building the Python module failed ({})", output.status);
    }
    let found =
        cargo_metadata::Message::parse_stream(output.stdout.as_slice()).filter_map(Result::ok).find_map(|message| {
            let cargo_metadata::Message::CompilerArtifact(artifact) = message else { return None };
            (artifact.target.name == "_welt")
                .then(|| artifact.filenames.first().map(|name| name.clone().into_std_path_buf()))?
        });
    found.context("cargo built no module of the name _welt, expected that of crates/welt-python")
}

/// The Python of an environment that lies beside the build, with what the tests want.
fn environment(request: &Request, workspace: &Path, module: &Path) -> Result<PathBuf> {
    let target = module.parent().and_then(Path::parent).unwrap_or(workspace);
    // Another Python, or none of the packages, is another environment.
    let of: String =
        request.python.to_string_lossy().chars().map(|one| if one.is_alphanumeric() { one } else { '-' }).collect();
    let folder = target.join(format!("python-environment-{of}{}", if request.no_packages { "-alone" } else { "" }));
    let python = folder.join("bin/python");
    if !python.is_file() {
        let mut make = Command::new(&request.python);
        let status = make.args(["-m", "venv"]).arg(&folder).status();
        let status = status.with_context(|| format!("starting {}: Python is missing", request.python.display()))?;
        if !status.success() {
            bail!("{} -m venv failed ({status}): install the package python3-venv", request.python.display());
        }
    }
    if request.no_packages {
        return Ok(python);
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    let status = install.arg(workspace.join(REQUIREMENTS)).status().context("starting pip")?;
    if !status.success() {
        eprintln!("{REQUIREMENTS} could not be installed ({status}): what compares with others is skipped");
    }
    Ok(python)
}
