//! PubTator: the lines `id|t|title` and `id|a|abstract`, then one row for each mention, and an empty line after each document.
//! A raw text becomes a document here and a document becomes lines; whether the stated texts stand at their offsets is not asked.
//!
//! Rows have the columns id, start, end, text, type and identifier, separated by TAB; the identifier may be missing.
//! Offsets count characters of the title, one separator and the abstract.
//! The files of BC5CDR, BioRED and NCBI-disease are pure ASCII, so that nothing in them tells characters from bytes.
//! A seventh column names the individual mentions of a composite one (BC5CDR), or an entry of another database (`RSID:113488022`, tmVar), which is kept.
//! Rows whose second column is no number are relations of four (BC5CDR) or five (BioRED) columns; these and the names are skipped and counted.
//! Any other line, such as a row of another document, is skipped and counted too: one odd line does not stop a corpus.
//! Parts may be called by whole names, and there may be more than two (`7|title|`, `7|abstract|`, `7|body|`, tmVar 3): each begins one character behind the one before.
//! A text line behind an empty one, or of another id, begins a new document; empty lines before the first document (NCBI-disease), between documents and before rows mean nothing.
//!
//! A mention of several parts has no form in PubTator: it is written from its first character to its last.

use std::borrow::Cow;
use std::io::{BufRead, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memchr::memchr_iter;

use super::book::Book;
use super::head::{Evidence, Head};
use super::lines::Lines;
use super::position::{Position, excerpt};
use super::raw::{Cut, RawDocument};
use super::{Format, Sink};
use crate::characters::Characters;
use crate::document::{Document, Identifier, Mention, Passage};
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};
use crate::text::{is_unseen, trimmed};

/// Told by the line of a title, and for sure by a line after it that begins with the same id.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let mut lines = head.lines.iter().filter(|line| !line.is_empty());
    let first = lines.next().and_then(|line| text_line(line)).filter(|(id, ..)| !id.is_empty());
    let Some((id, ..)) = first else {
        return if head.ending == "pubtator" && head.is_empty() { Evidence::Named } else { Evidence::Nothing };
    };
    let goes_on = |line: &&str| line.strip_prefix(id).is_some_and(|rest| rest.starts_with(['|', '\t']));
    if lines.next().is_some_and(goes_on) { Evidence::Certain } else { Evidence::Likely }
}

/// Cuts a stream into the lines of each document.
pub(super) struct Cutter<R> {
    lines: Lines<R>,
    /// The first line of the next document, with its number.
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
        let mut id = text_line(text.trim_end_matches('\n')).map(|(id, ..)| id.to_owned());
        let mut is_after_blank = false;
        while let Some(line) = self.lines.next_line()? {
            if line.is_empty() {
                // Kept within a document, so that its lines keep their numbers.
                text.push_str(if first_line > 0 { "\n" } else { "" });
                is_after_blank = true;
                continue;
            }
            let part = text_line(line);
            // Rows behind an empty line still belong to the text before it; lines before the first text go with that.
            let begins = |id: &String| part.as_ref().is_some_and(|(other, ..)| is_after_blank || other != id);
            if id.as_ref().is_some_and(begins) {
                self.next = Some((format!("{line}\n"), self.lines.line_number));
                break;
            }
            id = id.or_else(|| part.map(|(id, ..)| id.to_owned()));
            is_after_blank = false;
            text.push_str(line);
            text.push('\n');
            if first_line == 0 {
                first_line = self.lines.line_number;
            }
        }
        text.truncate(text.trim_end_matches('\n').len() + usize::from(!text.is_empty()));
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

/// The document of a raw text.
pub(super) fn parse(raw: &RawDocument, ledger: &mut Ledger) -> Result<Document, DataError> {
    let mut start = 0;
    let line = |end| Some(&raw.text[std::mem::replace(&mut start, end + 1)..end]);
    let lines: Vec<&str> = memchr_iter(b'\n', raw.text.as_bytes()).filter_map(line).collect();
    let at = |line: usize| LinePosition { path: &raw.path, line };
    let Some((id, ..)) = lines.iter().find_map(|line| text_line(line)) else {
        return Err(at(raw.position.line).unexpected(
            lines.first().copied().unwrap_or_default(),
            "a title such as `10021369|t|Title` before the annotations",
            "write the title, or name the file's format",
        ));
    };
    if id.is_empty() {
        return Err(at(raw.position.line).unexpected(id, "the id of a document before `|`", "write the id"));
    }
    // Most lines are mentions.
    let mentions = Vec::with_capacity(lines.len().saturating_sub(2));
    let mut document = Document { id: id.to_owned(), passages: Vec::with_capacity(2), mentions, sentences: None };
    for (line, number) in lines.into_iter().zip(raw.position.line..) {
        if line.is_empty() {
            continue;
        }
        match text_line(line) {
            Some((other, kind, text)) if other == id => match passage(kind, text, &document) {
                Some(passage) => document.passages.push(passage),
                None => at(number).skip_line(line, ledger),
            },
            Some(_) => at(number).skip_line(line, ledger),
            None => document.mentions.extend(at(number).row(line, id, ledger)),
        }
    }
    Ok(document)
}

/// The longest name of a part of a document; a longer one is text.
const LONGEST_NAME: usize = 24;

/// The id, the kind of part and the text of a line such as `10021369|t|Title` or `10021369|body|Text`.
fn text_line(line: &str) -> Option<(&str, &str, &str)> {
    let end = line.bytes().position(|byte| matches!(byte, b'|' | b'\t'))?;
    let (id, rest) = line.split_at(end);
    let (name, text) = rest.strip_prefix('|')?.split_once('|')?;
    let is_name = |name: &str| {
        name.len() <= LONGEST_NAME
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match name {
        "t" => Some((id, "title", text)),
        "a" => Some((id, "abstract", text)),
        _ => is_name(name).then_some((id, name, text)),
    }
}

/// The passage of a text line, one character after those before it; nothing where its document has a title or an abstract already, or the title comes late.
fn passage(kind: &str, text: &str, document: &Document) -> Option<Passage> {
    let is_once = matches!(kind, "title" | "abstract");
    if is_once && document.passages.iter().any(|passage| passage.kind == kind)
        || kind == "title" && !document.passages.is_empty()
    {
        return None;
    }
    let offset = document.passages.last().map_or(0, |before| before.range().end + 1);
    Some(Passage { kind: kind.to_owned(), offset, text: text.to_owned() })
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

    /// Counts a line that is none of the format's.
    fn skip_line(&self, line: &str, ledger: &mut Ledger) {
        ledger.skip(Loss::UnreadLine, self.path, self.position(), || Item::named(line));
    }

    /// The mention of a row; nothing where it is a relation or no row of this document.
    fn row(&self, line: &str, id: &str, ledger: &mut Ledger) -> Option<Mention> {
        let (columns, n_columns) = columns(line);
        let [row_id, start, end, text, entity_type, identifier, last] = columns;
        if row_id == id && matches!(n_columns, 4 | 5) && number(start).is_none() {
            let item = || Item { entity_type: start.to_owned(), ..Item::named(&columns[2..n_columns].join(" ")) };
            ledger.skip(Loss::UnreadRelation, self.path, self.position(), item);
            return None;
        }
        let characters = number(start).zip(number(end)).filter(|(start, end)| start <= end);
        let Some((start, end)) = characters.filter(|_| row_id == id && n_columns >= 5) else {
            self.skip_line(line, ledger);
            return None;
        };
        let named =
            |text: &str| (!text.is_empty()).then(|| Identifier { database: String::new(), id: text.to_owned() });
        let mut mention = Mention {
            text: Some(text.to_owned()),
            identifiers: named(identifier).into_iter().collect(),
            ..Mention::new(trimmed(entity_type), start..end)
        };
        if trimmed(entity_type).len() < entity_type.len() {
            ledger.skip(Loss::Trimmed, self.path, self.position(), || Item::stated(id, &mention));
        }
        match database_entry(last) {
            Some(entry) => mention.identifiers.push(entry),
            None if last.is_empty() => {}
            None => ledger.skip(Loss::UnreadIndividualNames, self.path, self.position(), || Item::stated(id, &mention)),
        }
        if n_columns > columns.len() {
            ledger.skip(Loss::UnreadUnknownPart, self.path, self.position(), || Item::stated(id, &mention));
        }
        Some(mention)
    }
}

/// A number of characters.
fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What a seventh column such as `RSID:113488022` refers to; nothing where it holds names of mentions, as those of BC5CDR.
fn database_entry(text: &str) -> Option<Identifier> {
    let (database, id) = text.split_once(':')?;
    let is_database =
        !database.is_empty() && database.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"#_-".contains(&byte));
    let is_entry = !id.is_empty() && !id.contains(|character: char| character.is_whitespace() || character == '|');
    (is_database && is_entry).then(|| Identifier { database: database.to_owned(), id: id.to_owned() })
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
        let is_cut = mention.is_discontinuous() && !texts.1.is_some_and(|text| is_cut_by_blanks(mention, text));
        losses.add_of_if(is_cut, Loss::UnwrittenDiscontinuous, mention);
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
        let entity_type = trimmed(&mention.entity_type);
        losses.add_of_if(entity_type.len() < mention.entity_type.len(), Loss::UnwrittenEntityTypes, mention);
        let entity_type = one_field(entity_type, mention, losses);
        let (identifier, entry, exact) = joined_identifiers(&mention.identifiers);
        losses.add_of_if(!exact, Loss::UnwrittenIdentifiers, mention);
        let identifier = one_field(&identifier, mention, losses);
        let start = texts.0.moved(extent.start, extent.start).to_string();
        let end = texts.0.moved(extent.start, extent.end).to_string();
        let columns = [id, &start, &end, &text, &entity_type, &identifier].into_iter().chain(entry.as_deref());
        for (index, column) in columns.enumerate() {
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

/// Whether nothing but white space lies between the parts of a mention: it is one from its first character to its last.
fn is_cut_by_blanks(mention: &Mention, text: &Characters<'_>) -> bool {
    let parts = &mention.parts;
    let is_blank = |gap: Range<usize>| text.slice(&gap).is_some_and(|text| text.chars().all(is_unseen));
    let is_whole = parts.iter().all(|part| !part.is_empty());
    is_whole && parts.windows(2).all(|pair| pair[0].end <= pair[1].start && is_blank(pair[0].end..pair[1].start))
}

/// Identifiers as one text, an entry of another database for a column of its own, and whether they will be read back as they are.
fn joined_identifiers(identifiers: &[Identifier]) -> (Cow<'_, str>, Option<String>, bool) {
    let text = |Identifier { database, id }: &Identifier| match database.as_str() {
        "" => id.clone(),
        _ => format!("{database}:{id}"),
    };
    match identifiers {
        [] => (Cow::Borrowed(""), None, true),
        [Identifier { database, id }] if database.is_empty() => (Cow::Borrowed(id), None, !id.is_empty()),
        [first, last]
            if first.database.is_empty()
                && !first.id.is_empty()
                && database_entry(&text(last)).as_ref() == Some(last) =>
        {
            (Cow::Borrowed(&first.id), Some(text(last)), true)
        }
        _ => (Cow::Owned(identifiers.iter().map(text).collect::<Vec<_>>().join(",")), None, false),
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
