//! How well sentence breaks agree with those of published corpora: a folder of corpora in, a table out.
//!
//! ```sh
//! cargo run -p welt-data --example sentence_breaks -- CORPORA                # a table
//! cargo run -p welt-data --example sentence_breaks -- CORPORA --errors 20    # and what differs
//! ```
//!
//! A break is a pair of words of one passage with a sentence between them.
//! Where published words are not those of the text (LINNAEUS writes Greek letters out, for one), the two are laid side by side,
//! and a break counts where both of its words are the same in both.
//! LINNAEUS breaks its lists of references within names and journals (`Eur. J. / Biochem.`), so that it is counted without them as well.
//! BC2GM holds single sentences: every break in one is wrong.

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use welt_data::conll::{self, TagColumn};
use welt_data::{Word, sentence_starts, tokenize};

/// What is compared: passages, and the words of the published form with where its sentences begin.
struct Corpus {
    name: &'static str,
    passages: Vec<String>,
    words: Vec<String>,
    starts: HashSet<usize>,
    /// Whether passages that look like lists of references are left out.
    no_references: bool,
}

#[derive(Default)]
struct Counts {
    right: usize,
    ours: usize,
    theirs: usize,
    differences: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("expected the folder of the corpora")?;
    let errors = match arguments.next().as_deref() {
        Some("--errors") => arguments.next().ok_or("expected a number behind --errors")?.parse()?,
        _ => 0,
    };
    println!("| corpus | breaks published | found | right | precision | recall | F1 |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for corpus in corpora(Path::new(&folder))? {
        let counts = compare(&corpus);
        println!("{}", row(corpus.name, &counts));
        for difference in counts.differences.iter().take(errors) {
            println!("    {difference}");
        }
    }
    Ok(())
}

/// The corpora that are there.
fn corpora(folder: &Path) -> Result<Vec<Corpus>, Box<dyn Error>> {
    let mut corpora = Vec::new();
    let marked = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/breaks.txt");
    corpora.push(made_up(&fs::read_to_string(marked)?));
    for (name, original, form) in [
        ("NCBI-disease train", "ncbi-disease/originals/NCBItrainset_corpus.txt", "ncbi-disease/train.tsv"),
        ("NCBI-disease dev", "ncbi-disease/originals/NCBIdevelopset_corpus.txt", "ncbi-disease/dev.tsv"),
        ("NCBI-disease test", "ncbi-disease/originals/NCBItestset_corpus.txt", "ncbi-disease/test.tsv"),
        ("BC5CDR train", "bc5cdr-chemical/originals/CDR_TrainingSet.PubTator.txt", "bc5cdr-chemical/train.tsv"),
        ("BC5CDR dev", "bc5cdr-chemical/originals/CDR_DevelopmentSet.PubTator.txt", "bc5cdr-chemical/dev.tsv"),
        ("BioRED train", "biored-chemical/originals/Train.PubTator", "biored-chemical/train.tsv"),
        ("BioRED dev", "biored-chemical/originals/Dev.PubTator", "biored-chemical/dev.tsv"),
    ] {
        if let (Some(original), Some(form)) = (there(folder, original), there(folder, form)) {
            let passages = pubtator(&fs::read_to_string(original)?, name.starts_with("BioRED"));
            corpora.push(published(name, passages, &form)?);
        }
    }
    for (name, split, form) in [
        ("LINNAEUS train", "train", "linnaeus/train.tsv"),
        ("LINNAEUS dev", "devel", "linnaeus/dev.tsv"),
        ("LINNAEUS test", "test", "linnaeus/test.tsv"),
    ] {
        let originals = folder.join("linnaeus/originals");
        if let Some(form) = there(folder, form).filter(|_| originals.is_dir()) {
            corpora.push(published(name, linnaeus(&originals, split)?, &form)?);
            let name = ["LINNAEUS test, no references", "LINNAEUS dev, no references", "LINNAEUS train, no references"]
                .into_iter()
                .find(|one| one.starts_with(name));
            let corpus = published(name.unwrap_or_default(), linnaeus(&originals, split)?, &form)?;
            corpora.push(Corpus { no_references: true, ..corpus });
        }
    }
    if let Some(path) = there(folder, "bc4chemd/huner-dev-1002-documents.conll") {
        corpora.push(spaced("BC4CHEMD dev", &fs::read_to_string(path)?));
    }
    for (name, path) in
        [("BC2GM train", "bc2gm/originals/train/train.in"), ("BC2GM test", "bc2gm/originals/test/test.in")]
    {
        if let Some(path) = there(folder, path) {
            corpora.push(single_sentences(name, &fs::read_to_string(path)?));
        }
    }
    Ok(corpora)
}

fn there(folder: &Path, file: &str) -> Option<PathBuf> {
    let path = folder.join(file);
    if !path.is_file() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(path)
}

/// Words of text with a bar before each sentence but the first of a line.
fn made_up(text: &str) -> Corpus {
    let mut corpus = Corpus {
        name: "made-up texts",
        passages: Vec::new(),
        words: Vec::new(),
        starts: HashSet::new(),
        no_references: false,
    };
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        for sentence in line.split('|') {
            corpus.starts.insert(corpus.words.len());
            corpus.words.extend(owned(&tokenize(sentence)));
        }
        corpus.passages.push(line.replace('|', ""));
    }
    corpus
}

/// Titles and abstracts, in the order of the file or of the ids as text.
fn pubtator(text: &str, in_order: bool) -> Vec<String> {
    fn parts(line: &str) -> Option<[&str; 3]> {
        line.splitn(3, '|').collect::<Vec<_>>().try_into().ok()
    }
    let mut passages: Vec<[&str; 3]> =
        text.lines().filter_map(parts).filter(|parts| ["t", "a"].contains(&parts[1])).collect();
    if !in_order {
        passages.sort_by_key(|[id, ..]| *id);
    }
    passages.into_iter().map(|[.., text]| text.to_owned()).collect()
}

/// The lines of the documents of a split.
fn linnaeus(folder: &Path, split: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for id in fs::read_to_string(folder.join("split").join(format!("{split}.txt")))?.lines() {
        let text = fs::read_to_string(folder.join("txt").join(format!("{id}.txt")))?;
        lines.extend(text.lines().map(str::to_owned));
    }
    Ok(lines)
}

fn published(name: &'static str, passages: Vec<String>, form: &Path) -> Result<Corpus, Box<dyn Error>> {
    let mut corpus = Corpus { name, passages, words: Vec::new(), starts: HashSet::new(), no_references: false };
    for sentence in conll::read(form, TagColumn::Find)?.sentences {
        corpus.starts.insert(corpus.words.len());
        corpus.words.extend(sentence.words);
    }
    Ok(corpus)
}

/// Lines of a word, its tag, and `-` where no space follows it.
fn spaced(name: &'static str, form: &str) -> Corpus {
    let mut corpus =
        Corpus { name, passages: Vec::new(), words: Vec::new(), starts: HashSet::new(), no_references: false };
    let mut text = String::new();
    let mut begins = true;
    for line in form.lines() {
        let mut columns = line.split(' ');
        let Some(word) = columns.next().filter(|word| !word.is_empty()) else {
            begins = true;
            continue;
        };
        if begins && !text.is_empty() {
            text.push(' ');
        }
        for (index, word) in tokenize(word).iter().enumerate() {
            if begins && index == 0 {
                corpus.starts.insert(corpus.words.len());
            }
            corpus.words.push(word.text.to_owned());
        }
        begins = false;
        text += word;
        if columns.next_back() == Some("+") {
            text.push(' ');
        }
    }
    corpus.passages.push(text);
    corpus
}

/// Lines of an id and a sentence.
fn single_sentences(name: &'static str, text: &str) -> Corpus {
    let mut corpus =
        Corpus { name, passages: Vec::new(), words: Vec::new(), starts: HashSet::new(), no_references: false };
    for sentence in text.lines().filter_map(|line| line.split_once(' ')) {
        corpus.starts.insert(corpus.words.len());
        corpus.words.extend(owned(&tokenize(sentence.1)));
        corpus.passages.push(sentence.1.to_owned());
    }
    corpus
}

fn owned(words: &[Word<'_>]) -> Vec<String> {
    words.iter().map(|word| word.text.to_owned()).collect()
}

fn compare(corpus: &Corpus) -> Counts {
    let mut counts = Counts::default();
    let mut at = 0;
    for text in &corpus.passages {
        let words = tokenize(text);
        let starts: HashSet<usize> = sentence_starts(text, &words).into_iter().collect();
        let beside = side_by_side(&words, &corpus.words, &mut at);
        if corpus.no_references && is_references(&words) {
            continue;
        }
        for word in 1..words.len() {
            let (Some(before), Some(published)) = (beside[word - 1], beside[word]) else { continue };
            if before + 1 != published {
                continue;
            }
            let (here, there) = (starts.contains(&word), corpus.starts.contains(&published));
            counts.right += usize::from(here && there);
            counts.ours += usize::from(here);
            counts.theirs += usize::from(there);
            if here != there {
                let from = words[word.saturating_sub(12)].byte;
                let last = words[(word + 8).min(words.len() - 1)];
                let (left, right) =
                    (&text[from..words[word].byte], &text[words[word].byte..last.byte + last.text.len()]);
                counts.differences.push(format!("{} {left}‖ {right}", if here { "wrong " } else { "missed" }));
            }
        }
    }
    counts
}

/// Whether one word in twenty, and three at least, is an initial.
fn is_references(words: &[Word<'_>]) -> bool {
    let initial = |pair: &&[Word<'_>]| {
        pair[1].text == "." && pair[0].text.len() == 1 && pair[0].text.starts_with(|one: char| one.is_ascii_uppercase())
    };
    let initials = words.windows(2).filter(initial).count();
    initials > 2 && initials * 20 > words.len()
}

/// The published word of each word of a text, from `at` on, which moves behind the last.
fn side_by_side(words: &[Word<'_>], published: &[String], at: &mut usize) -> Vec<Option<usize>> {
    /// Words that must agree for two places to be the same, and how far these are looked for.
    const AGREEING: usize = 4;
    const FARTHEST: usize = 400;
    let mut beside = vec![None; words.len()];
    let agree = |word: usize, other: usize| {
        let pairs = words[word..].iter().take(AGREEING).zip(&published[other.min(published.len())..]);
        pairs.clone().count() > 0 && pairs.into_iter().all(|(word, other)| word.text == other)
    };
    let mut word = 0;
    while word < words.len() {
        if published.get(*at).is_some_and(|other| other == words[word].text) {
            beside[word] = Some(*at);
            word += 1;
            *at += 1;
            continue;
        }
        let far = (1..FARTHEST).find_map(|far| {
            (0..=far)
                .find(|ours| agree((word + ours).min(words.len()), *at + far - ours))
                .map(|ours| (ours, far - ours))
        });
        match far {
            Some((ours, theirs)) => {
                word += ours;
                *at += theirs;
            }
            None => break,
        }
    }
    beside
}

fn row(name: &str, counts: &Counts) -> String {
    let ratio = |of: usize| if of == 0 { 1.0 } else { counts.right as f64 / of as f64 };
    let (precision, recall) = (ratio(counts.ours), ratio(counts.theirs));
    let f1 = if counts.right == 0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
    let Counts { right, ours, theirs, .. } = counts;
    let percent = |ratio: f64| format!("{:.2}", 100.0 * ratio);
    if *theirs == 0 {
        return format!("| {name} | {theirs} | {ours} | {right} | | | |");
    }
    format!("| {name} | {theirs} | {ours} | {right} | {} | {} | {} |", percent(precision), percent(recall), percent(f1))
}
