//! What a run got in every sentence of its test set, and what went wrong in it.
//! A table of words, gold and predicted tags goes in; counts come out, which all scores and statistics are views of.
//!
//! Entities are read twice: by seqeval's default rules, which Tables 2 to 9 and the error types are of, and by its strict
//! ones, which both scorers of Table 10 are of.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_data::predictions::{self, PredictedSentence};
use welt_eval::errors::{MentionCounts, OverlapCounts};
use welt_eval::seqeval::{Mode, Options};
use welt_eval::uncertainty::Units;
use welt_eval::{Counts, Evaluation, ZeroDivision, faireval, semeval};

/// Right, predicted and gold by default; the same when read strictly; FP, FN and other errors as FairEval has them.
const WIDTH: usize = 9;

type Row = [u64; WIDTH];

/// The counts of every sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentences {
    rows: Vec<Row>,
    /// Whether the gold tags tell a scheme to be strict about; without one the last two readings are the default's.
    pub strict: bool,
    /// How many sentences each document has, in their order; none where no document is known.
    documents: Option<Vec<usize>>,
}

/// How entities are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scorer {
    /// seqeval by default: Tables 2 to 9.
    Default,
    /// seqeval in its strict mode: Table 10.
    Strict,
    /// FairEval's fair F1 of entities that are read strictly: Table 10.
    Fair,
}

/// Errors by the types of the paper's section 6, and mentions by what they look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Errors {
    /// Type-1.
    pub spurious: usize,
    /// Type-2.
    pub missed: usize,
    /// Type-3, by shape, all labels together.
    pub overlaps: OverlapCounts,
    pub abbreviations: MentionCounts,
    pub other_mentions: MentionCounts,
}

/// Counts the sentences of a prediction file.
pub fn count(predictions: &str) -> Result<(Sentences, Errors)> {
    let predictions = predictions::parse(predictions)?;
    let sentences = &predictions.sentences;
    let gold: Vec<&[&str]> = sentences.iter().map(|sentence| &sentence.gold[..]).collect();
    // Bare tags and tags with a type are read alike.
    let Options { mode, notation, .. } = Options::from(Mode::Default);
    let default = mode.chunking(&gold, notation)?;
    let strict = Mode::StrictDetected.chunking(&gold, notation).ok();
    let matching = semeval::Options::NERVALUATE;
    let mut by_default = Evaluation::new(default, notation, matching);
    let mut strictly = Evaluation::new(strict.unwrap_or(default), notation, matching);
    let mut rows = Vec::with_capacity(sentences.len());
    let mut fair = [0; 3];
    for (index, sentence) in sentences.iter().enumerate() {
        let counted = || format!("sentence {}", index + 1);
        let PredictedSentence { words, gold, predicted, .. } = sentence;
        let counts = by_default.add_sentence_with_words(words, gold, predicted, None).with_context(counted)?;
        let strict = strictly.add_sentence(gold, predicted).with_context(counted)?;
        let is_right = strict.true_positives == strict.predicted && strict.predicted == strict.gold;
        let so_far = if is_right { fair } else { fair_errors(&strictly) };
        let [spurious, missed, other] = [0, 1, 2].map(|kind| so_far[kind] - fair[kind]);
        fair = so_far;
        let [right, predicted, gold] = cells(counts);
        let [strict_right, strict_predicted, strict_gold] = cells(strict);
        rows.push([right, predicted, gold, strict_right, strict_predicted, strict_gold, spurious, missed, other]);
    }
    let totals = by_default.totals();
    let report = totals.errors.report();
    let mut overlaps = report.same_label;
    overlaps += report.different_labels;
    let errors = Errors {
        spurious: report.spurious,
        missed: report.missed,
        overlaps,
        abbreviations: totals.mentions.form.abbreviation,
        other_mentions: totals.mentions.form.other,
    };
    let same_document = |one: &PredictedSentence, next: &PredictedSentence| one.document == next.document;
    let documents = sentences.chunk_by(same_document).map(<[_]>::len).collect();
    let documents = predictions.has_documents().then_some(documents);
    Ok((Sentences { rows, strict: strict.is_some(), documents }, errors))
}

/// FairEval's errors so far: FP, FN, and those of bounds or labels.
fn fair_errors(evaluation: &Evaluation) -> [u64; 3] {
    let faireval::ErrorCounts {
        false_positives,
        false_negatives,
        label,
        label_boundary,
        smaller,
        larger,
        crossing,
        ..
    } = evaluation.totals().faireval.total();
    [false_positives, false_negatives, label + label_boundary + smaller + larger + crossing].map(|count| count as u64)
}

fn cells(counts: Counts) -> [u64; 3] {
    [counts.true_positives, counts.predicted, counts.gold].map(|count| count as u64)
}

impl Scorer {
    fn columns(self, row: &Row) -> [u64; 4] {
        match self {
            Self::Default => [row[0], row[1], row[2], 0],
            Self::Strict => [row[3], row[4], row[5], 0],
            Self::Fair => [row[3], row[6], row[7], row[8]],
        }
    }

    /// F1 of a sum of rows, from 0 to 1; 0 where there is nothing to divide by.
    pub fn f1(self, sum: &[u64]) -> f64 {
        match (self, sum) {
            (Self::Fair, &[right, spurious, missed, other]) => {
                let all = 2 * right + spurious + missed + other;
                if all == 0 { 0.0 } else { 2.0 * right as f64 / all as f64 }
            }
            (_, sum) => total(sum).f1(ZeroDivision::Zero),
        }
    }
}

/// The counts of a row of [`Scorer::Default`] or [`Scorer::Strict`].
fn total(sum: &[u64]) -> Counts {
    welt_eval::uncertainty::total(&sum[..3])
}

impl Sentences {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The sentences as the units of a statistic.
    pub fn units(&self, scorer: Scorer) -> Result<Units> {
        let rows: Vec<[u64; 4]> = self.rows.iter().map(|row| scorer.columns(row)).collect();
        Ok(Units::of_rows(&rows)?)
    }

    /// The same with whole documents in the place of sentences, so that they are the units of all tests; none where no
    /// document is known.
    pub fn by_document(&self) -> Option<Self> {
        let mut rows = self.rows.iter();
        let sum = |n: &usize| {
            let mut sum: Row = [0; WIDTH];
            for row in rows.by_ref().take(*n) {
                sum.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
            }
            sum
        };
        let documents = self.documents.as_ref()?;
        Some(Self { rows: documents.iter().map(sum).collect(), strict: self.strict, documents: None })
    }

    /// Right, predicted and gold entities.
    pub fn counts(&self, scorer: Scorer) -> Counts {
        total(&self.sum(scorer))
    }

    /// F1 from 0 to 1.
    pub fn f1(&self, scorer: Scorer) -> f64 {
        scorer.f1(&self.sum(scorer))
    }

    /// Whether two runs were tested on the same sentences, as far as their gold entities tell.
    pub fn same_test(&self, other: &Self) -> bool {
        let gold = |sentences: &Self| sentences.rows.iter().map(|row| row[2]).collect::<Vec<_>>();
        gold(self) == gold(other)
    }

    fn sum(&self, scorer: Scorer) -> Vec<u64> {
        let mut sum = vec![0; 4];
        for row in &self.rows {
            for (sum, count) in sum.iter_mut().zip(scorer.columns(row)) {
                *sum += count;
            }
        }
        sum
    }
}

/// The rows that occur, those of the most sentences first, and the order in which they do.
///
/// A row is a letter, `a` to `z` and `A` to `Z`, with a `-` before it for every 52 rows further down; a number behind it
/// says how often it stands there in a row.
#[derive(Serialize, Deserialize)]
struct Packed {
    strict: bool,
    rows: Vec<Row>,
    order: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    documents: Option<Vec<usize>>,
}

const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Serialize for Sentences {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut times: HashMap<Row, usize> = HashMap::new();
        for row in &self.rows {
            *times.entry(*row).or_default() += 1;
        }
        let mut rows: Vec<Row> = times.keys().copied().collect();
        rows.sort_by_key(|row| (usize::MAX - times[row], *row));
        let indices: HashMap<Row, usize> = rows.iter().enumerate().map(|(index, row)| (*row, index)).collect();
        let mut order = String::new();
        for group in self.rows.chunk_by(|left, right| left == right) {
            let index = indices[&group[0]];
            order.push_str(&"-".repeat(index / LETTERS.len()));
            order.push(char::from(LETTERS[index % LETTERS.len()]));
            if group.len() > 1 {
                order.push_str(&group.len().to_string());
            }
        }
        Packed { strict: self.strict, rows, order, documents: self.documents.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sentences {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Packed { strict, rows, order, documents } = Packed::deserialize(deserializer)?;
        let rows = unpack(&rows, &order).map_err(serde::de::Error::custom)?;
        let n_sentences =
            documents.as_ref().map(|documents| documents.iter().fold(0_usize, |sum, n| sum.saturating_add(*n)));
        if n_sentences.is_some_and(|n_sentences| n_sentences != rows.len()) {
            return Err(serde::de::Error::custom("documents: not as many sentences as there are"));
        }
        Ok(Self { rows, strict, documents })
    }
}

/// No test set has more sentences than this; a longer one is a mistake in the file.
const MOST_SENTENCES: usize = 10_000_000;

fn unpack(rows: &[Row], order: &str) -> Result<Vec<Row>> {
    let mut found = Vec::new();
    let mut rest = order.as_bytes();
    while !rest.is_empty() {
        let dashes = rest.iter().take_while(|byte| **byte == b'-').count();
        let Some(letter) = rest.get(dashes).and_then(|byte| LETTERS.iter().position(|known| known == byte)) else {
            bail!("order of sentences: no letter at byte {}", order.len() - rest.len() + dashes + 1);
        };
        let digits = rest[dashes + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&rest[dashes + 1..dashes + 1 + digits])?;
        let times: usize = if digits == 0 { 1 } else { number.parse().context("order of sentences")? };
        let row = rows.get(dashes * LETTERS.len() + letter).context("order of sentences: a row that is not there")?;
        if times > MOST_SENTENCES - found.len() {
            bail!("order of sentences: more than {MOST_SENTENCES}");
        }
        found.extend(std::iter::repeat_n(*row, times));
        rest = &rest[dashes + 1 + digits..];
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREDICTIONS: &str = "Renal\tB-Disease\tB-Disease\nfailure\tI-Disease\tO\n\nNone\tO\tO\n\n\
                               ALS\tB-Disease\tI-Disease\n,\tO\tO\nflu\tB-Disease\tB-Disease\n";

    #[test]
    fn sentences_are_counted_by_both_readings() {
        let (sentences, errors) = count(PREDICTIONS).unwrap();
        assert_eq!(
            sentences.rows,
            [[0, 1, 1, 0, 1, 1, 0, 0, 1], [0; 9], [2, 2, 2, 1, 1, 2, 0, 1, 0]],
            "right, predicted, gold; the same strictly; spurious, missed, other"
        );
        assert_eq!((errors.spurious, errors.missed, errors.overlaps.boundary), (0, 0, 1));
        assert_eq!((errors.abbreviations.exact, errors.other_mentions.exact), (1, 1));
        // 2 TP / (2 TP + FP + FN + others) of the strict reading.
        assert_eq!(sentences.f1(Scorer::Fair), 2.0 / 4.0);
        assert_eq!(sentences.f1(Scorer::Strict), 2.0 / 5.0);
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        // More rows than there are letters.
        let row = |count: u64| [count, count, count, 0, 0, 0, 0, 0, 1];
        let rows: Vec<Row> = (0..120).flat_map(|count| vec![row(count); 1 + count as usize % 7]).collect();
        let sentences = Sentences { rows, strict: true, documents: None };
        let text = serde_json::to_string(&sentences).unwrap();
        assert_eq!(serde_json::from_str::<Sentences>(&text).unwrap(), sentences);
    }

    fn check_refused(order: &str, expected: &str) {
        let text = format!("{{\"strict\":true,\"rows\":[[0,0,0,0,0,0,0,0,0]],\"order\":\"{order}\"}}");
        let error = serde_json::from_str::<Sentences>(&text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn a_broken_pack_is_refused() {
        check_refused("a3b", "order of sentences: a row that is not there");
        check_refused("a-", "order of sentences: no letter at byte 3");
        check_refused("a9999999999", "order of sentences: more than 10000000");
        check_refused("a99999999999999999999999", "order of sentences");
    }

    #[test]
    fn documents_can_be_the_units() {
        let marked = format!("-DOCSTART-\tO\n\n{PREDICTIONS}\n-DOCSTART-\tO\n\n{PREDICTIONS}");
        let (sentences, _) = count(&marked).unwrap();
        let (unmarked, _) = count(PREDICTIONS).unwrap();
        assert_eq!((sentences.len(), unmarked.by_document()), (6, None));
        let documents = sentences.by_document().unwrap();
        assert_eq!(documents.rows, [[2, 3, 3, 1, 2, 3, 0, 1, 1]; 2]);
        assert_eq!(documents.f1(Scorer::Fair), unmarked.f1(Scorer::Fair));
        // A pack keeps what is known of documents.
        let text = serde_json::to_string(&sentences).unwrap();
        assert_eq!(serde_json::from_str::<Sentences>(&text).unwrap(), sentences);
        let error = serde_json::from_str::<Sentences>(&text.replace("[3,3]", "[3,4]")).unwrap_err().to_string();
        assert!(error.starts_with("documents: not as many sentences as there are"), "{error}");
    }

    #[test]
    fn broken_predictions_name_their_line() {
        let error = count("a\tO\tO\nb O\n").unwrap_err().to_string();
        assert!(error.starts_with("line 2: "), "{error}");
        assert!(count("\n\n").is_err());
    }
}
