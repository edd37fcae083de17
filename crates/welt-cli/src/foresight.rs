//! What a run costs before it is begun: steps, sub-words, memory, disk and time.
//! Settings, data and a model go in, text comes out; a few steps are taken and thrown away.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use burn::module::Module as _;
use welt_models::{EncoderConfig, Tagger};
use welt_settings::{CheckpointEvery, Keep, Settings};
use welt_train::{Breaks, Hooks, Progress, Run, TrainConfig, TrainError, TrainingData};

use crate::run_checkpoints::KEPT;

/// Bytes of a number in a file of weights and in memory.
const BYTES: u64 = 4;

/// Steps whose time is taken; one more comes before them, in which memory is found.
const TIMED: usize = 2;

/// What a run puts on the disk, in bytes.
struct Disk {
    model: u64,
    checkpoints: u64,
}

impl Disk {
    fn of(settings: &Settings, model: &Tagger) -> Self {
        let weights = BYTES * model.num_params() as u64;
        // Parameters and two moments, and the model that scored best.
        let tensors = if settings.training.keep == Keep::Best && !settings.dev.is_empty() { 4 } else { 3 };
        let kept = if settings.checkpoint_every == CheckpointEvery::Never { 1 } else { KEPT as u64 };
        Self { model: if settings.save_model { weights } else { 0 }, checkpoints: kept * tensors * weights }
    }
}

/// Looks whether the model of a run will find room.
///
/// # Errors
/// A disk that is too small for it; where only the checkpoints do not fit, that is a warning.
pub fn refuse_full_disk(output: &Path, settings: &Settings, model: &Tagger) -> Result<()> {
    let above = output.ancestors().skip(1).find(|above| above.as_os_str().is_empty() || above.is_dir());
    let above = above.filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(free) = welt_files::free_space(above) else { return Ok(()) };
    let Disk { model, checkpoints } = Disk::of(settings, model);
    if free < model {
        bail!(
            "{}: {} are free, and the model takes {}: make room, name another directory with --output, or add --no-save-model",
            above.display(),
            shown(free),
            shown(model)
        );
    }
    if free < model + checkpoints {
        tracing::warn!(
            "{}: {} are free, and checkpoints take up to {}: without them an interrupted run begins anew",
            above.display(),
            shown(free),
            shown(checkpoints)
        );
    }
    Ok(())
}

/// What a run costs, line by line. Memory and time are measured unless nothing is to be said of the way there.
///
/// # Errors
/// A step that cannot be taken.
pub fn costs(
    settings: &Settings,
    data: &TrainingData,
    model: (Tagger, &EncoderConfig),
    is_quiet: bool,
) -> Result<String> {
    let Settings { training, seed, .. } = *settings;
    let subwords: usize = data.windows.iter().map(|window| window.input_ids.len()).sum();
    let parameters = BYTES * model.0.num_params() as u64;
    let Disk { model: saved, checkpoints } = Disk::of(settings, &model.0);
    let config = TrainConfig { training, loss: settings.method.loss, seed };
    let mut run = Run::new(model, data, &config)?;
    let mut said = String::new();
    let (steps, all) = (run.total_steps(), subwords.saturating_mul(training.epochs));
    let _ = writeln!(said, "{steps} steps over {all} sub-words, {subwords} of them an epoch");
    let _ = writeln!(
        said,
        "disk: {} for the model, up to {} for {KEPT} checkpoints until the run is complete",
        shown(saved),
        shown(checkpoints)
    );
    let _ = writeln!(said, "memory: {} for parameters, gradients and moments", shown(4 * parameters));
    if !is_quiet {
        said.push_str(&measured(&mut run, all)?);
    }
    Ok(said)
}

/// Takes a few steps.
fn measured(run: &mut Run, all: usize) -> Result<String> {
    let (mut taken, mut timed, mut started) = (0, 0, Instant::now());
    let mut on_progress = |progress: Progress| {
        let Progress::Step(step) = progress else { return ControlFlow::Continue(()) };
        taken += 1;
        if taken == 1 {
            started = Instant::now();
        } else {
            timed += step.subwords;
        }
        if taken > TIMED { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut hooks = Hooks { on_progress: &mut on_progress, score: &mut |_, _| Ok(None) };
    let done = run.go_on(&mut hooks, &mut Breaks { stop: &|| false, between: &mut |_, _| Ok(()) });
    if let Err(error) = done
        && !matches!(error, TrainError::Interrupted)
    {
        return Err(error.into());
    }
    let mut said = String::new();
    if let Some(peak) = peak_memory() {
        let _ = writeln!(said, "memory: {} at most in the first {taken} steps", shown(peak));
    }
    if timed > 0 {
        let seconds = started.elapsed().as_secs_f64() * all as f64 / timed as f64;
        let _ = writeln!(said, "time: about {} for the steps, at the speed of {TIMED} of them", duration(seconds));
    }
    Ok(said)
}

/// The most memory that this process had, in bytes; none where the system does not say.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    kilobytes.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kilobytes| 1024 * kilobytes)
}

fn shown(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.0} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 100.0 => format!("{seconds:.0} s"),
        seconds if seconds < 6000.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3600.0),
    }
}
