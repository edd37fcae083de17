//! A handful of values that seqeval 1.2.2 itself gave, one small corpus a scheme, so that this crate is tested wherever it is built.

use expect_test::{Expect, expect};
use welt_tags::{Notation, Scheme};

use crate::ZeroDivision;
use crate::seqeval::{Mode, Options, evaluate};

fn rows(sentences: &str) -> Vec<Vec<&str>> {
    sentences.split(" / ").map(|sentence| sentence.split(' ').collect()).collect()
}

/// `sentences` holds gold and prediction; `expected` is the report with so many digits.
fn check(options: impl Into<Options>, sentences: [&str; 2], accuracy: f64, digits: u8, expected: &Expect) {
    let [gold, predicted] = sentences.map(rows);
    let report = evaluate(&gold, &predicted, options).unwrap();
    assert_eq!(report.accuracy, Some(accuracy));
    expected.assert_eq(&report.to_text(digits));
}

#[test]
fn a_false_positive_lowers_the_precision_alone() {
    let sentences =
        ["O O O / O / O O / O O I-MISC I-MISC / O / O O O", "O O O / O / O I-Gene / O O I-MISC I-MISC / O / O O O"];
    check(
        Mode::Strict(Scheme::Iob1),
        sentences,
        13.0 / 14.0,
        4,
        &expect![[r#"
                      precision    recall  f1-score   support

                Gene     0.0000    0.0000    0.0000         0
                MISC     1.0000    1.0000    1.0000         1

           micro avg     0.5000    1.0000    0.6667         1
           macro avg     0.5000    0.5000    0.5000         1
        weighted avg     1.0000    1.0000    1.0000         1
    "#]],
    );
}

#[test]
fn iob2_without_orphans_is_the_same_in_both_modes() {
    let sentences = [
        "B-Chemical I-Chemical O / O / B-Chemical B-Species I-Species O",
        "B-Chemical I-Chemical B-Species / B-PER / B-Chemical B-Species B-Species I-Species",
    ];
    check(
        Mode::Default,
        sentences,
        4.0 / 8.0,
        3,
        &expect![[r#"
                      precision    recall  f1-score   support

            Chemical      1.000     1.000     1.000         2
                 PER      0.000     0.000     0.000         0
             Species      0.000     0.000     0.000         1

           micro avg      0.333     0.667     0.444         3
           macro avg      0.333     0.333     0.333         3
        weighted avg      0.667     0.667     0.667         3
    "#]],
    );
    check(
        Mode::Strict(Scheme::Iob2),
        sentences,
        4.0 / 8.0,
        3,
        &expect![[r#"
                      precision    recall  f1-score   support

            Chemical      1.000     1.000     1.000         2
                 PER      0.000     0.000     0.000         0
             Species      0.000     0.000     0.000         1

           micro avg      0.333     0.667     0.444         3
           macro avg      0.333     0.333     0.333         3
        weighted avg      0.667     0.667     0.667         3
    "#]],
    );
}

#[test]
fn ioe1_is_read_strictly() {
    let sentences = ["O O / O O I-PER I-PER / O I-LOC I-LOC", "I-PER O / I-PER I-PER I-PER I-PER / O I-LOC I-LOC"];
    check(
        Mode::Strict(Scheme::Ioe1),
        sentences,
        6.0 / 9.0,
        2,
        &expect![[r#"
                      precision    recall  f1-score   support

                 LOC       1.00      1.00      1.00         1
                 PER       0.00      0.00      0.00         1

           micro avg       0.33      0.50      0.40         2
           macro avg       0.50      0.50      0.50         2
        weighted avg       0.50      0.50      0.50         2
    "#]],
    );
}

#[test]
fn a_truncated_entity_is_missed_when_strict() {
    let sentences = ["O I-ORG E-ORG I-MISC E-MISC", "O I-ORG E-ORG O E-MISC"];
    check(
        Mode::Default,
        sentences,
        4.0 / 5.0,
        4,
        &expect![[r#"
                      precision    recall  f1-score   support

                MISC     0.0000    0.0000    0.0000         1
                 ORG     1.0000    1.0000    1.0000         1

           micro avg     0.5000    0.5000    0.5000         2
           macro avg     0.5000    0.5000    0.5000         2
        weighted avg     0.5000    0.5000    0.5000         2
    "#]],
    );
    check(
        Mode::Strict(Scheme::Ioe2),
        sentences,
        4.0 / 5.0,
        4,
        &expect![[r#"
                      precision    recall  f1-score   support

                MISC     0.0000    0.0000    0.0000         1
                 ORG     1.0000    1.0000    1.0000         1

           micro avg     0.5000    0.5000    0.5000         2
           macro avg     0.5000    0.5000    0.5000         2
        weighted avg     0.5000    0.5000    0.5000         2
    "#]],
    );
}

#[test]
fn letters_may_stand_behind_types() {
    let sentences = ["LOC-B LOC-E O O / LOC-B LOC-I LOC-E MISC-S", "LOC-S O O O / LOC-B LOC-I LOC-E MISC-S"];
    check(
        Options { mode: Mode::Strict(Scheme::Iobes), notation: Notation::Suffix, zero_division: ZeroDivision::One },
        sentences,
        6.0 / 8.0,
        4,
        &expect![[r#"
                      precision    recall  f1-score   support

                 LOC     0.5000    0.5000    0.5000         2
                MISC     1.0000    1.0000    1.0000         1

           micro avg     0.6667    0.6667    0.6667         3
           macro avg     0.7500    0.7500    0.7500         3
        weighted avg     0.6667    0.6667    0.6667         3
    "#]],
    );
}

#[test]
fn bilou_is_misread_in_default_mode() {
    let sentences = [
        "B-MISC L-MISC / B-Chemical L-Chemical U-Gene O / U-MISC",
        "L-MISC L-MISC / B-Chemical L-Chemical U-MISC L-MISC / U-Chemical",
    ];
    check(
        Mode::Default,
        sentences,
        3.0 / 7.0,
        2,
        &expect![[r#"
                      precision    recall  f1-score   support

            Chemical       0.50      1.00      0.67         1
                Gene       0.00      0.00      0.00         1
                MISC       0.50      0.50      0.50         2

           micro avg       0.50      0.50      0.50         4
           macro avg       0.33      0.50      0.39         4
        weighted avg       0.38      0.50      0.42         4
    "#]],
    );
    check(
        Mode::Strict(Scheme::Bilou),
        sentences,
        3.0 / 7.0,
        2,
        &expect![[r#"
                      precision    recall  f1-score   support

            Chemical       0.50      1.00      0.67         1
                Gene       0.00      0.00      0.00         1
                MISC       0.00      0.00      0.00         2

           micro avg       0.33      0.25      0.29         4
           macro avg       0.17      0.33      0.22         4
        weighted avg       0.12      0.25      0.17         4
    "#]],
    );
}
