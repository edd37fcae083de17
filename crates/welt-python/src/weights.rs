//! What `welt.class_weights` is made of: tags counted by label, and a weight for each label.

use pyo3::prelude::*;
use welt_weights::{LabelOrder, Scheme, lint};

use crate::errors::{raised, refused};
use crate::tags::{NotText, RowReader};

/// Tags by label, in the order of `labels`.
#[pyfunction]
pub fn count_labels(tags: &Bound<'_, PyAny>, labels: Vec<String>) -> PyResult<Vec<u64>> {
    let mut reader = RowReader::new(NotText::TypeError);
    let rows = reader.read(tags)?;
    let known = reader.into_tags();
    let mut of_tag = Vec::new();
    for text in known.texts() {
        let index = labels.iter().position(|label| label == text);
        of_tag.push(index.ok_or_else(|| {
            refused(format!("the tag `{text}` is none of the labels, expected one of {}", labels.join(", ")))
        })?);
    }
    let mut counts = vec![0; labels.len()];
    for number in rows.words() {
        counts[of_tag[*number as usize]] += 1;
    }
    Ok(counts)
}

/// Weights of counts in their order, and what is suspicious about them.
#[pyfunction]
pub fn weights_of(
    counts: Vec<u64>,
    scheme: &str,
    as_published: bool,
    outside: Option<usize>,
) -> PyResult<(Vec<f64>, Vec<String>)> {
    let scheme: Scheme = scheme.parse().map_err(|error: welt_weights::WeightError| raised(&error))?;
    let weights = scheme.weights(&counts).map_err(|error| raised(&error))?;
    let warnings = match scheme {
        Scheme::Vanilla => Vec::new(),
        _ => lint(&weights, &counts).iter().map(ToString::to_string).collect(),
    };
    if !as_published {
        return Ok((weights, warnings));
    }
    match outside.filter(|index| *index < weights.len()) {
        Some(outside) => Ok((LabelOrder::AsPublished.arrange(&weights, outside), warnings)),
        None => Err(refused("the labels hold no O, expected it among them where weights are as published")),
    }
}
