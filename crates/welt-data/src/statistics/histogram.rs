//! How often each length occurs, of sentences or of mentions, and the bars that show it in a terminal.
//! Lengths in, counts and text out; the drawing stands in `svg.rs`.
//!
//! ```
//! use welt_data::Histogram;
//!
//! let histogram = Histogram::of([1, 1, 1, 2, 4]);
//! assert_eq!((histogram.count(), histogram.mean(), histogram.quantile(0.5)), (5, 1.8, Some(1)));
//! assert_eq!(histogram.to_text(14), "1 ██████████ 3\n2 ███▍ 1\n3 0\n4 ███▍ 1\n");
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::corpus::Sentence;

/// The greatest number of bars.
pub const MOST_BARS: usize = 20;

/// How often each value occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Histogram {
    /// The count of every value that occurs.
    pub counts: BTreeMap<usize, usize>,
}

/// Neighbouring values that are shown as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// The least value.
    pub first: usize,
    /// The greatest value.
    pub last: usize,
    /// How often values from `first` to `last` occur.
    pub count: usize,
}

impl Histogram {
    /// Counts values.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = usize>) -> Self {
        let mut histogram = Self::default();
        histogram.add(values);
        histogram
    }

    /// Counts more values.
    pub fn add(&mut self, values: impl IntoIterator<Item = usize>) {
        for value in values {
            *self.counts.entry(value).or_default() += 1;
        }
    }

    /// Words of each sentence.
    #[must_use]
    pub fn sentence_lengths(sentences: &[Sentence]) -> Self {
        Self::of(sentences.iter().map(|sentence| sentence.words.len()))
    }

    /// Words of each mention.
    #[must_use]
    pub fn mention_lengths(sentences: &[Sentence]) -> Self {
        let lengths = |sentence: &Sentence| -> Vec<usize> {
            sentence.entities().iter().map(|entity| entity.end - entity.start).collect()
        };
        Self::of(sentences.iter().flat_map(lengths))
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.counts.values().sum()
    }

    /// The mean of the values, 0 where there is none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.counts.iter().map(|(value, count)| *value as f64 * *count as f64).sum();
        if self.counts.is_empty() { 0.0 } else { sum / self.count() as f64 }
    }

    /// The least value that is not below a share of the values (0.5: the median); none where there is no value.
    ///
    /// A share below 0 counts as 0 and one above 1 as 1.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<usize> {
        let wanted = (share.clamp(0.0, 1.0) * self.count() as f64).ceil();
        let mut below = 0;
        let reaches = |(_, count): &(&usize, &usize)| {
            below += **count;
            below as f64 >= wanted
        };
        self.counts.iter().find(reaches).or_else(|| self.counts.last_key_value()).map(|(value, _)| *value)
    }

    /// The values as at most [`MOST_BARS`] bars without a gap, from the least value to the greatest.
    ///
    /// Bars are 1, 2 or 5 values wide, or a power of ten times that, and begin at 1 where no value is 0, so that words are counted as 1-20, 21-40.
    /// Only the last may be wider: it holds the greatest values, at most one in 200, which would else leave the others no room.
    #[must_use]
    pub fn bars(&self) -> Vec<Bar> {
        let ends = (self.counts.first_key_value(), self.counts.last_key_value(), self.quantile(0.995));
        let (Some((least, _)), Some((greatest, _)), Some(most)) = ends else { return Vec::new() };
        let origin = usize::from(*least > 0);
        let bar_of = |value: usize, width: usize| (value - origin) / width;
        let has_rest = most < *greatest;
        let room = if has_rest { MOST_BARS - 1 } else { MOST_BARS };
        let fits = |width: &usize| bar_of(most, *width) - bar_of(*least, *width) < room;
        let width = widths().find(fits).unwrap_or(usize::MAX);
        let offset = bar_of(*least, width);
        let n_bars = bar_of(most, width) - offset + 1;
        let edge = |bar: usize| (bar + offset).saturating_mul(width).saturating_add(origin);
        let bar = |index| Bar { first: edge(index), last: edge(index).saturating_add(width - 1), count: 0 };
        let mut bars: Vec<Bar> = (0..n_bars).map(bar).collect();
        if has_rest && bar_of(*greatest, width) - offset >= n_bars {
            bars.push(Bar { first: edge(n_bars), last: *greatest, count: 0 });
        }
        let last = bars.len() - 1;
        for (value, count) in &self.counts {
            bars[(bar_of(*value, width) - offset).min(last)].count += count;
        }
        bars
    }

    /// The bars as text, one a line, in at most `columns` columns of a terminal, or as few more as the numbers take.
    ///
    /// Each line names the values, shows the bar and gives the count; a histogram without values is an empty text.
    #[must_use]
    pub fn to_text(&self, columns: usize) -> String {
        let bars = self.bars();
        let longest = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
        let labels: Vec<String> = bars.iter().map(Bar::label).collect();
        let label_width = labels.iter().map(String::len).max().unwrap_or(0);
        let room = columns.saturating_sub(label_width + longest.to_string().len() + 2).max(1);
        let mut text = String::new();
        for (label, bar) in labels.iter().zip(&bars) {
            let length = blocks(bar.count as f64 / longest as f64 * room as f64);
            let gap = if length.is_empty() { "" } else { " " };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{label:>label_width$} {length}{gap}{}", bar.count);
        }
        text
    }
}

impl Bar {
    /// The values as a reader sees them: `3` or `21-40`.
    #[must_use]
    pub fn label(&self) -> String {
        if self.first == self.last { self.first.to_string() } else { format!("{}-{}", self.first, self.last) }
    }
}

/// 1, 2, 5, 10, 20, 50 and so on.
pub(super) fn widths() -> impl Iterator<Item = usize> {
    let powers = std::iter::successors(Some(1_usize), |power| power.checked_mul(10));
    powers.flat_map(|power| [Some(power), power.checked_mul(2), power.checked_mul(5)]).flatten()
}

/// A bar of block characters, drawn to an eighth of a column; what is not 0 is never invisible.
fn blocks(length: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if length <= 0.0 {
        return String::new();
    }
    let eighths = ((length * 8.0).round() as usize).max(1);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}
