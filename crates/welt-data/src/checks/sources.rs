//! Which corpora are made of the same texts, whatever is tagged in them: corpora that share sentences are no independent evidence.
//! Corpora in, for each the first one of the same texts out; nothing is known of what they are compared for.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::corpus::{Corpus, Sentence};

/// Shorter sentences, such as headings, stand in many texts.
const LEAST_WORDS: usize = 5;

/// So large a part of the distinct sentences of the smaller corpus makes the two one source: less than this moves no test noticeably.
const LEAST_SHARE: f64 = 0.1;

/// The distinct sentences of a corpus, without upper case and without what stands between words, which programs cut differently.
///
/// ```
/// use std::path::Path;
/// use welt_data::checks::{Texts, sources};
/// use welt_data::conll::{self, TagColumn};
///
/// let read = |text: &str| conll::parse(Path::new("x.tsv"), text.as_bytes(), TagColumn::Find);
/// let diseases = read("No\tO\nflu\tB-Disease\nafter\tO\naspirin\tO\n.\tO\n")?;
/// let chemicals = read("no\tO\nflu\tO\nafter\tO\naspirin\tB-Chemical\n.\tO\n")?;
/// let others = read("Genes\tB-Gene\nare\tO\nnot\tO\nmeant\tO\nhere\tO\n")?;
/// let texts = [&diseases, &chemicals, &others].map(|corpus| Texts::of([corpus]));
/// assert_eq!(sources(&texts), [0, 0, 2]);
/// # Ok::<(), welt_data::DataError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    sentences: HashSet<u64>,
}

impl Texts {
    /// Those of all splits of a corpus.
    #[must_use]
    pub fn of<'c>(splits: impl IntoIterator<Item = &'c Corpus>) -> Self {
        let sentences = splits.into_iter().flat_map(|split| &split.sentences);
        Self { sentences: sentences.filter(|sentence| sentence.words.len() >= LEAST_WORDS).map(digest).collect() }
    }

    /// Whether a tenth of the smaller one is in the other.
    fn is_shared_with(&self, other: &Self) -> bool {
        let (small, large) = if self.sentences.len() < other.sentences.len() { (self, other) } else { (other, self) };
        let n_shared = small.sentences.intersection(&large.sentences).count();
        n_shared > 0 && n_shared as f64 >= LEAST_SHARE * small.sentences.len() as f64
    }
}

fn digest(sentence: &Sentence) -> u64 {
    let letters = sentence.words.iter().flat_map(|word| word.chars()).filter(|letter| !letter.is_whitespace());
    let mut hasher = DefaultHasher::new();
    for letter in letters.flat_map(char::to_lowercase) {
        letter.hash(&mut hasher);
    }
    hasher.finish()
}

/// For each corpus the index of the first one that is made of the same texts, itself if there is none before it.
///
/// Two corpora that share nothing with each other, but both with a third one, are one source too.
#[must_use]
pub fn sources(corpora: &[Texts]) -> Vec<usize> {
    let mut firsts: Vec<usize> = (0..corpora.len()).collect();
    for one in 0..corpora.len() {
        for other in 0..one {
            if firsts[one] != firsts[other] && corpora[one].is_shared_with(&corpora[other]) {
                let (kept, gone) = (firsts[one].min(firsts[other]), firsts[one].max(firsts[other]));
                firsts.iter_mut().filter(|first| **first == gone).for_each(|first| *first = kept);
            }
        }
    }
    firsts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conll::{self, TagColumn};
    use std::path::Path;

    /// Sentences of these numbers, each of six words.
    fn texts(numbers: std::ops::Range<u32>) -> Texts {
        let sentence = |number: u32| format!("Sentence\tO\n{number}\tO\nof\tO\na\tO\ncorpus\tO\n.\tO\n\n");
        let text: String = numbers.map(sentence).collect();
        Texts::of([&conll::parse(Path::new("x.tsv"), text.as_bytes(), TagColumn::Find).unwrap()])
    }

    #[test]
    fn a_tenth_of_the_smaller_is_enough() {
        let large = texts(0..500);
        assert_eq!(sources(&[large.clone(), texts(490..590)]), [0, 0]);
        assert_eq!(sources(&[large.clone(), texts(491..591)]), [0, 1]);
        assert_eq!(sources(&[texts(490..590), large]), [0, 0]);
    }

    #[test]
    fn what_shares_with_a_third_is_of_one_source() {
        assert_eq!(sources(&[texts(0..100), texts(150..250), texts(900..950), texts(90..160)]), [0, 0, 2, 0]);
    }

    #[test]
    fn short_sentences_and_nothing_share_nothing() {
        let short = conll::parse(Path::new("x.tsv"), b"Results\tO\n:\tO\n", TagColumn::Find).unwrap();
        let short = Texts::of([&short]);
        assert_eq!(sources(&[short.clone(), short, Texts::default()]), [0, 1, 2]);
    }

    #[test]
    fn words_may_be_cut_and_written_differently() {
        let read =
            |text: &str| Texts::of([&conll::parse(Path::new("x.tsv"), text.as_bytes(), TagColumn::Find).unwrap()]);
        let one = read("Beta\tO\n-\tO\nblockers\tO\nhelp\tO\n.\tO\n");
        let other = read("beta-\tO\nblock\tO\ners\tO\nHELP\tO\n.\tO\n");
        assert_eq!(one, other);
    }
}
