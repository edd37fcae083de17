//! What documents lose in formats that know one text and spans of it: passages, given words, several parts, some white space.
//! A document goes in, its text and spans come out, and each loss into the book; how they are written is the format's affair.

use std::ops::Range;

use super::book::Book;
use crate::document::{Document, Identifier, Mention};
use crate::ledger::Loss;

/// The text of a document, at whose offsets its mentions stand.
pub(super) fn text_of(document: &Document, losses: &mut Book<'_, '_>) -> String {
    losses.add_if(document.sentences.is_some(), Loss::UnwrittenWords);
    let is_whole = matches!(document.passages.as_slice(), [only] if only.kind.is_empty() && only.offset == 0);
    losses.add_if(!is_whole, Loss::UnwrittenPassages);
    document.text()
}

/// The mentions that have a place, each from its first character to its last.
pub(super) fn spans<'d>(document: &'d Document, losses: &mut Book<'_, '_>) -> Vec<(Range<usize>, &'d Mention)> {
    let mut spans = Vec::with_capacity(document.mentions.len());
    for mention in &document.mentions {
        if mention.parts.is_empty() {
            losses.add_of(Loss::UnwrittenWithoutOffsets, mention);
            continue;
        }
        losses.add_of_if(mention.is_discontinuous(), Loss::UnwrittenDiscontinuous, mention);
        spans.push((mention.extent(), mention));
    }
    spans
}

/// The identifiers as one text, nothing where there is none; a loss where they will not be read back as they are.
pub(super) fn one_identifier(mention: &Mention, losses: &mut Book<'_, '_>) -> Option<String> {
    let named = |Identifier { database, id }: &Identifier| match database.as_str() {
        "" => id.clone(),
        _ => format!("{database}:{id}"),
    };
    let is_kept = match mention.identifiers.as_slice() {
        [] => return None,
        [only] => only.database.is_empty() && !only.id.is_empty(),
        _ => false,
    };
    losses.add_of_if(!is_kept, Loss::UnwrittenIdentifiers, mention);
    Some(mention.identifiers.iter().map(named).collect::<Vec<_>>().join(","))
}
