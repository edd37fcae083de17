//! Columns of tagged files as the commands take them, what files are called, and the weights of classes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use welt_data::conll::{FoundTagColumn, TagColumn, TagColumnReason};
use welt_tags::LabelSet;
use welt_weights::{LabelOrder, Scheme, Warning, lint};

/// Where tags stand.
#[derive(Args, Clone, Copy)]
pub struct ColumnFlag {
    /// The column of the tags, from 1, or from the end as in -1; found by itself where it is not given
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = column_number)]
    tag_column: Option<isize>,
}

impl ColumnFlag {
    /// As if the flag were given.
    pub const fn of(tag_column: Option<isize>) -> Self {
        Self { tag_column }
    }

    /// Whether a column was named.
    pub const fn is_given(self) -> bool {
        self.tag_column.is_some()
    }

    /// The column, or the order to find it.
    pub fn tag_column(self) -> TagColumn {
        tag_column(self.tag_column)
    }
}

/// The number of a column as a flag takes it.
pub fn column_number(text: &str) -> Result<isize, String> {
    let number = text.parse().ok().filter(|&number: &isize| number != 0);
    number.ok_or_else(|| "expected the number of a column, from 1, or from the end as in -1".to_owned())
}

/// The column, or the order to find it.
pub fn tag_column(number: Option<isize>) -> TagColumn {
    number.map_or(TagColumn::Find, TagColumn::Number)
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

/// Says where the tags of a file were found: aloud where the column is not the one that they mostly stand in.
pub fn say_column(path: &Path, n_sentences: usize, column: FoundTagColumn) {
    let said = found(path, n_sentences, column);
    match column.reason {
        TagColumnReason::Asked | TagColumnReason::Last => tracing::debug!("{said}"),
        _ => tracing::info!("{said}"),
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
    for warning in warnings {
        tracing::warn!("{scheme}: {}", described(&warning, labels));
    }
    Ok(order.arrange(&weights, labels.outside()))
}

/// What is suspicious about the weights of a scheme; vanilla's are equal on purpose.
pub fn warnings(scheme: Scheme, weights: &[f64], counts: &[u64]) -> Vec<Warning> {
    if scheme == Scheme::Vanilla { Vec::new() } else { lint(weights, counts) }
}

/// A warning with the name of the class that it is about.
pub fn described(warning: &Warning, labels: &LabelSet) -> String {
    match warning.class_index() {
        Some(index) => format!("{warning} (class {index} is {})", labels.names()[index]),
        None => warning.to_string(),
    }
}
