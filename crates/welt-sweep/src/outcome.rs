//! What became of a run, and how it is said.

use welt_record::Record;

use super::records::test_scores;
use super::store::Failure;

/// What became of a run.
#[derive(Debug, Clone)]
pub enum Outcome {
    Finished(Box<Record>),
    /// Why, in one or more lines.
    Failed(String),
    NotRun,
}

/// How the words for a run that failed begin.
pub const FAILED: &str = "failed";

/// What became of a run, in words.
pub fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Finished(record) => {
            let f1 = test_scores(record).map_or(f64::NAN, |scores| scores.default.f1);
            format!("test F1 {:.2}", 100.0 * f1)
        }
        Outcome::Failed(why) => format!("{FAILED}: {why}"),
        Outcome::NotRun => "stopped".to_owned(),
    }
}

/// A failure in words, its first line for a table.
pub fn described(failure: &Failure, tries: u32, log: &str) -> String {
    let tries = if tries > 1 { format!(", {tries} tries") } else { String::new() };
    let tail = if failure.tail.is_empty() { "(empty)".to_owned() } else { failure.tail.join("\n  ") };
    format!("{}{tries}, log in {log}\n  {tail}", failure.status)
}
