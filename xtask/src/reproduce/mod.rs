//! Runs a grid of corpora, encoders, class weights and seeds, and writes its table.
//! A grid file goes in; a folder a run, `runs.csv` and `table.md` come out. The training is done by `welt` processes.
//!
//! [`grid`] says what is wanted, [`plan`] which runs that takes, [`mod@run`] runs those that have no record yet,
//! [`table`] shows them all, and [`records`] lists them in `runs.csv`.

mod grid;
mod plan;
mod program;
mod records;
mod run;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use clap::Args;
use welt_weights::{LabelOrder, Scheme};

pub use grid::Training;
use grid::{Grid, Override, Selection};
use plan::{Build, Places, Plan};
pub use plan::{digest, digest_of_text};
pub use program::{Welt, output, shown};
pub use records::write_whole;
use records::{Record, Store, record};
pub use run::cores;
use run::{Outcome, Runner};
use table::{Heading, Published};

/// Some cells have no result.
const PARTIAL: u8 = 3;
/// Ended by Ctrl-C, as a shell says it.
const INTERRUPTED: u8 = 130;

const EXAMPLES: &str = "\
Examples:
  cargo xtask reproduce --sample
      the seven schemes on the corpus and the tiny encoder in datasets/sample
  cargo xtask reproduce --datasets corpora --models checkpoints --dry-run
      what the paper's grid would take
  cargo xtask reproduce --datasets corpora --only-datasets ncbi-disease --only-models BioBERT \\
      --model BioBERT=checkpoints/biobert-v1.1 --seeds 1,2,3
      one corner of it, with a local checkpoint and three seeds

Run it again to go on: finished runs are skipped, failed ones are tried again.
Exit codes: 0 all cells have a result, 1 the sweep could not start, 2 usage, 3 some cells have none, 130 Ctrl-C.";

/// Run a grid of corpora, encoders, class weights and seeds, and print its table
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Request {
    /// The grid file [default: docs/paper/grid.toml of this workspace]
    #[arg(long, value_name = "FILE", conflicts_with = "sample")]
    grid: Option<PathBuf>,
    /// Run datasets/sample/grid.toml: no network, no download, a few minutes
    #[arg(long)]
    sample: bool,
    /// Where the corpora lie [default: the folder of the grid file]
    #[arg(long, value_name = "DIR", env = "WELT_DATASETS", conflicts_with = "sample")]
    datasets: Option<PathBuf>,
    /// Where local copies of the encoders lie, by name or by Hub id
    #[arg(long, value_name = "DIR", env = "WELT_MODELS")]
    models: Option<PathBuf>,
    /// A local checkpoint that stands in for a model of the grid; NAME may be left out when one model is chosen
    #[arg(long, value_name = "[NAME=]DIR")]
    model: Vec<String>,
    /// Only these datasets
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    only_datasets: Vec<String>,
    /// Only these models
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    only_models: Vec<String>,
    /// Only these schemes
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    only_schemes: Vec<Scheme>,
    /// These label orders instead of the grid's: intended, as-published
    #[arg(long, value_name = "ORDER,..", value_delimiter = ',')]
    label_orders: Vec<LabelOrder>,
    /// These seeds instead of the grid's
    #[arg(long, value_name = "N,..", value_delimiter = ',')]
    seeds: Vec<u64>,
    /// Another number for all cells, as in epochs=3; may be given more than once
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Override>,
    /// Where runs and tables go [default: runs of this workspace, with --sample runs/sample]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Runs at a time, which share the processor's cores [default: 1, with --sample one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Passed on to `welt train`
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// The welt program [default: built from this workspace]
    #[arg(long, value_name = "PATH", env = "WELT_BIN")]
    welt: Option<PathBuf>,
    /// Print how many runs there are and how many are finished, and run none
    #[arg(long)]
    dry_run: bool,
}

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Plans, runs and shows what is asked for; `workspace` is where `welt` is built and the sample lies.
pub fn run(request: &Request, workspace: &Path) -> Result<ExitCode> {
    let (grid_file, output) = request.grid_and_output(workspace);
    let mut whole_grid = Grid::read(&grid_file)?;
    whole_grid.overrides.extend(request.set.iter().cloned());
    whole_grid.check()?;
    let grid = whole_grid.clone().select(&request.selection())?;

    let places = request.places(&grid_file, &grid)?;
    let published = match &grid.published {
        Some(file) => Published::read(&places.grid.join(file))?,
        None => Published::default(),
    };

    let welt = Welt::find(request.welt.clone(), workspace)?;
    let device = request.device.clone().unwrap_or_else(|| "default".to_owned());
    let build = Build { welt: welt.identity.clone(), device };
    let plan = plan::plan(&grid, &whole_grid, &places, &build, &welt)?;
    if request.dry_run {
        return dry_run(&plan, &output);
    }
    plan::refuse_problems(&plan)?;

    ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed)).context("listening for Ctrl-C")?;
    let store = Store::open(&output)?;
    plan.snapshot(&grid.title, &build).write(&output)?;
    let welt = welt.hold(&output)?;
    let runner = Runner {
        welt: &welt,
        store: &store,
        folder: &output,
        device: request.device.as_deref(),
        jobs: request.jobs(),
        stop: &STOP,
    };
    let outcomes = runner.run(&plan)?;
    let heading = Heading { title: &grid.title, welt: &build.welt, device: &build.device };
    let table = table::render(&heading, &plan, &outcomes, &published);
    print!("{table}");
    let path = store.write_table(&table)?;
    store.write_rows(&finished(&plan, &outcomes))?;
    eprintln!("the table is in {}", path.display());
    end(&grid, &plan, &outcomes)
}

impl Request {
    fn jobs(&self) -> usize {
        match self.jobs {
            Some(jobs) => usize::from(jobs),
            None if self.sample => cores(),
            None => 1,
        }
    }

    fn grid_and_output(&self, workspace: &Path) -> (PathBuf, PathBuf) {
        let (grid, output) =
            if self.sample { ("datasets/sample/grid.toml", "runs/sample") } else { ("docs/paper/grid.toml", "runs") };
        let or_ours = |given: &Option<PathBuf>, ours| {
            let ours = workspace.join(ours);
            // Messages read better without a leading `./`.
            given.clone().unwrap_or_else(|| ours.strip_prefix(".").unwrap_or(&ours).to_owned())
        };
        (or_ours(&self.grid, grid), or_ours(&self.output, output))
    }

    fn selection(&self) -> Selection {
        Selection {
            datasets: self.only_datasets.clone(),
            models: self.only_models.clone(),
            schemes: self.only_schemes.clone(),
            label_orders: self.label_orders.clone(),
            seeds: self.seeds.clone(),
        }
    }

    fn places(&self, grid_file: &Path, grid: &Grid) -> Result<Places> {
        let folder = grid_file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut stand_ins = Vec::new();
        for model in &self.model {
            stand_ins.push(match (model.split_once('='), &grid.models[..]) {
                (Some((name, path)), models) => {
                    if !models.iter().any(|model| model.name == name) {
                        let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
                        bail!("--model {model}: no model `{name}` is chosen, expected one of {}", names.join(", "));
                    }
                    (name.to_owned(), PathBuf::from(path))
                }
                (None, [only]) => (only.name.clone(), PathBuf::from(model)),
                (None, models) => bail!(
                    "--model {model}: {} models are chosen; say for which it stands in, as in --model {}={model}, \
                     or choose one with --only-models",
                    models.len(),
                    models[0].name
                ),
            });
        }
        Ok(Places {
            datasets: self.datasets.clone().filter(|_| !self.sample).unwrap_or_else(|| folder.to_owned()),
            grid: folder.to_owned(),
            models: self.models.clone(),
            stand_ins,
        })
    }
}

fn dry_run(plan: &Plan, output: &Path) -> Result<ExitCode> {
    let mut finished = 0;
    for run in &plan.runs {
        finished += usize::from(record(output, run)?.is_some());
    }
    print!("{}", plan::summary(plan, finished));
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
