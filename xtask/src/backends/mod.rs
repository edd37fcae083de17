//! Checks every backend but the default one: builds `welt` with it, compares its arithmetic with PyTorch's and, unless
//! that is enough, its training with that on the processor.
//! Names go in, a table of deviations and times comes out; it knows backends by name and nothing of what they are.

mod deviations;
mod training;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use welt_process::{output, shown};

use crate::cargo::cargo;
use deviations::Deviations;

/// Build welt with other backends, compare them with PyTorch and the processor, and print how far they are off
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cargo xtask check-backends                            all that can run here\n  \
                        cargo xtask check-backends --only wgpu                one of them\n  \
                        cargo xtask check-backends --only wgpu --parity-only  without training, as `cargo xtask ci` does\n  \
                        cargo xtask check-backends --only tch --libtorch LIBTORCH")]
pub struct Request {
    /// Only these
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', value_parser = NAMES)]
    only: Vec<String>,
    /// LibTorch 2.9.0 for tch [default: target/backends/libtorch, which scripts/get_libtorch.py makes]
    #[arg(long, value_name = "DIR", env = "LIBTORCH")]
    libtorch: Option<PathBuf>,
    /// Compare with PyTorch's figures alone, and train nothing
    #[arg(long)]
    parity_only: bool,
    /// Pass over a backend of --only that finds nothing to run on, and say so, as is done without --only
    #[arg(long)]
    allow_missing: bool,
}

const NAMES: [&str; 3] = ["wgpu", "tch", "cuda"];

const NO_NVIDIA: &str = "cuda finds no NVIDIA driver here; `cargo xtask ci --only clippy` type-checks it";

/// One set of packages and targets for everything, the one of the test command: another would have other features, and
/// Burn would be built twice. The tests of the program are named because cargo builds the program for them.
const BUILD: [&str; 8] = ["test", "--workspace", "--locked", "--no-run", "--test", "parity", "--test", "cli"];

/// What a backend showed.
struct Shown {
    name: String,
    /// What it computed on.
    device: String,
    deviations: Deviations,
    /// What took how long.
    times: Vec<(String, Duration)>,
}

/// Checks what is asked for and prints the tables; ends at the first backend that fails, with what the others showed.
pub fn run(request: &Request, workspace: &Path) -> Result<()> {
    let workspace = fs::canonicalize(workspace).with_context(|| workspace.display().to_string())?;
    let may_miss = request.allow_missing || request.only.is_empty();
    let mut all = Vec::new();
    for name in NAMES.iter().filter(|name| request.only.is_empty() || request.only.iter().any(|only| only == *name)) {
        let shown = match *name {
            // Cargo cannot even build it everywhere, for that fetches LLVM.
            "cuda" if !has_nvidia_driver() => Ok(Found::Nothing(NO_NVIDIA.to_owned())),
            name => Bench::new(name, request, &workspace).and_then(|bench| bench.check(request.parity_only)),
        };
        match shown {
            Ok(Found::Device(shown)) => all.push(shown),
            Ok(Found::Nothing(why)) if may_miss => println!("skipped: {why}"),
            Ok(Found::Nothing(why)) => {
                print_tables(&all);
                bail!("{why}");
            }
            Err(error) => {
                print_tables(&all);
                return Err(error.context(format!("checking {name}")));
            }
        }
    }
    print_tables(&all);
    Ok(())
}

/// What came of looking for something to run on.
enum Found<T> {
    Device(T),
    /// With what is missing.
    Nothing(String),
}

/// One backend with what its commands need.
struct Bench<'a> {
    name: &'a str,
    workspace: &'a Path,
    environment: Vec<(&'static str, OsString)>,
}

impl<'a> Bench<'a> {
    fn new(name: &'a str, request: &Request, workspace: &'a Path) -> Result<Self> {
        let mut environment = Vec::new();
        if name == "tch" {
            let libtorch = match &request.libtorch {
                Some(libtorch) => fs::canonicalize(libtorch).with_context(|| libtorch.display().to_string())?,
                None => get_libtorch(workspace, &workspace.join("target/backends/libtorch"))?,
            };
            let mut library_path = libtorch.join("lib").into_os_string();
            if let Some(others) = std::env::var_os("LD_LIBRARY_PATH") {
                library_path.push(":");
                library_path.push(others);
            }
            environment.push(("LIBTORCH", libtorch.into_os_string()));
            environment.push(("LD_LIBRARY_PATH", library_path));
            // Its threads wait in a loop, which takes minutes on a machine that is busy with something else.
            environment.push(("OMP_NUM_THREADS", "1".into()));
        }
        Ok(Self { name, workspace, environment })
    }

    fn check(&self, parity_only: bool) -> Result<Found<Shown>> {
        let built = timed(&mut self.cargo(&BUILD))?;
        let welt = built_program()?;
        let device = match self.device(&welt)? {
            Found::Device(device) => device,
            Found::Nothing(why) => return Ok(Found::Nothing(why)),
        };

        let started = Instant::now();
        let mut command = self.cargo(&["test", "--workspace", "--locked", "--test", "parity"]);
        command.env("BURN_DEVICE", self.name);
        spare_software(&mut command, &device);
        command.args(["--", "--nocapture", "--test-threads", "1"]);
        eprintln!("== {}", shown(&command));
        let mut deviations = Deviations::read(&output(&mut command)?)?;
        let mut times = vec![("build".to_owned(), built), ("parity".to_owned(), started.elapsed())];
        if !parity_only {
            let prepare = |on: &str, command: &mut Command| {
                command.envs(self.environment.iter().map(|(name, value)| (name, value)));
                if on == self.name {
                    spare_software(command, &device);
                }
            };
            times.extend(training::compare(&welt, self.workspace, self.name, &prepare, &mut deviations)?);
        }
        Ok(Found::Device(Shown { name: self.name.to_owned(), device, deviations, times }))
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo();
        command.current_dir(self.workspace).args(arguments);
        command.args(["--features", &format!("welt-cli/{}", self.name)]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What `welt devices` says of the backend's first device.
    fn device(&self, welt: &Path) -> Result<Found<String>> {
        let mut command = Command::new(welt);
        command.args(["devices", "--format", "json"]).envs(self.environment.iter().map(|(name, value)| (name, value)));
        let answer: serde_json::Value = serde_json::from_str(&output(&mut command)?).context("welt devices")?;
        let backends = answer["backends"].as_array().context("welt devices names no backends")?;
        let backend = backends.iter().find(|backend| backend["backend"] == self.name);
        let backend = backend.with_context(|| format!("welt devices does not know {}", self.name))?;
        match &backend["devices"][0] {
            serde_json::Value::Null => {
                let why = backend["missing"].as_str().unwrap_or_default();
                Ok(Found::Nothing(format!("{} is built and finds nothing to run on: {why}", self.name)))
            }
            device => Ok(Found::Device(format!("{} ({})", device["name"], device["kind"]).replace('"', ""))),
        }
    }
}

/// The `welt` that [`BUILD`] leaves beside the program that runs this.
pub fn built_program() -> Result<PathBuf> {
    let xtask = std::env::current_exe().context("finding the folder of cargo's programs")?;
    Ok(xtask.with_file_name(format!("welt{}", std::env::consts::EXE_SUFFIX)))
}

/// Spares a driver that plays a card the choice among kernels: it takes seconds to compile each, and hours for all.
fn spare_software(command: &mut Command, device: &str) {
    if device.ends_with("(software)") {
        command.env("CUBECL_AUTOTUNE_LEVEL", "minimal");
    }
}

/// LibTorch in `folder`, where it is made if it is not there.
fn get_libtorch(workspace: &Path, folder: &Path) -> Result<PathBuf> {
    if !folder.exists() {
        let mut command = Command::new("python3");
        eprintln!("== fetching LibTorch into {}", folder.display());
        eprint!("{}", output(command.arg(workspace.join("scripts/get_libtorch.py")).arg(folder))?);
    }
    Ok(folder.to_owned())
}

/// Whether CUDA can run here.
fn has_nvidia_driver() -> bool {
    Path::new("/proc/driver/nvidia/version").exists()
}

/// Runs a command that prints what it does, and says how long it took.
fn timed(command: &mut Command) -> Result<Duration> {
    eprintln!("== {}", shown(command));
    let started = Instant::now();
    let status = command.status().with_context(|| format!("starting {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(started.elapsed())
}

fn print_tables(all: &[Shown]) {
    if all.is_empty() {
        return;
    }
    println!("| backend | on | figure | compared with | largest deviation | allowed |");
    println!("| ------- | -- | ------ | ------------- | ----------------: | ------: |");
    for shown in all {
        for (figure, deviation) in shown.deviations.iter() {
            let (with, largest, allowed) = (deviation.with, deviation.largest, deviation.allowed);
            println!("| {} | {} | {figure} | {with} | {largest:.1e} | {allowed:.1e} |", shown.name, shown.device);
        }
    }
    println!("\n| backend | what | seconds |\n| ------- | ---- | ------: |");
    for shown in all {
        for (what, time) in &shown.times {
            println!("| {} | {what} | {:.2} |", shown.name, time.as_secs_f64());
        }
    }
}

/// Something to hand to a command before it runs, by the device it runs on.
type Prepare<'a> = dyn Fn(&str, &mut Command) + 'a;

/// The words of a command line, so that paths and flags stand side by side.
fn words<const N: usize>(words: [&dyn AsRef<OsStr>; N]) -> [&OsStr; N] {
    words.map(AsRef::as_ref)
}
