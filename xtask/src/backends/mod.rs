//! Checks every backend but the default one: builds `welt` with it, compares its arithmetic with PyTorch's and its
//! training with that on the processor.
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

use deviations::Deviations;
use welt_process::{output, shown};

/// Build welt with other backends, compare them with PyTorch and the processor, and print how far they are off
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cargo xtask check-backends              all of them\n  \
                        cargo xtask check-backends --only wgpu  one of them\n  \
                        cargo xtask check-backends --only tch --libtorch LIBTORCH")]
pub struct Request {
    /// Only these
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', value_parser = NAMES)]
    only: Vec<String>,
    /// LibTorch 2.9.0 for tch [default: target/backends/libtorch, which scripts/get_libtorch.py makes]
    #[arg(long, value_name = "DIR", env = "LIBTORCH")]
    libtorch: Option<PathBuf>,
    /// Pass over a backend that finds nothing to run on, and say so
    #[arg(long)]
    allow_missing: bool,
}

const NAMES: [&str; 3] = ["wgpu", "tch", "cuda"];

/// What a backend showed.
struct Shown {
    name: String,
    /// What it computed on; none where it was only checked to compile.
    device: Option<String>,
    deviations: Deviations,
    /// What took how long.
    times: Vec<(String, Duration)>,
}

/// Checks what is asked for and prints the tables; ends at the first backend that fails, with what the others showed.
pub fn run(request: &Request, workspace: &Path) -> Result<()> {
    let workspace = fs::canonicalize(workspace).with_context(|| workspace.display().to_string())?;
    let mut all = Vec::new();
    for name in NAMES.iter().filter(|name| request.only.is_empty() || request.only.iter().any(|only| only == *name)) {
        let shown = Bench::new(name, request, &workspace).and_then(|bench| match *name {
            "cuda" if !has_nvidia_driver() => bench.compile().map(Found::Device),
            _ => bench.check(),
        });
        match shown {
            Ok(Found::Device(shown)) => all.push(shown),
            Ok(Found::Nothing(why)) if request.allow_missing => println!("skipped: {why}"),
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
    target: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

impl<'a> Bench<'a> {
    fn new(name: &'a str, request: &Request, workspace: &'a Path) -> Result<Self> {
        let folder = workspace.join("target/backends");
        let mut environment = Vec::new();
        if name == "tch" {
            let libtorch = match &request.libtorch {
                Some(libtorch) => fs::canonicalize(libtorch).with_context(|| libtorch.display().to_string())?,
                None => get_libtorch(workspace, &folder.join("libtorch"))?,
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
        Ok(Self { name, workspace, target: folder.join(name), environment })
    }

    /// Only whether everything fits together: CUDA's compiler cannot be had everywhere.
    fn compile(&self) -> Result<Shown> {
        let mut command = self.cargo(&["check", "--profile", "backends", "-p", "welt-cli"]);
        // The build scripts of Burn's compiler fetch LLVM unless documentation is being made, which needs none.
        let time = timed(command.env("DOCS_RS", "1"))?;
        let times = vec![("type check".to_owned(), time)];
        Ok(Shown { name: self.name.to_owned(), device: None, deviations: Deviations::default(), times })
    }

    fn check(&self) -> Result<Found<Shown>> {
        // One set of packages for everything: another would have other features, and Burn would be built twice.
        let packages = ["test", "--profile", "backends", "-p", "welt-models", "-p", "welt-train", "-p", "welt-cli"];
        // The tests of the program are not run here; they are named because cargo builds the program for them.
        let built = timed(self.cargo(&packages).args(["--no-run", "--test", "parity", "--test", "cli"]))?;
        let welt = self.target.join("backends").join(format!("welt{}", std::env::consts::EXE_SUFFIX));
        let device = match self.device(&welt)? {
            Found::Device(device) => device,
            Found::Nothing(why) => return Ok(Found::Nothing(why)),
        };

        let started = Instant::now();
        let mut command = self.cargo(&packages);
        command.args(["--test", "parity", "--", "--nocapture", "--test-threads", "1"]).env("BURN_DEVICE", self.name);
        spare_software(&mut command, &device);
        eprintln!("== {}", shown(&command));
        let mut deviations = Deviations::read(&output(&mut command)?)?;
        let parity = started.elapsed();

        let mut times = vec![("build".to_owned(), built), ("parity".to_owned(), parity)];
        let prepare = |on: &str, command: &mut Command| {
            command.envs(self.environment.iter().map(|(name, value)| (name, value)));
            if on == self.name {
                spare_software(command, &device);
            }
        };
        times.extend(training::compare(&welt, self.workspace, self.name, &prepare, &mut deviations)?);
        Ok(Found::Device(Shown { name: self.name.to_owned(), device: Some(device), deviations, times }))
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command.current_dir(self.workspace).args(arguments);
        command.args(["--locked", "--features", &format!("welt-cli/{}", self.name)]);
        command.env("CARGO_TARGET_DIR", &self.target);
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
    if all.iter().any(|shown| shown.device.is_some()) {
        println!("| backend | on | figure | compared with | largest deviation | allowed |");
        println!("| ------- | -- | ------ | ------------- | ----------------: | ------: |");
    }
    for shown in all {
        let Some(device) = &shown.device else { continue };
        for (figure, deviation) in shown.deviations.iter() {
            let (with, largest, allowed) = (deviation.with, deviation.largest, deviation.allowed);
            println!("| {} | {device} | {figure} | {with} | {largest:.1e} | {allowed:.1e} |", shown.name);
        }
    }
    if !all.is_empty() {
        println!("\n| backend | what | seconds |\n| ------- | ---- | ------: |");
    }
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
