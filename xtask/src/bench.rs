//! How fast `welt` trains and predicts on this machine, and beside it Python's transformers and onnxruntime: the table of
//! docs/performance.md. Rounds alternate between the settings, so that a machine that drifts is fair to all; medians are
//! printed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use welt_record::Record;
use welt_settings::{Keep, Precision, Settings, Training};

use welt_process::shown;
use welt_report::statistics::median;
use welt_sweep::cores;

use crate::memory::output_and_memory;
use crate::steps::{self, ByOnnxruntime};

/// Measure training and prediction, with one thread and with all, beside Python's transformers where it is at hand
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask bench --train ncbi-disease/train.tsv --model minilm\n  \
    cargo xtask bench --train ncbi-disease/train.tsv --model minilm --python venv/bin/python --precision f32,bf16,int8 --rounds 5")]
pub struct Request {
    /// A CoNLL-like file; one epoch over it is measured
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The directory of an encoder
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// A Python with torch and transformers, which then runs scripts/transformers_speed.py and scripts/step_speed.py in turn
    /// with welt, and scripts/onnx_speed.py where it has onnx and onnxruntime
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// The dtypes of matrix products, each measured on its own; Python's side computes in them by autocast; int8 predicts alone
    #[arg(long, value_name = "DTYPE", value_delimiter = ',', default_value = "f32")]
    precision: Vec<Precision>,
    /// What is measured
    #[arg(long, value_name = "PART", value_delimiter = ',', default_value = "training,shapes")]
    parts: Vec<Part>,
    /// Shapes of rows of one length, by one thread
    #[arg(long = "case", value_name = "SIZES:ROWSxLENGTH", default_values = steps::USUAL)]
    cases: Vec<String>,
    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The welt program [default: built from this workspace]
    #[arg(long, value_name = "PATH", env = "WELT_BIN")]
    welt: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// One epoch over the file, with its memory
    Training,
    /// Steps and predictions of rows of one length
    Shapes,
}

/// One measurement: real sub-words, padding left out, a second of time and a second of processor time.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Speed {
    tokens_per_second: f64,
    tokens_per_cpu_second: f64,
    /// In bytes; none where the system does not say.
    #[serde(skip)]
    peak_memory: Option<u64>,
}

/// How a program computes.
#[derive(Debug, Clone, Copy)]
struct Setup {
    precision: Precision,
    threads: usize,
}

/// Measures and prints tables.
pub fn run(request: &Request, workspace: &Path) -> Result<()> {
    let welt = crate::program::welt(request.welt.as_deref(), workspace)?;
    println!("{}; medians of {} rounds", welt.identity, request.rounds);
    if request.parts.contains(&Part::Training) {
        training(request, &welt.path, workspace)?;
    }
    if request.parts.contains(&Part::Shapes) {
        shapes(request, &welt.path, workspace)?;
    }
    Ok(())
}

/// One epoch over the file, in every dtype that is trained in.
fn training(request: &Request, welt: &Path, workspace: &Path) -> Result<()> {
    let all = cores();
    let threads: Vec<usize> = if all == 1 { vec![1] } else { vec![1, all] };
    let mut rows: Vec<(String, Vec<Speed>)> = Vec::new();
    let trained = request.precision.iter().filter(|precision| **precision != Precision::Int8);
    let setups: Vec<Setup> =
        trained.flat_map(|&precision| threads.iter().map(move |&threads| Setup { precision, threads })).collect();
    for round in 1..=request.rounds {
        for &setup in &setups {
            let Setup { precision, threads } = setup;
            eprintln!("round {round} of {}, {precision}, {threads} threads", request.rounds);
            let name = format!("welt, {precision}, threads: {threads}");
            push(&mut rows, name, measure_welt(request, welt, setup)?);
            if let Some(python) = &request.python {
                let name = format!("transformers, {precision}, threads: {threads}");
                push(&mut rows, name, measure_peer(request, python, workspace, setup)?);
            }
        }
    }
    println!("\nOne epoch over {}\n", request.train.display());
    println!("| program                        |   tokens/s | tokens/CPU-s | peak MB |");
    println!("| ------------------------------ | ---------: | -----------: | ------: |");
    let of = |speeds: &[Speed], which: fn(&Speed) -> f64| median(&speeds.iter().map(which).collect::<Vec<_>>());
    for (name, speeds) in &rows {
        let wall = of(speeds, |speed| speed.tokens_per_second);
        let cpu = of(speeds, |speed| speed.tokens_per_cpu_second);
        let peak = speeds.iter().filter_map(|speed| speed.peak_memory).max();
        let peak = peak.map_or_else(|| "-".to_owned(), |bytes| format!("{:.0}", bytes as f64 / 1e6));
        println!("| {name:<30} | {wall:>10.0} | {cpu:>12.0} | {peak:>7} |");
    }
    Ok(())
}

/// Steps and predictions of rows of one length, by one thread, in milliseconds of processor time.
fn shapes(request: &Request, welt: &Path, workspace: &Path) -> Result<()> {
    println!("\nRows of one length, one thread, milliseconds of processor time\n");
    println!(
        "| case            | dtype | step, welt |    torch | ratio | predict, welt |    torch | ratio | onnxruntime | ratio |"
    );
    println!(
        "| --------------- | ----- | ---------: | -------: | ----: | ------------: | -------: | ----: | ----------: | ----: |"
    );
    for case in &request.cases {
        let setups: Vec<steps::Setup> =
            request.precision.iter().map(|precision| shape(case, &precision.to_string())).collect();
        let mut measured = vec![ShapeTimes::default(); setups.len()];
        for round in 1..=request.rounds {
            eprintln!("{case}, round {round} of {}", request.rounds);
            for (setup, measured) in setups.iter().zip(&mut measured) {
                measured.ours.push(setup.ours(welt)?);
                if let Some(python) = &request.python {
                    measured.theirs.push(setup.theirs(python, workspace)?);
                    measured.by_onnxruntime.extend(setup.by_onnxruntime(python, workspace)?);
                }
            }
        }
        for (setup, measured) in setups.iter().zip(&measured) {
            println!("{}", measured.row(case, &setup.precision));
        }
    }
    Ok(())
}

/// What each program said of a shape in a dtype, round by round.
#[derive(Debug, Clone, Default)]
struct ShapeTimes {
    ours: Vec<steps::Measured>,
    theirs: Vec<steps::Measured>,
    by_onnxruntime: Vec<ByOnnxruntime>,
}

impl ShapeTimes {
    fn row(&self, case: &str, precision: &str) -> String {
        let [step, predict] = [training_ms, prediction_ms].map(|which| beside(which(&self.ours), which(&self.theirs)));
        let [_, onnxruntime, onnxruntime_ratio] = beside(prediction_ms(&self.ours), self.onnxruntime_ms());
        let missing = self.by_onnxruntime.iter().find_map(|said| match said {
            ByOnnxruntime::Missing { missing } => Some(format!("no {missing}")),
            ByOnnxruntime::Prediction(_) => None,
        });
        let onnxruntime = missing.unwrap_or(onnxruntime);
        let ([ours, theirs, ratio], [ours_predicts, theirs_predicts, predict_ratio]) = (step, predict);
        format!(
            "| {case:<15} | {precision:<5} | {ours:>10} | {theirs:>8} | {ratio:>5} | {ours_predicts:>13} | \
             {theirs_predicts:>8} | {predict_ratio:>5} | {onnxruntime:>11} | {onnxruntime_ratio:>5} |"
        )
    }

    fn onnxruntime_ms(&self) -> Option<f64> {
        let seconds = self.by_onnxruntime.iter().filter_map(|said| match said {
            ByOnnxruntime::Prediction(times) => Some(times.cpu_seconds),
            ByOnnxruntime::Missing { .. } => None,
        });
        median_ms(&seconds.collect::<Vec<_>>())
    }
}

fn shape(case: &str, precision: &str) -> steps::Setup {
    steps::Setup {
        case: case.to_owned(),
        precision: precision.to_owned(),
        threads: 1,
        devices: ["cpu".to_owned(), "cpu".to_owned()],
        micro_batch_size: Training::defaults().micro_batch_size.to_string(),
    }
}

fn training_ms(measured: &[steps::Measured]) -> Option<f64> {
    let seconds: Option<Vec<f64>> = measured.iter().map(|of| Some(of.training?.cpu_seconds)).collect();
    median_ms(&seconds?)
}

fn prediction_ms(measured: &[steps::Measured]) -> Option<f64> {
    median_ms(&measured.iter().map(|of| of.prediction.cpu_seconds).collect::<Vec<_>>())
}

fn median_ms(seconds: &[f64]) -> Option<f64> {
    (!seconds.is_empty()).then(|| 1e3 * median(seconds))
}

/// Both, and how many times as fast ours is.
fn beside(ours: Option<f64>, theirs: Option<f64>) -> [String; 3] {
    let cell = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |number| format!("{number:.1}"));
    let ratio = ours.zip(theirs).map_or_else(|| "-".to_owned(), |(ours, theirs)| format!("{:.2}", theirs / ours));
    [cell(ours), cell(theirs), ratio]
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
    let (_, peak_memory) = output_and_memory(command.env("RAYON_NUM_THREADS", setup.threads.to_string()))?;
    let record = Record::of_run(&run)?;
    let speed = record.tokens_per_second.zip(record.tokens_per_cpu_second);
    let (tokens_per_second, tokens_per_cpu_second) = speed.context("the record of the run states no speed")?;
    Ok(Speed { tokens_per_second, tokens_per_cpu_second, peak_memory })
}

fn measure_peer(request: &Request, python: &Path, workspace: &Path, setup: Setup) -> Result<Speed> {
    let mut command = Command::new(python);
    command.arg(workspace.join("scripts/transformers_speed.py")).arg(&request.model).arg(&request.train);
    command.arg(setup.threads.to_string()).arg(setup.precision.to_string());
    let (answer, peak_memory) = output_and_memory(&mut command)?;
    let line = answer.lines().last().unwrap_or_default();
    let speed: Speed =
        serde_json::from_str(line).with_context(|| format!("the last line of {}: {line}", shown(&command)))?;
    Ok(Speed { peak_memory, ..speed })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn measured(seconds: [f64; 2]) -> steps::Measured {
        let [step, prediction] = seconds.map(|cpu_seconds| steps::Times { seconds: 9.0, cpu_seconds });
        steps::Measured { training: Some(step), prediction }
    }

    #[test]
    fn a_row_has_medians_beside_each_other_and_says_what_is_missing() {
        let said = |lines: &[&str]| lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut times = ShapeTimes {
            ours: vec![measured([0.2, 0.05]), measured([0.4, 0.01]), measured([0.3, 0.04])],
            theirs: vec![measured([0.6, 0.1])],
            by_onnxruntime: said(&[r#"{"seconds": 3, "cpu_seconds": 0.06}"#]),
        };
        let whole = times.row("minilm:32x32", "f32");
        times.by_onnxruntime = said(&[r#"{"missing": "onnxruntime"}"#]);
        let without = times.row("minilm:32x32", "f32");
        let alone = ShapeTimes { ours: times.ours, ..ShapeTimes::default() }.row("minilm:32x32", "f32");
        expect![[r#"
            | minilm:32x32    | f32   |      300.0 |    600.0 |  2.00 |          40.0 |    100.0 |  2.50 |        60.0 |  1.50 |
            | minilm:32x32    | f32   |      300.0 |    600.0 |  2.00 |          40.0 |    100.0 |  2.50 | no onnxruntime |     - |
            | minilm:32x32    | f32   |      300.0 |        - |     - |          40.0 |        - |     - |           - |     - |"#]].assert_eq(&[whole, without, alone].join("\n"));
    }
}
