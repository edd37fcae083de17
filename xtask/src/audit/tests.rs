//! The checks on numbers that were counted by hand, and on the committed ones.

use std::fs;

use expect_test::{Expect, expect, expect_file};

use super::published::{Counted, Paper, corpora, worked};
use super::*;

/// Two rows of five methods: dataset, model, then precision, recall and F1 of each method; what is odd about them is said above each.
const TINY: [&str; 2] = [
    // Of 10 test entities each: vanilla and ens-0.5 have 4 right of 8; ens-0.9 has 4 of 7, whose F1 of 8 / 17 is cut off;
    // ins has an F1 that 80 and 40 do not give.
    "a BioX vanilla 50.00 40.00 44.44, ens-0.5 50.00 40.00 44.44, ens-0.9 57.14 40.00 47.05, ins 80.00 40.00 60.00, \
     welt 50.00 50.00 50.00",
    // vanilla stands in the row above, too, and so does ens-0.9; welt's recall is no number of tenths; ins is out of range.
    // vanilla's equals lie 10 points apart, so that the row is set aside.
    "b BioX vanilla 50.00 40.00 44.44, ens-0.5 40.00 40.00 40.00, ens-0.9 50.00 50.00 50.00, ins 101.00 0.00 0.00, \
     welt 55.00 55.00 55.00",
];

const CORPORA: &str = "dataset,paper_name,O,B,I,train,dev,test\n\
                       a,A,80.00,10.00,10.00,1001,11,11\n\
                       b,B,70.00,20.00,10.00,1000,10,10\n";

const WORKED: &str = "class,count,weight,softmax,softmax_other_reading\n\
                      O,800,0.20,0.1989,0.9\nB,100,0.90,0.4005,0.3\nI,100,0.90,0.4005,0.3\ntotal,1000,,,\n";

fn tiny() -> Paper {
    let mut results = "table,dataset,model,scheme,metric,value\n".to_owned();
    for row in TINY {
        let (dataset, row) = row.split_once(' ').unwrap();
        let (model, cells) = row.split_once(' ').unwrap();
        for cell in cells.split(", ") {
            let fields: Vec<&str> = cell.split_whitespace().collect();
            for (metric, value) in ["precision", "recall", "f1"].iter().zip(&fields[1..]) {
                results.push_str(&format!("2,{dataset},{model},{},{metric},{value}\n", fields[0]));
            }
        }
    }
    for scheme in ["vanilla", "ens-0.5", "ens-0.9", "ins", "welt"] {
        // In Table 10 all methods are equal.
        results.push_str(&format!("10,a,BioX,{scheme},seqeval_strict_f1,44.44\n"));
        results.push_str(&format!("10,a,BioX,{scheme},faireval_fair_f1,44.00\n"));
    }
    let mut corpora = corpora(CORPORA).unwrap();
    for corpus in &mut corpora {
        let counted = Counted { sentences: [1000, 10, 10], classes: [8000, 1000, 1000], test_entities: 10 };
        corpus.counted = Some(counted);
    }
    Paper::new(&results, corpora, worked(WORKED).unwrap()).unwrap()
}

/// The figures of one check, a line each.
fn figures(paper: &Paper, name: &str) -> String {
    let found = findings(paper, &[name.to_owned()]).unwrap();
    found[0].figures.iter().map(|figure| format!("{figure}\n")).collect()
}

fn check_tiny(name: &str, expected: &Expect) {
    expected.assert_eq(&figures(&tiny(), name));
}

fn check_paper(name: &str, expected: &Expect) {
    expected.assert_eq(&figures(&committed(), name));
}

fn committed() -> Paper {
    read(&crate::workspace_root()).unwrap()
}

#[test]
fn identical_of_a_tiny_table() {
    check_tiny(
        "identical",
        &expect![[r#"
            rows (corpus and encoder): 2
            cells: 10
            pairs of identical cells in one row: 1
            most rows in which one method equals vanilla: 1
        "#]],
    );
}

#[test]
fn repeated_of_a_tiny_table() {
    check_tiny(
        "repeated",
        &expect![[r#"
            distinct triples: 7
            triples in more than one row: 2
        "#]],
    );
}

#[test]
fn impossible_of_a_tiny_table() {
    check_tiny(
        "impossible",
        &expect![[r#"
            cells: 10
            cells with a value below 0 or above 100: 1
            cells whose F1 is not the harmonic mean if scores were rounded: 1
            cells whose F1 is not the harmonic mean if digits were cut off: 1
            cells whose F1 is not the harmonic mean either way: 1
        "#]],
    );
}

#[test]
fn counting_of_a_tiny_table() {
    check_tiny(
        "counting",
        &expect![[r#"
            cells of corpora whose test entities are counted: 10
            cells that are ratios of whole numbers if digits were cut off: 7
            cells that are ratios of whole numbers if scores were rounded: 6
            cells that are not if digits were cut off: 3
        "#]],
    );
}

// Of ten pairs one is equal in both tables.
#[test]
fn two_tables_of_a_tiny_table() {
    check_tiny(
        "two-tables",
        &expect![[r#"
            cells of Table 10 that Table 2 also has: 5
            cells that differ by more than a tenth of a point: 3
            pairs of methods that are equal in one table alone: 9
        "#]],
    );
}

#[test]
fn equal_loss_of_a_tiny_table() {
    check_tiny(
        "equal-loss",
        &expect![[r#"
            methods with vanilla's loss on every corpus: 2
            corpora whose classes are bounded from Tables 1 and 11 alone: 0
        "#]],
    );
}

// Of the row kept, 47.05 - 44.44 alone is a difference of two runs.
#[test]
fn noise_of_a_tiny_table() {
    check_tiny(
        "noise",
        &expect![[r#"
            rows: 2
            rows set aside, whose equal methods lie more than 5 F1 apart: 1
            largest distance in a row that is kept: 2.61
            differences to vanilla in the rows kept, identical cells left out: 1
            their mean: 2.610
            their standard deviation: 0.000
            median of their size: 2.610
            noise floor: 95 % of their sizes are below: 2.610
            largest of their sizes: 2.61
        "#]],
    );
}

#[test]
fn improvements_of_a_tiny_table() {
    check_tiny(
        "improvements",
        &expect![[r#"
            rows kept: 1
            standard deviation of equal methods: 0.000
            noise floor: 2.610
            largest difference of equal methods: 2.61
            ins: improvements over vanilla: 1
            ins: above the noise floor: 1
            ins: above the largest difference of equal methods in its corpus: 1
            welt: improvements over vanilla: 1
            welt: above the noise floor: 1
            welt: above the largest difference of equal methods in its corpus: 1
            ens-0.5: improvements over vanilla: 0
            ens-0.5: above the noise floor: 0
            ens-0.5: above the largest difference of equal methods in its corpus: 0
            ens-0.9: improvements over vanilla: 1
            ens-0.9: above the noise floor: 0
            ens-0.9: above the largest difference of equal methods in its corpus: 0
        "#]],
    );
}

// Two throws of a coin are never significant.
#[test]
fn significance_of_a_tiny_table() {
    check_tiny(
        "significance",
        &expect![[r#"
            rows: 2
            comparisons in the family: 8
            comparisons of equal methods among them: 2
            equal methods that differ from vanilla at 0.05 by the sign test, unadjusted: 0
            welt above vanilla, rows: 2
            welt - vanilla, sign test after Holm: 1.0000
            welt above ens-0.5, rows: 2
            welt - ens-0.5, sign test after Holm: 1.0000
            welt above ens-0.9, rows: 2
            welt - ens-0.9, sign test after Holm: 1.0000
        "#]],
    );
}

// Vanilla is below the best of one other run in the first row and of two in the second: 1/2 + 2/3 rows, and 1/2 * 2/3 for both.
#[test]
fn best_of_three_of_a_tiny_table() {
    check_tiny(
        "best-of-three",
        &expect![[r#"
            rows: 2
            rows in which the best of vanilla's equals is above vanilla: 2
            rows expected if all were equal runs, copies of vanilla not counted: 1.17
            chance of so many or more: 0.3333
            median gain of the best of vanilla's equals: 4.085
            median gain of welt: 8.060
        "#]],
    );
}

#[test]
fn ranks_of_a_tiny_table() {
    check_tiny(
        "ranks",
        &expect![[r#"
            rows: 2
            rows whose best method, or one of them, has vanilla's loss: 0
            rows in which welt is best: 1
        "#]],
    );
}

#[test]
fn label_order_of_a_tiny_table() {
    check_tiny(
        "label-order",
        &expect![[r#"
            ins: rows with lower recall than vanilla: 1
            ins: rows with higher precision than vanilla: 2
            welt: rows with lower recall than vanilla: 0
            welt: rows with higher precision than vanilla: 1
        "#]],
    );
}

// 8000, 1000 and 1000 of 10000 are the shares of the first corpus alone, which has one sentence less in each split than printed.
#[test]
fn corpora_of_a_tiny_table() {
    check_tiny(
        "corpora",
        &expect![[r#"
            corpora: 2
            corpora with counts of classes and sentences: 2
            rows of Table 1 that the counts give: 1
            rows of Table 1 that add up to 100.00: 2
            corpora with one sentence more in Table 11 in every split: 1
            corpora with the same number in every split: 1
        "#]],
    );
}

#[test]
fn worked_example_of_a_tiny_table() {
    check_tiny(
        "worked-example",
        &expect![[r#"
            sum of the printed classes less the printed total: 0
            sum of the printed softmax: 1.00
            sum of its other reading, 0.9 for O: 1.50
            candidates that give the printed softmax: 1
            candidates that give equation 1 only with B and I swapped: 0
        "#]],
    );
}

#[test]
fn the_paper_s_cells() {
    check_paper(
        "identical",
        &expect![[r#"
            rows (corpus and encoder): 40
            cells: 280
            pairs of identical cells in one row: 32
            most rows in which one method equals vanilla: 28
        "#]],
    );
    check_paper(
        "repeated",
        &expect![[r#"
            distinct triples: 245
            triples in more than one row: 4
        "#]],
    );
    check_paper(
        "impossible",
        &expect![[r#"
            cells: 280
            cells with a value below 0 or above 100: 0
            cells whose F1 is not the harmonic mean if scores were rounded: 1
            cells whose F1 is not the harmonic mean if digits were cut off: 1
            cells whose F1 is not the harmonic mean either way: 1
        "#]],
    );
    check_paper(
        "counting",
        &expect![[r#"
            cells of corpora whose test entities are counted: 245
            cells that are ratios of whole numbers if digits were cut off: 243
            cells that are ratios of whole numbers if scores were rounded: 38
            cells that are not if digits were cut off: 2
        "#]],
    );
    check_paper(
        "two-tables",
        &expect![[r#"
            cells of Table 10 that Table 2 also has: 35
            cells that differ by more than a tenth of a point: 10
            pairs of methods that are equal in one table alone: 5
        "#]],
    );
}

#[test]
fn the_paper_s_noise() {
    check_paper(
        "equal-loss",
        &expect![[r#"
            methods with vanilla's loss on every corpus: 3
            corpora whose classes are bounded from Tables 1 and 11 alone: 1
        "#]],
    );
    check_paper(
        "noise",
        &expect![[r#"
            rows: 40
            rows set aside, whose equal methods lie more than 5 F1 apart: 4
            largest distance in a row that is kept: 3.95
            differences to vanilla in the rows kept, identical cells left out: 80
            their mean: 0.442
            their standard deviation: 0.945
            median of their size: 0.360
            noise floor: 95 % of their sizes are below: 2.130
            largest of their sizes: 3.95
        "#]],
    );
    check_paper(
        "improvements",
        &expect![[r#"
            rows kept: 36
            standard deviation of equal methods: 0.945
            noise floor: 2.130
            largest difference of equal methods: 3.95
            ins: improvements over vanilla: 4
            ins: above the noise floor: 0
            ins: above the largest difference of equal methods in its corpus: 0
            isns: improvements over vanilla: 12
            isns: above the noise floor: 0
            isns: above the largest difference of equal methods in its corpus: 0
            welt: improvements over vanilla: 36
            welt: above the noise floor: 2
            welt: above the largest difference of equal methods in its corpus: 4
            ens-0.3: improvements over vanilla: 25
            ens-0.3: above the noise floor: 2
            ens-0.3: above the largest difference of equal methods in its corpus: 0
            ens-0.5: improvements over vanilla: 8
            ens-0.5: above the noise floor: 1
            ens-0.5: above the largest difference of equal methods in its corpus: 0
            ens-0.9: improvements over vanilla: 27
            ens-0.9: above the noise floor: 1
            ens-0.9: above the largest difference of equal methods in its corpus: 0
        "#]],
    );
}

#[test]
fn the_paper_s_tests() {
    check_paper(
        "significance",
        &expect![[r#"
            rows: 40
            comparisons in the family: 15
            comparisons of equal methods among them: 3
            equal methods that differ from vanilla at 0.05 by the sign test, unadjusted: 2
            welt above vanilla, rows: 40
            welt - vanilla, sign test after Holm: 2.7e-11
            welt above ens-0.3, rows: 30
            welt - ens-0.3, sign test after Holm: 0.0200
            welt above ens-0.5, rows: 36
            welt - ens-0.5, sign test after Holm: 2.6e-6
            welt above ens-0.9, rows: 30
            welt - ens-0.9, sign test after Holm: 0.0200
        "#]],
    );
    check_paper(
        "best-of-three",
        &expect![[r#"
            rows: 40
            rows in which the best of vanilla's equals is above vanilla: 36
            rows expected if all were equal runs, copies of vanilla not counted: 27.17
            chance of so many or more: 0.0010
            median gain of the best of vanilla's equals: 0.425
            median gain of welt: 0.455
        "#]],
    );
    check_paper(
        "ranks",
        &expect![[r#"
            rows: 40
            rows whose best method, or one of them, has vanilla's loss: 15
            rows in which welt is best: 24
        "#]],
    );
}

#[test]
fn the_paper_s_corpora() {
    check_paper(
        "label-order",
        &expect![[r#"
            ins: rows with lower recall than vanilla: 37
            ins: rows with higher precision than vanilla: 29
            isns: rows with lower recall than vanilla: 31
            isns: rows with higher precision than vanilla: 26
            welt: rows with lower recall than vanilla: 16
            welt: rows with higher precision than vanilla: 35
        "#]],
    );
    check_paper(
        "corpora",
        &expect![[r#"
            corpora: 8
            corpora with counts of classes and sentences: 7
            rows of Table 1 that the counts give: 6
            rows of Table 1 that add up to 100.00: 8
            corpora with one sentence more in Table 11 in every split: 5
            corpora with the same number in every split: 2
        "#]],
    );
    check_paper(
        "worked-example",
        &expect![[r#"
            words of the example for each word of the corpus: 43.12
            sum of the printed classes less the printed total: 0
            sum of the printed softmax: 1.00
            sum of its other reading, 0.4167 for O: 1.20
            candidates that give the printed softmax: 1
            candidates that give equation 1 only with B and I swapped: 1
        "#]],
    );
}

/// What stands between the markers of `docs/paper/audit.md` is what the command prints; `UPDATE_EXPECT=1` writes it there.
#[test]
fn the_document_has_the_numbers_that_the_command_prints() {
    let path = crate::workspace_root().join("docs/paper/audit.md").canonicalize().unwrap();
    let found = findings(&committed(), &[]).unwrap();
    let mut text = fs::read_to_string(&path).unwrap();
    let blocks = found.iter().map(|finding| (begin(finding.name), block(finding)));
    for (begin, block) in blocks.chain([(SUMMARY.to_owned(), summary(&found))]) {
        assert_eq!(text.matches(&begin).count(), 1, "expected one place that begins with\n{begin}");
        let start = text.find(&begin).unwrap();
        let length = text[start..].find(END).expect("an end") + END.len() + 1;
        text.replace_range(start..start + length, &block);
    }
    expect_file![path].assert_eq(&text);
}

#[test]
fn all_formats_have_all_numbers() {
    let found = findings(&committed(), &["noise".to_owned(), "ranks".to_owned()]).unwrap();
    for format in [Format::Text, Format::Markdown] {
        let text = render(&found, format);
        for figure in found.iter().flat_map(|finding| &finding.figures) {
            assert!(text.contains(&figure.to_string()), "{format:?}: {figure}");
        }
    }
    let json: Value = serde_json::from_str(&render(&found, Format::Json)).unwrap();
    assert_eq!(json[1]["figures"][0], serde_json::json!({"name": "rows", "value": 40.0}));
    assert_eq!(json[1]["tables"][1]["rows"].as_array().unwrap().len(), 8);
}

fn check_error(results: &str, expected: &Expect) {
    let error = Paper::new(results, corpora(CORPORA).unwrap(), worked(WORKED).unwrap()).unwrap_err();
    expected.assert_eq(&format!("{error:#}"));
}

#[test]
fn broken_tables_are_named() {
    let header = "table,dataset,model,scheme,metric,value\n";
    check_error(header, &expect!["there is no vanilla, expected one"]);
    check_error(&format!("{header}2,a,BioX,vanilla,f1\n"), &expect!["line 2: 5 fields, expected 6"]);
    check_error(&format!("{header}2,a,BioX,vanilla,f1,4x\n"), &expect!["`4x`, expected a number"]);
    check_error(
        &format!("{header}2,a,BioX,vanilla,f1,44.444\n"),
        &expect!["`44.444`, expected a number with at most two decimals"],
    );
    check_error(
        &format!("{header}2,a,BioX,vanilla,f1,44\n2,a,BioX,vanilla,f1,45\n"),
        &expect!["a, BioX: vanilla has two values of f1, expected one"],
    );
    check_error(
        &format!("{header}2,a,BioX,vanilla,f1,44\n"),
        &expect!["a, BioX: vanilla has no precision, expected one"],
    );
    check_error(
        &format!("{header}2,a,BioX,vanilla,f1,44\n2,a,BioX,wlet,f1,44\n"),
        &expect![
            "`wlet` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt"
        ],
    );
    expect!["expected rows for O, B, I and total"]
        .assert_eq(&format!("{:#}", worked("class,count,weight,softmax,other\nB,1,1,1,1\n").unwrap_err()));
}
