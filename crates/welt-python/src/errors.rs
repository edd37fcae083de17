//! Errors of the other crates as exceptions of Python, with the same text.

use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;

create_exception!(
    welt,
    WeltError,
    PyValueError,
    "What welt refuses: it says what was found, where, what was expected and what to do. It is a ValueError too."
);

/// An error with all that caused it, as the program `welt` prints it.
pub fn raised(error: &dyn std::error::Error) -> PyErr {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    WeltError::new_err(text)
}

/// What is wrong with an argument.
pub fn refused(text: impl Into<String>) -> PyErr {
    WeltError::new_err(text.into())
}
