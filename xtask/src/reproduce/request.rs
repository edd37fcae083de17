//! What a user asks of `cargo xtask reproduce`, and what that means: grid, places, devices, time.
//! Arguments go in, checked values come out; nothing is planned or run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use welt_settings::{Changes, Method};
use welt_weights::LabelOrder;

use welt_sweep::{Asked, Grid, Launcher, Override, Places, Protocol, Selection, Stated, SweepSettings, cores};

const EXAMPLES: &str = "\
Examples:
  cargo xtask reproduce --sample
      the seven schemes on the corpus and the tiny encoder in datasets/sample
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
    /// Only these datasets
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', alias = "only-datasets", help_heading = "What to run")]
    datasets: Vec<String>,
    /// Only these models
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', alias = "only-models", help_heading = "What to run")]
    models: Vec<String>,
    /// Only these methods: schemes of class weights, or other losses, as in vanilla,welt,focal-2
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', aliases = ["only-schemes", "methods"])]
    #[arg(help_heading = "What to run")]
    schemes: Vec<Method>,
    /// These label orders instead of the grid's: intended, as-published
    #[arg(long, value_name = "ORDER,..", value_delimiter = ',', aliases = ["order", "label-orders"])]
    #[arg(help_heading = "What to run")]
    orders: Vec<LabelOrder>,
    /// These seeds instead of the grid's
    #[arg(long, value_name = "N,..", value_delimiter = ',', help_heading = "What to run")]
    seeds: Vec<u64>,
    /// What is learnt from and which epoch is scored, instead of what the grid says
    #[arg(long, value_name = "PROTOCOL", help_heading = "What to run")]
    protocol: Option<Protocol>,
    /// Another number for all cells, as in epochs=3; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", help_heading = "What to run")]
    set: Vec<Changes>,

    /// Where the corpora lie [default: corpora of this workspace; for --sample and --grid the grid file's folder]
    #[arg(long, value_name = "DIR", env = "WELT_DATASETS", help_heading = "Where things are")]
    corpora: Option<PathBuf>,
    /// Where local copies of the encoders lie, by name or by Hub id [default: checkpoints of this workspace]
    #[arg(long, value_name = "DIR", env = "WELT_MODELS", help_heading = "Where things are")]
    checkpoints: Option<PathBuf>,
    /// A local checkpoint that stands in for a model of the grid; NAME may be left out when one model is chosen
    #[arg(long, value_name = "[NAME=]DIR", help_heading = "Where things are")]
    model: Vec<String>,
    /// Where runs and tables go [default: runs of this workspace, for --sample and --quick runs/sample and runs/quick]
    #[arg(long, value_name = "DIR", help_heading = "Where things are")]
    output: Option<PathBuf>,
    /// The welt program [default: built from this workspace]
    #[arg(long, value_name = "PATH", env = "WELT_BIN", help_heading = "Where things are")]
    pub welt: Option<PathBuf>,

    /// The device of `welt train`, or several of one kind as in cuda:0,cuda:1 [default: the program's own choice]
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', visible_alias = "backend", help_heading = "How to run")]
    device: Vec<String>,
    /// Runs at a time on each device; on a processor they share its cores [default: 1, with --sample one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), visible_alias = "jobs")]
    #[arg(help_heading = "How to run")]
    jobs_per_device: Option<u16>,
    /// How often a run that fails is tried again by this command
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "How to run")]
    retries: u32,
    /// Start no run that would not end within this time, as in 90m or 8h; then say what is left
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "How to run")]
    budget: Option<Duration>,
    /// Who starts the runs: this computer, or Slurm
    #[arg(long, value_name = "NAME", default_value = "local", help_heading = "How to run")]
    launcher: LauncherName,
    /// An option for Slurm's sbatch, as in partition=gpu; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", help_heading = "How to run")]
    sbatch: Vec<String>,
    /// Start nothing: write the tables of what is finished
    #[arg(long, conflicts_with = "dry_run", help_heading = "How to run")]
    collect: bool,

    /// Print what there is to run and what it takes on this device, and run none
    #[arg(long, help_heading = "How long it takes")]
    pub dry_run: bool,
    /// Sub-words a second in training, instead of timing some steps: for a machine that is not at hand
    #[arg(long, value_name = "N", help_heading = "How long it takes")]
    rate: Option<f64>,
    /// What a step costs beside its sub-words, with --rate
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, requires = "rate", help_heading = "How long it takes")]
    seconds_a_step: f64,
}

/// Who starts the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LauncherName {
    Local,
    Slurm,
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

impl Request {
    /// A grid file as `--grid` would name it, for tests.
    #[cfg(test)]
    pub fn parse(arguments: &[&str]) -> Result<Self, clap::Error> {
        #[derive(Debug, clap::Parser)]
        struct Only {
            #[command(flatten)]
            request: Request,
        }
        let words = ["reproduce"].iter().chain(arguments);
        <Only as clap::Parser>::try_parse_from(words).map(|only| only.request)
    }

    /// What it means, in plain settings.
    pub fn asked(&self, workspace: &Path) -> Result<Asked> {
        let (grid_file, output) = self.grid_and_output(workspace);
        let mut whole = Grid::read(&grid_file)?.with_protocol(self.protocol)?;
        let changes = self.set.iter().map(|changes| Override { changes: *changes, ..Override::default() });
        whole.overrides.extend(changes);
        whole.check()?;
        let named = self.with_folders(&whole);
        let selection = Selection {
            datasets: named.datasets,
            models: named.models,
            schemes: self.schemes.clone(),
            label_orders: self.orders.clone(),
            seeds: self.seeds.clone(),
        };
        let grid = whole.clone().select(&selection)?;
        let folders = (named.corpora, named.checkpoints);
        let places = self.places(&grid_file, &grid, folders, workspace)?;
        let published = grid.published.as_ref().map(|file| places.grid.join(file));
        let published =
            published.map(|file| std::fs::canonicalize(&file).with_context(|| format!("finding {}", file.display())));
        let sweep = SweepSettings {
            output,
            device: self.kind_of_device()?,
            slots: self.slots(),
            threads: self.threads(),
            retries: self.retries,
            budget: self.budget,
            launcher: match self.launcher {
                LauncherName::Local => Launcher::Local,
                LauncherName::Slurm => Launcher::Slurm { options: self.sbatch.clone(), most_jobs: self.most_jobs() },
            },
            collect: self.collect,
            stated: self.stated()?,
        };
        Ok(Asked { grid, whole, places, published: published.transpose()?, sweep })
    }

    /// Runs at a time on each device.
    fn jobs_per_device(&self) -> usize {
        match self.jobs_per_device {
            Some(jobs) => usize::from(jobs),
            None if self.sample => cores(),
            None => 1,
        }
    }

    /// Runs at a time, if the user says so.
    fn most_jobs(&self) -> Option<usize> {
        self.jobs_per_device.map(|jobs| usize::from(jobs) * self.device.len().max(1))
    }

    /// A device for every process that may run at a time: each device once, then each once more.
    fn slots(&self) -> Vec<Option<String>> {
        let devices: Vec<Option<String>> =
            if self.device.is_empty() { vec![None] } else { self.device.iter().cloned().map(Some).collect() };
        (0..self.jobs_per_device()).flat_map(|_| devices.clone()).collect()
    }

    /// Threads of each process: those of one device share the cores, and so do the devices.
    fn threads(&self) -> usize {
        (cores() / self.slots().len()).max(1)
    }

    /// The kind of device that runs are made on: which one of several like ones moves no result.
    fn kind_of_device(&self) -> Result<String> {
        let kind = |device: &String| match device.split_once(':') {
            Some((kind, index)) if index.bytes().all(|byte| byte.is_ascii_digit()) => kind.to_owned(),
            _ => device.clone(),
        };
        let kinds: Vec<String> = self.device.iter().map(kind).collect();
        match kinds.first() {
            None => Ok("default".to_owned()),
            Some(first) if kinds.iter().all(|kind| kind == first) => Ok(first.clone()),
            Some(_) => bail!(
                "--device {}: runs of a sweep are compared with each other, so its devices must be of one kind",
                self.device.join(",")
            ),
        }
    }

    /// The stated speed of a machine that is not at hand.
    pub fn stated(&self) -> Result<Option<Stated>> {
        let Some(tokens_per_second) = self.rate else { return Ok(None) };
        if !(tokens_per_second > 0.0 && tokens_per_second.is_finite() && self.seconds_a_step >= 0.0) {
            bail!("--rate and --seconds-a-step: expected a number above 0, and one of at least 0");
        }
        Ok(Some(Stated { tokens_per_second, seconds_a_step: self.seconds_a_step }))
    }

    fn preset(&self) -> &'static Preset {
        match (self.sample, self.quick, self.full) {
            (true, ..) => &SAMPLE,
            (_, true, _) => &QUICK,
            (_, _, true) => &FULL,
            _ => &PAPER,
        }
    }

    /// The grid file, and the folder for its runs.
    fn grid_and_output(&self, workspace: &Path) -> (PathBuf, PathBuf) {
        let preset = self.preset();
        let or_ours = |given: &Option<PathBuf>, name| given.clone().unwrap_or_else(|| ours(workspace, name));
        (or_ours(&self.grid, preset.grid), or_ours(&self.output, preset.output))
    }

    /// `--datasets` and `--models` once named folders: a folder that no dataset or model is called is still taken for one.
    fn with_folders(&self, grid: &Grid) -> Named {
        let mut named = Named {
            datasets: self.datasets.clone(),
            models: self.models.clone(),
            corpora: self.corpora.clone(),
            checkpoints: self.checkpoints.clone(),
        };
        let datasets: Vec<&str> = grid.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
        let models: Vec<&str> = grid.models.iter().map(|model| model.name.as_str()).collect();
        let pairs = [
            (&mut named.datasets, &mut named.corpora, datasets, "--corpora"),
            (&mut named.models, &mut named.checkpoints, models, "--checkpoints"),
        ];
        for (names, folder, known, flag) in pairs {
            if let [name] = &names[..]
                && !known.contains(&name.as_str())
                && Path::new(name).is_dir()
            {
                eprintln!("note: {name} is a folder: read as {flag} {name}");
                *folder = Some(PathBuf::from(name));
                names.clear();
            }
        }
        named
    }

    /// Where the corpora and checkpoints of the grid are.
    fn places(
        &self,
        grid_file: &Path,
        grid: &Grid,
        (given_corpora, given_checkpoints): (Option<PathBuf>, Option<PathBuf>),
        workspace: &Path,
    ) -> Result<Places> {
        let folder = grid_file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut stand_ins = Vec::new();
        for model in &self.model {
            stand_ins.push(stand_in(model, grid)?);
        }
        let beside_grid = self.sample || self.grid.is_some();
        let corpora = if beside_grid { folder.to_owned() } else { ours(workspace, "corpora") };
        let checkpoints = Some(ours(workspace, "checkpoints")).filter(|folder| folder.is_dir());
        Ok(Places {
            // The sample lies beside its grid, whatever the environment says of other corpora.
            datasets: given_corpora.filter(|_| !self.sample).unwrap_or(corpora),
            grid: folder.to_owned(),
            models: given_checkpoints.or(checkpoints),
            stand_ins,
            manifests: ours(workspace, "datasets"),
        })
    }
}

/// What `--datasets`, `--models`, `--corpora` and `--checkpoints` name.
struct Named {
    datasets: Vec<String>,
    models: Vec<String>,
    corpora: Option<PathBuf>,
    checkpoints: Option<PathBuf>,
}

/// A place in the workspace; messages read better without a leading `./`.
fn ours(workspace: &Path, name: &str) -> PathBuf {
    let path = workspace.join(name);
    path.strip_prefix(".").unwrap_or(&path).to_owned()
}

/// The model that a checkpoint stands in for, and the checkpoint's folder.
fn stand_in(model: &str, grid: &Grid) -> Result<(String, PathBuf)> {
    let names: Vec<&str> = grid.models.iter().map(|model| model.name.as_str()).collect();
    match (model.split_once('='), &names[..]) {
        (Some((name, path)), names) if names.contains(&name) => Ok((name.to_owned(), PathBuf::from(path))),
        (Some((name, _)), _) => {
            bail!("--model {model}: no model `{name}` is chosen, expected one of {}", names.join(", "))
        }
        (None, [only]) => Ok(((*only).to_owned(), PathBuf::from(model))),
        (None, names) => bail!(
            "--model {model}: {} models are chosen; say for which it stands in, as in --model {}={model}, \
             or choose one with --models",
            names.len(),
            names[0]
        ),
    }
}

/// A number and a unit: 45s, 90m, 8h, 2d.
fn parse_duration(text: &str) -> Result<Duration> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => bail!("`{text}`: expected a number with a unit, as in 45s, 90m, 8h or 2d"),
    };
    let number: f64 = number.parse().with_context(|| format!("`{text}`: expected a number before the unit"))?;
    Duration::try_from_secs_f64(number * unit).with_context(|| format!("`{text}`: expected a time that can pass"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(arguments: &[&str], expected: &Expect) {
        let said = match Request::parse(arguments) {
            Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
            Ok(request) => match request.kind_of_device() {
                Err(error) => error.to_string(),
                Ok(kind) => format!("{kind} {:?} {:?}", request.slots(), request.budget),
            },
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn devices_and_times_are_read() {
        check(&[], &expect![[r#"default [None] None"#]]);
        check(
            &["--device", "cuda:0,cuda:1", "--jobs", "2", "--budget", "1.5h"],
            &expect![[r#"cuda [Some("cuda:0"), Some("cuda:1"), Some("cuda:0"), Some("cuda:1")] Some(5400s)"#]],
        );
        check(&["--backend", "cpu", "--jobs-per-device", "2"], &expect![[r#"cpu [Some("cpu"), Some("cpu")] None"#]]);
        check(
            &["--device", "cpu,cuda:0"],
            &expect![
                "--device cpu,cuda:0: runs of a sweep are compared with each other, so its devices must be of one kind"
            ],
        );
        check(
            &["--budget", "8"],
            &expect![
                "error: invalid value '8' for '--budget <TIME>': `8`: expected a number with a unit, as in 45s, 90m, 8h or 2d"
            ],
        );
        check(&["--sample", "--quick"], &expect!["error: the argument '--sample' cannot be used with '--quick'"]);
        check(&["--seconds-a-step", "0.1"], &expect!["error: the following required arguments were not provided:"]);
        check(
            &["--jobs", "0"],
            &expect!["error: invalid value '0' for '--jobs-per-device <N>': 0 is not in 1..=65535"],
        );
    }
}
