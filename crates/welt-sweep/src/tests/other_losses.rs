//! Losses without class weights as methods of a grid.

use std::collections::BTreeMap;

use super::*;

const METHODS: &str = "methods = [\"vanilla\", \"ens-0.5\", \"ins\", \"welt\"]\nlabel_orders = [\"intended\"]";

pub fn with_losses(methods: &str) -> Bench {
    let bench = Bench::new();
    let methods = format!("methods = [{methods}]\nlabel_orders = [\"intended\", \"as-published\"]");
    fs::write(bench.at("grid.toml"), FAKE_GRID.replace(METHODS, &methods)).unwrap();
    bench
}

pub fn only(methods: &[&str]) -> Selection {
    let methods = methods.iter().map(|name| name.parse().unwrap()).collect();
    Selection { methods, seeds: vec![1], ..Selection::default() }
}

#[test]
fn a_loss_without_weights_is_one_run_for_both_label_orders() {
    let bench = with_losses("\"vanilla\", \"welt\", \"focal-2\", \"welt+focal-2\", \"logit-adjustment-1\"");
    let plan = bench.plan(&only(&[]));
    let rows: Vec<String> = (plan.sections[0].rows.iter())
        .map(|row| match row.same_as {
            Some(same) => format!("{} = {same}", row.weighting),
            None => row.weighting.to_string(),
        })
        .collect();
    expect![[r#"
        vanilla
        vanilla, as published = vanilla
        welt
        welt, as published = welt
        focal-2
        focal-2, as published = focal-2
        welt+focal-2
        welt+focal-2, as published = welt+focal-2
        logit-adjustment-1
        logit-adjustment-1, as published = logit-adjustment-1"#]]
    .assert_eq(&rows.join("\n"));
    assert_eq!((plan.cells, plan.runs.len()), (10, 5), "the fake program gives WeLT the same weights in both orders");
    assert_eq!((plan.sharing[0].cells, plan.sharing[0].runs, plan.sharing[1].runs), (5, 5, 5));
    let summary = estimate::summary(&plan, &[false; 5], &BTreeMap::new(), 1);
    let summary: Vec<&str> = summary.lines().take_while(|line| !line.is_empty()).collect();
    expect![[r#"
        10 cells are 5 distinct runs; 0 of these are finished, 5 to run.
        Cells with the same loss share a run:
          intended: 5 cells are 5 runs a seed
          as-published: 5 cells are 5 runs a seed
          all orders: 10 cells are 5 runs a seed"#]]
    .assert_eq(&summary.join("\n"));
}

#[test]
fn a_loss_is_chosen_by_its_name_and_has_the_run_of_the_whole() {
    let bench = with_losses("\"vanilla\", \"welt\", \"focal-2\", \"logit-adjustment-1\"");
    let whole = bench.plan(&only(&[]));
    let mut focal = only(&["focal-2"]);
    focal.label_orders = vec![LabelOrder::AsPublished];
    let focal = bench.plan(&focal);
    assert_eq!((focal.cells, focal.runs.len()), (1, 1));
    assert_eq!(focal.runs[0].hash, whole.runs[2].hash);
    assert!(focal.runs[0].canonical.contains(r#","method":"focal-2","label_order":"intended","seed":1,"#));
    let grid = Grid::read(&bench.at("grid.toml")).unwrap();
    let error = grid.select(&only(&["focal-3"])).unwrap_err().to_string();
    expect![
        "`--methods`: the grid has no `focal-3`, expected one of vanilla, welt, focal-2, logit-adjustment-1, or all"
    ]
    .assert_eq(&error);
}

#[test]
fn welt_is_told_of_a_loss_and_the_table_shows_it() {
    let bench = with_losses("\"vanilla\", \"focal-2\", \"logit-adjustment-0.5\"");
    let plan = bench.plan(&only(&[]));
    let (table, calls) = bench.sweep(&plan, &NEVER);
    assert_eq!(calls, 3);
    let calls = fs::read_to_string(bench.at("runs/calls")).unwrap();
    let mut calls: Vec<&str> = calls.lines().collect();
    calls.sort_unstable();
    expect![[r#"
        focal-2 1
        logit-adjustment-0.5 1
        vanilla 1"#]]
    .assert_eq(&calls.join("\n"));
    let start = table.find("Mean ±").unwrap();
    bench.check(&table[start..], &expect![[r#"
        Mean ± standard deviation over seeds; *F1 − vanilla* is the mean of the differences seed by seed.
        Focal loss and logit adjustment are losses without class weights; the number is gamma of the one and tau of the other.
        The published runs most likely used the label order as-published: their scores stand beside the rows of that order.

        ## a, M

        checkpoint `m`, which stands in for somebody/m; epochs 2, batch size 8, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, last epoch kept, micro batch size 16.

        | method                             | seeds |     P |     R |    F1 | F1 − vanilla | strict F1 | published P |   R |    F1 | F1 − vanilla | same run as            |
        | ---------------------------------- | ----: | ----: | ----: | ----: | -----------: | --------: | ----------: | --: | ----: | -----------: | ---------------------- |
        | vanilla                            |     1 | 80.00 | 60.00 | 71.00 |              |     71.00 |             |     |       |              |                        |
        | vanilla, as published              |     1 | 80.00 | 60.00 | 71.00 |              |     71.00 |             |     | 80.50 |              | = vanilla              |
        | focal-2                            |     1 | 80.00 | 60.00 | 72.10 |        +1.10 |     72.10 |             |     |       |              |                        |
        | focal-2, as published              |     1 | 80.00 | 60.00 | 72.10 |        +1.10 |     72.10 |             |     |       |              | = focal-2              |
        | logit-adjustment-0.5               |     1 | 80.00 | 60.00 | 72.10 |        +1.10 |     72.10 |             |     |       |              |                        |
        | logit-adjustment-0.5, as published |     1 | 80.00 | 60.00 | 72.10 |        +1.10 |     72.10 |             |     |       |              | = logit-adjustment-0.5 |
    "#]]);
}

#[test]
fn the_full_grid_has_other_losses() {
    let bench = Bench::new();
    let grid = Grid::read(&crate::workspace_root().join("docs/paper/full.toml")).unwrap();
    let locations = bench.locations_without_files();
    let build = build_of(&bench.welt);
    let plan_of = |selection: &Selection| {
        let part = grid.clone().select(selection).unwrap();
        let plan = plan::plan(&part, &grid, &locations, &build, &bench.welt).unwrap();
        let runs: usize = plan.absent.iter().map(|absent| absent.runs.unwrap().0).sum();
        (plan.cells, runs)
    };
    // 40 corpora and encoders, two orders, ten seeds; a loss without class weights is one run in both orders.
    assert_eq!(plan_of(&Selection { seeds: Vec::new(), ..only(&["focal-2", "logit-adjustment-1"]) }), (1600, 800));
    assert_eq!(plan_of(&Selection::default()), (8000, 5400));
}
