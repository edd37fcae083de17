//! Runs the grids that come with the project, with the published numbers beside what comes out.
//! Arguments go in, a folder of runs and its report come out; the work is that of `welt-sweep` and `welt` processes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use welt_sweep::{Source, SweepFlags, cores};

const EXAMPLES: &str = "\
Examples:
  cargo xtask reproduce --sample
      the seven methods on the corpus and the tiny encoder in datasets/sample
  cargo xtask reproduce --quick --model minilm
      NCBI-disease from corpora/ with a small encoder
  cargo xtask reproduce --paper --dry-run --rate 20000 --seconds-a-step 0.02
      what the paper's grid would take on a machine of that speed
  cargo xtask reproduce --paper --datasets ncbi-disease --models BioBERT \\
      --model BioBERT=checkpoints/biobert-v1.1 --seeds 1,2,3
      one corner of it, with a local checkpoint and three seeds
  cargo xtask reproduce --full --device cuda:0,cuda:1 --jobs-per-device 2 --budget 8h
      ten seeds on two graphics cards, two runs on each, for eight hours
  cargo xtask reproduce --paper --device cuda --launcher slurm --sbatch partition=gpu --sbatch account=me
      the same command later goes on watching the jobs

Corpora lie in corpora/ of this workspace (or WELT_DATASETS), local copies of encoders in checkpoints/ (or WELT_MODELS);
for --sample and --grid corpora lie beside the grid file. Runs go to runs/, those of --sample and --quick to runs/sample
and runs/quick. With --sample a run is made on each core.

Run it again to go on: finished runs are skipped, failed ones are tried again. docs/reproduce.md tells more.
Exit codes: 0 all cells have a result, 1 the sweep could not start, 2 usage, 3 some cells have none (with --dry-run:
something keeps runs from being made), 130 Ctrl-C.";

/// Run a grid of corpora, encoders, class weights or other losses, and seeds, and print its table
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Request {
    /// A grid file [default: docs/paper/grid.toml of this workspace]
    #[arg(long, value_name = "FILE", group = "preset", help_heading = "What to run")]
    grid: Option<PathBuf>,
    /// Run datasets/sample/grid.toml: no network, no download, a few minutes
    #[arg(long, group = "preset", help_heading = "What to run")]
    sample: bool,
    /// Run docs/paper/quick.toml: NCBI-disease, a small encoder, no weights and WeLT's, three seeds
    #[arg(long, group = "preset", help_heading = "What to run")]
    quick: bool,
    /// Run docs/paper/grid.toml: the published grid and protocol, one seed
    #[arg(long, group = "preset", help_heading = "What to run")]
    paper: bool,
    /// Run docs/paper/full.toml: the same with ten seeds, ENS with betas that act, focal loss and logit adjustment
    #[arg(long, group = "preset", help_heading = "What to run")]
    full: bool,
    #[command(flatten)]
    flags: SweepFlags,
    /// The welt program [default: built from this workspace]
    #[arg(long, value_name = "PATH", env = "WELT_BIN", help_heading = "Where things are")]
    welt: Option<PathBuf>,
}

/// A grid that comes with the project.
struct Preset {
    grid: &'static str,
    output: &'static str,
}

const SAMPLE: Preset = Preset { grid: "datasets/sample/grid.toml", output: "runs/sample" };
const QUICK: Preset = Preset { grid: "docs/paper/quick.toml", output: "runs/quick" };
const PAPER: Preset = Preset { grid: "docs/paper/grid.toml", output: "runs" };
const FULL: Preset = Preset { grid: "docs/paper/full.toml", output: "runs" };

/// Plans what is asked for, and runs or foretells it.
pub fn run(request: &Request, workspace: &Path) -> Result<ExitCode> {
    let asked = request.flags.asked(&request.source(workspace))?;
    // The sample's runs are over before a release is built; this profile has much from building the command itself, and
    // gives the same numbers.
    let profile = if request.sample { "dev" } else { "release" };
    let welt = crate::program::welt_for(&asked.sweep.device, profile, request.welt.as_deref(), workspace)?;
    if request.flags.dry_run {
        return welt_sweep::dry_run(&asked, &welt);
    }
    welt_sweep::run(&asked, &welt, &|store| crate::report::write(store, workspace))
}

impl Request {
    fn preset(&self) -> &'static Preset {
        match (self.sample, self.quick, self.full) {
            (true, ..) => &SAMPLE,
            (_, true, _) => &QUICK,
            (_, _, true) => &FULL,
            _ => &PAPER,
        }
    }

    /// The grid file, and where its things are.
    fn source(&self, workspace: &Path) -> Source {
        let preset = self.preset();
        let named = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        let corpora = match self.grid {
            // The sample lies beside its grid, whatever the environment says of other corpora.
            _ if self.sample => None,
            Some(_) => named("WELT_DATASETS"),
            None => Some(named("WELT_DATASETS").unwrap_or_else(|| ours(workspace, "corpora"))),
        };
        Source {
            grid: self.grid.clone().unwrap_or_else(|| ours(workspace, preset.grid)),
            output: ours(workspace, preset.output),
            corpora,
            checkpoints: named("WELT_MODELS").or(Some(ours(workspace, "checkpoints")).filter(|folder| folder.is_dir())),
            find_model: None,
            jobs_per_device: if self.sample { cores() } else { 1 },
            threads: None,
            is_quiet: false,
        }
    }
}

/// A place in the workspace; messages read better without a leading `./`.
fn ours(workspace: &Path, name: &str) -> PathBuf {
    let path = workspace.join(name);
    path.strip_prefix(".").unwrap_or(&path).to_owned()
}
