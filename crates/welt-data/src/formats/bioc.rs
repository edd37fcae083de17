//! What the XML and the JSON of BioC have in common: passages, annotations and their infons, before they are a document.
//! Annotations go in and mentions come out, and the other way round; neither XML nor JSON is known here.
//!
//! The infon `type` is the entity type of an annotation, or the kind of a passage.
//! An infon of an annotation is an identifier where its key names a database that is known (`MESH`, `NCBI Gene`), or says that it is one:
//! the key `identifier` (BioRED, PubTator 3) stands for an unnamed database. Where no key does, a value such as `MESH:D001241` is one,
//! and so is what the keys `database` and `normalized_id` say together. `score` is how sure a program is, where it is a number from 0 to 1. All other infons, such as `valid` and `annotator`, are counted.
//! Annotations whose `CompositeRole` is `IndividualMention` (BC5CDR) are left out, as its PubTator form does.
//! Every annotation is written with an id and a text, for which readers of other programs ask, also where the mention has none: a number, and what stands at its place.
//! Offsets count characters; the files of BC5CDR and BioRED are pure ASCII, so that nothing in them tells characters from bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use super::book::Book;
use super::databases::{self, Key};
use super::ids::Ids;
use super::position::Position;
use crate::characters::Characters;
use crate::document::{Document, DocumentText, Identifier, LONGEST_GAP, Mention, Passage, Score};
use crate::ledger::{Item, Ledger, Loss};

/// The infon of a database without a name.
const IDENTIFIER: &str = "identifier";
/// The infon of the entity type, or of the kind of a passage.
pub(super) const TYPE: &str = "type";
/// The infon that tells composite mentions from those within them.
const COMPOSITE_ROLE: &str = "CompositeRole";
/// The infon of how sure a program is.
const SCORE: &str = "score";

/// An annotation as it stands in the file.
#[derive(Debug, Default)]
pub(super) struct Annotation {
    pub id: String,
    pub infons: Vec<(String, String)>,
    /// Where each location starts and how long it is.
    pub locations: Vec<std::ops::Range<usize>>,
    pub text: Option<String>,
}

impl Annotation {
    /// The mention, nothing where it is one within a composite mention.
    pub fn into_mention(self, path: &Path, position: Position, ledger: &mut Ledger) -> Option<Mention> {
        let (mut entity_type, mut score) = (None, None);
        let mut identifiers = Vec::new();
        let (mut others, mut skips) = (Vec::new(), Vec::new());
        for (key, value) in self.infons {
            match key.as_str() {
                COMPOSITE_ROLE if value == "IndividualMention" => skips.push(Loss::UnreadIndividualMention),
                COMPOSITE_ROLE => skips.push(Loss::UnreadCompositeRole),
                TYPE if entity_type.is_none() => entity_type = Some(value),
                TYPE => skips.push(Loss::UnreadAnnotationInfon),
                SCORE if score.is_none() && score_of(&value).is_some() => score = score_of(&value),
                _ => match databases::key(&key) {
                    Key::Unnamed => identifiers.push(Identifier { database: String::new(), id: value }),
                    Key::Database => identifiers.push(Identifier { database: key, id: value }),
                    Key::Other => others.push((key, value)),
                },
            }
        }
        if identifiers.is_empty() {
            identifiers.extend(identifier_among(&mut others));
        }
        skips.extend(others.iter().map(|_| Loss::UnreadAnnotationInfon));
        let entity_type = entity_type.unwrap_or_default();
        let mention = Mention { id: self.id, entity_type, parts: self.locations, text: self.text, identifiers, score };
        // Of a mention that is left out as a whole nothing else is counted.
        let is_individual = skips.contains(&Loss::UnreadIndividualMention);
        let told = skips.into_iter().filter(|skip| !is_individual || *skip == Loss::UnreadIndividualMention);
        for skip in told.take(if is_individual { 1 } else { usize::MAX }) {
            ledger.skip(skip, path, position, || Item::stated("", &mention));
        }
        (!is_individual).then_some(mention)
    }
}

/// The number from 0 to 1 that an infon states.
fn score_of(value: &str) -> Option<Score> {
    value.parse::<f32>().ok()?.try_into().ok()
}

/// The identifier that infons are whose keys do not say so; they are taken out.
fn identifier_among(others: &mut Vec<(String, String)>) -> Option<Identifier> {
    if let Some(index) = others.iter().position(|(_, value)| databases::entry(value).is_some()) {
        return Some(Identifier { database: String::new(), id: others.remove(index).1 });
    }
    let [database, id] = [["database", "db_name"], ["normalized_id", "db_id"]]
        .map(|keys| others.iter().position(|(key, _)| keys.contains(&key.as_str())));
    let (database, id) = database.zip(id)?;
    let identifier = Identifier { database: others[database].1.clone(), id: others[id].1.clone() };
    let is_known = databases::key(&identifier.database) == Key::Database;
    is_known.then(|| {
        let (first, last) = (database.min(id), database.max(id));
        others.remove(last);
        others.remove(first);
        identifier
    })
}

/// A passage as it stands in the file: with its own text, or with that of its sentences.
#[derive(Debug, Default)]
pub(super) struct PassageParts {
    pub kind: Option<String>,
    pub offset: Option<usize>,
    pub text: Option<String>,
    /// How many mentions the document had before those of the passage.
    pub first_mention: usize,
    /// The offset and text of each sentence.
    pub sentences: Vec<(usize, String)>,
}

impl PassageParts {
    /// Adds the passage to a document, or its sentences as passages where only they have text.
    ///
    /// A passage whose sentences have text may state its own as an empty one; where both have text and differ, that of the passage is kept.
    /// One that begins before the one before it ends, or far behind it, is moved with its mentions and counted.
    pub fn add_to(self, document: &mut Document, path: &Path, position: Position, ledger: &mut Ledger) {
        let (first_passage, first_mention) = (document.passages.len(), self.first_mention);
        self.add_unmoved(document, path, position, ledger);
        let end = first_passage
            .checked_sub(1)
            .and_then(|last| document.passages.get(last))
            .map_or(0, |last| last.range().end);
        let added = document.passages.get(first_passage..).unwrap_or_default();
        let Some(new) = new_offset(added, end) else { return };
        let old = added.first().map_or(new, |passage| passage.offset);
        let moved = |offset: usize| offset.saturating_sub(old).saturating_add(new);
        let text = added.first().map(|passage| passage.text.clone()).unwrap_or_default();
        ledger.skip(Loss::UnreadPassageOffset, path, position, || Item::new("", old..old, &text, ""));
        let mut end = new;
        for passage in &mut document.passages[first_passage..] {
            // Sentences that overlap among themselves come one after the other as well.
            passage.offset = if passage.offset >= old { moved(passage.offset).max(end) } else { end };
            if passage.offset - end > LONGEST_GAP {
                passage.offset = end;
            }
            end = passage.range().end;
        }
        let mentions = document.mentions.get_mut(first_mention..).unwrap_or_default();
        // What is stated before the passage was meant for another, and stays where it is.
        for part in mentions.iter_mut().flat_map(|mention| &mut mention.parts).filter(|part| part.start >= old) {
            *part = moved(part.start)..moved(part.end);
        }
    }

    fn add_unmoved(self, document: &mut Document, path: &Path, position: Position, ledger: &mut Ledger) {
        let kind = self.kind.unwrap_or_default();
        let is_blank = |text: &str| text.trim().is_empty();
        if !self.sentences.is_empty() && self.text.as_deref().is_none_or(is_blank) {
            let passage = |(offset, text)| Passage { kind: kind.clone(), offset, text };
            document.passages.extend(self.sentences.into_iter().map(passage));
            return;
        }
        let text = self.text.unwrap_or_default();
        let offset = self.offset.or_else(|| self.sentences.first().map(|(offset, _)| *offset)).unwrap_or(0);
        let characters = Characters::new(&text);
        for (start, sentence) in self.sentences.iter().filter(|(_, sentence)| !sentence.is_empty()) {
            let first = start.checked_sub(offset);
            let there = first.and_then(|first| {
                let end = first.checked_add(sentence.chars().count())?;
                characters.slice(&(first..end))
            });
            if there != Some(sentence) {
                let item = || Item::new("", *start..start.saturating_add(sentence.chars().count()), sentence, "");
                ledger.skip(Loss::UnreadSentenceText, path, position, item);
            }
        }
        document.passages.push(Passage { kind, offset, text });
    }
}

/// A mention with what BioC asks of every annotation: an id, and the text.
pub(super) struct Stated<'d> {
    pub mention: &'d Mention,
    /// Its id, or else a number that no other mention has.
    pub id: Cow<'d, str>,
    /// The stated text, or else the one at its place.
    pub text: Cow<'d, str>,
}

/// Where passages are to begin that cannot follow what ends at `end`, or one another.
fn new_offset(added: &[Passage], end: usize) -> Option<usize> {
    let first = added.first()?.offset;
    let mut last = end;
    for passage in added {
        if passage.offset < last || passage.offset - last > LONGEST_GAP {
            let fits = first >= end && first - end <= LONGEST_GAP;
            return Some(if fits { first } else { end + usize::from(end > 0) });
        }
        last = passage.range().end;
    }
    None
}

/// The mentions of each passage, and those of a document without passages.
pub(super) struct Gathered<'d> {
    pub by_passage: Vec<Vec<Stated<'d>>>,
    pub without_passage: Vec<Stated<'d>>,
}

impl<'d> Gathered<'d> {
    /// Puts each mention into the last passage that does not begin after it.
    pub fn new(document: &'d Document, losses: &mut Book<'_, '_>) -> Self {
        losses.add_if(document.sentences.is_some(), Loss::UnwrittenWords);
        let by_passage = document.passages.iter().map(|_| Vec::new()).collect();
        let mut gathered = Self { by_passage, without_passage: Vec::new() };
        let (text, mut ids) = (DocumentText::of(document), Ids::of(document));
        let mut previous = 0;
        let mut is_ordered = true;
        for mention in &document.mentions {
            let start = mention.extent().start;
            let after = document.passages.partition_point(|passage| passage.offset <= start);
            let index = after.saturating_sub(1);
            is_ordered &= previous <= index;
            previous = index;
            let stated = stated(mention, &text, &mut ids, losses);
            match gathered.by_passage.get_mut(index) {
                Some(mentions) => mentions.push(stated),
                None => gathered.without_passage.push(stated),
            }
        }
        losses.add_if(!is_ordered, Loss::UnwrittenMentionOrder);
        gathered
    }
}

/// What BioC asks of an annotation, from the mention or else from its document.
fn stated<'d>(
    mention: &'d Mention,
    text: &DocumentText<'d>,
    ids: &mut Ids<'d>,
    losses: &mut Book<'_, '_>,
) -> Stated<'d> {
    let id = if mention.id.is_empty() { Cow::Owned(ids.next("")) } else { Cow::Borrowed(mention.id.as_str()) };
    let text = mention.text.as_deref().map(Cow::Borrowed).or_else(|| text.text_at(mention).map(Cow::Owned));
    losses.add_of_if(text.is_none(), Loss::UnwrittenOutsideText, mention);
    Stated { mention, id, text: text.unwrap_or_default() }
}

/// Whether a key may be written more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    Repeated,
    Once,
}

/// The infons of a mention, the type last as BioRED has it.
pub(super) fn infons<'m>(mention: &'m Mention, keys: Keys, losses: &mut Book<'_, '_>) -> Vec<(&'m str, Cow<'m, str>)> {
    let mut infons: Vec<(&str, Cow<'_, str>)> = Vec::with_capacity(mention.identifiers.len() + 1);
    let mut indices: HashMap<&str, usize> = HashMap::new();
    let mut is_exact = true;
    for Identifier { database, id } in &mention.identifiers {
        let (key, value) = match database.as_str() {
            "" => (IDENTIFIER, Cow::Borrowed(id.as_str())),
            database if databases::key(database) == Key::Database => (database, Cow::Borrowed(id.as_str())),
            // Read back, its name would be no database's.
            database => {
                is_exact = false;
                (IDENTIFIER, Cow::Owned(format!("{database}:{id}")))
            }
        };
        let earlier = indices.get(key).filter(|_| keys == Keys::Once);
        match earlier.and_then(|index| infons.get_mut(*index)) {
            Some((_, earlier)) => {
                is_exact = false;
                let earlier = earlier.to_mut();
                earlier.push(',');
                earlier.push_str(&value);
            }
            None => {
                indices.insert(key, infons.len());
                infons.push((key, value));
            }
        }
    }
    losses.add_of_if(!is_exact, Loss::UnwrittenIdentifiers, mention);
    infons.extend(mention.score.map(|score| (SCORE, Cow::Owned(score.to_string()))));
    infons.push((TYPE, Cow::Borrowed(&mention.entity_type)));
    infons
}
