//! What the server has done, in numbers that only grow, as Prometheus reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counts of everything since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    answers: Mutex<BTreeMap<u16, u64>>,
    documents: AtomicU64,
    characters: AtomicU64,
    mentions: AtomicU64,
    groups: AtomicU64,
    busy_microseconds: AtomicU64,
}

impl Metrics {
    /// An answer with a status went out.
    pub fn answered(&self, status: u16) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
    }

    /// Documents were tagged together.
    pub fn tagged(&self, documents: usize, characters: usize, mentions: usize, took: Duration) {
        let add = |counter: &AtomicU64, value: u128| {
            counter.fetch_add(u64::try_from(value).unwrap_or(u64::MAX), Ordering::Relaxed);
        };
        add(&self.documents, documents as u128);
        add(&self.characters, characters as u128);
        add(&self.mentions, mentions as u128);
        add(&self.groups, 1);
        add(&self.busy_microseconds, took.as_micros());
    }

    /// All counts, and how many characters wait.
    pub fn text(&self, waiting: usize) -> String {
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, rows: &[(String, String)]| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in rows {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let value = |counter: &AtomicU64| vec![(String::new(), counter.load(Ordering::Relaxed).to_string())];
        let answers: Vec<(String, String)> = self
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|(status, count)| (format!("{{status=\"{status}\"}}"), count.to_string()))
            .collect();
        metric("welt_answers_total", "counter", "Answers by their status.", &answers);
        metric("welt_documents_total", "counter", "Documents that were tagged.", &value(&self.documents));
        metric("welt_characters_total", "counter", "Characters of these documents.", &value(&self.characters));
        metric("welt_entities_total", "counter", "Entities that were found.", &value(&self.mentions));
        metric("welt_groups_total", "counter", "Groups of documents that were tagged together.", &value(&self.groups));
        let seconds = self.busy_microseconds.load(Ordering::Relaxed) as f64 / 1e6;
        metric(
            "welt_tagging_seconds_total",
            "counter",
            "Time spent tagging, all workers together.",
            &[(String::new(), seconds.to_string())],
        );
        metric(
            "welt_waiting_characters",
            "gauge",
            "Characters that wait or are being tagged.",
            &[(String::new(), waiting.to_string())],
        );
        text
    }
}
