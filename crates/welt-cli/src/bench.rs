//! `welt bench`: how long training steps and predictions take on a device, on rows of one length without padding.
//! Sizes and shapes in, times out; no corpus is read and the weights are drawn anew, since neither moves a time.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use burn::module::Module;
use burn::tensor::{Device, Distribution, FloatDType, Tensor};
use clap::Args;
use cpu_time::ProcessTime;
use serde_json::json;
use welt_models::{EncoderConfig, Tagger, checkpoint, computes_in};
use welt_settings::{Precision, Training};
use welt_subwords::{Window, WordStart};
use welt_train::{AdamW, MicroBatch, Objective, PredictConfig, gradient_norm, predict, step_gradients};

use crate::Format;
use crate::destination::OutputFlag;
use crate::global_flags::at_least_one;
use crate::table::{Cell, Kind, Table};
use crate::{devices, interrupt, model_source, progress};

const EXAMPLES: &str = "\
Examples:
  welt bench
  welt bench --device cuda:0 --precision bf16 --case bert-base:32x128 --case bert-base:64x64
  welt bench --model biobert --case 16x128 --format json";

/// Measure training steps and predictions on a device.
///
/// A training step is a forward pass with dropout, a backward pass, the clip and AdamW; a prediction is a forward pass.
/// Times are medians, in seconds of the clock and of the processor. The share is that of the rate at which the device
/// multiplies large matrices in the same numbers, counting the products of the encoder and nothing else.
/// In int8, which is for prediction alone, no training step is taken, and the rate is that of f32.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct BenchArguments {
    /// Sizes and rows by sub-words: minilm, bert-base, or a directory with config.json, as in bert-base:8x128; may be
    /// given more than once [default: minilm at 32x32, 32x64 and 32x128, bert-base at 8x128; with --model 8x128]
    #[arg(long = "case", value_name = "[SIZES:]ROWSxLENGTH")]
    cases: Vec<Case>,
    /// The encoder whose sizes are taken where --case names none: a directory with config.json, or a name as in `welt train`
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help = devices::HELP)]
    device: String,
    /// The dtype of the encoder's matrix products: f32, bf16, f16, or int8 for prediction alone
    #[arg(long, value_name = "DTYPE", default_value_t)]
    precision: Precision,
    /// Rows of one forward pass in training, as in `welt train`; the passes of a step run side by side
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = at_least_one)]
    micro_batch_size: usize,
    /// Steps that are measured, after two that are not
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one)]
    steps: usize,
    /// Rows and columns of the matrices whose product tells what the device can do; 8192 suits a graphics card
    #[arg(long, value_name = "N", default_value_t = 2048, value_parser = at_least_one)]
    matrix: usize,
    /// What is written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    output: OutputFlag,
}

/// An encoder and the shape of a batch.
#[derive(Debug, Clone)]
struct Case {
    /// None where they are those of `--model`.
    sizes: Option<String>,
    rows: usize,
    length: usize,
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (sizes, shape) = text.rsplit_once(':').map_or((None, text), |(sizes, shape)| (Some(sizes), shape));
            let (rows, length) = shape.split_once('x')?;
            let (rows, length) = (at_least_one(rows).ok()?, length.parse().ok().filter(|&length| length > 2)?);
            Some(Self { sizes: sizes.map(str::to_owned), rows, length })
        };
        parsed().ok_or_else(|| "expected SIZES:ROWSxLENGTH with a length above 2, as in bert-base:8x128".to_owned())
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.sizes {
            Some(sizes) => write!(f, "{sizes}:{}x{}", self.rows, self.length),
            None => write!(f, "{}x{}", self.rows, self.length),
        }
    }
}

/// The shapes of the committed measurements.
const USUAL: [&str; 4] = ["minilm:32x32", "minilm:32x64", "minilm:32x128", "bert-base:8x128"];

/// Tags of one type in IOB2.
const N_LABELS: usize = 3;

/// Seconds of the clock and of all threads' processors.
#[derive(Debug, Clone, Copy, serde::Serialize)]
struct Times {
    seconds: f64,
    cpu_seconds: f64,
}

/// What was measured of a case.
struct Measured {
    /// None in numbers that nothing is trained in.
    training: Option<Times>,
    prediction: Times,
    /// Floating-point operations of the encoder's matrix products in one forward pass; training takes three times as many.
    operations: f64,
}

/// Runs the command.
///
/// # Errors
/// A device that is not there or does not compute in such numbers, sizes that cannot be read, or Ctrl-C.
pub fn run(arguments: &BenchArguments) -> Result<()> {
    let device = devices::open(&arguments.device)?.device;
    let precision = arguments.precision;
    if !computes_in(&device, precision) {
        bail!("{} does not compute in {precision}: leave --precision out", arguments.device);
    }
    let cases = arguments.cases()?;
    interrupt::listen()?;
    let rate = matrix_rate(&device, arguments)?;
    let mut table = Table::new("bench", caption(arguments, rate), Kind::Group, &HEADS);
    let mut measured = Vec::new();
    for case in &cases {
        let found = measure(case, arguments, &device).with_context(|| format!("--case {case}"))?;
        let tokens = (case.rows * case.length) as f64;
        let (training, prediction) = (found.training, found.prediction);
        let of_training = |number: &dyn Fn(Times) -> f64| training.map_or(Cell::Nothing, |of| Cell::Number(number(of)));
        table.push(
            case.to_string(),
            [
                of_training(&|of| 1e3 * of.seconds),
                of_training(&|of| 1e3 * of.cpu_seconds),
                of_training(&|of| tokens / of.seconds),
                of_training(&|of| 100.0 * 3.0 * found.operations / of.seconds / rate),
                Cell::Number(1e3 * prediction.seconds),
                Cell::Number(1e3 * prediction.cpu_seconds),
                Cell::Number(tokens / prediction.seconds),
            ],
        );
        measured.push(json!({
            "case": case.to_string(), "training": training, "prediction": prediction,
            "forward_operations": found.operations, "matrix_operations_per_second": rate,
            "device": arguments.device, "precision": precision, "threads": rayon::current_num_threads(),
            "micro_batch_size": arguments.micro_batch_size,
        }));
    }
    arguments.output.write(|out| {
        match arguments.format {
            Format::Text => write!(out, "{}", table.to_text(0)),
            Format::Json => measured.iter().try_for_each(|line| writeln!(out, "{line}")),
        }?;
        Ok(())
    })
}

impl BenchArguments {
    /// What is measured, each with the name or the folder of its sizes.
    fn cases(&self) -> Result<Vec<Case>> {
        let usual = if self.model.is_some() { &["8x128"][..] } else { &USUAL };
        let usual = || usual.iter().map(|case| case.parse()).collect::<Result<Vec<Case>, String>>();
        let mut cases =
            if self.cases.is_empty() { usual().map_err(|error| anyhow!(error))? } else { self.cases.clone() };
        for case in cases.iter_mut().filter(|case| case.sizes.is_none()) {
            let Some(model) = &self.model else {
                bail!("--case {case}: of which sizes? name them, as in --case bert-base:{case}, or add --model");
            };
            case.sizes = Some(model.display().to_string());
        }
        Ok(cases)
    }
}

const HEADS: [&str; 8] = ["case", "step ms", "CPU ms", "tokens/s", "% of rate", "predict ms", "CPU ms", "tokens/s"];

fn caption(arguments: &BenchArguments, rate: f64) -> String {
    format!(
        "{} in {}, {} threads, micro-batches of {}: medians of {} steps; products of {} x {} matrices run at {:.0} GFLOP/s",
        arguments.device,
        arguments.precision,
        rayon::current_num_threads(),
        arguments.micro_batch_size,
        arguments.steps,
        arguments.matrix,
        arguments.matrix,
        rate / 1e9
    )
}

fn measure(case: &Case, arguments: &BenchArguments, device: &Device) -> Result<Measured> {
    let config = sizes(case.sizes.as_deref().unwrap_or_default(), arguments.model.as_deref())?;
    config.check()?;
    if case.length > config.longest_input() {
        bail!("the model reads at most {} sub-words", config.longest_input());
    }
    let (windows, gold) = batch(case, config.vocab_size);
    let model = config.init(N_LABELS, 1, device).with_precision(arguments.precision);
    let bar = progress::bar(2 * (arguments.steps + UNMEASURED), "measuring");
    let prediction = median_times(arguments.steps, || {
        let n_words: Vec<usize> = gold.iter().map(Vec::len).collect();
        let settings = PredictConfig { max_subwords: case.rows * case.length };
        predict((&model, &config), &windows, &n_words, settings, &|_| std::ops::ControlFlow::Continue(()))?;
        bar.inc(1);
        Ok(interrupt::stop_if_interrupted()?)
    })?;
    let training = match arguments.precision {
        Precision::Int8 => None,
        _ => Some(training_times(model, (&windows, &gold), arguments, &|| bar.inc(1))?),
    };
    bar.finish_and_clear();
    Ok(Measured { training, prediction, operations: forward_operations(&config, case) })
}

fn training_times(
    model: Tagger,
    data: (&[Window], &[Vec<usize>]),
    arguments: &BenchArguments,
    done: &dyn Fn(),
) -> Result<Times> {
    let (windows, gold) = data;
    let mut model = model.train();
    let device = model.classifier.weight.val().device();
    let training = training(arguments, windows.len());
    let mut optimizer = AdamW::new(&training);
    // Large enough for half precision, small enough not to overflow with weights that were just drawn.
    let loss_scale = if arguments.precision == Precision::F16 { 1024.0 } else { 1.0 };
    let mut seed = 0;
    median_times(arguments.steps, || {
        let windows: Vec<&Window> = windows.iter().collect();
        let micro_batches: Vec<MicroBatch> = (windows.chunks(arguments.micro_batch_size))
            .map(|windows| MicroBatch::new(windows, gold, 0, &device))
            .collect();
        seed += 1;
        let step = step_gradients(&model, &micro_batches, &Objective::weighted(&[1.0; N_LABELS]), seed, loss_scale);
        let norm = gradient_norm(&model, &step.gradients);
        model = optimizer.step(model.clone(), step.gradients, norm, training.learning_rate);
        device.sync().map_err(|error| anyhow!("waiting for the device: {error}"))?;
        done();
        Ok(interrupt::stop_if_interrupted()?)
    })
}

/// Steps before the measured ones: memory is found and kernels are compiled in them.
const UNMEASURED: usize = 2;

fn median_times(steps: usize, mut step: impl FnMut() -> Result<()>) -> Result<Times> {
    for _ in 0..UNMEASURED {
        step()?;
    }
    let (mut seconds, mut cpu_seconds) = (Vec::new(), Vec::new());
    for _ in 0..steps {
        let (clock, processor) = (Instant::now(), ProcessTime::now());
        step()?;
        seconds.push(clock.elapsed().as_secs_f64());
        cpu_seconds.push(processor.elapsed().as_secs_f64());
    }
    Ok(Times { seconds: median(seconds), cpu_seconds: median(cpu_seconds) })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

/// Operations a second of the product of two square matrices in the same numbers.
fn matrix_rate(device: &Device, arguments: &BenchArguments) -> Result<f64> {
    let side = arguments.matrix;
    let dtype = match arguments.precision {
        Precision::F32 | Precision::Int8 => FloatDType::F32,
        Precision::Bf16 => FloatDType::BF16,
        Precision::F16 => FloatDType::F16,
    };
    let factor = || Tensor::<2>::random([side, side], Distribution::Uniform(-1.0, 1.0), device).cast(dtype);
    let (left, right) = (factor(), factor());
    let times = median_times(arguments.steps, || {
        let products = (0..PRODUCTS).map(|_| left.clone().matmul(right.clone()));
        // One number of each is read, so that none is left out or put off.
        let corners = products.map(|product| product.slice([0..1, 0..1])).collect();
        let _ = Tensor::cat(corners, 0).into_data();
        Ok(interrupt::stop_if_interrupted()?)
    })?;
    Ok(PRODUCTS as f64 * 2.0 * (side as f64).powi(3) / times.seconds)
}

/// Products in a row, so that the way to a device and back is a small part.
const PRODUCTS: usize = 4;

/// Two operations for every number of every weight of the layers and every sub-word, and those of the attention.
fn forward_operations(config: &EncoderConfig, case: &Case) -> f64 {
    let (hidden, inner) = (config.hidden_size as f64, config.intermediate_size as f64);
    let (tokens, length) = ((case.rows * case.length) as f64, case.length as f64);
    let weights = 4.0 * hidden * hidden + 2.0 * hidden * inner;
    let attention = 2.0 * length * hidden;
    config.num_hidden_layers as f64 * tokens * 2.0 * (weights + attention)
}

/// As many rows of sub-words as the case wants, each of one word.
fn batch(case: &Case, vocab_size: usize) -> (Vec<Window>, Vec<Vec<usize>>) {
    let window = |sentence: usize| {
        let id = |position: usize| ((sentence * 7919 + position * 104_729) % vocab_size) as u32;
        let n_words = case.length - 2;
        let words = (0..n_words).map(|word| WordStart { word, position: word + 1 }).collect();
        let gold = (0..n_words).map(|word| if word % 12 == 0 { 0 } else { 2 }).collect();
        (Window { sentence, input_ids: (0..case.length).map(id).collect(), words }, gold)
    };
    (0..case.rows).map(window).unzip()
}

fn training(arguments: &BenchArguments, rows: usize) -> Training {
    let (micro_batch_size, precision) = (arguments.micro_batch_size, arguments.precision);
    Training { epochs: 1, batch_size: rows, micro_batch_size, precision, ..Training::defaults() }
}

/// Sizes by name, of a directory, or of `--model`.
fn sizes(name: &str, model: Option<&Path>) -> Result<EncoderConfig> {
    let (layers, hidden, inner) = match name {
        "minilm" => (6, 384, 1536),
        "bert-base" => (12, 768, 3072),
        folder if Path::new(folder).is_dir() => return Ok(checkpoint::read_config(Path::new(folder))?),
        _ if model == Some(Path::new(name)) => {
            return Ok(checkpoint::read_config(&model_source::find(Path::new(name))?.folder)?);
        }
        _ => bail!("`{name}` names no sizes: expected minilm, bert-base or a directory with config.json"),
    };
    let sizes = json!({
        "vocab_size": 30_522, "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": 12,
        "intermediate_size": inner, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
        "max_position_embeddings": 512, "type_vocab_size": 2,
    });
    Ok(serde_json::from_value(sizes)?)
}
