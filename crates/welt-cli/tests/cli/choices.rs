//! Labels chosen in other ways than by the highest score: runs that share a training, tuned shifts stored with a model.

use serde_json::Value;

use crate::folder::{Bench, TRAIN};

/// A run that learns a little.
fn train(method: &str) -> String {
    format!("{} --quiet --method {method}", TRAIN.replace("--epochs 1", "--epochs 4"))
}

fn json(bench: &Bench, name: &str) -> Value {
    serde_json::from_str(&bench.read(name)).unwrap()
}

#[test]
fn a_run_that_takes_a_training_is_that_of_a_training_of_its_own() {
    let bench = Bench::new();
    bench.run(&format!("{} --output plain", train("vanilla"))).succeeded();
    for method in ["tuned-shift", "tuned-shift+constrained"] {
        bench.run(&format!("{} --output own", train(method))).succeeded();
        bench.run(&format!("{} --output shared --trained plain", train(method))).succeeded();
        for name in ["predictions/dev.tsv", "predictions/test.tsv", "model/config.json", "model/model.safetensors"] {
            let [own, shared] = ["own", "shared"].map(|run| std::fs::read(bench.path(run).join(name)).unwrap());
            assert!(own == shared, "{method}: {name}");
        }
        let [own, shared] = ["own", "shared"].map(|run| json(&bench, &format!("{run}/record.json")));
        assert_eq!((&own["scores"], &own["config"]["method"]), (&shared["scores"], &method.into()));
        assert_eq!((&own["choice"]["curve"], &own["choice"]["tried"]), (&shared["choice"]["curve"], &81.into()));
        assert_eq!((&own["choice"]["trained_by"], &shared["choice"]["trained_by"]), (&Value::Null, &"plain".into()));
        assert_eq!((&shared["seconds"], &shared["epochs"]), (&Value::Null, &Value::Array(Vec::new())));
        for run in ["own", "shared"] {
            std::fs::remove_dir_all(bench.path(run)).unwrap();
        }
    }
    // Four bytes a label and word behind one line.
    let scores = std::fs::read(bench.path("plain/predictions/dev.scores")).unwrap();
    let head = scores.iter().position(|&byte| byte == b'\n').unwrap();
    let words = bench.read("plain/predictions/dev.tsv").lines().filter(|line| line.contains('\t')).count();
    let words = words - bench.read("plain/predictions/dev.tsv").matches("-DOCSTART-").count();
    let labels = json(&bench, "plain/record.json")["labels"].as_array().unwrap().len();
    assert_eq!(scores.len() - head - 1, 4 * labels * words);
    // The point of no shift is what was scored.
    let record = json(&bench, "plain/record.json");
    let curve = &record["choice"]["curve"];
    let none = curve["points"].as_array().unwrap().iter().find(|point| point["hundredths"] == 0).unwrap();
    let [right, predicted] = [0, 1].map(|part| none["test"][part].as_f64().unwrap());
    let f1 = 2.0 * right / (predicted + curve["test"].as_f64().unwrap());
    assert!((f1 - record["scores"]["test"]["default"]["f1"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn a_training_that_is_another_is_not_taken() {
    let bench = Bench::with_run();
    let refused = |arguments: &str| {
        let ran = bench.run(arguments);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        ran.err
    };
    let tuned = format!("{TRAIN} --quiet --output new --method welt+tuned-shift");
    bench.run(&format!("{tuned} --trained run")).succeeded();
    let other = refused(&format!("{TRAIN} --quiet --output x --method tuned-shift --trained run"));
    assert!(other.contains("--trained run: that run was asked for another method"), "{other}");
    let other = refused(&format!("{TRAIN} --quiet --output x --method welt+constrained --seed 3 --trained run"));
    assert!(other.contains("that run was asked for another seed"), "{other}");
    let absent = refused(&format!("{TRAIN} --quiet --output x --method welt+constrained --trained nowhere"));
    assert!(absent.contains("--trained nowhere: expected the folder of a finished run"), "{absent}");
    std::fs::remove_file(bench.path("run/predictions/dev.scores")).unwrap();
    let older = refused(&format!("{TRAIN} --quiet --output x --method welt+constrained --trained run"));
    assert!(older.contains("older versions did not: train it again"), "{older}");
    let no_dev = "train --train train.tsv --model encoder --from-scratch --method tuned-shift --output x";
    let no_dev = refused(no_dev);
    assert!(no_dev.contains("--method tuned-shift: a shift is tuned on dev: name files with --dev"), "{no_dev}");
    assert!(!bench.path("x").exists() && !bench.path("x.partial").exists());
}

/// F1 of the tags that a command predicts for dev.
fn f1(bench: &Bench, arguments: &str) -> f64 {
    let predicted = bench.run(&format!("predict {arguments} dev.tsv --quiet")).succeeded();
    let gold = bench.read("dev.tsv");
    let gold = gold.lines().filter(|line| !line.starts_with("-DOCSTART-"));
    let mut table = String::new();
    let mut predicted = predicted.lines();
    let mut was_empty = true;
    for line in gold {
        if line.is_empty() {
            if !was_empty {
                assert_eq!(predicted.next(), Some(""));
                table.push('\n');
            }
        } else {
            let tag = predicted.next().unwrap().split('\t').nth(1).unwrap();
            table.push_str(&format!("{line}\t{tag}\n"));
        }
        was_empty = line.is_empty();
    }
    bench.write("scored.tsv", table);
    let scores = bench.run("evaluate scored.tsv --format json").succeeded();
    let scores: Value = serde_json::from_str(&scores).unwrap();
    scores["seqeval"]["micro"]["f1"].as_f64().unwrap()
}

#[test]
fn a_stored_shift_gives_what_tuning_promised() {
    let bench = Bench::new();
    bench.run(&format!("{} --output run", train("vanilla"))).succeeded();
    let before = f1(&bench, "--model run/model");
    for flags in ["", "--move types", "--move labels --constrained", "--join-split"] {
        let said = bench.run(&format!("tune --model run/model --dev dev.tsv --quiet {flags}")).succeeded();
        assert!(said.contains("stored in run/model/config.json"), "{said}");
        let stored = json(&bench, "run/model/config.json");
        let promised = stored["welt"]["tuned"]["score"].as_f64().unwrap();
        assert!(said.contains(&format!("f1 on dev {:.2}", 100.0 * promised)), "{said}");
        assert!(promised >= stored["welt"]["tuned"]["score_without"].as_f64().unwrap());
        assert!((f1(&bench, "--model run/model") - promised).abs() < 1e-12, "{flags}");
        assert!((f1(&bench, "--model run/model --shift none") - before).abs() < 1e-12, "{flags}");
    }
    let told = bench.run("predict --model run/model dev.tsv --output tags.tsv").err;
    assert!(told.contains("as run/model has it stored") && told.contains("--shift none turns that off"), "{told}");
    let told = bench.run("predict --model run/model dev.tsv --shift none --output tags.tsv").err;
    assert!(!told.contains("stored"), "{told}");
    let kept = bench.read("run/model/config.json");
    let said = bench.run("tune --model run/model --dev dev.tsv --dry-run --quiet").succeeded();
    assert!(said.ends_with("nothing was stored (--dry-run)\n"), "{said}");
    assert_eq!(bench.read("run/model/config.json"), kept);
    let ran = bench.run("tune --model nowhere --dev dev.tsv --quiet");
    assert!(ran.code == Some(1) && ran.err.contains("nowhere: expected the directory of a model"), "{}", ran.err);
}
