//! A sweep that is killed again and again ends as an undisturbed one: no run is lost, none is made twice.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Answers as `welt` does, and takes a moment for a training; leaves a line in `calls` when one begins and when it ends.
const FAKE_WELT: &str = r#"#!/bin/sh
here=$(dirname "$0")
command=$1
while [ $# -gt 0 ]; do
  case $1 in
    --scheme|--method) scheme=$2 ;;
    --dry-run) exit 0 ;;
    --seed) seed=$2 ;;
    --output) output=$2 ;;
    --version) echo "welt 0.1.0 (fake)" ;;
  esac
  shift
done
case $command in
  weights)
    case $scheme in
      vanilla) echo '{"weights": {"B-X": 1, "O": 1}}' ;;
      ins) echo '{"weights": {"B-X": 3, "O": 1}}' ;;
      *) echo '{"weights": {"B-X": 2, "O": 1}}' ;;
    esac ;;
  train)
    mkdir "$output.partial" || exit 1
    sleep 0.1
    score="{\"precision\": 0.8, \"recall\": 0.6, \"f1\": 0.7$seed, \"support\": 10}"
    asked="\"config\": {\"train\": [\"a.tsv\"], \"model\": \"m\"}, \"labels\": [\"O\"], \"counts\": [1], \"class_weights\": [1]"
    modes="{\"default\": $score, \"strict\": $score}"
    echo "{\"format\": 1, $asked, \"scores\": {\"dev\": null, \"test\": $modes}}" > "$output.partial/record.json"
    mv "$output.partial" "$output" || exit 1
    echo "$scheme $seed" >> "$here/ended" ;;
esac
"#;

const GRID: &str = r#"
title = "Killed"
methods = ["vanilla", "ins", "welt"]
label_orders = ["intended"]
seeds = [1, 2, 3, 4, 5, 6, 7, 8]
[training]
epochs = 2
batch_size = 8
learning_rate = 5e-5
warmup_ratio = 0.0
weight_decay = 0.0
max_length = 128
window_context = 24
micro_batch_size = 16
batches_sorted_together = 50
max_gradient_norm = 1.0
keep = "last"
[[dataset]]
name = "a"
train = ["a.tsv"]
dev = "a.tsv"
test = "a.tsv"
[[model]]
name = "M"
path = "m"
"#;

fn fake(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    fs::create_dir(folder.join("m")).unwrap();
    write("grid.toml", GRID);
    write("a.tsv", "w\tO\n\n");
    write("m/config.json", "{}");
    write("m/model.safetensors", "");
    write("m/vocab.txt", "");
    write("welt", FAKE_WELT);
    fs::set_permissions(folder.join("welt"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A sweep in a process group of its own, as a shell starts it.
fn sweep(arguments: &[String], output: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("reproduce").args(arguments).arg("--output").arg(output);
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn table(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Kills sweeps after so many milliseconds, every second one with its children, and compares what the last one ends with.
fn check(arguments: &[String], folder: &Path, moments: &[u64]) {
    let undisturbed = table(sweep(arguments, &folder.join("undisturbed")).spawn().unwrap());
    let output = folder.join("killed");
    for (index, &moment) in moments.iter().enumerate() {
        let finished = fs::read_dir(output.join("cells")).map_or(0, |cells| {
            cells.filter(|cell| cell.as_ref().is_ok_and(|cell| cell.path().join("record.json").exists())).count()
        });
        println!("kill {} after {moment} ms; {finished} runs finished before", index + 1);
        let mut child = sweep(arguments, &output).spawn().unwrap();
        thread::sleep(Duration::from_millis(moment));
        if index % 2 == 0 {
            let group = format!("-{}", child.id());
            Command::new("kill").args(["-KILL", "--", &group]).status().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(table(sweep(arguments, &output).spawn().unwrap()), undisturbed);
    let names: Vec<String> = fs::read_dir(output.join("cells"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let left: Vec<&String> =
        names.iter().filter(|name| name.contains("partial") || name.contains("failures")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Moments without a pattern, the same every time.
fn moments(n: u64, longest: u64) -> Vec<u64> {
    (1..=n).map(|index| index.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23) % longest).collect()
}

#[test]
fn a_killed_sweep_ends_as_an_undisturbed_one() {
    let folder = tempfile::tempdir().unwrap();
    fake(folder.path());
    let at = |name: &str| folder.path().join(name).display().to_string();
    let arguments = ["--grid".to_owned(), at("grid.toml"), "--welt".to_owned(), at("welt"), "--jobs=2".to_owned()];
    check(&arguments, folder.path(), &moments(20, 400));
    let ended = fs::read_to_string(folder.path().join("killed/ended")).unwrap();
    let mut runs: Vec<&str> = ended.lines().collect();
    runs.sort_unstable();
    let n_runs = runs.len();
    runs.dedup();
    assert_eq!(runs.len(), n_runs, "a run was made twice: {ended}");
}

/// The same with real trainings on the sample, of one epoch each, as what is looked at is how they end:
/// `WELT_BIN=target/release/welt cargo test --package xtask --test killed -- --ignored`.
#[test]
#[ignore = "trains for some minutes"]
fn a_killed_sample_ends_as_an_undisturbed_one() {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/sample").canonicalize().unwrap();
    let grid = fs::read_to_string(sample.join("grid.toml")).unwrap();
    let encoder = sample.join("encoder").display().to_string();
    let grid = grid.replace("epochs = 10", "epochs = 1").replace("minimum_f1 = 50.0", "");
    fs::write(folder.path().join("grid.toml"), grid.replace("\"encoder\"", &format!("{encoder:?}"))).unwrap();
    let at = |path: &Path| path.display().to_string();
    let grid = at(&folder.path().join("grid.toml"));
    let arguments = ["--grid".to_owned(), grid, "--corpora".to_owned(), at(&sample), "--jobs=2".to_owned()];
    check(&arguments, folder.path(), &moments(20, 15_000));
}

#[test]
fn a_sweep_that_is_told_to_end_ends_its_children() {
    let folder = tempfile::tempdir().unwrap();
    fake(folder.path());
    let slow = FAKE_WELT.replace("sleep 0.1", "echo $$ >> \"$here/processes\"; exec sleep 60");
    fs::write(folder.path().join("welt"), slow).unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let arguments = ["--grid".to_owned(), at("grid.toml"), "--welt".to_owned(), at("welt"), "--jobs=2".to_owned()];
    let output = folder.path().join("runs");
    let child = sweep(&arguments, &output).spawn().unwrap();
    let processes = || fs::read_to_string(output.join("processes")).unwrap_or_default();
    while processes().lines().count() < 2 {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(String::from_utf8(ended.stdout).unwrap().contains("0 of 24 distinct runs finished"));
    let status = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("status").arg(&output).output().unwrap();
    let text = String::from_utf8(status.stdout).unwrap();
    assert_eq!(status.status.code(), Some(3), "{text}");
    assert!(text.contains("0 of 24 distinct runs are finished, 0 are running"), "{text}");
    for process in processes().lines() {
        let lives = Command::new("kill").args(["-0", process]).stderr(Stdio::null()).status().unwrap().success();
        assert!(!lives, "{process} lives");
    }
}
