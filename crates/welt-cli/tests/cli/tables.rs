//! `evaluate` and `weights` on files small enough to count by hand.

use expect_test::expect;
use serde_json::{Value, json};

use crate::folder::Bench;

fn bench() -> Bench {
    let bench = Bench::new();
    let rows = [
        "no O O",
        "renal B-Disease B-Disease",
        "failure I-Disease I-Disease",
        "today O B-Disease",
        "",
        "aspirin B-Drug B-Drug",
        "for O O",
        "pain B-Disease O",
        "",
    ];
    bench.write("pairs.tsv", rows.map(|row| row.replace(' ', "\t") + "\n").concat());
    bench.write("gold.tsv", rows.map(|row| row.split(' ').take(2).collect::<Vec<_>>().join("\t") + "\n").concat());
    bench
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn evaluate_counts_as_by_hand() {
    let bench = bench();
    // Disease: 2 in gold, 2 predicted, 1 in both. Drug: 1, 1, 1.
    let text = bench.run("evaluate pairs.tsv --digits 4 --quiet").succeeded();
    expect![[r#"
                      precision    recall  f1-score   support

             Disease     0.5000    0.5000    0.5000         2
                Drug     1.0000    1.0000    1.0000         1

           micro avg     0.6667    0.6667    0.6667         3
           macro avg     0.7500    0.7500    0.7500         3
        weighted avg     0.6667    0.6667    0.6667         3
    "#]]
    .assert_eq(&text);
    let report: Value = serde_json::from_str(&bench.run("evaluate pairs.tsv --format json").succeeded()).unwrap();
    assert_eq!(report["seqeval"]["micro"]["f1"], json!(2.0 / 3.0));
    assert_eq!(
        report["predicted"],
        json!({ "tags": 4, "dropped_tags": 0, "odd_tags": 0, "entities": 3, "orphans": 0 })
    );
    let swapped = bench.run("evaluate pairs.tsv --gold 3 --predicted 2 --mode strict --scheme IOB2 --format json");
    let swapped: Value = serde_json::from_str(&swapped.succeeded()).unwrap();
    assert_eq!(swapped["seqeval"]["micro"]["precision"], report["seqeval"]["micro"]["recall"]);
}

#[test]
fn weights_as_by_hand() {
    let bench = bench();
    let lines = json_lines(&bench.run("weights gold.tsv --method vanilla --method ins --format json").succeeded());
    assert_eq!(lines.len(), 2);
    let counts = json!({ "B-Disease": 2, "I-Disease": 1, "B-Drug": 1, "O": 3 });
    assert_eq!(lines[1]["counts"], counts);
    assert_eq!(lines[1]["weights"], json!({ "B-Disease": 0.5, "I-Disease": 1.0, "B-Drug": 1.0, "O": 1.0 / 3.0 }));
    assert_eq!(lines[0]["same_loss_as_vanilla"], json!(true));
    assert_eq!(json_lines(&bench.run("weights gold.tsv --format json").succeeded()).len(), 7);
    expect![[r#"
        class                 B-Disease     B-Drug  I-Disease          O
        words                         2          1          1          3
        %                         28.57      14.29      14.29      42.86

        weight as a multiple of that of O
        ins                      1.5000     3.0000     3.0000     1.0000
        welt                     1.1536     1.3307     1.3307     1.0000
    "#]]
    .assert_eq(&bench.run("weights gold.tsv --method ins --scheme welt").succeeded());
}

#[test]
fn data_goes_to_standard_output_and_words_to_standard_error() {
    let bench = bench();
    for command in ["evaluate pairs.tsv", "stats gold.tsv", "weights gold.tsv", "stats --format json gold.tsv"] {
        let (usual, loud) = (bench.run(command), bench.run(&format!("{command} --verbose")));
        assert!(
            loud.err.lines().count() > 0 && loud.err.lines().all(|line| line.starts_with("debug: ")),
            "{}",
            loud.err
        );
        assert_eq!((usual.code, loud.code, usual.out.as_str()), (Some(0), Some(0), loud.out.as_str()));
        assert_eq!(usual.err, "", "{command} says what nobody asked for");
    }
}
