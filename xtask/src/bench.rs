//! How fast `welt train` is on this machine, and beside it Python's transformers on the same file.
//! Rounds alternate between the settings, so that a machine that drifts is fair to all; medians are printed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;
use welt_record::Record;
use welt_settings::{Keep, Precision, Settings, Training};

use welt_process::{output, shown};
use welt_report::statistics::median;
use welt_sweep::cores;

/// Measure the speed of training, with one thread and with all, beside Python's transformers where it is at hand
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask bench --train ncbi-disease/train.tsv --model minilm\n  \
    cargo xtask bench --train ncbi-disease/train.tsv --model minilm --python venv/bin/python --precision f32,bf16 --rounds 5")]
pub struct Request {
    /// A CoNLL-like file; one epoch over it is measured
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The directory of an encoder
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// A Python with torch and transformers, which then runs scripts/transformers_speed.py in turn with welt
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// The dtypes of matrix products, each measured on its own; Python's side computes in them by autocast
    #[arg(long, value_name = "DTYPE", value_delimiter = ',', default_value = "f32")]
    precision: Vec<Precision>,
    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The welt program [default: built from this workspace]
    #[arg(long, value_name = "PATH", env = "WELT_BIN")]
    welt: Option<PathBuf>,
}

/// One measurement: real sub-words, padding left out, a second of time and a second of processor time.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Speed {
    tokens_per_second: f64,
    tokens_per_cpu_second: f64,
}

/// How a program computes.
#[derive(Debug, Clone, Copy)]
struct Setup {
    precision: Precision,
    threads: usize,
}

/// Measures and prints a table.
pub fn run(request: &Request, workspace: &Path) -> Result<()> {
    let welt = crate::program::welt(request.welt.as_deref(), workspace)?;
    let all = cores();
    let threads: Vec<usize> = if all == 1 { vec![1] } else { vec![1, all] };
    let mut rows: Vec<(String, Vec<Speed>)> = Vec::new();
    let setups: Vec<Setup> = request
        .precision
        .iter()
        .flat_map(|&precision| threads.iter().map(move |&threads| Setup { precision, threads }))
        .collect();
    for round in 1..=request.rounds {
        for &setup in &setups {
            let Setup { precision, threads } = setup;
            eprintln!("round {round} of {}, {precision}, {threads} threads", request.rounds);
            let name = format!("welt, {precision}, threads: {threads}");
            push(&mut rows, name, measure_welt(request, &welt.path, setup)?);
            if let Some(python) = &request.python {
                let name = format!("transformers, {precision}, threads: {threads}");
                push(&mut rows, name, measure_peer(request, python, workspace, setup)?);
            }
        }
    }
    println!("{}; one epoch over {}; medians of {} rounds\n", welt.identity, request.train.display(), request.rounds);
    println!("| program                        |   tokens/s | tokens/CPU-s |");
    println!("| ------------------------------ | ---------: | -----------: |");
    let of = |speeds: &[Speed], which: fn(&Speed) -> f64| median(&speeds.iter().map(which).collect::<Vec<_>>());
    for (name, speeds) in &rows {
        let wall = of(speeds, |speed| speed.tokens_per_second);
        let cpu = of(speeds, |speed| speed.tokens_per_cpu_second);
        println!("| {name:<30} | {wall:>10.0} | {cpu:>12.0} |");
    }
    Ok(())
}

fn push(rows: &mut Vec<(String, Vec<Speed>)>, name: String, speed: Speed) {
    match rows.iter_mut().find(|(known, _)| *known == name) {
        Some((_, speeds)) => speeds.push(speed),
        None => rows.push((name, vec![speed])),
    }
}

fn measure_welt(request: &Request, welt: &Path, setup: Setup) -> Result<Speed> {
    let folder = tempfile::tempdir().context("making a folder for the run")?;
    let run = folder.path().join("run");
    let training = Training {
        epochs: 1,
        learning_rate: 3e-4,
        keep: Keep::Last,
        precision: setup.precision,
        ..Training::defaults()
    };
    let settings = Settings::of(request.train.clone(), request.model.clone(), training);
    let settings = Settings { save_model: false, ..settings };
    let mut command = Command::new(welt);
    command.arg("train").args(settings.flags()).arg("--quiet").arg("--output").arg(&run);
    output(command.env("RAYON_NUM_THREADS", setup.threads.to_string()))?;
    let record = Record::of_run(&run)?;
    let speed = record.tokens_per_second.zip(record.tokens_per_cpu_second);
    let (tokens_per_second, tokens_per_cpu_second) = speed.context("the record of the run states no speed")?;
    Ok(Speed { tokens_per_second, tokens_per_cpu_second })
}

fn measure_peer(request: &Request, python: &Path, workspace: &Path, setup: Setup) -> Result<Speed> {
    let mut command = Command::new(python);
    command.arg(workspace.join("scripts/transformers_speed.py")).arg(&request.model).arg(&request.train);
    let answer = output(command.arg(setup.threads.to_string()).arg(setup.precision.to_string()))?;
    let line = answer.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| format!("the last line of {}: {line}", shown(&command)))
}
