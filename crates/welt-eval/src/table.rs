//! Rows of numbers under headings, as reports print them.
//! Names and numbers in, aligned text out; the layout is seqeval's.

use std::fmt;

use crate::Scores;

/// How wide a ratio is, and a count beside ratios.
const WIDTH: usize = 9;

/// A name at the right end of its column.
pub(crate) fn write_name(f: &mut fmt::Formatter<'_>, name: &str, width: usize) -> fmt::Result {
    // Padded by hand: Rust's own padding panics on widths that a freak of a type name can reach.
    let padding = width.saturating_sub(name.chars().count());
    write!(f, "{}{name} ", " ".repeat(padding))
}

/// Headings, each as wide as what stands below it.
pub(crate) fn write_headings(f: &mut fmt::Formatter<'_>, headings: &[&str]) -> fmt::Result {
    headings.iter().try_for_each(|heading| write!(f, " {heading:>WIDTH$}"))
}

/// Precision, recall and F1.
pub(crate) fn write_ratios(f: &mut fmt::Formatter<'_>, scores: &Scores, digits: usize) -> fmt::Result {
    for ratio in [scores.precision, scores.recall, scores.f1] {
        if ratio.is_nan() {
            // Python's spelling, not Rust's.
            write!(f, " {:>WIDTH$}", "nan")?;
        } else {
            write!(f, " {ratio:>WIDTH$.digits$}")?;
        }
    }
    Ok(())
}

/// Counts.
pub(crate) fn write_counts(f: &mut fmt::Formatter<'_>, counts: &[usize]) -> fmt::Result {
    counts.iter().try_for_each(|count| write!(f, " {count:>WIDTH$}"))
}

/// The width of the widest name.
pub(crate) fn widest<'n>(names: impl IntoIterator<Item = &'n str>) -> usize {
    names.into_iter().map(|name| name.chars().count()).max().unwrap_or(0)
}
