//! Trainings that are killed at any moment come to what they would have come to.

#![cfg(unix)]

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::folder::{Bench, TRAIN};

/// What is of a clock and not of a run.
const TIMES: [&str; 4] = ["seconds", "tokens_per_second", "tokens_per_cpu_second", "checkpoint_every"];

/// A JSON value without times.
fn without_times(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| !TIMES.contains(&name.as_str()));
            fields.values_mut().for_each(|field| *field = without_times(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_times(item.take())),
        _ => {}
    }
    value
}

/// Checks that two runs have the same files with the same contents, times apart.
#[track_caller]
pub fn check_same_run(bench: &Bench, one: &str, other: &str) {
    for name in ["predictions/dev.tsv", "predictions/test.tsv", "model/model.safetensors", "model/config.json"] {
        let read = |run: &str| fs::read(bench.path(run).join(name)).unwrap();
        assert!(read(one) == read(other), "{name} differs between {one} and {other}");
    }
    for name in ["config.json", "record.json", "metrics.jsonl"] {
        let read = |run: &str| -> Vec<Value> {
            let text = bench.read(&format!("{run}/{name}"));
            let texts: Vec<&str> = if name.ends_with('l') { text.lines().collect() } else { vec![&text] };
            texts.into_iter().map(|text| without_times(serde_json::from_str(text).unwrap())).collect()
        };
        assert_eq!(read(one), read(other), "{name} of {one} and {other}");
    }
    let names = |run: &str| -> Vec<String> {
        let entries = fs::read_dir(bench.path(run)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.starts_with("events.out"));
        names.sort();
        names
    };
    assert_eq!(names(one), names(other));
}

/// Kills trainings `kills` times at moments without a pattern, in two of three cases while checkpoints are written after every
/// step, and compares each that comes to its end with one that was never disturbed.
fn check(kills: u64) {
    let bench = Bench::new();
    let train = TRAIN.replace("--epochs 1", "--epochs 6 --evaluate-every 4-steps --patience 50");
    let started = Instant::now();
    bench.run(&format!("{train} --checkpoint-every 1-steps --output undisturbed --quiet")).succeeded();
    let longest = u64::try_from(started.elapsed().as_millis()).unwrap();
    let (mut killed, mut inside, mut complete) = (0, 0, 0);
    for attempt in 1_u64.. {
        let every = if attempt % 3 == 0 { "3-steps" } else { "1-steps" };
        let is_left = bench.path("run.partial/config.json").exists();
        let command = if attempt % 2 == 0 && is_left {
            "train --resume run.partial --quiet".to_owned()
        } else {
            format!("{train} --checkpoint-every {every} --output run --quiet")
        };
        let mut child = bench.command(&command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        if killed < kills {
            sleep(Duration::from_millis(attempt.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23) % longest));
        }
        if killed < kills && child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
            let being_written = fs::read_dir(bench.path("run.partial/checkpoints")).into_iter().flatten().flatten();
            if bench.path("run").exists() {
                // Killed when it had its name already: only the mark may be left in it.
                drop(fs::remove_file(bench.path("run/welt-unfinished.txt")));
                check_same_run(&bench, "undisturbed", "run");
                fs::remove_dir_all(bench.path("run")).unwrap();
                complete += 1;
            }
            inside += u64::from(
                being_written.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".partial")),
            );
            continue;
        }
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        check_same_run(&bench, "undisturbed", "run");
        assert!(!bench.path("run.partial").exists());
        complete += 1;
        if killed == kills {
            break;
        }
        fs::remove_dir_all(bench.path("run")).unwrap();
    }
    println!(
        "{killed} kills, {inside} of them within a checkpoint; {complete} runs complete, each as the undisturbed one"
    );
}

#[test]
fn a_killed_training_ends_as_an_undisturbed_one() {
    check(5);
}

/// The same by hand: `cargo test -p welt-cli --test cli killed -- --ignored --nocapture`.
#[test]
#[ignore = "trains for some minutes"]
fn a_hundred_kills_move_no_bit() {
    check(100);
}

/// Somebody takes the name while the run is under way: the run stays, and has the name once it is free.
#[test]
fn a_run_whose_name_is_taken_stays_whole() {
    let bench = Bench::new();
    let train = TRAIN.replace("--epochs 1", "--epochs 4");
    bench.run(&format!("{train} --output undisturbed --quiet")).succeeded();
    let mut command = bench.command(&format!("{train} --output run --quiet"));
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !bench.path("run.partial").exists() {
        sleep(Duration::from_millis(2));
    }
    std::os::unix::fs::symlink("nowhere", bench.path("run")).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = "error: run exists already; all of it is in run.partial: move away what has the name, and give it to the run \
                    with `welt train --resume run.partial`";
    assert_eq!((output.status.code(), said.lines().last()), (Some(1), Some(expected)));
    let refused = bench.run("train --resume run.partial --quiet");
    assert!(refused.refused().starts_with("error: run exists already"), "{}", refused.err);
    fs::remove_file(bench.path("run")).unwrap();
    assert!(bench.run("train --resume run.partial --quiet").succeeded().contains("Disease"));
    check_same_run(&bench, "undisturbed", "run");
}

/// A checkpoint that is damaged counts as absent, and the one before it is gone on with.
#[test]
fn a_damaged_checkpoint_is_passed_over() {
    let bench = Bench::new();
    let few = format!("{} --checkpoint-every 1-steps", TRAIN.replace("--epochs 1", "--epochs 3"));
    bench.run(&format!("{few} --output undisturbed --quiet")).succeeded();
    for damage in ["", "cut", "other", "none", "config"] {
        let mut child = bench.command(&format!("{few} --output run --quiet")).spawn().unwrap();
        while !bench.path("run.partial/checkpoints/000004").exists() && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let entries = fs::read_dir(bench.path("run.partial/checkpoints")).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.extension().is_none()).collect();
        names.sort();
        assert!(names.len() <= 2, "{names:?}");
        if let Some(newest) = names.last() {
            let weights = newest.join("model/model.safetensors");
            let bytes = fs::read(&weights).unwrap();
            match damage {
                "" => fs::write(newest.join("checkpoint.json"), "").unwrap(),
                "cut" => fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap(),
                // A hole, as a file has whose bytes never came to the disk.
                "other" => fs::write(&weights, vec![0; bytes.len()]).unwrap(),
                "none" => fs::remove_dir_all(newest.join("moments-1")).unwrap(),
                _ => fs::write(bench.path("run.partial/config.json"), "").unwrap(),
            }
        }
        bench.run(&format!("{few} --output run --quiet")).succeeded();
        check_same_run(&bench, "undisturbed", "run");
        fs::remove_dir_all(bench.path("run")).unwrap();
    }
}

/// Three starts at once of the same training, also on what a killed one left: one goes on, the others say so.
fn check_starts(rounds: usize) {
    let bench = Bench::new();
    let train = format!("{TRAIN} --output run --quiet --no-save-model").replace("--epochs 1", "--epochs 2");
    bench.run(&train.replace("--output run", "--output undisturbed")).succeeded();
    for round in 0..rounds {
        if round % 2 == 1 {
            let mut child = bench.command(&format!("{train} --checkpoint-every 1-steps")).spawn().unwrap();
            let began = Instant::now();
            while !bench.path("run.partial/config.json").exists() && began.elapsed() < Duration::from_secs(60) {
                sleep(Duration::from_millis(2));
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let start = || bench.command(&train).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let outputs = [start(), start(), start()].map(|child| child.wait_with_output().unwrap());
        let mut won = 0;
        for output in outputs {
            let said = String::from_utf8(output.stderr).unwrap();
            if output.status.success() {
                won += 1;
            } else {
                let expected = ["another run is writing run.partial", "run exists already"];
                assert!(expected.iter().any(|expected| said.contains(expected)), "round {round}: {said}");
            }
        }
        assert_eq!(won, 1, "round {round}");
        for name in ["config.json", "environment.json", "record.json", "metrics.jsonl", "predictions/test.tsv"] {
            assert!(bench.path("run").join(name).is_file(), "round {round}: {name} is missing");
        }
        assert_eq!(bench.read("run/predictions/test.tsv"), bench.read("undisturbed/predictions/test.tsv"));
        assert_eq!(bench.names(), ["dev.tsv", "encoder", "run", "test.tsv", "train.tsv", "undisturbed"]);
        fs::remove_dir_all(bench.path("run")).unwrap();
    }
}

#[test]
fn one_of_three_starts_trains() {
    check_starts(4);
}

/// The same by hand.
#[test]
#[ignore = "trains for some minutes"]
fn one_of_three_starts_trains_two_hundred_times() {
    check_starts(200);
}
