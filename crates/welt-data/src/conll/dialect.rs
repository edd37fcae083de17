//! How a CoNLL-like file is laid out, as its beginning tells: what separates columns, how many there are, which one holds the words, and whether a line of heads comes first.
//! The first bytes go in; both readers ask here, so that they read one file alike.

use welt_tags::Tag;

use super::WordColumn;
use super::rows::{Line, kind};
use crate::layout::{FoundWordColumn, Separator, WordColumnReason};
use crate::text::trimmed;

/// Bytes that are looked at: the same for every reader, however its input arrives.
pub(super) const HEAD: usize = 1 << 16;

/// Heads of the column of words, in lower case.
const WORD_HEADS: [&str; 7] = ["word", "words", "token", "tokens", "form", "text", "surface"];
/// Heads of columns of tags, or what stands in them.
const TAG_HEADS: [&str; 9] = ["tag", "label", "ner", "iob", "bio", "entity", "class", "gold", "pred"];
/// The comment of CoNLL-U Plus that names the columns.
const COLUMNS_COMMENT: &str = "# global.columns =";

/// How a file is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialect {
    pub separator: Separator,
    /// Columns of a line with a word; 0 where no line has one.
    pub columns: usize,
    /// Where the words are, as far as the caller did not name it.
    pub word_column: FoundWordColumn,
    /// Whether the first line of columns names them.
    pub has_heads: bool,
    /// Columns that hold a tag in most lines, from 0.
    tag_columns: Vec<usize>,
}

impl Dialect {
    /// What the beginning of a file tells; `asked` goes before it.
    pub fn of(bytes: &[u8], asked: WordColumn) -> Self {
        let head = &bytes[..bytes.len().min(HEAD)];
        let text = String::from_utf8_lossy(head);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let is_cut = bytes.len() >= HEAD && !text.ends_with('\n');
        let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        let lines = if is_cut { &lines[..lines.len() - 1] } else { &lines[..] };
        let sentences = sentences(lines);
        let Some(first) = sentences.iter().flatten().next() else {
            let word_column = FoundWordColumn { number: 1, reason: WordColumnReason::First };
            return Self {
                separator: Separator::Tab,
                columns: 0,
                word_column,
                has_heads: false,
                tag_columns: Vec::new(),
            };
        };
        let separator = if first.contains('\t') { Separator::Tab } else { Separator::Space };
        let columns = cells(first, separator).len();
        let mut table = Table::new(&sentences, separator, columns);
        let named = lines.iter().find_map(|line| line.strip_prefix(COLUMNS_COMMENT));
        let mut heads: Option<Vec<String>> =
            named.map(|names| names.split_whitespace().map(str::to_lowercase).collect());
        let has_heads = table.begins_with_heads();
        if has_heads {
            heads = table.take_first().map(|heads| heads.iter().map(|head| head.to_lowercase()).collect());
        }
        let word_column = table.word_column(asked, heads.as_deref());
        Self { separator, columns, word_column, has_heads, tag_columns: table.tag_columns() }
    }

    /// Whether a line that begins with `#` is a comment and not a word: it has other columns than the words, or no tag where these have one.
    pub fn is_comment(&self, line: &str) -> bool {
        let cells = cells(line, self.separator);
        if cells.len() != self.columns {
            return true;
        }
        // A comment seldom has as many TABs as a word, but easily as many spaces.
        let is_tag = |column: &usize| trimmed(cells[*column]).parse::<Tag>().is_ok();
        self.separator == Separator::Space && !self.tag_columns.is_empty() && !self.tag_columns.iter().any(is_tag)
    }
}

/// The lines of words, sentence by sentence; those that begin with `#` only where there are no others, or with a TAB.
fn sentences<'t>(lines: &[&'t str]) -> Vec<Vec<&'t str>> {
    let gathered = |takes: fn(&str) -> bool| {
        let mut sentences: Vec<Vec<&'t str>> = Vec::new();
        let mut is_within = false;
        for line in lines {
            match kind(line.as_bytes()) {
                Line::Word if !takes(line) => {}
                Line::Word if is_within => sentences.last_mut().into_iter().for_each(|sentence| sentence.push(line)),
                Line::Word => {
                    sentences.push(vec![line]);
                    is_within = true;
                }
                _ => is_within = false,
            }
        }
        sentences
    };
    let plain = gathered(|line| !line.starts_with('#'));
    if !plain.is_empty() {
        return plain;
    }
    let with_tabs = gathered(|line| line.contains('\t'));
    if with_tabs.is_empty() { gathered(|_| true) } else { with_tabs }
}

/// The columns of a line, which may be empty between TABs.
fn cells(line: &str, separator: Separator) -> Vec<&str> {
    match separator {
        Separator::Tab => line.split('\t').collect(),
        Separator::Space => line.split(' ').filter(|cell| !cell.is_empty()).collect(),
    }
}

/// The beginning of a file, cut into columns.
struct Table<'t> {
    /// The lines of each sentence that have as many columns as the first.
    sentences: Vec<Vec<Vec<&'t str>>>,
    columns: usize,
}

impl<'t> Table<'t> {
    fn new(sentences: &[Vec<&'t str>], separator: Separator, columns: usize) -> Self {
        let rows = |sentence: &Vec<&'t str>| {
            let rows = sentence.iter().map(|line| cells(line, separator).into_iter().map(trimmed).collect());
            rows.filter(|row: &Vec<&str>| row.len() == columns).collect()
        };
        Self { sentences: sentences.iter().map(rows).collect(), columns }
    }

    fn rows(&self) -> impl Iterator<Item = &Vec<&'t str>> {
        self.sentences.iter().flatten()
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &'t str> {
        self.rows().map(move |row| row[column])
    }

    /// Whether the first line names the columns: where all others hold a tag, it has the name of such a column.
    fn begins_with_heads(&self) -> bool {
        let is_head = |column: usize| {
            let mut cells = self.cells(column);
            let first = cells.next().unwrap_or_default();
            let mut others = cells.peekable();
            first.parse::<Tag>().is_err()
                && TAG_HEADS.iter().any(|head| first.to_lowercase().contains(head))
                && others.peek().is_some()
                && others.all(|cell| cell.parse::<Tag>().is_ok())
        };
        (0..self.columns).any(is_head)
    }

    fn take_first(&mut self) -> Option<Vec<&'t str>> {
        let sentence = self.sentences.iter_mut().find(|sentence| !sentence.is_empty())?;
        Some(sentence.remove(0))
    }

    /// Columns that hold a tag in most lines.
    fn tag_columns(&self) -> Vec<usize> {
        let rows = self.rows().count();
        let are_most =
            |column: &usize| 2 * self.cells(*column).filter(|cell| cell.parse::<Tag>().is_ok()).count() > rows;
        (0..self.columns).filter(are_most).collect()
    }

    /// The column that the caller or the heads name, or the first that holds something else than tags, counts and marks of sentences.
    fn word_column(&self, asked: WordColumn, heads: Option<&[String]>) -> FoundWordColumn {
        if let WordColumn::Number(asked) = asked {
            // That it is there is for the reader to check, which knows the line.
            let number = super::columns::from_either_end(self.columns, asked).unwrap_or(1);
            return FoundWordColumn { number, reason: WordColumnReason::Asked };
        }
        let is_head = |head: &String| WORD_HEADS.contains(&head.as_str());
        if let Some(index) =
            heads.and_then(|heads| heads.iter().position(is_head)).filter(|index| *index < self.columns)
        {
            let reason = if index == 0 { WordColumnReason::First } else { WordColumnReason::Head };
            return FoundWordColumn { number: index + 1, reason };
        }
        // A column with a mistake among its tags holds no words either.
        let tags = self.tag_columns();
        let are_words = |column: &usize| !self.cannot_be_words(*column) && (*column == 0 || !tags.contains(column));
        match (0..self.columns).find(are_words).filter(|column| *column > 0) {
            Some(column) => FoundWordColumn { number: column + 1, reason: WordColumnReason::AfterOthers },
            None => FoundWordColumn { number: 1, reason: WordColumnReason::First },
        }
    }

    fn cannot_be_words(&self, column: usize) -> bool {
        self.are_tags(column) || self.are_counts(column) || self.are_marks(column)
    }

    /// Every line holds a tag, and some tag has a type or several lines are outside: a word may be an `O`.
    fn are_tags(&self, column: usize) -> bool {
        let tags: Option<Vec<Tag>> = self.cells(column).map(|cell| cell.parse().ok()).collect();
        are_plainly_tags(&tags.unwrap_or_default())
    }

    /// Numbers, or pairs of them, that go on from line to line within sentences.
    fn are_counts(&self, column: usize) -> bool {
        let sentences = self.sentences.iter().map(|sentence| sentence.iter().map(|row| row[column]));
        are_counts(sentences)
    }

    /// The same text throughout each sentence of several words, as the name of the sentence or of its document is.
    fn are_marks(&self, column: usize) -> bool {
        let mut longest = 0;
        for sentence in &self.sentences {
            let first = sentence.first().map(|row| row[column]);
            let same = sentence.iter().take_while(|row| Some(row[column]) == first).count();
            // Some write it on the first line of the sentence alone.
            let rest = sentence.iter().skip(1).filter(|row| row[column].is_empty()).count();
            if same.max(rest + 1) < sentence.len() {
                return false;
            }
            longest = longest.max(sentence.len());
        }
        longest >= LEAST_MARKED
    }
}

/// Words that a sentence must have for one text in all its lines to be no word.
const LEAST_MARKED: usize = 3;
/// Tags `O` that words would not be in a row.
const LEAST_OUTSIDE: usize = 3;

/// Whether texts that can all be read as tags are tags and not words that look so.
pub(crate) fn are_plainly_tags(tags: &[Tag]) -> bool {
    let outside = tags.iter().filter(|tag| **tag == Tag::OUTSIDE).count();
    !tags.is_empty()
        && (tags.iter().any(|tag| !tag.entity_type().is_empty()) || outside >= LEAST_OUTSIDE.min(tags.len()))
}

/// Whether all texts of sentences are numbers, or pairs of numbers, that grow within each sentence; at least two in some sentence.
pub(crate) fn are_counts<'t, S>(sentences: impl Iterator<Item = S>) -> bool
where
    S: Iterator<Item = &'t str>,
{
    let mut longest = 0;
    for sentence in sentences {
        let mut before: Option<u64> = None;
        let mut length = 0;
        for cell in sentence {
            let Some(number) = count(cell) else { return false };
            if before.is_some_and(|before| {
                number < before || number == before && !cell.contains(|c: char| !c.is_ascii_digit())
            }) {
                return false;
            }
            before = Some(number);
            length += 1;
        }
        longest = longest.max(length);
    }
    longest >= 2
}

/// The last number of a text such as `12`, `0-5` or `3:1`.
fn count(text: &str) -> Option<u64> {
    let mut numbers = text.split(['-', ':', ',', '.']);
    let last = numbers.next_back()?;
    let is_number = |text: &str| !text.is_empty() && text.len() < 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(last) && numbers.all(is_number)).then(|| last.parse().ok()).flatten()
}
