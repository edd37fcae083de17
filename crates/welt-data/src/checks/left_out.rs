//! What a reader left out of a corpus, as findings: every loss of an account with its place, and how many more there are of it.

use std::path::Path;

use super::{Finding, FindingKind, InDocument, Location};
use crate::ledger::{Entry, Item, Ledger, Loss};

/// What was lost or changed on the way from a file to the sentences of a split; `path` is where it was read from.
///
/// Each item that the account lists is a finding, and the last one of a name stands for all that are not listed.
/// Mentions that do not fit their text are left to [`check`](super::check), which finds them for itself,
/// and so are types that were left out because they were not asked for.
#[must_use]
pub fn left_out(split: &str, path: &Path, ledger: &Ledger) -> Vec<Finding> {
    let is_told = |loss: Loss| {
        !matches!(loss, Loss::OutsideText | Loss::WrongText | Loss::Empty | Loss::OtherType | Loss::MergedSentences)
    };
    let entries = ledger.entries().filter(|(_, loss, entry)| is_told(*loss) && entry.count() > 0);
    let mut findings: Vec<Finding> =
        entries.flat_map(|(_, loss, entry)| findings_of(split, path, loss, entry)).collect();
    // The worst first, each name together.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.kind.severity()));
    findings
}

fn findings_of(split: &str, path: &Path, loss: Loss, entry: &Entry) -> Vec<Finding> {
    let listed: Vec<&Item> =
        if entry.items.is_empty() { entry.first().into_iter().collect() } else { entry.items.iter().collect() };
    let more = entry.count() - listed.len().min(entry.count());
    let finding = |location, item: Option<&Item>, count| Finding {
        split: split.to_owned(),
        location,
        kind: FindingKind::LeftOut { loss, item: item.cloned(), count },
    };
    let Some((last, others)) = listed.split_last() else {
        let whole = Location { path: path.to_owned(), line: 1, document: None };
        return vec![finding(whole, None, entry.count())];
    };
    let others = others.iter().map(|item| finding(location(path, item), Some(*item), 1));
    others.chain([finding(location(path, last), Some(*last), 1 + more)]).collect()
}

/// Where an item is: the characters of its document, or else its line.
fn location(path: &Path, item: &Item) -> Location {
    match (item.parts.iter().map(|part| part.start).min(), item.file_position()) {
        (Some(character), _) if !item.document.is_empty() => Location {
            path: path.to_owned(),
            line: 0,
            document: Some(InDocument { id: item.document.clone(), character }),
        },
        (_, Some((path, line))) => Location { path, line, document: None },
        (_, None) if !item.document.is_empty() => Location {
            path: path.to_owned(),
            line: 0,
            document: Some(InDocument { id: item.document.clone(), character: 0 }),
        },
        _ => Location { path: path.to_owned(), line: 1, document: None },
    }
}
