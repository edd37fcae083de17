//! The XML of one article, element by element, borrowed from its raw text.
//! A raw document goes in, elements and their running text come out; what an element means is the format's affair.
//!
//! Running text is what is read in one go: markup within it is left out and what stands in that is kept, white space of any length
//! becomes one space, and none is left at the ends. The no-break space and other spaces of Unicode are letters like all others.

use memchr::{memchr3, memmem};
use quick_xml::events::{BytesStart, Event};

use super::RawDocument;
use super::position::Position;
use super::xml;
use crate::error::{CorpusErrorKind, DataError};

/// Markup whose text says a second time what stands beside it.
const REPEATED: [&str; 4] = ["annotation", "annotation-xml", "mml:annotation", "mml:annotation-xml"];

/// What is met next.
pub(super) enum Node<'r> {
    /// An element begins.
    Start(BytesStart<'r>),
    /// An element ends.
    End,
    /// Text was added, or something without meaning was met.
    Inside,
}

/// Reads the XML of one record.
pub(super) struct Elements<'r> {
    reader: quick_xml::Reader<&'r [u8]>,
    raw: &'r RawDocument,
}

impl<'r> Elements<'r> {
    pub fn new(raw: &'r RawDocument) -> Self {
        let mut reader = quick_xml::Reader::from_str(&raw.text);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, raw }
    }

    /// Where the element stands that began just now.
    pub fn position_of(&self, start: &BytesStart<'_>) -> Position {
        let end = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        // Between its name and attributes and its end stands `>` or `/>`, before them `<`.
        let begin = end.saturating_sub(start.len() + 2);
        let is_begun = self.raw.text.as_bytes().get(begin) == Some(&b'<');
        self.position_at(begin.saturating_sub(usize::from(!is_begun)) as u64)
    }

    fn position_at(&self, byte: u64) -> Position {
        let text = self.raw.text.as_bytes();
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
        self.raw.position.after(&text[..byte])
    }

    /// What is met next; its text is added to a running text.
    pub fn next(&mut self, text: &mut Running) -> Result<Node<'r>, DataError> {
        let before = self.reader.buffer_position();
        let event = self.reader.read_event().map_err(|source| self.xml_error(&source))?;
        match event {
            Event::Start(start) => return Ok(Node::Start(start)),
            Event::End(_) => return Ok(Node::End),
            Event::Text(event) => text.push(&event),
            Event::CData(event) => text.push(&event),
            Event::GeneralRef(reference) => match xml::entity(&reference) {
                Ok(character) => text.push_character(character),
                Err(kind) => return Err(self.position_at(before).error(&self.raw.path, kind)),
            },
            Event::Eof => return Err(self.cut_off()),
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
        }
        Ok(Node::Inside)
    }

    /// The next element within one whose own text means nothing; none at its end.
    pub fn child(&mut self) -> Result<Option<BytesStart<'r>>, DataError> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Start(start)) => return Ok(Some(start)),
                Ok(Event::End(_)) => return Ok(None),
                Ok(Event::Eof) => return Err(self.cut_off()),
                Ok(_) => {}
                Err(source) => return Err(self.xml_error(&source)),
            }
        }
    }

    /// Goes on to the end of the element that has begun, however deep it is nested.
    pub fn skip(&mut self) -> Result<(), DataError> {
        let mut depth = 1;
        while depth > 0 {
            match self.child()? {
                Some(_) => depth += 1,
                None => depth -= 1,
            }
        }
        Ok(())
    }

    /// Adds the running text of the element that has begun, up to its end, and gives the number of elements that mark it up.
    pub fn running_text(&mut self, text: &mut Running) -> Result<usize, DataError> {
        let (mut depth, mut marked) = (1, 0);
        while depth > 0 {
            match self.next(text)? {
                Node::Start(start) if REPEATED.contains(&start.name().as_ref()) => self.skip()?,
                Node::Start(_) => {
                    depth += 1;
                    marked += 1;
                }
                Node::End => depth -= 1,
                Node::Inside => {}
            }
        }
        Ok(marked)
    }

    /// The running text of the element that has begun, for which no markup is expected.
    pub fn short_text(&mut self) -> Result<String, DataError> {
        let mut text = Running::default();
        self.running_text(&mut text)?;
        Ok(text.take())
    }

    /// The values of the attributes of these names, of an element that began just now.
    pub fn attributes<const N: usize>(
        &self,
        start: &BytesStart<'_>,
        names: [&str; N],
    ) -> Result<[Option<String>; N], DataError> {
        xml::attributes(start, names).map_err(|kind| self.position_of(start).error(&self.raw.path, kind))
    }

    fn cut_off(&self) -> DataError {
        let found = "the end of an article within an element".to_owned();
        self.position_at(u64::MAX).error(&self.raw.path, CorpusErrorKind::Xml { found })
    }

    fn xml_error(&self, source: &quick_xml::Error) -> DataError {
        let kind = CorpusErrorKind::Xml { found: source.to_string() };
        self.position_at(self.reader.error_position()).error(&self.raw.path, kind)
    }
}

/// A text whose white space is one space wherever there is some, and that begins with none.
#[derive(Debug, Default)]
pub(super) struct Running {
    text: String,
}

impl Running {
    /// Adds a piece of text.
    pub fn push(&mut self, piece: &str) {
        let bytes = piece.as_bytes();
        if memchr3(b'\n', b'\t', b'\r', bytes).is_none() && memmem::find(bytes, b"  ").is_none() {
            // Nearly all texts are so, and are taken as they are.
            let is_after_space = self.text.is_empty() || self.text.ends_with(' ');
            self.text.push_str(if is_after_space { piece.trim_start_matches(' ') } else { piece });
            return;
        }
        let is_space = |character| matches!(character, ' ' | '\n' | '\t' | '\r');
        for (index, word) in piece.split(is_space).enumerate() {
            if index > 0 {
                self.push_character(' ');
            }
            self.text.push_str(word);
        }
    }

    /// Adds a character.
    pub fn push_character(&mut self, character: char) {
        match character {
            ' ' | '\n' | '\t' | '\r' if self.text.is_empty() || self.text.ends_with(' ') => {}
            '\n' | '\t' | '\r' => self.text.push(' '),
            other => self.text.push(other),
        }
    }

    /// Adds a space where a letter or digit stands last.
    pub fn set_apart(&mut self) {
        if self.text.chars().next_back().is_some_and(char::is_alphanumeric) {
            self.text.push(' ');
        }
    }

    /// Its bytes so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether it holds nothing but a space.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// The text without a space at its end; what is added after it is another text.
    pub fn take(&mut self) -> String {
        if self.text.ends_with(' ') {
            self.text.pop();
        }
        std::mem::take(&mut self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_one_space() {
        let check = |pieces: &[&str], expected: &str| {
            let mut text = Running::default();
            pieces.iter().for_each(|piece| text.push(piece));
            assert_eq!(text.take(), expected, "{pieces:?}");
        };
        check(&["a b"], "a b");
        check(&[" a", " ", " b "], "a b");
        check(&["\n  a\r\n\tb\n", "c"], "a b c");
        check(&["H", "2", "O"], "H2O");
        check(&["a\u{a0}\u{a0} b"], "a\u{a0}\u{a0} b");
        check(&["  ", "\n"], "");
    }
}
