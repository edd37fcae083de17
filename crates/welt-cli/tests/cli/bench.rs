//! Times of steps: that they are taken, told and refused where they make no sense. How long they are is not tested.

use serde_json::Value;

use crate::folder::Bench;

#[test]
fn steps_are_timed_on_sizes_of_a_directory() {
    let bench = Bench::new();
    let measured = "bench --case encoder:2x16 --case encoder:1x8 --steps 1 --matrix 32 --micro-batch-size 1 --quiet";
    let text = bench.run(measured).succeeded();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("encoder:")).collect();
    assert_eq!(rows.len(), 2, "{text}");
    for line in bench.run(&format!("{measured} --format json --precision bf16")).succeeded().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["precision"], "bf16");
        for what in ["training", "prediction"] {
            assert!(line[what]["seconds"].as_f64().unwrap() > 0.0, "{line}");
        }
    }
    // In bytes there is no training, and none is claimed.
    let text = bench.run(&format!("{measured} --format json --precision int8")).succeeded();
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert!(line["training"].is_null() && line["prediction"]["seconds"].as_f64().unwrap() > 0.0, "{line}");
}

#[test]
fn cases_that_cannot_be_measured_are_refused() {
    let bench = Bench::new();
    for (case, code, expected) in [
        ("bert-base", 2, "expected SIZES:ROWSxLENGTH with a length above 2, as in bert-base:8x128"),
        ("encoder:0x8", 2, "expected SIZES:ROWSxLENGTH"),
        ("nowhere:1x8", 1, "`nowhere` names no sizes: expected minilm, bert-base or a directory with config.json"),
        ("encoder:1x100000", 1, "the model reads at most"),
    ] {
        let refused = bench.run(&format!("bench --case {case} --steps 1 --matrix 32"));
        assert_eq!(refused.code, Some(code), "{}", refused.err);
        assert!(refused.err.contains(expected), "{}", refused.err);
    }
}
