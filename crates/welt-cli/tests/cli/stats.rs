//! `welt stats` on files small enough to count by hand.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::folder::{Bench, finish};

/// Two files: in the first, `renal failure` is an entity twice and untagged once, and `pain` has two types.
fn bench() -> Bench {
    let bench = Bench::new();
    let write = |name: &str, text: &str| bench.write(name, text.replace(' ', "\t").replace('/', "\n"));
    write(
        "gold.tsv",
        "no O/renal B-Disease/failure I-Disease/today O//pain B-Drug//renal B-Disease/failure I-Disease/and O/pain B-Disease//renal O/failure O//",
    );
    write("dev.tsv", "no O/pain B-Disease/of O/gout B-Disease//");
    bench
}

#[track_caller]
fn check(flags: &str, expected: &Expect) {
    expected.assert_eq(&bench().run(&format!("stats {flags} --quiet")).succeeded());
}

#[test]
fn one_file_is_a_row() {
    check(
        "gold.tsv",
        &expect![[r#"
        Sentences, words, entities and shares of tags
        file      sentences  words  entities    O %    B %    I %  longest  > 128  imbalance
        gold.tsv          4     11         4  45.45  36.36  18.18        4      0       5.00
    "#]],
    );
}

#[test]
fn what_training_does_not_have_is_counted_where_there_is_training() {
    check(
        "gold.tsv dev.tsv",
        &expect![[r#"
        Sentences, words, entities and shares of tags; unseen: mentions that gold does not have
        file      sentences  words  entities    O %    B %    I %  longest  > 128  imbalance  unseen %
        gold.tsv          4     11         4  45.45  36.36  18.18        4      0       5.00
        dev.tsv           1      4         2  50.00  50.00   0.00        4      0       1.00     50.00
    "#]],
    );
    check(
        "dev.tsv gold.tsv --train gold.tsv --unseen --digits 0",
        &expect![[r#"
            Sentences, words, entities and shares of tags; unseen: mentions that gold does not have
            file      sentences  words  entities  O %  B %  I %  longest  > 128  imbalance  unseen %
            dev.tsv           1      4         2   50   50    0        4      0          1        50
            gold.tsv          4     11         4   45   36   18        4      0          5         0

            Words, mentions, distinct mentions and words of mentions that gold does not have
            file  words  words %  mentions  mentions %  distinct  distinct %  mention words  mention words %
            dev       2       50         1          50         1          50              1               50
            gold      0        0         0           0         0           0              0                0
        "#]],
    );
    let ran = bench().run("stats dev.tsv --unseen");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    expect![[r#"
        error: --unseen needs training to hold the file against: name a second file, or training files with --train
    "#]]
    .assert_eq(&ran.err);
}

#[test]
fn details_are_shown_where_they_are_asked_for() {
    check(
        "gold.tsv dev.tsv --classes --mentions --ambiguous 1 --histogram --digits 1",
        &expect![[r#"
            Sentences, words, entities and shares of tags; unseen: mentions that gold does not have
            file      sentences  words  entities   O %   B %   I %  longest  > 128  imbalance  unseen %
            gold.tsv          4     11         4  45.5  36.4  18.2        4      0        5.0
            dev.tsv           1      4         2  50.0  50.0   0.0        4      0        1.0      50.0

            Words of each tag
            tag        gold  gold %  dev  dev %
            B-Disease     3    27.3    2   50.0
            B-Drug        1     9.1    0    0.0
            I-Disease     2    18.2    0    0.0
            O             5    45.5    2   50.0

            Entities of each type
            type     gold  gold %  dev  dev %
            Disease     3    75.0    2  100.0
            Drug        1    25.0    0    0.0

            Mentions, and distinct ones: of several types, here and there untagged, and either of both
            file  mentions  distinct  several types  untagged  either  words  median  longest
            gold         4         2              1         1       2    1.5       1        2
            dev          2         2              0         0       0    1.0       1        1

            Mentions by their number of words, in per cent
            file      1     2    3    4    5  > 5
            gold   50.0  50.0  0.0  0.0  0.0  0.0
            dev   100.0   0.0  0.0  0.0  0.0  0.0

            gold: ambiguous mentions (1 of 2), and how often they are what
            mention  untagged  Disease  Drug
            pain            0        1     1

            dev: ambiguous mentions (0 of 0), and how often they are what
            mention  untagged

            gold: sentences by their number of words: mean 2.75, median 2
            1 ██████████████████████████████████████ 1
            2 ██████████████████████████████████████ 1
            3 0
            4 ████████████████████████████████████████████████████████████████████████████ 2

            dev: sentences by their number of words: mean 4.00, median 4
            4 ████████████████████████████████████████████████████████████████████████████ 1
        "#]],
    );
    check(
        "gold.tsv dev.tsv --histogram --lengths mentions --digits 0 --format markdown",
        &expect![[r#"
        Sentences, words, entities and shares of tags; unseen: mentions that gold does not have

        | file     | sentences | words | entities | O % | B % | I % | longest | > 128 | imbalance | unseen % |
        | -------- | --------: | ----: | -------: | --: | --: | --: | ------: | ----: | --------: | -------: |
        | gold.tsv |         4 |    11 |        4 |  45 |  36 |  18 |       4 |     0 |         5 |          |
        | dev.tsv  |         1 |     4 |        2 |  50 |  50 |   0 |       4 |     0 |         1 |       50 |

        mentions by their number of words

        | words | gold | dev |
        | ----- | ---: | --: |
        | 1     |    2 |   2 |
        | 2     |    2 |   0 |
    "#]],
    );
}

#[test]
fn tables_for_papers_and_programs() {
    check(
        "gold.tsv --digits 1 --format latex",
        &expect![[r#"
            % Sentences, words, entities and shares of tags
            \begin{tabular}{lrrrrrrrrr}
            \toprule
            file & sentences & words & entities & O \% & B \% & I \% & longest & \textgreater{} 128 & imbalance \\
            \midrule
            gold.tsv & 4 & 11 & 4 & 45.5 & 36.4 & 18.2 & 4 & 0 & 5.0 \\
            \bottomrule
            \end{tabular}
        "#]],
    );
    check(
        "dev.tsv --format csv",
        &expect![[r#"
        table,row,column,value,row_kind,column_kind
        counts,dev.tsv,sentences,1,file,measure
        counts,dev.tsv,words,4,file,measure
        counts,dev.tsv,entities,2,file,measure
        counts,dev.tsv,O %,50,file,measure
        counts,dev.tsv,B %,50,file,measure
        counts,dev.tsv,I %,0,file,measure
        counts,dev.tsv,longest,4,file,measure
        counts,dev.tsv,> 128,0,file,measure
        counts,dev.tsv,imbalance,1,file,measure
    "#]],
    );
}

#[test]
fn json_has_everything_in_one_line_a_file() {
    let bench = bench();
    let lines = |flags: &str| -> Vec<Value> {
        let text = bench.run(&format!("stats --format json {flags}")).succeeded();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let [first, second] = &lines("gold.tsv dev.tsv")[..] else { panic!("not two lines") };
    assert_eq!((&first["statistics"]["entities"], &first["tag_column"]), (&json!(4), &json!(2)));
    assert_eq!(first["classes"]["tags"], json!({ "B-Disease": 3, "B-Drug": 1, "I-Disease": 2, "O": 5 }));
    assert_eq!((&first["imbalance"], &first["unseen"], &first["training"]), (&json!(5.0), &Value::Null, &Value::Null));
    assert_eq!(first["sentence_lengths"], json!({ "mean": 2.75, "median": 2, "counts": { "1": 1, "2": 1, "4": 2 } }));
    assert_eq!((&first["mentions"]["n_ambiguous"], first["mentions"].get("ambiguous")), (&json!(2), None));
    assert_eq!((&second["unseen"]["unseen_mentions"], &second["training"]), (&json!(1), &json!("gold")));
    let ambiguous = json!([{ "text": "pain", "types": { "Disease": 1, "Drug": 1 }, "untagged": 0 }]);
    assert_eq!(lines("gold.tsv --ambiguous 1")[0]["mentions"]["ambiguous"], ambiguous);
}

#[test]
fn a_drawing_is_all_there_or_not_at_all() {
    let bench = bench();
    let before = bench.names();
    let plain = bench.run("stats gold.tsv dev.tsv").succeeded();
    assert_eq!(bench.run("stats gold.tsv dev.tsv --svg lengths.svg").succeeded(), plain);
    let svg = bench.read("lengths.svg");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    assert!(svg.contains("<title>sentences by their number of words: gold, dev</title>"), "{svg}");
    assert!(svg.contains("<title>4: 3</title>"), "{svg}");
    assert_eq!(bench.names().len(), before.len() + 1);
    expect![[r#"
        $ welt stats gold.tsv missing.tsv --svg new.svg
        error: missing.tsv: cannot be read: No such file or directory (os error 2); expected a file to read, check the path
        $ welt stats gold.tsv --svg encoder
        error: encoder: is a folder: name a file in it with --svg
        $ welt stats gold.tsv --svg missing/new.svg
        error: missing/new.svg: cannot be written: No such file or directory (os error 2); name a file in a folder that takes it with --svg
    "#]].assert_eq(&bench.refusals(&[
        "stats gold.tsv missing.tsv --svg new.svg",
        "stats gold.tsv --svg encoder",
        "stats gold.tsv --svg missing/new.svg",
    ]));
}

#[test]
fn documents_are_counted_as_what_convert_makes_of_them() {
    let bench = Bench::new();
    let text = "1|t|Gout and flu. No cure.\n1\t0\t4\tGout\tDisease\n1\t9\t12\tflu\tDisease\n\n2|t|No.\n\n";
    bench.write("two.pubtator", text);
    let counts = |line: &str| {
        let all = finish(&mut bench.shell(line)).succeeded();
        let line: Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
        (line["statistics"].clone(), line["classes"].clone(), line["layout"].clone())
    };
    assert_eq!(bench.run("convert two.pubtator --output two.tsv --quiet").succeeded(), "");
    let (statistics, classes, layout) = counts("\"$WELT\" stats two.tsv --format json --quiet");
    assert_eq!((&statistics["sentences"], &statistics["entities"]), (&json!(3), &json!(2)));
    assert_ne!(layout, Value::Null);
    for line in [
        "\"$WELT\" stats two.pubtator",
        "cat two.pubtator | \"$WELT\" stats -",
        "cat two.pubtator | \"$WELT\" stats - --from pubtator",
    ] {
        assert_eq!(
            counts(&format!("{line} --format json --quiet")),
            (statistics.clone(), classes.clone(), Value::Null),
            "{line}"
        );
    }
}
