//! The percentages of a corpus as conlleval.pl reports them, in fields and as text.
//! Counts in, percentages and a table out; the table is the script's byte for byte.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{PhraseCounts, Tally};

/// How many bytes a name is padded to.
const NAME_WIDTH: usize = 17;

/// The percentages of a corpus, with the counts that they are views of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How many words there are.
    pub n_words: usize,
    /// The percentage of words whose tags agree; nothing where there are no words.
    pub accuracy: Option<f64>,
    /// All phrases together.
    pub overall: Percentages,
    /// The phrases of each type that occurs in gold or prediction, in the order of their bytes; those of bare tags are under the empty name.
    pub per_type: BTreeMap<String, Percentages>,
}

/// How many phrases of one type, or of all, are right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentages {
    /// The percentage of predicted phrases that are right, 0 where there are none.
    pub precision: f64,
    /// The percentage of gold phrases that were found, 0 where there are none.
    pub recall: f64,
    /// The harmonic mean of both, 0 where both are 0.
    pub fb1: f64,
    /// What was counted.
    pub counts: PhraseCounts,
}

impl Report {
    /// The percentages of what was counted.
    #[must_use]
    pub fn new(tally: &Tally) -> Self {
        // A phrase that stray tags left open can be correct in a type that has no phrases; the script then prints no row.
        let occurs = |counts: &PhraseCounts| counts.gold + counts.predicted > 0;
        let types = tally.phrases.iter().filter(|(_, counts)| occurs(counts));
        Self {
            n_words: tally.n_words,
            accuracy: (tally.n_words > 0).then(|| percent(tally.n_right_tags, tally.n_words)),
            overall: Percentages::new(tally.total()),
            per_type: types.map(|(name, counts)| (name.clone(), Percentages::new(*counts))).collect(),
        }
    }

    /// What the script prints, each line with its line end.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.to_string()
    }
}

impl Percentages {
    fn new(counts: PhraseCounts) -> Self {
        let precision = percent(counts.correct, counts.predicted);
        let recall = percent(counts.correct, counts.gold);
        let sum = precision + recall;
        let fb1 = if sum == 0.0 { 0.0 } else { 2.0 * precision * recall / sum };
        Self { precision, recall, fb1, counts }
    }
}

/// In the script's order of operations, on which the last bit depends.
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// The script's text.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PhraseCounts { correct, predicted, gold } = self.overall.counts;
        write!(f, "processed {} tokens with {gold} phrases; ", self.n_words)?;
        writeln!(f, "found: {predicted} phrases; correct: {correct}.")?;
        if let Some(accuracy) = self.accuracy {
            writeln!(f, "accuracy: {accuracy:6.2}%; {}", self.overall)?;
        }
        for (name, percentages) in &self.per_type {
            let PhraseCounts { predicted, gold, .. } = percentages.counts;
            // The script tells the types that it has listed by a name that perl takes for true.
            let n_rows = if name.is_empty() && predicted > 0 && gold > 0 { 2 } else { 1 };
            for _ in 0..n_rows {
                let padding = NAME_WIDTH.saturating_sub(name.len());
                writeln!(f, "{}{name}: {percentages}  {predicted}", " ".repeat(padding))?;
            }
        }
        Ok(())
    }
}

/// The three percentages as they stand in each line of the text.
impl fmt::Display for Percentages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { precision, recall, fb1, .. } = self;
        write!(f, "precision: {precision:6.2}%; recall: {recall:6.2}%; FB1: {fb1:6.2}")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::conlleval::evaluate;

    /// `expected` is what the script itself printed.
    fn check(gold: &[&str], predicted: &[&str], expected: &Expect) {
        let rows = |text: &[&str]| -> Vec<Vec<String>> {
            text.iter().map(|row| row.split_whitespace().map(str::to_owned).collect()).collect()
        };
        let report = evaluate(&rows(gold), &rows(predicted)).unwrap();
        expected.assert_eq(&report.to_text());
    }

    #[test]
    fn without_words_there_is_one_line() {
        let expected = expect![[r#"
            processed 0 tokens with 0 phrases; found: 0 phrases; correct: 0.
        "#]];
        check(&[], &[], &expected);
        check(&["", ""], &["", ""], &expected);
    }

    #[test]
    fn without_phrases_there_are_two_lines() {
        check(
            &["O O"],
            &["O O"],
            &expect![[r#"
                processed 2 tokens with 0 phrases; found: 0 phrases; correct: 0.
                accuracy: 100.00%; precision:   0.00%; recall:   0.00%; FB1:   0.00
            "#]],
        );
    }

    #[test]
    fn bare_tags_have_two_rows_if_there_are_phrases_on_both_sides() {
        check(
            &["B I O B"],
            &["B I O O"],
            &expect![[r#"
                processed 4 tokens with 2 phrases; found: 1 phrases; correct: 1.
                accuracy:  75.00%; precision: 100.00%; recall:  50.00%; FB1:  66.67
                                 : precision: 100.00%; recall:  50.00%; FB1:  66.67  1
                                 : precision: 100.00%; recall:  50.00%; FB1:  66.67  1
            "#]],
        );
        check(
            &["B-0 O"],
            &["O B-A"],
            &expect![[r#"
                processed 2 tokens with 1 phrases; found: 1 phrases; correct: 0.
                accuracy:   0.00%; precision:   0.00%; recall:   0.00%; FB1:   0.00
                                 : precision:   0.00%; recall:   0.00%; FB1:   0.00  0
                                A: precision:   0.00%; recall:   0.00%; FB1:   0.00  1
            "#]],
        );
    }

    #[test]
    fn names_are_padded_by_bytes_and_never_cut() {
        check(
            &["B-gène B-ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
            &["B-gène O"],
            &expect![[r#"
                processed 2 tokens with 2 phrases; found: 1 phrases; correct: 1.
                accuracy:  50.00%; precision: 100.00%; recall:  50.00%; FB1:  66.67
                ABCDEFGHIJKLMNOPQRSTUVWXYZ: precision:   0.00%; recall:   0.00%; FB1:   0.00  0
                            gène: precision: 100.00%; recall: 100.00%; FB1: 100.00  1
            "#]],
        );
    }

    #[test]
    fn a_phrase_left_open_is_correct_at_the_end() {
        let expected = expect![[r#"
            processed 3 tokens with 1 phrases; found: 1 phrases; correct: 1.
            accuracy: 100.00%; precision: 100.00%; recall: 100.00%; FB1: 100.00
                             : precision: 100.00%; recall: 100.00%; FB1: 100.00  1
                             : precision: 100.00%; recall: 100.00%; FB1: 100.00  1
        "#]];
        check(&["O-A L", "O"], &["O-A L", "O"], &expected);
    }

    #[test]
    fn odd_tags_are_read_as_the_script_reads_them() {
        check(
            &["[-A [-A ] O", "X-B X-B U-C B-C", "B--A- E-D B-D"],
            &["[-A [-A ] O", "X-B O U-C B-C", "B--A- E-D I-D"],
            &expect![[r#"
                processed 11 tokens with 7 phrases; found: 8 phrases; correct: 5.
                accuracy:  81.82%; precision:  62.50%; recall:  71.43%; FB1:  66.67
                                 : precision: 100.00%; recall: 100.00%; FB1: 100.00  1
                                 : precision: 100.00%; recall: 100.00%; FB1: 100.00  1
                              -A-: precision: 100.00%; recall: 100.00%; FB1: 100.00  1
                                A: precision: 100.00%; recall: 100.00%; FB1: 100.00  2
                                B: precision:   0.00%; recall:   0.00%; FB1:   0.00  1
                                C: precision: 100.00%; recall: 100.00%; FB1: 100.00  1
                                D: precision:   0.00%; recall:   0.00%; FB1:   0.00  2
            "#]],
        );
    }
}
