//! TSV 3 of WebAnno and INCEpTION: a head that names the layers, and for each sentence its text and a line a token.
//! A file becomes a document of one passage that comes cut into words; a folder holds one a file.
//!
//! The annotations of `NamedEntity` and of custom span layers become mentions; layers of words, such as parts of speech, are counted once, and so are chains and relations by their lines.
//! The type is the feature `value` or another of such a name, or the only feature there is; else the layer gives its name. The feature `identifier` is an identifier, and others are counted.
//! Tokens with one number in brackets, as in `PER[1]`, are one mention; stacked annotations, as in `PER[1]|ORG[2]`, are one each; lines of parts of tokens (`1-2.1`) hold parts of words.
//! Offsets count units of UTF-16, as Java does; where the tokens show that a file counts characters, they do.
//! What stands between two sentences is not in the file: spaces stand for it.

use std::collections::HashMap;
use std::io::{BufRead, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Source;
use super::annotations::RowPosition;
use super::folder::{FileNames, Tree, files, name_in, stem, without_ending};
use super::head::{Evidence, Head};
use super::lines::Lines;
use super::position::Position;
use super::units::{Offsets, Unit};
use crate::document::{Document, Identifier, LONGEST_GAP, Mention, Passage};
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};

/// How a file begins.
const FORMAT: &str = "#FORMAT=WebAnno TSV 3";
/// The features that hold a type, the likeliest first.
const TYPES: [&str; 8] = ["value", "type", "label", "class", "category", "entity", "entitytype", "tag"];
/// The feature that names an entry of a database.
const IDENTIFIER: &str = "identifier";
/// The layers that come with the tools; of these only named entities are mentions.
const BUILT_IN: &str = "de.tudarmstadt.ukp.";
const NAMED_ENTITY: &str = "NamedEntity";

/// Told by its first line.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    if head.first_line().starts_with(FORMAT) { Evidence::Certain } else { Evidence::Nothing }
}

/// A folder is told by the first line of its first file.
pub(super) fn is_folder(names: &FileNames<'_>) -> bool {
    let first = names.names.iter().find(|name| name.ends_with(".tsv"));
    first.is_some_and(|first| {
        let mut start = Vec::new();
        let file = super::open_file(&names.folder.join(first));
        let read = file.ok().and_then(|file| file.take(FORMAT.len() as u64).read_to_end(&mut start).ok());
        read.is_some() && start == FORMAT.as_bytes()
    })
}

/// Reads a stream, which is one document.
pub(super) struct Stream<R> {
    lines: Option<Lines<R>>,
    ledger: Ledger,
}

impl<R: BufRead> Stream<R> {
    pub fn new(path: &Arc<Path>, reader: R) -> Self {
        Self { lines: Some(Lines::new(path, reader)), ledger: Ledger::listing(0) }
    }
}

impl<R: BufRead> Source for Stream<R> {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        let Some(lines) = self.lines.take() else { return Ok(None) };
        document(lines, &mut self.ledger).map(Some)
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

/// Reads a folder of files.
pub(super) struct Reader {
    /// What the ids of documents are paths in.
    root: PathBuf,
    /// The last first.
    files: Vec<PathBuf>,
    /// What is not read, until it is counted.
    unread: Vec<(PathBuf, Loss)>,
    ledger: Ledger,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let tree = Tree::of(path)?;
        let mut all = Vec::new();
        let mut unread: Vec<(PathBuf, Loss)> =
            tree.links.into_iter().map(|link| (link, Loss::UnreadSubFolder)).collect();
        for folder in &tree.folders {
            for file in files(folder, ".tsv")? {
                // In a folder of its own any table may stand.
                if folder == path || begins_as_table_of_webanno(&file)? {
                    all.push(file);
                } else {
                    unread.push((file, Loss::UnreadFile));
                }
            }
        }
        all.reverse();
        Ok(Self { root: path.to_owned(), files: all, unread, ledger: Ledger::listing(0) })
    }
}

/// Whether the first line of a file is that of the format.
fn begins_as_table_of_webanno(path: &Path) -> Result<bool, DataError> {
    let start = b"#FORMAT=WebAnno";
    let mut head = Vec::new();
    let read = super::open_file(path)?.take(start.len() as u64).read_to_end(&mut head);
    read.map_err(|source| super::unreadable(path, source))?;
    Ok(head == start)
}

impl Source for Reader {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        for (path, loss) in std::mem::take(&mut self.unread) {
            self.ledger.skip(loss, &path, Position::START, || Item::named(""));
        }
        let Some(path) = self.files.pop() else { return Ok(None) };
        let path: Arc<Path> = Arc::from(path);
        let id = name_in(&self.root, &without_ending(&path));
        let document = document(Lines::new(&path, super::open_file(&path)?), &mut self.ledger)?;
        Ok(Some(Document { id, ..document }))
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

/// A layer of annotations and its columns.
struct Layer {
    kind: Kind,
    /// The last part of its name.
    name: String,
    /// Columns from the first of the layer on: those of the type, the identifier and links, where there are such.
    entity_type: Option<usize>,
    identifier: Option<usize>,
    links: Vec<bool>,
    columns: Range<usize>,
}

/// What a layer is to a reader of mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mentions,
    /// What is said of words.
    Words,
    Relations,
}

/// A token, or a part of one.
struct Token {
    range: Range<usize>,
    form: String,
    is_part: bool,
    line_number: usize,
}

/// What is read of a file before its offsets are characters.
struct Open<'l> {
    path: Arc<Path>,
    ledger: &'l mut Ledger,
    layers: Vec<Layer>,
    /// Columns of all layers.
    n_columns: usize,
    /// The text of each sentence, and where its tokens begin among all.
    sentences: Vec<(String, usize)>,
    tokens: Vec<Token>,
    mentions: Vec<Mention>,
    /// Mentions by the layer and the number in brackets.
    numbered: HashMap<(usize, String), usize>,
}

fn document<R: BufRead>(mut lines: Lines<R>, ledger: &mut Ledger) -> Result<Document, DataError> {
    let path = Arc::clone(&lines.path);
    let id = stem(&path);
    let before = ledger.begin_document();
    let mut open = Open {
        path: Arc::clone(&path),
        ledger,
        layers: Vec::new(),
        n_columns: 0,
        sentences: Vec::new(),
        tokens: Vec::new(),
        mentions: Vec::new(),
        numbered: HashMap::new(),
    };
    let mut line_number = 0;
    while let Some(line) = lines.next_line()? {
        line_number += 1;
        open.line(line, &RowPosition { path: &path, line_number })?;
    }
    let document = open.close(id)?;
    ledger.end_document(before, &document.id);
    Ok(document)
}

impl Open<'_> {
    fn line(&mut self, line: &str, place: &RowPosition<'_>) -> Result<(), DataError> {
        if place.line_number == 1 {
            let is_known = line.starts_with(FORMAT);
            let expected = "`#FORMAT=WebAnno TSV 3` and its version on the first line";
            return if is_known { Ok(()) } else { Err(place.unexpected(line, expected)) };
        }
        if line.is_empty() {
            return Ok(());
        }
        if let Some(text) = line.strip_prefix("#Text=") {
            match self.sentences.last_mut().filter(|(_, first)| *first == self.tokens.len()) {
                // A sentence of several lines.
                Some((before, _)) => {
                    before.push('\n');
                    before.push_str(&unescaped(text));
                }
                None => self.sentences.push((unescaped(text), self.tokens.len())),
            }
            return Ok(());
        }
        let heads = [("#T_SP=", Kind::Mentions), ("#T_RL=", Kind::Relations), ("#T_CH=", Kind::Relations)];
        if let Some((layer, kind)) = heads.iter().find_map(|(head, kind)| Some((line.strip_prefix(head)?, *kind))) {
            self.head(layer, kind, place);
            return Ok(());
        }
        if line.starts_with('#') && !line.contains('\t') {
            self.ledger.skip(Loss::UnreadBookkeeping, place.path, place.position(), || Item::named(line));
            return Ok(());
        }
        self.token(line, place)
    }

    /// A layer such as `webanno.custom.Disease|kind|certainty`.
    fn head(&mut self, layer: &str, kind: Kind, place: &RowPosition<'_>) {
        let mut parts = layer.split('|');
        let full = parts.next().unwrap_or_default();
        let name = full.rsplit('.').next().unwrap_or(full).to_owned();
        let features: Vec<String> = parts.map(str::to_lowercase).collect();
        let is_of_words = kind == Kind::Mentions && full.starts_with(BUILT_IN) && name != NAMED_ENTITY;
        let kind = if is_of_words { Kind::Words } else { kind };
        if kind == Kind::Words {
            self.ledger.skip(Loss::UnreadColumn, place.path, place.position(), || Item::named(&name));
        }
        // The feature after a link is what it leads to.
        let is_link = |index: usize| {
            let is_role = |index: usize| features.get(index).is_some_and(|feature| feature.starts_with("role_"));
            is_role(index) || index.checked_sub(1).is_some_and(is_role)
        };
        let links: Vec<bool> = (0..features.len().max(1)).map(is_link).collect();
        let of_name = |wanted: &str| features.iter().position(|feature| feature == wanted);
        let identifier = of_name(IDENTIFIER);
        let rest: Vec<usize> =
            (0..features.len()).filter(|index| Some(*index) != identifier && !links[*index]).collect();
        let only = || if let [only] = rest.as_slice() { Some(*only) } else { None };
        let entity_type = TYPES.iter().find_map(|wanted| of_name(wanted)).or_else(only);
        let columns = self.n_columns..self.n_columns + features.len().max(1);
        self.n_columns = columns.end;
        self.layers.push(Layer { kind, name, entity_type, identifier, links, columns });
    }

    /// A line such as `1-2<TAB>7-13<TAB>ataxia<TAB>D001259[1]<TAB>Disease[1]`.
    fn token(&mut self, line: &str, place: &RowPosition<'_>) -> Result<(), DataError> {
        let mut columns = line.split('\t');
        let (number, offsets, form) = (columns.next(), columns.next(), columns.next());
        let offsets = offsets.and_then(|offsets| offsets.split_once('-'));
        let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
        let (Some(number), Some((start, end)), Some(form)) = (number.filter(|number| is_number(number)), offsets, form)
        else {
            let expected = "a token as in `1-2<TAB>7-13<TAB>ataxia`, with a column for each feature";
            return Err(place.unexpected(line, expected));
        };
        let range = place.offsets(start, end)?;
        let cells: Vec<&str> = columns.collect();
        let (line_number, is_part) = (place.line_number, number.contains('.'));
        if self.sentences.is_empty() {
            // A file without texts of sentences: spaces stand between its tokens.
            self.sentences.push((String::new(), 0));
        }
        for index in 0..self.layers.len() {
            self.annotations(index, &cells, &range, place);
        }
        self.tokens.push(Token { range, form: unescaped(form), is_part, line_number });
        Ok(())
    }

    /// What one layer says of a token.
    fn annotations(&mut self, index: usize, cells: &[&str], range: &Range<usize>, place: &RowPosition<'_>) {
        let layer = &self.layers[index];
        if layer.kind == Kind::Words {
            return;
        }
        let cells: Vec<Vec<Entry>> = layer.columns.clone().map(|column| entries(cells.get(column).copied())).collect();
        if layer.kind == Kind::Relations {
            let relations = cells.first().map_or(0, Vec::len);
            let name = &layer.name;
            for _ in 0..relations {
                self.ledger.skip(Loss::UnreadRelation, place.path, place.position(), || Item::named(name));
            }
            return;
        }
        for stacked in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let entry = |column: usize| cells.get(column).and_then(|entries| entries.get(stacked));
            let number = (0..cells.len()).filter_map(entry).find_map(|entry| entry.number.clone());
            let earlier = number.as_ref().and_then(|number| self.numbered.get(&(index, number.clone())));
            if let Some(part) = earlier.and_then(|earlier| self.mentions.get_mut(*earlier)?.parts.first_mut()) {
                part.start = part.start.min(range.start);
                part.end = part.end.max(range.end);
                continue;
            }
            let value = |column: Option<usize>| entry(column?)?.value.clone();
            let mut mention =
                Mention::new(&value(layer.entity_type).unwrap_or_else(|| layer.name.clone()), range.clone());
            let identifier = value(layer.identifier).map(|id| Identifier { database: String::new(), id });
            mention.identifiers.extend(identifier);
            for (column, is_link) in layer.links.iter().enumerate() {
                let is_read = [layer.entity_type, layer.identifier].contains(&Some(column));
                if let Some(value) = value(Some(column)).filter(|_| !is_read) {
                    let loss = if *is_link { Loss::UnreadRelation } else { Loss::UnreadAttribute };
                    self.ledger.skip(loss, place.path, place.position(), || Item::named(&value));
                }
            }
            if let Some(number) = number {
                self.numbered.insert((index, number), self.mentions.len());
            }
            self.mentions.push(mention);
        }
    }

    fn close(self, id: String) -> Result<Document, DataError> {
        let first = self.assembled(Unit::Utf16);
        // Most files have no character of two units, for which both are the same.
        let assembled = match &first {
            Ok(first) if self.fitting(first, Unit::Utf16) == self.tokens.len() => Unit::Utf16,
            first => {
                let fitting = first.as_ref().map_or(0, |text| self.fitting(text, Unit::Utf16));
                let other = self.assembled(Unit::Character);
                let is_better = other.is_ok_and(|text| self.fitting(&text, Unit::Character) > fitting);
                if is_better { Unit::Character } else { Unit::Utf16 }
            }
        };
        let text = if assembled == Unit::Utf16 { first? } else { self.assembled(assembled)? };
        let offsets = Offsets::of(&text, assembled);
        let mut mentions = self.mentions;
        for part in mentions.iter_mut().flat_map(|mention| &mut mention.parts) {
            *part = offsets.characters(part);
        }
        let ends = self.sentences.iter().skip(1).map(|(_, first)| *first).chain([self.tokens.len()]);
        let words = |(first, end): (usize, usize)| {
            let tokens = self.tokens.get(first..end).unwrap_or_default().iter().filter(|token| !token.is_part);
            tokens.map(|token| offsets.characters(&token.range)).collect::<Vec<_>>()
        };
        let starts = self.sentences.iter().map(|(_, first)| *first);
        let sentences = starts.zip(ends).map(words).filter(|words| !words.is_empty()).collect();
        let passages = vec![Passage { kind: String::new(), offset: 0, text }];
        Ok(Document { id, passages, mentions, sentences: Some(sentences) })
    }

    /// The text of the sentences at their offsets, where these count some unit.
    fn assembled(&self, unit: Unit) -> Result<String, DataError> {
        let length = |text: &str| match unit {
            Unit::Character => text.chars().count(),
            _ => text.encode_utf16().count(),
        };
        let (mut text, mut end) = (String::new(), 0);
        let ends = self.sentences.iter().skip(1).map(|(_, first)| *first).chain([self.tokens.len()]);
        for ((sentence, first), last) in self.sentences.iter().zip(ends) {
            let tokens = self.tokens.get(*first..last).unwrap_or_default();
            let Some(token) = tokens.first() else { continue };
            if sentence.is_empty() {
                for token in tokens.iter().filter(|token| !token.is_part) {
                    self.pad(&mut text, &mut end, token.range.start, token.line_number)?;
                    text.push_str(&token.form);
                    end += length(&token.form);
                }
                continue;
            }
            let before = sentence.find(&token.form).map_or(0, |byte| length(&sentence[..byte]));
            let start = token.range.start.saturating_sub(before);
            self.pad(&mut text, &mut end, start, token.line_number)?;
            text.push_str(sentence);
            end += length(sentence);
        }
        Ok(text)
    }

    /// Adds spaces up to an offset.
    fn pad(&self, text: &mut String, end: &mut usize, start: usize, line: usize) -> Result<(), DataError> {
        let gap = start.checked_sub(*end).filter(|gap| *gap <= LONGEST_GAP);
        let gap = gap.ok_or_else(|| {
            let kind = CorpusErrorKind::Unexpected {
                found: format!("a token at offset {start} after a text that ends at {end}"),
                expected: "sentences and tokens in the order of their offsets, not far apart",
                advice: "correct the offsets",
            };
            Position { line, column: 1 }.error(&self.path, kind)
        })?;
        text.extend(std::iter::repeat_n(' ', gap));
        *end = start;
        Ok(())
    }

    /// How many tokens stand at their offsets.
    fn fitting(&self, text: &str, unit: Unit) -> usize {
        let offsets = Offsets::of(text, unit);
        let characters = crate::characters::Characters::new(text);
        let fits = |token: &&Token| characters.slice(&offsets.characters(&token.range)) == Some(token.form.as_str());
        self.tokens.iter().filter(fits).count()
    }
}

/// What one annotation says in a cell.
struct Entry {
    /// Nothing where the feature has no value.
    value: Option<String>,
    /// The number in brackets.
    number: Option<String>,
}

/// The annotations of a cell: none, one, or several that are stacked.
fn entries(cell: Option<&str>) -> Vec<Entry> {
    let cell = cell.unwrap_or("_");
    if matches!(cell, "_" | "") {
        return Vec::new();
    }
    let mut entries = Vec::new();
    let (mut start, mut is_escaped) = (0, false);
    for (byte, character) in cell.char_indices().chain([(cell.len(), '|')]) {
        if character == '|' && !is_escaped {
            entries.push(entry(&cell[start..byte]));
            start = (byte + 1).min(cell.len());
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    entries
}

fn entry(text: &str) -> Entry {
    let numbered = text.strip_suffix(']').and_then(|text| text.rsplit_once('['));
    let is_number = |(before, number): &(&str, &str)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !before.ends_with('\\')
    };
    let (text, number) = match numbered.filter(is_number) {
        Some((text, number)) => (text, Some(number.to_owned())),
        None => (text, None),
    };
    let value = (!matches!(text, "*" | "_" | "")).then(|| unescaped(text));
    Entry { value, number }
}

/// A text whose special characters stand behind a backslash.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            ('\\', Some('t')) => plain.push('\t'),
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some('r')) => plain.push('\r'),
            ('\\', Some('f')) => plain.push('\u{c}'),
            ('\\', Some(other)) => plain.push(other),
            (other, _) => plain.push(other),
        }
    }
    plain
}
