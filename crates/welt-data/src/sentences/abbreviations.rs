//! Whether a full stop abbreviates the word before it, so that a sentence goes on behind it.
//! Words and the index of a stop in, an answer out; brackets, paragraphs and what may begin a sentence are not known here.
//!
//! Few abbreviations are listed; most are told by their shape and by what stands around them:
//!
//! - A capital letter alone is an initial or a genus (`by J. Smith`, `of S. Typhimurium`, `George W. Bush`) where a preposition, a mark, the start of a sentence
//!   or a name stands before it, and a label (`vitamin C`, `group A`, `A and B`) elsewhere.
//! - A short word of small letters without a vowel that is no unit behind a number (`sp.`, `str.`, `pv.`) abbreviates.
//! - A short word of small letters between two stops (`sp. nov.`) is an abbreviation behind another.
//! - Capitalised words with stops one behind the other, with a number at their end (`Proc. Natl. Acad. Sci. USA 93`), are the name of a journal.
//! - What may end a sentence as well (`sp.`, `U.S.`, `Inc.`) ends one where an article, a pronoun, a preposition or the like follows, or a heading in capitals.

use crate::text::Word;

use super::{has_space_before, is_number};

/// Words that a stop always abbreviates.
const ALWAYS: [&str; 31] = [
    "Dr", "Drs", "Eq", "Eqs", "Fig", "Figs", "Mr", "Mrs", "Ms", "Prof", "Ref", "Refs", "St", "Suppl", "al", "approx",
    "ca", "cf", "eq", "eqs", "fig", "figs", "incl", "ref", "refs", "resp", "suppl", "viz", "vs", "Mt", "excl",
];

/// Words that a stop abbreviates where no new sentence is plain to see behind it.
const SOMETIMES: [&str; 14] =
    ["Bros", "Co", "Dept", "Univ", "biovar", "ed", "eds", "esp", "serovar", "sps", "subsp", "substr", "subvar", "var"];

/// Words at the end of the name of a company, which a stop abbreviates where a bracket follows.
const COMPANIES: [&str; 4] = ["Co", "Corp", "Inc", "Ltd"];

/// Units without a vowel, which end a sentence though no number stands before them (`per ml`).
const UNITS: [&str; 22] = [
    "bp", "cm", "dl", "hr", "hrs", "kb", "kg", "km", "mg", "ml", "mm", "ms", "ng", "nm", "pg", "ppm", "rpm", "wk",
    "wks", "yr", "yrs", "psi",
];

/// Words that a stop abbreviates before a number.
const NUMBERED: [&str; 22] = [
    "Chap", "Chr", "Ex", "Lett", "Max", "Min", "No", "Nos", "Nr", "Sec", "Sect", "Ser", "Tab", "Vol", "chap", "max",
    "no", "nos", "pp", "sect", "tab", "vol",
];

/// Words that letters stand behind to tell things apart, so that these are no initials.
const LABELLED: [&str; 36] = [
    "allele",
    "apolipoprotein",
    "appendix",
    "arm",
    "box",
    "cathepsin",
    "class",
    "coenzyme",
    "cohort",
    "complex",
    "cyclin",
    "experiment",
    "factor",
    "figure",
    "grade",
    "group",
    "groups",
    "hepatitis",
    "immunoglobulin",
    "influenza",
    "part",
    "panel",
    "patient",
    "phase",
    "plan",
    "protein",
    "region",
    "section",
    "site",
    "stage",
    "study",
    "table",
    "type",
    "types",
    "vitamin",
    "vitamins",
];

/// Words behind which a capital letter with a stop is the beginning of a name.
const BEFORE_NAMES: [&str; 41] = [
    "against", "also", "and", "are", "as", "at", "between", "both", "by", "but", "called", "dr", "drs", "for", "from",
    "how", "in", "into", "is", "like", "mr", "mrs", "ms", "named", "of", "on", "or", "prof", "see", "than", "thank",
    "that", "the", "to", "toward", "towards", "via", "was", "were", "when", "with",
];

/// Words of small classes that begin sentences and no names.
const BEGINNINGS: [&str; 84] = [
    "a",
    "additionally",
    "after",
    "all",
    "also",
    "although",
    "among",
    "an",
    "and",
    "another",
    "as",
    "at",
    "because",
    "before",
    "between",
    "both",
    "but",
    "by",
    "consequently",
    "despite",
    "due",
    "during",
    "each",
    "every",
    "few",
    "finally",
    "first",
    "for",
    "four",
    "from",
    "furthermore",
    "given",
    "he",
    "hence",
    "her",
    "here",
    "his",
    "how",
    "however",
    "if",
    "in",
    "is",
    "it",
    "its",
    "many",
    "moreover",
    "most",
    "neither",
    "no",
    "none",
    "not",
    "of",
    "on",
    "only",
    "other",
    "others",
    "our",
    "several",
    "she",
    "similarly",
    "since",
    "so",
    "some",
    "such",
    "that",
    "the",
    "their",
    "then",
    "there",
    "therefore",
    "these",
    "they",
    "this",
    "those",
    "three",
    "thus",
    "to",
    "two",
    "under",
    "we",
    "what",
    "when",
    "while",
    "with",
];

/// Whether a sentence goes on behind the full stop at `stop`; `next` is the word behind it and behind closing brackets and quotation marks.
pub(super) fn goes_on(words: &[Word<'_>], stop: usize, next: usize) -> bool {
    let number_follows = stop + 1 == next && is_number(&words[next]);
    if has_space_before(words, stop) {
        return number_follows;
    }
    let before = words[stop - 1].text;
    if number_follows && !before.ends_with(|last: char| last.is_alphabetic() || matches!(last, ')' | ']' | '%' | '"')) {
        return true;
    }
    let mut letters = before.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_uppercase() => is_initial_of_a_name(words, stop, next),
        (Some(letter), None) if letter.is_lowercase() => is_short(words, stop, next),
        _ if ALWAYS.contains(&before) => !is_heading(words, next),
        _ => {
            number_follows && NUMBERED.contains(&before)
                || words[next].text == "(" && COMPANIES.contains(&before)
                || is_journal(words, stop)
                || is_clipped(words, stop) && !begins(words, next)
        }
    }
}

/// Whether a capital letter with a stop begins a name, or ends one that goes on.
fn is_initial_of_a_name(words: &[Word<'_>], stop: usize, next: usize) -> bool {
    let letter = stop - 1;
    let follows_initial = stop > 2 && has_space_before(words, letter) && is_initial(words, stop - 3);
    if follows_initial || is_initial(words, next) {
        return true;
    }
    if words[next].text.starts_with(char::is_lowercase) {
        // `M. tuberculosis-GFP`
        return true;
    }
    let bracket = matches!(words[next].text, "(" | "[");
    if begins(words, next) || !bracket && !is_title(words[next].text) {
        return false;
    }
    if letter == 0 {
        return true;
    }
    let before = words[letter - 1].text;
    if !has_space_before(words, letter) {
        // `U.S. Congress` and `J.-P. Smith`, but `degrees C` and `K-C`.
        let double = before == "-" && letter > 1 && words[letter - 2].text == ".";
        return matches!(before, "(" | "[") || (before == "." || double) && !bracket;
    }
    if bracket {
        // `Curcuma longa L. (Zingiberaceae)`
        return before.chars().all(char::is_lowercase) && !LABELLED.contains(&before);
    }
    if !is_in_list_of_letters(words, letter) {
        let small = before.to_lowercase();
        // `I.` at the start of a sentence or behind a colon is a number.
        if matches!(words[letter].text, "I" | "V" | "X") && matches!(before, "." | "?" | "!" | ":") {
            return false;
        }
        let mark =
            matches!(before, "." | "?" | "!" | "," | ";" | ":" | "(" | ")" | "[" | "&" | "/" | "-" | "–" | "\"" | "“");
        return mark
            || BEFORE_NAMES.contains(&small.as_str())
            || is_title(before) && !LABELLED.contains(&small.as_str());
    }
    false
}

/// Whether a letter is the last of several, as in `A, B and C`.
fn is_in_list_of_letters(words: &[Word<'_>], letter: usize) -> bool {
    let joins = |word: &&Word<'_>| matches!(word.text, "," | "and" | "or" | "&" | "/");
    let behind = words[..letter].iter().rev().take_while(joins).count();
    let before = words[..letter - behind].last();
    behind > 0 && before.is_some_and(|word| is_number(word) || is_capital(word.text))
}

/// Whether a small letter before a full stop abbreviates: `i.e.` and `e.g.`, a letter alone that is no unit behind a number, or the last of `i.p.` before a bracket that closes or a number.
fn is_short(words: &[Word<'_>], stop: usize, next: usize) -> bool {
    let letter = stop - 1;
    if letter >= 2 && words[letter - 1].text == "." && !has_space_before(words, letter) {
        let sure = matches!((words[letter - 2].text, words[letter].text), ("i", "e") | ("e", "g"));
        let in_brackets = matches!(words.get(stop + 1).map(|word| word.text), Some(")" | "]"));
        return sure || in_brackets || is_number(&words[next]) || matches!(words[next].text, "(" | "[");
    }
    let unit = letter > 0 && words[letter - 1].text.ends_with(char::is_numeric);
    has_space_before(words, letter) && !unit && !begins(words, next)
}

/// Whether a word is by its shape, or what stands before it, cut short.
fn is_clipped(words: &[Word<'_>], stop: usize) -> bool {
    let word = words[stop - 1].text;
    if SOMETIMES.contains(&word) {
        return true;
    }
    let small = word.chars().all(|letter| letter.is_ascii_lowercase());
    let opens = |before: &Word<'_>| matches!(before.text, "(" | "[");
    let before = stop.checked_sub(2).map(|before| &words[before]);
    if !small || word.len() > 5 || !has_space_before(words, stop - 1) && !before.is_some_and(opens) {
        return false;
    }
    // `sp. nov.`, but `E. coli` and `i.v. daily`
    let behind_stop = stop > 3 && words[stop - 2].text == "." && words[stop - 3].text.len() > 1;
    let behind_number = before.is_some_and(|before| before.text.ends_with(char::is_numeric));
    behind_stop || !behind_number && !word.contains(['a', 'e', 'i', 'o', 'u', 'y']) && !UNITS.contains(&word)
}

/// Whether a stop lies in the name of a journal: capitalised words with stops one behind the other, and a number at their end.
fn is_journal(words: &[Word<'_>], stop: usize) -> bool {
    // The longest name that is looked for, so that time does not grow with a text of nothing else.
    const LONGEST: usize = 8;
    let is_part = |word: usize| {
        let text = words[word].text;
        let is_cut =
            is_capital(text) || is_title(text) && (text.len() < 7 || !text.ends_with(['a', 'e', 'i', 'o', 'u', 's']));
        is_cut && words.get(word + 1).is_some_and(|stop| stop.text == ".") && !has_space_before(words, word + 1)
    };
    let first = stop - 1;
    if !is_part(first) || has_space_before(words, stop) {
        return false;
    }
    let behind = (0..LONGEST).take_while(|part| first + 2 * part < words.len() && is_part(first + 2 * part)).count();
    let alone = behind == 1 && !(first >= 2 && is_part(first - 2));
    let tail = words[(first + 2 * behind).min(words.len())..].iter().find(|word| word.text != "USA");
    !alone && tail.is_some_and(|word| is_number(word) || word.text == ",")
}

/// Whether a word begins a sentence wherever it is capitalised.
fn begins(words: &[Word<'_>], next: usize) -> bool {
    let small = words[next].text.to_lowercase();
    BEGINNINGS.contains(&small.as_str()) || is_heading(words, next)
}

/// Whether a word is a heading: capitals with a colon, as in `RESULTS:`.
fn is_heading(words: &[Word<'_>], next: usize) -> bool {
    let word = words[next].text;
    let colon = || words[next..].iter().take(4).any(|word| word.text == ":");
    word.len() > 3 && word.chars().all(|letter| letter.is_ascii_uppercase()) && colon()
}

/// Whether a word is a capital letter with a full stop, as in `J. N.`.
fn is_initial(words: &[Word<'_>], at: usize) -> bool {
    let stop = words.get(at + 1).is_some_and(|word| word.text == ".") && !has_space_before(words, at + 1);
    stop && is_capital(words[at].text)
}

fn is_capital(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
}

/// Whether a word is a capital with small letters behind it.
fn is_title(word: &str) -> bool {
    let mut letters = word.chars();
    let capital = letters.next().is_some_and(char::is_uppercase);
    capital && !letters.as_str().is_empty() && letters.all(char::is_lowercase)
}
