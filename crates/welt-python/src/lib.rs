//! The compiled half of the Python package `welt`: Python's objects in, what the other crates make of them out.
//! It has no logic of its own. What a user sees, names, defaults and documentation, stands in `python/welt`.

// What Python hands over is made for the call, as values.
#![allow(clippy::needless_pass_by_value)]

#[cfg(feature = "tagger")]
mod allocator;
mod compare;
mod documents;
mod errors;
mod input;
mod metrics;
mod seqeval;
#[cfg(feature = "tagger")]
mod tagger;
mod tags;
mod threads;
#[cfg(feature = "tagger")]
mod waiting;
mod weights;

use pyo3::prelude::*;

/// What `welt` is made of; use `welt`.
#[pymodule]
fn _welt(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("WeltError", module.py().get_type::<errors::WeltError>())?;
    module.add_class::<input::PyPairs>()?;
    module.add_function(wrap_pyfunction!(metrics::score_seqeval, module)?)?;
    module.add_function(wrap_pyfunction!(metrics::score_faireval, module)?)?;
    module.add_function(wrap_pyfunction!(metrics::score_semeval, module)?)?;
    module.add_function(wrap_pyfunction!(metrics::score_nervaluate, module)?)?;
    module.add_function(wrap_pyfunction!(metrics::score_conlleval, module)?)?;
    module.add_function(wrap_pyfunction!(metrics::score_errors, module)?)?;
    module.add_function(wrap_pyfunction!(compare::compare_systems, module)?)?;
    module.add_function(wrap_pyfunction!(compare::interval_of, module)?)?;
    module.add_function(wrap_pyfunction!(compare::holm, module)?)?;
    module.add_function(wrap_pyfunction!(compare::judge_methods, module)?)?;
    #[cfg(feature = "tagger")]
    module.add_class::<tagger::LoadedTagger>()?;
    module.add_class::<documents::DocumentReader>()?;
    module.add_function(wrap_pyfunction!(documents::open_documents, module)?)?;
    module.add_function(wrap_pyfunction!(documents::write_documents, module)?)?;
    module.add_function(wrap_pyfunction!(documents::convert_documents, module)?)?;
    module.add_function(wrap_pyfunction!(documents::format_names, module)?)?;
    module.add_function(wrap_pyfunction!(weights::count_labels, module)?)?;
    module.add_function(wrap_pyfunction!(weights::weights_of, module)?)?;
    module.add_class::<seqeval::SeqevalCounts>()?;
    module.add_function(wrap_pyfunction!(seqeval::seqeval_counts, module)?)?;
    module.add_function(wrap_pyfunction!(seqeval::seqeval_check_lengths, module)?)?;
    module.add_function(wrap_pyfunction!(seqeval::seqeval_entities, module)?)?;
    module.add_function(wrap_pyfunction!(seqeval::seqeval_strict_entities, module)?)?;
    module.add_function(wrap_pyfunction!(seqeval::seqeval_detect, module)?)?;
    module.add_function(wrap_pyfunction!(seqeval::seqeval_tokens, module)?)?;
    module.add_function(wrap_pyfunction!(seqeval::seqeval_transition, module)?)
}
