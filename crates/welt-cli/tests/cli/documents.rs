//! Documents where tagged files are taken: what `train`, `weights`, `evaluate`, `compare` and `split parts` make of them.

use expect_test::expect;
use serde_json::Value;

use crate::folder::Bench;

/// Three documents with mentions of two types.
const GOLD: &str = "\
1|t|Gout and renal failure.
1|a|Aspirin helps. Gout is old.
1\t0\t4\tGout\tDisease
1\t9\t22\trenal failure\tDisease
1\t24\t31\tAspirin\tChemical
1\t39\t43\tGout\tDisease

2|t|No flu.
2|a|
2\t3\t6\tflu\tDisease

3|t|Salt.
3|a|
3\t0\t4\tSalt\tChemical

";

/// One mention right, one too long, one of another type, one spurious and one missed in the first document; the third document is not there, and another is.
const PREDICTED: &str = "\
2|t|No flu.
2|a|
2\t3\t6\tflu\tDisease

1|t|Gout and renal failure.
1|a|Aspirin helps. Gout is old.
1\t0\t4\tGout\tDisease
1\t5\t22\tand renal failure\tDisease
1\t24\t31\tAspirin\tDisease
1\t32\t37\thelps\tChemical

4|t|Fever.
4|a|
4\t0\t5\tFever\tDisease

";

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("gold.PubTator", GOLD);
    bench.write("found.PubTator", PREDICTED);
    bench.run("convert gold.PubTator --to bioc-xml -o gold.xml --allow all -q").succeeded();
    bench.run("convert found.PubTator --to json-lines -o found.jsonl --allow all -q").succeeded();
    bench.run("convert gold.PubTator --to conll --document-lines -o gold.tsv --allow all -q").succeeded();
    bench
}

#[test]
fn weights_and_training_take_documents_as_convert_makes_them_words_and_tags() {
    let bench = bench();
    let of_tags = bench.run("weights gold.tsv").succeeded();
    for documents in ["gold.PubTator", "gold.xml", "gold.xml --from bioc-xml"] {
        assert_eq!(bench.run(&format!("weights {documents}")).succeeded(), of_tags, "{documents}");
    }
    let train = "train --train FILE --test FILE --model encoder --from-scratch --epochs 1 --output";
    let ran = bench.run(&format!("{train} documents").replace("FILE", "gold.xml"));
    assert!(ran.err.contains("gold.xml: 5 sentences of 3 documents, read as bioc-xml"), "{}", ran.err);
    let report = ran.succeeded();
    assert_eq!(report, bench.run(&format!("{train} tags").replace("FILE", "gold.tsv")).succeeded());
    let config: Value = serde_json::from_str(&bench.read("documents/config.json")).unwrap();
    assert_eq!(config.get("from"), None);
    bench.run(&format!("{train} asked --from pubtator").replace("FILE", "gold.PubTator")).succeeded();
    let config: Value = serde_json::from_str(&bench.read("asked/config.json")).unwrap();
    assert_eq!(config["from"], "pubtator");
    let column = bench.run("weights gold.xml --tag-column 2");
    assert!(column.refused().contains("has no columns: leave --tag-column out"), "{}", column.err);
}

#[test]
fn documents_are_scored_by_the_characters_of_their_mentions() {
    let bench = bench();
    let ran = bench.run("evaluate gold.xml found.jsonl");
    expect![[r#"
        warning: found.jsonl: lacks documents of gold.xml, whose mentions are missed: 1 (3)
        warning: found.jsonl: has documents that gold.xml lacks, which are left out: 1 (4)
    "#]]
    .assert_eq(&ran.err);
    expect![[r#"
                      precision    recall  f1-score   support

            Chemical       0.00      0.00      0.00         2
             Disease       0.50      0.50      0.50         4

           micro avg       0.40      0.33      0.36         6
           macro avg       0.25      0.25      0.25         6
        weighted avg       0.33      0.33      0.33         6
    "#]]
    .assert_eq(&ran.out);
    let all = bench.run("evaluate gold.xml found.jsonl --metrics all --format json --quiet").succeeded();
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(
        (&all["documents"], &all["missing_documents"][0], &all["extra_documents"][0]),
        (&3.into(), &"3".into(), &"4".into())
    );
    assert_eq!(all.get("conlleval"), None);
    assert_eq!(all["seqeval"]["micro"]["support"], 6);
    for metric in ["faireval", "semeval", "errors"] {
        assert!(all.get(metric).is_some(), "{metric}");
    }
    let itself = bench.run("evaluate gold.xml gold.PubTator --metrics faireval,semeval --quiet").succeeded();
    assert!(itself.contains("1.00") && !itself.contains("0.5"), "{itself}");
}

#[test]
fn what_documents_cannot_be_asked_is_told() {
    let bench = bench();
    bench.write("other.PubTator", GOLD.replace("Gout and", "Flu, and"));
    for (arguments, told) in [
        ("gold.xml found.jsonl --metrics conlleval", "--metrics conlleval: it counts the words of tagged files"),
        ("gold.xml found.jsonl --mode strict", "--mode, --scheme and --suffix have a meaning for tagged files only"),
        ("gold.xml found.jsonl --gold 2", "--gold and --predicted have a meaning for tagged files only"),
        ("gold.xml found.jsonl --train gold.tsv --metrics errors", "--train tells mentions of words apart"),
        ("gold.xml --from bioc-xml", "expected two files, of gold and of predicted documents"),
        ("gold.xml other.PubTator", "document 1: at 0..4 the gold text is `Gout`, and that of the predictions `Flu,`"),
        ("gold.xml gold.tsv", "gold.xml: looks like bioc-xml, expected a tagged file"),
    ] {
        let ran = bench.run(&format!("evaluate {arguments}"));
        assert!(ran.refused().contains(told), "{arguments}: {}", ran.err);
    }
}

#[test]
fn systems_are_compared_document_by_document() {
    let bench = bench();
    let compared =
        bench.run("compare --against gold.xml worse=found.jsonl best=gold.PubTator --format json --quiet").succeeded();
    let compared: Value = serde_json::from_str(&compared).unwrap();
    assert_eq!((&compared["unit"], &compared["units"]), (&"document".into(), &3.into()));
    let score = |system: usize| compared["systems"][system]["runs"][0].as_f64().unwrap();
    assert!((score(0) - 4.0 / 11.0).abs() < 1e-12 && (score(1) - 1.0).abs() < 1e-12, "{compared}");
    bench.run("compare --against gold.xml a=found.jsonl b=gold.PubTator --metric fair-f1").succeeded();
    let columns = bench.run("compare --against gold.xml a=found.jsonl b=gold.PubTator --gold 2");
    assert!(columns.refused().contains("leave them out with --against"), "{}", columns.err);
}

#[test]
fn three_parts_are_made_at_once() {
    let bench = Bench::new();
    let corpus: String =
        (0..20).map(|id| format!("{id}|t|Gout{id} one. Flu two.\n{id}|a|\n{id}\t0\t4\tGout\tDisease\n\n")).collect();
    bench.write("corpus.PubTator", corpus);
    bench.run("split parts corpus.PubTator --parts 70,15,15 --seed 3 --allow all --output parts --quiet").succeeded();
    let documents = |name: &str| bench.read(&format!("parts/{name}.tsv")).matches("-DOCSTART-").count();
    assert_eq!(["train", "dev", "test"].map(documents), [14, 3, 3]);
    let words: Vec<String> = ["train", "dev", "test"]
        .iter()
        .flat_map(|name| {
            bench
                .read(&format!("parts/{name}.tsv"))
                .lines()
                .filter(|line| line.starts_with("Gout"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let distinct: std::collections::BTreeSet<&String> = words.iter().collect();
    assert_eq!((words.len(), distinct.len()), (20, 20));
    bench.run("split parts corpus.PubTator --parts 70,15,15 --seed 3 --allow all --output again --quiet").succeeded();
    assert_eq!(bench.read("parts/dev.tsv"), bench.read("again/dev.tsv"));
    let there = bench.run("split parts corpus.PubTator --output parts");
    assert!(there.refused().contains("parts"), "{}", there.err);
    let few = bench.run("split parts corpus.PubTator --parts 80,10,11 --output few");
    assert!(few.err.contains("expected three numbers above 0 that come to 100"), "{}", few.err);
}
