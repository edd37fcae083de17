//! Methods that choose labels anew by the training of another method.

use std::collections::BTreeMap;

use super::other_losses::{only, with_losses};
use super::*;
use welt_settings::KNOWN_METHODS;

#[test]
fn a_choice_of_labels_takes_the_training_before_it() {
    let bench = with_losses("\"vanilla\", \"tuned-shift\", \"welt+constrained\", \"focal-2\"");
    let plan = bench.plan(&only(&[]));
    let runs: Vec<String> = (plan.runs.iter())
        .map(|run| {
            let trained = run.trained_by.as_ref().map(|hash| {
                let of = plan.runs.iter().find(|other| other.hash == *hash).unwrap();
                format!(" by {}", of.weighting())
            });
            format!("{}{}", run.weighting(), trained.unwrap_or_default())
        })
        .collect();
    // WeLT is trained for its choice of labels alone, and stands in no row.
    assert_eq!(runs, ["vanilla", "tuned-shift by vanilla", "welt", "welt+constrained by welt", "focal-2"]);
    let rows = plan.sections[0].rows.iter().map(|row| row.weighting.to_string());
    assert!(rows.clone().all(|row| row != "welt") && rows.count() == 8);
    assert!(plan.runs[1].canonical.ends_with(r#","choice":1}"#));
    assert!(!plan.runs[0].canonical.contains("choice"));
    let summary = estimate::summary(&plan, &[true, false, false, false, false], &BTreeMap::new(), 1);
    let summary: Vec<&str> = summary.lines().take_while(|line| !line.is_empty()).collect();
    expect![[r#"
        8 cells are 3 distinct runs; 1 of these are finished, 2 to run.
        2 runs more choose labels anew by what these leave: they take no training and next to no time.
        Cells with the same loss share a run:
          intended: 4 cells are 3 runs a seed
          as-published: 4 cells are 3 runs a seed
          all orders: 8 cells are 3 runs a seed"#]]
    .assert_eq(&summary.join("\n"));
    let work = estimate::work(&plan);
    assert!(work[0] > 1.0 && work[1] <= 1.0, "{work:?}");
    // A part of the grid has the runs of the whole, and the training that it needs.
    let part = bench.plan(&only(&["tuned-shift"]));
    assert_eq!(
        (part.runs[0].hash.as_str(), part.runs[1].hash.as_str()),
        (plan.runs[0].hash.as_str(), plan.runs[1].hash.as_str())
    );
}

#[test]
fn labels_are_chosen_once_the_training_is_there() {
    let bench = with_losses("\"tuned-shift\", \"vanilla\", \"ins\", \"ins+constrained\"");
    // The fake program fails with ins and seed 2.
    let selection = Selection { seeds: vec![1, 2], label_orders: vec![LabelOrder::Intended], ..only(&[]) };
    let plan = bench.plan(&selection);
    let (table, calls) = bench.sweep(&plan, &NEVER);
    let made = fs::read_to_string(bench.at("runs/calls")).unwrap();
    let mut made: Vec<&str> = made.lines().collect();
    made.sort_unstable();
    made.dedup();
    expect![[r#"
        ins 1
        ins 2
        ins+constrained 1 by another
        tuned-shift 1 by another
        tuned-shift 2 by another
        vanilla 1
        vanilla 2"#]]
    .assert_eq(&made.join("\n"));
    assert!(calls >= 7, "{calls}");
    let lost = format!(
        "run {}, whose training it takes, has no result",
        plan.runs[plan.runs.len() - 1].trained_by.as_ref().unwrap()
    );
    assert!(table.contains(&lost), "{lost}\n{table}");
    // Nothing is made twice.
    let before =
        fs::read_to_string(bench.at("runs/calls")).unwrap().lines().filter(|line| !line.starts_with("ins 2")).count();
    bench.sweep(&plan, &NEVER);
    let after =
        fs::read_to_string(bench.at("runs/calls")).unwrap().lines().filter(|line| !line.starts_with("ins 2")).count();
    assert_eq!(before, after);
}

#[test]
fn all_methods_stand_behind_those_of_the_grid() {
    let bench = with_losses("\"focal-3\", \"vanilla\"");
    let grid = Grid::read(&bench.at("grid.toml")).unwrap().with_all_methods();
    grid.check().unwrap();
    let names: Vec<String> = grid.methods.iter().map(Method::to_string).collect();
    assert_eq!((names[0].as_str(), names[1].as_str(), names.len()), ("focal-3", "vanilla", KNOWN_METHODS.len() + 1));
}

#[test]
fn the_guide_lists_every_method() {
    let guide = fs::read_to_string(crate::workspace_root().join("docs/sweep.md")).unwrap();
    for known in KNOWN_METHODS {
        let row = format!("| `{}` | {} | {} | {} |", known.name, known.what, known.helps, known.source);
        assert!(guide.contains(&row), "docs/sweep.md has no line {row}");
    }
}
