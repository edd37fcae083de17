//! How fast documents are read and written, in MB of the file in a second: `cargo bench -p welt-data --bench formats [-- MB]`.
//! A synthetic corpus of about 100 MB is made in memory, or a real one is repeated where the first argument after the size names one.
//! What is printed depends on the machine; nothing is asserted.
#![allow(clippy::unwrap_used, reason = "a mistake in a measurement may end it")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use welt_data::formats::{self, Format, RawDocuments};
use welt_data::{DataError, Document};

fn main() {
    // `cargo bench` hands `--bench` to the program.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let megabytes: usize = arguments.first().map_or(100, |text| text.parse().unwrap());
    let unit = match arguments.get(1) {
        Some(path) => std::fs::read_to_string(PathBuf::from(path)).unwrap(),
        None => synthetic(500),
    };
    let pubtator = unit.trim_start().repeat((megabytes * 1_000_000).div_ceil(unit.len()));
    println!("{} MB of PubTator", pubtator.len() / 1_000_000);
    measure("pubtator read", pubtator.len(), || read(Format::PubTator, &pubtator));
    measure("pubtator cut into raw documents", pubtator.len(), || {
        raw(Format::PubTator, &pubtator).map(|raw| raw.unwrap().text().len()).sum()
    });
    measure("pubtator read in parallel", pubtator.len(), || read_in_parallel(Format::PubTator, &pubtator));
    measure_extremes(megabytes / 5);
    // A tenth is enough of what is slower, and of what is held twice.
    let tenth = pubtator.get(..pubtator.len() / 10).unwrap();
    let tenth = &tenth[..tenth.rfind("\n\n").unwrap() + 2];
    let documents: Vec<Document> = documents(Format::PubTator, tenth).map(Result::unwrap).collect();
    for format in [Format::PubTator, Format::BiocXml, Format::BiocJson, Format::JsonLines] {
        let mut written = Vec::new();
        measure(&format!("{format} write, MB of PubTator"), tenth.len(), || {
            written.clear();
            let mut writer = formats::writer(format, &mut written).unwrap();
            documents.iter().for_each(|document| writer.write(document).unwrap());
            writer.finish().unwrap();
            documents.len()
        });
        let text = String::from_utf8(written).unwrap();
        measure(&format!("{format} read"), text.len(), || read(format, &text));
        if !matches!(format, Format::BiocXml) {
            measure(&format!("{format} read in parallel"), text.len(), || read_in_parallel(format, &text));
        }
    }
}

/// Texts that would take the square of their length if anything were looked at twice.
fn measure_extremes(megabytes: usize) {
    let length = megabytes * 1_000_000;
    let long = "β ".repeat(length / 3);
    let mention = "1\t5\t9\tword\tA\tD1\n";
    let mentions = format!("1|t|{}\n{}", &long[..length / 6 * 3], mention.repeat(length / mention.len()));
    let in_xml = |inner: &str| format!("<collection><document><id>1</id>{inner}</document></collection>");
    let passage = |text: &str| format!("<passage><offset>0</offset><text>{text}</text></passage>");
    let annotation = "<annotation id='1'><location offset='5' length='4'/></annotation>";
    let annotations = annotation.repeat(length / annotation.len());
    let depth = length / 7;
    let nested = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let attributes = format!("<a{}/>", (0..length / 12).map(|n| format!(" a{n}='1'")).collect::<String>());
    let json = |text: &str| {
        format!("{{\"documents\":[{{\"id\":\"1\",\"passages\":[{{\"offset\":0,\"text\":\"{text}\"}}]}}]}}")
    };
    let texts = [
        ("one long line", Format::PubTator, format!("1|t|{long}")),
        ("a line that is no title", Format::PubTator, long.clone()),
        ("a document with many mentions", Format::PubTator, mentions),
        ("one long text", Format::BiocXml, in_xml(&passage(&long))),
        ("one long text of entities", Format::BiocXml, in_xml(&passage(&"&amp;".repeat(length / 5)))),
        ("one long comment", Format::BiocXml, in_xml(&format!("<!--{long}-->{}", passage("")))),
        ("a tag that never ends", Format::BiocXml, format!("<collection><a {long}")),
        ("many annotations", Format::BiocXml, in_xml(&format!("<passage><offset>0</offset>{annotations}</passage>"))),
        ("deeply nested elements", Format::BiocXml, in_xml(&nested)),
        ("many attributes", Format::BiocXml, in_xml(&attributes)),
        ("one long text", Format::BiocJson, json(&long)),
        ("deeply nested arrays", Format::BiocJson, format!("{{\"documents\":[{}", "[".repeat(length))),
        ("one long line", Format::JsonLines, long),
    ];
    for (name, format, text) in texts {
        measure(&format!("{format}, {name}"), text.len(), || {
            documents(format, &text).map(|document| document.map_or(0, |document| document.mentions.len())).sum()
        });
    }
}

/// The best of three runs, by the clock and by the time that this thread was given a processor.
fn measure(name: &str, bytes: usize, mut run: impl FnMut() -> usize) {
    let (mut best, mut best_busy) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..3 {
        let (start, busy) = (Instant::now(), busy_seconds());
        black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
        best_busy = best_busy.min(busy_seconds() - busy);
    }
    let megabytes = bytes as f64 / 1e6;
    println!("{name:45} {:8.1} MB/s; {:8.1} MB in a second of this thread", megabytes / best, megabytes / best_busy);
}

/// How long this thread has run, where the system tells: on a busy machine that says more than the clock.
fn busy_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|text| text.parse::<f64>().ok()).map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

fn documents(format: Format, text: &str) -> impl Iterator<Item = Result<Document, DataError>> {
    formats::documents(format, Path::new("bench"), text.as_bytes()).unwrap()
}

fn read(format: Format, text: &str) -> usize {
    documents(format, text).map(|document| black_box(document.unwrap()).mentions.len()).sum()
}

fn raw(format: Format, text: &str) -> RawDocuments<'_> {
    RawDocuments::new(format, Path::new("bench"), text.as_bytes()).unwrap()
}

/// Cuts batches one after the other, and parses those of each batch at the same time and in order.
fn read_in_parallel(format: Format, text: &str) -> usize {
    let mut raw = raw(format, text);
    let mut mentions = 0;
    loop {
        let batch: Vec<_> = raw.by_ref().take(1024).map(Result::unwrap).collect();
        if batch.is_empty() {
            return mentions;
        }
        let parsed: Vec<Document> = batch.par_iter().map(|raw| raw.parse().unwrap().0).collect();
        mentions += black_box(parsed).iter().map(|document| document.mentions.len()).sum::<usize>();
    }
}

/// Documents like those of BC5CDR: 1,500 characters and 19 mentions each.
fn synthetic(n_documents: usize) -> String {
    let mut text = String::new();
    for id in 0..n_documents {
        let sentence = "Intravenous naloxone reversed the hypotensive effect of clonidine in unanesthetized rats. ";
        let body = sentence.repeat(16);
        writeln!(text, "{id}|t|Naloxone reverses the effect of clonidine.\n{id}|a|{body}").unwrap();
        for mention in 0..19 {
            let start = 43 + mention / 2 * sentence.len() + if mention % 2 == 0 { 12 } else { 56 };
            let (name, length) = if mention % 2 == 0 { ("naloxone", 8) } else { ("clonidine", 9) };
            writeln!(text, "{id}\t{start}\t{}\t{name}\tChemical\tD009270", start + length).unwrap();
        }
        text.push('\n');
    }
    text
}
