//! Where the sentences of a running text begin: words in, the index of the first word of each sentence out.
//! A break lies between two words and never within one; what is mentioned where is not known here.
//!
//! The rules are for English scientific prose: a full stop, question mark or exclamation mark, then white space, then a word that can begin a sentence.
//! A word can begin a sentence when it begins with a capital letter or a digit, holds one after a small letter (`mRNA`, `p53`), or is such a word behind an opening bracket or quotation mark.
//! Words before a hyphen and a capital begin one too (`alpha-Synuclein`, `cis-Platin`).
//! No break follows an abbreviation, which is told by a short list, by its shape and by what stands around it: `vs.`, `et al.`, `sp. PCC 6803`, `J. N. Feder`, `S. Typhimurium`, `Proc. Natl. Acad. Sci. 93`, `5 mg/kg i.p. 30 min`.
//! None lies within brackets that are closed in the same paragraph, and none where a number may go on (`0. 86`, which texts of NCBI-disease hold for 0.86).
//! An empty line always breaks.
//!
//! The published CoNLL forms of NCBI-disease and BC5CDR hold sentence breaks.
//! Against those within the titles and abstracts of the training texts, scored as pairs of words with a break between:
//!
//! | splitter | NCBI-disease: precision, recall, F1 | BC5CDR: precision, recall, F1 |
//! |---|---|---|
//! | these rules | 100.00, 93.03, 96.39 | 99.94, 99.69, 99.82 |
//! | sentencex 0.1.33 | 98.97, 97.62, 98.29 | 99.30, 99.33, 99.31 |
//! | srx 0.1.4 with the LanguageTool rules that come with it | 92.87, 98.82, 95.76 | 98.15, 99.66, 98.90 |
//! | unicode-segmentation 1.13.3 (UAX 29) | 94.96, 95.41, 95.18 | 99.24, 99.33, 99.28 |
//! | icu_segmenter 2.4.0 (UAX 29) | 94.96, 95.41, 95.18 | 99.24, 99.33, 99.28 |
//!
//! The first row misses breaks that the published files should not have: 248 of its 296 misses in NCBI-disease lie within numbers.
//! `docs/measurements.md` has every corpus, and the command that counts.
//!
//! ```
//! use welt_data::{sentence_starts, tokenize};
//!
//! let text = "E. coli grew (cf. Fig. 2. Methods). mRNA fell, e.g. by 5.5 vs. 2 mg. None died.";
//! let words = tokenize(text);
//! let firsts: Vec<&str> = sentence_starts(text, &words).into_iter().map(|start| words[start].text).collect();
//! assert_eq!(firsts, ["E", "mRNA", "None"]);
//! ```

mod abbreviations;

use crate::text::Word;
use abbreviations::goes_on;

/// The index of the first word of each sentence, rising from 0; nothing where there is no word.
///
/// The words are those that [`tokenize`](crate::tokenize) finds in `text`.
#[must_use]
pub fn sentence_starts(text: &str, words: &[Word<'_>]) -> Vec<usize> {
    let mut starts = Vec::new();
    if !words.is_empty() {
        starts.push(0);
    }
    let brackets = Brackets::of(text, words);
    for next in 1..words.len() {
        if !has_space_before(words, next) {
            continue;
        }
        if breaks_paragraph(text, words, next) || ends(words, next) && opens(words, next) && !brackets.hold(next) {
            starts.push(next);
        }
    }
    starts
}

/// The index of the first word of each line that holds one.
#[must_use]
pub(crate) fn line_starts(text: &str, words: &[Word<'_>]) -> Vec<usize> {
    (0..words.len()).filter(|&next| next == 0 || gap(text, words, next).contains('\n')).collect()
}

/// The white space before a word that is not the first.
fn gap<'t>(text: &'t str, words: &[Word<'_>], next: usize) -> &'t str {
    let before = &words[next - 1];
    text.get(before.byte + before.text.len()..words[next].byte).unwrap_or_default()
}

/// Whether an empty line stands before a word that is not the first.
fn breaks_paragraph(text: &str, words: &[Word<'_>], next: usize) -> bool {
    let wide = words[next - 1].end + 1 < words[next].start;
    wide && gap(text, words, next).bytes().filter(|byte| *byte == b'\n').count() > 1
}

/// Whether a sentence may end before a word.
fn ends(words: &[Word<'_>], next: usize) -> bool {
    let mut last = next - 1;
    while last > 0
        && matches!(words[last].text, ")" | "]" | "\"" | "'" | "”" | "’" | "»")
        && !has_space_before(words, last)
    {
        last -= 1;
    }
    match words[last].text {
        "." => !goes_on(words, last, next),
        "?" | "!" | "…" => true,
        _ => false,
    }
}

/// Whether a sentence may begin with a word.
fn opens(words: &[Word<'_>], next: usize) -> bool {
    let opener = |word: &&Word<'_>| matches!(word.text, "(" | "[" | "\"" | "'" | "“" | "‘" | "«");
    let Some(first) = words[next..].iter().position(|word| !opener(&word)) else {
        return false;
    };
    let word = &words[next + first];
    let strong = |character: char| character.is_uppercase() || character.is_numeric();
    let mut characters = word.text.chars();
    match characters.next() {
        Some(letter) if letter.is_lowercase() => characters.any(strong) || is_prefix(words, next + first),
        Some(letter) => strong(letter),
        None => false,
    }
}

/// Whether a word of small letters is the prefix of a capitalised one, as in `alpha-Synuclein` and `cis-Platin`, or a Greek letter before a hyphen.
fn is_prefix(words: &[Word<'_>], word: usize) -> bool {
    let Some([hyphen, behind]) = words.get(word + 1..word + 3) else { return false };
    hyphen.text == "-"
        && hyphen.end == behind.start
        && words[word].end == hyphen.start
        && (behind.text.starts_with(char::is_uppercase) || ('α'..='ω').contains(&first_letter(words[word].text)))
}

fn first_letter(word: &str) -> char {
    word.chars().next().unwrap_or_default()
}

/// Whether white space stands before a word, or nothing.
fn has_space_before(words: &[Word<'_>], at: usize) -> bool {
    at == 0 || words[at - 1].end < words[at].start
}

/// Whether a word begins with a digit.
fn is_number(word: &Word<'_>) -> bool {
    word.text.starts_with(char::is_numeric)
}

/// The words from behind an opening bracket to the bracket that closes it in the same paragraph.
struct Brackets {
    /// First and last word of the outermost pairs, rising.
    pairs: Vec<(usize, usize)>,
}

impl Brackets {
    fn of(text: &str, words: &[Word<'_>]) -> Self {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        let (mut round, mut square) = (Vec::new(), Vec::new());
        for (index, word) in words.iter().enumerate() {
            let open = !round.is_empty() || !square.is_empty();
            if open && breaks_paragraph(text, words, index) {
                round.clear();
                square.clear();
            }
            let opening = match word.text.as_bytes() {
                b"(" => {
                    round.push(index);
                    continue;
                }
                b"[" => {
                    square.push(index);
                    continue;
                }
                b")" => round.pop(),
                b"]" => square.pop(),
                _ => continue,
            };
            if let Some(opening) = opening {
                while pairs.pop_if(|pair| pair.0 > opening).is_some() {}
                pairs.push((opening + 1, index));
            }
        }
        Self { pairs }
    }

    fn hold(&self, word: usize) -> bool {
        let behind = self.pairs.partition_point(|pair| pair.0 <= word);
        behind > 0 && word <= self.pairs[behind - 1].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tokenize;

    /// `marked` holds a bar before each sentence but the first.
    #[track_caller]
    fn check(marked: &str) {
        let text = marked.replace('|', "");
        let words = tokenize(&text);
        let mut found = String::new();
        let mut written = 0;
        for start in sentence_starts(&text, &words).into_iter().skip(1) {
            found += &text[written..words[start].byte];
            found.push('|');
            written = words[start].byte;
        }
        found += &text[written..];
        assert_eq!(found, marked);
    }

    #[test]
    fn sentences_end_at_stops_before_words_that_can_begin_one() {
        check("It fell. |It rose? |Yes! |(So it did.) |\"It\" is. |5 died. |mRNA fell. |p53 rose. it is");
        check("He said \"no.\" |She left... |Then he did.");
        check("It fell.It rose. |\u{391}-catenin fell.  |\u{3b2}2 rose.");
        check("Vitamin C. |The dose was 2 mg. |At 24 h. |Within 5 min it fell.");
    }

    #[test]
    fn abbreviations_initials_and_numbers_go_on() {
        check("Dr. Smith et al. (1998), cf. Fig. 2 and St. John vs. Brown, i.e. 5 of 6, e.g. Two");
        check("J. N. Feder, cloned by E. R. Maher in the U.S. |They");
        check("a ratio of 0. 86 (P = . 05), p < . 01, mutation c. 38T of E. coli i.v. |Anaesthesia");
        check("known (ref. 5). |Cells [W. M. Linehan et al. Cancer. In Press] grew. |Then (a. |B");
    }

    #[test]
    fn empty_lines_break_and_other_lines_do_not() {
        check("Background\n\n|we (did\n \n|it\nThen) and\t5");
        check("");
        check(" \n\n ");
    }

    #[test]
    fn many_brackets_take_no_more_than_their_turn() {
        for text in ["([)]. A ".repeat(20_000), format!("{}. A{}", "([".repeat(20_000), "])".repeat(20_000))] {
            let words = tokenize(&text);
            assert!(sentence_starts(&text, &words).len() <= 20_001);
        }
    }
}
