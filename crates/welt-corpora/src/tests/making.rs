//! The way from a manifest and files on the disk to a corpus.

use std::fs;

use expect_test::expect;

use super::packed::{tarred, zipped};
use super::stand_in::{Bench, DEV, TEST, TRAIN, conll, parse};
use crate::manifest::Split;
use crate::outcome::State;
use crate::overview::{Form, render};

#[test]
fn a_corpus_is_made_once() {
    let mut bench = Bench::new();
    let manifest = conll("https://a.invalid");
    bench.put("from/a.invalid/data/train.tsv", TRAIN.replace('\n', "\r\n"));
    bench.put("from/data/devel.tsv", DEV);
    bench.put("from/a/test.tsv", TEST.trim());
    let outcome = bench.offline(&manifest);
    bench.check(
        &outcome,
        &expect![[r#"
        verified: Files
        HERE/out/a/dev.tsv
        HERE/out/a/test.tsv
        HERE/out/a/train.tsv
        HERE/out/a/verified.json"#]],
    );
    bench.check_splits();
    assert_eq!(bench.calls(), 1);
    assert_eq!(bench.offline(&manifest).state, State::Verified);
    assert_eq!(bench.calls(), 1);
}

#[test]
fn what_is_missing_is_listed() {
    let mut bench = Bench::new();
    bench.put("from/a/train.tsv", TRAIN);
    let outcome = bench.offline(&conll("https://a.invalid"));
    bench.check(&outcome, &expect![[r#"Missing(["Files: put https://a.invalid/data/devel.tsv at HERE/from/a/dev.tsv", "Files: put https://a.invalid/data/test.tsv at HERE/from/a/test.tsv"])"#]]);
}

#[test]
fn counts_that_differ_are_not_put_in_place() {
    let mut bench = Bench::new();
    for (name, text) in [("train", DEV), ("dev", DEV), ("test", TEST)] {
        bench.put(&format!("from/a/{name}.tsv"), text);
    }
    let outcome = bench.offline(&conll("https://a.invalid"));
    bench.check(&outcome, &expect![[r#"Differs(["Files: train: sentences 1, expected 2", "Files: train: tokens 1, expected 4", "Files: train: entities 0, expected 1", "Files: train: O 1, expected 2", "Files: train: B 0, expected 1", "Files: train: I 0, expected 1"])"#]]);
}

#[test]
fn files_are_found_by_their_checksum() {
    let mut bench = Bench::new();
    let digest = |text: &str| {
        bench.put("digested", text);
        (welt_files::sha256(&bench.at("digested")).unwrap(), text.len())
    };
    let mut files = String::new();
    for (split, text) in [("train", TRAIN), ("dev", DEV), ("test", TEST)] {
        let (sha256, bytes) = digest(text);
        let url = format!("https://a.invalid/{split}.tsv");
        files.push_str(&format!("{{ split = \"{split}\", url = \"{url}\", bytes = {bytes}, sha256 = \"{sha256}\" }},"));
    }
    let manifest = parse(&format!("[[source]]\ntitle = \"Files\"\nformat = \"conll\"\nfile = [{files}]\n"));
    bench.put("from/somewhere/else/one", TRAIN);
    bench.put("from/somewhere/two", DEV);
    bench.put("from/three", TEST);
    // One that has the right name and the wrong content is passed over.
    bench.put("from/a/train.tsv", TEST);
    let outcome = bench.offline(&manifest);
    assert_eq!(outcome.state, State::Verified);
    bench.check_splits();
}

#[test]
fn terms_that_are_not_certain_are_accepted_by_name() {
    let mut bench = Bench::new();
    let mut manifest = conll("https://a.invalid");
    manifest.terms.accept = true;
    for split in Split::ALL {
        bench.put(&format!("from/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    let outcome = bench.offline(&manifest);
    bench.check(
        &outcome,
        &expect![[r#"Missing(["its terms are yours to accept (None): read what `welt corpora --list a` says of them, then add --accept a"])"#]],
    );
    bench.accepted.push("a".to_owned());
    assert_eq!(bench.offline(&manifest).state, State::Verified);
}

#[test]
fn a_corpus_that_somebody_put_there_is_taken() {
    let mut bench = Bench::new();
    for split in Split::ALL {
        bench.put(&format!("out/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    let manifest = conll("https://a.invalid");
    let outcome = bench.offline(&manifest);
    bench.check(
        &outcome,
        &expect![[r#"
        verified: found in its place
        HERE/out/a/dev.tsv
        HERE/out/a/test.tsv
        HERE/out/a/train.tsv
        HERE/out/a/verified.json"#]],
    );
    bench.offline(&manifest);
    assert_eq!(bench.calls(), 1);
}

#[test]
fn a_corpus_that_is_not_right_is_kept_beside() {
    let mut bench = Bench::new();
    for split in Split::ALL {
        bench.put(&format!("out/a/{split}.tsv"), [DEV, DEV, TEST][split as usize]);
        bench.put(&format!("from/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    let manifest = conll("https://a.invalid");
    let outcome = bench.offline(&manifest);
    bench.check(
        &outcome,
        &expect![[r#"
        verified: Files
        HERE/out/a/train.tsv is now HERE/out/a/train.tsv.old
        HERE/out/a/dev.tsv
        HERE/out/a/test.tsv
        HERE/out/a/train.tsv
        HERE/out/a/train.tsv.old
        HERE/out/a/verified.json"#]],
    );
    bench.check_splits();
    assert_eq!(fs::read_to_string(bench.at("out/a/train.tsv.old")).unwrap(), DEV);
    // Its counts would do, as only the sentences of this split are known.
    fs::write(bench.at("out/a/test.tsv"), "damaged\tO\n").unwrap();
    assert_eq!(bench.offline(&manifest).state, State::Verified);
    bench.check_splits();
    // Without a source, what is there is still told apart from nothing.
    fs::write(bench.at("out/a/test.tsv"), "damaged\tO\n").unwrap();
    fs::remove_dir_all(bench.at("from/a")).unwrap();
    assert!(matches!(bench.offline(&manifest).state, State::Differs(_)));
}

#[test]
fn archives_are_unpacked_and_converted() {
    let mut bench = Bench::new();
    let source = |format: &str, name: &str, members: [&str; 3]| {
        let mut files = String::new();
        for (split, member) in Split::ALL.iter().zip(members) {
            let url = format!("https://a.invalid/{name}");
            files.push_str(&format!(
                "{{ split = \"{split}\", url = \"{url}\", at_most = 9999, member = \"{member}\" }},"
            ));
        }
        parse(&format!(
            "[[source]]\ntitle = \"Archive\"\nformat = \"{format}\"\ntypes = [\"X\", \"Y\"]\nallow = [\"nested\", \"widened\"]\nwithin = 0.1\nfile = [{files}]\n"
        ))
    };
    let train = TRAIN.replace("B-Disease", "B-Modifier");
    let files = [("x/train.txt", train.as_str()), ("x/dev.txt", DEV), ("x/test.txt", TEST)];
    for (format, name, bytes) in [("pubtator", "x.zip", zipped(&files)), ("bc2gm", "x.tar.gz", tarred(&files))] {
        bench.put(&format!("from/{name}"), bytes);
        let outcome = bench.offline(&source(format, name, ["train.txt", "x/dev.txt", "test.txt"]));
        assert_eq!(outcome.state, State::Close(0.1), "{format}");
        bench.check_splits();
        fs::remove_dir_all(bench.at("out/a")).unwrap();
    }
    let calls = fs::read_to_string(bench.at("calls")).unwrap();
    let here = bench.folder.path().display().to_string();
    expect![[r#"
        convert --from pubtator --to conll --types X,Y HERE/out/.making-a/of-train/train.txt --allow nested,widened --output HERE/out/.making-a/train.converted
        convert --from pubtator --to conll --types X,Y HERE/out/.making-a/of-dev/dev.txt --allow nested,widened --output HERE/out/.making-a/dev.converted
        convert --from pubtator --to conll --types X,Y HERE/out/.making-a/of-test/test.txt --allow nested,widened --output HERE/out/.making-a/test.converted
        stats --format json HERE/out/.making-a/train.tsv HERE/out/.making-a/dev.tsv HERE/out/.making-a/test.tsv
        convert --from bc2gm --to conll --types X,Y HERE/out/.making-a/of-train --allow nested,widened --output HERE/out/.making-a/train.converted
        convert --from bc2gm --to conll --types X,Y HERE/out/.making-a/of-dev --allow nested,widened --output HERE/out/.making-a/dev.converted
        convert --from bc2gm --to conll --types X,Y HERE/out/.making-a/of-test --allow nested,widened --output HERE/out/.making-a/test.converted
        stats --format json HERE/out/.making-a/train.tsv HERE/out/.making-a/dev.tsv HERE/out/.making-a/test.tsv
    "#]].assert_eq(&calls.replace(&here, "HERE"));
    // A damaged archive is an error, not a corpus that is missing.
    bench.put("from/x.zip", b"PK");
    let outcome = bench.offline(&source("pubtator", "x.zip", ["train.txt", "dev.txt", "test.txt"]));
    bench.check(&outcome, &expect![[r#"Failed(["Archive: train.txt of HERE/from/x.zip: reading the zip archive: invalid Zip archive: Could not find EOCD"])"#]]);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let mut bench = Bench::new();
    for split in Split::ALL {
        bench.put(&format!("from/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    bench.put("out/a", "a file");
    let outcome = bench.offline(&conll("https://a.invalid"));
    let State::Failed(reasons) = outcome.state else { panic!("{outcome:?}") };
    assert!(reasons[0].contains("out/a: "), "{reasons:?}");
    assert!(!bench.at("out/.making-a").exists());
}

#[test]
fn tables_stand_beside_the_paper_s() {
    let mut bench = Bench::new();
    let manifest = conll("https://a.invalid");
    let missing = bench.offline(&manifest);
    for split in Split::ALL {
        bench.put(&format!("from/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    let verified = bench.offline(&manifest);
    let rows = [(&manifest, verified), (&manifest, missing)];
    let here = bench.folder.path().display().to_string();
    let shown = |form| render(form, &rows).replace(&here, "HERE");
    expect![[r#"
        Classes of the training split in per cent of its tokens, beside the WeLT paper's Table 1

        corpus      O  paper      B  paper      I  paper  state
        a       50.00  50.00  25.00  25.00  25.00  25.00  verified
        a           -  50.00      -  25.00      -  25.00  missing

        Sentences, beside the WeLT paper's Table 11, which has one more for a file that ends with an empty line

        corpus  train  paper  dev  paper  test  paper  state
        a           2      3    1      2     1      2  verified
        a           -      3    -      2     -      2  missing

        What is in the splits

        corpus  split  sentences  tokens  entities  O  B  I
        a       train          2       4         1  2  1  1
        a       dev            1       1         0  1  0  0
        a       test           1       1         1  0  1  0

        What is not as expected

        - a missing: Files: put https://a.invalid/data/train.tsv at HERE/from/a/train.tsv
        - a missing: Files: put https://a.invalid/data/devel.tsv at HERE/from/a/dev.tsv
        - a missing: Files: put https://a.invalid/data/test.tsv at HERE/from/a/test.tsv
    "#]]
    .assert_eq(&shown(Form::Text));
    expect![[r#"
        dataset,split,state,sentences,paper_sentences,tokens,entities,O,B,I,O_percent,paper_O_percent,B_percent,paper_B_percent,I_percent,paper_I_percent
        a,train,verified,2,3,4,1,2,1,1,50.00,50.00,25.00,25.00,25.00,25.00
        a,dev,verified,1,2,1,0,1,0,0,100.00,,0.00,,0.00,
        a,test,verified,1,2,1,1,0,1,0,0.00,,100.00,,0.00,
        a,train,missing,,3,,,,,,,50.00,,25.00,,25.00
        a,dev,missing,,2,,,,,,,,,,,
        a,test,missing,,2,,,,,,,,,,,
    "#]].assert_eq(&shown(Form::Csv));
    let markdown = shown(Form::Markdown);
    expect![[r#"
        Classes of the training split in per cent of its tokens, beside the WeLT paper's Table 1

        | corpus |     O | paper |     B | paper |     I | paper | state    |
        | ------ | ----: | ----: | ----: | ----: | ----: | ----: | -------- |
        | a      | 50.00 | 50.00 | 25.00 | 25.00 | 25.00 | 25.00 | verified |
        | a      |     - | 50.00 |     - | 25.00 |     - | 25.00 | missing  |"#]]
    .assert_eq(&markdown.lines().take(6).collect::<Vec<_>>().join("\n"));
    let json: serde_json::Value = serde_json::from_str(&shown(Form::Json)).unwrap();
    assert_eq!(json[0]["counts"]["train"]["tokens"], 4);
    assert_eq!(json[1]["state"], "missing");
}
