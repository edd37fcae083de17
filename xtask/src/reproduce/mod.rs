//! Runs a grid of corpora, encoders, class weights or other losses, and seeds, and writes its table.
//! A grid file goes in; a folder a run, `runs.csv` and `table.md` come out. The training is done by `welt` processes.
//!
//! [`grid`] says what is wanted, [`plan`] which runs that takes, [`estimate`] how long they take, [`mod@run`] and
//! [`slurm`] run those that have no record in the [`store`] yet, and [`table`] shows them all.

mod calibrate;
mod digest;
mod estimate;
mod follow;
mod grid;
mod places;
mod plan;
mod process;
mod program;
mod progress;
mod records;
mod request;
mod run;
mod slurm;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod training;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use calibrate::Timing;
pub use digest::{digest, digest_of_text};
pub use follow::{Follower, duration};
use grid::Grid;
use plan::{Build, Plan};
use process::Processes;
pub use process::cores;
pub use program::{Welt, output, shown};
pub use records::{Record, record_of, write_whole};
use request::Launcher;
pub use request::Request;
use run::{Budget, Outcome, Runner};
pub use slurm::Task;
use store::Store;
pub use store::{failures, is_running};
use table::{Heading, Published};
pub use training::Training;

/// Some cells have no result.
pub const PARTIAL: u8 = 3;
/// Ended by Ctrl-C, as a shell says it.
const INTERRUPTED: u8 = 130;

/// Set by Ctrl-C, and by the signal that asks a program to end.
static STOP: AtomicBool = AtomicBool::new(false);

/// Plans, runs and shows what is asked for; `workspace` is where `welt` is built and the sample lies.
pub fn run(request: &mut Request, workspace: &Path) -> Result<ExitCode> {
    let (grid_file, output) = request.grid_and_output(workspace);
    let (grid, whole_grid) = request.grids(&grid_file)?;
    let places = request.places(&grid_file, &grid, workspace)?;
    let published = grid.published.as_ref().map(|file| places.grid.join(file));
    let published =
        published.map(|file| fs::canonicalize(&file).with_context(|| format!("finding {}", file.display())));
    let kind = request.kind_of_device()?;
    let welt = Welt::find_for(&kind, request.welt.clone(), workspace)?;
    let build = Build { welt: welt.identity.clone(), device: kind };
    let plan = plan::plan(&grid, &whole_grid, &places, &build, &welt)?;
    if request.dry_run {
        return dry_run(request, &plan, &output, &welt);
    }
    plan::refuse_problems(&plan)?;
    listen()?;
    let store = Store::open(&output)?;
    {
        let _held = store.lock_shared_files()?;
        plan.snapshot(&grid.title, &build).write(&output)?;
    }
    let welt = welt.hold(&output)?;
    let sweep = Sweep { title: grid.title.clone(), build, plan, published: published.transpose()? };
    let outcomes = match (request.collect, request.launcher) {
        (true, _) => sweep.plan.runs.iter().map(|run| slurm::recorded(&store, run)).collect(),
        (false, Launcher::Local) => runner(request, &sweep.plan, &store, &welt)?.run(&sweep.plan)?,
        (false, Launcher::Slurm) => slurm::run(request, &sweep, &store, &welt)?,
    };
    print!("{}", sweep.write_tables(&store, &outcomes)?);
    eprintln!("the table is in {}", output.join("table.md").display());
    if !STOP.load(Ordering::Relaxed) && !finished(&sweep.plan, &outcomes).is_empty() {
        eprintln!("the report is in {}", crate::report::write(&output, workspace)?.display());
    }
    end(&grid, &sweep.plan, &outcomes)
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
    crate::interrupt::on_request_to_end(|| STOP.store(true, Ordering::Relaxed))
}

fn runner<'a>(request: &Request, plan: &Plan, store: &'a Store, welt: &'a Welt) -> Result<Runner<'a>> {
    let budget = match request.budget {
        None => None,
        Some(time) => {
            let ends = Instant::now() + time;
            let speeds = calibrate::speeds(plan, &timing(request, &store.folder, welt), request.stated()?)?;
            let seconds = estimate::seconds(plan, &speeds).context("the speed of an encoder is not known")?;
            Some(Budget { ends, seconds })
        }
    };
    Ok(Runner {
        processes: Processes { welt: &welt.path, store, threads: request.threads(), stop: &STOP },
        slots: request.slots(),
        retries: request.retries,
        budget,
        work: estimate::work(plan),
    })
}

fn timing<'a>(request: &Request, folder: &'a Path, welt: &'a Welt) -> Timing<'a> {
    let device = request.slots().into_iter().flatten().next();
    Timing { welt: &welt.path, folder, device, threads: request.threads() }
}

fn dry_run(request: &Request, plan: &Plan, output: &Path, welt: &Welt) -> Result<ExitCode> {
    let speeds = calibrate::speeds(plan, &timing(request, output, welt), request.stated()?)?;
    let mut finished = Vec::new();
    for run in &plan.runs {
        finished.push(records::record(output, run)?.is_some());
    }
    print!("{}", estimate::summary(plan, &finished, &speeds, request.slots().len()));
    for problem in &plan.problems {
        println!("cannot run: {problem}");
    }
    Ok(ExitCode::SUCCESS)
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
fn end(grid: &Grid, plan: &Plan, outcomes: &[Outcome]) -> Result<ExitCode> {
    if STOP.load(Ordering::Relaxed) {
        eprintln!("stopped; run the same command again to go on");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let missing = outcomes.len() - finished(plan, outcomes).len();
    if missing > 0 {
        eprintln!("{missing} of {} runs have no result; run the same command again to try them", outcomes.len());
        return Ok(ExitCode::from(PARTIAL));
    }
    if let Some(minimum) = grid.minimum_f1
        && let Some((name, f1)) = table::mean_f1(plan, outcomes).into_iter().find(|(_, f1)| *f1 < minimum)
    {
        bail!("{name}: mean F1 is {f1:.2}, the grid expects at least {minimum}");
    }
    Ok(ExitCode::SUCCESS)
}
