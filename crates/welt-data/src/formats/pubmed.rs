//! The XML of PubMed: `PubmedArticleSet` with an article or a book's chapter in each record, as the yearly files and E-utilities have it.
//! A raw record goes in, a document comes out; how records are cut from a file is not known here.
//!
//! The document's id is the PMID. Its passages are, in this order and with one space between them:
//!
//! | kind | what |
//! |---|---|
//! | `title` | `ArticleTitle`, or `BookTitle` where a book has no other; also where it is empty |
//! | `abstract` | each `AbstractText` of the abstract; its label stands before it as in `METHODS: We`, as PubMed shows it and PubTator has it |
//! | `vernacular-title` | `VernacularTitle`, the title in the language of the article |
//!
//! Sections without text, and labels that say that there is none (`UNLABELLED`), are no passages.
//! Markup within a text (`i`, `sub`, `sup`, MathML) is left out, and what stands in it is kept: `H<sub>2</sub>O` is `H2O`.
//! What a record says besides, such as authors, journal, headings and references, is not read and counted once for each article;
//! other abstracts, such as those in other languages, are counted one by one, and so are the PMIDs of deleted articles.

use quick_xml::events::BytesStart;

use super::RawDocument;
use super::element::{Elements, Running};
use super::head::{Evidence, Head};
use super::passages::Passages;
use super::records::Names;
use crate::document::Document;
use crate::error::DataError;
use crate::format::Format;
use crate::ledger::{Item, Ledger, Loss};

/// The elements of PubMed's files.
pub(super) const NAMES: Names = Names {
    format: Format::Pubmed,
    articles: &["PubmedArticle", "PubmedBookArticle", "MedlineCitation"],
    deletions: &["DeleteCitation", "DeleteDocument"],
    roots: &["PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet"],
    expected: "a <PubmedArticleSet> of PubMed",
};

/// Told by the element around everything, or that of a lone record.
pub(super) fn evidence(head: &Head<'_>) -> Evidence {
    let is_known = |name: &str| NAMES.roots.contains(&name) || NAMES.articles.contains(&name);
    if head.shape.element().is_some_and(is_known) { Evidence::Certain } else { Evidence::Nothing }
}

/// Labels that say that a section has none.
const NO_LABEL: [&str; 2] = ["UNLABELLED", "UNLABELED"];

/// The document of a record.
pub(super) fn parse(raw: &RawDocument, ledger: &mut Ledger) -> Result<Document, DataError> {
    let mut record = Record {
        elements: Elements::new(raw),
        raw,
        ledger,
        id: None,
        title: String::new(),
        book_title: String::new(),
        sections: Vec::new(),
        vernacular: String::new(),
        marked: 0,
    };
    record.elements.child()?;
    record.read()?;
    Ok(record.into_document())
}

struct Record<'r, 'l> {
    elements: Elements<'r>,
    raw: &'r RawDocument,
    ledger: &'l mut Ledger,
    id: Option<String>,
    title: String,
    book_title: String,
    sections: Vec<String>,
    vernacular: String,
    /// Elements that mark up texts.
    marked: usize,
}

impl Record<'_, '_> {
    /// Reads the element that has begun, and the elements in it that hold what is read.
    fn read(&mut self) -> Result<(), DataError> {
        // Elements that are open within the one that has begun.
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
                "MedlineCitation" | "BookDocument" | "Article" | "Book" => depth += 1,
                "PMID" if self.id.is_none() => self.id = Some(self.elements.short_text()?),
                "ArticleTitle" => self.title = self.text()?,
                "BookTitle" => self.book_title = self.text()?,
                "VernacularTitle" => self.vernacular = self.text()?,
                "Abstract" => self.sections()?,
                "OtherAbstract" => self.other_abstract(&start)?,
                _ => self.elements.skip()?,
            }
        }
    }

    fn text(&mut self) -> Result<String, DataError> {
        let mut text = Running::default();
        self.marked += self.elements.running_text(&mut text)?;
        Ok(text.take())
    }

    fn sections(&mut self) -> Result<(), DataError> {
        while let Some(start) = self.elements.child()? {
            if start.name().as_ref() != "AbstractText" {
                self.elements.skip()?;
                continue;
            }
            let [label] = self.elements.attributes(&start, ["Label"])?;
            let mut text = Running::default();
            let label = label.as_deref().map(str::trim).filter(|label| !label.is_empty() && !NO_LABEL.contains(label));
            if let Some(label) = label {
                text.push(label);
                text.push(if label.ends_with([':', '.', '?', '!']) { " " } else { ": " });
            }
            let before = text.len();
            self.marked += self.elements.running_text(&mut text)?;
            if text.len() > before {
                self.sections.push(text.take());
            }
        }
        Ok(())
    }

    fn other_abstract(&mut self, start: &BytesStart<'_>) -> Result<(), DataError> {
        let position = self.elements.position_of(start);
        let [kind, language] = self.elements.attributes(start, ["Type", "Language"])?;
        let item = || {
            let said: Vec<String> = [kind, language].into_iter().flatten().collect();
            Item::named(&said.join(" "))
        };
        self.ledger.skip(Loss::UnreadOtherAbstract, &self.raw.path, position, item);
        self.elements.skip()
    }

    fn into_document(self) -> Document {
        let (path, position) = (&self.raw.path, self.raw.position);
        self.ledger.skip(Loss::UnreadMetadata, path, position, || Item::named(""));
        if self.marked > 0 {
            self.ledger.skip(Loss::UnreadMarkup, path, position, || Item::named(""));
        }
        let mut passages = Passages::default();
        passages.add("title", if self.title.is_empty() { self.book_title } else { self.title });
        for section in self.sections {
            passages.add("abstract", section);
        }
        if !self.vernacular.is_empty() {
            passages.add("vernacular-title", self.vernacular);
        }
        let id = self.id.unwrap_or_default();
        Document { id, passages: passages.finish(), mentions: Vec::new(), sentences: None }
    }
}
