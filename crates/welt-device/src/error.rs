//! What can go wrong with a device: which one, what was found, what was expected. What to type about it is the program's to say.

/// Why there is no device, or why its work came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A text that names no backend.
    #[error(
        "`{text}` is not a device: expected {} or auto; this program was built with {}",
        known.join(", "),
        built_in.join(", ")
    )]
    Unknown {
        /// The text.
        text: String,
        /// Every backend, with `[:N]` where a number can follow.
        known: Vec<String>,
        /// Those that are built in.
        built_in: Vec<&'static str>,
    },
    /// A text with something else than a number behind the name of a backend.
    #[error("`{text}` is not a device: expected a number from 0 after {backend}:")]
    Number {
        /// The text.
        text: String,
        /// The backend.
        backend: &'static str,
    },
    /// A number where there is one device only.
    #[error("`{text}` is not a device: there is only one {backend}, which takes no number")]
    TakesNoNumber {
        /// The text.
        text: String,
        /// The backend.
        backend: &'static str,
    },
    /// `auto`, where no backend that is built in works on this machine.
    #[error("no device is found")]
    NothingFound,
    /// A backend that the program was built without.
    #[error("this program was built without {backend}; it has {}", built_in.join(", "))]
    NotBuiltIn {
        /// The backend.
        backend: &'static str,
        /// Those that are built in.
        built_in: Vec<&'static str>,
    },
    /// A driver that fails.
    #[error("{backend} cannot be opened: {failure}; it needs {needs}")]
    Driver {
        /// The backend.
        backend: &'static str,
        /// What it complained of.
        failure: String,
        /// What a machine needs for it.
        needs: &'static str,
    },
    /// A backend that finds no device on this machine.
    #[error("{backend} finds no device: it needs {needs}")]
    NoDevice {
        /// The backend.
        backend: &'static str,
        /// What a machine needs for it.
        needs: &'static str,
    },
    /// A backend that finds no device that a number stands for.
    #[error("{backend} finds no device with a number: it needs {needs}")]
    NoNumberedDevice {
        /// The backend.
        backend: &'static str,
        /// What a machine needs for it.
        needs: &'static str,
    },
    /// A number that is too great.
    #[error("{backend}:{number} is not there: {}", there(backend, *count))]
    NotThere {
        /// The backend.
        backend: &'static str,
        /// The number that was asked for, from 0.
        number: usize,
        /// How many devices there are, at least one.
        count: usize,
    },
    /// The device in use failed while it worked.
    #[error("{device} failed: {failure}")]
    Failed {
        /// The device.
        device: String,
        /// What it complained of first.
        failure: String,
    },
}

impl DeviceError {
    /// Whether it is about memory that could not be had.
    #[must_use]
    pub fn is_of_memory(&self) -> bool {
        matches!(self, Self::Failed { failure, .. } if crate::failure::is_of_memory(failure))
    }
}

fn there(backend: &str, count: usize) -> String {
    match count {
        1 => format!("{backend}:0 is the only device of {backend}"),
        count => format!("expected {backend}:0 to {backend}:{}", count - 1),
    }
}
