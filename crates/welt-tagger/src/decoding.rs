//! Label scores of the words of a sentence in, a label and a probability for each word out.
//! Nothing is known here of texts or of the network that gave the scores.
//!
//! Greedy decoding takes the label of the highest score for each word by itself.
//! Constrained decoding takes the sequence of the highest product of probabilities among those that the scheme of the labels
//! allows (the algorithm of Viterbi, 1967), so that no entity goes on that has not begun.
//! Shifts are added to the label scores before either: a shift of O moves the balance of precision and recall,
//! which is the answer to class imbalance that costs no training ([`tune`](crate::tune) finds it).
//! Joining puts together entities of one type that stand side by side: the WeLT paper's split errors (Type-3, as where
//! `amphotericin B-` and `sodium deoxycholate` are found for one entity).

use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use welt_tags::{LabelSet, Prefix, Tag};
use welt_train::WordScores;

use crate::TaggerError;

/// How labels are chosen by their scores.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Decoding {
    /// Whether only sequences count that the scheme of the labels allows.
    pub constrained: bool,
    /// Whether entities of one type without a word between them are put together, after all else.
    pub join_split: bool,
    /// Added to the scores of the labels that are named, before any softmax.
    pub shifts: Vec<Shift>,
}

impl Decoding {
    /// Whether it is anything but the label of the highest score.
    #[must_use]
    pub fn is_greedy(&self) -> bool {
        *self == Self::default()
    }
}

/// What of a decoding is another than the greedy one, in words.
impl fmt::Display for Decoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> =
            self.shifts.iter().map(|Shift { label, by }| format!("{label} shifted by {by}")).collect();
        parts.extend(self.constrained.then(|| "constrained by the scheme".to_owned()));
        parts.extend(self.join_split.then(|| "split entities joined".to_owned()));
        if parts.is_empty() { f.write_str("the highest score") } else { f.write_str(&parts.join(", ")) }
    }
}

/// What is added to the score of a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// The label, such as `O` or `B-Disease`.
    pub label: String,
    /// What is added, in units of the label scores (natural logarithms of odds).
    pub by: f32,
}

/// The label of a word, and the probability that the model gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chosen {
    /// The index of the label.
    pub label: usize,
    /// The softmax of the shifted scores at this label, from 0 to 1.
    pub probability: f32,
}

/// A decoding made ready for a set of labels.
#[derive(Debug, Clone)]
pub struct Decoder {
    shifts: Vec<f32>,
    /// Which labels may follow each label, and a row more for those that may stand first; none where all may.
    allowed: Option<Allowed>,
    /// What becomes of two labels that stand side by side where entities are joined.
    joined: Option<Joined>,
}

#[derive(Debug, Clone)]
struct Allowed {
    first: Vec<bool>,
    last: Vec<bool>,
    /// By the label before, then by the label behind.
    next: Vec<Vec<bool>>,
}

impl Decoder {
    /// Makes a decoding ready for the labels of a model.
    ///
    /// # Errors
    /// A shift of a label that the model does not have, or one that is no finite number.
    pub fn new(decoding: &Decoding, labels: &LabelSet) -> Result<Self, TaggerError> {
        let mut shifts = vec![0.0; labels.names().len()];
        for Shift { label, by } in &decoding.shifts {
            let index = labels.index(label).filter(|_| by.is_finite()).ok_or_else(|| TaggerError::Shift {
                label: label.clone(),
                by: *by,
                labels: labels.names().to_vec(),
            })?;
            shifts[index] = *by;
        }
        Ok(Self {
            shifts,
            allowed: decoding.constrained.then(|| Allowed::of(labels)).flatten(),
            joined: decoding.join_split.then(|| Joined::of(labels)),
        })
    }

    /// The labels of all sentences, none of words that the model could not see.
    #[must_use]
    pub fn labels(&self, scores: &WordScores) -> Vec<Vec<Option<usize>>> {
        let of = |sentence: usize| {
            let chosen = self.decode(&scores.sentence(sentence));
            chosen.into_iter().map(|chosen| chosen.map(|chosen| chosen.label)).collect()
        };
        (0..scores.n_sentences()).into_par_iter().map(of).collect()
    }

    /// The label of each word of a sentence; a word without scores, which the model could not see, has none, and the words on
    /// both sides of it follow one another.
    ///
    /// `scores` holds one row of finite label scores a word.
    #[must_use]
    pub fn decode(&self, scores: &[Option<&[f32]>]) -> Vec<Option<Chosen>> {
        // Greedily the shifted scores themselves decide: a softmax may round two of them to one.
        let shifted = |row: &&[f32]| row.iter().zip(&self.shifts).map(|(score, shift)| score + shift).collect();
        let mut seen: Vec<Vec<f32>> = scores.iter().flatten().map(shifted).collect();
        let greedy: Vec<usize> = seen.iter().map(|row| first_highest(row)).collect();
        seen.iter_mut().for_each(|row| to_log_probabilities(row));
        let mut labels = match &self.allowed {
            None => greedy,
            Some(allowed) => best_sequence(&seen, allowed),
        };
        if let Some(joined) = &self.joined {
            joined.join(&mut labels);
        }
        let mut chosen = seen.iter().zip(labels).map(|(row, label)| Chosen { label, probability: row[label].exp() });
        scores.iter().map(|row| row.and_then(|_| chosen.next())).collect()
    }
}

/// `log softmax(row)`, in its place.
fn to_log_probabilities(row: &mut [f32]) {
    let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = row.iter().map(|score| (score - highest).exp()).sum();
    let normaliser = highest + sum.ln();
    row.iter_mut().for_each(|score| *score -= normaliser);
}

impl Allowed {
    /// What the labels themselves say of their scheme: entities that begin with I need no rule, and are left to the reader of tags.
    fn of(labels: &LabelSet) -> Option<Self> {
        let tags: Vec<Tag> = labels.names().iter().map(|name| name.parse().unwrap_or(Tag::OUTSIDE)).collect();
        let has = |prefixes: &[Prefix]| tags.iter().any(|tag| prefixes.contains(&tag.prefix()));
        if !has(&[Prefix::Begin, Prefix::Single, Prefix::Unit]) {
            return None;
        }
        let must_end = has(&[Prefix::End, Prefix::Last]);
        let goes_on = |tag: &Tag| matches!(tag.prefix(), Prefix::Inside | Prefix::End | Prefix::Last);
        let is_open = |tag: &Tag| matches!(tag.prefix(), Prefix::Begin | Prefix::Inside);
        let follows = |before: &Tag, behind: &Tag| {
            if goes_on(behind) {
                is_open(before) && before.entity_type() == behind.entity_type()
            } else {
                !(must_end && is_open(before))
            }
        };
        Some(Self {
            first: tags.iter().map(|tag| !goes_on(tag)).collect(),
            last: tags.iter().map(|tag| !(must_end && is_open(tag))).collect(),
            next: tags.iter().map(|before| tags.iter().map(|behind| follows(before, behind)).collect()).collect(),
        })
    }
}

/// By two labels that stand side by side, what they become where they are the end and the beginning of entities of one type.
#[derive(Debug, Clone)]
struct Joined(Vec<Vec<Option<[usize; 2]>>>);

impl Joined {
    fn of(labels: &LabelSet) -> Self {
        let tags: Vec<Tag> = labels.names().iter().map(|name| name.parse().unwrap_or(Tag::OUTSIDE)).collect();
        let of_type = |prefix: Prefix, tag: &Tag| {
            tags.iter().position(|other| other.prefix() == prefix && other.entity_type() == tag.entity_type())
        };
        let pair = |before: &Tag, behind: &Tag| {
            let are_alike = ![before, behind].iter().any(|tag| tag.prefix() == Prefix::Outside)
                && before.entity_type() == behind.entity_type();
            let is_border = matches!(before.prefix(), Prefix::End | Prefix::Last | Prefix::Single | Prefix::Unit)
                || matches!(behind.prefix(), Prefix::Begin | Prefix::Single | Prefix::Unit);
            if !(are_alike && is_border) {
                return None;
            }
            let goes_on = match before.prefix() {
                Prefix::End | Prefix::Last => Prefix::Inside,
                Prefix::Single | Prefix::Unit => Prefix::Begin,
                prefix => prefix,
            };
            let continues = match behind.prefix() {
                Prefix::Begin => Prefix::Inside,
                Prefix::Single => Prefix::End,
                Prefix::Unit => Prefix::Last,
                prefix => prefix,
            };
            Some([of_type(goes_on, before)?, of_type(continues, behind)?])
        };
        Self(tags.iter().map(|before| tags.iter().map(|behind| pair(before, behind)).collect()).collect())
    }

    fn join(&self, labels: &mut [usize]) {
        for behind in 1..labels.len() {
            if let Some([before, joined]) = self.0[labels[behind - 1]][labels[behind]] {
                labels[behind - 1] = before;
                labels[behind] = joined;
            }
        }
    }
}

/// The label of the highest value, the first of equals.
fn first_highest(row: &[f32]) -> usize {
    let mut best = 0;
    for (label, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = label;
        }
    }
    best
}

/// The sequence of labels of the highest sum among those that are allowed, O for all words where none is.
fn best_sequence(rows: &[Vec<f32>], allowed: &Allowed) -> Vec<usize> {
    let Some(first) = rows.first() else { return Vec::new() };
    let mut sums: Vec<f32> = masked(first, &allowed.first);
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(rows.len());
    for row in &rows[1..] {
        let from: Vec<usize> = (0..row.len())
            .map(|label| {
                let reached: Vec<f32> = (0..sums.len())
                    .map(|before| if allowed.next[before][label] { sums[before] } else { f32::NEG_INFINITY })
                    .collect();
                first_highest(&reached)
            })
            .collect();
        sums = (0..row.len())
            .map(|label| match allowed.next[from[label]][label] {
                true => sums[from[label]] + row[label],
                false => f32::NEG_INFINITY,
            })
            .collect();
        came_from.push(from);
    }
    let mut label = first_highest(&masked(&sums, &allowed.last));
    let mut labels = vec![label];
    for from in came_from.iter().rev() {
        label = from[label];
        labels.push(label);
    }
    labels.reverse();
    labels
}

fn masked(row: &[f32], allowed: &[bool]) -> Vec<f32> {
    row.iter().zip(allowed).map(|(value, allowed)| if *allowed { *value } else { f32::NEG_INFINITY }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(names: &str) -> LabelSet {
        LabelSet::new(names.split_whitespace().map(str::to_owned).collect()).unwrap()
    }

    fn decoder(names: &str, constrained: bool, shifts: &[(&str, f32)]) -> Decoder {
        let shifts = shifts.iter().map(|(label, by)| Shift { label: (*label).to_owned(), by: *by }).collect();
        let decoding = Decoding { constrained, shifts, ..Decoding::default() };
        Decoder::new(&decoding, &labels(names)).unwrap()
    }

    fn decoded(decoder: &Decoder, rows: &[Vec<f32>]) -> Vec<usize> {
        let scores: Vec<Option<&[f32]>> = rows.iter().map(|row| Some(row.as_slice())).collect();
        decoder.decode(&scores).into_iter().map(|chosen| chosen.unwrap().label).collect()
    }

    #[test]
    fn probabilities_are_those_of_the_softmax() {
        let plain = decoder("O B-A", false, &[]);
        let chosen = plain.decode(&[Some(&[0.0, 1.0]), None, Some(&[0.0, 0.0])]);
        let first = chosen[0].unwrap();
        // 1 / (1 + exp(-1))
        assert!((first.probability - 0.731_058_6).abs() < 1e-6 && first.label == 1);
        assert_eq!((chosen[1], chosen[2]), (None, Some(Chosen { label: 0, probability: 0.5 })));
        // A shift of -1 of B makes both equal, and the first of equals is taken.
        assert_eq!(decoded(&decoder("O B-A", false, &[("B-A", -1.0)]), &[vec![0.0, 1.0]]), [0]);
    }

    #[test]
    fn shifts_of_unknown_labels_and_without_number_are_refused() {
        for (label, by) in [("B-B", 1.0), ("O", f32::NAN), ("O", f32::INFINITY)] {
            let shifts = vec![Shift { label: label.to_owned(), by }];
            let decoding = Decoding { shifts, ..Decoding::default() };
            assert!(Decoder::new(&decoding, &labels("O B-A")).is_err());
        }
    }

    #[test]
    fn an_entity_that_has_not_begun_does_not_go_on() {
        let rows = vec![vec![1.0, 0.0, 0.9], vec![0.0, 0.1, 2.0]];
        assert_eq!(decoded(&decoder("O B-A I-A", false, &[]), &rows), [0, 2]);
        assert_eq!(decoded(&decoder("O B-A I-A", true, &[]), &rows), [1, 2]);
    }

    fn check_joined(names: &str, before: &str, expected: &str) {
        let (of, before) = (labels(names), before.split(' '));
        let indices: Vec<usize> = before.map(|tag| of.index(tag).unwrap()).collect();
        let rows: Vec<Vec<f32>> = indices
            .iter()
            .map(|&index| (0..of.names().len()).map(|label| f32::from(u8::from(label == index))).collect())
            .collect();
        let joining = Decoding { join_split: true, ..Decoding::default() };
        let found = decoded(&Decoder::new(&joining, &of).unwrap(), &rows);
        let found: Vec<&str> = found.into_iter().map(|label| of.names()[label].as_str()).collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn entities_side_by_side_are_joined() {
        // amphotericin B- | sodium deoxycholate
        check_joined("O B-C I-C", "O B-C I-C B-C I-C O", "O B-C I-C I-C I-C O");
        check_joined("O B-C I-C", "B-C B-C B-C O B-C", "B-C I-C I-C O B-C");
        check_joined("O B-C I-C B-D I-D", "B-C B-D I-D B-C", "B-C B-D I-D B-C");
        check_joined("O B-C I-C E-C S-C", "S-C B-C E-C S-C O S-C", "B-C I-C I-C E-C O S-C");
        check_joined("O B-C I-C L-C U-C", "B-C L-C U-C", "B-C I-C L-C");
        check_joined("O B I", "I B O B", "I I O B");
        // Without an I there is nothing that could join them.
        check_joined("O B-C", "B-C B-C", "B-C B-C");
    }

    fn log_probabilities(row: &[f32], decoder: &Decoder) -> Vec<f32> {
        let mut row: Vec<f32> = row.iter().zip(&decoder.shifts).map(|(score, shift)| score + shift).collect();
        to_log_probabilities(&mut row);
        row
    }

    /// The best of all sequences, one by one.
    fn plainly(names: &LabelSet, rows: &[Vec<f32>], decoder: &Decoder) -> f32 {
        let allowed = Allowed::of(names).unwrap();
        let n = names.names().len();
        let logs: Vec<Vec<f32>> = rows.iter().map(|row| log_probabilities(row, decoder)).collect();
        let mut best = f32::NEG_INFINITY;
        for code in 0..n.pow(u32::try_from(rows.len()).unwrap()) {
            let sequence: Vec<usize> = (0..rows.len()).map(|at| code / n.pow(u32::try_from(at).unwrap()) % n).collect();
            let fits = allowed.first[sequence[0]]
                && allowed.last[sequence[sequence.len() - 1]]
                && sequence.windows(2).all(|pair| allowed.next[pair[0]][pair[1]]);
            if fits {
                best = best.max(sequence.iter().zip(&logs).map(|(label, row)| row[*label]).sum());
            }
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn the_best_allowed_sequence_is_found(
            scheme in prop_oneof![Just("O B-A I-A B-C I-C"), Just("O B-A I-A E-A S-A"), Just("O B L U I")],
            rows in prop::collection::vec(prop::collection::vec(-4.0_f32..4.0, 5), 1..5),
        ) {
            let (names, constrained) = (labels(scheme), decoder(scheme, true, &[("O", 0.5)]));
            let found = decoded(&constrained, &rows);
            let allowed = Allowed::of(&names).unwrap();
            prop_assert!(allowed.first[found[0]] && allowed.last[found[found.len() - 1]]);
            prop_assert!(found.windows(2).all(|pair| allowed.next[pair[0]][pair[1]]), "{found:?}");
            let sum: f32 = found.iter().zip(&rows).map(|(label, row)| log_probabilities(row, &constrained)[*label]).sum();
            prop_assert!((sum - plainly(&names, &rows, &constrained)).abs() < 1e-4);
        }
    }
}
