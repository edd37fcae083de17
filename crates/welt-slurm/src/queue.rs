//! What Slurm says of jobs: `sbatch`, `squeue` and `scontrol` as processes, and the list of what was submitted.
//! Scripts and numbers of jobs go in, states come out.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_process::output;

/// A submitted job array: a line of `jobs.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Slurm's number of it.
    pub job: String,
    /// Seconds since 1970 when it was submitted.
    pub when: u64,
    /// The key of each task; none for a job that is no array.
    #[serde(rename = "runs")]
    pub keys: Vec<String>,
}

/// A task as Slurm names it: `JOB_INDEX`.
pub type TaskName = String;

/// Submits a script; the number of its job.
pub fn submit(script: &Path, dependency: Option<&str>) -> Result<String> {
    let mut command = Command::new("sbatch");
    command.arg("--parsable");
    if let Some(dependency) = dependency {
        command.arg(format!("--dependency={dependency}"));
    }
    let answer = output(command.arg(script))?;
    // With several clusters the answer is `JOB;CLUSTER`.
    let job = answer.trim().split(';').next().unwrap_or_default().to_owned();
    if job.is_empty() || !job.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!("sbatch {}: the answer `{}` is not the number of a job", script.display(), answer.trim());
    }
    Ok(job)
}

/// The state of every task of this user that is not over, such as `RUNNING`.
pub fn states() -> Result<BTreeMap<TaskName, String>> {
    let answer = output(Command::new("squeue").args(["--me", "--array", "--noheader", "--format=%i %T"]))?;
    let pairs = answer.lines().filter_map(|line| line.split_once(' '));
    Ok(pairs.map(|(task, state)| (task.to_owned(), state.trim().to_owned())).collect())
}

/// How a task that is over ended, in words, as long as Slurm remembers it.
pub fn ending(task: &str) -> String {
    let answer = output(Command::new("scontrol").args(["show", "job", "--oneliner", task])).unwrap_or_default();
    let field = |name: &str| answer.split_whitespace().find_map(|word| word.strip_prefix(name)).unwrap_or_default();
    match (field("JobState="), field("ExitCode=")) {
        ("", _) => format!("job {task} is gone from the queue"),
        (state, code) => format!("job {task} ended as {state}, exit code {code}"),
    }
}

/// Appends to the list of submitted jobs.
pub fn remember(list: &Path, job: &Job) -> Result<()> {
    let line = serde_json::to_string(job).context("writing down a job")? + "\n";
    let file = OpenOptions::new().create(true).append(true).open(list);
    let mut file = file.with_context(|| format!("writing {}", list.display()))?;
    file.write_all(line.as_bytes()).with_context(|| format!("writing {}", list.display()))
}

/// The list of submitted jobs, oldest first; a line that a crash cut off is left out.
pub fn submitted(list: &Path) -> Vec<Job> {
    let text = fs::read_to_string(list).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The newest task of each key that is not over, with its state and when it was submitted.
pub fn active<'a>(jobs: &'a [Job], states: &BTreeMap<TaskName, String>) -> BTreeMap<&'a str, (TaskName, String, u64)> {
    let mut active = BTreeMap::new();
    for job in jobs {
        for (index, key) in job.keys.iter().enumerate() {
            let task = format!("{}_{index}", job.job);
            if let Some(state) = states.get(&task).filter(|state| *state != "COMPLETING") {
                active.insert(key.as_str(), (task, state.clone(), job.when));
            }
        }
    }
    active
}

/// The newest task of a key, whether it is over or not.
pub fn newest(jobs: &[Job], key: &str) -> Option<TaskName> {
    let task = |job: &Job| Some(format!("{}_{}", job.job, job.keys.iter().position(|known| known == key)?));
    jobs.iter().rev().find_map(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_task_of_a_key_counts() {
        let job = |job: &str, keys: &[&str]| Job {
            job: job.to_owned(),
            when: 1,
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
        };
        let jobs = [job("7", &["a", "b"]), job("8", &["b"]), job("9", &[])];
        let states = [("7_0", "PENDING"), ("7_1", "COMPLETING"), ("8_0", "RUNNING"), ("9", "PENDING")];
        let states = states.map(|(task, state)| (task.to_owned(), state.to_owned())).into();
        let active = active(&jobs, &states);
        let shown: Vec<String> = active.iter().map(|(key, (task, state, _))| format!("{key} {task} {state}")).collect();
        assert_eq!(shown, ["a 7_0 PENDING", "b 8_0 RUNNING"]);
        assert_eq!(["a", "b", "c"].map(|key| newest(&jobs, key)), [Some("7_0".into()), Some("8_0".into()), None]);
    }
}
