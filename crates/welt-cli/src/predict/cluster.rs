//! `welt predict --launcher slurm`: files tagged by the jobs of a cluster, each task some of them, into one folder that all nodes see.
//! Arguments go in; job arrays are submitted, watched and submitted again where they were lost, and the manifest comes out.
//!
//! ```text
//! slurm/jobs.jsonl        a line a submitted job: its number, when, and the keys of its tasks
//! slurm/DIGEST.json       the settings and the files of each task, for the jobs
//! slurm/N.sh, N.json      a job array, and which task each of its tasks is
//! slurm/JOB_TASK.log      what a task says
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;
use indicatif::ProgressBar;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use welt_files::{Lock, make_folders, sha256_of, write_whole};
use welt_slurm::{Array, Cluster, Job, Work, watch};
use welt_sweep::Welt;

use super::folder::{self, File};
use super::left::Heading;
use super::{PredictArguments, Spread};
use crate::interrupt::{is_interrupted, listen_for_flag};
use crate::progress;

/// How often a task that is lost is submitted again, where nothing is said of it.
const RETRIES: u32 = 2;

/// What the jobs of a run need to know.
#[derive(Serialize, Deserialize)]
struct Orders {
    arguments: PredictArguments,
    folder: PathBuf,
    /// The files of each task, by their indices among all.
    tasks: Vec<Vec<usize>>,
}

/// What the jobs of `welt predict` do; nobody types this
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Tag the files of a task
    Run {
        /// The settings
        orders: PathBuf,
        /// Which task each of the array is
        tasks: PathBuf,
        /// The task of the array
        index: usize,
    },
    /// Write the manifest
    Collect {
        /// The settings
        orders: PathBuf,
    },
}

/// Submits what is not whole and has no job, watches, and writes the manifest.
///
/// # Errors
/// Slurm that does not answer or does not take a job; a folder that cannot be written.
pub fn run(arguments: &PredictArguments, folder: &Path) -> Result<ExitCode> {
    let files = folder::files(arguments, folder)?;
    let settings = Settings::of(arguments)?;
    settings.refuse_others(&files)?;
    let slurm = folder.join("slurm");
    make_folders(&slurm)?;
    let slurm = fs::canonicalize(&slurm).with_context(|| format!("finding {}", slurm.display()))?;
    let Spread { sbatch, retries, jobs, .. } = &arguments.spread;
    let orders = Orders::of(arguments, folder);
    let text = serde_json::to_string(&orders).context("writing down the settings")?;
    let digest = sha256_of(text.as_bytes())[..12].to_owned();
    let orders_file = slurm.join(format!("{digest}.json"));
    write_whole(&orders_file, &text)?;
    let program = Welt::at(&std::env::current_exe().context("finding this program")?)?.hold(&slurm)?;
    let cluster = Cluster {
        program: program.path,
        jobs: slurm.join("jobs.jsonl"),
        options: sbatch.clone(),
        gpu: arguments.tagger.device != "cpu",
        at_a_time: *jobs,
        folder: slurm,
    };
    let open: Vec<usize> = (0..orders.tasks.len()).filter(|task| !is_over(&files, &orders.tasks[*task])).collect();
    let bar = progress::bar(orders.tasks.len(), "tasks");
    bar.set_position((orders.tasks.len() - open.len()) as u64);
    let mut watched = Watched {
        keys: (0..orders.tasks.len()).map(|task| format!("{digest}-{task}")).collect(),
        losses: vec![0; orders.tasks.len()],
        retries: retries.unwrap_or(RETRIES),
        orders: &orders,
        orders_file: orders_file.display().to_string(),
        files: &files,
        cluster: &cluster,
        bar,
    };
    watch(&mut watched, &open, &cluster.jobs, listen_for_flag()?)?;
    watched.bar.finish_and_clear();
    if is_interrupted() {
        return Ok(ExitCode::from(130));
    }
    // Another command may have tagged files meanwhile that this one waited for.
    settings.refuse_others(&files)?;
    let collected = folder::collect(&files, folder)?;
    collected.say(folder);
    Ok(super::exit_code(collected.missing))
}

impl Orders {
    fn of(arguments: &PredictArguments, folder: &Path) -> Self {
        let indices: Vec<usize> = (0..arguments.files.len()).collect();
        let tasks = indices.chunks(arguments.spread.files_per_task.unwrap_or(1)).map(<[usize]>::to_vec).collect();
        Self { arguments: arguments.of_a_task(), folder: folder.to_owned(), tasks }
    }
}

/// What the jobs make outputs with, as far as it is known without them.
struct Settings {
    heading: Heading,
    /// What the model is called.
    model: String,
    /// Whether each job is to find a device for itself.
    any_device: bool,
}

impl Settings {
    fn of(arguments: &PredictArguments) -> Result<Self> {
        let (folder, decoding) = arguments.tagger.look_up()?;
        let device = arguments.tagger.device.as_str();
        let heading = arguments.heading((device, &decoding), &folder)?;
        Ok(Self { heading, model: arguments.tagger.model_name(), any_device: device == "auto" })
    }

    fn refuse_others(&self, files: &[File]) -> Result<()> {
        folder::refuse_others(files, |file, report| {
            let mut heading = file.heading(&self.heading, &self.model);
            if self.any_device {
                heading.device.clone_from(&report.settings.device);
            }
            heading
        })
    }
}

/// Whether the outputs of some files are whole.
fn is_over(files: &[File], indices: &[usize]) -> bool {
    indices.iter().all(|index| files[*index].whole().is_some())
}

/// The tasks while jobs are at them.
struct Watched<'a> {
    keys: Vec<String>,
    /// How often each task was lost.
    losses: Vec<u32>,
    retries: u32,
    orders: &'a Orders,
    orders_file: String,
    files: &'a [File],
    cluster: &'a Cluster,
    bar: ProgressBar,
}

impl Watched<'_> {
    fn name(&self, index: usize) -> String {
        let files = &self.orders.tasks[index];
        let first = files.first().map_or_else(String::new, |file| self.files[*file].input.display().to_string());
        if files.len() > 1 { format!("{first} and {} more", files.len() - 1) } else { first }
    }
}

impl Work for Watched<'_> {
    fn key(&self, index: usize) -> &str {
        &self.keys[index]
    }

    fn is_over(&mut self, index: usize) -> bool {
        let is_over = is_over(self.files, &self.orders.tasks[index]);
        if is_over {
            self.bar.inc(1);
            tracing::info!("{}: whole", self.name(index));
        }
        is_over
    }

    fn begins(&mut self, index: usize, job: &str) {
        tracing::info!("{}: job {job}", self.name(index));
    }

    fn waits(&mut self, index: usize, job: &str, state: &str) {
        tracing::info!("{}: job {job} is {} again", self.name(index), state.to_lowercase());
    }

    fn is_lost(&mut self, index: usize, _: u64, ending: &str) -> Result<bool> {
        self.losses[index] += 1;
        let is_tried_again = self.losses[index] <= self.retries;
        let then = if is_tried_again { "it is submitted again" } else { "given up" };
        let logs = self.cluster.folder.display();
        tracing::warn!("{}: {ending}; {then}; {logs} has what it said", self.name(index));
        Ok(is_tried_again)
    }

    fn submit(&mut self, indices: &[usize]) -> Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for indices in indices.chunks(Cluster::LONGEST_ARRAY) {
            let name = self.cluster.new_name()?;
            let tasks = format!("{name}.json");
            let text = serde_json::to_string(indices).context("writing down a job array")?;
            write_whole(&self.cluster.folder.join(&tasks), &text)?;
            let arguments = ["predict-task", "run", self.orders_file.as_str(), &self.cluster.path(&tasks)];
            let keys = indices.iter().map(|index| self.keys[*index].clone()).collect();
            let array = Array { name: &name, title: "welt-predict", keys, seconds: None, arguments: &arguments };
            jobs.push(self.cluster.submit(&array)?);
        }
        let collect = ["predict-task", "collect", self.orders_file.as_str()];
        jobs.push(self.cluster.submit_after(&jobs, "manifest", &collect)?);
        Ok(jobs)
    }

    fn lock(&self) -> Result<Lock> {
        Ok(Lock::take(&self.cluster.folder.join(".lock"))?)
    }

    fn looks(&mut self) {
        self.bar.tick();
    }
}

impl Task {
    /// Does it; the exit code tells Slurm whether all is whole.
    ///
    /// # Errors
    /// Settings that cannot be read, a model that cannot be loaded, a folder that cannot be written.
    pub fn run(&self) -> Result<ExitCode> {
        let (orders, own) = match self {
            Self::Run { orders, tasks, index } => {
                let (orders, tasks): (Orders, Vec<usize>) = (read(orders)?, read(tasks)?);
                let task = tasks.get(*index).and_then(|task| orders.tasks.get(*task));
                let own = task.with_context(|| format!("the array has no task {index}"))?.clone();
                (orders, own)
            }
            Self::Collect { orders } => {
                let orders: Orders = read(orders)?;
                let all = folder::collect(&folder::files(&orders.arguments, &orders.folder)?, &orders.folder)?;
                all.say(&orders.folder);
                return Ok(super::exit_code(all.missing));
            }
        };
        let files = own.iter().map(|index| orders.arguments.files[*index].clone()).collect();
        let arguments = PredictArguments { files, ..orders.arguments };
        use_the_cores_of_the_task()?;
        let (tagger, model) = arguments.tagger.load()?;
        let files = folder::files(&arguments, &orders.folder)?;
        let missing = folder::tag_missing((&tagger, &model), (&arguments, &files), &orders.folder)?;
        Ok(super::exit_code(missing))
    }
}

/// As many threads as Slurm gave the task cores, unless the environment says how many.
fn use_the_cores_of_the_task() -> Result<()> {
    let given = std::env::var("SLURM_CPUS_PER_TASK").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    if std::env::var_os("RAYON_NUM_THREADS").is_none() {
        let started = rayon::ThreadPoolBuilder::new().num_threads(given).build_global();
        started.with_context(|| format!("{given} threads cannot be started"))?;
    }
    Ok(())
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        arguments: PredictArguments,
    }

    /// What the jobs of a command are told.
    fn told(more: &str) -> String {
        let command = format!("predict --model M a.xml b.xml -o out --launcher slurm {more}");
        let arguments = Flags::parse_from(command.split_whitespace()).arguments;
        serde_json::to_string(&Orders::of(&arguments, Path::new("out"))).unwrap()
    }

    #[test]
    fn how_jobs_are_submitted_makes_no_other_tasks() {
        let same = ["", "--jobs 4", "--retries 7 --sbatch time=8:00:00", "--resume", "--files-per-task 1"];
        assert_eq!(same.map(told), same.map(|_| told("")));
        let other = ["--files-per-task 2", "--shift O=-1", "--to entities", "--max-length 60"];
        assert!(other.map(told).iter().all(|other| *other != told("")));
    }
}
