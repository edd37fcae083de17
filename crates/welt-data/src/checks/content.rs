//! What is suspicious about the content of the splits: odd sentences, types that do not match, mentions tagged now and then, odd words.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use welt_tags::Prefix;

use super::found::{Found, Report};
use super::state::{Spot, State};
use super::{CheckOptions, FindingKind, Location, Split};
use crate::corpus::Sentence;
use crate::invisible::invisible;
use crate::lexicon::Lexicon;
use crate::statistics::AmbiguousMention;

/// A message quotes so many words of a long entity.
const QUOTED_WORDS: usize = 8;

/// The types of a split, and its bare tags.
#[derive(Debug, Default)]
pub(super) struct Types {
    /// Where the first entity of each type is, by its line, and how many there are.
    counts: BTreeMap<String, (usize, Location, usize)>,
    bare: usize,
    typed: usize,
    /// Where the second of the two kinds of tags is met first.
    second: Option<(usize, Location)>,
}

/// Looks at what each sentence holds: as many tags as words, types, entities of many words, words with characters that no text has.
pub(super) fn look(state: &mut State, part: &Split<'_>, longest: usize) {
    for sentence in part.sentences {
        let (words, tags) = (sentence.words.len(), sentence.tags.len());
        let at = |word: usize| (sentence.line_number + word) as u64;
        let location = |word: usize| part.location(sentence.line_number + word);
        if words != tags || words == 0 {
            state.empty.add(at(0), FindingKind::UnequalLengths { words, tags }, || location(0));
        }
        let has_entity = sentence.has_entity();
        if has_entity {
            state.types.count_tags(sentence, part);
        }
        for entity in has_entity.then(|| sentence.entities()).into_iter().flatten() {
            let words = entity.end - entity.start;
            state.types.count(entity.entity_type, sentence.line_number + entity.start, part);
            if words > longest {
                let kind = FindingKind::LongEntity {
                    entity_type: entity.entity_type.to_owned(),
                    words,
                    beginning: sentence.words_at(entity.start, entity.start + words.min(QUOTED_WORDS)).join(" "),
                };
                state.long.add(at(entity.start), kind, || location(entity.start));
            }
        }
        for (index, word) in sentence.words.iter().enumerate() {
            // Nearly all words are ASCII without control characters.
            if word.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
                continue;
            }
            if let Some(character) = word.chars().find(|character| is_odd(*character)) {
                let kind = FindingKind::OddCharacter { word: word.clone(), character };
                state.odd.add(at(index), kind, || location(index));
            }
            if let Some(by) = invisible(word) {
                let kind = FindingKind::UnseenWord { word: word.clone(), by };
                state.unseen.add(at(index), kind, || location(index));
            }
        }
    }
}

impl Types {
    fn count(&mut self, entity_type: &str, line: usize, part: &Split<'_>) {
        match self.counts.get_mut(entity_type) {
            Some((.., count)) => *count += 1,
            None => drop(self.counts.insert(entity_type.to_owned(), (line, part.location(line), 1))),
        }
    }

    fn count_tags(&mut self, sentence: &Sentence, part: &Split<'_>) {
        for (word, tag) in sentence.tags.iter().enumerate().filter(|(_, tag)| tag.prefix() != Prefix::Outside) {
            if tag.entity_type().is_empty() {
                self.bare += 1;
            } else {
                self.typed += 1;
            }
            if self.bare > 0 && self.typed > 0 && self.second.is_none() {
                let line = sentence.line_number + word;
                self.second = Some((line, part.location(line)));
            }
        }
    }
}

/// Reports bare tags beside typed ones, types that differ in letter case only, and types of one split only.
pub(super) fn types(splits: &mut [State], listed: usize, report: &mut Report) {
    let types: Vec<Types> = splits.iter_mut().map(|state| std::mem::take(&mut state.types)).collect();
    let mut add = |split: usize, found: Vec<(usize, Location, FindingKind)>| {
        let mut all = Found::listing(listed);
        for (line, location, kind) in found {
            all.add(line as u64, kind, || location);
        }
        report.add(&splits[split].name, &splits[split].whole(), all.finish());
    };
    for (split, types) in types.iter().enumerate() {
        let kind = FindingKind::BareTags { bare: types.bare, typed: types.typed };
        add(split, types.second.iter().map(|(line, location)| (*line, location.clone(), kind.clone())).collect());
    }
    for (split, found) in spellings(&types).into_iter().enumerate() {
        add(split, found);
    }
    let with_entities = types.iter().filter(|types| !types.counts.is_empty()).count();
    for (split, own) in types.iter().enumerate().filter(|_| with_entities > 1) {
        let holders = |name: &str| types.iter().filter(|types| types.counts.contains_key(name)).count();
        let alone = own.counts.iter().filter(|(name, _)| holders(name) == 1);
        let alone = alone.map(|(name, (line, location, entities))| {
            let kind = FindingKind::TypeInOneSplit { entity_type: name.clone(), entities: *entities };
            (*line, location.clone(), kind)
        });
        add(split, alone.collect());
    }
}

/// The types that differ in letter case only, in the split where the second spelling is met first.
fn spellings(types: &[Types]) -> Vec<Vec<(usize, Location, FindingKind)>> {
    let mut spellings: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for name in types.iter().flat_map(|types| types.counts.keys()) {
        spellings.entry(name.to_lowercase()).or_default().insert(name);
    }
    let mut found: Vec<Vec<(usize, Location, FindingKind)>> = types.iter().map(|_| Vec::new()).collect();
    for names in spellings.values().filter(|names| names.len() > 1) {
        let firsts = names.iter().filter_map(|name| {
            types.iter().enumerate().find_map(|(split, types)| types.counts.get(*name).map(|first| (split, first)))
        });
        let mut firsts: Vec<(usize, &(usize, Location, usize))> = firsts.collect();
        firsts.sort_by_key(|(split, (line, ..))| (*split, *line));
        let total = |name: &str| types.iter().filter_map(|types| types.counts.get(name)).map(|(.., count)| count).sum();
        let kind =
            FindingKind::TypeCase { types: names.iter().map(|name| ((*name).to_owned(), total(name))).collect() };
        let (split, (line, location, _)) = firsts[1];
        found[split].push((*line, location.clone(), kind));
    }
    found
}

/// Reports words that are an entity at least `least_mentions` times but elsewhere untagged, or of more than one type, in all splits together.
pub(super) fn inconsistent_mentions(
    lexicon: &Lexicon,
    splits: &mut [State],
    options: &CheckOptions,
    report: &mut Report,
) -> io::Result<()> {
    let mut found: Vec<Vec<(AmbiguousMention, Spot)>> = splits.iter().map(|_| Vec::new()).collect();
    for (seen, form) in lexicon.forms() {
        if form.types.len() > 1 || (form.untagged > 0 && form.mentions() >= options.least_mentions) {
            let spot = Spot::new(seen.line as u64, seen.spot);
            found[seen.split].push((AmbiguousMention::of(lexicon, form), spot));
        }
    }
    for (state, mut mentions) in splits.iter_mut().zip(found) {
        mentions.sort_by_cached_key(|(mention, _)| mention.rank());
        let mut all = Found::listing(options.listed);
        for (rank, (mention, spot)) in mentions.into_iter().enumerate() {
            let kind = FindingKind::InconsistentMention(mention);
            let location = if rank < options.listed { state.location(spot)? } else { state.whole() };
            all.add(rank as u64, kind, || location);
        }
        report.add(&state.name, &state.whole(), all.finish());
    }
    Ok(())
}

fn is_odd(character: char) -> bool {
    // U+FFFD stands where a decoder gave up; the last two code points of each plane and U+FDD0 to U+FDEF are no characters.
    let code = u32::from(character);
    character.is_control() || code == 0xfffd || code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}
