//! How long training steps and predictions take on a device, with `welt bench` and beside it with PyTorch.
//! Programs take turns case by case, so that a machine that drifts is fair to both; medians over rounds are printed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use welt_process::{output, shown};
use welt_report::statistics::median;

/// Measure training steps and predictions on a device, beside PyTorch where it is at hand
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask steps\n  \
    cargo xtask steps --python venv/bin/python --rounds 3\n  \
    cargo xtask steps --welt target/release/welt --device cuda:0 --precision bf16 --case bert-base:32x128 \\\n      \
    --case bert-base:64x64 --python venv/bin/python --python-device cuda")]
pub struct Request {
    /// Sizes and rows by sub-words, as `welt bench` takes them
    #[arg(long = "case", value_name = "SIZES:ROWSxLENGTH", default_values = USUAL)]
    cases: Vec<String>,
    /// The device of welt
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    device: String,
    /// The dtype of matrix products: f32, bf16, f16, or int8 for predictions alone
    #[arg(long, value_name = "DTYPE", default_value = "f32")]
    precision: String,
    /// Threads of each program
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    threads: u32,
    /// A Python with torch and transformers, which then runs scripts/step_speed.py in turn with welt
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// The device of PyTorch
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    python_device: String,
    /// Rows of one forward pass of welt in training
    #[arg(long, value_name = "N", default_value = "16")]
    micro_batch_size: String,
    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The welt program [default: built from this workspace]
    #[arg(long, value_name = "PATH", env = "WELT_BIN")]
    welt: Option<PathBuf>,
}

/// The shapes that are measured on every backend.
pub const USUAL: [&str; 4] = ["minilm:32x32", "minilm:32x64", "minilm:32x128", "bert-base:8x128"];

/// Seconds of the clock and of all threads' processors.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Times {
    /// Of the clock.
    pub seconds: f64,
    /// Of all threads' processors.
    pub cpu_seconds: f64,
}

/// What one program needs for one case.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Measured {
    /// None in a dtype that nothing is trained in.
    pub training: Option<Times>,
    /// A forward pass.
    pub prediction: Times,
}

/// What scripts/onnx_speed.py says.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum ByOnnxruntime {
    /// A package that is not installed.
    Missing {
        /// Its name.
        missing: String,
    },
    /// A forward pass.
    Prediction(Times),
}

/// What is measured: a case, in a dtype, by so many threads.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Sizes and rows by sub-words.
    pub case: String,
    /// As both programs take it.
    pub precision: String,
    /// Of each program.
    pub threads: u32,
    /// The devices of welt and of PyTorch.
    pub devices: [String; 2],
    /// Rows of one forward pass of welt in training.
    pub micro_batch_size: String,
}

/// Measures and prints a table.
pub fn run(request: &Request, workspace: &Path) -> Result<()> {
    let welt = crate::program::welt(request.welt.as_deref(), workspace)?;
    println!(
        "{}; device {} in {}, threads: {}; milliseconds, medians of {} rounds\n",
        welt.identity, request.device, request.precision, request.threads, request.rounds
    );
    println!("| case            | program | step     | CPU      | predict  | CPU      |");
    println!("| --------------- | ------- | -------: | -------: | -------: | -------: |");
    for case in &request.cases {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 1..=request.rounds {
            eprintln!("{case}, round {round} of {}", request.rounds);
            let setup = request.setup(case);
            ours.push(setup.ours(&welt.path)?);
            if let Some(python) = &request.python {
                theirs.push(setup.theirs(python, workspace)?);
            }
        }
        let ours = row(case, "welt", &ours);
        if !theirs.is_empty() {
            let theirs = row(case, "torch", &theirs);
            let ratio = |(ours, theirs): (&Option<f64>, Option<f64>)| match (ours, theirs) {
                (Some(ours), Some(theirs)) => format!("{:>7.2}x", theirs / ours),
                _ => format!("{:>8}", "-"),
            };
            let ratios: Vec<String> = ours.iter().zip(theirs).map(ratio).collect();
            println!("| {case:<15} | ratio   | {} |", ratios.join(" | "));
        }
    }
    Ok(())
}

impl Request {
    fn setup(&self, case: &str) -> Setup {
        Setup {
            case: case.to_owned(),
            precision: self.precision.clone(),
            threads: self.threads,
            devices: [self.device.clone(), self.python_device.clone()],
            micro_batch_size: self.micro_batch_size.clone(),
        }
    }
}

impl Setup {
    /// What `welt bench` says.
    pub fn ours(&self, welt: &Path) -> Result<Measured> {
        let mut command = Command::new(welt);
        command.args(["bench", "--quiet", "--format", "json", "--case", &self.case, "--device", &self.devices[0]]);
        command.args(["--precision", &self.precision, "--micro-batch-size", &self.micro_batch_size]);
        command.env("RAYON_NUM_THREADS", self.threads.to_string()).env("OMP_NUM_THREADS", self.threads.to_string());
        last_line(command)
    }

    /// What scripts/step_speed.py says.
    pub fn theirs(&self, python: &Path, workspace: &Path) -> Result<Measured> {
        let mut command = Command::new(python);
        command.arg(workspace.join("scripts/step_speed.py")).args([&self.case, "--device", &self.devices[1]]);
        command.args(["--precision", &self.precision, "--threads", &self.threads.to_string()]);
        last_line(command)
    }

    /// What scripts/onnx_speed.py says; nothing in a dtype that onnxruntime does not have on the processor.
    pub fn by_onnxruntime(&self, python: &Path, workspace: &Path) -> Result<Option<ByOnnxruntime>> {
        if !["f32", "int8"].contains(&self.precision.as_str()) {
            return Ok(None);
        }
        let mut command = Command::new(python);
        command.arg(workspace.join("scripts/onnx_speed.py")).arg(&self.case);
        command.args(["--precision", &self.precision, "--threads", &self.threads.to_string()]);
        last_line(command).map(Some)
    }
}

fn last_line<T: DeserializeOwned>(mut command: Command) -> Result<T> {
    let answer = output(&mut command)?;
    let line = answer.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| format!("the last line of {}: {line}", shown(&command)))
}

/// Prints a row and gives its numbers.
fn row(case: &str, program: &str, measured: &[Measured]) -> [Option<f64>; 4] {
    let of = |which: fn(&Measured) -> Option<f64>| {
        let seconds: Option<Vec<f64>> = measured.iter().map(which).collect();
        seconds.map(|seconds| 1e3 * median(&seconds))
    };
    let numbers = [
        of(|measured| Some(measured.training?.seconds)),
        of(|measured| Some(measured.training?.cpu_seconds)),
        of(|measured| Some(measured.prediction.seconds)),
        of(|measured| Some(measured.prediction.cpu_seconds)),
    ];
    let cell = |number: &Option<f64>| number.map_or_else(|| format!("{:>8}", "-"), |number| format!("{number:>8.0}"));
    println!("| {case:<15} | {program:<7} | {} |", numbers.iter().map(cell).collect::<Vec<_>>().join(" | "));
    numbers
}
