//! Writes `datasets/sample/`: a small corpus and a very small encoder, both made from a grammar of our own.
//! Nothing goes in but the grammar beside this file; the same bytes come out every time.

mod corpus;
mod encoder;
mod grammar;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use corpus::{Corpus, TaggedWord};
use grammar::Grammar;

const GRAMMAR: &str = include_str!("grammar.txt");
const SEED: u64 = 2023;

/// Rules whose alternatives are pieces of words.
const PIECE_RULES: &[&str] = &["root", "place", "syllable", "surname_ending"];

/// Writes the sample into `folder`, or with `only_check` fails where a file there is not the one that would be written.
pub fn run(folder: &Path, only_check: bool) -> Result<()> {
    for (name, text) in files()? {
        let path = folder.join(&name);
        if only_check {
            let found = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            if found != text {
                bail!("{} is not what the grammar gives: run `cargo xtask sample`", path.display());
            }
        } else {
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
            fs::write(&path, &text).with_context(|| format!("writing {}", path.display()))?;
            println!("{:>8} bytes  {}", text.len(), path.display());
        }
    }
    if only_check {
        println!("{} is what the grammar gives", folder.display());
    }
    Ok(())
}

/// Every file of the sample by its path in the folder.
fn files() -> Result<BTreeMap<String, String>> {
    let grammar = Grammar::parse(GRAMMAR).context("xtask/src/sample/grammar.txt")?;
    let corpus = corpus::write(&grammar, SEED)?;
    let words = corpus.train.iter().flatten().map(|(word, _)| word.as_str());
    let vocabulary = encoder::vocabulary(words, &grammar.pieces(PIECE_RULES));
    Ok(BTreeMap::from([
        ("README.md".to_owned(), readme(&corpus, vocabulary.len())),
        ("dev.tsv".to_owned(), conll(&corpus.dev)),
        ("encoder/config.json".to_owned(), encoder::config(vocabulary.len())),
        ("encoder/tokenizer_config.json".to_owned(), encoder::tokenizer_config()),
        ("encoder/vocab.txt".to_owned(), vocabulary.join("\n") + "\n"),
        ("test.tsv".to_owned(), conll(&corpus.test)),
        ("train.tsv".to_owned(), conll(&corpus.train)),
    ]))
}

/// A word, a TAB and a tag a line, a blank line after every sentence.
fn conll(sentences: &[Vec<TaggedWord>]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        for (word, tag) in sentence {
            text.push_str(word);
            text.push('\t');
            text.push_str(tag);
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

/// What is in a split.
struct Counts {
    sentences: usize,
    tokens: usize,
    begin: usize,
    inside: usize,
    longest: usize,
    mentions: Vec<String>,
}

fn count(sentences: &[Vec<TaggedWord>]) -> Counts {
    let tags = |wanted: &str| sentences.iter().flatten().filter(|(_, tag)| tag.starts_with(wanted)).count();
    let mut mentions: Vec<String> = Vec::new();
    for (word, tag) in sentences.iter().flatten() {
        match (tag.chars().next(), mentions.last_mut()) {
            (Some('B'), _) => mentions.push(word.to_lowercase()),
            (Some('I'), Some(mention)) => {
                mention.push(' ');
                mention.push_str(&word.to_lowercase());
            }
            _ => {}
        }
    }
    Counts {
        sentences: sentences.len(),
        tokens: sentences.iter().map(Vec::len).sum(),
        begin: tags("B"),
        inside: tags("I"),
        longest: sentences.iter().map(Vec::len).max().unwrap_or(0),
        mentions,
    }
}

fn readme(corpus: &Corpus, vocabulary_size: usize) -> String {
    let train = count(&corpus.train);
    let seen: BTreeSet<&String> = train.mentions.iter().collect();
    let mut rows = String::new();
    for (name, counts) in [("train", &train), ("dev", &count(&corpus.dev)), ("test", &count(&corpus.test))] {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole as f64;
        let distinct: BTreeSet<&String> = counts.mentions.iter().collect();
        let unseen = counts.mentions.iter().filter(|mention| !seen.contains(mention)).count();
        rows.push_str(&format!(
            "| {name:<5} | {:>9} | {:>6} | {:>8} | {:>8} | {:>5.1} % | {:>5.2} % | {:>4.2} % | {:>4.2} % | {:>7} |\n",
            counts.sentences,
            counts.tokens,
            counts.begin,
            distinct.len(),
            share(unseen, counts.begin),
            share(counts.tokens - counts.begin - counts.inside, counts.tokens),
            share(counts.begin, counts.tokens),
            share(counts.inside, counts.tokens),
            counts.longest,
        ));
    }
    README.replace("{rows}", rows.trim_end()).replace("{vocabulary}", &vocabulary_size.to_string())
}

const README: &str = "\
# The sample

A small corpus with the imbalance of the paper's corpora, and an encoder small enough to train on it from scratch in seconds.
`cargo xtask sample` makes every file in this folder, this one too, from the grammar in `xtask/src/sample/grammar.txt`.
Nothing here comes from a real corpus, no word of it is medical knowledge, and a score on it says nothing about one on real text.
It has the licence of the project.

| split | sentences | tokens | entities | distinct | unseen  | O       | B      | I      | longest |
|-------|----------:|-------:|---------:|---------:|--------:|--------:|-------:|-------:|--------:|
{rows}

*Distinct* counts different mentions, *unseen* is the share of entities whose mention never stands in the training split.

- Form: a word, a TAB and a tag a line, LF, a blank line after every sentence; IOB2 with one type, `Disease`.
- Entities have one to five words: made-up disease words, names with *disease* or *syndrome*, short forms.
- Genes, chemicals, processes, findings and methods look much the same and are `O`; so are *disease* and *syndrome* alone.
- About three in a hundred entities are tagged wrongly on purpose, in every split, as in corpora made by people: a perfect score is out of reach.
- `encoder/` is a BERT of 2 layers, hidden size 64 and 4 heads without weights: `config.json`, a lower-casing WordPiece vocabulary of {vocabulary} entries and `tokenizer_config.json`.
- `grid.toml` is written by hand: what `cargo xtask reproduce --sample` runs.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_what_the_grammar_gives() {
        run(&crate::workspace_root().join("datasets/sample"), true).unwrap();
    }

    #[test]
    fn the_classes_are_as_unequal_as_in_the_paper() {
        let corpus = corpus::write(&Grammar::parse(GRAMMAR).unwrap(), SEED).unwrap();
        for split in [&corpus.train, &corpus.dev, &corpus.test] {
            let counts = count(split);
            let share = |part: usize| 100.0 * part as f64 / counts.tokens as f64;
            assert!((3.3..4.3).contains(&share(counts.begin)), "B {:.2} %", share(counts.begin));
            assert!((3.9..4.9).contains(&share(counts.inside)), "I {:.2} %", share(counts.inside));
        }
    }
}
