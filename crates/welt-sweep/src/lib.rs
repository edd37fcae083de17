//! Runs a grid of corpora, encoders, class weights or other losses, and seeds, and writes its table.
//! A grid file goes in; a folder a run, `runs.csv` and `table.md` come out. The training is done by `welt` processes.
//!
//! `grid` says what is wanted, `plan` which runs that takes, `try_out` what would keep them from being made,
//! `estimate` how long they take, `run` and `slurm` run those that have no record in the `store` yet, and
//! `table` shows them all.

mod calibrate;
mod estimate;
mod flags;
mod follow;
mod grid;
mod locations;
mod outcome;
mod plan;
mod process;
mod program;
mod progress;
mod records;
mod run;
mod slurm;
mod status;
mod store;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod try_out;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use welt_record::Record;

pub use calibrate::Stated;
use calibrate::Timing;
pub use flags::{Source, SweepFlags};
pub use follow::duration;
pub use grid::{Dataset, Grid, Model, Override, Protocol, Selection};
pub use locations::Locations;
use outcome::Outcome;
use plan::{Build, Plan};
use process::Processes;
pub use process::cores;
pub use program::Welt;
use run::{Budget, Runner};
pub use slurm::Task;
pub use status::print_status;
use store::Store;
use table::{Heading, Published};
pub use template::{ModelPath, NewGrid, NewModel};

/// Some cells have no result.
pub const PARTIAL: u8 = 3;
/// Ended by Ctrl-C, as a shell says it.
const INTERRUPTED: u8 = 130;

/// Set by Ctrl-C, and by the signal that asks a program to end.
static STOP: AtomicBool = AtomicBool::new(false);

/// How a grid is to be run.
#[derive(Debug, Clone)]
pub struct SweepSettings {
    /// The folder of runs.
    pub output: PathBuf,
    /// The kind of device that all runs are made on.
    pub device: String,
    /// A device for every process that may run at a time; none is the program's own choice.
    pub slots: Vec<Option<String>>,
    /// Threads of each process.
    pub threads: usize,
    /// How often a run that failed is tried again.
    pub retries: u32,
    /// No run is started that would not end within this time.
    pub budget: Option<Duration>,
    /// Who starts the runs.
    pub launcher: Launcher,
    /// Whether nothing is started, and the tables are written of what is finished.
    pub collect: bool,
    /// Whether only what fails is said while it runs.
    pub is_quiet: bool,
    /// The speed of a machine that is not at hand.
    pub stated: Option<Stated>,
}

/// Who starts the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launcher {
    /// This computer.
    Local,
    /// The cluster that this computer submits jobs to.
    Slurm {
        /// Options of sbatch, as in `partition=gpu`.
        options: Vec<String>,
        /// Tasks of an array that may run at a time.
        most_jobs: Option<usize>,
    },
}

/// A grid, where its files are, and how it is to be run: all that the engine needs.
#[derive(Debug)]
pub struct Asked {
    /// The part of the grid that was asked for.
    pub grid: Grid,
    /// All of it.
    pub whole: Grid,
    /// Where its files are.
    pub locations: Locations,
    /// Published results to put beside ours.
    pub published: Option<PathBuf>,
    /// How it is to be run.
    pub sweep: SweepSettings,
}

/// Says what a sweep would take and what would keep it from running, and runs nothing.
///
/// # Errors
/// A corpus or an encoder that cannot be read, an encoder that cannot be timed.
pub fn dry_run(asked: &Asked, welt: &Welt) -> Result<ExitCode> {
    let foretold = foretell(asked, welt)?;
    print!("{}", foretold.text);
    // Of a machine that is not at hand, files that are missing here are no fault.
    let is_fault = foretold.n_problems > 0 && asked.sweep.stated.is_none();
    Ok(if is_fault { ExitCode::from(PARTIAL) } else { ExitCode::SUCCESS })
}

/// Plans and runs what is asked for, prints the table, and has `report` write on the folder of runs and say where that is.
///
/// # Errors
/// A grid that cannot run, a folder that cannot be written, a row below the grid's least F1.
pub fn run(asked: &Asked, welt: &Welt, report: &dyn Fn(&Path) -> Result<PathBuf>) -> Result<ExitCode> {
    listen()?;
    let Some(swept) = sweep(asked, welt)? else {
        eprintln!("stopped before the first run; run the same command again to go on");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    print!("{}", swept.table);
    if !asked.sweep.is_quiet {
        eprintln!("the table is in {}", asked.sweep.output.join("table.md").display());
    }
    if !STOP.load(Ordering::Relaxed) && !finished(&swept.plan, &swept.outcomes).is_empty() {
        let page = report(&asked.sweep.output)?;
        if !asked.sweep.is_quiet {
            eprintln!("the report is in {}", page.display());
        }
    }
    end(asked, &swept)
}

/// What a sweep would take, and what would keep it from running.
struct Foretold {
    text: String,
    n_problems: usize,
}

fn foretell(asked: &Asked, welt: &Welt) -> Result<Foretold> {
    let (sweep, build) = (&asked.sweep, build(asked, welt));
    let mut plan = plan::plan(&asked.grid, &asked.whole, &asked.locations, &build, welt)?;
    plan.problems.extend(try_out::problems(&plan, sweep, &welt.path)?);
    let (mut finished, speeds) = (Vec::new(), calibrate::speeds(&plan, &timing(sweep, welt), sweep.stated));
    for run in &plan.runs {
        finished.push(records::record(&sweep.output, run).is_ok_and(|record| record.is_some()));
    }
    // An encoder that cannot be loaded cannot be timed either, and is named as a problem.
    let speeds = match speeds {
        Err(_) if !plan.problems.is_empty() => Default::default(),
        speeds => speeds?,
    };
    let mut text = estimate::summary(&plan, &finished, &speeds, sweep.slots.len());
    for problem in &plan.problems {
        text.push_str(&format!("cannot run: {problem}\n"));
    }
    Ok(Foretold { text, n_problems: plan.problems.len() })
}

/// What came of a sweep.
struct Swept {
    plan: Plan,
    /// One a run of the plan.
    outcomes: Vec<Outcome>,
    table: String,
}

/// Plans, tries out, runs what has no record yet, and writes the tables; nothing where it was stopped before the first run.
fn sweep(asked: &Asked, welt: &Welt) -> Result<Option<Swept>> {
    let (settings, build) = (&asked.sweep, build(asked, welt));
    let mut plan = plan::plan(&asked.grid, &asked.whole, &asked.locations, &build, welt)?;
    plan::refuse_problems(&plan, plan::WHERE_THINGS_ARE)?;
    if !settings.collect {
        plan.problems = try_out::problems(&plan, settings, &welt.path)?;
        if STOP.load(Ordering::Relaxed) {
            return Ok(None);
        }
        plan::refuse_problems(&plan, plan::WHAT_IS_WRONG)?;
    }
    let store = Store::open(&settings.output)?;
    {
        let held = store.lock_shared_files()?;
        store.set_plans_aside(&held)?;
        plan.record(&asked.grid.title, &build).write(&settings.output)?;
    }
    let welt = welt.hold(&settings.output)?;
    let sweep = Sweep { title: asked.grid.title.clone(), build, plan, published: asked.published.clone() };
    let outcomes = match &settings.launcher {
        _ if settings.collect => sweep.plan.runs.iter().map(|run| slurm::recorded(&store, run)).collect(),
        Launcher::Local => runner(settings, &sweep.plan, &store, &welt)?.run(&sweep.plan)?,
        Launcher::Slurm { .. } => slurm::run(settings, &sweep, &store, &welt)?,
    };
    let table = sweep.write_tables(&store, &outcomes)?;
    Ok(Some(Swept { plan: sweep.plan, outcomes, table }))
}

fn build(asked: &Asked, welt: &Welt) -> Build {
    Build { welt: welt.identity.clone(), computes: welt.computes.clone(), device: asked.sweep.device.clone() }
}

/// All that a table is made of, beside the records.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Sweep {
    title: String,
    build: Build,
    plan: Plan,
    /// Published results to put beside ours.
    published: Option<PathBuf>,
}

impl Sweep {
    /// Writes what there is, and gives the table.
    fn write_tables(&self, store: &Store, outcomes: &[Outcome]) -> Result<String> {
        let heading = Heading { title: &self.title, welt: &self.build.welt, device: &self.build.device };
        let published = self.published.as_deref().map_or_else(|| Ok(Published::default()), Published::read)?;
        let table = table::render(&heading, &self.plan, outcomes, &published);
        store.write_tables(&table, &records::csv(&finished(&self.plan, outcomes)))?;
        Ok(table)
    }
}

/// Ctrl-C and the signal to end stop the sweep from here on; what it has started is ended first.
fn listen() -> Result<()> {
    welt_process::on_request_to_end(|| STOP.store(true, Ordering::Relaxed))
}

fn runner<'a>(settings: &SweepSettings, plan: &Plan, store: &'a Store, welt: &'a Welt) -> Result<Runner<'a>> {
    let budget = match settings.budget {
        None => None,
        Some(time) => {
            let ends = Instant::now() + time;
            let speeds = calibrate::speeds(plan, &timing(settings, welt), settings.stated)?;
            let seconds = estimate::seconds(plan, &speeds).context("the speed of an encoder is not known")?;
            Some(Budget { ends, seconds })
        }
    };
    Ok(Runner {
        processes: Processes { welt: &welt.path, store, threads: settings.threads, stop: &STOP },
        slots: settings.slots.clone(),
        retries: settings.retries,
        budget,
        work: estimate::work(plan),
        is_quiet: settings.is_quiet,
    })
}

fn timing<'a>(settings: &'a SweepSettings, welt: &'a Welt) -> Timing<'a> {
    let device = settings.slots.iter().flatten().next().cloned();
    Timing {
        welt: &welt.path,
        folder: &settings.output,
        device,
        threads: settings.threads,
        is_quiet: settings.is_quiet,
    }
}

fn finished<'a>(plan: &'a Plan, outcomes: &'a [Outcome]) -> Vec<(&'a plan::Run, &'a Record)> {
    let pairs = plan.runs.iter().zip(outcomes);
    pairs
        .filter_map(|(run, outcome)| match outcome {
            Outcome::Finished(record) => Some((run, record.as_ref())),
            Outcome::Failed(_) | Outcome::NotRun => None,
        })
        .collect()
}

/// The exit code of a sweep whose table is written.
fn end(asked: &Asked, swept: &Swept) -> Result<ExitCode> {
    if STOP.load(Ordering::Relaxed) {
        eprintln!("stopped; run the same command again to go on");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let Swept { plan, outcomes, .. } = swept;
    let missing = outcomes.len() - finished(plan, outcomes).len();
    if missing > 0 {
        eprintln!("{missing} of {} runs have no result; run the same command again to try them", outcomes.len());
        return Ok(ExitCode::from(PARTIAL));
    }
    if let Some(minimum) = asked.grid.minimum_f1
        && let Some((name, f1)) = table::mean_f1(plan, outcomes).into_iter().find(|(_, f1)| *f1 < minimum)
    {
        bail!("{name}: mean F1 is {f1:.2}, the grid expects at least {minimum}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The root of the workspace, whose grids and corpora tests read.
#[cfg(test)]
fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
