//! Trains on the sample corpus on a backend and on the processor, and compares the runs.
//! A program and a device go in, deviations and times come out.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use welt_record::Metric;

use super::deviations::{Deviation, Deviations};
use super::{Prepare, words};
use welt_process::output;

/// Enough for some batches of different lengths.
const SENTENCES: usize = 128;

/// How far losses of training without dropout may be apart: by the rounding that Adam has carried through the steps.
fn loss_tolerance(device: &str) -> f64 {
    // Products of NVIDIA's matrix units keep 10 bits of each factor.
    if device == "cuda" { 1e-2 } else { 1e-5 }
}

/// Compares runs of `welt` on `device` with runs on the processor from the same weights.
///
/// Without dropout, step for step; with dropout, whose masks each kind of device draws in its own way, whether the loss
/// falls.
pub fn compare(
    welt: &Path,
    workspace: &Path,
    device: &str,
    prepare: &Prepare,
    deviations: &mut Deviations,
) -> Result<Vec<(String, Duration)>> {
    let folder = tempfile::tempdir().context("making a folder for the runs")?;
    let sample = workspace.join("datasets/sample");
    fs::write(folder.path().join("train.tsv"), first_sentences(&sample.join("train.tsv"), SENTENCES)?)?;
    let runs = Runs { welt, folder: folder.path(), prepare };
    let [plain, dropping] = [0.0, 0.1].map(|dropout| runs.encoder(&sample.join("encoder"), dropout));
    let (plain, dropping) = (plain?, dropping?);

    let on_cpu = runs.train("cpu", &plain)?;
    let on_device = runs.train(device, &plain)?;
    ensure!(on_cpu.losses.len() == on_device.losses.len(), "the runs have different numbers of steps");
    let differences = on_cpu.losses.iter().zip(&on_device.losses).map(|(a, b)| (a - b).abs());
    let largest = differences.fold(0.0, f64::max);
    let figure = format!("losses of {} training steps", on_cpu.losses.len());
    let allowed = loss_tolerance(device);
    deviations.add(&figure, Deviation { with: "the processor", largest, allowed });
    ensure!(largest < allowed, "{figure} on {device} are off by {largest:e}");
    let other_tags = on_cpu.tagged.lines().zip(on_device.tagged.lines()).filter(|(a, b)| a != b).count();
    let words = on_cpu.tagged.lines().filter(|line| !line.is_empty()).count();
    let share = other_tags as f64 / words as f64;
    deviations
        .add("share of words tagged otherwise", Deviation { with: "the processor", largest: share, allowed: 0.01 });
    ensure!(share < 0.01, "{other_tags} of {words} words are tagged otherwise on {device}");

    let with_dropout = runs.train(device, &dropping)?;
    let [first, last] = [&with_dropout.losses[..4], &with_dropout.losses[with_dropout.losses.len() - 4..]];
    let [first, last] = [first, last].map(|losses| losses.iter().sum::<f64>() / losses.len() as f64);
    ensure!(last < first, "with dropout the loss on {device} went from {first} to {last}: it did not learn");
    let mut times = Vec::new();
    let dropping = format!("{device} with dropout");
    for (what, run) in [("cpu", &on_cpu), (device, &on_device), (dropping.as_str(), &with_dropout)] {
        times.push((format!("training on {what}, first epoch"), run.epochs[0]));
        times.push((format!("training on {what}, second epoch"), run.epochs[1]));
        times.push((format!("training on {what}, in all"), run.total));
    }
    Ok(times)
}

/// The first sentences of a CoNLL-like file.
fn first_sentences(path: &Path, n_sentences: usize) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let sentences: Vec<&str> = text.split("\n\n").take(n_sentences).collect();
    Ok(sentences.join("\n\n") + "\n")
}

/// Sets entries of a `config.json`.
fn set(config: &Path, entries: &[(&str, f64)]) -> Result<()> {
    let context = || config.display().to_string();
    let text = fs::read_to_string(config).with_context(context)?;
    let mut settings: Value = serde_json::from_str(&text).with_context(context)?;
    for &(entry, number) in entries {
        settings[entry] = number.into();
    }
    fs::write(config, settings.to_string()).with_context(context)
}

struct Runs<'a> {
    welt: &'a Path,
    folder: &'a Path,
    prepare: &'a Prepare<'a>,
}

/// What a run left.
struct Trained {
    losses: Vec<f64>,
    epochs: Vec<Duration>,
    total: Duration,
    /// Words with gold and predicted tags.
    tagged: String,
}

impl Runs<'_> {
    /// The sample's encoder with such dropout and with weights, which the processor draws: backends draw others.
    fn encoder(&self, sample: &Path, dropout: f64) -> Result<String> {
        let sizes = self.folder.join(format!("sizes-{dropout}"));
        fs::create_dir(&sizes)?;
        for entry in fs::read_dir(sample).with_context(|| sample.display().to_string())? {
            let entry = entry?;
            fs::copy(entry.path(), sizes.join(entry.file_name()))?;
        }
        let [attention, hidden] = ["attention_probs_dropout_prob", "hidden_dropout_prob"];
        set(&sizes.join("config.json"), &[(attention, dropout), (hidden, dropout)])?;
        let name = format!("drawn-{dropout}");
        let mut command = self.command("cpu", &sizes, &name);
        output(command.args(["--from-scratch", "--epochs", "1", "--learning-rate", "0"]))?;
        // Fine-tuning draws a new head, and each kind of device draws another; of next to nothing, all are the same.
        set(&self.folder.join(&name).join("model/config.json"), &[("initializer_range", 1e-12)])?;
        Ok(format!("{name}/model"))
    }

    fn train(&self, device: &str, model: &str) -> Result<Trained> {
        let name = format!("{device}-{}", model.replace('/', "-"));
        let mut command = self.command(device, &self.folder.join(model), &name);
        command.args(["--epochs", "2", "--batch-size", "16", "--learning-rate", "2e-3", "--keep", "last"]);
        command.args(words([&"--test", &self.folder.join("train.tsv")]));
        eprintln!("== training on {device} from {model}");
        let started = Instant::now();
        output(&mut command)?;
        let total = started.elapsed();
        let run = self.folder.join(name);
        let read =
            |name: &str| fs::read_to_string(run.join(name)).with_context(|| run.join(name).display().to_string());
        let (mut losses, mut epochs) = (Vec::new(), Vec::new());
        for line in read("metrics.jsonl")?.lines() {
            match Metric::of_line(line) {
                Some(Metric::Step(step)) => losses.push(step.loss),
                Some(Metric::Epoch(epoch)) => epochs.push(Duration::from_secs_f64(epoch.seconds)),
                Some(Metric::Evaluation(_)) => {}
                None => bail!("metrics.jsonl: {line} is neither a step nor an epoch"),
            }
        }
        ensure!(epochs.len() == 2 && losses.len() >= 8, "a run on {device} is shorter than it should be");
        Ok(Trained { losses, epochs, total, tagged: read("predictions/test.tsv")? })
    }

    fn command(&self, device: &str, model: &Path, name: &str) -> Command {
        let mut command = Command::new(self.welt);
        command.args(["train", "--quiet", "--device", device]).args(words([&"--model", &model]));
        command.args(words([&"--train", &self.folder.join("train.tsv"), &"--output", &self.folder.join(name)]));
        (self.prepare)(device, &mut command);
        command
    }
}
