//! `report` on a pack of runs.

use std::fs;
use std::path::Path;

use expect_test::expect;
use serde_json::{Value, json};

use crate::folder::{Bench, copy_folder};

/// A folder with a pack in it, named `runs`: nine runs of one corpus.
fn with_pack() -> Bench {
    let bench = Bench::new();
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/paper/ours/quick");
    copy_folder(&pack, &bench.path("runs"));
    copy_folder(&pack.join("plans"), &bench.path("runs/plans"));
    bench
}

#[test]
fn a_report_says_whether_a_method_helps() {
    let bench = with_pack();
    let said = bench.run("report").succeeded();
    assert!(
        said.starts_with(
            "Does weighting help on ncbi-disease? Not known yet of 1 of 2 methods; none is shown to help. WeLT, as "
        ),
        "{said}"
    );
    assert!(said.ends_with("the report is in runs/report/index.html\n"), "{said}");
    for name in ["index.html", "report.md", "verdict.json", "tables.tex", "report.tex", "cells.csv", "runs.csv"] {
        let text = bench.read(&format!("runs/report/{name}")).to_lowercase();
        for word in ["the paper", "paper’s", "paper's", "published number", "published table", "biobert"] {
            assert!(!text.contains(word), "{name} has `{word}`");
        }
    }
    // A pack of a pack gives the same bytes.
    assert_eq!(bench.run("report --pack packed").succeeded(), "packed 9 runs, 9 with a result, into packed\n");
    bench.run("report packed --output again").succeeded();
    assert_eq!(bench.read("again/index.html"), bench.read("runs/report/index.html"));
}

#[test]
fn records_that_cannot_be_used_end_in_3() {
    let bench = with_pack();
    let text = bench.read("runs/runs.jsonl");
    let (first, rest) = text.split_once('\n').unwrap();
    let mut run: Value = serde_json::from_str(first).unwrap();
    run["state"] = json!({ "unreadable": { "why": "record.json: it was cut off" } });
    fs::write(bench.path("runs/runs.jsonl"), format!("{run}\n{rest}")).unwrap();
    let ran = bench.run("report");
    assert_eq!(ran.code, Some(3));
    let name = run["run"].as_str().unwrap();
    assert_eq!(ran.err, format!("run {name}: its record cannot be used: record.json: it was cut off\n"));
}

#[test]
fn a_folder_without_a_sweep_is_refused() {
    let bench = Bench::new();
    expect![[r#"
        $ welt report
        error: runs: no such folder, expected the folder that a sweep has written its runs into, or a pack
        $ welt report encoder
        error: encoder: no plans, so that nobody knows which run answers which cell; give the command of its sweep again for this folder: finished runs are kept, and the plan is written down
        $ welt report runs --units documents
        error: runs: no such folder, expected the folder that a sweep has written its runs into, or a pack
    "#]].assert_eq(&bench.refusals(&["report", "report encoder", "report runs --units documents"]));
}
