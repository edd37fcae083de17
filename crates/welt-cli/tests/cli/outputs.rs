//! Outputs that cannot be written, or that nobody reads to the end.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expect_test::expect;

use crate::folder::{Bench, TRAIN, finish};

#[test]
fn places_where_nothing_can_be_made() {
    let bench = Bench::with_run();
    fs::create_dir(bench.path("mine.partial")).unwrap();
    bench.write("mine.partial/thesis.txt", "years of work");
    let train = |output: &str| format!("{TRAIN} --output {output}");
    let commands = [
        train("run"),
        train("run/"),
        train("train.tsv"),
        train(".."),
        train("train.tsv/below-a-file"),
        train("mine"),
        "predict --model run/model --output run test.tsv".to_owned(),
        "predict --model run/model --output missing/tags.tsv test.tsv".to_owned(),
        "predict --model run/model --output train.tsv/tags.tsv test.tsv".to_owned(),
    ];
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    expect![[r#"
        $ welt train --train train.tsv --dev dev.tsv --test test.tsv --model encoder --from-scratch --epochs 1 --batch-size 8 --learning-rate 1e-3 --output run
        error: run exists already: name another directory with --output, or remove it
        $ welt train --train train.tsv --dev dev.tsv --test test.tsv --model encoder --from-scratch --epochs 1 --batch-size 8 --learning-rate 1e-3 --output run/
        error: run/ exists already: name another directory with --output, or remove it
        $ welt train --train train.tsv --dev dev.tsv --test test.tsv --model encoder --from-scratch --epochs 1 --batch-size 8 --learning-rate 1e-3 --output train.tsv
        error: train.tsv exists already: name another directory with --output, or remove it
        $ welt train --train train.tsv --dev dev.tsv --test test.tsv --model encoder --from-scratch --epochs 1 --batch-size 8 --learning-rate 1e-3 --output ..
        error: .. exists already: name another directory with --output, or remove it
        $ welt train --train train.tsv --dev dev.tsv --test test.tsv --model encoder --from-scratch --epochs 1 --batch-size 8 --learning-rate 1e-3 --output train.tsv/below-a-file
        error: train.tsv/below-a-file: cannot be made: File exists (os error 17); name a directory with --output that can be
        $ welt train --train train.tsv --dev dev.tsv --test test.tsv --model encoder --from-scratch --epochs 1 --batch-size 8 --learning-rate 1e-3 --output mine
        error: mine.partial exists already: name another directory with --output, or remove it
        $ welt predict --model run/model --output run test.tsv
        error: test.tsv: holds sentences, and a folder takes documents: name a file with --output
        $ welt predict --model run/model --output missing/tags.tsv test.tsv
        error: missing/tags.tsv: cannot be written: No such file or directory (os error 2); name a file in a folder that takes it with --output
        $ welt predict --model run/model --output train.tsv/tags.tsv test.tsv
        error: train.tsv/tags.tsv: cannot be written: Not a directory (os error 20); name a file in a folder that takes it with --output
    "#]].assert_eq(&bench.refusals(&commands));
    assert_eq!(bench.read("mine.partial/thesis.txt"), "years of work");
}

#[test]
fn a_disk_that_is_full_at_any_point_loses_nothing_and_leaves_nothing_else() {
    let bench = Bench::with_run();
    let before = bench.names();
    // Blocks of 512 or of 1024 bytes, by shell: the model is larger than the largest of these.
    for blocks in [0, 1, 4, 16, 64, 512] {
        let limited = |arguments: &str| {
            let line = format!("ulimit -f {blocks}; exec \"$WELT\" {arguments} --quiet");
            finish(&mut bench.shell(&line))
        };
        let ran = limited(&format!("{TRAIN} --output new"));
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        let last = ran.err.lines().last().unwrap();
        assert!(last.starts_with("error: ") && last.contains("new") && last.contains("File too large"), "{}", ran.err);
        // What was trained to its end stays, as far as it could be written.
        if bench.path("new.partial").exists() {
            assert!(last.contains("what there is of the run stays in new.partial"), "{last}");
            assert_eq!(bench.read("new.partial/metrics.jsonl").lines().count(), 4);
            fs::remove_dir_all(bench.path("new.partial")).unwrap();
        } else {
            assert!(blocks < 64, "{blocks} blocks: {last}");
        }
        assert_eq!(bench.names(), before, "{blocks} blocks");
    }
    for blocks in [0, 1, 4] {
        let line =
            format!("ulimit -f {blocks}; exec \"$WELT\" predict --model run/model train.tsv --output tags.tsv --quiet");
        let ran = finish(&mut bench.shell(&line));
        let said = ran.refused();
        assert!(
            said.starts_with("error: tags.tsv.partial") && said.ends_with("File too large (os error 27)"),
            "{said}"
        );
        assert_eq!(bench.names(), before, "{blocks} blocks");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_is_written_to_and_not_replaced() {
    let bench = Bench::with_run();
    // A link, so that a program that does replace what it is given replaces the link.
    std::os::unix::fs::symlink("/dev/full", bench.path("full")).unwrap();
    let before = bench.names();
    let ran = bench.run("predict --model run/model test.tsv --quiet --output full");
    assert_eq!(ran.refused(), "error: full: No space left on device (os error 28)");
    assert!(fs::symlink_metadata(bench.path("full")).unwrap().is_symlink());
    for command in [
        "stats test.tsv",
        "check test.tsv",
        "split merge test.tsv",
        "weights test.tsv",
        "evaluate run/predictions/test.tsv",
        "evaluate run/predictions/test.tsv --format json",
        "predict --model run/model test.tsv",
    ] {
        let ran = finish(&mut bench.shell(&format!("\"$WELT\" {command} --quiet > full")));
        assert_eq!(ran.refused(), "error: standard output: No space left on device (os error 28)", "{command}");
    }
    assert_eq!(bench.names(), before);
}

#[test]
fn a_link_to_a_file_stays_one() {
    let bench = Bench::with_run();
    bench.write("old.tsv", "old");
    std::os::unix::fs::symlink("old.tsv", bench.path("link.tsv")).unwrap();
    bench.run("predict --model run/model test.tsv --output link.tsv").succeeded();
    assert!(fs::symlink_metadata(bench.path("link.tsv")).unwrap().is_symlink());
    assert_ne!(bench.read("old.tsv"), "old");
}

#[test]
fn what_is_written_is_as_readable_as_any_other_file() {
    let bench = Bench::with_run();
    bench.run("predict --model run/model test.tsv --output tags.tsv").succeeded();
    let mode = |name: &str| fs::metadata(bench.path(name)).unwrap().permissions().mode();
    for name in ["tags.tsv", "run/model/config.json", "run/model/model.safetensors", "run/record.json"] {
        assert_eq!(mode(name), mode("test.tsv"), "{name}");
    }
}

#[test]
fn a_reader_who_has_had_enough_is_no_failure() {
    let bench = Bench::with_run();
    let long = bench.read("train.tsv").repeat(40);
    bench.write("long.tsv", &long);
    bench.write("long-predictions.tsv", bench.read("run/predictions/test.tsv").repeat(100));
    for command in [
        "stats --format json long.tsv long.tsv",
        "check long.tsv --limit 1000000",
        "split merge long.tsv",
        "weights long.tsv",
        "evaluate long-predictions.tsv",
        "predict --model run/model train.tsv",
        "--help",
    ] {
        // The reader is gone before the program begins to write.
        let line = format!("{{ sleep 0.2; \"$WELT\" {command} --quiet; echo $? > code; }} | true");
        finish(&mut bench.shell(&line));
        assert_eq!(bench.read("code"), "0\n", "{command}");
    }
    let line = "\"$WELT\" predict --model run/model train.tsv --quiet | head -1";
    assert_eq!(finish(&mut bench.shell(line)).err, "");
}
