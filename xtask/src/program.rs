//! Builds the `welt` program from this workspace, unless one is named.
//! A path or a workspace goes in, a program that can be run comes out.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use serde::Deserialize;
use welt_process::shown;
use welt_sweep::Welt;

use crate::cargo::cargo;

/// The program at `path`, or the one that cargo builds from this workspace.
pub fn welt(path: Option<&Path>, workspace: &Path) -> Result<Welt> {
    welt_for("default", "release", path, workspace)
}

/// The same, built in a profile of cargo's and with the cargo feature that has the name of a kind of device, where there
/// is one.
pub fn welt_for(device: &str, profile: &str, path: Option<&Path>, workspace: &Path) -> Result<Welt> {
    match path {
        Some(path) => Welt::at(path),
        None => Welt::at(&build(workspace, profile, device)?),
    }
}

/// The features of `welt` by name.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
}

fn build(workspace: &Path, profile: &str, device: &str) -> Result<PathBuf> {
    let manifest = workspace.join("crates/welt-cli/Cargo.toml");
    let text = fs::read_to_string(&manifest).with_context(|| format!("reading {}", manifest.display()))?;
    let manifest: Manifest = toml::from_str(&text).with_context(|| manifest.display().to_string())?;
    let mut command = cargo();
    command.current_dir(workspace).args(["build", "--profile", profile, "--package", "welt-cli"]);
    if device != "default" && manifest.features.contains_key(device) {
        command.args(["--features", device]);
    }
    command.args(["--message-format", "json-render-diagnostics"]).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("starting {}", shown(&command)))?;
    let messages = child.stdout.take().context("cargo's messages")?;
    let mut program = None;
    for message in Message::parse_stream(BufReader::new(messages)) {
        if let Message::CompilerArtifact(artifact) = message.context("reading cargo's messages")?
            && artifact.target.name == "welt"
        {
            program = artifact.executable.map(PathBuf::from).or(program);
        }
    }
    if !child.wait().context("waiting for cargo")?.success() {
        bail!("welt does not build: see cargo's messages above, or name a program with --welt PATH");
    }
    program.context("cargo built welt-cli but named no program `welt`")
}
