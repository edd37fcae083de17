//! Writes job arrays and hands them to Slurm.
//! Keys of tasks and the words of a command go in, numbers of jobs come out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use welt_files::write_whole;

use crate::now;
use crate::queue::{self, Job};

/// How jobs are submitted.
#[derive(Debug)]
pub struct Cluster {
    /// The program that tasks run, where all nodes see it.
    pub program: PathBuf,
    /// Where scripts and logs go.
    pub folder: PathBuf,
    /// The list of submitted jobs.
    pub jobs: PathBuf,
    /// Options of sbatch, as a user gave them.
    pub options: Vec<String>,
    /// Whether a task asks for a graphics card.
    pub gpu: bool,
    /// Tasks of an array that may run at a time.
    pub at_a_time: Option<usize>,
}

/// A job array.
#[derive(Debug)]
pub struct Array<'a> {
    /// The name of its script, from [`Cluster::new_name`].
    pub name: &'a str,
    /// What the queue calls it.
    pub title: &'a str,
    /// What the list of jobs calls its tasks, at most [`Cluster::LONGEST_ARRAY`].
    pub keys: Vec<String>,
    /// How long its longest task is expected to take; none where a user says how much time to ask for.
    pub seconds: Option<f64>,
    /// What the program is given, before the number of the task.
    pub arguments: &'a [&'a str],
}

impl Cluster {
    /// Slurm's default for the longest array is 1001.
    pub const LONGEST_ARRAY: usize = 1000;

    /// The first number that no array of the folder has.
    ///
    /// # Errors
    /// None left.
    pub fn new_name(&self) -> Result<String> {
        let is_new = |name: &String| !self.folder.join(format!("{name}.sh")).exists();
        (0..).map(|n| n.to_string()).find(is_new).context("a name for a job array")
    }

    /// A file of the folder, as a task is told of it.
    #[must_use]
    pub fn path(&self, file: &str) -> String {
        self.folder.join(file).display().to_string()
    }

    /// Submits an array, and writes its job down.
    ///
    /// # Errors
    /// A script that cannot be written, or that Slurm does not take.
    pub fn submit(&self, array: &Array) -> Result<Job> {
        let at_a_time = self.at_a_time.map(|n| format!("%{n}")).unwrap_or_default();
        let mut options = vec![
            format!("--job-name={}", array.title),
            format!("--array=0-{}{at_a_time}", array.keys.len().saturating_sub(1)),
            "--requeue".to_owned(),
        ];
        options.extend(array.seconds.map(|seconds| format!("--time={}", minutes_to_ask_for(seconds))));
        if self.gpu {
            options.push("--gres=gpu:1".to_owned());
        }
        let words: Vec<String> = array.arguments.iter().map(|word| quoted(word)).collect();
        let command = format!("{} \"$SLURM_ARRAY_TASK_ID\"", words.join(" "));
        let script = self.write_script(array.name, "%A_%a.log", &options, &command)?;
        self.remember(queue::submit(&script, None)?, array.keys.clone())
    }

    /// Submits a job that begins when `jobs` are over, however they end.
    ///
    /// # Errors
    /// A script that cannot be written, or that Slurm does not take.
    pub fn submit_after(&self, jobs: &[Job], name: &str, arguments: &[&str]) -> Result<Job> {
        let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
        let script = self.write_script(name, &format!("{name}-%j.log"), &[], &words.join(" "))?;
        let numbers: Vec<&str> = jobs.iter().map(|job| job.job.as_str()).collect();
        self.remember(queue::submit(&script, Some(&format!("afterany:{}", numbers.join(":"))))?, Vec::new())
    }

    fn remember(&self, job: String, keys: Vec<String>) -> Result<Job> {
        let job = Job { job, when: now(), keys };
        queue::remember(&self.jobs, &job)?;
        Ok(job)
    }

    fn write_script(&self, name: &str, log: &str, options: &[String], command: &str) -> Result<PathBuf> {
        let here = std::env::current_dir().context("finding the current folder")?;
        let mut lines = vec!["#!/bin/sh".to_owned()];
        let own = [format!("--chdir={}", in_option(&here)), format!("--output={}", in_option(&self.folder.join(log)))];
        let given = self.options.iter().map(|option| format!("--{}", option.trim_start_matches('-')));
        let options = options.iter().cloned().chain(own).chain(["--open-mode=append".to_owned()]).chain(given);
        lines.extend(options.map(|option| format!("#SBATCH {option}")));
        lines.push("# The task takes the place of the shell, so that it gets Slurm's signals.".to_owned());
        lines.push(format!("exec {} {command}", quoted(&self.program.display().to_string())));
        let path = self.folder.join(format!("{name}.sh"));
        write_whole(&path, &(lines.join("\n") + "\n"))?;
        Ok(path)
    }
}

/// Twice what is expected, for nodes that are slower, and ten minutes to begin and end.
fn minutes_to_ask_for(seconds: f64) -> u64 {
    (2.0 * seconds / 60.0 + 10.0).ceil() as u64
}

/// A word of a shell's command.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A path in a line of options, which sbatch reads.
fn in_option(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_asks_for_what_its_tasks_need() {
        let folder = tempfile::tempdir().unwrap();
        let cluster = Cluster {
            program: "/runs/it's welt".into(),
            folder: folder.path().to_owned(),
            jobs: folder.path().join("jobs.jsonl"),
            options: vec!["partition=gpu".to_owned(), "--account=me".to_owned()],
            gpu: true,
            at_a_time: Some(4),
        };
        assert_eq!(cluster.new_name().unwrap(), "0");
        let path =
            cluster.write_script("0", "%A_%a.log", &["--array=0-9%4".to_owned()], "'run' \"$SLURM_ARRAY_TASK_ID\"");
        let text = std::fs::read_to_string(path.unwrap()).unwrap();
        let wanted = ["#SBATCH --array=0-9%4\n", "#SBATCH --partition=gpu\n", "#SBATCH --account=me\n"];
        assert!(wanted.iter().all(|line| text.contains(line)), "{text}");
        assert!(text.ends_with("exec '/runs/it'\\''s welt' 'run' \"$SLURM_ARRAY_TASK_ID\"\n"), "{text}");
        assert_eq!(cluster.new_name().unwrap(), "1");
        assert_eq!(minutes_to_ask_for(600.0), 30);
    }
}
