//! The `welt` program: where it is, what it calls itself, and which class weights it gives.
//! A path goes in, a program that can be run comes out; it knows nothing of grids and runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use welt_files::sha256;
use welt_process::{output, shown};
use welt_weights::{LabelOrder, Scheme};

use super::locations::Corpus;
use super::plan::Weigh;

/// A `welt` that can be run.
#[derive(Debug)]
pub struct Welt {
    /// The program.
    pub path: PathBuf,
    /// Its version and what of it computes, for a reader.
    pub identity: String,
    /// What of it computes, as it says itself: programs that say the same give the same results.
    pub computes: String,
    /// SHA-256 of the program.
    digest: String,
}

impl Welt {
    /// The program at `path`, which is asked what it is.
    ///
    /// # Errors
    /// No such file, or a program that is not `welt`.
    pub fn at(path: &Path) -> Result<Self> {
        // Of a bare name the system would look along its own path, and hash and run two programs.
        let path = fs::canonicalize(path).with_context(|| format!("finding {}", path.display()))?;
        let digest = sha256(&path)?;
        let said = output(Command::new(&path).arg("--version"))?.trim().to_owned();
        if said.is_empty() {
            bail!("`{} --version` printed nothing: is this the welt program?", path.display());
        }
        let (version, computes) = version_and_computes(&said);
        // A program that does not say what it computes is known by its bytes.
        let computes = computes.unwrap_or_else(|| format!("program {}", &digest[..12]));
        Ok(Self { path, identity: format!("{version}, {computes}"), computes, digest })
    }

    /// A copy of the program in `folder`, with a name of its own: whoever builds while a sweep is going on changes the
    /// program that was found, and its results would get the name of another. Sweeps of the same program share it.
    pub fn hold(&self, folder: &Path) -> Result<Self> {
        let path = hold(&self.path, &self.digest, &folder.join(".welt"))?;
        Ok(Self { path, identity: self.identity.clone(), computes: self.computes.clone(), digest: self.digest.clone() })
    }
}

/// The parts of what `welt --version` prints, as in `welt 0.1.0 (computes 0123456789ab; cpu, hub)`.
fn version_and_computes(said: &str) -> (&str, Option<String>) {
    let parts =
        said.split_once(" (computes ").and_then(|(version, rest)| Some((version, rest.split([';', ')']).next()?)));
    match parts {
        Some((version, computes)) if !computes.trim().is_empty() => {
            (version, Some(format!("computes {}", computes.trim())))
        }
        _ => (said, None),
    }
}

/// Copies a program to `NAME-DIGEST`, unless it is there already.
pub fn hold(program: &Path, expected: &str, name: &Path) -> Result<PathBuf> {
    let mut path = name.as_os_str().to_owned();
    path.push(format!("-{}{}", &expected[..12], std::env::consts::EXE_SUFFIX));
    let path = PathBuf::from(path);
    if path.is_file() && sha256(&path)? == expected {
        return Ok(path);
    }
    // Two sweeps that begin at the same time may both write it: each beside it, and the same bytes.
    let beside = tempfile::Builder::new().prefix(".copying-").tempfile_in(path.parent().unwrap_or(Path::new(".")));
    let beside = beside.with_context(|| format!("writing beside {}", path.display()))?.into_temp_path();
    fs::copy(program, &beside).with_context(|| format!("copying {} to {}", program.display(), path.display()))?;
    if sha256(&beside)? != expected {
        bail!("{} was built anew while the grid was being planned: run this again", program.display());
    }
    beside.persist(&path).with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}

/// `welt weights --format json`: the part of the answer that is needed.
#[derive(Deserialize)]
struct Weights {
    weights: BTreeMap<String, f64>,
}

impl Weigh for Welt {
    fn weights(&self, corpus: &Corpus, scheme: Scheme, order: LabelOrder) -> Result<Vec<f64>> {
        let mut command = Command::new(&self.path);
        command.arg("weights").args(corpus.counts_from.as_ref().unwrap_or(&corpus.train));
        let columns = [("--word-column", corpus.word_column), ("--tag-column", corpus.tag_column)];
        for (flag, column) in columns.into_iter().filter_map(|(flag, column)| Some((flag, column?))) {
            command.args([flag, &column.to_string()]);
        }
        command.args(["--method", &scheme.to_string(), "--label-order", &order.to_string(), "--format", "json"]);
        let text = output(&mut command)?;
        let weights: Weights =
            serde_json::from_str(&text).with_context(|| format!("the answer of {}", shown(&command)))?;
        Ok(weights.weights.into_values().collect())
    }
}
