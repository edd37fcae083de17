//! Ctrl-C and the signal to end.

#![cfg(unix)]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::folder::{Bench, TRAIN};

/// Waits until `ready`, or the program has ended.
fn wait_until(child: &mut Child, ready: impl Fn() -> bool) {
    while !ready() && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(5));
    }
}

/// Presses Ctrl-C and checks that the program says so and leaves nothing new.
#[track_caller]
fn interrupt(bench: &Bench, child: Child, before: &[String]) {
    send("-INT", bench, child, before);
}

/// Sends a signal and checks that the program says that it was interrupted, and leaves nothing new.
#[track_caller]
fn send(signal: &str, bench: &Bench, child: Child, before: &[String]) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().last(), Some("interrupted: nothing was written"), "{said}");
    assert_eq!(output.stdout, b"");
    assert_eq!(bench.names(), before);
}

#[test]
fn training_that_is_interrupted_leaves_nothing() {
    let bench = Bench::new();
    let before = bench.names();
    let metrics = bench.path("run.partial/metrics.jsonl");
    let moments: [&dyn Fn() -> bool; 2] = [&|| bench.path("run.partial/config.json").exists(), &|| {
        fs::metadata(&metrics).is_ok_and(|metadata| metadata.len() > 0)
    }];
    for ready in moments {
        let arguments = format!("{TRAIN} --output run --quiet").replace("--epochs 1", "--epochs 100000");
        let mut child = bench.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(&mut child, ready);
        interrupt(&bench, child, &before);
    }
}

#[test]
fn training_that_is_asked_to_end_leaves_nothing() {
    let bench = Bench::new();
    let before = bench.names();
    let arguments = format!("{TRAIN} --output run --quiet").replace("--epochs 1", "--epochs 100000");
    let mut child = bench.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(&mut child, || bench.path("run.partial/config.json").exists());
    send("-TERM", &bench, child, &before);
}

#[test]
fn prediction_that_is_asked_to_end_leaves_nothing() {
    let bench = Bench::with_run();
    let before = bench.names();
    let mut command = bench.command("predict --model run/model --input text - --output tags.tsv --quiet");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(&mut child, || bench.names().len() > before.len());
    let open = child.stdin.take();
    send("-TERM", &bench, child, &before);
    drop(open);
}

#[test]
fn prediction_into_a_file_that_is_interrupted_leaves_nothing() {
    let bench = Bench::with_run();
    let before = bench.names();
    let mut command = bench.command("predict --model run/model --input text - --output tags.tsv --quiet");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(&mut child, || bench.names().len() > before.len());
    let open = child.stdin.take();
    interrupt(&bench, child, &before);
    drop(open);
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let bench = Bench::new();
    fs::create_dir(bench.path("run.partial")).unwrap();
    bench.write("run.partial/welt-unfinished.txt", "");
    bench.run(&format!("{TRAIN} --output run")).succeeded();
    assert_eq!(bench.names(), ["dev.tsv", "encoder", "run", "test.tsv", "train.tsv"]);
}
