//! Words that an encoder's tokenizer makes nothing of: how they are told, and what is learnt of an entity that they stand at the edge of.
//! Windows and labels in, warnings and labels out; what the words are is not known here.

use serde::{Deserialize, Serialize};
use welt_data::entities_of;
use welt_subwords::Windows;
use welt_tags::{LabelSet, Prefix, Tag};

/// Words that gave no sub-word, in one set of windows or several.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct UnseenWords {
    count: usize,
    first: Option<String>,
}

impl UnseenWords {
    /// Adds those of some windows; `word` gives the text of a word by its sentence and its index in it.
    pub fn add<'w>(&mut self, windows: &Windows, word: impl Fn(usize, usize) -> &'w str) {
        self.count += windows.words_without_subwords;
        if self.first.is_none() {
            self.first = windows.without_subwords.first().map(|&(sentence, index)| shown(word(sentence, index)));
        }
    }

    /// Adds one.
    pub fn note(&mut self, word: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| shown(word));
    }

    /// Warns of them, if there are any: `name` says whose they are, and `what` what becomes of them.
    pub fn warn(&self, name: &str, what: &str) {
        let Some(first) = &self.first else { return };
        let (words, give) = if self.count == 1 { ("word", "gives") } else { ("words", "give") };
        let example = if self.count == 1 { "it is" } else { "the first is" };
        tracing::warn!("{name}: {} {words} {give} no sub-word ({example} {first}): {what}", self.count);
    }
}

/// The code points of a word that cannot be seen.
fn shown(word: &str) -> String {
    let codes: Vec<String> = word.chars().take(8).map(|one| format!("U+{:04X}", u32::from(one))).collect();
    codes.join(" ")
}

/// Moves the ends of entities to words that are seen, in the labels to learn from: the label of a word that gives no sub-word is never learnt,
/// and an entity that begins with one would have no beginning.
pub fn learn_from_seen_words(gold: &mut [Vec<usize>], windows: &Windows, labels: &LabelSet) {
    for unseen in windows.without_subwords.chunk_by(|left, right| left.0 == right.0) {
        let Some(row) = gold.get_mut(unseen[0].0) else { continue };
        let is_seen = |word: usize| unseen.binary_search_by_key(&word, |(_, unseen)| *unseen).is_err();
        let tag = |label: &usize| labels.names().get(*label).and_then(|name| name.parse().ok()).unwrap_or(Tag::OUTSIDE);
        let tags: Vec<Tag> = row.iter().map(tag).collect();
        for entity in entities_of(&tags) {
            let mut seen = (entity.start..entity.end).filter(|word| is_seen(*word));
            let Some(first) = seen.next() else { continue };
            let last = seen.next_back().unwrap_or(first);
            let ends = (&tags[entity.start], &tags[entity.end - 1]);
            for (word, tag) in ends_of_seen(ends, first, last) {
                if let Some(label) = labels.index(&tag.to_string()) {
                    row[word] = label;
                }
            }
        }
    }
}

/// The tags of the first and the last word that is seen, from the tags of the first and the last word of all.
fn ends_of_seen((begin, end): (&Tag, &Tag), first: usize, last: usize) -> Vec<(usize, Tag)> {
    if first < last {
        return vec![(first, begin.clone()), (last, end.clone())];
    }
    let only = match (begin.prefix(), end.prefix()) {
        (Prefix::Begin, Prefix::End) => Tag::new(Prefix::Single, begin.entity_type()),
        (Prefix::Begin, Prefix::Last) => Tag::new(Prefix::Unit, begin.entity_type()),
        (Prefix::Begin, _) => begin.clone(),
        _ => end.clone(),
    };
    vec![(first, only)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use welt_subwords::{Encoding, Windowing};

    /// Tags of words, with `*` behind those that are not seen.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let words: Vec<&str> = text.split(' ').collect();
        let seen = || words.iter().enumerate().filter(|(_, word)| !word.ends_with('*')).map(|(index, _)| index);
        let encoding = Encoding {
            ids: (0..seen().count() as u32 + 2).collect(),
            words: std::iter::once(None).chain(seen().map(Some)).chain([None]).collect(),
            n_words: words.len(),
        };
        let windows = Windows::of(&[encoding], Windowing::new(64, 8).unwrap());
        let names = ["O", "B", "I", "E", "S", "L", "U"].map(str::to_owned);
        let labels = LabelSet::new(names.into()).unwrap();
        let label = |word: &&str| labels.index(word.trim_end_matches('*')).unwrap();
        let mut gold = vec![words.iter().map(label).collect::<Vec<usize>>()];
        learn_from_seen_words(&mut gold, &windows, &labels);
        let learnt: Vec<&str> = seen().map(|word| labels.names()[gold[0][word]].as_str()).collect();
        assert_eq!(learnt.join(" "), expected);
    }

    #[test]
    fn entities_begin_and_end_with_words_that_are_seen() {
        check("O B I* I O", "O B I O");
        check("B* I I O", "B I O");
        check("B I I* O B* I", "B I O B");
        check("B* I* I E", "B E");
        check("B* E O B I E*", "S O B E");
        check("B* I L* U", "U U");
        check("I* I B* O*", "I");
        check("O* O", "O");
    }
}
