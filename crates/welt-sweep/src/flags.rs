//! What a user asks of a sweep, beside its grid: parts of it, folders, devices, time.
//! Arguments of `welt sweep` and `cargo xtask reproduce` go in, plain settings come out; nothing is planned or run.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use welt_settings::{Changes, Method, SettingsError};
use welt_weights::LabelOrder;

use crate::calibrate::Stated;
use crate::grid::{Grid, Override, Protocol, Selection};
use crate::locations::Locations;
use crate::process::threads_of_each;
use crate::{Asked, Launcher, SweepSettings};

/// A grid file, and what stands for what a user does not say.
#[derive(Debug)]
pub struct Source {
    /// The grid file.
    pub grid: PathBuf,
    /// The folder of runs.
    pub output: PathBuf,
    /// The folder that paths of corpora start from; none is that of the grid file.
    pub corpora: Option<PathBuf>,
    /// Where local copies of encoders lie.
    pub checkpoints: Option<PathBuf>,
    /// Finds an encoder by its name on the Hub, where no local copy is; none where nothing is to be fetched.
    pub find_model: Option<fn(&str) -> Result<PathBuf>>,
    /// Runs at a time on each device.
    pub jobs_per_device: usize,
    /// Threads of all runs together; none is what the environment or the machine has.
    pub threads: Option<usize>,
    /// Whether only what fails is said while it runs.
    pub is_quiet: bool,
}

/// Which part of a grid is run, and how
#[derive(Debug, Args)]
pub struct SweepFlags {
    /// Only these datasets
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', alias = "only-datasets", help_heading = "What to run")]
    datasets: Vec<String>,
    /// Only these models
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', alias = "only-models", help_heading = "What to run")]
    models: Vec<String>,
    /// Only these methods of the grid, as in vanilla,welt,focal-2; or all that there are, also where the grid does not name
    /// them (all)
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', aliases = ["only-schemes", "schemes"])]
    #[arg(help_heading = "What to run")]
    methods: Vec<NamedMethod>,
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

    /// The folder that the paths of corpora start from [default: that of the grid file]
    #[arg(long, value_name = "DIR", help_heading = "Where things are")]
    corpora: Option<PathBuf>,
    /// Where local copies of encoders lie, by name or by Hub id
    #[arg(long, value_name = "DIR", help_heading = "Where things are")]
    checkpoints: Option<PathBuf>,
    /// An encoder that stands in for one of the grid; NAME may be left out when one is chosen
    #[arg(long, value_name = "[NAME=]DIR", help_heading = "Where things are")]
    pub model: Vec<String>,
    /// Where runs and tables go [default: runs]
    #[arg(long, short, value_name = "DIR", help_heading = "Where things are")]
    output: Option<PathBuf>,

    /// The device, or several of one kind as in cuda:0,cuda:1 [default: the program's own choice]
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', visible_alias = "backend", help_heading = "How to run")]
    device: Vec<String>,
    /// Runs at a time on each device; on a processor they share its cores [default: 1]
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

/// A method, or all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum NamedMethod {
    All,
    One(Method),
}

impl FromStr for NamedMethod {
    type Err = SettingsError;

    fn from_str(name: &str) -> Result<Self, SettingsError> {
        if name == "all" { Ok(Self::All) } else { name.parse().map(Self::One) }
    }
}

/// Who starts the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LauncherName {
    Local,
    Slurm,
}

impl SweepFlags {
    /// What they mean for a grid file, in plain settings.
    ///
    /// # Errors
    /// A grid that cannot be read, a part that it does not have, devices of several kinds.
    pub fn asked(&self, source: &Source) -> Result<Asked> {
        let mut whole = Grid::read(&source.grid)?.with_protocol(self.protocol)?;
        let changes = self.set.iter().map(|changes| Override { changes: *changes, ..Override::default() });
        whole.overrides.extend(changes);
        let takes_all = self.methods.contains(&NamedMethod::All);
        if takes_all {
            whole = whole.with_all_methods();
        }
        whole.check()?;
        let named = self.with_folders(&whole);
        let selection = Selection {
            datasets: named.datasets,
            models: named.models,
            // All are all that the grid has now.
            methods: if takes_all { Vec::new() } else { self.methods() },
            label_orders: self.orders.clone(),
            seeds: self.seeds.clone(),
        };
        let grid = whole.clone().select(&selection)?;
        let locations = self.locations(source, &grid, named.corpora, named.checkpoints)?;
        let published = grid.published.as_ref().map(|file| locations.grid.join(file));
        let published =
            published.map(|file| std::fs::canonicalize(&file).with_context(|| format!("finding {}", file.display())));
        let slots = self.slots(source.jobs_per_device);
        if self.launcher == LauncherName::Slurm && source.threads.is_some() {
            bail!("--threads: a job has the cores that --sbatch cpus-per-task=N asks for: leave --threads out");
        }
        let sweep = SweepSettings {
            output: self.output.clone().unwrap_or_else(|| source.output.clone()),
            device: self.kind_of_device()?,
            threads: threads_of_each(source.threads, slots.len()),
            slots,
            retries: self.retries,
            budget: self.budget,
            launcher: match self.launcher {
                LauncherName::Local => Launcher::Local,
                LauncherName::Slurm => Launcher::Slurm { options: self.sbatch.clone(), most_jobs: self.most_jobs() },
            },
            collect: self.collect,
            stated: self.stated()?,
            is_quiet: source.is_quiet,
        };
        Ok(Asked { grid, whole, locations, published: published.transpose()?, sweep })
    }

    /// The methods that are named, where all stands for every known one.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let mut methods = Vec::new();
        for named in &self.methods {
            let of = match named {
                NamedMethod::All => Method::all(),
                NamedMethod::One(method) => vec![*method],
            };
            methods.extend(of.into_iter().filter(|method| !methods.contains(method)).collect::<Vec<_>>());
        }
        methods
    }

    /// Runs at a time, if the user says so.
    fn most_jobs(&self) -> Option<usize> {
        self.jobs_per_device.map(|jobs| usize::from(jobs) * self.device.len().max(1))
    }

    /// A device for every process that may run at a time: each device once, then each once more.
    fn slots(&self, jobs_per_device: usize) -> Vec<Option<String>> {
        let devices: Vec<Option<String>> =
            if self.device.is_empty() { vec![None] } else { self.device.iter().cloned().map(Some).collect() };
        let jobs = self.jobs_per_device.map_or(jobs_per_device, usize::from);
        (0..jobs).flat_map(|_| devices.clone()).collect()
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
    fn stated(&self) -> Result<Option<Stated>> {
        let Some(tokens_per_second) = self.rate else { return Ok(None) };
        if !(tokens_per_second > 0.0 && tokens_per_second.is_finite() && self.seconds_a_step >= 0.0) {
            bail!("--rate and --seconds-a-step: expected a number above 0, and one of at least 0");
        }
        Ok(Some(Stated { tokens_per_second, seconds_a_step: self.seconds_a_step }))
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
    fn locations(
        &self,
        source: &Source,
        grid: &Grid,
        corpora: Option<PathBuf>,
        checkpoints: Option<PathBuf>,
    ) -> Result<Locations> {
        let folder = source.grid.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut stand_ins = Vec::new();
        for model in &self.model {
            stand_ins.push(stand_in(model, grid)?);
        }
        Ok(Locations {
            datasets: corpora.or_else(|| source.corpora.clone()).unwrap_or_else(|| folder.to_owned()),
            grid: folder.to_owned(),
            models: checkpoints.or_else(|| source.checkpoints.clone()),
            stand_ins,
            find_model: source.find_model,
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
    use clap::Parser;
    use expect_test::{Expect, expect};

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        flags: SweepFlags,
    }

    fn check(arguments: &[&str], expected: &Expect) {
        let said = match Only::try_parse_from(["sweep"].iter().chain(arguments)) {
            Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
            Ok(Only { flags }) => match flags.kind_of_device() {
                Err(error) => error.to_string(),
                Ok(kind) => format!("{kind} {:?} {:?}", flags.slots(1), flags.budget),
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
        check(&["--seconds-a-step", "0.1"], &expect!["error: the following required arguments were not provided:"]);
        check(
            &["--jobs", "0"],
            &expect!["error: invalid value '0' for '--jobs-per-device <N>': 0 is not in 1..=65535"],
        );
    }
}
