//! BRAT's standoff format: for each document a `.txt` with nothing but text, and an `.ann` with a line for each annotation.
//! Two texts become a document and a document becomes two texts; whether the stated texts stand at their offsets is not asked.
//!
//! Text-bound annotations (`T1`, also the triggers of events) become mentions, discontinuous ones with all their parts,
//! and normalizations (`N1`) the identifiers of their mention; everything else is skipped and counted.
//! Offsets count characters of the text with line breaks, carriage returns and a byte order mark, as Python and so BRAT reads it;
//! mentions after the Greek letters of CHEMDNER's documents show that they are not bytes.
//! The annotations of BioNLP-ST stand in several files with the endings `.a1`, `.a2`, `.co` and `.rel`, which are read together where there is no `.ann`.
//!
//! Where they fit the text only without the carriage returns of CRLF, something changed the line ends of the text afterwards: these are left out and counted.
//! In a folder, a text without annotations is a document without mentions and counted; named alone it is an error.
//! Folders within the folder, annotations without a text, other files and odd lines of annotations are not read but counted.
//!
//! Passages are written one after the other with a line break after each.
//! An unnamed database is written as `identifier`, as BioC has it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::annotations::RowPosition;
use super::book::Book;
use super::folder::{self, FileNames, NewFolder, TEXT, Tree};
use super::head::{Evidence, Head};
use super::lines::Lines;
use super::position::Position;
use super::pubtator::one_field;
use super::{Sink, Source};
use crate::characters::Characters;
use crate::document::{Document, Identifier, Mention, Passage};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss};
use crate::text::trimmed;

/// The endings of the files of annotations; the first holds all of them, the others of BioNLP-ST a part each.
const ANNOTATIONS: [&str; 5] = [".ann", ".a1", ".a2", ".co", ".rel"];
/// What BRAT names a database that has no name.
const IDENTIFIER: &str = "identifier";

/// A text is told by the annotations beside it, and these by their ending and by their lines.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let document = folder::without_ending(head.path);
    let is_beside = |ending: &&str| folder::with_ending(&document, ending).is_file();
    if head.ending == "txt" && ANNOTATIONS.iter().any(is_beside) {
        return Evidence::Certain;
    }
    if !matches!(head.ending.as_str(), "ann" | "a1" | "a2") {
        return Evidence::Nothing;
    }
    if is_text_bound(head.first_line()) { Evidence::Certain } else { Evidence::Named }
}

/// A folder is told by files of annotations.
pub(super) fn is_folder(names: &FileNames<'_>) -> bool {
    ANNOTATIONS.iter().any(|ending| names.ends_in(ending))
}

/// Whether a line is one such as `T1<TAB>Type 0 5<TAB>text`.
fn is_text_bound(line: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut columns = line.split('\t');
    let id = columns.next().and_then(|id| id.strip_prefix('T'));
    let offsets = columns.next().and_then(|head| head.split_once(' '));
    id.is_some_and(is_number) && offsets.is_some_and(|(_, offsets)| offsets.split([' ', ';']).all(is_number))
}

/// Reads a folder of texts and annotations.
#[derive(Debug)]
pub(super) struct Reader {
    /// What the ids of documents are paths in.
    root: PathBuf,
    /// The paths of the documents, without ending, the last first.
    documents: Vec<PathBuf>,
    is_folder: bool,
    /// What is not read, until it is counted.
    unread: Vec<(PathBuf, Loss)>,
    ledger: Ledger,
}

impl Reader {
    /// Takes a folder, or the text or the annotations of one document.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let mut reader = Self {
            root: path.parent().unwrap_or(path).to_owned(),
            documents: Vec::new(),
            is_folder: path.is_dir(),
            unread: Vec::new(),
            ledger: Ledger::listing(0),
        };
        if !reader.is_folder {
            reader.documents.push(folder::without_ending(path));
            return Ok(reader);
        }
        path.clone_into(&mut reader.root);
        let tree = Tree::of(path)?;
        for folder in &tree.folders {
            reader.add(folder)?;
        }
        reader.unread.extend(tree.links.into_iter().map(|folder| (folder, Loss::UnreadSubFolder)));
        reader.documents.reverse();
        Ok(reader)
    }

    /// Adds the documents of a folder without those in the folders in it.
    fn add(&mut self, folder: &Path) -> Result<(), DataError> {
        let documents = folder::files(folder, ".txt")?;
        let holds_annotations = || FileNames::of(folder).is_ok_and(|names| is_folder(&names));
        if documents.is_empty() && folder != self.root && !holds_annotations() {
            return Ok(());
        }
        let names: HashSet<String> = documents.iter().map(|text| folder::stem(text)).collect();
        let is_read =
            |name: &str| name.ends_with(".txt") || annotated(name).is_some_and(|document| names.contains(document));
        let mut unread = folder::unread(folder, is_read, &names)?;
        for (file, loss) in &mut unread {
            let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            // Annotations without a text are lost whatever they are called.
            if annotated(folder::unpacked(&name)).is_some() {
                *loss = Loss::UnreadOtherAnnotations;
            }
        }
        self.unread.extend(unread);
        self.documents.extend(documents.iter().map(|text| folder::without_ending(text)));
        Ok(())
    }
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        for (path, loss) in std::mem::take(&mut self.unread) {
            self.ledger.skip(loss, &path, Position::START, || Item::named(""));
        }
        let Some(path) = self.documents.pop() else { return Ok(None) };
        let before = self.ledger.begin_document();
        let text_path = folder::with_ending(&path, ".txt");
        let text = folder::text(&text_path)?;
        let id = folder::name_in(&self.root, &path);
        let mentions = self.mentions(&path, &text_path)?;
        let text = with_offsets_of(&text, &mentions).map_or(text, |without| {
            self.ledger.skip(Loss::UnreadCarriageReturns, &text_path, Position::START, || Item::named(""));
            without
        });
        let passages = vec![Passage { kind: String::new(), offset: 0, text }];
        let document = Document { id, passages, mentions, sentences: None };
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
        let files = ANNOTATIONS.map(|ending| folder::with_ending(path, ending));
        let mut files: Vec<PathBuf> = files.into_iter().filter(|file| file.is_file()).collect();
        if files.is_empty() {
            if self.is_folder {
                self.ledger.skip(Loss::UnreadMissingAnnotations, text_path, Position::START, || Item::named(""));
            } else {
                // Opened below, so that the error says which file is missing.
                files.push(folder::with_ending(path, ANNOTATIONS[0]));
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

/// The name of the document that a file of annotations is about, by its own name.
fn annotated(name: &str) -> Option<&str> {
    ANNOTATIONS.iter().find_map(|ending| name.strip_suffix(ending))
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
                Some(b'T') => match text_bound(line) {
                    Some(mention) => self.mentions.push(mention),
                    None => skip(Loss::UnreadLine),
                },
                Some(b'N') => match normalization(line) {
                    Some((target, identifier, name)) => {
                        self.normalizations.push((Arc::clone(path), line_number, target, identifier));
                        if !name.is_empty() {
                            skip(Loss::UnreadNormalizationName);
                        }
                    }
                    None => skip(Loss::UnreadLine),
                },
                Some(b'R') => skip(Loss::UnreadRelation),
                Some(b'E') => skip(Loss::UnreadEvent),
                Some(b'A' | b'M') => skip(Loss::UnreadAttribute),
                Some(b'*') => skip(Loss::UnreadEquivalence),
                Some(b'#') => skip(Loss::UnreadNote),
                Some(_) => skip(Loss::UnreadLine),
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

/// The mention of a line such as `T1<TAB>Type 0 5;10 15<TAB>text`; nothing where it is none.
fn text_bound(line: &str) -> Option<Mention> {
    let mut columns = line.splitn(3, '\t');
    let (id, head, text) = (columns.next()?, columns.next()?, columns.next());
    let (entity_type, offsets) = head.split_once(' ')?;
    let number = |text: &str| text.parse::<usize>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let part = |part: &str| match part.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
        [start, end] => Some(number(start)?..number(end)?).filter(|part| part.start <= part.end),
        _ => None,
    };
    let parts = offsets.split(';').map(part).collect::<Option<Vec<Range<usize>>>>()?;
    let text = text.map(str::to_owned);
    let entity_type = trimmed(entity_type).to_owned();
    Some(Mention { id: id.to_owned(), entity_type, parts, text, identifiers: Vec::new(), score: None })
}

/// The mention, the identifier and the name in a line such as `N1<TAB>Reference T1 Taxonomy:9606<TAB>Homo sapiens`; nothing where it is another.
fn normalization(line: &str) -> Option<(String, Identifier, &str)> {
    let mut columns = line.splitn(3, '\t');
    let (_, head, name) = (columns.next()?, columns.next()?, columns.next().unwrap_or_default());
    let mut words = head.splitn(3, ' ');
    let (_, target, entry) = (words.next()?, words.next()?, words.next()?);
    let (database, id) = entry.split_once(':')?;
    let database = if database == IDENTIFIER { "" } else { database };
    Some((target.to_owned(), Identifier { database: database.to_owned(), id: id.to_owned() }, name))
}

/// The text without the carriage returns of its line ends, where the mentions state what stands at their offsets only then: something between them and the text changed its line ends.
fn with_offsets_of(text: &str, mentions: &[Mention]) -> Option<String> {
    if !text.contains("\r\n") || fitting(text, mentions) == mentions.len() {
        return None;
    }
    let without = text.replace("\r\n", "\n");
    (fitting(&without, mentions) > fitting(text, mentions)).then_some(without)
}

/// How many mentions state the text at their offsets.
fn fitting(text: &str, mentions: &[Mention]) -> usize {
    let characters = Characters::new(text);
    let is_there = |mention: &&Mention| {
        let parts: Option<Vec<&str>> = mention.parts.iter().map(|part| characters.slice(part)).collect();
        let stated = mention.text.as_deref().map(|stated| stated.split_whitespace().collect::<Vec<_>>());
        parts.is_some_and(|parts| {
            stated.is_none_or(|stated| parts.join(" ").split_whitespace().collect::<Vec<_>>() == stated)
        })
    };
    mentions.iter().filter(is_there).count()
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
        let name = self.0.name(id, losses)?;
        self.0.write(&name, TEXT, &text)?;
        self.0.write(&name, ".ann", &annotations)
    }

    fn goes_on(&mut self) -> Result<(), DataError> {
        self.0.goes_on()
    }

    fn files(&mut self) -> Vec<String> {
        self.0.files()
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
        _ => trimmed(entity_type).replace(char::is_whitespace, "_"),
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
