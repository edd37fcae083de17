//! BRAT's standoff format: for each document a `.txt` with nothing but text, and an `.ann` with a line for each annotation.
//! Two texts become a document and a document becomes two texts; whether the stated texts stand at their offsets is not asked.
//!
//! Text-bound annotations (`T1`, also the triggers of events) become mentions, discontinuous ones with all their parts,
//! and normalizations (`N1`) the identifiers of their mention; everything else is skipped and counted.
//! Offsets count characters of the text with line breaks, carriage returns and a byte order mark, as Python and so BRAT reads it;
//! mentions after the Greek letters of CHEMDNER's documents show that they are not bytes.
//! The annotations of BioNLP-ST stand in several files with the endings `.a1`, `.a2`, `.co` and `.rel`, which are read together where there is no `.ann`.
//!
//! In a folder, a text without annotations is a document without mentions and counted; named alone it is an error, as are annotations without a text.
//! Folders within the folder are not read but counted.
//!
//! Passages are written one after the other with a line break after each.
//! An unnamed database is written as `identifier`, as BioC has it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::annotations::RowPosition;
use super::book::Book;
use super::folder::{self, NewFolder};
use super::lines::Lines;
use super::position::Position;
use super::pubtator::one_field;
use super::{Sink, Source};
use crate::characters::Characters;
use crate::document::{Document, Identifier, Mention, Passage};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss};

/// The endings of the files of annotations; the first holds all of them, the others of BioNLP-ST a part each.
pub(super) const ANNOTATIONS: [&str; 5] = [".ann", ".a1", ".a2", ".co", ".rel"];
/// What BRAT names a database that has no name.
const IDENTIFIER: &str = "identifier";

/// Reads a folder of texts and annotations.
#[derive(Debug)]
pub(super) struct Reader {
    /// The paths of the documents, without ending, the last first.
    documents: Vec<PathBuf>,
    is_folder: bool,
    /// Those that are not read, until they are counted.
    sub_folders: Vec<PathBuf>,
    ledger: Ledger,
}

impl Reader {
    /// Takes a folder, or the text or the annotations of one document.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let mut documents = Vec::new();
        let mut sub_folders = Vec::new();
        let is_folder = path.is_dir();
        if is_folder {
            for ending in [".txt"].into_iter().chain(ANNOTATIONS) {
                documents.extend(folder::files(path, ending)?);
            }
            sub_folders = folder::sub_folders(path, &[".txt", ".ann", ".a1"])?;
        } else {
            documents.push(path.to_owned());
        }
        for document in &mut documents {
            document.set_extension("");
        }
        documents.sort();
        documents.dedup();
        documents.reverse();
        Ok(Self { documents, is_folder, sub_folders, ledger: Ledger::listing(0) })
    }
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        for folder in std::mem::take(&mut self.sub_folders) {
            self.ledger.skip(Loss::UnreadSubFolder, &folder, Position::START, || Item::named(""));
        }
        let Some(path) = self.documents.pop() else { return Ok(None) };
        let before = self.ledger.begin_document();
        let text_path = with_ending(&path, ".txt");
        let text = folder::text(&text_path)?;
        let id = text_path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let id = id.strip_suffix(".txt").unwrap_or(&id).to_owned();
        let passages = vec![Passage { kind: String::new(), offset: 0, text }];
        let mut document = Document { id, passages, mentions: Vec::new(), sentences: None };
        document.mentions = self.mentions(&path, &text_path)?;
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
    /// The mentions of all files of annotations beside a text.
    fn mentions(&mut self, path: &Path, text_path: &Path) -> Result<Vec<Mention>, DataError> {
        let files = ANNOTATIONS.map(|ending| with_ending(path, ending));
        let mut files: Vec<PathBuf> = files.into_iter().filter(|file| file.is_file()).collect();
        if files.is_empty() {
            if self.is_folder {
                self.ledger.skip(Loss::UnreadMissingAnnotations, text_path, Position::START, || Item::named(""));
            } else {
                // Opened below, so that the error says which file is missing.
                files.push(with_ending(path, ANNOTATIONS[0]));
            }
        }
        if files.len() > 1 && files[0].extension().is_some_and(|ending| ending == "ann") {
            for other in files.drain(1..) {
                self.ledger.skip(Loss::UnreadOtherAnnotations, &other, Position::START, || Item::named(""));
            }
        }
        let mut read = Standoff::default();
        for file in files {
            read.add(&Arc::from(file), &mut self.ledger)?;
        }
        Ok(read.into_mentions(&mut self.ledger))
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// What the files of annotations of one document say.
#[derive(Default)]
struct Standoff {
    mentions: Vec<Mention>,
    /// A normalization may stand before its mention, or in another file: where it stands, the id of the mention, and the entry.
    normalizations: Vec<(Arc<Path>, usize, String, Identifier)>,
}

impl Standoff {
    /// Adds what a file says.
    fn add(&mut self, path: &Arc<Path>, ledger: &mut Ledger) -> Result<(), DataError> {
        let mut lines = Lines::new(path, super::open_file(path)?);
        let mut line_number = 0;
        while let Some(line) = lines.next_line()? {
            line_number += 1;
            let row = RowPosition { path, line_number };
            let mut skip = |skip| ledger.skip(skip, row.path, row.position(), || Item::named(line));
            match line.as_bytes().first() {
                None => {}
                Some(b'T') => self.mentions.push(text_bound(line, &row)?),
                Some(b'N') => {
                    let (target, identifier, name) = normalization(line, &row)?;
                    self.normalizations.push((Arc::clone(path), line_number, target, identifier));
                    if !name.is_empty() {
                        skip(Loss::UnreadNormalizationName);
                    }
                }
                Some(b'R') => skip(Loss::UnreadRelation),
                Some(b'E') => skip(Loss::UnreadEvent),
                Some(b'A' | b'M') => skip(Loss::UnreadAttribute),
                Some(b'*') => skip(Loss::UnreadEquivalence),
                Some(b'#') => skip(Loss::UnreadNote),
                Some(_) => {
                    let expected =
                        "an annotation such as `T1<TAB>Type 0 5<TAB>text`, beginning with T, N, R, E, A, M, * or #";
                    return Err(row.unexpected(line, expected));
                }
            }
        }
        Ok(())
    }

    /// The mentions with their identifiers.
    fn into_mentions(mut self, ledger: &mut Ledger) -> Vec<Mention> {
        let ids = self.mentions.iter().enumerate().map(|(index, mention)| (mention.id.clone(), index));
        let ids: HashMap<String, usize> = ids.collect();
        for (path, line_number, target, identifier) in self.normalizations {
            match ids.get(&target).and_then(|index| self.mentions.get_mut(*index)) {
                Some(mention) => mention.identifiers.push(identifier),
                None => {
                    let item = || Item::named(&format!("{target} {}:{}", identifier.database, identifier.id));
                    ledger.skip(
                        Loss::UnreadNormalization,
                        &path,
                        RowPosition { path: &path, line_number }.position(),
                        item,
                    );
                }
            }
        }
        self.mentions
    }
}

/// A line such as `T1<TAB>Type 0 5;10 15<TAB>text`.
fn text_bound(line: &str, row: &RowPosition<'_>) -> Result<Mention, DataError> {
    let mut columns = line.splitn(3, '\t');
    let (id, head, text) = (columns.next().unwrap_or_default(), columns.next(), columns.next());
    let expected = "`T1<TAB>Type 0 5<TAB>text`, or several offsets separated by `;`";
    let Some((entity_type, offsets)) = head.and_then(|head| head.split_once(' ')) else {
        return Err(row.unexpected(line, expected));
    };
    let part = |part: &str| match part.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
        [start, end] => row.offsets(start, end),
        _ => Err(row.unexpected(part, expected)),
    };
    let parts = offsets.split(';').map(part).collect::<Result<Vec<Range<usize>>, _>>()?;
    let text = text.map(str::to_owned);
    Ok(Mention { id: id.to_owned(), entity_type: entity_type.to_owned(), parts, text, identifiers: Vec::new() })
}

/// The mention, the identifier and the name in a line such as `N1<TAB>Reference T1 Taxonomy:9606<TAB>Homo sapiens`.
fn normalization<'l>(line: &'l str, row: &RowPosition<'_>) -> Result<(String, Identifier, &'l str), DataError> {
    let mut columns = line.splitn(3, '\t');
    let (_, head, name) = (columns.next(), columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
    let mut words = head.splitn(3, ' ');
    let (_, target, entry) = (words.next(), words.next(), words.next());
    let (Some(target), Some((database, id))) = (target, entry.and_then(|entry| entry.split_once(':'))) else {
        return Err(row.unexpected(line, "`N1<TAB>Reference T1 Database:entry<TAB>name`"));
    };
    let database = if database == IDENTIFIER { "" } else { database };
    Ok((target.to_owned(), Identifier { database: database.to_owned(), id: id.to_owned() }, name))
}

/// Writes a folder of texts and annotations.
#[derive(Debug)]
pub(super) struct Writer(NewFolder);

impl Writer {
    pub fn new(folder: NewFolder) -> Self {
        Self(folder)
    }
}

impl Sink for Writer {
    fn write(&mut self, document: &Document, losses: &mut Book<'_, '_>) -> Result<(), DataError> {
        let id = &document.id;
        losses.add_if(document.sentences.is_some(), Loss::UnwrittenWords);
        let is_whole = matches!(document.passages.as_slice(), [only] if only.kind.is_empty() && only.offset == 0);
        losses.add_if(!is_whole, Loss::UnwrittenPassages);
        let text = text_of(document);
        let annotations = annotations_of(document, &Characters::new(&text), losses);
        self.0.write(id, ".txt", &text)?;
        self.0.write(id, ".ann", &annotations)
    }

    fn finish(&mut self) -> Result<(), DataError> {
        Ok(())
    }
}

/// The passages at their offsets, a line break after each where there is room for one.
pub(super) fn text_of(document: &Document) -> String {
    let mut text = String::new();
    let mut length = 0;
    for (index, passage) in document.passages.iter().enumerate() {
        let gap = passage.offset.saturating_sub(length);
        if index > 0 && gap > 0 {
            text.push('\n');
        }
        text.extend(std::iter::repeat_n(' ', if index > 0 { gap.saturating_sub(1) } else { gap }));
        text.push_str(&passage.text);
        length = passage.range().end;
    }
    text
}

fn annotations_of(document: &Document, characters: &Characters<'_>, losses: &mut Book<'_, '_>) -> String {
    let mut lines = String::new();
    let mut ids = Ids::new(document);
    let mut normalizations = 0;
    for mention in &document.mentions {
        if mention.parts.is_empty() {
            losses.add_of(Loss::UnwrittenWithoutOffsets, mention);
            continue;
        }
        let id = ids.id(mention, losses);
        let entity_type = entity_type(&mention.entity_type);
        losses.add_of_if(entity_type != mention.entity_type, Loss::UnwrittenEntityTypes, mention);
        let parts: Vec<String> = mention.parts.iter().map(|part| format!("{} {}", part.start, part.end)).collect();
        let text = mention.text.clone().or_else(|| {
            let parts: Option<Vec<&str>> = mention.parts.iter().map(|part| characters.slice(part)).collect();
            parts.map(|parts| parts.join(" "))
        });
        losses.add_of_if(text.is_none(), Loss::UnwrittenOutsideText, mention);
        let text = text.unwrap_or_default();
        let text = one_field(&text, mention, losses);
        lines.push_str(&format!("{id}\t{entity_type} {}\t{text}\n", parts.join(";")));
        for identifier in &mention.identifiers {
            let (database, entry) = normalized(identifier);
            let is_exact = !matches!(identifier.database.as_str(), IDENTIFIER)
                && (database == identifier.database || identifier.database.is_empty())
                && entry == identifier.id;
            losses.add_of_if(!is_exact, Loss::UnwrittenIdentifiers, mention);
            if !entry.is_empty() {
                normalizations += 1;
                lines.push_str(&format!("N{normalizations}\tReference {id} {database}:{entry}\t\n"));
            } else if is_exact {
                losses.add_of(Loss::UnwrittenIdentifiers, mention);
            }
        }
    }
    lines
}

/// A type without the white space that would end it.
fn entity_type(entity_type: &str) -> String {
    match entity_type {
        "" => "_".to_owned(),
        _ => entity_type.replace(char::is_whitespace, "_"),
    }
}

/// The database and entry as BRAT takes them: without white space, and no `:` in the name of the database.
fn normalized(identifier: &Identifier) -> (String, String) {
    let database = match identifier.database.as_str() {
        "" => IDENTIFIER.to_owned(),
        database => database.replace(|character: char| character == ':' || character.is_whitespace(), "_"),
    };
    (database, identifier.id.replace(char::is_whitespace, "_"))
}

/// The ids of text-bound annotations: those of the mentions where they are such, else new ones.
struct Ids<'d> {
    taken: HashSet<&'d str>,
    written: HashSet<&'d str>,
    last: usize,
}

impl<'d> Ids<'d> {
    fn new(document: &'d Document) -> Self {
        let taken = document.mentions.iter().map(|mention| mention.id.as_str()).collect();
        Self { taken, written: HashSet::new(), last: 0 }
    }

    fn id(&mut self, mention: &'d Mention, losses: &mut Book<'_, '_>) -> String {
        let number = mention.id.strip_prefix('T').unwrap_or_default();
        let is_text_bound = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if is_text_bound && self.written.insert(&mention.id) {
            return mention.id.clone();
        }
        losses.add_of_if(!mention.id.is_empty(), Loss::UnwrittenAnnotationIds, mention);
        loop {
            self.last += 1;
            let id = format!("T{}", self.last);
            if !self.taken.contains(id.as_str()) {
                return id;
            }
        }
    }
}
