//! Recall and precision by what a mention is like: as long, as familiar from training, as abbreviated.
//! The words of mentions in, counts for each bucket out; how mentions were paired is exact matching, and no other is known here.
//!
//! The paper lays most of what was missed to abbreviations, and what was made up to missing knowledge: this puts numbers to it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use welt_tags::Chunk;

use super::groups::{Part, each_part};
use crate::Counts;
use crate::overlap::each_group;

/// The mentions of the training data, to ask whether another mention is among them.
///
/// Mentions are compared by their words with one space between; their labels play no part.
/// Where there are no words but text, words are what white space parts.
///
/// ```
/// use welt_eval::errors::{Familiarity, Mentions};
///
/// let mut training = Mentions::default();
/// training.insert(&["Lynch", "syndrome"]);
/// training.insert_text("HNPCC");
/// assert_eq!(training.familiarity(&["Lynch", "syndrome"]), Familiarity::Seen);
/// assert_eq!(training.familiarity_of_text("lynch  syndrome"), Familiarity::SeenIgnoringCase);
/// assert_eq!(training.familiarity_of_text("syndrome"), Familiarity::Unseen);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions {
    exact: HashSet<String>,
    lower_case: HashSet<String>,
}

impl Mentions {
    /// Adds a mention by its words.
    pub fn insert<W: AsRef<str>>(&mut self, words: &[W]) {
        let text = joined(words);
        if !self.exact.contains(&*text) {
            self.lower_case.insert(text.to_lowercase());
            self.exact.insert(text.into_owned());
        }
    }

    /// Adds a mention by its text.
    pub fn insert_text(&mut self, text: &str) {
        self.insert(&words_of_text(text));
    }

    /// Adds all mentions of a sentence, whose positions count its words from 0.
    pub fn insert_sentence<W: AsRef<str>>(&mut self, words: &[W], entities: &[Chunk<'_>]) {
        for entity in entities {
            self.insert(words_of(words, entity));
        }
    }

    /// Whether a mention is among them, by its words.
    #[must_use]
    pub fn familiarity<W: AsRef<str>>(&self, words: &[W]) -> Familiarity {
        let text = joined(words);
        if self.exact.contains(&*text) {
            Familiarity::Seen
        } else if self.lower_case.contains(&text.to_lowercase()) {
            Familiarity::SeenIgnoringCase
        } else {
            Familiarity::Unseen
        }
    }

    /// Whether a mention is among them, by its text.
    #[must_use]
    pub fn familiarity_of_text(&self, text: &str) -> Familiarity {
        self.familiarity(&words_of_text(text))
    }
}

/// Whether a mention occurs in the training data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Familiarity {
    /// It does, letter by letter.
    Seen,
    /// It does after both have been turned to lower case, as Unicode has it, but not letter by letter.
    SeenIgnoringCase,
    /// It does not.
    Unseen,
}

/// How many words a mention has.
///
/// In the training and test data of the paper's eight corpora, BC4CHEMD by a part of it, 43 to 87 % of the mentions have one word and 3 to 21 % have four or more:
/// finer buckets would hold too few for a ratio to mean much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// One word; or none, if a mention has no words.
    One,
    /// Two words.
    Two,
    /// Three words.
    Three,
    /// Four words or more.
    FourOrMore,
}

impl Length {
    /// The length of a mention of so many words.
    #[must_use]
    pub const fn of(n_words: usize) -> Self {
        match n_words {
            0 | 1 => Self::One,
            2 => Self::Two,
            3 => Self::Three,
            _ => Self::FourOrMore,
        }
    }
}

/// Whether a mention looks like an abbreviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// It does.
    Abbreviation,
    /// It does not.
    Other,
}

impl Form {
    /// Tells by the letters alone, without looking for a long form.
    ///
    /// The conditions on short forms are those of Schwartz and Hearst (2003, "A simple algorithm for identifying abbreviation definitions in biomedical text"):
    /// 2 to 10 characters, at least one letter, and a letter or a digit first.
    /// They stand beside a parenthesis there and need say no more, but hold for nearly every short word.
    /// So two more are asked for here: one word, where they allow two, and more upper-case letters than lower-case ones.
    ///
    /// That makes an abbreviation of 2 % of the mentions of Linnaeus, 15 % of the chemicals of BC5CDR and 29 % of the diseases of NCBI.
    /// `PAN`, `IL-2` and `mRNA` are abbreviations by this; `Asthma`, `p53`, `NaCl` and the one letter `S` are not, nor is `IL - 2` in a corpus that cuts words at hyphens.
    ///
    /// ```
    /// use welt_eval::errors::Form;
    ///
    /// assert_eq!(["PAN", "IL-2", "mRNA"].map(|word| Form::of(&[word])), [Form::Abbreviation; 3]);
    /// assert_eq!(["Asthma", "p53", "S"].map(|word| Form::of(&[word])), [Form::Other; 3]);
    /// assert_eq!(Form::of(&["IL", "-", "2"]), Form::Other);
    /// ```
    #[must_use]
    pub fn of<W: AsRef<str>>(words: &[W]) -> Self {
        let [word] = words else { return Self::Other };
        let word = word.as_ref();
        // Looked at before all characters are counted: no character has more than four bytes.
        let short = (2..=40).contains(&word.len()) && (2..=10).contains(&word.chars().count());
        if !short || !word.chars().next().is_some_and(char::is_alphanumeric) {
            return Self::Other;
        }
        let n_upper = word.chars().filter(|letter| letter.is_uppercase()).count();
        let n_lower = word.chars().filter(|letter| letter.is_lowercase()).count();
        // More of one than of the other is at least one letter.
        if n_upper > n_lower { Self::Abbreviation } else { Self::Other }
    }
}

/// Exact matches, predictions and gold entities for each bucket: gold mentions by bucket give its recall, predicted mentions its precision.
///
/// An exact match has the same words on both sides, so that both ratios of a bucket have one numerator.
///
/// ```
/// use welt_eval::ZeroDivision;
/// use welt_eval::errors::{Breakdown, Mentions};
/// use welt_tags::Chunk;
///
/// let mut training = Mentions::default();
/// training.insert_text("PAN");
/// let chunk = |start, end| Chunk { entity_type: "Chemical", start, end };
/// let words = ["PAN", "or", "Peroxyacetyl", "nitrate"];
/// let mut breakdown = Breakdown::default();
/// breakdown.add(&words, &[chunk(0, 1), chunk(2, 4)], &[chunk(2, 4)], Some(&training));
/// assert_eq!(breakdown.form.abbreviation.recall(ZeroDivision::Zero), 0.0);
/// assert_eq!(breakdown.length.two.recall(ZeroDivision::Zero), 1.0);
/// assert_eq!(breakdown.familiarity.map(|by| by.seen.gold), Some(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Breakdown {
    /// By number of words.
    pub length: ByLength,
    /// By whether it looks like an abbreviation.
    pub form: ByForm,
    /// By whether it occurs in the training data; nothing as long as no mention was asked for there.
    pub familiarity: Option<ByFamiliarity>,
}

/// Counts by number of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ByLength {
    /// Mentions of one word.
    pub one: Counts,
    /// Mentions of two words.
    pub two: Counts,
    /// Mentions of three words.
    pub three: Counts,
    /// Mentions of four words or more.
    pub four_or_more: Counts,
}

/// Counts by whether mentions look like abbreviations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ByForm {
    /// Mentions that do.
    pub abbreviation: Counts,
    /// Mentions that do not.
    pub other: Counts,
}

/// Counts by whether mentions occur in the training data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ByFamiliarity {
    /// Mentions that do, letter by letter.
    pub seen: Counts,
    /// Mentions that do if case is ignored.
    pub seen_ignoring_case: Counts,
    /// Mentions that do not.
    pub unseen: Counts,
}

impl Breakdown {
    /// Counts the mentions of one more sentence, whose positions count its words from 0; words beyond the last are not there.
    ///
    /// Without training data nothing is looked up.
    pub fn add<W: AsRef<str>>(
        &mut self,
        words: &[W],
        gold: &[Chunk<'_>],
        predicted: &[Chunk<'_>],
        training: Option<&Mentions>,
    ) {
        let mut count = |entities: &[Chunk<'_>], counts| {
            for entity in entities {
                self.count(words_of(words, entity), training, counts);
            }
        };
        each_group(gold, predicted, |gold, predicted| {
            each_part(gold, predicted, |part| match part {
                Part::Exact(entity) => count(&[entity], EXACT),
                Part::Error { gold, predicted } => {
                    count(gold, Counts { true_positives: 0, predicted: 0, gold: 1 });
                    count(predicted, Counts { true_positives: 0, predicted: 1, gold: 0 });
                }
            });
        });
    }

    /// Adds counts to the buckets of one mention, which is given by its words.
    pub fn count<W: AsRef<str>>(&mut self, words: &[W], training: Option<&Mentions>, counts: Counts) {
        *match Length::of(words.len()) {
            Length::One => &mut self.length.one,
            Length::Two => &mut self.length.two,
            Length::Three => &mut self.length.three,
            Length::FourOrMore => &mut self.length.four_or_more,
        } += counts;
        *match Form::of(words) {
            Form::Abbreviation => &mut self.form.abbreviation,
            Form::Other => &mut self.form.other,
        } += counts;
        if let Some(training) = training {
            let by_familiarity = self.familiarity.get_or_insert_default();
            *match training.familiarity(words) {
                Familiarity::Seen => &mut by_familiarity.seen,
                Familiarity::SeenIgnoringCase => &mut by_familiarity.seen_ignoring_case,
                Familiarity::Unseen => &mut by_familiarity.unseen,
            } += counts;
        }
    }

    /// Adds counts to the buckets of one mention, which is given by its text.
    pub fn count_text(&mut self, text: &str, training: Option<&Mentions>, counts: Counts) {
        self.count(&words_of_text(text), training, counts);
    }
}

const EXACT: Counts = Counts { true_positives: 1, predicted: 1, gold: 1 };

impl AddAssign<&Self> for Breakdown {
    fn add_assign(&mut self, other: &Self) {
        self.length.one += other.length.one;
        self.length.two += other.length.two;
        self.length.three += other.length.three;
        self.length.four_or_more += other.length.four_or_more;
        self.form.abbreviation += other.form.abbreviation;
        self.form.other += other.form.other;
        if let Some(other) = other.familiarity {
            let familiarity = self.familiarity.get_or_insert_default();
            familiarity.seen += other.seen;
            familiarity.seen_ignoring_case += other.seen_ignoring_case;
            familiarity.unseen += other.unseen;
        }
    }
}

fn words_of<'words, W>(words: &'words [W], entity: &Chunk<'_>) -> &'words [W] {
    let n_words = words.len();
    words.get(entity.start.min(n_words)..entity.end.min(n_words)).unwrap_or_default()
}

fn words_of_text(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn joined<W: AsRef<str>>(words: &[W]) -> Cow<'_, str> {
    match words {
        [word] => Cow::Borrowed(word.as_ref()),
        words => Cow::Owned(words.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" ")),
    }
}
