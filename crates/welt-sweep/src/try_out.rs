//! Finds what would keep runs from being made before the first of them is: an encoder that cannot be loaded, a corpus that
//! makes no windows. A plan goes in, problems in words come out; `welt train --dry-run` does the work.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use anyhow::Result;

use super::plan::{Plan, Run};
use super::process::share_cores;
use super::records::record;
use super::{Launcher, STOP, SweepSettings};
use welt_process::shown;

/// Problems of the corpora and encoders that no finished run has shown to be sound.
///
/// Every encoder is tried with one corpus, and every corpus with one encoder: which of a grid's pairs is at fault then
/// follows, without all of them being read.
pub fn problems(plan: &Plan, settings: &SweepSettings, welt: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for run in to_try(plan, &settings.output) {
        let mut command = Command::new(welt);
        command.arg("train").args(run.settings.flags()).args(["--dry-run", "--quiet"]);
        // A cluster's nodes, and a machine whose speed is stated, may have devices that this computer has not.
        let is_here = settings.launcher == Launcher::Local && settings.stated.is_none();
        if let Some(device) = settings.slots.iter().flatten().next().filter(|_| is_here) {
            command.args(["--device", device]);
        }
        share_cores(&mut command, settings.threads);
        let output = command.output().map_err(|error| anyhow::anyhow!("starting {}: {error}", shown(&command)))?;
        // Ctrl-C reaches the process as well, and what it says then is no problem of the corpus.
        if STOP.load(Ordering::Relaxed) {
            break;
        }
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let complaint = complaint.trim().trim_start_matches("error: ");
            problems.push(format!("{} with {}: {complaint}", run.dataset, run.model));
        }
    }
    Ok(problems)
}

/// One run for every dataset and for every model of which none is finished.
fn to_try<'a>(plan: &'a Plan, folder: &Path) -> Vec<&'a Run> {
    let (mut datasets, mut models) = (BTreeSet::new(), BTreeSet::new());
    for run in &plan.runs {
        if record(folder, run).is_ok_and(|record| record.is_some()) {
            datasets.insert(&run.dataset);
            models.insert(&run.model);
        }
    }
    let mut runs = Vec::new();
    for run in &plan.runs {
        // A run that is the first of both is tried for both.
        let (new_dataset, new_model) = (datasets.insert(&run.dataset), models.insert(&run.model));
        if new_dataset || new_model {
            runs.push(run);
        }
    }
    runs
}
