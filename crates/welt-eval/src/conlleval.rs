//! conlleval.pl of 2004-01-26, the script of the CoNLL shared tasks: phrases that agree in type and in every word, in percent.
//! Gold and predicted tags in, a report out, whose text is the script's byte for byte.
//!
//! ```
//! use welt_eval::{Pairs, conlleval};
//!
//! let pairs = Pairs::parse("Angela B-PER B-PER\nMerkel I-PER I-PER\nin O O\nRome B-LOC O\n")?;
//! let report = conlleval::score(&pairs)?;
//! assert_eq!(report.overall.precision, 100.0);
//! assert_eq!(report.overall.recall, 50.0);
//! assert!(report.to_text().starts_with("processed 4 tokens with 2 phrases; found: 1 phrases; correct: 1.\n"));
//! # Ok::<(), welt_eval::EvalError>(())
//! ```
//!
//! A phrase is what a chunk or an entity is elsewhere.
//! On IOB1 and IOB2 tags its counts are those of [`seqeval`](crate::seqeval)'s default mode.
//! With `S`, `L` and `U`, which the script does not know, and with `E` before `B`, which it does not part, they are not.
//!
//! # What it has of the script's own
//! - A tag is cut at its first hyphen, with any text before it as its prefix: `B--PER-` is a `B` of type `-PER-`.
//!   The type `0` is no type at all, for it is false in perl: `B-0` is a bare `B`.
//! - The corpus is one row of tags with an `O` after each sentence.
//!   Stray tags such as a bare `L` can leave a phrase open at the end of its sentence; it may then still be counted as correct at the end of the corpus.
//! - `[` and `]` are phrases of one word.
//! - The text has two equal rows without a name where gold and prediction both have phrases without a type.
//! - The text pads names to 17 bytes, not characters, and sorts them by their bytes.
//! - Without any word the text is its first line alone.
//!
//! # Where it differs, knowingly
//! - Whoever reads the file deals with lines and columns. So four things of the script are not known here:
//!   it takes a carriage return for a part of the last tag; it stops at a line with a column too many; it has options; and it takes the word `-X-` for the end of a sentence.
//! - An empty tag is an error: the script would see a line with a column less, and stop or read another column as the tag.
//! - A sentence with more tags on one side is an error too; a file of the script cannot hold one.

mod report;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use welt_tags::TagError;

use crate::tally::update;
use crate::{EvalError, Pairs, Side};

pub use report::{Percentages, Report};

/// Scores as the script does, which knows one way of reading tags and has nothing to choose.
///
/// Letters stand before types in all that it reads, whatever the notation of the pairs.
///
/// # Errors
/// A tag that is empty.
pub fn score(pairs: &Pairs) -> Result<Report, EvalError> {
    let (gold, predicted) = pairs.rows();
    evaluate(&gold, &predicted)
}

/// Scores the predicted tags of a corpus against its gold tags, sentence by sentence in the same order.
///
/// A corpus without sentences is scored as the script scores an empty file.
///
/// # Errors
/// Not as many sentences or words on both sides, or an empty tag.
pub fn evaluate<G, P, T, U>(gold: &[G], predicted: &[P]) -> Result<Report, EvalError>
where
    G: AsRef<[T]>,
    P: AsRef<[U]>,
    T: AsRef<str>,
    U: AsRef<str>,
{
    if gold.len() != predicted.len() {
        return Err(EvalError::SentenceCount { gold: gold.len(), predicted: predicted.len() });
    }
    let mut evaluation = Evaluation::new();
    for (gold, predicted) in gold.iter().zip(predicted) {
        evaluation.add_sentence(gold.as_ref(), predicted.as_ref())?;
    }
    Ok(evaluation.report())
}

/// What has been counted so far: for a corpus that comes one sentence at a time.
///
/// ```
/// use welt_eval::conlleval::Evaluation;
///
/// let mut evaluation = Evaluation::new();
/// evaluation.add_sentence(&["B-PER", "O"], &["B-PER", "O"])?;
/// evaluation.add_sentence(&["O", "B-LOC"], &["O", "O"])?;
/// assert_eq!(evaluation.tally().phrases["LOC"].gold, 1);
/// assert_eq!(evaluation.report().overall.recall, 50.0);
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    tally: Tally,
    n_sentences: usize,
    agreement: Agreement,
    /// The words of the sentence at hand that are not `O` on both sides.
    inside: Vec<usize>,
}

/// Whether the script is within a phrase that has been right so far; it alone outlives the `O` between sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Agreement {
    #[default]
    None,
    SoFar,
}

impl Evaluation {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one more sentence.
    ///
    /// # Errors
    /// Not as many words on both sides, or an empty tag.
    /// The sentence is then not counted at all, and the next one takes its place.
    pub fn add_sentence<T, U>(&mut self, gold: &[T], predicted: &[U]) -> Result<(), EvalError>
    where
        T: AsRef<str>,
        U: AsRef<str>,
    {
        let sentence = self.n_sentences;
        if gold.len() != predicted.len() {
            return Err(EvalError::WordCount { sentence, gold: gold.len(), predicted: predicted.len() });
        }
        self.find_inside(gold, predicted);
        let refused = |side| move |source| EvalError::Tag { side, sentence, source };
        check_tags(gold, &self.inside).map_err(refused(Side::Gold))?;
        check_tags(predicted, &self.inside).map_err(refused(Side::Predicted))?;
        let (mut previous, mut next) = (Item::OUTSIDE, 0);
        for at in 0..self.inside.len() {
            let word = self.inside[at];
            if word > next {
                self.step(previous, Item::OUTSIDE);
                previous = Item::OUTSIDE;
            }
            let item = Item::of(gold[word].as_ref(), predicted[word].as_ref());
            self.tally.n_right_tags += usize::from(item.agrees);
            self.step(previous, item);
            (previous, next) = (item, word + 1);
        }
        self.step(previous, Item::OUTSIDE);
        self.tally.n_right_tags += gold.len() - self.inside.len();
        self.tally.n_words += gold.len();
        self.n_sentences += 1;
        Ok(())
    }

    /// The words of the last sentence that are not `O` on both sides.
    pub(crate) fn inside(&self) -> &[usize] {
        &self.inside
    }

    /// Most words are `O` on both sides: between these nothing can start or end, and none is empty.
    fn find_inside<T, U>(&mut self, gold: &[T], predicted: &[U])
    where
        T: AsRef<str>,
        U: AsRef<str>,
    {
        self.inside.resize(gold.len(), 0);
        let mut n_inside = 0;
        // Every word is written and few are kept, for where entities start is nothing that a processor could foresee.
        for (word, (gold, predicted)) in gold.iter().zip(predicted).enumerate() {
            self.inside[n_inside] = word;
            n_inside += usize::from(!(is_outside(gold.as_ref()) & is_outside(predicted.as_ref())));
        }
        self.inside.truncate(n_inside);
    }

    /// How many sentences were counted.
    #[must_use]
    pub const fn n_sentences(&self) -> usize {
        self.n_sentences
    }

    /// The counts as the script has them at the end of its file, which can be added to those of another part of the corpus.
    ///
    /// The sum of parts is what the script counts for the whole, unless stray tags leave a phrase open at the end of a part.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = self.tally.clone();
        if self.agreement == Agreement::SoFar {
            // The last tags of a file are the O of the end of its last sentence, which has no type.
            tally.add("", PhraseCounts::CORRECT);
        }
        tally
    }

    /// The percentages of what was counted.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::new(&self.tally())
    }

    /// Counts what ends and what starts between two words.
    fn step(&mut self, previous: Item<'_>, item: Item<'_>) {
        let same_type = item.has_one_type();
        let gold = Boundary::between(previous.gold, item.gold);
        // The same tags on both sides, as nearly all are, are looked at once.
        let predicted =
            if previous.agrees && item.agrees { gold } else { Boundary::between(previous.predicted, item.predicted) };
        if self.agreement == Agreement::SoFar {
            if gold.ends && predicted.ends && previous.has_one_type() {
                self.agreement = Agreement::None;
                self.tally.add(previous.gold.entity_type, PhraseCounts::CORRECT);
            } else if gold.ends != predicted.ends || !same_type {
                self.agreement = Agreement::None;
            }
        }
        if gold.starts && predicted.starts && same_type {
            self.agreement = Agreement::SoFar;
            // One look-up for both.
            self.tally.add(item.gold.entity_type, PhraseCounts { correct: 0, predicted: 1, gold: 1 });
            return;
        }
        if gold.starts {
            self.tally.add(item.gold.entity_type, PhraseCounts { correct: 0, predicted: 0, gold: 1 });
        }
        if predicted.starts {
            self.tally.add(item.predicted.entity_type, PhraseCounts { correct: 0, predicted: 1, gold: 0 });
        }
    }
}

/// The phrases of one type.
///
/// After stray tags such as an `O` with a type, more phrases of a type can be correct than there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct PhraseCounts {
    /// Phrases that stand in both.
    pub correct: usize,
    /// Phrases that were predicted.
    pub predicted: usize,
    /// Phrases that there are.
    pub gold: usize,
}

impl PhraseCounts {
    const CORRECT: Self = Self { correct: 1, predicted: 0, gold: 0 };
}

impl AddAssign for PhraseCounts {
    fn add_assign(&mut self, other: Self) {
        self.correct += other.correct;
        self.predicted += other.predicted;
        self.gold += other.gold;
    }
}

/// What was counted: phrases by type, and words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The phrases of every type, in the order of their bytes; those of bare tags are under the empty name.
    pub phrases: BTreeMap<String, PhraseCounts>,
    /// How many words there are.
    pub n_words: usize,
    /// Words whose tags agree, `O` among them.
    pub n_right_tags: usize,
}

impl Tally {
    /// Adds the counts of a type.
    pub fn add(&mut self, entity_type: &str, counts: PhraseCounts) {
        update(&mut self.phrases, entity_type, |known| *known += counts);
    }

    /// The counts of all types together.
    #[must_use]
    pub fn total(&self) -> PhraseCounts {
        let mut total = PhraseCounts::default();
        for counts in self.phrases.values() {
            total += *counts;
        }
        total
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        for (entity_type, counts) in &other.phrases {
            self.add(entity_type, *counts);
        }
        self.n_words += other.n_words;
        self.n_right_tags += other.n_right_tags;
    }
}

/// A tag cut in two at its first hyphen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut<'tags> {
    prefix: &'tags str,
    /// The prefix if it is one ASCII character, as all that start or end phrases are, else 0.
    letter: u8,
    entity_type: &'tags str,
}

impl<'tags> Cut<'tags> {
    fn of(tag: &'tags str) -> Self {
        let (prefix, entity_type) = match tag.as_bytes() {
            // The first hyphen is nearly always found without a search.
            [letter, b'-', ..] if *letter != b'-' => (&tag[..1], &tag[2..]),
            _ => tag.split_once('-').unwrap_or((tag, "")),
        };
        // False in perl, as the empty text is.
        let entity_type = if entity_type == "0" { "" } else { entity_type };
        let letter = if let [letter] = prefix.as_bytes() { *letter } else { 0 };
        Self { prefix, letter, entity_type }
    }
}

/// The two tags of a word.
#[derive(Debug, Clone, Copy)]
struct Item<'tags> {
    gold: Cut<'tags>,
    predicted: Cut<'tags>,
    /// Whether they are the same.
    agrees: bool,
}

impl<'tags> Item<'tags> {
    /// What stands before the corpus and after each sentence.
    const OUTSIDE: Self = {
        let outside = Cut { prefix: "O", letter: b'O', entity_type: "" };
        Self { gold: outside, predicted: outside, agrees: true }
    };

    fn of(gold: &'tags str, predicted: &'tags str) -> Self {
        let cut = Cut::of(gold);
        if gold == predicted {
            return Self { gold: cut, predicted: cut, agrees: true };
        }
        // Two tags can be cut to the same, as `B` and `B-` are.
        let other = Cut::of(predicted);
        Self { gold: cut, predicted: other, agrees: cut == other }
    }

    fn has_one_type(&self) -> bool {
        self.agrees || self.gold.entity_type == self.predicted.entity_type
    }
}

fn is_outside(tag: &str) -> bool {
    (tag.len() == 1) & (tag.as_bytes().first() == Some(&b'O'))
}

fn check_tags<T: AsRef<str>>(tags: &[T], inside: &[usize]) -> Result<(), TagError> {
    match inside.iter().find(|word| tags[**word].as_ref().is_empty()) {
        Some(&word) => Err(TagError::Empty { word }),
        None => Ok(()),
    }
}

/// What is between two tags of one side.
#[derive(Clone, Copy)]
struct Boundary {
    /// Whether a phrase ends.
    ends: bool,
    /// Whether a phrase starts.
    starts: bool,
}

impl Boundary {
    fn between(previous: Cut<'_>, current: Cut<'_>) -> Self {
        // Nearly all pairs: nothing ends between them, and nothing begins.
        if previous.letter == b'O' && current.letter == b'O' {
            return Self { ends: false, starts: false };
        }
        let other_type = previous.entity_type != current.entity_type;
        let letters = (previous.letter, current.letter);
        let ends = matches!(letters, (b'B' | b'I', b'B' | b'O') | (b'E', b'E' | b'I' | b'O') | (b'[' | b']', _))
            || (other_type && !matches!(previous.letter, b'O' | b'.'));
        let starts = matches!(letters, (b'B' | b'I' | b'O', b'B') | (b'E' | b'O', b'E' | b'I') | (_, b'[' | b']'))
            || (other_type && !matches!(current.letter, b'O' | b'.'));
        Self { ends, starts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The script's expression `^([^-]*)-(.*)$`, letter by letter.
    fn plainly(tag: &str) -> (String, String) {
        let mut letters = tag.chars();
        let prefix: String = letters.by_ref().take_while(|letter| *letter != '-').collect();
        let entity_type: String = letters.collect();
        if entity_type == "0" { (prefix, String::new()) } else { (prefix, entity_type) }
    }

    #[test]
    fn every_short_tag_is_cut_at_its_first_hyphen() {
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            let longer = |text: &String| "-BIO0bé_".chars().map(|letter| format!("{text}{letter}")).collect::<Vec<_>>();
            texts = texts.iter().flat_map(longer).collect();
            for tag in &texts {
                let Cut { prefix, letter, entity_type } = Cut::of(tag);
                assert_eq!((prefix.to_owned(), entity_type.to_owned()), plainly(tag), "{tag}");
                let is_letter = prefix.len() == 1;
                assert_eq!(letter, if is_letter { prefix.as_bytes()[0] } else { 0 }, "{tag}");
                assert_eq!(is_outside(tag), tag == "O", "{tag}");
            }
        }
    }
}
