//! What was found and what went wrong by what a mention is like: as long, as familiar from training, as abbreviated.
//! The words of mentions in, counts for each bucket out; which mentions are errors of which type is decided elsewhere.
//!
//! The paper lays most of what was missed to abbreviations, and what was made up to missing knowledge: this puts numbers to it.

use std::collections::HashMap;
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
    /// By their lower case, so that one look-up answers for both; in order.
    forms: HashMap<String, Vec<String>>,
}

impl Mentions {
    /// Adds a mention by its words.
    pub fn insert<W: AsRef<str>>(&mut self, words: &[W]) {
        let text = joined(words);
        let forms = self.forms.entry(text.to_lowercase()).or_default();
        if let Err(index) = forms.binary_search(&text) {
            forms.insert(index, text);
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
        let mut short = [0; SHORT];
        let forms = match short_in_lower_case(words, &mut short) {
            Some(text) => self.forms.get(text),
            None => self.forms.get(&*joined(words).to_lowercase()),
        };
        match forms {
            Some(forms) if forms.iter().any(|form| is_joined(form, words)) => Familiarity::Seen,
            Some(_) => Familiarity::SeenIgnoringCase,
            None => Familiarity::Unseen,
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
        // No character has more than four bytes.
        if !(2..=40).contains(&word.len()) {
            return Self::Other;
        }
        let more_upper = if word.is_ascii() {
            if word.len() > 10 || !word.starts_with(|first: char| first.is_ascii_alphanumeric()) {
                return Self::Other;
            }
            // Nearly every word comes here, and needs no look into the tables of Unicode.
            let upper_less_lower =
                |byte: u8| i32::from(byte.is_ascii_uppercase()) - i32::from(byte.is_ascii_lowercase());
            word.bytes().map(upper_less_lower).sum::<i32>() > 0
        } else {
            if !(2..=10).contains(&word.chars().count()) || !word.starts_with(char::is_alphanumeric) {
                return Self::Other;
            }
            let upper_less_lower = |letter: char| i32::from(letter.is_uppercase()) - i32::from(letter.is_lowercase());
            word.chars().map(upper_less_lower).sum::<i32>() > 0
        };
        // More of one than of the other is at least one letter.
        if more_upper { Self::Abbreviation } else { Self::Other }
    }
}

/// What became of mentions, gold and predicted ones, by the error types of the paper.
///
/// An exact match has the same words on both sides and counts once; all other mentions count by themselves.
///
/// ```
/// use welt_eval::errors::MentionCounts;
///
/// let mut counts = MentionCounts { exact: 3, missed: 1, ..MentionCounts::default() };
/// counts += MentionCounts { predicted_in_overlaps: 2, ..MentionCounts::default() };
/// assert_eq!((counts.gold(), counts.predicted()), (4, 5));
/// assert_eq!(counts.counts().false_positives(), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct MentionCounts {
    /// Gold mentions that were found with the same bounds and label.
    pub exact: usize,
    /// Type-2: gold mentions where nothing was found.
    pub missed: usize,
    /// Gold mentions that are part of an overlap, Type-3.
    pub gold_in_overlaps: usize,
    /// Type-1: predicted mentions where nothing was to be found.
    pub spurious: usize,
    /// Predicted mentions that are part of an overlap, Type-3.
    pub predicted_in_overlaps: usize,
}

impl MentionCounts {
    /// How many gold mentions there are.
    #[must_use]
    pub const fn gold(&self) -> usize {
        self.exact + self.missed + self.gold_in_overlaps
    }

    /// How many mentions were predicted.
    #[must_use]
    pub const fn predicted(&self) -> usize {
        self.exact + self.spurious + self.predicted_in_overlaps
    }

    /// What counts by exact matching, whose ratios are precision, recall and F1.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        Counts { true_positives: self.exact, predicted: self.predicted(), gold: self.gold() }
    }
}

impl AddAssign for MentionCounts {
    fn add_assign(&mut self, other: Self) {
        self.exact += other.exact;
        self.missed += other.missed;
        self.gold_in_overlaps += other.gold_in_overlaps;
        self.spurious += other.spurious;
        self.predicted_in_overlaps += other.predicted_in_overlaps;
    }
}

/// What became of the mentions of each bucket: the gold mentions of a bucket give its recall, the predicted ones its precision, and the errors say what mentions of its kind suffer from.
///
/// ```
/// use welt_eval::ZeroDivision;
/// use welt_eval::errors::{Breakdown, Mentions};
/// use welt_eval::Chunk;
///
/// let mut training = Mentions::default();
/// training.insert_text("PAN");
/// let chunk = |start, end| Chunk { entity_type: "Chemical", start, end };
/// let words = ["PAN", "or", "Peroxyacetyl", "nitrate"];
/// let mut breakdown = Breakdown::default();
/// breakdown.add(&words, &[chunk(0, 1), chunk(2, 4)], &[chunk(2, 4)], Some(&training));
/// assert_eq!(breakdown.form.abbreviation.counts().recall(ZeroDivision::Zero), 0.0);
/// assert_eq!(breakdown.length.two.counts().recall(ZeroDivision::Zero), 1.0);
/// assert_eq!(breakdown.familiarity.map(|by| (by.seen.missed, by.unseen.missed)), Some((1, 0)));
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
    pub one: MentionCounts,
    /// Mentions of two words.
    pub two: MentionCounts,
    /// Mentions of three words.
    pub three: MentionCounts,
    /// Mentions of four words or more.
    pub four_or_more: MentionCounts,
}

/// Counts by whether mentions look like abbreviations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ByForm {
    /// Mentions that do.
    pub abbreviation: MentionCounts,
    /// Mentions that do not.
    pub other: MentionCounts,
}

/// Counts by whether mentions occur in the training data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ByFamiliarity {
    /// Mentions that do, letter by letter.
    pub seen: MentionCounts,
    /// Mentions that do if case is ignored.
    pub seen_ignoring_case: MentionCounts,
    /// Mentions that do not.
    pub unseen: MentionCounts,
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
                Part::Error { gold, predicted: [] } => count(gold, MISSED),
                Part::Error { gold: [], predicted } => count(predicted, SPURIOUS),
                Part::Error { gold, predicted } => {
                    count(gold, GOLD_IN_OVERLAP);
                    count(predicted, PREDICTED_IN_OVERLAP);
                }
            });
        });
    }

    /// Adds counts to the buckets of one mention, which is given by its words.
    pub fn count<W: AsRef<str>>(&mut self, words: &[W], training: Option<&Mentions>, counts: MentionCounts) {
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
    pub fn count_text(&mut self, text: &str, training: Option<&Mentions>, counts: MentionCounts) {
        self.count(&words_of_text(text), training, counts);
    }
}

const NONE: MentionCounts =
    MentionCounts { exact: 0, missed: 0, gold_in_overlaps: 0, spurious: 0, predicted_in_overlaps: 0 };
const EXACT: MentionCounts = MentionCounts { exact: 1, ..NONE };
const MISSED: MentionCounts = MentionCounts { missed: 1, ..NONE };
const GOLD_IN_OVERLAP: MentionCounts = MentionCounts { gold_in_overlaps: 1, ..NONE };
const SPURIOUS: MentionCounts = MentionCounts { spurious: 1, ..NONE };
const PREDICTED_IN_OVERLAP: MentionCounts = MentionCounts { predicted_in_overlaps: 1, ..NONE };

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

fn joined<W: AsRef<str>>(words: &[W]) -> String {
    words.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" ")
}

/// Nearly every mention has no more bytes than this.
const SHORT: usize = 64;

/// What [`joined`] makes of the words in lower case, without an allocation; nothing if it is too long or not ASCII.
fn short_in_lower_case<'short, W: AsRef<str>>(words: &[W], short: &'short mut [u8; SHORT]) -> Option<&'short str> {
    let mut n_bytes = 0;
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            *short.get_mut(n_bytes)? = b' ';
            n_bytes += 1;
        }
        let word = word.as_ref().as_bytes();
        short.get_mut(n_bytes..n_bytes + word.len())?.copy_from_slice(word);
        n_bytes += word.len();
    }
    let text = &mut short[..n_bytes];
    if !text.is_ascii() {
        return None;
    }
    text.make_ascii_lowercase();
    std::str::from_utf8(text).ok()
}

/// Whether a text is what [`joined`] makes of the words.
fn is_joined<W: AsRef<str>>(text: &str, words: &[W]) -> bool {
    let mut rest = Some(text);
    for (index, word) in words.iter().enumerate() {
        let after_space = rest.and_then(|rest| if index > 0 { rest.strip_prefix(' ') } else { Some(rest) });
        rest = after_space.and_then(|rest| rest.strip_prefix(word.as_ref()));
    }
    rest == Some("")
}
