//! CoNLL-U, and CoNLL-U Plus, whose first line names the columns: words with a number, their form and what is said of them.
//! A file becomes documents that come cut into words, one for each comment `newdoc`, else one.
//!
//! Words of the text are the surface forms: a line `3-4` stands for those it joins, and lines such as `8.1` for words that are not in the text.
//! A space follows each but where `SpaceAfter=No`; a comment `text` that says something else is counted.
//! Tags of entities stand in a column, or in `MISC` under one of the names `NE`, `NER`, `ner` and `name`; they are read leniently, so that each belongs to an entity.
//! Brackets of `Entity` (coreference) and all other columns are counted.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use welt_tags::{Chunking, Tag};

use super::Source;
use super::annotations::RowPosition;
use super::conll::TagReader;
use super::folder::stem;
use super::head::{Evidence, Head, Shape};
use super::lines::Lines;
use crate::corpus::Sentence;
use crate::document::{Document, Mention, Passage};
use crate::error::DataError;
use crate::ledger::{Item, Ledger, Loss};

/// The columns of CoNLL-U.
const COLUMNS: [&str; 10] = ["ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"];
/// What tags of entities are called, in small letters.
const TAGS: [&str; 5] = ["ner", "ne", "name", "nertag", "entity_tag"];

/// Told by its comments and by lines of its columns.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    if head.shape != Shape::Lines {
        return Evidence::Nothing;
    }
    let is_comment = |line: &&str| {
        ["# sent_id", "# newdoc", "# global.columns", "# text ="].iter().any(|comment| line.starts_with(comment))
    };
    let is_word = |line: &str| {
        let number = line.split('\t').next().unwrap_or_default();
        number.starts_with(|first: char| first.is_ascii_digit())
            && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
    };
    let mut words = head.lines.iter().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).peekable();
    let has_words = words.peek().is_some();
    let names_columns = head.lines.iter().any(|line| line.starts_with("# global.columns"));
    let has_columns = |line: &&str| is_word(line) && line.split('\t').count() == COLUMNS.len();
    let is_numbered = if names_columns { words.all(|line| is_word(line)) } else { words.all(has_columns) };
    let is_named = matches!(head.ending.as_str(), "conllu" | "conllup");
    match has_words && is_numbered {
        true if is_named || head.lines.iter().any(is_comment) => Evidence::Certain,
        true => Evidence::Named,
        false if is_named => Evidence::Named,
        false => Evidence::Nothing,
    }
}

/// Reads a stream.
pub(super) struct Reader<R> {
    lines: Lines<R>,
    /// The names of the columns.
    columns: Vec<String>,
    /// Columns that were counted.
    counted: BTreeSet<usize>,
    tags: TagReader,
    /// The document whose lines follow: its id, and whether a comment began it.
    next: Option<String>,
    /// How many documents were begun by a comment.
    begun: usize,
    is_ended: bool,
}

/// A document whose sentences are being read.
struct Open {
    id: String,
    text: String,
    /// In characters.
    length: usize,
    /// Whether a space stands before the next word.
    has_space: bool,
    sentences: Vec<Vec<Range<usize>>>,
    mentions: Vec<Mention>,
    /// What `text` says of the sentence at hand, and where.
    said: Option<(String, usize)>,
    sentence: OpenSentence,
}

/// A sentence whose lines are being read.
#[derive(Default)]
struct OpenSentence {
    /// The characters of the words of the text.
    surface: Vec<Range<usize>>,
    /// The words that can have tags, with their characters and tags.
    words: Vec<String>,
    ranges: Vec<Range<usize>>,
    tags: Vec<Tag>,
    first_line: usize,
    /// The number of the last word that a line for several stands for.
    joined: usize,
}

impl<R: BufRead> Reader<R> {
    pub fn new(path: &Arc<Path>, reader: R) -> Self {
        Self {
            lines: Lines::new(path, reader),
            columns: COLUMNS.map(str::to_owned).to_vec(),
            counted: BTreeSet::new(),
            tags: TagReader::new(path, 1, Chunking::Lenient),
            next: None,
            begun: 0,
            is_ended: false,
        }
    }

    /// A comment such as `# newdoc id = a`; the id of another document where it begins one.
    fn comment(&mut self, comment: &str, open: &mut Open) -> Option<String> {
        let (key, value) =
            comment.split_once('=').map_or((comment.trim(), ""), |(key, value)| (key.trim(), value.trim()));
        match key {
            "newdoc" | "newdoc id" => {
                self.begun += 1;
                let numbered = || format!("{}-{}", stem(&self.lines.path), self.begun);
                return Some(if value.is_empty() { numbered() } else { value.to_owned() });
            }
            "global.columns" => self.columns = value.split_ascii_whitespace().map(str::to_owned).collect(),
            "text" => open.said = Some((value.to_owned(), self.lines.line_number)),
            _ => {}
        }
        None
    }

    /// A line of a word.
    fn word(&mut self, line: &str, open: &mut Open) -> Result<(), DataError> {
        let place = RowPosition { path: &self.tags.path.clone(), line_number: self.lines.line_number };
        let cells: Vec<&str> = line.split('\t').collect();
        if cells.len() != self.columns.len() {
            let expected = "a word with as many columns as the head names, 10 where it names none, separated by TAB";
            return Err(place.unexpected(line, expected));
        }
        let cell = |name: &str| {
            self.columns.iter().position(|column| column == name).and_then(|index| cells.get(index).copied())
        };
        let (number, form, misc) = (cell("ID").unwrap_or_default(), cell("FORM").unwrap_or_default(), cell("MISC"));
        let misc = misc.filter(|misc| *misc != "_").unwrap_or_default();
        if number.contains('.') {
            // Not in the text.
            return Ok(());
        }
        if form.is_empty() {
            return Err(place.unexpected(line, "a form in the column FORM"));
        }
        let (first, last) = number.split_once('-').unwrap_or((number, number));
        let parsed = |number: &str| number.parse::<usize>().ok();
        let (Some(first), Some(last)) = (parsed(first), parsed(last)) else {
            return Err(place.unexpected(number, "the number of a word, as in 1, 1-2 or 1.1"));
        };
        let says = |wanted: &dyn Fn(&str) -> bool| {
            let mut pairs = misc.split('|').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| wanted(key)).map(|(_, value)| value.to_owned())
        };
        let is_tag = |name: &str| TAGS.contains(&name.to_lowercase().as_str());
        let own = self.columns.iter().position(|column| is_tag(column)).and_then(|index| cells.get(index).copied());
        let tag = own.map(str::to_owned).or_else(|| says(&is_tag)).filter(|tag| tag != "_");
        let tag = tag.map(|tag| tag.parse::<Tag>().map_err(|_| place.unexpected(&tag, "a tag such as O or B-Disease")));
        let tag = tag.transpose()?.unwrap_or(Tag::OUTSIDE);
        let brackets = says(&|key| key == "Entity").map_or(0, |entity| entity.matches('(').count());
        let is_spaced = says(&|key| key == "SpaceAfter").as_deref() != Some("No");
        let is_tag_column = |name: &str| is_tag(name) || matches!(name, "ID" | "FORM" | "MISC");
        let others = cells
            .iter()
            .zip(&self.columns)
            .enumerate()
            .filter(|(_, (cell, name))| **cell != "_" && !is_tag_column(name));
        for (index, (_, name)) in others {
            if self.counted.insert(index) {
                self.tags.ledger.skip(Loss::UnreadColumn, place.path, place.position(), || Item::named(name));
            }
        }
        for _ in 0..brackets {
            self.tags.ledger.skip(Loss::UnreadMention, place.path, place.position(), || Item::named(form));
        }
        open.sentence.begin(place.line_number);
        open.add(form, (first, last), tag, is_spaced);
        Ok(())
    }
}

impl<R: BufRead> Source for Reader<R> {
    fn next_document(&mut self) -> Result<Option<Document>, DataError> {
        if self.is_ended {
            return Ok(None);
        }
        let id = self.next.take().unwrap_or_else(|| stem(&self.lines.path));
        let mut open = Open::new(id);
        while let Some(line) = self.lines.next_line()?.map(str::to_owned) {
            if let Some(comment) = line.strip_prefix('#') {
                if let Some(id) = self.comment(comment, &mut open) {
                    open.end_sentence(&mut self.tags)?;
                    if open.sentences.is_empty() {
                        open.id = id;
                        continue;
                    }
                    self.next = Some(id);
                    return Ok(Some(open.close()));
                }
            } else if line.trim().is_empty() {
                open.end_sentence(&mut self.tags)?;
            } else {
                self.word(&line, &mut open)?;
            }
        }
        self.is_ended = true;
        open.end_sentence(&mut self.tags)?;
        Ok(if open.sentences.is_empty() { None } else { Some(open.close()) })
    }

    fn ledger(&self) -> &Ledger {
        &self.tags.ledger
    }

    fn list(&mut self, listed: usize) {
        self.tags.ledger.shorten(listed);
    }
}

impl OpenSentence {
    fn begin(&mut self, line: usize) {
        if self.first_line == 0 {
            self.first_line = line;
        }
    }
}

impl Open {
    fn new(id: String) -> Self {
        Self {
            id,
            text: String::new(),
            length: 0,
            has_space: false,
            sentences: Vec::new(),
            mentions: Vec::new(),
            said: None,
            sentence: OpenSentence::default(),
        }
    }

    /// Adds a line of one word, or of several that stand as one in the text.
    fn add(&mut self, form: &str, (first, last): (usize, usize), tag: Tag, is_spaced: bool) {
        let is_within = first == last && first <= self.sentence.joined;
        if !is_within {
            if self.has_space {
                self.text.push(' ');
                self.length += 1;
            }
            self.text.push_str(form);
            let start = self.length;
            self.length += form.chars().count();
            self.sentence.surface.push(start..self.length);
            self.has_space = is_spaced;
        }
        if first < last {
            self.sentence.joined = last;
            // The words that it stands for have the tags, unless it has one itself.
            if tag == Tag::OUTSIDE {
                return;
            }
        }
        self.sentence.words.push(form.to_owned());
        self.sentence.ranges.push(self.sentence.surface.last().cloned().unwrap_or_default());
        self.sentence.tags.push(tag);
    }

    fn end_sentence(&mut self, reader: &mut TagReader) -> Result<(), DataError> {
        let OpenSentence { surface, words, ranges, tags, first_line, .. } = std::mem::take(&mut self.sentence);
        let said = self.said.take();
        let (Some(first), Some(last)) = (surface.first(), surface.last()) else { return Ok(()) };
        if let Some((said, line_number)) = said {
            let place = RowPosition { path: &reader.path.clone(), line_number };
            let there: String = self.text.chars().skip(first.start).take(last.end - first.start).collect();
            if there != said {
                let item = || Item::new(&self.id, first.start..last.end, &said, "");
                reader.ledger.skip(Loss::UnreadSentenceText, place.path, place.position(), item);
            }
        }
        let sentence = Sentence { words, tags, line_number: first_line, document: 0 };
        reader.mentions(&sentence, (&self.id, &ranges), &mut self.mentions)?;
        self.has_space = true;
        self.sentences.push(surface);
        Ok(())
    }

    fn close(self) -> Document {
        let passages = vec![Passage { kind: String::new(), offset: 0, text: self.text }];
        Document { id: self.id, passages, mentions: self.mentions, sentences: Some(self.sentences) }
    }
}
