//! What `welt evaluate --metrics all` spends its time on: a made-up file of 659,125 words with gold and predicted tags in, processor time out.
//! Reading alone, with the lines that the digest of the gold tags is made of, and with every metric.
//! `cargo bench -p welt-data --bench evaluate`, and with `-- FILE.tsv` for a file at hand.

#![allow(clippy::unwrap_used, reason = "a bench may end where it meets an error")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;

use welt_data::conll::{TaggedReader, TaggedRows};
use welt_eval::{Chunking, Evaluation, Notation, gold_lines, semeval};

/// As many as in `welt-eval/benches/metrics.rs`.
const SENTENCES: usize = 26_365;

const WORDS: usize = 25;

/// The fastest of them counts.
const ROUNDS: usize = 20;

fn main() {
    // `cargo bench` hands `--bench` to the program.
    let file = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let text = file.map_or_else(corpus, |file| std::fs::read_to_string(file).unwrap());
    println!("{:.1} MB, milliseconds of processor time", text.len() as f64 / 1e6);
    measure("read", || read(&text, |rows| rows.words.len()));
    measure("read, gold lines", || read(&text, |rows| gold_lines(&rows.tags[0]).len()));
    let new = || Evaluation::new(Chunking::Lenient, Notation::Prefix, semeval::Options::NERVALUATE);
    measure("read, gold lines, all metrics", || {
        let mut evaluation = new();
        let lines = read(&text, |rows| {
            let [gold, predicted] = [&rows.tags[0], &rows.tags[1]];
            evaluation.add_sentence_with_words(&rows.words, gold, predicted, None).unwrap();
            gold_lines(gold).len()
        });
        lines + evaluation.totals().sentences
    });
}

fn read(text: &str, mut each: impl FnMut(&TaggedRows<'_>) -> usize) -> usize {
    let mut reader = TaggedReader::new(Path::new("bench"), text.as_bytes(), &[-2, -1]);
    let mut sum = 0;
    while let Some(rows) = reader.next_sentence().unwrap() {
        sum += each(&rows);
    }
    sum
}

fn measure(name: &str, mut run: impl FnMut() -> usize) {
    let best = (0..ROUNDS).map(|_| {
        let before = busy_seconds();
        black_box(run());
        busy_seconds() - before
    });
    println!("{name:30} {:6.2}", 1e3 * best.fold(f64::INFINITY, f64::min));
}

/// How long this thread has run, where the system tells: on a busy machine that says more than the clock.
fn busy_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|text| text.parse::<f64>().ok()).map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

/// Two entities of four types in each sentence, and one tag of twenty otherwise than in gold.
fn corpus() -> String {
    const TYPES: [&str; 4] = ["Chemical", "Disease", "Gene", "Species"];
    const NAMES: [&str; 8] = ["protein", "of", "the", "patients", "β-catenin", "renal", "failure", "."];
    let mut text = String::new();
    let mut state = 1_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for _ in 0..SENTENCES {
        let starts = [below(10), 12 + below(10)];
        let kinds = [below(4), below(4)].map(|kind| TYPES[kind as usize]);
        for word in 0..WORDS as u64 {
            let entity = starts.iter().zip(kinds).find(|(start, _)| (**start..**start + 2).contains(&word));
            let gold = entity.map_or_else(
                || "O".to_owned(),
                |(start, kind)| format!("{}-{kind}", if *start == word { 'B' } else { 'I' }),
            );
            let predicted = match below(20) {
                0 => ["O", "B-Gene"][usize::from(gold == "O")],
                _ => &gold,
            };
            writeln!(text, "{}{}\t{gold}\t{predicted}", NAMES[below(8) as usize], below(1000)).unwrap();
        }
        text.push('\n');
    }
    text
}
