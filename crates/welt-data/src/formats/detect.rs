//! Which format a file or folder is in, by what each format says of it.
//! A path and the first bytes go in, the formats that fit best come out; nothing is parsed.
//!
//! A format adds its evidence in two steps: a function `evidence(&Head) -> Evidence` in its own file, and a row in [`FILES`];
//! one that is a folder of files adds a function `is_folder(&FileNames) -> bool` and a row in [`FOLDERS`].
//! The strongest evidence wins. A format says [`Evidence::Certain`] only of whole lines or values that no other format has:
//! keys of JSON at their paths, the first element of XML, columns of every line. A single character is no evidence, since it may be a word.
//! Where two are certain, the earlier row wins, so that a dialect stands before the format that it is a dialect of;
//! where two are equally strong otherwise, the format is in doubt and has to be named.

use std::path::Path;

use super::folder::{FileNames, Tree};
use super::head::{Evidence, Head};
use super::{
    Format, bc2gm, bioc_json, bioc_xml, brat, chemdner, conll, conll_u, doccano, drugprot, files, hugging_face, i2b2,
    jats, json_lines, label_studio, linnaeus, plain_text, prodigy, pubannotation, pubmed, pubtator, webanno,
};

/// How a format looks at the beginning of a file.
type OfFile = fn(&Head<'_>) -> Evidence;
/// How a format looks at the names of the files in a folder.
type OfFolder = fn(&FileNames<'_>) -> bool;

/// What each format says of a file.
const FILES: &[(Format, OfFile)] = &[
    (Format::PubTator, pubtator::evidence),
    (Format::BiocXml, bioc_xml::evidence),
    (Format::Pubmed, pubmed::evidence),
    (Format::Jats, jats::evidence),
    (Format::JsonLines, json_lines::evidence),
    (Format::BiocJson, bioc_json::evidence),
    (Format::Prodigy, prodigy::evidence),
    (Format::Doccano, doccano::evidence),
    (Format::PubAnnotation, pubannotation::evidence),
    (Format::LabelStudio, label_studio::evidence),
    (Format::HuggingFace, hugging_face::evidence),
    (Format::Linnaeus, linnaeus::evidence),
    (Format::Chemdner, chemdner::evidence),
    (Format::DrugProt, drugprot::evidence),
    (Format::Bc2gm, bc2gm::evidence),
    (Format::Brat, brat::evidence),
    (Format::I2b2, i2b2::evidence),
    (Format::WebAnnoTsv, webanno::evidence),
    (Format::ConllU, conll_u::evidence),
    (Format::Conll, conll::evidence),
    (Format::PlainText, plain_text::evidence),
];

/// What each format says of a folder; the first that takes it has it.
const FOLDERS: &[(Format, OfFolder)] = &[
    (Format::Linnaeus, linnaeus::is_folder),
    (Format::Bc2gm, bc2gm::is_folder),
    (Format::Chemdner, chemdner::is_folder),
    (Format::DrugProt, drugprot::is_folder),
    (Format::I2b2, i2b2::is_folder),
    (Format::Brat, brat::is_folder),
    (Format::WebAnnoTsv, webanno::is_folder),
    (Format::PlainText, plain_text::is_folder),
];

/// The formats that a file or folder is most likely in: one where it can be told, several in doubt, none where nothing speaks for any.
pub(super) fn candidates(path: &Path, start: &[u8]) -> Vec<Format> {
    if path.is_dir() {
        return folder(path).into_iter().collect();
    }
    let text = String::from_utf8_lossy(start);
    let head = Head::new(path, &text);
    let found: Vec<(Format, Evidence)> = FILES.iter().map(|(format, evidence)| (*format, evidence(&head))).collect();
    let strongest = found.iter().map(|(_, evidence)| *evidence).max().unwrap_or(Evidence::Nothing);
    let fitting = found.iter().filter(|(_, evidence)| *evidence == strongest && strongest != Evidence::Nothing);
    let most = if strongest == Evidence::Certain { 1 } else { found.len() };
    fitting.map(|(format, _)| *format).take(most).collect()
}

/// The format of a folder: of its own files, or of those in the first of its folders that tells, or of files that are a corpus each.
fn folder(path: &Path) -> Option<Format> {
    let of_names = |folder: &Path| {
        let names = FileNames::of(folder).ok()?;
        FOLDERS.iter().find(|(_, is_folder)| is_folder(&names)).map(|(format, _)| *format)
    };
    let below = || {
        let folders = Tree::of(path).ok()?.folders;
        let found = folders.iter().skip(1).find_map(|folder| of_names(folder));
        found.filter(|format| matches!(format, Format::Brat | Format::WebAnnoTsv | Format::PlainText))
    };
    of_names(path).or_else(|| files::format_of_folder(path)).or_else(below)
}
