//! What is suspicious about the content of the splits: nothing in them, types that do not match, mentions tagged now and then, odd words.

use std::collections::{BTreeMap, BTreeSet};

use welt_tags::Prefix;

use super::{FindingKind, Report, Split};
use crate::corpus::Sentence;
use crate::invisible::invisible;
use crate::lexicon::Lexicon;
use crate::statistics::AmbiguousMention;

/// A message quotes so many words of a long entity.
const QUOTED_WORDS: usize = 8;

/// Reports splits without sentences or entities, and sentences that are not words with a tag each.
pub(super) fn empty(report: &mut Report<'_, '_>) {
    let splits: &[Split<'_>] = report.splits;
    for (split, corpus) in splits.iter().enumerate() {
        let sentences = corpus.sentences;
        if sentences.is_empty() {
            report.add(split, std::iter::once((1, FindingKind::EmptySplit)));
            continue;
        }
        let unequal = sentences.iter().filter_map(|sentence| {
            let (words, tags) = (sentence.words.len(), sentence.tags.len());
            (words != tags || words == 0).then_some((sentence.line_number, FindingKind::UnequalLengths { words, tags }))
        });
        report.add(split, unequal);
        let tags = || sentences.iter().flat_map(|sentence| &sentence.tags);
        if tags().all(|tag| tag.prefix() == Prefix::Outside) {
            report.add(split, std::iter::once((1, FindingKind::OnlyOutside { words: tags().count() })));
        }
    }
}

/// The entities of a type in a split: the line of the first, and how many there are.
type TypeCounts<'c> = BTreeMap<&'c str, (usize, usize)>;

/// Reports bare tags beside typed ones, types that differ in letter case only, and types of one split only.
pub(super) fn types(report: &mut Report<'_, '_>) {
    let splits: &[Split<'_>] = report.splits;
    let counts: Vec<TypeCounts<'_>> = splits.iter().map(|corpus| type_counts(corpus.sentences)).collect();
    for (split, corpus) in splits.iter().enumerate() {
        if let Some(found) = bare_tags(corpus.sentences) {
            report.add(split, std::iter::once(found));
        }
    }
    let mut spellings: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for name in counts.iter().flat_map(BTreeMap::keys) {
        spellings.entry(name.to_lowercase()).or_default().insert(name);
    }
    let mut found: Vec<Vec<(usize, FindingKind)>> = vec![Vec::new(); splits.len()];
    for names in spellings.values().filter(|names| names.len() > 1) {
        // The location is where the second spelling is met first.
        let positions = names.iter().filter_map(|name| {
            counts.iter().enumerate().find_map(|(split, counts)| counts.get(name).map(|(line, _)| (split, *line)))
        });
        let mut positions: Vec<(usize, usize)> = positions.collect();
        positions.sort_unstable();
        let total = |name: &str| counts.iter().filter_map(|counts| counts.get(name)).map(|(_, count)| count).sum();
        let types = names.iter().map(|name| ((*name).to_owned(), total(name))).collect();
        let (split, line) = positions[1];
        found[split].push((line, FindingKind::TypeCase { types }));
    }
    for (split, mut found) in found.into_iter().enumerate() {
        found.sort_by_key(|(line, _)| *line);
        report.add(split, found.into_iter());
    }
    let with_entities = counts.iter().filter(|counts| !counts.is_empty()).count();
    for (split, types) in counts.iter().enumerate().filter(|_| with_entities > 1) {
        let holders = |name: &str| counts.iter().filter(|counts| counts.contains_key(name)).count();
        let alone = types.iter().filter(|(name, _)| holders(name) == 1);
        let mut alone: Vec<(usize, FindingKind)> = alone
            .map(|(name, (line, entities))| {
                (*line, FindingKind::TypeInOneSplit { entity_type: (*name).to_owned(), entities: *entities })
            })
            .collect();
        alone.sort_by_key(|(line, _)| *line);
        report.add(split, alone.into_iter());
    }
}

/// Reports words that are an entity at least `least_mentions` times but elsewhere untagged, or of more than one type, in all splits together.
pub(super) fn inconsistent_mentions(report: &mut Report<'_, '_>, least_mentions: usize) {
    let splits: &[Split<'_>] = report.splits;
    let mut lexicon = Lexicon::new();
    for (split, corpus) in splits.iter().enumerate() {
        for sentence in corpus.sentences {
            lexicon.add(sentence, split);
        }
    }
    for sentence in splits.iter().flat_map(|corpus| corpus.sentences) {
        lexicon.count_untagged(sentence);
    }
    let mut found: Vec<Vec<(AmbiguousMention, usize)>> = vec![Vec::new(); splits.len()];
    for (seen, form) in lexicon.forms() {
        if form.types.len() > 1 || (form.untagged > 0 && form.mentions() >= least_mentions) {
            found[seen.split].push((AmbiguousMention::of(seen, form), seen.line));
        }
    }
    for (split, mut mentions) in found.into_iter().enumerate() {
        mentions.sort_by_cached_key(|(mention, _)| mention.rank());
        let kind = |(mention, line)| (line, FindingKind::InconsistentMention(mention));
        report.add(split, mentions.into_iter().map(kind));
    }
}

/// Reports entities of more than `longest` words.
pub(super) fn long_entities(report: &mut Report<'_, '_>, longest: usize) {
    let splits: &[Split<'_>] = report.splits;
    for (split, corpus) in splits.iter().enumerate() {
        let long = corpus.sentences.iter().flat_map(|sentence| {
            let entities = sentence.entities().into_iter().filter(|entity| entity.end - entity.start > longest);
            entities.map(|entity| {
                let words = entity.end - entity.start;
                let kind = FindingKind::LongEntity {
                    entity_type: entity.entity_type.to_owned(),
                    words,
                    beginning: sentence.words_at(entity.start, entity.start + words.min(QUOTED_WORDS)).join(" "),
                };
                (sentence.line_number + entity.start, kind)
            })
        });
        report.add(split, long);
    }
}

/// Reports words with control characters, U+FFFD or code points that are no characters.
pub(super) fn odd_characters(report: &mut Report<'_, '_>) {
    let splits: &[Split<'_>] = report.splits;
    for (split, corpus) in splits.iter().enumerate() {
        let odd = corpus.sentences.iter().flat_map(|sentence| {
            sentence.words.iter().enumerate().filter_map(|(index, word)| {
                let character = word.chars().find(|character| is_odd(*character))?;
                Some((sentence.line_number + index, FindingKind::OddCharacter { word: word.clone(), character }))
            })
        });
        report.add(split, odd);
    }
}

/// Reports words that give no sub-word.
pub(super) fn unseen_words(report: &mut Report<'_, '_>) {
    let splits: &[Split<'_>] = report.splits;
    for (split, corpus) in splits.iter().enumerate() {
        let unseen = corpus.sentences.iter().flat_map(|sentence| {
            sentence.words.iter().enumerate().filter_map(|(index, word)| {
                let by = invisible(word)?;
                Some((sentence.line_number + index, FindingKind::UnseenWord { word: word.clone(), by }))
            })
        });
        report.add(split, unseen);
    }
}

fn is_odd(character: char) -> bool {
    // U+FFFD stands where a decoder gave up; the last two code points of each plane and U+FDD0 to U+FDEF are no characters.
    let code = u32::from(character);
    character.is_control() || code == 0xfffd || code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

fn type_counts(sentences: &[Sentence]) -> TypeCounts<'_> {
    let mut counts = TypeCounts::new();
    for sentence in sentences {
        for entity in sentence.entities() {
            counts.entry(entity.entity_type).or_insert((sentence.line_number + entity.start, 0)).1 += 1;
        }
    }
    counts
}

/// Where the second of the two kinds of tags is met first, and how many words have each.
fn bare_tags(sentences: &[Sentence]) -> Option<(usize, FindingKind)> {
    let (mut bare, mut typed, mut line) = (0, 0, None);
    for sentence in sentences {
        for (word, tag) in sentence.tags.iter().enumerate().filter(|(_, tag)| tag.prefix() != Prefix::Outside) {
            if tag.entity_type().is_empty() {
                bare += 1;
            } else {
                typed += 1;
            }
            if bare > 0 && typed > 0 {
                line.get_or_insert(sentence.line_number + word);
            }
        }
    }
    line.map(|line| (line, FindingKind::BareTags { bare, typed }))
}
