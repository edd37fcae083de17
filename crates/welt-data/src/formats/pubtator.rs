//! PubTator: the lines `id|t|title` and `id|a|abstract`, then one row for each mention, and an empty line after each document.
//! A raw text becomes a document here and a document becomes lines; whether the stated texts stand at their offsets is not asked.
//!
//! Rows have the columns id, start, end, text, type and identifier, separated by TAB; the identifier may be missing.
//! Offsets count characters of the title, one separator and the abstract.
//! The files of BC5CDR, BioRED and NCBI-disease are pure ASCII, so that nothing in them tells characters from bytes.
//! A seventh column names the individual mentions of a composite one (BC5CDR), rows whose second column is no number are relations
//! of four (BC5CDR) or five (BioRED) columns; both are skipped and counted.
//! Empty lines before the first document (NCBI-disease) and several between documents mean nothing, and a new title begins a new document without one too.
//!
//! A mention of several parts has no form in PubTator: it is written from its first character to its last.

use std::borrow::Cow;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use memchr::memchr_iter;

use super::book::Book;
use super::lines::Lines;
use super::position::{Position, excerpt};
use super::raw::{Cut, RawDocument};
use super::{Format, Sink};
use crate::characters::Characters;
use crate::document::{Document, Identifier, Mention, Passage};
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};

/// Cuts a stream into the lines of each document.
pub(super) struct Cutter<R> {
    lines: Lines<R>,
    /// A title that was met within the document before it, with its line.
    next: Option<(String, usize)>,
}

impl<R: BufRead> Cutter<R> {
    pub fn new(path: &Arc<Path>, reader: R) -> Self {
        Self { lines: Lines::new(path, reader), next: None }
    }
}

impl<R: BufRead> Cut for Cutter<R> {
    fn next_raw(&mut self) -> Result<Option<RawDocument>, DataError> {
        let (mut text, mut first_line) = self.next.take().unwrap_or_default();
        while let Some(line) = self.lines.next_line()? {
            if line.is_empty() {
                if text.is_empty() {
                    continue;
                }
                break;
            }
            if !text.is_empty() && begins_another(line, &text) {
                let mut next = String::with_capacity(text.len());
                next.push_str(line);
                next.push('\n');
                self.next = Some((next, self.lines.line_number));
                break;
            }
            text.push_str(line);
            text.push('\n');
            if first_line == 0 {
                first_line = self.lines.line_number;
            }
        }
        let raw = || RawDocument {
            format: Format::PubTator,
            path: Arc::clone(&self.lines.path),
            position: Position { line: first_line, column: 1 },
            text,
        };
        Ok((first_line > 0).then(raw))
    }

    fn ledger(&self) -> Option<&Ledger> {
        None
    }

    fn list(&mut self, _: usize) {}
}

/// Whether a line is the title of another document than the one whose lines are given.
fn begins_another(line: &str, lines: &str) -> bool {
    match text_line(line) {
        Some((id, Part::Title, _)) => !lines.strip_prefix(id).is_some_and(|rest| rest.starts_with(['|', '\t'])),
        _ => false,
    }
}

/// The document of a raw text.
pub(super) fn parse(raw: &RawDocument, ledger: &mut Ledger) -> Result<Document, DataError> {
    let mut start = 0;
    let line = |end| Some(&raw.text[std::mem::replace(&mut start, end + 1)..end]);
    let mut lines = memchr_iter(b'\n', raw.text.as_bytes()).filter_map(line).zip(raw.position.line..).peekable();
    let at = |line: usize| LinePosition { path: &raw.path, line };
    let Some((id, Part::Title | Part::Abstract, _)) = lines.peek().and_then(|(line, _)| text_line(line)) else {
        let first = lines.peek().map_or("", |(line, _)| line);
        return Err(at(raw.position.line).unexpected(
            first,
            "a title such as `10021369|t|Title` before the annotations",
            "write the title, or name the file's format",
        ));
    };
    if id.is_empty() {
        return Err(at(raw.position.line).unexpected(id, "the id of a document before `|`", "write the id"));
    }
    // Most lines are mentions.
    let n_lines = memchr_iter(b'\n', raw.text.as_bytes()).count();
    let mentions = Vec::with_capacity(n_lines.saturating_sub(2));
    let mut document = Document { id: id.to_owned(), passages: Vec::with_capacity(2), mentions, sentences: None };
    for (line, number) in lines {
        match text_line(line) {
            Some((other, ..)) if other != id => return Err(at(number).other_document(other, id)),
            Some((_, part, text)) => document.passages.push(at(number).passage(part, text, &document)?),
            None => document.mentions.extend(at(number).row(line, id, ledger)?),
        }
    }
    Ok(document)
}

/// Which of the two texts a line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    Abstract,
}

/// The id, the part and the text of a line such as `10021369|t|Title`.
fn text_line(line: &str) -> Option<(&str, Part, &str)> {
    let end = line.bytes().position(|byte| matches!(byte, b'|' | b'\t'))?;
    let (id, rest) = line.split_at(end);
    if let Some(text) = rest.strip_prefix("|t|") {
        return Some((id, Part::Title, text));
    }
    rest.strip_prefix("|a|").map(|text| (id, Part::Abstract, text))
}

/// A line of a file.
struct LinePosition<'p> {
    path: &'p Path,
    line: usize,
}

impl LinePosition<'_> {
    fn position(&self) -> Position {
        Position { line: self.line, column: 1 }
    }

    fn unexpected(&self, found: &str, expected: &'static str, advice: &'static str) -> DataError {
        let found = excerpt(found);
        self.position().error(self.path, CorpusErrorKind::Unexpected { found, expected, advice })
    }

    fn other_document(&self, found: &str, expected: &str) -> DataError {
        let kind = CorpusErrorKind::OtherDocument { found: found.to_owned(), expected: expected.to_owned() };
        self.position().error(self.path, kind)
    }

    /// The passage of a text line, with the offset after the passages before it.
    fn passage(&self, part: Part, text: &str, document: &Document) -> Result<Passage, DataError> {
        let (kind, offset) = match (part, document.passages.as_slice()) {
            (Part::Title, []) => ("title", 0),
            (Part::Abstract, []) => ("abstract", 0),
            (Part::Abstract, [title]) if title.kind == "title" => ("abstract", title.range().end + 1),
            _ => return Err(self.unexpected(text, "one title and one abstract a document", "delete the line")),
        };
        if !document.mentions.is_empty() {
            return Err(self.unexpected(text, "the abstract before the annotations", "move the line"));
        }
        Ok(Passage { kind: kind.to_owned(), offset, text: text.to_owned() })
    }

    /// The mention of a row, nothing where it is a relation.
    fn row(&self, line: &str, id: &str, ledger: &mut Ledger) -> Result<Option<Mention>, DataError> {
        let (columns, n_columns) = columns(line);
        let [row_id, start, end, text, entity_type, identifier, individual] = columns;
        if n_columns == 1 {
            let expected = "a title, an abstract, or a row of columns separated by TAB";
            return Err(self.unexpected(line, expected, "correct the line"));
        }
        if row_id != id {
            return Err(self.other_document(row_id, id));
        }
        let is_number = !start.is_empty() && start.bytes().all(|byte| byte.is_ascii_digit());
        match n_columns {
            4 | 5 if !is_number => {
                let item = || Item { entity_type: start.to_owned(), ..Item::named(&columns[2..n_columns].join(" ")) };
                ledger.skip(Loss::UnreadRelation, self.path, self.position(), item);
                return Ok(None);
            }
            5..=7 => {}
            _ => {
                let expected =
                    "6 columns for a mention (id, start, end, text, type, identifier), or 4 or 5 for a relation";
                let found = format!("{n_columns} columns");
                let kind = CorpusErrorKind::Unexpected { found, expected, advice: "correct the line" };
                return Err(self.position().error(self.path, kind));
            }
        }
        let characters = self.offset(line, 1, start)?..self.offset(line, 2, end)?;
        if characters.end < characters.start {
            let found = format!("the offsets {start} and {end}");
            let expected = "an end that is not before the start";
            let kind = CorpusErrorKind::Unexpected { found, expected, advice: "correct the line" };
            return Err(self.position().error(self.path, kind));
        }
        let identifier =
            (!identifier.is_empty()).then(|| Identifier { database: String::new(), id: identifier.to_owned() });
        let mention = Mention {
            text: Some(text.to_owned()),
            identifiers: identifier.into_iter().collect(),
            ..Mention::new(entity_type, characters)
        };
        if !individual.is_empty() {
            ledger.skip(Loss::UnreadIndividualNames, self.path, self.position(), || Item::stated(id, &mention));
        }
        Ok(Some(mention))
    }

    /// The number in a column; `before` is how many columns stand before it.
    fn offset(&self, line: &str, before: usize, text: &str) -> Result<usize, DataError> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or_else(|| {
            let start: usize = line.split('\t').take(before).map(|column| column.chars().count() + 1).sum();
            let kind = CorpusErrorKind::Unexpected {
                found: excerpt(text),
                expected: "an offset in characters from 0",
                advice: "correct the line",
            };
            Position { line: self.line, column: start + 1 }.error(self.path, kind)
        })
    }
}

/// The first seven columns of a row, and how many it has.
fn columns(line: &str) -> ([&str; 7], usize) {
    let mut columns = [""; 7];
    let mut n_columns = 0;
    let mut start = 0;
    for end in memchr_iter(b'\t', line.as_bytes()).chain([line.len()]) {
        if let Some(column) = columns.get_mut(n_columns) {
            *column = &line[start..end];
        }
        start = end + 1;
        n_columns += 1;
    }
    (columns, n_columns)
}

/// Writes PubTator.
pub(super) struct Writer<W> {
    out: W,
    lines: String,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Self {
        Self { out, lines: String::new() }
    }
}

impl<W: Write> Sink for Writer<W> {
    fn write(&mut self, document: &Document, losses: &mut Book<'_, '_>) -> Result<(), DataError> {
        let id = &document.id;
        if id.is_empty() || id.contains(['|', '\t', '\n', '\r', '\0']) || id.starts_with('\u{feff}') {
            return Err(unrepresentable(id, &excerpt(id), "an id that is not empty, without `|`, TAB or line break"));
        }
        losses.add_if(document.sentences.is_some(), Loss::UnwrittenWords);
        let texts = Texts::new(document, losses);
        self.lines.clear();
        for (letter, text) in [('t', &texts.title), ('a', &texts.rest)] {
            if let Some(text) = text {
                let text = one_line(text, Loss::UnwrittenWhiteSpace, losses);
                // TABs may stand in a text line, but a line break ends it.
                self.lines.extend([id, "|", letter.encode_utf8(&mut [0]), "|", &text, "\n"]);
            }
        }
        // Laid out only where a mention asks for its text.
        let mut whole: Option<String> = None;
        for mention in &document.mentions {
            if mention.text.is_none() || mention.is_discontinuous() {
                whole.get_or_insert_with(|| document.text());
            }
        }
        let characters = whole.as_deref().map(Characters::new);
        for mention in &document.mentions {
            self.row(mention, id, (&texts, characters.as_ref()), losses);
        }
        self.lines.push('\n');
        if self.lines.contains('\0') {
            return Err(unrepresentable(id, "a NUL character", "text without it"));
        }
        self.out.write_all(self.lines.as_bytes())?;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), DataError> {
        Ok(self.out.flush()?)
    }
}

impl<W> Writer<W> {
    fn row(
        &mut self,
        mention: &Mention,
        id: &str,
        texts: (&Texts<'_>, Option<&Characters<'_>>),
        losses: &mut Book<'_, '_>,
    ) {
        if mention.parts.is_empty() {
            return losses.add_of(Loss::UnwrittenWithoutOffsets, mention);
        }
        losses.add_of_if(!mention.id.is_empty(), Loss::UnwrittenAnnotationIds, mention);
        losses.add_of_if(mention.is_discontinuous(), Loss::UnwrittenDiscontinuous, mention);
        let extent = mention.extent();
        let there = || texts.1.and_then(|characters| characters.slice(&extent));
        let text = match &mention.text {
            Some(text) if !mention.is_discontinuous() => text,
            stated => there().unwrap_or_else(|| {
                losses.add_of(Loss::UnwrittenOutsideText, mention);
                stated.as_deref().unwrap_or_default()
            }),
        };
        let text = one_field(text, mention, losses);
        let entity_type = one_field(&mention.entity_type, mention, losses);
        let (identifier, exact) = joined_identifiers(&mention.identifiers);
        losses.add_of_if(!exact, Loss::UnwrittenIdentifiers, mention);
        let identifier = one_field(&identifier, mention, losses);
        let start = texts.0.moved(extent.start, extent.start).to_string();
        let end = texts.0.moved(extent.start, extent.end).to_string();
        for (index, column) in [id, &start, &end, &text, &entity_type, &identifier].into_iter().enumerate() {
            self.lines.push_str(if index == 0 { "" } else { "\t" });
            self.lines.push_str(column);
        }
        self.lines.push('\n');
    }
}

/// The passages of a document as PubTator has them.
struct Texts<'d> {
    title: Option<Cow<'d, str>>,
    rest: Option<Cow<'d, str>>,
    /// Where the rest begins in the document.
    rest_offset: usize,
    /// How far the offsets before the rest, and those from there on, are moved.
    moves: [i128; 2],
}

impl<'d> Texts<'d> {
    fn new(document: &'d Document, losses: &mut Book<'_, '_>) -> Self {
        let borrowed = |passage: &'d Passage| Some(Cow::Borrowed(passage.text.as_str()));
        let unmoved = Self { title: None, rest: None, rest_offset: usize::MAX, moves: [0, 0] };
        match document.passages.as_slice() {
            [title] if title.kind == "title" && title.offset == 0 => Self { title: borrowed(title), ..unmoved },
            [rest] if rest.kind == "abstract" && rest.offset == 0 => Self { rest: borrowed(rest), ..unmoved },
            [title, rest] if title.offset == 0 && rest.offset == title.range().end + 1 => {
                losses.add_if(title.kind != "title" || rest.kind != "abstract", Loss::UnwrittenPassages);
                Self { title: borrowed(title), rest: borrowed(rest), rest_offset: rest.offset, ..unmoved }
            }
            [] => {
                losses.add(Loss::UnwrittenPassages);
                Self { title: Some(Cow::Borrowed("")), ..unmoved }
            }
            [only] => {
                losses.add_if(!matches!(only.kind.as_str(), "title" | "abstract"), Loss::UnwrittenPassages);
                losses.add_if(only.offset > 0, Loss::UnwrittenMovedOffsets);
                let moves = [-(only.offset as i128); 2];
                // A title on the first line of a text is what the standoff formats have.
                match only.text.split_once('\n') {
                    Some((title, rest)) if only.kind.is_empty() => {
                        Self { title: Some(title.into()), rest: Some(rest.into()), moves, ..unmoved }
                    }
                    _ if only.kind == "abstract" => Self { rest: borrowed(only), moves, ..unmoved },
                    _ => Self { title: borrowed(only), moves, ..unmoved },
                }
            }
            [title, rest @ ..] => Self::joined(title, rest, losses),
        }
    }

    /// The first passage as the title, the others laid out one after the other as the abstract.
    fn joined(title: &'d Passage, rest: &[Passage], losses: &mut Book<'_, '_>) -> Self {
        let kinds = title.kind == "title" && rest.len() == 1 && rest[0].kind == "abstract";
        losses.add_if(!kinds, Loss::UnwrittenPassages);
        let end = title.range().end;
        // The separator is one character; what is more stands at the start of the abstract.
        let padding = rest[0].offset.saturating_sub(end + 1);
        let mut text = " ".repeat(padding);
        let mut length = rest[0].offset;
        for passage in rest {
            text.extend(std::iter::repeat_n(' ', passage.offset.saturating_sub(length)));
            text.push_str(&passage.text);
            length = passage.range().end;
        }
        let first = -(title.offset as i128);
        let second = first + i128::from(rest[0].offset == end);
        losses.add_if(first != 0 || second != 0, Loss::UnwrittenMovedOffsets);
        losses.add_if(padding > 0, Loss::UnwrittenPassages);
        Self {
            title: Some(Cow::Borrowed(&title.text)),
            rest: Some(Cow::Owned(text)),
            rest_offset: rest[0].offset,
            moves: [first, second],
        }
    }

    /// An offset of a mention that starts at `start`, as PubTator counts it.
    fn moved(&self, start: usize, offset: usize) -> usize {
        let by = self.moves[usize::from(start >= self.rest_offset)];
        if by == 0 {
            return offset;
        }
        usize::try_from(offset as i128 + by).unwrap_or(if by < 0 { 0 } else { usize::MAX })
    }
}

/// Identifiers as one text, and whether they will be read back as they are.
fn joined_identifiers(identifiers: &[Identifier]) -> (Cow<'_, str>, bool) {
    match identifiers {
        [] => (Cow::Borrowed(""), true),
        [Identifier { database, id }] if database.is_empty() => (Cow::Borrowed(id), !id.is_empty()),
        _ => {
            let text = |Identifier { database, id }: &Identifier| match database.as_str() {
                "" => id.clone(),
                _ => format!("{database}:{id}"),
            };
            (Cow::Owned(identifiers.iter().map(text).collect::<Vec<_>>().join(",")), false)
        }
    }
}

/// A text without line breaks, which would end its line.
fn one_line<'t>(text: &'t str, loss: Loss, losses: &mut Book<'_, '_>) -> Cow<'t, str> {
    if !text.contains(['\n', '\r']) {
        return Cow::Borrowed(text);
    }
    losses.add(loss);
    Cow::Owned(text.replace(['\n', '\r'], " "))
}

/// A text without TABs and line breaks, which would end its column or line.
pub(super) fn one_field<'t>(text: &'t str, mention: &Mention, losses: &mut Book<'_, '_>) -> Cow<'t, str> {
    if !text.bytes().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r')) {
        return Cow::Borrowed(text);
    }
    losses.add_of(Loss::UnwrittenWhiteSpace, mention);
    Cow::Owned(text.replace(['\t', '\n', '\r'], " "))
}

fn unrepresentable(document: &str, found: &str, expected: &'static str) -> DataError {
    DataError::UnrepresentableDocument {
        document: document.to_owned(),
        format: Format::PubTator,
        found: found.to_owned(),
        expected,
    }
}
