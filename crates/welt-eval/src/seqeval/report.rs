//! The scores of a corpus as seqeval reports them, in fields and as text.
//! Counts in, ratios and a table out; the table is seqeval's byte for byte.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use welt_tags::Chunking;

use crate::table::{widest, write_counts, write_headings, write_name, write_ratios};
use crate::{Average, Counts, Scores, Tally, TokenCounts, ZeroDivision};

/// The scores of a corpus, with the counts that they are views of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How the entities were read; a detected scheme stands here.
    pub chunking: Chunking,
    /// The scores of each type that occurs in gold or prediction, in code-point order.
    pub per_type: BTreeMap<String, Scores>,
    /// The scores of all entities together.
    pub micro: Scores,
    /// The mean over types; NaN (`null` in JSON) where there are none.
    #[serde(rename = "macro")]
    pub macro_average: Scores,
    /// The mean over types by their number of gold entities.
    pub weighted: Scores,
    /// The share of words whose tags agree; nothing where there are no words.
    pub accuracy: Option<f64>,
    /// The entities of each type.
    pub counts: BTreeMap<String, Counts>,
    /// The words.
    pub token_counts: TokenCounts,
}

impl Report {
    /// The scores of what was counted.
    #[must_use]
    pub fn new(chunking: Chunking, tally: &Tally, zero_division: ZeroDivision) -> Self {
        let per_type = tally.entities.iter();
        Self {
            chunking,
            per_type: per_type
                .map(|(entity_type, counts)| (entity_type.clone(), counts.scores(zero_division)))
                .collect(),
            micro: tally.scores(Average::Micro, zero_division),
            macro_average: tally.scores(Average::Macro, zero_division),
            weighted: tally.scores(Average::Weighted, zero_division),
            accuracy: tally.tokens.accuracy(),
            counts: tally.entities.clone(),
            token_counts: tally.tokens,
        }
    }

    /// The table that seqeval's `classification_report` prints, with so many digits after the point.
    ///
    /// Without any entity, where seqeval crashes, the rows for types are left out and the macro average is `nan`.
    #[must_use]
    pub fn to_text(&self, digits: u8) -> String {
        format!("{self:.*}", usize::from(digits))
    }
}

/// seqeval's table, with two digits after the point or as many as asked for: `{report:.4}`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let names = self.per_type.keys().map(String::as_str);
        let width = widest(names.chain(["weighted avg"])).max(digits);
        write_name(f, "", width)?;
        write_headings(f, &["precision", "recall", "f1-score", "support"])?;
        writeln!(f, "\n")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, scores: &Scores| {
            write_name(f, name, width)?;
            write_ratios(f, scores, digits)?;
            write_counts(f, &[scores.support])?;
            writeln!(f)
        };
        for (name, scores) in &self.per_type {
            row(f, name, scores)?;
        }
        if !self.per_type.is_empty() {
            writeln!(f)?;
        }
        let averages =
            [("micro avg", &self.micro), ("macro avg", &self.macro_average), ("weighted avg", &self.weighted)];
        for (name, scores) in averages {
            row(f, name, scores)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::{Expect, expect};

    use crate::seqeval::{Mode, evaluate};

    fn check(gold: &[&str], predicted: &[&str], digits: u8, expected: &Expect) {
        let rows = |text: &[&str]| -> Vec<Vec<String>> {
            text.iter().map(|row| row.split(' ').map(str::to_owned).collect()).collect()
        };
        let report = evaluate(&rows(gold), &rows(predicted), Mode::Default).unwrap();
        expected.assert_eq(&report.to_text(digits));
        if digits == 2 {
            assert_eq!(report.to_string(), report.to_text(2));
        }
    }

    #[test]
    fn names_of_any_length_are_aligned() {
        let tag = format!("B-{}", "A".repeat(70_000));
        let report = evaluate(&[[&tag]], &[[&tag]], Mode::Default).unwrap();
        let lengths: BTreeSet<usize> = report.to_text(4).lines().map(str::len).collect();
        assert_eq!(lengths, BTreeSet::from([0, 70_041]));
    }

    #[test]
    fn json_holds_counts_beside_ratios() {
        let report = evaluate(&[["B-A", "B-A"]], &[["B-A", "I-A"]], Mode::StrictDetected).unwrap();
        let expected = expect![[r#"
            {
              "chunking": "strict IOB2",
              "per_type": {
                "A": {
                  "precision": 0.0,
                  "recall": 0.0,
                  "f1": 0.0,
                  "support": 2
                }
              },
              "micro": {
                "precision": 0.0,
                "recall": 0.0,
                "f1": 0.0,
                "support": 2
              },
              "macro": {
                "precision": 0.0,
                "recall": 0.0,
                "f1": 0.0,
                "support": 2
              },
              "weighted": {
                "precision": 0.0,
                "recall": 0.0,
                "f1": 0.0,
                "support": 2
              },
              "accuracy": 0.5,
              "counts": {
                "A": {
                  "true_positives": 0,
                  "predicted": 1,
                  "gold": 2
                }
              },
              "token_counts": {
                "true_positives": 1,
                "false_positives": 1,
                "false_negatives": 0,
                "true_negatives": 0
              }
            }"#]];
        expected.assert_eq(&serde_json::to_string_pretty(&report).unwrap());
    }

    #[test]
    fn without_entities_no_types_are_listed() {
        check(
            &["O O"],
            &["O O"],
            2,
            &expect![[r#"
                          precision    recall  f1-score   support

               micro avg       0.00      0.00      0.00         0
               macro avg        nan       nan       nan         0
            weighted avg       0.00      0.00      0.00         0
        "#]],
        );
    }
}
