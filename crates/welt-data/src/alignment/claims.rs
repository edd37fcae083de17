//! Which of the mentions that ask for the same word gets it.
//! Claims to words in, those that are granted out, and each that is refused with one that stands in its way; what a word is, is not known here.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::Overlaps;
use crate::document::Mention;

/// A mention, or a piece of one, that asks for words.
#[derive(Debug, Clone)]
pub(super) struct Claim<'r> {
    pub mention: &'r Mention,
    /// The type under which it is kept.
    pub entity_type: Cow<'r, str>,
    /// The characters that it stands for, by their offsets in the document.
    pub characters: Range<usize>,
    /// The words that it asks for, at least one.
    pub words: Range<usize>,
}

/// The claims that are granted, none of which share a word, in the order of their words.
///
/// Claims are granted one after the other by `rule`, each unless it shares a word with one that was granted before; `refused` is told the claim and that one.
pub(super) fn settle<'r>(
    mut claims: Vec<Claim<'r>>,
    rule: Overlaps,
    mut refused: impl FnMut(&Claim<'r>, &Claim<'r>),
) -> Vec<Claim<'r>> {
    // Stable, so that the order of the file decides between equals.
    claims.sort_by_key(|claim| claim.words.start);
    if claims.windows(2).all(|pair| pair[0].words.end <= pair[1].words.start) {
        return claims;
    }
    let mut granted = Vec::with_capacity(claims.len());
    let mut first = 0;
    while first < claims.len() {
        // Claims that share words, one with the next, are settled together; no other claim matters to them.
        let mut end = claims[first].words.end;
        let more = claims[first + 1..].iter().take_while(|claim| {
            let shares = claim.words.start < end;
            end = end.max(claim.words.end);
            shares
        });
        let next = first + 1 + more.count();
        settle_together(&claims[first..next], rule, &mut refused, &mut granted);
        first = next;
    }
    granted
}

fn settle_together<'r>(
    claims: &[Claim<'r>],
    rule: Overlaps,
    refused: &mut impl FnMut(&Claim<'r>, &Claim<'r>),
    granted: &mut Vec<Claim<'r>>,
) {
    if let [claim] = claims {
        return granted.push(claim.clone());
    }
    let mut turns: Vec<&Claim<'r>> = claims.iter().collect();
    match rule {
        Overlaps::Longest => turns.sort_by_key(|claim| (Reverse(claim.characters.len()), claim.characters.start)),
        Overlaps::Shortest => turns.sort_by_key(|claim| (claim.characters.len(), claim.characters.start)),
        Overlaps::First => turns.sort_by_key(|claim| (claim.characters.start, Reverse(claim.characters.len()))),
    }
    let mut by_start: BTreeMap<usize, &Claim<'r>> = BTreeMap::new();
    for claim in turns {
        // Granted claims share no word, so the last that begins before the end of this one also ends last.
        match by_start.range(..claim.words.end).next_back() {
            Some((_, winner)) if winner.words.end > claim.words.start => refused(claim, winner),
            _ => {
                by_start.insert(claim.words.start, claim);
            }
        }
    }
    granted.extend(by_start.into_values().cloned());
}
