//! Cuts a stream of XML into the elements that are articles: PubMed's and JATS' files, or what holds many of them.
//! Bytes in, the raw text of one article after the other out; what stands in an article is not known here, nor is more than one held.
//!
//! What stands around the articles is read over: elements that hold them, processing instructions, comments and the document type, of which nothing is declared.
//! Several documents of XML may follow one another, as programs that fetch articles in portions write them.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use memchr::{memchr, memmem};
use quick_xml::events::Event;

use super::lines::{Returns, checked};
use super::position::{Position, excerpt};
use super::raw::{Cut, RawDocument};
use super::{Format, element, xml};
use crate::error::{CorpusErrorKind, DataError};
use crate::ledger::{Item, Ledger, Loss};

/// Bytes of one article, at most: what is longer is no article, and memory stays bounded whatever is read.
const LONGEST_ARTICLE: usize = 256 << 20;

/// Elements around an article, at most.
const DEEPEST: usize = 64;

/// The elements of a format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub format: Format,
    /// What is a document.
    pub articles: &'static [&'static str],
    /// What says that documents are no more: it holds their ids.
    pub deletions: &'static [&'static str],
    /// What may stand around all others; anything where none is named.
    pub roots: &'static [&'static str],
    /// What is said to be expected of a root.
    pub expected: &'static str,
}

/// Cuts a stream into articles.
pub(super) struct Cutter<R> {
    feed: Feed<R>,
    names: Names,
    /// The elements that are open around what comes next.
    open: Vec<String>,
    ledger: Ledger,
}

impl<R: BufRead> Cutter<R> {
    pub fn new(path: &Arc<Path>, reader: R, names: Names) -> Self {
        let feed = Feed {
            reader,
            path: Arc::clone(path),
            bytes: Vec::new(),
            start: 0,
            position: Position::START,
            is_begun: false,
        };
        Self { feed, names, open: Vec::new(), ledger: Ledger::listing(0) }
    }

    /// Goes on to the next markup, or to the end of the file; text counts where it stands between articles.
    fn skip_text(&mut self) -> Result<bool, DataError> {
        loop {
            let rest = self.feed.rest();
            let end = memchr(b'<', rest);
            let text = &rest[..end.unwrap_or(rest.len())];
            let is_outside = self.open.is_empty();
            let is_wrong = |byte: &u8| *byte == 0 || (is_outside && !byte.is_ascii_whitespace());
            if let Some(at) = text.iter().position(is_wrong) {
                return Err(match text[at] {
                    0 => self.feed.error(at, CorpusErrorKind::Nul),
                    _ => self.no_root(at, "text".to_owned()),
                });
            }
            let length = text.len();
            self.feed.take(length);
            if end.is_some() {
                return Ok(true);
            }
            if !self.feed.more()? {
                return match self.open.is_empty() {
                    true => Ok(false),
                    false => Err(self.feed.cut_off()),
                };
            }
        }
    }

    /// The end of what begins at the rest and ends with a text; `from` is where that may begin.
    fn end_of(&mut self, from: usize, end: &[u8]) -> Result<usize, DataError> {
        match self.feed.find(from, end)? {
            Some(at) => Ok(at + end.len()),
            None => Err(self.feed.cut_off()),
        }
    }

    /// Reads over a comment, a processing instruction or a document type.
    fn skip_declaration(&mut self) -> Result<(), DataError> {
        let end = if self.feed.begins_with(b"<?")? {
            let end = self.end_of(2, b"?>")?;
            self.check_encoding(end)?;
            end
        } else if self.feed.begins_with(b"<!--")? {
            self.end_of(4, b"-->")?
        } else if self.feed.begins_with(b"<!DOCTYPE")? && self.open.is_empty() {
            self.end_of_document_type()?
        } else if self.feed.begins_with(b"<![CDATA[")? && !self.open.is_empty() {
            self.end_of(9, b"]]>")?
        } else {
            let found = "a declaration where none may stand".to_owned();
            return Err(self.feed.error(0, CorpusErrorKind::Xml { found }));
        };
        self.feed.take(end);
        Ok(())
    }

    fn check_encoding(&self, end: usize) -> Result<(), DataError> {
        let declaration = String::from_utf8_lossy(&self.feed.rest()[..end]);
        match quick_xml::Reader::from_str(&declaration).read_event() {
            Ok(Event::Decl(declaration)) => match xml::other_encoding(&declaration) {
                Some(kind) => Err(self.feed.error(0, kind)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Where the document type ends that begins here: quoted texts, comments and what stands in brackets are read over.
    fn end_of_document_type(&mut self) -> Result<usize, DataError> {
        let (mut at, mut depth) = (9, 0_usize);
        loop {
            let Some(byte) = self.feed.byte(at)? else { return Err(self.feed.cut_off()) };
            at = match byte {
                b'"' | b'\'' => self.end_of(at + 1, &[byte])?,
                b'<' if self.feed.is_at(at, b"<!--")? => self.end_of(at + 4, b"-->")?,
                b'[' | b'<' => {
                    depth += 1;
                    at + 1
                }
                b']' => {
                    depth = depth.saturating_sub(1);
                    at + 1
                }
                b'>' if depth == 0 => return Ok(at + 1),
                b'>' => {
                    depth -= 1;
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Where the tag ends that begins here.
    fn end_of_tag(&mut self) -> Result<usize, DataError> {
        let mut at = 1;
        loop {
            let Some(byte) = self.feed.byte(at)? else { return Err(self.feed.cut_off()) };
            at = match byte {
                b'>' => return Ok(at + 1),
                b'"' | b'\'' => self.end_of(at + 1, &[byte])?,
                b'<' => {
                    let found = "`<` within a tag".to_owned();
                    return Err(self.feed.error(at, CorpusErrorKind::Xml { found }));
                }
                _ => at + 1,
            };
        }
    }

    /// Closes the element that is open.
    fn close(&mut self) -> Result<(), DataError> {
        let end = self.end_of(2, b">")?;
        let name = String::from_utf8_lossy(&self.feed.rest()[2..end - 1]).trim_end().to_owned();
        if self.open.last() != Some(&name) {
            let found = match self.open.last() {
                Some(open) => format!("the end of {} within {}", excerpt(&name), excerpt(open)),
                None => format!("the end of {}, which is not open", excerpt(&name)),
            };
            return Err(self.feed.error(0, CorpusErrorKind::Xml { found }));
        }
        self.open.pop();
        self.feed.take(end);
        Ok(())
    }

    /// Opens an element, or gives the article that begins here.
    fn open(&mut self) -> Result<Option<RawDocument>, DataError> {
        let end = self.end_of_tag()?;
        let tag = &self.feed.rest()[1..end - 1];
        let is_empty = tag.ends_with(b"/");
        let is_name = |byte: &u8| !byte.is_ascii_whitespace() && *byte != b'/';
        let length = tag.iter().take_while(|byte| is_name(byte)).count();
        let name = String::from_utf8_lossy(&tag[..length]).into_owned();
        let is_one_of = |names: &[&str]| names.contains(&name.as_str());
        if is_one_of(self.names.articles) {
            return self.article(&name, end, is_empty).map(Some);
        }
        if is_one_of(self.names.deletions) {
            let deletions = self.article(&name, end, is_empty)?;
            self.count_deletions(&deletions)?;
            return Ok(None);
        }
        if self.open.is_empty() && !self.names.roots.is_empty() && !is_one_of(self.names.roots) {
            return Err(self.no_root(0, format!("the element {}", excerpt(&name))));
        }
        if !is_empty {
            if self.open.len() == DEEPEST {
                let found = format!("more than {DEEPEST} elements within one another and no article in them");
                return Err(self.feed.error(0, CorpusErrorKind::Xml { found }));
            }
            self.open.push(name);
        }
        self.feed.take(end);
        Ok(None)
    }

    /// Takes the article that begins here, whose first tag ends at `end`.
    fn article(&mut self, name: &str, end: usize, is_empty: bool) -> Result<RawDocument, DataError> {
        let length = if is_empty { end } else { self.end_of_article(name, end)? };
        let position = self.feed.position;
        let bytes = self.feed.rest()[..length].to_vec();
        let path = Arc::clone(&self.feed.path);
        // Asked again only where something is wrong, which says where.
        let text = match memchr(0, &bytes) {
            None => String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes),
            Some(_) => Err(bytes),
        };
        let text = match text {
            Ok(text) => text,
            Err(bytes) => checked(&path, position, &bytes, Returns::Kept)?.to_owned(),
        };
        self.feed.take(length);
        Ok(RawDocument { format: self.names.format, path, text, position })
    }

    /// Where the article ends; the name of its end may also stand in comments and the like, which end nothing.
    fn end_of_article(&mut self, name: &str, from: usize) -> Result<usize, DataError> {
        let end_tag = format!("</{name}");
        let (ends, bangs) = (memmem::Finder::new(end_tag.as_bytes()), memmem::Finder::new(b"<!"));
        let questions = memmem::Finder::new(b"<?");
        let mut at = from;
        loop {
            let rest = &self.feed.rest()[at..];
            let end = ends.find(rest);
            let before = &rest[..end.unwrap_or(rest.len())];
            let bang = bangs.find(before);
            let question = questions.find(&before[..bang.unwrap_or(before.len())]);
            if let Some(found) = question.or(bang) {
                at = self.end_of_other(at + found)?;
                continue;
            }
            if let Some(found) = end {
                let after = at + found + end_tag.len();
                let close = self.end_of(after, b">")?;
                if self.feed.rest()[after..close - 1].iter().all(u8::is_ascii_whitespace) {
                    return Ok(close);
                }
                at = after;
                continue;
            }
            // A text that is looked for may begin at the end of what there is.
            at = at.max(self.feed.rest().len().saturating_sub(end_tag.len()));
            if !self.feed.more()? {
                return Err(self.feed.cut_off());
            }
        }
    }

    /// Where the comment, the text without markup or the processing instruction ends that begins at `at`.
    fn end_of_other(&mut self, at: usize) -> Result<usize, DataError> {
        if self.feed.is_at(at, b"<?")? {
            return self.end_of(at + 2, b"?>");
        }
        if self.feed.is_at(at, b"<!--")? {
            return self.end_of(at + 4, b"-->");
        }
        if self.feed.is_at(at, b"<![CDATA[")? {
            return self.end_of(at + 9, b"]]>");
        }
        let found = "a declaration within an article".to_owned();
        Err(self.feed.error(at, CorpusErrorKind::Xml { found }))
    }

    /// Counts the ids in an element that says that documents are no more.
    fn count_deletions(&mut self, raw: &RawDocument) -> Result<(), DataError> {
        let mut elements = element::Elements::new(raw);
        elements.child()?;
        while let Some(start) = elements.child()? {
            let position = elements.position_of(&start);
            let id = elements.short_text()?;
            self.ledger.skip(Loss::UnreadDeletion, &raw.path, position, || Item::named(&id));
        }
        Ok(())
    }

    fn no_root(&self, at: usize, found: String) -> DataError {
        let advice = "name the file's format, or fetch it again";
        self.feed.error(at, CorpusErrorKind::Unexpected { found, expected: self.names.expected, advice })
    }
}

impl<R: BufRead> Cut for Cutter<R> {
    fn next_raw(&mut self) -> Result<Option<RawDocument>, DataError> {
        loop {
            if !self.skip_text()? {
                return Ok(None);
            }
            match self.feed.byte(1)? {
                Some(b'?' | b'!') => self.skip_declaration()?,
                Some(b'/') => self.close()?,
                Some(_) => {
                    if let Some(article) = self.open()? {
                        return Ok(Some(article));
                    }
                }
                None => return Err(self.feed.cut_off()),
            }
        }
    }

    fn ledger(&self) -> Option<&Ledger> {
        Some(&self.ledger)
    }

    fn list(&mut self, listed: usize) {
        self.ledger.shorten(listed);
    }
}

/// Bytes that were read and not taken yet, and where in the file they begin.
struct Feed<R> {
    reader: R,
    path: Arc<Path>,
    bytes: Vec<u8>,
    /// Where in `bytes` begins what is not taken.
    start: usize,
    position: Position,
    is_begun: bool,
}

impl<R: BufRead> Feed<R> {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn take(&mut self, length: usize) {
        self.position = self.position.after(&self.bytes[self.start..self.start + length]);
        self.start += length;
    }

    /// Reads on; false at the end of the file.
    fn more(&mut self) -> Result<bool, DataError> {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        if self.bytes.len() > LONGEST_ARTICLE {
            let found = format!("more than {} MiB without the end of an article or tag", LONGEST_ARTICLE >> 20);
            return Err(self.error(0, CorpusErrorKind::Xml { found }));
        }
        // A byte order mark is left out, of which a slow reader gives a part at a time.
        let mark = "\u{feff}".as_bytes();
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(source) if source.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(super::unreadable(&self.path, source)),
            };
            let length = buffer.len();
            self.bytes.extend_from_slice(buffer);
            self.reader.consume(length);
            if self.is_begun || length == 0 {
                return Ok(length > 0);
            }
            if self.bytes.len() >= mark.len() || !mark.starts_with(&self.bytes) {
                self.is_begun = true;
                if self.bytes.starts_with(mark) {
                    self.start = mark.len();
                }
                return Ok(true);
            }
        }
    }

    /// A byte of the rest, none after the end of the file.
    fn byte(&mut self, at: usize) -> Result<Option<u8>, DataError> {
        while self.rest().len() <= at {
            if !self.more()? {
                return Ok(None);
            }
        }
        Ok(self.rest().get(at).copied())
    }

    /// Whether a text stands at a place of the rest.
    fn is_at(&mut self, at: usize, text: &[u8]) -> Result<bool, DataError> {
        if let Some(last) = text.len().checked_sub(1) {
            self.byte(at + last)?;
        }
        Ok(self.rest().get(at..).is_some_and(|rest| rest.starts_with(text)))
    }

    fn begins_with(&mut self, text: &[u8]) -> Result<bool, DataError> {
        self.is_at(0, text)
    }

    /// Where a text stands in the rest, at `from` or later.
    fn find(&mut self, from: usize, text: &[u8]) -> Result<Option<usize>, DataError> {
        let mut from = from;
        loop {
            if let Some(at) = self.rest().get(from..).and_then(|rest| memmem::find(rest, text)) {
                return Ok(Some(from + at));
            }
            from = from.max((self.rest().len() + 1).saturating_sub(text.len()));
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// An error at a byte of the rest.
    fn error(&self, at: usize, kind: CorpusErrorKind) -> DataError {
        let before = &self.rest()[..at.min(self.rest().len())];
        self.position.after(before).error(&self.path, kind)
    }

    fn cut_off(&self) -> DataError {
        let found = "the end of the file within an element".to_owned();
        self.error(usize::MAX, CorpusErrorKind::Xml { found })
    }
}
