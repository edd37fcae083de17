//! Says how far the sweeps of a folder are: what is finished, running, failed and missing, by dataset and model.
//! A folder of runs goes in, text comes out; nothing is started or changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use welt_record::{Plan, Plans};

use crate::PARTIAL;
use crate::follow::{Follower, duration};
use crate::records::record_of;
use crate::store::{failures, is_running};

/// Prints a line a dataset and model of every sweep, and one for every run that is under way or has failed.
///
/// # Errors
/// A folder in which no sweep was started.
pub fn print_status(folder: &Path) -> Result<ExitCode> {
    let Plans { plans, unreadable } = Plan::read_all(folder)?;
    if let ([], [(_, error), ..]) = (plans.as_slice(), unreadable.as_slice()) {
        bail!("{error}; give the command of the sweep again, and the plan is written again");
    }
    if plans.is_empty() {
        bail!("{}: no sweep was started here, expected plans/ beside cells/", folder.display());
    }
    let mut sections: BTreeMap<[String; 5], BTreeMap<String, String>> = BTreeMap::new();
    for plan in &plans {
        for section in &plan.sections {
            let key = [&plan.title, &plan.welt, &plan.device, &section.dataset, &section.model];
            let runs = sections.entry(key.map(Clone::clone)).or_default();
            for row in &section.rows {
                let weighting = row.loss();
                let name = format!("{} {}", weighting.method, weighting.label_order);
                runs.extend(row.runs.iter().map(|cell| (cell.run.clone(), format!("{name} seed {}", cell.seed))));
            }
        }
    }
    let unreadable = unreadable.iter().map(|(_, error)| format!("{error}; its sweep writes it again"));
    let mut report = Report { notes: unreadable.collect(), ..Report::default() };
    let mut heading: Option<[String; 3]> = None;
    for ([title, welt, device, dataset, model], runs) in &sections {
        let this = [title.clone(), welt.clone(), device.clone()];
        if heading.as_ref() != Some(&this) {
            println!("{title} ({welt}, device {device})");
            println!("  {:<34} {:>8} {:>8} {:>8} {:>8}", "", "finished", "running", "failed", "missing");
            heading = Some(this);
        }
        report.section(folder, &format!("{dataset} {model}"), runs);
    }
    Ok(report.end())
}

/// What all sections come to.
#[derive(Default)]
struct Report {
    finished: BTreeSet<String>,
    running: BTreeSet<String>,
    open: BTreeSet<String>,
    /// Seconds that the open runs will take, from those of their section that are finished.
    seconds_left: f64,
    /// Open runs of sections where none is finished.
    unknown: usize,
    notes: Vec<String>,
}

impl Report {
    fn section(&mut self, folder: &Path, name: &str, runs: &BTreeMap<String, String>) {
        let (mut finished, mut running, mut failed, mut missing) = (0, 0, 0, 0);
        let (mut seconds, mut timed, mut left) = (0.0, 0, 0.0);
        for (hash, run) in runs {
            match record_of(folder, hash) {
                Ok(Some(record)) => {
                    finished += 1;
                    self.finished.insert(hash.clone());
                    if let Some(took) = record.seconds {
                        seconds += took.total;
                        timed += 1;
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) => self.notes.push(format!("{name} {run}: {error}; its sweep makes it again")),
            }
            self.open.insert(hash.clone());
            left += 1.0;
            if is_running(folder, hash) {
                running += 1;
                self.running.insert(hash.clone());
                let metrics = folder.join("cells").join(format!("{hash}.partial/metrics.jsonl"));
                let state = Follower::new(metrics).look_once();
                left -= state.map_or(0.0, |state| state.step as f64 / state.total_steps.max(1) as f64);
                let state = state.map_or("starting".to_owned(), |state| state.to_string());
                self.notes.push(format!("running: {name} {run}: {state}"));
            } else if let Some(failure) = failures(folder, hash).last() {
                failed += 1;
                let last = failure.tail.last().map(|line| format!(": {line}")).unwrap_or_default();
                self.notes.push(format!("failed: {name} {run} ({hash}): {}{last}", failure.status));
            } else {
                missing += 1;
            }
        }
        if timed > 0 {
            self.seconds_left += left * seconds / f64::from(timed);
        } else {
            self.unknown += running + failed + missing;
        }
        println!("  {name:<34} {finished:>8} {running:>8} {failed:>8} {missing:>8}");
    }

    fn end(&self) -> ExitCode {
        println!();
        self.notes.iter().for_each(|note| println!("{note}"));
        let (finished, open) = (self.finished.len(), self.open.len());
        println!("{finished} of {} distinct runs are finished, {} are running", finished + open, self.running.len());
        if open == 0 {
            return ExitCode::SUCCESS;
        }
        let at_a_time = self.running.len().max(1);
        let others =
            if self.unknown > 0 { format!(", and {} runs of unknown length", self.unknown) } else { String::new() };
        if self.seconds_left > 0.0 {
            println!(
                "about {} left with {at_a_time} at a time{others}",
                duration(self.seconds_left / at_a_time as f64)
            );
        }
        ExitCode::from(PARTIAL)
    }
}
