//! Which format a file or folder is in, by its name first and then by what is in it.
//! A path and the first bytes go in, a format or nothing comes out; nothing is parsed.

use std::path::Path;

use super::Format;
use super::chemdner::ABSTRACTS;
use super::folder::files;

/// The format, nothing where neither name nor content tells.
pub(super) fn detect(path: &Path, start: &[u8]) -> Option<Format> {
    if path.is_dir() {
        return folder(path);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "pubtator" => Some(Format::PubTator),
        "xml" => Some(Format::BiocXml),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "ann" => Some(Format::Brat),
        "conll" | "iob" | "iob2" | "bio" => Some(Format::Conll),
        "in" => Some(Format::Bc2gm),
        "tsv" if name == "tags.tsv" => Some(Format::Linnaeus),
        "txt" if name.ends_with(ABSTRACTS) && beside(path, "annotations.txt") => Some(Format::Chemdner),
        "txt" if path.with_extension("ann").is_file() => Some(Format::Brat),
        _ => content(text, ending),
    }
}

fn beside(path: &Path, ending: &str) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.strip_suffix(ABSTRACTS).is_some_and(|prefix| path.with_file_name(format!("{prefix}{ending}")).is_file())
}

fn content(text: &str, ending: &str) -> Option<Format> {
    if text.starts_with('<') && text.contains("<collection") {
        return Some(Format::BiocXml);
    }
    if text.starts_with(['{', '[']) {
        // A document on a line states its passages before the line ends, a collection its documents first.
        let documents = text.find("\"documents\"").unwrap_or(usize::MAX);
        let passages = text.find("\"passages\"").unwrap_or(usize::MAX);
        return Some(if text.starts_with("{\"id\"") && passages < documents {
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
    match ending {
        "txt" => Some(Format::PlainText),
        "tsv" => Some(Format::Conll),
        _ if first.starts_with("-DOCSTART-") || first.split('\t').count() == 2 => Some(Format::Conll),
        _ => None,
    }
}

fn folder(path: &Path) -> Option<Format> {
    if path.join("tags.tsv").is_file() && path.join("txt").is_dir() {
        return Some(Format::Linnaeus);
    }
    if path.join("GENE.eval").is_file() {
        return Some(Format::Bc2gm);
    }
    let holds = |ending| files(path, ending).is_ok_and(|files| !files.is_empty());
    if holds(ABSTRACTS) && holds("annotations.txt") {
        return Some(Format::Chemdner);
    }
    if holds(".ann") {
        return Some(Format::Brat);
    }
    holds(".txt").then_some(Format::PlainText)
}
