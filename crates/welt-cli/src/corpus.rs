//! Columns of tagged files as the commands take them, what files are called, and the weights of classes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use welt_data::conll::{
    Columns, FoundTagColumn, FoundWordColumn, Layout, TagColumnReason, WordColumn, WordColumnReason,
};
use welt_tags::LabelSet;
use welt_weights::{LabelOrder, Scheme, Warning, lint};

/// Where words and tags stand.
#[derive(Args, Clone, Copy)]
pub struct ColumnFlag {
    #[command(flatten)]
    words: WordColumnFlag,
    /// The column of the tags, from 1, or from the end as in -1; found by itself where it is not given
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = column_number)]
    tag_column: Option<isize>,
}

impl ColumnFlag {
    /// As if the flags were given.
    pub const fn of(word_column: Option<isize>, tag_column: Option<isize>) -> Self {
        Self { words: WordColumnFlag { word_column }, tag_column }
    }

    /// The first flag by which a column was named.
    pub const fn first_given(self) -> Option<&'static str> {
        match (self.words.word_column, self.tag_column) {
            (Some(_), _) => Some("--word-column"),
            (None, Some(_)) => Some("--tag-column"),
            (None, None) => None,
        }
    }

    /// The columns, or the order to find them.
    pub fn columns(self) -> Columns {
        Columns::of(self.words.word_column, self.tag_column)
    }
}

/// Where words stand.
#[derive(Args, Clone, Copy, Default)]
pub struct WordColumnFlag {
    /// The column of the words, from 1, or from the end as in -1; found by itself where it is not given: the first, or the
    /// one behind labels, indices, offsets and names of sentences, or the one that a line of heads names
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = column_number)]
    word_column: Option<isize>,
}

impl WordColumnFlag {
    /// Whether a column was named.
    pub const fn is_named(self) -> bool {
        self.word_column.is_some()
    }

    /// The column, or the order to find it.
    pub fn column(self) -> WordColumn {
        self.word_column.map_or(WordColumn::Find, WordColumn::Number)
    }
}

/// The number of a column as a flag takes it.
pub fn column_number(text: &str) -> Result<isize, String> {
    let number = text.parse().ok().filter(|&number: &isize| number != 0);
    number.ok_or_else(|| "expected the number of a column, from 1, or from the end as in -1".to_owned())
}

/// What files are called where there is little room: their names without the extension, or their paths where two have the same name.
pub fn short_names(files: &[PathBuf]) -> Vec<String> {
    let stem = |file: &Path| file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let stems: Vec<String> = files.iter().map(|file| stem(file)).collect();
    let distinct: HashSet<&String> = stems.iter().collect();
    if distinct.len() == files.len() {
        return stems;
    }
    files.iter().map(|file| file.display().to_string()).collect()
}

/// How many sentences a file has, and where its tags were found.
pub fn found(path: &Path, n_sentences: usize, column: FoundTagColumn) -> String {
    let FoundTagColumn { number, reason } = column;
    format!("{}: {n_sentences} sentences; tags in column {number}: {reason}", path.display())
}

/// Says where the words and tags of a file were found: aloud where the columns are not those that they mostly stand in.
pub fn say_columns(path: &Path, n_sentences: usize, words: FoundWordColumn, tags: FoundTagColumn) {
    let said = found(path, n_sentences, tags);
    match tags.reason {
        TagColumnReason::Asked | TagColumnReason::Last => tracing::debug!("{said}"),
        _ => tracing::info!("{said}"),
    }
    let FoundWordColumn { number, reason } = words;
    match reason {
        WordColumnReason::Asked | WordColumnReason::First => {}
        _ => tracing::info!("{}: words in column {number}: {reason}", path.display()),
    }
}

/// Tells of cells that lost what is not seen at their ends.
pub fn warn_of_trimmed(path: &Path, layout: &Layout) {
    warn_of_trimmed_cells(path, (layout.trimmed_cells, layout.first_trimmed_line));
}

/// The same by their number and the line of the first.
pub fn warn_of_trimmed_cells(path: &Path, (cells, first_line): (usize, usize)) {
    if cells > 0 {
        tracing::warn!(
            "{}:{first_line}: white space or characters of no width at the ends of words and tags are left out; cells that have some: {cells}",
            path.display(),
        );
    }
}

/// A weight for each label, with a warning logged for whatever is suspicious about them.
pub fn class_weights(labels: &LabelSet, counts: &[u64], scheme: Scheme, order: LabelOrder) -> Result<Vec<f64>> {
    let names = labels.names();
    let weights = scheme.weights(counts).with_context(|| format!("the classes are {}", names.join(", ")))?;
    let warnings = warnings(scheme, &weights, counts);
    if let Some(fatal) = warnings.iter().find(|warning| warning.is_fatal()) {
        bail!("the weights of {scheme} are of no use: {}", described(fatal, labels));
    }
    say_warnings(scheme, &warnings, labels);
    Ok(order.arrange(&weights, labels.outside()))
}

/// What is suspicious about the weights of a scheme; vanilla's are equal on purpose.
pub fn warnings(scheme: Scheme, weights: &[f64], counts: &[u64]) -> Vec<Warning> {
    if scheme == Scheme::Vanilla { Vec::new() } else { lint(weights, counts) }
}

/// The most warnings that are said of one scheme; with many classes there may be one for each.
const MOST_WARNINGS: usize = 10;

/// Says what is suspicious about the weights of a scheme.
pub fn say_warnings(scheme: Scheme, warnings: &[Warning], labels: &LabelSet) {
    for warning in warnings.iter().take(MOST_WARNINGS) {
        tracing::warn!("{scheme}: {}", described(warning, labels));
    }
    if warnings.len() > MOST_WARNINGS {
        tracing::warn!("{scheme}: {} more warnings of this kind", warnings.len() - MOST_WARNINGS);
    }
}

/// A warning with the name of the class that it is about.
fn described(warning: &Warning, labels: &LabelSet) -> String {
    match warning.class_index() {
        Some(index) => format!("{warning} (class {index} is {})", labels.names()[index]),
        None => warning.to_string(),
    }
}
