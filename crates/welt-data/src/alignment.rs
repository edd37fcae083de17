//! Mentions by characters become entities by words, and entities by words become mentions by characters again.
//! A document in, sentences of words with spans out, and every mention that cannot be held so by name in a ledger; nothing is known of files, sub-words or scores.
//!
//! Words are those of [`tokenize`](crate::tokenize) or those that the document came with, and each keeps its characters in the document, so that nothing shifts on the way back.
//! What words can hold comes back exactly; what was moved to the borders of words is counted as changed, and what tags cannot say is counted as lost.
//! A type with white space gets `_` for each such character, as BRAT writes it, since a tag with a space in it falls apart for most readers;
//! that is counted as a change under `unwritten-entity-types`.
//! Under the rules of [`Rules::corpora`] the published CoNLL forms of NCBI-disease and BC5CDR follow from their original texts.
//!
//! ```
//! use welt_data::alignment::{Rules, align};
//! use welt_data::ledger::{Ledger, Loss, Stage};
//! use welt_data::{Document, Mention, Passage};
//! use welt_tags::Scheme;
//!
//! let text = "Ataxia-telangiectasia (A-T). Breast cancer risk.".to_owned();
//! let mentions = [("Disease", 0..21), ("Disease", 23..26), ("Disease", 29..42), ("Organ", 29..35)];
//! let document = Document {
//!     id: "1".to_owned(),
//!     passages: vec![Passage { kind: "title".to_owned(), offset: 0, text }],
//!     mentions: mentions.map(|(entity_type, characters)| Mention::new(entity_type, characters)).to_vec(),
//!     sentences: None,
//! };
//!
//! let mut ledger = Ledger::listing(10);
//! let sentences = align(&document, &Rules::corpora(), &mut ledger)?;
//! let sentence = sentences[1].to_sentence(Scheme::Iob2, 1)?;
//! assert_eq!(sentence.words, ["Breast", "cancer", "risk", "."]);
//! assert_eq!(sentence.tags[1].to_string(), "I-Disease");
//!
//! let lost = &ledger.stages()[&Stage::Tag].entries[&Loss::Nested];
//! assert_eq!(lost.items[0].to_string(), "1 29..35 `Breast` (Organ) beside 29..42");
//!
//! let mentions = sentences[1].mentions(&sentences[1].spans)?;
//! assert_eq!((mentions[0].extent(), mentions[0].text.as_deref()), (29..42, Some("Breast cancer")));
//! # Ok::<(), welt_data::DataError>(())
//! ```

mod claims;
mod faults;
mod layout;
mod sentence;
mod write;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::document::{Document, DocumentText, Mention};
use crate::error::DataError;
use crate::ledger::{Counts, Item, Ledger, Loss, Stage};
use crate::text::is_unseen;
use claims::{Claim, settle};
use faults::{Statement, item, stated, statement};
use layout::{Layout, PassageText};

pub use faults::check_mentions;
pub use sentence::TextSentence;
pub use write::{count_unwritten, write_json_lines, write_text};

/// What a type without a name is called where words are tagged.
const NO_TYPE: &str = "_";

/// Documents that one thread takes at a time.
const DOCUMENTS_AT_ONCE: usize = 32;

/// By which rules mentions become spans of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Where sentences begin.
    pub breaks: Breaks,
    /// Which words belong to a mention.
    pub membership: Membership,
    /// Which of the mentions that share a word are kept.
    pub overlaps: Overlaps,
    /// What becomes of mentions of several parts.
    pub discontinuous: Discontinuous,
    /// What becomes of mentions that cross the border of two sentences.
    pub crossing: Crossing,
    /// What becomes of mentions whose stated text is not the text at their offsets.
    pub wrong_text: WrongText,
    /// Which types are kept, and under which names.
    pub types: Types,
}

/// Where sentences begin; a passage always begins one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breaks {
    /// Where the rules of [`sentence_starts`](crate::sentence_starts) say.
    Found,
    /// Where those rules say, and at every line: for texts of one paragraph a line.
    FoundInLines,
    /// At every line that holds a word.
    Lines,
    /// Nowhere else: a passage is one sentence.
    Passages,
    /// Where the document says, and its words are taken instead of those of its text; a document that does not say is an error.
    Given,
}

/// Which words belong to a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Membership {
    /// Those that share a character with it, as in the published CoNLL forms.
    Overlapping,
    /// Those that lie wholly in it.
    Inside,
}

/// Which of the mentions that share a word are kept; the one that the file names first where they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlaps {
    /// The one of most characters, then the one that begins first.
    Longest,
    /// The one of fewest characters, then the one that begins first.
    Shortest,
    /// The one that begins first, then the one of most characters.
    First,
}

/// What becomes of mentions of several parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discontinuous {
    /// One mention from the first character of its parts to the last.
    Cover,
    /// Each part a mention.
    Parts,
    /// They are lost.
    Drop,
}

/// What becomes of mentions that cross the border of two sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crossing {
    /// The sentences become one: breaks that rules find may be wrong, annotated mentions seldom are.
    Merge,
    /// The mention is cut at the border.
    Cut,
    /// They are lost.
    Drop,
}

/// What becomes of mentions whose stated text is not the text at their offsets.
///
/// Texts are compared character by character, where any white space equals any other, since formats of one line a mention write line breaks as spaces.
/// The parts of a discontinuous mention are joined by one space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrongText {
    /// They are lost.
    Drop,
    /// Their offsets are trusted, as in the published CoNLL forms, and the text there is taken.
    Trust,
}

/// Which types are kept, and under which names; a mention without a type gets the type `_`, as where tags name none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Types {
    /// All, as they are.
    All,
    /// All, under this one name.
    AllAs(String),
    /// Those named, each under the name beside it.
    Only(BTreeMap<String, String>),
}

impl Rules {
    /// The rules under which the published CoNLL forms follow from their original texts: breaks by rules, words that overlap a mention, the longest mention, covered parts, sentences merged, and places trusted.
    #[must_use]
    pub const fn corpora() -> Self {
        Self {
            breaks: Breaks::Found,
            membership: Membership::Overlapping,
            overlaps: Overlaps::Longest,
            discontinuous: Discontinuous::Cover,
            crossing: Crossing::Merge,
            wrong_text: WrongText::Trust,
            types: Types::All,
        }
    }
}

impl Breaks {
    /// Where a document's sentences begin unless somebody asks for something else: where it says, or where the rules do.
    #[must_use]
    pub const fn of(document: &Document) -> Self {
        if document.sentences.is_some() { Self::Given } else { Self::Found }
    }
}

impl Types {
    /// The types named, all under one name.
    #[must_use]
    pub fn joined(types: &[&str], name: &str) -> Self {
        Self::Only(types.iter().map(|entity_type| ((*entity_type).to_owned(), name.to_owned())).collect())
    }

    /// The name under which a type is kept, if it is.
    fn keep<'t>(&'t self, entity_type: &'t str) -> Option<&'t str> {
        let kept = match self {
            Self::All => entity_type,
            Self::AllAs(name) => name,
            Self::Only(names) => names.get(entity_type)?,
        };
        Some(if kept.is_empty() { NO_TYPE } else { kept })
    }
}

/// Documents as sentences, with the account of their mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aligned<'d> {
    /// The sentences of each document, in the order of the documents.
    pub documents: Vec<Vec<TextSentence<'d>>>,
    /// The stages [`Stage::Sentence`] and [`Stage::Tag`].
    pub ledger: Ledger,
}

/// The sentences of many documents, on all processors; the ledger lists at most `listed` losses under each name.
///
/// # Errors
/// As for [`align`].
pub fn align_all<'d>(documents: &'d [Document], rules: &Rules, listed: usize) -> Result<Aligned<'d>, DataError> {
    let part = |documents: &'d [Document]| {
        let mut ledger = Ledger::listing(listed);
        let sentences = documents.iter().map(|document| align(document, rules, &mut ledger));
        Ok((sentences.collect::<Result<Vec<_>, _>>()?, ledger))
    };
    // Not into one result at once: of several errors the first one is told, whichever thread is faster.
    let parts: Vec<Result<_, DataError>> = documents.par_chunks(DOCUMENTS_AT_ONCE).map(part).collect();
    let mut aligned = Aligned { documents: Vec::with_capacity(documents.len()), ledger: Ledger::listing(listed) };
    for part in parts {
        let (sentences, ledger) = part?;
        aligned.documents.extend(sentences);
        aligned.ledger.merge(ledger);
    }
    Ok(aligned)
}

/// The sentences of a document without its mentions, as prediction takes them.
///
/// # Errors
/// As for [`align`].
pub fn sentences(document: &Document, breaks: Breaks) -> Result<Vec<TextSentence<'_>>, DataError> {
    Ok(Layout::of(document, breaks)?.into_sentences(&[]))
}

/// The sentences of one document; what is lost or changed is counted in the stages [`Stage::Sentence`] and [`Stage::Tag`].
///
/// Takes time in proportion to the text, and to the mentions and their pieces times the logarithm of their number; each loss that is listed takes time in proportion to its mention.
///
/// # Errors
/// Passages that overlap or are out of order, and under [`Breaks::Given`] a document without sentences or with words that do not fit its text.
/// Nothing a mention says is an error here: it is an entry of the ledger.
pub fn align<'d>(
    document: &'d Document,
    rules: &Rules,
    ledger: &mut Ledger,
) -> Result<Vec<TextSentence<'d>>, DataError> {
    let mut layout = Layout::of(document, rules.breaks)?;
    let counts = Counts {
        documents: 1,
        sentences: layout.starts.len(),
        words: layout.words.len(),
        mentions: document.mentions.len(),
    };
    let filled = Counts { documents: usize::from(!layout.words.is_empty()), ..counts };
    ledger.pass(Stage::Sentence, Counts { documents: 1, ..counts }, filled);
    if layout.words.is_empty() {
        let item = || Item { parts: Vec::new(), ..Item::new(&document.id, 0..0, "", "") };
        ledger.lose(Stage::Sentence, Loss::EmptyDocument, item);
    }
    let mut book = Book { document, text: OnceCell::new(), ledger };
    let mut claims = Vec::with_capacity(document.mentions.len());
    for mention in &document.mentions {
        book.claim(&layout, rules, mention, &mut claims);
    }
    let kept = settle(claims, rules.overlaps, |loser, winner| book.lose_to(loser, winner));
    book.note_moved(&layout, &kept, rules.discontinuous);
    let merged = layout.merge_across(&kept);
    if merged > 0 {
        book.ledger.entry(Stage::Tag, Loss::MergedSentences).lost += merged;
    }
    let out = Counts { sentences: counts.sentences - merged, mentions: kept.len(), ..filled };
    book.ledger.pass(Stage::Tag, filled, out);
    Ok(layout.into_sentences(&kept))
}

/// A document and the ledger in which its losses are written.
struct Book<'b, 'd> {
    document: &'d Document,
    /// The text, as soon as a loss is listed.
    text: OnceCell<DocumentText<'d>>,
    ledger: &'b mut Ledger,
}

impl Book<'_, '_> {
    fn lose(&mut self, loss: Loss, mention: &Mention, note: impl FnOnce() -> String) {
        let (document, text) = (self.document, &self.text);
        let item = || item(document, text.get_or_init(|| DocumentText::of(document)), mention, note());
        self.ledger.lose(Stage::Tag, loss, item);
    }

    fn change(&mut self, loss: Loss, mention: &Mention, added: usize, note: impl FnOnce() -> String) {
        let (document, text) = (self.document, &self.text);
        let item = || item(document, text.get_or_init(|| DocumentText::of(document)), mention, note());
        self.ledger.change(Stage::Tag, loss, added, item);
    }

    /// Adds the claims of a mention to words, one or several, or writes why it has none.
    fn claim<'r>(&mut self, layout: &Layout<'_>, rules: &'r Rules, mention: &'r Mention, claims: &mut Vec<Claim<'r>>) {
        let Some(entity_type) = rules.types.keep(&mention.entity_type) else {
            return self.lose(Loss::OtherType, mention, String::new);
        };
        if mention.parts.is_empty() || mention.parts.iter().any(Range::is_empty) {
            return self.lose(Loss::Empty, mention, String::new);
        }
        let passage = match layout.passage_of(mention) {
            Ok(passage) => passage,
            Err(loss) => return self.lose(loss, mention, String::new),
        };
        let says = statement(mention, |part| passage.slice(part).chars());
        match (says, rules.wrong_text) {
            (Statement::Same, _) => {}
            (Statement::Blanks, _) => self.change(Loss::Trimmed, mention, 0, || stated(mention)),
            (Statement::Other, WrongText::Drop) => return self.lose(Loss::WrongText, mention, || stated(mention)),
            (Statement::Other, WrongText::Trust) => self.change(Loss::WrongText, mention, 0, || stated(mention)),
        }
        let entity_type = in_one_word(entity_type);
        if let Cow::Owned(written) = &entity_type {
            self.change(Loss::UnwrittenEntityTypes, mention, 0, || format!("as {written}"));
        }
        let extent = mention.extent();
        let is_cut = mention.is_discontinuous() && !is_cut_by_blanks(mention, passage);
        let pieces = match rules.discontinuous {
            Discontinuous::Drop if is_cut => {
                return self.lose(Loss::Discontinuous, mention, String::new);
            }
            Discontinuous::Parts if is_cut => {
                self.change(Loss::Discontinuous, mention, mention.parts.len() - 1, || "taken apart".to_owned());
                &mention.parts
            }
            _ => std::slice::from_ref(&extent),
        };
        for piece in pieces {
            let words = layout.words_of(piece, rules.membership);
            let claim = Claim { mention, entity_type: entity_type.clone(), characters: piece.clone(), words };
            self.claim_in_sentences(layout, rules.crossing, claim, claims);
        }
    }

    fn claim_in_sentences<'r>(
        &mut self,
        layout: &Layout<'_>,
        crossing: Crossing,
        claim: Claim<'r>,
        claims: &mut Vec<Claim<'r>>,
    ) {
        if claim.words.is_empty() {
            return self.lose(Loss::NoWord, claim.mention, String::new);
        }
        let borders = layout.borders_within(&claim.words);
        if borders.is_empty() || crossing == Crossing::Merge {
            return claims.push(claim);
        }
        if crossing == Crossing::Drop {
            return self.lose(Loss::CrossesSentence, claim.mention, String::new);
        }
        self.change(Loss::CrossesSentence, claim.mention, borders.len(), || "cut".to_owned());
        let ends = borders.iter().copied().chain([claim.words.end]);
        let mut first = claim.words.start;
        for end in ends {
            let reached = layout.words[first].start..layout.words[end - 1].end;
            // Only the ends that the cut made move to the borders of words: the others are still those of the mention.
            let start = if first == claim.words.start { claim.characters.start } else { reached.start };
            let stop = if end == claim.words.end { claim.characters.end } else { reached.end };
            claims.push(Claim { characters: start..stop, words: first..end, ..claim.clone() });
            first = end;
        }
    }

    /// Writes that a mention lost its words to another.
    fn lose_to(&mut self, loser: &Claim<'_>, winner: &Claim<'_>) {
        let (lost, kept) = (&loser.characters, &winner.characters);
        let holds = |outer: &Range<usize>, inner: &Range<usize>| outer.start <= inner.start && inner.end <= outer.end;
        let same = lost == kept && loser.entity_type == winner.entity_type;
        let loss = if same && loser.mention.parts == winner.mention.parts {
            Loss::Duplicate
        } else if holds(lost, kept) || holds(kept, lost) {
            Loss::Nested
        } else if lost.start < kept.end && kept.start < lost.end {
            Loss::Overlapping
        } else {
            Loss::SharesWord
        };
        self.lose(loss, loser.mention, || format!("beside {}..{}", kept.start, kept.end));
    }

    /// Writes which of the mentions that are kept will come back with other characters.
    fn note_moved(&mut self, layout: &Layout<'_>, kept: &[Claim<'_>], rule: Discontinuous) {
        for claim in kept {
            let passage = layout.passage_of(claim.mention).ok();
            let is_cut = |passage| claim.mention.is_discontinuous() && !is_cut_by_blanks(claim.mention, passage);
            if rule == Discontinuous::Cover && passage.is_some_and(is_cut) {
                let Range { start, end } = claim.mention.extent();
                self.change(Loss::Discontinuous, claim.mention, 0, || format!("covered as {start}..{end}"));
            }
            let (start, end) = (layout.words[claim.words.start].start, layout.words[claim.words.end - 1].end);
            let Range { start: first, end: last } = claim.characters;
            if (start, end) == (first, last) {
                continue;
            }
            let are_blank = |passage: &PassageText<'_>| {
                is_blank(passage.slice(&(first..start))) && is_blank(passage.slice(&(end..last)))
            };
            let loss = if start < first || last < end {
                Loss::Widened
            } else if passage.is_some_and(are_blank) {
                Loss::Trimmed
            } else {
                Loss::Narrowed
            };
            self.change(loss, claim.mention, 0, || format!("to {start}..{end}"));
        }
    }
}

/// Whether nothing but white space lies between the parts of a mention, so that it is one to every reader: a line break, for the most part.
fn is_cut_by_blanks(mention: &Mention, passage: &PassageText<'_>) -> bool {
    mention
        .parts
        .windows(2)
        .all(|pair| pair[0].end <= pair[1].start && is_blank(passage.slice(&(pair[0].end..pair[1].start))))
}

/// Whether a text has no character that is seen.
fn is_blank(text: &str) -> bool {
    text.chars().all(is_unseen)
}

/// A type without white space, which would end it.
fn in_one_word(entity_type: &str) -> Cow<'_, str> {
    match entity_type.contains(char::is_whitespace) {
        true => Cow::Owned(entity_type.replace(char::is_whitespace, "_")),
        false => Cow::Borrowed(entity_type),
    }
}
