//! Submits the runs of a sweep: a job array for those of a dataset and model, so that each asks for its own time.
//! Runs go in, numbers of jobs come out.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use welt_files::write_whole;
use welt_slurm::{Array, Cluster, Job};

use crate::plan::{Plan, Run};

/// Which runs of a plan the tasks of an array are.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tasks {
    /// Their indices in the plan; `places` is what older files call them.
    #[serde(alias = "places")]
    pub indices: Vec<usize>,
}

/// The plan of a sweep, in the folder of its scripts.
pub const SWEEP: &str = "sweep.json";

/// Submits the runs at `indices` of the plan, and after them a job that writes the tables; `seconds` are what each run of
/// the plan is expected to take.
pub fn submit(cluster: &Cluster, plan: &Plan, seconds: Option<&[f64]>, indices: &[usize]) -> Result<Vec<Job>> {
    let mut groups: Vec<(&Run, Vec<usize>)> = Vec::new();
    for &index in indices {
        let run = &plan.runs[index];
        let like = |known: &Run| known.dataset == run.dataset && known.model == run.model;
        match groups.iter_mut().find(|(known, group)| like(known) && group.len() < Cluster::LONGEST_ARRAY) {
            Some((_, group)) => group.push(index),
            None => groups.push((run, vec![index])),
        }
    }
    let mut jobs = Vec::new();
    for (run, indices) in groups {
        jobs.push(submit_array(cluster, plan, seconds, &format!("welt-{}-{}", run.dataset, run.model), indices)?);
    }
    let last = cluster.submit_after(&jobs, "tables", &["sweep-task", "collect", &cluster.path(SWEEP)])?;
    jobs.push(last);
    Ok(jobs)
}

fn submit_array(
    cluster: &Cluster,
    plan: &Plan,
    seconds: Option<&[f64]>,
    title: &str,
    indices: Vec<usize>,
) -> Result<Job> {
    let name = cluster.new_name()?;
    let keys = indices.iter().map(|&index| plan.runs[index].hash.clone()).collect();
    let seconds = seconds.map(|seconds| indices.iter().map(|&index| seconds[index]).fold(0.0, f64::max));
    let text = serde_json::to_string(&Tasks { indices }).context("writing down a job array")?;
    let tasks = format!("{name}.json");
    write_whole(&cluster.folder.join(&tasks), &text)?;
    let arguments = ["sweep-task", "run", &cluster.path(SWEEP), &cluster.path(&tasks)];
    cluster.submit(&Array { name: &name, title, keys, seconds, arguments: &arguments })
}
