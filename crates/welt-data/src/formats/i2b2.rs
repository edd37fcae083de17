//! The concepts of i2b2 and n2c2: for each document a `.txt` with a sentence a line and words between blanks, and a `.con` with a line for each concept.
//! A folder, or a file of one document, goes in; documents that come cut into words come out, by name.
//!
//! A line is `c="chest pain" 3:4 3:5||t="problem"`: lines count from 1, words of a line from 0, the last word included; several parts are separated by commas.
//! The stated text is in small letters and in single blanks: where it differs from the words in nothing else it is not kept.
//! Texts and annotations may lie beside one another, or in folders `txt` and `concept` as i2b2 gives them out; a name may be `1.con` or `1.txt.con`.
//! Assertions (`.ast`) and relations (`.rel`) beside or in `ast` and `rel` are counted line by line, not kept.
//! In a folder, a text without concepts is a document without mentions and counted.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::annotations::RowPosition;
use super::folder::{self, Beside, FileNames, files};
use super::head::{Evidence, Head};
use super::lines::Lines;
use super::position::Position;
use super::units::{are_alike, may_be_alike};
use super::{Format, Source};
use crate::document::{Document, Mention, Passage};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss};

/// The ending of a file of concepts, and the folder for them.
const CONCEPTS: &str = ".con";
const CONCEPT_FOLDERS: [&str; 2] = ["concept", "concepts"];
const TEXT_FOLDERS: [&str; 3] = ["txt", "text", "docs"];
/// The endings of what is counted, the folder for it, and under what.
const COUNTED: [(&str, &str, Loss); 2] =
    [(".ast", "ast", Loss::UnreadAttribute), (".rel", "rel", Loss::UnreadRelation)];

/// Told by a file of concepts for a text, or by their lines.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let is_concept = head.first_line().starts_with("c=\"") && head.first_line().contains("||t=\"");
    let folder = head.path.parent().unwrap_or(head.path);
    let document = head.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match head.ending.as_str() {
        "con" if is_concept => Evidence::Certain,
        "con" => Evidence::Named,
        "txt" if Files::beside(folder, document_of(&document)).concepts.is_some() => Evidence::Certain,
        _ => Evidence::Nothing,
    }
}

/// A folder is told by files of concepts, in itself or in a folder for them.
pub(super) fn is_folder(names: &FileNames<'_>) -> bool {
    let holds = |folder: &Path| files(folder, CONCEPTS).is_ok_and(|files| !files.is_empty());
    names.ends_in(CONCEPTS) || CONCEPT_FOLDERS.iter().any(|name| holds(&names.folder.join(name)))
}

/// Reads a folder of texts and concepts.
pub(super) struct Reader {
    /// The last first.
    documents: Vec<Files>,
    /// What is not read, until it is counted.
    beside: Beside,
    ledger: Ledger,
}

/// The files of a document.
struct Files {
    id: String,
    text: PathBuf,
    concepts: Option<PathBuf>,
    /// Files whose lines are counted.
    counted: Vec<(PathBuf, Loss)>,
}

impl Reader {
    /// Takes a folder, or the text or the concepts of one document.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let missing = |missing| DataError::MissingFile { path: path.to_owned(), format: Format::I2b2, missing };
        if !path.is_dir() {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let id = document_of(&name).to_owned();
            let folder = path.parent().unwrap_or(path);
            let text = text_of(folder, &id).ok_or_else(|| missing("text `*.txt` of that name"))?;
            let mut files = Files { text, ..Files::beside(folder, &id) };
            if name.ends_with(CONCEPTS) {
                files.concepts = Some(path.to_owned());
            } else if files.concepts.is_none() {
                return Err(missing("file of concepts `*.con` of that name"));
            }
            let beside = Beside::default();
            return Ok(Self { documents: vec![files], beside, ledger: Ledger::listing(0) });
        }
        let mut documents = Vec::new();
        for id in ids(path)? {
            let text = text_of(path, &id).ok_or_else(|| missing("text `*.txt` for each file of concepts `*.con`"))?;
            documents.push(Files { text, ..Files::beside(path, &id) });
        }
        documents.reverse();
        let read: Vec<&Path> = documents.iter().flat_map(Files::paths).collect();
        let folders: BTreeSet<&Path> = read.iter().filter_map(|file| file.parent()).chain([path]).collect();
        let beside = Beside::of(path, &folders.into_iter().collect::<Vec<_>>(), &read)?;
        Ok(Self { documents, beside, ledger: Ledger::listing(0) })
    }
}

/// The documents of a folder that have a text or concepts, by name.
fn ids(folder: &Path) -> Result<BTreeSet<String>, DataError> {
    let mut ids = BTreeSet::new();
    let folders = CONCEPT_FOLDERS.iter().chain(&TEXT_FOLDERS).map(|name| folder.join(name));
    for folder in folders.filter(|folder| folder.is_dir()).chain([folder.to_owned()]) {
        for ending in [CONCEPTS, ".txt"] {
            for file in files(&folder, ending)? {
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                ids.insert(document_of(&name).to_owned());
            }
        }
    }
    Ok(ids)
}

/// The name of a document by the name of one of its files.
fn document_of(name: &str) -> &str {
    let name = [CONCEPTS, ".ast", ".rel"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    name.strip_suffix(".txt").unwrap_or(name)
}

/// The text of a document: beside, or in a folder for texts there or beside the folder.
fn text_of(folder: &Path, id: &str) -> Option<PathBuf> {
    let name = format!("{id}.txt");
    let mut folders = vec![folder.to_owned()];
    folders.extend(TEXT_FOLDERS.iter().map(|texts| folder.join(texts)));
    folders.extend(folder.parent().into_iter().flat_map(|above| TEXT_FOLDERS.map(|texts| above.join(texts))));
    folders.into_iter().map(|folder| folder.join(&name)).find(|file| file.is_file())
}

impl Files {
    /// All of them.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        let counted = self.counted.iter().map(|(path, _)| path);
        [&self.text].into_iter().chain(&self.concepts).chain(counted).map(PathBuf::as_path)
    }

    /// What there is of a document besides its text.
    fn beside(folder: &Path, id: &str) -> Self {
        let find = |ending: &str, names: &[&str]| {
            let mut folders = vec![folder.to_owned()];
            folders.extend(names.iter().map(|name| folder.join(name)));
            folders.extend(folder.parent().into_iter().flat_map(|above| names.iter().map(|name| above.join(name))));
            let files = folders
                .iter()
                .flat_map(|folder| [folder.join(format!("{id}{ending}")), folder.join(format!("{id}.txt{ending}"))]);
            files.into_iter().find(|file| file.is_file())
        };
        let counted = COUNTED.iter().filter_map(|(ending, name, loss)| Some((find(ending, &[name])?, *loss)));
        Self {
            id: id.to_owned(),
            text: PathBuf::new(),
            concepts: find(CONCEPTS, &CONCEPT_FOLDERS),
            counted: counted.collect(),
        }
    }
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        self.beside.tell(&mut self.ledger);
        let Some(files) = self.documents.pop() else { return Ok(None) };
        let before = self.ledger.begin_document();
        let text = folder::text(&files.text)?;
        let words = Words::of(&text);
        let mut mentions = Vec::new();
        match &files.concepts {
            Some(path) => mentions = concepts(path, &words)?,
            None => {
                self.ledger.skip(Loss::UnreadMissingAnnotations, &files.text, Position::START, || Item::named(""));
            }
        }
        for (path, loss) in &files.counted {
            self.count_lines(path, *loss)?;
        }
        let sentences = words.lines.into_iter().filter(|words| !words.is_empty()).collect();
        let passages = vec![Passage { kind: String::new(), offset: 0, text }];
        let document = Document { id: files.id, passages, mentions, sentences: Some(sentences) };
        self.ledger.end_document(before, &document.id);
        Ok(Some(document))
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

impl Reader {
    fn count_lines(&mut self, path: &Path, loss: Loss) -> Result<(), DataError> {
        let path: Arc<Path> = Arc::from(path);
        let mut lines = Lines::new(&path, super::open_file(&path)?);
        let mut line_number = 0;
        while let Some(line) = lines.next_line()? {
            line_number += 1;
            if !line.trim().is_empty() {
                self.ledger.skip(loss, &path, Position { line: line_number, column: 1 }, || Item::named(line));
            }
        }
        Ok(())
    }
}

/// The words of a text, by lines.
struct Words<'t> {
    text: &'t str,
    /// The characters of each word of each line, also of lines without any.
    lines: Vec<Vec<Range<usize>>>,
}

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Self {
        let (mut lines, mut words, mut start) = (Vec::new(), Vec::new(), None);
        let mut length = 0;
        for (index, character) in text.chars().enumerate() {
            // A byte order mark begins no word.
            let is_blank = character.is_whitespace() || index == 0 && character == '\u{feff}';
            match (is_blank, start) {
                (false, None) => start = Some(index),
                (true, Some(first)) => {
                    words.push(first..index);
                    start = None;
                }
                _ => {}
            }
            if character == '\n' {
                lines.push(std::mem::take(&mut words));
            }
            length = index + 1;
        }
        words.extend(start.map(|start| start..length));
        lines.push(words);
        Self { text, lines }
    }

    /// The characters of a word by its line from 1 and its number from 0.
    fn word(&self, line: usize, number: usize) -> Option<&Range<usize>> {
        self.lines.get(line.checked_sub(1)?)?.get(number)
    }
}

/// The mentions of a file of concepts.
fn concepts(path: &Path, words: &Words<'_>) -> Result<Vec<Mention>, DataError> {
    let path: Arc<Path> = Arc::from(path);
    let characters = crate::characters::Characters::new(words.text);
    let mut lines = Lines::new(&path, super::open_file(&path)?);
    let (mut mentions, mut line_number) = (Vec::new(), 0);
    while let Some(line) = lines.next_line()? {
        line_number += 1;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let place = RowPosition { path: &path, line_number };
        let mut mention = concept(line, words, &place)?;
        let length = mention.parts.iter().map(ExactSizeIterator::len).sum();
        let there = || mention.parts.iter().filter_map(|part| characters.slice(part)).collect::<Vec<_>>().join(" ");
        mention.text = mention.text.filter(|stated| !may_be_alike(length, stated) || !are_alike(&there(), stated));
        mentions.push(mention);
    }
    Ok(mentions)
}

/// A line such as `c="chest pain" 3:4 3:5||t="problem"`.
fn concept(line: &str, words: &Words<'_>, place: &RowPosition<'_>) -> Result<Mention, DataError> {
    let expected = "a concept such as `c=\"chest pain\" 3:4 3:5||t=\"problem\"`";
    let unexpected = || place.unexpected(line, expected);
    let (concept, rest) = line.rsplit_once("||t=\"").ok_or_else(unexpected)?;
    let entity_type = rest.strip_suffix('"').unwrap_or(rest);
    let (stated, offsets) = concept.rsplit_once("\" ").ok_or_else(unexpected)?;
    let stated = stated.strip_prefix("c=\"").ok_or_else(unexpected)?;
    let mut parts = Vec::new();
    for part in offsets.split(',') {
        let (first, last) = part.trim().split_once(' ').ok_or_else(unexpected)?;
        let first = word(first, words, place)?;
        let last = word(last, words, place)?;
        if last.end < first.start {
            return Err(place.unexpected(part, "a last word that is not before the first"));
        }
        parts.push(first.start..last.end);
    }
    Ok(Mention { parts, text: Some(stated.to_owned()), ..Mention::new(entity_type, 0..0) })
}

/// The characters of a word such as `3:4`.
fn word<'w>(text: &str, words: &'w Words<'_>, place: &RowPosition<'_>) -> Result<&'w Range<usize>, DataError> {
    let number = |text: &str| text.parse::<usize>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let found = text.split_once(':').and_then(|(line, word)| words.word(number(line)?, number(word)?));
    found.ok_or_else(|| place.unexpected(text, "the line of a word from 1 and its number there from 0, as in the text"))
}
