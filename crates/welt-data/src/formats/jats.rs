//! The XML of JATS, the full texts of PubMed Central and of publishers: one `article` a file, or many of them in any elements around.
//! A raw article goes in, a document comes out; how articles are cut from a file is not known here.
//!
//! The document's id is the one of PubMed Central (`PMC13900`), else the PMID, the DOI or the publisher's.
//! Its passages stand in the order of the article, with one space between them:
//!
//! | kind | what |
//! |---|---|
//! | `title`, `subtitle`, `translated-title` | the titles of the article; the first also where it is empty |
//! | `abstract`, `abstract-heading` | the paragraphs of the abstracts, and the titles of their sections |
//! | `paragraph`, `heading` | the paragraphs of the text and of what follows it, and the titles of their sections |
//! | `figure-caption`, `table-caption`, `caption` | the titles and paragraphs of captions, the first with the label before it (`Figure 1 Blood`) |
//! | `footnote` | the notes below a table or in the text |
//!
//! A paragraph that holds others, such as those of a list or a caption, ends before them and goes on after them.
//! Markup within a text is left out, and what stands in it is kept; before a reference to the literature stands a space where a letter or digit would,
//! so that `ataxia<sup><xref ref-type="bibr">1</xref></sup>` is `ataxia 1`.
//! Tables, formulas in TeX, abstracts in other languages and articles within the article are counted one by one and not read;
//! what is said besides, such as authors, keywords and the list of references, is counted once for each article.

use quick_xml::events::BytesStart;

use super::RawDocument;
use super::element::{Elements, Node, Running};
use super::head::{Evidence, Head};
use super::passages::Passages;
use super::records::Names;
use crate::document::Document;
use crate::error::DataError;
use crate::format::Format;
use crate::ledger::{Item, Ledger, Loss};

/// The elements of JATS.
pub(super) const NAMES: Names = Names {
    format: Format::Jats,
    articles: &["article"],
    deletions: &[],
    roots: &[],
    expected: "an <article> of JATS, or elements with articles in them",
};

/// Told by the element of an article, which may stand in those of a service that gives articles out.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let is_article = |line: &&str| line.contains("<article ") || line.contains("<article>");
    match head.shape.element() {
        Some("article" | "pmc-articleset") => Evidence::Certain,
        Some(_) if head.lines.iter().any(is_article) => Evidence::Likely,
        None if head.ending == "nxml" && head.is_empty() => Evidence::Named,
        _ => Evidence::Nothing,
    }
}

/// The document of an article.
pub(super) fn parse(raw: &RawDocument, ledger: &mut Ledger) -> Result<Document, DataError> {
    let mut article = Article {
        elements: Elements::new(raw),
        raw,
        ledger,
        ids: [const { None }; ID_TYPES.len()],
        passages: Passages::default(),
        has_title: false,
        marked: 0,
    };
    article.elements.child()?;
    article.read()?;
    Ok(article.into_document())
}

/// The types of ids, the one first that a document is called by where it has several.
const ID_TYPES: [&str; 6] = ["pmcid", "pmc", "pmid", "doi", "publisher-id", ""];

/// What stands before the number of an article in PubMed Central.
const PMC: &str = "PMC";

struct Article<'r, 'l> {
    elements: Elements<'r>,
    raw: &'r RawDocument,
    ledger: &'l mut Ledger,
    ids: [Option<String>; ID_TYPES.len()],
    passages: Passages,
    has_title: bool,
    /// Elements that mark up texts.
    marked: usize,
}

/// What texts within an element are.
#[derive(Debug, Clone, Copy)]
struct Kinds {
    paragraph: &'static str,
    title: &'static str,
}

impl Kinds {
    const ABSTRACT: Self = Self { paragraph: "abstract", title: "abstract-heading" };
    const BODY: Self = Self { paragraph: "paragraph", title: "heading" };

    /// All texts are the same.
    const fn only(kind: &'static str) -> Self {
        Self { paragraph: kind, title: kind }
    }

    /// What texts within an element of the name are, where it stands in one with these kinds.
    fn within(self, name: &str) -> Self {
        match name {
            "fig" => Self::only("figure-caption"),
            "table-wrap" => Self::only("table-caption"),
            "table-wrap-foot" | "fn" => Self::only("footnote"),
            "supplementary-material" | "media" | "boxed-text" if self.paragraph == "paragraph" => match name {
                "boxed-text" => self,
                _ => Self::only("caption"),
            },
            "title" => Self { paragraph: self.title, title: self.title },
            _ => self,
        }
    }
}

/// An element that is open.
struct Open {
    kinds: Kinds,
    /// Whether it begins and ends a passage.
    is_block: bool,
    is_label: bool,
}

/// Elements that begin and end a passage.
const BLOCKS: [&str; 34] = [
    "abstract",
    "ack",
    "app",
    "app-group",
    "attrib",
    "back",
    "body",
    "boxed-text",
    "caption",
    "def",
    "def-item",
    "def-list",
    "disp-quote",
    "fig",
    "fig-group",
    "floats-group",
    "fn",
    "fn-group",
    "glossary",
    "list",
    "list-item",
    "media",
    "notes",
    "p",
    "preformat",
    "sec",
    "speech",
    "statement",
    "supplementary-material",
    "table-wrap",
    "table-wrap-foot",
    "term",
    "title",
    "verse-line",
];

impl Article<'_, '_> {
    /// Reads the article that has begun.
    fn read(&mut self) -> Result<(), DataError> {
        while let Some(start) = self.elements.child()? {
            match start.name().as_ref() {
                "front" => self.front()?,
                "body" | "back" | "floats-group" => self.texts(Kinds::BODY, &start)?,
                "sub-article" | "response" => self.leave_out(Loss::UnreadSubArticle, &start)?,
                _ => self.elements.skip()?,
            }
        }
        Ok(())
    }

    fn front(&mut self) -> Result<(), DataError> {
        let mut depth = 0_usize;
        loop {
            let Some(start) = self.elements.child()? else {
                if depth == 0 {
                    return Ok(());
                }
                depth -= 1;
                continue;
            };
            match start.name().as_ref() {
                "article-meta" | "title-group" | "trans-title-group" => depth += 1,
                "article-id" => self.id(&start)?,
                "article-title" => self.title("title")?,
                "subtitle" => self.title("subtitle")?,
                "trans-title" | "trans-subtitle" => self.title("translated-title")?,
                "abstract" => self.texts(Kinds::ABSTRACT, &start)?,
                "trans-abstract" => self.leave_out(Loss::UnreadOtherAbstract, &start)?,
                _ => self.elements.skip()?,
            }
        }
    }

    fn id(&mut self, start: &BytesStart<'_>) -> Result<(), DataError> {
        let [kind] = self.elements.attributes(start, ["pub-id-type"])?;
        let kind = kind.unwrap_or_default();
        let text = self.elements.short_text()?;
        if let Some(index) = ID_TYPES.iter().position(|known| *known == kind)
            && self.ids[index].is_none()
            && !text.is_empty()
        {
            let is_of_pmc = kind.starts_with("pmc") && text.bytes().all(|byte| byte.is_ascii_digit());
            self.ids[index] = Some(if is_of_pmc { format!("{PMC}{text}") } else { text });
        }
        Ok(())
    }

    fn title(&mut self, kind: &str) -> Result<(), DataError> {
        let mut text = Running::default();
        self.marked += self.elements.running_text(&mut text)?;
        self.begin(kind == "title");
        if kind == "title" || !text.is_blank() {
            self.passages.add(kind, text.take());
        }
        Ok(())
    }

    /// Makes an empty title where another passage is the first.
    fn begin(&mut self, is_title: bool) {
        if !self.has_title && !is_title {
            self.passages.add("title", String::new());
        }
        self.has_title = true;
    }

    /// Goes on to the end of the element that has begun, which is counted.
    fn leave_out(&mut self, loss: Loss, start: &BytesStart<'_>) -> Result<(), DataError> {
        let position = self.elements.position_of(start);
        let [id, language] = self.elements.attributes(start, ["id", "xml:lang"])?;
        let item = || Item::named(&id.or(language).unwrap_or_default());
        self.ledger.skip(loss, &self.raw.path, position, item);
        self.elements.skip()
    }

    /// Reads the texts in the element that has begun, up to its end.
    fn texts(&mut self, kinds: Kinds, start: &BytesStart<'_>) -> Result<(), DataError> {
        let is_block = true;
        let mut open = vec![Open { kinds: kinds.within(start.name().as_ref()), is_block, is_label: false }];
        let mut text = Running::default();
        // How long the text was when it was nothing but a label.
        let mut label = 0;
        while let Some(last) = open.last() {
            let kinds = last.kinds;
            match self.elements.next(&mut text)? {
                Node::Inside => {}
                Node::End => {
                    if last.is_block {
                        self.flush(kinds, &mut text);
                    } else if last.is_label {
                        text.push_character(' ');
                        label = text.len();
                    }
                    open.pop();
                }
                Node::Start(start) => {
                    if let Some(opened) = self.open(kinds, &start, &mut text, label)? {
                        open.push(opened);
                    }
                }
            }
        }
        Ok(())
    }

    /// Begins an element within a text, or reads over it.
    fn open(
        &mut self,
        kinds: Kinds,
        start: &BytesStart<'_>,
        text: &mut Running,
        label: usize,
    ) -> Result<Option<Open>, DataError> {
        let name = start.name();
        let name = name.as_ref();
        match name {
            "table" | "oasis:table" | "array" => self.leave_out(Loss::UnreadTable, start)?,
            "tex-math" => self.leave_out(Loss::UnreadFormula, start)?,
            "sub-article" | "response" => self.leave_out(Loss::UnreadSubArticle, start)?,
            "ref-list" | "permissions" | "object-id" | "alt-text" | "long-desc" | "annotation" | "annotation-xml"
            | "mml:annotation" | "mml:annotation-xml" | "sec-meta" | "kwd-group" => self.elements.skip()?,
            _ => {
                let is_block = BLOCKS.contains(&name);
                let is_label = name == "label";
                if is_label || is_block && text.len() != label {
                    self.flush(kinds, text);
                }
                match name {
                    "break" => text.push_character(' '),
                    "xref" => {
                        let [kind] = self.elements.attributes(start, ["ref-type"])?;
                        if kind.as_deref() == Some("bibr") {
                            text.set_apart();
                        }
                    }
                    _ => {}
                }
                self.marked += usize::from(!is_block && !is_label);
                return Ok(Some(Open { kinds: kinds.within(name), is_block, is_label }));
            }
        }
        Ok(None)
    }

    /// Makes a passage of the text so far.
    fn flush(&mut self, kinds: Kinds, text: &mut Running) {
        let text = text.take();
        if !text.is_empty() {
            self.begin(false);
            self.passages.add(kinds.paragraph, text);
        }
    }

    fn into_document(mut self) -> Document {
        self.begin(false);
        let (path, position) = (&self.raw.path, self.raw.position);
        self.ledger.skip(Loss::UnreadMetadata, path, position, || Item::named(""));
        if self.marked > 0 {
            self.ledger.skip(Loss::UnreadMarkup, path, position, || Item::named(""));
        }
        let id = self.ids.into_iter().flatten().next().unwrap_or_default();
        Document { id, passages: self.passages.finish(), mentions: Vec::new(), sentences: None }
    }
}
