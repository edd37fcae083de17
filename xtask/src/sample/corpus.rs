//! The sentences of the sample, tagged, in three splits.
//! A grammar goes in, tagged words come out; it writes no files.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::grammar::{Dice, Grammar};

/// A word and its tag.
pub type TaggedWord = (String, &'static str);

/// The splits, in the order in which the dice make them.
#[derive(Debug)]
pub struct Corpus {
    pub train: Vec<Vec<TaggedWord>>,
    pub dev: Vec<Vec<TaggedWord>>,
    pub test: Vec<Vec<TaggedWord>>,
}

const TRAIN_SENTENCES: usize = 2400;
const DEV_SENTENCES: usize = 300;
const TEST_SENTENCES: usize = 500;

/// How many texts of a rule the training split knows, and how many more the other two may use.
///
/// In an order in which a rule that uses another follows it.
const WORD_LISTS: &[(&str, usize, usize)] = &[
    ("name", 150, 60),
    ("protein", 120, 50),
    ("gene", 400, 150),
    ("chemical", 250, 100),
    ("process", 130, 50),
    ("finding", 140, 60),
    ("disease_word", 350, 150),
    ("long_disease", 300, 100),
    ("disease", 600, 250),
    ("abbreviation", 0, 0),
];

/// How often in a thousand dev and test take a text that the training split never shows.
const UNSEEN: usize = 300;

/// How often in a thousand an annotator overlooks an entity.
const OVERLOOKED: usize = 15;

/// How often in a thousand an annotator leaves out the first word of a longer entity.
const CUT: usize = 30;

/// Writes all splits from one seed.
pub fn write(grammar: &Grammar, seed: u64) -> Result<Corpus> {
    let mut dice = Dice::new(seed);
    let lexicon = Lexicon::new(grammar, &mut dice)?;
    let mut split = |sentences: usize, unseen: usize| -> Vec<Vec<TaggedWord>> {
        (0..sentences).map(|_| sentence(grammar, &lexicon, unseen, &mut dice)).collect()
    };
    Ok(Corpus {
        train: split(TRAIN_SENTENCES, 0),
        dev: split(DEV_SENTENCES, UNSEEN),
        test: split(TEST_SENTENCES, UNSEEN),
    })
}

/// The texts that some rules may take, by rule: seen in training, and unseen there.
struct Lexicon {
    lists: BTreeMap<&'static str, (Vec<String>, Vec<String>)>,
}

impl Lexicon {
    fn new(grammar: &Grammar, dice: &mut Dice) -> Result<Self> {
        let mut lexicon = Self { lists: BTreeMap::new() };
        let mut taken = BTreeSet::new();
        for &(rule, seen, unseen) in WORD_LISTS {
            let lists = if rule == "abbreviation" {
                let (seen, unseen) = &lexicon.lists["long_disease"];
                (seen.iter().map(|name| initials(name)).collect(), unseen.iter().map(|name| initials(name)).collect())
            } else {
                let mut list = |size, unseen| lexicon.list(grammar, (rule, size, unseen), &mut taken, dice);
                (list(seen, 0)?, list(unseen, 500)?)
            };
            lexicon.lists.insert(rule, lists);
        }
        Ok(lexicon)
    }

    /// So many texts of a rule that no other list holds.
    fn list(
        &self,
        grammar: &Grammar,
        (rule, size, unseen): (&str, usize, usize),
        taken: &mut BTreeSet<String>,
        dice: &mut Dice,
    ) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for _ in 0..size * 100 {
            if texts.len() == size {
                break;
            }
            let text = grammar.expand(rule, dice, &mut |name, dice| self.draw(name, unseen, dice));
            // Rules of one word may be followed by the rule alone: `disease` can be a bare `disease_word`.
            if taken.insert(format!("{} {text}", if rule == "disease" { rule } else { "" })) {
                texts.push(text);
            }
        }
        if texts.len() < size {
            bail!("rule `{rule}` of the grammar has fewer than {size} different texts: give it more alternatives");
        }
        Ok(texts)
    }

    /// A text for a rule that has a list. The first ones of a list come most often, as words do.
    fn draw(&self, rule: &str, unseen: usize, dice: &mut Dice) -> Option<String> {
        let (known, new) = self.lists.get(rule)?;
        let list = if dice.chance(unseen) { new } else { known };
        let index = (0..2).map(|_| dice.below(list.len())).min()?;
        Some(list[index].clone())
    }
}

/// `familial renal dystrophy` becomes `FRD`.
fn initials(name: &str) -> String {
    name.split(' ')
        .filter(|word| !["of", "the", "and", "-"].contains(word))
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

fn sentence(grammar: &Grammar, lexicon: &Lexicon, unseen: usize, dice: &mut Dice) -> Vec<TaggedWord> {
    let text = grammar.expand("sentence", dice, &mut |rule, dice| lexicon.draw(rule, unseen, dice));
    let text = text.replace('[', " [ ").replace(']', " ] ");
    let mut words: Vec<TaggedWord> = Vec::new();
    let mut entity: Vec<String> = Vec::new();
    let mut previous_entity = String::new();
    let mut inside = false;
    for word in text.split_whitespace() {
        match word {
            "[" => inside = true,
            "]" => {
                inside = false;
                previous_entity = entity.join(" ");
                words.extend(annotate(std::mem::take(&mut entity), dice));
            }
            "^" => entity.push(initials(&previous_entity)),
            _ if inside => entity.push(word.to_owned()),
            _ => words.push((word.to_owned(), "O")),
        }
    }
    if let Some((first, _)) = words.first_mut() {
        *first = capitalised(first);
    }
    words
}

/// Tags one entity as an annotator would who sometimes errs.
fn annotate(entity: Vec<String>, dice: &mut Dice) -> Vec<TaggedWord> {
    let (overlooked, cut) = (dice.chance(OVERLOOKED), dice.chance(CUT));
    let start = usize::from(cut && entity.len() > 1);
    let tag = |index: usize| match index {
        _ if overlooked || index < start => "O",
        _ if index == start => "B-Disease",
        _ => "I-Disease",
    };
    entity.into_iter().enumerate().map(|(index, word)| (word, tag(index))).collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_initials() {
        assert_eq!(initials("familial renal dystrophy"), "FRD");
        assert_eq!(initials("carcinoma of the larynx"), "CL");
        assert_eq!(initials("Welner - Torska syndrome type 2"), "WTST2");
    }

    #[test]
    fn the_short_form_follows_its_entity() {
        let grammar = Grammar::parse("sentence\n  we saw [rare skin ataxia] ( [^] ) .\n").unwrap();
        let lexicon = Lexicon { lists: BTreeMap::new() };
        let tagged: Vec<String> = sentence(&grammar, &lexicon, 0, &mut Dice::new(3))
            .into_iter()
            .map(|(word, tag)| format!("{word}/{tag}"))
            .collect();
        assert_eq!(
            tagged.join(" "),
            "We/O saw/O rare/B-Disease skin/I-Disease ataxia/I-Disease (/O RSA/B-Disease )/O ./O"
        );
    }
}
