//! Which format a file or folder is in, by its name first and then by what is in it.
//! A path and the first bytes go in, a format or nothing comes out; nothing is parsed.
//!
//! Names that many formats share, such as `*.txt`, say nothing: lines of columns with a tag in each are CoNLL whatever their file is called.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use welt_tags::{Prefix, Tag};

use super::Format;
use super::brat::ANNOTATIONS;
use super::chemdner::ABSTRACTS;
use super::folder::files;
use crate::conll::{Line, kind};

/// Bytes of a text in a folder that are looked at.
const HEAD: u64 = 1 << 12;

/// Lines that must end in the tag `O` where no line of them has an entity, so that no running text is taken for them.
const OUTSIDE_LINES: usize = 3;

/// The format, nothing where neither name nor content tells.
pub(super) fn detect(path: &Path, start: &[u8]) -> Option<Format> {
    if path.is_dir() {
        return folder(path);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    // What is packed is called by what is in it as well.
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "pubtator" => Some(Format::PubTator),
        "nxml" => Some(Format::Jats),
        "xml" => articles(text).or(Some(Format::BiocXml)),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "biocjson" => Some(Format::BiocJson),
        "ann" | "a1" | "a2" => Some(Format::Brat),
        "conll" | "iob" | "iob2" | "bio" => Some(Format::Conll),
        "in" => Some(Format::Bc2gm),
        "tsv" if name == "tags.tsv" => Some(Format::Linnaeus),
        "txt" if name.ends_with(ABSTRACTS) && beside(path, "annotations.txt") => Some(Format::Chemdner),
        "txt" if ANNOTATIONS.iter().any(|ending| path.with_extension(&ending[1..]).is_file()) => Some(Format::Brat),
        _ => content(text, ending, start.ends_with(b"\n")),
    }
}

fn beside(path: &Path, ending: &str) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.strip_suffix(ABSTRACTS).is_some_and(|prefix| path.with_file_name(format!("{prefix}{ending}")).is_file())
}

/// The format of articles whose elements a text begins with.
fn articles(text: &str) -> Option<Format> {
    let holds = |names: [&str; 4]| names.iter().any(|name| text.contains(name));
    if holds(["<PubmedArticle", "<PubmedBookArticle", "<MedlineCitation", "<!DOCTYPE PubmedArticleSet"]) {
        return Some(Format::Pubmed);
    }
    holds(["<article>", "<article ", "<!DOCTYPE article", "<pmc-articleset"]).then_some(Format::Jats)
}

fn content(text: &str, ending: &str, ends_with_line: bool) -> Option<Format> {
    if text.starts_with('<') && text.contains("<collection") {
        return Some(Format::BiocXml);
    }
    if text.starts_with('<')
        && let Some(format) = articles(text)
    {
        return Some(format);
    }
    if text.starts_with(['{', '[']) {
        // A document on a line states its passages before the line ends, a collection its documents first.
        let documents = text.find("\"documents\"").unwrap_or(usize::MAX);
        let passages = text.find("\"passages\"").unwrap_or(usize::MAX);
        return Some(if text.starts_with("{\"id\"") && passages < documents && !text.contains("\"infons\"") {
            Format::JsonLines
        } else {
            Format::BiocJson
        });
    }
    let first = text.lines().next().unwrap_or_default();
    let is_pubtator = first.split_once('|').is_some_and(|(id, rest)| {
        !id.is_empty() && !id.contains('\t') && (rest.starts_with("t|") || rest.starts_with("a|"))
    });
    if is_pubtator {
        return Some(Format::PubTator);
    }
    if is_conll(text, ends_with_line) {
        return Some(Format::Conll);
    }
    match ending {
        "txt" => Some(Format::PlainText),
        "tsv" => Some(Format::Conll),
        _ if matches!(kind(first.as_bytes()), Line::Document) || first.split('\t').count() == 2 => Some(Format::Conll),
        _ => None,
    }
}

/// Whether all lines have the same columns, two or more, and one of these holds a tag in each; the last line may be cut off.
fn is_conll(text: &str, ends_with_line: bool) -> bool {
    let mut lines: Vec<&str> = text.lines().collect();
    if !ends_with_line && lines.len() > 1 {
        lines.pop();
    }
    let is_word = |line: &&str| !line.trim().is_empty() && matches!(kind(line.as_bytes()), Line::Word);
    lines.retain(is_word);
    let with_tabs = lines.first().is_some_and(|line| line.contains('\t'));
    let rows: Vec<Vec<&str>> = lines.iter().map(|line| columns(line, with_tabs)).collect();
    let Some(count) = rows.first().map(Vec::len).filter(|count| *count > 1) else { return false };
    rows.iter().all(|row| row.len() == count) && (1..count).any(|column| holds_tags(&rows, column, with_tabs))
}

fn columns(line: &str, with_tabs: bool) -> Vec<&str> {
    if with_tabs { line.split('\t').collect() } else { line.split_ascii_whitespace().collect() }
}

/// Whether a column is one of tags: a word such as the `B` of `vitamin B` is no sign of that, `B-Gene` is.
fn holds_tags(rows: &[Vec<&str>], column: usize, with_tabs: bool) -> bool {
    let tags = rows.iter().map(|row| row.get(column).and_then(|text| text.parse::<Tag>().ok()));
    let Some(tags) = tags.collect::<Option<Vec<Tag>>>() else { return false };
    let outside = tags.iter().filter(|tag| tag.prefix() == Prefix::Outside).count();
    let has_types = tags.iter().any(|tag| !tag.entity_type().is_empty());
    has_types || outside >= OUTSIDE_LINES || with_tabs && outside > 0
}

fn folder(path: &Path) -> Option<Format> {
    if path.join("tags.tsv").is_file() && path.join("txt").is_dir() {
        return Some(Format::Linnaeus);
    }
    if path.join("GENE.eval").is_file() {
        return Some(Format::Bc2gm);
    }
    let holds = |ending: &str| files(path, ending).is_ok_and(|files| !files.is_empty());
    if holds(ABSTRACTS) && holds("annotations.txt") {
        return Some(Format::Chemdner);
    }
    if ANNOTATIONS.into_iter().any(holds) {
        return Some(Format::Brat);
    }
    let texts = files(path, ".txt").unwrap_or_default();
    // Read as plain text, tags would become words; and no folder of CoNLL files is read.
    texts.first().filter(|first| !begins_with_tags(first)).map(|_| Format::PlainText)
}

fn begins_with_tags(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && is_conll(&String::from_utf8_lossy(&head), head.ends_with(b"\n"))
}
