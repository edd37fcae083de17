//! Writes job arrays and hands them to Slurm: one for the runs of a dataset and model, so that each asks for its own time.
//! Runs go in, numbers of jobs come out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::queue::{self, Job};
use crate::plan::{Plan, Run};
use crate::store::now;
use welt_files::write_whole;

/// How to submit.
#[derive(Debug)]
pub struct Submitter {
    /// The copy of this program in the folder of runs.
    pub program: PathBuf,
    /// Where the scripts of this sweep go.
    pub folder: PathBuf,
    /// The list of submitted jobs.
    pub jobs: PathBuf,
    /// Options of sbatch, as a user gave them.
    pub options: Vec<String>,
    /// Whether a job asks for a graphics card.
    pub gpu: bool,
    /// Tasks of an array that may run at a time.
    pub at_a_time: Option<usize>,
    /// What each run of the plan is expected to take; none where a user says how much time to ask for.
    pub seconds: Option<Vec<f64>>,
}

/// Which runs of a plan the tasks of an array are.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tasks {
    pub places: Vec<usize>,
}

/// Slurm's default for the longest array is 1001.
const LONGEST_ARRAY: usize = 1000;

impl Submitter {
    /// Submits the runs at `places` of the plan, and after them a job that writes the tables.
    pub fn submit(&self, plan: &Plan, places: &[usize]) -> Result<Vec<Job>> {
        let mut groups: Vec<(&Run, Vec<usize>)> = Vec::new();
        for &place in places {
            let run = &plan.runs[place];
            let like = |known: &Run| known.dataset == run.dataset && known.model == run.model;
            match groups.iter_mut().find(|(known, places)| like(known) && places.len() < LONGEST_ARRAY) {
                Some((_, places)) => places.push(place),
                None => groups.push((run, vec![place])),
            }
        }
        let mut jobs = Vec::new();
        for (run, places) in groups {
            jobs.push(self.submit_array(plan, run, places)?);
        }
        let numbers: Vec<&str> = jobs.iter().map(|job| job.job.as_str()).collect();
        let script = self.write_script("tables", &[], &["collect", &self.shown("sweep.json")])?;
        let job = queue::submit(&script, Some(&format!("afterany:{}", numbers.join(":"))))?;
        let last = Job { job, when: now(), runs: Vec::new() };
        queue::remember(&self.jobs, &last)?;
        jobs.push(last);
        Ok(jobs)
    }

    fn submit_array(&self, plan: &Plan, run: &Run, places: Vec<usize>) -> Result<Job> {
        let name = (0..).map(|n| n.to_string()).find(|name| !self.folder.join(format!("{name}.json")).exists());
        let name = name.context("a name for a job array")?;
        let at_a_time = self.at_a_time.map(|n| format!("%{n}")).unwrap_or_default();
        let mut options = vec![
            format!("--job-name=welt-{}-{}", run.dataset, run.model),
            format!("--array=0-{}{at_a_time}", places.len() - 1),
            "--requeue".to_owned(),
        ];
        if let Some(seconds) = &self.seconds {
            let longest = places.iter().map(|&place| seconds[place]).fold(0.0, f64::max);
            options.push(format!("--time={}", minutes_to_ask_for(longest)));
        }
        if self.gpu {
            options.push("--gres=gpu:1".to_owned());
        }
        let runs = places.iter().map(|&place| plan.runs[place].hash.clone()).collect();
        let text = serde_json::to_string(&Tasks { places }).context("writing down a job array")?;
        let tasks = format!("{name}.json");
        write_whole(&self.folder.join(&tasks), &text)?;
        let arguments = ["run", &self.shown("sweep.json"), &self.shown(&tasks), "\"$SLURM_ARRAY_TASK_ID\""];
        let script = self.write_script(&name, &options, &arguments)?;
        let job = Job { job: queue::submit(&script, None)?, when: now(), runs };
        queue::remember(&self.jobs, &job)?;
        Ok(job)
    }

    /// A file of this sweep, quoted for a shell.
    fn shown(&self, file: &str) -> String {
        quoted(&self.folder.join(file))
    }

    fn write_script(&self, name: &str, options: &[String], arguments: &[&str]) -> Result<PathBuf> {
        let here = std::env::current_dir().context("finding the current folder")?;
        let log = if name == "tables" { "tables-%j.log" } else { "%A_%a.log" };
        let mut lines = vec!["#!/bin/sh".to_owned()];
        let own = [format!("--chdir={}", quoted(&here)), format!("--output={}", self.shown(log))];
        let given = self.options.iter().map(|option| format!("--{}", option.trim_start_matches('-')));
        let options = options.iter().cloned().chain(own).chain(["--open-mode=append".to_owned()]).chain(given);
        lines.extend(options.map(|option| format!("#SBATCH {option}")));
        lines.push("# The task takes the place of the shell, so that it gets Slurm's signals.".to_owned());
        lines.push(format!("exec {} sweep-task {}", quoted(&self.program), arguments.join(" ")));
        let path = self.folder.join(format!("{name}.sh"));
        write_whole(&path, &(lines.join("\n") + "\n"))?;
        Ok(path)
    }
}

/// Twice what is expected, for nodes that are slower, and ten minutes to begin and end.
fn minutes_to_ask_for(seconds: f64) -> u64 {
    (2.0 * seconds / 60.0 + 10.0).ceil() as u64
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}
