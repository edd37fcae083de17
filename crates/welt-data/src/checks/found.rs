//! What one check found in one split: the first findings, as many as are to be listed, and how many there are of each severity.
//! Findings in, in any order of their lines, a list out; what is looked for is not known here.

use std::collections::BTreeMap;

use super::{Check, Finding, FindingKind, Location, Severity};

/// What was found so far, each with the number that it is sorted by.
#[derive(Debug)]
pub(super) struct Found<T> {
    listed: usize,
    first: Vec<(u64, T)>,
    /// What has this number or a greater one is not listed, once that is known.
    beyond: Option<u64>,
    counts: BTreeMap<(Check, Severity), usize>,
    /// The severity of all that was pushed, by what it is sorted by, as long as it is listed.
    severities: Vec<(u64, Check, Severity)>,
}

impl<T> Found<T> {
    /// Nothing yet, of which so many will be listed.
    pub const fn listing(listed: usize) -> Self {
        Self { listed, first: Vec::new(), beyond: None, counts: BTreeMap::new(), severities: Vec::new() }
    }

    /// Adds a finding of a kind; `what` is asked for where it may be listed.
    pub fn push(&mut self, order: u64, (check, severity): (Check, Severity), what: impl FnOnce() -> T) {
        *self.counts.entry((check, severity)).or_default() += 1;
        if self.listed == 0 || self.beyond.is_some_and(|beyond| order >= beyond) {
            return;
        }
        self.first.push((order, what()));
        self.severities.push((order, check, severity));
        if self.first.len() >= self.listed.saturating_mul(2).saturating_add(64) {
            self.truncate();
        }
    }

    fn truncate(&mut self) {
        self.first.sort_by_key(|(order, _)| *order);
        self.first.truncate(self.listed);
        self.severities.sort_by_key(|(order, ..)| *order);
        self.severities.truncate(self.listed);
        if self.first.len() == self.listed {
            self.beyond = self.first.last().map(|(order, _)| *order);
        }
    }

    /// The first findings in order, what one more says of those not listed, and all by check and severity.
    pub fn finish(mut self) -> Listed<T> {
        self.truncate();
        let total: usize = self.counts.values().sum();
        let mut left = self.counts.clone();
        for (_, check, severity) in &self.severities {
            if let Some(count) = left.get_mut(&(*check, *severity)) {
                *count = count.saturating_sub(1);
            }
        }
        let worst = left.iter().filter(|(_, count)| **count > 0).max_by_key(|((_, severity), _)| *severity);
        let more =
            worst.map(|((of, worst), _)| FindingKind::NotListed { of: *of, listed: self.listed, total, worst: *worst });
        Listed { first: self.first.into_iter().map(|(_, what)| what).collect(), more, counts: self.counts }
    }
}

/// What is listed of one check in one split.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub first: Vec<T>,
    pub more: Option<FindingKind>,
    pub counts: BTreeMap<(Check, Severity), usize>,
}

impl<T> Listed<T> {
    /// The same counts, with the first findings as they are shown.
    pub fn with<U>(self, first: Vec<U>) -> Listed<U> {
        Listed { first, more: self.more, counts: self.counts }
    }
}

impl Found<(Location, FindingKind)> {
    /// Adds a finding whose location is known.
    pub fn add(&mut self, order: u64, kind: FindingKind, location: impl FnOnce() -> Location) {
        self.push(order, (kind.check(), kind.severity()), || (location(), kind));
    }
}

/// The findings of a corpus.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub findings: Vec<Finding>,
    pub counts: BTreeMap<(Check, Severity), usize>,
}

impl Report {
    /// Adds what one check found in a split.
    pub fn add(&mut self, split: &str, whole: &Location, listed: Listed<(Location, FindingKind)>) {
        let finding = |(location, kind)| Finding { split: split.to_owned(), location, kind };
        self.findings.extend(listed.first.into_iter().map(finding));
        self.findings.extend(listed.more.map(|kind| finding((whole.clone(), kind))));
        for (of, count) in listed.counts {
            *self.counts.entry(of).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_listed_in_whatever_order_they_come() {
        for listed in [0, 1, 3, 50, 1000] {
            let mut found = Found::listing(listed);
            for number in 0..500_u64 {
                let order = number * 7919 % 500;
                let severity = if order == 499 { Severity::Error } else { Severity::Note };
                found.push(order, (Check::Empty, severity), || order);
            }
            let all = found.finish();
            assert_eq!(all.first, (0..500.min(listed as u64)).collect::<Vec<_>>());
            let expected = FindingKind::NotListed { of: Check::Empty, listed, total: 500, worst: Severity::Error };
            assert_eq!(all.more, (listed < 500).then_some(expected));
        }
    }
}
