//! Names, words and tags that others chose: what a terminal would do instead of showing them is escaped, a message is no longer
//! than it says, and none of them passes for a line of the program.

use std::fs;

use crate::folder::{Bench, Ran};

/// A type that would turn the terminal red, and one that turns the writing round.
const TAGGED: &str =
    "a\tB-\u{1b}[31mX\tB-\u{1b}[31mX\nb\u{1b}]0;t\u{7}c\tI-\u{1b}[31mX\tO\nd\tB-\u{202e}Y\tB-Z\n\ne\tO\tO\n\n";

/// Checks that nothing but text and line ends came.
#[track_caller]
fn check(ran: &Ran, what: &str) {
    for text in [&ran.out, &ran.err] {
        let active = |line: &str| line.chars().any(welt_terminal_is_active);
        assert!(!text.lines().any(active), "{what}: {text:?}");
    }
    let n_errors = ran.err.lines().filter(|line| line.starts_with("error:")).count();
    assert!(n_errors <= 1, "{what}: {}", ran.err);
}

/// What the program may not print; said anew here, so that a hole in its own list is seen.
fn welt_terminal_is_active(character: char) -> bool {
    character.is_control() || "\u{202e}\u{2066}\u{200b}\u{2028}".contains(character)
}

#[test]
fn tags_and_words_do_nothing_to_a_terminal() {
    let bench = Bench::new();
    bench.write("tagged.tsv", TAGGED);
    for arguments in [
        "stats tagged.tsv --classes --mentions --ambiguous 3 --histogram",
        "stats tagged.tsv tagged.tsv --unseen --format markdown",
        "weights tagged.tsv",
        "check tagged.tsv",
        "evaluate tagged.tsv --metrics all",
        "evaluate tagged.tsv --metrics all --format markdown",
        "errors tagged.tsv",
        "compare tagged.tsv tagged.tsv",
        "evaluate tagged.tsv --mode strict --scheme IOBES",
        "convert tagged.tsv --to pubtator --quiet --output out.txt",
        "weights tagged.tsv --scheme \u{1b}[31m",
        "\u{1b}[31m",
        "split folds --k 9 --output folds tagged.tsv",
    ] {
        let ran = bench.run(arguments);
        check(&ran, arguments);
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_pass_for_no_message() {
    let bench = Bench::new();
    let name = "a\u{1b}[2J\nerror: all is lost.tsv";
    let command = |arguments: &str| {
        let mut command = bench.command(arguments);
        command.arg(name);
        crate::folder::finish(&mut command)
    };
    check(&command("check"), "a file that is not there");
    bench.write(name, TAGGED);
    for arguments in ["check", "stats", "weights", "evaluate", "errors", "train --model encoder --output run --train"] {
        check(&command(arguments), arguments);
    }
    bench.write(name, "a\tB-X\nb\n");
    for arguments in ["check", "stats", "weights", "evaluate", "errors"] {
        let ran = command(arguments);
        assert_eq!(ran.code, Some(1), "{arguments}");
        check(&ran, arguments);
    }
}

/// As a safetensors file that names a tensor so that it looks like an error of the program's.
#[test]
fn names_of_tensors_pass_for_no_message() {
    let bench = Bench::with_run();
    let path = bench.path("run/model/model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
    let header = header.replacen("\"classifier.bias\"", "\"classifier\\nerror: \\u001b[31mall is lost\"", 1);
    fs::write(&path, [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[8 + length..]].concat()).unwrap();
    let ran = bench.run("predict --model run/model test.tsv");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("all is lost"), "{}", ran.err);
    check(&ran, "predict");
}

#[test]
fn messages_are_cut() {
    let bench = Bench::new();
    let long = "x".repeat(15 << 20);
    bench.write("long.tsv", format!("a\tO\nb\t{long}\n"));
    bench.write("types.tsv", format!("a\tB-{long}\nb\tO\n"));
    for arguments in [
        "check long.tsv",
        "weights long.tsv",
        "weights long.tsv --tag-column 2",
        "stats types.tsv --classes",
        "weights types.tsv",
        "check types.tsv",
        "evaluate types.tsv --gold 2 --predicted 2 --mode strict --scheme IOBES",
        "train --train types.tsv --model encoder --output run",
    ] {
        let ran = bench.run(arguments);
        assert!(ran.err.len() + ran.out.len() < 50_000, "{arguments}: {} {}", ran.err.len(), ran.out.len());
    }
}

#[test]
fn many_classes_are_not_all_shown() {
    let bench = Bench::new();
    let rows: String = (0..100_000).map(|number| format!("a\tB-T{number}\n\n")).collect();
    bench.write("many.tsv", format!("{rows}b\tO\n"));
    let out = bench.run("weights many.tsv --quiet").succeeded();
    assert!(out.len() < 20_000, "{}", out.len());
    assert!(out.ends_with("\n99951 rarer classes are not shown: --format json has all\n"), "{out}");
    let all = bench.run("weights many.tsv --method ins --format json --quiet").succeeded();
    assert!(all.contains("B-T99999"), "{}", all.len());
    let refused = bench.run("train --train many.tsv --model encoder --output run --quiet");
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("there are 100001 labels: expected at most 10000"), "{}", refused.err);
}
