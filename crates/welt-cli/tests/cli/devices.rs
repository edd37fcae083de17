//! `devices` and `--device`, on a build with nothing but the processor or, as `cargo xtask ci` builds it, with wgpu too;
//! what is said of wgpu is left out.

use expect_test::expect;
use serde_json::{Value, json};

use crate::folder::{Bench, TRAIN, finish};

#[test]
fn devices_that_are_not_there() {
    let bench = Bench::new();
    let names = ["gpu", "CPU", "cpu:0", "cuda:", "wgpu:first", "tch:-1", "cuda:1", "tch"];
    let commands = names.map(|name| format!("predict --model encoder --device {name} test.tsv"));
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    expect![[r#"
        $ welt predict --model encoder --device gpu test.tsv
        error: `gpu` is not a device: expected cpu, wgpu[:N], cuda[:N], tch[:N] or auto; this welt was built with cpu, and `welt devices` says how to get the others
        $ welt predict --model encoder --device CPU test.tsv
        error: `CPU` is not a device: expected cpu, wgpu[:N], cuda[:N], tch[:N] or auto; this welt was built with cpu, and `welt devices` says how to get the others
        $ welt predict --model encoder --device cpu:0 test.tsv
        error: `cpu:0` is not a device: there is only one cpu, which takes no number
        $ welt predict --model encoder --device cuda: test.tsv
        error: `cuda:` is not a device: expected a number from 0 after cuda:
        $ welt predict --model encoder --device wgpu:first test.tsv
        error: `wgpu:first` is not a device: expected a number from 0 after wgpu:
        $ welt predict --model encoder --device tch:-1 test.tsv
        error: `tch:-1` is not a device: expected a number from 0 after tch:
        $ welt predict --model encoder --device cuda:1 test.tsv
        error: this welt was built without cuda: build it with `cargo install --locked --path crates/welt-cli --features cuda`, which needs a network, for LLVM from GitHub; it has cpu
        $ welt predict --model encoder --device tch test.tsv
        error: this welt was built without tch: build it with `cargo install --locked --path crates/welt-cli --features tch`, which needs LibTorch 2.9.0 (scripts/get_libtorch.py); it has cpu
    "#]].assert_eq(&bench.refusals(&commands).replace("with cpu, wgpu", "with cpu").replace("has cpu, wgpu", "has cpu"));
}

#[test]
fn devices_are_listed_with_how_to_get_more() {
    let bench = Bench::new();
    let text = finish(bench.command("devices").env("RAYON_NUM_THREADS", "3")).succeeded();
    let paragraphs: Vec<String> =
        text.split("\n\n").filter(|part| !part.starts_with("wgpu")).map(of_the_processor).collect();
    expect![[r#"
        --device  what it is
        cpu       3 threads (processor)

        cuda (NVIDIA's cards)
          not built in: build it with `cargo install --locked --path crates/welt-cli --features cuda`, which needs a network, for LLVM from GitHub

        tch (LibTorch: tch is the processor, tch:N an NVIDIA card)
          not built in: build it with `cargo install --locked --path crates/welt-cli --features tch`, which needs LibTorch 2.9.0 (scripts/get_libtorch.py)
    "#]].assert_eq(&paragraphs.join("\n"));

    let listed = finish(bench.command("devices --format json").env("RAYON_NUM_THREADS", "3")).succeeded();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let cpu = json!({ "backend": "cpu", "built_in": true, "missing": null,
                      "devices": [{ "device": "cpu", "name": "3 threads", "kind": "processor" }] });
    assert_eq!(listed["backends"][0], cpu);
    let others = listed["backends"].as_array().unwrap().iter().skip(2);
    let others: Vec<_> = others.map(|backend| (&backend["backend"], &backend["built_in"])).collect();
    assert_eq!(others, ["cuda", "tch"].map(|name| (json!(name), json!(false))).each_ref().map(|(a, b)| (a, b)));
}

/// A paragraph of the list without devices of wgpu, which `auto` may stand for, and without what a machine with NVIDIA's
/// driver is told.
fn of_the_processor(paragraph: &str) -> String {
    let lines = paragraph.lines().filter(|line| !line.starts_with("wgpu") && !line.starts_with("auto"));
    lines.map(|line| line.split("; this machine").next().unwrap().to_owned() + "\n").collect()
}

#[test]
fn auto_says_what_it_takes() {
    let bench = Bench::with_run();
    if finish(&mut bench.command("devices --format json")).succeeded().contains(r#""kind": "card""#) {
        println!("skipped: this machine has a graphics card, which `auto` takes");
        return;
    }
    let train = format!("{TRAIN} --output other --device auto");
    let ran = finish(bench.command(&train).env("RAYON_NUM_THREADS", "1"));
    assert!(ran.err.contains("device cpu: 1 thread"), "{}", ran.err);
    let environment: Value = serde_json::from_str(&bench.read("other/environment.json")).unwrap();
    assert_eq!(environment["device"], "cpu (1 thread)");
    assert_eq!(bench.read("other/predictions/test.tsv"), bench.read("run/predictions/test.tsv"));
}
