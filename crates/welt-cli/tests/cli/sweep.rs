//! `welt sweep` and `welt status`: from documents to a table, with nothing but the program.

use expect_test::expect;

use crate::folder::Bench;

/// A folder with the sample's encoder and ten documents as BRAT has them, of two entity types.
fn bench() -> Bench {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("brat")).unwrap();
    for index in 0..10 {
        bench.write(&format!("brat/{index}.txt"), format!("Gout {index} was seen . Aspirin helped {index} times .\n"));
        bench.write(&format!("brat/{index}.ann"), "T1\tDisease 0 4\tGout\nT2\tDrug 18 25\tAspirin\n");
    }
    bench
}

/// What is asked of a small sweep from scratch, whose encoder is too small to learn anything.
const SMALL: &str = "--methods vanilla,welt --seeds 1,2 --set epochs=1 --set max_length=64 --quiet";

#[test]
fn documents_become_a_grid_a_table_and_a_status() {
    let bench = bench();
    bench.run("sweep --init mine.toml --documents brat --model tiny=encoder --split 60,20,20 --quiet").succeeded();
    let tagged = |split: &str| bench.read(&format!("mine/{split}.tsv")).matches("-DOCSTART-").count();
    assert_eq!(["train", "dev", "test"].map(tagged), [6, 2, 2]);
    assert!(bench.read("mine/train.tsv").contains("Aspirin\tB-Drug"));
    let grid = bench.read("mine.toml");
    assert!(grid.ends_with("[[model]]\nname = \"tiny\"\npath = \"encoder\"\n"), "{grid}");
    bench.write("mine.toml", grid + "from_scratch = true\n");

    let foretold = bench.run(&format!("sweep mine.toml --dry-run {SMALL}")).succeeded();
    assert!(foretold.contains("4 cells are 4 distinct runs; 0 of these are finished, 4 to run."), "{foretold}");
    let table = bench.run(&format!("sweep mine.toml {SMALL}")).succeeded();
    assert!(table.contains("4 cells, 4 of 4 distinct runs finished"), "{table}");
    assert!(!table.to_lowercase().contains("paper") && !table.contains("published"), "{table}");
    let status = bench.run("status").succeeded();
    assert!(status.contains("4 of 4 distinct runs are finished"), "{status}");
    // What is finished is not run again.
    let again = bench.run(&format!("sweep mine.toml {SMALL} --dry-run")).succeeded();
    assert!(again.contains("4 of these are finished, 0 to run"), "{again}");
}

#[test]
fn tagged_files_stay_where_they_are() {
    let bench = bench();
    bench.run("sweep --init grids.toml --train train.tsv --dev dev.tsv --test test.tsv --model encoder").succeeded();
    let grid = bench.read("grids.toml");
    assert!(grid.contains("train = [\"train.tsv\"]\ndev = \"dev.tsv\"\ntest = \"test.tsv\"\n"), "{grid}");
    assert!(!bench.path("grids").exists());
}

#[test]
fn a_new_grid_that_cannot_be_made_leaves_nothing() {
    let bench = bench();
    bench.write("brat/9.ann", "T1\tDisease 0 4\tGout\nT2\tDisease 0 6\tGout 9\n");
    bench.write("there.toml", "");
    let before = bench.names();
    expect![[r#"
        $ welt sweep --init mine.toml --documents brat --model encoder
        error: mine.partial/all.tsv was not written: 1 nested in the stage `tag`: 9 0..4 `Gout` (Disease) beside 0..6; allow what may be lost or changed with `--allow nested`
        $ welt sweep --init there.toml --documents brat --model encoder
        error: there.toml: is there already; choose another name, or remove it first
        $ welt sweep --init mine.toml --documents brat
        error: --init: which encoder? add --model with its folder, a name on the Hub or a name that `welt models` lists
        $ welt sweep --init mine.toml --model encoder
        error: --init: which corpus? add --train, --dev and --test, or --documents for a corpus without splits
        $ welt sweep --init mine.toml --documents brat --model nowhere
        error: nowhere: there is no such folder: expected the directory of a model, with config.json, a model of the Hub as OWNER/NAME or OWNER/NAME@REVISION, or one of biobert, bluebert, pubmedbert, scibert, bioelectra, biomed-roberta, camembert-bio, deberta-v3, bioclinical-modernbert; check the path
        $ welt sweep --init mine.toml --documents nowhere --model encoder
        error: nowhere: cannot be read: No such file or directory (os error 2); expected a file to read, check the path
        $ welt sweep nowhere.toml
        error: reading the grid nowhere.toml: No such file or directory (os error 2)
        $ welt status
        error: runs: no sweep was started here, expected plans/ beside cells/
    "#]]
    .assert_eq(&bench.refusals(&[
        "sweep --init mine.toml --documents brat --model encoder",
        "sweep --init there.toml --documents brat --model encoder",
        "sweep --init mine.toml --documents brat",
        "sweep --init mine.toml --model encoder",
        "sweep --init mine.toml --documents brat --model nowhere",
        "sweep --init mine.toml --documents nowhere --model encoder",
        "sweep nowhere.toml",
        "status",
    ]));
    assert_eq!(bench.names(), before);
}
