//! Ctrl-C and the signal to end.

#![cfg(unix)]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::folder::{Bench, Ran, TRAIN};
use crate::killed::check_same_run;

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

/// Sends a signal to a training once something is there, and gives what it says when it has ended.
fn signalled(bench: &Bench, arguments: &str, signal: &str, ready: impl Fn() -> bool) -> Ran {
    let mut command = bench.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(&mut child, ready);
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A training that is asked to end writes down how far it is, says how to go on, and then comes to what it would have.
#[test]
fn training_that_is_interrupted_is_gone_on_with() {
    let bench = Bench::new();
    let train = TRAIN.replace("--epochs 1", "--epochs 20");
    bench.run(&format!("{train} --output undisturbed --quiet")).succeeded();
    let metrics = bench.path("run.partial/metrics.jsonl");
    let has_lines = || fs::metadata(&metrics).is_ok_and(|metadata| metadata.len() > 0);
    let first = signalled(&bench, &format!("{train} --output run --quiet"), "-INT", has_lines);
    assert_eq!((first.code, first.out.as_str()), (Some(130), ""), "{}", first.err);
    let last = first.err.lines().last().unwrap();
    assert!(
        last.starts_with("interrupted after step ")
            && last.ends_with(" of 60; go on with `welt train --resume run.partial`"),
        "{last}"
    );
    assert!(bench.read("run.partial/welt-unfinished.txt").contains("welt train --resume run.partial"));

    // Another run does not take its place, and nothing else is asked of the same one.
    let other = bench.run(&format!("{train} --output run --quiet --seed 2 --weight-decay 0.1"));
    let expected = "run.partial is an unfinished run with another seed, weight_decay: go on with it by `welt train --resume run.partial`";
    assert!(other.refused().contains(expected), "{}", other.err);
    let other = bench.run("train --resume run.partial --quiet --epochs 2");
    assert!(other.refused().contains("goes on with the settings of run.partial: leave --epochs out"), "{}", other.err);

    let length = fs::metadata(&metrics).unwrap().len();
    let longer = || fs::metadata(&metrics).is_ok_and(|metadata| metadata.len() > length);
    let second = signalled(&bench, "train --resume run.partial --quiet", "-TERM", longer);
    assert!(second.code == Some(130) || second.code == Some(0), "{}", second.err);
    if second.code == Some(130) {
        bench.run(&format!("{train} --output run --quiet")).succeeded();
    }
    check_same_run(&bench, "undisturbed", "run");
    assert_eq!(bench.names(), ["dev.tsv", "encoder", "run", "test.tsv", "train.tsv", "undisturbed"]);
    let complete = bench.run("train --resume run --quiet");
    assert!(complete.refused().ends_with("run is complete: there is nothing to go on with"), "{}", complete.err);
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
